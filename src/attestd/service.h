/* SPDX-License-Identifier: MIT */

/* The attestation service over HTTP: docs/http-api.md, "Talking to the attestation service". */

#ifndef VC_ATTESTD_SERVICE_H
#define VC_ATTESTD_SERVICE_H

#include "attest/releases.h"
#include "attestd/material.h"
#include "attestd/state.h"
#include "net/loop.h"

struct vc_attestd;

constexpr size_t VC_ATTESTD_HOSTS_MAX = 16;
constexpr uint32_t VC_ATTESTD_CONNECTIONS_MAX = 256;
constexpr uint32_t VC_ATTESTD_CONNECTIONS_PER_ORIGIN = 64; /* one address leaves room for others */

/* Borrowed until vc_attestd_free, but for the hosts, which are copied. */
struct vc_attestd_setup {
    struct vc_loop *loop;
    int listener; /* a listening, non-blocking stream socket, which stays the caller's */
    const struct vc_attestd_state *state;
    /* By what names and addresses clients reach the service, for its TLS certificate; localhost and
     * 127.0.0.1 are always added. */
    const char *const *hosts;
    size_t host_count;
    struct vc_notices notices;          /* who is told of trouble */
    uint64_t request_ms;                /* in which a request must arrive; 0: 20 seconds */
    const struct vc_releases *releases; /* names for refusals; may be null */
};

/* Serves. Issues itself a TLS certificate of 30 days from the
 * state's CA, and a new one every day. VC_MALFORMED, VC_LIMIT: hosts; as
 * vc_logbook_open and vc_material_open. */
enum vc_code vc_attestd_new(const struct vc_attestd_setup *setup, struct vc_attestd **service,
                            struct vc_err *err);
void vc_attestd_free(struct vc_attestd *service);
VC_DEFINE_CLEANUP(struct vc_attestd, vc_attestd_free);

#endif
