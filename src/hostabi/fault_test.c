/* SPDX-License-Identifier: MIT */

/* F1, at the host calls: what the kernel answers is not trusted to make sense. Interrupted, short,
 * nothing, more than was asked for, an error: the program gets the right bytes or an errno, and
 * nothing is touched beyond what it asked for. */

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "hostabi/host_fixture.h"

enum fault { NONE, INTERRUPTED, SHORT, NOTHING, TOO_MUCH, HUGE_COUNT, BROKEN, NO_SIZE };

static constexpr uint64_t FILE_OPENED = 5; /* the first descriptor that is free */
static constexpr size_t SIZE = 100;        /* bytes asked for */
static constexpr size_t SHORT_SIZE = 7;    /* and then given */

/* What the next calls do; set by each row. */
static enum fault fault;
static unsigned turns;

ssize_t __real_pread64(int fd, void *data, size_t size, off_t offset);
ssize_t __real_pwrite64(int fd, const void *data, size_t size, off_t offset);
ssize_t __real_getrandom(void *data, size_t size, unsigned flags);
int __real_fstat64(int fd, struct stat *status);
void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
ssize_t __wrap_pread64(int fd, void *data, size_t size, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *data, size_t size, off_t offset);
ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags);
int __wrap_fstat64(int fd, struct stat *status);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);

/* True if the fault is the whole answer. */
static bool lies(size_t size, ssize_t *answer)
{
    *answer = -1;
    errno = EINTR;
    if (fault == INTERRUPTED)
        return ++turns % 1000 != 0;
    errno = EIO;
    if (fault == NOTHING)
        *answer = 0;
    if (fault == TOO_MUCH)
        *answer = (ssize_t)size + 1;
    if (fault == HUGE_COUNT)
        *answer = SSIZE_MAX;
    return fault >= NOTHING && fault != NO_SIZE;
}

static size_t given(size_t size)
{
    return fault == SHORT && size > SHORT_SIZE ? SHORT_SIZE : size;
}

ssize_t __wrap_pread64(int fd, void *data, size_t size, off_t offset)
{
    ssize_t answer;

    return lies(size, &answer) ? answer : __real_pread64(fd, data, given(size), offset);
}

ssize_t __wrap_pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    ssize_t answer;

    return lies(size, &answer) ? answer : __real_pwrite64(fd, data, given(size), offset);
}

ssize_t __wrap_getrandom(void *data, size_t size, unsigned flags)
{
    ssize_t answer;

    return lies(size, &answer) ? answer : __real_getrandom(data, given(size), flags);
}

int __wrap_fstat64(int fd, struct stat *status)
{
    errno = EIO;
    if (fault == BROKEN)
        return -1;
    int answer = __real_fstat64(fd, status);

    if (fault == NO_SIZE)
        status->st_size = -1;
    return answer;
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    errno = ENOMEM;
    return fault == BROKEN && fd >= 0 ? MAP_FAILED
                                      : __real_mmap64(at, size, protection, flags, fd, offset);
}

/* What a call comes to: its errno, and how many bytes of those asked for were moved. */
struct outcome {
    uint32_t failure;
    size_t moved;
};

static const struct row {
    const char *name;
    enum fault fault;
    struct outcome write, read, random;
} ROWS[] = {
    {"as it should be", NONE, {0, SIZE}, {0, SIZE}, {0, SIZE}},
    {"interrupted a thousand times", INTERRUPTED, {0, SIZE}, {0, SIZE}, {0, SIZE}},
    {"short", SHORT, {0, SHORT_SIZE}, {0, SHORT_SIZE}, {0, SIZE}},
    {"nothing", NOTHING, {0, 0}, {0, 0}, {VC_WASI_IO, 0}},
    {"a byte too much", TOO_MUCH, {VC_WASI_IO, 0}, {VC_WASI_IO, 0}, {VC_WASI_IO, 0}},
    {"beyond all measure", HUGE_COUNT, {VC_WASI_IO, 0}, {VC_WASI_IO, 0}, {VC_WASI_IO, 0}},
    {"broken", BROKEN, {VC_WASI_IO, 0}, {VC_WASI_IO, 0}, {VC_WASI_IO, 0}},
    {"a file without a size", NO_SIZE, {VC_WASI_IO, 0}, {0, SIZE}, {0, SIZE}},
};

/* A call by which bytes get from a file to the end of memory or back; then the number at OUT
 * is right, and so is where the file stands. */
static void check_moved(struct fixture *fixture, const struct row *row, const char *call,
                        const struct outcome *wanted)
{
    vc_guest_put_u32(fixture->memory + OUT, 4711);
    assert_int_equal(CALL(fixture, "fd_seek", FILE_OPENED, 0, VC_WASI_SEEK_SET, OUT + 16),
                     VC_WASI_SUCCESS);
    fault = row->fault;
    uint32_t failure = CALL(fixture, call, FILE_OPENED, IOVS, 1, OUT);

    fault = NONE;
    if (failure != wanted->failure)
        fail_msg("%s: %s: errno %u", row->name, call, failure);
    assert_int_equal(fixture_out(fixture), failure == 0 ? wanted->moved : 4711);
    assert_int_equal(CALL(fixture, "fd_tell", FILE_OPENED, OUT + 16), VC_WASI_SUCCESS);
    assert_int_equal(fixture->memory[OUT + 16], failure == 0 ? wanted->moved : 0);
}

static void check_file(const struct row *row)
{
    struct fixture fixture;
    uint8_t *end;

    fixture_init(&fixture, false, false);
    assert_int_equal(fixture_open(&fixture, "a", 0,
                                  VC_WASI_RIGHT_FD_READ | VC_WASI_RIGHT_FD_WRITE |
                                      VC_WASI_RIGHT_FD_SEEK | VC_WASI_RIGHT_FD_TELL,
                                  0),
                     VC_WASI_SUCCESS);
    assert_int_equal(fixture_out(&fixture), FILE_OPENED);
    end = fixture.memory + END;
    memset(end - SIZE, 'w', SIZE);
    fixture_iovec(&fixture, 0, (uint32_t)(END - SIZE), SIZE);
    uint64_t left = fixture.host->output_left;

    check_moved(&fixture, row, "fd_write", &row->write);
    assert_int_equal(fixture.host->output_left, left - row->write.moved);
    assert_int_equal(CALL(&fixture, "fd_seek", FILE_OPENED, 0, VC_WASI_SEEK_SET, OUT),
                     VC_WASI_SUCCESS);
    assert_int_equal(CALL(&fixture, "fd_write", FILE_OPENED, IOVS, 1, OUT), VC_WASI_SUCCESS);
    memset(end - SIZE - 1, 'x', SIZE + 1);
    check_moved(&fixture, row, "fd_read", &row->read);
    assert_int_equal(end[-(ptrdiff_t)SIZE - 1], 'x');
    for (size_t i = 0; i < SIZE; i++)
        assert_int_equal(end[-(ptrdiff_t)SIZE + (ptrdiff_t)i], i < row->read.moved ? 'w' : 'x');
    fixture_done(&fixture);
}

/* Beyond the program's memory there are pages that end the test. */
static void check_random(const struct row *row)
{
    struct fixture fixture;
    size_t zeros = 0;

    fixture_init(&fixture, false, true);
    fault = row->fault;
    uint32_t failure = CALL(&fixture, "random_get", END - SIZE, SIZE);

    fault = NONE;
    if (failure != row->random.failure)
        fail_msg("%s: random_get: errno %u", row->name, failure);
    for (size_t i = 0; i < SIZE; i++)
        zeros += fixture.memory[END - SIZE + i] == 0;
    assert_true(failure == 0 ? zeros < 10 : zeros == SIZE);
    fixture_done(&fixture);
}

static void test_transfers(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        print_message("# %s\n", ROWS[i].name);
        check_file(&ROWS[i]);
        check_random(&ROWS[i]);
    }
}

/* A sealed file is mapped when it is opened; one that cannot be is not opened. */
static void test_opening(void **state)
{
    static const enum fault faults[] = {BROKEN, NO_SIZE};
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    for (size_t i = 0; i < VC_COUNT(faults); i++) {
        int before = dup(0);

        (void)close(before);
        fault = faults[i];
        uint32_t failure = fixture_open(&fixture, "a", 0, VC_WASI_RIGHT_FD_READ, 0);

        fault = NONE;
        assert_int_equal(failure, VC_WASI_IO);
        int after = dup(0);

        (void)close(after);
        assert_int_equal(after, before); /* nothing was left open */
    }
    assert_int_equal(fixture_open(&fixture, "a", 0, VC_WASI_RIGHT_FD_READ, 0), VC_WASI_SUCCESS);
    fixture_done(&fixture);
}

/* What can be asked about a size, in vain. */
static void test_sizes(void **state)
{
    static const enum fault faults[] = {BROKEN, NO_SIZE};
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    for (size_t i = 0; i < VC_COUNT(faults); i++) {
        fault = faults[i];
        assert_int_equal(CALL(&fixture, "fd_seek", 1, 0, VC_WASI_SEEK_END, OUT), VC_WASI_IO);
        assert_int_equal(CALL(&fixture, "fd_filestat_get", 1, OUT), VC_WASI_IO);
        assert_int_equal(CALL(&fixture, "fd_filestat_set_size", 1, 10), VC_WASI_IO);
        assert_int_equal(CALL(&fixture, "fd_allocate", 1, 0, 10), VC_WASI_IO);
        fault = NONE;
    }
    fixture_done(&fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transfers),
        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests_name("host-fault", tests, nullptr, nullptr);
}
