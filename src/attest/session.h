/* SPDX-License-Identifier: MIT */

/* Fresh evidence within a TLS session: what a container answers to `POST /v1/attestation`, and what
 * its peer checks before it sends anything. The peer is a client or another container.
 *
 * The certificate says that the service judged this machine and its software some minutes ago. The
 * evidence says that the same machine and software hold the other end of this very session now:
 * its report data is the binder of the peer's nonce, the key shown in the handshake, the policy
 * and the session's exporter. Evidence that was relayed from another session, or made elsewhere,
 * is bound to something else.
 *
 * In a long session the certificate of the handshake grows old. The answer therefore carries the
 * container's certificate of today, whose key the binder covers too. */

#ifndef VC_ATTEST_SESSION_H
#define VC_ATTEST_SESSION_H

#include "attest/attested.h"
#include "attest/binder.h"
#include "attest/transparency.h"
#include "crypto/chain.h"
#include "evidence/evidence.h"

/* Certificates that evidence may need: VCEK, ASK …; of VC_NEEDED_SIZE_MAX bytes together. */
constexpr size_t VC_SESSION_CERTIFICATES_MAX = VC_CHAIN_LENGTH_MAX;
constexpr size_t VC_SESSION_ANSWER_SIZE_MAX = 4 * (VC_EVIDENCE_SIZE_MAX + 65536); /* of JSON */

/* {"nonce": "<base64 of 32 bytes>", "log_size": N}: log_size is of the tree head that the peer
 * remembers, 0 if none. */
struct vc_session_request {
    uint8_t nonce[VC_NONCE_SIZE];
    uint64_t log_size;
};

enum vc_code vc_session_request_encode(const struct vc_session_request *request,
                                       struct vc_buffer *json, struct vc_err *err);
/* VC_MALFORMED, VC_LIMIT. */
enum vc_code vc_session_request_parse(struct vc_bytes json, struct vc_session_request *request,
                                      struct vc_err *err);

/* All owned but `proof`'s, which is too: vc_session_answer_done. */
struct vc_session_answer {
    enum vc_platform_kind platform;
    struct vc_buffer evidence;
    struct vc_buffer endorsement;  /* SubjectPublicKeyInfo of the machine's key, where evidence is
                                      verified by an endorsed key (process, psa, tpm); else empty */
    struct vc_buffer certificates; /* further certificates that the evidence needs (VCEK …), DER one
                                      after the other; may be empty */
    struct vc_cert *certificate;   /* the container's of today */
    struct vc_log_receipt receipt; /* that the certificate is in the service's log */
};

enum vc_code vc_session_answer_encode(const struct vc_session_answer *answer,
                                      struct vc_buffer *json, struct vc_err *err);
/* VC_MALFORMED, VC_LIMIT; on failure *answer, which was zero-initialised, is empty. */
enum vc_code vc_session_answer_parse(struct vc_bytes json, struct vc_session_answer *answer,
                                     struct vc_err *err);
void vc_session_answer_done(struct vc_session_answer *answer);

/* The report data that the container asks its platform for, and its peer expects. The binder covers
 * the keys of both certificates, shown and current. The nonce is also
 * the exporter's context. node and incarnation are those of `attested`. */
struct vc_session_scene {
    const uint8_t *nonce;          /* VC_NONCE_SIZE bytes */
    const uint8_t *exporter;       /* 32 bytes, VC_SESSION_EXPORTER with the nonce as context */
    const struct vc_cert *shown;   /* in the handshake */
    const struct vc_cert *current; /* today's: the same, or newer */
    const uint8_t *policy_hash;    /* 32 bytes */
    const char *node;
    uint64_t incarnation;
};
void vc_session_report_data(const struct vc_session_scene *scene,
                            uint8_t report_data[VC_BINDER_SIZE]);

/* What the peer knows. All borrowed. */
struct vc_session_peer {
    struct vc_expectations expectations;
    const struct vc_anchors *vendors; /* vc_vendor_anchors() */
    const struct vc_log_memory *log;  /* the tree head that it remembers; null: none yet */
    const uint8_t *nonce;             /* that it sent */
    const uint8_t *exporter;
    const struct vc_cert *shown; /* in the handshake, where vc_attested_check accepted it */
    int64_t now;                 /* seconds since 1970 */
};

/* The whole check, fail closed, in this order: the current certificate as vc_attested_check; that
 * it is of the same platform, node, incarnation, machine and measurement as the shown one; the
 * evidence at VC_DEPTH_AUTHENTIC (an endorsed key counts if the certificate's machine is named
 * after it, as `process` and psa devices by TF-M's rule are, and TPMs after their AK); its report
 * data; its measurement and machine equal to the certificate's; what else the policy wants
 * (vc_reference_check, TCB status aside, which is the certificate's); the receipt. On VC_OK
 * *attested is what the current certificate says, and *head the tree head to remember: the larger
 * of the two. VC_UNTRUSTED with the first reason: "evidence: not made for this session". */
enum vc_code vc_session_check(const struct vc_session_peer *peer,
                              const struct vc_session_answer *answer, struct vc_attested *attested,
                              struct vc_log_head *head, struct vc_err *err);

#endif
