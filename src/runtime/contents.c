/* SPDX-License-Identifier: MIT */

#include "runtime/contents.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "runtime/background.h"
#include "runtime/digests.h"

/* What a thread hashes. */
struct job {
    struct vc_contents *contents;
    struct vc_blob *blob;
    struct vc_background *working;
    atomic_bool stopped;
    enum vc_code code;
    struct vc_err err;
    uint8_t found[VC_SHA256_SIZE];
};

struct vc_contents {
    struct vc_loop *loop;
    struct job *job; /* null: nothing is hashed now */
    struct vc_contents_waiter *waiters;
};

enum vc_code vc_contents_new(struct vc_loop *loop, struct vc_contents **contents,
                             struct vc_err *err)
{
    struct vc_contents *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->loop = loop;
    *contents = made;
    return VC_OK;
}

static void free_job(struct job *job)
{
    vc_blob_unref(job->blob);
    free(job);
}

void vc_contents_free(struct vc_contents *contents)
{
    if (contents == nullptr)
        return;
    if (contents->job != nullptr) {
        contents->job->stopped = true;
        vc_background_cancel(contents->job->working);
        free_job(contents->job);
    }
    while (contents->waiters != nullptr)
        vc_contents_leave(contents, contents->waiters);
    free(contents);
}

/* ---- one after the other ---- */

static void work(void *user)
{
    struct job *job = user;

    job->code = vc_digests_hash(job->blob, &job->stopped, job->found, &job->err);
}

/* The first in line of those who wait for this content. */
static struct vc_contents_waiter *take_waiter(struct vc_contents *contents,
                                              const struct vc_blob *blob)
{
    struct vc_contents_waiter **link = &contents->waiters;
    struct vc_contents_waiter *waiter;

    while (*link != nullptr && (*link)->blob != blob)
        link = &(*link)->next;
    waiter = *link;
    if (waiter != nullptr)
        *link = waiter->next;
    return waiter;
}

/* Each may leave, or wait again, while others are told. */
static void tell(struct vc_contents *contents, struct vc_blob *blob, enum vc_code code,
                 const struct vc_err *err)
{
    struct vc_contents_waiter *waiter = take_waiter(contents, blob);

    while (waiter != nullptr) {
        vc_blob_unref(vc_take(waiter->blob));
        waiter->known(waiter->user, code, err);
        waiter = take_waiter(contents, blob);
    }
}

static enum vc_code begin(struct vc_contents *contents, struct vc_blob *blob, struct vc_err *err);

/* Of what cannot be begun its waiters hear, and the next is tried. */
static void go_on(struct vc_contents *contents)
{
    while (contents->job == nullptr && contents->waiters != nullptr) {
        struct vc_err err = {};
        enum vc_code code = begin(contents, contents->waiters->blob, &err);

        if (code != VC_OK) {
            vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = vc_blob_ref(contents->waiters->blob);

            tell(contents, blob, code, &err);
        }
    }
}

static void done(void *user)
{
    struct job *job = user;
    struct vc_contents *contents = job->contents;

    contents->job = nullptr;
    if (job->code == VC_OK)
        vc_blob_note_digest(job->blob, job->found);
    tell(contents, job->blob, job->code, &job->err);
    free_job(job);
    go_on(contents);
}

static enum vc_code begin(struct vc_contents *contents, struct vc_blob *blob, struct vc_err *err)
{
    struct job *job = calloc(1, sizeof(*job));
    enum vc_code code;

    if (job == nullptr)
        return vc_fail_memory(err);
    job->contents = contents;
    job->blob = vc_blob_ref(blob);
    code = vc_background_start(contents->loop, work, done, job, &job->working, err);
    if (code == VC_OK) {
        contents->job = job;
    } else {
        free_job(job);
    }
    return code;
}

/* ---- waiting ---- */

static enum vc_code hash_now(struct vc_blob *blob, struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];
    struct vc_bytes bytes;
    enum vc_code code = vc_blob_bytes(blob, &bytes, err);

    if (code != VC_OK)
        return code;
    vc_sha256(bytes, digest);
    vc_blob_note_digest(blob, digest);
    return VC_OK;
}

enum vc_code vc_contents_await(struct vc_contents *contents, struct vc_blob *blob,
                               struct vc_contents_waiter *waiter, bool *now, struct vc_err *err)
{
    struct vc_contents_waiter **link = &contents->waiters;
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_code code = VC_OK;

    *now = vc_blob_digest(blob, digest) || vc_blob_size(blob) <= VC_CONTENTS_AT_ONCE;
    if (*now)
        return vc_blob_digest(blob, digest) ? VC_OK : hash_now(blob, err);
    if (contents->job == nullptr)
        code = begin(contents, blob, err);
    if (code != VC_OK)
        return code;
    while (*link != nullptr)
        link = &(*link)->next;
    waiter->blob = vc_blob_ref(blob);
    waiter->next = nullptr;
    *link = waiter;
    return VC_OK;
}

void vc_contents_leave(struct vc_contents *contents, struct vc_contents_waiter *waiter)
{
    struct vc_contents_waiter **link = &contents->waiters;

    while (*link != nullptr && *link != waiter)
        link = &(*link)->next;
    if (*link == waiter)
        *link = waiter->next;
    vc_blob_unref(vc_take(waiter->blob));
}
