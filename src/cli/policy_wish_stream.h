/* SPDX-License-Identifier: MIT */

/* The words of `policy new` about streams. */

#ifndef VC_CLI_POLICY_WISH_STREAM_H
#define VC_CLI_POLICY_WISH_STREAM_H

#include "cli/policy_wish.h"

/* Fills draft->streams from "NAME: FROM > TO[,TO…] [WORD…]". A word is a kind of records (bytes,
 * lines, length), "partial", "padded", or KEY=VALUE. */
enum vc_code vc_wish_streams(const struct vc_wish *wish, struct vc_arena *arena,
                             struct vc_policy_draft *draft, struct vc_err *err);

#endif
