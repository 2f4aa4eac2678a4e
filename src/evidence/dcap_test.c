/* SPDX-License-Identifier: MIT */

/* What is refused and what is accepted of well-formed quotes, and what they then say. */

#include "evidence/dcap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/dcap_scene_test.h"

static constexpr int64_t NOW = VC_DCAP_SCENE_NOW;
static constexpr int64_t DAY = 86400;

/* -------------------------------------------------------------------------------------- rows */

typedef void change(struct vc_dcap_order *order);

static void version_4(struct vc_dcap_order *o)
{
    o->version = 4;
    o->body = VC_QUOTE_BODY_TD10;
}
static void version_5_td10(struct vc_dcap_order *o)
{
    o->body = VC_QUOTE_BODY_TD10;
}
static void sgx(struct vc_dcap_order *o)
{
    *o = vc_dcap_fixture_order_sgx(NOW);
}
static void sgx_4(struct vc_dcap_order *o)
{
    sgx(o);
    o->version = 4;
}
static void sgx_5(struct vc_dcap_order *o)
{
    sgx(o);
    o->version = 5;
}
static void sgx_tcb_2(struct vc_dcap_order *o)
{
    sgx(o);
    o->tcb.id = nullptr;
    o->tcb.version = 2;
}
static void no_instance(struct vc_dcap_order *o)
{
    o->pck.has_instance = false;
}
static void module_0(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_TCB_SVN] = 0;
    o->td[VC_DCAP_TD_TCB_SVN + 1] = 0;
}
static void updated(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_TCB_SVN_2] = 9;
}

static void sw(struct vc_dcap_order *o)
{
    o->tcb.status = "SWHardeningNeeded";
}
static void conf(struct vc_dcap_order *o)
{
    o->tcb.status = "ConfigurationNeeded";
}
static void conf_sw(struct vc_dcap_order *o)
{
    o->tcb.status = "ConfigurationAndSWHardeningNeeded";
}
static void out(struct vc_dcap_order *o)
{
    o->tcb.status = "OutOfDate";
}
static void out_conf(struct vc_dcap_order *o)
{
    o->tcb.status = "OutOfDateConfigurationNeeded";
}
static void revoked(struct vc_dcap_order *o)
{
    o->tcb.status = "Revoked";
}
static void unknown(struct vc_dcap_order *o)
{
    o->tcb.status = "Splendid";
}
static void ours(struct vc_dcap_order *o)
{
    o->tcb.status = "at-least-minimum";
}
static void second_level(struct vc_dcap_order *o)
{
    o->pck.svns[7] = 4;
}
static void pcesvn_low(struct vc_dcap_order *o)
{
    o->pck.pcesvn = 12;
}
static void no_match(struct vc_dcap_order *o)
{
    o->pck.svns[7] = 2;
}
static void no_match_pce(struct vc_dcap_order *o)
{
    o->pck.pcesvn = 10;
}
static void tdx_low(struct vc_dcap_order *o)
{
    o->tcb.tdx_svn = 5;
}
static void module_out(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_TCB_SVN] = 4;
}
static void module_out_conf(struct vc_dcap_order *o)
{
    module_out(o);
    conf(o);
}
static void module_out_sw(struct vc_dcap_order *o)
{
    module_out(o);
    sw(o);
}
static void module_revoked(struct vc_dcap_order *o)
{
    o->tcb.module_status = "Revoked";
}
static void module_low(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_TCB_SVN] = 1;
}
static void module_unknown(struct vc_dcap_order *o)
{
    o->tcb.module_id = "TDX_03";
}
static void module_lower_case(struct vc_dcap_order *o)
{
    o->tcb.module_id = "tdx_0a";
    o->td[VC_DCAP_TD_TCB_SVN + 1] = 10;
}
static void module_signer(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_MRSIGNERSEAM] = 1;
}
static void module_signed(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_MRSIGNERSEAM] = 1;
    o->tcb.module_signer = 1;
}
static void qe_out(struct vc_dcap_order *o)
{
    o->identity.status = "OutOfDate";
}
static void qe_out_conf(struct vc_dcap_order *o)
{
    qe_out(o);
    conf_sw(o);
}
static void qe_revoked(struct vc_dcap_order *o)
{
    o->qe[VC_DCAP_ENCLAVE_ISVSVN] = 5;
}
static void qe_low(struct vc_dcap_order *o)
{
    o->qe[VC_DCAP_ENCLAVE_ISVSVN] = 2;
}

static void debug_td(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_ATTRIBUTES] = 1;
}
static void tud_td(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_ATTRIBUTES] = 0x20;
}
static void migratable(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_ATTRIBUTES + 3] |= 0x20;
}
static void reserved_td(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_ATTRIBUTES + 4] = 1;
}
static void perfmon(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_ATTRIBUTES + 7] = 0x80;
}
static void seam(struct vc_dcap_order *o)
{
    o->td[VC_DCAP_TD_SEAMATTRIBUTES] = 1;
}
static void debug_sgx(struct vc_dcap_order *o)
{
    sgx(o);
    o->enclave[VC_DCAP_ENCLAVE_ATTRIBUTES] |= 2;
}
static void uninit_sgx(struct vc_dcap_order *o)
{
    sgx(o);
    o->enclave[VC_DCAP_ENCLAVE_ATTRIBUTES] = 4;
}
static void reserved_sgx(struct vc_dcap_order *o)
{
    sgx(o);
    o->enclave[VC_DCAP_ENCLAVE_ATTRIBUTES] |= 8;
}
static void kss_sgx(struct vc_dcap_order *o)
{
    sgx(o);
    o->enclave[VC_DCAP_ENCLAVE_ATTRIBUTES] |= 0x80;
}
static void qe_debug(struct vc_dcap_order *o)
{
    o->qe[VC_DCAP_ENCLAVE_ATTRIBUTES] |= 2;
    o->identity.attributes_mask = "F9FFFFFFFFFFFFFF0000000000000000"; /* would not see it */
}
static void qe_signer(struct vc_dcap_order *o)
{
    o->qe[VC_DCAP_ENCLAVE_MRSIGNER] ^= 1;
}
static void qe_product(struct vc_dcap_order *o)
{
    o->qe[VC_DCAP_ENCLAVE_ISVPRODID] = 1;
}
static void qe_attributes(struct vc_dcap_order *o)
{
    o->qe[VC_DCAP_ENCLAVE_ATTRIBUTES] = 0x01;
}
static void qe_masked(struct vc_dcap_order *o)
{
    o->qe[VC_DCAP_ENCLAVE_ATTRIBUTES] = 0x15;
}
static void qe_wrong_mask(struct vc_dcap_order *o)
{
    o->identity.attributes_mask = "FAFFFFFFFFFFFFFF0000000000000000"; /* hides what is wanted */
}
static void qe_misc(struct vc_dcap_order *o)
{
    o->qe[VC_DCAP_ENCLAVE_MISCSELECT] = 1;
}
static void qe_misc_wanted(struct vc_dcap_order *o)
{
    o->qe[VC_DCAP_ENCLAVE_MISCSELECT] = 1;
    o->identity.miscselect = "01000000"; /* little endian, as in the report */
}
static void qe_new_signer(struct vc_dcap_order *o)
{
    qe_signer(o);
    memcpy(o->identity.mrsigner, o->qe + VC_DCAP_ENCLAVE_MRSIGNER, 32);
}

static void tcb_expired(struct vc_dcap_order *o)
{
    o->tcb.next = NOW;
}
static void tcb_last_second(struct vc_dcap_order *o)
{
    o->tcb.next = NOW + 1;
}
static void tcb_early(struct vc_dcap_order *o)
{
    o->tcb.issued = NOW + 1;
}
static void tcb_first_second(struct vc_dcap_order *o)
{
    o->tcb.issued = NOW;
}
static void tcb_fmspc(struct vc_dcap_order *o)
{
    o->tcb.fmspc = "00806F050001";
}
static void tcb_pceid(struct vc_dcap_order *o)
{
    o->tcb.pceid = "0001";
}
static void tcb_sgx(struct vc_dcap_order *o)
{
    o->tcb.id = "SGX";
}
static void tcb_version(struct vc_dcap_order *o)
{
    o->tcb.version = 4;
}
static void qe_expired(struct vc_dcap_order *o)
{
    o->identity.next = NOW;
}
static void qe_early(struct vc_dcap_order *o)
{
    o->identity.issued = NOW + 1;
}
static void qe_of_sgx(struct vc_dcap_order *o)
{
    o->identity.id = "QE";
}
static void certs_expired(struct vc_dcap_order *o)
{
    o->now = NOW - 101 * DAY;
}
static void certs_early(struct vc_dcap_order *o)
{
    o->now = NOW + 101 * DAY;
}
static void lists_expired(struct vc_dcap_order *o)
{
    o->now = NOW - 2 * DAY;
}
static void lists_early(struct vc_dcap_order *o)
{
    o->now = NOW + 2 * DAY;
}
static void ppid_only(struct vc_dcap_order *o)
{
    o->certification = VC_QUOTE_PPID_RSA3072;
}

static const struct row {
    const char *name;
    change *change;
    enum vc_dcap_fault fault;
    enum vc_code code;
    enum vc_tcb_status status; /* if VC_OK */
    const char *text;          /* else part of the reason */
} rows[] = {
    {"TDX 1.5, version 5", nullptr, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"TDX 1.0, version 5", version_5_td10, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"TDX 1.0, version 4", version_4, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"SGX, version 3", sgx, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"SGX, version 4", sgx_4, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"SGX, version 5", sgx_5, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"SGX, TCB info 2", sgx_tcb_2, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"processor CA's kind of PCK", no_instance, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"TDX module 1.0", module_0, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"module updated beneath", updated, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"PCK from the collateral", ppid_only, VC_DCAP_FAULT_PCK_IN_COLLATERAL, VC_OK,
     VC_TCB_UP_TO_DATE, ""},

    {"platform SW", sw, 0, VC_OK, VC_TCB_SW_HARDENING_NEEDED, ""},
    {"platform configuration", conf, 0, VC_OK, VC_TCB_CONFIGURATION_NEEDED, ""},
    {"platform both", conf_sw, 0, VC_OK, VC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, ""},
    {"platform out of date", out, 0, VC_OK, VC_TCB_OUT_OF_DATE, ""},
    {"and configuration", out_conf, 0, VC_OK, VC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, ""},
    {"platform revoked", revoked, 0, VC_UNTRUSTED, 0, "TCB revoked: platform Revoked since"},
    {"a status that is none", unknown, 0, VC_UNTRUSTED, 0, "tcbStatus: none of Intel's"},
    {"a status of ours", ours, 0, VC_UNTRUSTED, 0, "tcbStatus: none of Intel's"},
    {"on the second level", second_level, 0, VC_OK, VC_TCB_OUT_OF_DATE, ""},
    {"by PCESVN", pcesvn_low, 0, VC_OK, VC_TCB_OUT_OF_DATE, ""},
    {"by TEE_TCB_SVN", tdx_low, 0, VC_OK, VC_TCB_OUT_OF_DATE, ""},
    {"no level", no_match, 0, VC_UNTRUSTED, 0,
     "NoMatch): SGX component 8 is 2, even the lowest wants 3"},
    {"no level by PCESVN", no_match_pce, 0, VC_UNTRUSTED, 0, "PCESVN is 10, even the lowest"},
    {"module out of date", module_out, 0, VC_OK, VC_TCB_OUT_OF_DATE, ""},
    {"and configuration", module_out_conf, 0, VC_OK, VC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, ""},
    {"and SW", module_out_sw, 0, VC_OK, VC_TCB_OUT_OF_DATE, ""},
    {"module revoked", module_revoked, 0, VC_UNTRUSTED, 0, "TDX module Revoked since"},
    {"module below all", module_low, 0, VC_UNTRUSTED, 0, "ISVSVN 1 is below every level of TDX_01"},
    {"module not known", module_unknown, 0, VC_UNTRUSTED, 0, "publishes no identity TDX_01"},
    {"module in lower case", module_lower_case, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"module of another signer", module_signer, 0, VC_UNTRUSTED, 0, "MRSIGNERSEAM is 01"},
    {"as its identity says", module_signed, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"QE out of date", qe_out, 0, VC_OK, VC_TCB_OUT_OF_DATE, ""},
    {"and configuration", qe_out_conf, 0, VC_OK, VC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, ""},
    {"QE revoked", qe_revoked, 0, VC_UNTRUSTED, 0, "quoting enclave Revoked since 2020-03-13"},
    {"QE below all", qe_low, 0, VC_UNTRUSTED, 0, "ISVSVN 2 is below every level"},

    {"debug TD", debug_td, 0, VC_UNTRUSTED, 0, "debug guest: TDATTRIBUTES bit 0 set"},
    {"profiled TD", tud_td, 0, VC_UNTRUSTED, 0, "guest under debug"},
    {"migratable TD", migratable, 0, VC_UNTRUSTED, 0, "migratable guest: TDATTRIBUTES bit 29"},
    {"reserved bit of a TD", reserved_td, 0, VC_UNTRUSTED, 0, "reserved bits in TDATTRIBUTES"},
    {"performance counters", perfmon, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"SEAM attributes", seam, 0, VC_UNTRUSTED, 0, "SEAMATTRIBUTES 0x0000000000000001, 0 wanted"},
    {"debug enclave", debug_sgx, 0, VC_UNTRUSTED, 0, "debug enclave: ATTRIBUTES bit 1 set"},
    {"enclave without INIT", uninit_sgx, 0, VC_UNTRUSTED, 0, "bit 0 (INIT) not set"},
    {"reserved bit of an enclave", reserved_sgx, 0, VC_UNTRUSTED, 0, "reserved bits in ATTRIBUTES"},
    {"enclave with KSS", kss_sgx, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"debug QE", qe_debug, 0, VC_UNTRUSTED, 0, "debug quoting enclave"},
    {"QE of another signer", qe_signer, 0, VC_UNTRUSTED, 0, "MRSIGNER is dd9e2a7c"},
    {"QE of another product", qe_product, 0, VC_UNTRUSTED, 0,
     "ISVPRODID is 1, its published identity says 2"},
    {"QE's attributes", qe_attributes, 0, VC_UNTRUSTED, 0, "ATTRIBUTES under its mask"},
    {"QE's attributes that are masked", qe_masked, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"a mask that hides what is wanted", qe_wrong_mask, 0, VC_UNTRUSTED, 0,
     "ATTRIBUTES under its mask"},
    {"QE's MISCSELECT", qe_misc, 0, VC_UNTRUSTED, 0, "MISCSELECT under its mask"},
    {"as published", qe_misc_wanted, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"a QE signed anew, as published", qe_new_signer, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},

    {"TCB info expired", tcb_expired, 0, VC_UNTRUSTED, 0, "TCB info in tcb.json: expired at"},
    {"in its last second", tcb_last_second, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"TCB info of tomorrow", tcb_early, 0, VC_UNTRUSTED, 0, "TCB info in tcb.json: issued at"},
    {"in its first second", tcb_first_second, 0, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"another FMSPC", tcb_fmspc, 0, VC_NOT_FOUND, 0,
     "no TCB info for FMSPC 00806f050000 (https://api.trustedservices.intel.com/tdx/"
     "certification/v4/tcb?fmspc=00806f050000)"},
    {"another PCE", tcb_pceid, 0, VC_UNTRUSTED, 0, "for PCE 0001, the PCK certificate is for 0000"},
    {"TCB info of SGX", tcb_sgx, 0, VC_NOT_FOUND, 0, "no TCB info for FMSPC"},
    {"TCB info of a version to come", tcb_version, 0, VC_UNTRUSTED, 0, "version 4, 2 or 3 wanted"},
    {"QE identity expired", qe_expired, 0, VC_UNTRUSTED, 0, "QE identity in qe.json: expired at"},
    {"QE identity of tomorrow", qe_early, 0, VC_UNTRUSTED, 0, "QE identity in qe.json: issued at"},
    {"QE identity of SGX", qe_of_sgx, 0, VC_NOT_FOUND, 0,
     "no identity of the quoting enclave (https://api.trustedservices.intel.com/tdx/"
     "certification/v4/qe/identity)"},
    {"certificates expired", certs_expired, 0, VC_UNTRUSTED, 0, "expired at"},
    {"certificates of tomorrow", certs_early, 0, VC_UNTRUSTED, 0, "not valid before"},
    {"lists expired", lists_expired, 0, VC_UNTRUSTED, 0, "revocation list of"},
    {"lists of tomorrow", lists_early, 0, VC_NOT_FOUND, 0, "the one there begins at"},

    {"no collateral", nullptr, VC_DCAP_FAULT_COLLATERAL_MISSING, VC_NOT_FOUND, 0,
     "no revocation list of Intel SGX Root CA (https://certificates"},
    {"no list of the root", nullptr, VC_DCAP_FAULT_NO_ROOT_LIST, VC_NOT_FOUND, 0,
     "no revocation list of Intel SGX Root CA (https://certificates"},
    {"no list of the PCK CA", nullptr, VC_DCAP_FAULT_NO_PCK_LIST, VC_NOT_FOUND, 0,
     "no revocation list of Intel SGX PCK Platform CA (https://api.trustedservices.intel.com/sgx/"
     "certification/v4/pckcrl?ca=platform"},
    {"no TCB info", nullptr, VC_DCAP_FAULT_NO_TCB_INFO, VC_NOT_FOUND, 0,
     "no TCB info for FMSPC 0080"},
    {"no QE identity", nullptr, VC_DCAP_FAULT_NO_IDENTITY, VC_NOT_FOUND, 0,
     "no identity of the quoting"},
    {"no signer", nullptr, VC_DCAP_FAULT_NO_SIGNER, VC_NOT_FOUND, 0,
     "no certificate \"Intel SGX TCB"},
    {"no PCK", ppid_only, 0, VC_NOT_FOUND, 0, "no PCK certificate, for the quote only names"},
    {"PCK revoked", nullptr, VC_DCAP_FAULT_PCK_REVOKED, VC_UNTRUSTED, 0,
     "Intel SGX PCK Certificate"},
    {"PCK CA revoked", nullptr, VC_DCAP_FAULT_CA_REVOKED, VC_UNTRUSTED, 0,
     "Intel SGX PCK Platform CA"},
    {"signer revoked", nullptr, VC_DCAP_FAULT_SIGNER_REVOKED, VC_UNTRUSTED, 0,
     "Intel SGX TCB Signing"},
    {"TCB info by another key", nullptr, VC_DCAP_FAULT_TCB_BY_PCK, VC_UNTRUSTED, 0,
     "TCB info in tcb.json: its signature"},
    {"QE identity by another key", nullptr, VC_DCAP_FAULT_IDENTITY_BY_PCK, VC_UNTRUSTED, 0,
     "QE identity in qe.json: its signature"},
    {"TCB info written anew", nullptr, VC_DCAP_FAULT_TCB_REWRITTEN, VC_UNTRUSTED, 0,
     "TCB info in tcb.json: its signature"},
    {"a root of the same name", nullptr, VC_DCAP_FAULT_OTHER_ROOT, VC_UNTRUSTED, 0, ""},
    {"an older TCB info beside", nullptr, VC_DCAP_FAULT_OLDER_TOO, VC_OK, VC_TCB_UP_TO_DATE, ""},
    {"an expired TCB info beside", nullptr, VC_DCAP_FAULT_EXPIRED_TOO, VC_OK, VC_TCB_UP_TO_DATE,
     ""},
};

static void test_rows(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct vc_dcap_order order = vc_dcap_fixture_order(NOW);
        struct vc_dcap_scene scene;
        enum vc_code code;

        if (row->change != nullptr)
            row->change(&order);
        vc_dcap_scene_make(&scene, &order, row->fault);
        code = vc_dcap_scene_run(&scene, row->fault, VC_DEPTH_JUDGED);
        if (code != row->code || (code == VC_OK && scene.claims.tcb_status != row->status) ||
            (code != VC_OK && strstr(scene.err.text, row->text) == nullptr))
            fail_msg("%s: %s, %s, %s", row->name, vc_code_name(code),
                     vc_tcb_status_name(scene.claims.tcb_status),
                     code == VC_OK ? "" : scene.err.text);
        assert_int_equal(scene.claims.passed == VC_STAGE_JUDGED, code == VC_OK);
        vc_dcap_scene_unmake(&scene);
    }
    (void)printf("# %zu rows\n", VC_COUNT(rows));
}

/* Without collateral: whose the quoting enclave is, is compiled in. */
static const struct {
    const char *name;
    change *change;
    enum vc_dcap_fault fault;
    const char *text; /* null: accepted */
} authentic_rows[] = {
    {"TD", nullptr, VC_DCAP_FAULT_COLLATERAL_MISSING, nullptr},
    {"enclave", sgx, VC_DCAP_FAULT_COLLATERAL_MISSING, nullptr},
    {"a platform without level", no_match, VC_DCAP_FAULT_NONE, nullptr},
    {"a QE of another signer", qe_new_signer, VC_DCAP_FAULT_NONE,
     "quoting enclave: none of Intel's"},
    {"a QE of another product", qe_product, VC_DCAP_FAULT_COLLATERAL_MISSING, "none of Intel's"},
    {"a debug QE", qe_debug, VC_DCAP_FAULT_COLLATERAL_MISSING, "debug quoting enclave"},
    {"a module of another signer", module_signer, VC_DCAP_FAULT_COLLATERAL_MISSING,
     "TDX module: none of Intel's (MRSIGNERSEAM 01"},
    {"a debug TD", debug_td, VC_DCAP_FAULT_COLLATERAL_MISSING, "debug guest"},
    {"certificates expired", certs_expired, VC_DCAP_FAULT_COLLATERAL_MISSING, "expired at"},
    {"a root of the same name", nullptr, VC_DCAP_FAULT_OTHER_ROOT, ""},
    {"PCK revoked", nullptr, VC_DCAP_FAULT_PCK_REVOKED, "revoked"},
};

static void test_authentic(void **)
{
    for (size_t i = 0; i < VC_COUNT(authentic_rows); i++) {
        struct vc_dcap_order order = vc_dcap_fixture_order(NOW);
        struct vc_dcap_scene scene;
        enum vc_code code;

        if (authentic_rows[i].change != nullptr)
            authentic_rows[i].change(&order);
        vc_dcap_scene_make(&scene, &order, authentic_rows[i].fault);
        code = vc_dcap_scene_run(&scene, authentic_rows[i].fault, VC_DEPTH_AUTHENTIC);
        if (authentic_rows[i].text == nullptr
                ? code != VC_OK
                : code != VC_UNTRUSTED || strstr(scene.err.text, authentic_rows[i].text) == nullptr)
            fail_msg("%s: %s, %s", authentic_rows[i].name, vc_code_name(code), scene.err.text);
        assert_int_equal(scene.claims.tcb_status, VC_TCB_NOT_JUDGED);
        assert_int_equal(scene.claims.passed == VC_STAGE_AUTHENTIC, code == VC_OK);
        vc_dcap_scene_unmake(&scene);
    }
}

static uint64_t svn_of(const struct vc_claims *claims, const char *which, const char *part)
{
    for (size_t i = 0; i < claims->svn_count; i++) {
        if (strcmp(claims->svns[i].which, which) == 0 && strcmp(claims->svns[i].part, part) == 0)
            return claims->svns[i].value;
    }
    fail_msg("no %s %s", which, part);
    return 0;
}

static void test_claims(void **)
{
    struct vc_dcap_order order = vc_dcap_fixture_order(NOW);
    uint8_t identity[VC_PCK_PPID_SIZE + VC_PCK_INSTANCE_SIZE], digest[VC_SHA256_SIZE];
    const struct vc_octets *fmspc;
    struct vc_dcap_scene scene;

    updated(&order);
    qe_out(&order);
    vc_dcap_scene_make(&scene, &order, VC_DCAP_FAULT_NONE);
    assert_int_equal(vc_dcap_scene_run(&scene, VC_DCAP_FAULT_NONE, VC_DEPTH_JUDGED), VC_OK);
    assert_memory_equal(scene.claims.measurement.bytes, order.td + VC_DCAP_TD_MRTD, 48);
    assert_int_equal(scene.claims.measurement.size, 48);
    assert_memory_equal(scene.claims.report_data.bytes, order.td + VC_DCAP_TD_REPORT_DATA, 64);
    memcpy(identity, order.pck.ppid, VC_PCK_PPID_SIZE);
    memcpy(identity + VC_PCK_PPID_SIZE, order.pck.instance, VC_PCK_INSTANCE_SIZE);
    vc_sha256(VC_BYTES(identity), digest);
    assert_memory_equal(scene.claims.machine.bytes, digest, sizeof(digest));
    fmspc = vc_claims_register(&scene.claims, "fmspc");
    assert_non_null(fmspc);
    assert_memory_equal(fmspc->bytes, order.pck.fmspc, VC_PCK_FMSPC_SIZE);
    assert_non_null(vc_claims_register(&scene.claims, "rtmr3"));
    assert_int_equal(svn_of(&scene.claims, "launch", "tdx_module_svn"), 5);
    assert_int_equal(svn_of(&scene.claims, "current", "tdx_module_svn"), 9);
    assert_int_equal(svn_of(&scene.claims, "", "pcesvn"), 13);
    assert_int_equal(svn_of(&scene.claims, "", "qe_isvsvn"), 6);
    assert_int_equal(svn_of(&scene.claims, "tcb-info", "tcb_evaluation"), 17);
    assert_string_equal(scene.claims.tcb_detail,
                        "platform UpToDate since 2024-03-13 (INTEL-SA-00001); quoting enclave "
                        "OutOfDate since 2024-03-13; TDX module UpToDate since 2024-03-13");
    vc_dcap_scene_unmake(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_authentic),
        cmocka_unit_test(test_claims),
    };

    return cmocka_run_group_tests_name("dcap", tests, nullptr, nullptr);
}
