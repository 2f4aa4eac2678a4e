/* SPDX-License-Identifier: MIT */

/* The body of a local client's request, as it comes. */

#ifndef VC_PROXY_BODY_H
#define VC_PROXY_BODY_H

#include "net/http_client.h"
#include "proxy/chunked.h"
#include "proxy/local.h"

struct vc_proxy_body {
    struct vc_proxy_local *local; /* borrowed */
    const struct vc_proxy_request *request;
    uint64_t taken; /* bytes that went on */
    bool ended;     /* all of it did */
    bool broken;    /* it will never be whole */
    /* its own */
    struct vc_proxy_chunked *chunked;
    bool continued;          /* "100 Continue" was said */
    uint64_t quiet_since_ms; /* 0: something came last */
    char length[24];
};

enum vc_code vc_proxy_body_init(struct vc_proxy_body *body, struct vc_proxy_local *local,
                                const struct vc_proxy_request *request, struct vc_err *err);
void vc_proxy_body_done(struct vc_proxy_body *body);

/* What a call sends: false if there is no body. A length that the client gave is a field of
 * `fields`, which has room for it: the container holds the body to it. */
[[nodiscard]] bool vc_proxy_body_source(struct vc_proxy_body *body, struct vc_http_source *source,
                                        struct vc_http_field *fields, size_t *field_count);
/* For how long nothing came that was waited for. */
uint64_t vc_proxy_body_silence_ms(const struct vc_proxy_body *body);

#endif
