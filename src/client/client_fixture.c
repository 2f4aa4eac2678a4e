/* SPDX-License-Identifier: MIT */

/* Policies, identities and hostile servers for the tests of this room. */

#include "client/client_fixture.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/hex.h"
#include "client/identity.h"
#include "client/stream_player.h"
#include "net/http_client.h"
#include "policy/draft.h"

static constexpr int64_t DAY_S = 86400;

/* In fixtures a failure is a bug of the test. */
static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "fixture: %s\n", what);
    abort();
}

static int64_t now(void)
{
    return (int64_t)time(nullptr);
}

static void store(const char *path, struct vc_buffer *text, mode_t mode)
{
    must(vc_file_store(path, vc_buffer_bytes(text), mode, nullptr) == VC_OK, path);
}

void client_fixture_check_answers(struct client_fixture *fixture,
                                  const struct client_answer_row *rows, size_t count,
                                  enum vcc_status (*use)(vcc_client *client, int verb,
                                                         struct vcc_error *error))
{
    for (size_t i = 0; i < count; i++) {
        const struct client_answer_row *row = &rows[i];
        struct vcc_error error = {};

        client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &row->answer, 1);
        vcc_client *client = client_fixture_connect(fixture);
        enum vcc_status status = use(client, row->verb, &error);

        if (status != row->expect)
            fail_msg("%s: %d, wanted %d: %s", row->name, status, row->expect, error.text);
        if (status != VCC_OK && (error.status != status || error.text[0] == '\0'))
            fail_msg("%s: the error has %d: %s", row->name, error.status, error.text);
        vcc_close(client);
    }
}

void client_fixture_path(const struct client_fixture *fixture, const char *name, char path[128])
{
    (void)snprintf(path, 128, "%s/%s", fixture->folder, name);
}

/* PREFIX.crt and PREFIX.key; the certificate's PEM is appended to `pem`. */
static void make_identity(const char *prefix, struct vc_buffer *pem)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer secret = {};
    char path[128];

    must(vc_key_new(&key, nullptr) == VC_OK, "key");
    must(vc_cert_new_identity(key, "bank", now() - 60, now() + DAY_S, &cert, nullptr) == VC_OK,
         "identity");
    must(vc_cert_encode_pem(cert, pem, nullptr) == VC_OK, "PEM");
    must(vc_key_encode_private_pem(key, &secret, nullptr) == VC_OK, "PEM");
    (void)snprintf(path, sizeof(path), "%s.crt", prefix);
    store(path, pem, 0644);
    (void)snprintf(path, sizeof(path), "%s.key", prefix);
    store(path, &secret, 0600);
}

static void make_other_ca(struct vc_key **key, struct vc_cert **ca)
{
    must(vc_key_new(key, nullptr) == VC_OK, "key");
    must(vc_cert_new_ca(*key, "service", now() - DAY_S, now() + DAY_S, ca, nullptr) == VC_OK, "CA");
}

/* Streams of each kind between the client's principal and another one. */
static void add_streams(struct vc_buffer *policy)
{
    static const char streams[] =
        ",\"streams\":{"
        "\"up\":{\"producer\":{\"principal\":\"bank\"},\"consumers\":[{\"principal\":\"shop\"}],"
        "\"partial\":true,\"window_bytes\":65536,\"resume_seconds\":5,\"uses\":1000},"
        "\"down\":{\"producer\":{\"principal\":\"shop\"},\"consumers\":[{\"principal\":\"bank\"}],"
        "\"partial\":true,\"window_bytes\":65536,\"resume_seconds\":5,\"uses\":1000},"
        "\"up.padded\":{\"producer\":{\"principal\":\"bank\"},\"consumers\":[{\"principal\":"
        "\"shop\"}],\"records\":\"lines\",\"record_bytes\":40,\"padded\":true,"
        "\"window_bytes\":65536,\"resume_seconds\":5,\"digest\":\"sha-256\"},"
        "\"down.padded\":{\"producer\":{\"principal\":\"shop\"},\"consumers\":[{\"principal\":"
        "\"bank\"}],\"records\":\"lines\",\"record_bytes\":40,\"padded\":true,\"partial\":true,"
        "\"window_bytes\":65536,\"resume_seconds\":5,\"digest\":\"sha-256\"}}}";

    while (policy->data[policy->size - 1] != '}')
        policy->size--;
    policy->size--;
    must(vc_buffer_append_text(policy, streams, nullptr) == VC_OK, "memory");
}

/* Keys of this principal, and one of another. */
static void add_keys(struct vc_buffer *policy)
{
    static const char keys[] =
        ",\"keys\":{"
        "\"ledger\":{\"owner\":\"bank\",\"id\":1,\"type\":\"aes\",\"bits\":128,\"usage\":"
        "[\"decrypt\"],\"algorithm\":\"gcm\",\"programs\":[\"psi\"]},"
        "\"receipt\":{\"owner\":\"bank\",\"id\":2,\"type\":\"p256-public\",\"usage\":"
        "[\"verify-hash\"],\"algorithm\":\"ecdsa-any\",\"programs\":[\"psi\"]},"
        "\"sales\":{\"owner\":\"shop\",\"id\":3,\"type\":\"aes\",\"bits\":128,\"usage\":"
        "[\"decrypt\"],\"algorithm\":\"gcm\",\"programs\":[\"psi\"]}}}";

    while (policy->data[policy->size - 1] != '}')
        policy->size--;
    policy->size--;
    must(vc_buffer_append_text(policy, keys, nullptr) == VC_OK, "memory");
}

/* What this principal may narrow. */
static void add_narrowing(struct vc_buffer *policy)
{
    static const char rules[] =
        ",\"narrowing\":["
        "{\"principal\":\"bank\",\"may\":[\"take\",\"read_once\"],\"path\":\"/output/\"},"
        "{\"principal\":\"bank\",\"may\":[\"expires\",\"freeze_inputs\",\"runs\",\"withdraw\"]}]}";

    while (policy->data[policy->size - 1] != '}')
        policy->size--;
    policy->size--;
    must(vc_buffer_append_text(policy, rules, nullptr) == VC_OK, "memory");
}

static void make_policy(struct client_fixture *fixture, const char *identity_pem,
                        const char *other_pem)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer ca = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    char measurement[2 * VC_SHA256_SIZE + 1] = {};
    const struct vc_policy_draft_platform platform = {.name = "process",
                                                      .measurements =
                                                          (const char *const[]){measurement},
                                                      .measurement_count = 1};
    char expires[VC_SHA256_SIZE] = "2099-01-01T00:00:00Z";
    struct vc_err err = {};

    memset(measurement, '7', sizeof(measurement) - 1);
    must(vc_cert_encode_pem(fixture->session.ca, &ca, nullptr) == VC_OK, "PEM");
    must(vc_buffer_append(&ca, VC_BYTES(""), nullptr) == VC_OK, "memory");
    struct vc_policy_draft draft = {
        .name = "test",
        .expires = expires,
        .attestation_url = "https://127.0.0.1:4000",
        .attestation_ca = (const char *)ca.data,
        .platforms = &platform,
        .platform_count = 1,
        .principals =
            (const struct vc_policy_draft_principal[]){{"bank", identity_pem}, {"shop", other_pem}},
        .principal_count = 2,
        .programs =
            (const struct vc_policy_draft_program[]){
                {.name = "psi", .path = "/program/psi.wasm", .sha256 = measurement}},
        .program_count = 1,
        .rights = (const struct vc_policy_draft_right[]){{.who = "shop",
                                                          .may = (const char *const[]){"read"},
                                                          .may_count = 1,
                                                          .path = "/output/"},
                                                         {.who = "psi",
                                                          .may = (const char *const[]){"write"},
                                                          .may_count = 1,
                                                          .path = "/output/"},
                                                         {.who = "bank",
                                                          .may = (const char *const[]){"write"},
                                                          .may_count = 1,
                                                          .path = "/input/"}},
        .right_count = 3,
        .storage = (const struct vc_policy_draft_setting[]){{"file_bytes", "1000000"}},
        .storage_count = 1,
    };

    if (vc_policy_draft_encode(&draft, &text, &err) != VC_OK)
        must(false, err.text);
    add_streams(&text);
    add_keys(&text);
    add_narrowing(&text);
    store(fixture->policy_path, &text, 0644);
    vc_sha256(vc_buffer_bytes(&text), fixture->session.policy_hash);
}

/* A socket that listens on loopback, and its address. */
static int listen_somewhere(char address_text[32])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    struct sockaddr *generic = (struct sockaddr *)(void *)&address;

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    must(listener >= 0 && bind(listener, generic, size) == 0 && listen(listener, 16) == 0 &&
             getsockname(listener, generic, &size) == 0,
         "listener");
    (void)snprintf(address_text, 32, "127.0.0.1:%u", ntohs(address.sin_port));
    return listener;
}

int client_fixture_setup(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer stranger = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer shop = {};
    struct client_fixture *fixture = calloc(1, sizeof(*fixture));
    char prefix[128];

    must(fixture != nullptr, "memory");
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/veracruz-client-XXXXXX");
    must(mkdtemp(fixture->folder) != nullptr, "folder");
    client_fixture_path(fixture, "policy.json", prefix);
    (void)snprintf(fixture->policy_path, sizeof(fixture->policy_path), "%.95s", prefix);
    client_fixture_path(fixture, "bank", prefix);
    (void)snprintf(fixture->identity_path, sizeof(fixture->identity_path), "%.95s", prefix);
    make_identity(fixture->identity_path, &pem);
    client_fixture_path(fixture, "stranger", prefix);
    make_identity(prefix, &stranger);
    client_fixture_path(fixture, "shop", prefix);
    make_identity(prefix, &shop);
    client_fixture_path(fixture, "log", prefix);
    (void)snprintf(fixture->log_folder, sizeof(fixture->log_folder), "%.95s", prefix);
    session_fixture_init(&fixture->session, now());
    make_other_ca(&fixture->other_key, &fixture->other_ca);
    must(vc_buffer_append(&pem, VC_BYTES(""), nullptr) == VC_OK &&
             vc_buffer_append(&shop, VC_BYTES(""), nullptr) == VC_OK,
         "memory");
    make_policy(fixture, (const char *)pem.data, (const char *)shop.data);
    fixture->listener = listen_somewhere(fixture->container);
    fixture->seen = mmap(nullptr, sizeof(*fixture->seen), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(fixture->seen != MAP_FAILED, "memory");
    *state = fixture;
    return 0;
}

static void remove_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;

    while (directory != nullptr && (entry = readdir(directory)) != nullptr)
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory != nullptr)
        (void)closedir(directory);
    (void)rmdir(folder);
}

int client_fixture_teardown(void **state)
{
    struct client_fixture *fixture = *state;

    client_fixture_stop(fixture);
    remove_folder(fixture->log_folder);
    remove_folder(fixture->folder);
    (void)close(fixture->listener);
    (void)munmap(fixture->seen, sizeof(*fixture->seen));
    session_fixture_done(&fixture->session);
    vc_key_free(fixture->other_key);
    vc_cert_free(fixture->other_ca);
    free(fixture);
    return 0;
}

/* ------------------------------------------------------------------------- the server's process */

struct server {
    const struct session_fixture *session;
    enum client_evidence evidence;
    struct vc_cert *shown, *renewed; /* `shown` is in the log one before `renewed` */
    struct vc_buffer question;       /* the body of a request for evidence */
    const struct vc_key *key;        /* of `shown` */
    int listener;
    const char *victim, *accomplice; /* address of the one behind; an identity that it lets in */
    const struct client_answer *answers;
    size_t count;
    struct stream_player *player; /* null, or who answers for streams */
    struct client_seen *seen;
    struct vc_sha256_stream *digest;
    struct vc_loop *loop;
};

static void copy_text(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text != nullptr ? text : "");
}

static void die(void *)
{
    _exit(0);
}

static bool asks_for_evidence(const struct vc_http_exchange *exchange)
{
    return strcmp(vc_http_target(exchange), "/v1/attestation") == 0;
}

static bool is_played(const struct server *server, const struct vc_http_exchange *exchange)
{
    return server->player != nullptr && strncmp(vc_http_target(exchange), "/v1/streams", 11) == 0;
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct server *server = user;
    struct client_seen *seen = server->seen;

    if (is_played(server, exchange)) {
        stream_player_handler.on_request(server->player, exchange);
        return;
    }

    if (asks_for_evidence(exchange)) {
        seen->attestations++;
        return;
    }
    seen->requests++;
    seen->body_size = 0;
    copy_text(seen->method, sizeof(seen->method), vc_http_method(exchange));
    copy_text(seen->target, sizeof(seen->target), vc_http_target(exchange));
    copy_text(seen->prefer, sizeof(seen->prefer), vc_http_field(exchange, "prefer"));
    copy_text(seen->content_type, sizeof(seen->content_type),
              vc_http_field(exchange, "content-type"));
    vc_sha256_stream_free(vc_take(server->digest));
    must(vc_sha256_stream_new(&server->digest, nullptr) == VC_OK, "digest");
}

static void on_body(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct server *server = user;

    if (asks_for_evidence(exchange)) {
        must(vc_buffer_append(&server->question, piece, nullptr) == VC_OK, "memory");
        return;
    }
    if (is_played(server, exchange)) {
        stream_player_handler.on_body(server->player, exchange, piece);
        return;
    }
    server->seen->body_size += piece.size;
    vc_sha256_stream_add(server->digest, piece);
}

/* The receipt as the server's evidence kind has it. */
static struct vc_log_receipt receipt_for(const struct server *server, bool renewed,
                                         uint64_t log_size)
{
    const struct session_fixture *session = server->session;
    struct session_fixture other = *session;
    uint64_t size = session->leaf_count;
    uint64_t index = renewed ? size - 1 : size - 2;
    struct vc_log_receipt receipt;

    if (server->evidence == CLIENT_EVIDENCE_NOT_IN_LOG)
        index = 0;
    if (server->evidence == CLIENT_EVIDENCE_OTHER_LOG)
        other.leaves[0][0] ^= 1;
    receipt = session_fixture_receipt(&other, index, size, log_size);
    if (server->evidence == CLIENT_EVIDENCE_NO_GROWTH) {
        receipt.since = 0;
        receipt.growth.count = 0;
    }
    return receipt;
}

static void bend_evidence(const struct server *server, const struct vc_session_scene *scene,
                          struct vc_session_answer *answer)
{
    struct session_fixture other = *server->session;

    if (server->evidence != CLIENT_EVIDENCE_OTHER_MACHINE)
        return;
    other.machine_key = other.shown_key;
    vc_session_answer_done(answer);
    session_fixture_answer(&other, scene, answer);
}

static void make_evidence(struct server *server, const struct vc_http_exchange *exchange,
                          struct vc_buffer *json)
{
    bool renewed = server->evidence == CLIENT_EVIDENCE_RENEWED && server->seen->attestations > 1;
    uint8_t exporter[VC_EXPORTER_SIZE];
    struct vc_session_request request;
    struct vc_session_scene scene = {.exporter = exporter,
                                     .shown = server->shown,
                                     .current = renewed ? server->renewed : server->shown,
                                     .policy_hash = server->session->policy_hash,
                                     .node = ""};
    struct vc_session_answer answer;

    must(vc_session_request_parse(vc_buffer_bytes(&server->question), &request, nullptr) == VC_OK,
         "question");
    must(vc_http_exporter_for(exchange, VC_SESSION_EXPORTER, VC_BYTES(request.nonce), exporter,
                              nullptr) == VC_OK,
         "exporter");
    if (server->evidence == CLIENT_EVIDENCE_OTHER_SESSION)
        exporter[0] ^= 1;
    scene.nonce = request.nonce;
    session_fixture_answer(server->session, &scene, &answer);
    bend_evidence(server, &scene, &answer);
    answer.receipt = receipt_for(server, renewed, request.log_size);
    must(vc_session_answer_encode(&answer, json, nullptr) == VC_OK, "answer");
    vc_session_answer_done(&answer);
}

static enum vc_code accept_any(void *, const struct vc_cert *, struct vc_err *)
{
    return VC_OK;
}

/* Passes the question on, and brings the genuine answer back. */
static void relay_evidence(const struct server *server, struct vc_buffer *json)
{
    vc_cleanup(vc_http_client_freep) struct vc_http_client *client = nullptr;
    vc_cleanup(vc_tls_freep) struct vc_tls *tls = nullptr;
    vc_cleanup(vc_identity_done) struct vc_identity identity = {};
    struct vc_http_source source = {.bytes = vc_buffer_bytes(&server->question)};
    struct vc_http_call call = {
        .method = "POST", .target = "/v1/attestation", .source = &source, .idle_timeout_ms = 10000};
    struct vc_http_answer answer = {};

    must(vc_identity_load(server->accomplice, &identity, nullptr) == VC_OK, "accomplice");
    must(vc_tls_new_client(identity.cert, identity.key, accept_any, nullptr, &tls, nullptr) ==
             VC_OK,
         "TLS");
    must(vc_http_client_connect(server->victim, "victim", tls, 10000, &client, nullptr) == VC_OK,
         "victim");
    must(vc_http_client_call(client, &call, &answer, nullptr) == VC_OK && answer.status == 200,
         "relay");
    *json = answer.body;
    vc_buffer_done(&answer.fields);
}

/* The texts live as long as the process. */
static void answer_evidence(struct server *server, struct vc_http_exchange *exchange)
{
    struct vc_buffer json = {};
    struct vc_http_body body = {};

    if (server->evidence == CLIENT_EVIDENCE_GARBAGE)
        body.bytes = VC_BYTES("evidence");
    if (server->evidence == CLIENT_EVIDENCE_RELAYED) {
        relay_evidence(server, &json);
        body.bytes = vc_buffer_bytes(&json);
    }
    if (server->evidence != CLIENT_EVIDENCE_NONE && body.bytes.size == 0) {
        make_evidence(server, exchange, &json);
        body.bytes = vc_buffer_bytes(&json);
    }
    vc_buffer_done(&server->question);
    must(vc_http_respond(exchange, body.bytes.size == 0 ? 404 : 200, nullptr, 0, body, nullptr) ==
             VC_OK,
         "respond");
}

static void answer_next(struct server *server, struct vc_http_exchange *exchange)
{
    size_t turn = server->seen->ends++;
    const struct client_answer *answer =
        &server->answers[turn < server->count ? turn : server->count - 1];
    struct vc_http_field fields[2];
    size_t count = 0;
    struct vc_http_body body = {};
    struct vc_timer *timer;

    vc_sha256_stream_end(server->digest, server->seen->body_sha256);
    if (answer->content_type != nullptr)
        fields[count++] = (struct vc_http_field){"content-type", answer->content_type};
    if (answer->etag != nullptr)
        fields[count++] = (struct vc_http_field){"etag", answer->etag};
    if (answer->body != nullptr) {
        body.bytes = (struct vc_bytes){(const uint8_t *)answer->body, strlen(answer->body)};
    } else if (answer->body_size > 0) {
        body.bytes = (struct vc_bytes){
            mmap(nullptr, answer->body_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            answer->body_size};
    }
    if (answer->dies)
        must(vc_loop_after(server->loop, 2, die, nullptr, &timer, nullptr) == VC_OK, "timer");
    must(vc_http_respond(exchange, answer->status, fields, count, body, nullptr) == VC_OK,
         "respond");
}

static void on_end(void *user, struct vc_http_exchange *exchange)
{
    struct server *server = user;

    if (asks_for_evidence(exchange))
        answer_evidence(server, exchange);
    else if (is_played(server, exchange))
        stream_player_handler.on_end(server->player, exchange);
    else
        answer_next(server, exchange);
}

static void on_close(void *user, struct vc_http_exchange *exchange)
{
    struct server *server = user;

    if (is_played(server, exchange))
        stream_player_handler.on_close(server->player, exchange);
}

static void on_credit(void *user, struct vc_http_exchange *exchange)
{
    struct server *server = user;

    stream_player_handler.on_credit(server->player, exchange);
}

static struct vc_cert *issue(struct client_fixture *fixture, enum client_certificate kind)
{
    const struct session_fixture *session = &fixture->session;
    char name[VC_ATTESTED_NAME_MAX];
    const char *names[] = {name};
    struct vc_attested attested = session_fixture_attested(session);
    vc_cleanup(vc_buffer_done) struct vc_buffer extension = {};
    bool other_ca = kind == CLIENT_CERTIFICATE_OTHER_CA;
    struct vc_cert *cert = nullptr;

    attested.verified_at = now() - 10;
    if (kind == CLIENT_CERTIFICATE_OTHER_MEASUREMENT)
        attested.measurement.bytes[0] ^= 1;
    if (kind == CLIENT_CERTIFICATE_OTHER_POLICY)
        attested.policy_hash[0] ^= 1;
    if (kind == CLIENT_CERTIFICATE_OLD)
        attested.verified_at -= 7200;
    vc_attested_name(session->policy_hash, name);
    must(vc_attested_encode(&attested, &extension, nullptr) == VC_OK, "extension");
    struct vc_cert_order order = {
        .subject_key = session->shown_key,
        .common_name = "container",
        .dns_names = names,
        .dns_name_count = kind == CLIENT_CERTIFICATE_NO_NAME ? 0 : 1,
        .not_before = now() - 3000,
        .not_after =
            kind == CLIENT_CERTIFICATE_EXPIRED ? now() - 1000 : now() + CLIENT_FIXTURE_LIFE_S,
        .extension_oid = kind == CLIENT_CERTIFICATE_NO_EXTENSION ? nullptr : VC_ATTESTED_OID,
        .extension_value = vc_buffer_bytes(&extension),
    };

    must(vc_cert_issue(other_ca ? fixture->other_ca : session->ca,
                       other_ca ? fixture->other_key : session->ca_key, &order, &cert,
                       nullptr) == VC_OK,
         "certificate");
    if (kind != CLIENT_CERTIFICATE_NO_EXTENSION)
        session_fixture_log(&fixture->session, cert);
    return cert;
}

/* What the container gets when the one that it shows grows old. */
static struct vc_cert *issue_renewed(struct client_fixture *fixture)
{
    struct vc_attested attested = session_fixture_attested(&fixture->session);

    attested.verified_at = now() + CLIENT_FIXTURE_LATER_S - 10;
    return session_fixture_issue(&fixture->session, fixture->session.renewed_key, &attested,
                                 2 * CLIENT_FIXTURE_LATER_S);
}

[[noreturn]] static void serve(struct server *server)
{
    static const struct vc_http_handler handler = {.on_request = on_request,
                                                   .on_body = on_body,
                                                   .on_end = on_end,
                                                   .on_close = on_close,
                                                   .on_credit = on_credit};
    static const struct vc_http_server_limits limits = {
        .connections = 16, .streams_per_connection = 16, .handshake_ms = 10000, .idle_ms = 60000};
    struct vc_tls *tls = nullptr;
    struct vc_http_server *http = nullptr;

    must(vc_loop_new(&server->loop, nullptr) == VC_OK, "loop");
    must(vc_tls_new_server(server->shown, server->key, accept_any, nullptr, &tls, nullptr) == VC_OK,
         "TLS");
    must(vc_http_server_new(server->loop, server->listener, tls, &limits, &handler, server, &http,
                            nullptr) == VC_OK,
         "server");
    must(vc_loop_run(server->loop, nullptr) == VC_OK, "loop");
    _exit(0);
}

/* Starts the genuine container behind, and gives the server what its operator can have: a genuine
 * certificate for another key. */
static void stand_between(struct client_fixture *fixture, struct server *server, char victim[32],
                          struct vc_cert **own)
{
    struct vc_attested attested = session_fixture_attested(&fixture->session);
    struct server behind = *server;
    struct client_seen apart = {};

    behind.listener = listen_somewhere(victim);
    behind.evidence = CLIENT_EVIDENCE_GOOD;
    behind.seen = &apart;
    fixture->victim = fork();
    must(fixture->victim >= 0, "fork");
    if (fixture->victim == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(&behind);
    }
    (void)close(behind.listener);
    *own = session_fixture_issue(&fixture->session, fixture->session.renewed_key, &attested,
                                 CLIENT_FIXTURE_LIFE_S);
    server->shown = *own;
    server->key = fixture->session.renewed_key;
    server->victim = victim;
    server->accomplice = fixture->identity_path;
}

void client_fixture_serve(struct client_fixture *fixture, enum client_certificate certificate,
                          const struct client_answer *answers, size_t count)
{
    struct client_seen *seen = fixture->seen;
    vc_cleanup(vc_cert_freep) struct vc_cert *shown = issue(fixture, certificate);
    vc_cleanup(vc_cert_freep) struct vc_cert *renewed = issue_renewed(fixture);
    vc_cleanup(vc_cert_freep) struct vc_cert *own = nullptr;
    char victim[32];
    struct server server = {.session = &fixture->session,
                            .evidence = fixture->evidence,
                            .key = fixture->session.shown_key,
                            .listener = fixture->listener,
                            .shown = shown,
                            .renewed = renewed,
                            .answers = answers,
                            .count = count,
                            .player = fixture->player,
                            .seen = seen};

    client_fixture_stop(fixture);
    memset(seen, 0, sizeof(*seen));
    if (fixture->evidence == CLIENT_EVIDENCE_RELAYED)
        stand_between(fixture, &server, victim, &own);
    fixture->server = fork();
    must(fixture->server >= 0, "fork");
    if (fixture->server > 0)
        return;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(&server);
}

static void stop(pid_t *server)
{
    if (*server <= 0)
        return;
    (void)kill(*server, SIGKILL);
    (void)waitpid(*server, nullptr, 0);
    *server = 0;
}

void client_fixture_stop(struct client_fixture *fixture)
{
    stop(&fixture->server);
    stop(&fixture->victim);
}

struct vcc_options client_fixture_options(const struct client_fixture *fixture)
{
    return (struct vcc_options){.policy_path = fixture->policy_path,
                                .identity_path = fixture->identity_path,
                                .container = fixture->container,
                                .timeout_ms = 10000,
                                .log_folder = fixture->log_folder};
}

vcc_client *client_fixture_connect(struct client_fixture *fixture)
{
    struct vcc_options options = client_fixture_options(fixture);
    struct vcc_error error;
    vcc_client *client = vcc_connect(&options, &error);

    if (client == nullptr)
        must(false, error.text);
    return client;
}
