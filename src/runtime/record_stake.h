/* SPDX-License-Identifier: MIT */

/* Whom things concern, by the policy alone: who has a stake in a program, and whom a file concerns,
 * whatever was narrowed since. Computed once for programs. */

#ifndef VC_RUNTIME_RECORD_STAKE_H
#define VC_RUNTIME_RECORD_STAKE_H

#include "policy/subjects.h"

struct vc_record_stakes;

/* `policy` is borrowed for its life. */
enum vc_code vc_record_stakes_new(const struct vc_policy *policy, struct vc_record_stakes **stakes,
                                  struct vc_err *err);
void vc_record_stakes_free(struct vc_record_stakes *stakes); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_record_stakes, vc_record_stakes_free);

/* Principals with a stake in this program (record.h): borrowed. */
const struct vc_subjects *vc_record_stake_in(const struct vc_record_stakes *stakes, size_t program);

/* Adds the principals that a file at this canonical path concerns. */
void vc_record_stake_file(const struct vc_record_stakes *stakes, const char *path,
                          struct vc_subjects *subjects);

/* May a program write or delete what is at this path? */
[[nodiscard]] bool vc_record_programs_write(const struct vc_record_stakes *stakes,
                                            const char *path);

/* What may be said of this path, where a program may have put something, to those who may not look
 * there, when `who` has come for it with this right: the path, if the policy gives it that one
 * alone; otherwise the largest directory that it gives, with a slash at its end, since which names
 * it comes for may be a program's doing. */
void vc_record_public_path(const struct vc_policy *policy, struct vc_subject who,
                           enum vc_right right, const char *path,
                           char public_path[VC_PATH_MAX + 1]);

static inline void vc_subjects_join(struct vc_subjects *subjects, const struct vc_subjects *more)
{
    for (size_t i = 0; i < VC_COUNT(subjects->words); i++)
        subjects->words[i] |= more->words[i];
}

#endif
