/* SPDX-License-Identifier: MIT */

/* The verb that draws a policy: policy picture. */

#include "policy/picture.h"

#include "cli/verbs.h"
#include "client/policy_file.h"

static int run_picture(struct vc_command *command)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};

    if (vc_policy_file_load(command->arguments.operands[0], &policy, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    if (vc_policy_picture(policy, &text, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

const struct vc_verb vc_verb_policy_picture = {
    .name = "policy picture",
    .operands = "FILE",
    .operand_count = {1, 1},
    .summary = "its pipelines as a picture (SVG)",
    .examples = "  veracruz policy picture policy.json >pipelines.svg\n",
    .run = run_picture,
};
