/* SPDX-License-Identifier: MIT */

/* Produces a stream. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/report.h"
#include "client/stream_outgoing.h"
#include "client/stream_party.h"
#include "net/http_server.h"

static constexpr unsigned HTTP_OK = 200;
static constexpr unsigned HTTP_CONFLICT = 409;
static constexpr unsigned ERROR_STATUS = 400;
static constexpr unsigned CORRECTIONS_MAX = 16; /* of where to go on, one after the other */
static constexpr uint64_t DROPPED_MAX = 65536;  /* bytes that a container reads behind a refusal */

struct put {
    struct vc_stream_party end;
    struct vc_stream_outgoing outgoing;
    bool begun;
    bool done;
    uint64_t from;        /* where this attempt began */
    uint64_t credited;    /* by the container, in this attempt */
    uint64_t total;       /* if it can be known; else 0 */
    unsigned corrections; /* since it last got anywhere */
};

/* How far the container is. */
struct place {
    uint64_t use, offset;
    bool complete;
};

static enum vcc_status fail_as(struct vcc_error *error, enum vcc_status status,
                               const struct put *put, const char *text)
{
    struct vc_err err = {};

    (void)!vc_fail(&err, VC_STATE, "stream %s: %s", put->end.terms->name, text);
    return vc_report(error, status, &err);
}

/* ---- where to go on ---- */

static bool read_place(struct vc_bytes fields, struct place *place)
{
    char complete[8];

    if (!vc_stream_field_number(fields, "upload-offset", &place->offset) ||
        !vc_stream_field_number(fields, "stream-use", &place->use) || place->use == 0 ||
        !vc_stream_field_text(fields, "upload-complete", complete, sizeof(complete)))
        return false;
    place->complete = strcmp(complete, "?1") == 0;
    return place->complete || strcmp(complete, "?0") == 0;
}

/* VC_STATE: the container says something else; the list of streams says it in words. */
static enum vc_code ask_place(struct put *put, struct place *place, struct vc_err *err)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    const struct vc_http_call call = {.method = "HEAD",
                                      .target = put->end.target,
                                      .idle_timeout_ms = put->end.client->timeout_ms};
    enum vc_code code = vc_stream_party_call(&put->end, &call, &answer, err);

    if (code != VC_OK)
        return code;
    if (answer.status != HTTP_OK || !read_place(vc_buffer_bytes(&answer.fields), place))
        return vc_fail(err, VC_STATE, "the container does not say where the stream is");
    return VC_OK;
}

/* A stream of which a use is over begins its next. */
static enum vc_code begin(struct put *put, const struct place *place, struct vc_err *err)
{
    bool next = place->complete;
    const struct vc_mark_subject subject = {.policy_hash = put->end.client->policy->hash,
                                            .stream = put->end.terms->name,
                                            .use = place->use + (next ? 1 : 0)};
    uint64_t offset = next ? 0 : place->offset;
    uint64_t size;
    enum vc_code code =
        vc_stream_outgoing_begin(&put->outgoing, put->end.terms, &subject, offset, err);

    if (code != VC_OK)
        return code;
    if (vc_stream_feed_is_file(put->outgoing.feed, &size))
        put->total = size;
    put->end.use = subject.use;
    put->from = offset;
    put->begun = true;
    return VC_OK;
}

/* The container says that it is whole: is it what was sent? */
static enum vcc_status conclude(struct put *put, const struct vc_stream_view *view,
                                struct vcc_error *error)
{
    const struct vc_stream_outgoing *outgoing = &put->outgoing;

    if (view->state != VC_STREAM_ENDED || !outgoing->ended ||
        view->position != outgoing->kept.end || strcmp(view->mark, outgoing->digest) != 0)
        return fail_as(error, VCC_LOST, put, "it was ended elsewhere, and not with these bytes");
    put->done = true;
    return VCC_OK;
}

/* What this attempt, which broke off, shows the container to have: it grants no more than the
 * window beyond what has been taken out of that; but also some that it drops, if its refusal never
 * arrived. In cells nobody can tell. */
static void note_known(struct put *put)
{
    uint64_t granted = VC_HTTP_FIRST_WINDOW + put->credited;
    uint64_t unknown = put->end.terms->window_bytes + DROPPED_MAX;
    uint64_t known = put->from;

    if (!put->outgoing.padded && granted > unknown)
        known += granted - unknown;
    if (known > put->end.known)
        put->end.known = known;
}

/* After a break: the container has taken this much. */
static enum vcc_status go_on(struct put *put, const struct place *place, struct vcc_error *error)
{
    struct vc_err err = {};

    if (place->offset < put->end.known)
        return vc_stream_party_replaced(&put->end, error);
    if (vc_stream_outgoing_seek(&put->outgoing, place->offset, &err) != VC_OK)
        return fail_as(error, VCC_FAILED, put, err.text);
    if (place->offset > put->from) {
        vc_stream_party_moved(&put->end);
        put->corrections = 0;
    }
    put->from = place->offset;
    return VCC_OK;
}

static enum vcc_status start(struct put *put, const struct place *place, struct vcc_error *error)
{
    struct vc_err err = {};
    enum vc_code code = begin(put, place, &err);

    if (code == VC_OK)
        return VCC_OK;
    (void)vc_fail_in(&err, code, "stream %s", put->end.terms->name);
    return vc_report_code(error, code, &err);
}

/* All was sent, with its end; then no answer came, and now the container is at a later use. A use
 * that was lost is followed by another just as one that ended is. */
static enum vcc_status tell_unknown(const struct put *put, struct vcc_error *error)
{
    return fail_as(error, VCC_FAILED, put,
                   "all of it was sent, and it is unknown whether the end was taken: the container "
                   "is at a later use");
}

static bool is_past(const struct put *put, const struct vc_stream_view *view)
{
    return put->begun && put->outgoing.ended && view->use > put->end.use;
}

/* Why it broke off, or was refused: as vc_stream_party_check_lost. */
static enum vcc_status check_lost(struct put *put, struct vc_stream_view *view, bool *broken,
                                  struct vcc_error *error)
{
    enum vcc_status status = vc_stream_party_check_lost(&put->end, view, broken, error);

    return status == VCC_LOST && is_past(put, view) ? tell_unknown(put, error) : status;
}

/* What HEAD does not say in full: *broken if asking broke off. */
static enum vcc_status look(struct put *put, struct place *place, bool *broken,
                            struct vcc_error *error)
{
    struct vc_stream_view view;
    enum vcc_status status = check_lost(put, &view, broken, error);

    if (*broken)
        return VCC_OK;
    if (status == VCC_LOST && !put->begun) { /* that was the use before */
        *place = (struct place){.use = view.use, .complete = true};
        return VCC_OK;
    }
    if (status != VCC_OK)
        return status;
    if (put->begun && view.use < put->end.use) { /* no byte of this one has arrived yet */
        *place = (struct place){.use = put->end.use};
        return VCC_OK;
    }
    *place = (struct place){
        .use = view.use, .offset = view.position, .complete = view.state == VC_STREAM_ENDED};
    return put->begun && place->complete ? conclude(put, &view, error) : VCC_OK;
}

/* Learns where to go on, and goes there. */
static enum vcc_status find_place(struct put *put, bool *broken, struct vc_err *why,
                                  struct vcc_error *error)
{
    struct place place = {};
    enum vc_code code = ask_place(put, &place, why);
    enum vcc_status status = VCC_OK;

    *broken = code == VC_CLOSED;
    if (*broken)
        return VCC_OK;
    if (code != VC_OK && code != VC_STATE)
        return vc_report_code(error, code, why);
    if (code == VC_STATE || (put->begun && (place.complete || place.use != put->end.use)))
        status = look(put, &place, broken, error);
    if (status != VCC_OK || *broken || put->done)
        return status;
    return put->begun ? go_on(put, &place, error) : start(put, &place, error);
}

/* ---- sending ---- */

/* Bytes that have left the window, at least; for people. In cells nobody can tell. */
static void show(void *user, uint64_t sent, uint64_t)
{
    struct put *put = user;
    const struct vc_stream_outgoing *outgoing = &put->outgoing;
    uint64_t granted = VC_HTTP_FIRST_WINDOW + put->credited;
    uint64_t window = put->end.terms->window_bytes;
    uint64_t gone = put->from + (granted > window ? granted - window : 0);
    struct vcc_stream_progress progress = {.done = outgoing->at,
                                           .total = put->total,
                                           .reconnects = put->end.shown.reconnects,
                                           .waiting = sent >= granted};

    if (!outgoing->padded && gone < outgoing->at)
        progress.done = gone > put->end.shown.done ? gone : put->end.shown.done;
    if (progress.done > outgoing->at) /* of an attempt before */
        progress.done = outgoing->at;
    progress.ahead = outgoing->at - progress.done;
    vc_stream_party_show(&put->end, &progress);
}

/* A producer whose own side failed says so: nobody is to wait for the rest. */
static enum vcc_status give_up(struct put *put, enum vc_code code, const struct vc_err *why,
                               struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    struct vc_err told = *why;

    (void)vc_fail_in(&told, code, "stream %s was given up", put->end.terms->name);
    /* If this does not arrive, the container loses patience by itself. */
    (void)!vc_stream_party_leave(&put->end, nullptr, &answer, nullptr);
    return vc_report_code(error, code, &told);
}

/* A refusal: the use is lost, or this request is not wanted. */
static enum vcc_status refuse(struct put *put, const struct vc_http_answer *answer, bool *again,
                              struct vcc_error *error)
{
    struct vc_stream_view view;
    uint64_t taken;
    bool broken;
    struct vcc_error why;
    enum vcc_status status = check_lost(put, &view, &broken, &why);

    if (status != VCC_OK) {
        if (error != nullptr) {
            why.http_status = (int)answer->status;
            *error = why;
        }
        return status;
    }
    *again = answer->status == HTTP_CONFLICT &&
             vc_stream_field_number(vc_buffer_bytes(&answer->fields), "upload-offset", &taken) &&
             taken != put->from && ++put->corrections <= CORRECTIONS_MAX;
    return *again ? VCC_OK : vc_stream_refused(answer, error);
}

static enum vcc_status accept(struct put *put, const struct vc_http_answer *answer, bool *again,
                              struct vcc_error *error)
{
    struct place place;

    if (answer->status >= ERROR_STATUS)
        return refuse(put, answer, again, error);
    if (answer->status != HTTP_OK || !put->outgoing.ended ||
        !read_place(vc_buffer_bytes(&answer->fields), &place) || !place.complete ||
        place.offset != put->outgoing.kept.end || place.use != put->end.use)
        return fail_as(error, VCC_FAILED, put, "the container took something else for its end");
    put->done = true;
    return VCC_OK;
}

/* Sends from where it is to the end. VC_OK: there is an answer. */
static enum vc_code send_rest(struct put *put, struct vc_http_answer *answer, struct vc_err *err)
{
    char offset[24];
    char use[24];
    const struct vc_http_field fields[] = {
        {"content-type",
         put->outgoing.padded ? "application/vnd.veracruz.cells" : "application/octet-stream"},
        {"upload-offset", offset},
        {"upload-complete", "?1"},
        {"stream-use", use},
    };
    const struct vc_http_source source = {.pull = vc_stream_outgoing_pull,
                                          .ready_fd = vc_stream_feed_ready_fd(put->outgoing.feed),
                                          .trailers = vc_stream_outgoing_trailers,
                                          .credited = &put->credited,
                                          .user = &put->outgoing};
    const struct vc_http_call call = {.method = "PUT",
                                      .target = put->end.target,
                                      .fields = fields,
                                      .field_count = VC_COUNT(fields),
                                      .source = &source,
                                      .progress = show,
                                      .progress_user = put,
                                      .pulse_ms = VC_STREAM_TICK_MS};

    put->credited = 0;
    (void)snprintf(offset, sizeof(offset), "%" PRIu64, put->from);
    (void)snprintf(use, sizeof(use), "%" PRIu64, put->end.use);
    return vc_stream_party_call(&put->end, &call, answer, err);
}

/* It broke off. While the connection lives that is the container's will: why? */
static enum vcc_status ask_why(struct put *put, struct vcc_error *error)
{
    struct vc_stream_view view;
    bool broken;
    enum vcc_status status = check_lost(put, &view, &broken, error);

    if (status != VCC_OK || broken || view.state != VC_STREAM_OPEN || !view.produced)
        return status;
    return fail_as(error, VCC_FAILED, put, "another connection of this principal took it over");
}

/* *broken: to be tried again on another connection; *why says what happened. */
static enum vcc_status attempt(struct put *put, bool *broken, struct vc_err *why,
                               struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    enum vcc_status status = find_place(put, broken, why, error);
    bool again = false;

    if (status != VCC_OK || *broken || put->done)
        return status;
    enum vc_code code = send_rest(put, &answer, why);

    if (code == VC_CLOSED)
        note_known(put);
    if (put->outgoing.failed)
        return give_up(put, code, why, error);
    if (code == VC_OK)
        return accept(put, &answer, &again, error);
    *broken = code == VC_CLOSED;
    if (*broken)
        return ask_why(put, error);
    return code == VC_MALFORMED ? vc_report(error, VCC_FAILED, why)
                                : vc_report_code(error, code, why);
}

static void tell_result(struct put *put)
{
    struct vcc_stream_result *result = put->end.options.result;
    struct vcc_stream_progress progress = {.done = put->outgoing.kept.end,
                                           .total = put->outgoing.kept.end,
                                           .reconnects = put->end.shown.reconnects};

    vc_stream_party_show(&put->end, &progress);
    if (result == nullptr)
        return;
    *result = (struct vcc_stream_result){
        .use = put->end.use, .bytes = progress.done, .reconnects = progress.reconnects};
    (void)snprintf(result->digest, sizeof(result->digest), "%s", put->outgoing.digest);
}

static enum vcc_status produce(struct put *put, struct vc_stream_feed *feed,
                               struct vcc_error *error)
{
    enum vcc_status status = VCC_OK;

    put->outgoing.feed = feed;
    while (status == VCC_OK && !put->done) {
        struct vc_err why = {};
        bool broken = false;

        status = attempt(put, &broken, &why, error);
        if (status == VCC_OK && broken)
            status = vc_stream_party_retry(&put->end, &why, error);
    }
    if (status == VCC_OK)
        tell_result(put);
    vc_stream_outgoing_done(&put->outgoing);
    return status;
}

static enum vcc_status init(struct put *put, vcc_client *client, const char *stream,
                            const struct vcc_stream_options *options, struct vcc_error *error)
{
    enum vcc_status status = vc_stream_party_init(&put->end, client, stream, options, error);

    return status == VCC_OK ? vc_stream_party_check(&put->end, true, error) : status;
}

enum vcc_status vcc_stream_put_file(vcc_client *client, const char *stream, const char *local_path,
                                    const struct vcc_stream_options *options,
                                    struct vcc_error *error)
{
    vc_cleanup(vc_stream_feed_freep) struct vc_stream_feed *feed = nullptr;
    struct put put = {};
    struct vc_err err = {};
    enum vcc_status status = init(&put, client, stream, options, error);

    if (status != VCC_OK)
        return status;
    enum vc_code code = vc_stream_feed_open(local_path, &feed, &err);

    return code == VC_OK ? produce(&put, feed, error) : vc_report_code(error, code, &err);
}

/* NOLINTNEXTLINE(readability-function-size): the public header's parameters */
enum vcc_status vcc_stream_put(vcc_client *client, const char *stream, vcc_stream_read *read,
                               void *read_user, const struct vcc_stream_options *options,
                               struct vcc_error *error)
{
    vc_cleanup(vc_stream_feed_freep) struct vc_stream_feed *feed = nullptr;
    struct put put = {};
    struct vc_err err = {};
    enum vcc_status status = init(&put, client, stream, options, error);

    if (status != VCC_OK)
        return status;
    bool prompt = options != nullptr && options->prompt != 0;
    enum vc_code code = prompt ? vc_stream_feed_prompt(read, read_user, &feed, &err)
                               : vc_stream_feed_call(read, read_user, &feed, &err);

    return code == VC_OK ? produce(&put, feed, error) : vc_report_code(error, code, &err);
}
