/* SPDX-License-Identifier: MIT */

/* The order to a key store, and the window that it shares with its worker. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/worker.h"
#include "base/file.h"
#include "worker/key_fixture.h"
#include "worker/key_window.h"
#include "worker/keystore.h"

static const struct vc_keystore_order ORDER = {.kind = VC_WORKER_KEYSTORE,
                                               .cpu_seconds = 10,
                                               .randomness = 1,
                                               .kept_keys_max = 2,
                                               .keys_bytes = 100};

static enum vc_code parse(struct vc_bytes bytes, struct vc_keystore *store)
{
    struct vc_packet packet = {.fd_count = 3, .fds = {101, 102, 103}};
    enum vc_code code = vc_keystore_parse(bytes, &packet, store, nullptr);

    for (int i = 0; i < 3; i++)
        assert_int_equal(packet.fds[i], code == VC_OK ? -1 : 101 + i);
    return code;
}

static void test_order(void **state)
{
    struct vc_keystore store = {};

    (void)state;
    assert_int_equal(parse(VC_BYTES_OF(ORDER), &store), VC_OK);
    assert_memory_equal(&store.order, &ORDER, sizeof(ORDER));
    assert_int_equal(store.socket, 101);
    assert_int_equal(store.window_fd, 102);
    assert_int_equal(store.keys_fd, 103);
}

static void test_cut_at_every_byte(void **state)
{
    uint8_t bytes[sizeof(ORDER) + 1] = {};
    struct vc_keystore store;

    (void)state;
    memcpy(bytes, &ORDER, sizeof(ORDER));
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        enum vc_code code = parse((struct vc_bytes){bytes, size}, &store);

        assert_int_equal(code, size == sizeof(ORDER) ? VC_OK : VC_MALFORMED);
        assert_true(vc_keystore_is_order((struct vc_bytes){bytes, size}) ==
                    (size >= sizeof(ORDER.kind)));
    }
}

#define FIELD(field) offsetof(struct vc_keystore_order, field), sizeof(ORDER.field)

static void test_numbers(void **state)
{
    static const struct {
        const char *name;
        size_t offset, size;
        uint64_t value;
        enum vc_code code;
    } rows[] = {
        {"another kind", FIELD(kind), VC_WORKER_RUN, VC_MALFORMED},
        {"no time", FIELD(cpu_seconds), 0, VC_MALFORMED},
        {"a second", FIELD(cpu_seconds), 1, VC_OK},
        {"a very long time", FIELD(cpu_seconds), UINT32_MAX, VC_OK},
        {"no randomness", FIELD(randomness), 0, VC_OK},
        {"randomness beyond all", FIELD(randomness), 2, VC_MALFORMED},
        {"nothing kept", FIELD(kept_keys_max), 0, VC_OK},
        {"as many as there can be", FIELD(kept_keys_max), VC_PSA_KEYS_MAX, VC_OK},
        {"more than there can be", FIELD(kept_keys_max), VC_PSA_KEYS_MAX + 1, VC_MALFORMED},
        {"no keys", FIELD(keys_bytes), 0, VC_OK},
        {"the largest file", FIELD(keys_bytes), VC_KEYSTORE_KEYS_BYTES_MAX, VC_OK},
        {"a larger file", FIELD(keys_bytes), VC_KEYSTORE_KEYS_BYTES_MAX + 1, VC_MALFORMED},
        {"a file beyond all", FIELD(keys_bytes), UINT64_MAX, VC_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_keystore_order order = ORDER;
        struct vc_keystore store;

        memcpy((uint8_t *)&order + rows[i].offset, &rows[i].value, rows[i].size);
        if (parse(VC_BYTES_OF(order), &store) != rows[i].code)
            fail_msg("%s: otherwise", rows[i].name);
    }
}

static void test_wrong_number_of_descriptors(void **state)
{
    (void)state;
    for (size_t count = 0; count < 7; count++) {
        struct vc_packet packet = {.fd_count = count, .fds = {101, 102, 103, 104, 105, 106}};
        struct vc_keystore store;
        enum vc_code code = vc_keystore_parse(VC_BYTES_OF(ORDER), &packet, &store, nullptr);

        assert_int_equal(code, count == 3 ? VC_OK : VC_MALFORMED);
        assert_int_equal(packet.fds[0], count == 3 ? -1 : 101);
    }
}

/* ---- the window ---- */

static int window_of(off_t size, int seals)
{
    int fd = key_fixture_file((struct vc_bytes){});

    assert_int_equal(ftruncate(fd, size), 0);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static void test_window(void **state)
{
    static constexpr int BOTH = F_SEAL_GROW | F_SEAL_SHRINK;
    static const struct {
        const char *name;
        off_t size;
        int seals;
        enum vc_code code;
    } rows[] = {
        {"as it should be", VC_PSA_CALL_BYTES_MAX, BOTH | F_SEAL_SEAL, VC_OK},
        {"that may be sealed more", VC_PSA_CALL_BYTES_MAX, BOTH, VC_OK},
        {"that can grow", VC_PSA_CALL_BYTES_MAX, F_SEAL_SHRINK, VC_MALFORMED},
        {"that can shrink", VC_PSA_CALL_BYTES_MAX, F_SEAL_GROW, VC_MALFORMED},
        {"without seals", VC_PSA_CALL_BYTES_MAX, 0, VC_MALFORMED},
        {"that nobody can write", VC_PSA_CALL_BYTES_MAX, BOTH | F_SEAL_WRITE, VC_HOST},
        {"a byte too small", VC_PSA_CALL_BYTES_MAX - 1, BOTH, VC_MALFORMED},
        {"a byte too large", VC_PSA_CALL_BYTES_MAX + 1, BOTH, VC_MALFORMED},
        {"empty", 0, BOTH, VC_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_fd_closep) int fd = window_of(rows[i].size, rows[i].seals);
        struct vc_psa_window window = {};
        struct vc_err err = {};

        if (vc_key_window_map(fd, &window, &err) != rows[i].code)
            fail_msg("a window %s: %s", rows[i].name, err.text);
        assert_true((window.data != nullptr) == (rows[i].code == VC_OK));
        if (window.data != nullptr)
            window.data[VC_PSA_CALL_BYTES_MAX - 1] = 1;
        vc_key_window_unmap(&window);
        assert_null(window.data);
    }
}

static void test_what_is_no_window(void **state)
{
    int pair[2];
    struct vc_psa_window window = {};

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_not_equal(vc_key_window_map(pair[0], &window, nullptr), VC_OK);
    assert_int_not_equal(vc_key_window_map(-1, &window, nullptr), VC_OK);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

/* ---- packets ---- */

static void test_packets(void **state)
{
    static const uint8_t bytes[2 * sizeof(struct vc_psa_frame)] = {1};
    struct vc_psa_frame frame = {.function = 5};
    struct vc_psa_frame got = {};
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal(vc_key_window_send(pair[0], &frame, nullptr), VC_OK);
    assert_int_equal(vc_key_window_receive(pair[1], &got, nullptr), VC_OK);
    assert_memory_equal(&got, &frame, sizeof(got));
    for (size_t size = 1; size <= sizeof(bytes); size++) {
        assert_int_equal(send(pair[0], bytes, size, 0), size);
        assert_int_equal(vc_key_window_receive(pair[1], &got, nullptr),
                         size == sizeof(frame) ? VC_OK : VC_MALFORMED);
    }
    (void)close(pair[0]);
    assert_int_equal(vc_key_window_receive(pair[1], &got, nullptr), VC_CLOSED);
    assert_int_equal(vc_key_window_send(pair[1], &frame, nullptr), VC_CLOSED);
    (void)close(pair[1]);
    assert_int_equal(vc_key_window_receive(pair[1], &got, nullptr), VC_HOST);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),   cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_wrong_number_of_descriptors),
        cmocka_unit_test(test_window),  cmocka_unit_test(test_what_is_no_window),
        cmocka_unit_test(test_packets),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
