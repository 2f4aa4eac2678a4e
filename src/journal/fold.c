/* SPDX-License-Identifier: MIT */

#include "journal/fold.h"

#include <string.h>

static constexpr unsigned HEIGHT_MAX = 53; /* VC_LOG_SIZE_MAX */
static_assert(VC_LOG_SIZE_MAX == UINT64_C(1) << HEIGHT_MAX);

bool vc_fold_add(struct vc_fold *fold, unsigned height, const uint8_t hash[VC_SHA256_SIZE])
{
    struct vc_peak peak = {.height = height};
    uint64_t leaves;

    if (height > HEIGHT_MAX)
        return false;
    leaves = UINT64_C(1) << height;
    if (fold->size % leaves != 0 || leaves > VC_LOG_SIZE_MAX - fold->size)
        return false;
    memcpy(peak.hash, hash, VC_SHA256_SIZE);
    while (fold->count > 0 && fold->peaks[fold->count - 1].height == peak.height) {
        vc_log_node(fold->peaks[--fold->count].hash, peak.hash, peak.hash);
        peak.height++;
    }
    fold->peaks[fold->count++] = peak;
    fold->size += leaves;
    return true;
}

void vc_fold_root(const struct vc_fold *fold, uint8_t root[VC_SHA256_SIZE])
{
    size_t left = fold->count;

    if (left == 0) {
        vc_log_empty(root);
        return;
    }
    memcpy(root, fold->peaks[--left].hash, VC_SHA256_SIZE);
    while (left > 0)
        vc_log_node(fold->peaks[--left].hash, root, root);
}
