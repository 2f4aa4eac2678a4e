/* SPDX-License-Identifier: MIT */

/* Needs what no container provides. */

#include <sys/socket.h>

int main(void)
{
    return accept(3, NULL, NULL);
}
