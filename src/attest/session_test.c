/* SPDX-License-Identifier: MIT */

#include "attest/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "attest/session_fixture.h"
#include "evidence/tpm_fixture.h"

static constexpr int64_t NOW = 1800000000; /* 2027-01-15 */

/* One conversation: what the container has, and what its peer has. A test bends either. */
struct talk {
    struct session_fixture fixture;
    struct vc_anchors vendors; /* none: `process` has no vendor */
    struct vc_cert *shown, *renewed, *current;
    uint8_t nonce[VC_NONCE_SIZE], exporter[VC_SHA256_SIZE];
    struct vc_attested attested; /* of `renewed`, before it is issued */
    struct vc_log_memory memory;
    struct vc_session_scene scene; /* the container's */
    struct vc_session_peer peer;
    struct vc_session_answer answer;
    int64_t now;
};

static int begin(void **state)
{
    static struct talk talk;
    struct talk fresh = {.now = NOW};

    talk = fresh;
    session_fixture_init(&talk.fixture, NOW);
    talk.attested = session_fixture_attested(&talk.fixture);
    talk.shown = session_fixture_issue(&talk.fixture, talk.fixture.shown_key, &talk.attested, 1800);
    talk.current = talk.shown;
    memset(talk.nonce, 1, sizeof(talk.nonce));
    memset(talk.exporter, 2, sizeof(talk.exporter));
    *state = &talk;
    return 0;
}

static int end(void **state)
{
    struct talk *talk = *state;

    vc_session_answer_done(&talk->answer);
    vc_cert_free(talk->shown);
    vc_cert_free(talk->renewed);
    session_fixture_done(&talk->fixture);
    return 0;
}

/* The container renews: another key, another certificate. */
static void renew(struct talk *talk)
{
    talk->renewed =
        session_fixture_issue(&talk->fixture, talk->fixture.renewed_key, &talk->attested, 3600);
    talk->current = talk->renewed;
}

static void answer(struct talk *talk)
{
    struct session_fixture *fixture = &talk->fixture;

    talk->scene = (struct vc_session_scene){.nonce = talk->nonce,
                                            .exporter = talk->exporter,
                                            .shown = talk->shown,
                                            .current = talk->current,
                                            .policy_hash = fixture->policy_hash,
                                            .node = talk->attested.node,
                                            .incarnation = talk->attested.incarnation};
    talk->peer = (struct vc_session_peer){.expectations = {.ca = fixture->ca,
                                                           .policy_hash = fixture->policy_hash,
                                                           .platforms = &fixture->platform,
                                                           .platform_count = 1,
                                                           .max_age_s = 3600},
                                          .vendors = &talk->vendors,
                                          .nonce = talk->nonce,
                                          .exporter = talk->exporter,
                                          .shown = talk->shown,
                                          .now = talk->now};
    session_fixture_answer(fixture, &talk->scene, &talk->answer);
    talk->answer.receipt =
        session_fixture_receipt(fixture, fixture->leaf_count - 1, fixture->leaf_count, 0);
}

static void must_pass(struct talk *talk)
{
    struct vc_attested attested;
    struct vc_log_head head;
    struct vc_err err = {};

    talk->peer.now = talk->now;
    if (vc_session_check(&talk->peer, &talk->answer, &attested, &head, &err) != VC_OK)
        fail_msg("refused: %s", err.text);
    assert_int_equal(head.size, talk->fixture.leaf_count);
    assert_true(vc_octets_equal(&attested.machine, &talk->fixture.machine));
}

static void must_fail(struct talk *talk, const char *name, const char *words)
{
    struct vc_attested attested = {.incarnation = 99};
    struct vc_log_head head = {.size = 99};
    struct vc_err err = {};

    talk->peer.now = talk->now;
    if (vc_session_check(&talk->peer, &talk->answer, &attested, &head, &err) != VC_UNTRUSTED)
        fail_msg("%s: passed, or another code (%s)", name, err.text);
    if (strstr(err.text, words) == nullptr)
        fail_msg("%s: \"%s\", \"%s\" wanted", name, err.text, words);
    assert_int_equal(err.code, VC_UNTRUSTED);
    assert_int_equal(attested.incarnation, 99);
    assert_int_equal(head.size, 99);
}

static void test_first_certificate(void **state)
{
    answer(*state);
    must_pass(*state);
}

static void test_renewed_certificate(void **state)
{
    struct talk *talk = *state;

    renew(talk);
    answer(talk);
    must_pass(talk);
    talk->now = NOW + 1801; /* the first has expired, and nobody minds */
    must_pass(talk);
}

static void test_through_json(void **state)
{
    struct talk *talk = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    struct vc_err err = {};

    renew(talk);
    answer(talk);
    assert_int_equal(vc_session_answer_encode(&talk->answer, &json, &err), VC_OK);
    vc_session_answer_done(&talk->answer);
    if (vc_session_answer_parse(vc_buffer_bytes(&json), &talk->answer, &err) != VC_OK)
        fail_msg("%s", err.text);
    must_pass(talk);
}

/* ---- refusals: what somebody bends, and the reason that is given ---- */

/* A2: evidence of the genuine container, for a session with somebody in between. */
static void other_session(struct talk *talk)
{
    static const uint8_t other[VC_SHA256_SIZE] = {9};

    talk->peer.exporter = other;
}

/* A1: evidence of an hour ago. */
static void other_nonce(struct talk *talk)
{
    static const uint8_t other[VC_NONCE_SIZE] = {9};

    talk->peer.nonce = other;
}

/* A2: the same measurement, another key in the handshake. */
static void other_shown(struct talk *talk)
{
    talk->peer.shown = talk->fixture.leaf_count > 1 ? talk->renewed : talk->current;
    if (talk->peer.shown == talk->shown) {
        renew(talk);
        talk->peer.shown = talk->renewed;
    }
}

static void other_current(struct talk *talk)
{
    renew(talk);
    vc_cert_free(talk->answer.certificate);
    assert_int_equal(
        vc_cert_parse_der(vc_cert_der(talk->renewed), &talk->answer.certificate, nullptr), VC_OK);
}

static void other_policy(struct talk *talk)
{
    static const uint8_t other[VC_SHA256_SIZE] = {9};

    talk->peer.expectations.policy_hash = other;
}

static void old(struct talk *talk)
{
    talk->peer.expectations.max_age_s = 100;
    talk->now = NOW + 101;
}

static void expired(struct talk *talk)
{
    talk->now = NOW + 1801;
}

static void no_platform(struct talk *talk)
{
    talk->peer.expectations.platform_count = 0;
}

/* A5 */
static void no_measurement(struct talk *talk)
{
    talk->fixture.platform.measurement_count = 0;
}

static void other_kind(struct talk *talk)
{
    talk->answer.platform = VC_PLATFORM_PSA;
}

static void no_endorsement(struct talk *talk)
{
    vc_buffer_done(&talk->answer.endorsement);
}

/* A8: a key that signs well, and is not the machine's. */
static void other_machine(struct talk *talk)
{
    struct session_fixture other = talk->fixture;
    struct vc_session_answer made;

    other.machine_key = talk->fixture.renewed_key;
    other.machine_spki = (struct vc_buffer){};
    assert_int_equal(vc_key_encode_public_der(other.machine_key, &other.machine_spki, nullptr),
                     VC_OK);
    made = talk->answer;
    session_fixture_answer(&other, &talk->scene, &talk->answer);
    talk->answer.receipt = made.receipt;
    vc_session_answer_done(&made);
    vc_buffer_done(&other.machine_spki);
}

static void other_measurement(struct talk *talk)
{
    struct session_fixture other = talk->fixture;
    struct vc_session_answer made = talk->answer;

    other.measurement.bytes[0] ^= 1;
    session_fixture_answer(&other, &talk->scene, &talk->answer);
    talk->answer.receipt = made.receipt;
    vc_session_answer_done(&made);
}

static void broken_endorsement(struct talk *talk)
{
    talk->answer.endorsement.size--;
}

static void broken_certificates(struct talk *talk)
{
    assert_int_equal(vc_buffer_append(&talk->answer.certificates,
                                      VC_BYTES(((const uint8_t[]){0x30, 5, 1})), nullptr),
                     VC_OK);
}

static void registers(struct talk *talk)
{
    static struct vc_octets value = {.size = 1};
    static char name[] = "signer_id";
    static struct vc_policy_register wanted = {.name = name, .values = &value, .value_count = 1};

    talk->fixture.platform.registers = &wanted;
    talk->fixture.platform.register_count = 1;
}

static void not_in_log(struct talk *talk)
{
    talk->fixture.leaves[0][0] ^= 1;
    talk->answer.receipt = session_fixture_receipt(&talk->fixture, 0, 1, 0);
}

static void head_not_signed(struct talk *talk)
{
    talk->answer.receipt.head.time++;
}

/* C2: two parties are shown two worlds. */
static void other_log(struct talk *talk)
{
    talk->memory.head = talk->answer.receipt.head;
    talk->memory.head.root[0] ^= 1;
    talk->peer.log = &talk->memory;
}

static void no_growth(struct talk *talk)
{
    talk->memory.head = talk->answer.receipt.head;
    renew(talk);
    talk->memory.head.size = 2;
    talk->peer.log = &talk->memory;
}

static void test_refusals(void **state)
{
    static const struct {
        const char *name;
        void (*bend)(struct talk *talk);
        const char *words;
    } rows[] = {
        {"A2: another session's exporter", other_session, "not made for this session"},
        {"A1: another nonce", other_nonce, "not made for this session"},
        {"A2: another key in the handshake", other_shown, "not made for this session"},
        {"another certificate of today", other_current, "not made for this session"},
        {"another policy", other_policy, "policy differs"},
        {"verified too long ago", old, "verified too long ago"},
        {"expired", expired, "certificate"},
        {"platform not named", no_platform, "platform differs"},
        {"A5: no reference values", no_measurement, "measurement differs"},
        {"another platform's evidence", other_kind, "of platform `psa`"},
        {"no endorsement", no_endorsement, "not endorsed"},
        {"A8: another machine's key", other_machine, "not endorsed"},
        {"another measurement in the evidence", other_measurement, "of another measurement"},
        {"endorsement cut", broken_endorsement, "endorsement"},
        {"certificates cut", broken_certificates, "certificates: out of form"},
        {"a register", registers, "register signer_id differs"},
        {"not in the log", not_in_log, "in no log"},
        {"head not signed", head_not_signed, "not signed"},
        {"C2: another log", other_log, "another log"},
        {"no growth", no_growth, "proof of growth"},
    };

    end(state);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        begin(state);
        answer(*state);
        must_pass(*state);
        rows[i].bend(*state);
        must_fail(*state, rows[i].name, rows[i].words);
        end(state);
    }
    begin(state);
}

/* B1, and more: the certificate of today is the service's own, and of another container. */
static void test_not_this_container(void **state)
{
    static const struct {
        const char *name, *words;
    } rows[] = {
        {"node", "its node"},
        {"incarnation", "its incarnation"},
        {"machine", "its machine"},
    };
    struct talk *talk = *state;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        talk->attested = session_fixture_attested(&talk->fixture);
        if (i == 0)
            (void)snprintf(talk->attested.node, sizeof(talk->attested.node), "other");
        if (i == 1)
            talk->attested.incarnation++;
        if (i == 2)
            talk->attested.machine.bytes[5] ^= 1;
        vc_cert_free(talk->renewed);
        renew(talk);
        answer(talk);
        must_fail(talk, rows[i].name, rows[i].words);
        vc_session_answer_done(&talk->answer);
    }
}

/* What was remembered may be smaller, the same, or larger than what the container has. */
static void test_growth(void **state)
{
    struct talk *talk = *state;
    struct session_fixture *fixture = &talk->fixture;
    vc_cleanup(vc_cert_freep) struct vc_cert *more = nullptr;

    renew(talk);
    answer(talk);
    more = session_fixture_issue(fixture, fixture->shown_key, &talk->attested, 60);
    for (uint64_t seen = 1; seen <= 3; seen++) {
        struct vc_attested attested;
        struct vc_log_head head;
        struct vc_err err = {};

        talk->memory.head = session_fixture_receipt(fixture, 0, seen, 0).head;
        talk->peer.log = &talk->memory;
        talk->answer.receipt = session_fixture_receipt(fixture, 1, 2, seen);
        if (vc_session_check(&talk->peer, &talk->answer, &attested, &head, &err) != VC_OK)
            fail_msg("since %d: %s", (int)seen, err.text);
        assert_int_equal(head.size, seen < 2 ? 2 : seen);
        if (seen == 2)
            continue;
        talk->answer.receipt.growth.hashes[0][7] ^= 1;
        must_fail(talk, "growth bent", "another log");
    }
}

/* Every bit of the evidence counts. */
static void test_every_bit(void **state)
{
    struct talk *talk = *state;
    struct vc_buffer *evidence = &talk->answer.evidence;
    size_t flips = 0;

    answer(talk);
    for (size_t bit = 0; bit < 8 * evidence->size; bit++) {
        struct vc_attested attested;
        struct vc_log_head head;

        evidence->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(vc_session_check(&talk->peer, &talk->answer, &attested, &head, nullptr),
                         VC_UNTRUSTED);
        evidence->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        flips++;
    }
    must_pass(talk);
    print_message("# %zu bits flipped\n", flips);
}

/* ---- JSON ---- */

static void test_request(void **)
{
    static const struct {
        const char *json;
        enum vc_code code;
    } rows[] = {
        {"{\"nonce\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\",\"log_size\":0}", VC_OK},
        {"{\"nonce\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\"}", VC_MALFORMED},
        {"{\"log_size\":0}", VC_MALFORMED},
        {"{\"nonce\":\"AQEBAQ==\",\"log_size\":0}", VC_MALFORMED},
        {"{\"nonce\":\"\",\"log_size\":0}", VC_LIMIT},
        {"{\"nonce\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\",\"log_size\":0}", VC_LIMIT},
        {"{\"nonce\":7,\"log_size\":0}", VC_MALFORMED},
        {"{\"nonce\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\",\"log_size\":-1}", VC_LIMIT},
        {"{\"nonce\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\",\"log_size\":0,\"x\":1}",
         VC_MALFORMED},
        {"[]", VC_MALFORMED},
        {"", VC_MALFORMED},
    };
    struct vc_session_request request = {.log_size = 77};
    struct vc_session_request again;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_bytes text = {(const uint8_t *)rows[i].json, strlen(rows[i].json)};

        if (vc_session_request_parse(text, &again, nullptr) != rows[i].code)
            fail_msg("%s", rows[i].json);
    }
    memset(request.nonce, 5, sizeof(request.nonce));
    assert_int_equal(vc_session_request_encode(&request, &json, nullptr), VC_OK);
    assert_int_equal(vc_session_request_parse(vc_buffer_bytes(&json), &again, nullptr), VC_OK);
    assert_memory_equal(&again, &request, sizeof(again));
}

static void test_answer_cut(void **state)
{
    struct talk *talk = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    size_t cuts = 0;

    answer(talk);
    assert_int_equal(vc_session_answer_encode(&talk->answer, &json, nullptr), VC_OK);
    for (size_t size = 0; size < json.size; size++) {
        struct vc_session_answer parsed = {};

        assert_int_not_equal(
            vc_session_answer_parse((struct vc_bytes){json.data, size}, &parsed, nullptr), VC_OK);
        assert_null(parsed.evidence.data);
        assert_null(parsed.certificate);
        cuts++;
    }
    print_message("# %zu truncations\n", cuts);
}

/* A quote for this session by this AK, in place of the fixture's evidence. */
static void quote(struct talk *talk, const struct vc_pki_key *ak)
{
    uint8_t binder[VC_BINDER_SIZE];
    struct vc_tpm_fixture_order order;
    struct vc_octets nonce;

    vc_session_report_data(&talk->scene, binder);
    nonce = vc_report_data_of(VC_PLATFORM_TPM, binder);
    order = vc_tpm_fixture_order_of(ak, vc_octets_bytes(&nonce));
    order.values = true;
    talk->answer.platform = VC_PLATFORM_TPM;
    talk->answer.evidence.size = 0;
    talk->answer.endorsement.size = 0;
    vc_tpm_fixture_bundle(&order, &talk->answer.evidence);
}

/* What a quote by this AK claims, whoever believes it. */
static struct vc_claims claims_of(const struct vc_pki_key *ak)
{
    const struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(ak, VC_BYTES("nonce"));
    const struct vc_anchors nobody = {};
    const struct vc_verification verification = {.anchors = &nobody, .now = NOW};
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
    struct vc_claims claims;

    vc_tpm_fixture_bundle(&order, &bundle);
    assert_int_equal(
        vc_tpm_verify(&(struct vc_evidence){VC_PLATFORM_TPM, vc_buffer_bytes(&bundle), {}},
                      &verification, &claims, nullptr),
        VC_UNTRUSTED);
    return claims;
}

/* The AK is the machine that the service named: the client needs no other word for it, and takes
 * none for another. */
static void test_tpm(void **state)
{
    struct talk *talk = *state;
    struct session_fixture *fixture = &talk->fixture;
    struct vc_pki_key *ak = vc_pki_key_new(VC_KEY_P256, 0);
    struct vc_pki_key *other = vc_pki_key_new(VC_KEY_P256, 0);
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = vc_pki_key_public(other);
    struct vc_claims claims = claims_of(ak);

    fixture->measurement = claims.measurement;
    fixture->machine = claims.machine;
    fixture->platform.kind = VC_PLATFORM_TPM;
    talk->attested = session_fixture_attested(fixture);
    talk->attested.platform = VC_PLATFORM_TPM;
    vc_cert_free(talk->shown);
    talk->shown = session_fixture_issue(fixture, fixture->shown_key, &talk->attested, 1800);
    talk->current = talk->shown;
    answer(talk);
    quote(talk, ak);
    must_pass(talk);
    quote(talk, other);
    must_fail(talk, "another AK", "is not endorsed");
    assert_int_equal(vc_public_key_encode_der(key, &talk->answer.endorsement, nullptr), VC_OK);
    must_fail(talk, "another AK and its key", "is not endorsed");
    talk->answer.endorsement.size = 0;
    talk->nonce[0] ^= 1;
    quote(talk, ak);
    talk->nonce[0] ^= 1;
    must_fail(talk, "another session's quote", "not made for this session");
    talk->answer.evidence.size--;
    must_fail(talk, "a quote cut", "evidence");
    vc_pki_key_free(ak);
    vc_pki_key_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tpm, begin, end),
        cmocka_unit_test_setup_teardown(test_first_certificate, begin, end),
        cmocka_unit_test_setup_teardown(test_renewed_certificate, begin, end),
        cmocka_unit_test_setup_teardown(test_through_json, begin, end),
        cmocka_unit_test_setup_teardown(test_refusals, begin, end),
        cmocka_unit_test_setup_teardown(test_not_this_container, begin, end),
        cmocka_unit_test_setup_teardown(test_growth, begin, end),
        cmocka_unit_test_setup_teardown(test_every_bit, begin, end),
        cmocka_unit_test(test_request),
        cmocka_unit_test_setup_teardown(test_answer_cut, begin, end),
    };

    return cmocka_run_group_tests_name("session", tests, nullptr, nullptr);
}
