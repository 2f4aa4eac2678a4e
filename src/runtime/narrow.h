/* SPDX-License-Identifier: MIT */

/* The one place in the container where the policy in force changes. A narrowing is asked of the
 * policy, put in force and written into the journal, and then everything under way is asked again,
 * all within one turn of the loop: nothing that it forbids is done after. */

#ifndef VC_RUNTIME_NARROW_H
#define VC_RUNTIME_NARROW_H

#include "policy/force.h"
#include "runtime/record.h"

/* That changed something, by all principals and the programs that they started; each has its part.
 * Withdrawing a program and freezing inputs is always heard, and so is what was read once. */
constexpr size_t VC_NARROWINGS_MAX = 16384;
constexpr size_t VC_NARROWING_NAMES_MAX = 1 << 17; /* of paths in them */

struct vc_narrower;

/* All borrowed for its life. */
struct vc_narrower_setup {
    const struct vc_policy *policy;
    struct vc_record *record;   /* null outside of a container, as the two below */
    int64_t (*now)(void *user); /* seconds since 1970 */
    /* Something is in force that could not be written down: the container must end. */
    void (*broken)(void *user, const struct vc_err *err);
    void *user;
};
enum vc_code vc_narrower_new(const struct vc_narrower_setup *setup, struct vc_narrower **narrower,
                             struct vc_err *err);
void vc_narrower_free(struct vc_narrower *narrower); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_narrower, vc_narrower_free);

/* What is in force in the container, for every question; it stays the same object. */
const struct vc_force *vc_narrower_force(const struct vc_narrower *narrower);

/* Who asks for it. */
struct vc_narrow_request {
    struct vc_subject who;
    uint64_t run;     /* of a program; otherwise 0 */
    size_t principal; /* whose share of the journal it takes: who asks, or who started the run */
    const struct vc_narrowing *narrowing; /* borrowed for the call */
};
/* *changed: something was allowed, and is no more, and entry *index (null: no matter) of the
 * journal says so; what changes nothing is not written down. VC_REFUSED, VC_LIMIT: nothing has
 * changed. VC_MEMORY: it may be in force. */
enum vc_code vc_narrower_narrow(struct vc_narrower *narrower,
                                const struct vc_narrow_request *request, bool *changed,
                                uint64_t *index, struct vc_err *err);
/* Is there room to note that this principal has read a file that is read once? VC_LIMIT. */
enum vc_code vc_narrower_check_read(const struct vc_narrower *narrower, size_t principal,
                                    const char *path, struct vc_err *err);
/* A principal has read a file whole that is read once: it may not again. VC_LIMIT, VC_MEMORY: it
 * may be in force all the same. */
enum vc_code vc_narrower_note_read(struct vc_narrower *narrower, size_t principal, const char *path,
                                   struct vc_err *err);

/* Somebody who has something under way: told after each change, in the order of watching. Must live
 * until vc_narrower_unwatch, which may be called meanwhile. */
struct vc_narrowed;
struct vc_narrower_watcher {
    void (*changed)(void *user, const struct vc_narrowed *narrowed);
    void *user;
    struct vc_narrower_watcher *next; /* the narrower's own */
};
void vc_narrower_watch(struct vc_narrower *narrower, struct vc_narrower_watcher *watcher);
void vc_narrower_unwatch(struct vc_narrower *narrower, struct vc_narrower_watcher *watcher);

/* Calls `visit` for each narrowing that was put in force, in order. */
struct vc_narrowed {
    int64_t time;
    bool by_container; /* a file that was read once; otherwise: */
    struct vc_subject who;
    uint64_t run;
    uint64_t index; /* in the journal */
    struct vc_narrowing narrowing;
};
void vc_narrower_each(const struct vc_narrower *narrower,
                      void (*visit)(void *user, const struct vc_narrowed *narrowed), void *user);

#endif
