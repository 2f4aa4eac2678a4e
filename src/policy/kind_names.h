/* SPDX-License-Identifier: MIT */

/* What texts call rights, and the kinds of narrowings and of the journal's entries. */

#ifndef VC_POLICY_KIND_NAMES_H
#define VC_POLICY_KIND_NAMES_H

#include "policy/policy.h"

/* "read", "write", ...: of one right; null: it is none, or several. */
const char *vc_policy_right_name(enum vc_right right);
[[nodiscard]] bool vc_policy_right_find(const char *name, enum vc_right *right);

/* "take", "take_stream", ...: of one kind; null: there is no such kind. */
const char *vc_narrowing_kind_name(enum vc_narrowing_kind kind);
/* False: no kind has this name. */
[[nodiscard]] bool vc_narrowing_kind_find(const char *name, enum vc_narrowing_kind *kind);

/* "began", "attested", "session", "write", ...; null: there is no such kind. */
const char *vc_entry_kind_name(enum vc_entry_kind kind);
[[nodiscard]] bool vc_entry_kind_find(const char *name, enum vc_entry_kind *kind);

#endif
