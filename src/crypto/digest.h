/* SPDX-License-Identifier: MIT */

/* Message digests (FIPS 180-4). */

#ifndef VC_CRYPTO_DIGEST_H
#define VC_CRYPTO_DIGEST_H

#include "base/err.h"
#include "base/octets.h"

constexpr size_t VC_SHA256_SIZE = 32;
constexpr size_t VC_SHA384_SIZE = 48;
constexpr size_t VC_SHA512_SIZE = 64;
constexpr size_t VC_HASH_SIZE_MAX = 64; /* of any digest below */

/* The digest of one run. Aborts only if the library has no SHA-2, which is our own build's fault.
 */
void vc_sha256(struct vc_bytes bytes, uint8_t digest[VC_SHA256_SIZE]);
void vc_sha512(struct vc_bytes bytes, uint8_t digest[VC_SHA512_SIZE]);

/* Where the data say which. */
enum vc_hash { VC_HASH_SHA256, VC_HASH_SHA384, VC_HASH_SHA512 };

size_t vc_hash_size(enum vc_hash hash);
const char *vc_hash_name(enum vc_hash hash); /* "SHA-256" */
/* The digest of one run: vc_hash_size bytes. */
struct vc_octets vc_hash_of(enum vc_hash hash, struct vc_bytes bytes);

/* An incremental SHA-256. */
struct vc_sha256_stream;

enum vc_code vc_sha256_stream_new(struct vc_sha256_stream **stream, struct vc_err *err);
void vc_sha256_stream_add(struct vc_sha256_stream *stream, struct vc_bytes bytes);
/* Writes the digest of all that was added; the stream can then only be freed. */
void vc_sha256_stream_end(struct vc_sha256_stream *stream, uint8_t digest[VC_SHA256_SIZE]);
/* The digest of what was added so far; more can be added after it. VC_MEMORY. */
enum vc_code vc_sha256_stream_so_far(const struct vc_sha256_stream *stream,
                                     uint8_t digest[VC_SHA256_SIZE], struct vc_err *err);
void vc_sha256_stream_free(struct vc_sha256_stream *stream);
VC_DEFINE_CLEANUP(struct vc_sha256_stream, vc_sha256_stream_free);

#endif
