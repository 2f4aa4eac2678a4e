/* SPDX-License-Identifier: MIT */

/* PBKDF2 (RFC 8018 §5.2) as a stream of bytes, with HMAC of any hash or AES-CMAC-PRF-128 (RFC
 * 4615): what Debian's Mbed TLS is built without. */

#ifndef VC_PSA_PBKDF2_H
#define VC_PSA_PBKDF2_H

#include <psa/crypto.h>

#include "psa/call.h"

struct vc_pbkdf2;

/* PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_NOT_SUPPORTED: not PBKDF2, or not with this hash. */
vc_psa_status vc_pbkdf2_new(psa_algorithm_t algorithm, struct vc_pbkdf2 **pbkdf2);
void vc_pbkdf2_free(struct vc_pbkdf2 *pbkdf2); /* wipes; accepts null */
VC_DEFINE_CLEANUP(struct vc_pbkdf2, vc_pbkdf2_free);

/* The inputs come in this order, the salt in one or more pieces; PSA_ERROR_BAD_STATE otherwise. */
vc_psa_status vc_pbkdf2_cost(struct vc_pbkdf2 *pbkdf2, uint64_t iterations);
vc_psa_status vc_pbkdf2_salt(struct vc_pbkdf2 *pbkdf2, struct vc_bytes salt);
vc_psa_status vc_pbkdf2_password(struct vc_pbkdf2 *pbkdf2, struct vc_bytes password);

/* Bytes that can still be had, and fewer of them. PSA_ERROR_INVALID_ARGUMENT: that were more. */
uint64_t vc_pbkdf2_capacity(const struct vc_pbkdf2 *pbkdf2);
vc_psa_status vc_pbkdf2_limit(struct vc_pbkdf2 *pbkdf2, uint64_t capacity);

/* The next bytes of the stream. PSA_ERROR_INSUFFICIENT_DATA: there are fewer; then there are none.
 */
vc_psa_status vc_pbkdf2_output(struct vc_pbkdf2 *pbkdf2, uint8_t *bytes, size_t size);

#endif
