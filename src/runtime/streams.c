/* SPDX-License-Identifier: MIT */

#include "runtime/streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/decide.h"
#include "runtime/record.h"

struct place {
    struct vc_streams *all;
    size_t index;
    struct vc_stream *stream;
    struct vc_timer *resume; /* while its producer, which has begun, is away */
    uint64_t begun;          /* use that a principal began and that was written down, the last */
    uint64_t over;           /* use whose end was, too */
    uint64_t asked[VC_POLICY_CONSUMERS_MAX]; /* for what each consumer has come, the last time */
};

struct vc_streams {
    struct vc_loop *loop;
    const struct vc_force *force;
    const struct vc_policy *policy;
    struct vc_record *record;
    char ended[VC_STREAM_REASON_MAX]; /* why nobody begins anything any more; "" as long as one may
                                       */
    struct place *places;             /* [policy->stream_count] */
};

static const struct vc_policy_stream *terms_at(const struct vc_streams *streams, size_t index)
{
    return &streams->policy->streams[index];
}

/* ---- what is written down ---- */

void vc_streams_set_record(struct vc_streams *streams, struct vc_record *record)
{
    streams->record = record;
}

static void on_concluded(void *user)
{
    struct place *place = user;
    struct vc_stream_status status;

    if (place->over == place->begun)
        return; /* a program's, or told of before */
    vc_stream_status(place->stream, &status);
    place->over = place->begun;
    vc_record_stream_over(place->all->record,
                          &(const struct vc_record_use){
                              .stream = place->index,
                              .principal = terms_at(place->all, place->index)->producer.index,
                              .use = status.use,
                              .whole = status.state == VC_STREAM_ENDED,
                              .bytes = status.position,
                              .digest = status.mark,
                              .reason = status.reason});
}

/* Its producer has come: the use has begun, or goes on. What cannot be written down is lost. */
static enum vc_code note_producer(struct place *place, struct vc_subject who, struct vc_port **port,
                                  struct vc_err *err)
{
    struct vc_stream_status status;
    struct vc_record_use use = {.stream = place->index, .principal = who.index};
    enum vc_code code;

    vc_stream_status(place->stream, &status);
    use.use = status.use;
    if (who.kind != VC_SUBJECT_PRINCIPAL || place->begun == status.use)
        return VC_OK;
    code = vc_record_stream_begun(place->all->record, &use, err);
    if (code == VC_OK) {
        place->begun = status.use;
        if (status.state == VC_STREAM_LOST) /* nobody was left to take it */
            on_concluded(place);
        return VC_OK;
    }
    vc_stream_lose(place->stream, "that it began could not be written down");
    vc_port_release(vc_take(*port));
    return code;
}

enum vc_code vc_streams_check_room(struct vc_streams *streams, struct vc_stream_claim claim,
                                   struct vc_err *err)
{
    struct vc_stream_status status;

    vc_stream_status(streams->places[claim.stream].stream, &status);
    if (status.state != VC_STREAM_IDLE && !status.over)
        return VC_OK; /* it goes on */
    return vc_record_check_room(streams->record, claim.who.index, err);
}

enum vc_code vc_streams_note_consumer(struct vc_streams *streams, struct vc_stream_claim claim,
                                      struct vc_err *err)
{
    struct place *place = &streams->places[claim.stream];
    struct vc_record_use use = {
        .stream = claim.stream, .principal = claim.who.index, .consumes = true};
    struct vc_stream_status status;
    size_t consumer = 0;
    uint64_t asks;
    enum vc_code code =
        vc_policy_decide_consume(streams->policy, claim.who, claim.stream, &consumer, err);

    if (code != VC_OK)
        return code;
    vc_stream_status(place->stream, &status);
    use.use = status.use;
    /* How many uses a program began is not for everybody to count. */
    asks = terms_at(streams, claim.stream)->producer.kind == VC_SUBJECT_PROGRAM
               ? 1 + vc_record_runs_over(streams->record)
               : status.use;
    if (place->asked[consumer] == asks)
        return VC_OK;
    code = vc_record_stream_begun(streams->record, &use, err);
    if (code == VC_OK)
        place->asked[consumer] = asks;
    return code;
}

/* ---- life ---- */

static enum vc_code make(struct vc_streams *streams, size_t index, struct vc_err *err)
{
    const struct vc_policy_stream *from = terms_at(streams, index);
    struct place *place = &streams->places[index];
    struct vc_stream_terms terms = {.name = from->name,
                                    .policy_hash = streams->policy->hash,
                                    .window_bytes = from->window_bytes,
                                    .records = from->records,
                                    .record_bytes = from->record_bytes,
                                    .mark = from->mark,
                                    .uses = from->uses,
                                    .partial = from->partial,
                                    .consumer_count = from->consumer_count,
                                    .concluded = on_concluded,
                                    .user = place};

    for (size_t i = 0; i < from->consumer_count; i++)
        terms.outside[i] = from->consumers[i].kind == VC_SUBJECT_PRINCIPAL;
    *place = (struct place){.all = streams, .index = index};
    return vc_stream_new(&terms, &place->stream, err);
}

enum vc_code vc_streams_new(struct vc_loop *loop, const struct vc_force *force,
                            struct vc_streams **streams, struct vc_err *err)
{
    const struct vc_policy *policy = vc_force_policy(force);
    vc_cleanup(vc_streams_freep) struct vc_streams *made = calloc(1, sizeof(*made));
    enum vc_code code = VC_OK;

    static_assert(VC_POLICY_CONSUMERS_MAX <= VC_STREAM_CONSUMERS_MAX);
    if (made == nullptr)
        return vc_fail_memory(err);
    made->loop = loop;
    made->force = force;
    made->policy = policy;
    made->places = calloc(policy->stream_count + 1, sizeof(*made->places));
    if (made->places == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < policy->stream_count && code == VC_OK; i++)
        code = make(made, i, err);
    if (code == VC_OK)
        *streams = vc_take(made);
    return code;
}

static void cancel_resume(struct place *place)
{
    vc_timer_cancel(place->resume);
    place->resume = nullptr;
}

void vc_streams_free(struct vc_streams *streams)
{
    if (streams == nullptr)
        return;
    for (size_t i = 0; streams->places != nullptr && i < streams->policy->stream_count; i++) {
        cancel_resume(&streams->places[i]);
        vc_stream_free(streams->places[i].stream);
    }
    free(streams->places);
    free(streams);
}

struct vc_stream *vc_streams_at(struct vc_streams *streams, size_t index)
{
    return streams->places[index].stream;
}

/* ---- taking ends ---- */

static enum vc_code check_going_on(const struct vc_streams *streams, size_t index,
                                   struct vc_err *err)
{
    if (streams->ended[0] == '\0')
        return VC_OK;
    return vc_fail(err, VC_STATE, "stream %s: %s", terms_at(streams, index)->name, streams->ended);
}

enum vc_code vc_streams_produce(struct vc_streams *streams, struct vc_stream_claim claim,
                                struct vc_port_holder holder, struct vc_port **port,
                                struct vc_err *err)
{
    struct place *place = &streams->places[claim.stream];
    enum vc_code code = vc_force_decide_produce(streams->force, claim.who, claim.stream, err);

    if (code == VC_OK)
        code = check_going_on(streams, claim.stream, err);
    if (code == VC_OK)
        code = vc_stream_take_producer(place->stream, holder, port, err);
    if (code == VC_OK)
        code = note_producer(place, claim.who, port, err);
    if (code == VC_OK)
        cancel_resume(place);
    return code;
}

enum vc_code vc_streams_consume(struct vc_streams *streams, struct vc_stream_claim claim,
                                struct vc_port_holder holder, struct vc_port **port,
                                struct vc_err *err)
{
    struct place *place = &streams->places[claim.stream];
    size_t consumer = 0;
    enum vc_code code =
        vc_force_decide_consume(streams->force, claim.who, claim.stream, &consumer, err);

    if (code == VC_OK)
        code = check_going_on(streams, claim.stream, err);
    if (code == VC_OK)
        code = vc_stream_take_consumer(place->stream, consumer, holder, port, err);
    return code;
}

/* ---- a producer that is away ---- */

static bool is_abandoned(const struct place *place)
{
    struct vc_stream_status status;

    vc_stream_status(place->stream, &status);
    return status.state == VC_STREAM_OPEN && !status.held;
}

static void lose_abandoned(struct place *place)
{
    const struct vc_policy_stream *terms = terms_at(place->all, place->index);
    const char *who = vc_policy_subject_name(place->all->policy, terms->producer);
    char reason[VC_STREAM_REASON_MAX];

    if (!is_abandoned(place))
        return;
    if (terms->producer.kind == VC_SUBJECT_PRINCIPAL) {
        (void)snprintf(reason, sizeof(reason), "%s was gone for more than %u seconds", who,
                       terms->resume_seconds);
    } else {
        (void)snprintf(reason, sizeof(reason), "%s left it without an end", who);
    }
    vc_stream_lose(place->stream, reason);
}

static void on_resume_over(void *user)
{
    struct place *place = user;

    place->resume = nullptr;
    lose_abandoned(place);
}

/* A principal may come back; a run never does. Even without patience the next turn is waited for:
 * another connection may be about to take over. */
static void await_producer(struct place *place)
{
    const struct vc_policy_stream *terms = terms_at(place->all, place->index);

    if (!is_abandoned(place))
        return;
    cancel_resume(place);
    if (terms->producer.kind != VC_SUBJECT_PRINCIPAL ||
        vc_loop_after(place->all->loop, UINT64_C(1000) * terms->resume_seconds, on_resume_over,
                      place, &place->resume, nullptr) != VC_OK)
        lose_abandoned(place);
}

void vc_streams_release(struct vc_streams *streams, size_t index, struct vc_port *port)
{
    bool produces;

    if (port == nullptr)
        return;
    produces = vc_port_produces(port);
    vc_port_release(port);
    if (produces)
        await_producer(&streams->places[index]);
}

/* ---- before a run ---- */

/* May this end be taken for a run, by what can be known before? */
static enum vc_code check_end(const struct vc_streams *streams, size_t index, bool held,
                              struct vc_err *err)
{
    enum vc_code code;

    if (held)
        return vc_fail(err, VC_STATE, "stream %s: another run holds it",
                       terms_at(streams, index)->name);
    code = vc_stream_check_uses(streams->places[index].stream, err);
    return code == VC_OK ? check_going_on(streams, index, err) : code;
}

static enum vc_code check_output(const struct vc_streams *streams, size_t index, struct vc_err *err)
{
    struct vc_stream_status status;

    vc_stream_status(streams->places[index].stream, &status);
    if (status.state == VC_STREAM_ENDED && !status.over)
        return vc_fail(err, VC_STATE, "stream %s: its consumers have not taken all of use %ju yet",
                       terms_at(streams, index)->name, (uintmax_t)status.use);
    return check_end(streams, index, status.held, err);
}

static enum vc_code check_input(const struct vc_streams *streams, size_t index,
                                struct vc_subject who, struct vc_err *err)
{
    struct vc_stream_status status;
    size_t consumer = 0;
    enum vc_code code = vc_force_decide_consume(streams->force, who, index, &consumer, err);

    if (code != VC_OK)
        return code;
    vc_stream_status(streams->places[index].stream, &status);
    if (status.consumers[consumer].left && !status.over)
        return vc_fail(err, VC_STATE, "stream %s: an earlier run has left use %ju of it",
                       terms_at(streams, index)->name, (uintmax_t)status.use);
    return check_end(streams, index, status.consumers[consumer].held, err);
}

enum vc_code vc_streams_check_run(struct vc_streams *streams, size_t program, struct vc_err *err)
{
    const struct vc_policy_program *terms = &streams->policy->programs[program];
    const struct vc_subject who = {VC_SUBJECT_PROGRAM, program};
    const char *const outputs[] = {terms->stdout_path, terms->stderr_path};
    enum vc_code code = VC_OK;
    size_t index;

    if (terms->stdin_path != nullptr &&
        vc_policy_stream_at(streams->policy, terms->stdin_path, &index))
        code = check_input(streams, index, who, err);
    for (size_t i = 0; i < VC_COUNT(outputs) && code == VC_OK; i++) {
        if (outputs[i] != nullptr && vc_policy_stream_at(streams->policy, outputs[i], &index))
            code = check_output(streams, index, err);
    }
    return code;
}

/* ---- narrowing ---- */

static void narrow_place(struct vc_streams *streams, size_t index)
{
    const struct vc_policy_stream *terms = terms_at(streams, index);
    struct vc_stream *stream = streams->places[index].stream;
    struct vc_stream_status status;
    size_t consumer;

    for (size_t i = 0; i < terms->consumer_count; i++) {
        if (vc_force_decide_consume(streams->force, terms->consumers[i], index, &consumer,
                                    nullptr) != VC_OK)
            vc_stream_exclude(stream, i, "narrowed");
    }
    vc_stream_status(stream, &status);
    if (status.state == VC_STREAM_OPEN &&
        vc_force_decide_produce(streams->force, terms->producer, index, nullptr) != VC_OK)
        vc_stream_lose(stream, "narrowed: its producer may not produce it any more");
}

void vc_streams_narrowed(struct vc_streams *streams)
{
    for (size_t i = 0; i < streams->policy->stream_count; i++)
        narrow_place(streams, i);
}

/* ---- the end of all ---- */

static void ignore(void *)
{
    /* nobody produces any more */
}

static bool anybody_waits(const struct vc_stream_status *status)
{
    for (size_t i = 0; i < VC_STREAM_CONSUMERS_MAX; i++) {
        if (status->consumers[i].held)
            return true;
    }
    return false;
}

/* Consumers that wait for a use to begin are told, too: it begins, and is lost. */
static void end_idle(struct place *place, const struct vc_stream_status *status, const char *reason)
{
    struct vc_port *port = nullptr;

    /* Without memory they learn it from the end of their connections. */
    if (!anybody_waits(status) ||
        vc_stream_take_producer(place->stream, (struct vc_port_holder){.changed = ignore}, &port,
                                nullptr) != VC_OK)
        return;
    vc_stream_lose(place->stream, reason);
    vc_port_release(port);
}

static bool is_read_outside(const struct vc_policy_stream *terms,
                            const struct vc_stream_status *status)
{
    for (size_t i = 0; i < terms->consumer_count; i++) {
        if (terms->consumers[i].kind == VC_SUBJECT_PRINCIPAL && status->consumers[i].held)
            return true;
    }
    return false;
}

bool vc_streams_end(struct vc_streams *streams, const char *reason)
{
    struct vc_stream_status status;
    bool cut_off = false;

    if (streams->ended[0] == '\0')
        (void)snprintf(streams->ended, sizeof(streams->ended), "%s", reason);
    for (size_t i = 0; i < streams->policy->stream_count; i++) {
        cancel_resume(&streams->places[i]);
        vc_stream_status(streams->places[i].stream, &status);
        cut_off = cut_off || is_read_outside(terms_at(streams, i), &status);
        if (status.state == VC_STREAM_IDLE)
            end_idle(&streams->places[i], &status, reason);
        else
            vc_stream_lose(streams->places[i].stream, reason);
    }
    return cut_off;
}
