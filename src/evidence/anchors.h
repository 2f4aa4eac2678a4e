/* SPDX-License-Identifier: MIT */

/* Trust anchors: whom verifiers believe in the end. Those of vendors are compiled in, from
 * src/evidence/roots/; no build flag adds to them. Tests pass their own. */

#ifndef VC_EVIDENCE_ANCHORS_H
#define VC_EVIDENCE_ANCHORS_H

#include "crypto/certificate.h"
#include "crypto/public_key.h"
#include "evidence/claims.h"

constexpr size_t VC_ANCHORS_MAX = 32;

struct vc_anchor {
    enum vc_platform_kind platform;
    const char *product; /* "Milan", "Genoa", "Turin" (snp); "" elsewhere */
    const struct vc_cert *cert;
};

/* Finds an endorsed key: of a process machine or PSA device by its instance id, of a TPM by the
 * name of its AK, SHA-256 of that key's SubjectPublicKeyInfo, or a pair's id (vc_tpm_pair_id). Null:
 * not endorsed. The key is borrowed until the next call. */
typedef const struct vc_public_key *vc_endorsed_key(void *user, enum vc_platform_kind platform,
                                                    struct vc_bytes id);

struct vc_anchors {
    struct vc_anchor roots[VC_ANCHORS_MAX]; /* several per platform allowed: any will do */
    size_t root_count;
    vc_endorsed_key *endorsed; /* null: nobody is */
    void *user;
};

/* The vendors' own: AMD's ARKs (VCEK's and VLEK's are the same), Intel's SGX root, AWS's Nitro
 * root. Certificates in between that vendors publish with them (ASK, ASVK) are in
 * vc_vendor_certificates, which verifiers consult by themselves and do not trust. Both live as long
 * as the process; parsed once. Asserts that what is compiled in parses. */
const struct vc_anchors *vc_vendor_anchors(void);

/* The key that these anchors endorse under this identity; borrowed until the next call. Null: none,
 * or nobody is endorsed at all. */
const struct vc_public_key *vc_anchors_endorsed(const struct vc_anchors *anchors,
                                                enum vc_platform_kind platform,
                                                struct vc_bytes id);

struct vc_certs {
    const struct vc_cert *const *items;
    size_t count;
};
struct vc_certs vc_vendor_certificates(void);

#endif
