/* SPDX-License-Identifier: MIT */

/* Every pointer and size that a program can give, out of bounds. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hostabi/host_fixture.h"

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
    {"clock_time_get", {3, 0, OUT}, 3, VC_WASI_SUCCESS},
    {"clock_time_get", {4, 0, OUT}, 3, VC_WASI_INVAL},
    {"clock_time_get", {UINT32_MAX, 0, OUT}, 3, VC_WASI_INVAL},
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
    {"fd_prestat_dir_name", {4, END - 5, 6}, 3, VC_WASI_FAULT},
    {"fd_prestat_dir_name", {4, UINT32_MAX, UINT32_MAX}, 3, VC_WASI_FAULT},
    {"fd_read", {0, IOVS, 0, OUT}, 4, VC_WASI_SUCCESS},
    {"fd_read", {0, END, 0, OUT}, 4, VC_WASI_SUCCESS},
    {"fd_read", {0, END + 1, 0, OUT}, 4, VC_WASI_FAULT},
    {"fd_read", {0, IOVS, UINT32_C(1) << 31, OUT}, 4, VC_WASI_INVAL},
    {"fd_read", {0, IOVS, 1025, OUT}, 4, VC_WASI_INVAL},
    {"fd_read", {0, END / 2, 1024, OUT}, 4, VC_WASI_SUCCESS},
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
    {"fd_advise", {0, UINT64_MAX, 0, 0}, 4, VC_WASI_INVAL},
    {"fd_advise", {0, 0, UINT64_MAX, 0}, 4, VC_WASI_INVAL},
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
    {"path_open", {3, 2, TEXT, 4, 0, 2, 0, 0, OUT}, 9, VC_WASI_INVAL},
    {"path_open", {3, 1, TEXT, 4, 16, 2, 0, 0, OUT}, 9, VC_WASI_INVAL},
    {"path_open", {3, 1, TEXT, 4, 0, 2, 0, 32, OUT}, 9, VC_WASI_INVAL},
    {"path_filestat_get", {3, 1, UINT32_MAX, 1, OUT}, 5, VC_WASI_FAULT},
    {"path_filestat_get", {3, UINT32_MAX, TEXT, 4, OUT}, 5, VC_WASI_INVAL},
    {"path_filestat_set_times", {3, 1, TEXT, 4, 0, 0, 3}, 7, VC_WASI_INVAL},
    {"path_filestat_set_times", {3, 1, TEXT, 4, 0, 0, 12}, 7, VC_WASI_INVAL},
    {"path_filestat_set_times", {3, 1, TEXT, 4, 0, 0, 16}, 7, VC_WASI_INVAL},
    {"path_filestat_set_times", {3, 8, TEXT, 4, 0, 0, 0}, 7, VC_WASI_INVAL},
    {"fd_filestat_set_times", {3, 0, 0, 3}, 4, VC_WASI_INVAL},
    {"fd_filestat_set_times", {3, 0, 0, UINT32_MAX}, 4, VC_WASI_INVAL},
    {"fd_filestat_set_times", {1, 0, 0, 1}, 4, VC_WASI_NOTCAPABLE},
    {"path_rename", {3, OUT, 1, 3, UINT32_MAX, UINT32_MAX}, 6, VC_WASI_INVAL},
    {"path_rename", {3, TEXT, 4, 3, UINT32_MAX, UINT32_MAX}, 6, VC_WASI_FAULT},
    {"path_rename", {3, TEXT, 4, 0, TEXT, 4}, 6, VC_WASI_NOTDIR},
    {"path_link", {3, 2, TEXT, 4, 3, TEXT, 4}, 7, VC_WASI_INVAL},
    {"path_link", {99, 0, TEXT, 4, 3, TEXT, 4}, 7, VC_WASI_BADF},
    {"path_link", {3, 0, TEXT, 4, 1, TEXT, 4}, 7, VC_WASI_NOTDIR},
    {"path_symlink", {TEXT, 0, 3, TEXT, 4}, 5, VC_WASI_NOENT},
    {"path_symlink", {TEXT, 1024, 3, TEXT, 4}, 5, VC_WASI_NAMETOOLONG},
    {"path_symlink", {TEXT, 5, 3, TEXT, 4}, 5, VC_WASI_INVAL}, /* a NUL */
    {"path_readlink", {3, TEXT, 4, END, 0, OUT}, 6, VC_WASI_SUCCESS},
    {"path_readlink", {3, TEXT, 4, END - 5, 6, OUT}, 6, VC_WASI_FAULT},
    {"path_unlink_file", {3, END - 1, 2}, 3, VC_WASI_FAULT},
    {"query", {END - 2048, 2048, END, 0, OUT}, 5, VC_WASI_NOBUFS},
    {"query", {END - 2048, 2048, END - 6, 6, OUT}, 5, VC_WASI_SUCCESS},
    {"query", {END - 2047, 2048, OUT, 0, OUT}, 5, VC_WASI_FAULT},
    {"query", {0, 2049, OUT, 0, OUT}, 5, VC_WASI_INVAL},
    {"query", {0, END, OUT, 0, OUT}, 5, VC_WASI_INVAL},
    {"query", {TEXT, 0, IOVS, 6, OUT}, 5, VC_WASI_INVAL},
    {"query", {END, 0, IOVS, 6, OUT}, 5, VC_WASI_INVAL},
    {"query", {END + 1, 0, IOVS, 6, OUT}, 5, VC_WASI_FAULT},
    {"query", {TEXT, 4, END - 5, 6, OUT}, 5, VC_WASI_FAULT},
    {"query", {TEXT, 4, OUT, UINT32_MAX, OUT}, 5, VC_WASI_FAULT},
    {"query", {TEXT, 4, UINT32_MAX, UINT32_MAX, OUT}, 5, VC_WASI_FAULT},
    {"query", {TEXT, 4, 0, END, OUT}, 5, VC_WASI_SUCCESS},
    {"query", {TEXT, 4, IOVS, 5, OUT}, 5, VC_WASI_NOBUFS},
    {"query", {TEXT, 4, IOVS, 6, END - 3}, 5, VC_WASI_FAULT},
    {"query", {TEXT, 4, IOVS, 6, END - 4}, 5, VC_WASI_SUCCESS},
    {"narrow", {END - 32768, 32768, 0, END, 0, OUT}, 6, VC_WASI_SUCCESS},
    {"narrow", {0, 32769, 0, END, 0, OUT}, 6, VC_WASI_INVAL},
    {"narrow", {END - 32767, 32768, 0, END, 0, OUT}, 6, VC_WASI_FAULT},
    {"narrow", {TEXT, 4, 1, IOVS, 6, OUT}, 6, VC_WASI_SUCCESS},
    {"narrow", {TEXT, 4, 2, IOVS, 6, OUT}, 6, VC_WASI_INVAL},
    {"narrow", {TEXT, 4, UINT32_MAX, IOVS, 6, OUT}, 6, VC_WASI_INVAL},
    {"narrow", {TEXT, 0, 0, IOVS, 6, OUT}, 6, VC_WASI_INVAL},
    {"narrow", {TEXT, 4, 0, END - 5, 6, OUT}, 6, VC_WASI_FAULT},
    {"narrow", {TEXT, 4, 0, IOVS, 6, END - 3}, 6, VC_WASI_FAULT},
    {"narrow", {TEXT, 4, 2, IOVS, 6, UINT32_MAX}, 6, VC_WASI_FAULT},
    {"poll_oneoff", {IOVS, TEXT, 0, OUT}, 4, VC_WASI_INVAL},
    {"poll_oneoff", {IOVS, TEXT, UINT32_MAX, OUT}, 4, VC_WASI_INVAL},
    {"poll_oneoff", {END - 47, TEXT, 1, OUT}, 4, VC_WASI_FAULT},
    {"poll_oneoff", {IOVS, END - 31, 1, OUT}, 4, VC_WASI_FAULT},
    {"poll_oneoff", {IOVS, IOVS + 40, 1, OUT}, 4, VC_WASI_INVAL}, /* overlap */
    {"sock_accept", {99, 0, OUT}, 3, VC_WASI_BADF},
    {"sock_accept", {1, 0, UINT32_MAX}, 3, VC_WASI_NOTSOCK},
    {"sock_recv", {UINT32_MAX, IOVS, 1, 0, OUT, OUT}, 6, VC_WASI_BADF},
    {"sock_recv", {3, UINT32_MAX, UINT32_MAX, 0, OUT, OUT}, 6, VC_WASI_NOTSOCK},
    {"sock_send", {5, IOVS, 1, 0, OUT}, 5, VC_WASI_BADF},
    {"sock_send", {0, IOVS, 1, 0, OUT}, 5, VC_WASI_NOTSOCK},
    {"sock_shutdown", {99, 3}, 2, VC_WASI_BADF},
    {"sock_shutdown", {1, 3}, 2, VC_WASI_NOTSOCK},
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
        (void)fixture_text(&fixture, TEXT, "file");
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

        assert_true(result <= VC_WASI_NOTCAPABLE ||
                    (fixture_is_crypto(import) && (int32_t)result == VC_PSA_ERROR_NOT_SUPPORTED));
        fixture_done(&fixture);
    }
}

/* A call that does what it is asked, and where it takes pointers: each of them is then replaced by
 * one that leads out of memory. */
struct abuse_row {
    const char *call;
    uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX];
    /* one letter per argument: '.' a number; 'p' a pointer to what is read, 'r' to where results
     * go; 's' how many bytes, 'n' how many elements are at the pointer before */
    const char *kinds;
    uint32_t needs[VC_ENGINE_ARGUMENTS_MAX]; /* bytes at a pointer */
    uint32_t result;
};

static constexpr uint64_t FILE_FD = 5; /* opened by each test */

static const struct abuse_row ABUSE_ROWS[] = {
    {"args_get", {OUT, TEXT}, "rr", {8, 17}, 0},
    {"args_sizes_get", {OUT, OUT + 4}, "rr", {4, 4}, 0},
    {"clock_res_get", {0, OUT}, ".r", {0, 8}, 0},
    {"clock_time_get", {1, 0, OUT}, "..r", {0, 0, 8}, 0},
    {"environ_get", {OUT, TEXT}, "rr", {4, 4}, 0},
    {"environ_sizes_get", {OUT, OUT + 4}, "rr", {4, 4}, 0},
    {"fd_advise", {FILE_FD, 0, 0, 0}, "....", {}, 0},
    {"fd_allocate", {FILE_FD, 0, 10}, "...", {}, 0},
    {"fd_close", {FILE_FD}, ".", {}, 0},
    {"fd_datasync", {FILE_FD}, ".", {}, 0},
    {"fd_fdstat_get", {FILE_FD, OUT}, ".r", {0, 24}, 0},
    {"fd_fdstat_set_flags", {FILE_FD, 0}, "..", {}, 0},
    {"fd_fdstat_set_rights", {FILE_FD, 0, 0}, "...", {}, 0},
    {"fd_filestat_get", {FILE_FD, OUT}, ".r", {0, 64}, 0},
    {"fd_filestat_set_size", {FILE_FD, 0}, "..", {}, 0},
    {"fd_filestat_set_times", {FILE_FD, 0, 0, 0}, "....", {}, 0},
    {"fd_pread", {FILE_FD, IOVS, 1, 0, OUT}, ".pn.r", {0, 8, 0, 0, 4}, 0},
    {"fd_prestat_dir_name", {4, TEXT, 5}, ".rs", {0, 5}, 0},
    {"fd_prestat_get", {4, OUT}, ".r", {0, 8}, 0},
    {"fd_pwrite", {FILE_FD, IOVS, 1, 0, OUT}, ".pn.r", {0, 8, 0, 0, 4}, 0},
    {"fd_read", {FILE_FD, IOVS, 1, OUT}, ".pnr", {0, 8, 0, 4}, 0},
    {"fd_readdir", {3, TEXT, 64, 0, OUT}, ".rs.r", {0, 64, 0, 0, 4}, 0},
    {"fd_renumber", {FILE_FD, 2}, "..", {}, 0},
    {"fd_seek", {FILE_FD, 0, 0, OUT}, "...r", {0, 0, 0, 8}, 0},
    {"fd_sync", {FILE_FD}, ".", {}, 0},
    {"fd_tell", {FILE_FD, OUT}, ".r", {0, 8}, 0},
    {"fd_write", {FILE_FD, IOVS, 1, OUT}, ".pnr", {0, 8, 0, 4}, 0},
    {"path_create_directory", {3, TEXT, 4}, ".ps", {0, 4}, 0},
    {"path_filestat_get", {3, 1, TEXT, 4, OUT}, "..psr", {0, 0, 4, 0, 64}, 0},
    {"path_filestat_set_times", {3, 1, TEXT, 4, 0, 0, 0}, "..ps...", {0, 0, 4}, 0},
    {"path_link", {3, 0, TEXT, 4, 3, TEXT, 4}, "..ps.ps", {0, 0, 4, 0, 0, 4}, 0},
    {"path_open", {3, 1, TEXT, 4, 0, 2, 0, 0, OUT}, "..ps....r", {0, 0, 4, 0, 0, 0, 0, 0, 4}, 0},
    {"path_readlink", {3, TEXT, 4, OUT, 6, IOVS}, ".psrsr", {0, 4, 0, 6, 0, 4}, 0},
    {"path_remove_directory", {3, TEXT, 4}, ".ps", {0, 4}, 0},
    {"path_rename", {3, TEXT, 4, 3, TEXT, 4}, ".ps.ps", {0, 4, 0, 0, 4}, 0},
    {"path_symlink", {TEXT, 4, 3, TEXT, 4}, "ps.ps", {4, 0, 0, 4}, 0},
    {"path_unlink_file", {3, TEXT, 4}, ".ps", {0, 4}, 0},
    {"poll_oneoff", {IOVS, TEXT, 1, OUT}, "prnr", {48, 32, 0, 4}, 0},
    {"proc_exit", {7}, ".", {}, 0},
    {"proc_raise", {0}, ".", {}, 0},
    {"random_get", {TEXT, 16}, "rs", {16}, 0},
    {"sched_yield", {}, "", {}, 0},
    {"sock_accept", {FILE_FD, 0, OUT}, "..r", {0, 0, 4}, VC_WASI_NOTSOCK},
    {"sock_recv", {FILE_FD, IOVS, 1, 0, OUT, OUT}, ".pn.rr", {0, 8, 0, 0, 4, 2}, VC_WASI_NOTSOCK},
    {"sock_send", {FILE_FD, IOVS, 1, 0, OUT}, ".pn.r", {0, 8, 0, 0, 4}, VC_WASI_NOTSOCK},
    {"sock_shutdown", {FILE_FD, 3}, "..", {}, VC_WASI_NOTSOCK},
    {"progress", {1}, ".", {}, 0},
    {"query", {TEXT, 4, IOVS, 6, OUT}, "psrsr", {4, 0, 6, 0, 4}, 0},
    {"narrow", {TEXT, 4, 0, IOVS, 6, OUT}, "ps.rsr", {4, 0, 0, 6, 0, 4}, 0},
};

/* The row's call with one argument replaced, in a host of its own. */
static uint32_t abuse(const struct abuse_row *row, size_t at, uint64_t value)
{
    uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX];
    struct fixture fixture;

    memcpy(arguments, row->arguments, sizeof(arguments));
    arguments[at] = value;
    fixture_init(&fixture, true, true);
    assert_int_equal(fixture_open(&fixture, "file", 0, UINT64_MAX, 0), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), FILE_FD);
    fixture.text = (struct vc_bytes){(const uint8_t *)"/a\0/b", 6};
    fixture_iovec(&fixture, 0, TEXT, 16);
    uint32_t result = fixture_call(&fixture, row->call, arguments, strlen(row->kinds));

    fixture_done(&fixture);
    return result;
}

static void check_abuse(const struct abuse_row *row, size_t at, uint64_t value, bool is_size)
{
    uint32_t result = abuse(row, at, value);
    bool refused = result == VC_WASI_FAULT || result == VC_WASI_NOTSOCK ||
                   (is_size && (result == VC_WASI_INVAL || result == VC_WASI_NAMETOOLONG));

    if (!refused)
        fail_msg("%s, argument %zu: %llx: errno %u", row->call, at, (unsigned long long)value,
                 result);
}

static void abuse_argument(const struct abuse_row *row, size_t at)
{
    const uint64_t pointers[] = {
        END - row->needs[at] + 1,        END,       END + 1, 2 * END, UINT64_C(1) << 31,
        UINT32_MAX - row->needs[at] + 1, UINT32_MAX};
    const uint64_t sizes[] = {END + 1, UINT64_C(1) << 29, UINT64_C(1) << 31, UINT32_MAX};

    switch (row->kinds[at]) {
    case 'r': /* no alignment is asked for */
        assert_int_equal(abuse(row, at, row->arguments[at] + 1), row->result);
        [[fallthrough]];
    case 'p':
        for (size_t i = 0; i < VC_COUNT(pointers); i++)
            check_abuse(row, at, pointers[i], false);
        return;
    case 's':
    case 'n':
        for (size_t i = 0; i < VC_COUNT(sizes); i++)
            check_abuse(row, at, sizes[i], true);
        return;
    default:
        return;
    }
}

static const struct abuse_row *find_row(const struct vc_engine_import *import)
{
    for (size_t i = 0; i < VC_COUNT(ABUSE_ROWS); i++) {
        if (strcmp(ABUSE_ROWS[i].call, import->name) == 0 &&
            strlen(ABUSE_ROWS[i].kinds) == strlen(import->parameters))
            return &ABUSE_ROWS[i];
    }
    fail_msg("%s: no row says where its pointers are", import->name);
    return nullptr;
}

static void test_every_pointer_of_every_call(void **state)
{
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (fixture_is_crypto(&imports[i]))
            continue;
        const struct abuse_row *row = find_row(&imports[i]);

        assert_int_equal(abuse(row, 0, row->arguments[0]), row->result);
        for (size_t at = 0; row->kinds[at] != '\0'; at++)
            abuse_argument(row, at);
    }
}

/* Where an iovec points is as much the program's word as where it lies. */
static void test_every_iovec_of_every_transfer(void **state)
{
    static const struct {
        uint64_t at, size;
    } rows[] = {{END - 15, 16},
                {END, 1},
                {UINT32_MAX, 1},
                {UINT32_MAX, UINT32_MAX},
                {1, UINT32_MAX},
                {END + 1, 0},
                {0, END + 1},
                {UINT64_C(1) << 31, 1},
                {END - 1, UINT64_C(1) << 31}};
    static const struct {
        const char *call;
        size_t count;
    } calls[] = {{"fd_read", 4}, {"fd_write", 4}, {"fd_pread", 5}, {"fd_pwrite", 5}};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows) * VC_COUNT(calls); i++) {
        const char *call = calls[i % VC_COUNT(calls)].call;
        size_t count = calls[i % VC_COUNT(calls)].count;
        uint64_t arguments[] = {FILE_FD, IOVS, 2, count == 5 ? 0 : OUT, OUT};
        struct fixture fixture;

        fixture_init(&fixture, false, false);
        assert_int_equal(fixture_open(&fixture, "file", 0, UINT64_MAX, 0), VC_WASI_SUCCESS);
        fixture_iovec(&fixture, 0, TEXT, 16);
        fixture_iovec(&fixture, 1, (uint32_t)rows[i / VC_COUNT(calls)].at,
                      (uint32_t)rows[i / VC_COUNT(calls)].size);
        assert_int_equal(fixture_call(&fixture, call, arguments, count), VC_WASI_FAULT);
        fixture_done(&fixture);
    }
}

static void test_iovecs_into_nothing(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    fixture_iovec(&fixture, 0, END - 4, 4);
    fixture_iovec(&fixture, 1, END, 0);
    assert_int_equal(CALL(&fixture, "fd_read", 0, IOVS, 2, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 4);
    fixture_iovec(&fixture, 1, END - 4, 5);
    assert_int_equal(CALL(&fixture, "fd_read", 0, IOVS, 2, OUT), VC_WASI_FAULT);
    /* 65536 * 65535 bytes and more in all */
    for (size_t i = 0; i < 1024; i++)
        fixture_iovec(&fixture, i, 0, END);
    assert_int_equal(CALL(&fixture, "fd_write", 1, IOVS, 1024, OUT), VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), 100000);
    fixture_iovec(&fixture, 0, UINT32_MAX, UINT32_MAX);
    assert_int_equal(CALL(&fixture, "fd_write", 2, IOVS, 1, OUT), VC_WASI_FAULT);
    fixture_done(&fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_every_pointer_of_every_call),
        cmocka_unit_test(test_every_iovec_of_every_transfer),
        cmocka_unit_test(test_every_call_with_every_bound),
        cmocka_unit_test(test_iovecs_into_nothing),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
