/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <time.h>

int main(void)
{
    struct timespec now;
    struct timespec pause = {.tv_nsec = 2000000};

    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        printf("clock: errno %d\n", errno);
        return 1;
    }
    if (nanosleep(&pause, NULL) != 0) {
        printf("sleep: errno %d\n", errno);
        return 2;
    }
    puts(now.tv_sec > 1700000000 && now.tv_nsec % 1000000 == 0 ? "time" : "nonsense");
    return 0;
}
