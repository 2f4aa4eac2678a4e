/* SPDX-License-Identifier: MIT */

/* The command line: one parser for all verbs, driven by tables of options. */

#ifndef VC_CLI_OPTIONS_H
#define VC_CLI_OPTIONS_H

#include "base/err.h"

constexpr size_t VC_ARGUMENTS_MAX = 4096; /* words of one command line */
constexpr size_t VC_OPTION_TABLES = 3;    /* a verb's own, those of containers, those of all */

/* A row of a table; a null name ends the table. */
struct vc_option {
    const char *name;        /* "identity", given as --identity */
    const char *value;       /* what the help calls its value, "PREFIX"; null: it takes none */
    const char *environment; /* the variable that stands in when it is not given, or null */
    bool repeatable;
    bool optional; /* the value may be left out: it is only ever given as --name=value */
    const char *help;
};

struct vc_given {
    const struct vc_option *option;
    const char *value; /* null for an option without value, or left out; borrowed from argv */
};

struct vc_arguments {
    const struct vc_option *tables[VC_OPTION_TABLES]; /* null: none */
    struct vc_given *given;
    size_t given_count;
    const char **operands;
    size_t operand_count;
};

/* Sorts `count` words into options of arguments->tables and operands: "--name value",
 * "--name=value", "-h" for --help; "--" ends the options; "-" is an operand.
 * VC_MALFORMED: unknown option (with the nearest known one), value missing, too many, given twice.
 * VC_LIMIT, VC_MEMORY. *arguments is to be released in any case. */
enum vc_code vc_arguments_parse(struct vc_arguments *arguments, char *const *words, size_t count,
                                struct vc_err *err);
void vc_arguments_done(struct vc_arguments *arguments);

/* Whether the option was given. The name must be in the tables, here and below. */
[[nodiscard]] bool vc_option_given(const struct vc_arguments *arguments, const char *name);
/* The value, or that of its environment variable if set and not empty, or null. */
const char *vc_option_value(const struct vc_arguments *arguments, const char *name);
/* The index-th value of a repeatable option, or null. */
const char *vc_option_value_at(const struct vc_arguments *arguments, const char *name,
                               size_t index);
/* The value as a decimal number within bounds[0] to bounds[1]; *value stays as it is if the option
 * was not given. VC_MALFORMED names the option. */
enum vc_code vc_option_number(const struct vc_arguments *arguments, const char *name,
                              const uint64_t bounds[2], uint64_t *value, struct vc_err *err);

#endif
