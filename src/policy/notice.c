/* SPDX-License-Identifier: MIT */

#include "policy/notice.h"

#include <string.h>

#include "policy/explain_pipeline.h"
#include "policy/notice_key.h"
#include "policy/notice_life.h"
#include "policy/notice_narrowing.h"
#include "policy/notice_platform.h"
#include "policy/notice_stream.h"

struct notices {
    const struct vc_policy *policy;
    struct vc_prose *prose;
    size_t first; /* offset of the first sentence */
    size_t count;
};

void vc_notice_spot(struct vc_prose *prose, struct vc_spot spot)
{
    bool root = strcmp(spot.path, "/") == 0;

    if (spot.tree && root) {
        vc_prose_say(prose, "every file");
        return;
    }
    if (spot.tree)
        vc_prose_say(prose, "everything under ");
    vc_prose_text(prose, spot.path);
    if (spot.tree)
        vc_prose_say(prose, "/");
}

/* Ends a sentence that began at `start`; one that was said before is taken back. */
static void end_sentence(struct notices *notices, size_t start)
{
    struct vc_buffer *out = notices->prose->out;

    vc_prose_say(notices->prose, "\n");
    if (notices->prose->code != VC_OK)
        return;
    if (memmem(out->data + notices->first, start - notices->first, out->data + start,
               out->size - start) != nullptr) {
        out->size = start;
    } else {
        notices->count++;
    }
}

static bool is_full(const struct notices *notices)
{
    return notices->count >= VC_NOTICES_MAX || notices->prose->code != VC_OK;
}

static const char *principal_name(const struct notices *notices, size_t index)
{
    return notices->policy->principals[index].name;
}

/* Two rules of two principals that meet in one spot. */
static void say_pair(struct notices *notices, const struct vc_policy_right *one,
                     const struct vc_policy_right *other)
{
    struct vc_spot common;
    size_t start = notices->prose->out->size;

    if (one->who.index == other->who.index ||
        !vc_spot_overlap(vc_spot_of(one), vc_spot_of(other), &common))
        return;
    if ((one->may & VC_RIGHT_READ) != 0 && (other->may & VC_RIGHTS_SUPPLY) != 0) {
        vc_prose_say(notices->prose, "- The %s may read what the %s gives: ",
                     principal_name(notices, one->who.index),
                     principal_name(notices, other->who.index));
        vc_notice_spot(notices->prose, common);
        vc_prose_say(notices->prose, ".");
        end_sentence(notices, start);
    }
    start = notices->prose->out->size;
    if ((one->may & VC_RIGHTS_CHANGE) != 0 && (other->may & VC_RIGHTS_CHANGE) != 0 &&
        one->who.index < other->who.index) {
        vc_prose_say(notices->prose, "- The %s and the %s may change each other's ",
                     principal_name(notices, one->who.index),
                     principal_name(notices, other->who.index));
        vc_notice_spot(notices->prose, common);
        vc_prose_say(notices->prose, ".");
        end_sentence(notices, start);
    }
}

static void say_pairs(struct notices *notices)
{
    const struct vc_policy *policy = notices->policy;

    for (size_t i = 0; i < policy->right_count; i++) {
        if (policy->rights[i].who.kind != VC_SUBJECT_PRINCIPAL)
            continue;
        for (size_t k = 0; k < policy->right_count && !is_full(notices); k++) {
            if (policy->rights[k].who.kind == VC_SUBJECT_PRINCIPAL)
                say_pair(notices, &policy->rights[i], &policy->rights[k]);
        }
    }
}

/* A right to read what never can be there is mostly a path that was misspelled. */
static void say_unsupplied(struct notices *notices)
{
    const struct vc_policy *policy = notices->policy;

    for (size_t i = 0; i < policy->right_count && !is_full(notices); i++) {
        const struct vc_policy_right *right = &policy->rights[i];
        size_t start = notices->prose->out->size;

        if ((right->may & VC_RIGHT_READ) == 0 ||
            vc_spot_reachable(policy, VC_RIGHTS_SUPPLY, vc_spot_of(right)))
            continue;
        vc_prose_say(notices->prose, "- Nobody may write ");
        vc_notice_spot(notices->prose, vc_spot_of(right));
        vc_prose_say(notices->prose, ", which rights[%zu] lets be read.", i);
        end_sentence(notices, start);
    }
}

static bool is_capped(const struct vc_policy *policy, size_t program)
{
    for (size_t i = 0; i < policy->lifecycle.run_count; i++) {
        if (policy->lifecycle.runs[i].program == program)
            return true;
    }
    return false;
}

static void say_program(struct notices *notices, size_t index)
{
    const struct vc_policy *policy = notices->policy;
    const struct vc_policy_program *program = &policy->programs[index];
    struct vc_spot module = {program->path, false};
    size_t starters = vc_crowd_with(policy, VC_SUBJECT_PRINCIPAL, VC_RIGHT_EXECUTE, module).count;
    size_t start = notices->prose->out->size;

    if (starters == 0 && vc_pipelines_of(policy, index) == 0) {
        vc_prose_say(notices->prose, "- Nobody may start the program %s.", program->name);
        end_sentence(notices, start);
    } else if (!is_capped(policy, index)) {
        vc_prose_say(notices->prose,
                     "- The program %s may be started any number of times: who gives it other "
                     "input each time learns more than one result says.",
                     program->name);
        end_sentence(notices, start);
    }
    start = notices->prose->out->size;
    if (!vc_spot_reachable(policy, VC_RIGHTS_SUPPLY, module)) {
        vc_prose_say(notices->prose, "- Nobody may supply the module of the program %s.",
                     program->name);
        end_sentence(notices, start);
    }
}

static void say_pins(struct notices *notices)
{
    const struct vc_policy *policy = notices->policy;

    for (size_t i = 0; i < policy->pin_count && !is_full(notices); i++) {
        size_t start = notices->prose->out->size;

        if (vc_crowd_with(policy, VC_SUBJECT_PRINCIPAL, VC_RIGHTS_SUPPLY,
                          (struct vc_spot){policy->pins[i].path, false})
                .count > 0)
            continue;
        vc_prose_say(notices->prose, "- Nobody may supply the pinned file ");
        vc_prose_text(notices->prose, policy->pins[i].path);
        vc_prose_say(notices->prose, ".");
        end_sentence(notices, start);
    }
}

static bool some_principal_changes(const struct vc_policy *policy)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        if (policy->rights[i].who.kind == VC_SUBJECT_PRINCIPAL &&
            (policy->rights[i].may & VC_RIGHTS_CHANGE) != 0)
            return true;
    }
    return false;
}

static void say_life(struct notices *notices)
{
    const struct vc_policy *policy = notices->policy;
    size_t start = notices->prose->out->size;

    if (!policy->lifecycle.freeze_inputs && policy->program_count > 0 &&
        some_principal_changes(policy)) {
        vc_prose_say(notices->prose, "- Inputs are not frozen: after a run, principals may change "
                                     "theirs, and later runs see that.");
        end_sentence(notices, start);
    }
    start = notices->prose->out->size;
    if (policy->lifecycle.shutdown_count == 0 && policy->lifecycle.shutdown_when_read_count == 0) {
        vc_prose_say(notices->prose, "- Nobody may end the container before the policy expires.");
        end_sentence(notices, start);
    }
}

size_t vc_notice_say(const struct vc_policy *policy, struct vc_prose *prose)
{
    struct notices notices = {policy, prose, prose->out->size, 0};

    notices.count = vc_notice_platforms(policy, prose);
    say_life(&notices);
    for (size_t i = 0; i < policy->program_count && !is_full(&notices); i++)
        say_program(&notices, i);
    say_pins(&notices);
    if (!is_full(&notices))
        notices.count += vc_notice_streams(policy, prose, VC_NOTICES_MAX - notices.count);
    if (!is_full(&notices))
        notices.count += vc_notice_keys(policy, prose, VC_NOTICES_MAX - notices.count);
    if (!is_full(&notices))
        notices.count += vc_notice_narrowing(policy, prose, VC_NOTICES_MAX - notices.count);
    if (!is_full(&notices))
        notices.count += vc_notice_life(policy, prose, VC_NOTICES_MAX - notices.count);
    say_pairs(&notices);
    say_unsupplied(&notices);
    if (notices.count >= VC_NOTICES_MAX)
        vc_prose_say(prose, "- There is more of this than is said here.\n");
    return notices.count;
}
