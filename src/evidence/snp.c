/* SPDX-License-Identifier: MIT */

#include "evidence/snp.h"

#include <stdio.h>
#include <string.h>

#include "crypto/chain.h"
#include "evidence/needed.h"
#include "evidence/snp_envelope.h"
#include "evidence/snp_leaf.h"
#include "evidence/snp_report.h"

static constexpr size_t ISSUERS_MAX = 32; /* certificates with the leaf's issuer's name */

static void add_tcb(struct vc_claims *claims, const char *which, struct vc_bytes tcb,
                    enum vc_snp_product product)
{
    struct vc_snp_layout layout = vc_snp_layout_of(product);

    for (size_t i = 0; i < layout.part_count; i++) {
        const struct vc_snp_part *part = &layout.parts[i];

        if (part->name != nullptr)
            vc_claims_add_svn(claims, which, part->name, tcb.data[part->index]);
    }
}

/* What depends on the product, which a report of version 2 does not say. */
static void add_versions(struct vc_claims *claims, const struct vc_snp_report *report,
                         enum vc_snp_product product)
{
    const struct vc_snp_firmware *now = &report->current;
    const struct vc_snp_firmware *committed = &report->committed;

    vc_claims_add_svn(claims, "", "guest_svn", report->guest_svn);
    add_tcb(claims, "reported", report->reported_tcb, product);
    add_tcb(claims, "committed", report->committed_tcb, product);
    add_tcb(claims, "launch", report->launch_tcb, product);
    add_tcb(claims, "current", report->current_tcb, product);
    vc_claims_add_svn(claims, "current", "abi", (uint64_t)now->major << 8 | now->minor);
    vc_claims_add_svn(claims, "current", "build", now->build);
    vc_claims_add_svn(claims, "committed", "abi",
                      (uint64_t)committed->major << 8 | committed->minor);
    vc_claims_add_svn(claims, "committed", "build", committed->build);
}

static void fill_claims(struct vc_claims *claims, const struct vc_snp_report *report)
{
    claims->measurement = vc_octets_of(report->measurement);
    claims->report_data = vc_octets_of(report->report_data);
    claims->vmpl = report->vmpl;
    claims->debug = (report->policy & VC_SNP_POLICY_DEBUG) != 0;
    /* A VLEK is many machines': it does not vouch for one chip as that chip's own key does. */
    if (vc_snp_report_signer(report) == VC_SNP_VCEK && !vc_snp_is_zero(report->chip_id))
        claims->machine = vc_octets_of(report->chip_id);
    vc_claims_add_register(claims, "host_data", report->host_data);
    vc_claims_add_register(claims, "id_key_digest", report->id_key_digest);
    vc_claims_add_register(claims, "author_key_digest", report->author_key_digest);
    vc_claims_add_register(claims, "family_id", report->family_id);
    vc_claims_add_register(claims, "image_id", report->image_id);
    vc_claims_add_register(claims, "report_id", report->report_id);
    vc_claims_add_register(claims, "report_id_ma", report->report_id_ma);
}

static void fill_hcl(struct vc_claims *claims, const struct vc_snp_hcl *hcl)
{
    struct vc_octets digest = vc_hash_of(hcl->hash, hcl->runtime_data);

    vc_claims_add_register(claims, "runtime_data", vc_octets_bytes(&digest));
    vc_claims_add_register(claims, "hcl_ak", vc_octets_bytes(&hcl->ak));
    if (hcl->user_data.size > 0)
        vc_claims_add_register(claims, "hcl_user_data", vc_octets_bytes(&hcl->user_data));
}

static enum vc_code check_product(const struct vc_snp_report *report, struct vc_err *err)
{
    if (report->version < VC_SNP_CPUID_VERSION || vc_snp_report_product(report) != VC_SNP_UNKNOWN)
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED,
                   "CPU family 0x%02x model 0x%02x: not a product that this version knows (Milan, "
                   "Genoa, Turin)",
                   report->cpu_family, report->cpu_model);
}

/* Everything that the signer's certificate could come from. */
struct sources {
    struct vc_certs piles[2];
    const struct vc_crl *const *crls;
    size_t crl_count;
};

static struct sources sources_of(const struct vc_snp_envelope *envelope,
                                 const struct vc_collateral *collateral)
{
    struct sources sources = {
        .piles[0] = {(const struct vc_cert *const *)envelope->certs, envelope->cert_count}};

    if (collateral != nullptr) {
        sources.piles[1].count = vc_collateral_certs(collateral, &sources.piles[1].items);
        sources.crl_count = vc_collateral_crls(collateral, &sources.crls);
    }
    return sources;
}

/* Those that the leaf's issuer may be: nothing else can be between it and a root. */
struct issuers {
    const struct vc_cert *certs[ISSUERS_MAX];
    size_t count;
};

static void collect(struct issuers *issuers, struct vc_certs pile, const struct vc_cert *leaf)
{
    for (size_t i = 0; i < pile.count && issuers->count < ISSUERS_MAX; i++) {
        if (vc_cert_is_named_by(pile.items[i], leaf))
            issuers->certs[issuers->count++] = pile.items[i];
    }
}

static enum vc_code check_chain(const struct vc_snp_leaf *leaf, const struct sources *sources,
                                const struct vc_verification *verification, struct vc_err *err)
{
    const char *product = vc_snp_product_name(leaf->product);
    struct issuers issuers = {};
    enum vc_code code = VC_STATE; /* no anchor was tried yet */

    collect(&issuers, vc_vendor_certificates(), leaf->cert);
    for (size_t i = 0; i < VC_COUNT(sources->piles); i++)
        collect(&issuers, sources->piles[i], leaf->cert);
    for (size_t i = 0; i < verification->anchors->root_count; i++) {
        const struct vc_anchor *anchor = &verification->anchors->roots[i];
        const struct vc_chain chain = {.anchor = anchor->cert,
                                       .others = issuers.certs,
                                       .other_count = issuers.count,
                                       .crls = sources->crls,
                                       .crl_count = sources->crl_count,
                                       .now = verification->now};

        if (anchor->platform != VC_PLATFORM_SNP || strcmp(anchor->product, product) != 0)
            continue;
        code = vc_chain_check(&chain, leaf->cert, err);
        if (code == VC_OK)
            return vc_needed_add(verification, &chain, leaf->cert, err);
    }
    if (code == VC_STATE)
        return vc_fail(err, VC_UNTRUSTED, "no trust anchor for the product %s", product);
    return code;
}

static enum vc_code check_allowed(const struct vc_snp_report *report, struct vc_err *err)
{
    if (report->vmpl > VC_SNP_VMPL_MAX) {
        return vc_fail(err, VC_UNTRUSTED, "VMPL 0x%x: asked for by the host, not by the guest",
                       report->vmpl);
    }
    if (report->policy & VC_SNP_POLICY_DEBUG)
        return vc_fail(err, VC_UNTRUSTED, "debug guest: policy bit 19 set");
    if (report->policy & VC_SNP_POLICY_MIGRATE_MA) {
        return vc_fail(err, VC_UNTRUSTED,
                       "a migration agent may move the guest: policy bit 18 set");
    }
    return VC_OK;
}

static enum vc_code check_signed(const struct vc_snp_report *report, struct vc_err *err)
{
    if (vc_snp_report_signer(report) == VC_SNP_NOBODY)
        return vc_fail(err, VC_UNTRUSTED, "the report is not signed: SIGNING_KEY says none");
    if (vc_snp_is_zero(report->signature_r) && vc_snp_is_zero(report->signature_s)) {
        return vc_fail(err, VC_UNTRUSTED, "the report is not signed: its signature is zero%s",
                       report->flags & 2 ? ", since the host masks the chip's key" : "");
    }
    return VC_OK;
}

/* From a well-formed report to one that AMD stands behind. */
static enum vc_code check_origin(const struct vc_snp_report *report, const struct sources *sources,
                                 const struct vc_verification *verification,
                                 struct vc_claims *claims, struct vc_err *err)
{
    const struct vc_snp_sources leaves = {sources->piles, VC_COUNT(sources->piles),
                                          verification->now};
    struct vc_snp_leaf leaf;
    enum vc_code code = check_signed(report, err);

    if (code == VC_OK)
        code = check_product(report, err);
    if (code == VC_OK)
        code = vc_snp_leaf_choose(report, &leaves, &leaf, err);
    if (code == VC_OK)
        code = vc_snp_leaf_verify(&leaf, report, err);
    if (code == VC_OK)
        code = check_chain(&leaf, sources, verification, err);
    add_versions(claims, report, code == VC_OK ? leaf.product : vc_snp_report_product(report));
    return code;
}

static enum vc_code verify(const struct vc_snp_envelope *envelope,
                           const struct vc_verification *verification, struct vc_claims *claims,
                           struct vc_err *err)
{
    struct sources sources = sources_of(envelope, verification->collateral);
    struct vc_snp_report report;
    enum vc_code code = vc_snp_report_parse(envelope->report, &report, err);

    if (code == VC_OK)
        code = vc_snp_report_check(&report, err);
    if (code != VC_OK)
        return code;
    claims->passed = VC_STAGE_FORM;
    fill_claims(claims, &report);
    if (envelope->is_hcl)
        fill_hcl(claims, &envelope->hcl);
    code = check_origin(&report, &sources, verification, claims, err);
    if (code == VC_OK && envelope->is_hcl)
        code = vc_snp_hcl_check(&envelope->hcl, report.report_data, err);
    if (code != VC_OK)
        return code;
    claims->passed = VC_STAGE_AUTHENTIC;
    code = check_allowed(&report, err);
    if (code != VC_OK)
        return code;
    if (verification->depth == VC_DEPTH_JUDGED) {
        claims->tcb_status = VC_TCB_NOT_APPLICABLE;
        claims->passed = VC_STAGE_JUDGED;
    }
    return VC_OK;
}

enum vc_code vc_snp_verify(const struct vc_evidence *evidence,
                           const struct vc_verification *verification, struct vc_claims *claims,
                           struct vc_err *err)
{
    vc_cleanup(vc_snp_envelope_done) struct vc_snp_envelope envelope = {};
    enum vc_code code;

    *claims = (struct vc_claims){.platform = VC_PLATFORM_SNP, .tcb_status = VC_TCB_NOT_JUDGED};
    code = vc_snp_envelope_open(evidence->bytes, &envelope, err);
    return code == VC_OK ? verify(&envelope, verification, claims, err) : code;
}
