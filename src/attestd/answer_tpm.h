/* SPDX-License-Identifier: MIT */

/* Credentials for TPMs, and whom the service endorses because one was opened. */

#ifndef VC_ATTESTD_ANSWER_TPM_H
#define VC_ATTESTD_ANSWER_TPM_H

#include "attestd/answer.h"

/* POST /v1/tpm/credentials {"ek_certificates","ek_public","ak_public"}: 201
 * {"credential","secret"}. *answer was zero-initialised. */
void vc_answer_tpm_credential(const struct vc_occasion *occasion, struct vc_bytes body,
                              struct vc_answer *answer);

/* Anchors of one session: those of all, and the keys that were activated in it. Everything is
 * borrowed, and so is the object itself while the anchors are used. */
struct vc_session_anchors {
    struct vc_anchors anchors;
    const struct vc_anchors *all;
    const struct vc_activations *activations;
    struct vc_activation_session session;
};
void vc_session_anchors_set(struct vc_session_anchors *made, const struct vc_anchors *all,
                            const struct vc_activations *activations,
                            const struct vc_activation_session *session);

#endif
