/* SPDX-License-Identifier: MIT */

/* The binder: the 64 bytes of report data that tie evidence to one key, policy and conversation. */

#ifndef VC_ATTEST_BINDER_H
#define VC_ATTEST_BINDER_H

#include "attest/claims.h"

constexpr size_t VC_NONCE_SIZE = 32;

/* Of an enrolment: its role, and the exporter's label (no context) of the TLS session. */
#define VC_ENROL_ROLE     "enrol"
#define VC_ENROL_EXPORTER "EXPORTER-veracruz-enrol"

struct vc_binder_parts {
    const char *role;                  /* "enrol" */
    uint8_t nonce[VC_NONCE_SIZE];      /* the service's */
    uint8_t spki_hash[VC_SHA256_SIZE]; /* of the key to be certified */
    uint8_t policy_hash[VC_SHA256_SIZE];
    uint8_t exporter[VC_SHA256_SIZE]; /* of the TLS session that carries the evidence,
                                         RFC 8446 §7.5, label "EXPORTER-veracruz-enrol" */
    const char *node;                 /* "" outside a topology */
    uint64_t incarnation;             /* 0 outside a topology */
};

/* SHA-512 over a domain separator and every part with its length. */
void vc_binder(const struct vc_binder_parts *parts, uint8_t binder[VC_BINDER_SIZE]);

#endif
