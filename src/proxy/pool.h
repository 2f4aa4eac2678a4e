/* SPDX-License-Identifier: MIT */

/* Attested sessions with one container, for several threads: each session is one thread's at a
 * time.
 */

#ifndef VC_PROXY_POOL_H
#define VC_PROXY_POOL_H

#include "base/err.h"
#include "veracruz/client.h"

constexpr size_t VC_PROXY_SESSIONS_MAX = 24; /* below what a container gives one principal */

struct vc_pool;

/* Opens and checks the first session. Null: *error says why. `options` is borrowed for its life. */
struct vc_pool *vc_pool_new(const struct vcc_options *options, struct vcc_error *error);
/* No session may be in use. */
void vc_pool_free(struct vc_pool *pool);

/* A session that nobody else uses: one that rests, or a new one, checked; waits while all are in
 * use. VC_LIMIT: for too long. VC_UNTRUSTED: the container did not pass the check; otherwise
 * VC_HOST. The text is vcc_connect's. `fresh`: one that rests will not do. */
enum vc_code vc_pool_take(struct vc_pool *pool, bool fresh, vcc_client **client,
                          struct vc_err *err);
/* Gives it back; `good` false: closes it. */
void vc_pool_give(struct vc_pool *pool, vcc_client *client, bool good);

#endif
