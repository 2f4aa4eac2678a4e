/* SPDX-License-Identifier: MIT */

#include "runtime/stream_document.h"

#include "policy/decide.h"

static void write_who(struct vc_json_writer *writer, const struct vc_policy *policy,
                      struct vc_subject who)
{
    vc_json_put_string(writer, "kind", who.kind == VC_SUBJECT_PROGRAM ? "program" : "principal");
    vc_json_put_string(writer, "name", vc_policy_subject_name(policy, who));
}

static void write_ends(struct vc_json_writer *writer, const struct vc_policy *policy,
                       const struct vc_policy_stream *terms, const struct vc_stream_status *status)
{
    vc_json_open_object(writer, "producer");
    write_who(writer, policy, terms->producer);
    vc_json_put_boolean(writer, "held", status->held);
    vc_json_close_object(writer);
    vc_json_open_array(writer, "consumers");
    for (size_t i = 0; i < terms->consumer_count; i++) {
        vc_json_open_object(writer, nullptr);
        write_who(writer, policy, terms->consumers[i]);
        vc_json_put_integer(writer, "position", (int64_t)status->consumers[i].position);
        vc_json_put_boolean(writer, "held", status->consumers[i].held);
        vc_json_put_boolean(writer, "left", status->consumers[i].left);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

void vc_stream_write(struct vc_json_writer *writer, const struct vc_policy *policy, size_t index,
                     const struct vc_stream_status *status)
{
    const struct vc_policy_stream *terms = &policy->streams[index];

    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, "name", terms->name);
    vc_json_put_integer(writer, "use", (int64_t)status->use);
    vc_json_put_integer(writer, "uses_left", status->uses_left);
    vc_json_put_string(writer, "state", vc_stream_state_name(status->state));
    if (status->reason[0] != '\0')
        vc_json_put_string(writer, "reason", status->reason);
    vc_json_put_integer(writer, "position", (int64_t)status->position);
    vc_json_put_integer(writer, "window_bytes", terms->window_bytes);
    vc_json_put_string(writer, "records", vc_records_name(terms->records));
    if (terms->records != VC_RECORDS_BYTES)
        vc_json_put_integer(writer, "record_bytes", terms->record_bytes);
    vc_json_put_boolean(writer, "padded", terms->padded);
    vc_json_put_boolean(writer, "partial", terms->partial);
    vc_json_put_string(writer, "digest", vc_mark_name(terms->mark));
    if (status->mark[0] != '\0')
        vc_json_put_string(writer, "mark", status->mark);
    write_ends(writer, policy, terms, status);
    vc_json_close_object(writer);
}
