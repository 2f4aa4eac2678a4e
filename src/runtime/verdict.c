/* SPDX-License-Identifier: MIT */

#include "runtime/verdict.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "abi/worker.h"
#include "base/utf8.h"

static constexpr uint32_t EXIT_CODE_MAX = 255;  /* what is above is told as this */
static constexpr uint64_t MEMORY_GRAIN = 65536; /* a page of WebAssembly */
static constexpr size_t TEXT_MAX = 200;         /* bytes of a worker's words */

/* ---- limits ---- */

/* The cause of a failure is the first of these that the run met. */
static const struct {
    enum vc_run_limit limit;
    const char *name;
} limits_by_weight[] = {
    {VC_RUN_LIMIT_CPU, "cpu_seconds"},       {VC_RUN_LIMIT_WALL, "wall_seconds"},
    {VC_RUN_LIMIT_STACK, "stack_kib"},       {VC_RUN_LIMIT_MEMORY, "memory_mib"},
    {VC_RUN_LIMIT_WRITTEN, "written_bytes"}, {VC_RUN_LIMIT_OUTPUT, "output_bytes"},
    {VC_RUN_LIMIT_FILE_SIZE, "file_bytes"},  {VC_RUN_LIMIT_FILES, "files"},
    {VC_RUN_LIMIT_STORAGE, "storage"},       {VC_RUN_LIMIT_OPEN_FILES, "open_files"},
    {VC_RUN_LIMIT_PROCESSES, "processes"},
};

const char *vc_run_limit_name(enum vc_run_limit limit)
{
    for (size_t i = 0; i < VC_COUNT(limits_by_weight); i++) {
        if (limits_by_weight[i].limit == limit)
            return limits_by_weight[i].name;
    }
    return nullptr;
}

/* Of what its worker says, each known limit; bits that mean nothing are nothing. */
static uint32_t limits_of_worker(uint32_t said)
{
    static const struct {
        enum vc_worker_limit said;
        enum vc_run_limit limit;
    } pairs[] = {
        {VC_MET_MEMORY, VC_RUN_LIMIT_MEMORY},         {VC_MET_STACK, VC_RUN_LIMIT_STACK},
        {VC_MET_OUTPUT, VC_RUN_LIMIT_OUTPUT},         {VC_MET_WRITTEN, VC_RUN_LIMIT_WRITTEN},
        {VC_MET_FILES_OPEN, VC_RUN_LIMIT_OPEN_FILES}, {VC_MET_FILE_SIZE, VC_RUN_LIMIT_FILE_SIZE},
    };
    uint32_t limits = 0;

    for (size_t i = 0; i < VC_COUNT(pairs); i++) {
        if ((said & pairs[i].said) != 0)
            limits |= pairs[i].limit;
    }
    return limits;
}

static void say_limit(const struct vc_verdict_case *run, enum vc_run_limit limit,
                      char reason[VC_RUN_REASON_MAX])
{
    const struct vc_limits *limits = &run->bounds;
    const struct {
        enum vc_run_limit limit;
        const char *before;
        uint64_t value;
        const char *after;
    } sentences[] = {
        {VC_RUN_LIMIT_CPU, "limits.cpu_seconds: more than ", limits->cpu_seconds, ""},
        {VC_RUN_LIMIT_WALL, "limits.wall_seconds: more than ", limits->wall_seconds, ""},
        {VC_RUN_LIMIT_STACK, "limits.stack_kib: stack overflow (", limits->stack_kib, ")"},
        {VC_RUN_LIMIT_MEMORY, "limits.memory_mib: more than ", limits->memory_mib, ""},
        {VC_RUN_LIMIT_WRITTEN, "limits.written_bytes: more than ", limits->written_bytes, ""},
        {VC_RUN_LIMIT_OUTPUT, "limits.output_bytes: more than ", limits->output_bytes, ""},
        {VC_RUN_LIMIT_FILE_SIZE, "storage.file_bytes: more than ", run->policy->storage.file_bytes,
         ""},
        {VC_RUN_LIMIT_FILES, "limits.files: more than ", limits->files, ""},
        {VC_RUN_LIMIT_STORAGE, "storage: more than ", run->policy->storage.bytes,
         " bytes, too many files, or a path too deep"},
        {VC_RUN_LIMIT_OPEN_FILES, "limits.open_files: more than ", limits->open_files, ""},
    };

    for (size_t i = 0; i < VC_COUNT(sentences); i++) {
        if (sentences[i].limit != limit)
            continue;
        (void)snprintf(reason, VC_RUN_REASON_MAX, "%s%ju%s", sentences[i].before,
                       (uintmax_t)sentences[i].value, sentences[i].after);
        return;
    }
    reason[0] = '\0';
}

/* A limit that was met is the likely cause of what came after it: it is named first. `words`: what
 * came, or "". */
static void explain(const struct vc_verdict_case *run, struct vc_verdict *verdict,
                    const char *words)
{
    uint32_t causes = verdict->limits & ~(uint32_t)VC_RUN_LIMIT_PROCESSES;
    size_t size;

    verdict->reason[0] = '\0';
    for (size_t i = 0; causes != 0 && i < VC_COUNT(limits_by_weight); i++) {
        if ((causes & limits_by_weight[i].limit) == 0)
            continue;
        say_limit(run, limits_by_weight[i].limit, verdict->reason);
        break;
    }
    size = strlen(verdict->reason);
    if (words[0] == '\0' || (verdict->limits & VC_RUN_LIMIT_STACK) != 0)
        return;
    (void)snprintf(verdict->reason + size, sizeof(verdict->reason) - size, "%s%s",
                   size > 0 ? "; " : "", words);
}

void vc_verdict_of_limit(const struct vc_verdict_case *run, enum vc_run_limit limit,
                         struct vc_verdict *verdict)
{
    *verdict = (struct vc_verdict){.state = VC_RUN_FAILED, .limits = run->limits | limit};
    say_limit(run, limit, verdict->reason);
}

uint64_t vc_verdict_memory(const struct vc_policy_program *program, uint64_t said)
{
    uint64_t most = (uint64_t)program->limits.memory_mib << 20;

    return (said < most ? said : most) & ~(MEMORY_GRAIN - 1);
}

/* ---- what the worker says ---- */

/* Traps that exist. */
static bool is_trap(struct vc_bytes text)
{
    static const char *const traps[] = {
        "cast failure",
        "expected shared memory",
        "function signature mismatch",
        "host function failed",
        "indirect call type mismatch",
        "instruction type mismatch",
        "integer divide by zero",
        "integer overflow",
        "invalid conversion to integer",
        "null reference",
        "out of bounds array access",
        "out of bounds memory access",
        "out of bounds table access",
        "reference type mismatch",
        "stack overflow",
        "unaligned atomic",
        "undefined element",
        "uninitialized element",
        "unreachable",
        "wrong instance address",
        "wrong instance index",
    };

    for (size_t i = 0; i < VC_COUNT(traps); i++) {
        if (text.size == strlen(traps[i]) && memcmp(text.data, traps[i], text.size) == 0)
            return true;
    }
    return false;
}

/* Signals of WASI by their numbers; null: no such signal. */
static const char *signal_name(uint32_t number)
{
    static const char *const names[] = {
        [1] = "hangup",
        [2] = "interrupt",
        [3] = "quit",
        [4] = "illegal instruction",
        [5] = "trap",
        [6] = "abort",
        [7] = "bus error",
        [8] = "arithmetic error",
        [9] = "kill",
        [10] = "user 1",
        [11] = "bad memory access",
        [12] = "user 2",
        [13] = "broken pipe",
        [14] = "alarm",
        [15] = "termination",
        [16] = "child",
        [17] = "continue",
        [18] = "stop",
        [19] = "terminal stop",
        [20] = "terminal input",
        [21] = "terminal output",
        [22] = "urgent data",
        [23] = "processor time",
        [24] = "file size",
        [25] = "virtual alarm",
        [26] = "profiling",
        [27] = "window",
        [28] = "poll",
        [29] = "power",
        [30] = "bad system call",
    };

    return number < VC_COUNT(names) ? names[number] : nullptr;
}

/* Other words than those of a trap count only from a worker that has seen nothing but the program:
 * while it loads that, which is when honest ones have something to say. */
static bool may_quote(const struct vc_verdict_case *run, uint32_t reason, struct vc_bytes text)
{
    return reason == VC_END_TRAPPED ? is_trap(text) : !run->told;
}

static enum vc_code say_words(const struct vc_verdict_case *run, const struct vc_worker_end *end,
                              struct vc_bytes text, char words[VC_RUN_REASON_MAX],
                              struct vc_err *err)
{
    static const char *const kinds[] = {[VC_END_TRAPPED] = "trap",
                                        [VC_END_REFUSED] = "module refused",
                                        [VC_END_FAILED] = "engine failed"};

    if (end->reason == VC_END_RAISED && signal_name(end->exit_code) != nullptr) {
        (void)snprintf(words, VC_RUN_REASON_MAX, "raised signal %u (%s)", end->exit_code,
                       signal_name(end->exit_code));
        return VC_OK;
    }
    if (end->reason >= VC_COUNT(kinds) || kinds[end->reason] == nullptr || !vc_utf8_valid(text) ||
        text.size > TEXT_MAX)
        return vc_fail(err, VC_MALFORMED, "worker: end out of form");
    if (may_quote(run, end->reason, text)) {
        (void)snprintf(words, VC_RUN_REASON_MAX, "%s: %.*s", kinds[end->reason], (int)text.size,
                       (const char *)text.data);
    } else {
        (void)snprintf(words, VC_RUN_REASON_MAX, "%s", kinds[end->reason]);
    }
    return VC_OK;
}

enum vc_code vc_verdict_of_end(const struct vc_verdict_case *run, struct vc_bytes packet,
                               struct vc_verdict *verdict, struct vc_err *err)
{
    struct vc_verdict made = {.state = VC_RUN_FAILED, .limits = run->limits};
    char words[VC_RUN_REASON_MAX] = "";
    struct vc_worker_end end;
    struct vc_bytes text;
    enum vc_code code = VC_OK;

    if (packet.size < sizeof(end))
        return vc_fail(err, VC_MALFORMED, "worker: end out of form");
    memcpy(&end, packet.data, sizeof(end));
    text = (struct vc_bytes){packet.data + sizeof(end), packet.size - sizeof(end)};
    made.limits |= limits_of_worker(end.limits);
    made.memory_bytes = vc_verdict_memory(&run->policy->programs[run->program], end.memory_bytes);
    if (end.reason == VC_END_EXITED) {
        made.state = VC_RUN_EXITED;
        made.exit_code = end.exit_code < EXIT_CODE_MAX ? end.exit_code : EXIT_CODE_MAX;
    } else {
        code = say_words(run, &end, text, words, err);
    }
    if (code != VC_OK)
        return code;
    if (made.state != VC_RUN_EXITED || made.exit_code != 0)
        explain(run, &made, words);
    *verdict = made;
    return VC_OK;
}

enum vc_code vc_verdict_trace(struct vc_bytes packet, char line[VC_VERDICT_LINE_MAX])
{
    size_t size;

    if (packet.size < sizeof(uint32_t) || packet.size - sizeof(uint32_t) >= VC_VERDICT_LINE_MAX)
        return VC_MALFORMED;
    size = packet.size - sizeof(uint32_t);
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = packet.data[sizeof(uint32_t) + i];

        if (byte < ' ' || byte > '~')
            return VC_MALFORMED;
        line[i] = (char)byte;
    }
    line[size] = '\0';
    return VC_OK;
}

void vc_verdict_tell(const struct vc_verdict *verdict, uint64_t id, const char *program,
                     char told[VC_VERDICT_TOLD_MAX])
{
    char end[32] = "";
    bool both;
    int size;

    if (verdict->state == VC_RUN_EXITED)
        (void)snprintf(end, sizeof(end), "exited with %u", verdict->exit_code);
    both = end[0] != '\0' && verdict->reason[0] != '\0';
    size = snprintf(told, VC_VERDICT_TOLD_MAX, "run %ju of %s: %s%s", (uintmax_t)id, program, end,
                    both ? "; " : "");
    if (size >= 0 && (size_t)size < VC_VERDICT_TOLD_MAX) {
        (void)snprintf(told + size, VC_VERDICT_TOLD_MAX - (size_t)size, "%.*s",
                       (int)(VC_VERDICT_TOLD_MAX - 1) - size, verdict->reason);
    }
}

void vc_verdict_of_death(const struct vc_verdict_case *run, const struct vc_child_end *end,
                         struct vc_verdict *verdict)
{
    const struct vc_limits *limits = &run->bounds;
    bool cpu_spent = end->cpu_us >= (uint64_t)limits->cpu_seconds * 1000000;
    char words[VC_RUN_REASON_MAX];

    if (end->signalled && (end->status == SIGXCPU || (end->status == SIGKILL && cpu_spent))) {
        vc_verdict_of_limit(run, VC_RUN_LIMIT_CPU, verdict);
        return;
    }
    if (end->signalled && end->status == SIGSEGV) {
        (void)snprintf(words, sizeof(words),
                       "crashed: stack overflow (limits.stack_kib: %u), or a fault",
                       limits->stack_kib);
    } else if (end->signalled && end->status == SIGSYS) {
        (void)snprintf(words, sizeof(words), "the worker tried a forbidden system call");
    } else if (end->signalled) {
        (void)snprintf(words, sizeof(words), "the worker was ended by signal %d", end->status);
    } else {
        (void)snprintf(words, sizeof(words), "the worker ended with status %d", end->status);
    }
    *verdict = (struct vc_verdict){.state = VC_RUN_FAILED, .limits = run->limits};
    explain(run, verdict, words);
}
