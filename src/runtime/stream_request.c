/* SPDX-License-Identifier: MIT */

#include "runtime/stream_request.h"

#include <string.h>

static constexpr size_t DIGITS_MAX = 18; /* of a number below 2^63, whatever its digits */

/* The digits at the start of `text`; *end is what follows. False: no number, or written in another
 * way than the one. */
static bool read_number(const char *text, uint64_t *value, const char **end)
{
    size_t length = strspn(text, "0123456789");
    uint64_t number = 0;

    if (length == 0 || length > DIGITS_MAX || (text[0] == '0' && length > 1))
        return false;
    for (size_t i = 0; i < length; i++)
        number = 10 * number + (uint64_t)(text[i] - '0');
    *value = number;
    *end = text + length;
    return true;
}

enum vc_code vc_stream_number_parse(const char *field, const char *text, uint64_t *value,
                                    struct vc_err *err)
{
    const char *end;
    uint64_t number;

    if (!read_number(text, &number, &end) || *end != '\0')
        return vc_fail(err, VC_MALFORMED, "%s: \"%.32s\" is no number from 0 to 10^18 - 1", field,
                       text);
    *value = number;
    return VC_OK;
}

/* A boolean of RFC 9651 §3.3.6. */
static enum vc_code parse_boolean(const char *field, const char *text, bool *value,
                                  struct vc_err *err)
{
    if (strcmp(text, "?0") != 0 && strcmp(text, "?1") != 0)
        return vc_fail(err, VC_MALFORMED, "%s: \"%.32s\" is neither ?0 nor ?1", field, text);
    *value = text[1] == '1';
    return VC_OK;
}

enum vc_code vc_stream_use_parse(const char *text, uint64_t *use, struct vc_err *err)
{
    uint64_t value = 0;
    enum vc_code code = VC_OK;

    if (text != nullptr) {
        code = vc_stream_number_parse("stream-use", text, &value, err);
        if (code == VC_OK && value == 0)
            code = vc_fail(err, VC_MALFORMED, "stream-use: the first use is 1");
    }
    if (code == VC_OK)
        *use = value;
    return code;
}

enum vc_code vc_stream_put_parse(const char *offset, const char *complete, const char *use,
                                 struct vc_stream_put_fields *fields, struct vc_err *err)
{
    struct vc_stream_put_fields made = {.complete = true};
    enum vc_code code = vc_stream_use_parse(use, &made.use, err);

    if (code == VC_OK && offset != nullptr)
        code = vc_stream_number_parse("upload-offset", offset, &made.offset, err);
    if (code == VC_OK && complete != nullptr)
        code = parse_boolean("upload-complete", complete, &made.complete, err);
    if (code == VC_OK)
        *fields = made;
    return code;
}

static enum vc_code parse_range(const char *text, uint64_t *first, struct vc_err *err)
{
    static const char unit[] = "bytes=";
    const char *end = "";
    uint64_t number = 0;

    if (strncmp(text, unit, strlen(unit)) != 0 ||
        !read_number(text + strlen(unit), &number, &end) || strcmp(end, "-") != 0)
        return vc_fail(err, VC_MALFORMED,
                       "range: \"%.32s\" is not bytes=N-, all that a stream can give", text);
    *first = number;
    return VC_OK;
}

/* Is `word` an element of the list? */
static bool lists(const char *text, const char *word)
{
    while (*text != '\0') {
        size_t length;

        text += strspn(text, " \t,");
        length = strcspn(text, " \t,");
        if (length == strlen(word) && strncmp(text, word, length) == 0)
            return true;
        text += length;
    }
    return false;
}

enum vc_code vc_stream_get_parse(const char *range, const char *prefer, const char *use,
                                 struct vc_stream_get_fields *fields, struct vc_err *err)
{
    struct vc_stream_get_fields made = {.has_first = range != nullptr};
    enum vc_code code = vc_stream_use_parse(use, &made.use, err);

    if (code == VC_OK && range != nullptr)
        code = parse_range(range, &made.first, err);
    made.resumable = prefer != nullptr && lists(prefer, "resumable");
    if (code == VC_OK)
        *fields = made;
    return code;
}

enum vc_code vc_stream_end_parse(const char *length, const char *digest,
                                 struct vc_stream_end_fields *fields, struct vc_err *err)
{
    struct vc_stream_end_fields made = {.has_length = length != nullptr};
    enum vc_code code = VC_OK;

    if (length != nullptr)
        code = vc_stream_number_parse("stream-length", length, &made.length, err);
    if (code == VC_OK && digest != nullptr) {
        if (digest[0] == '\0' || strlen(digest) >= sizeof(made.mark))
            return vc_fail(err, VC_MALFORMED, "repr-digest: \"%.32s\" is no digest of a stream",
                           digest);
        strcpy(made.mark, digest);
    }
    if (code == VC_OK)
        *fields = made;
    return code;
}
