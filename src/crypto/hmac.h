/* SPDX-License-Identifier: MIT */

/* HMAC (RFC 2104) with any hash, for programs. */

#ifndef VC_CRYPTO_HMAC_H
#define VC_CRYPTO_HMAC_H

#include "crypto/hash.h"

/* One key, ready for any number of messages, one after another: begin, add, end, begin, ... */
struct vc_hmac;

/* VC_NOT_FOUND: the library has no HMAC with this hash. VC_MALFORMED: an empty key. */
enum vc_code vc_hmac_new(enum vc_hash_algorithm algorithm, struct vc_bytes key,
                         struct vc_hmac **hmac, struct vc_err *err);
enum vc_code vc_hmac_begin(struct vc_hmac *hmac, struct vc_err *err);
enum vc_code vc_hmac_add(struct vc_hmac *hmac, struct vc_bytes bytes, struct vc_err *err);
/* The code: vc_hash_algorithm_size bytes. */
enum vc_code vc_hmac_end(struct vc_hmac *hmac, uint8_t *code, struct vc_err *err);
/* Another one with the same key, for messages beside those of the first. */
enum vc_code vc_hmac_copy(const struct vc_hmac *hmac, struct vc_hmac **copy, struct vc_err *err);
void vc_hmac_free(struct vc_hmac *hmac); /* wipes; accepts null */
VC_DEFINE_CLEANUP(struct vc_hmac, vc_hmac_free);

#endif
