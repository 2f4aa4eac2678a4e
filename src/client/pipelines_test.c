/* SPDX-License-Identifier: MIT */

/* Pipelines: what is asked of the container, and what of its answers is believed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/client_fixture.h"
#include "client/pipeline_object.h"

#define STAGE(members) "{\"name\":\"make\",\"program\":\"generate\"," members "}"
#define PIPELINE(state, stages)                                                         \
    "{\"id\":\"3\",\"pipeline\":\"nightly\",\"principal\":\"alice\",\"state\":\"" state \
    "\",\"stages\":[" stages "]}"
#define GOING PIPELINE("running", STAGE("\"state\":\"running\",\"run\":\"7\""))
#define DONE                                                                                \
    PIPELINE(                                                                               \
        "done",                                                                             \
        STAGE(                                                                              \
            "\"state\":\"exited\",\"run\":\"7\",\"exit_code\":3") ",{\"name\":"             \
                                                                  "\"sort\",\"state\":"     \
                                                                  "\"skipped\",\"reason\":" \
                                                                  "\"stage make\\u001b exited\"}")
#define PROBLEM(kind, status) \
    "{\"type\":\"urn:veracruz:problem:" kind "\",\"status\":" status ",\"detail\":\"why\"}"

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

/* ---- objects ---- */

static void test_objects(void **)
{
    static const struct {
        const char *name, *body;
        enum vc_code expect;
    } rows[] = {
        {"going", GOING, VC_OK},
        {"done", DONE, VC_OK},
        {"killed, without stages", PIPELINE("killed", ""), VC_OK},
        {"more than we know", PIPELINE("done", STAGE("\"state\":\"skipped\",\"new\":[]")), VC_OK},
        {"unknown state", PIPELINE("finished", ""), VC_MALFORMED},
        {"no state", "{\"id\":\"3\",\"stages\":[]}", VC_MALFORMED},
        {"no id", "{\"state\":\"done\",\"stages\":[]}", VC_MALFORMED},
        {"an id that is a path", "{\"id\":\"../3\",\"state\":\"done\",\"stages\":[]}",
         VC_MALFORMED},
        {"no stages", "{\"id\":\"3\",\"state\":\"done\"}", VC_MALFORMED},
        {"stages are no list", "{\"id\":\"3\",\"state\":\"done\",\"stages\":{}}", VC_MALFORMED},
        {"a stage is a number", PIPELINE("done", "1"), VC_MALFORMED},
        {"a stage without a name", PIPELINE("done", "{\"state\":\"skipped\"}"), VC_MALFORMED},
        {"a stage without a state", PIPELINE("done", STAGE("\"run\":\"1\"")), VC_MALFORMED},
        {"a stage of unknown state", PIPELINE("done", STAGE("\"state\":\"well\"")), VC_MALFORMED},
        {"exited without a code", PIPELINE("done", STAGE("\"state\":\"exited\"")), VC_MALFORMED},
        {"a code that is text", PIPELINE("done", STAGE("\"state\":\"exited\",\"exit_code\":\"0\"")),
         VC_MALFORMED},
        {"a code too large",
         PIPELINE("done", STAGE("\"state\":\"exited\",\"exit_code\":2147483648")), VC_LIMIT},
        {"duplicate", "{\"id\":\"3\",\"id\":\"4\",\"state\":\"done\",\"stages\":[]}", VC_MALFORMED},
        {"trailing", DONE "x", VC_MALFORMED},
        {"nothing", "", VC_MALFORMED},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vcc_pipeline pipeline = {.stage_count = 77};
        struct vc_err err = {};
        enum vc_code code = vc_pipeline_object_parse(bytes_of(rows[i].body), &pipeline, &err);

        if (code != rows[i].expect)
            fail_msg("%s: %d %s", rows[i].name, code, err.text);
        if (code != VC_OK)
            assert_int_equal(pipeline.stage_count, 77); /* untouched */
    }
}

static void test_content(void **)
{
    struct vcc_pipeline pipeline;

    assert_int_equal(vc_pipeline_object_parse(bytes_of(DONE), &pipeline, nullptr), VC_OK);
    assert_true(vc_pipeline_ended(&pipeline));
    assert_string_equal(pipeline.id, "3");
    assert_string_equal(pipeline.pipeline, "nightly");
    assert_string_equal(pipeline.principal, "alice");
    assert_int_equal(pipeline.stage_count, 2);
    assert_string_equal(pipeline.stages[0].run, "7");
    assert_int_equal(pipeline.stages[0].exit_code, 3);
    assert_string_equal(pipeline.stages[1].run, "");
    assert_string_equal(pipeline.stages[1].reason, "stage make? exited"); /* for a terminal */
    assert_int_equal(vc_pipeline_object_parse(bytes_of(GOING), &pipeline, nullptr), VC_OK);
    assert_false(vc_pipeline_ended(&pipeline));
}

static void test_cut(void **)
{
    for (size_t size = 0; size < strlen(DONE); size++) {
        struct vcc_pipeline pipeline;

        assert_int_equal(vc_pipeline_object_parse((struct vc_bytes){(const uint8_t *)DONE, size},
                                                  &pipeline, nullptr),
                         VC_MALFORMED);
    }
}

static void test_stages_max(void **)
{
    for (size_t count = VCC_STAGES_MAX; count <= VCC_STAGES_MAX + 1; count++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vcc_pipeline pipeline;

        assert_int_equal(vc_buffer_append_text(
                             &text, "{\"id\":\"1\",\"state\":\"running\",\"stages\":[", nullptr),
                         VC_OK);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(vc_buffer_printf(&text, nullptr, "%s%s", i > 0 ? "," : "",
                                              STAGE("\"state\":\"waiting\"")),
                             VC_OK);
        }
        assert_int_equal(vc_buffer_append_text(&text, "]}", nullptr), VC_OK);
        assert_int_equal(vc_pipeline_object_parse(vc_buffer_bytes(&text), &pipeline, nullptr),
                         count <= VCC_STAGES_MAX ? VC_OK : VC_LIMIT);
    }
}

/* ---- calls ---- */

static void test_waits(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answers[] = {
        {.status = 201, .body = GOING},
        {.status = 200, .body = GOING},
        {.status = 200, .body = DONE},
    };
    struct vcc_error error = {};
    struct vcc_pipeline pipeline = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, answers, VC_COUNT(answers));
    vcc_client *client = client_fixture_connect(fixture);

    if (vcc_pipeline_start(client, "nightly", 60000, &pipeline, &error) != VCC_OK)
        fail_msg("%s", error.text);
    assert_int_equal(fixture->seen->requests, 3);
    assert_string_equal(fixture->seen->target, "/v1/pipelines/3");
    assert_string_equal(fixture->seen->prefer, "wait=60");
    assert_string_equal(pipeline.state, "done");
    vcc_close(client);
}

static void test_no_waiting(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 201, .body = GOING};
    struct vcc_error error = {};
    struct vcc_pipeline pipeline = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    assert_int_equal(vcc_pipeline_start(client, "nightly", 0, &pipeline, &error), VCC_OK);
    assert_string_equal(fixture->seen->method, "POST");
    assert_string_equal(fixture->seen->target, "/v1/pipelines");
    assert_string_equal(fixture->seen->content_type, "application/json");
    assert_string_equal(fixture->seen->prefer, "");
    assert_string_equal(pipeline.state, "running");
    vcc_close(client);
}

static void test_kill(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answers[] = {{.status = 204},
                                            {.status = 409, .body = PROBLEM("state", "409")}};
    struct vcc_error error = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, answers, VC_COUNT(answers));
    vcc_client *client = client_fixture_connect(fixture);

    assert_int_equal(vcc_pipeline_kill(client, "3/../runs/1", &error), VCC_MALFORMED);
    assert_int_equal(fixture->seen->requests, 0);
    assert_int_equal(vcc_pipeline_kill(client, "3", &error), VCC_OK);
    assert_string_equal(fixture->seen->method, "DELETE");
    assert_string_equal(fixture->seen->target, "/v1/pipelines/3");
    assert_int_not_equal(vcc_pipeline_kill(client, "3", &error), VCC_OK);
    assert_int_equal(error.http_status, 409);
    vcc_close(client);
}

static void test_answers(void **state)
{
    static const struct {
        struct client_answer answer;
        enum vcc_status expect;
    } rows[] = {
        {{.status = 200, .body = "{\"pipelines\":[]}"}, VCC_OK},
        {{.status = 200, .body = "{\"pipelines\":[" DONE "," GOING "]}"}, VCC_OK},
        {{.status = 200, .body = "{\"pipelines\":[1]}"}, VCC_FAILED},
        {{.status = 200, .body = "{\"pipelines\":{}}"}, VCC_FAILED},
        {{.status = 200, .body = "{}"}, VCC_FAILED},
        {{.status = 200, .body = "no JSON"}, VCC_FAILED},
        {{.status = 403, .body = PROBLEM("refused", "403")}, VCC_REFUSED},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct client_fixture *fixture = *state;
        struct vcc_error error = {};
        char *json = nullptr;

        client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &rows[i].answer, 1);
        vcc_client *client = client_fixture_connect(fixture);

        if (vcc_pipelines(client, &json, &error) != rows[i].expect)
            fail_msg("row %zu: %s", i, error.text);
        if (rows[i].expect == VCC_OK)
            assert_string_equal(json, rows[i].answer.body);
        free(json);
        vcc_close(client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects), cmocka_unit_test(test_content),
        cmocka_unit_test(test_cut),     cmocka_unit_test(test_stages_max),
        cmocka_unit_test(test_waits),   cmocka_unit_test(test_no_waiting),
        cmocka_unit_test(test_kill),    cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests_name("client_pipelines", tests, client_fixture_setup,
                                       client_fixture_teardown);
}
