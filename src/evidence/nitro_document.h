/* SPDX-License-Identifier: MIT */

/* The attestation document of an AWS Nitro enclave, as its hypervisor's security module writes it
 * (AWS Nitro Enclaves NSM API, "Nitro Enclaves attestation process" §2.2, §3.2.2). Form only. */

#ifndef VC_EVIDENCE_NITRO_DOCUMENT_H
#define VC_EVIDENCE_NITRO_DOCUMENT_H

#include "base/octets.h"
#include "codec/cose.h"
#include "crypto/chain.h"

constexpr size_t VC_NITRO_PCRS_MAX = 32;
constexpr size_t VC_NITRO_CERT_SIZE_MAX = 1024; /* bytes of DER, each certificate */
constexpr size_t VC_NITRO_KEY_SIZE_MAX = 1024;
constexpr size_t VC_NITRO_DATA_SIZE_MAX = 512;                  /* user_data, nonce */
constexpr size_t VC_NITRO_BUNDLE_MAX = VC_CHAIN_LENGTH_MAX - 1; /* certificates beside the leaf */

/* Runs borrow the input. */
struct vc_nitro_document {
    struct vc_cose_sign1 envelope;
    struct vc_bytes module_id;                    /* text, not empty */
    uint64_t timestamp;                           /* milliseconds since 1970, not 0 */
    struct vc_octets pcrs[VC_NITRO_PCRS_MAX];     /* 32, 48 or 64 bytes; of size 0: not in it */
    struct vc_bytes certificate;                  /* the leaf */
    struct vc_bytes bundle[VC_NITRO_BUNDLE_MAX];  /* the root first, the leaf's issuer last */
    size_t bundle_count;                          /* at least 1 */
    struct vc_bytes public_key, user_data, nonce; /* data null: null; user_data and nonce may be
                                                     empty and not null */
};

/* VC_MALFORMED names the field. VC_UNTRUSTED: nobody signed it, for an emulator made it. */
enum vc_code vc_nitro_document_parse(struct vc_bytes bytes, struct vc_nitro_document *document,
                                     struct vc_err *err);

#endif
