/* SPDX-License-Identifier: MIT */

/* Who answers a call of a program: the service in its own process, or the key store.
 *
 * Hashes, and whatever is done with a volatile key that the program itself imported, stay in the
 * worker: the program has seen those bytes. Keys that it must not see (the policy's, generated,
 * derived, agreed, kept) are in the key store, and so are operations with them. When both meet, as
 * in a key derivation, the key store gets the program's key too.
 */

#ifndef VC_PSA_ROUTE_H
#define VC_PSA_ROUTE_H

#include "psa/service.h"

struct vc_psa_router;

/* `store` is asked what the worker cannot answer. */
struct vc_psa_router_options {
    bool randomness;
    vc_psa_answer_fn *store;
    void *store_user;
};

/* Starts nothing yet: the first call does. VC_MEMORY. */
enum vc_code vc_psa_router_new(const struct vc_psa_router_options *options,
                               struct vc_psa_router **router, struct vc_err *err);

/* A vc_psa_answer_fn; `router` is a struct vc_psa_router. */
vc_psa_status vc_psa_route(void *router, struct vc_psa_call *call);

/* Accepts null. */
void vc_psa_router_free(struct vc_psa_router *router);

VC_DEFINE_CLEANUP(struct vc_psa_router, vc_psa_router_free);

#endif
