/* SPDX-License-Identifier: MIT */

/* A directory that the program has open, and a name below it: what every path_* call is about.
 *
 * The name is not looked at for where it leads: the runtime follows links, and says whether the
 * program may do what it asks.
 */

#ifndef VC_HOSTABI_PLACE_H
#define VC_HOSTABI_PLACE_H

#include "hostabi/host_internal.h"

struct vc_place {
    struct vc_descriptor *directory;
    char name[VC_WORKER_PATH_MAX]; /* copied from the program's memory */
};

/* `directory_at`: index of the argument that is the directory; `name_at`: of name and size after
 * it. Errors of vc_descriptors_find_directory and of vc_place_text; VC_WASI_NOTCAPABLE: an absolute
 * name. */
uint32_t vc_place_find(struct vc_host *host, const struct vc_engine_frame *frame,
                       size_t directory_at, size_t name_at, struct vc_place *place);

/* The directory must have all of `rights`: VC_WASI_NOTCAPABLE. */
uint32_t vc_place_check(const struct vc_place *place, uint64_t rights);

/* Copies a name or a link's text. VC_WASI_FAULT, VC_WASI_NOENT: empty; VC_WASI_NAMETOOLONG,
 * VC_WASI_INVAL: a NUL; VC_WASI_ILSEQ: no UTF-8. */
uint32_t vc_place_text(const struct vc_engine_frame *frame, size_t name_at,
                       char text[VC_WORKER_PATH_MAX]);

/* Lookup flags as the tree knows them. VC_WASI_INVAL: one that nobody knows. */
uint32_t vc_place_lookup(uint64_t lookup, uint32_t *flags);

/* Borrows the place. */
struct vc_tree_place vc_place_of(const struct vc_place *place);

#endif
