/* SPDX-License-Identifier: MIT */

/* The tree head that this user saw last of an attestation service's log: a file for each service,
 * so that tomorrow's log can be held against today's. */

#ifndef VC_CLIENT_LOG_MEMORY_H
#define VC_CLIENT_LOG_MEMORY_H

#include "attest/transparency.h"

struct vc_log_store {
    struct vc_buffer folder;           /* with a NUL */
    char name[2 * VC_SHA256_SIZE + 1]; /* of the service: hex of SHA-256 of its CA's DER */
};

/* `folder` null: $XDG_STATE_HOME/veracruz/log, or ~/.local/state/veracruz/log. Made (mode 0700) if
 * it is not there. VC_NOT_FOUND: no folder is given, and neither variable is set. VC_HOST. */
enum vc_code vc_log_store_open(const char *folder, const struct vc_cert *ca,
                               struct vc_log_store *store, struct vc_err *err);
void vc_log_store_done(struct vc_log_store *store);

struct vc_log_seen {
    bool known; /* false: nothing is remembered */
    struct vc_log_memory memory;
};

/* VC_MALFORMED names the file, which only its owner may mend. */
enum vc_code vc_log_store_load(const struct vc_log_store *store, struct vc_log_seen *seen,
                               struct vc_err *err);

/* Remembers `head` instead of what was loaded before, at once or not at all. *changed: somebody
 * else has remembered another head meanwhile, and nothing was stored: the container is to be asked
 * again, with that one. */
enum vc_code vc_log_store_replace(const struct vc_log_store *store,
                                  const struct vc_log_seen *before, const struct vc_log_head *head,
                                  bool *changed, struct vc_err *err);

/* Two heads that do not fit: both are kept in a file beside, the first such pair only. Appends the
 * file's name to the error's text. */
void vc_log_store_accuse(const struct vc_log_store *store, const struct vc_log_head *remembered,
                         const struct vc_log_head *shown, struct vc_err *err);

#endif
