/* SPDX-License-Identifier: MIT */

/* How long to try again without getting any further. */

#ifndef VC_CLIENT_PATIENCE_H
#define VC_CLIENT_PATIENCE_H

#include "base/defs.h"

/* Zeros: nothing is wrong. */
struct vc_patience {
    uint64_t trouble_ms; /* since when it gets no further; 0: it does */
    uint32_t pause_ms;   /* before the next try */
};

/* True once it is time to try again: at first at once, then after pauses that grow. False: so long
 * is long enough. */
[[nodiscard]] bool vc_patience_lasts(struct vc_patience *patience, uint64_t longest_ms);

#endif
