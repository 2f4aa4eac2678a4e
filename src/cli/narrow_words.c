/* SPDX-License-Identifier: MIT */

#include "cli/narrow_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/moment.h"
#include "codec/json.h"
#include "policy/kind_names.h"

static constexpr size_t WORD_MAX = 160; /* bytes of a name with what is written before it */

/* What is being written, from what. */
struct words {
    const struct vc_arguments *arguments;
    const struct vc_policy *policy;
    int64_t now;
    struct vc_json_writer *writer;
};

static const char *value_of(const struct words *words, const char *option)
{
    return vc_option_value(words->arguments, option);
}

/* ---- whom ---- */

/* The next of "alice,bob" from *text on. False: there is none. */
static bool next_word(const char **text, char word[WORD_MAX], bool *fits)
{
    size_t size = strcspn(*text, ",");

    if (**text == '\0')
        return false;
    *fits = size > 0 && size < WORD_MAX;
    if (*fits) {
        memcpy(word, *text, size);
        word[size] = '\0';
    }
    *text += size + ((*text)[size] == ',');
    return true;
}

/* "alice", "program:split", "principal:alice". */
static void put_subject(const struct words *words, const char *word)
{
    static const char program[] = "program:";
    static const char principal[] = "principal:";
    const char *key = "program";
    size_t index;

    if (strncmp(word, program, sizeof(program) - 1) == 0) {
        word += sizeof(program) - 1;
    } else if (strncmp(word, principal, sizeof(principal) - 1) == 0) {
        word += sizeof(principal) - 1;
        key = "principal";
    } else if (vc_policy_find_principal(words->policy, word, &index) ||
               !vc_policy_find_program(words->policy, word, &index)) {
        key = "principal";
    }
    vc_json_open_object(words->writer, nullptr);
    vc_json_put_string(words->writer, key, word);
    vc_json_close_object(words->writer);
}

static enum vc_code put_names(const struct words *words, const char *option, struct vc_err *err)
{
    const char *text;

    for (size_t i = 0; (text = vc_option_value_at(words->arguments, option, i)) != nullptr; i++) {
        char word[WORD_MAX];
        bool fits;

        while (next_word(&text, word, &fits)) {
            if (!fits)
                return vc_fail(err, VC_MALFORMED, "--%s: names with commas between them wanted",
                               option);
            put_subject(words, word);
        }
    }
    return VC_OK;
}

/* "from" or "from_all_but". */
static enum vc_code put_from(const struct words *words, struct vc_err *err)
{
    bool some = vc_option_given(words->arguments, "from");
    bool but = vc_option_given(words->arguments, "from-all-but");
    bool all = vc_option_given(words->arguments, "from-all");

    if (some + but + all != 1)
        return vc_fail(err, VC_MALFORMED,
                       "from whom? one of --from WHO, --from-all-but WHO and --from-all is wanted");
    vc_json_open_array(words->writer, some ? "from" : "from_all_but");
    enum vc_code code = all ? VC_OK : put_names(words, some ? "from" : "from-all-but", err);

    vc_json_close_array(words->writer);
    return code;
}

/* ---- the kinds, each into the object that is open ---- */

static enum vc_code put_take(const struct words *words, struct vc_err *err)
{
    const char *rights = value_of(words, "take");
    const char *path = value_of(words, "path");
    char word[WORD_MAX];
    bool fits;

    if (path == nullptr)
        return vc_fail(err, VC_MALFORMED, "--take %.64s: of what? --path PATH is wanted", rights);
    vc_json_open_array(words->writer, "may");
    while (next_word(&rights, word, &fits))
        vc_json_put_string(words->writer, nullptr, fits ? word : "");
    vc_json_close_array(words->writer);
    vc_json_put_string(words->writer, "path", path);
    return put_from(words, err);
}

static enum vc_code put_stream(const struct words *words, struct vc_err *err)
{
    vc_json_put_string(words->writer, "stream", value_of(words, "stream"));
    return put_from(words, err);
}

static enum vc_code put_key(const struct words *words, struct vc_err *err)
{
    vc_json_put_string(words->writer, "key", value_of(words, "key"));
    return put_from(words, err);
}

static enum vc_code put_read_once(const struct words *words, struct vc_err *)
{
    vc_json_put_string(words->writer, "path", value_of(words, "read-once"));
    return VC_OK;
}

static enum vc_code put_withdraw(const struct words *words, struct vc_err *)
{
    vc_json_put_string(words->writer, "program", value_of(words, "withdraw"));
    return VC_OK;
}

/* "NAME=N": the name into `name`. */
static enum vc_code split_number(const char *option, const char *word, char name[WORD_MAX],
                                 int64_t *number, struct vc_err *err)
{
    const char *equals = strrchr(word, '=');
    size_t size = equals == nullptr ? 0 : (size_t)(equals - word);
    char *end = nullptr;

    errno = 0;
    long long value = size > 0 ? strtoll(equals + 1, &end, 10) : 0;

    if (size == 0 || size >= WORD_MAX || !isdigit((unsigned char)equals[1]) || *end != '\0' ||
        errno != 0)
        return vc_fail(err, VC_MALFORMED, "--%s %.64s: NAME=NUMBER wanted", option, word);
    memcpy(name, word, size);
    name[size] = '\0';
    *number = value;
    return VC_OK;
}

static enum vc_code put_runs(const struct words *words, struct vc_err *err)
{
    char name[WORD_MAX];
    int64_t number = 0;
    enum vc_code code = split_number("runs", value_of(words, "runs"), name, &number, err);

    if (code != VC_OK)
        return code;
    vc_json_put_string(words->writer, "program", name);
    vc_json_put_integer(words->writer, "at_most", number);
    return VC_OK;
}

/* "PROGRAM.KEY=N", where the program's name may have dots. */
static enum vc_code put_limit(const struct words *words, const char *word, char program[WORD_MAX],
                              struct vc_err *err)
{
    char name[WORD_MAX];
    int64_t number = 0;
    enum vc_code code = split_number("limit", word, name, &number, err);
    char *dot = code == VC_OK ? strrchr(name, '.') : nullptr;

    if (code != VC_OK)
        return code;
    if (dot == nullptr || dot == name)
        return vc_fail(err, VC_MALFORMED, "--limit %.64s: PROGRAM.LIMIT=NUMBER wanted", word);
    *dot = '\0';
    if (program[0] == '\0') {
        memcpy(program, name, sizeof(name));
        vc_json_put_string(words->writer, "program", program);
    }
    if (strcmp(program, name) != 0)
        return vc_fail(err, VC_MALFORMED,
                       "--limit %.64s: the others are of %.64s, and one "
                       "narrowing is about one program",
                       word, program);
    vc_json_put_integer(words->writer, dot + 1, number);
    return VC_OK;
}

static enum vc_code put_limits(const struct words *words, struct vc_err *err)
{
    char program[WORD_MAX] = "";
    enum vc_code code = VC_OK;
    const char *word;

    for (size_t i = 0;
         code == VC_OK && (word = vc_option_value_at(words->arguments, "limit", i)) != nullptr; i++)
        code = put_limit(words, word, program, err);
    return code;
}

/* ---- which kind ---- */

static const struct kind {
    const char *option;
    enum vc_code (*put)(const struct words *words, struct vc_err *err); /* null: not an object */
    enum vc_narrowing_kind kind;
    bool from; /* it is about some, and takes the options that say whom */
} kinds[] = {
    {"take", put_take, VC_NARROW_TAKE, true},
    {"stream", put_stream, VC_NARROW_TAKE_STREAM, true},
    {"key", put_key, VC_NARROW_TAKE_KEY, true},
    {"read-once", put_read_once, VC_NARROW_READ_ONCE, false},
    {"expires", nullptr, VC_NARROW_EXPIRES, false},
    {"runs", put_runs, VC_NARROW_RUNS, false},
    {"limit", put_limits, VC_NARROW_LIMITS, false},
    {"freeze-inputs", nullptr, VC_NARROW_FREEZE, false},
    {"withdraw", put_withdraw, VC_NARROW_WITHDRAW, false},
};

static const struct {
    const char *option;
    bool with_path; /* it goes with --take alone, not with streams and keys */
} companions[] = {{"path", true}, {"from", false}, {"from-all-but", false}, {"from-all", false}};

static enum vc_code find_kind(const struct vc_arguments *arguments, const struct kind **found,
                              struct vc_err *err)
{
    *found = nullptr;
    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        if (!vc_option_given(arguments, kinds[i].option))
            continue;
        if (*found != nullptr)
            return vc_fail(err, VC_MALFORMED,
                           "--%s and --%s: a narrowing is about one thing; narrow twice",
                           (*found)->option, kinds[i].option);
        *found = &kinds[i];
    }
    if (*found == nullptr)
        return vc_fail(err, VC_MALFORMED,
                       "narrow what? --help lists the options, or give JSON, or --file FILE");
    for (size_t i = 0; i < VC_COUNT(companions); i++) {
        bool fits = companions[i].with_path ? (*found)->kind == VC_NARROW_TAKE : (*found)->from;

        if (!fits && vc_option_given(arguments, companions[i].option))
            return vc_fail(err, VC_MALFORMED, "--%s does not go with --%s", companions[i].option,
                           (*found)->option);
    }
    return VC_OK;
}

static enum vc_code put_expires(const struct words *words, const char *key, struct vc_err *err)
{
    const char *word = value_of(words, "expires");
    char text[VC_INSTANT_TEXT_MAX];
    enum vc_code code = VC_OK;

    if (vc_moment_is_relative(word)) {
        code = vc_moment_from("expires", word, words->now, text, err);
        word = text;
    }
    if (code == VC_OK)
        vc_json_put_string(words->writer, key, word);
    return code;
}

static enum vc_code put_kind(const struct words *words, const struct kind *kind, struct vc_err *err)
{
    const char *key = vc_narrowing_kind_name(kind->kind);
    enum vc_code code = VC_OK;

    if (kind->kind == VC_NARROW_EXPIRES)
        return put_expires(words, key, err);
    if (kind->kind == VC_NARROW_FREEZE) {
        vc_json_put_boolean(words->writer, key, true);
        return VC_OK;
    }
    vc_json_open_object(words->writer, key);
    code = kind->put(words, err);
    vc_json_close_object(words->writer);
    return code;
}

bool vc_narrow_words_given(const struct vc_arguments *arguments)
{
    bool given = false;

    for (size_t i = 0; i < VC_COUNT(kinds); i++)
        given = given || vc_option_given(arguments, kinds[i].option);
    for (size_t i = 0; i < VC_COUNT(companions); i++)
        given = given || vc_option_given(arguments, companions[i].option);
    return given;
}

enum vc_code vc_narrow_words_write(const struct vc_arguments *arguments,
                                   const struct vc_policy *policy, int64_t now,
                                   struct vc_buffer *json, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(json);
    const struct words words = {arguments, policy, now, &writer};
    const struct kind *kind;
    enum vc_code code = find_kind(arguments, &kind, err);

    if (code != VC_OK)
        return code;
    vc_json_open_object(&writer, nullptr);
    code = put_kind(&words, kind, err);
    vc_json_close_object(&writer);
    return code == VC_OK ? vc_json_write_end(&writer, err) : code;
}
