/* SPDX-License-Identifier: MIT */

#include "attestd/service.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attestd/answer.h"
#include "attestd/endorsements.h"
#include "net/http_server.h"

static constexpr int64_t BACKDATE_S = 60;
static constexpr int64_t CERTIFICATE_LIFE_S = INT64_C(30) * 86400;
static constexpr uint64_t RENEW_MS = 86400000;
static constexpr size_t BODIES_SIZE_MAX = 32 << 20; /* bytes of requests held at once */

static const struct vc_http_server_limits LIMITS = {
    .connections = 64, .streams_per_connection = 2, .handshake_ms = 10000, .idle_ms = 90000};

struct vc_attestd {
    struct vc_loop *loop;
    const struct vc_attestd_state *state;
    struct vc_host hosts[VC_ATTESTD_HOSTS_MAX + 2];
    size_t host_count;
    struct vc_nonces *nonces;
    struct vc_tls *tls;
    struct vc_http_server *server;
    struct vc_timer *renewal;
    size_t bodies_size; /* bytes of requests held now */
};

/* One request while it arrives. */
struct request {
    void (*answer)(const struct vc_occasion *occasion, struct vc_bytes body,
                   struct vc_answer *answer);
    struct vc_buffer body;
};

static const struct route {
    const char *path;
    void (*answer)(const struct vc_occasion *occasion, struct vc_bytes body,
                   struct vc_answer *answer);
} routes[] = {
    {"/v1/nonces", vc_answer_nonce},
    {"/v1/certificates", vc_answer_certificate},
};

static void release_answer(void *owner)
{
    struct vc_answer *answer = owner;

    vc_answer_done(answer);
    free(answer);
}

/* Takes over *content. */
static void respond(struct vc_http_exchange *exchange, struct vc_answer *content)
{
    bool problem = content->status >= 400;
    const struct vc_http_field fields[] = {
        {"content-type", problem ? "application/problem+json" : "application/json"},
        {"cache-control", "no-store"},
        {"allow", "POST"},
    };
    struct vc_answer *answer = malloc(sizeof(*answer));
    struct vc_http_body body = {};

    if (answer == nullptr) {
        vc_answer_done(content);
    } else {
        *answer = *content;
        body = (struct vc_http_body){vc_buffer_bytes(&answer->body), release_answer, answer};
    }
    /* A response that cannot be sent leaves the stream to its close. */
    (void)!vc_http_respond(exchange, content->status, fields,
                           content->status == 405 ? VC_COUNT(fields) : VC_COUNT(fields) - 1, body,
                           nullptr);
}

static void refuse(struct vc_http_exchange *exchange, unsigned status, const char *type,
                   const char *detail)
{
    struct vc_answer answer = {};

    vc_answer_problem(status, type, detail, &answer);
    respond(exchange, &answer);
}

static const struct route *find_route(const char *target)
{
    for (size_t i = 0; i < VC_COUNT(routes); i++) {
        if (strcmp(routes[i].path, target) == 0)
            return &routes[i];
    }
    return nullptr;
}

static void forget(struct vc_attestd *service, struct vc_http_exchange *exchange)
{
    struct request *request = vc_http_context(exchange);

    vc_http_set_context(exchange, nullptr);
    if (request == nullptr)
        return;
    service->bodies_size -= request->body.size;
    vc_buffer_done(&request->body);
    free(request);
}

static void on_request(void *, struct vc_http_exchange *exchange)
{
    const struct route *route = find_route(vc_http_target(exchange));
    struct request *request;
    uint64_t size = 0;

    if (route == nullptr) {
        refuse(exchange, 404, "not-found", "there are /v1/nonces and /v1/certificates");
        return;
    }
    if (strcmp(vc_http_method(exchange), "POST") != 0) {
        refuse(exchange, 405, "method", "POST is the only method here");
        return;
    }
    if (vc_http_content_length(exchange, &size) && size > VC_APPLICATION_SIZE_MAX) {
        refuse(exchange, 413, "limit", "the body is too large");
        return;
    }
    request = calloc(1, sizeof(*request));
    if (request == nullptr) {
        refuse(exchange, 500, "failed", "the service cannot answer now");
        return;
    }
    request->answer = route->answer;
    vc_http_set_context(exchange, request);
}

static void on_body(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct vc_attestd *service = user;
    struct request *request = vc_http_context(exchange);

    if (request == nullptr)
        return;
    if (piece.size > VC_APPLICATION_SIZE_MAX - request->body.size) {
        forget(service, exchange);
        refuse(exchange, 413, "limit", "the body is too large");
        return;
    }
    if (piece.size > BODIES_SIZE_MAX - service->bodies_size ||
        vc_buffer_append(&request->body, piece, nullptr) != VC_OK) {
        forget(service, exchange);
        refuse(exchange, 429, "limit", "the service is busy: try again");
        return;
    }
    service->bodies_size += piece.size;
}

static void on_end(void *user, struct vc_http_exchange *exchange)
{
    struct vc_attestd *service = user;
    struct request *request = vc_http_context(exchange);
    struct vc_endorsement_search search = {.folder = vc_attestd_endorsements(service->state)};
    struct vc_anchors anchors = {};
    struct vc_occasion occasion = {
        .appraiser = {.ca = vc_attestd_ca(service->state),
                      .ca_key = vc_attestd_ca_key(service->state),
                      .anchors = &anchors,
                      .now = (int64_t)time(nullptr)},
        .nonces = service->nonces,
        .now_ms = vc_loop_now_ms(),
        .record_path = vc_attestd_log_path(service->state),
    };
    struct vc_answer answer = {};

    if (request == nullptr)
        return;
    anchors.endorsed = vc_endorsement_find;
    anchors.user = &search;
    if (vc_http_exporter(exchange, VC_ENROL_EXPORTER, occasion.exporter, sizeof(occasion.exporter),
                         nullptr) == VC_OK) {
        request->answer(&occasion, vc_buffer_bytes(&request->body), &answer);
    } else {
        vc_answer_problem(500, "failed", "the service cannot answer now", &answer);
    }
    vc_endorsement_search_done(&search);
    forget(service, exchange);
    respond(exchange, &answer);
}

static void on_close(void *user, struct vc_http_exchange *exchange)
{
    forget(user, exchange);
}

static const struct vc_http_handler HANDLER = {on_request, on_body, on_end, on_close};

static enum vc_code take_hosts(struct vc_attestd *service, const struct vc_attestd_hosts *hosts,
                               struct vc_err *err)
{
    static const char *const always[] = {"localhost", "127.0.0.1"};
    enum vc_code code = VC_OK;

    if (hosts->count > VC_ATTESTD_HOSTS_MAX)
        return vc_fail(err, VC_LIMIT, "%zu hosts, at most %zu", hosts->count, VC_ATTESTD_HOSTS_MAX);
    for (size_t i = 0; code == VC_OK && i < VC_COUNT(always); i++)
        code = vc_host_parse(always[i], &service->hosts[service->host_count++], err);
    for (size_t i = 0; code == VC_OK && i < hosts->count; i++) {
        code = vc_host_parse(hosts->names[i], &service->hosts[service->host_count++], err);
        if (code != VC_OK)
            code = vc_fail_in(err, code, "%.100s", hosts->names[i]);
    }
    return code;
}

static enum vc_code issue_own(const struct vc_attestd *service, const struct vc_key *key,
                              struct vc_cert **cert, struct vc_err *err)
{
    const char *names[VC_ATTESTD_HOSTS_MAX + 2];
    struct vc_bytes addresses[VC_ATTESTD_HOSTS_MAX + 2];
    int64_t now = (int64_t)time(nullptr);
    struct vc_cert_order order = {
        .subject_key = key,
        .common_name = "veracruz attestation service",
        .dns_names = names,
        .ip_addresses = addresses,
        .not_before = now - BACKDATE_S,
        .not_after = now + CERTIFICATE_LIFE_S,
    };

    for (size_t i = 0; i < service->host_count; i++) {
        const struct vc_host *host = &service->hosts[i];

        if (host->address_size > 0) {
            addresses[order.ip_address_count++] =
                (struct vc_bytes){host->address, host->address_size};
        } else {
            names[order.dns_name_count++] = host->name;
        }
    }
    return vc_cert_issue(vc_attestd_ca(service->state), vc_attestd_ca_key(service->state), &order,
                         cert, err);
}

/* A fresh key and certificate for TLS; the first time, the server's settings too. */
static enum vc_code renew_own(struct vc_attestd *service, struct vc_err *err)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    enum vc_code code = vc_key_new(&key, err);

    if (code == VC_OK)
        code = issue_own(service, key, &cert, err);
    if (code != VC_OK)
        return code;
    if (service->tls == nullptr)
        return vc_tls_new_server(cert, key, nullptr, nullptr, &service->tls, err);
    return vc_tls_replace_certificate(service->tls, cert, key, err);
}

static void renew(void *user)
{
    struct vc_attestd *service = user;

    service->renewal = nullptr;
    /* The certificate in use is good for weeks: tomorrow is another day. */
    (void)!renew_own(service, nullptr);
    (void)!vc_loop_after(service->loop, RENEW_MS, renew, service, &service->renewal, nullptr);
}

enum vc_code vc_attestd_new(struct vc_loop *loop, int listener,
                            const struct vc_attestd_state *state,
                            const struct vc_attestd_hosts *hosts, struct vc_attestd **service,
                            struct vc_err *err)
{
    vc_cleanup(vc_attestd_freep) struct vc_attestd *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->loop = loop;
    made->state = state;
    code = take_hosts(made, hosts, err);
    if (code == VC_OK)
        code = vc_nonces_new(&made->nonces, err);
    if (code == VC_OK)
        code = renew_own(made, err);
    if (code == VC_OK)
        code = vc_loop_after(loop, RENEW_MS, renew, made, &made->renewal, err);
    if (code == VC_OK) {
        code = vc_http_server_new(loop, listener, made->tls, &LIMITS, &HANDLER, made, &made->server,
                                  err);
    }
    if (code == VC_OK)
        *service = vc_take(made);
    return code;
}

void vc_attestd_free(struct vc_attestd *service)
{
    if (service == nullptr)
        return;
    vc_http_server_free(service->server); /* first: it closes exchanges, which count */
    vc_timer_cancel(service->renewal);
    vc_tls_free(service->tls);
    vc_nonces_free(service->nonces);
    free(service);
}
