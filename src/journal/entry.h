/* SPDX-License-Identifier: MIT */

/* One thing that happened in a container, as the journal keeps it: two JSON texts in one spelling.
 *
 *   {"index": 7, "kind": "read", "time": "2026-…Z", "by": {"principal": "alice"},
 *    "path": "/output/sum", …, "details": "<SHA-256 of the other text>", "salt": "<32 hex>"}
 *   {"sha256": "…", "bytes": 17, "salt": "<32 hex>"}
 *
 * Who may not see an entry learns its hash alone, which the salt keeps from being guessed; who may
 * see it, and not what it is about, sees the details' hash alone. */

#ifndef VC_JOURNAL_ENTRY_H
#define VC_JOURNAL_ENTRY_H

#include "base/buffer.h"
#include "codec/json.h"
#include "policy/kind_names.h"
#include "policy/subjects.h"

/* What each kind says beside the common members, and a receipt is checked by; docs/journal.md says
 * the rest. `by` is who did it; without it the container did. In brackets: not always.
 *
 * - began: container, policy, certificate (digests), node, incarnation: the first, and no other
 * - attested, session: certificate (digest)
 * - write, append: path; in the details bytes [sha256]
 * - read, delete: path; with a slash at its end it is a place in which the file is, and the details
 *   have the path
 * - key: key (name), given (flag)
 * - stream: stream (name), end ("producer", "consumer"), over (flag)
 * - consent: program (name), sha256
 * - run: run (number), program (name), sha256, arguments (digest) [pipeline, stage]
 * - run_over: run (number), program (name)
 * - narrowing: in the details narrowing (JSON), which everybody is told
 * - refusal: deed, place; or more (flag): there were others
 * - link: container, policy, root (digests), size
 * - ended: reason; the last, and no other
 */
constexpr size_t VC_ENTRY_SIZE_MAX = 2048;      /* bytes: VC_LOG_ENTRY_SIZE_MAX */
constexpr size_t VC_ENTRY_DETAILS_MAX = 262144; /* bytes: a narrowing's */
constexpr size_t VC_ENTRY_DETAILS_USUAL = 2048; /* bytes: of any other kind */
constexpr size_t VC_ENTRY_FIELDS_MAX = 16;
constexpr size_t VC_ENTRY_SALT_SIZE = 16;

/* A member of an entry, in the order given. Names are literals of the caller, none twice, and
 * none of index, kind, time, by, details, salt. */
struct vc_entry_field {
    const char *name;
    enum { VC_FIELD_TEXT, VC_FIELD_NUMBER, VC_FIELD_DIGEST, VC_FIELD_JSON, VC_FIELD_FLAG } form;
    const char *text;      /* TEXT: UTF-8; JSON: one value in the spelling of codec/json.h */
    int64_t number;        /* NUMBER, FLAG */
    const uint8_t *digest; /* DIGEST: VC_SHA256_SIZE bytes, written as hex */
};

/* What is to be written down. Everything is borrowed for the call. */
struct vc_entry {
    enum vc_entry_kind kind;
    int64_t time;      /* seconds since 1970 */
    bool by_container; /* nobody asked for it; otherwise: */
    struct vc_subject by;
    const struct vc_entry_field *fields; /* for all who see it */
    size_t field_count;
    const struct vc_entry_field *details; /* for those who are told */
    size_t detail_count;
    bool always; /* of a kind of which there are few: written down whatever room there is */
    struct vc_subjects seen_by; /* principals; observers of the policy see it besides */
    struct vc_subjects told_to; /* principals, who see it too */
};

/* Appends the two texts; `details` gets nothing if there are none. `salts`: two of
 * VC_ENTRY_SALT_SIZE bytes. VC_LIMIT: larger than an entry may be. */
enum vc_code vc_entry_write(const struct vc_policy *policy, const struct vc_entry *entry,
                            uint64_t index, const uint8_t *salts, struct vc_buffer *text,
                            struct vc_buffer *details, struct vc_err *err);

/* An entry as it was read back: everything is borrowed from the JSON. */
struct vc_entry_seen {
    uint64_t index;
    enum vc_entry_kind kind;
    int64_t time;
    bool by_container;
    struct vc_subject by;
    bool has_details;
    uint8_t details[VC_SHA256_SIZE];
};
/* VC_MALFORMED, VC_LIMIT, VC_NOT_FOUND (a name that the policy has not), with the place. Fields of
 * a kind are for who knows it: vc_json_member of `place`. */
enum vc_code vc_entry_parse(const struct vc_policy *policy, const struct vc_json_place *place,
                            struct vc_entry_seen *entry, struct vc_err *err);

#endif
