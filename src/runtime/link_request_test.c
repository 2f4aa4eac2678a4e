/* SPDX-License-Identifier: MIT */

#include "runtime/link_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEX_1 "00000000000000000000000000000000000000000000000000000000000000a1"
#define HEX_2 "00000000000000000000000000000000000000000000000000000000000000a2"
#define HEX_3 "00000000000000000000000000000000000000000000000000000000000000a3"
#define NAMES "\"container\":\"" HEX_1 "\",\"policy\":\"" HEX_2 "\",\"root\":\"" HEX_3 "\""

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

static const struct {
    const char *name, *text;
    enum vc_code code;
} links[] = {
    {"right", "{" NAMES ",\"size\":9007199254740992}", VC_OK},
    {"nothing", "", VC_MALFORMED},
    {"empty", "{}", VC_MALFORMED},
    {"no container", "{\"policy\":\"" HEX_2 "\",\"root\":\"" HEX_3 "\",\"size\":1}", VC_MALFORMED},
    {"no policy", "{\"container\":\"" HEX_1 "\",\"root\":\"" HEX_3 "\",\"size\":1}", VC_MALFORMED},
    {"no root", "{\"container\":\"" HEX_1 "\",\"policy\":\"" HEX_2 "\",\"size\":1}", VC_MALFORMED},
    {"no size", "{" NAMES "}", VC_MALFORMED},
    {"size 0", "{" NAMES ",\"size\":0}", VC_LIMIT},
    {"size too large", "{" NAMES ",\"size\":9007199254740993}", VC_LIMIT},
    {"size a text", "{" NAMES ",\"size\":\"1\"}", VC_MALFORMED},
    {"upper case",
     "{\"container\":\"" HEX_1 "\",\"policy\":\"" HEX_2
     "\",\"root\":\"00000000000000000000000000000000000000000000000000000000000000A3\",\"size\":1}",
     VC_MALFORMED},
    {"short", "{\"container\":\"00\",\"policy\":\"" HEX_2 "\",\"root\":\"" HEX_3 "\",\"size\":1}",
     VC_MALFORMED},
    {"another member", "{" NAMES ",\"size\":1,\"node\":\"\"}", VC_MALFORMED},
    {"twice", "{" NAMES ",\"size\":1,\"size\":1}", VC_MALFORMED},
    {"bytes behind", "{" NAMES ",\"size\":1}x", VC_MALFORMED},
};

static void test_links(void **)
{
    for (size_t i = 0; i < VC_COUNT(links); i++) {
        struct vc_record_link link = {.size = 77};

        if (vc_link_request_parse(bytes_of(links[i].text), &link, nullptr) != links[i].code)
            fail_msg("%s", links[i].name);
        assert_int_equal(link.size, links[i].code == VC_OK ? 9007199254740992 : 77);
        if (links[i].code == VC_OK) {
            assert_int_equal(link.container[31], 0xa1);
            assert_int_equal(link.policy[31], 0xa2);
            assert_int_equal(link.root[31], 0xa3);
        }
    }
}

static void test_links_cut(void **)
{
    const char *text = links[0].text;

    for (size_t size = 0; size < strlen(text); size++) {
        struct vc_record_link link = {};

        assert_int_equal(
            vc_link_request_parse((struct vc_bytes){(const uint8_t *)text, size}, &link, nullptr),
            VC_MALFORMED);
    }
}

static const struct {
    const char *text;
    enum vc_code code;
    uint64_t since;
} numbers[] = {
    {"0", VC_OK, 0},
    {"17", VC_OK, 17},
    {"9007199254740992", VC_OK, UINT64_C(9007199254740992)},
    {"9007199254740993", VC_LIMIT, 0},
    {"18446744073709551617", VC_LIMIT, 0},
    {"", VC_MALFORMED, 0},
    {"01", VC_MALFORMED, 0},
    {"00", VC_MALFORMED, 0},
    {"-1", VC_MALFORMED, 0},
    {"+1", VC_MALFORMED, 0},
    {" 1", VC_MALFORMED, 0},
    {"1 ", VC_MALFORMED, 0},
    {"0x1", VC_MALFORMED, 0},
    {"1/2", VC_MALFORMED, 0},
};

static void test_numbers(void **)
{
    for (size_t i = 0; i < VC_COUNT(numbers); i++) {
        uint64_t since = 77;

        if (vc_since_parse(numbers[i].text, &since, nullptr) != numbers[i].code)
            fail_msg("\"%s\"", numbers[i].text);
        assert_int_equal(since, numbers[i].code == VC_OK ? numbers[i].since : 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_links_cut),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests_name("link-request", tests, nullptr, nullptr);
}
