/* SPDX-License-Identifier: MIT */

#include "cli/policy_wish_line.h"

#include <string.h>

static constexpr size_t WORDS_MAX = 16; /* behind the names */
static const char BLANKS[] = " \t";

enum vc_code vc_wish_split_names(struct vc_arena *arena, const char *text, size_t most,
                                 const char ***names, size_t *count, struct vc_err *err)
{
    const char **made = (const char **)vc_arena_take(arena, most, sizeof(*made));
    char *copy = vc_arena_text(arena, text, strlen(text));
    char *rest = nullptr;
    size_t found = 0;

    if (made == nullptr || copy == nullptr)
        return vc_fail_memory(err);
    for (char *name = strtok_r(copy, ", \t", &rest); name != nullptr;
         name = strtok_r(nullptr, ", \t", &rest)) {
        if (found == most)
            return vc_fail(err, VC_LIMIT, "at most %zu names after commas", most);
        made[found++] = name;
    }
    *names = made;
    *count = found;
    return VC_OK;
}

static enum vc_code split_words(struct vc_arena *arena, char *text, struct vc_wish_line *line,
                                struct vc_err *err)
{
    char *rest = nullptr;

    line->words = (const char **)vc_arena_take(arena, WORDS_MAX, sizeof(*line->words));
    if (line->words == nullptr)
        return vc_fail_memory(err);
    for (char *word = strtok_r(text, BLANKS, &rest); word != nullptr;
         word = strtok_r(nullptr, BLANKS, &rest)) {
        if (line->word_count == WORDS_MAX)
            return vc_fail(err, VC_LIMIT, "at most %zu words", WORDS_MAX);
        line->words[line->word_count++] = word;
    }
    return VC_OK;
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
static size_t names_size(const char *text)
{
    size_t size = strcspn(text, BLANKS);

    while (size > 0 && text[size - 1] == ',' && text[size] != '\0') {
        size += strspn(text + size, BLANKS);
        size += strcspn(text + size, BLANKS);
    }
    return size;
}

enum vc_code vc_wish_split_line(struct vc_arena *arena, const char *text, size_t to_max,
                                struct vc_wish_line *line, struct vc_err *err)
{
    char *copy = vc_arena_text(arena, text, strlen(text));
    char *colon = copy == nullptr ? nullptr : strchr(copy, ':');
    char *arrow = colon == nullptr ? nullptr : strchr(colon, '>');
    struct vc_wish_line made = {};
    enum vc_code code;

    if (copy == nullptr)
        return vc_fail_memory(err);
    if (arrow == nullptr)
        return vc_fail(err, VC_MALFORMED, "\"%.80s\": no : and > behind it", text);
    *colon = '\0';
    *arrow = '\0';
    made.name = only_word(copy);
    made.from = only_word(colon + 1);
    char *names = arrow + 1 + strspn(arrow + 1, BLANKS);
    size_t size = names_size(names);

    if (made.name == nullptr || made.from == nullptr || size == 0) {
        return vc_fail(err, VC_MALFORMED, "\"%.80s\": one name before : and >, and one behind",
                       text);
    }
    char *words = names[size] == '\0' ? names + size : names + size + 1;

    names[size] = '\0';
    code = vc_wish_split_names(arena, names, to_max, &made.to, &made.to_count, err);
    if (code == VC_OK)
        code = split_words(arena, words, &made, err);
    if (code == VC_OK)
        *line = made;
    return code;
}
