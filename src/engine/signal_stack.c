/* SPDX-License-Identifier: MIT */

#include "engine/signal_stack.h"

#include <signal.h>
#include <stdlib.h>

static constexpr size_t STACK_SIZE = 64 << 10; /* bytes; the handler unwinds at once */

/* The kernel keeps this much below the top of the first thread's stack free of everything else, so
 * that any fault there is the stack's, however large the frame that missed its end. */
static constexpr uintptr_t STACK_REACH = 128 << 20; /* bytes */

/* A handler is given nothing of its user's, so that what it knows stands here. */
static struct {
    uintptr_t top;      /* no frame of a program lies above */
    uintptr_t fault_at; /* address of the last fault */
    void (*engine_handler)(int number, siginfo_t *info, void *context);
} faults;

enum vc_code vc_signal_stack_install(struct vc_err *err)
{
    stack_t stack = {.ss_size = STACK_SIZE};

    faults.top = (uintptr_t)__builtin_frame_address(0);
    stack.ss_sp = malloc(STACK_SIZE); /* until the process ends */
    if (stack.ss_sp == nullptr)
        return vc_fail_memory(err);
    if (sigaltstack(&stack, nullptr) != 0) {
        free(stack.ss_sp);
        return vc_fail_host(err, "signal stack");
    }
    return VC_OK;
}

bool vc_signal_stack_overflowed(void)
{
    return faults.fault_at < faults.top && faults.top - faults.fault_at <= STACK_REACH;
}

/* The engine asks for its handlers without SA_ONSTACK, and cannot be told otherwise. The
 * executable's symbol is found before the C library's. A sanitizer has its own idea of signals and
 * keeps it. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_UNDEFINED__)
#if !defined(__has_feature)
#define __has_feature(feature) 0
#endif
#if !__has_feature(address_sanitizer) && !__has_feature(undefined_behavior_sanitizer)

int __sigaction(int number, const struct sigaction *action, struct sigaction *old);

/* The engine's handler does not return: it leaves for where the program was called. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    faults.fault_at = (uintptr_t)info->si_addr;
    faults.engine_handler(number, info, context);
}

__attribute__((visibility("default"))) int sigaction(int number, const struct sigaction *action,
                                                     struct sigaction *old)
{
    struct sigaction on_stack;

    if (action == nullptr)
        return __sigaction(number, nullptr, old);
    on_stack = *action;
    on_stack.sa_flags |= SA_ONSTACK;
    if (number == SIGSEGV && (action->sa_flags & SA_SIGINFO) != 0) {
        faults.engine_handler = action->sa_sigaction;
        on_stack.sa_sigaction = on_fault;
    }
    return __sigaction(number, &on_stack, old);
}

#endif
#endif
