/* SPDX-License-Identifier: MIT */

/* Names, links, times, and what a directory descriptor stands for. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hostabi/host_fixture.h"

struct path_row {
    const char *name;
    const char *asked; /* null: not asked */
    uint32_t result;
};

static const struct path_row PATH_ROWS[] = {
    {"a", "/data|a", VC_WASI_SUCCESS},
    {"a/../b", "/data|a/../b", VC_WASI_SUCCESS},
    {".", "/data|.", VC_WASI_SUCCESS},
    {"a/", "/data|a/", VC_WASI_SUCCESS},
    {"...", "/data|...", VC_WASI_SUCCESS},
    /* where this leads, links say: the runtime follows them, and never above the directory */
    {"a/../../b", "/data|a/../../b", VC_WASI_SUCCESS},
    {"/data/a", nullptr, VC_WASI_NOTCAPABLE},
    {"/", nullptr, VC_WASI_NOTCAPABLE},
    {"", nullptr, VC_WASI_NOENT},
    {"\xff", nullptr, VC_WASI_ILSEQ},
    {"a\xc0\x80", nullptr, VC_WASI_ILSEQ},
};

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(PATH_ROWS); i++) {
        const struct path_row *row = &PATH_ROWS[i];
        struct fixture fixture;

        fixture_init(&fixture, false, false);
        uint64_t size = fixture_text(&fixture, TEXT, row->name);
        uint32_t result = CALL(&fixture, "path_unlink_file", 4, TEXT, size);

        if (result != row->result || fixture.asked != (row->asked == nullptr ? 0 : 1))
            fail_msg("\"%s\": errno %u", row->name, result);
        if (row->asked != nullptr)
            assert_string_equal(fixture.last_path, row->asked);
        fixture_done(&fixture);
    }
}

static void test_open_asks_for_what_is_needed(void **state)
{
    static const struct {
        uint64_t flags, rights, descriptor_flags;
        uint32_t asked;
    } rows[] = {
        {0, 1 << 1, 0, VC_OPEN_READ},
        {0, 1 << 6, 0, VC_OPEN_WRITE},
        {0, 1 << 1 | 1 << 6, 0, VC_OPEN_READ | VC_OPEN_WRITE},
        {0, 0, 0, VC_OPEN_READ},
        {8, 0, 0, VC_OPEN_READ | VC_OPEN_TRUNCATE},
        {1 | 4 | 8, 1 << 6, 0,
         VC_OPEN_WRITE | VC_OPEN_CREATE | VC_OPEN_EXCLUSIVE | VC_OPEN_TRUNCATE},
        {2, 1 << 14, 0, VC_OPEN_READ | VC_OPEN_DIRECTORY},
        {0, 1 << 6, 1, VC_OPEN_WRITE | VC_OPEN_APPEND},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct fixture fixture;

        fixture_init(&fixture, false, false);
        assert_int_equal(
            fixture_open(&fixture, "file", rows[i].flags, rows[i].rights, rows[i].descriptor_flags),
            VC_WASI_SUCCESS);
        assert_int_equal(fixture.last.flags, rows[i].asked | VC_CALL_FOLLOW);
        assert_int_equal(fixture_out(&fixture), 5);
        fixture_done(&fixture);
    }
}

static void test_open_files_are_bounded(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(fixture_open(&fixture, "file", 0, 1 << 1, 0), VC_WASI_SUCCESS);
        assert_int_equal(fixture_out(&fixture), 5 + i);
    }
    /* not even asked: the answer might have made a file */
    assert_int_equal(fixture_open(&fixture, "file", 1, 1 << 6, 0), VC_WASI_NFILE);
    assert_int_equal(fixture.asked, 3);
    assert_int_equal(vc_host_limits_met(fixture.host), VC_MET_FILES_OPEN);
    assert_int_equal(CALL(&fixture, "fd_close", 6), VC_WASI_SUCCESS);
    assert_int_equal(fixture_open(&fixture, "sub-d", 0, 1 << 14, 0), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 6);
    assert_int_equal(CALL(&fixture, "fd_renumber", 6, 5), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_close", 6), VC_WASI_BADF);
    assert_int_equal(CALL(&fixture, "fd_readdir", 5, TEXT, 64, 0, OUT), VC_WASI_SUCCESS);
    assert_string_equal(fixture.last_path, "/sub-d|");
    fixture_done(&fixture);
}

static void test_rename_takes_open_directories_along(void **state)
{
    static const struct {
        const char *from_to;
        size_t size;
        const char *last; /* asked about descriptor 5, which was /sub-d; null: gone */
    } rows[] = {
        {"/sub-d\0/new", 12, "/new|"},
        {"/sub\0/new", 10, "/sub-d|"},
        {"/sub-d/below\0/new", 18, "/sub-d|"},
        {"/other\0/sub-d", 14, "/sub-d|"},
    };
    static char far[VC_WORKER_PATH_MAX + 8] = "/sub-d\0/";
    struct fixture fixture;

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        fixture_init(&fixture, false, false);
        assert_int_equal(fixture_open(&fixture, "sub-d", 0, UINT64_MAX, 0), VC_WASI_SUCCESS);
        fixture.text = (struct vc_bytes){(const uint8_t *)rows[i].from_to, rows[i].size};
        assert_int_equal(CALL(&fixture, "path_rename", 3, TEXT, 1, 3, TEXT, 1), VC_WASI_SUCCESS);
        assert_int_equal(CALL(&fixture, "fd_readdir", 5, TEXT, 64, 0, OUT), VC_WASI_SUCCESS);
        assert_string_equal(fixture.last_path, rows[i].last);
        fixture_done(&fixture);
    }
    /* too long for any path: the descriptor leads nowhere any more */
    fixture_init(&fixture, false, false);
    assert_int_equal(fixture_open(&fixture, "sub-d", 0, UINT64_MAX, 0), VC_WASI_SUCCESS);
    memset(far + 8, 'a', VC_WORKER_PATH_MAX - 1);
    fixture.text = (struct vc_bytes){(const uint8_t *)far, sizeof(far)};
    assert_int_equal(CALL(&fixture, "path_rename", 3, TEXT, 1, 3, TEXT, 1), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_readdir", 5, TEXT, 64, 0, OUT), VC_WASI_NOENT);
    assert_int_equal(CALL(&fixture, "fd_filestat_get", 5, OUT), VC_WASI_NOENT);
    fixture_done(&fixture);
    /* an answer that is none */
    fixture_init(&fixture, false, false);
    (void)fixture_text(&fixture, TEXT, "a");
    assert_int_equal(CALL(&fixture, "path_rename", 3, TEXT, 1, 3, TEXT, 1), VC_WASI_IO);
    fixture_done(&fixture);
}

static void test_links(void **state)
{
    struct fixture fixture;
    uint64_t size;

    (void)state;
    fixture_init(&fixture, false, false);
    size = fixture_text(&fixture, TEXT, "file");
    (void)fixture_text(&fixture, TEXT + 16, "link");
    assert_int_equal(CALL(&fixture, "path_link", 3, 0, TEXT, size, 4, TEXT + 16, 4),
                     VC_WASI_SUCCESS);
    assert_int_equal(fixture.last.call, VC_CALL_LINK);
    assert_int_equal(fixture.last.flags, 0);
    assert_string_equal(fixture.last_path, "/|file");
    assert_string_equal(fixture.last_path2, "/data|link");
    assert_int_equal(CALL(&fixture, "path_link", 3, 1, TEXT, size, 4, TEXT + 16, 4),
                     VC_WASI_SUCCESS);
    assert_int_equal(fixture.last.flags, VC_CALL_FOLLOW);
    assert_int_equal(CALL(&fixture, "path_symlink", TEXT, size, 4, TEXT + 16, 4), VC_WASI_SUCCESS);
    assert_int_equal(fixture.last.call, VC_CALL_SYMLINK);
    assert_string_equal(fixture.last_path, "/data|link");
    assert_string_equal(fixture.last_path2, "|file");
    size = fixture_text(&fixture, TEXT, "/etc");
    assert_int_equal(CALL(&fixture, "path_symlink", TEXT, size, 4, TEXT + 16, 4),
                     VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "path_readlink", 3, TEXT + 16, 4, TEXT + 32, 10, OUT),
                     VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 6);
    assert_memory_equal(fixture.memory + TEXT + 32, "target\0", 7);
    memset(fixture.memory + TEXT + 32, 0, 8);
    assert_int_equal(CALL(&fixture, "path_readlink", 3, TEXT + 16, 4, TEXT + 32, 4, OUT),
                     VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 4);
    assert_memory_equal(fixture.memory + TEXT + 32, "targ\0", 5);
    fixture_done(&fixture);
}

static void test_state_of_files(void **state)
{
    struct fixture fixture;
    const uint8_t *stat;
    uint64_t size;

    (void)state;
    fixture_init(&fixture, false, false);
    stat = fixture.memory + OUT;
    assert_int_equal(fixture_open(&fixture, "file", 0, VC_WASI_RIGHT_FD_FILESTAT_GET, 0),
                     VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_filestat_get", 5, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture.last.call, VC_CALL_STAT_OPEN);
    assert_int_equal(fixture.last.inode, 42);
    assert_int_equal(vc_guest_get_u64(stat + 8), 42);
    assert_int_equal(stat[16], VC_WASI_TYPE_REGULAR_FILE);
    assert_int_equal(vc_guest_get_u64(stat + 24), 2);
    assert_int_equal(vc_guest_get_u64(stat + 32), 7); /* "content" */
    assert_int_equal(vc_guest_get_u64(stat + 40), 1001);
    assert_int_equal(vc_guest_get_u64(stat + 48), 1002);
    assert_int_equal(vc_guest_get_u64(stat + 56), 1003);
    assert_int_equal(CALL(&fixture, "fd_filestat_get", 4, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture.last.call, VC_CALL_STAT);
    assert_string_equal(fixture.last_path, "/data|");
    assert_int_equal(stat[16], VC_WASI_TYPE_DIRECTORY);
    unsigned asked = fixture.asked;

    /* what the program was given it knows itself */
    assert_int_equal(CALL(&fixture, "fd_filestat_get", 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(vc_guest_get_u64(stat + 32), 5);
    assert_int_equal(vc_guest_get_u64(stat + 24), 1);
    assert_int_equal(CALL(&fixture, "fd_filestat_get", 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(stat[16], VC_WASI_TYPE_CHARACTER_DEVICE);
    assert_int_equal(fixture.asked, asked);
    size = fixture_text(&fixture, TEXT, "link");
    assert_int_equal(CALL(&fixture, "path_filestat_get", 3, 0, TEXT, size, OUT), VC_WASI_SUCCESS);
    assert_int_equal(stat[16], VC_WASI_TYPE_SYMBOLIC_LINK);
    assert_int_equal(CALL(&fixture, "path_filestat_get", 3, 1, TEXT, size, OUT), VC_WASI_SUCCESS);
    assert_int_equal(stat[16], VC_WASI_TYPE_REGULAR_FILE);
    fixture_done(&fixture);
}

static void test_times(void **state)
{
    static const struct {
        uint32_t flags, asked;
    } rows[] = {{0, 0},
                {1, VC_TIME_ACCESSED},
                {2, VC_TIME_ACCESSED_NOW},
                {4, VC_TIME_MODIFIED},
                {8, VC_TIME_MODIFIED_NOW},
                {1 | 8, VC_TIME_ACCESSED | VC_TIME_MODIFIED_NOW},
                {2 | 4, VC_TIME_ACCESSED_NOW | VC_TIME_MODIFIED}};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct fixture fixture;

        fixture_init(&fixture, false, false);
        assert_int_equal(fixture_open(&fixture, "file", 0, UINT64_MAX, 0), VC_WASI_SUCCESS);
        assert_int_equal(
            CALL(&fixture, "path_filestat_set_times", 3, 1, TEXT, 4, 10, 20, rows[i].flags),
            VC_WASI_SUCCESS);
        assert_int_equal(fixture.last.call, VC_CALL_SET_TIMES);
        assert_int_equal(fixture.last.flags, rows[i].asked | VC_CALL_FOLLOW);
        assert_int_equal(fixture.last.accessed_ns, 10);
        assert_int_equal(fixture.last.modified_ns, 20);
        assert_int_equal(CALL(&fixture, "fd_filestat_set_times", 5, 30, 40, rows[i].flags),
                         VC_WASI_SUCCESS);
        assert_int_equal(fixture.last.call, VC_CALL_TOUCH_OPEN);
        assert_int_equal(fixture.last.flags, rows[i].asked);
        assert_int_equal(fixture.last.inode, 42);
        assert_int_equal(fixture.last.modified_ns, 40);
        assert_int_equal(CALL(&fixture, "fd_filestat_set_times", 4, 50, 60, rows[i].flags),
                         VC_WASI_SUCCESS);
        assert_int_equal(fixture.last.call, VC_CALL_SET_TIMES);
        assert_string_equal(fixture.last_path, "/data|");
        assert_int_equal(fixture.last.accessed_ns, 50);
        fixture_done(&fixture);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_open_asks_for_what_is_needed),
        cmocka_unit_test(test_open_files_are_bounded),
        cmocka_unit_test(test_rename_takes_open_directories_along),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_state_of_files),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
