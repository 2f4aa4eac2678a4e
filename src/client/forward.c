/* SPDX-License-Identifier: MIT */

#include "client/forward.h"

#include <stdio.h>

#include "client/session_internal.h"

struct passage {
    struct vcc_client *client;
    const struct vc_forward *forward;
};

static enum vc_code pulse(void *user, struct vc_err *err)
{
    const struct passage *passage = user;
    const struct vc_forward *forward = passage->forward;
    enum vc_code code = vc_client_stay(passage->client, err);

    if (code == VC_OK && forward->still_wanted != nullptr)
        code = forward->still_wanted(forward->user, err);
    return code;
}

enum vc_code vc_client_forward(vcc_client *client, const struct vc_forward *forward,
                               struct vc_http_answer *answer, struct vc_err *err)
{
    struct passage passage = {client, forward};
    struct vc_http_call call = forward->http;
    enum vc_code code = vc_client_stay(client, err);

    call.pulse = pulse;
    call.pulse_user = &passage;
    return code == VC_OK ? vc_http_client_call(client->http, &call, answer, err) : code;
}

void vc_client_policy_name(const vcc_client *client, char *name, size_t size)
{
    char whole[VC_ATTESTED_NAME_MAX];

    vc_attested_name(client->policy->hash, whole);
    (void)snprintf(name, size, "%s", whole);
}
