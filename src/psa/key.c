/* SPDX-License-Identifier: MIT */

/* Key management: import, export, generate, copy, destroy, attributes, purge. */

#include <stdlib.h>
#include <string.h>

#include "psa/service_internal.h"

/* ---- import ---- */

/* Kept for the key store, should it need the key, too; the program has these bytes anyway. */
static vc_psa_status keep_material(struct vc_psa *psa, uint32_t id, struct vc_bytes material)
{
    struct vc_psa_key *key = vc_psa_key_find(psa, id);

    if (psa->options.handle_flag == VC_PSA_HANDLE_STORED)
        return PSA_SUCCESS;
    key->material = malloc(material.size);
    if (key->material == nullptr) {
        vc_psa_key_free(psa, key);
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    memcpy(key->material, material.data, material.size);
    key->material_size = material.size;
    return PSA_SUCCESS;
}

/* Curves that the specification has and the core has not; it takes their keys for malformed. */
static bool is_missing_curve(const struct vc_psa_attributes *attributes, size_t size)
{
    const bool public = PSA_KEY_TYPE_IS_ECC_PUBLIC_KEY(attributes->type);
    size_t bits = attributes->bits;

    if (!PSA_KEY_TYPE_IS_ECC(attributes->type))
        return false;
    if (bits == 0) /* of points: what a coordinate has */
        bits = 8 * (public ? size / 2 : size);
    switch (PSA_KEY_TYPE_ECC_GET_FAMILY(attributes->type)) {
    case PSA_ECC_FAMILY_SECP_R1:
    case PSA_ECC_FAMILY_MONTGOMERY:
        return false;
    case PSA_ECC_FAMILY_SECP_K1: /* secp224k1, whose private values are of 225 bits */
        return bits == 225 || bits == (public ? 224 : 232);
    case PSA_ECC_FAMILY_BRAINPOOL_P_R1:
        return bits == 160 || bits == 192 || bits == 224 || bits == 320;
    default: /* binary curves, Edwards curves, FRP, secp160r2 */
        return true;
    }
}

vc_psa_status vc_psa_do_import_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_bytes material = call->inputs[0];
    mbedtls_svc_key_id_t core = MBEDTLS_SVC_KEY_ID_INIT;
    psa_key_attributes_t attributes;
    vc_psa_status status = vc_psa_key_prepare(psa, &call->attributes, &attributes);

    if (status == PSA_SUCCESS && material.size > VC_PSA_KEY_BYTES_MAX)
        status = PSA_ERROR_NOT_SUPPORTED;
    if (status == PSA_SUCCESS)
        status = psa_import_key(&attributes, material.data, material.size, &core);
    if (status == PSA_ERROR_INVALID_ARGUMENT && is_missing_curve(&call->attributes, material.size))
        status = PSA_ERROR_NOT_SUPPORTED;
    if (status == PSA_SUCCESS)
        status = vc_psa_key_adopt(psa, &call->attributes, core, &call->key);
    if (status == PSA_SUCCESS)
        status = keep_material(psa, call->key, material);
    return status;
}

vc_psa_status vc_psa_imported(const struct vc_psa *psa, uint32_t id,
                              struct vc_psa_attributes *attributes, struct vc_bytes *material)
{
    const struct vc_psa_key *key = vc_psa_key_find(psa, id);

    if (key == nullptr || key->material == nullptr)
        return PSA_ERROR_INVALID_HANDLE;
    *attributes = key->attributes;
    *material = (struct vc_bytes){key->material, key->material_size};
    return PSA_SUCCESS;
}

/* ---- export ---- */

vc_psa_status vc_psa_do_export_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_psa_key *key = vc_psa_key_find(psa, call->values[0]);
    struct vc_psa_output *out = &call->outputs[0];

    if (key == nullptr)
        return PSA_ERROR_INVALID_HANDLE;
    if (!PSA_KEY_TYPE_IS_PUBLIC_KEY(key->attributes.type) &&
        (key->attributes.usage & PSA_KEY_USAGE_EXPORT) == 0)
        return PSA_ERROR_NOT_PERMITTED;
    return psa_export_key(key->core, out->data, out->room, &out->size);
}

vc_psa_status vc_psa_do_export_public_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_psa_output *out = &call->outputs[0];

    return psa_export_public_key(vc_psa_core_id(psa, call->values[0]), out->data, out->room,
                                 &out->size);
}

/* ---- generate ---- */

vc_psa_status vc_psa_do_generate_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    mbedtls_svc_key_id_t core = MBEDTLS_SVC_KEY_ID_INIT;
    psa_key_attributes_t attributes;
    vc_psa_status status = vc_psa_key_prepare(psa, &call->attributes, &attributes);

    if (status == PSA_SUCCESS && !psa->options.randomness)
        status = PSA_ERROR_NOT_PERMITTED;
    if (status == PSA_SUCCESS)
        status = psa_generate_key(&attributes, &core);
    if (status == PSA_SUCCESS)
        status = vc_psa_key_adopt(psa, &call->attributes, core, &call->key);
    return status;
}

/* ---- copy ---- */

/* A copy may be used for what both the source and its own attributes allow; that goes for uses
 * that the core does not decide, too. */
static struct vc_psa_attributes attributes_of_copy(const struct vc_psa_key *source,
                                                   const struct vc_psa_attributes *wanted)
{
    struct vc_psa_attributes attributes = *wanted;

    attributes.usage &= source->attributes.usage | ~VC_PSA_USAGES_OURS;
    return attributes;
}

/* Whoever keeps a persistent key hears that it is gone. */
static vc_psa_status forget(const struct vc_psa *psa, const struct vc_psa_key *key)
{
    if (PSA_KEY_LIFETIME_IS_VOLATILE(key->attributes.lifetime))
        return PSA_SUCCESS;
    if (psa->options.keep == nullptr)
        return PSA_ERROR_NOT_PERMITTED;
    return psa->options.keep->forget(psa->options.keep_user, key->id);
}

/* It goes where its source may go, and comes from where its source does. */
static vc_psa_status inherit(struct vc_psa *psa, const struct vc_psa_key *source, uint32_t id)
{
    struct vc_psa_key *copy = vc_psa_key_find(psa, id);
    size_t size = source->receiver_count * sizeof(*source->receivers);

    copy->wraps_freely = source->wraps_freely;
    copy->receivers = malloc(size + 1);
    if (copy->receivers == nullptr) {
        vc_psa_status status = forget(psa, copy);

        vc_psa_key_free(psa, copy);
        return status == PSA_SUCCESS ? PSA_ERROR_INSUFFICIENT_MEMORY : status;
    }
    if (size > 0)
        memcpy(copy->receivers, source->receivers, size);
    copy->receiver_count = source->receiver_count;
    if (source->material == nullptr)
        return PSA_SUCCESS;
    return keep_material(psa, id, (struct vc_bytes){source->material, source->material_size});
}

/* Kept keys may be wrapped for anybody by a later run: what may not be, may not be kept. */
static bool may_be_kept(const struct vc_psa_key *source, const struct vc_psa_attributes *attributes)
{
    return source->wraps_freely || PSA_KEY_LIFETIME_IS_VOLATILE(attributes->lifetime);
}

vc_psa_status vc_psa_do_copy_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_psa_key *source = vc_psa_key_find(psa, call->values[0]);
    mbedtls_svc_key_id_t core = MBEDTLS_SVC_KEY_ID_INIT;
    psa_key_attributes_t attributes;
    vc_psa_status status;

    if (source == nullptr)
        return PSA_ERROR_INVALID_HANDLE;
    struct vc_psa_attributes wanted = attributes_of_copy(source, &call->attributes);

    status = vc_psa_key_prepare(psa, &wanted, &attributes);
    if (status == PSA_SUCCESS && !may_be_kept(source, &wanted))
        status = PSA_ERROR_NOT_PERMITTED;
    if (status == PSA_SUCCESS)
        status = psa_copy_key(source->core, &attributes, &core);
    if (status == PSA_SUCCESS)
        status = vc_psa_key_adopt(psa, &wanted, core, &call->key);
    if (status == PSA_SUCCESS)
        status = inherit(psa, source, call->key);
    return status;
}

/* ---- what becomes of them ---- */

vc_psa_status vc_psa_do_get_key_attributes(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_psa_key *key = vc_psa_key_find(psa, call->values[0]);

    if (key == nullptr)
        return PSA_ERROR_INVALID_HANDLE;
    call->attributes = key->attributes;
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_do_purge_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    return vc_psa_key_find(psa, call->values[0]) != nullptr ? PSA_SUCCESS
                                                            : PSA_ERROR_INVALID_HANDLE;
}

vc_psa_status vc_psa_do_destroy_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_psa_key *key = vc_psa_key_find(psa, call->values[0]);
    vc_psa_status status;

    if (call->values[0] == PSA_KEY_ID_NULL)
        return PSA_SUCCESS;
    if (key == nullptr)
        return PSA_ERROR_INVALID_HANDLE;
    if (PSA_KEY_LIFETIME_IS_READ_ONLY(key->attributes.lifetime))
        return PSA_ERROR_NOT_PERMITTED;
    status = forget(psa, key);
    if (status == PSA_SUCCESS)
        vc_psa_key_free(psa, key);
    return status;
}
