/* SPDX-License-Identifier: MIT */

/* Reads lists of streams. */

#include "client/stream_list.h"

#include <stdio.h>
#include <string.h>

#include "client/line.h"
#include "client/member.h"
#include "policy/policy.h"

static enum vc_code read_state(const struct vc_json_place *stream, struct vc_stream_view *view,
                               struct vc_err *err)
{
    static const enum vc_stream_state states[] = {VC_STREAM_IDLE, VC_STREAM_OPEN, VC_STREAM_ENDED,
                                                  VC_STREAM_LOST};
    const char *name;
    enum vc_code code = vc_member_text(stream, "state", &name, err);

    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < VC_COUNT(states); i++) {
        if (strcmp(name, vc_stream_state_name(states[i])) == 0) {
            view->state = states[i];
            return VC_OK;
        }
    }
    return vc_fail(err, VC_MALFORMED, "%s.state: no state of a stream", stream->text);
}

/* How it ended: a reason, or the proof. */
static enum vc_code read_outcome(const struct vc_json_place *stream, struct vc_stream_view *view,
                                 struct vc_err *err)
{
    const char *text;
    enum vc_code code = VC_OK;

    if (view->state == VC_STREAM_LOST) {
        code = vc_member_text(stream, "reason", &text, err);
        if (code == VC_OK)
            vc_line_clean(text, view->reason, sizeof(view->reason));
    } else if (view->state == VC_STREAM_ENDED) {
        code = vc_member_text(stream, "mark", &text, err);
        if (code == VC_OK && strlen(text) >= sizeof(view->mark))
            code = vc_fail(err, VC_MALFORMED, "%s.mark: too long", stream->text);
        if (code == VC_OK)
            vc_line_clean(text, view->mark, sizeof(view->mark));
    }
    return code;
}

/* *is: the party is the principal `who`. */
static enum vc_code read_party(const struct vc_json_place *party, const char *who, bool *is,
                               struct vc_err *err)
{
    const char *kind;
    const char *name;
    enum vc_code code = vc_member_text(party, "kind", &kind, err);

    if (code == VC_OK)
        code = vc_member_text(party, "name", &name, err);
    if (code == VC_OK)
        *is = who != nullptr && strcmp(kind, "principal") == 0 && strcmp(name, who) == 0;
    return code;
}

static enum vc_code read_producer(const struct vc_json_place *stream, struct vc_stream_view *view,
                                  struct vc_err *err)
{
    struct vc_json_place producer;
    bool is;
    enum vc_code code = vc_json_member(stream, "producer", &producer, err);

    if (code == VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, "%s: no producer", stream->text);
    if (code == VC_OK)
        code = read_party(&producer, nullptr, &is, err);
    return code == VC_OK ? vc_member_flag(&producer, "held", &view->produced, err) : code;
}

static enum vc_code read_consumer(const struct vc_json_place *consumer, const char *who,
                                  struct vc_stream_view *view, struct vc_err *err)
{
    bool is = false;
    bool held = false;
    bool left = false;
    uint64_t taken = 0;
    enum vc_code code = read_party(consumer, who, &is, err);

    if (code == VC_OK)
        code = vc_member_flag(consumer, "held", &held, err);
    if (code == VC_OK)
        code = vc_member_flag(consumer, "left", &left, err);
    if (code == VC_OK)
        code = vc_member_count(consumer, "position", &taken, err);
    if (code != VC_OK || !is)
        return code;
    view->consumes = true;
    view->held = held;
    view->left = left;
    view->taken = taken;
    return VC_OK;
}

static enum vc_code read_consumers(const struct vc_json_place *stream, const char *who,
                                   struct vc_stream_view *view, struct vc_err *err)
{
    struct vc_json_place consumers;
    enum vc_code code = vc_json_member(stream, "consumers", &consumers, err);

    if (code == VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, "%s: no consumers", stream->text);
    if (code == VC_OK)
        code = vc_json_check_array(&consumers, VC_STREAM_CONSUMERS_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&consumers); i++) {
        struct vc_json_place consumer = vc_json_element(&consumers, i);

        code = read_consumer(&consumer, who, view, err);
    }
    return code;
}

static enum vc_code read_stream(const struct vc_json_place *stream, const char *who,
                                struct vc_stream_view *view, struct vc_err *err)
{
    enum vc_code code = read_state(stream, view, err);

    if (code == VC_OK)
        code = vc_member_count(stream, "use", &view->use, err);
    if (code == VC_OK)
        code = vc_member_count(stream, "position", &view->position, err);
    if (code == VC_OK)
        code = read_outcome(stream, view, err);
    if (code == VC_OK)
        code = read_producer(stream, view, err);
    return code == VC_OK ? read_consumers(stream, who, view, err) : code;
}

/* What is looked for, and what was found. */
struct search {
    const char *name; /* null: nothing */
    const char *who;
    struct vc_stream_view view;
    bool found;
};

static enum vc_code read_element(void *user, const struct vc_json_place *stream, struct vc_err *err)
{
    struct search *search = user;
    struct vc_stream_view view = {};
    const char *name;
    enum vc_code code = vc_member_text(stream, "name", &name, err);

    if (code == VC_OK)
        code = read_stream(stream, search->who, &view, err);
    if (code != VC_OK || search->name == nullptr || strcmp(name, search->name) != 0)
        return code;
    search->view = view;
    search->found = true;
    return VC_OK;
}

/* Reads the whole list, whatever is looked for. */
static enum vc_code read_list(struct vc_bytes text, struct search *search, struct vc_err *err)
{
    const struct vc_member_array streams = {.name = "streams",
                                            .count_max = VC_POLICY_STREAMS_MAX,
                                            .read = read_element,
                                            .user = search};

    return vc_member_each(text, &streams, err);
}

enum vc_code vc_stream_list_find(struct vc_bytes json, const char *name, const char *who,
                                 struct vc_stream_view *view, struct vc_err *err)
{
    struct search search = {.name = name, .who = who};
    enum vc_code code = read_list(json, &search, err);

    if (code == VC_OK && !search.found)
        code = vc_fail(err, VC_NOT_FOUND, "the container tells of no stream %s", name);
    if (code == VC_OK)
        *view = search.view;
    return code;
}

enum vc_code vc_stream_list_check(struct vc_bytes json, struct vc_err *err)
{
    struct search search = {};

    return read_list(json, &search, err);
}
