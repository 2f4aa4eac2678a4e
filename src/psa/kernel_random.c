/* SPDX-License-Identifier: MIT */

/* The core's random bytes, from the kernel each time.
 *
 * Its own generator would keep a state, which a copy of the process has, too: a machine that is
 * cloned would go on as its twin does (attack E11). Debian's build has no other hook, so the linker
 * puts this function in the place of the generator's one way out (meson.build). */

#include <mbedtls/ctr_drbg.h>

#include "crypto/random.h"

int __wrap_mbedtls_ctr_drbg_random(void *generator, unsigned char *bytes, size_t size);

int __wrap_mbedtls_ctr_drbg_random(void *, unsigned char *bytes, size_t size)
{
    return vc_random(bytes, size, nullptr) == VC_OK ? 0
                                                    : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}
