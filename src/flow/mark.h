/* SPDX-License-Identifier: MIT */

/* What proves the end of a stream besides its length: a digest over all its bytes.
 *
 * Everything travels inside TLS already; the digest shows that what a producer meant to send, over
 * however many connections, is what was taken, and that an end is of this use of this stream and of
 * no other.
 */

#ifndef VC_FLOW_MARK_H
#define VC_FLOW_MARK_H

#include "base/err.h"
#include "base/octets.h"

enum vc_mark_kind {
    /* AES-128-GMAC (NIST SP 800-38D) under a key that everybody can compute: the first 16 bytes of
     * SHA-256 over "veracruz stream 1", a zero byte, the policy's hash (32), the stream's name, a
     * zero byte, and the number of the use (8, big endian); nonce of 12 zero bytes. Sixteen times
     * as fast as a hash; finds every mistake, and no malice of who knows what it sends. */
    VC_MARK_GMAC,
    VC_MARK_SHA256, /* of the bytes alone: what sha256sum prints */
};

constexpr size_t VC_MARK_TEXT_MAX = 80; /* with its NUL */

/* Which use of which stream. Borrowed for the call. */
struct vc_mark_subject {
    const uint8_t *policy_hash; /* 32 bytes */
    const char *stream;
    uint64_t use;
};

struct vc_mark;

enum vc_code vc_mark_new(enum vc_mark_kind kind, const struct vc_mark_subject *subject,
                         struct vc_mark **mark, struct vc_err *err);
void vc_mark_add(struct vc_mark *mark, struct vc_bytes bytes);
/* The digest of what was added so far, as a field value of RFC 9530: "sha-256=:…:" or
 * "veracruz-gmac=:…:". More can be added after it. */
enum vc_code vc_mark_text(const struct vc_mark *mark, char text[VC_MARK_TEXT_MAX],
                          struct vc_err *err);
void vc_mark_free(struct vc_mark *mark);
VC_DEFINE_CLEANUP(struct vc_mark, vc_mark_free);

const char *vc_mark_name(enum vc_mark_kind kind); /* "gmac", "sha-256": as policies write it */

#endif
