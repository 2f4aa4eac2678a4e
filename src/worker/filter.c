/* SPDX-License-Identifier: MIT */

/* The lists of system calls, as one table. */

#include "worker/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi/worker.h"
#include "base/sanitized.h"
#include "psa/frame.h"

enum {
    WAITING = 1 << VC_FILTER_WORKER_WAITING,
    RUNNING = 1 << VC_FILTER_WORKER_RUNNING,
    KEYSTORE = 1 << VC_FILTER_KEYSTORE,
    COMPILER = 1 << VC_FILTER_COMPILER,
    COMPILING = 1 << VC_FILTER_COMPILING,
    WORKER = WAITING | RUNNING,
    COMPILES = COMPILER | COMPILING,
    SETTLED = WORKER | KEYSTORE,
    ALL = WORKER | COMPILES,
};

enum condition {
    ALWAYS,
    ON_CONTROL,     /* the first argument is the control socket */
    NOT_EXECUTABLE, /* mmap, mprotect */
    PRIVATE_DATA,   /* mmap: nothing that RLIMIT_DATA does not count ... */
    FILES_TO_READ,  /* mmap: ... but files, to be read */
    WINDOWS,        /* mmap: a file to be read and written, anywhere: that of a producer */
    KEY_WINDOW,     /* mmap: the same, of the size of the one that is shared with a key store */
    OWN_DATA,       /* mmap: private memory, where nothing is */
    MOVES_FREELY,   /* mremap: where nothing is */
    FORGETS,        /* madvise: gives back what is in a window */
    SENDS_FRAMES,   /* sendto: a packet of one size, to nobody but the other end */
    TAKES_FRAMES,   /* recvfrom: a packet of one size, from whomever */
    SLEEPS,         /* read: the counter that the runtime signals; nobody else */
    WAKES,          /* write: the other counter, one number */
    SLEEPS_A_WHILE, /* ppoll: one descriptor, no signals */
    OWN_LIMITS,     /* prlimit64: of this process, not of others of the same user */
    SEALS_ONLY,     /* fcntl(F_GET_SEALS) */
    NO_SIGNALS,     /* fcntl: the commands before those that make a descriptor send signals */
    DUPLICATE_ONLY, /* fcntl(F_DUPFD_CLOEXEC) */
    ITSELF_ONLY,    /* tgkill: no other process of the same user */
    TERMINAL_ONLY,  /* ioctl(TCGETS): is this a terminal? */
    THREAD_ONLY,    /* clone */
    WITH_CLOCK,
    IF_SANITIZED,
};

struct rule {
    int call;
    unsigned filters;
    enum condition condition;
};

static const struct rule RULES[] = {
    /* the conversation with the runtime */
    {SCMP_SYS(recvmsg), ALL, ON_CONTROL},
    {SCMP_SYS(write), SETTLED, ON_CONTROL},
    /* files that the runtime gave */
    {SCMP_SYS(pread64), ALL, ALWAYS},
    {SCMP_SYS(pwrite64), ALL, ALWAYS},
    {SCMP_SYS(ftruncate), ALL, ALWAYS},
    {SCMP_SYS(fstat), ALL, ALWAYS},
    {SCMP_SYS(close), ALL, ALWAYS},
    {SCMP_SYS(fcntl), WORKER, SEALS_ONLY},
    /* memory */
    {SCMP_SYS(mmap), WAITING | COMPILES, NOT_EXECUTABLE},
    {SCMP_SYS(mmap), RUNNING, PRIVATE_DATA},
    {SCMP_SYS(mmap), RUNNING, FILES_TO_READ},
    {SCMP_SYS(mmap), KEYSTORE, OWN_DATA},
    {SCMP_SYS(munmap), ALL | KEYSTORE, ALWAYS},
    {SCMP_SYS(mremap), ALL, ALWAYS},
    {SCMP_SYS(mremap), KEYSTORE, MOVES_FREELY},
    {SCMP_SYS(madvise), ALL, ALWAYS},
    {SCMP_SYS(madvise), KEYSTORE, FORGETS},
    {SCMP_SYS(brk), ALL | KEYSTORE, ALWAYS},
    {SCMP_SYS(mprotect), WAITING, ALWAYS}, /* the native code becomes executable here */
    {SCMP_SYS(mprotect), COMPILES, NOT_EXECUTABLE},
    /* streams: sleeping, waking, and a window to write. What else can be mapped so are the outputs,
       which may be written by pwrite64 as well; it is not shared memory without a file, which no
       limit of this process would count, nor is it ever put over something else */
    {SCMP_SYS(mmap), RUNNING, WINDOWS},
    {SCMP_SYS(read), WORKER, SLEEPS},
    {SCMP_SYS(write), WORKER, WAKES},
    {SCMP_SYS(ppoll), WORKER, SLEEPS_A_WHILE},
    /* traps, and the end */
    {SCMP_SYS(rt_sigaction), ALL, ALWAYS},
    {SCMP_SYS(rt_sigprocmask), ALL, ALWAYS},
    {SCMP_SYS(exit_group), ALL | KEYSTORE, ALWAYS},
    /* keys that the program must not see are used in another process */
    {SCMP_SYS(mmap), RUNNING, KEY_WINDOW},
    {SCMP_SYS(sendto), SETTLED, SENDS_FRAMES},
    {SCMP_SYS(recvfrom), SETTLED, TAKES_FRAMES},
    /* cryptography blinds what it does with keys, whether the program may have randomness or not;
       that is decided where the program asks. The processor gives some without being asked */
    {SCMP_SYS(getrandom), ALL | KEYSTORE, ALWAYS},
    /* what the policy may give; the waiting worker does not know yet */
    {SCMP_SYS(clock_gettime), WAITING | COMPILES, ALWAYS},
    {SCMP_SYS(clock_gettime), RUNNING, WITH_CLOCK},
    {SCMP_SYS(clock_nanosleep), WAITING, ALWAYS},
    {SCMP_SYS(clock_nanosleep), RUNNING, WITH_CLOCK},
    /* the next, narrower stage */
    {SCMP_SYS(prlimit64), WAITING | COMPILER, OWN_LIMITS},
    {SCMP_SYS(seccomp), WAITING | COMPILER, ALWAYS},
    {SCMP_SYS(prctl), WAITING | COMPILES, ALWAYS},
    /* a child per attempt at compiling */
    {SCMP_SYS(clone), COMPILER, ALWAYS},
    {SCMP_SYS(wait4), COMPILER, ALWAYS},
    {SCMP_SYS(landlock_create_ruleset), COMPILER, ALWAYS},
    {SCMP_SYS(landlock_add_rule), COMPILER, ALWAYS},
    {SCMP_SYS(landlock_restrict_self), COMPILER, ALWAYS},
    /* the linker inside the compiler: files in its own directory, threads of its own */
    {SCMP_SYS(clone), COMPILING, THREAD_ONLY},
    {SCMP_SYS(set_robust_list), COMPILES, ALWAYS},
    {SCMP_SYS(rseq), COMPILES, ALWAYS},
    {SCMP_SYS(futex), COMPILES, ALWAYS},
    {SCMP_SYS(exit), COMPILES, ALWAYS},
    {SCMP_SYS(sched_getaffinity), COMPILES, ALWAYS},
    {SCMP_SYS(sched_setaffinity), COMPILES, ALWAYS},
    {SCMP_SYS(sched_yield), COMPILES, ALWAYS},
    {SCMP_SYS(gettid), COMPILES, ALWAYS},
    {SCMP_SYS(getpid), COMPILES, ALWAYS},
    {SCMP_SYS(tgkill), COMPILER, ALWAYS}, /* abort; LLVM is in the next one alone */
    {SCMP_SYS(tgkill), COMPILING, ITSELF_ONLY},
    {SCMP_SYS(rt_sigreturn), COMPILES, ALWAYS},
    {SCMP_SYS(sigaltstack), COMPILES, ALWAYS},
    {SCMP_SYS(openat), COMPILES, ALWAYS},
    {SCMP_SYS(read), COMPILES, ALWAYS},
    {SCMP_SYS(write), COMPILES, ALWAYS},
    {SCMP_SYS(writev), COMPILES, ALWAYS},
    {SCMP_SYS(lseek), COMPILES, ALWAYS},
    {SCMP_SYS(fallocate), COMPILES, ALWAYS},
    {SCMP_SYS(fcntl), COMPILES, NO_SIGNALS},
    {SCMP_SYS(fcntl), COMPILES, DUPLICATE_ONLY},
    {SCMP_SYS(fcntl), COMPILES, SEALS_ONLY},
    {SCMP_SYS(newfstatat), COMPILES, ALWAYS},
    {SCMP_SYS(statx), COMPILES, ALWAYS},
    {SCMP_SYS(fstatfs), COMPILES, ALWAYS},
    {SCMP_SYS(access), COMPILES, ALWAYS},
    {SCMP_SYS(faccessat), COMPILES, ALWAYS},
    {SCMP_SYS(faccessat2), COMPILES, ALWAYS},
    {SCMP_SYS(readlink), COMPILES, ALWAYS},
    {SCMP_SYS(getcwd), COMPILES, ALWAYS},
    {SCMP_SYS(getdents64), COMPILES, ALWAYS},
    {SCMP_SYS(rename), COMPILES, ALWAYS},
    {SCMP_SYS(unlink), COMPILES, ALWAYS},
    {SCMP_SYS(unlinkat), COMPILES, ALWAYS},
    {SCMP_SYS(rmdir), COMPILER, ALWAYS},
    {SCMP_SYS(umask), COMPILES, ALWAYS},
    {SCMP_SYS(chmod), COMPILES, ALWAYS},
    {SCMP_SYS(fchmod), COMPILES, ALWAYS},
    {SCMP_SYS(sysinfo), COMPILES, ALWAYS},
    {SCMP_SYS(uname), COMPILES, ALWAYS},
    {SCMP_SYS(getrusage), COMPILES, ALWAYS},
    {SCMP_SYS(ioctl), COMPILES, TERMINAL_ONLY},
    /* a sanitizer's report: still no file, no program, no socket */
    {SCMP_SYS(write), SETTLED, IF_SANITIZED},
    {SCMP_SYS(mmap), KEYSTORE, IF_SANITIZED},
    {SCMP_SYS(madvise), KEYSTORE, IF_SANITIZED},
    {SCMP_SYS(mprotect), RUNNING | KEYSTORE, IF_SANITIZED},
    {SCMP_SYS(sigaltstack), SETTLED, IF_SANITIZED},
    {SCMP_SYS(rt_sigaction), KEYSTORE, IF_SANITIZED},
    {SCMP_SYS(rt_sigprocmask), KEYSTORE, IF_SANITIZED},
    {SCMP_SYS(rt_sigreturn), SETTLED, IF_SANITIZED},
    {SCMP_SYS(futex), SETTLED, IF_SANITIZED},
    {SCMP_SYS(gettid), SETTLED, IF_SANITIZED},
    {SCMP_SYS(getpid), SETTLED, IF_SANITIZED},
    {SCMP_SYS(tgkill), SETTLED, IF_SANITIZED},
    {SCMP_SYS(sched_yield), SETTLED, IF_SANITIZED},
};

/* What the order says. A worker that waits for its order is not asked: it has no program yet, and
 * what is refused here now can never be had later. */
static bool is_granted(enum condition condition, struct vc_filter_grants grants)
{
    bool streams = condition == WINDOWS || condition == SLEEPS || condition == WAKES ||
                   condition == SLEEPS_A_WHILE;
    bool clock = condition == WITH_CLOCK || condition == SLEEPS_A_WHILE;

    return (!streams || grants.streams) && (!clock || grants.clock) &&
           (condition != IF_SANITIZED || VC_SANITIZED);
}

static bool applies(const struct rule *rule, enum vc_filter filter, struct vc_filter_grants grants)
{
    static constexpr struct vc_filter_grants EVERYTHING = {true, true};

    if ((rule->filters & 1U << filter) == 0)
        return false;
    return is_granted(rule->condition, filter == VC_FILTER_WORKER_WAITING ? EVERYTHING : grants);
}

/* Allows the call when this one comparison holds. */
static int allow_if(scmp_filter_ctx context, int call, struct scmp_arg_cmp comparison)
{
    return seccomp_rule_add_array(context, SCMP_ACT_ALLOW, call, 1, &comparison);
}

/* Allows it when all of them hold. */
static int allow_all(scmp_filter_ctx context, int call, const struct scmp_arg_cmp *comparisons,
                     unsigned count)
{
    return seccomp_rule_add_array(context, SCMP_ACT_ALLOW, call, count, comparisons);
}

/* Arguments that all have to be so. */
static const struct scmp_arg_cmp PRIVATE_ARGUMENTS[] = {
    {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC},
    {.arg = 3, .op = SCMP_CMP_MASKED_EQ, .datum_a = MAP_SHARED | MAP_GROWSDOWN}};
static const struct scmp_arg_cmp READ_ARGUMENTS[] = {
    {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC | PROT_WRITE},
    {.arg = 3, .op = SCMP_CMP_MASKED_EQ, .datum_a = MAP_ANONYMOUS | MAP_GROWSDOWN}};
static const struct scmp_arg_cmp WINDOW_ARGUMENTS[] = {
    {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = PROT_READ | PROT_WRITE},
    {.arg = 3, .op = SCMP_CMP_EQ, .datum_a = MAP_SHARED}};
static const struct scmp_arg_cmp KEY_WINDOW_ARGUMENTS[] = {
    {.arg = 1, .op = SCMP_CMP_EQ, .datum_a = VC_PSA_CALL_BYTES_MAX},
    {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = PROT_READ | PROT_WRITE},
    {.arg = 3, .op = SCMP_CMP_EQ, .datum_a = MAP_SHARED}};
static const struct scmp_arg_cmp OWN_ARGUMENTS[] = {
    {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = PROT_READ | PROT_WRITE},
    {.arg = 3, .op = SCMP_CMP_EQ, .datum_a = MAP_PRIVATE | MAP_ANONYMOUS}};
static const struct scmp_arg_cmp SEND_ARGUMENTS[] = {
    {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = sizeof(struct vc_psa_frame)},
    {.arg = 3, .op = SCMP_CMP_EQ, .datum_a = MSG_NOSIGNAL},
    {.arg = 4, .op = SCMP_CMP_EQ, .datum_a = 0}};
static const struct scmp_arg_cmp TAKE_ARGUMENTS[] = {
    {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = sizeof(struct vc_psa_frame)},
    {.arg = 3, .op = SCMP_CMP_EQ, .datum_a = MSG_TRUNC},
    {.arg = 4, .op = SCMP_CMP_EQ, .datum_a = 0},
    {.arg = 5, .op = SCMP_CMP_EQ, .datum_a = 0}};
static const struct scmp_arg_cmp WAKE_ARGUMENTS[] = {
    {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = VC_FILTER_RUNTIME_COUNTER_FD},
    {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = sizeof(uint64_t)}};
static const struct scmp_arg_cmp SLEEP_ARGUMENTS[] = {{.arg = 1, .op = SCMP_CMP_EQ, .datum_a = 1},
                                                      {.arg = 3, .op = SCMP_CMP_EQ, .datum_a = 0}};

static int add_rule(scmp_filter_ctx context, const struct rule *rule)
{
    static constexpr scmp_datum_t THREAD = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;

    switch (rule->condition) {
    case ON_CONTROL:
        return allow_if(context, rule->call, SCMP_A0(SCMP_CMP_EQ, VC_WORKER_CONTROL_FD, 0));
    case NOT_EXECUTABLE:
        return allow_if(context, rule->call, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    case PRIVATE_DATA:
        return allow_all(context, rule->call, PRIVATE_ARGUMENTS, VC_COUNT(PRIVATE_ARGUMENTS));
    case FILES_TO_READ:
        return allow_all(context, rule->call, READ_ARGUMENTS, VC_COUNT(READ_ARGUMENTS));
    case WINDOWS:
        return allow_all(context, rule->call, WINDOW_ARGUMENTS, VC_COUNT(WINDOW_ARGUMENTS));
    case KEY_WINDOW:
        return allow_all(context, rule->call, KEY_WINDOW_ARGUMENTS, VC_COUNT(KEY_WINDOW_ARGUMENTS));
    case OWN_DATA:
        return allow_all(context, rule->call, OWN_ARGUMENTS, VC_COUNT(OWN_ARGUMENTS));
    case MOVES_FREELY:
        return allow_if(context, rule->call, SCMP_A3(SCMP_CMP_EQ, MREMAP_MAYMOVE, 0));
    case FORGETS:
        return allow_if(context, rule->call, SCMP_A2(SCMP_CMP_EQ, MADV_REMOVE, 0));
    case SENDS_FRAMES:
        return allow_all(context, rule->call, SEND_ARGUMENTS, VC_COUNT(SEND_ARGUMENTS));
    case TAKES_FRAMES:
        return allow_all(context, rule->call, TAKE_ARGUMENTS, VC_COUNT(TAKE_ARGUMENTS));
    case SLEEPS:
        return allow_if(context, rule->call, SCMP_A0(SCMP_CMP_EQ, VC_FILTER_WORKER_COUNTER_FD, 0));
    case WAKES:
        return allow_all(context, rule->call, WAKE_ARGUMENTS, VC_COUNT(WAKE_ARGUMENTS));
    case SLEEPS_A_WHILE:
        return allow_all(context, rule->call, SLEEP_ARGUMENTS, VC_COUNT(SLEEP_ARGUMENTS));
    case OWN_LIMITS:
        return allow_if(context, rule->call, SCMP_A0(SCMP_CMP_EQ, 0, 0));
    case SEALS_ONLY:
        return allow_if(context, rule->call, SCMP_A1(SCMP_CMP_EQ, F_GET_SEALS, 0));
    case NO_SIGNALS:
        return allow_if(context, rule->call, SCMP_A1(SCMP_CMP_LT, F_SETOWN, 0));
    case DUPLICATE_ONLY:
        return allow_if(context, rule->call, SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0));
    case ITSELF_ONLY:
        return allow_if(context, rule->call, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    case TERMINAL_ONLY:
        return allow_if(context, rule->call, SCMP_A1(SCMP_CMP_EQ, TCGETS, 0));
    case THREAD_ONLY:
        return allow_if(context, rule->call, SCMP_A0(SCMP_CMP_MASKED_EQ, THREAD, THREAD));
    case ALWAYS:
    case WITH_CLOCK:
    case IF_SANITIZED:
        break;
    }
    return seccomp_rule_add_array(context, SCMP_ACT_ALLOW, rule->call, 0, nullptr);
}

static int build(scmp_filter_ctx context, enum vc_filter filter, struct vc_filter_grants grants)
{
    /* no_new_privs is set already, once; asking again would need another system call */
    int failure = seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0);

    for (size_t i = 0; i < VC_COUNT(RULES) && failure == 0; i++) {
        if (applies(&RULES[i], filter, grants))
            failure = add_rule(context, &RULES[i]);
    }
    /* Its flags lie in memory, where no filter sees them; the C library then takes clone. */
    if (failure == 0 && (filter == VC_FILTER_COMPILER || filter == VC_FILTER_COMPILING)) {
        failure =
            seccomp_rule_add_array(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, nullptr);
    }
    return failure;
}

enum vc_code vc_filter_load(enum vc_filter filter, struct vc_filter_grants grants,
                            struct vc_err *err)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);

    if (context == nullptr)
        return vc_fail_memory(err);
    int failure = build(context, filter, grants);

    if (failure == 0)
        failure = seccomp_load(context);
    seccomp_release(context);
    if (failure != 0)
        return vc_fail(err, VC_HOST, "the filter of system calls: error %d", -failure);
    return VC_OK;
}
