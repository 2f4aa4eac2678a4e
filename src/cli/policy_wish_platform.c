/* SPDX-License-Identifier: MIT */

#include "cli/policy_wish_platform.h"

#include <stdio.h>
#include <string.h>

#include "evidence/claims.h"

static const char PROCESS[] = "process";
static const char INSTALLED[] = "installed";

static const struct platform_option {
    const char *name;
    enum vc_wish_kind kind;
} platform_options[] = {
    {"measurement", VC_WISH_MEASUREMENTS}, {"register", VC_WISH_REGISTERS},
    {"minimum-tcb", VC_WISH_MINIMUMS},     {"accept-tcb", VC_WISH_STATUSES},
    {"machine", VC_WISH_MACHINES},         {"vmpl", VC_WISH_VMPL},
};

/* ----------------------------------------------------------------------------------- options */

static enum vc_code add_platform(struct vc_arena *arena, struct vc_wish *wish, const char *name,
                                 struct vc_err *err)
{
    struct vc_wish_list *list = &wish->lists[VC_WISH_PLATFORMS];

    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->words[i], name) == 0)
            return VC_OK;
    }
    return vc_wish_add(arena, list, name, err);
}

/* Adds "PLATFORM:WORD". */
static enum vc_code add_word(struct vc_arena *arena, struct vc_wish_list *list,
                             const char *platform, const char *word, struct vc_err *err)
{
    size_t size = strlen(platform) + strlen(word) + 2;
    char *both = vc_arena_take(arena, size, 1);

    if (both == nullptr)
        return vc_fail_memory(err);
    (void)snprintf(both, size, "%s:%s", platform, word);
    return vc_wish_add(arena, list, both, err);
}

static const struct platform_option *find_option(const char *name)
{
    for (size_t i = 0; i < VC_COUNT(platform_options); i++) {
        if (strcmp(platform_options[i].name, name) == 0)
            return &platform_options[i];
    }
    return nullptr;
}

static enum vc_code check_platform(const char *name, struct vc_err *err)
{
    enum vc_platform_kind kind;

    if (vc_platform_find(name, &kind))
        return VC_OK;
    return vc_fail(err, VC_MALFORMED,
                   "--platform %.32s: one of process, nitro, snp, tdx, sgx, psa, tpm wanted", name);
}

enum vc_code vc_wish_take_platforms(const struct vc_arguments *arguments, struct vc_arena *arena,
                                    struct vc_wish *wish, struct vc_err *err)
{
    const char *platform = PROCESS;
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < arguments->given_count; i++) {
        const struct vc_given *given = &arguments->given[i];
        const struct platform_option *option = find_option(given->option->name);

        if (strcmp(given->option->name, "platform") == 0) {
            platform = given->value;
            code = check_platform(platform, err);
        } else if (option == nullptr) {
            continue;
        }
        if (code == VC_OK)
            code = add_platform(arena, wish, platform, err);
        if (code == VC_OK && option != nullptr)
            code = add_word(arena, &wish->lists[option->kind], platform, given->value, err);
    }
    return code;
}

/* ------------------------------------------------------------------------------------- draft */

/* What of a list is said of one platform, in the arena. */
static enum vc_code words_of(const struct vc_wish_list *list, const char *platform,
                             struct vc_arena *arena, struct vc_wish_list *found, struct vc_err *err)
{
    size_t size = strlen(platform);

    found->words = (const char **)vc_arena_take(arena, list->count + 1, sizeof(*found->words));
    if (found->words == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->words[i], platform, size) == 0 && list->words[i][size] == ':')
            found->words[found->count++] = list->words[i] + size + 1;
    }
    return VC_OK;
}

static enum vc_code draft_measurements(const struct vc_wish_place *place,
                                       struct vc_policy_draft_platform *made,
                                       struct vc_wish_list *words, struct vc_err *err)
{
    bool is_process = strcmp(made->name, PROCESS) == 0;

    if (words->count == 0 && is_process)
        words->words[words->count++] = INSTALLED; /* there is room for one more */
    if (words->count == 0) {
        return vc_fail(err, VC_MALFORMED,
                       "--platform %s: no measurement; --measurement HEX names one to accept, as "
                       "`veracruz evidence verify` shows it",
                       made->name);
    }
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->words[i], INSTALLED) != 0)
            continue;
        if (!is_process) {
            return vc_fail(err, VC_MALFORMED,
                           "--platform %s --measurement installed: what is installed here says "
                           "only what `process` measures",
                           made->name);
        }
        if (place->installed == nullptr) {
            return vc_fail(err, VC_NOT_FOUND,
                           "--measurement installed: no runtime is installed here; give the "
                           "measurement that `veracruz measure` says where one is");
        }
        words->words[i] = place->installed;
    }
    made->measurements = words->words;
    made->measurement_count = words->count;
    return VC_OK;
}

/* Words NAME=VALUE. */
static enum vc_code draft_pairs(const struct vc_wish_list *words, const char *option,
                                struct vc_arena *arena,
                                const struct vc_policy_draft_setting **settings, struct vc_err *err)
{
    struct vc_policy_draft_setting *made = vc_arena_take(arena, words->count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < words->count; i++) {
        const char *halves[2] = {};
        enum vc_code code = vc_wish_split(arena, words->words[i], '=', halves, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--%s", option);
        made[i] = (struct vc_policy_draft_setting){.key = halves[0], .value = halves[1]};
    }
    *settings = made;
    return VC_OK;
}

static enum vc_code draft_platform(const struct vc_wish *wish, const struct vc_wish_place *place,
                                   struct vc_arena *arena, struct vc_policy_draft_platform *made,
                                   struct vc_err *err)
{
    struct vc_wish_list said[VC_COUNT(platform_options)] = {};
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(platform_options); i++) {
        code = words_of(&wish->lists[platform_options[i].kind], made->name, arena, &said[i], err);
    }
    if (code == VC_OK)
        code = draft_measurements(place, made, &said[0], err);
    if (code == VC_OK)
        code = draft_pairs(&said[1], "register NAME=HEX", arena, &made->registers, err);
    if (code == VC_OK)
        code = draft_pairs(&said[2], "minimum-tcb PART=N", arena, &made->minimums, err);
    if (code == VC_OK && said[5].count > 1)
        code = vc_fail(err, VC_MALFORMED, "--vmpl is given twice");
    if (code != VC_OK)
        return code;
    made->register_count = said[1].count;
    made->minimum_count = said[2].count;
    made->statuses = said[3].words;
    made->status_count = said[3].count;
    made->machines = said[4].words;
    made->machine_count = said[4].count;
    made->vmpl = said[5].count > 0 ? said[5].words[0] : nullptr;
    return VC_OK;
}

enum vc_code vc_wish_platforms(const struct vc_wish *wish, const struct vc_wish_place *place,
                               struct vc_arena *arena, struct vc_policy_draft *draft,
                               struct vc_err *err)
{
    const struct vc_wish_list *names = &wish->lists[VC_WISH_PLATFORMS];
    size_t count = names->count > 0 ? names->count : 1;
    struct vc_policy_draft_platform *made = vc_arena_take(arena, count, sizeof(*made));
    enum vc_code code = VC_OK;

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        made[i].name = names->count > 0 ? names->words[i] : PROCESS;
        code = draft_platform(wish, place, arena, &made[i], err);
    }
    draft->platforms = made;
    draft->platform_count = count;
    return code;
}
