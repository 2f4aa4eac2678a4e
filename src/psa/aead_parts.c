/* SPDX-License-Identifier: MIT */

/* Authenticated encryption in several calls. What may follow what is the same for all algorithms:
 * the core knows it for its own, this file for those of `crypto`. */

#include <stdlib.h>
#include <string.h>

#include "crypto/random.h"
#include "psa/bulk.h"
#include "psa/service_internal.h"

enum { NONCE_SIZE = 12 };

struct operation {
    struct vc_psa_bulk bulk;
    struct vc_cipher *native; /* null: the core's */
    bool has_nonce, has_lengths, has_data, has_text;
    size_t data_left, text_left; /* by `has_lengths` */
    psa_aead_operation_t core;
};

static struct operation *find(const struct vc_psa *psa, const struct vc_psa_call *call)
{
    return vc_psa_operation_state(psa, call->operation, VC_PSA_AEAD);
}

static vc_psa_status end(struct vc_psa *psa, struct vc_psa_call *call, vc_psa_status status)
{
    vc_psa_operation_end(psa, VC_PSA_AEAD, &call->operation);
    return status;
}

/* Whatever goes wrong ends the operation. */
static vc_psa_status go_on(struct vc_psa *psa, struct vc_psa_call *call, vc_psa_status status)
{
    return status == PSA_SUCCESS ? status : end(psa, call, status);
}

/* ---- setup ---- */

static void free_operation(void *state)
{
    struct operation *operation = state;

    vc_cipher_free(operation->native);
    (void)psa_aead_abort(&operation->core);
    free(operation);
}

static vc_psa_status open_core(const struct vc_psa *psa, struct operation *operation)
{
    const struct vc_psa_bulk *bulk = &operation->bulk;
    mbedtls_svc_key_id_t key = vc_psa_core_id(psa, bulk->key);

    return bulk->encrypts ? psa_aead_encrypt_setup(&operation->core, key, bulk->algorithm)
                          : psa_aead_decrypt_setup(&operation->core, key, bulk->algorithm);
}

static vc_psa_status set_up(struct vc_psa *psa, struct vc_psa_call *call, bool encrypts)
{
    const struct vc_psa_bulk bulk = {call->values[0], call->values[1], encrypts};
    struct operation *operation;
    vc_psa_status status;

    if (call->operation != 0)
        return end(psa, call, PSA_ERROR_BAD_STATE);
    if (!PSA_ALG_IS_AEAD(bulk.algorithm))
        return PSA_ERROR_NOT_SUPPORTED;
    operation = calloc(1, sizeof(*operation));
    if (operation == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    operation->bulk = bulk;
    operation->core = psa_aead_operation_init();
    status = vc_psa_bulk_takes(psa, &bulk, VC_PSA_AEAD)
                 ? vc_psa_bulk_open(psa, &bulk, &operation->native)
                 : open_core(psa, operation);
    if (status != PSA_SUCCESS) {
        free_operation(operation);
        return status;
    }
    status = vc_psa_operation_begin(psa, VC_PSA_AEAD, free_operation, operation, &call->operation);
    if (status == PSA_SUCCESS)
        vc_psa_operation_use(psa, call->operation, bulk.key);
    return status;
}

vc_psa_status vc_psa_do_aead_encrypt_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    return set_up(psa, call, true);
}

vc_psa_status vc_psa_do_aead_decrypt_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    return set_up(psa, call, false);
}

/* ---- nonce ---- */

/* GCM takes nonces of any size, `crypto` not: then the core has it from the beginning. */
static vc_psa_status leave_to_core(const struct vc_psa *psa, struct operation *operation,
                                   struct vc_bytes nonce)
{
    vc_psa_status status = open_core(psa, operation);

    if (status == PSA_SUCCESS && operation->has_lengths)
        status = psa_aead_set_lengths(&operation->core, operation->data_left, operation->text_left);
    if (status == PSA_SUCCESS)
        status = psa_aead_set_nonce(&operation->core, nonce.data, nonce.size);
    vc_cipher_freep(&operation->native);
    return status;
}

static vc_psa_status start(const struct vc_psa *psa, struct operation *operation,
                           struct vc_bytes nonce)
{
    vc_psa_status status;

    if (operation->has_nonce)
        return PSA_ERROR_BAD_STATE;
    if (nonce.size > VC_PSA_BULK_NONCE_MAX)
        return leave_to_core(psa, operation, nonce);
    status = vc_psa_status_of(vc_cipher_begin(operation->native, nonce, nullptr));
    operation->has_nonce = status == PSA_SUCCESS;
    return status;
}

static vc_psa_status start_at_random(const struct vc_psa *psa, struct operation *operation,
                                     struct vc_psa_output *output)
{
    uint8_t nonce[NONCE_SIZE];
    vc_psa_status status;

    if (operation->has_nonce || !operation->bulk.encrypts)
        return PSA_ERROR_BAD_STATE;
    if (output->room < sizeof(nonce))
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = vc_psa_status_of(vc_random(nonce, sizeof(nonce), nullptr));
    if (status == PSA_SUCCESS)
        status = start(psa, operation, VC_BYTES(nonce));
    if (status != PSA_SUCCESS)
        return status;
    memcpy(output->data, nonce, sizeof(nonce));
    output->size = sizeof(nonce);
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_do_aead_generate_nonce(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    struct vc_psa_output *nonce = &call->outputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (!psa->options.randomness)
        status = PSA_ERROR_NOT_PERMITTED;
    else if (operation->native != nullptr)
        status = start_at_random(psa, operation, nonce);
    else
        status = psa_aead_generate_nonce(&operation->core, nonce->data, nonce->room, &nonce->size);
    return go_on(psa, call, status);
}

vc_psa_status vc_psa_do_aead_set_nonce(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    struct vc_bytes nonce = call->inputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = start(psa, operation, nonce);
    else
        status = psa_aead_set_nonce(&operation->core, nonce.data, nonce.size);
    return go_on(psa, call, status);
}

/* ---- lengths ---- */

static vc_psa_status promise(struct operation *operation, size_t data_size, size_t text_size)
{
    if (operation->has_lengths || operation->has_data || operation->has_text)
        return PSA_ERROR_BAD_STATE;
    operation->has_lengths = true;
    operation->data_left = data_size;
    operation->text_left = text_size;
    return PSA_SUCCESS;
}

/* False: more than was promised. */
static bool charge(const struct operation *operation, size_t *left, size_t size)
{
    if (!operation->has_lengths)
        return true;
    if (*left < size)
        return false;
    *left -= size;
    return true;
}

vc_psa_status vc_psa_do_aead_set_lengths(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = promise(operation, call->values[0], call->values[1]);
    else
        status = psa_aead_set_lengths(&operation->core, call->values[0], call->values[1]);
    return go_on(psa, call, status);
}

/* ---- additional data, then the text ---- */

static vc_psa_status add_data(struct operation *operation, struct vc_bytes data)
{
    if (!operation->has_nonce || operation->has_text)
        return PSA_ERROR_BAD_STATE;
    if (!charge(operation, &operation->data_left, data.size))
        return PSA_ERROR_INVALID_ARGUMENT;
    operation->has_data = true;
    return vc_psa_status_of(vc_cipher_add_data(operation->native, data, nullptr));
}

vc_psa_status vc_psa_do_aead_update_ad(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    struct vc_bytes data = call->inputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = add_data(operation, data);
    else
        status = psa_aead_update_ad(&operation->core, data.data, data.size);
    return go_on(psa, call, status);
}

static vc_psa_status update_natively(struct operation *operation, struct vc_bytes input,
                                     struct vc_psa_output *output)
{
    vc_psa_status status;

    if (!operation->has_nonce)
        return PSA_ERROR_BAD_STATE;
    if ((operation->has_lengths && operation->data_left > 0) ||
        !charge(operation, &operation->text_left, input.size))
        return PSA_ERROR_INVALID_ARGUMENT;
    if (output->room < input.size)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    operation->has_text = true;
    status = vc_psa_status_of(vc_cipher_update(operation->native, input, output->data, nullptr));
    output->size = status == PSA_SUCCESS ? input.size : 0;
    return status;
}

vc_psa_status vc_psa_do_aead_update(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    struct vc_bytes input = call->inputs[0];
    struct vc_psa_output *output = &call->outputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = update_natively(operation, input, output);
    else
        status = psa_aead_update(&operation->core, input.data, input.size, output->data,
                                 output->room, &output->size);
    return go_on(psa, call, status);
}

/* ---- the end ---- */

static vc_psa_status check_end(const struct operation *operation, bool encrypts)
{
    if (!operation->has_nonce)
        return PSA_ERROR_BAD_STATE;
    if (operation->has_lengths && (operation->data_left > 0 || operation->text_left > 0))
        return PSA_ERROR_INVALID_ARGUMENT;
    return operation->bulk.encrypts == encrypts ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;
}

static size_t tag_size_of(const struct operation *operation)
{
    return PSA_ALG_AEAD_GET_TAG_LENGTH(operation->bulk.algorithm);
}

static vc_psa_status finish_natively(struct operation *operation, struct vc_psa_output *output)
{
    size_t tag_size = tag_size_of(operation);
    uint8_t tag[VC_PSA_BULK_TAG_MAX];
    vc_psa_status status = check_end(operation, true);

    if (status == PSA_SUCCESS && output->room < tag_size)
        status = PSA_ERROR_BUFFER_TOO_SMALL;
    if (status == PSA_SUCCESS)
        status = vc_psa_status_of(vc_cipher_tag(operation->native, tag, nullptr));
    if (status != PSA_SUCCESS)
        return status;
    memcpy(output->data, tag, tag_size);
    output->size = tag_size;
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_do_aead_finish(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    struct vc_psa_output *rest = &call->outputs[0];
    struct vc_psa_output *tag = &call->outputs[1];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = finish_natively(operation, tag);
    else
        status = psa_aead_finish(&operation->core, rest->data, rest->room, &rest->size, tag->data,
                                 tag->room, &tag->size);
    return end(psa, call, status);
}

static vc_psa_status verify_natively(struct operation *operation, struct vc_bytes tag)
{
    vc_psa_status status = check_end(operation, false);

    if (status == PSA_SUCCESS && tag.size != tag_size_of(operation))
        status = PSA_ERROR_INVALID_SIGNATURE;
    if (status == PSA_SUCCESS)
        status = vc_psa_status_of(vc_cipher_verify(operation->native, tag, nullptr));
    return status;
}

vc_psa_status vc_psa_do_aead_verify(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    struct vc_bytes tag = call->inputs[0];
    struct vc_psa_output *rest = &call->outputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = verify_natively(operation, tag);
    else
        status = psa_aead_verify(&operation->core, rest->data, rest->room, &rest->size, tag.data,
                                 tag.size);
    return end(psa, call, status);
}

vc_psa_status vc_psa_do_aead_abort(struct vc_psa *psa, struct vc_psa_call *call)
{
    return end(psa, call, PSA_SUCCESS);
}
