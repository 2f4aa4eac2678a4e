/* SPDX-License-Identifier: MIT */

#include "runtime/record_reads.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"

static constexpr size_t SLOTS_FIRST = 64; /* a power of two */

/* A path, by its digest. */
struct slot {
    bool taken;
    uint8_t key[VC_SHA256_SIZE];
    uint64_t epoch;
    struct vc_subjects readers;
};

/* A hash table with open addressing, never more than half full. */
struct vc_record_reads {
    struct slot *slots;
    size_t count, capacity;
};

enum vc_code vc_record_reads_new(struct vc_record_reads **reads, struct vc_err *err)
{
    struct vc_record_reads *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->slots = calloc(SLOTS_FIRST, sizeof(*made->slots));
    if (made->slots == nullptr) {
        free(made);
        return vc_fail_memory(err);
    }
    made->capacity = SLOTS_FIRST;
    *reads = made;
    return VC_OK;
}

void vc_record_reads_free(struct vc_record_reads *reads)
{
    if (reads == nullptr)
        return;
    free(reads->slots);
    free(reads);
}

/* The slot of this key, or the free one where it would be. */
static struct slot *look_up(struct slot *slots, size_t capacity, const uint8_t *key)
{
    uint64_t start;
    size_t at;

    memcpy(&start, key, sizeof(start)); /* a digest is as good as random */
    at = (size_t)start & (capacity - 1);
    while (slots[at].taken && memcmp(slots[at].key, key, VC_SHA256_SIZE) != 0)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static enum vc_code grow(struct vc_record_reads *reads, struct vc_err *err)
{
    size_t capacity = 2 * reads->capacity;
    struct slot *slots;

    if (2 * (reads->count + 1) <= reads->capacity)
        return VC_OK;
    slots = calloc(capacity, sizeof(*slots));
    if (slots == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < reads->capacity; i++) {
        if (reads->slots[i].taken)
            *look_up(slots, capacity, reads->slots[i].key) = reads->slots[i];
    }
    free(reads->slots);
    reads->slots = slots;
    reads->capacity = capacity;
    return VC_OK;
}

static void key_of(const char *path, uint8_t key[VC_SHA256_SIZE])
{
    vc_sha256((struct vc_bytes){(const uint8_t *)path, strlen(path)}, key);
}

bool vc_record_reads_have(const struct vc_record_reads *reads, const struct vc_policy *policy,
                          const char *path, uint64_t epoch, struct vc_subject who)
{
    uint8_t key[VC_SHA256_SIZE];
    const struct slot *slot;

    key_of(path, key);
    slot = look_up(reads->slots, reads->capacity, key);
    return slot->taken && slot->epoch == epoch && vc_subjects_have(policy, &slot->readers, who);
}

enum vc_code vc_record_reads_of(struct vc_record_reads *reads, const char *path, uint64_t epoch,
                                struct vc_subjects **readers, struct vc_err *err)
{
    uint8_t key[VC_SHA256_SIZE];
    struct slot *slot;
    enum vc_code code = grow(reads, err);

    if (code != VC_OK)
        return code;
    key_of(path, key);
    slot = look_up(reads->slots, reads->capacity, key);
    if (!slot->taken) {
        reads->count++;
        slot->taken = true;
        memcpy(slot->key, key, sizeof(key));
        slot->epoch = epoch;
    }
    if (slot->epoch != epoch) {
        slot->epoch = epoch;
        slot->readers = (struct vc_subjects){};
    }
    *readers = &slot->readers;
    return VC_OK;
}

void vc_record_reads_forget(struct vc_record_reads *reads, const char *path)
{
    uint8_t key[VC_SHA256_SIZE];
    struct slot *slot;

    key_of(path, key);
    slot = look_up(reads->slots, reads->capacity, key);
    if (slot->taken)
        slot->readers = (struct vc_subjects){};
}
