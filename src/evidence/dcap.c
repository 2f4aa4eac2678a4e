/* SPDX-License-Identifier: MIT */

#include "evidence/dcap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/public_key.h"
#include "evidence/dcap_internal.h"
#include "evidence/event_log.h"
#include "evidence/needed.h"

static const char PCK_NAME[] = "Intel SGX PCK Certificate";

/* Intel's quoting enclaves, by the key that signs them (its published QE identities). */
static const struct quoting_enclave {
    uint32_t tee_type;
    uint16_t isvprodid;
    uint8_t mrsigner[32];
} quoting_enclaves[] = {
    {VC_QUOTE_TEE_SGX, 1, {0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e, 0x96, 0x13, 0x7f,
                           0x77, 0xc6, 0x8a, 0x82, 0x9a, 0x00, 0x56, 0xac, 0x8d, 0xed, 0x70,
                           0x14, 0x0b, 0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff}},
    {VC_QUOTE_TEE_TDX, 2, {0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17, 0x47, 0x4e, 0x34,
                           0xa7, 0xfc, 0x43, 0xed, 0x03, 0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba,
                           0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5}},
};

/* ------------------------------------------------------------------------------- certificates */

void vc_dcap_certs_done(struct vc_dcap_certs *certs)
{
    while (certs->count > 0)
        vc_cert_free(certs->items[--certs->count]);
}

static enum vc_code keep_cert(void *user, struct vc_cert *cert, struct vc_err *)
{
    struct vc_dcap_certs *certs = user;

    certs->items[certs->count++] = cert; /* the bundle's limit is ours */
    return VC_OK;
}

enum vc_code vc_dcap_certs_parse(const struct vc_quote *quote, struct vc_dcap_certs *certs,
                                 struct vc_err *err)
{
    enum vc_code code;

    if (quote->certification != VC_QUOTE_PCK_CHAIN && quote->certification != VC_QUOTE_PCK_CERT)
        return VC_OK;
    code =
        vc_cert_parse_bundle(quote->certification_data, VC_DCAP_CERTS_MAX, keep_cert, certs, err);
    if (code == VC_OK && (certs->count > 1) != (quote->certification == VC_QUOTE_PCK_CHAIN))
        code = vc_fail(err, VC_MALFORMED, "%zu certificates in certification data of type %d",
                       certs->count, (int)quote->certification);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "quote: PCK chain");
}

struct vc_chain vc_dcap_chain(const struct vc_verification *verification,
                              const struct vc_cert *root)
{
    struct vc_chain chain = {.anchor = root,
                             .wants_crls = verification->depth == VC_DEPTH_JUDGED,
                             .now = verification->now};

    if (verification->collateral != nullptr)
        chain.crl_count = vc_collateral_crls(verification->collateral, &chain.crls);
    return chain;
}

static size_t collateral_certs(const struct vc_verification *verification,
                               const struct vc_cert *const **certs)
{
    if (verification->collateral == nullptr)
        return 0;
    return vc_collateral_certs(verification->collateral, certs);
}

enum vc_code vc_dcap_need_crl(const struct vc_collateral *collateral, const char *issuer,
                              struct vc_err *err)
{
    const struct vc_crl *const *crls;
    size_t count = collateral == nullptr ? 0 : vc_collateral_crls(collateral, &crls);
    const char *url = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

    for (size_t i = 0; i < count; i++) {
        if (strcmp(vc_crl_issuer(crls[i]), issuer) == 0)
            return VC_OK;
    }
    if (strstr(issuer, "Platform CA") != nullptr)
        url = "https://api.trustedservices.intel.com/sgx/certification/v4/"
              "pckcrl?ca=platform&encoding=der";
    else if (strstr(issuer, "Processor CA") != nullptr)
        url = "https://api.trustedservices.intel.com/sgx/certification/v4/"
              "pckcrl?ca=processor&encoding=der";
    return vc_fail(err, VC_NOT_FOUND, "no revocation list of %.64s (%s)", issuer, url);
}

/* A chain in a quote ends with the root: the very one that is trusted, or somebody touched it. */
static enum vc_code check_carried_root(const struct vc_dcap_certs *certs,
                                       const struct vc_cert *root, struct vc_err *err)
{
    struct vc_bytes carried = vc_cert_der(certs->items[certs->count - 1]);
    struct vc_bytes trusted = vc_cert_der(root);

    if (carried.size == trusted.size && memcmp(carried.data, trusted.data, carried.size) == 0)
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED,
                   "the last certificate of the quote's chain is not the root that is trusted (%s)",
                   vc_cert_common_name(root));
}

/* The path through the certificates of the quote, or of the collateral. */
static enum vc_code check_path(const struct vc_dcap *dcap, const struct vc_dcap_certs *certs,
                               const struct vc_cert *root, struct vc_err *err)
{
    struct vc_chain chain = vc_dcap_chain(dcap->verification, root);
    enum vc_code code = VC_NOT_FOUND;

    if (certs->count > 1) {
        chain.others = (const struct vc_cert *const *)certs->items;
        chain.other_count = certs->count;
        code = vc_chain_check(&chain, dcap->pck_cert, err);
        if (code == VC_OK)
            code = check_carried_root(certs, root, err);
        err = nullptr; /* what the quote itself lacks is the better reason */
    }
    if (code == VC_NOT_FOUND) {
        chain.other_count = collateral_certs(dcap->verification, &chain.others);
        code = vc_chain_check(&chain, dcap->pck_cert, err);
    }
    if (code == VC_OK)
        code = vc_needed_add(dcap->verification, &chain, dcap->pck_cert, err);
    return code;
}

/* Step 1, and 2 where it is asked for: with whichever of Intel's roots leads there. */
static enum vc_code check_pck_path(struct vc_dcap *dcap, const struct vc_dcap_certs *certs,
                                   struct vc_err *err)
{
    const struct vc_anchors *anchors = dcap->verification->anchors;
    const struct vc_collateral *collateral = dcap->verification->collateral;
    enum vc_code first = VC_OK;

    for (size_t i = 0; i < anchors->root_count; i++) {
        const struct vc_anchor *anchor = &anchors->roots[i];
        enum vc_code code = VC_OK;

        if (anchor->platform != dcap->platform)
            continue;
        if (dcap->verification->depth == VC_DEPTH_JUDGED) {
            code = vc_dcap_need_crl(collateral, vc_cert_common_name(anchor->cert),
                                    first == VC_OK ? err : nullptr);
            if (code == VC_OK)
                code = vc_dcap_need_crl(collateral, vc_cert_issuer_name(dcap->pck_cert),
                                        first == VC_OK ? err : nullptr);
        }
        if (code == VC_OK)
            code = check_path(dcap, certs, anchor->cert, first == VC_OK ? err : nullptr);
        if (code == VC_OK) {
            dcap->root = anchor->cert;
            return VC_OK;
        }
        first = first == VC_OK ? code : first;
    }
    return first == VC_OK ? vc_fail(err, VC_UNTRUSTED, "no root of Intel's to trust") : first;
}

/* ----------------------------------------------------------------------------------- claims */

static void take_enclave(const struct vc_enclave_report *enclave, struct vc_claims *claims)
{
    claims->measurement = vc_octets_of(enclave->mrenclave);
    claims->report_data = vc_octets_of(enclave->report_data);
    vc_claims_add_register(claims, "mrsigner", enclave->mrsigner);
    vc_claims_add_register(claims, "cpusvn", enclave->cpusvn);
    vc_claims_add_register(claims, "attributes", enclave->attributes);
    vc_claims_add_register(claims, "configid", enclave->configid);
    vc_claims_add_register(claims, "isvextprodid", enclave->isvextprodid);
    vc_claims_add_register(claims, "isvfamilyid", enclave->isvfamilyid);
    vc_claims_add_svn(claims, "", "isvprodid", enclave->isvprodid);
    vc_claims_add_svn(claims, "", "isvsvn", enclave->isvsvn);
    vc_claims_add_svn(claims, "", "configsvn", enclave->configsvn);
}

/* Numbers as registers stand in them as the quote has them: little endian. */
static void add_number(struct vc_claims *claims, const char *name, uint64_t number)
{
    uint8_t bytes[sizeof(number)];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    vc_claims_add_register(claims, name, VC_BYTES(bytes));
}

static void add_tee_tcb_svn(struct vc_claims *claims, const char *which, struct vc_bytes svn)
{
    vc_claims_add_svn(claims, which, "tdx_module_svn", svn.data[0]);
    vc_claims_add_svn(claims, which, "tdx_module_version", svn.data[1]);
    vc_claims_add_svn(claims, which, "seam_patch_svn", svn.data[2]);
}

static void take_td(const struct vc_td_report *td, struct vc_claims *claims)
{
    const struct {
        const char *name;
        struct vc_bytes value;
    } registers[] = {
        {"rtmr0", td->rtmr[0]},
        {"rtmr1", td->rtmr[1]},
        {"rtmr2", td->rtmr[2]},
        {"rtmr3", td->rtmr[3]},
        {"mrconfigid", td->mrconfigid},
        {"mrowner", td->mrowner},
        {"mrownerconfig", td->mrownerconfig},
        {"mrseam", td->mrseam},
        {"mrsignerseam", td->mrsignerseam},
        {"mrservicetd", td->mrservicetd},
        {"tee_tcb_svn", td->tee_tcb_svn},
        {"tee_tcb_svn_2", td->tee_tcb_svn2},
    };
    bool updated = td->tee_tcb_svn2.size > 0;

    claims->measurement = vc_octets_of(td->mrtd);
    claims->report_data = vc_octets_of(td->report_data);
    for (size_t i = 0; i < VC_COUNT(registers); i++) {
        if (registers[i].value.size > 0)
            vc_claims_add_register(claims, registers[i].name, registers[i].value);
    }
    add_number(claims, "tdattributes", td->tdattributes);
    add_number(claims, "xfam", td->xfam);
    add_number(claims, "seamattributes", td->seamattributes);
    add_tee_tcb_svn(claims, updated ? "launch" : "", td->tee_tcb_svn);
    if (updated)
        add_tee_tcb_svn(claims, "current", td->tee_tcb_svn2);
}

static void take_quote(const struct vc_quote *quote, struct vc_claims *claims)
{
    claims->passed = VC_STAGE_FORM;
    claims->debug = vc_quote_is_debug(quote);
    if (quote->body == VC_QUOTE_BODY_SGX)
        take_enclave(&quote->enclave, claims);
    else
        take_td(&quote->td, claims);
    vc_claims_add_register(claims, "qe_mrsigner", quote->qe.mrsigner);
    vc_claims_add_svn(claims, "", "qe_isvsvn", quote->qe.isvsvn);
}

void vc_dcap_machine(const struct vc_pck *pck, struct vc_octets *machine)
{
    uint8_t identity[VC_PCK_PPID_SIZE + VC_PCK_INSTANCE_SIZE];
    uint8_t digest[VC_SHA256_SIZE];
    size_t size = VC_PCK_PPID_SIZE;

    memcpy(identity, pck->ppid, VC_PCK_PPID_SIZE);
    if (pck->has_instance) {
        memcpy(identity + size, pck->instance, VC_PCK_INSTANCE_SIZE);
        size += VC_PCK_INSTANCE_SIZE;
    }
    vc_sha256((struct vc_bytes){identity, size}, digest);
    *machine = vc_octets_of(VC_BYTES(digest));
}

static void take_pck(const struct vc_pck *pck, struct vc_claims *claims)
{
    vc_dcap_machine(pck, &claims->machine);
    vc_claims_add_register(claims, "fmspc", VC_BYTES(pck->fmspc));
    vc_claims_add_register(claims, "pceid", VC_BYTES(pck->pceid));
    vc_claims_add_register(claims, "pck_cpusvn", VC_BYTES(pck->cpusvn));
    vc_claims_add_svn(claims, "", "pcesvn", pck->pcesvn);
}

/* -------------------------------------------------------------------------------- signatures */

/* Step 3. */
static enum vc_code check_qe_signature(const struct vc_quote *quote, const struct vc_cert *pck_cert,
                                       struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    enum vc_code code = vc_public_key_of_cert(pck_cert, &key, err);

    if (code == VC_OK)
        code =
            vc_public_key_verify(key, VC_SCHEME_ES256, quote->qe.whole, quote->qe_signature, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, VC_UNTRUSTED, "report of the quoting enclave");
}

/* Step 4. */
static enum vc_code check_attestation_key(const struct vc_quote *quote, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bound = {};
    uint8_t wanted[64] = {};
    enum vc_code code = vc_buffer_append(&bound, quote->attestation_key, err);

    if (code == VC_OK)
        code = vc_buffer_append(&bound, quote->auth_data, err);
    if (code != VC_OK)
        return code;
    vc_sha256(vc_buffer_bytes(&bound), wanted);
    if (memcmp(wanted, quote->qe.report_data.data, sizeof(wanted)) != 0)
        return vc_fail(err, VC_UNTRUSTED,
                       "the quoting enclave's REPORTDATA is not the digest of attestation key and "
                       "authentication data");
    return VC_OK;
}

/* Step 5. */
static enum vc_code check_quote_signature(const struct vc_quote *quote, struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    enum vc_code code = vc_public_key_of_point(VC_KEY_P256, quote->attestation_key, &key, err);

    if (code == VC_OK)
        code =
            vc_public_key_verify(key, VC_SCHEME_ES256, quote->signed_part, quote->signature, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, VC_UNTRUSTED, "quote");
}

/* A quote that only names its processor: the PCK certificate is the one in the collateral whose key
 * signed the quoting enclave's report. */
static enum vc_code find_pck(struct vc_dcap *dcap, struct vc_err *err)
{
    const struct vc_cert *const *certs = nullptr;
    size_t count = collateral_certs(dcap->verification, &certs);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(vc_cert_common_name(certs[i]), PCK_NAME) == 0 &&
            check_qe_signature(&dcap->quote, certs[i], nullptr) == VC_OK) {
            dcap->pck_cert = certs[i];
            return VC_OK;
        }
    }
    return vc_fail(err, VC_NOT_FOUND,
                   "no PCK certificate, for the quote only names its processor "
                   "(https://api.trustedservices.intel.com/sgx/certification/v4/pckcert)");
}

static enum vc_code open_pck(struct vc_dcap *dcap, const struct vc_dcap_certs *certs,
                             struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (certs->count == 0)
        code = find_pck(dcap, err);
    else
        dcap->pck_cert = certs->items[0];
    if (code == VC_OK && strcmp(vc_cert_common_name(dcap->pck_cert), PCK_NAME) != 0)
        code = vc_fail(err, VC_UNTRUSTED, "certificate %.64s: not a PCK certificate",
                       vc_cert_common_name(dcap->pck_cert));
    return code == VC_OK ? vc_pck_parse(dcap->pck_cert, &dcap->pck, err) : code;
}

/* Without its published identity: is it Intel's at all? */
static enum vc_code check_known_enclave(const struct vc_quote *quote, struct vc_err *err)
{
    char signer[65];

    for (size_t i = 0; i < VC_COUNT(quoting_enclaves); i++) {
        const struct quoting_enclave *known = &quoting_enclaves[i];

        if (known->tee_type == quote->tee_type && known->isvprodid == quote->qe.isvprodid &&
            memcmp(known->mrsigner, quote->qe.mrsigner.data, sizeof(known->mrsigner)) == 0)
            return VC_OK;
    }
    vc_hex_encode(quote->qe.mrsigner, signer);
    return vc_fail(err, VC_UNTRUSTED,
                   "quoting enclave: none of Intel's (MRSIGNER %s, ISVPRODID %u)", signer,
                   quote->qe.isvprodid);
}

/* Without the module's published identity: is it Intel's? Zero means just that. */
static enum vc_code check_known_module(const struct vc_quote *quote, struct vc_err *err)
{
    struct vc_octets signer;
    char hex[VC_OCTETS_HEX_MAX];

    if (quote->body == VC_QUOTE_BODY_SGX)
        return VC_OK;
    signer = vc_octets_of(quote->td.mrsignerseam);
    if (vc_octets_is_zero(&signer))
        return VC_OK;
    vc_octets_hex(&signer, hex);
    return vc_fail(err, VC_UNTRUSTED, "TDX module: none of Intel's (MRSIGNERSEAM %s)", hex);
}

/* --------------------------------------------------------------------------------- the whole */

static enum vc_code check_event_log(const struct vc_quote *quote, struct vc_bytes log,
                                    struct vc_err *err)
{
    struct vc_replay replay;
    enum vc_code code;

    if (log.size == 0)
        return VC_OK;
    if (quote->body == VC_QUOTE_BODY_SGX)
        return vc_fail(err, VC_MALFORMED, "event log: enclaves have none");
    code = vc_event_log_replay(log, VC_EVENT_TDX, VC_HASH_SHA384, &replay, err);
    for (size_t i = 0; code == VC_OK && i < VC_QUOTE_RTMR_COUNT; i++) {
        const struct vc_octets *logged = &replay.values[VC_EVENT_RTMR0 + i];
        struct vc_octets quoted = vc_octets_of(quote->td.rtmr[i]);
        char hex[2][VC_OCTETS_HEX_MAX];

        if (vc_octets_equal(logged, &quoted))
            continue;
        vc_octets_hex(logged, hex[0]);
        vc_octets_hex(&quoted, hex[1]);
        return vc_fail(err, VC_UNTRUSTED, "event log: replays to RTMR%zu %s, the quote says %s", i,
                       hex[0], hex[1]);
    }
    return code;
}

static enum vc_code check_platform(const struct vc_dcap *dcap, struct vc_err *err)
{
    enum vc_platform_kind found =
        dcap->quote.body == VC_QUOTE_BODY_SGX ? VC_PLATFORM_SGX : VC_PLATFORM_TDX;

    if (found == dcap->platform)
        return VC_OK;
    return vc_fail(err, VC_MALFORMED, "this is a quote of %s, and of %s is wanted",
                   vc_platform_name(found), vc_platform_name(dcap->platform));
}

static enum vc_code check_authentic(struct vc_dcap *dcap, const struct vc_dcap_certs *certs,
                                    struct vc_claims *claims, struct vc_err *err)
{
    const struct vc_quote *quote = &dcap->quote;
    enum vc_code code = open_pck(dcap, certs, err);

    if (code != VC_OK)
        return code;
    take_pck(&dcap->pck, claims);
    code = check_pck_path(dcap, certs, err);
    if (code == VC_OK)
        code = check_qe_signature(quote, dcap->pck_cert, err);
    if (code == VC_OK)
        code = check_attestation_key(quote, err);
    if (code == VC_OK)
        code = check_quote_signature(quote, err);
    if (code == VC_OK)
        code = vc_enclave_check_attributes(&quote->qe, "quoting enclave", err);
    if (code == VC_OK && dcap->verification->depth == VC_DEPTH_AUTHENTIC)
        code = check_known_enclave(quote, err);
    if (code == VC_OK && dcap->verification->depth == VC_DEPTH_AUTHENTIC)
        code = check_known_module(quote, err);
    return code;
}

static enum vc_code verify(struct vc_dcap *dcap, const struct vc_evidence *evidence,
                           struct vc_claims *claims, struct vc_err *err)
{
    vc_cleanup(vc_dcap_certs_done) struct vc_dcap_certs certs = {};
    enum vc_code code = check_platform(dcap, err);

    if (code != VC_OK)
        return code;
    take_quote(&dcap->quote, claims);
    code = vc_quote_check_attributes(&dcap->quote, err);
    if (code == VC_OK)
        code = vc_dcap_certs_parse(&dcap->quote, &certs, err);
    if (code == VC_OK)
        code = check_authentic(dcap, &certs, claims, err);
    if (code == VC_OK)
        code = check_event_log(&dcap->quote, evidence->event_log, err);
    if (code != VC_OK)
        return code;
    claims->passed = VC_STAGE_AUTHENTIC;
    if (dcap->verification->depth != VC_DEPTH_JUDGED)
        return VC_OK;
    code = vc_dcap_judge(dcap, claims, err);
    if (code == VC_OK)
        claims->passed = VC_STAGE_JUDGED;
    return code;
}

enum vc_code vc_dcap_verify(const struct vc_evidence *evidence,
                            const struct vc_verification *verification, struct vc_claims *claims,
                            struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer room = {};
    struct vc_dcap dcap = {.platform = evidence->platform, .verification = verification};
    enum vc_code code = vc_quote_parse(evidence->bytes, &room, &dcap.quote, err);

    return code == VC_OK ? verify(&dcap, evidence, claims, err) : code;
}
