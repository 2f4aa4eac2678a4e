/* SPDX-License-Identifier: MIT */

/* A narrowing that a program asks for: as anybody's, but of names that the program may not know it
 * learns nothing, not even whether there are such. Pure. */

#ifndef VC_POLICY_PROGRAM_NARROWING_H
#define VC_POLICY_PROGRAM_NARROWING_H

#include "policy/narrowing.h"

/* Who asks, and for how long. */
struct vc_narrowing_asker {
    size_t program;
    bool of_run; /* for this run alone, which no rule need allow, because it is about itself */
    const struct vc_subjects *meets; /* vc_policy_whom_it_meets: borrowed */
};

/* Parses, and asks the policy. VC_MALFORMED, VC_LIMIT: not a narrowing. VC_NOT_FOUND: no such name
 * among those that the program may know; the sentence is always the same. VC_REFUSED:
 * vc_policy_decide_narrow; or for this run alone it is not about the program itself. */
enum vc_code vc_program_narrowing_parse(const struct vc_policy *policy,
                                        struct vc_narrowing_asker asker, struct vc_bytes text,
                                        struct vc_narrowing *narrowing, struct vc_err *err);

#endif
