/* SPDX-License-Identifier: MIT */

/* A TPM that only tests have: its keys are ours, so it quotes whatever is asked, right or wrong.
 * What cannot be made ends the test. */

#ifndef VC_EVIDENCE_TPM_FIXTURE_H
#define VC_EVIDENCE_TPM_FIXTURE_H

#include "crypto/pki_fixture.h"
#include "evidence/tpm.h"

/* What a quote says, and what comes with it. */
struct vc_tpm_fixture_order {
    const struct vc_pki_key *ak;
    uint32_t magic;
    uint16_t type;
    struct vc_bytes nonce;
    uint16_t bank; /* TPM_ALG_ID of the registers' hash */
    uint32_t pcrs;
    uint16_t second_bank; /* 0: none; else with PCR 0 */
    uint16_t scheme, hash;
    struct vc_bytes digest; /* pcrDigest; empty: the right one */
    uint8_t trailing;       /* zeros behind TPMS_ATTEST */
    uint32_t attributes;    /* of the AK */
    uint16_t name_hash;
    uint16_t area_scheme; /* 0: as `scheme` */
    bool key_only;        /* the AK as SubjectPublicKeyInfo */
    bool raw_digits;      /* ECDSA: r and s without leading zeros, as some TPMs write them */
    bool values;          /* of the registers: vc_tpm_fixture_pcr */
    bool log;             /* which yields them */
    unsigned wrong_value; /* PCR whose value is another in `values`; VC_TPM_PCRS: none */
    unsigned wrong_event; /* likewise in the log: a further event */
    const struct vc_cert *const *ak_certs;
    size_t ak_cert_count;
    const struct vc_cert *const *ek_certs;
    size_t ek_cert_count;
    struct vc_bytes ek_public;
};

/* A quote of PCR 0 to 9 of SHA-256 that verifies once the AK is endorsed. */
struct vc_tpm_fixture_order vc_tpm_fixture_order_of(const struct vc_pki_key *ak,
                                                    struct vc_bytes nonce);

/* Each appends. */
void vc_tpm_fixture_area(const struct vc_tpm_fixture_order *order, struct vc_buffer *area);
void vc_tpm_fixture_attest(const struct vc_tpm_fixture_order *order, struct vc_buffer *attest);
void vc_tpm_fixture_sign(const struct vc_tpm_fixture_order *order, struct vc_bytes attest,
                         struct vc_buffer *signature);
void vc_tpm_fixture_log(const struct vc_tpm_fixture_order *order, struct vc_buffer *log);
/* All of it, as a bundle. */
void vc_tpm_fixture_bundle(const struct vc_tpm_fixture_order *order, struct vc_buffer *bundle);

/* What PCR `index` holds in the bank of this hash. */
struct vc_octets vc_tpm_fixture_pcr(enum vc_hash hash, unsigned index);

#endif
