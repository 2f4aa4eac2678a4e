/* SPDX-License-Identifier: MIT */

/* Problem documents (RFC 9457) of docs/http-api.md: what a container's refusal means. */

#ifndef VC_CLIENT_PROBLEM_H
#define VC_CLIENT_PROBLEM_H

#include "base/defs.h"
#include "veracruz/client.h"

/* Reads the body of an answer with a status other than the wanted ones and fills *error, always
 * with a status other than VCC_OK. A body that is no problem document is not an error of its own:
 * then the HTTP status alone decides. Where type and HTTP status contradict, the HTTP status
 * decides too. */
void vc_problem_read(unsigned http_status, struct vc_bytes body, struct vcc_error *error);

#endif
