/* SPDX-License-Identifier: MIT */

#include "attest/log_fixture.h"

#include <stdio.h>
#include <string.h>

void vc_log_model_leaf(size_t i, uint8_t hash[VC_SHA256_SIZE])
{
    char entry[32];
    int size = snprintf(entry, sizeof(entry), "entry %zu", i);

    vc_log_leaf((struct vc_bytes){(const uint8_t *)entry, (size_t)size}, hash);
}

/* The largest power of two below n, which is at least 2. */
static size_t split_of(size_t n)
{
    size_t k = 1;

    while (2 * k < n)
        k *= 2;
    return k;
}

static struct vc_log_model left_of(struct vc_log_model model)
{
    return (struct vc_log_model){model.leaves, split_of(model.count)};
}

static struct vc_log_model right_of(struct vc_log_model model)
{
    size_t k = split_of(model.count);

    return (struct vc_log_model){model.leaves + k, model.count - k};
}

void vc_log_model_root(struct vc_log_model model, uint8_t root[VC_SHA256_SIZE])
{
    uint8_t left[VC_SHA256_SIZE];
    uint8_t right[VC_SHA256_SIZE];

    if (model.count == 0) {
        vc_sha256((struct vc_bytes){}, root);
    } else if (model.count == 1) {
        memcpy(root, model.leaves[0], VC_SHA256_SIZE);
    } else {
        vc_log_model_root(left_of(model), left);
        vc_log_model_root(right_of(model), right);
        vc_log_node(left, right, root);
    }
}

static void append_root(struct vc_log_model model, struct vc_log_proof *proof)
{
    vc_log_model_root(model, proof->hashes[proof->count++]);
}

static void append_path(size_t index, struct vc_log_model model, struct vc_log_proof *proof)
{
    if (model.count <= 1)
        return;
    size_t k = split_of(model.count);

    if (index < k) {
        append_path(index, left_of(model), proof);
        append_root(right_of(model), proof);
    } else {
        append_path(index - k, right_of(model), proof);
        append_root(left_of(model), proof);
    }
}

void vc_log_model_path(size_t index, struct vc_log_model model, struct vc_log_proof *proof)
{
    *proof = (struct vc_log_proof){};
    append_path(index, model, proof);
}

/* SUBPROOF(m, D_n, b). */
static void append_growth(size_t m, struct vc_log_model model, bool known,
                          struct vc_log_proof *proof)
{
    if (m == model.count) {
        if (!known)
            append_root(model, proof);
        return;
    }
    size_t k = split_of(model.count);

    if (m <= k) {
        append_growth(m, left_of(model), known, proof);
        append_root(right_of(model), proof);
    } else {
        append_growth(m - k, right_of(model), false, proof);
        append_root(left_of(model), proof);
    }
}

void vc_log_model_growth(size_t first, struct vc_log_model model, struct vc_log_proof *proof)
{
    *proof = (struct vc_log_proof){};
    append_growth(first, model, true, proof);
}
