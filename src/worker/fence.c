/* SPDX-License-Identifier: MIT */

#include "worker/fence.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/defs.h"

/* Of an argument of 64 bits, which the filter reads in halves. */
#define LOW(argument)  (offsetof(struct seccomp_data, args) + 8 * (argument))
#define HIGH(argument) (LOW(argument) + 4)

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define IF(condition, value, then, otherwise) \
    BPF_JUMP(BPF_JMP | (condition) | BPF_K, (uint32_t)(value), then, otherwise)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

/* The last instructions, and the way there from another. */
enum { BELOW_LAST = 13, PERMIT = 18, REFUSE = 19 };
#define TO(target, from) ((target) - (from) - 1)

/* Calls of other architectures are the other filters' to refuse. */
enum vc_code vc_fence_memory(const void *start, uint64_t size, struct vc_err *err)
{
    uint64_t first = (uintptr_t)start;
    uint64_t last = first + size - 1;
    uint64_t longest = size <= UINT32_MAX ? size : UINT32_MAX;
    struct sock_filter program[] = {
        [0] = LOAD(offsetof(struct seccomp_data, nr)),
        [1] = IF(BPF_JEQ, SYS_mmap, 0, TO(PERMIT, 1)),
        [2] = LOAD(LOW(3)), /* flags */
        [3] = IF(BPF_JSET, MAP_FIXED, 0, TO(PERMIT, 3)),
        [4] = LOAD(HIGH(1)), /* length */
        [5] = IF(BPF_JEQ, 0, 0, TO(REFUSE, 5)),
        [6] = LOAD(LOW(1)),
        [7] = IF(BPF_JGT, longest, TO(REFUSE, 7), 0),
        [8] = LOAD(HIGH(0)), /* address: first or above */
        [9] = IF(BPF_JGT, first >> 32, TO(BELOW_LAST, 9), 0),
        [10] = IF(BPF_JEQ, first >> 32, 0, TO(REFUSE, 10)),
        [11] = LOAD(LOW(0)),
        [12] = IF(BPF_JGE, first, 0, TO(REFUSE, 12)),
        [BELOW_LAST] = LOAD(HIGH(0)), /* address: last or below */
        [14] = IF(BPF_JGT, last >> 32, TO(REFUSE, 14), 0),
        [15] = IF(BPF_JEQ, last >> 32, 0, TO(PERMIT, 15)),
        [16] = LOAD(LOW(0)),
        [17] = IF(BPF_JGT, last, TO(REFUSE, 17), 0),
        [PERMIT] = RETURN(SECCOMP_RET_ALLOW),
        [REFUSE] = RETURN(SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog filter = {.len = VC_COUNT(program), .filter = program};

    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
        return vc_fail_host(err, "the filter of fixed mappings");
    return VC_OK;
}

enum vc_code vc_fence_time(struct vc_err *err)
{
    if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) != 0)
        return vc_fail_host(err, "time stamp counter");
    return VC_OK;
}
