/* SPDX-License-Identifier: MIT */

/* The files that a run has opened or changed, by their inodes: so what is renamed stays the same
 * file, several names are one file, and what was removed is still there for who holds it open. */

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "runtime/view_internal.h"

static constexpr uint64_t NS_PER_S = 1000000000;

struct vc_view_file *vc_view_file_find(const struct vc_view *view, uint64_t inode)
{
    struct vc_view_file *file = view->files[inode % VC_VIEW_BUCKETS];

    while (file != nullptr && file->inode != inode)
        file = file->next;
    return file;
}

enum vc_code vc_view_file_of(struct vc_view *view, const struct vc_node *node,
                             struct vc_view_file **file, struct vc_err *err)
{
    struct vc_view_file **bucket = &view->files[node->inode % VC_VIEW_BUCKETS];
    struct vc_view_file *made = vc_view_file_find(view, node->inode);

    if (made == nullptr) {
        made = malloc(sizeof(*made));
        if (made == nullptr)
            return vc_fail_memory(err);
        *made = (struct vc_view_file){.inode = node->inode,
                                      .kind = node->kind,
                                      .links = 1,
                                      .fd = -1,
                                      .blob = vc_blob_ref(node->blob),
                                      .times = node->times,
                                      .next = *bucket};
        *bucket = made;
    }
    *file = made;
    return VC_OK;
}

static void file_free(struct vc_view_file *file)
{
    vc_fd_closep(&file->fd);
    vc_blob_unref(file->base);
    vc_blob_unref(file->blob);
    free(file);
}

void vc_view_files_free(struct vc_view *view)
{
    for (size_t i = 0; i < VC_VIEW_BUCKETS; i++) {
        while (view->files[i] != nullptr) {
            struct vc_view_file *file = view->files[i];

            view->files[i] = file->next;
            file_free(file);
        }
    }
}

bool vc_view_writes(const struct vc_view *view, const struct vc_node *node)
{
    const struct vc_view_file *file =
        node != nullptr ? vc_view_file_find(view, node->inode) : nullptr;

    return file != nullptr && file->fd >= 0;
}

bool vc_view_wrote_all(const struct vc_view *view, const struct vc_node *node)
{
    return vc_view_writes(view, node) && vc_view_file_find(view, node->inode)->base == nullptr;
}

enum vc_code vc_view_charge(struct vc_view *view, struct vc_err *err)
{
    uint32_t most = vc_force_limits(view->force, view->who.index).files;

    if (view->created >= most) {
        view->met |= VC_RUN_LIMIT_FILES;
        return vc_fail(err, VC_LIMIT, "limits.files: at most %u", most);
    }
    view->created++;
    return VC_OK;
}

enum vc_code vc_view_tree_said(struct vc_view *view, enum vc_code code)
{
    if (code == VC_LIMIT)
        view->met |= VC_RUN_LIMIT_STORAGE;
    return code;
}

enum vc_code vc_view_file_write(struct vc_view *view, struct vc_view_file *file,
                                enum vc_view_start start, struct vc_err *err)
{
    bool copies = start == VC_START_CONTENT && file->blob != nullptr;
    enum vc_code code = vc_view_charge(view, err);

    if (code != VC_OK)
        return code;
    code =
        copies ? vc_blob_copy(file->blob, &file->fd, err) : vc_blob_file("output", &file->fd, err);
    if (code != VC_OK)
        return code;
    file->size = copies ? vc_blob_size(file->blob) : 0;
    if (start == VC_START_BEHIND)
        file->base = vc_blob_ref(file->blob);
    return VC_OK;
}

enum vc_code vc_view_file_create(struct vc_view *view, const char *path, struct vc_view_file **file,
                                 struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int fd = -1;
    enum vc_code code = vc_view_charge(view, err);

    if (code == VC_OK)
        code = vc_blob_file("output", &fd, err);
    if (code == VC_OK)
        code = vc_view_tree_said(view, vc_tree_put(view->tree, path, nullptr, err));
    if (code == VC_OK)
        code = vc_view_file_of(view, vc_tree_find(view->tree, path), file, err);
    if (code != VC_OK)
        return code;
    (*file)->fd = vc_take_fd(fd);
    return VC_OK;
}

void vc_view_file_unlinked(struct vc_view *view, uint64_t inode)
{
    struct vc_view_file *file = vc_view_file_find(view, inode);

    if (file != nullptr && file->links > 0)
        file->links--;
}

static uint64_t fd_size(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

uint64_t vc_view_file_size(const struct vc_view_file *file)
{
    if (file->fd >= 0)
        return fd_size(file->fd);
    return file->blob != nullptr ? vc_blob_size(file->blob) : 0;
}

bool vc_view_has_outputs(const struct vc_view *view)
{
    for (size_t i = 0; i < VC_VIEW_BUCKETS; i++) {
        for (const struct vc_view_file *file = view->files[i]; file != nullptr; file = file->next) {
            if (file->fd >= 0)
                return true;
        }
    }
    return false;
}

uint64_t vc_view_output_bytes(const struct vc_view *view)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < VC_VIEW_BUCKETS; i++) {
        for (const struct vc_view_file *file = view->files[i]; file != nullptr; file = file->next)
            sum += file->fd >= 0 ? fd_size(file->fd) : 0;
    }
    return sum;
}

/* ---- times ---- */

static uint64_t ns_of(struct timespec time)
{
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

/* The kernel keeps those of a memory file, so that writing moves them on. */
struct vc_node_times vc_view_file_times(const struct vc_view_file *file)
{
    struct stat status;

    if (file->fd < 0 || fstat(file->fd, &status) != 0)
        return file->times;
    return (struct vc_node_times){.accessed_ns = ns_of(status.st_atim),
                                  .modified_ns = ns_of(status.st_mtim),
                                  .changed_ns = ns_of(status.st_ctim)};
}

/* One of the two: to a time, to now, or not at all. */
static void set_time(bool given, bool now, uint64_t wanted_ns, uint64_t now_ns, uint64_t *time_ns,
                     bool *set)
{
    if (given)
        *time_ns = wanted_ns;
    if (now)
        *time_ns = now_ns;
    if (given || now)
        *set = given;
}

void vc_view_file_set_times(struct vc_view *view, struct vc_view_file *file,
                            const struct vc_worker_call *call)
{
    struct vc_node_times times = vc_view_file_times(file);
    uint64_t now_ns = vc_tree_now(view->tree);

    set_time((call->flags & VC_TIME_ACCESSED) != 0, (call->flags & VC_TIME_ACCESSED_NOW) != 0,
             call->accessed_ns, now_ns, &times.accessed_ns, &file->accessed_set);
    set_time((call->flags & VC_TIME_MODIFIED) != 0, (call->flags & VC_TIME_MODIFIED_NOW) != 0,
             call->modified_ns, now_ns, &times.modified_ns, &file->modified_set);
    times.changed_ns = now_ns;
    file->times = times;
    file->touched = true;
    if (file->fd >= 0) { /* if this fails, its times are those of its writing */
        struct timespec both[] = {timespec_of(times.accessed_ns), timespec_of(times.modified_ns)};

        (void)futimens(file->fd, both);
    }
}
