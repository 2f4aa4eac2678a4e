/* SPDX-License-Identifier: MIT */

/* Status codes, and the error record that a caller owns. */

#ifndef VC_BASE_ERR_H
#define VC_BASE_ERR_H

#include "base/defs.h"

/* Classes of failure by what the caller can do about it. Any function that returns one can fail,
 * and the compiler refuses to drop it. */
enum [[nodiscard]] vc_code {
    VC_OK = 0,
    VC_MALFORMED, /* the input does not follow its grammar */
    VC_REFUSED,   /* well formed, and the policy says no */
    VC_UNTRUSTED, /* a signature, a digest or evidence did not verify */
    VC_LIMIT,     /* a named bound would be passed */
    VC_NOT_FOUND,
    VC_STATE,  /* not in this state of the object */
    VC_CLOSED, /* the peer ended the conversation */
    VC_MEMORY,
    VC_HOST, /* the operating system refused; host_errno says why */
};

constexpr size_t VC_ERR_TEXT_MAX = 320; /* bytes, with the NUL */

struct vc_err {
    enum vc_code code;
    int host_errno;             /* 0 unless code is VC_HOST */
    char text[VC_ERR_TEXT_MAX]; /* one line of UTF-8 that names the place; no secret */
};

/* Fills *err, which may be null, and returns code: `return vc_fail(err, VC_LIMIT, "...")`.
 * Never allocates. Text that does not fit is cut. */
enum vc_code vc_fail(struct vc_err *err, enum vc_code code, const char *format, ...)
    vc_printf(3, 4);

/* As vc_fail with VC_HOST: keeps errno, and appends its meaning to the text. */
enum vc_code vc_fail_host(struct vc_err *err, const char *format, ...) vc_printf(2, 3);

/* As vc_fail with VC_MEMORY and a constant text. */
enum vc_code vc_fail_memory(struct vc_err *err);

/* Puts "place: " before the text of an error that was just made further down; returns its code.
 * `code` is what the callee returned, so that a null err keeps it too. */
enum vc_code vc_fail_in(struct vc_err *err, enum vc_code code, const char *format, ...)
    vc_printf(3, 4);

/* The code's name in lower case for machines: "malformed", "not-found". Never null. */
const char *vc_code_name(enum vc_code code);

#endif
