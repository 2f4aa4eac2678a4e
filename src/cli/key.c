/* SPDX-License-Identifier: MIT */

/* The verbs with which a principal gives keys of a policy, takes them back, and opens wrapped ones:
 * key put, key rm, key unwrap. Nothing here prints a key to a terminal. */

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/new_file.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "codec/json.h"
#include "policy/key_form.h"
#include "policy/key_pem.h"

static constexpr size_t KEY_FILE_MAX = 32768;      /* bytes, PEM or not */
static constexpr size_t ENVELOPE_FILE_MAX = 65536; /* bytes */

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* -------------------------------------------------------------------------------------- key put */

static enum vc_code load_bytes(const char *file, size_t most, struct vc_buffer *bytes,
                               struct vc_err *err)
{
    return vc_file_load(is_standard(file) ? "/dev/stdin" : file, most, bytes, err);
}

/* To the form that the container wants. */
static enum vc_code make_material(const struct vc_policy_key *key, struct vc_bytes bytes, bool pem,
                                  struct vc_buffer *material, struct vc_err *err)
{
    enum vc_code code;

    if (pem)
        return vc_policy_key_from_pem(key, bytes, material, err);
    code = vc_policy_key_check_form(key, bytes, err);
    if (code != VC_OK && vc_policy_key_is_pem(key, bytes))
        return vc_fail(err, VC_MALFORMED, "keys.%s: this is PEM; say --pem", key->name);
    return code == VC_OK ? vc_buffer_append(material, bytes, err) : code;
}

/* The key of the policy on the command line. What else is wrong with that, connecting says. */
static enum vc_code load_material(struct vc_command *command, const struct vc_policy *policy,
                                  struct vc_buffer *material, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {}; /* wipes */
    const char *name = command->arguments.operands[0];
    const char *file = command->arguments.operands[1];
    size_t key;
    enum vc_code code;

    if (!vc_policy_find_key(policy, name, &key))
        return vc_fail(err, VC_MALFORMED, "%.64s: the policy has no such key", name);
    code = load_bytes(file, KEY_FILE_MAX, &bytes, err);
    if (code != VC_OK)
        return code;
    code = make_material(&policy->keys[key], vc_buffer_bytes(&bytes),
                         vc_option_given(&command->arguments, "pem"), material, err);
    return code == VC_OK ? VC_OK
                         : vc_fail_in(err, code, "%s", is_standard(file) ? "standard input" : file);
}

static int run_put(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {}; /* wipes */
    const char *name = command->arguments.operands[0];
    struct vcc_error error;
    struct vc_err err = {};
    int exit_code;

    if (is_standard(command->arguments.operands[1]) && command->asks) {
        return vc_command_fail_usage(command, "standard input is a terminal, which would show the "
                                              "key: give a file or a pipe");
    }
    policy = vc_session_policy(command, &exit_code);
    if (policy == nullptr)
        return exit_code;
    if (load_material(command, policy, &material, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_key_put(client, name, material.data, material.size, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_command_print_done(command, "given", name);
}

/* --------------------------------------------------------------------------------------- key rm */

static int run_rm(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    const char *name = command->arguments.operands[0];
    struct vcc_error error;
    int exit_code;

    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_key_remove(client, name, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_command_print_done(command, "removed", name);
}

/* ----------------------------------------------------------------------------------- key unwrap */

struct unwrapped {
    void *key;
    size_t size;
};

static void unwrapped_done(struct unwrapped *unwrapped)
{
    vcc_key_free(unwrapped->key, unwrapped->size);
}

static int print_unwrapped(struct vc_command *command, const char *out, size_t size)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (!command->json)
        return VCC_OK;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "key", out);
    vc_json_put_integer(&writer, "bytes", (int64_t)size);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

/* Where the key may go: "" is fine, or why not. */
static const char *refuse_output(const struct vc_command *command, const char *out)
{
    int fd = fileno(command->out);

    if (!is_standard(out))
        return "";
    if (command->json)
        return "--json and the key cannot share standard output: say --out FILE";
    return fd >= 0 && isatty(fd) == 1
               ? "standard output is a terminal, which would show the key: say --out FILE"
               : "";
}

static int run_unwrap(struct vc_command *command)
{
    vc_cleanup(unwrapped_done) struct unwrapped unwrapped = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};
    const char *identity = vc_option_value(&command->arguments, "identity");
    const char *out = vc_option_value(&command->arguments, "out");
    const char *file = command->arguments.operands[0];
    struct vcc_error error;
    struct vc_err err = {};

    out = out == nullptr ? "-" : out;
    if (identity == nullptr) {
        return vc_command_fail_usage(
            command, "no identity: give --identity PREFIX or set VERACRUZ_IDENTITY");
    }
    if (refuse_output(command, out)[0] != '\0')
        return vc_command_fail_usage(command, "%s", refuse_output(command, out));
    if (load_bytes(file, ENVELOPE_FILE_MAX, &envelope, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    if (vcc_key_unwrap(identity, envelope.data, envelope.size, &unwrapped.key, &unwrapped.size,
                       &error) != VCC_OK)
        return vc_command_fail(command, &error);
    struct vc_bytes key = {unwrapped.key, unwrapped.size};

    if (is_standard(out))
        return vc_command_print(command, key);
    if (vc_new_file_store(out, key, 0600, "choose another --out", &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return print_unwrapped(command, out, key.size);
}

static const struct vc_option put_options[] = {
    {.name = "pem", .help = "FILE is PEM (RSA, P-256, P-384, P-521, X25519), not encrypted"},
    {},
};

const struct vc_verb vc_verb_key_put = {
    .name = "key put",
    .operands = "NAME FILE",
    .operand_count = {2, 2},
    .options = put_options,
    .container = true,
    .summary = "give a key of the policy; its programs use it, and nobody sees it",
    .examples = "  veracruz key put ledger ledger.key          raw bytes, of exactly its size\n"
                "  veracruz key put receipts signing.pem --pem\n"
                "  age -d ledger.age | veracruz key put ledger -   from standard input\n",
    .run = run_put,
};

const struct vc_verb vc_verb_key_rm = {
    .name = "key rm",
    .operands = "NAME",
    .operand_count = {1, 1},
    .container = true,
    .summary = "take a key back; runs that have it keep it to their end",
    .examples = "  veracruz key rm ledger\n",
    .run = run_rm,
};

static const struct vc_option unwrap_options[] = {
    {.name = "identity",
     .value = "PREFIX",
     .environment = "VERACRUZ_IDENTITY",
     .help = "PREFIX.crt and PREFIX.key, for whom it was wrapped"},
    {.name = "out",
     .value = "FILE",
     .help = "where to put the key, mode 0600; standard output if it is no terminal"},
    {},
};

const struct vc_verb vc_verb_key_unwrap = {
    .name = "key unwrap",
    .operands = "FILE",
    .operand_count = {1, 1},
    .options = unwrap_options,
    .summary = "open a key that a program wrapped for you; needs no container",
    .examples = "  veracruz get /output/receipts.cms\n"
                "  veracruz key unwrap receipts.cms --identity auditor --out receipts.key\n",
    .run = run_unwrap,
};
