/* SPDX-License-Identifier: MIT */

/* The words of `policy new` about the container's life: what runs wait for and are counted by, who
 * may narrow, pipelines, the journal. */

#ifndef VC_CLI_POLICY_WISH_LIFE_H
#define VC_CLI_POLICY_WISH_LIFE_H

#include "cli/policy_wish.h"

/* Fills parties, consent, budgets, narrowers, pipelines, journal and observers of the draft. */
enum vc_code vc_wish_life(const struct vc_wish *wish, struct vc_arena *arena,
                          struct vc_policy_draft *draft, struct vc_err *err);

#endif
