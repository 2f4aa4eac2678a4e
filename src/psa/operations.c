/* SPDX-License-Identifier: MIT */

/* Multipart operations of the program: a handle for each that is active. */

#include <stdlib.h>

#include "psa/service_internal.h"

static bool is(const struct vc_psa_operation *operation, uint32_t handle, enum vc_psa_family family)
{
    return handle != 0 && operation->handle == handle && operation->family == family;
}

void *vc_psa_operation_state(const struct vc_psa *psa, uint32_t handle, enum vc_psa_family family)
{
    const struct vc_psa_operation *operation = psa->operations;

    while (operation != nullptr && !is(operation, handle, family))
        operation = operation->next;
    return operation != nullptr ? operation->state : nullptr;
}

static vc_psa_status add(struct vc_psa *psa, const struct vc_psa_operation *form, uint32_t *handle)
{
    struct vc_psa_operation *made;

    /* a handle is never given twice: what a program kept of one that is over is good for nothing */
    if (psa->operation_count >= VC_PSA_OPERATIONS_MAX || psa->next_handle >= VC_PSA_HANDLE_STORED)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    made = malloc(sizeof(*made));
    if (made == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    *made = *form;
    made->handle = psa->next_handle++ | psa->options.handle_flag;
    made->next = psa->operations;
    psa->operations = made;
    psa->operation_count++;
    *handle = made->handle;
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_operation_begin(struct vc_psa *psa, enum vc_psa_family family,
                                     void (*free)(void *state), void *state, uint32_t *handle)
{
    const struct vc_psa_operation form = {.family = family, .free = free, .state = state};
    vc_psa_status status = *handle == 0 ? add(psa, &form, handle) : PSA_ERROR_BAD_STATE;

    if (status != PSA_SUCCESS)
        free(state);
    return status;
}

void vc_psa_operation_end(struct vc_psa *psa, enum vc_psa_family family, uint32_t *handle)
{
    struct vc_psa_operation **link = &psa->operations;
    struct vc_psa_operation *operation;

    while (*link != nullptr && !is(*link, *handle, family))
        link = &(*link)->next;
    operation = *link;
    *handle = 0;
    if (operation == nullptr)
        return;
    *link = operation->next;
    psa->operation_count--;
    operation->free(operation->state);
    free(operation);
}

void vc_psa_operation_use(struct vc_psa *psa, uint32_t handle, uint32_t key)
{
    for (struct vc_psa_operation *at = psa->operations; at != nullptr; at = at->next) {
        if (at->handle == handle)
            at->key = key;
    }
}

void vc_psa_operations_end_with(struct vc_psa *psa, uint32_t key)
{
    struct vc_psa_operation *next;

    for (struct vc_psa_operation *at = psa->operations; at != nullptr; at = next) {
        uint32_t handle = at->handle;

        next = at->next;
        if (at->key == key)
            vc_psa_operation_end(psa, at->family, &handle);
    }
}
