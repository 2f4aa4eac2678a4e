/* SPDX-License-Identifier: MIT */

/* Asks and narrows, with texts as long as they may be. The exit code is the number of the first
 * step that was not as it should be. */

#include <veracruz.h>

static char text[VZ_NARROWING_BYTES_MAX + 2], answer[VZ_NARROWING_BYTES_MAX + 16];

static int asks(void)
{
    size_t size;

    if (vz_query("self", answer, sizeof(answer), &size) != 0 || size != 4 ||
        strcmp(answer, "self") != 0)
        return 1;
    if (vz_query("?", answer, sizeof(answer), &size) != -1 || errno != EACCES || size != 0)
        return 2;
    if (vz_query("self", answer, 4, &size) != -1 || errno != ENOBUFS || size != 5)
        return 3;
    memset(text, 'q', VZ_QUESTION_BYTES_MAX);
    if (vz_query(text, answer, sizeof(answer), &size) != 0 || strcmp(answer, text) != 0)
        return 4;
    text[VZ_QUESTION_BYTES_MAX] = 'q';
    if (vz_query(text, answer, sizeof(answer), &size) != -1 || errno != EINVAL)
        return 5;
    return vz_query("", answer, sizeof(answer), &size) != -1 || errno != EINVAL ? 6 : 0;
}

static int narrows(void)
{
    if (vz_narrow("x", VZ_CONTAINER, answer, sizeof(answer)) != 0 || strcmp(answer, "all:x") != 0)
        return 11;
    if (vz_narrow("x", VZ_RUN, answer, sizeof(answer)) != 0 || strcmp(answer, "run:x") != 0)
        return 12;
    if (vz_narrow("!x", VZ_RUN, answer, 6) != -1 || errno != ENOSPC || strcmp(answer, "run:!") != 0)
        return 13;
    if (vz_narrow("x", VZ_RUN, NULL, 0) != 0)
        return 14;
    memset(text, 'n', VZ_NARROWING_BYTES_MAX);
    text[VZ_NARROWING_BYTES_MAX] = '\0';
    if (vz_narrow(text, VZ_CONTAINER, answer, sizeof(answer)) != 0 || strcmp(answer + 4, text) != 0)
        return 15;
    text[VZ_NARROWING_BYTES_MAX] = 'n';
    if (vz_narrow(text, VZ_CONTAINER, answer, sizeof(answer)) != -1 || errno != EINVAL)
        return 16;
    return answer[0] == '\0' ? 0 : 17;
}

int main(void)
{
    int step = asks();

    return step != 0 ? step : narrows();
}
