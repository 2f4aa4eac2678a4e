/* SPDX-License-Identifier: MIT */

/* OPEN: a file's descriptor, or a directory's path. */

#include <string.h>
#include <unistd.h>

#include "runtime/view_internal.h"

static constexpr uint32_t WRITES = VC_OPEN_WRITE | VC_OPEN_TRUNCATE | VC_OPEN_APPEND;

/* Reading needs `read`, but for what this run itself writes. Writing needs `write`; and since
 * whoever may write in the middle of a file also sees it, `read` too, unless it begins from
 * nothing. Adding at the end needs no more than `append`. */
static bool may_open(const struct vc_view *view, const struct vc_place *place, uint32_t flags)
{
    bool own = vc_view_writes(view, place->node);
    bool reads = own || vc_view_may(view, VC_RIGHT_READ, place->path);
    bool fresh = place->node == nullptr || (flags & VC_OPEN_TRUNCATE) != 0;

    if ((flags & VC_OPEN_READ) != 0 && !reads && !fresh)
        return false;
    if ((flags & (WRITES | VC_OPEN_CREATE)) == 0)
        return reads;
    if (vc_view_may(view, VC_RIGHT_WRITE, place->path))
        return fresh || reads;
    return (flags & VC_OPEN_APPEND) != 0 && (flags & (VC_OPEN_TRUNCATE | VC_OPEN_READ)) == 0 &&
           vc_view_may(view, VC_RIGHT_APPEND, place->path);
}

/* By which rights that was so. */
static uint32_t note_open(const struct vc_view *view, const struct vc_place *place, uint32_t flags)
{
    bool writes = (flags & (WRITES | VC_OPEN_CREATE)) != 0;
    bool may_write = vc_view_may(view, VC_RIGHT_WRITE, place->path);
    bool fresh = place->node == nullptr || (flags & VC_OPEN_TRUNCATE) != 0;
    uint32_t failure = VC_WASI_SUCCESS;

    if (!vc_view_writes(view, place->node) && !fresh && (!writes || may_write))
        failure = vc_view_note(view, VC_RIGHT_READ, place->path);
    if (failure == VC_WASI_SUCCESS && writes)
        failure = vc_view_note(view, may_write ? VC_RIGHT_WRITE : VC_RIGHT_APPEND, place->path);
    return failure;
}

/* From here on it has nothing in it. */
static uint32_t empty(struct vc_view_file *file)
{
    vc_blob_unref(file->base);
    file->base = nullptr;
    return ftruncate(file->fd, 0) == 0 ? VC_WASI_SUCCESS : VC_WASI_IO;
}

/* Gives the writable file: the one that this run writes already, or a new one. */
static uint32_t open_to_write(struct vc_view *view, const struct vc_place *place, uint32_t flags,
                              struct vc_view_reply *reply)
{
    bool truncates = (flags & VC_OPEN_TRUNCATE) != 0;
    bool appends = !vc_view_may(view, VC_RIGHT_WRITE, place->path);
    struct vc_view_file *file = nullptr;
    uint32_t failure = VC_WASI_SUCCESS;
    enum vc_code code;

    if (place->node == nullptr) {
        code = vc_view_file_create(view, place->path, &file, nullptr);
    } else {
        code = vc_view_file_of(view, place->node, &file, nullptr);
        if (code == VC_OK && file->fd < 0) {
            code = vc_view_file_write(view, file,
                                      truncates ? VC_START_EMPTY
                                      : appends ? VC_START_BEHIND
                                                : VC_START_CONTENT,
                                      nullptr);
        } else if (code == VC_OK && truncates) {
            failure = empty(file);
        }
    }
    if (code != VC_OK || failure != VC_WASI_SUCCESS)
        return code != VC_OK ? vc_view_errno(code) : failure;
    file->may_touch = true;
    reply->fd = file->fd;
    reply->head.access = appends ? VC_ACCESS_APPEND : VC_ACCESS_WRITE;
    vc_view_describe(view, nullptr, file, reply);
    return VC_WASI_SUCCESS;
}

static uint32_t open_to_read(struct vc_view *view, const struct vc_place *place,
                             struct vc_view_reply *reply)
{
    struct vc_view_file *file = nullptr;
    enum vc_code code = vc_view_file_of(view, place->node, &file, nullptr);

    if (code != VC_OK)
        return vc_view_errno(code);
    file->may_touch = file->may_touch || vc_view_may(view, VC_RIGHT_WRITE, place->path);
    reply->fd = file->fd >= 0 ? file->fd : vc_blob_fd(file->blob);
    reply->head.access = VC_ACCESS_READ;
    vc_view_describe(view, nullptr, file, reply);
    return VC_WASI_SUCCESS;
}

static uint32_t open_directory(const struct vc_view *view, const struct vc_place *place,
                               uint32_t flags, struct vc_view_reply *reply)
{
    if (!vc_view_may_know(view, place->path, true))
        return VC_WASI_ACCES;
    if ((flags & (VC_OPEN_CREATE | VC_OPEN_EXCLUSIVE)) == (VC_OPEN_CREATE | VC_OPEN_EXCLUSIVE))
        return VC_WASI_EXIST;
    if ((flags & (WRITES | VC_OPEN_CREATE)) != 0)
        return VC_WASI_ISDIR;
    vc_view_describe(view, place->node, nullptr, reply);
    reply->head.text_size = (uint32_t)strlen(place->path);
    return vc_view_errno(vc_buffer_append_text(&reply->tail, place->path, nullptr));
}

static uint32_t open_missing(struct vc_view *view, const struct vc_place *place, uint32_t flags,
                             struct vc_view_reply *reply)
{
    uint32_t failure;

    if (!may_open(view, place, flags))
        return VC_WASI_ACCES;
    if ((flags & VC_OPEN_CREATE) == 0)
        return VC_WASI_NOENT;
    if ((flags & VC_OPEN_DIRECTORY) != 0)
        return VC_WASI_INVAL;
    if (place->slash)
        return VC_WASI_ISDIR;
    failure = note_open(view, place, flags);
    return failure == VC_WASI_SUCCESS ? open_to_write(view, place, flags, reply) : failure;
}

static enum vc_resolve_follow following(uint32_t flags)
{
    if ((flags & VC_OPEN_CREATE) != 0 && (flags & VC_OPEN_EXCLUSIVE) != 0)
        return VC_FOLLOW_NEVER; /* a link is something that is there */
    return (flags & VC_CALL_FOLLOW) != 0 ? VC_FOLLOW_ALWAYS : VC_FOLLOW_SLASH;
}

uint32_t vc_view_open(struct vc_view *view, const struct vc_view_call *call,
                      struct vc_view_reply *reply)
{
    uint32_t flags = call->head.flags;
    bool exclusive = (flags & VC_OPEN_CREATE) != 0 && (flags & VC_OPEN_EXCLUSIVE) != 0;
    struct vc_place place;
    uint32_t failure = call->name[0] == '\0' ? VC_WASI_NOENT
                                             : vc_view_resolve(view, call->directory, call->name,
                                                               following(flags), &place);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (place.node == nullptr)
        return open_missing(view, &place, flags, reply);
    if (place.node->kind == VC_NODE_IS_DIRECTORY)
        return open_directory(view, &place, flags, reply);
    if (place.node->kind == VC_NODE_IS_LINK)
        return exclusive ? VC_WASI_EXIST : VC_WASI_LOOP;
    if (place.node->kind == VC_NODE_IS_STREAM)
        return vc_view_open_stream(view, &place, flags, reply);
    if (place.node->kind == VC_NODE_IS_TOLD)
        return vc_view_open_policy(view, &place, flags, reply);
    if (!may_open(view, &place, flags))
        return VC_WASI_ACCES;
    if ((flags & VC_OPEN_DIRECTORY) != 0)
        return VC_WASI_NOTDIR;
    if (exclusive)
        return VC_WASI_EXIST;
    failure = note_open(view, &place, flags);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((flags & WRITES) == 0)
        return open_to_read(view, &place, reply);
    return open_to_write(view, &place, flags, reply);
}
