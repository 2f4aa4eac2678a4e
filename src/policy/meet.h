/* SPDX-License-Identifier: MIT */

/* Whom a program meets: the only ones whose names it is told. Pure. */

#ifndef VC_POLICY_MEET_H
#define VC_POLICY_MEET_H

#include "policy/subjects.h"

/* Who, by the policy and whatever was narrowed since, may read what the program may write, or write
 * what it may read; is another end of a stream that it is an end of; gives it a key, or may get one
 * of it; may start it; or has something that a rule of the policy lets the program take away. And
 * the program itself. */
void vc_policy_whom_it_meets(const struct vc_policy *policy, size_t program,
                             struct vc_subjects *subjects);

/* Has the program any right to this canonical path, or, if a stream is there, an end of it? */
[[nodiscard]] bool vc_policy_program_reaches(const struct vc_policy *policy, size_t program,
                                             const char *path);

/* Is the item among the chosen ones? */
[[nodiscard]] bool vc_policy_chooses(const struct vc_policy_choice *choice, size_t item);

#endif
