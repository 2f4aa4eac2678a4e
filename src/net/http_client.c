/* SPDX-License-Identifier: MIT */

#include "net/http_client.h"

#include <poll.h>
#include <stdckdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "net/dial_internal.h"
#include "net/h2_internal.h"
#include "net/loop.h"
#include "net/tcp_internal.h"

static constexpr unsigned ERROR_STATUS = 400; /* the first status whose body is not for the sink */

/* One call under way. */
struct call {
    const struct vc_http_call *order;
    int32_t stream;
    struct vc_h2_source source;
    struct vc_http_answer answer;
    size_t field_count, trailer_count;
    bool headed; /* the final header is complete */
    bool begun;  /* the sink knows it */
    bool ended;  /* the answer's end arrived */
    bool cut;    /* and then we broke off what was left to send */
    bool closed; /* the stream is no more */
    uint32_t error_code;
    bool size_known;
    uint64_t size;
    uint64_t received;
    uint32_t uncredited;   /* of those, what the sink took and the server was not yet told of */
    struct vc_err failure; /* ours: the sink's, the pulse's, or a limit; code is VC_OK before */
    struct call *outer;    /* the call within whose pulse this one is made; or null */
    uint64_t traffic, quiet_since_ms; /* of the connection, when bytes last went either way */
    bool resting;                     /* its pulse is being asked, or said no */
    struct vc_buffer held;            /* what arrived meanwhile: at most a stream's window */
};

struct vc_http_client {
    int fd;
    struct vc_chunk_pool pool;
    struct vc_tls_session *tls;
    struct vc_h2 h2;
    uint8_t *batch;
    char *authority;
    bool greeted;      /* the server's SETTINGS arrived */
    bool more_in;      /* TLS holds bytes that the socket will not show again */
    bool dead;         /* no further call */
    struct call *call; /* the innermost; null between calls */
};

static struct call *find(void *user_data, int32_t stream)
{
    struct vc_h2 *h2 = user_data;
    struct vc_http_client *client = h2->owner;
    struct call *call = client->call;

    while (call != nullptr && call->stream != stream)
        call = call->outer;
    return call;
}

/* Ends the stream if something of ours failed with this code; its text is in call->failure. */
static int settle(nghttp2_session *session, struct call *call, enum vc_code code)
{
    if (code == VC_OK)
        return 0;
    call->failure.code = code; /* a callback may have left it empty */
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, call->stream, NGHTTP2_CANCEL) == 0
               ? 0
               : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static enum vc_code keep_field(struct call *call, struct vc_bytes name, struct vc_bytes value,
                               struct vc_err *err)
{
    struct vc_buffer *fields = call->headed ? &call->answer.trailers : &call->answer.fields;
    size_t count = call->headed ? ++call->trailer_count : ++call->field_count;
    size_t most = call->headed ? VC_HTTP_TRAILERS_MAX : VC_HTTP_FIELDS_MAX;
    const struct vc_bytes parts[] = {
        name, {(const uint8_t *)": ", 2}, value, {(const uint8_t *)"\n", 1}};
    enum vc_code code = VC_OK;

    if (count > most || fields->size + name.size + value.size > VC_HTTP_HEADER_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "the answer's %s is too large",
                       call->headed ? "trailer section" : "header");
    for (size_t i = 0; i < VC_COUNT(parts) && code == VC_OK; i++)
        code = vc_buffer_append(fields, parts[i], err);
    return code;
}

/* nghttp2 has checked both: three digits; digits that fit 63 bits. */
static uint64_t number(struct vc_bytes digits)
{
    uint64_t value = 0;

    for (size_t i = 0; i < digits.size; i++) {
        if (ckd_mul(&value, value, UINT64_C(10)) ||
            ckd_add(&value, value, (uint64_t)(digits.data[i] - '0')))
            return UINT64_MAX;
    }
    return value;
}

static bool is(struct vc_bytes bytes, const char *text)
{
    return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}

static int take_header(nghttp2_session *session, const nghttp2_frame *frame,
                       const uint8_t *name_data, size_t name_size, const uint8_t *value_data,
                       size_t value_size, uint8_t, void *user_data)
{
    struct call *call = find(user_data, frame->hd.stream_id);
    struct vc_bytes name = {name_data, name_size};
    struct vc_bytes value = {value_data, value_size};

    if (call == nullptr || call->failure.code != VC_OK)
        return 0;
    if (call->headed)
        return settle(session, call, keep_field(call, name, value, &call->failure));
    if (is(name, ":status")) {
        call->answer.status = (unsigned)number(value);
        return 0;
    }
    if (is(name, "content-length")) {
        call->size_known = true;
        call->size = number(value);
    }
    return settle(session, call, keep_field(call, name, value, &call->failure));
}

static int refuse_header(nghttp2_session *, const nghttp2_frame *, const uint8_t *, size_t,
                         const uint8_t *, size_t, uint8_t, void *)
{
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static bool for_sink(const struct call *call)
{
    return call->order->sink != nullptr && call->answer.status < ERROR_STATUS;
}

/* Tells the sink of the header. */
static enum vc_code begin_sink(struct call *call, struct vc_err *err)
{
    const struct vc_http_sink *sink = call->order->sink;
    struct vc_bytes fields = vc_buffer_bytes(&call->answer.fields);
    enum vc_code code = VC_OK;

    if (sink->head != nullptr)
        code = sink->head(sink->user, call->answer.status, fields, err);
    if (code == VC_OK && sink->begin != nullptr)
        code = sink->begin(sink->user, call->answer.status, call->size, call->size_known, err);
    call->begun = true;
    return code;
}

/* A header is complete: an interim one is forgotten (RFC 9110 §15.2), the final one begins. */
static int end_header(nghttp2_session *session, struct call *call)
{
    if (call->headed) /* trailers */
        return 0;
    if (call->answer.status < 200) {
        call->answer.fields.size = 0;
        call->field_count = 0;
        call->size_known = false;
        return 0;
    }
    call->headed = true;
    if (!for_sink(call) || call->resting)
        return 0;
    return settle(session, call, begin_sink(call, &call->failure));
}

static void note_credit(struct call *call, int32_t increment)
{
    call->answer.sent_credited += (uint64_t)increment;
    if (call->order->source != nullptr && call->order->source->credited != nullptr)
        *call->order->source->credited = call->answer.sent_credited;
}

/* The answer is whole: whoever does not know when his body ends need not go on with it. */
static int cut_request(nghttp2_session *session, struct call *call)
{
    if (call->source.pull == nullptr || call->source.ended)
        return 0;
    call->cut = true;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, call->stream, NGHTTP2_CANCEL) == 0
               ? 0
               : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int take_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct vc_h2 *h2 = user_data;
    struct vc_http_client *client = h2->owner;
    struct call *call;

    if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0)
        client->greeted = true;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA &&
        frame->hd.type != NGHTTP2_WINDOW_UPDATE)
        return 0;
    call = find(user_data, frame->hd.stream_id);
    if (call == nullptr || call->failure.code != VC_OK)
        return 0;
    if (frame->hd.type == NGHTTP2_WINDOW_UPDATE) {
        note_credit(call, frame->window_update.window_size_increment);
        return 0;
    }
    if (frame->hd.type == NGHTTP2_HEADERS && end_header(session, call) != 0)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
        return 0;
    call->ended = true;
    return cut_request(session, call);
}

static enum vc_code deliver(struct call *call, struct vc_bytes piece, struct vc_err *err)
{
    const struct vc_http_sink *sink = call->order->sink;

    call->received += piece.size;
    if (for_sink(call))
        return sink->write(sink->user, piece, err);
    if (piece.size > VC_HTTP_ANSWER_MAX - call->answer.body.size)
        return vc_fail(err, VC_LIMIT, "the answer is over %zu bytes", VC_HTTP_ANSWER_MAX);
    return vc_buffer_append(&call->answer.body, piece, err);
}

/* Keeps it until the call goes on. Its stream's window stays shut, so that is not much; that of the
 * connection, which others need, does not. */
static int hold(nghttp2_session *session, struct call *call, struct vc_bytes piece)
{
    if (settle(session, call, vc_buffer_append(&call->held, piece, &call->failure)) != 0)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    return nghttp2_session_consume_connection(session, piece.size) == 0
               ? 0
               : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* Tells the server what the sink took. While the answer goes on: who has it all says so otherwise.
 */
static int credit(nghttp2_session *session, struct call *call)
{
    int32_t bytes = (int32_t)call->uncredited;

    call->uncredited = 0;
    if (bytes == 0 || call->ended || call->closed)
        return 0;
    return nghttp2_submit_window_update(session, NGHTTP2_FLAG_NONE, call->stream, bytes);
}

/* So many bytes were handed on, and make room for as many in the stream's window. */
static int make_room(nghttp2_session *session, struct call *call, size_t size)
{
    if (!for_sink(call) || call->order->sink->credit_bytes == 0)
        return nghttp2_session_consume_stream(session, call->stream, size);
    call->uncredited += (uint32_t)size; /* at most a window */
    return call->uncredited < call->order->sink->credit_bytes ? 0 : credit(session, call);
}

static int take_data(nghttp2_session *session, uint8_t, int32_t stream, const uint8_t *data,
                     size_t size, void *user_data)
{
    struct call *call = find(user_data, stream);

    if (call != nullptr && call->failure.code == VC_OK && call->resting)
        return hold(session, call, (struct vc_bytes){data, size});
    if (call != nullptr && call->failure.code == VC_OK &&
        settle(session, call, deliver(call, (struct vc_bytes){data, size}, &call->failure)) != 0)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    if (nghttp2_session_consume_connection(session, size) != 0 ||
        (call != nullptr && call->failure.code == VC_OK && make_room(session, call, size) != 0))
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    return 0;
}

static int note_close(nghttp2_session *, int32_t stream, uint32_t error_code, void *user_data)
{
    struct call *call = find(user_data, stream);

    if (call != nullptr) {
        call->closed = true;
        call->error_code = error_code;
    }
    return 0;
}

/* The server allowed no further stream after we had asked for one. */
static int note_unsent(nghttp2_session *, const nghttp2_frame *frame, int, void *user_data)
{
    struct call *call =
        frame->hd.type == NGHTTP2_HEADERS ? find(user_data, frame->hd.stream_id) : nullptr;

    if (call != nullptr) {
        call->closed = true;
        call->error_code = NGHTTP2_REFUSED_STREAM;
    }
    return 0;
}

static enum vc_code open_session(struct vc_http_client *client, struct vc_err *err)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    enum vc_code code = vc_h2_prepare(&callbacks, &option, err);
    int result;

    if (code != VC_OK)
        return code;
    nghttp2_session_callbacks_set_on_header_callback(callbacks, take_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, refuse_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, take_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, take_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, note_close);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, note_unsent);
    client->h2.pool = &client->pool;
    client->h2.owner = client;
    result = nghttp2_session_client_new2(&client->h2.session, callbacks, &client->h2, option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    return result == 0 ? VC_OK : vc_fail_memory(err);
}

static enum vc_code announce_settings(struct vc_http_client *client, struct vc_err *err)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, VC_H2_STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, VC_H2_FRAME_SIZE},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, VC_HTTP_HEADER_SIZE_MAX},
    };

    if (nghttp2_submit_settings(client->h2.session, NGHTTP2_FLAG_NONE, settings,
                                VC_COUNT(settings)) != 0 ||
        nghttp2_session_set_local_window_size(client->h2.session, NGHTTP2_FLAG_NONE, 0,
                                              VC_H2_SESSION_WINDOW) != 0)
        return vc_fail_memory(err);
    return VC_OK;
}

static short wanted_events(const struct vc_http_client *client)
{
    bool writing = client->h2.out.begin < client->h2.out.end || vc_tls_session_blocked(client->tls);

    return writing ? POLLIN | POLLOUT : POLLIN;
}

static enum vc_code shake_hands(struct vc_http_client *client, uint64_t deadline_ms,
                                struct vc_err *err)
{
    for (;;) {
        enum vc_code code = vc_tls_session_handshake(client->tls, err);

        if (code == VC_OK && vc_tls_session_ready(client->tls))
            return VC_OK;
        if (code == VC_OK)
            code = vc_dial_wait(client->fd, wanted_events(client), deadline_ms, err);
        if (code != VC_OK)
            return code;
    }
}

/* True while the innermost call's own source is what it waits for. */
static bool starves(const struct call *call)
{
    return call != nullptr && call->source.starved && !call->source.resting && !call->closed;
}

/* Has the source asked again. */
static enum vc_code rouse(struct vc_http_client *client, struct call *call, struct vc_err *err)
{
    if (nghttp2_session_resume_data(client->h2.session, call->stream) == NGHTTP2_ERR_NOMEM)
        return vc_fail_memory(err);
    call->source.deferred = false;
    call->source.starved = false;
    call->quiet_since_ms = 0; /* the server's silence counts from now */
    return VC_OK;
}

/* Waits for the peer, and for the source if it had nothing. */
static enum vc_code await(struct vc_http_client *client, uint64_t deadline_ms, struct vc_err *err)
{
    struct call *call = client->call;
    bool starving = starves(call);
    int source_fd = starving ? call->order->source->ready_fd : -1;
    bool source_ready;
    enum vc_code code = vc_dial_wait_either(client->fd, wanted_events(client), source_fd,
                                            &source_ready, deadline_ms, err);

    if (code == VC_OK && starving && (source_ready || source_fd < 0))
        code = rouse(client, call, err);
    return code;
}

/* Sends, and waits for the peer. The wait is left out while there is more to do without it;
 * `deadline_ms` is the wait's. */
static enum vc_code push(struct vc_http_client *client, uint64_t deadline_ms, struct vc_err *err)
{
    bool more_out;
    enum vc_code code = vc_h2_pump_out(&client->h2, client->tls, &more_out, err);

    if (code != VC_OK || (client->call != nullptr && client->call->closed))
        return code;
    if (more_out || client->more_in)
        return VC_OK;
    return await(client, deadline_ms, err);
}

static enum vc_code pull(struct vc_http_client *client, struct vc_err *err)
{
    return vc_h2_pump_in(&client->h2, client->tls, client->batch, &client->more_in, err);
}

/* Until the server's SETTINGS are here: a server that refuses us says so before it sends them. */
static enum vc_code greet(struct vc_http_client *client, uint64_t deadline_ms, struct vc_err *err)
{
    enum vc_code code = open_session(client, err);

    if (code == VC_OK)
        code = announce_settings(client, err);
    while (code == VC_OK && !client->greeted) {
        code = push(client, deadline_ms, err);
        if (code == VC_OK)
            code = pull(client, err);
    }
    return code;
}

enum vc_code vc_http_client_connect(const char *address, const char *server_name,
                                    struct vc_tls *tls, uint32_t timeout_ms,
                                    struct vc_http_client **client, struct vc_err *err)
{
    uint64_t deadline_ms = vc_loop_now_ms() + timeout_ms;
    vc_cleanup(vc_http_client_freep) struct vc_http_client *fresh = calloc(1, sizeof(*fresh));
    enum vc_code code;

    if (fresh == nullptr)
        return vc_fail_memory(err);
    fresh->fd = -1;
    fresh->more_in = true; /* perhaps some came with the end of the handshake */
    fresh->batch = malloc(VC_H2_BATCH_SIZE);
    fresh->authority = strdup(server_name);
    if (fresh->batch == nullptr || fresh->authority == nullptr)
        return vc_fail_memory(err);
    code = vc_dial(address, deadline_ms, &fresh->fd, err);
    if (code == VC_OK)
        code = vc_tls_session_new(tls, fresh->fd, fresh->authority, &fresh->pool, &fresh->tls, err);
    if (code == VC_OK)
        code = shake_hands(fresh, deadline_ms, err);
    if (code == VC_OK)
        code = greet(fresh, deadline_ms, err);
    if (code == VC_OK)
        *client = vc_take(fresh);
    return code;
}

void vc_http_client_free(struct vc_http_client *client)
{
    if (client == nullptr)
        return;
    if (client->tls != nullptr)
        vc_tls_session_close(client->tls);
    vc_h2_done(&client->h2);
    vc_tls_session_free(client->tls);
    vc_chunk_pool_done(&client->pool);
    vc_fd_closep(&client->fd);
    free(client->batch);
    free(client->authority);
    free(client);
}

enum vc_code vc_http_client_exporter(const struct vc_http_client *client, const char *label,
                                     uint8_t *out, size_t size, struct vc_err *err)
{
    return vc_tls_session_exporter(client->tls, &(struct vc_tls_exporter){.label = label}, out,
                                   size, err);
}

enum vc_code vc_http_client_exporter_for(const struct vc_http_client *client, const char *label,
                                         struct vc_bytes context, uint8_t out[VC_EXPORTER_SIZE],
                                         struct vc_err *err)
{
    return vc_tls_session_exporter(client->tls, &(struct vc_tls_exporter){label, context}, out,
                                   VC_EXPORTER_SIZE, err);
}

const struct vc_cert *vc_http_client_peer(const struct vc_http_client *client)
{
    return vc_tls_session_peer(client->tls);
}

static enum vc_code check_order(const struct vc_http_call *order, struct vc_err *err)
{
    if (order->field_count > VC_HTTP_FIELDS_MAX)
        return vc_fail(err, VC_LIMIT, "call: %zu fields, at most %zu", order->field_count,
                       VC_HTTP_FIELDS_MAX);
    if (order->target[0] != '/' || strlen(order->target) >= VC_HTTP_TARGET_MAX ||
        !nghttp2_check_path((const uint8_t *)order->target, strlen(order->target)))
        return vc_fail(err, VC_MALFORMED, "call: the target is malformed");
    if (!nghttp2_check_method((const uint8_t *)order->method, strlen(order->method)))
        return vc_fail(err, VC_MALFORMED, "call: the method is malformed");
    for (size_t i = 0; i < order->field_count; i++) {
        if (!vc_h2_is_field(&order->fields[i]))
            return vc_fail(err, VC_MALFORMED, "call: field %zu is malformed", i);
    }
    return VC_OK;
}

static enum vc_code submit(struct vc_http_client *client, struct call *call, struct vc_err *err)
{
    const struct vc_http_call *order = call->order;
    nghttp2_nv headers[VC_HTTP_FIELDS_MAX + 5];
    bool pulled = call->source.pull != nullptr;
    nghttp2_data_provider2 provider =
        pulled ? vc_h2_pulled(&call->source) : vc_h2_provider(&call->source);
    bool body = pulled || call->source.size > 0 || call->source.trailers != nullptr;
    size_t count = 0;
    char length[24];

    headers[count++] = vc_h2_pair(":method", order->method);
    headers[count++] = vc_h2_pair(":scheme", "https");
    headers[count++] = vc_h2_pair(":authority", client->authority);
    headers[count++] = vc_h2_pair(":path", order->target);
    (void)snprintf(length, sizeof(length), "%ju", (uintmax_t)call->source.size);
    if (order->source != nullptr && !pulled)
        headers[count++] = vc_h2_pair("content-length", length);
    for (size_t i = 0; i < order->field_count; i++)
        headers[count++] = vc_h2_pair(order->fields[i].name, order->fields[i].value);
    call->stream = nghttp2_submit_request2(client->h2.session, nullptr, headers, count,
                                           body ? &provider : nullptr, nullptr);
    if (call->stream == NGHTTP2_ERR_NOMEM)
        return vc_fail_memory(err);
    if (call->stream < 0)
        return vc_fail(err, VC_CLOSED, "HTTP/2: %s", nghttp2_strerror(call->stream));
    return VC_OK;
}

static void report(const struct call *call)
{
    if (call->order->progress != nullptr)
        call->order->progress(call->order->progress_user, call->source.sent, call->received);
}

/* Hands on what was held back. */
static enum vc_code catch_up(struct vc_http_client *client, struct call *call)
{
    nghttp2_session *session = client->h2.session;
    struct vc_bytes held = vc_buffer_bytes(&call->held);
    enum vc_code code = VC_OK;

    if (call->headed && !call->begun && for_sink(call))
        code = begin_sink(call, &call->failure);
    if (code == VC_OK && held.size > 0)
        code = deliver(call, held, &call->failure);
    if (code == VC_OK && held.size > 0 && make_room(session, call, held.size) != 0)
        return VC_MEMORY;
    vc_buffer_done(&call->held);
    if (call->source.deferred && !call->source.starved && !call->closed &&
        nghttp2_session_resume_data(session, call->stream) == NGHTTP2_ERR_NOMEM)
        return VC_MEMORY;
    call->source.deferred = call->source.starved;
    return settle(session, call, code) == 0 ? VC_OK : VC_MEMORY;
}

/* Asks the call's pulse, within which others may be made. */
static enum vc_code beat(struct vc_http_client *client, struct call *call, struct vc_err *err)
{
    const struct vc_http_call *order = call->order;
    enum vc_code code;

    if (order->pulse == nullptr || call->failure.code != VC_OK)
        return VC_OK;
    call->resting = true;
    call->source.resting = true;
    code = order->pulse(order->pulse_user, &call->failure);
    if (client->dead) /* nghttp2 may still point to what a call within left behind */
        return vc_fail(err, VC_CLOSED, "the connection has ended");
    if (code != VC_OK)
        return settle(client->h2.session, call, code) == 0 ? VC_OK : vc_fail_memory(err);
    call->failure = (struct vc_err){};
    call->resting = false;
    call->source.resting = false;
    return catch_up(client, call) == VC_OK ? VC_OK : vc_fail_memory(err);
}

/* Sends and waits, until the peer has been silent for too long, or the pulse is due. */
static enum vc_code push_on(struct vc_http_client *client, struct call *call, struct vc_err *err)
{
    uint64_t now_ms = vc_loop_now_ms();
    uint64_t traffic = vc_tls_session_traffic(client->tls);
    uint64_t silent_ms = UINT64_MAX;
    uint64_t pulse_ms = UINT64_MAX;
    uint64_t until_ms;
    enum vc_code code;

    if (!client->more_in && credit(client->h2.session, call) != 0)
        return vc_fail_memory(err);
    if (traffic != call->traffic || call->quiet_since_ms == 0 || starves(call)) {
        call->traffic = traffic;
        call->quiet_since_ms = now_ms;
    }
    if (call->order->idle_timeout_ms != 0)
        silent_ms = call->quiet_since_ms + call->order->idle_timeout_ms;
    if (call->order->pulse != nullptr && call->order->pulse_ms != 0)
        pulse_ms = now_ms + call->order->pulse_ms;
    until_ms = pulse_ms < silent_ms ? pulse_ms : silent_ms;
    code = push(client, until_ms, err);
    if (code != VC_CLOSED || vc_loop_now_ms() < until_ms || client->more_in ||
        !vc_tls_session_ready(client->tls))
        return code;
    if (vc_tcp_is_gone(client->fd))
        return vc_fail(err, VC_CLOSED, "the peer has not been heard of for %u s",
                       VC_TCP_GONE_MS / 1000);
    /* Nothing happened. Without a descriptor to wait for, this is when the source is asked. */
    if (starves(call) && call->order->source->ready_fd < 0)
        return rouse(client, call, err);
    return starves(call) || pulse_ms < silent_ms ? VC_OK : code;
}

/* One turn: both ways, and the wait between. */
static enum vc_code turn(struct vc_http_client *client, struct call *call, struct vc_err *err)
{
    enum vc_code code = beat(client, call, err);

    if (code == VC_OK && !call->closed)
        code = push_on(client, call, err);
    if (code == VC_OK && !call->closed)
        code = beat(client, call, err);
    if (code == VC_OK && !call->closed)
        code = pull(client, err);
    return code;
}

/* Turns until the stream is closed. A failure here is one of the connection. */
static enum vc_code carry_out(struct vc_http_client *client, struct call *call, struct vc_err *err)
{
    while (!call->closed) {
        enum vc_code code = turn(client, call, err);

        report(call);
        if (call->closed)
            return VC_OK;
        if (code != VC_OK)
            return code;
        if (nghttp2_session_want_read(client->h2.session) == 0 &&
            nghttp2_session_want_write(client->h2.session) == 0)
            return vc_fail(err, VC_CLOSED, "the server ended the HTTP/2 session");
    }
    return VC_OK;
}

/* What a closed stream amounts to. Complete means: its end was seen, and nothing else went wrong.
 */
static enum vc_code conclude(const struct call *call, struct vc_err *err)
{
    const struct vc_err *failure = call->failure.code != VC_OK ? &call->failure : &call->source.err;

    if (failure->code != VC_OK)
        return vc_fail(err, failure->code, "%s", failure->text);
    if (!call->headed || !call->ended || (call->error_code != NGHTTP2_NO_ERROR && !call->cut))
        return vc_fail(err, VC_CLOSED, "the server broke off the answer: %s",
                       nghttp2_http2_strerror(call->error_code));
    return VC_OK;
}

static struct vc_h2_source outgoing(const struct vc_http_source *source)
{
    if (source == nullptr)
        return (struct vc_h2_source){};
    return (struct vc_h2_source){.bytes = source->bytes,
                                 .read = source->read,
                                 .pull = source->pull,
                                 .trailers = source->trailers,
                                 .user = source->user,
                                 .size =
                                     source->read == nullptr ? source->bytes.size : source->size};
}

enum vc_code vc_http_client_call(struct vc_http_client *client, const struct vc_http_call *call,
                                 struct vc_http_answer *answer, struct vc_err *err)
{
    struct call state = {.order = call, .source = outgoing(call->source), .outer = client->call};
    enum vc_code code = check_order(call, err);

    if (code != VC_OK)
        return code;
    if (client->dead || nghttp2_session_check_request_allowed(client->h2.session) == 0)
        return vc_fail(err, VC_CLOSED, "the connection has ended");
    code = submit(client, &state, err);
    if (code != VC_OK)
        return code;
    client->call = &state;
    code = carry_out(client, &state, err);
    client->call = state.outer;
    client->dead = code != VC_OK; /* nghttp2 may still point to `state` then */
    if (code == VC_OK || state.failure.code != VC_OK)
        code = conclude(&state, err);
    vc_buffer_done(&state.held);
    if (code != VC_OK) {
        vc_http_answer_done(&state.answer);
        return code;
    }
    *answer = state.answer;
    return VC_OK;
}

bool vc_http_answer_field(const struct vc_http_answer *answer, const char *name, char *value,
                          size_t size)
{
    const char *at = (const char *)answer->fields.data;
    const char *end = at + answer->fields.size;
    size_t name_size = strlen(name);

    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at)); /* each line has one */
        const char *start = at + name_size + 2;
        size_t length = line < start ? 0 : (size_t)(line - start);

        if (line >= start && memcmp(at, name, name_size) == 0 && memcmp(start - 2, ": ", 2) == 0) {
            if (length >= size)
                return false;
            memcpy(value, start, length);
            value[length] = '\0';
            return true;
        }
        at = line + 1;
    }
    return false;
}

void vc_http_answer_done(struct vc_http_answer *answer)
{
    vc_buffer_done(&answer->body);
    vc_buffer_done(&answer->fields);
    vc_buffer_done(&answer->trailers);
    answer->status = 0;
}
