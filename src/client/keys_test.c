/* SPDX-License-Identifier: MIT */

/* Keys that a principal gives: what reaches the container, what never does, what its answers mean;
 * and opening a wrapped one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "client/client_fixture.h"
#include "client/key_list.h"
#include "crypto/certificate.h"
#include "crypto/envelope.h"

static const uint8_t AES[16] = "sixteen bytes!!";

#define PROBLEM(kind, status) \
    "{\"type\":\"urn:veracruz:problem:" kind "\",\"status\":" status ",\"detail\":\"why\"}"
#define KEY                                                                                 \
    "{\"name\":\"ledger\",\"given\":true,\"id\":1,\"type\":\"aes\",\"bits\":128,\"usage\":" \
    "[\"decrypt\"],\"algorithm\":\"gcm\",\"programs\":[\"psi\"],\"wrap\":[],\"export\":false}"

/* ---------------------------------------------------------------------------------- what is sent
 */

static void test_put_is_sent(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answers[] = {{.status = 201}, {.status = 204}};
    uint8_t digest[VC_SHA256_SIZE];
    struct vcc_error error = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, answers, 2);
    vcc_client *client = client_fixture_connect(fixture);

    vc_sha256((struct vc_bytes){AES, sizeof(AES)}, digest);
    for (size_t i = 0; i < 2; i++) { /* given, and given anew */
        if (vcc_key_put(client, "ledger", AES, sizeof(AES), &error) != VCC_OK)
            fail_msg("%s", error.text);
        assert_string_equal(fixture->seen->method, "PUT");
        assert_string_equal(fixture->seen->target, "/v1/keys/ledger");
        assert_string_equal(fixture->seen->content_type, "application/octet-stream");
        assert_int_equal(fixture->seen->body_size, sizeof(AES));
        assert_memory_equal(fixture->seen->body_sha256, digest, sizeof(digest));
    }
    vcc_close(client);
}

static void test_remove_is_sent(void **state)
{
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 204};
    struct vcc_error error = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    assert_int_equal(vcc_key_remove(client, "receipt", &error), VCC_OK);
    assert_string_equal(fixture->seen->method, "DELETE");
    assert_string_equal(fixture->seen->target, "/v1/keys/receipt");
    vcc_close(client);
}

/* A key is not sent to where it would be refused. */
static void test_what_is_never_sent(void **state)
{
    static const struct {
        const char *name;
        size_t size;
        enum vcc_status expect;
        const char *says;
    } rows[] = {
        {"ledger", 0, VCC_MALFORMED, "keys.ledger: 0 bytes, 16 wanted"},
        {"ledger", 15, VCC_MALFORMED, "keys.ledger: 15 bytes, 16 wanted"},
        {"ledger", 17, VCC_MALFORMED, "keys.ledger: 17 bytes, 16 wanted"},
        {"receipt", 65, VCC_MALFORMED, "keys.receipt: an uncompressed point wanted"},
        {"sales", 16, VCC_REFUSED, "keys: bank owns none that is named sales"},
        {"nothing", 16, VCC_REFUSED, "keys: bank owns none that is named nothing"},
        {"", 16, VCC_REFUSED, "keys: bank owns none that is named "},
        {"../files", 16, VCC_REFUSED, "keys: bank owns none"},
    };
    static const uint8_t bytes[65] = {};
    struct client_fixture *fixture = *state;
    const struct client_answer answer = {.status = 204};
    struct vcc_error error = {};

    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    vcc_client *client = client_fixture_connect(fixture);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        enum vcc_status status = vcc_key_put(client, rows[i].name, bytes, rows[i].size, &error);

        if (status != rows[i].expect || strstr(error.text, rows[i].says) == nullptr)
            fail_msg("%s: %d: %s", rows[i].name, status, error.text);
        assert_int_equal(vcc_key_put(client, rows[i].name, bytes, rows[i].size, nullptr), status);
    }
    assert_int_equal(vcc_key_remove(client, "sales", &error), VCC_REFUSED);
    assert_int_equal(vcc_key_remove(client, "..", &error), VCC_REFUSED);
    assert_int_equal(fixture->seen->requests, 0);
    vcc_close(client);
}

/* --------------------------------------------------------------------------------------- answers
 */

enum verb { PUT, REMOVE, LIST };

static const struct client_answer_row answer_rows[] = {
    {"put with a get's answer", PUT, {.status = 200}, VCC_FAILED},
    {"put when frozen", PUT, {.status = 409, .body = PROBLEM("state", "409")}, VCC_REFUSED},
    {"put refused", PUT, {.status = 403, .body = PROBLEM("refused", "403")}, VCC_REFUSED},
    {"put malformed", PUT, {.status = 400, .body = PROBLEM("malformed", "400")}, VCC_MALFORMED},
    {"put too much", PUT, {.status = 413, .body = PROBLEM("limit", "413")}, VCC_LIMIT},
    {"remove what is not there",
     REMOVE,
     {.status = 404, .body = PROBLEM("not-found", "404")},
     VCC_NOT_FOUND},
    {"remove with a put's answer", REMOVE, {.status = 201}, VCC_FAILED},
    {"list", LIST, {.status = 200, .body = "{\"keys\":[" KEY "]}"}, VCC_OK},
    {"list of none", LIST, {.status = 200, .body = "{\"keys\":[]}"}, VCC_OK},
    {"list, none", LIST, {.status = 200, .body = "{}"}, VCC_FAILED},
    {"list, wrong", LIST, {.status = 200, .body = "{\"keys\":[{}]}"}, VCC_FAILED},
    {"list, no JSON", LIST, {.status = 200, .body = "<html>"}, VCC_FAILED},
    {"list, cut", LIST, {.status = 200, .body = "{\"keys\":["}, VCC_FAILED},
    {"list, endless", LIST, {.status = 200, .body_size = (8u << 20) + 1}, VCC_LIMIT},
    {"list, created", LIST, {.status = 201, .body = "{\"keys\":[]}"}, VCC_FAILED},
};

static enum vcc_status use(vcc_client *client, int verb, struct vcc_error *error)
{
    char *json = nullptr;
    enum vcc_status status;

    switch ((enum verb)verb) {
    case PUT:
        return vcc_key_put(client, "ledger", AES, sizeof(AES), error);
    case REMOVE:
        return vcc_key_remove(client, "ledger", error);
    case LIST:
        break;
    }
    status = vcc_keys_list(client, &json, error);
    assert_true((json != nullptr) == (status == VCC_OK));
    if (json != nullptr)
        assert_memory_equal(json, "{\"keys\":[", 9);
    free(json);
    return status;
}

static void test_answers(void **state)
{
    client_fixture_check_answers(*state, answer_rows, VC_COUNT(answer_rows), use);
}

/* Of a good key each member is left out, and each made something else. */
static void test_lists(void **)
{
    static const struct {
        const char *from, *to;
        const char *says;
    } rows[] = {
        {"\"name\":\"ledger\",", "", "keys[0]: no name"},
        {"\"ledger\"", "7", "keys[0].name: a whole number, a string wanted"},
        {"\"given\":true,", "", "keys[0]: no given"},
        {"true", "1", "keys[0].given: a whole number, true or false wanted"},
        {"\"id\":1,", "", "keys[0]: no id"},
        {"\"id\":1,", "\"id\":0,", "keys[0].id: 0, at least 1"},
        {"\"id\":1,", "\"id\":4294967296,", "keys[0].id: 4294967296, at most"},
        {"\"type\":\"aes\",", "", "keys[0]: no type"},
        {"\"bits\":128,", "", "keys[0]: no bits"},
        {"128", "\"128\"", "keys[0].bits: a string"},
        {"\"usage\":[\"decrypt\"],", "", "keys[0]: no usage"},
        {"[\"decrypt\"]", "\"decrypt\"", "keys[0].usage: a string, an array wanted"},
        {"\"decrypt\"", "{}", "keys[0].usage[0]: an object, a string wanted"},
        {"\"gcm\"", "null", "keys[0].algorithm: null"},
        {"\"programs\":[\"psi\"],", "", "keys[0]: no programs"},
        {"\"wrap\":[],", "", "keys[0]: no wrap"},
        {",\"export\":false", "", "keys[0]: no export"},
        {"false", "\"no\"", "keys[0].export: a string"},
    };
    static const char good[] = "{\"keys\":[" KEY "]}";
    struct vc_err err = {};

    assert_int_equal(
        vc_key_list_check((struct vc_bytes){(const uint8_t *)good, strlen(good)}, &err), VC_OK);
    for (size_t size = 0; size < strlen(good); size++)
        assert_int_not_equal(
            vc_key_list_check((struct vc_bytes){(const uint8_t *)good, size}, &err), VC_OK);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        const char *at = strstr(good, rows[i].from);

        assert_non_null(at);
        assert_int_equal(vc_buffer_printf(&text, nullptr, "%.*s%s%s", (int)(at - good), good,
                                          rows[i].to, at + strlen(rows[i].from)),
                         VC_OK);
        if (vc_key_list_check(vc_buffer_bytes(&text), &err) == VC_OK ||
            strncmp(err.text, rows[i].says, strlen(rows[i].says)) != 0)
            fail_msg("%s: %s", rows[i].says, err.text);
    }
}

/* --------------------------------------------------------------------------------------- unwrap */

static void seal_for(const struct client_fixture *fixture, const char *name,
                     struct vc_buffer *envelope)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    char path[128];

    client_fixture_path(fixture, name, path);
    assert_int_equal(vc_file_load(path, 65536, &pem, nullptr), VC_OK);
    assert_int_equal(vc_cert_parse_pem(vc_buffer_bytes(&pem), &cert, nullptr), VC_OK);
    assert_int_equal(vc_envelope_seal(cert, (struct vc_bytes){AES, sizeof(AES)}, envelope, nullptr),
                     VC_OK);
}

static void test_unwrap(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};
    struct vcc_error error = {};
    void *key = nullptr;
    size_t size = 0;

    seal_for(fixture, "bank.crt", &envelope);
    if (vcc_key_unwrap(fixture->identity_path, envelope.data, envelope.size, &key, &size, &error) !=
        VCC_OK)
        fail_msg("%s", error.text);
    assert_int_equal(size, sizeof(AES));
    assert_memory_equal(key, AES, sizeof(AES));
    vcc_key_free(key, size);
    vcc_key_free(nullptr, 0);
    key = nullptr;
    for (size_t cut = 0; cut < envelope.size; cut++) {
        assert_int_not_equal(
            vcc_key_unwrap(fixture->identity_path, envelope.data, cut, &key, &size, &error),
            VCC_OK);
        assert_null(key);
    }
    envelope.data[envelope.size - 1] ^= 1; /* the tag */
    assert_int_equal(
        vcc_key_unwrap(fixture->identity_path, envelope.data, envelope.size, &key, &size, &error),
        VCC_UNTRUSTED);
    assert_null(key);
}

static void test_unwrap_of_others(void **state)
{
    struct client_fixture *fixture = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};
    struct vcc_error error = {};
    char path[128];
    void *key = nullptr;
    size_t size = 0;

    seal_for(fixture, "shop.crt", &envelope);
    assert_int_equal(
        vcc_key_unwrap(fixture->identity_path, envelope.data, envelope.size, &key, &size, &error),
        VCC_UNTRUSTED);
    assert_int_equal(vcc_key_unwrap(nullptr, envelope.data, envelope.size, &key, &size, &error),
                     VCC_MALFORMED);
    client_fixture_path(fixture, "nobody", path);
    assert_int_equal(vcc_key_unwrap(path, envelope.data, envelope.size, &key, &size, &error),
                     VCC_FAILED);
    assert_non_null(strstr(error.text, "nobody.crt"));
    assert_null(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_is_sent),
        cmocka_unit_test(test_remove_is_sent),
        cmocka_unit_test(test_what_is_never_sent),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_unwrap),
        cmocka_unit_test(test_unwrap_of_others),
    };

    return cmocka_run_group_tests_name("client_keys", tests, client_fixture_setup,
                                       client_fixture_teardown);
}
