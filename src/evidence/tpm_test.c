/* SPDX-License-Identifier: MIT */

#include "evidence/tpm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/tpm_fixture.h"

static constexpr int64_t NOW = 1795000000;
static constexpr int64_t DAY = 86400;

static const uint8_t NONCE[32] = {0x6e, 1, 2, 3};

/* SEQUENCE of one OID of TCG. */
static const uint8_t USAGE_EK[] = {0x30, 7, 6, 5, 0x67, 0x81, 5, 8, 1};
static const uint8_t USAGE_AK[] = {0x30, 7, 6, 5, 0x67, 0x81, 5, 8, 3};
/* SubjectAltName with one empty directoryName. */
static const uint8_t ALT_NAME[] = {0x30, 4, 0xa4, 2, 0x30, 0};

/* Everything slow to make. */
struct scene {
    struct vc_pki_key *p256, *p384, *rsa, *ca_key, *other_key, *ek_key;
    struct vc_cert *root, *other_root;
    struct vc_cert *ak_cert, *ak_cert_wrong_key, *ak_cert_wrong_use, *ak_cert_other, *ak_cert_plain;
    struct vc_cert *ek_cert, *ek_cert_other, *ek_cert_wrong_use;
    struct vc_public_key *endorsed_key; /* given for endorsed_id */
    struct vc_octets endorsed_id;
    struct vc_anchors anchors;
};

static struct scene scene;

static const struct vc_public_key *find_endorsed(void *user, enum vc_platform_kind platform,
                                                 struct vc_bytes id)
{
    struct scene *here = user;

    assert_int_equal(platform, VC_PLATFORM_TPM);
    if (id.size != here->endorsed_id.size || memcmp(id.data, here->endorsed_id.bytes, id.size) != 0)
        return nullptr;
    return here->endorsed_key;
}

static struct vc_cert *issue_ca(const char *name, const struct vc_pki_key *key)
{
    return vc_pki_issue(&(struct vc_pki_order){.subject = name,
                                               .key = key,
                                               .scheme = VC_SCHEME_ES256,
                                               .not_before = NOW - DAY,
                                               .not_after = NOW + DAY,
                                               .has_constraints = true,
                                               .ca = true,
                                               .path_length = -1,
                                               .key_usage = VC_PKI_KEY_CERT_SIGN,
                                               .serial = 1});
}

static struct vc_cert *issue(const struct vc_pki_key *key, const struct vc_cert *issuer,
                             const struct vc_pki_key *signer, struct vc_bytes usage)
{
    const struct vc_pki_extension extensions[] = {
        {"2.5.29.17", true, VC_BYTES(ALT_NAME)},
        {"2.5.29.37", false, usage},
    };

    return vc_pki_issue(&(struct vc_pki_order){.key = key,
                                               .issuer = issuer,
                                               .signer = signer,
                                               .scheme = VC_SCHEME_ES256,
                                               .not_before = NOW - DAY,
                                               .not_after = NOW + DAY,
                                               .has_constraints = true,
                                               .path_length = -1,
                                               .serial = 2,
                                               .extensions = extensions,
                                               .extension_count = usage.size > 0 ? 2 : 1});
}

static int make_scene(void **)
{
    scene.p256 = vc_pki_key_new(VC_KEY_P256, 0);
    scene.p384 = vc_pki_key_new(VC_KEY_P384, 0);
    scene.rsa = vc_pki_key_new(VC_KEY_RSA, 2048);
    scene.ca_key = vc_pki_key_new(VC_KEY_P256, 0);
    scene.other_key = vc_pki_key_new(VC_KEY_P256, 0);
    scene.ek_key = vc_pki_key_new(VC_KEY_P256, 0);
    scene.root = issue_ca("Maker of TPMs", scene.ca_key);
    scene.other_root = issue_ca("Maker of TPMs", scene.other_key);
    scene.ak_cert = issue(scene.p256, scene.root, scene.ca_key, VC_BYTES(USAGE_AK));
    scene.ak_cert_plain = issue(scene.p256, scene.root, scene.ca_key, (struct vc_bytes){});
    scene.ak_cert_wrong_key = issue(scene.p384, scene.root, scene.ca_key, VC_BYTES(USAGE_AK));
    scene.ak_cert_wrong_use = issue(scene.p256, scene.root, scene.ca_key, VC_BYTES(USAGE_EK));
    scene.ak_cert_other = issue(scene.p256, scene.other_root, scene.other_key, VC_BYTES(USAGE_AK));
    scene.ek_cert = issue(scene.ek_key, scene.root, scene.ca_key, VC_BYTES(USAGE_EK));
    scene.ek_cert_wrong_use = issue(scene.ek_key, scene.root, scene.ca_key, VC_BYTES(USAGE_AK));
    scene.ek_cert_other =
        issue(scene.ek_key, scene.other_root, scene.other_key, VC_BYTES(USAGE_EK));
    scene.anchors = (struct vc_anchors){
        .roots = {{VC_PLATFORM_SNP, "", scene.other_root}, {VC_PLATFORM_TPM, "", scene.root}},
        .root_count = 2,
        .endorsed = find_endorsed,
        .user = &scene};
    return 0;
}

static int free_scene(void **)
{
    struct vc_pki_key *keys[] = {scene.p256,   scene.p384,      scene.rsa,
                                 scene.ca_key, scene.other_key, scene.ek_key};
    struct vc_cert *certs[] = {scene.root,
                               scene.other_root,
                               scene.ak_cert,
                               scene.ak_cert_wrong_key,
                               scene.ak_cert_wrong_use,
                               scene.ak_cert_other,
                               scene.ak_cert_plain,
                               scene.ek_cert,
                               scene.ek_cert_other,
                               scene.ek_cert_wrong_use};

    for (size_t i = 0; i < VC_COUNT(keys); i++)
        vc_pki_key_free(keys[i]);
    for (size_t i = 0; i < VC_COUNT(certs); i++)
        vc_cert_free(certs[i]);
    vc_public_key_free(scene.endorsed_key);
    return 0;
}

/* Name of the AK that an order describes, or the id of its key alone. */
static struct vc_octets id_of(const struct vc_tpm_fixture_order *order)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = vc_pki_key_public(order->ak);
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_tpm_public area;
    struct vc_octets name;

    if (order->key_only) {
        assert_int_equal(vc_public_key_encode_der(key, &bytes, nullptr), VC_OK);
        return vc_hash_of(VC_HASH_SHA256, vc_buffer_bytes(&bytes));
    }
    vc_tpm_fixture_area(order, &bytes);
    assert_int_equal(vc_tpm_parse_public(vc_buffer_bytes(&bytes), &area, nullptr), VC_OK);
    if (vc_tpm_name(&area, &name, nullptr) != VC_OK)
        return (struct vc_octets){.size = 1};
    return name;
}

static void endorse(const struct vc_pki_key *key, const struct vc_octets *id)
{
    vc_public_key_free(scene.endorsed_key);
    scene.endorsed_key = vc_pki_key_public(key);
    scene.endorsed_id = *id;
}

static void endorse_nobody(void)
{
    scene.endorsed_id = (struct vc_octets){.size = 1};
}

static enum vc_code verify(struct vc_bytes bundle, struct vc_bytes log, struct vc_claims *claims,
                           struct vc_err *err)
{
    const struct vc_evidence evidence = {VC_PLATFORM_TPM, bundle, log};
    const struct vc_verification verification = {
        .anchors = &scene.anchors, .now = NOW, .depth = VC_DEPTH_JUDGED};

    return vc_evidence_verify(&evidence, &verification, claims, err);
}

static enum vc_code verify_order(const struct vc_tpm_fixture_order *order, struct vc_claims *claims,
                                 struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};

    vc_tpm_fixture_bundle(order, &bundle);
    return verify(vc_buffer_bytes(&bundle), (struct vc_bytes){}, claims, err);
}

static void test_claims(void **)
{
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
    struct vc_octets name = id_of(&order);
    struct vc_octets pcr4 = vc_tpm_fixture_pcr(VC_HASH_SHA256, 4);
    uint8_t all[6 + 32] = {0, VC_TPM_SHA256, 0, 0, 3, 0xff};
    struct vc_octets wanted;
    struct vc_claims claims;

    endorse(scene.p256, &name);
    assert_int_equal(verify_order(&order, &claims, nullptr), VC_OK);
    assert_int_equal(claims.platform, VC_PLATFORM_TPM);
    assert_int_equal(claims.passed, VC_STAGE_JUDGED);
    assert_int_equal(claims.tcb_status, VC_TCB_NOT_APPLICABLE);
    assert_memory_equal(claims.report_data.bytes, NONCE, sizeof(NONCE));
    assert_int_equal(claims.report_data.size, sizeof(NONCE));
    assert_true(vc_octets_equal(&claims.machine, &name));
    assert_true(vc_octets_equal(vc_claims_register(&claims, "ak_name"), &name));
    assert_true(vc_octets_equal(vc_claims_register(&claims, "pcr4"), &pcr4));
    assert_non_null(vc_claims_register(&claims, "pcr0"));
    assert_non_null(vc_claims_register(&claims, "pcr9"));
    assert_null(vc_claims_register(&claims, "pcr10"));
    assert_null(vc_claims_register(&claims, "ek"));
    memcpy(all + 6, vc_claims_register(&claims, "pcr_digest")->bytes, 32);
    wanted = vc_hash_of(VC_HASH_SHA256, VC_BYTES(all));
    assert_true(vc_octets_equal(&claims.measurement, &wanted));
    assert_memory_equal(vc_claims_register(&claims, "pcr_selection")->bytes, all, 6);
    assert_int_equal(claims.svn_count, 3);
    assert_string_equal(claims.svns[0].part, "reset_count");
    assert_int_equal(claims.svns[0].value, 7);
    assert_int_equal(claims.svns[1].value, 2);
    assert_int_equal(claims.svns[2].value, 0x2019102300163636);
}

/* Two quotes whose registers hold the same in another place are not the same machine's state. */
static void test_selection_is_measured(void **)
{
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
    struct vc_octets name = id_of(&order);
    struct vc_claims claims[2];

    endorse(scene.p256, &name);
    order.pcrs = 1 << 8;
    assert_int_equal(verify_order(&order, &claims[0], nullptr), VC_OK);
    order.pcrs = 1 << 9;
    assert_int_equal(verify_order(&order, &claims[1], nullptr), VC_OK);
    assert_true(vc_octets_equal(vc_claims_register(&claims[0], "pcr_digest"),
                                vc_claims_register(&claims[1], "pcr_digest")));
    assert_false(vc_octets_equal(&claims[0].measurement, &claims[1].measurement));
}

static const struct accept_row {
    const char *name;
    size_t key; /* 0 P-256, 1 P-384, 2 RSA */
    uint16_t scheme, hash, bank;
    uint32_t pcrs;
    uint16_t name_hash;
    bool values, log, key_only;
} accepts[] = {
    {"P-256", 0, VC_TPM_ECDSA, VC_TPM_SHA256, VC_TPM_SHA256, 0x3ff, VC_TPM_SHA256, true, true,
     false},
    {"P-384 with SHA-384", 1, VC_TPM_ECDSA, VC_TPM_SHA384, VC_TPM_SHA384, 0x3ff, VC_TPM_SHA384,
     true, true, false},
    {"P-384, bank and signature of two hashes", 1, VC_TPM_ECDSA, VC_TPM_SHA512, VC_TPM_SHA256, 0xff,
     VC_TPM_SHA384, true, true, false},
    {"RSASSA", 2, VC_TPM_RSASSA, VC_TPM_SHA256, VC_TPM_SHA256, 0x3ff, VC_TPM_SHA256, true, true,
     false},
    {"RSAPSS", 2, VC_TPM_RSAPSS, VC_TPM_SHA256, VC_TPM_SHA256, 0x3ff, VC_TPM_SHA256, true, true,
     false},
    {"RSASSA with SHA-512", 2, VC_TPM_RSASSA, VC_TPM_SHA512, VC_TPM_SHA512, 0x3ff, VC_TPM_SHA256,
     true, true, false},
    {"all registers", 0, VC_TPM_ECDSA, VC_TPM_SHA256, VC_TPM_SHA256, 0xffffff, VC_TPM_SHA256, true,
     true, false},
    {"one register", 0, VC_TPM_ECDSA, VC_TPM_SHA256, VC_TPM_SHA256, 0x10, VC_TPM_SHA256, true, true,
     false},
    {"no log", 0, VC_TPM_ECDSA, VC_TPM_SHA256, VC_TPM_SHA256, 0x3ff, VC_TPM_SHA256, true, false,
     false},
    {"log without values", 0, VC_TPM_ECDSA, VC_TPM_SHA256, VC_TPM_SHA256, 0x3ff, VC_TPM_SHA256,
     false, true, false},
    {"neither", 0, VC_TPM_ECDSA, VC_TPM_SHA256, VC_TPM_SHA256, 0x3ff, VC_TPM_SHA256, false, false,
     false},
    {"key without its attributes", 2, VC_TPM_RSASSA, VC_TPM_SHA256, VC_TPM_SHA256, 0x3ff,
     VC_TPM_SHA256, true, true, true},
};

static void test_accepts(void **)
{
    const struct vc_pki_key *keys[] = {scene.p256, scene.p384, scene.rsa};

    for (size_t i = 0; i < VC_COUNT(accepts); i++) {
        const struct accept_row *row = &accepts[i];
        struct vc_tpm_fixture_order order =
            vc_tpm_fixture_order_of(keys[row->key], VC_BYTES(NONCE));
        struct vc_octets id;
        struct vc_claims claims;
        struct vc_err err = {};

        order.scheme = row->scheme;
        order.hash = row->hash;
        order.bank = row->bank;
        order.pcrs = row->pcrs;
        order.name_hash = row->name_hash;
        order.values = row->values;
        order.log = row->log;
        order.key_only = row->key_only;
        id = id_of(&order);
        endorse(keys[row->key], &id);
        if (verify_order(&order, &claims, &err) != VC_OK)
            fail_msg("%s: %s", row->name, err.text);
        assert_int_equal(vc_claims_register(&claims, "pcr4") != nullptr, row->values || row->log);
    }
}

/* Leading zeros of r or s may be left out: sign until one of them has some. */
static void test_short_numbers(void **)
{
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
    struct vc_octets name = id_of(&order);
    size_t shorter = 0;

    order.raw_digits = true;
    endorse(scene.p256, &name);
    for (size_t i = 0; i < 20000 && shorter == 0; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer attest = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer area = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
        struct vc_claims claims;

        vc_tpm_fixture_attest(&order, &attest);
        vc_tpm_fixture_sign(&order, vc_buffer_bytes(&attest), &signature);
        if (signature.size == 4 + 2 * 34)
            continue;
        shorter++;
        vc_tpm_fixture_area(&order, &area);
        assert_int_equal(
            vc_tpm_bundle_encode(&(struct vc_tpm_bundle){.attest = vc_buffer_bytes(&attest),
                                                         .signature = vc_buffer_bytes(&signature),
                                                         .ak_public = vc_buffer_bytes(&area)},
                                 &bundle, nullptr),
            VC_OK);
        assert_int_equal(verify(vc_buffer_bytes(&bundle), (struct vc_bytes){}, &claims, nullptr),
                         VC_OK);
    }
    assert_int_equal(shorter, 1);
}

static void wrong_magic(struct vc_tpm_fixture_order *order)
{
    order->magic = 0xff544348;
}

static void wrong_type(struct vc_tpm_fixture_order *order)
{
    order->type = 0x8017;
}

static void no_nonce(struct vc_tpm_fixture_order *order)
{
    order->nonce = (struct vc_bytes){};
}

static void long_nonce(struct vc_tpm_fixture_order *order)
{
    static const uint8_t nonce[65] = {1};

    order->nonce = VC_BYTES(nonce);
}

static void sha1_signature(struct vc_tpm_fixture_order *order)
{
    order->hash = VC_TPM_SHA1;
}

static void sha1_bank(struct vc_tpm_fixture_order *order)
{
    order->bank = VC_TPM_SHA1;
    order->log = false;
}

static void sha1_bank_beside(struct vc_tpm_fixture_order *order)
{
    order->second_bank = VC_TPM_SHA1;
}

static void sha1_name(struct vc_tpm_fixture_order *order)
{
    order->name_hash = VC_TPM_SHA1;
}

static void no_pcrs(struct vc_tpm_fixture_order *order)
{
    order->pcrs = 0;
    order->values = false;
    order->log = false;
}

static void trailing_byte(struct vc_tpm_fixture_order *order)
{
    order->trailing = 1;
}

static void wrong_digest(struct vc_tpm_fixture_order *order)
{
    static const uint8_t digest[32] = {0xd1};

    order->digest = VC_BYTES(digest);
}

static void short_digest(struct vc_tpm_fixture_order *order)
{
    static const uint8_t digest[31] = {0xd1};

    order->digest = VC_BYTES(digest);
}

static void wrong_value(struct vc_tpm_fixture_order *order)
{
    order->wrong_value = 9;
}

static void log_of_another_boot(struct vc_tpm_fixture_order *order)
{
    order->wrong_event = 7;
}

static void log_extends_zero(struct vc_tpm_fixture_order *order)
{
    order->wrong_event = 2;
}

static void log_alone_wrong(struct vc_tpm_fixture_order *order)
{
    order->wrong_event = 2;
    order->values = false;
}

static void not_restricted(struct vc_tpm_fixture_order *order)
{
    order->attributes &= ~(uint32_t)VC_TPM_RESTRICTED;
}

static void not_fixed_tpm(struct vc_tpm_fixture_order *order)
{
    order->attributes &= ~(uint32_t)VC_TPM_FIXED_TPM;
}

static void not_fixed_parent(struct vc_tpm_fixture_order *order)
{
    order->attributes &= ~(uint32_t)VC_TPM_FIXED_PARENT;
}

static void imported(struct vc_tpm_fixture_order *order)
{
    order->attributes &= ~(uint32_t)VC_TPM_SENSITIVE_DATA_ORIGIN;
}

static void not_signing(struct vc_tpm_fixture_order *order)
{
    order->attributes &= ~(uint32_t)VC_TPM_SIGN;
}

static void decrypting(struct vc_tpm_fixture_order *order)
{
    order->attributes |= VC_TPM_DECRYPT;
}

static void other_scheme(struct vc_tpm_fixture_order *order)
{
    order->area_scheme = VC_TPM_RSASSA;
}

static void free_scheme(struct vc_tpm_fixture_order *order)
{
    order->area_scheme = VC_TPM_RSAPSS;
}

static const struct refuse_row {
    const char *name;
    void (*change)(struct vc_tpm_fixture_order *order);
    enum vc_code code;
    const char *text;
} refuses[] = {
    {"another magic", wrong_magic, VC_MALFORMED,
     "TPMS_ATTEST: magic 0xff544348, 0xff544347 wanted"},
    {"not a quote", wrong_type, VC_MALFORMED, "TPMS_ATTEST: type 0x8017, 0x8018 (a quote) wanted"},
    {"trailing byte", trailing_byte, VC_MALFORMED, "TPMS_ATTEST: cut, out of form, or longer"},
    {"no nonce", no_nonce, VC_UNTRUSTED, "extraData is empty: the quote is bound to nothing"},
    {"nonce of 65 bytes", long_nonce, VC_UNTRUSTED, "extraData has 65 bytes, at most 64"},
    {"signed with SHA-1", sha1_signature, VC_UNTRUSTED, "signed with SHA-1 (0x4)"},
    {"bank of SHA-1", sha1_bank, VC_UNTRUSTED, "quote over the bank of SHA-1 (0x4)"},
    {"bank of SHA-1 beside", sha1_bank_beside, VC_UNTRUSTED,
     "quote over two banks, SHA-256 and SHA-1; one is wanted"},
    {"named with SHA-1", sha1_name, VC_UNTRUSTED, "AK: TPMT_PUBLIC: named with SHA-1"},
    {"no register", no_pcrs, VC_UNTRUSTED, "quote over no PCR"},
    {"digest of other registers", wrong_digest, VC_UNTRUSTED, "the PCR values give the digest "},
    {"digest of 31 bytes", short_digest, VC_UNTRUSTED,
     "pcrDigest has 31 bytes, and the quote is signed with SHA-256"},
    {"value of another boot", wrong_value, VC_UNTRUSTED, "the PCR values give the digest "},
    {"log of another boot", log_of_another_boot, VC_UNTRUSTED, "PCR 7 is "},
    {"log of a register that is zero", log_extends_zero, VC_UNTRUSTED, "PCR 2 is 000000"},
    {"log alone, of another boot", log_alone_wrong, VC_UNTRUSTED,
     "the registers of the event log give the digest "},
    {"AK not restricted", not_restricted, VC_UNTRUSTED, "AK: attribute restricted (16) is not set"},
    {"AK may leave", not_fixed_tpm, VC_UNTRUSTED, "AK: attribute fixedTPM (1) is not set"},
    {"AK may move", not_fixed_parent, VC_UNTRUSTED, "AK: attribute fixedParent (4) is not set"},
    {"AK from outside", imported, VC_UNTRUSTED, "AK: attribute sensitiveDataOrigin (5) is not set"},
    {"AK that does not sign", not_signing, VC_UNTRUSTED, "AK: attribute sign (18) is not set"},
    {"AK that decrypts", decrypting, VC_UNTRUSTED, "AK: attribute decrypt (17) is set"},
    {"scheme of RSA", other_scheme, VC_UNTRUSTED,
     "signed by ECDSA with SHA-256, and the AK's scheme is RSASSA with SHA-256"},
    {"another scheme", free_scheme, VC_UNTRUSTED, "and the AK's scheme is RSAPSS with SHA-256"},
};

static void test_refuses(void **)
{
    for (size_t i = 0; i < VC_COUNT(refuses); i++) {
        const struct refuse_row *row = &refuses[i];
        struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
        struct vc_octets id;
        struct vc_claims claims;
        struct vc_err err = {};
        enum vc_code code;

        row->change(&order);
        id = id_of(&order);
        endorse(scene.p256, &id);
        code = verify_order(&order, &claims, &err);
        if (code != row->code || strstr(err.text, row->text) == nullptr)
            fail_msg("%s: %s: %s", row->name, vc_code_name(code), err.text);
        assert_int_equal(err.code, row->code);
        assert_int_not_equal(claims.passed, VC_STAGE_JUDGED);
    }
}

static const struct trust_row {
    const char *name;
    struct vc_cert **ak, **ek;
    enum { NOBODY, NAME, PAIR, NAME_OTHER_KEY } endorsed;
    enum vc_code code;
    const char *text; /* of the failure; null: it is trusted */
} trusts[] = {
    {"endorsed name", nullptr, nullptr, NAME, VC_OK, nullptr},
    {"nobody", nullptr, nullptr, NOBODY, VC_UNTRUSTED, "is not endorsed, and has no certificate"},
    {"name endorsed with another key", nullptr, nullptr, NAME_OTHER_KEY, VC_UNTRUSTED,
     "is not endorsed, and has no certificate"},
    {"AK certificate", &scene.ak_cert, nullptr, NOBODY, VC_OK, nullptr},
    {"AK certificate without purpose", &scene.ak_cert_plain, nullptr, NOBODY, VC_OK, nullptr},
    {"AK certificate of another key", &scene.ak_cert_wrong_key, nullptr, NOBODY, VC_UNTRUSTED,
     "AK: AK certificate: it is of another key than the AK's"},
    {"AK certificate for an EK", &scene.ak_cert_wrong_use, nullptr, NOBODY, VC_UNTRUSTED,
     "its extended key usage has no 2.23.133.8.3"},
    {"AK certificate of another root with its name", &scene.ak_cert_other, nullptr, NOBODY,
     VC_UNTRUSTED, "AK: certificate"},
    {"EK certificate alone", nullptr, &scene.ek_cert, NOBODY, VC_UNTRUSTED,
     "nothing shows that the two are of one TPM"},
    {"EK certificate of another root alone", nullptr, &scene.ek_cert_other, NOBODY, VC_UNTRUSTED,
     "is not endorsed: EK: certificate"},
    {"activated beside an EK", nullptr, &scene.ek_cert, PAIR, VC_OK, nullptr},
    {"activated, EK of another root", nullptr, &scene.ek_cert_other, PAIR, VC_UNTRUSTED,
     "EK: certificate"},
    {"activated, EK certificate for an AK", nullptr, &scene.ek_cert_wrong_use, PAIR, VC_UNTRUSTED,
     "EK: certificate : its extended key usage has no 2.23.133.8.1"},
    {"activated, no EK there", nullptr, nullptr, PAIR, VC_UNTRUSTED,
     "is not endorsed, and has no certificate"},
    {"endorsed name, EK of another root: says nothing of it", nullptr, &scene.ek_cert_other, NAME,
     VC_OK, nullptr},
};

static void test_trust(void **)
{
    for (size_t i = 0; i < VC_COUNT(trusts); i++) {
        const struct trust_row *row = &trusts[i];
        struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
        struct vc_octets name = id_of(&order);
        struct vc_octets ek = {.size = VC_SHA256_SIZE};
        struct vc_octets pair;
        const struct vc_cert *ak_certs[] = {row->ak == nullptr ? nullptr : *row->ak};
        const struct vc_cert *ek_certs[] = {row->ek == nullptr ? nullptr : *row->ek};
        struct vc_claims claims;
        struct vc_err err = {};
        enum vc_code code;

        vc_cert_spki_hash(scene.ek_cert, ek.bytes);
        pair = vc_tpm_pair_id(&name, vc_octets_bytes(&ek));
        endorse_nobody();
        if (row->endorsed != NOBODY)
            endorse(row->endorsed == NAME_OTHER_KEY ? scene.p384 : scene.p256,
                    row->endorsed == PAIR ? &pair : &name);
        order.ak_certs = ak_certs;
        order.ak_cert_count = row->ak != nullptr;
        order.ek_certs = ek_certs;
        order.ek_cert_count = row->ek != nullptr;
        code = verify_order(&order, &claims, &err);
        if (code != row->code || (row->text != nullptr && strstr(err.text, row->text) == nullptr))
            fail_msg("%s: %s: %s", row->name, vc_code_name(code), err.text);
        if (code == VC_OK)
            assert_true(vc_octets_equal(&claims.machine, row->endorsed == PAIR ? &ek : &name));
        assert_int_equal(vc_claims_register(&claims, "ek") != nullptr,
                         code == VC_OK && row->endorsed == PAIR);
    }
}

static void test_rows(void **)
{
    print_message("# tpm: %zu rows accepted, %zu refused, %zu of trust\n", VC_COUNT(accepts),
                  VC_COUNT(refuses), VC_COUNT(trusts));
}

static void test_no_anchor(void **)
{
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
    const struct vc_cert *certs[] = {scene.ak_cert};
    const struct vc_anchors none = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
    struct vc_claims claims;
    struct vc_err err;

    order.ak_certs = certs;
    order.ak_cert_count = 1;
    vc_tpm_fixture_bundle(&order, &bundle);
    assert_int_equal(
        vc_tpm_verify(
            &(struct vc_evidence){.platform = VC_PLATFORM_TPM, .bytes = vc_buffer_bytes(&bundle)},
            &(struct vc_verification){.anchors = &none, .now = NOW, .depth = VC_DEPTH_JUDGED},
            &claims, &err),
        VC_NOT_FOUND);
    assert_string_equal(err.text, "AK: there is no trust anchor for TPMs: name its maker's");
    assert_int_equal(claims.passed, VC_STAGE_FORM);
}

static void test_certificate_time(void **)
{
    static const int64_t times[] = {NOW - DAY - 1, NOW + DAY + 1};
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
    const struct vc_cert *certs[] = {scene.ak_cert};
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};

    endorse_nobody();
    order.ak_certs = certs;
    order.ak_cert_count = 1;
    vc_tpm_fixture_bundle(&order, &bundle);
    for (size_t i = 0; i < VC_COUNT(times); i++) {
        struct vc_claims claims;

        assert_int_equal(
            vc_tpm_verify(&(struct vc_evidence){.platform = VC_PLATFORM_TPM,
                                                .bytes = vc_buffer_bytes(&bundle)},
                          &(struct vc_verification){.anchors = &scene.anchors, .now = times[i]},
                          &claims, nullptr),
            VC_UNTRUSTED);
    }
}

/* A log handed over beside the evidence is compared too. */
static void test_log_beside(void **)
{
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
    struct vc_octets name = id_of(&order);
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer log = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer wrong = {};
    struct vc_claims claims;
    struct vc_err err;

    endorse(scene.p256, &name);
    vc_tpm_fixture_log(&order, &log);
    order.log = false;
    vc_tpm_fixture_bundle(&order, &bundle);
    order.wrong_event = 0;
    vc_tpm_fixture_log(&order, &wrong);
    assert_int_equal(verify(vc_buffer_bytes(&bundle), vc_buffer_bytes(&log), &claims, nullptr),
                     VC_OK);
    assert_int_equal(verify(vc_buffer_bytes(&bundle), vc_buffer_bytes(&wrong), &claims, &err),
                     VC_UNTRUSTED);
    assert_memory_equal(err.text, "PCR 0 is ", 9);
}

/* Every bit of what is signed, and of the signature. */
static void test_every_bit(void **)
{
    const struct vc_pki_key *keys[] = {scene.p256, scene.rsa};
    size_t flips = 0;

    for (size_t k = 0; k < VC_COUNT(keys); k++) {
        struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(keys[k], VC_BYTES(NONCE));
        struct vc_octets name = id_of(&order);
        vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
        struct vc_tpm_bundle parts;
        struct vc_claims claims;

        order.log = false;
        endorse(keys[k], &name);
        vc_tpm_fixture_bundle(&order, &bundle);
        assert_int_equal(vc_tpm_bundle_parse(vc_buffer_bytes(&bundle), &parts, nullptr), VC_OK);
        assert_int_equal(verify(vc_buffer_bytes(&bundle), (struct vc_bytes){}, &claims, nullptr),
                         VC_OK);
        for (size_t bit = 0; bit < 8 * bundle.size; bit++, flips++) {
            bundle.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (verify(vc_buffer_bytes(&bundle), (struct vc_bytes){}, &claims, nullptr) == VC_OK)
                fail_msg("bit %zu of %zu does not matter", bit, 8 * bundle.size);
            bundle.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    print_message("# tpm: %zu single-bit flips of whole bundles refused\n", flips);
}

static void test_every_cut(void **)
{
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
    struct vc_octets name = id_of(&order);
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
    struct vc_claims claims;

    endorse(scene.p256, &name);
    vc_tpm_fixture_bundle(&order, &bundle);
    for (size_t size = 0; size < bundle.size; size++) {
        uint8_t *copy = malloc(size == 0 ? 1 : size);

        assert_non_null(copy);
        memcpy(copy, bundle.data, size);
        assert_int_not_equal(
            verify((struct vc_bytes){copy, size}, (struct vc_bytes){}, &claims, nullptr), VC_OK);
        free(copy);
    }
    assert_int_equal(vc_buffer_append(&bundle, VC_BYTES("x"), nullptr), VC_OK);
    assert_int_not_equal(verify(vc_buffer_bytes(&bundle), (struct vc_bytes){}, &claims, nullptr),
                         VC_OK);
    print_message("# tpm: %zu truncations of a bundle refused\n", bundle.size - 2);
}

/* Each part of a bundle cut at each byte, in a bundle that is otherwise right. */
static void test_every_part_cut(void **)
{
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.rsa, VC_BYTES(NONCE));
    struct vc_octets name = id_of(&order);
    vc_cleanup(vc_buffer_done) struct vc_buffer whole = {};
    struct vc_tpm_bundle parts;
    struct vc_bytes *const each[] = {&parts.attest, &parts.signature, &parts.ak_public,
                                     &parts.pcrs[3]};
    size_t cuts = 0;

    endorse(scene.rsa, &name);
    order.log = false;
    vc_tpm_fixture_bundle(&order, &whole);
    assert_int_equal(vc_tpm_bundle_parse(vc_buffer_bytes(&whole), &parts, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(each); i++) {
        struct vc_bytes right = *each[i];

        for (size_t size = 1; size < right.size; size++, cuts++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
            struct vc_claims claims;

            each[i]->size = size;
            assert_int_equal(vc_tpm_bundle_encode(&parts, &bundle, nullptr), VC_OK);
            assert_int_not_equal(
                verify(vc_buffer_bytes(&bundle), (struct vc_bytes){}, &claims, nullptr), VC_OK);
        }
        *each[i] = right;
    }
    print_message("# tpm: %zu truncations of attest, signature, key and value refused\n", cuts);
}

static enum vc_code count_row(void *user, const struct vc_field *field, struct vc_err *)
{
    assert_true(field->section[0] != '\0' && field->name[0] != '\0' && field->meaning[0] != '\0');
    (*(size_t *)user)++;
    return VC_OK;
}

static void test_show(void **)
{
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(scene.p256, VC_BYTES(NONCE));
    const struct vc_cert *certs[] = {scene.ak_cert, scene.root};
    vc_cleanup(vc_buffer_done) struct vc_buffer bundle = {};
    size_t rows = 0;

    order.ak_certs = certs;
    order.ak_cert_count = 2;
    order.ek_certs = certs;
    order.ek_cert_count = 2;
    vc_tpm_fixture_bundle(&order, &bundle);
    assert_int_equal(vc_evidence_show(&(struct vc_evidence){.platform = VC_PLATFORM_TPM,
                                                            .bytes = vc_buffer_bytes(&bundle)},
                                      &(struct vc_field_sink){count_row, &rows}, nullptr),
                     VC_OK);
    assert_int_equal(rows, 11 + 4 + 17 + 6 + 6 + 10 + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_selection_is_measured),
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_short_numbers),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_trust),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_no_anchor),
        cmocka_unit_test(test_certificate_time),
        cmocka_unit_test(test_log_beside),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_every_part_cut),
        cmocka_unit_test(test_show),
    };

    return cmocka_run_group_tests_name("tpm", tests, make_scene, free_scene);
}
