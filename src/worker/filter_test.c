/* SPDX-License-Identifier: MIT */

/* Each filter, each number: a child per system call, with arguments that do nothing. What guest
 * code can call is in escape_test.c; this is what stands before guest code comes: a worker that
 * waits for its order, and the compiler. */

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/sanitized.h"
#include "psa/frame.h"
#include "worker/fence.h"
#include "worker/filter.h"

enum { CALLS_MAX = 512 };
enum { LIST_MAX = 80 };

struct list {
    const char *name;
    enum vc_filter filter;
    int calls[LIST_MAX]; /* that may be made with arguments of zero; ends with -1 */
};

/* Conditions on arguments hold for zeros or not: those that do not are in ROWS. */
static const struct list LISTS[] = {
    {"worker, waiting: reads its order, loads a module, then narrows itself",
     VC_FILTER_WORKER_WAITING,
     {SYS_pread64,
      SYS_pwrite64,
      SYS_ftruncate,
      SYS_fstat,
      SYS_close,
      SYS_mmap,
      SYS_munmap,
      SYS_mremap,
      SYS_madvise,
      SYS_brk,
      SYS_mprotect,
      SYS_rt_sigaction,
      SYS_rt_sigprocmask,
      SYS_exit_group,
      SYS_clock_gettime,
      SYS_clock_nanosleep,
      SYS_getrandom,
      SYS_prlimit64,
      SYS_seccomp,
      SYS_prctl,
      -1}},
    {"worker, running",
     VC_FILTER_WORKER_RUNNING,
     {SYS_pread64, SYS_pwrite64, SYS_ftruncate, SYS_fstat, SYS_close, SYS_mmap, SYS_munmap,
      SYS_mremap, SYS_madvise, SYS_brk, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_exit_group,
      SYS_getrandom, -1}},
    {"key store: answers calls, by cryptography",
     VC_FILTER_KEYSTORE,
     {SYS_munmap, SYS_brk, SYS_getrandom, SYS_exit_group, -1}},
    {"compiler: makes children, waits for them, removes its folder",
     VC_FILTER_COMPILER,
     {SYS_pread64,
      SYS_pwrite64,
      SYS_ftruncate,
      SYS_fstat,
      SYS_close,
      SYS_mmap,
      SYS_munmap,
      SYS_mremap,
      SYS_madvise,
      SYS_brk,
      SYS_mprotect,
      SYS_rt_sigaction,
      SYS_rt_sigprocmask,
      SYS_exit_group,
      SYS_clock_gettime,
      SYS_getrandom,
      SYS_prlimit64,
      SYS_seccomp,
      SYS_prctl,
      SYS_clone,
      SYS_wait4,
      SYS_landlock_create_ruleset,
      SYS_landlock_add_rule,
      SYS_landlock_restrict_self,
      SYS_set_robust_list,
      SYS_rseq,
      SYS_futex,
      SYS_exit,
      SYS_sched_getaffinity,
      SYS_sched_setaffinity,
      SYS_sched_yield,
      SYS_gettid,
      SYS_getpid,
      SYS_tgkill,
      SYS_rt_sigreturn,
      SYS_sigaltstack,
      SYS_openat,
      SYS_read,
      SYS_write,
      SYS_writev,
      SYS_lseek,
      SYS_fallocate,
      SYS_fcntl,
      SYS_newfstatat,
      SYS_statx,
      SYS_fstatfs,
      SYS_access,
      SYS_faccessat,
      SYS_faccessat2,
      SYS_readlink,
      SYS_getcwd,
      SYS_getdents64,
      SYS_rename,
      SYS_unlink,
      SYS_unlinkat,
      SYS_rmdir,
      SYS_umask,
      SYS_chmod,
      SYS_fchmod,
      SYS_sysinfo,
      SYS_uname,
      SYS_getrusage,
      SYS_clone3 /* is told that there is none */,
      -1}},
    {"compiling: a linker on files in one directory, with threads",
     VC_FILTER_COMPILING,
     {SYS_pread64,
      SYS_pwrite64,
      SYS_ftruncate,
      SYS_fstat,
      SYS_close,
      SYS_mmap,
      SYS_munmap,
      SYS_mremap,
      SYS_madvise,
      SYS_brk,
      SYS_mprotect,
      SYS_rt_sigaction,
      SYS_rt_sigprocmask,
      SYS_exit_group,
      SYS_clock_gettime,
      SYS_getrandom,
      SYS_prctl,
      SYS_set_robust_list,
      SYS_rseq,
      SYS_futex,
      SYS_exit,
      SYS_sched_getaffinity,
      SYS_sched_setaffinity,
      SYS_sched_yield,
      SYS_gettid,
      SYS_getpid,
      SYS_rt_sigreturn,
      SYS_sigaltstack,
      SYS_openat,
      SYS_read,
      SYS_write,
      SYS_writev,
      SYS_lseek,
      SYS_fallocate,
      SYS_fcntl,
      SYS_newfstatat,
      SYS_statx,
      SYS_fstatfs,
      SYS_access,
      SYS_faccessat,
      SYS_faccessat2,
      SYS_readlink,
      SYS_getcwd,
      SYS_getdents64,
      SYS_rename,
      SYS_unlink,
      SYS_unlinkat,
      SYS_umask,
      SYS_chmod,
      SYS_fchmod,
      SYS_sysinfo,
      SYS_uname,
      SYS_getrusage,
      SYS_clone3,
      -1}},
};

static const int KERNEL_PASSES[] = {335 /* uretprobe */, 336 /* uprobe */};

/* The test's own handlers would go on with the next test. */
static void forget_handlers(void)
{
    static const int signals[] = {SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGSYS};

    for (size_t i = 0; i < VC_COUNT(signals); i++)
        (void)signal(signals[i], SIG_DFL);
}

/* A call that a filter passes is made in earnest: descriptor 0 must be nothing that somebody needs.
 * (fchmod of 0 would take /dev/null from everybody, if root runs this.) */
static bool leave_descriptors(void)
{
    int nowhere = -1;

    if (vc_memfd_new("nowhere", false, &nowhere, nullptr) != VC_OK)
        return false;
    for (int fd = 0; fd < 3; fd++) {
        if (dup2(nowhere, fd) < 0)
            return false;
    }
    return close_range(3, ~0U, 0) == 0;
}

/* How a child ends that loads a filter and makes one call; the result does not matter. */
static int status_of(enum vc_filter filter, struct vc_filter_grants grants, long call,
                     const long arguments[6])
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        forget_handlers();
        if (!leave_descriptors() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            vc_filter_load(filter, grants, nullptr) != VC_OK)
            _exit(99);
        (void)syscall(call, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                      arguments[5]);
        (void)syscall(SYS_exit_group, 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        assert_int_not_equal(WEXITSTATUS(status), 99);
    return status;
}

static bool is_killed(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static bool is_among(const int *calls, size_t count, long call)
{
    for (size_t i = 0; i < count && calls[i] >= 0; i++) {
        if (calls[i] == call)
            return true;
    }
    return false;
}

static void test_every_call(void **state)
{
    static const long zeros[6] = {};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(LISTS); i++) {
        for (long call = 0; call < CALLS_MAX; call++) {
            bool killed =
                is_killed(status_of(LISTS[i].filter, (struct vc_filter_grants){}, call, zeros));

            if (is_among(KERNEL_PASSES, VC_COUNT(KERNEL_PASSES), call))
                continue;
            if (killed == is_among(LISTS[i].calls, LIST_MAX, call))
                fail_msg("%s: system call %ld %s", LISTS[i].name, call,
                         killed ? "is listed and kills" : "is not listed");
        }
    }
}

static constexpr long FRAME = sizeof(struct vc_psa_frame);
static constexpr long WINDOW = VC_PSA_CALL_BYTES_MAX;
static constexpr long READ_WRITE = PROT_READ | PROT_WRITE;
static constexpr long OWN = MAP_PRIVATE | MAP_ANONYMOUS;

struct row {
    const char *name;
    enum vc_filter filter;
    long call;
    long arguments[6];
    bool killed;
};

static const struct row ROWS[] = {
    {"waiting: writes to the control socket", VC_FILTER_WORKER_WAITING, SYS_write, {3}, false},
    {"waiting: and nowhere else", VC_FILTER_WORKER_WAITING, SYS_write, {1}, true},
    {"waiting: receives there", VC_FILTER_WORKER_WAITING, SYS_recvmsg, {3}, false},
    {"waiting: and nowhere else", VC_FILTER_WORKER_WAITING, SYS_recvmsg, {4}, true},
    {"waiting: memory to execute",
     VC_FILTER_WORKER_WAITING,
     SYS_mmap,
     {0, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1},
     true},
    {"waiting: limits of others", VC_FILTER_WORKER_WAITING, SYS_prlimit64, {1, RLIMIT_CPU}, true},
    {"waiting: seals", VC_FILTER_WORKER_WAITING, SYS_fcntl, {4, F_GET_SEALS}, false},
    {"waiting: flags", VC_FILTER_WORKER_WAITING, SYS_fcntl, {3, F_SETFL}, true},
    {"waiting: sleeps on its counter", VC_FILTER_WORKER_WAITING, SYS_read, {6, 0, 8}, false},
    {"waiting: and on nothing else", VC_FILTER_WORKER_WAITING, SYS_read, {7, 0, 8}, true},
    {"waiting: wakes the runtime", VC_FILTER_WORKER_WAITING, SYS_write, {7, 0, 8}, false},
    {"waiting: with one number", VC_FILTER_WORKER_WAITING, SYS_write, {7, 0, 16}, true},
    {"waiting: and nobody else", VC_FILTER_WORKER_WAITING, SYS_write, {6, 0, 8}, true},
    {"waiting: for a while", VC_FILTER_WORKER_WAITING, SYS_ppoll, {0, 1, 0, 0, 8}, false},
    {"waiting: for many", VC_FILTER_WORKER_WAITING, SYS_ppoll, {0, 2, 0, 0, 8}, true},
    {"waiting: with signals", VC_FILTER_WORKER_WAITING, SYS_ppoll, {0, 1, 0, 4096, 8}, true},
    /* descriptor 0 is a memory file, and no socket */
    {"waiting: a frame", VC_FILTER_WORKER_WAITING, SYS_sendto, {0, 0, FRAME, MSG_NOSIGNAL}, false},
    {"waiting: to an address",
     VC_FILTER_WORKER_WAITING,
     SYS_sendto,
     {0, 0, FRAME, MSG_NOSIGNAL, 4096, 16},
     true},
    {"running: a frame", VC_FILTER_WORKER_RUNNING, SYS_sendto, {0, 0, FRAME, MSG_NOSIGNAL}, false},
    {"running: a longer one",
     VC_FILTER_WORKER_RUNNING,
     SYS_sendto,
     {0, 0, FRAME + 1, MSG_NOSIGNAL},
     true},
    {"running: of 4 GiB more",
     VC_FILTER_WORKER_RUNNING,
     SYS_sendto,
     {0, 0, FRAME + (INT64_C(1) << 32), MSG_NOSIGNAL},
     true},
    {"running: out of band",
     VC_FILTER_WORKER_RUNNING,
     SYS_sendto,
     {0, 0, FRAME, MSG_NOSIGNAL | MSG_OOB},
     true},
    {"running: to an address",
     VC_FILTER_WORKER_RUNNING,
     SYS_sendto,
     {0, 0, FRAME, MSG_NOSIGNAL, 4096, 16},
     true},
    {"running: an answer", VC_FILTER_WORKER_RUNNING, SYS_recvfrom, {0, 0, FRAME, MSG_TRUNC}, false},
    {"running: a look at it",
     VC_FILTER_WORKER_RUNNING,
     SYS_recvfrom,
     {0, 0, FRAME, MSG_TRUNC | MSG_PEEK},
     true},
    {"running: a longer answer",
     VC_FILTER_WORKER_RUNNING,
     SYS_recvfrom,
     {0, 0, 2 * FRAME, MSG_TRUNC},
     true},
    {"running: who sent it",
     VC_FILTER_WORKER_RUNNING,
     SYS_recvfrom,
     {0, 0, FRAME, MSG_TRUNC, 4096, 4096},
     true},
    {"running: many of them", VC_FILTER_WORKER_RUNNING, SYS_recvmmsg, {0}, true},
    {"running: a key window",
     VC_FILTER_WORKER_RUNNING,
     SYS_mmap,
     {0, WINDOW, READ_WRITE, MAP_SHARED, -1},
     false},
    {"running: over something else",
     VC_FILTER_WORKER_RUNNING,
     SYS_mmap,
     {0, WINDOW, READ_WRITE, MAP_SHARED | MAP_FIXED, -1},
     true},
    {"running: a larger one",
     VC_FILTER_WORKER_RUNNING,
     SYS_mmap,
     {0, WINDOW + 4096, READ_WRITE, MAP_SHARED, -1},
     true},
    {"running: without a file",
     VC_FILTER_WORKER_RUNNING,
     SYS_mmap,
     {0, WINDOW, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1},
     true},
    {"key store: a frame", VC_FILTER_KEYSTORE, SYS_sendto, {0, 0, FRAME, MSG_NOSIGNAL}, false},
    {"key store: to an address",
     VC_FILTER_KEYSTORE,
     SYS_sendto,
     {0, 0, FRAME, MSG_NOSIGNAL, 4096, 16},
     true},
    {"key store: without a signal or with", VC_FILTER_KEYSTORE, SYS_sendto, {0, 0, FRAME}, true},
    {"key store: a call", VC_FILTER_KEYSTORE, SYS_recvfrom, {0, 0, FRAME, MSG_TRUNC}, false},
    {"key store: who calls",
     VC_FILTER_KEYSTORE,
     SYS_recvfrom,
     {0, 0, FRAME, MSG_TRUNC, 4096, 4096},
     true},
    {"key store: writes to the control socket", VC_FILTER_KEYSTORE, SYS_write, {3}, false},
    {"key store: and nowhere else", VC_FILTER_KEYSTORE, SYS_write, {4}, true},
    {"key store: receives nothing there", VC_FILTER_KEYSTORE, SYS_recvmsg, {3}, true},
    {"key store: memory", VC_FILTER_KEYSTORE, SYS_mmap, {0, 4096, READ_WRITE, OWN, -1}, false},
    {"key store: over something else",
     VC_FILTER_KEYSTORE,
     SYS_mmap,
     {0, 4096, READ_WRITE, OWN | MAP_FIXED, -1},
     true},
    {"key store: address space",
     VC_FILTER_KEYSTORE,
     SYS_mmap,
     {0, 4096, PROT_NONE, OWN | MAP_NORESERVE, -1},
     true},
    {"key store: memory to execute",
     VC_FILTER_KEYSTORE,
     SYS_mmap,
     {0, 4096, READ_WRITE | PROT_EXEC, OWN, -1},
     true},
    {"key store: a window",
     VC_FILTER_KEYSTORE,
     SYS_mmap,
     {0, WINDOW, READ_WRITE, MAP_SHARED},
     true},
    {"key store: a file", VC_FILTER_KEYSTORE, SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE}, true},
    {"key store: more memory", VC_FILTER_KEYSTORE, SYS_mremap, {0, 0, 0, MREMAP_MAYMOVE}, false},
    {"key store: in another's place",
     VC_FILTER_KEYSTORE,
     SYS_mremap,
     {0, 0, 0, MREMAP_MAYMOVE | MREMAP_FIXED},
     true},
    {"key store: an empty window", VC_FILTER_KEYSTORE, SYS_madvise, {0, 0, MADV_REMOVE}, false},
    {"key store: memory without content",
     VC_FILTER_KEYSTORE,
     SYS_madvise,
     {0, 0, MADV_DONTNEED},
     true},
    {"key store: memory to execute", VC_FILTER_KEYSTORE, SYS_mprotect, {0, 0, PROT_EXEC}, true},
    {"compiler: memory to execute",
     VC_FILTER_COMPILER,
     SYS_mprotect,
     {0, 4096, PROT_READ | PROT_EXEC},
     true},
    {"compiling: memory to execute",
     VC_FILTER_COMPILING,
     SYS_mmap,
     {0, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1},
     true},
    {"compiling: memory made executable",
     VC_FILTER_COMPILING,
     SYS_mprotect,
     {0, 4096, PROT_READ | PROT_EXEC},
     true},
    {"compiling: a process", VC_FILTER_COMPILING, SYS_clone, {SIGCHLD}, true},
    {"compiling: a process with its memory",
     VC_FILTER_COMPILING,
     SYS_clone,
     {CLONE_VM | CLONE_VFORK | SIGCHLD},
     true},
    {"compiling: limits", VC_FILTER_COMPILING, SYS_prlimit64, {0, RLIMIT_CPU}, true},
    {"compiling: another process signalled", VC_FILTER_COMPILING, SYS_tgkill, {1, 1, 0}, true},
    {"compiling: signals from a descriptor",
     VC_FILTER_COMPILING,
     SYS_fcntl,
     {0, F_SETOWN, 1},
     true},
    {"compiling: a lease", VC_FILTER_COMPILING, SYS_fcntl, {0, F_SETLEASE, F_WRLCK}, true},
    {"compiling: is it a terminal?", VC_FILTER_COMPILING, SYS_ioctl, {0, TCGETS}, false},
    {"compiling: typing into a terminal", VC_FILTER_COMPILING, SYS_ioctl, {0, TIOCSTI}, true},
};

/* What the order grants. */
static const struct {
    struct row row;
    struct vc_filter_grants grants;
} GRANTED_ROWS[] = {
    {{"no streams: sleeping", VC_FILTER_WORKER_RUNNING, SYS_read, {6, 0, 8}, true},
     {.clock = true}},
    {{"no streams: waking", VC_FILTER_WORKER_RUNNING, SYS_write, {7, 0, 8}, true}, {.clock = true}},
    {{"no streams: ppoll", VC_FILTER_WORKER_RUNNING, SYS_ppoll, {0, 1, 0, 0, 8}, true},
     {.clock = true}},
    {{"no streams: a window",
      VC_FILTER_WORKER_RUNNING,
      SYS_mmap,
      {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, -1},
      true},
     {.clock = true}},
    {{"streams: sleeping", VC_FILTER_WORKER_RUNNING, SYS_read, {6, 0, 8}, false},
     {.streams = true}},
    {{"streams: waking", VC_FILTER_WORKER_RUNNING, SYS_write, {7, 0, 8}, false}, {.streams = true}},
    {{"streams: ppoll without a clock", VC_FILTER_WORKER_RUNNING, SYS_ppoll, {0, 1, 0, 0, 8}, true},
     {.streams = true}},
    {{"streams: ppoll with a clock", VC_FILTER_WORKER_RUNNING, SYS_ppoll, {0, 1, 0, 0, 8}, false},
     {.streams = true, .clock = true}},
    {{"streams: a window",
      VC_FILTER_WORKER_RUNNING,
      SYS_mmap,
      {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, -1},
      false},
     {.streams = true}},
    {{"streams: a window to execute",
      VC_FILTER_WORKER_RUNNING,
      SYS_mmap,
      {0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, -1},
      true},
     {.streams = true}},
    {{"streams: shared memory without a file",
      VC_FILTER_WORKER_RUNNING,
      SYS_mmap,
      {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1},
      true},
     {.streams = true}},
    {{"compiler: sleeping", VC_FILTER_COMPILER, SYS_ppoll, {0, 1, 0, 0, 8}, true},
     {.streams = true}},
};

static void check_row(const struct row *row, struct vc_filter_grants grants)
{
    int status = status_of(row->filter, grants, row->call, row->arguments);

    if (is_killed(status) != row->killed)
        fail_msg("%s: status %x", row->name, (unsigned)status);
}

static void test_calls_with_arguments(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(ROWS); i++)
        check_row(&ROWS[i], (struct vc_filter_grants){});
    for (size_t i = 0; i < VC_COUNT(GRANTED_ROWS); i++)
        check_row(&GRANTED_ROWS[i].row, GRANTED_ROWS[i].grants);
}

/* A second filter only ever takes away. */
static void test_no_way_back(void **state)
{
    int status = 0;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct vc_filter_grants none = {};

        forget_handlers();
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            vc_filter_load(VC_FILTER_WORKER_WAITING, none, nullptr) != VC_OK ||
            vc_filter_load(VC_FILTER_COMPILER, none, nullptr) != VC_OK)
            _exit(99);
        (void)syscall(SYS_getpid); /* a compiler's; not a worker's */
        (void)syscall(SYS_exit_group, 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(is_killed(status));
}

/* Bounds of the one place for fixed mappings, also where it passes a multiple of 4 GiB. */

static constexpr uint64_t GIB_4 = UINT64_C(1) << 32;
static constexpr uint64_t SIZE = 0x10000000;
static constexpr long PAGE = 4096;

struct place {
    const char *name;
    uint64_t start; /* of the memory */
    uint64_t at;    /* where something is mapped */
    uint64_t length;
    int flags;
    bool killed;
};

static const struct place PLACES[] = {
    {"at its first byte", 5 * GIB_4, 5 * GIB_4, PAGE, MAP_FIXED, false},
    {"a page before", 5 * GIB_4, 5 * GIB_4 - PAGE, PAGE, MAP_FIXED, true},
    {"its last page", 5 * GIB_4, 5 * GIB_4 + SIZE - PAGE, PAGE, MAP_FIXED, false},
    {"a page behind", 5 * GIB_4, 5 * GIB_4 + SIZE, PAGE, MAP_FIXED, true},
    {"all of it", 5 * GIB_4, 5 * GIB_4, SIZE, MAP_FIXED, false},
    {"more than all of it", 5 * GIB_4, 5 * GIB_4, SIZE + PAGE, MAP_FIXED, true},
    {"all of it and 4 GiB", 5 * GIB_4, 5 * GIB_4, GIB_4 + PAGE, MAP_FIXED, true},
    {"the same place 4 GiB lower", 5 * GIB_4, 4 * GIB_4, PAGE, MAP_FIXED, true},
    {"the same place 4 GiB higher", 5 * GIB_4, 6 * GIB_4, PAGE, MAP_FIXED, true},
    {"across 4 GiB: first", 6 * GIB_4 - SIZE / 2, 6 * GIB_4 - SIZE / 2, PAGE, MAP_FIXED, false},
    {"across 4 GiB: a page before", 6 * GIB_4 - SIZE / 2, 6 * GIB_4 - SIZE / 2 - PAGE, PAGE,
     MAP_FIXED, true},
    {"across 4 GiB: in the lower half", 6 * GIB_4 - SIZE / 2, 6 * GIB_4 - PAGE, PAGE, MAP_FIXED,
     false},
    {"across 4 GiB: in the upper half", 6 * GIB_4 - SIZE / 2, 6 * GIB_4, PAGE, MAP_FIXED, false},
    {"across 4 GiB: last", 6 * GIB_4 - SIZE / 2, 6 * GIB_4 + SIZE / 2 - PAGE, PAGE, MAP_FIXED,
     false},
    {"across 4 GiB: a page behind", 6 * GIB_4 - SIZE / 2, 6 * GIB_4 + SIZE / 2, PAGE, MAP_FIXED,
     true},
    {"anywhere, where nothing is", 5 * GIB_4, 8 * GIB_4, PAGE, 0, false},
    {"anywhere, only if nothing is there", 5 * GIB_4, 8 * GIB_4, PAGE, MAP_FIXED_NOREPLACE, false},
};

static void test_fixed_mappings(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(PLACES); i++) {
        const struct place *place = &PLACES[i];
        int status = 0;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            forget_handlers();
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                vc_fence_memory((const void *)(uintptr_t)place->start, SIZE, nullptr) != VC_OK)
                _exit(99);
            (void)syscall(SYS_mmap, place->at, place->length, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | place->flags, -1, 0);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (place->killed ? !is_killed(status) : status != 0)
            fail_msg("%s: status %x", place->name, (unsigned)status);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call),
        cmocka_unit_test(test_calls_with_arguments),
        cmocka_unit_test(test_no_way_back),
        cmocka_unit_test(test_fixed_mappings),
    };

    if (VC_SANITIZED) { /* its own calls would be in the lists */
        (void)printf("1..0 # SKIP a sanitizer makes calls of its own\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
