/* SPDX-License-Identifier: MIT */

/* What a program may ask about the policy in force, and what it is told: of others only what meets
 * it (policy/meet.h), or meets it at a path to which it has a right of its own. Pure.
 *
 *   self                 {"program", "run", "node", "incarnation", "started_by", and of a pipeline
 *                        "pipeline", "stage"}
 *   policy               {"name", "sha256", "expires", "in_force"}: the first three of the text;
 *                        vc_force_digest of the container's
 *   principals           {"principals": [NAME...]}: whom it meets
 *   receivers PATH       {"path", "principals": [NAME...], "programs": [NAME...]}: who may read it
 *   receivers /stream/S  the same of a stream's consumers
 *   may NAME VERB PATH   {"may": true}: VERB is read, write, append, execute, list, delete; NAME is
 *                        a principal's, or "program:" and a program's. Of a stream, read is to
 *                        consume and write to produce
 *   inputs               {"inputs": [{"path", "bytes", "given_by": {"principal"|"program"}}...]}:
 *                        files that it may read
 *   limits               {"limits": {...as in the policy}, "runs_left": N, "expires"}: in force;
 *                        without a rule of runs there is no "runs_left"
 *
 * Words are parted by one space each; a path is all that is left. */

#ifndef VC_POLICY_QUERY_H
#define VC_POLICY_QUERY_H

#include "policy/force.h"

constexpr size_t VC_QUERY_SIZE_MAX = 2048;        /* bytes of a question */
constexpr size_t VC_QUERY_ANSWER_MAX = 16U << 20; /* bytes of an answer */

/* A file that is there. */
struct vc_query_input {
    const char *path;
    uint64_t bytes;
    bool known;             /* who gave it: */
    struct vc_subject from; /* the principal that wrote it, or the program whose run did */
};

/* What is the same in every document as long as one version of the policy is in force, and costs a
 * decision for each of the program's rights and each subject. Zeros: nothing yet. */
struct vc_query_memory {
    bool known;
    uint64_t version; /* of the force */
    struct vc_buffer rights;
};

/* What only the container knows. Everything is borrowed. */
struct vc_query_facts {
    size_t program;
    uint64_t run;
    size_t principal;                          /* who started it */
    const struct vc_policy_pipeline *pipeline; /* null: it is of none */
    const struct vc_policy_stage *stage;
    const char *node; /* "" outside a topology */
    uint64_t incarnation;
    uint32_t runs;                    /* of the program that were started, this one included */
    const struct vc_force *container; /* what the run's own is within */
    const struct vc_subjects *meets;  /* vc_policy_whom_it_meets: costly, and always the same */
    struct vc_query_memory *memory;   /* of this run; null: none */
    /* Calls `visit` for each file of the run's view, in order, until it returns false. */
    void (*each_file)(void *user, bool (*visit)(void *visitor, const struct vc_query_input *input),
                      void *visitor);
    void *user;
};

/* Appends the answer as JSON. VC_MALFORMED: not a question. VC_REFUSED: the program has no right
 * there, and is told nothing, whether or not there is such a name. VC_NOT_FOUND: no such name among
 * those it may know. VC_LIMIT: more than VC_QUERY_ANSWER_MAX. `force` is the run's own. */
enum vc_code vc_query_answer(const struct vc_force *force, const struct vc_query_facts *facts,
                             struct vc_bytes question, struct vc_buffer *json, struct vc_err *err);

/* The content of VC_POLICY_FORCE_PATH, appended: all of the above that needs no argument, with the
 * program's own rights in force and, of each path among them, who may read it:
 *
 *   {"self": {...}, "policy": {...}, "principals": [...],
 *    "rights": [{"may": ["read"...], "path": PATH, with a slash at its end if it is the directory
 *                and all below it, "receivers": {"principals": [...], "programs": [...]}}...],
 *    "streams": [{"may": ["read"] or ["write"], "path": "/stream/S", "receivers": {...}}...],
 *    "inputs": [...], "limits": {...}, "runs_left": N, "expires": TIME} */
enum vc_code vc_query_document(const struct vc_force *force, const struct vc_query_facts *facts,
                               struct vc_buffer *json, struct vc_err *err);

#endif
