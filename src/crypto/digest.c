/* SPDX-License-Identifier: MIT */

#include "crypto/digest.h"

#include <stdlib.h>

#include "crypto/library_internal.h"

struct vc_sha256_stream {
    EVP_MD_CTX *context;
};

static void hash_with(struct vc_bytes bytes, const EVP_MD *algorithm, uint8_t *out)
{
    vc_crypto_start();
    if (EVP_Digest(bytes.data, bytes.size, out, nullptr, algorithm, nullptr) != 1)
        abort();
}

void vc_sha256(struct vc_bytes bytes, uint8_t digest[VC_SHA256_SIZE])
{
    hash_with(bytes, EVP_sha256(), digest);
}

void vc_sha512(struct vc_bytes bytes, uint8_t digest[VC_SHA512_SIZE])
{
    hash_with(bytes, EVP_sha512(), digest);
}

static const struct {
    const char *name;
    size_t size;
    const EVP_MD *(*native)(void);
} hashes[] = {
    [VC_HASH_SHA256] = {"SHA-256", VC_SHA256_SIZE, EVP_sha256},
    [VC_HASH_SHA384] = {"SHA-384", VC_SHA384_SIZE, EVP_sha384},
    [VC_HASH_SHA512] = {"SHA-512", VC_SHA512_SIZE, EVP_sha512},
};

size_t vc_hash_size(enum vc_hash hash)
{
    return hashes[hash].size;
}

const char *vc_hash_name(enum vc_hash hash)
{
    return hashes[hash].name;
}

struct vc_octets vc_hash_of(enum vc_hash hash, struct vc_bytes bytes)
{
    struct vc_octets digest = {.size = hashes[hash].size};

    hash_with(bytes, hashes[hash].native(), digest.bytes);
    return digest;
}

enum vc_code vc_sha256_stream_new(struct vc_sha256_stream **stream, struct vc_err *err)
{
    vc_cleanup(vc_sha256_stream_freep) struct vc_sha256_stream *made = nullptr;

    vc_crypto_start();
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    made->context = EVP_MD_CTX_new();
    if (made->context == nullptr || EVP_DigestInit_ex2(made->context, EVP_sha256(), nullptr) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "SHA-256 cannot be started");
    *stream = vc_take(made);
    return VC_OK;
}

void vc_sha256_stream_add(struct vc_sha256_stream *stream, struct vc_bytes bytes)
{
    if (EVP_DigestUpdate(stream->context, bytes.data, bytes.size) != 1)
        abort();
}

void vc_sha256_stream_end(struct vc_sha256_stream *stream, uint8_t digest[VC_SHA256_SIZE])
{
    if (EVP_DigestFinal_ex(stream->context, digest, nullptr) != 1)
        abort();
}

enum vc_code vc_sha256_stream_so_far(const struct vc_sha256_stream *stream,
                                     uint8_t digest[VC_SHA256_SIZE], struct vc_err *err)
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    bool done = copy != nullptr && EVP_MD_CTX_copy_ex(copy, stream->context) == 1 &&
                EVP_DigestFinal_ex(copy, digest, nullptr) == 1;

    EVP_MD_CTX_free(copy);
    return done ? VC_OK : vc_crypto_fail(err, VC_MEMORY, "SHA-256 cannot be finished");
}

void vc_sha256_stream_free(struct vc_sha256_stream *stream)
{
    if (stream == nullptr)
        return;
    EVP_MD_CTX_free(stream->context);
    free(stream);
}
