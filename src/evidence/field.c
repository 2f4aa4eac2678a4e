/* SPDX-License-Identifier: MIT */

#include "evidence/field.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/hex.h"

struct vc_fields vc_fields_over(const struct vc_field_sink *sink, struct vc_err *err)
{
    return (struct vc_fields){.sink = sink, .section = "", .err = err};
}

static void put_row(struct vc_fields *fields, const char *name, const char *value,
                    const char *meaning)
{
    const struct vc_field row = {
        .section = fields->section, .name = name, .value = value, .meaning = meaning};

    if (fields->code == VC_OK)
        fields->code = fields->sink->put(fields->sink->user, &row, fields->err);
}

void vc_field_put_hex(struct vc_fields *fields, const char *name, struct vc_bytes value,
                      const char *meaning)
{
    char text[2 * VC_FIELD_HEX_MAX + 1];

    if (value.size == 0)
        put_row(fields, name, "(empty)", meaning);
    else if (value.size > VC_FIELD_HEX_MAX)
        vc_field_put(fields, name, meaning, "(%zu bytes)", value.size);
    else {
        vc_hex_encode(value, text);
        put_row(fields, name, text, meaning);
    }
}

void vc_field_put_text(struct vc_fields *fields, const char *name, struct vc_bytes value,
                       const char *meaning)
{
    char text[4 * VC_FIELD_TEXT_MAX + 1];
    size_t at = 0;

    if (value.size == 0) {
        put_row(fields, name, "(empty)", meaning);
        return;
    }
    if (value.size > VC_FIELD_TEXT_MAX) {
        vc_field_put(fields, name, meaning, "(%zu bytes)", value.size);
        return;
    }
    for (size_t i = 0; i < value.size; i++) {
        uint8_t byte = value.data[i];

        if (byte >= ' ' && byte <= '~' && byte != '\\')
            text[at++] = (char)byte;
        else
            at += (size_t)snprintf(text + at, sizeof(text) - at, "\\x%02x", byte);
    }
    text[at] = '\0';
    put_row(fields, name, text, meaning);
}

void vc_field_put(struct vc_fields *fields, const char *name, const char *meaning,
                  const char *format, ...)
{
    char text[VC_FIELD_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments); /* cut if it does not fit */
    va_end(arguments);
    put_row(fields, name, text, meaning);
}

enum vc_code vc_field_end(const struct vc_fields *fields)
{
    return fields->code;
}
