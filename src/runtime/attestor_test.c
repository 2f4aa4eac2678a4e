/* SPDX-License-Identifier: MIT */

/* What sessions are answered with on a machine whose evidence lacks certificates (SEV-SNP without a
 * host's table): from the service's answer at enrolment to a client's verdict. */

#include "runtime/attestor.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "attest/session_fixture.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/packet.h"
#include "evidence/snp_fixture.h"

static constexpr int64_t NOW = VC_SNP_FIXTURE_NOW;
static const uint8_t NONCE[VC_NONCE_SIZE] = {1}, EXPORTER[VC_SHA256_SIZE] = {2};

/* A container, and the machine under it. */
struct scene {
    struct session_fixture fixture;
    struct vc_snp_fixture amd;
    struct vc_snp_wish wish; /* of the machine's reports */
    struct vc_policy policy; /* its hash only */
    struct vc_cert *cert;
    struct vc_loop *loop;
    struct vc_launcher_line line;
    int ours, theirs;
    struct vc_attestor *attestor;
};

static void make_machine(struct scene *scene)
{
    struct session_fixture *fixture = &scene->fixture;
    struct vc_attested attested = session_fixture_attested(fixture);

    vc_snp_fixture_init(&scene->amd, false);
    scene->wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    fixture->platform.kind = VC_PLATFORM_SNP;
    fixture->measurement = vc_octets_of(VC_BYTES(scene->wish.measurement));
    attested.platform = VC_PLATFORM_SNP;
    attested.measurement = fixture->measurement;
    attested.machine = vc_octets_of(VC_BYTES(scene->wish.chip));
    scene->cert = session_fixture_issue(fixture, fixture->shown_key, &attested, 1800);
    memcpy(scene->policy.hash, fixture->policy_hash, sizeof(scene->policy.hash));
}

static int begin(void **state)
{
    static struct scene scene;
    struct vc_attestor_setup setup = {
        .policy = &scene.policy, .line = &scene.line, .platform = VC_PLATFORM_SNP};

    scene = (struct scene){.ours = -1, .theirs = -1};
    session_fixture_init(&scene.fixture, NOW);
    make_machine(&scene);
    assert_int_equal(vc_loop_new(&scene.loop, nullptr), VC_OK);
    assert_int_equal(vc_packet_pair(&scene.ours, &scene.theirs, nullptr), VC_OK);
    assert_int_equal(vc_launcher_line_init(&scene.line, scene.theirs, nullptr), VC_OK);
    setup.loop = scene.loop;
    assert_int_equal(vc_attestor_new(&setup, &scene.attestor, nullptr), VC_OK);
    *state = &scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;

    vc_attestor_free(scene->attestor);
    vc_launcher_line_done(&scene->line);
    vc_fd_closep(&scene->ours);
    vc_fd_closep(&scene->theirs);
    vc_loop_free(scene->loop);
    vc_cert_free(scene->cert);
    vc_snp_fixture_done(&scene->amd);
    session_fixture_done(&scene->fixture);
    return 0;
}

/* ---- the service's answer ---- */

static void put_chain(const struct scene *scene, const struct vc_snp_wish *wish,
                      struct vc_buffer *run)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_snp_fixture_leaf(&scene->amd, wish);

    assert_int_equal(vc_buffer_append(run, vc_cert_der(leaf), nullptr), VC_OK);
    assert_int_equal(
        vc_buffer_append(run, vc_cert_der(scene->amd.lines[wish->product].ask), nullptr), VC_OK);
}

/* `certificates` is a JSON text; null: there is no such member. */
static void write_answer(const struct scene *scene, const char *certificates,
                         struct vc_buffer *json)
{
    const struct session_fixture *fixture = &scene->fixture;
    struct vc_log_receipt receipt =
        session_fixture_receipt(fixture, fixture->leaf_count - 1, fixture->leaf_count, 0);
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    struct vc_json_writer writer = vc_json_writer_over(json);

    assert_int_equal(vc_cert_encode_pem(scene->cert, &pem, nullptr), VC_OK);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_bytes(&writer, "certificate", vc_buffer_bytes(&pem));
    vc_log_receipt_write(&writer, "receipt", &receipt);
    vc_json_close_object(&writer);
    assert_int_equal(vc_json_write_end(&writer, nullptr), VC_OK);
    if (certificates == nullptr)
        return;
    json->size--; /* the object goes on */
    assert_int_equal(vc_buffer_printf(json, nullptr, ",\"certificates\":%s}", certificates), VC_OK);
}

static enum vc_code parse_answer(const struct scene *scene, const char *certificates,
                                 struct vc_enrolment *enrolment, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;

    write_answer(scene, certificates, &text);
    assert_int_equal(vc_json_parse(vc_buffer_bytes(&text), &json, nullptr), VC_OK);
    return vc_enrolment_parse(json, enrolment, err);
}

/* In base 64 and in quotes, with a NUL. */
static void quote(struct vc_bytes bytes, struct vc_buffer *text)
{
    assert_int_equal(vc_buffer_append_text(text, "\"", nullptr), VC_OK);
    assert_int_equal(vc_base64_encode(bytes, text, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(text, (struct vc_bytes){(const uint8_t *)"\"", 2}, nullptr),
                     VC_OK);
}

/* Enrols; with certificates for this wish, or (null) none. */
static void enrol(struct scene *scene, const struct vc_snp_wish *wish)
{
    vc_cleanup(vc_enrolment_done) struct vc_enrolment enrolment = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer run = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    if (wish != nullptr) {
        put_chain(scene, wish, &run);
        quote(vc_buffer_bytes(&run), &text);
    }
    assert_int_equal(parse_answer(scene, (const char *)text.data, &enrolment, nullptr), VC_OK);
    assert_int_equal(enrolment.needed.size, run.size);
    assert_int_equal(vc_attestor_renew(scene->attestor, &enrolment, nullptr), VC_OK);
}

static void test_what_the_service_answers(void **state)
{
    const struct scene *scene = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer run = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer right = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer cut = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer many = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer large = {};

    put_chain(scene, &scene->wish, &run);
    quote(vc_buffer_bytes(&run), &right);
    quote((struct vc_bytes){run.data, run.size - 1}, &cut);
    for (int i = 0; i < 4; i++)
        put_chain(scene, &scene->wish, &run);
    quote(vc_buffer_bytes(&run), &many);
    while (run.size <= VC_NEEDED_SIZE_MAX)
        put_chain(scene, &scene->wish, &run);
    quote(vc_buffer_bytes(&run), &large);

    const struct {
        const char *name, *certificates;
        enum vc_code code;
        const char *words;
    } rows[] = {
        {"none", nullptr, VC_OK, ""},
        {"those of the machine", (const char *)right.data, VC_OK, ""},
        {"cut", (const char *)cut.data, VC_MALFORMED, "certificates: out of form"},
        {"too many", (const char *)many.data, VC_MALFORMED, "more than 8"},
        {"too large", (const char *)large.data, VC_LIMIT, "certificates: over 16384 bytes"},
        {"no base 64", "\"%\"", VC_MALFORMED, "base64"},
        {"no certificate", "\"MAA=\"", VC_MALFORMED, "certificates, at byte 0"},
        {"no string", "7", VC_MALFORMED, "certificates"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_enrolment_done) struct vc_enrolment enrolment = {};
        struct vc_err err = {};
        enum vc_code code = parse_answer(scene, rows[i].certificates, &enrolment, &err);

        if (code != rows[i].code || strstr(err.text, rows[i].words) == nullptr)
            fail_msg("%s: %s \"%s\"", rows[i].name, vc_code_name(code), err.text);
    }
}

/* ---- a session ---- */

/* The launcher's side: a report, and no table behind it. */
static void *launch(void *user)
{
    struct scene *scene = user;
    struct vc_launcher_evidence_request request = {};
    struct vc_packet packet = {};
    struct vc_launcher_evidence head = {.kind = VC_LAUNCHER_EVIDENCE, .size = VC_SNP_REPORT_SIZE};
    uint8_t report[VC_SNP_REPORT_SIZE];

    if (vc_packet_receive(scene->ours, (uint8_t *)&request, sizeof(request), &packet, nullptr) !=
        VC_OK)
        return nullptr;
    memcpy(scene->wish.report_data, request.binder, sizeof(request.binder));
    vc_snp_fixture_report(&scene->amd, &scene->wish, report);
    const struct vc_parcel parcel = {.head = VC_BYTES_OF(head), .tail = VC_BYTES(report)};

    return vc_packet_send(scene->ours, &parcel, nullptr) == VC_OK ? scene : nullptr;
}

struct heard {
    struct vc_loop *loop;
    struct vc_buffer json;
};

static void on_answer(void *user, struct vc_buffer *json, const struct vc_err *err)
{
    struct heard *heard = user;

    if (json == nullptr)
        fail_msg("no answer: %s", err->text);
    heard->json = *json;
    *json = (struct vc_buffer){};
    vc_loop_stop(heard->loop);
}

static void ask(struct scene *scene, struct vc_session_answer *answer)
{
    struct heard heard = {.loop = scene->loop};
    struct vc_attestation question = {.done = on_answer, .user = &heard};
    struct vc_attestation_job *job = nullptr;
    struct vc_err err = {};
    void *sent = nullptr;
    pthread_t launcher;

    memcpy(question.request.nonce, NONCE, sizeof(NONCE));
    memcpy(question.exporter, EXPORTER, sizeof(EXPORTER));
    assert_int_equal(vc_cert_parse_der(vc_cert_der(scene->cert), &question.shown, nullptr), VC_OK);
    assert_int_equal(pthread_create(&launcher, nullptr, launch, scene), 0);
    assert_int_equal(vc_attestor_ask(scene->attestor, &question, &job, nullptr), VC_OK);
    assert_int_equal(vc_loop_run(scene->loop, nullptr), VC_OK);
    assert_int_equal(pthread_join(launcher, &sent), 0);
    assert_non_null(sent);
    if (vc_session_answer_parse(vc_buffer_bytes(&heard.json), answer, &err) != VC_OK)
        fail_msg("%s", err.text);
    vc_buffer_done(&heard.json);
}

/* The client's verdict on the container as it is now. */
static enum vc_code judge(struct scene *scene, struct vc_err *err)
{
    const struct session_fixture *fixture = &scene->fixture;
    vc_cleanup(vc_session_answer_done) struct vc_session_answer answer = {};
    const struct vc_session_peer peer = {.expectations = {.ca = fixture->ca,
                                                          .policy_hash = fixture->policy_hash,
                                                          .platforms = &fixture->platform,
                                                          .platform_count = 1,
                                                          .max_age_s = 3600},
                                         .vendors = &scene->amd.anchors,
                                         .nonce = NONCE,
                                         .exporter = EXPORTER,
                                         .shown = scene->cert,
                                         .now = NOW};
    struct vc_attested attested;
    struct vc_log_head head;

    ask(scene, &answer);
    return vc_session_check(&peer, &answer, &attested, &head, err);
}

static void must(struct scene *scene, const char *words)
{
    struct vc_err err = {};
    enum vc_code code = judge(scene, &err);

    if (code != (words == nullptr ? VC_OK : VC_UNTRUSTED) ||
        (words != nullptr && strstr(err.text, words) == nullptr))
        fail_msg("%s: \"%s\"", vc_code_name(code), err.text);
}

/* Each enrolment's certificates replace those of the one before. */
static void test_sessions(void **state)
{
    struct scene *scene = *state;
    struct vc_snp_wish old = scene->wish, other = scene->wish;

    old.tcb[7]--;
    other.chip[3] ^= 1;
    enrol(scene, nullptr);
    must(scene, "no VCEK for chip");
    enrol(scene, &scene->wish);
    must(scene, nullptr);
    must(scene, nullptr);
    enrol(scene, &old);
    must(scene, "the certificate there says");
    enrol(scene, &other);
    must(scene, "no VCEK for chip");
    enrol(scene, &scene->wish);
    must(scene, nullptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_the_service_answers, begin, end),
        cmocka_unit_test_setup_teardown(test_sessions, begin, end),
    };

    return cmocka_run_group_tests_name("attestor", tests, nullptr, nullptr);
}
