/* SPDX-License-Identifier: MIT */

#include "proxy/request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <llhttp.h>

size_t vc_proxy_head_size(struct vc_bytes arrived)
{
    const uint8_t *end =
        arrived.size == 0 ? nullptr : memmem(arrived.data, arrived.size, "\r\n\r\n", 4);

    return end == nullptr ? 0 : (size_t)(end - arrived.data) + 4;
}

bool vc_proxy_is_hop(const char *name)
{
    static const char *const names[] = {"connection",
                                        "keep-alive",
                                        "proxy-authenticate",
                                        "proxy-authorization",
                                        "proxy-connection",
                                        "te",
                                        "trailer",
                                        "transfer-encoding",
                                        "upgrade",
                                        "http2-settings"};

    for (size_t i = 0; i < VC_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

/* ---- reading ---- */

/* A field while the parser spells it; offsets into the text, which may move. */
struct spelt {
    size_t name, value;
};

struct reading {
    struct vc_proxy_request *request;
    struct spelt fields[VC_HTTP_FIELDS_MAX];
    size_t field_count;
    size_t target_size, method_size;
    bool in_value, headed;
    struct vc_err err; /* ours; code is VC_OK before */
};

static int fail(struct reading *reading, enum vc_code code, const char *text)
{
    (void)!vc_fail(&reading->err, code, "%s", text);
    return HPE_USER;
}

static int append(struct reading *reading, const char *data, size_t size)
{
    return vc_buffer_append(&reading->request->text, (struct vc_bytes){(const uint8_t *)data, size},
                            &reading->err) == VC_OK
               ? 0
               : HPE_USER;
}

static int on_method(llhttp_t *parser, const char *data, size_t size)
{
    struct reading *reading = parser->data;

    if (size >= sizeof(reading->request->method) - reading->method_size)
        return fail(reading, VC_LIMIT, "method: too long");
    memcpy(reading->request->method + reading->method_size, data, size);
    reading->method_size += size;
    return 0;
}

static int on_target(llhttp_t *parser, const char *data, size_t size)
{
    struct reading *reading = parser->data;

    if (size >= sizeof(reading->request->target) - reading->target_size)
        return fail(reading, VC_LIMIT, "target: too long");
    memcpy(reading->request->target + reading->target_size, data, size);
    reading->target_size += size;
    return 0;
}

static int on_name(llhttp_t *parser, const char *data, size_t size)
{
    struct reading *reading = parser->data;

    if (reading->field_count == 0 || reading->in_value) {
        if (reading->field_count == VC_HTTP_FIELDS_MAX)
            return fail(reading, VC_LIMIT, "more fields than one message may have");
        reading->fields[reading->field_count++].name = reading->request->text.size;
        reading->in_value = false;
    }
    return append(reading, data, size);
}

/* The name is whole: its NUL, then the value. */
static int on_name_end(llhttp_t *parser)
{
    struct reading *reading = parser->data;
    int result = append(reading, "", 1);

    reading->fields[reading->field_count - 1].value = reading->request->text.size;
    reading->in_value = true;
    return result;
}

static int on_value(llhttp_t *parser, const char *data, size_t size)
{
    return append(parser->data, data, size);
}

static int on_value_end(llhttp_t *parser)
{
    return append(parser->data, "", 1);
}

static int on_head(llhttp_t *parser)
{
    struct reading *reading = parser->data;

    reading->headed = true;
    reading->request->keep_alive = llhttp_should_keep_alive(parser) != 0;
    reading->request->has_length = (parser->flags & F_CONTENT_LENGTH) != 0;
    reading->request->length = reading->request->has_length ? parser->content_length : 0;
    if (parser->http_major != 1 || parser->http_minor != 1)
        return fail(reading, VC_MALFORMED, "HTTP/1.1 is wanted");
    if (llhttp_get_upgrade(parser) != 0)
        return fail(reading, VC_MALFORMED, "no other protocol is spoken here");
    return 0;
}

static enum vc_code run(struct vc_bytes head, struct reading *reading, struct vc_err *err)
{
    llhttp_settings_t settings;
    llhttp_t parser;
    llhttp_errno_t result;

    llhttp_settings_init(&settings);
    settings.on_method = on_method;
    settings.on_url = on_target;
    settings.on_header_field = on_name;
    settings.on_header_field_complete = on_name_end;
    settings.on_header_value = on_value;
    settings.on_header_value_complete = on_value_end;
    settings.on_headers_complete = on_head;
    llhttp_init(&parser, HTTP_REQUEST, &settings); /* nothing lenient is set: it is strict */
    parser.data = reading;
    result = llhttp_execute(&parser, (const char *)head.data, head.size);
    if (reading->err.code != VC_OK)
        return vc_fail(err, reading->err.code, "%s", reading->err.text);
    if (result != HPE_OK) {
        return vc_fail(err, VC_MALFORMED, "not HTTP/1.1: %s",
                       llhttp_get_error_reason(&parser) != nullptr
                           ? llhttp_get_error_reason(&parser)
                           : llhttp_errno_name(result));
    }
    if (!reading->headed)
        return vc_fail(err, VC_MALFORMED, "not HTTP/1.1: the head ends before its end");
    return VC_OK;
}

/* ---- what goes on ---- */

static void lower(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
    }
}

/* Does the list name it? */
static bool is_named(const char *list, const char *name)
{
    size_t size = strlen(name);

    while (*list != '\0') {
        size_t length;

        list += strspn(list, " \t,");
        length = strcspn(list, " \t,");
        if (length == size && strncasecmp(list, name, size) == 0)
            return true;
        list += length;
    }
    return false;
}

static void note_coding(struct vc_proxy_request *request, const char *value)
{
    bool plain = strcasecmp(value, "chunked") == 0;

    request->coded = request->coded || request->chunked || !plain;
    request->chunked = request->chunked || plain;
}

/* Notes a field that is for the proxy. True: it does not go on. */
static bool note(struct vc_proxy_request *request, const char *name, const char *value,
                 unsigned *hosts)
{
    if (strcmp(name, "host") == 0) {
        ++*hosts;
        if (strlen(value) < sizeof(request->host))
            memcpy(request->host, value, strlen(value) + 1);
        return true;
    }
    if (strcmp(name, "transfer-encoding") == 0)
        note_coding(request, value);
    if (strcmp(name, "te") == 0)
        request->trailers = request->trailers || is_named(value, "trailers");
    if (strcmp(name, "expect") == 0) {
        request->expects = strcasecmp(value, "100-continue") == 0;
        return true;
    }
    if (strcmp(name, "origin") == 0 || strncmp(name, "sec-fetch-", 10) == 0)
        request->from_browser = true;
    return strcmp(name, "content-length") == 0 || vc_proxy_is_hop(name);
}

/* Does a Connection field name it? Then it is one connection's matter too. */
static bool is_dropped(const struct reading *reading, const char *text, const char *name)
{
    for (size_t i = 0; i < reading->field_count; i++) {
        if (strcmp(text + reading->fields[i].name, "connection") == 0 &&
            is_named(text + reading->fields[i].value, name))
            return true;
    }
    return false;
}

static enum vc_code sort(struct reading *reading, struct vc_err *err)
{
    struct vc_proxy_request *request = reading->request;
    char *text = (char *)request->text.data;
    unsigned hosts = 0;

    for (size_t i = 0; i < reading->field_count; i++)
        lower(text + reading->fields[i].name);
    for (size_t i = 0; i < reading->field_count; i++) {
        const char *name = text + reading->fields[i].name;
        const char *value = text + reading->fields[i].value;

        if (!note(request, name, value, &hosts) && !is_dropped(reading, text, name))
            request->fields[request->field_count++] = (struct vc_http_field){name, value};
    }
    if (hosts != 1 || request->host[0] == '\0')
        return vc_fail(err, VC_MALFORMED, "host: exactly one wanted, %u given", hosts);
    return VC_OK;
}

enum vc_code vc_proxy_request_parse(struct vc_bytes head, struct vc_proxy_request *request,
                                    struct vc_err *err)
{
    struct reading reading = {.request = request};
    enum vc_code code;

    *request = (struct vc_proxy_request){};
    if (head.size > VC_PROXY_HEAD_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "a head of %zu bytes, at most %zu", head.size,
                       VC_PROXY_HEAD_SIZE_MAX);
    }
    if (head.size == 0 || vc_proxy_head_size(head) != head.size)
        return vc_fail(err, VC_MALFORMED, "not one whole head");
    if (memchr(head.data, '\0', head.size) != nullptr)
        return vc_fail(err, VC_MALFORMED, "a NUL in the head");
    code = run(head, &reading, err);
    if (code == VC_OK)
        code = sort(&reading, err);
    if (code != VC_OK)
        vc_proxy_request_done(request);
    return code;
}

void vc_proxy_request_done(struct vc_proxy_request *request)
{
    vc_buffer_done(&request->text);
    *request = (struct vc_proxy_request){};
}

/* ---- the guard ---- */

static bool is_host(const struct vc_proxy_request *request, const char *name, const char *port)
{
    size_t size = strlen(name);
    const char *rest = request->host + size;

    if (strncasecmp(request->host, name, size) != 0)
        return false;
    if (port == nullptr)
        return *rest == '\0' || *rest == ':';
    return rest[0] == ':' && strcmp(rest + 1, port) == 0;
}

static bool means_us(const struct vc_proxy_request *request, const struct vc_proxy_guard *guard)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};

    for (size_t i = 0; i < VC_COUNT(names); i++) {
        if (is_host(request, names[i], guard->port))
            return true;
    }
    return is_host(request, guard->name, guard->port) ||
           strcasecmp(request->host, guard->name) == 0;
}

static bool is_known_method(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "POST", "DELETE"};

    for (size_t i = 0; i < VC_COUNT(methods); i++) {
        if (strcmp(method, methods[i]) == 0)
            return true;
    }
    return false;
}

enum vc_code vc_proxy_request_check(const struct vc_proxy_request *request,
                                    const struct vc_proxy_guard *guard, unsigned *status,
                                    struct vc_err *err)
{
    *status = 403;
    if (!means_us(request, guard)) {
        *status = 421;
        return vc_fail(err, VC_REFUSED, "host: \"%.64s\" is not this proxy", request->host);
    }
    if (request->from_browser)
        return vc_fail(err, VC_REFUSED, "a page in a browser may not use this proxy");
    if (request->coded) {
        *status = 501;
        return vc_fail(err, VC_REFUSED, "a body in another coding than chunks");
    }
    if (!is_known_method(request->method)) {
        *status = 405;
        return vc_fail(err, VC_REFUSED, "method %s: GET, HEAD, PUT, POST, DELETE", request->method);
    }
    if (request->target[0] != '/') {
        *status = 400;
        return vc_fail(err, VC_REFUSED, "target: a path wanted");
    }
    return VC_OK;
}
