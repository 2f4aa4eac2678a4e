/* SPDX-License-Identifier: MIT */

#include "proxy/chunked.h"

#include <stdlib.h>
#include <string.h>

#include <llhttp.h>

#include "base/buffer.h"
#include "proxy/request.h"

/* Of chunk sizes, extensions and trailers, between two bytes of the body. */
static constexpr size_t OVERHEAD_MAX = VC_PROXY_HEAD_SIZE_MAX;

/* A trailer field; offsets into the text, which may move. */
struct spelt {
    size_t name, value;
};

struct vc_proxy_chunked {
    llhttp_settings_t settings;
    llhttp_t parser;
    uint8_t *data; /* of the call under way */
    size_t made;
    size_t overhead; /* since the last byte of the body */
    struct vc_buffer text;
    struct spelt trailers[VC_HTTP_TRAILERS_MAX];
    size_t trailer_count;
    bool begun, in_value, ended;
    struct vc_err err; /* ours; code is VC_OK before */
};

static int fail(struct vc_proxy_chunked *chunked, enum vc_code code, const char *text)
{
    (void)!vc_fail(&chunked->err, code, "%s", text);
    return HPE_USER;
}

static int append(struct vc_proxy_chunked *chunked, const char *data, size_t size)
{
    struct vc_bytes bytes = {(const uint8_t *)data, size};

    return vc_buffer_append(&chunked->text, bytes, &chunked->err) == VC_OK ? 0 : HPE_USER;
}

static int on_body(llhttp_t *parser, const char *data, size_t size)
{
    struct vc_proxy_chunked *chunked = parser->data;

    memcpy(chunked->data + chunked->made, data, size);
    chunked->made += size;
    return 0;
}

static int on_name(llhttp_t *parser, const char *data, size_t size)
{
    struct vc_proxy_chunked *chunked = parser->data;

    if (!chunked->begun)
        return 0;
    if (chunked->trailer_count == 0 || chunked->in_value) {
        if (chunked->trailer_count == VC_HTTP_TRAILERS_MAX)
            return fail(chunked, VC_LIMIT, "more trailers than one message may have");
        chunked->trailers[chunked->trailer_count++].name = chunked->text.size;
        chunked->in_value = false;
    }
    return append(chunked, data, size);
}

static int on_name_end(llhttp_t *parser)
{
    struct vc_proxy_chunked *chunked = parser->data;

    if (!chunked->begun)
        return 0;
    int result = append(chunked, "", 1);

    chunked->trailers[chunked->trailer_count - 1].value = chunked->text.size;
    chunked->in_value = true;
    return result;
}

static int on_value(llhttp_t *parser, const char *data, size_t size)
{
    struct vc_proxy_chunked *chunked = parser->data;

    return chunked->begun ? append(chunked, data, size) : 0;
}

static int on_value_end(llhttp_t *parser)
{
    struct vc_proxy_chunked *chunked = parser->data;

    return chunked->begun ? append(chunked, "", 1) : 0;
}

static int on_head(llhttp_t *parser)
{
    struct vc_proxy_chunked *chunked = parser->data;

    chunked->begun = true;
    return 0;
}

/* Stops there: what follows is another message's. */
static int on_end(llhttp_t *parser)
{
    struct vc_proxy_chunked *chunked = parser->data;

    chunked->ended = true;
    return HPE_PAUSED;
}

/* The parser knows messages, and no bodies without: it is told that one of this coding begins. */
static enum vc_code prime(struct vc_proxy_chunked *chunked, struct vc_err *err)
{
    static const char head[] = "PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";

    llhttp_settings_init(&chunked->settings);
    chunked->settings.on_body = on_body;
    chunked->settings.on_header_field = on_name;
    chunked->settings.on_header_field_complete = on_name_end;
    chunked->settings.on_header_value = on_value;
    chunked->settings.on_header_value_complete = on_value_end;
    chunked->settings.on_headers_complete = on_head;
    chunked->settings.on_message_complete = on_end;
    llhttp_init(&chunked->parser, HTTP_REQUEST, &chunked->settings);
    chunked->parser.data = chunked;
    if (llhttp_execute(&chunked->parser, head, sizeof(head) - 1) != HPE_OK || !chunked->begun)
        return vc_fail(err, VC_HOST, "the HTTP/1.1 parser does not know the chunked coding");
    return VC_OK;
}

enum vc_code vc_proxy_chunked_new(struct vc_proxy_chunked **chunked, struct vc_err *err)
{
    vc_cleanup(vc_proxy_chunked_freep) struct vc_proxy_chunked *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    enum vc_code code = prime(made, err);

    if (code == VC_OK)
        *chunked = vc_take(made);
    return code;
}

void vc_proxy_chunked_free(struct vc_proxy_chunked *chunked)
{
    if (chunked == nullptr)
        return;
    vc_buffer_done(&chunked->text);
    free(chunked);
}

/* A trailer that says how the message is read, or is one connection's matter, has come too late to
 * be either. */
static enum vc_code check_trailers(struct vc_proxy_chunked *chunked, struct vc_err *err)
{
    for (size_t i = 0; i < chunked->trailer_count; i++) {
        char *name = (char *)chunked->text.data + chunked->trailers[i].name;

        for (char *at = name; *at != '\0'; at++) {
            if (*at >= 'A' && *at <= 'Z')
                *at = (char)(*at + ('a' - 'A'));
        }
        if (vc_proxy_is_hop(name) || strcmp(name, "host") == 0 ||
            strcmp(name, "content-length") == 0)
            return vc_fail(err, VC_MALFORMED, "%.64s is no trailer", name);
    }
    return VC_OK;
}

static enum vc_code count_overhead(struct vc_proxy_chunked *chunked,
                                   const struct vc_proxy_piece *piece, struct vc_err *err)
{
    chunked->overhead = piece->made > 0 ? 0 : chunked->overhead + piece->used;
    if (chunked->overhead > OVERHEAD_MAX)
        return vc_fail(err, VC_LIMIT, "over %zu bytes of the body's coding without one of the body",
                       OVERHEAD_MAX);
    return VC_OK;
}

enum vc_code vc_proxy_chunked_take(struct vc_proxy_chunked *chunked, struct vc_bytes arrived,
                                   uint8_t *data, struct vc_proxy_piece *piece, struct vc_err *err)
{
    const char *from = (const char *)arrived.data;
    llhttp_errno_t result;

    *piece = (struct vc_proxy_piece){.ended = chunked->ended};
    if (arrived.size == 0 || chunked->ended)
        return VC_OK;
    chunked->data = data;
    chunked->made = 0;
    result = llhttp_execute(&chunked->parser, from, arrived.size);
    if (chunked->err.code != VC_OK)
        return vc_fail(err, chunked->err.code, "%s", chunked->err.text);
    if (result != HPE_OK && !(result == HPE_PAUSED && chunked->ended)) {
        return vc_fail(err, VC_MALFORMED, "the body's coding: %s",
                       llhttp_get_error_reason(&chunked->parser) != nullptr
                           ? llhttp_get_error_reason(&chunked->parser)
                           : llhttp_errno_name(result));
    }
    piece->used =
        chunked->ended ? (size_t)(llhttp_get_error_pos(&chunked->parser) - from) : arrived.size;
    piece->made = chunked->made;
    piece->ended = chunked->ended;
    enum vc_code code = count_overhead(chunked, piece, err);

    return code == VC_OK && chunked->ended ? check_trailers(chunked, err) : code;
}

size_t vc_proxy_chunked_trailers(const struct vc_proxy_chunked *chunked,
                                 struct vc_http_field *fields, size_t max)
{
    const char *text = (const char *)chunked->text.data;
    size_t count = chunked->trailer_count < max ? chunked->trailer_count : max;

    for (size_t i = 0; i < count; i++)
        fields[i] = (struct vc_http_field){text + chunked->trailers[i].name,
                                           text + chunked->trailers[i].value};
    return count;
}
