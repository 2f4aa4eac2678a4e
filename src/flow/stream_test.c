/* SPDX-License-Identifier: MIT */

#include "flow/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { WINDOW = VC_STREAM_WINDOW_MIN };

static const uint8_t HASH[32] = {9};

static const struct vc_stream_terms PLAIN = {
    .name = "s",
    .policy_hash = HASH,
    .window_bytes = WINDOW,
    .uses = 1,
    .partial = true,
    .consumer_count = 1,
    .outside = {true},
    .record_bytes = 16,
};

static void count_change(void *user)
{
    (*(unsigned *)user)++;
}

struct scene {
    struct vc_stream *stream;
    struct vc_port *producer;
    struct vc_port *consumer;
    unsigned told_producer, told_consumer;
};

static enum vc_code take_producer(struct scene *scene, struct vc_err *err)
{
    const struct vc_port_holder holder = {count_change, &scene->told_producer};

    return vc_stream_take_producer(scene->stream, holder, &scene->producer, err);
}

static enum vc_code take_consumer(struct scene *scene, struct vc_err *err)
{
    const struct vc_port_holder holder = {count_change, &scene->told_consumer};

    return vc_stream_take_consumer(scene->stream, 0, holder, &scene->consumer, err);
}

static void open_scene(const struct vc_stream_terms *terms, struct scene *scene)
{
    *scene = (struct scene){};
    assert_int_equal(vc_stream_new(terms, &scene->stream, nullptr), VC_OK);
    assert_int_equal(take_consumer(scene, nullptr), VC_OK);
    assert_int_equal(take_producer(scene, nullptr), VC_OK);
}

static void close_scene(struct scene *scene)
{
    vc_port_release(scene->producer);
    vc_port_release(scene->consumer);
    vc_stream_free(scene->stream);
}

static enum vc_code put(struct vc_port *port, const char *text)
{
    size_t size = strlen(text);

    memcpy(vc_port_at(port, vc_port_position(port)), text, size);
    return vc_port_advance(port, vc_port_position(port) + size, nullptr);
}

static void assert_reason(const struct vc_stream *stream, const char *reason)
{
    struct vc_stream_status status;

    vc_stream_status(stream, &status);
    assert_int_equal(status.state, VC_STREAM_LOST);
    assert_string_equal(status.reason, reason);
}

static void test_through_and_ended(void **)
{
    struct scene scene;
    struct vc_stream_status status;

    open_scene(&PLAIN, &scene);
    assert_true(vc_port_produces(scene.producer));
    assert_false(vc_port_produces(scene.consumer));
    assert_int_equal(vc_port_limit(scene.producer), WINDOW);
    assert_int_equal(put(scene.producer, "hello"), VC_OK);
    assert_int_equal(vc_port_limit(scene.consumer), 5);
    assert_memory_equal(vc_port_at(scene.consumer, 0), "hello", 5);
    assert_int_equal(vc_port_advance(scene.consumer, 3, nullptr), VC_OK);
    assert_int_equal(vc_port_limit(scene.producer), WINDOW + 3);
    assert_false(vc_port_is_done(scene.consumer));
    assert_int_equal(vc_port_end(scene.producer, 5, nullptr, nullptr), VC_OK);
    assert_int_equal(vc_port_limit(scene.producer), 5);
    assert_false(vc_port_is_done(scene.consumer));
    assert_int_equal(vc_port_advance(scene.consumer, 5, nullptr), VC_OK);
    assert_true(vc_port_is_done(scene.consumer));
    vc_stream_status(scene.stream, &status);
    assert_true(status.over);
    assert_int_equal(status.uses_left, 0);
    assert_int_equal(strncmp(status.mark, "veracruz-gmac=:", 15), 0);
    assert_int_equal(scene.told_consumer, 3); /* came, wrote, ended */
    assert_int_equal(scene.told_producer, 2);
    close_scene(&scene);
}

static void test_window_is_the_bound(void **)
{
    struct scene scene;

    open_scene(&PLAIN, &scene);
    assert_int_equal(vc_port_advance(scene.producer, WINDOW + 1, nullptr), VC_MALFORMED);
    assert_int_equal(vc_port_advance(scene.producer, WINDOW, nullptr), VC_OK);
    assert_int_equal(vc_port_advance(scene.producer, WINDOW - 1, nullptr), VC_MALFORMED);
    assert_int_equal(vc_port_advance(scene.producer, WINDOW + 1, nullptr), VC_MALFORMED);
    assert_int_equal(vc_port_advance(scene.consumer, WINDOW + 1, nullptr), VC_MALFORMED);
    assert_int_equal(vc_port_advance(scene.consumer, 1, nullptr), VC_OK);
    assert_int_equal(vc_port_advance(scene.producer, WINDOW + 1, nullptr), VC_OK);
    assert_int_equal(vc_port_advance(scene.consumer, UINT64_MAX, nullptr), VC_MALFORMED);
    close_scene(&scene);
}

/* D6, D5: an end that is not that of what was taken loses the use. */
static void test_d6_ends_that_do_not_agree(void **)
{
    static const struct {
        const char *name;
        enum vc_records records;
        const char *bytes;
        uint64_t length;
        const char *mark;
        const char *reason;
    } table[] = {
        {"short", VC_RECORDS_BYTES, "abc", 2, nullptr, "its producer says 2 bytes, 3 were taken"},
        {"long", VC_RECORDS_BYTES, "abc", 4, nullptr, "its producer says 4 bytes, 3 were taken"},
        {"digest", VC_RECORDS_BYTES, "abc", 3, "veracruz-gmac=:AAAAAAAAAAAAAAAAAAAAAA==:",
         "its producer's digest is not that of what was taken"},
        {"other digest", VC_RECORDS_BYTES, "abc", 3,
         "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:",
         "its producer's digest is not that of what was taken"},
        {"mid-record", VC_RECORDS_LINES, "a\nbc", 4, nullptr,
         "it ends in the middle of the record at byte 2"},
    };

    for (size_t i = 0; i < VC_COUNT(table); i++) {
        struct vc_stream_terms terms = PLAIN;
        struct scene scene;

        terms.records = table[i].records;
        open_scene(&terms, &scene);
        assert_int_equal(put(scene.producer, table[i].bytes), VC_OK);
        assert_int_equal(vc_port_end(scene.producer, table[i].length, table[i].mark, nullptr),
                         VC_MALFORMED);
        assert_reason(scene.stream, table[i].reason);
        assert_false(vc_port_is_done(scene.consumer));
        assert_int_equal(vc_port_end(scene.producer, table[i].length, nullptr, nullptr), VC_STATE);
        assert_int_equal(put(scene.producer, "x"), VC_MALFORMED);
        close_scene(&scene);
    }
}

static void test_end_with_its_mark(void **)
{
    struct vc_stream_terms terms = PLAIN;
    struct scene scene;

    terms.mark = VC_MARK_SHA256;
    open_scene(&terms, &scene);
    assert_int_equal(put(scene.producer, "abc"), VC_OK);
    assert_int_equal(vc_port_end(scene.producer, 3,
                                 "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:", nullptr),
                     VC_OK);
    close_scene(&scene);
}

static void test_only_whole_records_are_seen(void **)
{
    struct vc_stream_terms terms = PLAIN;
    struct scene scene;

    terms.records = VC_RECORDS_LINES;
    open_scene(&terms, &scene);
    assert_int_equal(put(scene.producer, "ab"), VC_OK);
    assert_int_equal(vc_port_limit(scene.consumer), 0);
    assert_int_equal(put(scene.producer, "c\nde"), VC_OK);
    assert_int_equal(vc_port_limit(scene.consumer), 4);
    vc_stream_lose(scene.stream, "gone");
    assert_int_equal(vc_port_limit(scene.consumer), 4);
    assert_int_equal(put(scene.producer, "f\n"), VC_MALFORMED);
    close_scene(&scene);
}

static void test_d11_record_too_long(void **)
{
    struct vc_stream_terms terms = PLAIN;
    struct scene scene;

    terms.records = VC_RECORDS_LINES;
    open_scene(&terms, &scene);
    assert_int_equal(put(scene.producer, "0123456789abcdef\n"), VC_OK);
    assert_int_equal(put(scene.producer, "0123456789abcdef0"), VC_LIMIT);
    assert_reason(scene.stream, "the record at byte 17 has over 16 bytes");
    close_scene(&scene);
}

static void test_held_back_until_proven(void **)
{
    struct vc_stream_terms terms = PLAIN;
    struct scene scene;
    struct vc_port *inside;
    unsigned told = 0;

    terms.partial = false;
    terms.consumer_count = 2; /* the second is a program */
    open_scene(&terms, &scene);
    assert_int_equal(vc_stream_take_consumer(scene.stream, 1,
                                             (struct vc_port_holder){count_change, &told}, &inside,
                                             nullptr),
                     VC_OK);
    assert_int_equal(put(scene.producer, "secret"), VC_OK);
    assert_int_equal(vc_port_limit(scene.consumer), 0);
    assert_int_equal(vc_port_limit(inside), 6);
    assert_int_equal(vc_port_advance(scene.consumer, 1, nullptr), VC_MALFORMED);
    assert_int_equal(vc_port_advance(inside, 6, nullptr), VC_OK);
    assert_int_equal(vc_port_end(scene.producer, 6, nullptr, nullptr), VC_OK);
    assert_int_equal(vc_port_limit(scene.consumer), 6);
    vc_port_release(inside);
    close_scene(&scene);

    open_scene(&terms, &scene);
    assert_int_equal(vc_port_advance(scene.producer, WINDOW, nullptr), VC_LIMIT);
    assert_reason(scene.stream,
                  "its window of 65536 bytes is full, and nothing may leave before the end");
    assert_int_equal(vc_port_limit(scene.consumer), 0);
    close_scene(&scene);
}

/* D7: who comes back goes on where it was. */
static void test_d7_ports_keep_their_place(void **)
{
    struct scene scene;

    open_scene(&PLAIN, &scene);
    assert_int_equal(put(scene.producer, "hello"), VC_OK);
    assert_int_equal(vc_port_advance(scene.consumer, 2, nullptr), VC_OK);
    assert_int_equal(take_producer(&scene, nullptr), VC_STATE);
    assert_int_equal(take_consumer(&scene, nullptr), VC_STATE);
    vc_port_release(scene.producer);
    vc_port_release(scene.consumer);
    assert_int_equal(take_producer(&scene, nullptr), VC_OK);
    assert_int_equal(take_consumer(&scene, nullptr), VC_OK);
    assert_int_equal(vc_port_position(scene.producer), 5);
    assert_int_equal(vc_port_position(scene.consumer), 2);
    assert_memory_equal(vc_port_at(scene.consumer, 2), "llo", 3);
    close_scene(&scene);
}

static void test_leaving(void **)
{
    struct vc_stream_terms terms = PLAIN;
    struct scene scene;
    struct vc_port *second;
    unsigned told = 0;

    terms.consumer_count = 2;
    terms.outside[1] = true;
    open_scene(&terms, &scene);
    assert_int_equal(vc_stream_take_consumer(scene.stream, 1,
                                             (struct vc_port_holder){count_change, &told}, &second,
                                             nullptr),
                     VC_OK);
    assert_int_equal(put(scene.producer, "hello"), VC_OK);
    assert_int_equal(vc_port_advance(scene.consumer, 5, nullptr), VC_OK);
    assert_int_equal(vc_port_limit(scene.producer), WINDOW);
    vc_port_leave(second, "enough"); /* holds nobody back any more */
    assert_int_equal(vc_port_limit(scene.producer), WINDOW + 5);
    assert_int_equal(vc_port_limit(second), 0);
    vc_port_leave(scene.consumer, "enough, too");
    assert_reason(scene.stream, "its last consumer left: enough, too");
    vc_port_release(second);
    assert_int_equal(vc_stream_take_consumer(scene.stream, 1,
                                             (struct vc_port_holder){count_change, &told}, &second,
                                             nullptr),
                     VC_LIMIT);
    close_scene(&scene);
}

/* Who is excluded has left every use, this one and those to come; the others go on. */
static void test_excluding(void **)
{
    struct vc_stream_terms terms = PLAIN;
    struct scene scene;
    struct vc_port *second;
    struct vc_err err = {};
    unsigned told = 0;
    const struct vc_port_holder holder = {count_change, &told};

    terms.consumer_count = 2;
    terms.uses = 3;
    open_scene(&terms, &scene);
    assert_int_equal(vc_stream_take_consumer(scene.stream, 1, holder, &second, nullptr), VC_OK);
    assert_int_equal(put(scene.producer, "hello"), VC_OK);
    assert_int_equal(vc_port_limit(second), 5);
    vc_stream_exclude(scene.stream, 1, "narrowed");
    vc_stream_exclude(scene.stream, 1, "narrowed");
    assert_int_equal(vc_port_advance(scene.consumer, 5, nullptr), VC_OK);
    assert_int_equal(vc_port_limit(scene.producer), WINDOW + 5);
    vc_port_release(second);
    assert_int_equal(vc_stream_take_consumer(scene.stream, 1, holder, &second, &err), VC_CLOSED);
    assert_string_equal(err.text, "stream s: this consumer gets nothing of it any more");
    assert_int_equal(vc_port_end(scene.producer, 5, nullptr, nullptr), VC_OK);
    vc_port_release(scene.producer);
    vc_port_release(scene.consumer);
    /* the next use */
    assert_int_equal(take_producer(&scene, nullptr), VC_OK);
    assert_int_equal(vc_stream_take_consumer(scene.stream, 1, holder, &second, &err), VC_CLOSED);
    assert_int_equal(vc_stream_take_consumer(scene.stream, 0, holder, &scene.consumer, nullptr),
                     VC_OK);
    vc_stream_exclude(scene.stream, 0, "narrowed");
    assert_reason(scene.stream, "its last consumer left: narrowed");
    close_scene(&scene);
}

/* D4: a stream of one use has one. */
static void test_d4_uses_are_counted(void **)
{
    struct vc_stream_terms terms = PLAIN;
    struct scene scene;
    struct vc_err err = {};
    struct vc_stream_status status;

    terms.uses = 2;
    open_scene(&terms, &scene);
    assert_int_equal(put(scene.producer, "one"), VC_OK);
    assert_int_equal(vc_port_end(scene.producer, 3, nullptr, nullptr), VC_OK);
    vc_port_release(scene.producer);
    assert_int_equal(take_producer(&scene, &err), VC_STATE);
    assert_string_equal(err.text, "stream s: use 1 has ended and is not all taken");
    assert_int_equal(vc_port_advance(scene.consumer, 3, nullptr), VC_OK);
    assert_int_equal(take_producer(&scene, &err), VC_STATE);
    vc_port_release(scene.consumer);
    assert_int_equal(take_producer(&scene, nullptr), VC_OK);
    vc_stream_status(scene.stream, &status);
    assert_int_equal(status.use, 2);
    assert_int_equal(status.position, 0);
    assert_int_equal(status.uses_left, 0);
    assert_int_equal(take_consumer(&scene, nullptr), VC_OK);
    assert_int_equal(vc_port_limit(scene.consumer), 0);
    vc_stream_lose(scene.stream, "gone");
    vc_port_release(scene.producer);
    vc_port_release(scene.consumer);
    assert_int_equal(take_producer(&scene, &err), VC_LIMIT);
    assert_string_equal(err.text, "streams.s.uses: 2, all spent; the last was lost: gone");
    scene.producer = scene.consumer = nullptr;
    close_scene(&scene);
}

static uint32_t whole(const struct scene *scene)
{
    struct vc_stream_status status;

    vc_stream_status(scene->stream, &status);
    return status.whole;
}

/* Also one that nobody looks at any more; and not one that is lost after its end. */
static void test_whole_uses_are_counted(void **)
{
    struct vc_stream_terms terms = PLAIN;
    struct scene scene;

    terms.uses = 4;
    open_scene(&terms, &scene);
    assert_int_equal(whole(&scene), 0);
    assert_int_equal(vc_port_end(scene.producer, 0, nullptr, nullptr), VC_OK);
    assert_int_equal(whole(&scene), 1);
    vc_port_release(scene.producer);
    vc_port_release(scene.consumer);
    assert_int_equal(take_producer(&scene, nullptr), VC_OK);
    assert_int_equal(whole(&scene), 1);
    vc_stream_lose(scene.stream, "gone");
    assert_int_equal(whole(&scene), 1);
    vc_port_release(scene.producer);
    assert_int_equal(take_producer(&scene, nullptr), VC_OK);
    assert_int_equal(put(scene.producer, "x"), VC_OK);
    assert_int_equal(vc_port_end(scene.producer, 1, nullptr, nullptr), VC_OK);
    assert_int_equal(whole(&scene), 2);
    vc_stream_lose(scene.stream, "nobody took it");
    assert_int_equal(whole(&scene), 1);
    vc_port_release(scene.producer);
    assert_int_equal(take_producer(&scene, nullptr), VC_OK);
    assert_int_equal(whole(&scene), 1);
    scene.consumer = nullptr;
    close_scene(&scene);
}

/* Whoever was not there when it was lost hears of it once, and then comes for the next use. */
static void test_loss_is_told_to_who_comes_late(void **)
{
    struct vc_stream_terms terms = PLAIN;
    struct scene scene;
    struct vc_err err = {};

    terms.uses = 2;
    open_scene(&terms, &scene);
    vc_port_release(scene.consumer);
    vc_stream_lose(scene.stream, "no more");
    vc_port_release(scene.producer);
    assert_int_equal(take_consumer(&scene, &err), VC_CLOSED);
    assert_string_equal(err.text, "stream s was lost: no more");
    assert_int_equal(take_consumer(&scene, &err), VC_OK);
    vc_stream_lose(scene.stream, "nothing has begun"); /* and so nothing is lost */
    scene.producer = nullptr;
    assert_int_equal(take_producer(&scene, nullptr), VC_OK);
    close_scene(&scene);
}

/* An empty use, too, is over only when its consumer has met its end. */
static void test_late_for_the_end(void **)
{
    static const char *const contents[] = {"", "abc"};

    for (size_t i = 0; i < VC_COUNT(contents); i++) {
        struct scene scene;
        struct vc_stream_status status;

        open_scene(&PLAIN, &scene);
        if (contents[i][0] != '\0')
            assert_int_equal(put(scene.producer, contents[i]), VC_OK);
        assert_int_equal(vc_port_advance(scene.consumer, strlen(contents[i]), nullptr), VC_OK);
        vc_port_release(scene.consumer);
        assert_int_equal(vc_port_end(scene.producer, strlen(contents[i]), nullptr, nullptr), VC_OK);
        vc_stream_status(scene.stream, &status);
        assert_false(status.over);
        assert_int_equal(take_consumer(&scene, nullptr), VC_OK);
        assert_true(vc_port_is_done(scene.consumer));
        vc_stream_status(scene.stream, &status);
        assert_true(status.over);
        close_scene(&scene);
    }
}

static void test_nobody_left_to_begin_for(void **)
{
    struct scene scene = {};

    assert_int_equal(vc_stream_new(&PLAIN, &scene.stream, nullptr), VC_OK);
    assert_int_equal(take_consumer(&scene, nullptr), VC_OK);
    vc_port_leave(scene.consumer, "never mind");
    assert_int_equal(take_producer(&scene, nullptr), VC_OK);
    assert_reason(scene.stream, "its last consumer left before it began");
    close_scene(&scene);
}

/* ---- against a model ---- */

enum { CONSUMERS = 3, STEPS = 5000 };

/* What must be true after each step, of a stream of lines whose byte n is f(n). */
struct model {
    struct vc_stream *stream;
    struct vc_port *producer;
    struct vc_port *consumers[CONSUMERS];
    uint64_t written, taken[CONSUMERS];
    uint64_t seed;
};

static uint64_t draw(struct model *model, uint64_t below)
{
    model->seed ^= model->seed << 13;
    model->seed ^= model->seed >> 7;
    model->seed ^= model->seed << 17;
    return model->seed % below;
}

static uint8_t byte_at(uint64_t position)
{
    return position % 11 == 10 ? '\n' : (uint8_t)('a' + position * 7 % 26);
}

static void ignore(void *)
{
}

static void write_some(struct model *model)
{
    uint64_t room = vc_port_limit(model->producer) - model->written;
    uint64_t size = room == 0 ? 0 : draw(model, room < 30000 ? room : 30000) + 1;

    for (uint64_t i = 0; i < size && i < room; i++)
        *vc_port_at(model->producer, model->written + i) = byte_at(model->written + i);
    if (size > room)
        size = room;
    assert_int_equal(vc_port_advance(model->producer, model->written + size, nullptr), VC_OK);
    model->written += size;
}

static void take_some(struct model *model, size_t i)
{
    struct vc_port *port = model->consumers[i];
    uint64_t limit = vc_port_limit(port);

    assert_int_equal(limit, model->written / 11 * 11);
    if (limit == model->taken[i])
        return;
    uint64_t size = draw(model, limit - model->taken[i]) + 1;

    for (uint64_t at = model->taken[i]; at < model->taken[i] + size; at++)
        assert_int_equal(*vc_port_at(port, at), byte_at(at));
    model->taken[i] += size;
    assert_int_equal(vc_port_advance(port, model->taken[i], nullptr), VC_OK);
}

static void go_and_come_back(struct model *model, size_t i)
{
    vc_port_release(model->consumers[i]);
    assert_int_equal(vc_stream_take_consumer(model->stream, i,
                                             (struct vc_port_holder){.changed = ignore},
                                             &model->consumers[i], nullptr),
                     VC_OK);
    assert_int_equal(vc_port_position(model->consumers[i]), model->taken[i]);
}

static void test_d1_d2_d3_against_a_model(void **)
{
    const struct vc_stream_terms terms = {.name = "m",
                                          .policy_hash = HASH,
                                          .window_bytes = WINDOW,
                                          .records = VC_RECORDS_LINES,
                                          .record_bytes = 10,
                                          .uses = 1,
                                          .partial = true,
                                          .consumer_count = CONSUMERS};
    struct model model = {.seed = (uint64_t)time(nullptr) | 1};

    print_message("# seed %ju\n", (uintmax_t)model.seed);
    assert_int_equal(vc_stream_new(&terms, &model.stream, nullptr), VC_OK);
    assert_int_equal(vc_stream_take_producer(model.stream,
                                             (struct vc_port_holder){.changed = ignore},
                                             &model.producer, nullptr),
                     VC_OK);
    for (size_t i = 0; i < CONSUMERS; i++)
        assert_int_equal(vc_stream_take_consumer(model.stream, i,
                                                 (struct vc_port_holder){.changed = ignore},
                                                 &model.consumers[i], nullptr),
                         VC_OK);
    for (unsigned step = 0; step < STEPS; step++) {
        size_t i = (size_t)draw(&model, CONSUMERS);
        uint64_t least = model.written;

        if (draw(&model, 3) == 0)
            write_some(&model);
        else if (draw(&model, 10) == 0)
            go_and_come_back(&model, i);
        else
            take_some(&model, i);
        for (size_t j = 0; j < CONSUMERS; j++)
            least = model.taken[j] < least ? model.taken[j] : least;
        assert_int_equal(vc_port_limit(model.producer), least + WINDOW);
    }
    vc_port_release(model.producer);
    for (size_t i = 0; i < CONSUMERS; i++)
        vc_port_release(model.consumers[i]);
    vc_stream_free(model.stream);
}

/* What was told when it concluded, before anybody who holds a port. */
struct conclusion {
    struct scene *scene;
    unsigned count, told_before;
    enum vc_stream_state state;
};

static void on_concluded(void *user)
{
    struct conclusion *conclusion = user;
    struct vc_stream_status status;

    vc_stream_status(conclusion->scene->stream, &status);
    conclusion->count++;
    conclusion->told_before = conclusion->scene->told_consumer;
    conclusion->state = status.state;
}

static void test_concluded_is_called_first(void **)
{
    static const struct {
        const char *name;
        uint64_t length; /* that the producer says; it has written 3 */
        bool lose;       /* or it is lost */
        enum vc_stream_state state;
    } rows[] = {
        {"whole", 3, false, VC_STREAM_ENDED},
        {"lost", 0, true, VC_STREAM_LOST},
        {"an end that is not proven", 4, false, VC_STREAM_LOST},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        struct conclusion conclusion = {.scene = &scene};
        struct vc_stream_terms terms = PLAIN;
        unsigned told;

        print_message("row: %s\n", rows[i].name);
        terms.concluded = on_concluded;
        terms.user = &conclusion;
        open_scene(&terms, &scene);
        assert_int_equal(put(scene.producer, "abc"), VC_OK);
        told = scene.told_consumer;
        assert_int_equal(conclusion.count, 0);
        if (rows[i].lose)
            vc_stream_lose(scene.stream, "gone");
        else
            assert_int_equal(vc_port_end(scene.producer, rows[i].length, nullptr, nullptr),
                             rows[i].state == VC_STREAM_ENDED ? VC_OK : VC_MALFORMED);
        assert_int_equal(conclusion.count, 1);
        assert_int_equal(conclusion.state, rows[i].state);
        assert_int_equal(conclusion.told_before, told);
        assert_int_equal(scene.told_consumer, told + 1);
        close_scene(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_through_and_ended),
        cmocka_unit_test(test_concluded_is_called_first),
        cmocka_unit_test(test_window_is_the_bound),
        cmocka_unit_test(test_d6_ends_that_do_not_agree),
        cmocka_unit_test(test_end_with_its_mark),
        cmocka_unit_test(test_only_whole_records_are_seen),
        cmocka_unit_test(test_d11_record_too_long),
        cmocka_unit_test(test_held_back_until_proven),
        cmocka_unit_test(test_d7_ports_keep_their_place),
        cmocka_unit_test(test_leaving),
        cmocka_unit_test(test_excluding),
        cmocka_unit_test(test_d4_uses_are_counted),
        cmocka_unit_test(test_whole_uses_are_counted),
        cmocka_unit_test(test_loss_is_told_to_who_comes_late),
        cmocka_unit_test(test_late_for_the_end),
        cmocka_unit_test(test_nobody_left_to_begin_for),
        cmocka_unit_test(test_d1_d2_d3_against_a_model),
    };

    return cmocka_run_group_tests_name("stream", tests, nullptr, nullptr);
}
