/* SPDX-License-Identifier: MIT */

#include "cli/policy_wish_life.h"

#include <string.h>

#include "base/file.h"
#include "cli/policy_wish_line.h"
#include "cli/policy_wish_platform.h"
#include "policy/policy.h"

static constexpr size_t PIPELINE_FILE_MAX = 1 << 20; /* bytes */
static const char BLANKS[] = " \t";

/* Words of the form KEY=VALUE. */
static enum vc_code split_settings(struct vc_arena *arena, const struct vc_wish_list *words,
                                   const struct vc_policy_draft_setting **settings, size_t *count,
                                   struct vc_err *err)
{
    struct vc_policy_draft_setting *made = vc_arena_take(arena, words->count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < words->count; i++) {
        const char *halves[2] = {};
        enum vc_code code = vc_wish_split(arena, words->words[i], '=', halves, err);

        if (code != VC_OK)
            return code;
        made[i] = (struct vc_policy_draft_setting){.key = halves[0], .value = halves[1]};
    }
    *settings = made;
    *count = words->count;
    return VC_OK;
}

/* "2=shop,bank,insurer" */
static enum vc_code draft_parties(const struct vc_wish *wish, struct vc_arena *arena,
                                  struct vc_policy_draft *draft, struct vc_err *err)
{
    const char *word = wish->texts[VC_WISH_PARTIES];
    const char *halves[2] = {"", ""};
    const char **names = nullptr;
    enum vc_code code;

    if (word == nullptr)
        return VC_OK;
    code = vc_wish_split(arena, word, '=', halves, err);
    if (code == VC_OK) {
        code = vc_wish_split_names(arena, halves[1], VC_POLICY_PRINCIPALS_MAX, &names,
                                   &draft->party_count, err);
    }
    if (code != VC_OK)
        return vc_fail_in(err, code, "--parties N=NAME,NAME");
    draft->parties_least = halves[0];
    draft->parties = names;
    return VC_OK;
}

static enum vc_code draft_budgets(const struct vc_wish *wish, struct vc_arena *arena,
                                  struct vc_policy_draft *draft, struct vc_err *err)
{
    enum vc_code code = split_settings(arena, &wish->lists[VC_WISH_BUDGETS], &draft->budgets,
                                       &draft->budget_count, err);

    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--budget PATH=N");
}

/* ----------------------------------------------------------------------------------- narrowing */

/* Behind the kinds: a path, names, or nothing. */
static enum vc_code split_object(struct vc_arena *arena, const char *text,
                                 struct vc_policy_draft_narrower *rule, struct vc_err *err)
{
    const char **names = nullptr;
    enum vc_code code;

    if (text[0] == '/') {
        rule->path = text;
        return VC_OK;
    }
    code = vc_wish_split_names(arena, text, VC_POLICY_PROGRAMS_MAX, &names, &rule->name_count, err);
    rule->names = names;
    return code;
}

/* "split: take,read_once /output/", "bob: withdraw audit,psi", "alice: expires" */
static enum vc_code split_narrower(struct vc_arena *arena, const char *word,
                                   struct vc_policy_draft_narrower *rule, struct vc_err *err)
{
    const char *halves[2] = {"", ""};
    const char **may = nullptr;
    enum vc_code code = vc_wish_split(arena, word, ':', halves, err);

    if (code != VC_OK)
        return code;
    const char *kinds = halves[1] + strspn(halves[1], BLANKS);
    size_t size = strcspn(kinds, BLANKS);
    char *copy = vc_arena_text(arena, kinds, size);

    if (copy == nullptr)
        return vc_fail_memory(err);
    if (size == 0)
        return vc_fail(err, VC_MALFORMED, "\"%.120s\": nothing behind the colon", word);
    rule->who = halves[0];
    code = vc_wish_split_names(arena, copy, VC_NARROWING_KINDS, &may, &rule->may_count, err);
    rule->may = may;
    return code == VC_OK
               ? split_object(arena, kinds + size + strspn(kinds + size, BLANKS), rule, err)
               : code;
}

static enum vc_code draft_narrowing(const struct vc_wish *wish, struct vc_arena *arena,
                                    struct vc_policy_draft *draft, struct vc_err *err)
{
    const struct vc_wish_list *words = &wish->lists[VC_WISH_NARROWING];
    struct vc_policy_draft_narrower *made = vc_arena_take(arena, words->count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < words->count; i++) {
        enum vc_code code = split_narrower(arena, words->words[i], &made[i], err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--narrow 'WHO: KIND[,KIND] [PATH|NAME[,NAME]]'");
    }
    draft->narrowers = made;
    draft->narrower_count = words->count;
    return VC_OK;
}

/* ----------------------------------------------------------------------------------- pipelines */

static enum vc_code load_pipeline(struct vc_arena *arena, const char *path, const char **text,
                                  struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code = vc_file_load(path, PIPELINE_FILE_MAX, &bytes, err);

    if (code != VC_OK)
        return code;
    if (bytes.size == 0 || memchr(bytes.data, '\0', bytes.size) != nullptr)
        return vc_fail(err, VC_MALFORMED, "%s: no JSON text", path);
    *text = vc_arena_text(arena, (const char *)bytes.data, bytes.size);
    return *text != nullptr ? VC_OK : vc_fail_memory(err);
}

static enum vc_code draft_pipelines(const struct vc_wish *wish, struct vc_arena *arena,
                                    struct vc_policy_draft *draft, struct vc_err *err)
{
    const struct vc_wish_list *words = &wish->lists[VC_WISH_PIPELINES];
    struct vc_policy_draft_setting *made = vc_arena_take(arena, words->count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < words->count; i++) {
        const char *halves[2] = {};
        enum vc_code code = vc_wish_split(arena, words->words[i], '=', halves, err);

        made[i].key = halves[0];
        if (code == VC_OK)
            code = load_pipeline(arena, halves[1], &made[i].value, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "--pipeline NAME=FILE.json");
    }
    draft->pipelines = made;
    draft->pipeline_count = words->count;
    return VC_OK;
}

/* ------------------------------------------------------------------------------------- journal */

/* "auditor", "auditor=run,read" */
static enum vc_code split_observer(struct vc_arena *arena, const char *word,
                                   struct vc_policy_draft_observer *observer, struct vc_err *err)
{
    const char *halves[2] = {};
    const char **kinds = nullptr;
    enum vc_code code;

    if (strchr(word, '=') == nullptr) {
        observer->principal = word;
        return VC_OK;
    }
    code = vc_wish_split(arena, word, '=', halves, err);
    if (code != VC_OK)
        return code;
    observer->principal = halves[0];
    code =
        vc_wish_split_names(arena, halves[1], VC_ENTRY_KINDS, &kinds, &observer->kind_count, err);
    observer->kinds = kinds;
    if (code == VC_OK && observer->kind_count == 0)
        return vc_fail(err, VC_MALFORMED, "\"%.120s\": nothing behind the =", word);
    return code;
}

static enum vc_code draft_journal(const struct vc_wish *wish, struct vc_arena *arena,
                                  struct vc_policy_draft *draft, struct vc_err *err)
{
    const struct vc_wish_list *words = &wish->lists[VC_WISH_OBSERVERS];
    struct vc_policy_draft_observer *made = vc_arena_take(arena, words->count + 1, sizeof(*made));
    enum vc_code code = split_settings(arena, &wish->lists[VC_WISH_JOURNAL], &draft->journal,
                                       &draft->journal_count, err);

    if (code != VC_OK)
        return vc_fail_in(err, code, "--journal KEY=VALUE");
    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < words->count; i++) {
        code = split_observer(arena, words->words[i], &made[i], err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "--observer NAME[=KIND,KIND]");
    }
    draft->observers = made;
    draft->observer_count = words->count;
    return VC_OK;
}

enum vc_code vc_wish_life(const struct vc_wish *wish, struct vc_arena *arena,
                          struct vc_policy_draft *draft, struct vc_err *err)
{
    enum vc_code code = draft_parties(wish, arena, draft, err);

    draft->deadline_seconds = wish->texts[VC_WISH_DEADLINE];
    draft->consent = wish->lists[VC_WISH_CONSENT].words;
    draft->consent_count = wish->lists[VC_WISH_CONSENT].count;
    if (code == VC_OK)
        code = draft_budgets(wish, arena, draft, err);
    if (code == VC_OK)
        code = draft_narrowing(wish, arena, draft, err);
    if (code == VC_OK)
        code = draft_pipelines(wish, arena, draft, err);
    return code == VC_OK ? draft_journal(wish, arena, draft, err) : code;
}
