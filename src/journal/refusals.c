/* SPDX-License-Identifier: MIT */

#include "journal/refusals.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct noted {
    uint8_t digest[VC_SHA256_SIZE];
    uint64_t index; /* of the journal's entry */
};

/* Of one subject; the last of each_max + 1 says that there were more. */
struct list {
    struct noted *noted;
    size_t count, capacity;
};

struct vc_refusals {
    size_t subject_count, each_max;
    struct list lists[];
};

enum vc_code vc_refusals_new(size_t count, size_t each_max, struct vc_refusals **refusals,
                             struct vc_err *err)
{
    struct vc_refusals *made = calloc(1, sizeof(*made) + count * sizeof(made->lists[0]));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->subject_count = count;
    made->each_max = each_max;
    *refusals = made;
    return VC_OK;
}

void vc_refusals_free(struct vc_refusals *refusals)
{
    if (refusals == nullptr)
        return;
    for (size_t i = 0; i < refusals->subject_count; i++)
        free(refusals->lists[i].noted);
    free(refusals);
}

enum vc_refusal_news vc_refusals_find(const struct vc_refusals *refusals, size_t subject,
                                      const uint8_t digest[VC_SHA256_SIZE], uint64_t *index)
{
    const struct list *list = &refusals->lists[subject];

    for (size_t i = 0; i < list->count; i++) {
        if (memcmp(list->noted[i].digest, digest, VC_SHA256_SIZE) == 0 || i == refusals->each_max) {
            *index = list->noted[i].index;
            return VC_REFUSAL_KNOWN;
        }
    }
    return list->count < refusals->each_max ? VC_REFUSAL_NEW : VC_REFUSAL_MORE;
}

enum vc_code vc_refusals_reserve(struct vc_refusals *refusals, size_t subject, struct vc_err *err)
{
    struct list *list = &refusals->lists[subject];
    size_t capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
    struct noted *noted;

    if (list->count < list->capacity)
        return VC_OK;
    noted = reallocarray(list->noted, capacity, sizeof(*noted));
    if (noted == nullptr)
        return vc_fail_memory(err);
    list->noted = noted;
    list->capacity = capacity;
    return VC_OK;
}

void vc_refusals_note(struct vc_refusals *refusals, size_t subject,
                      const uint8_t digest[VC_SHA256_SIZE], uint64_t index)
{
    struct list *list = &refusals->lists[subject];
    struct noted *noted = &list->noted[list->count];

    assert(list->count < list->capacity && list->count <= refusals->each_max);
    memcpy(noted->digest, digest, VC_SHA256_SIZE);
    noted->index = index;
    list->count++;
}
