/* SPDX-License-Identifier: MIT */

#include "hostabi/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hostabi/host_fixture.h"

static constexpr uint64_t END = FIXTURE_MEMORY_SIZE;
static constexpr uint64_t OUT = 1024;  /* where results go */
static constexpr uint64_t IOVS = 2048; /* iovecs */
static constexpr uint64_t TEXT = 4096; /* names and bytes */

#define CALL(fixture, name, ...)                                     \
    fixture_call((fixture), (name), (const uint64_t[]){__VA_ARGS__}, \
                 sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static uint64_t put_text(struct fixture *fixture, uint64_t at, const char *text)
{
    memcpy(fixture->memory + at, text, strlen(text));
    return strlen(text);
}

static void put_iovec(struct fixture *fixture, size_t index, uint32_t at, uint32_t size)
{
    vc_guest_put_u32(fixture->memory + IOVS + 8 * index, at);
    vc_guest_put_u32(fixture->memory + IOVS + 8 * index + 4, size);
}

static uint32_t out_u32(const struct fixture *fixture)
{
    return vc_guest_get_u32(fixture->memory + OUT);
}

static uint32_t open_file(struct fixture *fixture, const char *name, uint64_t flags,
                          uint64_t rights, uint64_t descriptor_flags)
{
    uint64_t size = put_text(fixture, TEXT, name);

    return CALL(fixture, "path_open", 3, 1, TEXT, size, flags, rights, UINT64_MAX, descriptor_flags,
                OUT);
}

/* Pointers and sizes: each row is one call with a range that is not all memory, or just is. */
struct pointer_row {
    const char *call;
    uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX];
    size_t count;
    uint32_t result;
};

static const struct pointer_row POINTER_ROWS[] = {
    {"args_sizes_get", {END - 4, END - 4}, 2, VC_WASI_SUCCESS},
    {"args_sizes_get", {END - 3, OUT}, 2, VC_WASI_FAULT},
    {"args_sizes_get", {OUT, UINT32_MAX}, 2, VC_WASI_FAULT},
    {"args_get", {END - 8, OUT}, 2, VC_WASI_SUCCESS},
    {"args_get", {END - 7, OUT}, 2, VC_WASI_FAULT},
    {"args_get", {OUT, END - 17}, 2, VC_WASI_SUCCESS},
    {"args_get", {OUT, END - 16}, 2, VC_WASI_FAULT},
    {"environ_get", {UINT32_MAX, OUT}, 2, VC_WASI_FAULT},
    {"environ_sizes_get", {END, OUT}, 2, VC_WASI_FAULT},
    {"clock_time_get", {0, 0, END - 7}, 3, VC_WASI_FAULT},
    {"clock_time_get", {0, 0, END - 8}, 3, VC_WASI_SUCCESS},
    {"clock_time_get", {2, 0, OUT}, 3, VC_WASI_INVAL},
    {"clock_res_get", {1, UINT32_MAX}, 2, VC_WASI_FAULT},
    {"fd_fdstat_get", {0, END - 24}, 2, VC_WASI_SUCCESS},
    {"fd_fdstat_get", {0, END - 23}, 2, VC_WASI_FAULT},
    {"fd_fdstat_get", {99, OUT}, 2, VC_WASI_BADF},
    {"fd_fdstat_get", {UINT32_MAX, OUT}, 2, VC_WASI_BADF},
    {"fd_filestat_get", {0, END - 64}, 2, VC_WASI_SUCCESS},
    {"fd_filestat_get", {0, END - 63}, 2, VC_WASI_FAULT},
    {"fd_prestat_get", {3, END - 7}, 2, VC_WASI_FAULT},
    {"fd_prestat_get", {0, OUT}, 2, VC_WASI_BADF},
    {"fd_prestat_dir_name", {4, END - 5, 5}, 3, VC_WASI_SUCCESS},
    {"fd_prestat_dir_name", {4, END - 4, 5}, 3, VC_WASI_FAULT},
    {"fd_prestat_dir_name", {4, OUT, 4}, 3, VC_WASI_NAMETOOLONG},
    {"fd_prestat_dir_name", {4, UINT32_MAX, UINT32_MAX}, 3, VC_WASI_FAULT},
    {"fd_read", {0, IOVS, 0, OUT}, 4, VC_WASI_SUCCESS},
    {"fd_read", {0, END, 0, OUT}, 4, VC_WASI_SUCCESS},
    {"fd_read", {0, END + 1, 0, OUT}, 4, VC_WASI_FAULT},
    {"fd_read", {0, IOVS, UINT32_C(1) << 31, OUT}, 4, VC_WASI_INVAL},
    {"fd_read", {0, IOVS, 1025, OUT}, 4, VC_WASI_INVAL},
    {"fd_read", {0, IOVS, 1024, OUT}, 4, VC_WASI_SUCCESS},
    {"fd_read", {0, END - 7, 1, OUT}, 4, VC_WASI_FAULT},
    {"fd_read", {0, IOVS, 1, END - 3}, 4, VC_WASI_FAULT},
    {"fd_read", {1, IOVS, 1, OUT}, 4, VC_WASI_NOTCAPABLE},
    {"fd_read", {3, IOVS, 1, OUT}, 4, VC_WASI_ISDIR},
    {"fd_write", {0, IOVS, 1, OUT}, 4, VC_WASI_NOTCAPABLE},
    {"fd_write", {1, UINT32_MAX, 1, OUT}, 4, VC_WASI_FAULT},
    {"fd_write", {1, IOVS, 1, UINT32_MAX}, 4, VC_WASI_FAULT},
    {"fd_pread", {0, IOVS, 1, UINT64_MAX, OUT}, 5, VC_WASI_FBIG},
    {"fd_pread", {0, IOVS, 1, INT64_MAX, OUT}, 5, VC_WASI_SUCCESS},
    {"fd_pwrite", {1, IOVS, 1, UINT64_C(1) << 63, OUT}, 5, VC_WASI_FBIG},
    {"fd_seek", {0, 0, 0, END - 7}, 4, VC_WASI_FAULT},
    {"fd_seek", {0, UINT64_MAX, 0, OUT}, 4, VC_WASI_INVAL},
    {"fd_seek", {0, INT64_MAX, 2, OUT}, 4, VC_WASI_INVAL},
    {"fd_seek", {0, 0, 3, OUT}, 4, VC_WASI_INVAL},
    {"fd_seek", {3, 0, 0, OUT}, 4, VC_WASI_ISDIR},
    {"fd_tell", {0, END - 7}, 2, VC_WASI_FAULT},
    {"fd_readdir", {3, END, 0, 0, OUT}, 5, VC_WASI_SUCCESS},
    {"fd_readdir", {3, OUT, UINT32_MAX, 0, OUT}, 5, VC_WASI_FAULT},
    {"fd_readdir", {3, TEXT, 64, 0, UINT32_MAX}, 5, VC_WASI_FAULT},
    {"fd_readdir", {0, TEXT, 64, 0, OUT}, 5, VC_WASI_NOTDIR},
    {"fd_advise", {0, 0, 0, 6}, 4, VC_WASI_INVAL},
    {"fd_allocate", {1, UINT64_MAX, 1}, 3, VC_WASI_INVAL},
    {"fd_allocate", {1, 0, UINT64_C(1) << 40}, 3, VC_WASI_NOSPC},
    {"fd_filestat_set_size", {1, UINT64_MAX}, 2, VC_WASI_INVAL},
    {"fd_filestat_set_size", {1, UINT64_C(1) << 62}, 2, VC_WASI_NOSPC},
    {"fd_filestat_set_size", {0, 0}, 2, VC_WASI_NOTCAPABLE},
    {"fd_fdstat_set_flags", {1, 0x20}, 2, VC_WASI_INVAL},
    {"path_open", {3, 1, UINT32_MAX, 4, 0, 2, 0, 0, OUT}, 9, VC_WASI_FAULT},
    {"path_open", {3, 1, OUT, UINT32_MAX, 0, 2, 0, 0, OUT}, 9, VC_WASI_FAULT},
    {"path_open", {3, 1, OUT, END - OUT, 0, 2, 0, 0, OUT}, 9, VC_WASI_NAMETOOLONG},
    {"path_open", {3, 1, OUT, 0, 0, 2, 0, 0, OUT}, 9, VC_WASI_NOENT},
    {"path_open", {3, 1, OUT, 1, 0, 2, 0, 0, OUT}, 9, VC_WASI_INVAL}, /* a NUL */
    {"path_open", {0, 1, OUT, 1, 0, 2, 0, 0, OUT}, 9, VC_WASI_NOTDIR},
    {"path_filestat_get", {3, 1, UINT32_MAX, 1, OUT}, 5, VC_WASI_FAULT},
    {"path_rename", {3, OUT, 1, 3, UINT32_MAX, UINT32_MAX}, 6, VC_WASI_INVAL},
    {"path_unlink_file", {3, END - 1, 2}, 3, VC_WASI_FAULT},
    {"poll_oneoff", {IOVS, TEXT, 0, OUT}, 4, VC_WASI_INVAL},
    {"poll_oneoff", {IOVS, TEXT, UINT32_MAX, OUT}, 4, VC_WASI_INVAL},
    {"poll_oneoff", {END - 47, TEXT, 1, OUT}, 4, VC_WASI_FAULT},
    {"poll_oneoff", {IOVS, END - 31, 1, OUT}, 4, VC_WASI_FAULT},
    {"poll_oneoff", {IOVS, IOVS + 40, 1, OUT}, 4, VC_WASI_INVAL}, /* overlap */
    {"random_get", {END - 1, 2}, 2, VC_WASI_FAULT},
    {"random_get", {0, UINT32_MAX}, 2, VC_WASI_FAULT},
    {"random_get", {END, 0}, 2, VC_WASI_SUCCESS},
    {"random_get", {0, END}, 2, VC_WASI_SUCCESS},
};

static void test_pointers(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(POINTER_ROWS); i++) {
        const struct pointer_row *row = &POINTER_ROWS[i];
        struct fixture fixture;

        fixture_init(&fixture, true, true);
        uint32_t result = fixture_call(&fixture, row->call, row->arguments, row->count);

        if (result != row->result)
            fail_msg("row %zu, %s: errno %u instead of %u", i, row->call, result, row->result);
        fixture_done(&fixture);
    }
}

/* Every call with arguments at and around every bound; the sanitizer watches the memory. */
static void test_every_call_with_every_bound(void **state)
{
    static const uint64_t values[] = {
        0,          1,         3,         4, OUT, END - 1, END, END + 1, UINT64_C(1) << 31,
        UINT32_MAX, INT64_MAX, UINT64_MAX};
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);
    uint32_t dice = 1;

    (void)state;
    for (size_t i = 0; i < count * 400; i++) {
        uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX];
        const struct vc_engine_import *import = &imports[i % count];
        struct fixture fixture;

        fixture_init(&fixture, false, true);
        memset(fixture.memory, (int)(i % 256), 512);
        for (size_t k = 0; k < VC_ENGINE_ARGUMENTS_MAX; k++) {
            dice = dice * 1664525 + 1013904223;
            arguments[k] = k == 0 && (dice & 1 << 30) != 0
                               ? (dice >> 20) % 5
                               : values[(dice >> 16) % VC_COUNT(values)];
        }
        uint32_t result = fixture_invoke(&fixture, import, arguments, strlen(import->parameters));

        assert_true(result <= VC_WASI_NOTCAPABLE);
        fixture_done(&fixture);
    }
}

static void test_iovecs_into_nothing(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    put_iovec(&fixture, 0, END - 4, 4);
    put_iovec(&fixture, 1, END, 0);
    assert_int_equal(CALL(&fixture, "fd_read", 0, IOVS, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 4);
    put_iovec(&fixture, 1, END - 4, 5);
    assert_int_equal(CALL(&fixture, "fd_read", 0, IOVS, 2, OUT), VC_WASI_FAULT);
    /* 65536 * 65535 bytes and more in all */
    for (size_t i = 0; i < 1024; i++)
        put_iovec(&fixture, i, 0, END);
    assert_int_equal(CALL(&fixture, "fd_write", 1, IOVS, 1024, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 100000);
    put_iovec(&fixture, 0, UINT32_MAX, UINT32_MAX);
    assert_int_equal(CALL(&fixture, "fd_write", 2, IOVS, 1, OUT), VC_WASI_FAULT);
    fixture_done(&fixture);
}

static void test_read_of_sealed_input(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    put_iovec(&fixture, 0, TEXT, 2);
    put_iovec(&fixture, 1, TEXT + 2, 100);
    assert_int_equal(CALL(&fixture, "fd_read", 0, IOVS, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 5);
    assert_memory_equal(fixture.memory + TEXT, "input", 5);
    assert_int_equal(CALL(&fixture, "fd_read", 0, IOVS, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 0);
    assert_int_equal(CALL(&fixture, "fd_pread", 0, IOVS, 1, 3, OUT), VC_WASI_SUCCESS);
    assert_memory_equal(fixture.memory + TEXT, "ut", 2);
    assert_int_equal(CALL(&fixture, "fd_seek", 0, (uint64_t)-1, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 4);
    fixture_done(&fixture);
}

static void test_budget(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    put_iovec(&fixture, 0, 0, 60000);
    assert_int_equal(CALL(&fixture, "fd_write", 1, IOVS, 1, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture.host->output_left, 40000);
    /* written again at the same place: still bytes written */
    assert_int_equal(CALL(&fixture, "fd_pwrite", 1, IOVS, 1, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 40000);
    assert_int_equal(CALL(&fixture, "fd_write", 1, IOVS, 1, OUT), VC_WASI_NOSPC);
    assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 1, 60001), VC_WASI_NOSPC);
    assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 1, 0), VC_WASI_SUCCESS);
    fixture_done(&fixture);
}

/* A hole costs what it makes the file longer. */
static void test_budget_of_holes(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    put_iovec(&fixture, 0, 0, 1);
    assert_int_equal(CALL(&fixture, "fd_pwrite", 1, IOVS, 1, UINT64_C(1) << 40, OUT),
                     VC_WASI_NOSPC);
    assert_int_equal(CALL(&fixture, "fd_pwrite", 1, IOVS, 1, 99999, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture.host->output_left, 0);
    fixture_done(&fixture);
}

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
    {"..", nullptr, VC_WASI_NOTCAPABLE},
    {"../data/a", nullptr, VC_WASI_NOTCAPABLE},
    {"a/../../b", nullptr, VC_WASI_NOTCAPABLE},
    {"a/./../..", nullptr, VC_WASI_NOTCAPABLE},
    {"a//../..", nullptr, VC_WASI_NOTCAPABLE},
    {"/data/a", nullptr, VC_WASI_NOTCAPABLE},
    {"", nullptr, VC_WASI_NOENT},
    {"\xff", nullptr, VC_WASI_ILSEQ},
    {"...", "/data|...", VC_WASI_SUCCESS},
};

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(PATH_ROWS); i++) {
        const struct path_row *row = &PATH_ROWS[i];
        struct fixture fixture;

        fixture_init(&fixture, false, false);
        uint64_t size = put_text(&fixture, TEXT, row->name);
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
            open_file(&fixture, "file", rows[i].flags, rows[i].rights, rows[i].descriptor_flags),
            VC_WASI_SUCCESS);
        assert_int_equal(fixture.last.flags, rows[i].asked);
        assert_int_equal(out_u32(&fixture), 5);
        fixture_done(&fixture);
    }
}

static void test_open_files_are_bounded(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(open_file(&fixture, "file", 0, 1 << 1, 0), VC_WASI_SUCCESS);
        assert_int_equal(out_u32(&fixture), 5 + i);
    }
    /* not even asked: the answer might have made a file */
    assert_int_equal(open_file(&fixture, "file", 1, 1 << 6, 0), VC_WASI_NFILE);
    assert_int_equal(fixture.asked, 3);
    assert_int_equal(CALL(&fixture, "fd_close", 6), VC_WASI_SUCCESS);
    assert_int_equal(open_file(&fixture, "sub-d", 0, 1 << 14, 0), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 6);
    assert_int_equal(CALL(&fixture, "fd_renumber", 6, 5), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_close", 6), VC_WASI_BADF);
    assert_int_equal(CALL(&fixture, "fd_readdir", 5, TEXT, 64, 0, OUT), VC_WASI_SUCCESS);
    assert_string_equal(fixture.last_path, "/sub-d|");
    fixture_done(&fixture);
}

/* Rights shrink on the way down and never grow. */
static void test_rights_are_inherited(void **state)
{
    struct fixture fixture;
    uint64_t size;

    (void)state;
    fixture_init(&fixture, false, false);
    size = put_text(&fixture, TEXT, "sub-d");
    assert_int_equal(
        CALL(&fixture, "path_open", 3, 1, TEXT, size, 2, 1 << 13 | 1 << 14, 1 << 1, 0, OUT),
        VC_WASI_SUCCESS);
    size = put_text(&fixture, TEXT, "file");
    assert_int_equal(CALL(&fixture, "path_open", 5, 1, TEXT, size, 0, 1 << 6, 0, 0, OUT),
                     VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "path_open", 5, 1, TEXT, size, 1, 1 << 1, 0, 0, OUT),
                     VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "path_unlink_file", 5, TEXT, size), VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "path_open", 5, 1, TEXT, size, 0,
                          UINT64_MAX & ~(UINT64_C(1) << 6), 0, 0, OUT),
                     VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_seek", 6, 0, 0, OUT), VC_WASI_NOTCAPABLE);
    fixture_done(&fixture);
}

static void test_append_stays_append(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    assert_int_equal(open_file(&fixture, "log", 0, UINT64_MAX, 1), VC_WASI_SUCCESS);
    put_iovec(&fixture, 0, TEXT, 3);
    assert_int_equal(CALL(&fixture, "fd_write", 5, IOVS, 1, OUT), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_seek", 5, 0, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_write", 5, IOVS, 1, OUT), VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_tell", 5, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 6);
    assert_int_equal(CALL(&fixture, "fd_pwrite", 5, IOVS, 1, 0, OUT), VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "fd_fdstat_set_flags", 5, 0), VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 5, 0), VC_WASI_NOTCAPABLE);
    assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 5, 7), VC_WASI_SUCCESS);
    fixture_done(&fixture);
}

static void test_listing(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 4096, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 5 * (24 + 6));
    assert_memory_equal(fixture.memory + TEXT + 24, "name-0", 6);
    assert_int_equal(fixture.memory[TEXT + 20], VC_WASI_TYPE_DIRECTORY);
    assert_memory_equal(fixture.memory + TEXT + 4 * 30 + 24, "name-4", 6);
    /* cut in the third name; then on from the second */
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 88, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 88);
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 4096, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 3 * 30);
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 4096, 5, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 0);
    fixture_done(&fixture);
}

static void test_answers_that_refuse(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    fixture.refuse = VC_WASI_ACCES;
    assert_int_equal(open_file(&fixture, "file", 0, 1 << 1, 0), VC_WASI_ACCES);
    assert_int_equal(CALL(&fixture, "fd_readdir", 3, TEXT, 64, 0, OUT), VC_WASI_ACCES);
    fixture.silent = true;
    assert_int_equal(open_file(&fixture, "file", 0, 1 << 1, 0), VC_WASI_IO);
    assert_int_equal(CALL(&fixture, "fd_filestat_get", 3, OUT), VC_WASI_IO);
    fixture_done(&fixture);
}

static void test_clock_and_randomness_are_given_or_not(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    assert_int_equal(CALL(&fixture, "clock_time_get", 0, 0, OUT), VC_WASI_ACCES);
    assert_int_equal(CALL(&fixture, "clock_res_get", 0, OUT), VC_WASI_ACCES);
    assert_int_equal(CALL(&fixture, "random_get", TEXT, 8), VC_WASI_ACCES);
    fixture_done(&fixture);
    fixture_init(&fixture, true, true);
    assert_int_equal(CALL(&fixture, "clock_time_get", 0, 0, OUT), VC_WASI_SUCCESS);
    assert_int_equal(vc_guest_get_u64(fixture.memory + OUT) % 1000000, 0);
    assert_int_equal(CALL(&fixture, "clock_time_get", 1, 0, OUT), VC_WASI_SUCCESS);
    assert_true(vc_guest_get_u64(fixture.memory + OUT) < UINT64_C(10000000000));
    assert_int_equal(CALL(&fixture, "random_get", TEXT, 32), VC_WASI_SUCCESS);
    fixture_done(&fixture);
}

static void put_subscription(struct fixture *fixture, size_t index, uint8_t tag,
                             uint64_t timeout_ns)
{
    uint8_t *bytes = fixture->memory + IOVS + 48 * index;

    memset(bytes, 0, 48);
    vc_guest_put_u64(bytes, 70 + index);
    bytes[8] = tag;
    vc_guest_put_u64(bytes + 24, timeout_ns);
}

static void test_poll(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, true, false);
    put_subscription(&fixture, 0, VC_WASI_EVENT_CLOCK, 2000000);
    put_subscription(&fixture, 1, VC_WASI_EVENT_CLOCK, UINT64_C(60000000000));
    assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 1);
    assert_int_equal(vc_guest_get_u64(fixture.memory + TEXT), 70);
    /* a file is ready at once: descriptor 0, 5 bytes */
    put_subscription(&fixture, 1, VC_WASI_EVENT_READ, 0);
    assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(out_u32(&fixture), 1);
    assert_int_equal(vc_guest_get_u64(fixture.memory + TEXT), 71);
    assert_int_equal(vc_guest_get_u64(fixture.memory + TEXT + 16), 5);
    fixture_done(&fixture);
    fixture_init(&fixture, false, false);
    put_subscription(&fixture, 0, VC_WASI_EVENT_CLOCK, UINT64_C(60000000000));
    assert_int_equal(CALL(&fixture, "poll_oneoff", IOVS, TEXT, 1, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture.memory[TEXT + 8], VC_WASI_ACCES);
    fixture_done(&fixture);
}

static void test_exit(void **state)
{
    struct vc_engine_frame frame = {.arguments = {7}};
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    (void)vc_wasi_proc_exit(fixture.host, &frame);
    assert_true(frame.ends);
    assert_int_equal(vc_host_exit_code(fixture.host), 7);
    fixture_done(&fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_every_call_with_every_bound),
        cmocka_unit_test(test_iovecs_into_nothing),
        cmocka_unit_test(test_read_of_sealed_input),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_budget_of_holes),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_open_asks_for_what_is_needed),
        cmocka_unit_test(test_open_files_are_bounded),
        cmocka_unit_test(test_rights_are_inherited),
        cmocka_unit_test(test_append_stays_append),
        cmocka_unit_test(test_listing),
        cmocka_unit_test(test_answers_that_refuse),
        cmocka_unit_test(test_clock_and_randomness_are_given_or_not),
        cmocka_unit_test(test_poll),
        cmocka_unit_test(test_exit),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
