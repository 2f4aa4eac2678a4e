/* SPDX-License-Identifier: MIT */

/* What native code is kept under: whatever it depends on. Code is used for a program only if every
 * part is the same. */

#ifndef VC_RUNTIME_CODE_KEY_H
#define VC_RUNTIME_CODE_KEY_H

#include "platform/manifest.h"
#include "policy/policy.h"

constexpr size_t VC_CODE_FEATURES_MAX = 256; /* bytes of text about a processor */

struct vc_code_parts {
    uint8_t module[VC_SHA256_SIZE]; /* of the WASM file */
    uint32_t strategy;              /* enum vc_strategy */
    uint32_t memory_mib;            /* which the compiler writes into the code */
    uint8_t engine[VC_SHA256_SIZE]; /* of all that the compiler's process consists of */
    char features[VC_CODE_FEATURES_MAX];
};

/* The parts for this program, on this machine. `module`: the SHA-256 of the file that is there. */
void vc_code_parts_of(const struct vc_policy_program *program, const uint8_t module[VC_SHA256_SIZE],
                      const struct vc_manifest *manifest, struct vc_code_parts *parts);

/* SHA-256 over the parts, each with its length before it. */
void vc_code_key(const struct vc_code_parts *parts, uint8_t key[VC_SHA256_SIZE]);

/* What the processor says that it can do, as text. */
void vc_code_features(char features[VC_CODE_FEATURES_MAX]);

#endif
