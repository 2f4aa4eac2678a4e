/* SPDX-License-Identifier: MIT */

/* GET /v1/streams/{name}: from the window to a principal's connection, whenever the connection
 * takes more: nothing waits for it but what is in the window. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/decide.h"
#include "runtime/stream_call.h"
#include "runtime/stream_request.h"

static constexpr size_t CELLS_SIZE = 65536; /* bytes of cells made at once, if several fit */

struct sending {
    struct vc_stream_call call;
    const struct vc_policy_stream *terms;
    bool resumable;   /* what the client has consumed is taken, not what was handed out */
    uint64_t first;   /* position where the body begins */
    uint64_t sent;    /* up to where it was handed out, or made into cells */
    uint64_t handed;  /* bytes of the body that were handed out */
    uint8_t *cells;   /* of a padded stream: made, and not yet handed out */
    size_t cells_max; /* bytes */
    size_t cells_begin, cells_end;
    uint64_t taken;        /* the position that the client has come to */
    uint64_t taken_before; /* and that of the byte, or the record, before it */
    uint64_t taken_cells;
    bool finished; /* the end was handed out */
    char length[24];
    char mark[VC_MARK_TEXT_MAX];
};

static struct sending *sending_of(const struct vc_request *request)
{
    return (struct sending *)request->stream;
}

static void shed(struct vc_stream_call *call)
{
    struct sending *out = sending_of(call->request);

    free(vc_take(out->cells));
}

static void break_off(struct sending *out)
{
    vc_stream_call_release(&out->call);
    vc_http_abort(out->call.request->exchange);
}

static struct vc_bytes bytes_from(const struct sending *out, uint64_t position)
{
    const struct vc_port *port = out->call.port;

    return (struct vc_bytes){vc_port_at(port, position), (size_t)(vc_port_limit(port) - position)};
}

/* ---- what the client has taken ---- */

static void advance(struct sending *out, uint64_t position)
{
    if (position > vc_port_position(out->call.port) &&
        vc_port_advance(out->call.port, position, nullptr) != VC_OK)
        break_off(out); /* not without a mistake of ours */
}

/* Size of the record that begins there; 0: none that is whole, and not too long. A program may have
 * changed it since it was counted. */
static size_t record_size(const struct sending *out, uint64_t position)
{
    const bool lines = out->terms->records == VC_RECORDS_LINES;
    const size_t most = (size_t)out->terms->record_bytes + (lines ? 1 : VC_RECORD_PREFIX);
    struct vc_bytes bytes = bytes_from(out, position);
    const uint8_t *newline;
    uint64_t size = VC_RECORD_PREFIX;

    if (bytes.size > most)
        bytes.size = most;
    if (lines) {
        newline = bytes.size > 0 ? memchr(bytes.data, '\n', bytes.size) : nullptr;
        return newline != nullptr ? (size_t)(newline - bytes.data) + 1 : 0;
    }
    if (bytes.size < VC_RECORD_PREFIX)
        return 0;
    size += (uint64_t)bytes.data[0] << 24 | (uint64_t)bytes.data[1] << 16 |
            (uint64_t)bytes.data[2] << 8 | bytes.data[3];
    return size <= bytes.size ? (size_t)size : 0;
}

/* The records in the window are not those that were counted, or made into cells. */
static void lose_changed(struct sending *out)
{
    struct vc_streams *streams = out->call.request->api->context.streams;

    break_off(out);
    vc_stream_lose(vc_streams_at(streams, out->call.stream),
                   "its producer changed a record that was there");
}

/* From cell to cell, up to the last that is whole among so many bytes of the body. False: their
 * records are not what they were when the cells were made. */
static bool follow_cells(struct sending *out, uint64_t bytes)
{
    uint64_t cells = bytes / vc_cell_size(vc_policy_stream_cell(out->terms));

    for (; out->taken_cells < cells; out->taken_cells++) {
        size_t size = record_size(out, out->taken);

        if (size == 0 || size > out->sent - out->taken)
            return false;
        out->taken_before = out->taken;
        out->taken += size;
    }
    return true;
}

/* Of a client that wants to be able to come back, the last byte that there is (of a padded stream:
 * the last record) stays: the use is not over before it says that it knows the end. */
static void note_taken(struct sending *out)
{
    uint64_t bytes = out->handed;

    if (out->call.port == nullptr)
        return;
    if (out->resumable)
        bytes = vc_http_credited(out->call.request->exchange);
    if (out->terms->padded) {
        if (!follow_cells(out, bytes)) {
            lose_changed(out);
            return;
        }
    } else {
        out->taken = out->first + bytes;
        out->taken_before = out->taken > 0 ? out->taken - 1 : 0;
    }
    advance(out, out->resumable && out->taken >= vc_port_limit(out->call.port) ? out->taken_before
                                                                               : out->taken);
}

/* A stream that is lost is noticed here, too: nobody tells us of what our own calls bring about. */
static bool breaks_off(struct sending *out)
{
    if (out->call.port == nullptr)
        return true;
    if (vc_port_state(out->call.port) == VC_STREAM_LOST)
        break_off(out);
    return out->call.port == nullptr;
}

/* Does whatever can be done now. Room that is made may let a producer bring what waits for it, all
 * at once: so it is looked at again. */
static void move(struct sending *out)
{
    uint64_t limit;

    do {
        if (breaks_off(out))
            return;
        limit = vc_port_limit(out->call.port);
        note_taken(out);
    } while (out->call.port != nullptr && vc_port_limit(out->call.port) != limit);
    if (!breaks_off(out))
        vc_http_resume(out->call.request->exchange);
}

void vc_stream_get_credit(struct vc_request *request)
{
    if (request->stream != nullptr)
        move(sending_of(request));
}

/* ---- the body ---- */

/* False: the records in the window are not those that were counted; the stream is lost. */
static bool make_cells(struct sending *out)
{
    const struct vc_cell_form form = vc_policy_stream_cell(out->terms);
    const size_t cell_size = vc_cell_size(form);
    size_t taken = 0;

    if (out->cells_begin < out->cells_end)
        return true;
    out->cells_begin = 0;
    out->cells_end = 0;
    while (out->cells_max - out->cells_end >= cell_size &&
           out->sent < vc_port_limit(out->call.port)) {
        if (vc_cell_encode(form, bytes_from(out, out->sent), out->cells + out->cells_end, &taken,
                           nullptr) != VC_OK) {
            lose_changed(out);
            return false;
        }
        out->cells_end += cell_size;
        out->sent += taken;
    }
    return true;
}

static size_t ready(void *user, bool *ended)
{
    struct sending *out = user;
    struct vc_stream_status status;

    *ended = out->finished;
    if (out->finished || out->call.port == nullptr)
        return 0;
    vc_stream_look(out->call.request, out->call.stream, &status);
    if (status.state == VC_STREAM_LOST) {
        break_off(out);
        return 0;
    }
    if (out->terms->padded && !make_cells(out))
        return 0;
    *ended = status.state == VC_STREAM_ENDED &&
             (!out->terms->padded || out->sent == vc_port_limit(out->call.port));
    return out->terms->padded ? out->cells_end - out->cells_begin
                              : (size_t)(vc_port_limit(out->call.port) - out->sent);
}

static size_t pull(void *user, uint8_t *data, size_t size, bool *)
{
    struct sending *out = user;

    if (out->terms->padded) {
        memcpy(data, out->cells + out->cells_begin, size);
        out->cells_begin += size;
    } else {
        memcpy(data, vc_port_at(out->call.port, out->sent), size);
        out->sent += size;
    }
    out->handed += size;
    if (!out->resumable) {
        note_taken(out);
        (void)breaks_off(out);
    }
    return size;
}

static void note_end(struct sending *out, const struct vc_stream_status *status)
{
    out->finished = true;
    (void)snprintf(out->length, sizeof(out->length), "%ju", (uintmax_t)status->position);
    (void)snprintf(out->mark, sizeof(out->mark), "%s", status->mark);
}

static size_t trailers(void *user, struct vc_http_field *fields, size_t max)
{
    struct sending *out = user;
    struct vc_stream_status status;

    if (!out->finished) {
        vc_stream_look(out->call.request, out->call.stream, &status);
        note_end(out, &status);
        if (!out->resumable)
            vc_stream_call_release(&out->call);
    }
    if (max < 2)
        return 0;
    fields[0] = (struct vc_http_field){"stream-length", out->length};
    fields[1] = (struct vc_http_field){"repr-digest", out->mark};
    return 2;
}

static void on_changed(void *user)
{
    move(user);
}

/* ---- the beginning ---- */

static void respond(struct sending *out, uint64_t use)
{
    struct vc_request *request = out->call.request;
    const struct vc_http_feed feed = {
        .pull = pull, .user = out, .ready = ready, .trailers = trailers};
    char offset_text[24];
    char use_text[24];
    const struct vc_http_field fields[] = {
        {"content-type",
         out->terms->padded ? "application/vnd.veracruz.cells" : "application/octet-stream"},
        {"cache-control", "no-store"},
        {"stream-use", use_text},
        {"stream-offset", offset_text},
        {"preference-applied", "resumable"},
    };

    (void)snprintf(offset_text, sizeof(offset_text), "%ju", (uintmax_t)out->first);
    (void)snprintf(use_text, sizeof(use_text), "%ju", (uintmax_t)use);
    request->answered = true;
    /* On failure the connection is going down; on_close tells. */
    (void)!vc_http_respond_feed(request->exchange, 200, fields,
                                VC_COUNT(fields) - (out->resumable ? 0 : 1), &feed, nullptr);
}

/* Does a client that has all of this use ask for nothing but the proof of its end? It may have got
 * lost on the way. Nobody else will miss an empty stream's, once no use is left. */
static bool asks_for_proof(const struct vc_stream_get_fields *fields, size_t consumer,
                           const struct vc_stream_status *status)
{
    const struct vc_stream_consumer_status *own = &status->consumers[consumer];

    if (status->state != VC_STREAM_ENDED || own->position != status->position || own->left ||
        (fields->has_first && fields->first != status->position) ||
        (fields->use != 0 && fields->use != status->use))
        return false;
    return fields->has_first || fields->use != 0 ||
           (status->position == 0 && status->uses_left == 0);
}

/* Is this where the consumer goes on, as far as can be said before it has its end? False:
 * answered. */
static bool check_place(struct vc_request *request, size_t index, size_t consumer,
                        const struct vc_stream_get_fields *fields)
{
    struct vc_stream_status status;
    struct vc_stream_place place = {.field = "stream-offset"};
    uint64_t most;

    vc_stream_look(request, index, &status);
    if (status.state == VC_STREAM_LOST && (fields->use == status.use || fields->first > 0)) {
        vc_stream_answer_lost(request, index, &status);
        return false;
    }
    place.offset = status.over ? 0 : status.consumers[consumer].position;
    place.use = status.over ? status.use + 1 : status.use;
    most = status.over ? 0 : status.consumers[consumer].limit;
    if (fields->use != 0 && fields->use != place.use) {
        vc_stream_answer_place(request, &place, "stream-use: it is at another use");
        return false;
    }
    if (fields->has_first && (fields->first < place.offset || fields->first > most)) {
        vc_stream_answer_place(request, &place,
                               "range: what was taken is gone, and what is to come is not there");
        return false;
    }
    return true;
}

/* Records are skipped whole. */
static bool is_boundary(const struct sending *out, uint64_t first)
{
    uint64_t at = vc_port_position(out->call.port);

    while (out->terms->padded && at < first) {
        size_t size = record_size(out, at);

        if (size == 0)
            return false;
        at += size;
    }
    return !out->terms->padded || at == first;
}

/* The consumer has its end: begins where it is, or where it asks to. */
static void begin(struct sending *out, const struct vc_stream_get_fields *fields)
{
    struct vc_request *request = out->call.request;
    uint64_t position = vc_port_position(out->call.port);
    uint64_t first = fields->has_first ? fields->first : position;
    struct vc_stream_place place = {.field = "stream-offset", .offset = position};
    struct vc_stream_status status;

    vc_stream_look(request, out->call.stream, &status);
    place.use = status.use;
    if (first > vc_port_limit(out->call.port) || !is_boundary(out, first)) {
        vc_stream_answer_place(request, &place, "range: there is no whole record before it");
        return;
    }
    out->first = first;
    out->sent = first;
    out->taken = first;
    out->taken_before = position;
    out->resumable = fields->resumable;
    if (!out->resumable)
        advance(out, first);
    respond(out, status.use);
}

static enum vc_code prepare(struct sending *out, struct vc_err *err)
{
    size_t cell_size = vc_cell_size(vc_policy_stream_cell(out->terms));

    if (!out->terms->padded)
        return VC_OK;
    out->cells_max = cell_size < CELLS_SIZE ? CELLS_SIZE / cell_size * cell_size : cell_size;
    out->cells = malloc(out->cells_max);
    return out->cells != nullptr ? VC_OK : vc_fail_memory(err);
}

static enum vc_code read_fields(const struct vc_request *request, size_t index, size_t *consumer,
                                struct vc_stream_get_fields *fields, struct vc_err *err)
{
    const struct vc_http_exchange *exchange = request->exchange;
    const struct vc_subject who = {VC_SUBJECT_PRINCIPAL, request->principal};
    enum vc_code code =
        vc_force_decide_consume(vc_request_force(request), who, index, consumer, err);

    if (code != VC_OK)
        return code;
    return vc_stream_get_parse(vc_http_field(exchange, "range"), vc_http_field(exchange, "prefer"),
                               vc_http_field(exchange, "stream-use"), fields, err);
}

/* Takes the end and begins, or only says once more how it ended. */
static void open(struct sending *out, size_t consumer, const struct vc_stream_get_fields *fields)
{
    struct vc_request *request = out->call.request;
    struct vc_stream_status status;
    struct vc_err err = {};

    vc_stream_look(request, out->call.stream, &status);
    if (asks_for_proof(fields, consumer, &status)) {
        vc_stream_vacate(request->api, out->call.stream, out->call.seat);
        out->first = status.position;
        note_end(out, &status);
        respond(out, status.use);
    } else if (!check_place(request, out->call.stream, consumer, fields)) {
        return;
    } else if (prepare(out, &err) != VC_OK ||
               vc_stream_call_take(&out->call, on_changed, &err) != VC_OK) {
        vc_stream_answer_untaken(request, &err);
    } else {
        begin(out, fields);
    }
}

void vc_stream_get_begin(struct vc_request *request)
{
    struct vc_stream_get_fields fields;
    struct sending *out;
    struct vc_err err = {};
    size_t consumer = 0;
    size_t index;

    if (!vc_stream_find(request, &index))
        return;
    if (read_fields(request, index, &consumer, &fields, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    if (vc_streams_note_consumer(request->api->context.streams,
                                 (struct vc_stream_claim){index, vc_stream_who_asks(request)},
                                 &err) != VC_OK) {
        vc_answer_unrecorded(request, &err);
        return;
    }
    out = vc_stream_call_new(request, sizeof(*out), index, 1 + consumer);
    if (out == nullptr)
        return;
    out->call.shed = shed;
    out->terms = vc_stream_terms_of(request, index);
    open(out, consumer, &fields);
}

void vc_stream_get_close(struct vc_request *request)
{
    struct sending *out = sending_of(request);

    if (out == nullptr)
        return;
    shed(&out->call);
    vc_stream_call_free(&out->call);
}
