/* SPDX-License-Identifier: MIT */

/* Target: what clients say about streams. Property: a number is written in one way only, whoever
 * parses it, and what is refused changes nothing. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/stream_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The three lines of the input; those that are not there are null. */
static void split(char *text, const char *lines[3])
{
    for (size_t i = 0; i < 3 && text != nullptr; i++)
        lines[i] = strsep(&text, "\n");
}

static void check_number(const char *text, uint64_t value)
{
    char back[32];

    (void)snprintf(back, sizeof(back), "%ju", (uintmax_t)value);
    if (strcmp(back, text) != 0)
        abort();
}

static void check_puts(const char *const lines[3])
{
    struct vc_stream_put_fields fields = {.offset = 99};

    if (vc_stream_put_parse(lines[0], lines[1], lines[2], &fields, nullptr) != VC_OK) {
        if (fields.offset != 99)
            abort();
        return;
    }
    if (lines[0] != nullptr)
        check_number(lines[0], fields.offset);
    if (lines[1] != nullptr && strcmp(lines[1], fields.complete ? "?1" : "?0") != 0)
        abort();
    if (lines[2] != nullptr)
        check_number(lines[2], fields.use);
}

static void check_gets(const char *const lines[3])
{
    struct vc_stream_get_fields fields = {.first = 99};
    char back[40];

    if (vc_stream_get_parse(lines[0], lines[1], lines[2], &fields, nullptr) != VC_OK)
        return;
    (void)snprintf(back, sizeof(back), "bytes=%ju-", (uintmax_t)fields.first);
    if (fields.has_first != (lines[0] != nullptr) || (fields.has_first && strcmp(back, lines[0])))
        abort();
    if (fields.resumable && (lines[1] == nullptr || strstr(lines[1], "resumable") == nullptr))
        abort();
}

static void check_ends(const char *const lines[3])
{
    struct vc_stream_end_fields fields;

    if (vc_stream_end_parse(lines[0], lines[1], &fields, nullptr) != VC_OK)
        return;
    if (fields.has_length)
        check_number(lines[0], fields.length);
    if (strcmp(fields.mark, lines[1] != nullptr ? lines[1] : "") != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[512] = "";
    const char *lines[3] = {};

    memcpy(text, data, size < sizeof(text) ? size : sizeof(text) - 1);
    split(text, lines);
    check_puts(lines);
    check_gets(lines);
    check_ends(lines);
    return 0;
}
