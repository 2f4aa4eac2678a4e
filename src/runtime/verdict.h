/* SPDX-License-Identifier: MIT */

/* What the end of a worker says about its run: state, exit code, limits and a reason in words.
 * Pure.
 *
 * Who may execute a program hears all of this, and need not be allowed to read what the program
 * read; a worker that the program has taken over says what it likes. So what it says becomes one of
 * few things: known limits, traps and signals, and numbers within their bounds. */

#ifndef VC_RUNTIME_VERDICT_H
#define VC_RUNTIME_VERDICT_H

#include "policy/policy.h"
#include "runtime/child.h"
#include "runtime/runs.h"

struct vc_verdict {
    enum vc_run_state state;        /* VC_RUN_EXITED or VC_RUN_FAILED */
    uint32_t exit_code;             /* of VC_RUN_EXITED */
    uint32_t limits;                /* enum vc_run_limit: met */
    uint64_t memory_bytes;          /* high-water mark of linear memory; 0: not known */
    char reason[VC_RUN_REASON_MAX]; /* "" only if it exited, and with 0 or without a limit met */
};

/* The run that ended. */
struct vc_verdict_case {
    const struct vc_policy *policy;
    size_t program;
    struct vc_limits bounds; /* that it had */
    uint32_t limits;         /* enum vc_run_limit: what the runtime saw itself */
    bool told;               /* the worker had been told or given something that is not public */
};

/* From a VC_WORKER_END packet. VC_MALFORMED: no honest worker says that. */
enum vc_code vc_verdict_of_end(const struct vc_verdict_case *run, struct vc_bytes packet,
                               struct vc_verdict *verdict, struct vc_err *err);

/* From the death of a worker that had said nothing. */
void vc_verdict_of_death(const struct vc_verdict_case *run, const struct vc_child_end *end,
                         struct vc_verdict *verdict);

/* From a limit that the runtime itself ends runs by. */
void vc_verdict_of_limit(const struct vc_verdict_case *run, enum vc_run_limit limit,
                         struct vc_verdict *verdict);

/* From a VC_WORKER_TRACE packet, whose first four bytes say no more than that: a line of plain
 * ASCII, since it is shown on somebody's terminal. VC_MALFORMED: no honest worker says that. */
constexpr size_t VC_VERDICT_LINE_MAX = 1024;
enum vc_code vc_verdict_trace(struct vc_bytes packet, char line[VC_VERDICT_LINE_MAX]);

/* How this run of this program ended, for the other parties of its streams: "run 3 of macd: exited
 * with 1". They need not be allowed to execute it, and hear what who may does. */
constexpr size_t VC_VERDICT_TOLD_MAX = 256;
void vc_verdict_tell(const struct vc_verdict *verdict, uint64_t id, const char *program,
                     char told[VC_VERDICT_TOLD_MAX]);

/* Memory as it may be told of a run of this program: within the limit, and no finer than pages. */
uint64_t vc_verdict_memory(const struct vc_policy_program *program, uint64_t said);

#endif
