/* SPDX-License-Identifier: MIT */

#include "crypto/hash.h"

#include <stdlib.h>

#include "crypto/library_internal.h"

struct vc_hasher {
    enum vc_hash_algorithm algorithm;
    EVP_MD *native;
    EVP_MD_CTX *context;
    bool begun;
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
    made->native = EVP_MD_fetch(nullptr, algorithms[algorithm].name, nullptr);
    if (made->native == nullptr)
        return vc_crypto_fail(err, VC_NOT_FOUND, algorithms[algorithm].name);
    made->context = EVP_MD_CTX_new();
    if (made->context == nullptr)
        return vc_fail_memory(err);
    *hasher = vc_take(made);
    return VC_OK;
}

enum vc_code vc_hasher_begin(struct vc_hasher *hasher, struct vc_err *err)
{
    /* The second time on, neither the digest nor its state is made anew. */
    hasher->begun = EVP_DigestInit_ex2(hasher->context, hasher->native, nullptr) == 1;
    return hasher->begun ? VC_OK : vc_crypto_fail(err, VC_MEMORY, "a digest cannot be started");
}

enum vc_code vc_hasher_add(struct vc_hasher *hasher, struct vc_bytes bytes, struct vc_err *err)
{
    if (!hasher->begun)
        return vc_fail(err, VC_STATE, "no digest was started");
    if (bytes.size == 0 || EVP_DigestUpdate(hasher->context, bytes.data, bytes.size) == 1)
        return VC_OK;
    hasher->begun = false;
    return vc_crypto_fail(err, VC_HOST, "a digest cannot go on");
}

static bool finish(struct vc_hasher *hasher, uint8_t *digest)
{
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

enum vc_code vc_hasher_copy(const struct vc_hasher *hasher, struct vc_hasher **copy,
                            struct vc_err *err)
{
    vc_cleanup(vc_hasher_freep) struct vc_hasher *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_hasher){.algorithm = hasher->algorithm, .begun = hasher->begun};
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
    free(hasher);
}
