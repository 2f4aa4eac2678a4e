/* SPDX-License-Identifier: MIT */

/* What happened in this container: entries that nobody can change or take out, under one Merkle
 * tree (attest/transparency.h), each for those whom it concerns. It is in memory and ends with the
 * container; what lasts are receipts (journal/receipt.h). */

#ifndef VC_JOURNAL_JOURNAL_H
#define VC_JOURNAL_JOURNAL_H

#include "attest/transparency.h"
#include "journal/entry.h"
#include "policy/force.h"

/* Distinct refusals of one principal or program that are written down; then one entry, with the
 * field "more" alone, says that there were others. */
constexpr size_t VC_JOURNAL_REFUSALS_MAX = 256;
constexpr size_t VC_JOURNAL_ID_SIZE = 32;

struct vc_journal;

/* `policy` is borrowed. Draws the container's id at random. */
enum vc_code vc_journal_new(const struct vc_policy *policy, struct vc_journal **journal,
                            struct vc_err *err);
void vc_journal_free(struct vc_journal *journal); /* accepts null */
VC_DEFINE_CLEANUP(struct vc_journal, vc_journal_free);

/* The policy in force, borrowed: who may not read a file any more is told no details of it, but of
 * what it did itself. */
void vc_journal_set_force(struct vc_journal *journal, const struct vc_force *force);
/* VC_JOURNAL_ID_SIZE bytes that name this container and no other: borrowed. */
const uint8_t *vc_journal_id(const struct vc_journal *journal);
uint64_t vc_journal_size(const struct vc_journal *journal);
void vc_journal_root(struct vc_journal *journal, uint8_t root[VC_SHA256_SIZE]);

/* Is there room for entries that take so many bytes together: both texts of each, and
 * VC_JOURNAL_ENTRY_COST besides? Each principal has a share of policy.journal.bytes, what its runs'
 * programs do included, and the container one of its own: VC_LIMIT "journal.bytes: alice has filled
 * its share". To be asked before the deed; appending after it cannot fail for lack of room then. A
 * quarter of each share, and a share more for all of them, is kept back for narrowings; the
 * container's end, and what has to be written down `always`, fit in any case. */
constexpr size_t VC_JOURNAL_ENTRY_COST = 256; /* bytes, of each entry besides its texts */
enum vc_code vc_journal_check_room(const struct vc_journal *journal, size_t principal,
                                   uint64_t bytes, struct vc_err *err);
/* The same of the room that is kept for narrowings, for one. */
enum vc_code vc_journal_check_narrowing(const struct vc_journal *journal, size_t principal,
                                        uint64_t bytes, struct vc_err *err);

/* Whose share an entry takes. */
struct vc_journal_payer {
    bool container;
    size_t principal;
};
/* Is half of this share used? From then on it is for deeds: what comes again and again as long as a
 * container lives, and says little more than before, is written down no more. */
[[nodiscard]] bool vc_journal_is_half_full(const struct vc_journal *journal,
                                           struct vc_journal_payer payer);
/* VC_MEMORY, VC_HOST, VC_LIMIT: nothing was written down, and what it is about must not happen;
 * VC_STATE: a second end. A refusal that was written down before is not again: VC_OK, and *index
 * (may be null) is the first one's. Times do not go back: an entry's is the latest that was said
 * if that is later. */
enum vc_code vc_journal_append(struct vc_journal *journal, struct vc_journal_payer payer,
                               const struct vc_entry *entry, uint64_t *index, struct vc_err *err);

/* Somebody who wants each new entry that a principal may see: the exact texts, `details` empty if
 * it is not told. Must live until vc_journal_unwatch, which may be called meanwhile; `added`
 * appends nothing. */
struct vc_journal_watcher {
    void (*added)(void *user, uint64_t index, struct vc_bytes entry, struct vc_bytes details);
    void *user;
    size_t principal;
    struct vc_journal_watcher *next; /* the journal's own */
};
void vc_journal_watch(struct vc_journal *journal, struct vc_journal_watcher *watcher);
void vc_journal_unwatch(struct vc_journal *journal, struct vc_journal_watcher *watcher);

/* One entry as this principal sees it; borrowed until the next append. False: there is none, or not
 * for it. */
[[nodiscard]] bool vc_journal_at(const struct vc_journal *journal, size_t principal, uint64_t index,
                                 struct vc_bytes *entry, struct vc_bytes *details);

/* The kind of an entry that is there. */
enum vc_entry_kind vc_journal_kind_at(const struct vc_journal *journal, uint64_t index);

/* Seconds since 1970: `now`, or the latest that was said if that is later; said, too. */
int64_t vc_journal_time(struct vc_journal *journal, int64_t now);

/* A receipt's "entries" for one principal: in the order of the tree, what it sees from `since` on,
 * and of all else the hashes of subtrees, the largest that hold nothing else; those before `since`
 * and after it are never in one subtree. Of the first `size` entries, however many there are by
 * now, so that it can be written piece by piece. */
struct vc_journal_cut {
    size_t principal;
    uint64_t since, size;
    uint64_t at; /* what is before it was written */
};
/* VC_LIMIT: since is more than there are. */
enum vc_code vc_journal_cut_init(const struct vc_journal *journal, size_t principal, uint64_t since,
                                 struct vc_journal_cut *cut, struct vc_err *err);
/* Appends the next element as JSON; `at` goes on. Asserts that there is one. */
enum vc_code vc_journal_cut_next(struct vc_journal *journal, struct vc_journal_cut *cut,
                                 struct vc_buffer *json, struct vc_err *err);

#endif
