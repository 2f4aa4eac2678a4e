/* SPDX-License-Identifier: MIT */

/* Encryption to public keys: RSA, by the core. */

#include "psa/bulk.h"
#include "psa/service_internal.h"

/* The core takes OAEP over a hash that it has not for what cannot be. */
static vc_psa_status told(psa_algorithm_t algorithm, vc_psa_status status)
{
    if (status == PSA_ERROR_INVALID_ARGUMENT && PSA_ALG_IS_RSA_OAEP(algorithm) &&
        !vc_psa_core_has_hash(PSA_ALG_RSA_OAEP_GET_HASH(algorithm)))
        return PSA_ERROR_NOT_SUPPORTED;
    return status;
}

vc_psa_status vc_psa_do_asymmetric_encrypt(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes *input = &call->inputs[0], *label = &call->inputs[1];
    struct vc_psa_output *output = &call->outputs[0];

    /* every padding that the specification has for encryption is random */
    if (vc_psa_key_find(psa, call->values[0]) != nullptr && !psa->options.randomness)
        return PSA_ERROR_NOT_PERMITTED;
    return told(call->values[1],
                psa_asymmetric_encrypt(vc_psa_core_id(psa, call->values[0]), call->values[1],
                                       input->data, input->size, label->data, label->size,
                                       output->data, output->room, &output->size));
}

vc_psa_status vc_psa_do_asymmetric_decrypt(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes *input = &call->inputs[0], *label = &call->inputs[1];
    struct vc_psa_output *output = &call->outputs[0];

    return told(call->values[1],
                psa_asymmetric_decrypt(vc_psa_core_id(psa, call->values[0]), call->values[1],
                                       input->data, input->size, label->data, label->size,
                                       output->data, output->room, &output->size));
}
