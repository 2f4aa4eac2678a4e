/* SPDX-License-Identifier: MIT */

/* The walls around a process that are not a filter of system calls: descriptors, namespaces,
 * capabilities, Landlock, resource limits. */

#ifndef VC_WORKER_CONFINE_H
#define VC_WORKER_CONFINE_H

#include "abi/worker.h"
#include "base/err.h"

/* A process that holds nothing but its control socket and standard descriptors that lead nowhere,
 * and dies with its parent. VC_HOST. */
enum vc_code vc_confine_descriptors(struct vc_err *err);

/* Namespaces of its own, where they are permitted: enum vc_worker_confinement says which. */
uint32_t vc_confine_namespaces(void);

/* No capability and no way to get one; the end of the parent ends this process. */
enum vc_code vc_confine_privileges(struct vc_err *err);

/* Limits that hold whatever is run: no core dump, `descriptor_max` descriptors. */
enum vc_code vc_confine_limits(uint64_t descriptor_max, struct vc_err *err);

/* Sets one limit, soft and hard; never above what is in force. */
enum vc_code vc_confine_limit(int resource, uint64_t soft, uint64_t hard, struct vc_err *err);

/* No file may be opened by its path, no port bound or connected, nobody outside signalled, as far
 * as this kernel's Landlock goes; *abi is 0 without it. Below `directory` (or -1) files may be
 * made, read, written and removed. */
enum vc_code vc_confine_paths(int directory, uint32_t *abi, struct vc_err *err);

#endif
