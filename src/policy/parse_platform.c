/* SPDX-License-Identifier: MIT */

/* The block "attestation.platforms": what evidence of each platform must say. Which registers,
 * parts and sizes a platform has is evidence/vocabulary.h's. */

#include <stdlib.h>

#include "evidence/vocabulary.h"
#include "policy/parse_internal.h"
#include "policy/piece.h"

static constexpr size_t VALUES_MAX = 64;     /* measurements, or values of one register */
static constexpr size_t MACHINES_MAX = 1024; /* of one platform */
static constexpr int64_t VERSION_MAX = INT64_MAX;
static constexpr int64_t VMPL_MAX = 3;
static constexpr size_t NAMES_TEXT_MAX = 192;

/* A list of values, each of one of the sizes. */
static enum vc_code parse_values(const struct vc_json_place *list, size_t most,
                                 const struct vc_sizes *sizes, struct vc_octets **values,
                                 struct vc_err *err)
{
    enum vc_code code = vc_piece_check_list(list, most, err);
    size_t count = vc_json_count(list);

    if (code != VC_OK)
        return code;
    *values = calloc(count, sizeof(**values));
    if (*values == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        struct vc_json_place place = vc_json_element(list, i);

        code = vc_piece_octets(&place, sizes, &(*values)[i], err);
    }
    return code;
}

static enum vc_code parse_measurements(const struct vc_json_place *block,
                                       const struct vc_vocabulary *vocabulary,
                                       struct vc_policy_platform *platform, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(block, "measurements", &list, err);

    if (code == VC_OK) {
        code =
            parse_values(&list, VALUES_MAX, &vocabulary->measurement, &platform->measurements, err);
    }
    if (code == VC_OK)
        platform->measurement_count = vc_json_count(&list);
    return code;
}

static enum vc_code parse_register(const struct vc_json_place *place, const char *name,
                                   const struct vc_vocabulary *vocabulary,
                                   struct vc_policy_register *made, struct vc_err *err)
{
    char known[NAMES_TEXT_MAX];
    struct vc_sizes sizes;
    enum vc_code code;

    if (!vc_vocabulary_register(vocabulary, name, &sizes)) {
        vc_vocabulary_list_registers(vocabulary, known, sizeof(known));
        return vc_fail(err, VC_MALFORMED, "%s: no such register; %s has %s", place->text,
                       vc_platform_name(vocabulary->platform), known);
    }
    if (vc_vocabulary_is_passing(vocabulary, name)) {
        return vc_fail(err, VC_REFUSED,
                       "%s: another at each launch or in each piece of evidence, which no policy "
                       "can wait for",
                       place->text);
    }
    code = vc_piece_copy(name, &made->name, err);
    if (code == VC_OK)
        code = parse_values(place, VALUES_MAX, &sizes, &made->values, err);
    if (code == VC_OK)
        made->value_count = vc_json_count(place);
    return code;
}

static enum vc_code parse_registers(const struct vc_json_place *block,
                                    const struct vc_vocabulary *vocabulary,
                                    struct vc_policy_platform *platform, struct vc_err *err)
{
    struct vc_json_place map;
    enum vc_code code;

    if (!vc_piece_find(block, "registers", &map))
        return VC_OK;
    code = vc_piece_check_map(&map, 1, VC_CLAIMS_REGISTERS_MAX, err);
    if (code != VC_OK)
        return code;
    platform->registers = calloc(vc_json_count(&map), sizeof(*platform->registers));
    if (platform->registers == nullptr)
        return vc_fail_memory(err);
    platform->register_count = vc_json_count(&map);
    for (size_t i = 0; code == VC_OK && i < platform->register_count; i++) {
        const char *name;
        struct vc_json_place place = vc_json_entry(&map, i, &name);

        code = parse_register(&place, name, vocabulary, &platform->registers[i], err);
    }
    return code;
}

static enum vc_code parse_minimum(const struct vc_json_place *place, const char *part,
                                  const struct vc_vocabulary *vocabulary,
                                  struct vc_policy_minimum *made, struct vc_err *err)
{
    char known[NAMES_TEXT_MAX];
    int64_t least = 0;
    enum vc_code code;

    if (!vc_vocabulary_part(vocabulary, part)) {
        vc_vocabulary_list_parts(vocabulary, known, sizeof(known));
        return vc_fail(err, VC_MALFORMED, "%s: no such part; %s has %s", place->text,
                       vc_platform_name(vocabulary->platform), known);
    }
    code = vc_json_integer(place, 0, VERSION_MAX, &least, err);
    made->least = (uint64_t)least;
    return code == VC_OK ? vc_piece_copy(part, &made->part, err) : code;
}

static enum vc_code parse_minimums(const struct vc_json_place *block,
                                   const struct vc_vocabulary *vocabulary,
                                   struct vc_policy_platform *platform, struct vc_err *err)
{
    struct vc_json_place map;
    enum vc_code code;

    if (!vc_piece_find(block, "minimum_tcb", &map))
        return VC_OK;
    code = vc_piece_check_map(&map, 1, VC_CLAIMS_SVNS_MAX, err);
    if (code != VC_OK)
        return code;
    platform->minimums = calloc(vc_json_count(&map), sizeof(*platform->minimums));
    if (platform->minimums == nullptr)
        return vc_fail_memory(err);
    platform->minimum_count = vc_json_count(&map);
    for (size_t i = 0; code == VC_OK && i < platform->minimum_count; i++) {
        const char *part;
        struct vc_json_place place = vc_json_entry(&map, i, &part);

        code = parse_minimum(&place, part, vocabulary, &platform->minimums[i], err);
    }
    return code;
}

static enum vc_code parse_status(const struct vc_json_place *place, unsigned *accepted,
                                 struct vc_err *err)
{
    enum vc_tcb_status status = VC_TCB_REVOKED;
    const char *name;
    enum vc_code code = vc_json_string(place, &name, err);

    if (code != VC_OK)
        return code;
    code = vc_vocabulary_status(name, &status, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", place->text);
    if ((*accepted & 1u << status) != 0)
        return vc_fail(err, VC_REFUSED, "%s: %s a second time", place->text, name);
    *accepted |= 1u << status;
    return VC_OK;
}

static enum vc_code parse_statuses(const struct vc_json_place *block,
                                   struct vc_policy_platform *platform, struct vc_err *err)
{
    struct vc_json_place list;
    unsigned accepted = 0;
    enum vc_code code;

    platform->tcb_accepted = 1u << VC_TCB_UP_TO_DATE;
    if (!vc_piece_find(block, "accepted_tcb", &list))
        return VC_OK;
    code = vc_piece_check_list(&list, VC_TCB_STATUS_COUNT, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = parse_status(&place, &accepted, err);
    }
    platform->tcb_accepted = accepted;
    return code;
}

static enum vc_code parse_machines(const struct vc_json_place *block,
                                   const struct vc_vocabulary *vocabulary,
                                   struct vc_policy_platform *platform, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(block, "machines", &list))
        return VC_OK;
    code = parse_values(&list, MACHINES_MAX, &vocabulary->machine, &platform->machines, err);
    if (code == VC_OK)
        platform->machine_count = vc_json_count(&list);
    return code;
}

static enum vc_code parse_vmpl(const struct vc_json_place *block,
                               struct vc_policy_platform *platform, struct vc_err *err)
{
    static const struct vc_piece_number row = {"vmpl", 0, VMPL_MAX, 0};
    int64_t level = 0;
    enum vc_code code = vc_piece_numbers(block, &row, 1, &level, err);

    platform->vmpl = (uint32_t)level;
    return code;
}

/* Keys that would mean nothing for the platform are unknown keys. */
static enum vc_code check_keys(const struct vc_json_place *block,
                               const struct vc_vocabulary *vocabulary, struct vc_err *err)
{
    const char *known[7] = {"measurements", "registers", "machines"};
    size_t count = 3;

    if (vocabulary->parts[0] != nullptr)
        known[count++] = "minimum_tcb";
    if (vocabulary->judged)
        known[count++] = "accepted_tcb";
    if (vocabulary->privileged)
        known[count++] = "vmpl";
    known[count] = nullptr;
    return vc_json_check_object(block, known, err);
}

static enum vc_code parse_platform(const struct vc_json_place *block,
                                   struct vc_policy_platform *platform, struct vc_err *err)
{
    const struct vc_vocabulary *vocabulary = vc_vocabulary_of(platform->kind);
    enum vc_code code = check_keys(block, vocabulary, err);

    if (code == VC_OK)
        code = parse_measurements(block, vocabulary, platform, err);
    if (code == VC_OK)
        code = parse_registers(block, vocabulary, platform, err);
    if (code == VC_OK)
        code = parse_minimums(block, vocabulary, platform, err);
    if (code == VC_OK)
        code = parse_statuses(block, platform, err);
    if (code == VC_OK)
        code = parse_machines(block, vocabulary, platform, err);
    return code == VC_OK ? parse_vmpl(block, platform, err) : code;
}

/* Fills a null-terminated list with the names of all platforms. */
static void list_platforms(const char *names[VC_PLATFORM_COUNT + 1])
{
    size_t count = 0;
    enum vc_platform_kind kind;

    for (uint64_t i = 1; i <= VC_PLATFORM_COUNT; i++) {
        if (vc_platform_at(i, &kind))
            names[count++] = vc_platform_name(kind);
    }
    names[count] = nullptr;
}

enum vc_code vc_policy_parse_platforms(const struct vc_json_place *attestation,
                                       struct vc_policy_attestation *model, struct vc_err *err)
{
    const char *known[VC_PLATFORM_COUNT + 1];
    struct vc_json_place map;
    enum vc_code code = vc_json_member(attestation, "platforms", &map, err);

    list_platforms(known);
    if (code == VC_OK)
        code = vc_json_check_object(&map, known, err);
    if (code == VC_OK)
        code = vc_piece_check_map(&map, 1, VC_PLATFORM_COUNT, err);
    if (code != VC_OK)
        return code;
    model->platforms = calloc(vc_json_count(&map), sizeof(*model->platforms));
    if (model->platforms == nullptr)
        return vc_fail_memory(err);
    model->platform_count = vc_json_count(&map);
    for (size_t i = 0; code == VC_OK && i < model->platform_count; i++) {
        const char *name;
        struct vc_json_place place = vc_json_entry(&map, i, &name);

        if (!vc_platform_find(name, &model->platforms[i].kind)) /* it was among the known */
            return vc_fail(err, VC_MALFORMED, "%s: no such platform", place.text);
        code = parse_platform(&place, &model->platforms[i], err);
    }
    return code;
}
