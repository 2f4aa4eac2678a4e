/* SPDX-License-Identifier: MIT */

#include "runtime/consent_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/view_fixture.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define OTHER "000000000000000000000000000000000000000000000000000000000000000f"

static void test_bodies(void **)
{
    static const struct {
        const char *body;
        enum vc_code expect;
        const char *err; /* its beginning */
    } rows[] = {
        {"{\"program\":\"p\",\"sha256\":\"" ZEROS "\"}", VC_OK, ""},
        {" { \"sha256\" : \"" OTHER "\" , \"program\" : \"p\" } ", VC_OK, ""},
        {"", VC_MALFORMED, ""},
        {"{}", VC_MALFORMED, "no \"program\""},
        {"[]", VC_MALFORMED, ""},
        {"{\"program\":\"p\"}", VC_MALFORMED, "no \"sha256\""},
        {"{\"sha256\":\"" ZEROS "\"}", VC_MALFORMED, "no \"program\""},
        {"{\"program\":1,\"sha256\":\"" ZEROS "\"}", VC_MALFORMED, "program: "},
        {"{\"program\":\"p\",\"sha256\":0}", VC_MALFORMED, "sha256: "},
        {"{\"program\":\"p\",\"sha256\":null}", VC_MALFORMED, "sha256: "},
        {"{\"program\":\"p\",\"sha256\":\"\"}", VC_MALFORMED, "sha256: 0 hex digits"},
        {"{\"program\":\"p\",\"sha256\":\"" ZEROS "0\"}", VC_MALFORMED, "sha256: 65 hex digits"},
        {"{\"program\":\"p\",\"sha256\":\"" ZEROS "00\"}", VC_MALFORMED, "sha256: 66 hex digits"},
        {"{\"program\":\"p\",\"sha256\":"
         "\"000000000000000000000000000000000000000000000000000000000000000F\"}",
         VC_MALFORMED, "sha256: "},
        {"{\"program\":\"p\",\"sha256\":"
         "\" 00000000000000000000000000000000000000000000000000000000000000f\"}",
         VC_MALFORMED, "sha256: "},
        {"{\"program\":\"p\",\"sha256\":\"" ZEROS "\",\"extra\":1}", VC_MALFORMED, "unknown key"},
        {"{\"program\":\"p\",\"sha256\":\"" OTHER "\",\"sha256\":\"" ZEROS "\"}", VC_MALFORMED, ""},
        {"{\"program\":\"p\",\"sha256\":\"" ZEROS "\"}x", VC_MALFORMED, ""},
        {"{\"program\":\"q\",\"sha256\":\"" ZEROS "\"}", VC_NOT_FOUND,
         "programs: the policy has no program q"},
        {"{\"program\":\"\",\"sha256\":\"" ZEROS "\"}", VC_NOT_FOUND, "programs: "},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_bytes body = {(const uint8_t *)rows[i].body, strlen(rows[i].body)};
        struct vc_consent_request request = {.program = 7};
        struct vc_err err = {};
        enum vc_code code = vc_consent_request_parse(body, vc_view_fixture(), &request, &err);

        if (code != rows[i].expect || strncmp(err.text, rows[i].err, strlen(rows[i].err)) != 0)
            fail_msg("%s: code %d, wanted %d: %s", rows[i].body, code, rows[i].expect, err.text);
        assert_int_equal(request.program, code == VC_OK ? 0 : 7);
    }
}

static void test_every_part_of_a_body(void **)
{
    static const char whole[] = "{\"program\":\"p\",\"sha256\":\"" ZEROS "\"}";

    for (size_t size = 0; size < strlen(whole); size++) {
        struct vc_consent_request request;
        struct vc_bytes body = {(const uint8_t *)whole, size};

        assert_int_equal(vc_consent_request_parse(body, vc_view_fixture(), &request, nullptr),
                         VC_MALFORMED);
    }
}

static void test_digests(void **)
{
    struct vc_consent_request request = {.program = 0};
    struct vc_err err = {};

    assert_int_equal(vc_consent_request_check(vc_view_fixture(), &request, &err), VC_OK);
    for (size_t bit = 0; bit < 8 * sizeof(request.sha256); bit++) {
        request.sha256[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(vc_consent_request_check(vc_view_fixture(), &request, &err), VC_UNTRUSTED);
        request.sha256[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    request.sha256[0] = 0xab;
    assert_int_equal(vc_consent_request_check(vc_view_fixture(), &request, &err), VC_UNTRUSTED);
    assert_string_equal(err.text, "programs.p.sha256: the policy has 0000000000000000…, the "
                                  "consent is to ab00000000000000…");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_every_part_of_a_body),
        cmocka_unit_test(test_digests),
    };

    return cmocka_run_group_tests_name("consent_request", tests, nullptr, nullptr);
}
