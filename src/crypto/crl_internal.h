/* SPDX-License-Identifier: MIT */

/* What crypto/chain.c asks of a revocation list. */

#ifndef VC_CRYPTO_CRL_INTERNAL_H
#define VC_CRYPTO_CRL_INTERNAL_H

#include "crypto/crl.h"
#include "crypto/library_internal.h"

struct vc_crl {
    X509_CRL *native;
    char *issuer_name; /* never null */
    int64_t this_update, next_update;
    bool is_opaque; /* partial, indirect, or with a critical extension that we do not know */
};

[[nodiscard]] bool vc_crl_is_by(const struct vc_crl *crl, const X509_NAME *issuer);
[[nodiscard]] bool vc_crl_lists(const struct vc_crl *crl, X509 *native); /* its serial number */

#endif
