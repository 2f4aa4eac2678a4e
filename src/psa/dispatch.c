/* SPDX-License-Identifier: MIT */

/* Which function answers a call. */

#include "psa/service_internal.h"

static vc_psa_handler *const HANDLERS[VC_PSA_FUNCTION_COUNT] = {
#define HANDLER(name, shape) [VC_PSA_##name] = vc_psa_do_##name,
    VC_PSA_FUNCTIONS(HANDLER) VC_PSA_EXTENSIONS(HANDLER)
#undef HANDLER
};

vc_psa_status vc_psa_do_crypto_init(struct vc_psa *, struct vc_psa_call *)
{
    return PSA_SUCCESS; /* whoever made the service has done it */
}

vc_psa_status vc_psa_answer(void *psa, struct vc_psa_call *call)
{
    bool has_sizes = vc_psa_count(call->function, 'l') > 0;
    vc_psa_status status;

    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++)
        call->outputs[i].size = 0;
    status = HANDLERS[call->function](psa, call);
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++) {
        if (status != PSA_SUCCESS) {
            call->outputs[i].size = 0;
        } else if (!has_sizes) {
            call->outputs[i].size = call->outputs[i].room;
        }
    }
    return status;
}
