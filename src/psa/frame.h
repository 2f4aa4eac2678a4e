/* SPDX-License-Identifier: MIT */

/* Calls of the crypto ABI between a worker and its key store: a packet of one size on their socket,
 * and bytes in memory that both have mapped. Both ends take the other for hostile. */

#ifndef VC_PSA_FRAME_H
#define VC_PSA_FRAME_H

#include "base/err.h"
#include "psa/call.h"

/* Native byte order: both ends are one machine and one measurement. */
struct vc_psa_frame {
    uint32_t function;
    int32_t status; /* of an answer */
    uint32_t values[VC_PSA_VALUES_MAX];
    uint64_t wide;
    uint32_t operation, operation2;
    uint32_t key, number;
    struct vc_psa_attributes attributes;
    uint32_t input_size[VC_PSA_INPUTS_MAX];   /* bytes in the window from its start, one by one */
    uint32_t output_size[VC_PSA_OUTPUTS_MAX]; /* of a call: room; of an answer: bytes in the window,
                                                 from its start, one by one */
    uint32_t reserved;
};

/* Memory that both map: VC_PSA_CALL_BYTES_MAX bytes. */
struct vc_psa_window {
    uint8_t *data;
};

/* Caller: writes the call; PSA_ERROR_INSUFFICIENT_MEMORY: its inputs or outputs do not fit. */
vc_psa_status vc_psa_frame_ask(const struct vc_psa_call *call, struct vc_psa_window window,
                               struct vc_psa_frame *frame);

/* Caller: what the answer says, copied to where the call wants it. PSA_ERROR_COMMUNICATION_FAILURE:
 * no honest key store answers so; nothing was written. */
vc_psa_status vc_psa_frame_take(const struct vc_psa_frame *frame, struct vc_psa_window window,
                                struct vc_psa_call *call);

/* Key store: answers one call, by `answer`. Inputs are copied before they are looked at. The frame
 * becomes the answer: PSA_ERROR_INSUFFICIENT_MEMORY if there is none for the call. VC_MALFORMED: no
 * honest worker asks so. */
enum vc_code vc_psa_frame_answer(struct vc_psa_frame *frame, struct vc_psa_window window,
                                 vc_psa_answer_fn *answer, void *user, struct vc_err *err);

#endif
