/* SPDX-License-Identifier: MIT */

/* The claims of a PSA token: profile 2 (RFC 9783, and the draft whose name is still in devices) and
 * profile 1 before it. Form only: sizes, kinds, what must be there. What the values must be is for
 * whoever verifies. */

#ifndef VC_EVIDENCE_PSA_CLAIMS_H
#define VC_EVIDENCE_PSA_CLAIMS_H

#include "base/buffer.h"
#include "evidence/claims.h"

constexpr size_t VC_PSA_COMPONENTS_MAX = 16; /* software components of one token */

enum vc_psa_profile { VC_PSA_PROFILE_1, VC_PSA_PROFILE_2 };

/* High byte of the life cycle, RFC 9783 §4.3.1. */
enum vc_psa_lifecycle {
    VC_PSA_UNKNOWN = 0x00,
    VC_PSA_ASSEMBLY_AND_TEST = 0x10,
    VC_PSA_PROVISIONING = 0x20,
    VC_PSA_SECURED = 0x30,
    VC_PSA_NON_PSA_ROT_DEBUG = 0x40,
    VC_PSA_RECOVERABLE_DEBUG = 0x50,
    VC_PSA_DECOMMISSIONED = 0x60,
};

/* Texts borrow the token; of size 0, absent or empty. */
struct vc_psa_component {
    struct vc_bytes type, version, description;
    struct vc_octets measurement; /* 32, 48 or 64 bytes; so is the signer's */
    struct vc_octets signer_id;
};

struct vc_psa_claims {
    enum vc_psa_profile profile;
    struct vc_bytes profile_name;       /* profile 1 may leave it out */
    struct vc_octets nonce;             /* 32, 48 or 64 bytes */
    struct vc_octets instance_id;       /* 33 bytes, the first 01: a UEID of kind RAND */
    struct vc_octets implementation_id; /* 32 bytes */
    struct vc_octets boot_seed;         /* profile 1: 32 bytes; profile 2: 8 to 32, or absent */
    int32_t client_id;                  /* negative or 0: the non-secure side */
    uint16_t lifecycle;
    struct vc_bytes certification; /* 13 digits, a hyphen, 5 digits; profile 1, where it is the
                                      version of the hardware, also the 13 alone; or absent */
    struct vc_bytes verification_service; /* or absent */
    size_t component_count;               /* 0: profile 1 says that nothing was measured */
    struct vc_psa_component components[VC_PSA_COMPONENTS_MAX];
    size_t unknown_count; /* claims that RFC 9711 §6.2 lets a verifier pass over */
};

/* The profile that this project's own tokens have. */
extern const struct vc_bytes vc_psa_own_profile;

/* VC_MALFORMED names the claim. */
enum vc_code vc_psa_claims_parse(struct vc_bytes payload, struct vc_psa_claims *claims,
                                 struct vc_err *err);
/* Profile 2 in the deterministic encoding. Asserts that it is profile 2. */
enum vc_code vc_psa_claims_encode(const struct vc_psa_claims *claims, struct vc_buffer *payload,
                                  struct vc_err *err);

/* "secured"; null: there is no such state. */
const char *vc_psa_lifecycle_name(uint16_t lifecycle);

#endif
