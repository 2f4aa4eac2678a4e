/* SPDX-License-Identifier: MIT */

/* The resource /v1/keys: a principal gives a key of the policy, takes it back, looks which are
 * given. Its bytes go from the request's body to runtime/keys.h, and nowhere else. */

#include <string.h>

#include "abi/psa.h"
#include "codec/json.h"
#include "policy/decide.h"
#include "policy/key_names.h"
#include "runtime/api_internal.h"
#include "runtime/record.h"

/* The key in the path, if it is this principal's. */
static enum vc_code find_own(const struct vc_request *request, size_t *key, struct vc_err *err)
{
    /* a canonical path begins with a slash, and the name of a key has none */
    return vc_policy_decide_key(request->api->context.policy, request->principal, request->path + 1,
                                key, err);
}

static enum vc_code find_to_change(const struct vc_request *request, size_t *key,
                                   struct vc_err *err)
{
    const struct vc_api_context *context = &request->api->context;
    enum vc_code code = find_own(request, key, err);

    if (code != VC_OK)
        return code;
    code = vc_force_decide_change(vc_request_force(request), vc_runs_started(context->runs), err);
    if (code != VC_OK) /* it is the principal's; it is only too late */
        return vc_fail_in(err, VC_STATE, "keys.%s", context->policy->keys[*key].name);
    return VC_OK;
}

/* ---- giving ---- */

static void begin_put(struct vc_request *request)
{
    uint64_t announced = 0;
    size_t key = 0;
    struct vc_err err = {};

    vc_http_wipe_body(request->exchange); /* of a request that is refused, too */
    if (find_to_change(request, &key, &err) != VC_OK) {
        vc_answer_error(request, &err);
    } else if (vc_record_check_room(request->api->context.record, request->principal, &err) !=
               VC_OK) {
        vc_answer_unrecorded(request, &err);
    } else if (!vc_http_content_length(request->exchange, &announced)) {
        vc_answer_problem(request, VC_PROBLEM_LENGTH_REQUIRED,
                          "say content-length, so that a key cut short can be told from a whole");
    } else if (announced > VC_PSA_KEY_BYTES_MAX) {
        (void)!vc_fail(&err, VC_LIMIT, "a key has at most %d bytes", VC_PSA_KEY_BYTES_MAX);
        vc_answer_error(request, &err);
    }
}

static void piece(struct vc_request *request, struct vc_bytes bytes)
{
    struct vc_err err = {};

    if (bytes.size > VC_PSA_KEY_BYTES_MAX - request->body.size) {
        (void)!vc_fail(&err, VC_LIMIT, "a key has at most %d bytes", VC_PSA_KEY_BYTES_MAX);
    } else if (vc_buffer_append(&request->body, bytes, &err) == VC_OK) {
        return;
    }
    vc_answer_error(request, &err);
}

/* Everything is here: decide once more, since a run may have begun meanwhile. Between the check of
 * the room for it and the entry it is there, and nothing happens. */
static enum vc_code give(const struct vc_request *request, bool *anew, bool *full,
                         struct vc_err *err)
{
    struct vc_keys *keys = request->api->context.keys;
    struct vc_record *record = request->api->context.record;
    size_t key = 0;
    enum vc_code code = find_to_change(request, &key, err);

    if (code == VC_OK) {
        code = vc_record_check_room(record, request->principal, err);
        *full = code != VC_OK;
    }
    if (code != VC_OK)
        return code;
    *anew = vc_keys_has(keys, key);
    code = vc_keys_put(keys, key, vc_buffer_bytes(&request->body), err);
    if (code != VC_OK)
        return code;
    code = vc_record_key(record, request->principal, key, true, err);
    if (code != VC_OK) /* what was there before is gone, too */
        (void)!vc_keys_remove(keys, key, nullptr);
    return code;
}

static void end_put(struct vc_request *request)
{
    bool anew = false;
    bool full = false;
    struct vc_err err = {};
    enum vc_code code = give(request, &anew, &full, &err);

    vc_buffer_done(&request->body); /* wipes */
    if (code == VC_OK) {
        vc_answer_empty(request, anew ? 204 : 201);
    } else if (full) {
        vc_answer_unrecorded(request, &err);
    } else {
        vc_answer_error(request, &err);
    }
}

/* What cannot be written down is still held. */
static enum vc_code note_taken_back(const struct vc_request *request, size_t key,
                                    struct vc_err *err)
{
    struct vc_keys *keys = request->api->context.keys;
    enum vc_code code = VC_OK;

    if (vc_keys_has(keys, key))
        code = vc_record_key(request->api->context.record, request->principal, key, false, err);
    return code;
}

static void begin_delete(struct vc_request *request)
{
    size_t key = 0;
    struct vc_err err = {};

    if (find_to_change(request, &key, &err) != VC_OK) {
        vc_answer_error(request, &err);
    } else if (note_taken_back(request, key, &err) != VC_OK) {
        vc_answer_unrecorded(request, &err);
    } else if (vc_keys_remove(request->api->context.keys, key, &err) != VC_OK) {
        vc_answer_error(request, &err);
    } else {
        vc_answer_empty(request, 204);
    }
}

/* ---- listing ---- */

static void write_usage(struct vc_json_writer *writer, uint32_t usage)
{
    const struct vc_key_usage_name *name;

    vc_json_open_array(writer, "usage");
    for (size_t i = 0; (name = vc_key_usage_at(i)) != nullptr; i++) {
        if ((usage & name->usage) != 0)
            vc_json_put_string(writer, nullptr, name->name);
    }
    vc_json_close_array(writer);
}

static void write_programs(struct vc_json_writer *writer, const struct vc_policy *policy,
                           const struct vc_policy_key *key)
{
    vc_json_open_array(writer, "programs");
    for (size_t i = 0; i < key->program_count; i++)
        vc_json_put_string(writer, nullptr, policy->programs[key->programs[i]].name);
    vc_json_close_array(writer);
    vc_json_open_array(writer, "wrap");
    for (size_t i = 0; i < key->receiver_count; i++)
        vc_json_put_string(writer, nullptr, policy->principals[key->receivers[i]].name);
    vc_json_close_array(writer);
}

static void write_key(struct vc_json_writer *writer, const struct vc_policy *policy,
                      const struct vc_policy_key *key, bool given)
{
    const struct vc_key_type *type = vc_key_type_of(key->type, key->bits);
    const struct vc_key_algorithm *algorithm = vc_key_algorithm_of(key->algorithm);

    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, "name", key->name);
    vc_json_put_boolean(writer, "given", given);
    vc_json_put_integer(writer, "id", key->id);
    if (type != nullptr)
        vc_json_put_string(writer, "type", type->name);
    vc_json_put_integer(writer, "bits", key->bits);
    write_usage(writer, key->usage);
    if (algorithm != nullptr)
        vc_json_put_string(writer, "algorithm", algorithm->name);
    write_programs(writer, policy, key);
    vc_json_put_boolean(writer, "export", (key->usage & VC_KEY_USAGE_EXPORT) != 0);
    vc_json_close_object(writer);
}

static void begin_list(struct vc_request *request)
{
    const struct vc_api_context *context = &request->api->context;
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);
    struct vc_err err = {};

    vc_json_open_object(&writer, nullptr);
    vc_json_open_array(&writer, "keys");
    for (size_t i = 0; i < context->policy->key_count; i++) {
        const struct vc_policy_key *key = &context->policy->keys[i];

        if (key->owner == request->principal)
            write_key(&writer, context->policy, key, vc_keys_has(context->keys, i));
    }
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, &err) == VC_OK) {
        vc_answer_json(request, 200, &json);
    } else {
        vc_buffer_done(&json);
        vc_answer_error(request, &err);
    }
}

const struct vc_resource vc_key_resources[] = {
    {"GET", "/v1/keys", false, .begin = begin_list},
    {"PUT", "/v1/keys", true, .begin = begin_put, .piece = piece, .end = end_put},
    {"DELETE", "/v1/keys", true, .begin = begin_delete},
};
const size_t vc_key_resource_count = VC_COUNT(vc_key_resources);
