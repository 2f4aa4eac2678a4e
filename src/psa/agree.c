/* SPDX-License-Identifier: MIT */

/* Key agreement: ECDH, X25519 and X448 among it, and finite-field Diffie-Hellman, by the core. */

#include <mbedtls/platform_util.h>

#include "psa/service_internal.h"

vc_psa_status vc_psa_do_raw_key_agreement(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes *peer = &call->inputs[0];
    struct vc_psa_output *output = &call->outputs[0];

    return psa_raw_key_agreement(call->values[0], vc_psa_core_id(psa, call->values[1]), peer->data,
                                 peer->size, output->data, output->room, &output->size);
}

/* What a shared secret may become: its bits are no key of a cipher. */
static bool takes_secret(psa_key_type_t type)
{
    return type == PSA_KEY_TYPE_DERIVE || type == PSA_KEY_TYPE_RAW_DATA ||
           type == PSA_KEY_TYPE_HMAC || type == PSA_KEY_TYPE_PASSWORD;
}

/* New in PSA Crypto 1.2, and so unknown to the core: the agreement, and an import of its result. */
vc_psa_status vc_psa_do_key_agreement(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes *peer = &call->inputs[0];
    mbedtls_svc_key_id_t key = MBEDTLS_SVC_KEY_ID_INIT;
    uint8_t secret[PSA_RAW_KEY_AGREEMENT_OUTPUT_MAX_SIZE];
    psa_key_attributes_t attributes;
    size_t size = 0;
    vc_psa_status status = vc_psa_key_prepare(psa, &call->attributes, &attributes);

    if (status == PSA_SUCCESS && !takes_secret(call->attributes.type))
        status = PSA_ERROR_INVALID_ARGUMENT;
    if (status == PSA_SUCCESS) {
        status = psa_raw_key_agreement(call->values[1], vc_psa_core_id(psa, call->values[0]),
                                       peer->data, peer->size, secret, sizeof(secret), &size);
    }
    if (status == PSA_SUCCESS)
        status = psa_import_key(&attributes, secret, size, &key);
    if (status == PSA_SUCCESS)
        status = vc_psa_key_adopt(psa, &call->attributes, key, &call->key);
    mbedtls_platform_zeroize(secret, sizeof(secret));
    return status;
}
