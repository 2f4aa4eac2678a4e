/* SPDX-License-Identifier: MIT */

/* Declares more memory than a small policy gives. */

static char space[4 << 20];

int main(int argc, char **argv)
{
    (void)argv;
    for (unsigned i = 0; i < sizeof(space); i += 4096)
        space[i] = (char)argc;
    return space[4096] - argc;
}
