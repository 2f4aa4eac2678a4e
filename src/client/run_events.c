/* SPDX-License-Identifier: MIT */

#include "client/run_events.h"

#include <string.h>

#include "client/run_object.h"
#include "codec/json.h"

/* A line within the text of an event. */
struct line {
    const char *text;
    size_t size;
};

/* The value of "name: value"; null if the line is another field's. */
static const char *value_of(struct line line, const char *name, size_t *size)
{
    size_t length = strlen(name);

    if (line.size < length + 1 || memcmp(line.text, name, length) != 0 || line.text[length] != ':')
        return nullptr;
    length += line.size > length + 1 && line.text[length + 1] == ' ' ? 2 : 1;
    *size = line.size - length;
    return line.text + length;
}

static bool is(const char *text, size_t size, const char *word)
{
    return size == strlen(word) && memcmp(text, word, size) == 0;
}

static enum vc_code take_state(struct vc_run_events *events, struct vc_bytes json,
                               struct vc_err *err)
{
    enum vc_code code = vc_run_object_parse(json, &events->run, err);

    events->known = events->known || code == VC_OK;
    return code;
}

static enum vc_code take_numbers(struct vc_run_events *events, struct vc_bytes text,
                                 struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    return vc_run_object_read_numbers(&root, &events->run, err);
}

static enum vc_code take_event(struct vc_run_events *events, struct line name, struct line data,
                               struct vc_err *err)
{
    static const char *const numbers[] = {"usage", "progress"};
    struct vc_bytes json = {(const uint8_t *)data.text, data.size};
    const char *event = nullptr;
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < VC_COUNT(numbers); i++) {
        if (is(name.text, name.size, numbers[i]))
            event = numbers[i];
    }
    if (event != nullptr) {
        code = take_numbers(events, json, err);
    } else if (is(name.text, name.size, "state")) {
        event = "state";
        code = take_state(events, json, err);
    }
    if (code != VC_OK || event == nullptr || !events->known)
        return code;
    events->stopped =
        events->watcher != nullptr && events->watcher(events->user, event, &events->run) != 0;
    return events->stopped ? vc_fail(err, VC_CLOSED, "the watcher had enough") : VC_OK;
}

/* One event: its lines without the empty one that ends it. */
static enum vc_code take_block(struct vc_run_events *events, const char *text, size_t size,
                               struct vc_err *err)
{
    struct line name = {"", 0};
    struct line data = {"", 0};

    if (size >= VC_RUN_EVENT_MAX)
        return vc_fail(err, VC_LIMIT, "an event of %zu bytes", size);
    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        struct line line = {text, end == nullptr ? size : (size_t)(end - text)};
        size_t value_size;
        const char *value = value_of(line, "event", &value_size);

        if (value != nullptr)
            name = (struct line){value, value_size};
        value = value_of(line, "data", &value_size);
        if (value != nullptr && data.size > 0)
            return vc_fail(err, VC_MALFORMED, "an event with two lines of data");
        if (value != nullptr)
            data = (struct line){value, value_size};
        line.size += end != nullptr;
        text += line.size;
        size -= line.size;
    }
    return take_event(events, name, data, err);
}

static enum vc_code take_whole(struct vc_run_events *events, struct vc_err *err)
{
    enum vc_code code = VC_OK;
    size_t taken = 0;

    while (code == VC_OK) {
        const char *text = (const char *)events->text.data + taken;
        size_t left = events->text.size - taken;
        const char *end = left > 0 ? memmem(text, left, "\n\n", 2) : nullptr;

        if (end == nullptr)
            break;
        code = take_block(events, text, (size_t)(end - text), err);
        taken += (size_t)(end - text) + 2;
    }
    if (taken > 0) {
        memmove(events->text.data, events->text.data + taken, events->text.size - taken);
        events->text.size -= taken;
    }
    return code;
}

enum vc_code vc_run_events_take(struct vc_run_events *events, struct vc_bytes piece,
                                struct vc_err *err)
{
    enum vc_code code = VC_OK;

    while (code == VC_OK && piece.size > 0) {
        size_t room = 2 * VC_RUN_EVENT_MAX - events->text.size;
        size_t size = piece.size < room ? piece.size : room;

        code = vc_buffer_append(&events->text, (struct vc_bytes){piece.data, size}, err);
        if (code == VC_OK)
            code = take_whole(events, err);
        if (code == VC_OK && events->text.size > VC_RUN_EVENT_MAX)
            code = vc_fail(err, VC_LIMIT, "an event of more than %zu bytes", VC_RUN_EVENT_MAX);
        piece.data += size;
        piece.size -= size;
    }
    return code;
}

void vc_run_events_done(struct vc_run_events *events)
{
    vc_buffer_done(&events->text);
}
