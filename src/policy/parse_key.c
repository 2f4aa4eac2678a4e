/* SPDX-License-Identifier: MIT */

/* The block "keys" of a policy's text. */

#include <stdlib.h>

#include "policy/key_names.h"
#include "policy/parse_internal.h"
#include "policy/piece.h"

static constexpr size_t USAGES_MAX = 10; /* those that have a name */

/* ---------------------------------------------------------------------------------- what it is */

static enum vc_code parse_type(const struct vc_json_place *place, const struct vc_key_type **type,
                               struct vc_err *err)
{
    struct vc_json_place member;
    const char *text;
    enum vc_code code = vc_piece_string(place, "type", &member, &text, err);

    if (code != VC_OK)
        return code;
    *type = vc_key_type_named(text);
    if (*type == nullptr) {
        return vc_fail(err, VC_MALFORMED,
                       "%s: a type of keys wanted: aes aria camellia chacha20 hmac derive password "
                       "raw rsa-pair rsa-public, or p256 p384 p521 x25519 with -pair or -public",
                       member.text);
    }
    return VC_OK;
}

/* May be left out where the type says it. */
static enum vc_code parse_bits(const struct vc_json_place *place, const struct vc_key_type *type,
                               uint32_t *bits, struct vc_err *err)
{
    struct vc_json_place member;
    int64_t value = type->bits_least;
    enum vc_code code;

    if (type->bits_least != type->bits_most || vc_json_has(place, "bits")) {
        code = vc_json_member(place, "bits", &member, err);
        if (code == VC_OK)
            code = vc_json_integer(&member, type->bits_least, type->bits_most, &value, err);
        if (code != VC_OK)
            return code;
    }
    if (!vc_key_type_has_bits(type, (uint32_t)value)) {
        return vc_fail(err, VC_MALFORMED,
                       "%s.bits: %u, but of the type %s: %u, or any multiple "
                       "of %u more",
                       place->text, (uint32_t)value, type->name, type->bits_least, type->steps);
    }
    *bits = (uint32_t)value;
    return VC_OK;
}

static enum vc_code parse_form(const struct vc_json_place *place, struct vc_policy_key *key,
                               struct vc_err *err)
{
    const struct vc_key_type *type = nullptr;
    struct vc_json_place member;
    int64_t id = 0;
    enum vc_code code = vc_json_member(place, "id", &member, err);

    if (code == VC_OK)
        code = vc_json_integer(&member, 1, VC_POLICY_KEY_ID_MAX, &id, err);
    if (code == VC_OK)
        code = parse_type(place, &type, err);
    if (code == VC_OK)
        code = parse_bits(place, type, &key->bits, err);
    if (code != VC_OK)
        return code;
    key->id = (uint32_t)id;
    key->type = type->number;
    return VC_OK;
}

/* --------------------------------------------------------------------------- what it is used for
 */

static enum vc_code parse_usage(const struct vc_json_place *place, uint32_t *usage,
                                struct vc_err *err)
{
    const struct vc_key_usage_name *known;
    const char *text;
    enum vc_code code = vc_json_string(place, &text, err);

    if (code != VC_OK)
        return code;
    known = vc_key_usage_named(text);
    if (known == nullptr) {
        return vc_fail(err, VC_MALFORMED,
                       "%s: one of encrypt decrypt sign-message verify-message sign-hash "
                       "verify-hash derive verify-derivation cache copy wanted",
                       place->text);
    }
    if ((*usage & known->usage) != 0)
        return vc_fail(err, VC_MALFORMED, "%s: %s a second time", place->text, known->name);
    *usage |= known->usage;
    return VC_OK;
}

/* The list may be empty: a key may be there only to be exported or wrapped. */
static enum vc_code parse_usages(const struct vc_json_place *place, uint32_t *usage,
                                 struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(place, "usage", &list, err);

    if (code == VC_OK)
        code = vc_json_check_array(&list, USAGES_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = parse_usage(&element, usage, err);
    }
    return code;
}

static enum vc_code parse_algorithm(const struct vc_json_place *place, uint32_t *number,
                                    struct vc_err *err)
{
    const struct vc_key_algorithm *algorithm;
    struct vc_json_place member;
    const char *text;
    enum vc_code code;

    if (!vc_piece_find(place, "algorithm", &member))
        return VC_OK;
    code = vc_json_string(&member, &text, err);
    if (code != VC_OK)
        return code;
    algorithm = vc_key_algorithm_named(text);
    if (algorithm == nullptr) {
        return vc_fail(err, VC_MALFORMED,
                       "%s: an algorithm wanted, such as gcm, hmac-sha-256 or ecdsa-sha-256; "
                       "docs/policy.md lists them",
                       member.text);
    }
    *number = algorithm->number;
    return VC_OK;
}

static enum vc_code parse_use(const struct vc_json_place *place, struct vc_policy_key *key,
                              struct vc_err *err)
{
    bool exported = false;
    enum vc_code code = parse_usages(place, &key->usage, err);

    if (code == VC_OK)
        code = parse_algorithm(place, &key->algorithm, err);
    if (code == VC_OK)
        code = vc_piece_flag(place, "export", &exported, err);
    if (code == VC_OK && exported)
        key->usage |= VC_KEY_USAGE_EXPORT;
    return code;
}

/* -------------------------------------------------------------------------------- whose it is */

static enum vc_code parse_owner(const struct vc_json_place *place, const struct vc_policy *policy,
                                size_t *owner, struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = vc_json_member(place, "owner", &member, err);

    return code == VC_OK ? vc_policy_parse_name(&member, VC_NAMED_PRINCIPAL, policy, owner, err)
                         : code;
}

static enum vc_code parse_programs(const struct vc_json_place *place,
                                   const struct vc_policy *policy, struct vc_policy_key *key,
                                   struct vc_err *err)
{
    struct vc_policy_choice choice = {};
    struct vc_json_place list;
    enum vc_code code = vc_json_member(place, "programs", &list, err);

    if (code == VC_OK)
        code = vc_piece_check_list(&list, VC_POLICY_PROGRAMS_MAX, err);
    if (code == VC_OK)
        code = vc_policy_parse_names(&list, VC_NAMED_PROGRAM, policy, &choice, err);
    key->programs = choice.items;
    key->program_count = choice.count;
    return code;
}

static enum vc_code parse_receivers(const struct vc_json_place *place,
                                    const struct vc_policy *policy, struct vc_policy_key *key,
                                    struct vc_err *err)
{
    struct vc_policy_choice choice = {};
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(place, "wrap", &list))
        return VC_OK;
    code = vc_json_check_array(&list, VC_POLICY_RECEIVERS_MAX, err);
    if (code == VC_OK)
        code = vc_policy_parse_names(&list, VC_NAMED_PRINCIPAL, policy, &choice, err);
    key->receivers = choice.items;
    key->receiver_count = choice.count;
    return code;
}

static enum vc_code parse_key(const struct vc_json_place *place, const char *name,
                              const struct vc_policy *policy, struct vc_policy_key *key,
                              struct vc_err *err)
{
    static const char *const known[] = {"owner",     "id",       "type",   "bits", "usage",
                                        "algorithm", "programs", "export", "wrap", nullptr};
    enum vc_code code = vc_piece_name(place, name, &key->name, err);

    if (code == VC_OK)
        code = vc_json_check_object(place, known, err);
    if (code == VC_OK)
        code = parse_owner(place, policy, &key->owner, err);
    if (code == VC_OK)
        code = parse_form(place, key, err);
    if (code == VC_OK)
        code = parse_use(place, key, err);
    if (code == VC_OK)
        code = parse_programs(place, policy, key, err);
    return code == VC_OK ? parse_receivers(place, policy, key, err) : code;
}

enum vc_code vc_policy_parse_keys(const struct vc_json_place *root, struct vc_policy *policy,
                                  struct vc_err *err)
{
    struct vc_json_place map;
    enum vc_code code;

    if (!vc_piece_find(root, "keys", &map))
        return VC_OK;
    code = vc_piece_check_map(&map, 0, VC_POLICY_KEYS_MAX, err);
    if (code != VC_OK || vc_json_count(&map) == 0)
        return code;
    policy->keys = calloc(vc_json_count(&map), sizeof(*policy->keys));
    if (policy->keys == nullptr)
        return vc_fail_memory(err);
    policy->key_count = vc_json_count(&map);
    for (size_t i = 0; code == VC_OK && i < policy->key_count; i++) {
        const char *name;
        struct vc_json_place place = vc_json_entry(&map, i, &name);

        code = parse_key(&place, name, policy, &policy->keys[i], err);
    }
    return code;
}
