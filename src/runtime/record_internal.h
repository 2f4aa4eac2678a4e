/* SPDX-License-Identifier: MIT */

/* How entries are put together, between record.c (principals and the container) and record_run.c
 * (runs and streams). */

#ifndef VC_RUNTIME_RECORD_INTERNAL_H
#define VC_RUNTIME_RECORD_INTERNAL_H

#include "policy/decide.h"
#include "runtime/record.h"
#include "runtime/record_reads.h"
#include "runtime/record_stake.h"

/* What an entry takes at most: of names and digests alone; the end of a run or of a use of a
 * stream, whose reason may take twice its bytes; and whatever a principal does, but for long paths.
 */
constexpr uint64_t VC_RECORD_ROOM_SMALL = VC_JOURNAL_ENTRY_COST + 768;
constexpr uint64_t VC_RECORD_ROOM_END = VC_JOURNAL_ENTRY_COST + 1792;
constexpr uint64_t VC_RECORD_ROOM = VC_RECORD_ROOM_SMALL + VC_RECORD_ROOM_END;

struct vc_record {
    struct vc_record_setup setup;
    const struct vc_force *force; /* null: as the policy says */
    struct vc_record_stakes *stakes;
    struct vc_record_reads *reads;
    uint64_t *owed;                      /* [principal]: room for what has begun */
    uint8_t certificate[VC_SHA256_SIZE]; /* the container's */
    struct vc_subjects connected;        /* while that was its certificate */
    uint64_t runs_over;
    bool ended; /* the container: nothing comes after that */
};

/* An entry on its way. */
struct vc_note {
    struct vc_entry entry;
    struct vc_journal_payer payer;
    struct vc_entry_field fields[8];
    struct vc_entry_field details[12];
};

struct vc_note vc_note_by(enum vc_entry_kind kind, size_t principal);
void vc_note_add(struct vc_note *note, struct vc_entry_field field);
void vc_note_tell(struct vc_note *note, struct vc_entry_field detail);

static inline struct vc_entry_field vc_field_text(const char *name, const char *text)
{
    return (struct vc_entry_field){.name = name, .form = VC_FIELD_TEXT, .text = text};
}

static inline struct vc_entry_field vc_field_number(const char *name, int64_t number)
{
    return (struct vc_entry_field){.name = name, .form = VC_FIELD_NUMBER, .number = number};
}

static inline struct vc_entry_field vc_field_flag(const char *name, bool flag)
{
    return (struct vc_entry_field){.name = name, .form = VC_FIELD_FLAG, .number = flag};
}

static inline struct vc_entry_field vc_field_digest(const char *name, const uint8_t *digest)
{
    return (struct vc_entry_field){.name = name, .form = VC_FIELD_DIGEST, .digest = digest};
}

/* Is there so much room besides what is owed? VC_LIMIT. */
enum vc_code vc_record_has_room(const struct vc_record *record, size_t principal, uint64_t bytes,
                                struct vc_err *err);
enum vc_code vc_record_append(struct vc_record *record, struct vc_note *note, uint64_t *index,
                              struct vc_err *err);
/* The same if there is so much room besides what is owed. */
enum vc_code vc_record_append_deed(struct vc_record *record, struct vc_note *note, uint64_t bytes,
                                   struct vc_err *err);
/* It has happened, and is not written down. */
void vc_record_break(struct vc_record *record, const struct vc_err *err);

void vc_record_everybody(const struct vc_record *record, struct vc_subjects *subjects);
void vc_record_add_principal(const struct vc_record *record, struct vc_subjects *subjects,
                             size_t principal);
/* Adds who may do it as it is in force. */
void vc_record_who_may(const struct vc_record *record, enum vc_right what, const char *path,
                       struct vc_subjects *subjects);

#endif
