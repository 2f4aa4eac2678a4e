/* SPDX-License-Identifier: MIT */

#include "policy/program_narrowing.h"

#include <string.h>

#include "policy/decide.h"
#include "policy/meet.h"

static enum vc_code refuse_name(struct vc_err *err)
{
    return vc_fail(err, VC_NOT_FOUND,
                   "narrowing: no such name among those that the program may know");
}

/* ---- whom it names ---- */

struct naming {
    const struct vc_policy *policy;
    struct vc_narrowing_asker asker;
};

static bool is_known(const struct naming *naming, struct vc_subject who)
{
    return vc_subjects_have(naming->policy, naming->asker.meets, who);
}

/* Of what is no name the parser will say why. */
static bool may_name(const struct naming *naming, const struct vc_json_place *element)
{
    struct vc_json_place member;
    struct vc_subject who = {VC_SUBJECT_PRINCIPAL, 0};
    const char *name;

    if (vc_json_member(element, "principal", &member, nullptr) == VC_OK &&
        vc_json_string(&member, &name, nullptr) == VC_OK)
        return vc_policy_find_principal(naming->policy, name, &who.index) && is_known(naming, who);
    who.kind = VC_SUBJECT_PROGRAM;
    if (vc_json_member(element, "program", &member, nullptr) == VC_OK &&
        vc_json_string(&member, &name, nullptr) == VC_OK)
        return vc_policy_find_program(naming->policy, name, &who.index) && is_known(naming, who);
    return true;
}

static bool may_name_all(const struct naming *naming, const struct vc_json_place *narrowing)
{
    static const char *const lists[] = {"from", "from_all_but"};

    for (size_t i = 0; i < VC_COUNT(lists); i++) {
        struct vc_json_place list;

        if (vc_json_member(narrowing, lists[i], &list, nullptr) != VC_OK ||
            vc_json_check_array(&list, SIZE_MAX, nullptr) != VC_OK)
            continue;
        for (size_t k = 0; k < vc_json_count(&list); k++) {
            struct vc_json_place element = vc_json_element(&list, k);

            if (!may_name(naming, &element))
                return false;
        }
    }
    return true;
}

static enum vc_code check_subjects(const struct naming *naming, const struct vc_json *json,
                                   struct vc_err *err)
{
    struct vc_json_place root = vc_json_root(json);

    for (size_t i = 0; i < vc_json_count(&root); i++) {
        const char *kind;
        struct vc_json_place narrowing = vc_json_entry(&root, i, &kind);

        if (!may_name_all(naming, &narrowing))
            return refuse_name(err);
    }
    return VC_OK;
}

/* ---- what else it names ---- */

/* The stream, the key or the program that it is about. False: about none. */
static bool find_item(const struct vc_narrowing *narrowing, size_t *item)
{
    switch (narrowing->kind) {
    case VC_NARROW_TAKE_STREAM:
        *item = narrowing->stream;
        return true;
    case VC_NARROW_TAKE_KEY:
        *item = narrowing->key;
        return true;
    case VC_NARROW_RUNS:
    case VC_NARROW_LIMITS:
    case VC_NARROW_WITHDRAW:
        *item = narrowing->program;
        return true;
    case VC_NARROW_TAKE:
    case VC_NARROW_READ_ONCE:
    case VC_NARROW_EXPIRES:
    case VC_NARROW_FREEZE:
        break;
    }
    return false;
}

static bool knows_item(const struct naming *naming, const struct vc_narrowing *narrowing)
{
    const struct vc_policy *policy = naming->policy;
    struct vc_subject self = {VC_SUBJECT_PROGRAM, naming->asker.program};
    size_t consumer;

    if (narrowing->kind == VC_NARROW_TAKE_KEY)
        return vc_policy_key_is_for(&policy->keys[narrowing->key], self.index);
    if (narrowing->kind == VC_NARROW_TAKE_STREAM)
        return vc_policy_decide_produce(policy, self, narrowing->stream, nullptr) == VC_OK ||
               vc_policy_decide_consume(policy, self, narrowing->stream, &consumer, nullptr) ==
                   VC_OK;
    return is_known(naming, (struct vc_subject){VC_SUBJECT_PROGRAM, narrowing->program});
}

/* A rule that gives the program something gives it its name, too. */
static bool is_given_item(const struct naming *naming, enum vc_narrowing_kind kind, size_t item)
{
    struct vc_subject self = {VC_SUBJECT_PROGRAM, naming->asker.program};

    for (size_t i = 0; i < naming->policy->narrower_count; i++) {
        const struct vc_policy_narrower *rule = &naming->policy->narrowers[i];
        const struct vc_policy_choice *choice = kind == VC_NARROW_TAKE_STREAM ? &rule->streams
                                                : kind == VC_NARROW_TAKE_KEY  ? &rule->keys
                                                                              : &rule->programs;

        if (vc_policy_same_subject(rule->who, self) && (rule->may >> kind & 1) != 0 &&
            vc_policy_chooses(choice, item))
            return true;
    }
    return false;
}

static enum vc_code check_item(const struct naming *naming, const struct vc_narrowing *narrowing,
                               struct vc_err *err)
{
    size_t item;

    if (!find_item(narrowing, &item) || knows_item(naming, narrowing) ||
        is_given_item(naming, narrowing->kind, item))
        return VC_OK;
    return refuse_name(err);
}

/* ---- for this run alone ---- */

static bool is_of_itself(const struct vc_policy *policy, size_t program,
                         const struct vc_narrowing *narrowing)
{
    struct vc_subjects self = {};

    switch (narrowing->kind) {
    case VC_NARROW_TAKE:
    case VC_NARROW_TAKE_STREAM:
    case VC_NARROW_TAKE_KEY:
        vc_subjects_add(policy, &self, (struct vc_subject){VC_SUBJECT_PROGRAM, program});
        return memcmp(&narrowing->from, &self, sizeof(self)) == 0;
    case VC_NARROW_LIMITS:
        return narrowing->program == program;
    case VC_NARROW_READ_ONCE:
    case VC_NARROW_EXPIRES:
    case VC_NARROW_RUNS:
    case VC_NARROW_FREEZE:
    case VC_NARROW_WITHDRAW:
        break;
    }
    return false;
}

static enum vc_code decide(const struct vc_policy *policy, struct vc_narrowing_asker asker,
                           const struct vc_narrowing *narrowing, struct vc_err *err)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, asker.program};

    if (!asker.of_run)
        return vc_policy_decide_narrow(policy, who, narrowing, err);
    if (is_of_itself(policy, asker.program, narrowing))
        return VC_OK;
    return vc_fail(err, VC_REFUSED,
                   "narrowing: for its run alone, the program %s may take only from itself, and "
                   "lower only its own limits",
                   policy->programs[asker.program].name);
}

enum vc_code vc_program_narrowing_parse(const struct vc_policy *policy,
                                        struct vc_narrowing_asker asker, struct vc_bytes text,
                                        struct vc_narrowing *narrowing, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct naming naming = {.policy = policy, .asker = asker};
    struct vc_narrowing parsed;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    code = check_subjects(&naming, json, err);
    if (code == VC_OK)
        code = vc_narrowing_parse(policy, text, &parsed, err);
    if (code == VC_NOT_FOUND)
        return refuse_name(err);
    if (code == VC_OK)
        code = check_item(&naming, &parsed, err);
    if (code == VC_OK)
        code = decide(policy, asker, &parsed, err);
    if (code == VC_OK)
        *narrowing = parsed;
    return code;
}
