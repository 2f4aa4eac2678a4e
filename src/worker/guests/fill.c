/* SPDX-License-Identifier: MIT */

/* Writes to /output/full until it may not. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    static char block[10000];
    long long total = 0;
    int fd = open("/output/full", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    memset(block, 'x', sizeof(block));
    for (ssize_t put; (put = write(fd, block, sizeof(block))) > 0;)
        total += put;
    printf("%lld bytes, errno %d\n", total, errno);
    if (ftruncate(fd, 1LL << 40) == 0)
        return 1;
    return 0;
}
