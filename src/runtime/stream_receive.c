/* SPDX-License-Identifier: MIT */

/* PUT /v1/streams/{name}: from a principal's connection into the window. What arrives is copied
 * once, to where consumers read it. The client is granted what the window has room for; only the
 * first bytes, which it may send before anybody knows what for, may have to wait aside. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/decide.h"
#include "runtime/stream_call.h"
#include "runtime/stream_document.h"
#include "runtime/stream_request.h"

/* For a client that ends its body without proof of the end: one that breaks off may do it the same
 * way, and then breaks the exchange or the connection. */
static constexpr uint64_t GRACE_MS = 50;
/* Grants are made for a part of the window at once; for less only if the client could not go on: a
 * consumer may need this very byte before it takes another. */
static constexpr uint64_t GRANT_PARTS = 4;

struct receiving {
    struct vc_stream_call call;
    const struct vc_policy_stream *terms;
    struct vc_stream_put_fields fields;
    struct vc_stream_end_fields end;
    bool ended;        /* the body is here, whole */
    uint64_t received; /* bytes of the body */
    uint64_t promised; /* that the client may send in all */
    uint8_t *aside;    /* VC_HTTP_FIRST_WINDOW bytes, or null: what the window had no room for */
    size_t aside_begin, aside_size;
    uint8_t *cell; /* of a padded stream: one that arrives in pieces */
    size_t cell_size, cell_fill;
    struct vc_timer *grace;
};

static struct receiving *receiving_of(const struct vc_request *request)
{
    return (struct receiving *)request->stream;
}

/* Bytes that the window has room for. */
static uint64_t room(const struct receiving *in)
{
    return vc_port_limit(in->call.port) - vc_port_position(in->call.port);
}

/* What was not taken will be sent again. */
static void shed(struct vc_stream_call *call)
{
    struct receiving *in = receiving_of(call->request);

    free(vc_take(in->aside));
    free(vc_take(in->cell));
    in->aside_size = 0;
}

/* ---- the answer ---- */

static void answer_state(struct receiving *in, bool complete)
{
    struct vc_request *request = in->call.request;
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);
    struct vc_stream_status status;
    char offset[24];
    char use[24];
    const struct vc_http_field fields[] = {{"content-type", "application/json"},
                                           {"upload-offset", offset},
                                           {"upload-complete", complete ? "?1" : "?0"},
                                           {"stream-use", use}};
    struct vc_err err = {};

    vc_stream_call_release(&in->call);
    vc_stream_look(request, in->call.stream, &status);
    (void)snprintf(offset, sizeof(offset), "%ju", (uintmax_t)status.position);
    (void)snprintf(use, sizeof(use), "%ju", (uintmax_t)status.use);
    vc_stream_write(&writer, request->api->context.policy, in->call.stream, &status);
    if (vc_json_write_end(&writer, &err) == VC_OK) {
        vc_answer_text(request, 200, fields, VC_COUNT(fields), &json);
    } else {
        vc_buffer_done(&json);
        vc_answer_error(request, &err);
    }
}

/* ---- bytes into the window ---- */

/* Moves the producer's position over `size` bytes that are in the window now. */
static enum vc_code advance(struct receiving *in, size_t size, struct vc_err *err)
{
    return vc_port_advance(in->call.port, vc_port_position(in->call.port) + size, err);
}

static enum vc_code take_plain(struct receiving *in, struct vc_bytes *bytes, struct vc_err *err)
{
    size_t size = bytes->size < room(in) ? bytes->size : (size_t)room(in);

    if (size == 0)
        return VC_OK;
    memcpy(vc_port_at(in->call.port, vc_port_position(in->call.port)), bytes->data, size);
    *bytes = (struct vc_bytes){bytes->data + size, bytes->size - size};
    return advance(in, size, err);
}

/* The producer itself is not told: it gets an answer of its own. */
static void lose(struct receiving *in, const char *reason)
{
    struct vc_streams *streams = in->call.request->api->context.streams;

    vc_stream_call_release(&in->call);
    vc_stream_lose(vc_streams_at(streams, in->call.stream), reason);
}

/* A whole cell, for which there is room. */
static enum vc_code take_cell(struct receiving *in, const uint8_t *cell, struct vc_err *err)
{
    const uint64_t position = vc_port_position(in->call.port);
    char reason[VC_STREAM_REASON_MAX];
    size_t size = 0;
    enum vc_code code =
        vc_cell_decode(vc_policy_stream_cell(in->terms), (struct vc_bytes){cell, in->cell_size},
                       vc_port_at(in->call.port, position), &size, err);

    if (code == VC_OK)
        return advance(in, size, err);
    (void)snprintf(reason, sizeof(reason), "its producer sent, for byte %ju, a malformed %.160s",
                   (uintmax_t)position, err->text);
    lose(in, in->terms->partial ? reason : "its producer sent a malformed cell");
    return vc_fail(err, code, "stream %s: %s", in->terms->name, reason);
}

/* Adds to the cell that is incomplete. */
static void gather_cell(struct receiving *in, struct vc_bytes *bytes)
{
    size_t size = in->cell_size - in->cell_fill;

    size = size < bytes->size ? size : bytes->size;
    if (size > 0)
        memcpy(in->cell + in->cell_fill, bytes->data, size);
    in->cell_fill += size;
    *bytes = (struct vc_bytes){bytes->data + size, bytes->size - size};
}

/* A record is never longer than its cell: where a cell has room, its record has. */
static enum vc_code take_cells(struct receiving *in, struct vc_bytes *bytes, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    while (code == VC_OK && (bytes->size > 0 || in->cell_fill == in->cell_size)) {
        if (in->cell_fill == 0 && bytes->size >= in->cell_size && room(in) >= in->cell_size) {
            const uint8_t *cell = bytes->data;

            *bytes = (struct vc_bytes){cell + in->cell_size, bytes->size - in->cell_size};
            code = take_cell(in, cell, err);
            continue;
        }
        gather_cell(in, bytes);
        if (in->cell_fill < in->cell_size || room(in) < in->cell_size)
            break;
        in->cell_fill = 0;
        code = take_cell(in, in->cell, err);
    }
    return code;
}

/* Takes what fits; *bytes is the rest. */
static enum vc_code take(struct receiving *in, struct vc_bytes *bytes, struct vc_err *err)
{
    return in->terms->padded ? take_cells(in, bytes, err) : take_plain(in, bytes, err);
}

static enum vc_code put_aside(struct receiving *in, struct vc_bytes bytes, struct vc_err *err)
{
    if (bytes.size == 0)
        return VC_OK;
    if (in->aside == nullptr)
        in->aside = malloc(VC_HTTP_FIRST_WINDOW);
    if (in->aside == nullptr)
        return vc_fail_memory(err);
    if (bytes.size > VC_HTTP_FIRST_WINDOW - in->aside_size)
        return vc_fail(err, VC_LIMIT, "stream %s: more than was granted", in->terms->name);
    if (in->aside_begin > 0)
        memmove(in->aside, in->aside + in->aside_begin, in->aside_size);
    in->aside_begin = 0;
    memcpy(in->aside + in->aside_size, bytes.data, bytes.size);
    in->aside_size += bytes.size;
    return VC_OK;
}

/* Takes what waits aside, as far as it fits by now; of a padded stream also a cell that does. */
static enum vc_code take_aside(struct receiving *in, struct vc_err *err)
{
    enum vc_code code;
    size_t before;

    do {
        struct vc_bytes bytes = {in->aside_size > 0 ? in->aside + in->aside_begin : nullptr,
                                 in->aside_size};

        before = in->aside_size;
        code = take(in, &bytes, err);
        in->aside_begin += before - bytes.size;
        in->aside_size = bytes.size;
    } while (code == VC_OK && in->aside_size > 0 && in->aside_size < before);
    return code;
}

/* ---- pace ---- */

/* What is on its way and what is here never exceed the room. */
static void grant(struct receiving *in)
{
    uint64_t outstanding = in->promised - in->received;
    uint64_t used = outstanding + in->aside_size + in->cell_fill;
    uint64_t more = room(in) > used ? room(in) - used : 0;

    if (more == 0 || (outstanding > 0 && more < in->terms->window_bytes / GRANT_PARTS))
        return;
    in->promised += more;
    vc_http_grant(in->call.request->exchange, (uint32_t)more);
}

/* ---- the end ---- */

static void end_stream(struct receiving *in)
{
    struct vc_http_exchange *exchange = in->call.request->exchange;
    uint64_t length = vc_port_position(in->call.port);
    uint64_t announced;
    struct vc_err err = {};

    if (in->end.has_length)
        length = in->end.length;
    else if (!in->terms->padded && vc_http_content_length(exchange, &announced))
        length = in->fields.offset + announced;
    if (vc_port_end(in->call.port, length, in->end.mark[0] != '\0' ? in->end.mark : nullptr,
                    &err) == VC_OK)
        answer_state(in, true);
    else
        vc_stream_answer_unfit(in->call.request, &err);
}

static void on_grace_over(void *user)
{
    struct receiving *in = user;

    in->grace = nullptr;
    if (in->call.port != nullptr)
        end_stream(in);
}

/* A padded stream ends, or pauses, behind a whole cell. */
static void refuse_cut_cell(struct receiving *in)
{
    struct vc_request *request = in->call.request;
    struct vc_err err = {};

    (void)!vc_fail(&err, VC_MALFORMED, "stream %s: the body ends in the middle of a cell",
                   in->terms->name);
    if (in->fields.complete)
        lose(in, "its producer ended it in the middle of a cell");
    vc_stream_answer_unfit(request, &err);
}

/* All of the body is in the window. */
static void conclude(struct receiving *in)
{
    struct vc_request *request = in->call.request;
    uint64_t announced;
    bool proven = in->end.has_length || in->end.mark[0] != '\0' ||
                  vc_http_content_length(request->exchange, &announced);
    struct vc_err err = {};

    if (in->grace != nullptr)
        return;
    if (in->cell_fill > 0) {
        refuse_cut_cell(in);
    } else if (!in->fields.complete) {
        answer_state(in, false);
    } else if (proven) {
        end_stream(in);
    } else if (vc_loop_after(request->api->context.loop, GRACE_MS, on_grace_over, in, &in->grace,
                             &err) != VC_OK) {
        vc_stream_answer_unfit(request, &err);
    }
}

/* ---- what moves it ---- */

static bool is_lost(struct receiving *in)
{
    struct vc_stream_status status;

    vc_stream_look(in->call.request, in->call.stream, &status);
    if (status.state != VC_STREAM_LOST)
        return false;
    vc_stream_answer_lost(in->call.request, in->call.stream, &status);
    return true;
}

/* Does whatever can be done now. */
static void move(struct receiving *in)
{
    struct vc_err err = {};

    if (in->call.port == nullptr || is_lost(in))
        return;
    if (take_aside(in, &err) != VC_OK)
        vc_stream_answer_unfit(in->call.request, &err);
    else if (is_lost(in)) /* whoever took what it brought may have seen to that */
        return;
    else if (!in->ended)
        grant(in);
    else if (in->aside_size == 0 && (in->cell_fill == 0 || in->cell_fill < in->cell_size))
        conclude(in); /* no whole cell waits for room */
}

static void on_changed(void *user)
{
    move(user);
}

void vc_stream_put_piece(struct vc_request *request, struct vc_bytes bytes)
{
    struct receiving *in = receiving_of(request);
    struct vc_err err = {};
    enum vc_code code = VC_OK;

    if (in == nullptr || in->call.port == nullptr)
        return;
    in->received += bytes.size;
    if (in->aside_size == 0)
        code = take(in, &bytes, &err);
    if (code == VC_OK)
        code = put_aside(in, bytes, &err);
    if (code != VC_OK)
        vc_stream_answer_unfit(request, &err);
    else
        move(in);
}

void vc_stream_put_end(struct vc_request *request)
{
    struct receiving *in = receiving_of(request);
    struct vc_err err = {};
    enum vc_code code;

    if (in == nullptr || in->call.port == nullptr)
        return;
    code = vc_stream_end_parse(vc_http_trailer(request->exchange, "stream-length"),
                               vc_http_trailer(request->exchange, "repr-digest"), &in->end, &err);
    if (code == VC_OK && !in->fields.complete && (in->end.has_length || in->end.mark[0] != '\0'))
        code = vc_fail(&err, VC_MALFORMED,
                       "upload-complete: ?0, and trailers that only an end can have");
    if (code != VC_OK) {
        vc_stream_call_release(&in->call);
        vc_answer_error(request, &err);
        return;
    }
    in->ended = true;
    move(in);
}

void vc_stream_put_close(struct vc_request *request)
{
    struct receiving *in = receiving_of(request);

    if (in == nullptr)
        return;
    vc_timer_cancel(in->grace);
    shed(&in->call);
    vc_stream_call_free(&in->call);
}

/* ---- the beginning ---- */

/* Where the producer goes on; the start of the next use if this one is over. False: answered. */
static bool check_place(struct vc_request *request, size_t index,
                        const struct vc_stream_put_fields *fields)
{
    struct vc_stream_status status;
    struct vc_stream_place place = {.field = "upload-offset"};

    vc_stream_look(request, index, &status);
    place.offset = status.over ? 0 : status.position;
    place.use = status.over ? status.use + 1 : status.use;
    if (status.state == VC_STREAM_LOST && (fields->offset > 0 || fields->use == status.use)) {
        vc_stream_answer_lost(request, index, &status);
        return false;
    }
    if (fields->use != 0 && fields->use != place.use) {
        vc_stream_answer_place(request, &place, "stream-use: it is at another use");
        return false;
    }
    if (fields->offset != place.offset && (status.over || status.state != VC_STREAM_ENDED)) {
        vc_stream_answer_place(request, &place, "upload-offset: not what was taken");
        return false;
    }
    return true;
}

static enum vc_code prepare(struct receiving *in, struct vc_err *err)
{
    if (!in->terms->padded)
        return VC_OK;
    in->cell_size = vc_cell_size(vc_policy_stream_cell(in->terms));
    in->cell = malloc(in->cell_size);
    return in->cell != nullptr ? VC_OK : vc_fail_memory(err);
}

static enum vc_code read_fields(const struct vc_request *request, size_t index,
                                struct vc_stream_put_fields *fields, struct vc_err *err)
{
    const struct vc_http_exchange *exchange = request->exchange;
    const struct vc_subject who = {VC_SUBJECT_PRINCIPAL, request->principal};
    enum vc_code code = vc_force_decide_produce(vc_request_force(request), who, index, err);

    if (code != VC_OK)
        return code;
    return vc_stream_put_parse(vc_http_field(exchange, "upload-offset"),
                               vc_http_field(exchange, "upload-complete"),
                               vc_http_field(exchange, "stream-use"), fields, err);
}

void vc_stream_put_begin(struct vc_request *request)
{
    struct vc_stream_put_fields fields;
    struct receiving *in;
    struct vc_err err = {};
    size_t index;

    if (!vc_stream_find(request, &index))
        return;
    if (read_fields(request, index, &fields, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    if (!check_place(request, index, &fields))
        return;
    if (vc_streams_check_room(request->api->context.streams,
                              (struct vc_stream_claim){index, vc_stream_who_asks(request)},
                              &err) != VC_OK) {
        vc_answer_unrecorded(request, &err);
        return;
    }
    in = vc_stream_call_new(request, sizeof(*in), index, VC_STREAM_PRODUCER_SEAT);
    if (in == nullptr)
        return;
    in->call.shed = shed;
    in->terms = vc_stream_terms_of(request, index);
    in->fields = fields;
    in->promised = VC_HTTP_FIRST_WINDOW;
    vc_http_hold(request->exchange);
    if (prepare(in, &err) != VC_OK || vc_stream_call_take(&in->call, on_changed, &err) != VC_OK)
        vc_stream_answer_untaken(request, &err);
    else
        grant(in);
}
