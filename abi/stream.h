/* SPDX-License-Identifier: MIT */

/* Streams between runtime and worker: bytes in shared memory, and who may go how far.
 *
 * A run that may use streams is given, with its order, one memory file of VC_STREAM_SLOTS_MAX slots
 * and two event counters. Each stream that it opens adds a memory file with the stream's window (a
 * ring: byte n of the stream lies at n modulo its size) and the number of a slot. A producer maps
 * the window to write, a consumer has a descriptor that it can only map to read. All these files
 * are sealed against changes of size before they are given away.
 *
 * One side writes `limit`, the other `position`; both only grow. A producer has written the bytes
 * below `position` and may write those below `limit`; a consumer is done with the bytes below
 * `position` and may read those below `limit`. Who advances looks whether the other waits, and
 * wakes it:
 *
 *   worker:  position = p; if (position >= wake_at) { wake_at = NEVER; signal the runtime }
 *   worker, with nothing to do:  waits = 1; looks at limit and state again; reads its counter
 *   runtime: limit = l (or state); if (waits) { waits = 0; signal the worker }
 *   runtime, before it turns to others:  wake_at = what it waits for; looks at position again
 *
 * All accesses are atomic and sequentially consistent. Each side takes what the other writes for
 * hostile: an index that shrinks or passes its bound ends the run, or is an error of the stream.
 * At most one event per slot is lost sight of: the counters say "something", never what.
 */

#ifndef VC_ABI_STREAM_H
#define VC_ABI_STREAM_H

#include <stdatomic.h>
#include <stdint.h>

enum { VC_STREAM_SLOTS_MAX = 256 };       /* streams that one run opens in its life */
enum { VC_STREAM_WINDOW_MIN = 65536 };    /* bytes; windows are powers of two */
enum { VC_STREAM_WINDOW_MAX = 16 << 20 }; /* bytes */
#define VC_STREAM_NEVER UINT64_MAX        /* of wake_at */

enum vc_stream_slot_state {
    VC_SLOT_FREE = 0,
    VC_SLOT_OPEN,
    VC_SLOT_ENDED, /* consumer: `limit` is the stream's end, and proven */
    VC_SLOT_LOST,  /* nothing moves any more: consumer reads what is below `limit`, then
                      ECONNRESET; producer gets EPIPE */
};

struct vc_stream_slot {
    /* written by the runtime */
    _Alignas(64) _Atomic uint64_t limit;
    _Atomic uint32_t state; /* enum vc_stream_slot_state */
    /* written by the worker */
    _Alignas(64) _Atomic uint64_t position;
    _Atomic uint32_t closed; /* 1: the program closed it: a producer's end, a consumer's leaving */
    /* written by both */
    _Alignas(64) _Atomic uint64_t wake_at; /* of `position`; closing always wakes */
    _Atomic uint32_t waits;                /* the worker sleeps until its counter is signalled */
};

#endif
