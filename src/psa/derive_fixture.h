/* SPDX-License-Identifier: MIT */

/* For tests of key derivation: its calls one by one, and vectors. */

#ifndef VC_PSA_DERIVE_FIXTURE_H
#define VC_PSA_DERIVE_FIXTURE_H

#include "psa/fixture.h"

static constexpr size_t INPUTS_MAX = 5;
static constexpr psa_algorithm_t HKDF = PSA_ALG_HKDF(PSA_ALG_SHA_256);
static constexpr psa_algorithm_t PBKDF2 = PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256);

#define COST   PSA_KEY_DERIVATION_INPUT_COST
#define INFO   PSA_KEY_DERIVATION_INPUT_INFO
#define LABEL  PSA_KEY_DERIVATION_INPUT_LABEL
#define OTHER  PSA_KEY_DERIVATION_INPUT_OTHER_SECRET
#define PASS   PSA_KEY_DERIVATION_INPUT_PASSWORD
#define SALT   PSA_KEY_DERIVATION_INPUT_SALT
#define SECRET PSA_KEY_DERIVATION_INPUT_SECRET
#define SEED   PSA_KEY_DERIVATION_INPUT_SEED

/* What goes in at a step; an integer if hex is null. */
struct vc_derive_input {
    uint32_t step;
    const char *hex;
    uint64_t number;
};

struct vc_derive_vector {
    const char *name;
    psa_algorithm_t algorithm;
    struct vc_derive_input inputs[INPUTS_MAX]; /* in this order, until a step is 0 */
    const char *output;
};

static constexpr size_t VC_DERIVE_VECTOR_COUNT = 22;
extern const struct vc_derive_vector VC_DERIVE_VECTORS[VC_DERIVE_VECTOR_COUNT];

/* Calls on *operation, which is then as the program has it. */
uint32_t vc_derive_setup(struct vc_psa *psa, psa_algorithm_t algorithm);
vc_psa_status vc_derive_step(struct vc_psa *psa, struct vc_psa_call call, uint32_t *operation);
vc_psa_status vc_derive_input_bytes(struct vc_psa *psa, uint32_t *operation, uint32_t at,
                                    struct vc_bytes bytes);
vc_psa_status vc_derive_input_number(struct vc_psa *psa, uint32_t *operation, uint32_t at,
                                     uint64_t number);
vc_psa_status vc_derive_input_key(struct vc_psa *psa, uint32_t *operation, uint32_t at,
                                  uint32_t key);
vc_psa_status vc_derive_output(struct vc_psa *psa, uint32_t *operation, uint8_t *bytes,
                               size_t size);
vc_psa_status vc_derive_verify(struct vc_psa *psa, uint32_t *operation, struct vc_bytes expected);
vc_psa_status vc_derive_verify_key(struct vc_psa *psa, uint32_t *operation, uint32_t key);
vc_psa_status vc_derive_set_capacity(struct vc_psa *psa, uint32_t *operation, uint32_t capacity);
uint32_t vc_derive_capacity(struct vc_psa *psa, uint32_t operation);
vc_psa_status vc_derive_output_key(struct vc_psa *psa, uint32_t *operation,
                                   struct vc_psa_attributes attributes, uint32_t *key);
void vc_derive_abort(struct vc_psa *psa, uint32_t *operation);
uint32_t vc_derive_feed(struct vc_psa *psa, const struct vc_derive_vector *vector,
                        psa_key_usage_t usage);

#endif
