/* SPDX-License-Identifier: MIT */

/* Is a parsed policy coherent? What its grammar cannot say, and what no single value shows. */

#ifndef VC_POLICY_CHECK_H
#define VC_POLICY_CHECK_H

#include "policy/policy.h"

/* Pure. VC_REFUSED with the place: certificates unfit for their use or shared, two programs at one
 * path or with the name of a principal, a right that may not be given, standard files outside the
 * program's rights or streams, limits beyond the storage, a platform of which too little is
 * demanded, a lifecycle that names something twice or waits for nobody, a stream whose ends are not
 * distinct, a file where only streams or the policy in force can be, a key that could not be used
 * as it says, a rule that lets nothing be narrowed, a stage that wants more than its program may,
 * a journal without room. VC_LIMIT: windows too large together. VC_MALFORMED, VC_MEMORY: a
 * certificate's extension could not be read. */
enum vc_code vc_policy_check(const struct vc_policy *policy, struct vc_err *err);

/* The part of it about one platform: nothing twice, and enough said. Places begin with
 * "attestation.platforms.NAME". */
enum vc_code vc_policy_check_platform(const struct vc_policy_platform *platform,
                                      struct vc_err *err);

/* The part of it about places of which the container itself has charge: no file, program or
 * directory is where only streams can be, or the policy in force. */
enum vc_code vc_policy_check_places(const struct vc_policy *policy, struct vc_err *err);

/* The part of it about streams: distinct ends, the sum of windows. */
enum vc_code vc_policy_check_streams(const struct vc_policy *policy, struct vc_err *err);
/* May the program with this index have the stream at `path`, of which it is the producer or a
 * consumer, as a standard descriptor? Places do not name the program. */
enum vc_code vc_policy_check_standard_stream(const struct vc_policy *policy, size_t program,
                                             const char *path, bool produces, struct vc_err *err);

/* The part of it about keys: ids of their own, usages that type and algorithm allow, nobody twice,
 * receivers for whom something can be encrypted. */
enum vc_code vc_policy_check_keys(const struct vc_policy *policy, struct vc_err *err);

/* The part of it about the lifecycle: nothing twice, parties that can be present, files that
 * somebody may read. */
enum vc_code vc_policy_check_lifecycle(const struct vc_policy *policy, struct vc_err *err);

/* The part of it about who may narrow: each rule something, no two the same. */
enum vc_code vc_policy_check_narrowing(const struct vc_policy *policy, struct vc_err *err);

/* The part of it about pipelines: nobody twice, conditions that can hold, stages that have no more
 * rights than their programs, and those to their standard files. */
enum vc_code vc_policy_check_pipelines(const struct vc_policy *policy, struct vc_err *err);

#endif
