/* SPDX-License-Identifier: MIT */

#include "crypto/pki_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rsa.h>

#include "crypto/library_internal.h"

struct vc_pki_key {
    EVP_PKEY *native;
};

static void must(bool done, const char *what)
{
    struct vc_err err = {};

    if (done)
        return;
    (void)!vc_crypto_fail(&err, VC_STATE, what);
    (void)fprintf(stderr, "test PKI: %s\n", err.text);
    abort();
}

struct vc_pki_key *vc_pki_key_new(enum vc_key_kind kind, unsigned rsa_bits)
{
    static const char *const curves[] = {
        [VC_KEY_P256] = "P-256", [VC_KEY_P384] = "P-384", [VC_KEY_P521] = "P-521"};
    struct vc_pki_key *key = calloc(1, sizeof(*key));

    must(key != nullptr, "memory");
    vc_crypto_start();
    key->native = kind == VC_KEY_RSA ? EVP_RSA_gen(rsa_bits) : EVP_EC_gen(curves[kind]);
    must(key->native != nullptr, "new key");
    return key;
}

void vc_pki_key_free(struct vc_pki_key *key)
{
    if (key == nullptr)
        return;
    EVP_PKEY_free(key->native);
    free(key);
}

struct vc_public_key *vc_pki_key_public(const struct vc_pki_key *key)
{
    struct vc_public_key *made = nullptr;
    unsigned char *der = nullptr;
    int size = i2d_PUBKEY(key->native, &der);

    must(size > 0 &&
             vc_public_key_parse_der((struct vc_bytes){der, (size_t)size}, &made, nullptr) == VC_OK,
         "public half");
    OPENSSL_free(der);
    return made;
}

static const EVP_MD *hash_of(enum vc_scheme scheme, bool sha1)
{
    if (sha1)
        return EVP_sha1();
    if (scheme == VC_SCHEME_ES256 || scheme == VC_SCHEME_RS256 || scheme == VC_SCHEME_PS256)
        return EVP_sha256();
    if (scheme == VC_SCHEME_ES384 || scheme == VC_SCHEME_RS384 || scheme == VC_SCHEME_PS384)
        return EVP_sha384();
    return EVP_sha512();
}

static bool is_pss(enum vc_scheme scheme)
{
    return scheme == VC_SCHEME_PS256 || scheme == VC_SCHEME_PS384 || scheme == VC_SCHEME_PS512;
}

static EVP_MD_CTX *start(const struct vc_pki_key *key, enum vc_scheme scheme, bool sha1)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *details = nullptr;

    must(context != nullptr && EVP_DigestSignInit(context, &details, hash_of(scheme, sha1), nullptr,
                                                  key->native) == 1,
         "signing");
    if (is_pss(scheme)) {
        must(EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) == 1 &&
                 EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST) == 1,
             "PSS");
    }
    return context;
}

static void put_raw(const EVP_PKEY *key, struct vc_bytes der, struct vc_buffer *signature)
{
    const unsigned char *at = der.data;
    vc_cleanup(ECDSA_SIG_freep) ECDSA_SIG *parsed = d2i_ECDSA_SIG(nullptr, &at, (long)der.size);
    int half = (EVP_PKEY_get_bits(key) + 7) / 8;
    uint8_t raw[2 * 66];

    must(parsed != nullptr && BN_bn2binpad(ECDSA_SIG_get0_r(parsed), raw, half) == half &&
             BN_bn2binpad(ECDSA_SIG_get0_s(parsed), raw + half, half) == half &&
             vc_buffer_append(signature, (struct vc_bytes){raw, 2 * (size_t)half}, nullptr) ==
                 VC_OK,
         "signature");
}

void vc_pki_sign(const struct vc_pki_key *key, enum vc_scheme scheme, struct vc_bytes message,
                 struct vc_buffer *signature)
{
    vc_cleanup(EVP_MD_CTX_freep) EVP_MD_CTX *context = start(key, scheme, false);
    unsigned char der[1024];
    size_t size = sizeof(der);

    must(EVP_DigestSign(context, der, &size, message.data, message.size) == 1, "signing");
    if (EVP_PKEY_is_a(key->native, "EC"))
        put_raw(key->native, (struct vc_bytes){der, size}, signature);
    else
        must(vc_buffer_append(signature, (struct vc_bytes){der, size}, nullptr) == VC_OK, "memory");
}

static void put_name(X509_NAME *name, int nid, const char *text)
{
    if (text != nullptr) {
        must(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (const unsigned char *)text, -1,
                                        -1, 0) == 1,
             text);
    }
}

static X509_EXTENSION *new_extension(const struct vc_pki_extension *extension)
{
    vc_cleanup(ASN1_OBJECT_freep) ASN1_OBJECT *object = OBJ_txt2obj(extension->oid, 1);
    vc_cleanup(ASN1_OCTET_STRING_freep) ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();
    X509_EXTENSION *made;

    must(object != nullptr && content != nullptr &&
             ASN1_OCTET_STRING_set(content, extension->value.data, (int)extension->value.size) == 1,
         extension->oid);
    made = X509_EXTENSION_create_by_OBJ(nullptr, object, extension->critical, content);
    must(made != nullptr, extension->oid);
    return made;
}

static void put_constraints(X509 *native, const struct vc_pki_order *order)
{
    vc_cleanup(BASIC_CONSTRAINTS_freep) BASIC_CONSTRAINTS *value = BASIC_CONSTRAINTS_new();

    must(value != nullptr, "memory");
    value->ca = order->ca ? 0xff : 0;
    if (order->ca && order->path_length >= 0) {
        value->pathlen = ASN1_INTEGER_new();
        must(value->pathlen != nullptr && ASN1_INTEGER_set(value->pathlen, order->path_length) == 1,
             "pathLen");
    }
    must(X509_add1_ext_i2d(native, NID_basic_constraints, value, 1, 0) == 1, "basicConstraints");
}

static void put_key_usage(X509 *native, unsigned bits)
{
    vc_cleanup(ASN1_BIT_STRING_freep) ASN1_BIT_STRING *value = ASN1_BIT_STRING_new();

    must(value != nullptr, "memory");
    for (int bit = 0; bit < 8; bit++) {
        if (bits & (1u << bit))
            must(ASN1_BIT_STRING_set_bit(value, bit, 1) == 1, "keyUsage");
    }
    must(X509_add1_ext_i2d(native, NID_key_usage, value, 1, 0) == 1, "keyUsage");
}

static void put_extensions(X509 *native, const struct vc_pki_order *order)
{
    if (order->has_constraints || order->ca)
        put_constraints(native, order);
    if (order->key_usage != 0)
        put_key_usage(native, order->key_usage);
    for (size_t i = 0; i < order->extension_count; i++) {
        vc_cleanup(X509_EXTENSION_freep) X509_EXTENSION *made =
            new_extension(&order->extensions[i]);

        must(X509_add_ext(native, made, -1) == 1, order->extensions[i].oid);
    }
}

static void put_times(X509 *native, const struct vc_pki_order *order)
{
    vc_cleanup(ASN1_TIME_freep) ASN1_TIME *first =
        ASN1_TIME_set(nullptr, (time_t)order->not_before);
    vc_cleanup(ASN1_TIME_freep) ASN1_TIME *last = ASN1_TIME_set(nullptr, (time_t)order->not_after);

    must(first != nullptr && last != nullptr && X509_set1_notBefore(native, first) == 1 &&
             X509_set1_notAfter(native, last) == 1,
         "validity");
}

static struct vc_cert *finish(X509 *native)
{
    struct vc_cert *cert = nullptr;
    struct vc_err err = {};
    unsigned char *der = nullptr;
    int size = i2d_X509(native, &der);

    must(size > 0, "certificate");
    must(vc_cert_parse_der((struct vc_bytes){der, (size_t)size}, &cert, &err) == VC_OK, err.text);
    OPENSSL_free(der);
    return cert;
}

struct vc_cert *vc_pki_issue(const struct vc_pki_order *order)
{
    vc_cleanup(X509_freep) X509 *native = X509_new();
    vc_cleanup(EVP_MD_CTX_freep) EVP_MD_CTX *context = nullptr;
    const struct vc_pki_key *signer = order->signer != nullptr ? order->signer : order->key;

    must(native != nullptr && X509_set_version(native, X509_VERSION_3) == 1 &&
             ASN1_INTEGER_set_uint64(X509_get_serialNumber(native), order->serial) == 1 &&
             X509_set_pubkey(native, order->key->native) == 1,
         "certificate");
    put_times(native, order);
    put_name(X509_get_subject_name(native), NID_organizationName, order->organization);
    put_name(X509_get_subject_name(native), NID_commonName, order->subject);
    must(X509_set_issuer_name(native, order->issuer != nullptr
                                          ? X509_get_subject_name(order->issuer->native)
                                          : X509_get_subject_name(native)) == 1,
         "issuer");
    put_extensions(native, order);
    context = start(signer, order->scheme, order->sha1);
    must(X509_sign_ctx(native, context) > 0, "signing a certificate");
    return finish(native);
}

static void put_revoked(X509_CRL *native, const struct vc_pki_list *list, ASN1_TIME *when)
{
    for (size_t i = 0; i < list->revoked_count; i++) {
        X509_REVOKED *entry = X509_REVOKED_new();
        bool put = entry != nullptr && X509_REVOKED_set_revocationDate(entry, when) == 1 &&
                   X509_REVOKED_set_serialNumber(
                       entry, X509_get_serialNumber(list->revoked[i]->native)) == 1 &&
                   X509_CRL_add0_revoked(native, entry) == 1;

        must(put, "revoked certificate");
    }
    must(X509_CRL_sort(native) == 1, "revocation list");
}

static void put_list_times(X509_CRL *native, const struct vc_pki_list *list)
{
    vc_cleanup(ASN1_TIME_freep) ASN1_TIME *first =
        ASN1_TIME_set(nullptr, (time_t)list->this_update);
    vc_cleanup(ASN1_TIME_freep) ASN1_TIME *last = ASN1_TIME_set(nullptr, (time_t)list->next_update);

    must(first != nullptr && last != nullptr && X509_CRL_set1_lastUpdate(native, first) == 1 &&
             (list->next_update == 0 || X509_CRL_set1_nextUpdate(native, last) == 1),
         "validity");
    put_revoked(native, list, first);
}

void vc_pki_list(const struct vc_pki_list *list, struct vc_buffer *out)
{
    vc_cleanup(X509_CRL_freep) X509_CRL *native = X509_CRL_new();
    vc_cleanup(EVP_MD_CTX_freep) EVP_MD_CTX *context =
        start(list->signer, list->scheme, list->sha1);
    unsigned char *der = nullptr;
    int size;

    must(native != nullptr && X509_CRL_set_version(native, X509_CRL_VERSION_2) == 1 &&
             X509_CRL_set_issuer_name(native, X509_get_subject_name(list->issuer->native)) == 1,
         "revocation list");
    put_list_times(native, list);
    for (size_t i = 0; i < list->extension_count; i++) {
        vc_cleanup(X509_EXTENSION_freep) X509_EXTENSION *made = new_extension(&list->extensions[i]);

        must(X509_CRL_add_ext(native, made, -1) == 1, list->extensions[i].oid);
    }
    must(X509_CRL_sign_ctx(native, context) > 0, "signing a revocation list");
    size = i2d_X509_CRL(native, &der);
    must(size > 0 && vc_buffer_append(out, (struct vc_bytes){der, (size_t)size}, nullptr) == VC_OK,
         "revocation list");
    OPENSSL_free(der);
}
