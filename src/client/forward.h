/* SPDX-License-Identifier: MIT */

/* Any call at all within an attested session, for whoever stands between a client of another
 * language and a container. The session is checked as for every other call. */

#ifndef VC_CLIENT_FORWARD_H
#define VC_CLIENT_FORWARD_H

#include "net/http_client.h"
#include "veracruz/client.h"

struct vc_forward {
    struct vc_http_call http; /* its pulse is the library's to set */
    /* Null, or asked at least every `http.pulse_ms`: anything but VC_OK aborts the call. */
    enum vc_code (*still_wanted)(void *user, struct vc_err *err);
    void *user;
};

/* VC_OK: a whole answer, whatever its status. VC_UNTRUSTED: the session is over, and why; otherwise
 * as vc_http_client_call. */
enum vc_code vc_client_forward(vcc_client *client, const struct vc_forward *forward,
                               struct vc_http_answer *answer, struct vc_err *err);

/* "<base32 of the policy hash>.veracruz", cut to `size` bytes with the NUL. */
void vc_client_policy_name(const vcc_client *client, char *name, size_t size);

#endif
