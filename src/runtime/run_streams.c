/* SPDX-License-Identifier: MIT */

#include "runtime/run_streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/file.h"

/* A consumer's progress is looked at when it has made room of this part of the window, or taken
 * all. A producer that waits for room has a full window, and its consumer at least half of that to
 * read, since no record is longer: so it comes that far. */
static constexpr uint32_t ROOM_PARTS = 4;

static constexpr size_t STANDARD_COUNT = 3;

/* One stream that the run has open. */
struct use {
    struct vc_run_streams *run;
    struct vc_stream_slot *slot;
    struct vc_port *port;
    size_t stream; /* index in the policy */
    uint32_t window_bytes;
    bool produces;
    enum vc_stream_slot_state state; /* as it was last published */
    uint64_t limit;                  /* the same */
    uint64_t position;               /* the worker's, as it was last seen */
    bool told;                       /* something new since the worker was last woken */
};

struct vc_run_streams {
    struct vc_run_streams_order order;
    int slots_fd, wake_worker, wake_runtime;
    struct vc_stream_slot *slots;
    struct vc_watch *watch;
    struct vc_closing waking;  /* of the worker, once in a turn */
    struct vc_closing looking; /* again, since it has moved meanwhile */
    struct use *open[VC_STREAM_SLOTS_MAX];
    size_t open_count;
    uint32_t slot_count; /* given away so far: none is given twice */
    bool finished;       /* what the worker says counts no more */
    enum vc_code fault;  /* why the run cannot end well any more; VC_OK: it can */
    char fault_text[VC_ERR_TEXT_MAX];
    struct vc_view_stream standard[STANDARD_COUNT];
    bool bound[STANDARD_COUNT];
    struct vc_run_stream_deeds *deeds; /* [policy->stream_count] */
};

static const struct vc_policy *policy_of(const struct vc_run_streams *run)
{
    return vc_force_policy(run->order.force);
}

bool vc_run_streams_wanted(const struct vc_force *force, size_t program)
{
    const struct vc_policy *policy = vc_force_policy(force);
    const struct vc_subject who = {VC_SUBJECT_PROGRAM, program};
    size_t consumer;

    for (size_t i = 0; i < policy->stream_count; i++) {
        if (vc_force_decide_produce(force, who, i, nullptr) == VC_OK ||
            vc_force_decide_consume(force, who, i, &consumer, nullptr) == VC_OK)
            return true;
    }
    return false;
}

/* ---- what keeps a run from ending well ---- */

/* The first one counts. */
static void blame(struct vc_run_streams *run, enum vc_code code, const char *text)
{
    if (run->fault != VC_OK)
        return;
    run->fault = code;
    (void)snprintf(run->fault_text, sizeof(run->fault_text), "%s", text);
}

static void blame_loss(struct use *use)
{
    struct vc_stream_status status;
    char text[VC_ERR_TEXT_MAX];

    vc_stream_status(vc_streams_at(use->run->order.streams, use->stream), &status);
    (void)snprintf(text, sizeof(text), "stream %s was lost: %s",
                   policy_of(use->run)->streams[use->stream].name, status.reason);
    blame(use->run, VC_CLOSED, text);
}

/* ---- from us to the worker ---- */

static void add_one(int counter)
{
    static const uint64_t one = 1;

    /* A counter that is full is one that is not empty. */
    (void)!write(counter, &one, sizeof(one));
}

static enum vc_stream_slot_state state_of(const struct use *use)
{
    switch (vc_port_state(use->port)) {
    case VC_STREAM_IDLE:
    case VC_STREAM_OPEN:
        return VC_SLOT_OPEN;
    case VC_STREAM_ENDED:
        return use->produces ? VC_SLOT_OPEN : VC_SLOT_ENDED;
    case VC_STREAM_LOST:
        break;
    }
    return VC_SLOT_LOST;
}

/* The position at which the worker is to wake us. */
static uint64_t wanted(const struct use *use)
{
    if (use->state == VC_SLOT_LOST)
        return VC_STREAM_NEVER;
    if (use->produces)
        return use->position + 1;
    if (use->state == VC_SLOT_ENDED)
        return use->limit > use->position ? use->limit : VC_STREAM_NEVER;
    return use->position + use->window_bytes / ROOM_PARTS;
}

/* It may have come there before it could know: then we look again when others had their turn. */
static void arm(struct use *use)
{
    uint64_t wake_at = wanted(use);

    atomic_store(&use->slot->wake_at, wake_at);
    if (atomic_load(&use->slot->position) >= wake_at && !use->run->finished)
        vc_loop_close_with(use->run->order.loop, &use->run->looking);
}

/* Does the worker sleep although there is news for it? Not any more. */
static bool wakes(struct use *use)
{
    bool told = use->told;

    use->told = false;
    return told && atomic_exchange(&use->slot->waits, 0) != 0;
}

/* At the end of the turn: what comes in a hundred pieces wakes the worker once. */
static void wake(void *user)
{
    struct vc_run_streams *run = user;
    bool any = false;

    for (size_t i = 0; i < run->open_count; i++)
        any = wakes(run->open[i]) || any;
    if (any)
        add_one(run->wake_worker);
}

/* What changed for the port goes to the slot: its limit before the state, which makes it final. */
static void publish(struct use *use)
{
    enum vc_stream_slot_state state = state_of(use);
    uint64_t limit = vc_port_limit(use->port);
    bool changed = false;

    if (limit > use->limit && !(use->produces && state == VC_SLOT_LOST)) {
        use->limit = limit;
        atomic_store(&use->slot->limit, limit);
        changed = true;
    }
    if (state != use->state) {
        use->state = state;
        atomic_store(&use->slot->state, (uint32_t)state);
        changed = true;
        if (state == VC_SLOT_LOST && !use->produces)
            blame_loss(use);
    }
    arm(use);
    if (!changed)
        return;
    use->told = true;
    vc_loop_close_with(use->run->order.loop, &use->run->waking);
}

/* vc_port_fn */
static void on_port(void *user)
{
    publish(user);
}

/* ---- closing ---- */

static void note_deed(const struct use *use)
{
    struct vc_run_stream_deeds *deeds = &use->run->deeds[use->stream];
    struct vc_stream_status status;

    if (!use->produces)
        return;
    vc_stream_status(vc_streams_at(use->run->order.streams, use->stream), &status);
    deeds->uses++;
    deeds->use = status.use;
    deeds->bytes = status.position;
    deeds->whole = status.state == VC_STREAM_ENDED;
    (void)snprintf(deeds->digest, sizeof(deeds->digest), "%s", status.mark);
    (void)snprintf(deeds->reason, sizeof(deeds->reason), "%s", status.reason);
}

const struct vc_run_stream_deeds *vc_run_streams_deeds(const struct vc_run_streams *run,
                                                       size_t stream)
{
    return &run->deeds[stream];
}

/* Takes it from the list; nothing is said to its stream. */
static void drop(struct use *use)
{
    struct vc_run_streams *run = use->run;
    size_t at = 0;

    while (run->open[at] != use)
        at++;
    run->open[at] = run->open[--run->open_count];
    if (wakes(use))
        add_one(run->wake_worker);
    note_deed(use);
    vc_streams_release(run->order.streams, use->stream, use->port);
    free(use);
}

/* This is all that comes. */
static enum vc_code end(struct use *use, struct vc_err *err)
{
    return vc_port_state(use->port) == VC_STREAM_OPEN
               ? vc_port_end(use->port, use->position, nullptr, err)
               : VC_OK;
}

/* The run cannot end well, so nothing that it produces does: a program that takes the loss of its
 * input for the end closes its output like any other. */
static void lose_closed(struct use *use)
{
    const struct vc_run_streams *run = use->run;
    const struct vc_subject who = {VC_SUBJECT_PROGRAM, run->order.program};
    char reason[VC_STREAM_REASON_MAX];

    (void)snprintf(reason, sizeof(reason), "%s: %.190s",
                   vc_policy_subject_name(policy_of(run), who), run->fault_text);
    vc_stream_lose(vc_streams_at(run->order.streams, use->stream), reason);
}

/* The program has closed it. */
static void close_use(struct use *use)
{
    struct vc_err err = {};

    if (!use->produces) {
        vc_port_leave(use->port, "it was closed before its end");
    } else if (use->run->fault != VC_OK) {
        lose_closed(use);
    } else if (end(use, &err) != VC_OK) {
        blame(use->run, VC_STATE, err.text);
    }
    drop(use);
}

/* ---- from the worker to us ---- */

/* Without the numbers that it chose. */
static enum vc_code out_of_form(struct vc_err *err)
{
    return vc_fail(err, VC_MALFORMED, "worker: stream position out of form");
}

static enum vc_code advance(struct use *use, struct vc_err *err)
{
    struct vc_err why = {};
    enum vc_code code = VC_OK;

    if (use->state == VC_SLOT_LOST || use->position == vc_port_position(use->port))
        return VC_OK;
    code = vc_port_advance(use->port, use->position, &why);
    if (code == VC_MALFORMED)
        return out_of_form(err);
    if (code != VC_OK)
        blame(use->run, VC_STATE, why.text);
    return VC_OK;
}

/* May free the use. VC_MALFORMED: no honest worker's. */
static enum vc_code look(struct use *use, struct vc_err *err)
{
    /* Closing makes the position final, so it is looked at first. */
    uint32_t closed = atomic_load(&use->slot->closed);
    uint64_t position = atomic_load(&use->slot->position);
    enum vc_code code;

    if (position < use->position || position > use->limit || closed > 1)
        return out_of_form(err);
    use->position = position;
    code = advance(use, err);
    if (code != VC_OK)
        return code;
    publish(use);
    if (closed != 0)
        close_use(use);
    return VC_OK;
}

static enum vc_code look_at_all(struct vc_run_streams *run, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = run->open_count; code == VC_OK && i-- > 0;) /* one that closes goes away */
        code = look(run->open[i], err);
    return code;
}

void vc_run_streams_look(struct vc_run_streams *run)
{
    struct vc_err err = {};

    if (!run->finished && look_at_all(run, &err) != VC_OK)
        run->order.broken(run->order.user, err.text);
}

static void look_again(void *user)
{
    vc_run_streams_look(user);
}

/* Once in a turn of the loop, however often the worker adds to it. */
static void on_counter(void *user, uint32_t)
{
    struct vc_run_streams *run = user;
    uint64_t count;

    if (read(run->wake_runtime, &count, sizeof(count)) == sizeof(count))
        vc_run_streams_look(run);
}

/* ---- opening ---- */

static enum vc_code take(struct use *use, struct vc_err *err)
{
    const struct vc_run_streams_order *order = &use->run->order;
    const struct vc_stream_claim claim = {use->stream, {VC_SUBJECT_PROGRAM, order->program}};
    const struct vc_port_holder holder = {on_port, use};

    if (use->produces)
        return vc_streams_produce(order->streams, claim, holder, &use->port, err);
    return vc_streams_consume(order->streams, claim, holder, &use->port, err);
}

static enum vc_code enter(struct use *use, struct vc_view_stream *opened, struct vc_err *err)
{
    struct vc_run_streams *run = use->run;
    int fd;
    enum vc_code code = vc_port_window(use->port, &fd, err);

    if (code != VC_OK)
        return code;
    use->position = vc_port_position(use->port);
    atomic_store(&use->slot->position, use->position);
    *opened = (struct vc_view_stream){run->slot_count++, use->window_bytes, fd};
    run->open[run->open_count++] = use;
    publish(use);
    return VC_OK;
}

/* A program that goes on as if there had been nothing in it is wrong. */
static void blame_if_lost(struct vc_run_streams *run, size_t stream, const char *text)
{
    struct vc_stream_status status;

    vc_stream_status(vc_streams_at(run->order.streams, stream), &status);
    if (status.state == VC_STREAM_LOST)
        blame(run, VC_CLOSED, text);
}

/* By the run's own force, which may be less than the container's. */
static enum vc_code decide(const struct vc_run_streams *run, size_t stream, bool produces,
                           struct vc_err *err)
{
    const struct vc_subject who = {VC_SUBJECT_PROGRAM, run->order.program};
    size_t consumer;

    return produces ? vc_force_decide_produce(run->order.force, who, stream, err)
                    : vc_force_decide_consume(run->order.force, who, stream, &consumer, err);
}

enum vc_code vc_run_streams_recheck(const struct vc_run_streams *run, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < run->open_count && code == VC_OK; i++)
        code = decide(run, run->open[i]->stream, run->open[i]->produces, err);
    return code;
}

enum vc_code vc_run_streams_open(struct vc_run_streams *run, size_t stream, bool produces,
                                 struct vc_view_stream *opened, struct vc_err *err)
{
    struct vc_err why = {};
    struct use *use;
    enum vc_code code;

    if (run->slot_count == VC_STREAM_SLOTS_MAX)
        return vc_fail(err, VC_LIMIT, "at most %d streams opened by one run", VC_STREAM_SLOTS_MAX);
    use = calloc(1, sizeof(*use));
    if (use == nullptr)
        return vc_fail_memory(err);
    *use = (struct use){.run = run,
                        .slot = &run->slots[run->slot_count],
                        .stream = stream,
                        .window_bytes = policy_of(run)->streams[stream].window_bytes,
                        .produces = produces};
    code = decide(run, stream, produces, &why);
    if (code == VC_OK)
        code = take(use, &why);
    if (code == VC_CLOSED && !produces)
        blame_if_lost(run, stream, why.text);
    if (code == VC_LIMIT) /* of its uses */
        code = VC_CLOSED;
    if (code == VC_OK)
        code = enter(use, opened, &why);
    if (code == VC_OK)
        return VC_OK;
    vc_streams_release(run->order.streams, stream, use->port);
    free(use);
    return vc_fail(err, code, "%s", why.text);
}

/* ---- standard streams ---- */

static enum vc_code bind_one(struct vc_run_streams *run, size_t number, const char *path,
                             struct vc_err *err)
{
    size_t stream;
    enum vc_code code;

    if (path == nullptr || !vc_policy_stream_at(policy_of(run), path, &stream))
        return VC_OK;
    code = vc_run_streams_open(run, stream, number != 0, &run->standard[number], err);
    run->bound[number] = code == VC_OK;
    return code;
}

static enum vc_code recode(enum vc_code code, struct vc_err *err)
{
    if (err != nullptr)
        err->code = code;
    return code;
}

static enum vc_code check_standard(const struct vc_run_streams *run, struct vc_err *err)
{
    enum vc_code code = vc_streams_check_run(run->order.streams, run->order.program, err);

    return code == VC_LIMIT ? recode(VC_CLOSED, err) : code; /* of its uses */
}

/* Nobody has seen any of them: what would be consumed keeps its place for the next run. */
static void unbind(struct vc_run_streams *run)
{
    while (run->open_count > 0) {
        struct use *use = run->open[run->open_count - 1];

        if (use->produces)
            vc_stream_lose(vc_streams_at(run->order.streams, use->stream), "no run began");
        drop(use);
    }
}

enum vc_code vc_run_streams_bind(struct vc_run_streams *run, struct vc_err *err)
{
    const struct vc_policy_program *program = &policy_of(run)->programs[run->order.program];
    const char *const paths[] = {program->stdin_path, program->stdout_path, program->stderr_path};
    enum vc_code code = check_standard(run, err);

    static_assert(VC_COUNT(paths) == STANDARD_COUNT);
    if (code != VC_OK)
        return code;
    for (size_t i = 0; code == VC_OK && i < VC_COUNT(paths); i++)
        code = bind_one(run, i, paths[i], err);
    if (code == VC_OK)
        return VC_OK;
    unbind(run);
    /* A use that was lost makes room for the next. */
    return code == VC_LIMIT || code == VC_CLOSED ? recode(VC_STATE, err) : code;
}

const struct vc_view_stream *vc_run_streams_standard(const struct vc_run_streams *run,
                                                     size_t number)
{
    return run->bound[number] ? &run->standard[number] : nullptr;
}

/* ---- life ---- */

static enum vc_code make_counter(int flags, int *fd, struct vc_err *err)
{
    *fd = eventfd(0, EFD_CLOEXEC | flags);
    return *fd >= 0 ? VC_OK : vc_fail_host(err, "eventfd");
}

enum vc_code vc_run_streams_new(const struct vc_run_streams_order *order,
                                struct vc_run_streams **streams, struct vc_err *err)
{
    vc_cleanup(vc_run_streams_freep) struct vc_run_streams *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->order = *order;
    made->waking = (struct vc_closing){.fn = wake, .user = made};
    made->looking = (struct vc_closing){.fn = look_again, .user = made};
    made->slots_fd = made->wake_worker = made->wake_runtime = -1;
    made->deeds = calloc(policy_of(made)->stream_count + 1, sizeof(*made->deeds));
    code = made->deeds != nullptr ? vc_slots_create(&made->slots_fd, err) : vc_fail_memory(err);
    if (code == VC_OK)
        code = vc_slots_map(made->slots_fd, &made->slots, err);
    if (code == VC_OK)
        code = make_counter(0, &made->wake_worker, err);
    if (code == VC_OK)
        code = make_counter(EFD_NONBLOCK, &made->wake_runtime, err);
    if (code == VC_OK) {
        code = vc_loop_watch(order->loop, made->wake_runtime, EPOLLIN, on_counter, made,
                             &made->watch, err);
    }
    if (code == VC_OK)
        *streams = vc_take(made);
    return code;
}

void vc_run_streams_free(struct vc_run_streams *run)
{
    if (run == nullptr)
        return;
    vc_run_streams_lose(run, "the run was given up");
    vc_loop_take_back(run->order.loop, &run->waking);
    vc_loop_take_back(run->order.loop, &run->looking);
    vc_slots_unmap(run->slots);
    vc_fd_closep(&run->slots_fd);
    vc_fd_closep(&run->wake_worker);
    vc_fd_closep(&run->wake_runtime);
    free(run->deeds);
    free(run);
}

void vc_run_streams_fds(const struct vc_run_streams *run, int fds[VC_RUN_STREAMS_FDS])
{
    fds[0] = run->slots_fd;
    fds[1] = run->wake_worker;
    fds[2] = run->wake_runtime;
}

/* ---- the end ---- */

static void stop_looking(struct vc_run_streams *run)
{
    run->finished = true;
    vc_loop_unwatch(run->watch);
    run->watch = nullptr;
}

static enum vc_code check_ends(const struct vc_run_streams *run, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < run->open_count; i++) {
        const struct use *use = run->open[i];

        if (use->produces && vc_port_state(use->port) == VC_STREAM_OPEN)
            code = vc_port_check_end(use->port, err);
    }
    if (code == VC_MALFORMED && err != nullptr)
        err->code = VC_STATE;
    return code == VC_MALFORMED ? VC_STATE : code;
}

enum vc_code vc_run_streams_finish(struct vc_run_streams *run, struct vc_err *err)
{
    enum vc_code code;

    stop_looking(run);
    code = look_at_all(run, err);
    if (code == VC_OK && run->fault != VC_OK)
        return vc_fail(err, run->fault, "%s", run->fault_text);
    return code == VC_OK ? check_ends(run, err) : code;
}

enum vc_code vc_run_streams_end(struct vc_run_streams *run, const char *reason, struct vc_err *err)
{
    enum vc_code worst = VC_OK;

    stop_looking(run);
    while (run->open_count > 0) {
        struct use *use = run->open[run->open_count - 1];
        enum vc_code code = VC_OK;

        if (!use->produces) {
            vc_port_leave(use->port, reason);
        } else {
            code = end(use, err);
        }
        worst = worst == VC_OK ? code : worst;
        drop(use);
    }
    return worst;
}

void vc_run_streams_lose(struct vc_run_streams *run, const char *reason)
{
    stop_looking(run);
    while (run->open_count > 0) {
        struct use *use = run->open[run->open_count - 1];

        if (use->produces) {
            vc_stream_lose(vc_streams_at(run->order.streams, use->stream), reason);
        } else {
            vc_port_leave(use->port, reason);
        }
        drop(use);
    }
}
