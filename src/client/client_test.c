/* SPDX-License-Identifier: MIT */

/* The client library against servers that are wrong in every way that a test can think of. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "client/client_fixture.h"

static const char RUNNING[] = "{\"id\":\"7\",\"program\":\"psi\",\"state\":\"running\"}";
static const char EXITED[] =
    "{\"id\":\"7\",\"program\":\"psi\",\"state\":\"exited\",\"exit_code\":3,\"reason\":\"\","
    "\"wall_us\":1200,\"cpu_us\":900,\"memory_bytes\":65536,\"output_bytes\":12}";
static const char ETAG[] = "\"0000000000000000000000000000000000000000000000000000000000000000\"";

/* ------------------------------------------------------------------------------ before anything */

static const struct trust_row {
    const char *name;
    enum client_certificate certificate;
    const char *says; /* part of the text */
} trust_rows[] = {
    {"another policy", CLIENT_CERTIFICATE_OTHER_POLICY, "policy"},
    {"another measurement", CLIENT_CERTIFICATE_OTHER_MEASUREMENT, "measurement"},
    {"another CA", CLIENT_CERTIFICATE_OTHER_CA, ""},
    {"verified long ago", CLIENT_CERTIFICATE_OLD, ""},
    {"expired", CLIENT_CERTIFICATE_EXPIRED, ""},
    {"not attested", CLIENT_CERTIFICATE_NO_EXTENSION, ""},
    {"without the policy's name", CLIENT_CERTIFICATE_NO_NAME, ""},
};

static void test_untrusted(void **state)
{
    struct client_fixture *fixture = *state;
    struct vcc_options options = client_fixture_options(fixture);

    for (size_t i = 0; i < VC_COUNT(trust_rows); i++) {
        const struct client_answer answer = {.status = 204};
        struct vcc_error error = {};

        client_fixture_serve(fixture, trust_rows[i].certificate, &answer, 1);
        if (vcc_connect(&options, &error) != nullptr)
            fail_msg("%s: accepted", trust_rows[i].name);
        if (error.status != VCC_UNTRUSTED)
            fail_msg("%s: status %d: %s", trust_rows[i].name, error.status, error.text);
        assert_non_null(strstr(error.text, trust_rows[i].says));
        assert_int_equal(fixture->seen->requests, 0);
    }
}

static void test_trusted(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 204};
    struct vcc_attestation attestation;

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    vcc_attestation_of(client, &attestation);
    assert_string_equal(attestation.platform, "process");
    assert_non_null(strstr(attestation.label, "emulated"));
    assert_int_equal(strspn(attestation.measurement, "7"), 64);
    assert_int_equal(strlen(attestation.policy_hash), 64);
    assert_true(attestation.expires_at > attestation.verified_at);
    vcc_close(client);
    assert_int_equal(fixture->seen->requests, 0);
}

static void expect_no_connection(const struct vcc_options *options, enum vcc_status status,
                                 const char *says)
{
    struct vcc_error error = {};

    assert_null(vcc_connect(options, &error));
    if (error.status != status || strstr(error.text, says) == nullptr)
        fail_msg("status %d instead of %d: %s", error.status, status, error.text);
    assert_null(vcc_connect(options, nullptr)); /* a null error is allowed */
}

static void test_own_side(void **state)
{
    struct client_fixture *fixture = *state;
    struct vcc_options options = client_fixture_options(fixture);
    char path[128];

    client_fixture_path(fixture, "stranger", path);
    options.identity_path = path;
    expect_no_connection(&options, VCC_REFUSED, "principals");
    client_fixture_path(fixture, "nobody", path);
    expect_no_connection(&options, VCC_FAILED, "nobody.crt");
    options.identity_path = nullptr;
    expect_no_connection(&options, VCC_MALFORMED, "identity");

    options = client_fixture_options(fixture);
    client_fixture_path(fixture, "bank.crt", path);
    options.policy_path = path;
    expect_no_connection(&options, VCC_MALFORMED, "bank.crt");
    client_fixture_path(fixture, "none.json", path);
    expect_no_connection(&options, VCC_FAILED, "none.json");

    options = client_fixture_options(fixture);
    client_fixture_stop(fixture);
    options.container = "127.0.0.1:1";
    expect_no_connection(&options, VCC_FAILED, "127.0.0.1:1");
    options.container = "nonsense";
    expect_no_connection(&options, VCC_MALFORMED, "nonsense");
}

static void test_mixed_identity(void **state)
{
    struct client_fixture *fixture = *state;
    struct vcc_options options = client_fixture_options(fixture);
    char from[128];
    char mixed[128];

    client_fixture_path(fixture, "stranger.key", from);
    client_fixture_path(fixture, "mixed.key", mixed);
    assert_int_equal(link(from, mixed), 0);
    client_fixture_path(fixture, "bank.crt", from);
    client_fixture_path(fixture, "mixed.crt", mixed);
    assert_int_equal(link(from, mixed), 0);
    client_fixture_path(fixture, "mixed", mixed);
    options.identity_path = mixed;
    expect_no_connection(&options, VCC_MALFORMED, "not the key");
}

/* -------------------------------------------------------------------------------------- answers */

enum verb { PUT, APPEND, GET, LIST, DELETE, START, STATUS, KILL, RUNS, SHUTDOWN };

static enum vcc_status use(vcc_client *client, int verb, struct vcc_error *error)
{
    struct vcc_run run;
    void *data = nullptr;
    char *json = nullptr;
    size_t size;
    enum vcc_status status = VCC_FAILED;

    switch ((enum verb)verb) {
    case PUT:
        return vcc_put_bytes(client, "x", 1, "/input/a b", error);
    case APPEND:
        return vcc_append_bytes(client, "x", 1, "/input/a", error);
    case GET:
        status = vcc_get_bytes(client, "/output/a", &data, &size, error);
        break;
    case LIST:
        status = vcc_list(client, "/", &json, error);
        break;
    case DELETE:
        return vcc_delete(client, "/input/a", error);
    case START:
        return vcc_run_start(client, "psi", 0, &run, error);
    case STATUS:
        return vcc_run_status(client, "7", 0, &run, error);
    case KILL:
        return vcc_run_kill(client, "7", error);
    case RUNS:
        status = vcc_runs(client, &json, error);
        break;
    case SHUTDOWN:
        return vcc_shutdown(client, error);
    }
    free(data);
    free(json);
    return status;
}

#define PROBLEM(kind, status) \
    "{\"type\":\"urn:veracruz:problem:" kind "\",\"status\":" status ",\"detail\":\"why\"}"

static const struct client_answer_row answer_rows[] = {
    {"put", PUT, {.status = 201}, VCC_OK},
    {"put again", PUT, {.status = 204}, VCC_OK},
    {"put with a get's answer", PUT, {.status = 200}, VCC_FAILED},
    {"put refused", PUT, {.status = 403, .body = PROBLEM("refused", "403")}, VCC_REFUSED},
    {"put of another program", PUT, {.status = 422, .body = PROBLEM("digest", "422")}, VCC_DIGEST},
    {"put too much", PUT, {.status = 413, .body = PROBLEM("limit", "413")}, VCC_LIMIT},
    {"put when frozen", PUT, {.status = 409, .body = PROBLEM("state", "409")}, VCC_REFUSED},
    {"append", APPEND, {.status = 204}, VCC_OK},
    {"get", GET, {.status = 200, .etag = ETAG, .body = "abc"}, VCC_OK},
    {"get nothing", GET, {.status = 200, .etag = ETAG}, VCC_OK},
    {"get a directory", GET, {.status = 200, .body = "{}"}, VCC_MALFORMED},
    {"get a part", GET, {.status = 206, .etag = ETAG, .body = "abc"}, VCC_FAILED},
    {"get none", GET, {.status = 404, .body = PROBLEM("not-found", "404")}, VCC_NOT_FOUND},
    {"get, redirected", GET, {.status = 302, .etag = ETAG}, VCC_FAILED},
    {"list", LIST, {.status = 200, .body = "{\"path\":\"/\",\"entries\":[]}"}, VCC_OK},
    {"list a file", LIST, {.status = 200, .etag = ETAG, .body = "abc"}, VCC_MALFORMED},
    {"list, no JSON", LIST, {.status = 200, .body = "<html>"}, VCC_FAILED},
    {"list, cut", LIST, {.status = 200, .body = "{\"path\":\"/\",\"entries\":["}, VCC_FAILED},
    {"list, way out",
     LIST,
     {.status = 200,
      .body = "{\"path\":\"/\",\"entries\":[{\"name\":\"../x\",\"kind\":\"file\",\"size\":1}]}"},
     VCC_FAILED},
    {"list, endless", LIST, {.status = 200, .body_size = (64u << 20) + 1}, VCC_LIMIT},
    {"delete", DELETE, {.status = 204}, VCC_OK},
    {"delete, 500", DELETE, {.status = 500, .body = PROBLEM("failed", "500")}, VCC_FAILED},
    {"start", START, {.status = 201, .body = RUNNING}, VCC_OK},
    {"start, quota", START, {.status = 429, .body = PROBLEM("quota", "429")}, VCC_LIMIT},
    {"start, no object", START, {.status = 201, .body = "[]"}, VCC_FAILED},
    {"start, empty", START, {.status = 201}, VCC_FAILED},
    {"start, wrong type", START, {.status = 201, .body = "{\"id\":7}"}, VCC_FAILED},
    {"start, endless", START, {.status = 201, .body_size = 2u << 20}, VCC_LIMIT},
    {"refused, endlessly", START, {.status = 403, .body_size = 2u << 20}, VCC_LIMIT},
    {"status", STATUS, {.status = 200, .body = EXITED}, VCC_OK},
    {"status of none", STATUS, {.status = 404}, VCC_NOT_FOUND},
    {"status, exited without code",
     STATUS,
     {.status = 200, .body = "{\"id\":\"7\",\"program\":\"psi\",\"state\":\"exited\"}"},
     VCC_FAILED},
    {"status, unknown state",
     STATUS,
     {.status = 200, .body = "{\"id\":\"7\",\"program\":\"psi\",\"state\":\"done\"}"},
     VCC_FAILED},
    {"kill", KILL, {.status = 204}, VCC_OK},
    {"runs", RUNS, {.status = 200, .body = "{\"runs\":[]}"}, VCC_OK},
    {"runs, none", RUNS, {.status = 200, .body = "{}"}, VCC_FAILED},
    {"runs, wrong", RUNS, {.status = 200, .body = "{\"runs\":[{}]}"}, VCC_FAILED},
    {"shutdown", SHUTDOWN, {.status = 202}, VCC_OK},
    {"shutdown refused", SHUTDOWN, {.status = 403, .body = PROBLEM("refused", "403")}, VCC_REFUSED},
    {"type and status differ",
     SHUTDOWN,
     {.status = 503, .body = PROBLEM("refused", "403")},
     VCC_FAILED},
};

static void test_answers(void **state)
{
    client_fixture_check_answers(*state, answer_rows, VC_COUNT(answer_rows), use);
}

/* What never reaches the network. */
static void test_arguments(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 204};
    struct vcc_error error = {};
    struct vcc_run run;
    char big[96];

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    assert_int_equal(vcc_put_bytes(client, "x", 1, "", &error), VCC_MALFORMED);
    assert_int_equal(vcc_put_bytes(client, "x", 1, "/a\nb", &error), VCC_MALFORMED);
    assert_int_equal(vcc_run_status(client, "../x", 0, &run, &error), VCC_MALFORMED);
    assert_int_equal(vcc_run_kill(client, "", &error), VCC_MALFORMED);
    assert_int_equal(vcc_put_file(client, fixture->folder, "/x", nullptr, nullptr, &error),
                     VCC_MALFORMED);
    (void)snprintf(big, sizeof(big), "%s/none", fixture->folder);
    assert_int_equal(vcc_put_file(client, big, "/x", nullptr, nullptr, &error), VCC_FAILED);
    (void)snprintf(big, sizeof(big), "%s/big", fixture->folder);
    assert_int_equal(creat(big, 0600) >= 0 && truncate(big, 1000001) == 0, 1);
    assert_int_equal(vcc_put_file(client, big, "/x", nullptr, nullptr, &error), VCC_LIMIT);
    assert_int_equal(fixture->seen->requests, 0);
    vcc_close(client);
}

/* ---------------------------------------------------------------------------------------- files */

static void count_progress(void *user, uint64_t done, uint64_t total)
{
    uint64_t *last = user;

    assert_true(done >= *last);
    assert_true(total == 0 || done <= total);
    *last = done;
}

static void write_file(const char *path, size_t size, uint8_t digest[VC_SHA256_SIZE])
{
    uint8_t *bytes = calloc(1, size + 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    vc_sha256((struct vc_bytes){bytes, size}, digest);
    assert_int_equal(vc_file_store(path, (struct vc_bytes){bytes, size}, 0600, nullptr), VC_OK);
    free(bytes);
}

static void test_put_file(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 201};
    static const size_t sizes[] = {0, 1, 65536, 999999, 1000000};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    for (size_t i = 0; i < VC_COUNT(sizes); i++) {
        uint8_t digest[VC_SHA256_SIZE];
        uint64_t last = 0;
        struct vcc_error error = {};
        char path[128];

        client_fixture_path(fixture, "local", path);
        write_file(path, sizes[i], digest);
        if (vcc_put_file(client, path, "/input/ü x", count_progress, &last, &error) != VCC_OK)
            fail_msg("%s", error.text);
        assert_int_equal(fixture->seen->body_size, sizes[i]);
        assert_memory_equal(fixture->seen->body_sha256, digest, sizeof(digest));
        assert_string_equal(fixture->seen->target, "/v1/files/input/%C3%BC%20x");
        assert_int_equal(last, sizes[i]);
    }
    vcc_close(client);
}

/* What has no size of its own is read to its end first. */
static void test_put_pipe(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 201};
    struct vcc_error error = {};
    char path[64];
    int ends[2];

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "hello", 5), 5);
    (void)close(ends[1]);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    assert_int_equal(vcc_put_file(client, path, "/input/x", nullptr, nullptr, &error), VCC_OK);
    assert_int_equal(fixture->seen->body_size, 5);
    (void)close(ends[0]);
    vcc_close(client);
}

static size_t files_in(const char *folder, const char *prefix)
{
    char command[256];
    size_t count = 0;

    (void)snprintf(command, sizeof(command), "ls -a %s", folder);
    FILE *list = popen(command, "r"); /* NOLINT(cert-env33-c): a test's own folder */
    char line[256];

    while (list != nullptr && fgets(line, sizeof(line), list) != nullptr)
        count += strncmp(line, prefix, strlen(prefix)) == 0 ? 1 : 0;
    if (list != nullptr)
        (void)pclose(list);
    return count;
}

static const struct get_row {
    const char *name;
    struct client_answer answer;
    enum vcc_status expect;
} get_rows[] = {
    {"whole", {.status = 200, .etag = ETAG, .body = "result"}, VCC_OK},
    {"large", {.status = 200, .etag = ETAG, .body_size = 8u << 20}, VCC_OK},
    {"empty", {.status = 200, .etag = ETAG}, VCC_OK},
    {"cut", {.status = 200, .etag = ETAG, .body_size = 1u << 30, .dies = true}, VCC_FAILED},
    {"refused", {.status = 403, .body = PROBLEM("refused", "403")}, VCC_REFUSED},
    {"a part", {.status = 206, .etag = ETAG, .body = "res"}, VCC_FAILED},
    {"a directory", {.status = 200, .body = "{}"}, VCC_MALFORMED},
};

static void test_get_file(void **state)
{
    struct client_fixture *fixture = *state;
    char path[128];

    client_fixture_path(fixture, "got", path);
    for (size_t i = 0; i < VC_COUNT(get_rows); i++) {
        const struct get_row *row = &get_rows[i];
        struct vcc_error error = {};
        struct stat status = {};
        uint64_t last = 0;

        client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &row->answer, 1);
        vcc_client *client = client_fixture_connect(fixture);

        (void)unlink(path);
        enum vcc_status got =
            vcc_get_file(client, "/output/r", path, count_progress, &last, &error);

        if (got != row->expect)
            fail_msg("%s: %d, wanted %d: %s", row->name, got, row->expect, error.text);
        assert_int_equal(files_in(fixture->folder, "got"), got == VCC_OK ? 1 : 0);
        if (got == VCC_OK) {
            assert_int_equal(stat(path, &status), 0);
            assert_int_equal(status.st_size, row->answer.body != nullptr ? strlen(row->answer.body)
                                                                         : row->answer.body_size);
            assert_int_equal(last, status.st_size);
        }
        vcc_close(client);
    }
}

/* A device is written to and not replaced. */
static void test_get_in_place(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 200, .etag = ETAG, .body = "result"};
    struct vcc_error error = {};
    char text[16] = {};
    char path[64];
    int ends[2];

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    assert_int_equal(pipe(ends), 0);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
    assert_int_equal(vcc_get_file(client, "/output/r", path, nullptr, nullptr, &error), VCC_OK);
    assert_int_equal(read(ends[0], text, sizeof(text) - 1), 6);
    assert_string_equal(text, "result");
    (void)close(ends[0]);
    (void)close(ends[1]);
    vcc_close(client);
}

/* ----------------------------------------------------------------------------------------- runs */

static void test_run_waits(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answers[] = {
        {.status = 201, .body = RUNNING},
        {.status = 200, .body = RUNNING},
        {.status = 200, .body = EXITED},
    };
    struct vcc_error error = {};
    struct vcc_run run = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, answers, VC_COUNT(answers));
    vcc_client *client = client_fixture_connect(fixture);

    if (vcc_run_start(client, "psi", 60000, &run, &error) != VCC_OK)
        fail_msg("%s", error.text);
    assert_int_equal(fixture->seen->requests, 3);
    assert_string_equal(fixture->seen->target, "/v1/runs/7");
    assert_string_equal(fixture->seen->prefer, "wait=60");
    assert_string_equal(run.state, "exited");
    assert_int_equal(run.exit_code, 3);
    assert_int_equal(run.wall_us, 1200);
    assert_int_equal(run.memory_bytes, 65536);
    vcc_close(client);
}

/* A server that answers at once and never says the end does not hold the caller for ever. */
static void test_run_deadline(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 201, .body = RUNNING};
    struct vcc_error error = {};
    struct vcc_run run = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    assert_int_equal(vcc_run_start(client, "psi", 50, &run, &error), VCC_OK);
    assert_string_equal(run.state, "running");
    assert_int_equal(vcc_run_start(client, "psi", 0, &run, &error), VCC_OK);
    assert_string_equal(fixture->seen->prefer, "");
    assert_string_equal(fixture->seen->content_type, "application/json");
    vcc_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untrusted), cmocka_unit_test(test_trusted),
        cmocka_unit_test(test_own_side),  cmocka_unit_test(test_mixed_identity),
        cmocka_unit_test(test_answers),   cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_put_file),  cmocka_unit_test(test_put_pipe),
        cmocka_unit_test(test_get_file),  cmocka_unit_test(test_get_in_place),
        cmocka_unit_test(test_run_waits), cmocka_unit_test(test_run_deadline),
    };

    return cmocka_run_group_tests_name("client", tests, client_fixture_setup,
                                       client_fixture_teardown);
}
