/* SPDX-License-Identifier: MIT */

/* The words of `policy new` about keys. */

#ifndef VC_CLI_POLICY_WISH_KEY_H
#define VC_CLI_POLICY_WISH_KEY_H

#include "cli/policy_wish.h"

/* Fills draft->keys from "NAME: OWNER > PROGRAM[,PROGRAM…] WORD…". A word is a type, with its bits
 * where it needs them (aes-256, p256-pair), an algorithm, a usage, "export", wrap=WHO[,WHO…], id=N
 * or bits=N. */
enum vc_code vc_wish_keys(const struct vc_wish *wish, struct vc_arena *arena,
                          struct vc_policy_draft *draft, struct vc_err *err);

#endif
