/* SPDX-License-Identifier: MIT */

#include "runtime/keys_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "policy/key_form.h"

/* psa_key_lifetime_t of a key that programs can neither change nor destroy: persistence
 * PSA_KEY_PERSISTENCE_READ_ONLY, location PSA_KEY_LOCATION_LOCAL_STORAGE. */
static constexpr uint32_t LIFETIME_READ_ONLY = 0xff;

/* ---- given ---- */

static enum vc_code make_kept(struct vc_keys *keys, struct vc_err *err)
{
    for (size_t i = 0; i < keys->policy->program_count; i++) {
        /* one more, since none would be null */
        keys->kept[i].keys =
            calloc((size_t)keys->policy->programs[i].kept_keys + 1, sizeof(*keys->kept[i].keys));
        if (keys->kept[i].keys == nullptr)
            return vc_fail_memory(err);
    }
    return VC_OK;
}

enum vc_code vc_keys_new(const struct vc_policy *policy, struct vc_keys **keys, struct vc_err *err)
{
    vc_cleanup(vc_keys_freep) struct vc_keys *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->policy = policy;
    made->given = calloc(policy->key_count + 1, sizeof(*made->given));
    made->kept = calloc(policy->program_count + 1, sizeof(*made->kept));
    if (made->given == nullptr || made->kept == nullptr)
        return vc_fail_memory(err);
    code = make_kept(made, err);
    if (code == VC_OK)
        *keys = vc_take(made);
    return code;
}

static void free_kept(struct vc_kept_keys *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        vc_buffer_done(&kept->keys[i].material);
    free(kept->keys);
}

void vc_keys_free(struct vc_keys *keys)
{
    if (keys == nullptr)
        return;
    for (size_t i = 0; keys->given != nullptr && i < keys->policy->key_count; i++)
        vc_buffer_done(&keys->given[i]);
    for (size_t i = 0; keys->kept != nullptr && i < keys->policy->program_count; i++)
        free_kept(&keys->kept[i]);
    free(keys->given);
    free(keys->kept);
    free(keys);
}

enum vc_code vc_keys_put(struct vc_keys *keys, size_t key, struct vc_bytes material,
                         struct vc_err *err)
{
    const struct vc_policy_key *rule = &keys->policy->keys[key];
    struct vc_buffer copy = {};
    enum vc_code code = vc_policy_key_check_form(rule, material, err);

    if (code == VC_OK)
        code = vc_buffer_append(&copy, material, err);
    if (code != VC_OK)
        return code;
    vc_buffer_done(&keys->given[key]); /* wipes the one before */
    keys->given[key] = copy;
    return VC_OK;
}

enum vc_code vc_keys_remove(struct vc_keys *keys, size_t key, struct vc_err *err)
{
    if (!vc_keys_has(keys, key)) {
        return vc_fail(err, VC_NOT_FOUND, "keys.%s: it is not given", keys->policy->keys[key].name);
    }
    vc_buffer_done(&keys->given[key]);
    return VC_OK;
}

bool vc_keys_has(const struct vc_keys *keys, size_t key)
{
    return keys->given[key].size > 0;
}

struct vc_kept_key *vc_keys_find_kept(const struct vc_keys *keys, size_t program, uint32_t id)
{
    const struct vc_kept_keys *kept = &keys->kept[program];

    for (size_t i = 0; i < kept->count; i++) {
        if (kept->keys[i].attributes.id == id)
            return &kept->keys[i];
    }
    return nullptr;
}

/* ---- the file of keys ---- */

static enum vc_code append_receiver(struct vc_buffer *file,
                                    const struct vc_policy_principal *principal, struct vc_err *err)
{
    struct vc_bytes certificate = vc_cert_der(principal->certificate);
    const struct vc_keystore_receiver record = {.kind = VC_KEYSTORE_RECEIVER,
                                                .name_size = (uint32_t)strlen(principal->name),
                                                .certificate_size = (uint32_t)certificate.size};
    enum vc_code code = vc_buffer_append(file, VC_BYTES_OF(record), err);

    if (code == VC_OK)
        code = vc_buffer_append_text(file, principal->name, err);
    return code == VC_OK ? vc_buffer_append(file, certificate, err) : code;
}

/* A key as its record says; `rule` null: one that is kept. */
struct entry {
    struct vc_keystore_key record;
    const struct vc_policy_key *rule;
    struct vc_bytes material;
    const char *name;
};

static enum vc_code append_key(struct vc_buffer *file, struct entry *entry, struct vc_err *err)
{
    size_t receiver_count = entry->rule != nullptr ? entry->rule->receiver_count : 0;
    enum vc_code code;

    entry->record.kind = VC_KEYSTORE_KEY;
    entry->record.material_size = (uint32_t)entry->material.size;
    entry->record.receiver_count = (uint32_t)receiver_count;
    entry->record.name_size = (uint32_t)strlen(entry->name);
    code = vc_buffer_append(file, VC_BYTES_OF(entry->record), err);
    for (size_t i = 0; code == VC_OK && i < receiver_count; i++) {
        uint32_t index = (uint32_t)entry->rule->receivers[i]; /* receivers are all principals */

        code = vc_buffer_append(file, VC_BYTES_OF(index), err);
    }
    if (code == VC_OK)
        code = vc_buffer_append(file, entry->material, err);
    return code == VC_OK ? vc_buffer_append_text(file, entry->name, err) : code;
}

/* Whose keys they are, for whom. */
struct audience {
    const struct vc_keys *keys;
    const struct vc_force *force;
    size_t program;
};

static bool is_for(const struct audience *audience, size_t key)
{
    return vc_keys_has(audience->keys, key) &&
           vc_force_key_is_for(audience->force, key, audience->program);
}

static enum vc_code append_given(struct vc_buffer *file, const struct audience *audience,
                                 struct vc_err *err)
{
    const struct vc_keys *keys = audience->keys;
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < keys->policy->key_count; i++) {
        const struct vc_policy_key *rule = &keys->policy->keys[i];
        struct entry entry = {.record.attributes = {.lifetime = LIFETIME_READ_ONLY,
                                                    .id = rule->id,
                                                    .usage = rule->usage,
                                                    .algorithm = rule->algorithm,
                                                    .type = rule->type,
                                                    .bits = rule->bits},
                              .rule = rule,
                              .material = vc_buffer_bytes(&keys->given[i]),
                              .name = rule->name};

        if (is_for(audience, i))
            code = append_key(file, &entry, err);
    }
    return code;
}

static enum vc_code append_kept(struct vc_buffer *file, const struct vc_kept_keys *kept,
                                struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < kept->count; i++) {
        char name[sizeof("kept 4294967295")];
        struct entry entry = {.record = {.wraps_freely = 1, .attributes = kept->keys[i].attributes},
                              .material = vc_buffer_bytes(&kept->keys[i].material),
                              .name = name};

        (void)snprintf(name, sizeof(name), "kept %u", kept->keys[i].attributes.id);
        code = append_key(file, &entry, err);
    }
    return code;
}

/* Any program may make keys of its own, and wrap them to any principal: all of them are there. */
static enum vc_code write_records(const struct audience *audience, struct vc_buffer *file,
                                  struct vc_err *err)
{
    const struct vc_keys *keys = audience->keys;
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < keys->policy->principal_count; i++)
        code = append_receiver(file, &keys->policy->principals[i], err);
    if (code == VC_OK)
        code = append_given(file, audience, err);
    return code == VC_OK ? append_kept(file, &keys->kept[audience->program], err) : code;
}

enum vc_code vc_keys_file(const struct vc_keys *keys, const struct vc_force *force, size_t program,
                          int *fd, uint64_t *size, struct vc_err *err)
{
    const struct audience audience = {keys, force, program};
    vc_cleanup(vc_fd_closep) int made = -1;
    vc_cleanup(vc_buffer_done) struct vc_buffer records = {};
    enum vc_code code = write_records(&audience, &records, err);

    if (code == VC_OK)
        code = vc_memfd_new("keys", false, &made, err);
    if (code == VC_OK)
        code = vc_fd_write_all(made, vc_buffer_bytes(&records), err);
    if (code == VC_OK && lseek(made, 0, SEEK_SET) != 0)
        code = vc_fail_host(err, "keys");
    if (code != VC_OK)
        return code;
    *fd = vc_take_fd(made);
    *size = records.size;
    return VC_OK;
}
