/* SPDX-License-Identifier: MIT */

/* Which programs of a policy a local run plays: one, or those of a pipeline's stages. */

#ifndef VC_LOCAL_CAST_H
#define VC_LOCAL_CAST_H

#include "policy/policy.h"

struct vc_cast {
    const struct vc_policy *policy;
    size_t program; /* if there is no pipeline */
    const struct vc_policy_pipeline *pipeline;
};

[[nodiscard]] bool vc_cast_has(const struct vc_cast *cast, size_t program);
/* The same of whom the policy names as an end of a stream. */
[[nodiscard]] bool vc_cast_plays(const struct vc_cast *cast, struct vc_subject who);
/* One of them may use the key. */
[[nodiscard]] bool vc_cast_has_key(const struct vc_cast *cast, size_t key);
/* The stream is standard input, output or error of one of them. */
[[nodiscard]] bool vc_cast_has_standard(const struct vc_cast *cast, size_t stream);

#endif
