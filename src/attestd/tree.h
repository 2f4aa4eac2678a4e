/* SPDX-License-Identifier: MIT */

/* The log's Merkle tree as the service keeps it: hashes of whole subtrees of 256 leaves (a tile)
 * and of twice, four times … as many, which is a quarter of a byte per leaf, and of the last tile
 * all. For proofs that lead into an older tile its leaves are asked for again. */

#ifndef VC_ATTESTD_TREE_H
#define VC_ATTESTD_TREE_H

#include "attest/transparency.h"

constexpr size_t VC_TREE_TILE = 256;                     /* leaves */
constexpr uint64_t VC_TREE_SIZE_MAX = UINT64_C(1) << 28; /* leaves: 64 MiB of hashes */

struct vc_tree;

/* Fills the VC_TREE_TILE leaf hashes of the tile with this number. */
typedef enum vc_code vc_tree_load(void *user, uint64_t tile, uint8_t (*leaves)[VC_SHA256_SIZE],
                                  struct vc_err *err);

enum vc_code vc_tree_new(vc_tree_load *load, void *user, struct vc_tree **tree, struct vc_err *err);
void vc_tree_free(struct vc_tree *tree);
VC_DEFINE_CLEANUP(struct vc_tree, vc_tree_free);

uint64_t vc_tree_size(const struct vc_tree *tree);
/* Room for `count` more leaves. VC_LIMIT: the tree would pass VC_TREE_SIZE_MAX. */
enum vc_code vc_tree_reserve(struct vc_tree *tree, size_t count, struct vc_err *err);
/* Asserts that there is room. */
void vc_tree_append(struct vc_tree *tree, const uint8_t leaf[VC_SHA256_SIZE]);
/* Of all leaves. */
void vc_tree_root(struct vc_tree *tree, uint8_t root[VC_SHA256_SIZE]);

/* For the tree of the first `size` leaves (RFC 9162 §2.1.3.1). VC_NOT_FOUND: index < size <= size
 * of the tree does not hold; also what loading fails with; VC_HOST: other
 * leaves were loaded than were appended. */
enum vc_code vc_tree_inclusion(struct vc_tree *tree, uint64_t index, uint64_t size,
                               struct vc_log_proof *proof, struct vc_err *err);
/* From the tree of the first `from` leaves to that of the first `to` (RFC 9162 §2.1.4.1); empty if
 * from is 0 or `to`. VC_NOT_FOUND: from <= to <= size of the tree does not hold. */
enum vc_code vc_tree_growth(struct vc_tree *tree, uint64_t from, uint64_t to,
                            struct vc_log_proof *proof, struct vc_err *err);

#endif
