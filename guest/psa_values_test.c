/* SPDX-License-Identifier: MIT */

/* The numbers of guest/include/psa/crypto.h, against those of Mbed TLS, name by name; against the
 * specification, where Mbed TLS has no such name; and its layout against the ABI. */

#include "psa_values.h"

#include <psa/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "abi/psa.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Ours are sizes for every container; Mbed TLS's, for what it has itself. */
static bool is_bound(const char *name)
{
    size_t size = strlen(name);

    return size > 9 && strcmp(name + size - 9, "_MAX_SIZE") == 0;
}

static void constants_agree(void **state)
{
    size_t bounds = 0;

    (void)state;
    assert_int_equal(psa_header_ours.value_count, psa_header_mbed.value_count);
    for (size_t i = 0; i < psa_header_ours.value_count; i++) {
        const struct psa_value *ours = &psa_header_ours.values[i];
        const struct psa_value *mbed = &psa_header_mbed.values[i];
        bool good = ours->value == mbed->value ||
                    (is_bound(ours->name) && ours->value > mbed->value && ours->value < 4096);

        assert_string_equal(ours->name, mbed->name);
        bounds += is_bound(ours->name);
        if (!good)
            fail_msg("%s: %#llx, Mbed TLS says %#llx", ours->name, (unsigned long long)ours->value,
                     (unsigned long long)mbed->value);
    }
    print_message("# %zu constants, %zu of them bounds\n", psa_header_ours.value_count, bounds);
}

/* What the two do not agree in, and why ours stays. */
static bool differs(const struct psa_macro *macro, const struct psa_question *question)
{
    bool edwards = PSA_KEY_TYPE_ECC_GET_FAMILY(question->type) == PSA_ECC_FAMILY_TWISTED_EDWARDS;

    /* Algorithms that only sign hashes; appendix B of the specification excludes them. */
    if (strcmp(macro->name, "PSA_ALG_IS_SIGN_MESSAGE") == 0)
        return question->algorithm == PSA_ALG_RSA_PKCS1V15_SIGN_RAW ||
               question->algorithm == PSA_ALG_ECDSA_ANY;
    /* Not a hash that Mbed TLS knows the size of. */
    if (macro->kind == PSA_KIND_HASH)
        return question->algorithm == PSA_ALG_SHAKE256_512;
    /* Numbers of Ed448 have 57 bytes, not 56. */
    if (PSA_KEY_TYPE_IS_ECC(question->type) && edwards)
        return macro->kind == PSA_KIND_SIGN || macro->kind == PSA_KIND_BITS;
    /* CCM* is for block ciphers. */
    if (question->algorithm == PSA_ALG_CCM_STAR_NO_TAG &&
        PSA_BLOCK_CIPHER_BLOCK_LENGTH(question->type) == 1)
        return macro->kind == PSA_KIND_CIPHER || macro->kind == PSA_KIND_CIPHER_LENGTH;
    /* OAEP needs two more bytes than two hashes (RFC 8017, 7.1.1); Mbed TLS counts one. */
    if (PSA_ALG_IS_RSA_OAEP(question->algorithm))
        return strcmp(macro->name, "PSA_ASYMMETRIC_DECRYPT_OUTPUT_SIZE") == 0;
    return false;
}

static bool suits_algorithm(enum psa_kind kind, uint32_t algorithm)
{
    switch (kind) {
    case PSA_KIND_HASH:
        return PSA_ALG_IS_HASH(algorithm) || PSA_ALG_IS_HMAC(algorithm);
    case PSA_KIND_MAC:
        return PSA_ALG_IS_MAC(algorithm);
    case PSA_KIND_CIPHER:
    case PSA_KIND_CIPHER_LENGTH:
        return PSA_ALG_IS_CIPHER(algorithm);
    case PSA_KIND_AEAD:
    case PSA_KIND_AEAD_TAG:
    case PSA_KIND_AEAD_LENGTH:
        return PSA_ALG_IS_AEAD(algorithm);
    case PSA_KIND_SIGN:
        return PSA_ALG_IS_SIGN(algorithm);
    case PSA_KIND_ASYMMETRIC:
        return PSA_ALG_IS_ASYMMETRIC_ENCRYPTION(algorithm);
    case PSA_KIND_AGREEMENT:
        return PSA_ALG_IS_KEY_AGREEMENT(algorithm);
    case PSA_KIND_TYPE:
    case PSA_KIND_ECC:
    case PSA_KIND_DH:
    case PSA_KIND_ALG:
    case PSA_KIND_LENGTH:
    case PSA_KIND_BITS:
        return true;
    }
    return false;
}

static bool suits(const struct psa_macro *macro, const struct psa_question *question)
{
    if (macro->kind == PSA_KIND_ECC)
        return PSA_KEY_TYPE_IS_ECC(question->type);
    if (macro->kind == PSA_KIND_DH)
        return PSA_KEY_TYPE_IS_DH(question->type);
    /* Keys of no cipher need no room; Mbed TLS gives them some. */
    if ((macro->kind == PSA_KIND_CIPHER || macro->kind == PSA_KIND_CIPHER_LENGTH) &&
        PSA_BLOCK_CIPHER_BLOCK_LENGTH(question->type) == 0)
        return false;
    /* Padding that is longer than the key. */
    if (macro->kind == PSA_KIND_ASYMMETRIC && question->bits < 1024)
        return false;
    return suits_algorithm(macro->kind, question->algorithm) && !differs(macro, question);
}

static size_t ask(const struct psa_question *question)
{
    size_t asked = 0;

    for (size_t i = 0; i < psa_header_ours.macro_count; i++) {
        const struct psa_macro *macro = &psa_header_ours.macros[i];

        if (!suits(macro, question))
            continue;
        uint64_t ours = macro->ask(question), mbed = psa_header_mbed.macros[i].ask(question);
        if (ours != mbed)
            fail_msg("%s: type %#x, %u bits, algorithm %#x, length %zu: %llu, Mbed TLS says %llu",
                     macro->name, question->type, question->bits, question->algorithm,
                     question->length, (unsigned long long)ours, (unsigned long long)mbed);
        asked++;
    }
    return asked;
}

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_type(const char *name)
{
    return begins(name, "PSA_KEY_TYPE_");
}

static bool is_algorithm(const char *name)
{
    return begins(name, "PSA_ALG_");
}

/* Each macro with each type and algorithm that there is. */
static void macros_agree(void **state)
{
    static const uint32_t BITS[] = {0, 64, 128, 255, 256, 448, 521, 1024, 2048, 4096};
    static const size_t LENGTHS[] = {0, 1, 15, 16, 17, 1000};
    const struct psa_header *header = &psa_header_ours;
    size_t asked = 0;

    (void)state;
    for (size_t i = 0; i < header->value_count; i++) {
        if (!is_type(header->values[i].name))
            continue;
        for (size_t j = 0; j < header->value_count; j++) {
            if (!is_algorithm(header->values[j].name))
                continue;
            for (size_t k = 0; k < COUNT(BITS) * COUNT(LENGTHS); k++)
                asked += ask(&(struct psa_question){
                    .type = (uint16_t)header->values[i].value,
                    .algorithm = (uint32_t)header->values[j].value,
                    .bits = BITS[k / COUNT(LENGTHS)],
                    .length = LENGTHS[k % COUNT(LENGTHS)],
                });
        }
    }
    print_message("# %zu macros, %zu answers\n", header->macro_count, asked);
    assert_true(asked > 100000);
}

/* From the tables of the specification (1.2, and its PAKE extension), not from our header. */
static void names_of_the_specification(void **state)
{
    static const struct {
        const char *name;
        uint64_t value, wanted;
    } ROWS[] = {
#define NAME(name, wanted) {#name, (uint64_t)(name), wanted}
        NAME(PSA_KEY_LOCATION_PRIMARY_SECURE_ELEMENT, 1),
        NAME(PSA_KEY_USAGE_CACHE, 4),
        NAME(PSA_KEY_TYPE_ARC4, 0x2002),
        NAME(PSA_KEY_TYPE_XCHACHA20, 0x2007),
        NAME(PSA_KEY_TYPE_SM4, 0x2405),
        NAME(PSA_ECC_FAMILY_FRP, 0x33),
        NAME(PSA_ALG_MD2, 0x02000001),
        NAME(PSA_ALG_MD4, 0x02000002),
        NAME(PSA_ALG_AES_MMO_ZIGBEE, 0x02000007),
        NAME(PSA_ALG_SM3, 0x02000014),
        NAME(PSA_ALG_CCM_STAR_ANY_TAG, 0x04c09300),
        NAME(PSA_ALG_XCHACHA20_POLY1305, 0x05100600),
        NAME(PSA_ALG_SP800_108_COUNTER_HMAC(PSA_ALG_SHA_256), 0x08000709),
        NAME(PSA_ALG_SP800_108_COUNTER_CMAC, 0x08000800),
        NAME(PSA_ALG_JPAKE(PSA_ALG_SHA_256), 0x0a000109),
        NAME(PSA_ALG_SPAKE2P_HMAC(PSA_ALG_SHA_512), 0x0a00040b),
        NAME(PSA_ALG_SPAKE2P_CMAC(PSA_ALG_SHA_256), 0x0a000509),
        NAME(PSA_ALG_SPAKE2P_MATTER, 0x0a000609),
        NAME(PSA_ALG_IS_SPAKE2P(PSA_ALG_SPAKE2P_MATTER), 1),
        NAME(PSA_ALG_IS_SPAKE2P(PSA_ALG_JPAKE(PSA_ALG_SHA_256)), 0),
        NAME(PSA_ALG_IS_JPAKE(PSA_ALG_JPAKE(PSA_ALG_SHA_256)), 1),
        NAME(PSA_ALG_IS_JPAKE(PSA_ALG_SPAKE2P_HMAC(PSA_ALG_SHA_256)), 0),
        NAME(PSA_ALG_IS_STANDALONE_KEY_AGREEMENT(PSA_ALG_ECDH), 1),
        /* 1.2.1: with PBKDF2, too */
        NAME(PSA_ALG_KEY_AGREEMENT_GET_KDF(0x09820109), 0x08800109),
        NAME(PSA_ALG_KEY_AGREEMENT_GET_BASE(0x09820109), 0x09020000),
        NAME(PSA_KEY_TYPE_SPAKE2P_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 0x7412),
        NAME(PSA_KEY_TYPE_SPAKE2P_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), 0x4412),
        NAME(PSA_KEY_TYPE_IS_SPAKE2P(0x7412), 1),
        NAME(PSA_KEY_TYPE_IS_SPAKE2P(0x7112), 0),
        NAME(PSA_KEY_TYPE_SPAKE2P_GET_FAMILY(0x7412), PSA_ECC_FAMILY_SECP_R1),
        NAME(PSA_PAKE_PRIMITIVE_GET_TYPE(0x01120100), PSA_PAKE_PRIMITIVE_TYPE_ECC),
        NAME(PSA_PAKE_PRIMITIVE_GET_FAMILY(0x01120100), PSA_ECC_FAMILY_SECP_R1),
        NAME(PSA_PAKE_PRIMITIVE_GET_BITS(0x01120100), 256),
        NAME(PSA_PAKE_CONFIRMED_KEY, 0),
        NAME(PSA_PAKE_UNCONFIRMED_KEY, 1),
        NAME(PSA_PAKE_STEP_CONFIRM, 4),
        NAME(PSA_PAKE_OUTPUT_SIZE(PSA_ALG_JPAKE(PSA_ALG_SHA_256), 0x01120100, 1), 65),
        NAME(PSA_PAKE_OUTPUT_SIZE(PSA_ALG_JPAKE(PSA_ALG_SHA_256), 0x01120100, 2), 65),
        NAME(PSA_PAKE_OUTPUT_SIZE(PSA_ALG_JPAKE(PSA_ALG_SHA_256), 0x01120100, 3), 32),
        NAME(PSA_PAKE_OUTPUT_SIZE(PSA_ALG_JPAKE(PSA_ALG_SHA_256), 0x01120100, 4), 0),
        NAME(PSA_PAKE_OUTPUT_SIZE(PSA_ALG_SPAKE2P_HMAC(PSA_ALG_SHA_512), 0x01120180, 4), 64),
        NAME(PSA_PAKE_OUTPUT_SIZE(PSA_ALG_SPAKE2P_CMAC(PSA_ALG_SHA_256), 0x01120100, 4), 16),
        NAME(PSA_HASH_SUSPEND_OUTPUT_SIZE(PSA_ALG_SHA_256), 4 + 8 + 32 + 63),
        NAME(PSA_HASH_SUSPEND_OUTPUT_SIZE(PSA_ALG_SHA_384), 4 + 16 + 64 + 127),
        NAME(PSA_HASH_SUSPEND_OUTPUT_SIZE(PSA_ALG_RIPEMD160), 4 + 8 + 20 + 63),
        NAME(PSA_HASH_SUSPEND_OUTPUT_SIZE(PSA_ALG_MD2), 4 + 1 + 64 + 15),
        NAME(PSA_HASH_SUSPEND_OUTPUT_SIZE(PSA_ALG_SHA3_256), 0),
        NAME(PSA_HASH_SUSPEND_OUTPUT_SIZE(PSA_ALG_SM3), 0),
        NAME(PSA_HASH_SUSPEND_OUTPUT_MAX_SIZE, 211),
        NAME(PSA_TLS12_ECJPAKE_TO_PMS_OUTPUT_SIZE, 32),
        NAME(PSA_AEAD_NONCE_LENGTH(PSA_KEY_TYPE_XCHACHA20, PSA_ALG_XCHACHA20_POLY1305), 24),
        NAME(PSA_CIPHER_IV_LENGTH(PSA_KEY_TYPE_XCHACHA20, PSA_ALG_STREAM_CIPHER), 24),
        /* Where Mbed TLS's header says another thing (above). */
        NAME(PSA_SIGN_OUTPUT_SIZE(0x7142, 255u, PSA_ALG_PURE_EDDSA), 64),
        NAME(PSA_SIGN_OUTPUT_SIZE(0x7142, 448u, PSA_ALG_PURE_EDDSA), 114),
        NAME(PSA_EXPORT_KEY_OUTPUT_SIZE(0x7142, 255u), 32),
        NAME(PSA_EXPORT_KEY_OUTPUT_SIZE(0x7142, 448u), 57),
        NAME(PSA_ASYMMETRIC_DECRYPT_OUTPUT_SIZE(PSA_KEY_TYPE_RSA_KEY_PAIR, 2048u,
                                                PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256)),
             256 - 66),
        NAME(PSA_CRYPTO_API_VERSION_MAJOR, 1),
        NAME(PSA_CRYPTO_API_VERSION_MINOR, 2),
#undef NAME
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++)
        if (ROWS[i].value != ROWS[i].wanted)
            fail_msg("%s: %#llx, the specification says %#llx", ROWS[i].name,
                     (unsigned long long)ROWS[i].value, (unsigned long long)ROWS[i].wanted);
    print_message("# %zu names\n", COUNT(ROWS));
}

/* What programs lay out is what the ABI reads. */
static void layout_is_the_abi(void **state)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_pake_cipher_suite_t suite = PSA_PAKE_CIPHER_SUITE_INIT;
    struct vc_psa_attributes seen;
    uint32_t words[3];

    (void)state;
    assert_int_equal(sizeof(attributes), sizeof(seen));
    psa_set_key_id(&attributes, 0x11223344);
    assert_int_equal(psa_get_key_lifetime(&attributes), PSA_KEY_LIFETIME_PERSISTENT);
    psa_set_key_usage_flags(&attributes, 0x55667788);
    psa_set_key_algorithm(&attributes, 0x99aabbcc);
    psa_set_key_type(&attributes, 0xddee);
    psa_set_key_bits(&attributes, 0x12345678);
    memcpy(&seen, &attributes, sizeof(seen));
    assert_int_equal(seen.lifetime, PSA_KEY_LIFETIME_PERSISTENT);
    assert_int_equal(seen.id, 0x11223344);
    assert_int_equal(seen.usage, 0x55667788);
    assert_int_equal(seen.algorithm, 0x99aabbcc);
    assert_int_equal(seen.type, 0xddee);
    assert_int_equal(seen.reserved, 0);
    assert_int_equal(seen.bits, 0x12345678);
    psa_set_key_lifetime(&attributes, PSA_KEY_LIFETIME_VOLATILE);
    assert_int_equal(psa_get_key_id(&attributes), PSA_KEY_ID_NULL);

    psa_pake_cs_set_algorithm(&suite, 1);
    psa_pake_cs_set_primitive(&suite, 2);
    psa_pake_cs_set_key_confirmation(&suite, 3);
    assert_int_equal(sizeof(suite), sizeof(words));
    memcpy(words, &suite, sizeof(words));
    for (uint32_t i = 0; i < COUNT(words); i++)
        assert_int_equal(words[i], i + 1);

    assert_int_equal(sizeof(psa_hash_operation_t), 4);
    assert_int_equal(sizeof(psa_mac_operation_t), 4);
    assert_int_equal(sizeof(psa_cipher_operation_t), 4);
    assert_int_equal(sizeof(psa_aead_operation_t), 4);
    assert_int_equal(sizeof(psa_key_derivation_operation_t), 4);
    assert_int_equal(sizeof(psa_pake_operation_t), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_agree),
        cmocka_unit_test(macros_agree),
        cmocka_unit_test(names_of_the_specification),
        cmocka_unit_test(layout_is_the_abi),
    };

    return cmocka_run_group_tests_name("guest-psa-values", tests, nullptr, nullptr);
}
