/* SPDX-License-Identifier: MIT */

/* Unauthenticated ciphers: AES-CTR by `crypto`, all others by the core. */

#include <stdlib.h>
#include <string.h>

#include "crypto/random.h"
#include "psa/bulk.h"
#include "psa/service_internal.h"

enum { COUNTER_SIZE = 16 };

struct operation {
    struct vc_cipher *native; /* null: the core's */
    bool encrypts;
    bool started; /* `native`: it has had its counter */
    psa_cipher_operation_t core;
};

static vc_psa_status end(struct vc_psa *psa, struct vc_psa_call *call, vc_psa_status status)
{
    vc_psa_operation_end(psa, VC_PSA_CIPHER, &call->operation);
    return status;
}

/* ---- in one call ---- */

/* Whether the core would take a random initialization vector. */
static bool takes_random(const struct vc_psa *psa, const struct vc_psa_bulk *bulk)
{
    const struct vc_psa_key *key = vc_psa_key_find(psa, bulk->key);

    return key != nullptr && PSA_CIPHER_IV_LENGTH(key->attributes.type, bulk->algorithm) > 0;
}

/* The input may begin where the output does, and has to make room for the counter then. */
static vc_psa_status encrypt_natively(struct vc_cipher *cipher, struct vc_bytes input,
                                      struct vc_psa_output *output)
{
    uint8_t counter[COUNTER_SIZE];
    uint8_t *text;
    enum vc_code code;

    if (output->room < COUNTER_SIZE || output->room - COUNTER_SIZE < input.size)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    text = output->data + COUNTER_SIZE;
    code = vc_random(counter, sizeof(counter), nullptr);
    if (code == VC_OK)
        code = vc_cipher_begin(cipher, VC_BYTES(counter), nullptr);
    if (code == VC_OK && input.data == output->data && input.size > 0)
        input.data = memmove(text, input.data, input.size);
    if (code == VC_OK)
        code = vc_cipher_update(cipher, input, text, nullptr);
    if (code != VC_OK)
        return vc_psa_status_of(code);
    memcpy(output->data, counter, sizeof(counter));
    output->size = COUNTER_SIZE + input.size;
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_do_cipher_encrypt(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_psa_bulk bulk = {call->values[0], call->values[1], true};
    struct vc_bytes input = call->inputs[0];
    struct vc_psa_output *output = &call->outputs[0];
    struct vc_cipher *cipher;
    vc_psa_status status;

    if (!psa->options.randomness && takes_random(psa, &bulk))
        return PSA_ERROR_NOT_PERMITTED;
    if (!vc_psa_bulk_takes(psa, &bulk, VC_PSA_CIPHER)) {
        return psa_cipher_encrypt(vc_psa_core_id(psa, bulk.key), bulk.algorithm, input.data,
                                  input.size, output->data, output->room, &output->size);
    }
    status = vc_psa_bulk_borrow(psa, &bulk, &cipher);
    return status == PSA_SUCCESS ? encrypt_natively(cipher, input, output) : status;
}

static vc_psa_status decrypt_natively(struct vc_cipher *cipher, struct vc_bytes input,
                                      struct vc_psa_output *output)
{
    struct vc_bytes counter = {input.data, COUNTER_SIZE};
    struct vc_bytes text;
    enum vc_code code;

    if (input.size < COUNTER_SIZE)
        return PSA_ERROR_INVALID_ARGUMENT;
    text = (struct vc_bytes){input.data + COUNTER_SIZE, input.size - COUNTER_SIZE};
    if (output->room < text.size)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    code = vc_cipher_begin(cipher, counter, nullptr);
    if (code == VC_OK && input.data == output->data && text.size > 0)
        text.data = memmove(output->data, text.data, text.size);
    if (code == VC_OK)
        code = vc_cipher_update(cipher, text, output->data, nullptr);
    output->size = code == VC_OK ? text.size : 0;
    return vc_psa_status_of(code);
}

vc_psa_status vc_psa_do_cipher_decrypt(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_psa_bulk bulk = {call->values[0], call->values[1], false};
    struct vc_bytes input = call->inputs[0];
    struct vc_psa_output *output = &call->outputs[0];
    struct vc_cipher *cipher;
    vc_psa_status status;

    if (!vc_psa_bulk_takes(psa, &bulk, VC_PSA_CIPHER)) {
        return psa_cipher_decrypt(vc_psa_core_id(psa, bulk.key), bulk.algorithm, input.data,
                                  input.size, output->data, output->room, &output->size);
    }
    status = vc_psa_bulk_borrow(psa, &bulk, &cipher);
    return status == PSA_SUCCESS ? decrypt_natively(cipher, input, output) : status;
}

/* ---- in several ---- */

static void free_operation(void *state)
{
    struct operation *operation = state;

    vc_cipher_free(operation->native);
    (void)psa_cipher_abort(&operation->core);
    free(operation);
}

static vc_psa_status open_core(const struct vc_psa *psa, const struct vc_psa_bulk *bulk,
                               psa_cipher_operation_t *core)
{
    mbedtls_svc_key_id_t key = vc_psa_core_id(psa, bulk->key);

    return bulk->encrypts ? psa_cipher_encrypt_setup(core, key, bulk->algorithm)
                          : psa_cipher_decrypt_setup(core, key, bulk->algorithm);
}

static vc_psa_status set_up(struct vc_psa *psa, struct vc_psa_call *call, bool encrypts)
{
    const struct vc_psa_bulk bulk = {call->values[0], call->values[1], encrypts};
    struct operation *operation;
    vc_psa_status status;

    if (call->operation != 0)
        return end(psa, call, PSA_ERROR_BAD_STATE);
    operation = calloc(1, sizeof(*operation));
    if (operation == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    operation->encrypts = encrypts;
    operation->core = psa_cipher_operation_init();
    status = vc_psa_bulk_takes(psa, &bulk, VC_PSA_CIPHER)
                 ? vc_psa_bulk_open(psa, &bulk, &operation->native)
                 : open_core(psa, &bulk, &operation->core);
    if (status != PSA_SUCCESS) {
        free_operation(operation);
        return status;
    }
    status =
        vc_psa_operation_begin(psa, VC_PSA_CIPHER, free_operation, operation, &call->operation);
    if (status == PSA_SUCCESS)
        vc_psa_operation_use(psa, call->operation, bulk.key);
    return status;
}

vc_psa_status vc_psa_do_cipher_encrypt_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    return set_up(psa, call, true);
}

vc_psa_status vc_psa_do_cipher_decrypt_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    return set_up(psa, call, false);
}

static vc_psa_status start(struct operation *operation, struct vc_bytes counter)
{
    vc_psa_status status = PSA_ERROR_BAD_STATE;

    if (!operation->started)
        status = vc_psa_status_of(vc_cipher_begin(operation->native, counter, nullptr));
    operation->started = status == PSA_SUCCESS;
    return status;
}

static vc_psa_status start_at_random(struct operation *operation, struct vc_psa_output *output)
{
    uint8_t counter[COUNTER_SIZE];
    vc_psa_status status;

    if (operation->started)
        return PSA_ERROR_BAD_STATE;
    if (output->room < COUNTER_SIZE)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = vc_psa_status_of(vc_random(counter, sizeof(counter), nullptr));
    if (status == PSA_SUCCESS)
        status = start(operation, VC_BYTES(counter));
    if (status != PSA_SUCCESS)
        return status;
    memcpy(output->data, counter, sizeof(counter));
    output->size = sizeof(counter);
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_do_cipher_generate_iv(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_CIPHER);
    struct vc_psa_output *iv = &call->outputs[0];
    vc_psa_status status;

    if (operation == nullptr || !operation->encrypts) /* the core would not mind */
        status = PSA_ERROR_BAD_STATE;
    else if (!psa->options.randomness)
        status = PSA_ERROR_NOT_PERMITTED;
    else if (operation->native != nullptr)
        status = start_at_random(operation, iv);
    else
        status = psa_cipher_generate_iv(&operation->core, iv->data, iv->room, &iv->size);
    return status == PSA_SUCCESS ? status : end(psa, call, status);
}

vc_psa_status vc_psa_do_cipher_set_iv(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_CIPHER);
    struct vc_bytes iv = call->inputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = start(operation, iv);
    else
        status = psa_cipher_set_iv(&operation->core, iv.data, iv.size);
    return status == PSA_SUCCESS ? status : end(psa, call, status);
}

static vc_psa_status update_natively(struct operation *operation, struct vc_bytes input,
                                     struct vc_psa_output *output)
{
    vc_psa_status status;

    if (!operation->started)
        return PSA_ERROR_BAD_STATE;
    if (output->room < input.size)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    status = vc_psa_status_of(vc_cipher_update(operation->native, input, output->data, nullptr));
    output->size = status == PSA_SUCCESS ? input.size : 0;
    return status;
}

vc_psa_status vc_psa_do_cipher_update(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_CIPHER);
    struct vc_bytes input = call->inputs[0];
    struct vc_psa_output *output = &call->outputs[0];
    vc_psa_status status;

    if (operation == nullptr) {
        status = PSA_ERROR_BAD_STATE;
    } else if (operation->native != nullptr) {
        status = update_natively(operation, input, output);
    } else {
        status = psa_cipher_update(&operation->core, input.data, input.size, output->data,
                                   output->room, &output->size);
    }
    return status == PSA_SUCCESS ? status : end(psa, call, status);
}

vc_psa_status vc_psa_do_cipher_finish(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_CIPHER);
    struct vc_psa_output *output = &call->outputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = operation->started ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;
    else
        status = psa_cipher_finish(&operation->core, output->data, output->room, &output->size);
    return end(psa, call, status);
}

vc_psa_status vc_psa_do_cipher_abort(struct vc_psa *psa, struct vc_psa_call *call)
{
    return end(psa, call, PSA_SUCCESS);
}
