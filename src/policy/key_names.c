/* SPDX-License-Identifier: MIT */

#include "policy/key_names.h"

#include <string.h>

/* Of a secret that is bytes: PSA_MAX_KEY_BITS of the core is 0xfff8. */
static constexpr uint32_t BYTES_BITS_MAX = 65528;
static constexpr uint32_t RSA_BITS_LEAST = 1024;
static constexpr uint32_t RSA_BITS_MOST = 4096;

/* ---------------------------------------------------------------------------------------- types */

static const struct vc_key_type types[] = {
    {"aes", "an AES key", VC_KEY_FAMILY_AES, 0x2400, 128, 256, 64},
    {"aria", "an ARIA key", VC_KEY_FAMILY_BLOCK, 0x2406, 128, 256, 64},
    {"camellia", "a Camellia key", VC_KEY_FAMILY_BLOCK, 0x2403, 128, 256, 64},
    {"chacha20", "a ChaCha20 key", VC_KEY_FAMILY_CHACHA, 0x2004, 256, 256, 1},
    {"hmac", "an HMAC key", VC_KEY_FAMILY_HMAC, 0x1100, 8, BYTES_BITS_MAX, 8},
    {"derive", "a secret to derive from", VC_KEY_FAMILY_DERIVE, 0x1200, 8, BYTES_BITS_MAX, 8},
    {"password", "a password", VC_KEY_FAMILY_PASSWORD, 0x1203, 8, BYTES_BITS_MAX, 8},
    {"raw", "a secret of bytes", VC_KEY_FAMILY_RAW, 0x1001, 8, BYTES_BITS_MAX, 8},
    {"rsa-pair", "an RSA key pair", VC_KEY_FAMILY_RSA_PAIR, 0x7001, RSA_BITS_LEAST, RSA_BITS_MOST,
     8},
    {"rsa-public", "an RSA public key", VC_KEY_FAMILY_RSA_PUBLIC, 0x4001, RSA_BITS_LEAST,
     RSA_BITS_MOST, 8},
    {"p256-pair", "a P-256 key pair", VC_KEY_FAMILY_CURVE_PAIR, 0x7112, 256, 256, 1},
    {"p256-public", "a P-256 public key", VC_KEY_FAMILY_CURVE_PUBLIC, 0x4112, 256, 256, 1},
    {"p384-pair", "a P-384 key pair", VC_KEY_FAMILY_CURVE_PAIR, 0x7112, 384, 384, 1},
    {"p384-public", "a P-384 public key", VC_KEY_FAMILY_CURVE_PUBLIC, 0x4112, 384, 384, 1},
    {"p521-pair", "a P-521 key pair", VC_KEY_FAMILY_CURVE_PAIR, 0x7112, 521, 521, 1},
    {"p521-public", "a P-521 public key", VC_KEY_FAMILY_CURVE_PUBLIC, 0x4112, 521, 521, 1},
    {"x25519-pair", "an X25519 key pair", VC_KEY_FAMILY_X_PAIR, 0x7141, 255, 255, 1},
    {"x25519-public", "an X25519 public key", VC_KEY_FAMILY_X_PUBLIC, 0x4141, 255, 255, 1},
};

const struct vc_key_type *vc_key_type_at(size_t index)
{
    return index < VC_COUNT(types) ? &types[index] : nullptr;
}

const struct vc_key_type *vc_key_type_named(const char *name)
{
    for (size_t i = 0; i < VC_COUNT(types); i++) {
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    }
    return nullptr;
}

const struct vc_key_type *vc_key_type_of(uint16_t number, uint32_t bits)
{
    for (size_t i = 0; i < VC_COUNT(types); i++) {
        if (types[i].number == number && vc_key_type_has_bits(&types[i], bits))
            return &types[i];
    }
    return nullptr;
}

bool vc_key_type_has_bits(const struct vc_key_type *type, uint32_t bits)
{
    return bits >= type->bits_least && bits <= type->bits_most &&
           (bits - type->bits_least) % type->steps == 0;
}

bool vc_key_type_is_public(const struct vc_key_type *type)
{
    static constexpr unsigned publics =
        VC_KEY_FAMILY_RSA_PUBLIC | VC_KEY_FAMILY_CURVE_PUBLIC | VC_KEY_FAMILY_X_PUBLIC;

    return (type->family & publics) != 0;
}

bool vc_key_type_is_symmetric(const struct vc_key_type *type)
{
    return type->family < VC_KEY_FAMILY_RSA_PAIR;
}

/* --------------------------------------------------------------------------------------- usages */

static const struct vc_key_usage_name usages[] = {
    {"encrypt", VC_KEY_USAGE_ENCRYPT},
    {"decrypt", VC_KEY_USAGE_DECRYPT},
    {"sign-message", VC_KEY_USAGE_SIGN_MESSAGE},
    {"verify-message", VC_KEY_USAGE_VERIFY_MESSAGE},
    {"sign-hash", VC_KEY_USAGE_SIGN_HASH},
    {"verify-hash", VC_KEY_USAGE_VERIFY_HASH},
    {"derive", VC_KEY_USAGE_DERIVE},
    {"verify-derivation", VC_KEY_USAGE_VERIFY_DERIVATION},
    {"cache", VC_KEY_USAGE_CACHE},
    {"copy", VC_KEY_USAGE_COPY},
};

const struct vc_key_usage_name *vc_key_usage_at(size_t index)
{
    return index < VC_COUNT(usages) ? &usages[index] : nullptr;
}

const struct vc_key_usage_name *vc_key_usage_named(const char *name)
{
    for (size_t i = 0; i < VC_COUNT(usages); i++) {
        if (strcmp(usages[i].name, name) == 0)
            return &usages[i];
    }
    return nullptr;
}

/* ----------------------------------------------------------------------------------- algorithms */

/* Sets, for the table below. */
static constexpr unsigned BLOCK = VC_KEY_FAMILY_AES | VC_KEY_FAMILY_BLOCK;
static constexpr unsigned RSA = VC_KEY_FAMILY_RSA_PAIR | VC_KEY_FAMILY_RSA_PUBLIC;
static constexpr unsigned CURVE = VC_KEY_FAMILY_CURVE_PAIR | VC_KEY_FAMILY_CURVE_PUBLIC;
static constexpr unsigned AGREES = VC_KEY_FAMILY_CURVE_PAIR | VC_KEY_FAMILY_X_PAIR;
static constexpr unsigned SECRET = VC_KEY_FAMILY_DERIVE | VC_KEY_FAMILY_RAW;
static constexpr unsigned STRETCHED = VC_KEY_FAMILY_PASSWORD | SECRET;
static constexpr uint32_t CIPHERS = VC_KEY_USAGE_ENCRYPT | VC_KEY_USAGE_DECRYPT;
static constexpr uint32_t ENCRYPTS = VC_KEY_USAGE_ENCRYPT;
static constexpr uint32_t MACS = VC_KEY_USAGE_SIGN_MESSAGE | VC_KEY_USAGE_VERIFY_MESSAGE;
static constexpr uint32_t HASHES = VC_KEY_USAGE_SIGN_HASH | VC_KEY_USAGE_VERIFY_HASH;
static constexpr uint32_t SIGNS = VC_KEY_USAGE_SIGN_MESSAGE | VC_KEY_USAGE_SIGN_HASH;
static constexpr uint32_t SIGNATURES = MACS | HASHES;
static constexpr uint32_t OF_PUBLIC_KEYS =
    VC_KEY_USAGE_ENCRYPT | VC_KEY_USAGE_VERIFY_MESSAGE | VC_KEY_USAGE_VERIFY_HASH;
static constexpr uint32_t DERIVES = VC_KEY_USAGE_DERIVE;
static constexpr uint32_t DERIVATIONS = VC_KEY_USAGE_DERIVE | VC_KEY_USAGE_VERIFY_DERIVATION;

static const struct vc_key_algorithm algorithms[] = {
    {"gcm", 0x05500200, BLOCK, CIPHERS, 0},
    {"ccm", 0x05500100, BLOCK, CIPHERS, 0},
    {"chacha20-poly1305", 0x05100500, VC_KEY_FAMILY_CHACHA, CIPHERS, 0},
    {"ctr", 0x04c01000, BLOCK, CIPHERS, ENCRYPTS},
    {"cbc-no-padding", 0x04404000, BLOCK, CIPHERS, ENCRYPTS},
    {"cbc-pkcs7", 0x04404100, BLOCK, CIPHERS, ENCRYPTS},
    {"ecb-no-padding", 0x04404400, BLOCK, CIPHERS, 0},
    {"stream-cipher", 0x04800100, VC_KEY_FAMILY_CHACHA, CIPHERS, ENCRYPTS},
    {"cmac", 0x03c00200, VC_KEY_FAMILY_AES, MACS, 0},
    {"hmac-sha-256", 0x03800009, VC_KEY_FAMILY_HMAC, MACS, 0},
    {"hmac-sha-384", 0x0380000a, VC_KEY_FAMILY_HMAC, MACS, 0},
    {"hmac-sha-512", 0x0380000b, VC_KEY_FAMILY_HMAC, MACS, 0},
    {"hkdf-sha-256", 0x08000109, SECRET, DERIVATIONS, 0},
    {"hkdf-sha-384", 0x0800010a, SECRET, DERIVATIONS, 0},
    {"hkdf-sha-512", 0x0800010b, SECRET, DERIVATIONS, 0},
    {"tls12-prf-sha-256", 0x08000209, SECRET, DERIVATIONS, 0},
    {"tls12-prf-sha-384", 0x0800020a, SECRET, DERIVATIONS, 0},
    {"pbkdf2-hmac-sha-256", 0x08800109, STRETCHED, DERIVATIONS, 0},
    {"pbkdf2-hmac-sha-512", 0x0880010b, STRETCHED, DERIVATIONS, 0},
    {"ecdsa-sha-256", 0x06000609, CURVE, SIGNATURES, SIGNS},
    {"ecdsa-sha-384", 0x0600060a, CURVE, SIGNATURES, SIGNS},
    {"ecdsa-sha-512", 0x0600060b, CURVE, SIGNATURES, SIGNS},
    {"deterministic-ecdsa-sha-256", 0x06000709, CURVE, SIGNATURES, 0},
    {"deterministic-ecdsa-sha-384", 0x0600070a, CURVE, SIGNATURES, 0},
    {"deterministic-ecdsa-sha-512", 0x0600070b, CURVE, SIGNATURES, 0},
    {"ecdsa-any", 0x06000600, CURVE, HASHES, VC_KEY_USAGE_SIGN_HASH},
    {"rsa-pss-sha-256", 0x06000309, RSA, SIGNATURES, SIGNS},
    {"rsa-pss-sha-384", 0x0600030a, RSA, SIGNATURES, SIGNS},
    {"rsa-pss-sha-512", 0x0600030b, RSA, SIGNATURES, SIGNS},
    {"rsa-pkcs1v15-sign-sha-256", 0x06000209, RSA, SIGNATURES, 0},
    {"rsa-pkcs1v15-sign-sha-384", 0x0600020a, RSA, SIGNATURES, 0},
    {"rsa-pkcs1v15-sign-sha-512", 0x0600020b, RSA, SIGNATURES, 0},
    {"rsa-oaep-sha-256", 0x07000309, RSA, CIPHERS, ENCRYPTS},
    {"rsa-oaep-sha-384", 0x0700030a, RSA, CIPHERS, ENCRYPTS},
    {"rsa-oaep-sha-512", 0x0700030b, RSA, CIPHERS, ENCRYPTS},
    {"ecdh", 0x09020000, AGREES, DERIVES, 0},
    {"ecdh-hkdf-sha-256", 0x09020109, AGREES, DERIVES, 0},
    {"jpake-sha-256", 0x0a000109, VC_KEY_FAMILY_PASSWORD, DERIVES, DERIVES},
};

const struct vc_key_algorithm *vc_key_algorithm_at(size_t index)
{
    return index < VC_COUNT(algorithms) ? &algorithms[index] : nullptr;
}

const struct vc_key_algorithm *vc_key_algorithm_named(const char *name)
{
    for (size_t i = 0; i < VC_COUNT(algorithms); i++) {
        if (strcmp(algorithms[i].name, name) == 0)
            return &algorithms[i];
    }
    return nullptr;
}

const struct vc_key_algorithm *vc_key_algorithm_of(uint32_t number)
{
    for (size_t i = 0; i < VC_COUNT(algorithms); i++) {
        if (algorithms[i].number == number)
            return &algorithms[i];
    }
    return nullptr;
}

uint32_t vc_key_usages_of(const struct vc_key_type *type, const struct vc_key_algorithm *algorithm)
{
    if ((algorithm->families & type->family) == 0)
        return 0;
    return algorithm->usages & (vc_key_type_is_public(type) ? OF_PUBLIC_KEYS : UINT32_MAX);
}
