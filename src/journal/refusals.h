/* SPDX-License-Identifier: MIT */

/* Which refusals are in the journal already, so that who asks for what it may not have, over and
 * over, fills nothing. */

#ifndef VC_JOURNAL_REFUSALS_H
#define VC_JOURNAL_REFUSALS_H

#include "crypto/digest.h"

struct vc_refusals;

/* Of `count` subjects, for each at most `each_max` and one more. */
enum vc_code vc_refusals_new(size_t count, size_t each_max, struct vc_refusals **refusals,
                             struct vc_err *err);
void vc_refusals_free(struct vc_refusals *refusals); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_refusals, vc_refusals_free);

enum vc_refusal_news {
    VC_REFUSAL_KNOWN, /* it was noted: *index; or it is one more than may be, which was noted */
    VC_REFUSAL_NEW,
    VC_REFUSAL_MORE, /* one more than may be */
};
enum vc_refusal_news vc_refusals_find(const struct vc_refusals *refusals, size_t subject,
                                      const uint8_t digest[VC_SHA256_SIZE], uint64_t *index);

/* Room to note one more. VC_MEMORY. */
enum vc_code vc_refusals_reserve(struct vc_refusals *refusals, size_t subject, struct vc_err *err);
/* Notes what was found new, or to be more; asserts that there is room. */
void vc_refusals_note(struct vc_refusals *refusals, size_t subject,
                      const uint8_t digest[VC_SHA256_SIZE], uint64_t index);

#endif
