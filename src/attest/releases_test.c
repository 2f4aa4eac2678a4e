/* SPDX-License-Identifier: MIT */

#include "attest/releases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"

#define ONES "11111111111111111111111111111111"
#define TWOS "22222222222222222222222222222222"
#define ONE  ONES ONES
#define TWO  TWOS TWOS

static struct vc_releases *table_of(const char *text)
{
    struct vc_releases *releases = nullptr;
    struct vc_err err = {};

    assert_int_equal(vc_releases_new(&releases, &err), VC_OK);
    if (vc_releases_add(releases, "table", (struct vc_bytes){(const uint8_t *)text, strlen(text)},
                        &err) != VC_OK)
        fail_msg("%s", err.text);
    return releases;
}

static void test_found(void **)
{
    vc_cleanup(vc_releases_freep) struct vc_releases *releases =
        table_of("# comment\n\nprocess " ONE " veracruz 0.3.0\nprocess " ONE " another\n"
                 "psa " TWO " device (b)");
    struct vc_octets one = {.size = 32};
    struct vc_octets two = {.size = 32};

    memset(one.bytes, 0x11, 32);
    memset(two.bytes, 0x22, 32);
    assert_int_equal(vc_releases_count(releases), 2);
    assert_string_equal(vc_releases_find(releases, VC_PLATFORM_PROCESS, &one), "veracruz 0.3.0");
    assert_string_equal(vc_releases_find(releases, VC_PLATFORM_PSA, &two), "device (b)");
    assert_null(vc_releases_find(releases, VC_PLATFORM_PROCESS, &two));
    one.size = 31;
    assert_null(vc_releases_find(releases, VC_PLATFORM_PROCESS, &one));
}

static const struct refusal {
    const char *text;
    const char *err;
} refusals[] = {
    {"process " ONE, "table: line 1: \"platform measurement name\" wanted"},
    {"process " ONE " ", "table: line 1: \"platform"},
    {"#\nsev " ONE " x\n", "table: line 2: no such platform"},
    {"process " ONES " x\n", "table: line 1: 32 hex digits, 64 wanted"},
    {"process  " ONE " x\n", "table: line 1: a name is 1 to 63"},
    {"snp " ONE " x\n", "table: line 1: 64 hex digits, 96 wanted"},
    {"process A1111111" ONES "111111111111111111111111 x\n", "table: line 1: character 1 is no"},
    {"process " ONE " \x1b[2J\n", "table: line 1: a name is 1 to 63 printable"},
    {"process " ONE " " TWO "\n", "table: line 1: a name is 1 to 63 printable"},
    {"#" TWO TWO TWO TWO "\n", "table: line 1: more than 255 bytes"},
};

static void test_refused(void **)
{
    for (size_t i = 0; i < VC_COUNT(refusals); i++) {
        vc_cleanup(vc_releases_freep) struct vc_releases *releases =
            table_of("process " TWO " kept\n");
        struct vc_bytes text = {(const uint8_t *)refusals[i].text, strlen(refusals[i].text)};
        struct vc_err err = {};

        assert_int_equal(vc_releases_add(releases, "table", text, &err), VC_MALFORMED);
        if (strncmp(err.text, refusals[i].err, strlen(refusals[i].err)) != 0)
            fail_msg("%s: %s", refusals[i].err, err.text);
        assert_int_equal(vc_releases_count(releases), 1);
    }
}

static void test_nul(void **)
{
    static const uint8_t text[] = "process\0" ONE " x\n";
    vc_cleanup(vc_releases_freep) struct vc_releases *releases = table_of("");
    struct vc_err err = {};

    assert_int_equal(
        vc_releases_add(releases, "t", (struct vc_bytes){text, sizeof(text) - 1}, &err),
        VC_MALFORMED);
    assert_string_equal(err.text, "t: line 1: a NUL");
}

static void test_many(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_releases_freep) struct vc_releases *releases = table_of("");
    struct vc_err err = {};

    for (size_t i = 0; i < VC_RELEASES_MAX; i++)
        assert_int_equal(vc_buffer_printf(&text, nullptr, "process %064zx v%zu\n", i, i), VC_OK);
    assert_int_equal(vc_releases_add(releases, "t", vc_buffer_bytes(&text), &err), VC_OK);
    text.size = 0;
    assert_int_equal(vc_buffer_printf(&text, nullptr, "process " ONE " one more\n"), VC_OK);
    assert_int_equal(vc_releases_add(releases, "t", vc_buffer_bytes(&text), &err), VC_LIMIT);
    assert_int_equal(vc_releases_count(releases), VC_RELEASES_MAX);
}

/* A text of a refusal, and what it becomes. */
static const struct message {
    const char *text;
    const char *explained; /* null: the same */
} messages[] = {
    {"host:1: measurement differs: the policy accepts 1111111111111111\u2026 (1 value), this "
     "container is 3333333333333333\u2026; compare with `veracruz measure`",
     "host:1: measurement differs: the policy accepts 1111111111111111\u2026 (veracruz 0.3.0), "
     "this container is 3333333333333333\u2026 (not in any release); compare with `veracruz "
     "measure`"},
    {"measurement differs: the policy accepts 2222222222222222\u2026 (12 values), this container "
     "is 1111111111111111\u2026",
     "measurement differs: the policy accepts 2222222222222222\u2026 (not in any release; the "
     "first of several), this container is 1111111111111111\u2026 (veracruz 0.3.0)"},
    {"measurement differs: the policy accepts 1111111111111111\u2026 (veracruz 0.3.0), this "
     "container is 3333333333333333\u2026 (not in any release)",
     nullptr},
    {"measurement differs: the policy accepts nothing\u2026 (0 values), this container is "
     "1111111111111111\u2026",
     nullptr},
    {"measurement: the policy accepts none", nullptr},
    {"measurement differs: the policy accepts 1111111111111111\u2026 (1 value), this container is "
     "1111111111111111\u2026",
     nullptr},
    {"measurement differs: the policy accepts 1111\u2026 (1 value), this container is 3\u2026",
     nullptr},
    {"", nullptr},
};

static void test_messages(void **)
{
    vc_cleanup(vc_releases_freep) struct vc_releases *releases =
        table_of("process " ONE " veracruz 0.3.0\n");
    vc_cleanup(vc_releases_freep) struct vc_releases *empty = table_of("");

    for (size_t i = 0; i < VC_COUNT(messages); i++) {
        const char *wanted =
            messages[i].explained == nullptr ? messages[i].text : messages[i].explained;
        char text[VC_ERR_TEXT_MAX];

        (void)snprintf(text, sizeof(text), "%s", messages[i].text);
        vc_releases_explain(nullptr, text, sizeof(text));
        vc_releases_explain(empty, text, sizeof(text));
        assert_string_equal(text, messages[i].text);
        vc_releases_explain(releases, text, sizeof(text));
        assert_string_equal(text, wanted);
    }
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *folder, const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

static void test_folder(void **)
{
    char folder[] = "/tmp/veracruz-releases.XXXXXX";
    vc_cleanup(vc_releases_freep) struct vc_releases *releases = table_of("");
    struct vc_octets one = {.size = 32};
    struct vc_err err = {};

    memset(one.bytes, 0x11, 32);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(vc_releases_load(releases, folder, &err), VC_OK);
    write_file(folder, "b", "process " ONE " second\n");
    write_file(folder, "a", "process " ONE " first\n");
    write_file(folder, ".c", "nonsense\n");
    assert_int_equal(vc_releases_load(releases, folder, &err), VC_OK);
    assert_string_equal(vc_releases_find(releases, VC_PLATFORM_PROCESS, &one), "first");
    write_file(folder, "d", "nonsense\n");
    assert_int_equal(vc_releases_load(releases, folder, &err), VC_MALFORMED);
    assert_non_null(strstr(err.text, "/d: line 1: "));
    remove_file(folder, "a");
    remove_file(folder, "b");
    remove_file(folder, ".c");
    remove_file(folder, "d");
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(vc_releases_load(releases, folder, &err), VC_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_nul),      cmocka_unit_test(test_many),
        cmocka_unit_test(test_messages), cmocka_unit_test(test_folder),
    };

    return cmocka_run_group_tests_name("releases", tests, nullptr, nullptr);
}
