/* SPDX-License-Identifier: MIT */

#include "hostabi/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hostabi/host_fixture.h"

static void trace(struct fixture *fixture, const char *call, const uint64_t *arguments,
                  uint32_t result, char text[VC_TRACE_TEXT_MAX])
{
    struct vc_engine_frame frame = {.memory = {fixture->memory, FIXTURE_MEMORY_SIZE}};
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);

    memcpy(frame.arguments, arguments, sizeof(frame.arguments));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(imports[i].name, call) == 0) {
            vc_trace_format(&imports[i], &frame, result, text);
            return;
        }
    }
    fail();
}

/* Memory: "a/b" at TEXT, an iovec to it and one of 4096 bytes at IOVS, 4 at OUT. */
static const struct {
    const char *call;
    uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX];
    uint32_t result;
    const char *line;
} lines[] = {
    {"path_open",
     {3, 1, TEXT, 3, 1 | 8, 0x42, 0, 1, OUT},
     0,
     "path_open(3, FOLLOW, \"a/b\", CREAT|TRUNC, 0x42, 0x0, APPEND) = 0 [4]"},
    {"path_open",
     {3, 0, TEXT, 3, 0, 2, UINT64_MAX, 0, OUT},
     44,
     "path_open(3, 0x0, \"a/b\", 0x0, 0x2, 0xffffffffffffffff, 0x0) = 44 NOENT"},
    {"path_unlink_file", {3, TEXT, 3}, 76, "path_unlink_file(3, \"a/b\") = 76 NOTCAPABLE"},
    {"path_unlink_file",
     {UINT32_MAX, UINT32_MAX, 3},
     8,
     "path_unlink_file(-1, 0xffffffff, 3) = 8 BADF"},
    {"query", {TEXT, 3, IOVS, 9, OUT}, 0, "query(\"a/b\", 0x800, 9) = 0 [4]"},
    {"query", {TEXT, 3, IOVS, 9, OUT}, 42, "query(\"a/b\", 0x800, 9) = 42 NOBUFS"},
    {"narrow", {TEXT, 3, 1, 0, 0, OUT}, 2, "narrow(\"a/b\", RUN, 0x0, 0) = 2 ACCES"},
    {"narrow", {TEXT, 3, 0, 0, 0, OUT}, 0, "narrow(\"a/b\", 0x0, 0x0, 0) = 0 [4]"},
    {"path_symlink", {TEXT, 1, 3, TEXT, 3}, 0, "path_symlink(\"a\", 3, \"a/b\") = 0"},
    {"fd_write", {1, IOVS, 2, OUT}, 0, "fd_write(1, [\"a/b\", ...], 2) = 0 [4]"},
    {"fd_write", {1, IOVS, 0, OUT}, 0, "fd_write(1, [], 0) = 0 [4]"},
    {"fd_write", {1, END - 7, 1, OUT}, 21, "fd_write(1, 0xfff9, 1) = 21 FAULT"},
    {"fd_pread", {5, IOVS + 8, 1, 77, OUT}, 0, "fd_pread(5, [4096 bytes], 1, 77) = 0 [4]"},
    {"fd_seek", {5, UINT64_MAX, 2, OUT}, 28, "fd_seek(5, -1, END) = 28 INVAL"},
    {"fd_seek", {5, 0, 9, UINT32_MAX}, 0, "fd_seek(5, 0, 9) = 0"},
    {"fd_tell", {5, OUT}, 0, "fd_tell(5) = 0 [4]"},
    {"fd_advise", {5, 0, 10, 1}, 0, "fd_advise(5, 0, 10, SEQUENTIAL) = 0"},
    {"fd_fdstat_set_flags", {5, 0x24}, 28, "fd_fdstat_set_flags(5, NONBLOCK|0x20) = 28 INVAL"},
    {"fd_filestat_set_times", {5, 1, 2, 5}, 0, "fd_filestat_set_times(5, 1, 2, ATIM|MTIM) = 0"},
    {"clock_time_get", {1, 1000, OUT}, 0, "clock_time_get(MONOTONIC, 1000) = 0 [4]"},
    {"proc_exit", {7}, 0, "proc_exit(7)"},
    {"proc_raise", {6}, 0, "proc_raise(ABRT) = 0"},
    {"sched_yield", {}, 0, "sched_yield() = 0"},
    {"sock_shutdown", {1, 3}, 57, "sock_shutdown(1, 3) = 57 NOTSOCK"},
    {"progress", {50}, 99, "progress(50) = 99 ?"},
    {"psa_crypto_init", {}, 0, "psa_crypto_init() = 0"},
    {"psa_mac_sign_setup",
     {TEXT, 0x40000000, 0x03800009},
     0,
     "psa_mac_sign_setup(0x1000, 0x40000000, 0x3800009) = 0"},
    {"psa_hash_update",
     {TEXT, 0, 1 << 20},
     (uint32_t)-137,
     "psa_hash_update(0x1000, 0x0, 1048576) = -137 BAD_STATE"},
    {"psa_destroy_key", {7}, (uint32_t)-153, "psa_destroy_key(7) = -153 DATA_INVALID"},
    {"psa_destroy_key", {7}, (uint32_t)-154, "psa_destroy_key(7) = -154"},
    {"psa_destroy_key", {7}, (uint32_t)-131, "psa_destroy_key(7) = -131"},
    {"key_wrap",
     {7, TEXT, 3, OUT, 4, OUT},
     (uint32_t)-132,
     "key_wrap(7, 0x1000, 3, 0x400, 4, 0x400) = -132 GENERIC_ERROR"},
};

static void test_lines(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    (void)fixture_text(&fixture, TEXT, "a/b");
    fixture_iovec(&fixture, 0, TEXT, 3);
    fixture_iovec(&fixture, 1, 0, 4096);
    vc_guest_put_u64(fixture.memory + OUT, 4);
    for (size_t i = 0; i < VC_COUNT(lines); i++) {
        char text[VC_TRACE_TEXT_MAX];

        trace(&fixture, lines[i].call, lines[i].arguments, lines[i].result, text);
        assert_string_equal(text, lines[i].line);
    }
    fixture_done(&fixture);
}

static void test_strings_are_bounded_and_plain(void **state)
{
    const uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX] = {3, TEXT, 100, 3, TEXT, 100};
    char text[VC_TRACE_TEXT_MAX];
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    (void)fixture_text(&fixture, TEXT, "\"\\\n\x1b\xff");
    trace(&fixture, "path_rename", arguments, 0, text);
    assert_ptr_equal(strstr(text, "path_rename(3, \"\\\"\\\\\\n\\x1b\\xff\\x00\\x00"), text);
    assert_non_null(strstr(text, "\\x00\"..., 3, \"\\\""));
    assert_true(strlen(text) < sizeof(text));
    fixture_done(&fixture);
}

/* Whatever the arguments are, the line is a line. */
static void test_hostile_arguments(void **state)
{
    static const uint64_t values[] = {0, 1, 3, OUT, END - 1, END, END + 1, 1U << 31, UINT32_MAX};
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);
    struct fixture fixture;
    uint32_t dice = 1;

    (void)state;
    fixture_init(&fixture, false, false);
    memset(fixture.memory, 0xff, FIXTURE_MEMORY_SIZE);
    for (size_t i = 0; i < count * 500; i++) {
        uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX];
        char text[VC_TRACE_TEXT_MAX];

        for (size_t k = 0; k < VC_ENGINE_ARGUMENTS_MAX; k++) {
            dice = dice * 1664525 + 1013904223;
            arguments[k] = values[(dice >> 16) % VC_COUNT(values)];
        }
        memset(text, 'x', sizeof(text));
        trace(&fixture, imports[i % count].name, arguments, dice % 80, text);
        assert_non_null(memchr(text, '\0', sizeof(text)));
        for (const char *at = text; *at != '\0'; at++)
            assert_true(*at >= ' ' && *at <= '~');
    }
    fixture_done(&fixture);
}

/* No call without its shape: arguments would go unseen. */
static void test_every_call_has_a_shape(void **state)
{
    const uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX] = {};
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    for (size_t i = 0; i < count; i++) {
        char text[VC_TRACE_TEXT_MAX];

        trace(&fixture, imports[i].name, arguments, 28, text);
        assert_int_equal(strstr(text, "()") == nullptr, imports[i].parameters[0] != '\0');
    }
    assert_string_equal(vc_trace_errno_name(76), "NOTCAPABLE");
    assert_string_equal(vc_trace_errno_name(0), "SUCCESS");
    assert_null(vc_trace_errno_name(77));
    fixture_done(&fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_strings_are_bounded_and_plain),
        cmocka_unit_test(test_hostile_arguments),
        cmocka_unit_test(test_every_call_has_a_shape),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
