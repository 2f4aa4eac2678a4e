/* SPDX-License-Identifier: MIT */

#include "policy/notice_stream.h"

#include <string.h>

#include "policy/decide.h"

/* A run that may not last longer is hardly meant for a stream that goes on and on. */
static constexpr uint32_t SHORT_RUN_S = 3600;

/* The first consumer outside the container. */
static bool find_outside(const struct vc_policy_stream *stream, size_t *consumer)
{
    for (size_t i = 0; i < stream->consumer_count; i++) {
        if (stream->consumers[i].kind == VC_SUBJECT_PRINCIPAL) {
            *consumer = i;
            return true;
        }
    }
    return false;
}

/* Who outside has bytes of a use that may yet be lost, and who gives them unseen by a program. */
static size_t say_consumers(struct vc_prose *prose, const struct vc_policy *policy,
                            const struct vc_policy_stream *stream)
{
    const char *producer = vc_policy_subject_name(policy, stream->producer);
    size_t said = 0;

    for (size_t i = 0; i < stream->consumer_count; i++) {
        const char *name = vc_policy_subject_name(policy, stream->consumers[i]);

        if (stream->consumers[i].kind != VC_SUBJECT_PRINCIPAL)
            continue;
        if (stream->producer.kind == VC_SUBJECT_PRINCIPAL) {
            vc_prose_say(prose, "- The %s receives what the %s gives: the stream %s.\n", name,
                         producer, stream->name);
            said++;
        }
        if (stream->partial) {
            vc_prose_say(prose,
                         "- The %s has parts of the stream %s before its end is proven: if it is "
                         "lost, they are already out.\n",
                         name, stream->name);
            said++;
        }
    }
    return said;
}

static size_t say_lengths(struct vc_prose *prose, const struct vc_policy_stream *stream)
{
    size_t consumer;
    bool travels = stream->producer.kind == VC_SUBJECT_PRINCIPAL || find_outside(stream, &consumer);

    if (stream->records == VC_RECORDS_BYTES || travels == stream->padded)
        return 0;
    if (stream->padded) {
        vc_prose_say(prose,
                     "- The stream %s is padded, but it does not leave the container: nothing is "
                     "hidden by that.\n",
                     stream->name);
        return 1;
    }
    vc_prose_say(prose,
                 "- The stream %s is not padded: who watches the network can see how long its "
                 "records are.\n",
                 stream->name);
    return 1;
}

static size_t say_uses(struct vc_prose *prose, const struct vc_policy *policy,
                       const struct vc_policy_stream *stream)
{
    size_t said = 0;

    if (stream->uses > 1) {
        vc_prose_say(prose,
                     "- The stream %s may be used %u times: who gives it other bytes each time "
                     "learns more than one result says.\n",
                     stream->name, stream->uses);
        said++;
    }
    if (policy->lifecycle.freeze_inputs && stream->producer.kind == VC_SUBJECT_PRINCIPAL) {
        vc_prose_say(prose,
                     "- Inputs are frozen when the first run starts, but not the stream %s: the %s "
                     "gives it while programs run.\n",
                     stream->name, vc_policy_subject_name(policy, stream->producer));
        said++;
    }
    return said;
}

/* Does anything that the program finds open lead to the stream? */
static bool is_found(const struct vc_policy_program *program, const struct vc_policy_stream *stream)
{
    const char *const standard[] = {program->stdin_path, program->stdout_path,
                                    program->stderr_path};

    for (size_t i = 0; i < program->preopen_count; i++) {
        if (vc_path_within(VC_POLICY_STREAMS_PATH, program->preopens[i].path))
            return true;
    }
    for (size_t i = 0; i < VC_COUNT(standard); i++) {
        if (standard[i] != nullptr && vc_policy_is_of_streams(standard[i]) &&
            strcmp(vc_path_name(standard[i]), stream->name) == 0)
            return true;
    }
    return false;
}

static size_t say_program(struct vc_prose *prose, const struct vc_policy *policy,
                          struct vc_subject who, const struct vc_policy_stream *stream)
{
    const struct vc_policy_program *program = &policy->programs[who.index];
    size_t said = 0;

    if (who.kind != VC_SUBJECT_PROGRAM)
        return 0;
    if (!is_found(program, stream)) {
        vc_prose_say(prose,
                     "- The program %s cannot find the stream %s: none of its standard files is "
                     "it, and no directory that it finds open leads there.\n",
                     program->name, stream->name);
        said++;
    }
    if (program->limits.wall_seconds < SHORT_RUN_S || program->limits.cpu_seconds < SHORT_RUN_S) {
        vc_prose_say(prose,
                     "- A run of the program %s is ended after %u s, and after %u s of processor "
                     "time: if the stream %s goes on for longer, it is lost.\n",
                     program->name, program->limits.wall_seconds, program->limits.cpu_seconds,
                     stream->name);
        said++;
    }
    return said;
}

size_t vc_notice_streams(const struct vc_policy *policy, struct vc_prose *prose, size_t most)
{
    size_t said = 0;

    for (size_t i = 0; i < policy->stream_count && said < most; i++) {
        const struct vc_policy_stream *stream = &policy->streams[i];

        said += say_consumers(prose, policy, stream);
        said += say_lengths(prose, stream);
        said += say_uses(prose, policy, stream);
        said += say_program(prose, policy, stream->producer, stream);
        for (size_t k = 0; k < stream->consumer_count; k++)
            said += say_program(prose, policy, stream->consumers[k], stream);
    }
    return said;
}
