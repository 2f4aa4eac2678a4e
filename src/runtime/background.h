/* SPDX-License-Identifier: MIT */

/* Work that would hold the event loop up, done by a thread of its own: reading images, enrolling.
 */

#ifndef VC_RUNTIME_BACKGROUND_H
#define VC_RUNTIME_BACKGROUND_H

#include "net/loop.h"

struct vc_background;

/* Runs `work(user)` on a new thread, then `done(user)` on the loop's. Until then `user` belongs to
 * the thread. The handle is gone once `done` was called. */
enum vc_code vc_background_start(struct vc_loop *loop, void (*work)(void *user),
                                 void (*done)(void *user), void *user,
                                 struct vc_background **background, struct vc_err *err);

/* Waits for the work and forgets it, without calling `done`. Null is allowed. */
void vc_background_cancel(struct vc_background *background);

#endif
