/* SPDX-License-Identifier: MIT */

/* Keys that leave the container, for somebody whom the policy names: psa_key_wrap, which is ours.
 */

#include <string.h>

#include "crypto/envelope.h"
#include "psa/bulk.h"
#include "psa/service_internal.h"

/* Null: nobody has this name. */
static const struct vc_psa_receiver *find_receiver(const struct vc_psa *psa, struct vc_bytes name)
{
    for (size_t i = 0; i < psa->receiver_count; i++) {
        struct vc_bytes other = psa->receivers[i].name;

        if (other.size == name.size && name.size > 0 &&
            memcmp(other.data, name.data, name.size) == 0)
            return &psa->receivers[i];
    }
    return nullptr;
}

static bool may_have(const struct vc_psa *psa, const struct vc_psa_key *key,
                     const struct vc_psa_receiver *receiver)
{
    for (size_t i = 0; i < key->receiver_count; i++) {
        if (&psa->receivers[key->receivers[i]] == receiver)
            return true;
    }
    return key->wraps_freely;
}

static vc_psa_status seal(const struct vc_psa_key *key, const struct vc_psa_receiver *receiver,
                          struct vc_buffer *envelope)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *certificate = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {}; /* wipes */
    enum vc_code code = vc_cert_parse_der(receiver->certificate, &certificate, nullptr);
    vc_psa_status status = vc_psa_status_of(code);

    if (status == PSA_SUCCESS)
        status = vc_psa_key_material(key, &material);
    if (status != PSA_SUCCESS)
        return status;
    code = vc_envelope_seal(certificate, vc_buffer_bytes(&material), envelope, nullptr);
    /* nothing can be encrypted to the receiver's kind of key */
    return code == VC_REFUSED ? PSA_ERROR_NOT_SUPPORTED : vc_psa_status_of(code);
}

vc_psa_status vc_psa_do_key_wrap(struct vc_psa *psa, struct vc_psa_call *call)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};
    const struct vc_psa_key *key = vc_psa_key_find(psa, call->values[0]);
    const struct vc_psa_receiver *receiver = find_receiver(psa, call->inputs[0]);
    struct vc_psa_output *out = &call->outputs[0];
    vc_psa_status status;

    if (key == nullptr)
        return PSA_ERROR_INVALID_HANDLE;
    if (receiver == nullptr)
        return PSA_ERROR_DOES_NOT_EXIST;
    if (!may_have(psa, key, receiver) || !psa->options.randomness)
        return PSA_ERROR_NOT_PERMITTED;
    status = seal(key, receiver, &envelope);
    if (status != PSA_SUCCESS)
        return status;
    if (envelope.size > out->room)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    memcpy(out->data, envelope.data, envelope.size);
    out->size = envelope.size;
    return PSA_SUCCESS;
}
