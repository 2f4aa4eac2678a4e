/* SPDX-License-Identifier: MIT */

/* The body of POST /v1/journal/links: another container, and how far its journal was. */

#ifndef VC_RUNTIME_LINK_REQUEST_H
#define VC_RUNTIME_LINK_REQUEST_H

#include "runtime/record.h"

/* {"container": hex, "policy": hex, "root": hex, "size": N}. VC_MALFORMED, VC_LIMIT. */
enum vc_code vc_link_request_parse(struct vc_bytes body, struct vc_record_link *link,
                                   struct vc_err *err);
/* Of a path below /v1/journal: "/17" is entry 17, in its one spelling. */
enum vc_code vc_since_parse(const char *text, uint64_t *since, struct vc_err *err);

#endif
