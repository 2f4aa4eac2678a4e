/* SPDX-License-Identifier: MIT */

/* What must not show: comparison in constant time, and wiping. */

#ifndef VC_BASE_SECRET_H
#define VC_BASE_SECRET_H

#include "base/defs.h"

/* True if both runs have the same size and bytes; time depends on the sizes alone. */
[[nodiscard]] bool vc_secret_equal(struct vc_bytes a, struct vc_bytes b);

/* Overwrites with zeros that the compiler may not drop. */
void vc_secret_wipe(void *memory, size_t size);

#endif
