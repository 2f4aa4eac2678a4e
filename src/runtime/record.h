/* SPDX-License-Identifier: MIT */

/* What the rest of the runtime tells the journal: one function for each kind of thing that happens,
 * which knows what of it is written down, and whom it concerns. Called before the answer leaves.
 *
 * Whom a file concerns: who may read, write, append to, delete or list it, and those with a stake
 * in a program that may read or write it, or whose module it is. Who has a stake in a program: who
 * may start it, alone or in a pipeline; who may write what it may read, or read what it may write;
 * who shares a stream with it, gives it a key, or must consent to it. All this by the policy,
 * whatever was narrowed. Sizes and digests are told to who did it and who may read the file as it
 * is in force; how a run ended and what it used, to who may start the program.
 *
 * What is in an entry, and whether there is one, depends on what principals do and on which runs
 * were started and are over; what depends on what programs did is in its details alone. */

#ifndef VC_RUNTIME_RECORD_H
#define VC_RUNTIME_RECORD_H

#include "crypto/digest.h"
#include "journal/journal.h"
#include "policy/force.h"
#include "runtime/clock.h"
#include "runtime/runs.h"

struct vc_record;

/* All borrowed for its life. */
struct vc_record_setup {
    const struct vc_policy *policy;
    struct vc_journal *journal;
    const struct vc_clock *clock;
    /* Something has happened that could not be written down: the container has to end. */
    void (*broken)(void *user, const struct vc_err *err);
    void *user;
};
enum vc_code vc_record_new(const struct vc_record_setup *setup, struct vc_record **record,
                           struct vc_err *err);
void vc_record_free(struct vc_record *record); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_record, vc_record_free);

struct vc_journal *vc_record_journal(const struct vc_record *record);
/* Who may read what and start what is asked of this from now on, and not of the policy alone;
 * borrowed. Null record is allowed. */
void vc_record_set_force(struct vc_record *record, const struct vc_force *force);

/* In all of these a null record is allowed, and nothing is written down: outside of a container.
 * VC_LIMIT, VC_MEMORY: it was not written down, and so must not be done. */

/* Is there room for what this principal is about to do, in whatever it ends? */
enum vc_code vc_record_check_room(const struct vc_record *record, size_t principal,
                                  struct vc_err *err);

/* The container's own: began; certificates; its end. */
enum vc_code vc_record_began(struct vc_record *record, const struct vc_cert *certificate,
                             struct vc_err *err);
enum vc_code vc_record_attested(struct vc_record *record, const struct vc_cert *certificate,
                                struct vc_err *err);
/* The last entry: nothing is written down after it, and nothing done that would have to be. */
enum vc_code vc_record_ended(struct vc_record *record, const char *reason, struct vc_err *err);
/* Once for each principal and certificate of the container, as long as half of its share is free;
 * more often it costs nothing. */
enum vc_code vc_record_session(struct vc_record *record, size_t principal, struct vc_err *err);

/* A file as it is, or was. */
struct vc_record_file {
    const char *path;
    bool missing; /* READ, DELETE: there is no such file, and the answer says so */
    uint64_t bytes;
    const uint8_t *sha256; /* null: the policy wants none */
    uint64_t origin;       /* READ: runtime/origin.h */
};
/* VC_ENTRY_WRITE, APPEND (bytes and digest of what was added), DELETE, READ. A read is written down
 * once, until somebody changes the file or a run is over that may have. */
enum vc_code vc_record_file(struct vc_record *record, enum vc_entry_kind kind, size_t principal,
                            const struct vc_record_file *file, struct vc_err *err);
/* Do entries commit to the digests of files? */
[[nodiscard]] bool vc_record_wants_digests(const struct vc_record *record);
enum vc_code vc_record_key(struct vc_record *record, size_t principal, size_t key, bool given,
                           struct vc_err *err);
enum vc_code vc_record_consent(struct vc_record *record, size_t principal, size_t program,
                               struct vc_err *err);
/* One use of a stream by a principal: it begins, by its producer or for one of its consumers; or it
 * is over, whole or lost, for which there is room since it began. */
struct vc_record_use {
    size_t stream, principal;
    uint64_t use;
    bool consumes;
    /* if it is over: */
    bool whole;
    uint64_t bytes;
    const char *digest; /* of the whole, as HTTP tells it; null: none */
    const char *reason; /* why it was lost; null: it was not */
};
enum vc_code vc_record_stream_begun(struct vc_record *record, const struct vc_record_use *use,
                                    struct vc_err *err);
void vc_record_stream_over(struct vc_record *record, const struct vc_record_use *use);
/* Runs. Of their arguments the SHA-256 over their count, as eight bytes, the largest first, and
 * each of them with its NUL is written down. */
struct vc_record_run {
    uint64_t id;
    size_t principal, program;
    const struct vc_policy_pipeline *pipeline; /* null: of none */
    const struct vc_policy_stage *stage;
};
/* Is there room for it, and for its end? */
enum vc_code vc_record_check_run(const struct vc_record *record, size_t principal, size_t program,
                                 struct vc_err *err);
/* To be called last before it starts. */
enum vc_code vc_record_run(struct vc_record *record, const struct vc_record_run *run,
                           struct vc_err *err);
/* What the run did with one stream that its program produces: for each of them, whether or not the
 * run opened it, before vc_record_run_over. */
struct vc_record_run_use {
    uint32_t uses;             /* that the run began; of the last of them: */
    struct vc_record_use last; /* in any case the stream */
};
void vc_record_run_stream(struct vc_record *record, const struct vc_run_status *status,
                          const struct vc_record_run_use *use);
/* Of how many runs the end was written down. */
uint64_t vc_record_runs_over(const struct vc_record *record);
/* These cannot fail: there was room when it began, and it is written down or the container ends. */
void vc_record_run_over(struct vc_record *record, const struct vc_run_status *status);

/* To everybody. `text` is its one spelling. */
struct vc_record_narrowing {
    bool by_container;
    struct vc_subject who;
    uint64_t run;
    size_t principal; /* whose share it takes */
    bool always;      /* whether or not there is room */
    const char *text;
};
/* Is there room for one whose text has so many bytes? VC_LIMIT. */
enum vc_code vc_record_check_narrowing(const struct vc_record *record, size_t principal,
                                       size_t text_size, struct vc_err *err);
enum vc_code vc_record_narrowing(struct vc_record *record,
                                 const struct vc_record_narrowing *narrowing, uint64_t *index,
                                 struct vc_err *err);
/* What was refused to a principal by the policy: `deed` is the method, `place` the resource, cut if
 * it is longer. Never fails: who is refused too often is told of once. */
constexpr int VC_RECORD_PLACE_MAX = 512; /* bytes, with the NUL */
void vc_record_refusal(struct vc_record *record, size_t principal, const char *deed,
                       const char *place, const char *reason);
/* Another container's receipt. */
struct vc_record_link {
    uint8_t container[VC_JOURNAL_ID_SIZE], policy[VC_SHA256_SIZE], root[VC_SHA256_SIZE];
    uint64_t size;
};
enum vc_code vc_record_link(struct vc_record *record, size_t principal,
                            const struct vc_record_link *link, struct vc_err *err);

#endif
