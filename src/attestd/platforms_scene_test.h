/* SPDX-License-Identifier: MIT */

/* Enrolments of containers on every platform: vendors that only tests have, evidence that says
 * whatever a test asks of it, and policies that ask for it. */

#ifndef VC_ATTESTD_PLATFORMS_SCENE_TEST_H
#define VC_ATTESTD_PLATFORMS_SCENE_TEST_H

#include "attestd/attempt_test.h"
#include "evidence/dcap_scene_test.h"
#include "evidence/nitro_fixture.h"
#include "evidence/psa_claims.h"
#include "evidence/snp_fixture.h"
#include "evidence/tpm_fixture.h"

/* Whoever vouches. */
struct vendors {
    struct attempt_set *set;
    struct vc_snp_fixture amd;
    struct vc_nitro_fixture aws;
    struct vc_pki_key *device, *ak;
    struct vc_public_key *device_public, *ak_public;
    struct vc_octets ak_name;
};

/* What evidence says, of the one platform that is asked. */
struct saying {
    struct vc_snp_wish snp;
    struct vc_dcap_order dcap;
    enum vc_dcap_fault dcap_fault; /* of the collateral */
    struct vc_nitro_fixture_order nitro;
    struct vc_psa_claims psa;
    struct vc_tpm_fixture_order tpm;
    uint8_t boot_seed[32]; /* process */
};

/* One enrolment, any part of which a row makes wrong. */
struct enrolment {
    const struct vendors *vendors;
    enum vc_platform_kind platform;
    enum vc_platform_kind claimed; /* what the application says instead; 0: the same */
    struct attempt attempt;
    struct saying saying;
    const char *block; /* of the platform in the policy, with the marks of vendors_policy */
    bool other_nonce, other_policy; /* evidence is bound to these */
    bool foreign;                   /* no anchor is that of the evidence's vendor */
    bool silent;                    /* the evidence does not say which machine */
};

/* cmocka's: *state becomes a struct vendors. */
int vendors_setup(void **state);
int vendors_teardown(void **state);

/* What evidence of this platform says in an enrolment where all is well. */
struct vc_octets vendors_measurement(const struct vendors *vendors, enum vc_platform_kind platform);
struct vc_octets vendors_machine(const struct vendors *vendors, enum vc_platform_kind platform);

/* A nonce was asked for, and everything is right; the block is still missing. */
void enrolment_begin(const struct vendors *vendors, enum vc_platform_kind platform,
                     struct enrolment *enrolment);
/* Makes the policy and the evidence, and asks the service for a certificate. In the block @M stands
 * for the measurement, @I for the machine, @X and @Y for others than those, @4 and @9 for what the
 * TPM's registers of these numbers hold. A null block: the policy names another platform. */
void enrolment_ask(struct enrolment *enrolment, struct vc_answer *answer);
void enrolment_end(struct enrolment *enrolment);

#endif
