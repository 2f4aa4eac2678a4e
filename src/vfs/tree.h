/* SPDX-License-Identifier: MIT */

/* The tree of files: canonical paths to contents, with quotas. It knows nothing of rights: who
 * calls has asked policy/decide.h.
 *
 * A run works on a snapshot: it sees the tree as it was when the run began, and what it changed
 * becomes visible to others all at once, when it ended well, or not at all.
 */

#ifndef VC_VFS_TREE_H
#define VC_VFS_TREE_H

#include "base/path.h"
#include "vfs/blob.h"

struct vc_tree_quota {
    uint32_t files;      /* files and directories together */
    uint64_t bytes;      /* of all files */
    uint64_t file_bytes; /* of one file */
};

struct vc_tree;

enum vc_node_kind { VC_NODE_IS_FILE = 1, VC_NODE_IS_DIRECTORY = 2 };

/* What stands at a path; borrowed until the tree changes. */
struct vc_node {
    const char *path; /* canonical */
    enum vc_node_kind kind;
    uint64_t inode;       /* unique within the tree */
    uint64_t version;     /* changes whenever the content does */
    struct vc_blob *blob; /* of a file; null for a file that a run is still writing */
};

enum vc_code vc_tree_new(const struct vc_tree_quota *quota, struct vc_tree **tree,
                         struct vc_err *err);
void vc_tree_free(struct vc_tree *tree);
VC_DEFINE_CLEANUP(struct vc_tree, vc_tree_free);

/* Null: nothing there. The root is a directory that always exists. All paths are canonical. */
const struct vc_node *vc_tree_find(const struct vc_tree *tree, const char *path);

/* Puts a file, replacing one that is there, and makes the directories above it. The blob may be
 * null in a snapshot: a file that is being written. Takes a reference of its own. VC_LIMIT: a
 * quota, and nothing changed. VC_STATE: a directory is there, or a file where a directory is
 * needed. */
enum vc_code vc_tree_put(struct vc_tree *tree, const char *path, struct vc_blob *blob,
                         struct vc_err *err);
/* Would a file of this size fit at this path, as vc_tree_put says? */
enum vc_code vc_tree_check_put(const struct vc_tree *tree, const char *path, uint64_t size,
                               struct vc_err *err);
/* Makes a directory, and those above it. VC_STATE: something is there. VC_LIMIT. */
enum vc_code vc_tree_make_directory(struct vc_tree *tree, const char *path, struct vc_err *err);
/* VC_NOT_FOUND. VC_STATE: the root, or a directory with something in it. */
enum vc_code vc_tree_remove(struct vc_tree *tree, const char *path, struct vc_err *err);
/* Moves a file or an empty directory, replacing a file. VC_NOT_FOUND, VC_STATE, VC_LIMIT. */
enum vc_code vc_tree_rename(struct vc_tree *tree, const char *from, const char *to,
                            struct vc_err *err);

/* Calls `visit` for each node directly in the directory, in the order of their names, from the
 * index-th on, while it returns true. False if there is no such directory. */
bool vc_tree_list(const struct vc_tree *tree, const char *directory, size_t index,
                  bool (*visit)(void *user, const struct vc_node *node), void *user);

/* Sums for quotas and status. */
uint32_t vc_tree_file_count(const struct vc_tree *tree);
uint64_t vc_tree_byte_count(const struct vc_tree *tree);
/* With what is in no tree any more and still held, by a run's snapshot or a download. */
uint64_t vc_tree_held_bytes(const struct vc_tree *tree);

/* A copy that shares contents, holding the nodes for which `keep` says true (directories included).
 */
enum vc_code vc_tree_snapshot(const struct vc_tree *tree,
                              bool (*keep)(void *user, const struct vc_node *node), void *user,
                              struct vc_tree **snapshot, struct vc_err *err);

/* Brings what changed in the snapshot since it was taken into `tree`: puts, removals, directories.
 * All or nothing: on VC_LIMIT and VC_STATE the tree is as it was. */
enum vc_code vc_tree_merge(struct vc_tree *tree, const struct vc_tree *snapshot,
                           struct vc_err *err);

#endif
