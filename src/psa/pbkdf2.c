/* SPDX-License-Identifier: MIT */

#include "psa/pbkdf2.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/cmac.h>
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/psa_util.h>

static constexpr size_t SALT_MAX = 65536; /* bytes, of all pieces */
static constexpr size_t AES_SIZE = 16;    /* bytes of a key, and of a tag */
static constexpr unsigned AES_BITS = 128;
static constexpr uint8_t INNER = 0x36; /* RFC 2104 §2 */
static constexpr uint8_t OUTER = 0x5c;

enum stage { WANTS_COST, WANTS_SALT, HAS_PASSWORD };

/* The pseudorandom function under the password: its first blocks are absorbed once, not for each of
 * the iterations. */
struct prf {
    const mbedtls_md_info_t *md; /* null: CMAC */
    mbedtls_md_context_t inner, outer, work;
    mbedtls_cipher_context_t cmac;
    size_t size; /* bytes that it gives */
};

struct vc_pbkdf2 {
    psa_algorithm_t hash; /* 0: CMAC */
    enum stage stage;
    struct prf prf;
    uint64_t iterations, capacity;
    uint8_t *salt; /* with 4 bytes behind it for the number of a block */
    size_t salt_size;
    uint32_t block_number;
    uint8_t block[PSA_HASH_MAX_SIZE];
    size_t block_left; /* bytes at its end that nobody has had yet */
};

static vc_psa_status status_of(int code)
{
    if (code == 0)
        return PSA_SUCCESS;
    return code == MBEDTLS_ERR_MD_ALLOC_FAILED || code == MBEDTLS_ERR_CIPHER_ALLOC_FAILED
               ? PSA_ERROR_INSUFFICIENT_MEMORY
               : PSA_ERROR_GENERIC_ERROR;
}

/* ---- the pseudorandom function ---- */

static int prf_prepare(struct prf *prf)
{
    int code;

    if (prf->md == nullptr) {
        const mbedtls_cipher_info_t *aes =
            mbedtls_cipher_info_from_type(MBEDTLS_CIPHER_AES_128_ECB);

        prf->size = AES_SIZE;
        return mbedtls_cipher_setup(&prf->cmac, aes);
    }
    prf->size = mbedtls_md_get_size(prf->md);
    code = mbedtls_md_setup(&prf->inner, prf->md, 0);
    if (code == 0)
        code = mbedtls_md_setup(&prf->outer, prf->md, 0);
    if (code == 0)
        code = mbedtls_md_setup(&prf->work, prf->md, 0);
    return code;
}

static int absorb_pad(mbedtls_md_context_t *context, uint8_t *block, size_t size, uint8_t pad)
{
    int code = mbedtls_md_starts(context);

    for (size_t i = 0; i < size; i++)
        block[i] ^= pad;
    return code == 0 ? mbedtls_md_update(context, block, size) : code;
}

static int hmac_key(struct prf *prf, psa_algorithm_t hash, struct vc_bytes password)
{
    uint8_t block[PSA_HMAC_MAX_HASH_BLOCK_SIZE] = {};
    size_t size = PSA_HASH_BLOCK_LENGTH(hash);
    int code = 0;

    if (password.size > size)
        code = mbedtls_md(prf->md, password.data, password.size, block);
    else if (password.size > 0)
        memcpy(block, password.data, password.size);
    if (code == 0)
        code = absorb_pad(&prf->inner, block, size, INNER);
    if (code == 0)
        code = absorb_pad(&prf->outer, block, size, INNER ^ OUTER);
    mbedtls_platform_zeroize(block, sizeof(block));
    return code;
}

static int cmac_key(struct prf *prf, struct vc_bytes password)
{
    static const uint8_t zeros[AES_SIZE] = {};
    uint8_t key[AES_SIZE];
    int code = 0;

    if (password.size == AES_SIZE) {
        memcpy(key, password.data, AES_SIZE);
    } else {
        code = mbedtls_cipher_cmac(mbedtls_cipher_info_from_type(MBEDTLS_CIPHER_AES_128_ECB), zeros,
                                   AES_BITS, password.data, password.size, key);
    }
    if (code == 0)
        code = mbedtls_cipher_cmac_starts(&prf->cmac, key, AES_BITS);
    mbedtls_platform_zeroize(key, sizeof(key));
    return code;
}

/* `out` may be input.data. */
static int hmac(struct prf *prf, struct vc_bytes input, uint8_t *out)
{
    int code = mbedtls_md_clone(&prf->work, &prf->inner);

    if (code == 0)
        code = mbedtls_md_update(&prf->work, input.data, input.size);
    if (code == 0)
        code = mbedtls_md_finish(&prf->work, out);
    if (code == 0)
        code = mbedtls_md_clone(&prf->work, &prf->outer);
    if (code == 0)
        code = mbedtls_md_update(&prf->work, out, prf->size);
    return code == 0 ? mbedtls_md_finish(&prf->work, out) : code;
}

static int prf_apply(struct prf *prf, struct vc_bytes input, uint8_t *out)
{
    int code;

    if (prf->md != nullptr)
        return hmac(prf, input, out);
    code = mbedtls_cipher_cmac_reset(&prf->cmac);
    if (code == 0)
        code = mbedtls_cipher_cmac_update(&prf->cmac, input.data, input.size);
    return code == 0 ? mbedtls_cipher_cmac_finish(&prf->cmac, out) : code;
}

/* ---- the operation ---- */

static vc_psa_status find_hash(psa_algorithm_t algorithm, psa_algorithm_t *hash,
                               const mbedtls_md_info_t **md)
{
    *hash = 0;
    *md = nullptr;
    if (algorithm == PSA_ALG_PBKDF2_AES_CMAC_PRF_128)
        return PSA_SUCCESS;
    if (!PSA_ALG_IS_PBKDF2_HMAC(algorithm))
        return PSA_ERROR_INVALID_ARGUMENT;
    *hash = PSA_ALG_PBKDF2_HMAC_GET_HASH(algorithm);
    *md = mbedtls_md_info_from_type(mbedtls_md_type_from_psa_alg(*hash));
    return *md != nullptr ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

vc_psa_status vc_pbkdf2_new(psa_algorithm_t algorithm, struct vc_pbkdf2 **pbkdf2)
{
    vc_cleanup(vc_pbkdf2_freep) struct vc_pbkdf2 *made = nullptr;
    const mbedtls_md_info_t *md;
    psa_algorithm_t hash;
    vc_psa_status status = find_hash(algorithm, &hash, &md);

    if (status != PSA_SUCCESS)
        return status;
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    made->hash = hash;
    made->prf.md = md;
    mbedtls_md_init(&made->prf.inner);
    mbedtls_md_init(&made->prf.outer);
    mbedtls_md_init(&made->prf.work);
    mbedtls_cipher_init(&made->prf.cmac);
    status = status_of(prf_prepare(&made->prf));
    if (status != PSA_SUCCESS)
        return status;
    made->capacity = UINT32_MAX * (uint64_t)made->prf.size;
    *pbkdf2 = vc_take(made);
    return PSA_SUCCESS;
}

void vc_pbkdf2_free(struct vc_pbkdf2 *pbkdf2)
{
    if (pbkdf2 == nullptr)
        return;
    mbedtls_md_free(&pbkdf2->prf.inner);
    mbedtls_md_free(&pbkdf2->prf.outer);
    mbedtls_md_free(&pbkdf2->prf.work);
    mbedtls_cipher_free(&pbkdf2->prf.cmac);
    if (pbkdf2->salt != nullptr)
        mbedtls_platform_zeroize(pbkdf2->salt, pbkdf2->salt_size);
    free(pbkdf2->salt);
    mbedtls_platform_zeroize(pbkdf2, sizeof(*pbkdf2));
    free(pbkdf2);
}

vc_psa_status vc_pbkdf2_cost(struct vc_pbkdf2 *pbkdf2, uint64_t iterations)
{
    if (pbkdf2->stage != WANTS_COST)
        return PSA_ERROR_BAD_STATE;
    if (iterations == 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (iterations > UINT32_MAX)
        return PSA_ERROR_NOT_SUPPORTED;
    pbkdf2->iterations = iterations;
    pbkdf2->stage = WANTS_SALT;
    return PSA_SUCCESS;
}

/* A pepper is a secret that comes as salt: it is wiped where it was. */
vc_psa_status vc_pbkdf2_salt(struct vc_pbkdf2 *pbkdf2, struct vc_bytes salt)
{
    uint8_t *more;

    if (pbkdf2->stage != WANTS_SALT)
        return PSA_ERROR_BAD_STATE;
    if (salt.size > SALT_MAX - pbkdf2->salt_size)
        return PSA_ERROR_NOT_SUPPORTED;
    more = malloc(pbkdf2->salt_size + salt.size + sizeof(pbkdf2->block_number));
    if (more == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    if (pbkdf2->salt != nullptr) {
        memcpy(more, pbkdf2->salt, pbkdf2->salt_size);
        mbedtls_platform_zeroize(pbkdf2->salt, pbkdf2->salt_size);
    }
    if (salt.size > 0)
        memcpy(more + pbkdf2->salt_size, salt.data, salt.size);
    free(pbkdf2->salt);
    pbkdf2->salt = more;
    pbkdf2->salt_size += salt.size;
    return PSA_SUCCESS;
}

vc_psa_status vc_pbkdf2_password(struct vc_pbkdf2 *pbkdf2, struct vc_bytes password)
{
    int code;

    if (pbkdf2->stage != WANTS_SALT || pbkdf2->salt == nullptr)
        return PSA_ERROR_BAD_STATE;
    code = pbkdf2->hash != 0 ? hmac_key(&pbkdf2->prf, pbkdf2->hash, password)
                             : cmac_key(&pbkdf2->prf, password);
    if (code == 0)
        pbkdf2->stage = HAS_PASSWORD;
    return status_of(code);
}

uint64_t vc_pbkdf2_capacity(const struct vc_pbkdf2 *pbkdf2)
{
    return pbkdf2->capacity;
}

vc_psa_status vc_pbkdf2_limit(struct vc_pbkdf2 *pbkdf2, uint64_t capacity)
{
    if (capacity > pbkdf2->capacity)
        return PSA_ERROR_INVALID_ARGUMENT;
    pbkdf2->capacity = capacity;
    return PSA_SUCCESS;
}

static int next_block(struct vc_pbkdf2 *pbkdf2)
{
    struct prf *prf = &pbkdf2->prf;
    const struct vc_bytes first = {pbkdf2->salt, pbkdf2->salt_size + sizeof(pbkdf2->block_number)};
    uint8_t round[PSA_HASH_MAX_SIZE];
    int code;

    pbkdf2->block_number++;
    for (size_t i = 0; i < sizeof(pbkdf2->block_number); i++)
        pbkdf2->salt[pbkdf2->salt_size + i] = (uint8_t)(pbkdf2->block_number >> (24 - 8 * i));
    code = prf_apply(prf, first, round);
    memcpy(pbkdf2->block, round, prf->size);
    for (uint64_t i = 1; code == 0 && i < pbkdf2->iterations; i++) {
        code = prf_apply(prf, (struct vc_bytes){round, prf->size}, round);
        for (size_t j = 0; j < prf->size; j++)
            pbkdf2->block[j] ^= round[j];
    }
    mbedtls_platform_zeroize(round, sizeof(round));
    pbkdf2->block_left = prf->size;
    return code;
}

vc_psa_status vc_pbkdf2_output(struct vc_pbkdf2 *pbkdf2, uint8_t *bytes, size_t size)
{
    if (pbkdf2->stage != HAS_PASSWORD)
        return PSA_ERROR_BAD_STATE;
    if (size > pbkdf2->capacity) {
        pbkdf2->capacity = 0;
        return PSA_ERROR_INSUFFICIENT_DATA;
    }
    pbkdf2->capacity -= size;
    while (size > 0) {
        int code = pbkdf2->block_left > 0 ? 0 : next_block(pbkdf2);
        size_t part = pbkdf2->block_left < size ? pbkdf2->block_left : size;

        if (code != 0)
            return status_of(code);
        memcpy(bytes, pbkdf2->block + pbkdf2->prf.size - pbkdf2->block_left, part);
        pbkdf2->block_left -= part;
        bytes += part;
        size -= part;
    }
    return PSA_SUCCESS;
}
