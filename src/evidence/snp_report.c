/* SPDX-License-Identifier: MIT */

#include "evidence/snp_report.h"

#include <string.h>

#include "base/reader.h"

static constexpr uint32_t VERSION_MIN = 2;
static constexpr uint32_t VERSION_MAX = 5;
static constexpr uint32_t ECDSA_P384_SHA384 = 1;
static constexpr uint32_t FLAGS_KNOWN = (1 << 5) - 1;
static constexpr size_t SCALAR_SIZE = 48;       /* of P-384 */
static constexpr size_t SCALAR_FIELD_SIZE = 72; /* where one stands */
static constexpr size_t SIGNATURE_REST = 512 - 2 * 72;

static const char *const PRODUCT_NAMES[VC_SNP_PRODUCT_COUNT] = {
    [VC_SNP_UNKNOWN] = "",
    [VC_SNP_MILAN] = "Milan",
    [VC_SNP_GENOA] = "Genoa",
    [VC_SNP_TURIN] = "Turin",
};

const char *vc_snp_product_name(enum vc_snp_product product)
{
    return PRODUCT_NAMES[product];
}

enum vc_snp_product vc_snp_product_find(const char *name)
{
    static const enum vc_snp_product products[] = {VC_SNP_MILAN, VC_SNP_GENOA, VC_SNP_TURIN};

    for (size_t i = 0; i < VC_COUNT(products); i++) {
        if (strcmp(name, PRODUCT_NAMES[products[i]]) == 0)
            return products[i];
    }
    return VC_SNP_UNKNOWN;
}

#define OID(tail) "1.3.6.1.4.1.3704.1.3." tail

static const struct vc_snp_part MILAN_PARTS[] = {
    {"bootloader", 0, OID("1"), "blSPL"}, {"tee", 1, OID("2"), "teeSPL"},
    {nullptr, 2, OID("4"), nullptr},      {nullptr, 3, OID("5"), nullptr},
    {nullptr, 4, OID("6"), nullptr},      {nullptr, 5, OID("7"), nullptr},
    {"snp", 6, OID("3"), "snpSPL"},       {"microcode", 7, OID("8"), "ucodeSPL"},
};

static const struct vc_snp_part TURIN_PARTS[] = {
    {"fmc", 0, OID("9"), "fmcSPL"},  {"bootloader", 1, OID("1"), "blSPL"},
    {"tee", 2, OID("2"), "teeSPL"},  {"snp", 3, OID("3"), "snpSPL"},
    {nullptr, 4, OID("5"), nullptr}, {nullptr, 5, OID("6"), nullptr},
    {nullptr, 6, OID("7"), nullptr}, {"microcode", 7, OID("8"), "ucodeSPL"},
};

struct vc_snp_layout vc_snp_layout_of(enum vc_snp_product product)
{
    if (product == VC_SNP_TURIN)
        return (struct vc_snp_layout){TURIN_PARTS, VC_COUNT(TURIN_PARTS)};
    return (struct vc_snp_layout){MILAN_PARTS, VC_COUNT(MILAN_PARTS)};
}

bool vc_snp_is_zero(struct vc_bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] != 0)
            return false;
    }
    return true;
}

static void read_reserved(struct vc_reader *reader, size_t size, struct vc_snp_report *report)
{
    size_t offset = reader->offset;

    report->reserved[report->reserved_count].offset = offset;
    report->reserved[report->reserved_count].bytes = vc_read_run(reader, size);
    report->reserved_count++;
}

/* 000h to 09Fh */
static void read_guest(struct vc_reader *reader, struct vc_snp_report *report)
{
    report->version = vc_read_u32_le(reader);
    report->guest_svn = vc_read_u32_le(reader);
    report->policy = vc_read_u64_le(reader);
    report->family_id = vc_read_run(reader, 16);
    report->image_id = vc_read_run(reader, 16);
    report->vmpl = vc_read_u32_le(reader);
    report->signature_algorithm = vc_read_u32_le(reader);
    report->current_tcb = vc_read_run(reader, VC_SNP_TCB_SIZE);
    report->platform_info = vc_read_u64_le(reader);
    report->flags = vc_read_u32_le(reader);
    read_reserved(reader, 4, report);
    report->report_data = vc_read_run(reader, 64);
    report->measurement = vc_read_run(reader, 48);
    report->host_data = vc_read_run(reader, 32);
    report->id_key_digest = vc_read_run(reader, 48);
    report->author_key_digest = vc_read_run(reader, 48);
    report->report_id = vc_read_run(reader, 32);
    report->report_id_ma = vc_read_run(reader, 32);
}

static struct vc_snp_firmware read_firmware(struct vc_reader *reader, struct vc_snp_report *report)
{
    struct vc_snp_firmware firmware;

    firmware.build = vc_read_u8(reader);
    firmware.minor = vc_read_u8(reader);
    firmware.major = vc_read_u8(reader);
    read_reserved(reader, 1, report);
    return firmware;
}

/* 180h to 29Fh */
static void read_platform(struct vc_reader *reader, struct vc_snp_report *report)
{
    report->reported_tcb = vc_read_run(reader, VC_SNP_TCB_SIZE);
    if (report->version >= VC_SNP_CPUID_VERSION) {
        report->cpu_family = vc_read_u8(reader);
        report->cpu_model = vc_read_u8(reader);
        report->cpu_stepping = vc_read_u8(reader);
        read_reserved(reader, 21, report);
    } else {
        read_reserved(reader, 24, report);
    }
    report->chip_id = vc_read_run(reader, VC_SNP_CHIP_ID_SIZE);
    report->committed_tcb = vc_read_run(reader, VC_SNP_TCB_SIZE);
    report->current = read_firmware(reader, report);
    report->committed = read_firmware(reader, report);
    report->launch_tcb = vc_read_run(reader, VC_SNP_TCB_SIZE);
    if (report->version >= VC_SNP_MITIGATION_VERSION) {
        report->launch_mitigations = vc_read_u64_le(reader);
        report->current_mitigations = vc_read_u64_le(reader);
        read_reserved(reader, 152, report);
    } else {
        read_reserved(reader, 168, report);
    }
}

enum vc_code vc_snp_report_parse(struct vc_bytes bytes, struct vc_snp_report *report,
                                 struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);
    struct vc_snp_report made = {};

    if (bytes.size != VC_SNP_REPORT_SIZE) {
        return vc_fail(err, VC_MALFORMED, "an attestation report of %zu bytes, %zu wanted",
                       bytes.size, VC_SNP_REPORT_SIZE);
    }
    read_guest(&reader, &made);
    read_platform(&reader, &made);
    made.signed_part = (struct vc_bytes){bytes.data, reader.offset};
    made.signature_r = vc_read_run(&reader, SCALAR_FIELD_SIZE);
    made.signature_s = vc_read_run(&reader, SCALAR_FIELD_SIZE);
    read_reserved(&reader, SIGNATURE_REST, &made);
    if (!vc_reader_done(&reader) || made.signed_part.size != VC_SNP_SIGNED_SIZE)
        return vc_fail(err, VC_MALFORMED, "attestation report: malformed");
    *report = made;
    return VC_OK;
}

static enum vc_code check_reserved(const struct vc_snp_report *report, struct vc_err *err)
{
    for (size_t i = 0; i < report->reserved_count; i++) {
        if (!vc_snp_is_zero(report->reserved[i].bytes)) {
            return vc_fail(err, VC_MALFORMED, "report: reserved bytes from 0x%zx are not all zero",
                           report->reserved[i].offset);
        }
    }
    return VC_OK;
}

/* A number of P-384 does not reach into the rest of its field. */
static bool fits(struct vc_bytes scalar)
{
    return vc_snp_is_zero((struct vc_bytes){scalar.data + SCALAR_SIZE, scalar.size - SCALAR_SIZE});
}

enum vc_code vc_snp_report_check(const struct vc_snp_report *report, struct vc_err *err)
{
    uint32_t signer = report->flags >> 2 & 7;

    if (report->version < VERSION_MIN || report->version > VERSION_MAX) {
        return vc_fail(err, VC_MALFORMED, "report version %u; %u to %u are known", report->version,
                       VERSION_MIN, VERSION_MAX);
    }
    if (report->signature_algorithm != ECDSA_P384_SHA384) {
        return vc_fail(err, VC_MALFORMED, "signature algorithm %u; 1 (ECDSA P-384) is known",
                       report->signature_algorithm);
    }
    if (report->flags & ~FLAGS_KNOWN || (signer > VC_SNP_VLEK && signer != VC_SNP_NOBODY))
        return vc_fail(err, VC_MALFORMED, "report: key flags 0x%x have reserved bits",
                       report->flags);
    if (!(report->policy & VC_SNP_POLICY_ONE) || report->policy & ~VC_SNP_POLICY_KNOWN) {
        return vc_fail(err, VC_MALFORMED,
                       "guest policy 0x%llx: bit 17 must be set, and none above 25",
                       (unsigned long long)report->policy);
    }
    if (!fits(report->signature_r) || !fits(report->signature_s))
        return vc_fail(err, VC_MALFORMED, "report: a signature beyond 384 bits");
    return check_reserved(report, err);
}

enum vc_snp_product vc_snp_report_product(const struct vc_snp_report *report)
{
    /* CPUID Fn0000_0001_EAX, family and model combined with their extensions (AMD 57230 §3). */
    static const struct {
        uint8_t family, model_min, model_max;
        enum vc_snp_product product;
    } rows[] = {
        {0x19, 0x00, 0x0f, VC_SNP_MILAN},
        {0x19, 0x10, 0x1f, VC_SNP_GENOA},
        {0x19, 0xa0, 0xaf, VC_SNP_GENOA}, /* Bergamo, Siena: with Genoa's keys */
        {0x1a, 0x00, 0x1f, VC_SNP_TURIN},
    };

    for (size_t i = 0; i < VC_COUNT(rows) && report->version >= VC_SNP_CPUID_VERSION; i++) {
        if (report->cpu_family == rows[i].family && report->cpu_model >= rows[i].model_min &&
            report->cpu_model <= rows[i].model_max)
            return rows[i].product;
    }
    return VC_SNP_UNKNOWN;
}

enum vc_snp_signer vc_snp_report_signer(const struct vc_snp_report *report)
{
    switch (report->flags >> 2 & 7) {
    case VC_SNP_VCEK:
        return VC_SNP_VCEK;
    case VC_SNP_VLEK:
        return VC_SNP_VLEK;
    default:
        return VC_SNP_NOBODY;
    }
}
