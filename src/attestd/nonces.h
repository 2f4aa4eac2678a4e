/* SPDX-License-Identifier: MIT */

/* Nonces that were given out: each is good once, for a minute, on the TLS session that asked. */

#ifndef VC_ATTESTD_NONCES_H
#define VC_ATTESTD_NONCES_H

#include "attest/binder.h"

constexpr size_t VC_NONCES_MAX = 4096;           /* outstanding at once, over all sessions */
constexpr size_t VC_NONCES_PER_SESSION_MAX = 16; /* so that no single session can take them all */
constexpr uint64_t VC_NONCE_LIFE_MS = 60000;

struct vc_nonces;

enum vc_code vc_nonces_new(struct vc_nonces **nonces, struct vc_err *err);
void vc_nonces_free(struct vc_nonces *nonces);
VC_DEFINE_CLEANUP(struct vc_nonces, vc_nonces_free);

/* A fresh one for the session with this exporter value. `now_ms` is of a monotonic clock. VC_LIMIT:
 * too many are outstanding in this session. When VC_NONCES_MAX are, the one given first is
 * forgotten. VC_HOST: no random bytes. */
enum vc_code vc_nonces_give(struct vc_nonces *nonces, const uint8_t exporter[VC_SHA256_SIZE],
                            uint64_t now_ms, uint8_t nonce[VC_NONCE_SIZE], struct vc_err *err);
/* Uses it up, whatever the outcome. VC_UNTRUSTED: never given, used before, too old, or given to
 * another session. */
enum vc_code vc_nonces_take(struct vc_nonces *nonces, const uint8_t exporter[VC_SHA256_SIZE],
                            uint64_t now_ms, const uint8_t nonce[VC_NONCE_SIZE],
                            struct vc_err *err);

#endif
