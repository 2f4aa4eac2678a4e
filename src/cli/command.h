/* SPDX-License-Identifier: MIT */

/* One verb of the command, and one use of it: what every verb's file is written against. */

#ifndef VC_CLI_COMMAND_H
#define VC_CLI_COMMAND_H

#include <stdio.h>

#include "base/buffer.h"
#include "cli/options.h"
#include "veracruz/client.h"

struct vc_command;

struct vc_verb {
    const char *name;        /* "put", "policy new" */
    const char *operands;    /* as the usage line shows them: "PATH [LOCAL]" */
    size_t operand_count[2]; /* least, most */
    const struct vc_option *options;
    bool container; /* talks to one: takes --policy, --identity, --container */
    const char *summary;
    const char *examples;                   /* whole lines */
    int (*run)(struct vc_command *command); /* returns the exit code */
};

/* All that a verb touches of the process; tests hand in memory streams. */
struct vc_command {
    const struct vc_verb *verb;
    struct vc_arguments arguments;
    bool json;
    bool terminal; /* `err` is one: progress may be shown */
    bool asks;     /* standard input is one: a person can be asked */
    FILE *out, *err;
};

/* The options of all verbs, and of those that talk to a container. */
extern const struct vc_option vc_common_options[];
extern const struct vc_option vc_container_options[];

/* Says once why the command fails: a line on `err`, with --json also the document
 * {"error":{"status":…,"exit_code":…,"text":…}} on `out`. Return the exit code. */
int vc_command_fail(struct vc_command *command, const struct vcc_error *error);
/* The inner error's class decides. */
int vc_command_fail_in(struct vc_command *command, const struct vc_err *err);
/* As before, for a file or argument of the user's that is wrong whatever its class: exit code 2
 * (but 1 for what this machine lacks: files, memory). */
int vc_command_fail_input(struct vc_command *command, const struct vc_err *err);
/* A wrong argument: exit code 2. */
int vc_command_fail_usage(struct vc_command *command, const char *format, ...) vc_printf(2, 3);

/* Writes the text and flushes; the exit code, 1 if the output cannot be written. */
int vc_command_print(struct vc_command *command, struct vc_bytes text);
/* As vc_command_print, once a writer of this text ended with `code`; adds a newline. */
int vc_command_print_json(struct vc_command *command, enum vc_code code, struct vc_buffer *text,
                          const struct vc_err *err);

/* What was done, for --json alone: {"deleted": "/input/a.csv"}. Without it, nothing is printed. */
int vc_command_print_done(struct vc_command *command, const char *what, const char *object);

/* The name of an exit code in JSON: "untrusted". */
const char *vc_command_status_name(enum vcc_status status);

/* Finds the verb of the words and runs it. */
int vc_command_main(char *const *words, size_t count, FILE *out, FILE *err);

#endif
