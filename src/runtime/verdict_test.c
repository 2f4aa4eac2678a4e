/* SPDX-License-Identifier: MIT */

#include "runtime/verdict.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/worker.h"

static const struct vc_policy_program program = {
    .limits = {.memory_mib = 64,
               .stack_kib = 1024,
               .cpu_seconds = 10,
               .wall_seconds = 20,
               .files = 3,
               .open_files = 9,
               .processes = 2,
               .output_bytes = 1000,
               .written_bytes = 4000},
};

/* The policy's programs are not const, and nothing here changes them. */
static const struct vc_policy *the_policy(void)
{
    static const struct vc_policy_program *const programs = &program;
    static struct vc_policy policy = {.program_count = 1,
                                      .storage = {.files = 5, .bytes = 5000, .file_bytes = 2000}};

    policy.programs = (struct vc_policy_program *)(uintptr_t)programs;
    return &policy;
}

static struct vc_verdict_case the_case(uint32_t limits, bool told)
{
    return (struct vc_verdict_case){
        .policy = the_policy(), .bounds = program.limits, .limits = limits, .told = told};
}

static const struct end_row {
    const char *name;
    uint32_t reason, exit_code, met;
    const char *text;
    bool told;
    uint32_t seen; /* enum vc_run_limit, by the runtime */
    enum vc_run_state state;
    uint32_t code;
    uint32_t limits;
    const char *say;
} end_rows[] = {
    {"well", VC_END_EXITED, 0, 0, "", true, 0, VC_RUN_EXITED, 0, 0, ""},
    {"well, with a limit met", VC_END_EXITED, 0, VC_MET_MEMORY, "", true, 0, VC_RUN_EXITED, 0,
     VC_RUN_LIMIT_MEMORY, ""},
    {"not well", VC_END_EXITED, 7, 0, "", true, 0, VC_RUN_EXITED, 7, 0, ""},
    {"code too large", VC_END_EXITED, 70000, 0, "", true, 0, VC_RUN_EXITED, 255, 0, ""},
    {"memory", VC_END_EXITED, 1, VC_MET_MEMORY, "", true, 0, VC_RUN_EXITED, 1, VC_RUN_LIMIT_MEMORY,
     "limits.memory_mib: more than 64"},
    {"memory, then a trap", VC_END_TRAPPED, 0, VC_MET_MEMORY, "unreachable", true, 0, VC_RUN_FAILED,
     0, VC_RUN_LIMIT_MEMORY, "limits.memory_mib: more than 64; trap: unreachable"},
    {"stack", VC_END_TRAPPED, 0, VC_MET_STACK, "stack overflow", true, 0, VC_RUN_FAILED, 0,
     VC_RUN_LIMIT_STACK, "limits.stack_kib: stack overflow (1024)"},
    {"output", VC_END_EXITED, 1, VC_MET_OUTPUT, "", true, 0, VC_RUN_EXITED, 1, VC_RUN_LIMIT_OUTPUT,
     "limits.output_bytes: more than 1000"},
    {"written before output", VC_END_EXITED, 1, VC_MET_OUTPUT | VC_MET_WRITTEN, "", true, 0,
     VC_RUN_EXITED, 1, VC_RUN_LIMIT_OUTPUT | VC_RUN_LIMIT_WRITTEN,
     "limits.written_bytes: more than 4000"},
    {"open files", VC_END_EXITED, 1, VC_MET_FILES_OPEN, "", true, 0, VC_RUN_EXITED, 1,
     VC_RUN_LIMIT_OPEN_FILES, "limits.open_files: more than 9"},
    {"file size", VC_END_EXITED, 1, VC_MET_FILE_SIZE, "", true, 0, VC_RUN_EXITED, 1,
     VC_RUN_LIMIT_FILE_SIZE, "storage.file_bytes: more than 2000"},
    {"files", VC_END_EXITED, 1, 0, "", true, VC_RUN_LIMIT_FILES, VC_RUN_EXITED, 1,
     VC_RUN_LIMIT_FILES, "limits.files: more than 3"},
    {"storage", VC_END_EXITED, 1, 0, "", true, VC_RUN_LIMIT_STORAGE, VC_RUN_EXITED, 1,
     VC_RUN_LIMIT_STORAGE, "storage: more than 5000 bytes, too many files, or a path too deep"},
    {"waiting is no cause", VC_END_EXITED, 1, 0, "", true, VC_RUN_LIMIT_PROCESSES, VC_RUN_EXITED, 1,
     VC_RUN_LIMIT_PROCESSES, ""},
    {"bits that mean nothing", VC_END_EXITED, 1, ~0x3fU, "", true, 0, VC_RUN_EXITED, 1, 0, ""},
    {"trap", VC_END_TRAPPED, 0, 0, "unreachable", true, 0, VC_RUN_FAILED, 0, 0,
     "trap: unreachable"},
    {"no such trap", VC_END_TRAPPED, 0, 0, "secret", true, 0, VC_RUN_FAILED, 0, 0, "trap"},
    {"no such trap, before it knew", VC_END_TRAPPED, 0, 0, "secret", false, 0, VC_RUN_FAILED, 0, 0,
     "trap"},
    {"refused", VC_END_REFUSED, 0, 0, "no such import", false, 0, VC_RUN_FAILED, 0, 0,
     "module refused: no such import"},
    {"refused, knowing much", VC_END_REFUSED, 0, 0, "secret", true, 0, VC_RUN_FAILED, 0, 0,
     "module refused"},
    {"failed, knowing much", VC_END_FAILED, 0, 0, "secret", true, 0, VC_RUN_FAILED, 0, 0,
     "engine failed"},
    {"abort", VC_END_RAISED, 6, 0, "", true, 0, VC_RUN_FAILED, 0, 0, "raised signal 6 (abort)"},
    {"abort out of memory", VC_END_RAISED, 6, VC_MET_MEMORY, "", true, 0, VC_RUN_FAILED, 0,
     VC_RUN_LIMIT_MEMORY, "limits.memory_mib: more than 64; raised signal 6 (abort)"},
    {"last signal", VC_END_RAISED, 30, 0, "", true, 0, VC_RUN_FAILED, 0, 0,
     "raised signal 30 (bad system call)"},
    /* no honest worker says these */
    {"signal 0", VC_END_RAISED, 0, 0, "", true, 0, VC_RUN_FAILED, 0, 0, nullptr},
    {"no such signal", VC_END_RAISED, 31, 0, "", true, 0, VC_RUN_FAILED, 0, 0, nullptr},
    {"no such reason", 77, 0, 0, "", true, 0, VC_RUN_FAILED, 0, 0, nullptr},
    {"reason 0", 0, 0, 0, "", true, 0, VC_RUN_FAILED, 0, 0, nullptr},
    {"not UTF-8", VC_END_TRAPPED, 0, 0, "\xff", true, 0, VC_RUN_FAILED, 0, 0, nullptr},
};

static void check_end(const struct end_row *row)
{
    struct vc_verdict_case scene = the_case(row->seen, row->told);
    struct vc_worker_end end = {.kind = VC_WORKER_END,
                                .reason = row->reason,
                                .exit_code = row->exit_code,
                                .limits = row->met,
                                .memory_bytes = UINT64_MAX};
    uint8_t packet[sizeof(end) + 64];
    struct vc_verdict verdict = {};
    struct vc_err err = {};
    enum vc_code code;

    memcpy(packet, &end, sizeof(end));
    memcpy(packet + sizeof(end), row->text, strlen(row->text));
    code = vc_verdict_of_end(&scene, (struct vc_bytes){packet, sizeof(end) + strlen(row->text)},
                             &verdict, &err);
    if (code != (row->say == nullptr ? VC_MALFORMED : VC_OK))
        fail_msg("%s: %s", row->name, err.text);
    if (row->say == nullptr)
        return;
    if (verdict.state != row->state || verdict.exit_code != row->code ||
        verdict.limits != row->limits || strcmp(verdict.reason, row->say) != 0)
        fail_msg("%s: state %d, code %u, limits %#x: %s", row->name, (int)verdict.state,
                 verdict.exit_code, verdict.limits, verdict.reason);
    assert_int_equal(verdict.memory_bytes, 64 << 20); /* not what it says */
}

static void test_ends(void **)
{
    for (size_t i = 0; i < VC_COUNT(end_rows); i++)
        check_end(&end_rows[i]);
}

static void test_end_cut(void **)
{
    struct vc_verdict_case scene = the_case(0, false);
    struct vc_worker_end end = {.kind = VC_WORKER_END, .reason = VC_END_EXITED};
    uint8_t packet[sizeof(end) + 201] = {};
    struct vc_verdict verdict;

    memcpy(packet, &end, sizeof(end));
    for (size_t size = 0; size < sizeof(end); size++) {
        assert_int_equal(
            vc_verdict_of_end(&scene, (struct vc_bytes){packet, size}, &verdict, nullptr),
            VC_MALFORMED);
    }
    end.reason = VC_END_REFUSED;
    memcpy(packet, &end, sizeof(end));
    memset(packet + sizeof(end), 'x', 201);
    assert_int_equal(
        vc_verdict_of_end(&scene, (struct vc_bytes){packet, sizeof(packet) - 1}, &verdict, nullptr),
        VC_OK);
    assert_int_equal(
        vc_verdict_of_end(&scene, (struct vc_bytes){packet, sizeof(packet)}, &verdict, nullptr),
        VC_MALFORMED);
}

static const struct death_row {
    const char *name;
    struct vc_child_end end;
    uint32_t limits;
    const char *say;
} death_rows[] = {
    {"processor time",
     {true, SIGXCPU, 10000000, 0},
     VC_RUN_LIMIT_CPU,
     "limits.cpu_seconds: more than 10"},
    {"processor time, killed",
     {true, SIGKILL, 10000000, 0},
     VC_RUN_LIMIT_CPU,
     "limits.cpu_seconds: more than 10"},
    {"killed", {true, SIGKILL, 9999999, 0}, 0, "the worker was ended by signal 9"},
    {"crash",
     {true, SIGSEGV, 1, 0},
     0,
     "crashed: stack overflow (limits.stack_kib: 1024), or a fault"},
    {"system call", {true, SIGSYS, 1, 0}, 0, "the worker tried a forbidden system call"},
    {"status", {false, 3, 1, 0}, 0, "the worker ended with status 3"},
};

static void test_deaths(void **)
{
    struct vc_verdict_case scene = the_case(0, true);

    for (size_t i = 0; i < VC_COUNT(death_rows); i++) {
        struct vc_verdict verdict;

        vc_verdict_of_death(&scene, &death_rows[i].end, &verdict);
        if (verdict.state != VC_RUN_FAILED || verdict.limits != death_rows[i].limits ||
            strcmp(verdict.reason, death_rows[i].say) != 0)
            fail_msg("%s: %#x %s", death_rows[i].name, verdict.limits, verdict.reason);
    }
}

static void test_limits(void **)
{
    struct vc_verdict_case scene = the_case(VC_RUN_LIMIT_PROCESSES, true);
    struct vc_verdict verdict;

    vc_verdict_of_limit(&scene, VC_RUN_LIMIT_WALL, &verdict);
    assert_int_equal(verdict.limits, VC_RUN_LIMIT_WALL | VC_RUN_LIMIT_PROCESSES);
    assert_string_equal(verdict.reason, "limits.wall_seconds: more than 20");
    for (uint32_t limit = 1; limit <= VC_RUN_LIMIT_PROCESSES; limit <<= 1)
        assert_non_null(vc_run_limit_name((enum vc_run_limit)limit));
    assert_null(vc_run_limit_name((enum vc_run_limit)(VC_RUN_LIMIT_PROCESSES << 1)));
    assert_null(vc_run_limit_name((enum vc_run_limit)0));
}

static void test_memory(void **)
{
    assert_int_equal(vc_verdict_memory(&program, 65535), 0);
    assert_int_equal(vc_verdict_memory(&program, 65536), 65536);
    assert_int_equal(vc_verdict_memory(&program, 131071), 65536);
    assert_int_equal(vc_verdict_memory(&program, UINT64_MAX), 64 << 20);
}

static void test_traces(void **)
{
    static const struct {
        const char *name, *text;
        enum vc_code code;
    } rows[] = {
        {"a call", "fd_write(1, \"a\\x1b\") = 0 SUCCESS", VC_OK},
        {"nothing", "", VC_OK},
        {"an order to a terminal", "\x1b[2J", VC_MALFORMED},
        {"two lines", "a\nb", VC_MALFORMED},
        {"the same order in UTF-8",
         "\xc2\x9b"
         "2J",
         VC_MALFORMED},
    };
    uint8_t packet[2000] = {};
    char line[VC_VERDICT_LINE_MAX];

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        size_t size = strlen(rows[i].text);

        memcpy(packet + 4, rows[i].text, size);
        if (vc_verdict_trace((struct vc_bytes){packet, 4 + size}, line) != rows[i].code ||
            (rows[i].code == VC_OK && strcmp(line, rows[i].text) != 0))
            fail_msg("%s", rows[i].name);
    }
    memset(packet, 'a', sizeof(packet));
    assert_int_equal(vc_verdict_trace((struct vc_bytes){packet, 4 + 1023}, line), VC_OK);
    assert_int_equal(vc_verdict_trace((struct vc_bytes){packet, 4 + 1024}, line), VC_MALFORMED);
    assert_int_equal(vc_verdict_trace((struct vc_bytes){packet, 3}, line), VC_MALFORMED);
}

static void test_what_others_are_told(void **)
{
    static const struct {
        struct vc_verdict verdict;
        const char *told;
    } rows[] = {
        {{.state = VC_RUN_EXITED}, "run 3 of macd: exited with 0"},
        {{.state = VC_RUN_EXITED, .exit_code = 255}, "run 3 of macd: exited with 255"},
        {{.state = VC_RUN_EXITED, .exit_code = 1, .reason = "limits.memory_mib: more than 64"},
         "run 3 of macd: exited with 1; limits.memory_mib: more than 64"},
        {{.state = VC_RUN_FAILED, .reason = "trap: unreachable"},
         "run 3 of macd: trap: unreachable"},
        {{.state = VC_RUN_KILLED, .reason = "killed by bank"}, "run 3 of macd: killed by bank"},
    };
    struct vc_verdict longest = {.state = VC_RUN_FAILED};
    char told[VC_VERDICT_TOLD_MAX];

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_verdict_tell(&rows[i].verdict, 3, "macd", told);
        assert_string_equal(told, rows[i].told);
    }
    memset(longest.reason, 'x', sizeof(longest.reason) - 1);
    vc_verdict_tell(&longest, UINT64_MAX, "macd", told);
    assert_int_equal(strlen(told), sizeof(told) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_end_cut),
        cmocka_unit_test(test_deaths),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_traces),
        cmocka_unit_test(test_what_others_are_told),
    };

    return cmocka_run_group_tests_name("verdict", tests, nullptr, nullptr);
}
