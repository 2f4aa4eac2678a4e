/* SPDX-License-Identifier: MIT */

/* What policies call keys (src/policy/key_names.h) is what programs find: number by number, against
 * guest/include/psa/crypto.h, which is itself held against Mbed TLS and the specification. */

#include <psa/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "abi/psa.h"
#include "policy/key_form.h"
#include "policy/key_names.h"

static_assert(VC_POLICY_KEY_ID_MAX == VC_PSA_KEY_USER_MAX);
static_assert(VC_POLICY_KEY_ID_MAX == PSA_KEY_ID_USER_MAX);
static_assert(VC_KEY_MATERIAL_MAX == VC_PSA_KEY_BYTES_MAX);
static_assert(VC_POLICY_KEYS_MAX + VC_POLICY_KEPT_KEYS_MAX <= VC_PSA_KEYS_MAX);

static const struct {
    const char *name;
    psa_key_type_t type;
} types[] = {
    {"aes", PSA_KEY_TYPE_AES},
    {"aria", PSA_KEY_TYPE_ARIA},
    {"camellia", PSA_KEY_TYPE_CAMELLIA},
    {"chacha20", PSA_KEY_TYPE_CHACHA20},
    {"hmac", PSA_KEY_TYPE_HMAC},
    {"derive", PSA_KEY_TYPE_DERIVE},
    {"password", PSA_KEY_TYPE_PASSWORD},
    {"raw", PSA_KEY_TYPE_RAW_DATA},
    {"rsa-pair", PSA_KEY_TYPE_RSA_KEY_PAIR},
    {"rsa-public", PSA_KEY_TYPE_RSA_PUBLIC_KEY},
    {"p256-pair", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)},
    {"p256-public", PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1)},
    {"p384-pair", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)},
    {"p384-public", PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1)},
    {"p521-pair", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)},
    {"p521-public", PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1)},
    {"x25519-pair", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY)},
    {"x25519-public", PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_MONTGOMERY)},
};

static const struct {
    const char *name;
    psa_key_usage_t usage;
} usages[] = {
    {"encrypt", PSA_KEY_USAGE_ENCRYPT},
    {"decrypt", PSA_KEY_USAGE_DECRYPT},
    {"sign-message", PSA_KEY_USAGE_SIGN_MESSAGE},
    {"verify-message", PSA_KEY_USAGE_VERIFY_MESSAGE},
    {"sign-hash", PSA_KEY_USAGE_SIGN_HASH},
    {"verify-hash", PSA_KEY_USAGE_VERIFY_HASH},
    {"derive", PSA_KEY_USAGE_DERIVE},
    {"verify-derivation", PSA_KEY_USAGE_VERIFY_DERIVATION},
    {"cache", PSA_KEY_USAGE_CACHE},
    {"copy", PSA_KEY_USAGE_COPY},
};
static_assert(VC_KEY_USAGE_EXPORT == PSA_KEY_USAGE_EXPORT);

static const struct {
    const char *name;
    psa_algorithm_t algorithm;
} algorithms[] = {
    {"gcm", PSA_ALG_GCM},
    {"ccm", PSA_ALG_CCM},
    {"chacha20-poly1305", PSA_ALG_CHACHA20_POLY1305},
    {"ctr", PSA_ALG_CTR},
    {"cbc-no-padding", PSA_ALG_CBC_NO_PADDING},
    {"cbc-pkcs7", PSA_ALG_CBC_PKCS7},
    {"ecb-no-padding", PSA_ALG_ECB_NO_PADDING},
    {"stream-cipher", PSA_ALG_STREAM_CIPHER},
    {"cmac", PSA_ALG_CMAC},
    {"hmac-sha-256", PSA_ALG_HMAC(PSA_ALG_SHA_256)},
    {"hmac-sha-384", PSA_ALG_HMAC(PSA_ALG_SHA_384)},
    {"hmac-sha-512", PSA_ALG_HMAC(PSA_ALG_SHA_512)},
    {"hkdf-sha-256", PSA_ALG_HKDF(PSA_ALG_SHA_256)},
    {"hkdf-sha-384", PSA_ALG_HKDF(PSA_ALG_SHA_384)},
    {"hkdf-sha-512", PSA_ALG_HKDF(PSA_ALG_SHA_512)},
    {"tls12-prf-sha-256", PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256)},
    {"tls12-prf-sha-384", PSA_ALG_TLS12_PRF(PSA_ALG_SHA_384)},
    {"pbkdf2-hmac-sha-256", PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256)},
    {"pbkdf2-hmac-sha-512", PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_512)},
    {"ecdsa-sha-256", PSA_ALG_ECDSA(PSA_ALG_SHA_256)},
    {"ecdsa-sha-384", PSA_ALG_ECDSA(PSA_ALG_SHA_384)},
    {"ecdsa-sha-512", PSA_ALG_ECDSA(PSA_ALG_SHA_512)},
    {"deterministic-ecdsa-sha-256", PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)},
    {"deterministic-ecdsa-sha-384", PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_384)},
    {"deterministic-ecdsa-sha-512", PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_512)},
    {"ecdsa-any", PSA_ALG_ECDSA_ANY},
    {"rsa-pss-sha-256", PSA_ALG_RSA_PSS(PSA_ALG_SHA_256)},
    {"rsa-pss-sha-384", PSA_ALG_RSA_PSS(PSA_ALG_SHA_384)},
    {"rsa-pss-sha-512", PSA_ALG_RSA_PSS(PSA_ALG_SHA_512)},
    {"rsa-pkcs1v15-sign-sha-256", PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256)},
    {"rsa-pkcs1v15-sign-sha-384", PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_384)},
    {"rsa-pkcs1v15-sign-sha-512", PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_512)},
    {"rsa-oaep-sha-256", PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256)},
    {"rsa-oaep-sha-384", PSA_ALG_RSA_OAEP(PSA_ALG_SHA_384)},
    {"rsa-oaep-sha-512", PSA_ALG_RSA_OAEP(PSA_ALG_SHA_512)},
    {"ecdh", PSA_ALG_ECDH},
    {"ecdh-hkdf-sha-256", PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PSA_ALG_HKDF(PSA_ALG_SHA_256))},
    {"jpake-sha-256", PSA_ALG_JPAKE(PSA_ALG_SHA_256)},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void types_are_those_of_the_header(void **state)
{
    (void)state;
    assert_null(vc_key_type_at(COUNT(types)));
    for (size_t i = 0; i < COUNT(types); i++) {
        const struct vc_key_type *type = vc_key_type_at(i);

        assert_string_equal(type->name, types[i].name);
        assert_int_equal(type->number, types[i].type);
        assert_int_equal(vc_key_type_is_public(type), PSA_KEY_TYPE_IS_PUBLIC_KEY(types[i].type));
        assert_int_equal(vc_key_type_is_symmetric(type),
                         PSA_KEY_TYPE_IS_UNSTRUCTURED(types[i].type));
        /* Of these the header only has a bound. */
        if (!PSA_KEY_TYPE_IS_RSA(types[i].type) && type->family != VC_KEY_FAMILY_X_PUBLIC) {
            static const uint8_t bytes[VC_KEY_MATERIAL_MAX] = {4};
            char name[] = "k";
            struct vc_policy_key key = {
                .name = name, .type = type->number, .bits = type->bits_most};
            size_t size = PSA_EXPORT_KEY_OUTPUT_SIZE(types[i].type, type->bits_most);

            assert_int_equal(
                vc_policy_key_check_form(&key, (struct vc_bytes){bytes, size}, nullptr), VC_OK);
        }
    }
}

static void usages_are_those_of_the_header(void **state)
{
    (void)state;
    assert_null(vc_key_usage_at(COUNT(usages)));
    for (size_t i = 0; i < COUNT(usages); i++) {
        assert_string_equal(vc_key_usage_at(i)->name, usages[i].name);
        assert_int_equal(vc_key_usage_at(i)->usage, usages[i].usage);
    }
}

/* What the header says that an algorithm of this kind does. */
static psa_key_usage_t usages_of(psa_algorithm_t algorithm)
{
    psa_key_usage_t messages = PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE;
    psa_key_usage_t hashes = PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH;

    if (PSA_ALG_IS_AEAD(algorithm) || PSA_ALG_IS_CIPHER(algorithm) ||
        PSA_ALG_IS_ASYMMETRIC_ENCRYPTION(algorithm))
        return PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;
    if (PSA_ALG_IS_MAC(algorithm))
        return messages;
    if (PSA_ALG_IS_SIGN_MESSAGE(algorithm))
        return messages | hashes;
    if (PSA_ALG_IS_SIGN_HASH(algorithm))
        return hashes;
    if (PSA_ALG_IS_KEY_DERIVATION(algorithm))
        return PSA_KEY_USAGE_DERIVE | PSA_KEY_USAGE_VERIFY_DERIVATION;
    if (PSA_ALG_IS_KEY_AGREEMENT(algorithm) || PSA_ALG_IS_PAKE(algorithm))
        return PSA_KEY_USAGE_DERIVE;
    return 0;
}

static void algorithms_are_those_of_the_header(void **state)
{
    (void)state;
    assert_null(vc_key_algorithm_at(COUNT(algorithms)));
    for (size_t i = 0; i < COUNT(algorithms); i++) {
        const struct vc_key_algorithm *algorithm = vc_key_algorithm_at(i);

        assert_string_equal(algorithm->name, algorithms[i].name);
        if (algorithm->number != algorithms[i].algorithm)
            fail_msg("%s: %08x, %08x wanted", algorithm->name, algorithm->number,
                     algorithms[i].algorithm);
        if (algorithm->name[0] == 'e' && strcmp(algorithm->name, "ecdsa-any") == 0)
            assert_int_equal(algorithm->usages,
                             PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH);
        else
            assert_int_equal(algorithm->usages, usages_of(algorithms[i].algorithm));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_those_of_the_header),
        cmocka_unit_test(usages_are_those_of_the_header),
        cmocka_unit_test(algorithms_are_those_of_the_header),
    };

    return cmocka_run_group_tests_name("guest-psa-policy", tests, NULL, NULL);
}
