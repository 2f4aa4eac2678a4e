/* SPDX-License-Identifier: MIT */

/* "/veracruz/policy.json": what a run finds there, and OPEN and STAT of it. Nothing else of it can
 * be changed, because no right to a file reaches there. And the files that a run can be told of. */

#include <string.h>

#include "policy/query.h"
#include "runtime/origin.h"
#include "runtime/view_internal.h"

void vc_view_set_policy(struct vc_view *view, vc_view_policy_fn *tell, void *user)
{
    view->tell_policy = tell;
    view->policy_user = user;
}

struct vc_tree_part vc_view_policy_part(void)
{
    return (struct vc_tree_part){VC_POLICY_FORCE_PATH, VC_PART_TOLD};
}

/* ---- the file ---- */

static enum vc_code draft(struct vc_bytes content, struct vc_blob **blob)
{
    struct vc_draft *draft = nullptr;
    enum vc_code code = vc_draft_new(content.size, &draft, nullptr);

    if (code != VC_OK)
        return code;
    code = vc_draft_add(draft, content, nullptr);
    if (code != VC_OK) {
        vc_draft_free(draft);
        return code;
    }
    return vc_draft_finish(draft, blob, nullptr);
}

/* As it is now: kept until it is asked for again. */
static uint32_t tell(struct vc_view *view)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    struct vc_blob *blob = nullptr;
    enum vc_code code;

    if (view->tell_policy == nullptr)
        return VC_WASI_IO;
    code = view->tell_policy(view->policy_user, &json, nullptr);
    if (code == VC_LIMIT)
        return VC_WASI_FBIG;
    if (code == VC_OK)
        code = draft(vc_buffer_bytes(&json), &blob);
    if (code == VC_LIMIT) /* descriptors of the container */
        return VC_WASI_NFILE;
    if (code != VC_OK)
        return vc_view_errno(code);
    vc_blob_unref(view->told);
    view->told = blob;
    return VC_WASI_SUCCESS;
}

uint32_t vc_view_describe_policy(struct vc_view *view, const struct vc_node *node,
                                 struct vc_view_reply *reply)
{
    uint32_t failure = tell(view);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    vc_view_describe(view, node, nullptr, reply);
    reply->head.size = vc_blob_size(view->told);
    return VC_WASI_SUCCESS;
}

uint32_t vc_view_open_policy(struct vc_view *view, const struct vc_place *place, uint32_t flags,
                             struct vc_view_reply *reply)
{
    uint32_t failure;

    if ((flags & VC_OPEN_DIRECTORY) != 0)
        return VC_WASI_NOTDIR;
    if ((flags & VC_OPEN_CREATE) != 0 && (flags & VC_OPEN_EXCLUSIVE) != 0)
        return VC_WASI_EXIST;
    if ((flags & (VC_OPEN_WRITE | VC_OPEN_TRUNCATE | VC_OPEN_APPEND)) != 0)
        return VC_WASI_ACCES;
    failure = vc_view_describe_policy(view, place->node, reply);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    reply->head.access = VC_ACCESS_READ;
    reply->fd = vc_blob_fd(view->told);
    return VC_WASI_SUCCESS;
}

const struct vc_node *vc_view_find_policy(const struct vc_view *view, uint64_t inode)
{
    const struct vc_node *node = vc_tree_find(view->tree, VC_POLICY_FORCE_PATH);

    return node != nullptr && node->kind == VC_NODE_IS_TOLD && node->inode == inode ? node
                                                                                    : nullptr;
}

/* ---- files ---- */

struct telling {
    const struct vc_view *view;
    bool (*visit)(void *visitor, const struct vc_query_input *input);
    void *visitor;
};

/* What the run itself has put there, or begun to write, is its own. */
static struct vc_origin origin_of(const struct vc_view *view, const struct vc_node *node)
{
    if (node->made || vc_view_writes(view, node))
        return (struct vc_origin){.known = true, .who = view->who};
    return vc_origin_read(node->origin);
}

static bool tell_file(void *user, const struct vc_node *node)
{
    const struct telling *telling = user;
    const struct vc_view_file *file = vc_view_file_find(telling->view, node->inode);
    struct vc_origin origin = origin_of(telling->view, node);
    struct vc_query_input input = {.path = node->path, .known = origin.known, .from = origin.who};

    if (node->kind != VC_NODE_IS_FILE)
        return true;
    if (file != nullptr) {
        input.bytes = vc_view_file_size(file);
    } else if (node->blob != nullptr) {
        input.bytes = vc_blob_size(node->blob);
    }
    return telling->visit(telling->visitor, &input);
}

void vc_view_each_file(const struct vc_view *view,
                       bool (*visit)(void *visitor, const struct vc_query_input *input),
                       void *visitor)
{
    struct telling telling = {view, visit, visitor};

    (void)vc_tree_walk(view->tree, "/", tell_file, &telling);
}
