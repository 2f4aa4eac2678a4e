/* SPDX-License-Identifier: MIT */

/* Programs that read and write streams, as argument 1 says. All but the last few know nothing of
 * streams: they are the filters of any Unix. */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(bool good, int code)
{
    if (!good)
        exit(code);
}

/* Standard input to standard output, as tr(1) does it. */
static int upper(void)
{
    int byte;

    while ((byte = getchar()) != EOF)
        check(putchar(toupper(byte)) != EOF, 10);
    check(ferror(stdin) == 0, 11);
    return fflush(stdout) == 0 ? 0 : 12;
}

/* The same, and takes an error for the end. */
static int sloppy(void)
{
    char piece[4096];
    ssize_t got;

    while ((got = read(0, piece, sizeof(piece))) > 0)
        check(write(1, piece, (size_t)got) == got, 10);
    return 0;
}

/* And closes its output, as decent programs do to see whether all was written. */
static int closing(void)
{
    check(sloppy() == 0, 10);
    check(close(1) == 0, 11);
    return 0;
}

/* The same in large blocks. */
static int copy(void)
{
    static char piece[1 << 16];
    ssize_t got;

    while ((got = read(0, piece, sizeof(piece))) > 0)
        check(write(1, piece, (size_t)got) == got, 10);
    return got == 0 ? 0 : 11;
}

/* The sum of the numbers in all lines, also of those that earlier runs read. */
static int total(const char *state)
{
    char line[64];
    int64_t sum = 0;
    FILE *kept = fopen(state, "r");

    if (kept != nullptr) {
        check(fscanf(kept, "%" SCNd64, &sum) == 1 && fclose(kept) == 0, 10);
    }
    while (fgets(line, sizeof(line), stdin) != nullptr)
        sum += strtoll(line, nullptr, 10);
    check(ferror(stdin) == 0, 11);
    kept = fopen(state, "w");
    check(kept != nullptr && fprintf(kept, "%" PRId64 "\n", sum) > 0 && fclose(kept) == 0, 12);
    printf("%" PRId64 "\n", sum);
    return 0;
}

/* After the first line: what argument 2 says. */
static int after_a_line(const char *what)
{
    char line[64];

    check(fgets(line, sizeof(line), stdin) != nullptr, 10);
    check(fputs(line, stdout) >= 0 && fflush(stdout) == 0, 11);
    if (strcmp(what, "abort") == 0)
        abort();
    if (strcmp(what, "spin") == 0) {
        for (;;) {
        }
    }
    if (strcmp(what, "write") == 0) { /* until it cannot */
        while (write(1, line, strlen(line)) > 0) {
        }
        return errno == EPIPE ? 20 : 21;
    }
    return atoi(what);
}

/* Lines of several streams to standard output, as they come. */
static int merge(char *const *paths, int count)
{
    struct pollfd polled[8];
    int open_count = count;

    for (int i = 0; i < count; i++) {
        polled[i] = (struct pollfd){.fd = open(paths[i], O_RDONLY), .events = POLLIN};
        check(polled[i].fd >= 0, 10);
    }
    while (open_count > 0) {
        check(poll(polled, (nfds_t)count, -1) > 0, 11);
        for (int i = 0; i < count; i++) {
            char piece[4096];
            ssize_t got = 0;

            if (polled[i].revents == 0)
                continue;
            got = read(polled[i].fd, piece, sizeof(piece));
            check(got >= 0, 12);
            check(write(1, piece, (size_t)got) == got, 13);
            if (got == 0) {
                check(close(polled[i].fd) == 0, 14);
                polled[i].fd = -1;
                open_count--;
            }
        }
    }
    return 0;
}

/* One stream to another, both by their paths. */
static int between(const char *from, const char *to)
{
    char piece[4096];
    ssize_t got;
    int in = open(from, O_RDONLY);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0666); /* as fopen(to, "w") */

    check(in >= 0, 10);
    check(out >= 0, 11);
    while ((got = read(in, piece, sizeof(piece))) > 0)
        check(write(out, piece, (size_t)got) == got, 12);
    check(got == 0, 13);
    return close(out) == 0 && close(in) == 0 ? 0 : 14;
}

/* What opening says; 0: it is open. */
static int try(const char *path, int flags)
{
    int fd = open(path, flags, 0666);
    int failure = fd >= 0 ? 0 : errno;

    if (fd >= 0)
        (void)close(fd);
    return failure;
}

/* What streams are not: each has its own exit code. */
static int oddities(void)
{
    struct stat status;

    check(fstat(0, &status) == 0 && !S_ISREG(status.st_mode) && status.st_size == 0, 10);
    check(isatty(0) == 0, 11);
    check(lseek(0, 0, SEEK_CUR) < 0 && errno == ESPIPE, 12);
    check(ftruncate(1, 5) < 0, 13);
    check(stat("/stream/none", &status) < 0 && errno == EACCES, 14);
    check(try("/stream/none", O_RDONLY) == EACCES, 15);
    check(try("/stream/in", O_WRONLY) == EACCES, 16);
    check(try("/stream/in", O_RDWR) == EACCES, 17);
    check(try("/stream/in", O_RDONLY) == EBUSY, 18); /* it is standard input */
    check(try("/stream/../stream/./out", O_WRONLY) == EBUSY, 19);
    check(unlink("/stream/in") < 0 && errno == EACCES, 20);
    check(rename("/stream/in", "/state/in") < 0 && errno == EACCES, 21);
    check(mkdir("/stream/d", 0777) < 0 && errno == EACCES, 22);
    check(symlink("../stream/in", "/state/link") == 0, 23);
    check(try("/state/link", O_RDONLY) == EBUSY, 24);
    check(try("/stream/in", O_RDONLY | O_DIRECTORY) == ENOTDIR, 25);
    return copy();
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } plain[] = {{"upper", upper},
                 {"sloppy", sloppy},
                 {"closing", closing},
                 {"copy", copy},
                 {"oddities", oddities}};
    const char *what = count > 1 ? arguments[1] : "";

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (strcmp(what, plain[i].name) == 0)
            return plain[i].run();
    }
    if (strcmp(what, "total") == 0 && count == 3)
        return total(arguments[2]);
    if (strcmp(what, "line") == 0 && count == 3)
        return after_a_line(arguments[2]);
    if (strcmp(what, "merge") == 0 && count > 2 && count <= 10)
        return merge(arguments + 2, count - 2);
    if (strcmp(what, "between") == 0 && count == 4)
        return between(arguments[2], arguments[3]);
    return 99;
}
