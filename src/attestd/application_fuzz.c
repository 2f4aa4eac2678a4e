/* SPDX-License-Identifier: MIT */

/* Target: vc_application_parse and the answers built on it. Properties: what parses keeps its
 * limits, and without a nonce that was given nothing is ever certified. */

#include <stdlib.h>
#include <string.h>

#include "attestd/answer.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_limits(struct vc_bytes body)
{
    struct vc_application application = {};

    if (vc_application_parse(body, &application, nullptr) == VC_OK &&
        (application.csr.size > VC_CERT_SIZE_MAX ||
         application.exhibit.evidence.size > VC_EVIDENCE_SIZE_MAX ||
         application.exhibit.event_log.size > VC_EXHIBIT_EVENT_LOG_MAX ||
         application.exhibit.certificates.size > VC_EXHIBIT_CERTIFICATES_MAX ||
         application.exhibit.policy.size > VC_POLICY_SIZE_MAX ||
         strlen(application.exhibit.platform) >= sizeof(application.exhibit.platform) ||
         (application.host.name[0] != '\0') + (application.host.address_size > 0) !=
             application.has_host))
        abort();
    vc_application_done(&application);
}

static void check_question(struct vc_bytes body)
{
    struct vc_question question = {};

    if (vc_question_parse(body, &question, nullptr) == VC_OK &&
        (question.report_data.size == 0 || question.report_data.size > VC_OCTETS_MAX))
        abort();
    vc_question_done(&question);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_bytes body = {data, size};
    vc_cleanup(vc_nonces_freep) struct vc_nonces *nonces = nullptr;
    struct vc_anchors anchors = {};
    struct vc_occasion occasion = {.appraiser = {.anchors = &anchors}};
    struct vc_answer answer = {};

    check_limits(body);
    check_question(body);
    if (vc_nonces_new(&nonces, nullptr) != VC_OK)
        return 0;
    occasion.nonces = nonces;
    vc_answer_certificate(&occasion, body, &answer);
    if (answer.status < 400 || answer.body.size == 0)
        abort();
    vc_answer_done(&answer);
    return 0;
}
