/* SPDX-License-Identifier: MIT */

#include "runtime/policy_call_fixture.h"

#include <stdlib.h>

#include "policy/meet.h"

static void need(bool condition)
{
    if (!condition)
        abort();
}

static struct vc_policy make_policy(void)
{
    static char alice[] = "alice", bob[] = "bob", carol[] = "carol", split[] = "split",
                module[] = "/program/split.wasm", input[] = "/input", output[] = "/output",
                name[] = "fixture", elsewhere[] = "/private";
    static const struct vc_limits limits = {.cpu_seconds = 10, .wall_seconds = 10};
    static struct vc_policy_principal principals[] = {
        {.name = alice}, {.name = bob}, {.name = carol}};
    static struct vc_policy_program program = {.name = split, .path = module, .limits = limits};
    static struct vc_policy_right rights[] = {
        {{VC_SUBJECT_PRINCIPAL, 0}, VC_RIGHT_WRITE, input, true},
        {{VC_SUBJECT_PRINCIPAL, 0}, VC_RIGHT_READ, output, true},
        {{VC_SUBJECT_PRINCIPAL, 1}, VC_RIGHT_READ, output, true},
        {{VC_SUBJECT_PRINCIPAL, 2}, VC_RIGHT_READ, elsewhere, true},
        {{VC_SUBJECT_PROGRAM, 0}, VC_RIGHT_READ, input, true},
        {{VC_SUBJECT_PROGRAM, 0}, VC_RIGHT_WRITE, output, true},
    };
    static struct vc_policy_narrower rule = {
        .who = {VC_SUBJECT_PROGRAM, 0}, .may = 1U << VC_NARROW_TAKE, .path = output, .tree = true};

    return (struct vc_policy){
        .name = name,
        .expires = 4102444800, /* 2100-01-01 */
        .principals = principals,
        .principal_count = VC_COUNT(principals),
        .programs = &program,
        .program_count = 1,
        .rights = rights,
        .right_count = VC_COUNT(rights),
        .storage = {.files = 100, .bytes = 10000, .file_bytes = 1000, .depth = 32},
        .narrowers = &rule,
        .narrower_count = 1,
    };
}

static void no_files(void *user, bool (*visit)(void *visitor, const struct vc_query_input *input),
                     void *visitor)
{
    (void)user, (void)visit, (void)visitor;
}

void policy_scene_begin(struct policy_scene *scene)
{
    scene->policy = make_policy();
    need(vc_policy_index_init(&scene->policy.index, &scene->policy, nullptr) == VC_OK);
    need(vc_narrower_new(&(struct vc_narrower_setup){.policy = &scene->policy}, &scene->narrower,
                         nullptr) == VC_OK);
    need(vc_force_new_within(vc_narrower_force(scene->narrower), nullptr, &scene->force, nullptr) ==
         VC_OK);
    vc_policy_whom_it_meets(&scene->policy, 0, &scene->meets);
    scene->facts = (struct vc_query_facts){.run = 1,
                                           .meets = &scene->meets,
                                           .node = "",
                                           .runs = 1,
                                           .container = vc_narrower_force(scene->narrower),
                                           .each_file = no_files};
    scene->caller =
        (struct vc_policy_caller){scene->force, scene->narrower, &scene->facts, nullptr};
}

void policy_scene_end(struct policy_scene *scene)
{
    vc_force_free(scene->force);
    vc_narrower_free(scene->narrower);
    vc_policy_index_done(&scene->policy.index);
}
