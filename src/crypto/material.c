/* SPDX-License-Identifier: MIT */

#include "crypto/material.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "crypto/library_internal.h"
#include "crypto/pem_internal.h"

static constexpr size_t PEM_MAX = 32768;        /* bytes of text */
static constexpr uint32_t RSA_BITS_MAX = 16384; /* as far as anybody waits */
static constexpr size_t CURVE_NAME_MAX = 64;

static const struct kind {
    const char *algorithm; /* the library's name */
    const char *curve;     /* of "EC" */
    uint32_t bits;         /* 0: any */
} kinds[VC_MATERIAL_KINDS] = {
    [VC_MATERIAL_RSA] = {"RSA", nullptr, 0},
    [VC_MATERIAL_P256] = {"EC", SN_X9_62_prime256v1, 256},
    [VC_MATERIAL_P384] = {"EC", SN_secp384r1, 384},
    [VC_MATERIAL_P521] = {"EC", SN_secp521r1, 521},
    [VC_MATERIAL_X25519] = {"X25519", nullptr, 255},
};

static bool is_of(const EVP_PKEY *key, const struct kind *kind)
{
    char curve[CURVE_NAME_MAX] = "";

    if (!EVP_PKEY_is_a(key, kind->algorithm))
        return false;
    if (kind->curve == nullptr)
        return true;
    return EVP_PKEY_get_group_name(key, curve, sizeof(curve), nullptr) == 1 &&
           OBJ_sn2nid(curve) == OBJ_sn2nid(kind->curve);
}

static enum vc_code find_form(const EVP_PKEY *key, bool pair, struct vc_material_form *form,
                              struct vc_err *err)
{
    for (unsigned i = 0; i < VC_MATERIAL_KINDS; i++) {
        if (!is_of(key, &kinds[i]))
            continue;
        *form = (struct vc_material_form){
            .kind = (enum vc_material_kind)i,
            .pair = pair,
            .bits = kinds[i].bits != 0 ? kinds[i].bits : (uint32_t)EVP_PKEY_get_bits(key),
        };
        return VC_OK;
    }
    return vc_fail(err, VC_REFUSED, "neither an RSA key nor one on P-256, P-384, P-521 or X25519");
}

/* ----------------------------------------------------------------------------------- the bytes */

/* The library's own memory is wiped, too. */
static enum vc_code take_der(int size, unsigned char *der, struct vc_buffer *out,
                             struct vc_err *err)
{
    enum vc_code code;

    if (size <= 0)
        return vc_crypto_fail(err, VC_MALFORMED, "key");
    code = vc_buffer_append(out, (struct vc_bytes){der, (size_t)size}, err);
    OPENSSL_clear_free(der, (size_t)size);
    return code;
}

static enum vc_code put_rsa(const EVP_PKEY *key, bool pair, struct vc_buffer *out,
                            struct vc_err *err)
{
    unsigned char *der = nullptr;
    int size = pair ? i2d_PrivateKey(key, &der) : i2d_PublicKey(key, &der);

    return take_der(size, der, out, err);
}

static enum vc_code put_scalar(const EVP_PKEY *key, uint32_t bits, struct vc_buffer *out,
                               struct vc_err *err)
{
    size_t size = ((size_t)bits + 7) / 8;
    BIGNUM *number = nullptr;
    enum vc_code code = vc_buffer_reserve(out, size, err);

    if (code != VC_OK)
        return code;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1 ||
        BN_bn2binpad(number, out->data + out->size, (int)size) != (int)size) {
        code = vc_crypto_fail(err, VC_MALFORMED, "key");
    } else {
        out->size += size;
    }
    BN_clear_free(number);
    return code;
}

static enum vc_code put_x25519(const EVP_PKEY *key, struct vc_buffer *out, struct vc_err *err)
{
    size_t size = 32; /* RFC 7748 §5 */
    enum vc_code code = vc_buffer_reserve(out, size, err);

    if (code != VC_OK)
        return code;
    if (EVP_PKEY_get_raw_private_key(key, out->data + out->size, &size) != 1)
        return vc_crypto_fail(err, VC_MALFORMED, "key");
    out->size += size;
    return VC_OK;
}

/* The point, or X25519's bytes. A key that was written as a compressed point would come so. */
static enum vc_code put_point(EVP_PKEY *key, enum vc_material_kind kind, struct vc_buffer *out,
                              struct vc_err *err)
{
    unsigned char *point = nullptr;
    size_t size;

    if (kind != VC_MATERIAL_X25519 &&
        EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                       OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1)
        return vc_crypto_fail(err, VC_MALFORMED, "key");
    size = EVP_PKEY_get1_encoded_public_key(key, &point);
    return take_der((int)size, point, out, err);
}

static enum vc_code put_material(EVP_PKEY *key, const struct vc_material_form *form,
                                 struct vc_buffer *out, struct vc_err *err)
{
    if (form->kind == VC_MATERIAL_RSA)
        return put_rsa(key, form->pair, out, err);
    if (!form->pair)
        return put_point(key, form->kind, out, err);
    return form->kind == VC_MATERIAL_X25519 ? put_x25519(key, out, err)
                                            : put_scalar(key, form->bits, out, err);
}

/* ------------------------------------------------------------------------------------- from PEM */

/* What is inside a block with this label. */
static const struct label {
    const char *label;
    bool pair;
    bool rsa_public; /* PKCS#1 */
} labels[] = {
    {"PRIVATE KEY", true, false}, {"EC PRIVATE KEY", true, false}, {"RSA PRIVATE KEY", true, false},
    {"PUBLIC KEY", false, false}, {"RSA PUBLIC KEY", false, true},
};

static enum vc_code parse_der(const struct label *label, struct vc_bytes der, EVP_PKEY **key,
                              struct vc_err *err)
{
    const unsigned char *at = der.data;
    EVP_PKEY *made;

    if (label->pair)
        made = d2i_AutoPrivateKey(nullptr, &at, (long)der.size);
    else if (label->rsa_public)
        made = d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, (long)der.size);
    else
        made = d2i_PUBKEY(nullptr, &at, (long)der.size);
    if (made != nullptr && at == der.data + der.size) {
        *key = made;
        return VC_OK;
    }
    EVP_PKEY_free(made);
    return vc_crypto_fail(err, VC_MALFORMED, "no key that can be read");
}

static enum vc_code parse_key(struct vc_bytes pem, EVP_PKEY **key, bool *pair, struct vc_err *err)
{
    for (size_t i = 0; i < VC_COUNT(labels); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer der = {}; /* wipes */
        enum vc_code code = vc_pem_parse(pem, labels[i].label, PEM_MAX, &der, nullptr);

        if (code == VC_MALFORMED)
            continue;
        if (code == VC_LIMIT)
            return vc_fail(err, VC_LIMIT, "PEM of %zu bytes, at most %zu", pem.size, PEM_MAX);
        if (code != VC_OK)
            return vc_fail_memory(err);
        *pair = labels[i].pair;
        return parse_der(&labels[i], vc_buffer_bytes(&der), key, err);
    }
    return vc_fail(err, VC_MALFORMED, "not exactly one PEM block with a key that is not encrypted");
}

/* Do the numbers make a key? */
static enum vc_code check_key(EVP_PKEY *key, bool pair, struct vc_err *err)
{
    vc_cleanup(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, nullptr);

    if (context == nullptr)
        return vc_fail_memory(err);
    if ((pair ? EVP_PKEY_check(context) : EVP_PKEY_public_check(context)) != 1)
        return vc_crypto_fail(err, VC_MALFORMED, "its numbers make no key");
    return VC_OK;
}

enum vc_code vc_material_parse_pem(struct vc_bytes pem, struct vc_material_form *form,
                                   struct vc_buffer *material, struct vc_err *err)
{
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *key = nullptr;
    struct vc_material_form found = {};
    bool pair = false;
    enum vc_code code;

    vc_crypto_start();
    code = parse_key(pem, &key, &pair, err);
    if (code == VC_OK)
        code = find_form(key, pair, &found, err);
    if (code == VC_OK && found.bits > RSA_BITS_MAX)
        code = vc_fail(err, VC_LIMIT, "%u bits, at most %u", found.bits, RSA_BITS_MAX);
    if (code == VC_OK)
        code = check_key(key, pair, err);
    if (code == VC_OK)
        code = put_material(key, &found, material, err);
    if (code == VC_OK)
        *form = found;
    return code;
}

/* ------------------------------------------------------------------------------------------ new */

static EVP_PKEY *generate(const struct kind *kind, uint32_t bits)
{
    if (kind->curve != nullptr)
        return EVP_PKEY_Q_keygen(nullptr, nullptr, kind->algorithm, kind->curve);
    if (kind->bits != 0)
        return EVP_PKEY_Q_keygen(nullptr, nullptr, kind->algorithm);
    return EVP_PKEY_Q_keygen(nullptr, nullptr, kind->algorithm, (size_t)bits);
}

static enum vc_code put_public_pem(const EVP_PKEY *key, struct vc_buffer *pem, struct vc_err *err)
{
    unsigned char *der = nullptr;
    int size = i2d_PUBKEY(key, &der);
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};
    enum vc_code code = take_der(size, der, &spki, err);

    return code == VC_OK ? vc_pem_encode(vc_buffer_bytes(&spki), "PUBLIC KEY", pem, err) : code;
}

enum vc_code vc_material_new(enum vc_material_kind kind, uint32_t bits, struct vc_buffer *material,
                             struct vc_buffer *public_pem, struct vc_err *err)
{
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *key = nullptr;
    struct vc_material_form form = {
        .kind = kind, .pair = true, .bits = kinds[kind].bits != 0 ? kinds[kind].bits : bits};
    enum vc_code code;

    vc_crypto_start();
    key = generate(&kinds[kind], bits);
    if (key == nullptr)
        return vc_crypto_fail(err, VC_HOST, "no key could be made");
    code = put_material(key, &form, material, err);
    if (code == VC_OK && public_pem != nullptr)
        code = put_public_pem(key, public_pem, err);
    return code;
}
