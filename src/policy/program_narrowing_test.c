/* SPDX-License-Identifier: MIT */

/* Narrowings that programs ask for: what they may name, for the container and for one run. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/meet.h"
#include "policy/program_narrowing.h"
#include "policy/query_fixture.h"

struct asker_row {
    const char *text;
    enum vc_code code[2][2]; /* of each program: for the container, for its run */
};

#define SAME(left, right) \
    {                     \
        {left, left},     \
        {                 \
            right, right  \
        }                 \
    }
#define TAKE(path, list) "{\"take\":{\"may\":[\"read\"],\"path\":\"" path "\"," list "}}"

static const struct asker_row ASKERS[] = {
    {TAKE("/left/out", "\"from_all_but\":[]"), {{VC_OK, VC_REFUSED}, {VC_REFUSED, VC_REFUSED}}},
    {TAKE("/left/out", "\"from_all_but\":[{\"principal\":\"bob\"}]"),
     {{VC_OK, VC_REFUSED}, {VC_NOT_FOUND, VC_NOT_FOUND}}},
    {TAKE("/left/out", "\"from\":[{\"principal\":\"bob\"}]"),
     {{VC_OK, VC_REFUSED}, {VC_NOT_FOUND, VC_NOT_FOUND}}},
    {TAKE("/left/out", "\"from\":[{\"principal\":\"dave\"}]"),
     {{VC_NOT_FOUND, VC_NOT_FOUND}, {VC_REFUSED, VC_REFUSED}}},
    {TAKE("/left/out", "\"from_all_but\":[{\"principal\":\"dave\"}]"),
     {{VC_NOT_FOUND, VC_NOT_FOUND}, {VC_REFUSED, VC_REFUSED}}},
    {TAKE("/left/out", "\"from\":[{\"principal\":\"nobody\"}]"), SAME(VC_NOT_FOUND, VC_NOT_FOUND)},
    {TAKE("/left/out", "\"from_all_but\":[{\"principal\":\"nobody\"}]"),
     SAME(VC_NOT_FOUND, VC_NOT_FOUND)},
    {TAKE("/left/out", "\"from\":[{\"principal\":\"bob\"},{\"program\":\"none\"}]"),
     SAME(VC_NOT_FOUND, VC_NOT_FOUND)},
    {TAKE("/left/in/", "\"from\":[{\"program\":\"left\"}]"),
     {{VC_REFUSED, VC_OK}, {VC_NOT_FOUND, VC_NOT_FOUND}}},
    {TAKE("/left/in/", "\"from\":[{\"program\":\"right\"}]"),
     {{VC_NOT_FOUND, VC_NOT_FOUND}, {VC_REFUSED, VC_OK}}},
    {TAKE("/left/in/", "\"from\":[{\"program\":\"left\"},{\"principal\":\"alice\"}]"),
     {{VC_REFUSED, VC_REFUSED}, {VC_NOT_FOUND, VC_NOT_FOUND}}},
    {"{\"read_once\":{\"path\":\"/left/out\"}}", {{VC_OK, VC_REFUSED}, {VC_REFUSED, VC_REFUSED}}},
    {"{\"take_stream\":{\"stream\":\"prices\",\"from\":[{\"program\":\"left\"}]}}",
     {{VC_REFUSED, VC_OK}, {VC_NOT_FOUND, VC_NOT_FOUND}}},
    {"{\"take_stream\":{\"stream\":\"sums\",\"from\":[{\"program\":\"left\"}]}}",
     SAME(VC_NOT_FOUND, VC_NOT_FOUND)},
    {"{\"take_stream\":{\"stream\":\"sums\",\"from\":[{\"program\":\"right\"}]}}",
     {{VC_NOT_FOUND, VC_NOT_FOUND}, {VC_REFUSED, VC_OK}}},
    {"{\"take_stream\":{\"stream\":\"none\",\"from\":[{\"program\":\"left\"}]}}",
     SAME(VC_NOT_FOUND, VC_NOT_FOUND)},
    {"{\"take_key\":{\"key\":\"none\",\"from\":[{\"program\":\"left\"}]}}",
     SAME(VC_NOT_FOUND, VC_NOT_FOUND)},
    {"{\"withdraw\":{\"program\":\"left\"}}", {{VC_REFUSED, VC_REFUSED}, {VC_OK, VC_REFUSED}}},
    {"{\"withdraw\":{\"program\":\"right\"}}",
     {{VC_NOT_FOUND, VC_NOT_FOUND}, {VC_REFUSED, VC_REFUSED}}},
    {"{\"withdraw\":{\"program\":\"none\"}}", SAME(VC_NOT_FOUND, VC_NOT_FOUND)},
    {"{\"limits\":{\"program\":\"left\",\"cpu_seconds\":1}}",
     {{VC_REFUSED, VC_OK}, {VC_NOT_FOUND, VC_NOT_FOUND}}},
    {"{\"runs\":{\"program\":\"left\",\"at_most\":0}}",
     {{VC_REFUSED, VC_REFUSED}, {VC_NOT_FOUND, VC_NOT_FOUND}}},
    {"{\"expires\":\"2027-01-01T00:00:00Z\"}", SAME(VC_REFUSED, VC_REFUSED)},
    {"{\"freeze_inputs\":true}", SAME(VC_REFUSED, VC_REFUSED)},
    {"{}", SAME(VC_MALFORMED, VC_MALFORMED)},
    {"", SAME(VC_MALFORMED, VC_MALFORMED)},
    {"{\"give\":1}", SAME(VC_MALFORMED, VC_MALFORMED)},
    {TAKE("/left/out", "\"from\":[{\"principal\":7}]"), SAME(VC_MALFORMED, VC_MALFORMED)},
    {TAKE("/left/out", "\"from\":{\"principal\":\"bob\"}"), SAME(VC_MALFORMED, VC_MALFORMED)},
    {TAKE("/left/out", "\"from\":[7]"), SAME(VC_MALFORMED, VC_MALFORMED)},
    {TAKE("/left/out", "\"from\":[[]]"), SAME(VC_MALFORMED, VC_MALFORMED)},
    {TAKE("/left/out", "\"from\":7"), SAME(VC_MALFORMED, VC_MALFORMED)},
    {"{\"take\":7}", SAME(VC_MALFORMED, VC_MALFORMED)},
    {"{\"take\":[{}]}", SAME(VC_MALFORMED, VC_MALFORMED)},
    {TAKE("/left/out", "\"from\":[]"), SAME(VC_LIMIT, VC_LIMIT)},
};

static void test_program_narrowings(void **state)
{
    char not_found[sizeof(((struct vc_err *)nullptr)->text)] = {};

    for (size_t i = 0; i < 4 * VC_COUNT(ASKERS); i++) {
        const struct asker_row *row = &ASKERS[i / 4];
        struct vc_subjects meets;
        struct vc_narrowing_asker asker = {i / 2 % 2, i % 2 != 0, &meets};
        struct vc_bytes text = {(const uint8_t *)row->text, strlen(row->text)};
        struct vc_narrowing narrowing;
        struct vc_err err = {};
        enum vc_code code;

        vc_policy_whom_it_meets(*state, asker.program, &meets);
        code = vc_program_narrowing_parse(*state, asker, text, &narrowing, &err);
        if (code != row->code[asker.program][asker.of_run])
            fail_msg("%s of %zu, %d: code %d, %s", row->text, asker.program, asker.of_run, code,
                     err.text);
        if (code == VC_NOT_FOUND && not_found[0] == '\0')
            memcpy(not_found, err.text, sizeof(not_found));
        if (code == VC_NOT_FOUND)
            assert_string_equal(err.text, not_found);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_program_narrowings),
    };

    return cmocka_run_group_tests(tests, vc_query_fixture_setup, vc_query_fixture_teardown);
}
