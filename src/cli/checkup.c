/* SPDX-License-Identifier: MIT */

#include "cli/checkup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "hostabi/host.h"
#include "policy/decide.h"

static constexpr size_t FILE_SIZE_MAX = 1u << 30; /* beyond any module, to say so of it */
static constexpr uint32_t PAGES_PER_MIB = (1 << 20) / VC_MODULE_PAGE_SIZE;

static void vc_printf(2, 3) say(struct vc_checkup_texts *texts, const char *format, ...)
{
    va_list arguments;

    if (texts->count == VC_CHECKUP_TEXTS_MAX) {
        texts->more++;
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(texts->items[texts->count++], VC_ERR_TEXT_MAX, format, arguments);
    va_end(arguments);
}

/* ---- imports ---- */

static bool equals(struct vc_bytes name, const char *text)
{
    return name.size == strlen(text) && memcmp(name.data, text, name.size) == 0;
}

static const struct vc_engine_import *find_import(const struct vc_module_import *import)
{
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);

    for (size_t i = 0; i < count; i++) {
        if (equals(import->module, imports[i].module) && equals(import->name, imports[i].name))
            return &imports[i];
    }
    return nullptr;
}

/* The types of an import's parameters, in the letters of a survey. */
static void types_of(const struct vc_engine_import *import, char types[VC_ENGINE_ARGUMENTS_MAX + 1])
{
    size_t count = strlen(import->parameters);

    for (size_t i = 0; i < count; i++)
        types[i] = import->parameters[i] == 'I' ? 'I' : 'i';
    types[count] = '\0';
}

enum vc_checkup_import vc_checkup_import(const struct vc_module *module, uint32_t index)
{
    const struct vc_engine_import *provided = find_import(&module->imports[index]);
    char provided_types[VC_ENGINE_ARGUMENTS_MAX + 1];
    struct vc_survey_type type;

    if (provided == nullptr)
        return VC_IMPORT_UNKNOWN;
    types_of(provided, provided_types);
    return vc_survey_import(module, index, &type) && !type.cut &&
                   strcmp(type.parameters, provided_types) == 0 &&
                   strcmp(type.results, provided->returns ? "i" : "") == 0
               ? VC_IMPORT_PROVIDED
               : VC_IMPORT_MISTYPED;
}

static const char *value_name(char letter)
{
    switch (letter) {
    case 'i':
        return "i32";
    case 'I':
        return "i64";
    case 'f':
        return "f32";
    case 'F':
        return "f64";
    case 'v':
        return "v128";
    case 'r':
        return "funcref";
    case 'e':
        return "externref";
    default:
        return "?";
    }
}

static size_t append_values(char *text, size_t used, const char *letters)
{
    for (size_t i = 0; letters[i] != '\0' && used < VC_CHECKUP_TYPE_MAX; i++) {
        used += (size_t)snprintf(text + used, VC_CHECKUP_TYPE_MAX - used, "%s%s", i > 0 ? ", " : "",
                                 value_name(letters[i]));
    }
    return used < VC_CHECKUP_TYPE_MAX ? used : VC_CHECKUP_TYPE_MAX - 1;
}

static void format_type(const char *parameters, const char *results, char *text)
{
    size_t used = (size_t)snprintf(text, VC_CHECKUP_TYPE_MAX, "(");

    used = append_values(text, used, parameters);
    used += (size_t)snprintf(text + used, VC_CHECKUP_TYPE_MAX - used, ")%s",
                             results[0] != '\0' ? " -> " : "");
    if (used < VC_CHECKUP_TYPE_MAX)
        (void)append_values(text, used, results);
}

void vc_checkup_import_type(const struct vc_module *module, uint32_t index,
                            char text[VC_CHECKUP_TYPE_MAX])
{
    struct vc_survey_type type;

    if (vc_survey_import(module, index, &type)) {
        format_type(type.parameters, type.results, text);
    } else {
        (void)snprintf(text, VC_CHECKUP_TYPE_MAX, "?");
    }
}

static void check_import(struct vc_checkup *checkup, uint32_t index)
{
    const struct vc_module *module = &checkup->module;
    const struct vc_engine_import *provided = find_import(&module->imports[index]);
    char name[VC_MODULE_IMPORT_TEXT_MAX];
    char wanted[VC_CHECKUP_TYPE_MAX];
    char here[VC_CHECKUP_TYPE_MAX];
    char types[VC_ENGINE_ARGUMENTS_MAX + 1];

    vc_module_import_format(&module->imports[index], name);
    switch (vc_checkup_import(module, index)) {
    case VC_IMPORT_PROVIDED:
        return;
    case VC_IMPORT_UNKNOWN:
        say(&checkup->reasons,
            "imports: %s is not provided; build for wasm32-wasi (preview 1), without it", name);
        return;
    case VC_IMPORT_MISTYPED:
        vc_checkup_import_type(module, index, wanted);
        types_of(provided, types);
        format_type(types, provided->returns ? "i" : "", here);
        say(&checkup->reasons, "imports: %s is declared %s, and is %s; build with another libc",
            name, wanted, here);
        return;
    }
}

/* ---- the file ---- */

uint32_t vc_checkup_memory_mib(const struct vc_module *module)
{
    uint32_t pages = module->memory.minimum > 0 ? module->memory.minimum : 1;

    return (pages + PAGES_PER_MIB - 1) / PAGES_PER_MIB;
}

static void note_customs(struct vc_checkup *checkup)
{
    if (checkup->module.has_native)
        say(&checkup->notes, "it carries native code of an engine, which is dropped: programs are "
                             "compiled where they run");
    if (checkup->module.has_initial)
        say(&checkup->notes, "its start function runs before _start, under the same limits");
}

enum vc_code vc_checkup_load(const char *path, struct vc_checkup *checkup, struct vc_err *err)
{
    struct vc_err reason = {};
    enum vc_code code = vc_file_load(path, FILE_SIZE_MAX, &checkup->wasm, err);

    if (code != VC_OK)
        return code;
    vc_sha256(vc_buffer_bytes(&checkup->wasm), checkup->sha256);
    code = vc_module_parse(vc_buffer_bytes(&checkup->wasm), &checkup->module, &reason);
    if (code == VC_MEMORY)
        return vc_fail_memory(err);
    if (code != VC_OK) {
        say(&checkup->reasons, "%s", reason.text);
        vc_module_done(&checkup->module);
        checkup->module = (struct vc_module){};
        return VC_OK;
    }
    checkup->is_program = true;
    for (uint32_t i = 0; i < checkup->module.import_count; i++)
        check_import(checkup, i);
    note_customs(checkup);
    return VC_OK;
}

void vc_checkup_done(struct vc_checkup *checkup)
{
    vc_module_done(&checkup->module);
    vc_buffer_done(&checkup->wasm);
}

/* ---- a policy ---- */

static bool is_of(const struct vc_checkup *checkup, const struct vc_policy_program *program)
{
    return memcmp(program->sha256, checkup->sha256, sizeof(checkup->sha256)) == 0;
}

static enum vc_code find_program(struct vc_checkup *checkup, const struct vc_policy *policy,
                                 const char *name, struct vc_err *err)
{
    if (name != nullptr) {
        checkup->in_policy = vc_policy_find_program(policy, name, &checkup->program);
        return checkup->in_policy
                   ? VC_OK
                   : vc_fail(err, VC_NOT_FOUND, "programs: none is named %.64s", name);
    }
    for (size_t i = 0; i < policy->program_count && !checkup->in_policy; i++) {
        checkup->in_policy = is_of(checkup, &policy->programs[i]);
        checkup->program = i;
    }
    return VC_OK;
}

static void check_digest(struct vc_checkup *checkup, const struct vc_policy *policy)
{
    const struct vc_policy_program *program = &policy->programs[checkup->program];
    char digest[2 * VC_SHA256_SIZE + 1];

    if (checkup->in_policy && is_of(checkup, program))
        return;
    checkup->other_digest = true;
    if (!checkup->in_policy) {
        say(&checkup->reasons, "programs: none has this file's digest; use the file that the "
                               "parties agreed on, or agree on a policy with this one");
        return;
    }
    vc_hex_encode((struct vc_bytes){program->sha256, VC_SHA256_SIZE}, digest);
    say(&checkup->reasons,
        "programs.%s.sha256: %s, another file; use that, or agree on a policy with this one",
        program->name, digest);
}

static bool anybody_may(const struct vc_policy *policy, enum vc_right right, const char *path)
{
    for (size_t i = 0; i < policy->principal_count; i++) {
        struct vc_subject who = {VC_SUBJECT_PRINCIPAL, i};

        if (vc_policy_decide(policy, who, right, path, nullptr) == VC_OK)
            return true;
    }
    return false;
}

static void check_rights(struct vc_checkup *checkup, const struct vc_policy *policy)
{
    const struct vc_policy_program *program = &policy->programs[checkup->program];

    if (!anybody_may(policy, VC_RIGHT_WRITE, program->path))
        say(&checkup->reasons, "rights: nobody may write %s, so it never gets there",
            program->path);
    if (!anybody_may(policy, VC_RIGHT_EXECUTE, program->path))
        say(&checkup->reasons, "rights: nobody may execute %s", program->path);
    if (checkup->wasm.size > policy->storage.file_bytes) {
        say(&checkup->reasons, "storage.file_bytes: %ju, the program has %zu bytes",
            (uintmax_t)policy->storage.file_bytes, checkup->wasm.size);
    }
}

static bool imports_call(const struct vc_module *module, const char *name)
{
    for (uint32_t i = 0; i < module->import_count; i++) {
        if (equals(module->imports[i].name, name))
            return true;
    }
    return false;
}

static void check_program(struct vc_checkup *checkup, const struct vc_policy_program *program)
{
    const struct vc_module *module = &checkup->module;
    uint32_t least = vc_checkup_memory_mib(module);

    if (program->limits.memory_mib < least) {
        say(&checkup->reasons, "programs.%s.limits.memory_mib: %u, the program needs at least %u",
            program->name, program->limits.memory_mib, least);
    }
    if (!program->clock && imports_call(module, "clock_time_get"))
        say(&checkup->notes, "programs.%s.clock: false; asking the time will fail", program->name);
    if (!program->randomness && imports_call(module, "random_get"))
        say(&checkup->notes, "programs.%s.randomness: false; asking for random bytes will fail",
            program->name);
    if (!program->progress && imports_call(module, "progress"))
        say(&checkup->notes, "programs.%s.progress: false; reports of progress are ignored",
            program->name);
}

static bool is_standard(const struct vc_policy_program *program,
                        const struct vc_policy_stream *stream)
{
    const char *const paths[] = {program->stdin_path, program->stdout_path, program->stderr_path};

    for (size_t i = 0; i < VC_COUNT(paths); i++) {
        if (paths[i] != nullptr && vc_policy_is_of_streams(paths[i]) &&
            strcmp(vc_path_name(paths[i]), stream->name) == 0)
            return true;
    }
    return false;
}

/* A stream that is no standard file must be opened. */
static void check_streams(struct vc_checkup *checkup, const struct vc_policy *policy)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, checkup->program};

    if (imports_call(&checkup->module, "path_open"))
        return;
    for (size_t i = 0; i < policy->stream_count; i++) {
        const struct vc_policy_stream *stream = &policy->streams[i];
        size_t consumer;

        if (is_standard(&policy->programs[checkup->program], stream) ||
            (vc_policy_decide_produce(policy, who, i, nullptr) != VC_OK &&
             vc_policy_decide_consume(policy, who, i, &consumer, nullptr) != VC_OK))
            continue;
        say(&checkup->notes,
            "streams.%s: none of the standard files; the program opens no others, and so never "
            "uses it",
            stream->name);
    }
}

enum vc_code vc_checkup_policy(struct vc_checkup *checkup, const struct vc_policy *policy,
                               const char *name, int64_t now, struct vc_err *err)
{
    struct vc_err reason = {};
    enum vc_code code = find_program(checkup, policy, name, err);

    if (code != VC_OK)
        return code;
    if (vc_policy_check_time(policy, now, &reason) != VC_OK)
        say(&checkup->reasons, "%s", reason.text);
    check_digest(checkup, policy);
    if (!checkup->in_policy)
        return VC_OK;
    check_rights(checkup, policy);
    if (checkup->is_program) {
        check_program(checkup, &policy->programs[checkup->program]);
        check_streams(checkup, policy);
    }
    return VC_OK;
}
