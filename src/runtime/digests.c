/* SPDX-License-Identifier: MIT */

#include "runtime/digests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/decide.h"
#include "runtime/background.h"

static constexpr size_t PIECE_SIZE = 1 << 20; /* bytes hashed between looks at `stopped` */
static constexpr size_t REASON_MAX = 256;

struct file {
    const char *path; /* borrowed from the policy */
    const uint8_t *wanted;
    struct vc_blob *blob;
    bool known; /* `found` is there already */
    uint8_t found[VC_SHA256_SIZE];
};

struct vc_digests {
    struct vc_digests_order order;
    struct file files[1 + VC_POLICY_PINS_MAX];
    size_t count;
    struct vc_background *working;
    atomic_bool stopped;
    enum vc_code code; /* of the hashing */
    struct vc_err err;
};

static void release(struct vc_digests *digests)
{
    for (size_t i = 0; i < digests->count; i++)
        vc_blob_unref(digests->files[i].blob);
    free(digests);
}

/* A file whose digest is not known yet is hashed; one that is not there has none. */
static void add(struct vc_digests *digests, const char *path, const uint8_t *wanted)
{
    const struct vc_node *node = vc_tree_find(digests->order.tree, path);

    if (node == nullptr || node->kind != VC_NODE_IS_FILE || node->blob == nullptr)
        return;
    struct file *file = &digests->files[digests->count++];

    *file = (struct file){.path = path, .wanted = wanted, .blob = vc_blob_ref(node->blob)};
    file->known = vc_blob_digest(file->blob, file->found);
}

static void collect(struct vc_digests *digests)
{
    const struct vc_policy *policy = digests->order.policy;
    const struct vc_policy_program *program = &policy->programs[digests->order.program];
    struct vc_subject who = {VC_SUBJECT_PROGRAM, digests->order.program};

    add(digests, program->path, program->sha256);
    for (size_t i = 0; i < policy->pin_count; i++) {
        const struct vc_policy_pin *pin = &policy->pins[i];

        if (vc_policy_decide(policy, who, VC_RIGHT_READ, pin->path, nullptr) == VC_OK)
            add(digests, pin->path, pin->sha256);
    }
}

static bool all_known(const struct vc_digests *digests)
{
    for (size_t i = 0; i < digests->count; i++) {
        if (!digests->files[i].known)
            return false;
    }
    return true;
}

enum vc_code vc_digests_hash(const struct vc_blob *blob, const atomic_bool *stopped,
                             uint8_t digest[VC_SHA256_SIZE], struct vc_err *err)
{
    vc_cleanup(vc_sha256_stream_freep) struct vc_sha256_stream *stream = nullptr;
    uint8_t *piece = malloc(PIECE_SIZE);
    uint64_t size = vc_blob_size(blob);
    enum vc_code code = piece == nullptr ? vc_fail_memory(err) : vc_sha256_stream_new(&stream, err);

    for (uint64_t offset = 0; code == VC_OK && offset < size;) {
        ssize_t got = pread(vc_blob_fd(blob), piece, PIECE_SIZE, (off_t)offset);

        if (*stopped) {
            code = vc_fail(err, VC_CLOSED, "stopped");
        } else if (got <= 0) {
            code = vc_fail_host(err, "reading a file to hash it");
        } else {
            vc_sha256_stream_add(stream, (struct vc_bytes){piece, (size_t)got});
            offset += (uint64_t)got;
        }
    }
    free(piece);
    if (code == VC_OK)
        vc_sha256_stream_end(stream, digest);
    return code;
}

/* On a thread of its own: looks at descriptors and sizes of blobs alone, which do not change. */
static void work(void *user)
{
    struct vc_digests *digests = user;

    digests->code = VC_OK;
    for (size_t i = 0; digests->code == VC_OK && i < digests->count; i++) {
        struct file *file = &digests->files[i];

        if (!file->known)
            digests->code =
                vc_digests_hash(file->blob, &digests->stopped, file->found, &digests->err);
    }
}

/* Tells the outcome; the digests that were found are kept with their contents. */
static void tell(struct vc_digests *digests)
{
    struct vc_digests_order order = digests->order;
    char reason[REASON_MAX] = "";

    if (digests->code != VC_OK)
        (void)snprintf(reason, sizeof(reason), "%.200s", digests->err.text);
    for (size_t i = 0; digests->code == VC_OK && i < digests->count; i++) {
        const struct file *file = &digests->files[i];

        vc_blob_note_digest(file->blob, file->found);
        if (memcmp(file->found, file->wanted, VC_SHA256_SIZE) != 0)
            (void)snprintf(reason, sizeof(reason), "%.180s: not the content that the policy names",
                           file->path);
    }
    release(digests);
    order.done(order.user, reason[0] == '\0' ? nullptr : reason);
}

static void work_done(void *user)
{
    struct vc_digests *digests = user;

    digests->working = nullptr;
    tell(digests);
}

enum vc_code vc_digests_check(const struct vc_digests_order *order, struct vc_digests **digests,
                              struct vc_err *err)
{
    struct vc_digests *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->order = *order;
    collect(made);
    *digests = nullptr;
    if (all_known(made)) {
        tell(made);
        return VC_OK;
    }
    code = vc_background_start(order->loop, work, work_done, made, &made->working, err);
    if (code == VC_OK) {
        *digests = made;
    } else {
        release(made);
    }
    return code;
}

void vc_digests_cancel(struct vc_digests *digests)
{
    if (digests == nullptr)
        return;
    digests->stopped = true;
    vc_background_cancel(digests->working);
    release(digests);
}
