/* SPDX-License-Identifier: MIT */

/* One run, between runs.c (who may start, who waits, which worker) and run.c (what happens to it).
 */

#ifndef VC_RUNTIME_RUN_INTERNAL_H
#define VC_RUNTIME_RUN_INTERNAL_H

#include "runtime/child.h"
#include "runtime/digests.h"
#include "runtime/run_streams.h"
#include "runtime/runs.h"
#include "runtime/verdict.h"
#include "runtime/view.h"

struct vc_run {
    struct vc_run_status status;
    struct vc_runs *runs;
    uint64_t started_us;
    struct vc_blob *module;
    struct vc_blob *code; /* what the worker loads: native code, or the module itself */
    struct vc_view *view;
    struct vc_run_streams *streams; /* null: its program has none */
    struct vc_child *worker;
    struct vc_timer *deadline;
    struct vc_timer *look;        /* at what it uses */
    struct vc_digests *digests;   /* of what the policy fixes, while they are checked */
    uint64_t worker_memory_bytes; /* what the worker had before it was told of the run */
    struct vc_compile_waiter compiled;
    struct vc_verdict verdict; /* once `ended` */
    bool compiling;            /* `compiled` waits */
    bool ended;                /* how is known; its worker has yet to die */
    bool dead;                 /* the worker is */
    bool reported;             /* some progress */
    bool told;                 /* the worker was told or given something that is not public */
    bool started;              /* it was given a worker, and counts as active */
    struct vc_run_watcher *watchers;
    struct vc_run_waiter *waiters;
    struct vc_run *next;
};

/* What runs.c offers to run.c. */
struct vc_loop *vc_runs_loop(const struct vc_runs *runs);
const struct vc_policy *vc_runs_policy(const struct vc_runs *runs);
struct vc_tree *vc_runs_tree(const struct vc_runs *runs);
/* Who hears what the program calls, outside of a container; false: nobody. */
[[nodiscard]] bool vc_runs_traces(const struct vc_runs *runs);
void vc_runs_trace(const struct vc_runs *runs, const char *line);
/* Tells those who watch the run that it changed. */
void vc_runs_changed(struct vc_runs *runs, struct vc_run *run);
/* Called when the run is over: tells who waits, and gives its place to the next. */
void vc_runs_over(struct vc_runs *runs, struct vc_run *run);

/* What run.c offers to runs.c. */

/* Gives the run a worker that is ready; takes the worker over. */
void vc_run_begin(struct vc_run *run, struct vc_child *worker);
/* Ends the run in this state. What it wrote is gone, unless the policy wants partial outputs: then
 * the run is over when its worker is dead and they have appeared. */
void vc_run_fail(struct vc_run *run, enum vc_run_state state, const char *reason);
/* Tells the worker what to run, and gives it what that needs. */
enum vc_code vc_run_order(struct vc_run *run, struct vc_err *err);
const struct vc_policy_program *vc_run_program(const struct vc_run *run);
/* Lets go of everything but the status. */
void vc_run_release(struct vc_run *run);

#endif
