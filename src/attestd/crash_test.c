/* SPDX-License-Identifier: MIT */

/* F6: the service is killed, or the disk fails, at each of its writes in turn. Afterwards it starts
 * with a CA that is whole, or says which half is missing; never with another than it had. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "attestd/logbook.h"
#include "attestd/state.h"
#include "base/file.h"

enum fault { NONE, KILLED_BEFORE, KILLED_AFTER, KILLED_HALFWAY, FAILS };

static constexpr int64_t NOW = 1800000000;
static constexpr unsigned POINTS_MAX = 100; /* changes of the disk that a start makes, and more */
static constexpr int STRUCK = 42;           /* the exit of a process that was killed by its fault */

/* Which change of the disk meets which fault; counted from 0. Only children have any. */
static enum fault fault;
static unsigned point;
static unsigned changes;

ssize_t __real_write(int fd, const void *data, size_t size);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_ftruncate64(int fd, off_t size);
int __real_fchmod(int fd, mode_t mode);
int __real_rename(const char *from, const char *to);
int __real_mkdir(const char *path, mode_t mode);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_ftruncate64(int fd, off_t size);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_rename(const char *from, const char *to);
int __wrap_mkdir(const char *path, mode_t mode);

static bool strikes(void)
{
    return fault != NONE && changes++ == point;
}

/* Before the change; true if it is to fail instead. */
static bool meets(bool struck)
{
    if (struck && fault == KILLED_BEFORE)
        _exit(STRUCK);
    errno = ENOSPC;
    return struck && fault == FAILS;
}

static int after(bool struck, int answer)
{
    if (struck)
        _exit(STRUCK);
    return answer;
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    bool struck = strikes();

    if (meets(struck))
        return -1;
    if (struck && fault == KILLED_HALFWAY)
        size /= 2;
    ssize_t answer = __real_write(fd, data, size);

    return struck ? after(struck, 0) : answer;
}

int __wrap_fsync(int fd)
{
    bool struck = strikes();

    return meets(struck) ? -1 : after(struck, __real_fsync(fd));
}

int __wrap_fdatasync(int fd)
{
    bool struck = strikes();

    return meets(struck) ? -1 : after(struck, __real_fdatasync(fd));
}

int __wrap_ftruncate64(int fd, off_t size)
{
    bool struck = strikes();

    return meets(struck) ? -1 : after(struck, __real_ftruncate64(fd, size));
}

int __wrap_fchmod(int fd, mode_t mode)
{
    bool struck = strikes();

    return meets(struck) ? -1 : after(struck, __real_fchmod(fd, mode));
}

int __wrap_rename(const char *from, const char *to)
{
    bool struck = strikes();

    return meets(struck) ? -1 : after(struck, __real_rename(from, to));
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    bool struck = strikes();

    return meets(struck) ? -1 : after(struck, __real_mkdir(path, mode));
}

struct place {
    char root[64];
    char folder[96];
};

static void make(struct place *place)
{
    strcpy(place->root, "/tmp/attestd-crash-XXXXXX");
    assert_non_null(mkdtemp(place->root));
    (void)snprintf(place->folder, sizeof(place->folder), "%s/a", place->root);
}

static void unmake(const struct place *place)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf %s", place->root);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own temporary folder */
}

typedef enum vc_code deed(const struct place *place);

static enum vc_code start(const struct place *place)
{
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *state = nullptr;

    return vc_attestd_open(place->folder, NOW, &state, nullptr);
}

static enum vc_code endorse(const struct place *place)
{
    vc_cleanup(vc_key_freep) struct vc_key *pair = nullptr;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *machine = nullptr;
    struct vc_endorsement endorsement = {.platform = VC_PLATFORM_PROCESS};
    enum vc_code code = vc_key_new(&pair, nullptr);

    if (code == VC_OK)
        code = vc_public_key_of_key(pair, &machine, nullptr);
    endorsement.key = machine;
    return code == VC_OK ? vc_attestd_endorse(place->folder, &endorsement, nullptr) : code;
}

/* The deed in a process of its own that meets the fault; false: it never came to that point. */
static bool suffer(const struct place *place, deed *what, enum fault kind, unsigned at)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        fault = kind;
        point = at;
        enum vc_code code = what(place);

        _exit(changes > at ? (code == VC_OK ? EXIT_FAILURE : STRUCK) : EXIT_SUCCESS);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    /* a fault that was met is told */
    assert_int_not_equal(WEXITSTATUS(status), EXIT_FAILURE);
    return WEXITSTATUS(status) == STRUCK;
}

static void ca_of(const struct place *place, struct vc_buffer *der)
{
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *state = nullptr;

    assert_int_equal(vc_attestd_open(place->folder, NOW, &state, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(der, vc_cert_der(vc_attestd_ca(state)), nullptr), VC_OK);
}

/* The first start; the second may only find nothing, everything, or say which half there is. */
static bool first_start(enum fault kind, unsigned at, unsigned *halves)
{
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *state = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer once = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer twice = {};
    struct vc_err err = {};
    struct place place;

    make(&place);
    bool struck = suffer(&place, start, kind, at);
    enum vc_code code = vc_attestd_open(place.folder, NOW, &state, &err);

    if (code == VC_STATE) {
        assert_non_null(strstr(err.text, "ca.crt: missing"));
        assert_int_not_equal(kind, FAILS); /* who lives to see it tidies up */
        (*halves)++;
    } else {
        if (code != VC_OK)
            fail_msg("fault %d at change %u: %s", kind, at, err.text);
        ca_of(&place, &once);
        ca_of(&place, &twice);
        assert_int_equal(once.size, twice.size);
        assert_memory_equal(once.data, twice.data, once.size);
    }
    unmake(&place);
    return struck;
}

static void test_first_start(void **)
{
    for (enum fault kind = KILLED_BEFORE; kind <= FAILS; kind++) {
        unsigned at = 0;
        unsigned halves = 0;

        while (first_start(kind, at, &halves) && at < POINTS_MAX)
            at++;
        print_message("# fault %d: %u points, half a CA after %u\n", kind, at, halves);
        assert_true(at >= 10 && at < POINTS_MAX);
    }
}

/* A machine is endorsed or not; the CA stays, and the service starts. */
static bool endorsing(enum fault kind, unsigned at)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer before = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer later = {};
    struct place place;

    make(&place);
    ca_of(&place, &before);
    bool struck = suffer(&place, endorse, kind, at);

    ca_of(&place, &later);
    assert_int_equal(before.size, later.size);
    assert_memory_equal(before.data, later.data, before.size);
    unmake(&place);
    return struck;
}

/* Folders that are there count: making them is tried, and may fail as if they were not. */
static void test_endorsing(void **)
{
    for (enum fault kind = KILLED_BEFORE; kind <= FAILS; kind++) {
        unsigned at = 0;

        while (endorsing(kind, at) && at < POINTS_MAX)
            at++;
        print_message("# fault %d: %u points\n", kind, at);
        assert_true(at >= 5 && at < POINTS_MAX);
    }
}

/* ---- the log ---- */

static constexpr size_t ENTRIES_BEFORE = 20;
static constexpr size_t BATCHES = 4;
static constexpr size_t BATCH = 5;

static enum vc_code open_book(const struct place *place, struct vc_attestd_state **state,
                              struct vc_logbook **book, struct vc_err *err)
{
    enum vc_code code = vc_attestd_open(place->folder, NOW, state, err);

    if (code != VC_OK)
        return code;
    return vc_logbook_open(&(struct vc_logbook_setup){vc_attestd_log_folder(*state),
                                                      vc_attestd_ca(*state),
                                                      vc_attestd_ca_key(*state), NOW},
                           book, err);
}

/* Adds entries in batches. After each the head, which is what anybody gets to see, is put where a
 * crash does not reach. */
static enum vc_code write_batches(const struct place *place, size_t batches,
                                  struct vc_log_head *shown)
{
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *state = nullptr;
    vc_cleanup(vc_logbook_closep) struct vc_logbook *book = nullptr;
    enum vc_code code = open_book(place, &state, &book, nullptr);

    for (size_t batch = 0; code == VC_OK && batch < batches; batch++) {
        for (size_t i = 0; code == VC_OK && i < BATCH; i++) {
            char entry[64];
            uint64_t index;
            int size = snprintf(entry, sizeof(entry), "{\"entry\":%zu}", batch * BATCH + i);

            code = vc_logbook_add(book, (struct vc_bytes){(const uint8_t *)entry, (size_t)size},
                                  &index, nullptr);
        }
        if (code == VC_OK)
            code = vc_logbook_commit(book, NOW, nullptr);
        if (code == VC_OK)
            *shown = *vc_logbook_head(book);
    }
    return code == VC_OK ? vc_logbook_save(book, nullptr) : code;
}

static struct vc_log_head *shown_head; /* in memory that the child shares */

static enum vc_code log_more(const struct place *place)
{
    return write_batches(place, BATCHES, shown_head);
}

/* Whatever strikes when: the log opens again, and has grown out of every head that was shown. */
static bool logging(enum fault kind, unsigned at)
{
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *state = nullptr;
    vc_cleanup(vc_logbook_closep) struct vc_logbook *book = nullptr;
    struct vc_log_proof growth;
    struct vc_err err = {};
    struct place place;

    make(&place);
    assert_int_equal(write_batches(&place, ENTRIES_BEFORE / BATCH, shown_head), VC_OK);
    bool struck = suffer(&place, log_more, kind, at);

    if (open_book(&place, &state, &book, &err) != VC_OK)
        fail_msg("fault %d at change %u: %s", kind, at, err.text);
    if (vc_logbook_growth(book, shown_head->size, vc_logbook_head(book)->size, &growth, &err) !=
            VC_OK ||
        vc_log_check_growth(shown_head, vc_logbook_head(book), &growth, &err) != VC_OK)
        fail_msg("fault %d at change %u: %s", kind, at, err.text);
    unmake(&place);
    return struck;
}

static void test_logging(void **)
{
    shown_head = mmap(nullptr, sizeof(*shown_head), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shown_head != MAP_FAILED);
    for (enum fault kind = KILLED_BEFORE; kind <= FAILS; kind++) {
        unsigned at = 0;

        while (logging(kind, at) && at < POINTS_MAX)
            at++;
        print_message("# fault %d: %u points\n", kind, at);
        assert_true(at >= 3 * BATCHES && at < POINTS_MAX);
    }
    assert_int_equal(munmap(shown_head, sizeof(*shown_head)), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_start),
        cmocka_unit_test(test_endorsing),
        cmocka_unit_test(test_logging),
    };

    return cmocka_run_group_tests_name("attestd-crash", tests, nullptr, nullptr);
}
