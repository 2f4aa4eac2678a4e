/* SPDX-License-Identifier: MIT */

/* path_*: names below a directory. Whether the program may do what it asks is the runtime's to say;
 * here a name only must not lead out of the directory that it counts from. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "hostabi/host_internal.h"

/* A directory, and a name below it, copied from the program's memory. */
struct named_place {
    struct vc_descriptor *directory;
    char name[VC_WORKER_PATH_MAX];
};

/* False if ".." leads above the directory, or the name is absolute. */
static bool stays_below(const uint8_t *name, size_t size)
{
    size_t depth = 0;

    if (size > 0 && name[0] == '/')
        return false;
    for (size_t start = 0; start < size;) {
        const uint8_t *slash = memchr(name + start, '/', size - start);
        size_t length = slash == nullptr ? size - start : (size_t)(slash - (name + start));

        if (length == 2 && name[start] == '.' && name[start + 1] == '.') {
            if (depth == 0)
                return false;
            depth--;
        } else if (length > 0 && !(length == 1 && name[start] == '.')) {
            depth++;
        }
        start += length + 1;
    }
    return true;
}

static uint32_t check_name(const uint8_t *name, size_t size)
{
    if (size == 0)
        return VC_WASI_NOENT;
    if (size >= VC_WORKER_PATH_MAX)
        return VC_WASI_NAMETOOLONG;
    if (memchr(name, '\0', size) != nullptr)
        return VC_WASI_INVAL;
    if (!vc_utf8_valid((struct vc_bytes){name, size}))
        return VC_WASI_ILSEQ;
    return stays_below(name, size) ? VC_WASI_SUCCESS : VC_WASI_NOTCAPABLE;
}

/* `at`: index of the argument directory, and `name_at`: of name and size. */
static uint32_t find_place(struct vc_host *host, const struct vc_engine_frame *frame, size_t at,
                           size_t name_at, struct named_place *place)
{
    uint8_t *name;
    uint64_t size = frame->arguments[name_at + 1];
    uint32_t failure = vc_descriptors_find_directory(&host->descriptors, frame->arguments[at], 0,
                                                     &place->directory);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, frame->arguments[name_at], size, &name);
    if (failure == VC_WASI_SUCCESS)
        failure = check_name(name, (size_t)size);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    memcpy(place->name, name, (size_t)size);
    place->name[size] = '\0';
    return VC_WASI_SUCCESS;
}

static struct vc_tree_place place_of(const struct named_place *place)
{
    return (struct vc_tree_place){.directory = place->directory->path, .name = place->name};
}

/* Calls of the form (directory, name, size) that only ask. */
static uint32_t ask_about(struct vc_host *host, const struct vc_engine_frame *frame,
                          enum vc_worker_call_kind call, uint64_t right)
{
    struct named_place place;
    struct vc_tree_answer answer;
    uint32_t failure = find_place(host, frame, 0, 1, &place);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((place.directory->rights & right) == 0)
        return VC_WASI_NOTCAPABLE;
    struct vc_tree_request request = {.call = call, .at = place_of(&place)};

    return vc_host_ask(host, &request, &answer);
}

uint32_t vc_wasi_path_create_directory(struct vc_host *host, struct vc_engine_frame *frame)
{
    return ask_about(host, frame, VC_CALL_MKDIR, VC_WASI_RIGHT_PATH_CREATE_DIRECTORY);
}

uint32_t vc_wasi_path_remove_directory(struct vc_host *host, struct vc_engine_frame *frame)
{
    return ask_about(host, frame, VC_CALL_RMDIR, VC_WASI_RIGHT_PATH_REMOVE_DIRECTORY);
}

uint32_t vc_wasi_path_unlink_file(struct vc_host *host, struct vc_engine_frame *frame)
{
    return ask_about(host, frame, VC_CALL_UNLINK, VC_WASI_RIGHT_PATH_UNLINK_FILE);
}

/* Arguments: directory, name, size; directory, name, size of the new name. */
uint32_t vc_wasi_path_rename(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct named_place from;
    struct named_place to;
    struct vc_tree_answer answer;
    uint32_t failure = find_place(host, frame, 0, 1, &from);

    if (failure == VC_WASI_SUCCESS)
        failure = find_place(host, frame, 3, 4, &to);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((from.directory->rights & VC_WASI_RIGHT_PATH_RENAME_SOURCE) == 0 ||
        (to.directory->rights & VC_WASI_RIGHT_PATH_RENAME_TARGET) == 0)
        return VC_WASI_NOTCAPABLE;
    struct vc_tree_request request = {
        .call = VC_CALL_RENAME, .at = place_of(&from), .other = place_of(&to)};

    return vc_host_ask(host, &request, &answer);
}

/* Arguments: directory, lookup flags (there are no links to follow), name, size, where it goes. */
uint32_t vc_wasi_path_filestat_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct named_place place;
    struct vc_tree_answer answer;
    uint32_t failure = find_place(host, frame, 0, 2, &place);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((place.directory->rights & VC_WASI_RIGHT_PATH_FILESTAT_GET) == 0)
        return VC_WASI_NOTCAPABLE;
    struct vc_tree_request request = {.call = VC_CALL_STAT, .at = place_of(&place)};

    failure = vc_host_ask(host, &request, &answer);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    bool directory = answer.head.node_kind == VC_NODE_DIRECTORY;
    struct vc_host_stat stat = {
        .inode = answer.head.inode,
        .size = answer.head.size,
        .modified_ns = answer.head.modified_ns,
        .type = directory ? VC_WASI_TYPE_DIRECTORY : VC_WASI_TYPE_REGULAR_FILE,
    };

    return vc_host_store_stat(&frame->memory, frame->arguments[4], &stat);
}

/* path_open's arguments by name. */
enum {
    OPEN_DIRECTORY = 0,
    OPEN_NAME = 2,
    OPEN_FLAGS = 4,
    OPEN_RIGHTS = 5,
    OPEN_INHERITING = 6,
    OPEN_DESCRIPTOR_FLAGS = 7,
    OPEN_RESULT = 8,
};

/* What opening in this way needs of the directory, and what the runtime is asked for. */
static uint32_t open_flags(const struct vc_engine_frame *frame, uint64_t *needed, uint32_t *flags)
{
    static constexpr uint64_t KNOWN = VC_WASI_OPEN_CREATE | VC_WASI_OPEN_DIRECTORY |
                                      VC_WASI_OPEN_EXCLUSIVE | VC_WASI_OPEN_TRUNCATE;
    uint64_t wanted = frame->arguments[OPEN_FLAGS];
    uint64_t rights = frame->arguments[OPEN_RIGHTS];

    if ((wanted & ~KNOWN) != 0)
        return VC_WASI_INVAL;
    *needed = VC_WASI_RIGHT_PATH_OPEN;
    *flags = (rights & VC_WASI_RIGHT_FD_WRITE) != 0 ? VC_OPEN_WRITE : 0;
    if ((rights & VC_WASI_RIGHT_FD_READ) != 0 || *flags == 0)
        *flags |= VC_OPEN_READ;
    if ((wanted & VC_WASI_OPEN_CREATE) != 0) {
        *needed |= VC_WASI_RIGHT_PATH_CREATE_FILE;
        *flags |= VC_OPEN_CREATE;
    }
    if ((wanted & VC_WASI_OPEN_TRUNCATE) != 0) {
        *needed |= VC_WASI_RIGHT_PATH_FILESTAT_SET_SIZE;
        *flags |= VC_OPEN_TRUNCATE;
    }
    if ((wanted & VC_WASI_OPEN_EXCLUSIVE) != 0)
        *flags |= VC_OPEN_EXCLUSIVE;
    if ((wanted & VC_WASI_OPEN_DIRECTORY) != 0)
        *flags |= VC_OPEN_DIRECTORY;
    if ((frame->arguments[OPEN_DESCRIPTOR_FLAGS] & VC_WASI_FLAG_APPEND) != 0)
        *flags |= VC_OPEN_APPEND;
    return VC_WASI_SUCCESS;
}

/* `path` is the directory's, as the runtime answered. */
static enum vc_code open_directory(struct vc_descriptor *slot, struct vc_bytes path,
                                   uint64_t rights, uint64_t inheriting)
{
    char text[VC_WORKER_PATH_MAX];

    if (path.size == 0 || path.size >= sizeof(text))
        return VC_MALFORMED;
    memcpy(text, path.data, path.size);
    text[path.size] = '\0';
    return vc_descriptor_open_directory(slot, text, rights, inheriting, nullptr);
}

/* Makes a descriptor of what the runtime answered; its file descriptor is closed on failure. */
static uint32_t admit(struct vc_descriptor *slot, const struct named_place *place,
                      const struct vc_engine_frame *frame, struct vc_tree_answer *answer)
{
    uint64_t inheriting = place->directory->inheriting;
    uint64_t rights = frame->arguments[OPEN_RIGHTS] & inheriting;
    enum vc_code code = VC_STATE;

    if (answer->head.node_kind == VC_NODE_DIRECTORY && answer->fd < 0) {
        code = open_directory(slot, answer->tail, rights,
                              frame->arguments[OPEN_INHERITING] & inheriting);
    } else if (answer->head.node_kind == VC_NODE_FILE && answer->fd >= 0) {
        code = vc_descriptor_open_file(slot, answer->fd, answer->head.access != VC_ACCESS_READ,
                                       rights, nullptr);
    }
    if (code != VC_OK) {
        if (answer->fd >= 0)
            (void)close(answer->fd);
        return code == VC_MEMORY ? VC_WASI_NOMEM : VC_WASI_IO;
    }
    slot->flags =
        slot->kind == VC_DESCRIPTOR_FILE ? (uint16_t)frame->arguments[OPEN_DESCRIPTOR_FLAGS] : 0;
    slot->inode = answer->head.inode;
    slot->modified_ns = answer->head.modified_ns;
    return VC_WASI_SUCCESS;
}

/* What the program asks for must be the directory's to pass on. Rights that no descriptor here ever
 * has are dropped without a word: some libraries always ask for them. */
static uint32_t check_open(const struct vc_engine_frame *frame,
                           const struct vc_descriptor *directory, uint64_t needed)
{
    uint64_t transfer = VC_WASI_RIGHT_FD_READ | VC_WASI_RIGHT_FD_WRITE;

    if ((needed & ~directory->rights) != 0)
        return VC_WASI_NOTCAPABLE;
    if ((frame->arguments[OPEN_RIGHTS] & transfer & ~directory->inheriting) != 0)
        return VC_WASI_NOTCAPABLE;
    if (frame->arguments[OPEN_DESCRIPTOR_FLAGS] > 0x1f)
        return VC_WASI_INVAL;
    return VC_WASI_SUCCESS;
}

/* Arguments: directory, lookup flags, name, size, open flags, rights, inheriting rights, descriptor
 * flags, where the new descriptor goes. Everything that can fail here is tried before the runtime
 * is asked, since its answer may have created a file. */
uint32_t vc_wasi_path_open(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct named_place place;
    struct vc_tree_request request = {.call = VC_CALL_OPEN};
    struct vc_tree_answer answer;
    uint64_t needed;
    uint32_t index;
    uint8_t *result;
    uint32_t failure = find_place(host, frame, OPEN_DIRECTORY, OPEN_NAME, &place);

    if (failure == VC_WASI_SUCCESS)
        failure = open_flags(frame, &needed, &request.flags);
    if (failure == VC_WASI_SUCCESS)
        failure = check_open(frame, place.directory, needed);
    if (failure == VC_WASI_SUCCESS) {
        failure =
            vc_guest_range(&frame->memory, frame->arguments[OPEN_RESULT], sizeof(index), &result);
    }
    if (failure == VC_WASI_SUCCESS)
        failure = vc_descriptors_slot(&host->descriptors, &index);
    request.at = place_of(&place);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_host_ask(host, &request, &answer);
    if (failure == VC_WASI_SUCCESS)
        failure = admit(&host->descriptors.table[index], &place, frame, &answer);
    if (failure == VC_WASI_SUCCESS)
        vc_guest_put_u32(result, index);
    return failure;
}
