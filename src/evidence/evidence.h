/* SPDX-License-Identifier: MIT */

/* Evidence of any platform: verified, and shown. Every function here is pure: the time and the
 * trust anchors are arguments, nothing is fetched. One file per platform does the work
 * (evidence/snp.h …); evidence/platforms.c is the table that leads to them. */

#ifndef VC_EVIDENCE_EVIDENCE_H
#define VC_EVIDENCE_EVIDENCE_H

#include "evidence/anchors.h"
#include "evidence/claims.h"
#include "evidence/collateral.h"

constexpr size_t VC_EVIDENCE_SIZE_MAX = 98304;     /* bytes, any platform */
constexpr size_t VC_EVENT_LOG_SIZE_MAX = 4u << 20; /* bytes */
constexpr size_t VC_NEEDED_SIZE_MAX = 16384; /* bytes of DER; a VCEK and its issuer are 3000 */

struct vc_evidence {
    enum vc_platform_kind platform;
    struct vc_bytes bytes;
    struct vc_bytes event_log; /* optional: tdx (CCEL), tpm; replayed and compared if given */
};

/* How much is asked. */
enum vc_depth {
    VC_DEPTH_AUTHENTIC, /* signatures up to a trust anchor, no debugging; the platform's TCB is not
                           judged (claims say so). For whoever holds an attestation result about the
                           same machine that is young enough: attest/session.h */
    VC_DEPTH_JUDGED,    /* all of it */
};

struct vc_verification {
    const struct vc_anchors *anchors;
    const struct vc_collateral *collateral; /* null: none */
    int64_t now;                            /* seconds since 1970 */
    enum vc_depth depth;
    struct vc_buffer *needed; /* on VC_OK gets the certificates of the collateral that led from the
                                 evidence to an anchor, DER one after the other: what one who has
                                 no collateral needs beside it. At most VC_NEEDED_SIZE_MAX bytes;
                                 null: nobody asks */
};

/* Verifies. On VC_OK claims->passed is the stage that was asked for. On failure *claims holds what
 * was read so far and the stage that was passed, for people to look at; nothing may be decided by
 * it. VC_MALFORMED: not in the platform's form. VC_NOT_FOUND: collateral is missing, and which.
 * VC_UNTRUSTED: the first reason in words: "debug guest: policy bit 19 set". */
enum vc_code vc_evidence_verify(const struct vc_evidence *evidence,
                                const struct vc_verification *verification,
                                struct vc_claims *claims, struct vc_err *err);

/* Takes the rows of what is shown. `section` is "report", "policy", "TCB, reported"; `meaning` says
 * in words what the value means here, and is never empty. All borrowed for the call. */
struct vc_field {
    const char *section;
    const char *name;  /* the specification's own: "MEASUREMENT", "TDATTRIBUTES" */
    const char *value; /* "0x30000", hex, text */
    const char *meaning;
};

struct vc_field_sink {
    enum vc_code (*put)(void *user, const struct vc_field *field, struct vc_err *err);
    void *user;
};

/* Every field, in the order of the format, reserved ones only if they are not zero. Verifies
 * nothing. VC_MALFORMED: what came before was shown. */
enum vc_code vc_evidence_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                              struct vc_err *err);

#endif
