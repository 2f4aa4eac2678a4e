/* SPDX-License-Identifier: MIT */

#include "hostabi/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hostabi/host_fixture.h"

static void test_read_of_sealed_input(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    fixture_iovec(&fixture, 0, TEXT, 2);
    fixture_iovec(&fixture, 1, TEXT + 2, 100);
    assert_int_equal(CALL(&fixture, "fd_read", 0, IOVS, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 5);
    assert_memory_equal(fixture.memory + TEXT, "input", 5);
    assert_int_equal(CALL(&fixture, "fd_read", 0, IOVS, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 0);
    assert_int_equal(CALL(&fixture, "fd_pread", 0, IOVS, 1, 3, OUT), VC_WASI_SUCCESS);
    assert_memory_equal(fixture.memory + TEXT, "ut", 2);
    assert_int_equal(CALL(&fixture, "fd_seek", 0, (uint64_t)-1, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 4);
    fixture_done(&fixture);
}

/* Growth, and bytes written: what is overwritten is only the latter. */
static void test_budget(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    fixture_iovec(&fixture, 0, 0, 60000);
    assert_int_equal(CALL(&fixture, "fd_write", 1, IOVS, 1, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture.host->output_left, 40000);
    assert_int_equal(fixture.host->written_left, 90000);
    assert_int_equal(CALL(&fixture, "fd_pwrite", 1, IOVS, 1, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 60000);
    assert_int_equal(fixture.host->output_left, 40000);
    assert_int_equal(vc_host_limits_met(fixture.host), 0);
    assert_int_equal(CALL(&fixture, "fd_pwrite", 1, IOVS, 1, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 30000);
    assert_int_equal(vc_host_limits_met(fixture.host), VC_MET_WRITTEN);
    assert_int_equal(CALL(&fixture, "fd_write", 1, IOVS, 1, OUT), VC_WASI_NOSPC);
    assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 1, 100001), VC_WASI_NOSPC);
    assert_int_equal(vc_host_limits_met(fixture.host), VC_MET_WRITTEN | VC_MET_OUTPUT);
    assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 1, 100000), VC_WASI_SUCCESS);
    assert_int_equal(fixture.host->output_left, 0);
    assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 1, 0), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_allocate", 1, 0, 1), VC_WASI_NOSPC);
    fixture_done(&fixture);
}

/* What is written across the end is part growth. */
static void test_budget_of_growth(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    fixture_iovec(&fixture, 0, 0, 60000);
    assert_int_equal(CALL(&fixture, "fd_write", 1, IOVS, 1, OUT), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_pwrite", 1, IOVS, 1, 50000, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 50000);
    assert_int_equal(fixture.host->output_left, 0);
    assert_int_equal(fixture.host->written_left, 40000);
    assert_int_equal(vc_host_limits_met(fixture.host), VC_MET_OUTPUT);
    fixture_done(&fixture);
}

/* A hole costs what it makes the file longer. */
static void test_budget_of_holes(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    fixture_iovec(&fixture, 0, 0, 1);
    assert_int_equal(CALL(&fixture, "fd_pwrite", 1, IOVS, 1, UINT64_C(1) << 40, OUT),
                     VC_WASI_NOSPC);
    assert_int_equal(CALL(&fixture, "fd_pwrite", 1, IOVS, 1, 100000, OUT), VC_WASI_NOSPC);
    assert_int_equal(CALL(&fixture, "fd_pwrite", 1, IOVS, 1, 99999, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture.host->output_left, 0);
    assert_int_equal(fixture.host->written_left, 149999);
    fixture_done(&fixture);
}

static void test_listing(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 4096, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 5 * (24 + 6));
    assert_memory_equal(fixture.memory + TEXT + 24, "name-0", 6);
    assert_int_equal(fixture.memory[TEXT + 20], VC_WASI_TYPE_DIRECTORY);
    assert_int_equal(fixture.memory[TEXT + 30 + 20], VC_WASI_TYPE_SYMBOLIC_LINK);
    assert_int_equal(fixture.memory[TEXT + 60 + 20], VC_WASI_TYPE_REGULAR_FILE);
    assert_memory_equal(fixture.memory + TEXT + 4 * 30 + 24, "name-4", 6);
    /* cut in the third name; then on from the second */
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 88, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 88);
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 4096, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 3 * 30);
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 4096, 5, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 0);
    fixture_done(&fixture);
}

static void test_answers_that_refuse(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    fixture.refuse = VC_WASI_ACCES;
    assert_int_equal(fixture_open(&fixture, "file", 0, 1 << 1, 0), VC_WASI_ACCES);
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 64, 0, OUT), VC_WASI_ACCES);
    fixture.silent = true;
    assert_int_equal(fixture_open(&fixture, "file", 0, 1 << 1, 0), VC_WASI_IO);
    assert_int_equal(CALL(&fixture, "fd_filestat_get", 3, OUT), VC_WASI_IO);
    fixture_done(&fixture);
}

static void test_clock_and_randomness_are_given_or_not(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    assert_int_equal(CALL(&fixture, "clock_time_get", 0, 0, OUT), VC_WASI_ACCES);
    assert_int_equal(CALL(&fixture, "clock_res_get", 0, OUT), VC_WASI_ACCES);
    assert_int_equal(CALL(&fixture, "random_get", TEXT, 8), VC_WASI_ACCES);
    fixture_done(&fixture);
    fixture_init(&fixture, true, true);
    assert_int_equal(CALL(&fixture, "clock_time_get", 0, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(vc_guest_get_u64(fixture.memory + OUT) % 1000000, 0);
    assert_int_equal(CALL(&fixture, "clock_time_get", 1, 0, OUT), VC_WASI_SUCCESS);
    assert_true(vc_guest_get_u64(fixture.memory + OUT) < UINT64_C(10000000000));
    /* coarse as it is, it goes forward between two looks */
    for (uint64_t i = 0, last = 0; i < 100; i++) {
        assert_int_equal(CALL(&fixture, "clock_time_get", 1, 0, OUT), VC_WASI_SUCCESS);
        uint64_t now = vc_guest_get_u64(fixture.memory + OUT);

        assert_true(now > last && now % 1000000 <= 101);
        last = now;
    }
    assert_int_equal(CALL(&fixture, "clock_time_get", 2, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "random_get", TEXT, 32), VC_WASI_SUCCESS);
    fixture_done(&fixture);
}

static void put_subscription(struct fixture *fixture, size_t index, uint8_t tag,
                             uint64_t timeout_ns)
{
    uint8_t *bytes = fixture->memory + IOVS + 48 * index;

    memset(bytes, 0, 48);
    vc_guest_put_u64(bytes, 70 + index);
    bytes[8] = tag;
    vc_guest_put_u64(bytes + 24, timeout_ns);
}

static void test_poll(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, true, false);
    put_subscription(&fixture, 0, VC_WASI_EVENT_CLOCK, 2000000);
    put_subscription(&fixture, 1, VC_WASI_EVENT_CLOCK, UINT64_C(60000000000));
    assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 1);
    assert_int_equal(vc_guest_get_u64(fixture.memory + TEXT), 70);
    /* a file is ready at once: descriptor 0, 5 bytes */
    put_subscription(&fixture, 1, VC_WASI_EVENT_READ, 0);
    assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 1);
    assert_int_equal(vc_guest_get_u64(fixture.memory + TEXT), 71);
    assert_int_equal(vc_guest_get_u64(fixture.memory + TEXT + 16), 5);
    fixture_done(&fixture);
    fixture_init(&fixture, false, false);
    put_subscription(&fixture, 0, VC_WASI_EVENT_CLOCK, UINT64_C(60000000000));
    assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, 1, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture.memory[TEXT + 8], VC_WASI_ACCES);
    fixture_done(&fixture);
}

/* When it wakes, its clock shows the time that it asked for. */
static void test_poll_until_a_time(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, true, false);
    for (uint64_t id = 0; id < 2; id++) {
        assert_int_equal(CALL(&fixture, "clock_time_get", id, 0, OUT), VC_WASI_SUCCESS);
        uint64_t until = vc_guest_get_u64(fixture.memory + OUT) + 3500000;

        put_subscription(&fixture, 0, VC_WASI_EVENT_CLOCK, until);
        fixture.memory[IOVS + 16] = (uint8_t)id;
        fixture.memory[IOVS + 40] = VC_WASI_CLOCK_ABSOLUTE;
        assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, 1, OUT), VC_WASI_SUCCESS);
        assert_int_equal(fixture_out(&fixture), 1);
        assert_int_equal(fixture.memory[TEXT + 8], VC_WASI_SUCCESS);
        assert_int_equal(CALL(&fixture, "clock_time_get", id, 0, OUT), VC_WASI_SUCCESS);
        assert_true(vc_guest_get_u64(fixture.memory + OUT) >= until);
        /* and one that is over is no wait at all */
        put_subscription(&fixture, 1, VC_WASI_EVENT_CLOCK, UINT64_C(60000000000));
        assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, 2, OUT), VC_WASI_SUCCESS);
        assert_int_equal(fixture_out(&fixture), 1);
    }
    fixture_done(&fixture);
}

/* What is wrong with one subscription is its event's, not the call's. */
static void test_poll_reports_what_is_wrong(void **state)
{
    static const struct {
        uint8_t tag;
        uint32_t about; /* clock or descriptor */
        uint8_t flags;
        uint32_t failure;
    } rows[] = {
        {VC_WASI_EVENT_READ, 99, 0, VC_WASI_BADF},
        {VC_WASI_EVENT_WRITE, UINT32_MAX, 0, VC_WASI_BADF},
        {VC_WASI_EVENT_READ, 3, 0, VC_WASI_ISDIR},
        {VC_WASI_EVENT_READ, 2, 0, VC_WASI_SUCCESS}, /* nothing there, and at once */
        {VC_WASI_EVENT_WRITE, 1, 0, VC_WASI_SUCCESS},
        {VC_WASI_EVENT_WRITE, 1, 0, VC_WASI_SUCCESS}, /* twice is twice */
        {VC_WASI_EVENT_CLOCK, 9, 0, VC_WASI_INVAL},
        {VC_WASI_EVENT_CLOCK, 1, 2, VC_WASI_INVAL},
    };
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, true, false);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        put_subscription(&fixture, i, rows[i].tag, 1000000000);
        vc_guest_put_u32(fixture.memory + IOVS + 48 * i + 16, rows[i].about);
        fixture.memory[IOVS + 48 * i + 40] = rows[i].flags;
    }
    assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, VC_COUNT(rows), OUT),
                     VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), VC_COUNT(rows));
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const uint8_t *event = fixture.memory + TEXT + 32 * i;

        assert_int_equal(vc_guest_get_u64(event), 70 + i);
        assert_int_equal(event[8], rows[i].failure);
        assert_int_equal(event[10], rows[i].tag);
    }
    put_subscription(&fixture, 0, 3, 0);
    assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, 1, OUT), VC_WASI_INVAL);
    fixture_done(&fixture);
}

static void test_raise(void **state)
{
    static const struct {
        uint32_t signal, result;
        bool ends;
    } rows[] = {
        {VC_WASI_SIGNAL_NONE, VC_WASI_SUCCESS, false},
        {VC_WASI_SIGNAL_ABRT, VC_WASI_SUCCESS, true},
        {VC_WASI_SIGNAL_KILL, VC_WASI_SUCCESS, true},
        {VC_WASI_SIGNAL_TERM, VC_WASI_SUCCESS, true},
        {VC_WASI_SIGNAL_SYS, VC_WASI_SUCCESS, true},
        {VC_WASI_SIGNAL_CHLD, VC_WASI_SUCCESS, false},
        {VC_WASI_SIGNAL_URG, VC_WASI_SUCCESS, false},
        {VC_WASI_SIGNAL_STOP, VC_WASI_NOTSUP, false},
        {VC_WASI_SIGNAL_TTOU, VC_WASI_NOTSUP, false},
        {31, VC_WASI_INVAL, false},
        {UINT32_MAX, VC_WASI_INVAL, false},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_engine_frame frame = {.arguments = {rows[i].signal}};
        struct fixture fixture;

        fixture_init(&fixture, false, false);
        assert_int_equal(vc_wasi_proc_raise(fixture.host, &frame), rows[i].result);
        assert_int_equal(frame.ends, rows[i].ends);
        assert_int_equal(vc_host_raised(fixture.host), rows[i].ends ? rows[i].signal : 0);
        fixture_done(&fixture);
    }
}

static void test_progress(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    assert_int_equal(CALL(&fixture, "progress", 0), VC_WASI_SUCCESS);
    assert_int_equal(fixture.reports, 0); /* no news */
    assert_int_equal(CALL(&fixture, "progress", 40), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "progress", 40), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "progress", 39), VC_WASI_SUCCESS);
    assert_int_equal(fixture.reports, 1);
    assert_int_equal(fixture.percent, 40);
    assert_int_equal(CALL(&fixture, "progress", 101), VC_WASI_INVAL);
    assert_int_equal(CALL(&fixture, "progress", UINT32_MAX), VC_WASI_INVAL);
    assert_int_equal(CALL(&fixture, "progress", 100), VC_WASI_SUCCESS);
    assert_int_equal(fixture.reports, 2);
    fixture.host->progress = false;
    assert_int_equal(CALL(&fixture, "progress", 100), VC_WASI_ACCES);
    fixture_done(&fixture);
}

static void test_renumber(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    assert_int_equal(CALL(&fixture, "fd_renumber", 99, 1), VC_WASI_BADF);
    assert_int_equal(CALL(&fixture, "fd_renumber", 1, 5), VC_WASI_BADF); /* free, so no number */
    assert_int_equal(CALL(&fixture, "fd_renumber", 4, 4), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_renumber", 4, 3), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_prestat_get", 4, OUT), VC_WASI_BADF);
    assert_int_equal(CALL(&fixture, "fd_prestat_dir_name", 3, OUT, 5), VC_WASI_SUCCESS);
    assert_memory_equal(fixture.memory + OUT, "/data", 5);
    /* the lowest number is free again */
    assert_int_equal(CALL(&fixture, "fd_close", 0), VC_WASI_SUCCESS);
    assert_int_equal(fixture_open(&fixture, "file", 0, VC_WASI_RIGHT_FD_READ, 0), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 0);
    fixture_done(&fixture);
}

static void test_exit(void **state)
{
    struct vc_engine_frame frame = {.arguments = {7}};
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    (void)vc_wasi_proc_exit(fixture.host, &frame);
    assert_true(frame.ends);
    assert_int_equal(vc_host_exit_code(fixture.host), 7);
    fixture_done(&fixture);
}

static void test_there_are_all_calls(void **state)
{
    size_t count;
    size_t wasi = 0;
    const struct vc_engine_import *imports = vc_host_imports(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        wasi += strcmp(imports[i].module, "wasi_snapshot_preview1") == 0;
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(imports[i].name, imports[k].name);
    }
    assert_int_equal(wasi, 46);
    assert_int_equal(count, 46 + 3 + VC_PSA_FUNCTION_COUNT);
}

/* A program that asks, with so much room, what is answered by "target", of which the runtime says
 * that it has `beyond` bytes more. */
struct policy_row {
    const char *name, *call;
    uint32_t room;
    uint64_t beyond;
    uint32_t refuse;
    bool silent;
    uint32_t result, size;
    const char *answer; /* what stands where it goes then; dots are what stood there */
};

static const struct policy_row POLICY_ROWS[] = {
    {"fits", "query", 6, 0, 0, false, VC_WASI_SUCCESS, 6, "target.."},
    {"has room", "query", 8, 0, 0, false, VC_WASI_SUCCESS, 6, "target.."},
    {"is too long", "query", 5, 0, 0, false, VC_WASI_NOBUFS, 6, "........"},
    {"no room", "query", 0, 0, 0, false, VC_WASI_NOBUFS, 6, "........"},
    {"is refused", "query", 8, 0, VC_WASI_ACCES, false, VC_WASI_ACCES, 0, "........"},
    {"nobody answers", "query", 8, 0, 0, true, VC_WASI_IO, 0, "........"},
    {"is shorter than said", "query", 8, 1, 0, false, VC_WASI_IO, 0, nullptr},
    {"is said to be endless", "query", 8, UINT64_C(1) << 40, 0, false, VC_WASI_IO, 0, "........"},
    {"done", "narrow", 8, 0, 0, false, VC_WASI_SUCCESS, 6, "target.."},
    {"done, cut", "narrow", 5, 0, 0, false, VC_WASI_SUCCESS, 5, "targe..."},
    {"done, unseen", "narrow", 0, 0, 0, false, VC_WASI_SUCCESS, 0, "........"},
    {"refused, why", "narrow", 8, 0, VC_WASI_ACCES, false, VC_WASI_ACCES, 6, "target.."},
    {"refused, cut", "narrow", 2, 0, VC_WASI_NOSPC, false, VC_WASI_NOSPC, 2, "ta......"},
    {"nobody answers", "narrow", 8, 0, 0, true, VC_WASI_IO, 0, "........"},
    {"done, unreadable", "narrow", 8, 1, 0, false, VC_WASI_SUCCESS, 0, nullptr},
};

static void check_policy_row(const struct policy_row *row)
{
    bool narrows = strcmp(row->call, "narrow") == 0;
    struct fixture fixture;
    uint32_t result;

    fixture_init(&fixture, false, false);
    fixture.beyond = row->beyond;
    fixture.refuse = row->refuse;
    fixture.silent = row->silent;
    memset(fixture.memory + IOVS, '.', 8);
    memset(fixture.memory + OUT, 0xff, 4);
    (void)fixture_text(&fixture, TEXT, "ask");
    result = narrows ? CALL(&fixture, "narrow", TEXT, 3, 1, IOVS, row->room, OUT)
                     : CALL(&fixture, "query", TEXT, 3, IOVS, row->room, OUT);
    if (result != row->result || fixture_out(&fixture) != row->size)
        fail_msg("%s: %s: errno %u, %u bytes", row->call, row->name, result, fixture_out(&fixture));
    if (row->answer != nullptr)
        assert_memory_equal(fixture.memory + IOVS, row->answer, 8);
    assert_int_equal(fixture.last.call, narrows ? VC_CALL_NARROW : VC_CALL_QUERY);
    assert_int_equal(fixture.last.flags, narrows ? VC_NARROW_RUN : 0);
    assert_string_equal(fixture.last_text, "ask");
    fixture_done(&fixture);
}

static void test_policy(void **state)
{
    int before = dup(0);
    int after;

    (void)state;
    (void)close(before);
    for (size_t i = 0; i < VC_COUNT(POLICY_ROWS); i++)
        check_policy_row(&POLICY_ROWS[i]);
    after = dup(0);
    (void)close(after);
    assert_int_equal(after, before); /* nothing was left open */
}

/* Where the size goes may be where the question is: it is asked first. */
static void test_policy_in_place(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    (void)fixture_text(&fixture, OUT, "self");
    assert_int_equal(CALL(&fixture, "query", OUT, 4, OUT + 4, 6, OUT), VC_WASI_SUCCESS);
    assert_string_equal(fixture.last_text, "self");
    assert_int_equal(fixture_out(&fixture), 6);
    assert_memory_equal(fixture.memory + OUT + 4, "target", 6);
    fixture_done(&fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_are_all_calls),
        cmocka_unit_test(test_read_of_sealed_input),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_budget_of_growth),
        cmocka_unit_test(test_budget_of_holes),
        cmocka_unit_test(test_listing),
        cmocka_unit_test(test_renumber),
        cmocka_unit_test(test_answers_that_refuse),
        cmocka_unit_test(test_clock_and_randomness_are_given_or_not),
        cmocka_unit_test(test_poll),
        cmocka_unit_test(test_poll_until_a_time),
        cmocka_unit_test(test_poll_reports_what_is_wrong),
        cmocka_unit_test(test_exit),
        cmocka_unit_test(test_raise),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_policy_in_place),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
