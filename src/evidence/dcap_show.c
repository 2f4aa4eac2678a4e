/* SPDX-License-Identifier: MIT */

/* Every field of a quote with its meaning: header, body, quoting enclave, certificates. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "evidence/dcap_internal.h"
#include "evidence/event_log.h"
#include "evidence/field.h"

static constexpr size_t WORDS_MAX = 400; /* bytes of the names of bits */

struct bit_name {
    unsigned bit;
    const char *name;
};

static const struct bit_name td_attribute_names[] = {
    {0, "DEBUG: somebody outside can look in"},
    {1, "TUD 1"},
    {2, "TUD 2"},
    {3, "TUD 3"},
    {4, "HGS_PLUS_PROF: profiled from outside"},
    {5, "PERF_PROF: profiled from outside"},
    {6, "PMT_PROF: profiled from outside"},
    {7, "TUD 7"},
    {16, "ICSSD"},
    {27, "LASS: linear address space separation"},
    {28, "SEPT_VE_DISABLE: pages cannot be taken away unnoticed"},
    {29, "MIGRATABLE: a service TD may move it"},
    {30, "PKS: supervisor protection keys"},
    {31, "KL: Key Locker"},
    {62, "TPA: TDX Connect provisioning agent"},
    {63, "PERFMON: performance counters"},
};

static const struct bit_name sgx_attribute_names[] = {
    {0, "INIT"},
    {1, "DEBUG: somebody outside can look in"},
    {2, "MODE64BIT"},
    {4, "PROVISIONKEY: may derive the provisioning key"},
    {5, "EINITTOKENKEY: may launch enclaves"},
    {6, "CET"},
    {7, "KSS: key separation and sharing"},
    {10, "AEXNOTIFY"},
};

static const struct bit_name xsave_names[] = {
    {0, "x87"},
    {1, "SSE"},
    {2, "AVX"},
    {3, "MPX bounds"},
    {4, "MPX config"},
    {5, "AVX-512 masks"},
    {6, "AVX-512 low"},
    {7, "AVX-512 high"},
    {8, "PT"},
    {9, "PKRU"},
    {10, "PASID"},
    {11, "CET user"},
    {12, "CET supervisor"},
    {13, "HDC"},
    {14, "user interrupts"},
    {15, "LBR"},
    {16, "HWP"},
    {17, "AMX config"},
    {18, "AMX data"},
    {19, "APX"},
};

struct bits {
    const struct bit_name *names;
    size_t count;
};

#define BITS(names) ((struct bits){(names), VC_COUNT(names)})

/* The names of the bits that are set, then how many have none. */
static void name_bits(uint64_t value, struct bits bits, char words[WORDS_MAX])
{
    size_t used = 0;
    uint64_t left = value;

    words[0] = '\0';
    for (size_t i = 0; i < bits.count && used < WORDS_MAX; i++) {
        if ((value >> bits.names[i].bit & 1) == 0)
            continue;
        left &= ~(1ull << bits.names[i].bit);
        used += (size_t)snprintf(words + used, WORDS_MAX - used, "%s%s", used == 0 ? "" : "; ",
                                 bits.names[i].name);
    }
    if (left != 0 && used < WORDS_MAX)
        (void)snprintf(words + used, WORDS_MAX - used, "%sreserved bits 0x%" PRIx64,
                       used == 0 ? "" : "; ", left);
    if (words[0] == '\0')
        (void)snprintf(words, WORDS_MAX, "no bit set");
}

static void put_bits(struct vc_fields *fields, const char *name, uint64_t value, struct bits bits)
{
    char words[WORDS_MAX];

    name_bits(value, bits, words);
    vc_field_put(fields, name, words, "0x%016" PRIx64, value);
}

static void put_number(struct vc_fields *fields, const char *name, unsigned value,
                       const char *meaning)
{
    vc_field_put(fields, name, meaning, "%u", value);
}

/* --------------------------------------------------------------------------------------- body */

static void put_header(struct vc_fields *fields, const struct vc_quote *quote)
{
    static const char *const bodies[] = {
        [VC_QUOTE_BODY_SGX] = "report of an SGX enclave",
        [VC_QUOTE_BODY_TD10] = "report of a TD, TDX 1.0",
        [VC_QUOTE_BODY_TD15] = "report of a TD, TDX 1.5",
    };

    fields->section = "header";
    put_number(fields, "VERSION", quote->version, "version of the quote's format");
    put_number(fields, "ATTESTATION_KEY_TYPE", 2, "ECDSA on P-256 with SHA-256");
    vc_field_put(fields, "TEE_TYPE", quote->tee_type == VC_QUOTE_TEE_TDX ? "TDX" : "SGX",
                 "0x%08" PRIx32, quote->tee_type);
    if (quote->version == 3) {
        put_number(fields, "QE_SVN", quote->qe_svn, "security version of the quoting enclave");
        put_number(fields, "PCE_SVN", quote->pce_svn,
                   "security version of the enclave that certifies it");
    } else if (quote->qe_svn != 0 || quote->pce_svn != 0) {
        vc_field_put(fields, "(reserved)", "should be zero", "0x%04x%04x", quote->pce_svn,
                     quote->qe_svn);
    }
    vc_field_put_hex(fields, "QE_VENDOR_ID", quote->qe_vendor, "Intel's quoting enclave");
    vc_field_put_hex(fields, "USER_DATA", quote->user_data,
                     "for whoever makes quotes; no claim of the TEE");
    vc_field_put(fields, "BODY_TYPE", bodies[quote->body], "%d", (int)quote->body);
}

/* What no edition of the format has a name for, if there is anything. */
static void put_reserved(struct vc_fields *fields, const struct vc_enclave_report *report)
{
    static const struct {
        size_t offset, size;
    } gaps[] = {{20, 12}, {96, 32}, {160, 32}, {262, 42}};
    static const uint8_t zeros[42];

    for (size_t i = 0; i < VC_COUNT(gaps); i++) {
        struct vc_bytes gap = {report->whole.data + gaps[i].offset, gaps[i].size};

        if (memcmp(gap.data, zeros, gap.size) != 0)
            vc_field_put_hex(fields, "(reserved)", gap, "should be zero");
    }
}

static void put_enclave(struct vc_fields *fields, const struct vc_enclave_report *report)
{
    vc_field_put_hex(fields, "CPUSVN", report->cpusvn,
                     "security versions of processor and microcode, as one number of Intel's");
    vc_field_put(fields, "MISCSELECT", "what an exception writes beside registers", "0x%08" PRIx32,
                 report->miscselect);
    put_bits(fields, "ATTRIBUTES.FLAGS", report->flags, BITS(sgx_attribute_names));
    put_bits(fields, "ATTRIBUTES.XFRM", report->xfrm, BITS(xsave_names));
    vc_field_put_hex(fields, "MRENCLAVE", report->mrenclave,
                     "measurement: digest of the enclave's code and data at launch");
    vc_field_put_hex(fields, "MRSIGNER", report->mrsigner,
                     "digest of the key that signed the enclave");
    put_number(fields, "ISVPRODID", report->isvprodid, "the signer's number for this product");
    put_number(fields, "ISVSVN", report->isvsvn, "the signer's security version of it");
    vc_field_put_hex(fields, "ISVEXTPRODID", report->isvextprodid,
                     "the signer's further product number (KSS)");
    vc_field_put_hex(fields, "ISVFAMILYID", report->isvfamilyid,
                     "the signer's product family (KSS)");
    vc_field_put_hex(fields, "CONFIGID", report->configid, "set by who launched it (KSS)");
    put_number(fields, "CONFIGSVN", report->configsvn, "set by who launched it (KSS)");
    vc_field_put_hex(fields, "REPORTDATA", report->report_data, "what the enclave had bound to it");
    put_reserved(fields, report);
}

static void put_tee_tcb_svn(struct vc_fields *fields, const char *name, struct vc_bytes svn,
                            const char *when)
{
    char meaning[WORDS_MAX];

    (void)snprintf(meaning, sizeof(meaning), "%s: TDX module version %u, SVN %u; SEAM patch %u",
                   when, svn.data[1], svn.data[0], svn.data[2]);
    vc_field_put_hex(fields, name, svn, meaning);
}

static void put_td(struct vc_fields *fields, const struct vc_td_report *td)
{
    bool later = td->tee_tcb_svn2.size > 0;
    const char *now = "security versions";

    put_tee_tcb_svn(fields, "TEE_TCB_SVN", td->tee_tcb_svn,
                    later ? "security versions when the TD was launched" : now);
    vc_field_put_hex(fields, "MRSEAM", td->mrseam, "measurement of the TDX module");
    vc_field_put_hex(fields, "MRSIGNERSEAM", td->mrsignerseam,
                     "who signed the TDX module; zero: Intel");
    vc_field_put(fields, "SEAMATTRIBUTES", "attributes of the TDX module; must be zero",
                 "0x%016" PRIx64, td->seamattributes);
    put_bits(fields, "TDATTRIBUTES", td->tdattributes, BITS(td_attribute_names));
    put_bits(fields, "XFAM", td->xfam, BITS(xsave_names));
    vc_field_put_hex(fields, "MRTD", td->mrtd, "measurement: the TD's memory at launch");
    vc_field_put_hex(fields, "MRCONFIGID", td->mrconfigid,
                     "set by who launched it: configuration that is not part of the image");
    vc_field_put_hex(fields, "MROWNER", td->mrowner, "set by who launched it: the owner");
    vc_field_put_hex(fields, "MROWNERCONFIG", td->mrownerconfig,
                     "set by who launched it: the owner's configuration");
    vc_field_put_hex(fields, "RTMR0", td->rtmr[0], "extended by firmware: its configuration");
    vc_field_put_hex(fields, "RTMR1", td->rtmr[1], "extended by firmware: boot loader, kernel");
    vc_field_put_hex(fields, "RTMR2", td->rtmr[2],
                     "extended by the boot loader: command line, initrd");
    vc_field_put_hex(fields, "RTMR3", td->rtmr[3], "extended by software of the TD");
    vc_field_put_hex(fields, "REPORTDATA", td->report_data, "what the TD had bound to it");
    if (!later)
        return;
    put_tee_tcb_svn(fields, "TEE_TCB_SVN_2", td->tee_tcb_svn2,
                    memcmp(td->tee_tcb_svn.data, td->tee_tcb_svn2.data, VC_QUOTE_SVN_COUNT) == 0
                        ? "security versions now, the same"
                        : "security versions now: the module was updated beneath the TD");
    vc_field_put_hex(fields, "MRSERVICETD", td->mrservicetd, "service TDs bound to it; zero: none");
}

/* ------------------------------------------------------------------------------ certification */

static void put_certification(struct vc_fields *fields, const struct vc_quote *quote)
{
    static const char *const kinds[] = {
        [VC_QUOTE_PPID_PLAIN] = "the processor's number, in clear",
        [VC_QUOTE_PPID_RSA2048] = "the processor's number, encrypted for Intel",
        [VC_QUOTE_PPID_RSA3072] = "the processor's number, encrypted for Intel",
        [VC_QUOTE_PCK_CERT] = "the PCK certificate",
        [VC_QUOTE_PCK_CHAIN] = "the PCK certificate and its issuers, in PEM",
    };

    fields->section = "signature";
    vc_field_put_hex(fields, "ECDSA_SIGNATURE", quote->signature,
                     "over header and body, by the attestation key (r || s)");
    vc_field_put_hex(fields, "ATTESTATION_KEY", quote->attestation_key,
                     "made by the quoting enclave (x || y)");
    vc_field_put_hex(fields, "QE_AUTH_DATA", quote->auth_data,
                     "hashed with the attestation key into the quoting enclave's report");
    vc_field_put_hex(fields, "QE_REPORT_SIGNATURE", quote->qe_signature,
                     "over the quoting enclave's report, by the PCK");
    vc_field_put(fields, "CERTIFICATION_DATA_TYPE", kinds[quote->certification], "%d",
                 (int)quote->certification);
    if (quote->padding > 0)
        vc_field_put(fields, "PADDING", "zero bytes behind the quote", "%zu", quote->padding);
    fields->section = "quoting enclave";
    put_enclave(fields, &quote->qe);
}

static const char *flag_name(enum vc_pck_flag flag)
{
    static const char *const names[] = {
        [VC_PCK_UNDEFINED] = "not stated", [VC_PCK_FALSE] = "no", [VC_PCK_TRUE] = "yes"};

    return names[flag];
}

static void put_pck(struct vc_fields *fields, const struct vc_pck *pck)
{
    static const char *const types[] = {"standard", "scalable",
                                        "scalable, with integrity of memory"};
    struct vc_octets machine;

    fields->section = "PCK certificate, SGX extension";
    vc_dcap_machine(pck, &machine);
    vc_field_put_hex(fields, "machine", vc_octets_bytes(&machine),
                     "what policies call this machine: digest of PPID and platform instance");
    vc_field_put_hex(fields, "PPID", VC_BYTES(pck->ppid), "number of the processor");
    vc_field_put_hex(fields, "TCB components", VC_BYTES(pck->svns),
                     "security versions of processor, microcode and firmware, one per byte");
    put_number(fields, "PCESVN", pck->pcesvn, "security version of the certifying enclave");
    vc_field_put_hex(fields, "CPUSVN", VC_BYTES(pck->cpusvn), "the same components, encoded");
    vc_field_put_hex(fields, "PCE-ID", VC_BYTES(pck->pceid), "which certifying enclave");
    vc_field_put_hex(fields, "FMSPC", VC_BYTES(pck->fmspc),
                     "kind of platform, by which TCB info is published");
    put_number(fields, "SGX Type", pck->type,
               pck->type < VC_COUNT(types) ? types[pck->type] : "unknown");
    if (!pck->has_instance)
        return;
    vc_field_put_hex(fields, "Platform Instance ID", VC_BYTES(pck->instance),
                     "number of the platform with all its packages");
    vc_field_put(fields, "Dynamic Platform", "may packages be added?", "%s",
                 flag_name(pck->dynamic_platform));
    vc_field_put(fields, "Cached Keys", "does Intel keep its root keys?", "%s",
                 flag_name(pck->cached_keys));
    vc_field_put(fields, "SMT Enabled", "do threads share cores?", "%s", flag_name(pck->smt));
}

static void put_cert(struct vc_fields *fields, const struct vc_cert *cert)
{
    char from[VC_INSTANT_TEXT_MAX], until[VC_INSTANT_TEXT_MAX];
    const char *subject = vc_cert_common_name(cert), *issuer = vc_cert_issuer_name(cert);

    vc_instant_format(vc_cert_not_before(cert), from);
    vc_instant_format(vc_cert_not_after(cert), until);
    fields->section = "certificates";
    vc_field_put_text(fields, "subject",
                      (struct vc_bytes){(const uint8_t *)subject, strlen(subject)},
                      "whose key it certifies");
    vc_field_put_text(fields, "issuer", (struct vc_bytes){(const uint8_t *)issuer, strlen(issuer)},
                      "who signed it");
    vc_field_put_hex(fields, "serial", vc_cert_serial(cert), "by which it would be revoked");
    vc_field_put(fields, "validity", "from and until", "%s %s", from, until);
}

static enum vc_code put_certs(struct vc_fields *fields, const struct vc_quote *quote,
                              struct vc_err *err)
{
    vc_cleanup(vc_dcap_certs_done) struct vc_dcap_certs certs = {};
    struct vc_pck pck;
    enum vc_code code = vc_dcap_certs_parse(quote, &certs, err);

    for (size_t i = 0; code == VC_OK && i < certs.count; i++)
        put_cert(fields, certs.items[i]);
    if (code != VC_OK || certs.count == 0)
        return code;
    code = vc_pck_parse(certs.items[0], &pck, err);
    if (code == VC_OK)
        put_pck(fields, &pck);
    return code;
}

enum vc_code vc_dcap_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                          struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer room = {};
    struct vc_fields fields = vc_fields_over(sink, err);
    struct vc_quote quote;
    enum vc_code code = vc_quote_parse(evidence->bytes, &room, &quote, err);

    if (code != VC_OK)
        return code;
    put_header(&fields, &quote);
    fields.section = "body";
    if (quote.body == VC_QUOTE_BODY_SGX)
        put_enclave(&fields, &quote.enclave);
    else
        put_td(&fields, &quote.td);
    put_certification(&fields, &quote);
    code = vc_field_end(&fields);
    if (code == VC_OK)
        code = put_certs(&fields, &quote, err);
    if (code == VC_OK)
        code = vc_field_end(&fields);
    if (code == VC_OK && evidence->event_log.size > 0)
        code = vc_event_log_show(evidence->event_log, VC_EVENT_TDX, sink, err);
    return code;
}
