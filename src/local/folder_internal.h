/* SPDX-License-Identifier: MIT */

/* What folder.c remembers of what it read, for store.c. */

#ifndef VC_LOCAL_FOLDER_INTERNAL_H
#define VC_LOCAL_FOLDER_INTERNAL_H

#include "local/folder.h"

struct vc_folder_row {
    char *path; /* in the tree, canonical */
    enum vc_node_kind kind;
    struct vc_blob *blob; /* of a file */
    char *target;         /* of a link */
};

struct vc_folder_rows {
    struct vc_folder_row *rows;
    size_t count, capacity;
};

struct vc_folder {
    int fd; /* of the folder itself */
    char *host, *base;
    struct vc_folder_rows rows; /* what was loaded, by path once all is there */
};

/* What stands in a tree; takes a reference of its blob. */
enum vc_code vc_folder_rows_add(struct vc_folder_rows *rows, const struct vc_node *node,
                                struct vc_err *err);
void vc_folder_rows_sort(struct vc_folder_rows *rows);
/* Of sorted rows; null: none. */
const struct vc_folder_row *vc_folder_rows_find(const struct vc_folder_rows *rows,
                                                const char *path);
void vc_folder_rows_done(struct vc_folder_rows *rows);

/* The path within the folder of what stands at `path` in the tree: "" for the folder itself. */
const char *vc_folder_relative(const struct vc_folder *folder, const char *path);

/* Does a link at this path with this text stay within the folder, whatever the links are that it
 * leads through, if they all do? */
[[nodiscard]] bool vc_folder_link_stays(const struct vc_folder *folder, const char *path,
                                        const char *target);

/* Opens what stands at this path within the folder, wherever links within it lead, and never
 * outside. -1 with errno EXDEV: it leads out. */
int vc_folder_open_within(const struct vc_folder *folder, const char *relative, uint64_t flags,
                          uint64_t resolve);

#endif
