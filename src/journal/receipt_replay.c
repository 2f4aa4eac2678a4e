/* SPDX-License-Identifier: MIT */

#include "journal/receipt_replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"

/* How much later than it had to a container may end: it looks at the clock once a minute. */
static constexpr int64_t LATE_S = 120;

enum vc_code vc_replay_init(const struct vc_policy *policy, const struct vc_receipt_head *head,
                            struct vc_replay *replay, struct vc_err *err)
{
    struct vc_replay made = {.policy = policy, .head = head, .expires = policy->expires};
    enum vc_code code;

    made.starts = calloc(policy->program_count + 1, sizeof(*made.starts));
    if (made.starts == nullptr)
        return vc_fail_memory(err);
    code = vc_force_new(policy, &made.force, err);
    if (code == VC_OK)
        *replay = made;
    else
        vc_replay_done(&made);
    return code;
}

void vc_replay_done(struct vc_replay *replay)
{
    vc_force_free(replay->force);
    free(replay->starts);
    *replay = (struct vc_replay){};
}

/* ---- what entries name ---- */

static enum vc_code check_digest(const struct vc_json_place *fields, const char *name,
                                 const uint8_t *wanted, struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_code code = vc_receipt_read_digest(fields, name, digest, err);

    if (code == VC_OK && memcmp(digest, wanted, sizeof(digest)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "%s: another one", name);
    return code;
}

static enum vc_code check_any_digest(const struct vc_json_place *fields, const char *name,
                                     struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];

    return vc_receipt_read_digest(fields, name, digest, err);
}

static enum vc_code fail_name(const char *member, struct vc_err *err)
{
    return vc_fail(err, VC_UNTRUSTED, "%s: the policy has none of this name", member);
}

static enum vc_code find_program(const struct vc_replay *replay, const struct vc_json_place *fields,
                                 size_t *program, struct vc_err *err)
{
    const char *name = "";
    enum vc_code code = vc_receipt_read_text(fields, "program", &name, err);

    if (code == VC_OK && !vc_policy_find_program(replay->policy, name, program))
        return fail_name("program", err);
    return code;
}

/* Where the file was; *path is empty if the receipt does not say. */
static enum vc_code find_path(const struct vc_receipt_shown *shown, const char **path,
                              struct vc_err *err)
{
    bool told = shown->details_json != nullptr && vc_json_has(&shown->details, "path");
    const char *text = "";
    char canonical[VC_PATH_MAX];
    enum vc_code code =
        vc_receipt_read_text(told ? &shown->details : &shown->fields, "path", &text, err);

    *path = "";
    if (code != VC_OK || (!told && text[0] != '\0' && text[strlen(text) - 1] == '/'))
        return code;
    code = vc_path_canonical(text, canonical, err);
    if (code == VC_OK && strcmp(text, canonical) != 0)
        return vc_fail(err, VC_MALFORMED, "path: not in its one spelling");
    *path = text;
    return code;
}

/* ---- when it has to end ---- */

/* Not before it was said. */
static void end_by(struct vc_replay *replay, int64_t expires)
{
    if (expires < replay->time)
        expires = replay->time;
    if (expires < replay->expires)
        replay->expires = expires;
}

/* ---- deeds ---- */

typedef enum vc_code replay_kind(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                 struct vc_err *err);

static enum vc_code replay_began(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                 struct vc_err *err)
{
    const char *node = "";
    uint64_t incarnation = 0;
    enum vc_code code = check_digest(&shown->fields, "container", replay->head->container, err);

    if (code == VC_OK)
        code = check_digest(&shown->fields, "policy", replay->policy->hash, err);
    if (code == VC_OK)
        code = check_any_digest(&shown->fields, "certificate", err);
    if (code == VC_OK)
        code = vc_receipt_read_text(&shown->fields, "node", &node, err);
    if (code == VC_OK)
        code = vc_receipt_read_number(&shown->fields, "incarnation", INT64_MAX, &incarnation, err);
    if (code == VC_OK && shown->entry.index != 0)
        return vc_fail(err, VC_UNTRUSTED, "a container begins once, with the first entry");
    if (code == VC_OK &&
        (strcmp(node, replay->head->node) != 0 || incarnation != replay->head->incarnation))
        return vc_fail(err, VC_UNTRUSTED, "another node or incarnation than the head's");
    if (replay->policy->lifecycle.deadline_seconds > 0)
        end_by(replay, shown->entry.time + replay->policy->lifecycle.deadline_seconds);
    return code;
}

static enum vc_code replay_certificate(struct vc_replay *, const struct vc_receipt_shown *shown,
                                       struct vc_err *err)
{
    return check_any_digest(&shown->fields, "certificate", err);
}

static enum vc_code replay_file(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                enum vc_right right, struct vc_err *err)
{
    const char *path = "";
    enum vc_code code = find_path(shown, &path, err);

    if (code == VC_OK && path[0] != '\0')
        code = vc_force_decide(replay->force, shown->entry.by, right, path, err);
    if (code == VC_OK && right != VC_RIGHT_READ)
        code = vc_force_decide_change(replay->force, replay->runs, err);
    return code;
}

static enum vc_code replay_write(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                 struct vc_err *err)
{
    return replay_file(replay, shown, VC_RIGHT_WRITE, err);
}

static enum vc_code replay_append(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                  struct vc_err *err)
{
    return replay_file(replay, shown, VC_RIGHT_APPEND, err);
}

static enum vc_code replay_delete(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                  struct vc_err *err)
{
    return replay_file(replay, shown, VC_RIGHT_DELETE, err);
}

static enum vc_code replay_read(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                struct vc_err *err)
{
    return replay_file(replay, shown, VC_RIGHT_READ, err);
}

static enum vc_code replay_key(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                               struct vc_err *err)
{
    const char *name = "";
    bool given = false;
    size_t key;
    enum vc_code code = vc_receipt_read_text(&shown->fields, "key", &name, err);

    if (code == VC_OK)
        code = vc_receipt_read_flag(&shown->fields, "given", &given, err);
    if (code == VC_OK)
        code = vc_policy_decide_key(replay->policy, shown->entry.by.index, name, &key, err);
    return code == VC_OK ? vc_force_decide_change(replay->force, replay->runs, err) : code;
}

static enum vc_code decide_end(const struct vc_replay *replay, struct vc_subject who, size_t stream,
                               const char *end, struct vc_err *err)
{
    size_t consumer;

    if (strcmp(end, "producer") == 0)
        return vc_force_decide_produce(replay->force, who, stream, err);
    if (strcmp(end, "consumer") == 0)
        return vc_force_decide_consume(replay->force, who, stream, &consumer, err);
    return vc_fail(err, VC_MALFORMED, "end: producer or consumer");
}

/* What was begun may come to its end whatever was narrowed meanwhile. */
static enum vc_code replay_stream(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                  struct vc_err *err)
{
    const char *name = "", *end = "";
    bool over = false;
    size_t stream;
    enum vc_code code = vc_receipt_read_text(&shown->fields, "stream", &name, err);

    if (code == VC_OK)
        code = vc_receipt_read_text(&shown->fields, "end", &end, err);
    if (code == VC_OK)
        code = vc_receipt_read_flag(&shown->fields, "over", &over, err);
    if (code == VC_OK && !vc_policy_find_stream(replay->policy, name, &stream))
        return fail_name("stream", err);
    if (code == VC_OK && !over)
        code = decide_end(replay, shown->entry.by, stream, end, err);
    return code;
}

static bool is_among(const size_t *items, size_t count, size_t item)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i] == item)
            return true;
    }
    return false;
}

static enum vc_code replay_consent(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                   struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &replay->policy->lifecycle;
    size_t program = 0;
    enum vc_code code = find_program(replay, &shown->fields, &program, err);

    if (code == VC_OK) {
        code =
            check_digest(&shown->fields, "sha256", replay->policy->programs[program].sha256, err);
    }
    if (code == VC_OK &&
        !is_among(lifecycle->consent, lifecycle->consent_count, shown->entry.by.index))
        return vc_fail(err, VC_REFUSED, "lifecycle.consent: nobody asks for this one's");
    return code;
}

/* ---- runs ---- */

/* As runtime/record.h says: their count, and each of them with its NUL. */
static enum vc_code check_arguments(const struct vc_json_place *fields, char *const *arguments,
                                    size_t count, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    uint8_t digest[VC_SHA256_SIZE];
    uint8_t head[8] = {};
    enum vc_code code;

    for (unsigned i = 0; i < sizeof(head); i++)
        head[i] = (uint8_t)((uint64_t)count >> 8 * (7 - i));
    code = vc_buffer_append(&text, VC_BYTES(head), err);
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        struct vc_bytes argument = {(const uint8_t *)arguments[i], strlen(arguments[i]) + 1};

        code = vc_buffer_append(&text, argument, err);
    }
    if (code != VC_OK)
        return code;
    vc_sha256(vc_buffer_bytes(&text), digest);
    return check_digest(fields, "arguments", digest, err);
}

/* The stage of a pipeline; *stage is null if the run is of none. */
static enum vc_code find_stage(const struct vc_replay *replay, const struct vc_receipt_shown *shown,
                               const struct vc_policy_stage **stage, struct vc_err *err)
{
    const struct vc_policy_pipeline *pipeline;
    const char *name = "", *stage_name = "";
    size_t index = 0;
    enum vc_code code;

    *stage = nullptr;
    if (!vc_json_has(&shown->fields, "pipeline"))
        return VC_OK;
    code = vc_receipt_read_text(&shown->fields, "pipeline", &name, err);
    if (code == VC_OK)
        code = vc_receipt_read_text(&shown->fields, "stage", &stage_name, err);
    if (code != VC_OK)
        return code;
    if (!vc_policy_find_pipeline(replay->policy, name, &index))
        return fail_name("pipeline", err);
    pipeline = &replay->policy->pipelines[index];
    if (!is_among(pipeline->principals, pipeline->principal_count, shown->entry.by.index))
        return vc_fail(err, VC_REFUSED, "pipelines.%s: not for this principal", pipeline->name);
    for (size_t i = 0; i < pipeline->stage_count; i++) {
        if (strcmp(pipeline->stages[i].name, stage_name) == 0)
            *stage = &pipeline->stages[i];
    }
    return *stage != nullptr ? VC_OK : fail_name("stage", err);
}

static enum vc_code check_program(const struct vc_replay *replay,
                                  const struct vc_receipt_shown *shown, size_t program,
                                  const struct vc_policy_stage *stage, struct vc_err *err)
{
    const struct vc_policy_program *terms = &replay->policy->programs[program];
    bool own = stage != nullptr && stage->arguments != nullptr;
    enum vc_code code = check_digest(&shown->fields, "sha256", terms->sha256, err);

    if (code == VC_OK && stage != nullptr && stage->program != program)
        return vc_fail(err, VC_UNTRUSTED, "program: not the stage's");
    if (code != VC_OK)
        return code;
    return check_arguments(&shown->fields, own ? stage->arguments : terms->arguments,
                           own ? stage->argument_count : terms->argument_count, err);
}

static enum vc_code replay_run(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                               struct vc_err *err)
{
    const struct vc_policy_stage *stage = nullptr;
    size_t program = 0;
    uint64_t run;
    enum vc_code code = vc_receipt_read_number(&shown->fields, "run", INT64_MAX, &run, err);

    if (code == VC_OK)
        code = find_program(replay, &shown->fields, &program, err);
    if (code == VC_OK)
        code = find_stage(replay, shown, &stage, err);
    if (code == VC_OK)
        code = check_program(replay, shown, program, stage, err);
    if (code != VC_OK)
        return code;
    if (stage != nullptr) {
        code = vc_force_decide_start(replay->force, program, replay->starts[program], err);
    } else {
        code = vc_force_decide_run(replay->force, shown->entry.by.index, program,
                                   replay->starts[program], err);
    }
    replay->starts[program]++;
    replay->runs++;
    return code;
}

static enum vc_code replay_run_over(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                    struct vc_err *err)
{
    size_t program;
    uint64_t run;
    enum vc_code code = vc_receipt_read_number(&shown->fields, "run", INT64_MAX, &run, err);

    return code == VC_OK ? find_program(replay, &shown->fields, &program, err) : code;
}

/* ---- narrowings ---- */

static size_t count_subjects(const struct vc_subjects *subjects)
{
    size_t count = 0;

    for (size_t i = 0; i < VC_COUNT(subjects->words); i++)
        count += (size_t)__builtin_popcountll(subjects->words[i]);
    return count;
}

/* The container itself takes nothing but the right to read once more what is read once. */
static enum vc_code decide_of_container(const struct vc_replay *replay,
                                        const struct vc_narrowing *narrowing, struct vc_err *err)
{
    if (narrowing->kind == VC_NARROW_TAKE && narrowing->may == VC_RIGHT_READ && !narrowing->tree &&
        count_subjects(&narrowing->from) == 1 &&
        vc_force_reads_once(replay->force, narrowing->path))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "narrowing: the container may not do this by itself");
}

static enum vc_code replay_narrowing(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                     struct vc_err *err)
{
    struct vc_json_place place;
    struct vc_narrowing narrowing = {};
    bool changed;
    enum vc_code code;

    if (shown->details_json == nullptr)
        return vc_fail(err, VC_UNTRUSTED, "details: everybody is told of narrowings");
    code = vc_json_member(&shown->details, "narrowing", &place, err);
    if (code == VC_OK)
        code = vc_narrowing_parse_json(replay->policy, &place, &narrowing, err);
    if (code == VC_OK) {
        code = shown->entry.by_container
                   ? decide_of_container(replay, &narrowing, err)
                   : vc_policy_decide_narrow(replay->policy, shown->entry.by, &narrowing, err);
    }
    if (code == VC_OK)
        code = vc_force_narrow(replay->force, &narrowing, &changed, err);
    end_by(replay, vc_force_expires(replay->force));
    return code;
}

/* ---- the rest ---- */

static enum vc_code replay_refusal(struct vc_replay *, const struct vc_receipt_shown *shown,
                                   struct vc_err *err)
{
    const char *text = "";
    bool more = false;
    enum vc_code code;

    if (vc_json_has(&shown->fields, "more"))
        return vc_receipt_read_flag(&shown->fields, "more", &more, err);
    code = vc_receipt_read_text(&shown->fields, "deed", &text, err);
    return code == VC_OK ? vc_receipt_read_text(&shown->fields, "place", &text, err) : code;
}

static enum vc_code replay_link(struct vc_replay *, const struct vc_receipt_shown *shown,
                                struct vc_err *err)
{
    uint64_t size;
    enum vc_code code = check_any_digest(&shown->fields, "container", err);

    if (code == VC_OK)
        code = check_any_digest(&shown->fields, "policy", err);
    if (code == VC_OK)
        code = check_any_digest(&shown->fields, "root", err);
    if (code == VC_OK)
        code = vc_receipt_read_number(&shown->fields, "size", VC_LOG_SIZE_MAX, &size, err);
    return code;
}

static enum vc_code replay_ended(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                                 struct vc_err *err)
{
    const char *reason = "";

    /* shown or hidden */
    if (shown->entry.index + 1 != replay->head->size)
        return vc_fail(err, VC_UNTRUSTED, "entries after the container's end");
    return vc_receipt_read_text(&shown->fields, "reason", &reason, err);
}

enum doer { CONTAINER, PRINCIPAL, SUBJECT, ANYBODY };

static const struct {
    replay_kind *replay;
    enum doer doer;
} kinds[] = {
    [VC_ENTRY_BEGAN] = {replay_began, CONTAINER},
    [VC_ENTRY_ATTESTED] = {replay_certificate, CONTAINER},
    [VC_ENTRY_SESSION] = {replay_certificate, PRINCIPAL},
    [VC_ENTRY_WRITE] = {replay_write, PRINCIPAL},
    [VC_ENTRY_APPEND] = {replay_append, PRINCIPAL},
    [VC_ENTRY_DELETE] = {replay_delete, PRINCIPAL},
    [VC_ENTRY_READ] = {replay_read, PRINCIPAL},
    [VC_ENTRY_KEY] = {replay_key, PRINCIPAL},
    [VC_ENTRY_STREAM] = {replay_stream, SUBJECT},
    [VC_ENTRY_CONSENT] = {replay_consent, PRINCIPAL},
    [VC_ENTRY_RUN] = {replay_run, PRINCIPAL},
    [VC_ENTRY_RUN_OVER] = {replay_run_over, CONTAINER},
    [VC_ENTRY_NARROWING] = {replay_narrowing, ANYBODY},
    [VC_ENTRY_REFUSAL] = {replay_refusal, SUBJECT},
    [VC_ENTRY_LINK] = {replay_link, PRINCIPAL},
    [VC_ENTRY_ENDED] = {replay_ended, CONTAINER},
};
static_assert(VC_COUNT(kinds) == VC_ENTRY_KINDS);

static enum vc_code check_doer(const struct vc_entry_seen *entry, struct vc_err *err)
{
    enum doer doer = kinds[entry->kind].doer;
    bool principal = !entry->by_container && entry->by.kind == VC_SUBJECT_PRINCIPAL;

    if (doer == ANYBODY || (doer == CONTAINER && entry->by_container) ||
        (doer == SUBJECT && !entry->by_container) || (doer == PRINCIPAL && principal))
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED, "by: not whose deed this can be");
}

static enum vc_code check_time(struct vc_replay *replay, const struct vc_entry_seen *entry,
                               struct vc_err *err)
{
    if (entry->time < replay->time)
        return vc_fail(err, VC_UNTRUSTED, "time: before that of an earlier entry");
    if (entry->time > replay->head->time)
        return vc_fail(err, VC_UNTRUSTED, "time: after the head was signed");
    replay->time = entry->time;
    if (kinds[entry->kind].doer == PRINCIPAL && entry->time - LATE_S > replay->expires)
        return vc_fail(err, VC_REFUSED, "time: the container had to end before");
    return VC_OK;
}

enum vc_code vc_replay_next(struct vc_replay *replay, const struct vc_receipt_shown *shown,
                            struct vc_err *err)
{
    enum vc_code code = check_time(replay, &shown->entry, err);

    if (code == VC_OK)
        code = check_doer(&shown->entry, err);
    if (code == VC_OK)
        code = kinds[shown->entry.kind].replay(replay, shown, err);
    /* names that the policy has not are no reason to look elsewhere */
    return code == VC_NOT_FOUND ? vc_fail_in(err, VC_UNTRUSTED, "receipt") : code;
}
