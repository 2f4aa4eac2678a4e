/* SPDX-License-Identifier: MIT */

/* What tests of hashes, codes and ciphers share: a service, keys in it, numbers that look random.
 * What cannot be made ends the test. */

#ifndef VC_PSA_SYMMETRIC_FIXTURE_H
#define VC_PSA_SYMMETRIC_FIXTURE_H

#include "psa/service_internal.h"

struct vc_psa *vc_symmetric_service(bool randomness);

/* As a program imports it; its id. */
uint32_t vc_symmetric_key(struct vc_psa *psa, const struct vc_psa_attributes *attributes,
                          struct vc_bytes material);

/* One call of a script: a name for messages, what it does to the operation *handle. */
struct vc_symmetric_step {
    char letter;
    vc_psa_status (*take)(struct vc_psa *psa, const void *user, uint32_t *handle);
};

/* Steps of one operation, one letter each; all but the last succeed. */
struct vc_symmetric_script {
    const char *name, *steps;
    vc_psa_status last;
};

/* Runs a script from an inactive operation and asserts its statuses; that a failure leaves the
 * operation inactive; and that the service has no operation in the end, once it was aborted by the
 * step 'x'. */
void vc_symmetric_run(struct vc_psa *psa, const struct vc_symmetric_script *script,
                      const struct vc_symmetric_step *steps, const void *user);

/* xorshift; a state of 0 is seeded from the clock, and printed. */
uint64_t vc_symmetric_random(uint64_t *state, uint64_t below);
void vc_symmetric_fill(uint64_t *state, uint8_t *bytes, size_t size);

#endif
