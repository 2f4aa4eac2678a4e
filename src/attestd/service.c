/* SPDX-License-Identifier: MIT */

#include "attestd/service.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "attestd/answer_log.h"
#include "attestd/answer_tpm.h"
#include "net/http_server.h"

static constexpr int64_t BACKDATE_S = 60;
static constexpr int64_t CERTIFICATE_LIFE_S = INT64_C(30) * 86400;
static constexpr uint64_t RENEW_MS = 86400000;
static constexpr size_t BODIES_SIZE_MAX = 64 << 20; /* bytes of requests held at once */
static constexpr uint64_t SAVE_MS = 1000;           /* until the log's head is stored */
static constexpr uint64_t REQUEST_MS = 20000;       /* from a request's header to its end */
static constexpr size_t WAITING_MAX = 512;          /* certificates that wait for the log */
static_assert(WAITING_MAX < VC_LOGBOOK_BATCH_MAX);  /* beside them, refusals that are entries */

static const struct vc_http_server_limits LIMITS = {.connections = VC_ATTESTD_CONNECTIONS_MAX,
                                                    .connections_per_origin =
                                                        VC_ATTESTD_CONNECTIONS_PER_ORIGIN,
                                                    .streams_per_connection = 2,
                                                    .handshake_ms = 10000,
                                                    .idle_ms = VC_NONCE_LIFE_MS + 5000,
                                                    .life_ms = 300000};
static_assert(WAITING_MAX >= VC_ATTESTD_CONNECTIONS_MAX * 2);

/* One request while it arrives, and while its answer waits for the log. */
struct request {
    TAILQ_ENTRY(request) entry; /* only while it waits */
    struct vc_attestd *service;
    struct vc_http_exchange *exchange;
    const struct route *route;
    struct vc_buffer body;
    struct vc_timer *deadline;
    bool waits;
    struct vc_answer answer;
};

TAILQ_HEAD(requests, request);

struct vc_attestd {
    struct vc_loop *loop;
    const struct vc_attestd_state *state;
    struct vc_host hosts[VC_ATTESTD_HOSTS_MAX + 2];
    size_t host_count;
    struct vc_notices notices;
    uint64_t request_ms;
    const struct vc_releases *releases;
    struct vc_nonces *nonces;
    struct vc_activations *activations;
    struct vc_material *material;
    struct vc_logbook *book;
    struct vc_record record;
    struct requests waiting; /* for the log's next commit */
    struct vc_timer *commit;
    struct vc_timer *save;
    struct vc_tls *tls;
    struct vc_http_server *server;
    struct vc_timer *renewal;
    size_t bodies_size; /* bytes of requests held now */
};

static const struct route {
    const char *path, *method;
    void (*post)(const struct vc_occasion *occasion, struct vc_bytes body,
                 struct vc_answer *answer);
    void (*get)(const struct vc_occasion *occasion, const char *query, struct vc_answer *answer);
} routes[] = {
    {"/v1/nonces", "POST", vc_answer_nonce, nullptr},
    {"/v1/certificates", "POST", vc_answer_certificate, nullptr},
    {"/v1/appraisals", "POST", vc_answer_appraisal, nullptr},
    {"/v1/tpm/credentials", "POST", vc_answer_tpm_credential, nullptr},
    {"/v1/keys", "GET", nullptr, vc_answer_keys},
    {"/v1/log/head", "GET", nullptr, vc_answer_log_head},
    {"/v1/log/entries", "GET", nullptr, vc_answer_log_entries},
    {"/v1/log/growth", "GET", nullptr, vc_answer_log_growth},
    {"/v1/log/inclusion", "GET", nullptr, vc_answer_log_inclusion},
};

/* ---- answers ---- */

static void release_answer(void *owner)
{
    struct vc_answer *answer = owner;

    vc_answer_done(answer);
    free(answer);
}

static const char *type_of(const struct vc_answer *answer)
{
    if (answer->status >= 400)
        return "application/problem+json";
    return answer->is_lines ? "application/jsonl" : "application/json";
}

/* Takes over *content; `allow` is for status 405. */
static void respond(struct vc_http_exchange *exchange, struct vc_answer *content, const char *allow)
{
    const struct vc_http_field fields[] = {
        {"content-type", type_of(content)},
        {"cache-control", "no-store"},
        {"allow", allow},
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
    respond(exchange, &answer, "");
}

static void forget(struct vc_http_exchange *exchange)
{
    struct request *request = vc_http_context(exchange);

    vc_http_set_context(exchange, nullptr);
    if (request == nullptr)
        return;
    request->service->bodies_size -= request->body.size;
    if (request->waits)
        TAILQ_REMOVE(&request->service->waiting, request, entry);
    vc_timer_cancel(request->deadline);
    vc_answer_done(&request->answer);
    vc_buffer_done(&request->body);
    free(request);
}

/* ---- requests ---- */

/* Who sends slowly holds memory and a stream: not for ever. */
static void give_up(void *user)
{
    struct request *request = user;
    struct vc_http_exchange *exchange = request->exchange;

    request->deadline = nullptr;
    forget(exchange);
    refuse(exchange, 408, "timeout", "the request took too long to arrive");
}

/* Null: the path, as sent, names nothing. */
static const struct route *find_route(const char *target)
{
    size_t size = strcspn(target, "?");

    for (size_t i = 0; i < VC_COUNT(routes); i++) {
        if (strlen(routes[i].path) == size && strncmp(routes[i].path, target, size) == 0 &&
            (target[size] == '\0' || routes[i].get != nullptr))
            return &routes[i];
    }
    return nullptr;
}

static enum vc_code begin(struct vc_attestd *service, struct vc_http_exchange *exchange,
                          const struct route *route)
{
    struct request *request = calloc(1, sizeof(*request));
    enum vc_code code;

    if (request == nullptr)
        return VC_MEMORY;
    request->service = service;
    request->exchange = exchange;
    request->route = route;
    code = vc_loop_after(service->loop, service->request_ms, give_up, request, &request->deadline,
                         nullptr);
    if (code == VC_OK)
        vc_http_set_context(exchange, request);
    else
        free(request);
    return code;
}

static void refuse_method(struct vc_http_exchange *exchange, const struct route *route)
{
    struct vc_answer answer = {};

    vc_answer_problem(405, "method", "this resource has another method", &answer);
    respond(exchange, &answer, route->method);
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    const struct route *route = find_route(vc_http_target(exchange));
    uint64_t size = 0;

    if (route == nullptr) {
        refuse(exchange, 404, "not-found", "there is no such resource");
        return;
    }
    if (strcmp(vc_http_method(exchange), route->method) != 0) {
        refuse_method(exchange, route);
        return;
    }
    if (vc_http_content_length(exchange, &size) && size > VC_APPLICATION_SIZE_MAX) {
        refuse(exchange, 413, "limit", "the body is too large");
        return;
    }
    if (begin(user, exchange, route) != VC_OK)
        refuse(exchange, 500, "failed", "the service cannot answer now");
}

static void on_body(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct vc_attestd *service = user;
    struct request *request = vc_http_context(exchange);

    if (request == nullptr)
        return;
    if (request->route->get != nullptr && piece.size > 0) {
        forget(exchange);
        refuse(exchange, 400, "malformed", "a body where none belongs");
        return;
    }
    if (piece.size > VC_APPLICATION_SIZE_MAX - request->body.size) {
        forget(exchange);
        refuse(exchange, 413, "limit", "the body is too large");
        return;
    }
    if (piece.size > BODIES_SIZE_MAX - service->bodies_size ||
        vc_buffer_append(&request->body, piece, nullptr) != VC_OK) {
        forget(exchange);
        refuse(exchange, 429, "limit", "the service is busy: try again");
        return;
    }
    service->bodies_size += piece.size;
}

/* ---- the log ---- */

static void tell(const struct vc_attestd *service, const char *line)
{
    if (service->notices.tell != nullptr)
        service->notices.tell(service->notices.user, line);
}

static void save(void *user)
{
    struct vc_attestd *service = user;
    struct vc_err err = {};

    service->save = nullptr;
    if (vc_logbook_save(service->book, &err) != VC_OK)
        tell(service, err.text);
}

/* Everything that gathered since the last time goes to the disk at once; then it may go out. */
static void commit(void *user)
{
    struct vc_attestd *service = user;
    struct request *request;
    struct vc_err err = {};
    enum vc_code code;

    service->commit = nullptr;
    code = vc_logbook_commit(service->book, (int64_t)time(nullptr), &err);
    if (code == VC_OK && service->save == nullptr)
        code = vc_loop_after(service->loop, SAVE_MS, save, service, &service->save, &err);
    if (code != VC_OK)
        tell(service, err.text);
    while ((request = TAILQ_FIRST(&service->waiting)) != nullptr) {
        struct vc_http_exchange *exchange = request->exchange;
        struct vc_answer answer;

        vc_answer_settle(&request->answer, service->book, code);
        answer = request->answer;
        request->answer = (struct vc_answer){};
        forget(exchange);
        respond(exchange, &answer, "");
    }
}

static enum vc_code schedule_commit(struct vc_attestd *service)
{
    if (service->commit != nullptr || vc_logbook_waiting(service->book) == 0)
        return VC_OK;
    return vc_loop_after(service->loop, 0, commit, service, &service->commit, nullptr);
}

static void wait_for_log(struct vc_attestd *service, struct request *request)
{
    TAILQ_INSERT_TAIL(&service->waiting, request, entry);
    request->waits = true;
    vc_timer_cancel(vc_take(request->deadline));
}

/* *anchors must live as long as the occasion. */
static enum vc_code make_occasion(struct vc_attestd *service, struct vc_http_exchange *exchange,
                                  struct vc_session_anchors *anchors, struct vc_occasion *occasion)
{
    uint64_t now_ms = vc_loop_now_ms();

    vc_material_refresh(service->material, now_ms);
    *occasion = (struct vc_occasion){
        .appraiser = {.ca = vc_attestd_ca(service->state),
                      .ca_key = vc_attestd_ca_key(service->state),
                      .anchors = &anchors->anchors,
                      .collateral = vc_material_collateral(service->material),
                      .gather = vc_material_gather,
                      .gather_user = service->material,
                      .now = (int64_t)time(nullptr),
                      .releases = service->releases},
        .nonces = service->nonces,
        .activations = service->activations,
        .record = &service->record,
        .now_ms = now_ms,
    };
    vc_session_anchors_set(anchors, vc_material_anchors(service->material), service->activations,
                           &(struct vc_activation_session){occasion->exporter, now_ms});
    return vc_http_exporter(exchange, VC_ENROL_EXPORTER, occasion->exporter,
                            sizeof(occasion->exporter), nullptr);
}

static void answer(const struct request *request, const struct vc_occasion *occasion,
                   struct vc_answer *answer)
{
    const char *target = vc_http_target(request->exchange);
    const char *query = strchr(target, '?');

    if (request->route->get != nullptr)
        request->route->get(occasion, query == nullptr ? "" : query + 1, answer);
    else
        request->route->post(occasion, vc_buffer_bytes(&request->body), answer);
}

static void on_end(void *user, struct vc_http_exchange *exchange)
{
    struct vc_attestd *service = user;
    struct request *request = vc_http_context(exchange);
    struct vc_session_anchors anchors;
    struct vc_occasion occasion;
    struct vc_answer now = {};

    if (request == nullptr)
        return;
    if (make_occasion(service, exchange, &anchors, &occasion) == VC_OK)
        answer(request, &occasion, &now);
    else
        vc_answer_problem(500, "failed", "the service cannot answer now", &now);
    request->answer = now;
    if (schedule_commit(service) != VC_OK)
        vc_answer_settle(&request->answer, service->book, VC_MEMORY);
    if (request->answer.status == 0) {
        wait_for_log(service, request);
        return;
    }
    now = request->answer;
    request->answer = (struct vc_answer){};
    forget(exchange);
    respond(exchange, &now, "");
}

static void on_close(void *, struct vc_http_exchange *exchange)
{
    forget(exchange);
}

static const struct vc_http_handler HANDLER = {
    .on_request = on_request, .on_body = on_body, .on_end = on_end, .on_close = on_close};

/* ---- the service ---- */

static enum vc_code take_hosts(struct vc_attestd *service, const struct vc_attestd_setup *setup,
                               struct vc_err *err)
{
    static const char *const always[] = {"localhost", "127.0.0.1"};
    enum vc_code code = VC_OK;

    if (setup->host_count > VC_ATTESTD_HOSTS_MAX) {
        return vc_fail(err, VC_LIMIT, "%zu hosts, at most %zu", setup->host_count,
                       VC_ATTESTD_HOSTS_MAX);
    }
    for (size_t i = 0; code == VC_OK && i < VC_COUNT(always); i++)
        code = vc_host_parse(always[i], &service->hosts[service->host_count++], err);
    for (size_t i = 0; code == VC_OK && i < setup->host_count; i++) {
        code = vc_host_parse(setup->hosts[i], &service->hosts[service->host_count++], err);
        if (code != VC_OK)
            code = vc_fail_in(err, code, "%.100s", setup->hosts[i]);
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

static enum vc_code open_files(struct vc_attestd *service, struct vc_err *err)
{
    const struct vc_attestd_state *state = service->state;
    const struct vc_logbook_setup setup = {.folder = vc_attestd_log_folder(state),
                                           .ca = vc_attestd_ca(state),
                                           .ca_key = vc_attestd_ca_key(state),
                                           .now = (int64_t)time(nullptr)};
    enum vc_code code = vc_logbook_open(&setup, &service->book, err);

    if (code == VC_OK)
        code =
            vc_material_open(vc_attestd_folder(state), service->notices, &service->material, err);
    service->record =
        (struct vc_record){.book = service->book, .path = vc_attestd_record_path(state)};
    return code;
}

enum vc_code vc_attestd_new(const struct vc_attestd_setup *setup, struct vc_attestd **service,
                            struct vc_err *err)
{
    vc_cleanup(vc_attestd_freep) struct vc_attestd *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->loop = setup->loop;
    made->state = setup->state;
    made->notices = setup->notices;
    made->request_ms = setup->request_ms == 0 ? REQUEST_MS : setup->request_ms;
    made->releases = setup->releases;
    TAILQ_INIT(&made->waiting);
    code = take_hosts(made, setup, err);
    if (code == VC_OK)
        code = open_files(made, err);
    if (code == VC_OK)
        code = vc_nonces_new(&made->nonces, err);
    if (code == VC_OK)
        code = vc_activations_new(&made->activations, err);
    if (code == VC_OK)
        code = renew_own(made, err);
    if (code == VC_OK)
        code = vc_loop_after(made->loop, RENEW_MS, renew, made, &made->renewal, err);
    if (code == VC_OK) {
        code = vc_http_server_new(made->loop, setup->listener, made->tls, &LIMITS, &HANDLER, made,
                                  &made->server, err);
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
    vc_timer_cancel(service->commit);
    vc_timer_cancel(service->save);
    if (service->book != nullptr) /* refusals: nobody waits for them any more */
        (void)!vc_logbook_commit(service->book, (int64_t)time(nullptr), nullptr);
    vc_logbook_close(service->book);
    vc_material_close(service->material);
    vc_tls_free(service->tls);
    vc_nonces_free(service->nonces);
    vc_activations_free(service->activations);
    free(service);
}
