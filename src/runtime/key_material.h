/* SPDX-License-Identifier: MIT */

/* How long the material of a key is, in psa_import_key's formats. What is in it, the key store
 * finds out. Pure. */

#ifndef VC_RUNTIME_KEY_MATERIAL_H
#define VC_RUNTIME_KEY_MATERIAL_H

#include "base/err.h"
#include "policy/policy.h"

/* VC_MALFORMED: "31 bytes, 32 wanted of an AES key of 256 bits". */
enum vc_code vc_key_material_check(const struct vc_policy_key *key, size_t size,
                                   struct vc_err *err);

#endif
