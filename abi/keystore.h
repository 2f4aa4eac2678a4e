/* SPDX-License-Identifier: MIT */

/* What the runtime says to a key store, the process that holds one run's keys, and what it answers.
 *
 * It is a worker that gets VC_WORKER_KEYSTORE instead of VC_WORKER_RUN, when the run's worker asks
 * for it (VC_CALL_KEYSTORE):
 *
 *   key store: ready →                       (as any worker)
 *              ← keystore {limits} + fds     (once)
 *              kept {attributes}, forgot →   (what becomes of persistent keys; no answer)
 *              end {reason} →                (a key of the policy is not what it should be, or the
 *                                             key store cannot work)
 *
 * With the run's worker it speaks over a socket of their own (psa/frame.h). It ends when that is
 * closed. The runtime treats what it says as hostile: it has read what a program gave it.
 */

#ifndef VC_ABI_KEYSTORE_H
#define VC_ABI_KEYSTORE_H

#include <stdint.h>

#include "abi/psa.h"

/* Descriptors attached, in this order: the socket to the run's worker, the window (a memory file of
 * VC_PSA_CALL_BYTES_MAX bytes that cannot be resized), the keys (below). */
enum { VC_KEYSTORE_FDS = 3 };
struct vc_keystore_order {
    uint32_t kind; /* VC_WORKER_KEYSTORE */
    uint32_t cpu_seconds;
    uint32_t randomness; /* 0, 1 */
    uint32_t kept_keys_max;
    uint64_t keys_bytes; /* size of the file of keys */
};

/* The file of keys: records, unaligned, receivers before keys. The key store overwrites it with
 * zeros when it has read it. */
enum vc_keystore_record_kind {
    VC_KEYSTORE_RECEIVER = 1,
    VC_KEYSTORE_KEY,
};

struct vc_keystore_receiver {
    uint32_t kind;
    uint32_t name_size, certificate_size; /* bytes behind this: the name, the DER */
    uint32_t reserved;
};

struct vc_keystore_key {
    uint32_t kind;
    uint32_t material_size;
    uint32_t receiver_count; /* numbers of 32 bits behind this: who may have it wrapped, by the
                                order of the receivers; the material follows */
    uint32_t wraps_freely;   /* 1: anybody */
    uint32_t name_size;      /* behind the material: what errors call it */
    struct vc_psa_attributes attributes;
};

/* Key store → runtime; `material_size` bytes follow. */
struct vc_keystore_kept {
    uint32_t kind; /* VC_WORKER_KEPT */
    uint32_t material_size;
    struct vc_psa_attributes attributes;
};

struct vc_keystore_forgot {
    uint32_t kind; /* VC_WORKER_FORGOT */
    uint32_t id;
};

#endif
