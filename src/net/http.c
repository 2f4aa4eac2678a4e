/* SPDX-License-Identifier: MIT */

#include "net/http.h"

#include <stdckdint.h>
#include <string.h>

#include "base/buffer.h"

/* pchar of RFC 3986 §3.3 without its escapes, and the slash. */
static bool plain_in_path(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~!$&'()*+,;=:@/", c) != nullptr);
}

enum vc_code vc_http_encode_path(const char *path, struct vc_buffer *target, struct vc_err *err)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t length = strlen(path);
    size_t room;
    enum vc_code code;

    if (ckd_mul(&room, length, (size_t)3))
        return vc_fail_memory(err);
    code = vc_buffer_reserve(target, room, err);
    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)path[i];

        if (plain_in_path(path[i])) {
            target->data[target->size++] = byte;
            continue;
        }
        target->data[target->size++] = '%';
        target->data[target->size++] = (uint8_t)digits[byte >> 4];
        target->data[target->size++] = (uint8_t)digits[byte & 15];
    }
    return VC_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Takes one byte of the path, escaped or not, and moves *text past it; -1: neither. */
static int take_byte(const char **text)
{
    const char *at = *text;
    int high;
    int low;

    if (*at != '%') {
        *text = at + 1;
        return plain_in_path(*at) ? (uint8_t)*at : -1;
    }
    high = hex_digit(at[1]);
    low = high < 0 ? -1 : hex_digit(at[2]);
    if (low < 0 || high * 16 + low == 0)
        return -1;
    *text = at + 3;
    return high * 16 + low;
}

/* RFC 3986 §3.4, in which "[", "]", "|" and the like are tolerated as browsers send them, but no
 * white space, control character, fragment or byte above 7-bit. */
static bool query_valid(const char *query)
{
    for (; *query != '\0'; query++) {
        if (*query <= ' ' || *query >= 0x7f || *query == '#')
            return false;
    }
    return true;
}

enum vc_code vc_http_parse_target(const char *target, char *path, size_t path_size,
                                  const char **query, struct vc_err *err)
{
    char decoded[VC_HTTP_TARGET_MAX];
    const char *at = target;
    size_t size = 0;

    if (target[0] != '/')
        return vc_fail(err, VC_MALFORMED, "target: does not start with '/'");
    if (strnlen(target, VC_HTTP_TARGET_MAX) >= VC_HTTP_TARGET_MAX)
        return vc_fail(err, VC_LIMIT, "target: over %zu bytes", VC_HTTP_TARGET_MAX - 1);
    while (*at != '\0' && *at != '?') {
        ptrdiff_t place = at - target;
        int byte = take_byte(&at);

        if (byte < 0)
            return vc_fail(err, VC_MALFORMED, "target: byte %td is no valid part of a path", place);
        decoded[size++] = (char)byte;
    }
    if (*at == '?' && !query_valid(at + 1))
        return vc_fail(err, VC_MALFORMED, "target: a byte that a query cannot have");
    if (size >= path_size)
        return vc_fail(err, VC_LIMIT, "target: the path is over %zu bytes", path_size - 1);
    memcpy(path, decoded, size);
    path[size] = '\0';
    *query = *at == '?' ? at + 1 : at;
    return VC_OK;
}

/* Reads digits and moves *text past them; false: none, or more than 64 bits. */
static bool take_number(const char **text, uint64_t *number)
{
    const char *start = *text;
    uint64_t value = 0;

    for (; **text >= '0' && **text <= '9'; (*text)++) {
        if (ckd_mul(&value, value, UINT64_C(10)) ||
            ckd_add(&value, value, (uint64_t)(**text - '0')))
            return false;
    }
    *number = value;
    return *text != start;
}

static enum vc_code suffix_range(uint64_t length, uint64_t size, uint64_t *first, uint64_t *count,
                                 struct vc_err *err)
{
    if (length == 0 || size == 0)
        return vc_fail(err, VC_LIMIT, "range: no byte of %ju", (uintmax_t)size);
    *count = length < size ? length : size;
    *first = size - *count;
    return VC_OK;
}

enum vc_code vc_http_parse_range(const char *value, uint64_t size, uint64_t *first, uint64_t *count,
                                 struct vc_err *err)
{
    static const char unit[] = "bytes=";
    const char *at = value + strlen(unit);
    uint64_t from = 0;
    uint64_t to = UINT64_MAX;
    bool has_from;

    if (strncmp(value, unit, strlen(unit)) != 0)
        return vc_fail(err, VC_MALFORMED, "range: not in bytes");
    has_from = *at != '-';
    if ((has_from && !take_number(&at, &from)) || *at++ != '-')
        return vc_fail(err, VC_MALFORMED, "range: not of the form a-b");
    if ((!has_from || *at != '\0') && !take_number(&at, &to))
        return vc_fail(err, VC_MALFORMED, "range: not of the form a-b");
    if (*at != '\0' || to < from)
        return vc_fail(err, VC_MALFORMED, "range: not one range, or backward");
    if (!has_from)
        return suffix_range(to, size, first, count, err);
    if (from >= size)
        return vc_fail(err, VC_LIMIT, "range: starts past the %ju bytes", (uintmax_t)size);
    *first = from;
    *count = (to < size - 1 ? to : size - 1) - from + 1;
    return VC_OK;
}
