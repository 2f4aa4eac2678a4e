/* SPDX-License-Identifier: MIT */

#include "policy/index.h"

#include <stdlib.h>

#include "policy/policy.h"

static size_t number_of(const struct vc_policy *policy, struct vc_subject who)
{
    return who.kind == VC_SUBJECT_PRINCIPAL ? who.index : policy->principal_count + who.index;
}

struct vc_path_list vc_policy_index_of(const struct vc_policy *policy, struct vc_subject who)
{
    const struct vc_policy_index *index = &policy->index;
    size_t subject = number_of(policy, who);

    return (struct vc_path_list){index->rights.entries + index->first[subject],
                                 index->first[subject + 1] - index->first[subject]};
}

static enum vc_code list_new(size_t count, struct vc_path_list *list, struct vc_err *err)
{
    list->entries = calloc(count + 1, sizeof(*list->entries));
    if (list->entries == nullptr)
        return vc_fail_memory(err);
    list->count = count;
    return VC_OK;
}

/* Counts, then places: subjects side by side, each subject's rights in order. */
static void fill_rights(struct vc_policy_index *index, const struct vc_policy *policy)
{
    size_t subjects = policy->principal_count + policy->program_count;

    for (size_t i = 0; i < policy->right_count; i++)
        index->first[number_of(policy, policy->rights[i].who) + 1]++;
    for (size_t i = 0; i < subjects; i++)
        index->first[i + 1] += index->first[i];
    for (size_t i = policy->right_count; i-- > 0;) {
        const struct vc_policy_right *right = &policy->rights[i];
        size_t place = --index->first[number_of(policy, right->who) + 1];

        index->rights.entries[place] = (struct vc_path_entry){right->path, i};
    }
    /* each begins where it was filled down to, one further on */
    for (size_t i = 0; i < subjects; i++)
        index->first[i] = index->first[i + 1];
    index->first[subjects] = policy->right_count;
    for (size_t i = 0; i < subjects; i++) {
        vc_path_list_sort((struct vc_path_list){index->rights.entries + index->first[i],
                                                index->first[i + 1] - index->first[i]});
    }
}

enum vc_code vc_policy_index_init(struct vc_policy_index *index, const struct vc_policy *policy,
                                  struct vc_err *err)
{
    struct vc_policy_index made = {};
    enum vc_code code = list_new(policy->right_count, &made.rights, err);

    if (code == VC_OK)
        code = list_new(policy->program_count, &made.programs, err);
    if (code == VC_OK)
        code = list_new(policy->pin_count, &made.pins, err);
    made.first = calloc(policy->principal_count + policy->program_count + 2, sizeof(*made.first));
    if (code == VC_OK && made.first == nullptr)
        code = vc_fail_memory(err);
    if (code != VC_OK) {
        vc_policy_index_done(&made);
        return code;
    }
    fill_rights(&made, policy);
    for (size_t i = 0; i < policy->program_count; i++)
        made.programs.entries[i] = (struct vc_path_entry){policy->programs[i].path, i};
    vc_path_list_sort(made.programs);
    for (size_t i = 0; i < policy->pin_count; i++)
        made.pins.entries[i] = (struct vc_path_entry){policy->pins[i].path, i};
    vc_path_list_sort(made.pins);
    *index = made;
    return VC_OK;
}

void vc_policy_index_done(struct vc_policy_index *index)
{
    free(index->rights.entries);
    free(index->first);
    free(index->programs.entries);
    free(index->pins.entries);
}
