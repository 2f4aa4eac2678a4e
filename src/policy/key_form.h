/* SPDX-License-Identifier: MIT */

/* Could these bytes be the key that a policy speaks of? */

#ifndef VC_POLICY_KEY_FORM_H
#define VC_POLICY_KEY_FORM_H

#include "policy/policy.h"

constexpr size_t VC_KEY_MATERIAL_MAX = 8192; /* bytes of any key */

/* Looks at the outer form alone, that of psa_import_key: raw bytes; of pairs on curves the private
 * number; of RSA PKCS#1's structures (RFC 8017 A.1) in DER; of public keys on P curves the
 * uncompressed point, of X25519 its 32 bytes. VC_MALFORMED says what is wanted, never what the
 * bytes are. That the numbers make a key is for the crypto core to say. */
enum vc_code vc_policy_key_check_form(const struct vc_policy_key *key, struct vc_bytes material,
                                      struct vc_err *err);

#endif
