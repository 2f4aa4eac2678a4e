/* SPDX-License-Identifier: MIT */

#include "cli/moment.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

static constexpr int64_t RELATIVE_MAX = 100000; /* of any unit */

static int64_t unit_seconds(char unit)
{
    switch (unit) {
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

bool vc_moment_is_relative(const char *word)
{
    return word[0] == '+';
}

enum vc_code vc_moment_from(const char *option, const char *word, int64_t now,
                            char text[VC_INSTANT_TEXT_MAX], struct vc_err *err)
{
    char *end;

    errno = 0;
    long long count = strtoll(word + 1, &end, 10);

    if (!isdigit((unsigned char)word[1]) || errno != 0 || count < 1 || count > RELATIVE_MAX ||
        unit_seconds(*end) == 0 || end[1] != '\0') {
        return vc_fail(err, VC_MALFORMED,
                       "--%s %.32s: write 2027-06-30T00:00:00Z, or +30d, +12h, +45m", option, word);
    }
    vc_instant_format(now + count * unit_seconds(*end), text);
    return VC_OK;
}
