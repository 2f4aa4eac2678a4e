/* SPDX-License-Identifier: MIT */

/* Prints help. */

#include "cli/help.h"

#include <string.h>

static constexpr int NAME_COLUMNS = 28;

static void print_verb(const struct vc_verb *verb, FILE *out)
{
    char name[96];

    (void)snprintf(name, sizeof(name), "%s %s", verb->name, verb->operands);
    (void)fprintf(out, "  %-*s %s\n", NAME_COLUMNS, name, verb->summary);
}

bool vc_verb_in_family(const struct vc_verb *verb, const char *family)
{
    size_t size = strlen(family);

    return strncmp(verb->name, family, size) == 0 && verb->name[size] == ' ';
}

void vc_help_family(const struct vc_verb *const *verbs, size_t count, const char *family, FILE *out)
{
    (void)fprintf(out, "usage: veracruz %s VERB [OPTION...] [OPERAND...]\n\n", family);
    for (size_t i = 0; i < count; i++) {
        if (vc_verb_in_family(verbs[i], family))
            print_verb(verbs[i], out);
    }
    (void)fputs("\nexamples:\n", out);
    for (size_t i = 0; i < count; i++) {
        if (vc_verb_in_family(verbs[i], family))
            (void)fputs(verbs[i]->examples, out);
    }
}

void vc_help_verbs(const struct vc_verb *const *verbs, size_t count, FILE *out)
{
    (void)fputs("usage: veracruz VERB [OPTION...] [OPERAND...]\n\n", out);
    for (size_t i = 0; i < count; i++)
        print_verb(verbs[i], out);
    (void)fputs(
        "\n`veracruz VERB --help` says more, with examples. `veracruz --version` says which "
        "one this is.\n",
        out);
}

static void print_options(const struct vc_option *option, FILE *out)
{
    for (; option != nullptr && option->name != nullptr; option++) {
        char name[96];

        (void)snprintf(name, sizeof(name), "--%s%s%s%s", option->name,
                       option->value == nullptr ? ""
                       : option->optional       ? "[="
                                                : " ",
                       option->value != nullptr ? option->value : "", option->optional ? "]" : "");
        (void)fprintf(out, "  %-*s %s", NAME_COLUMNS, name, option->help);
        if (option->environment != nullptr)
            (void)fprintf(out, " (or %s)", option->environment);
        if (option->repeatable)
            (void)fputs(" (repeatable)", out);
        (void)fputc('\n', out);
    }
}

void vc_help_verb(const struct vc_verb *verb, FILE *out)
{
    (void)fprintf(out, "usage: veracruz %s [OPTION...]%s%s\n\n%s\n\noptions:\n", verb->name,
                  verb->operands[0] != '\0' ? " " : "", verb->operands, verb->summary);
    print_options(verb->options, out);
    if (verb->container)
        print_options(vc_container_options, out);
    print_options(vc_common_options, out);
    (void)fprintf(out, "\nexamples:\n%s", verb->examples);
    (void)fputs(
        "\nexit codes: 0 done, 1 this machine, 2 arguments or malformed input, 3 untrusted, "
        "4 refused, 5 not found,\n            6 limit, 7 wrong program, 8 the run failed, 9 the stream was lost\n",
        out);
}
