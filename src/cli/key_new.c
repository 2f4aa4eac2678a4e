/* SPDX-License-Identifier: MIT */

/* The verb that makes a key to give: key new. */

#include <string.h>
#include <unistd.h>

#include "cli/new_file.h"
#include "cli/verbs.h"
#include "codec/json.h"
#include "crypto/material.h"
#include "crypto/random.h"
#include "policy/key_names.h"

static constexpr uint32_t RSA_BITS_USUAL = 3072;
static constexpr uint32_t SECRET_BITS_USUAL = 256;
static const char INSTEAD[] = "choose another FILE";

/* What is to be made, and what was. */
struct making {
    const struct vc_key_type *type;
    uint32_t bits;
    struct vc_buffer material;
    struct vc_buffer public_pem;
};

static void making_done(struct making *making)
{
    vc_buffer_done(&making->material); /* wipes */
    vc_buffer_done(&making->public_pem);
}

static uint32_t usual_bits(const struct vc_key_type *type)
{
    if (type->bits_least == type->bits_most)
        return type->bits_least;
    return type->family == VC_KEY_FAMILY_RSA_PAIR ? RSA_BITS_USUAL : SECRET_BITS_USUAL;
}

static int refuse_bits(struct vc_command *command, const struct vc_key_type *type, uint32_t bits)
{
    if (type->bits_least == type->bits_most) {
        return vc_command_fail_usage(command, "--bits: %u, but %s has %u", (unsigned)bits,
                                     type->words, (unsigned)type->bits_least);
    }
    return vc_command_fail_usage(command, "--bits: %u, but %s has %u to %u, in steps of %u",
                                 (unsigned)bits, type->words, (unsigned)type->bits_least,
                                 (unsigned)type->bits_most, (unsigned)type->steps);
}

static int read_type(struct vc_command *command, struct making *making)
{
    const struct vc_arguments *arguments = &command->arguments;
    const char *name = arguments->operands[0];
    uint64_t bits;
    struct vc_err err = {};

    making->type = vc_key_type_named(name);
    if (making->type == nullptr) {
        return vc_command_fail_usage(command,
                                     "%.32s: a type of keys wanted: aes aria camellia chacha20 "
                                     "hmac derive raw rsa-pair p256-pair p384-pair p521-pair "
                                     "x25519-pair",
                                     name);
    }
    if (vc_key_type_is_public(making->type)) {
        return vc_command_fail_usage(command, "%s: make the pair; --public writes its public half",
                                     making->type->name);
    }
    if (making->type->family == VC_KEY_FAMILY_PASSWORD)
        return vc_command_fail_usage(command, "password: people make those; `key put` gives one");
    bits = usual_bits(making->type);
    if (vc_option_number(arguments, "bits", (const uint64_t[]){1, UINT16_MAX}, &bits, &err) !=
        VC_OK)
        return vc_command_fail_input(command, &err);
    if (!vc_key_type_has_bits(making->type, (uint32_t)bits))
        return refuse_bits(command, making->type, (uint32_t)bits);
    making->bits = (uint32_t)bits;
    return VCC_OK;
}

static enum vc_code make_secret(struct making *making, struct vc_err *err)
{
    size_t size = making->bits / 8;
    enum vc_code code = vc_buffer_reserve(&making->material, size, err);

    if (code == VC_OK)
        code = vc_random(making->material.data, size, err);
    if (code == VC_OK)
        making->material.size = size;
    return code;
}

/* Nothing is taken for a pair that is not known to be one: a key of the right size is easily of the
 * wrong kind. */
static bool find_kind(const struct making *making, enum vc_material_kind *kind)
{
    switch (making->type->family) {
    case VC_KEY_FAMILY_RSA_PAIR:
        *kind = VC_MATERIAL_RSA;
        return true;
    case VC_KEY_FAMILY_X_PAIR:
        *kind = VC_MATERIAL_X25519;
        return true;
    case VC_KEY_FAMILY_CURVE_PAIR:
        *kind = making->bits == 256   ? VC_MATERIAL_P256
                : making->bits == 384 ? VC_MATERIAL_P384
                                      : VC_MATERIAL_P521;
        return true;
    case VC_KEY_FAMILY_AES:
    case VC_KEY_FAMILY_BLOCK:
    case VC_KEY_FAMILY_CHACHA:
    case VC_KEY_FAMILY_HMAC:
    case VC_KEY_FAMILY_DERIVE:
    case VC_KEY_FAMILY_PASSWORD:
    case VC_KEY_FAMILY_RAW:
    case VC_KEY_FAMILY_RSA_PUBLIC:
    case VC_KEY_FAMILY_CURVE_PUBLIC:
    case VC_KEY_FAMILY_X_PUBLIC:
        break;
    }
    return false;
}

static enum vc_code make(struct making *making, struct vc_err *err)
{
    enum vc_material_kind kind;

    if (vc_key_type_is_symmetric(making->type))
        return make_secret(making, err);
    if (!find_kind(making, &kind))
        return vc_fail(err, VC_STATE, "%s: no way to make one", making->type->name);
    return vc_material_new(kind, making->bits, &making->material, &making->public_pem, err);
}

static int print_made(struct vc_command *command, const struct making *making, const char *file,
                      const char *public_file)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (!command->json) {
        enum vc_code code = vc_buffer_printf(&text, &err, "%s  (secret: keep it)\n", file);

        if (code == VC_OK && public_file != nullptr)
            code = vc_buffer_printf(&text, &err, "%s  (its public half)\n", public_file);
        if (code != VC_OK)
            return vc_command_fail_in(command, &err);
        return vc_command_print(command, vc_buffer_bytes(&text));
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "key", file);
    if (public_file != nullptr)
        vc_json_put_string(&writer, "public", public_file);
    vc_json_put_string(&writer, "type", making->type->name);
    vc_json_put_integer(&writer, "bits", making->bits);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static enum vc_code store(const struct making *making, const char *file, const char *public_file,
                          struct vc_err *err)
{
    enum vc_code code =
        vc_new_file_store(file, vc_buffer_bytes(&making->material), 0600, INSTEAD, err);

    if (code == VC_OK && public_file != nullptr) {
        code = vc_new_file_store(public_file, vc_buffer_bytes(&making->public_pem), 0644,
                                 "choose another --public", err);
        if (code != VC_OK)
            (void)unlink(file);
    }
    return code;
}

static int run_new(struct vc_command *command)
{
    vc_cleanup(making_done) struct making making = {};
    const char *file = command->arguments.operands[1];
    const char *public_file = vc_option_value(&command->arguments, "public");
    struct vc_err err = {};
    int exit_code = read_type(command, &making);

    if (exit_code != VCC_OK)
        return exit_code;
    if (strcmp(file, "-") == 0) /* to other verbs it is a standard stream, never a file's name */
        return vc_command_fail_usage(command, "-: a new key goes to a file; say which");
    if (public_file != nullptr && vc_key_type_is_symmetric(making.type)) {
        return vc_command_fail_usage(command, "--public: %s has no public half",
                                     making.type->words);
    }
    if (make(&making, &err) != VC_OK || store(&making, file, public_file, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return print_made(command, &making, file, public_file);
}

static const struct vc_option new_options[] = {
    {.name = "bits", .value = "N", .help = "where the type does not say it: 256, of RSA 3072"},
    {.name = "public", .value = "FILE", .help = "write the public half of a pair, too, in PEM"},
    {},
};

const struct vc_verb vc_verb_key_new = {
    .name = "key new",
    .operands = "TYPE FILE",
    .operand_count = {2, 2},
    .options = new_options,
    .summary = "make a key to give, in the form in which `key put` takes it",
    .examples = "  veracruz key new aes ledger.key             32 random bytes, mode 0600\n"
                "  veracruz key new rsa-pair signing.key --bits 4096 --public signing.pem\n",
    .run = run_new,
};
