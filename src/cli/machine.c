/* SPDX-License-Identifier: MIT */

/* The verb `machine show`: the key with which this machine signs evidence of process containers. */

#include "platform/machine.h"

#include "evidence/process.h"
#include "base/file.h"
#include "base/hex.h"
#include "cli/verbs.h"
#include "codec/json.h"

struct machine {
    char instance_id[2 * VC_INSTANCE_ID_SIZE + 1];
    struct vc_buffer pem; /* the public key, with a NUL that does not count */
};

static enum vc_code describe(const char *path, struct machine *machine, struct vc_err *err)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    uint8_t id[VC_INSTANCE_ID_SIZE];
    enum vc_code code = vc_machine_key_load(path, &key, err);

    if (code == VC_OK)
        code = vc_process_instance_id(key, id, err);
    if (code == VC_OK)
        code = vc_key_encode_public_pem(key, &machine->pem, err);
    if (code == VC_OK)
        vc_hex_encode((struct vc_bytes){id, sizeof(id)}, machine->instance_id);
    return code;
}

static int print_machine(struct vc_command *command, const struct machine *machine)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (!command->json) {
        if (vc_buffer_printf(&text, &err, "instance %s\n%.*s", machine->instance_id,
                             (int)machine->pem.size, (const char *)machine->pem.data) != VC_OK)
            return vc_command_fail_in(command, &err);
        return vc_command_print(command, vc_buffer_bytes(&text));
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "instance_id", machine->instance_id);
    vc_json_put_bytes(&writer, "public_key", vc_buffer_bytes(&machine->pem));
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static int run_show(struct vc_command *command)
{
    struct machine machine = {};
    const char *out = vc_option_value(&command->arguments, "out");
    struct vc_err err = {};
    enum vc_code code =
        describe(vc_option_value(&command->arguments, "machine-key"), &machine, &err);

    if (code == VC_OK && out != nullptr)
        code = vc_file_store(out, vc_buffer_bytes(&machine.pem), 0644, &err);
    int exit_code =
        code == VC_OK ? print_machine(command, &machine) : vc_command_fail_in(command, &err);

    vc_buffer_done(&machine.pem);
    return exit_code;
}

static const struct vc_option show_options[] = {
    {.name = "out", .value = "FILE", .help = "also write the public key there, for `endorse`"},
    {.name = "machine-key",
     .value = "FILE",
     .environment = "VERACRUZ_MACHINE_KEY",
     .help = "the key, if not the one in your data folder"},
    {},
};

const struct vc_verb vc_verb_machine_show = {
    .name = "machine show",
    .operands = "",
    .operand_count = {0, 0},
    .options = show_options,
    .summary = "this machine's launcher key, made on first use",
    .examples = "  veracruz machine show --out machine.pem     then: veracruz attestation endorse "
                "machine.pem\n",
    .run = run_show,
};
