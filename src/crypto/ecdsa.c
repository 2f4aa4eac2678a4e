/* SPDX-License-Identifier: MIT */

#include "crypto/ecdsa.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/library_internal.h"

static constexpr size_t ORDER_SIZE_MAX = 66;  /* bytes, P-521 */
static constexpr size_t POINT_SIZE_MAX = 133; /* bytes, uncompressed, P-521 */
static constexpr size_t DER_SIZE_MAX = 160;   /* bytes of a signature; P-521 needs 139 */
static constexpr uint8_t UNCOMPRESSED = 4;

static const struct curve {
    const char *name;
    int nid;
    size_t order_size; /* bytes; those of a coordinate, too */
} CURVES[] = {
    [VC_CURVE_P256] = {"P-256", NID_X9_62_prime256v1, 32},
    [VC_CURVE_P384] = {"P-384", NID_secp384r1, 48},
    [VC_CURVE_P521] = {"P-521", NID_secp521r1, 66},
};

/* The contexts are prepared once: fetching the algorithm anew for each signature costs as much as
 * a tenth of it. */
struct vc_ecdsa {
    const struct curve *curve;
    EVP_PKEY *native;
    EVP_PKEY_CTX *signer; /* null: a public key */
    EVP_PKEY_CTX *verifier;
};

VC_DEFINE_CLEANUP(EC_GROUP, EC_GROUP_free);
VC_DEFINE_CLEANUP(EC_POINT, EC_POINT_free);

size_t vc_ecdsa_size(enum vc_curve curve)
{
    return 2 * CURVES[curve].order_size;
}

/* A key from its point, and from its private value if that is not null. */
static EVP_PKEY *load(const struct curve *curve, struct vc_bytes point, const BIGNUM *value)
{
    vc_cleanup(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    vc_cleanup(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    vc_cleanup(OSSL_PARAM_freep) OSSL_PARAM *parameters = nullptr;
    EVP_PKEY *native = nullptr;

    if (context == nullptr || builder == nullptr ||
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.data,
                                         point.size) != 1 ||
        (value != nullptr && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, value) != 1))
        return nullptr;
    parameters = OSSL_PARAM_BLD_to_param(builder);
    if (parameters == nullptr || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &native,
                          value == nullptr ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR,
                          parameters) != 1)
        return nullptr;
    return native;
}

/* Takes `native` over. */
static enum vc_code prepare(const struct curve *curve, EVP_PKEY *native, bool signs,
                            struct vc_ecdsa **key, struct vc_err *err)
{
    vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *made = calloc(1, sizeof(*made));

    if (made == nullptr) {
        EVP_PKEY_free(native);
        return vc_fail_memory(err);
    }
    made->curve = curve;
    made->native = native;
    made->verifier = EVP_PKEY_CTX_new(native, nullptr);
    if (made->verifier == nullptr || EVP_PKEY_verify_init(made->verifier) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "ECDSA cannot be prepared");
    if (signs) {
        made->signer = EVP_PKEY_CTX_new(native, nullptr);
        if (made->signer == nullptr || EVP_PKEY_sign_init(made->signer) != 1)
            return vc_crypto_fail(err, VC_MEMORY, "ECDSA cannot be prepared");
    }
    *key = vc_take(made);
    return VC_OK;
}

/* The point that belongs to a private value. */
static bool multiply(const EC_GROUP *group, const BIGNUM *value, uint8_t point[POINT_SIZE_MAX],
                     size_t size)
{
    vc_cleanup(EC_POINT_freep) EC_POINT *product = EC_POINT_new(group);

    return product != nullptr &&
           EC_POINT_mul(group, product, value, nullptr, nullptr, nullptr) == 1 &&
           EC_POINT_point2oct(group, product, POINT_CONVERSION_UNCOMPRESSED, point, size,
                              nullptr) == size;
}

enum vc_code vc_ecdsa_new_private(enum vc_curve curve, struct vc_bytes value, struct vc_ecdsa **key,
                                  struct vc_err *err)
{
    const struct curve *found = &CURVES[curve];
    size_t point_size = 1 + 2 * found->order_size;
    uint8_t point[POINT_SIZE_MAX];
    vc_cleanup(EC_GROUP_freep) EC_GROUP *group = nullptr;
    BIGNUM *number = nullptr;
    EVP_PKEY *native = nullptr;
    enum vc_code code = VC_OK;

    vc_crypto_start();
    if (value.size != found->order_size)
        return vc_fail(err, VC_MALFORMED, "%zu bytes are no private value of %s", value.size,
                       found->name);
    group = EC_GROUP_new_by_curve_name(found->nid);
    number = BN_secure_new(); /* so that all copies are wiped */
    if (group == nullptr || number == nullptr ||
        BN_bin2bn(value.data, (int)value.size, number) == nullptr) {
        code = vc_crypto_fail(err, VC_MEMORY, "private value");
    } else if (BN_is_zero(number) || BN_cmp(number, EC_GROUP_get0_order(group)) >= 0) {
        code = vc_fail(err, VC_MALFORMED, "not between 1 and the order of %s", found->name);
    } else {
        BN_set_flags(number, BN_FLG_CONSTTIME);
        if (multiply(group, number, point, point_size))
            native = load(found, (struct vc_bytes){point, point_size}, number);
        code = native == nullptr ? vc_crypto_fail(err, VC_MEMORY, "private key")
                                 : prepare(found, native, true, key, err);
    }
    BN_clear_free(number);
    return code;
}

enum vc_code vc_ecdsa_new_public(enum vc_curve curve, struct vc_bytes point, struct vc_ecdsa **key,
                                 struct vc_err *err)
{
    const struct curve *found = &CURVES[curve];
    EVP_PKEY *native;

    vc_crypto_start();
    if (point.size != 1 + 2 * found->order_size || point.data[0] != UNCOMPRESSED)
        return vc_fail(err, VC_MALFORMED, "not an uncompressed point of %s", found->name);
    native = load(found, point, nullptr); /* looks whether it is on the curve */
    if (native == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not a point of the curve");
    return prepare(found, native, false, key, err);
}

/* From DER to r || s. */
static bool unpack(const unsigned char *der, size_t der_size, uint8_t *signature, size_t half)
{
    vc_cleanup(ECDSA_SIG_freep) ECDSA_SIG *parsed = d2i_ECDSA_SIG(nullptr, &der, (long)der_size);

    return parsed != nullptr &&
           BN_bn2binpad(ECDSA_SIG_get0_r(parsed), signature, (int)half) == (int)half &&
           BN_bn2binpad(ECDSA_SIG_get0_s(parsed), signature + half, (int)half) == (int)half;
}

enum vc_code vc_ecdsa_sign(struct vc_ecdsa *key, struct vc_bytes digest, uint8_t *signature,
                           struct vc_err *err)
{
    size_t half = key->curve->order_size;
    unsigned char der[DER_SIZE_MAX];
    uint8_t raw[2 * ORDER_SIZE_MAX];
    size_t size = sizeof(der);

    if (key->signer == nullptr)
        return vc_fail(err, VC_STATE, "a public key cannot sign");
    vc_crypto_start();
    if (EVP_PKEY_sign(key->signer, der, &size, digest.data, digest.size) != 1 ||
        !unpack(der, size, raw, half))
        return vc_crypto_fail(err, VC_HOST, "signing");
    memcpy(signature, raw, 2 * half);
    return VC_OK;
}

/* From r || s to DER; the size, or 0. OPENSSL_free(*der). */
static size_t pack(const uint8_t *signature, size_t half, unsigned char **der)
{
    vc_cleanup(ECDSA_SIG_freep) ECDSA_SIG *made = ECDSA_SIG_new();
    vc_cleanup(BN_freep) BIGNUM *r = BN_bin2bn(signature, (int)half, nullptr);
    vc_cleanup(BN_freep) BIGNUM *s = BN_bin2bn(signature + half, (int)half, nullptr);
    int size;

    if (made == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(made, r, s) != 1)
        return 0;
    r = nullptr; /* both belong to `made` now */
    s = nullptr;
    size = i2d_ECDSA_SIG(made, der);
    return size > 0 ? (size_t)size : 0;
}

enum vc_code vc_ecdsa_verify(struct vc_ecdsa *key, struct vc_bytes digest,
                             struct vc_bytes signature, struct vc_err *err)
{
    size_t half = key->curve->order_size;
    unsigned char *der = nullptr;
    size_t size;
    int verdict;

    if (signature.size != 2 * half) {
        return vc_fail(err, VC_UNTRUSTED, "signature of %zu bytes, %zu wanted", signature.size,
                       2 * half);
    }
    vc_crypto_start();
    size = pack(signature.data, half, &der);
    if (size == 0)
        return vc_crypto_fail(err, VC_MEMORY, "verifying");
    verdict = EVP_PKEY_verify(key->verifier, der, size, digest.data, digest.size);
    OPENSSL_free(der);
    if (verdict != 1)
        return vc_crypto_fail(err, VC_UNTRUSTED, "signature does not verify");
    return VC_OK;
}

void vc_ecdsa_free(struct vc_ecdsa *key)
{
    if (key == nullptr)
        return;
    EVP_PKEY_CTX_free(key->signer);
    EVP_PKEY_CTX_free(key->verifier);
    EVP_PKEY_free(key->native);
    free(key);
}
