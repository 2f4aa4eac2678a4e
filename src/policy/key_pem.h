/* SPDX-License-Identifier: MIT */

/* The key that a policy speaks of, from PEM. */

#ifndef VC_POLICY_KEY_PEM_H
#define VC_POLICY_KEY_PEM_H

#include "policy/policy.h"

/* Appends what vc_policy_key_check_form takes. VC_MALFORMED: no such PEM, or of another key than
 * the policy says; VC_REFUSED: keys of this type have no form in PEM. */
enum vc_code vc_policy_key_from_pem(const struct vc_policy_key *key, struct vc_bytes pem,
                                    struct vc_buffer *material, struct vc_err *err);
/* Does it begin like PEM? No key of a type that has a form in PEM begins so itself. */
[[nodiscard]] bool vc_policy_key_is_pem(const struct vc_policy_key *key, struct vc_bytes bytes);

#endif
