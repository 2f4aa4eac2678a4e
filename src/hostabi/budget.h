/* SPDX-License-Identifier: MIT */

/* How much a program may write: one budget for all its files. */

#ifndef VC_HOSTABI_BUDGET_H
#define VC_HOSTABI_BUDGET_H

#include "hostabi/host_internal.h"

/* How many of `size` bytes at `offset` of a file of `file_size` bytes the budget still covers. What
 * is charged is the larger of the bytes written and the growth of the file, a hole included.
 * VC_WASI_NOSPC: not one. */
uint32_t vc_budget_cover(const struct vc_host *host, uint64_t file_size, uint64_t offset,
                         uint64_t size, uint64_t *covered);

/* Takes from the budget what was written. */
void vc_budget_charge(struct vc_host *host, uint64_t file_size, uint64_t offset, uint64_t written);

/* Growth without writing. VC_WASI_NOSPC: nothing was charged. */
uint32_t vc_budget_grow(struct vc_host *host, uint64_t file_size, uint64_t size);

#endif
