/* SPDX-License-Identifier: MIT */

/* Recurses without end, in a way that no compiler makes a loop of; keeps nothing in linear memory.
 */

__attribute__((noinline)) static unsigned deep(unsigned n, volatile unsigned *sink)
{
    unsigned below = *sink == 0 ? deep(n + 1, sink) : 0;

    return below * 31 + n * *sink;
}

int main(void)
{
    static volatile unsigned sink;

    return (int)deep(1, &sink);
}
