/* SPDX-License-Identifier: MIT */

/* A narrowing as options of `policy narrow` say it. */

#ifndef VC_CLI_NARROW_WORDS_H
#define VC_CLI_NARROW_WORDS_H

#include "cli/options.h"
#include "policy/policy.h"

/* Does any of these options say something? */
[[nodiscard]] bool vc_narrow_words_given(const struct vc_arguments *arguments);

/* Appends the narrowing's JSON (policy/narrowing.h), whose own parser is to judge it; names without
 * kind are those of principals, or else of programs. `now` is what "+12h" counts from.
 * VC_MALFORMED: none, or several, or what does not go together. */
enum vc_code vc_narrow_words_write(const struct vc_arguments *arguments,
                                   const struct vc_policy *policy, int64_t now,
                                   struct vc_buffer *json, struct vc_err *err);

#endif
