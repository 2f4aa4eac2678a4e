/* SPDX-License-Identifier: MIT */

/* The verbs about receipts, the journal signed by its container: receipt save, receipt link,
 * receipt verify, receipt picture. */

#include <stdio.h>
#include <string.h>

#include "cli/receipt_picture.h"
#include "cli/receipt_report.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "client/receipt_json.h"
#include "codec/json.h"

/* ----------------------------------------------------------------------------------------- save */

static int run_save(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    const char *file = command->arguments.operands[0];
    struct vcc_error error;
    int exit_code;

    if (command->json && strcmp(file, "-") == 0)
        return vc_command_fail_usage(command,
                                     "--json and the receipt cannot share standard output: "
                                     "name a file");
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_receipt_save(client, file, vc_option_value(&command->arguments, "since"), &error) !=
        VCC_OK)
        return vc_command_fail(command, &error);
    return vc_command_print_done(command, "saved", file);
}

static const struct vc_option save_options[] = {
    {.name = "since",
     .value = "OLD",
     .help = "a receipt of the same container: only what came after, proven to go on from it"},
    {},
};

const struct vc_verb vc_verb_receipt_save = {
    .name = "receipt save",
    .operands = "FILE",
    .operand_count = {1, 1},
    .options = save_options,
    .container = true,
    .summary = "keep a proof of what happened: checked first, then written whole or not at all",
    .examples = "  veracruz receipt save monday.receipt\n"
                "  veracruz receipt save tuesday.receipt --since monday.receipt\n",
    .run = run_save,
};

/* ----------------------------------------------------------------------------------------- link */

static int run_link(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    const char *file = command->arguments.operands[0];
    const char *policy = vc_option_value(&command->arguments, "of");
    struct vcc_error error;
    int exit_code;

    if (policy == nullptr)
        return vc_command_fail_usage(command, "of which policy? give --of FILE: that of the "
                                              "container which the receipt is of");
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_receipt_link(client, policy, file, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_command_print_done(command, "linked", file);
}

static const struct vc_option link_options[] = {
    {.name = "of", .value = "POLICY", .help = "the policy that the receipt's container kept to"},
    {},
};

const struct vc_verb vc_verb_receipt_link = {
    .name = "receipt link",
    .operands = "FILE",
    .operand_count = {1, 1},
    .options = link_options,
    .container = true,
    .summary = "write into the journal that you relied on another container's receipt",
    .examples = "  veracruz receipt link first.receipt --of first.json\n",
    .run = run_link,
};

/* --------------------------------------------------------------------------------------- verify */

static int print_set(struct vc_command *command, const struct vc_receipt_set *set)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};

    if (command->json)
        return vc_command_print_json(command, vc_receipt_json_set(set, &text, &err), &text, &err);
    if (vc_receipt_report(set, &text, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

/* The policies that were given; where none was, the environment's. */
static size_t find_policies(const struct vc_command *command, const char *paths[VC_RECEIPT_SET_MAX])
{
    size_t count = 0;
    const char *path;

    while (count < VC_RECEIPT_SET_MAX &&
           (path = vc_option_value_at(&command->arguments, "policy", count)) != nullptr)
        paths[count++] = path;
    path = vc_option_value(&command->arguments, "policy");
    if (count == 0 && path != nullptr)
        paths[count++] = path;
    return count;
}

/* Prints receipts once they are all checked. */
static int with_set(struct vc_command *command,
                    int (*print)(struct vc_command *command, const struct vc_receipt_set *set))
{
    vc_cleanup(vc_receipt_set_done) struct vc_receipt_set set = {};
    const char *policies[VC_RECEIPT_SET_MAX];
    const struct vc_receipt_files files = {
        .policies = policies,
        .policy_count = find_policies(command, policies),
        .receipts = command->arguments.operands,
        .count = command->arguments.operand_count,
    };
    struct vcc_error error;

    if (files.policy_count == 0)
        return vc_command_fail_usage(command,
                                     "no policy: give --policy FILE or set VERACRUZ_POLICY; "
                                     "it is what the container was to keep to");
    if (vc_receipt_set_load(&files, &set, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return print(command, &set);
}

static int run_verify(struct vc_command *command)
{
    return with_set(command, print_set);
}

static const struct vc_option verify_options[] = {
    {.name = "policy",
     .value = "FILE",
     .environment = "VERACRUZ_POLICY",
     .repeatable = true,
     .help = "the policy of the container; of each, if receipts are of several"},
    {},
};

const struct vc_verb vc_verb_receipt_verify = {
    .name = "receipt verify",
    .operands = "FILE...",
    .operand_count = {1, VC_RECEIPT_SET_MAX},
    .options = verify_options,
    .summary = "who gave what, what ran, who got what: proven, without network, years later",
    .examples =
        "  veracruz receipt verify --policy policy.json monday.receipt\n"
        "  veracruz receipt verify --policy policy.json alice.receipt bob.receipt   one story?\n"
        "  veracruz receipt verify --policy policy.json --json monday.receipt | jq .receipts[0]\n",
    .run = run_verify,
};

/* -------------------------------------------------------------------------------------- picture */

static int print_picture(struct vc_command *command, const struct vc_receipt_set *set)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};

    if (vc_receipt_picture(&set->items[0], &text, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

static int run_picture(struct vc_command *command)
{
    return with_set(command, print_picture);
}

const struct vc_verb vc_verb_receipt_picture = {
    .name = "receipt picture",
    .operands = "FILE",
    .operand_count = {1, 1},
    .options = verify_options,
    .summary = "the story of a receipt as a picture (SVG), once it is verified",
    .examples = "  veracruz receipt picture --policy policy.json monday.receipt >monday.svg\n",
    .run = run_picture,
};
