/* SPDX-License-Identifier: MIT */

/* Consumes a stream. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/report.h"
#include "client/stream_incoming.h"
#include "client/stream_party.h"
#include "net/loop.h"

static constexpr unsigned HTTP_OK = 200;
static constexpr unsigned HTTP_NO_CONTENT = 204;
static constexpr unsigned HTTP_PARTIAL = 206;
static constexpr uint32_t CREDIT_MAX =
    256 * 1024; /* bytes taken before the container hears of it */

struct get {
    struct vc_stream_party end;
    struct vc_stream_target target;
    struct vc_stream_incoming incoming;
    bool begun;
    bool proven;                   /* all of it came, and is what the producer meant */
    bool done;                     /* and the container knows */
    bool headed;                   /* this attempt's answer has begun as it should */
    uint64_t before;               /* position when this attempt began */
    uint64_t seen, seen_ms;        /* position, and when it last changed: for people */
    char digest[VC_MARK_TEXT_MAX]; /* of the whole */
};

static enum vcc_status fail_with(struct vcc_error *error, enum vcc_status status,
                                 const struct get *get, const struct vc_err *why)
{
    struct vc_err told = *why;

    (void)vc_fail_in(&told, why->code, "stream %s", get->end.terms->name);
    return vc_report(error, status, &told);
}

/* ---- the answer's header ---- */

static enum vc_code begin(struct get *get, uint64_t use, uint64_t offset, struct vc_err *err)
{
    const struct vc_mark_subject subject = {
        .policy_hash = get->end.client->policy->hash, .stream = get->end.terms->name, .use = use};
    enum vc_code code =
        vc_stream_incoming_begin(&get->incoming, get->end.terms, &subject, offset, err);

    get->incoming.failed = code != VC_OK;
    get->end.use = use;
    get->begun = code == VC_OK;
    return code;
}

static enum vc_code take_head(void *user, unsigned status, struct vc_bytes fields,
                              struct vc_err *err)
{
    struct get *get = user;
    uint64_t use;
    uint64_t offset;
    enum vc_code code = VC_OK;

    if ((status != HTTP_OK && status != HTTP_PARTIAL) ||
        !vc_stream_field_number(fields, "stream-use", &use) || use == 0 ||
        !vc_stream_field_number(fields, "stream-offset", &offset))
        return vc_fail(err, VC_MALFORMED, "the container does not say what it sends");
    if (!get->begun)
        code = begin(get, use, offset, err);
    else if (use < get->end.use)
        code = vc_fail(err, VC_STATE, "the container is another one than before");
    else if (use > get->end.use)
        code = vc_fail(err, VC_STATE, "the container has gone on to another use");
    else if (offset != get->incoming.position)
        code =
            vc_fail(err, VC_STATE, "the container goes on at byte %" PRIu64 " instead of %" PRIu64,
                    offset, get->incoming.position);
    get->headed = code == VC_OK;
    get->before = get->incoming.position;
    return code;
}

static enum vc_code take_piece(void *user, struct vc_bytes piece, struct vc_err *err)
{
    struct get *get = user;

    if (!get->headed)
        return vc_fail(err, VC_MALFORMED, "a body without its header");
    return vc_stream_incoming_take(&get->incoming, piece, err);
}

static void show(void *user, uint64_t, uint64_t)
{
    struct get *get = user;
    uint64_t position = get->incoming.position;
    uint64_t now_ms = vc_loop_now_ms();

    if (position != get->seen || get->seen_ms == 0) {
        get->seen = position;
        get->seen_ms = now_ms;
    }
    const struct vcc_stream_progress progress = {.done = position,
                                                 .reconnects = get->end.shown.reconnects,
                                                 .waiting =
                                                     now_ms - get->seen_ms >= VC_STREAM_TICK_MS};

    vc_stream_party_show(&get->end, &progress);
}

/* ---- one connection ---- */

static uint32_t credit_step(const struct vc_policy_stream *terms)
{
    uint32_t part = terms->window_bytes / 4;

    return part < CREDIT_MAX ? part : CREDIT_MAX;
}

static enum vc_code receive(struct get *get, struct vc_http_answer *answer, struct vc_err *err)
{
    char range[40];
    const struct vc_http_field fields[] = {{"prefer", "resumable"}, {"range", range}};
    const struct vc_http_sink sink = {.head = take_head,
                                      .write = take_piece,
                                      .user = get,
                                      .credit_bytes = credit_step(get->end.terms)};
    const struct vc_http_call call = {.method = "GET",
                                      .target = get->end.target,
                                      .fields = fields,
                                      .field_count = get->incoming.position > 0 ? 2 : 1,
                                      .sink = &sink,
                                      .progress = show,
                                      .progress_user = get,
                                      .pulse_ms = VC_STREAM_TICK_MS};

    (void)snprintf(range, sizeof(range), "bytes=%" PRIu64 "-", get->incoming.position);
    get->headed = false;
    vc_stream_incoming_rewind(&get->incoming);
    return vc_stream_party_call(&get->end, &call, answer, err);
}

/* The body ended: is it the whole? */
static enum vcc_status prove(struct get *get, const struct vc_http_answer *answer,
                             struct vcc_error *error)
{
    struct vc_bytes trailers = vc_buffer_bytes(&answer->trailers);
    char claimed[VC_MARK_TEXT_MAX];
    struct vc_err err = {};
    uint64_t length;
    enum vc_code code = VC_OK;

    if (!get->headed || !vc_stream_field_number(trailers, "stream-length", &length) ||
        !vc_stream_field_text(trailers, "repr-digest", claimed, sizeof(claimed))) {
        (void)!vc_fail(&err, VC_UNTRUSTED, "it stopped without a proof that this was all");
        return fail_with(error, VCC_FAILED, get, &err);
    }
    code = vc_stream_incoming_check(&get->incoming, length, claimed, get->digest, &err);
    if (code == VC_OK)
        code = vc_stream_target_close(&get->target, &err);
    if (code != VC_OK)
        return fail_with(error, VCC_FAILED, get, &err);
    get->proven = true;
    return VCC_OK;
}

/* A consumer whose own side failed wants no more. */
static enum vcc_status leave(struct get *get, enum vc_code code, const struct vc_err *why,
                             struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};

    /* Bytes that are only elsewhere are no reason to give up what is left of them. If this does not
     * arrive, the next to come as this consumer finds the stream where it is. */
    if (get->begun)
        (void)!vc_stream_party_leave(&get->end, nullptr, &answer, nullptr);
    return fail_with(error, vc_report_status(code), get, why);
}

static enum vcc_status refuse(struct get *get, const struct vc_http_answer *answer,
                              struct vcc_error *error)
{
    struct vc_stream_view view;
    struct vcc_error why;
    bool broken = false;
    enum vcc_status status = VCC_OK;

    if (get->begun)
        status = vc_stream_party_check_lost(&get->end, &view, &broken, &why);
    if (status == VCC_OK)
        return vc_stream_refused(answer, error);
    if (error != nullptr)
        *error = why;
    return status;
}

/* A consumer of a lost use is told so when it comes back, and what it asks for after that is the
 * next use. Who has been told otherwise hears it here, lest its next call begin with old news. */
static void acknowledge(struct get *get)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};

    const struct vc_http_field fields[] = {{"prefer", "resumable"}};
    const struct vc_http_sink sink = {.head = take_head, .write = take_piece, .user = get};
    const struct vc_http_call call = {.method = "GET",
                                      .target = get->end.target,
                                      .fields = fields,
                                      .field_count = VC_COUNT(fields),
                                      .sink = &sink,
                                      .idle_timeout_ms = get->end.client->timeout_ms};

    /* Should the next use have begun already, take_head lets none of it in. */
    get->headed = false;
    (void)!vc_stream_party_call(&get->end, &call, &answer, nullptr);
}

/* It broke off. While the connection lives that is the container's will: why? */
static enum vcc_status ask_why(struct get *get, struct vcc_error *error)
{
    struct vc_stream_view view;
    struct vc_err err = {};
    bool broken;
    enum vcc_status status = vc_stream_party_check_lost(&get->end, &view, &broken, error);

    if (status == VCC_LOST)
        acknowledge(get);
    if (status != VCC_OK || broken || !view.held || !get->headed)
        return status;
    (void)!vc_fail(&err, VC_STATE, "another connection of this principal took it over");
    return fail_with(error, VCC_FAILED, get, &err);
}

static enum vcc_status attempt(struct get *get, bool *broken, struct vc_err *why,
                               struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    enum vc_code code = receive(get, &answer, why);

    if (get->headed && get->incoming.position > get->before)
        vc_stream_party_moved(&get->end);
    get->end.known = get->incoming.position;
    if (get->incoming.failed)
        return leave(get, code, why, error);
    if (code == VC_OK)
        return answer.status == HTTP_OK || answer.status == HTTP_PARTIAL
                   ? prove(get, &answer, error)
                   : refuse(get, &answer, error);
    *broken = code == VC_CLOSED;
    if (*broken)
        return ask_why(get, error);
    return fail_with(error, code == VC_MALFORMED ? VCC_FAILED : vc_report_status(code), get, why);
}

/* ---- the end ---- */

/* Not heard, or heard before: has the container anything left for this consumer? Of a use that is
 * past, or lost for others, it has not; nor has another container, which knows nothing of it. */
static enum vcc_status check_heard(struct get *get, bool *broken, struct vcc_error *error)
{
    struct vc_stream_view view;
    struct vc_err err = {};
    enum vc_code code = vc_stream_party_look(&get->end, &view, &err);

    *broken = code == VC_CLOSED;
    if (*broken)
        return VCC_OK;
    if (code != VC_OK)
        return fail_with(error, VCC_FAILED, get, &err);
    get->done = view.use != get->end.use || view.left || view.state == VC_STREAM_LOST ||
                view.position < get->end.known;
    return VCC_OK;
}

/* Tells the container that it need keep nothing any more. */
static enum vcc_status confirm(struct get *get, bool *broken, struct vc_err *why,
                               struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    char offset[24];

    (void)snprintf(offset, sizeof(offset), "%" PRIu64, get->incoming.position);
    enum vc_code code = vc_stream_party_leave(&get->end, offset, &answer, why);

    *broken = code == VC_CLOSED;
    if (*broken)
        return VCC_OK;
    if (code != VC_OK)
        return fail_with(error, vc_report_status(code), get, why);
    get->done = answer.status == HTTP_NO_CONTENT;
    if (get->done)
        return VCC_OK;
    enum vcc_status status = check_heard(get, broken, error);

    return status != VCC_OK || *broken || get->done ? status : vc_stream_refused(&answer, error);
}

static void tell_result(struct get *get)
{
    struct vcc_stream_result *result = get->end.options.result;
    const struct vcc_stream_progress progress = {.done = get->incoming.position,
                                                 .total = get->incoming.position,
                                                 .reconnects = get->end.shown.reconnects};

    vc_stream_party_show(&get->end, &progress);
    if (result == nullptr)
        return;
    *result = (struct vcc_stream_result){
        .use = get->end.use, .bytes = progress.done, .reconnects = progress.reconnects};
    (void)snprintf(result->digest, sizeof(result->digest), "%s", get->digest);
}

static enum vcc_status consume(struct get *get, struct vcc_error *error)
{
    enum vcc_status status = VCC_OK;

    get->incoming.target = &get->target;
    while (status == VCC_OK && !get->done) {
        struct vc_err why = {};
        bool broken = false;

        status =
            get->proven ? confirm(get, &broken, &why, error) : attempt(get, &broken, &why, error);
        if (status == VCC_OK && broken)
            status = vc_stream_party_retry(&get->end, &why, error);
        /* The whole is here. That the container could not be told is no matter of the whole. */
        get->done = get->done || (get->proven && status == VCC_FAILED);
        status = get->done ? VCC_OK : status;
    }
    if (status == VCC_OK)
        tell_result(get);
    vc_stream_incoming_done(&get->incoming);
    vc_stream_target_done(&get->target);
    return status;
}

enum vcc_status vcc_stream_get_file(vcc_client *client, const char *stream, const char *local_path,
                                    const struct vcc_stream_options *options,
                                    struct vcc_error *error)
{
    struct get get = {.target = {.fd = -1}};
    struct vc_err err = {};
    enum vcc_status status = vc_stream_party_init(&get.end, client, stream, options, error);

    if (status == VCC_OK)
        status = vc_stream_party_check(&get.end, false, error);
    if (status != VCC_OK)
        return status;
    enum vc_code code = vc_stream_target_open(local_path, &get.target, &err);

    return code == VC_OK ? consume(&get, error) : vc_report_code(error, code, &err);
}

/* NOLINTNEXTLINE(readability-function-size): the public header's parameters */
enum vcc_status vcc_stream_get(vcc_client *client, const char *stream, vcc_stream_write *write,
                               void *write_user, const struct vcc_stream_options *options,
                               struct vcc_error *error)
{
    struct get get = {
        .target = {.fd = -1, .write = write, .user = write_user, .name = "the stream's target"}};
    enum vcc_status status = vc_stream_party_init(&get.end, client, stream, options, error);

    if (status == VCC_OK)
        status = vc_stream_party_check(&get.end, false, error);
    return status == VCC_OK ? consume(&get, error) : status;
}
