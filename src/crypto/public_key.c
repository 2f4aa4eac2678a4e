/* SPDX-License-Identifier: MIT */

#include "crypto/public_key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "crypto/library_internal.h"
#include "crypto/pem_internal.h"

static constexpr int RSA_BITS_MIN = 2048;
static constexpr int RSA_BITS_MAX = 8192;
static constexpr size_t KEY_PEM_MAX = 8192; /* bytes of text; RSA of 8192 bits needs 1500 */
static constexpr size_t POINT_MAX = 1 + 2 * 66;

struct vc_public_key {
    EVP_PKEY *native;
    enum vc_key_kind kind;
    unsigned bits;
};

static const struct curve {
    enum vc_key_kind kind;
    int nid;
    const char *name;
    size_t size; /* bytes of a coordinate, and of the order */
} CURVES[] = {
    {VC_KEY_P256, NID_X9_62_prime256v1, "P-256", 32},
    {VC_KEY_P384, NID_secp384r1, "P-384", 48},
    {VC_KEY_P521, NID_secp521r1, "P-521", 66},
};

static const struct scheme {
    enum vc_scheme scheme;
    const char *hash;
    bool rsa;
    int padding; /* of RSA */
} SCHEMES[] = {
    {VC_SCHEME_ES256, "SHA256", false, 0},
    {VC_SCHEME_ES384, "SHA384", false, 0},
    {VC_SCHEME_ES512, "SHA512", false, 0},
    {VC_SCHEME_RS256, "SHA256", true, RSA_PKCS1_PADDING},
    {VC_SCHEME_RS384, "SHA384", true, RSA_PKCS1_PADDING},
    {VC_SCHEME_RS512, "SHA512", true, RSA_PKCS1_PADDING},
    {VC_SCHEME_PS256, "SHA256", true, RSA_PKCS1_PSS_PADDING},
    {VC_SCHEME_PS384, "SHA384", true, RSA_PKCS1_PSS_PADDING},
    {VC_SCHEME_PS512, "SHA512", true, RSA_PKCS1_PSS_PADDING},
};

/* Null: RSA. */
static const struct curve *curve_of(enum vc_key_kind kind)
{
    for (size_t i = 0; i < VC_COUNT(CURVES); i++) {
        if (CURVES[i].kind == kind)
            return &CURVES[i];
    }
    return nullptr;
}

static bool has_text(const EVP_PKEY *native, const char *parameter, const char *wanted)
{
    char text[32] = "";

    return EVP_PKEY_get_utf8_string_param(native, parameter, text, sizeof(text), nullptr) == 1 &&
           strcmp(text, wanted) == 0;
}

static enum vc_code classify_ec(struct vc_public_key *key, struct vc_err *err)
{
    char group[64] = "";

    /* One form of each key: the curve by its name, the point uncompressed (RFC 5480 §2). */
    if (!has_text(key->native, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP) ||
        !has_text(key->native, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed"))
        return vc_fail(err, VC_REFUSED, "an elliptic curve without a name, or a compressed point");
    if (EVP_PKEY_get_group_name(key->native, group, sizeof(group), nullptr) != 1)
        return vc_crypto_fail(err, VC_REFUSED, "an elliptic curve without a name");
    for (size_t i = 0; i < VC_COUNT(CURVES); i++) {
        if (OBJ_sn2nid(group) == CURVES[i].nid) {
            key->kind = CURVES[i].kind;
            return VC_OK;
        }
    }
    return vc_fail(err, VC_REFUSED, "a key on %s; P-256, P-384 and P-521 are known", group);
}

static enum vc_code classify_rsa(struct vc_public_key *key, struct vc_err *err)
{
    vc_cleanup(BN_freep) BIGNUM *exponent = nullptr;
    int bits = EVP_PKEY_get_bits(key->native);

    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
        return vc_fail(err, VC_REFUSED, "an RSA key of %d bits, %d to %d wanted", bits,
                       RSA_BITS_MIN, RSA_BITS_MAX);
    }
    if (EVP_PKEY_get_bn_param(key->native, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
        return vc_crypto_fail(err, VC_MALFORMED, "an RSA key without an exponent");
    if (!BN_is_odd(exponent) || BN_is_one(exponent) || BN_num_bits(exponent) > 64)
        return vc_fail(err, VC_REFUSED, "an RSA exponent that is even, 1, or beyond 64 bits");
    key->kind = VC_KEY_RSA;
    return VC_OK;
}

/* Takes over `native`, also if it fails. */
static enum vc_code adopt(EVP_PKEY *native, struct vc_public_key **key, struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr) {
        EVP_PKEY_free(native);
        return vc_fail_memory(err);
    }
    made->native = native;
    made->bits = (unsigned)EVP_PKEY_get_bits(native);
    if (EVP_PKEY_is_a(native, "EC"))
        code = classify_ec(made, err);
    else if (EVP_PKEY_is_a(native, "RSA") || EVP_PKEY_is_a(native, "RSA-PSS"))
        code = classify_rsa(made, err);
    else
        code = vc_fail(err, VC_REFUSED, "a key that is neither RSA nor ECDSA");
    if (code == VC_OK)
        *key = vc_take(made);
    return code;
}

static bool encodes_to(const EVP_PKEY *native, struct vc_bytes der)
{
    unsigned char *again = nullptr;
    int size = i2d_PUBKEY(native, &again);
    bool same = size > 0 && (size_t)size == der.size && memcmp(again, der.data, der.size) == 0;

    OPENSSL_free(again);
    return same;
}

enum vc_code vc_public_key_parse_der(struct vc_bytes spki, struct vc_public_key **key,
                                     struct vc_err *err)
{
    const unsigned char *at = spki.data;
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *native = nullptr;

    vc_crypto_start();
    if (spki.size > KEY_PEM_MAX)
        return vc_fail(err, VC_MALFORMED, "%zu bytes are too long for a key", spki.size);
    native = spki.size == 0 ? nullptr : d2i_PUBKEY(nullptr, &at, (long)spki.size);
    if (native == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not a public key");
    if (at != spki.data + spki.size || !encodes_to(native, spki))
        return vc_fail(err, VC_MALFORMED, "not exactly one public key, in DER");
    return adopt(vc_take(native), key, err);
}

enum vc_code vc_public_key_parse_pem(struct vc_bytes pem, struct vc_public_key **key,
                                     struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code = vc_pem_parse(pem, "PUBLIC KEY", KEY_PEM_MAX, &der, err);

    if (code != VC_OK)
        return code == VC_LIMIT ? vc_fail(err, VC_MALFORMED, "too long for a key") : code;
    return vc_public_key_parse_der(vc_buffer_bytes(&der), key, err);
}

static enum vc_code make(const char *kind, OSSL_PARAM_BLD *values, struct vc_public_key **key,
                         struct vc_err *err)
{
    vc_cleanup(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr);
    vc_cleanup(OSSL_PARAM_freep) OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(values);
    EVP_PKEY *native = nullptr;

    if (context == nullptr || parameters == nullptr || EVP_PKEY_fromdata_init(context) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "public key");
    if (EVP_PKEY_fromdata(context, &native, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        return vc_crypto_fail(err, VC_MALFORMED, "not a public key");
    return adopt(native, key, err);
}

enum vc_code vc_public_key_of_point(enum vc_key_kind kind, struct vc_bytes point,
                                    struct vc_public_key **key, struct vc_err *err)
{
    const struct curve *curve = curve_of(kind);
    vc_cleanup(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD *values = nullptr;
    uint8_t encoded[POINT_MAX] = {0x04}; /* uncompressed, SEC 1 §2.3.3 */

    if (curve == nullptr)
        return vc_fail(err, VC_REFUSED, "an RSA key has no point");
    if (point.size != 2 * curve->size) {
        return vc_fail(err, VC_MALFORMED, "a point of %zu bytes, %s has %zu", point.size,
                       curve->name, 2 * curve->size);
    }
    memcpy(encoded + 1, point.data, point.size);
    vc_crypto_start();
    values = OSSL_PARAM_BLD_new();
    if (values == nullptr ||
        OSSL_PARAM_BLD_push_utf8_string(values, OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(values, OSSL_PKEY_PARAM_PUB_KEY, encoded,
                                         1 + point.size) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "public key");
    return make("EC", values, key, err);
}

enum vc_code vc_public_key_of_rsa(struct vc_bytes modulus, struct vc_bytes exponent,
                                  struct vc_public_key **key, struct vc_err *err)
{
    vc_cleanup(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD *values = nullptr;
    vc_cleanup(BN_freep) BIGNUM *n = nullptr;
    vc_cleanup(BN_freep) BIGNUM *e = nullptr;

    if (modulus.size == 0 || modulus.size > (size_t)RSA_BITS_MAX || exponent.size == 0 ||
        exponent.size > modulus.size)
        return vc_fail(err, VC_MALFORMED, "an RSA modulus of %zu bytes, an exponent of %zu",
                       modulus.size, exponent.size);
    vc_crypto_start();
    values = OSSL_PARAM_BLD_new();
    n = BN_bin2bn(modulus.data, (int)modulus.size, nullptr);
    e = BN_bin2bn(exponent.data, (int)exponent.size, nullptr);
    if (values == nullptr || n == nullptr || e == nullptr ||
        OSSL_PARAM_BLD_push_BN(values, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(values, OSSL_PKEY_PARAM_RSA_E, e) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "public key");
    return make("RSA", values, key, err);
}

enum vc_code vc_public_key_of_cert(const struct vc_cert *cert, struct vc_public_key **key,
                                   struct vc_err *err)
{
    EVP_PKEY *native;
    enum vc_code code;

    vc_crypto_start();
    native = X509_get_pubkey(cert->native);
    if (native == nullptr)
        return vc_crypto_fail(err, VC_REFUSED, "certificate: unknown kind of key");
    code = adopt(native, key, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "certificate");
}

enum vc_code vc_public_key_of_key(const struct vc_key *pair, struct vc_public_key **key,
                                  struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code = vc_key_encode_public_der(pair, &der, err);

    return code == VC_OK ? vc_public_key_parse_der(vc_buffer_bytes(&der), key, err) : code;
}

enum vc_key_kind vc_public_key_kind(const struct vc_public_key *key)
{
    return key->kind;
}

unsigned vc_public_key_bits(const struct vc_public_key *key)
{
    return key->bits;
}

enum vc_code vc_public_key_encode_der(const struct vc_public_key *key, struct vc_buffer *spki,
                                      struct vc_err *err)
{
    unsigned char *der = nullptr;
    enum vc_code code;
    int size;

    vc_crypto_start();
    size = i2d_PUBKEY(key->native, &der);
    if (size <= 0)
        return vc_crypto_fail(err, VC_MEMORY, "public key");
    code = vc_buffer_append(spki, (struct vc_bytes){der, (size_t)size}, err);
    OPENSSL_free(der);
    return code;
}

enum vc_code vc_public_key_point(const struct vc_public_key *key, struct vc_buffer *point,
                                 struct vc_err *err)
{
    const struct curve *curve = curve_of(key->kind);
    uint8_t encoded[POINT_MAX];
    size_t size = 0;

    if (curve == nullptr)
        return vc_fail(err, VC_STATE, "an RSA key has no point");
    vc_crypto_start();
    if (EVP_PKEY_get_octet_string_param(key->native, OSSL_PKEY_PARAM_PUB_KEY, encoded,
                                        sizeof(encoded), &size) != 1 ||
        size != 1 + 2 * curve->size || encoded[0] != 0x04)
        return vc_crypto_fail(err, VC_MEMORY, "public key: no point");
    return vc_buffer_append(point, (struct vc_bytes){encoded + 1, size - 1}, err);
}

/* From r || s to DER; the size, or 0. OPENSSL_free(*der). */
static size_t pack(struct vc_bytes signature, unsigned char **der)
{
    int half = (int)(signature.size / 2);
    vc_cleanup(ECDSA_SIG_freep) ECDSA_SIG *made = ECDSA_SIG_new();
    vc_cleanup(BN_freep) BIGNUM *r = BN_bin2bn(signature.data, half, nullptr);
    vc_cleanup(BN_freep) BIGNUM *s = BN_bin2bn(signature.data + half, half, nullptr);
    int size;

    if (made == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(made, r, s) != 1)
        return 0;
    r = nullptr; /* both belong to `made` now */
    s = nullptr;
    size = i2d_ECDSA_SIG(made, der);
    return size > 0 ? (size_t)size : 0;
}

static enum vc_code verify(const struct vc_public_key *key, const struct scheme *scheme,
                           struct vc_bytes message, struct vc_bytes signature, struct vc_err *err)
{
    vc_cleanup(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *details = nullptr; /* the context's */

    if (context == nullptr || EVP_DigestVerifyInit_ex(context, &details, scheme->hash, nullptr,
                                                      nullptr, key->native, nullptr) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "verifying");
    if (scheme->rsa && EVP_PKEY_CTX_set_rsa_padding(details, scheme->padding) != 1)
        return vc_crypto_fail(err, VC_REFUSED, "the key is for another padding");
    if (scheme->padding == RSA_PKCS1_PSS_PADDING &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST) != 1)
        return vc_crypto_fail(err, VC_REFUSED, "the key is for another length of salt");
    if (EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) != 1)
        return vc_crypto_fail(err, VC_UNTRUSTED, "signature does not verify");
    return VC_OK;
}

static enum vc_code verify_ecdsa(const struct vc_public_key *key, const struct scheme *scheme,
                                 struct vc_bytes message, struct vc_bytes signature,
                                 struct vc_err *err)
{
    unsigned char *der = nullptr;
    size_t size = pack(signature, &der);
    enum vc_code code;

    if (size == 0)
        return vc_crypto_fail(err, VC_MEMORY, "verifying");
    code = verify(key, scheme, message, (struct vc_bytes){der, size}, err);
    OPENSSL_free(der);
    return code;
}

enum vc_code vc_public_key_verify(const struct vc_public_key *key, enum vc_scheme scheme,
                                  struct vc_bytes message, struct vc_bytes signature,
                                  struct vc_err *err)
{
    const struct curve *curve = curve_of(key->kind);
    const struct scheme *chosen = nullptr;
    size_t wanted = curve == nullptr ? (key->bits + 7) / 8 : 2 * curve->size;

    for (size_t i = 0; i < VC_COUNT(SCHEMES); i++) {
        if (SCHEMES[i].scheme == scheme)
            chosen = &SCHEMES[i];
    }
    if (chosen == nullptr || chosen->rsa != (curve == nullptr))
        return vc_fail(err, VC_REFUSED, "the signature's scheme is not for this kind of key");
    if (signature.size != wanted) {
        return vc_fail(err, VC_UNTRUSTED, "signature of %zu bytes, %zu wanted", signature.size,
                       wanted);
    }
    vc_crypto_start();
    return curve == nullptr ? verify(key, chosen, message, signature, err)
                            : verify_ecdsa(key, chosen, message, signature, err);
}

void vc_public_key_free(struct vc_public_key *key)
{
    if (key == nullptr)
        return;
    EVP_PKEY_free(key->native);
    free(key);
}
