/* SPDX-License-Identifier: MIT */

/* How much a program may write, for all its files together: by how much they may grow, and how many
 * bytes it may write in all. A limit that was met is noted in the host. */

#ifndef VC_HOSTABI_BUDGET_H
#define VC_HOSTABI_BUDGET_H

#include "hostabi/host_internal.h"

/* How many of `size` bytes at `offset` of a file of `file_size` bytes the budgets still cover.
 * Growth is what lies beyond the file's end, a hole included. VC_WASI_NOSPC: not one. */
uint32_t vc_budget_cover(struct vc_host *host, uint64_t file_size, uint64_t offset, uint64_t size,
                         uint64_t *covered);

/* Takes from the budgets what was written. */
void vc_budget_charge(struct vc_host *host, uint64_t file_size, uint64_t offset, uint64_t written);

/* Growth without writing. VC_WASI_NOSPC: nothing was charged. */
uint32_t vc_budget_grow(struct vc_host *host, uint64_t file_size, uint64_t size);

#endif
