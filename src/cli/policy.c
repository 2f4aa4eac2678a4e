/* SPDX-License-Identifier: MIT */

/* The verbs that read a policy: check, show, hash, explain. */

#include "policy/policy.h"

#include <time.h>

#include "attest/attested.h"
#include "base/hex.h"
#include "cli/policy_live.h"
#include "cli/policy_table.h"
#include "cli/release_names.h"
#include "cli/verbs.h"
#include "client/policy_file.h"
#include "codec/json.h"
#include "policy/explain.h"

/* A complaint about a file reads like a compiler's: the place first. */
static int complain(struct vc_command *command, const struct vc_err *err)
{
    bool own = err->code == VC_NOT_FOUND || err->code == VC_HOST || err->code == VC_MEMORY;

    if (command->json || own)
        return vc_command_fail_input(command, err);
    (void)fprintf(command->err, "%s\n", err->text);
    return VCC_MALFORMED;
}

static int print_check(struct vc_command *command, const char *path, const struct vc_policy *policy)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};
    char hash[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){policy->hash, sizeof(policy->hash)}, hash);
    if (!command->json) {
        if (vc_buffer_printf(&text, &err, "%s: ok\nhash %s\n", path, hash) != VC_OK)
            return vc_command_fail_in(command, &err);
        return vc_command_print(command, vc_buffer_bytes(&text));
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "policy", path);
    vc_json_put_boolean(&writer, "ok", true);
    vc_json_put_string(&writer, "hash", hash);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static int run_check(struct vc_command *command)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    const char *path = command->arguments.operands[0];
    struct vc_err err = {};
    enum vc_code code = vc_policy_file_load(path, &policy, &err);

    if (code != VC_OK)
        return complain(command, &err);
    code = vc_policy_check_time(policy, (int64_t)time(nullptr), &err);
    if (code == VC_OK)
        return print_check(command, path, policy);
    (void)vc_fail_in(&err, code, "%s", path);
    return complain(command, &err);
}

static int run_show(struct vc_command *command)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};

    if (vc_policy_file_load(command->arguments.operands[0], &policy, &err) != VC_OK)
        return complain(command, &err);
    if (command->json) /* it is one JSON document already, and its bytes are its identity */
        return vc_command_print(command, vc_buffer_bytes(&policy->text));
    if (vc_policy_table(policy, &text, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

static int run_hash(struct vc_command *command)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    char hash[2 * VC_SHA256_SIZE + 2];
    char name[VC_ATTESTED_NAME_MAX];
    struct vc_err err = {};

    if (vc_policy_file_load(command->arguments.operands[0], &policy, &err) != VC_OK)
        return complain(command, &err);
    vc_hex_encode((struct vc_bytes){policy->hash, sizeof(policy->hash)}, hash);
    if (!command->json) {
        hash[sizeof(hash) - 2] = '\n';
        return vc_command_print(command,
                                (struct vc_bytes){(const uint8_t *)hash, sizeof(hash) - 1});
    }
    vc_attested_name(policy->hash, name);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "hash", hash);
    vc_json_put_string(&writer, "container_name", name); /* for clients that are not ours */
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static const char *find_release(void *user, enum vc_platform_kind platform,
                                const struct vc_octets *measurement)
{
    return vc_releases_find(user, platform, measurement);
}

/* The file on the command line, or else that of --policy; null: neither. */
static const char *explained(const struct vc_command *command)
{
    return command->arguments.operand_count > 0 ? command->arguments.operands[0]
                                                : vc_option_value(&command->arguments, "policy");
}

static int run_explain(struct vc_command *command)
{
    vc_cleanup(vc_releases_freep) struct vc_releases *releases =
        vc_release_names_load(command->err);
    const struct vc_release_names names = {find_release, releases};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer sentences = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    const char *path = explained(command);
    struct vc_err err = {};

    if (vc_option_given(&command->arguments, "live"))
        return command->arguments.operand_count == 0
                   ? vc_policy_live_explain(command)
                   : vc_command_fail_usage(command, "--live explains the container's policy: say "
                                                    "--policy FILE, and no other file");
    if (path == nullptr)
        return vc_command_fail_usage(command, "which policy? give its FILE, or --live");
    if (vc_policy_file_load(path, &policy, &err) != VC_OK)
        return complain(command, &err);
    if (vc_policy_explain(policy, releases == nullptr ? nullptr : &names, &sentences, &err) !=
        VC_OK)
        return vc_command_fail_in(command, &err);
    if (!command->json)
        return vc_command_print(command, vc_buffer_bytes(&sentences));
    vc_json_open_object(&writer, nullptr);
    vc_json_put_bytes(&writer, "explanation", vc_buffer_bytes(&sentences));
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

const struct vc_verb vc_verb_policy_check = {
    .name = "policy check",
    .operands = "FILE",
    .operand_count = {1, 1},
    .summary = "is a policy well formed and in time",
    .examples = "  veracruz policy check policy.json\n",
    .run = run_check,
};

const struct vc_verb vc_verb_policy_show = {
    .name = "policy show",
    .operands = "FILE",
    .operand_count = {1, 1},
    .summary = "the content of a policy as a table",
    .examples = "  veracruz policy show policy.json\n",
    .run = run_show,
};

const struct vc_verb vc_verb_policy_hash = {
    .name = "policy hash",
    .operands = "FILE",
    .operand_count = {1, 1},
    .summary = "the identity of a policy: compare it with the other parties",
    .examples =
        "  veracruz policy hash policy.json\n"
        "  veracruz policy hash --json policy.json     also the name that containers have\n",
    .run = run_hash,
};

static const struct vc_option explain_options[] = {
    {.name = "live",
     .help = "what is in force in the container now, and which narrowing took what"},
    {},
};

const struct vc_verb vc_verb_policy_explain = {
    .name = "policy explain",
    .operands = "[FILE]",
    .operand_count = {0, 1},
    .options = explain_options,
    .container = true,
    .summary = "who can do what, in sentences: read it before you agree",
    .examples =
        "  veracruz policy explain policy.json\n"
        "  veracruz policy explain --live             what is left of it in the container\n",
    .run = run_explain,
};
