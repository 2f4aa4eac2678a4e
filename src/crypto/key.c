/* SPDX-License-Identifier: MIT */

#include "crypto/key.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/library_internal.h"
#include "crypto/native.h"
#include "crypto/pem_internal.h"

static constexpr size_t KEY_PEM_MAX = 4096; /* bytes of text; a P-256 key needs 250 */
static constexpr size_t HALF = VC_ES256_SIZE / 2;

/* What stands before X || Y in the one SubjectPublicKeyInfo that names P-256 by its OID and has an
 * uncompressed point (RFC 5480 §2): explicit parameters and other point forms do not match. */
static const uint8_t SPKI_HEAD[] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
};
static constexpr size_t SPKI_SIZE = sizeof(SPKI_HEAD) + 64;

static bool is_p256_spki(struct vc_bytes der)
{
    return der.size == SPKI_SIZE && memcmp(der.data, SPKI_HEAD, sizeof(SPKI_HEAD)) == 0;
}

static enum vc_code encode_spki(const EVP_PKEY *native, uint8_t spki[SPKI_SIZE], struct vc_err *err)
{
    unsigned char *der = nullptr;
    int size = i2d_PUBKEY(native, &der);
    bool fits = size > 0 && is_p256_spki((struct vc_bytes){der, (size_t)size});

    if (fits)
        memcpy(spki, der, SPKI_SIZE);
    OPENSSL_free(der);
    if (size <= 0)
        return vc_crypto_fail(err, VC_REFUSED, "no public key");
    if (!fits)
        return vc_fail(err, VC_REFUSED, "not a P-256 key with named curve and uncompressed point");
    return VC_OK;
}

enum vc_code vc_key_adopt(EVP_PKEY *native, bool pair, struct vc_key **key, struct vc_err *err)
{
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *owned = native;
    uint8_t spki[SPKI_SIZE];
    struct vc_key *made;
    enum vc_code code = encode_spki(owned, spki, err);

    if (code != VC_OK)
        return code;
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    made->native = vc_take(owned);
    made->pair = pair;
    *key = made;
    return VC_OK;
}

enum vc_code vc_key_new(struct vc_key **key, struct vc_err *err)
{
    EVP_PKEY *native;

    vc_crypto_start();
    native = EVP_EC_gen("P-256");
    if (native == nullptr)
        return vc_crypto_fail(err, VC_MEMORY, "no new key");
    return vc_key_adopt(native, true, key, err);
}

/* Does the private half belong to the public one, and is the point on the curve? */
static bool is_sound_pair(EVP_PKEY *native)
{
    vc_cleanup(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(native, nullptr);

    return context != nullptr && EVP_PKEY_check(context) == 1;
}

static enum vc_code parse_private_der(struct vc_bytes der, struct vc_key **key, struct vc_err *err)
{
    const unsigned char *at = der.data;
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *native = d2i_AutoPrivateKey(nullptr, &at, (long)der.size);
    enum vc_code code;

    if (native == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not a private key");
    if (at != der.data + der.size)
        return vc_fail(err, VC_MALFORMED, "bytes after the private key");
    if (!EVP_PKEY_is_a(native, "EC") || !is_sound_pair(native))
        return vc_crypto_fail(err, VC_MALFORMED, "not a sound key pair on P-256");
    code = vc_key_adopt(vc_take(native), true, key, err);
    return code == VC_REFUSED ? vc_fail(err, VC_MALFORMED, "not a P-256 private key") : code;
}

enum vc_code vc_key_parse_private_pem(struct vc_bytes pem, struct vc_key **key, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code;

    vc_crypto_start();
    code = vc_pem_parse(pem, "PRIVATE KEY", KEY_PEM_MAX, &der, err);
    if (code == VC_MALFORMED)
        code = vc_pem_parse(pem, "EC PRIVATE KEY", KEY_PEM_MAX, &der, nullptr);
    if (code != VC_OK)
        return code == VC_LIMIT ? vc_fail(err, VC_MALFORMED, "too long for a P-256 key") : code;
    return parse_private_der(vc_buffer_bytes(&der), key, err);
}

enum vc_code vc_key_parse_public_der(struct vc_bytes der, struct vc_key **key, struct vc_err *err)
{
    const unsigned char *at = der.data;
    EVP_PKEY *native;

    vc_crypto_start();
    if (!is_p256_spki(der)) {
        return vc_fail(err, VC_MALFORMED,
                       "not a SubjectPublicKeyInfo with a named, uncompressed P-256 key");
    }
    native = d2i_PUBKEY(nullptr, &at, (long)der.size);
    if (native == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not a point of P-256");
    return vc_key_adopt(native, false, key, err);
}

enum vc_code vc_key_parse_public_pem(struct vc_bytes pem, struct vc_key **key, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code = vc_pem_parse(pem, "PUBLIC KEY", KEY_PEM_MAX, &der, err);

    if (code != VC_OK)
        return code == VC_LIMIT ? vc_fail(err, VC_MALFORMED, "too long for a P-256 key") : code;
    return vc_key_parse_public_der(vc_buffer_bytes(&der), key, err);
}

enum vc_code vc_key_encode_private_pem(const struct vc_key *key, struct vc_buffer *pem,
                                       struct vc_err *err)
{
    PKCS8_PRIV_KEY_INFO *info;
    unsigned char *der = nullptr;
    int size;
    enum vc_code code;

    if (!key->pair)
        return vc_fail(err, VC_STATE, "a public key has no private form");
    info = EVP_PKEY2PKCS8(key->native);
    size = info == nullptr ? 0 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    PKCS8_PRIV_KEY_INFO_free(info);
    if (size <= 0)
        return vc_crypto_fail(err, VC_MEMORY, "private key");
    code = vc_pem_encode((struct vc_bytes){der, (size_t)size}, "PRIVATE KEY", pem, err);
    OPENSSL_clear_free(der, (size_t)size);
    return code;
}

enum vc_code vc_key_encode_public_der(const struct vc_key *key, struct vc_buffer *der,
                                      struct vc_err *err)
{
    uint8_t spki[SPKI_SIZE];
    enum vc_code code = encode_spki(key->native, spki, err);

    return code == VC_OK ? vc_buffer_append(der, VC_BYTES(spki), err) : code;
}

enum vc_code vc_key_encode_public_pem(const struct vc_key *key, struct vc_buffer *pem,
                                      struct vc_err *err)
{
    uint8_t spki[SPKI_SIZE];
    enum vc_code code = encode_spki(key->native, spki, err);

    return code == VC_OK ? vc_pem_encode(VC_BYTES(spki), "PUBLIC KEY", pem, err) : code;
}

enum vc_code vc_key_point(const struct vc_key *key, uint8_t point[65], struct vc_err *err)
{
    uint8_t spki[SPKI_SIZE];
    enum vc_code code = encode_spki(key->native, spki, err);

    if (code == VC_OK)
        memcpy(point, spki + SPKI_SIZE - 65, 65);
    return code;
}

/* From DER to r || s. */
static bool unpack(const unsigned char *der, size_t size, uint8_t signature[VC_ES256_SIZE])
{
    vc_cleanup(ECDSA_SIG_freep) ECDSA_SIG *parsed = d2i_ECDSA_SIG(nullptr, &der, (long)size);

    return parsed != nullptr &&
           BN_bn2binpad(ECDSA_SIG_get0_r(parsed), signature, (int)HALF) == (int)HALF &&
           BN_bn2binpad(ECDSA_SIG_get0_s(parsed), signature + HALF, (int)HALF) == (int)HALF;
}

enum vc_code vc_key_sign(const struct vc_key *key, struct vc_bytes message,
                         uint8_t signature[VC_ES256_SIZE], struct vc_err *err)
{
    vc_cleanup(EVP_MD_CTX_freep) EVP_MD_CTX *context = nullptr;
    unsigned char der[128];
    uint8_t raw[VC_ES256_SIZE];
    size_t size = sizeof(der);

    if (!key->pair)
        return vc_fail(err, VC_STATE, "a public key cannot sign");
    vc_crypto_start();
    context = EVP_MD_CTX_new();
    if (context == nullptr)
        return vc_fail_memory(err);
    if (EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key->native) != 1 ||
        EVP_DigestSign(context, der, &size, message.data, message.size) != 1 ||
        !unpack(der, size, raw))
        return vc_crypto_fail(err, VC_MEMORY, "signing");
    memcpy(signature, raw, sizeof(raw));
    return VC_OK;
}

/* From r || s to DER; the size, or 0. OPENSSL_free(*der). */
static size_t pack(const uint8_t *signature, unsigned char **der)
{
    vc_cleanup(ECDSA_SIG_freep) ECDSA_SIG *made = ECDSA_SIG_new();
    vc_cleanup(BN_freep) BIGNUM *r = BN_bin2bn(signature, (int)HALF, nullptr);
    vc_cleanup(BN_freep) BIGNUM *s = BN_bin2bn(signature + HALF, (int)HALF, nullptr);
    int size;

    if (made == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(made, r, s) != 1)
        return 0;
    r = nullptr; /* both belong to `made` now */
    s = nullptr;
    size = i2d_ECDSA_SIG(made, der);
    return size > 0 ? (size_t)size : 0;
}

enum vc_code vc_key_verify(const struct vc_key *key, struct vc_bytes message,
                           struct vc_bytes signature, struct vc_err *err)
{
    vc_cleanup(EVP_MD_CTX_freep) EVP_MD_CTX *context = nullptr;
    unsigned char *der = nullptr;
    size_t size;
    int verdict;

    if (signature.size != VC_ES256_SIZE) {
        return vc_fail(err, VC_UNTRUSTED, "signature of %zu bytes, %zu wanted", signature.size,
                       VC_ES256_SIZE);
    }
    vc_crypto_start();
    context = EVP_MD_CTX_new();
    size = pack(signature.data, &der);
    if (context == nullptr || size == 0 ||
        EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key->native) != 1) {
        OPENSSL_free(der);
        return vc_crypto_fail(err, VC_MEMORY, "verifying");
    }
    verdict = EVP_DigestVerify(context, der, size, message.data, message.size);
    OPENSSL_free(der);
    if (verdict != 1)
        return vc_crypto_fail(err, VC_UNTRUSTED, "signature does not verify");
    return VC_OK;
}

EVP_PKEY *vc_key_native(const struct vc_key *key)
{
    return key->native;
}

void vc_key_free(struct vc_key *key)
{
    if (key == nullptr)
        return;
    EVP_PKEY_free(key->native);
    free(key);
}
