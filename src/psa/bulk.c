/* SPDX-License-Identifier: MIT */

#include "psa/bulk.h"

#include <stdlib.h>

enum { KINDS = 3, DIRECTIONS = 2 };

static_assert(VC_CIPHER_AES_GCM == 0 && VC_CIPHER_AES_CTR == KINDS - 1);

/* The native object of a symmetric key: ciphers that were needed so far. */
struct ciphers {
    struct vc_cipher *of[KINDS][DIRECTIONS];
};

static void free_ciphers(void *object)
{
    struct ciphers *ciphers = object;

    for (size_t kind = 0; kind < KINDS; kind++) {
        for (size_t direction = 0; direction < DIRECTIONS; direction++)
            vc_cipher_free(ciphers->of[kind][direction]);
    }
    free(ciphers);
}

static bool find_kind(psa_key_type_t type, psa_algorithm_t algorithm,
                      enum vc_cipher_algorithm *kind)
{
    psa_algorithm_t whole;

    *kind = VC_CIPHER_AES_CTR;
    if (algorithm == PSA_ALG_CTR)
        return type == PSA_KEY_TYPE_AES;
    if (!PSA_ALG_IS_AEAD(algorithm) || PSA_ALG_IS_WILDCARD(algorithm))
        return false;
    whole = PSA_ALG_AEAD_WITH_DEFAULT_LENGTH_TAG(algorithm);
    *kind = whole == PSA_ALG_GCM ? VC_CIPHER_AES_GCM : VC_CIPHER_CHACHA20_POLY1305;
    return (whole == PSA_ALG_GCM && type == PSA_KEY_TYPE_AES) ||
           (whole == PSA_ALG_CHACHA20_POLY1305 && type == PSA_KEY_TYPE_CHACHA20);
}

bool vc_psa_bulk_takes(const struct vc_psa *psa, const struct vc_psa_bulk *bulk,
                       enum vc_psa_family family)
{
    const struct vc_psa_key *key = vc_psa_key_find(psa, bulk->key);
    enum vc_cipher_algorithm kind;

    if (family != (PSA_ALG_IS_AEAD(bulk->algorithm) ? VC_PSA_AEAD : VC_PSA_CIPHER))
        return false;
    return key != nullptr && find_kind(key->attributes.type, bulk->algorithm, &kind);
}

static vc_psa_status make(const struct vc_psa_key *key, const struct vc_psa_bulk *bulk,
                          struct vc_cipher **cipher)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {}; /* wipes */
    enum vc_cipher_algorithm kind;
    vc_psa_status status;

    if (!find_kind(key->attributes.type, bulk->algorithm, &kind))
        return PSA_ERROR_NOT_SUPPORTED;
    status = vc_psa_key_material(key, &material);
    if (status != PSA_SUCCESS)
        return status;
    return vc_psa_status_of(
        vc_cipher_new(kind, vc_buffer_bytes(&material), bulk->encrypts, cipher, nullptr));
}

static struct ciphers *ciphers_of(struct vc_psa_key *key)
{
    if (key->native.object == nullptr || key->native.free != free_ciphers) {
        vc_psa_key_set_native(key,
                              (struct vc_psa_native){.free = free_ciphers,
                                                     .object = calloc(1, sizeof(struct ciphers))});
    }
    return key->native.object;
}

vc_psa_status vc_psa_bulk_borrow(struct vc_psa *psa, const struct vc_psa_bulk *bulk,
                                 struct vc_cipher **cipher)
{
    enum vc_cipher_algorithm kind;
    struct vc_psa_key *key = nullptr;
    struct ciphers *ciphers;
    psa_key_usage_t usage = bulk->encrypts ? PSA_KEY_USAGE_ENCRYPT : PSA_KEY_USAGE_DECRYPT;
    vc_psa_status status = vc_psa_key_for(psa, bulk->key, usage, bulk->algorithm, &key);

    if (status != PSA_SUCCESS)
        return status;
    if (!find_kind(key->attributes.type, bulk->algorithm, &kind))
        return PSA_ERROR_NOT_SUPPORTED;
    ciphers = ciphers_of(key);
    if (ciphers == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    if (ciphers->of[kind][bulk->encrypts] == nullptr)
        status = make(key, bulk, &ciphers->of[kind][bulk->encrypts]);
    *cipher = ciphers->of[kind][bulk->encrypts];
    return status;
}

vc_psa_status vc_psa_bulk_open(struct vc_psa *psa, const struct vc_psa_bulk *bulk,
                               struct vc_cipher **cipher)
{
    struct vc_cipher *of_key = nullptr;
    vc_psa_status status = vc_psa_bulk_borrow(psa, bulk, &of_key);

    if (status != PSA_SUCCESS)
        return status;
    return vc_psa_status_of(vc_cipher_copy(of_key, cipher, nullptr));
}

vc_psa_status vc_psa_status_of(enum vc_code code)
{
    switch (code) {
    case VC_OK:
        return PSA_SUCCESS;
    case VC_MALFORMED:
    case VC_LIMIT:
        return PSA_ERROR_INVALID_ARGUMENT;
    case VC_REFUSED:
        return PSA_ERROR_NOT_PERMITTED;
    case VC_UNTRUSTED:
        return PSA_ERROR_INVALID_SIGNATURE;
    case VC_NOT_FOUND:
        return PSA_ERROR_NOT_SUPPORTED;
    case VC_STATE:
        return PSA_ERROR_BAD_STATE;
    case VC_MEMORY:
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    case VC_CLOSED:
    case VC_HOST:
        return PSA_ERROR_GENERIC_ERROR;
    }
    return PSA_ERROR_GENERIC_ERROR;
}
