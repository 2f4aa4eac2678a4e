/* SPDX-License-Identifier: MIT */

/* What programs are told, byte for byte: every topic, to each of two programs that have nothing in
 * common, under a policy with four principals; and every refusal. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "policy/meet.h"
#include "policy/query.h"
#include "policy/query_fixture.h"

/* What each program finds there. */
static const struct vc_query_input FILES[] = {
    {"/left/in/a", 7, true, {VC_SUBJECT_PRINCIPAL, 0}},
    {"/left/in/unknown", 1, false, {VC_SUBJECT_PRINCIPAL, 3}},
    {"/left/in/x\"y", 0, true, {VC_SUBJECT_PROGRAM, 0}},
    {"/left/out", 5, true, {VC_SUBJECT_PROGRAM, 0}},
    {"/right/in", 9, true, {VC_SUBJECT_PRINCIPAL, 2}},
    {"/right/out/z", 9, true, {VC_SUBJECT_PROGRAM, 1}},
};

struct scene {
    struct vc_policy *policy;
    struct vc_force *container, *force;
    struct vc_query_facts facts;
    struct vc_subjects meets;
    char in_force[2 * VC_SHA256_SIZE + 1], sha256[2 * VC_SHA256_SIZE + 1];
};

static void need(enum vc_code code, const struct vc_err *err)
{
    if (code != VC_OK)
        fail_msg("%s", err->text);
}

/* ---- a scene ---- */

static void each_file(void *user, bool (*visit)(void *visitor, const struct vc_query_input *input),
                      void *visitor)
{
    (void)user;
    for (size_t i = 0; i < VC_COUNT(FILES); i++) {
        if (!visit(visitor, &FILES[i]))
            return;
    }
}

static void encode_in_force(struct scene *scene)
{
    uint8_t digest[VC_SHA256_SIZE];
    struct vc_err err = {};

    need(vc_force_digest(scene->container, digest, &err), &err);
    vc_hex_encode((struct vc_bytes){digest, sizeof(digest)}, scene->in_force);
}

static void begin(struct scene *scene, struct vc_policy *policy, size_t program)
{
    struct vc_err err = {};

    *scene = (struct scene){.policy = policy};
    need(vc_force_new(policy, &scene->container, &err), &err);
    need(vc_force_new_within(scene->container, nullptr, &scene->force, &err), &err);
    scene->facts = (struct vc_query_facts){.program = program,
                                           .run = 7 + program,
                                           .principal = program == 0 ? 0 : 3,
                                           .node = "",
                                           .runs = 1,
                                           .container = scene->container,
                                           .meets = &scene->meets,
                                           .each_file = each_file};
    vc_policy_whom_it_meets(policy, program, &scene->meets);
    encode_in_force(scene);
    vc_hex_encode((struct vc_bytes){policy->hash, VC_SHA256_SIZE}, scene->sha256);
}

static void end(struct scene *scene)
{
    vc_force_free(scene->force);
    vc_force_free(scene->container);
}

static void narrow(struct scene *scene, struct vc_force *force, const char *text)
{
    struct vc_narrowing narrowing;
    struct vc_err err = {};
    bool changed = false;

    need(vc_narrowing_parse(scene->policy, (struct vc_bytes){(const uint8_t *)text, strlen(text)},
                            &narrowing, &err),
         &err);
    need(vc_force_narrow(force, &narrowing, &changed, &err), &err);
    assert_true(changed);
}

static enum vc_code ask(const struct scene *scene, const char *question, struct vc_buffer *answer)
{
    struct vc_err err = {};

    return vc_query_answer(scene->force, &scene->facts,
                           (struct vc_bytes){(const uint8_t *)question, strlen(question)}, answer,
                           &err);
}

/* %S and %F in what is expected stand for the digests. */
static void expand(const struct scene *scene, const char *text, struct vc_buffer *out)
{
    for (; *text != '\0'; text++) {
        const char *digest = nullptr;

        if (text[0] == '%')
            digest = text[1] == 'S' ? scene->sha256 : scene->in_force;
        if (digest != nullptr) {
            assert_int_equal(vc_buffer_append_text(out, digest, nullptr), VC_OK);
            text++;
        } else {
            struct vc_bytes byte = {(const uint8_t *)text, 1};

            assert_int_equal(vc_buffer_append(out, byte, nullptr), VC_OK);
        }
    }
}

static void compare(const struct scene *scene, const char *name, const struct vc_buffer *answer,
                    const char *expected)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer wanted = {};

    expand(scene, expected, &wanted);
    if (answer->size != wanted.size || memcmp(answer->data, wanted.data, wanted.size) != 0)
        fail_msg("%s: %.*s", name, (int)answer->size, (const char *)answer->data);
}

/* ---- every topic ---- */

struct row {
    const char *question;
    enum vc_code code[2]; /* to each program */
    const char *answer[2];
};

#define LIMITS_LEFT                                                                           \
    "\"limits\":{\"memory_mib\":32,\"stack_kib\":512,\"cpu_seconds\":10,\"wall_seconds\":30," \
    "\"files\":16,\"open_files\":20,\"processes\":2,\"output_bytes\":1048576,"                \
    "\"written_bytes\":2097152},\"runs_left\":2,\"expires\":\"2027-06-30T00:00:00Z\""
#define LIMITS_RIGHT                                                                            \
    "\"limits\":{\"memory_mib\":64,\"stack_kib\":1024,\"cpu_seconds\":60,\"wall_seconds\":120," \
    "\"files\":64,\"open_files\":128,\"processes\":16,\"output_bytes\":67108864,"               \
    "\"written_bytes\":1073741824},\"expires\":\"2027-06-30T00:00:00Z\""
#define POLICY_ANSWER                                                          \
    "\"name\":\"two\",\"sha256\":\"%S\",\"expires\":\"2027-06-30T00:00:00Z\"," \
    "\"in_force\":\"%F\""
#define SELF_LEFT \
    "\"program\":\"left\",\"run\":7,\"node\":\"\",\"incarnation\":0,\"started_by\":\"alice\""
#define SELF_RIGHT \
    "\"program\":\"right\",\"run\":8,\"node\":\"\",\"incarnation\":0,\"started_by\":\"dave\""
#define INPUTS_LEFT                                                                             \
    "\"inputs\":[{\"path\":\"/left/in/a\",\"bytes\":7,\"given_by\":{\"principal\":\"alice\"}}," \
    "{\"path\":\"/left/in/unknown\",\"bytes\":1},"                                              \
    "{\"path\":\"/left/in/x\\\"y\",\"bytes\":0,\"given_by\":{\"program\":\"left\"}}]"
#define INPUTS_RIGHT \
    "\"inputs\":[{\"path\":\"/right/in\",\"bytes\":9,\"given_by\":{\"principal\":\"carol\"}}]"

#define TO_BOTH(code) \
    {code, code},     \
    {                 \
    }
#define TO_LEFT(text)    \
    {VC_OK, VC_REFUSED}, \
    {                    \
        text, nullptr    \
    }
#define TO_RIGHT(text)   \
    {VC_REFUSED, VC_OK}, \
    {                    \
        nullptr, text    \
    }

static const struct row ROWS[] = {
    {"self", {VC_OK, VC_OK}, {"{" SELF_LEFT "}", "{" SELF_RIGHT "}"}},
    {"policy", {VC_OK, VC_OK}, {"{" POLICY_ANSWER "}", "{" POLICY_ANSWER "}"}},
    {"principals",
     {VC_OK, VC_OK},
     {"{\"principals\":[\"alice\",\"bob\"]}", "{\"principals\":[\"carol\",\"dave\"]}"}},
    {"inputs", {VC_OK, VC_OK}, {"{" INPUTS_LEFT "}", "{" INPUTS_RIGHT "}"}},
    {"limits", {VC_OK, VC_OK}, {"{" LIMITS_LEFT "}", "{" LIMITS_RIGHT "}"}},
    /* receivers: where one has a right, the other has none, and nobody has one that is not there */
    {"receivers /left/out",
     TO_LEFT("{\"path\":\"/left/out\",\"principals\":[\"bob\"],\"programs\":[]}")},
    {"receivers /left/in/a",
     TO_LEFT("{\"path\":\"/left/in/a\",\"principals\":[],\"programs\":[\"left\"]}")},
    {"receivers /left//in/./b/../",
     TO_LEFT("{\"path\":\"/left/in\",\"principals\":[],\"programs\":[\"left\"]}")},
    {"receivers /right/out/z",
     TO_RIGHT("{\"path\":\"/right/out/z\",\"principals\":[\"dave\"],\"programs\":[]}")},
    {"receivers /right/in",
     TO_RIGHT("{\"path\":\"/right/in\",\"principals\":[\"dave\"],\"programs\":[\"right\"]}")},
    {"receivers /stream/prices",
     TO_LEFT("{\"path\":\"/stream/prices\",\"principals\":[\"bob\"],\"programs\":[\"left\"]}")},
    {"receivers /stream/sums",
     TO_RIGHT("{\"path\":\"/stream/sums\",\"principals\":[\"dave\"],\"programs\":[]}")},
    {"receivers /stream/none", TO_BOTH(VC_REFUSED)},
    {"receivers /stream", TO_BOTH(VC_REFUSED)},
    {"receivers /stream/sums/x", TO_BOTH(VC_REFUSED)},
    {"receivers /", TO_BOTH(VC_REFUSED)},
    {"receivers /program/left.wasm", TO_BOTH(VC_REFUSED)},
    {"receivers /elsewhere", TO_BOTH(VC_REFUSED)},
    {"receivers /right", TO_BOTH(VC_REFUSED)},
    {"receivers /veracruz/policy.json", TO_BOTH(VC_REFUSED)},
    /* may: of those whom it meets, anything about its own places */
    {"may bob read /left/out", TO_LEFT("{\"may\":true}")},
    {"may bob write /left/out", TO_LEFT("{\"may\":false}")},
    {"may alice read /left/out", TO_LEFT("{\"may\":false}")},
    {"may alice write /left/in/a", TO_LEFT("{\"may\":true}")},
    {"may alice append /left/in/a", TO_LEFT("{\"may\":false}")},
    {"may alice delete /left/in/a", TO_LEFT("{\"may\":false}")},
    {"may program:left list /left/in", TO_LEFT("{\"may\":true}")},
    {"may program:left delete /left/out", TO_LEFT("{\"may\":true}")},
    {"may program:left execute /left/out", TO_LEFT("{\"may\":false}")},
    {"may alice execute /program/left.wasm", TO_LEFT("{\"may\":true}")},
    {"may bob execute /program/left.wasm", TO_LEFT("{\"may\":false}")},
    {"may alice write /program/left.wasm", TO_BOTH(VC_REFUSED)},
    {"may dave execute /program/right.wasm", TO_RIGHT("{\"may\":true}")},
    {"may dave read /right/in", TO_RIGHT("{\"may\":true}")},
    {"may carol write /right/in", TO_RIGHT("{\"may\":true}")},
    {"may alice write /stream/prices", TO_LEFT("{\"may\":true}")},
    {"may alice read /stream/prices", TO_LEFT("{\"may\":false}")},
    {"may bob read /stream/prices", TO_LEFT("{\"may\":true}")},
    {"may bob append /stream/prices", TO_LEFT("{\"may\":false}")},
    {"may program:right write /stream/sums", TO_RIGHT("{\"may\":true}")},
    /* a name that it may not know, and one that does not exist */
    {"may carol read /left/out", {VC_NOT_FOUND, VC_REFUSED}, {}},
    {"may dave read /left/out", {VC_NOT_FOUND, VC_REFUSED}, {}},
    {"may nobody read /left/out", {VC_NOT_FOUND, VC_REFUSED}, {}},
    {"may program:right read /left/out", {VC_NOT_FOUND, VC_REFUSED}, {}},
    {"may program:none read /left/out", {VC_NOT_FOUND, VC_REFUSED}, {}},
    {"may left read /left/out", {VC_NOT_FOUND, VC_REFUSED}, {}},
    {"may carol execute /program/left.wasm", {VC_NOT_FOUND, VC_REFUSED}, {}},
    {"may alice read /right/in", {VC_REFUSED, VC_NOT_FOUND}, {}},
    {"may nobody read /right/in", {VC_REFUSED, VC_NOT_FOUND}, {}},
    {"may carol read /stream/prices", {VC_NOT_FOUND, VC_REFUSED}, {}},
    /* and where it has no right, no name makes a difference */
    {"may alice read /elsewhere", TO_BOTH(VC_REFUSED)},
    {"may nobody read /elsewhere", TO_BOTH(VC_REFUSED)},
    {"may program:left read /elsewhere", TO_BOTH(VC_REFUSED)},
    {"may alice read /stream/none", TO_BOTH(VC_REFUSED)},
    /* not questions */
    {"", TO_BOTH(VC_MALFORMED)},
    {" ", TO_BOTH(VC_MALFORMED)},
    {"self ", TO_BOTH(VC_MALFORMED)},
    {" self", TO_BOTH(VC_MALFORMED)},
    {"Self", TO_BOTH(VC_MALFORMED)},
    {"selfish", TO_BOTH(VC_MALFORMED)},
    {"sel", TO_BOTH(VC_MALFORMED)},
    {"policy x", TO_BOTH(VC_MALFORMED)},
    {"receivers", TO_BOTH(VC_MALFORMED)},
    {"receivers ", TO_BOTH(VC_MALFORMED)},
    {"receivers left/out", TO_BOTH(VC_MALFORMED)},
    {"receivers  /left/out", TO_BOTH(VC_MALFORMED)},
    {"receivers /left/out\n", TO_BOTH(VC_MALFORMED)},
    {"receivers /left/\xff", TO_BOTH(VC_MALFORMED)},
    {"may", TO_BOTH(VC_MALFORMED)},
    {"may ", TO_BOTH(VC_MALFORMED)},
    {"may bob", TO_BOTH(VC_MALFORMED)},
    {"may bob read", TO_BOTH(VC_MALFORMED)},
    {"may bob read ", TO_BOTH(VC_MALFORMED)},
    {"may  bob read /left/out", TO_BOTH(VC_MALFORMED)},
    {"may bob  read /left/out", TO_BOTH(VC_MALFORMED)},
    {"may bob eat /left/out", TO_BOTH(VC_MALFORMED)},
    {"may bob readwrite /left/out", TO_BOTH(VC_MALFORMED)},
    {"may bob read left/out", TO_BOTH(VC_MALFORMED)},
    {"may xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx read "
     "/left/out",
     TO_BOTH(VC_MALFORMED)},
};

static void test_every_topic(void **state)
{
    for (size_t i = 0; i < 2 * VC_COUNT(ROWS); i++) {
        const struct row *row = &ROWS[i / 2];
        vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
        struct scene scene;
        enum vc_code code;

        begin(&scene, *state, i % 2);
        code = ask(&scene, row->question, &answer);
        if (code != row->code[i % 2])
            fail_msg("\"%s\" to %zu: code %d", row->question, i % 2, code);
        if (code == VC_OK) {
            compare(&scene, row->question, &answer, row->answer[i % 2]);
        } else {
            assert_int_equal(answer.size, 0);
        }
        end(&scene);
    }
}

/* Whatever the answer, the names of those whom it does not meet are not in it. */
static void test_nobody_else_is_named(void **state)
{
    static const char *const strangers[2][6] = {{"carol", "dave", "\"right\"", "/right", "sums"},
                                                {"alice", "bob", "\"left\"", "/left", "prices"}};

    for (size_t i = 0; i < 2 * (VC_COUNT(ROWS) + 1); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
        struct vc_err err = {};
        struct scene scene;

        begin(&scene, *state, i % 2);
        if (i / 2 == VC_COUNT(ROWS)) {
            need(vc_query_document(scene.force, &scene.facts, &answer, &err), &err);
        } else {
            const char *question = ROWS[i / 2].question;

            (void)!vc_query_answer(scene.force, &scene.facts,
                                   (struct vc_bytes){(const uint8_t *)question, strlen(question)},
                                   &answer, &err);
        }
        assert_int_equal(
            vc_buffer_append(&answer, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr), VC_OK);
        for (size_t k = 0; strangers[i % 2][k] != nullptr; k++) {
            if (strstr((const char *)answer.data, strangers[i % 2][k]) != nullptr ||
                strstr(err.text, strangers[i % 2][k]) != nullptr)
                fail_msg("%s: %s", strangers[i % 2][k], (const char *)answer.data);
        }
        end(&scene);
    }
}

/* A refusal's sentence is the same for a name that exists and one that does not. */
static void test_refusals_are_alike(void **state)
{
    static const char *const names[] = {"carol", "dave", "nobody", "program:right", "program:none"};
    static const char *const questions[] = {"may %s read /left/out", "may %s read /right/in"};
    char first[2][sizeof(((struct vc_err *)nullptr)->text)] = {};
    struct scene scene;

    begin(&scene, *state, 0);
    for (size_t i = 0; i < VC_COUNT(names) * VC_COUNT(questions); i++) {
        size_t which = i % VC_COUNT(questions);
        vc_cleanup(vc_buffer_done) struct vc_buffer question = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
        struct vc_err err = {};

        need(vc_buffer_printf(&question, &err,
                              which == 0 ? "may %s read /left/out" : "may %s read /right/in",
                              names[i / VC_COUNT(questions)]),
             &err);
        assert_int_not_equal(
            vc_query_answer(scene.force, &scene.facts, vc_buffer_bytes(&question), &answer, &err),
            VC_OK);
        if (first[which][0] == '\0')
            memcpy(first[which], err.text, sizeof(err.text));
        assert_string_equal(err.text, first[which]);
    }
    end(&scene);
}

/* ---- the document ---- */

static const char DOCUMENT_LEFT[] =
    "{\"self\":{" SELF_LEFT "},\"policy\":{" POLICY_ANSWER "},\"principals\":[\"alice\",\"bob\"],"
    "\"rights\":[{\"may\":[\"read\",\"list\"],\"path\":\"/left/in/\","
    "\"receivers\":{\"principals\":[],\"programs\":[\"left\"]}},"
    "{\"may\":[\"write\",\"delete\"],\"path\":\"/left/out\","
    "\"receivers\":{\"principals\":[\"bob\"],\"programs\":[]}}],"
    "\"streams\":[{\"may\":[\"read\"],\"path\":\"/stream/prices\","
    "\"receivers\":{\"principals\":[\"bob\"],\"programs\":[\"left\"]}}]," INPUTS_LEFT
    "," LIMITS_LEFT "}";
static const char DOCUMENT_RIGHT[] =
    "{\"self\":{" SELF_RIGHT "},\"policy\":{" POLICY_ANSWER "},\"principals\":[\"carol\",\"dave\"],"
    "\"rights\":[{\"may\":[\"read\"],\"path\":\"/right/in\","
    "\"receivers\":{\"principals\":[\"dave\"],\"programs\":[\"right\"]}},"
    "{\"may\":[\"write\",\"append\"],\"path\":\"/right/out/\","
    "\"receivers\":{\"principals\":[\"dave\"],\"programs\":[]}}],"
    "\"streams\":[{\"may\":[\"write\"],\"path\":\"/stream/sums\","
    "\"receivers\":{\"principals\":[\"dave\"],\"programs\":[]}}]," INPUTS_RIGHT "," LIMITS_RIGHT
    "}";

static void test_document(void **state)
{
    static const char *const documents[] = {DOCUMENT_LEFT, DOCUMENT_RIGHT};

    for (size_t i = 0; i < VC_COUNT(documents); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
        struct vc_err err = {};
        struct scene scene;

        begin(&scene, *state, i);
        need(vc_query_document(scene.force, &scene.facts, &answer, &err), &err);
        compare(&scene, "document", &answer, documents[i]);
        end(&scene);
    }
}

/* What is remembered is what would be found, and as long as nothing was narrowed. */
static void test_memory(void **state)
{
    struct vc_query_memory memory = {};
    struct scene scene;

    begin(&scene, *state, 0);
    for (size_t i = 0; i < 4; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer found = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer remembered = {};

        if (i == 2) {
            narrow(&scene, scene.force,
                   "{\"take\":{\"may\":[\"read\"],\"path\":\"/left/in/\","
                   "\"from\":[{\"program\":\"left\"}]}}");
        }
        scene.facts.memory = nullptr;
        assert_int_equal(vc_query_document(scene.force, &scene.facts, &found, nullptr), VC_OK);
        scene.facts.memory = &memory;
        assert_int_equal(vc_query_document(scene.force, &scene.facts, &remembered, nullptr), VC_OK);
        assert_int_equal(found.size, remembered.size);
        assert_memory_equal(found.data, remembered.data, found.size);
        assert_true(memory.known);
    }
    vc_buffer_done(&memory.rights);
    end(&scene);
}

static void test_pipeline_and_node(void **state)
{
    static char nightly[] = "nightly", sort[] = "sort";
    static const struct vc_policy_pipeline pipeline = {.name = nightly};
    static const struct vc_policy_stage stage = {.name = sort};
    vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
    struct scene scene;

    begin(&scene, *state, 0);
    scene.facts.pipeline = &pipeline;
    scene.facts.stage = &stage;
    scene.facts.node = "mapper";
    scene.facts.incarnation = 4;
    assert_int_equal(ask(&scene, "self", &answer), VC_OK);
    compare(&scene, "self", &answer,
            "{\"program\":\"left\",\"run\":7,\"node\":\"mapper\",\"incarnation\":4,"
            "\"started_by\":\"alice\",\"pipeline\":\"nightly\",\"stage\":\"sort\"}");
    end(&scene);
}

/* The rights of a stage are told as far as the program has them. */
static void test_rights_of_a_stage(void **state)
{
    static const char rights[] = "\"rights\":[{\"may\":[\"read\"],\"path\":\"/left/in/a\","
                                 "\"receivers\":{\"principals\":[],\"programs\":[\"left\"]}},"
                                 "{\"may\":[\"write\"],\"path\":\"/left/out\","
                                 "\"receivers\":{\"principals\":[\"bob\"],\"programs\":[]}}],";
    static char name[] = "sort", in[] = "/left/in/a", out[] = "/left", elsewhere[] = "/right";
    static struct vc_policy_stage_right own[] = {
        {VC_RIGHT_READ | VC_RIGHT_WRITE, in, false},
        {VC_RIGHT_WRITE, out, true},
        {VC_RIGHT_READ, elsewhere, true},
    };
    static const struct vc_policy_pipeline pipeline = {.name = name};
    static const struct vc_policy_stage stage = {
        .name = name, .narrowed = true, .rights = own, .right_count = VC_COUNT(own)};
    vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
    struct vc_err err = {};
    struct scene scene;

    begin(&scene, *state, 0);
    vc_force_free(scene.force);
    scene.force = nullptr;
    need(vc_force_new_within(scene.container, &stage, &scene.force, &err), &err);
    scene.facts.pipeline = &pipeline;
    scene.facts.stage = &stage;
    need(vc_query_document(scene.force, &scene.facts, &answer, &err), &err);
    need(vc_buffer_append(&answer, (struct vc_bytes){(const uint8_t *)"", 1}, &err), &err);
    if (strstr((const char *)answer.data, rights) == nullptr)
        fail_msg("%s", (const char *)answer.data);
    end(&scene);
}

/* ---- what was narrowed ---- */

struct narrowed_row {
    const char *narrowing;
    bool of_run;
    const char *question, *answer;
};

static const struct narrowed_row NARROWED[] = {
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/left/out\",\"from_all_but\":[]}}", false,
     "receivers /left/out", "{\"path\":\"/left/out\",\"principals\":[],\"programs\":[]}"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/left/out\",\"from\":[{\"principal\":\"bob\"}]}}",
     false, "may bob read /left/out", "{\"may\":false}"},
    /* whom it met it still knows */
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/left/out\",\"from_all_but\":[]}}", false,
     "principals", "{\"principals\":[\"alice\",\"bob\"]}"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/left/in/\",\"from\":[{\"program\":\"left\"}]}}",
     true, "inputs", "{\"inputs\":[]}"},
    {"{\"take\":{\"may\":[\"read\"],\"path\":\"/left/in/a\",\"from\":[{\"program\":\"left\"}]}}",
     true, "receivers /left/in/a", "{\"path\":\"/left/in/a\",\"principals\":[],\"programs\":[]}"},
    {"{\"take_stream\":{\"stream\":\"prices\",\"from\":[{\"principal\":\"bob\"}]}}", false,
     "receivers /stream/prices",
     "{\"path\":\"/stream/prices\",\"principals\":[],\"programs\":[\"left\"]}"},
    {"{\"take_stream\":{\"stream\":\"prices\",\"from\":[{\"principal\":\"alice\"}]}}", false,
     "may alice write /stream/prices", "{\"may\":false}"},
    {"{\"runs\":{\"program\":\"left\",\"at_most\":1}}", false, "limits",
     "{\"limits\":{\"memory_mib\":32,\"stack_kib\":512,\"cpu_seconds\":10,\"wall_seconds\":30,"
     "\"files\":16,\"open_files\":20,\"processes\":2,\"output_bytes\":1048576,"
     "\"written_bytes\":2097152},\"runs_left\":0,\"expires\":\"2027-06-30T00:00:00Z\"}"},
    {"{\"limits\":{\"program\":\"left\",\"cpu_seconds\":3}}", true, "limits",
     "{\"limits\":{\"memory_mib\":32,\"stack_kib\":512,\"cpu_seconds\":3,\"wall_seconds\":30,"
     "\"files\":16,\"open_files\":20,\"processes\":2,\"output_bytes\":1048576,"
     "\"written_bytes\":2097152},\"runs_left\":2,\"expires\":\"2027-06-30T00:00:00Z\"}"},
    {"{\"expires\":\"2027-01-02T03:04:05Z\"}", false, "limits",
     "{\"limits\":{\"memory_mib\":32,\"stack_kib\":512,\"cpu_seconds\":10,\"wall_seconds\":30,"
     "\"files\":16,\"open_files\":20,\"processes\":2,\"output_bytes\":1048576,"
     "\"written_bytes\":2097152},\"runs_left\":2,\"expires\":\"2027-01-02T03:04:05Z\"}"},
    {"{\"expires\":\"2027-01-02T03:04:05Z\"}", false, "policy", "{" POLICY_ANSWER "}"},
};

static void test_narrowed(void **state)
{
    for (size_t i = 0; i < VC_COUNT(NARROWED); i++) {
        const struct narrowed_row *row = &NARROWED[i];
        vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
        char before[sizeof(((struct scene *)nullptr)->in_force)];
        struct scene scene;

        begin(&scene, *state, 0);
        memcpy(before, scene.in_force, sizeof(before));
        narrow(&scene, row->of_run ? scene.force : scene.container, row->narrowing);
        encode_in_force(&scene);
        assert_int_equal(strcmp(before, scene.in_force) == 0, row->of_run);
        assert_int_equal(ask(&scene, row->question, &answer), VC_OK);
        compare(&scene, row->question, &answer, row->answer);
        end(&scene);
    }
}

/* A right that is gone is not in the document, nor is a stream. */
static void test_document_narrows(void **state)
{
    static const char gone[] = "{\"self\":{" SELF_LEFT "},\"policy\":{" POLICY_ANSWER
                               "},\"principals\":[\"alice\",\"bob\"],"
                               "\"rights\":[{\"may\":[\"list\"],\"path\":\"/left/in/\","
                               "\"receivers\":{\"principals\":[],\"programs\":[]}}],\"streams\":[],"
                               "\"inputs\":[]," LIMITS_LEFT "}";
    vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
    struct vc_err err = {};
    struct scene scene;

    begin(&scene, *state, 0);
    narrow(&scene, scene.force,
           "{\"take\":{\"may\":[\"read\"],\"path\":\"/left/in/\","
           "\"from\":[{\"program\":\"left\"}]}}");
    narrow(&scene, scene.force,
           "{\"take\":{\"may\":[\"write\",\"delete\"],\"path\":\"/left/out\","
           "\"from\":[{\"program\":\"left\"}]}}");
    narrow(&scene, scene.force,
           "{\"take_stream\":{\"stream\":\"prices\",\"from\":[{\"program\":\"left\"}]}}");
    need(vc_query_document(scene.force, &scene.facts, &answer, &err), &err);
    compare(&scene, "document", &answer, gone);
    end(&scene);
}

/* ---- bounds ---- */

static void many_files(void *user, bool (*visit)(void *visitor, const struct vc_query_input *input),
                       void *visitor)
{
    size_t *count = user;

    while (visit(visitor, &FILES[0]))
        ++*count;
}

static void test_size_of_answers(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
    struct vc_err err = {};
    struct scene scene;
    size_t count = 0;

    begin(&scene, *state, 0);
    scene.facts.each_file = many_files;
    scene.facts.user = &count;
    assert_int_equal(vc_buffer_append_text(&answer, "before", nullptr), VC_OK);
    assert_int_equal(ask(&scene, "inputs", &answer), VC_LIMIT);
    assert_int_equal(answer.size, 6);
    assert_true(count > 100000);
    assert_int_equal(vc_query_document(scene.force, &scene.facts, &answer, &err), VC_LIMIT);
    assert_int_equal(answer.size, 6);
    end(&scene);
}

/* A path as long as any can be, and one byte more; and what is no text. */
static void test_size_of_questions(void **state)
{
    static const char start[] = "receivers /left/in/";
    static const size_t words = sizeof("receivers ") - 1;
    static char question[VC_QUERY_SIZE_MAX + 2];
    struct scene scene;

    begin(&scene, *state, 0);
    for (size_t size = VC_PATH_MAX - 3; size <= VC_QUERY_SIZE_MAX - words + 1; size++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
        bool is_path = size < VC_PATH_MAX;

        memset(question, 'x', words + size);
        for (size_t i = sizeof(start); i < words + size - 1; i += 200)
            question[i] = '/';
        question[words + size] = '\0';
        memcpy(question, start, sizeof(start) - 1);
        assert_int_equal(ask(&scene, question, &answer), is_path ? VC_OK : VC_MALFORMED);
        if (is_path)
            assert_memory_equal(answer.data + sizeof("{\"path\":\"") - 1, question + words, size);
    }
    vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};

    assert_int_equal(vc_query_answer(scene.force, &scene.facts,
                                     (struct vc_bytes){(const uint8_t *)"self\0", 5}, &answer,
                                     nullptr),
                     VC_MALFORMED);
    end(&scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_topic),
        cmocka_unit_test(test_nobody_else_is_named),
        cmocka_unit_test(test_refusals_are_alike),
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_pipeline_and_node),
        cmocka_unit_test(test_rights_of_a_stage),
        cmocka_unit_test(test_narrowed),
        cmocka_unit_test(test_document_narrows),
        cmocka_unit_test(test_size_of_answers),
        cmocka_unit_test(test_size_of_questions),
    };

    return cmocka_run_group_tests(tests, vc_query_fixture_setup, vc_query_fixture_teardown);
}
