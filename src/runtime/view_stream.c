/* SPDX-License-Identifier: MIT */

/* "/stream": what a run finds there, and OPEN of it. Nothing else of it can be changed, because no
 * right to a file reaches there. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/view_internal.h"

static_assert(sizeof(VC_POLICY_STREAMS_PATH) + 1 + VC_POLICY_NAME_MAX <= VC_VIEW_STREAM_PATH_MAX);

bool vc_view_has_end(const struct vc_force *force, struct vc_subject who, size_t stream)
{
    size_t consumer;

    return vc_force_decide_produce(force, who, stream, nullptr) == VC_OK ||
           vc_force_decide_consume(force, who, stream, &consumer, nullptr) == VC_OK;
}

size_t vc_view_stream_parts(const struct vc_view *view, struct vc_tree_part *parts,
                            struct vc_view_stream_path *paths)
{
    const struct vc_policy *policy = view->policy;
    size_t count = 0;

    for (size_t i = 0; i < policy->stream_count; i++) {
        if (!vc_view_has_end(view->force, view->who, i))
            continue;
        (void)snprintf(paths[count].text, sizeof(paths[count].text), "%s/%s",
                       VC_POLICY_STREAMS_PATH, policy->streams[i].name);
        parts[count] = (struct vc_tree_part){paths[count].text, VC_PART_STREAM};
        count++;
    }
    return count;
}

void vc_view_set_streams(struct vc_view *view, vc_view_stream_fn *open, void *user)
{
    view->open_stream = open;
    view->streams_user = user;
}

bool vc_view_may_list(const struct vc_view *view, const char *directory)
{
    if (vc_policy_is_of_streams(directory) || vc_policy_is_of_force(directory))
        return vc_view_may_know(view, directory, true);
    return vc_view_may(view, VC_RIGHT_LIST, directory);
}

/* Why a stream cannot be opened, as the program sees it. */
static uint32_t errno_of_open(enum vc_code code)
{
    switch (code) {
    case VC_STATE:
        return VC_WASI_BUSY;
    case VC_CLOSED:
        return VC_WASI_CONNRESET;
    case VC_LIMIT:
        return VC_WASI_NFILE;
    case VC_OK:
    case VC_MALFORMED:
    case VC_REFUSED:
    case VC_UNTRUSTED:
    case VC_NOT_FOUND:
    case VC_MEMORY:
    case VC_HOST:
        break;
    }
    return vc_view_errno(code);
}

uint32_t vc_view_open_stream(struct vc_view *view, const struct vc_place *place, uint32_t flags,
                             struct vc_view_reply *reply)
{
    bool writes = (flags & (VC_OPEN_WRITE | VC_OPEN_TRUNCATE | VC_OPEN_APPEND)) != 0;
    struct vc_view_stream opened = {.fd = -1};
    size_t stream;
    enum vc_code code;

    if ((flags & VC_OPEN_DIRECTORY) != 0)
        return VC_WASI_NOTDIR;
    if ((flags & VC_OPEN_CREATE) != 0 && (flags & VC_OPEN_EXCLUSIVE) != 0)
        return VC_WASI_EXIST;
    if (writes && (flags & VC_OPEN_READ) != 0) /* nobody has both ends */
        return VC_WASI_ACCES;
    if (view->open_stream == nullptr || !vc_policy_stream_at(view->policy, place->path, &stream))
        return VC_WASI_IO;
    code = view->open_stream(view->streams_user, stream, writes, &opened, nullptr);
    if (code != VC_OK)
        return errno_of_open(code);
    vc_view_describe(view, place->node, nullptr, reply);
    reply->fd = opened.fd;
    reply->head.slot = opened.slot;
    reply->head.window_bytes = opened.window_bytes;
    return VC_WASI_SUCCESS;
}
