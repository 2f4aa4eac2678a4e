/* SPDX-License-Identifier: MIT */

/* The container's HTTP resources: who asks is known, the path is canonical, the policy is asked,
 * then it happens. docs/http-api.md is the contract. */

#ifndef VC_RUNTIME_API_H
#define VC_RUNTIME_API_H

#include "net/http_server.h"
#include "policy/force.h"
#include "policy/policy.h"
#include "runtime/attestor.h"
#include "runtime/clock.h"
#include "runtime/keys.h"
#include "runtime/narrow.h"
#include "runtime/pipelines.h"
#include "runtime/runs.h"
#include "runtime/streams.h"
#include "vfs/tree.h"

struct vc_api;
struct vc_record;    /* runtime/record.h */
struct vc_enrolment; /* runtime/enrol.h */

/* Everything is borrowed for its life. */
struct vc_api_context {
    struct vc_loop *loop;
    const struct vc_policy *policy;
    struct vc_narrower *narrower;
    const struct vc_clock *clock;
    struct vc_tree *tree;
    struct vc_streams *streams;
    struct vc_keys *keys;
    struct vc_gate *gate;
    struct vc_runs *runs;
    struct vc_pipelines *pipelines;
    struct vc_attestor *attestor;
    struct vc_record *record;
    const struct vc_enrolment *enrolment; /* in force: replaced within a turn of the loop */
    /* Called once, when the container is to end; `reason` is for everybody. */
    void (*shutdown)(void *user, const char *reason);
    void *user;
};

enum vc_code vc_api_new(const struct vc_api_context *context, struct vc_api **api,
                        struct vc_err *err);
/* No exchange may be open any more. */
void vc_api_free(struct vc_api *api);
VC_DEFINE_CLEANUP(struct vc_api, vc_api_free);

/* The container ends: from now on only the list of streams is told, all else is refused. */
void vc_api_end(struct vc_api *api);

/* For vc_http_server_new, with the api as its user. */
extern const struct vc_http_handler vc_api_handler;

#endif
