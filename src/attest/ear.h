/* SPDX-License-Identifier: MIT */

/* Attestation results for those who speak EAR: a signed JWT (RFC 7519, ES256) with the claims of
 * draft-ietf-rats-ear-04. What it says of a container is what the certificate's extension says;
 * who relies on it must know the session that its nonce is bound to, or take it for no more than
 * that such a container existed at that time. */

#ifndef VC_ATTEST_EAR_H
#define VC_ATTEST_EAR_H

#include "crypto/certificate.h"
#include "evidence/claims.h"

constexpr size_t VC_EAR_SIZE_MAX = 16384; /* bytes of the token */
constexpr size_t VC_EAR_KEY_ID_MAX = 2 * VC_SHA256_SIZE + 1;

/* The trustworthiness tiers of draft-ietf-rats-ar4si. */
enum vc_ear_status {
    VC_EAR_NONE,
    VC_EAR_AFFIRMING,       /* accepted, and hardware isolates */
    VC_EAR_WARNING,         /* accepted by the policy, which knows that less than that isolates, or
                               that the vendor wants an update */
    VC_EAR_CONTRAINDICATED, /* refused */
};

struct vc_ear {
    enum vc_ear_status status;  /* vc_ear_verify's: as it is written */
    int64_t issued_at, expires; /* seconds since 1970 */
    enum vc_platform_kind platform;
    enum vc_stage passed;         /* how far the verification came */
    struct vc_octets measurement; /* may be empty, as those below */
    struct vc_octets machine;
    struct vc_octets report_data; /* "eat_nonce": what the evidence is bound to */
    enum vc_tcb_status tcb_status;
    uint8_t policy_hash[VC_SHA256_SIZE];
    struct vc_octets certificate; /* SHA-256 of the certificate that was issued; or empty */
    char reason[VC_ERR_TEXT_MAX]; /* "" unless it is refused */
};

/* The status that follows from the rest; a reason means refused. */
enum vc_ear_status vc_ear_status_of(const struct vc_ear *ear);
const char *vc_ear_status_name(enum vc_ear_status status);

/* Appends the token; its status is vc_ear_status_of, whatever ear->status is. The key is that of
 * the certificate. */
enum vc_code vc_ear_encode(const struct vc_ear *ear, const struct vc_cert *ca,
                           const struct vc_key *key, struct vc_buffer *token, struct vc_err *err);
/* Signed by the CA's key with ES256 and with no other algorithm, in our own form, and in time at
 * `now` (60 s of skew allowed). VC_UNTRUSTED, VC_MALFORMED. Whether the status is good enough is
 * the caller's to decide. */
enum vc_code vc_ear_verify(struct vc_bytes token, const struct vc_cert *ca, int64_t now,
                           struct vc_ear *ear, struct vc_err *err);

/* The "kid" of tokens: SHA-256 of the CA's SubjectPublicKeyInfo in hex. */
void vc_ear_key_id(const struct vc_cert *ca, char id[VC_EAR_KEY_ID_MAX]);
/* Appends {"keys":[…]} (RFC 7517) with the one key that tokens are signed with. */
enum vc_code vc_ear_write_keys(const struct vc_cert *ca, struct vc_buffer *json,
                               struct vc_err *err);

#endif
