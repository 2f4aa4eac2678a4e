/* SPDX-License-Identifier: MIT */

/* The journal as its own files see it. */

#ifndef VC_JOURNAL_JOURNAL_INTERNAL_H
#define VC_JOURNAL_JOURNAL_INTERNAL_H

#include "attest/log_tiles.h"
#include "journal/journal.h"
#include "journal/refusals.h"

/* One entry, in one piece of memory with its texts. */
struct written {
    enum vc_entry_kind kind;
    uint8_t leaf[VC_SHA256_SIZE];
    struct vc_bytes text, details;
    uint64_t sets[]; /* of principals: who sees it, who is told; set_words each */
};

struct vc_journal {
    const struct vc_policy *policy;
    const struct vc_force *force; /* null: nothing is ever narrowed */
    uint8_t id[VC_JOURNAL_ID_SIZE];
    size_t set_words;
    struct written **records;
    size_t size, capacity;
    int64_t time; /* the latest that was said */
    bool ended;
    struct vc_log_tiles *tree;
    struct share *shares; /* of each principal; the last is the container's */
    struct vc_refusals *refusals;
    struct vc_journal_watcher *watchers, *next; /* next: to be told */
};

[[nodiscard]] bool vc_journal_sees(const struct vc_journal *journal, const struct written *record,
                                   size_t principal);
[[nodiscard]] bool vc_journal_tells(const struct vc_journal *journal, const struct written *record,
                                    size_t principal);

#endif
