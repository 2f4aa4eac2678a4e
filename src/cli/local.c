/* SPDX-License-Identifier: MIT */

/* The verb `local run`: reads the options, and becomes veracruz-local, which runs the program. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/arena.h"
#include "cli/verbs.h"
#include "platform/process.h"

/* The command line of veracruz-local: KEY=VALUE words. */
struct words {
    struct vc_arena arena;
    char **items;
    size_t count;
    bool failed; /* no memory */
};

static void words_done(struct words *words)
{
    vc_arena_done(&words->arena);
}

static void add(struct words *words, const char *key, const char *value)
{
    size_t size = strlen(key) + 1 + strlen(value) + 1;
    char *word = vc_arena_take(&words->arena, size, 1);

    if (word == nullptr) {
        words->failed = true;
        return;
    }
    (void)snprintf(word, size, "%s=%s", key, value);
    words->items[words->count++] = word;
}

/* The option's values, or if there is none its one value, each under this key. */
static void add_all(struct words *words, const struct vc_arguments *arguments, const char *option,
                    const char *key)
{
    const char *value;

    for (size_t i = 0; (value = vc_option_value_at(arguments, option, i)) != nullptr; i++)
        add(words, key, value);
}

/* HOST::GUEST, or HOST alone for a folder that the program sees by the same name. */
static void add_folder(struct words *words, const char *text)
{
    const char *guest = strstr(text, "::");
    size_t size = guest != nullptr ? (size_t)(guest - text) : strlen(text);
    char *host = vc_arena_text(&words->arena, text, size);

    if (host == nullptr) {
        words->failed = true;
        return;
    }
    add(words, "folder", host);
    add(words, "guest", guest != nullptr ? guest + 2 : text);
}

/* What both forms have. */
static void add_common(struct vc_command *command, struct words *words)
{
    const struct vc_arguments *arguments = &command->arguments;
    bool traced = vc_option_given(arguments, "strace");
    const char *trace = vc_option_value(arguments, "strace");

    if (traced)
        add(words, "trace", trace != nullptr ? trace : "-");
    if (command->json)
        add(words, "json", "yes");
    if (command->terminal && (!traced || trace != nullptr))
        add(words, "progress", "yes");
}

/* A word that the policy has already spoken, or that only a policy knows. */
static int fail_foreign(struct vc_command *command, const char *const *options, const char *why)
{
    for (; *options != nullptr; options++) {
        if (vc_option_given(&command->arguments, *options))
            return vc_command_fail_usage(command, "--%s: %s", *options, why);
    }
    return VCC_OK;
}

static int add_under_policy(struct vc_command *command, struct words *words)
{
    static const char *const foreign[] = {"env",      "stdin",         "limit", "strategy",
                                          "no-clock", "no-randomness", nullptr};
    const struct vc_arguments *arguments = &command->arguments;
    const char *folder = vc_option_value_at(arguments, "folder", 0);
    int exit_code = fail_foreign(command, foreign, "with --policy, the policy says that");

    if (exit_code != VCC_OK)
        return exit_code;
    if (arguments->operand_count > 0) {
        return vc_command_fail_usage(command,
                                     "%s: with --policy, say --program NAME (a program of "
                                     "the policy), and --module FILE for its file",
                                     arguments->operands[0]);
    }
    if (vc_option_value_at(arguments, "folder", 1) != nullptr ||
        (folder != nullptr && strstr(folder, "::") != nullptr))
        return vc_command_fail_usage(command, "--folder: with --policy there is one, and its files "
                                              "have the paths of the policy");
    if (vc_option_given(arguments, "pipeline") &&
        (vc_option_given(arguments, "program") || vc_option_given(arguments, "module")))
        return vc_command_fail_usage(command, "--pipeline: its stages name their programs");
    add(words, "policy", vc_option_value(arguments, "policy"));
    add(words, "folder", folder != nullptr ? folder : ".");
    add_all(words, arguments, "program", "program");
    add_all(words, arguments, "pipeline", "pipeline");
    add_all(words, arguments, "module", "module");
    add_all(words, arguments, "as", "as");
    add_all(words, arguments, "stream", "stream");
    add_all(words, arguments, "key", "key");
    return VCC_OK;
}

static int add_without_policy(struct vc_command *command, struct words *words)
{
    static const char *const foreign[] = {"program", "pipeline", "module", "as",
                                          "stream",  "key",      nullptr};
    const struct vc_arguments *arguments = &command->arguments;
    const char *input = vc_option_value(arguments, "stdin");
    const char *folder;
    int exit_code = fail_foreign(command, foreign, "only with --policy");

    if (exit_code != VCC_OK)
        return exit_code;
    if (arguments->operand_count == 0)
        return vc_command_fail_usage(command, "no program: give prog.wasm, or --policy FILE");
    const char *module = arguments->operands[0];
    const char *slash = strrchr(module, '/');

    add(words, "module", module);
    add(words, "argument", slash != nullptr ? slash + 1 : module);
    for (size_t i = 1; i < arguments->operand_count; i++)
        add(words, "argument", arguments->operands[i]);
    for (size_t i = 0; (folder = vc_option_value_at(arguments, "folder", i)) != nullptr; i++)
        add_folder(words, folder);
    add_all(words, arguments, "env", "variable");
    add_all(words, arguments, "limit", "limit");
    add_all(words, arguments, "strategy", "strategy");
    if (input != nullptr || !command->asks)
        add(words, "stdin", input != nullptr ? input : "-");
    if (!vc_option_given(arguments, "no-clock"))
        add(words, "clock", "yes");
    if (!vc_option_given(arguments, "no-randomness"))
        add(words, "randomness", "yes");
    return VCC_OK;
}

/* Only returns if it fails. */
static int become(struct vc_command *command, struct words *words)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer path = {};
    struct vc_err err = {};
    enum vc_code code = vc_installation_helper("veracruz-local", "local", &path, &err);

    if (code == VC_OK) {
        (void)execv((const char *)path.data, words->items);
        code = vc_fail_host(&err, "%s", (const char *)path.data);
    }
    return vc_command_fail_in(command, &err);
}

static int run_local(struct vc_command *command)
{
    static char name[] = "veracruz-local";
    vc_cleanup(words_done) struct words words = {};
    const struct vc_arguments *arguments = &command->arguments;
    /* A folder becomes two words, and there are a few that nobody gave. */
    size_t most = 2 * (arguments->given_count + arguments->operand_count) + 16;
    struct vc_err err = {};

    words.items = vc_arena_take(&words.arena, most, sizeof(*words.items));
    if (words.items == nullptr) {
        (void)vc_fail_memory(&err);
        return vc_command_fail_in(command, &err);
    }
    words.items[words.count++] = name;
    int exit_code = vc_option_value(arguments, "policy") != nullptr
                        ? add_under_policy(command, &words)
                        : add_without_policy(command, &words);

    if (exit_code != VCC_OK)
        return exit_code;
    add_common(command, &words);
    if (words.failed) {
        (void)vc_fail_memory(&err);
        return vc_command_fail_in(command, &err);
    }
    return become(command, &words);
}

static const struct vc_option local_run_options[] = {
    {.name = "policy", .value = "FILE", .help = "run a program of this policy, as it says"},
    {.name = "program", .value = "NAME", .help = "which one, if the policy has several"},
    {.name = "pipeline", .value = "NAME", .help = "or which of its pipelines"},
    {.name = "module", .value = "FILE", .help = "its file, if not in the folder at its path"},
    {.name = "as", .value = "NAME", .help = "who starts it, if not the first who may"},
    {.name = "stream",
     .value = "NAME=FILE",
     .repeatable = true,
     .help = "what its stream NAME comes from or goes to; -: standard input or output, as if not "
             "given where it is the program's"},
    {.name = "key",
     .value = "NAME=FILE",
     .repeatable = true,
     .help = "a key of the policy that it may use, as `key put` takes it, or in PEM"},
    {.name = "folder",
     .value = "DIR[::NAME]",
     .repeatable = true,
     .help = "with --policy: holds the files by their paths there (else .); "
             "without: opened for the program as NAME, or DIR itself"},
    {.name = "env", .value = "NAME=VALUE", .repeatable = true, .help = "a variable"},
    {.name = "stdin",
     .value = "FILE",
     .help = "standard input; -: this command's, which it is anyway unless that is a terminal"},
    {.name = "limit",
     .value = "NAME=N",
     .repeatable = true,
     .help = "a limit as in a policy: memory_mib=256"},
    {.name = "strategy", .value = "aot|interpret", .help = "aot if not given"},
    {.name = "no-clock", .help = "the program may not ask the time"},
    {.name = "no-randomness", .help = "nor for random bytes"},
    {.name = "strace",
     .value = "FILE",
     .optional = true,
     .help = "a line for each call of the program, to standard error or FILE"},
    {},
};

const struct vc_verb vc_verb_local_run = {
    .name = "local run",
    .operands = "[FILE [-- ARG...]]",
    .operand_count = {0, VC_ARGUMENTS_MAX},
    .options = local_run_options,
    .summary = "run a program with local folders and no container; nothing is attested",
    .examples = "  veracruz local run hello.wasm\n"
                "  veracruz local run --folder data::/data --limit memory_mib=256 sort.wasm -- -n "
                "/data/a\n"
                "  veracruz local run --policy policy.json --program psi --folder files \\\n"
                "    --key ledger=ledger.key\n"
                "  veracruz local run --policy policy.json --pipeline nightly --folder files\n"
                "the exit code is the program's; 134 if it failed, 128 + N if signal N ended it\n",
    .run = run_local,
};
