/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    unsigned char bytes[32] = {0};
    int any = 0;

    if (getentropy(bytes, sizeof(bytes)) != 0) {
        printf("errno %d\n", errno);
        return 1;
    }
    for (unsigned i = 0; i < sizeof(bytes); i++)
        any |= bytes[i];
    puts(any != 0 ? "random" : "zeros");
    return 0;
}
