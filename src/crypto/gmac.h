/* SPDX-License-Identifier: MIT */

/* AES-128-GMAC over bytes that come piece by piece (NIST SP 800-38D). */

#ifndef VC_CRYPTO_GMAC_H
#define VC_CRYPTO_GMAC_H

#include "base/err.h"

constexpr size_t VC_GMAC_KEY_SIZE = 16;
constexpr size_t VC_GMAC_NONCE_SIZE = 12;
constexpr size_t VC_GMAC_SIZE = 16;

struct vc_gmac;

enum vc_code vc_gmac_new(const uint8_t key[VC_GMAC_KEY_SIZE],
                         const uint8_t nonce[VC_GMAC_NONCE_SIZE], struct vc_gmac **gmac,
                         struct vc_err *err);
/* Aborts after 2^61 bytes, which no stream reaches. */
void vc_gmac_add(struct vc_gmac *gmac, struct vc_bytes bytes);
/* The tag of what was added so far; more can be added after it. VC_MEMORY. */
enum vc_code vc_gmac_so_far(const struct vc_gmac *gmac, uint8_t tag[VC_GMAC_SIZE],
                            struct vc_err *err);
void vc_gmac_free(struct vc_gmac *gmac);
VC_DEFINE_CLEANUP(struct vc_gmac, vc_gmac_free);

#endif
