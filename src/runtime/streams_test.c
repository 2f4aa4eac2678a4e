/* SPDX-License-Identifier: MIT */

#include "runtime/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/loop.h"

/* Principals maker and taker, programs first and second: maker > first > second > taker. */
enum { MAKER, TAKER };
enum { FIRST, SECOND };
enum { IN, MIDDLE, OUT, STREAMS };

static const struct vc_subject maker = {VC_SUBJECT_PRINCIPAL, MAKER};
static const struct vc_subject taker = {VC_SUBJECT_PRINCIPAL, TAKER};
static const struct vc_subject first = {VC_SUBJECT_PROGRAM, FIRST};
static const struct vc_subject second = {VC_SUBJECT_PROGRAM, SECOND};

struct rig {
    struct vc_policy policy;
    struct vc_policy_stream terms[STREAMS];
    struct vc_subject consumers[STREAMS];
    struct vc_force *force;
    struct vc_loop *loop;
    struct vc_streams *streams;
    unsigned changes;
};

static struct vc_policy_stream terms(const char *name, struct vc_subject producer,
                                     struct vc_subject *consumer)
{
    return (struct vc_policy_stream){.name = (char *)(uintptr_t)name,
                                     .producer = producer,
                                     .consumers = consumer,
                                     .consumer_count = 1,
                                     .window_bytes = VC_STREAM_WINDOW_MIN,
                                     .record_bytes = 100,
                                     .partial = true,
                                     .uses = 1};
}

static void set_up(struct rig *rig, uint32_t uses, uint32_t resume_seconds)
{
    static char names[][8] = {"maker", "taker", "first", "second"};
    static char in[] = "/stream/in", middle[] = "/stream/middle", out[] = "/stream/out";
    static struct vc_policy_principal principals[] = {{.name = names[0]}, {.name = names[1]}};
    static struct vc_policy_program programs[] = {
        {.name = names[2], .stdin_path = in, .stdout_path = middle},
        {.name = names[3], .stdin_path = middle, .stdout_path = out},
    };

    *rig = (struct rig){.consumers = {first, second, taker}};
    rig->terms[IN] = terms("in", maker, &rig->consumers[IN]);
    rig->terms[MIDDLE] = terms("middle", first, &rig->consumers[MIDDLE]);
    rig->terms[OUT] = terms("out", second, &rig->consumers[OUT]);
    for (size_t i = 0; i < STREAMS; i++) {
        rig->terms[i].uses = uses;
        rig->terms[i].resume_seconds = resume_seconds;
    }
    rig->policy = (struct vc_policy){.principals = principals,
                                     .principal_count = VC_COUNT(principals),
                                     .programs = programs,
                                     .program_count = VC_COUNT(programs),
                                     .streams = rig->terms,
                                     .stream_count = STREAMS};
    assert_int_equal(vc_loop_new(&rig->loop, nullptr), VC_OK);
    assert_int_equal(vc_force_new(&rig->policy, &rig->force, nullptr), VC_OK);
    assert_int_equal(vc_streams_new(rig->loop, rig->force, &rig->streams, nullptr), VC_OK);
}

static void tear_down(struct rig *rig)
{
    vc_streams_free(rig->streams);
    vc_force_free(rig->force);
    vc_loop_free(rig->loop);
}

static void stop(void *user)
{
    vc_loop_stop(user);
}

/* All timers of now have fired when it returns. */
static void turn(struct rig *rig)
{
    struct vc_timer *timer;

    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(vc_loop_after(rig->loop, 0, stop, rig->loop, &timer, nullptr), VC_OK);
        assert_int_equal(vc_loop_run(rig->loop, nullptr), VC_OK);
    }
}

static void changed(void *user)
{
    struct rig *rig = user;

    rig->changes++;
}

static struct vc_port *produce(struct rig *rig, size_t stream, struct vc_subject who)
{
    struct vc_port *port = nullptr;
    struct vc_err err = {};

    if (vc_streams_produce(rig->streams, (struct vc_stream_claim){stream, who},
                           (struct vc_port_holder){changed, rig}, &port, &err) != VC_OK)
        fail_msg("produce: %s", err.text);
    return port;
}

static struct vc_port *consume(struct rig *rig, size_t stream, struct vc_subject who)
{
    struct vc_port *port = nullptr;
    struct vc_err err = {};

    if (vc_streams_consume(rig->streams, (struct vc_stream_claim){stream, who},
                           (struct vc_port_holder){changed, rig}, &port, &err) != VC_OK)
        fail_msg("consume: %s", err.text);
    return port;
}

static void write_bytes(struct vc_port *port, uint64_t count)
{
    memset(vc_port_at(port, vc_port_position(port)), 'x', count);
    assert_int_equal(vc_port_advance(port, vc_port_position(port) + count, nullptr), VC_OK);
}

static struct vc_stream_status look(struct rig *rig, size_t stream)
{
    struct vc_stream_status status;

    vc_stream_status(vc_streams_at(rig->streams, stream), &status);
    return status;
}

static void test_only_the_policys_ends(void **)
{
    static const struct {
        const char *name;
        size_t stream;
        struct vc_subject who;
        bool produces, consumes;
    } rows[] = {
        {"its producer", IN, {VC_SUBJECT_PRINCIPAL, MAKER}, true, false},
        {"its consumer", IN, {VC_SUBJECT_PROGRAM, FIRST}, false, true},
        {"another principal", IN, {VC_SUBJECT_PRINCIPAL, TAKER}, false, false},
        {"another program", IN, {VC_SUBJECT_PROGRAM, SECOND}, false, false},
        {"a program that produces", MIDDLE, {VC_SUBJECT_PROGRAM, FIRST}, true, false},
        {"a principal of the program's number",
         MIDDLE,
         {VC_SUBJECT_PRINCIPAL, FIRST},
         false,
         false},
        {"a principal that consumes", OUT, {VC_SUBJECT_PRINCIPAL, TAKER}, false, true},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct rig rig;
        struct vc_port *port = nullptr;
        enum vc_code code;

        set_up(&rig, 1, 60);
        code =
            vc_streams_produce(rig.streams, (struct vc_stream_claim){rows[i].stream, rows[i].who},
                               (struct vc_port_holder){changed, &rig}, &port, nullptr);
        if (code != (rows[i].produces ? VC_OK : VC_REFUSED))
            fail_msg("%s: produce gives %d", rows[i].name, code);
        vc_streams_release(rig.streams, rows[i].stream, vc_take(port));
        code =
            vc_streams_consume(rig.streams, (struct vc_stream_claim){rows[i].stream, rows[i].who},
                               (struct vc_port_holder){changed, &rig}, &port, nullptr);
        if (code != (rows[i].consumes ? VC_OK : VC_REFUSED))
            fail_msg("%s: consume gives %d", rows[i].name, code);
        vc_streams_release(rig.streams, rows[i].stream, port);
        tear_down(&rig);
    }
}

static void test_a_principal_may_come_back(void **)
{
    struct rig rig;
    struct vc_port *port;

    set_up(&rig, 1, 0);
    port = produce(&rig, IN, maker);
    write_bytes(port, 10);
    vc_streams_release(rig.streams, IN, port);
    port = produce(&rig, IN, maker); /* before the loop turns: another connection takes over */
    turn(&rig);
    assert_int_equal(vc_port_position(port), 10);
    assert_int_equal(look(&rig, IN).state, VC_STREAM_OPEN);
    vc_streams_release(rig.streams, IN, port);
    assert_int_equal(look(&rig, IN).state, VC_STREAM_OPEN);
    turn(&rig);
    assert_int_equal(look(&rig, IN).state, VC_STREAM_LOST);
    assert_string_equal(look(&rig, IN).reason, "maker was gone for more than 0 seconds");
    tear_down(&rig);
}

static void test_patience_is_the_policys(void **)
{
    struct rig rig;

    set_up(&rig, 1, 60);
    vc_streams_release(rig.streams, IN, produce(&rig, IN, maker));
    turn(&rig);
    assert_int_equal(look(&rig, IN).state, VC_STREAM_OPEN);
    tear_down(&rig); /* with the timer that waits */
}

static void test_a_run_never_comes_back(void **)
{
    struct rig rig;
    struct vc_port *reader;

    set_up(&rig, 1, 60);
    reader = consume(&rig, MIDDLE, second);
    vc_streams_release(rig.streams, MIDDLE, produce(&rig, MIDDLE, first));
    assert_int_equal(look(&rig, MIDDLE).state, VC_STREAM_LOST);
    assert_string_equal(look(&rig, MIDDLE).reason, "first left it without an end");
    assert_int_equal(rig.changes, 2); /* it came, it was lost */
    vc_streams_release(rig.streams, MIDDLE, reader);
    vc_streams_release(rig.streams, MIDDLE, nullptr);
    tear_down(&rig);
}

static void test_an_end_is_no_absence(void **)
{
    struct rig rig;
    struct vc_port *port;

    set_up(&rig, 1, 0);
    port = produce(&rig, IN, maker);
    write_bytes(port, 3);
    assert_int_equal(vc_port_end(port, 3, nullptr, nullptr), VC_OK);
    vc_streams_release(rig.streams, IN, port);
    turn(&rig);
    assert_int_equal(look(&rig, IN).state, VC_STREAM_ENDED);
    tear_down(&rig);
}

static void test_the_container_ends(void **)
{
    struct rig rig;
    struct vc_port *port;
    struct vc_port *waits;
    struct vc_port *other = nullptr;
    struct vc_err err = {};

    set_up(&rig, 9, 60);
    port = produce(&rig, IN, maker);
    waits = consume(&rig, OUT, taker);
    assert_true(vc_streams_end(rig.streams, "the container is shutting down"));
    assert_int_equal(rig.changes, 3); /* of those who wait one was told that it began */
    (void)vc_streams_end(rig.streams, "something else");
    assert_int_equal(rig.changes, 3);
    assert_int_equal(look(&rig, OUT).state, VC_STREAM_LOST);
    vc_streams_release(rig.streams, OUT, waits);
    assert_int_equal(look(&rig, IN).state, VC_STREAM_LOST);
    assert_string_equal(look(&rig, IN).reason, "the container is shutting down");
    vc_streams_release(rig.streams, IN, port);
    assert_false(vc_streams_end(rig.streams, "nobody is there"));
    assert_int_equal(vc_streams_produce(rig.streams, (struct vc_stream_claim){IN, maker},
                                        (struct vc_port_holder){changed, &rig}, &other, &err),
                     VC_STATE);
    assert_string_equal(err.text, "stream in: the container is shutting down");
    assert_int_equal(vc_streams_consume(rig.streams, (struct vc_stream_claim){OUT, taker},
                                        (struct vc_port_holder){changed, &rig}, &other, nullptr),
                     VC_STATE);
    assert_int_equal(vc_streams_check_run(rig.streams, FIRST, nullptr), VC_STATE);
    assert_null(other);
    tear_down(&rig);
}

/* ---- may a run begin? ---- */

static void nothing(struct rig *)
{
}

static void hold_input(struct rig *rig)
{
    (void)consume(rig, IN, first);
}

static void hold_output(struct rig *rig)
{
    (void)produce(rig, MIDDLE, first);
}

static void leave_input(struct rig *rig)
{
    struct vc_port *port;

    (void)produce(rig, IN, maker);
    port = consume(rig, IN, first);
    vc_port_leave(port, "first");
    vc_streams_release(rig->streams, IN, port);
}

static void end_output(struct rig *rig)
{
    struct vc_port *port = produce(rig, MIDDLE, first);

    write_bytes(port, 1);
    assert_int_equal(vc_port_end(port, 1, nullptr, nullptr), VC_OK);
    vc_streams_release(rig->streams, MIDDLE, port);
}

static void spend_input(struct rig *rig)
{
    struct vc_port *port = produce(rig, IN, maker);

    assert_int_equal(vc_port_end(port, 0, nullptr, nullptr), VC_OK);
    vc_streams_release(rig->streams, IN, port);
    vc_streams_release(rig->streams, IN, consume(rig, IN, first));
}

static void spend_output(struct rig *rig)
{
    vc_streams_release(rig->streams, MIDDLE, produce(rig, MIDDLE, first));
}

static void test_check_run(void **)
{
    static const struct {
        const char *name;
        void (*before)(struct rig *rig);
        enum vc_code expect;
        const char *text;
    } rows[] = {
        {"all is free", nothing, VC_OK, ""},
        {"its input is held", hold_input, VC_STATE, "stream in: another run holds it"},
        {"its output is held", hold_output, VC_STATE, "stream middle: another run holds it"},
        {"its output is not all taken", end_output, VC_STATE,
         "stream middle: its consumers have not taken all of use 1 yet"},
        {"its input is spent", spend_input, VC_LIMIT, "streams.in.uses: 1, all spent"},
        {"its output is spent", spend_output, VC_LIMIT,
         "streams.middle.uses: 1, all spent; the last was lost: first left it without an end"},
        {"its input was left", leave_input, VC_LIMIT,
         "streams.in.uses: 1, all spent; the last was lost: its last consumer left: first"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct rig rig;
        struct vc_err err = {};
        enum vc_code code;

        set_up(&rig, 1, 60);
        rows[i].before(&rig);
        code = vc_streams_check_run(rig.streams, FIRST, &err);
        if (code != rows[i].expect || strcmp(err.text, rows[i].text) != 0)
            fail_msg("%s: code %d, %s", rows[i].name, code, err.text);
        tear_down(&rig);
    }
}

/* Of two consumers one has left: a use that goes on has no place for a new run of its program. */
static void test_check_run_after_leaving(void **)
{
    struct vc_subject both[] = {first, taker};
    struct rig rig;
    struct vc_port *port;
    struct vc_err err = {};

    set_up(&rig, 5, 60);
    vc_streams_free(rig.streams);
    rig.terms[IN].consumers = both;
    rig.terms[IN].consumer_count = VC_COUNT(both);
    vc_force_free(rig.force);
    assert_int_equal(vc_force_new(&rig.policy, &rig.force, nullptr), VC_OK);
    assert_int_equal(vc_streams_new(rig.loop, rig.force, &rig.streams, nullptr), VC_OK);
    (void)produce(&rig, IN, maker);
    port = consume(&rig, IN, first);
    vc_port_leave(port, "first");
    vc_streams_release(rig.streams, IN, port);
    assert_int_equal(vc_streams_check_run(rig.streams, FIRST, &err), VC_STATE);
    assert_string_equal(err.text, "stream in: an earlier run has left use 1 of it");
    tear_down(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_policys_ends),
        cmocka_unit_test(test_a_principal_may_come_back),
        cmocka_unit_test(test_patience_is_the_policys),
        cmocka_unit_test(test_a_run_never_comes_back),
        cmocka_unit_test(test_an_end_is_no_absence),
        cmocka_unit_test(test_the_container_ends),
        cmocka_unit_test(test_check_run),
        cmocka_unit_test(test_check_run_after_leaving),
    };

    return cmocka_run_group_tests_name("streams", tests, nullptr, nullptr);
}
