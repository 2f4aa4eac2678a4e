/* SPDX-License-Identifier: MIT */

#include "runtime/runs.h"

#include <stdlib.h>
#include <string.h>

#include "abi/worker.h"
#include "runtime/background.h"
#include "runtime/clock.h"
#include "runtime/narrow.h"
#include "runtime/origin.h"
#include "runtime/record.h"
#include "runtime/run_internal.h"

static constexpr unsigned SPARE_FAILURES_MAX =
    3; /* workers in a row that died before they were ready */

/* Starting a process takes as long as a short run: the next worker is started when such a run is
 * over. */
static constexpr uint64_t SPARE_DELAY_MS = 2;

/* The worker that waits for the next run. */
struct spare {
    struct vc_child *child;
    struct vc_timer *timer; /* until the next one is started */
    bool ready;
    unsigned failures;
};

struct vc_runs {
    struct vc_runs_context context;
    struct vc_narrower_watcher narrowed;
    struct vc_compile_cache *cache;
    struct vc_image image; /* of the worker */
    struct vc_background *loading;
    enum vc_code load_code;
    struct vc_err load_err;
    struct spare spare;
    struct vc_run *first, *last; /* all that are kept, oldest first */
    size_t kept_count;           /* in that list */
    size_t waiting_count;        /* of them not over */
    size_t active_count;         /* of them with a worker */
    bool assigning, assign_again;
    uint64_t next_id;
    uint32_t started;
    uint32_t *started_of; /* by program */
};

static void assign_workers(struct vc_runs *runs);
static void on_narrowed(void *user, const struct vc_narrowed *narrowed);

const char *vc_run_state_name(enum vc_run_state state)
{
    static const char *const names[] = {
        [VC_RUN_QUEUED] = "queued", [VC_RUN_COMPILING] = "compiling", [VC_RUN_RUNNING] = "running",
        [VC_RUN_EXITED] = "exited", [VC_RUN_FAILED] = "failed",       [VC_RUN_KILLED] = "killed",
    };

    return names[state];
}

bool vc_run_is_over(enum vc_run_state state)
{
    return state >= VC_RUN_EXITED;
}

struct vc_loop *vc_runs_loop(const struct vc_runs *runs)
{
    return runs->context.children->loop;
}

const struct vc_policy *vc_runs_policy(const struct vc_runs *runs)
{
    return runs->context.policy;
}

struct vc_keys *vc_runs_keys(const struct vc_runs *runs)
{
    return runs->context.keys;
}

struct vc_narrower *vc_runs_narrower(const struct vc_runs *runs)
{
    return runs->context.narrower;
}

struct vc_tree *vc_runs_tree(const struct vc_runs *runs)
{
    return runs->context.tree;
}

struct vc_record *vc_runs_record(const struct vc_runs *runs)
{
    return runs->context.record;
}

bool vc_runs_traces(const struct vc_runs *runs)
{
    return runs->context.trace != nullptr;
}

void vc_runs_trace(const struct vc_runs *runs, const char *line)
{
    runs->context.trace(runs->context.trace_user, line);
}

static void load_work(void *user)
{
    struct vc_runs *runs = user;

    runs->load_code = vc_image_load(runs->context.manifest, VC_IMAGE_WORKER, runs->context.files,
                                    &runs->image, &runs->load_err);
}

static void load_done(void *user)
{
    struct vc_runs *runs = user;

    runs->loading = nullptr;
    assign_workers(runs);
}

static void on_spare_packet(void *user, struct vc_bytes packet)
{
    struct vc_runs *runs = user;
    struct vc_worker_ready ready;

    if (packet.size == sizeof(ready)) {
        memcpy(&ready, packet.data, sizeof(ready));
        runs->spare.ready = ready.kind == VC_WORKER_READY;
    }
    if (!runs->spare.ready) {
        vc_child_kill(runs->spare.child);
        return;
    }
    runs->spare.failures = 0;
    assign_workers(runs);
}

static void on_spare_end(void *user, const struct vc_child_end *)
{
    struct vc_runs *runs = user;

    vc_child_abandon(runs->spare.child);
    runs->spare.child = nullptr;
    /* One that was killed while it waited says nothing about the next. */
    runs->spare.failures = runs->spare.ready ? 0 : runs->spare.failures + 1;
    runs->spare.ready = false;
    assign_workers(runs);
}

static const struct vc_child_events spare_events = {.on_packet = on_spare_packet,
                                                    .on_end = on_spare_end};

/* Runs of this principal that are not over, or of those the ones with a worker. */
static size_t count_of(const struct vc_runs *runs, size_t principal, bool with_worker)
{
    size_t count = 0;

    for (const struct vc_run *run = runs->first; run != nullptr; run = run->next) {
        count += run->status.principal == principal && !vc_run_is_over(run->status.state) &&
                 (run->started || !with_worker);
    }
    return count;
}

/* Runs of this program that have a worker. */
static size_t processes_of(const struct vc_runs *runs, size_t program)
{
    size_t count = 0;

    for (const struct vc_run *run = runs->first; run != nullptr; run = run->next)
        count += run->status.program == program && run->started;
    return count;
}

/* Has as many siblings at work as limits.processes lets there be; and says so. */
static bool waits_for_sibling(const struct vc_runs *runs, struct vc_run *run)
{
    if (processes_of(runs, run->status.program) < vc_run_limits(run).processes)
        return false;
    run->status.limits |= VC_RUN_LIMIT_PROCESSES;
    return true;
}

static struct vc_run *next_queued(const struct vc_runs *runs)
{
    for (struct vc_run *run = runs->first; run != nullptr; run = run->next) {
        if (run->status.state == VC_RUN_QUEUED && run->code != nullptr && !run->ended &&
            !waits_for_sibling(runs, run) &&
            count_of(runs, run->status.principal, true) < VC_RUNS_ACTIVE_OF_ONE_MAX)
            return run;
    }
    return nullptr;
}

/* A run at work whose worker waits for its key store. Each has one at most, so that there are never
 * more children than two for each of VC_RUNS_ACTIVE_MAX. */
static struct vc_run *next_without_store(const struct vc_runs *runs)
{
    for (struct vc_run *run = runs->first; run != nullptr; run = run->next) {
        if (run->started && !run->ended && run->store.state == VC_RUN_STORE_WANTED)
            return run;
    }
    return nullptr;
}

static void fail_waiting(struct vc_runs *runs, const char *reason)
{
    struct vc_run *run = next_without_store(runs);

    while (run != nullptr) {
        vc_run_fail(run, VC_RUN_FAILED, reason);
        run = next_without_store(runs);
    }
    run = next_queued(runs);
    while (run != nullptr) {
        vc_run_fail(run, VC_RUN_FAILED, reason);
        run = next_queued(runs);
    }
}

static void start_spare(struct vc_runs *runs)
{
    struct vc_child_order order = {.siblings = runs->context.children,
                                   .image = &runs->image,
                                   .name = "veracruz-worker",
                                   .events = &spare_events,
                                   .user = runs};
    struct vc_err err = {};

    vc_timer_cancel(runs->spare.timer);
    runs->spare.timer = nullptr;
    if (runs->spare.child != nullptr)
        return;
    if (vc_child_start(&order, &runs->spare.child, &err) != VC_OK)
        fail_waiting(runs, err.text);
}

static void on_spare_timer(void *user)
{
    struct vc_runs *runs = user;

    runs->spare.timer = nullptr;
    start_spare(runs);
}

static void start_spare_soon(struct vc_runs *runs)
{
    if (vc_loop_after(runs->context.children->loop, SPARE_DELAY_MS, on_spare_timer, runs,
                      &runs->spare.timer, nullptr) != VC_OK)
        start_spare(runs);
}

/* The spare is a run's now. */
static struct vc_child *take_spare(struct vc_runs *runs)
{
    struct vc_child *child = runs->spare.child;

    runs->spare = (struct spare){};
    start_spare_soon(runs);
    return child;
}

/* Gives the waiting worker to a run that needs one: first to those at work that need a key store,
 * since others may wait for their end, then to the oldest that is queued. */
static void give_spare(struct vc_runs *runs)
{
    struct vc_run *run = next_without_store(runs);

    if (!runs->spare.ready)
        return;
    if (run != nullptr) {
        vc_run_store_begin(run, take_spare(runs));
        return;
    }
    run = next_queued(runs);
    if (run != nullptr && runs->active_count < VC_RUNS_ACTIVE_MAX) {
        runs->active_count++;
        vc_run_begin(run, take_spare(runs));
    }
}

/* Gives the waiting worker to who needs one, and sees to the next worker. */
static void assign_once(struct vc_runs *runs)
{
    if (runs->image.count == 0) {
        if (runs->loading == nullptr)
            fail_waiting(runs, runs->load_err.text);
        return;
    }
    if (runs->spare.failures >= SPARE_FAILURES_MAX) {
        fail_waiting(runs, "no worker starts on this machine: see `veracruz doctor`");
        return; /* the next run that is started tries again */
    }
    give_spare(runs);
    if (next_without_store(runs) != nullptr || next_queued(runs) != nullptr ||
        runs->spare.timer == nullptr)
        start_spare(runs);
}

void vc_runs_want_store(struct vc_runs *runs)
{
    runs->spare.failures = 0;
    assign_workers(runs);
}

/* A run that fails at once comes back here by vc_runs_over: that is for the next turn of this loop.
 */
static void assign_workers(struct vc_runs *runs)
{
    runs->assign_again = true;
    if (runs->assigning)
        return;
    runs->assigning = true;
    while (runs->assign_again) {
        runs->assign_again = false;
        assign_once(runs);
    }
    runs->assigning = false;
}

enum vc_code vc_runs_new(const struct vc_runs_context *context, struct vc_runs **runs,
                         struct vc_err *err)
{
    vc_cleanup(vc_runs_freep) struct vc_runs *made = calloc(1, sizeof(*made));
    struct vc_compile_context compile = {.children = context->children,
                                         .policy = context->policy,
                                         .manifest = context->manifest,
                                         .files = context->files};
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->context = *context;
    made->next_id = 1;
    made->started_of = calloc(context->policy->program_count + 1, sizeof(*made->started_of));
    if (made->started_of == nullptr)
        return vc_fail_memory(err);
    code = vc_compile_cache_new(&compile, &made->cache, err);
    if (code == VC_OK) {
        code = vc_background_start(context->children->loop, load_work, load_done, made,
                                   &made->loading, err);
    }
    if (code != VC_OK)
        return code;
    made->narrowed = (struct vc_narrower_watcher){.changed = on_narrowed, .user = made};
    vc_narrower_watch(context->narrower, &made->narrowed);
    *runs = vc_take(made);
    return VC_OK;
}

static void free_run(struct vc_run *run)
{
    if (run->compiling)
        vc_compile_leave(run->runs->cache, run->status.program, &run->compiled);
    vc_run_release(run);
    free(run);
}

void vc_runs_free(struct vc_runs *runs)
{
    if (runs == nullptr)
        return;
    vc_narrower_unwatch(runs->context.narrower, &runs->narrowed);
    vc_background_cancel(runs->loading);
    while (runs->first != nullptr) {
        struct vc_run *run = runs->first;

        runs->first = run->next;
        free_run(run);
    }
    vc_timer_cancel(runs->spare.timer);
    vc_child_abandon(runs->spare.child);
    vc_compile_cache_free(runs->cache);
    vc_image_done(&runs->image);
    free(runs->started_of);
    free(runs);
}

void vc_runs_prepare(struct vc_runs *runs, size_t program, struct vc_blob *module)
{
    vc_compile_prepare(runs->cache, program, module);
}

static struct vc_run *find(const struct vc_runs *runs, uint64_t id)
{
    struct vc_run *run = runs->first;

    while (run != nullptr && run->status.id != id)
        run = run->next;
    return run;
}

/* Drops the oldest runs that are over, beyond the number that is kept. */
static void forget_old(struct vc_runs *runs)
{
    struct vc_run **link = &runs->first;
    struct vc_run *previous = nullptr;

    while (runs->kept_count > VC_RUNS_KEPT_MAX && *link != nullptr) {
        struct vc_run *run = *link;

        if (!vc_run_is_over(run->status.state)) {
            previous = run;
            link = &run->next;
            continue;
        }
        *link = run->next;
        if (runs->last == run)
            runs->last = previous;
        runs->kept_count--;
        free_run(run);
    }
}

static void on_compiled(void *user, struct vc_blob *code, const char *reason)
{
    struct vc_run *run = user;

    run->compiling = false;
    if (code == nullptr) {
        vc_run_fail(run, VC_RUN_FAILED, reason);
        return;
    }
    run->code = vc_blob_ref(code);
    run->status.state = VC_RUN_QUEUED;
    vc_runs_changed(run->runs, run);
    assign_workers(run->runs);
}

/* The module and what is pinned are what the policy names: on to the code. */
static void on_checked(void *user, const char *reason)
{
    struct vc_run *run = user;
    struct vc_runs *runs = run->runs;

    run->digests = nullptr;
    if (reason != nullptr) {
        vc_run_fail(run, VC_RUN_FAILED, reason);
        return;
    }
    if (vc_run_program(run)->strategy == VC_STRATEGY_INTERPRET) {
        run->code = vc_blob_ref(run->module);
        assign_workers(runs);
        return;
    }
    run->status.state = VC_RUN_COMPILING;
    run->compiling = true;
    vc_runs_changed(runs, run);
    vc_compile_await(runs->cache, run->status.program, run->module, &run->compiled);
}

static void check_digests(struct vc_run *run)
{
    const struct vc_digests_order order = {.loop = vc_runs_loop(run->runs),
                                           .policy = vc_runs_policy(run->runs),
                                           .program = run->status.program,
                                           .tree = run->runs->context.tree,
                                           .done = on_checked,
                                           .user = run};
    struct vc_err err = {};

    if (vc_digests_check(&order, &run->digests, &err) != VC_OK)
        vc_run_fail(run, VC_RUN_FAILED, err.text);
}

static void on_streams_broken(void *user, const char *reason)
{
    vc_run_fail(user, VC_RUN_FAILED, reason);
}

static enum vc_code open_stream(void *user, size_t stream, bool produces,
                                struct vc_view_stream *opened, struct vc_err *err)
{
    return vc_run_streams_open(user, stream, produces, opened, err);
}

/* Those that are standard streams are the run's from now on, though it may wait for its turn: who
 * starts it hears at once if they cannot be. */
static enum vc_code take_streams(struct vc_run *run, struct vc_err *err)
{
    const struct vc_runs_context *context = &run->runs->context;
    const struct vc_run_streams_order order = {.loop = context->children->loop,
                                               .force = run->force,
                                               .streams = context->streams,
                                               .program = run->status.program,
                                               .broken = on_streams_broken,
                                               .user = run};
    enum vc_code code;

    if (!vc_run_streams_wanted(run->force, run->status.program))
        return VC_OK;
    code = vc_run_streams_new(&order, &run->streams, err);
    if (code != VC_OK)
        return code;
    vc_view_set_streams(run->view, open_stream, run->streams);
    return vc_run_streams_bind(run->streams, err);
}

static enum vc_code make_run(struct vc_runs *runs, const struct vc_run_start *start,
                             struct vc_run **made, struct vc_err *err)
{
    const struct vc_policy *policy = runs->context.policy;
    size_t program = start->program;
    const struct vc_node *module = vc_tree_find(runs->context.tree, policy->programs[program].path);
    struct vc_run *run;
    enum vc_code code;

    if (module == nullptr || module->kind != VC_NODE_IS_FILE) {
        return vc_fail(err, VC_NOT_FOUND, "%s: the program is not there yet",
                       policy->programs[program].path);
    }
    run = calloc(1, sizeof(*run));
    if (run == nullptr)
        return vc_fail_memory(err);
    run->runs = runs;
    run->started_us = vc_clock_us();
    run->status = (struct vc_run_status){.program = program,
                                         .principal = start->principal,
                                         .pipeline = start->pipeline,
                                         .stage = start->stage};
    run->compiled = (struct vc_compile_waiter){.done = on_compiled, .user = run};
    code = vc_force_new_within(vc_narrower_force(runs->context.narrower), start->stage, &run->force,
                               err);
    if (code == VC_OK)
        code = vc_view_new(run->force, program, runs->context.tree, &run->view, err);
    if (code == VC_OK)
        code = take_streams(run, err);
    if (code != VC_OK) {
        free_run(run);
        return code;
    }
    vc_run_policy_begin(run);
    run->module = vc_blob_ref(module->blob);
    *made = run;
    return VC_OK;
}

/* It is about to start: written down, or it does not. */
static enum vc_code note_run(struct vc_runs *runs, struct vc_run *run, struct vc_err *err)
{
    const struct vc_record_run started = {.id = runs->next_id,
                                          .principal = run->status.principal,
                                          .program = run->status.program,
                                          .pipeline = run->status.pipeline,
                                          .stage = run->status.stage};
    enum vc_code code = vc_record_run(runs->context.record, &started, err);

    if (code != VC_OK)
        free_run(run);
    return code;
}

static void append_run(struct vc_runs *runs, struct vc_run *run)
{
    run->status.id = runs->next_id++;
    vc_view_set_origin(run->view, vc_origin_of_run(run->status.program, run->status.id));
    if (runs->last != nullptr) {
        runs->last->next = run;
    } else {
        runs->first = run;
    }
    runs->last = run;
    runs->kept_count++;
    runs->waiting_count++;
    forget_old(runs);
}

/* Who may start a pipeline may start what is in it. */
static enum vc_code decide_start(const struct vc_runs *runs, const struct vc_run_start *start,
                                 struct vc_err *err)
{
    const struct vc_force *force = vc_narrower_force(runs->context.narrower);
    uint32_t count = runs->started_of[start->program];

    if (start->stage != nullptr)
        return vc_force_decide_start(force, start->program, count, err);
    return vc_force_decide_run(force, start->principal, start->program, count, err);
}

/* What the rules refuse is written down: here, unless who asked is told that he has no right, which
 * is written down with the answer. */
static enum vc_code check_rules(const struct vc_runs *runs, const struct vc_run_start *start,
                                struct vc_err *err)
{
    const char *place = start->stage != nullptr ? "/v1/pipelines" : "/v1/runs";
    struct vc_err why = {};
    enum vc_code code = decide_start(runs, start, &why);

    if (code == VC_OK)
        code = vc_gate_check(runs->context.gate, start->program, start->stage, &why);
    if (code == VC_OK)
        return VC_OK;
    if (code != VC_REFUSED || start->stage != nullptr)
        vc_record_refusal(runs->context.record, start->principal, "POST", place, why.text);
    return vc_fail(err, code, "%s", why.text);
}

enum vc_code vc_runs_start(struct vc_runs *runs, const struct vc_run_start *start, uint64_t *id,
                           struct vc_err *err)
{
    size_t principal = start->principal;
    size_t program = start->program;
    struct vc_run *run = nullptr;
    enum vc_code code = check_rules(runs, start, err);

    if (code == VC_OK && runs->waiting_count >= VC_RUNS_WAITING_MAX)
        return vc_fail(err, VC_LIMIT, "at most %zu runs at once", VC_RUNS_WAITING_MAX);
    if (code == VC_OK && count_of(runs, principal, false) >= VC_RUNS_WAITING_OF_ONE_MAX) {
        return vc_fail(err, VC_LIMIT, "at most %zu runs of one principal at once",
                       VC_RUNS_WAITING_OF_ONE_MAX);
    }
    /* Each run that waits sees the files as they were when it was started, and so holds them. */
    if (code == VC_OK &&
        vc_tree_held_bytes(runs->context.tree) > 2 * runs->context.policy->storage.bytes) {
        return vc_fail(err, VC_LIMIT,
                       "storage.bytes: replaced files that runs and downloads still hold have "
                       "taken the room");
    }
    if (code == VC_OK)
        code = vc_record_check_run(runs->context.record, principal, program, err);
    if (code == VC_OK)
        code = make_run(runs, start, &run, err);
    if (code == VC_OK)
        code = note_run(runs, run, err);
    if (code != VC_OK)
        return code;
    runs->spare.failures = 0;
    runs->started++;
    runs->started_of[program]++;
    vc_gate_charge(runs->context.gate, program, start->stage);
    append_run(runs, run);
    *id = run->status.id;
    check_digests(run);
    return VC_OK;
}

static struct vc_run_status status_of(const struct vc_run *run)
{
    struct vc_run_status status = run->status;

    if (!vc_run_is_over(status.state))
        status.wall_us = vc_clock_us() - run->started_us;
    return status;
}

bool vc_runs_status(const struct vc_runs *runs, uint64_t id, struct vc_run_status *status)
{
    const struct vc_run *run = find(runs, id);

    if (run != nullptr)
        *status = status_of(run);
    return run != nullptr;
}

void vc_runs_each(const struct vc_runs *runs,
                  void (*visit)(void *user, const struct vc_run_status *status), void *user)
{
    for (const struct vc_run *run = runs->first; run != nullptr; run = run->next) {
        struct vc_run_status status;

        if (vc_runs_status(runs, run->status.id, &status))
            visit(user, &status);
    }
}

enum vc_code vc_runs_kill(struct vc_runs *runs, uint64_t id, const char *reason, struct vc_err *err)
{
    struct vc_run *run = find(runs, id);

    if (run == nullptr)
        return vc_fail(err, VC_NOT_FOUND, "run %ju: no such run", (uintmax_t)id);
    if (vc_run_is_over(run->status.state))
        return vc_fail(err, VC_STATE, "run %ju is over", (uintmax_t)id);
    vc_run_fail(run, VC_RUN_KILLED, reason);
    return VC_OK;
}

uint32_t vc_runs_started(const struct vc_runs *runs)
{
    return runs->started;
}

uint32_t vc_runs_started_of(const struct vc_runs *runs, size_t program)
{
    return runs->started_of[program];
}

/* Runs that are over stay in the list, and none is added meanwhile. */
static void on_narrowed(void *user, const struct vc_narrowed *narrowed)
{
    struct vc_runs *runs = user;

    vc_streams_narrowed(runs->context.streams);
    for (struct vc_run *run = runs->first; run != nullptr; run = run->next) {
        const struct vc_subject program = {VC_SUBJECT_PROGRAM, run->status.program};
        bool own = !narrowed->by_container && narrowed->run == run->status.id &&
                   vc_policy_same_subject(narrowed->who, program);

        if (!vc_run_is_over(run->status.state))
            vc_run_recheck(run, own ? nullptr : &narrowed->narrowing);
    }
}

void vc_runs_over(struct vc_runs *runs, struct vc_run *run)
{
    if (run->compiling)
        vc_compile_leave(runs->cache, run->status.program, &run->compiled);
    run->compiling = false;
    runs->waiting_count--;
    if (run->started)
        runs->active_count--;
    run->started = false;
    vc_runs_changed(runs, run);
    run->watchers = nullptr;
    while (run->waiters != nullptr) {
        struct vc_run_waiter *waiter = run->waiters;

        run->waiters = waiter->next;
        waiter->ended(waiter->user, &run->status);
    }
    assign_workers(runs);
}

void vc_runs_await(struct vc_runs *runs, uint64_t id, struct vc_run_waiter *waiter)
{
    struct vc_run *run = find(runs, id);

    waiter->next = run->waiters;
    run->waiters = waiter;
}

void vc_runs_leave(struct vc_runs *runs, uint64_t id, struct vc_run_waiter *waiter)
{
    struct vc_run *run = find(runs, id);
    struct vc_run_waiter **link = run != nullptr ? &run->waiters : nullptr;

    while (link != nullptr && *link != nullptr && *link != waiter)
        link = &(*link)->next;
    if (link != nullptr && *link == waiter)
        *link = waiter->next;
}

void vc_runs_changed(struct vc_runs *, struct vc_run *run)
{
    struct vc_run_status status = status_of(run);
    struct vc_run_watcher *next;

    for (struct vc_run_watcher *watcher = run->watchers; watcher != nullptr; watcher = next) {
        next = watcher->next; /* it may leave while it is told */
        watcher->changed(watcher->user, &status);
    }
}

void vc_runs_watch(struct vc_runs *runs, uint64_t id, struct vc_run_watcher *watcher)
{
    struct vc_run *run = find(runs, id);

    watcher->next = run->watchers;
    run->watchers = watcher;
}

void vc_runs_unwatch(struct vc_runs *runs, uint64_t id, struct vc_run_watcher *watcher)
{
    struct vc_run *run = find(runs, id);
    struct vc_run_watcher **link = run != nullptr ? &run->watchers : nullptr;

    while (link != nullptr && *link != nullptr && *link != watcher)
        link = &(*link)->next;
    if (link != nullptr && *link == watcher)
        *link = watcher->next;
}
