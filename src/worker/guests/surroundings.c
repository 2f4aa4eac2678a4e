/* SPDX-License-Identifier: MIT */

/* Prints arguments and environment. */

#include <stdio.h>

extern char **environ;

int main(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        printf("[%s]", argv[i]);
    for (char **variable = environ; *variable != NULL; variable++)
        printf("{%s}", *variable);
    putchar('\n');
    return 0;
}
