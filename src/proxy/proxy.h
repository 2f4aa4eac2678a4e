/* SPDX-License-Identifier: MIT */

/* The proxy: a local socket on which clients in any language speak plain HTTP/1.1, and behind it
 * attested sessions with one container. Nobody but this machine reaches it. */

#ifndef VC_PROXY_PROXY_H
#define VC_PROXY_PROXY_H

#include "net/address.h"
#include "veracruz/client.h"

struct vc_proxy;

/* Connects to the container and checks it, then listens: "127.0.0.1:PORT", "[::1]:PORT" (port 0:
 * any) or "unix:PATH" (mode 0600; a socket that nobody listens on any more is replaced). Null:
 * *error says why; for another address than these it is VCC_MALFORMED. `options` is borrowed. */
struct vc_proxy *vc_proxy_new(const struct vcc_options *options, const char *listen,
                              struct vcc_error *error);
/* As it can be connected to. */
const char *vc_proxy_address(const struct vc_proxy *proxy);
/* What the first check found. */
void vc_proxy_attestation(const struct vc_proxy *proxy, struct vcc_attestation *attestation);
/* Serves until `stop_fd` is readable; then ends every connection. */
enum vc_code vc_proxy_run(struct vc_proxy *proxy, int stop_fd, struct vc_err *err);
void vc_proxy_free(struct vc_proxy *proxy);

#endif
