/* SPDX-License-Identifier: MIT */

#include "attestd/answer_log.h"
#include "evidence/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "attest/attested.h"
#include "attest/ear.h"
#include "attestd/attempt_test.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "codec/json.h"

static void before_other_session(struct attempt *attempt)
{
    attempt->made_for.exporter = ATTEMPT_OTHER_SESSION;
}

static void before_other_role(struct attempt *attempt)
{
    attempt->made_for.role = "peer";
}

static void before_node(struct attempt *attempt)
{
    attempt->made_for.node = "mapper";
}

static void before_incarnation(struct attempt *attempt)
{
    attempt->made_for.incarnation = 1;
}

static void before_moved_session(struct attempt *attempt)
{
    attempt->made_for.exporter = ATTEMPT_OTHER_SESSION;
    memcpy(attempt->occasion.exporter, ATTEMPT_OTHER_SESSION, sizeof(ATTEMPT_OTHER_SESSION));
}

static void before_late(struct attempt *attempt)
{
    attempt->occasion.now_ms += VC_NONCE_LIFE_MS + 1;
}

static void before_next_year(struct attempt *attempt)
{
    attempt->occasion.appraiser.now += INT64_C(200) * 86400;
}

static void before_dead_ca(struct attempt *attempt)
{
    attempt->occasion.appraiser.now += INT64_C(400) * 86400;
}

static void after_nonce_byte(struct attempt *attempt)
{
    attempt->parts.nonce[0] ^= 1;
}

static void after_csr_signature(struct attempt *attempt)
{
    attempt->parts.csr.data[attempt->parts.csr.size - 1] ^= 1;
}

static void after_csr_empty(struct attempt *attempt)
{
    attempt->parts.csr.size = 0;
}

static void after_csr_other(struct attempt *attempt)
{
    attempt->parts.csr.size = 0;
    assert_int_equal(vc_csr_new(attempt->other, "x", &attempt->parts.csr, nullptr), VC_OK);
}

static void fill(struct vc_buffer *buffer, size_t size)
{
    buffer->size = 0;
    assert_int_equal(vc_buffer_reserve(buffer, size, nullptr), VC_OK);
    memset(buffer->data, 0, size);
    buffer->size = size;
}

static void after_csr_huge(struct attempt *attempt)
{
    fill(&attempt->parts.csr, VC_CERT_SIZE_MAX + 1);
}

static void after_evidence_huge(struct attempt *attempt)
{
    fill(&attempt->parts.evidence, VC_EVIDENCE_SIZE_MAX + 1);
}

static void after_policy_huge(struct attempt *attempt)
{
    fill(&attempt->parts.policy, VC_POLICY_SIZE_MAX + 1);
}

static void after_evidence_empty(struct attempt *attempt)
{
    attempt->parts.evidence.size = 0;
}

static void after_evidence_cut(struct attempt *attempt)
{
    attempt->parts.evidence.size--;
}

static void after_policy_space(struct attempt *attempt)
{
    assert_int_equal(vc_buffer_append_text(&attempt->parts.policy, " ", nullptr), VC_OK);
}

static void after_policy_garbage(struct attempt *attempt)
{
    assert_int_equal(vc_buffer_append_text(&attempt->parts.policy, "x", nullptr), VC_OK);
}

static void after_policy_of_other_service(struct attempt *attempt)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *ca = nullptr;

    assert_int_equal(
        vc_cert_new_ca(attempt->other, "CA", SCENE_NOW - 60, SCENE_NOW + 86400, &ca, nullptr),
        VC_OK);
    attempt->parts.policy.size = 0;
    scene_policy(&attempt->set->scene, ca, attempt->set->scene.measurement, &attempt->parts.policy);
}

static void after_platform_nitro(struct attempt *attempt)
{
    attempt->parts.platform = "lunar";
}

static void after_platform_none(struct attempt *attempt)
{
    attempt->parts.platform = nullptr;
}

static void after_platform_long(struct attempt *attempt)
{
    attempt->parts.platform = "processprocessprocessprocessprocess";
}

static void after_unknown_key(struct attempt *attempt)
{
    attempt->parts.extra_key = "verdict";
}

static void after_duplicate_key(struct attempt *attempt)
{
    attempt->parts.extra_key = "platform";
}

static void after_host(struct attempt *attempt)
{
    attempt->parts.host = "Example.org";
}

static void after_host_address(struct attempt *attempt)
{
    attempt->parts.host = "192.0.2.1";
}

static void after_host_reserved(struct attempt *attempt)
{
    attempt->parts.host = "aaaa.veracruz";
}

static void after_host_bad(struct attempt *attempt)
{
    attempt->parts.host = "*.org";
}

static const struct row {
    const char *name;
    void (*before)(struct attempt *attempt); /* the evidence is made */
    void (*after)(struct attempt *attempt);
    unsigned status;
    const char *words; /* of the problem's detail */
} rows[] = {
    {"all is well", attempt_nothing, attempt_nothing, 201, nullptr},
    {"a host", attempt_nothing, after_host, 201, nullptr},
    {"a host's address", attempt_nothing, after_host_address, 201, nullptr},
    {"a1: nonce nobody gave", attempt_before_nonce_byte, attempt_nothing, 403,
     "not given by this service"},
    {"a1: nonce changed afterwards", attempt_nothing, after_nonce_byte, 403,
     "not given by this service"},
    {"a1: nonce too old", before_late, attempt_nothing, 403, "older than 60 seconds"},
    {"a1: nonce of another connection", before_moved_session, attempt_nothing, 403,
     "another connection"},
    {"request not signed by its key", attempt_nothing, after_csr_signature, 403,
     "not signed by the key"},
    {"request empty", attempt_nothing, after_csr_empty, 400, "request"},
    {"request of another key", attempt_nothing, after_csr_other, 403, "not made for this"},
    {"request too large", attempt_nothing, after_csr_huge, 413, "csr"},
    {"evidence too large", attempt_nothing, after_evidence_huge, 413, "evidence"},
    {"evidence empty", attempt_nothing, after_evidence_empty, 400, "evidence"},
    {"evidence cut", attempt_nothing, after_evidence_cut, 400, "evidence"},
    {"evidence changed", attempt_nothing, attempt_after_evidence_bit, 403, "signature"},
    {"evidence of an unendorsed machine", attempt_before_unendorsed, attempt_nothing, 403,
     "not endorsed"},
    {"evidence for another key", attempt_before_other_key, attempt_nothing, 403,
     "not made for this"},
    {"evidence relayed from elsewhere", before_other_session, attempt_nothing, 403,
     "not made for this"},
    {"evidence for another role", before_other_role, attempt_nothing, 403, "not made for this"},
    {"evidence for a node", before_node, attempt_nothing, 403, "not made for this"},
    {"evidence for an incarnation", before_incarnation, attempt_nothing, 403, "not made for this"},
    {"policy too large", attempt_nothing, after_policy_huge, 413, "policy"},
    {"policy with another hash", attempt_nothing, after_policy_space, 403, "not made for this"},
    {"policy malformed", attempt_nothing, after_policy_garbage, 400, "policy"},
    {"b6: policy expired", before_next_year, attempt_nothing, 403, "policy"},
    {"policy of another service", attempt_nothing, after_policy_of_other_service, 403,
     "attestation.ca"},
    {"b6: CA expired", before_dead_ca, attempt_nothing, 403, "CA"},
    {"measurement not accepted", attempt_before_other_measurement, attempt_nothing, 403,
     "measurement differs"},
    {"platform unknown", attempt_nothing, after_platform_nitro, 403, "no such platform"},
    {"platform missing", attempt_nothing, after_platform_none, 400, "platform"},
    {"platform too long", attempt_nothing, after_platform_long, 400, "platform"},
    {"unknown key", attempt_nothing, after_unknown_key, 400, "verdict"},
    {"duplicate key", attempt_nothing, after_duplicate_key, 400, ""},
    {"host under .veracruz", attempt_nothing, after_host_reserved, 403, "veracruz"},
    {"host malformed", attempt_nothing, after_host_bad, 400, "host"},
};

static void check_problem(const struct row *row, const struct vc_answer *answer)
{
    char type[64];
    char detail[512];

    scene_member(vc_buffer_bytes(&answer->body), "detail", detail, sizeof(detail));
    if (answer->status != row->status || strstr(detail, row->words) == nullptr)
        fail_msg("%s: status %u, wanted %u: %s", row->name, answer->status, row->status, detail);
    scene_member(vc_buffer_bytes(&answer->body), "type", type, sizeof(type));
    assert_string_equal(type, row->status == 400   ? "urn:veracruz:problem:malformed"
                              : row->status == 403 ? "urn:veracruz:problem:untrusted"
                                                   : "urn:veracruz:problem:limit");
}

static void check_certificate(const struct attempt_set *set, const struct row *row,
                              const struct vc_answer *answer)
{
    char pem[8192];
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    uint8_t policy_hash[VC_SHA256_SIZE];
    struct vc_octets accepted = vc_octets_of(VC_BYTES(set->scene.measurement));
    struct vc_policy_platform platform = {
        .kind = VC_PLATFORM_PROCESS, .measurements = &accepted, .measurement_count = 1};
    struct vc_expectations expectations = {
        .ca = set->scene.ca,
        .policy_hash = policy_hash,
        .platforms = &platform,
        .platform_count = 1,
        .max_age_s = 60,
    };
    struct vc_attested attested;
    struct vc_err err = {};

    if (answer->status != 201)
        fail_msg("%s: %.*s", row->name, (int)answer->body.size, (const char *)answer->body.data);
    scene_member(vc_buffer_bytes(&answer->body), "certificate", pem, sizeof(pem));
    assert_int_equal(
        vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)pem, strlen(pem)}, &cert, nullptr),
        VC_OK);
    vc_sha256(vc_buffer_bytes(&set->scene.policy), policy_hash);
    if (vc_attested_check(cert, &expectations, SCENE_NOW, &attested, &err) != VC_OK)
        fail_msg("%s: %s", row->name, err.text);
    assert_int_equal(vc_cert_not_before(cert), SCENE_NOW - 60);
    assert_int_equal(vc_cert_not_after(cert), SCENE_NOW + 1800);
    assert_int_equal(vc_cert_has_dns_name(cert, "example.org"), row->after == after_host);
}

static void test_verdicts(void **state)
{
    struct attempt_set *set = *state;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct attempt attempt;
        struct vc_answer answer = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer body = {};

        attempt_begin(set, &attempt);
        rows[i].before(&attempt);
        scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
        if (rows[i].before == attempt_before_other_measurement)
            set->scene.measurement[0] ^= 1;
        rows[i].after(&attempt);
        scene_body(&attempt.parts, &body);
        attempt_certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
        if (rows[i].status == 201) {
            check_certificate(set, &rows[i], &answer);
        } else if (rows[i].after == after_duplicate_key) {
            assert_int_equal(answer.status, 400);
        } else {
            check_problem(&rows[i], &answer);
        }
        vc_answer_done(&answer);
        attempt_end(&attempt);
    }
}

static void test_a1_nonce_is_used_up(void **state)
{
    struct attempt_set *set = *state;
    struct attempt attempt;
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    static const unsigned statuses[] = {201, 403, 403};

    attempt_begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    for (size_t i = 0; i < VC_COUNT(statuses); i++) {
        struct vc_answer answer = {};

        attempt_certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
        assert_int_equal(answer.status, statuses[i]);
        vc_answer_done(&answer);
    }
    attempt_end(&attempt);
}

/* When a certificate that is issued at `now` ends. */
static int64_t end_of_certificate(struct attempt_set *set, int64_t now)
{
    struct attempt attempt;
    struct vc_answer answer = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    char pem[8192];

    attempt_begin(set, &attempt);
    attempt.occasion.appraiser.now = now;
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    attempt_certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
    assert_int_equal(answer.status, 201);
    scene_member(vc_buffer_bytes(&answer.body), "certificate", pem, sizeof(pem));
    assert_int_equal(
        vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)pem, strlen(pem)}, &cert, nullptr),
        VC_OK);
    vc_answer_done(&answer);
    attempt_end(&attempt);
    return vc_cert_not_after(cert);
}

static void test_certificate_ends_with_the_policy(void **state)
{
    struct attempt_set *set = *state;
    int64_t expires = vc_cert_not_after(set->scene.owner) - 60;

    assert_int_equal(end_of_certificate(set, expires - 100), expires);
}

/* Else a container would be refused by every client from then until its renewal. */
static void test_certificate_ends_with_its_greatest_age(void **state)
{
    static const char before[] = "\"attestation\":{", more[] = "\"max_age_seconds\":90,";
    struct attempt_set *set = *state;
    struct vc_buffer *policy = &set->scene.policy;
    vc_cleanup(vc_buffer_done) struct vc_buffer made = {};
    const uint8_t *found = memmem(policy->data, policy->size, before, sizeof(before) - 1);

    assert_non_null(found);
    size_t head = (size_t)(found - policy->data) + sizeof(before) - 1;

    assert_int_equal(vc_buffer_append(&made, (struct vc_bytes){policy->data, head}, nullptr),
                     VC_OK);
    assert_int_equal(vc_buffer_append_text(&made, more, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&made,
                                      (struct vc_bytes){policy->data + head, policy->size - head},
                                      nullptr),
                     VC_OK);
    policy->size = 0;
    assert_int_equal(vc_buffer_append(policy, vc_buffer_bytes(&made), nullptr), VC_OK);
    assert_int_equal(end_of_certificate(set, SCENE_NOW), SCENE_NOW + 90);
}

/* The policy with more of its platform's block, as `more` says. */
static void demand(struct attempt_set *set, const char *more)
{
    static const char before[] = "\"process\":{";
    struct vc_buffer *policy = &set->scene.policy;
    vc_cleanup(vc_buffer_done) struct vc_buffer made = {};
    const uint8_t *found = memmem(policy->data, policy->size, before, sizeof(before) - 1);

    assert_non_null(found);
    size_t head = (size_t)(found - policy->data) + sizeof(before) - 1;

    assert_int_equal(vc_buffer_printf(&made, nullptr, "%.*s%s,%.*s", (int)head,
                                      (const char *)policy->data, more, (int)(policy->size - head),
                                      (const char *)policy->data + head),
                     VC_OK);
    policy->size = 0;
    assert_int_equal(vc_buffer_append(policy, vc_buffer_bytes(&made), nullptr), VC_OK);
}

static void refused_for(struct attempt_set *set, const char *words)
{
    struct attempt attempt;
    struct vc_answer answer = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    char detail[512];

    attempt_begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    attempt_certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
    assert_int_equal(answer.status, words == nullptr ? 201 : 403);
    if (words != nullptr) {
        scene_member(vc_buffer_bytes(&answer.body), "detail", detail, sizeof(detail));
        if (strstr(detail, words) == nullptr)
            fail_msg("%s", detail);
    }
    vc_answer_done(&answer);
    attempt_end(&attempt);
}

/* Genuine evidence of a machine that the policy does not name, and of the one that it does. */
static void test_a8_unknown_machine(void **state)
{
    struct attempt_set *set = *state;
    char more[160];
    char hex[2 * VC_INSTANCE_ID_SIZE + 1];
    uint8_t id[VC_INSTANCE_ID_SIZE];

    assert_int_equal(vc_process_instance_id(set->scene.machine, id, nullptr), VC_OK);
    id[32] ^= 1;
    vc_hex_encode(VC_BYTES(id), hex);
    (void)snprintf(more, sizeof(more), "\"machines\":[\"%s\"]", hex);
    demand(set, more);
    refused_for(set, "is none of the policy's 1");
}

static void test_a8_known_machine(void **state)
{
    struct attempt_set *set = *state;
    char more[160];
    char hex[2 * VC_INSTANCE_ID_SIZE + 1];
    uint8_t id[VC_INSTANCE_ID_SIZE];

    assert_int_equal(vc_process_instance_id(set->scene.machine, id, nullptr), VC_OK);
    vc_hex_encode(VC_BYTES(id), hex);
    (void)snprintf(more, sizeof(more), "\"machines\":[\"%s\"]", hex);
    demand(set, more);
    refused_for(set, nullptr);
}

static void test_register_that_differs(void **state)
{
    struct attempt_set *set = *state;
    char zeros[65];
    char more[160];

    memset(zeros, '0', 64);
    zeros[64] = '\0';
    (void)snprintf(more, sizeof(more), "\"registers\":{\"signer_id\":[\"%s\"]}", zeros);
    demand(set, more);
    refused_for(set, "register signer_id");
}

static void test_bodies_cut_at_every_byte(void **state)
{
    struct attempt_set *set = *state;
    struct attempt attempt;
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};

    attempt_begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    for (size_t size = 0; size < body.size; size++) {
        struct vc_answer answer = {};

        vc_answer_certificate(&attempt.occasion, (struct vc_bytes){body.data, size}, &answer);
        assert_int_equal(answer.status, 400);
        vc_answer_done(&answer);
    }
    attempt_end(&attempt);
}

static void test_nonce_bodies(void **state)
{
    static const struct {
        const char *body;
        unsigned status;
    } bodies[] = {{"", 201}, {"{}", 201}, {"{} ", 400}, {"[]", 400}, {"{\"a\":1}", 400}};

    for (size_t i = 0; i < VC_COUNT(bodies); i++) {
        struct vc_occasion occasion = attempt_occasion_of(*state);
        struct vc_answer answer = {};

        occasion.exporter[1] = 1;
        vc_answer_nonce(&occasion,
                        (struct vc_bytes){(const uint8_t *)bodies[i].body, strlen(bodies[i].body)},
                        &answer);
        assert_int_equal(answer.status, bodies[i].status);
        vc_answer_done(&answer);
    }
}

static void test_too_many_nonces(void **state)
{
    struct vc_occasion occasion = attempt_occasion_of(*state);

    occasion.exporter[1] = 2;
    for (size_t i = 0; i <= VC_NONCES_PER_SESSION_MAX; i++) {
        struct vc_answer answer = {};

        vc_answer_nonce(&occasion, (struct vc_bytes){}, &answer);
        assert_int_equal(answer.status, i < VC_NONCES_PER_SESSION_MAX ? 201 : 429);
        vc_answer_done(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_verdicts, attempt_make_set, attempt_free_set),
        cmocka_unit_test_setup_teardown(test_a1_nonce_is_used_up, attempt_make_set,
                                        attempt_free_set),
        cmocka_unit_test_setup_teardown(test_certificate_ends_with_the_policy, attempt_make_set,
                                        attempt_free_set),
        cmocka_unit_test_setup_teardown(test_certificate_ends_with_its_greatest_age,
                                        attempt_make_set, attempt_free_set),
        cmocka_unit_test_setup_teardown(test_a8_unknown_machine, attempt_make_set,
                                        attempt_free_set),
        cmocka_unit_test_setup_teardown(test_a8_known_machine, attempt_make_set, attempt_free_set),
        cmocka_unit_test_setup_teardown(test_register_that_differs, attempt_make_set,
                                        attempt_free_set),
        cmocka_unit_test_setup_teardown(test_bodies_cut_at_every_byte, attempt_make_set,
                                        attempt_free_set),
        cmocka_unit_test_setup_teardown(test_nonce_bodies, attempt_make_set, attempt_free_set),
        cmocka_unit_test_setup_teardown(test_too_many_nonces, attempt_make_set, attempt_free_set),
    };

    return cmocka_run_group_tests_name("attestd-answer", tests, nullptr, nullptr);
}
