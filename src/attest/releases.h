/* SPDX-License-Identifier: MIT */

/* Names of measurements: which release of the software one is of. Tables for people's eyes only;
 * nothing is decided by them.
 *
 * A table is a text of lines "platform measurement name", the measurement as lower-case hex, the
 * name to the end of the line; empty lines and lines that begin with # say nothing. */

#ifndef VC_ATTEST_RELEASES_H
#define VC_ATTEST_RELEASES_H

#include "evidence/claims.h"

constexpr size_t VC_RELEASES_MAX = 4096;         /* of all tables together */
constexpr size_t VC_RELEASES_FILE_MAX = 1 << 20; /* bytes of one table */
constexpr size_t VC_RELEASE_NAME_MAX = 64;       /* bytes, with the NUL: printable ASCII */

struct vc_releases; /* immutable once it is used */

enum vc_code vc_releases_new(struct vc_releases **releases, struct vc_err *err);
void vc_releases_free(struct vc_releases *releases);
VC_DEFINE_CLEANUP(struct vc_releases, vc_releases_free);

/* Adds a table; of two names for one measurement the first stays. VC_MALFORMED: "FILE: line 3: …",
 * VC_LIMIT; nothing of it was added. */
enum vc_code vc_releases_add(struct vc_releases *releases, const char *file, struct vc_bytes text,
                             struct vc_err *err);
/* Adds a file, or every file of a folder in the order of their names (those that begin with a dot
 * left out). VC_NOT_FOUND, VC_HOST; and as vc_releases_add. */
enum vc_code vc_releases_load(struct vc_releases *releases, const char *path, struct vc_err *err);

size_t vc_releases_count(const struct vc_releases *releases);
/* Null: of none that is known. Borrowed. */
const char *vc_releases_find(const struct vc_releases *releases, enum vc_platform_kind platform,
                             const struct vc_octets *measurement);

/* In the text of a refusal by vc_reference_check or vc_attested_check, puts the names of releases
 * behind measurements that differ: "the policy accepts 9f3c… (veracruz 0.3.0), this container is
 * 71aa… (not in any release)". Any other text stays
 * as it is, and so does one that shows the same of both, and every one if `releases` is null or
 * empty. */
void vc_releases_explain(const struct vc_releases *releases, char *text, size_t size);

#endif
