/* SPDX-License-Identifier: MIT */

/* The words of `policy new` about platforms. */

#ifndef VC_CLI_POLICY_WISH_PLATFORM_H
#define VC_CLI_POLICY_WISH_PLATFORM_H

#include "cli/options.h"
#include "cli/policy_wish.h"

/* Takes the options about platforms in their order: those that follow --platform NAME are about it,
 * those before the first about `process`. */
enum vc_code vc_wish_take_platforms(const struct vc_arguments *arguments, struct vc_arena *arena,
                                    struct vc_wish *wish, struct vc_err *err);

/* Fills draft->platforms; with no word about any, `process` with what is installed here. */
enum vc_code vc_wish_platforms(const struct vc_wish *wish, const struct vc_wish_place *place,
                               struct vc_arena *arena, struct vc_policy_draft *draft,
                               struct vc_err *err);

/* Splits "left<separator>right" at the first separator; the right half is borrowed from `word`. */
enum vc_code vc_wish_split(struct vc_arena *arena, const char *word, char separator,
                           const char *halves[2], struct vc_err *err);

#endif
