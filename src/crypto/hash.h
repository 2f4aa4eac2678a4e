/* SPDX-License-Identifier: MIT */

/* Digests of any algorithm over bytes that come piece by piece, for programs; crypto/digest.h is
 * what the container itself needs. */

#ifndef VC_CRYPTO_HASH_H
#define VC_CRYPTO_HASH_H

#include "base/err.h"

enum vc_hash_algorithm {
    VC_HASH_ALG_MD5,
    VC_HASH_ALG_RIPEMD160,
    VC_HASH_ALG_SHA1,
    VC_HASH_ALG_SHA224,
    VC_HASH_ALG_SHA256,
    VC_HASH_ALG_SHA384,
    VC_HASH_ALG_SHA512,
    VC_HASH_ALG_SHA512_224,
    VC_HASH_ALG_SHA512_256,
    VC_HASH_ALG_SHA3_224,
    VC_HASH_ALG_SHA3_256,
    VC_HASH_ALG_SHA3_384,
    VC_HASH_ALG_SHA3_512,
    VC_HASH_ALG_SHAKE256_512, /* SHAKE256, 64 bytes of it */
    VC_HASH_ALG_COUNT
};

size_t vc_hash_algorithm_size(enum vc_hash_algorithm algorithm);      /* bytes of the digest */
const char *vc_hash_algorithm_name(enum vc_hash_algorithm algorithm); /* the library's */

struct vc_hasher; /* reusable: begin, add, end, begin, ... */

/* VC_NOT_FOUND: the library has no such digest. */
enum vc_code vc_hasher_new(enum vc_hash_algorithm algorithm, struct vc_hasher **hasher,
                           struct vc_err *err);
enum vc_code vc_hasher_begin(struct vc_hasher *hasher, struct vc_err *err);
enum vc_code vc_hasher_add(struct vc_hasher *hasher, struct vc_bytes bytes, struct vc_err *err);
enum vc_code vc_hasher_end(struct vc_hasher *hasher, uint8_t *digest, struct vc_err *err);
/* What a digest is made of so far, as PSA Crypto 1.2 has it ("hash suspend state", without its
 * first field): bytes of input, a number of 8 bytes, or of 16 for SHA-384 and all SHA-512; the
 * words that are carried from block to block; input that fills no block. The first is big endian,
 * the words are as the digest has them. VC_STATE; VC_NOT_FOUND: the standards know no such thing of
 * SHA-3. */
constexpr size_t VC_HASH_STATE_MAX = 16 + 64 + 127;
enum vc_code vc_hasher_save(const struct vc_hasher *hasher, uint8_t state[VC_HASH_STATE_MAX],
                            size_t *size, struct vc_err *err);
/* Instead of begin. VC_MALFORMED: it is no state of this algorithm; VC_LIMIT: of more input than
 * the algorithm can count, which adding to it is, too; VC_NOT_FOUND. */
enum vc_code vc_hasher_load(struct vc_hasher *hasher, struct vc_bytes state, struct vc_err *err);
/* Another one in the same state. */
enum vc_code vc_hasher_copy(const struct vc_hasher *hasher, struct vc_hasher **copy,
                            struct vc_err *err);
void vc_hasher_free(struct vc_hasher *hasher); /* wipes; accepts null */
VC_DEFINE_CLEANUP(struct vc_hasher, vc_hasher_free);

#endif
