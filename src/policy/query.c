/* SPDX-License-Identifier: MIT */

#include "policy/query.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "policy/meet.h"
#include "policy/spot.h"

static const char PROGRAM_PREFIX[] = "program:";

/* One question under way. */
struct asking {
    const struct vc_force *force;
    const struct vc_query_facts *facts;
    const struct vc_policy *policy;
    struct vc_subject who;      /* the program that asks */
    struct vc_json_writer json; /* the answer */
    struct vc_err *err;
};

static const struct {
    const char *verb;
    enum vc_right right;
} VERBS[] = {
    {"read", VC_RIGHT_READ},       {"write", VC_RIGHT_WRITE}, {"append", VC_RIGHT_APPEND},
    {"execute", VC_RIGHT_EXECUTE}, {"list", VC_RIGHT_LIST},   {"delete", VC_RIGHT_DELETE},
};

static enum vc_code refuse(struct vc_err *err)
{
    return vc_fail(err, VC_REFUSED, "query: the program has no right there");
}

static enum vc_code too_long(struct vc_err *err)
{
    return vc_fail(err, VC_LIMIT, "query: the answer has more than %zu bytes", VC_QUERY_ANSWER_MAX);
}

static bool is_too_long(const struct asking *asking)
{
    return asking->json.out->size - asking->json.start > VC_QUERY_ANSWER_MAX;
}

static void put_time(struct asking *asking, const char *key, int64_t seconds)
{
    char text[VC_INSTANT_TEXT_MAX];

    vc_instant_format(seconds, text);
    vc_json_put_string(&asking->json, key, text);
}

static void put_digest(struct asking *asking, const char *key, const uint8_t digest[VC_SHA256_SIZE])
{
    char text[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){digest, VC_SHA256_SIZE}, text);
    vc_json_put_string(&asking->json, key, text);
}

/* ---- topics: each writes members of the object that is open ---- */

static enum vc_code put_self(struct asking *asking)
{
    const struct vc_query_facts *facts = asking->facts;
    struct vc_json_writer *json = &asking->json;

    vc_json_put_string(json, "program", asking->policy->programs[facts->program].name);
    vc_json_put_integer(json, "run", (int64_t)facts->run);
    vc_json_put_string(json, "node", facts->node);
    vc_json_put_integer(json, "incarnation", (int64_t)facts->incarnation);
    vc_json_put_string(json, "started_by", asking->policy->principals[facts->principal].name);
    if (facts->pipeline != nullptr)
        vc_json_put_string(json, "pipeline", facts->pipeline->name);
    if (facts->stage != nullptr)
        vc_json_put_string(json, "stage", facts->stage->name);
    return VC_OK;
}

static enum vc_code put_policy(struct asking *asking)
{
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_code code = vc_force_digest(asking->facts->container, digest, asking->err);

    if (code != VC_OK)
        return code;
    vc_json_put_string(&asking->json, "name", asking->policy->name);
    put_digest(asking, "sha256", asking->policy->hash);
    put_time(asking, "expires", asking->policy->expires);
    put_digest(asking, "in_force", digest);
    return VC_OK;
}

static void put_names(struct asking *asking, const char *key, enum vc_subject_kind kind,
                      const struct vc_subjects *subjects)
{
    vc_json_open_array(&asking->json, key);
    for (size_t i = 0; i < vc_subject_count(asking->policy); i++) {
        struct vc_subject one = vc_subject_at(asking->policy, i);

        if (one.kind == kind && vc_subjects_have(asking->policy, subjects, one))
            vc_json_put_string(&asking->json, nullptr, vc_policy_subject_name(asking->policy, one));
    }
    vc_json_close_array(&asking->json);
}

static enum vc_code put_principals(struct asking *asking)
{
    put_names(asking, "principals", VC_SUBJECT_PRINCIPAL, asking->facts->meets);
    return VC_OK;
}

static enum vc_code put_limits(struct asking *asking)
{
    const struct vc_limits limits = vc_force_limits(asking->force, asking->who.index);
    uint32_t left = vc_force_runs_left(asking->force, asking->who.index, asking->facts->runs);
    struct vc_json_writer *json = &asking->json;

    vc_json_open_object(json, "limits");
    vc_json_put_integer(json, "memory_mib", limits.memory_mib);
    vc_json_put_integer(json, "stack_kib", limits.stack_kib);
    vc_json_put_integer(json, "cpu_seconds", limits.cpu_seconds);
    vc_json_put_integer(json, "wall_seconds", limits.wall_seconds);
    vc_json_put_integer(json, "files", limits.files);
    vc_json_put_integer(json, "open_files", limits.open_files);
    vc_json_put_integer(json, "processes", limits.processes);
    vc_json_put_integer(json, "output_bytes", (int64_t)limits.output_bytes);
    vc_json_put_integer(json, "written_bytes", (int64_t)limits.written_bytes);
    vc_json_close_object(json);
    if (left != UINT32_MAX)
        vc_json_put_integer(json, "runs_left", left);
    put_time(asking, "expires", vc_force_expires(asking->force));
    return VC_OK;
}

/* ---- files that are there ---- */

static void put_giver(struct asking *asking, const struct vc_query_input *input)
{
    if (!input->known || !vc_subjects_have(asking->policy, asking->facts->meets, input->from))
        return;
    vc_json_open_object(&asking->json, "given_by");
    vc_json_put_string(&asking->json,
                       input->from.kind == VC_SUBJECT_PROGRAM ? "program" : "principal",
                       vc_policy_subject_name(asking->policy, input->from));
    vc_json_close_object(&asking->json);
}

static bool put_input(void *user, const struct vc_query_input *input)
{
    struct asking *asking = user;

    if (vc_force_decide(asking->force, asking->who, VC_RIGHT_READ, input->path, nullptr) != VC_OK)
        return true;
    vc_json_open_object(&asking->json, nullptr);
    vc_json_put_string(&asking->json, "path", input->path);
    vc_json_put_integer(&asking->json, "bytes", (int64_t)input->bytes);
    put_giver(asking, input);
    vc_json_close_object(&asking->json);
    return !is_too_long(asking);
}

static enum vc_code put_inputs(struct asking *asking)
{
    vc_json_open_array(&asking->json, "inputs");
    asking->facts->each_file(asking->facts->user, put_input, asking);
    vc_json_close_array(&asking->json);
    return is_too_long(asking) ? too_long(asking->err) : VC_OK;
}

/* ---- who receives ---- */

static void find_consumers(const struct asking *asking, size_t stream, struct vc_subjects *subjects)
{
    const struct vc_policy_stream *asked = &asking->policy->streams[stream];
    size_t consumer;

    for (size_t i = 0; i < asked->consumer_count; i++) {
        if (vc_force_decide_consume(asking->force, asked->consumers[i], stream, &consumer,
                                    nullptr) == VC_OK)
            vc_subjects_add(asking->policy, subjects, asked->consumers[i]);
    }
}

/* The program has a right there. */
static void put_receivers(struct asking *asking, const char *path)
{
    struct vc_subjects subjects = {};
    size_t stream;

    if (vc_policy_stream_at(asking->policy, path, &stream)) {
        find_consumers(asking, stream, &subjects);
    } else {
        vc_force_who_may(asking->force, VC_RIGHT_READ, path, &subjects);
    }
    put_names(asking, "principals", VC_SUBJECT_PRINCIPAL, &subjects);
    put_names(asking, "programs", VC_SUBJECT_PROGRAM, &subjects);
}

static enum vc_code answer_receivers(struct asking *asking, const char *arguments)
{
    char path[VC_PATH_MAX];

    if (arguments[0] != '/' || vc_path_canonical(arguments, path, nullptr) != VC_OK)
        return vc_fail(asking->err, VC_MALFORMED, "query: not a path from the root");
    if (!vc_policy_program_reaches(asking->policy, asking->who.index, path))
        return refuse(asking->err);
    vc_json_put_string(&asking->json, "path", path);
    put_receivers(asking, path);
    return VC_OK;
}

/* ---- may X do Y to Z ---- */

struct deed {
    char name[VC_POLICY_NAME_MAX + sizeof(PROGRAM_PREFIX)];
    enum vc_right right;
    char path[VC_PATH_MAX];
};

/* The word that ends with the next space; null: it has no end, or no room in `word`. */
static const char *take_word(const char *text, char *word, size_t room)
{
    size_t size = strcspn(text, " ");

    if (text[size] != ' ' || size == 0 || size >= room)
        return nullptr;
    memcpy(word, text, size);
    word[size] = '\0';
    return text + size + 1;
}

static bool find_verb(const char *verb, enum vc_right *right)
{
    for (size_t i = 0; i < VC_COUNT(VERBS); i++) {
        if (strcmp(VERBS[i].verb, verb) == 0) {
            *right = VERBS[i].right;
            return true;
        }
    }
    return false;
}

static bool parse_deed(const char *arguments, struct deed *deed)
{
    char verb[sizeof("execute")];
    const char *at = take_word(arguments, deed->name, sizeof(deed->name));

    if (at != nullptr)
        at = take_word(at, verb, sizeof(verb));
    return at != nullptr && find_verb(verb, &deed->right) && at[0] == '/' &&
           vc_path_canonical(at, deed->path, nullptr) == VC_OK;
}

static bool find_subject(const struct vc_policy *policy, const char *name,
                         struct vc_subject *subject)
{
    size_t prefix = sizeof(PROGRAM_PREFIX) - 1;

    if (strncmp(name, PROGRAM_PREFIX, prefix) == 0) {
        subject->kind = VC_SUBJECT_PROGRAM;
        return vc_policy_find_program(policy, name + prefix, &subject->index);
    }
    subject->kind = VC_SUBJECT_PRINCIPAL;
    return vc_policy_find_principal(policy, name, &subject->index);
}

/* The place is one of the program's own, or its module, of which it knows who may start it. */
static bool may_ask(const struct asking *asking, const struct deed *deed)
{
    bool starts = deed->right == VC_RIGHT_EXECUTE &&
                  strcmp(deed->path, asking->policy->programs[asking->who.index].path) == 0;

    return starts || vc_policy_program_reaches(asking->policy, asking->who.index, deed->path);
}

/* Whom it meets, and who, as `receivers` tells, reads at a path to which it has a right. */
static bool may_know(const struct asking *asking, struct vc_subject other, const char *path)
{
    return vc_subjects_have(asking->policy, asking->facts->meets, other) ||
           (vc_policy_program_reaches(asking->policy, asking->who.index, path) &&
            vc_policy_decide(asking->policy, other, VC_RIGHT_READ, path, nullptr) == VC_OK);
}

static bool is_allowed(const struct asking *asking, struct vc_subject other,
                       const struct deed *deed)
{
    size_t stream;
    size_t consumer;

    if (!vc_policy_stream_at(asking->policy, deed->path, &stream))
        return vc_force_decide(asking->force, other, deed->right, deed->path, nullptr) == VC_OK;
    if (deed->right == VC_RIGHT_READ)
        return vc_force_decide_consume(asking->force, other, stream, &consumer, nullptr) == VC_OK;
    return deed->right == VC_RIGHT_WRITE &&
           vc_force_decide_produce(asking->force, other, stream, nullptr) == VC_OK;
}

static enum vc_code answer_may(struct asking *asking, const char *arguments)
{
    struct deed deed;
    struct vc_subject other;

    if (!parse_deed(arguments, &deed))
        return vc_fail(asking->err, VC_MALFORMED, "query: may NAME VERB PATH");
    if (!may_ask(asking, &deed))
        return refuse(asking->err);
    if (!find_subject(asking->policy, deed.name, &other) || !may_know(asking, other, deed.path)) {
        return vc_fail(asking->err, VC_NOT_FOUND,
                       "query: no such name among those that the program may know");
    }
    vc_json_put_boolean(&asking->json, "may", is_allowed(asking, other, &deed));
    return VC_OK;
}

/* ---- the program's own rights ---- */

static unsigned rights_in_force(const struct asking *asking, unsigned rights, const char *path)
{
    unsigned may = 0;

    for (size_t i = 0; i < VC_COUNT(VERBS); i++) {
        if ((rights & VERBS[i].right) != 0 &&
            vc_force_decide(asking->force, asking->who, VERBS[i].right, path, nullptr) == VC_OK)
            may |= VERBS[i].right;
    }
    return may;
}

static void put_place(struct asking *asking, unsigned may, const char *path, bool tree)
{
    char text[VC_PATH_MAX + 1];

    (void)snprintf(text, sizeof(text), "%s%s", path, tree && strcmp(path, "/") != 0 ? "/" : "");
    vc_json_open_object(&asking->json, nullptr);
    vc_json_open_array(&asking->json, "may");
    for (size_t i = 0; i < VC_COUNT(VERBS); i++) {
        if ((may & VERBS[i].right) != 0)
            vc_json_put_string(&asking->json, nullptr, VERBS[i].verb);
    }
    vc_json_close_array(&asking->json);
    vc_json_put_string(&asking->json, "path", text);
    vc_json_open_object(&asking->json, "receivers");
    put_receivers(asking, path);
    vc_json_close_object(&asking->json);
    vc_json_close_object(&asking->json);
}

static void put_right(struct asking *asking, unsigned rights, struct vc_spot place)
{
    unsigned may = rights_in_force(asking, rights, place.path);

    if (may != 0)
        put_place(asking, may, place.path, place.tree);
}

/* A stage with rights of its own has what is among these, too. */
static void put_right_of_stage(struct asking *asking, const struct vc_policy_right *right)
{
    const struct vc_policy_stage *stage = asking->facts->stage;

    for (size_t i = 0; i < stage->right_count && !is_too_long(asking); i++) {
        const struct vc_policy_stage_right *theirs = &stage->rights[i];
        struct vc_spot common;

        if (vc_spot_overlap(vc_spot_of(right), (struct vc_spot){theirs->path, theirs->tree},
                            &common))
            put_right(asking, right->may & theirs->may, common);
    }
}

static enum vc_code write_rights(struct asking *asking, const char *key)
{
    const struct vc_policy_stage *stage = asking->facts->stage;

    vc_json_open_array(&asking->json, key);
    for (size_t i = 0; i < asking->policy->right_count && !is_too_long(asking); i++) {
        const struct vc_policy_right *right = &asking->policy->rights[i];

        if (!vc_policy_same_subject(right->who, asking->who))
            continue;
        if (stage != nullptr && stage->narrowed) {
            put_right_of_stage(asking, right);
        } else {
            put_right(asking, right->may, vc_spot_of(right));
        }
    }
    vc_json_close_array(&asking->json);
    return is_too_long(asking) ? too_long(asking->err) : VC_OK;
}

static enum vc_code remember_rights(struct asking *asking, struct vc_query_memory *memory)
{
    const struct vc_json_writer outer = asking->json;
    enum vc_code code;
    enum vc_code written;

    memory->known = false;
    vc_buffer_done(&memory->rights);
    asking->json = vc_json_writer_over(&memory->rights);
    code = write_rights(asking, nullptr);
    written = vc_json_write_end(&asking->json, code == VC_OK ? asking->err : nullptr);
    asking->json = outer;
    if (code != VC_OK || written != VC_OK)
        return code != VC_OK ? code : written;
    memory->known = true;
    memory->version = vc_force_version(asking->force);
    return VC_OK;
}

static enum vc_code put_rights(struct asking *asking)
{
    struct vc_query_memory *memory = asking->facts->memory;
    enum vc_code code = VC_OK;

    if (memory == nullptr)
        return write_rights(asking, "rights");
    if (!memory->known || memory->version != vc_force_version(asking->force))
        code = remember_rights(asking, memory);
    if (code != VC_OK)
        return code;
    vc_json_put_value(&asking->json, "rights", vc_buffer_bytes(&memory->rights));
    return is_too_long(asking) ? too_long(asking->err) : VC_OK;
}

static enum vc_code put_streams(struct asking *asking)
{
    vc_json_open_array(&asking->json, "streams");
    for (size_t i = 0; i < asking->policy->stream_count; i++) {
        char path[sizeof(VC_POLICY_STREAMS_PATH) + 1 + VC_POLICY_NAME_MAX];
        unsigned may = 0;
        size_t consumer;

        if (vc_force_decide_consume(asking->force, asking->who, i, &consumer, nullptr) == VC_OK)
            may |= VC_RIGHT_READ;
        if (vc_force_decide_produce(asking->force, asking->who, i, nullptr) == VC_OK)
            may |= VC_RIGHT_WRITE;
        (void)snprintf(path, sizeof(path), "%s/%s", VC_POLICY_STREAMS_PATH,
                       asking->policy->streams[i].name);
        if (may != 0)
            put_place(asking, may, path, false);
    }
    vc_json_close_array(&asking->json);
    return VC_OK;
}

/* ---- questions ---- */

typedef enum vc_code put_fn(struct asking *asking);
typedef enum vc_code answer_fn(struct asking *asking, const char *arguments);

static const struct {
    const char *name;
    put_fn *put; /* of a topic without arguments; otherwise: */
    answer_fn *answer;
} TOPICS[] = {
    {"self", put_self, nullptr},
    {"policy", put_policy, nullptr},
    {"principals", put_principals, nullptr},
    {"inputs", put_inputs, nullptr},
    {"limits", put_limits, nullptr},
    {"receivers", nullptr, answer_receivers},
    {"may", nullptr, answer_may},
};

static enum vc_code answer(struct asking *asking, const char *question)
{
    for (size_t i = 0; i < VC_COUNT(TOPICS); i++) {
        size_t size = strlen(TOPICS[i].name);

        if (strncmp(question, TOPICS[i].name, size) != 0)
            continue;
        if (question[size] == '\0' && TOPICS[i].put != nullptr)
            return TOPICS[i].put(asking);
        if (question[size] == ' ' && TOPICS[i].answer != nullptr)
            return TOPICS[i].answer(asking, question + size + 1);
    }
    return vc_fail(asking->err, VC_MALFORMED, "query: no such question");
}

static struct asking ask(const struct vc_force *force, const struct vc_query_facts *facts,
                         struct vc_buffer *json, struct vc_err *err)
{
    struct asking asking = {.force = force,
                            .facts = facts,
                            .policy = vc_force_policy(force),
                            .who = {VC_SUBJECT_PROGRAM, facts->program},
                            .json = vc_json_writer_over(json),
                            .err = err};

    vc_json_open_object(&asking.json, nullptr);
    return asking;
}

/* What was appended of an answer that there is not is taken back. */
static enum vc_code conclude(struct asking *asking, enum vc_code code)
{
    if (code == VC_OK) {
        vc_json_close_object(&asking->json);
        code = vc_json_write_end(&asking->json, asking->err);
    }
    if (code == VC_OK && is_too_long(asking))
        code = too_long(asking->err);
    if (code != VC_OK)
        asking->json.out->size = asking->json.start;
    return code;
}

enum vc_code vc_query_answer(const struct vc_force *force, const struct vc_query_facts *facts,
                             struct vc_bytes question, struct vc_buffer *json, struct vc_err *err)
{
    char text[VC_QUERY_SIZE_MAX + 1];
    struct asking asking;

    if (question.size == 0 || question.size > VC_QUERY_SIZE_MAX ||
        memchr(question.data, '\0', question.size) != nullptr)
        return vc_fail(err, VC_MALFORMED, "query: not a question");
    memcpy(text, question.data, question.size);
    text[question.size] = '\0';
    asking = ask(force, facts, json, err);
    return conclude(&asking, answer(&asking, text));
}

static enum vc_code put_object(struct asking *asking, const char *key, put_fn *put)
{
    enum vc_code code;

    vc_json_open_object(&asking->json, key);
    code = put(asking);
    if (code == VC_OK)
        vc_json_close_object(&asking->json);
    return code;
}

enum vc_code vc_query_document(const struct vc_force *force, const struct vc_query_facts *facts,
                               struct vc_buffer *json, struct vc_err *err)
{
    static put_fn *const rest[] = {put_principals, put_rights, put_streams, put_inputs, put_limits};
    struct asking asking = ask(force, facts, json, err);
    enum vc_code code = put_object(&asking, "self", put_self);

    if (code == VC_OK)
        code = put_object(&asking, "policy", put_policy);
    for (size_t i = 0; code == VC_OK && i < VC_COUNT(rest); i++)
        code = rest[i](&asking);
    return conclude(&asking, code);
}
