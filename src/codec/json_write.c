/* SPDX-License-Identifier: MIT */

/* The writing half of codec/json.h: needs no library, only UTF-8. */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "codec/json.h"

static void put(struct vc_json_writer *writer, struct vc_bytes bytes)
{
    if (!writer->failed && vc_buffer_append(writer->out, bytes, nullptr) != VC_OK)
        writer->failed = true;
}

static void put_text(struct vc_json_writer *writer, const char *text)
{
    put(writer, (struct vc_bytes){(const uint8_t *)text, strlen(text)});
}

/* Bytes of the one character that begins here; 0 if none does. */
static size_t character_size(struct vc_bytes text)
{
    for (size_t size = 1; size <= 4 && size <= text.size; size++) {
        if (vc_utf8_valid((struct vc_bytes){text.data, size}))
            return size;
    }
    return 0;
}

/* The escape of an ASCII character that may not stand for itself (RFC 8259 §7), or null. */
static const char *escape_of(uint8_t byte, char spelled[8])
{
    switch (byte) {
    case '\0':
        return "\xef\xbf\xbd";
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        break;
    }
    if (byte >= 0x20)
        return nullptr;
    (void)snprintf(spelled, 8, "\\u%04x", byte);
    return spelled;
}

static void put_quoted(struct vc_json_writer *writer, struct vc_bytes text)
{
    put_text(writer, "\"");
    while (text.size > 0) {
        char spelled[8];
        size_t size = character_size(text);
        const char *instead = size == 0   ? "\xef\xbf\xbd"
                              : size == 1 ? escape_of(text.data[0], spelled)
                                          : nullptr;

        size = size == 0 ? 1 : size;
        if (instead != nullptr) {
            put_text(writer, instead);
        } else {
            put(writer, (struct vc_bytes){text.data, size});
        }
        text = (struct vc_bytes){text.data + size, text.size - size};
    }
    put_text(writer, "\"");
}

static void new_line(struct vc_json_writer *writer)
{
    if (!writer->indent)
        return;
    put_text(writer, "\n");
    for (unsigned i = 0; i < writer->depth; i++)
        put_text(writer, "  ");
}

/* What stands before a value: comma, line, key. */
static void begin_value(struct vc_json_writer *writer, const char *key)
{
    if (writer->depth == 0) {
        assert(key == nullptr);
        assert(writer->failed || writer->out->size == writer->start); /* one value at the top */
        return;
    }
    assert((key != nullptr) == writer->object[writer->depth - 1]);
    if (writer->comma[writer->depth - 1])
        put_text(writer, ",");
    writer->comma[writer->depth - 1] = true;
    new_line(writer);
    if (key == nullptr)
        return;
    put_quoted(writer, (struct vc_bytes){(const uint8_t *)key, strlen(key)});
    put_text(writer, writer->indent ? ": " : ":");
}

static void open_container(struct vc_json_writer *writer, const char *key, bool object)
{
    begin_value(writer, key);
    assert(writer->depth < VC_JSON_DEPTH_MAX);
    writer->comma[writer->depth] = false;
    writer->object[writer->depth] = object;
    writer->depth++;
    put_text(writer, object ? "{" : "[");
}

static void close_container(struct vc_json_writer *writer, bool object)
{
    assert(writer->depth > 0);
    writer->depth--;
    assert(writer->object[writer->depth] == object);
    if (writer->comma[writer->depth])
        new_line(writer);
    put_text(writer, object ? "}" : "]");
}

struct vc_json_writer vc_json_writer_over(struct vc_buffer *out)
{
    return (struct vc_json_writer){.out = out, .start = out->size};
}

void vc_json_open_object(struct vc_json_writer *writer, const char *key)
{
    open_container(writer, key, true);
}

void vc_json_open_array(struct vc_json_writer *writer, const char *key)
{
    open_container(writer, key, false);
}

void vc_json_close_object(struct vc_json_writer *writer)
{
    close_container(writer, true);
}

void vc_json_close_array(struct vc_json_writer *writer)
{
    close_container(writer, false);
}

void vc_json_put_string(struct vc_json_writer *writer, const char *key, const char *text)
{
    vc_json_put_bytes(writer, key, (struct vc_bytes){(const uint8_t *)text, strlen(text)});
}

void vc_json_put_bytes(struct vc_json_writer *writer, const char *key, struct vc_bytes text)
{
    begin_value(writer, key);
    put_quoted(writer, text);
}

void vc_json_put_integer(struct vc_json_writer *writer, const char *key, int64_t value)
{
    char text[24];

    begin_value(writer, key);
    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    put_text(writer, text);
}

void vc_json_put_thousandths(struct vc_json_writer *writer, const char *key, uint64_t value)
{
    char text[32];

    begin_value(writer, key);
    (void)snprintf(text, sizeof(text), "%llu.%03u", (unsigned long long)(value / 1000),
                   (unsigned)(value % 1000));
    put_text(writer, text);
}

void vc_json_put_boolean(struct vc_json_writer *writer, const char *key, bool value)
{
    begin_value(writer, key);
    put_text(writer, value ? "true" : "false");
}

void vc_json_put_value(struct vc_json_writer *writer, const char *key, struct vc_bytes json)
{
    assert(json.size > 0);
    begin_value(writer, key);
    put(writer, json);
}

enum vc_code vc_json_write_end(struct vc_json_writer *writer, struct vc_err *err)
{
    assert(writer->depth == 0);
    assert(writer->failed || writer->out->size > writer->start);
    if (!writer->failed)
        return VC_OK;
    writer->out->size = writer->start;
    return vc_fail_memory(err);
}
