/* SPDX-License-Identifier: MIT */

/* The pipelines of a policy as a picture. */

#ifndef VC_POLICY_PICTURE_H
#define VC_POLICY_PICTURE_H

#include "policy/policy.h"

/* Appends one SVG (1.1, UTF-8): each pipeline with its stages, from left to right as they can
 * begin, and what they wait for. Says so in words if there is none. */
enum vc_code vc_policy_picture(const struct vc_policy *policy, struct vc_buffer *text,
                               struct vc_err *err);

#endif
