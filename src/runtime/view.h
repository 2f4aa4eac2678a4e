/* SPDX-License-Identifier: MIT */

/* What one run sees of the tree and changes in it: a snapshot, the files that it is writing, and
 * the calls by which its worker asks for them. Every call is decided by the policy here, on a
 * canonical path, whatever the worker believes. */

#ifndef VC_RUNTIME_VIEW_H
#define VC_RUNTIME_VIEW_H

#include "abi/worker.h"
#include "base/buffer.h"
#include "policy/force.h"
#include "policy/query.h"
#include "vfs/tree.h"

struct vc_view;

/* A snapshot of what this program may know of. `force`, the run's own, is borrowed. */
enum vc_code vc_view_new(const struct vc_force *force, size_t program, const struct vc_tree *tree,
                         struct vc_view **view, struct vc_err *err);
void vc_view_free(struct vc_view *view);
VC_DEFINE_CLEANUP(struct vc_view, vc_view_free);

/* What stands by all that the run puts from now on: vc_tree_set_origin. */
void vc_view_set_origin(struct vc_view *view, uint64_t origin);

/* A stream that was opened for the run. */
struct vc_view_stream {
    uint32_t slot, window_bytes;
    int fd; /* of the window; borrowed until the next call */
};
/* Opens the producer's or the consumer's end of a stream of the policy for the run. VC_REFUSED: it
 * is not the program's. VC_STATE: somebody holds it. VC_CLOSED: lost, left or spent. VC_LIMIT: the
 * run has opened too many. */
typedef enum vc_code vc_view_stream_fn(void *user, size_t stream, bool produces,
                                       struct vc_view_stream *opened, struct vc_err *err);
/* Who opens streams; without that none can be. */
void vc_view_set_streams(struct vc_view *view, vc_view_stream_fn *open, void *user);

/* Appends what the program finds in VC_POLICY_FORCE_PATH: the policy in force, as it is now.
 * VC_LIMIT: more than it may be. */
typedef enum vc_code vc_view_policy_fn(void *user, struct vc_buffer *json, struct vc_err *err);
/* Who tells it; without that it cannot be opened. */
void vc_view_set_policy(struct vc_view *view, vc_view_policy_fn *tell, void *user);

/* Calls `visit` for each file that the program may know of, as it stands now, in order, until it
 * returns false. */
void vc_view_each_file(const struct vc_view *view,
                       bool (*visit)(void *visitor, const struct vc_query_input *input),
                       void *visitor);

/* Would the program, by this canonical path, come to a file at another, because of a symbolic link
 * that it may follow? */
[[nodiscard]] bool vc_view_leads_elsewhere(const struct vc_view *view, const char *path);

/* Answers one VC_WORKER_CALL packet: appends the answer's bytes to `answer`; *fd is a descriptor to
 * attach, borrowed from the view until its next call, or -1. A call that the policy or the tree
 * refuses is an answer with a WASI error. VC_MALFORMED: the packet is no call; no honest worker
 * sends it. */
enum vc_code vc_view_call(struct vc_view *view, struct vc_bytes packet, struct vc_buffer *answer,
                          int *fd, struct vc_err *err);

/* This has just changed the policy in force: may the run have done all that it has done?
 * VC_REFUSED: one of the rights that it used is gone, and which; of a run that has used them at
 * very many paths, perhaps. */
enum vc_code vc_view_recheck(const struct vc_view *view, const struct vc_narrowing *narrowing,
                             struct vc_err *err);

/* It has changed by the program's own word: what it did before by a right that is gone now counts
 * no more. */
void vc_view_forgive(struct vc_view *view);

/* Standard streams. *fd is borrowed from the view. VC_NOT_FOUND: no such input. VC_LIMIT.
 * VC_REFUSED: the run may not have it any more. */
enum vc_code vc_view_open_input(struct vc_view *view, const char *path, int *fd,
                                struct vc_err *err);
enum vc_code vc_view_open_output(struct vc_view *view, const char *path, int *fd,
                                 struct vc_err *err);

/* Has the run written or changed anything that its worker may still be holding open? */
[[nodiscard]] bool vc_view_has_outputs(const struct vc_view *view);
/* Bytes of all files that it is writing, those among them that have no name any more, too. */
uint64_t vc_view_output_bytes(const struct vc_view *view);
/* The limits of the policy that its calls and its commit have met: enum vc_run_limit, or'ed. */
uint32_t vc_view_limits_met(const struct vc_view *view);

/* Seals what was written and makes all changes of the run visible in `tree`, or none. The worker
 * must be dead. VC_LIMIT: over limits.output_bytes or over the storage. VC_STATE: what others have
 * made of the tree meanwhile does not go with it. */
enum vc_code vc_view_commit(struct vc_view *view, struct vc_tree *tree, struct vc_err *err);

#endif
