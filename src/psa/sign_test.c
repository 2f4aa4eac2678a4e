/* SPDX-License-Identifier: MIT */

/* Signatures: published ones, those of the core against those of crypto, and every refusal. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "psa/fixture.h"

static constexpr psa_key_type_t PAIR = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
static constexpr psa_key_type_t PUBLIC = PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1);
static constexpr psa_key_usage_t SIGNS = PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_SIGN_HASH;
static constexpr psa_key_usage_t VERIFIES =
    PSA_KEY_USAGE_VERIFY_MESSAGE | PSA_KEY_USAGE_VERIFY_HASH;
static constexpr psa_algorithm_t ECDSA = PSA_ALG_ECDSA(PSA_ALG_SHA_256);
static constexpr psa_algorithm_t PSS = PSA_ALG_RSA_PSS(PSA_ALG_SHA_256);

static const uint8_t SAMPLE[] = {'s', 'a', 'm', 'p', 'l', 'e'};

/* RFC 6979, A.2.5 to A.2.7 */
static const struct vector {
    const char *name;
    psa_algorithm_t hash;
    const char *value, *digest, *signature;
} VECTORS[] = {
    {"P-256", PSA_ALG_SHA_256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
     "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf",
     "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
     "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
    {"P-384", PSA_ALG_SHA_384,
     "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8"
     "96d5724e4c70a825f872c9ea60d2edf5",
     "9a9083505bc92276aec4be312696ef7bf3bf603f4bbd381196a029f340585312"
     "313bca4a9b5b890efee42c77b1ee25fe",
     "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
     "81a648152e44acf96e36dd1e80fabe46"
     "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
     "a329c145786e679e7b82c71a38628ac8"},
    {"P-521", PSA_ALG_SHA_512,
     "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75"
     "caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
     "39a5e04aaff7455d9850c605364f514c11324ce64016960d23d5dc57d3ffd8f4"
     "9a739468ab8049bf18eef820cdb1ad6c9015f838556bc7fad4138b23fdf986c7",
     "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f"
     "174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377fa"
     "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af"
     "282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a67a"},
};

static vc_psa_status sign(struct vc_psa *psa, enum vc_psa_function function, uint32_t key,
                          psa_algorithm_t algorithm, struct vc_bytes input,
                          struct vc_fixture_bytes *signature)
{
    const struct vc_fixture_two given = {.values = {key, algorithm}, .first = input};

    return vc_fixture_do(psa, function, &given, signature);
}

static vc_psa_status verify(struct vc_psa *psa, enum vc_psa_function function, uint32_t key,
                            psa_algorithm_t algorithm, struct vc_bytes input,
                            const struct vc_fixture_bytes *signature)
{
    const struct vc_fixture_two given = {
        .values = {key, algorithm}, .first = input, .second = vc_fixture_view(signature)};

    return vc_fixture_do(psa, function, &given, nullptr);
}

static uint32_t key_of(struct vc_psa *psa, const struct vector *vector, psa_algorithm_t algorithm)
{
    const struct vc_fixture_bytes value = vc_fixture_hex(vector->value);

    return vc_fixture_import(psa, (struct vc_fixture_key){PAIR, SIGNS | VERIFIES, algorithm},
                             vc_fixture_view(&value));
}

/* A deterministic signature is the same wherever it is made; without randomness, too. */
static void test_published(void **)
{
    struct vc_psa *psa = vc_fixture_service(false);

    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const psa_algorithm_t algorithm = PSA_ALG_DETERMINISTIC_ECDSA(VECTORS[i].hash);
        const struct vc_fixture_bytes digest = vc_fixture_hex(VECTORS[i].digest);
        const struct vc_fixture_bytes wanted = vc_fixture_hex(VECTORS[i].signature);
        uint32_t key = key_of(psa, &VECTORS[i], algorithm);
        struct vc_fixture_bytes got = {};

        print_message("# %s\n", VECTORS[i].name);
        assert_int_equal(sign(psa, VC_PSA_sign_message, key, algorithm, VC_BYTES(SAMPLE), &got),
                         PSA_SUCCESS);
        assert_int_equal(got.size, wanted.size);
        assert_memory_equal(got.data, wanted.data, wanted.size);
        assert_int_equal(
            sign(psa, VC_PSA_sign_hash, key, algorithm, vc_fixture_view(&digest), &got),
            PSA_SUCCESS);
        assert_memory_equal(got.data, wanted.data, wanted.size);
        assert_int_equal(
            verify(psa, VC_PSA_verify_message, key, algorithm, VC_BYTES(SAMPLE), &wanted),
            PSA_SUCCESS);
        assert_int_equal(
            verify(psa, VC_PSA_verify_hash, key, algorithm, vc_fixture_view(&digest), &wanted),
            PSA_SUCCESS);
    }
    vc_psa_free(psa);
}

/* The core verifies what crypto signed, and the other way round. */
static void test_both_agree(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);

    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const psa_algorithm_t algorithm = PSA_ALG_ECDSA(VECTORS[i].hash);
        const struct vc_fixture_bytes digest = vc_fixture_hex(VECTORS[i].digest);
        uint32_t key = key_of(psa, &VECTORS[i], algorithm);
        mbedtls_svc_key_id_t core = vc_psa_core_id(psa, key);
        struct vc_fixture_bytes first = {}, second = {};

        for (size_t round = 0; round < 20; round++) {
            assert_int_equal(
                sign(psa, VC_PSA_sign_message, key, algorithm, VC_BYTES(SAMPLE), &first),
                PSA_SUCCESS);
            assert_int_equal(
                sign(psa, VC_PSA_sign_hash, key, algorithm, vc_fixture_view(&digest), &second),
                PSA_SUCCESS);
            assert_memory_not_equal(first.data, second.data, first.size);
            assert_int_equal(
                psa_verify_message(core, algorithm, SAMPLE, sizeof(SAMPLE), first.data, first.size),
                PSA_SUCCESS);
            assert_int_equal(psa_verify_hash(core, algorithm, digest.data, digest.size, second.data,
                                             second.size),
                             PSA_SUCCESS);
            assert_int_equal(psa_sign_hash(core, algorithm, digest.data, digest.size, first.data,
                                           sizeof(first.data), &first.size),
                             PSA_SUCCESS);
            assert_int_equal(
                verify(psa, VC_PSA_verify_message, key, algorithm, VC_BYTES(SAMPLE), &first),
                PSA_SUCCESS);
        }
    }
    vc_psa_free(psa);
}

/* Digests of any size, signed by the pair and verified by the public key. */
static void test_any_digest(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    static const uint8_t digest[64] = {0xa5, 0x5a};

    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        uint32_t key = key_of(psa, &VECTORS[i], PSA_ALG_ECDSA_ANY);
        const struct vc_fixture_bytes point = vc_fixture_public(psa, key);
        uint32_t public =
            vc_fixture_import(psa, (struct vc_fixture_key){PUBLIC, VERIFIES, PSA_ALG_ECDSA_ANY},
                              vc_fixture_view(&point));

        for (size_t size = 1; size <= sizeof(digest); size++) {
            const struct vc_bytes given = {digest, size};
            struct vc_fixture_bytes signature = {};

            assert_int_equal(sign(psa, VC_PSA_sign_hash, key, PSA_ALG_ECDSA_ANY, given, &signature),
                             PSA_SUCCESS);
            assert_int_equal(
                verify(psa, VC_PSA_verify_hash, public, PSA_ALG_ECDSA_ANY, given, &signature),
                PSA_SUCCESS);
        }
    }
    vc_psa_free(psa);
}

static void expect_each_flip_refused(struct vc_psa *psa, uint32_t key, psa_algorithm_t algorithm,
                                     struct vc_fixture_bytes *signature)
{
    struct vc_fixture_bytes cut = *signature;

    for (size_t bit = 0; bit < 8 * signature->size; bit++) {
        signature->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(
            verify(psa, VC_PSA_verify_message, key, algorithm, VC_BYTES(SAMPLE), signature),
            PSA_ERROR_INVALID_SIGNATURE);
        signature->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (cut.size = 0; cut.size < signature->size + 2; cut.size++) {
        assert_int_equal(verify(psa, VC_PSA_verify_message, key, algorithm, VC_BYTES(SAMPLE), &cut),
                         cut.size == signature->size ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE);
    }
    assert_int_equal(verify(psa, VC_PSA_verify_message, key, algorithm,
                            (struct vc_bytes){SAMPLE, sizeof(SAMPLE) - 1}, signature),
                     PSA_ERROR_INVALID_SIGNATURE);
}

/* Round trips of every algorithm; then each bit of the signature, each cut of it. */
static void test_altered(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const struct row {
        const char *name;
        psa_key_type_t type;
        uint32_t bits;
        psa_algorithm_t algorithm;
    } rows[] = {
        {"ECDSA", PAIR, 256, ECDSA},
        {"ECDSA, deterministic", PAIR, 256, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)},
        {"ECDSA, SHA3", PAIR, 256, PSA_ALG_ECDSA(PSA_ALG_SHA3_256)},
        {"ECDSA on P-384", PAIR, 384, PSA_ALG_ECDSA(PSA_ALG_SHA_384)},
        {"ECDSA on secp256k1", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_K1), 256, ECDSA},
        {"ECDSA on P-192", PAIR, 192, ECDSA},
        {"RSA, PKCS#1 1.5", PSA_KEY_TYPE_RSA_KEY_PAIR, 1024,
         PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256)},
        {"RSA, PSS", PSA_KEY_TYPE_RSA_KEY_PAIR, 1024, PSS},
        {"RSA, PSS, any salt", PSA_KEY_TYPE_RSA_KEY_PAIR, 1024,
         PSA_ALG_RSA_PSS_ANY_SALT(PSA_ALG_SHA_256)},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct vc_fixture_key form = {rows[i].type, SIGNS | VERIFIES, rows[i].algorithm};
        uint32_t key = vc_fixture_generate(psa, form, rows[i].bits);
        struct vc_fixture_bytes signature = {};

        print_message("# %s\n", rows[i].name);
        assert_int_equal(
            sign(psa, VC_PSA_sign_message, key, rows[i].algorithm, VC_BYTES(SAMPLE), &signature),
            PSA_SUCCESS);
        expect_each_flip_refused(psa, key, rows[i].algorithm, &signature);
        vc_fixture_destroy(psa, key);
    }
    vc_psa_free(psa);
}

/* ---- refusals ---- */

/* What may go wrong, by the right call on a key of this form. */
struct refusal {
    const char *name;
    enum vc_psa_function function;
    struct vc_fixture_key key;
    psa_algorithm_t algorithm;
    size_t digest_size;
    vc_psa_status status;
};

static const struct refusal REFUSALS[] = {
    {"no right to sign",
     VC_PSA_sign_hash,
     {PAIR, VERIFIES, ECDSA},
     ECDSA,
     32,
     PSA_ERROR_NOT_PERMITTED},
    {"no right to sign hashes",
     VC_PSA_sign_hash,
     {PAIR, PSA_KEY_USAGE_SIGN_MESSAGE, ECDSA},
     ECDSA,
     32,
     PSA_ERROR_NOT_PERMITTED},
    {"hashes imply messages",
     VC_PSA_sign_message,
     {PAIR, PSA_KEY_USAGE_SIGN_HASH, ECDSA},
     ECDSA,
     32,
     PSA_SUCCESS},
    {"no right to verify",
     VC_PSA_verify_hash,
     {PAIR, SIGNS, ECDSA},
     ECDSA,
     32,
     PSA_ERROR_NOT_PERMITTED},
    {"no right to verify messages",
     VC_PSA_verify_message,
     {PAIR, SIGNS, ECDSA},
     ECDSA,
     32,
     PSA_ERROR_NOT_PERMITTED},
    {"another hash",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, ECDSA},
     PSA_ALG_ECDSA(PSA_ALG_SHA_384),
     48,
     PSA_ERROR_NOT_PERMITTED},
    {"deterministic by a key for random",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, ECDSA},
     PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256),
     32,
     PSA_ERROR_NOT_PERMITTED},
    {"random by a key for deterministic",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)},
     ECDSA,
     32,
     PSA_ERROR_NOT_PERMITTED},
    {"any hash is no hash",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH)},
     PSA_ALG_ECDSA(PSA_ALG_ANY_HASH),
     32,
     PSA_ERROR_INVALID_ARGUMENT},
    {"any hash is a policy",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH)},
     ECDSA,
     32,
     PSA_SUCCESS},
    {"a message without a hash",
     VC_PSA_sign_message,
     {PAIR, SIGNS, PSA_ALG_ECDSA_ANY},
     PSA_ALG_ECDSA_ANY,
     32,
     PSA_ERROR_INVALID_ARGUMENT},
    {"a digest a byte short",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, ECDSA},
     ECDSA,
     31,
     PSA_ERROR_INVALID_ARGUMENT},
    {"a digest a byte too long",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, ECDSA},
     ECDSA,
     33,
     PSA_ERROR_INVALID_ARGUMENT},
    {"no digest",
     VC_PSA_verify_hash,
     {PAIR, VERIFIES, ECDSA},
     ECDSA,
     0,
     PSA_ERROR_INVALID_ARGUMENT},
    {"a digest a byte short, deterministic",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)},
     PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256),
     31,
     PSA_ERROR_INVALID_ARGUMENT},
    {"RSA by a key for ECDSA",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, PSS},
     PSS,
     32,
     PSA_ERROR_INVALID_ARGUMENT},
    {"a code by a key for signatures",
     VC_PSA_sign_hash,
     {PAIR, SIGNS, ECDSA},
     PSA_ALG_HMAC(PSA_ALG_SHA_256),
     32,
     PSA_ERROR_NOT_PERMITTED},
    {"no algorithm", VC_PSA_sign_hash, {PAIR, SIGNS, ECDSA}, 0, 32, PSA_ERROR_INVALID_ARGUMENT},
    {"a public key signs",
     VC_PSA_sign_hash,
     {PUBLIC, SIGNS, ECDSA},
     ECDSA,
     32,
     PSA_ERROR_INVALID_ARGUMENT},
    {"a symmetric key signs",
     VC_PSA_sign_hash,
     {PSA_KEY_TYPE_AES, SIGNS, ECDSA},
     ECDSA,
     32,
     PSA_ERROR_INVALID_ARGUMENT},
    {"a symmetric key verifies",
     VC_PSA_verify_hash,
     {PSA_KEY_TYPE_AES, VERIFIES, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256)},
     PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256),
     32,
     PSA_ERROR_NOT_SUPPORTED},
    {"a hash is no signature",
     VC_PSA_verify_hash,
     {PAIR, VERIFIES, PSA_ALG_SHA_256},
     PSA_ALG_SHA_256,
     32,
     PSA_ERROR_INVALID_ARGUMENT},
    {"EdDSA",
     VC_PSA_sign_message,
     {PAIR, SIGNS, 0x06000800},
     0x06000800,
     32,
     PSA_ERROR_NOT_SUPPORTED},
    {"Ed25519ph",
     VC_PSA_verify_hash,
     {PAIR, VERIFIES, 0x0600090b},
     0x0600090b,
     64,
     PSA_ERROR_NOT_SUPPORTED},
};

static uint32_t key_for(struct vc_psa *psa, struct vc_fixture_key form)
{
    const struct vc_fixture_bytes value = vc_fixture_hex(VECTORS[0].value);
    uint32_t pair = key_of(psa, &VECTORS[0], ECDSA);
    const struct vc_fixture_bytes point = vc_fixture_public(psa, pair);

    return vc_fixture_import(
        psa, form, form.type == PUBLIC ? vc_fixture_view(&point) : vc_fixture_view(&value));
}

static void test_refusals(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    static const uint8_t digest[64] = {1};

    for (size_t i = 0; i < VC_COUNT(REFUSALS); i++) {
        const struct refusal *row = &REFUSALS[i];
        bool verifies =
            row->function == VC_PSA_verify_hash || row->function == VC_PSA_verify_message;
        uint32_t key = key_for(psa, row->key);
        struct vc_fixture_bytes signature = {.size = 64};

        /* twice: what was allowed or not is remembered */
        for (size_t round = 0; round < 2; round++) {
            struct vc_bytes input = {digest, row->digest_size};
            vc_psa_status status =
                verifies ? verify(psa, row->function, key, row->algorithm, input, &signature)
                         : sign(psa, row->function, key, row->algorithm, input, &signature);

            if (status != row->status)
                fail_msg("%s: %d", row->name, status);
        }
    }
    vc_psa_free(psa);
}

static void test_no_such_key(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    static const enum vc_psa_function functions[] = {VC_PSA_sign_hash, VC_PSA_sign_message,
                                                     VC_PSA_verify_hash, VC_PSA_verify_message};
    static const psa_algorithm_t algorithms[] = {ECDSA, PSS,
                                                 PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)};
    uint32_t gone = key_of(psa, &VECTORS[0], ECDSA), used = key_of(psa, &VECTORS[0], ECDSA);
    struct vc_fixture_bytes signature = {};
    static const uint8_t digest[32];

    assert_int_equal(sign(psa, VC_PSA_sign_hash, used, ECDSA, VC_BYTES(digest), &signature),
                     PSA_SUCCESS);
    vc_fixture_destroy(psa, gone);
    vc_fixture_destroy(psa, used);
    const uint32_t ids[] = {0,
                            gone,
                            used,
                            used + 1,
                            1,
                            VC_PSA_KEY_LOCAL_MIN,
                            UINT32_MAX,
                            /* the core's own */ 0x80000000};

    for (size_t i = 0; i < VC_COUNT(ids) * VC_COUNT(functions) * VC_COUNT(algorithms); i++) {
        uint32_t id = ids[i % VC_COUNT(ids)];
        enum vc_psa_function function = functions[i / VC_COUNT(ids) % VC_COUNT(functions)];
        psa_algorithm_t algorithm = algorithms[i / VC_COUNT(ids) / VC_COUNT(functions)];

        assert_int_equal(sign(psa, function, id, algorithm, VC_BYTES(digest), &signature),
                         PSA_ERROR_INVALID_HANDLE);
    }
    vc_psa_free(psa);
}

static void test_room(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);

    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const psa_algorithm_t algorithm = PSA_ALG_ECDSA(VECTORS[i].hash);
        const struct vc_fixture_bytes digest = vc_fixture_hex(VECTORS[i].digest);
        size_t size = strlen(VECTORS[i].signature) / 2;
        uint8_t room[200] = {};
        struct vc_psa_call call = {.values = {key_of(psa, &VECTORS[i], algorithm), algorithm},
                                   .inputs = {vc_fixture_view(&digest)},
                                   .outputs = {{.data = room}}};

        for (size_t given = 0; given <= size + 1; given++) {
            bool fits = given >= size;

            call.outputs[0].room = given;
            call.function = VC_PSA_sign_hash;
            assert_int_equal(vc_fixture_ask(psa, &call),
                             fits ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
            call.function = VC_PSA_sign_message;
            assert_int_equal(vc_fixture_ask(psa, &call),
                             fits ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
            if (!fits)
                assert_int_equal(room[0] | room[size / 2], 0);
        }
        assert_int_equal(room[size], 0);
    }
    vc_psa_free(psa);
}

static void test_without_randomness(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const struct row {
        const char *name;
        psa_key_type_t type;
        psa_algorithm_t algorithm;
        vc_psa_status status;
    } rows[] = {
        {"ECDSA", PAIR, ECDSA, PSA_ERROR_NOT_PERMITTED},
        {"deterministic", PAIR, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256), PSA_SUCCESS},
        {"PSS", PSA_KEY_TYPE_RSA_KEY_PAIR, PSS, PSA_ERROR_NOT_PERMITTED},
        {"PSS, any salt", PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_ALG_RSA_PSS_ANY_SALT(PSA_ALG_SHA_256),
         PSA_ERROR_NOT_PERMITTED},
        {"PKCS#1 1.5", PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256),
         PSA_SUCCESS},
    };
    static const uint8_t digest[32] = {1};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct vc_fixture_key form = {rows[i].type, SIGNS | VERIFIES, rows[i].algorithm};
        struct vc_fixture_bytes signature = {};
        uint32_t key;

        psa->options.randomness = true;
        key = vc_fixture_generate(psa, form, rows[i].type == PAIR ? 256 : 1024);
        assert_int_equal(
            sign(psa, VC_PSA_sign_hash, key, rows[i].algorithm, VC_BYTES(digest), &signature),
            PSA_SUCCESS);
        psa->options.randomness = false;
        assert_int_equal(
            verify(psa, VC_PSA_verify_hash, key, rows[i].algorithm, VC_BYTES(digest), &signature),
            PSA_SUCCESS);
        assert_int_equal(
            sign(psa, VC_PSA_sign_hash, key, rows[i].algorithm, VC_BYTES(digest), &signature),
            rows[i].status);
        assert_int_equal(
            sign(psa, VC_PSA_sign_message, key, rows[i].algorithm, VC_BYTES(digest), &signature),
            rows[i].status);
    }
    vc_psa_free(psa);
}

/* The output where the input is: the program's one buffer. */
static void test_in_place(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    struct vc_fixture_bytes buffer = vc_fixture_hex(VECTORS[0].digest);
    const struct vc_fixture_bytes digest = buffer;
    uint32_t key = key_of(psa, &VECTORS[0], ECDSA);

    assert_int_equal(sign(psa, VC_PSA_sign_hash, key, ECDSA, vc_fixture_view(&buffer), &buffer),
                     PSA_SUCCESS);
    assert_int_equal(verify(psa, VC_PSA_verify_hash, key, ECDSA, vc_fixture_view(&digest), &buffer),
                     PSA_SUCCESS);
    vc_psa_free(psa);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),  cmocka_unit_test(test_both_agree),
        cmocka_unit_test(test_any_digest), cmocka_unit_test(test_altered),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_no_such_key),
        cmocka_unit_test(test_room),       cmocka_unit_test(test_without_randomness),
        cmocka_unit_test(test_in_place),
    };

    return cmocka_run_group_tests_name("psa-sign", tests, nullptr, nullptr);
}
