/* SPDX-License-Identifier: MIT */

#include "client/stream_outgoing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/http_server.h"

static constexpr size_t READ_AHEAD = 256 * 1024; /* bytes that one read may bring */

/* ---- from the feed ---- */

/* Takes note of bytes that were just read. */
static enum vc_code note(struct vc_stream_outgoing *outgoing, struct vc_bytes bytes,
                         struct vc_err *err)
{
    vc_mark_add(outgoing->mark, bytes);
    return outgoing->padded ? vc_record_scan(&outgoing->scan, bytes, err) : VC_OK;
}

/* Reads what is there. 0: nothing now, or outgoing->ended. */
static ptrdiff_t fill(struct vc_stream_outgoing *outgoing, struct vc_err *err)
{
    struct vc_stream_kept *kept = &outgoing->kept;
    uint64_t oldest = outgoing->at > outgoing->behind ? outgoing->at - outgoing->behind : 0;
    size_t room;
    uint8_t *data = vc_stream_kept_room(kept, oldest, &room);
    ptrdiff_t count = vc_stream_feed_read(
        outgoing->feed, data, room < READ_AHEAD ? room : READ_AHEAD, &outgoing->ended, err);

    if (count > 0) {
        if (note(outgoing, (struct vc_bytes){data, (size_t)count}, err) != VC_OK)
            count = -1;
        else
            vc_stream_kept_grow(kept, (size_t)count);
    }
    outgoing->failed = count < 0;
    return count;
}

/* Reads the bytes that the container has already, because the mark is of all. */
static enum vc_code skip(struct vc_stream_outgoing *outgoing, uint64_t count, struct vc_err *err)
{
    uint64_t size;

    if (count == 0)
        return VC_OK;
    if (!vc_stream_feed_is_file(outgoing->feed, &size)) {
        return vc_fail(err, VC_STATE,
                       "the container has %" PRIu64 " bytes of it already, and only a regular "
                       "file can be read from its beginning again; leave the stream to give them "
                       "up",
                       count);
    }
    if (size < count) {
        return vc_fail(err, VC_STATE,
                       "the container has %" PRIu64 " bytes of it already, and the file has only "
                       "%" PRIu64,
                       count, size);
    }
    while (count > 0) {
        bool ended;
        ptrdiff_t got =
            vc_stream_feed_read(outgoing->feed, outgoing->kept.data,
                                count < READ_AHEAD ? (size_t)count : READ_AHEAD, &ended, err);

        if (got == 0)
            return vc_fail(err, VC_STATE, "the file became shorter while it was read");
        if (got < 0)
            return VC_HOST;
        enum vc_code code =
            note(outgoing, (struct vc_bytes){outgoing->kept.data, (size_t)got}, err);

        if (code != VC_OK)
            return code;
        count -= (uint64_t)got;
    }
    return VC_OK;
}

static enum vc_code prepare_cells(struct vc_stream_outgoing *outgoing,
                                  const struct vc_policy_stream *terms, struct vc_err *err)
{
    if (!terms->padded)
        return VC_OK;
    outgoing->padded = true;
    outgoing->scan =
        (struct vc_record_scan){.records = terms->records, .record_bytes = terms->record_bytes};
    outgoing->record_max = (size_t)terms->record_bytes + VC_RECORD_PREFIX;
    outgoing->cell_size = vc_cell_size(vc_policy_stream_cell(terms));
    outgoing->cell_sent = outgoing->cell_size;
    outgoing->record = malloc(outgoing->record_max);
    outgoing->cell = malloc(outgoing->cell_size);
    return outgoing->record != nullptr && outgoing->cell != nullptr ? VC_OK : vc_fail_memory(err);
}

enum vc_code vc_stream_outgoing_begin(struct vc_stream_outgoing *outgoing,
                                      const struct vc_policy_stream *terms,
                                      const struct vc_mark_subject *subject, uint64_t offset,
                                      struct vc_err *err)
{
    enum vc_code code = prepare_cells(outgoing, terms, err);

    /* What is under way and not taken: the container grants no more than its window, besides what
     * every stream of HTTP/2 may send unasked. */
    outgoing->behind = (uint64_t)terms->window_bytes + VC_HTTP_FIRST_WINDOW;
    if (code == VC_OK) {
        code = vc_stream_kept_init(
            &outgoing->kept, outgoing->behind + READ_AHEAD + outgoing->record_max, offset, err);
    }
    if (code == VC_OK)
        code = vc_mark_new(terms->mark, subject, &outgoing->mark, err);
    if (code == VC_OK)
        code = skip(outgoing, offset, err);
    outgoing->at = offset;
    return code;
}

void vc_stream_outgoing_done(struct vc_stream_outgoing *outgoing)
{
    vc_mark_free(outgoing->mark);
    vc_stream_kept_done(&outgoing->kept);
    free(outgoing->record);
    free(outgoing->cell);
    *outgoing = (struct vc_stream_outgoing){};
}

enum vc_code vc_stream_outgoing_seek(struct vc_stream_outgoing *outgoing, uint64_t position,
                                     struct vc_err *err)
{
    const struct vc_stream_kept *kept = &outgoing->kept;

    if (position > outgoing->at) {
        return vc_fail(err, VC_STATE,
                       "the container says that it has %" PRIu64 " bytes, and only %" PRIu64
                       " were sent",
                       position, outgoing->at);
    }
    if (position < kept->begin) {
        return vc_fail(err, VC_STATE,
                       "the container wants bytes from %" PRIu64 " on again; of what was sent, "
                       "those from %" PRIu64 " on are still here",
                       position, kept->begin);
    }
    outgoing->at = position;
    outgoing->cell_sent = outgoing->cell_size;
    return VC_OK;
}

/* ---- to the connection ---- */

/* All is sent: says what it was. */
static ptrdiff_t finish(struct vc_stream_outgoing *outgoing, bool *ended, struct vc_err *err)
{
    enum vc_code code = outgoing->padded ? vc_record_scan_end(&outgoing->scan, err) : VC_OK;

    if (code == VC_OK)
        code = vc_mark_text(outgoing->mark, outgoing->digest, err);
    outgoing->failed = code != VC_OK;
    if (code != VC_OK)
        return -1;
    (void)snprintf(outgoing->length, sizeof(outgoing->length), "%" PRIu64, outgoing->kept.end);
    *ended = true;
    return 0;
}

static ptrdiff_t pull_bytes(struct vc_stream_outgoing *outgoing, uint8_t *data, size_t size)
{
    size_t count = vc_stream_kept_copy(&outgoing->kept, outgoing->at, data, size);

    outgoing->at += count;
    return (ptrdiff_t)count;
}

/* The cell of the record at `at`, which is here whole. */
static enum vc_code make_cell(struct vc_stream_outgoing *outgoing, struct vc_err *err)
{
    const struct vc_record_scan *scan = &outgoing->scan;
    const struct vc_cell_form form = {scan->records, scan->record_bytes};
    uint64_t whole = scan->boundary - outgoing->at;
    size_t size = whole < outgoing->record_max ? (size_t)whole : outgoing->record_max;
    size_t taken = 0;

    size = vc_stream_kept_copy(&outgoing->kept, outgoing->at, outgoing->record, size);
    enum vc_code code = vc_cell_encode(form, (struct vc_bytes){outgoing->record, size},
                                       outgoing->cell, &taken, err);

    outgoing->failed = code != VC_OK;
    if (code != VC_OK)
        return code;
    outgoing->at += taken;
    outgoing->cell_sent = 0;
    return VC_OK;
}

static ptrdiff_t pull_cell(struct vc_stream_outgoing *outgoing, uint8_t *data, size_t size)
{
    size_t left = outgoing->cell_size - outgoing->cell_sent;
    size_t count = left < size ? left : size;

    memcpy(data, outgoing->cell + outgoing->cell_sent, count);
    outgoing->cell_sent += count;
    return (ptrdiff_t)count;
}

/* Where what can be sent ends. */
static uint64_t sendable(const struct vc_stream_outgoing *outgoing)
{
    return outgoing->padded ? outgoing->scan.boundary : outgoing->kept.end;
}

ptrdiff_t vc_stream_outgoing_pull(void *user, uint8_t *data, size_t size, bool *ended,
                                  struct vc_err *err)
{
    struct vc_stream_outgoing *outgoing = user;
    ptrdiff_t got = 1;

    if (outgoing->cell_sent < outgoing->cell_size)
        return pull_cell(outgoing, data, size);
    while (outgoing->at >= sendable(outgoing) && !outgoing->ended && got > 0)
        got = fill(outgoing, err);
    if (got < 0)
        return -1;
    if (outgoing->at < sendable(outgoing)) {
        if (!outgoing->padded)
            return pull_bytes(outgoing, data, size);
        return make_cell(outgoing, err) == VC_OK ? pull_cell(outgoing, data, size) : -1;
    }
    return outgoing->ended ? finish(outgoing, ended, err) : 0;
}

size_t vc_stream_outgoing_trailers(void *user, struct vc_http_field *fields, size_t max)
{
    struct vc_stream_outgoing *outgoing = user;
    const struct vc_http_field both[] = {{"stream-length", outgoing->length},
                                         {"repr-digest", outgoing->digest}};

    if (max < VC_COUNT(both))
        return 0; /* cannot be: the connection has room for VC_HTTP_TRAILERS_MAX */
    memcpy(fields, both, sizeof(both));
    return VC_COUNT(both);
}
