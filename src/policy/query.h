/* SPDX-License-Identifier: MIT */

/* What a program may ask about the policy in force, and what it is told: of others only what meets
 * it, by a path, a stream or a key on which it has a right of its own. Pure.
 *
 *   self                  {"program", "run", "node", "incarnation", "started_by", "pipeline",
 * "stage"} policy                {"name", "sha256", "expires", "in_force"} principals
 * {"principals": [NAME...]}: who may read what it may write, or may write what it may read, share a
 * stream with it, give it a key, or start it receivers PATH        {"path", "principals":
 * [NAME...], "programs": [NAME...]}: who may read it receivers /stream/S   the same of a stream's
 * consumers may NAME VERB PATH    {"may": true}: VERB is read, write, append, execute, list, delete
 *   inputs                {"inputs": [{"path", "bytes", "given_by": {"principal"|"program"}}...]}
 *   limits                {"limits": {...as in the policy}, "runs_left": N, "expires"}
 */

#ifndef VC_POLICY_QUERY_H
#define VC_POLICY_QUERY_H

#include "policy/force.h"

constexpr size_t VC_QUERY_SIZE_MAX = 2048; /* bytes of a question */

/* A file that is there. */
struct vc_query_input {
    const char *path;
    uint64_t bytes;
    bool known;             /* who gave it: */
    struct vc_subject from; /* the principal that wrote it, or the program whose run did */
};

/* What only the container knows. Everything is borrowed. */
struct vc_query_facts {
    size_t program;
    uint64_t run;
    size_t principal;             /* who started it */
    const char *pipeline, *stage; /* null: it is of none */
    const char *node;             /* "" outside a topology */
    uint64_t incarnation;
    uint32_t runs; /* of the program that were started, this one included */
    /* Calls `visit` for each file of the run's view, in order, until it returns false. */
    void (*each_file)(void *user, bool (*visit)(void *visitor, const struct vc_query_input *input),
                      void *visitor);
    void *user;
};

/* Appends the answer as JSON. VC_MALFORMED: not a question. VC_REFUSED: the program has no right
 * there, and is told nothing, whether or not there is such a name. VC_NOT_FOUND: no such name among
 * those it may know. `force` is the run's own. */
enum vc_code vc_query_answer(const struct vc_force *force, const struct vc_query_facts *facts,
                             struct vc_bytes question, struct vc_buffer *json, struct vc_err *err);

/* The content of VC_POLICY_FORCE_PATH, appended: all of the above that needs no argument, with the
 * program's own rights in force and, of each path among them, who may read it. */
enum vc_code vc_query_document(const struct vc_force *force, const struct vc_query_facts *facts,
                               struct vc_buffer *json, struct vc_err *err);

#endif
