/* SPDX-License-Identifier: MIT */

/* Target: event logs. Properties: what replays was walked before and can be shown; every row has a
 * meaning of printable text; and padding after the last event changes nothing. The first byte
 * chooses numbering and hash. */

#include <stdlib.h>
#include <string.h>

#include "evidence/event_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum vc_code take_row(void *user, const struct vc_field *field, struct vc_err *)
{
    size_t *rows = user;

    if (field->meaning[0] == '\0' || field->value[0] == '\0' || field->name[0] == '\0')
        abort();
    for (const char *at = field->meaning; *at != '\0'; at++) {
        if (*at < 0x20 || *at > 0x7e)
            abort();
    }
    (*rows)++;
    return VC_OK;
}

static enum vc_code note_end(void *user, const struct vc_event *event, struct vc_err *)
{
    const uint8_t **end = user;

    if (event->data.size > 0)
        *end = event->data.data + event->data.size;
    return VC_OK;
}

/* A log that ends with its last event's data replays to the same with padding behind it. */
static void check_padded(struct vc_bytes log, enum vc_event_numbering numbering, enum vc_hash hash,
                         const struct vc_replay *replay)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer padded = {};
    static const uint8_t ones[16] = {[0 ... 15] = 0xff};
    struct vc_replay again;

    if (vc_buffer_append(&padded, log, nullptr) != VC_OK ||
        vc_buffer_append(&padded, VC_BYTES(ones), nullptr) != VC_OK)
        return;
    if (vc_event_log_replay(vc_buffer_bytes(&padded), numbering, hash, &again, nullptr) != VC_OK ||
        memcmp(replay, &again, sizeof(again)) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum vc_event_numbering numbering = size > 0 && data[0] & 1 ? VC_EVENT_TDX : VC_EVENT_TPM;
    enum vc_hash hash = size > 0 ? (enum vc_hash)((data[0] >> 1) % 3) : VC_HASH_SHA256;
    struct vc_bytes log = {data + 1, size > 0 ? size - 1 : 0};
    struct vc_replay replay = {};
    const uint8_t *end = nullptr;
    size_t rows = 0;
    size_t events = 0;
    enum vc_code shown;
    enum vc_code replayed;

    if (size == 0)
        return 0;
    shown = vc_event_log_show(log, numbering, &(struct vc_field_sink){take_row, &rows}, nullptr);
    replayed = vc_event_log_replay(log, numbering, hash, &replay, nullptr);
    if (shown != VC_OK && replayed == VC_OK)
        abort();
    if (replayed != VC_OK)
        return 0;
    for (size_t i = 0; i < VC_EVENT_REGISTERS; i++)
        events += replay.counts[i];
    if (events > rows || vc_event_log_walk(log, note_end, &end, nullptr) != VC_OK)
        abort();
    if (end == data + size)
        check_padded(log, numbering, hash, &replay);
    return 0;
}
