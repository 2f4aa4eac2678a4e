/* SPDX-License-Identifier: MIT */

/* Attempts to enrol without a socket, each part of which a test can make wrong. */

#ifndef VC_ATTESTD_ATTEMPT_TEST_H
#define VC_ATTESTD_ATTEMPT_TEST_H

#include "attestd/answer.h"
#include "attestd/scene_test.h"

extern const uint8_t ATTEMPT_SESSION[VC_SHA256_SIZE], ATTEMPT_OTHER_SESSION[VC_SHA256_SIZE];

struct attempt_set {
    struct scene scene;
    struct vc_nonces *nonces;
    char folder[64], record[80], log[80];
    struct vc_logbook *book;
    struct vc_record keeping;
    struct vc_public_key *machine;
    struct vc_anchors anchors;
};

/* One attempt to enrol, each part of which a row can make wrong. */
struct attempt {
    struct attempt_set *set;
    struct vc_occasion occasion;
    struct made_for made_for;
    struct parts parts;
    struct vc_key *other; /* a key that nobody knows */
};

/* cmocka's: *state becomes a struct attempt_set. */
int attempt_make_set(void **state);
int attempt_free_set(void **state);
struct vc_occasion attempt_occasion_of(struct attempt_set *set);
/* As the service does it: the answer, the log, and then the certificate. */
void attempt_certify(struct attempt_set *set, const struct vc_occasion *occasion,
                     struct vc_bytes body, struct vc_answer *answer);
/* With a nonce, and everything right. */
void attempt_begin(struct attempt_set *set, struct attempt *attempt);
void attempt_end(struct attempt *attempt);
/* From beginning to end; the status. */
unsigned attempt_once(struct attempt_set *set, void (*before)(struct attempt *attempt));

/* What can be wrong with one. */
void attempt_nothing(struct attempt *attempt);
void attempt_before_nonce_byte(struct attempt *attempt);
void attempt_before_unendorsed(struct attempt *attempt);
void attempt_before_other_key(struct attempt *attempt);
void attempt_after_evidence_bit(struct attempt *attempt);
/* A policy that accepts another measurement; the caller puts the scene's right again. */
void attempt_before_other_measurement(struct attempt *attempt);

#endif
