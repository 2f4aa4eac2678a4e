/* SPDX-License-Identifier: MIT */

#include "runtime/pipeline_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char first_name[] = "nightly";
static char second_name[] = "p";
static struct vc_policy_pipeline pipelines[] = {{.name = first_name}, {.name = second_name}};
static const struct vc_policy policy = {.pipelines = pipelines,
                                        .pipeline_count = VC_COUNT(pipelines)};

static void test_bodies(void **)
{
    static const struct {
        const char *body;
        enum vc_code expect;
        size_t found;
    } rows[] = {
        {"{\"pipeline\":\"p\"}", VC_OK, 1},
        {" {\"pipeline\" : \"nightly\"}\n", VC_OK, 0},
        {"{\"pipeline\":\"\\u0070\"}", VC_OK, 1},
        {"", VC_MALFORMED, 0},
        {"{}", VC_MALFORMED, 0},
        {"[]", VC_MALFORMED, 0},
        {"\"p\"", VC_MALFORMED, 0},
        {"{\"pipeline\":1}", VC_MALFORMED, 0},
        {"{\"pipeline\":null}", VC_MALFORMED, 0},
        {"{\"pipeline\":[\"p\"]}", VC_MALFORMED, 0},
        {"{\"program\":\"p\"}", VC_MALFORMED, 0},
        {"{\"pipeline\":\"p\",\"stage\":\"s\"}", VC_MALFORMED, 0},
        {"{\"pipeline\":\"p\",\"pipeline\":\"p\"}", VC_MALFORMED, 0},
        {"{\"pipeline\":\"p\"}x", VC_MALFORMED, 0},
        {"{\"pipeline\":\"q\"}", VC_NOT_FOUND, 0},
        {"{\"pipeline\":\"P\"}", VC_NOT_FOUND, 0},
        {"{\"pipeline\":\"/p\"}", VC_NOT_FOUND, 0},
        {"{\"pipeline\":\"0\"}", VC_NOT_FOUND, 0},
        {"{\"pipeline\":\"\"}", VC_NOT_FOUND, 0},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_bytes body = {(const uint8_t *)rows[i].body, strlen(rows[i].body)};
        size_t found = 7;
        enum vc_code code = vc_pipeline_request_parse(body, &policy, &found, nullptr);

        if (code != rows[i].expect)
            fail_msg("%s: code %d, wanted %d", rows[i].body, code, rows[i].expect);
        assert_int_equal(found, code == VC_OK ? rows[i].found : 7);
    }
}

static void test_cut(void **)
{
    static const char body[] = "{\"pipeline\":\"nightly\"}";

    for (size_t size = 0; size < strlen(body); size++) {
        size_t found = 7;

        assert_int_equal(vc_pipeline_request_parse((struct vc_bytes){(const uint8_t *)body, size},
                                                   &policy, &found, nullptr),
                         VC_MALFORMED);
        assert_int_equal(found, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests_name("pipeline_request", tests, nullptr, nullptr);
}
