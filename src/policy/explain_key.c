/* SPDX-License-Identifier: MIT */

#include "policy/explain_key.h"

#include "policy/key_names.h"

/* What stands before the index-th of `count` things in an enumeration. */
static const char *joint(size_t index, size_t count)
{
    return index == 0 ? "" : index + 1 < count ? ", " : " and ";
}

void vc_explain_key_parts(struct vc_prose *prose, const struct vc_policy *policy,
                          struct vc_subject who, size_t *said)
{
    for (size_t i = 0; i < policy->key_count; i++) {
        const struct vc_policy_key *key = &policy->keys[i];
        bool gives = who.kind == VC_SUBJECT_PRINCIPAL && key->owner == who.index;
        bool uses = who.kind == VC_SUBJECT_PROGRAM && vc_policy_key_is_for(key, who.index);

        if (gives || uses) {
            vc_prose_say(prose, "%s%s the key %s", (*said)++ > 0 ? ", and " : "",
                         gives ? "give" : "use", key->name);
        }
    }
}

void vc_explain_kept_keys(struct vc_prose *prose, const struct vc_policy_program *program)
{
    if (program->kept_keys == 0)
        return;
    vc_prose_say(prose,
                 "  Its runs may leave at most %u key%s to its later runs in the same container, "
                 "and to nobody else.\n",
                 program->kept_keys, program->kept_keys == 1 ? "" : "s");
}

/* --------------------------------------------------------------------------------- one key's use
 */

static void say_programs(struct vc_prose *prose, const struct vc_policy *policy,
                         const struct vc_policy_key *key)
{
    for (size_t i = 0; i < key->program_count; i++) {
        vc_prose_say(prose, "%sthe program %s", joint(i, key->program_count),
                     policy->programs[key->programs[i]].name);
    }
}

static void say_receivers(struct vc_prose *prose, const struct vc_policy *policy,
                          const struct vc_policy_key *key)
{
    for (size_t i = 0; i < key->receiver_count; i++) {
        vc_prose_say(prose, "%sthe %s", joint(i, key->receiver_count),
                     policy->principals[key->receivers[i]].name);
    }
}

/* "to decrypt and sign messages, with gcm" */
static void say_usages(struct vc_prose *prose, const struct vc_policy_key *key)
{
    static const struct {
        enum vc_key_usage usage;
        const char *words;
    } words[] = {
        {VC_KEY_USAGE_ENCRYPT, "encrypt"},
        {VC_KEY_USAGE_DECRYPT, "decrypt"},
        {VC_KEY_USAGE_SIGN_MESSAGE, "sign messages"},
        {VC_KEY_USAGE_VERIFY_MESSAGE, "verify messages"},
        {VC_KEY_USAGE_SIGN_HASH, "sign hashes"},
        {VC_KEY_USAGE_VERIFY_HASH, "verify hashes"},
        {VC_KEY_USAGE_DERIVE, "derive"},
        {VC_KEY_USAGE_VERIFY_DERIVATION, "verify what is derived"},
    };
    const struct vc_key_algorithm *algorithm = vc_key_algorithm_of(key->algorithm);
    uint32_t used = key->usage & ~VC_KEY_USAGES_PLAIN;
    size_t count = (size_t)__builtin_popcount(used);
    size_t said = 0;

    if (count == 0 || algorithm == nullptr) {
        vc_prose_say(prose, " but for no algorithm");
        return;
    }
    vc_prose_say(prose, " to ");
    for (size_t i = 0; i < VC_COUNT(words); i++) {
        if ((used & words[i].usage) != 0)
            vc_prose_say(prose, "%s%s", joint(said++, count), words[i].words);
    }
    vc_prose_say(prose, ", with %s", algorithm->name);
}

static void say_use(struct vc_prose *prose, const struct vc_policy *policy,
                    const struct vc_policy_key *key)
{
    vc_prose_say(prose, "  Only ");
    say_programs(prose, policy, key);
    vc_prose_say(prose, " may use it, as the key with the id %u,", key->id);
    say_usages(prose, key);
    vc_prose_say(prose, ".\n");
    if ((key->usage & VC_KEY_USAGE_DECRYPT) != 0) {
        vc_prose_say(prose, "  What is decrypted with it, a program that decrypts sees in the "
                            "clear.\n");
    }
    if ((key->usage & VC_KEY_USAGE_DERIVE) != 0) {
        vc_prose_say(prose, "  What is derived from it, a program that derives can see in the "
                            "clear.\n");
    }
}

/* ------------------------------------------------------------------------------ who can ever see
 */

static void say_export(struct vc_prose *prose, const struct vc_policy *policy,
                       const struct vc_policy_key *key)
{
    vc_prose_say(prose, "  It may be exported: ");
    say_programs(prose, policy, key);
    vc_prose_say(prose, " can read the key itself, and write it wherever %s may write.\n",
                 key->program_count == 1 ? "it" : "they");
}

static void say_wrap(struct vc_prose *prose, const struct vc_policy *policy,
                     const struct vc_policy_key *key)
{
    vc_prose_say(prose, "  It may be wrapped for ");
    say_receivers(prose, policy, key);
    vc_prose_say(prose,
                 ", who then %s the key itself and can use it for anything; the programs do "
                 "not see it by that.\n",
                 key->receiver_count == 1 ? "has" : "have");
}

static void say_who_sees(struct vc_prose *prose, const struct vc_policy *policy,
                         const struct vc_policy_key *key, const struct vc_key_type *type)
{
    if (vc_key_type_is_public(type)) {
        vc_prose_say(prose, "  It is no secret: programs can read it.\n");
        return;
    }
    if ((key->usage & VC_KEY_USAGE_EXPORT) != 0)
        say_export(prose, policy, key);
    if (key->receiver_count > 0)
        say_wrap(prose, policy, key);
    if ((key->usage & VC_KEY_USAGE_EXPORT) == 0) {
        vc_prose_say(prose, "  No program ever sees the key itself%s.\n",
                     key->receiver_count == 0 ? ", and it never leaves the container" : "");
    }
}

static void say_key(struct vc_prose *prose, const struct vc_policy *policy,
                    const struct vc_policy_key *key)
{
    const struct vc_key_type *type = vc_key_type_of(key->type, key->bits);

    vc_prose_say(prose, "Only the %s may give the key %s, %s", policy->principals[key->owner].name,
                 key->name, type->words);
    if (type->bits_least != type->bits_most)
        vc_prose_say(prose, " of %u bits", key->bits);
    vc_prose_say(prose, ", give it anew, and take it back.\n");
    say_use(prose, policy, key);
    say_who_sees(prose, policy, key, type);
}

void vc_explain_keys(struct vc_prose *prose, const struct vc_policy *policy)
{
    if (policy->key_count == 0)
        return;
    vc_prose_say(prose, "\nKeys\n\n");
    for (size_t i = 0; i < policy->key_count; i++)
        say_key(prose, policy, &policy->keys[i]);
}
