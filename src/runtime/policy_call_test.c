/* SPDX-License-Identifier: MIT */

/* Questions and narrowings as a worker sends them: what is answered, what is in force then, and
 * packets that no honest worker sends. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/wasi.h"
#include "runtime/policy_call.h"
#include "runtime/policy_call_fixture.h"

static constexpr size_t ANSWER_MAX = 4096;

struct scene {
    struct policy_scene policy;
    unsigned told; /* changes that whoever watches was told */
    struct vc_narrower_watcher watcher;
};

static void hear(void *user, const struct vc_narrowed *)
{
    struct scene *scene = user;

    scene->told++;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    policy_scene_begin(&scene->policy);
    scene->watcher = (struct vc_narrower_watcher){.changed = hear, .user = scene};
    vc_narrower_watch(scene->policy.narrower, &scene->watcher);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    vc_narrower_unwatch(scene->policy.narrower, &scene->watcher);
    policy_scene_end(&scene->policy);
    free(scene);
    return 0;
}

/* A packet of the one form. */
static void compose(struct vc_buffer *packet, uint32_t call, uint32_t flags, const char *text)
{
    struct vc_worker_call head = {
        .kind = VC_WORKER_CALL, .call = call, .flags = flags, .name_size = (uint32_t)strlen(text)};

    assert_int_equal(vc_buffer_append(packet, VC_BYTES_OF(head), nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(packet, text, nullptr), VC_OK);
}

static uint32_t call(struct scene *scene, uint32_t kind, uint32_t flags, const char *text,
                     char answer[ANSWER_MAX])
{
    vc_cleanup(vc_buffer_done) struct vc_buffer packet = {};
    vc_cleanup(vc_policy_reply_done) struct vc_policy_reply reply = {};
    ssize_t got = 0;

    compose(&packet, kind, flags, text);
    assert_true(vc_policy_call_is(vc_buffer_bytes(&packet)));
    assert_int_equal(
        vc_policy_call(&scene->policy.caller, vc_buffer_bytes(&packet), &reply, nullptr), VC_OK);
    assert_int_equal(reply.head.kind, VC_WORKER_ANSWER);
    if (reply.content != nullptr) {
        got = pread(vc_blob_fd(reply.content), answer, ANSWER_MAX - 1, 0);
        assert_int_equal(got, reply.head.size);
        assert_int_equal(got, vc_blob_size(reply.content));
        assert_true(write(vc_blob_fd(reply.content), "x", 1) < 0); /* it is sealed */
    }
    answer[got] = '\0';
    return reply.head.wasi_errno;
}

#define TAKE(path, list) "{\"take\":{\"may\":[\"read\"],\"path\":\"" path "\"," list "}}"
#define FROM_BOB         "\"from\":[{\"principal\":\"bob\"}]"
#define FROM_ITSELF      "\"from\":[{\"program\":\"split\"}]"
#define WHO_READS        "receivers /output/2"

struct row {
    const char *name;
    uint32_t call, flags;
    const char *text;
    uint32_t result;
    const char *answer; /* null: none */
    unsigned told;
    const char *then; /* what WHO_READS is answered then */
};

#define BOTH    "{\"path\":\"/output/2\",\"principals\":[\"alice\",\"bob\"],\"programs\":[]}"
#define ALICE   "{\"path\":\"/output/2\",\"principals\":[\"alice\"],\"programs\":[]}"
#define CHANGED "{\"changed\":true}"
#define SAME    "{\"changed\":false}"
#define UNKNOWN "{\"refused\":\"narrowing: no such name among those that the program may know\"}"

static const struct row ROWS[] = {
    {"question", VC_CALL_QUERY, 0, WHO_READS, 0, BOTH, 0, BOTH},
    {"no question", VC_CALL_QUERY, 0, "hello", VC_WASI_INVAL, nullptr, 0, BOTH},
    {"question about others", VC_CALL_QUERY, 0, "receivers /private", VC_WASI_ACCES, nullptr, 0,
     BOTH},
    {"question of nobody", VC_CALL_QUERY, 0, "may nobody read /output/2", VC_WASI_NOENT, nullptr, 0,
     BOTH},
    {"take", VC_CALL_NARROW, 0, TAKE("/output/2", FROM_BOB), 0, CHANGED, 1, ALICE},
    {"take what nobody has", VC_CALL_NARROW, 0, TAKE("/output/none", FROM_ITSELF), 0, SAME, 0,
     BOTH},
    {"take from a stranger", VC_CALL_NARROW, 0,
     TAKE("/output/2", "\"from\":[{\"principal\":\"carol\"}]"), VC_WASI_NOENT, UNKNOWN, 0, BOTH},
    {"take from nobody", VC_CALL_NARROW, 0,
     TAKE("/output/2", "\"from\":[{\"principal\":\"nobody\"}]"), VC_WASI_NOENT, UNKNOWN, 0, BOTH},
    {"take where it may not", VC_CALL_NARROW, 0, TAKE("/input/x", FROM_BOB), VC_WASI_ACCES,
     "{\"refused\":\"", 0, BOTH},
    {"take from others for the run", VC_CALL_NARROW, VC_NARROW_RUN, TAKE("/output/2", FROM_BOB),
     VC_WASI_ACCES, "{\"refused\":\"", 0, BOTH},
    {"no narrowing", VC_CALL_NARROW, 0, "hello", VC_WASI_INVAL, "{\"refused\":\"", 0, BOTH},
    {"an empty one", VC_CALL_NARROW, VC_NARROW_RUN, "{}", VC_WASI_INVAL, "{\"refused\":\"", 0,
     BOTH},
    {"not even from anybody", VC_CALL_NARROW, 0, TAKE("/output/2", "\"from\":[]"), VC_WASI_INVAL,
     "{\"refused\":\"", 0, BOTH},
    {"twice two", VC_CALL_NARROW, 0, "{\"freeze_inputs\":true,\"freeze_inputs\":true}",
     VC_WASI_INVAL, "{\"refused\":\"", 0, BOTH},
};

static void test_calls(void **state)
{
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        const struct row *row = &ROWS[i];
        char answer[ANSWER_MAX];
        struct scene *scene;
        size_t size = row->answer != nullptr ? strlen(row->answer) : 0;

        (void)set_up(state);
        scene = *state;
        if (call(scene, row->call, row->flags, row->text, answer) != row->result)
            fail_msg("%s: another errno: %s", row->name, answer);
        if (strncmp(answer, row->answer != nullptr ? row->answer : "", size) != 0 ||
            (size == 0 && answer[0] != '\0'))
            fail_msg("%s: %s", row->name, answer);
        assert_int_equal(scene->told, row->told);
        assert_int_equal(call(scene, VC_CALL_QUERY, 0, WHO_READS, answer), 0);
        assert_string_equal(answer, row->then);
        (void)tear_down(state);
    }
    (void)set_up(state);
}

/* What a run gives up, it alone has no more. */
static void test_for_the_run_alone(void **state)
{
    struct scene *scene = *state;
    const struct vc_force *container = vc_narrower_force(scene->policy.narrower);
    struct vc_subject self = {VC_SUBJECT_PROGRAM, 0};
    char answer[ANSWER_MAX];

    assert_int_equal(call(scene, VC_CALL_NARROW, VC_NARROW_RUN,
                          "{\"take\":{\"may\":[\"read\"],\"path\":\"/input/\"," FROM_ITSELF "}}",
                          answer),
                     0);
    assert_string_equal(answer, CHANGED);
    assert_int_equal(scene->told, 0);
    assert_int_equal(vc_force_decide(scene->policy.force, self, VC_RIGHT_READ, "/input/x", nullptr),
                     VC_REFUSED);
    assert_int_equal(vc_force_decide(container, self, VC_RIGHT_READ, "/input/x", nullptr), VC_OK);
    assert_int_equal(call(scene, VC_CALL_NARROW, VC_NARROW_RUN,
                          "{\"limits\":{\"program\":\"split\",\"cpu_seconds\":1}}", answer),
                     0);
    assert_string_equal(answer, CHANGED);
    assert_int_equal(vc_force_limits(scene->policy.force, 0).cpu_seconds, 1);
    assert_int_not_equal(vc_force_limits(container, 0).cpu_seconds, 1);
    assert_int_equal(call(scene, VC_CALL_NARROW, VC_NARROW_RUN,
                          "{\"limits\":{\"program\":\"split\",\"cpu_seconds\":2}}", answer),
                     0);
    assert_string_equal(answer, SAME);
    assert_int_equal(vc_force_limits(scene->policy.force, 0).cpu_seconds, 1);
}

/* ---- packets ---- */

static enum vc_code send(struct scene *scene, const struct vc_buffer *packet, size_t size)
{
    vc_cleanup(vc_policy_reply_done) struct vc_policy_reply reply = {};
    struct vc_bytes bytes = {packet->data, size};

    return vc_policy_call(&scene->policy.caller, bytes, &reply, nullptr);
}

static void test_cut_packets(void **state)
{
    static const uint32_t calls[] = {VC_CALL_QUERY, VC_CALL_NARROW};

    for (size_t i = 0; i < VC_COUNT(calls); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer packet = {};

        compose(&packet, calls[i], 0, "self");
        for (size_t size = 0; size < packet.size; size++)
            assert_int_equal(send(*state, &packet, size), VC_MALFORMED);
        assert_int_equal(send(*state, &packet, packet.size), VC_OK);
        assert_int_equal(vc_buffer_append_text(&packet, "x", nullptr), VC_OK);
        assert_int_equal(send(*state, &packet, packet.size), VC_MALFORMED);
    }
}

/* Every bit of the head but those of the size matters. */
static void test_heads(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer packet = {};
    size_t good = 0;

    compose(&packet, VC_CALL_QUERY, 0, "self");
    for (size_t bit = 0; bit < 8 * sizeof(struct vc_worker_call); bit++) {
        packet.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        good += send(*state, &packet, packet.size) == VC_OK;
        packet.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(good, VC_CALL_QUERY == (VC_CALL_NARROW ^ 1)); /* the other of the two calls */
}

static void test_sizes(void **state)
{
    static const struct {
        uint32_t call;
        size_t most;
    } rows[] = {{VC_CALL_QUERY, VC_WORKER_QUERY_MAX}, {VC_CALL_NARROW, VC_WORKER_NARROW_MAX}};
    static char text[VC_WORKER_NARROW_MAX + 2];

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        for (size_t size = rows[i].most - 1; size <= rows[i].most + 1; size++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer packet = {};

            memset(text, 'x', size);
            text[size] = '\0';
            compose(&packet, rows[i].call, 0, text);
            assert_int_equal(send(*state, &packet, packet.size),
                             size <= rows[i].most ? VC_OK : VC_MALFORMED);
        }
        vc_cleanup(vc_buffer_done) struct vc_buffer empty = {};

        compose(&empty, rows[i].call, 0, "");
        assert_int_equal(send(*state, &empty, empty.size), VC_MALFORMED);
    }
}

static void test_other_calls_are_none(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 64; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer packet = {};

        compose(&packet, i, 0, "self");
        assert_int_equal(vc_policy_call_is(vc_buffer_bytes(&packet)),
                         i == VC_CALL_QUERY || i == VC_CALL_NARROW);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_calls, nullptr, tear_down),
        cmocka_unit_test_setup_teardown(test_for_the_run_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_packets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_heads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes, set_up, tear_down),
        cmocka_unit_test(test_other_calls_are_none),
    };

    return cmocka_run_group_tests_name("policy_call", tests, nullptr, nullptr);
}
