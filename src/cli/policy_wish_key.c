/* SPDX-License-Identifier: MIT */

#include "cli/policy_wish_key.h"

#include <string.h>

#include "cli/policy_wish_line.h"
#include "cli/policy_wish_platform.h"
#include "policy/key_names.h"
#include "policy/policy.h"

/* A key that is being put together, with room for what its words may become. */
struct making {
    struct vc_arena *arena;
    struct vc_policy_draft_setting *settings; /* two for each word */
    size_t setting_count;
    const char **usages; /* one for each word */
    size_t usage_count;
    const char **receivers;
    size_t receiver_count;
};

static void add_setting(struct making *making, const char *key, const char *value)
{
    making->settings[making->setting_count++] = (struct vc_policy_draft_setting){key, value};
}

/* "aes-256": a type, a hyphen and digits. */
static enum vc_code add_type_with_bits(struct making *making, const char *word, bool *taken,
                                       struct vc_err *err)
{
    const char *hyphen = strrchr(word, '-');
    char *name;

    *taken = false;
    if (hyphen == nullptr || hyphen[1] == '\0' ||
        strspn(hyphen + 1, "0123456789") != strlen(hyphen + 1))
        return VC_OK;
    name = vc_arena_text(making->arena, word, (size_t)(hyphen - word));
    if (name == nullptr)
        return vc_fail_memory(err);
    if (vc_key_type_named(name) == nullptr)
        return VC_OK;
    add_setting(making, "type", name);
    add_setting(making, "bits", hyphen + 1);
    *taken = true;
    return VC_OK;
}

static enum vc_code add_pair(struct making *making, const char *word, struct vc_err *err)
{
    const char *halves[2] = {};
    enum vc_code code;

    if (strchr(word, '=') == nullptr) {
        return vc_fail(
            err, VC_MALFORMED,
            "\"%.64s\": no type (aes-256, p256-pair), usage (decrypt) or algorithm (gcm) "
            "of keys, nor export, wrap=WHO, id=N or bits=N",
            word);
    }
    code = vc_wish_split(making->arena, word, '=', halves, err);
    if (code != VC_OK)
        return code;
    if (strcmp(halves[0], "wrap") == 0) {
        return vc_wish_split_names(making->arena, halves[1], VC_POLICY_RECEIVERS_MAX,
                                   &making->receivers, &making->receiver_count, err);
    }
    add_setting(making, halves[0], halves[1]);
    return VC_OK;
}

static enum vc_code add_word(struct making *making, const char *word, struct vc_err *err)
{
    enum vc_code code = VC_OK;
    bool taken = true;

    if (vc_key_algorithm_named(word) != nullptr)
        add_setting(making, "algorithm", word);
    else if (vc_key_usage_named(word) != nullptr) /* "derive" is a type as well: derive-256 */
        making->usages[making->usage_count++] = word;
    else if (vc_key_type_named(word) != nullptr)
        add_setting(making, "type", word);
    else if (strcmp(word, "export") == 0)
        add_setting(making, "export", "true");
    else
        code = add_type_with_bits(making, word, &taken, err);
    return code == VC_OK && !taken ? add_pair(making, word, err) : code;
}

/* "ledger: bank > stats aes-256 gcm decrypt wrap=auditor" */
static enum vc_code split_key(struct vc_arena *arena, const char *word,
                              struct vc_policy_draft_key *key, struct vc_err *err)
{
    struct making making = {.arena = arena};
    struct vc_wish_line line = {};
    enum vc_code code = vc_wish_split_line(arena, word, VC_POLICY_PROGRAMS_MAX, &line, err);

    if (code != VC_OK)
        return code;
    making.settings = vc_arena_take(arena, 2 * line.word_count + 1, sizeof(*making.settings));
    making.usages =
        (const char **)vc_arena_take(arena, line.word_count + 1, sizeof(*making.usages));
    if (making.settings == nullptr || making.usages == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < line.word_count; i++)
        code = add_word(&making, line.words[i], err);
    *key = (struct vc_policy_draft_key){
        .name = line.name,
        .owner = line.from,
        .programs = line.to,
        .program_count = line.to_count,
        .usages = making.usages,
        .usage_count = making.usage_count,
        .receivers = making.receivers,
        .receiver_count = making.receiver_count,
        .settings = making.settings,
        .setting_count = making.setting_count,
    };
    return code;
}

enum vc_code vc_wish_keys(const struct vc_wish *wish, struct vc_arena *arena,
                          struct vc_policy_draft *draft, struct vc_err *err)
{
    const struct vc_wish_list *words = &wish->lists[VC_WISH_KEYS];
    struct vc_policy_draft_key *made = vc_arena_take(arena, words->count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < words->count; i++) {
        enum vc_code code = split_key(arena, words->words[i], &made[i], err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--key 'NAME: OWNER > PROGRAM[,PROGRAM] WORD'");
    }
    draft->keys = made;
    draft->key_count = words->count;
    return VC_OK;
}
