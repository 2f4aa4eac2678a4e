/* SPDX-License-Identifier: MIT */

/* The measuring half of bench/attestation: verifies evidence in a loop, or enrols again and again
 * as containers do. Prints one JSON object.
 *
 *   bench-attest verify PLATFORM EVIDENCE COLLATERAL… -- NOW ROUNDS
 *   bench-attest signatures ROUNDS
 *   bench-attest serve FOLDER                               prints the address, serves until killed
 *   bench-attest enrol FOLDER ADDRESS fresh|kept THREADS SECONDS
 *   bench-attest bare ADDRESS THREADS SECONDS                handshake and one POST, nothing else
 */

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "attest/binder.h"
#include "attestd/service.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/instant.h"
#include "codec/json.h"
#include "crypto/public_key.h"
#include "evidence/evidence.h"
#include "evidence/process.h"
#include "net/http_client.h"

static constexpr size_t THREADS_MAX = 64;
static constexpr size_t SAMPLES_MAX = 1 << 16; /* of one thread */
static constexpr uint32_t TIMEOUT_MS = 30000;
static constexpr size_t KEPT_ENROLMENTS = 1000; /* of one session; it lives five minutes at most */

[[noreturn]] static void die(const char *what, const struct vc_err *err)
{
    (void)fprintf(stderr, "bench-attest: %s: %s\n", what, err == nullptr ? "" : err->text);
    exit(1);
}

static void want(enum vc_code code, const char *what, const struct vc_err *err)
{
    if (code != VC_OK)
        die(what, err);
}

static double now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *samples, size_t count)
{
    qsort(samples, count, sizeof(*samples), compare);
    return count == 0 ? 0 : samples[count / 2];
}

/* ---- verification ---- */

static int verify(int argc, char **argv)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_evidence evidence = {};
    struct vc_verification verification = {.anchors = vc_vendor_anchors(),
                                           .depth = VC_DEPTH_JUDGED};
    size_t rounds = (size_t)atol(argv[argc - 1]);
    double *samples = calloc(rounds + 1, sizeof(*samples));
    struct vc_err err = {};

    if (samples == nullptr || !vc_platform_find(argv[2], &evidence.platform))
        die(argv[2], nullptr);
    want(vc_file_load(argv[3], VC_EVIDENCE_SIZE_MAX, &bytes, &err), argv[3], &err);
    want(vc_collateral_new(&collateral, &err), "collateral", &err);
    for (int i = 4; strcmp(argv[i], "--") != 0; i++)
        want(vc_collateral_load(collateral, argv[i], nullptr, &err), argv[i], &err);
    evidence.bytes = vc_buffer_bytes(&bytes);
    verification.collateral = collateral;
    want(vc_instant_parse(argv[argc - 2], &verification.now, &err), "time", &err);
    for (size_t i = 0; i < rounds; i++) {
        struct vc_claims claims;
        double begun = now_ms();
        enum vc_code code = vc_evidence_verify(&evidence, &verification, &claims, &err);

        samples[i] = now_ms() - begun;
        want(code, argv[3], &err);
    }
    (void)printf("{\"ms\":%.4f,\"rounds\":%zu}\n", median(samples, rounds), rounds);
    free(samples);
    return 0;
}

/* One signature of P-256 checked: what a verification cannot do without. */
static int signatures(char **argv)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    uint8_t signature[VC_ES256_SIZE];
    uint8_t message[672] = {};
    size_t rounds = (size_t)atol(argv[2]);
    double *samples = calloc(rounds + 1, sizeof(*samples));

    if (samples == nullptr)
        die("memory", nullptr);
    want(vc_key_new(&key, nullptr), "key", nullptr);
    want(vc_key_sign(key, VC_BYTES(message), signature, nullptr), "sign", nullptr);
    for (size_t i = 0; i < rounds; i++) {
        double begun = now_ms();
        enum vc_code code = vc_key_verify(key, VC_BYTES(message), VC_BYTES(signature), nullptr);

        samples[i] = now_ms() - begun;
        want(code, "verify", nullptr);
    }
    (void)printf("{\"ms\":%.4f,\"rounds\":%zu}\n", median(samples, rounds), rounds);
    free(samples);
    return 0;
}

/* ---- the service ---- */

static int serve(char **argv)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(name);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct vc_attestd_setup setup = {.listener = listener};
    struct vc_attestd_state *state = nullptr;
    struct vc_attestd *service = nullptr;
    struct vc_err err = {};

    if (listener < 0 || bind(listener, (const struct sockaddr *)&name, size) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&name, &size) != 0)
        die("listen", nullptr);
    want(vc_attestd_open(argv[2], time(nullptr), &state, &err), argv[2], &err);
    want(vc_loop_new(&setup.loop, &err), "loop", &err);
    setup.state = state;
    want(vc_attestd_new(&setup, &service, &err), "service", &err);
    (void)printf("127.0.0.1:%u\n", ntohs(name.sin_port));
    (void)fflush(stdout);
    want(vc_loop_run(setup.loop, &err), "run", &err);
    return 0;
}

/* ---- enrolling ---- */

/* What all threads share, and do not change. */
struct load {
    const char *address;
    bool kept, bare;
    double until_ms;
    struct vc_cert *ca;
    struct vc_key *machine;
    struct vc_buffer policy;
    uint8_t policy_hash[VC_SHA256_SIZE], measurement[VC_SHA256_SIZE];
    struct vc_tls *tls;
    SSL_CTX *plain; /* of the baseline */
};

struct worker {
    pthread_t thread;
    const struct load *load;
    size_t count;
    double *ms; /* of each enrolment, without the making of evidence */
};

static enum vc_code accept_any(void *, const struct vc_cert *, struct vc_err *)
{
    return VC_OK; /* what is measured is the service, and nghttpd has no CA */
}

static struct vc_http_client *dial(const struct load *load)
{
    struct vc_http_client *client = nullptr;
    struct vc_err err = {};

    want(vc_http_client_connect(load->address, "localhost", load->tls, TIMEOUT_MS, &client, &err),
         load->address, &err);
    return client;
}

static void post(struct vc_http_client *client, const char *target, struct vc_bytes body,
                 struct vc_http_answer *answer)
{
    struct vc_http_source source = {.bytes = body};
    struct vc_http_call call = {
        .method = "POST", .target = target, .source = &source, .idle_timeout_ms = TIMEOUT_MS};
    struct vc_err err = {};

    want(vc_http_client_call(client, &call, answer, &err), target, &err);
}

static void put_base64(struct vc_json_writer *writer, const char *key, struct vc_bytes bytes)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    want(vc_base64_encode(bytes, &text, nullptr), key, nullptr);
    vc_json_put_bytes(writer, key, vc_buffer_bytes(&text));
}

static void ask_nonce(struct vc_http_client *client, uint8_t nonce[VC_NONCE_SIZE])
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_http_answer answer = {};
    struct vc_json_place root, member;
    const char *text = "";

    post(client, "/v1/nonces", (struct vc_bytes){(const uint8_t *)"{}", 2}, &answer);
    want(vc_json_parse(vc_buffer_bytes(&answer.body), &json, nullptr), "nonce", nullptr);
    root = vc_json_root(json);
    want(vc_json_member(&root, "nonce", &member, nullptr), "nonce", nullptr);
    want(vc_json_string(&member, &text, nullptr), "nonce", nullptr);
    want(vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &bytes, nullptr),
         "nonce", nullptr);
    if (bytes.size != VC_NONCE_SIZE)
        die("nonce", nullptr);
    memcpy(nonce, bytes.data, VC_NONCE_SIZE);
    vc_http_answer_done(&answer);
}

static void make_evidence(const struct load *load, struct vc_http_client *client,
                          const struct vc_key *key, const uint8_t nonce[VC_NONCE_SIZE],
                          struct vc_buffer *evidence)
{
    struct vc_binder_parts parts = {.role = VC_ENROL_ROLE, .node = ""};
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};
    static const uint8_t seed[32] = {1};
    uint8_t binder[VC_BINDER_SIZE];

    want(vc_key_encode_public_der(key, &spki, nullptr), "key", nullptr);
    vc_sha256(vc_buffer_bytes(&spki), parts.spki_hash);
    memcpy(parts.nonce, nonce, VC_NONCE_SIZE);
    memcpy(parts.policy_hash, load->policy_hash, VC_SHA256_SIZE);
    want(vc_http_client_exporter(client, VC_ENROL_EXPORTER, parts.exporter, sizeof(parts.exporter),
                                 nullptr),
         "exporter", nullptr);
    vc_binder(&parts, binder);
    want(vc_process_produce(load->machine,
                            &(struct vc_process_statement){load->measurement, binder, seed},
                            evidence, nullptr),
         "evidence", nullptr);
}

/* One enrolment as a container does it, with a new key; how long the evidence took. */
static double enrol(const struct load *load, struct vc_http_client *client)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer csr = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    struct vc_json_writer writer = vc_json_writer_over(&body);
    struct vc_http_answer answer = {};
    uint8_t nonce[VC_NONCE_SIZE];

    want(vc_key_new(&key, nullptr), "key", nullptr);
    want(vc_csr_new(key, "container", &csr, nullptr), "csr", nullptr);
    ask_nonce(client, nonce);

    double begun = now_ms();

    make_evidence(load, client, key, nonce, &evidence);

    double spent = now_ms() - begun;

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "platform", "process");
    put_base64(&writer, "nonce", VC_BYTES(nonce));
    put_base64(&writer, "csr", vc_buffer_bytes(&csr));
    put_base64(&writer, "evidence", vc_buffer_bytes(&evidence));
    put_base64(&writer, "policy", vc_buffer_bytes(&load->policy));
    vc_json_close_object(&writer);
    want(vc_json_write_end(&writer, nullptr), "body", nullptr);
    post(client, "/v1/certificates", vc_buffer_bytes(&body), &answer);
    if (answer.status != 201) {
        (void)fprintf(stderr, "%.*s\n", (int)answer.body.size, (const char *)answer.body.data);
        die("certificate refused", nullptr);
    }
    vc_http_answer_done(&answer);
    return spent;
}

/* ---- the baseline ---- */

/* One frame of HTTP/2 (RFC 9113 §4.1) appended. */
static void put_frame(struct vc_buffer *out, uint8_t type, uint8_t flags, struct vc_bytes payload)
{
    uint8_t header[9] = {(uint8_t)(payload.size >> 16), (uint8_t)(payload.size >> 8),
                         (uint8_t)payload.size, type, flags};

    header[8] = type == 4 ? 0 : 1; /* SETTINGS are the connection's, all else is stream 1's */
    want(vc_buffer_append(out, VC_BYTES(header), nullptr), "frame", nullptr);
    want(vc_buffer_append(out, payload, nullptr), "frame", nullptr);
}

/* POST / to localhost, in the static table's words (RFC 7541 appendix A). */
static void put_request(struct vc_buffer *out, struct vc_bytes body)
{
    static const uint8_t fields[] = {0x83, 0x87, 0x84, 0x41, 9,   'l', 'o',
                                     'c',  'a',  'l',  'h',  'o', 's', 't'};

    want(vc_buffer_append_text(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", nullptr), "preface",
         nullptr);
    put_frame(out, 4, 0, (struct vc_bytes){});
    put_frame(out, 1, 4, VC_BYTES(fields));
    put_frame(out, 0, 1, body);
}

static bool read_whole(SSL *ssl, uint8_t *data, size_t size)
{
    size_t got = 0;

    while (size > 0 && SSL_read_ex(ssl, data, size, &got) == 1) {
        data += got;
        size -= got;
    }
    return size == 0;
}

/* Reads frames to the end of stream 1. */
static bool read_answer(SSL *ssl)
{
    uint8_t header[9];
    uint8_t payload[16384];

    while (read_whole(ssl, header, sizeof(header))) {
        size_t size = (size_t)header[0] << 16 | (size_t)header[1] << 8 | header[2];

        if (size > sizeof(payload) || !read_whole(ssl, payload, size))
            return false;
        if (header[8] == 1 && (header[3] == 3 || (header[3] <= 1 && (header[4] & 1) != 0)))
            return true;
    }
    return false;
}

static int dial_plainly(const char *address)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    name.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    if (fd < 0 || connect(fd, (const struct sockaddr *)&name, sizeof(name)) != 0)
        die(address, nullptr);
    return fd;
}

/* A session, one POST, and nothing to think about. The baseline's server knows no X25519, which our
 * own client insists on: hence OpenSSL's. */
static void post_nothing(const struct load *load)
{
    static const uint8_t alpn[] = {2, 'h', '2'};
    vc_cleanup(vc_fd_closep) int fd = dial_plainly(load->address);
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    SSL *ssl = SSL_new(load->plain);

    put_request(&out, vc_buffer_bytes(&load->policy));
    if (ssl == nullptr || SSL_set_alpn_protos(ssl, alpn, sizeof(alpn)) != 0 ||
        SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1 ||
        SSL_write(ssl, out.data, (int)out.size) != (int)out.size || !read_answer(ssl))
        die("the baseline's session", nullptr);
    SSL_free(ssl);
}

static void step(const struct load *load, struct vc_http_client **client, double *spent)
{
    if (load->bare) {
        post_nothing(load);
        return;
    }
    if (*client == nullptr)
        *client = dial(load);
    *spent = enrol(load, *client);
}

static void *work(void *user)
{
    struct worker *worker = user;
    const struct load *load = worker->load;
    struct vc_http_client *client = nullptr;

    while (now_ms() < load->until_ms && worker->count < SAMPLES_MAX) {
        double begun = now_ms();
        double spent = 0;

        step(load, &client, &spent);
        if (!load->kept || worker->count % KEPT_ENROLMENTS == KEPT_ENROLMENTS - 1)
            vc_http_client_free(vc_take(client));
        worker->ms[worker->count++] = now_ms() - begun - spent;
    }
    vc_http_client_free(client);
    return nullptr;
}

static int run(struct load *load, size_t threads, double seconds)
{
    static struct worker workers[THREADS_MAX];
    double begun = now_ms();
    double *all = calloc(THREADS_MAX * SAMPLES_MAX, sizeof(*all));
    size_t count = 0;

    if (all == nullptr || threads == 0 || threads > THREADS_MAX)
        die("threads", nullptr);
    load->until_ms = begun + seconds * 1e3;
    want(vc_tls_new_client(nullptr, nullptr, accept_any, nullptr, &load->tls, nullptr), "tls",
         nullptr);
    for (size_t i = 0; i < threads; i++) {
        workers[i] = (struct worker){.load = load, .ms = calloc(SAMPLES_MAX, sizeof(double))};
        if (workers[i].ms == nullptr ||
            pthread_create(&workers[i].thread, nullptr, work, &workers[i]) != 0)
            die("thread", nullptr);
    }
    for (size_t i = 0; i < threads; i++) {
        (void)pthread_join(workers[i].thread, nullptr);
        memcpy(all + count, workers[i].ms, workers[i].count * sizeof(*all));
        count += workers[i].count;
        free(workers[i].ms);
    }

    double passed = (now_ms() - begun) / 1e3;

    (void)printf("{\"per_s\":%.1f,\"ms\":%.3f,\"count\":%zu}\n", (double)count / passed,
                 median(all, count), count);
    free(all);
    vc_tls_free(load->tls);
    return 0;
}

/* A policy that names the CA and the measurement of no program. */
static void make_policy(struct load *load)
{
    struct vc_json_writer writer = vc_json_writer_over(&load->policy);
    vc_cleanup(vc_cert_freep) struct vc_cert *owner = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer ca_pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer owner_pem = {};
    char hex[2 * VC_SHA256_SIZE + 1];
    char expires[VC_INSTANT_TEXT_MAX];
    int64_t now = time(nullptr);

    want(vc_cert_new_identity(load->machine, "owner", now - 60, now + 86400, &owner, nullptr),
         "owner", nullptr);
    want(vc_cert_encode_pem(load->ca, &ca_pem, nullptr), "CA", nullptr);
    want(vc_cert_encode_pem(owner, &owner_pem, nullptr), "owner", nullptr);
    vc_hex_encode(VC_BYTES(load->measurement), hex);
    vc_instant_format(now + 3600, expires);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_integer(&writer, "version", 1);
    vc_json_put_string(&writer, "name", "bench");
    vc_json_put_string(&writer, "expires", expires);
    vc_json_open_object(&writer, "attestation");
    vc_json_put_string(&writer, "url", "https://127.0.0.1:4000");
    vc_json_put_bytes(&writer, "ca", vc_buffer_bytes(&ca_pem));
    vc_json_open_object(&writer, "platforms");
    vc_json_open_object(&writer, "process");
    vc_json_open_array(&writer, "measurements");
    vc_json_put_string(&writer, nullptr, hex);
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    vc_json_close_object(&writer);
    vc_json_close_object(&writer);
    vc_json_open_object(&writer, "principals");
    vc_json_open_object(&writer, "owner");
    vc_json_put_bytes(&writer, "certificate", vc_buffer_bytes(&owner_pem));
    vc_json_close_object(&writer);
    vc_json_close_object(&writer);
    vc_json_open_object(&writer, "programs");
    vc_json_close_object(&writer);
    vc_json_open_array(&writer, "rights");
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    want(vc_json_write_end(&writer, nullptr), "policy", nullptr);
    vc_sha256(vc_buffer_bytes(&load->policy), load->policy_hash);
}

static void prepare(struct load *load, const char *folder)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *machine = nullptr;
    struct vc_endorsement endorsement = {.platform = VC_PLATFORM_PROCESS};
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    char path[4096];
    struct vc_err err = {};

    (void)snprintf(path, sizeof(path), "%s/ca.crt", folder);
    want(vc_file_load(path, 65536, &pem, &err), path, &err);
    want(vc_cert_parse_pem(vc_buffer_bytes(&pem), &load->ca, &err), path, &err);
    want(vc_key_new(&load->machine, &err), "machine", &err);
    want(vc_public_key_of_key(load->machine, &machine, &err), "machine", &err);
    endorsement.key = machine;
    want(vc_attestd_endorse(folder, &endorsement, &err), "endorse", &err);
    memset(load->measurement, 0x5a, sizeof(load->measurement));
    make_policy(load);
}

static int run_enrol(char **argv)
{
    struct load load = {.address = argv[3], .kept = strcmp(argv[4], "kept") == 0};

    prepare(&load, argv[2]);

    int code = run(&load, (size_t)atol(argv[5]), atof(argv[6]));

    vc_cert_free(load.ca);
    vc_key_free(load.machine);
    vc_buffer_done(&load.policy);
    return code;
}

static int run_bare(char **argv)
{
    static const uint8_t nothing[1500]; /* about as many bytes as an application has */
    struct load load = {
        .address = argv[2], .bare = true, .plain = SSL_CTX_new(TLS_client_method())};

    if (load.plain == nullptr || SSL_CTX_set_min_proto_version(load.plain, TLS1_3_VERSION) != 1)
        die("OpenSSL", nullptr);
    want(vc_buffer_append(&load.policy, VC_BYTES(nothing), nullptr), "body", nullptr);

    int code = run(&load, (size_t)atol(argv[3]), atof(argv[4]));

    vc_buffer_done(&load.policy);
    SSL_CTX_free(load.plain);
    return code;
}

int main(int argc, char **argv)
{
    if (argc > 6 && strcmp(argv[1], "verify") == 0)
        return verify(argc, argv);
    if (argc == 3 && strcmp(argv[1], "signatures") == 0)
        return signatures(argv);
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv);
    if (argc == 7 && strcmp(argv[1], "enrol") == 0)
        return run_enrol(argv);
    if (argc == 5 && strcmp(argv[1], "bare") == 0)
        return run_bare(argv);
    die("see the head of bench/attest.c", nullptr);
}
