/* SPDX-License-Identifier: MIT */

/* A receipt: what one principal may see of a container's journal, with the proof that it is in it,
 * signed by the container's key and with the certificate that says what the container was. It can
 * be checked without network, years later, against the policy file.
 *
 * {"format": 1, "policy": "<hex>",
 *  "head": {"container": "<hex>", "node": "", "incarnation": 0, "size": N, "root": "<hex>",
 *           "in_force": "<hex>", "time": "…Z", "signature": "<base64>"},
 *  "certificate": "<base64 of DER>",
 *  "log": {…},                      of the attestation service: attest/transparency.h
 *  "since": 0,
 *  "entries": [{"entry": "<text>", "details": "<text>"}, {"entry": "<text>"},
 *              {"leaves": 4, "hash": "<hex>"}, …]}
 *
 * The signature (ES256) is over a domain separator, the policy's hash and each member of the head.
 */

#ifndef VC_JOURNAL_RECEIPT_H
#define VC_JOURNAL_RECEIPT_H

#include "attest/attested.h"
#include "journal/journal.h"
#include "policy/force.h"

constexpr size_t VC_RECEIPT_SIZE_MAX = 256 << 20; /* bytes of JSON */

struct vc_receipt_head {
    uint8_t container[VC_JOURNAL_ID_SIZE];
    char node[64];
    uint64_t incarnation;
    uint64_t size;
    uint8_t root[VC_SHA256_SIZE];
    uint8_t in_force[VC_SHA256_SIZE]; /* vc_force_digest */
    int64_t time;                     /* seconds since 1970 */
    uint8_t signature[VC_ES256_SIZE];
};

/* What the container has to sign with. Borrowed. */
struct vc_receipt_signer {
    const struct vc_key *key;
    const struct vc_cert *certificate; /* of the same key */
    const struct vc_log_receipt *log;
    const struct vc_force *force;
    int64_t now;
};

/* A receipt that is written piece by piece: it is of the journal as it was at its beginning,
 * however slowly it is taken. */
struct vc_receipt_writer {
    struct vc_journal *journal;
    struct vc_journal_cut cut;
    bool ended;
};
/* Appends all that is before the first entry. VC_LIMIT: since is more than there are. */
enum vc_code vc_receipt_begin(struct vc_journal *journal, size_t principal, uint64_t since,
                              const struct vc_receipt_signer *signer,
                              struct vc_receipt_writer *writer, struct vc_buffer *json,
                              struct vc_err *err);
/* Appends the next piece, at least one byte, unless it has ended. VC_MEMORY: nothing has changed.
 */
enum vc_code vc_receipt_next(struct vc_receipt_writer *writer, struct vc_buffer *json,
                             struct vc_err *err);

/* Appends the receipt's JSON. VC_LIMIT: since is more than there are. */
enum vc_code vc_receipt_write(struct vc_journal *journal, size_t principal, uint64_t since,
                              const struct vc_receipt_signer *signer, struct vc_buffer *json,
                              struct vc_err *err);

/* A receipt that was checked. */
struct vc_receipt;
/* In this order, fail closed: form; the certificate as vc_attested_check at the head's time, with
 * what the policy accepts; its entry in the attestation service's log; policy, node and
 * incarnation; the signature; that entries and hashes make the root, each with its own index, and
 * the kind, names and digests of the policy; that times do not go back; that each deed was allowed
 * by what was in force when it was done; and, if `since` is 0, that all narrowings together make
 * what is in force. `policy` is borrowed for its life. VC_UNTRUSTED, VC_MALFORMED, VC_LIMIT,
 * VC_REFUSED with the place: "entries[12].details: not what the entry commits to". */
enum vc_code vc_receipt_check(const struct vc_policy *policy, struct vc_bytes json,
                              struct vc_receipt **receipt, struct vc_err *err);
void vc_receipt_free(struct vc_receipt *receipt);
VC_DEFINE_CLEANUP(struct vc_receipt, vc_receipt_free);

const struct vc_receipt_head *vc_receipt_head(const struct vc_receipt *receipt);
/* Entries before this one are not shown. */
uint64_t vc_receipt_since(const struct vc_receipt *receipt);
/* Platform, level of isolation, measurement, hash of the evidence: what the certificate says. */
const struct vc_attested *vc_receipt_attested(const struct vc_receipt *receipt);

/* Calls `visit` for each entry that is shown, in order; details is null if they are not. Stops with
 * what `visit` returns unless VC_OK. */
typedef enum vc_code vc_receipt_visit(void *user, const struct vc_entry_seen *entry,
                                      const struct vc_json_place *fields,
                                      const struct vc_json_place *details, struct vc_err *err);
enum vc_code vc_receipt_each(const struct vc_receipt *receipt, vc_receipt_visit *visit, void *user,
                             struct vc_err *err);

/* Do two receipts tell of one world? Those of one container: equal sizes must have equal roots,
 * entries that both show must be equal, and the larger must have grown out of the smaller where
 * both say enough to tell (*told: it could be told). Those of different containers: an entry "link"
 * of one that names the other's container must name a size and root that the other's receipt
 * confirms. VC_UNTRUSTED: "these two containers' stories differ at entry 12". */
enum vc_code vc_receipt_compare(const struct vc_receipt *one, const struct vc_receipt *other,
                                bool *told, struct vc_err *err);

#endif
