/* SPDX-License-Identifier: MIT */

/* A request of HTTP/1.1 (RFC 9112) as a local client sends it, taken strictly, and what of it goes
 * on to a container. One reading only: whatever two readers could take for two things is refused.
 */

#ifndef VC_PROXY_REQUEST_H
#define VC_PROXY_REQUEST_H

#include "base/buffer.h"
#include "net/http.h"

/* No two clients agree on more; the container allows no more either. */
constexpr size_t VC_PROXY_HEAD_SIZE_MAX = VC_HTTP_HEADER_SIZE_MAX; /* bytes, with the empty line */

struct vc_proxy_request {
    char method[16];
    char target[VC_HTTP_TARGET_MAX];
    char host[256];
    uint64_t length;   /* of the body */
    bool has_length;   /* it said so */
    bool chunked;      /* the body is in chunks, its length unknown */
    bool coded;        /* it is in another coding, too or instead */
    bool trailers;     /* it takes a trailer section behind the answer */
    bool expects;      /* it waits for "100 Continue" before the body */
    bool from_browser; /* it says which page made it */
    bool keep_alive;   /* further requests may follow */
    struct vc_http_field fields[VC_HTTP_FIELDS_MAX]; /* those that go on; names in lower case */
    size_t field_count;
    struct vc_buffer text; /* behind the fields */
};

/* Finds the end of the head in what has arrived: the bytes with the empty line, 0 if it is not
 * there yet. */
size_t vc_proxy_head_size(struct vc_bytes arrived);

/* Reads one whole head. VC_MALFORMED, VC_LIMIT; then *request is empty. */
enum vc_code vc_proxy_request_parse(struct vc_bytes head, struct vc_proxy_request *request,
                                    struct vc_err *err);
void vc_proxy_request_done(struct vc_proxy_request *request);

/* For whom the proxy answers. */
struct vc_proxy_guard {
    const char *port; /* that clients name; null: a socket in the file system, any */
    const char *name; /* the policy's */
};

/* Does it come from a program on this machine that means this proxy, in a form that can go on? A
 * page in a browser does not: it names its own site, or says which one it is. *status is what to
 * answer if not. VC_REFUSED. */
enum vc_code vc_proxy_request_check(const struct vc_proxy_request *request,
                                    const struct vc_proxy_guard *guard, unsigned *status,
                                    struct vc_err *err);

/* Is this field one connection's matter, and not the message's (RFC 9110 §7.6.1)? */
[[nodiscard]] bool vc_proxy_is_hop(const char *name);

#endif
