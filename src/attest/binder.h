/* SPDX-License-Identifier: MIT */

/* The binder: the 64 bytes of report data that tie evidence to one key, policy and conversation. */

#ifndef VC_ATTEST_BINDER_H
#define VC_ATTEST_BINDER_H

#include "evidence/claims.h"

constexpr size_t VC_BINDER_SIZE = VC_SHA512_SIZE;
constexpr size_t VC_NONCE_SIZE = 32;

/* Of an enrolment: its role, and the exporter's label of the TLS session (no context). */
#define VC_ENROL_ROLE     "enrol"
#define VC_ENROL_EXPORTER "EXPORTER-veracruz-enrol"
/* Of a session with a client: the same; the client's nonce is the exporter's context. */
#define VC_SESSION_ROLE     "session"
#define VC_SESSION_EXPORTER "EXPORTER-veracruz-session"

struct vc_binder_parts {
    const char *role;                  /* VC_ENROL_ROLE, VC_SESSION_ROLE */
    uint8_t nonce[VC_NONCE_SIZE];      /* of whoever will verify: the service's, the client's */
    uint8_t spki_hash[VC_SHA256_SIZE]; /* SHA-256 of the SubjectPublicKeyInfo to be certified. In a
                                          session: SHA-256 over two such hashes, of the key that
                                          the container showed in its handshake and of its
                                          certificate's of today */
    uint8_t policy_hash[VC_SHA256_SIZE];
    uint8_t exporter[VC_SHA256_SIZE]; /* of the TLS session that carries the evidence (RFC 8446
                                         §7.5), by the role's label */
    const char *node;                 /* "" outside a topology */
    uint64_t incarnation;             /* 0 outside a topology */
};

/* SHA-512 over a domain separator and every part with its length. */
void vc_binder(const struct vc_binder_parts *parts, uint8_t binder[VC_BINDER_SIZE]);

#endif
