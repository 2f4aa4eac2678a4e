/* SPDX-License-Identifier: MIT */

/* One local client's connection: its requests, one after the other, each forwarded within an
 * attested session and answered as the answer comes. */

#ifndef VC_PROXY_CONNECTION_H
#define VC_PROXY_CONNECTION_H

#include "proxy/pool.h"
#include "proxy/request.h"

struct vc_proxy_context {
    struct vc_pool *pool;
    struct vc_proxy_guard guard;
};

/* Serves the connected, blocking socket until the client has had enough, is too slow, or says what
 * cannot be understood. Shutting the socket down ends it soon. The socket stays the caller's. */
void vc_proxy_serve(const struct vc_proxy_context *context, int fd);

/* Answers 503 and no more: there are too many. */
void vc_proxy_turn_away(int fd);

#endif
