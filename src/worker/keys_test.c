/* SPDX-License-Identifier: MIT */

/* A program, its worker and its key store, all real; then one of the last two hostile, or dead.
 * Arguments: the worker, the folder of compiled guests, the stand-in for libLLVM, and if wanted the
 * seed of the mutations. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/sanitized.h"
#include "worker/fake_keys.h"
#include "worker/fake_runtime.h"

enum { ARGUMENTS_MAX = 4 };
static constexpr size_t MUTANTS = 150;        /* runs with a key store that answers at random */
static constexpr unsigned RANDOM_STEP = 4096; /* bits of a draw that are thrown away */
static constexpr unsigned BUSY_TICKS = 5;     /* of processor time: by then, it works on the call */

/* Set once by main, before any test. */
static const char *worker_path;
static const char *guest_folder;
static unsigned seed;

/* One run of guests/keys.c. */
struct scene {
    struct fake_runtime runtime;
    struct fake_keys keys;
    struct fake_order order;
    pid_t worker;
    struct fake_end end;       /* the worker's */
    struct fake_end store_end; /* the key store's, if there was one */
    struct vc_buffer output;   /* the program's, with a NUL */
};

static int module(void)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
    char path[1024];

    (void)snprintf(path, sizeof(path), "%s/keys.wasm", guest_folder);
    assert_int_equal(vc_file_load(path, 64 << 20, &wasm, nullptr), VC_OK);
    return fake_sealed(vc_buffer_bytes(&wasm));
}

static void init(struct scene *scene)
{
    *scene = (struct scene){.keys = {.worker = worker_path}};
    fake_init(&scene->runtime);
    scene->order.limits.strategy = 1; /* interpreted: it is not the program that takes time */
    scene->order.limits.randomness = 1;
}

static void play(struct scene *scene, const char *const arguments[ARGUMENTS_MAX])
{
    const char *all[ARGUMENTS_MAX + 2] = {"keys"};
    const char *argv[] = {worker_path, nullptr};
    vc_cleanup(vc_fd_closep) int fd = module();
    struct vc_worker_ready ready;
    int control = -1;

    memcpy(all + 1, arguments, ARGUMENTS_MAX * sizeof(*arguments));
    scene->order.arguments = all;
    scene->runtime.keys = &scene->keys;
    scene->worker = fake_start(argv, &control);
    assert_true(fake_ready(control, &ready));
    fake_run(&scene->runtime, control, scene->worker, fd, &scene->order, &scene->end);
    fake_keys_end(&scene->keys, &scene->store_end);
    (void)fake_get(&scene->runtime, "/stdout", &scene->output);
    assert_int_equal(vc_buffer_append(&scene->output, VC_BYTES(""), nullptr), VC_OK);
}

static void done(struct scene *scene)
{
    fake_done(&scene->runtime);
    vc_buffer_done(&scene->output);
}

static const char *output_of(const struct scene *scene)
{
    return (const char *)scene->output.data;
}

static bool went_well(const struct scene *scene)
{
    return scene->end.said && scene->end.end.reason == VC_END_EXITED &&
           scene->end.end.exit_code == 0 && scene->end.status == 0;
}

[[noreturn]] static void blame(const struct scene *scene, const char *name)
{
    fail_msg("%s: reason %u \"%s\" status %x; key store: said %d, reason %u \"%s\" status %x; "
             "output:\n%s",
             name, scene->end.end.reason, scene->end.text, (unsigned)scene->end.status,
             scene->store_end.said, scene->store_end.end.reason, scene->store_end.text,
             (unsigned)scene->store_end.status, output_of(scene));
    abort();
}

/* ---- all of it ---- */

#define HASH "hash: 0\ndigest: right\n"

static const struct row {
    const char *name;
    const char *arguments[ARGUMENTS_MAX];
    unsigned asked; /* how often for a key store */
    bool no_randomness;
    const char *output;
} ROWS[] = {
    {"a program without cryptography", {}, 0, false, ""},
    {"hashes need no key store", {"hash"}, 0, false, HASH},
    {"a generated key, and an imported one",
     {"exchange"},
     1,
     false,
     "generate: 0\nexport: 0\nimport: 0\nencrypt: 0\ndecrypt: 0\nsame\ndestroy: 0\n"
     "destroyed: -136\n"},
    {"a derivation from an imported key",
     {"derive"},
     1,
     false,
     "import: 0\nsetup: 0\nsalt: 0\nsecret: 0\ninfo: 0\noutput: 0\nabort: 0\nokm: right\n"},
    {"more than fits", {"too-much"}, 1, false, "generate: 0\ntoo much: -141\ngenerate: 0\n"},
    {"no randomness", {"generate", "hash"}, 1, true, "generate: -133\n" HASH},
};

static void test_programs(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        struct scene scene;

        init(&scene);
        scene.order.limits.randomness = !ROWS[i].no_randomness;
        scene.keys.setup.no_randomness = ROWS[i].no_randomness;
        play(&scene, ROWS[i].arguments);
        if (!went_well(&scene) || strcmp(output_of(&scene), ROWS[i].output) != 0 ||
            scene.keys.asked != ROWS[i].asked || scene.store_end.said ||
            scene.store_end.status != 0)
            blame(&scene, ROWS[i].name);
        done(&scene);
    }
}

/* ---- a runtime that gives no key store, or a wrong one ---- */

static const char *const NO_STORE[ARGUMENTS_MAX] = {"generate", "generate", "hash"};
static const char NO_STORE_OUTPUT[] = "generate: -145\ngenerate: -145\n" HASH;

static void test_no_key_store(void **state)
{
    static const struct {
        const char *name;
        enum fake_keys_answer answer;
    } rows[] = {{"an error", FAKE_KEYS_ERROR},
                {"no descriptor", FAKE_KEYS_NOTHING},
                {"one descriptor", FAKE_KEYS_ONE},
                {"three descriptors", FAKE_KEYS_THREE},
                {"descriptors in another order", FAKE_KEYS_SWAPPED},
                {"bytes behind the answer", FAKE_KEYS_TEXT},
                {"a small window", FAKE_KEYS_SMALL_WINDOW},
                {"a window that can shrink", FAKE_KEYS_LOOSE_WINDOW}};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct scene scene;

        init(&scene);
        scene.keys.answer = rows[i].answer;
        play(&scene, NO_STORE);
        if (!went_well(&scene) || strcmp(output_of(&scene), NO_STORE_OUTPUT) != 0 ||
            scene.keys.asked != 1)
            blame(&scene, rows[i].name);
        done(&scene);
    }
}

/* A key that is not what the policy says ends the key store, and no run. */
static void test_a_key_store_that_refuses(void **state)
{
    static const uint8_t file[] = "junk";
    struct scene scene;

    (void)state;
    init(&scene);
    scene.keys.setup.keys = VC_BYTES(file);
    play(&scene, NO_STORE);
    if (!went_well(&scene) || strcmp(output_of(&scene), NO_STORE_OUTPUT) != 0 ||
        !scene.store_end.said || scene.store_end.end.reason != VC_END_FAILED)
        blame(&scene, "a file of keys that is none");
    done(&scene);
}

/* ---- a hostile key store ---- */

/* What it answers to the worker's first question. */
struct lie {
    const char *name;
    size_t size;               /* of the packet */
    struct vc_psa_frame frame; /* function 0: the one that was asked */
    int32_t status;            /* that the program then sees */
    bool is_over;              /* and never another answer */
};

static constexpr size_t FULL = sizeof(struct vc_psa_frame);
static constexpr uint32_t GOOD_KEY = VC_PSA_KEY_STORED_MIN + 1;
static constexpr int32_t BROKEN = VC_PSA_ERROR_COMMUNICATION_FAILURE;

static const struct lie LIES[] = {
    {"the truth", FULL, {.key = GOOD_KEY}, 0, false},
    {"a refusal", FULL, {.status = -133}, -133, false},
    {"silence", 0, {}, BROKEN, true},
    {"a byte", 1, {}, BROKEN, true},
    {"a byte too few", FULL - 1, {.key = GOOD_KEY}, BROKEN, true},
    {"a byte too many", FULL + 1, {.key = GOOD_KEY}, BROKEN, true},
    {"another function", FULL, {.function = VC_PSA_purge_key, .key = GOOD_KEY}, BROKEN, true},
    {"a function that is none", FULL, {.function = UINT32_MAX, .key = GOOD_KEY}, BROKEN, true},
    {"more than success", FULL, {.status = 1, .key = GOOD_KEY}, BROKEN, true},
    {"a status of no meaning", FULL, {.status = -501}, BROKEN, true},
    {"the lowest status", FULL, {.status = INT32_MIN}, BROKEN, true},
    {"no key", FULL, {}, BROKEN, true},
    {"a key of the worker's", FULL, {.key = VC_PSA_KEY_LOCAL_MIN}, BROKEN, true},
    {"a key beyond all", FULL, {.key = VC_PSA_KEY_VENDOR_MAX + 1U}, BROKEN, true},
    {"a handle of the worker's", FULL, {.operation = 1, .key = GOOD_KEY}, BROKEN, true},
    {"another of the worker's", FULL, {.operation2 = 1, .key = GOOD_KEY}, BROKEN, true},
    {"output where there is none", FULL, {.key = GOOD_KEY, .output_size = {1}}, BROKEN, true},
    {"output beyond the window",
     FULL,
     {.key = GOOD_KEY, .output_size = {0, UINT32_MAX}},
     BROKEN,
     true},
};

/* In a process of its own: answers each question by this, until it is not asked any more. */
[[noreturn]] static void lie_on(int line, const struct lie *lie)
{
    uint8_t packet[sizeof(struct vc_psa_frame) + 1] = {};
    struct vc_psa_frame asked;

    while (recv(line, &asked, sizeof(asked), 0) == sizeof(asked) && lie->size > 0) {
        struct vc_psa_frame answer = lie->frame;

        answer.function = answer.function == 0 ? asked.function : answer.function;
        memcpy(packet, &answer, sizeof(answer));
        (void)!send(line, packet, lie->size, MSG_NOSIGNAL);
    }
    _exit(0);
}

static pid_t puppet(struct scene *scene, const struct lie *lie)
{
    pid_t child;

    scene->keys.answer = FAKE_KEYS_PUPPET;
    fake_keys_prepare(&scene->keys);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(scene->keys.puppet_fd);
        lie_on(scene->keys.store.line, lie);
    }
    (void)close(scene->keys.store.line);
    scene->keys.store.line = -1;
    return child;
}

static void test_lies(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(LIES); i++) {
        const struct lie *lie = &LIES[i];
        struct scene scene;
        char wanted[128];
        int status;

        init(&scene);
        pid_t child = puppet(&scene, lie);

        play(&scene, NO_STORE);
        assert_int_equal(waitpid(child, &status, 0), child);
        (void)snprintf(wanted, sizeof(wanted), "generate: %d\ngenerate: %d\n" HASH, lie->status,
                       lie->is_over ? BROKEN : lie->status);
        if (!went_well(&scene) || strcmp(output_of(&scene), wanted) != 0 || scene.keys.asked != 1)
            blame(&scene, lie->name);
        done(&scene);
    }
}

static unsigned draw(unsigned *random, unsigned below)
{
    *random = *random * 1664525 + 1013904223;
    return *random / RANDOM_STEP % below;
}

/* The truth, with some bits of it changed; for each call that the program makes of a key. */
static void test_lies_at_random(void **state)
{
    static const char *const arguments[ARGUMENTS_MAX] = {"exchange", "derive", "hash"};
    unsigned random = seed;
    unsigned broken = 0;

    (void)state;
    print_message("# seed %u\n", seed);
    for (size_t i = 0; i < MUTANTS; i++) {
        struct lie lie = {.size = FULL, .frame = {.key = GOOD_KEY}};
        uint8_t *bytes = (uint8_t *)&lie.frame;
        struct scene scene;
        int status;

        lie.frame.output_size[0] = draw(&random, 2) == 0 ? 0 : 32;
        lie.frame.operation = draw(&random, 2) == 0 ? 0 : VC_PSA_HANDLE_STORED | 1;
        for (unsigned count = draw(&random, 3); count > 0; count--)
            bytes[4 + draw(&random, FULL - 4)] ^= (uint8_t)(1U << draw(&random, 8));
        init(&scene);
        pid_t child = puppet(&scene, &lie);

        play(&scene, arguments);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!went_well(&scene) || strstr(output_of(&scene), HASH) == nullptr)
            blame(&scene, "an answer at random");
        broken += strstr(output_of(&scene), "-145") != nullptr;
        done(&scene);
    }
    print_message("# %zu runs, %u of them without a key store in the end\n", MUTANTS, broken);
}

/* ---- the end of one of them ---- */

static unsigned ticks_of(pid_t pid)
{
    char path[64];
    vc_cleanup(vc_buffer_done) struct vc_buffer stat = {};
    unsigned user = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (vc_file_load(path, 4096, &stat, nullptr) != VC_OK ||
        vc_buffer_append(&stat, VC_BYTES(""), nullptr) != VC_OK)
        return 0;
    const char *at = strrchr((const char *)stat.data, ')');

    /* behind the name: state, then ten numbers, then this */
    (void)sscanf(at == nullptr ? "" : at, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %u",
                 &user);
    return user;
}

/* Before the program makes a call that takes for ever: somebody is set to kill when it is made. */
static void kill_when_busy(void *user, const char *path)
{
    static const struct timespec while_ = {.tv_nsec = 1000000};
    const struct scene *scene = user;
    pid_t store = scene->keys.store.pid;
    unsigned before = ticks_of(store);

    if (strcmp(path, "/input/endless") != 0 || fork() != 0)
        return;
    while (ticks_of(store) < before + BUSY_TICKS)
        (void)nanosleep(&while_, nullptr);
    (void)kill(store, SIGKILL);
    _exit(0);
}

static void test_a_key_store_that_dies(void **state)
{
    static const char *const arguments[ARGUMENTS_MAX] = {"endless", "generate", "hash"};
    struct scene scene;

    (void)state;
    init(&scene);
    scene.runtime.on_open = kill_when_busy;
    scene.runtime.on_open_user = &scene;
    play(&scene, arguments);
    while (waitpid(-1, nullptr, 0) > 0)
        continue;
    if (!went_well(&scene) ||
        strcmp(output_of(&scene), "setup: 0\ncost: 0\nsalt: 0\npassword: 0\noutput: -145\n"
                                  "generate: -145\n" HASH) != 0 ||
        !WIFSIGNALED(scene.store_end.status) || scene.keys.asked != 1)
        blame(&scene, "killed in the middle of a call");
    done(&scene);
}

/* Of the run's limits, that of processor time is its own, too. */
static void test_a_key_store_without_time(void **state)
{
    static const char *const arguments[ARGUMENTS_MAX] = {"endless", "hash"};
    struct scene scene;

    (void)state;
    init(&scene);
    scene.keys.setup.order.cpu_seconds = 1;
    play(&scene, arguments);
    if (!went_well(&scene) ||
        strcmp(output_of(&scene), "setup: 0\ncost: 0\nsalt: 0\npassword: 0\noutput: -145\n" HASH) !=
            0 ||
        !WIFSIGNALED(scene.store_end.status) || WTERMSIG(scene.store_end.status) != SIGXCPU)
        blame(&scene, "a second is over");
    done(&scene);
}

static void kill_worker(void *user, const char *path)
{
    const struct scene *scene = user;

    if (strcmp(path, "/input/endless") == 0)
        (void)kill(scene->worker, SIGKILL);
}

/* The key store sees that its worker is gone, and goes without a word. */
static void test_a_worker_that_dies(void **state)
{
    static const char *const arguments[ARGUMENTS_MAX] = {"endless"};
    struct scene scene;

    (void)state;
    init(&scene);
    scene.runtime.on_open = kill_worker;
    scene.runtime.on_open_user = &scene;
    play(&scene, arguments);
    if (scene.end.said || !WIFSIGNALED(scene.end.status) || scene.store_end.said ||
        scene.store_end.status != 0)
        blame(&scene, "a worker that was killed");
    done(&scene);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_no_key_store),
        cmocka_unit_test(test_a_key_store_that_refuses),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_lies_at_random),
        cmocka_unit_test(test_a_key_store_that_dies),
        cmocka_unit_test(test_a_key_store_without_time),
        cmocka_unit_test(test_a_worker_that_dies),
    };

    if (argc < 4)
        return 2;
    worker_path = argv[1];
    guest_folder = argv[2];
    seed = argc > 4 ? (unsigned)strtoul(argv[4], nullptr, 10) : (unsigned)time(nullptr);
    /* A worker never compiles, and starts faster so; a sanitizer wants to be the first. */
    if (!VC_SANITIZED && setenv("LD_PRELOAD", argv[3], 1) != 0)
        return 2;
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
