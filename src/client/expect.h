/* SPDX-License-Identifier: MIT */

/* What a client expects of a container, taken from its own copy of the policy. */

#ifndef VC_CLIENT_EXPECT_H
#define VC_CLIENT_EXPECT_H

#include "attest/attested.h"
#include "policy/policy.h"

/* Fills *expectations, which borrows from the policy. A platform of the policy that this version
 * cannot verify is left out, so that containers on it are not accepted. VC_REFUSED: none is left.
 */
enum vc_code vc_expect(const struct vc_policy *policy, struct vc_expectations *expectations,
                       struct vc_err *err);

#endif
