/* SPDX-License-Identifier: MIT */

#include "policy/explain_stream.h"

#include "policy/decide.h"

static void say_end(struct vc_prose *prose, const struct vc_policy *policy, struct vc_subject who)
{
    vc_prose_say(prose, "the %s%s", who.kind == VC_SUBJECT_PROGRAM ? "program " : "",
                 vc_policy_subject_name(policy, who));
}

void vc_explain_stream_ends(struct vc_prose *prose, const struct vc_policy *policy,
                            struct vc_subject who, size_t *said)
{
    for (size_t i = 0; i < policy->stream_count; i++) {
        size_t consumer;

        if (vc_policy_decide_produce(policy, who, i, nullptr) == VC_OK) {
            vc_prose_say(prose, "%sproduce the stream %s", (*said)++ > 0 ? ", and " : "",
                         policy->streams[i].name);
        } else if (vc_policy_decide_consume(policy, who, i, &consumer, nullptr) == VC_OK) {
            vc_prose_say(prose, "%sreceive the stream %s", (*said)++ > 0 ? ", and " : "",
                         policy->streams[i].name);
        }
    }
}

/* "the program psi and the shop", of all consumers or of those outside the container. */
static size_t say_consumers(struct vc_prose *prose, const struct vc_policy *policy,
                            const struct vc_policy_stream *stream, bool outside)
{
    size_t count = 0;
    size_t said = 0;

    for (size_t i = 0; i < stream->consumer_count; i++)
        count += !outside || stream->consumers[i].kind == VC_SUBJECT_PRINCIPAL;
    for (size_t i = 0; i < stream->consumer_count; i++) {
        if (outside && stream->consumers[i].kind != VC_SUBJECT_PRINCIPAL)
            continue;
        vc_prose_say(prose, "%s", said == 0 ? "" : said + 1 < count ? ", " : " and ");
        say_end(prose, policy, stream->consumers[i]);
        said++;
    }
    return count;
}

static bool leaves(const struct vc_policy_stream *stream)
{
    for (size_t i = 0; i < stream->consumer_count; i++) {
        if (stream->consumers[i].kind == VC_SUBJECT_PRINCIPAL)
            return true;
    }
    return false;
}

static void say_records(struct vc_prose *prose, const struct vc_policy_stream *stream)
{
    switch (stream->records) {
    case VC_RECORDS_BYTES:
        vc_prose_say(prose, "  It comes in pieces of any size.");
        break;
    case VC_RECORDS_LINES:
        vc_prose_say(prose, "  It is of whole lines of at most %u bytes.", stream->record_bytes);
        break;
    case VC_RECORDS_LENGTH:
        vc_prose_say(prose, "  It is of whole records of at most %u bytes, each after its length.",
                     stream->record_bytes);
        break;
    }
    if (stream->padded) {
        vc_prose_say(
            prose,
            " On its way from and to principals each takes %zu bytes, whatever its length; "
            "how many there are, and when, can be seen.",
            vc_cell_size(vc_policy_stream_cell(stream)));
    }
    vc_prose_say(prose, "\n");
}

/* Whether principals have parts of what may turn out to be no whole. */
static void say_before_the_end(struct vc_prose *prose, const struct vc_policy *policy,
                               const struct vc_policy_stream *stream)
{
    const char *proof =
        stream->mark == VC_MARK_SHA256 ? "its length and SHA-256" : "its length and check value";

    if (!leaves(stream)) {
        vc_prose_say(prose, "  It does not leave the container. Its end is proven by %s.\n", proof);
        return;
    }
    vc_prose_say(prose, "  Before its end is proven by %s, ", proof);
    if (stream->partial) {
        vc_prose_say(prose, "what is there already goes to ");
        say_consumers(prose, policy, stream, true);
        vc_prose_say(prose, ".\n");
        return;
    }
    vc_prose_say(prose, "nothing of it goes to ");
    say_consumers(prose, policy, stream, true);
    vc_prose_say(prose, "; so it is lost if it is longer than %u bytes.\n", stream->window_bytes);
}

static void say_uses(struct vc_prose *prose, const struct vc_policy_stream *stream)
{
    vc_prose_say(prose,
                 "  At most %u bytes of it are in the container at any moment. It is used at most "
                 "%u time%s; who loses the connection has %u s to come back.\n",
                 stream->window_bytes, stream->uses, stream->uses == 1 ? "" : "s",
                 stream->resume_seconds);
}

static void say_stream(struct vc_prose *prose, const struct vc_policy *policy,
                       const struct vc_policy_stream *stream)
{
    vc_prose_say(prose, "Only ");
    say_end(prose, policy, stream->producer);
    vc_prose_say(prose, " may produce the stream %s, and only ", stream->name);
    say_consumers(prose, policy, stream, false);
    vc_prose_say(prose, " may receive it.\n");
    say_records(prose, stream);
    say_before_the_end(prose, policy, stream);
    say_uses(prose, stream);
}

void vc_explain_streams(struct vc_prose *prose, const struct vc_policy *policy)
{
    uint64_t windows = 0;

    if (policy->stream_count == 0)
        return;
    vc_prose_say(prose, "\nStreams\n\n");
    for (size_t i = 0; i < policy->stream_count; i++) {
        say_stream(prose, policy, &policy->streams[i]);
        windows += policy->streams[i].window_bytes;
    }
    vc_prose_say(prose, "Together they take at most %llu bytes of memory.\n",
                 (unsigned long long)windows);
}
