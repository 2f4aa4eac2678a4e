/* SPDX-License-Identifier: MIT */

/* CBOR (RFC 8949): one reader under one of two rules. The rule of this project's own formats is the
 * deterministic encoding (§4.2.1): shortest heads, definite lengths, map keys in ascending bytewise
 * order, so that no key can occur twice. Formats of others are read by the functions with `any` in
 * their names: preferred serialization (§4.1) of definite length, map keys in any order, and still
 * none twice. Numbers are integers of 64 bits; floating point, `undefined` and other simple values
 * are read over by vc_cbor_skip_any, and refused everywhere else.
 *
 * The reader is a bounded reader: it fails once and stays failed, later reads give zero or an empty
 * run. A parser reads like its grammar and asks vc_reader_done once. */

#ifndef VC_CODEC_CBOR_H
#define VC_CODEC_CBOR_H

#include "base/buffer.h"
#include "base/reader.h"

constexpr size_t VC_CBOR_DEPTH_MAX = 16;    /* arrays, maps and tags inside one another */
constexpr size_t VC_CBOR_ANY_KEYS_MAX = 64; /* of one map in any order: each is compared with all */

enum vc_cbor_kind { /* the major types */
                    VC_CBOR_UINT = 0,
                    VC_CBOR_NEGATIVE = 1,
                    VC_CBOR_BYTES = 2,
                    VC_CBOR_TEXT = 3,
                    VC_CBOR_ARRAY = 4,
                    VC_CBOR_MAP = 5,
                    VC_CBOR_TAG = 6,
                    VC_CBOR_SIMPLE = 7,
};

uint64_t vc_cbor_read_uint(struct vc_reader *reader);
/* Fails outside the range of int64_t. */
int64_t vc_cbor_read_int(struct vc_reader *reader);
/* Both borrow the input; text is valid UTF-8. */
struct vc_bytes vc_cbor_read_bytes(struct vc_reader *reader);
struct vc_bytes vc_cbor_read_text(struct vc_reader *reader);
bool vc_cbor_read_boolean(struct vc_reader *reader);
void vc_cbor_read_null(struct vc_reader *reader);
/* The tag's number; its content is the next item. */
uint64_t vc_cbor_read_tag(struct vc_reader *reader);
/* The number of elements, which are the next items; never more than there are bytes left. */
size_t vc_cbor_read_array(struct vc_reader *reader);
/* Is the next item of this kind? Null and the booleans are VC_CBOR_SIMPLE. Takes nothing; false at
 * the end of the input or once failed. */
[[nodiscard]] bool vc_cbor_next_is(const struct vc_reader *reader, enum vc_cbor_kind kind);

/* A map being read. For each entry: vc_cbor_next_key, then the key, then the value.
 *
 *     struct vc_cbor_map map = vc_cbor_read_map(reader);
 *     while (vc_cbor_next_key(reader, &map)) { key = vc_cbor_read_int(reader); … }
 */
struct vc_cbor_map {
    size_t left;      /* entries not begun */
    bool any_order;   /* else ascending */
    size_t key_count; /* in `keys`: the last one; in any order all so far */
    struct vc_bytes keys[VC_CBOR_ANY_KEYS_MAX]; /* their encodings; borrow the input */
};

struct vc_cbor_map vc_cbor_read_map(struct vc_reader *reader);
/* The same for a map in any order. Fails beyond VC_CBOR_ANY_KEYS_MAX entries. */
struct vc_cbor_map vc_cbor_read_any_map(struct vc_reader *reader);
/* True if a key is next; false after the last entry or once failed. Fails the reader if this key
 * does not come after the last one, or, in any order, was there before. Keys are integers or
 * strings. */
bool vc_cbor_next_key(struct vc_reader *reader, struct vc_cbor_map *map);

/* Reads over one whole item of any kind, its maps in ascending order; fails beyond
 * VC_CBOR_DEPTH_MAX. */
void vc_cbor_skip(struct vc_reader *reader);
/* The same, its maps in any order. Floating point counts as preferred in its shortest form. */
void vc_cbor_skip_any(struct vc_reader *reader);

/* Appends items to a buffer. A failed allocation sticks; vc_cbor_write_end tells. Counts of arrays
 * and maps, and the order of a map's keys, are the caller's care. */
struct vc_cbor_writer {
    struct vc_buffer *out;
    bool failed;
};

struct vc_cbor_writer vc_cbor_writer_over(struct vc_buffer *out);
void vc_cbor_put_uint(struct vc_cbor_writer *writer, uint64_t value);
void vc_cbor_put_int(struct vc_cbor_writer *writer, int64_t value);
void vc_cbor_put_bytes(struct vc_cbor_writer *writer, struct vc_bytes bytes);
void vc_cbor_put_text(struct vc_cbor_writer *writer, const char *text);
/* That it is UTF-8 is the caller's care. */
void vc_cbor_put_text_run(struct vc_cbor_writer *writer, struct vc_bytes text);
void vc_cbor_put_boolean(struct vc_cbor_writer *writer, bool value);
void vc_cbor_put_null(struct vc_cbor_writer *writer);
void vc_cbor_put_tag(struct vc_cbor_writer *writer, uint64_t number);
void vc_cbor_open_array(struct vc_cbor_writer *writer, size_t count);
void vc_cbor_open_map(struct vc_cbor_writer *writer, size_t count);
enum vc_code vc_cbor_write_end(const struct vc_cbor_writer *writer, struct vc_err *err);

#endif
