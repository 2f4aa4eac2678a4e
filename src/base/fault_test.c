/* SPDX-License-Identifier: MIT */

/* What the kernel answers is not trusted to make sense (F1): interrupted, short, nothing, more than
 * was asked for, an error. The right result or an error, and no byte beyond. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/packet.h"

enum fault { NONE, INTERRUPTED, SHORT, NOTHING, TOO_MUCH, HUGE_COUNT, NO_MEMORY };

/* What the next calls do; set by each row. An interruption ends after some turns. */
static enum fault fault;
static unsigned turns;

ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __real_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);

/* How often a memory file is busy when it is to be sealed. */
static unsigned busy;

int __real_fcntl64(int fd, int command, long argument);
int __wrap_fcntl64(int fd, int command, long argument);

int __wrap_fcntl64(int fd, int command, long argument)
{
    if (command != F_ADD_SEALS || busy == 0)
        return __real_fcntl64(fd, command, argument);
    busy--;
    errno = EBUSY;
    return -1;
}

static bool interrupts(void)
{
    errno = EINTR;
    return fault == INTERRUPTED && ++turns % 1000 != 0;
}

/* True if the fault is the whole answer. */
static bool lies(size_t size, ssize_t *answer)
{
    *answer = -1;
    if (interrupts())
        return true;
    errno = ENOMEM;
    if (fault == NOTHING)
        *answer = 0;
    if (fault == TOO_MUCH)
        *answer = (ssize_t)size + 1;
    if (fault == HUGE_COUNT)
        *answer = SSIZE_MAX;
    return fault >= NOTHING;
}

ssize_t __wrap_read(int fd, void *data, size_t size)
{
    ssize_t answer;

    return lies(size, &answer) ? answer : __real_read(fd, data, fault == SHORT ? 1 : size);
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    ssize_t answer;

    return lies(size, &answer) ? answer : __real_write(fd, data, fault == SHORT ? 1 : size);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t answer;

    if (!lies(message->msg_iov->iov_len, &answer))
        return __real_recvmsg(fd, message, flags);
    if (fault == HUGE_COUNT)
        message->msg_controllen = SIZE_MAX;
    return answer;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t answer;

    return lies(message->msg_iov->iov_len, &answer) ? answer : __real_sendmsg(fd, message, flags);
}

static const struct row {
    const char *name;
    enum fault fault;
    enum vc_code write, load, receive, send;
} ROWS[] = {
    {"as it should be", NONE, VC_OK, VC_OK, VC_OK, VC_OK},
    {"interrupted a thousand times", INTERRUPTED, VC_OK, VC_OK, VC_OK, VC_OK},
    {"byte by byte", SHORT, VC_OK, VC_OK, VC_OK, VC_OK},
    {"no memory", NO_MEMORY, VC_HOST, VC_HOST, VC_HOST, VC_HOST},
    {"a byte too much", TOO_MUCH, VC_HOST, VC_HOST, VC_MALFORMED, VC_OK},
    {"beyond all measure", HUGE_COUNT, VC_HOST, VC_HOST, VC_HOST, VC_OK},
    {"nothing", NOTHING, VC_HOST, VC_OK /* it looks like the end */, VC_CLOSED, VC_OK},
};

static const char TEXT[] = "what was written";

static void check_files(const struct row *row)
{
    char path[] = "/tmp/fault-test.XXXXXX";
    vc_cleanup(vc_fd_closep) int fd = mkstemp(path);
    vc_cleanup(vc_buffer_done) struct vc_buffer found = {};

    assert_true(fd >= 0);
    fault = row->fault;
    enum vc_code code = vc_fd_write_all(fd, VC_BYTES(TEXT), nullptr);

    fault = NONE;
    assert_int_equal(code, row->write);
    if (code != VC_OK)
        assert_int_equal(vc_fd_write_all(fd, VC_BYTES(TEXT), nullptr), VC_OK);
    fault = row->fault;
    code = vc_file_load(path, 1 << 20, &found, nullptr);
    fault = NONE;
    (void)unlink(path);
    assert_int_equal(code, row->load);
    if (code == VC_OK && row->fault != NOTHING) {
        assert_int_equal(found.size, sizeof(TEXT));
        assert_memory_equal(found.data, TEXT, sizeof(TEXT));
    } else {
        assert_int_equal(found.size, 0);
    }
}

static void check_packets(const struct row *row)
{
    uint8_t data[64];
    struct vc_packet packet = {};
    int mine, theirs;

    assert_int_equal(vc_packet_pair(&mine, &theirs, nullptr), VC_OK);
    const struct vc_parcel parcel = {.head = VC_BYTES(TEXT), .fds = &mine, .fd_count = 1};

    fault = row->fault;
    assert_int_equal(vc_packet_send(mine, &parcel, nullptr), row->send);
    fault = NONE;
    assert_int_equal(vc_packet_send(mine, &parcel, nullptr), VC_OK);
    fault = row->fault;
    assert_int_equal(vc_packet_receive(theirs, data, sizeof(data), &packet, nullptr), row->receive);
    fault = NONE;
    if (row->receive == VC_OK) {
        assert_int_equal(packet.size, sizeof(TEXT));
        assert_int_equal(packet.fd_count, 1);
        assert_memory_equal(data, TEXT, sizeof(TEXT));
    }
    vc_packet_done(&packet);
    (void)close(mine);
    (void)close(theirs);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        print_message("# %s\n", ROWS[i].name);
        check_files(&ROWS[i]);
        check_packets(&ROWS[i]);
    }
}

static void test_a_file_that_is_busy(void **)
{
    static const struct {
        unsigned busy;
        enum vc_code code;
    } rows[] = {{0, VC_OK}, {1, VC_OK}, {4, VC_OK}, {5, VC_HOST}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_fd_closep) int fd = -1;
        struct vc_err err = {};

        assert_int_equal(vc_memfd_new("busy", false, &fd, &err), VC_OK);
        busy = rows[i].busy;
        assert_int_equal(vc_memfd_seal(fd, &err), rows[i].code);
        assert_int_equal(busy, 0);
        assert_int_equal(err.host_errno, rows[i].code == VC_OK ? 0 : EBUSY);
        assert_int_equal((__real_fcntl64(fd, F_GET_SEALS, 0) & F_SEAL_WRITE) != 0,
                         rows[i].code == VC_OK);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_file_that_is_busy),
                                              cmocka_unit_test(test_rows)};

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
