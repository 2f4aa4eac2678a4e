/* SPDX-License-Identifier: MIT */

/* Receipts as whoever doubts them reads them. Nothing in one is believed before it is checked. */

#include "journal/receipt.h"

#include <inttypes.h>
#include <stdbit.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "codec/json_span.h"
#include "journal/fold.h"
#include "journal/receipt_internal.h"
#include "journal/receipt_replay.h"

static constexpr int64_t FORMAT = 1;
/* Bytes of a receipt without its entries. */
static constexpr size_t FRAME_SIZE_MAX = 65536;
/* Bytes of one element of "entries": two texts, of which every character may be escaped. */
static constexpr size_t ELEMENT_SIZE_MAX = 6 * (VC_ENTRY_SIZE_MAX + VC_ENTRY_DETAILS_MAX) + 64;

/* ---- form ---- */

/* The receipt with no entries, and the entries' text. */
static enum vc_code split(struct vc_bytes text, struct vc_buffer *frame, struct vc_bytes *entries,
                          struct vc_err *err)
{
    size_t before, after;
    enum vc_code code;

    if (text.size > VC_RECEIPT_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "receipt: over %zu bytes", VC_RECEIPT_SIZE_MAX);
    code = vc_json_span_find(text, "entries", entries, err);
    if (code != VC_OK)
        return vc_fail_in(err, VC_MALFORMED, "receipt");
    before = (size_t)(entries->data - text.data);
    after = text.size - before - entries->size;
    if (before + after > FRAME_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "receipt: over %zu bytes beside entries", FRAME_SIZE_MAX);
    code = vc_buffer_append(frame, (struct vc_bytes){text.data, before}, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(frame, "[]", err);
    if (code == VC_OK) {
        code =
            vc_buffer_append(frame, (struct vc_bytes){entries->data + entries->size, after}, err);
    }
    return code;
}

struct frame {
    uint8_t policy[VC_SHA256_SIZE];
    struct vc_cert *certificate;
    struct vc_log_receipt log;
};

static void frame_done(struct frame *frame)
{
    vc_cert_free(frame->certificate);
}

static enum vc_code read_format(const struct vc_json_place *root, struct vc_err *err)
{
    static const char *const keys[] = {"format", "policy", "head",    "certificate",
                                       "log",    "since",  "entries", nullptr};
    uint64_t format = 0;
    enum vc_code code = vc_json_check_object(root, keys, err);

    if (code == VC_OK)
        code = vc_receipt_read_number(root, "format", INT64_MAX, &format, err);
    if (code == VC_OK && format != FORMAT)
        return vc_fail(err, VC_MALFORMED, "format: %" PRIu64 " is not known", format);
    return code;
}

static enum vc_code read_certificate(const struct vc_json_place *root, struct frame *frame,
                                     struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code = vc_receipt_read_base64(root, "certificate", &der, err);

    if (code != VC_OK)
        return code;
    code = vc_cert_parse_der(vc_buffer_bytes(&der), &frame->certificate, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "certificate");
}

static enum vc_code read_log(const struct vc_json_place *root, struct frame *frame,
                             struct vc_err *err)
{
    struct vc_json_place log;
    enum vc_code code = vc_json_member(root, "log", &log, err);

    if (code == VC_OK)
        code = vc_log_receipt_parse(&log, &frame->log, err);
    if (code == VC_NOT_FOUND)
        return vc_fail_in(err, VC_MALFORMED, "receipt");
    if (code == VC_OK && (frame->log.since != 0 || frame->log.growth.count != 0))
        return vc_fail(err, VC_MALFORMED, "log: growth is not a receipt's business");
    return code;
}

static enum vc_code read_frame(const struct vc_json_place *root, struct vc_receipt *receipt,
                               struct frame *frame, struct vc_err *err)
{
    struct vc_json_place head;
    enum vc_code code = read_format(root, err);

    if (code == VC_OK)
        code = vc_receipt_read_digest(root, "policy", frame->policy, err);
    if (code == VC_OK)
        code = vc_json_member(root, "head", &head, err);
    if (code == VC_OK)
        code = vc_receipt_head_parse(&head, &receipt->head, err);
    if (code == VC_OK)
        code = read_certificate(root, frame, err);
    if (code == VC_OK)
        code = read_log(root, frame, err);
    if (code == VC_OK)
        code = vc_receipt_read_number(root, "since", VC_LOG_SIZE_MAX, &receipt->since, err);
    return code == VC_NOT_FOUND ? vc_fail_in(err, VC_MALFORMED, "receipt") : code;
}

/* ---- who signed, and what it was ---- */

static enum vc_code check_policy(const struct vc_receipt *receipt, const struct frame *frame,
                                 struct vc_err *err)
{
    const struct vc_receipt_head *head = &receipt->head;
    const struct vc_attested *attested = &receipt->attested;

    if (memcmp(frame->policy, receipt->policy->hash, VC_SHA256_SIZE) != 0)
        return vc_fail(err, VC_UNTRUSTED, "policy: this receipt is of another policy");
    if (strcmp(head->node, attested->node) != 0 || head->incarnation != attested->incarnation) {
        return vc_fail(err, VC_UNTRUSTED,
                       "head: another node or incarnation than the certificate's");
    }
    return VC_OK;
}

static enum vc_code check_signer(struct vc_receipt *receipt, const struct frame *frame,
                                 struct vc_err *err)
{
    const struct vc_policy *policy = receipt->policy;
    struct vc_expectations expectations = vc_expectations_of(policy);
    enum vc_code code = vc_attested_check(frame->certificate, &expectations, receipt->head.time,
                                          &receipt->attested, err);

    if (code == VC_OK) {
        code = vc_log_receipt_check(&frame->log, frame->certificate, policy->attestation.ca,
                                    nullptr, err);
    }
    if (code == VC_OK)
        code = check_policy(receipt, frame, err);
    if (code != VC_OK)
        return code;
    return vc_receipt_head_check(&receipt->head, policy->hash, frame->certificate, err);
}

/* ---- entries: form ---- */

static enum vc_code keep_text(struct vc_receipt *receipt, const char *text, size_t size_max,
                              size_t *size, struct vc_err *err)
{
    *size = strlen(text);
    if (*size > size_max)
        return vc_fail(err, VC_LIMIT, "a text of %zu bytes, at most %zu", *size, size_max);
    return vc_buffer_append(&receipt->texts, (struct vc_bytes){(const uint8_t *)text, *size}, err);
}

static struct vc_bytes text_at(const struct vc_receipt *receipt, size_t at, size_t size)
{
    return size > 0 ? (struct vc_bytes){receipt->texts.data + at, size} : (struct vc_bytes){};
}

static enum vc_code read_shown(struct vc_receipt *receipt, const struct vc_json_place *element,
                               struct vc_receipt_item *item, struct vc_err *err)
{
    static const char *const keys[] = {"entry", "details", nullptr};
    const char *text = "";
    enum vc_code code = vc_json_check_object(element, keys, err);

    item->shown = true;
    item->text = receipt->texts.size;
    if (code == VC_OK)
        code = vc_receipt_read_text(element, "entry", &text, err);
    if (code == VC_OK)
        code = keep_text(receipt, text, VC_ENTRY_SIZE_MAX, &item->text_size, err);
    if (code != VC_OK)
        return code;
    vc_log_leaf(text_at(receipt, item->text, item->text_size), item->hash);
    if (!vc_json_has(element, "details"))
        return VC_OK;
    item->details = receipt->texts.size;
    code = vc_receipt_read_text(element, "details", &text, err);
    if (code == VC_OK && text[0] == '\0')
        return vc_fail(err, VC_MALFORMED, "details: nothing");
    return code == VC_OK ? keep_text(receipt, text, VC_ENTRY_DETAILS_MAX, &item->details_size, err)
                         : code;
}

static enum vc_code read_hidden(const struct vc_json_place *element, struct vc_receipt_item *item,
                                struct vc_err *err)
{
    static const char *const keys[] = {"leaves", "hash", nullptr};
    uint64_t leaves = 0;
    enum vc_code code = vc_json_check_object(element, keys, err);

    if (code == VC_OK)
        code = vc_receipt_read_number(element, "leaves", VC_LOG_SIZE_MAX, &leaves, err);
    if (code == VC_OK)
        code = vc_receipt_read_digest(element, "hash", item->hash, err);
    if (code == VC_OK && !stdc_has_single_bit(leaves))
        return vc_fail(err, VC_MALFORMED, "leaves: not a power of two");
    if (code == VC_OK)
        item->height = stdc_trailing_zeros(leaves);
    return code;
}

static enum vc_code read_item(struct vc_receipt *receipt, struct vc_bytes span,
                              struct vc_receipt_item *item, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place element;
    enum vc_code code;

    if (span.size > ELEMENT_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "over %zu bytes", ELEMENT_SIZE_MAX);
    code = vc_json_parse(span, &json, err);
    if (code != VC_OK)
        return code;
    element = vc_json_root(json);
    return vc_json_has(&element, "entry") ? read_shown(receipt, &element, item, err)
                                          : read_hidden(&element, item, err);
}

static enum vc_code add_item(struct vc_receipt *receipt, const struct vc_receipt_item *item,
                             struct vc_err *err)
{
    size_t capacity = receipt->capacity == 0 ? 64 : 2 * receipt->capacity;
    struct vc_receipt_item *items;

    if (receipt->count == receipt->capacity) {
        items = reallocarray(receipt->items, capacity, sizeof(*items));
        if (items == nullptr)
            return vc_fail_memory(err);
        receipt->items = items;
        receipt->capacity = capacity;
    }
    receipt->items[receipt->count++] = *item;
    return VC_OK;
}

/* ---- entries: the one cutting that is right ---- */

/* Two halves of one subtree that are both hidden, on one side of `since`, are one element. */
static bool could_be_one(const struct vc_receipt *receipt, const struct vc_receipt_item *item)
{
    const struct vc_receipt_item *last =
        receipt->count > 0 ? &receipt->items[receipt->count - 1] : nullptr;
    uint64_t leaves = UINT64_C(1) << item->height;

    return last != nullptr && !last->shown && !item->shown && last->height == item->height &&
           last->at % (2 * leaves) == 0 && item->at != receipt->since;
}

static enum vc_code check_cut(const struct vc_receipt *receipt, const struct vc_receipt_item *item,
                              struct vc_err *err)
{
    uint64_t size = receipt->head.size, since = receipt->since;
    uint64_t leaves = item->shown ? 1 : UINT64_C(1) << item->height;

    if (item->at >= size || leaves > size - item->at)
        return vc_fail(err, VC_UNTRUSTED, "more entries than the head has");
    if (item->shown ? item->at < since : item->at < since && leaves > since - item->at)
        return vc_fail(err, VC_UNTRUSTED, "what is before %" PRIu64 " is hidden, and apart", since);
    if (could_be_one(receipt, item))
        return vc_fail(err, VC_UNTRUSTED, "cut smaller than it has to be");
    return VC_OK;
}

/* ---- entries: what they say ---- */

void vc_receipt_shown_done(struct vc_receipt_shown *shown)
{
    vc_json_free(shown->fields_json);
    vc_json_free(shown->details_json);
    *shown = (struct vc_receipt_shown){};
}

static enum vc_code open_details(struct vc_bytes text, struct vc_receipt_shown *shown,
                                 struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_code code;

    vc_sha256(text, digest);
    if (!shown->entry.has_details || memcmp(digest, shown->entry.details, sizeof(digest)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "details: not what the entry commits to");
    code = vc_json_parse(text, &shown->details_json, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "details");
    shown->details = vc_json_root(shown->details_json);
    return VC_OK;
}

enum vc_code vc_receipt_open(const struct vc_receipt *receipt, const struct vc_receipt_item *item,
                             struct vc_receipt_shown *shown, struct vc_err *err)
{
    vc_cleanup(vc_receipt_shown_done) struct vc_receipt_shown made = {};
    enum vc_code code =
        vc_json_parse(text_at(receipt, item->text, item->text_size), &made.fields_json, err);

    if (code != VC_OK)
        return code;
    made.fields = vc_json_root(made.fields_json);
    code = vc_entry_parse(receipt->policy, &made.fields, &made.entry, err);
    if (code == VC_OK && made.entry.index != item->at) {
        return vc_fail(err, VC_UNTRUSTED, "index: %" PRIu64 ", where %" PRIu64 " is wanted",
                       made.entry.index, item->at);
    }
    if (code == VC_OK && item->details_size > 0)
        code = open_details(text_at(receipt, item->details, item->details_size), &made, err);
    if (code != VC_OK)
        return code == VC_NOT_FOUND ? vc_fail_in(err, VC_UNTRUSTED, "entry") : code;
    *shown = made;
    made = (struct vc_receipt_shown){};
    return VC_OK;
}

/* A receipt that shows all from the beginning shows the beginning. */
static enum vc_code check_first(const struct vc_receipt *receipt,
                                const struct vc_receipt_item *item,
                                const struct vc_receipt_shown *shown, struct vc_err *err)
{
    if (receipt->since == 0 && item->at == 0 &&
        (!item->shown || shown->entry.kind != VC_ENTRY_BEGAN))
        return vc_fail(err, VC_UNTRUSTED, "not the beginning of a container");
    return VC_OK;
}

struct walk {
    struct vc_fold fold;
    struct vc_replay replay;
};

static void walk_done(struct walk *walk)
{
    vc_replay_done(&walk->replay);
}

static enum vc_code take_item(struct vc_receipt *receipt, struct vc_bytes span, struct walk *walk,
                              struct vc_err *err)
{
    vc_cleanup(vc_receipt_shown_done) struct vc_receipt_shown shown = {};
    struct vc_receipt_item item = {.at = walk->fold.size};
    enum vc_code code = read_item(receipt, span, &item, err);

    if (code == VC_OK)
        code = check_cut(receipt, &item, err);
    if (code == VC_OK && !vc_fold_add(&walk->fold, item.height, item.hash))
        return vc_fail(err, VC_UNTRUSTED, "no subtree of so many entries begins here");
    if (code == VC_OK && item.shown)
        code = vc_receipt_open(receipt, &item, &shown, err);
    if (code == VC_OK)
        code = check_first(receipt, &item, &shown, err);
    if (code == VC_OK && item.shown)
        code = vc_replay_next(&walk->replay, &shown, err);
    return code == VC_OK ? add_item(receipt, &item, err) : code;
}

static enum vc_code check_tree(const struct vc_receipt *receipt, const struct vc_fold *fold,
                               struct vc_err *err)
{
    uint8_t root[VC_SHA256_SIZE];

    vc_fold_root(fold, root);
    if (fold->size != receipt->head.size) {
        return vc_fail(err, VC_UNTRUSTED, "entries: %" PRIu64 ", where the head has %" PRIu64,
                       fold->size, receipt->head.size);
    }
    if (memcmp(root, receipt->head.root, sizeof(root)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "entries: they do not make the head's root");
    return VC_OK;
}

static enum vc_code check_in_force(const struct vc_receipt *receipt, const struct vc_replay *replay,
                                   struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_code code;

    if (receipt->since != 0) /* what was narrowed before is not known */
        return VC_OK;
    code = vc_force_digest(replay->force, digest, err);
    if (code == VC_OK && memcmp(digest, receipt->head.in_force, sizeof(digest)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "head.in_force: not what all narrowings make");
    return code;
}

static enum vc_code check_size(const struct vc_receipt *receipt, struct vc_err *err)
{
    if (receipt->head.size == 0)
        return vc_fail(err, VC_UNTRUSTED, "head.size: a container has begun");
    if (receipt->since > receipt->head.size)
        return vc_fail(err, VC_UNTRUSTED, "since: more than there are");
    return VC_OK;
}

static enum vc_code check_entries(struct vc_receipt *receipt, struct vc_bytes entries,
                                  struct vc_err *err)
{
    vc_cleanup(walk_done) struct walk walk = {};
    struct vc_json_spans spans = vc_json_spans_over(entries);
    struct vc_json_member_span span;
    enum vc_code code = check_size(receipt, err);

    if (code == VC_OK)
        code = vc_replay_init(receipt->policy, &receipt->head, &walk.replay, err);
    if (code == VC_OK && (entries.size == 0 || entries.data[0] != '['))
        return vc_fail(err, VC_MALFORMED, "entries: an array is wanted");
    while (code == VC_OK && vc_json_spans_next(&spans, &span)) {
        code = take_item(receipt, span.value, &walk, err);
        if (code != VC_OK)
            code = vc_fail_in(err, code, "entries[%zu]", receipt->count);
    }
    if (code == VC_OK && !vc_json_spans_done(&spans))
        return vc_fail(err, VC_MALFORMED, "entries: out of form");
    if (code == VC_OK)
        code = check_tree(receipt, &walk.fold, err);
    return code == VC_OK ? check_in_force(receipt, &walk.replay, err) : code;
}

/* ---- all of it ---- */

enum vc_code vc_receipt_check(const struct vc_policy *policy, struct vc_bytes json,
                              struct vc_receipt **receipt, struct vc_err *err)
{
    vc_cleanup(vc_receipt_freep) struct vc_receipt *made = calloc(1, sizeof(*made));
    vc_cleanup(vc_json_freep) struct vc_json *parsed = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(frame_done) struct frame frame = {};
    struct vc_bytes entries = {};
    struct vc_json_place root;
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->policy = policy;
    code = split(json, &text, &entries, err);
    if (code == VC_OK)
        code = vc_json_parse(vc_buffer_bytes(&text), &parsed, err);
    if (code != VC_OK)
        return code;
    root = vc_json_root(parsed);
    code = read_frame(&root, made, &frame, err);
    if (code == VC_OK)
        code = check_signer(made, &frame, err);
    if (code == VC_OK)
        code = check_entries(made, entries, err);
    if (code == VC_OK)
        *receipt = vc_take(made);
    return code;
}

void vc_receipt_free(struct vc_receipt *receipt)
{
    if (receipt == nullptr)
        return;
    free(receipt->items);
    vc_buffer_done(&receipt->texts);
    free(receipt);
}

const struct vc_receipt_head *vc_receipt_head(const struct vc_receipt *receipt)
{
    return &receipt->head;
}

uint64_t vc_receipt_since(const struct vc_receipt *receipt)
{
    return receipt->since;
}

const struct vc_attested *vc_receipt_attested(const struct vc_receipt *receipt)
{
    return &receipt->attested;
}

enum vc_code vc_receipt_each(const struct vc_receipt *receipt, vc_receipt_visit *visit, void *user,
                             struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < receipt->count; i++) {
        vc_cleanup(vc_receipt_shown_done) struct vc_receipt_shown shown = {};

        if (!receipt->items[i].shown)
            continue;
        code = vc_receipt_open(receipt, &receipt->items[i], &shown, err);
        if (code == VC_OK) {
            code = visit(user, &shown.entry, &shown.fields,
                         shown.details_json != nullptr ? &shown.details : nullptr, err);
        }
    }
    return code;
}
