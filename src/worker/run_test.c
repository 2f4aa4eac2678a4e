/* SPDX-License-Identifier: MIT */

#include "worker/run.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

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
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
