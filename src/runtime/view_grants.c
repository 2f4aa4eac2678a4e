/* SPDX-License-Identifier: MIT */

/* What a run has done by a right that it had: so that, when the policy in force changes, it can be
 * asked whether it still may have done so. */

#include <stdlib.h>
#include <string.h>

#include "policy/spot.h"
#include "runtime/view_internal.h"

/* What is remembered path by path. A program chooses paths and how many they are: what it does
 * beyond is remembered by the rights alone, so that neither memory nor a later question grows. */
static constexpr size_t EXACT_MAX = 4096;
static constexpr size_t EXACT_BYTES_MAX = 262144; /* of all paths */
static constexpr size_t BUCKETS = 256;            /* to begin with */

struct grant {
    struct grant *next;
    unsigned rights; /* one of these was needed */
    char path[];
};

struct vc_view_grants {
    struct grant **buckets;
    size_t bucket_count, count, bytes;
    unsigned others; /* rights by which something was done at paths that are not remembered */
};

/* FNV-1a; who chooses paths so that they collide slows its own calls down, within EXACT_MAX. */
static size_t bucket_of(const char *path, unsigned rights, size_t bucket_count)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ rights;

    for (; *path != '\0'; path++)
        hash = (hash ^ (uint8_t)*path) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32) % bucket_count;
}

static bool rehash(struct vc_view_grants *grants, size_t bucket_count)
{
    struct grant **buckets = (struct grant **)calloc(bucket_count, sizeof(struct grant *));

    if (buckets == nullptr)
        return false;
    for (size_t i = 0; i < grants->bucket_count; i++) {
        while (grants->buckets[i] != nullptr) {
            struct grant *grant = grants->buckets[i];
            size_t bucket = bucket_of(grant->path, grant->rights, bucket_count);

            grants->buckets[i] = grant->next;
            grant->next = buckets[bucket];
            buckets[bucket] = grant;
        }
    }
    free((void *)grants->buckets);
    grants->buckets = buckets;
    grants->bucket_count = bucket_count;
    return true;
}

enum vc_code vc_view_grants_new(struct vc_view_grants **grants, struct vc_err *err)
{
    struct vc_view_grants *made = calloc(1, sizeof(*made));

    if (made == nullptr || !rehash(made, BUCKETS)) {
        free(made);
        return vc_fail_memory(err);
    }
    *grants = made;
    return VC_OK;
}

void vc_view_grants_free(struct vc_view_grants *grants)
{
    if (grants == nullptr)
        return;
    for (size_t i = 0; i < grants->bucket_count; i++) {
        while (grants->buckets[i] != nullptr) {
            struct grant *grant = grants->buckets[i];

            grants->buckets[i] = grant->next;
            free(grant);
        }
    }
    free((void *)grants->buckets);
    free(grants);
}

uint32_t vc_view_note(const struct vc_view *view, unsigned rights, const char *path)
{
    struct vc_view_grants *grants = view->grants;
    size_t size = strlen(path) + 1;
    size_t bucket = bucket_of(path, rights, grants->bucket_count);
    struct grant *grant;

    for (grant = grants->buckets[bucket]; grant != nullptr; grant = grant->next) {
        if (grant->rights == rights && strcmp(grant->path, path) == 0)
            return VC_WASI_SUCCESS;
    }
    if (grants->count >= EXACT_MAX || size > EXACT_BYTES_MAX - grants->bytes) {
        grants->others |= rights;
        return VC_WASI_SUCCESS;
    }
    grant = malloc(sizeof(*grant) + size);
    if (grant == nullptr)
        return VC_WASI_NOMEM;
    grant->rights = rights;
    memcpy(grant->path, path, size);
    grant->next = grants->buckets[bucket];
    grants->buckets[bucket] = grant;
    grants->bytes += size;
    /* chains that grow longer are not an error */
    if (++grants->count > 2 * grants->bucket_count)
        (void)rehash(grants, 4 * grants->bucket_count);
    return VC_WASI_SUCCESS;
}

/* With the words of the right that is gone. */
static enum vc_code recheck(const struct vc_view *view, const struct grant *grant,
                            struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (vc_view_may(view, grant->rights, grant->path))
        return VC_OK;
    for (unsigned right = VC_RIGHT_READ; right <= VC_RIGHT_DELETE && code == VC_OK; right <<= 1) {
        if ((grant->rights & right) != 0)
            code = vc_force_decide(view->force, view->who, (enum vc_right)right, grant->path, err);
    }
    return code;
}

void vc_view_forgive(struct vc_view *view)
{
    for (size_t i = 0; i < view->grants->bucket_count; i++) {
        struct grant **link = &view->grants->buckets[i];

        while (*link != nullptr) {
            struct grant *grant = *link;

            if (vc_view_may(view, grant->rights, grant->path)) {
                link = &grant->next;
                continue;
            }
            *link = grant->next;
            view->grants->bytes -= strlen(grant->path) + 1;
            view->grants->count--;
            free(grant);
        }
    }
}

/* Does it take a right, somewhere where the program has it, by which the run did something at paths
 * that are not remembered? Then it may have done it there. */
static bool takes_of_others(const struct vc_view *view, const struct vc_narrowing *narrowing)
{
    const struct vc_spot spot = {narrowing->path, narrowing->tree};

    if ((view->grants->others & narrowing->may) == 0)
        return false;
    for (size_t i = 0; i < view->policy->right_count; i++) {
        const struct vc_policy_right *right = &view->policy->rights[i];

        if (vc_policy_same_subject(right->who, view->who) &&
            (right->may & narrowing->may & view->grants->others) != 0 &&
            vc_spot_overlap(vc_spot_of(right), spot, nullptr))
            return true;
    }
    return false;
}

enum vc_code vc_view_recheck(const struct vc_view *view, const struct vc_narrowing *narrowing,
                             struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (narrowing->kind != VC_NARROW_TAKE ||
        !vc_subjects_have(view->policy, &narrowing->from, view->who))
        return VC_OK; /* nothing of what this program has */
    if (takes_of_others(view, narrowing))
        return vc_fail(err, VC_REFUSED, "narrowed: of what the run has used, some may be gone");

    for (size_t i = 0; i < view->grants->bucket_count && code == VC_OK; i++) {
        for (const struct grant *grant = view->grants->buckets[i];
             grant != nullptr && code == VC_OK; grant = grant->next)
            code = recheck(view, grant, err);
    }
    return code;
}
