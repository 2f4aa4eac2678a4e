/* SPDX-License-Identifier: MIT */

/* Message authentication codes: HMAC by `crypto`, all others by the core. */

#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform_util.h>

#include "base/secret.h"
#include "crypto/hmac.h"
#include "psa/bulk.h"
#include "psa/service_internal.h"

enum { CODE_MAX = 64 };

/* What becomes of this. */
struct use {
    uint32_t key; /* the program's id */
    psa_algorithm_t algorithm;
    psa_key_usage_t usage;
};

static struct use use_of(const struct vc_psa_call *call, bool signs)
{
    return (struct use){call->values[0], call->values[1],
                        signs ? PSA_KEY_USAGE_SIGN_MESSAGE : PSA_KEY_USAGE_VERIFY_MESSAGE};
}

/* The specification has them, this service does not: HMAC of other hashes, CMAC of other ciphers.
 */
static bool is_missing(const struct vc_psa_key *key, psa_algorithm_t algorithm)
{
    if (PSA_ALG_IS_HMAC(algorithm)) {
        return key->attributes.type == PSA_KEY_TYPE_HMAC &&
               !vc_psa_core_has_hash(PSA_ALG_HMAC_GET_HASH(algorithm));
    }
    return PSA_ALG_FULL_LENGTH_MAC(algorithm) == PSA_ALG_CMAC &&
           (key->attributes.type == PSA_KEY_TYPE_ARIA ||
            key->attributes.type == PSA_KEY_TYPE_CAMELLIA);
}

/* The core takes some of those for what cannot be. */
static vc_psa_status told(const struct vc_psa *psa, const struct use *use, vc_psa_status status)
{
    const struct vc_psa_key *key = vc_psa_key_find(psa, use->key);

    if (status == PSA_ERROR_INVALID_ARGUMENT && key != nullptr && is_missing(key, use->algorithm))
        return PSA_ERROR_NOT_SUPPORTED;
    return status;
}

/* ---- keys that crypto computes with ---- */

/* The native object of a key for HMAC. */
struct native {
    enum vc_hash_algorithm hash;
    struct vc_hmac *hmac;
};

static void free_native(void *object)
{
    struct native *native = object;

    vc_hmac_free(native->hmac);
    free(native);
}

static bool find_hash(const struct use *use, enum vc_hash_algorithm *hash)
{
    return PSA_ALG_IS_HMAC(use->algorithm) && !PSA_ALG_IS_WILDCARD(use->algorithm) &&
           vc_psa_hash_find(PSA_ALG_HMAC_GET_HASH(use->algorithm), hash) == PSA_SUCCESS;
}

/* Otherwise the core does it, or says what is wrong. */
static bool is_native(const struct vc_psa *psa, const struct use *use)
{
    const struct vc_psa_key *key = vc_psa_key_find(psa, use->key);
    enum vc_hash_algorithm hash;

    return key != nullptr && key->attributes.type == PSA_KEY_TYPE_HMAC && find_hash(use, &hash);
}

static size_t size_of(const struct use *use)
{
    size_t truncated = PSA_MAC_TRUNCATED_LENGTH(use->algorithm);
    enum vc_hash_algorithm hash;

    return truncated == 0 && find_hash(use, &hash) ? vc_hash_algorithm_size(hash) : truncated;
}

static vc_psa_status make(const struct vc_psa_key *key, enum vc_hash_algorithm hash,
                          struct vc_hmac **hmac)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {}; /* wipes */
    vc_psa_status status = vc_psa_key_material(key, &material);

    if (status != PSA_SUCCESS)
        return status;
    return vc_psa_status_of(vc_hmac_new(hash, vc_buffer_bytes(&material), hmac, nullptr));
}

static bool is_ready(const struct vc_psa_key *key, enum vc_hash_algorithm hash)
{
    const struct native *native = key->native.object;

    return native != nullptr && key->native.free == free_native && native->hash == hash;
}

/* Instead of what was prepared before for another hash: a key has one algorithm. */
static vc_psa_status prepare(struct vc_psa_key *key, enum vc_hash_algorithm hash)
{
    struct vc_hmac *hmac = nullptr;
    struct native *native;
    vc_psa_status status = make(key, hash, &hmac);

    if (status != PSA_SUCCESS)
        return status;
    native = malloc(sizeof(*native));
    if (native == nullptr) {
        vc_hmac_free(hmac);
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    *native = (struct native){hash, hmac};
    vc_psa_key_set_native(key, (struct vc_psa_native){.free = free_native, .object = native});
    return PSA_SUCCESS;
}

/* Borrowed from the key. */
static vc_psa_status borrow(struct vc_psa *psa, const struct use *use, struct vc_hmac **hmac)
{
    enum vc_hash_algorithm hash;
    struct vc_psa_key *key = nullptr;
    vc_psa_status status = vc_psa_key_for(psa, use->key, use->usage, use->algorithm, &key);

    if (status == PSA_SUCCESS && !find_hash(use, &hash))
        status = PSA_ERROR_NOT_SUPPORTED;
    if (status == PSA_SUCCESS && !is_ready(key, hash))
        status = prepare(key, hash);
    if (status == PSA_SUCCESS)
        *hmac = ((struct native *)key->native.object)->hmac;
    return status;
}

/* ---- in one call ---- */

static vc_psa_status compute(struct vc_psa *psa, const struct use *use, struct vc_bytes input,
                             uint8_t code[CODE_MAX])
{
    struct vc_hmac *hmac;
    vc_psa_status status = borrow(psa, use, &hmac);

    if (status == PSA_SUCCESS)
        status = vc_psa_status_of(vc_hmac_begin(hmac, nullptr));
    if (status == PSA_SUCCESS)
        status = vc_psa_status_of(vc_hmac_add(hmac, input, nullptr));
    if (status == PSA_SUCCESS)
        status = vc_psa_status_of(vc_hmac_end(hmac, code, nullptr));
    return status;
}

static vc_psa_status give(const uint8_t code[CODE_MAX], size_t size, struct vc_psa_output *mac)
{
    if (mac->room < size)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    memcpy(mac->data, code, size);
    mac->size = size;
    return PSA_SUCCESS;
}

static vc_psa_status compare(const uint8_t code[CODE_MAX], size_t size, struct vc_bytes mac)
{
    return vc_secret_equal((struct vc_bytes){code, size}, mac) ? PSA_SUCCESS
                                                               : PSA_ERROR_INVALID_SIGNATURE;
}

vc_psa_status vc_psa_do_mac_compute(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct use use = use_of(call, true);
    struct vc_bytes input = call->inputs[0];
    struct vc_psa_output *mac = &call->outputs[0];
    uint8_t code[CODE_MAX];
    vc_psa_status status;

    if (!is_native(psa, &use)) {
        status = psa_mac_compute(vc_psa_core_id(psa, use.key), use.algorithm, input.data,
                                 input.size, mac->data, mac->room, &mac->size);
        return told(psa, &use, status);
    }
    status = compute(psa, &use, input, code);
    return status == PSA_SUCCESS ? give(code, size_of(&use), mac) : told(psa, &use, status);
}

vc_psa_status vc_psa_do_mac_verify(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct use use = use_of(call, false);
    struct vc_bytes input = call->inputs[0];
    struct vc_bytes mac = call->inputs[1];
    uint8_t code[CODE_MAX];
    vc_psa_status status;

    if (!is_native(psa, &use)) {
        status = psa_mac_verify(vc_psa_core_id(psa, use.key), use.algorithm, input.data, input.size,
                                mac.data, mac.size);
        return told(psa, &use, status);
    }
    status = compute(psa, &use, input, code);
    if (status == PSA_SUCCESS)
        status = compare(code, size_of(&use), mac);
    mbedtls_platform_zeroize(code, sizeof(code)); /* the right code, which was not known here */
    return told(psa, &use, status);
}

/* ---- in several ---- */

struct operation {
    struct use use;
    struct vc_hmac *native; /* null: the core's */
    psa_mac_operation_t core;
};

static struct operation *find(const struct vc_psa *psa, const struct vc_psa_call *call)
{
    return vc_psa_operation_state(psa, call->operation, VC_PSA_MAC);
}

static vc_psa_status end(struct vc_psa *psa, struct vc_psa_call *call, vc_psa_status status)
{
    vc_psa_operation_end(psa, VC_PSA_MAC, &call->operation);
    return status;
}

static void free_operation(void *state)
{
    struct operation *operation = state;

    vc_hmac_free(operation->native);
    (void)psa_mac_abort(&operation->core);
    free(operation);
}

static vc_psa_status open_native(struct vc_psa *psa, struct operation *operation)
{
    struct vc_hmac *of_key;
    vc_psa_status status = borrow(psa, &operation->use, &of_key);

    if (status == PSA_SUCCESS)
        status = vc_psa_status_of(vc_hmac_copy(of_key, &operation->native, nullptr));
    return status == PSA_SUCCESS ? vc_psa_status_of(vc_hmac_begin(operation->native, nullptr))
                                 : status;
}

static vc_psa_status open_core(const struct vc_psa *psa, struct operation *operation)
{
    const struct use *use = &operation->use;
    mbedtls_svc_key_id_t key = vc_psa_core_id(psa, use->key);

    return use->usage == PSA_KEY_USAGE_SIGN_MESSAGE
               ? psa_mac_sign_setup(&operation->core, key, use->algorithm)
               : psa_mac_verify_setup(&operation->core, key, use->algorithm);
}

static vc_psa_status set_up(struct vc_psa *psa, struct vc_psa_call *call, bool signs)
{
    struct operation *operation;
    vc_psa_status status;

    if (call->operation != 0)
        return end(psa, call, PSA_ERROR_BAD_STATE);
    operation = calloc(1, sizeof(*operation));
    if (operation == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    operation->use = use_of(call, signs);
    operation->core = psa_mac_operation_init();
    status =
        is_native(psa, &operation->use) ? open_native(psa, operation) : open_core(psa, operation);
    if (status != PSA_SUCCESS) {
        status = told(psa, &operation->use, status);
        free_operation(operation);
        return status;
    }
    status = vc_psa_operation_begin(psa, VC_PSA_MAC, free_operation, operation, &call->operation);
    if (status == PSA_SUCCESS)
        vc_psa_operation_use(psa, call->operation, call->values[0]);
    return status;
}

vc_psa_status vc_psa_do_mac_sign_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    return set_up(psa, call, true);
}

vc_psa_status vc_psa_do_mac_verify_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    return set_up(psa, call, false);
}

vc_psa_status vc_psa_do_mac_update(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    struct vc_bytes input = call->inputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = vc_psa_status_of(vc_hmac_add(operation->native, input, nullptr));
    else
        status = psa_mac_update(&operation->core, input.data, input.size);
    return status == PSA_SUCCESS ? status : end(psa, call, status);
}

static vc_psa_status finish_natively(struct operation *operation, struct vc_psa_output *mac)
{
    uint8_t code[CODE_MAX];
    vc_psa_status status;

    if (operation->use.usage != PSA_KEY_USAGE_SIGN_MESSAGE)
        return PSA_ERROR_BAD_STATE;
    status = vc_psa_status_of(vc_hmac_end(operation->native, code, nullptr));
    return status == PSA_SUCCESS ? give(code, size_of(&operation->use), mac) : status;
}

vc_psa_status vc_psa_do_mac_sign_finish(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    struct vc_psa_output *mac = &call->outputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = finish_natively(operation, mac);
    else
        status = psa_mac_sign_finish(&operation->core, mac->data, mac->room, &mac->size);
    return end(psa, call, status);
}

static vc_psa_status verify_natively(struct operation *operation, struct vc_bytes mac)
{
    uint8_t code[CODE_MAX];
    vc_psa_status status;

    if (operation->use.usage != PSA_KEY_USAGE_VERIFY_MESSAGE)
        return PSA_ERROR_BAD_STATE;
    status = vc_psa_status_of(vc_hmac_end(operation->native, code, nullptr));
    if (status == PSA_SUCCESS)
        status = compare(code, size_of(&operation->use), mac);
    mbedtls_platform_zeroize(code, sizeof(code));
    return status;
}

vc_psa_status vc_psa_do_mac_verify_finish(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = find(psa, call);
    struct vc_bytes mac = call->inputs[0];
    vc_psa_status status;

    if (operation == nullptr)
        status = PSA_ERROR_BAD_STATE;
    else if (operation->native != nullptr)
        status = verify_natively(operation, mac);
    else
        status = psa_mac_verify_finish(&operation->core, mac.data, mac.size);
    return end(psa, call, status);
}

vc_psa_status vc_psa_do_mac_abort(struct vc_psa *psa, struct vc_psa_call *call)
{
    return end(psa, call, PSA_SUCCESS);
}
