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

/* What may be said of this path to those who may not look there: itself, if the policy names it;
 * otherwise the smallest directory with a slash at its end that a right of the policy names and it
 * lies in; "/" if there is none. */
void vc_record_public_path(const struct vc_policy *policy, const char *path,
                           char public_path[VC_PATH_MAX + 1]);

static inline void vc_subjects_join(struct vc_subjects *subjects, const struct vc_subjects *more)
{
    for (size_t i = 0; i < VC_COUNT(subjects->words); i++)
        subjects->words[i] |= more->words[i];
}

#endif
