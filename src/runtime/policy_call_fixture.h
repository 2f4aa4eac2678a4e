/* SPDX-License-Identifier: MIT */

/* For tests: a run of a program "split", which reads /input/ and writes /output/, and may take what
 * is there from others. Of three principals, alice gives and reads, bob reads, and carol has
 * nothing to do with it. */

#ifndef VC_RUNTIME_POLICY_CALL_FIXTURE_H
#define VC_RUNTIME_POLICY_CALL_FIXTURE_H

#include "runtime/policy_call.h"

struct policy_scene {
    struct vc_policy policy;
    struct vc_narrower *narrower;
    struct vc_force *force;
    struct vc_query_facts facts;
    struct vc_subjects meets;
    struct vc_policy_caller caller;
};

void policy_scene_begin(struct policy_scene *scene);
void policy_scene_end(struct policy_scene *scene);

#endif
