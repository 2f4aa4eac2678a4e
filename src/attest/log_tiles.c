/* SPDX-License-Identifier: MIT */

#include "attest/log_tiles.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbit.h>
#include <stdlib.h>
#include <string.h>

static constexpr unsigned TILE_ROWS = 9; /* 256 leaves, 128 pairs … 1 */
static constexpr unsigned ROWS_MAX = 21; /* above: 2^20 tiles … 1 */
static_assert(VC_LOG_TILE == 1 << (TILE_ROWS - 1));
static_assert(VC_LOG_TILES_SIZE_MAX / VC_LOG_TILE == UINT64_C(1) << (ROWS_MAX - 1));

/* Row r begins at 512 - (512 >> r). */
struct tile {
    uint64_t number;
    bool loaded;
    uint8_t hashes[2 * VC_LOG_TILE - 1][VC_SHA256_SIZE];
};

/* Hashes of whole subtrees of one height. */
struct row {
    uint8_t (*hashes)[VC_SHA256_SIZE];
    size_t count, capacity;
};

struct vc_log_tiles {
    vc_log_tiles_load *load;
    void *user;
    uint64_t size;
    struct tile last; /* the one that is being filled */
    struct row rows[ROWS_MAX];
    struct tile older; /* one that was loaded */
};

enum vc_code vc_log_tiles_new(vc_log_tiles_load *load, void *user, struct vc_log_tiles **tree,
                              struct vc_err *err)
{
    struct vc_log_tiles *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->load = load;
    made->user = user;
    *tree = made;
    return VC_OK;
}

void vc_log_tiles_free(struct vc_log_tiles *tree)
{
    if (tree == nullptr)
        return;
    for (unsigned i = 0; i < ROWS_MAX; i++)
        free(tree->rows[i].hashes);
    free(tree);
}

uint64_t vc_log_tiles_size(const struct vc_log_tiles *tree)
{
    return tree->size;
}

static enum vc_code reserve_row(struct row *row, size_t wanted, struct vc_err *err)
{
    size_t capacity = row->capacity == 0 ? 16 : row->capacity;
    void *hashes;

    if (wanted <= row->capacity)
        return VC_OK;
    while (capacity < wanted)
        capacity *= 2;
    hashes = reallocarray(row->hashes, capacity, VC_SHA256_SIZE);
    if (hashes == nullptr)
        return vc_fail_memory(err);
    row->hashes = hashes;
    row->capacity = capacity;
    return VC_OK;
}

enum vc_code vc_log_tiles_reserve(struct vc_log_tiles *tree, size_t count, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (count > VC_LOG_TILES_SIZE_MAX - tree->size) {
        return vc_fail(err, VC_LIMIT,
                       "log: %" PRIu64 " entries at most; a new service needs a new folder",
                       VC_LOG_TILES_SIZE_MAX);
    }
    for (unsigned i = 0; code == VC_OK && i < ROWS_MAX; i++)
        code = reserve_row(&tree->rows[i], ((tree->size + count) / VC_LOG_TILE) >> i, err);
    return code;
}

static uint8_t *in_tile(struct tile *tile, unsigned row, size_t index)
{
    return tile->hashes[2 * VC_LOG_TILE - (2 * VC_LOG_TILE >> row) + index];
}

/* A leaf of the tile, and every subtree that it completes. */
static void put_in_tile(struct tile *tile, size_t index, const uint8_t leaf[VC_SHA256_SIZE])
{
    memcpy(in_tile(tile, 0, index), leaf, VC_SHA256_SIZE);
    for (unsigned row = 0; (index & 1) != 0; row++, index >>= 1) {
        vc_log_node(in_tile(tile, row, index - 1), in_tile(tile, row, index),
                    in_tile(tile, row + 1, index >> 1));
    }
}

/* A whole tile, and every larger subtree that it completes. */
static void put_tile(struct vc_log_tiles *tree)
{
    uint8_t hash[VC_SHA256_SIZE];

    memcpy(hash, in_tile(&tree->last, TILE_ROWS - 1, 0), sizeof(hash));
    for (unsigned i = 0; i < ROWS_MAX; i++) {
        struct row *row = &tree->rows[i];

        assert(row->count < row->capacity);
        memcpy(row->hashes[row->count++], hash, sizeof(hash));
        if (row->count % 2 != 0)
            break;
        vc_log_node(row->hashes[row->count - 2], row->hashes[row->count - 1], hash);
    }
}

void vc_log_tiles_append(struct vc_log_tiles *tree, const uint8_t leaf[VC_SHA256_SIZE])
{
    put_in_tile(&tree->last, tree->size % VC_LOG_TILE, leaf);
    tree->size++;
    if (tree->size % VC_LOG_TILE != 0)
        return;
    put_tile(tree);
    tree->last.number = tree->size / VC_LOG_TILE;
}

/* The tile, loaded if it is not the last. */
static enum vc_code find_tile(struct vc_log_tiles *tree, uint64_t number, struct tile **tile,
                              struct vc_err *err)
{
    uint8_t leaves[VC_LOG_TILE][VC_SHA256_SIZE];
    enum vc_code code;

    *tile = number == tree->last.number ? &tree->last : &tree->older;
    if (*tile == &tree->last || (tree->older.loaded && tree->older.number == number))
        return VC_OK;
    tree->older.loaded = false;
    code = tree->load(tree->user, number, leaves, err);
    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < VC_LOG_TILE; i++)
        put_in_tile(&tree->older, i, leaves[i]);
    if (memcmp(in_tile(&tree->older, TILE_ROWS - 1, 0), tree->rows[0].hashes[number],
               VC_SHA256_SIZE) != 0)
        return vc_fail(err, VC_HOST, "log: an entry changed since the start");
    tree->older.number = number;
    tree->older.loaded = true;
    return VC_OK;
}

/* Leaves first to first + count, as the definition splits a tree: either a whole subtree, or all
 * that follows one. */
struct range {
    uint64_t first, count;
};

static enum vc_code hash_whole(struct vc_log_tiles *tree, struct range range,
                               uint8_t hash[VC_SHA256_SIZE], struct vc_err *err)
{
    unsigned height = stdc_trailing_zeros(range.count);
    struct tile *tile;
    enum vc_code code;

    if (height >= TILE_ROWS - 1) {
        const struct row *row = &tree->rows[height - (TILE_ROWS - 1)];

        memcpy(hash, row->hashes[range.first >> height], VC_SHA256_SIZE);
        return VC_OK;
    }
    code = find_tile(tree, range.first / VC_LOG_TILE, &tile, err);
    if (code == VC_OK)
        memcpy(hash, in_tile(tile, height, range.first % VC_LOG_TILE >> height), VC_SHA256_SIZE);
    return code;
}

enum vc_code vc_log_tiles_subtree(struct vc_log_tiles *tree, uint64_t first, unsigned height,
                                  uint8_t hash[VC_SHA256_SIZE], struct vc_err *err)
{
    uint64_t count = UINT64_C(1) << height;

    assert(first % count == 0 && first < tree->size && count <= tree->size - first);
    return hash_whole(tree, (struct range){first, count}, hash, err);
}

/* The largest power of two below the count, which is at least 2. */
static uint64_t split_of(uint64_t count)
{
    return stdc_bit_floor(count - 1);
}

/* Splits off whole subtrees from the left; then joins them from the right. */
static enum vc_code hash_range(struct vc_log_tiles *tree, struct range range,
                               uint8_t hash[VC_SHA256_SIZE], struct vc_err *err)
{
    uint8_t left[VC_LOG_PROOF_MAX][VC_SHA256_SIZE];
    size_t count = 0;
    enum vc_code code = VC_OK;

    while (code == VC_OK && !stdc_has_single_bit(range.count)) {
        uint64_t k = split_of(range.count);

        code = hash_whole(tree, (struct range){range.first, k}, left[count++], err);
        range = (struct range){range.first + k, range.count - k};
    }
    if (code == VC_OK)
        code = hash_whole(tree, range, hash, err);
    while (code == VC_OK && count > 0)
        vc_log_node(left[--count], hash, hash);
    return code;
}

void vc_log_tiles_root(struct vc_log_tiles *tree, uint8_t root[VC_SHA256_SIZE])
{
    enum vc_code code = VC_OK;

    if (tree->size == 0) {
        vc_log_empty(root);
    } else {
        code = hash_range(tree, (struct range){0, tree->size}, root, nullptr);
    }
    assert(code == VC_OK); /* nothing of it is in an older tile */
}

/* Proofs are found from the root down, and written from the leaf up. */
static void turn_round(struct vc_log_proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; i++) {
        size_t other = proof->count - 1 - i;
        uint8_t hash[VC_SHA256_SIZE];

        memcpy(hash, proof->hashes[i], sizeof(hash));
        memcpy(proof->hashes[i], proof->hashes[other], sizeof(hash));
        memcpy(proof->hashes[other], hash, sizeof(hash));
    }
}

enum vc_code vc_log_tiles_inclusion(struct vc_log_tiles *tree, uint64_t index, uint64_t size,
                                    struct vc_log_proof *proof, struct vc_err *err)
{
    struct range range = {0, size};
    struct vc_log_proof made = {};
    enum vc_code code = VC_OK;

    if (index >= size || size > tree->size) {
        return vc_fail(err, VC_NOT_FOUND,
                       "log: no entry %" PRIu64 " of %" PRIu64 "; it has %" PRIu64, index, size,
                       tree->size);
    }
    while (code == VC_OK && range.count > 1) {
        uint64_t k = split_of(range.count);
        struct range left = {range.first, k}, right = {range.first + k, range.count - k};
        bool goes_left = index < right.first;

        code = hash_range(tree, goes_left ? right : left, made.hashes[made.count++], err);
        range = goes_left ? left : right;
    }
    if (code != VC_OK)
        return code;
    turn_round(&made);
    *proof = made;
    return VC_OK;
}

enum vc_code vc_log_tiles_growth(struct vc_log_tiles *tree, uint64_t from, uint64_t to,
                                 struct vc_log_proof *proof, struct vc_err *err)
{
    struct range range = {0, to};
    struct vc_log_proof made = {};
    bool known = true; /* the whole older tree has been in the range so far: its root is known */
    enum vc_code code = VC_OK;

    if (from > to || to > tree->size) {
        return vc_fail(err, VC_NOT_FOUND,
                       "log: no growth from %" PRIu64 " to %" PRIu64 "; it has %" PRIu64, from, to,
                       tree->size);
    }
    while (code == VC_OK && from > 0 && range.first + range.count != from) {
        uint64_t k = split_of(range.count);
        struct range left = {range.first, k}, right = {range.first + k, range.count - k};
        bool goes_left = from <= right.first;

        code = hash_range(tree, goes_left ? right : left, made.hashes[made.count++], err);
        known = known && goes_left;
        range = goes_left ? left : right;
    }
    if (code == VC_OK && from > 0 && !known)
        code = hash_range(tree, range, made.hashes[made.count++], err);
    if (code != VC_OK)
        return code;
    turn_round(&made);
    *proof = made;
    return VC_OK;
}
