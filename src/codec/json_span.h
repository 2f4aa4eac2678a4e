/* SPDX-License-Identifier: MIT */

/* Where the values of a JSON object stand in its text, byte for byte: for documents whose signature
 * covers a member's value as it was written. */

#ifndef VC_CODEC_JSON_SPAN_H
#define VC_CODEC_JSON_SPAN_H

#include "base/buffer.h"
#include "base/reader.h"

constexpr size_t VC_JSON_SPAN_DEPTH_MAX = 32; /* of a value that is stepped over */

/* Walks over the members of one object, or the elements of one array. The text is one that
 * vc_json_parse accepts, or the walk fails or gives spans that vc_json_parse refuses: it checks
 * brackets and strings and no more. */
struct vc_json_spans {
    struct vc_reader reader;
    uint8_t closing; /* the bracket at the end; 0 before the first step */
    bool ended;
};

struct vc_json_member_span {
    struct vc_bytes key;   /* between its quotes; has no escapes; empty in an array */
    struct vc_bytes value; /* without the white space around it */
};

/* `text` is the object or array with nothing but white space around it. */
struct vc_json_spans vc_json_spans_over(struct vc_bytes text);
/* True: the next member. False: the end, or out of form; vc_json_spans_done tells which. A key with
 * an escape is out of form, for it is a second spelling of a name. */
[[nodiscard]] bool vc_json_spans_next(struct vc_json_spans *spans,
                                      struct vc_json_member_span *member);
/* True if the walk came to the end of the object or array, and of the text. */
[[nodiscard]] bool vc_json_spans_done(const struct vc_json_spans *spans);

/* The value of the member with this name. VC_NOT_FOUND; VC_MALFORMED: not an object, or the name
 * twice. */
enum vc_code vc_json_span_find(struct vc_bytes text, const char *name, struct vc_bytes *value,
                               struct vc_err *err);

/* Appends what a JSON string, with its quotes, says. VC_MALFORMED: not a string, a lone surrogate,
 * NUL, not UTF-8. */
enum vc_code vc_json_span_string(struct vc_bytes value, struct vc_buffer *text, struct vc_err *err);

#endif
