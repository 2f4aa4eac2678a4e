/* SPDX-License-Identifier: MIT */

#include "evidence/needed.h"

static bool is_of(const struct vc_collateral *collateral, const struct vc_cert *cert)
{
    const struct vc_cert *const *certs;
    size_t count = vc_collateral_certs(collateral, &certs);

    for (size_t i = 0; i < count; i++) {
        if (certs[i] == cert)
            return true;
    }
    return false;
}

enum vc_code vc_needed_add(const struct vc_verification *verification, const struct vc_chain *chain,
                           const struct vc_cert *leaf, struct vc_err *err)
{
    struct vc_buffer *needed = verification->needed;
    struct vc_chain_path path;
    enum vc_code code;

    if (needed == nullptr || verification->collateral == nullptr)
        return VC_OK;
    code = vc_chain_find(chain, leaf, &path, err);
    /* The last is the anchor, which whoever verifies has, or it would be none. */
    for (size_t i = 0; code == VC_OK && i + 1 < path.count; i++) {
        struct vc_bytes der = vc_cert_der(path.certs[i]);

        if (!is_of(verification->collateral, path.certs[i]))
            continue;
        if (needed->size > VC_NEEDED_SIZE_MAX || der.size > VC_NEEDED_SIZE_MAX - needed->size) {
            return vc_fail(err, VC_LIMIT, "certificates that evidence needs: over %zu bytes",
                           VC_NEEDED_SIZE_MAX);
        }
        code = vc_buffer_append(needed, der, err);
    }
    return code;
}
