/* SPDX-License-Identifier: MIT */

/* The block "streams" of a policy's text. */

#include <stdlib.h>
#include <string.h>

#include "flow/stream.h"
#include "policy/parse_internal.h"
#include "policy/piece.h"

static_assert(VC_POLICY_CONSUMERS_MAX == VC_STREAM_CONSUMERS_MAX);
/* One run opens each stream at most: none of them can want a slot in vain. */
static_assert(VC_POLICY_STREAMS_MAX <= VC_STREAM_SLOTS_MAX);

static constexpr int64_t USES_MAX = 1000000;
static constexpr int64_t RESUME_SECONDS_MAX = 86400;
static constexpr uint32_t RECORD_BYTES_USUAL = 65536;

/* An end of a stream: {"principal": "a"} or {"program": "b"}. */
static enum vc_code parse_end(const struct vc_json_place *place, const struct vc_policy *policy,
                              struct vc_subject *who, struct vc_err *err)
{
    static const char *const known[] = {"principal", "program", nullptr};
    enum vc_code code = vc_json_check_object(place, known, err);

    return code == VC_OK ? vc_policy_parse_who(place, policy, who, err) : code;
}

static enum vc_code parse_producer(const struct vc_json_place *place,
                                   const struct vc_policy *policy, struct vc_policy_stream *stream,
                                   struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = vc_json_member(place, "producer", &member, err);

    return code == VC_OK ? parse_end(&member, policy, &stream->producer, err) : code;
}

static enum vc_code parse_consumers(const struct vc_json_place *place,
                                    const struct vc_policy *policy, struct vc_policy_stream *stream,
                                    struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(place, "consumers", &list, err);

    if (code == VC_OK)
        code = vc_piece_check_list(&list, VC_POLICY_CONSUMERS_MAX, err);
    if (code != VC_OK)
        return code;
    stream->consumers = calloc(vc_json_count(&list), sizeof(*stream->consumers));
    if (stream->consumers == nullptr)
        return vc_fail_memory(err);
    stream->consumer_count = vc_json_count(&list);
    for (size_t i = 0; code == VC_OK && i < stream->consumer_count; i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = parse_end(&element, policy, &stream->consumers[i], err);
    }
    return code;
}

static enum vc_code parse_framing(const struct vc_json_place *place, enum vc_records *records,
                                  struct vc_err *err)
{
    struct vc_json_place member;
    const char *text;
    enum vc_code code;

    *records = VC_RECORDS_BYTES;
    if (!vc_piece_find(place, "records", &member))
        return VC_OK;
    code = vc_json_string(&member, &text, err);
    if (code != VC_OK)
        return code;
    for (unsigned i = VC_RECORDS_BYTES; i <= VC_RECORDS_LENGTH; i++) {
        if (strcmp(text, vc_records_name((enum vc_records)i)) == 0) {
            *records = (enum vc_records)i;
            return VC_OK;
        }
    }
    return vc_fail(err, VC_MALFORMED, "%s: \"bytes\", \"lines\" or \"length\" wanted", member.text);
}

static enum vc_code parse_digest(const struct vc_json_place *place, enum vc_mark_kind *mark,
                                 struct vc_err *err)
{
    struct vc_json_place member;
    const char *text;
    enum vc_code code;

    *mark = VC_MARK_GMAC;
    if (!vc_piece_find(place, "digest", &member))
        return VC_OK;
    code = vc_json_string(&member, &text, err);
    if (code != VC_OK)
        return code;
    for (unsigned i = VC_MARK_GMAC; i <= VC_MARK_SHA256; i++) {
        if (strcmp(text, vc_mark_name((enum vc_mark_kind)i)) == 0) {
            *mark = (enum vc_mark_kind)i;
            return VC_OK;
        }
    }
    return vc_fail(err, VC_MALFORMED, "%s: \"gmac\" or \"sha-256\" wanted", member.text);
}

static enum vc_code parse_window(const struct vc_json_place *place, uint32_t *window_bytes,
                                 struct vc_err *err)
{
    static const struct vc_piece_number row = {"window_bytes", VC_STREAM_WINDOW_MIN,
                                               VC_STREAM_WINDOW_MAX, 1 << 20};
    int64_t value = 0;
    enum vc_code code = vc_piece_numbers(place, &row, 1, &value, err);

    *window_bytes = (uint32_t)value;
    if (code == VC_OK && (value & (value - 1)) != 0) {
        return vc_fail(err, VC_MALFORMED, "%s.window_bytes: %u, a power of two wanted", place->text,
                       *window_bytes);
    }
    return code;
}

/* A record must fit while another one is still being taken. */
static enum vc_code parse_record_bytes(const struct vc_json_place *place,
                                       struct vc_policy_stream *stream, struct vc_err *err)
{
    uint32_t most = stream->window_bytes / 2;
    const struct vc_piece_number row = {"record_bytes", 1, VC_RECORD_BYTES_MAX,
                                        most < RECORD_BYTES_USUAL ? most : RECORD_BYTES_USUAL};
    int64_t value = 0;
    enum vc_code code;

    if (stream->records == VC_RECORDS_BYTES && vc_json_has(place, "record_bytes")) {
        return vc_fail(err, VC_REFUSED,
                       "%s.record_bytes: only for records that are \"lines\" or \"length\"",
                       place->text);
    }
    code = vc_piece_numbers(place, &row, 1, &value, err);
    stream->record_bytes = (uint32_t)value;
    if (code == VC_OK && stream->record_bytes > most) {
        return vc_fail(err, VC_LIMIT, "%s.record_bytes: %u, at most half of window_bytes, %u",
                       place->text, stream->record_bytes, most);
    }
    return code;
}

static enum vc_code parse_padded(const struct vc_json_place *place, struct vc_policy_stream *stream,
                                 struct vc_err *err)
{
    enum vc_code code = vc_piece_flag(place, "padded", &stream->padded, err);

    if (code == VC_OK && stream->padded && stream->records == VC_RECORDS_BYTES) {
        return vc_fail(err, VC_REFUSED,
                       "%s.padded: only for records that are \"lines\" or \"length\"", place->text);
    }
    return code;
}

/* How its bytes travel. */
static enum vc_code parse_terms(const struct vc_json_place *place, struct vc_policy_stream *stream,
                                struct vc_err *err)
{
    static const struct vc_piece_number rows[] = {{"uses", 1, USES_MAX, 1},
                                                  {"resume_seconds", 0, RESUME_SECONDS_MAX, 60}};
    int64_t values[VC_COUNT(rows)] = {};
    enum vc_code code = parse_framing(place, &stream->records, err);

    if (code == VC_OK)
        code = parse_window(place, &stream->window_bytes, err);
    if (code == VC_OK)
        code = parse_record_bytes(place, stream, err);
    if (code == VC_OK)
        code = vc_piece_flag(place, "partial", &stream->partial, err);
    if (code == VC_OK)
        code = parse_padded(place, stream, err);
    if (code == VC_OK)
        code = parse_digest(place, &stream->mark, err);
    if (code == VC_OK)
        code = vc_piece_numbers(place, rows, VC_COUNT(rows), values, err);
    stream->uses = (uint32_t)values[0];
    stream->resume_seconds = (uint32_t)values[1];
    return code;
}

static enum vc_code parse_stream(const struct vc_json_place *place, const char *name,
                                 const struct vc_policy *policy, struct vc_policy_stream *stream,
                                 struct vc_err *err)
{
    static const char *const known[] = {"producer",     "consumers",      "records", "record_bytes",
                                        "window_bytes", "partial",        "padded",  "digest",
                                        "uses",         "resume_seconds", nullptr};
    enum vc_code code = vc_piece_name(place, name, &stream->name, err);

    if (code == VC_OK)
        code = vc_json_check_object(place, known, err);
    if (code == VC_OK)
        code = parse_producer(place, policy, stream, err);
    if (code == VC_OK)
        code = parse_consumers(place, policy, stream, err);
    return code == VC_OK ? parse_terms(place, stream, err) : code;
}

enum vc_code vc_policy_parse_streams(const struct vc_json_place *root, struct vc_policy *policy,
                                     struct vc_err *err)
{
    struct vc_json_place map;
    enum vc_code code;

    if (!vc_piece_find(root, "streams", &map))
        return VC_OK;
    code = vc_piece_check_map(&map, 0, VC_POLICY_STREAMS_MAX, err);
    if (code != VC_OK || vc_json_count(&map) == 0)
        return code;
    policy->streams = calloc(vc_json_count(&map), sizeof(*policy->streams));
    if (policy->streams == nullptr)
        return vc_fail_memory(err);
    policy->stream_count = vc_json_count(&map);
    for (size_t i = 0; code == VC_OK && i < policy->stream_count; i++) {
        const char *name;
        struct vc_json_place place = vc_json_entry(&map, i, &name);

        code = parse_stream(&place, name, policy, &policy->streams[i], err);
    }
    return code;
}
