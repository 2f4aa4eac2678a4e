/* SPDX-License-Identifier: MIT */

/* What this machine offers for containers: found out by trying, without changing anything. */

#ifndef VC_CLI_PROBE_H
#define VC_CLI_PROBE_H

#include "base/defs.h"

constexpr size_t VC_PROBES_MAX = 24;

struct vc_probe {
    const char *name;
    bool needed; /* for a process container */
    bool good;
    char detail[200];   /* what was found */
    const char *advice; /* what to do if it is not good */
};

/* Fills and counts. */
size_t vc_probe_machine(struct vc_probe probes[VC_PROBES_MAX]);

#endif
