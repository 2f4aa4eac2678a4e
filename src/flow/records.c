/* SPDX-License-Identifier: MIT */

#include "flow/records.h"

#include <stdatomic.h>
#include <string.h>

const char *vc_records_name(enum vc_records records)
{
    static const char *const names[] = {"bytes", "lines", "length"};

    return names[records];
}

static uint32_t get_prefix(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_prefix(uint8_t *bytes, uint32_t size)
{
    for (unsigned i = 0; i < VC_RECORD_PREFIX; i++)
        bytes[i] = (uint8_t)(size >> (24 - 8 * i));
}

static enum vc_code too_long(const struct vc_record_scan *scan, struct vc_err *err)
{
    return vc_fail(err, VC_LIMIT, "the record at byte %ju has over %u bytes",
                   (uintmax_t)scan->boundary, scan->record_bytes);
}

/* ---- lines ---- */

/* Jumps: from a boundary, some newline must be among the next record_bytes + 1 bytes, and the last
 * of them is the next boundary that matters. */
static enum vc_code scan_lines(struct vc_record_scan *scan, struct vc_bytes bytes,
                               struct vc_err *err)
{
    const uint64_t start = scan->position; /* of bytes.data */
    const uint64_t end = start + bytes.size;

    scan->position = end;
    for (;;) {
        uint64_t last = scan->boundary + scan->record_bytes; /* a newline at the latest here */
        uint64_t stop = last < end ? last + 1 : end;
        uint64_t from = scan->boundary > start ? scan->boundary : start;
        const uint8_t *newline =
            stop > from ? memrchr(bytes.data + (from - start), '\n', (size_t)(stop - from))
                        : nullptr;

        if (newline == nullptr)
            return last < end ? too_long(scan, err) : VC_OK;
        scan->boundary = start + (uint64_t)(newline - bytes.data) + 1;
        if (stop == end)
            return VC_OK;
    }
}

/* ---- length-prefixed records ---- */

/* The prefix is whole: how much is to come of the record. */
static enum vc_code begin_record(struct vc_record_scan *scan, struct vc_err *err)
{
    scan->left = get_prefix(scan->prefix);
    scan->prefix_size = 0;
    return scan->left > scan->record_bytes ? too_long(scan, err) : VC_OK;
}

static enum vc_code scan_length(struct vc_record_scan *scan, struct vc_bytes bytes,
                                struct vc_err *err)
{
    size_t at = 0;

    while (at < bytes.size) {
        if (scan->left > 0) {
            size_t step = bytes.size - at < scan->left ? bytes.size - at : scan->left;

            at += step;
            scan->left -= (uint32_t)step;
        } else {
            scan->prefix[scan->prefix_size++] = bytes.data[at++];
            if (scan->prefix_size < VC_RECORD_PREFIX)
                continue;
            enum vc_code code = begin_record(scan, err);

            if (code != VC_OK)
                return code;
        }
        if (scan->left == 0 && scan->prefix_size == 0)
            scan->boundary = scan->position + at;
    }
    scan->position += bytes.size;
    return VC_OK;
}

enum vc_code vc_record_scan(struct vc_record_scan *scan, struct vc_bytes bytes, struct vc_err *err)
{
    switch (scan->records) {
    case VC_RECORDS_LINES:
        return scan_lines(scan, bytes, err);
    case VC_RECORDS_LENGTH:
        return scan_length(scan, bytes, err);
    case VC_RECORDS_BYTES:
    default:
        scan->position += bytes.size;
        scan->boundary = scan->position;
        return VC_OK;
    }
}

enum vc_code vc_record_scan_end(const struct vc_record_scan *scan, struct vc_err *err)
{
    if (scan->boundary != scan->position)
        return vc_fail(err, VC_MALFORMED, "it ends in the middle of the record at byte %ju",
                       (uintmax_t)scan->boundary);
    return VC_OK;
}

/* ---- cells ---- */

size_t vc_cell_size(struct vc_cell_form form)
{
    return VC_RECORD_PREFIX + (size_t)form.record_bytes;
}

/* Size of the content of the record at the start, and where that begins and ends. */
static bool find_record(struct vc_cell_form form, struct vc_bytes bytes, size_t *begin,
                        size_t *size)
{
    uint8_t prefix[VC_RECORD_PREFIX];

    if (form.records == VC_RECORDS_LENGTH) {
        if (bytes.size < sizeof(prefix))
            return false;
        memcpy(prefix, bytes.data, sizeof(prefix));
        atomic_signal_fence(memory_order_seq_cst); /* what is looked at is what was copied */
        *begin = VC_RECORD_PREFIX;
        *size = get_prefix(prefix);
        return *size <= form.record_bytes && *size <= bytes.size - VC_RECORD_PREFIX;
    }
    size_t most = bytes.size <= form.record_bytes ? bytes.size : (size_t)form.record_bytes + 1;
    const uint8_t *newline = memchr(bytes.data, '\n', most);

    *begin = 0;
    *size = newline == nullptr ? 0 : (size_t)(newline - bytes.data);
    return newline != nullptr;
}

enum vc_code vc_cell_encode(struct vc_cell_form form, struct vc_bytes bytes, uint8_t *cell,
                            size_t *taken, struct vc_err *err)
{
    size_t begin, size;

    if (!find_record(form, bytes, &begin, &size))
        return vc_fail(err, VC_MALFORMED, "cell: no whole record of at most %u bytes",
                       form.record_bytes);
    put_prefix(cell, (uint32_t)size);
    memcpy(cell + VC_RECORD_PREFIX, bytes.data + begin, size);
    memset(cell + VC_RECORD_PREFIX + size, 0, form.record_bytes - size);
    *taken = form.records == VC_RECORDS_LENGTH ? VC_RECORD_PREFIX + size : size + 1;
    return VC_OK;
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

enum vc_code vc_cell_decode(struct vc_cell_form form, struct vc_bytes cell, uint8_t *record,
                            size_t *size, struct vc_err *err)
{
    const uint8_t *content = cell.data + VC_RECORD_PREFIX;
    uint32_t length;

    if (cell.size != vc_cell_size(form))
        return vc_fail(err, VC_MALFORMED, "cell: %zu bytes, %zu wanted", cell.size,
                       vc_cell_size(form));
    length = get_prefix(cell.data);
    if (length > form.record_bytes)
        return vc_fail(err, VC_MALFORMED, "cell: a record of %u bytes, at most %u", length,
                       form.record_bytes);
    if (!all_zero(content + length, form.record_bytes - length))
        return vc_fail(err, VC_MALFORMED, "cell: padding that is not zero");
    if (form.records == VC_RECORDS_LINES) {
        if (memchr(content, '\n', length) != nullptr)
            return vc_fail(err, VC_MALFORMED, "cell: a newline within a line");
        memcpy(record, content, length);
        record[length] = '\n';
        *size = (size_t)length + 1;
        return VC_OK;
    }
    memcpy(record, cell.data, VC_RECORD_PREFIX + (size_t)length);
    *size = VC_RECORD_PREFIX + (size_t)length;
    return VC_OK;
}
