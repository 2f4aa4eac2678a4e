/* SPDX-License-Identifier: MIT */

/* Key derivation: HKDF and the functions of TLS 1.2 by the core, PBKDF2 by this room. Verification
 * and keys that allow nothing but that (PSA Crypto 1.2) are unknown to the core. */

#include <stdlib.h>

#include <mbedtls/platform_util.h>

#include "base/secret.h"
#include "psa/pbkdf2.h"
#include "psa/service_internal.h"

struct derivation {
    psa_algorithm_t algorithm;
    psa_key_derivation_operation_t core;
    struct vc_pbkdf2 *own; /* instead of `core`, if not null */
    bool keyed;            /* own: the password was a key */
    bool only_verifies;    /* an input was a key that may not do more */
    bool fed;              /* ECJPAKE-to-PMS: its only input was given */
};

static void free_derivation(void *state)
{
    struct derivation *derivation = state;

    (void)psa_key_derivation_abort(&derivation->core);
    vc_pbkdf2_free(derivation->own);
    free(derivation);
}

static struct derivation *find(const struct vc_psa *psa, const struct vc_psa_call *call)
{
    return vc_psa_operation_state(psa, call->operation, VC_PSA_DERIVATION);
}

/* What failed is over, but for a stream of bytes that has come to its end. */
static vc_psa_status leave(struct vc_psa *psa, struct vc_psa_call *call, vc_psa_status status)
{
    if (status != PSA_SUCCESS && status != PSA_ERROR_INSUFFICIENT_DATA)
        vc_psa_operation_end(psa, VC_PSA_DERIVATION, &call->operation);
    return status;
}

/* ---- setting up ---- */

vc_psa_status vc_psa_do_key_derivation_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_algorithm_t algorithm = call->values[0];
    struct derivation *made;
    vc_psa_status status;

    if (call->operation != 0)
        return PSA_ERROR_BAD_STATE;
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    made->algorithm = algorithm;
    made->core = psa_key_derivation_operation_init();
    status = PSA_ALG_IS_PBKDF2(algorithm) ? vc_pbkdf2_new(algorithm, &made->own)
                                          : psa_key_derivation_setup(&made->core, algorithm);
    if (status != PSA_SUCCESS) {
        free_derivation(made);
        return status;
    }
    return vc_psa_operation_begin(psa, VC_PSA_DERIVATION, free_derivation, made, &call->operation);
}

/* What is beyond 32 bits is no limit to a program: it cannot even name it. */
vc_psa_status vc_psa_do_key_derivation_get_capacity(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);
    size_t capacity = 0;
    vc_psa_status status = PSA_SUCCESS;

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    if (derivation->own != nullptr)
        capacity = vc_pbkdf2_capacity(derivation->own);
    else
        status = psa_key_derivation_get_capacity(&derivation->core, &capacity);
    call->number = capacity < UINT32_MAX ? (uint32_t)capacity : UINT32_MAX;
    return status;
}

/* A capacity that is refused leaves the operation as it was. */
vc_psa_status vc_psa_do_key_derivation_set_capacity(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    if (derivation->own != nullptr)
        return vc_pbkdf2_limit(derivation->own, call->values[0]);
    return psa_key_derivation_set_capacity(&derivation->core, call->values[0]);
}

vc_psa_status vc_psa_do_key_derivation_abort(struct vc_psa *psa, struct vc_psa_call *call)
{
    vc_psa_operation_end(psa, VC_PSA_DERIVATION, &call->operation);
    return PSA_SUCCESS;
}

/* ---- inputs ---- */

static bool fits(uint32_t value, size_t width)
{
    return value >> (8 * width) == 0;
}

/* The core hashes zeros if ECJPAKE-to-PMS has no input, and the last of several. */
static bool is_pms(const struct derivation *derivation)
{
    return derivation->algorithm == PSA_ALG_TLS12_ECJPAKE_TO_PMS;
}

static bool is_full(const struct derivation *derivation)
{
    return is_pms(derivation) && derivation->fed;
}

static bool is_hungry(const struct derivation *derivation)
{
    return is_pms(derivation) && !derivation->fed;
}

/* After an input. */
static vc_psa_status leave_fed(struct vc_psa *psa, struct vc_psa_call *call, vc_psa_status status)
{
    struct derivation *derivation = find(psa, call);

    derivation->fed |= status == PSA_SUCCESS;
    return leave(psa, call, status);
}

/* Steps have 16 bits; the core would cut what is more. */
static vc_psa_status input_bytes(struct derivation *derivation, uint32_t step,
                                 struct vc_bytes bytes)
{
    if (!fits(step, sizeof(psa_key_derivation_step_t)))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (derivation->own == nullptr) {
        return psa_key_derivation_input_bytes(&derivation->core, (psa_key_derivation_step_t)step,
                                              bytes.data, bytes.size);
    }
    if (step == PSA_KEY_DERIVATION_INPUT_SALT)
        return vc_pbkdf2_salt(derivation->own, bytes);
    if (step == PSA_KEY_DERIVATION_INPUT_PASSWORD)
        return vc_pbkdf2_password(derivation->own, bytes);
    return PSA_ERROR_INVALID_ARGUMENT;
}

vc_psa_status vc_psa_do_key_derivation_input_bytes(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave_fed(psa, call,
                     is_full(derivation)
                         ? PSA_ERROR_BAD_STATE
                         : input_bytes(derivation, call->values[0], call->inputs[0]));
}

static vc_psa_status input_integer(struct derivation *derivation, uint32_t step, uint64_t number)
{
    if (!fits(step, sizeof(psa_key_derivation_step_t)))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (derivation->own == nullptr) {
        return psa_key_derivation_input_integer(&derivation->core, (psa_key_derivation_step_t)step,
                                                number);
    }
    return step == PSA_KEY_DERIVATION_INPUT_COST ? vc_pbkdf2_cost(derivation->own, number)
                                                 : PSA_ERROR_INVALID_ARGUMENT;
}

vc_psa_status vc_psa_do_key_derivation_input_integer(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call, input_integer(derivation, call->values[0], call->wide));
}

/* The types of keys that the specification has for a step. */
static bool suits(uint32_t step, psa_key_type_t type)
{
    switch (step) {
    case PSA_KEY_DERIVATION_INPUT_SECRET:
    case PSA_KEY_DERIVATION_INPUT_OTHER_SECRET:
        return type == PSA_KEY_TYPE_DERIVE;
    case PSA_KEY_DERIVATION_INPUT_PASSWORD:
        return type == PSA_KEY_TYPE_PASSWORD || type == PSA_KEY_TYPE_DERIVE;
    case PSA_KEY_DERIVATION_INPUT_SALT:
        return type == PSA_KEY_TYPE_RAW_DATA || type == PSA_KEY_TYPE_PEPPER;
    case PSA_KEY_DERIVATION_INPUT_LABEL:
    case PSA_KEY_DERIVATION_INPUT_INFO:
    case PSA_KEY_DERIVATION_INPUT_SEED:
        return type == PSA_KEY_TYPE_RAW_DATA;
    default:
        return false;
    }
}

/* As bytes, which the core takes for less than a key: it derives no keys from them. */
static vc_psa_status input_material(struct derivation *derivation, uint32_t step,
                                    const struct vc_psa_key *key)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {}; /* wipes */
    vc_psa_status status = vc_psa_key_material(key, &material);

    return status == PSA_SUCCESS ? input_bytes(derivation, step, vc_buffer_bytes(&material))
                                 : status;
}

static vc_psa_status input_key(struct derivation *derivation, uint32_t step,
                               const struct vc_psa_key *key)
{
    bool derives = (key->attributes.usage & PSA_KEY_USAGE_DERIVE) != 0;
    bool verifies = (key->attributes.usage & PSA_KEY_USAGE_VERIFY_DERIVATION) != 0;
    vc_psa_status status;

    if (!fits(step, sizeof(psa_key_derivation_step_t)))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (derives && derivation->own == nullptr) {
        return psa_key_derivation_input_key(&derivation->core, (psa_key_derivation_step_t)step,
                                            key->core);
    }
    if ((!derives && !verifies) || key->attributes.algorithm != derivation->algorithm)
        return PSA_ERROR_NOT_PERMITTED;
    if (!suits(step, key->attributes.type))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = input_material(derivation, step, key);
    if (status == PSA_SUCCESS) {
        derivation->only_verifies |= !derives;
        derivation->keyed |= step == PSA_KEY_DERIVATION_INPUT_PASSWORD;
    }
    return status;
}

vc_psa_status vc_psa_do_key_derivation_input_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);
    const struct vc_psa_key *key = vc_psa_key_find(psa, call->values[1]);
    vc_psa_status status;

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    if (key == nullptr)
        status = PSA_ERROR_INVALID_HANDLE;
    else if (is_full(derivation))
        status = PSA_ERROR_BAD_STATE;
    else
        status = input_key(derivation, call->values[0], key);
    return leave_fed(psa, call, status);
}

vc_psa_status vc_psa_do_key_derivation_key_agreement(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);
    uint32_t step = call->values[0];
    vc_psa_status status = PSA_ERROR_INVALID_ARGUMENT;

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    if (derivation->own == nullptr && fits(step, sizeof(psa_key_derivation_step_t))) {
        status = psa_key_derivation_key_agreement(
            &derivation->core, (psa_key_derivation_step_t)step,
            vc_psa_core_id(psa, call->values[1]), call->inputs[0].data, call->inputs[0].size);
    }
    return leave(psa, call, status);
}

/* ---- outputs ---- */

static vc_psa_status draw(struct derivation *derivation, uint8_t *bytes, size_t size)
{
    if (is_hungry(derivation))
        return PSA_ERROR_BAD_STATE;
    return derivation->own != nullptr
               ? vc_pbkdf2_output(derivation->own, bytes, size)
               : psa_key_derivation_output_bytes(&derivation->core, bytes, size);
}

vc_psa_status vc_psa_do_key_derivation_output_bytes(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);
    struct vc_psa_output *output = &call->outputs[0];
    vc_psa_status status;

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    status = derivation->only_verifies ? PSA_ERROR_NOT_PERMITTED
                                       : draw(derivation, output->data, output->room);
    return leave(psa, call, status);
}

/* A key that is nothing but bytes, of those that PBKDF2 gives. */
static vc_psa_status import_drawn(struct derivation *derivation, const psa_key_attributes_t *core,
                                  mbedtls_svc_key_id_t *key)
{
    psa_key_type_t type = psa_get_key_type(core);
    size_t size = PSA_BITS_TO_BYTES(psa_get_key_bits(core));
    uint8_t *bytes;
    vc_psa_status status;

    if (!derivation->keyed)
        return PSA_ERROR_NOT_PERMITTED;
    if (!PSA_KEY_TYPE_IS_UNSTRUCTURED(type) || type == PSA_KEY_TYPE_DES)
        return PSA_ERROR_NOT_SUPPORTED;
    if (size == 0 || psa_get_key_bits(core) % 8 != 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    bytes = malloc(size);
    if (bytes == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    status = draw(derivation, bytes, size);
    if (status == PSA_SUCCESS)
        status = psa_import_key(core, bytes, size, key);
    mbedtls_platform_zeroize(bytes, size);
    free(bytes);
    return status;
}

static vc_psa_status output_key(struct vc_psa *psa, struct derivation *derivation,
                                struct vc_psa_call *call)
{
    const struct vc_psa_attributes *wanted = &call->attributes;
    mbedtls_svc_key_id_t key = MBEDTLS_SVC_KEY_ID_INIT;
    psa_key_attributes_t core;
    vc_psa_status status = vc_psa_key_prepare(psa, wanted, &core);

    if (status != PSA_SUCCESS)
        return status;
    if (derivation->only_verifies)
        return PSA_ERROR_NOT_PERMITTED;
    if (is_hungry(derivation))
        return PSA_ERROR_BAD_STATE;
    if (PSA_KEY_TYPE_IS_PUBLIC_KEY(wanted->type) ||
        (wanted->type == PSA_KEY_TYPE_PASSWORD_HASH && wanted->algorithm != derivation->algorithm))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = derivation->own != nullptr
                 ? import_drawn(derivation, &core, &key)
                 : psa_key_derivation_output_key(&core, &derivation->core, &key);
    return status == PSA_SUCCESS ? vc_psa_key_adopt(psa, wanted, key, &call->key) : status;
}

vc_psa_status vc_psa_do_key_derivation_output_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call, output_key(psa, derivation, call));
}

/* ---- verification ---- */

static vc_psa_status verify(struct derivation *derivation, struct vc_bytes expected)
{
    uint8_t *drawn = malloc(expected.size + 1);
    vc_psa_status status;

    if (drawn == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    status = draw(derivation, drawn, expected.size);
    if (status == PSA_SUCCESS &&
        !vc_secret_equal((struct vc_bytes){drawn, expected.size}, expected))
        status = PSA_ERROR_INVALID_SIGNATURE;
    mbedtls_platform_zeroize(drawn, expected.size);
    free(drawn);
    return status;
}

vc_psa_status vc_psa_do_key_derivation_verify_bytes(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call, verify(derivation, call->inputs[0]));
}

static vc_psa_status verify_key(struct derivation *derivation, const struct vc_psa_key *key)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer expected = {}; /* wipes */
    vc_psa_status status;

    if ((key->attributes.usage & PSA_KEY_USAGE_VERIFY_DERIVATION) == 0 ||
        key->attributes.algorithm != derivation->algorithm)
        return PSA_ERROR_NOT_PERMITTED;
    if (key->attributes.type != PSA_KEY_TYPE_PASSWORD_HASH)
        return PSA_ERROR_INVALID_ARGUMENT;
    status = vc_psa_key_material(key, &expected);
    return status == PSA_SUCCESS ? verify(derivation, vc_buffer_bytes(&expected)) : status;
}

vc_psa_status vc_psa_do_key_derivation_verify_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct derivation *derivation = find(psa, call);
    const struct vc_psa_key *key = vc_psa_key_find(psa, call->values[0]);

    if (derivation == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call,
                 key == nullptr ? PSA_ERROR_INVALID_HANDLE : verify_key(derivation, key));
}
