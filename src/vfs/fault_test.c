/* SPDX-License-Identifier: MIT */

/* F1, at stored files: what the kernel answers when files are copied, sealed, measured and mapped
 * is not trusted to make sense. The whole content or an error. */

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

#include "vfs/blob.h"

enum fault { NONE, INTERRUPTED, SHORT, NOTHING, TOO_MUCH, HUGE_COUNT, OTHER_OFFSET, BROKEN };

/* What the next calls do; set by each row. */
static enum fault fault;
static unsigned turns;
static off_t size_told; /* by fstat; 0: the right one */
static bool unmappable;

ssize_t __real_sendfile64(int to, int from, off_t *offset, size_t size);
int __real_fstat64(int fd, struct stat *status);
void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
ssize_t __wrap_sendfile64(int to, int from, off_t *offset, size_t size);
int __wrap_fstat64(int fd, struct stat *status);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);

ssize_t __wrap_sendfile64(int to, int from, off_t *offset, size_t size)
{
    ssize_t sent;

    errno = EINTR;
    if (fault == INTERRUPTED && ++turns % 1000 != 0)
        return -1;
    errno = EIO;
    if (fault == BROKEN)
        return -1;
    if (fault == NOTHING)
        return 0;
    sent = __real_sendfile64(to, from, offset, fault == SHORT ? 1 : size);
    if (fault == OTHER_OFFSET)
        *offset = -4096;
    if (fault == TOO_MUCH)
        *offset += 1;
    return fault == TOO_MUCH ? sent + 1 : fault == HUGE_COUNT ? SSIZE_MAX : sent;
}

int __wrap_fstat64(int fd, struct stat *status)
{
    int answer = __real_fstat64(fd, status);

    if (size_told != 0)
        status->st_size = size_told;
    return answer;
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    errno = ENOMEM;
    return unmappable ? MAP_FAILED : __real_mmap64(at, size, protection, flags, fd, offset);
}

static const char TEXT[] = "what was written";

static struct vc_blob *blob_of(const char *text)
{
    struct vc_draft *draft = nullptr;
    struct vc_blob *blob = nullptr;

    assert_int_equal(vc_draft_new(1000, &draft, nullptr), VC_OK);
    assert_int_equal(
        vc_draft_add(draft, (struct vc_bytes){(const uint8_t *)text, strlen(text)}, nullptr),
        VC_OK);
    assert_int_equal(vc_draft_finish(draft, &blob, nullptr), VC_OK);
    return blob;
}

static int lowest_free(void)
{
    int fd = dup(0);

    (void)close(fd);
    return fd;
}

static const struct row {
    const char *name;
    enum fault fault;
    enum vc_code code;
} ROWS[] = {
    {"as it should be", NONE, VC_OK},
    {"interrupted a thousand times", INTERRUPTED, VC_OK},
    {"byte by byte", SHORT, VC_OK},
    {"nothing", NOTHING, VC_HOST},
    {"a byte too much", TOO_MUCH, VC_HOST},
    {"beyond all measure", HUGE_COUNT, VC_HOST},
    {"on from somewhere else", OTHER_OFFSET, VC_HOST},
    {"broken", BROKEN, VC_HOST},
};

static void check_copy(const struct row *row)
{
    vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = blob_of(TEXT);
    char found[2 * sizeof(TEXT)] = "";
    int before = lowest_free();
    int fd = -1;

    fault = row->fault;
    enum vc_code code = vc_blob_copy(blob, &fd, nullptr);

    fault = NONE;
    if (code != row->code)
        fail_msg("copy, %s: %s", row->name, vc_code_name(code));
    if (code != VC_OK) {
        assert_int_equal(fd, -1);
        assert_int_equal(lowest_free(), before);
        return;
    }
    assert_int_equal(pread(fd, found, sizeof(found), 0), sizeof(TEXT) - 1);
    assert_string_equal(found, TEXT);
    (void)close(fd);
}

static void check_join(const struct row *row)
{
    vc_cleanup(vc_blob_unrefp) struct vc_blob *first = blob_of(TEXT);
    vc_cleanup(vc_blob_unrefp) struct vc_blob *second = blob_of(", and more");
    vc_cleanup(vc_blob_unrefp) struct vc_blob *joined = nullptr;
    struct vc_bytes bytes;

    fault = row->fault;
    enum vc_code code = vc_blob_join(first, second, 1000, &joined, nullptr);

    fault = NONE;
    if (code != row->code)
        fail_msg("join, %s: %s", row->name, vc_code_name(code));
    if (code != VC_OK) {
        assert_null(joined);
        return;
    }
    assert_int_equal(vc_blob_bytes(joined, &bytes, nullptr), VC_OK);
    assert_int_equal(bytes.size, strlen("what was written, and more"));
    assert_memory_equal(bytes.data, "what was written, and more", bytes.size);
}

static void test_copies(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        check_copy(&ROWS[i]);
        check_join(&ROWS[i]);
    }
}

/* A file that is said to be longer would be read beyond its end; a shorter one, cut. */
static void test_sizes(void **state)
{
    static const off_t sizes[] = {-1, INT64_MIN, 1, 17, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(sizes); i++) {
        struct vc_draft *draft = nullptr;
        struct vc_blob *blob = nullptr;

        assert_int_equal(vc_draft_new(1000, &draft, nullptr), VC_OK);
        assert_int_equal(vc_draft_add(draft, (struct vc_bytes){(const uint8_t *)TEXT, 16}, nullptr),
                         VC_OK);
        size_told = sizes[i];
        enum vc_code code = vc_draft_finish(draft, &blob, nullptr);

        size_told = 0;
        if (code != VC_HOST || blob != nullptr)
            fail_msg("size %jd: %s", (intmax_t)sizes[i], vc_code_name(code));
    }
}

static void test_no_mapping(void **state)
{
    vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = blob_of(TEXT);
    struct vc_bytes bytes = {};

    (void)state;
    unmappable = true;
    enum vc_code code = vc_blob_bytes(blob, &bytes, nullptr);

    unmappable = false;
    assert_int_equal(code, VC_HOST);
    assert_null(bytes.data);
    assert_int_equal(vc_blob_bytes(blob, &bytes, nullptr), VC_OK);
    assert_memory_equal(bytes.data, TEXT, bytes.size);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_no_mapping),
    };

    return cmocka_run_group_tests_name("vfs-fault", tests, nullptr, nullptr);
}
