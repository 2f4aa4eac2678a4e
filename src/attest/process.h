/* SPDX-License-Identifier: MIT */

/* Evidence of the `process` platform: a PSA token (RFC 9783, COSE_Sign1 with ES256) signed by a key
 * that the launcher made for this machine. Labelled emulated: it proves who started the container,
 * not that the machine's operator kept out. */

#ifndef VC_ATTEST_PROCESS_H
#define VC_ATTEST_PROCESS_H

#include "attest/claims.h"
#include "base/buffer.h"
#include "crypto/key.h"

constexpr size_t VC_EVIDENCE_SIZE_MAX = 65536; /* bytes, any platform */

/* Appends the token for a container with this measurement. `boot_seed` is fresh per launcher. */
enum vc_code vc_process_produce(const struct vc_key *machine_key,
                                const uint8_t measurement[VC_SHA256_SIZE],
                                const uint8_t binder[VC_BINDER_SIZE], const uint8_t boot_seed[32],
                                struct vc_buffer *evidence, struct vc_err *err);

/* Finds the trust anchor for an instance id; null: this machine is not endorsed. */
typedef const struct vc_key *vc_endorsement_lookup(void *user,
                                                   const uint8_t instance_id[VC_INSTANCE_ID_SIZE]);

/* Parses and verifies a token: form, life cycle, instance id of the key, signature. Pure.
 * VC_MALFORMED, VC_UNTRUSTED with the first reason in words. */
enum vc_code vc_process_verify(struct vc_bytes evidence, vc_endorsement_lookup *lookup, void *user,
                               struct vc_claims *claims, struct vc_err *err);

/* 01 || SHA-256(04 || X || Y) of the machine's key (TF-M's rule). */
enum vc_code vc_process_instance_id(const struct vc_key *machine_key,
                                    uint8_t instance_id[VC_INSTANCE_ID_SIZE], struct vc_err *err);

#endif
