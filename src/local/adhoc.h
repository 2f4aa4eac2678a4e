/* SPDX-License-Identifier: MIT */

/* A policy for one run of one program by whoever sits at this machine: made for the moment, with a
 * certificate that nobody keeps the key of. */

#ifndef VC_LOCAL_ADHOC_H
#define VC_LOCAL_ADHOC_H

#include "crypto/digest.h"
#include "local/order.h"
#include "policy/policy.h"

/* Where such a policy puts things. */
extern const char VC_ADHOC_MODULE[], VC_ADHOC_INPUT[], VC_ADHOC_OUTPUT[], VC_ADHOC_ERRORS[];

/* Canonical path of the index-th folder. */
void vc_adhoc_folder(size_t index, char path[VC_PATH_MAX]);

/* What the order leaves open. */
struct vc_adhoc_place {
    const uint8_t *measurement; /* of what is installed here */
    struct vc_bytes module;
    int64_t now;
};

/* VC_MALFORMED, VC_LIMIT, VC_REFUSED: what the order wants is not what a policy can say, or is
 * beyond what one may; errors begin with the option, or with the key
 * of the program in the policy. */
enum vc_code vc_adhoc_policy(const struct vc_order *order, const struct vc_adhoc_place *place,
                             struct vc_policy **policy, struct vc_err *err);

#endif
