/* SPDX-License-Identifier: MIT */

/* Routing: from a request to the resource that answers it, and the small resources themselves. */

#include "runtime/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "policy/decide.h"
#include "policy/lifecycle.h"
#include "runtime/api_internal.h"
#include "runtime/record.h"
#include "runtime/stream_call.h"

const struct vc_force *vc_request_force(const struct vc_request *request)
{
    return vc_narrower_force(request->api->context.narrower);
}

static void get_policy(struct vc_request *request)
{
    const struct vc_policy *policy = request->api->context.policy;
    char hash[2 * VC_SHA256_SIZE + 1];
    const struct vc_http_field fields[] = {{"content-type", "application/json"},
                                           {"veracruz-policy-hash", hash}};

    vc_hex_encode((struct vc_bytes){policy->hash, sizeof(policy->hash)}, hash);
    /* the policy outlives every exchange */
    vc_answer(request, 200, fields, VC_COUNT(fields),
              (struct vc_http_body){.bytes = vc_buffer_bytes(&policy->text)});
}

void vc_api_end(struct vc_api *api)
{
    api->ending = true;
}

void vc_api_shutdown(struct vc_api *api, const char *reason)
{
    if (api->ending)
        return;
    vc_api_end(api);
    api->context.shutdown(api->context.user, reason);
}

static void post_shutdown(struct vc_request *request)
{
    char reason[VC_POLICY_NAME_MAX + 16];
    struct vc_err err = {};

    if (vc_policy_decide_shutdown(request->api->context.policy, request->principal, &err) !=
        VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    vc_answer_empty(request, 202);
    (void)snprintf(reason, sizeof(reason), "shut down by %s",
                   request->api->context.policy->principals[request->principal].name);
    vc_api_shutdown(request->api, reason);
}

static const struct vc_resource own_resources[] = {
    {.method = "GET", .prefix = "/v1/policy", .begin = get_policy},
    {.method = "HEAD", .prefix = "/v1/policy", .begin = get_policy},
    {.method = "POST", .prefix = "/v1/shutdown", .begin = post_shutdown},
};

static const struct {
    const struct vc_resource *resources;
    const size_t *count;
} tables[] = {
    {own_resources, &(const size_t){VC_COUNT(own_resources)}},
    {vc_attestation_resources, &vc_attestation_resource_count},
    {vc_file_resources, &vc_file_resource_count},
    {vc_key_resources, &vc_key_resource_count},
    {vc_journal_resources, &vc_journal_resource_count},
    {vc_lifecycle_resources, &vc_lifecycle_resource_count},
    {vc_narrowing_resources, &vc_narrowing_resource_count},
    {vc_pipeline_resources, &vc_pipeline_resource_count},
    {vc_run_resources, &vc_run_resource_count},
    {vc_stream_resources, &vc_stream_resource_count},
};

static bool matches(const struct vc_resource *resource, const char *path)
{
    size_t length = strlen(resource->prefix);

    if (strncmp(path, resource->prefix, length) != 0)
        return false;
    return resource->below ? path[length] == '/' : path[length] == '\0';
}

/* The resource for this method and path. Without one, *allow gets the methods that the path has. */
static const struct vc_resource *find_resource(const char *method, const char *path, char *allow,
                                               size_t allow_size)
{
    size_t used = 0;

    allow[0] = '\0';
    for (size_t t = 0; t < VC_COUNT(tables); t++) {
        for (size_t i = 0; i < *tables[t].count; i++) {
            const struct vc_resource *resource = &tables[t].resources[i];

            if (!matches(resource, path))
                continue;
            if (strcmp(resource->method, method) == 0)
                return resource;
            used += (size_t)snprintf(allow + used, allow_size - used, "%s%s", used > 0 ? ", " : "",
                                     resource->method);
        }
    }
    return nullptr;
}

/* A key that was sent to the wrong place is one, too: nobody can take it back from there. */
static void refuse_unrouted(struct vc_request *request, const char *allow)
{
    vc_http_wipe_body(request->exchange);
    if (allow[0] == '\0') {
        vc_answer_problem(request, VC_PROBLEM_NOT_FOUND, "no such resource: see docs/http-api.md");
    } else {
        vc_answer_problem(request, VC_PROBLEM_METHOD, allow);
    }
}

static enum vc_code identify(struct vc_request *request, struct vc_err *err)
{
    const struct vc_policy *policy = request->api->context.policy;
    const struct vc_cert *peer = vc_http_peer(request->exchange);
    int64_t now = vc_clock_now(request->api->context.clock);

    /* The handshake let only pinned certificates in; asking again costs nothing and has no default.
     */
    if (peer == nullptr ||
        !vc_policy_principal_by_certificate(policy, vc_cert_der(peer), &request->principal))
        return vc_fail(err, VC_REFUSED, "principals: this certificate is not among them");
    /* A connection may outlive the validity of policy or certificate. */
    if (vc_policy_check_ends(policy, request->api->context.clock->start_wall,
                             vc_force_expires(vc_request_force(request)), now, err) != VC_OK)
        return VC_REFUSED;
    return vc_cert_check_time(peer, now, err);
}

static enum vc_code route(struct vc_request *request, char *allow, size_t allow_size,
                          struct vc_err *err)
{
    char path[VC_HTTP_TARGET_MAX];
    const char *query;
    enum vc_code code =
        vc_http_parse_target(vc_http_target(request->exchange), path, sizeof(path), &query, err);

    if (code == VC_OK && query[0] != '\0')
        code = vc_fail(err, VC_MALFORMED, "no resource takes a query");
    if (code != VC_OK)
        return code;
    request->resource = find_resource(vc_http_method(request->exchange), path, allow, allow_size);
    if (request->resource == nullptr || !request->resource->below)
        return VC_OK;
    return vc_path_canonical(path + strlen(request->resource->prefix), request->path, err);
}

/* A body that says of itself that it is a part, or coded, would be taken as if it were neither
 * (RFC 9110 §14.5, §8.4). */
static enum vc_code check_body(const struct vc_request *request, struct vc_err *err)
{
    if (vc_http_field(request->exchange, "content-range") != nullptr)
        return vc_fail(err, VC_MALFORMED, "content-range: a part of a body is not taken");
    if (vc_http_field(request->exchange, "content-encoding") != nullptr)
        return vc_fail(err, VC_MALFORMED, "content-encoding: bodies are taken as they are");
    return VC_OK;
}

/* That this principal is here. Who has filled its share of the journal can still read it, and
 * narrow. */
static enum vc_code note_session(const struct vc_request *request, struct vc_err *err)
{
    enum vc_code code;

    if (request->api->ending)
        return VC_OK;
    code = vc_record_session(request->api->context.record, request->principal, err);
    return code == VC_LIMIT && request->resource != nullptr && request->resource->while_full ? VC_OK
                                                                                             : code;
}

/* ---- who is asked again when the policy in force changes ---- */

static void enter(struct vc_api *api, struct vc_request *request)
{
    request->next = api->requests;
    if (request->next != nullptr)
        request->next->previous = request;
    api->requests = request;
}

static void leave(struct vc_request *request)
{
    if (request->next != nullptr)
        request->next->previous = request->previous;
    if (request->previous != nullptr)
        request->previous->next = request->next;
    else
        request->api->requests = request->next;
}

static void on_narrowed(void *user, const struct vc_narrowed *)
{
    struct vc_api *api = user;

    for (struct vc_request *request = api->requests; request != nullptr; request = request->next) {
        if (request->resource != nullptr && request->resource->narrowed != nullptr)
            request->resource->narrowed(request);
    }
    vc_files_narrowed(api);
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct vc_request *request = calloc(1, sizeof(*request));
    char allow[64];
    struct vc_err err = {};

    if (request == nullptr) {
        (void)!vc_http_respond(exchange, 503, nullptr, 0, (struct vc_http_body){}, nullptr);
        return;
    }
    request->api = user;
    request->exchange = exchange;
    vc_http_set_context(exchange, request);
    enter(user, request);
    if (identify(request, &err) != VC_OK || check_body(request, &err) != VC_OK ||
        route(request, allow, sizeof(allow), &err) != VC_OK) {
        vc_http_wipe_body(exchange);
        vc_answer_error(request, &err);
    } else if (request->api->ending &&
               (request->resource == nullptr || !request->resource->while_ending)) {
        vc_http_wipe_body(exchange);
        vc_answer_problem(request, VC_PROBLEM_UNAVAILABLE, "the container is ending");
    } else if (note_session(request, &err) != VC_OK) {
        vc_http_wipe_body(exchange);
        vc_answer_unrecorded(request, &err);
    } else if (request->resource == nullptr) {
        refuse_unrouted(request, allow);
    } else {
        request->resource->begin(request);
    }
}

static void on_body(void *, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct vc_request *request = vc_http_context(exchange);

    if (request != nullptr && !request->answered && request->resource != nullptr &&
        request->resource->piece != nullptr)
        request->resource->piece(request, piece);
}

static void on_end(void *, struct vc_http_exchange *exchange)
{
    struct vc_request *request = vc_http_context(exchange);

    if (request != nullptr && !request->answered && request->resource != nullptr &&
        request->resource->end != nullptr)
        request->resource->end(request);
}

static void on_close(void *, struct vc_http_exchange *exchange)
{
    struct vc_request *request = vc_http_context(exchange);

    if (request == nullptr)
        return;
    leave(request);
    if (request->resource != nullptr && request->resource->close != nullptr)
        request->resource->close(request);
    vc_buffer_done(&request->body);
    free(request);
}

static void on_credit(void *, struct vc_http_exchange *exchange)
{
    struct vc_request *request = vc_http_context(exchange);

    if (request != nullptr && request->resource != nullptr && request->resource->credit != nullptr)
        request->resource->credit(request);
}

const struct vc_http_handler vc_api_handler = {.on_request = on_request,
                                               .on_body = on_body,
                                               .on_end = on_end,
                                               .on_close = on_close,
                                               .on_credit = on_credit};

enum vc_code vc_api_new(const struct vc_api_context *context, struct vc_api **api,
                        struct vc_err *err)
{
    struct vc_api *made = calloc(1, sizeof(*made));
    const struct vc_policy *policy = context->policy;
    size_t cells = policy->lifecycle.shutdown_when_read_count * policy->principal_count;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->context = *context;
    made->has_read = calloc(cells + 1, sizeof(*made->has_read));
    made->uploads = calloc(policy->principal_count + 1, sizeof(*made->uploads));
    made->watchers = calloc(policy->principal_count + 1, sizeof(*made->watchers));
    made->attestations = calloc(policy->principal_count + 1, sizeof(*made->attestations));
    made->stream_calls = calloc(policy->principal_count + 1, sizeof(*made->stream_calls));
    made->answers = calloc(policy->principal_count + 1, sizeof(*made->answers));
    made->seats = calloc((policy->stream_count + 1) * VC_STREAM_SEATS, sizeof(*made->seats));
    if (made->has_read == nullptr || made->uploads == nullptr || made->watchers == nullptr ||
        made->attestations == nullptr || made->answers == nullptr ||
        made->stream_calls == nullptr || made->seats == nullptr) {
        vc_api_free(made);
        return vc_fail_memory(err);
    }
    if (vc_contents_new(context->loop, &made->contents, err) != VC_OK) {
        vc_api_free(made);
        return VC_MEMORY;
    }
    made->narrowed = (struct vc_narrower_watcher){.changed = on_narrowed, .user = made};
    vc_narrower_watch(context->narrower, &made->narrowed);
    *api = made;
    return VC_OK;
}

void vc_api_free(struct vc_api *api)
{
    if (api == nullptr)
        return;
    vc_narrower_unwatch(api->context.narrower, &api->narrowed);
    vc_read_once_done(&api->once);
    free(api->has_read);
    free(api->uploads);
    free(api->watchers);
    free(api->attestations);
    free(api->stream_calls);
    free(api->answers);
    free(api->seats);
    vc_contents_free(api->contents);
    free(api);
}
