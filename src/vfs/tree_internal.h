/* SPDX-License-Identifier: MIT */

/* How a tree is kept, between tree.c (one node), move.c (several) and snapshot.c (all).
 *
 * Entries stand in one array in the order of their paths, where a slash comes before every other
 * byte: so a directory is followed by all that is below it.
 */

#ifndef VC_VFS_TREE_INTERNAL_H
#define VC_VFS_TREE_INTERNAL_H

#include "vfs/tree.h"

struct vc_tree_entry {
    struct vc_node node;
    bool changed; /* since the snapshot was taken */
    bool touched; /* its times alone */
    bool phantom; /* in a snapshot: a directory or stream that only the policy speaks of */
};

struct vc_tree {
    struct vc_tree_quota quota;
    struct vc_tree_entry **entries;
    size_t count, capacity;
    size_t phantoms;      /* of them; no quota counts these */
    const char **removed; /* paths of what was there when the snapshot was taken, and is no more;
                             what was in a directory stands before it */
    size_t removed_count, removed_capacity;
    uint64_t bytes, generation;
    uint64_t next_inode, next_serial, next_version;
    uint64_t origin; /* of what is changed now */
    uint64_t (*now_ns)(void);
    struct vc_ledger *ledger; /* shared with its snapshots */
};

/* Texts that several trees share; counted references. */
const char *vc_shared_new(const char *text); /* null: no memory */
const char *vc_shared_ref(const char *text); /* null is allowed */
void vc_shared_unref(const char *text);      /* null is allowed */

int vc_tree_order(const char *path, const char *other);
/* Index of the path, or where it would stand. */
size_t vc_tree_position(const struct vc_tree *tree, const char *path, bool *found);
struct vc_tree_entry *vc_tree_entry(const struct vc_tree *tree, const char *path);
/* Index behind all that is at or below the path, which stands or would stand at `first`. */
size_t vc_tree_end(const struct vc_tree *tree, size_t first, const char *path);

uint64_t vc_tree_node_size(const struct vc_node *node);
uint32_t vc_tree_depth(const char *path);

/* Room for `more` entries, or removals to be remembered. */
enum vc_code vc_tree_grow(struct vc_tree *tree, size_t more, struct vc_err *err);
enum vc_code vc_tree_grow_removed(struct vc_tree *tree, size_t more, struct vc_err *err);
/* Remembers that what this entry stands for is gone from its path, if a snapshot has to. */
void vc_tree_remember(struct vc_tree *tree, const struct vc_tree_entry *entry);
void vc_tree_forget(struct vc_tree *tree);

/* A copy of the node, appended: it must come behind all others. Numbers are copied, too. */
enum vc_code vc_tree_append(struct vc_tree *tree, const struct vc_node *node,
                            struct vc_tree_entry **entry, struct vc_err *err);
void vc_tree_entry_free(struct vc_tree_entry *entry);
/* After something in the directory above this path has come or gone. */
void vc_tree_touch_above(struct vc_tree *tree, const char *path);
/* Are there this many places left? */
enum vc_code vc_tree_check_count(const struct vc_tree *tree, size_t more, struct vc_err *err);

#endif
