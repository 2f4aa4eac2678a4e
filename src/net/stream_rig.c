/* SPDX-License-Identifier: MIT */

#include "net/stream_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct side *side_of(struct vc_http_exchange *exchange)
{
    return vc_http_context(exchange);
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct rig *rig = user;
    struct side *side = &rig->of[exchange->stream];

    side->exchange = exchange;
    vc_http_set_context(exchange, side);
    if (rig->hold)
        vc_http_hold(exchange);
}

static void on_body(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct rig *rig = user;

    side_of(exchange)->taken += piece.size;
    if (rig->generous)
        vc_http_grant(exchange, (uint32_t)piece.size);
}

static void on_end(void *, struct vc_http_exchange *exchange)
{
    struct side *side = side_of(exchange);
    const char *sum = vc_http_trailer(exchange, "x-sum");

    side->ended = true;
    if (sum != nullptr && strlen(sum) < sizeof(side->trailer))
        strcpy(side->trailer, sum);
}

static void on_close(void *user, struct vc_http_exchange *exchange)
{
    struct rig *rig = user;

    rig->closes++;
    side_of(exchange)->gone = true;
}

static void on_credit(void *, struct vc_http_exchange *exchange)
{
    side_of(exchange)->credits++;
}

static enum vc_code wake(void *, struct vc_err *)
{
    return VC_OK;
}

static int client_header(nghttp2_session *, const nghttp2_frame *frame, const uint8_t *name,
                         size_t name_size, const uint8_t *value, size_t value_size, uint8_t,
                         void *user)
{
    struct rig *rig = user;
    struct side *side = &rig->of[frame->hd.stream_id];

    if (name_size == 7 && memcmp(name, ":status", 7) == 0)
        side->status = (unsigned)strtoul((const char *)value, nullptr, 10);
    if (name_size == 5 && memcmp(name, "x-sum", 5) == 0 && value_size < sizeof(side->told))
        memcpy(side->told, value, value_size);
    return 0;
}

static int client_data(nghttp2_session *session, uint8_t, int32_t stream, const uint8_t *,
                       size_t size, void *user)
{
    struct rig *rig = user;

    rig->of[stream].got += size;
    return rig->stingy ? nghttp2_session_consume_connection(session, size)
                       : nghttp2_session_consume(session, stream, size);
}

static int client_close(nghttp2_session *, int32_t stream, uint32_t error, void *user)
{
    struct rig *rig = user;

    rig->of[stream].closed = true;
    rig->of[stream].error = error;
    return 0;
}

static int client_frame(nghttp2_session *, const nghttp2_frame *frame, void *user)
{
    struct rig *rig = user;

    if (frame->hd.type == NGHTTP2_GOAWAY)
        rig->goaway = frame->goaway.error_code;
    return 0;
}

static nghttp2_ssize client_pads(nghttp2_session *, const nghttp2_frame *frame, size_t most,
                                 void *user)
{
    struct rig *rig = user;
    size_t size = frame->hd.length + (rig->padded ? 200 : 0);

    return (nghttp2_ssize)(size < most ? size : most);
}

static nghttp2_session *new_client(struct rig *rig)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_session *client;

    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    assert_int_equal(nghttp2_option_new(&option), 0);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_http_messaging(option, 1);
    nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, client_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, client_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, client_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, client_frame);
    nghttp2_session_callbacks_set_select_padding_callback2(callbacks, client_pads);
    assert_int_equal(nghttp2_session_client_new2(&client, callbacks, rig, option), 0);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    assert_int_equal(nghttp2_submit_settings(client, 0, nullptr, 0), 0);
    return client;
}

struct rig *stream_rig_new(void)
{
    static const struct vc_http_handler handler = {.on_request = on_request,
                                                   .on_body = on_body,
                                                   .on_end = on_end,
                                                   .on_close = on_close,
                                                   .on_credit = on_credit};
    struct rig *rig = calloc(1, sizeof(*rig));
    const struct vc_exchanges_host host = {.wake = wake, .pool = &rig->pool};

    assert_non_null(rig);
    rig->goaway = UINT32_MAX;
    rig->client = new_client(rig);
    assert_int_equal(vc_exchanges_new(&host, STREAM_RIG_STREAMS, &handler, rig, &rig->all, nullptr),
                     VC_OK);
    return rig;
}

void stream_rig_free(struct rig *rig)
{
    vc_exchanges_free(rig->all);
    for (int32_t i = 1; i < STREAM_RIG_LAST; i += 2)
        assert_int_equal(rig->of[i].exchange != nullptr, rig->of[i].gone);
    vc_chunk_pool_done(&rig->pool);
    nghttp2_session_del(rig->client);
    free(rig);
}

bool stream_rig_send_chunk(struct rig *rig)
{
    struct vc_h2 *h2 = vc_exchanges_h2(rig->all);
    bool some;

    rig->fatal = rig->fatal || vc_h2_fill(h2, nullptr) != VC_OK;
    some = h2->out.end > 0;
    if (some)
        assert_int_equal(nghttp2_session_mem_recv2(rig->client, h2->out.data, h2->out.end),
                         h2->out.end);
    vc_chunk_close(&rig->pool, &h2->out);
    return some;
}

void stream_rig_give(struct rig *rig, const uint8_t *data, size_t size)
{
    if (!rig->fatal &&
        vc_h2_receive(vc_exchanges_h2(rig->all), (struct vc_bytes){data, size}, nullptr) != VC_OK)
        rig->fatal = true;
}

void stream_rig_client_speaks(struct rig *rig)
{
    const uint8_t *data;
    nghttp2_ssize size;

    while ((size = nghttp2_session_mem_send2(rig->client, &data)) > 0)
        stream_rig_give(rig, data, (size_t)size);
}

void stream_rig_converse(struct rig *rig)
{
    do {
        stream_rig_client_speaks(rig);
        while (stream_rig_send_chunk(rig))
            ;
    } while (nghttp2_session_want_write(rig->client) != 0);
}

static nghttp2_ssize read_upload(nghttp2_session *session, int32_t stream, uint8_t *data,
                                 size_t size, uint32_t *flags, nghttp2_data_source *source, void *)
{
    struct upload *upload = source->ptr;
    size_t count = size < upload->left ? size : (size_t)upload->left;
    nghttp2_nv trailers[VC_HTTP_TRAILERS_MAX + 1];

    if (count == 0 && upload->open)
        return NGHTTP2_ERR_DEFERRED;
    memset(data, 'u', count);
    upload->left -= count;
    if (upload->left > 0 || upload->open)
        return (nghttp2_ssize)count;
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    for (unsigned i = 0; i < upload->trailers; i++)
        trailers[i] =
            i == 0 && upload->first.name != nullptr ? upload->first : vc_h2_pair("x-sum", "42");
    if (upload->trailers > 0) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        assert_int_equal(nghttp2_submit_trailer(session, stream, trailers, upload->trailers), 0);
    }
    return (nghttp2_ssize)count;
}

int32_t stream_rig_ask(struct rig *rig, const char *method, struct upload *upload)
{
    const nghttp2_nv headers[4] = {vc_h2_pair(":method", method), vc_h2_pair(":scheme", "https"),
                                   vc_h2_pair(":authority", "test"), vc_h2_pair(":path", "/")};
    const nghttp2_data_provider2 provider = {.source.ptr = upload, .read_callback = read_upload};

    return nghttp2_submit_request2(rig->client, nullptr, headers, 4,
                                   upload == nullptr ? nullptr : &provider, nullptr);
}
