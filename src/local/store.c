/* SPDX-License-Identifier: MIT */

/* What a run changed in a tree, brought back into its folder. */

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "local/folder_internal.h"

/* Less what umask takes. */
static constexpr mode_t NEW_FILE = 0666;
static constexpr mode_t NEW_FOLDER = 0777;

struct store {
    const struct vc_folder *folder;
    const struct vc_tree *tree;
    struct vc_folder_rows now; /* what stands in the tree */
    vc_folder_may *may;
    void *user;
};

/* ---- what stands in the tree ---- */

struct collect {
    struct store *store;
    enum vc_code code;
    struct vc_err *err;
};

static bool collect_node(void *user, const struct vc_node *node)
{
    struct collect *collect = user;

    if (vc_folder_relative(collect->store->folder, node->path)[0] != '\0')
        collect->code = vc_folder_rows_add(&collect->store->now, node, collect->err);
    return collect->code == VC_OK;
}

static enum vc_code collect_all(struct store *store, struct vc_err *err)
{
    struct collect collect = {.store = store, .err = err};
    const char *base = store->folder->base;

    (void)vc_tree_walk(store->tree, base[0] != '\0' ? base : "/", collect_node, &collect);
    vc_folder_rows_sort(&store->now);
    return collect.code;
}

/* ---- the folder ---- */

static enum vc_code fail_at(const struct store *store, const char *path, const char *what,
                            struct vc_err *err)
{
    return vc_fail_host(err, "%s/%s: %s", store->folder->host,
                        vc_folder_relative(store->folder, path), what);
}

/* The directory that holds what stands at this path; no link is followed. */
static int open_parent(const struct store *store, const char *path)
{
    char parent[VC_PATH_MAX];

    vc_path_parent(path, parent);
    return vc_folder_open_within(store->folder, vc_folder_relative(store->folder, parent),
                                 O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
}

static enum vc_code remove_row(const struct store *store, const struct vc_folder_row *row,
                               struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int parent = open_parent(store, row->path);

    if (parent < 0)
        return fail_at(store, row->path, "removing", err);
    if (unlinkat(parent, vc_path_name(row->path),
                 row->kind == VC_NODE_IS_DIRECTORY ? AT_REMOVEDIR : 0) != 0 &&
        errno != ENOENT)
        return fail_at(store, row->path, "removing", err);
    return VC_OK;
}

static enum vc_code make_directory(const struct store *store, const char *path, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int parent = open_parent(store, path);
    struct stat status;

    if (parent < 0)
        return fail_at(store, path, "making the directory", err);
    if (mkdirat(parent, vc_path_name(path), NEW_FOLDER) == 0)
        return VC_OK;
    if (errno != EEXIST)
        return fail_at(store, path, "making the directory", err);
    if (fstatat(parent, vc_path_name(path), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_at(store, path, "fstatat", err);
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return fail_at(store, path, "making the directory", err);
    }
    return VC_OK;
}

/* The directories above a path, from the folder on. */
static enum vc_code make_parents(const struct store *store, const char *path, struct vc_err *err)
{
    char above[VC_PATH_MAX];
    size_t begin = strlen(store->folder->base) + 1;
    enum vc_code code = VC_OK;

    memcpy(above, path, strlen(path) + 1);
    for (char *slash = strchr(above + begin, '/'); code == VC_OK && slash != nullptr;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        code = make_directory(store, above, err);
        *slash = '/';
    }
    return code;
}

static enum vc_code write_content(int file, struct vc_blob *blob, struct vc_err *err)
{
    struct vc_bytes bytes;
    enum vc_code code = vc_blob_bytes(blob, &bytes, err);

    return code == VC_OK ? vc_fd_write_all(file, bytes, err) : code;
}

/* A new file beside the old one, with the old one's mode. */
static enum vc_code make_file(const struct store *store, const struct vc_folder_row *row,
                              int parent, const char *beside, struct vc_err *err)
{
    struct stat old;
    bool replaces = fstatat(parent, vc_path_name(row->path), &old, AT_SYMLINK_NOFOLLOW) == 0 &&
                    S_ISREG(old.st_mode);
    mode_t mode = replaces ? old.st_mode & 0777 : NEW_FILE; /* from the first byte on */
    vc_cleanup(vc_fd_closep) int file =
        openat(parent, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    enum vc_code code;

    if (file < 0)
        return fail_at(store, row->path, "writing", err);
    code = write_content(file, row->blob, err);
    if (code == VC_OK && replaces && fchmod(file, mode) != 0) /* with what umask took */
        code = fail_at(store, row->path, "mode", err);
    return code;
}

/* Whoever looks sees the old file or link, or the new one. */
static enum vc_code replace(const struct store *store, const struct vc_folder_row *row, int parent,
                            struct vc_err *err)
{
    char beside[64];
    enum vc_code code = VC_OK;

    (void)snprintf(beside, sizeof(beside), ".veracruz-%jd.part", (intmax_t)getpid());
    if (row->kind == VC_NODE_IS_FILE) {
        code = make_file(store, row, parent, beside, err);
    } else if (symlinkat(row->target, parent, beside) != 0) {
        code = fail_at(store, row->path, "making the link", err);
    }
    if (code == VC_OK && renameat(parent, beside, parent, vc_path_name(row->path)) != 0)
        code = fail_at(store, row->path, "writing", err);
    if (code != VC_OK)
        (void)unlinkat(parent, beside, 0);
    return code;
}

static enum vc_code store_entry(const struct store *store, const struct vc_folder_row *row,
                                struct vc_err *err)
{
    enum vc_code code = make_parents(store, row->path, err);

    if (code != VC_OK)
        return code;
    vc_cleanup(vc_fd_closep) int parent = open_parent(store, row->path);

    if (parent < 0)
        return fail_at(store, row->path, "writing", err);
    return replace(store, row, parent, err);
}

/* ---- the difference ---- */

static bool same_kind(const struct vc_folder_row *a, const struct vc_folder_row *b)
{
    return a != nullptr && (a->kind == VC_NODE_IS_DIRECTORY) == (b->kind == VC_NODE_IS_DIRECTORY);
}

static bool same(const struct vc_folder_row *a, const struct vc_folder_row *b)
{
    return a != nullptr && a->kind == b->kind && a->blob == b->blob &&
           (a->target == nullptr || strcmp(a->target, b->target) == 0);
}

/* Is this to be written? */
static bool is_new(const struct store *store, const struct vc_folder_row *row)
{
    return !same(vc_folder_rows_find(&store->folder->rows, row->path), row) &&
           store->may(store->user, row->path, false);
}

/* Within the tree a link leads nowhere else, whatever its text; in the folder it would. */
static enum vc_code check_links(const struct store *store, struct vc_err *err)
{
    for (size_t i = 0; i < store->now.count; i++) {
        const struct vc_folder_row *row = &store->now.rows[i];

        if (row->kind == VC_NODE_IS_LINK && is_new(store, row) &&
            !vc_folder_link_stays(store->folder, row->path, row->target)) {
            return vc_fail(err, VC_REFUSED,
                           "%s/%s: the program made a link that leads out of the "
                           "folder; nothing was written",
                           store->folder->host, vc_folder_relative(store->folder, row->path));
        }
    }
    return VC_OK;
}

/* What is gone, or is of another kind now; what lies below a directory before itself. */
static enum vc_code remove_gone(const struct store *store, struct vc_err *err)
{
    const struct vc_folder_rows *before = &store->folder->rows;
    enum vc_code code = VC_OK;

    for (size_t i = before->count; code == VC_OK && i > 0; i--) {
        const struct vc_folder_row *row = &before->rows[i - 1];

        if (!same_kind(vc_folder_rows_find(&store->now, row->path), row) &&
            store->may(store->user, row->path, true))
            code = remove_row(store, row, err);
    }
    return code;
}

static enum vc_code store_new(const struct store *store, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < store->now.count; i++) {
        const struct vc_folder_row *row = &store->now.rows[i];

        if (!is_new(store, row))
            continue;
        if (row->kind != VC_NODE_IS_DIRECTORY) {
            code = store_entry(store, row, err);
            continue;
        }
        code = make_parents(store, row->path, err);
        if (code == VC_OK)
            code = make_directory(store, row->path, err);
    }
    return code;
}

enum vc_code vc_folder_store(struct vc_folder *folder, const struct vc_tree *tree,
                             vc_folder_may *may, void *user, struct vc_err *err)
{
    struct store store = {.folder = folder, .tree = tree, .may = may, .user = user};
    enum vc_code code = collect_all(&store, err);

    if (code == VC_OK)
        code = check_links(&store, err);
    if (code == VC_OK)
        code = remove_gone(&store, err);
    if (code == VC_OK)
        code = store_new(&store, err);
    vc_folder_rows_done(&store.now);
    return code;
}
