/* SPDX-License-Identifier: MIT */

/* For tests: a policy under which two programs, left and right, have nothing in common, with four
 * principals: alice and bob meet left, carol and dave meet right. */

#ifndef VC_POLICY_QUERY_FIXTURE_H
#define VC_POLICY_QUERY_FIXTURE_H

#include "policy/policy.h"

/* A cmocka setup and teardown; *state is the policy. */
int vc_query_fixture_setup(void **state);
int vc_query_fixture_teardown(void **state);

#endif
