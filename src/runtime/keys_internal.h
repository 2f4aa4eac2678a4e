/* SPDX-License-Identifier: MIT */

/* The keys of the container, between keys.c (given, kept, the file of keys) and keys_change.c (what
 * a run does to those that are kept). */

#ifndef VC_RUNTIME_KEYS_INTERNAL_H
#define VC_RUNTIME_KEYS_INTERNAL_H

#include "runtime/keys.h"

struct vc_kept_key {
    struct vc_psa_attributes attributes;
    struct vc_buffer material;
    uint64_t serial; /* of all that were ever kept, 1, 2, 3 ... */
};

/* What a program has kept. */
struct vc_kept_keys {
    struct vc_kept_key *keys; /* as many as the policy lets it keep */
    size_t count;
};

struct vc_keys {
    const struct vc_policy *policy;
    struct vc_buffer *given;   /* [key of the policy]: empty until it is given */
    struct vc_kept_keys *kept; /* [program] */
    uint64_t serial;           /* of the last that was kept */
};

/* Null: no such key is kept. */
struct vc_kept_key *vc_keys_find_kept(const struct vc_keys *keys, size_t program, uint32_t id);

#endif
