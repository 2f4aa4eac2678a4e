/* SPDX-License-Identifier: MIT */

/* The verb that shows what happened in a container: journal. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/entry_line.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "client/receipt_fetch.h"
#include "codec/json.h"

struct showing {
    struct vc_command *command;
    const struct vc_policy *policy;
    struct vc_buffer text;
    int exit_code; /* of printing */
};

static void showing_done(struct showing *showing)
{
    vc_buffer_done(&showing->text);
}

/* ---- what there is ---- */

static enum vc_code add_line(void *user, const struct vc_entry_seen *entry,
                             const struct vc_json_place *fields,
                             const struct vc_json_place *details, struct vc_err *err)
{
    struct showing *showing = user;

    return vc_entry_line(showing->policy, entry, (struct vc_entry_texts){fields, details, false},
                         &showing->text, err);
}

static int print_table(struct showing *showing, vcc_client *client, uint64_t since)
{
    vc_cleanup(vc_fetched_receipt_done) struct vc_fetched_receipt fetched = {};
    struct vcc_error error;
    struct vc_err err = {};

    if (vc_receipt_fetch(client, since, &fetched, &error) != VCC_OK)
        return vc_command_fail(showing->command, &error);
    if (vc_receipt_each(fetched.receipt, add_line, showing, &err) != VC_OK)
        return vc_command_fail_in(showing->command, &err);
    return vc_command_print(showing->command, vc_buffer_bytes(&showing->text));
}

static int print_json(struct vc_command *command, vcc_client *client, uint64_t since)
{
    vc_cleanup(vc_session_freep) char *json = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vcc_error error;
    struct vc_err err = {};

    if (vcc_journal(client, since, &json, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_command_print_json(command, vc_buffer_append_text(&text, json, &err), &text, &err);
}

/* ---- what is new ---- */

/* Of a text that the client library has checked. */
static enum vc_code format_event(struct showing *showing, const char *text, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place fields;
    struct vc_json_place details;
    struct vc_entry_seen entry;
    enum vc_code code =
        vc_json_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);
    bool told = vc_json_member(&root, "details", &details, nullptr) == VC_OK;

    code = vc_json_member(&root, "entry", &fields, err);
    if (code == VC_OK)
        code = vc_entry_parse(showing->policy, &fields, &entry, err);
    if (code != VC_OK)
        return code;
    return vc_entry_line(showing->policy, &entry,
                         (struct vc_entry_texts){&fields, told ? &details : nullptr, false},
                         &showing->text, err);
}

static int on_entry(void *user, uint64_t, const char *json)
{
    struct showing *showing = user;
    struct vc_err err = {};
    enum vc_code code = VC_OK;

    showing->text.size = 0;
    if (showing->command->json)
        code = vc_buffer_printf(&showing->text, &err, "%s\n", json);
    else
        code = format_event(showing, json, &err);
    showing->exit_code = code == VC_OK
                             ? vc_command_print(showing->command, vc_buffer_bytes(&showing->text))
                             : vc_command_fail_in(showing->command, &err);
    return showing->exit_code;
}

static int follow(struct showing *showing, vcc_client *client, uint64_t since)
{
    struct vcc_error error;

    if (vcc_journal_follow(client, since, on_entry, showing, &error) != VCC_OK)
        return vc_command_fail(showing->command, &error);
    return showing->exit_code;
}

/* ---- the verb ---- */

static int run_journal(struct vc_command *command)
{
    static const uint64_t bounds[] = {0, INT64_MAX};
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    vc_cleanup(showing_done) struct showing showing = {.command = command};
    uint64_t since = 0;
    struct vc_err err = {};
    int exit_code;

    if (vc_option_number(&command->arguments, "since", bounds, &since, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    policy = vc_session_policy(command, &exit_code);
    if (policy == nullptr)
        return exit_code;
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    showing.policy = policy;
    if (vc_option_given(&command->arguments, "follow"))
        return follow(&showing, client, since);
    return command->json ? print_json(command, client, since)
                         : print_table(&showing, client, since);
}

static const struct vc_option journal_options[] = {
    {.name = "since", .value = "N", .help = "only entries from the N-th on; the first is 0"},
    {.name = "follow", .help = "then each entry as it is written, until the container ends"},
    {},
};

const struct vc_verb vc_verb_journal = {
    .name = "journal",
    .operands = "",
    .operand_count = {0, 0},
    .options = journal_options,
    .container = true,
    .summary = "what happened in the container, as far as the policy shows it to you",
    .examples = "  veracruz journal\n"
                "  veracruz journal --follow --json | jq -r .entry.kind\n",
    .run = run_journal,
};
