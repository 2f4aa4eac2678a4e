/* SPDX-License-Identifier: MIT */

#include "runtime/view_fixture.h"

#include <stdlib.h>

const struct vc_policy *vc_view_fixture(void)
{
    static char name[] = "p", module[] = "/program/p.wasm", in[] = "/in", out[] = "/out",
                work[] = "/work", log[] = "/log", bank[] = "bank", programs[] = "/program",
                pinned[] = "/work/pinned", root[] = "/";
    static struct vc_policy_preopen preopens[] = {{root, root}, {work, work}};
    static struct vc_policy_program program = {.name = name,
                                               .path = module,
                                               .limits = {.files = 8, .output_bytes = 100},
                                               .preopens = preopens,
                                               .preopen_count = VC_COUNT(preopens)};
    static struct vc_policy_principal principal = {.name = bank};
    static struct vc_policy_right rights[] = {
        {{VC_SUBJECT_PROGRAM, 0}, VC_RIGHT_READ | VC_RIGHT_LIST, in, true},
        {{VC_SUBJECT_PROGRAM, 0}, VC_RIGHT_WRITE | VC_RIGHT_DELETE, out, true},
        {{VC_SUBJECT_PROGRAM, 0},
         VC_RIGHT_READ | VC_RIGHT_WRITE | VC_RIGHT_DELETE | VC_RIGHT_LIST,
         work,
         true},
        {{VC_SUBJECT_PROGRAM, 0}, VC_RIGHT_WRITE | VC_RIGHT_DELETE, programs, true},
        {{VC_SUBJECT_PROGRAM, 0}, VC_RIGHT_APPEND, log, false},
    };
    static struct vc_policy_pin pin = {.path = pinned};
    static struct vc_policy policy = {
        .principals = &principal,
        .principal_count = 1,
        .programs = &program,
        .program_count = 1,
        .rights = rights,
        .right_count = VC_COUNT(rights),
        .storage = {.files = 100, .bytes = 10000, .file_bytes = 1000, .depth = 32},
        .pins = &pin,
        .pin_count = 1};

    if (policy.index.first == nullptr &&
        vc_policy_index_init(&policy.index, &policy, nullptr) != VC_OK)
        abort();
    return &policy;
}

const struct vc_force *vc_view_fixture_force(const struct vc_policy *policy)
{
    static struct vc_force *own, *other;
    static struct vc_policy copy; /* a test's own may be gone when its force goes */
    struct vc_force **force = policy == vc_view_fixture() ? &own : &other;

    if (force == &own && own != nullptr)
        return own;
    vc_force_free(*force);
    *force = nullptr;
    if (force == &other)
        copy = *policy;
    if (vc_force_new(force == &other ? &copy : policy, force, nullptr) != VC_OK)
        abort();
    return *force;
}
