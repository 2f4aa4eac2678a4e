/* SPDX-License-Identifier: MIT */

/* The verb that takes away what the policy allows: policy narrow. */

#include <string.h>
#include <time.h>

#include "base/file.h"
#include "cli/narrow_words.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "client/identity.h"
#include "client/policy_file.h"
#include "codec/json.h"
#include "policy/narrowing.h"

/* What is to be narrowed, in all its forms. */
struct plan {
    struct vc_policy *policy;
    struct vc_narrowing narrowing;
    struct vc_buffer json; /* its one spelling, with a NUL */
    struct vc_buffer says; /* one sentence, with a NUL */
};

static void plan_done(struct plan *plan)
{
    vc_policy_free(plan->policy);
    vc_buffer_done(&plan->json);
    vc_buffer_done(&plan->says);
}

/* ---- what the words say ---- */

/* The text that the user gave, whichever way. */
static enum vc_code take_text(struct vc_command *command, const struct vc_policy *policy,
                              struct vc_buffer *text, struct vc_err *err)
{
    const struct vc_arguments *arguments = &command->arguments;
    const char *file = vc_option_value(arguments, "file");
    bool words = vc_narrow_words_given(arguments);

    if ((arguments->operand_count > 0) + (file != nullptr) + words > 1)
        return vc_fail(err, VC_MALFORMED,
                       "JSON, --file and the other options are three ways to "
                       "say one narrowing: use one");
    if (file != nullptr)
        return vc_file_load(strcmp(file, "-") == 0 ? "/dev/stdin" : file, VC_NARROWING_SIZE_MAX,
                            text, err);
    if (arguments->operand_count > 0)
        return vc_buffer_append_text(text, arguments->operands[0], err);
    return vc_narrow_words_write(arguments, policy, (int64_t)time(nullptr), text, err);
}

static enum vc_code make_plan(struct vc_command *command, const char *path, struct plan *plan,
                              struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&plan->json);
    enum vc_code code = vc_policy_file_load(path, &plan->policy, err);

    if (code == VC_OK)
        code = take_text(command, plan->policy, &text, err);
    if (code != VC_OK)
        return code;
    code = vc_narrowing_parse(plan->policy, vc_buffer_bytes(&text), &plan->narrowing, err);
    if (code != VC_OK) /* a name that the policy has not is a wrong argument, too */
        return vc_fail_in(err, code == VC_NOT_FOUND ? VC_MALFORMED : code, "the narrowing");
    vc_narrowing_write(plan->policy, &plan->narrowing, &writer, nullptr);
    code = vc_json_write_end(&writer, err);
    if (code == VC_OK)
        code = vc_buffer_append(&plan->json, VC_BYTES(""), err);
    if (code == VC_OK)
        code = vc_narrowing_say(plan->policy, &plan->narrowing, &plan->says, err);
    return code == VC_OK ? vc_buffer_append(&plan->says, VC_BYTES(""), err) : code;
}

/* ---- what was done ---- */

static void write_plan(struct vc_json_writer *writer, const struct plan *plan)
{
    vc_narrowing_write(plan->policy, &plan->narrowing, writer, "narrowing");
    vc_json_put_string(writer, "says", (const char *)plan->says.data);
}

static int print_done(struct vc_command *command, const struct plan *plan,
                      const struct vcc_narrowed *narrowed)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (!command->json) {
        enum vc_code code = vc_buffer_printf(
            &text, &err, "%s: %s",
            narrowed->changed ? "from now on" : "was so before, and changes nothing",
            (const char *)plan->says.data);

        if (code == VC_OK && narrowed->changed)
            code = vc_buffer_printf(&text, &err, " (entry %llu of the journal)",
                                    (unsigned long long)narrowed->index);
        if (code == VC_OK)
            code = vc_buffer_append_text(&text, "\n", &err);
        return code == VC_OK ? vc_command_print(command, vc_buffer_bytes(&text))
                             : vc_command_fail_in(command, &err);
    }
    vc_json_open_object(&writer, nullptr);
    write_plan(&writer, plan);
    vc_json_put_boolean(&writer, "changed", narrowed->changed != 0);
    if (narrowed->changed)
        vc_json_put_integer(&writer, "index", (int64_t)narrowed->index);
    vc_json_put_string(&writer, "in_force", narrowed->in_force);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

/* ---- without a container ---- */

/* May who is to narrow do it? VC_OK if nobody is named. */
static enum vc_code decide(const char *identity_path, const struct plan *plan, struct vc_err *err)
{
    vc_cleanup(vc_identity_done) struct vc_identity identity = {};
    struct vc_subject who = {.kind = VC_SUBJECT_PRINCIPAL};
    enum vc_code code;

    if (identity_path == nullptr)
        return VC_OK;
    code = vc_identity_load(identity_path, &identity, err);
    if (code != VC_OK)
        return code;
    if (!vc_policy_principal_by_certificate(plan->policy, vc_cert_der(identity.cert), &who.index))
        return vc_fail(err, VC_REFUSED,
                       "principals: the policy has none with the certificate %s.crt",
                       identity_path);
    return vc_policy_decide_narrow(plan->policy, who, &plan->narrowing, err);
}

static int dry_run(struct vc_command *command, const struct plan *plan)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (decide(vc_option_value(&command->arguments, "identity"), plan, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    if (!command->json) {
        enum vc_code code =
            vc_buffer_printf(&text, &err, "would narrow: %s\n%s\n", (const char *)plan->says.data,
                             (const char *)plan->json.data);

        return code == VC_OK ? vc_command_print(command, vc_buffer_bytes(&text))
                             : vc_command_fail_in(command, &err);
    }
    vc_json_open_object(&writer, nullptr);
    write_plan(&writer, plan);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

/* ---- the verb ---- */

static int run_narrow(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    vc_cleanup(plan_done) struct plan plan = {};
    struct vcc_options options = {};
    struct vcc_narrowed narrowed;
    struct vcc_error error;
    struct vc_err err = {};
    int exit_code;

    options.policy_path = vc_option_value(&command->arguments, "policy");
    bool dry = vc_option_given(&command->arguments, "dry-run") && options.policy_path != nullptr;

    if (!dry && !vc_session_options(command, &options))
        return VCC_MALFORMED;
    if (make_plan(command, options.policy_path, &plan, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    if (dry)
        return dry_run(command, &plan);
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_narrow(client, (const char *)plan.json.data, &narrowed, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return print_done(command, &plan, &narrowed);
}

static const struct vc_option narrow_options[] = {
    {.name = "take",
     .value = "MAY[,MAY]",
     .help = "rights to --path: read, write, append, execute, list, delete"},
    {.name = "path", .value = "PATH", .help = "of --take; with a slash at its end all below it"},
    {.name = "stream", .value = "NAME", .help = "a stream, from those at its ends"},
    {.name = "key", .value = "NAME", .help = "a key, from programs"},
    {.name = "from",
     .value = "WHO[,WHO]",
     .repeatable = true,
     .help = "from whom: principals or programs, or program:NAME"},
    {.name = "from-all-but",
     .value = "WHO[,WHO]",
     .repeatable = true,
     .help = "from everybody else"},
    {.name = "from-all", .help = "from everybody"},
    {.name = "read-once",
     .value = "PATH",
     .help = "each who may read it can read it whole once more"},
    {.name = "expires",
     .value = "TIME",
     .help = "the container ends then: 2027-06-30T00:00:00Z, "
             "or +12h"},
    {.name = "runs", .value = "PROGRAM=N", .help = "it is started at most so often in all"},
    {.name = "limit",
     .value = "PROGRAM.LIMIT=N",
     .repeatable = true,
     .help = "a limit of its runs from now on: --limit psi.cpu_seconds=5"},
    {.name = "freeze-inputs", .help = "principals change files and keys no more"},
    {.name = "withdraw",
     .value = "PROGRAM",
     .help = "it is not started any more, and runs of it are ended"},
    {.name = "file", .value = "FILE", .help = "the narrowing as JSON; - is standard input"},
    {.name = "dry-run",
     .help = "say what it would be, and whether the policy lets you; needs no "
             "container"},
    {},
};

const struct vc_verb vc_verb_policy_narrow = {
    .name = "policy narrow",
    .operands = "[JSON]",
    .operand_count = {0, 1},
    .options = narrow_options,
    .container = true,
    .summary = "take away what the policy allows: at once, for good, and for all to see",
    .examples =
        "  veracruz policy narrow --take read --path /output/2 --from-all-but bob\n"
        "  veracruz policy narrow --take read,list --path /output/ --from alice,auditor\n"
        "  veracruz policy narrow --withdraw psi             my data is not for it any more\n"
        "  veracruz policy narrow --limit psi.cpu_seconds=5 --limit psi.memory_mib=64 --dry-run\n"
        "  veracruz policy narrow '{\"runs\": {\"program\": \"psi\", \"at_most\": 3}}'\n",
    .run = run_narrow,
};
