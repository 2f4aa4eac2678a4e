/* SPDX-License-Identifier: MIT */

/* Every verb, each defined in its family's file. */

#ifndef VC_CLI_VERBS_H
#define VC_CLI_VERBS_H

#include "cli/command.h"

extern const struct vc_verb vc_verb_identity_new, vc_verb_identity_show;
extern const struct vc_verb vc_verb_policy_new, vc_verb_policy_check, vc_verb_policy_show,
    vc_verb_policy_hash, vc_verb_policy_explain, vc_verb_policy_picture, vc_verb_policy_narrow;
extern const struct vc_verb vc_verb_consent_give, vc_verb_consent_ls;
extern const struct vc_verb vc_verb_journal, vc_verb_receipt_save, vc_verb_receipt_link,
    vc_verb_receipt_verify, vc_verb_receipt_picture;
extern const struct vc_verb vc_verb_attestation_serve, vc_verb_attestation_endorse,
    vc_verb_attestation_log;
extern const struct vc_verb vc_verb_evidence_verify, vc_verb_evidence_show;
extern const struct vc_verb vc_verb_machine_show, vc_verb_measure, vc_verb_serve;
extern const struct vc_verb vc_verb_put, vc_verb_append, vc_verb_get, vc_verb_ls, vc_verb_rm;
extern const struct vc_verb vc_verb_stream_put, vc_verb_stream_get, vc_verb_stream_ls,
    vc_verb_stream_leave;
extern const struct vc_verb vc_verb_key_new, vc_verb_key_put, vc_verb_key_ls, vc_verb_key_rm,
    vc_verb_key_unwrap;
extern const struct vc_verb vc_verb_run, vc_verb_status, vc_verb_watch, vc_verb_kill,
    vc_verb_shutdown;
extern const struct vc_verb vc_verb_local_run, vc_verb_check;
extern const struct vc_verb vc_verb_doctor, vc_verb_proxy;

#endif
