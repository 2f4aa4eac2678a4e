/* SPDX-License-Identifier: MIT */

/* What comes in: a container's application for a certificate (the body of POST /v1/certificates),
 * and a relying party's question (of POST /v1/appraisals). Form only. */

#ifndef VC_ATTESTD_APPLICATION_H
#define VC_ATTESTD_APPLICATION_H

#include "attest/binder.h"
#include "attestd/exhibit.h"
#include "attestd/host.h"
#include "crypto/certificate.h"

/* Bytes of JSON: the exhibit, and 32 KiB for the rest. */
constexpr size_t VC_APPLICATION_SIZE_MAX = VC_EXHIBIT_SIZE_MAX + 32768;

struct vc_application {
    uint8_t nonce[VC_NONCE_SIZE];
    struct vc_buffer csr;
    struct vc_exhibit exhibit;
    struct vc_buffer tpm_secret; /* what a TPM's credential hid; empty: there was none */
    bool has_host;
    struct vc_host host;
};

/* Fills *application, which was zero-initialised; on failure it can only be done away with.
 * VC_MALFORMED, VC_LIMIT and VC_REFUSED name the key. */
enum vc_code vc_application_parse(struct vc_bytes body, struct vc_application *application,
                                  struct vc_err *err);
void vc_application_done(struct vc_application *application);

struct vc_question {
    struct vc_exhibit exhibit;
    struct vc_octets report_data; /* what the evidence must be bound to */
};

/* As vc_application_parse. */
enum vc_code vc_question_parse(struct vc_bytes body, struct vc_question *question,
                               struct vc_err *err);
void vc_question_done(struct vc_question *question);

#endif
