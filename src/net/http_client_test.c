/* SPDX-License-Identifier: MIT */

/* Our client against our server over loopback: what goes through whole, and what is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/net_fixture.h"

static struct vc_http_call order(const char *method, const char *target,
                                 const struct vc_http_source *source)
{
    return (struct vc_http_call){
        .method = method, .target = target, .source = source, .idle_timeout_ms = 10000};
}

/* Performs it and expects an answer. */
static struct vc_http_answer perform(struct vc_http_client *client, const struct vc_http_call *call)
{
    struct vc_http_answer answer = {};
    struct vc_err err = {};

    if (vc_http_client_call(client, call, &answer, &err) != VC_OK)
        fail_msg("%s", err.text);
    return answer;
}

/* A sink that compares with the pattern. */
struct check {
    uint64_t at;
    uint64_t announced;
    unsigned begins;
    bool differs;
};

static enum vc_code check_begin(void *user, unsigned, uint64_t size, bool size_known,
                                struct vc_err *)
{
    struct check *check = user;

    check->begins++;
    check->announced = size_known ? size : UINT64_MAX;
    return VC_OK;
}

static enum vc_code check_write(void *user, struct vc_bytes piece, struct vc_err *)
{
    struct check *check = user;

    for (size_t i = 0; i < piece.size; i++)
        check->differs = check->differs || piece.data[i] != net_pattern(check->at + i);
    check->at += piece.size;
    return VC_OK;
}

static ptrdiff_t read_pattern(void *, uint64_t offset, uint8_t *data, size_t size, struct vc_err *)
{
    size_t count = size > 10000 ? 10000 : size; /* short reads are normal */

    for (size_t i = 0; i < count; i++)
        data[i] = net_pattern(offset + i);
    return (ptrdiff_t)count;
}

static const size_t sizes[] = {0, 1, 65535, 65536, (1 << 20) + 1, 64 << 20};

static void test_echo(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    for (size_t i = 0; i < VC_COUNT(sizes); i++) {
        uint8_t *bytes = net_pattern_new(sizes[i]);
        struct check check = {};
        const struct vc_http_sink sink = {
            .begin = check_begin, .write = check_write, .user = &check};
        const struct vc_http_source from_memory = {.bytes = {bytes, sizes[i]}};
        const struct vc_http_source from_read = {.read = read_pattern, .size = sizes[i]};
        struct vc_http_call call = order("PUT", "/echo", i % 2 ? &from_memory : &from_read);
        struct vc_http_answer answer;

        call.sink = &sink;
        answer = perform(client, &call);
        assert_int_equal(answer.status, 200);
        assert_int_equal(check.begins, 1);
        assert_int_equal(check.announced, sizes[i]);
        assert_int_equal(check.at, sizes[i]);
        assert_false(check.differs);
        vc_http_answer_done(&answer);
        free(bytes);
    }
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.releases, VC_COUNT(sizes));
}

static void test_get_and_head(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    for (size_t i = 0; i < VC_COUNT(sizes); i++) {
        struct check check = {};
        const struct vc_http_sink sink = {
            .begin = check_begin, .write = check_write, .user = &check};
        char target[64];
        char length[32];
        struct vc_http_call call = order(i % 3 ? "GET" : "HEAD", target, nullptr);
        struct vc_http_answer answer;

        (void)snprintf(target, sizeof(target), "/bytes/%zu", sizes[i]);
        call.sink = &sink;
        answer = perform(client, &call);
        assert_int_equal(answer.status, 200);
        assert_int_equal(check.announced, sizes[i]);
        assert_int_equal(check.at, i % 3 ? sizes[i] : 0);
        assert_false(check.differs);
        assert_true(vc_http_answer_field(&answer, "content-length", length, sizeof(length)));
        assert_int_equal(strtoull(length, nullptr, 10), sizes[i]);
        vc_http_answer_done(&answer);
    }
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.releases, VC_COUNT(sizes));
}

static void expect_text(struct vc_http_client *client, const char *target, unsigned status,
                        const char *text)
{
    struct vc_http_call call = order("GET", target, nullptr);
    struct vc_http_answer answer = perform(client, &call);

    assert_int_equal(answer.status, status);
    assert_int_equal(answer.body.size, strlen(text));
    if (answer.body.size > 0)
        assert_memory_equal(answer.body.data, text, answer.body.size);
    vc_http_answer_done(&answer);
}

static void test_answers(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;
    struct vc_http_answer answer;
    struct vc_http_call call = order("GET", "/peer", nullptr);
    char value[4];

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    expect_text(client, "/peer", 200, "client");
    expect_text(client, "/empty", 204, "");
    expect_text(client, "/nothing", 404, "no such thing");
    answer = perform(client, &call);
    assert_true(vc_http_answer_field(&answer, "x-test", value, sizeof(value)));
    assert_string_equal(value, "yes");
    assert_false(vc_http_answer_field(&answer, "x-test", value, 3)); /* does not fit */
    assert_false(vc_http_answer_field(&answer, "x-tes", value, sizeof(value)));
    assert_false(vc_http_answer_field(&answer, "absent", value, sizeof(value)));
    vc_http_answer_done(&answer);
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
}

static void test_exporter(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;
    struct vc_http_call call = order("GET", "/exporter", nullptr);
    struct vc_http_answer answer;
    uint8_t mine[32];
    uint8_t other[32];

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    answer = perform(client, &call);
    assert_int_equal(vc_http_client_exporter(client, "EXPORTER-test", mine, 32, nullptr), VC_OK);
    assert_int_equal(vc_http_client_exporter(client, "EXPORTER-other", other, 32, nullptr), VC_OK);
    assert_int_equal(answer.body.size, 32);
    assert_memory_equal(answer.body.data, mine, 32);
    assert_memory_not_equal(other, mine, 32);
    vc_http_answer_done(&answer);
    /* with a context, which counts, and none is an empty one */
    assert_int_equal(vc_http_client_exporter_for(client, "EXPORTER-test",
                                                 VC_BYTES(((const uint8_t[]){1})), other, nullptr),
                     VC_OK);
    assert_memory_not_equal(other, mine, 32);
    call.target = "/exporter-for";
    answer = perform(client, &call);
    assert_memory_equal(answer.body.data, other, 32);
    vc_http_answer_done(&answer);
    assert_int_equal(
        vc_http_client_exporter_for(client, "EXPORTER-test", (struct vc_bytes){}, other, nullptr),
        VC_OK);
    assert_memory_equal(other, mine, 32);
    assert_string_equal(vc_cert_common_name(vc_http_client_peer(client)), "server");
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
}

/* ---- calls within a call ---- */

struct heart {
    struct vc_http_client *client;
    struct check *check;
    uint64_t received; /* when the last call within began: nothing may come meanwhile */
    unsigned beats, within;
    unsigned every; /* beats between calls within */
    unsigned no_at; /* the call within after which it says no; 0: never */
};

static enum vc_code ask_within(void *user, struct vc_err *err)
{
    struct heart *heart = user;
    struct vc_http_call call = order("GET", "/peer", nullptr);
    struct vc_http_answer answer = {};

    if (heart->beats++ % heart->every != 0)
        return VC_OK;
    heart->received = heart->check->at;
    assert_int_equal(vc_http_client_call(heart->client, &call, &answer, err), VC_OK);
    assert_int_equal(answer.body.size, strlen("client"));
    assert_int_equal(heart->check->at, heart->received);
    vc_http_answer_done(&answer);
    if (++heart->within == heart->no_at)
        return vc_fail(err, VC_UNTRUSTED, "no more");
    return VC_OK;
}

static void test_calls_within(void **)
{
    static constexpr size_t SIZE = 32 << 20;
    struct net_fixture fixture;
    struct vc_http_client *client;

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    for (unsigned i = 0; i < 3; i++) {
        struct check check = {};
        struct heart heart = {.client = client, .check = &check, .every = 3};
        const struct vc_http_sink sink = {
            .begin = check_begin, .write = check_write, .user = &check};
        const struct vc_http_source source = {.read = read_pattern, .size = SIZE};
        struct vc_http_call call = order(i < 2 ? "PUT" : "GET", i < 2 ? "/echo" : "/bytes/33554432",
                                         i < 2 ? &source : nullptr);
        struct vc_http_answer answer;

        call.sink = &sink;
        call.pulse = ask_within;
        call.pulse_user = &heart;
        answer = perform(client, &call);
        assert_int_equal(answer.status, 200);
        assert_int_equal(check.at, SIZE);
        assert_int_equal(check.begins, 1);
        assert_false(check.differs);
        assert_true(heart.within >= 3);
        print_message("# %u calls within %u beats\n", heart.within, heart.beats);
        vc_http_answer_done(&answer);
    }
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
}

/* Who says no ends the call: nothing more is handed on, and the connection is still good. */
static void test_pulse_says_no(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    for (unsigned no_at = 1; no_at < 4; no_at++) {
        struct check check = {};
        struct heart heart = {.client = client, .check = &check, .every = 4, .no_at = no_at};
        const struct vc_http_sink sink = {
            .begin = check_begin, .write = check_write, .user = &check};
        struct vc_http_call call = order("GET", "/bytes/67108864", nullptr);
        struct vc_http_answer answer = {};
        struct vc_err err = {};

        call.sink = &sink;
        call.pulse = ask_within;
        call.pulse_user = &heart;
        assert_int_equal(vc_http_client_call(client, &call, &answer, &err), VC_UNTRUSTED);
        assert_string_equal(err.text, "no more");
        assert_int_equal(heart.within, no_at);
        assert_int_equal(check.at, heart.received);
        expect_text(client, "/peer", 200, "client");
    }
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
}

/* Connects as somebody and expects a failure of this code that says this. */
static void expect_no_connection(struct net_fixture *fixture, const struct net_identity *as,
                                 const struct net_identity *expecting, enum vc_code code,
                                 const char *text)
{
    struct vc_tls *tls = nullptr;
    struct vc_http_client *client = nullptr;
    struct vc_err err = {};

    assert_int_equal(vc_tls_new_client(as == nullptr ? nullptr : as->cert,
                                       as == nullptr ? nullptr : as->key, net_accept_one,
                                       (void *)(uintptr_t)expecting, &tls, nullptr),
                     VC_OK);
    assert_int_equal(
        vc_http_client_connect(fixture->address, "test.veracruz", tls, 10000, &client, &err), code);
    assert_int_equal(err.code, code);
    assert_null(client);
    if (strstr(err.text, text) == nullptr)
        fail_msg("\"%s\" does not say \"%s\"", err.text, text);
    vc_tls_free(tls);
}

static void test_refusals(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;

    net_fixture_start(&fixture, false, nullptr);
    expect_no_connection(&fixture, &fixture.stranger, &fixture.server, VC_CLOSED,
                         "the peer ended the TLS session: bad certificate");
    expect_no_connection(&fixture, nullptr, &fixture.server, VC_CLOSED, "certificate required");
    expect_no_connection(&fixture, &fixture.client, &fixture.stranger, VC_UNTRUSTED,
                         "certificate of server: not the one");
    client = net_connect(&fixture);
    expect_text(client, "/peer", 200, "client");
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.requests, 1);
}

static void test_anonymous(void **)
{
    struct net_fixture fixture;
    struct vc_tls *tls = nullptr;
    struct vc_http_client *client = nullptr;

    net_fixture_start(&fixture, true, nullptr);
    assert_int_equal(
        vc_tls_new_client(nullptr, nullptr, net_accept_one, &fixture.server, &tls, nullptr), VC_OK);
    assert_int_equal(
        vc_http_client_connect(fixture.address, "127.0.0.1", tls, 10000, &client, nullptr), VC_OK);
    vc_tls_free(tls); /* the connection keeps what it needs */
    expect_text(client, "/peer", 200, "");
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
}

static void test_replaced_certificate(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *before;
    struct vc_http_client *after = nullptr;
    struct vc_tls *tls = nullptr;

    net_fixture_start(&fixture, false, nullptr);
    before = net_connect(&fixture);
    net_fixture_replace(&fixture);
    expect_no_connection(&fixture, &fixture.client, &fixture.server, VC_UNTRUSTED,
                         "certificate of stranger: not the one");
    assert_int_equal(vc_tls_new_client(fixture.client.cert, fixture.client.key, net_accept_one,
                                       &fixture.stranger, &tls, nullptr),
                     VC_OK);
    assert_int_equal(vc_http_client_connect(fixture.address, "x", tls, 10000, &after, nullptr),
                     VC_OK);
    expect_text(before, "/peer", 200, "client"); /* goes on under its old one */
    expect_text(after, "/peer", 200, "client");
    assert_int_not_equal(
        vc_tls_replace_certificate(tls, fixture.server.cert, fixture.client.key, nullptr), VC_OK);
    vc_tls_free(tls);
    vc_http_client_free(before);
    vc_http_client_free(after);
    net_fixture_stop(&fixture);
}

static void test_early_answer(void **)
{
    static const size_t uploads[] = {10, 65536, 65537, 8 << 20, 64 << 20};
    struct net_fixture fixture;
    struct vc_http_client *client;

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    for (size_t i = 0; i < VC_COUNT(uploads); i++) {
        const struct vc_http_source source = {.read = read_pattern, .size = uploads[i]};
        struct vc_http_call call = order("PUT", "/refuse", &source);
        struct vc_http_answer answer = perform(client, &call);

        assert_int_equal(answer.status, 413);
        assert_int_equal(answer.body.size, 8);
        vc_http_answer_done(&answer);
    }
    expect_text(client, "/peer", 200, "client"); /* the connection is as good as before */
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.body_size, 0);
}

static ptrdiff_t fail_midway(void *, uint64_t offset, uint8_t *data, size_t size,
                             struct vc_err *err)
{
    if (offset >= 100000) {
        (void)vc_fail(err, VC_HOST, "the disk is gone");
        return -1;
    }
    memset(data, 'x', size);
    return (ptrdiff_t)size;
}

static enum vc_code full(void *, struct vc_bytes, struct vc_err *err)
{
    return vc_fail(err, VC_LIMIT, "the disk is full");
}

static bool one_close(const struct net_seen *seen)
{
    return seen->closes == 1;
}

static void test_own_failures(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;
    const struct vc_http_source source = {.read = fail_midway, .size = 1 << 20};
    const struct vc_http_sink sink = {.write = full};
    struct vc_http_call put = order("PUT", "/echo", &source);
    struct vc_http_call get = order("GET", "/bytes/5000000", nullptr);
    struct vc_http_answer answer = {};
    struct vc_err err = {};

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    assert_int_equal(vc_http_client_call(client, &put, &answer, &err), VC_HOST);
    assert_string_equal(err.text, "the disk is gone");
    assert_true(net_fixture_wait(&fixture, one_close));
    assert_int_equal(fixture.seen.closes_without_end, 1);
    assert_int_equal(vc_http_client_call(client, &get, &answer, &err), VC_LIMIT); /* collected */
    get.sink = &sink;
    assert_int_equal(vc_http_client_call(client, &get, &answer, &err), VC_LIMIT);
    assert_string_equal(err.text, "the disk is full");
    expect_text(client, "/peer", 200, "client");
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
}

static ptrdiff_t die_midway(void *, uint64_t offset, uint8_t *data, size_t size, struct vc_err *)
{
    if (offset >= (1 << 20))
        _exit(7);
    memset(data, 'x', size);
    return (ptrdiff_t)size;
}

static void test_dying_client(void **)
{
    struct net_fixture fixture;
    const struct vc_http_source source = {.read = die_midway, .size = 64 << 20};
    struct vc_http_call call = order("PUT", "/echo", &source);
    int status;
    pid_t child;

    net_fixture_start(&fixture, false, nullptr);
    child = fork();
    if (child == 0) {
        struct vc_http_client *client = net_connect(&fixture);
        struct vc_http_answer answer;

        _exit(vc_http_client_call(client, &call, &answer, nullptr) == VC_OK ? 1 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_true(net_fixture_wait(&fixture, one_close));
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.ends, 0);
    assert_int_equal(fixture.seen.closes_without_end, 1);
}

static void test_silence(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;
    struct vc_http_call call = order("GET", "/silent", nullptr);
    struct vc_http_answer answer = {};
    struct vc_err err = {};

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    call.idle_timeout_ms = 50;
    assert_int_equal(vc_http_client_call(client, &call, &answer, &err), VC_CLOSED);
    assert_non_null(strstr(err.text, "silent"));
    assert_int_equal(vc_http_client_call(client, &call, &answer, &err), VC_CLOSED);
    net_fixture_stop(&fixture); /* with the exchange still open */
    vc_http_client_free(client);
}

static bool drained(const struct net_seen *seen)
{
    return seen->drained == 1;
}

static void test_drain(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;
    struct vc_http_call call = order("GET", "/peer", nullptr);
    struct vc_http_answer answer = {};

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    expect_text(client, "/peer", 200, "client");
    net_fixture_drain(&fixture);
    assert_true(net_fixture_wait(&fixture, drained));
    assert_int_equal(vc_http_client_call(client, &call, &answer, nullptr), VC_CLOSED);
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.drained, 1);
}

static enum vc_code drain_at_start(void *user, unsigned, uint64_t size, bool, struct vc_err *)
{
    assert_int_equal(size, 20000000);
    net_fixture_drain(user);
    return VC_OK;
}

static enum vc_code ignore(void *, struct vc_bytes, struct vc_err *)
{
    return VC_OK;
}

/* A response under way when the drain begins arrives whole. */
static void test_drain_under_way(void **)
{
    struct net_fixture fixture;
    const struct vc_http_sink sink = {.begin = drain_at_start, .write = ignore, .user = &fixture};
    struct vc_http_call call = order("GET", "/bytes/20000000", nullptr);
    struct vc_http_client *client;
    struct vc_http_answer answer;

    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    call.sink = &sink;
    answer = perform(client, &call);
    assert_int_equal(answer.status, 200);
    vc_http_answer_done(&answer);
    assert_true(net_fixture_wait(&fixture, drained));
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.releases, 1);
}

static void test_malformed_calls(void **)
{
    struct net_fixture fixture;
    struct vc_http_client *client;
    const struct vc_http_field bad_name = {"X-Upper", "1"};
    const struct vc_http_field bad_value = {"x-lower", "a\nb"};
    struct vc_http_call calls[] = {order("GET", "no-slash", nullptr), order("GET", "/a b", nullptr),
                                   order("G T", "/", nullptr), order("GET", "/", nullptr),
                                   order("GET", "/", nullptr)};
    struct vc_http_answer answer = {};

    calls[3].fields = &bad_name;
    calls[3].field_count = 1;
    calls[4].fields = &bad_value;
    calls[4].field_count = 1;
    net_fixture_start(&fixture, false, nullptr);
    client = net_connect(&fixture);
    for (size_t i = 0; i < VC_COUNT(calls); i++)
        assert_int_equal(vc_http_client_call(client, &calls[i], &answer, nullptr), VC_MALFORMED);
    expect_text(client, "/peer", 200, "client");
    vc_http_client_free(client);
    net_fixture_stop(&fixture);
    assert_int_equal(fixture.seen.requests, 1);
}

static void test_no_server(void **)
{
    static const struct {
        const char *address;
        enum vc_code code;
    } rows[] = {{"127.0.0.1:1", VC_HOST},       {"[::1]:1", VC_HOST},
                {"127.0.0.1", VC_MALFORMED},    {"127.0.0.1:", VC_MALFORMED},
                {":443", VC_MALFORMED},         {"[::1]", VC_MALFORMED},
                {"[::1:443", VC_MALFORMED},     {"127.0.0.1:65536", VC_MALFORMED},
                {"127.0.0.1:4x", VC_MALFORMED}, {"127.0.0.1:0", VC_MALFORMED}};
    struct net_fixture fixture;

    net_fixture_start(&fixture, false, nullptr);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_http_client *client = nullptr;
        struct vc_err err = {};

        assert_int_equal(
            vc_http_client_connect(rows[i].address, "x", fixture.client_tls, 1000, &client, &err),
            rows[i].code);
        assert_non_null(strstr(err.text, rows[i].address));
    }
    net_fixture_stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_get_and_head),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_exporter),
        cmocka_unit_test(test_calls_within),
        cmocka_unit_test(test_pulse_says_no),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_anonymous),
        cmocka_unit_test(test_replaced_certificate),
        cmocka_unit_test(test_early_answer),
        cmocka_unit_test(test_own_failures),
        cmocka_unit_test(test_dying_client),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_drain_under_way),
        cmocka_unit_test(test_malformed_calls),
        cmocka_unit_test(test_no_server),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
