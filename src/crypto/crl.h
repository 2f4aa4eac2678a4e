/* SPDX-License-Identifier: MIT */

/* Certificate revocation lists (RFC 5280 §5). Who signed one is for crypto/chain.h. */

#ifndef VC_CRYPTO_CRL_H
#define VC_CRYPTO_CRL_H

#include "base/buffer.h"

constexpr size_t VC_CRL_SIZE_MAX = 1 << 20; /* bytes of DER */

struct vc_crl; /* immutable */

/* Exactly one list. VC_MALFORMED, VC_LIMIT. */
enum vc_code vc_crl_parse_der(struct vc_bytes der, struct vc_crl **crl, struct vc_err *err);
enum vc_code vc_crl_parse_pem(struct vc_bytes pem, struct vc_crl **crl, struct vc_err *err);
void vc_crl_free(struct vc_crl *crl);
VC_DEFINE_CLEANUP(struct vc_crl, vc_crl_free);

int64_t vc_crl_this_update(const struct vc_crl *crl); /* seconds since 1970 */
int64_t vc_crl_next_update(const struct vc_crl *crl); /* INT64_MAX: it does not say */
/* Common name of the issuer; "" if it has none. Borrowed. */
const char *vc_crl_issuer(const struct vc_crl *crl);

#endif
