/* SPDX-License-Identifier: MIT */

/* Message authentication codes: by the core. */

#include <stdlib.h>

#include "psa/service_internal.h"

static vc_psa_status end(struct vc_psa *psa, struct vc_psa_call *call, vc_psa_status status)
{
    vc_psa_operation_end(psa, VC_PSA_MAC, &call->operation);
    return status;
}

/* ---- in one call ---- */

vc_psa_status vc_psa_do_mac_compute(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_bytes input = call->inputs[0];
    struct vc_psa_output *mac = &call->outputs[0];

    return psa_mac_compute(vc_psa_core_id(psa, call->values[0]), call->values[1], input.data,
                           input.size, mac->data, mac->room, &mac->size);
}

vc_psa_status vc_psa_do_mac_verify(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_bytes input = call->inputs[0];
    struct vc_bytes mac = call->inputs[1];

    return psa_mac_verify(vc_psa_core_id(psa, call->values[0]), call->values[1], input.data,
                          input.size, mac.data, mac.size);
}

/* ---- in several ---- */

static void free_operation(void *state)
{
    (void)psa_mac_abort(state);
    free(state);
}

typedef psa_status_t core_setup(psa_mac_operation_t *, mbedtls_svc_key_id_t, psa_algorithm_t);

static vc_psa_status set_up(struct vc_psa *psa, struct vc_psa_call *call, core_setup *core)
{
    psa_mac_operation_t *operation;
    vc_psa_status status;

    if (call->operation != 0)
        return end(psa, call, PSA_ERROR_BAD_STATE);
    operation = calloc(1, sizeof(*operation));
    if (operation == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    *operation = psa_mac_operation_init();
    status = core(operation, vc_psa_core_id(psa, call->values[0]), call->values[1]);
    if (status != PSA_SUCCESS) {
        free_operation(operation);
        return status;
    }
    return vc_psa_operation_begin(psa, VC_PSA_MAC, free_operation, operation, &call->operation);
}

vc_psa_status vc_psa_do_mac_sign_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    return set_up(psa, call, psa_mac_sign_setup);
}

vc_psa_status vc_psa_do_mac_verify_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    return set_up(psa, call, psa_mac_verify_setup);
}

vc_psa_status vc_psa_do_mac_update(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_mac_operation_t *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_MAC);
    vc_psa_status status = PSA_ERROR_BAD_STATE;

    if (operation != nullptr)
        status = psa_mac_update(operation, call->inputs[0].data, call->inputs[0].size);
    return status == PSA_SUCCESS ? status : end(psa, call, status);
}

vc_psa_status vc_psa_do_mac_sign_finish(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_mac_operation_t *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_MAC);
    struct vc_psa_output *mac = &call->outputs[0];
    vc_psa_status status = PSA_ERROR_BAD_STATE;

    if (operation != nullptr)
        status = psa_mac_sign_finish(operation, mac->data, mac->room, &mac->size);
    return end(psa, call, status);
}

vc_psa_status vc_psa_do_mac_verify_finish(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_mac_operation_t *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_MAC);
    struct vc_bytes mac = call->inputs[0];
    vc_psa_status status = PSA_ERROR_BAD_STATE;

    if (operation != nullptr)
        status = psa_mac_verify_finish(operation, mac.data, mac.size);
    return end(psa, call, status);
}

vc_psa_status vc_psa_do_mac_abort(struct vc_psa *psa, struct vc_psa_call *call)
{
    return end(psa, call, PSA_SUCCESS);
}
