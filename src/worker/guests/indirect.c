/* SPDX-License-Identifier: MIT */

/* Calls by way of the table, of several types: what stands there, and what does not. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int one_function(int value);
typedef int64_t two_function(int64_t one, double two);
typedef void none_function(void);

static int count;

static int add(int value)
{
    return value + 1;
}

static int twice(int value)
{
    return value * 2;
}

static int64_t mix(int64_t one, double two)
{
    return one - (int64_t)two;
}

static void tick(void)
{
    count++;
}

/* Through memory that may change, so that the compiler knows nothing of what they hold. */
static one_function *volatile ones[] = {add, twice, add};
static two_function *volatile two = mix;
static none_function *volatile none = tick;

static int call_all(void)
{
    int value = 1;

    for (int i = 0; i < 9; i++)
        value = ones[i % 3](value);
    for (int i = 0; i < 5; i++)
        none();
    printf("%d %d %d\n", value, (int)two(50, 8.5), count);
    return 0;
}

/* As a function of another type, that has no function in the table, and that has one. */
static int call_at(uintptr_t place, const char *type)
{
    if (strcmp(type, "one") == 0)
        return ((one_function *volatile)place)(1);
    if (strcmp(type, "none") == 0)
        ((none_function *volatile)place)();
    return (int)((float (*volatile)(float, float))place)(1, 2);
}

/* A place in the table by its number, or where a function stands. */
int main(int argc, char **argv)
{
    if (argc < 3)
        return call_all();
    if (strcmp(argv[1], "two") == 0)
        return call_at((uintptr_t)two, argv[2]);
    return call_at(strtoul(argv[1], NULL, 10), argv[2]);
}
