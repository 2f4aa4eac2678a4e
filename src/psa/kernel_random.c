/* SPDX-License-Identifier: MIT */

/* The core's random bytes, from the kernel each time.
 *
 * Its own generator would keep a state, which a copy of the process has, too: a machine that is
 * cloned would go on as its twin does (attack E11); and it asks for the process's number and the
 * time, which no filter of a worker lets pass. Debian's build has no other hook, so the linker puts
 * these functions in the place of its two (meson.build). */

#include <psa/crypto.h>

#include "crypto/random.h"

psa_status_t __wrap_psa_random_internal_seed(void *generator);
psa_status_t __wrap_psa_random_internal_generate(void *generator, uint8_t *bytes, size_t size);

/* Starting the core needs entropy, though nothing of it is kept. */
psa_status_t __wrap_psa_random_internal_seed(void *)
{
    uint8_t byte;

    return vc_random(&byte, sizeof(byte), nullptr) == VC_OK ? PSA_SUCCESS
                                                            : PSA_ERROR_INSUFFICIENT_ENTROPY;
}

psa_status_t __wrap_psa_random_internal_generate(void *, uint8_t *bytes, size_t size)
{
    return vc_random(bytes, size, nullptr) == VC_OK ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_ENTROPY;
}
