/* SPDX-License-Identifier: MIT */

/* What is left in memory of a key that is no more: all that the worker and its key store can write
 * is searched for it, while the program waits for an answer. Each key is searched for before, too,
 * where it has to be found. Arguments: the worker, the folder of compiled guests, the stand-in for
 * libLLVM. */

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/sanitized.h"
#include "worker/fake_keys.h"
#include "worker/fake_runtime.h"

enum { KEY_SIZE = 32, PIECE = 8, PIECES = KEY_SIZE / PIECE, FORMS = 5 };
static constexpr size_t STEP = 1 << 20; /* bytes that are read at once */

/* Set once by main, before any test. */
static const char *worker_path;
static const char *guest_folder;

/* Where a key has to be while it is in use, and where it may not be even then. */
static const struct row {
    const char *name;
    unsigned index; /* of the guest's: 0 for the one that it tells */
    bool in_worker, in_store;
} ROWS[] = {
    {"generated", 0, false, true}, {"cipher", 1, true, false},   {"gcm", 2, true, false},
    {"ccm", 3, true, false},       {"chacha20", 4, true, false}, {"hmac", 5, true, false},
    {"cmac", 6, true, false},      {"ecdsa", 7, true, false},    {"deterministic", 8, true, false},
    {"hash", 9, true, false},      {"derive", 10, true, true},   {"kept", 11, false, true},
};

struct scene {
    struct fake_runtime runtime;
    struct fake_keys keys;
    pid_t worker;
    unsigned looked, wrong;
    bool is_barred; /* this user may not look into other processes */
    uint64_t bytes; /* that were searched */
};

/* ---- what is searched for ---- */

struct patterns {
    uint8_t bytes[PIECES * FORMS][PIECE];
};

/* As it is; in words of 64 and of 32 bits, the other way round; as HMAC pads it. */
static void make_patterns(const uint8_t key[KEY_SIZE], struct patterns *patterns)
{
    for (size_t piece = 0; piece < PIECES; piece++) {
        for (size_t i = 0; i < PIECE; i++) {
            uint8_t byte = key[piece * PIECE + i];

            patterns->bytes[piece * FORMS + 0][i] = byte;
            patterns->bytes[piece * FORMS + 1][PIECE - 1 - i] = byte;
            patterns->bytes[piece * FORMS + 2][i ^ 3] = byte;
            patterns->bytes[piece * FORMS + 3][i] = byte ^ 0x36;
            patterns->bytes[piece * FORMS + 4][i] = byte ^ 0x5c;
        }
    }
}

/* As guests/secrets.c makes it. */
static void make_key(unsigned index, uint8_t key[KEY_SIZE])
{
    for (unsigned i = 0; i < KEY_SIZE; i++)
        key[i] = (uint8_t)((index * 1000 + i + 7) * 2654435761U >> 13);
}

/* The one that the program has told. */
static void take_key(const struct scene *scene, uint8_t key[KEY_SIZE])
{
    vc_cleanup(vc_buffer_done) struct vc_buffer output = {};
    char text[2 * KEY_SIZE + 1] = "";

    assert_true(fake_get(&scene->runtime, "/stdout", &output));
    assert_true(output.size >= 2 * KEY_SIZE);
    memcpy(text, output.data, 2 * (size_t)KEY_SIZE);
    assert_int_equal(vc_hex_parse(text, key, KEY_SIZE, nullptr), VC_OK);
    for (size_t i = 0; i < KEY_SIZE; i++)
        key[i] = (uint8_t)~key[i];
}

/* ---- where ---- */

static bool has_any(const uint8_t *bytes, size_t size, const struct patterns *patterns)
{
    for (size_t i = 0; i < VC_COUNT(patterns->bytes); i++) {
        if (memmem(bytes, size, patterns->bytes[i], PIECE) != nullptr)
            return true;
    }
    return false;
}

/* Pages that overlap by a piece, so that none is cut. */
static bool search_range(struct scene *scene, int memory, uint64_t start, uint64_t end,
                         const struct patterns *patterns)
{
    static uint8_t bytes[STEP + PIECE];
    bool found = false;

    for (uint64_t at = start; at < end && !found; at += STEP) {
        size_t size = end - at < sizeof(bytes) ? (size_t)(end - at) : sizeof(bytes);
        ssize_t got = pread(memory, bytes, size, (off_t)at);

        if (got <= 0)
            continue; /* beyond the end of a file, or never there */
        scene->bytes += (uint64_t)got;
        found = has_any(bytes, (size_t)got, patterns);
    }
    explicit_bzero(bytes, sizeof(bytes));
    return found;
}

/* All that the process can write. */
static bool search(struct scene *scene, pid_t pid, const struct patterns *patterns, char where[256])
{
    char path[64];
    char line[512];
    bool found = false;

    (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
    vc_cleanup(vc_fd_closep) int memory = open(path, O_RDONLY | O_CLOEXEC);

    (void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");

    scene->is_barred = scene->is_barred || memory < 0 || maps == nullptr;
    while (maps != nullptr && memory >= 0 && !found && fgets(line, sizeof(line), maps) != nullptr) {
        uint64_t start = 0;
        uint64_t end = 0;
        char rights[5] = "";

        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &start, &end, rights) != 3 ||
            rights[1] != 'w')
            continue;
        found = search_range(scene, memory, start, end, patterns);
        (void)snprintf(where, 256, "%.200s", line);
    }
    if (maps != nullptr)
        (void)fclose(maps);
    return found;
}

/* ---- when ---- */

static void expect(struct scene *scene, const struct row *row, pid_t pid, bool wanted,
                   const struct patterns *patterns)
{
    const char *side = pid == scene->worker ? "worker" : "key store";
    char where[256] = "";
    bool found = pid > 0 && search(scene, pid, patterns, where);

    scene->looked++;
    if (found == wanted || scene->is_barred)
        return;
    scene->wrong++;
    print_message("# %s: %s in the %s: %s\n", row->name,
                  found ? "is left" : "is not there while it is used", side, found ? where : "");
}

static void look(void *user, const char *path)
{
    struct scene *scene = user;
    struct patterns patterns;
    uint8_t key[KEY_SIZE];
    char state[16] = "";
    char name[32] = "";

    if (sscanf(path, "/input/%15[a-z]-%31s", state, name) != 2)
        return;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        const struct row *row = &ROWS[i];
        bool alive = strcmp(state, "alive") == 0;

        if (strcmp(name, row->name) != 0)
            continue;
        if (row->index == 0)
            take_key(scene, key);
        else
            make_key(row->index, key);
        make_patterns(key, &patterns);
        expect(scene, row, scene->worker, alive && row->in_worker, &patterns);
        expect(scene, row, scene->keys.store.pid, alive && row->in_store, &patterns);
    }
}

static int module(void)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/secrets.wasm", guest_folder);
    assert_int_equal(vc_file_load(path, 64 << 20, &wasm, nullptr), VC_OK);
    return fake_sealed(vc_buffer_bytes(&wasm));
}

static void test_nothing_is_left(void **state)
{
    static const char *const arguments[] = {"secrets", nullptr};
    const char *argv[] = {worker_path, nullptr};
    struct fake_order order = {.limits = {.strategy = 1, .randomness = 1}, .arguments = arguments};
    struct scene scene = {
        .keys = {.worker = worker_path, .setup = {.order = {.kept_keys_max = 1}}}};
    vc_cleanup(vc_buffer_done) struct vc_buffer output = {};
    vc_cleanup(vc_fd_closep) int fd = module();
    struct fake_end end, store_end;
    struct vc_worker_ready ready;
    int control = -1;

    (void)state;
    if (VC_SANITIZED) /* what is freed stays, to catch who uses it */
        skip();
    fake_init(&scene.runtime);
    scene.runtime.keys = &scene.keys;
    scene.runtime.on_open = look;
    scene.runtime.on_open_user = &scene;
    scene.worker = fake_start(argv, &control);
    assert_true(fake_ready(control, &ready));
    fake_run(&scene.runtime, control, scene.worker, fd, &order, &end);
    fake_keys_end(&scene.keys, &store_end);
    (void)fake_get(&scene.runtime, "/stdout", &output);
    fake_done(&scene.runtime);
    if (!end.said || end.end.reason != VC_END_EXITED || end.end.exit_code != 0)
        fail_msg("reason %u, \"%s\", output: %.*s", end.end.reason, end.text, (int)output.size,
                 (const char *)output.data);
    assert_int_equal(scene.looked, 4 * VC_COUNT(ROWS));
    if (scene.is_barred)
        skip();
    print_message("# %" PRIu64 " MiB searched in %u looks\n", scene.bytes >> 20, scene.looked);
    assert_int_equal(scene.wrong, 0);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_is_left)};

    if (argc != 4)
        return 2;
    worker_path = argv[1];
    guest_folder = argv[2];
    /* A worker never compiles, and starts faster so; a sanitizer wants to be the first. */
    if (!VC_SANITIZED && setenv("LD_PRELOAD", argv[3], 1) != 0)
        return 2;
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
