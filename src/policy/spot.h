/* SPDX-License-Identifier: MIT */

/* Spots: files and whole directories as the rules of a policy name them, and who may reach them. */

#ifndef VC_POLICY_SPOT_H
#define VC_POLICY_SPOT_H

#include "policy/policy.h"

struct vc_spot {
    const char *path; /* borrowed */
    bool tree;        /* the directory and all below */
};

constexpr unsigned VC_RIGHTS_CHANGE = VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_DELETE;
constexpr unsigned VC_RIGHTS_SUPPLY = VC_RIGHT_WRITE | VC_RIGHT_APPEND;

struct vc_spot vc_spot_of(const struct vc_policy_right *right);
/* True if `inner` lies wholly in `outer`. */
[[nodiscard]] bool vc_spot_within(struct vc_spot inner, struct vc_spot outer);
/* True if both have a path in common; *common, which may be null, is then what they share. */
[[nodiscard]] bool vc_spot_overlap(struct vc_spot a, struct vc_spot b, struct vc_spot *common);

/* Some of the principals, or some of the programs. */
struct vc_crowd {
    enum vc_subject_kind kind;
    bool in[VC_POLICY_PRINCIPALS_MAX];
    size_t count;
};
static_assert(VC_POLICY_PROGRAMS_MAX <= VC_POLICY_PRINCIPALS_MAX);

/* Those who may do one of `rights` to all of the spot. */
struct vc_crowd vc_crowd_with(const struct vc_policy *policy, enum vc_subject_kind kind,
                              unsigned rights, struct vc_spot spot);
/* True if anybody at all may do one of `rights` somewhere in the spot. */
[[nodiscard]] bool vc_spot_reachable(const struct vc_policy *policy, unsigned rights,
                                     struct vc_spot spot);

#endif
