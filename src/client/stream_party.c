/* SPDX-License-Identifier: MIT */

#include "client/stream_party.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/forward.h"
#include "client/problem.h"
#include "client/report.h"
#include "policy/decide.h"

static constexpr unsigned ERROR_STATUS = 400;

/* ---- who, and which ---- */

enum vcc_status vc_stream_party_init(struct vc_stream_party *end, struct vcc_client *client,
                                     const char *stream, const struct vcc_stream_options *options,
                                     struct vcc_error *error)
{
    const struct vc_policy *policy = client->policy;
    struct vc_err err = {};
    size_t index;
    size_t principal;

    if (!vc_policy_find_stream(policy, stream, &index)) {
        (void)!vc_fail(&err, VC_NOT_FOUND, "streams: the policy has none called \"%.64s\"", stream);
        return vc_report(error, VCC_NOT_FOUND, &err);
    }
    if (!vc_policy_principal_by_certificate(policy, vc_cert_der(client->identity.cert),
                                            &principal)) {
        (void)!vc_fail(&err, VC_REFUSED, "principals: the policy has none with this certificate");
        return vc_report(error, VCC_REFUSED, &err);
    }
    *end = (struct vc_stream_party){.client = client,
                                    .terms = &policy->streams[index],
                                    .who = policy->principals[principal].name};
    if (options != nullptr)
        end->options = *options;
    (void)snprintf(end->target, sizeof(end->target), "/v1/streams/%s", end->terms->name);
    return VCC_OK;
}

enum vcc_status vc_stream_party_check(const struct vc_stream_party *end, bool produces,
                                      struct vcc_error *error)
{
    const struct vc_policy *policy = end->client->policy;
    struct vc_subject who = {.kind = VC_SUBJECT_PRINCIPAL};
    size_t stream = (size_t)(end->terms - policy->streams);
    struct vc_err err = {};
    size_t consumer;
    enum vc_code code = VC_OK;

    while (strcmp(policy->principals[who.index].name, end->who) != 0)
        who.index++;
    code = produces ? vc_policy_decide_produce(policy, who, stream, &err)
                    : vc_policy_decide_consume(policy, who, stream, &consumer, &err);
    return code == VC_OK ? VCC_OK : vc_report_code(error, code, &err);
}

void vc_stream_party_show(struct vc_stream_party *end, const struct vcc_stream_progress *progress)
{
    const struct vcc_stream_progress *shown = &end->shown;

    if (end->watched && shown->done == progress->done && shown->total == progress->total &&
        shown->ahead == progress->ahead && shown->reconnects == progress->reconnects &&
        shown->waiting == progress->waiting)
        return;
    end->watched = true;
    end->shown = *progress;
    if (end->options.watcher != nullptr)
        end->options.watcher(end->options.user, &end->shown);
}

/* ---- calls ---- */

enum vc_code vc_stream_party_call(struct vc_stream_party *end, const struct vc_http_call *call,
                                  struct vc_http_answer *answer, struct vc_err *err)
{
    struct vc_forward forward = {.http = *call};

    return vc_client_forward(end->client, &forward, answer, err);
}

enum vc_code vc_stream_party_leave(struct vc_stream_party *end, const char *taken,
                                   struct vc_http_answer *answer, struct vc_err *err)
{
    char use[24];
    const struct vc_http_field fields[] = {{"stream-use", use}, {"stream-offset", taken}};
    const struct vc_http_call call = {.method = "DELETE",
                                      .target = end->target,
                                      .fields = fields,
                                      .field_count = taken != nullptr ? 2 : 1,
                                      .idle_timeout_ms = end->client->timeout_ms};

    (void)snprintf(use, sizeof(use), "%ju", (uintmax_t)end->use);
    return vc_stream_party_call(end, &call, answer, err);
}

static enum vc_code take_piece(void *user, struct vc_bytes piece, struct vc_err *err)
{
    struct vc_buffer *body = user;

    if (piece.size > VC_STREAM_LIST_SIZE_MAX - body->size)
        return vc_fail(err, VC_LIMIT, "the list of streams is over %zu bytes",
                       VC_STREAM_LIST_SIZE_MAX);
    return vc_buffer_append(body, piece, err);
}

enum vc_code vc_stream_party_look(struct vc_stream_party *end, struct vc_stream_view *view,
                                  struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    const struct vc_http_sink sink = {.write = take_piece, .user = &body};
    const struct vc_http_call call = {.method = "GET",
                                      .target = "/v1/streams",
                                      .sink = &sink,
                                      .idle_timeout_ms = end->client->timeout_ms};
    struct vcc_error problem;
    enum vc_code code = vc_stream_party_call(end, &call, &answer, err);

    if (code != VC_OK)
        return code;
    if (answer.status >= ERROR_STATUS) {
        (void)vc_stream_refused(&answer, &problem);
        return vc_fail(err, VC_REFUSED, "%s", problem.text);
    }
    code = vc_stream_list_find(vc_buffer_bytes(&body), end->terms->name, end->who, view, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "the container's list of streams");
}

enum vcc_status vc_stream_refused(const struct vc_http_answer *answer, struct vcc_error *error)
{
    struct vcc_error problem;

    vc_problem_read(answer->status, vc_buffer_bytes(&answer->body), &problem);
    if (error != nullptr)
        *error = problem;
    return problem.status;
}

enum vcc_status vc_stream_party_replaced(const struct vc_stream_party *end, struct vcc_error *error)
{
    struct vc_err err = {};

    (void)!vc_fail(&err, VC_STATE,
                   "stream %s: the container is another one than before, and knows nothing of what "
                   "that had of use %ju",
                   end->terms->name, (uintmax_t)end->use);
    return vc_report(error, VCC_FAILED, &err);
}

/* Positions and uses only grow: a container that goes back has begun again. Of a use that has not
 * begun, the one before is told. */
static bool is_another(const struct vc_stream_party *end, const struct vc_stream_view *view)
{
    bool over = view->state == VC_STREAM_ENDED || view->state == VC_STREAM_LOST;

    if (view->use == end->use)
        return view->position < end->known;
    return view->use < end->use && (end->known > 0 || view->use + 1 < end->use || !over);
}

enum vcc_status vc_stream_party_check_lost(struct vc_stream_party *end, struct vc_stream_view *view,
                                           bool *broken, struct vcc_error *error)
{
    struct vc_err err = {};
    enum vc_code code = vc_stream_party_look(end, view, &err);

    *broken = code == VC_CLOSED;
    if (code == VC_CLOSED)
        return VCC_OK;
    if (code == VC_MALFORMED || code == VC_NOT_FOUND)
        return vc_report(error, VCC_FAILED, &err);
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    if (end->use != 0 && view->use > end->use) {
        (void)!vc_fail(&err, VC_STATE, "stream %s: its use %ju is over", end->terms->name,
                       (uintmax_t)end->use);
    } else if (view->state == VC_STREAM_LOST && view->use >= end->use) {
        (void)!vc_fail(&err, VC_STATE, "stream %s was lost: %s", end->terms->name, view->reason);
    } else if (end->use != 0 && is_another(end, view)) {
        return vc_stream_party_replaced(end, error);
    } else {
        return VCC_OK;
    }
    return vc_report(error, VCC_LOST, &err);
}

/* ---- trying again ---- */

void vc_stream_party_moved(struct vc_stream_party *end)
{
    end->patience = (struct vc_patience){};
}

enum vcc_status vc_stream_party_retry(struct vc_stream_party *end, const struct vc_err *why,
                                      struct vcc_error *error)
{
    uint64_t patience_ms = end->options.patience_ms != 0
                               ? end->options.patience_ms
                               : UINT64_C(1000) * end->terms->resume_seconds;
    struct vcc_stream_progress progress = end->shown;
    struct vc_err err = {};
    struct vc_err told = *why;
    enum vc_code code = VC_CLOSED;

    progress.waiting = 1;
    vc_stream_party_show(end, &progress);
    while (code != VC_OK && vc_patience_lasts(&end->patience, patience_ms)) {
        code = vc_client_reconnect(end->client, &err);
        if (code == VC_UNTRUSTED || code == VC_MEMORY)
            return vc_report_code(error, code, &err);
        if (code != VC_OK)
            told = err;
    }
    if (code != VC_OK) {
        (void)vc_fail_in(&told, code, "stream %s: gave up after %ju s without getting any further",
                         end->terms->name, (uintmax_t)patience_ms / 1000);
        return vc_report(error, VCC_FAILED, &told);
    }
    progress.reconnects++;
    vc_stream_party_show(end, &progress);
    return VCC_OK;
}

/* ---- fields ---- */

bool vc_stream_field_text(struct vc_bytes lines, const char *name, char *text, size_t size)
{
    /* Borrowed for the call, which only reads. NOLINTNEXTLINE(performance-no-int-to-ptr) */
    const struct vc_http_answer answer = {
        .fields = {.data = (uint8_t *)(uintptr_t)lines.data, .size = lines.size}};

    return lines.size > 0 && vc_http_answer_field(&answer, name, text, size);
}

bool vc_stream_field_number(struct vc_bytes lines, const char *name, uint64_t *value)
{
    char text[24];
    char *end;

    if (!vc_stream_field_text(lines, name, text, sizeof(text)))
        return false;
    size_t size = strlen(text);

    if (size == 0 || size > 19 || strspn(text, "0123456789") != size)
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0;
}
