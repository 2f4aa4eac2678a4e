/* SPDX-License-Identifier: MIT */

/* Reading and writing of PEM blocks. */

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "crypto/pem_internal.h"

static constexpr size_t LINE_SIZE = 64;     /* characters of a full line, as written */
static constexpr size_t BOUNDARY_MAX = 128; /* "-----BEGIN CERTIFICATE-----" and such */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct vc_bytes trim(struct vc_bytes text)
{
    while (text.size > 0 && is_space(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* Takes the boundary away from one end of the text. */
static bool strip(struct vc_bytes *text, const char *edge, const char *label, bool front)
{
    char line[BOUNDARY_MAX];
    int length = snprintf(line, sizeof(line), "-----%s %s-----", edge, label);
    size_t size = (size_t)length;

    if (length < 0 || size >= sizeof(line) || text->size < size)
        return false;
    if (memcmp(front ? text->data : text->data + text->size - size, line, size) != 0)
        return false;
    text->data += front ? size : 0;
    text->size -= size;
    return true;
}

/* Base 64 without its line ends: LF or CR LF, and nothing else is white space here. */
static enum vc_code join_lines(struct vc_bytes body, struct vc_buffer *joined, struct vc_err *err)
{
    enum vc_code code = vc_buffer_reserve(joined, body.size, err);

    for (size_t i = 0; code == VC_OK && i < body.size; i++) {
        bool cr = body.data[i] == '\r' && i + 1 < body.size && body.data[i + 1] == '\n';

        if (body.data[i] != '\n' && !cr)
            joined->data[joined->size++] = body.data[i];
    }
    return code;
}

enum vc_code vc_pem_parse(struct vc_bytes text, const char *label, size_t size_max,
                          struct vc_buffer *der, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer joined = {};
    struct vc_bytes body = trim(text);
    enum vc_code code;

    if (text.size > size_max)
        return vc_fail(err, VC_LIMIT, "%zu bytes of PEM, at most %zu", text.size, size_max);
    if (!strip(&body, "BEGIN", label, true) || !strip(&body, "END", label, false))
        return vc_fail(err, VC_MALFORMED, "not exactly one PEM block \"%s\"", label);
    if (body.size < 2 || (body.data[0] != '\n' && body.data[0] != '\r') ||
        body.data[body.size - 1] != '\n')
        return vc_fail(err, VC_MALFORMED, "PEM boundary not on a line of its own");
    code = join_lines(body, &joined, err);
    if (code == VC_OK && joined.size == 0)
        code = vc_fail(err, VC_MALFORMED, "empty PEM block");
    if (code == VC_OK)
        code = vc_base64_parse(vc_buffer_bytes(&joined), der, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "PEM");
}

static enum vc_code put_lines(struct vc_bytes base64, struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t at = 0; code == VC_OK && at < base64.size; at += LINE_SIZE) {
        size_t left = base64.size - at;
        struct vc_bytes line = {base64.data + at, left < LINE_SIZE ? left : LINE_SIZE};

        code = vc_buffer_append(text, line, err);
        if (code == VC_OK)
            code = vc_buffer_append_text(text, "\n", err);
    }
    return code;
}

enum vc_code vc_pem_encode(struct vc_bytes der, const char *label, struct vc_buffer *text,
                           struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer block = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer base64 = {};
    enum vc_code code = vc_base64_encode(der, &base64, err);

    if (code == VC_OK)
        code = vc_buffer_printf(&block, err, "-----BEGIN %s-----\n", label);
    if (code == VC_OK)
        code = put_lines(vc_buffer_bytes(&base64), &block, err);
    if (code == VC_OK)
        code = vc_buffer_printf(&block, err, "-----END %s-----\n", label);
    if (code == VC_OK)
        code = vc_buffer_append(text, vc_buffer_bytes(&block), err);
    return code;
}
