/* SPDX-License-Identifier: MIT */

/* From a directory and a name below it to the one canonical path that is meant. */

#ifndef VC_VFS_RESOLVE_H
#define VC_VFS_RESOLVE_H

#include "vfs/tree.h"

constexpr unsigned VC_RESOLVE_LINKS_MAX = 40; /* symbolic links followed for one name */

/* Whether a symbolic link at the very end is followed. */
enum vc_resolve_follow {
    VC_FOLLOW_NEVER,
    VC_FOLLOW_SLASH, /* if a slash stands behind it */
    VC_FOLLOW_ALWAYS,
};

struct vc_resolve_query {
    const char *directory; /* canonical: no name leads out of it */
    const char *name;      /* relative; empty: the directory itself */
    enum vc_resolve_follow follow;
    /* May this link be followed? Whoever follows one learns of its text. */
    bool (*may_follow)(void *user, const struct vc_node *link);
    void *user;
};

struct vc_place {
    char path[VC_PATH_MAX];     /* canonical: the node's, or where a new one would be; after a
                                   refusal, where that was */
    const struct vc_node *node; /* null: nothing there; the directory above is */
    bool slash;                 /* the name ends with one */
    bool dot;                   /* the name's last component is "." or ".." */
};

enum vc_resolve_end {
    VC_RESOLVED,
    VC_RESOLVE_MISSING,       /* nothing at a path on the way */
    VC_RESOLVE_NOT_DIRECTORY, /* on the way, or at the end before a slash */
    VC_RESOLVE_LOOP,          /* more than VC_RESOLVE_LINKS_MAX */
    VC_RESOLVE_OUTSIDE,       /* absolute, or ".." above the directory, in the name or a link */
    VC_RESOLVE_REFUSED,       /* a link that may not be followed */
    VC_RESOLVE_TOO_LONG,      /* VC_PATH_MAX, VC_PATH_NAME_MAX, VC_PATH_DEPTH_MAX */
    VC_RESOLVE_ILL_FORMED,    /* no UTF-8, or a control character */
};

/* The place's node is borrowed as from vc_tree_find. */
[[nodiscard]] enum vc_resolve_end vc_tree_resolve(const struct vc_tree *tree,
                                                  const struct vc_resolve_query *query,
                                                  struct vc_place *place);

/* Can this be (part of) a path: UTF-8 without control characters? */
[[nodiscard]] bool vc_resolve_well_formed(const char *text);

#endif
