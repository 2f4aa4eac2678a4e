/* SPDX-License-Identifier: MIT */

#include "hostabi/stream.h"

#include <string.h>
#include <unistd.h>

#include "abi/wasi.h"

/* What is copied before the other side hears of it, so that both have something to do. */
static constexpr uint64_t PIECE_MAX = 65536;

enum vc_code vc_stream_end_open(const struct vc_stream_side *side, struct vc_stream_grant grant,
                                int window_fd, struct vc_stream_end *end, struct vc_err *err)
{
    struct vc_stream_end opened = {.produces = grant.produces};

    if (side->slots == nullptr || grant.slot >= VC_STREAM_SLOTS_MAX)
        return vc_fail(err, VC_MALFORMED, "stream: no slot %u", grant.slot);
    enum vc_code code =
        vc_window_map(window_fd, grant.window_bytes, grant.produces, &opened.window, err);

    if (code != VC_OK)
        return code;
    (void)close(window_fd);
    opened.slot = &side->slots[grant.slot];
    opened.position = atomic_load(&opened.slot->position);
    *end = opened;
    return VC_OK;
}

/* The state first: when it says that the stream has ended, the limit that is read after it is the
 * end. */
static uint32_t observe(const struct vc_stream_end *end, uint32_t *state, uint64_t *open)
{
    *state = atomic_load(&end->slot->state);
    *open = atomic_load(&end->slot->limit) - end->position;
    /* A limit before the position is a difference beyond every window. */
    if (*open > end->window.size || *state < VC_SLOT_OPEN || *state > VC_SLOT_LOST)
        return VC_WASI_IO;
    return VC_WASI_SUCCESS;
}

/* Why there is nothing to read or no room, for good; success: it may come. */
static uint32_t closed_errno(const struct vc_stream_end *end, uint32_t state)
{
    if (state == VC_SLOT_OPEN)
        return VC_WASI_SUCCESS;
    return end->produces ? VC_WASI_PIPE : VC_WASI_CONNRESET;
}

uint32_t vc_stream_end_look(const struct vc_stream_end *end, struct vc_stream_look *look)
{
    uint32_t state;
    uint64_t open;
    uint32_t failure = observe(end, &state, &open);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    *look = (struct vc_stream_look){
        .size = open, .ready = open > 0 || state != VC_SLOT_OPEN, .over = state != VC_SLOT_OPEN};
    return VC_WASI_SUCCESS;
}

void vc_stream_end_arm(const struct vc_stream_end *end, bool sleeps)
{
    atomic_store(&end->slot->waits, sleeps);
}

static uint32_t wait_for_change(const struct vc_stream_side *side, const struct vc_stream_end *end)
{
    struct vc_stream_look look = {};
    bool awake = true;

    vc_stream_end_arm(end, true);
    uint32_t failure = vc_stream_end_look(end, &look);

    if (failure == VC_WASI_SUCCESS && !look.ready)
        awake = side->ops->sleep(side->waiter, VC_STREAM_UNTIL_WOKEN);
    vc_stream_end_arm(end, false);
    return awake ? failure : VC_WASI_IO;
}

/* Publishes the position. What the runtime waits for is taken back by exchange: a new word of its
 * own, written meanwhile, is not lost but looked at in its turn. */
static uint32_t advance(const struct vc_stream_side *side, struct vc_stream_end *end, uint64_t size)
{
    struct vc_stream_slot *slot = end->slot;

    end->position += size;
    atomic_store(&slot->position, end->position);
    uint64_t wake_at = atomic_load(&slot->wake_at);

    while (end->position >= wake_at) {
        if (atomic_compare_exchange_strong(&slot->wake_at, &wake_at, VC_STREAM_NEVER))
            return side->ops->wake(side->waiter) ? VC_WASI_SUCCESS : VC_WASI_IO;
    }
    return VC_WASI_SUCCESS;
}

/* Where in the program's memory the transfer stands. */
struct cursor {
    const struct vc_guest_iovecs *iovecs;
    uint32_t index;
    uint32_t offset;
    uint32_t done;
};

/* The next bytes in one piece, at most `size_max` of them. */
static struct vc_guest_iovec next_piece(struct cursor *cursor, uint64_t size_max)
{
    const struct vc_guest_iovec *item = &cursor->iovecs->items[cursor->index];

    while (cursor->offset == item->size) {
        item++;
        cursor->index++;
        cursor->offset = 0;
    }
    uint64_t left = item->size - cursor->offset;
    uint64_t size = left < size_max ? left : size_max;
    struct vc_guest_iovec piece = {item->data + cursor->offset, (uint32_t)size};

    cursor->offset += piece.size;
    cursor->done += piece.size;
    return piece;
}

/* Copies `size` bytes, which the transfer has and the window can do: pieces of the program's, in
 * steps that the other side hears of. */
static uint32_t copy_step(const struct vc_stream_side *side, struct vc_stream_end *end,
                          struct cursor *cursor, uint64_t size)
{
    for (uint64_t copied = 0; copied < size;) {
        struct vc_guest_iovec piece = next_piece(cursor, size - copied);
        uint8_t *at = vc_window_at(&end->window, end->position + copied);

        if (end->produces) {
            memcpy(at, piece.data, piece.size);
        } else {
            memcpy(piece.data, at, piece.size);
        }
        copied += piece.size;
    }
    return advance(side, end, size);
}

static uint32_t copy_some(const struct vc_stream_side *side, struct vc_stream_end *end,
                          struct cursor *cursor, uint64_t open)
{
    uint64_t wanted = cursor->iovecs->size - cursor->done;
    uint64_t left = wanted < open ? wanted : open;
    uint32_t failure = VC_WASI_SUCCESS;

    while (left > 0 && failure == VC_WASI_SUCCESS) {
        uint64_t size = left < PIECE_MAX ? left : PIECE_MAX;

        failure = copy_step(side, end, cursor, size);
        left -= size;
    }
    return failure;
}

uint32_t vc_stream_end_read(const struct vc_stream_side *side, struct vc_stream_end *end,
                            const struct vc_guest_iovecs *into, bool waits, uint32_t *total)
{
    struct cursor cursor = {.iovecs = into};
    uint32_t state;
    uint64_t open;
    uint32_t failure = VC_WASI_SUCCESS;

    *total = 0;
    while (into->size > 0 && failure == VC_WASI_SUCCESS) {
        failure = observe(end, &state, &open);
        if (failure != VC_WASI_SUCCESS)
            return failure;
        if (open > 0) {
            failure = copy_some(side, end, &cursor, open);
            *total = cursor.done;
            return failure;
        }
        if (state != VC_SLOT_OPEN)
            return state == VC_SLOT_ENDED ? VC_WASI_SUCCESS : closed_errno(end, state);
        failure = waits ? wait_for_change(side, end) : VC_WASI_AGAIN;
    }
    return failure;
}

uint32_t vc_stream_end_write(const struct vc_stream_side *side, struct vc_stream_end *end,
                             const struct vc_guest_iovecs *from, bool waits, uint32_t *total)
{
    struct cursor cursor = {.iovecs = from};
    uint32_t state;
    uint64_t open;
    uint32_t failure = VC_WASI_SUCCESS;

    while (cursor.done < from->size && failure == VC_WASI_SUCCESS) {
        failure = observe(end, &state, &open);
        if (failure == VC_WASI_SUCCESS)
            failure = closed_errno(end, state);
        if (failure != VC_WASI_SUCCESS)
            break;
        if (open > 0) {
            failure = copy_some(side, end, &cursor, open);
        } else {
            failure = waits ? wait_for_change(side, end) : VC_WASI_AGAIN;
        }
    }
    *total = cursor.done;
    /* What was written counts, and what stopped it shows at the next call. */
    return cursor.done > 0 && failure != VC_WASI_IO ? VC_WASI_SUCCESS : failure;
}

void vc_stream_end_close(const struct vc_stream_side *side, const struct vc_stream_end *end)
{
    atomic_store(&end->slot->closed, 1);
    /* A runtime that cannot be woken is gone. */
    (void)!side->ops->wake(side->waiter);
}

void vc_stream_end_done(struct vc_stream_end *end)
{
    vc_window_unmap(&end->window);
    *end = (struct vc_stream_end){};
}
