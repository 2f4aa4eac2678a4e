/* SPDX-License-Identifier: MIT */

/* A key that a program wrapped for this side's principal: opened here, with no container. */

#include <stdlib.h>
#include <string.h>

#include "client/identity.h"
#include "client/report.h"
#include "crypto/envelope.h"
#include "veracruz/client.h"

enum vcc_status vcc_key_unwrap(const char *identity_path, const void *envelope, size_t size,
                               void **key, size_t *key_size, struct vcc_error *error)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};     /* wipes, */
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {}; /* too */
    struct vc_err err = {};
    enum vc_code code;

    if (identity_path == nullptr || identity_path[0] == '\0')
        code = vc_fail(&err, VC_MALFORMED, "no identity: its prefix is wanted");
    else
        code = vc_identity_load_parts(identity_path, &cert, &pem, &err);
    if (code == VC_OK) {
        code = vc_envelope_open(cert, vc_buffer_bytes(&pem), (struct vc_bytes){envelope, size},
                                &content, &err);
    }
    if (code == VC_OK && content.size == 0)
        code = vc_fail(&err, VC_MALFORMED, "the envelope is empty: no key is");
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    *key_size = content.size;
    *key = vc_take(content.data);
    content = (struct vc_buffer){};
    return VCC_OK;
}

void vcc_key_free(void *key, size_t size)
{
    if (key != nullptr)
        explicit_bzero(key, size);
    free(key);
}
