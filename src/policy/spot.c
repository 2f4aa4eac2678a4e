/* SPDX-License-Identifier: MIT */

#include "policy/spot.h"

#include <string.h>

struct vc_spot vc_spot_of(const struct vc_policy_right *right)
{
    return (struct vc_spot){right->path, right->tree};
}

bool vc_spot_within(struct vc_spot inner, struct vc_spot outer)
{
    if (outer.tree)
        return vc_path_within(inner.path, outer.path);
    return !inner.tree && strcmp(inner.path, outer.path) == 0;
}

bool vc_spot_overlap(struct vc_spot a, struct vc_spot b, struct vc_spot *common)
{
    bool first = vc_spot_within(a, b);

    if (!first && !vc_spot_within(b, a))
        return false;
    if (common != nullptr)
        *common = first ? a : b;
    return true;
}

/* What a program may not change, whatever its rights say (see policy/decide.h). */
static bool is_excepted(const struct vc_policy *policy, const struct vc_policy_right *right,
                        unsigned rights, struct vc_spot spot)
{
    size_t module;

    return right->who.kind == VC_SUBJECT_PROGRAM &&
           (right->may & rights & ~VC_RIGHTS_CHANGE) == 0 && !spot.tree &&
           vc_policy_program_at(policy, spot.path, &module);
}

struct vc_crowd vc_crowd_with(const struct vc_policy *policy, enum vc_subject_kind kind,
                              unsigned rights, struct vc_spot spot)
{
    struct vc_crowd crowd = {.kind = kind};

    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if (right->who.kind != kind || (right->may & rights) == 0 ||
            !vc_spot_within(spot, vc_spot_of(right)) || is_excepted(policy, right, rights, spot))
            continue;
        crowd.count += !crowd.in[right->who.index];
        crowd.in[right->who.index] = true;
    }
    return crowd;
}

bool vc_spot_reachable(const struct vc_policy *policy, unsigned rights, struct vc_spot spot)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if ((right->may & rights) != 0 && vc_spot_overlap(spot, vc_spot_of(right), nullptr) &&
            !is_excepted(policy, right, rights, spot))
            return true;
    }
    return false;
}
