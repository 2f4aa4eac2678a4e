/* SPDX-License-Identifier: MIT */

/* A receipt in memory, and its head, as the files of this room share them. */

#ifndef VC_JOURNAL_RECEIPT_INTERNAL_H
#define VC_JOURNAL_RECEIPT_INTERNAL_H

#include "journal/receipt.h"

/* An element of "entries": one entry, or a whole subtree of which only the hash is shown. */
struct vc_receipt_item {
    uint64_t at; /* the index of its first entry */
    bool shown;
    unsigned height;              /* if it is not: of 2^height entries */
    uint8_t hash[VC_SHA256_SIZE]; /* of the entry's leaf, or of the subtree */
    size_t text, text_size;       /* of the entry, in `texts` */
    size_t details, details_size; /* beside it; none: 0 bytes */
};

struct vc_receipt {
    const struct vc_policy *policy;
    struct vc_receipt_head head;
    struct vc_attested attested;
    uint64_t since;
    struct vc_receipt_item *items;
    size_t count, capacity;
    struct vc_buffer texts;
};

/* ---- the head ---- */

enum vc_code vc_receipt_head_sign(struct vc_receipt_head *head,
                                  const uint8_t policy_hash[VC_SHA256_SIZE],
                                  const struct vc_key *key, struct vc_err *err);
/* VC_UNTRUSTED: not signed with the key of this certificate. */
enum vc_code vc_receipt_head_check(const struct vc_receipt_head *head,
                                   const uint8_t policy_hash[VC_SHA256_SIZE],
                                   const struct vc_cert *certificate, struct vc_err *err);
void vc_receipt_head_write(struct vc_json_writer *writer, const char *key,
                           const struct vc_receipt_head *head);
/* VC_MALFORMED, VC_LIMIT. */
enum vc_code vc_receipt_head_parse(const struct vc_json_place *place, struct vc_receipt_head *head,
                                   struct vc_err *err);

/* ---- members, which must be there; VC_MALFORMED, VC_LIMIT ---- */

enum vc_code vc_receipt_read_text(const struct vc_json_place *object, const char *name,
                                  const char **text, struct vc_err *err);
enum vc_code vc_receipt_read_number(const struct vc_json_place *object, const char *name,
                                    uint64_t most, uint64_t *number, struct vc_err *err);
enum vc_code vc_receipt_read_flag(const struct vc_json_place *object, const char *name, bool *flag,
                                  struct vc_err *err);
enum vc_code vc_receipt_read_digest(const struct vc_json_place *object, const char *name,
                                    uint8_t digest[VC_SHA256_SIZE], struct vc_err *err);
enum vc_code vc_receipt_read_time(const struct vc_json_place *object, const char *name,
                                  int64_t *time, struct vc_err *err);
/* Appends what the base 64 says. */
enum vc_code vc_receipt_read_base64(const struct vc_json_place *object, const char *name,
                                    struct vc_buffer *bytes, struct vc_err *err);

/* ---- entries ---- */

/* What a shown item says; the parsed texts are the caller's to free. `details` and its JSON are
 * null if they are not shown. */
struct vc_receipt_shown {
    struct vc_entry_seen entry;
    struct vc_json *fields_json, *details_json;
    struct vc_json_place fields, details;
};
enum vc_code vc_receipt_open(const struct vc_receipt *receipt, const struct vc_receipt_item *item,
                             struct vc_receipt_shown *shown, struct vc_err *err);
void vc_receipt_shown_done(struct vc_receipt_shown *shown);

#endif
