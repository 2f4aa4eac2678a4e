/* SPDX-License-Identifier: MIT */

/* What a container says of its life (docs/http-api.md): `GET /v1/lifecycle` and `GET /v1/consents`.
 */

#ifndef VC_CLIENT_LIFECYCLE_ANSWERS_H
#define VC_CLIENT_LIFECYCLE_ANSWERS_H

#include "policy/policy.h"

constexpr size_t VC_LIFECYCLE_SIZE_MAX = 4 << 20; /* bytes of JSON of either: names, and numbers */

/* {"started", "ends", "frozen", "parties"?, "runs"?, "budgets"?}: names are the policy's, numbers
 * and times are such. Members that this version does not know are ignored. VC_MALFORMED, VC_LIMIT.
 */
enum vc_code vc_lifecycle_check(const struct vc_policy *policy, struct vc_bytes text,
                                struct vc_err *err);
/* {"consents": [{"program", "sha256", "consented": […], "missing": […]}]}, with the policy's
 * digests. */
enum vc_code vc_consent_list_check(const struct vc_policy *policy, struct vc_bytes text,
                                   struct vc_err *err);

#endif
