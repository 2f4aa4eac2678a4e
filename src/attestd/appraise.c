/* SPDX-License-Identifier: MIT */

#include "attestd/appraise.h"

#include <string.h>

#include "attest/attested.h"
#include "attest/reference.h"
#include "base/secret.h"
#include "policy/policy.h"

static bool same_certificate(const struct vc_cert *a, const struct vc_cert *b)
{
    return vc_secret_equal(vc_cert_der(a), vc_cert_der(b));
}

/* A policy that is well formed, in time, and whose trust anchor is this very service. */
static enum vc_code open_policy(const struct vc_appraiser *appraiser, struct vc_bytes text,
                                struct vc_policy **policy, struct vc_appraisal *appraisal,
                                struct vc_err *err)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *parsed = nullptr;
    enum vc_code code = vc_policy_parse(text, &parsed, err);

    if (code != VC_OK)
        return vc_fail_in(err, code, "policy");
    memcpy(appraisal->policy_hash, parsed->hash, VC_SHA256_SIZE);
    appraisal->has_policy = true;
    code = vc_policy_check_time(parsed, appraiser->now, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "policy");
    if (!same_certificate(parsed->attestation.ca, appraiser->ca)) {
        return vc_fail(err, VC_UNTRUSTED,
                       "policy: attestation.ca is another service's; this one's is in its ca.crt");
    }
    *policy = vc_take(parsed);
    return VC_OK;
}

/* With what the service has, and what came with the evidence. */
static enum vc_code verify_with(const struct vc_appraiser *appraiser,
                                const struct vc_exhibit *exhibit,
                                struct vc_verification *verification, struct vc_claims *claims,
                                struct vc_err *err)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *more = nullptr;
    struct vc_evidence evidence = {.platform = claims->platform,
                                   .bytes = vc_buffer_bytes(&exhibit->evidence),
                                   .event_log = vc_buffer_bytes(&exhibit->event_log)};
    enum vc_code code = VC_OK;

    if (exhibit->certificates.size > 0 && appraiser->gather != nullptr) {
        code = appraiser->gather(appraiser->gather_user, vc_buffer_bytes(&exhibit->certificates),
                                 &more, err);
    }
    if (code != VC_OK)
        return code;
    if (more != nullptr)
        verification->collateral = more;
    return vc_evidence_verify(&evidence, verification, claims, err);
}

static enum vc_code verify_evidence(const struct vc_appraiser *appraiser,
                                    const struct vc_exhibit *exhibit,
                                    struct vc_appraisal *appraisal, struct vc_err *err)
{
    struct vc_verification verification = {.anchors = appraiser->anchors,
                                           .collateral = appraiser->collateral,
                                           .now = appraiser->now,
                                           .depth = VC_DEPTH_JUDGED,
                                           .needed = &appraisal->certificates};
    enum vc_code code;

    if (!vc_platform_find(exhibit->platform, &appraisal->claims.platform))
        return vc_fail(err, VC_UNTRUSTED, "platform: this service knows no such platform");
    code = verify_with(appraiser, exhibit, &verification, &appraisal->claims, err);
    appraisal->has_claims = code == VC_OK;
    return code;
}

static enum vc_code make_binder(const struct vc_application *application, const struct vc_key *key,
                                const uint8_t exporter[VC_SHA256_SIZE],
                                const struct vc_appraisal *appraisal,
                                uint8_t binder[VC_BINDER_SIZE])
{
    struct vc_binder_parts parts = {.role = VC_ENROL_ROLE, .node = "", .incarnation = 0};
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};
    enum vc_code code = vc_key_encode_public_der(key, &spki, nullptr);

    if (code != VC_OK)
        return code;
    vc_sha256(vc_buffer_bytes(&spki), parts.spki_hash);
    memcpy(parts.nonce, application->nonce, sizeof(parts.nonce));
    memcpy(parts.policy_hash, appraisal->policy_hash, sizeof(parts.policy_hash));
    memcpy(parts.exporter, exporter, sizeof(parts.exporter));
    vc_binder(&parts, binder);
    return VC_OK;
}

static enum vc_code check_binder(const struct vc_application *application, const struct vc_key *key,
                                 const uint8_t exporter[VC_SHA256_SIZE],
                                 struct vc_appraisal *appraisal, struct vc_err *err)
{
    uint8_t binder[VC_BINDER_SIZE];
    struct vc_octets expected;

    if (make_binder(application, key, exporter, appraisal, binder) != VC_OK)
        return vc_fail_memory(err);
    expected = vc_report_data_of(appraisal->claims.platform, binder);
    appraisal->is_bound = vc_octets_equal(&expected, &appraisal->claims.report_data);
    if (!appraisal->is_bound) {
        return vc_fail(err, VC_UNTRUSTED,
                       "evidence: not made for this nonce, key, policy and connection");
    }
    return VC_OK;
}

static enum vc_code check_reference(const struct vc_appraiser *appraiser,
                                    const struct vc_policy *policy, struct vc_appraisal *appraisal,
                                    struct vc_err *err)
{
    const struct vc_policy_platform *accepted =
        vc_reference_find(policy, appraisal->claims.platform);
    enum vc_code code;

    if (accepted == nullptr) {
        return vc_fail(err, VC_UNTRUSTED, "platform: the policy does not name `%s`",
                       vc_platform_name(appraisal->claims.platform));
    }
    code = vc_reference_check(accepted, &appraisal->claims, true, &appraisal->tcb_status, err);
    if (code != VC_OK && err != nullptr)
        vc_releases_explain(appraiser->releases, err->text, sizeof(err->text));
    return code;
}

static enum vc_code encode_extension(const struct vc_appraiser *appraiser,
                                     const struct vc_application *application,
                                     const struct vc_appraisal *appraisal, struct vc_buffer *der,
                                     struct vc_err *err)
{
    struct vc_attested attested = {
        .platform = appraisal->claims.platform,
        .measurement = appraisal->claims.measurement,
        .machine = appraisal->claims.machine,
        .tcb_status = appraisal->tcb_status,
        .node = "",
        .verified_at = appraiser->now,
    };

    memcpy(attested.policy_hash, appraisal->policy_hash, VC_SHA256_SIZE);
    vc_sha256(vc_buffer_bytes(&application->exhibit.evidence), attested.evidence_hash);
    return vc_attested_encode(&attested, der, err);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* All checks passed: for whom, and until when at the latest. */
struct subject {
    const struct vc_key *key;
    int64_t until;
};

static enum vc_code issue(const struct vc_appraiser *appraiser,
                          const struct vc_application *application, const struct subject *subject,
                          struct vc_appraisal *appraisal, struct vc_err *err)
{
    const struct vc_host *host = &application->host;
    char name[VC_ATTESTED_NAME_MAX];
    const char *names[] = {name, host->name};
    struct vc_bytes address = {host->address, host->address_size};
    vc_cleanup(vc_buffer_done) struct vc_buffer extension = {};
    struct vc_cert_order order = {
        .subject_key = subject->key,
        .common_name = "veracruz container",
        .dns_names = names,
        .dns_name_count = application->has_host && host->address_size == 0 ? 2 : 1,
        .ip_addresses = &address,
        .ip_address_count = application->has_host && host->address_size > 0 ? 1 : 0,
        .not_before = appraiser->now - VC_CERTIFICATE_BACKDATE_S,
        .not_after = least(appraiser->now + VC_CERTIFICATE_LIFE_S, subject->until),
        .extension_oid = VC_ATTESTED_OID,
    };
    enum vc_code code = encode_extension(appraiser, application, appraisal, &extension, err);

    if (code != VC_OK)
        return code;
    vc_attested_name(appraisal->policy_hash, name);
    order.extension_value = vc_buffer_bytes(&extension);
    return vc_cert_issue(appraiser->ca, appraiser->ca_key, &order, &appraisal->certificate, err);
}

/* A service whose own CA has ended must not say anything about others. */
static enum vc_code check_ca(const struct vc_appraiser *appraiser, struct vc_err *err)
{
    enum vc_code code = vc_cert_check_time(appraiser->ca, appraiser->now, err);

    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "this service's CA");
}

enum vc_code vc_appraise(const struct vc_appraiser *appraiser,
                         const struct vc_application *application,
                         const uint8_t exporter[VC_SHA256_SIZE], struct vc_appraisal *appraisal,
                         struct vc_err *err)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    struct subject subject;
    enum vc_code code = check_ca(appraiser, err);

    if (code == VC_OK)
        code = vc_csr_open(vc_buffer_bytes(&application->csr), &key, err);
    if (code == VC_OK) {
        code = open_policy(appraiser, vc_buffer_bytes(&application->exhibit.policy), &policy,
                           appraisal, err);
    }
    if (code == VC_OK)
        code = verify_evidence(appraiser, &application->exhibit, appraisal, err);
    if (code == VC_OK)
        code = check_binder(application, key, exporter, appraisal, err);
    if (code == VC_OK)
        code = check_reference(appraiser, policy, appraisal, err);
    if (code != VC_OK)
        return code;
    subject.key = key;
    /* Beyond the greatest age clients refuse it: its end makes the container renew it in time. */
    subject.until = least(least(policy->expires, vc_cert_not_after(appraiser->ca)),
                          appraiser->now + policy->attestation.max_age_s);
    return issue(appraiser, application, &subject, appraisal, err);
}

enum vc_code vc_appraise_question(const struct vc_appraiser *appraiser,
                                  const struct vc_question *question,
                                  struct vc_appraisal *appraisal, struct vc_err *err)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    struct vc_bytes text = vc_buffer_bytes(&question->exhibit.policy);
    enum vc_code code = check_ca(appraiser, err);

    if (code == VC_OK)
        code = open_policy(appraiser, text, &policy, appraisal, err);
    if (code == VC_OK)
        code = verify_evidence(appraiser, &question->exhibit, appraisal, err);
    if (code != VC_OK)
        return code;
    appraisal->is_bound = vc_octets_equal(&question->report_data, &appraisal->claims.report_data);
    if (!appraisal->is_bound)
        return vc_fail(err, VC_UNTRUSTED, "evidence: not made for the expected report data");
    return check_reference(appraiser, policy, appraisal, err);
}

void vc_appraisal_done(struct vc_appraisal *appraisal)
{
    vc_cert_free(appraisal->certificate);
    vc_buffer_done(&appraisal->certificates);
    *appraisal = (struct vc_appraisal){};
}
