/* SPDX-License-Identifier: MIT */

/* What veracruz.h makes of names and paths before the container sees them. Here, outside of one,
 * every call says that it is not to be had. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <veracruz.h>

struct row {
    const char *name, *path;
    unsigned may;
    const char *member, *subject;
    const char *json;
};

static const struct row ROWS[] = {
    {"one right", "/output/2", VZ_READ, "from_all_but", "bob",
     "{\"take\":{\"may\":[\"read\"],\"path\":\"/output/2\","
     "\"from_all_but\":[{\"principal\":\"bob\"}]}}"},
    {"from all", "/output/", VZ_READ, "from_all_but", NULL,
     "{\"take\":{\"may\":[\"read\"],\"path\":\"/output/\",\"from_all_but\":[]}}"},
    {"every right, a program", "/a", 63, "from", "program:audit",
     "{\"take\":{\"may\":[\"read\",\"write\",\"append\",\"execute\",\"list\",\"delete\"],"
     "\"path\":\"/a\",\"from\":[{\"program\":\"audit\"}]}}"},
    {"some", "/a", VZ_WRITE | VZ_DELETE, "from", "alice",
     "{\"take\":{\"may\":[\"write\",\"delete\"],\"path\":\"/a\","
     "\"from\":[{\"principal\":\"alice\"}]}}"},
    {"none", "/a", 0, "from", "alice",
     "{\"take\":{\"may\":[],\"path\":\"/a\",\"from\":[{\"principal\":\"alice\"}]}}"},
    {"no right that there is", "/a", 64, "from", "alice",
     "{\"take\":{\"may\":[],\"path\":\"/a\",\"from\":[{\"principal\":\"alice\"}]}}"},
    {"quotes", "/a\"b\\c", VZ_READ, "from", "x\"}]}",
     "{\"take\":{\"may\":[\"read\"],\"path\":\"/a\\\"b\\\\c\","
     "\"from\":[{\"principal\":\"x\\\"}]}\"}]}}"},
    {"control characters", "/\n\x1f\x01", VZ_READ, "from", "x",
     "{\"take\":{\"may\":[\"read\"],\"path\":\"/\\u000a\\u001f\\u0001\","
     "\"from\":[{\"principal\":\"x\"}]}}"},
    {"UTF-8", "/\xc3\xa4", VZ_READ, "from", "x",
     "{\"take\":{\"may\":[\"read\"],\"path\":\"/\xc3\xa4\",\"from\":[{\"principal\":\"x\"}]}}"},
};

static void test_narrowings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct row *row = &ROWS[i];
        struct vz_json json;

        vz_json_take(&json, row->path, row->may);
        vz_json_from(&json, row->member, row->subject);
        if (strcmp(json.text, row->json) != 0 || json.used != strlen(row->json))
            fail_msg("%s: %s", row->name, json.text);
    }
}

/* Of every length around the room: whole, or refused; never cut. */
static void test_room(void **state)
{
    static char path[VZ_HELPER_BYTES + 2];
    size_t fitting = 0;

    (void)state;
    for (size_t size = 1; size < sizeof(path); size++) {
        struct vz_json json;

        memset(path, 'x', size);
        path[size] = '\0';
        vz_json_take(&json, path, VZ_READ);
        vz_json_from(&json, "from", "alice");
        if (json.used < sizeof(json.text)) {
            fitting = size;
            assert_int_equal(strlen(json.text), json.used);
            assert_string_equal(json.text + json.used - 3, "]}}");
            continue;
        }
        assert_int_equal(fitting + 1, size);
        errno = 0;
        assert_int_equal(vz_narrow_by(&json, VZ_CONTAINER), -1);
        assert_int_equal(errno, ENAMETOOLONG);
        errno = 0;
        assert_int_equal(vz_take_from(path, VZ_READ, "alice"), -1);
        assert_int_equal(errno, ENAMETOOLONG);
        errno = 0;
        assert_int_equal(vz_may("alice", path, path), -1);
        assert_int_equal(errno, ENAMETOOLONG);
        return;
    }
    fail_msg("everything fits");
}

static void test_native(void **state)
{
    char answer[8] = "before";
    size_t size = 5;

    (void)state;
    errno = 0;
    assert_int_equal(vz_query("self", answer, sizeof(answer), &size), -1);
    assert_int_equal(errno, ENOTSUP);
    assert_int_equal(size, 0);
    errno = 0;
    assert_int_equal(vz_narrow("{\"freeze_inputs\":true}", VZ_RUN, answer, sizeof(answer)), -1);
    assert_int_equal(errno, ENOTSUP);
    assert_string_equal(answer, "");
    assert_int_equal(vz_narrow("{}", VZ_RUN, NULL, 0), -1);
    errno = 0;
    assert_int_equal(vz_read_once("/a"), -1);
    assert_int_equal(errno, ENOTSUP);
    errno = 0;
    assert_int_equal(vz_give_up("/a", VZ_READ), -1);
    assert_int_equal(errno, ENOTSUP);
    errno = 0;
    assert_int_equal(vz_may("alice", "read", "/a"), -1);
    assert_int_equal(errno, ENOTSUP);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_narrowings),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_native),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
