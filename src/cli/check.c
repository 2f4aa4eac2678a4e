/* SPDX-License-Identifier: MIT */

/* The verb `check`: what a program needs, and whether it would run. */

#include <string.h>
#include <time.h>

#include "base/hex.h"
#include "cli/amount.h"
#include "cli/checkup.h"
#include "cli/verbs.h"
#include "client/line.h"
#include "client/policy_file.h"
#include "codec/json.h"

/* A program and what it is held against. */
struct subject {
    const char *path;
    struct vc_checkup checkup;
    struct vc_policy *policy; /* or null */
};

static void subject_done(struct subject *subject)
{
    vc_checkup_done(&subject->checkup);
    vc_policy_free(subject->policy);
}

static bool would_run(const struct vc_checkup *checkup)
{
    return checkup->reasons.count == 0;
}

static const char *import_status(enum vc_checkup_import import)
{
    static const char *const names[] = {
        [VC_IMPORT_PROVIDED] = "provided",
        [VC_IMPORT_UNKNOWN] = "unknown",
        [VC_IMPORT_MISTYPED] = "mistyped",
    };

    return names[import];
}

/* ---- JSON ---- */

static void write_texts(struct vc_json_writer *writer, const char *key,
                        const struct vc_checkup_texts *texts)
{
    vc_json_open_array(writer, key);
    for (size_t i = 0; i < texts->count; i++)
        vc_json_put_string(writer, nullptr, texts->items[i]);
    vc_json_close_array(writer);
}

static void write_imports(struct vc_json_writer *writer, const struct vc_module *module)
{
    vc_json_open_array(writer, "imports");
    for (uint32_t i = 0; i < module->import_count; i++) {
        char type[VC_CHECKUP_TYPE_MAX];

        vc_checkup_import_type(module, i, type);
        vc_json_open_object(writer, nullptr);
        vc_json_put_bytes(writer, "module", module->imports[i].module);
        vc_json_put_bytes(writer, "name", module->imports[i].name);
        vc_json_put_string(writer, "type", type);
        vc_json_put_string(writer, "status", import_status(vc_checkup_import(module, i)));
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

static void write_customs(struct vc_json_writer *writer, const struct vc_module *module)
{
    struct vc_survey_custom custom;
    size_t offset = 0;

    vc_json_open_array(writer, "dropped_sections");
    while (vc_survey_custom(module, &offset, &custom)) {
        vc_json_open_object(writer, nullptr);
        vc_json_put_bytes(writer, "name", custom.name);
        vc_json_put_integer(writer, "size", (int64_t)custom.size);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

static void write_features(struct vc_json_writer *writer, const struct vc_module *module)
{
    vc_json_open_array(writer, "features");
    for (unsigned i = 0; i < VC_CODE_FEATURES; i++) {
        if ((module->facts.features & 1u << i) != 0)
            vc_json_put_string(writer, nullptr, vc_code_feature_names[i]);
    }
    vc_json_close_array(writer);
}

static void write_module(struct vc_json_writer *writer, const struct vc_module *module)
{
    vc_json_open_object(writer, "memory");
    vc_json_put_integer(writer, "minimum_pages", module->memory.minimum);
    vc_json_put_integer(writer, "maximum_pages", module->memory.maximum);
    vc_json_put_integer(writer, "memory_mib_at_least", vc_checkup_memory_mib(module));
    vc_json_close_object(writer);
    vc_json_open_array(writer, "tables");
    for (uint32_t i = 0; i < module->table_count; i++) {
        vc_json_open_object(writer, nullptr);
        vc_json_put_integer(writer, "minimum", module->tables[i].elements.minimum);
        vc_json_put_integer(writer, "maximum", module->tables[i].elements.maximum);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
    vc_json_put_integer(writer, "functions", module->facts.function_count);
    vc_json_put_integer(writer, "instructions", (int64_t)module->facts.instruction_count);
    vc_json_put_boolean(writer, "start_function", module->has_initial);
    write_features(writer, module);
    write_imports(writer, module);
    write_customs(writer, module);
}

static enum vc_code write_json(const struct subject *subject, struct vc_buffer *text,
                               struct vc_err *err)
{
    const struct vc_checkup *checkup = &subject->checkup;
    struct vc_json_writer writer = vc_json_writer_over(text);
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){checkup->sha256, VC_SHA256_SIZE}, hex);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "file", subject->path);
    vc_json_put_integer(&writer, "size", (int64_t)checkup->wasm.size);
    vc_json_put_string(&writer, "sha256", hex);
    vc_json_put_boolean(&writer, "is_program", checkup->is_program);
    if (checkup->is_program)
        write_module(&writer, &checkup->module);
    if (checkup->in_policy)
        vc_json_put_string(&writer, "program", subject->policy->programs[checkup->program].name);
    write_texts(&writer, "notes", &checkup->notes);
    write_texts(&writer, "reasons", &checkup->reasons);
    vc_json_put_boolean(&writer, "would_run", would_run(checkup));
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

/* ---- for people ---- */

static void print_imports(FILE *out, const struct vc_module *module)
{
    for (uint32_t i = 0; i < module->import_count; i++) {
        char name[VC_MODULE_IMPORT_TEXT_MAX];
        char type[VC_CHECKUP_TYPE_MAX];
        enum vc_checkup_import import = vc_checkup_import(module, i);

        vc_module_import_format(&module->imports[i], name);
        vc_checkup_import_type(module, i, type);
        (void)fprintf(out, "%-11s %s%s%s\n", i == 0 ? "imports" : "", name, type,
                      import == VC_IMPORT_PROVIDED  ? ""
                      : import == VC_IMPORT_UNKNOWN ? "   NOT PROVIDED"
                                                    : "   OF ANOTHER TYPE HERE");
    }
}

static void print_customs(FILE *out, const struct vc_module *module)
{
    struct vc_survey_custom custom;
    size_t offset = 0;

    for (bool first = true; vc_survey_custom(module, &offset, &custom); first = false) {
        char raw[64] = "";
        char name[64];

        memcpy(raw, custom.name.data,
               custom.name.size < sizeof(raw) ? custom.name.size : sizeof(raw) - 1);
        vc_line_clean(raw, name, sizeof(name));
        (void)fprintf(out, "%-11s %s (%zu bytes)\n", first ? "dropped" : "", name, custom.size);
    }
}

static void print_features(FILE *out, const struct vc_module *module)
{
    const char *separator = "";

    (void)fprintf(out, "%-11s ", "features");
    for (unsigned i = 0; i < VC_CODE_FEATURES; i++) {
        if ((module->facts.features & 1u << i) == 0)
            continue;
        (void)fprintf(out, "%s%s", separator, vc_code_feature_names[i]);
        separator = ", ";
    }
    (void)fprintf(out, "%s\n", separator[0] == '\0' ? "of WebAssembly's first version" : "");
}

static void print_module(FILE *out, const struct vc_module *module)
{
    char least[VC_AMOUNT_MAX];
    char most[VC_AMOUNT_MAX];

    vc_amount_bytes((uint64_t)module->memory.minimum * VC_MODULE_PAGE_SIZE, least);
    vc_amount_bytes((uint64_t)module->memory.maximum * VC_MODULE_PAGE_SIZE, most);
    (void)fprintf(out, "%-11s %s at its start, at most %s; needs limits.memory_mib of %u or more\n",
                  "memory", least, most, vc_checkup_memory_mib(module));
    for (uint32_t i = 0; i < module->table_count; i++) {
        (void)fprintf(out, "%-11s %u element%s, at most %u\n", i == 0 ? "tables" : "",
                      module->tables[i].elements.minimum,
                      module->tables[i].elements.minimum == 1 ? "" : "s",
                      module->tables[i].elements.maximum);
    }
    (void)fprintf(out, "%-11s %u, and %u imported; %ju instructions\n", "functions",
                  module->facts.function_count, module->import_count,
                  (uintmax_t)module->facts.instruction_count);
    print_features(out, module);
    print_customs(out, module);
    print_imports(out, module);
}

static void print_texts(FILE *out, const char *mark, const struct vc_checkup_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        (void)fprintf(out, "%s %s\n", mark, texts->items[i]);
    if (texts->more > 0)
        (void)fprintf(out, "%s and %zu more\n", mark, texts->more);
}

static int print_text(struct vc_command *command, const struct subject *subject)
{
    const struct vc_checkup *checkup = &subject->checkup;
    char hex[2 * VC_SHA256_SIZE + 1];
    char size[VC_AMOUNT_MAX];
    FILE *out = command->out;

    vc_hex_encode((struct vc_bytes){checkup->sha256, VC_SHA256_SIZE}, hex);
    vc_amount_bytes(checkup->wasm.size, size);
    (void)fprintf(out, "%-11s %s\n%-11s %s\n", "size", size, "sha256", hex);
    if (checkup->is_program)
        print_module(out, &checkup->module);
    if (checkup->in_policy)
        (void)fprintf(out, "%-11s %s\n", "program",
                      subject->policy->programs[checkup->program].name);
    print_texts(out, "note:", &checkup->notes);
    (void)fprintf(out, "%s%s\n", would_run(checkup) ? "would run" : "would not run",
                  subject->policy != nullptr ? " under this policy" : "");
    print_texts(out, "  -", &checkup->reasons);
    return vc_command_print(command, (struct vc_bytes){});
}

/* ---- the verb ---- */

static int examine(struct vc_command *command, struct subject *subject)
{
    const char *policy = vc_option_value(&command->arguments, "policy");
    const char *program = vc_option_value(&command->arguments, "program");
    struct vc_err err = {};
    enum vc_code code;

    if (policy == nullptr && program != nullptr)
        return vc_command_fail_usage(command, "--program: only with --policy");
    if (vc_checkup_load(subject->path, &subject->checkup, &err) != VC_OK ||
        (policy != nullptr && vc_policy_file_load(policy, &subject->policy, &err) != VC_OK))
        return vc_command_fail_input(command, &err);
    code = policy == nullptr ? VC_OK
                             : vc_checkup_policy(&subject->checkup, subject->policy, program,
                                                 (int64_t)time(nullptr), &err);
    return code == VC_OK ? VCC_OK : vc_command_fail_input(command, &err);
}

static int run_check(struct vc_command *command)
{
    vc_cleanup(subject_done) struct subject subject = {.path = command->arguments.operands[0]};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};
    int exit_code = examine(command, &subject);

    if (exit_code != VCC_OK)
        return exit_code;
    exit_code = command->json
                    ? vc_command_print_json(command, write_json(&subject, &text, &err), &text, &err)
                    : print_text(command, &subject);
    if (exit_code != VCC_OK || would_run(&subject.checkup))
        return exit_code;
    return subject.checkup.other_digest ? VCC_DIGEST : VCC_REFUSED;
}

static const struct vc_option check_options[] = {
    {.name = "policy", .value = "FILE", .help = "would it run under this policy?"},
    {.name = "program", .value = "NAME", .help = "as this program of it, and no other"},
    {},
};

const struct vc_verb vc_verb_check = {
    .name = "check",
    .operands = "prog.wasm",
    .operand_count = {1, 1},
    .options = check_options,
    .summary = "what a program needs, and whether it would run",
    .examples = "  veracruz check psi.wasm\n"
                "  veracruz check psi.wasm --policy policy.json --program psi\n"
                "done if it would run; 7 if the policy wants another file, 4 if anything else is "
                "against it\n",
    .run = run_check,
};
