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

/* The template with `members`, blocks of their own, before the lifecycle, and then with changes:
 * what is found, what replaces it, and so on; certificates are in place. Aborts if something does
 * not occur. */
struct vc_fixture_edit {
    const char *members;    /* null: none */
    const char *changes[9]; /* null-terminated */
};
void vc_fixture_edited(const struct vc_fixture *fixture, const struct vc_fixture_edit *edit,
                       struct vc_buffer *text);
/* As vc_policy_parse of that. */
enum vc_code vc_fixture_parse(const struct vc_fixture *fixture, const struct vc_fixture_edit *edit,
                              struct vc_policy **policy, struct vc_err *err);
/* The policy; aborts if it does not parse. */
struct vc_policy *vc_fixture_edited_policy(const struct vc_fixture *fixture,
                                           const struct vc_fixture_edit *edit);

/* Aborts unless each is answered with the code, and an error that begins so (null: none). */
struct vc_fixture_row {
    struct vc_fixture_edit edit;
    enum vc_code code;
    const char *err;
};
void vc_fixture_check_rows(const struct vc_fixture *fixture, const struct vc_fixture_row *rows,
                           size_t count);

/* Aborts unless what is explained of each has the sentence; after a '!', has it not. */
struct vc_fixture_said {
    struct vc_fixture_edit edit;
    const char *sentence;
};
void vc_fixture_check_said(const struct vc_fixture *fixture, const struct vc_fixture_said *said,
                           size_t count);

/* Aborts if the policy parses after any byte of its text. */
void vc_fixture_check_cut(const struct vc_fixture *fixture, const struct vc_fixture_edit *edit);

#endif
