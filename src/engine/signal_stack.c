/* SPDX-License-Identifier: MIT */

#include "engine/signal_stack.h"

#include <signal.h>
#include <stdlib.h>

static constexpr size_t STACK_SIZE = 64 << 10; /* bytes; the handler unwinds at once */

enum vc_code vc_signal_stack_install(struct vc_err *err)
{
    stack_t stack = {.ss_size = STACK_SIZE};

    stack.ss_sp = malloc(STACK_SIZE); /* until the process ends */
    if (stack.ss_sp == nullptr)
        return vc_fail_memory(err);
    if (sigaltstack(&stack, nullptr) != 0) {
        free(stack.ss_sp);
        return vc_fail_host(err, "signal stack");
    }
    return VC_OK;
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

__attribute__((visibility("default"))) int sigaction(int number, const struct sigaction *action,
                                                     struct sigaction *old)
{
    struct sigaction on_stack;

    if (action == nullptr)
        return __sigaction(number, nullptr, old);
    on_stack = *action;
    on_stack.sa_flags |= SA_ONSTACK;
    return __sigaction(number, &on_stack, old);
}

#endif
#endif
