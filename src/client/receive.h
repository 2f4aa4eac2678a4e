/* SPDX-License-Identifier: MIT */

/* A GET, and where its answer goes: a local file, or memory with a bound. */

#ifndef VC_CLIENT_RECEIVE_H
#define VC_CLIENT_RECEIVE_H

#include "client/session_internal.h"
#include "client/target.h"

/* Exactly one of `file` and `memory`; the rest is zero to begin with. Not to be moved once used. */
struct vc_reception {
    struct vc_local_target *file;
    struct vc_buffer *memory; /* in the end with a NUL behind it that does not count */
    uint64_t size_max;
    const char *too_large;      /* what it means to be larger */
    struct vc_client_call call; /* `progress` and `progress_user` are the caller's to set */
    struct vc_http_sink sink;
    bool is_file; /* the answer was a file's: it has an entity tag, a listing has none */
};

/* Fetches `target`, whole (status 200) or not at all. */
enum vcc_status vc_receive(struct vcc_client *client, const char *target,
                           struct vc_reception *reception, struct vcc_error *error);

/* An answer that is handed on as it came, if the check finds nothing: `about` says of what. */
struct vc_question {
    const char *target, *about;
    uint64_t size_max;
    const char *too_large;
    enum vc_code (*check)(const struct vc_policy *policy, struct vc_bytes text, struct vc_err *err);
};

/* The answer ends with a NUL and is the caller's to free. VCC_UNTRUSTED: as the check says;
 * VCC_FAILED: it says anything else. */
enum vcc_status vc_receive_checked(struct vcc_client *client, const struct vc_question *question,
                                   char **json, struct vcc_error *error);

#endif
