/* SPDX-License-Identifier: MIT */

/* Reads all the streams there are under /stream side by side until each has ended, and says how
 * many bytes each had. */

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STREAMS_MAX = 250, NAME_SIZE = 256 };

static char names[STREAMS_MAX][NAME_SIZE];
static struct pollfd polled[STREAMS_MAX];
static uint64_t counts[STREAMS_MAX];

static int open_all(void)
{
    DIR *directory = opendir("/stream");
    struct dirent *entry;
    int count = 0;

    if (directory == NULL)
        return -1;
    while ((entry = readdir(directory)) != NULL && count < STREAMS_MAX) {
        char path[NAME_SIZE + 16];

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(names[count], NAME_SIZE, "%s", entry->d_name);
        (void)snprintf(path, sizeof(path), "/stream/%s", entry->d_name);
        polled[count].fd = open(path, O_RDONLY);
        polled[count].events = POLLIN;
        if (polled[count].fd < 0)
            return -1;
        count++;
    }
    (void)closedir(directory);
    return count;
}

/* How many of those that are ready have ended; -1: an error. */
static int read_ready(int count)
{
    static uint8_t block[4096];
    int ended = 0;

    for (int i = 0; i < count; i++) {
        if (polled[i].revents == 0 || polled[i].fd < 0)
            continue;
        ssize_t size = read(polled[i].fd, block, sizeof(block));

        if (size < 0)
            return -1;
        counts[i] += (uint64_t)size;
        if (size == 0) {
            polled[i].fd = -1;
            ended++;
        }
    }
    return ended;
}

int main(void)
{
    int count = open_all();
    int open = count;

    if (count < 0)
        return 1;
    while (open > 0) {
        if (poll(polled, (nfds_t)count, -1) < 0)
            return 2;
        int ended = read_ready(count);

        if (ended < 0)
            return 3;
        open -= ended;
    }
    for (int i = 0; i < count; i++)
        (void)printf("%s %llu\n", names[i], (unsigned long long)counts[i]);
    return 0;
}
