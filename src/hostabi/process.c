/* SPDX-License-Identifier: MIT */

/* proc_exit, proc_raise, random_get, sched_yield: the program as a process. */

#include <errno.h>
#include <sys/random.h>

#include "hostabi/host_internal.h"

/* Argument: the exit code. Does not return to the program. */
uint32_t vc_wasi_proc_exit(struct vc_host *host, struct vc_engine_frame *frame)
{
    host->exit_code = (uint32_t)frame->arguments[0];
    frame->ends = true;
    return VC_WASI_SUCCESS;
}

/* What a signal does to a process that does not handle it; no program here can. */
enum signal_effect { SIGNAL_ENDS, SIGNAL_IGNORED, SIGNAL_STOPS };

static enum signal_effect effect_of(uint64_t signal)
{
    switch (signal) {
    case VC_WASI_SIGNAL_NONE:
    case VC_WASI_SIGNAL_CHLD:
    case VC_WASI_SIGNAL_CONT:
    case VC_WASI_SIGNAL_URG:
    case VC_WASI_SIGNAL_WINCH:
        return SIGNAL_IGNORED;
    case VC_WASI_SIGNAL_STOP:
    case VC_WASI_SIGNAL_TSTP:
    case VC_WASI_SIGNAL_TTIN:
    case VC_WASI_SIGNAL_TTOU:
        return SIGNAL_STOPS;
    default:
        return SIGNAL_ENDS;
    }
}

/* Argument: the signal. One that stops is refused: nobody could make the program go on. */
uint32_t vc_wasi_proc_raise(struct vc_host *host, struct vc_engine_frame *frame)
{
    uint64_t signal = frame->arguments[0];

    if (signal > VC_WASI_SIGNAL_SYS)
        return VC_WASI_INVAL;
    switch (effect_of(signal)) {
    case SIGNAL_IGNORED:
        return VC_WASI_SUCCESS;
    case SIGNAL_STOPS:
        return VC_WASI_NOTSUP;
    case SIGNAL_ENDS:
        break;
    }
    host->raised = (uint32_t)signal;
    frame->ends = true;
    return VC_WASI_SUCCESS;
}

/* Arguments: where, how many bytes. */
uint32_t vc_wasi_random_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    uint8_t *bytes;
    uint64_t size = frame->arguments[1];
    uint32_t failure = vc_guest_range(&frame->memory, frame->arguments[0], size, &bytes);

    if (!host->randomness)
        return VC_WASI_ACCES;
    if (failure != VC_WASI_SUCCESS)
        return failure;
    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || (uint64_t)got > size)
            return VC_WASI_IO;
        bytes += got;
        size -= (uint64_t)got;
    }
    return VC_WASI_SUCCESS;
}

/* There is nobody to yield to: one program, one thread. */
uint32_t vc_wasi_sched_yield(struct vc_host *host, struct vc_engine_frame *frame)
{
    (void)host;
    (void)frame;
    return VC_WASI_SUCCESS;
}
