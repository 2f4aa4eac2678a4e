/* SPDX-License-Identifier: MIT */

#include "crypto/hmac.h"

#include <openssl/core_names.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/library_internal.h"

struct vc_hmac {
    EVP_MAC_CTX *context;
    size_t size; /* bytes of a code */
    bool begun;
};

static EVP_MAC_CTX *make_context(void)
{
    EVP_MAC *mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX *context = mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac);

    EVP_MAC_free(mac);
    return context;
}

static bool set_key(EVP_MAC_CTX *context, const char *hash, struct vc_bytes key)
{
    char name[32] = {}; /* the library wants one that it may write */

    (void)snprintf(name, sizeof(name), "%s", hash);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };

    return EVP_MAC_init(context, key.data, key.size, parameters) == 1;
}

enum vc_code vc_hmac_new(enum vc_hash_algorithm algorithm, struct vc_bytes key,
                         struct vc_hmac **hmac, struct vc_err *err)
{
    vc_cleanup(vc_hmac_freep) struct vc_hmac *made = nullptr;

    vc_crypto_start();
    if (key.size == 0)
        return vc_fail(err, VC_MALFORMED, "HMAC with an empty key");
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    made->size = vc_hash_algorithm_size(algorithm);
    made->context = make_context();
    if (made->context == nullptr)
        return vc_crypto_fail(err, VC_MEMORY, "HMAC cannot be started");
    if (!set_key(made->context, vc_hash_algorithm_name(algorithm), key) ||
        EVP_MAC_CTX_get_mac_size(made->context) != made->size)
        return vc_crypto_fail(err, VC_NOT_FOUND, "no HMAC with this hash");
    *hmac = vc_take(made);
    return VC_OK;
}

enum vc_code vc_hmac_begin(struct vc_hmac *hmac, struct vc_err *err)
{
    hmac->begun = EVP_MAC_init(hmac->context, nullptr, 0, nullptr) == 1; /* with the key it has */
    return hmac->begun ? VC_OK : vc_crypto_fail(err, VC_MEMORY, "HMAC cannot be started");
}

enum vc_code vc_hmac_add(struct vc_hmac *hmac, struct vc_bytes bytes, struct vc_err *err)
{
    if (!hmac->begun)
        return vc_fail(err, VC_STATE, "no HMAC was started");
    if (bytes.size == 0 || EVP_MAC_update(hmac->context, bytes.data, bytes.size) == 1)
        return VC_OK;
    hmac->begun = false;
    return vc_crypto_fail(err, VC_HOST, "HMAC cannot go on");
}

enum vc_code vc_hmac_end(struct vc_hmac *hmac, uint8_t *code, struct vc_err *err)
{
    size_t size = 0;

    if (!hmac->begun)
        return vc_fail(err, VC_STATE, "no HMAC was started");
    hmac->begun = false;
    if (EVP_MAC_final(hmac->context, code, &size, hmac->size) != 1 || size != hmac->size)
        return vc_crypto_fail(err, VC_HOST, "HMAC cannot be finished");
    return VC_OK;
}

enum vc_code vc_hmac_copy(const struct vc_hmac *hmac, struct vc_hmac **copy, struct vc_err *err)
{
    vc_cleanup(vc_hmac_freep) struct vc_hmac *made = malloc(sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_hmac){.size = hmac->size, .context = EVP_MAC_CTX_dup(hmac->context)};
    if (made->context == nullptr)
        return vc_crypto_fail(err, VC_MEMORY, "HMAC cannot be copied");
    *copy = vc_take(made);
    return VC_OK;
}

void vc_hmac_free(struct vc_hmac *hmac)
{
    if (hmac == nullptr)
        return;
    EVP_MAC_CTX_free(hmac->context);
    free(hmac);
}
