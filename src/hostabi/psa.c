/* SPDX-License-Identifier: MIT */

/* The crypto ABI: every function of it is taken apart here by its shape (abi/psa.h). All that a
 * program points at is checked before anything happens. */

#include "psa/call.h"

#include <stdlib.h>
#include <string.h>

#include "hostabi/host_internal.h"

static constexpr size_t SUITE_NUMBERS = 3;

/* Where what comes back goes; null: not of this function. */
struct places {
    uint8_t *operation, *operation2;
    uint8_t *sizes[VC_PSA_OUTPUTS_MAX];
    uint8_t *number, *key, *attributes;
};

/* One call under way: the arguments that are not looked at yet, and what was found so far. */
struct taking {
    const struct vc_engine_frame *frame;
    size_t argument, values, inputs, outputs;
    struct vc_psa_call *call;
    struct places *places;
};

static uint64_t next(struct taking *taking)
{
    return taking->frame->arguments[taking->argument++];
}

/* All of it is the program's memory. Address 0 is some, but nothing that a program means by it. */
static bool is_there(const struct taking *taking, uint64_t at, size_t size, uint8_t **place)
{
    return at != 0 && vc_guest_range(&taking->frame->memory, at, size, place) == VC_WASI_SUCCESS;
}

static bool take_place(struct taking *taking, size_t size, uint8_t **place)
{
    return is_there(taking, next(taking), size, place);
}

static bool take_number(struct taking *taking, uint8_t **place)
{
    return take_place(taking, sizeof(uint32_t), place);
}

static bool take_operation(struct taking *taking, uint8_t **place, uint32_t *handle)
{
    bool is_memory = take_number(taking, place);

    if (is_memory)
        *handle = vc_guest_get_u32(*place);
    return is_memory;
}

/* An address and a size; no bytes may stand anywhere. */
static bool take_range(struct taking *taking, uint8_t **bytes, size_t *size)
{
    uint64_t at = next(taking);

    *bytes = nullptr;
    *size = (size_t)next(taking);
    return *size == 0 || is_there(taking, at, *size, bytes);
}

static bool take_input(struct taking *taking)
{
    uint8_t *bytes;
    size_t size;
    bool is_memory = take_range(taking, &bytes, &size);

    taking->call->inputs[taking->inputs++] = (struct vc_bytes){bytes, size};
    return is_memory;
}

static bool take_output(struct taking *taking)
{
    struct vc_psa_output *output = &taking->call->outputs[taking->outputs++];

    return take_range(taking, &output->data, &output->room);
}

static bool take_attributes(struct taking *taking, bool given)
{
    struct vc_psa_attributes *attributes = &taking->call->attributes;
    uint8_t *place = nullptr;

    if (!take_place(taking, sizeof(*attributes), &place))
        return false;
    if (given) {
        memcpy(attributes, place, sizeof(*attributes));
    } else {
        taking->places->attributes = place;
    }
    return true;
}

static bool take_suite(struct taking *taking)
{
    uint8_t *place = nullptr;

    if (!take_place(taking, SUITE_NUMBERS * sizeof(uint32_t), &place))
        return false;
    for (size_t i = 0; i < SUITE_NUMBERS; i++)
        taking->call->values[taking->values++] = vc_guest_get_u32(place + i * sizeof(uint32_t));
    return true;
}

static bool take(struct taking *taking, char letter)
{
    struct vc_psa_call *call = taking->call;
    struct places *places = taking->places;

    switch (letter) {
    case 'v':
        call->values[taking->values++] = (uint32_t)next(taking);
        return true;
    case 'I':
        call->wide = next(taking);
        return true;
    case 'p':
        return take_operation(taking, &places->operation, &call->operation);
    case 'q':
        return take_operation(taking, &places->operation2, &call->operation2);
    case 'i':
        return take_input(taking);
    case 'o':
        return take_output(taking);
    case 'l':
        return take_number(taking, &places->sizes[taking->outputs - 1]);
    case 'n':
        return take_number(taking, &places->number);
    case 'k':
        return take_number(taking, &places->key);
    case 'c':
        return take_suite(taking);
    default: /* a, A; s goes with the letter before it */
        return letter == 's' || take_attributes(taking, letter == 'a');
    }
}

static bool take_all(const struct vc_engine_frame *frame, struct vc_psa_call *call,
                     struct places *places)
{
    struct taking taking = {.frame = frame, .call = call, .places = places};
    bool is_memory = true;

    for (const char *at = vc_psa_shape(call->function); *at != '\0' && is_memory; at++)
        is_memory = take(&taking, *at);
    return is_memory;
}

/* ---- buffers that meet ---- */

static bool meet(struct vc_bytes a, struct vc_bytes b)
{
    return a.size > 0 && b.size > 0 && a.data < b.data + b.size && b.data < a.data + a.size;
}

static struct vc_bytes room_of(const struct vc_psa_output *output)
{
    return (struct vc_bytes){output->data, output->room};
}

/* Must this input be copied before the call? The last one may be where an output is: programs
 * encrypt in place. */
static bool is_in_the_way(const struct vc_psa_call *call, size_t input, bool is_last)
{
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++) {
        bool is_same = is_last && call->inputs[input].data == call->outputs[i].data;

        if (!is_same && meet(call->inputs[input], room_of(&call->outputs[i])))
            return true;
    }
    return false;
}

/* Inputs that the call might write over before it has read them. */
struct copies {
    uint8_t *bytes[VC_PSA_INPUTS_MAX];
    size_t size[VC_PSA_INPUTS_MAX];
};

static vc_psa_status separate(struct vc_psa_call *call, struct copies *copies)
{
    size_t count = vc_psa_count(call->function, 'i');

    if (meet(room_of(&call->outputs[0]), room_of(&call->outputs[1])))
        return VC_PSA_ERROR_INVALID_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        struct vc_bytes input = call->inputs[i];

        if (!is_in_the_way(call, i, i + 1 == count))
            continue;
        copies->bytes[i] = malloc(input.size);
        if (copies->bytes[i] == nullptr)
            return VC_PSA_ERROR_INSUFFICIENT_MEMORY;
        copies->size[i] = input.size;
        memcpy(copies->bytes[i], input.data, input.size);
        call->inputs[i].data = copies->bytes[i];
    }
    return VC_PSA_SUCCESS;
}

static void copies_done(struct copies *copies)
{
    for (size_t i = 0; i < VC_PSA_INPUTS_MAX; i++) {
        if (copies->bytes[i] != nullptr)
            explicit_bzero(copies->bytes[i], copies->size[i]);
        free(copies->bytes[i]);
    }
}

/* ---- the call ---- */

static void give_back(const struct vc_psa_call *call, vc_psa_status status,
                      const struct places *places)
{
    static const struct vc_psa_attributes fresh = {};

    if (places->operation != nullptr)
        vc_guest_put_u32(places->operation, call->operation);
    if (places->operation2 != nullptr)
        vc_guest_put_u32(places->operation2, call->operation2);
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++) {
        if (places->sizes[i] != nullptr)
            vc_guest_put_u32(places->sizes[i], (uint32_t)call->outputs[i].size);
    }
    /* as the specification wants it: no key, and attributes that are fresh */
    if (places->key != nullptr)
        vc_guest_put_u32(places->key, status == VC_PSA_SUCCESS ? call->key : 0);
    if (places->attributes != nullptr)
        memcpy(places->attributes, status == VC_PSA_SUCCESS ? &call->attributes : &fresh,
               sizeof(fresh));
    if (places->number != nullptr && status == VC_PSA_SUCCESS)
        vc_guest_put_u32(places->number, call->number);
}

static uint32_t answer(const struct vc_host *host, const struct vc_engine_frame *frame,
                       enum vc_psa_function function)
{
    struct vc_psa_call call = {.function = function};
    struct places places = {};
    struct copies copies = {};
    vc_psa_status status;

    if (host->psa == nullptr)
        return (uint32_t)VC_PSA_ERROR_NOT_SUPPORTED;
    if (!take_all(frame, &call, &places))
        return (uint32_t)VC_PSA_ERROR_INVALID_ARGUMENT;
    status = separate(&call, &copies);
    if (status == VC_PSA_SUCCESS)
        status = host->psa(host->psa_user, &call);
    copies_done(&copies);
    give_back(&call, status, &places);
    return (uint32_t)status;
}

#define ANSWER(name, shape)                                                            \
    uint32_t vc_psa_import_##name(struct vc_host *host, struct vc_engine_frame *frame) \
    {                                                                                  \
        return answer(host, frame, VC_PSA_##name);                                     \
    }
VC_PSA_FUNCTIONS(ANSWER)
VC_PSA_EXTENSIONS(ANSWER)
