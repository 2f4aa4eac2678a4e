/* SPDX-License-Identifier: MIT */

/* Canonical paths. Whatever names a file is brought to its one spelling here, once, before any
 * right, digest or quota is looked up. */

#ifndef VC_BASE_PATH_H
#define VC_BASE_PATH_H

#include "base/err.h"

constexpr size_t VC_PATH_MAX = 1024;     /* bytes, with the NUL */
constexpr size_t VC_PATH_NAME_MAX = 255; /* bytes of one component */
constexpr size_t VC_PATH_DEPTH_MAX = 64; /* components; a policy may want fewer */

/* Writes the canonical form: absolute, no empty, "." or ".." component, no trailing slash but for
 * the root itself. A relative text counts from the root; ".." at the root stays there.
 * VC_MALFORMED: empty text, a control character, or bytes that are not UTF-8.
 * VC_LIMIT: too long, a component too long, or too deep. */
enum vc_code vc_path_canonical(const char *text, char out[VC_PATH_MAX], struct vc_err *err);

/* Is the text its own canonical form? */
[[nodiscard]] bool vc_path_is_canonical(const char *text);

/* True if canonical `path` is canonical `directory` itself or lies below it. */
[[nodiscard]] bool vc_path_within(const char *path, const char *directory);

/* Writes the canonical parent; the root is its own parent. */
void vc_path_parent(const char *path, char out[VC_PATH_MAX]);

/* The last component, borrowed from `path`; "" for the root. */
const char *vc_path_name(const char *path);

#endif
