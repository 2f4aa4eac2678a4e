/* SPDX-License-Identifier: MIT */

/* Writes a policy as a table. */

#include "cli/policy_table.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "cli/amount.h"
#include "client/line.h"
#include "evidence/vocabulary.h"
#include "policy/decide.h"
#include "policy/key_names.h"

static constexpr int WHO_COLUMNS = 20;
static constexpr int MAY_COLUMNS = 24;

static const struct right_name {
    enum vc_right right;
    const char *name;
} right_names[] = {
    {VC_RIGHT_READ, "read"},       {VC_RIGHT_WRITE, "write"}, {VC_RIGHT_APPEND, "append"},
    {VC_RIGHT_EXECUTE, "execute"}, {VC_RIGHT_LIST, "list"},   {VC_RIGHT_DELETE, "delete"},
};

static enum vc_code put_head(const struct vc_policy *policy, struct vc_buffer *text,
                             struct vc_err *err)
{
    char hash[2 * VC_SHA256_SIZE + 1];
    char expires[VC_INSTANT_TEXT_MAX];
    char name[256];

    vc_hex_encode((struct vc_bytes){policy->hash, sizeof(policy->hash)}, hash);
    vc_instant_format(policy->expires, expires);
    vc_line_clean(vc_cert_common_name(policy->attestation.ca), name, sizeof(name));
    return vc_buffer_printf(text, err,
                            "name         %s\nhash         %s\nexpires      %s\n"
                            "attestation  %s (CA %s), verified within %u s\n",
                            policy->name, hash, expires, policy->attestation.url, name,
                            policy->attestation.max_age_s);
}

static enum vc_code put_values(const char *name, const struct vc_octets *values, size_t count,
                               struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < count; i++) {
        char hex[VC_OCTETS_HEX_MAX];

        vc_octets_hex(&values[i], hex);
        code = vc_buffer_printf(text, err, "  %-*s %s\n", WHO_COLUMNS, name, hex);
    }
    return code;
}

/* What else than its measurement a platform must say. */
static enum vc_code put_demands(const struct vc_policy_platform *platform, struct vc_buffer *text,
                                struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < platform->register_count; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "  %s", platform->registers[i].name);
        code = put_values(name, platform->registers[i].values, platform->registers[i].value_count,
                          text, err);
    }
    for (size_t i = 0; code == VC_OK && i < platform->minimum_count; i++) {
        code = vc_buffer_printf(text, err, "    %-*s at least %llu\n", WHO_COLUMNS - 2,
                                platform->minimums[i].part,
                                (unsigned long long)platform->minimums[i].least);
    }
    for (size_t i = VC_TCB_UP_TO_DATE; code == VC_OK && i < VC_TCB_STATUS_COUNT; i++) {
        if (vc_vocabulary_of(platform->kind)->judged && (platform->tcb_accepted & 1u << i) != 0) {
            code = vc_buffer_printf(text, err, "  %-*s %s\n", WHO_COLUMNS, "  TCB status",
                                    vc_tcb_status_name((enum vc_tcb_status)i));
        }
    }
    if (code == VC_OK && vc_vocabulary_of(platform->kind)->privileged) {
        code = vc_buffer_printf(text, err, "  %-*s %u\n", WHO_COLUMNS, "  privilege level",
                                platform->vmpl);
    }
    return code == VC_OK
               ? put_values("  machine", platform->machines, platform->machine_count, text, err)
               : code;
}

static enum vc_code put_platforms(const struct vc_policy *policy, struct vc_buffer *text,
                                  struct vc_err *err)
{
    enum vc_code code = vc_buffer_append_text(text, "platforms\n", err);

    for (size_t i = 0; code == VC_OK && i < policy->attestation.platform_count; i++) {
        const struct vc_policy_platform *platform = &policy->attestation.platforms[i];

        code = put_values(vc_platform_name(platform->kind), platform->measurements,
                          platform->measurement_count, text, err);
        if (code == VC_OK)
            code = put_demands(platform, text, err);
    }
    return code;
}

static enum vc_code put_principals(const struct vc_policy *policy, struct vc_buffer *text,
                                   struct vc_err *err)
{
    enum vc_code code = vc_buffer_append_text(text, "principals\n", err);

    for (size_t i = 0; code == VC_OK && i < policy->principal_count; i++) {
        const struct vc_cert *cert = policy->principals[i].certificate;
        uint8_t digest[VC_SHA256_SIZE];
        char hex[2 * VC_SHA256_SIZE + 1];
        char until[VC_INSTANT_TEXT_MAX];

        vc_sha256(vc_cert_der(cert), digest);
        vc_hex_encode((struct vc_bytes){digest, sizeof(digest)}, hex);
        vc_instant_format(vc_cert_not_after(cert), until);
        code = vc_buffer_printf(text, err, "  %-*s certificate %s until %s\n", WHO_COLUMNS,
                                policy->principals[i].name, hex, until);
    }
    return code;
}

static enum vc_code put_standard_files(const struct vc_policy_program *program,
                                       struct vc_buffer *text, struct vc_err *err)
{
    const char *const names[] = {"stdin", "stdout", "stderr"};
    const char *const paths[] = {program->stdin_path, program->stdout_path, program->stderr_path};
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(names); i++) {
        if (paths[i] != nullptr) {
            code =
                vc_buffer_printf(text, err, "  %*s %s %s\n", WHO_COLUMNS, "", names[i], paths[i]);
        }
    }
    return code;
}

static enum vc_code put_words(const char *what, char *const *words, size_t count,
                              struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (count == 0)
        return VC_OK;
    code = vc_buffer_printf(text, err, "  %*s %s", WHO_COLUMNS, "", what);
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        char clean[512];

        vc_line_clean(words[i], clean, sizeof(clean));
        code = vc_buffer_printf(text, err, " \"%s\"", clean);
    }
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

static const char *yes_or_no(bool yes)
{
    return yes ? "yes" : "no";
}

static enum vc_code put_preopens(const struct vc_policy_program *program, struct vc_buffer *text,
                                 struct vc_err *err)
{
    char *names[VC_POLICY_PREOPENS_MAX];

    for (size_t i = 0; i < program->preopen_count; i++)
        names[i] = program->preopens[i].name;
    return put_words("open", names, program->preopen_count, text, err);
}

static enum vc_code put_program(const struct vc_policy_program *program, struct vc_buffer *text,
                                struct vc_err *err)
{
    const struct vc_limits *limits = &program->limits;
    char hex[2 * VC_SHA256_SIZE + 1];
    char output[VC_AMOUNT_MAX];
    char written[VC_AMOUNT_MAX];

    vc_hex_encode((struct vc_bytes){program->sha256, sizeof(program->sha256)}, hex);
    vc_amount_bytes(limits->output_bytes, output);
    vc_amount_bytes(limits->written_bytes, written);
    enum vc_code code = vc_buffer_printf(
        text, err,
        "  %-*s %s, sha256 %s, %s\n"
        "  %*s memory %u MiB, stack %u KiB, cpu %u s, wall %u s, %u new files, output %s\n"
        "  %*s %s written, %u open files, %u at once\n"
        "  %*s clock %s, randomness %s, partial outputs %s, progress %s, kept keys %u\n",
        WHO_COLUMNS, program->name, program->path, hex,
        program->strategy == VC_STRATEGY_AOT ? "ahead of time" : "interpreted", WHO_COLUMNS, "",
        limits->memory_mib, limits->stack_kib, limits->cpu_seconds, limits->wall_seconds,
        limits->files, output, WHO_COLUMNS, "", written, limits->open_files, limits->processes,
        WHO_COLUMNS, "", yes_or_no(program->clock), yes_or_no(program->randomness),
        yes_or_no(program->partial_outputs), yes_or_no(program->progress), program->kept_keys);

    if (code == VC_OK)
        code = put_words("arguments", program->arguments, program->argument_count, text, err);
    if (code == VC_OK) {
        code =
            put_words("environment", program->environment, program->environment_count, text, err);
    }
    if (code == VC_OK)
        code = put_preopens(program, text, err);
    return code == VC_OK ? put_standard_files(program, text, err) : code;
}

static void name_rights(unsigned set, char *names, size_t size)
{
    size_t used = 0;

    names[0] = '\0';
    for (size_t i = 0; i < VC_COUNT(right_names) && used < size; i++) {
        if ((set & right_names[i].right) != 0)
            used += (size_t)snprintf(names + used, size - used, "%s%s", used > 0 ? " " : "",
                                     right_names[i].name);
    }
}

static enum vc_code put_rights(const struct vc_policy *policy, struct vc_buffer *text,
                               struct vc_err *err)
{
    enum vc_code code = vc_buffer_append_text(text, "rights\n", err);

    for (size_t i = 0; code == VC_OK && i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];
        const char *slash = right->tree && strcmp(right->path, "/") != 0 ? "/" : "";
        const char *kind = right->who.kind == VC_SUBJECT_PROGRAM ? "  (program)" : "";
        char may[64];

        name_rights(right->may, may, sizeof(may));
        code = vc_buffer_printf(text, err, "  %-*s %-*s %s%s%s\n", WHO_COLUMNS,
                                vc_policy_subject_name(policy, right->who), MAY_COLUMNS, may,
                                right->path, slash, kind);
    }
    return code;
}

static enum vc_code put_storage(const struct vc_policy *policy, struct vc_buffer *text,
                                struct vc_err *err)
{
    char all[VC_AMOUNT_MAX];
    char one[VC_AMOUNT_MAX];

    vc_amount_bytes(policy->storage.bytes, all);
    vc_amount_bytes(policy->storage.file_bytes, one);
    return vc_buffer_printf(text, err,
                            "storage      %u files, %s in all, %s in one file, %u names deep\n",
                            policy->storage.files, all, one, policy->storage.depth);
}

static enum vc_code put_pins(const struct vc_policy *policy, struct vc_buffer *text,
                             struct vc_err *err)
{
    enum vc_code code =
        policy->pin_count > 0 ? vc_buffer_append_text(text, "pinned\n", err) : VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->pin_count; i++) {
        char hex[2 * VC_SHA256_SIZE + 1];

        vc_hex_encode(VC_BYTES(policy->pins[i].sha256), hex);
        code = vc_buffer_printf(text, err, "  %s, sha256 %s\n", policy->pins[i].path, hex);
    }
    return code;
}

static enum vc_code put_stream_ends(const struct vc_policy *policy,
                                    const struct vc_policy_stream *stream, struct vc_buffer *text,
                                    struct vc_err *err)
{
    enum vc_code code =
        vc_buffer_printf(text, err, "  %-*s %s%s >", WHO_COLUMNS, stream->name,
                         vc_policy_subject_name(policy, stream->producer),
                         stream->producer.kind == VC_SUBJECT_PROGRAM ? " (program)" : "");

    for (size_t i = 0; code == VC_OK && i < stream->consumer_count; i++) {
        code =
            vc_buffer_printf(text, err, "%s %s%s", i > 0 ? "," : "",
                             vc_policy_subject_name(policy, stream->consumers[i]),
                             stream->consumers[i].kind == VC_SUBJECT_PROGRAM ? " (program)" : "");
    }
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

static enum vc_code put_stream(const struct vc_policy *policy,
                               const struct vc_policy_stream *stream, struct vc_buffer *text,
                               struct vc_err *err)
{
    char most[64] = "";
    enum vc_code code = put_stream_ends(policy, stream, text, err);

    if (stream->records != VC_RECORDS_BYTES) {
        (void)snprintf(most, sizeof(most), " of at most %u bytes", stream->record_bytes);
    }
    if (code != VC_OK)
        return code;
    return vc_buffer_printf(text, err,
                            "  %*s records \"%s\"%s, window %u bytes, digest %s\n"
                            "  %*s partial %s, padded %s, %u use%s, %u s to resume\n",
                            WHO_COLUMNS, "", vc_records_name(stream->records), most,
                            stream->window_bytes, vc_mark_name(stream->mark), WHO_COLUMNS, "",
                            yes_or_no(stream->partial), yes_or_no(stream->padded), stream->uses,
                            stream->uses == 1 ? "" : "s", stream->resume_seconds);
}

static enum vc_code put_streams(const struct vc_policy *policy, struct vc_buffer *text,
                                struct vc_err *err)
{
    enum vc_code code =
        policy->stream_count > 0 ? vc_buffer_append_text(text, "streams\n", err) : VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->stream_count; i++)
        code = put_stream(policy, &policy->streams[i], text, err);
    return code;
}

static enum vc_code put_key_names(const struct vc_policy *policy, const struct vc_policy_key *key,
                                  struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < key->program_count; i++) {
        code = vc_buffer_printf(text, err, "%s %s", i > 0 ? "," : "",
                                policy->programs[key->programs[i]].name);
    }
    for (size_t i = 0; code == VC_OK && i < key->receiver_count; i++) {
        code = vc_buffer_printf(text, err, "%s %s", i > 0 ? "," : "; wrapped for",
                                policy->principals[key->receivers[i]].name);
    }
    return code;
}

static enum vc_code put_key_use(const struct vc_policy_key *key, struct vc_buffer *text,
                                struct vc_err *err)
{
    const struct vc_key_algorithm *algorithm = vc_key_algorithm_of(key->algorithm);
    const struct vc_key_usage_name *usage;
    enum vc_code code = vc_buffer_printf(text, err, "  %*s id %u, %s", WHO_COLUMNS, "", key->id,
                                         algorithm == nullptr ? "no algorithm" : algorithm->name);

    for (size_t i = 0; code == VC_OK && (usage = vc_key_usage_at(i)) != nullptr; i++) {
        if ((key->usage & usage->usage) != 0)
            code = vc_buffer_printf(text, err, ", %s", usage->name);
    }
    if (code != VC_OK)
        return code;
    return vc_buffer_append_text(
        text, (key->usage & VC_KEY_USAGE_EXPORT) != 0 ? ", exported\n" : "\n", err);
}

static enum vc_code put_keys(const struct vc_policy *policy, struct vc_buffer *text,
                             struct vc_err *err)
{
    enum vc_code code = policy->key_count > 0 ? vc_buffer_append_text(text, "keys\n", err) : VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->key_count; i++) {
        const struct vc_policy_key *key = &policy->keys[i];

        code = vc_buffer_printf(text, err, "  %-*s %s %u of %s >", WHO_COLUMNS, key->name,
                                vc_key_type_of(key->type, key->bits)->name, key->bits,
                                policy->principals[key->owner].name);
        if (code == VC_OK)
            code = put_key_names(policy, key, text, err);
        if (code == VC_OK)
            code = vc_buffer_append_text(text, "\n", err);
        if (code == VC_OK)
            code = put_key_use(key, text, err);
    }
    return code;
}

static enum vc_code put_lifecycle(const struct vc_policy *policy, struct vc_buffer *text,
                                  struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;
    enum vc_code code = vc_buffer_printf(text, err, "lifecycle    inputs %s after the first run\n",
                                         lifecycle->freeze_inputs ? "freeze" : "may change");

    for (size_t i = 0; code == VC_OK && i < lifecycle->run_count; i++) {
        code = vc_buffer_printf(text, err, "  %-*s at most %u runs\n", WHO_COLUMNS,
                                policy->programs[lifecycle->runs[i].program].name,
                                lifecycle->runs[i].count_max);
    }
    for (size_t i = 0; code == VC_OK && i < lifecycle->shutdown_count; i++) {
        code = vc_buffer_printf(text, err, "  %-*s may end the container\n", WHO_COLUMNS,
                                policy->principals[lifecycle->shutdown[i]].name);
    }
    for (size_t i = 0; code == VC_OK && i < lifecycle->shutdown_when_read_count; i++) {
        code = vc_buffer_printf(text, err, "  %-*s ends the container once all have read it\n",
                                WHO_COLUMNS, lifecycle->shutdown_when_read[i]);
    }
    return code;
}

enum vc_code vc_policy_table(const struct vc_policy *policy, struct vc_buffer *text,
                             struct vc_err *err)
{
    enum vc_code code = put_head(policy, text, err);

    if (code == VC_OK)
        code = put_platforms(policy, text, err);
    if (code == VC_OK)
        code = put_principals(policy, text, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(text, "programs\n", err);
    for (size_t i = 0; code == VC_OK && i < policy->program_count; i++)
        code = put_program(&policy->programs[i], text, err);
    if (code == VC_OK)
        code = put_rights(policy, text, err);
    if (code == VC_OK)
        code = put_storage(policy, text, err);
    if (code == VC_OK)
        code = put_pins(policy, text, err);
    if (code == VC_OK)
        code = put_streams(policy, text, err);
    if (code == VC_OK)
        code = put_keys(policy, text, err);
    return code == VC_OK ? put_lifecycle(policy, text, err) : code;
}
