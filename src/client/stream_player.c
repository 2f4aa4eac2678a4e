/* SPDX-License-Identifier: MIT */

#include "client/stream_player.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "player: %s\n", what);
    abort();
}

struct stream_player *stream_player_new(void)
{
    struct stream_player *player =
        mmap(nullptr, sizeof(*player), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    must(player != MAP_FAILED, "memory");
    player->use = 1;
    return player;
}

void stream_player_free(struct stream_player *player)
{
    (void)munmap(player, sizeof(*player));
}

/* ---- what it says ---- */

static void mark_of(const struct stream_player *player, char text[VC_MARK_TEXT_MAX])
{
    const struct vc_mark_subject subject = {player->policy_hash, player->name, player->use};
    vc_cleanup(vc_mark_freep) struct vc_mark *mark = nullptr;

    must(vc_mark_new(player->mark_kind, &subject, &mark, nullptr) == VC_OK, "mark");
    vc_mark_add(mark, (struct vc_bytes){player->bytes, player->position});
    must(vc_mark_text(mark, text, nullptr) == VC_OK, "mark");
}

static struct vc_http_body body_of(const char *text)
{
    return (struct vc_http_body){.bytes = {(const uint8_t *)text, strlen(text)}};
}

static void lose(struct stream_player *player, const char *reason)
{
    player->state = VC_STREAM_LOST;
    (void)snprintf(player->reason, sizeof(player->reason), "%s", reason);
}

/* As docs/http-api.md has it. */
static void write_json(struct stream_player *player)
{
    char mark[VC_MARK_TEXT_MAX] = "";
    char outcome[160] = "";

    if (player->state == VC_STREAM_ENDED) {
        mark_of(player, mark);
        (void)snprintf(outcome, sizeof(outcome), "\"mark\":\"%s\",", mark);
    } else if (player->state == VC_STREAM_LOST) {
        (void)snprintf(outcome, sizeof(outcome), "\"reason\":\"%s\",", player->reason);
    }
    (void)snprintf(
        player->json, sizeof(player->json),
        "{\"streams\":[{\"name\":\"%s\",\"use\":%" PRIu64 ",\"uses_left\":1,\"state\":\"%s\",%s"
        "\"position\":%" PRIu64 ",\"window_bytes\":65536,\"records\":\"bytes\",\"padded\":false,"
        "\"partial\":true,\"digest\":\"gmac\",\"producer\":{\"kind\":\"principal\",\"name\":\"%s\","
        "\"held\":%s},\"consumers\":[{\"kind\":\"principal\",\"name\":\"%s\",\"position\":%" PRIu64
        ",\"held\":%s,\"left\":%s}]}]}",
        player->name, player->use, vc_stream_state_name(player->state), outcome, player->position,
        player->produces ? "shop" : "bank", player->held ? "true" : "false",
        player->produces ? "bank" : "shop", player->taken, player->held ? "true" : "false",
        player->left ? "true" : "false");
}

static void respond(struct stream_player *player, struct vc_http_exchange *exchange,
                    unsigned status, const char *text)
{
    uint64_t offset = player->position;

    if (player->misdeed == PLAYER_ALWAYS_OTHER && status == 409)
        offset += player->puts % 2 == 0 ? 1 : 2;
    if (player->misdeed == PLAYER_SHORT_END && status == 200)
        offset--;
    (void)snprintf(player->texts[0], sizeof(player->texts[0]), "%" PRIu64, offset);
    (void)snprintf(player->texts[1], sizeof(player->texts[1]), "%" PRIu64, player->use);
    const struct vc_http_field fields[] = {
        {"upload-offset", player->texts[0]},
        {"upload-complete", player->state == VC_STREAM_ENDED ? "?1" : "?0"},
        {"stream-use", player->texts[1]},
    };

    player->held = player->misdeed == PLAYER_TAKEN_OVER;
    must(vc_http_respond(exchange, status, fields, VC_COUNT(fields), body_of(text), nullptr) ==
             VC_OK,
         "respond");
}

static void refuse(struct stream_player *player, struct vc_http_exchange *exchange)
{
    respond(player, exchange, 409,
            "{\"type\":\"urn:veracruz:problem:state\",\"status\":409,\"detail\":\"not so\"}");
}

static void answer_head(struct stream_player *player, struct vc_http_exchange *exchange)
{
    uint64_t position = player->position;

    player->heads++;
    if (player->state == VC_STREAM_LOST) {
        refuse(player, exchange);
        return;
    }
    if (player->misdeed == PLAYER_STALE_HEAD && position > 0) {
        player->position /= 2;
        player->misdeed = PLAYER_HONEST;
    }
    if (player->misdeed == PLAYER_LYING_HEAD && position > 0)
        player->position = position + 100000;
    respond(player, exchange, 200, "");
    player->position = position;
}

/* ---- PUT ---- */

static uint64_t number_of(const struct vc_http_exchange *exchange, const char *name,
                          uint64_t otherwise)
{
    const char *text = vc_http_field(exchange, name);

    return text != nullptr ? strtoull(text, nullptr, 10) : otherwise;
}

/* One that is still there has not noticed that its connection is gone. */
static void take_over(struct stream_player *player, struct vc_http_exchange *exchange)
{
    if (player->current != nullptr) {
        vc_http_set_context(player->current, nullptr);
        vc_http_abort(player->current);
    }
    player->current = exchange;
    vc_http_set_context(exchange, player);
}

static void begin_put(struct stream_player *player, struct vc_http_exchange *exchange)
{
    player->puts++;
    if ((player->state == VC_STREAM_ENDED || player->state == VC_STREAM_LOST) &&
        number_of(exchange, "stream-use", 0) == player->use + 1) {
        player->use++;
        player->state = VC_STREAM_IDLE;
        player->position = 0;
    }
    if (player->state == VC_STREAM_ENDED || player->state == VC_STREAM_LOST ||
        number_of(exchange, "stream-use", player->use) != player->use ||
        number_of(exchange, "upload-offset", 0) != player->position ||
        player->misdeed == PLAYER_ALWAYS_OTHER) {
        refuse(player, exchange);
        return;
    }
    player->state = VC_STREAM_OPEN;
    player->held = true;
    player->cell_fill = 0;
    take_over(player, exchange);
    vc_http_hold(exchange);
}

static void put_bytes(struct stream_player *player, struct vc_bytes piece)
{
    must(piece.size <= PLAYER_BYTES_MAX - player->position, "more than the test has room for");
    if (piece.size > 0)
        memcpy(player->bytes + player->position, piece.data, piece.size);
    player->position += piece.size;
}

static struct vc_cell_form cell_form(const struct stream_player *player)
{
    return (struct vc_cell_form){player->records, player->record_bytes};
}

static void put_cells(struct stream_player *player, struct vc_bytes piece)
{
    size_t cell_size = vc_cell_size(cell_form(player));

    for (size_t i = 0; i < piece.size; i++) {
        uint8_t record[4096];
        size_t size;

        player->cell[player->cell_fill++] = piece.data[i];
        if (player->cell_fill < cell_size)
            continue;
        player->cell_fill = 0;
        must(vc_cell_decode(cell_form(player), (struct vc_bytes){player->cell, cell_size}, record,
                            &size, nullptr) == VC_OK,
             "cell");
        put_bytes(player, (struct vc_bytes){record, size});
    }
}

static void break_put(struct stream_player *player, struct vc_http_exchange *exchange)
{
    if (player->misdeed == PLAYER_REFUSES) {
        lose(player, "run 3 of macd: exited with 1");
        refuse(player, exchange);
    } else if (player->misdeed == PLAYER_ENDS_EARLY) {
        player->state = VC_STREAM_ENDED;
        respond(player, exchange, 200, "{}");
    } else {
        vc_http_abort(exchange);
    }
    vc_http_set_context(exchange, nullptr);
    player->current = nullptr;
}

static void on_body(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct stream_player *player = user;
    bool breaks = player->misdeed == PLAYER_REFUSES || player->misdeed == PLAYER_ENDS_EARLY ||
                  player->misdeed == PLAYER_TAKEN_OVER;

    if (vc_http_context(exchange) == nullptr)
        return;
    if (player->padded)
        put_cells(player, piece);
    else
        put_bytes(player, piece);
    if (breaks && player->position >= player->after)
        break_put(player, exchange);
    else if (!player->no_grants && player->misdeed != PLAYER_STALE_HEAD && piece.size > 0)
        vc_http_grant(exchange, (uint32_t)piece.size);
}

static bool is_field(const char *value, const char *wanted)
{
    return value != nullptr && strcmp(value, wanted) == 0;
}

/* Somebody else's. */
static void begin_next(struct stream_player *player)
{
    player->use++;
    player->state = VC_STREAM_OPEN;
    player->position = 5;
}

static void on_end(void *user, struct vc_http_exchange *exchange)
{
    struct stream_player *player = user;
    char mark[VC_MARK_TEXT_MAX];
    char length[24];

    if (vc_http_context(exchange) == nullptr)
        return;
    (void)snprintf(length, sizeof(length), "%" PRIu64, player->position);
    mark_of(player, mark);
    if (player->cell_fill != 0 || !is_field(vc_http_trailer(exchange, "stream-length"), length) ||
        !is_field(vc_http_trailer(exchange, "repr-digest"), mark)) {
        lose(player, "its end is not what was taken");
        refuse(player, exchange);
        return;
    }
    player->state = VC_STREAM_ENDED;
    if (player->misdeed == PLAYER_MOVES_ON) {
        begin_next(player);
        vc_http_abort(exchange);
        return;
    }
    respond(player, exchange, 200, "{}");
}

/* ---- GET ---- */

/* The next cell, of the record at cell_next. */
static bool next_cell(struct stream_player *player)
{
    size_t taken;

    if (player->cell_next == player->position)
        return false;
    must(vc_cell_encode(cell_form(player),
                        (struct vc_bytes){player->bytes + player->cell_next,
                                          player->position - player->cell_next},
                        player->cell, &taken, nullptr) == VC_OK,
         "cell");
    player->cell_next += taken;
    player->cell_sent = 0;
    return true;
}

static size_t pull_cells(struct stream_player *player, uint8_t *data, size_t size, bool *ended)
{
    size_t cell_size = vc_cell_size(cell_form(player));
    size_t count = 0;

    while (count < size) {
        if (player->cell_sent == cell_size && !next_cell(player)) {
            *ended = true;
            break;
        }
        data[count++] = player->cell[player->cell_sent++];
    }
    return count;
}

static size_t pull_bytes(struct stream_player *player, uint8_t *data, size_t size, bool *ended)
{
    uint64_t at = player->start + player->sent;
    uint64_t left = player->position - at;
    size_t count = left < size ? (size_t)left : size;

    memcpy(data, player->bytes + at, count);
    if (player->misdeed == PLAYER_OTHER_BYTES && count > 0)
        data[count / 2] ^= 1;
    *ended = count == left;
    return count;
}

/* Serves in small pieces, so that a relay has something to cut. */
static size_t pull(void *user, uint8_t *data, size_t size, bool *ended)
{
    struct vc_http_exchange *exchange = user;
    struct stream_player *player = vc_http_context(exchange);
    bool breaks = player->misdeed == PLAYER_LOSES || player->misdeed == PLAYER_TAKEN_OVER;

    if (player == nullptr) /* another took over */
        return 0;
    size = size < 700 ? size : 700;
    if (breaks && player->sent >= player->after) {
        if (player->misdeed == PLAYER_LOSES)
            lose(player, "exchange was gone for more than 60 seconds");
        vc_http_abort(exchange);
        *ended = false;
        return 0;
    }
    size = player->padded ? pull_cells(player, data, size, ended)
                          : pull_bytes(player, data, size, ended);
    player->sent += size;
    return size;
}

static size_t give_proof(void *user, struct vc_http_field *fields, size_t)
{
    struct stream_player *player = vc_http_context(user);

    if (player->misdeed == PLAYER_NO_PROOF)
        return 0;
    (void)snprintf(player->texts[2], sizeof(player->texts[2]), "%" PRIu64,
                   player->position + (player->misdeed == PLAYER_WRONG_LENGTH ? 1 : 0));
    mark_of(player, player->texts[3]);
    if (player->misdeed == PLAYER_WRONG_MARK)
        player->texts[3][20] ^= 1;
    fields[0] = (struct vc_http_field){"stream-length", player->texts[2]};
    fields[1] = (struct vc_http_field){"repr-digest", player->texts[3]};
    return 2;
}

static void begin_get(struct stream_player *player, struct vc_http_exchange *exchange)
{
    const char *range = vc_http_field(exchange, "range");
    uint64_t offset = player->taken;
    struct vc_http_feed feed = {.pull = pull, .user = exchange, .trailers = give_proof};

    player->gets++;
    if (range != nullptr)
        must(sscanf(range, "bytes=%" SCNu64 "-", &offset) == 1, "range");
    must(is_field(vc_http_field(exchange, "prefer"), "resumable"), "prefer");
    if (player->state == VC_STREAM_LOST || player->left || offset < player->taken ||
        offset > player->position) {
        refuse(player, exchange);
        return;
    }
    if (player->misdeed == PLAYER_SKIPS && offset > 0)
        offset++;
    player->start = offset;
    player->sent = 0;
    player->cell_next = offset;
    player->cell_sent = vc_cell_size(cell_form(player));
    player->held = true;
    (void)snprintf(player->texts[4], sizeof(player->texts[4]), "%" PRIu64, offset);
    (void)snprintf(player->texts[5], sizeof(player->texts[5]), "%" PRIu64, player->use);
    const struct vc_http_field fields[] = {{"stream-offset", player->texts[4]},
                                           {"stream-use", player->texts[5]}};

    take_over(player, exchange);
    must(vc_http_respond_feed(exchange, 200, fields, VC_COUNT(fields), &feed, nullptr) == VC_OK,
         "feed");
}

/* What the client says that it has taken is gone here. */
static void on_credit(void *user, struct vc_http_exchange *exchange)
{
    struct stream_player *player = user;
    uint64_t credited = vc_http_credited(exchange);

    if (!player->padded && vc_http_context(exchange) != nullptr)
        player->taken = player->start + credited;
}

static void answer_delete(struct stream_player *player, struct vc_http_exchange *exchange)
{
    uint64_t offset = number_of(exchange, "stream-offset", UINT64_MAX);

    player->deletes++;
    if (player->misdeed == PLAYER_NOT_TOLD) {
        vc_http_abort(exchange);
        return;
    }
    player->confirmed = offset;
    if (!player->produces && player->state == VC_STREAM_OPEN)
        lose(player, "bank gave it up");
    player->left = player->produces;
    respond(player, exchange, 204, "");
}

/* ---- which ---- */

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct stream_player *player = user;
    const char *method = vc_http_method(exchange);

    if (strcmp(vc_http_target(exchange), "/v1/streams") == 0) {
        player->lists++;
        write_json(player);
        respond(player, exchange, 200, player->json);
    } else if (strcmp(method, "HEAD") == 0) {
        answer_head(player, exchange);
    } else if (strcmp(method, "PUT") == 0) {
        begin_put(player, exchange);
    } else if (strcmp(method, "GET") == 0) {
        begin_get(player, exchange);
    } else {
        answer_delete(player, exchange);
    }
}

static void on_close(void *user, struct vc_http_exchange *exchange)
{
    struct stream_player *player = user;

    if (vc_http_context(exchange) == nullptr)
        return;
    player->current = nullptr;
    player->held = player->misdeed == PLAYER_TAKEN_OVER;
    if (player->misdeed == PLAYER_FORGETS && player->state == VC_STREAM_OPEN)
        player->position = 0;
    if (player->misdeed == PLAYER_BEGINS_ANEW) {
        player->use = 1;
        player->state = VC_STREAM_IDLE;
        player->position = 0;
        player->taken = 0;
    }
}

const struct vc_http_handler stream_player_handler = {.on_request = on_request,
                                                      .on_body = on_body,
                                                      .on_end = on_end,
                                                      .on_close = on_close,
                                                      .on_credit = on_credit};
