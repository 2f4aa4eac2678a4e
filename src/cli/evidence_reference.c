/* SPDX-License-Identifier: MIT */

#include "cli/evidence_reference.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attest/reference.h"
#include "client/policy_file.h"
#include "evidence/vocabulary.h"

static constexpr size_t NAMES_TEXT_MAX = 192;

/* What is being made, for whom. */
struct making {
    const struct vc_arguments *arguments;
    const struct vc_vocabulary *vocabulary;
    struct vc_arena *arena;
    struct vc_policy_platform *accepted;
};

static size_t count_of(const struct vc_arguments *arguments, const char *option)
{
    size_t count = 0;

    while (vc_option_value_at(arguments, option, count) != nullptr)
        count++;
    return count;
}

static enum vc_code take_values(const struct making *making, const char *option,
                                const struct vc_sizes *sizes, struct vc_octets **values,
                                struct vc_err *err)
{
    size_t count = count_of(making->arguments, option);
    enum vc_code code = VC_OK;

    *values = vc_arena_take(making->arena, count + 1, sizeof(**values));
    if (*values == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        code = vc_sizes_parse(sizes, vc_option_value_at(making->arguments, option, i),
                              &(*values)[i], err);
    }
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--%s", option);
}

/* Splits "NAME=VALUE". */
static enum vc_code split(const struct making *making, const char *word, char **name,
                          const char **value, struct vc_err *err)
{
    const char *sign = strchr(word, '=');

    if (sign == nullptr || sign == word)
        return vc_fail(err, VC_MALFORMED, "\"%.64s\": NAME=VALUE wanted", word);
    *name = vc_arena_text(making->arena, word, (size_t)(sign - word));
    *value = sign + 1;
    return *name == nullptr ? vc_fail_memory(err) : VC_OK;
}

/* The register of this name, added if it is not there yet; each option adds one value. */
static enum vc_code find_register(const struct making *making, char *name, size_t values_max,
                                  struct vc_policy_register **found, struct vc_err *err)
{
    struct vc_policy_platform *accepted = making->accepted;

    for (size_t i = 0; i < accepted->register_count; i++) {
        if (strcmp(accepted->registers[i].name, name) == 0) {
            *found = &accepted->registers[i];
            return VC_OK;
        }
    }
    *found = &accepted->registers[accepted->register_count++];
    **found = (struct vc_policy_register){
        .name = name, .values = vc_arena_take(making->arena, values_max, sizeof(struct vc_octets))};
    return (*found)->values == nullptr ? vc_fail_memory(err) : VC_OK;
}

static enum vc_code take_register(const struct making *making, const char *word, size_t values_max,
                                  struct vc_err *err)
{
    struct vc_policy_register *row;
    char known[NAMES_TEXT_MAX];
    struct vc_sizes sizes;
    const char *value = "";
    char none[1] = "";
    char *name = none;
    enum vc_code code = split(making, word, &name, &value, err);

    if (code != VC_OK)
        return code;
    if (!vc_vocabulary_register(making->vocabulary, name, &sizes)) {
        vc_vocabulary_list_registers(making->vocabulary, known, sizeof(known));
        return vc_fail(err, VC_MALFORMED, "no register %.32s; %s has %s", name,
                       vc_platform_name(making->vocabulary->platform), known);
    }
    code = find_register(making, name, values_max, &row, err);
    if (code == VC_OK)
        code = vc_sizes_parse(&sizes, value, &row->values[row->value_count], err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%.32s", name);
    row->value_count++;
    return VC_OK;
}

static enum vc_code take_registers(const struct making *making, struct vc_err *err)
{
    size_t count = count_of(making->arguments, "register");
    enum vc_code code = VC_OK;

    making->accepted->registers =
        vc_arena_take(making->arena, count + 1, sizeof(struct vc_policy_register));
    if (making->accepted->registers == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        code =
            take_register(making, vc_option_value_at(making->arguments, "register", i), count, err);
    }
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--register");
}

static enum vc_code take_minimum(const struct making *making, const char *word,
                                 struct vc_policy_minimum *made, struct vc_err *err)
{
    char known[NAMES_TEXT_MAX];
    const char *value = "";
    char *end;
    enum vc_code code = split(making, word, &made->part, &value, err);

    if (code != VC_OK)
        return code;
    if (!vc_vocabulary_part(making->vocabulary, made->part)) {
        vc_vocabulary_list_parts(making->vocabulary, known, sizeof(known));
        return vc_fail(err, VC_MALFORMED, "no part %.32s; %s has %s", made->part,
                       vc_platform_name(making->vocabulary->platform),
                       known[0] == '\0' ? "none" : known);
    }
    errno = 0;
    made->least = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0)
        return vc_fail(err, VC_MALFORMED, "%.64s: a decimal number wanted", word);
    return VC_OK;
}

static enum vc_code take_minimums(const struct making *making, struct vc_err *err)
{
    size_t count = count_of(making->arguments, "minimum-tcb");
    struct vc_policy_minimum *made = vc_arena_take(making->arena, count + 1, sizeof(*made));
    enum vc_code code = VC_OK;

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        code = take_minimum(making, vc_option_value_at(making->arguments, "minimum-tcb", i),
                            &made[i], err);
    }
    making->accepted->minimums = made;
    making->accepted->minimum_count = count;
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--minimum-tcb");
}

static enum vc_code take_statuses(const struct making *making, struct vc_err *err)
{
    const char *name;

    making->accepted->tcb_accepted = 1u << VC_TCB_UP_TO_DATE;
    for (size_t i = 0; (name = vc_option_value_at(making->arguments, "accept-tcb", i)) != nullptr;
         i++) {
        enum vc_tcb_status status = VC_TCB_REVOKED;
        enum vc_code code = vc_vocabulary_status(name, &status, err);

        if (code == VC_OK && !making->vocabulary->judged) {
            code = vc_fail(err, VC_MALFORMED, "nobody publishes statuses of %s; see --minimum-tcb",
                           vc_platform_name(making->vocabulary->platform));
        }
        if (code != VC_OK)
            return vc_fail_in(err, code, "--accept-tcb");
        making->accepted->tcb_accepted |= 1u << status;
    }
    return VC_OK;
}

static enum vc_code take_vmpl(const struct making *making, struct vc_err *err)
{
    static const uint64_t bounds[] = {0, 3};
    uint64_t level = 0;
    enum vc_code code = vc_option_number(making->arguments, "vmpl", bounds, &level, err);

    if (code == VC_OK && vc_option_given(making->arguments, "vmpl") &&
        !making->vocabulary->privileged)
        code = vc_fail(err, VC_MALFORMED, "--vmpl: only snp has privilege levels");
    making->accepted->vmpl = (uint32_t)level;
    return code;
}

static enum vc_code take_options(const struct making *making, struct vc_err *err)
{
    struct vc_policy_platform *accepted = making->accepted;
    enum vc_code code = take_values(making, "measurement", &making->vocabulary->measurement,
                                    &accepted->measurements, err);

    accepted->measurement_count = count_of(making->arguments, "measurement");
    accepted->machine_count = count_of(making->arguments, "machine");
    if (code == VC_OK) {
        code =
            take_values(making, "machine", &making->vocabulary->machine, &accepted->machines, err);
    }
    if (code == VC_OK)
        code = take_registers(making, err);
    if (code == VC_OK)
        code = take_minimums(making, err);
    if (code == VC_OK)
        code = take_statuses(making, err);
    return code == VC_OK ? take_vmpl(making, err) : code;
}

static const char *const value_options[] = {"measurement", "register",   "minimum-tcb",
                                            "machine",     "accept-tcb", "vmpl"};

static enum vc_code take_policy(const struct vc_arguments *arguments, const char *path,
                                enum vc_platform_kind platform,
                                struct vc_evidence_reference *reference, struct vc_err *err)
{
    const struct vc_policy_platform *accepted;
    enum vc_code code;

    for (size_t i = 0; i < VC_COUNT(value_options); i++) {
        if (vc_option_given(arguments, value_options[i])) {
            return vc_fail(err, VC_MALFORMED,
                           "--%s beside --policy: all reference values are the policy's",
                           value_options[i]);
        }
    }
    code = vc_policy_file_load(path, &reference->policy, err);
    if (code != VC_OK)
        return code;
    accepted = vc_reference_find(reference->policy, platform);
    if (accepted == nullptr) {
        return vc_fail(err, VC_UNTRUSTED, "platform: the policy does not name `%s`",
                       vc_platform_name(platform));
    }
    reference->accepted = *accepted;
    reference->has_any = true;
    reference->has_measurement = true;
    reference->has_vmpl = true;
    return VC_OK;
}

enum vc_code vc_evidence_reference_take(const struct vc_arguments *arguments,
                                        enum vc_platform_kind platform, struct vc_arena *arena,
                                        struct vc_evidence_reference *reference, struct vc_err *err)
{
    struct making making = {arguments, vc_vocabulary_of(platform), arena, &reference->accepted};
    const char *policy = vc_option_value(arguments, "policy");
    enum vc_code code;

    if (policy != nullptr)
        return take_policy(arguments, policy, platform, reference, err);
    reference->accepted.kind = platform;
    code = take_options(&making, err);
    for (size_t i = 0; i < VC_COUNT(value_options); i++)
        reference->has_any = reference->has_any || vc_option_given(arguments, value_options[i]);
    reference->has_measurement = reference->accepted.measurement_count > 0;
    reference->has_vmpl = vc_option_given(arguments, "vmpl");
    return code;
}

void vc_evidence_reference_done(struct vc_evidence_reference *reference)
{
    vc_policy_free(reference->policy);
    *reference = (struct vc_evidence_reference){};
}

static bool is_about_status(const struct vc_err *err)
{
    static const char start[] = "TCB status ";

    return strncmp(err->text, start, strlen(start)) == 0;
}

/* Where there is no policy, the option says more than the key of one. */
static enum vc_code fail_status(const struct vc_claims *claims, struct vc_err *err)
{
    const char *name = vc_tcb_status_name(claims->tcb_status);

    return vc_fail(err, VC_UNTRUSTED,
                   "TCB status %s: the platform's firmware, microcode or configuration wants an "
                   "update; --accept-tcb %s accepts it as it is",
                   name, name);
}

enum vc_code vc_evidence_reference_compare(const struct vc_evidence_reference *reference,
                                           const struct vc_claims *claims, struct vc_err *err)
{
    struct vc_policy_platform accepted = reference->accepted;
    struct vc_octets claimed = claims->measurement;
    enum vc_tcb_status status;
    enum vc_code code;

    if (!reference->has_measurement) {
        accepted.measurements = &claimed;
        accepted.measurement_count = 1;
    }
    if (!reference->has_vmpl)
        accepted.vmpl = claims->vmpl;
    code = vc_reference_check(&accepted, claims, true, &status, err);
    if (code == VC_UNTRUSTED && reference->policy == nullptr && is_about_status(err) &&
        claims->tcb_status != VC_TCB_REVOKED)
        return fail_status(claims, err);
    return code;
}
