/* SPDX-License-Identifier: MIT */

/* For the tests of this room: a policy in which everything occurs, with certificates made for it.
 */

#ifndef VC_POLICY_FIXTURE_H
#define VC_POLICY_FIXTURE_H

#include "policy/policy.h"

struct vc_fixture {
    struct vc_cert *advertiser, *shop, *ca;
};

/* A cmocka setup and teardown; *state is the fixture. Certificates hold from 2026 to 2028. */
int vc_fixture_setup(void **state);
int vc_fixture_teardown(void **state);

constexpr int64_t VC_FIXTURE_NOW = 1798761600; /* 2027-01-01T00:00:00Z */

/* The text of the policy; @ADVERTISER@, @SHOP@ and @CA@ stand for certificates. */
extern const char VC_FIXTURE_TEMPLATE[];

/* Appends the template with the first `find` replaced (null: none), then with certificates as JSON
 * strings. Aborts if `find` does not occur. */
void vc_fixture_text(const struct vc_fixture *fixture, const char *find, const char *replace,
                     struct vc_buffer *text);

/* The policy from that text; aborts if it does not parse. */
struct vc_policy *vc_fixture_policy(const struct vc_fixture *fixture, const char *find,
                                    const char *replace);

#endif
