/* SPDX-License-Identifier: MIT */

#include "psa/frame.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <psa/crypto.h>

static constexpr size_t RETURN_BYTES = 2 << 20; /* used more of the window: its memory goes back */
static constexpr int32_t STATUS_MIN = -500;     /* of the specification's numbers, and more */

/* Nothing of a call stays in the window longer than the call. */
static void wipe(struct vc_psa_window window, size_t size)
{
    if (size >= RETURN_BYTES && madvise(window.data, size, MADV_REMOVE) == 0)
        return;
    if (size > 0)
        explicit_bzero(window.data, size);
}

/* Sum of sizes that another process gave: each is less than 2^32. */
static uint64_t sum(const uint32_t *sizes, size_t count)
{
    uint64_t all = 0;

    for (size_t i = 0; i < count; i++)
        all += sizes[i];
    return all;
}

/* ---- the worker's side ---- */

/* An output that can be shorter than its room may have more room than the window; one that cannot
 * may not. */
static vc_psa_status fill_rooms(const struct vc_psa_call *call, struct vc_psa_frame *frame)
{
    bool is_exact = vc_psa_count(call->function, 'l') == 0;
    size_t left = VC_PSA_CALL_BYTES_MAX;

    for (size_t i = 0; i < vc_psa_count(call->function, 'o'); i++) {
        size_t room = call->outputs[i].room < left ? call->outputs[i].room : left;

        if (is_exact && room < call->outputs[i].room)
            return PSA_ERROR_INSUFFICIENT_MEMORY;
        frame->output_size[i] = (uint32_t)room;
        left -= room;
    }
    return PSA_SUCCESS;
}

static vc_psa_status fill_inputs(const struct vc_psa_call *call, struct vc_psa_window window,
                                 struct vc_psa_frame *frame)
{
    size_t count = vc_psa_count(call->function, 'i');
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        if (call->inputs[i].size > VC_PSA_CALL_BYTES_MAX - used)
            return PSA_ERROR_INSUFFICIENT_MEMORY;
        used += call->inputs[i].size;
        frame->input_size[i] = (uint32_t)call->inputs[i].size;
    }
    used = 0;
    for (size_t i = 0; i < count; i++) {
        if (call->inputs[i].size > 0)
            memcpy(window.data + used, call->inputs[i].data, call->inputs[i].size);
        used += call->inputs[i].size;
    }
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_frame_ask(const struct vc_psa_call *call, struct vc_psa_window window,
                               struct vc_psa_frame *frame)
{
    vc_psa_status status;

    *frame = (struct vc_psa_frame){.function = call->function,
                                   .wide = call->wide,
                                   .operation = call->operation,
                                   .operation2 = call->operation2,
                                   .attributes = call->attributes};
    memcpy(frame->values, call->values, sizeof(frame->values));
    status = fill_rooms(call, frame);
    return status == PSA_SUCCESS ? fill_inputs(call, window, frame) : status;
}

/* One of the key store's, none, or what the program gave and was told that it is none. */
static bool is_handle(uint32_t handle, uint32_t given)
{
    return handle == 0 || handle == given || (handle & VC_PSA_HANDLE_STORED) != 0;
}

static bool is_stored_key(uint32_t key)
{
    return (key >= VC_PSA_KEY_USER_MIN && key <= VC_PSA_KEY_USER_MAX) ||
           (key >= VC_PSA_KEY_STORED_MIN && key <= VC_PSA_KEY_VENDOR_MAX);
}

static bool is_answer(const struct vc_psa_frame *frame, const struct vc_psa_call *call)
{
    size_t outputs = vc_psa_count(call->function, 'o');

    if (frame->function != call->function || frame->status > PSA_SUCCESS ||
        frame->status < STATUS_MIN || !is_handle(frame->operation, call->operation) ||
        !is_handle(frame->operation2, call->operation2))
        return false;
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++) {
        size_t room = i < outputs && frame->status == PSA_SUCCESS ? call->outputs[i].room : 0;

        if (frame->output_size[i] > room)
            return false;
    }
    return sum(frame->output_size, VC_PSA_OUTPUTS_MAX) <= VC_PSA_CALL_BYTES_MAX &&
           (frame->status != PSA_SUCCESS || vc_psa_count(call->function, 'k') == 0 ||
            is_stored_key(frame->key));
}

vc_psa_status vc_psa_frame_take(const struct vc_psa_frame *frame, struct vc_psa_window window,
                                struct vc_psa_call *call)
{
    size_t used = 0;

    if (!is_answer(frame, call))
        return PSA_ERROR_COMMUNICATION_FAILURE;
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++) {
        size_t size = frame->output_size[i];

        if (size > 0)
            memcpy(call->outputs[i].data, window.data + used, size);
        call->outputs[i].size = size;
        used += size;
    }
    wipe(window, used);
    call->operation = frame->operation;
    call->operation2 = frame->operation2;
    call->attributes = frame->attributes;
    call->key = frame->key;
    call->number = frame->number;
    return frame->status;
}

/* ---- the key store's side ---- */

/* Memory of the call, which the worker cannot change meanwhile. */
struct copies {
    uint8_t *inputs, *outputs;
    size_t inputs_size, outputs_size;
};

static bool is_call(const struct vc_psa_frame *frame)
{
    if (frame->function >= VC_PSA_FUNCTION_COUNT || frame->status != PSA_SUCCESS)
        return false;
    for (size_t i = vc_psa_count(frame->function, 'i'); i < VC_PSA_INPUTS_MAX; i++) {
        if (frame->input_size[i] != 0)
            return false;
    }
    for (size_t i = vc_psa_count(frame->function, 'o'); i < VC_PSA_OUTPUTS_MAX; i++) {
        if (frame->output_size[i] != 0)
            return false;
    }
    return sum(frame->input_size, VC_PSA_INPUTS_MAX) <= VC_PSA_CALL_BYTES_MAX &&
           sum(frame->output_size, VC_PSA_OUTPUTS_MAX) <= VC_PSA_CALL_BYTES_MAX;
}

static bool make_room(const struct vc_psa_frame *frame, struct copies *copies)
{
    copies->inputs_size = (size_t)sum(frame->input_size, VC_PSA_INPUTS_MAX);
    copies->outputs_size = (size_t)sum(frame->output_size, VC_PSA_OUTPUTS_MAX);
    copies->inputs = malloc(copies->inputs_size + 1);
    copies->outputs = malloc(copies->outputs_size + 1);
    return copies->inputs != nullptr && copies->outputs != nullptr;
}

/* The call as it was asked, without what it points to. */
static struct vc_psa_call call_of(const struct vc_psa_frame *frame)
{
    struct vc_psa_call call = {.function = frame->function,
                               .wide = frame->wide,
                               .operation = frame->operation,
                               .operation2 = frame->operation2,
                               .attributes = frame->attributes};

    memcpy(call.values, frame->values, sizeof(frame->values));
    return call;
}

static void copy_inputs(const struct vc_psa_frame *frame, struct vc_psa_window window,
                        const struct copies *copies, struct vc_psa_call *call)
{
    size_t used = 0;

    memcpy(copies->inputs, window.data, copies->inputs_size);
    for (size_t i = 0; i < VC_PSA_INPUTS_MAX; i++) {
        call->inputs[i] = (struct vc_bytes){copies->inputs + used, frame->input_size[i]};
        used += frame->input_size[i];
    }
    used = 0;
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++) {
        call->outputs[i].data = copies->outputs + used;
        call->outputs[i].room = frame->output_size[i];
        used += frame->output_size[i];
    }
}

static void fill_answer(const struct vc_psa_call *call, vc_psa_status status,
                        struct vc_psa_window window, struct vc_psa_frame *frame)
{
    size_t used = 0;

    *frame = (struct vc_psa_frame){.function = call->function,
                                   .status = status,
                                   .operation = call->operation,
                                   .operation2 = call->operation2,
                                   .key = call->key,
                                   .number = call->number,
                                   .attributes = call->attributes};
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX && status == PSA_SUCCESS; i++) {
        size_t size = call->outputs[i].size;

        if (size > 0)
            memcpy(window.data + used, call->outputs[i].data, size);
        frame->output_size[i] = (uint32_t)size;
        used += size;
    }
}

static void copies_done(struct copies *copies)
{
    if (copies->inputs != nullptr)
        explicit_bzero(copies->inputs, copies->inputs_size);
    if (copies->outputs != nullptr)
        explicit_bzero(copies->outputs, copies->outputs_size);
    free(copies->inputs);
    free(copies->outputs);
}

/* Operations of the program may have taken so much memory that there is none for the call: it can
 * end them. */
enum vc_code vc_psa_frame_answer(struct vc_psa_frame *frame, struct vc_psa_window window,
                                 vc_psa_answer_fn *answer, void *user, struct vc_err *err)
{
    vc_psa_status status = PSA_ERROR_INSUFFICIENT_MEMORY;
    struct copies copies = {};
    struct vc_psa_call call;
    bool is_room;

    if (!is_call(frame))
        return vc_fail(err, VC_MALFORMED, "worker: a call of the crypto ABI out of form");
    call = call_of(frame);
    is_room = make_room(frame, &copies);
    if (is_room)
        copy_inputs(frame, window, &copies, &call);
    wipe(window, copies.inputs_size);
    if (is_room)
        status = answer(user, &call);
    fill_answer(&call, status, window, frame);
    copies_done(&copies);
    return VC_OK;
}
