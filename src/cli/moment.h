/* SPDX-License-Identifier: MIT */

/* Points in time on the command line. */

#ifndef VC_CLI_MOMENT_H
#define VC_CLI_MOMENT_H

#include "base/instant.h"

/* "+30d", "+12h", "+45m" counted from `now`; false: `word` is not of that kind, and is left to
 * whoever parses times. VC_MALFORMED names the option. */
[[nodiscard]] bool vc_moment_is_relative(const char *word);
enum vc_code vc_moment_from(const char *option, const char *word, int64_t now,
                            char text[VC_INSTANT_TEXT_MAX], struct vc_err *err);

#endif
