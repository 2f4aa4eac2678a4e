/* SPDX-License-Identifier: MIT */

/* The keys of the program: ids that it knows, each before a volatile key of the core. */

#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform_util.h>

#include "psa/service_internal.h"

struct vc_psa_key *vc_psa_key_find(const struct vc_psa *psa, uint32_t id)
{
    struct vc_psa_key *key = id == 0 ? nullptr : psa->keys;

    while (key != nullptr && key->id != id)
        key = key->next;
    return key;
}

mbedtls_svc_key_id_t vc_psa_core_id(const struct vc_psa *psa, uint32_t id)
{
    const struct vc_psa_key *key = vc_psa_key_find(psa, id);

    return key != nullptr ? key->core : MBEDTLS_SVC_KEY_ID_INIT;
}

/* ---- what a key may be used for ---- */

/* Whether the core would do it, by having it begin, or do it to nothing. */
static vc_psa_status judge_aead(mbedtls_svc_key_id_t core, psa_key_usage_t usage,
                                psa_algorithm_t algorithm)
{
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    vc_psa_status status = usage == PSA_KEY_USAGE_ENCRYPT
                               ? psa_aead_encrypt_setup(&operation, core, algorithm)
                               : psa_aead_decrypt_setup(&operation, core, algorithm);

    (void)psa_aead_abort(&operation);
    return status;
}

static vc_psa_status judge_cipher(mbedtls_svc_key_id_t core, psa_key_usage_t usage,
                                  psa_algorithm_t algorithm)
{
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    vc_psa_status status = usage == PSA_KEY_USAGE_ENCRYPT
                               ? psa_cipher_encrypt_setup(&operation, core, algorithm)
                               : psa_cipher_decrypt_setup(&operation, core, algorithm);

    (void)psa_cipher_abort(&operation);
    return status;
}

static vc_psa_status judge_mac(mbedtls_svc_key_id_t core, psa_key_usage_t usage,
                               psa_algorithm_t algorithm)
{
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    vc_psa_status status = usage == PSA_KEY_USAGE_SIGN_MESSAGE
                               ? psa_mac_sign_setup(&operation, core, algorithm)
                               : psa_mac_verify_setup(&operation, core, algorithm);

    (void)psa_mac_abort(&operation);
    return status;
}

/* Before the core computes anything it has found that there is no room for a signature, or that a
 * signature is too long; and before that, what the key may be used for. */
static vc_psa_status judge_signature(mbedtls_svc_key_id_t core, psa_key_usage_t usage,
                                     psa_algorithm_t algorithm)
{
    static const uint8_t hash[PSA_HASH_MAX_SIZE] = {};
    psa_algorithm_t hash_algorithm = PSA_ALG_SIGN_GET_HASH(algorithm);
    size_t hash_size = hash_algorithm == 0 ? 32 : PSA_HASH_LENGTH(hash_algorithm);
    uint8_t signature[PSA_SIGNATURE_MAX_SIZE] = {};
    bool signs = (usage & (PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_SIGN_HASH)) != 0;
    size_t size;
    vc_psa_status status;

    if (usage == PSA_KEY_USAGE_SIGN_MESSAGE)
        status = psa_sign_message(core, algorithm, hash, 1, signature, 1, &size);
    else if (usage == PSA_KEY_USAGE_SIGN_HASH)
        status = psa_sign_hash(core, algorithm, hash, hash_size, signature, 1, &size);
    else if (usage == PSA_KEY_USAGE_VERIFY_MESSAGE)
        status = psa_verify_message(core, algorithm, hash, 1, signature, sizeof(signature));
    else
        status = psa_verify_hash(core, algorithm, hash, hash_size, signature, sizeof(signature));
    return status == (signs ? PSA_ERROR_BUFFER_TOO_SMALL : PSA_ERROR_INVALID_SIGNATURE)
               ? PSA_SUCCESS
               : status;
}

static vc_psa_status judge(mbedtls_svc_key_id_t core, psa_key_usage_t usage,
                           psa_algorithm_t algorithm)
{
    if (PSA_ALG_IS_AEAD(algorithm))
        return judge_aead(core, usage, algorithm);
    if (PSA_ALG_IS_CIPHER(algorithm))
        return judge_cipher(core, usage, algorithm);
    if (PSA_ALG_IS_MAC(algorithm))
        return judge_mac(core, usage, algorithm);
    if (PSA_ALG_IS_SIGN(algorithm))
        return judge_signature(core, usage, algorithm);
    return PSA_ERROR_NOT_SUPPORTED;
}

static bool remembers(const struct vc_psa_key *key, struct vc_psa_memo memo)
{
    for (size_t i = 0; i < key->memo_count; i++) {
        if (key->memo[i].algorithm == memo.algorithm && key->memo[i].usage == memo.usage)
            return true;
    }
    return false;
}

vc_psa_status vc_psa_key_for(struct vc_psa *psa, uint32_t id, psa_key_usage_t usage,
                             psa_algorithm_t algorithm, struct vc_psa_key **key)
{
    const struct vc_psa_memo memo = {algorithm, usage};
    struct vc_psa_key *found = vc_psa_key_find(psa, id);
    vc_psa_status status;

    if (found == nullptr)
        return PSA_ERROR_INVALID_HANDLE;
    *key = found;
    if (remembers(found, memo))
        return PSA_SUCCESS;
    status = judge(found->core, usage, algorithm);
    if (status != PSA_SUCCESS)
        return status;
    if (found->memo_count == VC_PSA_MEMO_MAX)
        found->memo_count = 0;
    found->memo[found->memo_count++] = memo;
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_key_material(const struct vc_psa_key *key, struct vc_buffer *material)
{
    size_t room = PSA_EXPORT_KEY_OUTPUT_SIZE(key->attributes.type, key->attributes.bits);
    size_t size = 0;
    vc_psa_status status;

    if (room == 0)
        return PSA_ERROR_NOT_SUPPORTED;
    if (vc_buffer_reserve(material, room, nullptr) != VC_OK)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    status = psa_export_key(key->core, material->data + material->size, room, &size);
    if (status == PSA_SUCCESS)
        material->size += size;
    return status;
}

void vc_psa_key_set_native(struct vc_psa_key *key, struct vc_psa_native native)
{
    if (key->native.object != nullptr)
        key->native.free(key->native.object);
    key->native = native;
}

/* ---- making keys ---- */

static vc_psa_status check_lifetime(const struct vc_psa *psa,
                                    const struct vc_psa_attributes *attributes)
{
    psa_key_persistence_t persistence = PSA_KEY_LIFETIME_GET_PERSISTENCE(attributes->lifetime);

    if (PSA_KEY_LIFETIME_GET_LOCATION(attributes->lifetime) != PSA_KEY_LOCATION_LOCAL_STORAGE)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (persistence == PSA_KEY_PERSISTENCE_VOLATILE)
        return attributes->id == 0 ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
    if (persistence == PSA_KEY_PERSISTENCE_READ_ONLY || attributes->id < VC_PSA_KEY_USER_MIN ||
        attributes->id > VC_PSA_KEY_USER_MAX)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (vc_psa_key_find(psa, attributes->id) != nullptr)
        return PSA_ERROR_ALREADY_EXISTS;
    return psa->options.keep != nullptr ? PSA_SUCCESS : PSA_ERROR_NOT_PERMITTED;
}

static void to_core(const struct vc_psa_attributes *attributes, psa_key_attributes_t *core)
{
    *core = psa_key_attributes_init();
    psa_set_key_type(core, attributes->type);
    psa_set_key_bits(core, attributes->bits);
    psa_set_key_algorithm(core, attributes->algorithm);
    psa_set_key_usage_flags(core, (attributes->usage & ~VC_PSA_USAGE_CACHE) | PSA_KEY_USAGE_EXPORT);
}

vc_psa_status vc_psa_key_prepare(const struct vc_psa *psa,
                                 const struct vc_psa_attributes *attributes,
                                 psa_key_attributes_t *core)
{
    vc_psa_status status = check_lifetime(psa, attributes);

    if (status != PSA_SUCCESS)
        return status;
    if (psa->key_count >= VC_PSA_KEYS_MAX)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    /* the core counts bits in 16 bits, and would cut what is more */
    if (attributes->reserved != 0 || attributes->bits > PSA_MAX_KEY_BITS)
        return attributes->reserved != 0 ? PSA_ERROR_INVALID_ARGUMENT : PSA_ERROR_NOT_SUPPORTED;
    to_core(attributes, core);
    return PSA_SUCCESS;
}

/* What the core made of them: sizes that were left open, uses that imply others. */
static vc_psa_status from_core(mbedtls_svc_key_id_t core, struct vc_psa_attributes *attributes)
{
    psa_key_attributes_t now = psa_key_attributes_init();
    vc_psa_status status = psa_get_key_attributes(core, &now);
    uint32_t ours = attributes->usage & VC_PSA_USAGES_OURS;

    if (status != PSA_SUCCESS)
        return status;
    attributes->type = psa_get_key_type(&now);
    attributes->bits = (uint32_t)psa_get_key_bits(&now);
    attributes->algorithm = psa_get_key_algorithm(&now);
    attributes->usage = (psa_get_key_usage_flags(&now) & ~VC_PSA_USAGES_OURS) | ours;
    psa_reset_key_attributes(&now);
    return PSA_SUCCESS;
}

static bool is_volatile(const struct vc_psa_attributes *attributes)
{
    return PSA_KEY_LIFETIME_IS_VOLATILE(attributes->lifetime);
}

/* Persistent keys are those that the runtime has heard of. */
static vc_psa_status keep(const struct vc_psa *psa, const struct vc_psa_key *key)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {}; /* wipes */
    vc_psa_status status;

    if (is_volatile(&key->attributes))
        return PSA_SUCCESS;
    status = vc_psa_key_material(key, &material);
    if (status != PSA_SUCCESS)
        return status;
    return psa->options.keep->keep(psa->options.keep_user, &key->attributes,
                                   vc_buffer_bytes(&material));
}

/* Both ranges are larger than any program can count. */
static vc_psa_status take_id(struct vc_psa *psa, struct vc_psa_attributes *attributes)
{
    uint32_t last = psa->options.first_key == VC_PSA_KEY_LOCAL_MIN ? VC_PSA_KEY_STORED_MIN - 1
                                                                   : VC_PSA_KEY_VENDOR_MAX;

    if (!is_volatile(attributes))
        return PSA_SUCCESS;
    if (psa->next_key > last)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    attributes->id = psa->next_key++;
    return PSA_SUCCESS;
}

vc_psa_status vc_psa_key_adopt(struct vc_psa *psa, const struct vc_psa_attributes *attributes,
                               mbedtls_svc_key_id_t core, uint32_t *id)
{
    struct vc_psa_key *key = calloc(1, sizeof(*key));
    vc_psa_status status = key != nullptr ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_MEMORY;

    if (status == PSA_SUCCESS) {
        *key = (struct vc_psa_key){.core = core, .attributes = *attributes, .wraps_freely = true};
        status = from_core(core, &key->attributes);
    }
    if (status == PSA_SUCCESS)
        status = take_id(psa, &key->attributes);
    if (status == PSA_SUCCESS)
        status = keep(psa, key);
    if (status != PSA_SUCCESS) {
        (void)psa_destroy_key(core);
        free(key);
        return status;
    }
    key->id = key->attributes.id;
    key->next = psa->keys;
    psa->keys = key;
    psa->key_count++;
    *id = key->id;
    return PSA_SUCCESS;
}

void vc_psa_key_free(struct vc_psa *psa, struct vc_psa_key *key)
{
    struct vc_psa_key **link = &psa->keys;

    while (*link != key)
        link = &(*link)->next;
    *link = key->next;
    psa->key_count--;
    vc_psa_operations_end_with(psa, key->id);
    vc_psa_key_set_native(key, (struct vc_psa_native){});
    (void)psa_destroy_key(key->core);
    if (key->material != nullptr)
        mbedtls_platform_zeroize(key->material, key->material_size);
    free(key->material);
    free(key->receivers);
    free(key);
}

/* ---- keys that were there before ---- */

static vc_psa_status import_given(const struct vc_psa_given *given, mbedtls_svc_key_id_t *core)
{
    psa_key_attributes_t attributes;

    to_core(&given->attributes, &attributes);
    return psa_import_key(&attributes, given->material.data, given->material.size, core);
}

/* The core has it; it becomes one of the program's. */
static enum vc_code adopt_given(struct vc_psa *psa, const struct vc_psa_given *given,
                                mbedtls_svc_key_id_t core, struct vc_err *err)
{
    size_t receivers_size = given->receiver_count * sizeof(*given->receivers);
    struct vc_psa_key *key = calloc(1, sizeof(*key));
    uint32_t *receivers = malloc(receivers_size + 1);

    if (key == nullptr || receivers == nullptr) {
        (void)psa_destroy_key(core);
        free(key);
        free(receivers);
        return vc_fail_memory(err);
    }
    if (receivers_size > 0)
        memcpy(receivers, given->receivers, receivers_size);
    *key = (struct vc_psa_key){.id = given->attributes.id,
                               .core = core,
                               .attributes = given->attributes,
                               .receivers = receivers,
                               .receiver_count = given->receiver_count,
                               .wraps_freely = given->wraps_freely,
                               .next = psa->keys};
    psa->keys = key;
    psa->key_count++;
    return VC_OK;
}

enum vc_code vc_psa_give(struct vc_psa *psa, const struct vc_psa_given *given, struct vc_err *err)
{
    const struct vc_psa_attributes *attributes = &given->attributes;
    struct vc_psa_attributes made = *attributes;
    mbedtls_svc_key_id_t core = MBEDTLS_SVC_KEY_ID_INIT;
    vc_psa_status status;

    if (attributes->id < VC_PSA_KEY_USER_MIN || attributes->id > VC_PSA_KEY_USER_MAX ||
        vc_psa_key_find(psa, attributes->id) != nullptr)
        return vc_fail(err, VC_STATE, "id %u is taken, or none", attributes->id);
    if (psa->key_count >= VC_PSA_KEYS_MAX)
        return vc_fail(err, VC_LIMIT, "at most %d keys", VC_PSA_KEYS_MAX);
    for (size_t i = 0; i < given->receiver_count; i++) {
        if (given->receivers[i] >= psa->receiver_count)
            return vc_fail(err, VC_MALFORMED, "receiver %u: none such", given->receivers[i]);
    }
    status = import_given(given, &core);
    if (status == PSA_ERROR_INSUFFICIENT_MEMORY)
        return vc_fail_memory(err);
    if (status == PSA_SUCCESS)
        status = from_core(core, &made);
    if (status != PSA_SUCCESS || made.bits != attributes->bits) {
        (void)psa_destroy_key(core);
        return vc_fail(err, VC_MALFORMED, "what was given is no such key (status %d)", status);
    }
    return adopt_given(psa, given, core, err);
}
