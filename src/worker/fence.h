/* SPDX-License-Identifier: MIT */

/* What a filter of system calls by number cannot say: where memory may take the place of other
 * memory, and that the processor's own clock is none of the program's business. */

#ifndef VC_WORKER_FENCE_H
#define VC_WORKER_FENCE_H

#include "base/err.h"

/* From now on a mapping at a fixed address lies in these `size` bytes (it may end as far behind
 * them), or the process is killed. The kernel does not count against RLIMIT_DATA what is mapped
 * over something else, so code that had reserved address space could fill any amount of it. Before
 * the filter that forbids filters. VC_HOST. */
enum vc_code vc_fence_memory(const void *start, uint64_t size, struct vc_err *err);

/* From now on reading the time stamp counter is a fault; the vDSO's clocks read it too. VC_HOST. */
enum vc_code vc_fence_time(struct vc_err *err);

#endif
