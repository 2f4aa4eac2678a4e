/* SPDX-License-Identifier: MIT */

/* The key store of a run: a second child, which holds the keys that the program must not see
 * (abi/keystore.h). It has read what the program gave it, and is taken for hostile as a worker is.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi/worker.h"
#include "base/file.h"
#include "base/sanitized.h"
#include "runtime/run_internal.h"

/* What keys, operations and the largest call take is a third of it; a sanitizer keeps what was
 * freed. */
static constexpr uint64_t MEMORY_MAX = UINT64_C(256) << (VC_SANITIZED ? 24 : 20);

bool vc_run_store_is_call(struct vc_bytes packet)
{
    static const struct vc_worker_call call = {.kind = VC_WORKER_CALL, .call = VC_CALL_KEYSTORE};

    return packet.size == sizeof(call) && memcmp(packet.data, &call, sizeof(call)) == 0;
}

void vc_run_store_call(struct vc_run *run)
{
    if (run->store.state != VC_RUN_STORE_NONE) {
        vc_run_fail(run, VC_RUN_FAILED, "worker: call out of form");
        return;
    }
    run->store.state = VC_RUN_STORE_WANTED;
    vc_runs_want_store(run->runs);
}

/* ---- what it says ---- */

/* Only which key it is can be taken from its words: others could be of what it holds. */
static void refuse_key(struct vc_run *run, struct vc_bytes text)
{
    const struct vc_policy *policy = vc_runs_policy(run->runs);

    for (size_t i = 0; i < policy->key_count; i++) {
        char start[VC_POLICY_NAME_MAX + sizeof("key : ")];
        char reason[VC_RUN_REASON_MAX];
        int size = snprintf(start, sizeof(start), "key %s: ", policy->keys[i].name);

        if (size < 0 || text.size < (size_t)size || memcmp(text.data, start, (size_t)size) != 0 ||
            !vc_policy_key_is_for(&policy->keys[i], run->status.program))
            continue;
        (void)snprintf(reason, sizeof(reason),
                       "key %s: what was given is no key of the type and size that the policy says",
                       policy->keys[i].name);
        vc_run_fail(run, VC_RUN_FAILED, reason);
        return;
    }
    vc_run_fail(run, VC_RUN_FAILED, "key store: it refuses its keys");
}

static void on_store_end(struct vc_run *run, struct vc_bytes packet)
{
    struct vc_worker_end end = {};

    if (packet.size >= sizeof(end))
        memcpy(&end, packet.data, sizeof(end));
    if (end.reason == VC_END_REFUSED) {
        refuse_key(run, (struct vc_bytes){packet.data + sizeof(end), packet.size - sizeof(end)});
    } else if (end.reason != VC_END_EXITED) {
        vc_run_fail(run, VC_RUN_FAILED, "key store: it cannot work");
    }
}

static void on_change(struct vc_run *run, struct vc_bytes packet)
{
    struct vc_err err = {};

    if (vc_keys_change_add(run->store.change, packet, &err) != VC_OK)
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
        on_store_end(run, packet);
    } else {
        on_change(run, packet);
    }
}

/* Without it the program's calls fail, and the run goes on; processor time is the run's. */
static void on_end(void *user, const struct vc_child_end *end)
{
    struct vc_run *run = user;
    uint64_t cpu_max_us = (uint64_t)vc_run_limits(run).cpu_seconds * 1000000;
    bool spent = end->signalled && (end->status == SIGXCPU || end->cpu_us >= cpu_max_us);

    run->store.cpu_us = end->cpu_us;
    run->store.state = VC_RUN_STORE_GONE;
    vc_child_abandon(run->store.child);
    run->store.child = nullptr;
    if (spent && !run->ended)
        vc_run_end_by_limit(run, VC_RUN_LIMIT_CPU);
}

static const struct vc_child_events store_events = {.on_packet = on_packet, .on_end = on_end};

void vc_run_store_hear(struct vc_run *run)
{
    if (run->store.child != nullptr && !vc_child_drain(run->store.child))
        vc_run_fail(run, VC_RUN_FAILED, "key store: out of form");
}

/* ---- its beginning ---- */

/* What it is given: the socket to the worker, the window, the keys. The worker gets the other end
 * of the first, and the second, too. */
struct gift {
    int theirs, window, keys; /* by abi/keystore.h */
    int workers;
    uint64_t keys_bytes;
};

static void gift_done(struct gift *gift)
{
    vc_fd_closep(&gift->theirs);
    vc_fd_closep(&gift->window);
    vc_fd_closep(&gift->keys);
    vc_fd_closep(&gift->workers);
}

/* Both write to it, and neither can make it larger than it is: so nobody needs to watch it. */
static enum vc_code make_window(int *fd, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int made = -1;
    enum vc_code code = vc_memfd_new("window", false, &made, err);

    if (code != VC_OK)
        return code;
    if (ftruncate(made, VC_PSA_CALL_BYTES_MAX) != 0 ||
        fcntl(made, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return vc_fail_host(err, "window of a key store");
    *fd = vc_take_fd(made);
    return VC_OK;
}

static enum vc_code make_gift(struct vc_run *run, struct gift *gift, struct vc_err *err)
{
    struct vc_keys *keys = vc_runs_keys(run->runs);
    size_t program = run->status.program;
    enum vc_code code = vc_packet_pair(&gift->theirs, &gift->workers, err);

    if (code == VC_OK)
        code = make_window(&gift->window, err);
    if (code == VC_OK)
        code = vc_keys_file(keys, run->force, program, &gift->keys, &gift->keys_bytes, err);
    for (size_t i = 0; i < vc_runs_policy(run->runs)->key_count; i++)
        run->store.keys[i] = vc_keys_has(keys, i) && vc_force_key_is_for(run->force, i, program);
    return code == VC_OK ? vc_keys_change_new(keys, program, &run->store.change, err) : code;
}

static enum vc_code order(struct vc_run *run, const struct gift *gift, struct vc_err *err)
{
    const struct vc_policy_program *program = vc_run_program(run);
    const struct vc_keystore_order message = {.kind = VC_WORKER_KEYSTORE,
                                              .cpu_seconds = vc_run_limits(run).cpu_seconds,
                                              .randomness = program->randomness,
                                              .kept_keys_max = program->kept_keys,
                                              .keys_bytes = gift->keys_bytes};
    const int fds[VC_KEYSTORE_FDS] = {gift->theirs, gift->window, gift->keys};

    return vc_child_send(
        run->store.child,
        &(struct vc_parcel){.head = VC_BYTES_OF(message), .fds = fds, .fd_count = VC_COUNT(fds)},
        err);
}

static enum vc_code answer(struct vc_run *run, const struct gift *gift, struct vc_err *err)
{
    const struct vc_worker_answer message = {.kind = VC_WORKER_ANSWER};
    const int fds[] = {gift->workers, gift->window};

    return vc_child_send(
        run->worker,
        &(struct vc_parcel){.head = VC_BYTES_OF(message), .fds = fds, .fd_count = VC_COUNT(fds)},
        err);
}

void vc_run_store_begin(struct vc_run *run, struct vc_child *child)
{
    vc_cleanup(gift_done) struct gift gift = {-1, -1, -1, -1, 0};
    struct vc_err err = {};
    enum vc_code code;

    run->store.state = VC_RUN_STORE_GIVEN;
    run->store.child = child;
    run->store.memory_bytes = vc_child_memory_bytes(child);
    vc_child_redirect(child, &store_events, run);
    code = make_gift(run, &gift, &err);
    if (code == VC_OK)
        code = order(run, &gift, &err);
    if (code == VC_CLOSED) /* the worker finds the other end closed, as if it died a moment later */
        code = VC_OK;
    if (code == VC_OK)
        code = answer(run, &gift, &err);
    if (code != VC_OK && code != VC_CLOSED) /* a dead worker is told by its death */
        vc_run_fail(run, VC_RUN_FAILED, err.text);
}

/* ---- what it costs, and its end ---- */

enum vc_code vc_run_store_recheck(const struct vc_run *run, struct vc_err *err)
{
    for (size_t i = 0; i < vc_runs_policy(run->runs)->key_count; i++) {
        if (run->store.keys[i] && !vc_force_key_is_for(run->force, i, run->status.program))
            return vc_fail(err, VC_REFUSED, "narrowed: it has a key that it may not use any more");
    }
    return VC_OK;
}

uint64_t vc_run_store_cpu_us(const struct vc_run *run)
{
    return run->store.child != nullptr ? vc_child_cpu_us(run->store.child) : run->store.cpu_us;
}

uint64_t vc_run_store_memory_bytes(const struct vc_run *run)
{
    uint64_t memory;

    if (run->store.child == nullptr)
        return 0;
    memory = vc_child_memory_bytes(run->store.child);
    return memory > run->store.memory_bytes ? memory - run->store.memory_bytes : 0;
}

bool vc_run_store_has_run_wild(const struct vc_run *run)
{
    return vc_run_store_memory_bytes(run) > MEMORY_MAX;
}

void vc_run_store_end(struct vc_run *run)
{
    run->store.cpu_us = vc_run_store_cpu_us(run);
    run->store.state = VC_RUN_STORE_GONE;
    vc_child_abandon(run->store.child);
    run->store.child = nullptr;
}

void vc_run_store_release(struct vc_run *run)
{
    vc_run_store_end(run);
    vc_keys_change_free(run->store.change);
    run->store.change = nullptr;
}
