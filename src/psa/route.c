/* SPDX-License-Identifier: MIT */

#include "psa/route.h"

#include <stdlib.h>

#include <psa/crypto.h>

/* A key that is in the worker, and by now in the key store, too. */
struct alias {
    uint32_t local, stored;
    struct alias *next;
};

struct vc_psa_router {
    struct vc_psa_router_options options;
    struct vc_psa *local; /* null until the first call */
    struct alias *aliases;
};

/* Who answers a function. */
enum side {
    WORKER,
    STORE,
    BY_KEY,      /* where the key is that it names first */
    BY_HANDLE,   /* where the operation is */
    BY_LIFETIME, /* volatile: the worker */
    BY_BOTH,     /* a copy: the worker if its source is there and it is volatile */
};

struct route {
    enum side side;
    bool names_key; /* beside an operation, or in the key store: one that has to be there, */
    uint8_t key;    /* in this place among the values */
};

static const struct route ROUTES[VC_PSA_FUNCTION_COUNT] = {
    [VC_PSA_crypto_init] = {.side = WORKER},
    [VC_PSA_get_key_attributes] = {.side = BY_KEY},
    [VC_PSA_purge_key] = {.side = BY_KEY},
    [VC_PSA_copy_key] = {BY_BOTH, true, 0},
    [VC_PSA_destroy_key] = {.side = BY_KEY},
    [VC_PSA_import_key] = {.side = BY_LIFETIME},
    [VC_PSA_export_key] = {.side = BY_KEY},
    [VC_PSA_export_public_key] = {.side = BY_KEY},
    [VC_PSA_generate_key] = {.side = STORE},
    [VC_PSA_generate_random] = {.side = WORKER},
    [VC_PSA_hash_compute] = {.side = WORKER},
    [VC_PSA_hash_compare] = {.side = WORKER},
    [VC_PSA_hash_setup] = {.side = WORKER},
    [VC_PSA_hash_update] = {.side = WORKER},
    [VC_PSA_hash_finish] = {.side = WORKER},
    [VC_PSA_hash_verify] = {.side = WORKER},
    [VC_PSA_hash_abort] = {.side = WORKER},
    [VC_PSA_hash_suspend] = {.side = WORKER},
    [VC_PSA_hash_resume] = {.side = WORKER},
    [VC_PSA_hash_clone] = {.side = WORKER},
    [VC_PSA_mac_compute] = {.side = BY_KEY},
    [VC_PSA_mac_verify] = {.side = BY_KEY},
    [VC_PSA_mac_sign_setup] = {.side = BY_KEY},
    [VC_PSA_mac_verify_setup] = {.side = BY_KEY},
    [VC_PSA_mac_update] = {.side = BY_HANDLE},
    [VC_PSA_mac_sign_finish] = {.side = BY_HANDLE},
    [VC_PSA_mac_verify_finish] = {.side = BY_HANDLE},
    [VC_PSA_mac_abort] = {.side = BY_HANDLE},
    [VC_PSA_cipher_encrypt] = {.side = BY_KEY},
    [VC_PSA_cipher_decrypt] = {.side = BY_KEY},
    [VC_PSA_cipher_encrypt_setup] = {.side = BY_KEY},
    [VC_PSA_cipher_decrypt_setup] = {.side = BY_KEY},
    [VC_PSA_cipher_generate_iv] = {.side = BY_HANDLE},
    [VC_PSA_cipher_set_iv] = {.side = BY_HANDLE},
    [VC_PSA_cipher_update] = {.side = BY_HANDLE},
    [VC_PSA_cipher_finish] = {.side = BY_HANDLE},
    [VC_PSA_cipher_abort] = {.side = BY_HANDLE},
    [VC_PSA_aead_encrypt] = {.side = BY_KEY},
    [VC_PSA_aead_decrypt] = {.side = BY_KEY},
    [VC_PSA_aead_encrypt_setup] = {.side = BY_KEY},
    [VC_PSA_aead_decrypt_setup] = {.side = BY_KEY},
    [VC_PSA_aead_generate_nonce] = {.side = BY_HANDLE},
    [VC_PSA_aead_set_nonce] = {.side = BY_HANDLE},
    [VC_PSA_aead_set_lengths] = {.side = BY_HANDLE},
    [VC_PSA_aead_update_ad] = {.side = BY_HANDLE},
    [VC_PSA_aead_update] = {.side = BY_HANDLE},
    [VC_PSA_aead_finish] = {.side = BY_HANDLE},
    [VC_PSA_aead_verify] = {.side = BY_HANDLE},
    [VC_PSA_aead_abort] = {.side = BY_HANDLE},
    [VC_PSA_key_derivation_setup] = {.side = STORE},
    [VC_PSA_key_derivation_get_capacity] = {.side = BY_HANDLE},
    [VC_PSA_key_derivation_set_capacity] = {.side = BY_HANDLE},
    [VC_PSA_key_derivation_input_bytes] = {.side = BY_HANDLE},
    [VC_PSA_key_derivation_input_integer] = {.side = BY_HANDLE},
    [VC_PSA_key_derivation_input_key] = {BY_HANDLE, true, 1},
    [VC_PSA_key_derivation_key_agreement] = {BY_HANDLE, true, 1},
    [VC_PSA_key_derivation_output_bytes] = {.side = BY_HANDLE},
    [VC_PSA_key_derivation_output_key] = {.side = BY_HANDLE},
    [VC_PSA_key_derivation_verify_bytes] = {.side = BY_HANDLE},
    [VC_PSA_key_derivation_verify_key] = {BY_HANDLE, true, 0},
    [VC_PSA_key_derivation_abort] = {.side = BY_HANDLE},
    [VC_PSA_raw_key_agreement] = {STORE, true, 1},
    [VC_PSA_key_agreement] = {STORE, true, 0},
    [VC_PSA_sign_message] = {.side = BY_KEY},
    [VC_PSA_verify_message] = {.side = BY_KEY},
    [VC_PSA_sign_hash] = {.side = BY_KEY},
    [VC_PSA_verify_hash] = {.side = BY_KEY},
    [VC_PSA_asymmetric_encrypt] = {.side = BY_KEY},
    [VC_PSA_asymmetric_decrypt] = {.side = BY_KEY},
    [VC_PSA_pake_setup] = {STORE, true, 0},
    [VC_PSA_pake_set_role] = {.side = BY_HANDLE},
    [VC_PSA_pake_set_user] = {.side = BY_HANDLE},
    [VC_PSA_pake_set_peer] = {.side = BY_HANDLE},
    [VC_PSA_pake_set_context] = {.side = BY_HANDLE},
    [VC_PSA_pake_output] = {.side = BY_HANDLE},
    [VC_PSA_pake_input] = {.side = BY_HANDLE},
    [VC_PSA_pake_get_shared_key] = {.side = BY_HANDLE},
    [VC_PSA_pake_abort] = {.side = BY_HANDLE},
    [VC_PSA_key_wrap] = {STORE, true, 0},
};

enum vc_code vc_psa_router_new(const struct vc_psa_router_options *options,
                               struct vc_psa_router **router, struct vc_err *err)
{
    struct vc_psa_router *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->options = *options;
    *router = made;
    return VC_OK;
}

void vc_psa_router_free(struct vc_psa_router *router)
{
    if (router == nullptr)
        return;
    while (router->aliases != nullptr) {
        struct alias *alias = router->aliases;

        router->aliases = alias->next;
        free(alias);
    }
    vc_psa_free(router->local);
    free(router);
}

static bool is_local_key(uint32_t id)
{
    return id >= VC_PSA_KEY_LOCAL_MIN && id < VC_PSA_KEY_STORED_MIN;
}

/* Ids that are nobody's need no key store to be refused. */
static bool is_stored_key(uint32_t id)
{
    return id != PSA_KEY_ID_NULL && id <= VC_PSA_KEY_VENDOR_MAX && !is_local_key(id);
}

static bool is_volatile(const struct vc_psa_attributes *attributes)
{
    return PSA_KEY_LIFETIME_IS_VOLATILE(attributes->lifetime);
}

/* Does the key store answer this call? */
static bool is_stored(const struct vc_psa_call *call)
{
    switch (ROUTES[call->function].side) {
    case WORKER:
        return false;
    case STORE:
        return true;
    case BY_KEY:
        return is_stored_key(call->values[0]);
    case BY_HANDLE:
        return (call->operation & VC_PSA_HANDLE_STORED) != 0;
    case BY_LIFETIME:
        return !is_volatile(&call->attributes);
    case BY_BOTH:
        return is_stored_key(call->values[0]) || !is_volatile(&call->attributes);
    }
    return false;
}

/* ---- keys that both have ---- */

static struct alias **find_alias(struct vc_psa_router *router, uint32_t local)
{
    struct alias **link = &router->aliases;

    while (*link != nullptr && (*link)->local != local)
        link = &(*link)->next;
    return link;
}

static vc_psa_status store(const struct vc_psa_router *router, struct vc_psa_call *call)
{
    return router->options.store(router->options.store_user, call);
}

/* Gives the key store the program's key, too. */
static vc_psa_status share(struct vc_psa_router *router, uint32_t local, uint32_t *stored)
{
    struct vc_psa_call call = {.function = VC_PSA_import_key};
    vc_psa_status status = vc_psa_imported(router->local, local, &call.attributes, &call.inputs[0]);
    struct alias *alias;

    if (status != PSA_SUCCESS)
        return status;
    alias = malloc(sizeof(*alias));
    if (alias == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    call.attributes.id = 0; /* the key store chooses */
    status = store(router, &call);
    if (status != PSA_SUCCESS) {
        free(alias);
        return status;
    }
    *alias = (struct alias){.local = local, .stored = call.key, .next = router->aliases};
    router->aliases = alias;
    *stored = call.key;
    return PSA_SUCCESS;
}

static vc_psa_status ask_store(struct vc_psa_router *router, struct vc_psa_call *call)
{
    const struct route *route = &ROUTES[call->function];
    uint32_t *key = &call->values[route->key];
    vc_psa_status status = PSA_SUCCESS;

    if (route->names_key && is_local_key(*key)) {
        const struct alias *alias = *find_alias(router, *key);

        if (alias != nullptr) {
            *key = alias->stored;
        } else {
            status = share(router, *key, key);
        }
    }
    return status == PSA_SUCCESS ? store(router, call) : status;
}

/* What the key store has of a key that the program destroys goes with it. */
static vc_psa_status destroy_alias(struct vc_psa_router *router, uint32_t local)
{
    struct vc_psa_call call = {.function = VC_PSA_destroy_key};
    struct alias **link = find_alias(router, local);
    struct alias *alias = *link;
    vc_psa_status status;

    if (alias == nullptr)
        return PSA_SUCCESS;
    call.values[0] = alias->stored;
    status = store(router, &call);
    if (status != PSA_SUCCESS)
        return status;
    *link = alias->next;
    free(alias);
    return PSA_SUCCESS;
}

/* ---- the call ---- */

static vc_psa_status ask_worker(struct vc_psa_router *router, struct vc_psa_call *call)
{
    if (call->function == VC_PSA_destroy_key && router->aliases != nullptr) {
        vc_psa_status status = destroy_alias(router, call->values[0]);

        if (status != PSA_SUCCESS)
            return status;
    }
    return vc_psa_answer(router->local, call);
}

static vc_psa_status start(struct vc_psa_router *router)
{
    const struct vc_psa_options options = {.first_key = VC_PSA_KEY_LOCAL_MIN,
                                           .randomness = router->options.randomness};
    enum vc_code code = vc_psa_new(&options, &router->local, nullptr);

    if (code == VC_OK)
        return PSA_SUCCESS;
    return code == VC_MEMORY ? PSA_ERROR_INSUFFICIENT_MEMORY : PSA_ERROR_INSUFFICIENT_ENTROPY;
}

vc_psa_status vc_psa_route(void *user, struct vc_psa_call *call)
{
    struct vc_psa_router *router = user;
    vc_psa_status status = router->local == nullptr ? start(router) : PSA_SUCCESS;

    if (status != PSA_SUCCESS)
        return status;
    return is_stored(call) ? ask_store(router, call) : ask_worker(router, call);
}
