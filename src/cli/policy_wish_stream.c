/* SPDX-License-Identifier: MIT */

#include "cli/policy_wish_stream.h"

#include <string.h>

#include "cli/policy_wish_line.h"
#include "cli/policy_wish_platform.h"
#include "policy/policy.h"

/* Words that say key and value at once. */
static const struct short_word {
    const char *word;
    struct vc_policy_draft_setting setting;
} short_words[] = {
    {"bytes", {"records", "bytes"}},   {"lines", {"records", "lines"}},
    {"length", {"records", "length"}}, {"partial", {"partial", "true"}},
    {"padded", {"padded", "true"}},
};

static enum vc_code split_setting(struct vc_arena *arena, const char *word,
                                  struct vc_policy_draft_setting *setting, struct vc_err *err)
{
    const char *halves[2] = {};

    for (size_t i = 0; i < VC_COUNT(short_words); i++) {
        if (strcmp(word, short_words[i].word) == 0) {
            *setting = short_words[i].setting;
            return VC_OK;
        }
    }
    if (strchr(word, '=') == nullptr) {
        return vc_fail(err, VC_MALFORMED,
                       "\"%.64s\": bytes, lines, length, partial, padded or KEY=VALUE wanted",
                       word);
    }
    enum vc_code code = vc_wish_split(arena, word, '=', halves, err);

    *setting = (struct vc_policy_draft_setting){.key = halves[0], .value = halves[1]};
    return code;
}

/* "prices: exchange > macd,watch lines partial" */
static enum vc_code split_stream(struct vc_arena *arena, const char *word,
                                 struct vc_policy_draft_stream *stream, struct vc_err *err)
{
    struct vc_policy_draft_setting *settings;
    struct vc_wish_line line = {};
    enum vc_code code = vc_wish_split_line(arena, word, VC_POLICY_CONSUMERS_MAX, &line, err);

    if (code != VC_OK)
        return code;
    settings = vc_arena_take(arena, line.word_count + 1, sizeof(*settings));
    if (settings == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < line.word_count; i++)
        code = split_setting(arena, line.words[i], &settings[i], err);
    *stream = (struct vc_policy_draft_stream){
        .name = line.name,
        .producer = line.from,
        .consumers = line.to,
        .consumer_count = line.to_count,
        .settings = settings,
        .setting_count = line.word_count,
    };
    return code;
}

enum vc_code vc_wish_streams(const struct vc_wish *wish, struct vc_arena *arena,
                             struct vc_policy_draft *draft, struct vc_err *err)
{
    const struct vc_wish_list *words = &wish->lists[VC_WISH_STREAMS];
    struct vc_policy_draft_stream *made = vc_arena_take(arena, words->count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < words->count; i++) {
        enum vc_code code = split_stream(arena, words->words[i], &made[i], err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--stream 'NAME: FROM > TO[,TO] [WORD]'");
    }
    draft->streams = made;
    draft->stream_count = words->count;
    return VC_OK;
}
