/* SPDX-License-Identifier: MIT */

/* Parses command lines. */

#include "cli/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nearest.h"

static const struct vc_option *find(const struct vc_arguments *arguments, const char *name,
                                    size_t size)
{
    for (size_t i = 0; i < VC_OPTION_TABLES; i++) {
        const struct vc_option *option = arguments->tables[i];

        for (; option != nullptr && option->name != nullptr; option++) {
            if (strlen(option->name) == size && memcmp(option->name, name, size) == 0)
                return option;
        }
    }
    return nullptr;
}

static enum vc_code fail_unknown(const struct vc_arguments *arguments, const char *name,
                                 struct vc_err *err)
{
    const char *best = nullptr;
    size_t distance = SIZE_MAX;

    for (size_t i = 0; i < VC_OPTION_TABLES; i++) {
        const struct vc_option *option = arguments->tables[i];

        for (; option != nullptr && option->name != nullptr; option++)
            vc_nearest_offer(name, option->name, &best, &distance);
    }
    if (best != nullptr)
        return vc_fail(err, VC_MALFORMED, "no option --%s; did you mean --%s?", name, best);
    return vc_fail(err, VC_MALFORMED, "no option --%s; --help lists those that there are", name);
}

static enum vc_code record(struct vc_arguments *arguments, const struct vc_option *option,
                           const char *value, struct vc_err *err)
{
    if (!option->repeatable && vc_option_given(arguments, option->name))
        return vc_fail(err, VC_MALFORMED, "--%s is given twice", option->name);
    arguments->given[arguments->given_count++] =
        (struct vc_given){.option = option, .value = value};
    return VC_OK;
}

/* Takes the option at words[*index], and the value that may be the next word. */
static enum vc_code take_option(struct vc_arguments *arguments, char *const *words, size_t count,
                                size_t *index, struct vc_err *err)
{
    const char *word = words[*index];
    const char *name = strcmp(word, "-h") == 0 ? "help" : word + 2;
    size_t size = strcspn(name, "=");
    const char *value = name[size] == '=' ? name + size + 1 : nullptr;
    const struct vc_option *option = find(arguments, name, size);

    if (word[1] != '-' && strcmp(word, "-h") != 0)
        return vc_fail(err, VC_MALFORMED, "no option %.40s; options are written --name", word);
    if (option == nullptr) {
        char wanted[VC_NEAREST_LENGTH_MAX + 1] = {};

        memcpy(wanted, name, size < VC_NEAREST_LENGTH_MAX ? size : VC_NEAREST_LENGTH_MAX);
        return fail_unknown(arguments, wanted, err);
    }
    if (option->value == nullptr && value != nullptr)
        return vc_fail(err, VC_MALFORMED, "--%s takes no value", option->name);
    if (option->value != nullptr && value == nullptr && !option->optional) {
        if (*index + 1 >= count) {
            return vc_fail(err, VC_MALFORMED, "--%s needs a value: --%s %s", option->name,
                           option->name, option->value);
        }
        value = words[++*index];
    }
    return record(arguments, option, value, err);
}

enum vc_code vc_arguments_parse(struct vc_arguments *arguments, char *const *words, size_t count,
                                struct vc_err *err)
{
    bool options_over = false;
    enum vc_code code = VC_OK;

    if (count > VC_ARGUMENTS_MAX) {
        return vc_fail(err, VC_LIMIT, "%zu words on the command line, at most %zu", count,
                       VC_ARGUMENTS_MAX);
    }
    arguments->given = calloc(count + 1, sizeof(*arguments->given));
    arguments->operands = (const char **)calloc(count + 1, sizeof(*arguments->operands));
    if (arguments->given == nullptr || arguments->operands == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < count && code == VC_OK; i++) {
        if (!options_over && strcmp(words[i], "--") == 0) {
            options_over = true;
        } else if (!options_over && words[i][0] == '-' && words[i][1] != '\0') {
            code = take_option(arguments, words, count, &i, err);
        } else {
            arguments->operands[arguments->operand_count++] = words[i];
        }
    }
    return code;
}

void vc_arguments_done(struct vc_arguments *arguments)
{
    free(arguments->given);
    free((void *)arguments->operands);
    *arguments = (struct vc_arguments){};
}

const char *vc_option_value_at(const struct vc_arguments *arguments, const char *name, size_t index)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (strcmp(arguments->given[i].option->name, name) == 0 && index-- == 0)
            return arguments->given[i].value;
    }
    return nullptr;
}

bool vc_option_given(const struct vc_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (strcmp(arguments->given[i].option->name, name) == 0)
            return true;
    }
    return false;
}

const char *vc_option_value(const struct vc_arguments *arguments, const char *name)
{
    const struct vc_option *option = find(arguments, name, strlen(name));
    const char *value = vc_option_value_at(arguments, name, 0);

    assert(option != nullptr);
    if (value != nullptr || option->environment == nullptr)
        return value;
    value = getenv(option->environment); /* NOLINT(concurrency-mt-unsafe): one thread */
    return value != nullptr && value[0] != '\0' ? value : nullptr;
}

enum vc_code vc_option_number(const struct vc_arguments *arguments, const char *name,
                              const uint64_t bounds[2], uint64_t *value, struct vc_err *err)
{
    const char *text = vc_option_value(arguments, name);
    char *end;

    if (text == nullptr)
        return VC_OK;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);

    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number < bounds[0] ||
        number > bounds[1]) {
        return vc_fail(err, VC_MALFORMED, "--%s %.32s: not a number from %llu to %llu", name, text,
                       (unsigned long long)bounds[0], (unsigned long long)bounds[1]);
    }
    *value = number;
    return VC_OK;
}
