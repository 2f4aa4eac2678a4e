/* SPDX-License-Identifier: MIT */

/* fd_readdir: what is in a directory, as much as fits. */

#include <string.h>

#include "base/reader.h"
#include "hostabi/host_internal.h"

static constexpr uint32_t ROUNDS_MAX = 4096; /* packets of one call */

/* Where entries go: the last one is cut where the room ends, which tells the program to ask again
 * with more of it. */
struct listing {
    uint8_t *bytes;
    uint32_t size;
    uint32_t used;
    uint64_t cookie; /* of the last entry that fitted as a whole */
};

static void put_cut(struct listing *listing, const uint8_t *bytes, size_t size)
{
    size_t room = listing->size - listing->used;
    size_t part = size < room ? size : room;

    if (part > 0)
        memcpy(listing->bytes + listing->used, bytes, part);
    listing->used += (uint32_t)part;
}

static void put_entry(struct listing *listing, const struct vc_worker_entry *entry,
                      struct vc_bytes name)
{
    uint8_t head[VC_WASI_DIRENT_SIZE] = {};

    vc_guest_put_u64(head, entry->cookie);
    vc_guest_put_u64(head + 8, entry->inode);
    vc_guest_put_u32(head + 16, (uint32_t)name.size);
    head[20] = vc_host_node_type(entry->node_kind);
    put_cut(listing, head, sizeof(head));
    put_cut(listing, name.data, name.size);
    listing->cookie = entry->cookie;
}

static uint32_t put_entries(struct listing *listing, const struct vc_tree_answer *answer)
{
    struct vc_reader reader = vc_reader_over(answer->tail);

    for (uint32_t i = 0; i < answer->head.entry_count && listing->used < listing->size; i++) {
        struct vc_worker_entry entry;
        struct vc_bytes head = vc_read_run(&reader, sizeof(entry));

        if (reader.failed)
            return VC_WASI_IO;
        memcpy(&entry, head.data, sizeof(entry));
        struct vc_bytes name = vc_read_run(&reader, entry.name_size);

        if (reader.failed || name.size == 0)
            return VC_WASI_IO;
        put_entry(listing, &entry, name);
    }
    return VC_WASI_SUCCESS;
}

/* Arguments: directory, where entries go, bytes of room, cookie of the last entry seen or 0, where
 * the bytes used go. */
uint32_t vc_wasi_fd_readdir(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *directory;
    uint8_t *result;
    struct listing listing = {.size = (uint32_t)frame->arguments[2], .cookie = frame->arguments[3]};
    struct vc_tree_answer answer = {.head.entry_count = 1};
    uint32_t failure = vc_descriptors_find_directory(&host->descriptors, frame->arguments[0],
                                                     VC_WASI_RIGHT_FD_READDIR, &directory);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, frame->arguments[1], listing.size, &listing.bytes);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, frame->arguments[4], sizeof(uint32_t), &result);
    for (uint32_t i = 0; i < ROUNDS_MAX && failure == VC_WASI_SUCCESS &&
                         listing.used < listing.size && answer.head.entry_count > 0;
         i++) {
        struct vc_tree_request request = {
            .call = VC_CALL_READDIR, .at.directory = directory->path, .cookie = listing.cookie};

        failure = vc_host_ask(host, &request, &answer);
        if (failure == VC_WASI_SUCCESS)
            failure = put_entries(&listing, &answer);
    }
    if (failure == VC_WASI_SUCCESS)
        vc_guest_put_u32(result, listing.used);
    return failure;
}
