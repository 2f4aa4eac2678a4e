/* SPDX-License-Identifier: MIT */

/* The block "journal" of a policy's text: how much is written down, and who sees what of it. */

#include <stdlib.h>

#include "policy/kind_names.h"
#include "policy/parse_internal.h"
#include "policy/piece.h"

static constexpr int64_t BYTES_MIN = 65536;
static constexpr int64_t BYTES_MAX = INT64_C(64) << 20;
static constexpr int64_t BYTES_USUAL = 32 << 20;
static constexpr unsigned ALL_KINDS = (1U << VC_ENTRY_KINDS) - 1;

static enum vc_code parse_kind(const struct vc_json_place *place, unsigned *kinds,
                               struct vc_err *err)
{
    enum vc_entry_kind kind;
    const char *name;
    enum vc_code code = vc_json_string(place, &name, err);

    if (code != VC_OK)
        return code;
    if (!vc_entry_kind_find(name, &kind)) {
        return vc_fail(err, VC_MALFORMED,
                       "%s: one of began attested session write append delete read key stream "
                       "consent run run_over narrowing refusal link ended wanted",
                       place->text);
    }
    if ((*kinds & 1U << kind) != 0)
        return vc_fail(err, VC_MALFORMED, "%s: %s a second time", place->text, name);
    *kinds |= 1U << kind;
    return VC_OK;
}

static enum vc_code parse_kinds(const struct vc_json_place *observer, unsigned *kinds,
                                struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code;

    *kinds = ALL_KINDS;
    if (!vc_piece_find(observer, "kinds", &list))
        return VC_OK;
    *kinds = 0;
    code = vc_piece_check_list(&list, VC_ENTRY_KINDS, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = parse_kind(&place, kinds, err);
    }
    return code;
}

static enum vc_code parse_observer(const struct vc_json_place *place,
                                   const struct vc_policy *policy,
                                   struct vc_policy_observer *observer, struct vc_err *err)
{
    static const char *const known[] = {"principal", "kinds", nullptr};
    struct vc_json_place member;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = vc_json_member(place, "principal", &member, err);
    if (code == VC_OK)
        code = vc_policy_parse_name(&member, VC_NAMED_PRINCIPAL, policy, &observer->principal, err);
    return code == VC_OK ? parse_kinds(place, &observer->kinds, err) : code;
}

static enum vc_code parse_observers(const struct vc_json_place *journal, struct vc_policy *policy,
                                    struct vc_err *err)
{
    struct vc_policy_journal *model = &policy->journal;
    struct vc_json_place list;
    enum vc_code code;

    if (!vc_piece_find(journal, "observers", &list))
        return VC_OK;
    code = vc_json_check_array(&list, VC_POLICY_PRINCIPALS_MAX, err);
    if (code != VC_OK || vc_json_count(&list) == 0)
        return code;
    model->observers = calloc(vc_json_count(&list), sizeof(*model->observers));
    if (model->observers == nullptr)
        return vc_fail_memory(err);
    model->observer_count = vc_json_count(&list);
    for (size_t i = 0; code == VC_OK && i < model->observer_count; i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = parse_observer(&place, policy, &model->observers[i], err);
    }
    return code;
}

enum vc_code vc_policy_parse_journal(const struct vc_json_place *root, struct vc_policy *policy,
                                     struct vc_err *err)
{
    static const char *const known[] = {"bytes", "contents", "observers", nullptr};
    static const struct vc_piece_number row = {"bytes", BYTES_MIN, BYTES_MAX, BYTES_USUAL};
    struct vc_json_place place;
    bool given = vc_piece_find(root, "journal", &place);
    int64_t bytes = 0;
    enum vc_code code = given ? vc_json_check_object(&place, known, err) : VC_OK;

    policy->journal.contents = true;
    if (code == VC_OK)
        code = vc_piece_numbers(given ? &place : nullptr, &row, 1, &bytes, err);
    policy->journal.bytes = (uint64_t)bytes;
    if (code != VC_OK || !given)
        return code;
    code = vc_piece_flag(&place, "contents", &policy->journal.contents, err);
    return code == VC_OK ? parse_observers(&place, policy, err) : code;
}
