/* SPDX-License-Identifier: MIT */

#include "flow/mark.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t HASH[32] = {1, 2, 3};
static const uint8_t OTHER[32] = {1, 2, 4};

static void mark_of(enum vc_mark_kind kind, const struct vc_mark_subject *subject,
                    const char *bytes, char text[VC_MARK_TEXT_MAX])
{
    vc_cleanup(vc_mark_freep) struct vc_mark *mark = nullptr;

    assert_int_equal(vc_mark_new(kind, subject, &mark, nullptr), VC_OK);
    for (size_t i = 0; i < strlen(bytes); i++)
        vc_mark_add(mark, (struct vc_bytes){(const uint8_t *)bytes + i, 1});
    assert_int_equal(vc_mark_text(mark, text, nullptr), VC_OK);
}

static void test_sha256_is_that_of_the_bytes(void **)
{
    const struct vc_mark_subject subject = {HASH, "prices", 1};
    char text[VC_MARK_TEXT_MAX];

    mark_of(VC_MARK_SHA256, &subject, "abc", text);
    assert_string_equal(text, "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:");
    mark_of(VC_MARK_SHA256, &subject, "", text);
    assert_string_equal(text, "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
}

/* D5: policy, stream and use are all in it, whatever the bytes. */
static void test_d5_gmac_is_of_one_use_of_one_stream(void **)
{
    const struct vc_mark_subject subjects[] = {
        {HASH, "prices", 1}, {OTHER, "prices", 1},  {HASH, "price", 1},
        {HASH, "prices", 2}, {HASH, "prices", 256},
    };
    char texts[VC_COUNT(subjects)][VC_MARK_TEXT_MAX];
    char again[VC_MARK_TEXT_MAX];

    for (size_t i = 0; i < VC_COUNT(subjects); i++) {
        mark_of(VC_MARK_GMAC, &subjects[i], "some bytes", texts[i]);
        assert_int_equal(strncmp(texts[i], "veracruz-gmac=:", 15), 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(texts[i], texts[j]);
    }
    mark_of(VC_MARK_GMAC, &subjects[0], "some bytes", again);
    assert_string_equal(again, texts[0]);
    mark_of(VC_MARK_GMAC, &subjects[0], "some bytez", again);
    assert_string_not_equal(again, texts[0]);
}

static void test_asking_changes_nothing(void **)
{
    const struct vc_mark_subject subject = {HASH, "prices", 1};

    for (enum vc_mark_kind kind = VC_MARK_GMAC; kind <= VC_MARK_SHA256; kind++) {
        vc_cleanup(vc_mark_freep) struct vc_mark *mark = nullptr;
        char text[VC_MARK_TEXT_MAX];
        char whole[VC_MARK_TEXT_MAX];

        assert_int_equal(vc_mark_new(kind, &subject, &mark, nullptr), VC_OK);
        vc_mark_add(mark, (struct vc_bytes){(const uint8_t *)"ab", 2});
        assert_int_equal(vc_mark_text(mark, text, nullptr), VC_OK);
        vc_mark_add(mark, (struct vc_bytes){(const uint8_t *)"c", 1});
        assert_int_equal(vc_mark_text(mark, text, nullptr), VC_OK);
        mark_of(kind, &subject, "abc", whole);
        assert_string_equal(text, whole);
    }
    vc_mark_free(nullptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_is_that_of_the_bytes),
        cmocka_unit_test(test_d5_gmac_is_of_one_use_of_one_stream),
        cmocka_unit_test(test_asking_changes_nothing),
    };

    return cmocka_run_group_tests_name("mark", tests, nullptr, nullptr);
}
