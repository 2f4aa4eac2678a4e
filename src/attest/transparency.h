/* SPDX-License-Identifier: MIT */

/* The attestation service's log: a Merkle tree over every verdict and certificate, append-only
 * (RFC 9162 §2.1, SHA-256). The service signs the tree's head; whoever relies on a certificate
 * checks that it is in the tree, and that the tree which it sees grew out of the tree which it saw
 * before. So a service that shows two parties two worlds is found out. */

#ifndef VC_ATTEST_TRANSPARENCY_H
#define VC_ATTEST_TRANSPARENCY_H

#include "base/buffer.h"
#include "codec/json.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

constexpr size_t VC_LOG_PROOF_MAX = 64;        /* hashes: a path in a tree of 2^64 leaves */
constexpr size_t VC_LOG_ENTRY_SIZE_MAX = 2048; /* bytes */
constexpr uint64_t VC_LOG_SIZE_MAX = UINT64_C(1)
                                     << 53; /* entries: what every JSON reader can say */

struct vc_log_head {
    uint64_t size; /* leaves */
    uint8_t root[VC_SHA256_SIZE];
    int64_t time; /* seconds since 1970, when it was signed */
    uint8_t signature[VC_ES256_SIZE];
};

struct vc_log_proof {
    size_t count;
    uint8_t hashes[VC_LOG_PROOF_MAX][VC_SHA256_SIZE];
};

/* ---- the tree ---- */

/* The root of the tree without leaves: SHA-256 of nothing. */
void vc_log_empty(uint8_t root[VC_SHA256_SIZE]);
/* SHA-256(00 || entry); asserts that the entry is not over its limit. */
void vc_log_leaf(struct vc_bytes entry, uint8_t hash[VC_SHA256_SIZE]);
/* SHA-256(01 || left || right). */
void vc_log_node(const uint8_t left[VC_SHA256_SIZE], const uint8_t right[VC_SHA256_SIZE],
                 uint8_t hash[VC_SHA256_SIZE]);
/* VC_UNTRUSTED: the leaf is not the index-th of the tree with this head. */
enum vc_code vc_log_check_inclusion(const uint8_t leaf[VC_SHA256_SIZE], uint64_t index,
                                    const struct vc_log_proof *proof,
                                    const struct vc_log_head *head, struct vc_err *err);
/* VC_UNTRUSTED: the second tree did not grow out of the first. Either may be the larger; equal
 * sizes must have equal roots, and need no proof. An empty tree is the beginning of all. */
enum vc_code vc_log_check_growth(const struct vc_log_head *one, const struct vc_log_head *other,
                                 const struct vc_log_proof *proof, struct vc_err *err);

/* ---- heads ---- */

/* Signs size, root and time with a domain separator. */
enum vc_code vc_log_head_sign(struct vc_log_head *head, const struct vc_key *key,
                              struct vc_err *err);
/* VC_UNTRUSTED: not signed by the service with this CA certificate. */
enum vc_code vc_log_head_check(const struct vc_log_head *head, const struct vc_cert *ca,
                               struct vc_err *err);
/* {"size": N, "root": "<hex>", "time": "2026-…Z", "signature": "<base64>"} */
void vc_log_head_write(struct vc_json_writer *writer, const char *key,
                       const struct vc_log_head *head);
/* VC_MALFORMED, VC_LIMIT. Does not check the signature. */
enum vc_code vc_log_head_parse(const struct vc_json_place *place, struct vc_log_head *head,
                               struct vc_err *err);

/* ---- entries ---- */

/* The entry of a certificate that was issued: a line of JSON that names its SHA-256 (of the DER),
 * platform, measurement, policy and time; of a refusal: the reason. Who has the certificate can
 * make the entry again, byte by byte. Appends, without a newline. VC_NOT_FOUND: the certificate is
 * no container's. */
enum vc_code vc_log_entry_of(const struct vc_cert *cert, struct vc_buffer *entry,
                             struct vc_err *err);

/* ---- what travels with a certificate ---- */

struct vc_log_receipt {
    uint64_t index;
    struct vc_log_head head;
    struct vc_log_proof inclusion; /* of the certificate's entry, under head */
    uint64_t since;                /* size of the earlier head that `growth` leads from; 0: none */
    struct vc_log_proof growth;
};

/* An array of hex strings. */
void vc_log_proof_write(struct vc_json_writer *writer, const char *key,
                        const struct vc_log_proof *proof);
/* VC_MALFORMED, VC_LIMIT. */
enum vc_code vc_log_proof_parse(const struct vc_json_place *place, struct vc_log_proof *proof,
                                struct vc_err *err);

/* {"index": N, "head": {…}, "inclusion": […], "since": N, "growth": […]} */
void vc_log_receipt_write(struct vc_json_writer *writer, const char *key,
                          const struct vc_log_receipt *receipt);
/* Form only. VC_MALFORMED, VC_LIMIT. */
enum vc_code vc_log_receipt_parse(const struct vc_json_place *place, struct vc_log_receipt *receipt,
                                  struct vc_err *err);

/* The head that a relying party saw last of this service; kept between sessions. */
struct vc_log_memory {
    struct vc_log_head head;
};

/* Head's signature, inclusion of the certificate's entry, and growth from what is remembered (null:
 * nothing yet). VC_UNTRUSTED: "log: this certificate is in no log", "log: the service shows another
 * log than it did at 2026-…: keep both, and tell the other parties". */
enum vc_code vc_log_receipt_check(const struct vc_log_receipt *receipt, const struct vc_cert *cert,
                                  const struct vc_cert *ca, const struct vc_log_memory *memory,
                                  struct vc_err *err);

#endif
