/* SPDX-License-Identifier: MIT */

/* What each kind of thing becomes in the journal. docs/journal.md says what each has. */

#include "runtime/record.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/attested.h"
#include "base/buffer.h"
#include "runtime/origin.h"
#include "runtime/record_internal.h"

/* ---- life ---- */

enum vc_code vc_record_new(const struct vc_record_setup *setup, struct vc_record **record,
                           struct vc_err *err)
{
    vc_cleanup(vc_record_freep) struct vc_record *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->setup = *setup;
    made->owed = calloc(setup->policy->principal_count + 1, sizeof(*made->owed));
    if (made->owed == nullptr)
        return vc_fail_memory(err);
    code = vc_record_stakes_new(setup->policy, &made->stakes, err);
    if (code == VC_OK)
        code = vc_record_reads_new(&made->reads, err);
    if (code == VC_OK)
        *record = vc_take(made);
    return code;
}

void vc_record_free(struct vc_record *record)
{
    if (record == nullptr)
        return;
    vc_record_reads_free(record->reads);
    vc_record_stakes_free(record->stakes);
    free(record->owed);
    free(record);
}

struct vc_journal *vc_record_journal(const struct vc_record *record)
{
    return record->setup.journal;
}

void vc_record_set_force(struct vc_record *record, const struct vc_force *force)
{
    if (record == nullptr)
        return;
    record->force = force;
    vc_journal_set_force(record->setup.journal, force);
}

bool vc_record_wants_digests(const struct vc_record *record)
{
    return record != nullptr && record->setup.policy->journal.contents;
}

/* ---- one entry ---- */

void vc_note_add(struct vc_note *note, struct vc_entry_field field)
{
    assert(note->entry.field_count < VC_COUNT(note->fields));
    note->fields[note->entry.field_count++] = field;
}

void vc_note_tell(struct vc_note *note, struct vc_entry_field detail)
{
    assert(note->entry.detail_count < VC_COUNT(note->details));
    note->details[note->entry.detail_count++] = detail;
}

enum vc_code vc_record_append(struct vc_record *record, struct vc_note *note, uint64_t *index,
                              struct vc_err *err)
{
    if (record->ended)
        return vc_fail(err, VC_STATE, "the container has ended, and its journal");
    note->entry.fields = note->fields;
    note->entry.details = note->details;
    note->entry.time = vc_clock_now(record->setup.clock);
    return vc_journal_append(record->setup.journal, note->payer, &note->entry, index, err);
}

void vc_record_break(struct vc_record *record, const struct vc_err *err)
{
    record->setup.broken(record->setup.user, err);
}

/* ---- room ---- */

enum vc_code vc_record_has_room(const struct vc_record *record, size_t principal, uint64_t bytes,
                                struct vc_err *err)
{
    return vc_journal_check_room(record->setup.journal, principal, record->owed[principal] + bytes,
                                 err);
}

enum vc_code vc_record_check_room(const struct vc_record *record, size_t principal,
                                  struct vc_err *err)
{
    return record != nullptr ? vc_record_has_room(record, principal, VC_RECORD_ROOM, err) : VC_OK;
}

enum vc_code vc_record_append_deed(struct vc_record *record, struct vc_note *note, uint64_t bytes,
                                   struct vc_err *err)
{
    enum vc_code code = vc_record_has_room(record, note->payer.principal, bytes, err);

    return code == VC_OK ? vc_record_append(record, note, nullptr, err) : code;
}

/* ---- who ---- */

void vc_record_everybody(const struct vc_record *record, struct vc_subjects *subjects)
{
    const struct vc_policy *policy = record->setup.policy;

    for (size_t i = 0; i < policy->principal_count; i++)
        vc_record_add_principal(record, subjects, i);
}

void vc_record_add_principal(const struct vc_record *record, struct vc_subjects *subjects,
                             size_t principal)
{
    vc_subjects_add(record->setup.policy, subjects,
                    (struct vc_subject){VC_SUBJECT_PRINCIPAL, principal});
}

void vc_record_who_may(const struct vc_record *record, enum vc_right what, const char *path,
                       struct vc_subjects *subjects)
{
    const struct vc_policy *policy = record->setup.policy;

    if (record->force != nullptr) {
        struct vc_subjects found = {};

        vc_force_who_may(record->force, what, path, &found);
        vc_subjects_join(subjects, &found);
        return;
    }
    for (size_t i = 0; i < policy->principal_count; i++) {
        struct vc_subject who = {VC_SUBJECT_PRINCIPAL, i};

        if (vc_policy_decide(policy, who, what, path, nullptr) == VC_OK)
            vc_record_add_principal(record, subjects, i);
    }
}

struct vc_note vc_note_by(enum vc_entry_kind kind, size_t principal)
{
    return (struct vc_note){
        .entry = {.kind = kind, .by = {VC_SUBJECT_PRINCIPAL, principal}},
        .payer = {.principal = principal},
    };
}

static struct vc_note note_of_container(const struct vc_record *record, enum vc_entry_kind kind)
{
    struct vc_note note = {.entry = {.kind = kind, .by_container = true},
                           .payer = {.container = true}};

    vc_record_everybody(record, &note.entry.seen_by);
    return note;
}

/* ---- the container ---- */

static void set_certificate(struct vc_record *record, const struct vc_cert *certificate)
{
    vc_sha256(vc_cert_der(certificate), record->certificate);
    record->connected = (struct vc_subjects){};
}

enum vc_code vc_record_began(struct vc_record *record, const struct vc_cert *certificate,
                             struct vc_err *err)
{
    struct vc_note note;
    struct vc_attested attested;
    struct vc_bytes extension;
    enum vc_code code;

    if (record == nullptr)
        return VC_OK;
    code = vc_cert_extension(certificate, VC_ATTESTED_OID, &extension, err);
    if (code == VC_OK)
        code = vc_attested_parse(extension, &attested, err);
    if (code != VC_OK)
        return code;
    set_certificate(record, certificate);
    note = note_of_container(record, VC_ENTRY_BEGAN);
    vc_note_add(&note, vc_field_digest("container", vc_journal_id(record->setup.journal)));
    vc_note_add(&note, vc_field_digest("policy", record->setup.policy->hash));
    vc_note_add(&note, vc_field_digest("certificate", record->certificate));
    vc_note_add(&note, vc_field_text("node", attested.node));
    vc_note_add(&note, vc_field_number("incarnation", (int64_t)attested.incarnation));
    return vc_record_append(record, &note, nullptr, err);
}

enum vc_code vc_record_attested(struct vc_record *record, const struct vc_cert *certificate,
                                struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];
    struct vc_note note;
    enum vc_code code;

    if (record == nullptr)
        return VC_OK;
    vc_sha256(vc_cert_der(certificate), digest);
    note = note_of_container(record, VC_ENTRY_ATTESTED);
    vc_note_add(&note, vc_field_digest("certificate", digest));
    code = vc_journal_is_half_full(record->setup.journal, note.payer)
               ? VC_OK
               : vc_record_append(record, &note, nullptr, err);
    if (code == VC_OK)
        set_certificate(record, certificate);
    return code;
}

enum vc_code vc_record_ended(struct vc_record *record, const char *reason, struct vc_err *err)
{
    struct vc_note note;
    enum vc_code code;

    if (record == nullptr)
        return VC_OK;
    note = note_of_container(record, VC_ENTRY_ENDED);
    vc_note_add(&note, vc_field_text("reason", reason));
    code = vc_record_append(record, &note, nullptr, err);
    record->ended = record->ended || code == VC_OK;
    return code;
}

enum vc_code vc_record_session(struct vc_record *record, size_t principal, struct vc_err *err)
{
    struct vc_note note = vc_note_by(VC_ENTRY_SESSION, principal);
    enum vc_code code;

    if (record == nullptr ||
        vc_subjects_have(record->setup.policy, &record->connected, note.entry.by))
        return VC_OK;
    vc_record_add_principal(record, &note.entry.seen_by, principal);
    vc_note_add(&note, vc_field_digest("certificate", record->certificate));
    code = vc_journal_is_half_full(record->setup.journal, note.payer)
               ? VC_OK
               : vc_record_append_deed(record, &note, VC_RECORD_ROOM_SMALL, err);
    if (code == VC_OK)
        vc_record_add_principal(record, &record->connected, principal);
    return code;
}

/* ---- keys, consent, links, refusals ---- */

enum vc_code vc_record_key(struct vc_record *record, size_t principal, size_t key, bool given,
                           struct vc_err *err)
{
    struct vc_note note = vc_note_by(VC_ENTRY_KEY, principal);
    const struct vc_policy_key *terms;

    if (record == nullptr)
        return VC_OK;
    terms = &record->setup.policy->keys[key];
    vc_record_add_principal(record, &note.entry.seen_by, principal);
    for (size_t i = 0; i < terms->program_count; i++)
        vc_subjects_join(&note.entry.seen_by,
                         vc_record_stake_in(record->stakes, terms->programs[i]));
    vc_note_add(&note, vc_field_text("key", terms->name));
    vc_note_add(&note, vc_field_flag("given", given));
    return vc_record_append_deed(record, &note, VC_RECORD_ROOM_SMALL, err);
}

enum vc_code vc_record_consent(struct vc_record *record, size_t principal, size_t program,
                               struct vc_err *err)
{
    struct vc_note note = vc_note_by(VC_ENTRY_CONSENT, principal);
    const struct vc_policy_program *terms;

    if (record == nullptr)
        return VC_OK;
    terms = &record->setup.policy->programs[program];
    note.entry.seen_by = *vc_record_stake_in(record->stakes, program);
    vc_record_add_principal(record, &note.entry.seen_by, principal);
    vc_note_add(&note, vc_field_text("program", terms->name));
    vc_note_add(&note, vc_field_digest("sha256", terms->sha256));
    return vc_record_append_deed(record, &note, VC_RECORD_ROOM_SMALL, err);
}

enum vc_code vc_record_link(struct vc_record *record, size_t principal,
                            const struct vc_record_link *link, struct vc_err *err)
{
    struct vc_note note = vc_note_by(VC_ENTRY_LINK, principal);

    static_assert(VC_JOURNAL_ID_SIZE == VC_SHA256_SIZE);
    if (record == nullptr)
        return VC_OK;
    vc_record_everybody(record, &note.entry.seen_by);
    vc_note_add(&note, vc_field_digest("container", link->container));
    vc_note_add(&note, vc_field_digest("policy", link->policy));
    vc_note_add(&note, vc_field_digest("root", link->root));
    vc_note_add(&note, vc_field_number("size", (int64_t)link->size));
    return vc_record_append_deed(record, &note, VC_RECORD_ROOM_SMALL, err);
}

/* Whoever may write where a file is wanted hears of who was refused it. */
static void add_owners(const struct vc_record *record, const char *place,
                       struct vc_subjects *subjects)
{
    static const char files[] = "/v1/files/";
    size_t before = sizeof(files) - sizeof("/"); /* the path keeps its slash */

    if (strncmp(place, files, sizeof(files) - 1) == 0)
        vc_record_who_may(record, VC_RIGHT_WRITE, place + before, subjects);
}

void vc_record_refusal(struct vc_record *record, size_t principal, const char *deed,
                       const char *place, const char *reason)
{
    struct vc_note note = vc_note_by(VC_ENTRY_REFUSAL, principal);
    char cut[VC_RECORD_PLACE_MAX];

    if (record == nullptr)
        return;
    vc_record_add_principal(record, &note.entry.told_to, principal);
    add_owners(record, place, &note.entry.seen_by);
    (void)snprintf(cut, sizeof(cut), "%s", place);
    vc_note_add(&note, vc_field_text("deed", deed));
    vc_note_add(&note, vc_field_text("place", cut));
    vc_note_tell(&note, vc_field_text("reason", reason));
    /* The refusal holds whether or not there is room for it. */
    (void)!vc_record_append_deed(record, &note, VC_RECORD_ROOM, nullptr);
}

enum vc_code vc_record_check_narrowing(const struct vc_record *record, size_t principal,
                                       size_t text_size, struct vc_err *err)
{
    if (record == nullptr)
        return VC_OK;
    return vc_journal_check_narrowing(record->setup.journal, principal,
                                      VC_RECORD_ROOM_SMALL + text_size, err);
}

enum vc_code vc_record_narrowing(struct vc_record *record,
                                 const struct vc_record_narrowing *narrowing, uint64_t *index,
                                 struct vc_err *err)
{
    struct vc_note note = {.entry = {.kind = VC_ENTRY_NARROWING,
                                     .by_container = narrowing->by_container,
                                     .always = narrowing->always,
                                     .by = narrowing->who},
                           .payer = {.principal = narrowing->principal}};

    if (record == nullptr) {
        if (index != nullptr)
            *index = 0;
        return VC_OK;
    }
    vc_record_everybody(record, &note.entry.told_to);
    if (!narrowing->by_container && narrowing->who.kind == VC_SUBJECT_PROGRAM)
        vc_note_add(&note, vc_field_number("run", (int64_t)narrowing->run));
    vc_note_tell(&note, (struct vc_entry_field){
                            .name = "narrowing", .form = VC_FIELD_JSON, .text = narrowing->text});
    return vc_record_append(record, &note, index, err);
}

/* ---- files ---- */

/* Of reads and of attempts to delete is remembered who they were by: under different names. */
static const char *memory_of(enum vc_entry_kind kind, const char *path, char name[VC_PATH_MAX + 1])
{
    (void)snprintf(name, VC_PATH_MAX + 1, "%s%s", kind == VC_ENTRY_DELETE ? "-" : "", path);
    return name;
}

/* Written down once for each principal, until the file has changed or may have. *doers: null if it
 * was written down before. */
static enum vc_code find_doers(struct vc_record *record, const struct vc_note *note,
                               const char *path, struct vc_subjects **doers, struct vc_err *err)
{
    uint64_t epoch = vc_record_programs_write(record->stakes, path) ? record->runs_over : 0;
    char name[VC_PATH_MAX + 1];
    enum vc_code code;

    (void)memory_of(note->entry.kind, path, name);
    *doers = nullptr;
    if (vc_record_reads_have(record->reads, record->setup.policy, name, epoch, note->entry.by))
        return VC_OK;
    /* A table that grows without an entry would grow by requests. */
    code = vc_record_check_room(record, note->payer.principal, err);
    return code == VC_OK ? vc_record_reads_of(record->reads, name, epoch, doers, err) : code;
}

/* What was read, or was not there to be deleted, is different now; so are the directories above. */
static void forget_doers(struct vc_record *record, enum vc_entry_kind kind, const char *path)
{
    char name[VC_PATH_MAX + 1];
    char above[VC_PATH_MAX];

    vc_record_reads_forget(record->reads, memory_of(VC_ENTRY_READ, path, name));
    if (kind == VC_ENTRY_DELETE)
        return;
    (void)snprintf(above, sizeof(above), "%s", path);
    while (strcmp(above, "/") != 0) {
        vc_record_reads_forget(record->reads, memory_of(VC_ENTRY_DELETE, above, name));
        vc_path_parent(above, above);
    }
}

/* Whatever a program may have put there is not named to those who may not look. */
static void add_path(const struct vc_record *record, struct vc_note *note,
                     const struct vc_record_file *file, char public_path[VC_PATH_MAX + 1])
{
    bool chosen = note->entry.kind == VC_ENTRY_WRITE || note->entry.kind == VC_ENTRY_APPEND;

    if (chosen || !vc_record_programs_write(record->stakes, file->path)) {
        vc_note_add(note, vc_field_text("path", file->path));
        return;
    }
    vc_record_public_path(record->setup.policy, note->entry.by,
                          note->entry.kind == VC_ENTRY_READ ? VC_RIGHT_READ : VC_RIGHT_DELETE,
                          file->path, public_path);
    vc_note_add(note, vc_field_text("path", public_path));
    if (strcmp(public_path, file->path) != 0)
        vc_note_tell(note, vc_field_text("path", file->path));
}

static void tell_origin(const struct vc_record *record, struct vc_note *note, uint64_t number)
{
    struct vc_origin origin = vc_origin_read(number);

    if (!origin.known)
        return;
    if (origin.who.kind == VC_SUBJECT_PROGRAM) {
        vc_note_tell(note, vc_field_number("run", (int64_t)origin.run));
    } else {
        vc_note_tell(
            note, vc_field_text("from", record->setup.policy->principals[origin.who.index].name));
    }
}

static void tell_content(const struct vc_record *record, struct vc_note *note,
                         const struct vc_record_file *file)
{
    bool looks = note->entry.kind == VC_ENTRY_READ || note->entry.kind == VC_ENTRY_DELETE;

    if (looks)
        vc_note_tell(note, vc_field_flag("there", !file->missing));
    if (file->missing || note->entry.kind == VC_ENTRY_DELETE)
        return;
    vc_note_tell(note, vc_field_number("bytes", (int64_t)file->bytes));
    if (file->sha256 != nullptr)
        vc_note_tell(note, vc_field_digest("sha256", file->sha256));
    if (looks)
        tell_origin(record, note, file->origin);
}

enum vc_code vc_record_file(struct vc_record *record, enum vc_entry_kind kind, size_t principal,
                            const struct vc_record_file *file, struct vc_err *err)
{
    struct vc_note note = vc_note_by(kind, principal);
    char public_path[VC_PATH_MAX + 1];
    struct vc_subjects *doers = nullptr;
    enum vc_code code = VC_OK;

    if (record == nullptr)
        return VC_OK;
    if (kind == VC_ENTRY_READ || kind == VC_ENTRY_DELETE) {
        code = find_doers(record, &note, file->path, &doers, err);
        if (code != VC_OK || doers == nullptr)
            return code;
    }
    add_path(record, &note, file, public_path);
    tell_content(record, &note, file);
    vc_record_stake_file(record->stakes, file->path, &note.entry.seen_by);
    vc_record_who_may(record, VC_RIGHT_READ, file->path, &note.entry.told_to);
    vc_record_add_principal(record, &note.entry.told_to, principal);
    code = vc_record_append_deed(record, &note, VC_RECORD_ROOM + 2 * strlen(file->path), err);
    if (code != VC_OK)
        return code;
    if (doers != nullptr)
        vc_subjects_add(record->setup.policy, doers, note.entry.by);
    if (kind != VC_ENTRY_READ)
        forget_doers(record, kind, file->path);
    return VC_OK;
}
