/* SPDX-License-Identifier: MIT */

/* The block "programs" of a policy's text. */

#include <stdlib.h>
#include <string.h>

#include "policy/parse_internal.h"
#include "policy/piece.h"

static constexpr size_t ARGUMENTS_MAX = 64;
static constexpr size_t ENVIRONMENT_MAX = 64;      /* variables */
static constexpr size_t ENVIRONMENT_NAME_MAX = 64; /* bytes */
static constexpr size_t TEXT_MAX = 4096;           /* bytes of an argument or a variable's value */

static enum vc_code parse_strategy(const struct vc_json_place *program, enum vc_strategy *strategy,
                                   struct vc_err *err)
{
    struct vc_json_place place;
    const char *text;
    enum vc_code code;

    *strategy = VC_STRATEGY_AOT;
    if (!vc_piece_find(program, "strategy", &place))
        return VC_OK;
    code = vc_json_string(&place, &text, err);
    if (code != VC_OK)
        return code;
    if (strcmp(text, "interpret") == 0) {
        *strategy = VC_STRATEGY_INTERPRET;
    } else if (strcmp(text, "aot") != 0) {
        return vc_fail(err, VC_MALFORMED, "%s: \"aot\" or \"interpret\" wanted", place.text);
    }
    return VC_OK;
}

/* An argument, or the value of a variable. */
static enum vc_code bounded_string(const struct vc_json_place *place, const char **text,
                                   struct vc_err *err)
{
    enum vc_code code = vc_json_string(place, text, err);

    if (code == VC_OK && strlen(*text) > TEXT_MAX) {
        return vc_fail(err, VC_LIMIT, "%s: %zu bytes, at most %zu", place->text, strlen(*text),
                       TEXT_MAX);
    }
    return code;
}

enum vc_code vc_policy_parse_arguments(const struct vc_json_place *list, char ***arguments,
                                       size_t *count, struct vc_err *err)
{
    enum vc_code code = vc_piece_check_list(list, ARGUMENTS_MAX, err);

    if (code != VC_OK)
        return code;
    *arguments = (char **)calloc(vc_json_count(list) + 1, sizeof(**arguments));
    if (*arguments == nullptr)
        return vc_fail_memory(err);
    *count = vc_json_count(list);
    for (size_t i = 0; code == VC_OK && i < *count; i++) {
        struct vc_json_place element = vc_json_element(list, i);
        const char *text;

        code = bounded_string(&element, &text, err);
        if (code == VC_OK)
            code = vc_piece_copy(text, &(*arguments)[i], err);
    }
    return code;
}

/* By default there is the program's name alone. */
static enum vc_code parse_arguments(const struct vc_json_place *place,
                                    struct vc_policy_program *program, struct vc_err *err)
{
    struct vc_json_place list;

    if (vc_piece_find(place, "arguments", &list)) {
        return vc_policy_parse_arguments(&list, &program->arguments, &program->argument_count, err);
    }
    program->arguments = (char **)calloc(2, sizeof(*program->arguments));
    if (program->arguments == nullptr)
        return vc_fail_memory(err);
    program->argument_count = 1;
    return vc_piece_copy(program->name, &program->arguments[0], err);
}

static bool is_variable_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    size_t length = strlen(name);

    return length > 0 && length <= ENVIRONMENT_NAME_MAX && strspn(name, allowed) == length;
}

static enum vc_code parse_variable(const struct vc_json_place *place, const char *name,
                                   char **variable, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer made = {};
    const char *value;
    enum vc_code code;

    if (!is_variable_name(name)) {
        return vc_fail(err, VC_MALFORMED, "%s: a variable's name is 1 to %zu of A-Z a-z 0-9 _",
                       place->text, ENVIRONMENT_NAME_MAX);
    }
    code = bounded_string(place, &value, err);
    if (code == VC_OK)
        code = vc_buffer_printf(&made, err, "%s=%s%c", name, value, '\0');
    return code == VC_OK ? vc_piece_copy((const char *)made.data, variable, err) : code;
}

static enum vc_code parse_environment(const struct vc_json_place *place,
                                      struct vc_policy_program *program, struct vc_err *err)
{
    struct vc_json_place map;
    bool given = vc_piece_find(place, "environment", &map);
    enum vc_code code = given ? vc_piece_check_map(&map, 0, ENVIRONMENT_MAX, err) : VC_OK;
    size_t count = given ? vc_json_count(&map) : 0;

    if (code != VC_OK)
        return code;
    program->environment = (char **)calloc(count + 1, sizeof(*program->environment));
    if (program->environment == nullptr)
        return vc_fail_memory(err);
    program->environment_count = count;
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        const char *name;
        struct vc_json_place entry = vc_json_entry(&map, i, &name);

        code = parse_variable(&entry, name, &program->environment[i], err);
    }
    return code;
}

static enum vc_code parse_preopen(const struct vc_json_place *place,
                                  struct vc_policy_preopen *preopen, struct vc_err *err)
{
    char canonical[VC_PATH_MAX];
    const char *text;
    enum vc_code code = vc_json_string(place, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_path_canonical(text, canonical, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", place->text);
    code = vc_piece_copy(text, &preopen->name, err);
    return code == VC_OK ? vc_piece_copy(canonical, &preopen->path, err) : code;
}

static enum vc_code parse_preopens(const struct vc_json_place *place,
                                   struct vc_policy_program *program, struct vc_err *err)
{
    struct vc_json_place list;
    bool given = vc_piece_find(place, "preopens", &list);
    enum vc_code code = given ? vc_piece_check_list(&list, VC_POLICY_PREOPENS_MAX, err) : VC_OK;
    size_t count = given ? vc_json_count(&list) : 1;

    if (code != VC_OK)
        return code;
    program->preopens = calloc(count, sizeof(*program->preopens));
    if (program->preopens == nullptr)
        return vc_fail_memory(err);
    program->preopen_count = count;
    if (!given) {
        code = vc_piece_copy("/", &program->preopens[0].name, err);
        return code == VC_OK ? vc_piece_copy("/", &program->preopens[0].path, err) : code;
    }
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        struct vc_json_place element = vc_json_element(&list, i);

        code = parse_preopen(&element, &program->preopens[i], err);
    }
    return code;
}

enum limit {
    MEMORY_MIB,
    STACK_KIB,
    CPU_SECONDS,
    WALL_SECONDS,
    FILES,
    OPEN_FILES,
    PROCESSES,
    OUTPUT_BYTES,
    LIMIT_COUNT
};

/* At least as many as its files may grow by, or that limit would not be what it says. */
static enum vc_code parse_written(const struct vc_json_place *limits, struct vc_limits *model,
                                  struct vc_err *err)
{
    int64_t output = (int64_t)model->output_bytes;
    const struct vc_piece_number row = {"written_bytes", output,
                                        VC_POLICY_BYTES_MAX * VC_POLICY_REWRITES,
                                        output * VC_POLICY_REWRITES};
    int64_t value = 0;
    enum vc_code code = vc_piece_numbers(limits, &row, 1, &value, err);

    model->written_bytes = (uint64_t)value;
    return code;
}

/* What is absent and would not fit the storage by default is as large as the storage. */
static enum vc_code parse_limits(const struct vc_json_place *program,
                                 const struct vc_policy_storage *storage, struct vc_limits *limits,
                                 struct vc_err *err)
{
    static const char *const known[] = {
        "memory_mib", "stack_kib", "cpu_seconds",  "wall_seconds",  "files",
        "open_files", "processes", "output_bytes", "written_bytes", nullptr};
    int64_t files = storage->files < 64 ? storage->files : 64;
    int64_t bytes = storage->bytes < 1 << 26 ? (int64_t)storage->bytes : 1 << 26;
    const struct vc_piece_number rows[LIMIT_COUNT] = {
        [MEMORY_MIB] = {"memory_mib", 1, 4096, 64},
        [STACK_KIB] = {"stack_kib", 64, 65536, 1024},
        [CPU_SECONDS] = {"cpu_seconds", 1, VC_POLICY_SECONDS_MAX, 60},
        [WALL_SECONDS] = {"wall_seconds", 1, VC_POLICY_SECONDS_MAX, 120},
        [FILES] = {"files", 0, 4096, files},
        [OPEN_FILES] = {"open_files", 8, 4096, 128},
        [PROCESSES] = {"processes", 1, 16, 16},
        [OUTPUT_BYTES] = {"output_bytes", 0, VC_POLICY_BYTES_MAX, bytes},
    };
    struct vc_json_place place;
    bool given = vc_piece_find(program, "limits", &place);
    int64_t values[LIMIT_COUNT] = {};
    enum vc_code code = given ? vc_json_check_object(&place, known, err) : VC_OK;

    if (code == VC_OK)
        code = vc_piece_numbers(given ? &place : nullptr, rows, LIMIT_COUNT, values, err);
    *limits = (struct vc_limits){
        .memory_mib = (uint32_t)values[MEMORY_MIB],
        .stack_kib = (uint32_t)values[STACK_KIB],
        .cpu_seconds = (uint32_t)values[CPU_SECONDS],
        .wall_seconds = (uint32_t)values[WALL_SECONDS],
        .files = (uint32_t)values[FILES],
        .open_files = (uint32_t)values[OPEN_FILES],
        .processes = (uint32_t)values[PROCESSES],
        .output_bytes = (uint64_t)values[OUTPUT_BYTES],
    };
    return code == VC_OK ? parse_written(given ? &place : nullptr, limits, err) : code;
}

/* What the program is: where its module lies, and how it is run. */
static enum vc_code parse_module(const struct vc_json_place *place,
                                 struct vc_policy_program *program, struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = vc_json_member(place, "path", &member, err);

    if (code == VC_OK)
        code = vc_piece_path(&member, &program->path, nullptr, err);
    if (code == VC_OK)
        code = vc_json_member(place, "sha256", &member, err);
    if (code == VC_OK)
        code = vc_piece_digest(&member, program->sha256, err);
    if (code == VC_OK)
        code = parse_strategy(place, &program->strategy, err);
    return code;
}

static enum vc_code parse_file_path(const struct vc_json_place *place, const char *name,
                                    char **path, struct vc_err *err)
{
    struct vc_json_place member;

    return vc_piece_find(place, name, &member) ? vc_piece_path(&member, path, nullptr, err) : VC_OK;
}

/* What the program finds when it starts. */
static enum vc_code parse_surroundings(const struct vc_json_place *place,
                                       struct vc_policy_program *program, struct vc_err *err)
{
    enum vc_code code = parse_arguments(place, program, err);

    if (code == VC_OK)
        code = parse_environment(place, program, err);
    if (code == VC_OK)
        code = vc_piece_flag(place, "clock", &program->clock, err);
    if (code == VC_OK)
        code = vc_piece_flag(place, "randomness", &program->randomness, err);
    if (code == VC_OK)
        code = parse_file_path(place, "stdin", &program->stdin_path, err);
    if (code == VC_OK)
        code = parse_file_path(place, "stdout", &program->stdout_path, err);
    if (code == VC_OK)
        code = parse_file_path(place, "stderr", &program->stderr_path, err);
    if (code == VC_OK)
        code = parse_preopens(place, program, err);
    if (code == VC_OK)
        code = vc_piece_flag(place, "partial_outputs", &program->partial_outputs, err);
    if (code == VC_OK)
        code = vc_piece_flag(place, "progress", &program->progress, err);
    return code;
}

static enum vc_code parse_kept_keys(const struct vc_json_place *place, uint32_t *count,
                                    struct vc_err *err)
{
    static const struct vc_piece_number row = {"kept_keys", 0, VC_POLICY_KEPT_KEYS_MAX, 0};
    int64_t value = 0;
    enum vc_code code = vc_piece_numbers(place, &row, 1, &value, err);

    *count = (uint32_t)value;
    return code;
}

static enum vc_code parse_program(const struct vc_json_place *place, const char *name,
                                  const struct vc_policy_storage *storage,
                                  struct vc_policy_program *program, struct vc_err *err)
{
    static const char *const known[] = {"path",        "sha256", "strategy",   "arguments",
                                        "environment", "clock",  "randomness", "stdin",
                                        "stdout",      "stderr", "preopens",   "partial_outputs",
                                        "progress",    "limits", "kept_keys",  nullptr};
    enum vc_code code = vc_piece_name(place, name, &program->name, err);

    if (code == VC_OK)
        code = vc_json_check_object(place, known, err);
    if (code == VC_OK)
        code = parse_module(place, program, err);
    if (code == VC_OK)
        code = parse_surroundings(place, program, err);
    if (code == VC_OK)
        code = parse_kept_keys(place, &program->kept_keys, err);
    if (code == VC_OK)
        code = parse_limits(place, storage, &program->limits, err);
    return code;
}

enum vc_code vc_policy_parse_programs(const struct vc_json_place *root, struct vc_policy *policy,
                                      struct vc_err *err)
{
    struct vc_json_place map;
    enum vc_code code = vc_json_member(root, "programs", &map, err);

    if (code == VC_OK)
        code = vc_piece_check_map(&map, 0, VC_POLICY_PROGRAMS_MAX, err);
    if (code != VC_OK || vc_json_count(&map) == 0)
        return code;
    policy->programs = calloc(vc_json_count(&map), sizeof(*policy->programs));
    if (policy->programs == nullptr)
        return vc_fail_memory(err);
    policy->program_count = vc_json_count(&map);
    for (size_t i = 0; code == VC_OK && i < policy->program_count; i++) {
        const char *name;
        struct vc_json_place place = vc_json_entry(&map, i, &name);

        code = parse_program(&place, name, &policy->storage, &policy->programs[i], err);
    }
    return code;
}
