/* SPDX-License-Identifier: MIT */

/* Making certificates. Extensions are built as objects, never from text, so that no name can
 * smuggle one in. */

#include <string.h>

#include "crypto/library_internal.h"
#include "crypto/random.h"

static constexpr size_t SERIAL_SIZE = 16;   /* bytes, RFC 5280 §4.1.2.2 allows 20 */
static constexpr size_t DNS_NAME_MAX = 253; /* characters, RFC 1035 §2.3.4 */

enum use { USE_IDENTITY, USE_CA, USE_CONTAINER };

static enum vc_code failed(struct vc_err *err, const char *what)
{
    return vc_crypto_fail(err, VC_MEMORY, what);
}

static enum vc_code set_serial(X509 *native, struct vc_err *err)
{
    uint8_t serial[SERIAL_SIZE];
    vc_cleanup(BN_freep) BIGNUM *number = nullptr;
    enum vc_code code = vc_random(serial, sizeof(serial), err);

    if (code != VC_OK)
        return code;
    number = BN_bin2bn(serial, sizeof(serial), nullptr);
    if (number == nullptr || BN_to_ASN1_INTEGER(number, X509_get_serialNumber(native)) == nullptr)
        return failed(err, "serial number");
    return VC_OK;
}

static enum vc_code set_validity(X509 *native, int64_t from, int64_t until, struct vc_err *err)
{
    vc_cleanup(ASN1_TIME_freep) ASN1_TIME *first = ASN1_TIME_set(nullptr, (time_t)from);
    vc_cleanup(ASN1_TIME_freep) ASN1_TIME *last = ASN1_TIME_set(nullptr, (time_t)until);

    if (from > until)
        return vc_fail(err, VC_MALFORMED, "certificate: validity ends before it begins");
    if (first == nullptr || last == nullptr || X509_set1_notBefore(native, first) != 1 ||
        X509_set1_notAfter(native, last) != 1)
        return failed(err, "validity");
    return VC_OK;
}

static enum vc_code set_name(X509_NAME *name, const char *common_name, struct vc_err *err)
{
    if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                   (const unsigned char *)common_name, -1, -1, 0) != 1)
        return vc_crypto_fail(err, VC_MALFORMED, "common name: 1 to 64 characters of UTF-8");
    return VC_OK;
}

static bool add(X509 *native, int nid, void *value, bool critical)
{
    return value != nullptr && X509_add1_ext_i2d(native, nid, value, critical, 0) == 1;
}

static bool add_basic_constraints(X509 *native, bool ca)
{
    vc_cleanup(BASIC_CONSTRAINTS_freep) BASIC_CONSTRAINTS *value = BASIC_CONSTRAINTS_new();

    if (value == nullptr)
        return false;
    value->ca = ca ? 0xff : 0;
    if (ca) { /* pathlen 0: it issues end entities alone */
        value->pathlen = ASN1_INTEGER_new();
        if (value->pathlen == nullptr || ASN1_INTEGER_set_int64(value->pathlen, 0) != 1)
            return false;
    }
    return add(native, NID_basic_constraints, value, true);
}

static bool add_key_usage(X509 *native, bool ca)
{
    vc_cleanup(ASN1_BIT_STRING_freep) ASN1_BIT_STRING *value = ASN1_BIT_STRING_new();
    int bit = ca ? 5 : 0; /* RFC 5280 §4.2.1.3: keyCertSign, digitalSignature */

    return value != nullptr && ASN1_BIT_STRING_set_bit(value, bit, 1) == 1 &&
           add(native, NID_key_usage, value, true);
}

static bool add_extended_key_usage(X509 *native, bool server)
{
    vc_cleanup(EXTENDED_KEY_USAGE_freep) EXTENDED_KEY_USAGE *value = EXTENDED_KEY_USAGE_new();

    if (value == nullptr)
        return false;
    if (server && sk_ASN1_OBJECT_push(value, OBJ_nid2obj(NID_server_auth)) <= 0)
        return false;
    return sk_ASN1_OBJECT_push(value, OBJ_nid2obj(NID_client_auth)) > 0 &&
           add(native, NID_ext_key_usage, value, false);
}

/* SHA-1 by RFC 5280's first method would do; the truncated SHA-256 of RFC 7093 does as well. */
static bool add_key_ids(X509 *native, const uint8_t issuer_spki[VC_SHA256_SIZE],
                        const uint8_t own_spki[VC_SHA256_SIZE])
{
    vc_cleanup(ASN1_OCTET_STRING_freep) ASN1_OCTET_STRING *own = ASN1_OCTET_STRING_new();
    vc_cleanup(AUTHORITY_KEYID_freep) AUTHORITY_KEYID *issuer = AUTHORITY_KEYID_new();

    if (own == nullptr || issuer == nullptr)
        return false;
    issuer->keyid = ASN1_OCTET_STRING_new();
    return issuer->keyid != nullptr && ASN1_OCTET_STRING_set(own, own_spki, 20) == 1 &&
           ASN1_OCTET_STRING_set(issuer->keyid, issuer_spki, 20) == 1 &&
           add(native, NID_subject_key_identifier, own, false) &&
           add(native, NID_authority_key_identifier, issuer, false);
}

static enum vc_code spki_hash_of(const struct vc_key *key, uint8_t hash[VC_SHA256_SIZE],
                                 struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code = vc_key_encode_public_der(key, &der, err);

    if (code == VC_OK)
        vc_sha256(vc_buffer_bytes(&der), hash);
    return code;
}

/* What every certificate of ours has, for this subject and this issuer's key. */
static enum vc_code add_common(X509 *native, enum use use, const struct vc_key *subject,
                               const struct vc_key *issuer, struct vc_err *err)
{
    uint8_t own[VC_SHA256_SIZE];
    uint8_t from[VC_SHA256_SIZE];
    enum vc_code code = spki_hash_of(subject, own, err);

    if (code == VC_OK)
        code = spki_hash_of(issuer, from, err);
    if (code == VC_OK)
        code = set_serial(native, err);
    if (code != VC_OK)
        return code;
    if (X509_set_version(native, X509_VERSION_3) != 1 ||
        X509_set_pubkey(native, subject->native) != 1 ||
        !add_basic_constraints(native, use == USE_CA) || !add_key_usage(native, use == USE_CA) ||
        (use != USE_CA && !add_extended_key_usage(native, use == USE_CONTAINER)) ||
        !add_key_ids(native, from, own))
        return failed(err, "certificate");
    return VC_OK;
}

static enum vc_code sign(X509 *native, const struct vc_key *key, struct vc_cert **cert,
                         struct vc_err *err)
{
    unsigned char *der = nullptr;
    enum vc_code code;
    int size;

    if (!key->pair)
        return vc_fail(err, VC_STATE, "a public key cannot sign");
    if (X509_sign(native, key->native, EVP_sha256()) <= 0)
        return failed(err, "signing a certificate");
    size = i2d_X509(native, &der);
    if (size <= 0)
        return failed(err, "certificate");
    code = vc_cert_parse_der((struct vc_bytes){der, (size_t)size}, cert, err);
    OPENSSL_free(der);
    return code;
}

struct self_signed {
    const struct vc_key *key;
    const char *common_name;
    int64_t not_before, not_after;
};

static enum vc_code make_self_signed(const struct self_signed *what, enum use use,
                                     struct vc_cert **cert, struct vc_err *err)
{
    vc_cleanup(X509_freep) X509 *native = nullptr;
    enum vc_code code;

    vc_crypto_start();
    native = X509_new();
    if (native == nullptr)
        return vc_fail_memory(err);
    code = set_validity(native, what->not_before, what->not_after, err);
    if (code == VC_OK)
        code = set_name(X509_get_subject_name(native), what->common_name, err);
    if (code == VC_OK && X509_set_issuer_name(native, X509_get_subject_name(native)) != 1)
        code = failed(err, "issuer");
    if (code == VC_OK)
        code = add_common(native, use, what->key, what->key, err);
    return code == VC_OK ? sign(native, what->key, cert, err) : code;
}

enum vc_code vc_cert_new_identity(const struct vc_key *key, const char *common_name,
                                  int64_t not_before, int64_t not_after, struct vc_cert **cert,
                                  struct vc_err *err)
{
    return make_self_signed(&(struct self_signed){key, common_name, not_before, not_after},
                            USE_IDENTITY, cert, err);
}

enum vc_code vc_cert_new_ca(const struct vc_key *key, const char *common_name, int64_t not_before,
                            int64_t not_after, struct vc_cert **cert, struct vc_err *err)
{
    return make_self_signed(&(struct self_signed){key, common_name, not_before, not_after}, USE_CA,
                            cert, err);
}

static bool is_dns_text(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size <= DNS_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*") ==
               size;
}

/* Appends one alternative name of this type. */
static bool push_name(GENERAL_NAMES *names, int type, struct vc_bytes value)
{
    vc_cleanup(GENERAL_NAME_freep) GENERAL_NAME *entry = GENERAL_NAME_new();
    ASN1_STRING *text = type == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();

    if (entry == nullptr || text == nullptr ||
        ASN1_STRING_set(text, value.data, (int)value.size) != 1) {
        ASN1_STRING_free(text);
        return false;
    }
    GENERAL_NAME_set0_value(entry, type, text);
    if (sk_GENERAL_NAME_push(names, entry) <= 0)
        return false;
    entry = nullptr; /* belongs to `names` now */
    return true;
}

static enum vc_code push_dns_names(GENERAL_NAMES *names, const struct vc_cert_order *order,
                                   struct vc_err *err)
{
    for (size_t i = 0; i < order->dns_name_count; i++) {
        const char *name = order->dns_names[i];

        if (!is_dns_text(name))
            return vc_fail(err, VC_MALFORMED, "not a DNS name");
        if (!push_name(names, GEN_DNS, (struct vc_bytes){(const uint8_t *)name, strlen(name)}))
            return vc_fail_memory(err);
    }
    return VC_OK;
}

static enum vc_code push_ip_addresses(GENERAL_NAMES *names, const struct vc_cert_order *order,
                                      struct vc_err *err)
{
    for (size_t i = 0; i < order->ip_address_count; i++) {
        struct vc_bytes address = order->ip_addresses[i];

        if (address.size != 4 && address.size != 16)
            return vc_fail(err, VC_MALFORMED, "IP address of %zu bytes", address.size);
        if (!push_name(names, GEN_IPADD, address))
            return vc_fail_memory(err);
    }
    return VC_OK;
}

static enum vc_code add_alternative_names(X509 *native, const struct vc_cert_order *order,
                                          struct vc_err *err)
{
    vc_cleanup(GENERAL_NAMES_freep) GENERAL_NAMES *names = GENERAL_NAMES_new();
    enum vc_code code;

    if (names == nullptr)
        return vc_fail_memory(err);
    code = push_dns_names(names, order, err);
    if (code == VC_OK)
        code = push_ip_addresses(names, order, err);
    if (code == VC_OK && sk_GENERAL_NAME_num(names) > 0 &&
        !add(native, NID_subject_alt_name, names, false))
        return failed(err, "alternative names");
    return code;
}

static enum vc_code add_private_extension(X509 *native, const char *oid, struct vc_bytes value,
                                          struct vc_err *err)
{
    vc_cleanup(ASN1_OBJECT_freep) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    vc_cleanup(ASN1_OCTET_STRING_freep) ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();
    vc_cleanup(X509_EXTENSION_freep) X509_EXTENSION *extension = nullptr;

    if (object == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not an object identifier");
    if (content == nullptr || value.size > VC_CERT_SIZE_MAX ||
        ASN1_OCTET_STRING_set(content, value.data, (int)value.size) != 1)
        return failed(err, "extension");
    extension = X509_EXTENSION_create_by_OBJ(nullptr, object, 0, content);
    if (extension == nullptr || X509_add_ext(native, extension, -1) != 1)
        return failed(err, "extension");
    return VC_OK;
}

enum vc_code vc_cert_issue(const struct vc_cert *ca, const struct vc_key *ca_key,
                           const struct vc_cert_order *order, struct vc_cert **cert,
                           struct vc_err *err)
{
    vc_cleanup(X509_freep) X509 *native = nullptr;
    enum vc_code code;

    vc_crypto_start();
    native = X509_new();
    if (native == nullptr)
        return vc_fail_memory(err);
    code = set_validity(native, order->not_before, order->not_after, err);
    if (code == VC_OK)
        code = set_name(X509_get_subject_name(native), order->common_name, err);
    if (code == VC_OK && X509_set_issuer_name(native, X509_get_subject_name(ca->native)) != 1)
        code = failed(err, "issuer");
    if (code == VC_OK)
        code = add_common(native, USE_CONTAINER, order->subject_key, ca_key, err);
    if (code == VC_OK)
        code = add_alternative_names(native, order, err);
    if (code == VC_OK && order->extension_oid != nullptr)
        code = add_private_extension(native, order->extension_oid, order->extension_value, err);
    return code == VC_OK ? sign(native, ca_key, cert, err) : code;
}
