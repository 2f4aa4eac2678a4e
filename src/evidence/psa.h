/* SPDX-License-Identifier: MIT */

/* The claims of a PSA token (RFC 9783, its TF-M profile), as this project writes them: these
 * claims, each once, in the deterministic order, and no others. Form only: what the values must be
 * is for whoever verifies. */

#ifndef VC_EVIDENCE_PSA_H
#define VC_EVIDENCE_PSA_H

#include "base/buffer.h"
#include "evidence/claims.h"

constexpr size_t VC_PSA_TYPE_MAX = 96;    /* bytes of a component's type, with the NUL */
constexpr uint32_t VC_PSA_SECURED = 0x30; /* high byte of the life cycle, RFC 9783 §4.3.1 */

struct vc_psa_claims {
    uint8_t nonce[VC_SHA512_SIZE];
    uint8_t instance_id[VC_INSTANCE_ID_SIZE]; /* begins with 01: a UEID of kind RAND */
    int32_t client_id;                        /* negative: not the secure side */
    uint16_t lifecycle;
    uint8_t implementation_id[VC_SHA256_SIZE];
    uint8_t boot_seed[32];
    struct { /* the one software component */
        char type[VC_PSA_TYPE_MAX];
        uint8_t measurement[VC_SHA256_SIZE];
        uint8_t signer_id[VC_SHA256_SIZE];
    } component;
};

enum vc_code vc_psa_encode(const struct vc_psa_claims *claims, struct vc_buffer *payload,
                           struct vc_err *err);
/* VC_MALFORMED names the claim. */
enum vc_code vc_psa_parse(struct vc_bytes payload, struct vc_psa_claims *claims,
                          struct vc_err *err);

#endif
