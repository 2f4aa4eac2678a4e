/* SPDX-License-Identifier: MIT */

/* One run, between runs.c (who may start, who waits, which worker) and run.c (what happens to it).
 */

#ifndef VC_RUNTIME_RUN_INTERNAL_H
#define VC_RUNTIME_RUN_INTERNAL_H

#include "runtime/child.h"
#include "runtime/digests.h"
#include "runtime/keys.h"
#include "runtime/run_streams.h"
#include "runtime/runs.h"
#include "runtime/verdict.h"
#include "runtime/view.h"

/* Where a run is with its key store, which it has once it asked for it. */
enum vc_run_store_state {
    VC_RUN_STORE_NONE,
    VC_RUN_STORE_WANTED, /* its worker waits for the answer, and the run for a child */
    VC_RUN_STORE_GIVEN,
    VC_RUN_STORE_GONE, /* dead: what the program asks of it fails */
};

struct vc_run_store {
    enum vc_run_store_state state;
    struct vc_child *child;
    struct vc_keys_change *change; /* of kept keys: in force when the run has ended well */
    bool keys[VC_POLICY_KEYS_MAX]; /* of principals, that the child was given */
    uint64_t memory_bytes;         /* what the child had before it was told of the run */
    uint64_t cpu_us;               /* of a child that is gone */
};

struct vc_run {
    struct vc_run_status status;
    struct vc_runs *runs;
    uint64_t started_us;
    uint64_t begun_us; /* when it was given its worker */
    struct vc_blob *module;
    struct vc_blob *code;      /* what the worker loads: native code, or the module itself */
    struct vc_force *force;    /* its own, within the container's */
    struct vc_subjects *meets; /* whom its program meets; null: it has not asked yet */
    struct vc_query_memory told_of;
    struct vc_view *view;
    struct vc_run_streams *streams; /* null: its program has none */
    struct vc_child *worker;
    struct vc_run_store store;
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
    bool narrowed;             /* it ended because it may not have done what it did */
    struct vc_run_watcher *watchers;
    struct vc_run_waiter *waiters;
    struct vc_run *next;
};

/* What runs.c offers to run.c. */
struct vc_loop *vc_runs_loop(const struct vc_runs *runs);
const struct vc_policy *vc_runs_policy(const struct vc_runs *runs);
struct vc_tree *vc_runs_tree(const struct vc_runs *runs);
struct vc_keys *vc_runs_keys(const struct vc_runs *runs);
struct vc_narrower *vc_runs_narrower(const struct vc_runs *runs);
struct vc_record *vc_runs_record(const struct vc_runs *runs);
/* The run is to have a key store as soon as a child is ready: vc_run_store_begin. */
void vc_runs_want_store(struct vc_runs *runs);
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
/* Ends the run by a limit of the policy. */
void vc_run_end_by_limit(struct vc_run *run, enum vc_run_limit limit);
/* The policy in force has changed, the container's or the run's own: a run that holds what it may
 * not have any more, or whose program may not go on, ends, and nothing of it appears. `narrowing`
 * null: by the run's own word, which is no reproach for what it did before. */
void vc_run_recheck(struct vc_run *run, const struct vc_narrowing *narrowing);
/* What it may use at most, now. */
struct vc_limits vc_run_limits(const struct vc_run *run);
/* Tells the worker what to run, and gives it what that needs. */
enum vc_code vc_run_order(struct vc_run *run, struct vc_err *err);
const struct vc_policy_program *vc_run_program(const struct vc_run *run);
/* Lets go of everything but the status. */
void vc_run_release(struct vc_run *run);

/* What run_policy.c offers to both: what its program asks of the policy in force. */

/* Lets it find VC_POLICY_FORCE_PATH. */
void vc_run_policy_begin(struct vc_run *run);
/* A packet of which vc_policy_call_is says that it asks. The run may be over after. */
void vc_run_policy_call(struct vc_run *run, struct vc_bytes packet);

/* What run_store.c offers to both: a run's key store. */

/* Is this packet of the worker VC_CALL_KEYSTORE, and nothing else? */
[[nodiscard]] bool vc_run_store_is_call(struct vc_bytes packet);
/* The worker asks for it. More than once, no honest one does. */
void vc_run_store_call(struct vc_run *run);
/* Gives the run a child that is ready, as its key store; takes the child over. */
void vc_run_store_begin(struct vc_run *run, struct vc_child *child);
/* Takes in what it has already said: keys that the program has kept count, and a key that is not
 * what it should be is the reason for whatever the worker says then. The run may be over after. */
void vc_run_store_hear(struct vc_run *run);
/* The policy in force has changed. VC_REFUSED: it was given a key that it may not use any more. */
enum vc_code vc_run_store_recheck(const struct vc_run *run, struct vc_err *err);
/* Processor time and memory of its own that it has cost. */
uint64_t vc_run_store_cpu_us(const struct vc_run *run);
uint64_t vc_run_store_memory_bytes(const struct vc_run *run);
/* Has it more memory than any honest one? */
[[nodiscard]] bool vc_run_store_has_run_wild(const struct vc_run *run);
/* It is needed no more. What the program has kept is still to come into force, or not. */
void vc_run_store_end(struct vc_run *run);
void vc_run_store_release(struct vc_run *run);

#endif
