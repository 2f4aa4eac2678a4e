/* SPDX-License-Identifier: MIT */

/* The help texts, made from the tables of verbs and options. */

#ifndef VC_CLI_HELP_H
#define VC_CLI_HELP_H

#include "cli/command.h"

/* All verbs, one line each. */
void vc_help_verbs(const struct vc_verb *const *verbs, size_t count, FILE *out);
/* The verbs whose names begin with this word ("policy"), with their examples. */
void vc_help_family(const struct vc_verb *const *verbs, size_t count, const char *family,
                    FILE *out);
/* Whether the verb's name has two words, of which this is the first. */
[[nodiscard]] bool vc_verb_in_family(const struct vc_verb *verb, const char *family);
/* One verb: usage, options, examples, exit codes. */
void vc_help_verb(const struct vc_verb *verb, FILE *out);

#endif
