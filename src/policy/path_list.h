/* SPDX-License-Identifier: MIT */

/* Canonical paths in order, each with a number: what stands at a path, above it or below it is
 * found in as many steps as the path has names, times the logarithm of how many there are. */

#ifndef VC_POLICY_PATH_LIST_H
#define VC_POLICY_PATH_LIST_H

#include "base/defs.h"

struct vc_path_entry {
    const char *path; /* canonical; borrowed */
    size_t value;
};

/* Entries may share a path. A part of a list that is in order is a list, too. */
struct vc_path_list {
    struct vc_path_entry *entries;
    size_t count;
};

/* Puts the entries in order. */
void vc_path_list_sort(struct vc_path_list list);

/* The entries with exactly this path: as many as are returned, from *first on. */
size_t vc_path_list_at(struct vc_path_list list, struct vc_bytes path, size_t *first);

/* Is there an entry below this directory, at it not counted? *first is one of them. */
[[nodiscard]] bool vc_path_list_below(struct vc_path_list list, const char *directory,
                                      size_t *first);

/* The next directory on the way from the root to `path`, and at last `path` itself; begin with
 * size 0. False: there is no more. */
[[nodiscard]] bool vc_path_step(const char *path, struct vc_bytes *place);

#endif
