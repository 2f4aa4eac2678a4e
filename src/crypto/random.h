/* SPDX-License-Identifier: MIT */

/* Random bytes for keys and nonces. */

#ifndef VC_CRYPTO_RANDOM_H
#define VC_CRYPTO_RANDOM_H

#include <sys/types.h>

#include "base/err.h"

/* Fills `size` bytes from the kernel: nothing is kept in memory that a clone of the machine would
 * have, too. So it is wherever this room's library needs randomness. VC_HOST: it gives none. */
enum vc_code vc_random(uint8_t *bytes, size_t size, struct vc_err *err);

/* Where random bytes come from; `fill` as getrandom: how many it gave, or -1 and errno. */
struct vc_random_source {
    ssize_t (*fill)(void *user, uint8_t *bytes, size_t size);
    void *user;
};

extern const struct vc_random_source vc_random_kernel;

/* Whether a source is plainly broken: constant, short of period, the same at each draw, counting,
 * lopsided. That it is good no such look can tell; a right one fails by chance once in 2^29.
 * VC_HOST: it gives nothing, or more than was asked for. VC_UNTRUSTED: broken. */
enum vc_code vc_random_check(const struct vc_random_source *source, struct vc_err *err);

#endif
