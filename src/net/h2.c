/* SPDX-License-Identifier: MIT */

#include "net/h2_internal.h"

#include <string.h>

static constexpr size_t FRAME_HEADER_SIZE = 9;
static constexpr unsigned OUT_ROUNDS_MAX = 16; /* chunks sent before others have their turn */

static_assert(VC_CHUNK_SIZE >= VC_H2_FRAME_SIZE + FRAME_HEADER_SIZE);

static nghttp2_ssize send_frame(nghttp2_session *, const uint8_t *data, size_t size, int,
                                void *user_data)
{
    struct vc_h2 *h2 = user_data;
    size_t taken = vc_chunk_fill(&h2->out, (struct vc_bytes){data, size});

    return taken == 0 ? NGHTTP2_ERR_WOULDBLOCK : (nghttp2_ssize)taken;
}

/* A frame and its header together fill whole TLS records. */
static nghttp2_ssize choose_length(nghttp2_session *, uint8_t, int32_t, int32_t session_window,
                                   int32_t stream_window, uint32_t frame_size_max, void *)
{
    uint32_t size = frame_size_max < VC_H2_FRAME_SIZE ? frame_size_max : VC_H2_FRAME_SIZE;
    int32_t window = session_window < stream_window ? session_window : stream_window;

    size -= (uint32_t)FRAME_HEADER_SIZE;
    return window < (int32_t)size ? window : (nghttp2_ssize)size;
}

nghttp2_nv vc_h2_pair(const char *name, const char *value)
{
    /* nghttp2 copies both, and takes them without const for the sake of callers that it must not
     * copy for. */
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

bool vc_h2_is_field(const struct vc_http_field *field)
{
    const nghttp2_nv nv = vc_h2_pair(field->name, field->value);

    return field->name[0] != ':' && nghttp2_check_header_name(nv.name, nv.namelen) != 0 &&
           nghttp2_check_header_value_rfc9113(nv.value, nv.valuelen) != 0;
}

/* Ends a body: with trailers, if it has some. False: it cannot be ended well. */
static bool end_body(nghttp2_session *session, int32_t stream, struct vc_h2_source *body,
                     uint32_t *flags)
{
    struct vc_http_field fields[VC_HTTP_TRAILERS_MAX];
    nghttp2_nv trailers[VC_HTTP_TRAILERS_MAX];
    size_t count =
        body->trailers == nullptr ? 0 : body->trailers(body->user, fields, VC_COUNT(fields));

    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (count == 0)
        return true;
    if (count > VC_COUNT(fields)) {
        (void)vc_fail(&body->err, VC_LIMIT, "at most %zu trailer fields", VC_COUNT(fields));
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!vc_h2_is_field(&fields[i])) {
            (void)vc_fail(&body->err, VC_MALFORMED, "trailer field %zu is malformed", i);
            return false;
        }
        trailers[i] = vc_h2_pair(fields[i].name, fields[i].value);
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    if (nghttp2_submit_trailer(session, stream, trailers, count) == 0)
        return true;
    (void)vc_fail_memory(&body->err);
    return false;
}

/* Only says how much; send_body moves it. */
static nghttp2_ssize measure_body(nghttp2_session *session, int32_t stream, uint8_t *, size_t size,
                                  uint32_t *flags, nghttp2_data_source *source, void *)
{
    struct vc_h2_source *body = source->ptr;
    uint64_t left = body->size - body->sent;

    body->deferred = body->resting;
    if (body->deferred)
        return NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (left <= size && !end_body(session, stream, body, flags))
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    return (nghttp2_ssize)(left < size ? left : size);
}

static bool read_body(struct vc_h2_source *body, uint8_t *data, size_t size)
{
    while (size > 0) {
        ptrdiff_t count = body->read(body->user, body->sent, data, size, &body->err);

        if (count <= 0 || (size_t)count > size) {
            if (count >= 0 || body->err.code == VC_OK)
                (void)vc_fail(&body->err, VC_CLOSED, "the body ended after %ju of %ju bytes",
                              (uintmax_t)body->sent, (uintmax_t)body->size);
            return false;
        }
        data += count;
        size -= (size_t)count;
        body->sent += (uint64_t)count;
    }
    return true;
}

/* The one copy of a body's bytes in user space: from where they lie to behind the frame header. */
static int send_body(nghttp2_session *, nghttp2_frame *, const uint8_t *header, size_t size,
                     nghttp2_data_source *source, void *user_data)
{
    struct vc_h2 *h2 = user_data;
    struct vc_h2_source *body = source->ptr;
    uint8_t *at = h2->out.data + h2->out.end;

    if (VC_CHUNK_SIZE - h2->out.end < FRAME_HEADER_SIZE + size)
        return NGHTTP2_ERR_WOULDBLOCK;
    memcpy(at, header, FRAME_HEADER_SIZE);
    if (body->pull != nullptr) {
        /* pull_body put it there, in this very call of nghttp2 */
    } else if (body->read != nullptr) {
        if (!read_body(body, at + FRAME_HEADER_SIZE, size))
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    } else if (size > 0) {
        memcpy(at + FRAME_HEADER_SIZE, body->bytes.data + body->sent, size);
        body->sent += size;
    }
    h2->out.end += FRAME_HEADER_SIZE + size;
    return 0;
}

enum vc_code vc_h2_prepare(nghttp2_session_callbacks **callbacks, nghttp2_option **option,
                           struct vc_err *err)
{
    nghttp2_session_callbacks *fresh;

    if (nghttp2_session_callbacks_new(&fresh) != 0)
        return vc_fail_memory(err);
    if (nghttp2_option_new(option) != 0) {
        nghttp2_session_callbacks_del(fresh);
        return vc_fail_memory(err);
    }
    nghttp2_session_callbacks_set_send_callback2(fresh, send_frame);
    nghttp2_session_callbacks_set_send_data_callback(fresh, send_body);
    nghttp2_session_callbacks_set_data_source_read_length_callback2(fresh, choose_length);
    nghttp2_option_set_no_auto_window_update(*option, 1);
    nghttp2_option_set_no_closed_streams(*option, 1);
    *callbacks = fresh;
    return VC_OK;
}

nghttp2_data_provider2 vc_h2_provider(struct vc_h2_source *source)
{
    return (nghttp2_data_provider2){.source.ptr = source, .read_callback = measure_body};
}

/* Puts the piece where send_body wants it, behind the place of a frame header. If a whole frame
 * finds no room there any more, the next chunk is waited for: what is pulled leaves at once. */
static nghttp2_ssize pull_body(nghttp2_session *session, int32_t stream, uint8_t *, size_t size,
                               uint32_t *flags, nghttp2_data_source *source, void *user_data)
{
    struct vc_h2 *h2 = user_data;
    struct vc_h2_source *body = source->ptr;
    bool ended = false;
    ptrdiff_t count;

    body->deferred = body->resting;
    if (body->deferred)
        return NGHTTP2_ERR_DEFERRED;
    if (VC_CHUNK_SIZE - h2->out.end < FRAME_HEADER_SIZE + size)
        return NGHTTP2_ERR_PAUSE;
    count = body->pull(body->user, h2->out.data + h2->out.end + FRAME_HEADER_SIZE, size, &ended,
                       &body->err);
    if (count < 0 || (size_t)count > size)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    body->sent += (uint64_t)count;
    body->starved = count == 0 && !ended;
    body->deferred = body->starved;
    if (body->deferred)
        return NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    body->ended = ended;
    if (ended && !end_body(session, stream, body, flags))
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    return (nghttp2_ssize)count;
}

nghttp2_data_provider2 vc_h2_pulled(struct vc_h2_source *source)
{
    return (nghttp2_data_provider2){.source.ptr = source, .read_callback = pull_body};
}

void vc_h2_done(struct vc_h2 *h2)
{
    nghttp2_session_del(h2->session);
    if (h2->pool != nullptr)
        vc_chunk_close(h2->pool, &h2->out);
    h2->session = nullptr;
}

enum vc_code vc_h2_receive(struct vc_h2 *h2, struct vc_bytes bytes, struct vc_err *err)
{
    nghttp2_ssize taken = nghttp2_session_mem_recv2(h2->session, bytes.data, bytes.size);

    if (taken < 0 || (size_t)taken != bytes.size)
        return vc_fail(err, taken == NGHTTP2_ERR_NOMEM ? VC_MEMORY : VC_MALFORMED, "HTTP/2: %s",
                       taken < 0 ? nghttp2_strerror((int)taken) : "bytes after the end");
    return VC_OK;
}

enum vc_code vc_h2_fill(struct vc_h2 *h2, struct vc_err *err)
{
    int result;

    if (!vc_chunk_open(h2->pool, &h2->out))
        return vc_fail_memory(err);
    result = nghttp2_session_send(h2->session);
    if (result != 0)
        return vc_fail(err, result == NGHTTP2_ERR_NOMEM ? VC_MEMORY : VC_CLOSED, "HTTP/2: %s",
                       nghttp2_strerror(result));
    return VC_OK;
}

enum vc_code vc_h2_pump_in(struct vc_h2 *h2, struct vc_tls_session *tls, uint8_t *batch, bool *more,
                           struct vc_err *err)
{
    *more = false;
    for (unsigned round = 0; round < VC_H2_ROUNDS_MAX; round++) {
        size_t got;
        enum vc_code code = vc_tls_session_read(tls, batch, VC_H2_BATCH_SIZE, &got, err);

        if (code == VC_OK && got > 0)
            code = vc_h2_receive(h2, (struct vc_bytes){batch, got}, err);
        if (code != VC_OK)
            return code;
        if (got < VC_H2_BATCH_SIZE) {
            *more = vc_tls_session_ending(tls);
            return VC_OK;
        }
    }
    *more = vc_tls_session_pending(tls);
    return VC_OK;
}

enum vc_code vc_h2_pump_out(struct vc_h2 *h2, struct vc_tls_session *tls, bool *more,
                            struct vc_err *err)
{
    *more = false;
    for (unsigned round = 0; round < OUT_ROUNDS_MAX; round++) {
        enum vc_code code = vc_h2_fill(h2, err);

        if (code == VC_OK)
            code = vc_tls_session_write(tls, &h2->out, err);
        if (code != VC_OK)
            return code;
        if (h2->out.begin < h2->out.end) { /* the socket took no more, perhaps it does now */
            code = vc_tls_session_flush(tls, err);
            if (code != VC_OK || vc_tls_session_blocked(tls))
                return code;
            continue;
        }
        if (h2->out.end == 0) {
            vc_chunk_close(h2->pool, &h2->out);
            return vc_tls_session_flush(tls, err);
        }
        h2->out.begin = 0;
        h2->out.end = 0;
    }
    *more = true;
    return vc_tls_session_flush(tls, err);
}
