/* SPDX-License-Identifier: MIT */

/* The entries of a receipt: those that its reader sees, and between them the hashes of the largest
 * subtrees of what it does not. */

#include <assert.h>
#include <inttypes.h>
#include <stdbit.h>

#include "base/hex.h"
#include "journal/journal_internal.h"

enum vc_code vc_journal_cut_init(const struct vc_journal *journal, size_t principal, uint64_t since,
                                 struct vc_journal_cut *cut, struct vc_err *err)
{
    if (since > journal->size) {
        return vc_fail(err, VC_LIMIT, "journal: since %" PRIu64 ", of %zu entries", since,
                       journal->size);
    }
    *cut = (struct vc_journal_cut){.principal = principal, .since = since, .size = journal->size};
    return VC_OK;
}

static bool is_shown(const struct vc_journal *journal, const struct vc_journal_cut *cut,
                     uint64_t index)
{
    return index >= cut->since && vc_journal_sees(journal, journal->records[index], cut->principal);
}

/* How many entries from `at` on are hidden, in a run that does not pass `since`. */
static uint64_t count_hidden(const struct vc_journal *journal, const struct vc_journal_cut *cut)
{
    uint64_t end = cut->at;

    if (cut->at < cut->since)
        return cut->since - cut->at;
    while (end < cut->size && !is_shown(journal, cut, end))
        end++;
    return end - cut->at;
}

/* The largest whole subtree that begins at `at` and has no more than `count` leaves. */
static unsigned height_of(uint64_t at, uint64_t count)
{
    unsigned height = stdc_bit_width(count) - 1;

    return at != 0 && stdc_trailing_zeros(at) < height ? stdc_trailing_zeros(at) : height;
}

static enum vc_code put_hidden(struct vc_journal *journal, struct vc_journal_cut *cut,
                               struct vc_json_writer *writer, struct vc_err *err)
{
    unsigned height = height_of(cut->at, count_hidden(journal, cut));
    uint8_t hash[VC_SHA256_SIZE];
    char hex[2 * VC_SHA256_SIZE + 1];
    enum vc_code code = vc_log_tiles_subtree(journal->tree, cut->at, height, hash, err);

    if (code != VC_OK)
        return code;
    vc_hex_encode(VC_BYTES(hash), hex);
    vc_json_put_integer(writer, "leaves", INT64_C(1) << height);
    vc_json_put_string(writer, "hash", hex);
    cut->at += UINT64_C(1) << height;
    return VC_OK;
}

static void put_shown(const struct vc_journal *journal, struct vc_journal_cut *cut,
                      struct vc_json_writer *writer)
{
    const struct written *record = journal->records[cut->at++];

    vc_json_put_bytes(writer, "entry", record->text);
    if (record->details.size > 0 && vc_journal_tells(journal, record, cut->principal))
        vc_json_put_bytes(writer, "details", record->details);
}

enum vc_code vc_journal_cut_next(struct vc_journal *journal, struct vc_journal_cut *cut,
                                 struct vc_buffer *json, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(json);
    struct vc_journal_cut next = *cut;
    enum vc_code code = VC_OK;

    assert(cut->at < cut->size && cut->size <= journal->size);
    vc_json_open_object(&writer, nullptr);
    if (is_shown(journal, cut, cut->at)) {
        put_shown(journal, &next, &writer);
    } else {
        code = put_hidden(journal, &next, &writer, err);
    }
    vc_json_close_object(&writer);
    if (code == VC_OK)
        code = vc_json_write_end(&writer, err);
    else
        json->size = writer.start;
    if (code == VC_OK)
        *cut = next;
    return code;
}
