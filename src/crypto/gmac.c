/* SPDX-License-Identifier: MIT */

#include "crypto/gmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "crypto/library_internal.h"

struct vc_gmac {
    EVP_MAC_CTX *context;
};

static EVP_MAC_CTX *make_context(void)
{
    EVP_MAC *mac = EVP_MAC_fetch(nullptr, "GMAC", nullptr);
    EVP_MAC_CTX *context = mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac);

    EVP_MAC_free(mac);
    return context;
}

enum vc_code vc_gmac_new(const uint8_t key[VC_GMAC_KEY_SIZE],
                         const uint8_t nonce[VC_GMAC_NONCE_SIZE], struct vc_gmac **gmac,
                         struct vc_err *err)
{
    char cipher[] = "AES-128-GCM";
    uint8_t iv[VC_GMAC_NONCE_SIZE];
    vc_cleanup(vc_gmac_freep) struct vc_gmac *made = calloc(1, sizeof(*made));

    vc_crypto_start();
    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < sizeof(iv); i++)
        iv[i] = nonce[i];
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, iv, sizeof(iv)),
        OSSL_PARAM_construct_end(),
    };

    made->context = make_context();
    if (made->context == nullptr ||
        EVP_MAC_init(made->context, key, VC_GMAC_KEY_SIZE, parameters) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "GMAC cannot be started");
    *gmac = vc_take(made);
    return VC_OK;
}

void vc_gmac_add(struct vc_gmac *gmac, struct vc_bytes bytes)
{
    if (bytes.size > 0 && EVP_MAC_update(gmac->context, bytes.data, bytes.size) != 1)
        abort();
}

enum vc_code vc_gmac_so_far(const struct vc_gmac *gmac, uint8_t tag[VC_GMAC_SIZE],
                            struct vc_err *err)
{
    EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(gmac->context);
    size_t size = 0;
    bool done = copy != nullptr && EVP_MAC_final(copy, tag, &size, VC_GMAC_SIZE) == 1 &&
                size == VC_GMAC_SIZE;

    EVP_MAC_CTX_free(copy);
    return done ? VC_OK : vc_crypto_fail(err, VC_MEMORY, "GMAC cannot be finished");
}

void vc_gmac_free(struct vc_gmac *gmac)
{
    if (gmac == nullptr)
        return;
    EVP_MAC_CTX_free(gmac->context);
    free(gmac);
}
