/* SPDX-License-Identifier: MIT */

/* What a hostile program tries, chosen by argument 1. `copy` is the one honest deed: it shows that
 * the container still serves. Each misdeed that must not come to an end returns SURVIVED if it
 * does. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

constexpr int SURVIVED = 99;
constexpr size_t PIECE = 65536;

static int copy(const char *from, const char *to)
{
    char piece[4096];
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    if (in == nullptr || out == nullptr) {
        return 10;
    }
    for (size_t size; (size = fread(piece, 1, sizeof piece, in)) > 0;) {
        fwrite(piece, 1, size, out);
    }
    return ferror(in) || fclose(out) != 0 ? 11 : 0;
}

static int honest(void)
{
    return copy("/input/a.txt", "/output/a.txt");
}

static int trap(void)
{
    __builtin_trap();
}

/* Reads far beyond any memory that it could have. */
static int stray(void)
{
    volatile const char *byte = (const char *)0xfffffff0;
    return *byte == 0 ? SURVIVED : SURVIVED + 1;
}

static int recurse_to(volatile char *before) // NOLINT(misc-no-recursion)
{
    volatile char room[1024];
    room[0] = before == nullptr ? 1 : before[0];
    return recurse_to(room) + room[0];
}

static int recurse(void)
{
    return recurse_to(nullptr);
}

static int spin(void)
{
    for (volatile unsigned long turns = 0;; turns++) {
    }
}

/* Waits without using the processor; needs a clock. */
static int wait_long(void)
{
    return nanosleep(&(struct timespec){.tv_sec = 100'000}, nullptr) == 0 ? SURVIVED : 12;
}

/* Holds as much memory as it gets: 0 if at some point there was no more. */
static int eat(void)
{
    for (size_t count = 0; count < 65536; count++) {
        volatile char *piece = malloc(PIECE);
        if (piece == nullptr) {
            return 0;
        }
        for (size_t i = 0; i < PIECE; i += 1024) {
            piece[i] = 1; /* volatile: the compiler would rather not ask for the memory at all */
        }
    }
    return SURVIVED;
}

/* Writes beyond any quota: ENOSPC is what it must find, and an error that it may report. */
static int flood(void)
{
    static char piece[PIECE];
    FILE *out = fopen("/output/flood", "wb");
    if (out == nullptr) {
        return 10;
    }
    setvbuf(out, nullptr, _IONBF, 0);
    for (size_t count = 0; count < 65536; count++) {
        if (fwrite(piece, 1, sizeof piece, out) != sizeof piece) {
            return errno == ENOSPC ? 28 : 13;
        }
    }
    return SURVIVED;
}

/* Makes files until it may not. */
static int litter(void)
{
    for (unsigned count = 0; count < 100'000; count++) {
        char path[64];
        snprintf(path, sizeof path, "/output/%u", count);
        FILE *out = fopen(path, "wb");
        if (out == nullptr) {
            return 14;
        }
        fclose(out);
    }
    return SURVIVED;
}

/* Writes a result and fails after it: none of it may be seen. */
static int half(void)
{
    return honest() == 0 ? 3 : 10;
}

/* Looks where it has no right, by every spelling it can think of: 0 if it saw nothing. */
static int peek(void)
{
    static const char *const places[] = {
        "/secret/b.txt",
        "/input/../secret/b.txt",
        "/input/../../secret/b.txt",
        "/input/./../secret/b.txt",
        "//secret//b.txt",
        "/input/a.txt/../../secret/b.txt",
        "secret/b.txt",
        "/proc/self/maps",
        "/etc/passwd",
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        FILE *in = fopen(places[i], "rb");
        if (in != nullptr) {
            return SURVIVED;
        }
    }
    return 0;
}

/* Changes what it may only read: 0 if it could not. */
static int alter(void)
{
    static const char *const modes[] = {"wb", "ab", "r+b"};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (fopen("/input/a.txt", modes[i]) != nullptr) {
            return SURVIVED;
        }
    }
    bool changed = unlink("/input/a.txt") == 0 || rename("/input/a.txt", "/output/a.txt") == 0 ||
                   rename("/output/none", "/input/a.txt") == 0 || mkdir("/input/d", 0700) == 0;
    return changed ? SURVIVED : 0;
}

/* Opens until there are no descriptors, and closes none. */
static int hoard(void)
{
    for (unsigned count = 0; count < 1'000'000; count++) {
        if (fopen("/input/a.txt", "rb") == nullptr) {
            return errno == EMFILE || errno == ENFILE ? 0 : 15;
        }
    }
    return SURVIVED;
}

/* One byte where no file reaches. */
static int sparse(void)
{
    static const long long places[] = {1LL << 40, 1LL << 62, 0x7fffffffffffffff};
    FILE *out = fopen("/output/sparse", "wb");
    for (size_t i = 0; out != nullptr && i < sizeof places / sizeof places[0]; i++) {
        if (pwrite(fileno(out), "x", 1, places[i]) == 1 || ftruncate(fileno(out), places[i]) == 0) {
            return SURVIVED;
        }
    }
    return out == nullptr ? 10 : 0;
}

/* A directory in a directory, without end. */
static int deepen(void)
{
    static char path[1 << 20]; /* not initialised: that would be a megabyte of module */
    size_t size = strlen(strcpy(path, "/output"));
    for (unsigned depth = 0; depth < 100'000; depth++) {
        path[size++] = '/';
        path[size++] = 'd';
        if (mkdir(path, 0700) != 0) {
            return depth > 0 ? 0 : 10;
        }
    }
    return SURVIVED;
}

/* Names beyond measure. */
static int lengthen(void)
{
    static char path[100'000]; /* likewise */
    static const size_t sizes[] = {300, 5000, sizeof path - 1};
    strcpy(path, "/output/");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memset(path + 8, 'n', sizes[i] - 8);
        if (fopen(path, "wb") != nullptr || mkdir(path, 0700) == 0) {
            return SURVIVED;
        }
    }
    return 0;
}

/* Symbolic links: many, in circles, and out of everything. */
static int link_about(void)
{
    char path[64];
    if (symlink("b", "/output/a") == 0 && symlink("a", "/output/b") == 0 &&
        fopen("/output/a", "rb") != nullptr) {
        return SURVIVED;
    }
    (void)symlink("../../../../etc/passwd", "/output/out");
    (void)symlink("../secret/b.txt", "/output/beside");
    if (fopen("/output/out", "rb") != nullptr || fopen("/output/beside", "rb") != nullptr) {
        return SURVIVED;
    }
    for (unsigned count = 0; count < 100'000; count++) {
        snprintf(path, sizeof path, "/output/l%u", count);
        if (symlink("a", path) != 0) {
            return 0;
        }
    }
    return SURVIVED;
}

static const char WAS_HERE[] = "an earlier run of this program has been here";

/* Leaves something everywhere it can, for who comes after. */
static int leave(void)
{
    for (size_t count = 0; count < 256; count++) {
        char *piece = malloc(PIECE);
        if (piece == nullptr) {
            break;
        }
        for (size_t at = 0; at + sizeof WAS_HERE < PIECE; at += 512) {
            /* with one letter changed: the program's own text is not what is looked for */
            memcpy(piece + at, WAS_HERE, sizeof WAS_HERE);
            piece[at] = 'A';
        }
    }
    (void)mkdir("/output/left", 0700);
    return honest() == 0 ? 3 : 10;
}

/* Looks for that in all of its memory, and in the files: 0 if nothing is there but what it put
 * there itself, to know that it would find it. */
constexpr int BLIND = 13;

static int look(void)
{
    static volatile char own[sizeof WAS_HERE]; /* the control; read by no name of its own */
    size_t found = 0;
    struct stat state;
    char wanted = 'A';
    if (stat("/output/left", &state) == 0 || stat("/output/a.txt", &state) == 0) {
        return SURVIVED;
    }
    for (volatile char *piece; (piece = malloc(PIECE)) != nullptr;) {
        piece[0] = 0; /* volatile, as above */
    }
    for (size_t at = 0; at < sizeof own; at++) {
        own[at] = WAS_HERE[at];
    }
    own[0] = wanted;
    const volatile char *memory = (const volatile char *)1024;
    size_t size = __builtin_wasm_memory_size(0) * 65536;
    for (size_t at = 0; at + 1024 + sizeof WAS_HERE < size; at++) {
        size_t same = 1;
        if (memory[at] != wanted) {
            continue;
        }
        while (same < sizeof WAS_HERE - 1 && memory[at + same] == WAS_HERE[same]) {
            same++;
        }
        if (same == sizeof WAS_HERE - 1) {
            found++;
        }
    }
    return found == 1 ? 0 : found == 0 ? BLIND : SURVIVED;
}

/* Random bytes, to be compared with those of another run. */
static int draw(void)
{
    unsigned char bytes[32];
    FILE *out = fopen("/output/draw", "wb");
    return getentropy(bytes, sizeof bytes) == 0 && out != nullptr &&
                   fwrite(bytes, 1, sizeof bytes, out) == sizeof bytes && fclose(out) == 0
               ? 0
               : 10;
}

static const struct {
    const char *name;
    int (*deed)(void);
} deeds[] = {
    {"copy", honest},     {"trap", trap},      {"stray", stray},   {"recurse", recurse},
    {"spin", spin},       {"wait", wait_long}, {"eat", eat},       {"flood", flood},
    {"litter", litter},   {"half", half},      {"peek", peek},     {"alter", alter},
    {"hoard", hoard},     {"sparse", sparse},  {"deepen", deepen}, {"lengthen", lengthen},
    {"link", link_about}, {"leave", leave},    {"look", look},     {"draw", draw},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof deeds / sizeof deeds[0]; i++) {
        if (strcmp(argv[1], deeds[i].name) == 0) {
            return deeds[i].deed();
        }
    }
    return 2;
}
