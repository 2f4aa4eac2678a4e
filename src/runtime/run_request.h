/* SPDX-License-Identifier: MIT */

/* What clients send to start and watch runs, parsed. */

#ifndef VC_RUNTIME_RUN_REQUEST_H
#define VC_RUNTIME_RUN_REQUEST_H

#include "base/err.h"
#include "codec/json.h"
#include "policy/policy.h"

constexpr uint32_t VC_RUN_WAIT_MAX = 600; /* seconds of `prefer: wait=N` */

/* Parses {MEMBER: NAME}, an object of one string; *name is borrowed from *json. VC_MALFORMED. */
enum vc_code vc_request_parse_name(struct vc_bytes body, const char *member, struct vc_json **json,
                                   const char **name, struct vc_err *err);

/* Parses {"program": NAME} and looks the name up. VC_MALFORMED, VC_NOT_FOUND. */
enum vc_code vc_run_request_parse(struct vc_bytes body, const struct vc_policy *policy,
                                  size_t *program, struct vc_err *err);

/* The seconds of "wait=N" (RFC 7240), at most VC_RUN_WAIT_MAX; 0 for a null value or any other
 * preference, which may be ignored. */
uint32_t vc_run_wait_parse(const char *prefer);

/* Parses "/17". False: no run can have this name. */
[[nodiscard]] bool vc_run_id_parse(const char *path, uint64_t *id);

#endif
