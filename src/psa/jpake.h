/* SPDX-License-Identifier: MIT */

/* J-PAKE (RFC 8236) on P-256 with SHA-256, as the PAKE extension of PSA Crypto 1.2 has it, between
 * parties of any name: the core's implementation knows "client" and "server" alone. The arithmetic
 * is the core's. */

#ifndef VC_PSA_JPAKE_H
#define VC_PSA_JPAKE_H

#include "psa/call.h"

enum {
    VC_JPAKE_POINT_SIZE = 65,
    VC_JPAKE_PROOF_SIZE = 32,
    VC_JPAKE_NAME_MAX = 16, /* the public conformance suite has 18 bytes refused */
};

struct vc_jpake;

/* PSA_ERROR_INVALID_ARGUMENT: a password that is a multiple of the group's order. */
vc_psa_status vc_jpake_new(struct vc_bytes password, struct vc_jpake **jpake);

/* Once each, before any step; the two differ. PSA_ERROR_BAD_STATE, PSA_ERROR_INVALID_ARGUMENT;
 * PSA_ERROR_NOT_SUPPORTED: longer than VC_JPAKE_NAME_MAX. */
vc_psa_status vc_jpake_set_user(struct vc_jpake *jpake, struct vc_bytes name);
vc_psa_status vc_jpake_set_peer(struct vc_jpake *jpake, struct vc_bytes name);

/* PSA_ERROR_BAD_STATE: after the first step nothing can be set. */
vc_psa_status vc_jpake_check_open(const struct vc_jpake *jpake);

/* Steps are PSA_PAKE_STEP_KEY_SHARE, _ZK_PUBLIC, _ZK_PROOF, in this order; twice in round one, once
 * in round two, which begins when round one is over both ways. A share and its proof are not
 * interrupted by one of the other direction. Whatever fails leaves the exchange of no use. */
vc_psa_status vc_jpake_output(struct vc_jpake *jpake, uint32_t step, struct vc_psa_output *output);

/* PSA_ERROR_INVALID_ARGUMENT: of another size, no point, or a share that was there before.
 * PSA_ERROR_INVALID_SIGNATURE: the proof is none. Proofs may be shorter than VC_JPAKE_PROOF_SIZE:
 * Mbed TLS leaves zeros before them out. */
vc_psa_status vc_jpake_input(struct vc_jpake *jpake, uint32_t step, struct vc_bytes input);

/* Are both rounds over? */
[[nodiscard]] bool vc_jpake_is_over(const struct vc_jpake *jpake);

/* Then: the secret, as an uncompressed point. PSA_ERROR_BAD_STATE. */
vc_psa_status vc_jpake_secret(struct vc_jpake *jpake, uint8_t secret[VC_JPAKE_POINT_SIZE]);

/* Wipes. Accepts null. */
void vc_jpake_free(struct vc_jpake *jpake);

VC_DEFINE_CLEANUP(struct vc_jpake, vc_jpake_free);

#endif
