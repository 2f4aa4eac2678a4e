/* SPDX-License-Identifier: MIT */

#include "evidence/claims.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct platform {
    enum vc_platform_kind kind;
    enum vc_isolation isolation;
    const char *name;
    const char *label;
} platforms[] = {
    {VC_PLATFORM_PROCESS, VC_ISOLATION_NONE, "process",
     "process (emulated: no protection from the machine's operator)"},
    {VC_PLATFORM_NITRO, VC_ISOLATION_HYPERVISOR, "nitro",
     "AWS Nitro enclave (the hypervisor of AWS isolates)"},
    {VC_PLATFORM_SNP, VC_ISOLATION_HARDWARE, "snp",
     "AMD SEV-SNP confidential machine (the processor isolates)"},
    {VC_PLATFORM_TDX, VC_ISOLATION_HARDWARE, "tdx",
     "Intel TDX confidential machine (the processor isolates)"},
    {VC_PLATFORM_SGX, VC_ISOLATION_HARDWARE, "sgx", "Intel SGX enclave (the processor isolates)"},
    {VC_PLATFORM_PSA, VC_ISOLATION_DEVICE, "psa",
     "PSA device (as good as its maker's root of trust)"},
    {VC_PLATFORM_TPM, VC_ISOLATION_MEASURED, "tpm",
     "measured boot (a TPM says what was started: no protection from the machine's operator)"},
};
static_assert(VC_COUNT(platforms) == VC_PLATFORM_COUNT);

static const char *const isolations[] = {
    [VC_ISOLATION_NONE] = "none",         [VC_ISOLATION_MEASURED] = "measured-boot",
    [VC_ISOLATION_DEVICE] = "device",     [VC_ISOLATION_HYPERVISOR] = "hypervisor",
    [VC_ISOLATION_HARDWARE] = "hardware",
};

static const char *const statuses[] = {
    [VC_TCB_NOT_APPLICABLE] = "not-applicable",
    [VC_TCB_NOT_JUDGED] = "not-judged",
    [VC_TCB_AT_LEAST] = "at-least-minimum",
    [VC_TCB_UP_TO_DATE] = "UpToDate",
    [VC_TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
    [VC_TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
    [VC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = "ConfigurationAndSWHardeningNeeded",
    [VC_TCB_OUT_OF_DATE] = "OutOfDate",
    [VC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = "OutOfDateConfigurationNeeded",
    [VC_TCB_REVOKED] = "Revoked",
};
static_assert(VC_COUNT(statuses) == VC_TCB_STATUS_COUNT);

static const struct platform *find(enum vc_platform_kind kind)
{
    for (size_t i = 0; i < VC_COUNT(platforms); i++) {
        if (platforms[i].kind == kind)
            return &platforms[i];
    }
    return nullptr;
}

const char *vc_platform_name(enum vc_platform_kind kind)
{
    const struct platform *platform = find(kind);

    return platform == nullptr ? "unknown" : platform->name;
}

const char *vc_platform_label(enum vc_platform_kind kind)
{
    const struct platform *platform = find(kind);

    return platform == nullptr ? "unknown (no protection)" : platform->label;
}

enum vc_isolation vc_platform_isolation(enum vc_platform_kind kind)
{
    const struct platform *platform = find(kind);

    return platform == nullptr ? VC_ISOLATION_NONE : platform->isolation;
}

bool vc_platform_find(const char *name, enum vc_platform_kind *kind)
{
    for (size_t i = 0; i < VC_COUNT(platforms); i++) {
        if (strcmp(platforms[i].name, name) == 0) {
            *kind = platforms[i].kind;
            return true;
        }
    }
    return false;
}

bool vc_platform_at(uint64_t number, enum vc_platform_kind *kind)
{
    for (size_t i = 0; i < VC_COUNT(platforms); i++) {
        if ((uint64_t)platforms[i].kind == number) {
            *kind = platforms[i].kind;
            return true;
        }
    }
    return false;
}

const char *vc_isolation_name(enum vc_isolation isolation)
{
    return isolations[isolation];
}

const char *vc_tcb_status_name(enum vc_tcb_status status)
{
    return statuses[status];
}

bool vc_tcb_status_find(const char *name, enum vc_tcb_status *status)
{
    for (size_t i = 0; i < VC_COUNT(statuses); i++) {
        if (strcmp(statuses[i], name) == 0) {
            *status = (enum vc_tcb_status)i;
            return true;
        }
    }
    return false;
}

void vc_claims_add_register(struct vc_claims *claims, const char *name, struct vc_bytes value)
{
    struct vc_register *added = &claims->registers[claims->register_count];

    assert(claims->register_count < VC_CLAIMS_REGISTERS_MAX);
    assert(strlen(name) < sizeof(added->name));
    (void)snprintf(added->name, sizeof(added->name), "%s", name);
    added->value = vc_octets_of(value);
    claims->register_count++;
}

void vc_claims_add_svn(struct vc_claims *claims, const char *which, const char *part,
                       uint64_t value)
{
    struct vc_svn *added = &claims->svns[claims->svn_count];

    assert(claims->svn_count < VC_CLAIMS_SVNS_MAX);
    assert(strlen(which) < sizeof(added->which) && strlen(part) < sizeof(added->part));
    (void)snprintf(added->which, sizeof(added->which), "%s", which);
    (void)snprintf(added->part, sizeof(added->part), "%s", part);
    added->value = value;
    claims->svn_count++;
}

const struct vc_octets *vc_claims_register(const struct vc_claims *claims, const char *name)
{
    for (size_t i = 0; i < claims->register_count; i++) {
        if (strcmp(claims->registers[i].name, name) == 0)
            return &claims->registers[i].value;
    }
    return nullptr;
}

struct vc_octets vc_report_data_of(enum vc_platform_kind kind, const uint8_t data[VC_SHA512_SIZE])
{
    struct vc_octets octets = {.size = VC_SHA256_SIZE};

    if (kind != VC_PLATFORM_TPM)
        return vc_octets_of((struct vc_bytes){data, VC_SHA512_SIZE});
    vc_sha256((struct vc_bytes){data, VC_SHA512_SIZE}, octets.bytes);
    return octets;
}
