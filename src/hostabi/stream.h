/* SPDX-License-Identifier: MIT */

/* One end of a stream as a program has it open: bytes between its memory and a window, and sleeping
 * until there are some, or room for them (abi/stream.h).
 *
 * Results are WASI errno values. VC_WASI_IO: the runtime's numbers are none of a stream's, or there
 * is no runtime any more.
 *
 * Why nobody sleeps while there is something to do: whoever sleeps says so (`waits`, `wake_at`) and
 * then looks once more; whoever changes something changes it and then looks whether somebody
 * sleeps. All of it in one order for everybody, so that of the two looks at least one comes after
 * the other's word. A word too many costs a look in vain; a word too few cannot be.
 */

#ifndef VC_HOSTABI_STREAM_H
#define VC_HOSTABI_STREAM_H

#include "flow/window.h"
#include "hostabi/guest.h"

constexpr uint64_t VC_STREAM_UNTIL_WOKEN = UINT64_MAX;

/* How a run sleeps, and wakes the runtime: two counters of the kernel's (hostabi/counters.h), or
 * what a test puts there. False: neither will ever work again. */
struct vc_stream_wait_ops {
    /* Until the runtime has woken it, at once if it has since the last sleep; or for that long. May
     * end early. Only a run with a clock asks for a time. */
    bool (*sleep)(void *waiter, uint64_t timeout_ns);
    bool (*wake)(void *waiter);
};

/* What a run has for all its streams; borrowed. */
struct vc_stream_side {
    struct vc_stream_slot *slots; /* VC_STREAM_SLOTS_MAX; null: it has no streams */
    const struct vc_stream_wait_ops *ops;
    void *waiter;
};

/* As the runtime gives it. */
struct vc_stream_grant {
    uint32_t slot;
    uint32_t window_bytes;
    bool produces;
};

struct vc_stream_end {
    struct vc_stream_slot *slot;
    struct vc_window window;
    uint64_t position; /* the slot's is for the runtime to read, and never read back */
    bool produces;
};

/* Maps the window; `window_fd` is closed on success. VC_MALFORMED, VC_LIMIT, VC_HOST. */
enum vc_code vc_stream_end_open(const struct vc_stream_side *side, struct vc_stream_grant grant,
                                int window_fd, struct vc_stream_end *end, struct vc_err *err);

/* What is there, at least a byte, if need be after waiting; 0 bytes: the proven end. VC_WASI_AGAIN:
 * it would have to wait, and must not. VC_WASI_CONNRESET: the stream is lost, and what came before
 * has been read. */
uint32_t vc_stream_end_read(const struct vc_stream_side *side, struct vc_stream_end *end,
                            const struct vc_guest_iovecs *into, bool waits, uint32_t *total);

/* All of it, waiting for room; if it must not wait, as much as there is room for. VC_WASI_AGAIN: no
 * room. VC_WASI_PIPE: nobody takes it any more; less than all was written then, if anything. */
uint32_t vc_stream_end_write(const struct vc_stream_side *side, struct vc_stream_end *end,
                             const struct vc_guest_iovecs *from, bool waits, uint32_t *total);

struct vc_stream_look {
    uint64_t size; /* bytes to read, or that there is room for */
    bool ready;    /* reading, or writing, would not wait */
    bool over;     /* the stream has ended, or is lost */
};

uint32_t vc_stream_end_look(const struct vc_stream_end *end, struct vc_stream_look *look);

/* Says that this run is about to sleep, also for this stream; or that it is not. Between that and
 * the sleep it has to look. */
void vc_stream_end_arm(const struct vc_stream_end *end, bool sleeps);

/* A producer's end, "this is all"; a consumer's leaving. */
void vc_stream_end_close(const struct vc_stream_side *side, const struct vc_stream_end *end);

/* Unmaps it, and tells nobody. Accepts zeros. */
void vc_stream_end_done(struct vc_stream_end *end);

#endif
