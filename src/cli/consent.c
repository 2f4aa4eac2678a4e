/* SPDX-License-Identifier: MIT */

/* The verbs with which owners of data consent to programs: consent give, consent ls. */

#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "cli/listing.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "client/line.h"
#include "codec/json.h"
#include "crypto/digest.h"

static constexpr size_t PROGRAM_FILE_MAX = 512u << 20; /* bytes */
static constexpr size_t NAME_CELL_MAX = 256;           /* bytes of a name, cleaned */

/* ----------------------------------------------------------------------------------------- give */

/* Is the user's own file the program that the policy names? */
static enum vc_code check_file(const char *path, const struct vc_policy_program *program,
                               struct vcc_error *error, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    char own[2 * VC_SHA256_SIZE + 1];
    char named[2 * VC_SHA256_SIZE + 1];
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_code code = vc_file_load(path, PROGRAM_FILE_MAX, &bytes, err);

    if (code != VC_OK)
        return code;
    vc_sha256(vc_buffer_bytes(&bytes), digest);
    if (memcmp(digest, program->sha256, sizeof(digest)) == 0)
        return VC_OK;
    vc_hex_encode(VC_BYTES(digest), own);
    vc_hex_encode(VC_BYTES(program->sha256), named);
    error->status = VCC_DIGEST;
    (void)snprintf(error->text, sizeof(error->text),
                   "%.200s: SHA-256 %s, but the policy's %s has %s", path, own, program->name,
                   named);
    return VC_UNTRUSTED;
}

/* The program of the policy on the command line, and its file if one is given. False: said why. */
static bool find_program(struct vc_command *command, const struct vc_policy *policy,
                         const struct vc_policy_program **program, int *exit_code)
{
    const char *name = command->arguments.operands[0];
    const char *file = vc_option_value(&command->arguments, "program-file");
    struct vcc_error error = {};
    struct vc_err err = {};
    size_t index;

    if (!vc_policy_find_program(policy, name, &index)) {
        *exit_code = vc_command_fail_usage(command, "%.64s: the policy has no such program", name);
        return false;
    }
    *program = &policy->programs[index];
    enum vc_code code = file == nullptr ? VC_OK : check_file(file, *program, &error, &err);

    if (code == VC_OK)
        return true;
    *exit_code = error.status == VCC_DIGEST ? vc_command_fail(command, &error)
                                            : vc_command_fail_input(command, &err);
    return false;
}

static int print_given(struct vc_command *command, const struct vc_policy_program *program)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    char hex[2 * VC_SHA256_SIZE + 1];
    struct vc_err err = {};

    vc_hex_encode(VC_BYTES(program->sha256), hex);
    if (!command->json) {
        if (vc_buffer_printf(&text, &err, "consented to %s, SHA-256 %s\n", program->name, hex) !=
            VC_OK)
            return vc_command_fail_in(command, &err);
        return vc_command_print(command, vc_buffer_bytes(&text));
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "consented", program->name);
    vc_json_put_string(&writer, "sha256", hex);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static int run_give(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    const struct vc_policy_program *program = nullptr;
    struct vcc_error error;
    int exit_code;

    policy = vc_session_policy(command, &exit_code);
    if (policy == nullptr)
        return exit_code;
    if (!find_program(command, policy, &program, &exit_code))
        return exit_code;
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_consent(client, program->name, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return print_given(command, program);
}

/* ------------------------------------------------------------------------------------------- ls */

static enum vc_code put_consent(const struct vc_json_place *consent, struct vc_buffer *out,
                                struct vc_err *err)
{
    static const struct vc_listing_names who[] = {
        {"consented", "  consented: ", ", "},
        {"missing", "  missing: ", ", "},
    };
    char cell[NAME_CELL_MAX];
    enum vc_code code;

    vc_line_clean(vc_listing_text(consent, "program"), cell, sizeof(cell));
    code = vc_buffer_printf(out, err, "%-16s %s", cell, vc_listing_text(consent, "sha256"));
    for (size_t i = 0; code == VC_OK && i < VC_COUNT(who); i++)
        code = vc_listing_put_names(consent, &who[i], out, err);
    return code == VC_OK ? vc_buffer_append_text(out, "\n", err) : code;
}

static int run_ls(struct vc_command *command)
{
    static const struct vc_listing listing = {
        .member = "consents",
        .header = "PROGRAM          SHA-256, AND WHO",
        .fetch = vcc_consents,
        .put = put_consent,
    };

    return vc_listing_run(command, &listing);
}

static const struct vc_option give_options[] = {
    {.name = "program-file",
     .value = "FILE",
     .help = "the program that you looked at; consents only if it is the policy's"},
    {},
};

const struct vc_verb vc_verb_consent_give = {
    .name = "consent give",
    .operands = "PROGRAM",
    .operand_count = {1, 1},
    .options = give_options,
    .container = true,
    .summary = "consent to a program, by the digest that your copy of the policy names",
    .examples = "  veracruz consent give psi --program-file psi.wasm\n"
                "  veracruz policy narrow --withdraw psi             to consent no longer\n",
    .run = run_give,
};

const struct vc_verb vc_verb_consent_ls = {
    .name = "consent ls",
    .operands = "",
    .operand_count = {0, 0},
    .container = true,
    .summary = "who has consented to which program, and who is still to",
    .examples = "  veracruz consent ls\n"
                "  veracruz consent ls --json | jq -r '.consents[] | select(.missing != []) | "
                ".program'\n",
    .run = run_ls,
};
