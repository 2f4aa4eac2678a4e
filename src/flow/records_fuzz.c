/* SPDX-License-Identifier: MIT */

/* Property: a scan in pieces says what a scan of the whole says, every record below the boundary
 * becomes a cell and again the same record, and no cell that is decoded is another's. The first
 * byte chooses framing and limit, the second where the input is cut. */

#include <stdlib.h>
#include <string.h>

#include "flow/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr uint32_t RECORD_MAX = 64;

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_cells(const struct vc_record_scan *scan, const uint8_t *bytes)
{
    const struct vc_cell_form form = {scan->records, scan->record_bytes};
    uint8_t cell[VC_RECORD_PREFIX + RECORD_MAX];
    uint8_t record[VC_RECORD_PREFIX + RECORD_MAX];

    for (uint64_t at = 0; at < scan->boundary;) {
        struct vc_bytes rest = {bytes + at, (size_t)(scan->boundary - at)};
        size_t taken, size;

        check(vc_cell_encode(form, rest, cell, &taken, nullptr) == VC_OK);
        check(vc_cell_decode(form, (struct vc_bytes){cell, vc_cell_size(form)}, record, &size,
                             nullptr) == VC_OK);
        check(size == taken && memcmp(record, rest.data, size) == 0);
        at += taken;
    }
}

static void check_decoded(struct vc_cell_form form, struct vc_bytes cell)
{
    uint8_t record[VC_RECORD_PREFIX + RECORD_MAX];
    uint8_t again[VC_RECORD_PREFIX + RECORD_MAX];
    size_t size, taken;

    if (cell.size > sizeof(again) || vc_cell_decode(form, cell, record, &size, nullptr) != VC_OK)
        return;
    check(vc_cell_encode(form, (struct vc_bytes){record, size}, again, &taken, nullptr) == VC_OK);
    check(taken == size && memcmp(again, cell.data, cell.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const enum vc_records records = data[0] % 2 == 0 ? VC_RECORDS_LINES : VC_RECORDS_LENGTH;
    const uint32_t record_bytes = 1 + data[0] / 2 % RECORD_MAX;
    const struct vc_bytes input = {data + 2, size - 2};
    const size_t cut = input.size == 0 ? 0 : data[1] % (input.size + 1);
    struct vc_record_scan whole = {.records = records, .record_bytes = record_bytes};
    struct vc_record_scan pieces = whole;
    enum vc_code code = vc_record_scan(&whole, input, nullptr);
    enum vc_code in_pieces = vc_record_scan(&pieces, (struct vc_bytes){input.data, cut}, nullptr);

    if (in_pieces == VC_OK) {
        in_pieces =
            vc_record_scan(&pieces, (struct vc_bytes){input.data + cut, input.size - cut}, nullptr);
    }
    check(code == in_pieces);
    if (code == VC_OK) {
        check(whole.boundary == pieces.boundary && whole.position == pieces.position &&
              whole.position == input.size && whole.boundary <= whole.position);
        check_cells(&whole, input.data);
    }
    check_decoded((struct vc_cell_form){records, record_bytes}, input);
    return 0;
}
