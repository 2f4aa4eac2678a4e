/* SPDX-License-Identifier: MIT */

#include "cli/policy_wish_stream.h"

#include <string.h>

#include "cli/policy_wish_platform.h"
#include "policy/policy.h"

static constexpr size_t SETTINGS_MAX = 16; /* words behind the receivers */
static const char BLANKS[] = " \t";

/* Words that say key and value at once. */
static const struct short_word {
    const char *word;
    struct vc_policy_draft_setting setting;
} short_words[] = {
    {"bytes", {"records", "bytes"}},   {"lines", {"records", "lines"}},
    {"length", {"records", "length"}}, {"partial", {"partial", "true"}},
    {"padded", {"padded", "true"}},
};

/* Cuts "a,b" or "a, b" into its names. */
static enum vc_code split_consumers(struct vc_arena *arena, char *text,
                                    struct vc_policy_draft_stream *stream, struct vc_err *err)
{
    const char **names =
        (const char **)vc_arena_take(arena, VC_POLICY_CONSUMERS_MAX, sizeof(*names));
    char *rest = nullptr;

    if (names == nullptr)
        return vc_fail_memory(err);
    for (char *name = strtok_r(text, ", \t", &rest); name != nullptr;
         name = strtok_r(nullptr, ", \t", &rest)) {
        if (stream->consumer_count == VC_POLICY_CONSUMERS_MAX)
            return vc_fail(err, VC_LIMIT, "at most %zu receivers", VC_POLICY_CONSUMERS_MAX);
        names[stream->consumer_count++] = name;
    }
    stream->consumers = names;
    return VC_OK;
}

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

static enum vc_code split_settings(struct vc_arena *arena, char *text,
                                   struct vc_policy_draft_stream *stream, struct vc_err *err)
{
    struct vc_policy_draft_setting *made = vc_arena_take(arena, SETTINGS_MAX, sizeof(*made));
    enum vc_code code = VC_OK;
    char *rest = nullptr;

    if (made == nullptr)
        return vc_fail_memory(err);
    for (char *word = strtok_r(text, BLANKS, &rest); code == VC_OK && word != nullptr;
         word = strtok_r(nullptr, BLANKS, &rest)) {
        if (stream->setting_count == SETTINGS_MAX)
            return vc_fail(err, VC_LIMIT, "at most %zu words", SETTINGS_MAX);
        code = split_setting(arena, word, &made[stream->setting_count++], err);
    }
    stream->settings = made;
    return code;
}

/* The name before the first blank; nothing but blanks may follow. Null: there is none, or more. */
static char *only_word(char *text)
{
    char *word = text + strspn(text, BLANKS);
    size_t size = strcspn(word, BLANKS);

    if (size == 0 || word[size + strspn(word + size, BLANKS)] != '\0')
        return nullptr;
    word[size] = '\0';
    return word;
}

/* Up to the first blank that does not follow a comma. */
static size_t consumers_size(const char *text)
{
    size_t size = strcspn(text, BLANKS);

    while (size > 0 && text[size - 1] == ',' && text[size] != '\0') {
        size += strspn(text + size, BLANKS);
        size += strcspn(text + size, BLANKS);
    }
    return size;
}

/* "prices: exchange > macd,watch lines partial": name, colon, producer, the rest. */
static enum vc_code split_stream(struct vc_arena *arena, const char *word,
                                 struct vc_policy_draft_stream *stream, struct vc_err *err)
{
    char *text = vc_arena_text(arena, word, strlen(word));
    char *colon = text == nullptr ? nullptr : strchr(text, ':');
    char *arrow = colon == nullptr ? nullptr : strchr(colon, '>');
    enum vc_code code;

    if (text == nullptr)
        return vc_fail_memory(err);
    if (arrow == nullptr)
        return vc_fail(err, VC_MALFORMED, "\"%.80s\": no : and > behind it", word);
    *colon = '\0';
    *arrow = '\0';
    stream->name = only_word(text);
    stream->producer = only_word(colon + 1);
    char *consumers = arrow + 1 + strspn(arrow + 1, BLANKS);
    size_t size = consumers_size(consumers);

    if (stream->name == nullptr || stream->producer == nullptr || size == 0) {
        return vc_fail(err, VC_MALFORMED, "\"%.80s\": one name before : and >, and one behind",
                       word);
    }
    char *settings = consumers[size] == '\0' ? consumers + size : consumers + size + 1;

    consumers[size] = '\0';
    code = split_consumers(arena, consumers, stream, err);
    return code == VC_OK ? split_settings(arena, settings, stream, err) : code;
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
