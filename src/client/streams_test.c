/* SPDX-License-Identifier: MIT */

/* Streams of the client library: each byte once, wherever the connection breaks; and nothing taken
 * for the whole that is not. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "client/client_fixture.h"
#include "client/relay_test.h"
#include "client/stream_player.h"

static constexpr size_t SMALL = 3000;     /* bytes of a stream that is cut everywhere */
static constexpr int64_t CUT_STEP = 61;   /* bytes from one place to the next */
static constexpr int64_t CUT_MOST = 6000; /* past which nothing of it is under way any more */

/* A container behind a relay, and a client that is connected to it. */
struct scene {
    struct client_fixture *fixture;
    struct stream_player *player;
    struct relay relay;
    vcc_client *client;
    uint8_t bytes[PLAYER_BYTES_MAX];
    size_t size;
};

static void fill(struct scene *scene, size_t size)
{
    scene->size = size;
    for (size_t i = 0; i < size; i++)
        scene->bytes[i] = (uint8_t)(i * 7 + i / 251);
}

/* Lines of 0 to 40 bytes. */
static void fill_lines(struct scene *scene, size_t size)
{
    fill(scene, size);
    for (size_t i = 0, length = 0; i < size; i++, length++) {
        bool ends = length == (i * 31) % 41 || length == 40 || i + 1 == size;

        scene->bytes[i] = ends ? '\n' : (uint8_t)('a' + i % 26);
        length = ends ? SIZE_MAX : length;
    }
}

static void open_scene(struct scene *scene, struct client_fixture *fixture, const char *stream)
{
    static const struct client_answer answer = {.status = 500};
    struct vcc_options options = client_fixture_options(fixture);
    struct vcc_error error;
    bool padded = strstr(stream, "padded") != nullptr;

    scene->fixture = fixture;
    scene->player = stream_player_new();
    (void)snprintf(scene->player->name, sizeof(scene->player->name), "%s", stream);
    memcpy(scene->player->policy_hash, fixture->session.policy_hash, VC_SHA256_SIZE);
    scene->player->produces = strncmp(stream, "down", 4) == 0;
    scene->player->padded = padded;
    scene->player->records = padded ? VC_RECORDS_LINES : VC_RECORDS_BYTES;
    scene->player->record_bytes = padded ? 40 : 0;
    scene->player->mark_kind = padded ? VC_MARK_SHA256 : VC_MARK_GMAC;
    fixture->player = scene->player;
    client_fixture_serve(fixture, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    relay_start(&scene->relay, fixture->container);
    options.container = scene->relay.address;
    scene->client = vcc_connect(&options, &error);
    if (scene->client == nullptr)
        fail_msg("%s", error.text);
}

static void close_scene(struct scene *scene)
{
    vcc_close(scene->client);
    relay_stop(&scene->relay);
    client_fixture_stop(scene->fixture);
    scene->fixture->player = nullptr;
    stream_player_free(scene->player);
}

/* ---- the client's side ---- */

struct hand {
    struct scene *scene;
    size_t at;
    size_t piece;    /* bytes at once, at most */
    size_t fails_at; /* 0: never */
    int prompt;      /* called without a thread */
};

static long give(void *user, void *data, size_t size)
{
    struct hand *hand = user;
    size_t left = hand->scene->size - hand->at;

    size = size < left ? size : left;
    size = size < hand->piece ? size : hand->piece;
    if (hand->fails_at != 0 && hand->at >= hand->fails_at)
        return -1;
    memcpy(data, hand->scene->bytes + hand->at, size);
    hand->at += size;
    return (long)size;
}

static int take(void *user, const void *data, size_t size)
{
    struct hand *hand = user;

    if (hand->fails_at != 0 && hand->at + size > hand->fails_at)
        return 1;
    assert_true(hand->at + size <= hand->scene->size);
    assert_memory_equal(hand->scene->bytes + hand->at, data, size);
    hand->at += size;
    return 0;
}

static struct vcc_stream_result result_of; /* of the last */

static enum vcc_status put(struct scene *scene, struct hand *hand, struct vcc_error *error)
{
    const struct vcc_stream_options options = {.result = &result_of, .prompt = hand->prompt};

    return vcc_stream_put(scene->client, scene->player->name, give, hand, &options, error);
}

static enum vcc_status get(struct scene *scene, struct hand *hand, struct vcc_error *error)
{
    const struct vcc_stream_options options = {.result = &result_of};

    return vcc_stream_get(scene->client, scene->player->name, take, hand, &options, error);
}

static void expect(const char *name, enum vcc_status status, enum vcc_status wanted,
                   const struct vcc_error *error, const char *says)
{
    if (status != wanted || (wanted != VCC_OK && strstr(error->text, says) == nullptr))
        fail_msg("%s: status %d instead of %d: %s", name, status, wanted,
                 status == VCC_OK ? "" : error->text);
}

/* Makes the stream whole again, for the next row. */
static void renew(struct scene *scene)
{
    struct stream_player *player = scene->player;

    player->use++;
    player->state = VC_STREAM_IDLE;
    player->misdeed = PLAYER_HONEST;
    player->position = 0;
    player->taken = 0;
    player->left = false;
    player->held = false;
    player->confirmed = 0;
    if (!player->produces)
        return;
    memcpy(player->bytes, scene->bytes, scene->size);
    player->position = scene->size;
    player->state = VC_STREAM_ENDED;
}

static void expect_put(struct scene *scene, const char *name)
{
    struct hand hand = {.scene = scene, .piece = 700};
    struct vcc_error error = {};

    expect(name, put(scene, &hand, &error), VCC_OK, &error, "");
    assert_int_equal(scene->player->state, VC_STREAM_ENDED);
    assert_int_equal(scene->player->position, scene->size);
    assert_memory_equal(scene->player->bytes, scene->bytes, scene->size);
    assert_int_equal(result_of.bytes, scene->size);
    assert_int_equal(result_of.use, scene->player->use);
}

static void expect_get(struct scene *scene, const char *name)
{
    struct hand hand = {.scene = scene};
    struct vcc_error error = {};

    expect(name, get(scene, &hand, &error), VCC_OK, &error, "");
    assert_int_equal(hand.at, scene->size);
    assert_int_equal(scene->player->confirmed, scene->size);
    assert_true(scene->player->left);
    assert_int_equal(result_of.bytes, scene->size);
}

/* ---- whole ---- */

static void test_whole(void **state)
{
    static const size_t sizes[] = {0, 1, 699, 65535, 65536, 300000, PLAYER_BYTES_MAX};
    static const char *const streams[] = {"up", "down", "up.padded", "down.padded"};
    struct scene *scene = calloc(1, sizeof(*scene));

    for (size_t i = 0; i < VC_COUNT(streams); i++) {
        open_scene(scene, *state, streams[i]);
        for (size_t k = 0; k < VC_COUNT(sizes); k++) {
            if (scene->player->padded && sizes[k] > 65536)
                continue;
            if (scene->player->padded)
                fill_lines(scene, sizes[k]);
            else
                fill(scene, sizes[k]);
            renew(scene);
            if (scene->player->produces)
                expect_get(scene, streams[i]);
            else
                expect_put(scene, streams[i]);
            assert_int_equal(result_of.reconnects, 0);
        }
        close_scene(scene);
    }
    free(scene);
}

/* ---- D11: cut everywhere ---- */

static unsigned cut_everywhere(struct scene *scene, enum relay_direction direction, bool hard)
{
    unsigned cuts = 0;

    scene->relay.orders->hard = hard;
    for (int64_t after = 0; after < CUT_MOST; after += CUT_STEP) {
        char name[64];
        unsigned before = scene->relay.orders->cuts;

        (void)snprintf(name, sizeof(name), "%s cut after %d", scene->player->name, (int)after);
        if (scene->player->produces ||
            after % 2 == 0) /* else the use before has ended, or is lost */
            renew(scene);
        else if (after % 3 == 0)
            scene->player->state = VC_STREAM_LOST;
        relay_cut_after(&scene->relay, direction, after);
        if (scene->player->produces)
            expect_get(scene, name);
        else
            expect_put(scene, name);
        relay_cut_after(&scene->relay, direction, -1);
        cuts += scene->relay.orders->cuts - before;
    }
    return cuts;
}

static void test_cut_everywhere(void **state)
{
    static const char *const streams[] = {"up", "down", "up.padded", "down.padded"};
    struct scene *scene = calloc(1, sizeof(*scene));

    for (size_t i = 0; i < VC_COUNT(streams); i++) {
        unsigned cuts;

        open_scene(scene, *state, streams[i]);
        if (scene->player->padded)
            fill_lines(scene, SMALL);
        else
            fill(scene, SMALL);
        cuts = cut_everywhere(scene, RELAY_UP, false);
        cuts += cut_everywhere(scene, RELAY_DOWN, true);
        print_message("# %s: cut at %u places\n", streams[i], cuts);
        assert_true(cuts >= 20);
        close_scene(scene);
    }
    free(scene);
}

/* Every connection is cut, and each gets some bytes further. */
static void test_cut_again_and_again(void **state)
{
    static const char *const streams[] = {"up", "down"};
    static const enum relay_direction directions[] = {RELAY_UP, RELAY_DOWN};
    struct scene *scene = calloc(1, sizeof(*scene));

    for (size_t i = 0; i < VC_COUNT(streams); i++) {
        open_scene(scene, *state, streams[i]);
        fill(scene, 200000);
        renew(scene);
        scene->relay.orders->again = true;
        scene->relay.orders->each = 20000;
        relay_cut_after(&scene->relay, directions[i], 20000);
        if (scene->player->produces)
            expect_get(scene, streams[i]);
        else
            expect_put(scene, streams[i]);
        assert_true(result_of.reconnects >= 9);
        assert_int_equal(result_of.reconnects, scene->relay.orders->cuts);
        close_scene(scene);
    }
    free(scene);
}

/* ---- containers that misbehave ---- */

static const struct misdeed_row {
    const char *name;
    const char *stream;
    enum misdeed misdeed;
    uint64_t after;
    int64_t cut; /* after as many bytes up; negative: none */
    enum vcc_status expect;
    const char *says;
} misdeed_rows[] = {
    {"D12: HEAD is behind", "up", PLAYER_STALE_HEAD, 0, 30000, VCC_OK, ""},
    {"HEAD is ahead of what was sent", "up", PLAYER_LYING_HEAD, 0, 30000, VCC_FAILED, "were sent"},
    {"what was taken is forgotten", "up", PLAYER_FORGETS, 0, 800000, VCC_FAILED,
     "another one than before"},
    {"lost in the middle, with an answer", "up", PLAYER_REFUSES, 5000, -1, VCC_LOST,
     "run 3 of macd: exited with 1"},
    {"another offset each time", "up", PLAYER_ALWAYS_OTHER, 0, -1, VCC_REFUSED, "not so"},
    {"ended before its end", "up", PLAYER_ENDS_EARLY, 5000, -1, VCC_FAILED, "something else"},
    {"ended with one byte less", "up", PLAYER_SHORT_END, 0, -1, VCC_FAILED, "something else"},
    {"no answer to the end, and then another use", "up", PLAYER_MOVES_ON, 0, -1, VCC_FAILED,
     "unknown whether the end was taken"},
    {"taken over by another producer", "up", PLAYER_TAKEN_OVER, 5000, -1, VCC_FAILED, "took it"},
    {"wrong digest", "down", PLAYER_WRONG_MARK, 0, -1, VCC_FAILED, "digest differs"},
    {"wrong length", "down", PLAYER_WRONG_LENGTH, 0, -1, VCC_FAILED, "bytes, and"},
    {"D9: an end without proof", "down", PLAYER_NO_PROOF, 0, -1, VCC_FAILED, "without a proof"},
    {"lost in the middle", "down", PLAYER_LOSES, 5000, -1, VCC_LOST, "more than 60 seconds"},
    {"lost at the first byte", "down", PLAYER_LOSES, 0, -1, VCC_LOST, "more than 60 seconds"},
    {"taken over by another consumer", "down", PLAYER_TAKEN_OVER, 5000, -1, VCC_FAILED, "took it"},
    {"a byte is another", "down", PLAYER_OTHER_BYTES, 0, -1, VCC_FAILED, "digest differs"},
};

static int swallow(void *, const void *, size_t)
{
    return 0;
}

static void test_misdeeds(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    for (size_t i = 0; i < VC_COUNT(misdeed_rows); i++) {
        const struct misdeed_row *row = &misdeed_rows[i];
        struct hand hand = {.scene = scene, .piece = 700};
        struct vcc_error error = {};
        enum vcc_status status;

        open_scene(scene, *state, row->stream);
        fill(scene, row->misdeed == PLAYER_FORGETS ? 900000 : 200000);
        renew(scene);
        scene->player->misdeed = row->misdeed;
        scene->player->after = row->after;
        relay_cut_after(&scene->relay, RELAY_UP, row->cut);
        status = scene->player->produces
                     ? vcc_stream_get(scene->client, row->stream, swallow, nullptr, nullptr, &error)
                     : put(scene, &hand, &error);
        expect(row->name, status, row->expect, &error, row->says);
        if (status == VCC_OK)
            assert_memory_equal(scene->player->bytes, scene->bytes, scene->size);
        assert_int_equal(scene->player->confirmed, 0);
        close_scene(scene);
    }
    free(scene);
}

/* A consumer that comes back is not let in one byte further on. */
static void test_skips(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct hand hand = {.scene = scene};
    struct vcc_error error = {};

    open_scene(scene, *state, "down");
    fill(scene, 200000);
    renew(scene);
    scene->player->misdeed = PLAYER_SKIPS;
    relay_cut_after(&scene->relay, RELAY_DOWN, 50000);
    expect("skips", get(scene, &hand, &error), VCC_FAILED, &error, "instead of");
    close_scene(scene);
    free(scene);
}

/* The whole is here, and the container cannot be told: whole it is all the same. */
static void test_unconfirmed(void **state)
{
    const struct vcc_stream_options options = {.patience_ms = 300, .result = &result_of};
    struct scene *scene = calloc(1, sizeof(*scene));
    struct hand hand = {.scene = scene};
    struct vcc_error error = {};

    open_scene(scene, *state, "down");
    fill(scene, 200000);
    renew(scene);
    scene->player->misdeed = PLAYER_NOT_TOLD;
    expect("unconfirmed", vcc_stream_get(scene->client, "down", take, &hand, &options, &error),
           VCC_OK, &error, "");
    assert_int_equal(hand.at, scene->size);
    assert_int_equal(result_of.bytes, scene->size);
    assert_true(scene->player->deletes >= 1); /* it tried */
    assert_false(scene->player->left);
    close_scene(scene);
    free(scene);
}

/* ---- who answers after a break ---- */

/* A container of the same policy that was started anew: its uses are counted from the first, and it
 * has none of the bytes. Nothing begins again by itself. */
static void test_another_container(void **state)
{
    static const struct {
        const char *name, *stream;
        enum misdeed misdeed;
        unsigned uses; /* before this one */
    } rows[] = {
        {"put, first use", "up", PLAYER_BEGINS_ANEW, 0},
        {"put, second use", "up", PLAYER_BEGINS_ANEW, 1},
        {"put, third use", "up", PLAYER_BEGINS_ANEW, 2},
        {"get, first use", "down", PLAYER_BEGINS_ANEW, 0},
        {"get, second use", "down", PLAYER_BEGINS_ANEW, 1},
        {"get, third use", "down", PLAYER_BEGINS_ANEW, 2},
    };
    struct scene *scene = calloc(1, sizeof(*scene));

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct hand hand = {.scene = scene, .piece = 700};
        struct vcc_error error = {};

        open_scene(scene, *state, rows[i].stream);
        fill(scene, 300000);
        scene->player->use = rows[i].uses;
        renew(scene);
        scene->player->misdeed = rows[i].misdeed;
        relay_cut_after(&scene->relay, scene->player->produces ? RELAY_DOWN : RELAY_UP, 200000);
        expect(rows[i].name,
               scene->player->produces ? get(scene, &hand, &error) : put(scene, &hand, &error),
               VCC_FAILED, &error, "another one than before");
        assert_int_equal(scene->player->puts + scene->player->gets,
                         scene->player->produces ? 2 : 1);
        close_scene(scene);
    }
    free(scene);
}

static void test_untrusted_on_reconnect(void **state)
{
    static const char *const streams[] = {"up", "down"};
    static const struct client_answer answer = {.status = 500};
    struct scene *scene = calloc(1, sizeof(*scene));
    void *other_state;

    assert_int_equal(client_fixture_setup(&other_state), 0);
    struct client_fixture *other = other_state;

    client_fixture_serve(other, CLIENT_CERTIFICATE_GOOD, &answer, 1);
    for (size_t i = 0; i < VC_COUNT(streams); i++) {
        struct hand hand = {.scene = scene, .piece = 700};
        struct vcc_error error = {};
        char *json = nullptr;

        open_scene(scene, *state, streams[i]);
        fill(scene, 200000);
        renew(scene);
        (void)snprintf(scene->relay.orders->other, 32, "%s", other->container);
        scene->relay.orders->other_from = 2;
        relay_cut_after(&scene->relay, i == 0 ? RELAY_UP : RELAY_DOWN, 50000);
        expect(streams[i], i == 0 ? put(scene, &hand, &error) : get(scene, &hand, &error),
               VCC_UNTRUSTED, &error, "");
        assert_int_equal(scene->relay.orders->connections, 2);
        assert_int_equal(other->seen->requests + other->seen->attestations, 0);
        /* and nothing more in this session */
        assert_int_equal(vcc_streams(scene->client, &json, &error), VCC_UNTRUSTED);
        assert_null(json);
        close_scene(scene);
    }
    (void)client_fixture_teardown(&other_state);
    free(scene);
}

/* Nobody answers any more: patience ends. */
static void test_patience(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct hand hand = {.scene = scene, .piece = 700};
    const struct vcc_stream_options options = {.patience_ms = 400};
    struct vcc_error error = {};

    open_scene(scene, *state, "up");
    fill(scene, 200000);
    renew(scene);
    (void)snprintf(scene->relay.orders->other, 32, "127.0.0.1:1");
    scene->relay.orders->other_from = 2;
    relay_cut_after(&scene->relay, RELAY_UP, 50000);
    expect("patience", vcc_stream_put(scene->client, "up", give, &hand, &options, &error),
           VCC_FAILED, &error, "gave up");
    assert_true(scene->relay.orders->connections > 2);
    close_scene(scene);
    free(scene);
}

/* ---- the client's own side fails ---- */

static void test_callbacks_fail(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct hand hand;
    struct vcc_error error = {};

    for (int prompt = 0; prompt < 2; prompt++) {
        open_scene(scene, *state, "up");
        fill(scene, 200000);
        renew(scene);
        hand = (struct hand){.scene = scene, .piece = 700, .fails_at = 1000, .prompt = prompt};
        expect("read", put(scene, &hand, &error), VCC_FAILED, &error, "was given up");
        assert_int_equal(scene->player->deletes, 1);
        assert_int_equal(scene->player->state, VC_STREAM_LOST);
        renew(scene);
        hand = (struct hand){.scene = scene, .piece = 700, .prompt = prompt};
        expect("whole", put(scene, &hand, &error), VCC_OK, &error, "");
        assert_int_equal(result_of.bytes, 200000);
        close_scene(scene);
    }

    open_scene(scene, *state, "down");
    renew(scene);
    hand = (struct hand){.scene = scene, .fails_at = 1000};
    expect("write", get(scene, &hand, &error), VCC_FAILED, &error, "wants no more");
    assert_int_equal(scene->player->deletes, 1);
    assert_int_equal(scene->player->confirmed, UINT64_MAX);
    close_scene(scene);

    open_scene(scene, *state, "up.padded");
    fill(scene, 10);
    renew(scene);
    hand = (struct hand){.scene = scene, .piece = 700};
    expect("no line", put(scene, &hand, &error), VCC_MALFORMED, &error, "middle of the record");
    memset(scene->bytes, 'x', 100);
    scene->bytes[99] = '\n';
    scene->size = 100;
    renew(scene);
    hand = (struct hand){.scene = scene, .piece = 700};
    expect("long line", put(scene, &hand, &error), VCC_LIMIT, &error, "over 40 bytes");
    assert_int_equal(scene->player->deletes, 2);
    close_scene(scene);
    free(scene);
}

static void test_who_and_which(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct hand hand = {.scene = scene, .piece = 700};
    struct vcc_error error = {};

    open_scene(scene, *state, "up");
    expect("none", vcc_stream_put(scene->client, "upp", give, &hand, nullptr, &error),
           VCC_NOT_FOUND, &error, "none called \"upp\"");
    expect("put", vcc_stream_put(scene->client, "down", give, &hand, nullptr, &error), VCC_REFUSED,
           &error, "");
    expect("get", vcc_stream_get(scene->client, "up", take, &hand, nullptr, &error), VCC_REFUSED,
           &error, "");
    expect("file", vcc_stream_put_file(scene->client, "up", "/nonexistent", nullptr, &error),
           VCC_FAILED, &error, "no such file");
    expect("folder", vcc_stream_put_file(scene->client, "up", "/tmp", nullptr, &error),
           VCC_MALFORMED, &error, "directory");
    expect("folder", vcc_stream_get_file(scene->client, "down", "/tmp", nullptr, &error),
           VCC_MALFORMED, &error, "directory");
    assert_int_equal(scene->player->heads + scene->player->puts + scene->player->gets, 0);
    close_scene(scene);
    free(scene);
}

/* ---- files, and processes that come after ---- */

static void store(struct scene *scene, const char *path)
{
    assert_int_equal(
        vc_file_store(path, (struct vc_bytes){scene->bytes, scene->size}, 0600, nullptr), VC_OK);
}

static void test_put_goes_on_in_another_process(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct vcc_error error = {};
    char path[128];
    int ends[2];
    char pipe_path[64];

    open_scene(scene, *state, "up");
    fill(scene, 200000);
    client_fixture_path(scene->fixture, "source", path);
    store(scene, path);
    for (uint64_t offset = 0; offset <= scene->size; offset += 50000) {
        renew(scene);
        scene->player->state = VC_STREAM_OPEN;
        scene->player->position = offset;
        memcpy(scene->player->bytes, scene->bytes, offset);
        expect("go on", vcc_stream_put_file(scene->client, "up", path, nullptr, &error), VCC_OK,
               &error, "");
        assert_memory_equal(scene->player->bytes, scene->bytes, scene->size);
    }
    renew(scene);
    scene->player->state = VC_STREAM_OPEN;
    scene->player->position = 100;
    memcpy(scene->player->bytes, scene->bytes + 1, 100); /* of another file */
    expect("another file", vcc_stream_put_file(scene->client, "up", path, nullptr, &error),
           VCC_LOST, &error, "not what was taken");
    renew(scene);
    scene->player->state = VC_STREAM_OPEN;
    scene->player->position = scene->size + 1;
    expect("too short", vcc_stream_put_file(scene->client, "up", path, nullptr, &error), VCC_FAILED,
           &error, "has only 200000");
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(pipe_path, sizeof(pipe_path), "/proc/self/fd/%d", ends[0]);
    scene->player->position = 1;
    expect("a pipe", vcc_stream_put_file(scene->client, "up", pipe_path, nullptr, &error),
           VCC_FAILED, &error, "only a regular file");
    (void)close(ends[0]);
    (void)close(ends[1]);
    close_scene(scene);
    free(scene);
}

static void expect_file(struct scene *scene, const char *path)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer got = {};

    assert_int_equal(vc_file_load(path, PLAYER_BYTES_MAX, &got, nullptr), VC_OK);
    assert_int_equal(got.size, scene->size);
    assert_memory_equal(got.data, scene->bytes, scene->size);
}

static void test_get_goes_on_in_another_process(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct hand hand = {.scene = scene};
    struct vcc_error error = {};
    struct stat status;
    char path[128];

    open_scene(scene, *state, "down");
    fill(scene, 200000);
    client_fixture_path(scene->fixture, "target", path);
    for (uint64_t taken = 0; taken <= scene->size; taken += 50000) {
        size_t whole = scene->size;

        scene->size = taken + (whole - taken) / 2; /* written, and not credited */
        store(scene, path);
        scene->size = whole;
        renew(scene);
        scene->player->taken = taken;
        expect("go on", vcc_stream_get_file(scene->client, "down", path, nullptr, &error), VCC_OK,
               &error, "");
        expect_file(scene, path);
    }
    assert_int_equal(truncate(path, 99), 0);
    renew(scene);
    scene->player->taken = 100;
    expect("too short", vcc_stream_get_file(scene->client, "down", path, nullptr, &error),
           VCC_FAILED, &error, "100 were taken already");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 99);
    expect("elsewhere", get(scene, &hand, &error), VCC_FAILED, &error, "taken already");
    assert_int_equal(scene->player->deletes, 5);
    close_scene(scene);
    free(scene);
}

/* ---- what can be seen of it ---- */

struct watched {
    unsigned calls;
    struct vcc_stream_progress last;
    uint64_t ahead_most;
    bool waited;
};

static void watch(void *user, const struct vcc_stream_progress *progress)
{
    struct watched *watched = user;

    assert_true(progress->done >= watched->last.done);
    assert_true(progress->reconnects >= watched->last.reconnects);
    assert_true(progress->total == 0 || progress->done <= progress->total);
    watched->calls++;
    watched->last = *progress;
    watched->waited = watched->waited || progress->waiting;
    if (progress->ahead > watched->ahead_most)
        watched->ahead_most = progress->ahead;
}

static void test_progress(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct watched watched = {};
    const struct vcc_stream_options options = {
        .watcher = watch, .user = &watched, .patience_ms = 300, .result = &result_of};
    struct vcc_error error = {};
    char path[128];

    open_scene(scene, *state, "up");
    fill(scene, 200000);
    client_fixture_path(scene->fixture, "source", path);
    store(scene, path);
    renew(scene);
    relay_cut_after(&scene->relay, RELAY_UP, 100000);
    expect("put", vcc_stream_put_file(scene->client, "up", path, &options, &error), VCC_OK, &error,
           "");
    assert_true(watched.calls > 2);
    assert_int_equal(watched.last.done, scene->size);
    assert_int_equal(watched.last.total, scene->size);
    assert_int_equal(watched.last.ahead, 0);
    assert_int_equal(watched.last.reconnects, 1);
    assert_true(watched.ahead_most > 0);
    assert_int_equal(strncmp(result_of.digest, "veracruz-gmac=:", 15), 0);
    close_scene(scene);
    free(scene);
}

static void test_leave_and_list(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct vcc_error error = {};
    char *json = nullptr;

    open_scene(scene, *state, "up");
    renew(scene);
    scene->player->state = VC_STREAM_OPEN;
    expect("list", vcc_streams(scene->client, &json, &error), VCC_OK, &error, "");
    assert_non_null(strstr(json, "\"state\":\"open\""));
    free(json);
    expect("leave", vcc_stream_leave(scene->client, "up", &error), VCC_OK, &error, "");
    assert_int_equal(scene->player->state, VC_STREAM_LOST);
    close_scene(scene);
    free(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_cut_again_and_again),
        cmocka_unit_test(test_misdeeds),
        cmocka_unit_test(test_skips),
        cmocka_unit_test(test_unconfirmed),
        cmocka_unit_test(test_another_container),
        cmocka_unit_test(test_untrusted_on_reconnect),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_callbacks_fail),
        cmocka_unit_test(test_who_and_which),
        cmocka_unit_test(test_put_goes_on_in_another_process),
        cmocka_unit_test(test_get_goes_on_in_another_process),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_leave_and_list),
    };

    return cmocka_run_group_tests_name("client_streams", tests, client_fixture_setup,
                                       client_fixture_teardown);
}
