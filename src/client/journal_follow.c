/* SPDX-License-Identifier: MIT */

/* Follows a container's journal: what there is comes as a receipt, what is new as events. After a
 * break what was written meanwhile comes as a receipt again, which also says whether it is still
 * the same container. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/journal_event.h"
#include "client/patience.h"
#include "client/receipt_fetch.h"
#include "client/receipt_json.h"
#include "client/report.h"

static constexpr unsigned HTTP_OK = 200;

struct follower {
    struct vcc_client *client;
    vcc_journal_watcher *watcher;
    void *user;
    uint64_t next; /* entry that was not told yet */
    bool known;    /* which container it is: */
    uint8_t container[VC_JOURNAL_ID_SIZE];
    bool over;     /* the container ended, or the watcher had enough */
    bool replaced; /* it is another container now */
    struct vc_patience patience;
};

/* One entry, once; `json` has a NUL behind it that does not count. */
static enum vc_code tell(struct follower *follower, uint64_t index, enum vc_entry_kind kind,
                         const char *json, struct vc_err *err)
{
    if (index < follower->next)
        return VC_OK;
    follower->next = index + 1;
    follower->patience = (struct vc_patience){};
    follower->over = follower->watcher(follower->user, index, json) != 0 || kind == VC_ENTRY_ENDED;
    return follower->over ? vc_fail(err, VC_CLOSED, "no more is wanted") : VC_OK;
}

/* ---- what there is ---- */

static enum vc_code tell_proven(void *user, const struct vc_entry_seen *entry,
                                const struct vc_json_place *fields,
                                const struct vc_json_place *details, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    enum vc_code code = vc_receipt_json_entry(&writer, fields, details, err);

    if (code == VC_OK)
        code = vc_json_write_end(&writer, err);
    if (code == VC_OK)
        code = vc_buffer_append(&text, VC_BYTES(""), err);
    return code == VC_OK ? tell(user, entry->index, entry->kind, (const char *)text.data, err)
                         : code;
}

static enum vcc_status catch_up(struct follower *follower, struct vcc_error *error)
{
    vc_cleanup(vc_fetched_receipt_done) struct vc_fetched_receipt fetched = {};
    struct vc_err err = {};
    enum vcc_status status = vc_receipt_fetch(follower->client, follower->next, &fetched, error);

    if (status != VCC_OK)
        return status;
    const struct vc_receipt_head *head = vc_receipt_head(fetched.receipt);

    if (follower->known && memcmp(follower->container, head->container, VC_JOURNAL_ID_SIZE) != 0) {
        follower->replaced = true;
        (void)!vc_fail(&err, VC_STATE, "the container was started anew: its journal is another");
        return vc_report(error, VCC_FAILED, &err);
    }
    memcpy(follower->container, head->container, VC_JOURNAL_ID_SIZE);
    follower->known = true;
    enum vc_code code = vc_receipt_each(fetched.receipt, tell_proven, follower, &err);

    if (follower->over)
        return VCC_OK;
    if (code != VC_OK)
        return vc_report(error, VCC_FAILED, &err);
    follower->next = head->size > follower->next ? head->size : follower->next;
    return VCC_OK;
}

/* ---- what is new ---- */

static enum vc_code take_event(void *user, const struct vc_event *event, struct vc_err *err)
{
    struct follower *follower = user;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_entry_seen entry;
    enum vc_code code;

    if (event->data.size == 0) /* a comment, that the connection is alive */
        return VC_OK;
    code = vc_journal_event_check(follower->client->policy, event, &entry, err);
    if (code == VC_OK)
        code = vc_buffer_append(&text, event->data, err);
    if (code == VC_OK)
        code = vc_buffer_append(&text, VC_BYTES(""), err);
    return code == VC_OK ? tell(follower, entry.index, entry.kind, (const char *)text.data, err)
                         : code;
}

static enum vc_code take_piece(void *user, struct vc_bytes piece, struct vc_err *err)
{
    return vc_event_stream_take(user, piece, err);
}

/* Until the events end, however that is: never VCC_OK. */
static enum vcc_status listen_on(struct follower *follower, struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    vc_cleanup(vc_event_stream_done) struct vc_event_stream stream = {
        .take = take_event, .user = follower, .size_max = VC_JOURNAL_EVENT_MAX};
    const struct vc_http_sink sink = {.write = take_piece, .user = &stream};
    char last[24];
    const struct vc_http_field field = {"last-event-id", last};
    struct vc_client_call call = {.http = {.method = "GET",
                                           .target = "/v1/events",
                                           .fields = &field,
                                           .field_count = follower->next > 0 ? 1 : 0,
                                           .sink = &sink},
                                  .good = {HTTP_OK}};

    (void)snprintf(last, sizeof(last), "%" PRIu64, follower->next - 1);
    enum vcc_status status = vc_client_call(follower->client, &call, &answer, error);
    struct vc_err err = {};

    if (status != VCC_OK)
        return status;
    return vc_report_code(error, vc_fail(&err, VC_CLOSED, "the container ended its events"), &err);
}

/* ---- again and again ---- */

/* Only a broken line is worth another try: not what somebody decided. */
static bool may_be_line(const struct follower *follower, enum vcc_status status,
                        const struct vcc_error *why)
{
    return status == VCC_FAILED && why->http_status == 0 && !follower->replaced;
}

/* Connects anew, and fetches what was written meanwhile. */
static enum vcc_status resume(struct follower *follower, struct vcc_error *why)
{
    enum vcc_status status = VCC_FAILED;

    while (may_be_line(follower, status, why) &&
           vc_patience_lasts(&follower->patience, follower->client->timeout_ms)) {
        struct vc_err err = {};
        enum vc_code code = vc_client_reconnect(follower->client, &err);

        if (code == VC_MEMORY)
            return vc_report_code(why, code, &err);
        status = code == VC_OK ? catch_up(follower, why) : vc_report_code(why, code, &err);
    }
    return status;
}

static enum vcc_status follow(struct follower *follower, struct vcc_error *why)
{
    enum vcc_status status = catch_up(follower, why);

    while (status == VCC_OK && !follower->over) {
        status = listen_on(follower, why);
        if (!follower->over && may_be_line(follower, status, why))
            status = resume(follower, why);
    }
    return follower->over ? VCC_OK : status;
}

enum vcc_status vcc_journal_follow(vcc_client *client, uint64_t since, vcc_journal_watcher *watcher,
                                   void *user, struct vcc_error *error)
{
    struct follower follower = {.client = client, .watcher = watcher, .user = user, .next = since};
    struct vcc_error why = {};
    enum vcc_status status = follow(&follower, &why);

    if (status != VCC_OK && error != nullptr)
        *error = why;
    return status;
}
