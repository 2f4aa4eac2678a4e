/* SPDX-License-Identifier: MIT */

#include "attestd/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct row {
    const char *text;
    enum vc_code expect;
    const char *name;
    size_t address_size;
} rows[] = {
    {"example.org", VC_OK, "example.org", 0},
    {"Example.ORG", VC_OK, "example.org", 0},
    {"localhost", VC_OK, "localhost", 0},
    {"a-b.c1", VC_OK, "a-b.c1", 0},
    {"1.example", VC_OK, "1.example", 0},
    {LABEL_63 ".org", VC_OK, LABEL_63 ".org", 0},
    {"127.0.0.1", VC_OK, "", 4},
    {"::1", VC_OK, "", 16},
    {"2001:db8::1", VC_OK, "", 16},
    {"", VC_MALFORMED, "", 0},
    {".", VC_MALFORMED, "", 0},
    {"example.org.", VC_MALFORMED, "", 0},
    {".example.org", VC_MALFORMED, "", 0},
    {"a..b", VC_MALFORMED, "", 0},
    {"-a.org", VC_MALFORMED, "", 0},
    {"a-.org", VC_MALFORMED, "", 0},
    {"*.example.org", VC_MALFORMED, "", 0},
    {"a_b.org", VC_MALFORMED, "", 0},
    {"a b", VC_MALFORMED, "", 0},
    {"a\n.org", VC_MALFORMED, "", 0},
    {"\xc3\xa9.org", VC_MALFORMED, "", 0},
    {"a" LABEL_63 ".org", VC_MALFORMED, "", 0},
    {"1.2.3", VC_MALFORMED, "", 0},
    {"1.2.3.4.5", VC_MALFORMED, "", 0},
    {"256.1.1.1", VC_MALFORMED, "", 0},
    {"[::1]", VC_MALFORMED, "", 0},
    {"example.org:443", VC_MALFORMED, "", 0},
    {"veracruz", VC_REFUSED, "", 0},
    {"a.veracruz", VC_REFUSED, "", 0},
    {"a.b.VeraCruz", VC_REFUSED, "", 0},
    {"veracruz.org", VC_OK, "veracruz.org", 0},
    {"averacruz", VC_OK, "averacruz", 0},
};

static void test_hosts(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_host host = {};
        enum vc_code code = vc_host_parse(rows[i].text, &host, nullptr);

        if (code != rows[i].expect)
            fail_msg("\"%s\": %d, wanted %d", rows[i].text, code, rows[i].expect);
        assert_string_equal(host.name, rows[i].name);
        assert_int_equal(host.address_size, rows[i].address_size);
    }
}

static void test_length(void **)
{
    char text[VC_HOST_MAX + 1] = {};
    struct vc_host host;

    for (size_t i = 0; i < sizeof(text) - 1; i++)
        text[i] = i % 2 == 0 ? 'a' : '.';
    text[VC_HOST_MAX - 1] = 'a';
    text[VC_HOST_MAX] = '\0';
    assert_int_equal(vc_host_parse(text, &host, nullptr), VC_MALFORMED); /* 254 characters */
    text[VC_HOST_MAX - 1] = '\0';
    assert_int_equal(vc_host_parse(text, &host, nullptr), VC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests_name("attestd-host", tests, nullptr, nullptr);
}
