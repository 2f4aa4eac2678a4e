/* SPDX-License-Identifier: MIT */

/* One run, between runs.c (who may start, who waits, which worker) and run.c (what happens to it).
 */

#ifndef VC_RUNTIME_RUN_INTERNAL_H
#define VC_RUNTIME_RUN_INTERNAL_H

#include "runtime/child.h"
#include "runtime/runs.h"
#include "runtime/view.h"

struct vc_run {
    struct vc_run_status status;
    struct vc_runs *runs;
    uint64_t started_us;
    struct vc_blob *module;
    struct vc_blob *code; /* what the worker loads: native code, or the module itself */
    struct vc_view *view;
    struct vc_child *worker;
    struct vc_timer *deadline;
    struct vc_timer *look; /* at what it has written */
    struct vc_compile_waiter compiled;
    bool compiling; /* `compiled` waits */
    bool ended;     /* the worker said how the program ended */
    bool told;      /* the worker was told or given something that is not public */
    bool started;   /* it was given a worker, and counts as active */
    struct vc_run_waiter *waiters;
    struct vc_run *next;
};

/* What runs.c offers to run.c. */
struct vc_loop *vc_runs_loop(const struct vc_runs *runs);
const struct vc_policy *vc_runs_policy(const struct vc_runs *runs);
struct vc_tree *vc_runs_tree(const struct vc_runs *runs);
/* Called when the run is over: tells who waits, and gives its place to the next. */
void vc_runs_over(struct vc_runs *runs, struct vc_run *run);

/* What run.c offers to runs.c. */

/* Gives the run a worker that is ready; takes the worker over. */
void vc_run_begin(struct vc_run *run, struct vc_child *worker);
/* Ends the run in this state; nothing of what it wrote remains. */
void vc_run_fail(struct vc_run *run, enum vc_run_state state, const char *reason);
/* Lets go of everything but the status. */
void vc_run_release(struct vc_run *run);

#endif
