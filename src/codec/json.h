/* SPDX-License-Identifier: MIT */

/* JSON (RFC 8259), strictly: read with the place named in every error, and written. */

#ifndef VC_CODEC_JSON_H
#define VC_CODEC_JSON_H

#include "base/buffer.h"

constexpr size_t VC_JSON_DEPTH_MAX = 16;
constexpr size_t VC_JSON_VALUES_MAX = 1 << 18; /* values in one text: bounds the memory it takes */
constexpr size_t VC_JSON_PLACE_MAX = 160;      /* bytes of a place's text; longer ones are cut */

struct vc_json; /* a parsed text */

/* Refuses duplicate keys, trailing bytes, a byte order mark, text that is not UTF-8, NUL in any
 * spelling, the integer -0 and nesting beyond VC_JSON_DEPTH_MAX. The top must be an object.
 * VC_MALFORMED names line and column; VC_LIMIT: more than VC_JSON_VALUES_MAX values. */
enum vc_code vc_json_parse(struct vc_bytes text, struct vc_json **json, struct vc_err *err);
void vc_json_free(struct vc_json *json);
VC_DEFINE_CLEANUP(struct vc_json, vc_json_free);

/* A value and where it stands ("programs.psi.limits", "" for the top); borrows the parsed text. Of
 * keys, places and errors show printable ASCII, and '?' for any other character. */
struct vc_json_place {
    const void *value;
    char text[VC_JSON_PLACE_MAX];
};

struct vc_json_place vc_json_root(const struct vc_json *json);

/* Object: VC_MALFORMED unless `place` is an object all of whose keys are among `known`, a
 * null-terminated array: "programs.psi: unknown key \"limit\"". A null `known` allows every key. */
enum vc_code vc_json_check_object(const struct vc_json_place *place, const char *const *known,
                                  struct vc_err *err);
/* The member of this name. VC_NOT_FOUND: "programs.psi: no \"path\"". */
enum vc_code vc_json_member(const struct vc_json_place *place, const char *name,
                            struct vc_json_place *member, struct vc_err *err);
[[nodiscard]] bool vc_json_has(const struct vc_json_place *place, const char *name);
/* VC_MALFORMED: not an array; VC_LIMIT: more than count_max elements. */
enum vc_code vc_json_check_array(const struct vc_json_place *place, size_t count_max,
                                 struct vc_err *err);
/* Elements of an array or members of an object; 0 for anything else. */
size_t vc_json_count(const struct vc_json_place *place);
/* The index-th element (index < count). */
struct vc_json_place vc_json_element(const struct vc_json_place *place, size_t index);
/* The index-th member, in the order of the text; *key is borrowed. */
struct vc_json_place vc_json_entry(const struct vc_json_place *place, size_t index,
                                   const char **key);

/* Scalars. VC_MALFORMED: another type; a number with fraction or exponent is no integer.
 * vc_json_integer, VC_LIMIT: "…: 70000, at most 4096" or "…: 0, at least 1". Strings are borrowed.
 */
enum vc_code vc_json_string(const struct vc_json_place *place, const char **text,
                            struct vc_err *err);
enum vc_code vc_json_integer(const struct vc_json_place *place, int64_t least, int64_t most,
                             int64_t *value, struct vc_err *err);
enum vc_code vc_json_boolean(const struct vc_json_place *place, bool *value, struct vc_err *err);

/* Writes one JSON text, compact, or for people to read if `indent` is set before the first call.
 * Failure (memory) sticks; vc_json_write_end tells, and takes back what was appended. Calls that do
 * not follow the grammar are our own bugs and assert. */
struct vc_json_writer {
    struct vc_buffer *out;
    size_t start; /* size of *out before */
    unsigned depth;
    bool indent;                    /* two spaces for each depth */
    bool comma[VC_JSON_DEPTH_MAX];  /* the container at this depth already has an element */
    bool object[VC_JSON_DEPTH_MAX]; /* the container at this depth is an object */
    bool failed;
};

struct vc_json_writer vc_json_writer_over(struct vc_buffer *out);
/* `key` is null inside arrays and at the top. Bytes that are not UTF-8, and NUL, which our own
 * parser refuses, are written as U+FFFD. */
void vc_json_open_object(struct vc_json_writer *writer, const char *key);
void vc_json_open_array(struct vc_json_writer *writer, const char *key);
void vc_json_close_object(struct vc_json_writer *writer);
void vc_json_close_array(struct vc_json_writer *writer);
void vc_json_put_string(struct vc_json_writer *writer, const char *key, const char *text);
void vc_json_put_bytes(struct vc_json_writer *writer, const char *key, struct vc_bytes text);
void vc_json_put_integer(struct vc_json_writer *writer, const char *key, int64_t value);
/* As "12.345": thousandths. */
void vc_json_put_thousandths(struct vc_json_writer *writer, const char *key, uint64_t value);
void vc_json_put_boolean(struct vc_json_writer *writer, const char *key, bool value);
/* A whole JSON value that was written before, as it is; asserts that it is not empty. */
void vc_json_put_value(struct vc_json_writer *writer, const char *key, struct vc_bytes json);
enum vc_code vc_json_write_end(struct vc_json_writer *writer, struct vc_err *err);

#endif
