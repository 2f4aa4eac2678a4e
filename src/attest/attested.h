/* SPDX-License-Identifier: MIT */

/* The certificate of an attested container: its extension, its names, and the client's check. */

#ifndef VC_ATTEST_ATTESTED_H
#define VC_ATTEST_ATTESTED_H

#include "base/base32.h"
#include "base/buffer.h"
#include "crypto/certificate.h"
#include "evidence/claims.h"
#include "policy/policy.h"

/* Under the UUID arc (ITU-T X.667): a number of this project's own, drawn once at random. */
extern const char VC_ATTESTED_OID[];

/* The content of the extension: one DER SEQUENCE. */
struct vc_attested {
    enum vc_platform_kind platform;
    struct vc_octets measurement; /* not empty */
    struct vc_octets machine;     /* as in claims: which machine; empty if the evidence is silent */
    enum vc_tcb_status tcb_status;
    uint8_t policy_hash[VC_SHA256_SIZE];
    char node[64]; /* "" outside a topology */
    uint64_t incarnation;
    uint8_t evidence_hash[VC_SHA256_SIZE];
    int64_t verified_at; /* seconds since 1970, by the service's clock */
};

enum vc_code vc_attested_encode(const struct vc_attested *attested, struct vc_buffer *der,
                                struct vc_err *err);
/* One DER form only. VC_MALFORMED. */
enum vc_code vc_attested_parse(struct vc_bytes der, struct vc_attested *attested,
                               struct vc_err *err);

/* "<base32 of the policy hash>.veracruz". */
constexpr size_t VC_ATTESTED_NAME_MAX = VC_BASE32_LENGTH(32) + sizeof(".veracruz");
void vc_attested_name(const uint8_t policy_hash[VC_SHA256_SIZE], char name[VC_ATTESTED_NAME_MAX]);

/* What a relying party takes from its own copy of the policy. All borrowed. */
struct vc_expectations {
    const struct vc_cert *ca;
    const uint8_t *policy_hash; /* 32 bytes */
    const struct vc_policy_platform *platforms;
    size_t platform_count;
    uint32_t max_age_s;
};

struct vc_expectations vc_expectations_of(const struct vc_policy *policy);

/* The whole check of a container's certificate, fail closed: issued by the CA and in time at `now`,
 * extension exactly once, policy hash equal, name of the policy among the DNS names, platform
 * named, measurement, TCB status and machine among the accepted, verification not older than
 * max_age_s nor in the future (60 s of skew allowed). VC_UNTRUSTED with both sides: "policy
 * differs: this copy is 9f3c…, the container runs 71aa…". On VC_OK *attested holds what the
 * certificate says. */
enum vc_code vc_attested_check(const struct vc_cert *leaf,
                               const struct vc_expectations *expectations, int64_t now,
                               struct vc_attested *attested, struct vc_err *err);

#endif
