/* SPDX-License-Identifier: MIT */

/* Whether a policy's keys are coherent. */

#include "crypto/public_key.h"
#include "policy/check.h"
#include "policy/key_names.h"

static enum vc_code check_unique_id(const struct vc_policy *policy, size_t index,
                                    struct vc_err *err)
{
    for (size_t i = 0; i < index; i++) {
        if (policy->keys[i].id == policy->keys[index].id) {
            return vc_fail(err, VC_REFUSED, "keys.%s.id: %u is that of %s",
                           policy->keys[index].name, policy->keys[index].id, policy->keys[i].name);
        }
    }
    return VC_OK;
}

/* The first usage by name among these. */
static const char *first_usage(uint32_t usages)
{
    const struct vc_key_usage_name *usage;

    for (size_t i = 0; (usage = vc_key_usage_at(i)) != nullptr; i++) {
        if ((usages & usage->usage) != 0)
            return usage->name;
    }
    return "";
}

/* The parser took type and algorithm from the tables. */
static enum vc_code check_use(const struct vc_policy_key *key, struct vc_err *err)
{
    const struct vc_key_type *type = vc_key_type_of(key->type, key->bits);
    const struct vc_key_algorithm *algorithm = vc_key_algorithm_of(key->algorithm);
    uint32_t used = key->usage & ~VC_KEY_USAGES_PLAIN;
    uint32_t possible = algorithm == nullptr ? 0 : vc_key_usages_of(type, algorithm);

    if (algorithm != nullptr && possible == 0) {
        return vc_fail(err, VC_REFUSED, "keys.%s.algorithm: %s is not for keys of the type %s",
                       key->name, algorithm->name, type->name);
    }
    if (algorithm == nullptr && used != 0) {
        return vc_fail(err, VC_REFUSED, "keys.%s: to %s needs an \"algorithm\"", key->name,
                       first_usage(used));
    }
    if ((used & ~possible) != 0) {
        return vc_fail(err, VC_REFUSED,
                       "keys.%s.usage: %s is not what %s does with keys of the "
                       "type %s",
                       key->name, first_usage(used & ~possible), algorithm->name, type->name);
    }
    if (used == 0 && (key->usage & VC_KEY_USAGE_EXPORT) == 0 && key->receiver_count == 0) {
        return vc_fail(err, VC_REFUSED,
                       "keys.%s.usage: nobody could do anything with it: no usage of an algorithm, "
                       "no \"export\", no \"wrap\"",
                       key->name);
    }
    return VC_OK;
}

static enum vc_code check_programs(const struct vc_policy_key *key, struct vc_err *err)
{
    for (size_t i = 0; i < key->program_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (key->programs[i] != key->programs[k])
                continue;
            return vc_fail(err, VC_REFUSED, "keys.%s.programs[%zu]: the same as [%zu]", key->name,
                           i, k);
        }
    }
    return VC_OK;
}

/* To some keys that are fit for an identity nothing can be encrypted: Ed25519 only signs. */
static enum vc_code check_receiver(const struct vc_policy *policy, const struct vc_policy_key *key,
                                   size_t index, struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *receiving = nullptr;
    const struct vc_policy_principal *receiver = &policy->principals[key->receivers[index]];
    enum vc_code code = vc_public_key_of_cert(receiver->certificate, &receiving, nullptr);

    for (size_t k = 0; k < index; k++) {
        if (key->receivers[index] == key->receivers[k]) {
            return vc_fail(err, VC_REFUSED, "keys.%s.wrap[%zu]: the same as [%zu]", key->name,
                           index, k);
        }
    }
    if (code == VC_MEMORY)
        return vc_fail_memory(err);
    if (code != VC_OK) {
        return vc_fail(err, VC_REFUSED,
                       "keys.%s.wrap[%zu]: nothing can be encrypted for %s: the key of that "
                       "certificate only signs",
                       key->name, index, receiver->name);
    }
    return VC_OK;
}

static enum vc_code check_key(const struct vc_policy *policy, size_t index, struct vc_err *err)
{
    const struct vc_policy_key *key = &policy->keys[index];
    enum vc_code code = check_unique_id(policy, index, err);

    if (code == VC_OK)
        code = check_use(key, err);
    if (code == VC_OK)
        code = check_programs(key, err);
    for (size_t i = 0; code == VC_OK && i < key->receiver_count; i++)
        code = check_receiver(policy, key, i, err);
    return code;
}

enum vc_code vc_policy_check_keys(const struct vc_policy *policy, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->key_count; i++)
        code = check_key(policy, i, err);
    return code;
}
