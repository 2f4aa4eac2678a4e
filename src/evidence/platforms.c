/* SPDX-License-Identifier: MIT */

/* The table that leads from a platform to the file that knows it. */

#include "evidence/dcap.h"
#include "evidence/evidence.h"
#include "evidence/nitro.h"
#include "evidence/process.h"
#include "evidence/psa.h"
#include "evidence/snp.h"
#include "evidence/tpm.h"

static const struct verifier {
    enum vc_platform_kind platform;
    enum vc_code (*verify)(const struct vc_evidence *evidence,
                           const struct vc_verification *verification, struct vc_claims *claims,
                           struct vc_err *err);
    enum vc_code (*show)(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                         struct vc_err *err);
} verifiers[] = {
    {VC_PLATFORM_PROCESS, vc_process_verify, vc_process_show},
    {VC_PLATFORM_SNP, vc_snp_verify, vc_snp_show},
    {VC_PLATFORM_TDX, vc_dcap_verify, vc_dcap_show},
    {VC_PLATFORM_SGX, vc_dcap_verify, vc_dcap_show},
    {VC_PLATFORM_NITRO, vc_nitro_verify, vc_nitro_show},
    {VC_PLATFORM_PSA, vc_psa_verify, vc_psa_show},
    {VC_PLATFORM_TPM, vc_tpm_verify, vc_tpm_show},
};

/* Its verifier, for evidence of a size that can be. */
static enum vc_code find(const struct vc_evidence *evidence, const struct verifier **found,
                         struct vc_err *err)
{
    const char *name = vc_platform_name(evidence->platform);

    if (evidence->bytes.size > VC_EVIDENCE_SIZE_MAX) {
        return vc_fail(err, VC_MALFORMED, "%s evidence: %zu bytes, at most %zu", name,
                       evidence->bytes.size, VC_EVIDENCE_SIZE_MAX);
    }
    if (evidence->event_log.size > VC_EVENT_LOG_SIZE_MAX) {
        return vc_fail(err, VC_MALFORMED, "event log: %zu bytes, at most %zu",
                       evidence->event_log.size, VC_EVENT_LOG_SIZE_MAX);
    }
    for (size_t i = 0; i < VC_COUNT(verifiers); i++) {
        if (verifiers[i].platform == evidence->platform) {
            *found = &verifiers[i];
            return VC_OK;
        }
    }
    return vc_fail(err, VC_UNTRUSTED, "platform `%s`: this version has no verifier for it", name);
}

enum vc_code vc_evidence_verify(const struct vc_evidence *evidence,
                                const struct vc_verification *verification,
                                struct vc_claims *claims, struct vc_err *err)
{
    const struct verifier *verifier;
    enum vc_code code = find(evidence, &verifier, err);

    *claims = (struct vc_claims){.platform = evidence->platform, .tcb_status = VC_TCB_NOT_JUDGED};
    return code == VC_OK ? verifier->verify(evidence, verification, claims, err) : code;
}

enum vc_code vc_evidence_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                              struct vc_err *err)
{
    const struct verifier *verifier;
    enum vc_code code = find(evidence, &verifier, err);

    return code == VC_OK ? verifier->show(evidence, sink, err) : code;
}
