/* SPDX-License-Identifier: MIT */

#include "platform/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD   "veracruz manifest 1\n"
#define GOOD                                                                                      \
    HEAD "runtime r " DIGEST "\nworker ld.so " DIGEST "\nworker w " DIGEST "\ncompiler c " DIGEST \
         "\n"

static const struct row {
    const char *name, *text;
    enum vc_code expect;
} rows[] = {
    {"good", GOOD, VC_OK},
    {"empty", "", VC_MALFORMED},
    {"no files", HEAD, VC_MALFORMED},
    {"other version", "veracruz manifest 2\nruntime r " DIGEST "\n", VC_MALFORMED},
    {"no compiler", HEAD "runtime r " DIGEST "\nworker w " DIGEST "\n", VC_MALFORMED},
    {"unknown image", GOOD "driver d " DIGEST "\n", VC_MALFORMED},
    {"out of order", GOOD "worker x " DIGEST "\n", VC_MALFORMED},
    {"short digest", HEAD "runtime r 00\n", VC_MALFORMED},
    {"trailing word", HEAD "runtime r " DIGEST " x\n", VC_MALFORMED},
    {"slash in name", HEAD "runtime ../r " DIGEST "\n", VC_MALFORMED},
    {"no newline at the end", GOOD "compiler d " DIGEST, VC_MALFORMED},
    {"empty line", GOOD "\n", VC_MALFORMED},
};

static void test_rows(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_manifest manifest = {.count = 77};
        struct vc_bytes text = {(const uint8_t *)rows[i].text, strlen(rows[i].text)};
        enum vc_code code = vc_manifest_parse(text, &manifest, nullptr);

        if (code != rows[i].expect)
            fail_msg("%s: code %d, wanted %d", rows[i].name, code, rows[i].expect);
        if (code != VC_OK)
            assert_int_equal(manifest.count, 77);
    }
}

static void test_cut_at_every_byte(void **)
{
    struct vc_manifest manifest;

    for (size_t size = 0; size < sizeof(GOOD) - 1; size++) {
        enum vc_code code =
            vc_manifest_parse((struct vc_bytes){(const uint8_t *)GOOD, size}, &manifest, nullptr);

        assert_int_equal(code, VC_MALFORMED);
    }
}

static void test_images(void **)
{
    struct vc_manifest manifest;
    size_t first;

    assert_int_equal(vc_manifest_parse((struct vc_bytes){(const uint8_t *)GOOD, sizeof(GOOD) - 1},
                                       &manifest, nullptr),
                     VC_OK);
    assert_int_equal(vc_manifest_image(&manifest, VC_IMAGE_WORKER, &first), 2);
    assert_int_equal(first, 1);
    assert_string_equal(manifest.objects[first].name, "ld.so");
    assert_int_equal(manifest.objects[first].sha256[1], 0x11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_images),
    };

    return cmocka_run_group_tests_name("manifest", tests, nullptr, nullptr);
}
