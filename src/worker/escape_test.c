/* SPDX-License-Identifier: MIT */

/* What native code in the place of a program (takeover.h) can do in a real worker: the worker's
 * attack surface, listed. What streams add to it: escape_stream_test.c. */

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "psa/frame.h"
#include "worker/takeover.h"

enum { CALLS_MAX = 512 };       /* above the last system call of x86-64 and of i386 */
enum { CALL_X32 = 0x40000000 }; /* the bit of the third set of system calls */

/* What guest code may call, with reasons. Whoever adds a line widens what a program that has taken
 * over its worker can do. */
static const struct {
    int call;
    const char *why;
} PERMITTED[] = {
    {SYS_pread64, "files that it was given; of a socket it is ESPIPE"},
    {SYS_pwrite64, "outputs that it was given; inputs are sealed"},
    {SYS_ftruncate, "outputs, up to RLIMIT_FSIZE; inputs are sealed"},
    {SYS_fstat, "size of what it was given"},
    {SYS_close, "what it was given"},
    {SYS_mmap, "nothing executable; nothing shared that can be written, but for windows"},
    {SYS_munmap, "its own memory"},
    {SYS_mremap, "its own memory; rights stay as they are"},
    {SYS_madvise, "its own memory"},
    {SYS_brk, "its own memory, within RLIMIT_DATA"},
    {SYS_rt_sigaction, "traps are signals"},
    {SYS_rt_sigprocmask, "traps are signals"},
    {SYS_getrandom, "cryptography blinds what it does; the processor has randomness for anybody"},
    {SYS_exit_group, "the end"},
    /* write, recvmsg, sendto, recvfrom and fcntl only with certain arguments: in ROWS; with streams
       also read and ppoll: in escape_stream_test.c */
};

/* Calls that newer kernels let pass before any filter: ways in from their own probes, which do
 * nothing, or end the process, if it was no probe that led there. */
static const int KERNEL_PASSES[] = {335 /* uretprobe */, 336 /* uprobe */};

static bool passes_filters(uint32_t call)
{
    for (size_t i = 0; i < VC_COUNT(KERNEL_PASSES); i++) {
        if ((uint32_t)KERNEL_PASSES[i] == call)
            return true;
    }
    return false;
}

static bool is_permitted(uint32_t call)
{
    for (size_t i = 0; i < VC_COUNT(PERMITTED); i++) {
        if ((uint32_t)PERMITTED[i].call == call)
            return true;
    }
    return false;
}

static void one_call(uint32_t action, uint32_t call, struct takeover_outcome *outcome)
{
    struct payload_order order = {.steps = {{.action = action, .call = call}}};

    takeover_play(&order, (struct vc_worker_run){}, false, outcome);
}

static bool ends_as_listed(uint32_t call, const struct takeover_outcome *outcome)
{
    if (call == SYS_exit_group)
        return !outcome->end.said && outcome->end.status == 0;
    if (is_permitted(call))
        return outcome->survived;
    if (passes_filters(call) && outcome->survived)
        return outcome->report.results[0] == -ENXIO;
    return takeover_died_of(outcome, SIGSYS) ||
           (passes_filters(call) && takeover_died_of(outcome, SIGILL));
}

/* Every number there is, and some that are not. */
static void test_every_call(void **state)
{
    (void)state;
    for (uint32_t call = 0; call < CALLS_MAX; call++) {
        struct takeover_outcome outcome;

        one_call(PAYLOAD_CALL, call, &outcome);
        if (!ends_as_listed(call, &outcome)) {
            takeover_tell("outcome", &outcome);
            fail_msg("system call %u is %s", call,
                     is_permitted(call) ? "listed, and ended otherwise" : "not listed");
        }
    }
}

/* The same kernel, by its other two doors: numbers with the x32 bit, and the gate of 32 bits
 * (which faults where the kernel has none). */
static void test_every_call_by_other_doors(void **state)
{
    (void)state;
    for (uint32_t call = 0; call < CALLS_MAX; call++) {
        struct takeover_outcome outcome;

        one_call(PAYLOAD_CALL, call | CALL_X32, &outcome);
        if (!takeover_died_of(&outcome, SIGSYS)) {
            takeover_tell("outcome", &outcome);
            fail_msg("x32 system call %u", call);
        }
        one_call(PAYLOAD_CALL_32, call, &outcome);
        if (!takeover_died_of(&outcome, SIGSYS) && outcome.end.end.reason != VC_END_TRAPPED &&
            !takeover_died_of(&outcome, SIGSEGV)) {
            takeover_tell("outcome", &outcome);
            fail_msg("32-bit system call %u", call);
        }
    }
}

/* Calls with arguments that would do something. */

static constexpr uint64_t HERE = (uint64_t)AT_FDCWD;
static constexpr uint64_t ANONYMOUS = MAP_PRIVATE | MAP_ANONYMOUS;
static constexpr uint64_t READ_EXECUTE = PROT_READ | PROT_EXEC;
static constexpr uint64_t GIB = 1 << 30;
static constexpr uint64_t FRAME = sizeof(struct vc_psa_frame);
static constexpr uint64_t KEY_WINDOW = VC_PSA_CALL_BYTES_MAX;
static constexpr uint8_t RETURN_INSTRUCTION = 0xc3;

static const struct takeover_row ROWS[] = {
    /* files */
    {.name = "open", .steps = {CALL(open, ROOM(0), O_RDONLY)}, .data = "/etc/passwd"},
    {.name = "openat", .steps = {CALL(openat, HERE, ROOM(0), O_RDONLY)}, .data = "/etc/passwd"},
    {.name = "openat of its own memory",
     .steps = {CALL(openat, HERE, ROOM(0), O_RDWR)},
     .data = "/proc/self/mem"},
    {.name = "openat of an input to write",
     .steps = {CALL(openat, HERE, ROOM(0), O_RDWR)},
     .data = "/proc/self/fd/4"},
    {.name = "openat below a descriptor",
     .steps = {CALL(openat, INPUT, ROOM(0), O_PATH)},
     .data = "."},
    {.name = "openat2", .steps = {CALL(openat2, HERE, ROOM(0), ROOM(16), 24)}, .data = "/"},
    {.name = "creat", .steps = {CALL(creat, ROOM(0), 0600)}, .data = "/tmp/x"},
    {.name = "open_by_handle_at", .steps = {CALL(open_by_handle_at, HERE, ROOM(0), O_RDONLY)}},
    {.name = "memfd_create", .steps = {CALL(memfd_create, ROOM(0), 0)}, .data = "m"},
    {.name = "memfd_secret", .steps = {CALL(memfd_secret, 0)}},
    {.name = "stat", .steps = {CALL(stat, ROOM(0), ROOM(64))}, .data = "/etc/passwd"},
    {.name = "newfstatat",
     .steps = {CALL(newfstatat, HERE, ROOM(0), ROOM(64), 0)},
     .data = "/etc/passwd"},
    {.name = "readlink",
     .steps = {CALL(readlink, ROOM(0), ROOM(64), 64)},
     .data = "/proc/self/exe"},
    {.name = "chdir", .steps = {CALL(chdir, ROOM(0))}, .data = "/"},
    {.name = "mkdir", .steps = {CALL(mkdir, ROOM(0), 0700)}, .data = "/tmp/x"},
    {.name = "mount", .steps = {CALL(mount, ROOM(0), ROOM(0), ROOM(0), 0, 0)}, .data = "/"},
    {.name = "inotify", .steps = {CALL(inotify_init1, 0)}},
    {.name = "fanotify", .steps = {CALL(fanotify_init, 0, 0)}},
    {.name = "splice", .steps = {CALL(splice, INPUT, 0, OUTPUT, 0, 16, 0)}},
    {.name = "copy_file_range", .steps = {CALL(copy_file_range, INPUT, 0, OUTPUT, 0, 16, 0)}},
    {.name = "read", .steps = {CALL(read, CONTROL, ROOM(0), 16)}},
    {.name = "write to standard output of the process", .steps = {CALL(write, 1, ROOM(0), 4)}},
    {.name = "write to a file", .steps = {CALL(write, OUTPUT, ROOM(0), 4)}},
    {.name = "writev to the control socket", .steps = {CALL(writev, CONTROL, ROOM(0), 1)}},
    /* what it was given is no more than it is */
    {.name = "reading an input",
     .steps = {CALL(pread64, INPUT, ROOM(0), 8, 0)},
     .verdict = GIVES,
     .result = 8},
    {.name = "changing an input",
     .steps = {CALL(pwrite64, INPUT, ROOM(0), 4, 0)},
     .verdict = GIVES,
     .result = -EPERM},
    {.name = "shortening an input",
     .steps = {CALL(ftruncate, INPUT, 0)},
     .verdict = GIVES,
     .result = -EPERM},
    {.name = "lengthening an input",
     .steps = {CALL(ftruncate, INPUT, 4096)},
     .verdict = GIVES,
     .result = -EPERM},
    {.name = "punching a hole into an input", .steps = {CALL(fallocate, INPUT, 3, 0, 4096)}},
    {.name = "a hole by madvise",
     .steps = {CALL(mmap, 0, PAGE, PROT_READ, MAP_SHARED, INPUT, 0),
               CALL(madvise, RESULT(0), PAGE, MADV_REMOVE)},
     .verdict = GIVES,
     .step = 1,
     .result = -EACCES},
    {.name = "an input mapped to be changed",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED, INPUT, 0)}},
    {.name = "an input mapped to be changed, validated",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED_VALIDATE, INPUT, 0)}},
    {.name = "a copy of an input",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_PRIVATE, INPUT, 0), TOUCH(RESULT(0), 8, 'x', 1)},
     .verdict = GIVES,
     .step = 1,
     .result = 0},
    {.name = "an output that stays mapped",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED, OUTPUT, 0)}},
    /* what a key store shares with its worker is mapped so; of an output, pwrite64 does as much */
    {.name = "an output in the place of a key window",
     .steps = {CALL(mmap, 0, KEY_WINDOW, READ_WRITE, MAP_SHARED, OUTPUT, 0),
               CALL(munmap, RESULT(0), KEY_WINDOW)},
     .verdict = GIVES,
     .step = 1},
    {.name = "an input in the place of a key window",
     .steps = {CALL(mmap, 0, KEY_WINDOW, READ_WRITE, MAP_SHARED, INPUT, 0)},
     .verdict = GIVES,
     .result = -EPERM},
    {.name = "an output to be written by the process's descriptor 0",
     .steps = {CALL(pwrite64, 0, ROOM(0), 4, 0)},
     .verdict = GIVES,
     .result = -EPERM},
    {.name = "an output beyond its limit",
     .steps = {CALL(ftruncate, OUTPUT, GIB)},
     .verdict = GIVES,
     .result = -EFBIG},
    {.name = "a write beyond the limit",
     .steps = {CALL(pwrite64, OUTPUT, ROOM(0), 4, GIB)},
     .verdict = GIVES,
     .result = -EFBIG},
    {.name = "seals",
     .steps = {CALL(fcntl, OUTPUT, F_GET_SEALS)},
     .verdict = GIVES,
     .result = 0x20 /* F_SEAL_EXEC */},
    {.name = "sealing an output", .steps = {CALL(fcntl, OUTPUT, F_ADD_SEALS, F_SEAL_SEAL)}},
    {.name = "flags of the control socket", .steps = {CALL(fcntl, CONTROL, F_SETFL, 0)}},
    {.name = "signals from the control socket", .steps = {CALL(fcntl, CONTROL, F_SETOWN, 1)}},
    {.name = "leases", .steps = {CALL(fcntl, OUTPUT, F_SETLEASE, F_WRLCK)}},
    {.name = "F_DUPFD", .steps = {CALL(fcntl, OUTPUT, F_DUPFD, 100)}},
    {.name = "dup", .steps = {CALL(dup, OUTPUT)}},
    {.name = "dup2 over the control socket", .steps = {CALL(dup2, OUTPUT, CONTROL)}},
    {.name = "ioctl", .steps = {CALL(ioctl, CONTROL, FIGETBSZ, ROOM(0))}},
    {.name = "flock", .steps = {CALL(flock, OUTPUT, 2)}},
    /* sockets */
    {.name = "socket(AF_UNIX)", .steps = {CALL(socket, AF_UNIX, SOCK_STREAM, 0)}},
    {.name = "socket(AF_INET)", .steps = {CALL(socket, AF_INET, SOCK_STREAM, 0)}},
    {.name = "socket(AF_INET6)", .steps = {CALL(socket, AF_INET6, SOCK_DGRAM, 0)}},
    {.name = "socket(AF_NETLINK)", .steps = {CALL(socket, AF_NETLINK, SOCK_RAW, 0)}},
    {.name = "socket(AF_PACKET)", .steps = {CALL(socket, AF_PACKET, SOCK_RAW, 0)}},
    {.name = "socket(AF_VSOCK)", .steps = {CALL(socket, AF_VSOCK, SOCK_STREAM, 0)}},
    {.name = "socket(AF_ALG)", .steps = {CALL(socket, AF_ALG, SOCK_SEQPACKET, 0)}},
    {.name = "socketpair", .steps = {CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, ROOM(0))}},
    {.name = "bind", .steps = {CALL(bind, CONTROL, ROOM(0), 16)}},
    {.name = "connect", .steps = {CALL(connect, CONTROL, ROOM(0), 16)}},
    {.name = "accept4", .steps = {CALL(accept4, CONTROL, 0, 0, 0)}},
    {.name = "setsockopt", .steps = {CALL(setsockopt, CONTROL, SOL_SOCKET, SO_RCVBUF, ROOM(0), 4)}},
    {.name = "shutdown", .steps = {CALL(shutdown, CONTROL, SHUT_RDWR)}},
    {.name = "sending descriptors", .steps = {CALL(sendmsg, CONTROL, ROOM(0), 0)}},
    {.name = "sendto", .steps = {CALL(sendto, CONTROL, ROOM(0), 4, 0, 0, 0)}},
    {.name = "a frame to what is no socket",
     .steps = {CALL(sendto, INPUT, ROOM(0), FRAME, MSG_NOSIGNAL, 0, 0)},
     .verdict = GIVES,
     .result = -ENOTSOCK},
    {.name = "a frame to an address",
     .steps = {CALL(sendto, CONTROL, ROOM(0), FRAME, MSG_NOSIGNAL, ROOM(256), 16)}},
    {.name = "a frame of another size",
     .steps = {CALL(sendto, CONTROL, ROOM(0), FRAME - 1, MSG_NOSIGNAL, 0, 0)}},
    {.name = "recvfrom", .steps = {CALL(recvfrom, CONTROL, ROOM(0), 16, 0, 0, 0)}},
    {.name = "a frame from what is no socket",
     .steps = {CALL(recvfrom, INPUT, ROOM(0), FRAME, MSG_TRUNC, 0, 0)},
     .verdict = GIVES,
     .result = -ENOTSOCK},
    {.name = "a frame, and its sender's address",
     .steps = {CALL(recvfrom, CONTROL, ROOM(0), FRAME, MSG_TRUNC, ROOM(256), ROOM(512))}},
    {.name = "a frame without waiting",
     .steps = {CALL(recvfrom, CONTROL, ROOM(0), FRAME, MSG_TRUNC | MSG_DONTWAIT, 0, 0)}},
    {.name = "sendmmsg", .steps = {CALL(sendmmsg, CONTROL, ROOM(0), 1, 0)}},
    {.name = "recvmsg of another descriptor", .steps = {CALL(recvmsg, INPUT, ROOM(0), 0)}},
    {.name = "recvmsg without waiting",
     .steps = {CALL(recvmsg, CONTROL, ROOM(0), MSG_DONTWAIT)},
     .verdict = GIVES,
     .result = -EAGAIN},
    {.name = "the control socket's number in 64 bits",
     .steps = {CALL(write, UINT64_C(1) << 32 | CONTROL, ROOM(0), 4)}},
    {.name = "pipe2", .steps = {CALL(pipe2, ROOM(0), 0)}},
    {.name = "eventfd2", .steps = {CALL(eventfd2, 0, 0)}},
    {.name = "io_uring", .steps = {CALL(io_uring_setup, 8, ROOM(0))}},
    {.name = "io_submit", .steps = {CALL(io_setup, 8, ROOM(0))}},
    /* processes */
    {.name = "fork", .steps = {CALL(fork)}},
    {.name = "vfork", .steps = {CALL(vfork)}},
    {.name = "clone", .steps = {CALL(clone, SIGCHLD, 0)}},
    {.name = "clone of a thread",
     .steps = {CALL(clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, ROOM(2048))}},
    {.name = "clone3", .steps = {CALL(clone3, ROOM(0), 88)}},
    {.name = "execve", .steps = {CALL(execve, ROOM(0), 0, 0)}, .data = "/bin/sh"},
    {.name = "execveat", .steps = {CALL(execveat, INPUT, ROOM(8), 0, 0, AT_EMPTY_PATH)}},
    {.name = "kill of everything", .steps = {CALL(kill, NO_FILE, SIGKILL)}},
    {.name = "a look whether a process is there", .steps = {CALL(kill, 1, 0)}},
    {.name = "tgkill", .steps = {CALL(tgkill, 1, 1, SIGTERM)}},
    {.name = "pidfd_open", .steps = {CALL(pidfd_open, 1, 0)}},
    {.name = "pidfd_getfd", .steps = {CALL(pidfd_getfd, CONTROL, 0, 0)}},
    {.name = "ptrace", .steps = {CALL(ptrace, PTRACE_ATTACH, 1, 0, 0)}},
    {.name = "process_vm_readv", .steps = {CALL(process_vm_readv, 1, ROOM(0), 1, ROOM(16), 1, 0)}},
    {.name = "process_vm_writev",
     .steps = {CALL(process_vm_writev, 1, ROOM(0), 1, ROOM(16), 1, 0)}},
    {.name = "process_madvise",
     .steps = {CALL(process_madvise, CONTROL, ROOM(0), 1, MADV_COLD, 0)}},
    {.name = "getpid", .steps = {CALL(getpid)}},
    {.name = "getppid", .steps = {CALL(getppid)}},
    {.name = "setpriority", .steps = {CALL(setpriority, 0, 0, 19)}},
    {.name = "sched_setscheduler", .steps = {CALL(sched_setscheduler, 0, 1, ROOM(0))}},
    {.name = "prlimit64", .steps = {CALL(prlimit64, 0, RLIMIT_CPU, ROOM(0), 0)}},
    {.name = "prlimit64 of another", .steps = {CALL(prlimit64, 1, RLIMIT_CPU, 0, ROOM(0))}},
    {.name = "shmget", .steps = {CALL(shmget, 1, 4096, 01600)}},
    {.name = "msgget", .steps = {CALL(msgget, 1, 01600)}},
    {.name = "semget", .steps = {CALL(semget, 1, 1, 01600)}},
    {.name = "mq_open", .steps = {CALL(mq_open, ROOM(0), 0102, 0600, 0)}, .data = "/q"},
    {.name = "futex", .steps = {CALL(futex, ROOM(0), 1, 1)}},
    /* the walls themselves */
    {.name = "seccomp", .steps = {CALL(seccomp, 1, 0, ROOM(0))}},
    {.name = "prctl(PR_SET_SECCOMP)", .steps = {CALL(prctl, PR_SET_SECCOMP, 2, ROOM(0))}},
    {.name = "prctl(PR_SET_DUMPABLE)", .steps = {CALL(prctl, PR_SET_DUMPABLE, 1)}},
    {.name = "prctl(PR_SET_PDEATHSIG)", .steps = {CALL(prctl, PR_SET_PDEATHSIG, 0)}},
    {.name = "arch_prctl", .steps = {CALL(arch_prctl, 0x1002, ROOM(0))}},
    {.name = "personality(READ_IMPLIES_EXEC)", .steps = {CALL(personality, 0x0400000)}},
    {.name = "unshare", .steps = {CALL(unshare, CLONE_NEWUSER)}},
    {.name = "setns", .steps = {CALL(setns, CONTROL, 0)}},
    {.name = "landlock", .steps = {CALL(landlock_restrict_self, CONTROL, 0)}},
    {.name = "bpf", .steps = {CALL(bpf, 0, ROOM(0), 16)}},
    {.name = "perf_event_open", .steps = {CALL(perf_event_open, ROOM(0), 0, NO_FILE, NO_FILE, 0)}},
    {.name = "add_key", .steps = {CALL(add_key, ROOM(0), ROOM(8), 0, 0, 0)}, .data = "user"},
    {.name = "keyctl", .steps = {CALL(keyctl, 0, 0, 0)}},
    {.name = "modify_ldt", .steps = {CALL(modify_ldt, 0, ROOM(0), 16)}},
    {.name = "iopl", .steps = {CALL(iopl, 3)}},
    {.name = "ioperm", .steps = {CALL(ioperm, 0x80, 1, 1)}},
    {.name = "userfaultfd", .steps = {CALL(userfaultfd, 1)}},
    {.name = "uname", .steps = {CALL(uname, ROOM(0))}},
    {.name = "sysinfo", .steps = {CALL(sysinfo, ROOM(0))}},
    {.name = "getuid", .steps = {CALL(getuid)}},
    {.name = "syslog", .steps = {CALL(syslog, 3, ROOM(0), 64)}},
    /* code of its own making */
    {.name = "memory to execute",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE | PROT_EXEC, ANONYMOUS, NO_FILE, 0)}},
    {.name = "memory to execute, and not to read",
     .steps = {CALL(mmap, 0, PAGE, PROT_EXEC, ANONYMOUS, NO_FILE, 0)}},
    {.name = "an input to execute",
     .steps = {CALL(mmap, 0, PAGE, READ_EXECUTE, MAP_PRIVATE, INPUT, 0)}},
    {.name = "an output to execute",
     .steps = {CALL(mmap, 0, PAGE, READ_EXECUTE, MAP_SHARED, OUTPUT, 0)}},
    {.name = "mprotect to execute",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, ANONYMOUS, NO_FILE, 0),
               CALL(mprotect, RESULT(0), PAGE, READ_EXECUTE)}},
    {.name = "mprotect to write", .steps = {CALL(mprotect, 0, PAGE, READ_WRITE)}},
    {.name = "pkey_mprotect", .steps = {CALL(pkey_mprotect, 0, PAGE, PROT_EXEC, NO_FILE)}},
    {.name = "remap_file_pages", .steps = {CALL(remap_file_pages, 0, PAGE, 0, 0, 0)}},
    {.name = "shmat to execute", .steps = {CALL(shmat, 0, 0, 0100000)}},
    {.name = "running what it wrote",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, ANONYMOUS, NO_FILE, 0),
               TOUCH(RESULT(0), 1, RETURN_INSTRUCTION, 1), JUMP(RESULT(0))},
     .verdict = FAULTED},
    {.name = "running its stack",
     .steps = {TOUCH(ROOM(0), 1, RETURN_INSTRUCTION, 1), JUMP(ROOM(0))},
     .verdict = FAULTED},
    {.name = "running its heap",
     .steps = {CALL(brk, 0), CALL(brk, 0), TOUCH(RESULT(0), 1, RETURN_INSTRUCTION, 1),
               JUMP(RESULT(0))},
     .verdict = FAULTED},
    /* what the policy may grant */
    {.name = "clock_gettime", .steps = {CALL(clock_gettime, CLOCK_MONOTONIC, ROOM(0))}},
    {.name = "clock_gettime, granted",
     .steps = {CALL(clock_gettime, CLOCK_MONOTONIC, ROOM(0))},
     .grants = {.clock = 1},
     .verdict = GIVES},
    {.name = "gettimeofday", .steps = {CALL(gettimeofday, ROOM(0), 0)}},
    {.name = "gettimeofday, with a clock",
     .steps = {CALL(gettimeofday, ROOM(0), 0)},
     .grants = {.clock = 1}},
    {.name = "time", .steps = {CALL(time, 0)}},
    {.name = "times", .steps = {CALL(times, ROOM(0))}},
    {.name = "getrusage", .steps = {CALL(getrusage, 0, ROOM(0))}},
    {.name = "clock_nanosleep", .steps = {CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, ROOM(0), 0)}},
    {.name = "clock_settime",
     .steps = {CALL(clock_settime, CLOCK_REALTIME, ROOM(0))},
     .grants = {.clock = 1}},
    {.name = "timer_create",
     .steps = {CALL(timer_create, CLOCK_MONOTONIC, 0, ROOM(0))},
     .grants = {.clock = 1}},
    {.name = "getrandom", /* what keeps it from programs is the host call, and no wall */
     .steps = {CALL(getrandom, ROOM(0), 8, 0)},
     .verdict = GIVES,
     .result = 8},
    {.name = "the processor's time stamp", .steps = {{.action = PAYLOAD_TIME}}, .verdict = FAULTED},
    {.name = "the processor's time stamp, with a clock",
     .steps = {{.action = PAYLOAD_TIME}, CALL(close, NO_FILE)},
     .grants = {.clock = 1},
     .verdict = GIVES,
     .step = 1,
     .result = -EBADF},
    /* memory beyond its limit */
    {.name = "a GiB at once",
     .steps = {CALL(mmap, 0, GIB, READ_WRITE, ANONYMOUS, NO_FILE, 0)},
     .verdict = GIVES,
     .result = -ENOMEM},
    {.name = "a GiB at once, not reserved",
     .steps = {CALL(mmap, 0, GIB, READ_WRITE, ANONYMOUS | MAP_NORESERVE, NO_FILE, 0)},
     .verdict = GIVES,
     .result = -ENOMEM},
    {.name = "a GiB over address space that it reserved",
     .steps = {CALL(mmap, 0, GIB, PROT_NONE, ANONYMOUS | MAP_NORESERVE, NO_FILE, 0),
               CALL(mmap, RESULT(0), GIB, READ_WRITE, ANONYMOUS | MAP_FIXED, NO_FILE, 0)}},
    {.name = "a page over a page elsewhere",
     .steps = {CALL(mmap, 0, PAGE, PROT_NONE, ANONYMOUS, NO_FILE, 0),
               CALL(mmap, RESULT(0), PAGE, READ_WRITE, ANONYMOUS | MAP_FIXED, NO_FILE, 0)}},
    {.name = "a GiB of a copied file",
     .steps = {CALL(mmap, 0, GIB, READ_WRITE, MAP_PRIVATE, INPUT, 0)},
     .verdict = GIVES,
     .result = -ENOMEM},
    {.name = "a GiB of droppable memory",
     .steps = {CALL(mmap, 0, GIB, READ_WRITE, 8 | MAP_ANONYMOUS, NO_FILE, 0)},
     .verdict = GIVES,
     .result = -ENOMEM},
    {.name = "memory that grows down",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, ANONYMOUS | MAP_GROWSDOWN, NO_FILE, 0)}},
    {.name = "shared memory",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, NO_FILE, 0)}},
    {.name = "locked memory",
     .steps = {CALL(mmap, 0, PAGE, READ_WRITE, ANONYMOUS | MAP_LOCKED, NO_FILE, 0)},
     .verdict = GIVES,
     .result = -EPERM},
    {.name = "address space whose tables would fill the memory",
     .steps = {CALL(mmap, 0, 1024 * GIB, PROT_READ, ANONYMOUS | MAP_NORESERVE, NO_FILE, 0)},
     .verdict = GIVES,
     .result = -ENOMEM},
    {.name = "a heap of a GiB",
     .steps = {CALL(brk, 0), CALL(brk, UINT64_MAX >> 20)},
     .verdict = GIVES_THE_SAME,
     .step = 1},
    {.name = "a write to the null page", .steps = {TOUCH(0, 1, 1, 1)}, .verdict = FAULTED},
};

static void test_calls_with_arguments(void **state)
{
    (void)state;
    takeover_check_rows(ROWS, VC_COUNT(ROWS));
}

/* It holds what it was given, and nothing that the test had open when it started the worker. */
static void test_descriptors(void **state)
{
    static const uint8_t wanted[PAYLOAD_DATA_MAX] = {1U << 0 | 1U << 1 | 1U << 2 | 1U << CONTROL |
                                                     1U << INPUT | 1U << OUTPUT | 1U << ERRORS};
    struct payload_order order = {.steps = {{PAYLOAD_LIST, 0, {1024}}}};
    vc_cleanup(vc_fd_closep) int file = fake_sealed(VC_BYTES(INPUT_PATH));
    int inherited = fcntl(file, F_DUPFD, 40); /* without close-on-exec */
    struct takeover_outcome outcome;

    (void)state;
    assert_true(inherited >= 40);
    takeover_ask(&order, INPUT_PATH, VC_OPEN_READ);
    takeover_play(&order, (struct vc_worker_run){}, false, &outcome);
    (void)close(inherited);
    assert_true(outcome.survived);
    assert_int_equal(outcome.report.results[0], 7);
    assert_memory_equal(outcome.report.data, wanted, 1024 / 8);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_calls_with_arguments),
        cmocka_unit_test(test_every_call),
        cmocka_unit_test(test_every_call_by_other_doors),
    };

    return takeover_main(argc, argv, tests, VC_COUNT(tests));
}
