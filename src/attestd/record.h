/* SPDX-License-Identifier: MIT */

/* What is kept of verdicts. A certificate is an entry of the transparency log, or is not issued. A
 * refusal is one too if its evidence was genuine and made for this very application: such evidence
 * costs whoever sends it a machine that makes it, and the log can never be shortened. Every other
 * refusal, and those above a rate, are lines of a plain file of bounded size: anybody can cause
 * them. */

#ifndef VC_ATTESTD_RECORD_H
#define VC_ATTESTD_RECORD_H

#include "attestd/appraise.h"
#include "attestd/logbook.h"

/* The plain file is moved to PATH.1, over an older one, when it has grown to this. */
constexpr int64_t VC_RECORD_SIZE_MAX = 64 << 20;
/* Refusals that may become entries: so many per minute in the long run, and so many at once. */
constexpr uint64_t VC_RECORD_REFUSALS_PER_MINUTE = 60;
constexpr uint64_t VC_RECORD_REFUSALS_BURST = 600;

/* One per service; zero-initialise but for what is borrowed. */
struct vc_record {
    struct vc_logbook *book; /* null: none; then no certificate is issued */
    const char *path;        /* of the plain file; null: there is none */
    uint64_t spent_ms;       /* of the time that refusals have to wait for, each its share */
    uint64_t looked_ms;      /* when spent_ms was counted */
};

struct vc_verdict {
    int64_t time; /* seconds since 1970 */
    const char *reason;
    const struct vc_exhibit *exhibit;
    const struct vc_appraisal *appraisal;
};

/* Adds the certificate's entry to the log: it may go out when the log was committed. VC_LIMIT,
 * VC_STATE. */
enum vc_code vc_record_issued(struct vc_record *record, const struct vc_cert *certificate,
                              uint64_t *index, struct vc_err *err);
/* Keeps a refusal, as well as it can: it stands whether or not it was kept. `now_ms` is of a
 * monotonic clock. */
void vc_record_refused(struct vc_record *record, const struct vc_verdict *verdict, uint64_t now_ms);

#endif
