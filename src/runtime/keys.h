/* SPDX-License-Identifier: MIT */

/* The keys of the container: those that principals have given, and those that programs have kept.
 * Only key stores get them, each what its program may use. */

#ifndef VC_RUNTIME_KEYS_H
#define VC_RUNTIME_KEYS_H

#include "abi/keystore.h"
#include "base/buffer.h"
#include "policy/force.h"

struct vc_keys;

/* `policy` is borrowed. */
enum vc_code vc_keys_new(const struct vc_policy *policy, struct vc_keys **keys, struct vc_err *err);
void vc_keys_free(struct vc_keys *keys); /* wipes; accepts null */
VC_DEFINE_CLEANUP(struct vc_keys, vc_keys_free);

/* Gives a key of the policy, or gives it anew: for runs that start their key store from now on.
 * VC_MALFORMED: not of the form that keys of its type and bits have (policy/key_form.h). */
enum vc_code vc_keys_put(struct vc_keys *keys, size_t key, struct vc_bytes material,
                         struct vc_err *err);
/* VC_NOT_FOUND: it was not given. */
enum vc_code vc_keys_remove(struct vc_keys *keys, size_t key, struct vc_err *err);
[[nodiscard]] bool vc_keys_has(const struct vc_keys *keys, size_t key);

/* A memory file with all that a key store of a run of this program is to know (abi/keystore.h), and
 * its size. `force` is the run's own. */
enum vc_code vc_keys_file(const struct vc_keys *keys, const struct vc_force *force, size_t program,
                          int *fd, uint64_t *size, struct vc_err *err);

/* What one run's key store has said of persistent keys; in force when the run has ended well. */
struct vc_keys_change;
enum vc_code vc_keys_change_new(struct vc_keys *keys, size_t program,
                                struct vc_keys_change **change, struct vc_err *err);
/* One packet VC_WORKER_KEPT or VC_WORKER_FORGOT. VC_MALFORMED, VC_LIMIT (kept_keys): no honest key
 * store says so. VC_STATE: a key of the policy has this id, and was not given. */
enum vc_code vc_keys_change_add(struct vc_keys_change *change, struct vc_bytes packet,
                                struct vc_err *err);
/* Could it all come into force now? VC_STATE: another run has made a key of this id meanwhile;
 * VC_LIMIT: with what other runs have kept they are too many. */
enum vc_code vc_keys_change_check(const struct vc_keys_change *change, struct vc_err *err);
/* All of it, once, or nothing, as vc_keys_change_check says. */
enum vc_code vc_keys_change_commit(struct vc_keys_change *change, struct vc_err *err);
void vc_keys_change_free(struct vc_keys_change *change); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_keys_change, vc_keys_change_free);

#endif
