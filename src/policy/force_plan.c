/* SPDX-License-Identifier: MIT */

/* What a narrowing takes of what the policy gives: where a right and what is narrowed meet, that is
 * taken, and nothing else. So two narrowings that take the same are noted the same. */

#include <string.h>

#include "policy/force_internal.h"

/* How much of a place the policy gives to whoever has a right there. */
enum extent { NOTHING, FILE_ALONE, ALL_BELOW };

struct plan {
    const struct vc_force *force;
    struct vc_spot spot; /* that is narrowed */
    struct vc_places *places;
    struct {
        bool known;
        enum extent extent;
    } extents[2][VC_PLACE_SLOTS]; /* of `spot`, for either kind of subject */
};

static enum vc_right right_of(unsigned slot)
{
    return slot == VC_PLACE_READ_ONCE ? VC_RIGHT_READ : (enum vc_right)(1U << slot);
}

/* Is there more than a few places below that nobody may use so? */
static bool has_below(const struct vc_policy *policy, enum vc_right right, const char *path)
{
    static const char any[] = "/\x01"; /* no path has such a name: it stands for all others */
    char below[VC_PATH_MAX];
    size_t size = strcmp(path, "/") == 0 ? 0 : strlen(path);
    size_t depth = 0;
    size_t index;

    for (size_t i = 0; i < size; i++)
        depth += path[i] == '/';
    if (depth >= VC_PATH_DEPTH_MAX || size + sizeof(any) > sizeof(below))
        return false;
    if (vc_policy_is_of_streams(path) || vc_policy_is_of_force(path))
        return false;
    if (right != VC_RIGHT_WRITE && right != VC_RIGHT_APPEND)
        return true;
    memcpy(below, path, size);
    memcpy(below + size, any, sizeof(any));
    return !vc_policy_program_blocked_by(policy, below, &index) &&
           !vc_policy_pin_blocked_by(policy, below, &index);
}

/* `who` has a right to all of the spot; the policy may except some of it nevertheless. */
static enum extent extent_of(const struct vc_policy *policy, struct vc_subject who,
                             enum vc_right right, struct vc_spot spot)
{
    if (spot.tree && has_below(policy, right, spot.path))
        return ALL_BELOW;
    return vc_policy_decide(policy, who, right, spot.path, nullptr) == VC_OK ? FILE_ALONE : NOTHING;
}

static enum vc_code add(struct plan *plan, struct vc_subject who, unsigned slot,
                        struct vc_spot spot, enum extent extent, struct vc_err *err)
{
    if (extent == NOTHING)
        return VC_OK;
    spot.tree = extent == ALL_BELOW;
    return vc_places_add(plan->places, spot, slot, vc_subject_number(plan->force->policy, who),
                         err);
}

/* Some of the narrowed spot, to which `who` has a right. */
static enum vc_code add_some(struct plan *plan, struct vc_subject who, unsigned slot,
                             struct vc_spot spot, struct vc_err *err)
{
    const struct vc_policy_stage *stage = plan->force->stage;
    const struct vc_policy *policy = plan->force->policy;
    enum vc_right right = right_of(slot);
    enum vc_code code = VC_OK;

    if (!vc_force_is_staged(plan->force, who))
        return add(plan, who, slot, spot, extent_of(policy, who, right, spot), err);
    for (size_t i = 0; code == VC_OK && i < stage->right_count; i++) {
        const struct vc_policy_stage_right *given = &stage->rights[i];
        struct vc_spot common;

        if ((given->may & right) != 0 &&
            vc_spot_overlap(spot, (struct vc_spot){given->path, given->tree}, &common))
            code = add(plan, who, slot, common, extent_of(policy, who, right, common), err);
    }
    return code;
}

/* All of the narrowed spot: asked often, so what the policy excepts is asked once. */
static enum vc_code add_all(struct plan *plan, struct vc_subject who, unsigned slot,
                            struct vc_err *err)
{
    typeof(plan->extents[0][0]) *of = &plan->extents[who.kind == VC_SUBJECT_PROGRAM][slot];

    if (vc_force_is_staged(plan->force, who))
        return add_some(plan, who, slot, plan->spot, err);
    if (!of->known) {
        of->extent = extent_of(plan->force->policy, who, right_of(slot), plan->spot);
        of->known = true;
    }
    return add(plan, who, slot, plan->spot, of->extent, err);
}

/* The rights of one subject. */
struct rights {
    const struct vc_policy *policy;
    struct vc_path_list list;
};

static const struct vc_policy_right *right_at(const struct rights *rights, size_t index)
{
    return &rights->policy->rights[rights->list.entries[index].value];
}

/* Does a right to exactly this path, of a file or, if wanted, of a directory, say so? */
static bool is_given_at(const struct rights *rights, struct vc_bytes path, enum vc_right right,
                        bool tree)
{
    size_t first;
    size_t count = vc_path_list_at(rights->list, path, &first);

    for (size_t i = first; i < first + count; i++) {
        const struct vc_policy_right *given = right_at(rights, i);

        if ((given->may & right) != 0 && given->tree == tree)
            return true;
    }
    return false;
}

/* Does a right to a directory cover all of the spot? */
static bool is_given_whole(const struct rights *rights, const char *path, enum vc_right right)
{
    struct vc_bytes place = {};

    while (vc_path_step(path, &place)) {
        if (is_given_at(rights, place, right, true))
            return true;
    }
    return false;
}

static enum vc_code plan_below(struct plan *plan, const struct rights *rights,
                               struct vc_subject who, unsigned slot, struct vc_err *err)
{
    enum vc_code code = VC_OK;
    size_t next;

    if (!vc_path_list_below(rights->list, plan->spot.path, &next))
        return VC_OK;
    for (; code == VC_OK && next < rights->list.count; next++) {
        const struct vc_policy_right *given = right_at(rights, next);

        if (!vc_path_within(given->path, plan->spot.path))
            break;
        if ((given->may & right_of(slot)) != 0)
            code = add_some(plan, who, slot, vc_spot_of(given), err);
    }
    return code;
}

static enum vc_code plan_slot(struct plan *plan, struct vc_subject who, unsigned slot,
                              struct vc_err *err)
{
    const struct rights rights = {plan->force->policy,
                                  vc_policy_index_of(plan->force->policy, who)};
    const char *path = plan->spot.path;
    struct vc_bytes whole = {(const uint8_t *)path, strlen(path)};
    enum vc_right right = right_of(slot);
    enum vc_code code = VC_OK;

    if (is_given_whole(&rights, path, right))
        return add_all(plan, who, slot, err);
    if (is_given_at(&rights, whole, right, false))
        code = add_some(plan, who, slot, (struct vc_spot){path, false}, err);
    if (code == VC_OK && plan->spot.tree)
        code = plan_below(plan, &rights, who, slot, err);
    return code;
}

static enum vc_code plan_take(struct plan *plan, const struct vc_narrowing *narrowing,
                              struct vc_err *err)
{
    const struct vc_policy *policy = plan->force->policy;
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < vc_subject_count(policy); i++) {
        struct vc_subject who = vc_subject_at(policy, i);

        if (!vc_subjects_have(policy, &narrowing->from, who))
            continue;
        for (unsigned right = VC_RIGHT_READ; code == VC_OK && right <= VC_RIGHT_DELETE;
             right <<= 1) {
            if ((narrowing->may & right) != 0)
                code = plan_slot(plan, who, vc_place_slot_of((enum vc_right)right), err);
        }
    }
    return code;
}

/* It is about principals: programs read as often as they do. */
static enum vc_code plan_read_once(struct plan *plan, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < plan->force->policy->principal_count; i++) {
        struct vc_subject who = {VC_SUBJECT_PRINCIPAL, i};

        code = plan_slot(plan, who, VC_PLACE_READ_ONCE, err);
    }
    return code;
}

enum vc_code vc_force_plan(const struct vc_force *force, const struct vc_narrowing *narrowing,
                           struct vc_places *places, struct vc_err *err)
{
    struct plan plan = {
        .force = force, .spot = {narrowing->path, narrowing->tree}, .places = places};

    return narrowing->kind == VC_NARROW_READ_ONCE ? plan_read_once(&plan, err)
                                                  : plan_take(&plan, narrowing, err);
}
