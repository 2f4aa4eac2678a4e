/* SPDX-License-Identifier: MIT */

/* The arithmetic of the log's Merkle tree (RFC 9162 §2.1). */

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "attest/transparency.h"

static const uint8_t LEAF = 0, NODE = 1;

void vc_log_empty(uint8_t root[VC_SHA256_SIZE])
{
    vc_sha256((struct vc_bytes){}, root);
}

void vc_log_leaf(struct vc_bytes entry, uint8_t hash[VC_SHA256_SIZE])
{
    uint8_t message[1 + VC_LOG_ENTRY_SIZE_MAX];

    assert(entry.size <= VC_LOG_ENTRY_SIZE_MAX);
    message[0] = LEAF;
    if (entry.size > 0)
        memcpy(message + 1, entry.data, entry.size);
    vc_sha256((struct vc_bytes){message, 1 + entry.size}, hash);
}

void vc_log_node(const uint8_t left[VC_SHA256_SIZE], const uint8_t right[VC_SHA256_SIZE],
                 uint8_t hash[VC_SHA256_SIZE])
{
    uint8_t message[1 + 2 * VC_SHA256_SIZE];

    message[0] = NODE;
    memcpy(message + 1, left, VC_SHA256_SIZE);
    memcpy(message + 1 + VC_SHA256_SIZE, right, VC_SHA256_SIZE);
    vc_sha256(VC_BYTES(message), hash);
}

/* Where a walk from a leaf to the root is: the number of the node, and of the last one, in the
 * present row. */
struct walk {
    uint64_t at, last;
};

static void rise(struct walk *walk)
{
    walk->at >>= 1;
    walk->last >>= 1;
}

/* True if the next sibling is on the left; then rows in which there is none are passed. */
static bool has_left_sibling(struct walk *walk)
{
    if ((walk->at & 1) == 0 && walk->at != walk->last)
        return false;
    while ((walk->at & 1) == 0 && walk->at != 0)
        rise(walk);
    return true;
}

static bool same(const uint8_t a[VC_SHA256_SIZE], const uint8_t b[VC_SHA256_SIZE])
{
    return memcmp(a, b, VC_SHA256_SIZE) == 0;
}

/* RFC 9162 §2.1.3.2. */
static bool is_included(const uint8_t leaf[VC_SHA256_SIZE], uint64_t index,
                        const struct vc_log_proof *proof, const struct vc_log_head *head)
{
    struct walk walk = {index, head->size - 1};
    uint8_t hash[VC_SHA256_SIZE];

    if (index >= head->size || proof->count > VC_LOG_PROOF_MAX)
        return false;
    memcpy(hash, leaf, sizeof(hash));
    for (size_t i = 0; i < proof->count; i++) {
        const uint8_t *sibling = proof->hashes[i];

        if (walk.last == 0)
            return false;
        if (has_left_sibling(&walk)) {
            vc_log_node(sibling, hash, hash);
        } else {
            vc_log_node(hash, sibling, hash);
        }
        rise(&walk);
    }
    return walk.last == 0 && same(hash, head->root);
}

enum vc_code vc_log_check_inclusion(const uint8_t leaf[VC_SHA256_SIZE], uint64_t index,
                                    const struct vc_log_proof *proof,
                                    const struct vc_log_head *head, struct vc_err *err)
{
    if (is_included(leaf, index, proof, head))
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED,
                   "log: the entry is not number %" PRIu64 " of the log of %" PRIu64, index,
                   head->size);
}

/* RFC 9162 §2.1.4.2, for two trees that are not empty, the first the smaller. */
static bool has_grown(const struct vc_log_head *first, const struct vc_log_head *second,
                      const struct vc_log_proof *proof)
{
    struct walk walk = {first->size - 1, second->size - 1};
    bool whole = (first->size & (first->size - 1)) == 0; /* its root is a node of the second */
    size_t next = whole ? 0 : 1;
    uint8_t one[VC_SHA256_SIZE];
    uint8_t other[VC_SHA256_SIZE];

    if (proof->count == 0 || proof->count > VC_LOG_PROOF_MAX)
        return false;
    memcpy(one, whole ? first->root : proof->hashes[0], sizeof(one));
    memcpy(other, one, sizeof(other));
    while ((walk.at & 1) != 0)
        rise(&walk);
    for (; next < proof->count; next++) {
        const uint8_t *sibling = proof->hashes[next];

        if (walk.last == 0)
            return false;
        if (has_left_sibling(&walk)) {
            vc_log_node(sibling, one, one);
            vc_log_node(sibling, other, other);
        } else {
            vc_log_node(other, sibling, other);
        }
        rise(&walk);
    }
    return walk.last == 0 && same(one, first->root) && same(other, second->root);
}

/* The tree without entries has one root only. */
static bool is_honest_if_empty(const struct vc_log_head *head)
{
    uint8_t empty[VC_SHA256_SIZE];

    vc_log_empty(empty);
    return head->size > 0 || same(head->root, empty);
}

enum vc_code vc_log_check_growth(const struct vc_log_head *one, const struct vc_log_head *other,
                                 const struct vc_log_proof *proof, struct vc_err *err)
{
    const struct vc_log_head *first = one->size <= other->size ? one : other;
    const struct vc_log_head *second = first == one ? other : one;
    bool good = is_honest_if_empty(first) && is_honest_if_empty(second);

    if (good && first->size == second->size) {
        good = same(first->root, second->root) && proof->count == 0;
    } else if (good && first->size == 0) {
        good = proof->count == 0;
    } else if (good) {
        good = has_grown(first, second, proof);
    }
    if (good)
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED,
                   "log: the log of %" PRIu64 " entries did not grow out of that of %" PRIu64,
                   second->size, first->size);
}
