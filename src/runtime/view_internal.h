/* SPDX-License-Identifier: MIT */

/* A run's view, between view.c (its life and its end), view_file.c (files that the run has opened
 * or changed), view_call.c (the worker's packets), and one file for each kind of call. */

#ifndef VC_RUNTIME_VIEW_INTERNAL_H
#define VC_RUNTIME_VIEW_INTERNAL_H

#include "abi/wasi.h"
#include "policy/force.h"
#include "runtime/runs.h"
#include "runtime/view.h"
#include "vfs/resolve.h"

/* A file, directory or link that this run has opened or changed, whatever names it has by now:
 * what is known of it beyond its nodes in the snapshot. Kept until the run's end, since its worker
 * may hold it open as long. */
struct vc_view_file {
    uint64_t inode;
    enum vc_node_kind kind;
    uint32_t links;       /* names that it has */
    int fd;               /* memory file that the run writes; -1: it does not */
    struct vc_blob *base; /* null, or what stands before the new bytes: a program that may only
                             append neither sees nor touches it */
    struct vc_blob *blob; /* content of a file that it does not write */
    uint64_t size;        /* with which it began to be written */
    bool may_touch;       /* by its descriptor */
    bool touched;         /* the program has changed its times, */
    bool accessed_set, modified_set; /* to these ones of its own: */
    struct vc_node_times times;      /* of what it does not write, all three */
    struct vc_view_file *next;
};

enum { VC_VIEW_BUCKETS = 1024 };

/* What READDIR found last, by serial, good while the tree's generation is this one. */
struct vc_view_listing {
    uint64_t directory, generation;
    const struct vc_node **nodes;
    size_t count, capacity;
};

struct vc_view_grants; /* view_grants.c */

struct vc_view {
    const struct vc_policy *policy; /* what does not change; rights are asked of: */
    const struct vc_force *force;
    struct vc_subject who;
    struct vc_tree *tree;
    struct vc_view_file *files[VC_VIEW_BUCKETS];
    uint32_t created; /* files, directories and links so far, against limits.files */
    uint32_t met;     /* enum vc_run_limit */
    struct vc_view_grants *grants;
    uint32_t moved; /* nodes below directories that it renamed, or tried to */
    struct vc_view_listing listing;
    vc_view_stream_fn *open_stream; /* null: nobody */
    void *streams_user;
    vc_view_policy_fn *tell_policy; /* null: nobody */
    void *policy_user;
    struct vc_blob *told; /* what it told last */
};

const struct vc_policy_program *vc_view_program(const struct vc_view *view);
/* At least one of these rights. */
[[nodiscard]] bool vc_view_may(const struct vc_view *view, unsigned rights, const char *path);
/* May the program know whether something is there? */
[[nodiscard]] bool vc_view_may_know(const struct vc_view *view, const char *path, bool directory);

/* May the program see what is in this directory? */
[[nodiscard]] bool vc_view_may_list(const struct vc_view *view, const char *directory);

/* ---- view_grants.c ---- */

enum vc_code vc_view_grants_new(struct vc_view_grants **grants, struct vc_err *err);
void vc_view_grants_free(struct vc_view_grants *grants); /* accepts null */
/* The run does something at this path for which it needs one of these rights, and has it. What it
 * does to what it has itself put there needs none. VC_WASI_SUCCESS; NOMEM, NOSPC: not noted, and
 * so not to be done. */
uint32_t vc_view_note(const struct vc_view *view, unsigned rights, const char *path);

/* ---- view_stream.c ---- */

enum { VC_VIEW_STREAM_PATH_MAX = 80 }; /* bytes of "/stream/<name>", with the NUL */
struct vc_view_stream_path {
    char text[VC_VIEW_STREAM_PATH_MAX];
};
/* Is one of the stream's ends this subject's? */
[[nodiscard]] bool vc_view_has_end(const struct vc_force *force, struct vc_subject who,
                                   size_t stream);
/* The streams that the program has an end of; there is room for all of the policy. The parts borrow
 * the paths. */
size_t vc_view_stream_parts(const struct vc_view *view, struct vc_tree_part *parts,
                            struct vc_view_stream_path *paths);

/* ---- view_policy.c ---- */

struct vc_tree_part vc_view_policy_part(void);
/* The node, if the inode is its. */
const struct vc_node *vc_view_find_policy(const struct vc_view *view, uint64_t inode);

/* ---- view_file.c ---- */

/* Null: this run has neither opened nor changed it. */
struct vc_view_file *vc_view_file_find(const struct vc_view *view, uint64_t inode);
/* Finds or begins it; the node must be in the snapshot. */
enum vc_code vc_view_file_of(struct vc_view *view, const struct vc_node *node,
                             struct vc_view_file **file, struct vc_err *err);
/* Is this run writing it? Then what it reads of it is its own. */
[[nodiscard]] bool vc_view_writes(const struct vc_view *view, const struct vc_node *node);
/* And will there be nothing else in it, either, that stood before what was appended? */
[[nodiscard]] bool vc_view_wrote_all(const struct vc_view *view, const struct vc_node *node);
/* Begins to write a file that is there, from nothing, from its content, or behind it. */
enum vc_view_start { VC_START_EMPTY, VC_START_CONTENT, VC_START_BEHIND };
enum vc_code vc_view_file_write(struct vc_view *view, struct vc_view_file *file,
                                enum vc_view_start start, struct vc_err *err);
/* Makes a new file, in the place of a file or link that is there, and begins to write it. */
enum vc_code vc_view_file_create(struct vc_view *view, const char *path, struct vc_view_file **file,
                                 struct vc_err *err);
/* A name of this inode is gone. */
void vc_view_file_unlinked(struct vc_view *view, uint64_t inode);
uint64_t vc_view_file_size(const struct vc_view_file *file);
/* As they are, whether or not the program may see them. */
struct vc_node_times vc_view_file_times(const struct vc_view_file *file);
/* `flags` of enum vc_worker_call_flags. */
void vc_view_file_set_times(struct vc_view *view, struct vc_view_file *file,
                            const struct vc_worker_call *call);
void vc_view_files_free(struct vc_view *view);
/* One thing more against limits.files. */
enum vc_code vc_view_charge(struct vc_view *view, struct vc_err *err);
/* Remembers VC_RUN_LIMIT_STORAGE if that is what the tree said. */
enum vc_code vc_view_tree_said(struct vc_view *view, enum vc_code code);

/* ---- calls ---- */

/* One call, parsed: its places as canonical directories and names. */
struct vc_view_call {
    struct vc_worker_call head;
    char directory[VC_WORKER_PATH_MAX], name[VC_WORKER_PATH_MAX];
    char directory2[VC_WORKER_PATH_MAX], name2[VC_WORKER_PATH_MAX];
};

/* The answer under construction. */
struct vc_view_reply {
    struct vc_worker_answer head;
    struct vc_buffer tail;
    int fd;
};

uint32_t vc_view_errno(enum vc_code code);
/* Where the place is; VC_WASI_SUCCESS, or why there can be none. What the program may not know of
 * is refused with ACCES, whether or not it is there. */
uint32_t vc_view_resolve(const struct vc_view *view, const char *directory, const char *name,
                         enum vc_resolve_follow follow, struct vc_place *place);
/* Kind, inode, size, links and times. One of the two may be null. */
void vc_view_describe(const struct vc_view *view, const struct vc_node *node,
                      const struct vc_view_file *file, struct vc_view_reply *reply);

typedef uint32_t vc_view_answer_fn(struct vc_view *view, const struct vc_view_call *call,
                                   struct vc_view_reply *reply);
/* OPEN and STAT of the policy in force, which is as long as it would be if it were opened now. */
uint32_t vc_view_open_policy(struct vc_view *view, const struct vc_place *place, uint32_t flags,
                             struct vc_view_reply *reply);
uint32_t vc_view_describe_policy(struct vc_view *view, const struct vc_node *node,
                                 struct vc_view_reply *reply);
/* OPEN of what stands in "/stream". */
uint32_t vc_view_open_stream(struct vc_view *view, const struct vc_place *place, uint32_t flags,
                             struct vc_view_reply *reply);
/* Each answers with a WASI error number. view_open.c: */
vc_view_answer_fn vc_view_open;
/* view_tell.c: */
vc_view_answer_fn vc_view_stat, vc_view_readdir, vc_view_readlink, vc_view_stat_open;
/* view_change.c: */
vc_view_answer_fn vc_view_mkdir, vc_view_unlink, vc_view_rmdir, vc_view_link, vc_view_symlink,
    vc_view_set_times, vc_view_touch_open;
/* view_rename.c: */
vc_view_answer_fn vc_view_rename;

/* May what is at this path, null for nothing, be taken away? What this run itself put there may,
 * unless it did so by moving it over something else: that would be taken away with it. */
[[nodiscard]] bool vc_view_may_remove(const struct vc_view *view, const struct vc_node *node,
                                      const char *path);
/* It is: as vc_view_note. */
uint32_t vc_view_note_removal(const struct vc_view *view, const struct vc_node *node);

#endif
