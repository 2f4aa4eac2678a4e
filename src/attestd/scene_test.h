/* SPDX-License-Identifier: MIT */

/* What tests of the service share: a CA, an endorsed machine, a policy, and the container's half of
 * an enrolment, each part of which can be made wrong. */

#ifndef VC_ATTESTD_SCENE_TEST_H
#define VC_ATTESTD_SCENE_TEST_H

#include "attest/binder.h"
#include "base/buffer.h"
#include "crypto/certificate.h"

constexpr int64_t SCENE_NOW = 1800000000; /* 2027-01-15; the policy expires on 2027-06-30 */

struct scene {
    struct vc_key *ca_key, *machine, *container;
    struct vc_cert *ca, *owner;
    uint8_t measurement[VC_SHA256_SIZE];
    struct vc_buffer policy;
};

/* Around an existing CA if given (borrowed: copied), else a new one; `now` is when. */
void scene_init(struct scene *scene, const struct vc_cert *ca, int64_t now);
void scene_done(struct scene *scene);
/* A policy with this CA and this one accepted measurement. */
void scene_policy(const struct scene *scene, const struct vc_cert *ca,
                  const uint8_t measurement[VC_SHA256_SIZE], struct vc_buffer *text);

/* The parts of an application; what is null or zero is left out of the JSON. */
struct parts {
    uint8_t nonce[VC_NONCE_SIZE];
    struct vc_buffer csr, evidence, policy;
    const char *platform;
    const char *host;
    const char *extra_key; /* an unknown key, with value 1 */
};

/* What the evidence is made for. */
struct made_for {
    const struct vc_key *machine;
    const struct vc_key *key;
    const uint8_t *exporter; /* 32 bytes */
    const char *role;
    const char *node;
    uint64_t incarnation;
};

/* Fills csr, evidence and policy for parts->nonce. */
void scene_parts(const struct scene *scene, const struct made_for *made_for, struct parts *parts);
void scene_parts_done(struct parts *parts);
void scene_body(const struct parts *parts, struct vc_buffer *body);
/* The report data that evidence for this nonce is bound to. */
void scene_binder(const struct scene *scene, const struct made_for *made_for,
                  const uint8_t nonce[VC_NONCE_SIZE], uint8_t binder[VC_BINDER_SIZE]);
/* The body of POST /v1/appraisals. */
void scene_question(const struct parts *parts, struct vc_bytes report_data, struct vc_buffer *body);
/* The one string member of a JSON object. */
void scene_member(struct vc_bytes text, const char *key, char *out, size_t size);

#endif
