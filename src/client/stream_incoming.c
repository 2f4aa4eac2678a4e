/* SPDX-License-Identifier: MIT */

#include "client/stream_incoming.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "flow/records.h"

static constexpr size_t PIECE_SIZE = 65536; /* bytes read back at once */

/* ---- what an earlier process wrote ---- */

static enum vc_code mark_file(struct vc_stream_incoming *incoming, uint64_t size,
                              struct vc_err *err)
{
    uint8_t piece[PIECE_SIZE];

    for (uint64_t at = 0; at < size;) {
        size_t wanted = size - at < sizeof(piece) ? (size_t)(size - at) : sizeof(piece);
        ssize_t got = pread(incoming->target->fd, piece, wanted, (off_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vc_fail_host(err, "%s", incoming->target->name);
        if (got == 0) {
            return vc_fail(err, VC_STATE,
                           "%s has %" PRIu64 " bytes of it, and %" PRIu64 " were taken already",
                           incoming->target->name, at, size);
        }
        vc_mark_add(incoming->mark, (struct vc_bytes){piece, (size_t)got});
        at += (uint64_t)got;
    }
    return VC_OK;
}

static enum vc_code continue_file(struct vc_stream_incoming *incoming, uint64_t offset,
                                  struct vc_err *err)
{
    const struct vc_stream_target *target = incoming->target;
    enum vc_code code;

    if (!target->regular && offset > 0) {
        return vc_fail(err, VC_STATE,
                       "its first %" PRIu64 " bytes were taken already and are not here; without "
                       "them the rest proves nothing: get it into the file that has them, or leave "
                       "the stream",
                       offset);
    }
    if (!target->regular)
        return VC_OK;
    code = mark_file(incoming, offset, err);
    if (code == VC_OK && (ftruncate(target->fd, (off_t)offset) < 0 ||
                          lseek(target->fd, (off_t)offset, SEEK_SET) < 0))
        code = vc_fail_host(err, "%s", target->name);
    return code;
}

enum vc_code vc_stream_incoming_begin(struct vc_stream_incoming *incoming,
                                      const struct vc_policy_stream *terms,
                                      const struct vc_mark_subject *subject, uint64_t offset,
                                      struct vc_err *err)
{
    enum vc_code code = vc_mark_new(terms->mark, subject, &incoming->mark, err);

    incoming->terms = terms;
    if (code == VC_OK && terms->padded) {
        incoming->cell_size = vc_cell_size(vc_policy_stream_cell(terms));
        incoming->cell = malloc(incoming->cell_size);
        incoming->record = malloc((size_t)terms->record_bytes + VC_RECORD_PREFIX);
        if (incoming->cell == nullptr || incoming->record == nullptr)
            code = vc_fail_memory(err);
    }
    if (code == VC_OK)
        code = continue_file(incoming, offset, err);
    incoming->position = offset;
    return code;
}

void vc_stream_incoming_done(struct vc_stream_incoming *incoming)
{
    vc_mark_free(incoming->mark);
    free(incoming->cell);
    free(incoming->record);
    *incoming = (struct vc_stream_incoming){};
}

void vc_stream_incoming_rewind(struct vc_stream_incoming *incoming)
{
    incoming->cell_got = 0;
}

/* ---- handing on ---- */

/* A pipe without a reader is an error here, and no signal that ends the caller's process: one that
 * this write raised is taken back. */
static enum vc_code write_fd(const struct vc_stream_target *target, struct vc_bytes bytes,
                             struct vc_err *err)
{
    const struct timespec at_once = {};
    sigset_t broken_pipe;
    sigset_t before;
    sigset_t pending;

    (void)sigemptyset(&broken_pipe);
    (void)sigaddset(&broken_pipe, SIGPIPE);
    (void)sigpending(&pending);
    bool ours = sigismember(&pending, SIGPIPE) == 0 &&
                pthread_sigmask(SIG_BLOCK, &broken_pipe, &before) == 0;
    enum vc_code code = vc_fd_write_all(target->fd, bytes, err);

    if (ours && code != VC_OK)
        (void)sigtimedwait(&broken_pipe, nullptr, &at_once);
    if (ours)
        (void)pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", target->name);
}

static enum vc_code hand_on(struct vc_stream_incoming *incoming, struct vc_bytes bytes,
                            struct vc_err *err)
{
    const struct vc_stream_target *target = incoming->target;
    enum vc_code code = VC_OK;

    if (bytes.size == 0)
        return VC_OK;
    if (target->write == nullptr)
        code = write_fd(target, bytes, err);
    else if (target->write(target->user, bytes.data, bytes.size) != 0)
        code = vc_fail(err, VC_STATE, "whoever asked for it wants no more");
    incoming->failed = code != VC_OK;
    if (code != VC_OK)
        return code;
    vc_mark_add(incoming->mark, bytes);
    incoming->position += bytes.size;
    return VC_OK;
}

static enum vc_code take_cell(struct vc_stream_incoming *incoming, struct vc_err *err)
{
    size_t size = 0;
    enum vc_code code = vc_cell_decode(vc_policy_stream_cell(incoming->terms),
                                       (struct vc_bytes){incoming->cell, incoming->cell_size},
                                       incoming->record, &size, err);

    incoming->cell_got = 0;
    return code == VC_OK ? hand_on(incoming, (struct vc_bytes){incoming->record, size}, err) : code;
}

enum vc_code vc_stream_incoming_take(struct vc_stream_incoming *incoming, struct vc_bytes piece,
                                     struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (!incoming->terms->padded)
        return hand_on(incoming, piece, err);
    while (code == VC_OK && piece.size > 0) {
        size_t left = incoming->cell_size - incoming->cell_got;
        size_t count = piece.size < left ? piece.size : left;

        memcpy(incoming->cell + incoming->cell_got, piece.data, count);
        incoming->cell_got += count;
        piece.data += count;
        piece.size -= count;
        if (incoming->cell_got == incoming->cell_size)
            code = take_cell(incoming, err);
    }
    return code;
}

enum vc_code vc_stream_incoming_check(const struct vc_stream_incoming *incoming, uint64_t length,
                                      const char *claimed, char digest[VC_MARK_TEXT_MAX],
                                      struct vc_err *err)
{
    enum vc_code code = vc_mark_text(incoming->mark, digest, err);

    if (code != VC_OK)
        return code;
    if (incoming->cell_got != 0)
        return vc_fail(err, VC_UNTRUSTED, "it ended in the middle of a cell");
    if (length != incoming->position) {
        return vc_fail(err, VC_UNTRUSTED,
                       "the container says that it has %" PRIu64 " bytes, and %" PRIu64 " came",
                       length, incoming->position);
    }
    if (strcmp(claimed, digest) != 0) {
        return vc_fail(err, VC_UNTRUSTED, "its digest differs: the container says %s, it is %s",
                       claimed, digest);
    }
    return VC_OK;
}
