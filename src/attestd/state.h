/* SPDX-License-Identifier: MIT */

/* The attestation service's folder: its CA (ca.key, ca.crt), the transparency log (log/), the plain
 * record of refusals (refused.jsonl), and what the operator puts there (attestd/material.h). */

#ifndef VC_ATTESTD_STATE_H
#define VC_ATTESTD_STATE_H

#include "attestd/endorsements.h"
#include "crypto/certificate.h"

struct vc_attestd_state;

/* Opens the folder; makes it (mode 0700), an empty log and a CA of ten years on first use. `now` is
 * in seconds since 1970. VC_REFUSED: others may read ca.key, or the CA has expired. VC_STATE: one
 * of ca.key and ca.crt is missing or they do not belong together. VC_MALFORMED: a file is not what
 * it should be. VC_HOST. */
enum vc_code vc_attestd_open(const char *folder, int64_t now, struct vc_attestd_state **state,
                             struct vc_err *err);
void vc_attestd_close(struct vc_attestd_state *state);
VC_DEFINE_CLEANUP(struct vc_attestd_state, vc_attestd_close);

/* All borrowed from the state. */
const struct vc_cert *vc_attestd_ca(const struct vc_attestd_state *state);
const struct vc_key *vc_attestd_ca_key(const struct vc_attestd_state *state);
const char *vc_attestd_ca_path(const struct vc_attestd_state *state);
const char *vc_attestd_folder(const struct vc_attestd_state *state);
const char *vc_attestd_log_folder(const struct vc_attestd_state *state);
const char *vc_attestd_record_path(const struct vc_attestd_state *state);

/* Accepts a machine's public key from now on; a running service needs no restart. Makes the folders
 * if there are none. As vc_endorsements_add. */
enum vc_code vc_attestd_endorse(const char *folder, struct vc_endorsement *endorsement,
                                struct vc_err *err);

#endif
