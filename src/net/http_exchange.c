/* SPDX-License-Identifier: MIT */

#include "net/http_exchange_internal.h"

#include <stdckdint.h>
#include <stdlib.h>
#include <string.h>

static constexpr size_t FIELD_OVERHEAD = 32; /* bytes, RFC 9113 §6.5.2 */

/* Forgets the exchange; the handler's last word about it is on_close. */
static void close_exchange(struct vc_http_exchange *exchange)
{
    struct vc_exchanges *all = exchange->all;

    TAILQ_REMOVE(&all->open, exchange, entry);
    all->fields_held -= exchange->header.list_size + exchange->trailer.list_size;
    vc_http_release_body(exchange);
    if (exchange->announced)
        all->handler->on_close(all->user, exchange);
    vc_buffer_done(&exchange->header.text);
    vc_buffer_done(&exchange->trailer.text);
    free(exchange);
}

static struct vc_http_exchange *find(struct vc_h2 *h2, int32_t stream)
{
    return nghttp2_session_get_stream_user_data(h2->session, stream);
}

static int begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct vc_h2 *h2 = user_data;
    struct vc_exchanges *all = h2->owner;
    struct vc_http_exchange *exchange;

    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    if (all->stopped)
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                         NGHTTP2_REFUSED_STREAM);
    exchange = calloc(1, sizeof(*exchange));
    if (exchange == nullptr)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    exchange->all = all;
    exchange->stream = frame->hd.stream_id;
    if (nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, exchange) != 0) {
        free(exchange);
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    TAILQ_INSERT_TAIL(&all->open, exchange, entry);
    return 0;
}

static bool append_text(struct vc_buffer *text, struct vc_bytes bytes, size_t *place)
{
    *place = text->size;
    return vc_buffer_append(text, bytes, nullptr) == VC_OK &&
           vc_buffer_append(text, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr) == VC_OK;
}

static bool append_field(struct vc_http_section *section, struct vc_bytes name,
                         struct vc_bytes value)
{
    struct vc_http_place *place = &section->places[section->count];

    if (!append_text(&section->text, name, &place->name) ||
        !append_text(&section->text, value, &place->value))
        return false;
    section->count++;
    return true;
}

static bool is(struct vc_bytes bytes, const char *text)
{
    return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}

/* Status to refuse this field with; 0: keep it. */
static unsigned weigh(const struct vc_http_exchange *exchange, struct vc_bytes name,
                      struct vc_bytes value)
{
    if (is(name, ":path") && value.size >= VC_HTTP_TARGET_MAX)
        return 414;
    if (exchange->header.list_size > VC_HTTP_HEADER_SIZE_MAX ||
        exchange->header.count == VC_HTTP_FIELDS_MAX ||
        exchange->all->fields_held > VC_HTTP_FIELDS_HELD_MAX)
        return 431;
    return 0;
}

/* nghttp2 has checked that it is digits and fits 63 bits. */
static void keep_length(struct vc_http_exchange *exchange, struct vc_bytes value)
{
    uint64_t length = 0;

    for (size_t i = 0; i < value.size; i++) {
        if (ckd_mul(&length, length, UINT64_C(10)) ||
            ckd_add(&length, length, (uint64_t)(value.data[i] - '0')))
            return;
    }
    exchange->length = length;
    exchange->has_length = true;
}

static int take_field(struct vc_http_exchange *exchange, struct vc_bytes name,
                      struct vc_bytes value)
{
    if (exchange->refusal == 0)
        exchange->refusal = weigh(exchange, name, value);
    if (exchange->refusal != 0)
        return 0;
    if (!append_field(&exchange->header, name, value))
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (is(name, "content-length"))
        keep_length(exchange, value);
    return 0;
}

/* There is no status left to refuse these with: too many break the request off. */
static int take_trailer(struct vc_http_exchange *exchange, struct vc_bytes name,
                        struct vc_bytes value)
{
    struct vc_http_section *trailer = &exchange->trailer;

    if (!vc_http_is_heard(exchange))
        return 0;
    if (trailer->list_size > VC_HTTP_HEADER_SIZE_MAX || trailer->count == VC_HTTP_TRAILERS_MAX ||
        exchange->all->fields_held > VC_HTTP_FIELDS_HELD_MAX || !append_field(trailer, name, value))
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    return 0;
}

static int take_header(nghttp2_session *, const nghttp2_frame *frame, const uint8_t *name_data,
                       size_t name_size, const uint8_t *value_data, size_t value_size, uint8_t,
                       void *user_data)
{
    struct vc_http_exchange *exchange = find(user_data, frame->hd.stream_id);
    struct vc_bytes name = {name_data, name_size};
    struct vc_bytes value = {value_data, value_size};
    bool first = frame->headers.cat == NGHTTP2_HCAT_REQUEST;
    struct vc_http_section *section;

    if (exchange == nullptr)
        return 0;
    section = first ? &exchange->header : &exchange->trailer;
    section->list_size += name_size + value_size + FIELD_OVERHEAD;
    exchange->all->fields_held += name_size + value_size + FIELD_OVERHEAD;
    return first ? take_field(exchange, name, value) : take_trailer(exchange, name, value);
}

static int refuse_header(nghttp2_session *, const nghttp2_frame *, const uint8_t *, size_t,
                         const uint8_t *, size_t, uint8_t, void *)
{
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* nghttp2 would drop the field in silence */
}

static void end_request(struct vc_http_exchange *exchange)
{
    struct vc_exchanges *all = exchange->all;

    exchange->ended = true;
    if (vc_http_is_heard(exchange))
        all->handler->on_end(all->user, exchange);
}

/* False: a status of our own was submitted instead. */
static bool announce(struct vc_http_exchange *exchange)
{
    struct vc_exchanges *all = exchange->all;

    if (exchange->refusal == 0 && vc_http_field(exchange, ":path") == nullptr)
        exchange->refusal = 400; /* CONNECT, which has none */
    if (exchange->refusal != 0)
        return vc_http_respond(exchange, exchange->refusal, nullptr, 0, (struct vc_http_body){},
                               nullptr) == VC_OK;
    exchange->announced = true;
    all->handler->on_request(all->user, exchange);
    return true;
}

/* What a body that nobody holds may have in flight. The initial window is small for the sake of
 * those that are held: it is the client's before anyone has seen the request. */
static int make_way(nghttp2_session *session, struct vc_http_exchange *exchange)
{
    if (exchange->held || !vc_http_is_heard(exchange))
        return 0;
    return nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, exchange->stream,
                                                 VC_H2_STREAM_WINDOW);
}

static int begin_request(nghttp2_session *session, struct vc_http_exchange *exchange, bool whole)
{
    exchange->asking = true;
    if (!announce(exchange))
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    exchange->asking = false;
    return whole || make_way(session, exchange) == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* What the client granted before we sent it anything, it has not consumed. */
static void note_credit(struct vc_http_exchange *exchange, int32_t increment)
{
    struct vc_exchanges *all = exchange->all;
    uint64_t open = exchange->source.sent - exchange->credited;
    uint64_t credit = (uint64_t)increment < open ? (uint64_t)increment : open;

    if (exchange->feed.pull == nullptr || exchange->aborted || credit == 0)
        return;
    exchange->credited += credit;
    if (all->handler->on_credit != nullptr)
        all->handler->on_credit(all->user, exchange);
}

static int take_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    bool last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    struct vc_http_exchange *exchange;

    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA &&
        frame->hd.type != NGHTTP2_WINDOW_UPDATE)
        return 0;
    exchange = find(user_data, frame->hd.stream_id);
    if (exchange == nullptr)
        return 0;
    if (frame->hd.type == NGHTTP2_WINDOW_UPDATE) {
        note_credit(exchange, frame->window_update.window_size_increment);
        return 0;
    }
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST &&
        begin_request(session, exchange, last) != 0)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    if (last)
        end_request(exchange);
    return 0;
}

/* Tells the client what it may send of a held body. One frame at a time is on its way, whatever is
 * granted meanwhile: a client that takes no frames makes none pile up. The window is compared, not
 * added to, because the padding of the client's frames counts against it, too. */
static void give_way(struct vc_http_exchange *exchange)
{
    nghttp2_session *session = exchange->all->h2.session;
    int64_t window = nghttp2_session_get_stream_local_window_size(session, exchange->stream);
    uint64_t allowed = exchange->granted - exchange->received;
    int64_t more = (allowed < INT32_MAX ? (int64_t)allowed : INT32_MAX) - window;

    if (!exchange->held || exchange->ended || !vc_http_is_heard(exchange) || exchange->granting ||
        window < 0 || more <= 0)
        return;
    if (nghttp2_submit_window_update(session, NGHTTP2_FLAG_NONE, exchange->stream, (int32_t)more) ==
        0)
        exchange->granting = true;
    else
        exchange->all->failed = true; /* else it would wait for ever */
}

void vc_http_hold(struct vc_http_exchange *exchange)
{
    if (!exchange->asking)
        return;
    exchange->held = true;
    exchange->granted = VC_HTTP_FIRST_WINDOW;
}

void vc_http_grant(struct vc_http_exchange *exchange, uint32_t bytes)
{
    const struct vc_exchanges_host *host = &exchange->all->host;

    if (ckd_add(&exchange->granted, exchange->granted, (uint64_t)bytes))
        exchange->granted = UINT64_MAX;
    give_way(exchange);
    /* Without memory it waits for the next occasion on which the connection is turned. */
    if (exchange->granting)
        (void)host->wake(host->user, nullptr);
}

/* Ends a request whose response is out, without an error (RFC 9113 §8.1). */
static int cut_request(nghttp2_session *session, struct vc_http_exchange *exchange)
{
    if (exchange->cut)
        return 0;
    exchange->cut = true;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, exchange->stream,
                                     NGHTTP2_NO_ERROR);
}

static int take_data(nghttp2_session *session, uint8_t, int32_t stream, const uint8_t *data,
                     size_t size, void *user_data)
{
    struct vc_http_exchange *exchange = find(user_data, stream);
    int result;

    if (exchange != nullptr) {
        exchange->received += size;
        /* nghttp2 breaks the stream off, but hands on what comes until it has said so. */
        exchange->overrun |= exchange->held && exchange->received > exchange->granted;
        if (vc_http_is_heard(exchange))
            exchange->all->handler->on_body(exchange->all->user, exchange,
                                            (struct vc_bytes){data, size});
        else
            exchange->dropped += size;
        if (exchange->sent && exchange->dropped > VC_HTTP_DROP_MAX &&
            cut_request(session, exchange) != 0)
            return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    /* Only now may the client send as much again; of a held body, as much as is granted. */
    result = exchange != nullptr && exchange->held
                 ? nghttp2_session_consume_connection(session, size)
                 : nghttp2_session_consume(session, stream, size);
    return result == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* True if what is still to come of the body is known to be little, and may come. */
static bool little_left(const struct vc_http_exchange *exchange)
{
    return !exchange->held && exchange->has_length &&
           exchange->length - exchange->received <= VC_HTTP_DROP_MAX;
}

static int end_response(nghttp2_session *session, struct vc_http_exchange *exchange)
{
    exchange->sent = true;
    vc_http_release_body(exchange);
    if (!exchange->ended && !little_left(exchange) && cut_request(session, exchange) != 0)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    return 0;
}

static int note_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    bool last = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    struct vc_http_exchange *exchange;

    if (!last && frame->hd.type != NGHTTP2_WINDOW_UPDATE)
        return 0;
    exchange = find(user_data, frame->hd.stream_id);
    if (exchange == nullptr)
        return 0;
    if (last)
        return end_response(session, exchange);
    exchange->granting = false;
    give_way(exchange);
    return 0;
}

/* Breaking off is cheap for the client and dear for us, whoever's RST_STREAM it is that the client
 * provokes (CVE-2023-44487, CVE-2025-8671). */
static int judge_end(struct vc_exchanges *all, bool completed)
{
    if (completed) {
        all->breaks -= all->breaks > 0 ? 1 : 0;
        return 0;
    }
    if (++all->breaks <= VC_HTTP_BREAKS_MAX)
        return 0;
    return nghttp2_session_terminate_session(all->h2.session, NGHTTP2_ENHANCE_YOUR_CALM) == 0
               ? 0
               : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int note_close(nghttp2_session *, int32_t stream, uint32_t error_code, void *user_data)
{
    struct vc_h2 *h2 = user_data;
    struct vc_http_exchange *exchange = find(h2, stream);
    bool aborted;
    bool completed;

    if (exchange == nullptr)
        return 0;
    aborted = exchange->aborted;
    completed = exchange->sent && error_code == NGHTTP2_NO_ERROR;
    close_exchange(exchange);
    return aborted ? 0 : judge_end(h2->owner, completed);
}

static enum vc_code open_session(struct vc_exchanges *all, struct vc_err *err)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    enum vc_code code = vc_h2_prepare(&callbacks, &option, err);
    int result;

    if (code != VC_OK)
        return code;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, take_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, refuse_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, take_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, take_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, note_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, note_close);
    result = nghttp2_session_server_new2(&all->h2.session, callbacks, &all->h2, option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    return result == 0 ? VC_OK : vc_fail_memory(err);
}

static enum vc_code announce_settings(struct vc_exchanges *all, uint32_t streams_max,
                                      struct vc_err *err)
{
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams_max},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, VC_HTTP_FIRST_WINDOW},
        {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, VC_H2_FRAME_SIZE},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, VC_HTTP_HEADER_SIZE_MAX},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };

    if (nghttp2_submit_settings(all->h2.session, NGHTTP2_FLAG_NONE, settings, VC_COUNT(settings)) !=
            0 ||
        nghttp2_session_set_local_window_size(all->h2.session, NGHTTP2_FLAG_NONE, 0,
                                              VC_H2_SESSION_WINDOW) != 0)
        return vc_fail_memory(err);
    return VC_OK;
}

enum vc_code vc_exchanges_new(const struct vc_exchanges_host *host, uint32_t streams_max,
                              const struct vc_http_handler *handler, void *user,
                              struct vc_exchanges **exchanges, struct vc_err *err)
{
    vc_cleanup(vc_exchanges_freep) struct vc_exchanges *fresh = calloc(1, sizeof(*fresh));
    enum vc_code code;

    if (fresh == nullptr)
        return vc_fail_memory(err);
    TAILQ_INIT(&fresh->open);
    fresh->host = *host;
    fresh->handler = handler;
    fresh->user = user;
    fresh->h2.pool = host->pool;
    fresh->h2.owner = fresh;
    code = open_session(fresh, err);
    if (code == VC_OK)
        code = announce_settings(fresh, streams_max, err);
    if (code == VC_OK)
        *exchanges = vc_take(fresh);
    return code;
}

void vc_exchanges_free(struct vc_exchanges *exchanges)
{
    struct vc_http_exchange *exchange;

    if (exchanges == nullptr)
        return;
    while ((exchange = TAILQ_FIRST(&exchanges->open)) != nullptr)
        close_exchange(exchange);
    vc_h2_done(&exchanges->h2);
    free(exchanges);
}

struct vc_h2 *vc_exchanges_h2(struct vc_exchanges *exchanges)
{
    return &exchanges->h2;
}

void vc_exchanges_stop(struct vc_exchanges *exchanges)
{
    nghttp2_session *session = exchanges->h2.session;

    if (exchanges->stopped)
        return;
    exchanges->stopped = true;
    /* Out of memory means no GOAWAY; the deadline of whoever drains ends the connection then. */
    (void)nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(session), NGHTTP2_NO_ERROR,
                                nullptr, 0);
}

bool vc_exchanges_ended(const struct vc_exchanges *exchanges)
{
    return exchanges->failed || (nghttp2_session_want_read(exchanges->h2.session) == 0 &&
                                 nghttp2_session_want_write(exchanges->h2.session) == 0);
}

/* Of a held body and of a fed response either side may be silent for as long as it likes. */
static bool is_busy(const struct vc_http_exchange *exchange)
{
    if (!exchange->announced || exchange->aborted || exchange->overrun)
        return false;
    if (exchange->responded)
        return exchange->feed.pull != nullptr;
    return exchange->ended || exchange->held;
}

bool vc_exchanges_busy(const struct vc_exchanges *exchanges)
{
    const struct vc_http_exchange *exchange;

    TAILQ_FOREACH(exchange, &exchanges->open, entry)
    {
        if (is_busy(exchange))
            return true;
    }
    return false;
}

bool vc_exchanges_secret(const struct vc_exchanges *exchanges)
{
    return exchanges->secret;
}

static const char *look_up(const struct vc_http_section *section, const char *name)
{
    const char *text = (const char *)section->text.data;

    for (size_t i = 0; i < section->count; i++) {
        if (strcmp(text + section->places[i].name, name) == 0)
            return text + section->places[i].value;
    }
    return nullptr;
}

const char *vc_http_field(const struct vc_http_exchange *exchange, const char *name)
{
    return look_up(&exchange->header, name);
}

const char *vc_http_trailer(const struct vc_http_exchange *exchange, const char *name)
{
    return look_up(&exchange->trailer, name);
}

const char *vc_http_method(const struct vc_http_exchange *exchange)
{
    return vc_http_field(exchange, ":method"); /* nghttp2 lets no request pass without it */
}

const char *vc_http_target(const struct vc_http_exchange *exchange)
{
    return vc_http_field(exchange, ":path");
}

bool vc_http_content_length(const struct vc_http_exchange *exchange, uint64_t *size)
{
    if (exchange->has_length)
        *size = exchange->length;
    return exchange->has_length;
}

void vc_http_wipe_body(struct vc_http_exchange *exchange)
{
    exchange->all->secret = true;
}

const struct vc_cert *vc_http_peer(const struct vc_http_exchange *exchange)
{
    const struct vc_tls_session *tls = exchange->all->host.tls;

    return tls == nullptr ? nullptr : vc_tls_session_peer(tls);
}

enum vc_code vc_http_own(const struct vc_http_exchange *exchange, struct vc_cert **cert,
                         struct vc_err *err)
{
    const struct vc_tls_session *tls = exchange->all->host.tls;

    if (tls == nullptr)
        return vc_fail(err, VC_STATE, "the exchange has no TLS session");
    return vc_tls_session_own(tls, cert, err);
}

enum vc_code vc_http_exporter(const struct vc_http_exchange *exchange, const char *label,
                              uint8_t *out, size_t size, struct vc_err *err)
{
    const struct vc_tls_session *tls = exchange->all->host.tls;

    if (tls == nullptr)
        return vc_fail(err, VC_STATE, "the exchange has no TLS session");
    return vc_tls_session_exporter(tls, &(struct vc_tls_exporter){.label = label}, out, size, err);
}

enum vc_code vc_http_exporter_for(const struct vc_http_exchange *exchange, const char *label,
                                  struct vc_bytes context, uint8_t out[VC_EXPORTER_SIZE],
                                  struct vc_err *err)
{
    const struct vc_tls_session *tls = exchange->all->host.tls;

    if (tls == nullptr)
        return vc_fail(err, VC_STATE, "the exchange has no TLS session");
    return vc_tls_session_exporter(tls, &(struct vc_tls_exporter){label, context}, out,
                                   VC_EXPORTER_SIZE, err);
}

uint64_t vc_http_credited(const struct vc_http_exchange *exchange)
{
    return exchange->credited;
}

bool vc_http_sent_whole(const struct vc_http_exchange *exchange)
{
    return exchange->sent;
}

void vc_http_set_context(struct vc_http_exchange *exchange, void *context)
{
    exchange->context = context;
}

void *vc_http_context(const struct vc_http_exchange *exchange)
{
    return exchange->context;
}
