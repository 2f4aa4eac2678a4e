/* SPDX-License-Identifier: MIT */

/* What a policy may demand of each platform, what it must demand, and what is said of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/explain.h"
#include "policy/fixture.h"

/* What stands in the fixture as the value of "platforms", without its braces. */
static const char FIXTURE[] =
    "\"process\": {\"measurements\": [\n"
    "   \"1111111111111111111111111111111111111111111111111111111111111111\",\n"
    "   \"2222222222222222222222222222222222222222222222222222222222222222\"]}";

#define H8          "0a0a0a0a"
#define H16         H8 H8
#define H32         H16 H16
#define D32         "\"" H32 H32 "\""
#define D48         "\"" H32 H32 H32 "\""
#define D64         "\"" H32 H32 H32 H32 "\""
#define M32         "\"measurements\": [" D32 "]"
#define M48         "\"measurements\": [" D48 "]"
#define SNP_TCB     "\"minimum_tcb\": {\"bootloader\": 4, \"tee\": 0, \"snp\": 22, \"microcode\": 209}"
#define RTMRS       "\"registers\": {\"rtmr1\": [" D48 "], \"rtmr2\": [" D48 "]}"
#define PCRS        "\"registers\": {\"pcr4\": [" D32 "], \"pcr9\": [" D32 "]}"
#define SNP(more)   "\"snp\": {" M48 ", " SNP_TCB more "}"
#define TDX(more)   "\"tdx\": {" M48 ", " RTMRS more "}"
#define TPM(more)   "\"tpm\": {" M32 ", " PCRS more "}"
#define PSA(more)   "\"psa\": {" M32 ", \"registers\": {\"signer0\": [" D32 "]" more "}}"
#define PROCESS(of) "\"process\": {" of "}"

static enum vc_code parse(const struct vc_fixture *fixture, const char *platforms,
                          struct vc_policy **policy, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    vc_fixture_text(fixture, FIXTURE, platforms, &text);
    return vc_policy_parse(vc_buffer_bytes(&text), policy, err);
}

static struct vc_policy *must_parse(const struct vc_fixture *fixture, const char *platforms)
{
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    if (parse(fixture, platforms, &policy, &err) != VC_OK)
        fail_msg("%s: %s", platforms, err.text);
    return policy;
}

static void test_everything_is_read(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = must_parse(
        *state, SNP(", \"vmpl\": 3, \"machines\": [" D64 "], \"registers\": {\"host_data\": [" D32
                    "], \"family_id\": [\"" H32
                    "\"]}") ", " TDX(", \"accepted_tcb\": [\"UpToDate\", \"SWHardeningNeeded\"]"));
    const struct vc_policy_platform *snp = &policy->attestation.platforms[0];
    const struct vc_policy_platform *tdx = &policy->attestation.platforms[1];

    assert_int_equal(policy->attestation.platform_count, 2);
    assert_int_equal(snp->kind, VC_PLATFORM_SNP);
    assert_int_equal(snp->measurements[0].size, 48);
    assert_int_equal(snp->vmpl, 3);
    assert_int_equal(snp->machine_count, 1);
    assert_int_equal(snp->machines[0].size, 64);
    assert_int_equal(snp->register_count, 2);
    assert_string_equal(snp->registers[1].name, "family_id");
    assert_int_equal(snp->registers[1].values[0].size, 16);
    assert_int_equal(snp->minimum_count, 4);
    assert_string_equal(snp->minimums[3].part, "microcode");
    assert_int_equal(snp->minimums[3].least, 209);
    assert_int_equal(snp->tcb_accepted, 1u << VC_TCB_UP_TO_DATE);
    assert_int_equal(tdx->kind, VC_PLATFORM_TDX);
    assert_int_equal(tdx->tcb_accepted, 1u << VC_TCB_UP_TO_DATE | 1u << VC_TCB_SW_HARDENING_NEEDED);
    assert_int_equal(tdx->machine_count, 0);
    assert_int_equal(tdx->vmpl, 0);
}

static const char *const accepted[] = {
    PROCESS(M32),
    PROCESS(M32 ", \"machines\": [\"" H32 H32 "0a\"]"),
    PROCESS(M32 ", \"registers\": {\"signer_id\": [" D32 "]}"),
    "\"nitro\": {" M48 "}",
    "\"nitro\": {" M48 ", \"registers\": {\"pcr0\": [" D48 "], \"pcr31\": [" D48 "]}}",
    SNP(""),
    SNP(", \"registers\": {\"id_key_digest\": [" D48 "], \"author_key_digest\": [" D48
        "], \"image_id\": [\"" H32 "\"]}"),
    TDX(""),
    TDX(", \"accepted_tcb\": [\"OutOfDate\"], \"minimum_tcb\": {\"tcb_evaluation\": 17}"),
    "\"nitro\": {" M48 ", \"registers\": {\"public_key_sha256\": [" D32 "]}}",
    SNP(", \"registers\": {\"hcl_ak\": [" D32 "], \"runtime_data\": [" D48
        "], \"report_id_ma\": [" D32 "]}"),
    "\"sgx\": {" M32 "}",
    "\"sgx\": {" M32 ", \"accepted_tcb\": [\"ConfigurationAndSWHardeningNeeded\"], "
    "\"minimum_tcb\": {\"isvsvn\": 2, \"pcesvn\": 4294967295}}",
    PSA(""),
    PSA(", \"component15\": [" D64 "]"),
    TPM(""),
    TPM(", \"machines\": [\"" H32 H32 "0a0a\"]"),
    SNP("") ", " PROCESS(M32) ", " TDX("") ", " TPM("") ", " PSA("") ", \"nitro\": {" M48
                                                                     "}, \"sgx\": {" M32 "}",
};

static void test_accepted(void **state)
{
    for (size_t i = 0; i < VC_COUNT(accepted); i++)
        vc_policy_free(must_parse(*state, accepted[i]));
}

#define AT "attestation.platforms."

static const struct refusal {
    const char *platforms;
    enum vc_code code;
    const char *err; /* how the text begins */
} refusals[] = {
    {"", VC_LIMIT, "attestation.platforms: 0 members, at least 1"},
    {"\"process\": []", VC_MALFORMED, AT "process: "},
    /* nothing that is of one launch, or of one piece of evidence */
    {SNP(", \"registers\": {\"report_id\": [" D32 "]}"), VC_REFUSED,
     AT "snp.registers.report_id: another at each launch"},
    {SNP(", \"registers\": {\"hcl_user_data\": [" D64 "]}"), VC_REFUSED,
     AT "snp.registers.hcl_user_data: another at each launch"},
    {"\"nitro\": {" M48 ", \"registers\": {\"user_data\": [" D64 "]}}", VC_REFUSED,
     AT "nitro.registers.user_data: another at each launch"},
    {"\"nitro\": {" M48 ", \"registers\": {\"nonce\": [" D32 "]}}", VC_REFUSED,
     AT "nitro.registers.nonce: another at each launch"},
    {SNP(", \"registers\": {\"hcl_ak\": [" D48 "]}"), VC_MALFORMED,
     AT "snp.registers.hcl_ak[0]: 96 hex digits, 64 wanted"},
    {TPM(", \"machines\": [" D48 "]"), VC_MALFORMED,
     AT "tpm.machines[0]: 96 hex digits, 68, 100 or 64 wanted"},
    {PROCESS(""), VC_MALFORMED, AT "process: no \"measurements\""},
    {PROCESS("\"measurements\": []"), VC_LIMIT, AT "process.measurements: no elements"},
    {"\"process\": {" M32 "}, \"process\": {" M32 "}", VC_MALFORMED, "line "},
    /* A5: nothing to compare with is no policy; too little neither */
    {"\"snp\": {" M48 "}", VC_REFUSED, AT "snp.minimum_tcb: no \"bootloader\""},
    {"\"snp\": {" M48 ", \"minimum_tcb\": {}}", VC_LIMIT, AT "snp.minimum_tcb: 0 members"},
    {"\"snp\": {" M48 ", \"minimum_tcb\": {\"microcode\": 209}}", VC_REFUSED,
     AT "snp.minimum_tcb: no \"bootloader\""},
    {"\"snp\": {" M48
     ", \"minimum_tcb\": {\"bootloader\": 4, \"tee\": 0, \"snp\": 22, \"fmc\": 1}}",
     VC_REFUSED, AT "snp.minimum_tcb: no \"microcode\""},
    {"\"tdx\": {" M48 "}", VC_REFUSED, AT "tdx.registers: no \"rtmr1\"; MRTD says nothing"},
    {"\"tdx\": {" M48 ", \"registers\": {\"rtmr1\": [" D48 "]}}", VC_REFUSED,
     AT "tdx.registers: no \"rtmr2\""},
    {"\"tdx\": {" M48 ", \"registers\": {}}", VC_LIMIT, AT "tdx.registers: 0 members"},
    {"\"tdx\": {" M48 ", \"registers\": {\"rtmr1\": [], \"rtmr2\": [" D48 "]}}", VC_LIMIT,
     AT "tdx.registers.rtmr1: no elements"},
    {"\"tpm\": {" M32 "}", VC_REFUSED, AT "tpm.registers: no \"pcr4\""},
    {"\"tpm\": {" M32 ", \"registers\": {\"pcr4\": [" D32 "]}}", VC_REFUSED,
     AT "tpm.registers: no \"pcr9\""},
    {"\"psa\": {" M32 "}", VC_REFUSED, AT "psa.registers: no \"signer0\""},
    /* A7: malformed measurements */
    {PROCESS("\"measurements\": [\"" H32 H32 "0a\"]"), VC_MALFORMED,
     AT "process.measurements[0]: 66 hex digits, 64 wanted"},
    {PROCESS("\"measurements\": [\"" H32 H16 H8 "0a0a0a\"]"), VC_MALFORMED,
     AT "process.measurements[0]: 62 hex digits, 64 wanted"},
    {PROCESS("\"measurements\": [\"" H32 H16 H8 "0a0a0a0\"]"), VC_MALFORMED,
     AT "process.measurements[0]: 63 hex digits, 64 wanted"},
    {PROCESS("\"measurements\": [\"" H32 H16 H8 "0A0A0A0A\"]"), VC_MALFORMED,
     AT "process.measurements[0]: character 58 is no lower-case hex digit"},
    {PROCESS("\"measurements\": [\"0x" H32 H32 "\"]"), VC_MALFORMED,
     AT "process.measurements[0]: begins with 0x"},
    {PROCESS("\"measurements\": [\"0x" H32 H16 H8 "0a0a0a\"]"), VC_MALFORMED,
     AT "process.measurements[0]: begins with 0x"},
    {PROCESS("\"measurements\": [\" " H32 H16 H8 "0a0a0a \"]"), VC_MALFORMED,
     AT "process.measurements[0]: character 1 is no lower-case hex digit"},
    {PROCESS("\"measurements\": [\"" H32 H32 "\\n\"]"), VC_MALFORMED,
     AT "process.measurements[0]: 65 hex digits"},
    {PROCESS("\"measurements\": [\"\"]"), VC_MALFORMED,
     AT "process.measurements[0]: 0 hex digits, 64 wanted"},
    {PROCESS("\"measurements\": [" D48 "]"), VC_MALFORMED,
     AT "process.measurements[0]: 96 hex digits, 64 wanted"},
    {PROCESS("\"measurements\": [7]"), VC_MALFORMED, AT "process.measurements[0]: "},
    {PROCESS("\"measurements\": " D32), VC_MALFORMED, AT "process.measurements: "},
    {"\"snp\": {" M32 ", " SNP_TCB "}", VC_MALFORMED,
     AT "snp.measurements[0]: 64 hex digits, 96 wanted"},
    {"\"nitro\": {\"measurements\": [" D64 "]}", VC_MALFORMED,
     AT "nitro.measurements[0]: 128 hex digits, 96 wanted"},
    {"\"tdx\": {" M32 ", " RTMRS "}", VC_MALFORMED, AT "tdx.measurements[0]: 64 hex digits"},
    {"\"sgx\": {" M48 "}", VC_MALFORMED, AT "sgx.measurements[0]: 96 hex digits, 64 wanted"},
    {"\"tpm\": {\"measurements\": [\"" H32 H8 "\"], " PCRS "}", VC_MALFORMED,
     AT "tpm.measurements[0]: 40 hex digits, 64 wanted"},
    {"\"tdx\": {" M48 ", \"registers\": {\"rtmr1\": [" D32 "], \"rtmr2\": [" D48 "]}}",
     VC_MALFORMED, AT "tdx.registers.rtmr1[0]: 64 hex digits, 96 wanted"},
    {SNP(", \"machines\": [" D32 "]"), VC_MALFORMED, AT "snp.machines[0]: 64 hex digits, 128"},
    /* twice */
    {"\"snp\": {\"measurements\": [" D48 ", " D48 "], " SNP_TCB "}", VC_REFUSED,
     AT "snp.measurements[1]: the same as [0]"},
    {"\"tdx\": {" M48 ", \"registers\": {\"rtmr1\": [" D48 "], \"rtmr2\": [" D48 ", " D48 "]}}",
     VC_REFUSED, AT "tdx.registers.rtmr2[1]: the same as [0]"},
    {SNP(", \"machines\": [" D64 ", " D64 "]"), VC_REFUSED, AT "snp.machines[1]: the same as [0]"},
    {TDX(", \"accepted_tcb\": [\"UpToDate\", \"UpToDate\"]"), VC_REFUSED,
     AT "tdx.accepted_tcb[1]: UpToDate a second time"},
    /* names */
    {SNP(", \"registers\": {\"rtmr1\": [" D48 "]}"), VC_MALFORMED,
     AT "snp.registers.rtmr1: no such register; snp has host_data, id_key_digest"},
    {SNP(", \"registers\": {\"host-data\": [" D32 "]}"), VC_MALFORMED,
     AT "snp.registers.host-data: no such register"},
    {"\"tpm\": {" M32 ", \"registers\": {\"pcr24\": [" D32 "]}}", VC_MALFORMED,
     AT "tpm.registers.pcr24: no such register; tpm has pcr0 to pcr23, pcr_digest"},
    {"\"tpm\": {" M32 ", \"registers\": {\"pcr04\": [" D32 "]}}", VC_MALFORMED,
     AT "tpm.registers.pcr04: no such register"},
    {"\"tpm\": {" M32 ", \"registers\": {\"pcr\": [" D32 "]}}", VC_MALFORMED,
     AT "tpm.registers.pcr: no such register"},
    {"\"nitro\": {" M48 ", \"registers\": {\"pcr32\": [" D48 "]}}", VC_MALFORMED,
     AT "nitro.registers.pcr32: no such register"},
    {"\"tdx\": {" M48 ", \"registers\": {\"rtmr4\": [" D48 "]}}", VC_MALFORMED,
     AT "tdx.registers.rtmr4: no such register"},
    {TDX(", \"minimum_tcb\": {\"isvsvn\": 1}"), VC_MALFORMED,
     AT "tdx.minimum_tcb.isvsvn: no such part"},
    {TDX(", \"minimum_tcb\": {\"microcode\": 1}"), VC_MALFORMED,
     AT "tdx.minimum_tcb.microcode: no such part; tdx has tcb_evaluation"},
    {"\"snp\": {" M48 ", \"minimum_tcb\": {\"bootloader\": -1}}", VC_LIMIT,
     AT "snp.minimum_tcb.bootloader: -1, at least 0"},
    {"\"snp\": {" M48 ", \"minimum_tcb\": {\"bootloader\": \"4\"}}", VC_MALFORMED,
     AT "snp.minimum_tcb.bootloader: a string"},
    {SNP(", \"vmpl\": 4"), VC_LIMIT, AT "snp.vmpl: 4, at most 3"},
    {SNP(", \"vmpl\": -1"), VC_LIMIT, AT "snp.vmpl: -1, at least 0"},
    {SNP(", \"machines\": []"), VC_LIMIT, AT "snp.machines: no elements"},
    /* A6: what no policy can accept */
    {TDX(", \"accepted_tcb\": [\"UpToDate\", \"Revoked\"]"), VC_REFUSED,
     AT "tdx.accepted_tcb[1]: Revoked can never be accepted"},
    {TDX(", \"accepted_tcb\": [\"uptodate\"]"), VC_MALFORMED,
     AT "tdx.accepted_tcb[0]: a vendor's status wanted"},
    {TDX(", \"accepted_tcb\": [\"not-judged\"]"), VC_MALFORMED, AT "tdx.accepted_tcb[0]: "},
    {TDX(", \"accepted_tcb\": []"), VC_LIMIT, AT "tdx.accepted_tcb: no elements"},
    /* keys that would mean nothing */
    {PROCESS(M32 ", \"minimum_tcb\": {\"snp\": 1}"), VC_MALFORMED,
     AT "process: unknown key \"minimum_tcb\""},
    {PROCESS(M32 ", \"vmpl\": 0"), VC_MALFORMED, AT "process: unknown key \"vmpl\""},
    {SNP(", \"accepted_tcb\": [\"UpToDate\"]"), VC_MALFORMED,
     AT "snp: unknown key \"accepted_tcb\""},
    {TDX(", \"vmpl\": 0"), VC_MALFORMED, AT "tdx: unknown key \"vmpl\""},
    {"\"nitro\": {" M48 ", \"minimum_tcb\": {\"snp\": 1}}", VC_MALFORMED,
     AT "nitro: unknown key \"minimum_tcb\""},
    {SNP(", \"debug\": true"), VC_MALFORMED, AT "snp: unknown key \"debug\""},
};

static void test_refused(void **state)
{
    for (size_t i = 0; i < VC_COUNT(refusals); i++) {
        struct vc_policy *policy = nullptr;
        struct vc_err err = {};
        enum vc_code code = parse(*state, refusals[i].platforms, &policy, &err);

        if (code != refusals[i].code || err.code != code || policy != nullptr)
            fail_msg("%s: code %s: %s", refusals[i].err, vc_code_name(code), err.text);
        if (strncmp(err.text, refusals[i].err, strlen(refusals[i].err)) != 0)
            fail_msg("%s: %s", refusals[i].err, err.text);
    }
}

/* One past each limit. */
static void test_many(void **state)
{
    static const struct {
        const char *head, *tail, *err;
        size_t digits, most;
    } rows[] = {
        {"\"process\": {\"measurements\": [", "]}", AT "process.measurements: 65", 64, 64},
        {"\"process\": {" M32 ", \"registers\": {\"boot_seed\": [", "]}}",
         AT "process.registers.boot_seed: 65", 64, 64},
        {"\"snp\": {" M48 ", " SNP_TCB ", \"machines\": [", "]}", AT "snp.machines: 1025", 128,
         1024},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        for (size_t count = rows[i].most; count <= rows[i].most + 1; count++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
            struct vc_policy *policy = nullptr;
            struct vc_err err = {};
            enum vc_code code;

            assert_int_equal(vc_buffer_append_text(&text, rows[i].head, nullptr), VC_OK);
            for (size_t k = 0; k < count; k++) {
                assert_int_equal(vc_buffer_printf(&text, nullptr, "%s\"%0*zx\"", k > 0 ? "," : "",
                                                  (int)rows[i].digits, k),
                                 VC_OK);
            }
            assert_int_equal(vc_buffer_printf(&text, nullptr, "%s%c", rows[i].tail, '\0'), VC_OK);
            code = parse(*state, (const char *)text.data, &policy, &err);
            if (code != (count > rows[i].most ? VC_LIMIT : VC_OK))
                fail_msg("%s: %s", rows[i].err, err.text);
            if (count > rows[i].most && strncmp(err.text, rows[i].err, strlen(rows[i].err)) != 0)
                fail_msg("%s: %s", rows[i].err, err.text);
            vc_policy_free(policy);
        }
    }
}

/* ----------------------------------------------------------------------------- explanations */

static const char *find_name(void *user, enum vc_platform_kind platform,
                             const struct vc_octets *measurement)
{
    return platform == VC_PLATFORM_SNP && measurement->bytes[0] == 0x0a ? user : nullptr;
}

/* What must be said of some platforms, or must not ("!..."). */
static const struct sentence {
    const char *platforms;
    const char *text;
} sentences[] = {
    {SNP(""), "Accepted: the platform snp, with 1 measurement:\n  " H32 H32 H32
              ", which is veracruz 0.3.0\n"},
    {TDX(""), "  " H32 H32 H32 ", of no release known here\n"},
    {SNP(""), "must have at least these versions: bootloader 4, tee 0, snp 22, microcode 209.\n"},
    {SNP(""), "  The evidence must come from privilege level (VMPL) 0.\n"},
    {SNP(""), "  It may run on any genuine machine with this measurement, whoever operates it.\n"},
    {SNP(""), "AMD must be trusted"},
    {SNP(""), "- On the platform snp any genuine machine with this measurement will do"},
    {SNP(""), "!can read and change everything"},
    {SNP(", \"machines\": [" D64 "]"), "  It may run only on this machine:\n    " H32},
    {SNP(", \"machines\": [" D64 "]"), "!any genuine machine"},
    {SNP(", \"vmpl\": 2"), "- On the platform snp, evidence comes from privilege level 2: "},
    {SNP(", \"registers\": {\"host_data\": [" D32 "]}"),
     "  The register host_data must be:\n    " H32 H32 "\n"},
    {"\"snp\": {" M48 ", \"minimum_tcb\": {\"bootloader\": 0, \"tee\": 0, \"snp\": 0, "
     "\"microcode\": 0}}",
     "- On the platform snp every minimum version is 0"},
    {TDX(""), "  Of its firmware and microcode the vendor must say UpToDate.\n"},
    {TDX(", \"accepted_tcb\": [\"UpToDate\", \"OutOfDate\"]"),
     "the vendor must say UpToDate or OutOfDate.\n"},
    {TDX(", \"accepted_tcb\": [\"UpToDate\", \"OutOfDate\"]"),
     "- On the platform tdx machines are accepted of which the vendor says OutOfDate: "},
    {TDX(""), "- On the platform tdx any attributes of the guest will do"},
    {"\"tdx\": {" M48 ", \"registers\": {\"rtmr1\": [" D48 "], \"rtmr2\": [" D48
     "], \"tdattributes\": [\"0000001000000000\"]}}",
     "!any attributes of the guest"},
    {TDX(""), "Intel must be trusted"},
    {TDX(""), "!machines are accepted of which"},
    {"\"sgx\": {" M32 "}", "On the platform sgx the processor isolates: Intel"},
    {"\"nitro\": {" M48 "}", "AWS must be trusted"},
    {"\"nitro\": {" M48 "}", "in anybody's account"},
    {PSA(""), "its maker must be trusted"},
    {PSA(""), "- On the platform psa only the device's first software component is compared"},
    {PSA(", \"component1\": [" D32 "]"), "!first software component"},
    {TPM(""), "does not protect from the operator of the machine"},
    {TPM(""), "- On the platform tpm whoever operates the machine can read and change everything"},
    {PROCESS(M32), "- On the platform process whoever operates the machine can read"},
    {PROCESS(M32), "  It may run on any machine that the attestation service endorses.\n"},
    {PROCESS(M32) ", " SNP(""),
     "- The platform process (isolation: none) is accepted beside a stronger one"},
    {PROCESS(M32), "!accepted beside"},
};

static void test_sentences(void **state)
{
    static char name[] = "veracruz 0.3.0";
    const struct vc_release_names names = {find_name, name};

    for (size_t i = 0; i < VC_COUNT(sentences); i++) {
        vc_cleanup(vc_policy_freep) struct vc_policy *policy =
            must_parse(*state, sentences[i].platforms);
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        bool absent = sentences[i].text[0] == '!';
        const char *wanted = sentences[i].text + absent;

        assert_int_equal(vc_policy_explain(policy, &names, &text, nullptr), VC_OK);
        if ((memmem(text.data, text.size, wanted, strlen(wanted)) == nullptr) != absent)
            fail_msg("%s in:\n%.*s", sentences[i].text, (int)text.size, (const char *)text.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_read),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_sentences),
    };

    return cmocka_run_group_tests_name("platform-policy", tests, vc_fixture_setup,
                                       vc_fixture_teardown);
}
