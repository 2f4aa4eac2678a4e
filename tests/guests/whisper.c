/* SPDX-License-Identifier: MIT */

/* Tells one bit of a secret by the channel that argument 1 names: the first byte of /secret/s is
 * '0' or '1'. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

constexpr size_t LARGE = 100'000;
constexpr unsigned TURNS = 30'000'000;

static int put(const char *path, size_t size)
{
    static char piece[LARGE];
    FILE *out = fopen(path, "wb");
    if (out == nullptr || fwrite(piece, 1, size, out) != size || fclose(out) != 0) {
        return 10;
    }
    return 0;
}

static int by_stdout(bool bit)
{
    return printf("the secret is %d\n", bit) > 0 ? 0 : 11;
}

static int by_stderr(bool bit)
{
    return fprintf(stderr, "the secret is %d\n", bit) > 0 ? 0 : 11;
}

static int by_exit_code(bool bit)
{
    return bit ? 77 : 78;
}

static int by_trap(bool bit)
{
    volatile const char *beyond = (const char *)0xfffffff0;
    if (bit) {
        __builtin_trap();
    }
    return *beyond;
}

static int by_content(bool bit)
{
    FILE *out = fopen("/output/content", "wb");
    return out != nullptr && fputc('0' + bit, out) != EOF && fclose(out) == 0 ? 0 : 10;
}

static int by_name(bool bit)
{
    return put(bit ? "/output/one" : "/output/two", 10);
}

static int by_count(bool bit)
{
    int failure = put("/output/a", bit ? 5 : 10);
    return bit && failure == 0 ? put("/output/b", 5) : failure;
}

static int by_length(bool bit)
{
    return put("/output/length", bit ? LARGE : 10);
}

static int by_memory(bool bit)
{
    volatile char *piece = bit ? malloc(4 << 20) : malloc(1);
    piece[0] = 1;
    return 0;
}

static int by_time(bool bit)
{
    for (volatile unsigned turns = bit ? TURNS : 1; turns > 0; turns--) {
    }
    return 0;
}

/* Meets a limit and goes on. */
static int by_limit(bool bit)
{
    char path[32];
    for (int i = 0; bit && i < 20; i++) {
        snprintf(path, sizeof path, "/output/%d", i);
        if (put(path, 1) != 0) {
            return 0;
        }
    }
    return 0;
}

/* Which of its files it opens, of what kind its questions are, what it makes and removes again. */
static int by_questions(bool bit)
{
    struct stat state;
    if (bit && mkdir("/output/d", 0700) == 0) {
        (void)rmdir("/output/d");
    }
    for (int i = 0; bit && i < 100; i++) {
        (void)stat("/secret/s", &state);
        (void)fopen("/elsewhere", "rb");
    }
    return 0;
}

static const struct {
    const char *name;
    int (*tell)(bool bit);
} channels[] = {
    {"stdout", by_stdout}, {"stderr", by_stderr},   {"exit-code", by_exit_code},
    {"trap", by_trap},     {"content", by_content}, {"name", by_name},
    {"count", by_count},   {"length", by_length},   {"memory", by_memory},
    {"time", by_time},     {"limit", by_limit},     {"questions", by_questions},
};

int main(int argc, char **argv)
{
    FILE *in = fopen("/secret/s", "rb");
    int secret = in == nullptr ? EOF : fgetc(in);
    if (argc != 2 || (secret != '0' && secret != '1')) {
        return 2;
    }
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        if (strcmp(argv[1], channels[i].name) == 0) {
            return channels[i].tell(secret == '1');
        }
    }
    return 3;
}
