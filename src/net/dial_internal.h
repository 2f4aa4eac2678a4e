/* SPDX-License-Identifier: MIT */

/* From "host:port" to a connected socket. */

#ifndef VC_NET_DIAL_INTERNAL_H
#define VC_NET_DIAL_INTERNAL_H

#include "base/err.h"

/* A connected, non-blocking, close-on-exec TCP socket without Nagle's delay. Tries each address of
 * the name until `deadline_ms` of the loop's clock; looking up a name has its own, the resolver's.
 * VC_MALFORMED, VC_HOST. */
enum vc_code vc_dial(const char *address, uint64_t deadline_ms, int *fd, struct vc_err *err);

/* Waits until `fd` shows one of poll's `events`. VC_CLOSED: not before the deadline, UINT64_MAX for
 * none. VC_HOST. */
enum vc_code vc_dial_wait(int fd, short events, uint64_t deadline_ms, struct vc_err *err);
/* The same, or until `other` (-1: none) can be read: *other_ready. */
enum vc_code vc_dial_wait_either(int fd, short events, int other, bool *other_ready,
                                 uint64_t deadline_ms, struct vc_err *err);

#endif
