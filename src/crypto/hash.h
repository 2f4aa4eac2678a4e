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
/* Another one in the same state. */
enum vc_code vc_hasher_copy(const struct vc_hasher *hasher, struct vc_hasher **copy,
                            struct vc_err *err);
void vc_hasher_free(struct vc_hasher *hasher); /* wipes; accepts null */
VC_DEFINE_CLEANUP(struct vc_hasher, vc_hasher_free);

#endif
