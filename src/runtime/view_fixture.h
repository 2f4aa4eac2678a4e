/* SPDX-License-Identifier: MIT */

/* A policy with one program, for the tests of what a run sees. */

#ifndef VC_RUNTIME_VIEW_FIXTURE_H
#define VC_RUNTIME_VIEW_FIXTURE_H

#include "policy/force.h"
#include "runtime/view.h"

/* Rights of the program: read and list /in/, write and delete /out/ and /program/, read, write,
 * delete and list /work/, append /log, nothing else. Its module is /program/p.wasm, /work/pinned is
 * pinned. It finds / and /work open. Limits: 8 files, 100 bytes of output; no clock. */
const struct vc_policy *vc_view_fixture(void);

/* With nothing narrowed: of that policy, or of another, until the next call with another. */
const struct vc_force *vc_view_fixture_force(const struct vc_policy *policy);

#endif
