/* SPDX-License-Identifier: MIT */

/* Evidence of the `process` platform: a PSA token (RFC 9783, COSE_Sign1 with ES256) signed by a key
 * that the launcher made for this machine. Labelled emulated: it proves who started the container,
 * not that the machine's operator kept out. */

#ifndef VC_EVIDENCE_PROCESS_H
#define VC_EVIDENCE_PROCESS_H

#include "base/buffer.h"
#include "crypto/key.h"
#include "evidence/evidence.h"

struct vc_process_statement {
    const uint8_t *measurement; /* VC_SHA256_SIZE bytes, of the container */
    const uint8_t *report_data; /* VC_SHA512_SIZE bytes */
    const uint8_t *boot_seed;   /* VC_PROCESS_BOOT_SEED_SIZE bytes, fresh per launcher */
};
constexpr size_t VC_PROCESS_BOOT_SEED_SIZE = 32;

/* Appends the token that says so. */
enum vc_code vc_process_produce(const struct vc_key *machine_key,
                                const struct vc_process_statement *statement,
                                struct vc_buffer *evidence, struct vc_err *err);

/* Parses and verifies a token: form, life cycle, instance id of the key, signature; the machine's
 * key is anchors->endorsed's. VC_MALFORMED, VC_UNTRUSTED with the first reason in words. */
enum vc_code vc_process_verify(const struct vc_evidence *evidence,
                               const struct vc_verification *verification, struct vc_claims *claims,
                               struct vc_err *err);
enum vc_code vc_process_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                             struct vc_err *err);

/* 01 || SHA-256(04 || X || Y) of the machine's key (TF-M's rule). */
enum vc_code vc_process_instance_id(const struct vc_key *machine_key,
                                    uint8_t instance_id[VC_INSTANCE_ID_SIZE], struct vc_err *err);

#endif
