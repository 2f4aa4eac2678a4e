/* SPDX-License-Identifier: MIT */

/* Certificates: from bytes to values and back. Checks are in certificate_check.c, making in
 * certificate_issue.c. */

#include "crypto/certificate.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/library_internal.h"
#include "crypto/native.h"
#include "crypto/pem_internal.h"

static constexpr size_t CERT_PEM_MAX = 2 * VC_CERT_SIZE_MAX; /* base 64, line ends, boundaries */

static enum vc_code read_spki(X509 *native, uint8_t hash[VC_SHA256_SIZE], struct vc_err *err)
{
    unsigned char *der = nullptr;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(native), &der);

    if (size <= 0)
        return vc_crypto_fail(err, VC_MALFORMED, "certificate: malformed public key");
    vc_sha256((struct vc_bytes){der, (size_t)size}, hash);
    OPENSSL_free(der);
    return VC_OK;
}

static enum vc_code read_values(struct vc_cert *cert, struct vc_err *err)
{
    enum vc_code code;

    if (!vc_asn1_seconds(X509_get0_notBefore(cert->native), &cert->not_before) ||
        !vc_asn1_seconds(X509_get0_notAfter(cert->native), &cert->not_after))
        return vc_crypto_fail(err, VC_MALFORMED, "certificate: malformed validity");
    code = vc_asn1_common_name(X509_get_subject_name(cert->native), "certificate's subject",
                               &cert->common_name, err);
    if (code == VC_OK) {
        code = vc_asn1_common_name(X509_get_issuer_name(cert->native), "certificate's issuer",
                                   &cert->issuer_name, err);
    }
    if (code == VC_OK)
        code = read_spki(cert->native, cert->spki_hash, err);
    return code;
}

/* d2i_X509 tolerates some BER; then writing gives other bytes than were read. */
static bool encodes_to(X509 *native, struct vc_bytes der)
{
    unsigned char *again = nullptr;
    int size = i2d_X509(native, &again);
    bool same = size > 0 && (size_t)size == der.size && memcmp(again, der.data, der.size) == 0;

    OPENSSL_free(again);
    return same;
}

enum vc_code vc_cert_parse_der(struct vc_bytes der, struct vc_cert **cert, struct vc_err *err)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *made = nullptr;
    const unsigned char *at = der.data;
    enum vc_code code;

    vc_crypto_start();
    if (der.size > VC_CERT_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "certificate: %zu bytes, at most %zu", der.size,
                       VC_CERT_SIZE_MAX);
    }
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    made->native = der.size == 0 ? nullptr : d2i_X509(nullptr, &at, (long)der.size);
    if (made->native == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not an X.509 certificate");
    if (at != der.data + der.size || !encodes_to(made->native, der))
        return vc_fail(err, VC_MALFORMED, "certificate: not exactly one, in DER");
    code = read_values(made, err);
    if (code == VC_OK)
        code = vc_buffer_append(&made->der, der, err);
    if (code == VC_OK)
        *cert = vc_take(made);
    return code;
}

enum vc_code vc_cert_parse_pem(struct vc_bytes pem, struct vc_cert **cert, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code = vc_pem_parse(pem, "CERTIFICATE", CERT_PEM_MAX, &der, err);

    return code == VC_OK ? vc_cert_parse_der(vc_buffer_bytes(&der), cert, err) : code;
}

enum vc_code vc_cert_encode_pem(const struct vc_cert *cert, struct vc_buffer *pem,
                                struct vc_err *err)
{
    return vc_pem_encode(vc_cert_der(cert), "CERTIFICATE", pem, err);
}

void vc_cert_free(struct vc_cert *cert)
{
    if (cert == nullptr)
        return;
    X509_free(cert->native);
    vc_buffer_done(&cert->der);
    free(cert->common_name);
    free(cert->issuer_name);
    free(cert);
}

struct vc_bytes vc_cert_der(const struct vc_cert *cert)
{
    return vc_buffer_bytes(&cert->der);
}

void vc_cert_spki_hash(const struct vc_cert *cert, uint8_t hash[VC_SHA256_SIZE])
{
    memcpy(hash, cert->spki_hash, VC_SHA256_SIZE);
}

enum vc_code vc_cert_key(const struct vc_cert *cert, struct vc_key **key, struct vc_err *err)
{
    EVP_PKEY *native = X509_get_pubkey(cert->native);

    if (native == nullptr)
        return vc_crypto_fail(err, VC_REFUSED, "certificate: unknown kind of key");
    return vc_key_adopt(native, false, key, err);
}

int64_t vc_cert_not_before(const struct vc_cert *cert)
{
    return cert->not_before;
}

int64_t vc_cert_not_after(const struct vc_cert *cert)
{
    return cert->not_after;
}

const char *vc_cert_common_name(const struct vc_cert *cert)
{
    return cert->common_name;
}

const char *vc_cert_issuer_name(const struct vc_cert *cert)
{
    return cert->issuer_name;
}

struct vc_bytes vc_cert_serial(const struct vc_cert *cert)
{
    const ASN1_INTEGER *number = X509_get0_serialNumber(cert->native);
    struct vc_bytes serial = {ASN1_STRING_get0_data(number), (size_t)ASN1_STRING_length(number)};

    while (serial.size > 0 && serial.data[0] == 0) {
        serial.data++;
        serial.size--;
    }
    return serial;
}

bool vc_cert_is_named_by(const struct vc_cert *issuer, const struct vc_cert *cert)
{
    return vc_asn1_same_name(X509_get_subject_name(issuer->native),
                             X509_get_issuer_name(cert->native));
}

X509 *vc_cert_native(const struct vc_cert *cert)
{
    return cert->native;
}

enum vc_code vc_cert_extension(const struct vc_cert *cert, const char *oid, struct vc_bytes *value,
                               struct vc_err *err)
{
    vc_cleanup(ASN1_OBJECT_freep) ASN1_OBJECT *object = nullptr;
    const ASN1_OCTET_STRING *content;
    int index;

    vc_crypto_start();
    object = OBJ_txt2obj(oid, 1);
    if (object == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not an object identifier");
    index = X509_get_ext_by_OBJ(cert->native, object, -1);
    if (index < 0)
        return vc_fail(err, VC_NOT_FOUND, "certificate: no extension %s", oid);
    if (X509_get_ext_by_OBJ(cert->native, object, index) >= 0)
        return vc_fail(err, VC_MALFORMED, "certificate: extension %s more than once", oid);
    content = X509_EXTENSION_get_data(X509_get_ext(cert->native, index));
    *value = (struct vc_bytes){ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content)};
    return VC_OK;
}

static bool is_dns_name(const GENERAL_NAME *entry, const char *name)
{
    size_t size = strlen(name);

    return entry->type == GEN_DNS && (size_t)ASN1_STRING_length(entry->d.dNSName) == size &&
           memcmp(ASN1_STRING_get0_data(entry->d.dNSName), name, size) == 0;
}

bool vc_cert_has_dns_name(const struct vc_cert *cert, const char *name)
{
    vc_cleanup(GENERAL_NAMES_freep) GENERAL_NAMES *names =
        X509_get_ext_d2i(cert->native, NID_subject_alt_name, nullptr, nullptr);
    int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names);

    for (int i = 0; i < count; i++) {
        if (is_dns_name(sk_GENERAL_NAME_value(names, i), name))
            return true;
    }
    return false;
}
