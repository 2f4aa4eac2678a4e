/* SPDX-License-Identifier: MIT */

/* A container's application for a certificate: the body of POST /v1/certificates. Form only. */

#ifndef VC_ATTESTD_APPLICATION_H
#define VC_ATTESTD_APPLICATION_H

#include "attest/binder.h"
#include "attestd/host.h"
#include "base/buffer.h"

constexpr size_t VC_APPLICATION_PLATFORM_MAX = 32; /* bytes of a platform's name, with the NUL */
/* Bytes of JSON: policy, evidence and request in base 64, and 8 KiB for the rest. */
constexpr size_t VC_APPLICATION_SIZE_MAX = ((1 << 20) + 98304 + 16384) / 3 * 4 + 8192;

struct vc_application {
    uint8_t nonce[VC_NONCE_SIZE];
    char platform[VC_APPLICATION_PLATFORM_MAX];
    struct vc_buffer csr;
    struct vc_buffer evidence;
    struct vc_buffer policy; /* the exact bytes */
    bool has_host;
    struct vc_host host;
};

/* Fills *application, which was zero-initialised; on failure it can only be done away with.
 * VC_MALFORMED, VC_LIMIT and VC_REFUSED name the key. */
enum vc_code vc_application_parse(struct vc_bytes body, struct vc_application *application,
                                  struct vc_err *err);
void vc_application_done(struct vc_application *application);

#endif
