/* SPDX-License-Identifier: MIT */

/* A policy with one program, for the tests of what a run sees. */

#ifndef VC_RUNTIME_VIEW_FIXTURE_H
#define VC_RUNTIME_VIEW_FIXTURE_H

#include "policy/policy.h"

/* Rights of the program: read and list /in/, write and delete /out/, read and write and delete
 * /work/, append /log, nothing else; limits: 4 files, 100 bytes of output. */
const struct vc_policy *vc_view_fixture(void);

#endif
