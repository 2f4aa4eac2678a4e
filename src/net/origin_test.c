/* SPDX-License-Identifier: MIT */

#include "net/origin.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* An address as people write it; "": of a Unix socket. */
static struct vc_origin origin_of(const char *text)
{
    struct sockaddr_storage storage = {.ss_family = AF_UNIX};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(1234)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(1234)};

    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        memcpy(&storage, &four, sizeof(four));
    else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1)
        memcpy(&storage, &six, sizeof(six));
    else
        assert_string_equal(text, "");
    return vc_origin_of(&storage);
}

static void test_who_is_the_same(void **)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "193.0.2.1", false},
        {"192.0.2.1", "::ffff:192.0.2.1", true},
        {"192.0.2.1", "::192.0.2.1", false},
        {"0.0.0.0", "::", false},
        {"2001:db8::1", "2001:db8::2", true},
        {"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true},
        {"2001:db8::1", "2001:db8:0:1::1", false},
        {"2001:db8::1", "3001:db8::1", false},
        {"192.0.2.1", "", false},
        {"", "", false},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_origin a = origin_of(rows[i].a), b = origin_of(rows[i].b);

        if (vc_origin_equal(&a, &b) != rows[i].same || vc_origin_equal(&b, &a) != rows[i].same)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        assert_int_equal(a.known, rows[i].a[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_who_is_the_same)};

    return cmocka_run_group_tests_name("origin", tests, nullptr, nullptr);
}
