/* SPDX-License-Identifier: MIT */

/* What a receipt shows, done once more: each deed is asked of what was in force when it was done.
 * Of what a receipt hides nothing is known, so it is never too strict: hidden runs are not counted.
 */

#ifndef VC_JOURNAL_RECEIPT_REPLAY_H
#define VC_JOURNAL_RECEIPT_REPLAY_H

#include "journal/receipt_internal.h"

struct vc_replay {
    const struct vc_policy *policy;
    const struct vc_receipt_head *head;
    struct vc_force *force;
    uint32_t *starts; /* of each program */
    uint32_t runs;
    int64_t time;    /* of the last entry; of the first one 0 */
    int64_t expires; /* when the container has to end */
};

enum vc_code vc_replay_init(const struct vc_policy *policy, const struct vc_receipt_head *head,
                            struct vc_replay *replay, struct vc_err *err);
void vc_replay_done(struct vc_replay *replay);
/* VC_REFUSED, VC_LIMIT: it was not allowed. VC_UNTRUSTED: it cannot be so. VC_MALFORMED. */
enum vc_code vc_replay_next(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                            struct vc_err *err);

#endif
