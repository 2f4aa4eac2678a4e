/* SPDX-License-Identifier: MIT */

/* The log's tree as RFC 9162 §2.1 defines it, recursion by recursion: the model that tests compare
 * with. */

#ifndef VC_ATTEST_LOG_FIXTURE_H
#define VC_ATTEST_LOG_FIXTURE_H

#include "attest/transparency.h"

/* Leaf hashes one after the other; `count` of them. */
struct vc_log_model {
    const uint8_t (*leaves)[VC_SHA256_SIZE];
    size_t count;
};

/* The hash of entry number i of every model: of "entry i". */
void vc_log_model_leaf(size_t i, uint8_t hash[VC_SHA256_SIZE]);
/* MTH. */
void vc_log_model_root(struct vc_log_model model, uint8_t root[VC_SHA256_SIZE]);
/* PATH(index, D_n). */
void vc_log_model_path(size_t index, struct vc_log_model model, struct vc_log_proof *proof);
/* PROOF(first, D_n), 0 < first < n. */
void vc_log_model_growth(size_t first, struct vc_log_model model, struct vc_log_proof *proof);

#endif
