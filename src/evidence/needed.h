/* SPDX-License-Identifier: MIT */

/* Which certificates a verification took from the collateral: whoever verifies the same evidence
 * without collateral must be given them. */

#ifndef VC_EVIDENCE_NEEDED_H
#define VC_EVIDENCE_NEEDED_H

#include "crypto/chain.h"
#include "evidence/evidence.h"

/* Of a path that vc_chain_check has accepted: appends to verification->needed, if anybody asks,
 * those of its certificates that are verification->collateral's. VC_LIMIT. */
enum vc_code vc_needed_add(const struct vc_verification *verification, const struct vc_chain *chain,
                           const struct vc_cert *leaf, struct vc_err *err);

#endif
