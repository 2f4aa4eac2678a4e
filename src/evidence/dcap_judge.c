/* SPDX-License-Identifier: MIT */

/* What Intel says about the platform of an authentic quote: signed documents, found among the
 * collateral, and the level on which it is. */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/instant.h"
#include "codec/json_span.h"
#include "crypto/public_key.h"
#include "evidence/dcap_internal.h"
#include "evidence/qe_identity.h"
#include "evidence/tcb_info.h"

static const char SIGNER_NAME[] = "Intel SGX TCB Signing";
static const char PCS[] = "https://api.trustedservices.intel.com/";
static constexpr size_t SIGNERS_MAX = 8; /* certificates of Intel's that may sign documents */
static constexpr size_t FMSPC_TEXT_MAX = 2 * VC_PCK_FMSPC_SIZE + 1;

/* Who may sign documents: certificates with a valid path to the root. */
struct signers {
    struct vc_public_key *keys[SIGNERS_MAX];
    size_t count;
};

static void signers_done(struct signers *signers)
{
    while (signers->count > 0)
        vc_public_key_free(signers->keys[--signers->count]);
}

/* -------------------------------------------------------------------------------- signatures */

static enum vc_code add_signer(const struct vc_dcap *dcap, const struct vc_cert *cert,
                               struct signers *signers, struct vc_err *err)
{
    struct vc_chain chain = vc_dcap_chain(dcap->verification, dcap->root);
    enum vc_code code = vc_chain_check(&chain, cert, err); /* by the root itself: no others */

    if (code != VC_OK)
        return code;
    code = vc_public_key_of_cert(cert, &signers->keys[signers->count], err);
    if (code == VC_OK)
        signers->count++;
    return code;
}

static enum vc_code find_signers(const struct vc_dcap *dcap, struct signers *signers,
                                 struct vc_err *err)
{
    const struct vc_cert *const *certs;
    size_t count = vc_collateral_certs(dcap->verification->collateral, &certs);
    enum vc_code first = VC_OK;

    for (size_t i = 0; i < count && signers->count < SIGNERS_MAX; i++) {
        enum vc_code code;

        if (strcmp(vc_cert_common_name(certs[i]), SIGNER_NAME) != 0)
            continue;
        code = add_signer(dcap, certs[i], signers, first == VC_OK ? err : nullptr);
        first = first == VC_OK ? code : first;
    }
    if (signers->count > 0)
        return VC_OK;
    if (first != VC_OK)
        return first;
    return vc_fail(err, VC_NOT_FOUND,
                   "no certificate \"%s\" (it comes with TCB info and QE identity, in the header "
                   "TCB-Info-Issuer-Chain)",
                   SIGNER_NAME);
}

static enum vc_code check_signature(const struct signers *signers,
                                    const struct vc_document *document, struct vc_err *err)
{
    for (size_t i = 0; i < signers->count; i++) {
        if (vc_public_key_verify(signers->keys[i], VC_SCHEME_ES256, document->body,
                                 document->signature, nullptr) == VC_OK)
            return VC_OK;
    }
    return vc_fail(err, VC_UNTRUSTED,
                   "its signature by \"%s\" does not verify over its bytes (were they written "
                   "anew?)",
                   SIGNER_NAME);
}

static enum vc_code check_dates(const struct vc_pcs_head *head, int64_t now, struct vc_err *err)
{
    char edge[VC_INSTANT_TEXT_MAX], present[VC_INSTANT_TEXT_MAX];

    vc_instant_format(now, present);
    if (now < head->issue_date) {
        vc_instant_format(head->issue_date, edge);
        return vc_fail(err, VC_UNTRUSTED, "issued at %s, and the time is %s", edge, present);
    }
    if (now >= head->next_update) {
        vc_instant_format(head->next_update, edge);
        return vc_fail(err, VC_UNTRUSTED, "expired at %s, and the time is %s", edge, present);
    }
    return VC_OK;
}

/* --------------------------------------------------------------------------------- documents */

/* Is a member a string that is this one, without regard to case? */
static bool says(struct vc_bytes body, const char *name, const char *text)
{
    size_t length = strlen(text);
    struct vc_bytes value;

    return vc_json_span_find(body, name, &value, nullptr) == VC_OK && value.size == length + 2 &&
           value.data[0] == '"' && strncasecmp((const char *)value.data + 1, text, length) == 0;
}

static bool is_wanted_tcb_info(const struct vc_dcap *dcap, const struct vc_document *document,
                               const char *fmspc)
{
    struct vc_bytes id;

    if (document->kind != VC_DOCUMENT_TCB_INFO || !says(document->body, "fmspc", fmspc))
        return false;
    if (dcap->platform == VC_PLATFORM_TDX)
        return says(document->body, "id", "TDX");
    /* Version 2 has no id, and is SGX's. */
    return says(document->body, "id", "SGX") ||
           vc_json_span_find(document->body, "id", &id, nullptr) == VC_NOT_FOUND;
}

/* Of two valid documents the one of the later evaluation holds. */
static bool is_later(const struct vc_pcs_head *a, const struct vc_pcs_head *b)
{
    return a->evaluation != b->evaluation ? a->evaluation > b->evaluation
                                          : a->issue_date > b->issue_date;
}

static enum vc_code open_tcb_info(const struct vc_dcap *dcap, const struct signers *signers,
                                  const struct vc_document *document, struct vc_tcb_info **info,
                                  struct vc_err *err)
{
    vc_cleanup(vc_tcb_info_freep) struct vc_tcb_info *made = nullptr;
    enum vc_code code = check_signature(signers, document, err);

    if (code == VC_OK)
        code = vc_tcb_info_parse(document->body, &made, err);
    if (code == VC_OK)
        code = check_dates(&made->head, dcap->verification->now, err);
    if (code == VC_OK && made->tdx != (dcap->platform == VC_PLATFORM_TDX))
        code =
            vc_fail(err, VC_UNTRUSTED, "for %s, and the quote is not", made->tdx ? "TDX" : "SGX");
    if (code == VC_OK && memcmp(made->fmspc, dcap->pck.fmspc, sizeof(made->fmspc)) != 0)
        code = vc_fail(err, VC_UNTRUSTED, "for another FMSPC than the PCK certificate's");
    if (code == VC_OK && memcmp(made->pceid, dcap->pck.pceid, sizeof(made->pceid)) != 0)
        code = vc_fail(err, VC_UNTRUSTED, "for PCE %02x%02x, the PCK certificate is for %02x%02x",
                       made->pceid[0], made->pceid[1], dcap->pck.pceid[0], dcap->pck.pceid[1]);
    if (code == VC_OK)
        *info = vc_take(made);
    else if (code != VC_MEMORY)
        code = vc_fail_in(err, VC_UNTRUSTED, "TCB info in %.96s", document->origin);
    return code;
}

static enum vc_code find_tcb_info(const struct vc_dcap *dcap, const struct signers *signers,
                                  struct vc_tcb_info **best, struct vc_err *err)
{
    const char *tee = dcap->platform == VC_PLATFORM_TDX ? "tdx" : "sgx";
    const struct vc_document *documents;
    size_t count = vc_collateral_documents(dcap->verification->collateral, &documents);
    enum vc_code first = VC_OK;
    char fmspc[FMSPC_TEXT_MAX];

    vc_hex_encode(VC_BYTES(dcap->pck.fmspc), fmspc);
    for (size_t i = 0; i < count; i++) {
        vc_cleanup(vc_tcb_info_freep) struct vc_tcb_info *info = nullptr;
        enum vc_code code;

        if (!is_wanted_tcb_info(dcap, &documents[i], fmspc))
            continue;
        code = open_tcb_info(dcap, signers, &documents[i], &info, first == VC_OK ? err : nullptr);
        first = first == VC_OK ? code : first;
        if (code == VC_OK && (*best == nullptr || is_later(&info->head, &(*best)->head))) {
            vc_tcb_info_free(*best);
            *best = vc_take(info);
        }
    }
    if (*best != nullptr)
        return VC_OK;
    if (first != VC_OK)
        return first;
    return vc_fail(err, VC_NOT_FOUND,
                   "no TCB info for FMSPC %s (%s%s/certification/v4/tcb?fmspc=%s)", fmspc, PCS, tee,
                   fmspc);
}

static enum vc_code open_qe_identity(const struct vc_dcap *dcap, const struct signers *signers,
                                     const struct vc_document *document,
                                     struct vc_qe_identity *identity, struct vc_err *err)
{
    enum vc_code code = check_signature(signers, document, err);

    if (code == VC_OK)
        code = vc_qe_identity_parse(document->body, identity, err);
    if (code == VC_OK)
        code = check_dates(&identity->head, dcap->verification->now, err);
    if (code != VC_OK && code != VC_MEMORY)
        code = vc_fail_in(err, VC_UNTRUSTED, "QE identity in %.96s", document->origin);
    return code;
}

static enum vc_code find_qe_identity(const struct vc_dcap *dcap, const struct signers *signers,
                                     struct vc_qe_identity *best, struct vc_err *err)
{
    bool tdx = dcap->platform == VC_PLATFORM_TDX;
    const struct vc_document *documents;
    size_t count = vc_collateral_documents(dcap->verification->collateral, &documents);
    enum vc_code first = VC_OK;
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        struct vc_qe_identity identity;
        enum vc_code code;

        if (documents[i].kind != VC_DOCUMENT_QE_IDENTITY ||
            !says(documents[i].body, "id", tdx ? "TD_QE" : "QE"))
            continue;
        code = open_qe_identity(dcap, signers, &documents[i], &identity,
                                first == VC_OK ? err : nullptr);
        first = first == VC_OK ? code : first;
        if (code == VC_OK && (!found || is_later(&identity.head, &best->head))) {
            *best = identity;
            found = true;
        }
    }
    if (found)
        return VC_OK;
    if (first != VC_OK)
        return first;
    return vc_fail(err, VC_NOT_FOUND,
                   "no identity of the quoting enclave (%s%s/certification/v4/"
                   "qe/identity)",
                   PCS, tdx ? "tdx" : "sgx");
}

/* ------------------------------------------------------------------------------------- status */

/* Merges the statement about one part into the claims. */
static void take_statement(struct vc_claims *claims, const char *part,
                           const struct vc_pcs_statement *statement)
{
    size_t used = strlen(claims->tcb_detail);

    if (used == 0)
        claims->tcb_status = statement->status;
    else
        claims->tcb_status = vc_pcs_merge(claims->tcb_status, statement->status);
    (void)snprintf(claims->tcb_detail + used, sizeof(claims->tcb_detail) - used, "%s%s %s",
                   used == 0 ? "" : "; ", part, statement->words);
}

/* Steps 7 to 10. */
static enum vc_code find_status(const struct vc_dcap *dcap, const struct vc_tcb_info *info,
                                const struct vc_qe_identity *identity, struct vc_claims *claims,
                                struct vc_err *err)
{
    const struct vc_td_report *td = dcap->platform == VC_PLATFORM_TDX ? &dcap->quote.td : nullptr;
    const struct vc_pcs_level *qe = nullptr;
    const struct vc_pcs_level *module = nullptr;
    const struct vc_tcb_level *platform = nullptr;
    struct vc_claims judged = *claims;
    enum vc_code code = vc_qe_identity_check(identity, &dcap->quote.qe, &qe, err);

    if (code == VC_OK)
        code = vc_tcb_info_find_level(info, &dcap->pck, td, &platform, err);
    if (code == VC_OK && td != nullptr)
        code = vc_tcb_info_check_module(info, td, &module, err);
    if (code != VC_OK)
        return code;
    take_statement(&judged, "platform", &platform->statement);
    take_statement(&judged, "quoting enclave", &qe->statement);
    if (module != nullptr)
        take_statement(&judged, "TDX module", &module->statement);
    *claims = judged;
    if (claims->tcb_status == VC_TCB_REVOKED)
        return vc_fail(err, VC_UNTRUSTED, "TCB revoked: %.280s", claims->tcb_detail);
    return VC_OK;
}

enum vc_code vc_dcap_judge(const struct vc_dcap *dcap, struct vc_claims *claims, struct vc_err *err)
{
    vc_cleanup(signers_done) struct signers signers = {};
    vc_cleanup(vc_tcb_info_freep) struct vc_tcb_info *info = nullptr;
    struct vc_qe_identity identity;
    enum vc_code code = find_signers(dcap, &signers, err);

    if (code == VC_OK)
        code = find_tcb_info(dcap, &signers, &info, err);
    if (code == VC_OK)
        code = find_qe_identity(dcap, &signers, &identity, err);
    if (code != VC_OK)
        return code;
    vc_claims_add_svn(claims, "tcb-info", "tcb_evaluation", (uint64_t)info->head.evaluation);
    vc_claims_add_svn(claims, "qe-identity", "tcb_evaluation", (uint64_t)identity.head.evaluation);
    return find_status(dcap, info, &identity, claims, err);
}
