/* SPDX-License-Identifier: MIT */

/* For tests: an attestation service, a machine and containers, all made up, which answer as genuine
 * ones do. A failure here is a bug of the test and aborts it. */

#ifndef VC_ATTEST_SESSION_FIXTURE_H
#define VC_ATTEST_SESSION_FIXTURE_H

#include "attest/session.h"

constexpr size_t SESSION_FIXTURE_LOG_MAX = 256; /* certificates */

struct session_fixture {
    struct vc_key *ca_key, *machine_key, *shown_key, *renewed_key;
    struct vc_cert *ca;
    struct vc_buffer machine_spki;
    struct vc_octets measurement, machine;
    struct vc_policy_platform platform; /* accepts them */
    uint8_t policy_hash[VC_SHA256_SIZE];
    int64_t now;
    uint8_t leaves[SESSION_FIXTURE_LOG_MAX][VC_SHA256_SIZE];
    size_t leaf_count;
};

void session_fixture_init(struct session_fixture *fixture, int64_t now);
void session_fixture_done(struct session_fixture *fixture);

/* What a certificate of this container says when it is verified at `now`. */
struct vc_attested session_fixture_attested(const struct session_fixture *fixture);
/* Issues a certificate that ends `life_s` after fixture->now, and puts it into the log. */
struct vc_cert *session_fixture_issue(struct session_fixture *fixture, const struct vc_key *key,
                                      const struct vc_attested *attested, int64_t life_s);
/* Puts a certificate that was issued otherwise into the log. */
void session_fixture_log(struct session_fixture *fixture, const struct vc_cert *cert);
/* That the index-th certificate is in the log of `size` entries, which grew since `since`. */
struct vc_log_receipt session_fixture_receipt(const struct session_fixture *fixture, uint64_t index,
                                              uint64_t size, uint64_t since);
/* The answer of a container whose certificate of today is `scene->current`, which is copied. The
 * receipt is the caller's to fill. */
void session_fixture_answer(const struct session_fixture *fixture,
                            const struct vc_session_scene *scene, struct vc_session_answer *answer);

#endif
