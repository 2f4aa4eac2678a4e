/* SPDX-License-Identifier: MIT */

/* The policy in sentences, for the people who must agree to it. */

#ifndef VC_POLICY_EXPLAIN_H
#define VC_POLICY_EXPLAIN_H

#include "policy/policy.h"

/* Finds the name of the release with this measurement. Null: of none that is known. */
struct vc_release_names {
    const char *(*find)(void *user, enum vc_platform_kind platform,
                        const struct vc_octets *measurement);
    void *user;
};

/* Appends UTF-8 text: who may do what and nothing else, what runs and within which limits, what
 * ends the container, how weak the accepted isolation is. Measurements have the names of
 * their releases unless `names` is null. */
enum vc_code vc_policy_explain(const struct vc_policy *policy, const struct vc_release_names *names,
                               struct vc_buffer *text, struct vc_err *err);

#endif
