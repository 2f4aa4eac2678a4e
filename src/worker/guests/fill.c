/* SPDX-License-Identifier: MIT */

/* Writes to /output/full until it may not; standard output would count too. */

#include <errno.h>
#include <fcntl.h>
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
    if (errno != ENOSPC || ftruncate(fd, 1LL << 40) == 0)
        return 1;
    return (int)(total / 1000);
}
