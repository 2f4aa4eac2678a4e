/* SPDX-License-Identifier: MIT */

/* What one run does to the keys that its program keeps: first seen by the run alone, as its files
 * are. */

#include <stdlib.h>
#include <string.h>

#include "abi/worker.h"
#include "base/reader.h"
#include "runtime/keys_internal.h"

/* psa_key_lifetime_t: persistence in the low byte, location above it, which can only be local. */
static constexpr uint32_t PERSISTENCE_VOLATILE = 0;
static constexpr uint32_t PERSISTENCE_READ_ONLY = 0xff;

/* One id, as the run sees it. */
struct entry {
    uint32_t id;
    uint64_t serial; /* of the key that was there when the run's key store began; 0: none */
    bool present;    /* as the run has left it */
    bool made;       /* by the run: what follows */
    struct vc_psa_attributes attributes;
    struct vc_buffer material;
};

struct vc_keys_change {
    struct vc_keys *keys;
    size_t program;
    struct entry *entries;
    size_t count, count_max;
};

static size_t kept_max(const struct vc_keys_change *change)
{
    return change->keys->policy->programs[change->program].kept_keys;
}

enum vc_code vc_keys_change_new(struct vc_keys *keys, size_t program,
                                struct vc_keys_change **change, struct vc_err *err)
{
    const struct vc_kept_keys *kept = &keys->kept[program];
    vc_cleanup(vc_keys_change_freep) struct vc_keys_change *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->keys = keys;
    made->program = program;
    /* All that were there may be forgotten, and as many made as there may be. */
    made->count_max = kept->count + kept_max(made);
    made->entries = calloc(made->count_max + 1, sizeof(*made->entries));
    if (made->entries == nullptr)
        return vc_fail_memory(err);
    for (; made->count < kept->count; made->count++) {
        made->entries[made->count] = (struct entry){.id = kept->keys[made->count].attributes.id,
                                                    .serial = kept->keys[made->count].serial,
                                                    .present = true};
    }
    *change = vc_take(made);
    return VC_OK;
}

void vc_keys_change_free(struct vc_keys_change *change)
{
    if (change == nullptr)
        return;
    for (size_t i = 0; i < change->count; i++)
        vc_buffer_done(&change->entries[i].material);
    free(change->entries);
    free(change);
}

static struct entry *find(const struct vc_keys_change *change, uint32_t id)
{
    for (size_t i = 0; i < change->count; i++) {
        if (change->entries[i].id == id)
            return &change->entries[i];
    }
    return nullptr;
}

static size_t count_present(const struct vc_keys_change *change)
{
    size_t count = 0;

    for (size_t i = 0; i < change->count; i++)
        count += change->entries[i].present;
    return count;
}

/* A place for an id that has none: that of a key which was made and forgotten, or a new one. */
static struct entry *place(struct vc_keys_change *change)
{
    for (size_t i = 0; i < change->count; i++) {
        if (change->entries[i].serial == 0 && !change->entries[i].present)
            return &change->entries[i];
    }
    return change->count < change->count_max ? &change->entries[change->count++] : nullptr;
}

/* ---- what the key store says ---- */

static bool is_sound(const struct vc_psa_attributes *attributes)
{
    return attributes->id >= VC_PSA_KEY_USER_MIN && attributes->id <= VC_PSA_KEY_USER_MAX &&
           attributes->lifetime != PERSISTENCE_VOLATILE &&
           attributes->lifetime < PERSISTENCE_READ_ONLY && attributes->reserved == 0;
}

/* A key of the policy that was not given is not there for the program, but its id is taken. */
static bool is_of_policy(const struct vc_keys_change *change, uint32_t id)
{
    const struct vc_policy *policy = change->keys->policy;

    for (size_t i = 0; i < policy->key_count; i++) {
        if (policy->keys[i].id == id && vc_policy_key_is_for(&policy->keys[i], change->program))
            return true;
    }
    return false;
}

static enum vc_code keep(struct vc_keys_change *change, const struct vc_psa_attributes *attributes,
                         struct vc_bytes material, struct vc_err *err)
{
    struct entry *entry = find(change, attributes->id);
    struct vc_buffer copy = {};
    enum vc_code code;

    if (entry != nullptr && entry->present)
        return vc_fail(err, VC_MALFORMED, "key store: a key is kept twice");
    if (is_of_policy(change, attributes->id))
        return vc_fail(err, VC_STATE, "kept keys: an id that the policy gives to a key");
    if (count_present(change) >= kept_max(change))
        return vc_fail(err, VC_LIMIT, "kept_keys: more than %zu", kept_max(change));
    if (entry == nullptr)
        entry = place(change);
    if (entry == nullptr)
        return vc_fail(err, VC_LIMIT, "kept_keys: more than %zu", kept_max(change));
    code = vc_buffer_append(&copy, material, err);
    if (code != VC_OK)
        return code;
    entry->id = attributes->id;
    entry->present = entry->made = true;
    entry->attributes = *attributes;
    entry->material = copy; /* the one before was wiped when it was forgotten */
    return VC_OK;
}

static enum vc_code add_kept(struct vc_keys_change *change, struct vc_bytes packet,
                             struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(packet);
    struct vc_bytes head = vc_read_run(&reader, sizeof(struct vc_keystore_kept));
    struct vc_keystore_kept kept;
    struct vc_bytes material;

    if (head.size != sizeof(kept))
        return vc_fail(err, VC_MALFORMED, "key store: out of form");
    memcpy(&kept, head.data, sizeof(kept));
    material = vc_read_run(&reader, kept.material_size);
    if (!vc_reader_done(&reader) || material.size == 0 || material.size > VC_PSA_KEY_BYTES_MAX ||
        !is_sound(&kept.attributes))
        return vc_fail(err, VC_MALFORMED, "key store: out of form");
    return keep(change, &kept.attributes, material, err);
}

static enum vc_code add_forgot(struct vc_keys_change *change, struct vc_bytes packet,
                               struct vc_err *err)
{
    struct vc_keystore_forgot forgot;
    struct entry *entry;

    if (packet.size != sizeof(forgot))
        return vc_fail(err, VC_MALFORMED, "key store: out of form");
    memcpy(&forgot, packet.data, sizeof(forgot));
    entry = find(change, forgot.id);
    if (entry == nullptr || !entry->present)
        return vc_fail(err, VC_MALFORMED, "key store: it forgets what is not there");
    entry->present = entry->made = false;
    vc_buffer_done(&entry->material);
    return VC_OK;
}

enum vc_code vc_keys_change_add(struct vc_keys_change *change, struct vc_bytes packet,
                                struct vc_err *err)
{
    uint32_t kind = 0;

    if (packet.size >= sizeof(kind))
        memcpy(&kind, packet.data, sizeof(kind));
    switch (kind) {
    case VC_WORKER_KEPT:
        return add_kept(change, packet, err);
    case VC_WORKER_FORGOT:
        return add_forgot(change, packet, err);
    default:
        return vc_fail(err, VC_MALFORMED, "key store: out of form");
    }
}

/* ---- in force ---- */

static bool is_touched(const struct entry *entry)
{
    return entry->made || (entry->serial != 0 && !entry->present);
}

/* VC_STATE, VC_LIMIT: vc_keys_change_commit's. */
enum vc_code vc_keys_change_check(const struct vc_keys_change *change, struct vc_err *err)
{
    size_t count = change->keys->kept[change->program].count;
    bool more = false;

    for (size_t i = 0; i < change->count; i++) {
        const struct entry *entry = &change->entries[i];
        const struct vc_kept_key *now = vc_keys_find_kept(change->keys, change->program, entry->id);

        if (!is_touched(entry))
            continue;
        if (now != nullptr && now->serial != entry->serial)
            return vc_fail(err, VC_STATE, "kept keys: another run has made a key of the same id");
        count = count + (entry->made && now == nullptr) - (!entry->made && now != nullptr);
        more = more || entry->made;
    }
    if (more && count > kept_max(change)) {
        return vc_fail(err, VC_LIMIT, "kept_keys: more than %zu, with those of other runs",
                       kept_max(change));
    }
    return VC_OK;
}

static void forget(struct vc_kept_keys *kept, struct vc_kept_key *key)
{
    vc_buffer_done(&key->material);
    *key = kept->keys[--kept->count];
    kept->keys[kept->count] = (struct vc_kept_key){}; /* whose material has moved */
}

static void apply(struct vc_keys_change *change, struct entry *entry)
{
    struct vc_kept_keys *kept = &change->keys->kept[change->program];
    struct vc_kept_key *now = vc_keys_find_kept(change->keys, change->program, entry->id);

    if (now != nullptr)
        forget(kept, now);
    if (!entry->made)
        return;
    kept->keys[kept->count++] = (struct vc_kept_key){.attributes = entry->attributes,
                                                     .material = entry->material,
                                                     .serial = ++change->keys->serial};
    entry->material = (struct vc_buffer){};
}

enum vc_code vc_keys_change_commit(struct vc_keys_change *change, struct vc_err *err)
{
    enum vc_code code = vc_keys_change_check(change, err);

    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < change->count; i++) { /* makes room before it takes some */
        if (is_touched(&change->entries[i]) && !change->entries[i].made)
            apply(change, &change->entries[i]);
    }
    for (size_t i = 0; i < change->count; i++) {
        if (change->entries[i].made)
            apply(change, &change->entries[i]);
    }
    change->count = 0; /* nothing is left of it */
    return VC_OK;
}
