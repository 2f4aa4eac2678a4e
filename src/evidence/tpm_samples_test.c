/* SPDX-License-Identifier: MIT */

/* Event logs and quotes that others published, and one of an emulated TPM under measured boot. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/reader.h"
#include "evidence/event_log.h"
#include "evidence/samples_test.h"
#include "evidence/tpm.h"
#include "evidence/tpm_import.h"
#include "evidence/tpm_trust.h"

static constexpr int64_t NOW = 1795000000; /* 2026-11-18; the emulated TPM's CA begins later */
static constexpr int64_t LATER = 1800000000;

static enum vc_code count_row(void *user, const struct vc_field *field, struct vc_err *)
{
    assert_true(field->name[0] != '\0' && field->value[0] != '\0' && field->meaning[0] != '\0');
    (*(size_t *)user)++;
    return VC_OK;
}

static const struct log_row {
    const char *file;
    enum vc_event_numbering numbering;
    enum vc_hash hash;
    size_t events;
} logs[] = {
    {"tpm/eventlogs/cos-101-amd-sev.bin", VC_EVENT_TPM, VC_HASH_SHA256, 49},
    {"tpm/eventlogs/cos-101-amd-sev.bin", VC_EVENT_TPM, VC_HASH_SHA384, 49},
    {"tpm/eventlogs/goattest_crypto_agile_eventlog", VC_EVENT_TPM, VC_HASH_SHA256, 27},
    {"tpm/eventlogs/goattest_sb_cert_eventlog", VC_EVENT_TPM, VC_HASH_SHA256, 15},
    {"tpm/eventlogs/rhel8-uefi.bin", VC_EVENT_TPM, VC_HASH_SHA256, 83},
    {"tpm/eventlogs/ubuntu-2104-no-secure-boot.bin", VC_EVENT_TPM, VC_HASH_SHA384, 106},
    {"tpm/eventlogs/ubuntu-2404-amd-sevsnp.bin", VC_EVENT_TPM, VC_HASH_SHA256, 117},
    {"tpm/own_swtpm_ovmf/ev.bin", VC_EVENT_TPM, VC_HASH_SHA256, 25},
    {"tdx/gotdx_cos113_ccel_data.dat", VC_EVENT_TDX, VC_HASH_SHA384, 44},
    {"tdx/trustee_CCEL_data", VC_EVENT_TDX, VC_HASH_SHA384, 6},
};

static void test_logs(void **)
{
    size_t bytes = 0;

    for (size_t i = 0; i < VC_COUNT(logs); i++) {
        const struct log_row *row = &logs[i];
        vc_cleanup(vc_buffer_done) struct vc_buffer log = {};
        struct vc_replay replay;
        struct vc_err err = {};
        size_t rows = 0;

        vc_samples_load(row->file, &log);
        if (vc_event_log_show(vc_buffer_bytes(&log), row->numbering,
                              &(struct vc_field_sink){count_row, &rows}, &err) != VC_OK ||
            vc_event_log_replay(vc_buffer_bytes(&log), row->numbering, row->hash, &replay, &err) !=
                VC_OK)
            fail_msg("%s: %s", row->file, err.text);
        assert_int_equal(rows, row->events);
        bytes += log.size;
    }
    print_message("# event logs: %zu of samples, %zu bytes\n", VC_COUNT(logs), bytes);
}

/* The quote of the same machine holds what its log yields (RTMR0 at 48 + 328 of the quote). */
static void test_ccel_yields_rtmrs(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer log = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer quote = {};
    struct vc_replay replay;

    vc_samples_load("tdx/gotdx_cos113_ccel_data.dat", &log);
    vc_samples_load("tdx/gotdx_cos113_quote.dat", &quote);
    assert_int_equal(
        vc_event_log_replay(vc_buffer_bytes(&log), VC_EVENT_TDX, VC_HASH_SHA384, &replay, nullptr),
        VC_OK);
    assert_true(quote.size > 48 + 520);
    for (size_t i = 0; i < 3; i++) {
        assert_true(replay.counts[VC_EVENT_RTMR0 + i] > 0);
        assert_memory_equal(replay.values[VC_EVENT_RTMR0 + i].bytes, quote.data + 48 + 328 + 48 * i,
                            VC_SHA384_SIZE);
    }
}

/* No bit of a digest in the log can change without the registers changing: of the real log, as far
 * as its events go. */
static void test_log_bits(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer log = {};
    struct vc_replay whole;
    size_t changed = 0;
    size_t refused = 0;

    vc_samples_load("tpm/own_swtpm_ovmf/ev.bin", &log);
    assert_int_equal(
        vc_event_log_replay(vc_buffer_bytes(&log), VC_EVENT_TPM, VC_HASH_SHA256, &whole, nullptr),
        VC_OK);
    for (size_t bit = 0; bit < 8 * log.size; bit++) {
        struct vc_replay part;

        log.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (vc_event_log_replay(vc_buffer_bytes(&log), VC_EVENT_TPM, VC_HASH_SHA256, &part,
                                nullptr) != VC_OK)
            refused++;
        else
            changed += memcmp(&whole, &part, sizeof(whole)) != 0;
        log.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(changed >= (size_t)22 * 8 * VC_SHA256_SIZE); /* at least each digest's bits */
    print_message("# event log: %zu flips: %zu refused, %zu yield other registers, %zu in text\n",
                  8 * log.size, refused, changed, 8 * log.size - refused - changed);
}

/* Endorses one key by one id. */
struct endorsement {
    struct vc_octets id;
    struct vc_public_key *key;
};

static const struct vc_public_key *find_endorsed(void *user, enum vc_platform_kind,
                                                 struct vc_bytes id)
{
    const struct endorsement *one = user;

    return id.size == one->id.size && memcmp(id.data, one->id.bytes, id.size) == 0 ? one->key
                                                                                   : nullptr;
}

static void endorsement_done(struct endorsement *one)
{
    vc_public_key_free(one->key);
}

/* Whoever holds this bundle endorses its AK. */
static struct endorsement endorse_ak(struct vc_bytes bytes)
{
    struct endorsement made = {};
    struct vc_tpm_bundle bundle;
    struct vc_tpm_public area;

    assert_int_equal(vc_tpm_bundle_parse(bytes, &bundle, nullptr), VC_OK);
    if (bundle.ak_public.size == 0) {
        assert_int_equal(vc_public_key_parse_der(bundle.ak_key, &made.key, nullptr), VC_OK);
        made.id = vc_hash_of(VC_HASH_SHA256, bundle.ak_key);
        return made;
    }
    assert_int_equal(vc_tpm_parse_public(bundle.ak_public, &area, nullptr), VC_OK);
    assert_int_equal(vc_tpm_name(&area, &made.id, nullptr), VC_OK);
    assert_int_equal(vc_tpm_public_key(&area, &made.key, nullptr), VC_OK);
    return made;
}

static enum vc_code verify(struct vc_bytes bytes, struct endorsement *endorsed,
                           struct vc_claims *claims, struct vc_err *err)
{
    const struct vc_anchors anchors = {.endorsed = find_endorsed, .user = endorsed};
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_TPM, .bytes = bytes};
    const struct vc_verification verification = {
        .anchors = &anchors, .now = NOW, .depth = VC_DEPTH_JUDGED};

    return vc_evidence_verify(&evidence, &verification, claims, err);
}

static const char *const own_files[] = {"README.txt", "ak.name",
                                        "ak.pub",     "ek.pem",
                                        "ek.pub",     "ekcert384.der",
                                        "ev.bin",     "issuercert.pem",
                                        "nonce",      "pcrs.txt",
                                        "q.msg",      "q.pcrs",
                                        "q.sig",      "swtpm-localca-rootca-cert.pem"};

static void import_own(struct vc_buffer *bundle)
{
    struct vc_buffer files[VC_COUNT(own_files)] = {};
    struct vc_tpm_blob blobs[VC_COUNT(own_files)];
    struct vc_err err = {};

    for (size_t i = 0; i < VC_COUNT(own_files); i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), "tpm/own_swtpm_ovmf/%s", own_files[i]);
        vc_samples_load(path, &files[i]);
        blobs[i] = (struct vc_tpm_blob){own_files[i], vc_buffer_bytes(&files[i])};
    }
    if (vc_tpm_import(blobs, VC_COUNT(blobs), bundle, &err) != VC_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < VC_COUNT(own_files); i++)
        vc_buffer_done(&files[i]);
}

static void import_one(const char *file, struct vc_buffer *bundle)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_err err = {};

    vc_samples_load(file, &bytes);
    if (vc_tpm_import(&(struct vc_tpm_blob){file, vc_buffer_bytes(&bytes)}, 1, bundle, &err) !=
        VC_OK)
        fail_msg("%s: %s", file, err.text);
}

/* Files of tpm2-tools: the AK's public area is made again from its PEM and name; registers, log and
 * EK certificate come along. */
static void test_own_swtpm(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer name = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer nonce = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer wanted = {};
    vc_cleanup(endorsement_done) struct endorsement ak = {};
    struct vc_tpm_bundle parts;
    struct vc_claims claims;
    struct vc_err err = {};
    size_t rows = 0;

    import_own(&bundle);
    vc_samples_load("tpm/own_swtpm_ovmf/ak.name", &name);
    vc_samples_load("tpm/own_swtpm_ovmf/nonce", &nonce);
    assert_int_equal(vc_hex_decode(vc_buffer_bytes(&nonce), &wanted, nullptr), VC_OK);
    assert_int_equal(vc_tpm_bundle_parse(vc_buffer_bytes(&bundle), &parts, nullptr), VC_OK);
    assert_int_equal(parts.pcr_count, 14);
    assert_true(parts.ak_public.size > 0 && parts.event_log.size > 0 && parts.ek_chain.count == 3);
    ak = endorse_ak(vc_buffer_bytes(&bundle));
    if (verify(vc_buffer_bytes(&bundle), &ak, &claims, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(claims.machine.size, name.size);
    assert_memory_equal(claims.machine.bytes, name.data, name.size);
    assert_int_equal(claims.report_data.size, wanted.size);
    assert_memory_equal(claims.report_data.bytes, wanted.data, wanted.size);
    assert_non_null(vc_claims_register(&claims, "pcr12"));
    assert_null(vc_claims_register(&claims, "pcr13"));
    assert_non_null(vc_claims_register(&claims, "pcr14"));
    assert_int_equal(vc_evidence_show(&(struct vc_evidence){.platform = VC_PLATFORM_TPM,
                                                            .bytes = vc_buffer_bytes(&bundle)},
                                      &(struct vc_field_sink){count_row, &rows}, &err),
                     VC_OK);
    assert_true(rows > 70);
    ak.id.bytes[5] ^= 1;
    assert_int_equal(verify(vc_buffer_bytes(&bundle), &ak, &claims, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "is not endorsed"));
}

/* Certificates that swtpm's own CA issued, with a critical alternative name. */
static void test_own_ek_chain(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer issuer_pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    vc_cleanup(vc_cert_freep) struct vc_cert *root = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *issuer = nullptr;
    struct vc_tpm_bundle bundle = {};
    struct vc_anchors anchors = {.root_count = 1};
    struct vc_verification verification = {.anchors = &anchors, .now = LATER};
    struct vc_octets hash;
    struct vc_err err = {};

    vc_samples_load("tpm/own_swtpm_ovmf/swtpm-localca-rootca-cert.pem", &pem);
    vc_samples_load("tpm/own_swtpm_ovmf/issuercert.pem", &issuer_pem);
    vc_samples_load("tpm/own_swtpm_ovmf/ekcert384.der", &der);
    assert_int_equal(vc_cert_parse_pem(vc_buffer_bytes(&pem), &root, &err), VC_OK);
    assert_int_equal(vc_cert_parse_pem(vc_buffer_bytes(&issuer_pem), &issuer, &err), VC_OK);
    anchors.roots[0] = (struct vc_anchor){VC_PLATFORM_TPM, "", root};
    bundle.ek_chain = (struct vc_tpm_chain){{vc_buffer_bytes(&der), vc_cert_der(issuer)}, 2};
    if (vc_tpm_trust_ek(&bundle, &verification, &hash, &err) != VC_OK)
        fail_msg("%s", err.text);
    bundle.ek_chain.count = 1;
    assert_int_equal(vc_tpm_trust_ek(&bundle, &verification, &hash, &err), VC_NOT_FOUND);
    anchors.roots[0].cert = issuer;
    assert_int_equal(vc_tpm_trust_ek(&bundle, &verification, &hash, &err), VC_OK);
    verification.now = 1000000000;
    assert_int_equal(vc_tpm_trust_ek(&bundle, &verification, &hash, &err), VC_UNTRUSTED);
}

static void test_trustee(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
    vc_cleanup(endorsement_done) struct endorsement ak = {};
    struct vc_claims claims;
    struct vc_err err = {};

    import_one("tpm/trustee_tpm_evidence.json", &bundle);
    ak = endorse_ak(vc_buffer_bytes(&bundle));
    if (verify(vc_buffer_bytes(&bundle), &ak, &claims, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_true(vc_octets_is_zero(vc_claims_register(&claims, "pcr0")));
    assert_int_equal(vc_claims_register(&claims, "pcr17")->bytes[0], 0xff);
}

/* Genuine, of a Google machine: SHA-1 throughout, and no nonce. */
static void test_gcp_windows(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
    vc_cleanup(endorsement_done) struct endorsement ak = {};
    struct vc_tpm_bundle parts;
    struct vc_claims claims;
    struct vc_err err = {};
    size_t rows = 0;

    import_one("tpm/goattest_windows_gcp_shielded_vm.json", &bundle);
    assert_int_equal(vc_tpm_bundle_parse(vc_buffer_bytes(&bundle), &parts, nullptr), VC_OK);
    assert_int_equal(parts.pcr_count, 24);
    ak = endorse_ak(vc_buffer_bytes(&bundle));
    assert_int_equal(verify(vc_buffer_bytes(&bundle), &ak, &claims, &err), VC_UNTRUSTED);
    assert_string_equal(
        err.text, "quote over the bank of SHA-1 (0x4); SHA-256, SHA-384 and SHA-512 are trusted");
    assert_int_equal(vc_evidence_show(&(struct vc_evidence){.platform = VC_PLATFORM_TPM,
                                                            .bytes = vc_buffer_bytes(&bundle)},
                                      &(struct vc_field_sink){count_row, &rows}, &err),
                     VC_OK);
    assert_true(rows > 50);
}

/* Flips each bit of a part in place, and cuts it at each byte. */
static void try_part(struct vc_tpm_bundle *parts, struct vc_bytes *part, struct endorsement *ak,
                     size_t counts[2])
{
    vc_cleanup(vc_buffer_done) struct vc_buffer copy = {};
    struct vc_bytes right = *part;
    struct vc_claims claims;

    assert_int_equal(vc_buffer_append(&copy, right, nullptr), VC_OK);
    for (size_t i = 0; i < 8 * right.size + right.size - 1; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
        bool flips = i < 8 * right.size;

        if (flips)
            copy.data[i / 8] ^= (uint8_t)(1 << i % 8);
        *part = (struct vc_bytes){copy.data, flips ? right.size : i - 8 * right.size + 1};
        assert_int_equal(vc_tpm_bundle_encode(parts, &bundle, nullptr), VC_OK);
        assert_int_not_equal(verify(vc_buffer_bytes(&bundle), ak, &claims, nullptr), VC_OK);
        if (flips)
            copy.data[i / 8] ^= (uint8_t)(1 << i % 8);
        counts[flips ? 0 : 1]++;
    }
    *part = right;
}

static void test_mutants(void **)
{
    size_t counts[2] = {};

    for (size_t i = 0; i < 2; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
        vc_cleanup(endorsement_done) struct endorsement ak = {};
        struct vc_tpm_bundle parts;

        if (i == 0)
            import_own(&bundle);
        else
            import_one("tpm/trustee_tpm_evidence.json", &bundle);
        ak = endorse_ak(vc_buffer_bytes(&bundle));
        assert_int_equal(vc_tpm_bundle_parse(vc_buffer_bytes(&bundle), &parts, nullptr), VC_OK);
        try_part(&parts, &parts.attest, &ak, counts);
        try_part(&parts, &parts.signature, &ak, counts);
        try_part(&parts, parts.ak_public.size > 0 ? &parts.ak_public : &parts.ak_key, &ak, counts);
        try_part(&parts, &parts.pcrs[0], &ak, counts);
        try_part(&parts, &parts.pcrs[9], &ak, counts);
    }
    print_message("# tpm samples: %zu single-bit flips, %zu truncations of their parts refused\n",
                  counts[0], counts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logs),         cmocka_unit_test(test_ccel_yields_rtmrs),
        cmocka_unit_test(test_log_bits),     cmocka_unit_test(test_own_swtpm),
        cmocka_unit_test(test_own_ek_chain), cmocka_unit_test(test_trustee),
        cmocka_unit_test(test_gcp_windows),  cmocka_unit_test(test_mutants),
    };

    return cmocka_run_group_tests_name("tpm-samples", tests, nullptr, nullptr);
}
