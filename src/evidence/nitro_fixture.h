/* SPDX-License-Identifier: MIT */

/* A security module of a machine that does not exist, for tests only: its own root, a chain of four
 * below it, and documents that say whatever is asked. What cannot be made ends the test. */

#ifndef VC_EVIDENCE_NITRO_FIXTURE_H
#define VC_EVIDENCE_NITRO_FIXTURE_H

#include "crypto/pki_fixture.h"
#include "evidence/anchors.h"
#include "evidence/nitro_document.h"

/* Root, region, zone, instance, enclave. */
constexpr size_t VC_NITRO_FIXTURE_LEVELS = 5;

struct vc_nitro_fixture {
    struct vc_pki_key *keys[VC_NITRO_FIXTURE_LEVELS];
    struct vc_cert *certs[VC_NITRO_FIXTURE_LEVELS];
    struct vc_anchors anchors; /* its root */
};

/* May spoil the order of a certificate before it is issued. */
typedef void vc_nitro_fixture_change(const void *user, size_t level, struct vc_pki_order *order);

/* Valid at `now` and an hour around it. `change` may be null. Free with vc_nitro_fixture_done. */
void vc_nitro_fixture_init(struct vc_nitro_fixture *fixture, int64_t now,
                           vc_nitro_fixture_change *change, const void *user);
void vc_nitro_fixture_done(struct vc_nitro_fixture *fixture);

struct vc_nitro_fixture_order {
    const char *module_id;
    uint64_t timestamp;                           /* milliseconds since 1970 */
    struct vc_octets pcrs[VC_NITRO_PCRS_MAX];     /* those that are not empty */
    struct vc_bytes public_key, user_data, nonce; /* data null: null */
};

/* What an enclave of an ordinary machine says, bound to these bytes. */
struct vc_nitro_fixture_order vc_nitro_fixture_order_of(int64_t now, struct vc_bytes user_data);

/* Appends the payload alone; a payload in its envelope, signed by the leaf; both at once. */
void vc_nitro_fixture_payload(const struct vc_nitro_fixture *fixture,
                              const struct vc_nitro_fixture_order *order,
                              struct vc_buffer *payload);
void vc_nitro_fixture_sign(const struct vc_nitro_fixture *fixture, struct vc_bytes payload,
                           struct vc_buffer *document);
void vc_nitro_fixture_document(const struct vc_nitro_fixture *fixture,
                               const struct vc_nitro_fixture_order *order,
                               struct vc_buffer *document);

#endif
