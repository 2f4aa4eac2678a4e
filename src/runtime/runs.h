/* SPDX-License-Identifier: MIT */

/* Runs: programs executed by workers, one process each, several side by side. */

#ifndef VC_RUNTIME_RUNS_H
#define VC_RUNTIME_RUNS_H

#include "net/loop.h"
#include "platform/image.h"
#include "policy/policy.h"
#include "runtime/compile.h"
#include "runtime/gate.h"
#include "runtime/keys.h"
#include "runtime/streams.h"
#include "vfs/tree.h"

constexpr size_t VC_RUNS_ACTIVE_MAX = 16;   /* workers at once; more runs wait in state queued */
constexpr size_t VC_RUNS_WAITING_MAX = 256; /* runs that are not over */
/* Of these, so that one principal leaves something to the others: */
constexpr size_t VC_RUNS_ACTIVE_OF_ONE_MAX = 12;
constexpr size_t VC_RUNS_WAITING_OF_ONE_MAX = 64;
constexpr size_t VC_RUNS_KEPT_MAX = 1024; /* ended runs that can still be asked about */
constexpr size_t VC_RUN_REASON_MAX = 256;

enum vc_run_state {
    VC_RUN_QUEUED,
    VC_RUN_COMPILING,
    VC_RUN_RUNNING,
    VC_RUN_EXITED, /* from here on it is over */
    VC_RUN_FAILED,
    VC_RUN_KILLED,
};

/* What can be told about a run. */
struct vc_run_status {
    uint64_t id; /* 1, 2, 3 ... in the order of starting */
    size_t program, principal;
    const struct vc_policy_pipeline *pipeline; /* null: of none */
    const struct vc_policy_stage *stage;
    enum vc_run_state state;
    uint32_t exit_code;             /* of VC_RUN_EXITED */
    char reason[VC_RUN_REASON_MAX]; /* of VC_RUN_FAILED and VC_RUN_KILLED; and of VC_RUN_EXITED, if
                                       it did not exit with 0 and had met a limit */
    bool published;                 /* what it wrote has appeared, all at once */
    /* While it goes on: looked at several times a second, and told coarsely. */
    uint64_t wall_us, cpu_us, memory_bytes, output_bytes;
    uint32_t limits;  /* enum vc_run_limit: those that it met, whether or not they ended it */
    uint32_t percent; /* of its work that the program says is done; 0 if the policy lets it not */
};

/* Limits of the policy that a run can meet, or'ed. */
enum vc_run_limit {
    VC_RUN_LIMIT_MEMORY = 1 << 0,
    VC_RUN_LIMIT_STACK = 1 << 1,
    VC_RUN_LIMIT_CPU = 1 << 2,
    VC_RUN_LIMIT_WALL = 1 << 3,
    VC_RUN_LIMIT_FILES = 1 << 4,
    VC_RUN_LIMIT_OPEN_FILES = 1 << 5,
    VC_RUN_LIMIT_OUTPUT = 1 << 6,
    VC_RUN_LIMIT_WRITTEN = 1 << 7,
    VC_RUN_LIMIT_FILE_SIZE = 1 << 8,  /* storage.file_bytes */
    VC_RUN_LIMIT_STORAGE = 1 << 9,    /* storage.files, storage.bytes, storage.depth */
    VC_RUN_LIMIT_PROCESSES = 1 << 10, /* it had to wait for another run of the program */
};

/* "memory_mib", ...: of one limit; null for what is none. */
const char *vc_run_limit_name(enum vc_run_limit limit);
/* "queued", "running", ... */
const char *vc_run_state_name(enum vc_run_state state);
[[nodiscard]] bool vc_run_is_over(enum vc_run_state state);

struct vc_runs;
struct vc_narrower; /* runtime/narrow.h */
struct vc_record;   /* runtime/record.h */

/* Everything is borrowed for its life. `files` are the descriptors of the manifest's objects. */
struct vc_runs_context {
    struct vc_children *children;
    const struct vc_policy *policy;
    struct vc_narrower *narrower; /* of what is in force in the container */
    struct vc_tree *tree;
    struct vc_streams *streams;
    struct vc_keys *keys;
    struct vc_gate *gate;
    struct vc_record *record; /* null: outside of a container */
    const struct vc_manifest *manifest;
    const int *files;
    /* For runs outside of a container: what the program calls, one line each. Null in a container,
     * where a worker that says such a thing fails its run. */
    void (*trace)(void *user, const char *line);
    void *trace_user;
};

/* Reads the worker's image in the background and keeps one worker waiting from then on. */
enum vc_code vc_runs_new(const struct vc_runs_context *context, struct vc_runs **runs,
                         struct vc_err *err);
/* Kills all that goes on. Nobody who waits is called. */
void vc_runs_free(struct vc_runs *runs);
VC_DEFINE_CLEANUP(struct vc_runs, vc_runs_free);

/* A program's module arrived: makes its native code ahead of the first run. */
void vc_runs_prepare(struct vc_runs *runs, size_t program, struct vc_blob *module);

/* Starts a run. The policy was asked (execute right); caps and runtime/gate.h are asked here, and
 * it is counted. VC_LIMIT: the cap of the policy, a budget, VC_RUNS_WAITING_MAX, or
 * VC_RUNS_WAITING_OF_ONE_MAX.
 * VC_NOT_FOUND: the program's file is not there yet. VC_STATE: a stream that is its standard input
 * or output is not to be had now, or runtime/gate.h says no; VC_CLOSED: its uses are all spent.
 * VC_REFUSED. */
struct vc_run_start {
    size_t principal, program;
    /* Of a pipeline, which the principal may start: then it needs no right to execute the program.
     * Null: of none. Borrowed from the policy. */
    const struct vc_policy_pipeline *pipeline;
    const struct vc_policy_stage *stage;
};
enum vc_code vc_runs_start(struct vc_runs *runs, const struct vc_run_start *start, uint64_t *id,
                           struct vc_err *err);

/* False: no such run, or no longer kept. */
[[nodiscard]] bool vc_runs_status(const struct vc_runs *runs, uint64_t id,
                                  struct vc_run_status *status);
/* Calls `visit` for each run that is kept, oldest first. */
void vc_runs_each(const struct vc_runs *runs,
                  void (*visit)(void *user, const struct vc_run_status *status), void *user);

/* VC_NOT_FOUND, or VC_STATE: it is over. The run becomes VC_RUN_KILLED at once. */
enum vc_code vc_runs_kill(struct vc_runs *runs, uint64_t id, const char *reason,
                          struct vc_err *err);

/* How many runs were ever started; and how many of one program. */
uint32_t vc_runs_started(const struct vc_runs *runs);
uint32_t vc_runs_started_of(const struct vc_runs *runs, size_t program);

/* Somebody who watches a run: told of each change of its state or of what it reports, and several
 * times a second, while it goes on, of what it uses; at its end for the last time. Must live until
 * then or until vc_runs_unwatch. */
struct vc_run_watcher {
    void (*changed)(void *user, const struct vc_run_status *status);
    void *user;
    struct vc_run_watcher *next; /* the run's own */
};
/* The run must not be over. */
void vc_runs_watch(struct vc_runs *runs, uint64_t id, struct vc_run_watcher *watcher);
void vc_runs_unwatch(struct vc_runs *runs, uint64_t id, struct vc_run_watcher *watcher);

/* Somebody who waits for the end of a run. Must live until `ended` was called or vc_runs_leave. */
struct vc_run_waiter {
    void (*ended)(void *user, const struct vc_run_status *status);
    void *user;
    struct vc_run_waiter *next; /* the run's own */
};
/* The run must not be over. */
void vc_runs_await(struct vc_runs *runs, uint64_t id, struct vc_run_waiter *waiter);
void vc_runs_leave(struct vc_runs *runs, uint64_t id, struct vc_run_waiter *waiter);

#endif
