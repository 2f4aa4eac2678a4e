/* SPDX-License-Identifier: MIT */

/* Base 32 (RFC 4648 §6) in lower case and without padding, as DNS labels like it. */

#ifndef VC_BASE_BASE32_H
#define VC_BASE_BASE32_H

#include "base/defs.h"

/* Characters that `size` bytes need, without the NUL. */
#define VC_BASE32_LENGTH(size) (((size) * 8 + 4) / 5)

/* Writes VC_BASE32_LENGTH(bytes.size) characters and a NUL. */
void vc_base32_encode(struct vc_bytes bytes, char *text);

#endif
