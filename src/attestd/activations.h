/* SPDX-License-Identifier: MIT */

/* Keys of TPMs that proved, within a TLS session, that they live beside an EK whose maker vouches
 * for it: who could open a credential (evidence/tpm_credential.h) holds both. */

#ifndef VC_ATTESTD_ACTIVATIONS_H
#define VC_ATTESTD_ACTIVATIONS_H

#include "evidence/tpm_credential.h"
#include "evidence/tpm_trust.h"

constexpr size_t VC_ACTIVATIONS_MAX = 256;           /* at once, over all sessions */
constexpr size_t VC_ACTIVATIONS_PER_SESSION_MAX = 4; /* so that no session can take them all */
constexpr uint64_t VC_ACTIVATION_LIFE_MS = 300000;   /* no connection lives longer */
constexpr size_t VC_ACTIVATION_SECRET_SIZE = 32;

struct vc_activations;

enum vc_code vc_activations_new(struct vc_activations **activations, struct vc_err *err);
void vc_activations_free(struct vc_activations *activations);
VC_DEFINE_CLEANUP(struct vc_activations, vc_activations_free);

/* The session: its exporter value (32 bytes), and the time by a monotonic clock. */
struct vc_activation_session {
    const uint8_t *exporter;
    uint64_t now_ms;
};

/* A TPM that says that it has both keys; borrowed. */
struct vc_activation_claim {
    const struct vc_tpm_bundle *bundle; /* ek_public and ak_public */
    const struct vc_octets *ek_hash;    /* what vc_tpm_trust_ek gave for the EK's certificate */
};

/* Challenges the TPM with this EK to open a credential for the AK. VC_UNTRUSTED: not
 * what an AK must be. VC_LIMIT: too many in this session; when VC_ACTIVATIONS_MAX are there, the
 * first gives way. Else as vc_tpm_credential_make. */
enum vc_code vc_activations_challenge(struct vc_activations *activations,
                                      const struct vc_activation_session *session,
                                      const struct vc_activation_claim *claim,
                                      struct vc_tpm_credential *credential, struct vc_err *err);
/* The secret came back: for the rest of the session the key counts. VC_UNTRUSTED: it is none that
 * was hidden in a credential of this session. */
enum vc_code vc_activations_redeem(struct vc_activations *activations,
                                   const struct vc_activation_session *session,
                                   struct vc_bytes secret, struct vc_err *err);
/* The AK of a pair (vc_tpm_pair_id) that was activated in this session; borrowed until the next
 * challenge. Null: there is none. */
const struct vc_public_key *vc_activations_find(const struct vc_activations *activations,
                                                const struct vc_activation_session *session,
                                                struct vc_bytes pair);

#endif
