/* SPDX-License-Identifier: MIT */

/* Sessions with a container on SEV-SNP whose host gives no certificate of the chip: the container
 * passes on what the service needed, and nobody believes it for that. */

#include "attest/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "attest/session_fixture.h"
#include "evidence/snp_fixture.h"

static constexpr int64_t NOW = VC_SNP_FIXTURE_NOW;
static const uint8_t NONCE[VC_NONCE_SIZE] = {1}, EXPORTER[VC_SHA256_SIZE] = {2};

struct scene {
    struct session_fixture fixture;
    struct vc_snp_fixture amd, forger; /* the same names, other keys */
};

static int begin(void **state)
{
    static struct scene scene;

    session_fixture_init(&scene.fixture, NOW);
    vc_snp_fixture_init(&scene.amd, false);
    vc_snp_fixture_init(&scene.forger, false);
    scene.fixture.platform.kind = VC_PLATFORM_SNP;
    *state = &scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;

    session_fixture_done(&scene->fixture);
    vc_snp_fixture_done(&scene->amd);
    vc_snp_fixture_done(&scene->forger);
    return 0;
}

/* What comes beside the report. */
struct parcel {
    const struct scene *scene;
    struct vc_snp_wish wish;     /* that the report was made to */
    struct vc_buffer *passed_on; /* what the service needed for it */
};

static void clear(struct parcel *parcel)
{
    parcel->passed_on->size = 0;
}

static void put(struct parcel *parcel, const struct vc_cert *cert)
{
    assert_int_equal(vc_buffer_append(parcel->passed_on, vc_cert_der(cert), nullptr), VC_OK);
}

/* A leaf of this wish, by this vendor, with its issuers. */
static void replace(struct parcel *parcel, const struct vc_snp_fixture *vendor,
                    const struct vc_snp_wish *wish)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_snp_fixture_leaf(vendor, wish);
    const struct vc_snp_fixture_line *line = &vendor->lines[wish->product];

    clear(parcel);
    put(parcel, leaf);
    put(parcel, wish->signer == VC_SNP_VCEK ? line->ask : line->asvk);
}

static void as_it_is(struct parcel *)
{
}

static void nothing(struct parcel *parcel)
{
    clear(parcel);
}

static void leaf_alone(struct parcel *parcel)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf =
        vc_snp_fixture_leaf(&parcel->scene->amd, &parcel->wish);

    clear(parcel);
    put(parcel, leaf);
}

static void other_chip(struct parcel *parcel)
{
    struct vc_snp_wish wish = parcel->wish;

    wish.chip[0] ^= 1;
    replace(parcel, &parcel->scene->amd, &wish);
}

/* What a host shows that would like its old firmware to pass for a newer one, or the other way. */
static void other_tcb(struct parcel *parcel)
{
    struct vc_snp_wish wish = parcel->wish;

    wish.tcb[7] ^= 1;
    replace(parcel, &parcel->scene->amd, &wish);
}

static void other_product(struct parcel *parcel)
{
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_GENOA, VC_SNP_VCEK);

    memcpy(wish.chip, parcel->wish.chip, sizeof(wish.chip));
    replace(parcel, &parcel->scene->amd, &wish);
}

static void vlek(struct parcel *parcel)
{
    struct vc_snp_wish wish = parcel->wish;

    wish.signer = VC_SNP_VLEK;
    replace(parcel, &parcel->scene->amd, &wish);
}

static void forged(struct parcel *parcel)
{
    replace(parcel, &parcel->scene->forger, &parcel->wish);
}

/* AMD's own issuer, over a leaf that it never signed. */
static void forged_leaf(struct parcel *parcel)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf =
        vc_snp_fixture_leaf(&parcel->scene->forger, &parcel->wish);

    clear(parcel);
    put(parcel, leaf);
    put(parcel, parcel->scene->amd.lines[parcel->wish.product].ask);
}

static void cut(struct parcel *parcel)
{
    parcel->passed_on->size--;
}

static void no_certificate(struct parcel *parcel)
{
    static const uint8_t sequence[] = {0x30, 0x03, 0x02, 0x01, 0x07};

    clear(parcel);
    assert_int_equal(vc_buffer_append(parcel->passed_on, VC_BYTES(sequence), nullptr), VC_OK);
}

/* The right ones, behind as many of other chips as there may be. */
static void crowded(struct parcel *parcel)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer right = {};
    struct vc_snp_wish wish = parcel->wish;

    assert_int_equal(vc_buffer_append(&right, vc_buffer_bytes(parcel->passed_on), nullptr), VC_OK);
    clear(parcel);
    for (size_t i = 0; i < VC_SESSION_CERTIFICATES_MAX; i++) {
        wish.chip[1]++;
        vc_cleanup(vc_cert_freep) struct vc_cert *leaf =
            vc_snp_fixture_leaf(&parcel->scene->amd, &wish);

        put(parcel, leaf);
    }
    assert_int_equal(vc_buffer_append(parcel->passed_on, vc_buffer_bytes(&right), nullptr), VC_OK);
}

static void oversized(struct parcel *parcel)
{
    while (parcel->passed_on->size <= VC_NEEDED_SIZE_MAX)
        put(parcel, parcel->scene->amd.lines[parcel->wish.product].ask);
}

/* Junk in front of what is right does no harm. */
static void among_others(struct parcel *parcel)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer right = {};

    assert_int_equal(vc_buffer_append(&right, vc_buffer_bytes(parcel->passed_on), nullptr), VC_OK);
    forged(parcel);
    other_chip(parcel);
    assert_int_equal(vc_buffer_append(parcel->passed_on, vc_buffer_bytes(&right), nullptr), VC_OK);
}

static const struct row {
    const char *name;
    void (*bend)(struct parcel *parcel);
    const char *words; /* null: accepted */
} rows[] = {
    {"what the service needed", as_it_is, nullptr},
    {"among certificates of others", among_others, nullptr},
    {"nothing", nothing, "no VCEK for chip"},
    {"a leaf whose issuer nobody has", leaf_alone, "leads to"},
    {"A8: another chip's", other_chip, "no VCEK for chip"},
    {"A6: another TCB's", other_tcb, "the certificate there says"},
    {"another product's", other_product, "no VCEK for chip"},
    {"a cloud's in place of the chip's", vlek, "no VCEK for chip"},
    {"a forger's, with his issuer", forged, "attestation report"},
    {"a forger's, with AMD's issuer", forged_leaf, "attestation report"},
    {"cut", cut, "certificates: out of form"},
    {"no certificate at all", no_certificate, "certificates, at byte 0"},
    {"too many", crowded, "more than 8"},
    {"too large", oversized, "at most 16384 bytes"},
};

static struct vc_attested certified(struct scene *scene, const struct vc_snp_wish *wish)
{
    struct vc_attested attested = session_fixture_attested(&scene->fixture);

    scene->fixture.measurement = vc_octets_of(VC_BYTES(wish->measurement));
    attested.platform = VC_PLATFORM_SNP;
    attested.measurement = scene->fixture.measurement;
    attested.machine = vc_octets_of(VC_BYTES(wish->chip));
    return attested;
}

/* The report alone, as a host without a certificate table gives it. */
static void make_evidence(const struct scene *scene, const struct vc_session_scene *session,
                          struct vc_snp_wish *wish, struct vc_buffer *evidence)
{
    uint8_t report[VC_SNP_REPORT_SIZE];

    vc_session_report_data(session, wish->report_data);
    vc_snp_fixture_report(&scene->amd, wish, report);
    assert_int_equal(vc_buffer_append(evidence, VC_BYTES(report), nullptr), VC_OK);
}

/* What the service learnt when it verified evidence of this machine with its collateral. */
static void need(const struct scene *scene, const struct vc_snp_wish *wish,
                 struct vc_bytes evidence, struct vc_buffer *needed)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral =
        vc_snp_fixture_collateral(&scene->amd, wish);
    const struct vc_verification verification = {.anchors = &scene->amd.anchors,
                                                 .collateral = collateral,
                                                 .now = NOW,
                                                 .depth = VC_DEPTH_JUDGED,
                                                 .needed = needed};
    struct vc_claims claims;

    assert_int_equal(vc_evidence_verify(&(struct vc_evidence){VC_PLATFORM_SNP, evidence, {}},
                                        &verification, &claims, nullptr),
                     VC_OK);
    assert_true(needed->size > 0);
}

/* From the container's answer, as text, to the client's verdict. */
static enum vc_code judge(const struct vc_session_peer *peer,
                          const struct vc_session_answer *answer, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    vc_cleanup(vc_session_answer_done) struct vc_session_answer heard = {};
    struct vc_attested found;
    struct vc_log_head head;

    assert_int_equal(vc_session_answer_encode(answer, &json, nullptr), VC_OK);
    if (vc_session_answer_parse(vc_buffer_bytes(&json), &heard, err) != VC_OK)
        return VC_UNTRUSTED;
    return vc_session_check(peer, &heard, &found, &head, err);
}

static enum vc_code talk(struct scene *scene, const struct row *row, struct vc_err *err)
{
    struct session_fixture *fixture = &scene->fixture;
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    struct vc_attested attested = certified(scene, &wish);
    vc_cleanup(vc_cert_freep) struct vc_cert *cert =
        session_fixture_issue(fixture, fixture->shown_key, &attested, 1800);
    const struct vc_session_scene session = {NONCE, EXPORTER, cert, cert, fixture->policy_hash,
                                             "",    0};
    const struct vc_session_peer peer = {.expectations = {.ca = fixture->ca,
                                                          .policy_hash = fixture->policy_hash,
                                                          .platforms = &fixture->platform,
                                                          .platform_count = 1,
                                                          .max_age_s = 3600},
                                         .vendors = &scene->amd.anchors,
                                         .nonce = NONCE,
                                         .exporter = EXPORTER,
                                         .shown = cert,
                                         .now = NOW};
    vc_cleanup(vc_session_answer_done) struct vc_session_answer answer = {.platform =
                                                                              VC_PLATFORM_SNP};
    struct parcel parcel = {scene, wish, &answer.certificates};

    make_evidence(scene, &session, &wish, &answer.evidence);
    need(scene, &wish, vc_buffer_bytes(&answer.evidence), &answer.certificates);
    row->bend(&parcel);
    assert_int_equal(vc_cert_parse_der(vc_cert_der(cert), &answer.certificate, nullptr), VC_OK);
    answer.receipt =
        session_fixture_receipt(fixture, fixture->leaf_count - 1, fixture->leaf_count, 0);
    return judge(&peer, &answer, err);
}

static void test_certificates_passed_on(void **state)
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
        cmocka_unit_test_setup_teardown(test_certificates_passed_on, begin, end),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
