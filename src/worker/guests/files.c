/* SPDX-License-Identifier: MIT */

/* Everything that a program can do to files, once; exit code: the line that went wrong. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define WANT(condition)                                                      \
    do {                                                                     \
        if (!(condition)) {                                                  \
            printf("line %d: %s (errno %d)\n", __LINE__, #condition, errno); \
            return 1;                                                        \
        }                                                                    \
    } while (0)

static int transfers(void)
{
    char text[32] = {0};
    struct iovec parts[2] = {{text, 3}, {text + 16, 3}};
    struct stat state;
    int fd = open("/output/new", O_RDWR | O_CREAT | O_EXCL, 0600);

    WANT(fd >= 0);
    WANT(write(fd, "0123456789", 10) == 10);
    WANT(lseek(fd, -4, SEEK_END) == 6);
    WANT(read(fd, text, sizeof(text)) == 4 && memcmp(text, "6789", 4) == 0);
    WANT(read(fd, text, sizeof(text)) == 0);
    WANT(pwrite(fd, "ab", 2, 2) == 2);
    WANT(lseek(fd, 0, SEEK_CUR) == 10);
    WANT(lseek(fd, 1, SEEK_SET) == 1);
    WANT(readv(fd, parts, 2) == 6 && memcmp(text, "1ab", 3) == 0);
    WANT(memcmp(text + 16, "456", 3) == 0);
    WANT(pread(fd, text, 4, 8) == 2 && memcmp(text, "89", 2) == 0);
    WANT(ftruncate(fd, 4) == 0 && fstat(fd, &state) == 0 && state.st_size == 4);
    WANT(S_ISREG(state.st_mode) && state.st_mtim.tv_sec == 0);
    WANT(lseek(fd, -1, SEEK_SET) < 0 && errno == EINVAL);
    WANT(fsync(fd) == 0 && close(fd) == 0);
    WANT(close(fd) < 0 && errno == EBADF);
    WANT(open("/output/new", O_RDWR | O_CREAT | O_EXCL, 0600) < 0 && errno == EEXIST);
    return 0;
}

static int appending(void)
{
    int fd = open("/output/new", O_WRONLY | O_APPEND);

    WANT(fd >= 0);
    WANT(write(fd, "xy", 2) == 2 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "z", 1) == 1);
    WANT(lseek(fd, 0, SEEK_CUR) == 7);
    /* what it asked for itself it may give up again */
    WANT(fcntl(fd, F_SETFL, 0) == 0);
    WANT(pwrite(fd, "z", 1, 6) == 1 && lseek(fd, 0, SEEK_END) == 7);
    WANT(close(fd) == 0);
    return 0;
}

static int names(void)
{
    struct stat state;

    WANT(mkdir("/output/sub", 0700) == 0);
    WANT(mkdir("/output/sub", 0700) < 0 && errno == EEXIST);
    WANT(rename("/output/new", "/output/sub/old") == 0);
    WANT(stat("/output/sub/old", &state) == 0 && state.st_size == 7);
    WANT(stat("/output/new", &state) < 0 && errno == ENOENT);
    WANT(rmdir("/output/sub") < 0 && errno == ENOTEMPTY);
    WANT(unlink("/output/sub/old") == 0 && rmdir("/output/sub") == 0);
    WANT(stat("/output/sub", &state) < 0 && errno == ENOENT);
    WANT(stat("/output/", &state) == 0 && S_ISDIR(state.st_mode));
    return 0;
}

static int refusals(void)
{
    char byte;
    int fd = open("/input/a.txt", O_RDONLY);

    WANT(fd >= 0 && write(fd, "x", 1) < 0);
    WANT(ftruncate(fd, 0) < 0);
    WANT(read(fd, &byte, 1) == 1);
    WANT(close(fd) == 0);
    WANT(open("/input/a.txt", O_WRONLY) < 0 && errno == EACCES);
    WANT(open("/input/../../etc/passwd", O_RDONLY) < 0);
    WANT(open("/input/none", O_RDONLY) < 0 && errno == ENOENT);
    WANT(open("/input", O_WRONLY) < 0);
    WANT(unlink("/input/a.txt") < 0 && errno == EACCES);
    return 0;
}

static int exhaustion(void)
{
    int fds[64];
    int count = 0;

    while (count < 64 && (fds[count] = open("/input/a.txt", O_RDONLY)) >= 0)
        count++;
    WANT(errno == ENFILE && count == 12); /* of 16: three streams and a directory are open */
    while (count > 0)
        WANT(close(fds[--count]) == 0);
    return 0;
}

int main(void)
{
    if (transfers() != 0 || appending() != 0 || names() != 0 || refusals() != 0)
        return 1;
    return exhaustion();
}
