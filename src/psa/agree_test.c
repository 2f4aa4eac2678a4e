/* SPDX-License-Identifier: MIT */

/* Key agreement: published secrets, both ways to have them, and every refusal. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "psa/fixture.h"

static constexpr psa_key_type_t P = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
static constexpr psa_key_type_t X = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY);
static constexpr psa_key_type_t DH = PSA_KEY_TYPE_DH_KEY_PAIR(PSA_DH_FAMILY_RFC7919);
static constexpr psa_key_usage_t DERIVES = PSA_KEY_USAGE_DERIVE;
static constexpr psa_algorithm_t ECDH = PSA_ALG_ECDH;
static constexpr psa_algorithm_t WITH_HKDF =
    PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PSA_ALG_HKDF(PSA_ALG_SHA_256));

static const struct vector {
    const char *name;
    psa_key_type_t type;
    const char *value, *peer, *secret;
} VECTORS[] = {
    {"X25519, RFC 7748 6.1, Bob", X,
     "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
     "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
    {"X448, RFC 7748 6.2, Alice", X,
     "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf5"
     "74a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
     "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972"
     "fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
     "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56"
     "fd2464c335543936521c24403085d59a449a5037514a879d"},
    {"P-256, NIST CAVS KAS ECC CDH primitive, 0", P,
     "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
     "04"
     "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
     "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
     "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"},
};

static uint32_t key_of(struct vc_psa *psa, const struct vector *vector, psa_key_usage_t usage,
                       psa_algorithm_t algorithm)
{
    const struct vc_fixture_bytes value = vc_fixture_hex(vector->value);

    return vc_fixture_import(psa, (struct vc_fixture_key){vector->type, usage, algorithm},
                             vc_fixture_view(&value));
}

static vc_psa_status agree(struct vc_psa *psa, uint32_t key, psa_algorithm_t algorithm,
                           struct vc_bytes peer, struct vc_fixture_bytes *secret)
{
    const struct vc_fixture_two given = {.values = {algorithm, key}, .first = peer};

    return vc_fixture_do(psa, VC_PSA_raw_key_agreement, &given, secret);
}

static vc_psa_status agree_key(struct vc_psa *psa, uint32_t key, psa_algorithm_t algorithm,
                               struct vc_bytes peer, struct vc_psa_call *call)
{
    call->function = VC_PSA_key_agreement;
    call->values[0] = key;
    call->values[1] = algorithm;
    call->inputs[0] = peer;
    return vc_fixture_ask(psa, call);
}

/* As bytes; and as a key that can be exported, whose size is that of the secret. */
static void test_published(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);

    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const struct vc_fixture_bytes peer = vc_fixture_hex(VECTORS[i].peer);
        const struct vc_fixture_bytes wanted = vc_fixture_hex(VECTORS[i].secret);
        uint32_t key = key_of(psa, &VECTORS[i], DERIVES, ECDH);
        struct vc_fixture_bytes got = {};
        struct vc_psa_call call = {
            .attributes = {.type = PSA_KEY_TYPE_DERIVE, .usage = PSA_KEY_USAGE_EXPORT}};
        struct vc_psa_call about = {.function = VC_PSA_get_key_attributes};

        print_message("# %s\n", VECTORS[i].name);
        assert_int_equal(agree(psa, key, ECDH, vc_fixture_view(&peer), &got), PSA_SUCCESS);
        assert_int_equal(got.size, wanted.size);
        assert_memory_equal(got.data, wanted.data, wanted.size);

        assert_int_equal(agree_key(psa, key, ECDH, vc_fixture_view(&peer), &call), PSA_SUCCESS);
        about.values[0] = call.key;
        assert_int_equal(vc_fixture_ask(psa, &about), PSA_SUCCESS);
        assert_int_equal(about.attributes.bits, 8 * wanted.size);
        got = (struct vc_fixture_bytes){};
        assert_int_equal(vc_fixture_do(psa, VC_PSA_export_key,
                                       &(struct vc_fixture_two){.values = {call.key}}, &got),
                         PSA_SUCCESS);
        assert_memory_equal(got.data, wanted.data, wanted.size);
    }
    vc_psa_free(psa);
}

/* Both sides of keys made here come to the same secret. */
static void test_round_trips(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const struct row {
        const char *name;
        psa_key_type_t type;
        uint32_t bits;
        psa_algorithm_t algorithm;
    } rows[] = {
        {"P-256", P, 256, ECDH},
        {"P-384", P, 384, ECDH},
        {"P-521", P, 521, ECDH},
        {"secp256k1", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_K1), 256, ECDH},
        {"brainpool", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_BRAINPOOL_P_R1), 256, ECDH},
        {"X25519", X, 255, ECDH},
        {"X448", X, 448, ECDH},
        {"ffdhe2048", DH, 2048, PSA_ALG_FFDH},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct vc_fixture_key form = {rows[i].type, DERIVES, rows[i].algorithm};
        uint32_t key[2] = {vc_fixture_generate(psa, form, rows[i].bits),
                           vc_fixture_generate(psa, form, rows[i].bits)};
        struct vc_fixture_bytes secret[2] = {};

        print_message("# %s\n", rows[i].name);
        for (size_t side = 0; side < 2; side++) {
            const struct vc_fixture_bytes peer = vc_fixture_public(psa, key[1 - side]);

            assert_int_equal(
                agree(psa, key[side], rows[i].algorithm, vc_fixture_view(&peer), &secret[side]),
                PSA_SUCCESS);
        }
        assert_int_equal(secret[0].size, (rows[i].bits + 7) / 8);
        assert_memory_equal(&secret[0], &secret[1], sizeof(secret[0]));
        vc_fixture_destroy(psa, key[0]);
        vc_fixture_destroy(psa, key[1]);
    }
    vc_psa_free(psa);
}

/* Each answers as the other. */
static vc_psa_status both(struct vc_psa *psa, uint32_t key, psa_algorithm_t algorithm,
                          struct vc_bytes peer)
{
    struct vc_fixture_bytes secret = {};
    struct vc_psa_call call = {.attributes = {.type = PSA_KEY_TYPE_DERIVE}};
    vc_psa_status status = agree(psa, key, algorithm, peer, &secret);

    assert_int_equal(agree_key(psa, key, algorithm, peer, &call), status);
    if (status == PSA_SUCCESS)
        vc_fixture_destroy(psa, call.key);
    return status;
}

static void test_peers(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);

    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        struct vc_fixture_bytes peer = vc_fixture_hex(VECTORS[i].peer);
        uint32_t key = key_of(psa, &VECTORS[i], DERIVES, ECDH);
        bool montgomery = VECTORS[i].type == X;

        for (size_t size = 0; size <= peer.size + 1; size++) {
            assert_int_equal(both(psa, key, ECDH, (struct vc_bytes){peer.data, size}),
                             size == peer.size ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT);
        }
        for (size_t bit = 0; !montgomery && bit < 8 * peer.size; bit++) {
            peer.data[bit / 8] ^= (uint8_t)(1 << bit % 8); /* off the curve, or no such form */
            assert_int_not_equal(both(psa, key, ECDH, vc_fixture_view(&peer)), PSA_SUCCESS);
            peer.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        memset(peer.data + (montgomery ? 0 : 1), 0, peer.size); /* of small order */
        assert_int_equal(both(psa, key, ECDH, vc_fixture_view(&peer)), PSA_ERROR_INVALID_ARGUMENT);
        peer.data[0] = 1;
        assert_int_equal(both(psa, key, ECDH, vc_fixture_view(&peer)), PSA_ERROR_INVALID_ARGUMENT);
    }
    vc_psa_free(psa);
}

static void test_refusals(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const struct vc_fixture_bytes peer = vc_fixture_hex(VECTORS[2].peer);
    const struct row {
        const char *name;
        psa_key_usage_t usage;
        psa_algorithm_t policy, algorithm;
        vc_psa_status status;
    } rows[] = {
        {"as it should be", DERIVES, ECDH, ECDH, PSA_SUCCESS},
        {"no right", PSA_KEY_USAGE_EXPORT, ECDH, ECDH, PSA_ERROR_NOT_PERMITTED},
        {"no right but to verify", PSA_KEY_USAGE_VERIFY_DERIVATION, ECDH, ECDH,
         PSA_ERROR_NOT_PERMITTED},
        {"a key for signatures", DERIVES, PSA_ALG_ECDSA_ANY, ECDH, PSA_ERROR_NOT_PERMITTED},
        {"a key for derivation at once", DERIVES, WITH_HKDF, ECDH, PSA_ERROR_NOT_PERMITTED},
        {"another group", DERIVES, ECDH, PSA_ALG_FFDH, PSA_ERROR_NOT_PERMITTED},
        {"another group, allowed", DERIVES, PSA_ALG_FFDH, PSA_ALG_FFDH, PSA_ERROR_INVALID_ARGUMENT},
        {"no agreement", DERIVES, ECDH, PSA_ALG_HKDF(PSA_ALG_SHA_256), PSA_ERROR_INVALID_ARGUMENT},
        {"a derivation with it", DERIVES, WITH_HKDF, WITH_HKDF, PSA_ERROR_NOT_SUPPORTED},
        {"no algorithm", DERIVES, ECDH, 0, PSA_ERROR_INVALID_ARGUMENT},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        uint32_t key = key_of(psa, &VECTORS[2], rows[i].usage, rows[i].policy);
        vc_psa_status status = both(psa, key, rows[i].algorithm, vc_fixture_view(&peer));

        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].name, status);
        vc_fixture_destroy(psa, key);
        assert_int_equal(both(psa, key, ECDH, vc_fixture_view(&peer)), PSA_ERROR_INVALID_HANDLE);
    }
    assert_int_equal(both(psa, 0, ECDH, vc_fixture_view(&peer)), PSA_ERROR_INVALID_HANDLE);
    vc_psa_free(psa);
}

/* A public key and one of another kind agree with nobody. */
static void test_keys_that_do_not_fit(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const struct vc_fixture_bytes peer = vc_fixture_hex(VECTORS[2].peer);
    uint32_t public = vc_fixture_import(
        psa,
        (struct vc_fixture_key){PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), DERIVES, ECDH},
        vc_fixture_view(&peer));
    uint32_t secret =
        vc_fixture_import(psa, (struct vc_fixture_key){PSA_KEY_TYPE_DERIVE, DERIVES, ECDH},
                          (struct vc_bytes){peer.data, 32});

    assert_int_equal(both(psa, public, ECDH, vc_fixture_view(&peer)), PSA_ERROR_INVALID_ARGUMENT);
    assert_int_equal(both(psa, secret, ECDH, vc_fixture_view(&peer)), PSA_ERROR_INVALID_ARGUMENT);
    vc_psa_free(psa);
}

static void test_room(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);

    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const struct vc_fixture_bytes peer = vc_fixture_hex(VECTORS[i].peer);
        size_t size = strlen(VECTORS[i].secret) / 2;
        uint8_t room[100] = {};
        struct vc_psa_call call = {.function = VC_PSA_raw_key_agreement,
                                   .values = {ECDH, key_of(psa, &VECTORS[i], DERIVES, ECDH)},
                                   .inputs = {vc_fixture_view(&peer)},
                                   .outputs = {{.data = room}}};

        for (size_t given = 0; given <= size + 1; given++) {
            call.outputs[0].room = given;
            assert_int_equal(vc_fixture_ask(psa, &call),
                             given < size ? PSA_ERROR_BUFFER_TOO_SMALL : PSA_SUCCESS);
        }
        assert_int_equal(room[size], 0);
    }
    vc_psa_free(psa);
}

static void test_what_becomes_of_it(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const struct vc_fixture_bytes peer = vc_fixture_hex(VECTORS[2].peer);
    uint32_t key = key_of(psa, &VECTORS[2], DERIVES, ECDH);
    const struct row {
        const char *name;
        struct vc_psa_attributes form;
        vc_psa_status status;
    } rows[] = {
        {"to derive from", {.type = PSA_KEY_TYPE_DERIVE}, PSA_SUCCESS},
        {"raw data", {.type = PSA_KEY_TYPE_RAW_DATA}, PSA_SUCCESS},
        {"for codes", {.type = PSA_KEY_TYPE_HMAC}, PSA_SUCCESS},
        {"a password", {.type = PSA_KEY_TYPE_PASSWORD}, PSA_SUCCESS},
        {"its size", {.type = PSA_KEY_TYPE_DERIVE, .bits = 256}, PSA_SUCCESS},
        {"another size", {.type = PSA_KEY_TYPE_DERIVE, .bits = 128}, PSA_ERROR_INVALID_ARGUMENT},
        {"a key of a cipher", {.type = PSA_KEY_TYPE_AES}, PSA_ERROR_INVALID_ARGUMENT},
        {"a hash of passwords", {.type = PSA_KEY_TYPE_PASSWORD_HASH}, PSA_ERROR_INVALID_ARGUMENT},
        {"a pair", {.type = P}, PSA_ERROR_INVALID_ARGUMENT},
        {"nothing", {}, PSA_ERROR_INVALID_ARGUMENT},
        {"a usage that is none",
         {.type = PSA_KEY_TYPE_DERIVE, .usage = 1U << 30},
         PSA_ERROR_INVALID_ARGUMENT},
        {"persistent, and nobody keeps",
         {.type = PSA_KEY_TYPE_DERIVE, .lifetime = 1, .id = 5},
         PSA_ERROR_NOT_PERMITTED},
        {"an id and no lifetime",
         {.type = PSA_KEY_TYPE_DERIVE, .id = 5},
         PSA_ERROR_INVALID_ARGUMENT},
        {"elsewhere", {.type = PSA_KEY_TYPE_DERIVE, .lifetime = 0x100}, PSA_ERROR_INVALID_ARGUMENT},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa_call call = {.attributes = rows[i].form};
        vc_psa_status status = agree_key(psa, key, ECDH, vc_fixture_view(&peer), &call);

        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].name, status);
        if (status == PSA_SUCCESS)
            vc_fixture_destroy(psa, call.key);
    }
    assert_int_equal(psa->key_count, 1);
    vc_psa_free(psa);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_keys_that_do_not_fit),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_what_becomes_of_it),
    };

    return cmocka_run_group_tests_name("psa-agree", tests, nullptr, nullptr);
}
