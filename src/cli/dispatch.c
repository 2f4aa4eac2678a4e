/* SPDX-License-Identifier: MIT */

/* Finds the verb that the words of a command line name, and runs it. */

#include <string.h>
#include <unistd.h>

#include "cli/help.h"
#include "cli/nearest.h"
#include "cli/verbs.h"

#ifndef VERACRUZ_VERSION
#error "the build says which version this is"
#endif

static const struct vc_verb *const verbs[] = {
    &vc_verb_identity_new,
    &vc_verb_identity_show,
    &vc_verb_policy_new,
    &vc_verb_policy_check,
    &vc_verb_policy_show,
    &vc_verb_policy_hash,
    &vc_verb_policy_explain,
    &vc_verb_policy_picture,
    &vc_verb_policy_narrow,
    &vc_verb_consent_give,
    &vc_verb_consent_ls,
    &vc_verb_journal,
    &vc_verb_receipt_save,
    &vc_verb_receipt_link,
    &vc_verb_receipt_verify,
    &vc_verb_receipt_picture,
    &vc_verb_attestation_serve,
    &vc_verb_attestation_endorse,
    &vc_verb_attestation_log,
    &vc_verb_evidence_verify,
    &vc_verb_evidence_show,
    &vc_verb_machine_show,
    &vc_verb_measure,
    &vc_verb_serve,
    &vc_verb_put,
    &vc_verb_append,
    &vc_verb_get,
    &vc_verb_ls,
    &vc_verb_rm,
    &vc_verb_stream_put,
    &vc_verb_stream_get,
    &vc_verb_stream_ls,
    &vc_verb_stream_leave,
    &vc_verb_key_new,
    &vc_verb_key_put,
    &vc_verb_key_ls,
    &vc_verb_key_rm,
    &vc_verb_key_unwrap,
    &vc_verb_run,
    &vc_verb_status,
    &vc_verb_watch,
    &vc_verb_kill,
    &vc_verb_shutdown,
    &vc_verb_proxy,
    &vc_verb_check,
    &vc_verb_local_run,
    &vc_verb_doctor,
};

const struct vc_option vc_common_options[] = {
    {.name = "json", .help = "JSON on standard output: one document, or one a line"},
    {.name = "help", .help = "this text"},
    {},
};

const struct vc_option vc_container_options[] = {
    {.name = "policy",
     .value = "FILE",
     .environment = "VERACRUZ_POLICY",
     .help = "your copy of the policy: what the container is checked against"},
    {.name = "identity",
     .value = "PREFIX",
     .environment = "VERACRUZ_IDENTITY",
     .help = "who you are: PREFIX.crt and PREFIX.key"},
    {.name = "container",
     .value = "HOST:PORT",
     .environment = "VERACRUZ_CONTAINER",
     .help = "where the container listens"},
    {},
};

static constexpr size_t FIRST_WORD_MAX = 32; /* bytes of a verb's first word, with the NUL */

/* How many words the verb's name has, if they are the first of `words`; else 0. */
static size_t match(const struct vc_verb *verb, char *const *words, size_t count)
{
    const char *space = strchr(verb->name, ' ');

    if (space == nullptr)
        return count >= 1 && strcmp(words[0], verb->name) == 0 ? 1 : 0;
    size_t first = (size_t)(space - verb->name);

    return count >= 2 && strlen(words[0]) == first && memcmp(words[0], verb->name, first) == 0 &&
                   strcmp(words[1], space + 1) == 0
               ? 2
               : 0;
}

/* "policy" alone, or with a second word that it does not have. */
static bool fail_family(struct vc_command *command, const char *family, const char *second)
{
    const char *best = nullptr;
    size_t distance = SIZE_MAX;
    char list[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < VC_COUNT(verbs); i++) {
        const char *name = verbs[i]->name + strlen(family) + 1;

        if (!vc_verb_in_family(verbs[i], family))
            continue;
        if (second != nullptr)
            vc_nearest_offer(second, name, &best, &distance);
        used +=
            (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used > 0 ? ", " : "", name);
    }
    if (used == 0)
        return false;
    if (best != nullptr) {
        (void)vc_command_fail_usage(command, "no verb `%s %.32s`; did you mean `%s %s`?", family,
                                    second, family, best);
    } else {
        (void)vc_command_fail_usage(command, "`%s` needs one of: %s", family, list);
    }
    return true;
}

static int fail_verb(struct vc_command *command, char *const *words, size_t count)
{
    char firsts[VC_COUNT(verbs)][FIRST_WORD_MAX] = {};
    const char *best = nullptr;
    size_t distance = SIZE_MAX;

    if (fail_family(command, words[0], count > 1 ? words[1] : nullptr))
        return VCC_MALFORMED;
    for (size_t i = 0; i < VC_COUNT(verbs); i++) {
        size_t size = strcspn(verbs[i]->name, " ");

        memcpy(firsts[i], verbs[i]->name, size < FIRST_WORD_MAX ? size : FIRST_WORD_MAX - 1);
        vc_nearest_offer(words[0], firsts[i], &best, &distance);
    }
    if (best != nullptr) {
        return vc_command_fail_usage(command, "no verb `%.32s`; did you mean `%s`?", words[0],
                                     best);
    }
    return vc_command_fail_usage(command, "no verb `%.32s`; `veracruz --help` lists them",
                                 words[0]);
}

static int run_verb(struct vc_command *command, char *const *words, size_t count)
{
    const struct vc_verb *verb = command->verb;
    struct vc_arguments *arguments = &command->arguments;
    struct vc_err err = {};

    arguments->tables[0] = verb->options;
    arguments->tables[1] = verb->container ? vc_container_options : nullptr;
    arguments->tables[2] = vc_common_options;
    enum vc_code code = vc_arguments_parse(arguments, words, count, &err);

    if (arguments->given != nullptr) {
        command->json = vc_option_given(arguments, "json");
        if (vc_option_given(arguments, "help")) {
            vc_help_verb(verb, command->out);
            return vc_command_print(command, (struct vc_bytes){});
        }
    }
    if (code != VC_OK)
        return vc_command_fail_input(command, &err);
    if (arguments->operand_count < verb->operand_count[0] ||
        arguments->operand_count > verb->operand_count[1]) {
        return vc_command_fail_usage(command, "usage: veracruz %s [OPTION...]%s%s", verb->name,
                                     verb->operands[0] != '\0' ? " " : "", verb->operands);
    }
    return verb->run(command);
}

static int show_help(struct vc_command *command, char *const *words, size_t count)
{
    for (size_t i = 0; i < VC_COUNT(verbs); i++) {
        if (count > 0 && match(verbs[i], words, count) > 0) {
            vc_help_verb(verbs[i], command->out);
            return vc_command_print(command, (struct vc_bytes){});
        }
    }
    for (size_t i = 0; i < VC_COUNT(verbs); i++) {
        if (count == 1 && vc_verb_in_family(verbs[i], words[0])) {
            vc_help_family(verbs, VC_COUNT(verbs), words[0], command->out);
            return vc_command_print(command, (struct vc_bytes){});
        }
    }
    if (count > 0)
        return fail_verb(command, words, count);
    vc_help_verbs(verbs, VC_COUNT(verbs), command->out);
    return vc_command_print(command, (struct vc_bytes){});
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int vc_command_main(char *const *words, size_t count, FILE *out, FILE *err)
{
    struct vc_command command = {.out = out, .err = err};
    int exit_code;

    command.terminal = fileno(err) >= 0 && isatty(fileno(err));
    command.asks = isatty(STDIN_FILENO);
    if (count == 0) {
        vc_help_verbs(verbs, VC_COUNT(verbs), err);
        return VCC_MALFORMED;
    }
    if (is_help(words[0]) || strcmp(words[0], "help") == 0)
        return show_help(&command, words + 1, count - 1);
    if (count == 2 && is_help(words[1]))
        return show_help(&command, words, 1);
    if (strcmp(words[0], "--version") == 0) {
        (void)fprintf(out, "veracruz %s\n", VERACRUZ_VERSION);
        return vc_command_print(&command, (struct vc_bytes){});
    }
    for (size_t i = 0; i < VC_COUNT(verbs); i++) {
        size_t taken = match(verbs[i], words, count);

        if (taken == 0)
            continue;
        command.verb = verbs[i];
        exit_code = run_verb(&command, words + taken, count - taken);
        vc_arguments_done(&command.arguments);
        return exit_code;
    }
    return fail_verb(&command, words, count);
}
