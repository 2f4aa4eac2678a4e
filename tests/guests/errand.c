/* SPDX-License-Identifier: MIT */

/* What programs on a person's own machine are asked to do, chosen by argument 1. Returns the line
 * at which something went wrong, or what the errand says. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define WANT(condition)      \
    do {                     \
        if (!(condition))    \
            return __LINE__; \
    } while (0)

static int copy(const char *from, const char *to)
{
    static char piece[65536];
    FILE *in = strcmp(from, "-") == 0 ? stdin : fopen(from, "rb");
    FILE *out = strcmp(to, "-") == 0 ? stdout : fopen(to, "wb");

    WANT(in != nullptr && out != nullptr);
    for (size_t size; (size = fread(piece, 1, sizeof(piece), in)) > 0;)
        WANT(fwrite(piece, 1, size, out) == size);
    WANT(!ferror(in) && fclose(out) == 0);
    return 0;
}

static int say(int count, char **words)
{
    for (int i = 0; i < count; i++)
        printf("[%s]", words[i]);
    for (char **variable = environ; *variable != nullptr; variable++)
        printf("{%s}", *variable);
    putchar('\n');
    fputs("to standard error\n", stderr);
    return 0;
}

/* In a folder with the files changed, gone and same. */
static int tidy(const char *folder)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/changed", folder);
    FILE *file = fopen(path, "w");

    WANT(file != nullptr && fputs("new\n", file) >= 0 && fclose(file) == 0);
    snprintf(path, sizeof(path), "%s/gone", folder);
    WANT(unlink(path) == 0);
    snprintf(path, sizeof(path), "%s/made", folder);
    WANT(mkdir(path, 0700) == 0);
    snprintf(path, sizeof(path), "%s/made/file", folder);
    file = fopen(path, "w");
    WANT(file != nullptr && fputs("made\n", file) >= 0 && fclose(file) == 0);
    return 0;
}

/* Writes, and then does not end well. */
static int fail(const char *folder)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/left", folder);
    FILE *file = fopen(path, "w");

    WANT(file != nullptr && fputs("left\n", file) >= 0 && fclose(file) == 0);
    puts("before");
    fflush(stdout);
    __builtin_trap();
}

/* Copies, says so, and then waits for the end of its input. */
static int hold(const char *from, const char *to)
{
    int failure = copy(from, to);

    if (failure != 0)
        return failure;
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    WANT(!ferror(stdin));
    return 0;
}

static int spin(void)
{
    for (volatile int i = 0;; i = i + 1) {
    }
}

static int ask(void)
{
    unsigned char bytes[16] = {0};
    struct timespec now;
    int told = clock_gettime(CLOCK_REALTIME, &now) == 0;
    int random = getentropy(bytes, sizeof(bytes)) == 0;

    printf("%s %s\n", told ? "time" : "no time", random ? "random" : "not random");
    return 0;
}

int main(int argc, char **argv)
{
    const char *errand = argc > 1 ? argv[1] : "say";

    if (strcmp(errand, "copy") == 0 && argc == 4)
        return copy(argv[2], argv[3]);
    if (strcmp(errand, "hold") == 0 && argc == 4)
        return hold(argv[2], argv[3]);
    if (strcmp(errand, "move") == 0 && argc == 4)
        return rename(argv[2], argv[3]) == 0 ? 0 : __LINE__;
    if (strcmp(errand, "remove") == 0 && argc == 3)
        return remove(argv[2]) == 0 ? 0 : __LINE__;
    if (strcmp(errand, "exit") == 0 && argc == 3)
        return puts("out") >= 0 ? atoi(argv[2]) : 0;
    if (strcmp(errand, "tidy") == 0 && argc == 3)
        return tidy(argv[2]);
    if (strcmp(errand, "fail") == 0 && argc == 3)
        return fail(argv[2]);
    if (strcmp(errand, "spin") == 0)
        return spin();
    if (strcmp(errand, "link") == 0 && argc == 4)
        return symlink(argv[2], argv[3]);
    if (strcmp(errand, "ask") == 0)
        return ask();
    return say(argc, argv);
}
