/* SPDX-License-Identifier: MIT */

#include "policy/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "policy/draft_internal.h"
#include "policy/policy.h"

static constexpr size_t PLACE_MAX = 96; /* "programs.", a name and ".limits" */

/* The writer would replace what is not UTF-8: a policy must not silently say something else than
 * was asked for. */
void vc_draft_put(struct vc_pen *pen, const char *key, const char *text)
{
    if (pen->code != VC_OK || text == nullptr)
        return;
    if (!vc_utf8_valid((struct vc_bytes){(const uint8_t *)text, strlen(text)})) {
        pen->code =
            vc_fail(pen->err, VC_MALFORMED, "%s: not UTF-8", key == nullptr ? "a value" : key);
        return;
    }
    vc_json_put_string(&pen->json, key, text);
}

void vc_draft_put_list(struct vc_pen *pen, const char *key, const char *const *texts, size_t count)
{
    vc_json_open_array(&pen->json, key);
    for (size_t i = 0; i < count; i++)
        vc_draft_put(pen, nullptr, texts[i]);
    vc_json_close_array(&pen->json);
}

/* ---------------------------------------------------------------------------------- settings */

static bool is_among(const char *const *names, const char *name)
{
    for (; *names != nullptr; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

/* A decimal number as JSON spells it, of at most 18 digits; its range is the parser's matter. */
void vc_draft_put_number(struct vc_pen *pen, const char *place,
                         const struct vc_policy_draft_setting *setting)
{
    static constexpr size_t DIGITS_MAX = 18;
    const char *text = setting->value;
    size_t length = strlen(text);

    if (length == 0 || length > DIGITS_MAX || strspn(text, "0123456789") != length ||
        (text[0] == '0' && length > 1)) {
        pen->code =
            vc_fail(pen->err, VC_MALFORMED, "%s.%s: a whole number wanted", place, setting->key);
        return;
    }
    vc_json_put_integer(&pen->json, setting->key, strtoll(text, nullptr, 10));
}

void vc_draft_put_flag(struct vc_pen *pen, const char *place,
                       const struct vc_policy_draft_setting *setting)
{
    bool yes = strcmp(setting->value, "true") == 0;

    if (yes || strcmp(setting->value, "false") == 0) {
        vc_json_put_boolean(&pen->json, setting->key, yes);
    } else {
        pen->code =
            vc_fail(pen->err, VC_MALFORMED, "%s.%s: true or false wanted", place, setting->key);
    }
}

static const char environment_prefix[] = "environment.";

static bool is_variable(const struct vc_policy_draft_setting *setting)
{
    return strncmp(setting->key, environment_prefix, strlen(environment_prefix)) == 0;
}

/* Keys that may be set again and again, each a list of the policy. */
static const struct list {
    const char *key;
    const char *member;
} lists[] = {{"argument", "arguments"}, {"preopen", "preopens"}};

static bool is_of_list(const struct vc_policy_draft_setting *setting)
{
    for (size_t i = 0; i < VC_COUNT(lists); i++) {
        if (strcmp(setting->key, lists[i].key) == 0)
            return true;
    }
    return false;
}

static const char *const program_texts[] = {"strategy", "stdin", "stdout", "stderr", nullptr};
static const char *const program_flags[] = {"clock", "randomness", "partial_outputs", "progress",
                                            nullptr};
static const char *const program_numbers[] = {"kept_keys", nullptr};
static const char *const program_limits[] = {
    "memory_mib", "stack_kib", "cpu_seconds",  "wall_seconds",  "files",
    "open_files", "processes", "output_bytes", "written_bytes", nullptr};
static const char *const stream_texts[] = {"records", "digest", nullptr};
static const char *const stream_flags[] = {"partial", "padded", nullptr};
static const char *const stream_numbers[] = {"record_bytes", "window_bytes", "uses",
                                             "resume_seconds", nullptr};
static const char *const key_texts[] = {"type", "algorithm", nullptr};
static const char *const key_flags[] = {"export", nullptr};
static const char *const key_numbers[] = {"id", "bits", nullptr};
static const char *const storage_quotas[] = {"files", "bytes", "file_bytes", "depth", nullptr};

struct settings {
    const struct vc_policy_draft_setting *list;
    size_t count;
};

static struct settings settings_of(const struct vc_policy_draft_program *program)
{
    return (struct settings){program->settings, program->setting_count};
}

/* Writes the settings among `names`, each by `put_one`. */
static void put_settings(struct vc_pen *pen, const char *place, struct settings settings,
                         const char *const *names,
                         void (*put_one)(struct vc_pen *, const char *,
                                         const struct vc_policy_draft_setting *))
{
    for (size_t i = 0; pen->code == VC_OK && i < settings.count; i++) {
        if (is_among(names, settings.list[i].key))
            put_one(pen, place, &settings.list[i]);
    }
}

static void put_text(struct vc_pen *pen, const char *,
                     const struct vc_policy_draft_setting *setting)
{
    vc_draft_put(pen, setting->key, setting->value);
}

static void put_texts(struct vc_pen *pen, const struct vc_policy_draft_program *program,
                      const struct list *list)
{
    bool open = false;

    for (size_t i = 0; i < program->setting_count; i++) {
        if (strcmp(program->settings[i].key, list->key) != 0)
            continue;
        if (!open)
            vc_json_open_array(&pen->json, list->member);
        open = true;
        vc_draft_put(pen, nullptr, program->settings[i].value);
    }
    if (open)
        vc_json_close_array(&pen->json);
}

static void put_environment(struct vc_pen *pen, const struct vc_policy_draft_program *program)
{
    bool open = false;

    for (size_t i = 0; i < program->setting_count; i++) {
        if (!is_variable(&program->settings[i]))
            continue;
        if (!open)
            vc_json_open_object(&pen->json, "environment");
        open = true;
        vc_draft_put(pen, program->settings[i].key + strlen(environment_prefix),
                     program->settings[i].value);
    }
    if (open)
        vc_json_close_object(&pen->json);
}

static void put_limits(struct vc_pen *pen, const char *place,
                       const struct vc_policy_draft_program *program)
{
    char limits[PLACE_MAX];
    bool any = false;

    for (size_t i = 0; i < program->setting_count; i++)
        any = any || is_among(program_limits, program->settings[i].key);
    if (!any)
        return;
    vc_json_open_object(&pen->json, "limits");
    (void)snprintf(limits, sizeof(limits), "%.*s.limits", (int)sizeof(limits) - 8, place);
    put_settings(pen, limits, settings_of(program), program_limits, vc_draft_put_number);
    vc_json_close_object(&pen->json);
}

/* The parser would say so too, of a line that nobody has seen yet. */
enum vc_code vc_draft_check_single(const struct vc_policy_draft_setting *settings, size_t index,
                                   const char *place, struct vc_err *err)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(settings[i].key, settings[index].key) == 0) {
            return vc_fail(err, VC_MALFORMED, "%s.%s: set a second time", place,
                           settings[index].key);
        }
    }
    return VC_OK;
}

static enum vc_code check_settings(const struct vc_policy_draft_program *program, const char *place,
                                   struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < program->setting_count; i++) {
        const struct vc_policy_draft_setting *setting = &program->settings[i];

        if (is_of_list(setting))
            continue;
        if (!is_variable(setting) && !is_among(program_texts, setting->key) &&
            !is_among(program_flags, setting->key) && !is_among(program_numbers, setting->key) &&
            !is_among(program_limits, setting->key))
            return vc_fail(err, VC_MALFORMED, "%s: no setting \"%s\"", place, setting->key);
        code = vc_draft_check_single(program->settings, i, place, err);
    }
    return code;
}

/* ------------------------------------------------------------------------------------ blocks */

static bool is_named_before(const struct vc_policy_draft_setting *settings, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(settings[i].key, settings[index].key) == 0)
            return true;
    }
    return false;
}

/* Each register once, with all its values. */
static void put_registers(struct vc_pen *pen, const struct vc_policy_draft_platform *platform)
{
    if (platform->register_count == 0)
        return;
    vc_json_open_object(&pen->json, "registers");
    for (size_t i = 0; i < platform->register_count; i++) {
        const char *name = platform->registers[i].key;

        if (is_named_before(platform->registers, i))
            continue;
        vc_json_open_array(&pen->json, name);
        for (size_t k = i; k < platform->register_count; k++) {
            if (strcmp(platform->registers[k].key, name) == 0)
                vc_draft_put(pen, nullptr, platform->registers[k].value);
        }
        vc_json_close_array(&pen->json);
    }
    vc_json_close_object(&pen->json);
}

static void put_minimums(struct vc_pen *pen, const char *place,
                         const struct vc_policy_draft_platform *platform)
{
    char minimums[PLACE_MAX];

    if (platform->minimum_count == 0)
        return;
    (void)snprintf(minimums, sizeof(minimums), "%.*s.minimum_tcb", (int)sizeof(minimums) - 13,
                   place);
    vc_json_open_object(&pen->json, "minimum_tcb");
    for (size_t i = 0; pen->code == VC_OK && i < platform->minimum_count; i++) {
        pen->code = vc_draft_check_single(platform->minimums, i, minimums, pen->err);
        if (pen->code == VC_OK)
            vc_draft_put_number(pen, minimums, &platform->minimums[i]);
    }
    vc_json_close_object(&pen->json);
}

static void put_platform(struct vc_pen *pen, const struct vc_policy_draft_platform *platform)
{
    char place[PLACE_MAX];

    (void)snprintf(place, sizeof(place), "attestation.platforms.%.16s", platform->name);
    vc_json_open_object(&pen->json, platform->name);
    vc_draft_put_list(pen, "measurements", platform->measurements, platform->measurement_count);
    put_registers(pen, platform);
    put_minimums(pen, place, platform);
    if (platform->status_count > 0)
        vc_draft_put_list(pen, "accepted_tcb", platform->statuses, platform->status_count);
    if (platform->machine_count > 0)
        vc_draft_put_list(pen, "machines", platform->machines, platform->machine_count);
    if (pen->code == VC_OK && platform->vmpl != nullptr)
        vc_draft_put_number(pen, place, &(struct vc_policy_draft_setting){"vmpl", platform->vmpl});
    vc_json_close_object(&pen->json);
}

static void put_attestation(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    const struct vc_policy_draft_setting age = {"max_age_seconds", draft->max_age_seconds};

    vc_json_open_object(&pen->json, "attestation");
    vc_draft_put(pen, "url", draft->attestation_url);
    vc_draft_put(pen, "ca", draft->attestation_ca);
    if (pen->code == VC_OK && age.value != nullptr)
        vc_draft_put_number(pen, "attestation", &age);
    vc_json_open_object(&pen->json, "platforms");
    for (size_t i = 0; i < draft->platform_count; i++)
        put_platform(pen, &draft->platforms[i]);
    vc_json_close_object(&pen->json);
    vc_json_close_object(&pen->json);
}

static void put_principals(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    vc_json_open_object(&pen->json, "principals");
    for (size_t i = 0; i < draft->principal_count; i++) {
        vc_json_open_object(&pen->json, draft->principals[i].name);
        vc_draft_put(pen, "certificate", draft->principals[i].certificate);
        vc_json_close_object(&pen->json);
    }
    vc_json_close_object(&pen->json);
}

static void put_program(struct vc_pen *pen, const struct vc_policy_draft_program *program)
{
    char place[PLACE_MAX];

    (void)snprintf(place, sizeof(place), "programs.%.*s", (int)VC_POLICY_NAME_MAX, program->name);
    pen->code = check_settings(program, place, pen->err);
    vc_json_open_object(&pen->json, program->name);
    vc_draft_put(pen, "path", program->path);
    vc_draft_put(pen, "sha256", program->sha256);
    put_settings(pen, place, settings_of(program), program_texts, put_text);
    put_settings(pen, place, settings_of(program), program_flags, vc_draft_put_flag);
    put_settings(pen, place, settings_of(program), program_numbers, vc_draft_put_number);
    for (size_t i = 0; i < VC_COUNT(lists); i++)
        put_texts(pen, program, &lists[i]);
    put_environment(pen, program);
    put_limits(pen, place, program);
    vc_json_close_object(&pen->json);
}

static void put_programs(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    vc_json_open_object(&pen->json, "programs");
    for (size_t i = 0; pen->code == VC_OK && i < draft->program_count; i++)
        put_program(pen, &draft->programs[i]);
    vc_json_close_object(&pen->json);
}

/* The key under which `who` stands in a right, or null. */
const char *vc_draft_kind_of(const struct vc_policy_draft *draft, const char *who)
{
    for (size_t i = 0; i < draft->principal_count; i++) {
        if (strcmp(draft->principals[i].name, who) == 0)
            return "principal";
    }
    for (size_t i = 0; i < draft->program_count; i++) {
        if (strcmp(draft->programs[i].name, who) == 0)
            return "program";
    }
    return nullptr;
}

static void put_rights(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    vc_json_open_array(&pen->json, "rights");
    for (size_t i = 0; pen->code == VC_OK && i < draft->right_count; i++) {
        const struct vc_policy_draft_right *right = &draft->rights[i];
        const char *kind = vc_draft_kind_of(draft, right->who);

        if (kind == nullptr) {
            pen->code =
                vc_fail(pen->err, VC_MALFORMED,
                        "rights[%zu]: \"%s\" is neither a principal nor a program", i, right->who);
            break;
        }
        vc_json_open_object(&pen->json, nullptr);
        vc_draft_put(pen, kind, right->who);
        vc_draft_put_list(pen, "may", right->may, right->may_count);
        vc_draft_put(pen, "path", right->path);
        vc_json_close_object(&pen->json);
    }
    vc_json_close_array(&pen->json);
}

static void put_storage(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    if (draft->storage_count == 0)
        return;
    vc_json_open_object(&pen->json, "storage");
    for (size_t i = 0; pen->code == VC_OK && i < draft->storage_count; i++) {
        const struct vc_policy_draft_setting *quota = &draft->storage[i];

        pen->code = vc_draft_check_single(draft->storage, i, "storage", pen->err);
        if (pen->code != VC_OK)
            break;
        if (is_among(storage_quotas, quota->key)) {
            vc_draft_put_number(pen, "storage", quota);
        } else {
            pen->code = vc_fail(pen->err, VC_MALFORMED, "storage: no quota \"%s\"", quota->key);
        }
    }
    vc_json_close_object(&pen->json);
}

static void put_pins(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    if (draft->pin_count == 0)
        return;
    vc_json_open_object(&pen->json, "pins");
    for (size_t i = 0; pen->code == VC_OK && i < draft->pin_count; i++) {
        pen->code = vc_draft_check_single(draft->pins, i, "pins", pen->err);
        vc_draft_put(pen, draft->pins[i].key, draft->pins[i].value);
    }
    vc_json_close_object(&pen->json);
}

/* {"principal": "a"} or {"program": "b"}, a member's value or, without a key, an element. */
static void put_end(struct vc_pen *pen, const struct vc_policy_draft *draft, const char *place,
                    const char *key, const char *who)
{
    const char *kind = vc_draft_kind_of(draft, who);

    if (pen->code != VC_OK)
        return;
    if (kind == nullptr) {
        pen->code = vc_fail(pen->err, VC_MALFORMED,
                            "%s: \"%.64s\" is neither a principal nor a program", place, who);
        return;
    }
    vc_json_open_object(&pen->json, key);
    vc_draft_put(pen, kind, who);
    vc_json_close_object(&pen->json);
}

static enum vc_code check_stream(const struct vc_policy_draft_stream *stream, const char *place,
                                 struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < stream->setting_count; i++) {
        const char *key = stream->settings[i].key;

        if (!is_among(stream_texts, key) && !is_among(stream_flags, key) &&
            !is_among(stream_numbers, key))
            return vc_fail(err, VC_MALFORMED, "%s: no setting \"%.64s\"", place, key);
        code = vc_draft_check_single(stream->settings, i, place, err);
    }
    return code;
}

static void put_stream(struct vc_pen *pen, const struct vc_policy_draft *draft,
                       const struct vc_policy_draft_stream *stream)
{
    struct settings settings = {stream->settings, stream->setting_count};
    char place[PLACE_MAX];

    (void)snprintf(place, sizeof(place), "streams.%.*s", (int)VC_POLICY_NAME_MAX, stream->name);
    pen->code = check_stream(stream, place, pen->err);
    vc_json_open_object(&pen->json, stream->name);
    put_end(pen, draft, place, "producer", stream->producer);
    vc_json_open_array(&pen->json, "consumers");
    for (size_t i = 0; i < stream->consumer_count; i++)
        put_end(pen, draft, place, nullptr, stream->consumers[i]);
    vc_json_close_array(&pen->json);
    put_settings(pen, place, settings, stream_texts, put_text);
    put_settings(pen, place, settings, stream_numbers, vc_draft_put_number);
    put_settings(pen, place, settings, stream_flags, vc_draft_put_flag);
    vc_json_close_object(&pen->json);
}

static void put_streams(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    if (draft->stream_count == 0)
        return;
    vc_json_open_object(&pen->json, "streams");
    for (size_t i = 0; pen->code == VC_OK && i < draft->stream_count; i++)
        put_stream(pen, draft, &draft->streams[i]);
    vc_json_close_object(&pen->json);
}

static enum vc_code check_key(const struct vc_policy_draft_key *key, const char *place,
                              struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < key->setting_count; i++) {
        const char *name = key->settings[i].key;

        if (!is_among(key_texts, name) && !is_among(key_flags, name) &&
            !is_among(key_numbers, name))
            return vc_fail(err, VC_MALFORMED, "%s: no setting \"%.64s\"", place, name);
        code = vc_draft_check_single(key->settings, i, place, err);
    }
    return code;
}

/* The id that was asked for, or null. */
static const char *id_of(const struct vc_policy_draft_key *key)
{
    for (size_t i = 0; i < key->setting_count; i++) {
        if (strcmp(key->settings[i].key, "id") == 0)
            return key->settings[i].value;
    }
    return nullptr;
}

static bool is_taken(const struct vc_policy_draft *draft, uint32_t id)
{
    char text[sizeof("4294967295")];

    (void)snprintf(text, sizeof(text), "%u", id);
    for (size_t i = 0; i < draft->key_count; i++) {
        const char *other = id_of(&draft->keys[i]);

        if (other != nullptr && strcmp(other, text) == 0)
            return true;
    }
    return false;
}

/* `last` is the id that was chosen before. */
static void put_key(struct vc_pen *pen, const struct vc_policy_draft *draft,
                    const struct vc_policy_draft_key *key, uint32_t *last)
{
    struct settings settings = {key->settings, key->setting_count};
    char place[PLACE_MAX];

    (void)snprintf(place, sizeof(place), "keys.%.*s", (int)VC_POLICY_NAME_MAX, key->name);
    pen->code = check_key(key, place, pen->err);
    vc_json_open_object(&pen->json, key->name);
    vc_draft_put(pen, "owner", key->owner);
    if (id_of(key) == nullptr) {
        do
            ++*last;
        while (is_taken(draft, *last));
        vc_json_put_integer(&pen->json, "id", *last);
    }
    put_settings(pen, place, settings, key_numbers, vc_draft_put_number);
    put_settings(pen, place, settings, key_texts, put_text);
    vc_draft_put_list(pen, "usage", key->usages, key->usage_count);
    vc_draft_put_list(pen, "programs", key->programs, key->program_count);
    put_settings(pen, place, settings, key_flags, vc_draft_put_flag);
    if (key->receiver_count > 0)
        vc_draft_put_list(pen, "wrap", key->receivers, key->receiver_count);
    vc_json_close_object(&pen->json);
}

static void put_keys(struct vc_pen *pen, const struct vc_policy_draft *draft)
{
    uint32_t last = 0;

    if (draft->key_count == 0)
        return;
    vc_json_open_object(&pen->json, "keys");
    for (size_t i = 0; pen->code == VC_OK && i < draft->key_count; i++)
        put_key(pen, draft, &draft->keys[i], &last);
    vc_json_close_object(&pen->json);
}

static enum vc_code write_draft(const struct vc_policy_draft *draft, struct vc_buffer *text,
                                struct vc_err *err)
{
    struct vc_pen pen = {.json = vc_json_writer_over(text), .err = err};
    enum vc_code code;

    pen.json.indent = true;
    vc_json_open_object(&pen.json, nullptr);
    vc_json_put_integer(&pen.json, "version", VC_POLICY_VERSION);
    vc_draft_put(&pen, "name", draft->name);
    vc_draft_put(&pen, "expires", draft->expires);
    put_attestation(&pen, draft);
    put_principals(&pen, draft);
    put_programs(&pen, draft);
    put_rights(&pen, draft);
    put_storage(&pen, draft);
    put_pins(&pen, draft);
    put_streams(&pen, draft);
    put_keys(&pen, draft);
    vc_draft_put_lifecycle(&pen, draft);
    vc_draft_put_narrowing(&pen, draft);
    vc_draft_put_pipelines(&pen, draft);
    vc_draft_put_journal(&pen, draft);
    vc_json_close_object(&pen.json);
    if (pen.code != VC_OK)
        return pen.code;
    code = vc_json_write_end(&pen.json, err);
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

enum vc_code vc_policy_draft_encode(const struct vc_policy_draft *draft, struct vc_buffer *text,
                                    struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer made = {};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    enum vc_code code = write_draft(draft, &made, err);

    if (code == VC_OK)
        code = vc_policy_parse(vc_buffer_bytes(&made), &policy, err);
    if (code == VC_OK)
        code = vc_buffer_append(text, vc_buffer_bytes(&made), err);
    return code;
}
