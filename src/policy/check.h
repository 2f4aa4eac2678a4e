/* SPDX-License-Identifier: MIT */

/* Is a parsed policy coherent? What its grammar cannot say, and what no single value shows. */

#ifndef VC_POLICY_CHECK_H
#define VC_POLICY_CHECK_H

#include "policy/policy.h"

/* Pure. VC_REFUSED with the place: certificates unfit for their use or shared, two programs at one
 * path or with the name of a principal, a right that may not be given, standard files outside the
 * program's rights, limits beyond the storage, a platform
 * of which too little is demanded, a lifecycle that names something twice or waits for
 * nobody. VC_MALFORMED, VC_MEMORY: a certificate's extension could not be read. */
enum vc_code vc_policy_check(const struct vc_policy *policy, struct vc_err *err);

/* The part of it about one platform: nothing twice, and enough said. Places begin with
 * "attestation.platforms.NAME". */
enum vc_code vc_policy_check_platform(const struct vc_policy_platform *platform,
                                      struct vc_err *err);

#endif
