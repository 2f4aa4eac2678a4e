/* SPDX-License-Identifier: MIT */

/* The chunked coding of a request's body (RFC 9112 §7.1), undone as it arrives. */

#ifndef VC_PROXY_CHUNKED_H
#define VC_PROXY_CHUNKED_H

#include "net/http.h"

struct vc_proxy_chunked;

enum vc_code vc_proxy_chunked_new(struct vc_proxy_chunked **chunked, struct vc_err *err);
void vc_proxy_chunked_free(struct vc_proxy_chunked *chunked);
VC_DEFINE_CLEANUP(struct vc_proxy_chunked, vc_proxy_chunked_free);

struct vc_proxy_piece {
    size_t used; /* bytes of the coding */
    size_t made; /* bytes of the body; never more than were used */
    bool ended;  /* the body, its trailer section with it; what is behind it is not used */
};

/* Takes what arrived; `data` has room for as many bytes. VC_MALFORMED, VC_LIMIT: no call after
 * that. */
enum vc_code vc_proxy_chunked_take(struct vc_proxy_chunked *chunked, struct vc_bytes arrived,
                                   uint8_t *data, struct vc_proxy_piece *piece, struct vc_err *err);
/* The trailer section, once the body has ended; names in lower case, borrowed. Their count. */
size_t vc_proxy_chunked_trailers(const struct vc_proxy_chunked *chunked,
                                 struct vc_http_field *fields, size_t max);

#endif
