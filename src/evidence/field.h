/* SPDX-License-Identifier: MIT */

/* The rows of vc_evidence_show, made from values of the usual kinds. Nothing that evidence says
 * reaches a terminal as anything but printable ASCII. */

#ifndef VC_EVIDENCE_FIELD_H
#define VC_EVIDENCE_FIELD_H

#include "evidence/evidence.h"

constexpr size_t VC_FIELD_HEX_MAX = 1024; /* bytes shown of one value; of a longer one, how many */
constexpr size_t VC_FIELD_TEXT_MAX = 512; /* likewise of a text */

/* Puts rows one after another; the first failure sticks, and vc_field_end tells it. */
struct vc_fields {
    const struct vc_field_sink *sink; /* borrowed */
    const char *section;              /* of the rows to come; borrowed */
    enum vc_code code;
    struct vc_err *err;
};

struct vc_fields vc_fields_over(const struct vc_field_sink *sink, struct vc_err *err);
/* Lower-case hex; "(empty)". */
void vc_field_put_hex(struct vc_fields *fields, const char *name, struct vc_bytes value,
                      const char *meaning);
/* The text itself; what is not printable ASCII, and a backslash, as \xNN. */
void vc_field_put_text(struct vc_fields *fields, const char *name, struct vc_bytes value,
                       const char *meaning);
/* A value that we make ourselves, as a line. */
void vc_field_put(struct vc_fields *fields, const char *name, const char *meaning,
                  const char *format, ...) vc_printf(4, 5);
enum vc_code vc_field_end(const struct vc_fields *fields);

#endif
