/* SPDX-License-Identifier: MIT */

#include "evidence/vocabulary.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST {{32, 48, 64}}
#define ANY    {{0}}

static const struct vc_vocabulary_register process_registers[] = {
    {"implementation_id", 0, {{32}}},
    {"signer_id", 0, {{32}}},
    {"boot_seed", 0, {{32}}},
};
static const struct vc_vocabulary_register nitro_registers[] = {
    {"pcr", 32, DIGEST},
    {"user_data", 0, ANY},
    {"nonce", 0, ANY},
    {"public_key_sha256", 0, {{32}}},
};
static const struct vc_vocabulary_register snp_registers[] = {
    {"host_data", 0, {{32}}},    {"id_key_digest", 0, {{48}}}, {"author_key_digest", 0, {{48}}},
    {"family_id", 0, {{16}}},    {"image_id", 0, {{16}}},      {"report_id", 0, {{32}}},
    {"report_id_ma", 0, {{32}}}, {"runtime_data", 0, DIGEST}, /* these three where Azure hosts */
    {"hcl_ak", 0, {{32}}},       {"hcl_user_data", 0, ANY},
};
static const struct vc_vocabulary_register tdx_registers[] = {
    {"rtmr", 4, {{48}}},          {"mrconfigid", 0, {{48}}},  {"mrowner", 0, {{48}}},
    {"mrownerconfig", 0, {{48}}}, {"mrseam", 0, {{48}}},      {"mrsignerseam", 0, {{48}}},
    {"mrservicetd", 0, {{48}}},   {"xfam", 0, {{8}}},         {"tdattributes", 0, {{8}}},
    {"seamattributes", 0, {{8}}}, {"tee_tcb_svn", 0, {{16}}}, {"tee_tcb_svn_2", 0, {{16}}},
    {"qe_mrsigner", 0, {{32}}},   {"fmspc", 0, {{6}}},        {"pceid", 0, {{2}}},
    {"pck_cpusvn", 0, {{16}}},
};
static const struct vc_vocabulary_register sgx_registers[] = {
    {"mrsigner", 0, {{32}}},    {"cpusvn", 0, {{16}}},       {"attributes", 0, {{16}}},
    {"configid", 0, {{64}}},    {"isvextprodid", 0, {{16}}}, {"isvfamilyid", 0, {{16}}},
    {"qe_mrsigner", 0, {{32}}}, {"fmspc", 0, {{6}}},         {"pceid", 0, {{2}}},
    {"pck_cpusvn", 0, {{16}}},
};
static const struct vc_vocabulary_register psa_registers[] = {
    {"implementation_id", 0, {{32}}},
    {"component", 16, DIGEST},
    {"signer", 16, DIGEST},
    {"boot_seed", 0, ANY},
};
static const struct vc_vocabulary_register tpm_registers[] = {
    {"pcr", 24, DIGEST},        {"pcr_digest", 0, DIGEST}, {"pcr_selection", 0, {{6}}},
    {"ak_name", 0, {{34, 50}}}, {"ek", 0, {{32}}},
};

static const char *const none[] = {nullptr};
static const char *const nitro_passing[] = {"user_data", "nonce", nullptr};
static const char *const snp_passing[] = {"report_id", "hcl_user_data", nullptr};
static const char *const snp_parts[] = {"bootloader", "tee", "snp",   "microcode", "fmc",
                                        "guest_svn",  "abi", "build", nullptr};
static const char *const tdx_parts[] = {"tcb_evaluation", "tdx_module_svn", "tdx_module_version",
                                        "seam_patch_svn", "qe_isvsvn",      "pcesvn",
                                        nullptr};
static const char *const sgx_parts[] = {"tcb_evaluation", "isvsvn", "isvprodid", "configsvn",
                                        "qe_isvsvn",      "pcesvn", nullptr};
static const char *const tpm_parts[] = {"firmware", "reset_count", "restart_count", nullptr};

#define REGISTERS(list) .registers = (list), .register_count = VC_COUNT(list)

static const struct vc_vocabulary vocabularies[] = {
    {VC_PLATFORM_PROCESS,
     {{32}},
     {{33}},
     REGISTERS(process_registers),
     .parts = none,
     .passing = none},
    {VC_PLATFORM_NITRO,
     {{48}},
     {{32}},
     REGISTERS(nitro_registers),
     .parts = none,
     .passing = nitro_passing},
    {VC_PLATFORM_SNP,
     {{48}},
     {{64}},
     REGISTERS(snp_registers),
     .parts = snp_parts,
     .passing = snp_passing,
     .privileged = true},
    {VC_PLATFORM_TDX,
     {{48}},
     {{32}},
     REGISTERS(tdx_registers),
     .parts = tdx_parts,
     .passing = none,
     .judged = true},
    {VC_PLATFORM_SGX,
     {{32}},
     {{32}},
     REGISTERS(sgx_registers),
     .parts = sgx_parts,
     .passing = none,
     .judged = true},
    {VC_PLATFORM_PSA, DIGEST, {{33}}, REGISTERS(psa_registers), .parts = none, .passing = none},
    {VC_PLATFORM_TPM,
     {{32}},
     {{34, 50, 32}},
     REGISTERS(tpm_registers),
     .parts = tpm_parts,
     .passing = none},
};
static_assert(VC_COUNT(vocabularies) == VC_PLATFORM_COUNT);

const struct vc_vocabulary *vc_vocabulary_of(enum vc_platform_kind platform)
{
    for (size_t i = 0; i < VC_COUNT(vocabularies); i++) {
        if (vocabularies[i].platform == platform)
            return &vocabularies[i];
    }
    assert(false); /* every kind is in the table */
    return nullptr;
}

/* A decimal number below `count`, without leading zeros and nothing behind it. */
static bool is_number_below(const char *text, unsigned count)
{
    size_t size = strspn(text, "0123456789");

    return size >= 1 && size <= 2 && text[size] == '\0' && (size == 1 || text[0] != '0') &&
           strtoul(text, nullptr, 10) < count;
}

static bool names(const struct vc_vocabulary_register *row, const char *name)
{
    size_t size = strlen(row->name);

    if (row->numbered == 0)
        return strcmp(row->name, name) == 0;
    return strncmp(row->name, name, size) == 0 && is_number_below(name + size, row->numbered);
}

bool vc_vocabulary_register(const struct vc_vocabulary *vocabulary, const char *name,
                            struct vc_sizes *sizes)
{
    for (size_t i = 0; i < vocabulary->register_count; i++) {
        if (names(&vocabulary->registers[i], name)) {
            *sizes = vocabulary->registers[i].sizes;
            return true;
        }
    }
    return false;
}

static bool is_in(const char *const *list, const char *name)
{
    for (size_t i = 0; list[i] != nullptr; i++) {
        if (strcmp(list[i], name) == 0)
            return true;
    }
    return false;
}

bool vc_vocabulary_is_passing(const struct vc_vocabulary *vocabulary, const char *name)
{
    return is_in(vocabulary->passing, name);
}

bool vc_vocabulary_part(const struct vc_vocabulary *vocabulary, const char *name)
{
    return is_in(vocabulary->parts, name);
}

/* Adds a piece to what is there already, as far as it fits. */
static void add(char *text, size_t size, const char *format, ...) vc_printf(3, 4);
static void add(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

void vc_vocabulary_list_registers(const struct vc_vocabulary *vocabulary, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < vocabulary->register_count; i++) {
        const struct vc_vocabulary_register *row = &vocabulary->registers[i];

        add(text, size, "%s%s", i > 0 ? ", " : "", row->name);
        if (row->numbered > 0)
            add(text, size, "0 to %s%u", row->name, row->numbered - 1);
    }
}

void vc_vocabulary_list_parts(const struct vc_vocabulary *vocabulary, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; vocabulary->parts[i] != nullptr; i++)
        add(text, size, "%s%s", i > 0 ? ", " : "", vocabulary->parts[i]);
}

/* "64", "64, 96 or 128" */
static void list_digits(const struct vc_sizes *sizes, char text[VC_SIZES_TEXT_MAX])
{
    size_t count = 0;

    while (count < VC_SIZES_MAX && sizes->of[count] != 0)
        count++;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        add(text, VC_SIZES_TEXT_MAX, "%s%d",
            i == 0          ? ""
            : i + 1 < count ? ", "
                            : " or ",
            2 * sizes->of[i]);
    }
}

enum vc_code vc_sizes_parse(const struct vc_sizes *sizes, const char *hex, struct vc_octets *octets,
                            struct vc_err *err)
{
    size_t length = strlen(hex);
    char wanted[VC_SIZES_TEXT_MAX];

    if (hex[0] == '0' && hex[1] == 'x')
        return vc_fail(err, VC_MALFORMED, "begins with 0x; plain hex digits wanted");
    if (sizes->of[0] == 0)
        return vc_octets_parse(hex, octets, err);
    for (size_t i = 0; i < VC_SIZES_MAX && sizes->of[i] != 0; i++) {
        if (length == 2 * (size_t)sizes->of[i])
            return vc_octets_parse(hex, octets, err);
    }
    list_digits(sizes, wanted);
    return vc_fail(err, VC_MALFORMED, "%zu hex digits, %s wanted", length, wanted);
}

enum vc_code vc_vocabulary_status(const char *name, enum vc_tcb_status *status, struct vc_err *err)
{
    enum vc_tcb_status found;

    if (!vc_tcb_status_find(name, &found) || found < VC_TCB_UP_TO_DATE) {
        return vc_fail(err, VC_MALFORMED,
                       "a vendor's status wanted: UpToDate, SWHardeningNeeded, "
                       "ConfigurationNeeded, ConfigurationAndSWHardeningNeeded, OutOfDate, "
                       "OutOfDateConfigurationNeeded");
    }
    if (found == VC_TCB_REVOKED)
        return vc_fail(err, VC_REFUSED, "Revoked can never be accepted");
    *status = found;
    return VC_OK;
}
