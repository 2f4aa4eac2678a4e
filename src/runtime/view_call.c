/* SPDX-License-Identifier: MIT */

/* A worker's packets: from bytes to a call, from its places to canonical paths, and the answer. */

#include <string.h>

#include "base/reader.h"
#include "runtime/view_internal.h"

/* ---- parsing ---- */

/* Copies a text out of the packet. One with a NUL in it names nothing: *wasi_errno. */
static enum vc_code take_text(struct vc_reader *reader, uint32_t size, char out[VC_WORKER_PATH_MAX],
                              uint32_t *wasi_errno)
{
    struct vc_bytes text = vc_read_run(reader, size);

    if (reader->failed || size >= VC_WORKER_PATH_MAX)
        return VC_MALFORMED;
    if (size > 0)
        memcpy(out, text.data, size);
    out[size] = '\0';
    if (strlen(out) != size)
        *wasi_errno = VC_WASI_ILSEQ;
    return VC_OK;
}

/* A directory is one that the runtime has named, or a preopen of the policy: so it is canonical. */
static bool is_canonical(const char *directory)
{
    char canonical[VC_PATH_MAX];

    return vc_path_canonical(directory, canonical, nullptr) == VC_OK &&
           strcmp(canonical, directory) == 0;
}

static bool has_places(const struct vc_view_call *call)
{
    switch (call->head.call) {
    case VC_CALL_STAT_OPEN:
    case VC_CALL_TOUCH_OPEN:
        return call->directory[0] == '\0' && call->directory2[0] == '\0';
    case VC_CALL_RENAME:
    case VC_CALL_LINK:
        return is_canonical(call->directory) && is_canonical(call->directory2);
    default:
        return is_canonical(call->directory) && call->directory2[0] == '\0';
    }
}

static enum vc_code parse_call(struct vc_bytes packet, struct vc_view_call *call,
                               uint32_t *wasi_errno, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(packet);
    struct vc_bytes head = vc_read_run(&reader, sizeof(call->head));
    enum vc_code code;

    if (head.size != sizeof(call->head))
        return vc_fail(err, VC_MALFORMED, "worker: packet of %zu bytes", packet.size);
    memcpy(&call->head, head.data, sizeof(call->head));
    if (call->head.kind != VC_WORKER_CALL)
        return vc_fail(err, VC_MALFORMED, "worker: packet of kind %u", call->head.kind);
    code = take_text(&reader, call->head.directory_size, call->directory, wasi_errno);
    if (code == VC_OK)
        code = take_text(&reader, call->head.name_size, call->name, wasi_errno);
    if (code == VC_OK)
        code = take_text(&reader, call->head.directory2_size, call->directory2, wasi_errno);
    if (code == VC_OK)
        code = take_text(&reader, call->head.name2_size, call->name2, wasi_errno);
    if (code != VC_OK || !vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "worker: a call's places are not as long as it says");
    if (!has_places(call))
        return vc_fail(err, VC_MALFORMED, "worker: a call's directory is none");
    return VC_OK;
}

/* ---- places ---- */

static uint32_t errno_of_end(enum vc_resolve_end end)
{
    switch (end) {
    case VC_RESOLVED:
        return VC_WASI_SUCCESS;
    case VC_RESOLVE_MISSING:
        return VC_WASI_NOENT;
    case VC_RESOLVE_NOT_DIRECTORY:
        return VC_WASI_NOTDIR;
    case VC_RESOLVE_LOOP:
        return VC_WASI_LOOP;
    case VC_RESOLVE_OUTSIDE:
        return VC_WASI_NOTCAPABLE;
    case VC_RESOLVE_REFUSED:
        return VC_WASI_ACCES;
    case VC_RESOLVE_TOO_LONG:
        return VC_WASI_NAMETOOLONG;
    case VC_RESOLVE_ILL_FORMED:
        return VC_WASI_ILSEQ;
    }
    return VC_WASI_IO;
}

/* Where a link leads tells what is in it: that is for those who may read it. */
static bool may_follow(void *user, const struct vc_node *link)
{
    return link->made || vc_view_may(user, VC_RIGHT_READ, link->path);
}

uint32_t vc_view_resolve(const struct vc_view *view, const char *directory, const char *name,
                         enum vc_resolve_follow follow, struct vc_place *place)
{
    struct vc_resolve_query query = {
        .directory = directory,
        .name = name,
        .follow = follow,
        .may_follow = may_follow,
        .user = (void *)(uintptr_t)view, /* which the function only reads */
    };
    enum vc_resolve_end end = vc_tree_resolve(view->tree, &query, place);

    if (end == VC_RESOLVE_MISSING && !vc_view_may_know(view, place->path, false))
        return VC_WASI_ACCES;
    return errno_of_end(end);
}

bool vc_view_leads_elsewhere(const struct vc_view *view, const char *path)
{
    struct vc_place place;

    return path[1] != '\0' &&
           vc_view_resolve(view, "/", path + 1, VC_FOLLOW_ALWAYS, &place) == VC_WASI_SUCCESS &&
           strcmp(place.path, path) != 0;
}

uint32_t vc_view_errno(enum vc_code code)
{
    switch (code) {
    case VC_OK:
        return VC_WASI_SUCCESS;
    case VC_REFUSED:
        return VC_WASI_ACCES;
    case VC_NOT_FOUND:
        return VC_WASI_NOENT;
    case VC_LIMIT:
        return VC_WASI_NOSPC;
    case VC_MEMORY:
        return VC_WASI_NOMEM;
    case VC_STATE:
    case VC_MALFORMED:
    case VC_UNTRUSTED:
    case VC_CLOSED:
    case VC_HOST:
        break;
    }
    return VC_WASI_IO;
}

/* ---- answering ---- */

static const struct {
    uint32_t call;
    vc_view_answer_fn *answer;
} calls[] = {
    {VC_CALL_OPEN, vc_view_open},
    {VC_CALL_STAT, vc_view_stat},
    {VC_CALL_READDIR, vc_view_readdir},
    {VC_CALL_MKDIR, vc_view_mkdir},
    {VC_CALL_UNLINK, vc_view_unlink},
    {VC_CALL_RMDIR, vc_view_rmdir},
    {VC_CALL_RENAME, vc_view_rename},
    {VC_CALL_LINK, vc_view_link},
    {VC_CALL_SYMLINK, vc_view_symlink},
    {VC_CALL_READLINK, vc_view_readlink},
    {VC_CALL_SET_TIMES, vc_view_set_times},
    {VC_CALL_STAT_OPEN, vc_view_stat_open},
    {VC_CALL_TOUCH_OPEN, vc_view_touch_open},
};

static enum vc_code dispatch(struct vc_view *view, const struct vc_view_call *call,
                             struct vc_view_reply *reply, struct vc_err *err)
{
    for (size_t i = 0; i < VC_COUNT(calls); i++) {
        if (calls[i].call == call->head.call) {
            reply->head.wasi_errno = calls[i].answer(view, call, reply);
            return VC_OK;
        }
    }
    return vc_fail(err, VC_MALFORMED, "worker: unknown call %u", call->head.call);
}

enum vc_code vc_view_call(struct vc_view *view, struct vc_bytes packet, struct vc_buffer *answer,
                          int *fd, struct vc_err *err)
{
    struct vc_view_reply reply = {.head = {.kind = VC_WORKER_ANSWER}, .fd = -1};
    struct vc_view_call call = {};
    enum vc_code code = parse_call(packet, &call, &reply.head.wasi_errno, err);

    if (code == VC_OK && reply.head.wasi_errno == VC_WASI_SUCCESS)
        code = dispatch(view, &call, &reply, err);
    if (code == VC_OK && reply.head.wasi_errno != VC_WASI_SUCCESS) { /* then nothing else leaves */
        reply.head = (struct vc_worker_answer){.kind = VC_WORKER_ANSWER,
                                               .wasi_errno = reply.head.wasi_errno};
        reply.tail.size = 0;
        reply.fd = -1;
    }
    if (code == VC_OK)
        code = vc_buffer_append(answer, VC_BYTES_OF(reply.head), err);
    if (code == VC_OK)
        code = vc_buffer_append(answer, vc_buffer_bytes(&reply.tail), err);
    if (code == VC_OK)
        *fd = reply.fd;
    vc_buffer_done(&reply.tail);
    return code;
}
