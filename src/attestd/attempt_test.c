/* SPDX-License-Identifier: MIT */

#include "attestd/attempt_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "evidence/process.h"

const uint8_t ATTEMPT_SESSION[VC_SHA256_SIZE] = {5};
const uint8_t ATTEMPT_OTHER_SESSION[VC_SHA256_SIZE] = {6};

static const struct vc_public_key *look_up(void *user, enum vc_platform_kind, struct vc_bytes id)
{
    const struct attempt_set *set = user;
    uint8_t own[VC_INSTANCE_ID_SIZE];

    assert_int_equal(vc_process_instance_id(set->scene.machine, own, nullptr), VC_OK);
    assert_int_equal(id.size, sizeof(own));
    return memcmp(own, id.data, sizeof(own)) == 0 ? set->machine : nullptr;
}

struct vc_occasion attempt_occasion_of(struct attempt_set *set)
{
    struct vc_occasion occasion = {
        .appraiser = {.ca = set->scene.ca,
                      .ca_key = set->scene.ca_key,
                      .anchors = &set->anchors,
                      .now = SCENE_NOW},
        .nonces = set->nonces,
        .record = &set->keeping,
        .now_ms = 1000,
    };

    memcpy(occasion.exporter, ATTEMPT_SESSION, sizeof(ATTEMPT_SESSION));
    return occasion;
}

int attempt_make_set(void **state)
{
    static struct attempt_set set;

    set = (struct attempt_set){};
    scene_init(&set.scene, nullptr, SCENE_NOW);
    assert_int_equal(vc_public_key_of_key(set.scene.machine, &set.machine, nullptr), VC_OK);
    set.anchors = (struct vc_anchors){.endorsed = look_up, .user = &set};
    assert_int_equal(vc_nonces_new(&set.nonces, nullptr), VC_OK);
    strcpy(set.folder, "/tmp/attestd-answer-XXXXXX");
    assert_non_null(mkdtemp(set.folder));
    (void)snprintf(set.record, sizeof(set.record), "%s/refused.jsonl", set.folder);
    (void)snprintf(set.log, sizeof(set.log), "%s/log", set.folder);
    assert_int_equal(vc_logbook_create(set.log, set.scene.ca_key, SCENE_NOW, nullptr), VC_OK);
    assert_int_equal(vc_logbook_open(&(struct vc_logbook_setup){set.log, set.scene.ca,
                                                                set.scene.ca_key, SCENE_NOW},
                                     &set.book, nullptr),
                     VC_OK);
    set.keeping = (struct vc_record){.book = set.book, .path = set.record};
    *state = &set;
    return 0;
}

int attempt_free_set(void **state)
{
    struct attempt_set *set = *state;
    char command[96];

    vc_logbook_close(set->book);
    vc_public_key_free(set->machine);
    scene_done(&set->scene);
    vc_nonces_free(set->nonces);
    (void)snprintf(command, sizeof(command), "rm -rf %s", set->folder);
    return system(command); /* NOLINT(cert-env33-c): our own temporary folder */
}

/* As the service does it: the answer, the log, and then the certificate. */
void attempt_certify(struct attempt_set *set, const struct vc_occasion *occasion,
                     struct vc_bytes body, struct vc_answer *answer)
{
    vc_answer_certificate(occasion, body, answer);
    assert_int_equal(answer->status == 0, answer->promise.certificate != nullptr);
    assert_int_equal(answer->status == 0, answer->body.size == 0);
    if (answer->status == 0) {
        enum vc_code code = vc_logbook_commit(set->book, SCENE_NOW, nullptr);

        vc_answer_settle(answer, set->book, code);
    }
}

/* Asks for a nonce as a container does. */
static void ask_nonce(struct attempt_set *set, uint8_t nonce[VC_NONCE_SIZE])
{
    struct vc_occasion occasion = attempt_occasion_of(set);
    struct vc_answer answer = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    char text[128];

    vc_answer_nonce(&occasion, (struct vc_bytes){(const uint8_t *)"{}", 2}, &answer);
    assert_int_equal(answer.status, 201);
    scene_member(vc_buffer_bytes(&answer.body), "nonce", text, sizeof(text));
    assert_int_equal(
        vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &bytes, nullptr),
        VC_OK);
    assert_int_equal(bytes.size, VC_NONCE_SIZE);
    memcpy(nonce, bytes.data, VC_NONCE_SIZE);
    vc_answer_done(&answer);
}

void attempt_begin(struct attempt_set *set, struct attempt *attempt)
{
    *attempt = (struct attempt){.set = set, .occasion = attempt_occasion_of(set)};
    assert_int_equal(vc_key_new(&attempt->other, nullptr), VC_OK);
    attempt->made_for = (struct made_for){
        set->scene.machine, set->scene.container, ATTEMPT_SESSION, VC_ENROL_ROLE, "", 0};
    ask_nonce(set, attempt->parts.nonce);
}

void attempt_end(struct attempt *attempt)
{
    scene_parts_done(&attempt->parts);
    vc_key_free(attempt->other);
}

void attempt_nothing(struct attempt *)
{
}

void attempt_before_nonce_byte(struct attempt *attempt)
{
    attempt->parts.nonce[0] ^= 1;
}

void attempt_before_unendorsed(struct attempt *attempt)
{
    attempt->made_for.machine = attempt->other;
}

void attempt_before_other_key(struct attempt *attempt)
{
    attempt->made_for.key = attempt->other;
}

void attempt_after_evidence_bit(struct attempt *attempt)
{
    attempt->parts.evidence.data[attempt->parts.evidence.size - 1] ^= 1;
}

/* A policy that accepts another measurement, with evidence that is bound to it. */
void attempt_before_other_measurement(struct attempt *attempt)
{
    attempt->set->scene.measurement[0] ^= 1; /* of the container; undone below */
}

/* One attempt; its status. */
unsigned attempt_once(struct attempt_set *set, void (*before)(struct attempt *attempt))
{
    struct attempt attempt;
    struct vc_answer answer = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    unsigned status;

    attempt_begin(set, &attempt);
    before(&attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    if (before == attempt_before_other_measurement)
        set->scene.measurement[0] ^= 1;
    scene_body(&attempt.parts, &body);
    attempt_certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
    status = answer.status;
    if (status != 201)
        assert_null(memmem(answer.body.data, answer.body.size, "CERTIFICATE", 11));
    vc_answer_done(&answer);
    attempt_end(&attempt);
    return status;
}
