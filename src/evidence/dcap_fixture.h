/* SPDX-License-Identifier: MIT */

/* A processor of Intel's that does not exist, for tests only: its own root, PCK and signing
 * certificates, a quoting enclave, and whatever is asked of quotes and collateral. What cannot be
 * made ends the test. */

#ifndef VC_EVIDENCE_DCAP_FIXTURE_H
#define VC_EVIDENCE_DCAP_FIXTURE_H

#include "crypto/pki_fixture.h"
#include "evidence/anchors.h"
#include "evidence/pck.h"
#include "evidence/quote.h"

constexpr size_t VC_DCAP_FIXTURE_ENCLAVE = 384; /* bytes of bodies */
constexpr size_t VC_DCAP_FIXTURE_TD = 648;

struct vc_dcap_fixture {
    struct vc_pki_key *root_key, *ca_key, *pck_key, *signing_key, *attestation_key;
    struct vc_cert *root, *ca, *pck, *signing;
    struct vc_anchors anchors; /* its root, for TDX and SGX */
};

/* What varies; vc_dcap_fixture_order gives a TD in order, on TDX 1.5, in version 5. */
struct vc_dcap_order {
    int64_t now; /* certificates are valid around it */
    struct vc_pck pck;
    uint16_t version;
    enum vc_quote_body body;
    uint8_t enclave[VC_DCAP_FIXTURE_ENCLAVE];
    uint8_t td[VC_DCAP_FIXTURE_TD];
    uint8_t qe[VC_DCAP_FIXTURE_ENCLAVE]; /* REPORTDATA is filled in */
    enum vc_quote_certification certification;
    struct {            /* tcbInfo */
        const char *id; /* null: absent */
        int version;
        const char *fmspc, *pceid;
        int64_t issued, next;
        unsigned evaluation;
        unsigned sgx_svn, pcesvn; /* of the first level; the second wants 3 and 11 */
        unsigned tdx_svn;         /* third of TEE_TCB_SVN, of the first level */
        const char *status;       /* of the first level; the second is OutOfDate */
        const char *module_id, *module_status;
        unsigned module_svn; /* of the first level; the second wants 2 and is OutOfDate */
        uint8_t module_signer;
    } tcb;
    struct { /* enclaveIdentity */
        const char *id;
        int64_t issued, next;
        unsigned evaluation;
        uint8_t mrsigner[32];
        const char *attributes, *attributes_mask, *miscselect;
        unsigned isvprodid, isvsvn; /* isvsvn of the first level; the second wants 3 */
        const char *status;         /* of the first level; the second is Revoked */
    } identity;
};

/* Offsets in bodies that tests change. */
enum {
    VC_DCAP_ENCLAVE_MISCSELECT = 16,
    VC_DCAP_ENCLAVE_ATTRIBUTES = 48,
    VC_DCAP_ENCLAVE_MRSIGNER = 128,
    VC_DCAP_ENCLAVE_ISVPRODID = 256,
    VC_DCAP_ENCLAVE_ISVSVN = 258,
    VC_DCAP_ENCLAVE_REPORT_DATA = 320,
    VC_DCAP_TD_TCB_SVN = 0,
    VC_DCAP_TD_MRSIGNERSEAM = 64,
    VC_DCAP_TD_SEAMATTRIBUTES = 112,
    VC_DCAP_TD_ATTRIBUTES = 120,
    VC_DCAP_TD_MRTD = 136,
    VC_DCAP_TD_RTMR0 = 328,
    VC_DCAP_TD_REPORT_DATA = 520,
    VC_DCAP_TD_TCB_SVN_2 = 584,
};

struct vc_dcap_order vc_dcap_fixture_order(int64_t now);
/* The same of an SGX enclave, in version 3. */
struct vc_dcap_order vc_dcap_fixture_order_sgx(int64_t now);

/* Keys and certificates. Free with vc_dcap_fixture_done. */
void vc_dcap_fixture_init(struct vc_dcap_fixture *fixture, const struct vc_dcap_order *order);
void vc_dcap_fixture_done(struct vc_dcap_fixture *fixture);

/* Each appends. The quote, signed by attestation key and PCK. */
void vc_dcap_fixture_quote(const struct vc_dcap_fixture *fixture, const struct vc_dcap_order *order,
                           struct vc_buffer *quote);
/* The bodies alone, {…}. */
void vc_dcap_fixture_tcb_info(const struct vc_dcap_order *order, struct vc_buffer *body);
void vc_dcap_fixture_identity(const struct vc_dcap_order *order, struct vc_buffer *body);
/* {"name":body,"signature":"…"} as PCS answers, signed by `key`. */
void vc_dcap_fixture_document(const struct vc_pki_key *key, const char *name, struct vc_bytes body,
                              struct vc_buffer *document);
/* In hex, r || s. */
void vc_dcap_fixture_signature(const struct vc_pki_key *key, struct vc_bytes body,
                               char hex[2 * VC_QUOTE_SIGNATURE_SIZE + 1]);
/* A list in DER, of the root or the PCK CA; `revoked` may be null. */
void vc_dcap_fixture_list(const struct vc_dcap_fixture *fixture, bool of_root, int64_t now,
                          const struct vc_cert *revoked, struct vc_buffer *der);

#endif
