/* SPDX-License-Identifier: MIT */

/* Rights and flags of descriptors. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hostabi/host_fixture.h"

static constexpr uint64_t NO_FLAGS = 0;

/* Rights shrink on the way down and never grow. */
static void test_rights_are_inherited(void **state)
{
    static constexpr uint64_t BASE = VC_WASI_RIGHT_PATH_OPEN | VC_WASI_RIGHT_FD_READDIR;
    static constexpr uint64_t SOCKET = VC_WASI_RIGHT_SOCK_ACCEPT;
    struct fixture fixture;
    uint64_t size;

    (void)state;
    fixture_init(&fixture, false, false);
    size = fixture_text(&fixture, TEXT, "sub-d");
    assert_int_equal(CALL(&fixture, "path_open", 3, 1, TEXT, size, VC_WASI_OPEN_DIRECTORY, BASE,
                          VC_WASI_RIGHT_FD_READ, NO_FLAGS, OUT),
                     VC_WASI_SUCCESS);
    size = fixture_text(&fixture, TEXT, "file");
    assert_int_equal(
        CALL(&fixture, "path_open", 5, 1, TEXT, size, 0, VC_WASI_RIGHT_FD_WRITE, 0, NO_FLAGS, OUT),
        VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "path_open", 5, 1, TEXT, size, 0,
                          VC_WASI_RIGHT_FD_READ | VC_WASI_RIGHT_FD_SEEK, 0, NO_FLAGS, OUT),
                     VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "path_open", 5, 1, TEXT, size, VC_WASI_OPEN_CREATE,
                          VC_WASI_RIGHT_FD_READ, 0, NO_FLAGS, OUT),
                     VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "path_unlink_file", 5, TEXT, size), VC_WASI_NOTCAPABLE);
    /* what no descriptor ever has is no reason to refuse; nor is all that there is to inherit */
    assert_int_equal(CALL(&fixture, "path_open", 5, 1, TEXT, size, 0,
                          VC_WASI_RIGHT_FD_READ | SOCKET, UINT64_MAX, NO_FLAGS, OUT),
                     VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_seek", 6, 0, 0, OUT), VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "fd_fdstat_get", 6, OUT), VC_WASI_SUCCESS);
    assert_int_equal(vc_guest_get_u64(fixture.memory + OUT + 8), VC_WASI_RIGHT_FD_READ);
    assert_int_equal(vc_guest_get_u64(fixture.memory + OUT + 16), VC_WASI_RIGHT_FD_READ);
    fixture_done(&fixture);
}

/* Each call, and the one right of descriptor 5 without which it is refused. */
static const struct right_row {
    const char *call;
    bool directory; /* or a file */
    uint64_t right;
    uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX];
} right_rows[] = {
    {"fd_advise", false, VC_WASI_RIGHT_FD_ADVISE, {5, 0, 0, 0}},
    {"fd_allocate", false, VC_WASI_RIGHT_FD_ALLOCATE, {5, 0, 1}},
    {"fd_datasync", false, VC_WASI_RIGHT_FD_DATASYNC, {5}},
    {"fd_fdstat_set_flags", false, VC_WASI_RIGHT_FD_FDSTAT_SET_FLAGS, {5, 0}},
    {"fd_filestat_get", false, VC_WASI_RIGHT_FD_FILESTAT_GET, {5, OUT}},
    {"fd_filestat_set_size", false, VC_WASI_RIGHT_FD_FILESTAT_SET_SIZE, {5, 0}},
    {"fd_filestat_set_times", false, VC_WASI_RIGHT_FD_FILESTAT_SET_TIMES, {5, 0, 0, 0}},
    {"fd_pread", false, VC_WASI_RIGHT_FD_READ, {5, IOVS, 0, 0, OUT}},
    {"fd_pread", false, VC_WASI_RIGHT_FD_SEEK, {5, IOVS, 0, 0, OUT}},
    {"fd_pwrite", false, VC_WASI_RIGHT_FD_WRITE, {5, IOVS, 0, 0, OUT}},
    {"fd_pwrite", false, VC_WASI_RIGHT_FD_SEEK, {5, IOVS, 0, 0, OUT}},
    {"fd_read", false, VC_WASI_RIGHT_FD_READ, {5, IOVS, 0, OUT}},
    {"fd_seek", false, VC_WASI_RIGHT_FD_SEEK, {5, 0, 0, OUT}},
    {"fd_sync", false, VC_WASI_RIGHT_FD_SYNC, {5}},
    {"fd_tell", false, VC_WASI_RIGHT_FD_TELL, {5, OUT}},
    {"fd_write", false, VC_WASI_RIGHT_FD_WRITE, {5, IOVS, 0, OUT}},
    {"fd_datasync", true, VC_WASI_RIGHT_FD_DATASYNC, {5}},
    {"fd_sync", true, VC_WASI_RIGHT_FD_SYNC, {5}},
    {"fd_fdstat_set_flags", true, VC_WASI_RIGHT_FD_FDSTAT_SET_FLAGS, {5, 0}},
    {"fd_filestat_get", true, VC_WASI_RIGHT_FD_FILESTAT_GET, {5, OUT}},
    {"fd_filestat_set_times", true, VC_WASI_RIGHT_FD_FILESTAT_SET_TIMES, {5, 0, 0, 0}},
    {"fd_readdir", true, VC_WASI_RIGHT_FD_READDIR, {5, TEXT, 64, 0, OUT}},
    {"path_create_directory", true, VC_WASI_RIGHT_PATH_CREATE_DIRECTORY, {5, TEXT, 4}},
    {"path_filestat_get", true, VC_WASI_RIGHT_PATH_FILESTAT_GET, {5, 0, TEXT, 4, OUT}},
    {"path_filestat_set_times",
     true,
     VC_WASI_RIGHT_PATH_FILESTAT_SET_TIMES,
     {5, 0, TEXT, 4, 0, 0, 0}},
    {"path_link", true, VC_WASI_RIGHT_PATH_LINK_SOURCE, {5, 0, TEXT, 4, 3, TEXT, 4}},
    {"path_link", true, VC_WASI_RIGHT_PATH_LINK_TARGET, {3, 0, TEXT, 4, 5, TEXT, 4}},
    {"path_open", true, VC_WASI_RIGHT_PATH_OPEN, {5, 0, TEXT, 4, 0, 2, 0, 0, OUT}},
    {"path_open", true, VC_WASI_RIGHT_PATH_CREATE_FILE, {5, 0, TEXT, 4, 1, 2, 0, 0, OUT}},
    {"path_open", true, VC_WASI_RIGHT_PATH_FILESTAT_SET_SIZE, {5, 0, TEXT, 4, 8, 2, 0, 0, OUT}},
    {"path_readlink", true, VC_WASI_RIGHT_PATH_READLINK, {5, TEXT, 4, TEXT, 64, OUT}},
    {"path_remove_directory", true, VC_WASI_RIGHT_PATH_REMOVE_DIRECTORY, {5, TEXT, 4}},
    {"path_rename", true, VC_WASI_RIGHT_PATH_RENAME_SOURCE, {5, TEXT, 4, 3, TEXT, 4}},
    {"path_rename", true, VC_WASI_RIGHT_PATH_RENAME_TARGET, {3, TEXT, 4, 5, TEXT, 4}},
    {"path_symlink", true, VC_WASI_RIGHT_PATH_SYMLINK, {TEXT, 4, 5, TEXT, 4}},
    {"path_unlink_file", true, VC_WASI_RIGHT_PATH_UNLINK_FILE, {5, TEXT, 4}},
};

static const struct vc_engine_import *find_call(const char *name)
{
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(imports[i].name, name) == 0)
            return &imports[i];
    }
    fail_msg("no call %s", name);
    return nullptr;
}

/* With every right, or without the row's. */
static void try_right(const struct right_row *row, bool has_it)
{
    uint64_t all = row->directory ? vc_descriptor_directory_rights() : vc_descriptor_file_rights();
    struct fixture fixture;
    uint32_t result;

    fixture_init(&fixture, false, false);
    fixture.text = (struct vc_bytes){(const uint8_t *)"/a\0/b", 6};
    assert_int_equal(fixture_open(&fixture, row->directory ? "sub-d" : "file", 0, all, 0),
                     VC_WASI_SUCCESS);
    if (!has_it) {
        assert_int_equal(CALL(&fixture, "fd_fdstat_set_rights", 5, all & ~row->right,
                              vc_descriptor_file_rights()),
                         VC_WASI_SUCCESS);
    }
    (void)fixture_text(&fixture, TEXT, "name");
    result =
        fixture_call(&fixture, row->call, row->arguments, strlen(find_call(row->call)->parameters));
    if (result != (has_it ? VC_WASI_SUCCESS : VC_WASI_NOTCAPABLE))
        fail_msg("%s: errno %u", row->call, result);
    fixture_done(&fixture);
}

static void test_every_right_is_asked_for(void **)
{
    for (size_t i = 0; i < VC_COUNT(right_rows); i++) {
        try_right(&right_rows[i], true);
        try_right(&right_rows[i], false);
    }
}

static void test_rights_only_narrow(void **state)
{
    static constexpr uint64_t TRANSFER = VC_WASI_RIGHT_FD_READ | VC_WASI_RIGHT_FD_WRITE;
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    assert_int_equal(CALL(&fixture, "fd_fdstat_set_rights", 99, 0, 0), VC_WASI_BADF);
    assert_int_equal(CALL(&fixture, "fd_fdstat_set_rights", 3, UINT64_MAX, 0), VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "fd_fdstat_set_rights", 3, VC_WASI_RIGHT_PATH_OPEN, UINT64_MAX),
                     VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "fd_fdstat_set_rights", 3, VC_WASI_RIGHT_PATH_OPEN, TRANSFER),
                     VC_WASI_SUCCESS);
    assert_int_equal(fixture_open(&fixture, "file", 0, VC_WASI_RIGHT_FD_SEEK, 0),
                     VC_WASI_NOTCAPABLE);
    assert_int_equal(fixture_open(&fixture, "file", 0, TRANSFER, 0), VC_WASI_SUCCESS);
    assert_int_equal(
        CALL(&fixture, "fd_fdstat_set_rights", 3, VC_WASI_RIGHT_PATH_OPEN, TRANSFER | 4),
        VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "fd_fdstat_set_rights", 3, 0, 0), VC_WASI_SUCCESS);
    assert_int_equal(fixture_open(&fixture, "file", 0, 0, 0), VC_WASI_NOTCAPABLE);
    fixture_done(&fixture);
}

/* A program that opens to append may stop appending; one that may only append may not. */
static void test_append(void **state)
{
    static const struct {
        const char *name;
        uint64_t flags;
        uint32_t clear, shrink;
    } rows[] = {
        {"file", VC_WASI_FLAG_APPEND, VC_WASI_SUCCESS, VC_WASI_SUCCESS},
        {"log", VC_WASI_FLAG_APPEND, VC_WASI_NOTCAPABLE, VC_WASI_NOTCAPABLE},
        {"log", NO_FLAGS, VC_WASI_NOTCAPABLE, VC_WASI_NOTCAPABLE},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct fixture fixture;

        fixture_init(&fixture, false, false);
        assert_int_equal(fixture_open(&fixture, rows[i].name, 0, UINT64_MAX, rows[i].flags),
                         VC_WASI_SUCCESS);
        fixture_iovec(&fixture, 0, TEXT, 3);
        assert_int_equal(CALL(&fixture, "fd_write", 5, IOVS, 1, OUT), VC_WASI_SUCCESS);
        assert_int_equal(CALL(&fixture, "fd_seek", 5, 0, 0, OUT), VC_WASI_SUCCESS);
        assert_int_equal(CALL(&fixture, "fd_write", 5, IOVS, 1, OUT), VC_WASI_SUCCESS);
        assert_int_equal(CALL(&fixture, "fd_tell", 5, OUT), VC_WASI_SUCCESS);
        assert_int_equal(fixture_out(&fixture), 6);
        /* wherever it is meant to go, and the offset stays */
        assert_int_equal(CALL(&fixture, "fd_pwrite", 5, IOVS, 1, 0, OUT), VC_WASI_SUCCESS);
        assert_int_equal(CALL(&fixture, "fd_tell", 5, OUT), VC_WASI_SUCCESS);
        assert_int_equal(fixture_out(&fixture), 6);
        assert_int_equal(CALL(&fixture, "fd_seek", 5, 0, VC_WASI_SEEK_END, OUT), VC_WASI_SUCCESS);
        assert_int_equal(fixture_out(&fixture), 9);
        assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 5, 0), rows[i].shrink);
        assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 5, 10), VC_WASI_SUCCESS);
        assert_int_equal(
            CALL(&fixture, "fd_fdstat_set_flags", 5, VC_WASI_FLAG_APPEND | VC_WASI_FLAG_NONBLOCK),
            VC_WASI_SUCCESS);
        assert_int_equal(CALL(&fixture, "fd_fdstat_get", 5, OUT), VC_WASI_SUCCESS);
        assert_int_equal(fixture.memory[OUT + 2], VC_WASI_FLAG_APPEND | VC_WASI_FLAG_NONBLOCK);
        assert_int_equal(CALL(&fixture, "fd_fdstat_set_flags", 5, NO_FLAGS), rows[i].clear);
        fixture_done(&fixture);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights_are_inherited),
        cmocka_unit_test(test_every_right_is_asked_for),
        cmocka_unit_test(test_rights_only_narrow),
        cmocka_unit_test(test_append),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
