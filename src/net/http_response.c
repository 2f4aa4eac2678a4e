/* SPDX-License-Identifier: MIT */

/* The response's half of an exchange. */

#include "net/http_exchange_internal.h"

#include <stdio.h>
#include <string.h>

bool vc_http_is_heard(const struct vc_http_exchange *exchange)
{
    return exchange->announced && !exchange->responded && !exchange->aborted && !exchange->overrun;
}

static void release(struct vc_http_body *body)
{
    struct vc_http_body taken = *body;

    *body = (struct vc_http_body){};
    if (taken.release != nullptr)
        taken.release(taken.owner);
}

void vc_http_release_body(struct vc_http_exchange *exchange)
{
    release(&exchange->body);
}

/* RFC 9110 §8.6: these have neither body nor content-length. */
static bool bodiless(unsigned status)
{
    return status == 204 || status == 304;
}

static enum vc_code check_response(const struct vc_http_exchange *exchange, unsigned status,
                                   const struct vc_http_field *fields, size_t field_count,
                                   struct vc_err *err)
{
    if (exchange->responded)
        return vc_fail(err, VC_STATE, "the exchange has its response already");
    if (exchange->aborted)
        return vc_fail(err, VC_STATE, "the exchange was broken off");
    if (status < 200 || status > 599)
        return vc_fail(err, VC_MALFORMED, "status: %u is no final status", status);
    if (field_count > VC_HTTP_FIELDS_MAX)
        return vc_fail(err, VC_LIMIT, "response: %zu fields, at most %zu", field_count,
                       VC_HTTP_FIELDS_MAX);
    for (size_t i = 0; i < field_count; i++) {
        if (!vc_h2_is_field(&fields[i]))
            return vc_fail(err, VC_MALFORMED, "response: field %zu is malformed", i);
    }
    return VC_OK;
}

/* Has the responses of a connection take turns, frame by frame. RFC 9218 would have one after the
 * other, and one that never ends would be the last; what the client says of it does not count. */
static bool share_line(const struct vc_http_exchange *exchange)
{
    const nghttp2_extpri turns = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};

    return nghttp2_session_change_extpri_stream_priority(
               exchange->all->h2.session, exchange->stream, &turns, 1) != NGHTTP2_ERR_NOMEM;
}

static enum vc_code submit_response(struct vc_http_exchange *exchange, unsigned status,
                                    const struct vc_http_field *fields, size_t field_count,
                                    struct vc_err *err)
{
    nghttp2_nv headers[VC_HTTP_FIELDS_MAX + 2];
    bool fed = exchange->source.pull != nullptr;
    nghttp2_data_provider2 provider =
        fed ? vc_h2_pulled(&exchange->source) : vc_h2_provider(&exchange->source);
    bool unsent = (!fed && exchange->source.size == 0) || bodiless(status) ||
                  strcmp(vc_http_method(exchange), "HEAD") == 0;
    size_t count = 0;
    char status_text[16];
    char length_text[24];

    (void)snprintf(status_text, sizeof(status_text), "%u", status);
    (void)snprintf(length_text, sizeof(length_text), "%ju", (uintmax_t)exchange->source.size);
    headers[count++] = vc_h2_pair(":status", status_text);
    if (!bodiless(status) && !fed)
        headers[count++] = vc_h2_pair("content-length", length_text);
    for (size_t i = 0; i < field_count; i++)
        headers[count++] = vc_h2_pair(fields[i].name, fields[i].value);
    if (!share_line(exchange) ||
        nghttp2_submit_response2(exchange->all->h2.session, exchange->stream, headers, count,
                                 unsent ? nullptr : &provider) != 0)
        return vc_fail_memory(err);
    if (unsent)
        vc_http_release_body(exchange);
    return VC_OK;
}

enum vc_code vc_http_respond(struct vc_http_exchange *exchange, unsigned status,
                             const struct vc_http_field *fields, size_t field_count,
                             struct vc_http_body body, struct vc_err *err)
{
    const struct vc_exchanges_host *host = &exchange->all->host;
    enum vc_code code = check_response(exchange, status, fields, field_count, err);

    if (code == VC_OK)
        code = host->wake(host->user, err);
    if (code != VC_OK) {
        release(&body);
        return code;
    }
    exchange->body = body;
    exchange->source = (struct vc_h2_source){.bytes = body.bytes, .size = body.bytes.size};
    code = submit_response(exchange, status, fields, field_count, err);
    if (code != VC_OK)
        vc_http_release_body(exchange);
    else
        exchange->responded = true;
    return code;
}

/* A feed may break its exchange off while it is asked: then there is no more of it. */
static ptrdiff_t pull_feed(void *user, uint8_t *data, size_t size, bool *ended, struct vc_err *err)
{
    struct vc_http_exchange *exchange = user;
    const struct vc_http_feed *feed = &exchange->feed;
    size_t wanted = size;
    bool last = false;
    size_t count = 0;

    if (!exchange->aborted && feed->ready != nullptr) {
        size_t ready = feed->ready(feed->user, &last);

        wanted = ready < size ? ready : size;
        last = last && wanted == ready;
    }
    if (!exchange->aborted && (wanted > 0 || feed->ready == nullptr))
        count = feed->pull(feed->user, data, wanted, feed->ready == nullptr ? &last : &(bool){});
    if (exchange->aborted)
        return 0;
    if (count > wanted || (feed->ready != nullptr && count < wanted)) {
        (void)vc_fail(err, VC_STATE, "the feed gave %zu of %zu bytes", count, wanted);
        return -1;
    }
    *ended = last;
    return (ptrdiff_t)count;
}

static size_t ask_trailers(void *user, struct vc_http_field *fields, size_t max)
{
    struct vc_http_exchange *exchange = user;

    size_t count = exchange->feed.trailers(exchange->feed.user, fields, max);

    return exchange->aborted ? SIZE_MAX : count; /* more than there can be: no end */
}

enum vc_code vc_http_respond_feed(struct vc_http_exchange *exchange, unsigned status,
                                  const struct vc_http_field *fields, size_t field_count,
                                  const struct vc_http_feed *feed, struct vc_err *err)
{
    const struct vc_exchanges_host *host = &exchange->all->host;
    enum vc_code code = check_response(exchange, status, fields, field_count, err);

    if (code == VC_OK)
        code = host->wake(host->user, err);
    if (code != VC_OK)
        return code;
    exchange->feed = *feed;
    exchange->source =
        (struct vc_h2_source){.pull = pull_feed,
                              .trailers = feed->trailers == nullptr ? nullptr : ask_trailers,
                              .user = exchange};
    code = submit_response(exchange, status, fields, field_count, err);
    exchange->responded = code == VC_OK;
    if (code != VC_OK)
        exchange->feed = (struct vc_http_feed){};
    return code;
}

void vc_http_resume(struct vc_http_exchange *exchange)
{
    const struct vc_exchanges_host *host = &exchange->all->host;

    if (!exchange->source.deferred ||
        nghttp2_session_resume_data(exchange->all->h2.session, exchange->stream) != 0)
        return; /* it is being pulled already */
    exchange->source.deferred = false;
    /* Without memory it waits for the next occasion on which the connection is turned. */
    (void)host->wake(host->user, nullptr);
}

void vc_http_abort(struct vc_http_exchange *exchange)
{
    struct vc_exchanges *all = exchange->all;

    if (exchange->aborted)
        return;
    exchange->aborted = true;
    if (nghttp2_submit_rst_stream(all->h2.session, NGHTTP2_FLAG_NONE, exchange->stream,
                                  NGHTTP2_INTERNAL_ERROR) != 0)
        all->failed = true;
    /* Without memory it waits for the next occasion on which the connection is turned. */
    (void)all->host.wake(all->host.user, nullptr);
}
