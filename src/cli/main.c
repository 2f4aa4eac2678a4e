/* SPDX-License-Identifier: MIT */

/* The command `veracruz`. */

#include <signal.h>

#include "cli/command.h"

int main(int argc, char **argv)
{
    /* A pipe that nobody reads any more is an error of writing, to be told like any other. */
    (void)signal(SIGPIPE, SIG_IGN);
    return vc_command_main(argv + 1, argc > 0 ? (size_t)argc - 1 : 0, stdout, stderr);
}
