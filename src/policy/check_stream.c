/* SPDX-License-Identifier: MIT */

/* Whether a policy's streams are coherent, and whether /stream is left to them. */

#include <string.h>

#include "policy/check.h"
#include "policy/decide.h"

/* ------------------------------------------------------------------------------- the streams */

static enum vc_code check_ends(const struct vc_policy_stream *stream, struct vc_err *err)
{
    for (size_t i = 0; i < stream->consumer_count; i++) {
        if (vc_policy_same_subject(stream->consumers[i], stream->producer)) {
            return vc_fail(err, VC_REFUSED, "streams.%s.consumers[%zu]: the stream's own producer",
                           stream->name, i);
        }
        for (size_t k = 0; k < i; k++) {
            if (!vc_policy_same_subject(stream->consumers[i], stream->consumers[k]))
                continue;
            return vc_fail(err, VC_REFUSED, "streams.%s.consumers[%zu]: the same as [%zu]",
                           stream->name, i, k);
        }
    }
    return VC_OK;
}

enum vc_code vc_policy_check_streams(const struct vc_policy *policy, struct vc_err *err)
{
    uint64_t windows = 0; /* 256 times 32 bits cannot be too many for it */
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->stream_count; i++) {
        code = check_ends(&policy->streams[i], err);
        windows += policy->streams[i].window_bytes;
    }
    if (code == VC_OK && windows > VC_POLICY_WINDOWS_MAX) {
        return vc_fail(err, VC_LIMIT, "streams: windows of %llu bytes together, at most %llu",
                       (unsigned long long)windows, (unsigned long long)VC_POLICY_WINDOWS_MAX);
    }
    return code;
}

/* ----------------------------------------------------------------------------- their place */

static enum vc_code fail_place(const char *path, struct vc_err *err)
{
    return vc_fail(err, VC_REFUSED, "%s is a place of streams, and not of files", path);
}

static enum vc_code check_preopens(const struct vc_policy_program *program, struct vc_err *err)
{
    for (size_t i = 0; i < program->preopen_count; i++) {
        const char *path = program->preopens[i].path;

        if (vc_policy_is_of_streams(path) && strcmp(path, VC_POLICY_STREAMS_PATH) != 0) {
            return vc_fail(err, VC_REFUSED,
                           "programs.%s.preopens[%zu]: %s is a place of streams, and no directory",
                           program->name, i, path);
        }
    }
    return VC_OK;
}

static enum vc_code check_program_places(const struct vc_policy *policy, struct vc_err *err)
{
    for (size_t i = 0; i < policy->program_count; i++) {
        const struct vc_policy_program *program = &policy->programs[i];
        enum vc_code code = check_preopens(program, err);

        if (code != VC_OK)
            return code;
        if (vc_policy_is_of_streams(program->path)) {
            return vc_fail_in(err, fail_place(program->path, err), "programs.%s.path",
                              program->name);
        }
    }
    return VC_OK;
}

enum vc_code vc_policy_check_stream_places(const struct vc_policy *policy, struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    for (size_t i = 0; i < policy->right_count; i++) {
        const char *path = policy->rights[i].path;

        if (vc_policy_is_of_streams(path))
            return vc_fail_in(err, fail_place(path, err), "rights[%zu].path", i);
    }
    for (size_t i = 0; i < policy->pin_count; i++) {
        const char *path = policy->pins[i].path;

        if (vc_policy_is_of_streams(path))
            return vc_fail_in(err, fail_place(path, err), "pins.%s", path);
    }
    for (size_t i = 0; i < lifecycle->shutdown_when_read_count; i++) {
        const char *path = lifecycle->shutdown_when_read[i];

        if (vc_policy_is_of_streams(path))
            return vc_fail_in(err, fail_place(path, err), "lifecycle.shutdown_when_read[%zu]", i);
    }
    return check_program_places(policy, err);
}

/* ----------------------------------------------------------------------- standard descriptors */

/* The end of a stream as a standard descriptor: of the right direction, and one program's. */
enum vc_code vc_policy_check_standard_stream(const struct vc_policy *policy, size_t program,
                                             const char *path, bool produces, struct vc_err *err)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, program};
    size_t consumer;
    size_t stream;

    if (!vc_policy_stream_at(policy, path, &stream))
        return vc_fail(err, VC_REFUSED, "%s is no stream", path);
    return produces ? vc_policy_decide_produce(policy, who, stream, err)
                    : vc_policy_decide_consume(policy, who, stream, &consumer, err);
}
