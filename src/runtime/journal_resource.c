/* SPDX-License-Identifier: MIT */

/* The resources /v1/journal and /v1/events. Both are made of the journal when the client takes
 * them, by the number of the entry that is next: nothing is kept for a slow client, and it misses
 * nothing. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "journal/receipt.h"
#include "runtime/api_internal.h"
#include "runtime/clock.h"
#include "runtime/enrol.h"
#include "runtime/link_request.h"

static constexpr uint64_t QUIET_MAX_MS = 10000; /* then a comment says that we are still here */

/* One who reads a receipt, or events. */
struct vc_journal_reader {
    struct vc_request *request;
    struct vc_journal *journal;
    struct vc_buffer text;
    size_t taken; /* of the text */
    bool ended;   /* nothing follows the text */
    /* of a receipt */
    struct vc_receipt_writer writer;
    /* of events */
    struct vc_journal_watcher watcher;
    struct vc_timer *timer;
    uint64_t next; /* entry that was not looked at yet */
    bool quiet;    /* nothing was sent for a while */
    bool watching;
};

static struct vc_journal *journal_of(const struct vc_request *request)
{
    return vc_record_journal(request->api->context.record);
}

/* ---- readers ---- */

static void close_reader(struct vc_request *request)
{
    struct vc_journal_reader *reader = request->reader;

    if (reader == nullptr)
        return;
    if (reader->watching)
        vc_journal_unwatch(reader->journal, &reader->watcher);
    vc_timer_cancel(reader->timer);
    request->api->watchers[request->principal]--;
    vc_buffer_done(&reader->text);
    free(reader);
    request->reader = nullptr;
}

/* Null: answered. */
static struct vc_journal_reader *open_reader(struct vc_request *request)
{
    uint32_t *count = &request->api->watchers[request->principal];
    struct vc_journal_reader *reader;

    if (*count >= VC_API_WATCHERS_MAX) {
        vc_answer_problem(request, VC_PROBLEM_QUOTA, "too much of the journal read at once");
        return nullptr;
    }
    reader = calloc(1, sizeof(*reader));
    if (reader == nullptr) {
        vc_answer_problem(request, VC_PROBLEM_UNAVAILABLE, "out of memory");
        return nullptr;
    }
    reader->request = request;
    reader->journal = journal_of(request);
    request->reader = reader;
    ++*count;
    return reader;
}

/* Gives what is composed, as long as there is room and more to compose. Without memory the answer
 * ends early, which a client sees: the receipt is out of form. */
static size_t give(struct vc_journal_reader *reader, uint8_t *data, size_t size, bool *ended,
                   enum vc_code (*compose)(struct vc_journal_reader *reader))
{
    size_t given = 0;

    while (given < size) {
        size_t left;

        if (reader->taken == reader->text.size) {
            reader->text.size = reader->taken = 0;
            if (!reader->ended && compose(reader) != VC_OK)
                reader->ended = true;
        }
        left = reader->text.size - reader->taken;
        if (left == 0)
            break;
        left = left < size - given ? left : size - given;
        memcpy(data + given, reader->text.data + reader->taken, left);
        reader->taken += left;
        given += left;
    }
    *ended = reader->ended && reader->taken == reader->text.size;
    return given;
}

static void answer_feed(struct vc_request *request, const char *type,
                        size_t (*pull)(void *user, uint8_t *data, size_t size, bool *ended))
{
    const struct vc_http_field fields[] = {{"content-type", type}, {"cache-control", "no-store"}};
    const struct vc_http_feed feed = {.pull = pull, .user = request->reader};

    request->answered = true;
    /* On failure the connection is going down; on_close tells. */
    (void)!vc_http_respond_feed(request->exchange, 200, fields, VC_COUNT(fields), &feed, nullptr);
}

/* What is over a limit here is a number of an entry. */
static void answer_beyond(struct vc_request *request, const struct vc_err *err)
{
    if (err->code == VC_LIMIT)
        vc_answer_problem(request, VC_PROBLEM_RANGE, err->text);
    else
        vc_answer_error(request, err);
}

/* ---- receipts ---- */

static enum vc_code compose_receipt(struct vc_journal_reader *reader)
{
    enum vc_code code = vc_receipt_next(&reader->writer, &reader->text, nullptr);

    reader->ended = reader->writer.ended;
    return code;
}

static size_t pull_receipt(void *user, uint8_t *data, size_t size, bool *ended)
{
    return give(user, data, size, ended, compose_receipt);
}

static enum vc_code begin_receipt(struct vc_request *request, struct vc_journal_reader *reader,
                                  uint64_t since, struct vc_err *err)
{
    const struct vc_api_context *context = &request->api->context;
    const struct vc_receipt_signer signer = {.key = context->enrolment->key,
                                             .certificate = context->enrolment->certificate,
                                             .log = &context->enrolment->receipt,
                                             .force = vc_narrower_force(context->narrower),
                                             .now = vc_clock_now(context->clock)};

    return vc_receipt_begin(reader->journal, request->principal, since, &signer, &reader->writer,
                            &reader->text, err);
}

static void answer_receipt(struct vc_request *request, uint64_t since)
{
    struct vc_journal_reader *reader = open_reader(request);
    struct vc_err err = {};

    if (reader == nullptr)
        return;
    if (begin_receipt(request, reader, since, &err) == VC_OK)
        answer_feed(request, "application/json", pull_receipt);
    else
        answer_beyond(request, &err);
}

static void get_journal(struct vc_request *request)
{
    answer_receipt(request, 0);
}

static void get_journal_since(struct vc_request *request)
{
    struct vc_err err = {};
    uint64_t since = 0;

    if (vc_since_parse(request->path + 1, &since, &err) == VC_OK)
        answer_receipt(request, since);
    else
        answer_beyond(request, &err);
}

/* ---- events ---- */

static enum vc_code put_event(struct vc_journal_reader *reader, uint64_t index,
                              struct vc_bytes entry, struct vc_bytes details)
{
    enum vc_entry_kind kind = vc_journal_kind_at(reader->journal, index);
    enum vc_code code =
        vc_buffer_printf(&reader->text, nullptr,
                         "event: %s\nid: %" PRIu64 "\ndata: ", vc_entry_kind_name(kind), index);
    struct vc_json_writer writer = vc_json_writer_over(&reader->text);

    vc_json_open_object(&writer, nullptr);
    vc_json_put_value(&writer, "entry", entry); /* has no line ends */
    if (details.size > 0)
        vc_json_put_value(&writer, "details", details);
    vc_json_close_object(&writer);
    if (code == VC_OK)
        code = vc_json_write_end(&writer, nullptr);
    if (code == VC_OK)
        code = vc_buffer_append_text(&reader->text, "\n\n", nullptr);
    reader->ended = kind == VC_ENTRY_ENDED;
    return code;
}

static enum vc_code compose_event(struct vc_journal_reader *reader)
{
    uint64_t size = vc_journal_size(reader->journal);
    struct vc_bytes entry, details;

    while (reader->next < size) {
        uint64_t index = reader->next++;

        if (vc_journal_at(reader->journal, reader->request->principal, index, &entry, &details)) {
            reader->quiet = false;
            return put_event(reader, index, entry, details);
        }
    }
    if (!reader->quiet)
        return VC_OK;
    reader->quiet = false;
    return vc_buffer_append_text(&reader->text, ":\n\n", nullptr);
}

static size_t pull_events(void *user, uint8_t *data, size_t size, bool *ended)
{
    return give(user, data, size, ended, compose_event);
}

static void on_added(void *user, uint64_t, struct vc_bytes, struct vc_bytes)
{
    struct vc_journal_reader *reader = user;

    vc_http_resume(reader->request->exchange);
}

static void on_quiet(void *user)
{
    struct vc_journal_reader *reader = user;

    reader->timer = nullptr;
    reader->quiet = true;
    vc_http_resume(reader->request->exchange);
    /* Without memory the client waits longer than it may like. */
    (void)!vc_loop_after(reader->request->api->context.loop, QUIET_MAX_MS, on_quiet, reader,
                         &reader->timer, nullptr);
}

/* Where the client goes on: behind what it had last, or with what is new. */
static enum vc_code find_next(const struct vc_request *request, uint64_t *next, struct vc_err *err)
{
    const char *last = vc_http_field(request->exchange, "last-event-id");
    uint64_t size = vc_journal_size(journal_of(request));
    uint64_t had = 0;
    enum vc_code code;

    *next = size;
    if (last == nullptr)
        return VC_OK;
    code = vc_since_parse(last, &had, err);
    if (code == VC_OK && had >= size) {
        return vc_fail(err, VC_LIMIT,
                       "last-event-id: the journal has %" PRIu64
                       " entries: this is another container, or another life of it",
                       size);
    }
    if (code == VC_OK)
        *next = had + 1;
    return code;
}

static void get_events(struct vc_request *request)
{
    struct vc_journal_reader *reader;
    struct vc_err err = {};
    uint64_t next = 0;

    if (find_next(request, &next, &err) != VC_OK) {
        answer_beyond(request, &err);
        return;
    }
    reader = open_reader(request);
    if (reader == nullptr)
        return;
    reader->next = next;
    reader->watching = true;
    reader->watcher = (struct vc_journal_watcher){
        .added = on_added, .user = reader, .principal = request->principal};
    vc_journal_watch(reader->journal, &reader->watcher);
    (void)!vc_loop_after(request->api->context.loop, QUIET_MAX_MS, on_quiet, reader, &reader->timer,
                         nullptr);
    answer_feed(request, "text/event-stream", pull_events);
}

/* ---- links ---- */

static void begin_link(struct vc_request *)
{
    /* the body says to what */
}

static void end_link(struct vc_request *request)
{
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);
    struct vc_record_link link = {};
    struct vc_err err = {};

    if (vc_link_request_parse(vc_buffer_bytes(&request->body), &link, &err) != VC_OK) {
        vc_answer_error(request, &err);
        return;
    }
    if (vc_record_link(request->api->context.record, request->principal, &link, &err) != VC_OK) {
        vc_answer_unrecorded(request, &err);
        return;
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_integer(&writer, "index", (int64_t)vc_journal_size(journal_of(request)) - 1);
    vc_json_close_object(&writer);
    vc_answer_written(request, 201, &writer);
}

const struct vc_resource vc_journal_resources[] = {
    {"GET", "/v1/journal", .begin = get_journal, .close = close_reader, .while_ending = true,
     .while_full = true},
    {"GET", "/v1/journal", true, .begin = get_journal_since, .close = close_reader,
     .while_ending = true, .while_full = true},
    {"POST", "/v1/journal/links", .begin = begin_link, .piece = vc_gather, .end = end_link},
    {"GET", "/v1/events", .begin = get_events, .close = close_reader, .while_full = true},
};
const size_t vc_journal_resource_count = VC_COUNT(vc_journal_resources);
