/* SPDX-License-Identifier: MIT */

/* path_open: a descriptor for a file or a directory, with no right that its directory cannot pass
 * on. */

#include <string.h>
#include <unistd.h>

#include "hostabi/place.h"

/* path_open's arguments by name. */
enum {
    OPEN_DIRECTORY = 0,
    OPEN_LOOKUP = 1,
    OPEN_NAME = 2,
    OPEN_FLAGS = 4,
    OPEN_RIGHTS = 5,
    OPEN_INHERITING = 6,
    OPEN_DESCRIPTOR_FLAGS = 7,
    OPEN_RESULT = 8,
};

/* What an open flag is to the runtime, and what it needs of the directory. */
static const struct {
    uint32_t wanted; /* enum vc_wasi_open_flag */
    uint32_t flag;   /* enum vc_worker_call_flags */
    uint64_t needed;
} OPEN_FLAG_ROWS[] = {
    {VC_WASI_OPEN_CREATE, VC_OPEN_CREATE, VC_WASI_RIGHT_PATH_CREATE_FILE},
    {VC_WASI_OPEN_DIRECTORY, VC_OPEN_DIRECTORY, 0},
    {VC_WASI_OPEN_EXCLUSIVE, VC_OPEN_EXCLUSIVE, 0},
    {VC_WASI_OPEN_TRUNCATE, VC_OPEN_TRUNCATE, VC_WASI_RIGHT_PATH_FILESTAT_SET_SIZE},
};

static uint32_t open_flags(const struct vc_engine_frame *frame, uint64_t *needed, uint32_t *flags)
{
    uint64_t rights = frame->arguments[OPEN_RIGHTS];

    if ((frame->arguments[OPEN_FLAGS] & ~(uint64_t)VC_WASI_OPEN_ALL) != 0 ||
        (frame->arguments[OPEN_DESCRIPTOR_FLAGS] & ~(uint64_t)VC_WASI_FLAG_ALL) != 0)
        return VC_WASI_INVAL;
    *needed = VC_WASI_RIGHT_PATH_OPEN;
    if ((rights & VC_WASI_RIGHT_FD_WRITE) != 0)
        *flags |= VC_OPEN_WRITE;
    if ((rights & VC_WASI_RIGHT_FD_READ) != 0 || (*flags & VC_OPEN_WRITE) == 0)
        *flags |= VC_OPEN_READ;
    for (size_t i = 0; i < VC_COUNT(OPEN_FLAG_ROWS); i++) {
        if ((frame->arguments[OPEN_FLAGS] & OPEN_FLAG_ROWS[i].wanted) != 0) {
            *needed |= OPEN_FLAG_ROWS[i].needed;
            *flags |= OPEN_FLAG_ROWS[i].flag;
        }
    }
    if ((frame->arguments[OPEN_DESCRIPTOR_FLAGS] & VC_WASI_FLAG_APPEND) != 0)
        *flags |= VC_OPEN_APPEND;
    return VC_WASI_SUCCESS;
}

/* What the program asks for must be the directory's to pass on. Rights that no descriptor here ever
 * has are dropped without a word, and so are inheriting ones: libraries ask for all that there are.
 */
static uint32_t check_rights(const struct vc_engine_frame *frame, const struct vc_place *place,
                             uint64_t needed)
{
    uint64_t known = vc_descriptor_file_rights() | vc_descriptor_directory_rights();
    uint64_t wanted = frame->arguments[OPEN_RIGHTS] & known;

    if ((wanted & ~place->directory->inheriting) != 0)
        return VC_WASI_NOTCAPABLE;
    return vc_place_check(place, needed);
}

/* `path` is the directory's, as the runtime answered. */
static enum vc_code admit_directory(struct vc_descriptor *slot, const struct vc_place *place,
                                    const struct vc_engine_frame *frame, struct vc_bytes path)
{
    char text[VC_WORKER_PATH_MAX];
    uint64_t inheriting = place->directory->inheriting;

    if (path.size == 0 || path.size >= sizeof(text))
        return VC_MALFORMED;
    memcpy(text, path.data, path.size);
    text[path.size] = '\0';
    enum vc_code code =
        vc_descriptor_open_directory(slot, text, frame->arguments[OPEN_RIGHTS] & inheriting,
                                     frame->arguments[OPEN_INHERITING] & inheriting, nullptr);

    if (code == VC_OK)
        slot->flags =
            (uint16_t)(frame->arguments[OPEN_DESCRIPTOR_FLAGS] & ~(uint64_t)VC_WASI_FLAG_APPEND);
    return code;
}

static enum vc_code admit_file(struct vc_descriptor *slot, const struct vc_place *place,
                               const struct vc_engine_frame *frame,
                               const struct vc_tree_answer *answer)
{
    uint64_t inheriting = place->directory->inheriting;
    enum vc_code code =
        vc_descriptor_open_file(slot, answer->fd, answer->head.access != VC_ACCESS_READ,
                                frame->arguments[OPEN_RIGHTS] & inheriting, nullptr);

    if (code != VC_OK)
        return code;
    slot->inheriting = frame->arguments[OPEN_INHERITING] & inheriting;
    slot->inode = answer->head.inode;
    slot->flags = (uint16_t)frame->arguments[OPEN_DESCRIPTOR_FLAGS];
    slot->append_only = answer->head.access == VC_ACCESS_APPEND;
    if (slot->append_only)
        slot->flags |= VC_WASI_FLAG_APPEND;
    return VC_OK;
}

/* The runtime has seen to it that the program is the one or the other: a consumer opens it to read,
 * a producer to write. */
static enum vc_code admit_stream(const struct vc_host *host, struct vc_descriptor *slot,
                                 const struct vc_place *place, const struct vc_engine_frame *frame,
                                 const struct vc_tree_answer *answer)
{
    uint64_t rights = frame->arguments[OPEN_RIGHTS];
    struct vc_stream_grant grant = {.slot = answer->head.slot,
                                    .window_bytes = answer->head.window_bytes,
                                    .produces = (rights & VC_WASI_RIGHT_FD_WRITE) != 0};
    struct vc_stream_end end;
    enum vc_code code = vc_stream_end_open(&host->stream, grant, answer->fd, &end, nullptr);

    if (code != VC_OK)
        return code;
    vc_descriptor_open_stream(slot, &end, rights & place->directory->inheriting);
    slot->inode = answer->head.inode;
    slot->flags = (uint16_t)frame->arguments[OPEN_DESCRIPTOR_FLAGS];
    return VC_OK;
}

/* Makes a descriptor of what the runtime answered; its file descriptor is closed on failure. */
static uint32_t admit(struct vc_host *host, uint32_t index, const struct vc_place *place,
                      const struct vc_engine_frame *frame, const struct vc_tree_answer *answer)
{
    struct vc_descriptor *slot = &host->descriptors.table[index];
    enum vc_code code = VC_STATE;

    if (answer->head.node_kind == VC_NODE_DIRECTORY && answer->fd < 0) {
        code = admit_directory(slot, place, frame, answer->tail);
    } else if (answer->head.node_kind == VC_NODE_FILE && answer->fd >= 0) {
        code = admit_file(slot, place, frame, answer);
    } else if (answer->head.node_kind == VC_NODE_STREAM && answer->fd >= 0) {
        code = admit_stream(host, slot, place, frame, answer);
    }
    if (code == VC_OK)
        return VC_WASI_SUCCESS;
    if (answer->fd >= 0)
        (void)close(answer->fd);
    return code == VC_MEMORY ? VC_WASI_NOMEM : VC_WASI_IO;
}

static uint32_t find_slot(struct vc_host *host, uint32_t *index)
{
    uint32_t failure = vc_descriptors_slot(&host->descriptors, index);

    if (failure == VC_WASI_NFILE)
        host->limits_met |= VC_MET_FILES_OPEN;
    return failure;
}

/* Arguments: directory, lookup flags, name, size, open flags, rights, inheriting rights, descriptor
 * flags, where the new descriptor goes. Everything that can fail here is tried before the runtime
 * is asked, since its answer may have created a file. */
uint32_t vc_wasi_path_open(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_place place;
    struct vc_tree_request request = {.call = VC_CALL_OPEN};
    struct vc_tree_answer answer;
    uint64_t needed;
    uint32_t index;
    uint8_t *result;
    uint32_t failure = vc_place_find(host, frame, OPEN_DIRECTORY, OPEN_NAME, &place);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_lookup(frame->arguments[OPEN_LOOKUP], &request.flags);
    if (failure == VC_WASI_SUCCESS)
        failure = open_flags(frame, &needed, &request.flags);
    if (failure == VC_WASI_SUCCESS)
        failure = check_rights(frame, &place, needed);
    if (failure == VC_WASI_SUCCESS) {
        failure =
            vc_guest_range(&frame->memory, frame->arguments[OPEN_RESULT], sizeof(index), &result);
    }
    if (failure == VC_WASI_SUCCESS)
        failure = find_slot(host, &index);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    request.at = vc_place_of(&place);
    failure = vc_host_ask(host, &request, &answer);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    failure = admit(host, index, &place, frame, &answer);
    if (failure == VC_WASI_SUCCESS) {
        vc_guest_put_u32(result, index);
    } else if (answer.head.node_kind == VC_NODE_STREAM) { /* it is open, and nobody has it */
        host->failed = true;
        frame->ends = true;
    }
    return failure;
}
