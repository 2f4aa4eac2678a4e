/* SPDX-License-Identifier: MIT */

/* Runs and streams in the journal. The end of whatever begins has its room from the beginning. */

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "codec/json.h"
#include "runtime/record_internal.h"

/* ---- room for ends ---- */

static size_t streams_produced_by(const struct vc_policy *policy, size_t program)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, program};
    size_t count = 0;

    for (size_t i = 0; i < policy->stream_count; i++)
        count += vc_policy_same_subject(policy->streams[i].producer, who);
    return count;
}

/* Its end, and that of its part in each stream that its program produces. */
static uint64_t room_of_end(const struct vc_record *record, size_t program)
{
    return (1 + streams_produced_by(record->setup.policy, program)) * VC_RECORD_ROOM_END;
}

/* What there was room for. */
static void append_end(struct vc_record *record, struct vc_note *note)
{
    struct vc_err err = {};

    /* What ends with the container is told by its own end. */
    if (!record->ended && vc_record_append(record, note, nullptr, &err) != VC_OK)
        vc_record_break(record, &err);
}

/* ---- runs ---- */

static enum vc_code hash_arguments(char *const *arguments, size_t count,
                                   uint8_t digest[VC_SHA256_SIZE], struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    uint8_t head[sizeof(uint64_t)];
    enum vc_code code;

    for (size_t i = 0; i < sizeof(head); i++)
        head[i] = (uint8_t)((uint64_t)count >> (8 * (sizeof(head) - 1 - i)));
    code = vc_buffer_append(&text, VC_BYTES(head), err);
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        const struct vc_bytes argument = {(const uint8_t *)arguments[i], strlen(arguments[i]) + 1};

        code = vc_buffer_append(&text, argument, err);
    }
    if (code == VC_OK)
        vc_sha256(vc_buffer_bytes(&text), digest);
    return code;
}

static enum vc_code append_run(struct vc_record *record, const struct vc_record_run *run,
                               const uint8_t *arguments, struct vc_err *err)
{
    const struct vc_policy_program *program = &record->setup.policy->programs[run->program];
    struct vc_note note = vc_note_by(VC_ENTRY_RUN, run->principal);

    note.entry.seen_by = *vc_record_stake_in(record->stakes, run->program);
    vc_note_add(&note, vc_field_number("run", (int64_t)run->id));
    vc_note_add(&note, vc_field_text("program", program->name));
    vc_note_add(&note, vc_field_digest("sha256", program->sha256));
    vc_note_add(&note, vc_field_digest("arguments", arguments));
    if (run->pipeline != nullptr)
        vc_note_add(&note, vc_field_text("pipeline", run->pipeline->name));
    if (run->stage != nullptr)
        vc_note_add(&note, vc_field_text("stage", run->stage->name));
    return vc_record_append_deed(record, &note,
                                 VC_RECORD_ROOM_SMALL + room_of_end(record, run->program), err);
}

enum vc_code vc_record_check_run(const struct vc_record *record, size_t principal, size_t program,
                                 struct vc_err *err)
{
    if (record == nullptr)
        return VC_OK;
    return vc_record_has_room(record, principal,
                              VC_RECORD_ROOM_SMALL + room_of_end(record, program), err);
}

enum vc_code vc_record_run(struct vc_record *record, const struct vc_record_run *run,
                           struct vc_err *err)
{
    const struct vc_policy_program *program;
    uint8_t arguments[VC_SHA256_SIZE];
    enum vc_code code;

    if (record == nullptr)
        return VC_OK;
    program = &record->setup.policy->programs[run->program];
    if (run->stage != nullptr && run->stage->arguments != nullptr) {
        code = hash_arguments(run->stage->arguments, run->stage->argument_count, arguments, err);
    } else {
        code = hash_arguments(program->arguments, program->argument_count, arguments, err);
    }
    if (code == VC_OK)
        code = append_run(record, run, arguments, err);
    if (code == VC_OK)
        record->owed[run->principal] += room_of_end(record, run->program);
    return code;
}

/* Who may start it, alone or in this pipeline: they may ask for the run, too. */
static void add_starters(const struct vc_record *record, const struct vc_run_status *status,
                         struct vc_subjects *subjects)
{
    const struct vc_policy *policy = record->setup.policy;

    vc_record_who_may(record, VC_RIGHT_EXECUTE, policy->programs[status->program].path, subjects);
    for (size_t i = 0; status->pipeline != nullptr && i < status->pipeline->principal_count; i++)
        vc_record_add_principal(record, subjects, status->pipeline->principals[i]);
}

/* ["cpu_seconds"]: a JSON text, of names that need no escape. */
static void write_limits(uint32_t limits, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");

    for (uint32_t limit = 1; limit <= VC_RUN_LIMIT_PROCESSES; limit <<= 1) {
        if ((limits & limit) != 0 && used < size) {
            used += (size_t)snprintf(text + used, size - used, "%s\"%s\"", used > 1 ? "," : "",
                                     vc_run_limit_name((enum vc_run_limit)limit));
        }
    }
    if (used < size)
        (void)snprintf(text + used, size - used, "]");
}

static void tell_usage(struct vc_note *note, const struct vc_run_status *status)
{
    vc_note_tell(note, vc_field_flag("published", status->published));
    vc_note_tell(note, vc_field_number("cpu_ms", (int64_t)(status->cpu_us / 1000)));
    vc_note_tell(note, vc_field_number("wall_ms", (int64_t)(status->wall_us / 1000)));
    vc_note_tell(note, vc_field_number("memory_bytes", (int64_t)status->memory_bytes));
    vc_note_tell(note, vc_field_number("output_bytes", (int64_t)status->output_bytes));
}

void vc_record_run_over(struct vc_record *record, const struct vc_run_status *status)
{
    struct vc_note note = vc_note_by(VC_ENTRY_RUN_OVER, status->principal);
    char limits[256];

    if (record == nullptr)
        return;
    note.entry.by_container = true;
    note.entry.seen_by = *vc_record_stake_in(record->stakes, status->program);
    add_starters(record, status, &note.entry.told_to);
    vc_note_add(&note, vc_field_number("run", (int64_t)status->id));
    vc_note_add(&note,
                vc_field_text("program", record->setup.policy->programs[status->program].name));
    vc_note_tell(&note, vc_field_text("state", vc_run_state_name(status->state)));
    if (status->state == VC_RUN_EXITED)
        vc_note_tell(&note, vc_field_number("exit_code", status->exit_code));
    if (status->reason[0] != '\0')
        vc_note_tell(&note, vc_field_text("reason", status->reason));
    write_limits(status->limits, limits, sizeof(limits));
    vc_note_tell(&note,
                 (struct vc_entry_field){.name = "limits", .form = VC_FIELD_JSON, .text = limits});
    tell_usage(&note, status);
    append_end(record, &note);
    record->owed[status->principal] -= room_of_end(record, status->program);
    record->runs_over++;
}

uint64_t vc_record_runs_over(const struct vc_record *record)
{
    return record != nullptr ? record->runs_over : 0;
}

/* ---- streams ---- */

/* As it is in force: what a stream carried is told to nobody from whom it was taken. */
static bool has_end(const struct vc_record *record, size_t stream, struct vc_subject who,
                    bool produces)
{
    size_t consumer;

    if (record->force == nullptr)
        return true;
    return (produces
                ? vc_force_decide_produce(record->force, who, stream, nullptr)
                : vc_force_decide_consume(record->force, who, stream, &consumer, nullptr)) == VC_OK;
}

/* Those who may ask how the stream is doing (GET /v1/streams): its ends, and who may start a
 * program that is one. Those with a stake in such a program see that it is used; so does who had
 * an end. */
static void add_stream_parties(const struct vc_record *record, size_t index, struct vc_entry *entry)
{
    const struct vc_policy *policy = record->setup.policy;
    const struct vc_policy_stream *stream = &policy->streams[index];

    for (size_t i = 0; i <= stream->consumer_count; i++) {
        struct vc_subject end = i == 0 ? stream->producer : stream->consumers[i - 1];

        if (end.kind == VC_SUBJECT_PRINCIPAL) {
            vc_record_add_principal(
                record, has_end(record, index, end, i == 0) ? &entry->told_to : &entry->seen_by,
                end.index);
            continue;
        }
        vc_record_who_may(record, VC_RIGHT_EXECUTE, policy->programs[end.index].path,
                          &entry->told_to);
        vc_subjects_join(&entry->seen_by, vc_record_stake_in(record->stakes, end.index));
    }
}

static void tell_end(struct vc_note *note, const struct vc_record_use *use)
{
    vc_note_tell(note, vc_field_flag("whole", use->whole));
    if (use->whole) /* of what is lost, its consumers are not told how much there was */
        vc_note_tell(note, vc_field_number("bytes", (int64_t)use->bytes));
    if (use->digest != nullptr && use->digest[0] != '\0')
        vc_note_tell(note, vc_field_text("digest", use->digest));
    if (use->reason != nullptr && use->reason[0] != '\0')
        vc_note_tell(note, vc_field_text("reason", use->reason));
}

static struct vc_note note_of_stream(const struct vc_record *record,
                                     const struct vc_record_use *use, bool over)
{
    struct vc_note note = vc_note_by(VC_ENTRY_STREAM, use->principal);

    add_stream_parties(record, use->stream, &note.entry);
    vc_note_add(&note, vc_field_text("stream", record->setup.policy->streams[use->stream].name));
    vc_note_add(&note, vc_field_text("end", use->consumes ? "consumer" : "producer"));
    vc_note_add(&note, vc_field_flag("over", over));
    return note;
}

enum vc_code vc_record_stream_begun(struct vc_record *record, const struct vc_record_use *use,
                                    struct vc_err *err)
{
    uint64_t owed = use->consumes ? 0 : VC_RECORD_ROOM_END;
    struct vc_note note;
    enum vc_code code;

    if (record == nullptr)
        return VC_OK;
    note = note_of_stream(record, use, false);
    vc_note_tell(&note, vc_field_number("use", (int64_t)use->use));
    code = vc_record_append_deed(record, &note, VC_RECORD_ROOM_SMALL + owed, err);
    if (code == VC_OK)
        record->owed[use->principal] += owed;
    return code;
}

void vc_record_stream_over(struct vc_record *record, const struct vc_record_use *use)
{
    struct vc_note note;

    if (record == nullptr)
        return;
    note = note_of_stream(record, use, true);
    vc_note_tell(&note, vc_field_number("use", (int64_t)use->use));
    tell_end(&note, use);
    append_end(record, &note);
    record->owed[use->principal] -= VC_RECORD_ROOM_END;
}

void vc_record_run_stream(struct vc_record *record, const struct vc_run_status *status,
                          const struct vc_record_run_use *use)
{
    struct vc_note note;

    if (record == nullptr)
        return;
    note = note_of_stream(record, &use->last, true);
    note.entry.by = (struct vc_subject){VC_SUBJECT_PROGRAM, status->program};
    note.payer.principal = status->principal;
    vc_note_add(&note, vc_field_number("run", (int64_t)status->id));
    vc_note_tell(&note, vc_field_number("uses", use->uses));
    if (use->uses > 0) {
        vc_note_tell(&note, vc_field_number("use", (int64_t)use->last.use));
        tell_end(&note, &use->last);
    }
    append_end(record, &note);
}
