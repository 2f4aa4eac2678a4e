/* SPDX-License-Identifier: MIT */

#include "proxy/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/forward.h"
#include "codec/json.h"

static constexpr int CLIENT_TIMEOUT_MS = 60000;           /* of a local client's silence */
static constexpr uint32_t CONTAINER_TIMEOUT_MS = 660'000; /* it may wait 600 s for a run */
static constexpr uint32_t PULSE_MS = 1000;                /* between looks whether the client is
                                                             still there */
static constexpr size_t INPUT_SIZE = VC_PROXY_HEAD_SIZE_MAX;
static constexpr unsigned ERROR_STATUS = 400;

struct connection {
    const struct vc_proxy_context *context;
    int fd;
    uint8_t input[INPUT_SIZE]; /* arrived, and not used yet */
    size_t input_size;
};

/* One request and its answer. */
struct exchange {
    struct connection *connection;
    struct vc_proxy_request request;
    uint64_t taken;  /* bytes of the body that went on */
    bool continued;  /* "100 Continue" was said */
    bool headed;     /* the answer has begun: no other can follow */
    bool chunked;    /* the answer's body is */
    bool broken;     /* the client takes no more */
    bool keep_alive; /* the next request may follow */
};

/* ---- the socket ---- */

static bool send_all(int fd, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0) /* also after SO_SNDTIMEO */
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* What came, at most `size` bytes; 0: the end, silence, or a failure. */
static size_t receive(int fd, void *data, size_t size)
{
    for (;;) {
        ssize_t got = recv(fd, data, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        return got > 0 ? (size_t)got : 0;
    }
}

static void use_input(struct connection *connection, size_t size)
{
    connection->input_size -= size;
    memmove(connection->input, connection->input + size, connection->input_size);
}

static bool set_timeouts(int fd)
{
    const struct timeval patience = {.tv_sec = CLIENT_TIMEOUT_MS / 1000};

    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0;
}

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
        {411, "Length Required"},
        {413, "Content Too Large"},
        {416, "Range Not Satisfiable"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
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

static bool send_problem(int fd, unsigned status, const char *detail, bool with_body)
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
    return send_all(fd, head.data, head.size) && (!with_body || send_all(fd, json.data, json.size));
}

void vc_proxy_turn_away(int fd)
{
    (void)send_problem(fd, 503, "more local connections than this proxy serves at once", true);
}

static void refuse(struct exchange *exchange, unsigned status, const char *detail)
{
    exchange->keep_alive = false;
    if (!exchange->headed) {
        (void)send_problem(exchange->connection->fd, status, detail,
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
    bool drained = exchange->taken == exchange->request.length;
    enum vc_code code =
        vc_buffer_printf(&head, err, "HTTP/1.1 %u %s\r\n", status, reason_of(status));

    if (code == VC_OK)
        code = copy_fields(fields, &head, &sized, err);
    exchange->chunked = !sized && has_body(exchange, status);
    exchange->keep_alive = exchange->keep_alive && drained;
    if (code == VC_OK) {
        code = vc_buffer_printf(&head, err, "%s%s\r\n",
                                exchange->chunked ? "transfer-encoding: chunked\r\n" : "",
                                exchange->keep_alive ? "" : "connection: close\r\n");
    }
    if (code != VC_OK)
        return code;
    exchange->headed = true;
    exchange->broken = !send_all(exchange->connection->fd, head.data, head.size);
    return exchange->broken ? vc_fail(err, VC_STATE, "the local client is gone") : VC_OK;
}

static enum vc_code send_piece(void *user, struct vc_bytes piece, struct vc_err *err)
{
    struct exchange *exchange = user;
    int fd = exchange->connection->fd;
    char size[24];
    bool sent = true;

    if (piece.size == 0)
        return VC_OK;
    (void)snprintf(size, sizeof(size), "%zx\r\n", piece.size);
    if (exchange->chunked)
        sent = send_all(fd, size, strlen(size));
    sent = sent && send_all(fd, piece.data, piece.size);
    if (exchange->chunked)
        sent = sent && send_all(fd, "\r\n", 2);
    exchange->broken = !sent;
    return sent ? VC_OK : vc_fail(err, VC_STATE, "the local client is gone");
}

/* ---- the client's body, as it comes ---- */

static ptrdiff_t read_body(void *user, uint64_t, uint8_t *data, size_t size, struct vc_err *err)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct exchange *exchange = user;
    struct connection *connection = exchange->connection;
    size_t got = connection->input_size < size ? connection->input_size : size;

    if (got > 0) {
        memcpy(data, connection->input, got);
        use_input(connection, got);
    } else {
        if (exchange->request.expects && !exchange->continued) {
            exchange->continued = true;
            if (!send_all(connection->fd, go_on, sizeof(go_on) - 1))
                exchange->broken = true;
        }
        got = exchange->broken ? 0 : receive(connection->fd, data, size);
    }
    if (got == 0) {
        exchange->broken = true;
        (void)!vc_fail(err, VC_STATE, "the local client broke off its request");
        return -1;
    }
    exchange->taken += got;
    return (ptrdiff_t)got;
}

static enum vc_code still_wanted(void *user, struct vc_err *err)
{
    struct exchange *exchange = user;
    struct pollfd client = {.fd = exchange->connection->fd, .events = POLLRDHUP};

    if (poll(&client, 1, 0) <= 0)
        return VC_OK;
    exchange->broken = true;
    return vc_fail(err, VC_STATE, "the local client is gone");
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

static void end_answer(struct exchange *exchange)
{
    if (exchange->chunked && !exchange->broken &&
        !send_all(exchange->connection->fd, "0\r\n\r\n", 5))
        exchange->broken = true;
}

/* May the request be made again, on another session? Nothing of it may have had an effect. */
static bool is_repeatable(const struct exchange *exchange)
{
    return !exchange->headed && !exchange->broken && exchange->taken == 0 &&
           exchange->request.length == 0 &&
           (strcmp(exchange->request.method, "GET") == 0 ||
            strcmp(exchange->request.method, "HEAD") == 0);
}

static enum vc_code attempt(struct exchange *exchange, bool fresh, struct vc_err *err)
{
    const struct vc_proxy_request *request = &exchange->request;
    struct vc_pool *pool = exchange->connection->context->pool;
    const struct vc_http_source source = {
        .read = read_body, .user = exchange, .size = request->length};
    const struct vc_http_sink sink = {.head = begin_answer, .write = send_piece, .user = exchange};
    struct vc_forward forward = {.http = {.method = request->method,
                                          .target = request->target,
                                          .fields = request->fields,
                                          .field_count = request->field_count,
                                          .source = request->has_length ? &source : nullptr,
                                          .sink = &sink,
                                          .idle_timeout_ms = CONTAINER_TIMEOUT_MS,
                                          .pulse_ms = PULSE_MS},
                                 .still_wanted = still_wanted,
                                 .user = exchange};
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    vcc_client *client;
    enum vc_code code = vc_pool_take(pool, fresh, &client, err);

    if (code != VC_OK)
        return code;
    code = vc_client_forward(client, &forward, &answer, err);
    vc_pool_give(pool, client, code == VC_OK || code == VC_STATE || code == VC_MALFORMED);
    if (code == VC_OK && answer.status >= ERROR_STATUS)
        answer_collected(exchange, &answer);
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
    struct vc_err err = {};
    enum vc_code code = attempt(exchange, false, &err);

    /* A session that rested may have ended; one that did not prove itself again has. */
    if ((code == VC_CLOSED || code == VC_UNTRUSTED) && is_repeatable(exchange))
        code = attempt(exchange, true, &err);
    if (code == VC_OK)
        end_answer(exchange);
    else
        refuse(exchange, status_of(code), err.text);
    exchange->keep_alive = exchange->keep_alive && !exchange->broken;
}

/* ---- one connection ---- */

/* The next head, whole. 0: there is none. */
static size_t await_head(struct connection *connection)
{
    for (;;) {
        size_t size =
            vc_proxy_head_size((struct vc_bytes){connection->input, connection->input_size});
        size_t got;

        if (size > 0)
            return size;
        if (connection->input_size == INPUT_SIZE) {
            (void)send_problem(connection->fd, 400, "the head is too large", true);
            return 0;
        }
        got = receive(connection->fd, connection->input + connection->input_size,
                      INPUT_SIZE - connection->input_size);
        if (got == 0)
            return 0;
        connection->input_size += got;
    }
}

/* True: another request may follow. */
static bool serve_one(struct connection *connection, size_t head_size)
{
    struct exchange exchange = {.connection = connection};
    unsigned status = 400;
    struct vc_err err = {};
    enum vc_code code = vc_proxy_request_parse((struct vc_bytes){connection->input, head_size},
                                               &exchange.request, &err);

    use_input(connection, head_size);
    exchange.keep_alive = code == VC_OK && exchange.request.keep_alive;
    if (code == VC_OK) {
        code =
            vc_proxy_request_check(&exchange.request, &connection->context->guard, &status, &err);
    }
    if (code == VC_OK)
        carry_out(&exchange);
    else
        refuse(&exchange, status, err.text);
    vc_proxy_request_done(&exchange.request);
    return exchange.keep_alive;
}

void vc_proxy_serve(const struct vc_proxy_context *context, int fd)
{
    struct connection connection = {.context = context, .fd = fd};
    size_t head_size;

    if (!set_timeouts(fd))
        return;
    do {
        head_size = await_head(&connection);
    } while (head_size > 0 && serve_one(&connection, head_size));
    /* What the client still sends must not become a reset that overtakes the answer. */
    (void)shutdown(fd, SHUT_WR);
    for (unsigned i = 0; i < 64 && connection.input_size < INPUT_SIZE; i++) {
        if (receive(fd, connection.input, INPUT_SIZE) == 0)
            break;
    }
}
