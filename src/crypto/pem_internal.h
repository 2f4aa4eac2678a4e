/* SPDX-License-Identifier: MIT */

/* PEM blocks (RFC 7468 §3, the strict form). OpenSSL's own reader skips whatever surrounds a block,
 * so that two texts could mean one object; ours does not. */

#ifndef VC_CRYPTO_PEM_INTERNAL_H
#define VC_CRYPTO_PEM_INTERNAL_H

#include "base/buffer.h"

/* Appends the DER inside the one block of `text`, whose label must be `label`. Only white space may
 * surround the block; no headers inside. VC_MALFORMED, VC_LIMIT: more than size_max bytes of text.
 */
enum vc_code vc_pem_parse(struct vc_bytes text, const char *label, size_t size_max,
                          struct vc_buffer *der, struct vc_err *err);

/* Appends the block with lines of 64 characters. */
enum vc_code vc_pem_encode(struct vc_bytes der, const char *label, struct vc_buffer *text,
                           struct vc_err *err);

#endif
