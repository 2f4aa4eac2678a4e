/* SPDX-License-Identifier: MIT */

/* Records: where a stream may be cut, and how their lengths are hidden. */

#ifndef VC_FLOW_RECORDS_H
#define VC_FLOW_RECORDS_H

#include "base/err.h"

enum vc_records {
    VC_RECORDS_BYTES,  /* none: each byte stands for itself */
    VC_RECORDS_LINES,  /* each ends in "\n", which is part of it */
    VC_RECORDS_LENGTH, /* each begins with its size, 4 bytes, big endian, not counted in it */
};

const char *vc_records_name(enum vc_records records); /* "bytes", "lines", "length" */

constexpr uint32_t VC_RECORD_PREFIX = 4; /* bytes, of VC_RECORDS_LENGTH and of a cell */
/* Content of a record, at most: without newline or prefix. */
constexpr uint32_t VC_RECORD_BYTES_MAX = 1 << 20;

/* Follows a stream and says where its last whole record ends. Zero-initialised but for the first
 * two. */
struct vc_record_scan {
    enum vc_records records;
    uint32_t record_bytes;
    uint64_t position; /* bytes seen */
    uint64_t boundary; /* bytes of whole records among them */
    /* the scanner's own */
    uint32_t left;
    uint8_t prefix[VC_RECORD_PREFIX];
    uint32_t prefix_size;
};

/* Takes the next bytes. VC_LIMIT: a record has more than record_bytes: err says at which position
 * of the stream it begins; the scan can then not be used any more. */
enum vc_code vc_record_scan(struct vc_record_scan *scan, struct vc_bytes bytes, struct vc_err *err);
/* May the stream end here? VC_MALFORMED: in the middle of a record. */
enum vc_code vc_record_scan_end(const struct vc_record_scan *scan, struct vc_err *err);

/* A padded stream travels in cells of one size, whatever is in its records: the record's size (4
 * bytes, big endian), its content, zeros up to record_bytes. A line's newline does not travel, a
 * length-prefixed record's prefix is the cell's. */
struct vc_cell_form {
    enum vc_records records; /* not VC_RECORDS_BYTES */
    uint32_t record_bytes;
};
size_t vc_cell_size(struct vc_cell_form form);

/* The cell of the record at the start of `bytes`, which has *taken bytes in the stream. `cell` has
 * vc_cell_size bytes. VC_MALFORMED: there is no whole record of at most record_bytes: the bytes may
 * lie where a program can still change them, and are read once. */
enum vc_code vc_cell_encode(struct vc_cell_form form, struct vc_bytes bytes, uint8_t *cell,
                            size_t *taken, struct vc_err *err);
/* The record of a cell as it stands in the stream: at most record_bytes + VC_RECORD_PREFIX bytes.
 * VC_MALFORMED: too long a size, padding that is not zero, a newline within a line. */
enum vc_code vc_cell_decode(struct vc_cell_form form, struct vc_bytes cell, uint8_t *record,
                            size_t *size, struct vc_err *err);

#endif
