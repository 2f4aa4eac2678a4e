/* SPDX-License-Identifier: MIT */

/* The root of a tree from its whole subtrees, from left to right (RFC 9162 §2.1): what has come so
 * far is itself a tree, whose root can be asked for. */

#ifndef VC_JOURNAL_FOLD_H
#define VC_JOURNAL_FOLD_H

#include "attest/transparency.h"

/* Zeros: nothing has come yet. */
struct vc_fold {
    uint64_t size; /* leaves */
    size_t count;  /* of peaks: subtrees that found no sibling, each higher than the next */
    struct vc_peak {
        unsigned height; /* 2^height leaves */
        uint8_t hash[VC_SHA256_SIZE];
    } peaks[VC_LOG_PROOF_MAX];
};

/* False: a subtree of this height does not begin here, or the tree would be larger than a log can
 * be. */
[[nodiscard]] bool vc_fold_add(struct vc_fold *fold, unsigned height,
                               const uint8_t hash[VC_SHA256_SIZE]);
void vc_fold_root(const struct vc_fold *fold, uint8_t root[VC_SHA256_SIZE]);

#endif
