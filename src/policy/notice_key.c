/* SPDX-License-Identifier: MIT */

#include "policy/notice_key.h"

#include <string.h>

#include "policy/key_names.h"

static constexpr uint32_t STRONG_BITS = 128;
static constexpr uint32_t STRONG_RSA_BITS = 2048;

/* ------------------------------------------------------------------------------ weak choices */

/* Algorithms that do less than their users may think. */
static const struct weakness {
    const char *algorithm;
    const char *what;
} weaknesses[] = {
    {"ecb-no-padding", "what is the same looks the same in what it encrypts, block by block"},
    {"cbc-no-padding", "nobody notices if what it encrypted is altered"},
    {"cbc-pkcs7", "nobody notices if what it encrypted is altered"},
    {"ctr", "nobody notices if what it encrypted is altered"},
    {"stream-cipher", "nobody notices if what it encrypted is altered"},
};

static size_t say_algorithm(struct vc_prose *prose, const struct vc_policy_key *key)
{
    const struct vc_key_algorithm *algorithm = vc_key_algorithm_of(key->algorithm);

    for (size_t i = 0; algorithm != nullptr && i < VC_COUNT(weaknesses); i++) {
        if (strcmp(algorithm->name, weaknesses[i].algorithm) != 0)
            continue;
        vc_prose_say(prose, "- The key %s is for %s: %s.\n", key->name, algorithm->name,
                     weaknesses[i].what);
        return 1;
    }
    return 0;
}

static size_t say_bits(struct vc_prose *prose, const struct vc_policy_key *key,
                       const struct vc_key_type *type)
{
    bool rsa = (type->family & (VC_KEY_FAMILY_RSA_PAIR | VC_KEY_FAMILY_RSA_PUBLIC)) != 0;
    bool secret = vc_key_type_is_symmetric(type) && type->family != VC_KEY_FAMILY_PASSWORD;

    if ((rsa && key->bits < STRONG_RSA_BITS) || (secret && key->bits < STRONG_BITS)) {
        vc_prose_say(prose, "- The key %s has %u bits: that can be found out by trying.\n",
                     key->name, key->bits);
        return 1;
    }
    return 0;
}

/* --------------------------------------------------------------------------------- who gets it */

static size_t say_ways_out(struct vc_prose *prose, const struct vc_policy *policy,
                           const struct vc_policy_key *key)
{
    const char *owner = policy->principals[key->owner].name;
    size_t said = 0;

    for (size_t i = 0; (key->usage & VC_KEY_USAGE_EXPORT) != 0 && i < key->program_count; i++) {
        vc_prose_say(prose,
                     "- The program %s can see the key %s of the %s: whoever may read what it "
                     "writes may get it.\n",
                     policy->programs[key->programs[i]].name, key->name, owner);
        said++;
    }
    for (size_t i = 0; i < key->receiver_count; i++) {
        if (key->receivers[i] == key->owner)
            continue;
        vc_prose_say(prose, "- The %s can get the key %s of the %s, wrapped.\n",
                     policy->principals[key->receivers[i]].name, key->name, owner);
        said++;
    }
    return said;
}

/* ---------------------------------------------------------------------------- what cannot work */

/* A program that may not ask for random bytes. */
static size_t say_fixed(struct vc_prose *prose, const struct vc_policy_program *program,
                        const struct vc_policy_key *key)
{
    const struct vc_key_algorithm *algorithm = vc_key_algorithm_of(key->algorithm);
    size_t said = 0;

    if (algorithm != nullptr && (key->usage & algorithm->random) != 0) {
        vc_prose_say(prose,
                     "- The program %s may not ask for random bytes, which %s takes: it can use "
                     "the key %s only in part.\n",
                     program->name, algorithm->name, key->name);
        said++;
    }
    if (key->receiver_count > 0) {
        vc_prose_say(prose,
                     "- The program %s may not ask for random bytes, and so cannot wrap the key "
                     "%s.\n",
                     program->name, key->name);
        said++;
    }
    return said;
}

static size_t say_randomness(struct vc_prose *prose, const struct vc_policy *policy,
                             const struct vc_policy_key *key)
{
    size_t said = 0;

    for (size_t i = 0; i < key->program_count; i++) {
        const struct vc_policy_program *program = &policy->programs[key->programs[i]];

        if (!program->randomness)
            said += say_fixed(prose, program, key);
    }
    return said;
}

size_t vc_notice_keys(const struct vc_policy *policy, struct vc_prose *prose, size_t most)
{
    size_t said = 0;

    for (size_t i = 0; i < policy->key_count && said < most; i++) {
        const struct vc_policy_key *key = &policy->keys[i];
        const struct vc_key_type *type = vc_key_type_of(key->type, key->bits);

        said += say_algorithm(prose, key);
        said += say_bits(prose, key, type);
        if (!vc_key_type_is_public(type))
            said += say_ways_out(prose, policy, key);
        said += say_randomness(prose, policy, key);
    }
    return said;
}
