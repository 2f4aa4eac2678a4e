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
#include "attestd/scene_test.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "codec/json.h"

static const uint8_t SESSION[VC_SHA256_SIZE] = {5};
static const uint8_t OTHER_SESSION[VC_SHA256_SIZE] = {6};

struct set {
    struct scene scene;
    struct vc_nonces *nonces;
    char folder[64], record[80], log[80];
    struct vc_logbook *book;
    struct vc_record keeping;
    struct vc_public_key *machine;
    struct vc_anchors anchors;
};

static const struct vc_public_key *look_up(void *user, enum vc_platform_kind, struct vc_bytes id)
{
    const struct set *set = user;
    uint8_t own[VC_INSTANCE_ID_SIZE];

    assert_int_equal(vc_process_instance_id(set->scene.machine, own, nullptr), VC_OK);
    assert_int_equal(id.size, sizeof(own));
    return memcmp(own, id.data, sizeof(own)) == 0 ? set->machine : nullptr;
}

static struct vc_occasion occasion_of(struct set *set)
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

    memcpy(occasion.exporter, SESSION, sizeof(SESSION));
    return occasion;
}

static int make_set(void **state)
{
    static struct set set;

    set = (struct set){};
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

static int free_set(void **state)
{
    struct set *set = *state;
    char command[96];

    vc_logbook_close(set->book);
    vc_public_key_free(set->machine);
    scene_done(&set->scene);
    vc_nonces_free(set->nonces);
    (void)snprintf(command, sizeof(command), "rm -rf %s", set->folder);
    return system(command); /* NOLINT(cert-env33-c): our own temporary folder */
}

/* As the service does it: the answer, the log, and then the certificate. */
static void certify(struct set *set, const struct vc_occasion *occasion, struct vc_bytes body,
                    struct vc_answer *answer)
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
static void ask_nonce(struct set *set, uint8_t nonce[VC_NONCE_SIZE])
{
    struct vc_occasion occasion = occasion_of(set);
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

/* One attempt to enrol, each part of which a row can make wrong. */
struct attempt {
    struct set *set;
    struct vc_occasion occasion;
    struct made_for made_for;
    struct parts parts;
    struct vc_key *other; /* a key that nobody knows */
};

static void begin(struct set *set, struct attempt *attempt)
{
    *attempt = (struct attempt){.set = set, .occasion = occasion_of(set)};
    assert_int_equal(vc_key_new(&attempt->other, nullptr), VC_OK);
    attempt->made_for =
        (struct made_for){set->scene.machine, set->scene.container, SESSION, VC_ENROL_ROLE, "", 0};
    ask_nonce(set, attempt->parts.nonce);
}

static void end(struct attempt *attempt)
{
    scene_parts_done(&attempt->parts);
    vc_key_free(attempt->other);
}

static void nothing(struct attempt *)
{
}

static void before_nonce_byte(struct attempt *attempt)
{
    attempt->parts.nonce[0] ^= 1;
}

static void before_unendorsed(struct attempt *attempt)
{
    attempt->made_for.machine = attempt->other;
}

static void before_other_key(struct attempt *attempt)
{
    attempt->made_for.key = attempt->other;
}

static void before_other_session(struct attempt *attempt)
{
    attempt->made_for.exporter = OTHER_SESSION;
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
    attempt->made_for.exporter = OTHER_SESSION;
    memcpy(attempt->occasion.exporter, OTHER_SESSION, sizeof(OTHER_SESSION));
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
    fill(&attempt->parts.policy, (1 << 20) + 1);
}

static void after_evidence_empty(struct attempt *attempt)
{
    attempt->parts.evidence.size = 0;
}

static void after_evidence_cut(struct attempt *attempt)
{
    attempt->parts.evidence.size--;
}

static void after_evidence_bit(struct attempt *attempt)
{
    attempt->parts.evidence.data[attempt->parts.evidence.size - 1] ^= 1;
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

/* A policy that accepts another measurement, with evidence that is bound to it. */
static void before_other_measurement(struct attempt *attempt)
{
    attempt->set->scene.measurement[0] ^= 1; /* of the container; undone below */
}

static const struct row {
    const char *name;
    void (*before)(struct attempt *attempt); /* the evidence is made */
    void (*after)(struct attempt *attempt);
    unsigned status;
    const char *words; /* of the problem's detail */
} rows[] = {
    {"all is well", nothing, nothing, 201, nullptr},
    {"a host", nothing, after_host, 201, nullptr},
    {"a host's address", nothing, after_host_address, 201, nullptr},
    {"a1: nonce nobody gave", before_nonce_byte, nothing, 403, "not given by this service"},
    {"a1: nonce changed afterwards", nothing, after_nonce_byte, 403, "not given by this service"},
    {"a1: nonce too old", before_late, nothing, 403, "older than 60 seconds"},
    {"a1: nonce of another connection", before_moved_session, nothing, 403, "another connection"},
    {"request not signed by its key", nothing, after_csr_signature, 403, "not signed by the key"},
    {"request empty", nothing, after_csr_empty, 400, "request"},
    {"request of another key", nothing, after_csr_other, 403, "not made for this"},
    {"request too large", nothing, after_csr_huge, 413, "csr"},
    {"evidence too large", nothing, after_evidence_huge, 413, "evidence"},
    {"evidence empty", nothing, after_evidence_empty, 400, "evidence"},
    {"evidence cut", nothing, after_evidence_cut, 400, "evidence"},
    {"evidence changed", nothing, after_evidence_bit, 403, "signature"},
    {"evidence of an unendorsed machine", before_unendorsed, nothing, 403, "not endorsed"},
    {"evidence for another key", before_other_key, nothing, 403, "not made for this"},
    {"evidence relayed from elsewhere", before_other_session, nothing, 403, "not made for this"},
    {"evidence for another role", before_other_role, nothing, 403, "not made for this"},
    {"evidence for a node", before_node, nothing, 403, "not made for this"},
    {"evidence for an incarnation", before_incarnation, nothing, 403, "not made for this"},
    {"policy too large", nothing, after_policy_huge, 413, "policy"},
    {"policy with another hash", nothing, after_policy_space, 403, "not made for this"},
    {"policy malformed", nothing, after_policy_garbage, 400, "policy"},
    {"b6: policy expired", before_next_year, nothing, 403, "policy"},
    {"policy of another service", nothing, after_policy_of_other_service, 403, "attestation.ca"},
    {"b6: CA expired", before_dead_ca, nothing, 403, "CA"},
    {"measurement not accepted", before_other_measurement, nothing, 403, "measurement differs"},
    {"platform unknown", nothing, after_platform_nitro, 403, "no such platform"},
    {"platform missing", nothing, after_platform_none, 400, "platform"},
    {"platform too long", nothing, after_platform_long, 400, "platform"},
    {"unknown key", nothing, after_unknown_key, 400, "verdict"},
    {"duplicate key", nothing, after_duplicate_key, 400, ""},
    {"host under .veracruz", nothing, after_host_reserved, 403, "veracruz"},
    {"host malformed", nothing, after_host_bad, 400, "host"},
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

static void check_certificate(const struct set *set, const struct row *row,
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
    struct set *set = *state;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct attempt attempt;
        struct vc_answer answer = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer body = {};

        begin(set, &attempt);
        rows[i].before(&attempt);
        scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
        if (rows[i].before == before_other_measurement)
            set->scene.measurement[0] ^= 1;
        rows[i].after(&attempt);
        scene_body(&attempt.parts, &body);
        certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
        if (rows[i].status == 201) {
            check_certificate(set, &rows[i], &answer);
        } else if (rows[i].after == after_duplicate_key) {
            assert_int_equal(answer.status, 400);
        } else {
            check_problem(&rows[i], &answer);
        }
        vc_answer_done(&answer);
        end(&attempt);
    }
}

static void test_a1_nonce_is_used_up(void **state)
{
    struct set *set = *state;
    struct attempt attempt;
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    static const unsigned statuses[] = {201, 403, 403};

    begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    for (size_t i = 0; i < VC_COUNT(statuses); i++) {
        struct vc_answer answer = {};

        certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
        assert_int_equal(answer.status, statuses[i]);
        vc_answer_done(&answer);
    }
    end(&attempt);
}

/* When a certificate that is issued at `now` ends. */
static int64_t end_of_certificate(struct set *set, int64_t now)
{
    struct attempt attempt;
    struct vc_answer answer = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    char pem[8192];

    begin(set, &attempt);
    attempt.occasion.appraiser.now = now;
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
    assert_int_equal(answer.status, 201);
    scene_member(vc_buffer_bytes(&answer.body), "certificate", pem, sizeof(pem));
    assert_int_equal(
        vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)pem, strlen(pem)}, &cert, nullptr),
        VC_OK);
    vc_answer_done(&answer);
    end(&attempt);
    return vc_cert_not_after(cert);
}

static void test_certificate_ends_with_the_policy(void **state)
{
    struct set *set = *state;
    int64_t expires = vc_cert_not_after(set->scene.owner) - 60;

    assert_int_equal(end_of_certificate(set, expires - 100), expires);
}

/* Else a container would be refused by every client from then until its renewal. */
static void test_certificate_ends_with_its_greatest_age(void **state)
{
    static const char before[] = "\"attestation\":{", more[] = "\"max_age_seconds\":90,";
    struct set *set = *state;
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
static void demand(struct set *set, const char *more)
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

static void refused_for(struct set *set, const char *words)
{
    struct attempt attempt;
    struct vc_answer answer = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    char detail[512];

    begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
    assert_int_equal(answer.status, words == nullptr ? 201 : 403);
    if (words != nullptr) {
        scene_member(vc_buffer_bytes(&answer.body), "detail", detail, sizeof(detail));
        if (strstr(detail, words) == nullptr)
            fail_msg("%s", detail);
    }
    vc_answer_done(&answer);
    end(&attempt);
}

/* Genuine evidence of a machine that the policy does not name, and of the one that it does. */
static void test_a8_unknown_machine(void **state)
{
    struct set *set = *state;
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
    struct set *set = *state;
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
    struct set *set = *state;
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
    struct set *set = *state;
    struct attempt attempt;
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};

    begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    for (size_t size = 0; size < body.size; size++) {
        struct vc_answer answer = {};

        vc_answer_certificate(&attempt.occasion, (struct vc_bytes){body.data, size}, &answer);
        assert_int_equal(answer.status, 400);
        vc_answer_done(&answer);
    }
    end(&attempt);
}

static void test_nonce_bodies(void **state)
{
    static const struct {
        const char *body;
        unsigned status;
    } bodies[] = {{"", 201}, {"{}", 201}, {"{} ", 400}, {"[]", 400}, {"{\"a\":1}", 400}};

    for (size_t i = 0; i < VC_COUNT(bodies); i++) {
        struct vc_occasion occasion = occasion_of(*state);
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
    struct vc_occasion occasion = occasion_of(*state);

    occasion.exporter[1] = 2;
    for (size_t i = 0; i <= VC_NONCES_PER_SESSION_MAX; i++) {
        struct vc_answer answer = {};

        vc_answer_nonce(&occasion, (struct vc_bytes){}, &answer);
        assert_int_equal(answer.status, i < VC_NONCES_PER_SESSION_MAX ? 201 : 429);
        vc_answer_done(&answer);
    }
}

/* One attempt; its status. */
static unsigned attempt_once(struct set *set, void (*before)(struct attempt *attempt))
{
    struct attempt attempt;
    struct vc_answer answer = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    unsigned status;

    begin(set, &attempt);
    before(&attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    if (before == before_other_measurement)
        set->scene.measurement[0] ^= 1;
    scene_body(&attempt.parts, &body);
    certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
    status = answer.status;
    if (status != 201)
        assert_null(memmem(answer.body.data, answer.body.size, "CERTIFICATE", 11));
    vc_answer_done(&answer);
    end(&attempt);
    return status;
}

static size_t lines_in(const char *path, struct vc_buffer *lines)
{
    size_t count = 0;
    enum vc_code code = vc_file_load(path, 1 << 20, lines, nullptr);

    assert_true(code == VC_OK || code == VC_NOT_FOUND);
    for (size_t i = 0; i < lines->size; i++)
        count += lines->data[i] == '\n';
    return count;
}

/* What is an entry of the log, and what only a line of the plain record. */
static void test_record(void **state)
{
    static const char *const words[] = {"\"verdict\":\"issued\"", "\"verdict\":\"refused\"",
                                        "measurement differs", "\"measurement\":\"7071",
                                        "\"time\":\"2027-01-15T08:00:00Z\""};
    struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer entries = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer lines = {};
    char path[96];

    assert_int_equal(attempt_once(set, nothing), 201);
    assert_int_equal(attempt_once(set, before_other_measurement), 403); /* an entry */
    assert_int_equal(attempt_once(set, before_unendorsed), 403);        /* a line */
    assert_int_equal(attempt_once(set, before_other_key), 403);         /* a line */
    assert_int_equal(attempt_once(set, before_nonce_byte), 403);        /* nothing */
    assert_int_equal(vc_logbook_commit(set->book, SCENE_NOW, nullptr), VC_OK);
    (void)snprintf(path, sizeof(path), "%s/entries.jsonl", set->log);
    assert_int_equal(lines_in(path, &entries), 2);
    for (size_t i = 0; i < VC_COUNT(words); i++) {
        if (memmem(entries.data, entries.size, words[i], strlen(words[i])) == nullptr)
            fail_msg("no %s in %.*s", words[i], (int)entries.size, (const char *)entries.data);
    }
    assert_int_equal(lines_in(set->record, &lines), 2);
    assert_non_null(memmem(lines.data, lines.size, "not endorsed", 12));
}

/* Who has a genuine machine and is refused again and again fills the plain record, not the log. */
static void test_refusals_cannot_fill_the_log(void **state)
{
    struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer lines = {};
    struct vc_exhibit exhibit = {.platform = "process"};
    struct vc_appraisal appraisal = {.is_bound = true};
    struct vc_verdict verdict = {
        .time = SCENE_NOW, .reason = "no", .exhibit = &exhibit, .appraisal = &appraisal};
    size_t entries = 0;

    for (size_t i = 0; i < VC_RECORD_REFUSALS_BURST + 50; i++) {
        vc_record_refused(&set->keeping, &verdict, 1000);
        entries += vc_logbook_waiting(set->book);
        assert_int_equal(vc_logbook_commit(set->book, SCENE_NOW, nullptr), VC_OK);
    }
    assert_int_equal(entries, VC_RECORD_REFUSALS_BURST);
    assert_int_equal(lines_in(set->record, &lines), 50);
    vc_record_refused(&set->keeping, &verdict, 1000 + 60000 / VC_RECORD_REFUSALS_PER_MINUTE);
    assert_int_equal(vc_logbook_waiting(set->book), 1);
    appraisal.is_bound = false;
    vc_record_refused(&set->keeping, &verdict, 100000000);
    assert_int_equal(vc_logbook_waiting(set->book), 1);
}

/* No certificate without an entry that is on the disk. */
static void test_log_fails(void **state)
{
    struct set *set = *state;
    struct attempt attempt;
    struct vc_answer answer = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};

    begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_body(&attempt.parts, &body);
    vc_answer_certificate(&attempt.occasion, vc_buffer_bytes(&body), &answer);
    assert_int_equal(answer.status, 0);
    vc_answer_settle(&answer, set->book, VC_HOST);
    assert_int_equal(answer.status, 500);
    assert_null(memmem(answer.body.data, answer.body.size, "CERTIFICATE", 11));
    vc_answer_done(&answer);
    end(&attempt);
}

static void test_no_log(void **state)
{
    struct set *set = *state;

    set->keeping.book = nullptr;
    assert_int_equal(attempt_once(set, nothing), 500);
    assert_int_equal(attempt_once(set, before_unendorsed), 403);
}

/* ---- what comes with a certificate ---- */

static struct vc_json *open_json(const struct vc_answer *answer)
{
    struct vc_json *json = nullptr;

    assert_int_equal(vc_json_parse(vc_buffer_bytes(&answer->body), &json, nullptr), VC_OK);
    return json;
}

static void test_receipt_and_ear(void **state)
{
    struct set *set = *state;

    for (unsigned i = 0; i < 5; i++) {
        struct attempt attempt;
        struct vc_answer answer = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
        vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
        vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
        struct vc_json_place root, member;
        struct vc_log_receipt receipt;
        struct vc_log_memory memory = {.head = *vc_logbook_head(set->book)};
        struct vc_ear ear;
        struct vc_err err = {};
        uint8_t digest[VC_SHA256_SIZE];
        char text[8192];

        begin(set, &attempt);
        scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
        scene_body(&attempt.parts, &body);
        certify(set, &attempt.occasion, vc_buffer_bytes(&body), &answer);
        assert_int_equal(answer.status, 201);
        scene_member(vc_buffer_bytes(&answer.body), "certificate", text, sizeof(text));
        assert_int_equal(vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)text, strlen(text)},
                                           &cert, nullptr),
                         VC_OK);
        json = open_json(&answer);
        root = vc_json_root(json);
        assert_int_equal(vc_json_member(&root, "receipt", &member, nullptr), VC_OK);
        assert_int_equal(vc_log_receipt_parse(&member, &receipt, nullptr), VC_OK);
        assert_int_equal(receipt.index, i);
        receipt.since = memory.head.size;
        assert_int_equal(vc_logbook_growth(set->book, memory.head.size, receipt.head.size,
                                           &receipt.growth, nullptr),
                         VC_OK);
        if (vc_log_receipt_check(&receipt, cert, set->scene.ca, &memory, &err) != VC_OK)
            fail_msg("%s", err.text);
        scene_member(vc_buffer_bytes(&answer.body), "ear", text, sizeof(text));
        if (vc_ear_verify((struct vc_bytes){(const uint8_t *)text, strlen(text)}, set->scene.ca,
                          SCENE_NOW, &ear, &err) != VC_OK)
            fail_msg("%s", err.text);
        vc_sha256(vc_cert_der(cert), digest);
        assert_memory_equal(ear.certificate.bytes, digest, sizeof(digest));
        assert_int_equal(ear.status, VC_EAR_WARNING); /* a process: nothing isolates */
        assert_memory_equal(ear.measurement.bytes, set->scene.measurement, VC_SHA256_SIZE);
        vc_answer_done(&answer);
        end(&attempt);
    }
}

/* ---- appraisals ---- */

static void ask(struct set *set, const struct parts *parts, struct vc_bytes report_data,
                struct vc_answer *answer)
{
    struct vc_occasion occasion = occasion_of(set);
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};

    scene_question(parts, report_data, &body);
    vc_answer_appraisal(&occasion, vc_buffer_bytes(&body), answer);
}

static void test_appraisals(void **state)
{
    static const struct {
        const char *name;
        void (*before)(struct attempt *attempt);
        void (*after)(struct attempt *attempt);
        enum vc_ear_status status;
        const char *words;
        enum vc_stage passed;
    } asked[] = {
        {"all is well", nothing, nothing, VC_EAR_WARNING, "", VC_STAGE_JUDGED},
        {"another measurement", before_other_measurement, nothing, VC_EAR_CONTRAINDICATED,
         "measurement differs", VC_STAGE_JUDGED},
        {"unendorsed", before_unendorsed, nothing, VC_EAR_CONTRAINDICATED, "not endorsed",
         VC_STAGE_FORM},
        {"other report data", before_other_key, nothing, VC_EAR_CONTRAINDICATED,
         "expected report data", VC_STAGE_JUDGED},
        {"changed", nothing, after_evidence_bit, VC_EAR_CONTRAINDICATED, "signature",
         VC_STAGE_FORM},
    };
    struct set *set = *state;

    for (size_t i = 0; i < VC_COUNT(asked); i++) {
        struct attempt good, attempt;
        struct vc_answer answer = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
        uint8_t binder[VC_BINDER_SIZE];
        struct vc_ear ear;
        struct vc_err err = {};
        char token[8192];

        begin(set, &good);
        begin(set, &attempt);
        memcpy(attempt.parts.nonce, good.parts.nonce, VC_NONCE_SIZE);
        scene_binder(&set->scene, &good.made_for, good.parts.nonce, binder);
        asked[i].before(&attempt);
        scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
        if (asked[i].before == before_other_measurement)
            set->scene.measurement[0] ^= 1;
        asked[i].after(&attempt);
        ask(set, &attempt.parts, VC_BYTES(binder), &answer);
        if (answer.status != 200)
            fail_msg("%s: %u %.*s", asked[i].name, answer.status, (int)answer.body.size,
                     (const char *)answer.body.data);
        scene_member(vc_buffer_bytes(&answer.body), "ear", token, sizeof(token));
        if (vc_ear_verify((struct vc_bytes){(const uint8_t *)token, strlen(token)}, set->scene.ca,
                          SCENE_NOW, &ear, &err) != VC_OK)
            fail_msg("%s: %s", asked[i].name, err.text);
        if (ear.status != asked[i].status || strstr(ear.reason, asked[i].words) == nullptr ||
            ear.passed != asked[i].passed)
            fail_msg("%s: %s %s %d", asked[i].name, vc_ear_status_name(ear.status), ear.reason,
                     (int)ear.passed);
        assert_memory_equal(ear.report_data.bytes, binder, sizeof(binder));
        assert_int_equal(vc_logbook_waiting(set->book), 0); /* nothing is kept */
        vc_answer_done(&answer);
        end(&good);
        end(&attempt);
    }
}

static void test_appraisals_out_of_form(void **state)
{
    struct set *set = *state;
    struct attempt attempt;
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    uint8_t binder[VC_BINDER_SIZE] = {1};

    begin(set, &attempt);
    scene_parts(&set->scene, &attempt.made_for, &attempt.parts);
    scene_question(&attempt.parts, VC_BYTES(binder), &body);
    for (size_t size = 0; size < body.size; size++) {
        struct vc_answer answer = {};

        vc_answer_appraisal(&attempt.occasion, (struct vc_bytes){body.data, size}, &answer);
        assert_int_equal(answer.status, 400);
        vc_answer_done(&answer);
    }
    for (unsigned i = 0; i < 3; i++) {
        static const unsigned statuses[] = {400, 403, 400};
        struct vc_answer answer = {};

        if (i == 0) /* no report data */
            ask(set, &attempt.parts, (struct vc_bytes){}, &answer);
        attempt.parts.platform = "neverheard";
        if (i == 1)
            ask(set, &attempt.parts, VC_BYTES(binder), &answer);
        attempt.parts.platform = nullptr;
        if (i == 2)
            ask(set, &attempt.parts, VC_BYTES(binder), &answer);
        assert_int_equal(answer.status, statuses[i]);
        vc_answer_done(&answer);
    }
    end(&attempt);
}

/* ---- the log and the keys ---- */

static void test_log_queries(void **state)
{
    static const struct {
        void (*answer)(const struct vc_occasion *occasion, const char *query,
                       struct vc_answer *answer);
        const char *query;
        unsigned status;
    } asked[] = {
        {vc_answer_log_head, "", 200},
        {vc_answer_log_head, "x", 400},
        {vc_answer_log_entries, "first=0&count=1", 200},
        {vc_answer_log_entries, "first=0&count=9007199254740991", 200},
        {vc_answer_log_entries, "first=2&count=1", 200},
        {vc_answer_log_entries, "first=3&count=1", 404},
        {vc_answer_log_entries, "first=9999999999999999&count=1", 404},
        {vc_answer_log_entries, "first=99999999999999999&count=1", 400},
        {vc_answer_log_entries, "first=00&count=1", 400},
        {vc_answer_log_entries, "first=-1&count=1", 400},
        {vc_answer_log_entries, "first=&count=1", 400},
        {vc_answer_log_entries, "count=1&first=0", 400},
        {vc_answer_log_entries, "first=0&count=1&", 400},
        {vc_answer_log_entries, "first=0&count=1&count=1", 400},
        {vc_answer_log_entries, "", 400},
        {vc_answer_log_growth, "from=0&to=3", 200},
        {vc_answer_log_growth, "from=1&to=3", 200},
        {vc_answer_log_growth, "from=3&to=3", 200},
        {vc_answer_log_growth, "from=3&to=1", 404},
        {vc_answer_log_growth, "from=1&to=4", 404},
        {vc_answer_log_inclusion, "index=2&size=3", 200},
        {vc_answer_log_inclusion, "index=3&size=3", 404},
        {vc_answer_log_inclusion, "index=0&size=4", 404},
        {vc_answer_keys, "", 200},
        {vc_answer_keys, "a=1", 400},
    };
    struct set *set = *state;

    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(attempt_once(set, nothing), 201);
    for (size_t i = 0; i < VC_COUNT(asked); i++) {
        struct vc_occasion occasion = occasion_of(set);
        struct vc_answer answer = {};

        asked[i].answer(&occasion, asked[i].query, &answer);
        if (answer.status != asked[i].status)
            fail_msg("%s: %u", asked[i].query, answer.status);
        assert_true(answer.body.size > 0);
        vc_answer_done(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_verdicts, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_a1_nonce_is_used_up, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_certificate_ends_with_the_policy, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_certificate_ends_with_its_greatest_age, make_set,
                                        free_set),
        cmocka_unit_test_setup_teardown(test_a8_unknown_machine, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_a8_known_machine, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_register_that_differs, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_bodies_cut_at_every_byte, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_nonce_bodies, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_too_many_nonces, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_record, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_refusals_cannot_fill_the_log, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_log_fails, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_no_log, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_receipt_and_ear, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_appraisals, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_appraisals_out_of_form, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_log_queries, make_set, free_set),
    };

    return cmocka_run_group_tests_name("attestd-answer", tests, nullptr, nullptr);
}
