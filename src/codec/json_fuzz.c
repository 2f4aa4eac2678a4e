/* SPDX-License-Identifier: MIT */

/* Target: vc_json_parse, the readers and the writer. Property: what parses can be walked and
 * written, what was written parses, and written again it is the same text. So no value has two
 * spellings after one round, and nothing that the writer makes is refused. */

#include <stdlib.h>
#include <string.h>

#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct frame {
    struct vc_json_place place;
    size_t next;
    bool object;
};

static void write_scalar(struct vc_json_writer *writer, const char *key,
                         const struct vc_json_place *place)
{
    const char *text;
    int64_t integer;
    bool boolean;

    if (vc_json_string(place, &text, nullptr) == VC_OK)
        vc_json_put_string(writer, key, text);
    else if (vc_json_integer(place, INT64_MIN, INT64_MAX, &integer, nullptr) == VC_OK)
        vc_json_put_integer(writer, key, integer);
    else if (vc_json_boolean(place, &boolean, nullptr) == VC_OK)
        vc_json_put_boolean(writer, key, boolean);
    else
        vc_json_put_string(writer, key, "null or real");
}

/* Opens a container and its frame; false for a scalar. */
static bool enter(struct vc_json_writer *writer, const char *key, const struct vc_json_place *place,
                  struct frame *frame)
{
    *frame = (struct frame){.place = *place};
    if (vc_json_check_object(place, nullptr, nullptr) == VC_OK) {
        frame->object = true;
        vc_json_open_object(writer, key);
        return true;
    }
    if (vc_json_check_array(place, SIZE_MAX, nullptr) != VC_OK)
        return false;
    vc_json_open_array(writer, key);
    return true;
}

static void walk(const struct vc_json *json, struct vc_buffer *out)
{
    struct vc_json_writer writer = vc_json_writer_over(out);
    struct frame frames[VC_JSON_DEPTH_MAX];
    struct vc_json_place root = vc_json_root(json);
    size_t depth = 1;

    if (!enter(&writer, nullptr, &root, &frames[0]))
        abort();
    while (depth > 0) {
        struct frame *frame = &frames[depth - 1];
        struct vc_json_place place;
        struct frame inner;
        const char *key = nullptr;

        if (frame->next == vc_json_count(&frame->place)) {
            depth--;
            (frame->object ? vc_json_close_object : vc_json_close_array)(&writer);
            continue;
        }
        place = frame->object ? vc_json_entry(&frame->place, frame->next++, &key)
                              : vc_json_element(&frame->place, frame->next++);
        if (!enter(&writer, key, &place, &inner)) {
            write_scalar(&writer, key, &place);
            continue;
        }
        if (depth == VC_JSON_DEPTH_MAX)
            abort();
        frames[depth++] = inner;
    }
    if (vc_json_write_end(&writer, nullptr) != VC_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_cleanup(vc_json_freep) struct vc_json *first = nullptr;
    vc_cleanup(vc_json_freep) struct vc_json *second = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer once = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer twice = {};
    struct vc_err err = {};

    if (size > 1 << 16) /* entries are found by counting: keep a run quadratic in little */
        return 0;
    if (vc_json_parse((struct vc_bytes){data, size}, &first, &err) != VC_OK) {
        if (err.text[0] == '\0' || first != nullptr)
            abort();
        return 0;
    }
    walk(first, &once);
    if (vc_json_parse(vc_buffer_bytes(&once), &second, &err) != VC_OK)
        abort();
    walk(second, &twice);
    if (once.size != twice.size || memcmp(once.data, twice.data, once.size) != 0)
        abort();
    return 0;
}
