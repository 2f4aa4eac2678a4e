/* SPDX-License-Identifier: MIT */

#include "policy/check.h"

#include <string.h>

#include "policy/decide.h"

/* ------------------------------------------------------------------------------ certificates */

/* basicConstraints (RFC 5280 §4.2.1.9) is SEQUENCE { cA BOOLEAN DEFAULT FALSE, ... }: in DER, a
 * CA's begins with the sequence's two bytes and then TRUE. */
static bool is_ca_flag(struct vc_bytes der)
{
    static const uint8_t flag[] = {0x01, 0x01, 0xff};

    return der.size >= 2 + sizeof(flag) && der.data[0] == 0x30 &&
           (size_t)der.data[1] + 2 == der.size && memcmp(der.data + 2, flag, sizeof(flag)) == 0;
}

static enum vc_code check_attestation(const struct vc_policy *policy, struct vc_err *err)
{
    static const char basic_constraints[] = "2.5.29.19";
    struct vc_bytes value = {};
    enum vc_code code = vc_cert_extension(policy->attestation.ca, basic_constraints, &value, err);

    if (code != VC_OK && code != VC_NOT_FOUND)
        return vc_fail_in(err, code, "attestation.ca");
    if (code == VC_NOT_FOUND || !is_ca_flag(value))
        return vc_fail(err, VC_REFUSED, "attestation.ca: not the certificate of a CA");
    return VC_OK;
}

static enum vc_code check_platforms(const struct vc_policy *policy, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->attestation.platform_count; i++)
        code = vc_policy_check_platform(&policy->attestation.platforms[i], err);
    return code;
}

static enum vc_code check_principal(const struct vc_policy *policy, size_t index,
                                    struct vc_err *err)
{
    const struct vc_policy_principal *principal = &policy->principals[index];
    enum vc_code code = vc_cert_check_identity(principal->certificate, err);
    size_t first;

    if (code != VC_OK)
        return vc_fail_in(err, code, "principals.%s.certificate", principal->name);
    if (!vc_policy_principal_by_certificate(policy, vc_cert_der(principal->certificate), &first))
        return vc_fail(err, VC_REFUSED, "principals.%s.certificate: empty", principal->name);
    if (first != index) {
        return vc_fail(err, VC_REFUSED, "principals.%s.certificate: the same as that of %s",
                       principal->name, policy->principals[first].name);
    }
    return VC_OK;
}

static enum vc_code check_principals(const struct vc_policy *policy, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->principal_count; i++)
        code = check_principal(policy, i, err);
    return code;
}

/* ---------------------------------------------------------------------------------- programs */

/* Names in a canonical path other than the root. */
static size_t depth_of(const char *path)
{
    size_t depth = 0;

    for (; *path != '\0'; path++)
        depth += *path == '/';
    return depth;
}

/* A module or a pinned file, or what lies below one, is never a directory. */
static bool is_directory(const struct vc_policy *policy, const char *path)
{
    for (size_t i = 0; i < policy->program_count; i++) {
        if (vc_path_within(path, policy->programs[i].path))
            return false;
    }
    for (size_t i = 0; i < policy->pin_count; i++) {
        if (vc_path_within(path, policy->pins[i].path))
            return false;
    }
    return true;
}

static enum vc_code check_preopens(const struct vc_policy *policy,
                                   const struct vc_policy_program *program, struct vc_err *err)
{
    for (size_t i = 0; i < program->preopen_count; i++) {
        const struct vc_policy_preopen *preopen = &program->preopens[i];

        if (!is_directory(policy, preopen->path)) {
            return vc_fail(err, VC_REFUSED,
                           "programs.%s.preopens[%zu]: can never be a directory, since a program "
                           "or a pinned file is there",
                           program->name, i);
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(preopen->name, program->preopens[k].name) != 0)
                continue;
            return vc_fail(err, VC_REFUSED, "programs.%s.preopens[%zu]: the same as [%zu]",
                           program->name, i, k);
        }
    }
    return VC_OK;
}

/* A file, or a stream, that the program gets as a standard descriptor. */
static enum vc_code check_standard_file(const struct vc_policy *policy, size_t index,
                                        const char *path, bool written, struct vc_err *err)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, index};

    if (vc_policy_is_of_streams(path))
        return vc_policy_check_standard_stream(policy, index, path, written, err);
    return vc_policy_decide(policy, who, written ? VC_RIGHT_WRITE : VC_RIGHT_READ, path, err);
}

static enum vc_code check_standard(const struct vc_policy *policy, size_t index, struct vc_err *err)
{
    const struct vc_policy_program *program = &policy->programs[index];
    const struct {
        const char *key;
        const char *path;
        bool written;
    } files[] = {
        {"stdin", program->stdin_path, false},
        {"stdout", program->stdout_path, true},
        {"stderr", program->stderr_path, true},
    };
    const char *out = program->stdout_path;

    for (size_t i = 0; i < VC_COUNT(files); i++) {
        enum vc_code code = VC_OK;

        if (files[i].path != nullptr)
            code = check_standard_file(policy, index, files[i].path, files[i].written, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "programs.%s.%s", program->name, files[i].key);
    }
    /* Only one descriptor can be the producer's end. */
    if (out != nullptr && program->stderr_path != nullptr && vc_policy_is_of_streams(out) &&
        strcmp(out, program->stderr_path) == 0) {
        return vc_fail(err, VC_REFUSED, "programs.%s.stderr: the same stream as stdout",
                       program->name);
    }
    return VC_OK;
}

static enum vc_code check_limits(const struct vc_policy *policy,
                                 const struct vc_policy_program *program, struct vc_err *err)
{
    const struct vc_limits *limits = &program->limits;

    if (limits->output_bytes > policy->storage.bytes) {
        return vc_fail(err, VC_REFUSED,
                       "programs.%s.limits.output_bytes: %llu, at most storage.bytes, %llu",
                       program->name, (unsigned long long)limits->output_bytes,
                       (unsigned long long)policy->storage.bytes);
    }
    if (limits->files > policy->storage.files) {
        return vc_fail(err, VC_REFUSED, "programs.%s.limits.files: %u, at most storage.files, %u",
                       program->name, limits->files, policy->storage.files);
    }
    return VC_OK;
}

static enum vc_code check_program(const struct vc_policy *policy, size_t index, struct vc_err *err)
{
    const struct vc_policy_program *program = &policy->programs[index];
    size_t other;
    enum vc_code code = check_limits(policy, program, err);

    if (depth_of(program->path) > policy->storage.depth) {
        return vc_fail(err, VC_REFUSED, "programs.%s.path: deeper than storage.depth, %u",
                       program->name, policy->storage.depth);
    }
    if (vc_policy_find_principal(policy, program->name, &other)) {
        return vc_fail(err, VC_REFUSED, "programs.%s: the name of a principal too", program->name);
    }
    if (vc_policy_program_at(policy, program->path, &other) && other != index) {
        return vc_fail(err, VC_REFUSED, "programs.%s.path: the same as that of %s", program->name,
                       policy->programs[other].name);
    }
    if (vc_policy_program_blocked_by(policy, program->path, &other)) {
        return vc_fail(err, VC_REFUSED, "programs.%s.path: above or below that of %s",
                       program->name, policy->programs[other].name);
    }
    if (code == VC_OK)
        code = check_preopens(policy, program, err);
    return code == VC_OK ? check_standard(policy, index, err) : code;
}

static enum vc_code check_programs(const struct vc_policy *policy, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->program_count; i++)
        code = check_program(policy, i, err);
    return code;
}

/* -------------------------------------------------------------------------------------- pins */

static enum vc_code check_pin(const struct vc_policy *policy, size_t index, struct vc_err *err)
{
    const char *path = policy->pins[index].path;
    size_t other;

    if (vc_policy_program_at(policy, path, &other)) {
        return vc_fail(err, VC_REFUSED, "pins.%s: the path of the program %s, which has a digest",
                       path, policy->programs[other].name);
    }
    if (vc_policy_program_blocked_by(policy, path, &other)) {
        return vc_fail(err, VC_REFUSED, "pins.%s: above or below the path of the program %s", path,
                       policy->programs[other].name);
    }
    if (vc_policy_pin_at(policy, path, &other) && other != index)
        return vc_fail(err, VC_REFUSED, "pins.%s: pinned twice", path);
    if (vc_policy_pin_blocked_by(policy, path, &other)) {
        return vc_fail(err, VC_REFUSED, "pins.%s: above or below %s", path,
                       policy->pins[other].path);
    }
    if (depth_of(path) > policy->storage.depth) {
        return vc_fail(err, VC_REFUSED, "pins.%s: deeper than storage.depth, %u", path,
                       policy->storage.depth);
    }
    return VC_OK;
}

static enum vc_code check_pins(const struct vc_policy *policy, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->pin_count; i++)
        code = check_pin(policy, i, err);
    return code;
}

/* ------------------------------------------------------------------------------------ rights */

static enum vc_code check_execute(const struct vc_policy *policy, size_t index, struct vc_err *err)
{
    const struct vc_policy_right *right = &policy->rights[index];
    size_t program;

    if ((right->may & VC_RIGHT_EXECUTE) == 0)
        return VC_OK;
    if (right->who.kind != VC_SUBJECT_PRINCIPAL)
        return vc_fail(err, VC_REFUSED, "rights[%zu].may: execute is for principals", index);
    if (right->tree || !vc_policy_program_at(policy, right->path, &program)) {
        return vc_fail(err, VC_REFUSED, "rights[%zu].path: no program's path, which execute needs",
                       index);
    }
    return VC_OK;
}

/* A tree that merely covers a file of fixed content is let pass: vc_policy_decide excepts it. */
static enum vc_code check_fixed(const struct vc_policy *policy, size_t index, struct vc_err *err)
{
    const struct vc_policy_right *right = &policy->rights[index];
    unsigned changes = right->may & (VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_DELETE);
    size_t fixed;

    if (right->who.kind != VC_SUBJECT_PROGRAM || changes == 0)
        return VC_OK;
    if (vc_policy_program_at(policy, right->path, &fixed)) {
        return vc_fail(err, VC_REFUSED,
                       "rights[%zu].may: no program may change the module of a program, %s", index,
                       policy->programs[fixed].name);
    }
    if (vc_policy_pin_at(policy, right->path, &fixed)) {
        return vc_fail(err, VC_REFUSED, "rights[%zu].may: no program may change a pinned file",
                       index);
    }
    return VC_OK;
}

static enum vc_code check_rights(const struct vc_policy *policy, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < policy->right_count; i++) {
        code = check_execute(policy, i, err);
        if (code == VC_OK)
            code = check_fixed(policy, i, err);
    }
    return code;
}

/* ------------------------------------------------------------------------------------ journal */

/* Each principal has a share, the container one, and narrowings one (journal/journal.h). */
static enum vc_code check_journal(const struct vc_policy *policy, struct vc_err *err)
{
    const struct vc_policy_journal *journal = &policy->journal;
    uint64_t share = journal->bytes / (policy->principal_count + 2);

    if (share < VC_POLICY_JOURNAL_SHARE_MIN) {
        return vc_fail(err, VC_REFUSED,
                       "journal.bytes: %llu for each of %zu principals, at least %llu",
                       (unsigned long long)share, policy->principal_count,
                       (unsigned long long)VC_POLICY_JOURNAL_SHARE_MIN);
    }
    for (size_t i = 0; i < journal->observer_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (journal->observers[i].principal != journal->observers[k].principal)
                continue;
            return vc_fail(err, VC_REFUSED,
                           "journal.observers[%zu].principal: the same as in [%zu]", i, k);
        }
    }
    return VC_OK;
}

enum vc_code vc_policy_check(const struct vc_policy *policy, struct vc_err *err)
{
    static enum vc_code (*const checks[])(const struct vc_policy *, struct vc_err *) = {
        check_attestation,
        check_platforms,
        check_principals,
        vc_policy_check_places,
        vc_policy_check_streams,
        check_pins,
        check_programs,
        check_rights,
        vc_policy_check_lifecycle,
        vc_policy_check_keys,
        vc_policy_check_narrowing,
        vc_policy_check_pipelines,
        check_journal,
    };
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(checks); i++)
        code = checks[i](policy, err);
    return code;
}
