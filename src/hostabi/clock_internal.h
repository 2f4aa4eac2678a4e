/* SPDX-License-Identifier: MIT */

/* Time as a program may see it. */

#ifndef VC_HOSTABI_CLOCK_INTERNAL_H
#define VC_HOSTABI_CLOCK_INTERNAL_H

#include "hostabi/host_internal.h"

constexpr uint64_t VC_CLOCK_GRAIN_NS = 1000000; /* no clock shows less */

/* Nanoseconds of WASI's clock `id`, coarse. VC_WASI_INVAL: there is no such clock. VC_WASI_ACCES:
 * the policy gives none. */
uint32_t vc_clock_now(const struct vc_host *host, uint64_t id, uint64_t *now_ns);

#endif
