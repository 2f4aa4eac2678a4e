/* SPDX-License-Identifier: MIT */

/* Authenticated encryption in one call: AES-GCM and ChaCha20-Poly1305 by `crypto`, all others by
 * the core. */

#include <stdckdint.h>
#include <string.h>

#include <mbedtls/platform_util.h>

#include "psa/bulk.h"
#include "psa/service_internal.h"

struct message {
    struct vc_bytes nonce, data, text; /* text: with the tag if it is to be opened */
};

static struct message message_of(const struct vc_psa_call *call)
{
    return (struct message){call->inputs[0], call->inputs[1], call->inputs[2]};
}

/* GCM knows nonces of any size; those that `crypto` does not take are of no use to anybody, but
 * right. */
static bool is_native(const struct vc_psa *psa, const struct vc_psa_bulk *bulk,
                      const struct message *message)
{
    return message->nonce.size <= VC_PSA_BULK_NONCE_MAX &&
           vc_psa_bulk_takes(psa, bulk, VC_PSA_AEAD);
}

static enum vc_code begin(struct vc_cipher *cipher, const struct message *message)
{
    enum vc_code code = vc_cipher_begin(cipher, message->nonce, nullptr);

    return code == VC_OK ? vc_cipher_add_data(cipher, message->data, nullptr) : code;
}

static vc_psa_status seal_message(struct vc_cipher *cipher, const struct message *message,
                                  size_t tag_size, struct vc_psa_output *output)
{
    uint8_t tag[VC_PSA_BULK_TAG_MAX];
    size_t size;
    enum vc_code code = begin(cipher, message);

    if (code != VC_OK)
        return vc_psa_status_of(code);
    if (ckd_add(&size, message->text.size, tag_size) || output->room < size)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    code = vc_cipher_update(cipher, message->text, output->data, nullptr);
    if (code == VC_OK)
        code = vc_cipher_tag(cipher, tag, nullptr);
    if (code != VC_OK) {
        mbedtls_platform_zeroize(output->data, message->text.size);
        return vc_psa_status_of(code);
    }
    memcpy(output->data + message->text.size, tag, tag_size);
    output->size = size;
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_do_aead_encrypt(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_psa_bulk bulk = {call->values[0], call->values[1], true};
    const struct message message = message_of(call);
    struct vc_psa_output *output = &call->outputs[0];
    struct vc_cipher *cipher;
    vc_psa_status status;

    if (!PSA_ALG_IS_AEAD(bulk.algorithm))
        return PSA_ERROR_NOT_SUPPORTED; /* the other that PSA allows is INVALID_ARGUMENT */
    if (!is_native(psa, &bulk, &message)) {
        return psa_aead_encrypt(vc_psa_core_id(psa, bulk.key), bulk.algorithm, message.nonce.data,
                                message.nonce.size, message.data.data, message.data.size,
                                message.text.data, message.text.size, output->data, output->room,
                                &output->size);
    }
    status = vc_psa_bulk_borrow(psa, &bulk, &cipher);
    if (status != PSA_SUCCESS)
        return status;
    return seal_message(cipher, &message, PSA_ALG_AEAD_GET_TAG_LENGTH(bulk.algorithm), output);
}

/* What was decrypted is wiped unless its tag is right: nobody ever sees it. */
static vc_psa_status open_message(struct vc_cipher *cipher, const struct message *message,
                                  size_t tag_size, struct vc_psa_output *output)
{
    enum vc_code code = begin(cipher, message);
    struct vc_bytes text, tag;

    if (code != VC_OK)
        return vc_psa_status_of(code);
    if (message->text.size < tag_size)
        return PSA_ERROR_INVALID_ARGUMENT;
    text = (struct vc_bytes){message->text.data, message->text.size - tag_size};
    tag = (struct vc_bytes){message->text.data + text.size, tag_size};
    if (output->room < text.size)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    code = vc_cipher_update(cipher, text, output->data, nullptr);
    if (code == VC_OK)
        code = vc_cipher_verify(cipher, tag, nullptr);
    if (code != VC_OK)
        mbedtls_platform_zeroize(output->data, text.size);
    output->size = code == VC_OK ? text.size : 0;
    return vc_psa_status_of(code);
}

vc_psa_status vc_psa_do_aead_decrypt(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_psa_bulk bulk = {call->values[0], call->values[1], false};
    const struct message message = message_of(call);
    struct vc_psa_output *output = &call->outputs[0];
    struct vc_cipher *cipher;
    vc_psa_status status;

    if (!PSA_ALG_IS_AEAD(bulk.algorithm))
        return PSA_ERROR_NOT_SUPPORTED; /* the other that PSA allows is INVALID_ARGUMENT */
    if (!is_native(psa, &bulk, &message)) {
        return psa_aead_decrypt(vc_psa_core_id(psa, bulk.key), bulk.algorithm, message.nonce.data,
                                message.nonce.size, message.data.data, message.data.size,
                                message.text.data, message.text.size, output->data, output->room,
                                &output->size);
    }
    status = vc_psa_bulk_borrow(psa, &bulk, &cipher);
    if (status != PSA_SUCCESS)
        return status;
    return open_message(cipher, &message, PSA_ALG_AEAD_GET_TAG_LENGTH(bulk.algorithm), output);
}
