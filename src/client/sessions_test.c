/* SPDX-License-Identifier: MIT */

/* Evidence within the session: what a client does before its first request, and when a long session
 * outlives what the container proved. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "client/client_fixture.h"
#include "client/session_internal.h"

static constexpr size_t BODY_SIZE = 16 << 20; /* bytes of a long transfer */

/* A clock that the test sets. */
static int64_t read_clock(void *user)
{
    const int64_t *ahead_s = user;

    return (int64_t)time(nullptr) + *ahead_s;
}

static vcc_client *connect_with(struct client_fixture *fixture, int64_t *ahead_s)
{
    struct vcc_options options = client_fixture_options(fixture);
    const struct vc_client_clock clock = {read_clock, ahead_s};
    struct vcc_error error;
    vcc_client *client = vc_client_open(&options, &clock, &error);

    if (client == nullptr)
        fail_msg("%s", error.text);
    return client;
}

/* ---- before the first request ---- */

static void test_refused_before_any_request(void **state)
{
    static const struct {
        const char *name;
        enum client_evidence evidence;
        const char *says;
    } rows[] = {
        {"none", CLIENT_EVIDENCE_NONE, "gives no evidence"},
        {"garbage", CLIENT_EVIDENCE_GARBAGE, "the container's evidence"},
        {"A2: relayed from another session", CLIENT_EVIDENCE_OTHER_SESSION,
         "not made for this session"},
        {"A2: relayed by somebody in between with a genuine certificate", CLIENT_EVIDENCE_RELAYED,
         "not made for this session"},
        {"A8: another machine's key", CLIENT_EVIDENCE_OTHER_MACHINE, "evidence"},
        {"not in the log", CLIENT_EVIDENCE_NOT_IN_LOG, "in no log"},
        {"C2: another log than before", CLIENT_EVIDENCE_OTHER_LOG, "another log"},
        {"no proof of growth", CLIENT_EVIDENCE_NO_GROWTH, "proof of growth"},
    };
    struct client_fixture *fixture = *state;
    struct vcc_options options = client_fixture_options(fixture);
    const struct client_answer answer = {.status = 204};

    /* something to remember */
    fixture->evidence = CLIENT_EVIDENCE_GOOD;
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_close(client_fixture_connect(fixture));
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vcc_error error = {};

        fixture->evidence = rows[i].evidence;
        client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
        if (vcc_connect(&options, &error) != nullptr)
            fail_msg("%s: accepted", rows[i].name);
        if (error.status != VCC_UNTRUSTED || strstr(error.text, rows[i].says) == nullptr)
            fail_msg("%s: status %d: %s", rows[i].name, error.status, error.text);
        assert_int_equal(fixture->seen->attestations, 1);
        assert_int_equal(fixture->seen->requests, 0);
    }
    fixture->evidence = CLIENT_EVIDENCE_GOOD;
}

static void test_told_what_was_found(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 204};
    struct vcc_attestation attestation;

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    vcc_attestation_of(client, &attestation);
    assert_string_equal(attestation.level, "none");
    assert_string_equal(attestation.node, "");
    assert_int_equal(strlen(attestation.machine), 66);
    assert_int_equal(attestation.incarnation, 0);
    assert_int_equal(attestation.log_size, fixture->session.leaf_count);
    assert_int_equal(attestation.log_index, fixture->session.leaf_count - 2);
    vcc_close(client);
}

/* ---- what is remembered of the log ---- */

static void memory_path(const struct client_fixture *fixture, char path[512])
{
    struct vc_log_store store;

    assert_int_equal(vc_log_store_open(fixture->log_folder, fixture->session.ca, &store, nullptr),
                     VC_OK);
    (void)snprintf(path, 512, "%s/%s.json", fixture->log_folder, store.name);
    vc_log_store_done(&store);
}

static void test_two_worlds(void **state)
{
    struct client_fixture *fixture = *state;
    struct vcc_options options = client_fixture_options(fixture);
    const struct client_answer answer = {.status = 204};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vcc_error error = {};
    struct stat status;
    char path[512];

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_close(client_fixture_connect(fixture));
    fixture->evidence = CLIENT_EVIDENCE_OTHER_LOG;
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    fixture->evidence = CLIENT_EVIDENCE_GOOD;
    assert_null(vcc_connect(&options, &error));
    assert_non_null(strstr(error.text, "two-worlds.json"));
    memory_path(fixture, path);
    (void)snprintf(strrchr(path, '.'), 20, ".two-worlds.json");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(vc_file_load(path, 65536, &text, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&text, VC_BYTES(""), nullptr), VC_OK);
    assert_non_null(strstr((const char *)text.data, "\"remembered\""));
    assert_non_null(strstr((const char *)text.data, "\"shown\""));
    /* what was remembered still is */
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_close(client_fixture_connect(fixture));
}

static void test_broken_memory(void **state)
{
    struct client_fixture *fixture = *state;
    struct vcc_options options = client_fixture_options(fixture);
    const struct client_answer answer = {.status = 204};
    vc_cleanup(vc_buffer_done) struct vc_buffer kept = {};
    struct vcc_error error = {};
    char path[512];

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_close(client_fixture_connect(fixture));
    memory_path(fixture, path);
    assert_int_equal(vc_file_load(path, 65536, &kept, nullptr), VC_OK);
    assert_int_equal(vc_file_store(path, VC_BYTES("{}"), 0600, nullptr), VC_OK);
    assert_null(vcc_connect(&options, &error));
    assert_non_null(strstr(error.text, path));
    assert_int_equal(fixture->seen->requests, 0);
    assert_int_equal(vc_file_store(path, vc_buffer_bytes(&kept), 0600, nullptr), VC_OK);
}

/* Several at once: each ends with one log, and nobody is refused. */
static void test_many_at_once(void **state)
{
    static constexpr size_t COUNT = 6;
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 204};
    pid_t others[COUNT];

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    for (size_t i = 0; i < COUNT; i++) {
        others[i] = fork();
        if (others[i] == 0) {
            struct vcc_options options = client_fixture_options(fixture);

            _exit(vcc_connect(&options, nullptr) != nullptr ? 0 : 1);
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        int status = -1;

        assert_int_equal(waitpid(others[i], &status, 0), others[i]);
        assert_int_equal(status, 0);
    }
}

/* ---- A10: what was proved is over in the middle ---- */

struct late {
    int64_t *ahead_s;
    uint64_t after; /* bytes */
    uint64_t at_change, last;
};

/* The clock jumps once so many bytes have arrived. */
static void jump(void *user, uint64_t done, uint64_t)
{
    struct late *late = user;

    late->last = done;
    if (done >= late->after && *late->ahead_s == 0) {
        *late->ahead_s = CLIENT_FIXTURE_LATER_S;
        late->at_change = done;
    }
}

static void test_paused_then_refused(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {
        .status = 200,
        .etag = "\"0000000000000000000000000000000000000000000000000000000000000000\"",
        .body_size = BODY_SIZE};
    int64_t ahead_s = 0;
    struct late late = {.ahead_s = &ahead_s, .after = BODY_SIZE / 4};
    struct vcc_error error = {};
    char path[128];
    void *data;
    size_t size;

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = connect_with(fixture, &ahead_s);

    client_fixture_path(fixture, "late", path);
    assert_int_equal(vcc_get_file(client, "/a", path, jump, &late, &error), VCC_UNTRUSTED);
    assert_non_null(strstr(error.text, "the session ended"));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(fixture->seen->attestations, 2); /* it was asked again, and had nothing */
    assert_true(late.at_change < BODY_SIZE);
    assert_true(late.last <= late.at_change); /* and nothing more was handed on */
    print_message("# paused after %ju of %zu bytes\n", (uintmax_t)late.last, BODY_SIZE);
    /* nothing more is sent in this session */
    assert_int_equal(fixture->seen->requests, 1);
    assert_int_equal(vcc_get_bytes(client, "/a", &data, &size, &error), VCC_UNTRUSTED);
    assert_non_null(strstr(error.text, "the session ended"));
    ahead_s = 0; /* not even if the clock is set back */
    assert_int_equal(vcc_get_bytes(client, "/a", &data, &size, &error), VCC_UNTRUSTED);
    assert_int_equal(fixture->seen->requests, 1);
    assert_int_equal(fixture->seen->attestations, 2);
    vcc_close(client);
}

static void test_renewed_in_place(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {
        .status = 200,
        .etag = "\"0000000000000000000000000000000000000000000000000000000000000000\"",
        .body_size = BODY_SIZE};
    int64_t ahead_s = 0;
    struct late late = {.ahead_s = &ahead_s, .after = BODY_SIZE / 4};
    struct vcc_attestation before;
    struct vcc_attestation after;
    struct vcc_error error = {};
    struct stat status;
    char path[128];

    fixture->evidence = CLIENT_EVIDENCE_RENEWED;
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    fixture->evidence = CLIENT_EVIDENCE_GOOD;
    vcc_client *client = connect_with(fixture, &ahead_s);

    vcc_attestation_of(client, &before);
    client_fixture_path(fixture, "whole", path);
    if (vcc_get_file(client, "/a", path, jump, &late, &error) != VCC_OK)
        fail_msg("%s", error.text);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, BODY_SIZE);
    assert_true(late.at_change > 0 && late.at_change < BODY_SIZE);
    assert_int_equal(fixture->seen->attestations, 2); /* once at the start, once in the middle */
    vcc_attestation_of(client, &after);
    assert_true(after.expires_at > before.expires_at);
    assert_int_equal(after.log_index, before.log_index + 1);
    vcc_close(client);
}

/* Between calls it is the same. */
static void test_before_a_call(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 204};
    struct vcc_error error = {};

    for (unsigned i = 0; i < 2; i++) {
        int64_t ahead_s = 0;

        fixture->evidence = i == 0 ? CLIENT_EVIDENCE_RENEWED : CLIENT_EVIDENCE_GOOD;
        client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
        vcc_client *client = connect_with(fixture, &ahead_s);

        assert_int_equal(vcc_put_bytes(client, "x", 1, "/a", &error), VCC_OK);
        ahead_s = CLIENT_FIXTURE_LATER_S;
        assert_int_equal(vcc_put_bytes(client, "x", 1, "/a", &error),
                         i == 0 ? VCC_OK : VCC_UNTRUSTED);
        assert_int_equal(fixture->seen->attestations, 2);
        assert_int_equal(fixture->seen->requests, i == 0 ? 2 : 1);
        vcc_close(client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_before_any_request),
        cmocka_unit_test(test_told_what_was_found),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_two_worlds),
        cmocka_unit_test(test_broken_memory),
        cmocka_unit_test(test_paused_then_refused),
        cmocka_unit_test(test_renewed_in_place),
        cmocka_unit_test(test_before_a_call),
    };

    return cmocka_run_group_tests_name("client sessions", tests, client_fixture_setup,
                                       client_fixture_teardown);
}
