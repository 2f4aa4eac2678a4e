/* SPDX-License-Identifier: MIT */

/* Target: the server's HTTP/2 session, from bytes behind TLS to the handler. The first byte says in
 * which pieces the rest arrives; between two of them feeds grow, held requests are granted more,
 * and some exchanges are broken off, as the letters of their targets say. Properties: each request
 * is closed once, its body pieces come between on_request and on_end, on_end comes at most once,
 * each lent body is given back once; a held body is never longer than was granted, nothing is
 * credited that was not sent, and of what was broken off nothing is heard or asked but its end.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "net/http_exchange_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t preface[] = {'P',  'R',  'I', ' ', '*',  ' ',  'H',  'T',
                                  'T',  'P',  '/', '2', '.',  '0',  '\r', '\n',
                                  '\r', '\n', 'S', 'M', '\r', '\n', '\r', '\n'};
static const uint8_t lent[100000] = {1};

struct visit {
    TAILQ_ENTRY(visit) entry;
    struct vc_http_exchange *exchange;
    bool held, fed, ended, aborted;
    uint64_t taken, granted;
    uint64_t ready, sent, credited;
    unsigned rounds; /* pieces that arrived since */
};

struct world {
    TAILQ_HEAD(, visit) visits;
    unsigned requests, closes, lent, given_back;
};

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static bool has(const struct vc_http_exchange *exchange, char letter)
{
    return strchr(vc_http_target(exchange), letter) != nullptr;
}

static void give_back(void *owner)
{
    struct world *world = owner;

    world->given_back++;
}

static void respond(struct world *world, struct vc_http_exchange *exchange)
{
    size_t size = strlen(vc_http_target(exchange)) * 1000 % sizeof(lent);
    const struct vc_http_field field = {"x", vc_http_target(exchange)};

    world->lent++;
    (void)!vc_http_respond(exchange, 200, &field, 1,
                           (struct vc_http_body){{lent, size}, give_back, world}, nullptr);
}

static void break_off(struct visit *visit)
{
    vc_http_abort(visit->exchange);
    visit->aborted = true;
}

static size_t feed_ready(void *user, bool *ended)
{
    struct visit *visit = user;

    demand(!visit->aborted);
    *ended = visit->rounds > 3;
    return (size_t)visit->ready;
}

static size_t feed_pull(void *user, uint8_t *data, size_t size, bool *ended)
{
    struct visit *visit = user;
    size_t count = visit->ready < size ? (size_t)visit->ready : size;

    demand(!visit->aborted);
    memset(data, 'f', count);
    visit->ready -= count;
    visit->sent += count;
    *ended = visit->ready == 0 && visit->rounds > 3;
    if (has(visit->exchange, 'p') && visit->rounds == 2)
        break_off(visit);
    return count;
}

static size_t feed_trailers(void *user, struct vc_http_field *fields, size_t max)
{
    struct visit *visit = user;

    demand(!visit->aborted && max == VC_HTTP_TRAILERS_MAX);
    for (size_t i = 0; i < max; i++)
        fields[i] = (struct vc_http_field){has(visit->exchange, 'b') ? ":bad" : "x-end", "1"};
    if (has(visit->exchange, 'e'))
        break_off(visit);
    return strlen(vc_http_target(visit->exchange)) % (max + 2);
}

static void open_feed(struct visit *visit)
{
    const struct vc_http_feed feed = {
        .pull = feed_pull,
        .user = visit,
        .ready = has(visit->exchange, 'r') ? feed_ready : nullptr,
        .trailers = has(visit->exchange, 't') ? feed_trailers : nullptr,
    };

    visit->fed = vc_http_respond_feed(visit->exchange, 200, nullptr, 0, &feed, nullptr) == VC_OK;
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct world *world = user;
    struct visit *visit = calloc(1, sizeof(*visit));
    uint64_t length;

    demand(visit != nullptr && vc_http_context(exchange) == nullptr &&
           vc_http_method(exchange) != nullptr && vc_http_trailer(exchange, "x") == nullptr);
    *visit = (struct visit){.exchange = exchange, .granted = VC_HTTP_FIRST_WINDOW};
    TAILQ_INSERT_TAIL(&world->visits, visit, entry);
    vc_http_set_context(exchange, visit);
    world->requests++;
    if (has(exchange, 'h'))
        vc_http_hold(exchange);
    visit->held = has(exchange, 'h');
    if (has(exchange, 'f'))
        open_feed(visit);
    else if (has(exchange, 'n'))
        break_off(visit);
    else if (vc_http_content_length(exchange, &length) && length > 1000)
        respond(world, exchange);
}

static void on_body(void *user, struct vc_http_exchange *exchange, struct vc_bytes piece)
{
    struct world *world = user;
    struct visit *visit = vc_http_context(exchange);

    demand(!visit->ended && !visit->aborted && !visit->fed);
    visit->taken += piece.size;
    demand(!visit->held || visit->taken <= visit->granted);
    if (has(exchange, 'g')) {
        visit->granted += piece.size;
        vc_http_grant(exchange, (uint32_t)piece.size);
    }
    if (has(exchange, 'c') && visit->taken > 100)
        respond(world, exchange);
    if (has(exchange, 'o'))
        break_off(visit);
}

static void on_end(void *user, struct vc_http_exchange *exchange)
{
    struct visit *visit = vc_http_context(exchange);
    const char *trailer = vc_http_trailer(exchange, "x");

    demand(!visit->ended && !visit->aborted && !visit->fed);
    demand(trailer == nullptr || strlen(trailer) < VC_HTTP_HEADER_SIZE_MAX);
    visit->ended = true;
    if (has(exchange, 'l'))
        open_feed(visit);
    else if (!has(exchange, 'w'))
        respond(user, exchange);
}

static void on_credit(void *, struct vc_http_exchange *exchange)
{
    struct visit *visit = vc_http_context(exchange);
    uint64_t credited = vc_http_credited(exchange);

    demand(visit->fed && !visit->aborted);
    demand(credited > visit->credited && credited <= visit->sent);
    visit->credited = credited;
}

static void on_close(void *user, struct vc_http_exchange *exchange)
{
    struct world *world = user;
    struct visit *visit = vc_http_context(exchange);

    world->closes++;
    TAILQ_REMOVE(&world->visits, visit, entry);
    free(visit);
}

static enum vc_code wake(void *, struct vc_err *)
{
    return VC_OK;
}

/* What the handler does on its own between two pieces. */
static void live_on(struct world *world)
{
    struct visit *visit;

    TAILQ_FOREACH(visit, &world->visits, entry)
    {
        uint32_t more = (uint32_t)strlen(vc_http_target(visit->exchange)) * 3000;

        visit->rounds++;
        if (visit->held && has(visit->exchange, 'm')) {
            visit->granted += more;
            vc_http_grant(visit->exchange, more);
        }
        if (visit->fed && !visit->aborted) {
            visit->ready += more;
            vc_http_resume(visit->exchange);
        }
        if (has(visit->exchange, 'a') && visit->rounds == 3)
            break_off(visit);
    }
}

/* Feeds it piece by piece, and throws away what the server says. */
static void feed(struct vc_exchanges *all, struct world *world, struct vc_chunk_pool *pool,
                 struct vc_bytes bytes, size_t piece)
{
    struct vc_h2 *h2 = vc_exchanges_h2(all);

    for (size_t at = 0; at < bytes.size; at += piece) {
        size_t size = bytes.size - at < piece ? bytes.size - at : piece;

        if (vc_h2_receive(h2, (struct vc_bytes){bytes.data + at, size}, nullptr) != VC_OK ||
            vc_h2_fill(h2, nullptr) != VC_OK)
            return;
        vc_chunk_close(pool, &h2->out);
        live_on(world);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vc_http_handler handler = {.on_request = on_request,
                                                   .on_body = on_body,
                                                   .on_end = on_end,
                                                   .on_close = on_close,
                                                   .on_credit = on_credit};
    struct vc_chunk_pool pool = {};
    struct world world = {.visits = TAILQ_HEAD_INITIALIZER(world.visits)};
    struct vc_exchanges *all = nullptr;
    const struct vc_exchanges_host host = {.wake = wake, .pool = &pool};

    if (size == 0 || vc_exchanges_new(&host, 10, &handler, &world, &all, nullptr) != VC_OK)
        return 0;
    if (vc_h2_receive(vc_exchanges_h2(all), VC_BYTES(preface), nullptr) != VC_OK)
        abort();
    feed(all, &world, &pool, (struct vc_bytes){data + 1, size - 1}, data[0] == 0 ? 4096 : data[0]);
    vc_exchanges_free(all);
    vc_chunk_pool_done(&pool);
    demand(world.requests == world.closes && world.lent == world.given_back);
    return 0;
}
