/* SPDX-License-Identifier: MIT */

#include "crypto/hash.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "crypto/block_hash_internal.h"
#include "crypto/library_internal.h"

struct vc_hasher {
    enum vc_hash_algorithm algorithm;
    bool begun;
    struct vc_block_hash block; /* of the algorithms that are such */
    EVP_MD *native;             /* of the others: SHA-3 */
    EVP_MD_CTX *context;
};

static const struct {
    const char *name; /* the library's */
    size_t size;      /* bytes */
} algorithms[VC_HASH_ALG_COUNT] = {
    [VC_HASH_ALG_MD5] = {"MD5", 16},
    [VC_HASH_ALG_RIPEMD160] = {"RIPEMD160", 20},
    [VC_HASH_ALG_SHA1] = {"SHA1", 20},
    [VC_HASH_ALG_SHA224] = {"SHA2-224", 28},
    [VC_HASH_ALG_SHA256] = {"SHA2-256", 32},
    [VC_HASH_ALG_SHA384] = {"SHA2-384", 48},
    [VC_HASH_ALG_SHA512] = {"SHA2-512", 64},
    [VC_HASH_ALG_SHA512_224] = {"SHA2-512/224", 28},
    [VC_HASH_ALG_SHA512_256] = {"SHA2-512/256", 32},
    [VC_HASH_ALG_SHA3_224] = {"SHA3-224", 28},
    [VC_HASH_ALG_SHA3_256] = {"SHA3-256", 32},
    [VC_HASH_ALG_SHA3_384] = {"SHA3-384", 48},
    [VC_HASH_ALG_SHA3_512] = {"SHA3-512", 64},
    [VC_HASH_ALG_SHAKE256_512] = {"SHAKE256", 64},
};

size_t vc_hash_algorithm_size(enum vc_hash_algorithm algorithm)
{
    return algorithms[algorithm].size;
}

const char *vc_hash_algorithm_name(enum vc_hash_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

enum vc_code vc_hasher_new(enum vc_hash_algorithm algorithm, struct vc_hasher **hasher,
                           struct vc_err *err)
{
    vc_cleanup(vc_hasher_freep) struct vc_hasher *made = calloc(1, sizeof(*made));

    vc_crypto_start();
    if (made == nullptr)
        return vc_fail_memory(err);
    made->algorithm = algorithm;
    if (vc_block_hash_is(algorithm)) {
        *hasher = vc_take(made);
        return VC_OK;
    }
    made->native = EVP_MD_fetch(nullptr, algorithms[algorithm].name, nullptr);
    if (made->native == nullptr)
        return vc_crypto_fail(err, VC_NOT_FOUND, algorithms[algorithm].name);
    made->context = EVP_MD_CTX_new();
    if (made->context == nullptr)
        return vc_fail_memory(err);
    *hasher = vc_take(made);
    return VC_OK;
}

static bool start(struct vc_hasher *hasher)
{
    if (vc_block_hash_is(hasher->algorithm))
        return vc_block_hash_begin(&hasher->block, hasher->algorithm);
    /* The second time on, neither the digest nor its state is made anew. */
    return EVP_DigestInit_ex2(hasher->context, hasher->native, nullptr) == 1;
}

enum vc_code vc_hasher_begin(struct vc_hasher *hasher, struct vc_err *err)
{
    hasher->begun = start(hasher);
    return hasher->begun ? VC_OK : vc_crypto_fail(err, VC_MEMORY, "a digest cannot be started");
}

static enum vc_code update(struct vc_hasher *hasher, struct vc_bytes bytes, struct vc_err *err)
{
    if (vc_block_hash_is(hasher->algorithm))
        return vc_block_hash_add(&hasher->block, bytes, err);
    if (EVP_DigestUpdate(hasher->context, bytes.data, bytes.size) == 1)
        return VC_OK;
    return vc_crypto_fail(err, VC_HOST, "a digest cannot go on");
}

enum vc_code vc_hasher_add(struct vc_hasher *hasher, struct vc_bytes bytes, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (!hasher->begun)
        return vc_fail(err, VC_STATE, "no digest was started");
    if (bytes.size > 0)
        code = update(hasher, bytes, err);
    hasher->begun = code == VC_OK;
    return code;
}

static bool finish(struct vc_hasher *hasher, uint8_t *digest)
{
    if (vc_block_hash_is(hasher->algorithm))
        return vc_block_hash_end(&hasher->block, digest);
    if (hasher->algorithm == VC_HASH_ALG_SHAKE256_512)
        return EVP_DigestFinalXOF(hasher->context, digest, algorithms[hasher->algorithm].size) == 1;
    return EVP_DigestFinal_ex(hasher->context, digest, nullptr) == 1;
}

enum vc_code vc_hasher_end(struct vc_hasher *hasher, uint8_t *digest, struct vc_err *err)
{
    if (!hasher->begun)
        return vc_fail(err, VC_STATE, "no digest was started");
    hasher->begun = false;
    return finish(hasher, digest) ? VC_OK
                                  : vc_crypto_fail(err, VC_HOST, "a digest cannot be finished");
}

enum vc_code vc_hasher_save(const struct vc_hasher *hasher, uint8_t state[VC_HASH_STATE_MAX],
                            size_t *size, struct vc_err *err)
{
    if (!vc_block_hash_is(hasher->algorithm))
        return vc_fail(err, VC_NOT_FOUND, "no state of this hash is defined");
    if (!hasher->begun)
        return vc_fail(err, VC_STATE, "no digest was started");
    *size = vc_block_hash_save(&hasher->block, state);
    return VC_OK;
}

enum vc_code vc_hasher_load(struct vc_hasher *hasher, struct vc_bytes state, struct vc_err *err)
{
    enum vc_code code;

    if (!vc_block_hash_is(hasher->algorithm))
        return vc_fail(err, VC_NOT_FOUND, "no state of this hash is defined");
    code = vc_block_hash_load(&hasher->block, hasher->algorithm, state, err);
    hasher->begun = code == VC_OK;
    return code;
}

enum vc_code vc_hasher_copy(const struct vc_hasher *hasher, struct vc_hasher **copy,
                            struct vc_err *err)
{
    vc_cleanup(vc_hasher_freep) struct vc_hasher *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_hasher){
        .algorithm = hasher->algorithm, .begun = hasher->begun, .block = hasher->block};
    if (vc_block_hash_is(hasher->algorithm)) {
        *copy = vc_take(made);
        return VC_OK;
    }
    made->context = EVP_MD_CTX_new();
    if (EVP_MD_up_ref(hasher->native) == 1)
        made->native = hasher->native;
    if (made->context == nullptr || made->native == nullptr)
        return vc_fail_memory(err);
    if (hasher->begun && EVP_MD_CTX_copy_ex(made->context, hasher->context) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "a digest cannot be copied");
    *copy = vc_take(made);
    return VC_OK;
}

void vc_hasher_free(struct vc_hasher *hasher)
{
    if (hasher == nullptr)
        return;
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->native);
    OPENSSL_cleanse(hasher, sizeof(*hasher));
    free(hasher);
}
