/* SPDX-License-Identifier: MIT */

#include "proxy/body.h"

#include <inttypes.h>
#include <stdio.h>

#include "net/loop.h"

enum vc_code vc_proxy_body_init(struct vc_proxy_body *body, struct vc_proxy_local *local,
                                const struct vc_proxy_request *request, struct vc_err *err)
{
    *body = (struct vc_proxy_body){
        .local = local, .request = request, .ended = !request->chunked && request->length == 0};
    return request->chunked ? vc_proxy_chunked_new(&body->chunked, err) : VC_OK;
}

void vc_proxy_body_done(struct vc_proxy_body *body)
{
    vc_proxy_chunked_free(body->chunked);
    body->chunked = nullptr;
}

static bool go_on(struct vc_proxy_body *body)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

    if (!body->request->expects || body->continued || body->local->input_size > 0)
        return true;
    body->continued = true;
    return vc_proxy_local_send(body->local, text, sizeof(text) - 1);
}

static ptrdiff_t take_sized(struct vc_proxy_body *body, uint8_t *data, size_t size)
{
    uint64_t left = body->request->length - body->taken;
    ptrdiff_t got = vc_proxy_local_take(body->local, data, left < size ? (size_t)left : size);

    if (got > 0)
        body->ended = (uint64_t)got == left;
    return got;
}

/* Goes on until there is something of the body, and not only of its coding. */
static ptrdiff_t take_chunked(struct vc_proxy_body *body, uint8_t *data, size_t size,
                              struct vc_err *err)
{
    struct vc_proxy_local *local = body->local;
    struct vc_proxy_piece piece = {};

    while (piece.made == 0 && !piece.ended) {
        ptrdiff_t got = vc_proxy_local_fill(local);

        if (got <= 0)
            return got;
        const struct vc_bytes arrived = {local->input,
                                         local->input_size < size ? local->input_size : size};

        if (vc_proxy_chunked_take(body->chunked, arrived, data, &piece, err) != VC_OK)
            return -1;
        vc_proxy_local_use(local, piece.used);
    }
    body->ended = piece.ended;
    return (ptrdiff_t)piece.made;
}

/* A body that breaks off never ends: the container is to see it broken, too. */
static ptrdiff_t pull(void *user, uint8_t *data, size_t size, bool *ended, struct vc_err *err)
{
    struct vc_proxy_body *body = user;
    struct vc_err why = {};
    ptrdiff_t got = -1;

    if (!body->broken && go_on(body)) {
        got = body->chunked != nullptr ? take_chunked(body, data, size, &why)
                                       : take_sized(body, data, size);
    }
    if (got < 0) {
        body->broken = true;
        if (why.code == VC_OK)
            (void)!vc_fail(&why, VC_STATE, "the local client broke off its request");
        /* too much of the coding is a fault of the request, and no want of ours */
        (void)!vc_fail(err, why.code == VC_LIMIT ? VC_MALFORMED : why.code, "%s", why.text);
        return -1;
    }
    *ended = body->ended;
    body->taken += (uint64_t)got;
    if (got > 0 || body->ended)
        body->quiet_since_ms = 0;
    else if (body->quiet_since_ms == 0)
        body->quiet_since_ms = vc_loop_now_ms();
    return got;
}

static size_t give_trailers(void *user, struct vc_http_field *fields, size_t max)
{
    const struct vc_proxy_body *body = user;

    return vc_proxy_chunked_trailers(body->chunked, fields, max);
}

bool vc_proxy_body_source(struct vc_proxy_body *body, struct vc_http_source *source,
                          struct vc_http_field *fields, size_t *field_count)
{
    const struct vc_proxy_request *request = body->request;

    *source = (struct vc_http_source){};
    if (!request->chunked && !request->has_length)
        return false;
    if (body->ended) /* it has no byte */
        return true;
    *source =
        (struct vc_http_source){.pull = pull,
                                .ready_fd = body->local->fd,
                                .trailers = body->chunked != nullptr ? give_trailers : nullptr,
                                .user = body};
    if (request->chunked)
        return true;
    (void)snprintf(body->length, sizeof(body->length), "%" PRIu64, request->length);
    fields[(*field_count)++] = (struct vc_http_field){"content-length", body->length};
    return true;
}

uint64_t vc_proxy_body_silence_ms(const struct vc_proxy_body *body)
{
    return body->quiet_since_ms == 0 ? 0 : vc_loop_now_ms() - body->quiet_since_ms;
}
