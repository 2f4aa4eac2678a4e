/* SPDX-License-Identifier: MIT */

/* Enrolment on every platform, from the text of a policy to the bytes of a certificate, with
 * vendors that only tests have: what is certified, and each reason to refuse. */

#include "attestd/platforms_scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "attest/attested.h"
#include "base/base64.h"
#include "evidence/tpm_structures.h"

#define B2(hex)  hex hex
#define B8(hex)  B2(B2(B2(hex)))
#define B32(hex) B2(B2(B8(hex)))
#define B48(hex) B32(hex) B8(hex) B8(hex)

/* What is accepted where all is well. Of TDX and TPM the named registers are the least that a
 * policy must name. */
static const struct subject {
    enum vc_platform_kind platform;
    const char *level;
    enum vc_tcb_status status;
    const char *distrust; /* said where no anchor is the evidence's */
    const char *block;
} subjects[] = {
    {VC_PLATFORM_PROCESS, "none", VC_TCB_NOT_APPLICABLE, "is not endorsed here",
     "{\"measurements\":[\"@M\"],\"registers\":{\"boot_seed\":[\"" B32(
         "77") "\"]},"
               "\"machines\":[\"@I\"]}"},
    {VC_PLATFORM_NITRO, "hypervisor", VC_TCB_NOT_APPLICABLE, "not a root that is trusted here",
     "{\"measurements\":[\"@M\"],\"registers\":{\"pcr4\":[\"" B48("54") "\"]},"
                                                                        "\"machines\":[\"@I\"]}"},
    {VC_PLATFORM_SNP, "hardware", VC_TCB_AT_LEAST, "no trust anchor for the product Milan",
     "{\"measurements\":[\"@M\"],"
     "\"minimum_tcb\":{\"bootloader\":4,\"tee\":0,\"snp\":24,\"microcode\":219},"
     "\"registers\":{\"id_key_digest\":[\"" B48("00") "\"]},\"machines\":[\"@I\"],\"vmpl\":0}"},
    {VC_PLATFORM_TDX, "hardware", VC_TCB_UP_TO_DATE, "no root of Intel's to trust",
     "{\"measurements\":[\"@M\"],\"registers\":{\"rtmr1\":[\"" B48(
         "61") "\"],"
               "\"rtmr2\":[\"" B48(
                   "62") "\"]},\"accepted_tcb\":[\"UpToDate\"],"
                         "\"minimum_tcb\":{\"tcb_evaluation\":17},\"machines\":[\"@I\"]}"},
    {VC_PLATFORM_SGX, "hardware", VC_TCB_UP_TO_DATE, "no root of Intel's to trust",
     "{\"measurements\":[\"@M\"],\"registers\":{\"mrsigner\":[\"" B32(
         "51") "\"]},"
               "\"accepted_tcb\":[\"UpToDate\"],\"minimum_tcb\":{\"isvsvn\":0},\"machines\":[\"@"
               "I\"]}"},
    {VC_PLATFORM_PSA, "device", VC_TCB_NOT_APPLICABLE, "no key is endorsed for the device",
     "{\"measurements\":[\"@M\"],\"registers\":{\"signer0\":[\"" B32(
         "55") "\"]},"
               "\"machines\":[\"@I\"]}"},
    {VC_PLATFORM_TPM, "measured-boot", VC_TCB_AT_LEAST, "is not endorsed, and has no certificate",
     "{\"measurements\":[\"@M\"],\"registers\":{\"pcr4\":[\"@4\"],\"pcr9\":[\"@9\"]},"
     "\"minimum_tcb\":{\"firmware\":2312897626142815798},\"machines\":[\"@I\"]}"},
};
static_assert(VC_COUNT(subjects) == VC_PLATFORM_COUNT);

static const struct subject *subject_of(enum vc_platform_kind platform)
{
    for (size_t i = 0; i < VC_COUNT(subjects); i++) {
        if (subjects[i].platform == platform)
            return &subjects[i];
    }
    fail();
    return nullptr;
}

/* One change to an enrolment where all is well. */
struct row {
    const char *name;
    void (*spoil)(struct enrolment *enrolment);
    const char *find, *put; /* in the policy's block; null: nothing */
    unsigned status;
    const char *words;          /* of the refusal; null: the subject's distrust */
    enum vc_tcb_status granted; /* of a certificate, if not the subject's; 0: the subject's */
};

static void nothing(struct enrolment *)
{
}

/* ---- on any platform ---- */

static void other_key(struct enrolment *enrolment)
{
    enrolment->attempt.made_for.key = enrolment->attempt.other;
}

static void other_nonce(struct enrolment *enrolment)
{
    enrolment->other_nonce = true;
}

static void other_session(struct enrolment *enrolment)
{
    enrolment->attempt.made_for.exporter = ATTEMPT_OTHER_SESSION;
}

static void other_role(struct enrolment *enrolment)
{
    enrolment->attempt.made_for.role = "session";
}

static void other_policy(struct enrolment *enrolment)
{
    enrolment->other_policy = true;
}

static void unnamed(struct enrolment *enrolment)
{
    enrolment->block = nullptr;
}

static void foreign(struct enrolment *enrolment)
{
    enrolment->foreign = true;
}

static const struct row any_rows[] = {
    {"all is well", nothing, nullptr, nullptr, 201, nullptr, 0},
    {"any machine will do", nothing, ",\"machines\":[\"@I\"]", "", 201, nullptr, 0},
    {"one of two measurements", nothing, "\"@M\"", "\"@X\",\"@M\"", 201, nullptr, 0},
    {"one of two machines", nothing, "\"@I\"", "\"@Y\",\"@I\"", 201, nullptr, 0},
    {"another key", other_key, nullptr, nullptr, 403, "not made for this nonce, key", 0},
    {"another nonce", other_nonce, nullptr, nullptr, 403, "not made for this nonce, key", 0},
    {"another session", other_session, nullptr, nullptr, 403, "not made for this nonce, key", 0},
    {"another role", other_role, nullptr, nullptr, 403, "not made for this nonce, key", 0},
    {"another policy", other_policy, nullptr, nullptr, 403, "not made for this nonce, key", 0},
    {"a platform that is not named", unnamed, nullptr, nullptr, 403, "policy does not name", 0},
    {"a vendor whom nobody trusts", foreign, nullptr, nullptr, 403, nullptr, 0},
    {"another measurement", nothing, "\"@M\"", "\"@X\"", 403, "measurement differs", 0},
    {"another machine (A8)", nothing, "\"@I\"", "\"@Y\"", 403, "is none of the policy's 1", 0},
    {"a misspelt key", nothing, "\"measurements\":", "\"measurement\":", 400, "measurement", 0},
};

/* ---- process, PSA ---- */

static void boot_seed(struct enrolment *enrolment)
{
    enrolment->saying.boot_seed[31] ^= 1;
}

static void psa_debug(struct enrolment *enrolment)
{
    enrolment->saying.psa.lifecycle = 0x4003;
}

static void psa_signer(struct enrolment *enrolment)
{
    enrolment->saying.psa.components[0].signer_id.bytes[0] ^= 1;
}

static void psa_device(struct enrolment *enrolment)
{
    enrolment->saying.psa.instance_id.bytes[32] ^= 2;
}

static const struct row process_rows[] = {
    {"another launcher's seed", boot_seed, nullptr, nullptr, 403, "register boot_seed differs", 0},
    {"a minimum TCB", nothing, ",\"machines\"", ",\"minimum_tcb\":{\"x\":1},\"machines\"", 400,
     "minimum_tcb", 0},
};

static const struct row psa_rows[] = {
    {"under debug (A4)", psa_debug, nullptr, nullptr, 403, "life cycle 0x4003", 0},
    {"another signer", psa_signer, nullptr, nullptr, 403,
     "register signer0 differs: the policy accepts 5555555555555555… (1 value), the evidence says "
     "5455555555555555…",
     0},
    {"a device that is not endorsed", psa_device, nullptr, nullptr, 403, "endorsed", 0},
    {"no word of the signer", nothing, "\"registers\":{\"signer0\":[\"" B32("55") "\"]},", "", 403,
     "signer0", 0},
};

/* ---- Nitro ---- */

static void nitro_debug(struct enrolment *enrolment)
{
    for (size_t i = 0; i < 3; i++)
        memset(enrolment->saying.nitro.pcrs[i].bytes, 0, 48);
}

static void nitro_parent(struct enrolment *enrolment)
{
    enrolment->saying.nitro.pcrs[4].bytes[0] ^= 1;
}

static void nitro_image(struct enrolment *enrolment)
{
    enrolment->saying.nitro.pcrs[0].bytes[47] ^= 1;
}

static void nitro_instance(struct enrolment *enrolment)
{
    enrolment->saying.nitro.module_id = "i-0123456789abcdef1-enc0123456789abcdef";
}

static void nitro_silent(struct enrolment *enrolment)
{
    enrolment->saying.nitro.module_id = "enclave";
}

static const struct row nitro_rows[] = {
    {"under debug (A4)", nitro_debug, nullptr, nullptr, 403, "debug mode: PCR0 is zero", 0},
    {"another image", nitro_image, nullptr, nullptr, 403, "measurement differs", 0},
    {"another parent's register", nitro_parent, nullptr, nullptr, 403,
     "register pcr4 differs: the policy accepts 5454545454545454… (1 value), the evidence says "
     "5554545454545454…",
     0},
    {"another instance", nitro_instance, nullptr, nullptr, 403, "is none of the policy's 1", 0},
    {"no instance said", nitro_silent, nullptr, nullptr, 403, "does not say which", 0},
    {"a register it does not state", nothing, "\"pcr4\"", "\"pcr20\"", 403,
     "register pcr20: the evidence does not state it", 0},
};

/* ---- SEV-SNP ---- */

static void snp_debug(struct enrolment *enrolment)
{
    enrolment->saying.snp.policy |= VC_SNP_POLICY_DEBUG;
}

static void snp_migration(struct enrolment *enrolment)
{
    enrolment->saying.snp.policy |= VC_SNP_POLICY_MIGRATE_MA;
}

static void snp_older(struct enrolment *enrolment)
{
    enrolment->saying.snp.tcb[7]--;
}

static void snp_level(struct enrolment *enrolment)
{
    enrolment->saying.snp.vmpl = 1;
}

static void snp_host(struct enrolment *enrolment)
{
    enrolment->saying.snp.vmpl = UINT32_MAX;
}

static void snp_chip(struct enrolment *enrolment)
{
    enrolment->saying.snp.chip[63] ^= 1;
}

static void snp_silent(struct enrolment *enrolment)
{
    struct vc_snp_wish *wish = &enrolment->saying.snp;

    *wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VLEK);
    enrolment->silent = true;
}

static void snp_turin(struct enrolment *enrolment)
{
    struct vc_snp_wish *wish = &enrolment->saying.snp;
    struct vc_snp_wish milan = *wish;

    *wish = vc_snp_wish_of(VC_SNP_TURIN, VC_SNP_VCEK);
    memcpy(wish->measurement, milan.measurement, sizeof(wish->measurement));
}

static const struct row snp_rows[] = {
    {"under debug (A4)", snp_debug, nullptr, nullptr, 403, "debug guest: policy bit 19 set", 0},
    {"may migrate", snp_migration, nullptr, nullptr, 403, "policy bit 18 set", 0},
    {"minimum above it (A6)", nothing, "219", "220", 403,
     "reported TCB microcode 0xdb, at least 0xdc wanted", 0},
    {"older than the minimum (A6)", snp_older, nullptr, nullptr, 403,
     "reported TCB microcode 0xda, at least 0xdb wanted", 0},
    {"a part it does not state", nothing, "\"tee\":0", "\"tee\":0,\"fmc\":0", 403,
     "TCB fmc: the evidence does not state it", 0},
    {"Turin's own versions", snp_turin, nullptr, nullptr, 403,
     "reported TCB bootloader 0x02, at least 0x04 wanted", 0},
    {"no minimum of microcode", nothing, ",\"microcode\":219", "", 403, "microcode", 0},
    {"another id key", nothing, "00\"]}", "01\"]}", 403, "register id_key_digest differs", 0},
    {"VMPL 1", snp_level, nullptr, nullptr, 403, "privilege level (VMPL) 1, 0 wanted", 0},
    {"VMPL 0 where 1 is wanted", nothing, "\"vmpl\":0", "\"vmpl\":1", 403,
     "privilege level (VMPL) 0, 1 wanted", 0},
    {"VMPL 1 where it is wanted", snp_level, "\"vmpl\":0", "\"vmpl\":1", 201, nullptr, 0},
    {"asked for by the host", snp_host, nullptr, nullptr, 403, "asked for by the host", 0},
    {"another chip", snp_chip, nullptr, nullptr, 403, "is none of the policy's 1", 0},
    {"a VLEK names no chip", snp_silent, nullptr, nullptr, 403, "does not say which", 0},
    {"a VLEK where any chip will do", snp_silent, ",\"machines\":[\"@I\"]", "", 201, nullptr, 0},
};

/* ---- TDX, SGX ---- */

static void td_debug(struct enrolment *enrolment)
{
    enrolment->saying.dcap.td[VC_DCAP_TD_ATTRIBUTES] |= 1;
}

static void td_kernel(struct enrolment *enrolment)
{
    enrolment->saying.dcap.td[VC_DCAP_TD_RTMR0 + 48] ^= 1;
}

static void td_measurement(struct enrolment *enrolment)
{
    enrolment->saying.dcap.td[VC_DCAP_TD_MRTD + 47] ^= 1;
}

static void out_of_date(struct enrolment *enrolment)
{
    enrolment->saying.dcap.tcb.status = "OutOfDate";
}

static void hardening(struct enrolment *enrolment)
{
    enrolment->saying.dcap.tcb.status = "SWHardeningNeeded";
}

static void revoked(struct enrolment *enrolment)
{
    enrolment->saying.dcap.tcb.status = "Revoked";
}

static void pck_revoked(struct enrolment *enrolment)
{
    enrolment->saying.dcap_fault = VC_DCAP_FAULT_PCK_REVOKED;
}

static void no_tcb_info(struct enrolment *enrolment)
{
    enrolment->saying.dcap_fault = VC_DCAP_FAULT_NO_TCB_INFO;
}

static void other_ppid(struct enrolment *enrolment)
{
    enrolment->saying.dcap.pck.ppid[0] ^= 1;
}

static void enclave_debug(struct enrolment *enrolment)
{
    enrolment->saying.dcap.enclave[VC_DCAP_ENCLAVE_ATTRIBUTES] |= 2;
}

static void enclave_signer(struct enrolment *enrolment)
{
    enrolment->saying.dcap.enclave[VC_DCAP_ENCLAVE_MRSIGNER] ^= 1;
}

#define ACCEPT_OLD  "\"UpToDate\",\"OutOfDate\"]"
#define ACCEPT_SOFT "\"UpToDate\",\"SWHardeningNeeded\"]"

static const struct row tdx_rows[] = {
    {"under debug (A4)", td_debug, nullptr, nullptr, 403, "debug guest: TDATTRIBUTES", 0},
    {"out of date (A6)", out_of_date, nullptr, nullptr, 403,
     "TCB status OutOfDate: the policy does not accept it (accepted_tcb)", 0},
    {"out of date, which is accepted", out_of_date, "\"UpToDate\"]", ACCEPT_OLD, 201, nullptr,
     VC_TCB_OUT_OF_DATE},
    {"hardening needed", hardening, nullptr, nullptr, 403, "TCB status SWHardeningNeeded", 0},
    {"hardening needed, which is accepted", hardening, "\"UpToDate\"]", ACCEPT_SOFT, 201, nullptr,
     VC_TCB_SW_HARDENING_NEEDED},
    {"revoked", revoked, nullptr, nullptr, 403, "evoked", 0},
    {"revoked cannot be accepted", revoked, "\"UpToDate\"]", "\"Revoked\"]", 403, "Revoked", 0},
    {"its PCK revoked", pck_revoked, nullptr, nullptr, 403, "revoked", 0},
    {"no TCB info", no_tcb_info, nullptr, nullptr, 403, "TCB info", 0},
    {"minimum evaluation above it (A6)", nothing, ":17", ":18", 403,
     "tcb-info TCB tcb_evaluation 0x11, at least 0x12 wanted", 0},
    {"another kernel", td_kernel, nullptr, nullptr, 403,
     "register rtmr1 differs: the policy accepts 6161616161616161… (1 value), the evidence says "
     "6061616161616161…",
     0},
    {"another rtmr2 wanted", nothing, "62\"]}", "63\"]}", 403, "register rtmr2 differs", 0},
    {"no word of the kernel", nothing, "\"rtmr1\":[\"" B48("61") "\"],", "", 403, "rtmr1", 0},
    {"another MRTD", td_measurement, nullptr, nullptr, 403, "measurement differs", 0},
    {"another processor", other_ppid, nullptr, nullptr, 403, "is none of the policy's 1", 0},
};

static const struct row sgx_rows[] = {
    {"under debug (A4)", enclave_debug, nullptr, nullptr, 403, "ATTRIBUTES bit 1 set", 0},
    {"out of date (A6)", out_of_date, nullptr, nullptr, 403,
     "TCB status OutOfDate: the policy does not accept it (accepted_tcb)", 0},
    {"out of date, which is accepted", out_of_date, "\"UpToDate\"]", ACCEPT_OLD, 201, nullptr,
     VC_TCB_OUT_OF_DATE},
    {"its PCK revoked", pck_revoked, nullptr, nullptr, 403, "revoked", 0},
    {"minimum version above it (A6)", nothing, "\"isvsvn\":0", "\"isvsvn\":1", 403,
     "reported TCB isvsvn 0x00, at least 0x01 wanted", 0},
    {"another signer", enclave_signer, nullptr, nullptr, 403, "register mrsigner differs", 0},
    {"another processor", other_ppid, nullptr, nullptr, 403, "is none of the policy's 1", 0},
};

/* ---- TPM ---- */

static void tpm_fewer(struct enrolment *enrolment)
{
    enrolment->saying.tpm.pcrs = 0x1ff;
}

static void tpm_lie(struct enrolment *enrolment)
{
    enrolment->saying.tpm.wrong_value = 4;
}

static void tpm_silent(struct enrolment *enrolment)
{
    enrolment->saying.tpm.values = false;
    enrolment->saying.tpm.log = false;
}

static void tpm_unrestricted(struct enrolment *enrolment)
{
    enrolment->saying.tpm.attributes &= ~(uint32_t)VC_TPM_RESTRICTED;
}

static const struct row tpm_rows[] = {
    {"another register wanted", nothing, "\"@4\"", "\"@9\"", 403, "register pcr4 differs", 0},
    {"fewer registers", tpm_fewer, nullptr, nullptr, 403, "measurement differs", 0},
    {"a register's value made up", tpm_lie, nullptr, nullptr, 403, "the PCR values give the digest",
     0},
    {"values not given", tpm_silent, nullptr, nullptr, 403,
     "register pcr4: the evidence does not state it", 0},
    {"a key that signs anything", tpm_unrestricted, nullptr, nullptr, 403,
     "AK: attribute restricted (16) is not set", 0},
    {"minimum firmware above it (A6)", nothing, "2312897626142815798", "2312897626142815799", 403,
     "reported TCB firmware 0x2019102300163636, at least 0x2019102300163637 wanted", 0},
    {"no word of the loader", nothing, "\"pcr4\":[\"@4\"],", "", 403, "pcr4", 0},
};

/* ---- what comes out ---- */

static struct vc_cert *certificate_of(const struct vc_answer *answer)
{
    struct vc_cert *cert = nullptr;
    char pem[8192];

    scene_member(vc_buffer_bytes(&answer->body), "certificate", pem, sizeof(pem));
    assert_int_equal(
        vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)pem, strlen(pem)}, &cert, nullptr),
        VC_OK);
    return cert;
}

/* As UTF8String, whole. */
static bool holds_text(struct vc_bytes der, const char *text)
{
    uint8_t item[64] = {0x0c, (uint8_t)strlen(text)};

    memcpy(item + 2, text, strlen(text));
    return memmem(der.data, der.size, item, strlen(text) + 2) != nullptr;
}

static void check_digests(const struct enrolment *enrolment, const struct vc_attested *attested)
{
    const struct parts *parts = &enrolment->attempt.parts;
    uint8_t digest[VC_SHA256_SIZE];

    vc_sha256(vc_buffer_bytes(&parts->policy), digest);
    assert_memory_equal(attested->policy_hash, digest, sizeof(digest));
    vc_sha256(vc_buffer_bytes(&parts->evidence), digest);
    assert_memory_equal(attested->evidence_hash, digest, sizeof(digest));
}

static void check_certificate(const struct enrolment *enrolment, const struct subject *subject,
                              const struct row *row, const struct vc_answer *answer)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = certificate_of(answer);
    struct vc_octets measurement = vendors_measurement(enrolment->vendors, enrolment->platform);
    struct vc_octets machine = {};
    struct vc_attested attested;
    struct vc_bytes extension;

    if (!enrolment->silent)
        machine = vendors_machine(enrolment->vendors, enrolment->platform);
    assert_int_equal(vc_cert_extension(cert, VC_ATTESTED_OID, &extension, nullptr), VC_OK);
    assert_int_equal(vc_attested_parse(extension, &attested, nullptr), VC_OK);
    assert_int_equal(attested.platform, subject->platform);
    assert_true(holds_text(extension, subject->level));
    assert_true(vc_octets_equal(&attested.measurement, &measurement));
    assert_true(vc_octets_equal(&attested.machine, &machine));
    assert_int_equal(attested.tcb_status, row->granted != 0 ? row->granted : subject->status);
    assert_true(attested.verified_at == SCENE_NOW);
    assert_string_equal(attested.node, "");
    check_digests(enrolment, &attested);
}

static void check_refusal(const struct subject *subject, const struct row *row,
                          const struct vc_answer *answer)
{
    const char *words = row->words != nullptr ? row->words : subject->distrust;
    char detail[512];

    assert_null(memmem(answer->body.data, answer->body.size, "CERTIFICATE", 11));
    scene_member(vc_buffer_bytes(&answer->body), "detail", detail, sizeof(detail));
    if (answer->status != row->status || strstr(detail, words) == nullptr)
        fail_msg("%s: %s: %u \"%s\", wanted %u \"%s\"", vc_platform_name(subject->platform),
                 row->name, answer->status, detail, row->status, words);
}

/* The block with its first `find` replaced. */
static void change_block(const struct subject *subject, const struct row *row,
                         struct vc_buffer *block)
{
    const char *from = subject->block;
    const char *at = row->find == nullptr ? from : strstr(from, row->find);

    if (at == nullptr)
        fail_msg("%s: nothing to replace: %s", row->name, row->find);
    if (row->find == nullptr) {
        assert_int_equal(vc_buffer_append_text(block, from, nullptr), VC_OK);
    } else {
        assert_int_equal(vc_buffer_printf(block, nullptr, "%.*s%s%s", (int)(at - from), from,
                                          row->put, at + strlen(row->find)),
                         VC_OK);
    }
    assert_int_equal(vc_buffer_append(block, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr),
                     VC_OK);
}

static void try_row(const struct vendors *vendors, const struct subject *subject,
                    const struct row *row)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer block = {};
    struct enrolment enrolment;
    struct vc_answer answer = {};

    change_block(subject, row, &block);
    enrolment_begin(vendors, subject->platform, &enrolment);
    enrolment.block = (const char *)block.data;
    row->spoil(&enrolment);
    enrolment_ask(&enrolment, &answer);
    if (row->status != 201) {
        check_refusal(subject, row, &answer);
    } else {
        if (answer.status != 201)
            fail_msg("%s: %s: %u %.*s", vc_platform_name(subject->platform), row->name,
                     answer.status, (int)answer.body.size, (const char *)answer.body.data);
        check_certificate(&enrolment, subject, row, &answer);
    }
    vc_answer_done(&answer);
    enrolment_end(&enrolment);
}

static void try_rows(const struct vendors *vendors, enum vc_platform_kind platform,
                     const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        try_row(vendors, subject_of(platform), &rows[i]);
}

static void test_any_platform(void **state)
{
    for (size_t i = 0; i < VC_COUNT(subjects); i++)
        try_rows(*state, subjects[i].platform, any_rows, VC_COUNT(any_rows));
}

static void test_process(void **state)
{
    try_rows(*state, VC_PLATFORM_PROCESS, process_rows, VC_COUNT(process_rows));
}

static void test_nitro(void **state)
{
    try_rows(*state, VC_PLATFORM_NITRO, nitro_rows, VC_COUNT(nitro_rows));
}

static void test_snp(void **state)
{
    try_rows(*state, VC_PLATFORM_SNP, snp_rows, VC_COUNT(snp_rows));
}

static void test_tdx(void **state)
{
    try_rows(*state, VC_PLATFORM_TDX, tdx_rows, VC_COUNT(tdx_rows));
}

static void test_sgx(void **state)
{
    try_rows(*state, VC_PLATFORM_SGX, sgx_rows, VC_COUNT(sgx_rows));
}

static void test_psa(void **state)
{
    try_rows(*state, VC_PLATFORM_PSA, psa_rows, VC_COUNT(psa_rows));
}

static void test_tpm(void **state)
{
    try_rows(*state, VC_PLATFORM_TPM, tpm_rows, VC_COUNT(tpm_rows));
}

/* Evidence of one platform is none of another, whoever endorsed what: the verifier says so, before
 * any policy is asked. */
static void try_as(const struct vendors *vendors, const struct subject *subject,
                   enum vc_platform_kind claimed)
{
    struct enrolment enrolment;
    struct vc_answer answer = {};
    char detail[512];

    enrolment_begin(vendors, subject->platform, &enrolment);
    enrolment.block = subject->block;
    enrolment.claimed = claimed;
    enrolment_ask(&enrolment, &answer);
    assert_null(memmem(answer.body.data, answer.body.size, "CERTIFICATE", 11));
    scene_member(vc_buffer_bytes(&answer.body), "detail", detail, sizeof(detail));
    if ((answer.status != 400 && answer.status != 403) || strstr(detail, "policy") != nullptr)
        fail_msg("%s as %s: %u \"%s\"", vc_platform_name(subject->platform),
                 vc_platform_name(claimed), answer.status, detail);
    vc_answer_done(&answer);
    enrolment_end(&enrolment);
}

/* The certificates of an answer verify the evidence by themselves. */
static void check_enough(const struct enrolment *enrolment, const struct vc_answer *answer)
{
    static char text[VC_NEEDED_SIZE_MAX / 3 * 4 + 8];
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    const struct vc_evidence evidence = {.platform = enrolment->platform,
                                         .bytes =
                                             vc_buffer_bytes(&enrolment->attempt.parts.evidence)};
    struct vc_claims claims;

    scene_member(vc_buffer_bytes(&answer->body), "certificates", text, sizeof(text));
    assert_int_equal(
        vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &bytes, nullptr),
        VC_OK);
    assert_int_equal(
        vc_collateral_extend(nullptr, vc_buffer_bytes(&bytes), 2, &collateral, nullptr), VC_OK);
    assert_int_equal(
        vc_evidence_verify(&evidence,
                           &(struct vc_verification){.anchors = &enrolment->vendors->amd.anchors,
                                                     .collateral = collateral,
                                                     .now = SCENE_NOW},
                           &claims, nullptr),
        VC_OK);
}

/* What evidence of SNP lacks goes back with the certificate; other evidence here lacks nothing. */
static void test_what_evidence_lacks(void **state)
{
    for (size_t i = 0; i < VC_COUNT(subjects); i++) {
        struct enrolment enrolment;
        struct vc_answer answer = {};

        enrolment_begin(*state, subjects[i].platform, &enrolment);
        enrolment.block = subjects[i].block;
        enrolment_ask(&enrolment, &answer);
        assert_int_equal(answer.status, 201);
        if (subjects[i].platform == VC_PLATFORM_SNP)
            check_enough(&enrolment, &answer);
        else
            assert_null(memmem(answer.body.data, answer.body.size, "\"certificates\"", 14));
        vc_answer_done(&answer);
        enrolment_end(&enrolment);
    }
}

static void test_as_another_platform(void **state)
{
    for (size_t i = 0; i < VC_COUNT(subjects); i++) {
        for (size_t j = 0; j < VC_COUNT(subjects); j++) {
            if (i != j)
                try_as(*state, &subjects[i], subjects[j].platform);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_platform),
        cmocka_unit_test(test_process),
        cmocka_unit_test(test_nitro),
        cmocka_unit_test(test_snp),
        cmocka_unit_test(test_tdx),
        cmocka_unit_test(test_sgx),
        cmocka_unit_test(test_psa),
        cmocka_unit_test(test_tpm),
        cmocka_unit_test(test_what_evidence_lacks),
        cmocka_unit_test(test_as_another_platform),
    };

    return cmocka_run_group_tests(tests, vendors_setup, vendors_teardown);
}
