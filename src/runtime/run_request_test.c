/* SPDX-License-Identifier: MIT */

#include "runtime/run_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/view_fixture.h"

static void test_bodies(void **)
{
    static const struct {
        const char *body;
        enum vc_code expect;
    } rows[] = {
        {"{\"program\":\"p\"}", VC_OK},
        {" { \"program\" : \"p\" } ", VC_OK},
        {"", VC_MALFORMED},
        {"{}", VC_MALFORMED},
        {"[]", VC_MALFORMED},
        {"{\"program\":1}", VC_MALFORMED},
        {"{\"program\":\"p\",\"extra\":1}", VC_MALFORMED},
        {"{\"program\":\"p\",\"program\":\"p\"}", VC_MALFORMED},
        {"{\"program\":\"p\"}x", VC_MALFORMED},
        {"{\"program\":\"q\"}", VC_NOT_FOUND},
        {"{\"program\":\"\"}", VC_NOT_FOUND},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_bytes body = {(const uint8_t *)rows[i].body, strlen(rows[i].body)};
        size_t program = 7;
        enum vc_code code = vc_run_request_parse(body, vc_view_fixture(), &program, nullptr);

        if (code != rows[i].expect)
            fail_msg("%s: code %d, wanted %d", rows[i].body, code, rows[i].expect);
        assert_int_equal(program, code == VC_OK ? 0 : 7);
    }
}

static void test_waits(void **)
{
    assert_int_equal(vc_run_wait_parse(nullptr), 0);
    assert_int_equal(vc_run_wait_parse("wait=30"), 30);
    assert_int_equal(vc_run_wait_parse("wait=0"), 0);
    assert_int_equal(vc_run_wait_parse("wait=600"), 600);
    assert_int_equal(vc_run_wait_parse("wait=601"), 600);
    assert_int_equal(vc_run_wait_parse("wait=99999999999999999999"), 0);
    assert_int_equal(vc_run_wait_parse("wait=-1"), 0);
    assert_int_equal(vc_run_wait_parse("respond-async"), 0);
}

static void test_ids(void **)
{
    uint64_t id = 5;

    assert_true(vc_run_id_parse("/17", &id));
    assert_int_equal(id, 17);
    assert_false(vc_run_id_parse("/0", &id));
    assert_false(vc_run_id_parse("/017", &id));
    assert_false(vc_run_id_parse("/", &id));
    assert_false(vc_run_id_parse("/1/2", &id));
    assert_false(vc_run_id_parse("/1x", &id));
    assert_false(vc_run_id_parse("/9999999999999999999", &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests_name("run_request", tests, nullptr, nullptr);
}
