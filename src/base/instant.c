/* SPDX-License-Identifier: MIT */

#include "base/instant.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static constexpr int64_t LAST_SECOND = 253402300799; /* 9999-12-31T23:59:59Z */

static bool shape_fits(const char *text)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";

    if (strlen(text) != sizeof(shape) - 1)
        return false;
    for (size_t i = 0; i < sizeof(shape) - 1; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';

        if (shape[i] == 'd' ? !digit : text[i] != shape[i])
            return false;
    }
    return true;
}

static int number(const char *text, size_t offset, size_t digits)
{
    int value = 0;

    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (text[offset + i] - '0');
    return value;
}

enum vc_code vc_instant_parse(const char *text, int64_t *seconds, struct vc_err *err)
{
    struct tm parts;
    char back[VC_INSTANT_TEXT_MAX];
    int64_t value;

    if (!shape_fits(text))
        return vc_fail(err, VC_MALFORMED, "a time looks like 2027-01-31T23:59:59Z");
    parts = (struct tm){.tm_year = number(text, 0, 4) - 1900,
                        .tm_mon = number(text, 5, 2) - 1,
                        .tm_mday = number(text, 8, 2),
                        .tm_hour = number(text, 11, 2),
                        .tm_min = number(text, 14, 2),
                        .tm_sec = number(text, 17, 2)};
    value = timegm(&parts);
    if (value < 0)
        return vc_fail(err, VC_MALFORMED, "a time before 1970");
    vc_instant_format(value, back);
    if (strcmp(back, text) != 0)
        return vc_fail(err, VC_MALFORMED, "%s is in no calendar", text);
    *seconds = value;
    return VC_OK;
}

void vc_instant_format(int64_t seconds, char text[VC_INSTANT_TEXT_MAX])
{
    time_t clamped = seconds < 0 ? 0 : seconds > LAST_SECOND ? LAST_SECOND : seconds;
    struct tm parts;

    (void)gmtime_r(&clamped, &parts);
    (void)strftime(text, VC_INSTANT_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts);
}
