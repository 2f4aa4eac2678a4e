/* SPDX-License-Identifier: MIT */

/* What stages of pipelines are asked to do, chosen by argument 1. Exit status: what was asked for;
 * an errno if a file is not to be had, 100 more if it is one to write. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

constexpr int WRITING = 100;
constexpr int BROKEN = 99; /* was to be had, and then not */

static int put(const char *text, const char *to)
{
    FILE *out = fopen(to, "wb");

    if (out == nullptr)
        return WRITING + errno;
    return fputs(text, out) >= 0 && fclose(out) == 0 ? 0 : BROKEN;
}

static int copy(const char *from, const char *to)
{
    static char piece[65536];
    FILE *in = fopen(from, "rb");
    FILE *out;

    if (in == nullptr)
        return errno;
    out = fopen(to, "wb");
    if (out == nullptr)
        return WRITING + errno;
    for (size_t size; (size = fread(piece, 1, sizeof(piece), in)) > 0;) {
        if (fwrite(piece, 1, size, out) != size)
            return BROKEN;
    }
    return !ferror(in) && fclose(out) == 0 ? 0 : BROKEN;
}

/* Says something to another stage, and waits for what that one says: neither ends alone. */
static int meet(const char *to, const char *from)
{
    FILE *out = fopen(to, "wb");
    FILE *in = fopen(from, "rb");

    if (in == nullptr)
        return errno;
    if (out == nullptr)
        return WRITING + errno;
    if (fputc('x', out) == EOF || fflush(out) != 0 || fgetc(in) != 'x')
        return BROKEN;
    return fclose(out) == 0 && fgetc(in) == EOF ? 0 : BROKEN;
}

static int spin(void)
{
    for (volatile int i = 0;; i = i + 1) {
    }
}

/* Writes, and then does not end well. */
static int fail(const char *to)
{
    (void)put("left", to);
    __builtin_trap();
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "exit";

    if (strcmp(what, "exit") == 0)
        return argc == 3 ? atoi(argv[2]) : 0;
    if (strcmp(what, "put") == 0 && argc == 4)
        return put(argv[2], argv[3]);
    if (strcmp(what, "copy") == 0 && argc == 4)
        return copy(argv[2], argv[3]);
    if (strcmp(what, "meet") == 0 && argc == 4)
        return meet(argv[2], argv[3]);
    if (strcmp(what, "fail") == 0 && argc == 3)
        return fail(argv[2]);
    if (strcmp(what, "spin") == 0)
        return spin();
    return BROKEN;
}
