/* SPDX-License-Identifier: MIT */

/* Certificate signing requests (RFC 2986). Of a request, only the key counts. */

#include "crypto/library_internal.h"

static enum vc_code encode(const X509_REQ *request, struct vc_buffer *der, struct vc_err *err)
{
    unsigned char *bytes = nullptr;
    int size = i2d_X509_REQ(request, &bytes);
    enum vc_code code;

    if (size <= 0)
        return vc_crypto_fail(err, VC_MEMORY, "request");
    code = vc_buffer_append(der, (struct vc_bytes){bytes, (size_t)size}, err);
    OPENSSL_free(bytes);
    return code;
}

enum vc_code vc_csr_new(const struct vc_key *key, const char *common_name, struct vc_buffer *der,
                        struct vc_err *err)
{
    vc_cleanup(X509_REQ_freep) X509_REQ *request = nullptr;

    vc_crypto_start();
    if (!key->pair)
        return vc_fail(err, VC_STATE, "a public key cannot sign");
    request = X509_REQ_new();
    if (request == nullptr || X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1 ||
        X509_REQ_set_pubkey(request, key->native) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "request");
    if (X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName,
                                   MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1,
                                   0) != 1)
        return vc_crypto_fail(err, VC_MALFORMED, "common name: 1 to 64 characters of UTF-8");
    if (X509_REQ_sign(request, key->native, EVP_sha256()) <= 0)
        return vc_crypto_fail(err, VC_MEMORY, "signing a request");
    return encode(request, der, err);
}

enum vc_code vc_csr_open(struct vc_bytes der, struct vc_key **key, struct vc_err *err)
{
    vc_cleanup(X509_REQ_freep) X509_REQ *request = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *subject = nullptr;
    const unsigned char *at = der.data;
    EVP_PKEY *native;
    enum vc_code code;

    vc_crypto_start();
    if (der.size == 0 || der.size > VC_CERT_SIZE_MAX) {
        return vc_fail(err, VC_MALFORMED, "request: %zu bytes, 1 to %zu", der.size,
                       VC_CERT_SIZE_MAX);
    }
    request = d2i_X509_REQ(nullptr, &at, (long)der.size);
    if (request == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not a PKCS #10 request");
    if (at != der.data + der.size)
        return vc_fail(err, VC_MALFORMED, "request: bytes after its end");
    native = X509_REQ_get_pubkey(request);
    if (native == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "request: unknown kind of key");
    code = vc_key_adopt(native, false, &subject, err);
    if (code != VC_OK)
        return code == VC_REFUSED ? vc_fail(err, VC_MALFORMED, "request: not a P-256 key") : code;
    if (X509_REQ_verify(request, subject->native) != 1)
        return vc_crypto_fail(err, VC_UNTRUSTED, "request: not signed by the key that it carries");
    *key = vc_take(subject);
    return VC_OK;
}
