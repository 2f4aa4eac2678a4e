/* SPDX-License-Identifier: MIT */

/* The service in a process of its own, asked as containers ask it. */

#include "attestd/service.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "attest/attested.h"
#include "attestd/application.h"
#include "attestd/scene_test.h"
#include "base/base64.h"
#include "base/file.h"
#include "net/http_client.h"

static constexpr uint32_t TIMEOUT_MS = 20000;

struct set {
    char folder[64];
    char address[32];
    pid_t child;
    struct vc_attestd_state *state;
    struct scene scene;
};

static int listen_anywhere(char address[32])
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &size), 0);
    (void)snprintf(address, 32, "127.0.0.1:%u", ntohs(name.sin_port));
    return fd;
}

[[noreturn]] static void serve(const struct vc_attestd_state *state, int listener,
                               uint64_t request_ms)
{
    static const char *const names[] = {"attest.example.org", "::1"};
    struct vc_attestd_setup setup = {.listener = listener,
                                     .state = state,
                                     .hosts = names,
                                     .host_count = VC_COUNT(names),
                                     .request_ms = request_ms};
    struct vc_attestd *service = nullptr;
    struct vc_err err = {};

    (void)alarm(60); /* if the test dies, this does too */
    if (vc_loop_new(&setup.loop, &err) != VC_OK ||
        vc_attestd_new(&setup, &service, &err) != VC_OK || vc_loop_run(setup.loop, &err) != VC_OK)
        (void)fprintf(stderr, "service: %s\n", err.text);
    vc_attestd_free(service);
    vc_loop_free(setup.loop);
    _exit(1);
}

static void start_service(struct set *set, uint64_t request_ms)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *machine = nullptr;
    struct vc_endorsement endorsement = {.platform = VC_PLATFORM_PROCESS};
    int listener;

    *set = (struct set){};
    strcpy(set->folder, "/tmp/attestd-service-XXXXXX");
    assert_non_null(mkdtemp(set->folder));
    assert_int_equal(vc_attestd_open(set->folder, time(nullptr), &set->state, nullptr), VC_OK);
    scene_init(&set->scene, vc_attestd_ca(set->state), time(nullptr));
    assert_int_equal(vc_public_key_of_key(set->scene.machine, &machine, nullptr), VC_OK);
    endorsement.key = machine;
    assert_int_equal(vc_attestd_endorse(set->folder, &endorsement, nullptr), VC_OK);
    listener = listen_anywhere(set->address);
    set->child = fork();
    assert_true(set->child >= 0);
    if (set->child == 0)
        serve(set->state, listener, request_ms);
    (void)close(listener);
}

static int make_set(void **state)
{
    static struct set set;

    start_service(&set, 0);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;
    char command[96];

    (void)kill(set->child, SIGKILL);
    (void)waitpid(set->child, nullptr, 0);
    scene_done(&set->scene);
    vc_attestd_close(set->state);
    (void)snprintf(command, sizeof(command), "rm -rf %s", set->folder);
    return system(command); /* NOLINT(cert-env33-c): our own temporary folder */
}

static enum vc_code check_service(void *user, const struct vc_cert *peer, struct vc_err *err)
{
    const struct vc_cert *ca = user;
    struct vc_bytes value;

    if (!vc_cert_has_dns_name(peer, "localhost") ||
        !vc_cert_has_dns_name(peer, "attest.example.org"))
        return vc_fail(err, VC_UNTRUSTED, "a name is missing");
    if (vc_cert_extension(peer, VC_ATTESTED_OID, &value, nullptr) != VC_NOT_FOUND)
        return vc_fail(err, VC_UNTRUSTED, "the service says that it is a container");
    return vc_cert_check_issued(peer, ca, time(nullptr), err);
}

static enum vc_code try_to_connect(const struct set *set, struct vc_http_client **client,
                                   struct vc_err *err)
{
    vc_cleanup(vc_tls_freep) struct vc_tls *tls = nullptr;

    assert_int_equal(vc_tls_new_client(nullptr, nullptr, check_service, set->scene.ca, &tls, err),
                     VC_OK);
    return vc_http_client_connect(set->address, "localhost", tls, TIMEOUT_MS, client, err);
}

static struct vc_http_client *connect_client(const struct set *set)
{
    struct vc_http_client *client = nullptr;
    struct vc_err err = {};

    if (try_to_connect(set, &client, &err) != VC_OK)
        fail_msg("%s", err.text);
    return client;
}

static unsigned call(struct vc_http_client *client, const char *method, const char *target,
                     struct vc_bytes body, struct vc_http_answer *answer)
{
    struct vc_http_source source = {.bytes = body};
    struct vc_http_call request = {.method = method,
                                   .target = target,
                                   .source = body.size > 0 ? &source : nullptr,
                                   .idle_timeout_ms = TIMEOUT_MS};
    struct vc_err err = {};

    *answer = (struct vc_http_answer){};
    if (vc_http_client_call(client, &request, answer, &err) != VC_OK)
        fail_msg("%s %s: %s", method, target, err.text);
    return answer->status;
}

static unsigned status_of(struct vc_http_client *client, const char *method, const char *target,
                          struct vc_bytes body)
{
    struct vc_http_answer answer;
    unsigned status = call(client, method, target, body, &answer);

    vc_http_answer_done(&answer);
    return status;
}

static void ask_nonce(struct vc_http_client *client, uint8_t nonce[VC_NONCE_SIZE])
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_http_answer answer;
    char text[128];

    assert_int_equal(call(client, "POST", "/v1/nonces", (struct vc_bytes){}, &answer), 201);
    scene_member(vc_buffer_bytes(&answer.body), "nonce", text, sizeof(text));
    vc_http_answer_done(&answer);
    assert_int_equal(
        vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &bytes, nullptr),
        VC_OK);
    assert_int_equal(bytes.size, VC_NONCE_SIZE);
    memcpy(nonce, bytes.data, VC_NONCE_SIZE);
}

/* An application whose evidence is bound to the session of `bound`, and its nonce to `asked`. */
static void apply(const struct set *set, struct vc_http_client *asked,
                  const struct vc_http_client *bound, struct vc_buffer *body)
{
    struct parts parts = {.host = "127.0.0.1"};
    uint8_t exporter[VC_SHA256_SIZE];
    struct made_for made_for = {
        set->scene.machine, set->scene.container, exporter, VC_ENROL_ROLE, "", 0};

    ask_nonce(asked, parts.nonce);
    assert_int_equal(
        vc_http_client_exporter(bound, VC_ENROL_EXPORTER, exporter, sizeof(exporter), nullptr),
        VC_OK);
    scene_parts(&set->scene, &made_for, &parts);
    scene_body(&parts, body);
    scene_parts_done(&parts);
}

static void test_enrolment(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_http_client_freep) struct vc_http_client *client = connect_client(set);
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    uint8_t policy_hash[VC_SHA256_SIZE];
    struct vc_octets accepted = vc_octets_of(VC_BYTES(set->scene.measurement));
    struct vc_policy_platform platform = {
        .kind = VC_PLATFORM_PROCESS, .measurements = &accepted, .measurement_count = 1};
    struct vc_expectations expectations = {
        .ca = set->scene.ca,
        .policy_hash = policy_hash,
        .platforms = &platform,
        .platform_count = 1,
        .max_age_s = 60,
    };
    struct vc_attested attested;
    struct vc_http_answer answer;
    struct vc_err err = {};
    char pem[8192];

    apply(set, client, client, &body);
    if (call(client, "POST", "/v1/certificates", vc_buffer_bytes(&body), &answer) != 201)
        fail_msg("%.*s", (int)answer.body.size, (const char *)answer.body.data);
    scene_member(vc_buffer_bytes(&answer.body), "certificate", pem, sizeof(pem));
    vc_http_answer_done(&answer);
    assert_int_equal(
        vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)pem, strlen(pem)}, &cert, nullptr),
        VC_OK);
    vc_sha256(vc_buffer_bytes(&set->scene.policy), policy_hash);
    if (vc_attested_check(cert, &expectations, time(nullptr), &attested, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(status_of(client, "POST", "/v1/certificates", vc_buffer_bytes(&body)),
                     403); /* again */
}

/* Evidence and nonce of one session, carried over another: relaying. */
static void test_relayed(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_http_client_freep) struct vc_http_client *first = connect_client(set);
    vc_cleanup(vc_http_client_freep) struct vc_http_client *second = connect_client(set);
    vc_cleanup(vc_buffer_done) struct vc_buffer whole = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};

    apply(set, first, first, &whole);
    assert_int_equal(status_of(second, "POST", "/v1/certificates", vc_buffer_bytes(&whole)), 403);
    apply(set, second, first, &evidence);
    assert_int_equal(status_of(second, "POST", "/v1/certificates", vc_buffer_bytes(&evidence)),
                     403);
}

static void test_resources(void **state)
{
    vc_cleanup(vc_http_client_freep) struct vc_http_client *client = connect_client(*state);
    static const struct {
        const char *method, *target;
        unsigned status;
    } rows[] = {
        {"GET", "/", 404},
        {"GET", "/v1/nonces", 405},
        {"DELETE", "/v1/certificates", 405},
        {"POST", "/v1/nonces/", 404},
        {"POST", "/v1/nonces?x=1", 404},
        {"POST", "/v1/certificates", 400},
        {"POST", "/v1/nonces", 201},
        {"GET", "/v1/log/head", 200},
        {"POST", "/v1/log/head", 405},
        {"GET", "/v1/log/head?", 200},
        {"GET", "/v1/log/head?x", 400},
        {"GET", "/v1/log/entries?first=100000&count=1", 404},
        {"GET", "/v1/log/growth?from=0&to=0", 200},
        {"GET", "/v1/log/inclusion?index=1&size=0", 404},
        {"GET", "/v1/keys", 200},
        {"GET", "/v1/appraisals", 405},
        {"POST", "/v1/appraisals", 400},
        {"GET", "/v1/log", 404},
        {"GET", "/v1/log/", 404},
        {"GET", "/v1/log/head/../head", 404},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        unsigned status = status_of(client, rows[i].method, rows[i].target, (struct vc_bytes){});

        if (status != rows[i].status)
            fail_msg("%s %s: %u", rows[i].method, rows[i].target, status);
    }
}

static void test_too_large(void **state)
{
    vc_cleanup(vc_http_client_freep) struct vc_http_client *client = connect_client(*state);
    static const uint8_t big[VC_APPLICATION_SIZE_MAX + 1];

    assert_int_equal(status_of(client, "POST", "/v1/certificates", VC_BYTES(big)), 413);
}

/* Begins, and then pauses for longer than the service waits. */
static ptrdiff_t send_slowly(void *user, uint64_t offset, uint8_t *data, size_t size,
                             struct vc_err *)
{
    static const struct timespec pause = {.tv_sec = 2};
    bool *paused = user;

    if (offset >= 100000 && !*paused) {
        (void)nanosleep(&pause, nullptr);
        *paused = true;
    }
    memset(data, ' ', size);
    return (ptrdiff_t)size;
}

/* Long before the connection counts as idle, the request has an end. */
static void test_slow_sender(void **)
{
    static struct set set;
    bool paused = false;
    struct vc_http_source source = {.read = send_slowly, .user = &paused, .size = 1 << 20};
    struct vc_http_call request = {.method = "POST",
                                   .target = "/v1/certificates",
                                   .source = &source,
                                   .idle_timeout_ms = TIMEOUT_MS};
    struct vc_http_answer answer = {};
    struct vc_http_client *client;
    void *state = &set;
    struct vc_err err = {};

    start_service(&set, 300);
    client = connect_client(&set);
    if (vc_http_client_call(client, &request, &answer, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(answer.status, 408);
    vc_http_answer_done(&answer);
    vc_http_client_free(client);
    assert_int_equal(free_set(&state), 0);
}

static void test_too_many_nonces(void **state)
{
    vc_cleanup(vc_http_client_freep) struct vc_http_client *client = connect_client(*state);

    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(status_of(client, "POST", "/v1/nonces", (struct vc_bytes){}), 201);
    assert_int_equal(status_of(client, "POST", "/v1/nonces", (struct vc_bytes){}), 429);
}

/* One address does not get all the places; and what it gives back it may take again. */
static void test_one_address(void **state)
{
    const struct set *set = *state;
    struct vc_http_client *clients[VC_ATTESTD_CONNECTIONS_PER_ORIGIN];
    struct vc_http_client *more = nullptr;
    enum vc_code code = VC_CLOSED;

    for (size_t i = 0; i < VC_COUNT(clients); i++)
        clients[i] = connect_client(set);
    assert_int_equal(try_to_connect(set, &more, &(struct vc_err){}), VC_CLOSED);
    assert_int_equal(status_of(clients[0], "GET", "/v1/keys", (struct vc_bytes){}), 200);
    vc_http_client_free(clients[0]);
    while (code == VC_CLOSED) /* until the service has seen it go */
        code = try_to_connect(set, &more, &(struct vc_err){});
    assert_int_equal(code, VC_OK);
    clients[0] = more;
    for (size_t i = 0; i < VC_COUNT(clients); i++)
        vc_http_client_free(clients[i]);
}

static void test_hosts_out_of_form(void **state)
{
    const struct set *set = *state;
    static const char *const names[] = {"a.veracruz", "bad name", "0.0.0.0:1"};
    vc_cleanup(vc_loop_freep) struct vc_loop *loop = nullptr;
    char address[32];
    vc_cleanup(vc_fd_closep) int listener = listen_anywhere(address);

    assert_int_equal(vc_loop_new(&loop, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(names); i++) {
        struct vc_attestd_setup setup = {.loop = loop,
                                         .listener = listener,
                                         .state = set->state,
                                         .hosts = &names[i],
                                         .host_count = 1};
        struct vc_attestd *service = nullptr;

        if (vc_attestd_new(&setup, &service, nullptr) == VC_OK)
            fail_msg("%s", names[i]);
        assert_null(service);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrolment),   cmocka_unit_test(test_relayed),
        cmocka_unit_test(test_resources),   cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_slow_sender), cmocka_unit_test(test_too_many_nonces),
        cmocka_unit_test(test_one_address), cmocka_unit_test(test_hosts_out_of_form),
    };

    return cmocka_run_group_tests_name("attestd-service", tests, make_set, free_set);
}
