/* SPDX-License-Identifier: MIT */

/* Random bytes for keys and nonces. */

#ifndef VC_CRYPTO_RANDOM_H
#define VC_CRYPTO_RANDOM_H

#include "base/err.h"

/* Fills `size` bytes from the library's generator, seeded by the kernel. VC_HOST: it has none. */
enum vc_code vc_random(uint8_t *bytes, size_t size, struct vc_err *err);

#endif
