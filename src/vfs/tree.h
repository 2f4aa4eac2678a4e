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

constexpr size_t VC_TREE_TARGET_MAX = 1023; /* bytes of a symbolic link's text */
constexpr uint64_t VC_TREE_SERIAL_FIRST = 3;

struct vc_tree_quota {
    uint32_t files;      /* files, directories and links together */
    uint64_t bytes;      /* of all files and links */
    uint64_t file_bytes; /* of one file */
    uint32_t depth;      /* names in a path */
};

struct vc_tree;

enum vc_node_kind {
    VC_NODE_IS_FILE = 1,
    VC_NODE_IS_DIRECTORY = 2,
    VC_NODE_IS_LINK = 3,
    VC_NODE_IS_STREAM = 4, /* in a snapshot alone, put there by VC_PART_STREAM */
    VC_NODE_IS_TOLD = 5,   /* a file whose content is made when it is opened: as a stream, by
                              VC_PART_TOLD */
};

struct vc_node_times {
    uint64_t accessed_ns, modified_ns, changed_ns; /* since 1970 */
};

/* What stands at a path; borrowed until this node is changed, moved or removed. */
struct vc_node {
    const char *path; /* canonical */
    enum vc_node_kind kind;
    bool made;            /* in a snapshot: this run put it at this path, */
    bool replaces;        /* moving it over what it had not put there */
    uint64_t inode;       /* unique within the tree, but for the names that vc_tree_link gives */
    uint64_t serial;      /* unique and in the order in which names came to be; the first is
                             VC_TREE_SERIAL_FIRST. In a snapshot it begins as the order of paths */
    uint64_t version;     /* changes whenever the content does */
    uint64_t origin;      /* whose hand put this content at this path: vc_tree_set_origin */
    struct vc_blob *blob; /* of a file; null for a file that a run is still writing */
    const char *target;   /* of a symbolic link, its text; otherwise null */
    struct vc_node_times times;
};

enum vc_code vc_tree_new(const struct vc_tree_quota *quota, struct vc_tree **tree,
                         struct vc_err *err);
void vc_tree_free(struct vc_tree *tree);
VC_DEFINE_CLEANUP(struct vc_tree, vc_tree_free);

/* From now on changes here and in snapshots are stamped with this time; without it, with 0. */
void vc_tree_set_clock(struct vc_tree *tree, uint64_t (*now_ns)(void));
uint64_t vc_tree_now(const struct vc_tree *tree);

/* From now on this number stands by whatever is put, linked, amended or moved to another path here,
 * the directories made on the way included. The caller knows what it means; without it, it is 0.
 * Snapshots keep the numbers of what they hold, begin with 0 for what comes, and bring theirs into
 * the tree when they are merged. Removals and times change no number. */
void vc_tree_set_origin(struct vc_tree *tree, uint64_t origin);

/* Null: nothing there. The root is a directory that always exists. All paths are canonical; no
 * symbolic link is followed. */
const struct vc_node *vc_tree_find(const struct vc_tree *tree, const char *path);

/* Puts a file, replacing a file or link that is there, and makes the directories above it. The blob
 * may be null in a snapshot: a file that is being written. Takes a reference of its own. VC_LIMIT:
 * a quota, and nothing changed. VC_STATE: a directory is there, or none where one is needed. */
enum vc_code vc_tree_put(struct vc_tree *tree, const char *path, struct vc_blob *blob,
                         struct vc_err *err);
/* Would a file of this size fit at this path, as vc_tree_put says? */
enum vc_code vc_tree_check_put(const struct vc_tree *tree, const char *path, uint64_t size,
                               struct vc_err *err);
/* Puts a symbolic link with this text of at most VC_TREE_TARGET_MAX bytes; otherwise as
 * vc_tree_put.
 */
enum vc_code vc_tree_put_link(struct vc_tree *tree, const char *path, const char *target,
                              struct vc_err *err);
/* Makes a directory, and those above it. VC_STATE: something is there. VC_LIMIT. */
enum vc_code vc_tree_make_directory(struct vc_tree *tree, const char *path, struct vc_err *err);
/* VC_NOT_FOUND. VC_STATE: the root, or a directory with something in it. */
enum vc_code vc_tree_remove(struct vc_tree *tree, const char *path, struct vc_err *err);

/* Moves what is at `from`, with all below it, to `to`, replacing a file or link there (but by no
 * directory) or an empty directory (by a directory alone). What cannot be done leaves all as it
 * was. VC_NOT_FOUND: nothing at `from`, or no directory above `to`. VC_STATE: kinds that do not
 * fit, a directory that is not empty, or one moved into itself. VC_LIMIT: a path would become too
 * long or too deep. */
enum vc_code vc_tree_rename(struct vc_tree *tree, const char *from, const char *to,
                            struct vc_err *err);
/* In a snapshot: gives the file or link at `from` a second name with the same inode. Merged, each
 * name is a file of its own. VC_NOT_FOUND, VC_STATE, VC_LIMIT. */
enum vc_code vc_tree_link(struct vc_tree *tree, const char *from, const char *to,
                          struct vc_err *err);

/* Replaces the blob of the file at this path, which is there, and nothing else about it; quotas are
 * looked at when a snapshot is merged. */
void vc_tree_amend(struct vc_tree *tree, const char *path, struct vc_blob *blob);
/* Sets the times of what is at this path, which is there and not the root. */
void vc_tree_set_times(struct vc_tree *tree, const char *path, const struct vc_node_times *times);

/* Calls `visit` for each node directly in the directory, in the order of their names, from the
 * index-th on, while it returns true. False if there is no such directory. The tree must not change
 * meanwhile. */
bool vc_tree_list(const struct vc_tree *tree, const char *directory, size_t index,
                  bool (*visit)(void *user, const struct vc_node *node), void *user);
/* The same for each node at or below this path, every directory before what is in it, the root
 * itself not. `visit` may amend the node and set its times. */
bool vc_tree_walk(const struct vc_tree *tree, const char *path,
                  bool (*visit)(void *user, const struct vc_node *node), void *user);
/* Whether a directory that is there has nothing in it. */
bool vc_tree_is_empty(const struct vc_tree *tree, const char *directory);

/* Grows with every change of what is where. */
uint64_t vc_tree_generation(const struct vc_tree *tree);

/* Sums for quotas and status. */
uint32_t vc_tree_file_count(const struct vc_tree *tree);
uint64_t vc_tree_byte_count(const struct vc_tree *tree);
/* With what is in no tree any more and still held, by a run's snapshot or a download. */
uint64_t vc_tree_held_bytes(const struct vc_tree *tree);

/* What a snapshot is to hold: one node; a directory as such; or a directory with all below it. Or a
 * stream, or a file that is made when it is opened, for which there is nothing in the tree, unless
 * something else stands there. */
enum vc_tree_part_kind {
    VC_PART_NODE,
    VC_PART_DIRECTORY,
    VC_PART_TREE,
    VC_PART_STREAM,
    VC_PART_TOLD,
};
struct vc_tree_part {
    const char *path; /* canonical */
    enum vc_tree_part_kind kind;
};

/* A copy that shares contents, and holds these parts. The directories on the way to a part, and
 * those that a part names, are there even if the tree lacks them: merging does not make them for
 * themselves. Numbers of inodes tell nothing of what is not held. */
enum vc_code vc_tree_snapshot(const struct vc_tree *tree, const struct vc_tree_part *parts,
                              size_t count, struct vc_tree **snapshot, struct vc_err *err);

/* Brings what changed in the snapshot since it was taken into `tree`: removals, puts, links,
 * directories, times. All or nothing: on VC_LIMIT and VC_STATE the tree is as it was. */
enum vc_code vc_tree_merge(struct vc_tree *tree, const struct vc_tree *snapshot,
                           struct vc_err *err);

#endif
