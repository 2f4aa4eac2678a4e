/* SPDX-License-Identifier: MIT */

/* Hashes that are suspended and resumed: the form of PSA Crypto 1.2, states that others made up. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "psa/symmetric_fixture.h"

enum { DIGEST_MAX = 64, STATE_MAX = 4 + 16 + 64 + 127, TEXT_SIZE = 300 };

/* The specification has them, nobody else. */
static constexpr psa_algorithm_t MD2 = 0x02000001;
static constexpr psa_algorithm_t MD4 = 0x02000002;
static constexpr psa_algorithm_t SM3 = 0x02000014;

/* Sizes in bytes: the specification's table. */
static const struct row {
    psa_algorithm_t algorithm;
    size_t length, words, block;
} rows[] = {{PSA_ALG_MD5, 8, 16, 64},          {PSA_ALG_RIPEMD160, 8, 20, 64},
            {PSA_ALG_SHA_1, 8, 20, 64},        {PSA_ALG_SHA_224, 8, 32, 64},
            {PSA_ALG_SHA_256, 8, 32, 64},      {PSA_ALG_SHA_384, 16, 64, 128},
            {PSA_ALG_SHA_512, 16, 64, 128},    {PSA_ALG_SHA_512_224, 16, 64, 128},
            {PSA_ALG_SHA_512_256, 16, 64, 128}};

static const psa_algorithm_t without[] = {PSA_ALG_SHA3_224, PSA_ALG_SHA3_256, PSA_ALG_SHA3_384,
                                          PSA_ALG_SHA3_512, PSA_ALG_SHAKE256_512};

static uint8_t text[TEXT_SIZE];

static int set_up_text(void **)
{
    uint64_t seed = 1;

    vc_symmetric_fill(&seed, text, sizeof(text));
    return 0;
}

static uint32_t begun(struct vc_psa *psa, psa_algorithm_t algorithm, size_t size)
{
    struct vc_psa_call call = {.values[0] = algorithm};

    assert_int_equal(vc_psa_do_hash_setup(psa, &call), PSA_SUCCESS);
    call.inputs[0] = (struct vc_bytes){text, size};
    assert_int_equal(vc_psa_do_hash_update(psa, &call), PSA_SUCCESS);
    return call.operation;
}

static vc_psa_status suspend(struct vc_psa *psa, uint32_t *handle, struct vc_psa_output *state)
{
    struct vc_psa_call call = {.operation = *handle, .outputs[0] = *state};
    vc_psa_status status = vc_psa_do_hash_suspend(psa, &call);

    *handle = call.operation;
    state->size = call.outputs[0].size;
    return status;
}

static vc_psa_status resume(struct vc_psa *psa, struct vc_bytes state, uint32_t *handle)
{
    struct vc_psa_call call = {.operation = *handle, .inputs[0] = state};
    vc_psa_status status = vc_psa_do_hash_resume(psa, &call);

    *handle = call.operation;
    return status;
}

static vc_psa_status update(struct vc_psa *psa, struct vc_bytes bytes, uint32_t *handle)
{
    struct vc_psa_call call = {.operation = *handle, .inputs[0] = bytes};
    vc_psa_status status = vc_psa_do_hash_update(psa, &call);

    *handle = call.operation;
    return status;
}

static void finish(struct vc_psa *psa, uint32_t handle, uint8_t digest[DIGEST_MAX], size_t size)
{
    struct vc_psa_call call = {.operation = handle, .outputs[0] = {digest, DIGEST_MAX, 0}};

    assert_int_equal(vc_psa_do_hash_finish(psa, &call), PSA_SUCCESS);
    assert_int_equal(call.outputs[0].size, size);
}

static void abandon(struct vc_psa *psa, uint32_t handle)
{
    struct vc_psa_call call = {.operation = handle};

    assert_int_equal(vc_psa_do_hash_abort(psa, &call), PSA_SUCCESS);
}

/* ---- what is suspended goes on ---- */

static void check_cut(struct vc_psa *psa, const struct row *row, size_t cut)
{
    size_t size = PSA_HASH_LENGTH(row->algorithm);
    uint32_t handle = begun(psa, row->algorithm, cut), old = handle;
    uint8_t bytes[STATE_MAX], wanted[DIGEST_MAX], digest[DIGEST_MAX];
    struct vc_psa_output state = {bytes, 4 + row->length + row->words + cut % row->block, 0};
    uint8_t head[4 + 16] = {0x02, 0x00, 0x00, (uint8_t)row->algorithm};

    head[4 + row->length - 2] = (uint8_t)(cut >> 8);
    head[4 + row->length - 1] = (uint8_t)cut;
    assert_int_equal(suspend(psa, &handle, &state), PSA_SUCCESS);
    assert_int_equal(handle, 0);
    assert_int_equal(state.size, state.room);
    assert_memory_equal(bytes, head, 4 + row->length);
    assert_memory_equal(bytes + 4 + row->length + row->words, text + cut - cut % row->block,
                        cut % row->block);
    assert_int_equal(suspend(psa, &old, &state), PSA_ERROR_BAD_STATE);
    assert_int_equal(resume(psa, (struct vc_bytes){bytes, state.room}, &handle), PSA_SUCCESS);
    assert_int_equal(update(psa, (struct vc_bytes){text + cut, sizeof(text) - cut}, &handle),
                     PSA_SUCCESS);
    finish(psa, handle, digest, size);
    finish(psa, begun(psa, row->algorithm, sizeof(text)), wanted, size);
    assert_memory_equal(digest, wanted, size);
}

static void test_every_cut(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        assert_int_equal(rows[i].algorithm >> 8, 0x020000);
        for (size_t cut = 0; cut <= sizeof(text); cut++)
            check_cut(psa, &rows[i], cut);
    }
    vc_psa_free(psa);
}

/* FIPS 180-4 says what these 8 words are: of nothing, and of one block of its padding. */
static void test_known_state(void **)
{
    static const uint8_t empty[] = {
        0x02, 0x00, 0x00, 0x09, 0,    0,    0,    0,    0,    0,    0,    0,    0x6a, 0x09, 0xe6,
        0x67, 0xbb, 0x67, 0xae, 0x85, 0x3c, 0x6e, 0xf3, 0x72, 0xa5, 0x4f, 0xf5, 0x3a, 0x51, 0x0e,
        0x52, 0x7f, 0x9b, 0x05, 0x68, 0x8c, 0x1f, 0x83, 0xd9, 0xab, 0x5b, 0xe0, 0xcd, 0x19};
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                  0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                  0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    static const uint8_t padded[64] = {'a', 'b', 'c', 0x80, [63] = 24};
    struct vc_psa *psa = vc_symmetric_service(true);
    uint32_t handle = begun(psa, PSA_ALG_SHA_256, 0);
    uint8_t bytes[STATE_MAX];
    struct vc_psa_output state = {bytes, sizeof(bytes), 0};

    assert_int_equal(suspend(psa, &handle, &state), PSA_SUCCESS);
    assert_int_equal(state.size, sizeof(empty));
    assert_memory_equal(bytes, empty, sizeof(empty));
    assert_int_equal(resume(psa, VC_BYTES(empty), &handle), PSA_SUCCESS);
    assert_int_equal(update(psa, VC_BYTES(padded), &handle), PSA_SUCCESS);
    assert_int_equal(suspend(psa, &handle, &state), PSA_SUCCESS);
    assert_int_equal(state.size, sizeof(empty));
    assert_int_equal(bytes[11], sizeof(padded));
    assert_memory_equal(bytes + 12, abc, sizeof(abc));
    vc_psa_free(psa);
}

/* A copy and its source are suspended apart; what was resumed can be copied. */
static void test_copies(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint8_t one[STATE_MAX], two[STATE_MAX];
    struct vc_psa_output first = {one, sizeof(one), 0}, second = {two, sizeof(two), 0};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa_call call = {.operation = begun(psa, rows[i].algorithm, 200)};

        assert_int_equal(vc_psa_do_hash_clone(psa, &call), PSA_SUCCESS);
        assert_int_equal(suspend(psa, &call.operation, &first), PSA_SUCCESS);
        assert_int_equal(update(psa, VC_BYTES(text), &call.operation2), PSA_SUCCESS);
        abandon(psa, call.operation2);
        call.operation2 = 0;
        assert_int_equal(resume(psa, (struct vc_bytes){one, first.size}, &call.operation),
                         PSA_SUCCESS);
        assert_int_equal(vc_psa_do_hash_clone(psa, &call), PSA_SUCCESS);
        assert_int_equal(suspend(psa, &call.operation2, &second), PSA_SUCCESS);
        assert_int_equal(first.size, second.size);
        assert_memory_equal(one, two, first.size);
        abandon(psa, call.operation);
    }
    assert_int_equal(psa->operation_count, 0);
    vc_psa_free(psa);
}

/* ---- what is refused ---- */

static void test_rooms(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        size_t needed = 4 + rows[i].length + rows[i].words + 7;

        for (size_t room = 0; room <= needed; room++) {
            uint32_t handle = begun(psa, rows[i].algorithm, rows[i].block + 7);
            uint8_t bytes[STATE_MAX + 1];
            struct vc_psa_output state = {bytes, room, 0};
            bool enough = room == needed;

            memset(bytes, 0x5a, sizeof(bytes));
            assert_int_equal(suspend(psa, &handle, &state),
                             enough ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
            assert_int_equal(state.size, enough ? needed : 0);
            for (size_t at = enough ? needed : 0; at < sizeof(bytes); at++)
                assert_int_equal(bytes[at], 0x5a);
            assert_int_equal(handle, 0);
        }
    }
    assert_int_equal(psa->operation_count, 0);
    vc_psa_free(psa);
}

static void test_not_supported(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint8_t bytes[STATE_MAX] = {0x02};
    struct vc_psa_output state = {bytes, sizeof(bytes), 0};
    const psa_algorithm_t unknown[] = {MD2, MD4, SM3, 0x020000ff};
    uint32_t handle = 0;

    for (size_t i = 0; i < VC_COUNT(without); i++) {
        handle = begun(psa, without[i], 9);
        assert_int_equal(suspend(psa, &handle, &state), PSA_ERROR_NOT_SUPPORTED);
        assert_int_equal(handle, 0);
        bytes[3] = (uint8_t)without[i];
        assert_int_equal(resume(psa, VC_BYTES(bytes), &handle), PSA_ERROR_NOT_SUPPORTED);
        finish(psa, begun(psa, without[i], 9), bytes + 4,
               without[i] == PSA_ALG_SHAKE256_512 ? 64 : PSA_HASH_LENGTH(without[i]));
    }
    for (size_t i = 0; i < VC_COUNT(unknown); i++) {
        bytes[3] = (uint8_t)unknown[i];
        assert_int_equal(resume(psa, VC_BYTES(bytes), &handle), PSA_ERROR_NOT_SUPPORTED);
    }
    assert_int_equal(handle, 0);
    vc_psa_free(psa);
}

/* Every other size; every bit: what is taken is a state, and is given out as it came. */
static void check_hostile(struct vc_psa *psa, const struct row *row, size_t unfilled)
{
    uint32_t handle = begun(psa, row->algorithm, row->block + unfilled);
    uint8_t bytes[STATE_MAX + 1] = {}, again[STATE_MAX];
    struct vc_psa_output state = {bytes, sizeof(bytes), 0}, other = {again, sizeof(again), 0};
    size_t taken = 0, fixed = 8 * (4 + row->length);

    assert_int_equal(suspend(psa, &handle, &state), PSA_SUCCESS);
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        if (size != state.size) {
            assert_int_equal(resume(psa, (struct vc_bytes){bytes, size}, &handle),
                             PSA_ERROR_INVALID_ARGUMENT);
        }
        assert_int_equal(handle, 0);
    }
    for (size_t bit = 0; bit < 8 * state.size; bit++) {
        vc_psa_status status;

        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        status = resume(psa, (struct vc_bytes){bytes, state.size}, &handle);
        if (status == PSA_SUCCESS) {
            taken++;
            assert_int_equal(suspend(psa, &handle, &other), PSA_SUCCESS);
            assert_int_equal(other.size, state.size);
            assert_memory_equal(again, bytes, state.size);
        } else {
            assert_true(bit < fixed);
            assert_true(status == PSA_ERROR_INVALID_ARGUMENT ||
                        (bit < 32 && status == PSA_ERROR_NOT_SUPPORTED));
        }
        assert_int_equal(handle, 0);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(taken >= 8 * state.size - fixed);
    assert_int_equal(psa->operation_count, 0);
}

static void test_hostile_states(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        check_hostile(psa, &rows[i], 0);
        check_hostile(psa, &rows[i], 13);
        check_hostile(psa, &rows[i], rows[i].block - 1);
    }
    vc_psa_free(psa);
}

/* A state of 2^61 - 64 bytes, or 2^125 - 128: the last block can be filled up to one byte. */
static void test_too_much_input(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        uint8_t bytes[4 + 16 + 64] = {0x02, 0, 0, (uint8_t)row->algorithm, 0x1f};
        struct vc_bytes state = {bytes, 4 + row->length + row->words};
        uint8_t digest[DIGEST_MAX];
        uint32_t handle = 0;

        memset(bytes + 5, 0xff, row->length - 1);
        bytes[4 + row->length - 1] = (uint8_t)(0x100 - row->block);
        assert_int_equal(resume(psa, state, &handle), PSA_SUCCESS);
        assert_int_equal(update(psa, (struct vc_bytes){text, row->block - 1}, &handle),
                         PSA_SUCCESS);
        finish(psa, handle, digest, PSA_HASH_LENGTH(row->algorithm));
        handle = 0;
        assert_int_equal(resume(psa, state, &handle), PSA_SUCCESS);
        assert_int_equal(update(psa, (struct vc_bytes){text, row->block}, &handle),
                         PSA_ERROR_INVALID_ARGUMENT);
        assert_int_equal(handle, 0);
        bytes[4] = 0x20;
        assert_int_equal(resume(psa, state, &handle), PSA_ERROR_INVALID_ARGUMENT);
    }
    assert_int_equal(psa->operation_count, 0);
    vc_psa_free(psa);
}

static void test_wrong_algorithms(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    const psa_algorithm_t wrong[] = {0, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_ALG_CTR, UINT32_MAX,
                                     0x09000002 /* little endian */};
    uint8_t bytes[4 + 8 + 32] = {};
    uint32_t handle = 0;

    for (size_t i = 0; i < VC_COUNT(wrong); i++) {
        for (size_t at = 0; at < 4; at++)
            bytes[at] = (uint8_t)(wrong[i] >> (24 - 8 * at));
        assert_int_equal(resume(psa, VC_BYTES(bytes), &handle), PSA_ERROR_INVALID_ARGUMENT);
        assert_int_equal(handle, 0);
    }
    vc_psa_free(psa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut),      cmocka_unit_test(test_known_state),
        cmocka_unit_test(test_copies),         cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_not_supported),  cmocka_unit_test(test_hostile_states),
        cmocka_unit_test(test_too_much_input), cmocka_unit_test(test_wrong_algorithms),
    };

    return cmocka_run_group_tests_name("psa-hash-suspend", tests, set_up_text, nullptr);
}
