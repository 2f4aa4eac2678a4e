/* SPDX-License-Identifier: MIT */

/* The keys of a principal as a container tells them (docs/http-api.md): `GET /v1/keys`. */

#ifndef VC_CLIENT_KEY_LIST_H
#define VC_CLIENT_KEY_LIST_H

#include "base/err.h"

/* Bytes of JSON: every key of a policy fits, each with all programs. */
constexpr size_t VC_KEY_LIST_SIZE_MAX = 8 << 20;

/* Is it such a list: for each key `name`, `type`, `given`, `export`, `id`, `bits` and the lists of
 * names `usage`, `programs`, `wrap`, and perhaps `algorithm`? VC_MALFORMED names the place. */
enum vc_code vc_key_list_check(struct vc_bytes text, struct vc_err *err);

#endif
