/* SPDX-License-Identifier: MIT */

/* A program that meets one limit after another, chosen by argument 1: it goes on until it is told
 * that there is no more, and returns the errno that told it; or until it is ended. */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SURVIVED = 99, STRANGE = 98, PIECE = 65536, ROUNDS = 100000 };

__attribute__((import_module("veracruz"), import_name("progress"))) uint32_t
report_progress(uint32_t percent);

static char piece[PIECE];

/* Holds as much memory as it gets. */
static int memory(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        volatile char *more = malloc(PIECE);

        if (more == nullptr)
            return errno;
        more[0] = 1;
    }
    return SURVIVED;
}

/* Wants far more than it may have at once, and then no more than a little. */
static int memory_step(void)
{
    void *volatile all = malloc(1U << 30);
    int error = all == nullptr ? errno : SURVIVED;
    void *volatile little = malloc(PIECE);

    return little == nullptr ? SURVIVED : error;
}

static int memory_then_trap(void)
{
    if (memory() == SURVIVED)
        return SURVIVED;
    __builtin_trap();
}

static volatile int sink;

/* Uses no memory of its own: what runs out is the stack of calls, not that of C. */
[[gnu::noinline]] static int deeper(int depth) // NOLINT(misc-no-recursion)
{
    sink = deeper(depth + sink);
    return sink + depth;
}

static int stack(void)
{
    return deeper(1);
}

static int spin(void)
{
    for (volatile unsigned long turns = 0;; turns++) {
    }
}

static int sleep_long(void)
{
    return nanosleep(&(struct timespec){.tv_sec = 100000}, nullptr) == 0 ? SURVIVED : STRANGE;
}

static int files(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        char path[64];
        int fd;

        snprintf(path, sizeof(path), "/output/%u", i);
        fd = open(path, O_WRONLY | O_CREAT, 0666);
        if (fd < 0)
            return errno;
        close(fd);
    }
    return SURVIVED;
}

static int open_files(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (open("/input/a.txt", O_RDONLY) < 0)
            return errno;
    }
    return SURVIVED;
}

/* The same bytes over and over: the file does not grow. */
static int written(void)
{
    int fd = open("/output/same", O_WRONLY | O_CREAT, 0666);

    for (unsigned i = 0; fd >= 0 && i < ROUNDS; i++) {
        if (pwrite(fd, piece, sizeof(piece), 0) < 0)
            return errno;
    }
    return fd < 0 ? STRANGE : SURVIVED;
}

static int output(void)
{
    int fd = open("/output/grows", O_WRONLY | O_CREAT, 0666);

    for (unsigned i = 0; fd >= 0 && i < ROUNDS; i++) {
        if (write(fd, piece, sizeof(piece)) < 0)
            return errno;
    }
    return fd < 0 ? STRANGE : SURVIVED;
}

/* Names below names. */
static int depth(void)
{
    char path[256] = "/output";

    for (unsigned i = 0; i < 100; i++) {
        strcat(path, "/d");
        if (mkdir(path, 0777) != 0)
            return errno;
    }
    return SURVIVED;
}

static int write_result(void)
{
    int fd = open("/output/result", O_WRONLY | O_CREAT | O_TRUNC, 0666);

    return fd >= 0 && write(fd, "half", 4) == 4 && close(fd) == 0 ? 0 : STRANGE;
}

static int result_then_exit(void)
{
    return write_result() == 0 ? 3 : STRANGE;
}

static int result_then_trap(void)
{
    if (write_result() != 0)
        return STRANGE;
    __builtin_trap();
}

static int result_then_spin(void)
{
    return write_result() == 0 ? spin() : STRANGE;
}

static int raise_abort(void)
{
    abort();
}

static int report(void)
{
    for (uint32_t percent = 0; percent <= 100; percent += 10) {
        uint32_t answer = report_progress(percent);

        if (answer != 0)
            return (int)answer;
    }
    return report_progress(101) == 0 ? STRANGE : 0;
}

/* With some work before each report, so that whoever watches sees several; then goes on. */
static int report_slowly(void)
{
    for (uint32_t percent = 1; percent <= 100; percent++) {
        for (volatile unsigned long turns = 0; turns < 20'000'000; turns++) {
        }
        if (report_progress(percent) != 0)
            return STRANGE;
    }
    return spin();
}

/* Whether the pinned file has what it was promised, and can be changed in no way. */
static int pinned(void)
{
    char text[16];
    int fd = open("/data/model", O_RDONLY);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text));

    if (size != 5 || memcmp(text, "model", 5) != 0)
        return STRANGE;
    if (open("/data/model", O_WRONLY) >= 0 || open("/data/model", O_WRONLY | O_TRUNC) >= 0 ||
        open("/data/model", O_WRONLY | O_APPEND) >= 0)
        return 1;
    if (unlink("/data/model") == 0 || rename("/data/model", "/data/other") == 0)
        return 2;
    fd = open("/data/new", O_WRONLY | O_CREAT, 0666);
    if (fd < 0 || rename("/data/new", "/data/model") == 0)
        return 3;
    return link("/data/new", "/data/model") == 0 || symlink("/data/new", "/data/model") == 0 ? 4
                                                                                             : 0;
}

/* What it finds open, and by which names. */
static int preopens(void)
{
    FILE *out = fopen("/out/names", "wb");
    FILE *in = fopen("data/a.txt", "rb");

    if (out == nullptr || in == nullptr || fopen("/input/a.txt", "rb") != nullptr)
        return STRANGE;
    return fputs("seen", out) >= 0 && fclose(out) == 0 ? 0 : STRANGE;
}

static int nothing(void)
{
    return 0;
}

int main(int count, char **words)
{
    static const struct {
        const char *name;
        int (*act)(void);
    } acts[] = {
        {"memory", memory},
        {"memory_step", memory_step},
        {"memory_then_trap", memory_then_trap},
        {"stack", stack},
        {"spin", spin},
        {"sleep", sleep_long},
        {"files", files},
        {"open_files", open_files},
        {"written", written},
        {"output", output},
        {"depth", depth},
        {"result_then_exit", result_then_exit},
        {"result_then_trap", result_then_trap},
        {"result_then_spin", result_then_spin},
        {"abort", raise_abort},
        {"report", report},
        {"report_slowly", report_slowly},
        {"pinned", pinned},
        {"preopens", preopens},
        {"nothing", nothing},
    };

    for (size_t i = 0; count == 2 && i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (strcmp(words[1], acts[i].name) == 0)
            return acts[i].act();
    }
    return STRANGE;
}
