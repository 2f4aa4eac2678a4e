/* SPDX-License-Identifier: MIT */

/* Which principals were given which files as they are now, so that each is written down once. */

#ifndef VC_RUNTIME_RECORD_READS_H
#define VC_RUNTIME_RECORD_READS_H

#include "policy/subjects.h"

struct vc_record_reads;

enum vc_code vc_record_reads_new(struct vc_record_reads **reads, struct vc_err *err);
void vc_record_reads_free(struct vc_record_reads *reads); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_record_reads, vc_record_reads_free);

/* Has it read what is at this path in this epoch? */
[[nodiscard]] bool vc_record_reads_have(const struct vc_record_reads *reads,
                                        const struct vc_policy *policy, const char *path,
                                        uint64_t epoch, struct vc_subject who);
/* Those who have read what is at this path in this epoch; of an earlier one nobody has. Borrowed
 * until the next call. VC_MEMORY. */
enum vc_code vc_record_reads_of(struct vc_record_reads *reads, const char *path, uint64_t epoch,
                                struct vc_subjects **readers, struct vc_err *err);
/* It has changed: nobody has read it. */
void vc_record_reads_forget(struct vc_record_reads *reads, const char *path);

#endif
