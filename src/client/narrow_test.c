/* SPDX-License-Identifier: MIT */

/* Narrowing and the container's life: what reaches the container, what never does, and what of its
 * answers is believed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/instant.h"
#include "client/client_fixture.h"
#include "client/lifecycle_answers.h"
#include "client/narrowing_answers.h"

#define PROBLEM(kind, status) \
    "{\"type\":\"urn:veracruz:problem:" kind "\",\"status\":" status ",\"detail\":\"why\"}"
#define DIGEST   "7777777777777777777777777777777777777777777777777777777777777777"
#define NARROWED "{\"changed\":true,\"index\":7,\"in_force\":\"" DIGEST "\"}"
#define TAKE \
    "{\"take\":{\"may\":[\"read\"],\"path\":\"/output/2\",\"from\":[{\"principal\":\"shop\"}]}}"
#define RUNS "{\"runs\":{\"program\":\"psi\",\"at_most\":3}}"
#define CONSENT                                                                \
    "{\"program\":\"psi\",\"sha256\":\"" DIGEST "\",\"consented\":[\"bank\"]," \
    "\"missing\":[\"shop\"]}"
#define LIFE                                                                               \
    "{\"started\":\"2026-01-01T00:00:00Z\",\"ends\":\"2027-01-01T00:00:00Z\",\"frozen\":"  \
    "false,\"parties\":{\"at_least\":1,\"present\":[\"bank\"],\"missing\":[\"shop\"]},"    \
    "\"runs\":[{\"program\":\"psi\",\"started\":1,\"at_most\":3}],\"budgets\":[{\"path\":" \
    "\"/input/\",\"runs\":1,\"spent\":0}]}"

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

static struct vc_policy *load_policy(const struct client_fixture *fixture)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_policy *policy = nullptr;

    assert_int_equal(vc_file_load(fixture->policy_path, VC_POLICY_SIZE_MAX, &text, nullptr), VC_OK);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, nullptr), VC_OK);
    return policy;
}

/* ---------------------------------------------------------------------------------- what is sent
 */

static void expect_sent(const struct client_fixture *fixture, const char *target, const char *body)
{
    uint8_t digest[VC_SHA256_SIZE];

    vc_sha256(bytes_of(body), digest);
    assert_string_equal(fixture->seen->method, "POST");
    assert_string_equal(fixture->seen->target, target);
    assert_string_equal(fixture->seen->content_type, "application/json");
    assert_int_equal(fixture->seen->body_size, strlen(body));
    assert_memory_equal(fixture->seen->body_sha256, digest, sizeof(digest));
}

/* In its one spelling, whatever the user's was. */
static void test_narrowing_is_sent(void **state)
{
    static const char *const rows[][2] = {
        {TAKE, TAKE},
        {" { \"take\" : {\"from\":[{\"principal\":\"shop\"}], \"path\": "
         "\"/output/./2\", \"may\":[\"read\"] } } ",
         TAKE},
        {RUNS, RUNS},
        {"{\"withdraw\":{\"program\":\"psi\"}}", "{\"withdraw\":{\"program\":\"psi\"}}"},
        {"{\"take_key\":{\"key\":\"ledger\",\"from\":[{\"program\":\"psi\"}]}}",
         "{\"take_key\":{\"key\":\"ledger\",\"from_all_but\":[]}}"}, /* its own key: always */
        {"{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[{\"principal\":\"bank\"}]}}",
         "{\"take\":{\"may\":[\"read\"],\"path\":\"/x\",\"from\":[{\"principal\":\"bank\"}]}}"},
    };
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 200, .body = NARROWED};
    const struct client_answer nothing = {
        .status = 200, .body = "{\"changed\":false,\"in_force\":\"" DIGEST "\"}"};
    struct vcc_narrowed narrowed;
    struct vcc_error error = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        if (vcc_narrow(client, rows[i][0], &narrowed, &error) != VCC_OK)
            fail_msg("%s: %s", rows[i][0], error.text);
        expect_sent(fixture, "/v1/narrowings", rows[i][1]);
        assert_true(narrowed.changed == 1 && narrowed.index == 7);
        assert_string_equal(narrowed.in_force, DIGEST);
    }
    assert_int_equal(vcc_narrow(client, RUNS, nullptr, nullptr), VCC_OK);
    vcc_close(client);
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &nothing, 1);
    client = client_fixture_connect(fixture);
    assert_int_equal(vcc_narrow(client, RUNS, &narrowed, &error), VCC_OK);
    assert_true(narrowed.changed == 0 && narrowed.index == 0);
    vcc_close(client);
}

/* What this side's policy does not know or does not let it narrow. */
static void test_narrowing_is_never_sent(void **state)
{
    static const struct {
        const char *text;
        enum vcc_status expect;
        const char *says;
    } rows[] = {
        {"", VCC_MALFORMED, ""},
        {"{}", VCC_MALFORMED, "one member wanted"},
        {"{\"widen\":true}", VCC_MALFORMED, "one member wanted"},
        {"{\"freeze_inputs\":true,\"withdraw\":{\"program\":\"psi\"}}", VCC_MALFORMED, ""},
        {"{\"withdraw\":{\"program\":\"nothing\"}}", VCC_MALFORMED, "withdraw.program: no such"},
        {"{\"runs\":{\"program\":\"psi\",\"at_most\":1000001}}", VCC_MALFORMED, "runs.at_most"},
        {"{\"take\":{\"may\":[\"read\"],\"path\":\"/input/\",\"from\":[{\"principal\":\"shop\"}]}}",
         VCC_REFUSED, "narrowing: bank may not take"},
        {"{\"limits\":{\"program\":\"psi\",\"cpu_seconds\":5}}", VCC_REFUSED, "narrowing: bank"},
        {"{\"take_key\":{\"key\":\"sales\",\"from_all_but\":[]}}", VCC_REFUSED, "narrowing: bank"},
    };
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 200, .body = NARROWED};
    struct vcc_error error = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        enum vcc_status status = vcc_narrow(client, rows[i].text, nullptr, &error);

        if (status != rows[i].expect || strstr(error.text, rows[i].says) == nullptr)
            fail_msg("%s: %d: %s", rows[i].text, status, error.text);
    }
    assert_int_equal(vcc_consent(client, "nothing", &error), VCC_NOT_FOUND);
    assert_int_equal(fixture->seen->requests, 0);
    vcc_close(client);
}

/* The digest is that of the user's own copy of the policy. */
static void test_consent_is_sent(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answers[] = {{.status = 201, .body = CONSENT},
                                            {.status = 200, .body = CONSENT}};
    struct vcc_error error = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, answers, 2);
    vcc_client *client = client_fixture_connect(fixture);

    for (size_t i = 0; i < 2; i++) {
        if (vcc_consent(client, "psi", &error) != VCC_OK)
            fail_msg("%s", error.text);
        expect_sent(fixture, "/v1/consents", "{\"program\":\"psi\",\"sha256\":\"" DIGEST "\"}");
    }
    vcc_close(client);
}

/* --------------------------------------------------------------------------------------- answers
 */

enum verb { NARROW, CONSENT_TO, CONSENTS, LIFECYCLE, NARROWINGS };

static const struct client_answer_row answer_rows[] = {
    {"narrow refused", NARROW, {.status = 403, .body = PROBLEM("refused", "403")}, VCC_REFUSED},
    {"narrow, journal full", NARROW, {.status = 429, .body = PROBLEM("quota", "429")}, VCC_LIMIT},
    {"narrow, created", NARROW, {.status = 201, .body = NARROWED}, VCC_FAILED},
    {"narrow, nothing", NARROW, {.status = 200}, VCC_FAILED},
    {"narrow, not so", NARROW, {.status = 200, .body = "{\"changed\":1}"}, VCC_FAILED},
    {"narrow, no index", NARROW, {.status = 200, .body = "{\"changed\":true}"}, VCC_FAILED},
    {"consent refused",
     CONSENT_TO,
     {.status = 403, .body = PROBLEM("refused", "403")},
     VCC_REFUSED},
    {"consent, digest", CONSENT_TO, {.status = 422, .body = PROBLEM("digest", "422")}, VCC_DIGEST},
    {"consents", CONSENTS, {.status = 200, .body = "{\"consents\":[" CONSENT "]}"}, VCC_OK},
    {"consents, none", CONSENTS, {.status = 200, .body = "{\"consents\":[]}"}, VCC_OK},
    {"consents, wrong", CONSENTS, {.status = 200, .body = "{\"consents\":[{}]}"}, VCC_FAILED},
    {"consents, endless", CONSENTS, {.status = 200, .body_size = (4u << 20) + 1}, VCC_LIMIT},
    {"life", LIFECYCLE, {.status = 200, .body = LIFE}, VCC_OK},
    {"life, nothing", LIFECYCLE, {.status = 200, .body = "{}"}, VCC_FAILED},
    {"life, cut", LIFECYCLE, {.status = 200, .body = "{\"started\":"}, VCC_FAILED},
    {"narrowings, nothing", NARROWINGS, {.status = 200, .body = "{}"}, VCC_FAILED},
    {"narrowings, no JSON", NARROWINGS, {.status = 200, .body = "<html>"}, VCC_FAILED},
};

static enum vcc_status use(vcc_client *client, int verb, struct vcc_error *error)
{
    enum vcc_status status = VCC_FAILED;
    char *json = nullptr;

    switch ((enum verb)verb) {
    case NARROW:
        return vcc_narrow(client, RUNS, nullptr, error);
    case CONSENT_TO:
        return vcc_consent(client, "psi", error);
    case CONSENTS:
        status = vcc_consents(client, &json, error);
        break;
    case LIFECYCLE:
        status = vcc_lifecycle(client, &json, error);
        break;
    case NARROWINGS:
        status = vcc_narrowings(client, &json, error);
        break;
    }
    assert_true((json != nullptr) == (status == VCC_OK));
    free(json);
    return status;
}

static void test_answers(void **state)
{
    client_fixture_check_answers(*state, answer_rows, VC_COUNT(answer_rows), use);
}

/* A good answer of which one piece is replaced. */
struct change {
    const char *from, *to;
    const char *says; /* the beginning of what is said; "": it is good all the same */
};

typedef enum vc_code check_function(const struct vc_policy *policy, struct vc_bytes text,
                                    struct vc_err *err);

static void check_changes(const struct vc_policy *policy, const char *good, check_function *check,
                          const struct change *rows, size_t count)
{
    struct vc_err err = {};

    if (check(policy, bytes_of(good), &err) != VC_OK)
        fail_msg("%s", err.text);
    for (size_t size = 0; size < strlen(good); size++)
        assert_int_not_equal(check(policy, (struct vc_bytes){(const uint8_t *)good, size}, &err),
                             VC_OK);
    for (size_t i = 0; i < count; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        const char *at = strstr(good, rows[i].from);

        assert_non_null(at);
        assert_int_equal(vc_buffer_printf(&text, nullptr, "%.*s%s%s", (int)(at - good), good,
                                          rows[i].to, at + strlen(rows[i].from)),
                         VC_OK);
        err = (struct vc_err){};
        enum vc_code code = check(policy, vc_buffer_bytes(&text), &err);

        if ((code == VC_OK) != (rows[i].says[0] == '\0') ||
            strncmp(err.text, rows[i].says, strlen(rows[i].says)) != 0)
            fail_msg("%s: %d: %s", rows[i].to, code, err.text);
    }
}

static void test_consents(void **state)
{
    static const struct change rows[] = {
        {"\"consents\"", "\"consent\"", ": no consents"},
        {"\"psi\"", "\"other\"", "consents[0].program: none of the policy"},
        {DIGEST, "77", "consents[0].sha256: 2 hex digits"},
        {DIGEST, "8777777777777777777777777777777777777777777777777777777777777777",
         "consents[0].sha256: not the policy's"},
        {"\"bank\"", "\"nobody\"", "consents[0].consented[0]: no principal"},
        {"\"shop\"", "7", "consents[0].missing[0]: a whole number"},
        {",\"missing\":[\"shop\"]", "", "consents[0]: no missing"},
        {"}", ",\"colour\":\"red\"}", ""},
    };
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = load_policy(*state);

    check_changes(policy, "{\"consents\":[" CONSENT "]}", vc_consent_list_check, rows,
                  VC_COUNT(rows));
}

static void test_life(void **state)
{
    static const struct change rows[] = {
        {"\"started\":\"2026-01-01T00:00:00Z\",", "", ": no started"},
        {"2027-01-01T00:00:00Z", "2027-01-01", ".ends: "},
        {"false", "0", "frozen: a whole number"},
        {"\"at_least\":1,", "", "parties: no at_least"},
        {"\"bank\"", "\"nobody\"", "parties.present[0]: no principal"},
        {"[\"shop\"]", "[[]]", "parties.missing[0]: an array"},
        {"\"psi\"", "\"other\"", "runs[0].program: none of the policy"},
        {"\"started\":1", "\"started\":-1", "runs[0].started: -1"},
        {",\"at_most\":3", "", ""},
        {"\"spent\":0", "\"spent\":null", "budgets[0].spent: null"},
        {"\"path\":\"/input/\",", "", "budgets[0]: no path"},
        {"\"runs\":[", "\"fun\":[", ""},
    };
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = load_policy(*state);

    check_changes(policy, LIFE, vc_lifecycle_check, rows, VC_COUNT(rows));
}

/* ------------------------------------------------------------------------------------ narrowings
 */

#define ITEMS                                                                         \
    "{\"index\":3,\"time\":\"2026-01-01T00:00:00Z\",\"by\":{\"principal\":\"bank\"}," \
    "\"narrowing\":" TAKE "},{\"index\":5,\"time\":\"2026-01-01T00:00:01Z\",\"by\":"  \
    "{\"program\":\"psi\"},\"run\":1,\"narrowing\":" RUNS "},{\"index\":9,\"time\":"  \
    "\"2026-01-01T00:00:01Z\",\"narrowing\":{\"freeze_inputs\":true}}"

/* What the container would say of these narrowings, each in force. */
static void make_list(const struct vc_policy *policy, struct vc_buffer *list)
{
    static const char *const narrowings[] = {TAKE, RUNS, "{\"freeze_inputs\":true}"};
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;
    uint8_t digest[VC_SHA256_SIZE];
    char hex[2 * VC_SHA256_SIZE + 1];
    char expires[VC_INSTANT_TEXT_MAX];

    assert_int_equal(vc_force_new(policy, &force, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(narrowings); i++) {
        struct vc_narrowing narrowing;
        bool changed;

        assert_int_equal(vc_narrowing_parse(policy, bytes_of(narrowings[i]), &narrowing, nullptr),
                         VC_OK);
        assert_int_equal(vc_force_narrow(force, &narrowing, &changed, nullptr), VC_OK);
    }
    assert_int_equal(vc_force_digest(force, digest, nullptr), VC_OK);
    vc_hex_encode(VC_BYTES(digest), hex);
    vc_instant_format(vc_force_expires(force), expires);
    assert_int_equal(
        vc_buffer_printf(list, nullptr,
                         "{\"in_force\":\"%s\",\"expires\":\"%s\",\"narrowings\":[" ITEMS "]}", hex,
                         expires),
        VC_OK);
    assert_int_equal(vc_buffer_append(list, VC_BYTES(""), nullptr), VC_OK);
}

static enum vc_code read_list(const struct vc_policy *policy, struct vc_bytes text,
                              struct vc_err *err)
{
    vc_cleanup(vc_narrowing_list_done) struct vc_narrowing_list list = {};

    return vc_narrowing_list_read(policy, text, &list, err);
}

/* Whatever is left out, added, changed or moved shows. */
static void test_narrowings_are_replayed(void **state)
{
    static const struct change rows[] = {
        {"{\"freeze_inputs\":true}", "{\"withdraw\":{\"program\":\"psi\"}}", "in_force: "},
        {"\"at_most\":3", "\"at_most\":2", "in_force: "},
        {"[\"read\"]", "[\"read\",\"write\"]", ""},
        {"/output/2", "/output/3", "in_force: "},
        {",{\"index\":9,\"time\":\"2026-01-01T00:00:01Z\",\"narrowing\":{\"freeze_inputs\":true}}",
         "", "in_force: "},
        {"\"index\":5", "\"index\":3", "narrowings[1]: not in the order"},
        {"00:00:01Z", "00:00:00Z", ""},
        {"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "narrowings[1]: not in the order"},
        {"\"bank\"", "\"nobody\"", "narrowings[0].by: the policy has none"},
        {"{\"program\":\"psi\"}", "{\"program\":\"bank\"}",
         "narrowings[1].by: the policy has none"},
        {"{\"program\":\"psi\"}", "{}", "narrowings[1].by: no principal"},
        {"\"run\":1", "\"run\":\"1\"", "narrowings[1].run: a string"},
        {"\"shop\"", "\"nobody\"", "narrowings: "},
        {"2099-", "2098-", "expires: "},
        {"\"expires\":", "\"expired\":", ": no expires"},
        {"\"freeze_inputs\":true", "\"freeze_inputs\":false", "narrowings[2].narrowing"},
    };
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = load_policy(*state);
    vc_cleanup(vc_buffer_done) struct vc_buffer list = {};

    make_list(policy, &list);
    check_changes(policy, (const char *)list.data, read_list, rows, VC_COUNT(rows));
}

/* Through the client: as it came, or not at all. */
static void test_narrowings(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = load_policy(fixture);
    vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
    struct client_answer answer = {.status = 200};
    struct vcc_error error = {};
    char *json = nullptr;

    make_list(policy, &list);
    answer.body = (const char *)list.data;
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    if (vcc_narrowings(client, &json, &error) != VCC_OK)
        fail_msg("%s", error.text);
    assert_string_equal(json, answer.body);
    free(json);
    vcc_close(client);
    char *digit = strchr((char *)list.data, ':') + 2;

    *digit = *digit == '0' ? '1' : '0';
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    client = client_fixture_connect(fixture);
    assert_int_equal(vcc_narrowings(client, &json, &error), VCC_UNTRUSTED);
    vcc_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_narrowing_is_sent),
        cmocka_unit_test(test_narrowing_is_never_sent),
        cmocka_unit_test(test_consent_is_sent),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_consents),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_narrowings_are_replayed),
        cmocka_unit_test(test_narrowings),
    };

    return cmocka_run_group_tests_name("client_narrow", tests, client_fixture_setup,
                                       client_fixture_teardown);
}
