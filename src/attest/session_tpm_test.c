/* SPDX-License-Identifier: MIT */

/* Sessions with a container on a machine with a TPM: whose quotes count, and whose do not. */

#include "attest/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "attest/session_fixture.h"
#include "evidence/tpm_fixture.h"

static constexpr int64_t NOW = 1800000000; /* 2027-01-15 */
static const uint8_t NONCE[VC_NONCE_SIZE] = {1}, EXPORTER[VC_SHA256_SIZE] = {2};

struct scene {
    struct session_fixture fixture;
    struct vc_pki_key *ak, *other_ak, *ek;
    struct vc_public_key *ak_public;
    struct vc_cert *ek_cert;
};

static int begin(void **state)
{
    static struct scene scene;

    scene = (struct scene){.ak = vc_pki_key_new(VC_KEY_P256, 0),
                           .other_ak = vc_pki_key_new(VC_KEY_P256, 0),
                           .ek = vc_pki_key_new(VC_KEY_P256, 0)};
    scene.ak_public = vc_pki_key_public(scene.ak);
    scene.ek_cert = vc_pki_issue(&(struct vc_pki_order){.subject = "EK",
                                                        .key = scene.ek,
                                                        .scheme = VC_SCHEME_ES256,
                                                        .not_before = NOW - 60,
                                                        .not_after = NOW + 60,
                                                        .serial = 1});
    session_fixture_init(&scene.fixture, NOW);
    scene.fixture.platform.kind = VC_PLATFORM_TPM;
    *state = &scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;

    session_fixture_done(&scene->fixture);
    vc_pki_key_free(scene->ak);
    vc_pki_key_free(scene->other_ak);
    vc_pki_key_free(scene->ek);
    vc_public_key_free(scene->ak_public);
    vc_cert_free(scene->ek_cert);
    return 0;
}

static const struct vc_public_key *anybody(void *user, enum vc_platform_kind, struct vc_bytes)
{
    return user;
}

/* What the service learnt of this machine, by a key that its operator endorsed. */
static struct vc_claims learn(const struct scene *scene)
{
    struct vc_tpm_fixture_order order =
        vc_tpm_fixture_order_of(scene->ak, (struct vc_bytes){NONCE, sizeof(NONCE)});
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
    const struct vc_anchors anchors = {.endorsed = anybody, .user = scene->ak_public};
    const struct vc_verification verification = {.anchors = &anchors, .now = NOW};
    struct vc_claims claims;

    vc_tpm_fixture_bundle(&order, &bundle);
    assert_int_equal(vc_evidence_verify(&(struct vc_evidence){.platform = VC_PLATFORM_TPM,
                                                              .bytes = vc_buffer_bytes(&bundle)},
                                        &verification, &claims, nullptr),
                     VC_OK);
    return claims;
}

static const struct row {
    const char *name;
    bool named_by_ek;  /* the machine in the certificate */
    bool other_quotes; /* a TPM that is not this machine's */
    bool other_shown;  /* and the endorsement is of its key */
    bool wrong_nonce;
    bool unendorsed;   /* no endorsement comes with the evidence */
    const char *words; /* null: accepted */
} rows[] = {
    {"the machine's own AK", false, false, false, false, false, nullptr},
    {"likewise, without endorsement", false, false, false, false, true, nullptr},
    {"another TPM's AK, without endorsement", false, true, false, false, true, "is not endorsed"},
    {"an old quote", false, false, false, true, false, "not made for this session"},
    {"another TPM's AK", false, true, true, false, false, "is not endorsed"},
    {"another TPM's quote, this one's key", false, true, false, false, false, "is not endorsed"},
    {"this TPM's quote, another's key", false, false, true, false, false, "is not endorsed"},
    /* Nothing in the certificate says which AK belongs to this EK. */
    {"a machine named by its EK", true, false, false, false, false, "is not endorsed"},
    {"likewise, without endorsement", true, false, false, false, true, "is not endorsed"},
    {"another AK that claims this EK", true, true, true, false, false, "is not endorsed"},
};

static void fill(const struct scene *scene, const struct row *row,
                 const struct vc_session_scene *session, struct vc_session_answer *answer)
{
    uint8_t binder[VC_BINDER_SIZE];
    struct vc_octets bound;
    struct vc_tpm_fixture_order order;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *shown =
        vc_pki_key_public(row->other_shown ? scene->other_ak : scene->ak);

    vc_session_report_data(session, binder);
    binder[0] ^= row->wrong_nonce;
    bound = vc_report_data_of(VC_PLATFORM_TPM, binder);
    order = vc_tpm_fixture_order_of(row->other_quotes ? scene->other_ak : scene->ak,
                                    vc_octets_bytes(&bound));
    order.ek_certs = (const struct vc_cert *const *)&scene->ek_cert;
    order.ek_cert_count = row->named_by_ek ? 1 : 0;
    answer->platform = VC_PLATFORM_TPM;
    vc_tpm_fixture_bundle(&order, &answer->evidence);
    if (!row->unendorsed)
        assert_int_equal(vc_public_key_encode_der(shown, &answer->endorsement, nullptr), VC_OK);
    assert_int_equal(
        vc_cert_parse_der(vc_cert_der(session->current), &answer->certificate, nullptr), VC_OK);
}

static struct vc_attested certified(struct scene *scene, const struct row *row)
{
    struct vc_claims claims = learn(scene);
    struct vc_attested attested = session_fixture_attested(&scene->fixture);

    scene->fixture.measurement = claims.measurement;
    attested.platform = VC_PLATFORM_TPM;
    attested.measurement = claims.measurement;
    attested.machine = claims.machine;
    if (row->named_by_ek) {
        attested.machine = (struct vc_octets){.size = VC_SHA256_SIZE};
        vc_cert_spki_hash(scene->ek_cert, attested.machine.bytes);
    }
    return attested;
}

static enum vc_code talk(struct scene *scene, const struct row *row, struct vc_err *err)
{
    struct session_fixture *fixture = &scene->fixture;
    struct vc_attested attested = certified(scene, row), found;
    vc_cleanup(vc_cert_freep) struct vc_cert *cert =
        session_fixture_issue(fixture, fixture->shown_key, &attested, 1800);
    const struct vc_session_scene session = {.nonce = NONCE,
                                             .exporter = EXPORTER,
                                             .shown = cert,
                                             .current = cert,
                                             .policy_hash = fixture->policy_hash,
                                             .node = ""};
    const struct vc_session_peer peer = {.expectations = {.ca = fixture->ca,
                                                          .policy_hash = fixture->policy_hash,
                                                          .platforms = &fixture->platform,
                                                          .platform_count = 1,
                                                          .max_age_s = 3600},
                                         .vendors = vc_vendor_anchors(),
                                         .nonce = NONCE,
                                         .exporter = EXPORTER,
                                         .shown = cert,
                                         .now = NOW};
    vc_cleanup(vc_session_answer_done) struct vc_session_answer answer = {};
    struct vc_log_head head;

    fill(scene, row, &session, &answer);
    answer.receipt =
        session_fixture_receipt(fixture, fixture->leaf_count - 1, fixture->leaf_count, 0);
    return vc_session_check(&peer, &answer, &found, &head, err);
}

static void test_whose_quotes_count(void **state)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_err err = {};
        enum vc_code code = talk(*state, &rows[i], &err);

        if (code != (rows[i].words == nullptr ? VC_OK : VC_UNTRUSTED) ||
            (rows[i].words != nullptr && strstr(err.text, rows[i].words) == nullptr))
            fail_msg("%s: %s, \"%s\"", rows[i].name, vc_code_name(code), err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whose_quotes_count, begin, end),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
