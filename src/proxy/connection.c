/* SPDX-License-Identifier: MIT */

#include "proxy/connection.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/forward.h"
#include "codec/json.h"
#include "net/loop.h"
#include "proxy/body.h"

static constexpr uint32_t CONTAINER_TIMEOUT_MS = 660'000; /* it may wait 600 s for a run */
static constexpr uint32_t PULSE_MS = 1000;                /* between looks whether the client is
                                                             still there */
static constexpr uint32_t CREDIT_SIZE = 16384; /* bytes of a stream that the client has taken before
                                                  the container hears of it */
static constexpr unsigned ERROR_STATUS = 400;
static const char STREAMS[] = "/v1/streams/";

struct connection {
    const struct vc_proxy_context *context;
    struct vc_proxy_local local;
};

/* One request and its answer. */
struct exchange {
    struct connection *connection;
    struct vc_proxy_request request;
    struct vc_proxy_body body; /* the request's */
    bool flows;                /* a stream: it goes on for as long, and as slowly, as it likes */
    bool headed;               /* the answer has begun: no other can follow */
    bool chunked;              /* the answer's body is */
    bool broken;               /* the client takes no more */
    bool keep_alive;           /* the next request may follow */
};

/* ---- answers of our own ---- */

static const char *reason_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {416, "Range Not Satisfiable"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < VC_COUNT(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return "Other"; /* clients go by the number */
}

static const char *problem_type(unsigned status)
{
    switch (status) {
    case 502:
        return "urn:veracruz:problem:no-container";
    case 503:
        return "urn:veracruz:problem:no-session";
    default:
        return "urn:veracruz:problem:proxy";
    }
}

static bool send_problem(const struct vc_proxy_local *local, unsigned status, const char *detail,
                         bool with_body)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer head = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "type", problem_type(status));
    vc_json_put_string(&writer, "title", reason_of(status));
    vc_json_put_integer(&writer, "status", status);
    vc_json_put_string(&writer, "detail", detail);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, nullptr) != VC_OK ||
        vc_buffer_printf(&head, nullptr,
                         "HTTP/1.1 %u %s\r\ncontent-type: application/problem+json\r\n"
                         "content-length: %zu\r\nconnection: close\r\n\r\n",
                         status, reason_of(status), json.size) != VC_OK)
        return false;
    return vc_proxy_local_send(local, head.data, head.size) &&
           (!with_body || vc_proxy_local_send(local, json.data, json.size));
}

void vc_proxy_turn_away(int fd)
{
    const struct vc_proxy_local local = {.fd = fd};

    (void)send_problem(&local, 503, "more local connections than this proxy serves at once", true);
}

static void refuse(struct exchange *exchange, unsigned status, const char *detail)
{
    exchange->keep_alive = false;
    if (!exchange->headed) {
        (void)send_problem(&exchange->connection->local, status, detail,
                           strcmp(exchange->request.method, "HEAD") != 0);
    }
}

/* ---- the container's answer, as it comes ---- */

static bool has_body(const struct exchange *exchange, unsigned status)
{
    return strcmp(exchange->request.method, "HEAD") != 0 && status >= 200 && status != 204 &&
           status != 304;
}

/* Copies the fields that are the message's: "name: value" lines. */
static enum vc_code copy_fields(struct vc_bytes fields, struct vc_buffer *head, bool *sized,
                                struct vc_err *err)
{
    const char *at = (const char *)fields.data;
    const char *end = fields.size == 0 ? at : at + fields.size;
    enum vc_code code = VC_OK;

    while (code == VC_OK && at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        const char *colon = memchr(at, ':', (size_t)(end - at));
        char name[128];

        if (line == nullptr || colon == nullptr || colon > line ||
            (size_t)(colon - at) >= sizeof(name))
            return vc_fail(err, VC_CLOSED, "the container's answer has a field out of form");
        (void)snprintf(name, sizeof(name), "%.*s", (int)(colon - at), at);
        *sized = *sized || strcmp(name, "content-length") == 0;
        if (!vc_proxy_is_hop(name))
            code = vc_buffer_printf(head, err, "%.*s\r\n", (int)(line - at), at);
        at = line + 1;
    }
    return code;
}

static enum vc_code begin_answer(void *user, unsigned status, struct vc_bytes fields,
                                 struct vc_err *err)
{
    struct exchange *exchange = user;
    vc_cleanup(vc_buffer_done) struct vc_buffer head = {};
    bool sized = false;
    enum vc_code code =
        vc_buffer_printf(&head, err, "HTTP/1.1 %u %s\r\n", status, reason_of(status));

    if (code == VC_OK)
        code = copy_fields(fields, &head, &sized, err);
    exchange->chunked = !sized && has_body(exchange, status);
    exchange->keep_alive = exchange->keep_alive && exchange->body.ended;
    if (code == VC_OK) {
        code = vc_buffer_printf(&head, err, "%s%s\r\n",
                                exchange->chunked ? "transfer-encoding: chunked\r\n" : "",
                                exchange->keep_alive ? "" : "connection: close\r\n");
    }
    if (code != VC_OK)
        return code;
    exchange->headed = true;
    exchange->broken = !vc_proxy_local_send(&exchange->connection->local, head.data, head.size);
    return exchange->broken ? vc_fail(err, VC_STATE, "the local client is gone") : VC_OK;
}

static enum vc_code send_piece(void *user, struct vc_bytes piece, struct vc_err *err)
{
    struct exchange *exchange = user;
    const struct vc_proxy_local *local = &exchange->connection->local;
    char size[24];
    bool sent = true;

    if (piece.size == 0)
        return VC_OK;
    (void)snprintf(size, sizeof(size), "%zx\r\n", piece.size);
    if (exchange->chunked)
        sent = vc_proxy_local_send(local, size, strlen(size));
    sent = sent && vc_proxy_local_send(local, piece.data, piece.size);
    if (exchange->chunked)
        sent = sent && vc_proxy_local_send(local, "\r\n", 2);
    exchange->broken = !sent;
    return sent ? VC_OK : vc_fail(err, VC_STATE, "the local client is gone");
}

/* ---- while it goes on ---- */

/* Nobody is asked for a stream's next byte; for that of anything else not for ever. */
static enum vc_code still_wanted(void *user, struct vc_err *err)
{
    struct exchange *exchange = user;
    struct pollfd client = {.fd = exchange->connection->local.fd, .events = POLLRDHUP};

    if (poll(&client, 1, 0) > 0) {
        exchange->broken = true;
        return vc_fail(err, VC_STATE, "the local client is gone");
    }
    if (exchange->flows || vc_proxy_body_silence_ms(&exchange->body) < VC_PROXY_SILENCE_MS)
        return VC_OK;
    exchange->broken = true;
    return vc_fail(err, VC_STATE, "the local client sent nothing for %u s",
                   VC_PROXY_SILENCE_MS / 1000);
}

/* ---- one exchange ---- */

/* An answer that was collected: of an error. */
static void answer_collected(struct exchange *exchange, const struct vc_http_answer *answer)
{
    struct vc_err err = {};

    if (begin_answer(exchange, answer->status, vc_buffer_bytes(&answer->fields), &err) != VC_OK ||
        (has_body(exchange, answer->status) &&
         send_piece(exchange, vc_buffer_bytes(&answer->body), &err) != VC_OK))
        exchange->keep_alive = false;
}

/* Only what the container sent whole gets its last chunk. */
static void end_answer(struct exchange *exchange, const struct vc_http_answer *answer)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer end = {};
    bool sized = false;
    enum vc_code code = VC_OK;

    if (!exchange->chunked || exchange->broken)
        return;
    code = vc_buffer_append_text(&end, "0\r\n", nullptr);
    if (code == VC_OK && exchange->request.trailers)
        code = copy_fields(vc_buffer_bytes(&answer->trailers), &end, &sized, nullptr);
    if (code == VC_OK)
        code = vc_buffer_append_text(&end, "\r\n", nullptr);
    exchange->broken =
        code != VC_OK || !vc_proxy_local_send(&exchange->connection->local, end.data, end.size);
}

/* May the request be made again, on another session? Nothing of it may have had an effect. */
static bool is_repeatable(const struct exchange *exchange)
{
    return !exchange->headed && !exchange->broken && exchange->body.taken == 0 &&
           exchange->body.ended &&
           (strcmp(exchange->request.method, "GET") == 0 ||
            strcmp(exchange->request.method, "HEAD") == 0);
}

/* A session rests until somebody else needs it; nothing of this call may rest with it. That an
 * upload broke off, the container hears of at once. */
static bool is_reusable(const struct exchange *exchange, enum vc_code code)
{
    return code == VC_OK ||
           ((code == VC_STATE || code == VC_MALFORMED) && exchange->body.ended && !exchange->flows);
}

static void compose(struct exchange *exchange, struct vc_http_source *source,
                    struct vc_http_sink *sink, struct vc_http_call *call)
{
    struct vc_proxy_request *request = &exchange->request;
    size_t field_count = request->field_count;
    bool body = vc_proxy_body_source(&exchange->body, source, request->fields, &field_count);

    *sink = (struct vc_http_sink){.head = begin_answer,
                                  .write = send_piece,
                                  .user = exchange,
                                  .credit_bytes = exchange->flows ? CREDIT_SIZE : 0};
    *call = (struct vc_http_call){.method = request->method,
                                  .target = request->target,
                                  .fields = request->fields,
                                  .field_count = field_count,
                                  .source = body ? source : nullptr,
                                  .sink = sink,
                                  .idle_timeout_ms = exchange->flows ? 0 : CONTAINER_TIMEOUT_MS,
                                  .pulse_ms = PULSE_MS};
}

static enum vc_code attempt(struct exchange *exchange, bool fresh, struct vc_err *err)
{
    struct vc_pool *pool = exchange->connection->context->pool;
    struct vc_forward forward = {.still_wanted = still_wanted, .user = exchange};
    struct vc_http_source source;
    struct vc_http_sink sink;
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    vcc_client *client;
    enum vc_code code = vc_pool_take(pool, fresh, &client, err);

    if (code != VC_OK)
        return code;
    compose(exchange, &source, &sink, &forward.http);
    code = vc_client_forward(client, &forward, &answer, err);
    vc_pool_give(pool, client, is_reusable(exchange, code));
    if (code == VC_OK && answer.status >= ERROR_STATUS)
        answer_collected(exchange, &answer);
    if (code == VC_OK)
        end_answer(exchange, &answer);
    return code;
}

static unsigned status_of(enum vc_code code)
{
    switch (code) {
    case VC_MALFORMED:
        return 400;
    case VC_UNTRUSTED:
    case VC_LIMIT:
        return 503;
    case VC_OK:
    case VC_REFUSED:
    case VC_NOT_FOUND:
    case VC_STATE:
    case VC_CLOSED:
    case VC_MEMORY:
    case VC_HOST:
        break;
    }
    return 502;
}

static void carry_out(struct exchange *exchange)
{
    struct vc_proxy_local *local = &exchange->connection->local;
    struct vc_err err = {};
    enum vc_code code = vc_proxy_body_init(&exchange->body, local, &exchange->request, &err);

    exchange->flows = strncmp(exchange->request.target, STREAMS, sizeof(STREAMS) - 1) == 0;
    if (code == VC_OK && !vc_proxy_local_be_patient(local, exchange->flows))
        code = vc_fail_host(&err, "the local client's socket");
    if (code == VC_OK)
        code = attempt(exchange, false, &err);

    /* A session that rested may have ended; one that did not prove itself again has. */
    if ((code == VC_CLOSED || code == VC_UNTRUSTED) && is_repeatable(exchange))
        code = attempt(exchange, true, &err);
    if (code != VC_OK)
        refuse(exchange, status_of(code), err.text);
    exchange->keep_alive = exchange->keep_alive && !exchange->broken && exchange->body.ended;
}

/* ---- one connection ---- */

/* The next head, whole. 0: there is none: it never began, or takes too long to end. */
static size_t await_head(struct vc_proxy_local *local)
{
    uint64_t begun_ms = 0;

    for (;;) {
        size_t size = vc_proxy_head_size((struct vc_bytes){local->input, local->input_size});

        if (size > 0)
            return size;
        if (local->input_size == sizeof(local->input)) {
            (void)send_problem(local, 400, "the head is too large", true);
            return 0;
        }
        if (local->input_size > 0 && begun_ms == 0)
            begun_ms = vc_loop_now_ms();
        if (begun_ms != 0 && vc_loop_now_ms() - begun_ms >= VC_PROXY_SILENCE_MS)
            return 0;
        if (!vc_proxy_local_await(local))
            return 0;
    }
}

/* True: another request may follow. */
static bool serve_one(struct connection *connection, size_t head_size)
{
    struct exchange exchange = {.connection = connection};
    unsigned status = 400;
    struct vc_err err = {};
    enum vc_code code = vc_proxy_request_parse(
        (struct vc_bytes){connection->local.input, head_size}, &exchange.request, &err);

    vc_proxy_local_use(&connection->local, head_size);
    exchange.keep_alive = code == VC_OK && exchange.request.keep_alive;
    if (code == VC_OK) {
        code =
            vc_proxy_request_check(&exchange.request, &connection->context->guard, &status, &err);
    }
    if (code == VC_OK)
        carry_out(&exchange);
    else
        refuse(&exchange, status, err.text);
    vc_proxy_body_done(&exchange.body);
    vc_proxy_request_done(&exchange.request);
    return exchange.keep_alive;
}

void vc_proxy_serve(const struct vc_proxy_context *context, int fd)
{
    struct connection connection = {.context = context, .local = {.fd = fd}};
    struct vc_proxy_local *local = &connection.local;
    size_t head_size;

    do {
        head_size = vc_proxy_local_be_patient(local, false) ? await_head(local) : 0;
    } while (head_size > 0 && serve_one(&connection, head_size));
    /* What the client still sends must not become a reset that overtakes the answer. */
    (void)shutdown(fd, SHUT_WR);
    for (unsigned i = 0; i < 64; i++) {
        local->input_size = 0;
        if (!vc_proxy_local_await(local))
            break;
    }
}
