/* SPDX-License-Identifier: MIT */

#include "local/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "local/content.h"
#include "local/folder_internal.h"

static constexpr size_t ROWS_FIRST = 64;            /* capacity of a list that begins */
static constexpr size_t ROWS_MAX = (size_t)1 << 20; /* beyond what any quota lets in */

/* ---- rows ---- */

static enum vc_code reserve_row(struct vc_folder_rows *rows, struct vc_err *err)
{
    size_t capacity = rows->capacity == 0 ? ROWS_FIRST : 2 * rows->capacity;
    struct vc_folder_row *grown;

    if (rows->count < rows->capacity)
        return VC_OK;
    grown = capacity <= ROWS_MAX ? reallocarray(rows->rows, capacity, sizeof(*grown)) : nullptr;
    if (grown == nullptr)
        return vc_fail_memory(err);
    rows->rows = grown;
    rows->capacity = capacity;
    return VC_OK;
}

enum vc_code vc_folder_rows_add(struct vc_folder_rows *rows, const struct vc_node *node,
                                struct vc_err *err)
{
    struct vc_folder_row *row;
    enum vc_code code = reserve_row(rows, err);

    if (code != VC_OK)
        return code;
    row = &rows->rows[rows->count++];
    *row = (struct vc_folder_row){.path = strdup(node->path), .kind = node->kind};
    if (node->blob != nullptr)
        row->blob = vc_blob_ref(node->blob);
    if (node->target != nullptr)
        row->target = strdup(node->target);
    if (row->path == nullptr || (node->target != nullptr && row->target == nullptr))
        return vc_fail_memory(err);
    return VC_OK;
}

static int compare_rows(const void *a, const void *b)
{
    const struct vc_folder_row *first = a;
    const struct vc_folder_row *second = b;

    return strcmp(first->path, second->path);
}

void vc_folder_rows_sort(struct vc_folder_rows *rows)
{
    if (rows->count > 0)
        qsort(rows->rows, rows->count, sizeof(*rows->rows), compare_rows);
}

static int compare_path(const void *path, const void *row)
{
    return strcmp(path, ((const struct vc_folder_row *)row)->path);
}

const struct vc_folder_row *vc_folder_rows_find(const struct vc_folder_rows *rows, const char *path)
{
    return rows->count == 0
               ? nullptr
               : bsearch(path, rows->rows, rows->count, sizeof(*rows->rows), compare_path);
}

void vc_folder_rows_done(struct vc_folder_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        free(rows->rows[i].path);
        vc_blob_unref(rows->rows[i].blob);
        free(rows->rows[i].target);
    }
    free(rows->rows);
    *rows = (struct vc_folder_rows){};
}

/* ---- the folder ---- */

enum vc_code vc_folder_open(const char *host, const char *base, struct vc_folder **folder,
                            struct vc_err *err)
{
    vc_cleanup(vc_folder_freep) struct vc_folder *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->fd = open(host, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (made->fd < 0) {
        return errno == ENOENT ? vc_fail(err, VC_NOT_FOUND, "%s: no such folder", host)
                               : vc_fail_host(err, "%s", host);
    }
    made->host = strdup(host);
    made->base = strdup(strcmp(base, "/") == 0 ? "" : base);
    if (made->host == nullptr || made->base == nullptr)
        return vc_fail_memory(err);
    *folder = vc_take(made);
    return VC_OK;
}

void vc_folder_free(struct vc_folder *folder)
{
    if (folder == nullptr)
        return;
    vc_fd_closep(&folder->fd);
    vc_folder_rows_done(&folder->rows);
    free(folder->host);
    free(folder->base);
    free(folder);
}

const char *vc_folder_relative(const struct vc_folder *folder, const char *path)
{
    const char *rest = path + strlen(folder->base);

    return *rest == '/' ? rest + 1 : rest;
}

bool vc_folder_link_stays(const struct vc_folder *folder, const char *path, const char *target)
{
    size_t depth = 0; /* of the directory that the link stands in */
    bool down = false;

    for (const char *c = vc_folder_relative(folder, path); *c != '\0'; c++)
        depth += *c == '/';
    if (target[0] == '/')
        return false;
    /* Above real directories it may climb; above what it came down to, perhaps by a link, not. */
    for (const char *name = target; *name != '\0'; name += strspn(name, "/")) {
        size_t size = strcspn(name, "/");

        if (size == 2 && memcmp(name, "..", 2) == 0) {
            if (down || depth-- == 0)
                return false;
        } else if (size != 1 || name[0] != '.') {
            down = true;
        }
        name += size;
    }
    return true;
}

int vc_folder_open_within(const struct vc_folder *folder, const char *relative, uint64_t flags,
                          uint64_t resolve)
{
    struct open_how how = {.flags = flags | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve};

    return (int)syscall(SYS_openat2, folder->fd, relative[0] != '\0' ? relative : ".", &how,
                        sizeof(how));
}

/* ---- loading ---- */

struct load {
    struct vc_folder *folder;
    const struct vc_folder_guard *guard;
    struct vc_tree *tree;
};

/* What went wrong when a name within the folder was opened. */
static enum vc_code fail_open(struct vc_err *err)
{
    if (errno == EXDEV)
        return vc_fail(err, VC_REFUSED, "a link that leads out of the folder");
    if (errno == ELOOP)
        return vc_fail(err, VC_REFUSED, "a link that leads nowhere");
    if (errno == ENOENT)
        return vc_fail(err, VC_NOT_FOUND, "a link to nothing, or just gone");
    return vc_fail_host(err, "opening");
}

/* Notes what now stands at this path. */
static enum vc_code note(const struct load *load, const char *path, struct vc_err *err)
{
    return vc_folder_rows_add(&load->folder->rows, vc_tree_find(load->tree, path), err);
}

static enum vc_code load_file(const struct load *load, const char *path, struct vc_err *err)
{
    const struct vc_folder_guard *guard = load->guard;
    vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = nullptr;
    vc_cleanup(vc_fd_closep) int file = vc_folder_open_within(
        load->folder, vc_folder_relative(load->folder, path), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    struct stat status;
    enum vc_code code;

    if (file < 0)
        return fail_open(err);
    if (fstat(file, &status) != 0)
        return vc_fail_host(err, "fstat");
    if (S_ISDIR(status.st_mode))
        return vc_fail(err, VC_REFUSED, "a link to a directory; only links to files are followed");
    if (!S_ISREG(status.st_mode))
        return vc_fail(err, VC_REFUSED, "neither a file nor a directory");
    code = vc_tree_check_put(load->tree, path, (uint64_t)status.st_size, err);
    if (code == VC_OK)
        code = vc_content_read(file, (uint64_t)status.st_size, &blob, err);
    if (code == VC_OK && guard->check != nullptr)
        code = guard->check(guard->user, path, blob, err);
    if (code == VC_OK)
        code = vc_tree_put(load->tree, path, blob, err);
    return code == VC_OK ? note(load, path, err) : code;
}

/* A link as such. Where it leads is not looked at, only that it could not lead out. */
static enum vc_code load_link(const struct load *load, const char *path, struct vc_err *err)
{
    char target[VC_TREE_TARGET_MAX + 2];
    vc_cleanup(vc_fd_closep) int link = vc_folder_open_within(
        load->folder, vc_folder_relative(load->folder, path), O_PATH | O_NOFOLLOW, 0);
    ssize_t size = link < 0 ? -1 : readlinkat(link, "", target, sizeof(target) - 1);
    enum vc_code code;

    if (size < 0)
        return vc_fail_host(err, "reading the link");
    if ((size_t)size > VC_TREE_TARGET_MAX)
        return vc_fail(err, VC_LIMIT, "a link of more than %zu bytes", VC_TREE_TARGET_MAX);
    target[size] = '\0';
    if (!vc_folder_link_stays(load->folder, path, target))
        return vc_fail(err, VC_REFUSED, "a link that leads out of the folder");
    code = vc_tree_put_link(load->tree, path, target, err);
    return code == VC_OK ? note(load, path, err) : code;
}

static bool keeps_link(const struct vc_folder_guard *guard, const char *path)
{
    return guard->keeps_link != nullptr && guard->keeps_link(guard->user, path);
}

static enum vc_code load_directory(const struct load *load, const char *path, struct vc_err *err);

/* One entry of a directory. */
static enum vc_code load_entry(const struct load *load, const char *path, unsigned char kind,
                               struct vc_err *err)
{
    const struct vc_folder_guard *guard = load->guard;
    bool directory = kind == DT_DIR;
    enum vc_code code;

    if (guard->wanted != nullptr && !guard->wanted(guard->user, path, directory))
        return VC_OK;
    if (kind != DT_DIR && kind != DT_REG && kind != DT_LNK) {
        return vc_fail(err, VC_REFUSED, "%s/%s: neither a file nor a directory", load->folder->host,
                       vc_folder_relative(load->folder, path));
    }
    if (directory)
        return load_directory(load, path, err);
    code = kind == DT_LNK && keeps_link(guard, path) ? load_link(load, path, err)
                                                     : load_file(load, path, err);
    return code == VC_OK ? VC_OK
                         : vc_fail_in(err, code, "%s/%s", load->folder->host,
                                      vc_folder_relative(load->folder, path));
}

/* Some file systems leave the kind to be asked for. */
static unsigned char kind_of(int directory, const struct dirent *entry)
{
    struct stat status;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type;
    if (fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return DT_UNKNOWN;
    return (unsigned char)IFTODT(status.st_mode);
}

/* The canonical path of a name in a directory, which must be what was written. */
static enum vc_code join(const char *directory, const char *name, char path[VC_PATH_MAX],
                         struct vc_err *err)
{
    char text[VC_PATH_MAX + NAME_MAX + 2];
    enum vc_code code;

    (void)snprintf(text, sizeof(text), "%s/%s", directory, name);
    code = vc_path_canonical(text, path, err);
    if (code == VC_OK && strcmp(text, path) != 0)
        code = vc_fail(err, VC_MALFORMED, "a name that no path can have");
    return code;
}

static int select_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* the same in every language */
}

static enum vc_code load_entries(const struct load *load, const char *path, int directory,
                                 struct vc_err *err)
{
    const char *own = strcmp(path, "/") == 0 ? "" : path;
    struct dirent **entries = nullptr;
    int count = scandirat(directory, ".", &entries, select_entry, compare_entries);
    enum vc_code code = VC_OK;

    if (count < 0)
        return vc_fail_host(err, "%s%s: reading", load->folder->host, own);
    for (int i = 0; i < count; i++) {
        char below[VC_PATH_MAX];

        if (code == VC_OK) {
            code = join(own, entries[i]->d_name, below, err);
            if (code != VC_OK) {
                code = vc_fail_in(err, code, "%s/%s", load->folder->host,
                                  vc_folder_relative(load->folder, path));
            }
        }
        if (code == VC_OK)
            code = load_entry(load, below, kind_of(directory, entries[i]), err);
        free(entries[i]);
    }
    free((void *)entries);
    return code;
}

/* No deeper than a path can be. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static enum vc_code load_directory(const struct load *load, const char *path, struct vc_err *err)
{
    const char *relative = vc_folder_relative(load->folder, path);
    vc_cleanup(vc_fd_closep) int directory =
        vc_folder_open_within(load->folder, relative, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
    enum vc_code code = VC_OK;

    if (directory < 0)
        return vc_fail_host(err, "%s/%s", load->folder->host, relative);
    if (vc_tree_find(load->tree, path) == nullptr)
        code = vc_tree_make_directory(load->tree, path, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s/%s", load->folder->host, relative);
    code = relative[0] != '\0' ? note(load, path, err) : VC_OK;
    return code == VC_OK ? load_entries(load, path, directory, err) : code;
}

enum vc_code vc_folder_load(struct vc_folder *folder, const struct vc_folder_guard *guard,
                            struct vc_tree *tree, struct vc_err *err)
{
    struct load load = {.folder = folder, .guard = guard, .tree = tree};
    enum vc_code code = load_directory(&load, folder->base[0] != '\0' ? folder->base : "/", err);

    vc_folder_rows_sort(&folder->rows);
    return code;
}
