/* SPDX-License-Identifier: MIT */

/* Hashes as programs have them: values, sizes of buffers, states, copies. */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "psa/symmetric_fixture.h"

enum { DIGEST_MAX = 64, SHA256_SIZE = 32 };

/* The specification has them, the core does not. */
static constexpr psa_algorithm_t MD2 = 0x02000001;
static constexpr psa_algorithm_t MD4 = 0x02000002;

static const struct vc_bytes ABC = {(const uint8_t *)"abc", 3};

/* FIPS 180-4. */
static const uint8_t ABC_SHA256[SHA256_SIZE] = {
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};

static const struct {
    const char *name;
    size_t size;
    psa_algorithm_t algorithm;
    bool core; /* knows it, too */
} algorithms[] = {
    {"MD5", 16, PSA_ALG_MD5, true},
    {"RIPEMD-160", 20, PSA_ALG_RIPEMD160, true},
    {"SHA-1", 20, PSA_ALG_SHA_1, true},
    {"SHA-224", 28, PSA_ALG_SHA_224, true},
    {"SHA-256", 32, PSA_ALG_SHA_256, true},
    {"SHA-384", 48, PSA_ALG_SHA_384, true},
    {"SHA-512", 64, PSA_ALG_SHA_512, true},
    {"SHA-512/224", 28, PSA_ALG_SHA_512_224, false},
    {"SHA-512/256", 32, PSA_ALG_SHA_512_256, false},
    {"SHA3-224", 28, PSA_ALG_SHA3_224, true},
    {"SHA3-256", 32, PSA_ALG_SHA3_256, true},
    {"SHA3-384", 48, PSA_ALG_SHA3_384, true},
    {"SHA3-512", 64, PSA_ALG_SHA3_512, true},
    {"SHAKE256, 512 bits", 64, PSA_ALG_SHAKE256_512, false},
};

static vc_psa_status compute(struct vc_psa *psa, psa_algorithm_t algorithm, struct vc_bytes input,
                             struct vc_psa_output *output)
{
    struct vc_psa_call call = {.values[0] = algorithm, .inputs[0] = input, .outputs[0] = *output};
    vc_psa_status status = vc_psa_do_hash_compute(psa, &call);

    *output = call.outputs[0];
    return status;
}

static vc_psa_status compare(struct vc_psa *psa, psa_algorithm_t algorithm, struct vc_bytes digest)
{
    struct vc_psa_call call = {.values[0] = algorithm, .inputs = {ABC, digest}};

    return vc_psa_do_hash_compare(psa, &call);
}

static vc_psa_status set_up(struct vc_psa *psa, psa_algorithm_t algorithm, uint32_t *handle)
{
    struct vc_psa_call call = {.values[0] = algorithm, .operation = *handle};
    vc_psa_status status = vc_psa_do_hash_setup(psa, &call);

    *handle = call.operation;
    return status;
}

static vc_psa_status update(struct vc_psa *psa, struct vc_bytes input, uint32_t *handle)
{
    struct vc_psa_call call = {.inputs[0] = input, .operation = *handle};
    vc_psa_status status = vc_psa_do_hash_update(psa, &call);

    *handle = call.operation;
    return status;
}

static vc_psa_status finish(struct vc_psa *psa, struct vc_psa_output *output, uint32_t *handle)
{
    struct vc_psa_call call = {.outputs[0] = *output, .operation = *handle};
    vc_psa_status status = vc_psa_do_hash_finish(psa, &call);

    *handle = call.operation;
    *output = call.outputs[0];
    return status;
}

static vc_psa_status verify(struct vc_psa *psa, struct vc_bytes digest, uint32_t *handle)
{
    struct vc_psa_call call = {.inputs[0] = digest, .operation = *handle};
    vc_psa_status status = vc_psa_do_hash_verify(psa, &call);

    *handle = call.operation;
    return status;
}

static void finish_abort(struct vc_psa *psa, uint32_t *handle)
{
    struct vc_psa_call call = {.operation = *handle};

    assert_int_equal(vc_psa_do_hash_abort(psa, &call), PSA_SUCCESS);
    assert_int_equal(call.operation, 0);
    *handle = 0;
}

static vc_psa_status clone(struct vc_psa *psa, uint32_t source, uint32_t *target)
{
    struct vc_psa_call call = {.operation = source, .operation2 = *target};
    vc_psa_status status = vc_psa_do_hash_clone(psa, &call);

    assert_int_equal(call.operation, source);
    *target = call.operation2;
    return status;
}

/* ---- values ---- */

/* In pieces and in one call, against the core where it knows the algorithm. */
static void test_values(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint8_t input[500], digest[DIGEST_MAX], again[DIGEST_MAX], core[DIGEST_MAX];
    uint64_t random = 0;
    size_t size;

    for (size_t i = 0; i < 50 * VC_COUNT(algorithms); i++) {
        psa_algorithm_t algorithm = algorithms[i % VC_COUNT(algorithms)].algorithm;
        size_t wanted = algorithms[i % VC_COUNT(algorithms)].size;
        size_t input_size = vc_symmetric_random(&random, sizeof(input) + 1);
        size_t cut = vc_symmetric_random(&random, input_size + 1);
        struct vc_psa_output one = {digest, sizeof(digest), 0}, two = {again, wanted, 0};
        uint32_t handle = 0;

        vc_symmetric_fill(&random, input, input_size);
        assert_int_equal(compute(psa, algorithm, (struct vc_bytes){input, input_size}, &one), 0);
        assert_int_equal(one.size, wanted);
        assert_int_equal(set_up(psa, algorithm, &handle), PSA_SUCCESS);
        assert_int_equal(update(psa, (struct vc_bytes){input, cut}, &handle), PSA_SUCCESS);
        assert_int_equal(update(psa, (struct vc_bytes){input + cut, input_size - cut}, &handle),
                         PSA_SUCCESS);
        assert_int_equal(finish(psa, &two, &handle), PSA_SUCCESS);
        assert_int_equal(handle, 0);
        assert_int_equal(two.size, wanted);
        assert_memory_equal(digest, again, wanted);
        if (!algorithms[i % VC_COUNT(algorithms)].core)
            continue;
        assert_int_equal(psa_hash_compute(algorithm, input, input_size, core, sizeof(core), &size),
                         0);
        assert_int_equal(size, wanted);
        assert_memory_equal(digest, core, wanted);
    }
    vc_psa_free(psa);
}

static void test_input_where_the_digest_goes(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint8_t both[SHA256_SIZE] = "abc";
    struct vc_psa_output output = {both, sizeof(both), 0};

    assert_int_equal(compute(psa, PSA_ALG_SHA_256, (struct vc_bytes){both, 3}, &output), 0);
    assert_memory_equal(both, ABC_SHA256, SHA256_SIZE);
    vc_psa_free(psa);
}

/* ---- refusals ---- */

static void test_algorithms(void **)
{
    static const struct {
        const char *name;
        psa_algorithm_t algorithm;
        vc_psa_status status;
    } rows[] = {
        {"MD2", MD2, PSA_ERROR_NOT_SUPPORTED},
        {"MD4", MD4, PSA_ERROR_NOT_SUPPORTED},
        {"none", PSA_ALG_NONE, PSA_ERROR_INVALID_ARGUMENT},
        {"any hash", PSA_ALG_ANY_HASH, PSA_ERROR_NOT_SUPPORTED},
        {"of no hash", PSA_ALG_CATEGORY_HASH, PSA_ERROR_NOT_SUPPORTED},
        {"HMAC", PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_ERROR_INVALID_ARGUMENT},
        {"all bits", UINT32_MAX, PSA_ERROR_INVALID_ARGUMENT},
    };
    struct vc_psa *psa = vc_symmetric_service(true);
    uint8_t digest[DIGEST_MAX];

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa_output output = {digest, sizeof(digest), 0};
        uint32_t handle = 0;

        assert_int_equal(compute(psa, rows[i].algorithm, ABC, &output), rows[i].status);
        assert_int_equal(output.size, 0);
        assert_int_equal(compare(psa, rows[i].algorithm, ABC), rows[i].status);
        assert_int_equal(set_up(psa, rows[i].algorithm, &handle), rows[i].status);
        assert_int_equal(handle, 0);
    }
    vc_psa_free(psa);
}

static void test_rooms(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(algorithms); i++) {
        for (size_t room = 0; room <= algorithms[i].size + 1; room++) {
            bool fits = room >= algorithms[i].size;
            uint8_t digest[DIGEST_MAX + 2];
            struct vc_psa_output one = {digest, room, 0}, two = one;
            uint32_t handle = 0;

            memset(digest, 0x5a, sizeof(digest));
            assert_int_equal(compute(psa, algorithms[i].algorithm, ABC, &one),
                             fits ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
            assert_int_equal(one.size, fits ? algorithms[i].size : 0);
            assert_int_equal(set_up(psa, algorithms[i].algorithm, &handle), PSA_SUCCESS);
            assert_int_equal(finish(psa, &two, &handle),
                             fits ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
            assert_int_equal(two.size, fits ? algorithms[i].size : 0);
            assert_int_equal(handle, 0);
            for (size_t j = fits ? algorithms[i].size : 0; j < sizeof(digest); j++)
                assert_int_equal(digest[j], 0x5a);
        }
    }
    vc_psa_free(psa);
}

static void assert_differs(struct vc_psa *psa, struct vc_bytes digest)
{
    uint32_t handle = 0;

    assert_int_equal(compare(psa, PSA_ALG_SHA_256, digest), PSA_ERROR_INVALID_SIGNATURE);
    assert_int_equal(set_up(psa, PSA_ALG_SHA_256, &handle), PSA_SUCCESS);
    assert_int_equal(update(psa, ABC, &handle), PSA_SUCCESS);
    assert_int_equal(verify(psa, digest, &handle), PSA_ERROR_INVALID_SIGNATURE);
    assert_int_equal(handle, 0);
}

static void test_other_digests(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint8_t digest[SHA256_SIZE + 1] = {};

    memcpy(digest, ABC_SHA256, SHA256_SIZE);
    assert_int_equal(compare(psa, PSA_ALG_SHA_256, VC_BYTES(ABC_SHA256)), PSA_SUCCESS);
    for (size_t bit = 0; bit < (size_t)SHA256_SIZE * CHAR_BIT; bit++) {
        digest[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
        assert_differs(psa, (struct vc_bytes){digest, SHA256_SIZE});
        digest[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
    }
    for (size_t size = 0; size <= sizeof(digest); size++) {
        if (size != SHA256_SIZE)
            assert_differs(psa, (struct vc_bytes){digest, size});
    }
    vc_psa_free(psa);
}

/* ---- states ---- */

static vc_psa_status step_setup(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return set_up(psa, PSA_ALG_SHA_256, handle);
}

static vc_psa_status step_bad_setup(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return set_up(psa, MD2, handle);
}

static vc_psa_status step_update(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return update(psa, ABC, handle);
}

static vc_psa_status step_finish(struct vc_psa *psa, const void *, uint32_t *handle)
{
    uint8_t digest[SHA256_SIZE];
    struct vc_psa_output output = {digest, sizeof(digest), 0};

    return finish(psa, &output, handle);
}

static vc_psa_status step_finish_small(struct vc_psa *psa, const void *, uint32_t *handle)
{
    uint8_t digest[SHA256_SIZE - 1];
    struct vc_psa_output output = {digest, sizeof(digest), 0};

    return finish(psa, &output, handle);
}

static vc_psa_status step_verify(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return verify(psa, VC_BYTES(ABC_SHA256), handle);
}

/* "abc", suspended: the words of FIPS 180-4, 5.3.3 are what it began with. */
static const uint8_t ABC_STATE[] = {
    0x02, 0x00, 0x00, 0x09, 0,    0,    0,    0,    0,    0,    0,    3,    0x6a, 0x09, 0xe6, 0x67,
    0xbb, 0x67, 0xae, 0x85, 0x3c, 0x6e, 0xf3, 0x72, 0xa5, 0x4f, 0xf5, 0x3a, 0x51, 0x0e, 0x52, 0x7f,
    0x9b, 0x05, 0x68, 0x8c, 0x1f, 0x83, 0xd9, 0xab, 0x5b, 0xe0, 0xcd, 0x19, 'a',  'b',  'c'};

static vc_psa_status step_suspend(struct vc_psa *psa, const void *, uint32_t *handle)
{
    uint8_t state[512];
    struct vc_psa_call call = {.operation = *handle, .outputs[0] = {state, sizeof(state), 0}};
    vc_psa_status status = vc_psa_do_hash_suspend(psa, &call);

    assert_int_equal(call.outputs[0].size, status == PSA_SUCCESS ? sizeof(ABC_STATE) : 0);
    if (status == PSA_SUCCESS)
        assert_memory_equal(state, ABC_STATE, sizeof(ABC_STATE));
    *handle = call.operation;
    return status;
}

static vc_psa_status step_resume(struct vc_psa *psa, const void *, uint32_t *handle)
{
    struct vc_psa_call call = {.operation = *handle, .inputs[0] = VC_BYTES(ABC_STATE)};
    vc_psa_status status = vc_psa_do_hash_resume(psa, &call);

    *handle = call.operation;
    return status;
}

static vc_psa_status step_abort(struct vc_psa *psa, const void *, uint32_t *handle)
{
    finish_abort(psa, handle);
    return PSA_SUCCESS;
}

static const struct vc_symmetric_step STEPS[] = {
    {'s', step_setup},        {'S', step_bad_setup},
    {'u', step_update},       {'f', step_finish},
    {'F', step_finish_small}, {'v', step_verify},
    {'p', step_suspend},      {'r', step_resume},
    {'x', step_abort},        {},
};

static void test_states(void **)
{
    static const struct vc_symmetric_script scripts[] = {
        {"verified", "suv", PSA_SUCCESS},
        {"of nothing", "sf", PSA_SUCCESS},
        {"used again", "sufsuvsx", PSA_SUCCESS},
        {"aborted twice", "sxx", PSA_SUCCESS},
        {"aborted before", "xsuv", PSA_SUCCESS},
        {"set up twice", "ss", PSA_ERROR_BAD_STATE},
        {"set up twice, later", "sus", PSA_ERROR_BAD_STATE},
        {"set up for what there is not", "S", PSA_ERROR_NOT_SUPPORTED},
        {"not set up, update", "u", PSA_ERROR_BAD_STATE},
        {"not set up, finish", "f", PSA_ERROR_BAD_STATE},
        {"not set up, verify", "v", PSA_ERROR_BAD_STATE},
        {"not set up, suspend", "p", PSA_ERROR_BAD_STATE},
        {"update after finish",
         "suf"
         "u",
         PSA_ERROR_BAD_STATE},
        {"update after verify",
         "suv"
         "u",
         PSA_ERROR_BAD_STATE},
        {"finish twice", "sff", PSA_ERROR_BAD_STATE},
        {"verify twice", "suvv", PSA_ERROR_BAD_STATE},
        {"update after abort", "sxu", PSA_ERROR_BAD_STATE},
        {"wrong digest", "sv", PSA_ERROR_INVALID_SIGNATURE},
        {"no room", "suF", PSA_ERROR_BUFFER_TOO_SMALL},
        {"suspended", "sup", PSA_SUCCESS},
        {"resumed", "rv", PSA_SUCCESS},
        {"suspended and resumed", "suprprv", PSA_SUCCESS},
        {"suspended, then set up", "supsuv", PSA_SUCCESS},
        {"suspended twice", "supp", PSA_ERROR_BAD_STATE},
        {"update after suspend", "supu", PSA_ERROR_BAD_STATE},
        {"suspend after finish", "sufp", PSA_ERROR_BAD_STATE},
        {"resumed while active", "sr", PSA_ERROR_BAD_STATE},
        {"resumed twice", "rr", PSA_ERROR_BAD_STATE},
        {"set up while resumed", "rs", PSA_ERROR_BAD_STATE},
    };
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(scripts); i++)
        vc_symmetric_run(psa, &scripts[i], STEPS, nullptr);
    vc_psa_free(psa);
}

static void test_clones(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(algorithms); i++) {
        uint8_t wanted[DIGEST_MAX], digest[DIGEST_MAX];
        struct vc_psa_output one = {wanted, sizeof(wanted), 0}, two = {digest, sizeof(digest), 0};
        uint32_t source = 0, target = 0;

        assert_int_equal(compute(psa, algorithms[i].algorithm, ABC, &one), PSA_SUCCESS);
        assert_int_equal(set_up(psa, algorithms[i].algorithm, &source), PSA_SUCCESS);
        assert_int_equal(update(psa, (struct vc_bytes){ABC.data, 1}, &source), PSA_SUCCESS);
        assert_int_equal(clone(psa, source, &target), PSA_SUCCESS);
        assert_int_not_equal(source, target);
        assert_int_equal(update(psa, ABC, &source), PSA_SUCCESS);
        finish_abort(psa, &source);
        assert_int_equal(update(psa, (struct vc_bytes){ABC.data + 1, 2}, &target), PSA_SUCCESS);
        assert_int_equal(finish(psa, &two, &target), PSA_SUCCESS);
        assert_memory_equal(wanted, digest, algorithms[i].size);
    }
    vc_psa_free(psa);
}

static void test_bad_clones(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint32_t source = 0, target = 0;

    assert_int_equal(clone(psa, 0, &target), PSA_ERROR_BAD_STATE);
    assert_int_equal(clone(psa, 12345, &target), PSA_ERROR_BAD_STATE);
    assert_int_equal(target, 0);
    assert_int_equal(set_up(psa, PSA_ALG_SHA_256, &source), PSA_SUCCESS);
    target = source;
    assert_int_equal(clone(psa, source, &target), PSA_ERROR_BAD_STATE);
    assert_int_equal(target, source);
    target = 0;
    assert_int_equal(set_up(psa, PSA_ALG_SHA_512, &target), PSA_SUCCESS);
    assert_int_equal(clone(psa, source, &target), PSA_ERROR_BAD_STATE);

    /* neither was touched */
    assert_int_equal(update(psa, ABC, &source), PSA_SUCCESS);
    assert_int_equal(verify(psa, VC_BYTES(ABC_SHA256), &source), PSA_SUCCESS);
    assert_int_equal(update(psa, ABC, &target), PSA_SUCCESS);
    finish_abort(psa, &target);
    vc_psa_free(psa);
}

static void test_forged_handles(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint32_t real = 0, ended = 0, mac = 0;
    const uint8_t key[16] = {};
    const struct vc_psa_attributes attributes = {
        .usage = PSA_KEY_USAGE_SIGN_MESSAGE, .algorithm = PSA_ALG_CMAC, .type = PSA_KEY_TYPE_AES};
    struct vc_psa_call call = {
        .values = {vc_symmetric_key(psa, &attributes, VC_BYTES(key)), PSA_ALG_CMAC}};

    assert_int_equal(vc_psa_do_mac_sign_setup(psa, &call), PSA_SUCCESS);
    mac = call.operation;
    assert_int_equal(set_up(psa, PSA_ALG_SHA_256, &ended), PSA_SUCCESS);
    const uint32_t forged[] = {ended, mac, real + 1, 77, VC_PSA_HANDLE_STORED, UINT32_MAX};
    uint32_t gone = ended;

    finish_abort(psa, &gone);
    assert_int_equal(set_up(psa, PSA_ALG_SHA_256, &real), PSA_SUCCESS);
    for (size_t i = 0; i < VC_COUNT(forged); i++) {
        uint32_t handle = forged[i];
        uint8_t digest[DIGEST_MAX];
        struct vc_psa_output output = {digest, sizeof(digest), 0};

        assert_int_equal(update(psa, ABC, &handle), PSA_ERROR_BAD_STATE);
        handle = forged[i];
        assert_int_equal(finish(psa, &output, &handle), PSA_ERROR_BAD_STATE);
        handle = forged[i];
        assert_int_equal(verify(psa, VC_BYTES(ABC_SHA256), &handle), PSA_ERROR_BAD_STATE);
        handle = forged[i];
        assert_int_equal(set_up(psa, PSA_ALG_SHA_256, &handle), PSA_ERROR_BAD_STATE);
        handle = forged[i];
        finish_abort(psa, &handle);
    }
    assert_int_equal(update(psa, ABC, &real), PSA_SUCCESS);
    assert_int_equal(verify(psa, VC_BYTES(ABC_SHA256), &real), PSA_SUCCESS);
    assert_non_null(vc_psa_operation_state(psa, mac, VC_PSA_MAC));
    vc_psa_free(psa); /* with the code's operation still active */
}

static void test_as_many_as_there_may_be(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint32_t handles[VC_PSA_OPERATIONS_MAX] = {}, more = 0;

    for (size_t i = 0; i < VC_PSA_OPERATIONS_MAX; i++)
        assert_int_equal(set_up(psa, PSA_ALG_SHA_256, &handles[i]), PSA_SUCCESS);
    assert_int_equal(set_up(psa, PSA_ALG_SHA_256, &more), PSA_ERROR_INSUFFICIENT_MEMORY);
    assert_int_equal(clone(psa, handles[0], &more), PSA_ERROR_INSUFFICIENT_MEMORY);
    assert_int_equal(more, 0);
    finish_abort(psa, &handles[5]);
    assert_int_equal(clone(psa, handles[0], &more), PSA_SUCCESS);
    for (size_t i = 0; i < VC_PSA_OPERATIONS_MAX; i++) {
        if (i == 5)
            continue;
        assert_int_equal(update(psa, ABC, &handles[i]), PSA_SUCCESS);
        assert_int_equal(verify(psa, VC_BYTES(ABC_SHA256), &handles[i]), PSA_SUCCESS);
    }
    vc_psa_free(psa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),         cmocka_unit_test(test_input_where_the_digest_goes),
        cmocka_unit_test(test_algorithms),     cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_other_digests),  cmocka_unit_test(test_states),
        cmocka_unit_test(test_clones),         cmocka_unit_test(test_bad_clones),
        cmocka_unit_test(test_forged_handles), cmocka_unit_test(test_as_many_as_there_may_be),
    };

    return cmocka_run_group_tests_name("psa-hash", tests, nullptr, nullptr);
}
