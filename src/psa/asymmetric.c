/* SPDX-License-Identifier: MIT */

/* Encryption to public keys: RSA, by the core. */

#include "psa/service_internal.h"

vc_psa_status vc_psa_do_asymmetric_encrypt(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes *input = &call->inputs[0], *label = &call->inputs[1];
    struct vc_psa_output *output = &call->outputs[0];

    /* every padding that the specification has for encryption is random */
    if (vc_psa_key_find(psa, call->values[0]) != nullptr && !psa->options.randomness)
        return PSA_ERROR_NOT_PERMITTED;
    return psa_asymmetric_encrypt(vc_psa_core_id(psa, call->values[0]), call->values[1],
                                  input->data, input->size, label->data, label->size, output->data,
                                  output->room, &output->size);
}

vc_psa_status vc_psa_do_asymmetric_decrypt(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes *input = &call->inputs[0], *label = &call->inputs[1];
    struct vc_psa_output *output = &call->outputs[0];

    return psa_asymmetric_decrypt(vc_psa_core_id(psa, call->values[0]), call->values[1],
                                  input->data, input->size, label->data, label->size, output->data,
                                  output->room, &output->size);
}
