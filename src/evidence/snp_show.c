/* SPDX-License-Identifier: MIT */

/* Every field of a report, with what its value means. */

#include <inttypes.h>
#include <string.h>

#include "evidence/field.h"
#include "evidence/snp.h"
#include "evidence/snp_envelope.h"
#include "evidence/snp_report.h"

struct bit {
    unsigned index;
    const char *name;
    const char *set, *clear;
};

static const struct bit POLICY_BITS[] = {
    {16, "SMT", "may run where simultaneous multithreading is on",
     "runs only where simultaneous multithreading is off"},
    {17, "bit 17", "reserved, always one", "reserved, and should be one: malformed"},
    {18, "MIGRATE_MA", "a migration agent may move the guest: refused",
     "no migration agent: the guest stays where it was launched"},
    {19, "DEBUG", "the host may decrypt the guest's memory: refused",
     "the host cannot decrypt the guest's memory"},
    {20, "SINGLE_SOCKET", "runs on one socket only", "may use several sockets"},
    {21, "CXL_ALLOW", "memory or devices behind CXL are allowed", "nothing behind CXL"},
    {22, "MEM_AES_256_XTS", "memory encryption with AES-256-XTS is required",
     "memory encryption with AES-128-XEX will do"},
    {23, "RAPL_DIS", "power metering (RAPL) must be off", "power metering (RAPL) may be on"},
    {24, "CIPHERTEXT_HIDING_DRAM", "the host must not see ciphertext in memory",
     "the host may see ciphertext in memory"},
    {25, "PAGE_SWAP_DISABLE", "the host may not swap or move pages", "the host may swap pages"},
};

static const struct bit PLATFORM_BITS[] = {
    {0, "SMT_EN", "simultaneous multithreading is on", "simultaneous multithreading is off"},
    {1, "TSME_EN", "all memory of the machine is encrypted", "only guests' memory is encrypted"},
    {2, "ECC_EN", "memory corrects errors", "memory does not correct errors"},
    {3, "RAPL_DIS", "power metering is off", "power metering is on: a side channel"},
    {4, "CIPHERTEXT_HIDING_DRAM_EN", "the host cannot see ciphertext in memory",
     "the host can see ciphertext in memory"},
    {5, "ALIAS_CHECK_COMPLETE", "no aliases of addresses since the last reset (BadRAM)",
     "the check for aliases of addresses (BadRAM) was not done, or failed"},
    {7, "TIO_EN", "trusted devices (SEV-TIO) are on", "trusted devices (SEV-TIO) are off"},
};

static const struct bit KEY_BITS[] = {
    {0, "AUTHOR_KEY_EN", "an author's key certified the key of the ID block",
     "no author's key: AUTHOR_KEY_DIGEST means nothing"},
    {1, "MASK_CHIP_KEY", "the host forbids signatures of the chip's key",
     "the chip's key may sign"},
};

static void put_bits(struct vc_fields *fields, uint64_t value, const struct bit *bits, size_t count)
{
    uint64_t known = 0;

    for (size_t i = 0; i < count; i++) {
        bool set = (value >> bits[i].index & 1) != 0;

        known |= UINT64_C(1) << bits[i].index;
        vc_field_put(fields, bits[i].name, set ? bits[i].set : bits[i].clear, "%d", set);
    }
    if (value & ~known)
        vc_field_put(fields, "other bits", "reserved in the versions that we know", "0x%" PRIx64,
                     value & ~known);
}

static void put_policy(struct vc_fields *fields, uint64_t policy)
{
    fields->section = "policy";
    vc_field_put(fields, "POLICY", "what the guest allows its host, fixed at launch", "0x%" PRIx64,
                 policy);
    vc_field_put(fields, "ABI", "the oldest firmware interface that the guest accepts, major.minor",
                 "%u.%u", (unsigned)(policy >> 8 & 0xff), (unsigned)(policy & 0xff));
    put_bits(fields, policy & ~UINT64_C(0xffff), POLICY_BITS, VC_COUNT(POLICY_BITS));
}

static void put_head(struct vc_fields *fields, const struct vc_snp_report *report)
{
    fields->section = "report";
    vc_field_put(fields, "VERSION",
                 report->version < 2 || report->version > 5
                     ? "a form that this version does not know"
                     : "form of the report; since 3 it names the CPU, since 4 its mitigations",
                 "%u", report->version);
    vc_field_put(fields, "GUEST_SVN", "version that the guest's owner gave the guest", "%u",
                 report->guest_svn);
    vc_field_put_hex(fields, "FAMILY_ID", report->family_id,
                     "family, as the guest's owner wrote it into the ID block");
    vc_field_put_hex(fields, "IMAGE_ID", report->image_id,
                     "image, as the guest's owner wrote it into the ID block");
    vc_field_put(fields, "VMPL",
                 report->vmpl > VC_SNP_VMPL_MAX ? "the host asked, not the guest: refused"
                 : report->vmpl == 0            ? "the guest's most privileged level asked"
                                     : "a level below the guest's most privileged one asked",
                 "%u", report->vmpl);
    vc_field_put(fields, "SIGNATURE_ALGO",
                 report->signature_algorithm == 1 ? "ECDSA on P-384 with SHA-384" : "unknown", "%u",
                 report->signature_algorithm);
}

static void put_guest(struct vc_fields *fields, const struct vc_snp_report *report)
{
    fields->section = "guest";
    vc_field_put_hex(fields, "REPORT_DATA", report->report_data,
                     "what the guest asked to be vouched for: binds the report to a session");
    vc_field_put_hex(fields, "MEASUREMENT", report->measurement,
                     "SHA-384 of what was loaded before the guest started");
    vc_field_put_hex(fields, "HOST_DATA", report->host_data, "given by the host at launch");
    vc_field_put_hex(fields, "ID_KEY_DIGEST", report->id_key_digest,
                     vc_snp_is_zero(report->id_key_digest)
                         ? "no ID block was given at launch"
                         : "SHA-384 of the key that signed the ID block");
    vc_field_put_hex(fields, "AUTHOR_KEY_DIGEST", report->author_key_digest,
                     vc_snp_is_zero(report->author_key_digest)
                         ? "no author's key"
                         : "SHA-384 of the key that certified the ID block's key");
    vc_field_put_hex(fields, "REPORT_ID", report->report_id,
                     "names this guest, from its launch to its end");
    vc_field_put_hex(fields, "REPORT_ID_MA", report->report_id_ma,
                     "names its migration agent; all ff: it has none");
}

static void put_key(struct vc_fields *fields, const struct vc_snp_report *report)
{
    static const char *const meanings[] = {
        [VC_SNP_VCEK] = "VCEK: the chip's own key",
        [VC_SNP_VLEK] = "VLEK: a key that AMD gave to the cloud that runs the machine",
    };
    enum vc_snp_signer signer = vc_snp_report_signer(report);

    fields->section = "key";
    vc_field_put(fields, "SIGNING_KEY",
                 signer == VC_SNP_NOBODY ? "nobody signed, or a key that we do not know"
                                         : meanings[signer],
                 "%u", report->flags >> 2 & 7);
    put_bits(fields, report->flags & ~UINT32_C(0x1c), KEY_BITS, VC_COUNT(KEY_BITS));
}

static void put_platform(struct vc_fields *fields, const struct vc_snp_report *report)
{
    enum vc_snp_product product = vc_snp_report_product(report);

    fields->section = "platform";
    vc_field_put(fields, "PLATFORM_INFO", "how the machine is set up", "0x%" PRIx64,
                 report->platform_info);
    put_bits(fields, report->platform_info, PLATFORM_BITS, VC_COUNT(PLATFORM_BITS));
    if (report->version >= VC_SNP_CPUID_VERSION) {
        vc_field_put(fields, "CPUID",
                     product == VC_SNP_UNKNOWN ? "family, model, stepping: of no product we know"
                     : product == VC_SNP_MILAN ? "family, model, stepping: Milan"
                     : product == VC_SNP_GENOA ? "family, model, stepping: Genoa, Bergamo or Siena"
                                               : "family, model, stepping: Turin",
                     "0x%02x 0x%02x 0x%02x", report->cpu_family, report->cpu_model,
                     report->cpu_stepping);
    }
    vc_field_put_hex(fields, "CHIP_ID", report->chip_id,
                     vc_snp_is_zero(report->chip_id) ? "masked: the machine does not say which chip"
                     : product == VC_SNP_TURIN
                         ? "names the chip; AMD's key server knows it by the first 8 bytes"
                         : "names the chip, also at AMD's key server");
}

static void put_tcb(struct vc_fields *fields, const char *section, struct vc_bytes tcb,
                    enum vc_snp_product product)
{
    static const struct {
        const char *name, *meaning;
    } meanings[] = {
        {"fmc", "version of the first mutable code of the secure processor"},
        {"bootloader", "version of the secure processor's bootloader"},
        {"tee", "version of the secure processor's operating system"},
        {"snp", "version of the SEV-SNP firmware"},
        {"microcode", "lowest microcode patch level of all cores"},
    };
    struct vc_snp_layout layout = vc_snp_layout_of(product);

    fields->section = section;
    for (size_t i = 0; i < layout.part_count; i++) {
        const struct vc_snp_part *part = &layout.parts[i];
        uint8_t value = tcb.data[part->index];

        for (size_t k = 0; part->name != nullptr && k < VC_COUNT(meanings); k++) {
            if (strcmp(part->name, meanings[k].name) == 0)
                vc_field_put(fields, part->name, meanings[k].meaning, "%u", value);
        }
        if (part->name == nullptr && value != 0)
            vc_field_put(fields, "reserved", "a part that has no name yet", "%u", value);
    }
}

static void put_tcbs(struct vc_fields *fields, const struct vc_snp_report *report)
{
    enum vc_snp_product product = vc_snp_report_product(report);

    put_tcb(fields, "TCB, reported (which the signing key is of)", report->reported_tcb, product);
    put_tcb(fields, "TCB, current (what runs now)", report->current_tcb, product);
    put_tcb(fields, "TCB, committed (nothing older can be put back)", report->committed_tcb,
            product);
    put_tcb(fields, "TCB, launch (when the guest was launched or came here)", report->launch_tcb,
            product);
}

static void put_firmware(struct vc_fields *fields, const struct vc_snp_report *report)
{
    fields->section = "firmware";
    vc_field_put(fields, "CURRENT", "version of the SEV firmware that runs, major.minor.build",
                 "%u.%u.%u", report->current.major, report->current.minor, report->current.build);
    vc_field_put(fields, "COMMITTED", "no older firmware can be put back", "%u.%u.%u",
                 report->committed.major, report->committed.minor, report->committed.build);
    if (report->version < VC_SNP_MITIGATION_VERSION)
        return;
    vc_field_put(fields, "LAUNCH_MIT_VECTOR", "mitigations in place when the guest was launched",
                 "0x%" PRIx64, report->launch_mitigations);
    vc_field_put(fields, "CURRENT_MIT_VECTOR", "mitigations in place now", "0x%" PRIx64,
                 report->current_mitigations);
}

static void put_signature(struct vc_fields *fields, const struct vc_snp_report *report)
{
    fields->section = "signature";
    vc_field_put_hex(fields, "R", report->signature_r, "little endian");
    vc_field_put_hex(fields, "S", report->signature_s, "little endian");
    for (size_t i = 0; i < report->reserved_count; i++) {
        if (!vc_snp_is_zero(report->reserved[i].bytes))
            vc_field_put_hex(fields, "reserved", report->reserved[i].bytes,
                             "should be zero: malformed");
    }
}

static void put_around(struct vc_fields *fields, const struct vc_snp_envelope *envelope)
{
    const struct vc_snp_hcl *hcl = &envelope->hcl;

    fields->section = "certificates";
    for (size_t i = 0; i < envelope->cert_count; i++) {
        const char *name = vc_cert_common_name(envelope->certs[i]);

        vc_field_put_text(fields, "certificate",
                          (struct vc_bytes){(const uint8_t *)name, strlen(name)},
                          "came with the report; its signature was not looked at");
    }
    if (!envelope->is_hcl)
        return;
    fields->section = "HCL";
    vc_field_put(fields, "version", "form of Azure's report around this one", "%u", hcl->version);
    vc_field_put_hex(fields, "HCLAkPub", vc_octets_bytes(&hcl->ak),
                     "SHA-256 of the key that the machine's vTPM quotes with");
    vc_field_put_hex(fields, "user-data", vc_octets_bytes(&hcl->user_data),
                     "what the guest asked to be vouched for");
    vc_field_put_text(fields, "runtime data", hcl->runtime_data,
                      "its digest should be the beginning of REPORT_DATA");
}

enum vc_code vc_snp_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                         struct vc_err *err)
{
    vc_cleanup(vc_snp_envelope_done) struct vc_snp_envelope envelope = {};
    struct vc_fields fields = vc_fields_over(sink, err);
    struct vc_snp_report report;
    enum vc_code code = vc_snp_envelope_open(evidence->bytes, &envelope, err);

    if (code == VC_OK)
        code = vc_snp_report_parse(envelope.report, &report, err);
    if (code != VC_OK)
        return code;
    put_head(&fields, &report);
    put_policy(&fields, report.policy);
    put_guest(&fields, &report);
    put_key(&fields, &report);
    put_platform(&fields, &report);
    put_tcbs(&fields, &report);
    put_firmware(&fields, &report);
    put_signature(&fields, &report);
    put_around(&fields, &envelope);
    return vc_field_end(&fields);
}
