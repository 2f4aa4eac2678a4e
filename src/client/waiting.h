/* SPDX-License-Identifier: MIT */

/* Calls that the container answers when something is over, if that is soon (RFC 7240: wait). */

#ifndef VC_CLIENT_WAITING_H
#define VC_CLIENT_WAITING_H

#include "client/session_internal.h"

constexpr unsigned VC_WAITING_S_MAX = 600;   /* of one call: docs/http-api.md */
constexpr size_t VC_WAITING_TARGET_MAX = 64; /* bytes of "/v1/runs/<id>" */

/* Seconds to wait in one call, of so many milliseconds in all. */
unsigned vc_waiting_next_s(uint64_t left_ms);

/* Makes the call, whose body if any is JSON, and lets the container wait. */
enum vcc_status vc_waiting_call(struct vcc_client *client, struct vc_client_call *call,
                                unsigned wait_s, struct vc_http_answer *answer,
                                struct vcc_error *error);

/* "/v1/runs/17". VCC_MALFORMED: not the text of an id; `of` says of what. */
enum vcc_status vc_waiting_target(const char *prefix, const char *of, const char *id,
                                  char target[VC_WAITING_TARGET_MAX], struct vcc_error *error);

/* Ends what goes on there. */
enum vcc_status vc_waiting_kill(struct vcc_client *client, const char *prefix, const char *of,
                                const char *id, struct vcc_error *error);

#endif
