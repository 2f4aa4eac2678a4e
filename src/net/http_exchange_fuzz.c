/* SPDX-License-Identifier: MIT */

/* Target: the server's HTTP/2 session, from bytes behind TLS to the handler. The first byte says in
 * which pieces the rest arrives. Properties: each request is closed once, its body pieces come
 * between on_request and on_end, on_end comes at most once, and each lent body is given back once.
 */

#include <stdlib.h>
#include <string.h>

#include "net/http_exchange_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t preface[] = {'P',  'R',  'I', ' ', '*',  ' ',  'H',  'T',
                                  'T',  'P',  '/', '2', '.',  '0',  '\r', '\n',
                                  '\r', '\n', 'S', 'M', '\r', '\n', '\r', '\n'};
static const uint8_t lent[100000] = {1};

struct counts {
    unsigned requests, closes, lent, given_back;
};

static void give_back(void *owner)
{
    struct counts *counts = owner;

    counts->given_back++;
}

/* The context is null before on_end and the counts after it. */
static void respond(struct counts *counts, struct vc_http_exchange *exchange)
{
    size_t size = strlen(vc_http_target(exchange)) * 1000 % sizeof(lent);
    const struct vc_http_field field = {"x", vc_http_target(exchange)};

    counts->lent++;
    (void)vc_http_respond(exchange, 200, &field, 1,
                          (struct vc_http_body){{lent, size}, give_back, counts}, nullptr);
}

static void on_request(void *user, struct vc_http_exchange *exchange)
{
    struct counts *counts = user;
    uint64_t length;

    counts->requests++;
    if (vc_http_context(exchange) != nullptr || vc_http_method(exchange) == nullptr)
        abort();
    if (vc_http_content_length(exchange, &length) && length > 1000)
        respond(counts, exchange);
}

static void on_body(void *, struct vc_http_exchange *exchange, struct vc_bytes)
{
    if (vc_http_context(exchange) != nullptr)
        abort();
}

static void on_end(void *user, struct vc_http_exchange *exchange)
{
    if (vc_http_context(exchange) != nullptr)
        abort();
    vc_http_set_context(exchange, user);
    respond(user, exchange);
}

static void on_close(void *user, struct vc_http_exchange *)
{
    struct counts *counts = user;

    counts->closes++;
}

static enum vc_code wake(void *, struct vc_err *)
{
    return VC_OK;
}

/* Feeds it piece by piece, and throws away what the server says. */
static void feed(struct vc_exchanges *all, struct vc_chunk_pool *pool, struct vc_bytes bytes,
                 size_t piece)
{
    struct vc_h2 *h2 = vc_exchanges_h2(all);

    for (size_t at = 0; at < bytes.size; at += piece) {
        size_t size = bytes.size - at < piece ? bytes.size - at : piece;

        if (vc_h2_receive(h2, (struct vc_bytes){bytes.data + at, size}, nullptr) != VC_OK ||
            vc_h2_fill(h2, nullptr) != VC_OK)
            return;
        vc_chunk_close(pool, &h2->out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vc_http_handler handler = {
        .on_request = on_request, .on_body = on_body, .on_end = on_end, .on_close = on_close};
    struct vc_chunk_pool pool = {};
    struct counts counts = {};
    struct vc_exchanges *all = nullptr;
    const struct vc_exchanges_host host = {.wake = wake, .pool = &pool};

    if (size == 0 || vc_exchanges_new(&host, 10, &handler, &counts, &all, nullptr) != VC_OK)
        return 0;
    if (vc_h2_receive(vc_exchanges_h2(all), VC_BYTES(preface), nullptr) != VC_OK)
        abort();
    feed(all, &pool, (struct vc_bytes){data + 1, size - 1}, data[0] == 0 ? 4096 : data[0]);
    vc_exchanges_free(all);
    vc_chunk_pool_done(&pool);
    if (counts.requests != counts.closes || counts.lent != counts.given_back)
        abort();
    return 0;
}
