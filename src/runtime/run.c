/* SPDX-License-Identifier: MIT */

/* What happens to one run: the worker's calls and reports, limits, the end. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/worker.h"
#include "policy/decide.h"
#include "runtime/clock.h"
#include "runtime/policy_call.h"
#include "runtime/record.h"
#include "runtime/run_internal.h"

static constexpr uint64_t LOOK_MS = 100; /* between looks at what a run uses */
/* What is told of a run that goes on is no finer: it could be a channel. */
static constexpr uint64_t CPU_GRAIN_US = 10000;
static constexpr uint64_t BYTES_GRAIN = 65536;

const struct vc_policy_program *vc_run_program(const struct vc_run *run)
{
    return &vc_runs_policy(run->runs)->programs[run->status.program];
}

void vc_run_release(struct vc_run *run)
{
    vc_timer_cancel(run->deadline);
    run->deadline = nullptr;
    vc_timer_cancel(run->look);
    run->look = nullptr;
    vc_digests_cancel(run->digests);
    run->digests = nullptr;
    vc_child_abandon(run->worker);
    run->worker = nullptr;
    vc_run_store_release(run);
    vc_run_streams_free(run->streams);
    run->streams = nullptr;
    vc_view_free(run->view);
    run->view = nullptr;
    vc_force_free(run->force);
    run->force = nullptr;
    vc_buffer_done(&run->told_of.rights);
    run->told_of = (struct vc_query_memory){};
    free(run->meets);
    run->meets = nullptr;
    vc_blob_unref(run->code);
    run->code = nullptr;
    vc_blob_unref(run->module);
    run->module = nullptr;
}

static void on_deadline(void *user);

/* ---- the end ---- */

/* What was met so far. */
static uint32_t limits_met(const struct vc_run *run)
{
    return run->status.limits | vc_view_limits_met(run->view);
}

static bool ended_well(const struct vc_verdict *verdict)
{
    return verdict->state == VC_RUN_EXITED && verdict->exit_code == 0;
}

static bool may_publish(const struct vc_run *run)
{
    return run->started && !run->narrowed &&
           (ended_well(&run->verdict) || vc_run_program(run)->partial_outputs);
}

/* A run that had ended well has not. */
static void fail_after_all(struct vc_run *run, const char *reason)
{
    run->verdict.state = VC_RUN_FAILED;
    (void)snprintf(run->verdict.reason, sizeof(run->verdict.reason), "%.*s",
                   (int)VC_RUN_REASON_MAX - 1, reason);
}

/* Makes what the run wrote visible, whole. A run that had ended well fails with that. */
static void publish(struct vc_run *run)
{
    struct vc_err err = {};
    enum vc_code code = vc_view_commit(run->view, vc_runs_tree(run->runs), &err);

    run->status.published = code == VC_OK;
    run->verdict.limits |= limits_met(run);
    if (code == VC_OK || !ended_well(&run->verdict))
        return;
    /* VC_STATE speaks of paths, which are the program's words */
    fail_after_all(run, code == VC_STATE ? "outputs: not where files or directories stand by now"
                                         : err.text);
}

/* ---- its streams ---- */

/* The end is known. One that is not good is told to every party of the streams at once; one that
 * seems to be may turn out not to be. */
static void conclude_streams(struct vc_run *run)
{
    char told[VC_VERDICT_TOLD_MAX];
    struct vc_err err = {};

    if (run->streams == nullptr)
        return;
    if (ended_well(&run->verdict) && vc_run_streams_finish(run->streams, &err) != VC_OK)
        fail_after_all(run, err.text);
    if (ended_well(&run->verdict))
        return;
    vc_verdict_tell(&run->verdict, run->status.id, vc_run_program(run)->name, told);
    vc_run_streams_lose(run->streams, told);
}

/* What the run wrote has appeared, or not: so it is with what it produced. */
static void settle_streams(struct vc_run *run)
{
    char told[VC_VERDICT_TOLD_MAX];
    struct vc_err err = {};

    if (run->streams == nullptr)
        return;
    vc_verdict_tell(&run->verdict, run->status.id, vc_run_program(run)->name, told);
    if (!ended_well(&run->verdict)) {
        vc_run_streams_lose(run->streams, told);
    } else if (vc_run_streams_end(run->streams, told, &err) != VC_OK) {
        fail_after_all(run, err.text);
    }
}

/* ---- its keys ---- */

/* What the program has kept may not be kept with what other runs did: then the run has not ended
 * well, and nothing of it appears. */
static void check_keys(struct vc_run *run)
{
    struct vc_err err = {};

    if (run->store.change != nullptr && ended_well(&run->verdict) &&
        vc_keys_change_check(run->store.change, &err) != VC_OK)
        fail_after_all(run, err.text);
}

/* Nothing stands in the way: check_keys has just looked. */
static void settle_keys(struct vc_run *run)
{
    struct vc_err err = {};

    if (run->store.change != nullptr && ended_well(&run->verdict) &&
        vc_keys_change_commit(run->store.change, &err) != VC_OK)
        fail_after_all(run, err.text);
}

/* ---- the end of all ---- */

/* Of each stream that the program produces, whether or not this run opened it: how many entries
 * there are tells nothing. */
static void note_streams(const struct vc_run *run)
{
    const struct vc_policy *policy = vc_runs_policy(run->runs);
    const struct vc_subject who = {VC_SUBJECT_PROGRAM, run->status.program};

    for (size_t i = 0; run->streams != nullptr && i < policy->stream_count; i++) {
        const struct vc_run_stream_deeds *deeds = vc_run_streams_deeds(run->streams, i);
        const struct vc_record_run_use use = {.uses = deeds->uses,
                                              .last = {.stream = i,
                                                       .use = deeds->use,
                                                       .whole = deeds->whole,
                                                       .bytes = deeds->bytes,
                                                       .digest = deeds->digest,
                                                       .reason = deeds->reason}};

        if (vc_policy_same_subject(policy->streams[i].producer, who))
            vc_record_run_stream(vc_runs_record(run->runs), &run->status, &use);
    }
}

/* The run is over: its worker is dead, or holds nothing that matters. */
static void settle(struct vc_run *run)
{
    const struct vc_verdict *verdict = &run->verdict;

    run->status.output_bytes = vc_view_output_bytes(run->view);
    if (run->worker != nullptr && !run->dead)
        run->status.cpu_us = vc_child_cpu_us(run->worker);
    run->status.cpu_us += vc_run_store_cpu_us(run);
    check_keys(run); /* again: while the worker died, others may have kept theirs */
    if (may_publish(run))
        publish(run);
    settle_streams(run);
    settle_keys(run);
    if (verdict->memory_bytes != 0)
        run->status.memory_bytes = verdict->memory_bytes;
    run->status.state = verdict->state;
    run->status.exit_code = verdict->exit_code;
    run->status.limits |= verdict->limits | limits_met(run);
    (void)snprintf(run->status.reason, sizeof(run->status.reason), "%s", verdict->reason);
    run->status.wall_us = vc_clock_us() - run->started_us;
    note_streams(run);
    vc_record_run_over(vc_runs_record(run->runs), &run->status);
    vc_run_release(run);
    vc_runs_over(run->runs, run);
}

/* The end is known, and stays what it is. What is to appear is sealed first, which needs a worker
 * that is dead. */
static void conclude(struct vc_run *run, const struct vc_verdict *verdict)
{
    if (run->ended || vc_run_is_over(run->status.state))
        return;
    run->verdict = *verdict;
    run->ended = true;
    vc_run_store_end(run);
    check_keys(run);
    conclude_streams(run);
    if (may_publish(run) && !run->dead && vc_view_has_outputs(run->view)) {
        vc_child_kill(run->worker);
        return;
    }
    settle(run);
}

static struct vc_verdict_case case_of(const struct vc_run *run)
{
    return (struct vc_verdict_case){
        .policy = vc_runs_policy(run->runs),
        .program = run->status.program,
        .bounds = vc_run_limits(run),
        .limits = limits_met(run),
        .told = run->told,
    };
}

/* ---- when the policy in force changes ---- */

struct vc_limits vc_run_limits(const struct vc_run *run)
{
    return vc_force_limits(run->force, run->status.program);
}

static enum vc_code recheck(const struct vc_run *run, const struct vc_narrowing *narrowing,
                            struct vc_err *err)
{
    enum vc_code code = vc_force_decide_go_on(run->force, run->status.program, err);

    if (narrowing == nullptr || code != VC_OK)
        return code;
    code = vc_view_recheck(run->view, narrowing, err);
    if (code == VC_OK && run->streams != nullptr)
        code = vc_run_streams_recheck(run->streams, err);
    return code == VC_OK ? vc_run_store_recheck(run, err) : code;
}

static void set_deadline(struct vc_run *run)
{
    uint64_t end_us = run->begun_us + (uint64_t)vc_run_limits(run).wall_seconds * 1000000;
    uint64_t now_us = vc_clock_us();
    struct vc_err err = {};

    vc_timer_cancel(run->deadline);
    run->deadline = nullptr;
    if (vc_loop_after(vc_runs_loop(run->runs), end_us > now_us ? (end_us - now_us) / 1000 : 0,
                      on_deadline, run, &run->deadline, &err) != VC_OK)
        vc_run_fail(run, VC_RUN_FAILED, err.text);
}

void vc_run_recheck(struct vc_run *run, const struct vc_narrowing *narrowing)
{
    /* by which right, and where, would tell what the program did */
    static const char reason[] = "narrowed: it may not have any more what it had";

    if (narrowing == nullptr)
        vc_view_forgive(run->view);
    if (recheck(run, narrowing, nullptr) != VC_OK) {
        run->narrowed = true;
        if (run->ended) /* and has yet to appear */
            fail_after_all(run, reason);
        else
            vc_run_fail(run, VC_RUN_FAILED, reason);
    } else if (run->deadline != nullptr) {
        set_deadline(run);
    }
}

void vc_run_fail(struct vc_run *run, enum vc_run_state state, const char *reason)
{
    struct vc_verdict verdict = {.state = state};

    (void)snprintf(verdict.reason, sizeof(verdict.reason), "%.*s", (int)VC_RUN_REASON_MAX - 1,
                   reason);
    conclude(run, &verdict);
}

void vc_run_end_by_limit(struct vc_run *run, enum vc_run_limit limit)
{
    struct vc_verdict_case scene = case_of(run);
    struct vc_verdict verdict;

    vc_verdict_of_limit(&scene, limit, &verdict);
    conclude(run, &verdict);
}

/* ---- what the worker says ---- */

/* All that its key store said of its calls was said before. */
static void on_worker_end(struct vc_run *run, struct vc_bytes packet)
{
    struct vc_verdict_case scene;
    struct vc_verdict verdict;
    struct vc_err err = {};

    vc_run_store_hear(run);
    if (run->ended)
        return;
    scene = case_of(run);
    if (vc_verdict_of_end(&scene, packet, &verdict, &err) != VC_OK) {
        vc_run_fail(run, VC_RUN_FAILED, err.text);
    } else {
        conclude(run, &verdict);
    }
}

/* A worker that reports what the policy does not let it, or less than before, is not an honest one.
 */
static void on_worker_progress(struct vc_run *run, struct vc_bytes packet)
{
    struct vc_worker_progress progress = {};

    if (packet.size == sizeof(progress))
        memcpy(&progress, packet.data, sizeof(progress));
    if (!vc_run_program(run)->progress || packet.size != sizeof(progress) ||
        progress.percent > VC_WORKER_PERCENT_MAX ||
        (run->reported && progress.percent <= run->status.percent)) {
        vc_run_fail(run, VC_RUN_FAILED, "worker: progress out of form");
        return;
    }
    run->reported = true;
    run->status.percent = progress.percent;
    vc_runs_changed(run->runs, run);
}

static void on_worker_trace(struct vc_run *run, struct vc_bytes packet)
{
    char line[VC_VERDICT_LINE_MAX];

    if (!vc_runs_traces(run->runs) || vc_verdict_trace(packet, line) != VC_OK) {
        vc_run_fail(run, VC_RUN_FAILED, "worker: trace out of form");
        return;
    }
    vc_runs_trace(run->runs, line);
}

static void on_worker_call(struct vc_run *run, struct vc_bytes packet)
{
    struct vc_buffer answer = {};
    struct vc_err err = {};
    int fd = -1;
    enum vc_code code = vc_view_call(run->view, packet, &answer, &fd, &err);

    run->told = true;
    if (code == VC_MALFORMED) /* without the numbers that it chose */
        code = vc_fail(&err, VC_MALFORMED, "worker: call out of form");
    if (code == VC_OK) {
        struct vc_parcel parcel = {
            .head = vc_buffer_bytes(&answer), .fds = &fd, .fd_count = fd >= 0 ? 1 : 0};

        code = vc_child_send(run->worker, &parcel, &err);
    }
    vc_buffer_done(&answer);
    if (code != VC_OK && code != VC_CLOSED) /* a dead worker is told by its death */
        vc_run_fail(run, VC_RUN_FAILED, err.text);
}

static void on_packet(void *user, struct vc_bytes packet)
{
    struct vc_run *run = user;
    uint32_t kind = 0;

    if (vc_run_is_over(run->status.state) || run->ended)
        return; /* whatever it still says */
    if (packet.size >= sizeof(kind))
        memcpy(&kind, packet.data, sizeof(kind));
    if (kind == VC_WORKER_END) {
        on_worker_end(run, packet);
    } else if (kind == VC_WORKER_PROGRESS) {
        on_worker_progress(run, packet);
    } else if (kind == VC_WORKER_TRACE) {
        on_worker_trace(run, packet);
    } else if (vc_policy_call_is(packet)) {
        vc_run_policy_call(run, packet);
    } else if (vc_run_store_is_call(packet)) {
        run->told = true;
        vc_run_store_call(run);
    } else {
        on_worker_call(run, packet);
    }
}

static void on_end(void *user, const struct vc_child_end *end)
{
    struct vc_run *run = user;
    struct vc_verdict_case scene;
    struct vc_verdict verdict;

    run->status.cpu_us = end->cpu_us;
    run->dead = true;
    if (run->ended) {
        settle(run);
        return;
    }
    vc_run_store_hear(run);
    if (run->ended)
        return;
    scene = case_of(run);
    vc_verdict_of_death(&scene, end, &verdict);
    conclude(run, &verdict);
}

static const struct vc_child_events worker_events = {.on_packet = on_packet, .on_end = on_end};

/* ---- limits and usage ---- */

static void on_deadline(void *user)
{
    struct vc_run *run = user;

    run->deadline = nullptr;
    vc_run_end_by_limit(run, VC_RUN_LIMIT_WALL);
}

/* Memory that is the program's: what its worker and its key store have more than they had before.
 */
static void note_usage(struct vc_run *run)
{
    uint64_t memory = vc_child_memory_bytes(run->worker);
    uint64_t more = memory > run->worker_memory_bytes ? memory - run->worker_memory_bytes : 0;
    uint64_t cpu_us = vc_child_cpu_us(run->worker) + vc_run_store_cpu_us(run);
    uint64_t told = vc_verdict_memory(vc_run_program(run), more + vc_run_store_memory_bytes(run));

    run->status.cpu_us = cpu_us / CPU_GRAIN_US * CPU_GRAIN_US;
    run->status.output_bytes = vc_view_output_bytes(run->view) / BYTES_GRAIN * BYTES_GRAIN;
    if (told > run->status.memory_bytes)
        run->status.memory_bytes = told;
}

/* A worker keeps to limits.output_bytes by itself, unless the program has taken it over: then only
 * this stands between it and the machine's memory. An honest one may hold copies of what was
 * stored, too. */
static bool has_run_wild(const struct vc_run *run)
{
    uint64_t most = vc_run_limits(run).output_bytes + vc_runs_policy(run->runs)->storage.bytes;

    return vc_view_output_bytes(run->view) > most;
}

/* Each of the two is kept by the kernel to the limit that it had when it began; together, and to
 * one that was lowered since, they are by this. */
static bool has_spent_both(const struct vc_run *run)
{
    uint64_t most_us = (uint64_t)vc_run_limits(run).cpu_seconds * 1000000;
    uint64_t store_us = vc_run_store_cpu_us(run);

    bool kernel_knows = vc_run_limits(run).cpu_seconds == vc_run_program(run)->limits.cpu_seconds;

    return (store_us > 0 || !kernel_knows) && vc_child_cpu_us(run->worker) + store_us > most_us;
}

static void on_look(void *user)
{
    struct vc_run *run = user;
    struct vc_err err = {};

    run->look = nullptr;
    if (!run->ended && run->streams != nullptr)
        vc_run_streams_look(run->streams);
    if (run->ended)
        return;
    if (has_run_wild(run)) {
        vc_run_end_by_limit(run, VC_RUN_LIMIT_OUTPUT);
        return;
    }
    if (has_spent_both(run)) {
        vc_run_end_by_limit(run, VC_RUN_LIMIT_CPU);
        return;
    }
    if (vc_run_store_has_run_wild(run)) {
        vc_run_fail(run, VC_RUN_FAILED, "key store: more memory than keys can need");
        return;
    }
    note_usage(run);
    vc_runs_changed(run->runs, run);
    if (vc_loop_after(vc_runs_loop(run->runs), LOOK_MS, on_look, run, &run->look, &err) != VC_OK)
        vc_run_fail(run, VC_RUN_FAILED, err.text);
}

void vc_run_begin(struct vc_run *run, struct vc_child *worker)
{
    struct vc_err err = {};
    enum vc_code code;

    run->begun_us = vc_clock_us();
    run->started = true;
    run->worker = worker;
    run->worker_memory_bytes = vc_child_memory_bytes(worker);
    vc_child_redirect(worker, &worker_events, run);
    code = vc_run_order(run, &err);
    if (code == VC_OK)
        set_deadline(run);
    if (run->ended || vc_run_is_over(run->status.state))
        return;
    if (code == VC_OK)
        code = vc_loop_after(vc_runs_loop(run->runs), LOOK_MS, on_look, run, &run->look, &err);
    if (code != VC_OK) {
        vc_run_fail(run, VC_RUN_FAILED, err.text);
        return;
    }
    run->status.state = VC_RUN_RUNNING;
    vc_runs_changed(run->runs, run);
}
