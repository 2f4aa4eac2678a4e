/* SPDX-License-Identifier: MIT */

/* For tests: a host with guest memory of an exact size on the heap, and a tree that answers from
 * its hat. */

#ifndef VC_HOSTABI_HOST_FIXTURE_H
#define VC_HOSTABI_HOST_FIXTURE_H

#include "hostabi/host_internal.h"

constexpr size_t FIXTURE_MEMORY_SIZE = 65536;
constexpr size_t FIXTURE_PLACE_MAX = 2 * (size_t)VC_WORKER_PATH_MAX;

struct fixture {
    struct vc_host *host;
    uint8_t *memory;
    struct vc_tree_request last;       /* texts below */
    char last_path[FIXTURE_PLACE_MAX]; /* "directory|name" */
    char last_path2[FIXTURE_PLACE_MAX];
    unsigned asked;
    uint32_t refuse; /* errno of every answer, if not 0 */
    bool silent;     /* nobody answers */
};

/* Descriptors: 0 is "input" (sealed), 1 writable, 2 null, 3 the directory "/", 4 "/data". Opening
 * gives the file "content" (sealed) or, to write, a fresh one; names that end in "d" are
 * directories; a listing has 5 entries, two per answer. */
void fixture_init(struct fixture *fixture, bool clock, bool randomness);
void fixture_done(struct fixture *fixture);

/* Calls an import by name with that many arguments. */
uint32_t fixture_call(struct fixture *fixture, const char *name, const uint64_t *arguments,
                      size_t count);
uint32_t fixture_invoke(struct fixture *fixture, const struct vc_engine_import *import,
                        const uint64_t *arguments, size_t count);

#endif
