/* SPDX-License-Identifier: MIT */

/* For tests of the families: a service, its keys, calls of it. Whatever is not as it should be
 * fails the test. */

#ifndef VC_PSA_FIXTURE_H
#define VC_PSA_FIXTURE_H

#include "psa/service_internal.h"

/* Bytes given as hex, of up to 1024 bytes. */
struct vc_fixture_bytes {
    uint8_t data[1024];
    size_t size;
};
struct vc_fixture_bytes vc_fixture_hex(const char *hex);
struct vc_bytes vc_fixture_view(const struct vc_fixture_bytes *bytes);

struct vc_psa *vc_fixture_service(bool randomness);

/* What the service answers. Failure leaves the sizes of all outputs, and the new key, 0. */
vc_psa_status vc_fixture_ask(struct vc_psa *psa, struct vc_psa_call *call);

/* A volatile key. */
struct vc_fixture_key {
    psa_key_type_t type;
    psa_key_usage_t usage;
    psa_algorithm_t algorithm;
};
uint32_t vc_fixture_import(struct vc_psa *psa, struct vc_fixture_key form,
                           struct vc_bytes material);
uint32_t vc_fixture_generate(struct vc_psa *psa, struct vc_fixture_key form, uint32_t bits);
/* Another key of the same material: generated keys, for other uses. */
uint32_t vc_fixture_again(struct vc_psa *psa, uint32_t id, struct vc_fixture_key form);
/* Its public key, as bytes. */
struct vc_fixture_bytes vc_fixture_public(struct vc_psa *psa, uint32_t key);
void vc_fixture_destroy(struct vc_psa *psa, uint32_t key);

/* As above, but the status is the result; the size of what was written goes to *size. */
struct vc_fixture_two {
    uint32_t values[4];
    struct vc_bytes first, second;
    uint32_t operation;
    struct vc_psa_attributes attributes;
};
vc_psa_status vc_fixture_do(struct vc_psa *psa, enum vc_psa_function function,
                            const struct vc_fixture_two *given, struct vc_fixture_bytes *output);

#endif
