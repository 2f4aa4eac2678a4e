/* SPDX-License-Identifier: MIT */

/* Comparison of what must not show, in constant time. Buffers wipe themselves (base/buffer.h). */

#ifndef VC_BASE_SECRET_H
#define VC_BASE_SECRET_H

#include "base/defs.h"

/* True if both runs have the same size and bytes; time depends on the sizes alone. */
[[nodiscard]] bool vc_secret_equal(struct vc_bytes a, struct vc_bytes b);

#endif
