/* SPDX-License-Identifier: MIT */

/* Hashes that carry words from block to block: MD5, RIPEMD-160, SHA-1 and all SHA-2. What they
 * carry can be taken out and put in, which the library's general interface does not let one do. */

#ifndef VC_CRYPTO_BLOCK_HASH_INTERNAL_H
#define VC_CRYPTO_BLOCK_HASH_INTERNAL_H

#include <openssl/md5.h>
#include <openssl/ripemd.h>
#include <openssl/sha.h>

#include "crypto/hash.h"

struct vc_block_hash {
    enum vc_hash_algorithm algorithm;
    uint64_t high, low; /* bytes of input so far: a number of 128 bits */
    union {
        MD5_CTX md5;
        RIPEMD160_CTX ripemd160;
        SHA_CTX sha1;
        SHA256_CTX sha256;
        SHA512_CTX sha512;
    } native;
};

[[nodiscard]] bool vc_block_hash_is(enum vc_hash_algorithm algorithm);

/* Results are the library's: false if it fails. */
[[nodiscard]] bool vc_block_hash_begin(struct vc_block_hash *hash,
                                       enum vc_hash_algorithm algorithm);
[[nodiscard]] bool vc_block_hash_end(struct vc_block_hash *hash, uint8_t *digest);

/* VC_LIMIT: more than the algorithm can count. */
enum vc_code vc_block_hash_add(struct vc_block_hash *hash, struct vc_bytes bytes,
                               struct vc_err *err);

/* As vc_hasher_save and vc_hasher_load. */
size_t vc_block_hash_save(const struct vc_block_hash *hash, uint8_t state[VC_HASH_STATE_MAX]);
enum vc_code vc_block_hash_load(struct vc_block_hash *hash, enum vc_hash_algorithm algorithm,
                                struct vc_bytes state, struct vc_err *err);

#endif
