/* SPDX-License-Identifier: MIT */

/* The real worker as a key store: what it makes of its order, what it answers, and that a worker
 * that was taken over gets nothing but answers from it. Arguments: the worker, the stand-in for
 * libLLVM, and if wanted the seed of the mutations. */

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/packet.h"
#include "base/sanitized.h"
#include "worker/fake_keystore.h"
#include "worker/key_fixture.h"

/* Statuses of the specification that are compared here. */
enum {
    NOT_PERMITTED = -133,
    INVALID_HANDLE = -136,
    ALREADY_EXISTS = -139,
};

/* frames that no worker would send; each that is refused starts a key store anew */
static constexpr size_t MUTANTS = VC_SANITIZED ? 500 : 4000;
static constexpr unsigned RANDOM_STEP = 4096; /* bits of a draw that are thrown away */

/* Set once by main, before any test. */
static const char *worker_path;
static unsigned seed;

static const uint8_t MATERIAL[16] = "0123456789abcde";

static struct vc_psa_attributes aes(uint32_t lifetime, uint32_t id, uint32_t usage)
{
    return (struct vc_psa_attributes){.lifetime = lifetime,
                                      .id = id,
                                      .usage = usage,
                                      .algorithm = KEY_FIXTURE_CTR,
                                      .type = KEY_FIXTURE_AES,
                                      .bits = 128};
}

static vc_psa_status import(struct fake_keystore *store, struct vc_psa_attributes attributes,
                            uint32_t *key)
{
    struct vc_psa_call call = {
        .function = VC_PSA_import_key, .inputs = {VC_BYTES(MATERIAL)}, .attributes = attributes};
    vc_psa_status status = fake_keystore_ask(store, &call);

    *key = call.key;
    return status;
}

static vc_psa_status by_key(struct fake_keystore *store, enum vc_psa_function function,
                            uint32_t key)
{
    uint8_t room[64];
    struct vc_psa_call call = {.function = function, .values = {key}};

    if (vc_psa_count(function, 'o') > 0)
        call.outputs[0] = (struct vc_psa_output){.data = room, .room = sizeof(room)};
    return fake_keystore_ask(store, &call);
}

static void expect_quiet_end(struct fake_keystore *store)
{
    struct fake_end end;

    fake_keystore_end(store, &end);
    if (end.said || end.status != 0)
        fail_msg("reason %u, \"%s\", status %x", end.end.reason, end.text, (unsigned)end.status);
}

/* ---- keys of the policy ---- */

static void test_keys_of_the_policy(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer file = {};
    struct vc_psa_call attributes = {.function = VC_PSA_get_key_attributes, .values = {7}};
    struct fake_keystore store;

    (void)state;
    key_fixture_receiver(&file, "bob", VC_BYTES("no certificate"));
    key_fixture_aes(&file, 7, "stats");
    key_fixture_aes(&file, VC_PSA_KEY_USER_MAX, "last");
    fake_keystore_start(&store, worker_path,
                        &(struct fake_keystore_setup){.keys = vc_buffer_bytes(&file)});
    assert_int_equal(fake_keystore_ask(&store, &attributes), VC_PSA_SUCCESS);
    assert_int_equal(attributes.attributes.bits, 128);
    assert_int_equal(attributes.attributes.lifetime, KEY_FIXTURE_READ_ONLY);
    assert_int_equal(by_key(&store, VC_PSA_export_key, 7), NOT_PERMITTED);
    assert_int_equal(by_key(&store, VC_PSA_destroy_key, 7), NOT_PERMITTED);
    assert_int_equal(by_key(&store, VC_PSA_purge_key, VC_PSA_KEY_USER_MAX), VC_PSA_SUCCESS);
    assert_int_equal(by_key(&store, VC_PSA_purge_key, 8), INVALID_HANDLE);
    expect_quiet_end(&store);
}

/* The file stays in the runtime's hands, and nothing in it; the order itself is the proof that a
 * key was there. */
static void test_the_file_is_emptied(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer file = {};
    struct fake_keystore store;
    uint8_t byte;
    off_t size = 0;

    (void)state;
    for (uint32_t id = 1; id <= 200; id++)
        key_fixture_aes(&file, id, "k");
    fake_keystore_start(&store, worker_path,
                        &(struct fake_keystore_setup){.keys = vc_buffer_bytes(&file)});
    assert_int_equal(by_key(&store, VC_PSA_purge_key, 200), VC_PSA_SUCCESS);
    for (; pread(store.keys_fd, &byte, 1, size) == 1; size++)
        assert_int_equal(byte, 0);
    assert_int_equal(size, file.size);
    expect_quiet_end(&store);
}

/* ---- orders and files that it refuses ---- */

struct refusal {
    const char *name;
    struct vc_keystore_order order;
    struct key_fixture key; /* in the file, if it has a name */
    const char *junk;       /* behind it */
    int window_size;        /* 0: as it should be */
    uint32_t reason;
    const char *text; /* how its words begin */
};

#define AES(bits_)                      \
    {.lifetime = KEY_FIXTURE_READ_ONLY, \
     .id = 7,                           \
     .type = KEY_FIXTURE_AES,           \
     .bits = (bits_),                   \
     .usage = KEY_FIXTURE_ENCRYPT,      \
     .algorithm = KEY_FIXTURE_CTR}
#define KEY(name_, size_, bits_) \
    {.name = (name_), .material = {MATERIAL, (size_)}, .attributes = AES(bits_)}

static const struct refusal REFUSALS[] = {
    {.name = "fewer bits than it says",
     .key = KEY("short", 16, 256),
     .reason = VC_END_REFUSED,
     .text = "key short: "},
    {.name = "no AES key",
     .key = KEY("odd", 15, 120),
     .reason = VC_END_REFUSED,
     .text = "key odd: "},
    {.name = "an id that programs cannot have",
     .key = {.name = "beyond", .material = VC_BYTES(MATERIAL), .attributes = {.id = 0x40000000}},
     .reason = VC_END_FAILED,
     .text = "id 1073741824 is taken"},
    {.name = "a key that was kept, though none may be",
     .key = {.name = "k",
             .material = VC_BYTES(MATERIAL),
             .attributes = {.lifetime = 1,
                            .id = 7,
                            .type = KEY_FIXTURE_AES,
                            .bits = 128,
                            .algorithm = KEY_FIXTURE_CTR}},
     .reason = VC_END_FAILED,
     .text = "key store: more kept keys"},
    {.name = "a file that is none",
     .key = KEY("k", 16, 128),
     .junk = "junk",
     .reason = VC_END_FAILED,
     .text = "keys: at byte "},
    {.name = "a file larger than it says",
     .key = KEY("k", 16, 128),
     .order = {.keys_bytes = 10},
     .reason = VC_END_FAILED,
     .text = "keys: "},
    {.name = "a file smaller than it says",
     .key = KEY("k", 16, 128),
     .order = {.keys_bytes = 1000},
     .reason = VC_END_FAILED,
     .text = "keys: "},
    {.name = "a window of a page",
     .window_size = 4096,
     .reason = VC_END_FAILED,
     .text = "window: not of"},
    {.name = "limits that no policy gives",
     .order = {.kept_keys_max = VC_PSA_KEYS_MAX + 1},
     .reason = VC_END_FAILED,
     .text = "key store: limits"},
};

static int odd_window(int size)
{
    int fd = key_fixture_file((struct vc_bytes){});

    assert_int_equal(ftruncate(fd, size), 0);
    return fd;
}

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(REFUSALS); i++) {
        const struct refusal *row = &REFUSALS[i];
        vc_cleanup(vc_buffer_done) struct vc_buffer file = {};
        struct fake_keystore_setup setup = {.order = row->order};
        struct fake_keystore store;
        struct fake_end end;

        if (row->key.name != nullptr)
            key_fixture_key(&file, &row->key);
        if (row->junk != nullptr)
            assert_int_equal(vc_buffer_append_text(&file, row->junk, nullptr), VC_OK);
        setup.keys = vc_buffer_bytes(&file);
        setup.window_fd = row->window_size == 0 ? 0 : odd_window(row->window_size);
        fake_keystore_start(&store, worker_path, &setup);
        fake_keystore_end(&store, &end);
        if (!end.said || end.end.reason != row->reason ||
            strncmp(end.text, row->text, strlen(row->text)) != 0)
            fail_msg("%s: reason %u, \"%s\"", row->name, end.end.reason, end.text);
        assert_true(WIFEXITED(end.status) && WEXITSTATUS(end.status) == EXIT_FAILURE);
        assert_null(strstr(end.text, (const char *)MATERIAL));
    }
}

/* ---- keys that stay ---- */

static void expect_kept(struct fake_keystore *store, uint32_t id)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer said = {};
    struct vc_keystore_kept kept;

    assert_true(fake_keystore_hear(store, &said));
    assert_int_equal(said.size, sizeof(kept) + sizeof(MATERIAL));
    memcpy(&kept, said.data, sizeof(kept));
    assert_int_equal(kept.kind, VC_WORKER_KEPT);
    assert_int_equal(kept.material_size, sizeof(MATERIAL));
    assert_int_equal(kept.attributes.id, id);
    assert_int_equal(kept.attributes.type, KEY_FIXTURE_AES);
    assert_memory_equal(said.data + sizeof(kept), MATERIAL, sizeof(MATERIAL));
}

static void expect_forgot(struct fake_keystore *store, uint32_t id)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer said = {};
    struct vc_keystore_forgot forgot;

    assert_true(fake_keystore_hear(store, &said));
    assert_int_equal(said.size, sizeof(forgot));
    memcpy(&forgot, said.data, sizeof(forgot));
    assert_int_equal(forgot.kind, VC_WORKER_FORGOT);
    assert_int_equal(forgot.id, id);
}

static void test_kept_keys(void **state)
{
    struct fake_keystore_setup setup = {.order = {.kept_keys_max = 2}};
    struct fake_keystore store;
    uint32_t key;

    (void)state;
    fake_keystore_start(&store, worker_path, &setup);
    for (uint32_t id = 1; id <= 2; id++) {
        assert_int_equal(import(&store, aes(KEY_FIXTURE_KEPT, id, 0), &key), VC_PSA_SUCCESS);
        assert_int_equal(key, id);
        expect_kept(&store, id);
    }
    assert_int_equal(import(&store, aes(KEY_FIXTURE_KEPT, 1, 0), &key), ALREADY_EXISTS);
    assert_int_equal(import(&store, aes(KEY_FIXTURE_KEPT, 3, 0), &key),
                     VC_PSA_ERROR_INSUFFICIENT_STORAGE);
    assert_int_equal(by_key(&store, VC_PSA_destroy_key, 1), VC_PSA_SUCCESS);
    expect_forgot(&store, 1);
    assert_int_equal(by_key(&store, VC_PSA_purge_key, 1), INVALID_HANDLE);
    assert_int_equal(import(&store, aes(KEY_FIXTURE_KEPT, 3, 0), &key), VC_PSA_SUCCESS);
    expect_kept(&store, 3);
    expect_quiet_end(&store);
}

/* Kept by a run before: it counts, and goes when it is destroyed. */
static void test_keys_kept_before(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer file = {};
    struct key_fixture kept = {.name = "5",
                               .material = VC_BYTES(MATERIAL),
                               .wraps_freely = 1,
                               .attributes = aes(KEY_FIXTURE_KEPT, 5, KEY_FIXTURE_EXPORT)};
    struct fake_keystore_setup setup = {.order = {.kept_keys_max = 1}};
    struct fake_keystore store;
    uint32_t key;

    (void)state;
    key_fixture_key(&file, &kept);
    setup.keys = vc_buffer_bytes(&file);
    fake_keystore_start(&store, worker_path, &setup);
    assert_int_equal(by_key(&store, VC_PSA_export_key, 5), VC_PSA_SUCCESS);
    assert_int_equal(import(&store, aes(KEY_FIXTURE_KEPT, 6, 0), &key),
                     VC_PSA_ERROR_INSUFFICIENT_STORAGE);
    assert_int_equal(by_key(&store, VC_PSA_destroy_key, 5), VC_PSA_SUCCESS);
    expect_forgot(&store, 5);
    expect_quiet_end(&store);
}

static void test_no_kept_keys(void **state)
{
    struct fake_keystore store;
    uint32_t key;

    (void)state;
    fake_keystore_start(&store, worker_path, &(struct fake_keystore_setup){});
    assert_int_equal(import(&store, aes(KEY_FIXTURE_KEPT, 1, 0), &key), NOT_PERMITTED);
    assert_int_equal(import(&store, aes(0, 0, 0), &key), VC_PSA_SUCCESS);
    assert_true(key >= VC_PSA_KEY_STORED_MIN);
    expect_quiet_end(&store);
}

/* ---- randomness ---- */

static void test_randomness(void **state)
{
    (void)state;
    for (int without = 0; without < 2; without++) {
        struct fake_keystore_setup setup = {.no_randomness = without != 0};
        struct vc_psa_call call = {.function = VC_PSA_generate_key, .attributes = aes(0, 0, 0)};
        struct fake_keystore store;

        fake_keystore_start(&store, worker_path, &setup);
        assert_int_equal(fake_keystore_ask(&store, &call),
                         without ? NOT_PERMITTED : VC_PSA_SUCCESS);
        expect_quiet_end(&store);
    }
}

/* ---- a worker that was taken over ---- */

/* Packets that are no frames. */
static void test_packets_of_other_sizes(void **state)
{
    static const uint8_t zeros[2 * sizeof(struct vc_psa_frame)];
    static const size_t sizes[] = {1, sizeof(struct vc_psa_frame) - 1,
                                   sizeof(struct vc_psa_frame) + 1, sizeof(zeros)};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(sizes); i++) {
        struct fake_keystore store;
        struct fake_end end;

        fake_keystore_start(&store, worker_path, &(struct fake_keystore_setup){});
        assert_int_equal(send(store.line, zeros, sizes[i], MSG_NOSIGNAL), sizes[i]);
        fake_keystore_end(&store, &end);
        assert_true(end.said && end.end.reason == VC_END_FAILED);
        assert_true(WIFEXITED(end.status) && WEXITSTATUS(end.status) == EXIT_FAILURE);
    }
}

/* Descriptors that come with a frame are nobody's. */
static void test_descriptors_with_a_frame(void **state)
{
    struct vc_psa_frame frame = {.function = VC_PSA_crypto_init};
    struct fake_keystore store;
    char path[64];
    unsigned count = 0;
    const int fds[] = {0, 0, 0};

    (void)state;
    fake_keystore_start(&store, worker_path, &(struct fake_keystore_setup){});
    for (int i = 0; i < 3; i++) {
        struct vc_parcel parcel = {.head = VC_BYTES_OF(frame), .fds = fds, .fd_count = 3};

        assert_int_equal(vc_packet_send(store.line, &parcel, nullptr), VC_OK);
        assert_int_equal(recv(store.line, &frame, sizeof(frame), 0), sizeof(frame));
        assert_int_equal(frame.status, VC_PSA_SUCCESS);
    }
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)store.pid);
    DIR *open = opendir(path);

    while (open != nullptr && readdir(open) != nullptr)
        count++;
    if (open != nullptr) {
        (void)closedir(open);
        /* nothing, nothing, nothing, control socket, the worker's socket; "." and ".." */
        assert_int_equal(count, 5 + 2);
    }
    expect_quiet_end(&store);
}

static unsigned draw(unsigned *random, unsigned below)
{
    *random = *random * 1664525 + 1013904223;
    return *random / RANDOM_STEP % below;
}

/* A call that is one, of any function, with sizes that fit. */
static void make_frame(unsigned *random, struct vc_psa_frame *frame)
{
    *frame = (struct vc_psa_frame){.function = draw(random, VC_PSA_FUNCTION_COUNT)};
    for (size_t i = 0; i < VC_PSA_VALUES_MAX; i++)
        frame->values[i] = draw(random, 3) == 0 ? 7 : *random;
    frame->operation = draw(random, 2) == 0 ? 0 : VC_PSA_HANDLE_STORED | draw(random, 8);
    frame->attributes = aes(0, 0, *random);
    for (size_t i = 0; i < vc_psa_count(frame->function, 'i'); i++)
        frame->input_size[i] = draw(random, 100);
    for (size_t i = 0; i < vc_psa_count(frame->function, 'o'); i++)
        frame->output_size[i] = draw(random, 100);
}

static void mutate(unsigned *random, struct vc_psa_frame *frame)
{
    static const uint32_t numbers[] = {
        0, 1, 0x7fffffff, 0x80000000, UINT32_MAX, VC_PSA_CALL_BYTES_MAX, VC_PSA_CALL_BYTES_MAX + 1};
    uint8_t *bytes = (uint8_t *)frame;

    for (unsigned count = 1 + draw(random, 3); count > 0; count--) {
        size_t at = draw(random, sizeof(*frame) / sizeof(uint32_t)) * sizeof(uint32_t);

        if (draw(random, 2) == 0)
            bytes[at + draw(random, 4)] ^= (uint8_t)(1U << draw(random, 8));
        else
            memcpy(bytes + at, &numbers[draw(random, VC_COUNT(numbers))], sizeof(uint32_t));
    }
}

/* What an honest worker could read into its program's memory. */
static void check_answer(const struct vc_psa_frame *sent, const struct vc_psa_frame *answer)
{
    assert_int_equal(answer->function, sent->function);
    assert_in_range(-answer->status, 0, 500);
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++)
        assert_true(answer->output_size[i] <= sent->output_size[i]);
}

static void start_for_mutants(struct fake_keystore *store)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer file = {};
    struct fake_keystore_setup setup = {.order = {.cpu_seconds = 100}};

    key_fixture_aes(&file, 7, "stats");
    setup.keys = vc_buffer_bytes(&file);
    fake_keystore_start(store, worker_path, &setup);
}

/* It answers, or says that no honest worker calls so. It never dies of one. */
static void test_mutants(void **state)
{
    unsigned random = seed;
    unsigned refused = 0;
    struct fake_keystore store;

    (void)state;
    print_message("# seed %u\n", seed);
    start_for_mutants(&store);
    for (size_t i = 0; i < MUTANTS; i++) {
        struct vc_psa_frame frame;
        struct vc_psa_frame answer;
        struct fake_end end;

        make_frame(&random, &frame);
        if (i % 4 != 0)
            mutate(&random, &frame);
        assert_int_equal(send(store.line, &frame, sizeof(frame), MSG_NOSIGNAL), sizeof(frame));
        if (recv(store.line, &answer, sizeof(answer), 0) == sizeof(answer)) {
            check_answer(&frame, &answer);
            continue;
        }
        fake_keystore_end(&store, &end);
        if (!end.said || end.end.reason != VC_END_FAILED || !WIFEXITED(end.status))
            fail_msg("mutant %zu of function %u: status %x", i, frame.function,
                     (unsigned)end.status);
        refused++;
        start_for_mutants(&store);
    }
    expect_quiet_end(&store);
    print_message("# %zu frames, %u refused\n", MUTANTS, refused);
}

/* ---- walls ---- */

/* The line of /proc/PID/FILE that begins so. */
static bool proc_says(pid_t pid, const char *name, const char *line)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    assert_int_equal(vc_file_load(path, 1 << 20, &content, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&content, VC_BYTES(""), nullptr), VC_OK);
    return strstr((const char *)content.data, line) != nullptr;
}

static void test_walls(void **state)
{
    static const char *const status[] = {"\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n",
                                         "\nCapEff:\t0000000000000000\n", "\nThreads:\t1\n"};
    static const char *const limits[] = {
        "Max cpu time              7                    8                    seconds",
        "Max file size             0                    0                    bytes",
        "Max core file size        0                    0                    bytes",
        "Max open files            0                    0                    files",
        "Max stack size            1048576              1048576              bytes",
        "Max data size             201326592            201326592            bytes"};
    struct fake_keystore_setup setup = {.order = {.cpu_seconds = 7}};
    struct fake_keystore store;

    (void)state;
    if (VC_SANITIZED)
        skip();
    fake_keystore_start(&store, worker_path, &setup);
    assert_int_equal(by_key(&store, VC_PSA_purge_key, 1), INVALID_HANDLE);
    for (size_t i = 0; i < VC_COUNT(status); i++) {
        if (!proc_says(store.pid, "status", status[i]))
            fail_msg("not in status: %s", status[i]);
    }
    for (size_t i = 0; i < VC_COUNT(limits); i++) {
        if (!proc_says(store.pid, "limits", limits[i]))
            fail_msg("not in limits: %s", limits[i]);
    }
    expect_quiet_end(&store);
}

/* Whoever kills the worker closes its end: the key store ends with it. */
static void test_it_ends_with_its_worker(void **state)
{
    struct fake_keystore store;

    (void)state;
    fake_keystore_start(&store, worker_path, &(struct fake_keystore_setup){});
    expect_quiet_end(&store);
    fake_keystore_start(&store, worker_path, &(struct fake_keystore_setup){});
    assert_int_equal(by_key(&store, VC_PSA_purge_key, 1), INVALID_HANDLE);
    expect_quiet_end(&store);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_the_policy),
        cmocka_unit_test(test_the_file_is_emptied),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_kept_keys),
        cmocka_unit_test(test_keys_kept_before),
        cmocka_unit_test(test_no_kept_keys),
        cmocka_unit_test(test_randomness),
        cmocka_unit_test(test_packets_of_other_sizes),
        cmocka_unit_test(test_descriptors_with_a_frame),
        cmocka_unit_test(test_mutants),
        cmocka_unit_test(test_walls),
        cmocka_unit_test(test_it_ends_with_its_worker),
    };

    if (argc < 3)
        return 2;
    worker_path = argv[1];
    seed = argc > 3 ? (unsigned)strtoul(argv[3], nullptr, 10) : (unsigned)time(nullptr);
    /* A worker never compiles, and starts faster so; a sanitizer wants to be the first. */
    if (!VC_SANITIZED && setenv("LD_PRELOAD", argv[2], 1) != 0)
        return 2;
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
