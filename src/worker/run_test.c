/* SPDX-License-Identifier: MIT */

#include "worker/run.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/stream.h"
#include "base/buffer.h"

static const char TEXTS[] = "program\0one\0A=1\0data\0/data"; /* with the NUL of the literal */

static void make_order(struct vc_buffer *bytes)
{
    struct vc_worker_run head = {.kind = VC_WORKER_RUN,
                                 .standard = {VC_STANDARD_NONE, VC_STANDARD_FILE, VC_STANDARD_NONE},
                                 .argument_count = 2,
                                 .environment_count = 1,
                                 .preopen_count = 1,
                                 .text_size = sizeof(TEXTS)};

    assert_int_equal(
        vc_buffer_append(bytes, ((struct vc_bytes){(const uint8_t *)&head, sizeof(head)}), nullptr),
        VC_OK);
    assert_int_equal(vc_buffer_append(bytes, VC_BYTES(TEXTS), nullptr), VC_OK);
}

static void give_descriptors(struct vc_packet *packet, size_t count)
{
    *packet = (struct vc_packet){.fd_count = count};
    for (size_t i = 0; i < count; i++)
        packet->fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void test_order(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    vc_cleanup(vc_packet_done) struct vc_packet packet = {};
    struct vc_run run = {};

    (void)state;
    make_order(&bytes);
    give_descriptors(&packet, 2);
    assert_int_equal(vc_run_parse(vc_buffer_bytes(&bytes), &packet, &run, nullptr), VC_OK);
    assert_string_equal(run.texts[0], "program");
    assert_string_equal(run.texts[2], "A=1");
    assert_string_equal(run.preopens[0].name, "data");
    assert_string_equal(run.preopens[0].path, "/data");
    assert_true(run.module_fd >= 0 && run.standard_fds[1] >= 0);
    assert_int_equal(run.standard_fds[0], -1);
    assert_int_equal(run.standard_fds[2], -1);
    (void)close(run.module_fd);
    (void)close(run.standard_fds[1]);
}

static void test_cut_at_every_byte(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_packet packet = {.fd_count = 2, .fds = {-1, -1}};

    (void)state;
    make_order(&bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        struct vc_run run = {};

        assert_int_equal(vc_run_parse((struct vc_bytes){bytes.data, size}, &packet, &run, nullptr),
                         VC_MALFORMED);
    }
    struct vc_run run = {};

    assert_int_equal(vc_buffer_append(&bytes, VC_BYTES(""), nullptr), VC_OK);
    assert_int_equal(vc_run_parse(vc_buffer_bytes(&bytes), &packet, &run, nullptr), VC_MALFORMED);
}

static void test_other_numbers(void **state)
{
    static const struct {
        size_t offset;
        uint32_t value;
    } rows[] = {
        {offsetof(struct vc_worker_run, kind), VC_WORKER_COMPILE},
        {offsetof(struct vc_worker_run, argument_count), 1},
        {offsetof(struct vc_worker_run, argument_count), 3},
        {offsetof(struct vc_worker_run, argument_count), UINT32_MAX},
        {offsetof(struct vc_worker_run, environment_count), UINT32_MAX},
        {offsetof(struct vc_worker_run, preopen_count), 0},
        {offsetof(struct vc_worker_run, preopen_count), 2},
        {offsetof(struct vc_worker_run, preopen_count), UINT32_MAX},
        {offsetof(struct vc_worker_run, text_size), UINT32_MAX},
        {offsetof(struct vc_worker_run, standard),
         VC_STANDARD_STREAM << 8}, /* output; no streams */
        {offsetof(struct vc_worker_run, standard), 3 << 8},
        {offsetof(struct vc_worker_run, standard_slot), 1}, /* of no stream */
        {offsetof(struct vc_worker_run, standard_window), VC_STREAM_WINDOW_MIN},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
        struct vc_packet packet = {.fd_count = 2, .fds = {-1, -1}};
        struct vc_run run = {};

        make_order(&bytes);
        memcpy(bytes.data + rows[i].offset, &rows[i].value, sizeof(rows[i].value));
        if (vc_run_parse(vc_buffer_bytes(&bytes), &packet, &run, nullptr) != VC_MALFORMED)
            fail_msg("row %zu was accepted", i);
    }
}

/* An order with streams, its input and output among them. */
static void make_stream_order(struct vc_buffer *bytes)
{
    struct vc_worker_run head;

    make_order(bytes);
    memcpy(&head, bytes->data, sizeof(head));
    head.streams = 1;
    head.standard[0] = head.standard[1] = VC_STANDARD_STREAM;
    head.standard_slot[1] = VC_STREAM_SLOTS_MAX - 1;
    head.standard_window[0] = VC_STREAM_WINDOW_MIN;
    head.standard_window[1] = VC_STREAM_WINDOW_MAX;
    memcpy(bytes->data, &head, sizeof(head));
}

static void test_order_with_streams(void **state)
{
    (void)state;
    for (size_t count = 0; count < 9; count++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
        vc_cleanup(vc_packet_done) struct vc_packet packet = {};
        struct vc_run run = {};

        make_stream_order(&bytes);
        give_descriptors(&packet, count);
        int fds[9];

        memcpy(fds, packet.fds, sizeof(fds));
        enum vc_code code = vc_run_parse(vc_buffer_bytes(&bytes), &packet, &run, nullptr);

        assert_int_equal(code, count == 6 ? VC_OK : VC_MALFORMED);
        if (count != 6)
            continue;
        const int taken[] = {run.module_fd,          run.slots_fd,        run.worker_counter_fd,
                             run.runtime_counter_fd, run.standard_fds[0], run.standard_fds[1]};

        assert_memory_equal(taken, fds, sizeof(taken));
        assert_int_equal(run.standard_fds[2], -1);
        for (size_t i = 0; i < VC_COUNT(taken); i++)
            (void)close(taken[i]);
    }
}

static void test_streams_that_cannot_be(void **state)
{
    static const struct {
        const char *name;
        size_t offset;
        uint32_t value;
    } rows[] = {
        {"a slot too many", offsetof(struct vc_worker_run, standard_slot), VC_STREAM_SLOTS_MAX},
        {"no window", offsetof(struct vc_worker_run, standard_window), 0},
        {"too small a window", offsetof(struct vc_worker_run, standard_window),
         VC_STREAM_WINDOW_MIN - 1},
        {"too large a window", offsetof(struct vc_worker_run, standard_window),
         VC_STREAM_WINDOW_MAX + 1},
        {"a window of what is none", offsetof(struct vc_worker_run, standard_window) + 8, 1 << 20},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
        struct vc_packet packet = {.fd_count = 6, .fds = {-1, -1, -1, -1, -1, -1}};
        struct vc_run run = {};

        make_stream_order(&bytes);
        memcpy(bytes.data + rows[i].offset, &rows[i].value, sizeof(rows[i].value));
        if (vc_run_parse(vc_buffer_bytes(&bytes), &packet, &run, nullptr) != VC_MALFORMED)
            fail_msg("%s was accepted", rows[i].name);
    }
}

static void test_wrong_number_of_descriptors(void **state)
{
    (void)state;
    for (size_t count = 0; count < 5; count++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
        vc_cleanup(vc_packet_done) struct vc_packet packet = {};
        struct vc_run run = {};

        if (count == 2)
            continue;
        make_order(&bytes);
        give_descriptors(&packet, count);
        assert_int_equal(vc_run_parse(vc_buffer_bytes(&bytes), &packet, &run, nullptr),
                         VC_MALFORMED);
        for (size_t i = 0; i < count; i++)
            assert_true(packet.fds[i] >= 0); /* still the packet's, which closes them */
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_other_numbers),
        cmocka_unit_test(test_wrong_number_of_descriptors),
        cmocka_unit_test(test_order_with_streams),
        cmocka_unit_test(test_streams_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
