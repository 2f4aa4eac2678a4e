/* SPDX-License-Identifier: MIT */

#include "attest/log_tiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attest/log_fixture.h"

static constexpr size_t LEAVES = 1100; /* four tiles and a bit */

struct set {
    struct vc_log_tiles *tree;
    uint8_t leaves[LEAVES][VC_SHA256_SIZE];
    size_t loads;
};

static enum vc_code load(void *user, uint64_t tile, uint8_t (*leaves)[VC_SHA256_SIZE],
                         struct vc_err *)
{
    struct set *set = user;

    assert_true((tile + 1) * VC_LOG_TILE <= LEAVES);
    memcpy(leaves, set->leaves[tile * VC_LOG_TILE], VC_LOG_TILE * VC_SHA256_SIZE);
    set->loads++;
    return VC_OK;
}

static int make_set(void **state)
{
    static struct set set;

    set = (struct set){};
    for (size_t i = 0; i < LEAVES; i++)
        vc_log_model_leaf(i, set.leaves[i]);
    assert_int_equal(vc_log_tiles_new(load, &set, &set.tree, nullptr), VC_OK);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;

    vc_log_tiles_free(set->tree);
    return 0;
}

static void grow_to(struct set *set, size_t size)
{
    size_t count = size - (size_t)vc_log_tiles_size(set->tree);

    assert_int_equal(vc_log_tiles_reserve(set->tree, count, nullptr), VC_OK);
    for (size_t i = size - count; i < size; i++)
        vc_log_tiles_append(set->tree, set->leaves[i]);
}

static struct vc_log_model model_of(const struct set *set, size_t count)
{
    return (struct vc_log_model){set->leaves, count};
}

static void test_root_of_every_size(void **state)
{
    struct set *set = *state;

    for (size_t size = 0; size <= LEAVES; size++) {
        uint8_t root[VC_SHA256_SIZE];
        uint8_t expected[VC_SHA256_SIZE];

        grow_to(set, size);
        vc_log_tiles_root(set->tree, root);
        if (size > 300 && size % 7 != 0 && size % 256 > 2)
            continue; /* the model hashes all of it anew each time */
        vc_log_model_root(model_of(set, size), expected);
        assert_memory_equal(root, expected, sizeof(root));
    }
    assert_int_equal(set->loads, 0);
}

static void same_proof(const struct vc_log_proof *a, const struct vc_log_proof *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->hashes, b->hashes, a->count * VC_SHA256_SIZE);
}

static const size_t SIZES[] = {1,   2,   3,   7,   8,    100,  255,  256, 257,
                               300, 511, 512, 513, 1023, 1024, 1025, 1100};

static void test_inclusion(void **state)
{
    struct set *set = *state;
    size_t count = 0;

    grow_to(set, LEAVES);
    for (size_t i = 0; i < VC_COUNT(SIZES); i++) {
        size_t size = SIZES[i];

        for (size_t index = 0; index < size; index += size > 300 ? 31 : 3) {
            struct vc_log_proof proof, expected;

            assert_int_equal(vc_log_tiles_inclusion(set->tree, index, size, &proof, nullptr),
                             VC_OK);
            vc_log_model_path(index, model_of(set, size), &expected);
            same_proof(&proof, &expected);
            count++;
        }
    }
    print_message("# %zu proofs as the model's\n", count);
}

static void test_growth(void **state)
{
    struct set *set = *state;
    size_t count = 0;

    grow_to(set, LEAVES);
    for (size_t i = 0; i < VC_COUNT(SIZES); i++) {
        for (size_t from = 1; from <= SIZES[i]; from += SIZES[i] > 300 ? 29 : 5) {
            struct vc_log_proof proof, expected;

            assert_int_equal(vc_log_tiles_growth(set->tree, from, SIZES[i], &proof, nullptr),
                             VC_OK);
            vc_log_model_growth(from, model_of(set, SIZES[i]), &expected);
            same_proof(&proof, &expected);
            count++;
        }
    }
    print_message("# %zu proofs as the model's\n", count);
}

static void test_subtrees(void **state)
{
    struct set *set = *state;
    size_t count = 0;

    grow_to(set, LEAVES);
    for (unsigned height = 0; height <= 10; height++) {
        size_t width = (size_t)1 << height;

        for (size_t first = 0; first + width <= LEAVES; first += width) {
            struct vc_log_model part = {set->leaves + first, width};
            uint8_t hash[VC_SHA256_SIZE], expected[VC_SHA256_SIZE];

            assert_int_equal(vc_log_tiles_subtree(set->tree, first, height, hash, nullptr), VC_OK);
            vc_log_model_root(part, expected);
            assert_memory_equal(hash, expected, sizeof(hash));
            count++;
        }
    }
    print_message("# %zu subtrees as the model's\n", count);
}

static void test_outside(void **state)
{
    struct set *set = *state;
    struct vc_log_proof proof = {.count = 99};

    grow_to(set, 10);
    assert_int_equal(vc_log_tiles_inclusion(set->tree, 10, 10, &proof, nullptr), VC_NOT_FOUND);
    assert_int_equal(vc_log_tiles_inclusion(set->tree, 0, 11, &proof, nullptr), VC_NOT_FOUND);
    assert_int_equal(vc_log_tiles_inclusion(set->tree, 0, 0, &proof, nullptr), VC_NOT_FOUND);
    assert_int_equal(vc_log_tiles_inclusion(set->tree, UINT64_MAX, UINT64_MAX, &proof, nullptr),
                     VC_NOT_FOUND);
    assert_int_equal(vc_log_tiles_growth(set->tree, 3, 11, &proof, nullptr), VC_NOT_FOUND);
    assert_int_equal(vc_log_tiles_growth(set->tree, 4, 3, &proof, nullptr), VC_NOT_FOUND);
    assert_int_equal(proof.count, 99);
    assert_int_equal(vc_log_tiles_growth(set->tree, 0, 10, &proof, nullptr), VC_OK);
    assert_int_equal(proof.count, 0);
    assert_int_equal(vc_log_tiles_reserve(set->tree, VC_LOG_TILES_SIZE_MAX, nullptr), VC_LIMIT);
}

/* Who changes an entry under the running service gets no proof over it. */
static void test_changed_leaf(void **state)
{
    struct set *set = *state;
    struct vc_log_proof proof;

    grow_to(set, LEAVES);
    set->leaves[300][0] ^= 1;
    assert_int_equal(vc_log_tiles_inclusion(set->tree, 301, LEAVES, &proof, nullptr), VC_HOST);
    assert_int_equal(vc_log_tiles_inclusion(set->tree, 601, LEAVES, &proof, nullptr), VC_OK);
    assert_int_equal(vc_log_tiles_inclusion(set->tree, 301, LEAVES, &proof, nullptr), VC_HOST);
    set->leaves[300][0] ^= 1;
    assert_int_equal(vc_log_tiles_inclusion(set->tree, 301, LEAVES, &proof, nullptr), VC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_root_of_every_size, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_inclusion, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_growth, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_subtrees, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_outside, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_changed_leaf, make_set, free_set),
    };

    return cmocka_run_group_tests_name("log-tiles", tests, nullptr, nullptr);
}
