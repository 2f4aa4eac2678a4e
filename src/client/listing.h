/* SPDX-License-Identifier: MIT */

/* Listings of directories of docs/http-api.md. */

#ifndef VC_CLIENT_LISTING_H
#define VC_CLIENT_LISTING_H

#include "base/err.h"

constexpr size_t VC_LISTING_ENTRIES_MAX = 65536; /* policy: storage.files */

/* Checks {"path":…,"entries":[{"name","kind","size","sha256"}…]}: a name has no '/', a kind is
 * "file" or "directory". VC_MALFORMED, VC_LIMIT. */
enum vc_code vc_listing_check(struct vc_bytes text, struct vc_err *err);

#endif
