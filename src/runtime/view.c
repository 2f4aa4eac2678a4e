/* SPDX-License-Identifier: MIT */

/* The life of a view: what the program may know of the tree, its standard streams, and how what it
 * changed becomes everybody's. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "runtime/view_internal.h"

const struct vc_policy_program *vc_view_program(const struct vc_view *view)
{
    return &view->policy->programs[view->who.index];
}

bool vc_view_may(const struct vc_view *view, unsigned rights, const char *path)
{
    for (unsigned right = VC_RIGHT_READ; right <= VC_RIGHT_DELETE; right <<= 1) {
        if ((rights & right) != 0 &&
            vc_force_decide(view->force, view->who, (enum vc_right)right, path, nullptr) == VC_OK)
            return true;
    }
    return false;
}

bool vc_view_may_know(const struct vc_view *view, const char *path, bool directory)
{
    static constexpr unsigned any =
        VC_RIGHT_READ | VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_LIST | VC_RIGHT_DELETE;

    /* the snapshot has the streams that are the program's, and the policy in force */
    if (vc_policy_is_of_streams(path) || vc_policy_is_of_force(path))
        return vc_tree_find(view->tree, path) != nullptr;
    return vc_view_may(view, any, path) ||
           (directory && vc_force_may_see(view->force, view->who, path));
}

/* The parts of the tree that the program's rights name, the directories that it finds open, its
 * streams, and the policy in force. */
static size_t known_parts(const struct vc_view *view, struct vc_tree_part *parts,
                          struct vc_view_stream_path *paths)
{
    const struct vc_policy_program *program = vc_view_program(view);
    size_t count = 0;

    for (size_t i = 0; i < view->policy->right_count; i++) {
        const struct vc_policy_right *right = &view->policy->rights[i];

        if (right->who.kind == view->who.kind && right->who.index == view->who.index) {
            parts[count++] =
                (struct vc_tree_part){right->path, right->tree ? VC_PART_TREE : VC_PART_NODE};
        }
    }
    for (size_t i = 0; i < program->preopen_count; i++)
        parts[count++] = (struct vc_tree_part){program->preopens[i].path, VC_PART_DIRECTORY};
    parts[count++] = vc_view_policy_part();
    return count + vc_view_stream_parts(view, parts + count, paths);
}

enum vc_code vc_view_new(const struct vc_force *force, size_t program, const struct vc_tree *tree,
                         struct vc_view **view, struct vc_err *err)
{
    const struct vc_policy *policy = vc_force_policy(force);
    vc_cleanup(vc_view_freep) struct vc_view *made = calloc(1, sizeof(*made));
    size_t most = policy->right_count + policy->programs[program].preopen_count;
    struct vc_tree_part *parts = calloc(most + policy->stream_count + 1, sizeof(*parts));
    struct vc_view_stream_path *paths = calloc(policy->stream_count + 1, sizeof(*paths));
    enum vc_code code;

    if (made == nullptr || parts == nullptr || paths == nullptr) {
        code = vc_fail_memory(err);
    } else {
        made->policy = policy;
        made->force = force;
        made->who = (struct vc_subject){VC_SUBJECT_PROGRAM, program};
        code = vc_view_grants_new(&made->grants, err);
    }
    if (code == VC_OK)
        code = vc_tree_snapshot(tree, parts, known_parts(made, parts, paths), &made->tree, err);
    free(paths);
    free(parts);
    if (code == VC_OK)
        *view = vc_take(made);
    return code;
}

void vc_view_set_origin(struct vc_view *view, uint64_t origin)
{
    vc_tree_set_origin(view->tree, origin);
}

void vc_view_free(struct vc_view *view)
{
    if (view == nullptr)
        return;
    vc_view_files_free(view);
    vc_view_grants_free(view->grants);
    free(view->listing.nodes);
    vc_blob_unref(view->told);
    vc_tree_free(view->tree);
    free(view);
}

/* The policy gave the program this right; it may have been narrowed away. */
static enum vc_code take_standard(const struct vc_view *view, enum vc_right right, const char *path,
                                  struct vc_err *err)
{
    enum vc_code code = vc_force_decide(view->force, view->who, right, path, err);

    if (code == VC_OK && vc_view_note(view, right, path) != VC_WASI_SUCCESS)
        code = vc_fail_memory(err);
    return code;
}

enum vc_code vc_view_open_input(struct vc_view *view, const char *path, int *fd, struct vc_err *err)
{
    const struct vc_node *node = vc_tree_find(view->tree, path);
    enum vc_code code = take_standard(view, VC_RIGHT_READ, path, err);

    if (code != VC_OK)
        return code;
    if (node == nullptr || node->kind != VC_NODE_IS_FILE || node->blob == nullptr)
        return vc_fail(err, VC_NOT_FOUND, "%s: no such file", path);
    *fd = vc_blob_fd(node->blob);
    return VC_OK;
}

enum vc_code vc_view_open_output(struct vc_view *view, const char *path, int *fd,
                                 struct vc_err *err)
{
    const struct vc_node *node = vc_tree_find(view->tree, path);
    struct vc_view_file *file = nullptr;
    enum vc_code code = take_standard(view, VC_RIGHT_WRITE, path, err);

    if (code != VC_OK)
        return code;
    if (node != nullptr && node->kind == VC_NODE_IS_FILE) {
        code = vc_view_file_of(view, node, &file, err);
        if (code == VC_OK && file->fd < 0)
            code = vc_view_file_write(view, file, VC_START_EMPTY, err);
    } else {
        code = vc_view_file_create(view, path, &file, err);
    }
    if (code == VC_OK)
        *fd = file->fd;
    return code;
}

uint32_t vc_view_limits_met(const struct vc_view *view)
{
    return view->met;
}

/* ---- the end ---- */

/* By how much what has a name has grown. */
static uint64_t growth(const struct vc_view *view)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < VC_VIEW_BUCKETS; i++) {
        for (const struct vc_view_file *file = view->files[i]; file != nullptr; file = file->next) {
            uint64_t size = file->fd >= 0 && file->links > 0 ? vc_view_file_size(file) : 0;

            sum += size > file->size ? size - file->size : 0;
        }
    }
    return sum;
}

/* What was written becomes a blob; with what stood before it. */
static enum vc_code seal(const struct vc_view *view, struct vc_view_file *file, struct vc_err *err)
{
    vc_cleanup(vc_blob_unrefp) struct vc_blob *added = nullptr;
    enum vc_code code;

    if (file->fd < 0)
        return VC_OK;
    file->times = vc_view_file_times(file);
    code = vc_blob_adopt(vc_take_fd(file->fd), &added, err);
    if (code != VC_OK)
        return code;
    vc_blob_unref(file->blob);
    file->blob = nullptr;
    if (file->base == nullptr) {
        file->blob = vc_take(added);
        return VC_OK;
    }
    return vc_blob_join(file->base, added, view->policy->storage.file_bytes, &file->blob, err);
}

struct settling {
    struct vc_view *view;
    enum vc_code code;
    struct vc_err *err;
};

/* Gives a node of the snapshot what is known of its file. */
static bool settle(void *user, const struct vc_node *node)
{
    struct settling *settling = user;
    struct vc_view_file *file = vc_view_file_find(settling->view, node->inode);
    bool written;

    if (file == nullptr)
        return true;
    written = file->fd >= 0 || (node->kind == VC_NODE_IS_FILE && node->blob != file->blob);
    settling->code = seal(settling->view, file, settling->err);
    if (settling->code != VC_OK)
        return false;
    if (written)
        vc_tree_amend(settling->view->tree, node->path, file->blob);
    if (written || file->touched)
        vc_tree_set_times(settling->view->tree, node->path, &file->times);
    return true;
}

enum vc_code vc_view_commit(struct vc_view *view, struct vc_tree *tree, struct vc_err *err)
{
    uint64_t most = vc_force_limits(view->force, view->who.index).output_bytes;
    struct settling settling = {.view = view, .code = VC_OK, .err = err};

    if (growth(view) > most) {
        view->met |= VC_RUN_LIMIT_OUTPUT;
        /* by how much is for the program to choose, and not told */
        return vc_fail(err, VC_LIMIT, "limits.output_bytes: more than %ju", (uintmax_t)most);
    }
    (void)vc_tree_walk(view->tree, "/", settle, &settling);
    if (settling.code != VC_OK)
        return vc_view_tree_said(view, settling.code);
    return vc_view_tree_said(view, vc_tree_merge(tree, view->tree, err));
}
