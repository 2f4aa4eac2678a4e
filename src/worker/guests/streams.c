/* SPDX-License-Identifier: MIT */

/* What a program does with streams by name. The argument says what; results go to standard errors,
 * as files do. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char block[10000];

/* "/stream/in" to "/stream/out", which is closed, and so ended. */
static int copy(void)
{
    int from = open("/stream/in", O_RDONLY);
    int to = open("/stream/out", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ssize_t got;

    if (from < 0 || to < 0)
        return 100 + errno;
    while ((got = read(from, block, sizeof(block))) > 0) {
        for (ssize_t i = 0; i < got; i++)
            block[i] ^= 0x20;
        if (write(to, block, (size_t)got) != got)
            return errno;
    }
    return got == 0 && close(to) == 0 && close(from) == 0 ? 0 : errno;
}

/* Nothing to read for a while; after a byte of its own there is. */
static int wait_twice(void)
{
    struct pollfd readable = {.fd = 0, .events = POLLIN};
    int first = poll(&readable, 1, 20);

    if (first != 0 || write(1, "!", 1) != 1)
        return 1;
    if (poll(&readable, 1, 60000) != 1 || (readable.revents & POLLIN) == 0)
        return 2;
    return read(0, block, sizeof(block)) > 0 ? 0 : 3;
}

static int look(void)
{
    struct stat stat;

    if (fstat(0, &stat) != 0 || !S_ISSOCK(stat.st_mode) || isatty(0))
        return 1;
    if (lseek(0, 0, SEEK_CUR) != -1 || errno != ESPIPE)
        return 2;
    if (pread(0, block, 1, 0) != -1 || errno != ESPIPE)
        return 3;
    if (fcntl(0, F_SETFL, O_NONBLOCK) != 0 || read(0, block, 1) != -1 || errno != EAGAIN)
        return 4;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*act)(void);
    } acts[] = {{"copy", copy}, {"wait", wait_twice}, {"look", look}};

    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (argc > 1 && strcmp(argv[1], acts[i].name) == 0)
            return acts[i].act();
    }
    return 99;
}
