/* SPDX-License-Identifier: MIT */

/* The resource /v1/narrowings: a principal narrows the policy in force, and everybody sees what was
 * narrowed. The policy is public, and so is what became of it. */

#include "base/hex.h"
#include "base/instant.h"
#include "runtime/api_internal.h"

static void begin_post(struct vc_request *)
{
    /* the body says what */
}

static void piece(struct vc_request *request, struct vc_bytes bytes)
{
    vc_gather_up_to(request, bytes, VC_NARROWING_SIZE_MAX);
}

static void write_digest(struct vc_json_writer *writer, const uint8_t digest[VC_SHA256_SIZE])
{
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){digest, VC_SHA256_SIZE}, hex);
    vc_json_put_string(writer, "in_force", hex);
}

static void answer_narrowed(struct vc_request *request, bool changed, uint64_t index)
{
    uint8_t digest[VC_SHA256_SIZE];
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);
    struct vc_err err = {};

    if (vc_force_digest(vc_request_force(request), digest, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_boolean(&writer, "changed", changed);
    if (changed)
        vc_json_put_integer(&writer, "index", (int64_t)index);
    write_digest(&writer, digest);
    vc_json_close_object(&writer);
    vc_answer_written(request, 200, &writer);
}

static void end_post(struct vc_request *request)
{
    struct vc_narrowing narrowing;
    const struct vc_narrow_request asked = {
        .who = {VC_SUBJECT_PRINCIPAL, request->principal},
        .principal = request->principal,
        .narrowing = &narrowing,
    };
    struct vc_err err = {};
    bool changed = false;
    uint64_t index = 0;
    enum vc_code code = vc_narrowing_parse(request->api->context.policy,
                                           vc_buffer_bytes(&request->body), &narrowing, &err);

    if (code == VC_LIMIT) { /* of a number or a list in it: not a limit that was met */
        vc_answer_problem(request, VC_PROBLEM_MALFORMED, err.text);
        return;
    }
    if (code == VC_OK)
        code = vc_narrower_narrow(request->api->context.narrower, &asked, &changed, &index, &err);
    if (code == VC_LIMIT)
        vc_answer_problem(request, VC_PROBLEM_QUOTA, err.text);
    else if (code != VC_OK)
        vc_answer_error(request, &err);
    else
        answer_narrowed(request, changed, index);
}

/* ---- what was narrowed ---- */

struct listing {
    const struct vc_policy *policy;
    struct vc_json_writer *writer;
};

static void write_one(void *user, const struct vc_narrowed *narrowed)
{
    const struct listing *listing = user;
    struct vc_json_writer *writer = listing->writer;
    char time[VC_INSTANT_TEXT_MAX];

    vc_instant_format(narrowed->time, time);
    vc_json_open_object(writer, nullptr);
    vc_json_put_integer(writer, "index", (int64_t)narrowed->index);
    vc_json_put_string(writer, "time", time);
    if (!narrowed->by_container) {
        vc_json_open_object(writer, "by");
        vc_json_put_string(writer,
                           narrowed->who.kind == VC_SUBJECT_PROGRAM ? "program" : "principal",
                           vc_policy_subject_name(listing->policy, narrowed->who));
        vc_json_close_object(writer);
    }
    if (narrowed->run != 0)
        vc_json_put_integer(writer, "run", (int64_t)narrowed->run);
    vc_narrowing_write(listing->policy, &narrowed->narrowing, writer, "narrowing");
    vc_json_close_object(writer);
}

static void begin_list(struct vc_request *request)
{
    const struct vc_force *force = vc_request_force(request);
    uint8_t digest[VC_SHA256_SIZE];
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);
    struct listing listing = {request->api->context.policy, &writer};
    char expires[VC_INSTANT_TEXT_MAX];
    struct vc_err err = {};

    if (vc_force_digest(force, digest, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    vc_instant_format(vc_force_expires(force), expires);
    vc_json_open_object(&writer, nullptr);
    write_digest(&writer, digest);
    vc_json_put_string(&writer, "expires", expires);
    vc_json_open_array(&writer, "narrowings");
    vc_narrower_each(request->api->context.narrower, write_one, &listing);
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    vc_answer_written(request, 200, &writer);
}

const struct vc_resource vc_narrowing_resources[] = {
    {"GET", "/v1/narrowings", false, .begin = begin_list, .while_full = true},
    {"POST", "/v1/narrowings", false, .begin = begin_post, .piece = piece, .end = end_post,
     .while_full = true},
};
const size_t vc_narrowing_resource_count = VC_COUNT(vc_narrowing_resources);
