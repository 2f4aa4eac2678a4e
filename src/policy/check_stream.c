/* SPDX-License-Identifier: MIT */

/* Whether a policy's streams are coherent. */

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
