/* SPDX-License-Identifier: MIT */

/* Random bytes for programs: the kernel's, with no generator in between. */

#include "crypto/random.h"

#include <limits.h>
#include <string.h>

#include "psa/service_internal.h"

vc_psa_status vc_psa_do_generate_random(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_psa_output *output = &call->outputs[0];
    size_t done = 0;

    if (!psa->options.randomness)
        return PSA_ERROR_NOT_PERMITTED;
    while (done < output->room) {
        size_t rest = output->room - done;
        size_t part = rest < INT_MAX ? rest : INT_MAX;

        if (vc_random(output->data + done, part, nullptr) != VC_OK) {
            memset(output->data, 0, output->room);
            return PSA_ERROR_INSUFFICIENT_ENTROPY;
        }
        done += part;
    }
    output->size = output->room;
    return PSA_SUCCESS;
}
