/* SPDX-License-Identifier: MIT */

/* Message authentication codes as programs have them. */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "psa/symmetric_fixture.h"

enum { BYTES_MAX = 64, MAC_MAX = 64 };

#define HMAC PSA_ALG_HMAC(PSA_ALG_SHA_256)

static constexpr psa_algorithm_t SM3 = 0x02000014; /* nobody else has it */
static constexpr psa_key_usage_t BOTH = PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE;

/* RFC 4231 test cases 1 and 5; RFC 4493 examples 1 and 3. */
static const struct vector {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t algorithm;
    const char *key, *text, *mac;
} vectors[] = {
    {"HMAC-SHA-256", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256),
     "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"HMAC-SHA-512", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_512),
     "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"HMAC-SHA-256, 16 bytes", PSA_KEY_TYPE_HMAC,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_256), 16),
     "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "546573742057697468205472756e636174696f6e",
     "a3b6167473100ee06e0c796c2955552b"},
    {"CMAC of nothing", PSA_KEY_TYPE_AES, PSA_ALG_CMAC, "2b7e151628aed2a6abf7158809cf4f3c", "",
     "bb1d6929e95937287fa37d129b756746"},
    {"CMAC", PSA_KEY_TYPE_AES, PSA_ALG_CMAC, "2b7e151628aed2a6abf7158809cf4f3c",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
     "dfa66747de9ae63030ca32611497c827"},
};

struct bytes {
    uint8_t data[BYTES_MAX];
    size_t size;
};

static struct bytes read_hex(const char *text)
{
    struct bytes bytes = {.size = strlen(text) / 2};

    if (bytes.size > 0)
        assert_int_equal(vc_hex_parse(text, bytes.data, bytes.size, nullptr), VC_OK);
    return bytes;
}

static struct vc_bytes view(const struct bytes *bytes)
{
    return (struct vc_bytes){bytes->data, bytes->size};
}

static uint32_t make_key(struct vc_psa *psa, const struct vector *vector, psa_key_usage_t usage)
{
    const struct vc_psa_attributes attributes = {
        .usage = usage, .algorithm = vector->algorithm, .type = vector->type};
    const struct bytes material = read_hex(vector->key);

    return vc_symmetric_key(psa, &attributes, view(&material));
}

/* ---- the functions ---- */

static vc_psa_status compute(struct vc_psa *psa, const uint32_t values[2], struct vc_bytes text,
                             struct vc_psa_output *mac)
{
    struct vc_psa_call call = {
        .values = {values[0], values[1]}, .inputs[0] = text, .outputs[0] = *mac};
    vc_psa_status status = vc_psa_do_mac_compute(psa, &call);

    *mac = call.outputs[0];
    return status;
}

static vc_psa_status verify(struct vc_psa *psa, const uint32_t values[2], struct vc_bytes text,
                            struct vc_bytes mac)
{
    struct vc_psa_call call = {.values = {values[0], values[1]}, .inputs = {text, mac}};

    return vc_psa_do_mac_verify(psa, &call);
}

static vc_psa_status set_up(struct vc_psa *psa, vc_psa_handler *function, const uint32_t values[2],
                            uint32_t *handle)
{
    struct vc_psa_call call = {.values = {values[0], values[1]}, .operation = *handle};
    vc_psa_status status = function(psa, &call);

    *handle = call.operation;
    return status;
}

static vc_psa_status pass(struct vc_psa *psa, vc_psa_handler *function, struct vc_bytes input,
                          struct vc_psa_output *output, uint32_t *handle)
{
    struct vc_psa_call call = {.inputs[0] = input, .operation = *handle};
    vc_psa_status status;

    if (output != nullptr)
        call.outputs[0] = *output;
    status = function(psa, &call);
    *handle = call.operation;
    if (output != nullptr)
        *output = call.outputs[0];
    return status;
}

/* ---- values ---- */

static void in_pieces(struct vc_psa *psa, const uint32_t values[2], const struct bytes *text,
                      const struct bytes *mac)
{
    for (size_t cut = 0; cut <= text->size; cut++) {
        struct vc_bytes head = {text->data, cut}, tail = {text->data + cut, text->size - cut};
        uint32_t signs = 0, verifies = 0;
        uint8_t made[MAC_MAX];
        struct vc_psa_output output = {made, mac->size, 0};

        assert_int_equal(set_up(psa, vc_psa_do_mac_sign_setup, values, &signs), PSA_SUCCESS);
        assert_int_equal(set_up(psa, vc_psa_do_mac_verify_setup, values, &verifies), PSA_SUCCESS);
        assert_int_equal(pass(psa, vc_psa_do_mac_update, head, nullptr, &signs), PSA_SUCCESS);
        assert_int_equal(pass(psa, vc_psa_do_mac_update, head, nullptr, &verifies), PSA_SUCCESS);
        assert_int_equal(pass(psa, vc_psa_do_mac_update, tail, nullptr, &signs), PSA_SUCCESS);
        assert_int_equal(pass(psa, vc_psa_do_mac_update, tail, nullptr, &verifies), PSA_SUCCESS);
        assert_int_equal(pass(psa, vc_psa_do_mac_sign_finish, (struct vc_bytes){}, &output, &signs),
                         PSA_SUCCESS);
        assert_int_equal(output.size, mac->size);
        assert_memory_equal(made, mac->data, mac->size);
        assert_int_equal(pass(psa, vc_psa_do_mac_verify_finish, view(mac), nullptr, &verifies),
                         PSA_SUCCESS);
        assert_int_equal(signs | verifies, 0);
    }
}

static void test_vectors(void **)
{
    struct vc_psa *psa = vc_symmetric_service(false); /* nothing here is random */

    for (size_t i = 0; i < VC_COUNT(vectors); i++) {
        const uint32_t values[] = {make_key(psa, &vectors[i], BOTH), vectors[i].algorithm};
        const struct bytes text = read_hex(vectors[i].text), mac = read_hex(vectors[i].mac);
        uint8_t made[MAC_MAX + 1];
        struct vc_psa_output output;

        for (size_t room = 0; room <= mac.size + 1; room++) {
            memset(made, 0x5a, sizeof(made));
            output = (struct vc_psa_output){made, room, 0};
            assert_int_equal(compute(psa, values, view(&text), &output),
                             room < mac.size ? PSA_ERROR_BUFFER_TOO_SMALL : PSA_SUCCESS);
            for (size_t j = room; j < sizeof(made); j++)
                assert_int_equal(made[j], 0x5a);
        }
        assert_int_equal(output.size, mac.size);
        assert_memory_equal(made, mac.data, mac.size);
        assert_int_equal(verify(psa, values, view(&text), view(&mac)), PSA_SUCCESS);
        in_pieces(psa, values, &text, &mac);

        memcpy(made, text.data, text.size); /* the text is where the code goes */
        output = (struct vc_psa_output){made, sizeof(made), 0};
        assert_int_equal(compute(psa, values, (struct vc_bytes){made, text.size}, &output), 0);
        assert_memory_equal(made, mac.data, mac.size);
    }
    vc_psa_free(psa);
}

static void assert_differs(struct vc_psa *psa, const uint32_t values[2], struct vc_bytes text,
                           struct vc_bytes mac)
{
    uint32_t handle = 0;

    assert_int_equal(verify(psa, values, text, mac), PSA_ERROR_INVALID_SIGNATURE);
    assert_int_equal(set_up(psa, vc_psa_do_mac_verify_setup, values, &handle), PSA_SUCCESS);
    assert_int_equal(pass(psa, vc_psa_do_mac_update, text, nullptr, &handle), PSA_SUCCESS);
    assert_int_equal(pass(psa, vc_psa_do_mac_verify_finish, mac, nullptr, &handle),
                     PSA_ERROR_INVALID_SIGNATURE);
    assert_int_equal(handle, 0);
}

static void test_other_codes(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    size_t flips = 0;

    for (size_t i = 0; i < VC_COUNT(vectors); i++) {
        const uint32_t values[] = {make_key(psa, &vectors[i], BOTH), vectors[i].algorithm};
        struct bytes text = read_hex(vectors[i].text), mac = read_hex(vectors[i].mac);

        for (size_t bit = 0; bit < mac.size * CHAR_BIT; bit++, flips++) {
            mac.data[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
            assert_differs(psa, values, view(&text), view(&mac));
            mac.data[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
        }
        for (size_t bit = 0; bit < text.size * CHAR_BIT; bit++, flips++) {
            text.data[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
            assert_differs(psa, values, view(&text), view(&mac));
            text.data[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
        }
        for (size_t size = 0; size < mac.size; size++)
            assert_differs(psa, values, view(&text), (struct vc_bytes){mac.data, size});
    }
    print_message("# %zu flips\n", flips);
    vc_psa_free(psa);
}

/* HMAC is not the core's: keys of all sizes, codes of all sizes. */
static void test_beside_the_core(void **)
{
    static const psa_algorithm_t hashes[] = {
        PSA_ALG_MD5,      PSA_ALG_RIPEMD160, PSA_ALG_SHA_1,    PSA_ALG_SHA_224,
        PSA_ALG_SHA_256,  PSA_ALG_SHA_384,   PSA_ALG_SHA_512,  PSA_ALG_SHA3_224,
        PSA_ALG_SHA3_256, PSA_ALG_SHA3_384,  PSA_ALG_SHA3_512,
    };
    struct vc_psa *psa = vc_symmetric_service(true);
    uint64_t random = 0;

    for (size_t i = 0; i < 40 * VC_COUNT(hashes); i++) {
        psa_algorithm_t whole = PSA_ALG_HMAC(hashes[i % VC_COUNT(hashes)]);
        size_t cut = 4 + vc_symmetric_random(&random, PSA_MAC_MAX_SIZE - 3);
        psa_algorithm_t algorithm = i % 2 == 0 ? whole : PSA_ALG_TRUNCATED_MAC(whole, cut);
        const struct vc_psa_attributes attributes = {
            .usage = BOTH, .algorithm = algorithm, .type = PSA_KEY_TYPE_HMAC};
        uint8_t key[200], text[300], ours[MAC_MAX], core[MAC_MAX];
        struct vc_bytes material = {key, 1 + vc_symmetric_random(&random, sizeof(key))};
        struct vc_bytes input = {text, vc_symmetric_random(&random, sizeof(text) + 1)};
        struct vc_psa_output mac = {ours, sizeof(ours), 0};
        size_t size = 0;

        vc_symmetric_fill(&random, key, sizeof(key));
        vc_symmetric_fill(&random, text, sizeof(text));
        const uint32_t values[] = {vc_symmetric_key(psa, &attributes, material), algorithm};
        struct vc_psa_call destroy = {.values[0] = values[0]};
        vc_psa_status wanted = psa_mac_compute(vc_psa_core_id(psa, values[0]), algorithm, text,
                                               input.size, core, sizeof(core), &size);

        assert_int_equal(compute(psa, values, input, &mac), wanted);
        if (wanted == PSA_SUCCESS) {
            assert_int_equal(mac.size, size);
            assert_memory_equal(ours, core, size);
            assert_int_equal(verify(psa, values, input, (struct vc_bytes){core, size}), 0);
        }
        assert_int_equal(vc_psa_do_destroy_key(psa, &destroy), PSA_SUCCESS);
    }
    vc_psa_free(psa);
}

/* ---- rights ---- */

static const struct {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t policy;
    psa_key_usage_t usage;
    psa_algorithm_t algorithm;
    vc_psa_status sign, verify;
} rights[] = {
    {"may not verify", PSA_KEY_TYPE_AES, PSA_ALG_CMAC, PSA_KEY_USAGE_SIGN_MESSAGE, PSA_ALG_CMAC,
     PSA_SUCCESS, PSA_ERROR_NOT_PERMITTED},
    {"may not sign", PSA_KEY_TYPE_AES, PSA_ALG_CMAC, PSA_KEY_USAGE_VERIFY_MESSAGE, PSA_ALG_CMAC,
     PSA_ERROR_NOT_PERMITTED, PSA_SUCCESS},
    {"may encrypt", PSA_KEY_TYPE_AES, PSA_ALG_CMAC, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CMAC,
     PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"another algorithm", PSA_KEY_TYPE_AES, PSA_ALG_CTR, BOTH, PSA_ALG_CMAC,
     PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"another hash", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256), BOTH,
     PSA_ALG_HMAC(PSA_ALG_SHA_512), PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"shorter", PSA_KEY_TYPE_AES, PSA_ALG_CMAC, BOTH, PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 8),
     PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"at least 8, and 8", PSA_KEY_TYPE_AES, PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(PSA_ALG_CMAC, 8), BOTH,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 8), PSA_SUCCESS, PSA_SUCCESS},
    {"at least 8, and all", PSA_KEY_TYPE_AES, PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(PSA_ALG_CMAC, 8),
     BOTH, PSA_ALG_CMAC, PSA_SUCCESS, PSA_SUCCESS},
    {"at least 8, and 7", PSA_KEY_TYPE_AES, PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(PSA_ALG_CMAC, 8), BOTH,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 7), PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"longer than it is", PSA_KEY_TYPE_AES, PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 17), BOTH,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 17), PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"HMAC, may not verify", PSA_KEY_TYPE_HMAC, HMAC, PSA_KEY_USAGE_SIGN_MESSAGE, HMAC, PSA_SUCCESS,
     PSA_ERROR_NOT_PERMITTED},
    {"HMAC, may not sign", PSA_KEY_TYPE_HMAC, HMAC, PSA_KEY_USAGE_VERIFY_MESSAGE, HMAC,
     PSA_ERROR_NOT_PERMITTED, PSA_SUCCESS},
    {"HMAC, shorter", PSA_KEY_TYPE_HMAC, HMAC, BOTH, PSA_ALG_TRUNCATED_MAC(HMAC, 31),
     PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"HMAC, at least 16, and 16", PSA_KEY_TYPE_HMAC, PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(HMAC, 16),
     BOTH, PSA_ALG_TRUNCATED_MAC(HMAC, 16), PSA_SUCCESS, PSA_SUCCESS},
    {"HMAC, at least 16, and 15", PSA_KEY_TYPE_HMAC, PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(HMAC, 16),
     BOTH, PSA_ALG_TRUNCATED_MAC(HMAC, 15), PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"HMAC, a wildcard is no algorithm", PSA_KEY_TYPE_HMAC,
     PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(HMAC, 16), BOTH, PSA_ALG_AT_LEAST_THIS_LENGTH_MAC(HMAC, 16),
     PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT},
    {"HMAC of SHA-512/256", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_512_256), BOTH,
     PSA_ALG_HMAC(PSA_ALG_SHA_512_256), PSA_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_SUPPORTED},
    {"HMAC of SHA-512/256, shorter", PSA_KEY_TYPE_HMAC,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_512_256), 8), BOTH,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_512_256), 8), PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
    {"HMAC of SHAKE, shorter", PSA_KEY_TYPE_HMAC,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHAKE256_512), 8), BOTH,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHAKE256_512), 8), PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
    {"HMAC of SM3", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(SM3), BOTH, PSA_ALG_HMAC(SM3),
     PSA_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_SUPPORTED},
    {"HMAC of SM3, shorter", PSA_KEY_TYPE_HMAC, PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(SM3), 8), BOTH,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(SM3), 8), PSA_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_SUPPORTED},
    {"HMAC of SM3, for another", PSA_KEY_TYPE_HMAC, HMAC, BOTH, PSA_ALG_HMAC(SM3),
     PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"HMAC of SHA-256, longer than it is", PSA_KEY_TYPE_HMAC, PSA_ALG_TRUNCATED_MAC(HMAC, 33), BOTH,
     PSA_ALG_TRUNCATED_MAC(HMAC, 33), PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT},
    {"CMAC of Camellia", PSA_KEY_TYPE_CAMELLIA, PSA_ALG_CMAC, BOTH, PSA_ALG_CMAC,
     PSA_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_SUPPORTED},
    {"CMAC of ARIA", PSA_KEY_TYPE_ARIA, PSA_ALG_CMAC, BOTH, PSA_ALG_CMAC, PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
    {"CMAC of ARIA, shorter", PSA_KEY_TYPE_ARIA, PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 8), BOTH,
     PSA_ALG_TRUNCATED_MAC(PSA_ALG_CMAC, 8), PSA_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_SUPPORTED},
    {"CMAC of ARIA, not permitted", PSA_KEY_TYPE_ARIA, PSA_ALG_CTR, BOTH, PSA_ALG_CMAC,
     PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"CMAC of a stream cipher", PSA_KEY_TYPE_CHACHA20, PSA_ALG_CMAC, BOTH, PSA_ALG_CMAC,
     PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT},
    {"HMAC with a key of ARIA", PSA_KEY_TYPE_ARIA, PSA_ALG_HMAC(SM3), BOTH, PSA_ALG_HMAC(SM3),
     PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT},
    {"of another type", PSA_KEY_TYPE_AES, PSA_ALG_HMAC(PSA_ALG_SHA_256), BOTH,
     PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT},
    {"no code", PSA_KEY_TYPE_AES, PSA_ALG_CTR, BOTH, PSA_ALG_CTR, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
};

static void test_rights(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    const uint8_t zeros[32] = {};

    for (size_t i = 0; i < VC_COUNT(rights); i++) {
        const struct vc_psa_attributes attributes = {
            .usage = rights[i].usage, .algorithm = rights[i].policy, .type = rights[i].type};
        const uint32_t values[] = {vc_symmetric_key(psa, &attributes, VC_BYTES(zeros)),
                                   rights[i].algorithm};
        const uint32_t forged[] = {values[0] + 1, PSA_ALG_CMAC};
        uint32_t signs = 0, verifies = 0;
        uint8_t mac[MAC_MAX];
        struct vc_psa_output output = {mac, sizeof(mac), 0};
        vc_psa_status status = compute(psa, values, VC_BYTES(zeros), &output);

        if (status != rights[i].sign)
            fail_msg("%s: %d", rights[i].name, status);
        status = verify(psa, values, VC_BYTES(zeros), VC_BYTES(zeros));
        if ((status == PSA_ERROR_INVALID_SIGNATURE ? PSA_SUCCESS : status) != rights[i].verify)
            fail_msg("%s: %d", rights[i].name, status);
        assert_int_equal(set_up(psa, vc_psa_do_mac_sign_setup, values, &signs), rights[i].sign);
        assert_int_equal(set_up(psa, vc_psa_do_mac_verify_setup, values, &verifies),
                         rights[i].verify);
        assert_int_equal(signs != 0, rights[i].sign == PSA_SUCCESS);
        assert_int_equal(verifies != 0, rights[i].verify == PSA_SUCCESS);
        signs = 0;
        assert_int_equal(set_up(psa, vc_psa_do_mac_sign_setup, forged, &signs),
                         PSA_ERROR_INVALID_HANDLE);
        assert_int_equal(compute(psa, forged, VC_BYTES(zeros), &output), PSA_ERROR_INVALID_HANDLE);
    }
    vc_psa_free(psa);
}

/* ---- states ---- */

static vc_psa_status step_sign(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    return set_up(psa, vc_psa_do_mac_sign_setup, user, handle);
}

static vc_psa_status step_verify(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    return set_up(psa, vc_psa_do_mac_verify_setup, user, handle);
}

static vc_psa_status step_update(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return pass(psa, vc_psa_do_mac_update, (struct vc_bytes){(const uint8_t *)"abc", 3}, nullptr,
                handle);
}

static vc_psa_status finish(struct vc_psa *psa, size_t room, uint32_t *handle)
{
    uint8_t mac[MAC_MAX];
    struct vc_psa_output output = {mac, room, 0};

    return pass(psa, vc_psa_do_mac_sign_finish, (struct vc_bytes){}, &output, handle);
}

static vc_psa_status step_finish(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return finish(psa, MAC_MAX, handle);
}

static vc_psa_status step_finish_small(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return finish(psa, 15, handle);
}

static vc_psa_status step_verify_finish(struct vc_psa *psa, const void *, uint32_t *handle)
{
    static const uint8_t mac[16];

    return pass(psa, vc_psa_do_mac_verify_finish, VC_BYTES(mac), nullptr, handle);
}

static vc_psa_status step_abort(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return pass(psa, vc_psa_do_mac_abort, (struct vc_bytes){}, nullptr, handle);
}

static const struct vc_symmetric_step STEPS[] = {
    {'s', step_sign},         {'w', step_verify},        {'u', step_update}, {'f', step_finish},
    {'F', step_finish_small}, {'v', step_verify_finish}, {'x', step_abort},  {},
};

static void test_states(void **)
{
    static const struct vc_symmetric_script scripts[] = {
        {"signed", "suuf", PSA_SUCCESS},
        {"of nothing", "sf", PSA_SUCCESS},
        {"used again", "sufsufwuxsf", PSA_SUCCESS},
        {"aborted twice", "sxx", PSA_SUCCESS},
        {"not verified", "wuv", PSA_ERROR_INVALID_SIGNATURE},
        {"set up twice", "ss", PSA_ERROR_BAD_STATE},
        {"set up twice, otherwise", "sw", PSA_ERROR_BAD_STATE},
        {"not set up, update", "u", PSA_ERROR_BAD_STATE},
        {"not set up, finish", "f", PSA_ERROR_BAD_STATE},
        {"not set up, verify", "v", PSA_ERROR_BAD_STATE},
        {"finish to verify", "wuf", PSA_ERROR_BAD_STATE},
        {"verify to sign", "suv", PSA_ERROR_BAD_STATE},
        {"update after finish", "sufu", PSA_ERROR_BAD_STATE},
        {"finish twice", "suff", PSA_ERROR_BAD_STATE},
        {"no room", "suF", PSA_ERROR_BUFFER_TOO_SMALL},
    };
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(vectors); i++) {
        const uint32_t values[] = {make_key(psa, &vectors[i], BOTH), vectors[i].algorithm};

        for (size_t j = 0; j < VC_COUNT(scripts); j++)
            vc_symmetric_run(psa, &scripts[j], STEPS, values);
    }
    vc_psa_free(psa);
}

static void test_forged_handles(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    const uint32_t values[] = {make_key(psa, &vectors[4], BOTH), PSA_ALG_CMAC};
    struct vc_psa_call hash = {.values[0] = PSA_ALG_SHA_256};
    uint32_t real = 0;

    assert_int_equal(vc_psa_do_hash_setup(psa, &hash), PSA_SUCCESS);
    assert_int_equal(step_sign(psa, values, &real), PSA_SUCCESS);
    const uint32_t forged[] = {hash.operation, real + 1, real | VC_PSA_HANDLE_STORED, UINT32_MAX};

    for (size_t i = 0; i < VC_COUNT(forged); i++) {
        for (const struct vc_symmetric_step *step = STEPS; step->letter != 0; step++) {
            uint32_t handle = forged[i];

            assert_int_equal(step->take(psa, values, &handle),
                             step->letter == 'x' ? PSA_SUCCESS : PSA_ERROR_BAD_STATE);
            assert_int_equal(handle, 0);
        }
    }
    assert_int_equal(psa->operation_count, 2);
    assert_int_equal(step_finish(psa, values, &real), PSA_SUCCESS);
    vc_psa_free(psa);
}

static void test_destroyed_keys(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(vectors); i++) {
        const uint32_t values[] = {make_key(psa, &vectors[i], BOTH), vectors[i].algorithm};
        struct vc_psa_call destroy = {.values[0] = values[0]};
        uint32_t handle = 0;

        assert_int_equal(step_sign(psa, values, &handle), PSA_SUCCESS);
        assert_int_equal(vc_psa_do_destroy_key(psa, &destroy), PSA_SUCCESS);
        assert_int_equal(psa->operation_count, 0);
        assert_int_equal(step_update(psa, values, &handle), PSA_ERROR_BAD_STATE);
    }
    vc_psa_free(psa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),         cmocka_unit_test(test_other_codes),
        cmocka_unit_test(test_beside_the_core), cmocka_unit_test(test_rights),
        cmocka_unit_test(test_states),          cmocka_unit_test(test_forged_handles),
        cmocka_unit_test(test_destroyed_keys),
    };

    return cmocka_run_group_tests_name("psa-mac", tests, nullptr, nullptr);
}
