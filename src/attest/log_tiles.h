/* SPDX-License-Identifier: MIT */

/* A log's Merkle tree as whoever writes the log keeps it: hashes of whole subtrees of 256 leaves (a
 * tile) and of twice, four times … as many, which is a quarter of a byte per leaf, and of the last
 * tile all. For proofs that lead into an older tile its leaves are asked for again. */

#ifndef VC_ATTEST_LOG_TILES_H
#define VC_ATTEST_LOG_TILES_H

#include "attest/transparency.h"

constexpr size_t VC_LOG_TILE = 256;                           /* leaves */
constexpr uint64_t VC_LOG_TILES_SIZE_MAX = UINT64_C(1) << 28; /* leaves: 64 MiB of hashes */

struct vc_log_tiles;

/* Fills the VC_LOG_TILE leaf hashes of the tile with this number. */
typedef enum vc_code vc_log_tiles_load(void *user, uint64_t tile, uint8_t (*leaves)[VC_SHA256_SIZE],
                                       struct vc_err *err);

enum vc_code vc_log_tiles_new(vc_log_tiles_load *load, void *user, struct vc_log_tiles **tree,
                              struct vc_err *err);
void vc_log_tiles_free(struct vc_log_tiles *tree);
VC_DEFINE_CLEANUP(struct vc_log_tiles, vc_log_tiles_free);

uint64_t vc_log_tiles_size(const struct vc_log_tiles *tree);
/* Room for `count` more leaves. VC_LIMIT: the tree would pass VC_LOG_TILES_SIZE_MAX. */
enum vc_code vc_log_tiles_reserve(struct vc_log_tiles *tree, size_t count, struct vc_err *err);
/* Asserts that there is room. */
void vc_log_tiles_append(struct vc_log_tiles *tree, const uint8_t leaf[VC_SHA256_SIZE]);
/* Of all leaves. */
void vc_log_tiles_root(struct vc_log_tiles *tree, uint8_t root[VC_SHA256_SIZE]);

/* For the tree of the first `size` leaves (RFC 9162 §2.1.3.1). VC_NOT_FOUND: index < size <= size
 * of the tree does not hold; also what loading fails with; VC_HOST: other
 * leaves were loaded than were appended. */
enum vc_code vc_log_tiles_inclusion(struct vc_log_tiles *tree, uint64_t index, uint64_t size,
                                    struct vc_log_proof *proof, struct vc_err *err);
/* From the tree of the first `from` leaves to that of the first `to` (RFC 9162 §2.1.4.1); empty if
 * from is 0 or `to`. VC_NOT_FOUND: from <= to <= size of the tree does not hold. */
enum vc_code vc_log_tiles_growth(struct vc_log_tiles *tree, uint64_t from, uint64_t to,
                                 struct vc_log_proof *proof, struct vc_err *err);
/* The hash of the 2^height leaves from `first` on, a multiple of as many. Also what loading fails
 * with. Asserts that the tree has them. */
enum vc_code vc_log_tiles_subtree(struct vc_log_tiles *tree, uint64_t first, unsigned height,
                                  uint8_t hash[VC_SHA256_SIZE], struct vc_err *err);

#endif
