/* SPDX-License-Identifier: MIT */

#include "flow/window.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static void test_sizes(void **)
{
    static const struct {
        size_t size;
        enum vc_code code;
    } table[] = {
        {0, VC_LIMIT},
        {4096, VC_LIMIT},
        {VC_STREAM_WINDOW_MIN, VC_OK},
        {VC_STREAM_WINDOW_MIN + 4096, VC_LIMIT},
        {VC_STREAM_WINDOW_MAX, VC_OK},
        {(size_t)VC_STREAM_WINDOW_MAX * 2, VC_LIMIT},
    };

    for (size_t i = 0; i < VC_COUNT(table); i++) {
        vc_cleanup(vc_fd_closep) int fd = -1;

        assert_int_equal(vc_window_create(table[i].size, &fd, nullptr), table[i].code);
        assert_int_equal(fd >= 0, table[i].code == VC_OK);
    }
}

static void test_runs_are_in_one_piece(void **)
{
    enum { SIZE = VC_STREAM_WINDOW_MIN };
    vc_cleanup(vc_fd_closep) int fd = -1;
    vc_cleanup(vc_fd_closep) int reader_fd = -1;
    struct vc_window writer = {};
    struct vc_window reader = {};

    assert_int_equal(vc_window_create(SIZE, &fd, nullptr), VC_OK);
    assert_int_equal(vc_window_reopen(fd, &reader_fd, nullptr), VC_OK);
    assert_int_equal(vc_window_map(fd, SIZE, true, &writer, nullptr), VC_OK);
    assert_int_equal(vc_window_map(reader_fd, SIZE, false, &reader, nullptr), VC_OK);
    for (uint64_t at = 0; at < 5 * SIZE; at += SIZE - 1000) {
        memset(vc_window_at(&writer, at), (int)(at % 251), SIZE);
        for (size_t i = 0; i < SIZE; i++)
            assert_int_equal(vc_window_at(&reader, at)[i], at % 251);
    }
    vc_window_unmap(&writer);
    vc_window_unmap(&writer);
    vc_window_unmap(&reader);
}

/* Who may only read can do nothing else with it, and nobody can change a size. */
static void test_what_a_reader_cannot_do(void **)
{
    enum { SIZE = VC_STREAM_WINDOW_MIN };
    vc_cleanup(vc_fd_closep) int fd = -1;
    vc_cleanup(vc_fd_closep) int reader_fd = -1;
    struct vc_window window = {};

    assert_int_equal(vc_window_create(SIZE, &fd, nullptr), VC_OK);
    assert_int_equal(vc_window_reopen(fd, &reader_fd, nullptr), VC_OK);
    assert_int_equal(vc_window_map(reader_fd, SIZE, true, &window, nullptr), VC_HOST);
    assert_null(window.data);
    assert_int_equal(write(reader_fd, "x", 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(ftruncate(fd, SIZE - 1), -1);
    assert_int_equal(ftruncate(fd, SIZE + 1), -1);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
}

static void test_files_that_are_no_windows(void **)
{
    enum { SIZE = VC_STREAM_WINDOW_MIN };
    vc_cleanup(vc_fd_closep) int unsealed = -1;
    vc_cleanup(vc_fd_closep) int larger = -1;
    struct vc_window window = {};
    struct vc_stream_slot *slots;

    assert_int_equal(vc_memfd_new("test", false, &unsealed, nullptr), VC_OK);
    assert_int_equal(ftruncate(unsealed, SIZE), 0);
    assert_int_equal(vc_window_map(unsealed, SIZE, true, &window, nullptr), VC_MALFORMED);
    assert_int_equal(vc_window_create((size_t)2 * SIZE, &larger, nullptr), VC_OK);
    assert_int_equal(vc_window_map(larger, SIZE, true, &window, nullptr), VC_MALFORMED);
    assert_int_equal(vc_window_map(larger, SIZE + 1, true, &window, nullptr), VC_LIMIT);
    assert_int_equal(vc_slots_map(larger, &slots, nullptr), VC_MALFORMED);
}

static void test_slots(void **)
{
    vc_cleanup(vc_fd_closep) int fd = -1;
    struct vc_stream_slot *ours, *theirs;

    assert_int_equal(vc_slots_create(&fd, nullptr), VC_OK);
    assert_int_equal(vc_slots_map(fd, &ours, nullptr), VC_OK);
    assert_int_equal(vc_slots_map(fd, &theirs, nullptr), VC_OK);
    for (size_t i = 0; i < VC_STREAM_SLOTS_MAX; i++)
        assert_int_equal(atomic_load(&theirs[i].state), VC_SLOT_FREE);
    atomic_store(&ours[VC_STREAM_SLOTS_MAX - 1].limit, 77);
    assert_int_equal(atomic_load(&theirs[VC_STREAM_SLOTS_MAX - 1].limit), 77);
    vc_slots_unmap(ours);
    vc_slots_unmap(theirs);
    vc_slots_unmap(nullptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_runs_are_in_one_piece),
        cmocka_unit_test(test_what_a_reader_cannot_do),
        cmocka_unit_test(test_files_that_are_no_windows),
        cmocka_unit_test(test_slots),
    };

    return cmocka_run_group_tests_name("window", tests, nullptr, nullptr);
}
