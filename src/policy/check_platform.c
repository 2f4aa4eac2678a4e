/* SPDX-License-Identifier: MIT */

/* Whether what a policy accepts of one platform says enough, and nothing twice. */

#include <string.h>

#include "policy/check.h"

/* What must be named, or the measurement alone would say too little. */
static const struct need {
    const char *name;
    const char *why;
    enum vc_platform_kind platform;
    bool part; /* of minimum_tcb; else a register */
} needs[] = {
    {"bootloader", "AMD publishes no judgement of versions", VC_PLATFORM_SNP, true},
    {"tee", "AMD publishes no judgement of versions", VC_PLATFORM_SNP, true},
    {"snp", "AMD publishes no judgement of versions", VC_PLATFORM_SNP, true},
    {"microcode", "AMD publishes no judgement of versions", VC_PLATFORM_SNP, true},
    {"rtmr1", "MRTD says nothing about the kernel", VC_PLATFORM_TDX, false},
    {"rtmr2", "MRTD says nothing about what the kernel starts", VC_PLATFORM_TDX, false},
    {"signer0", "a measurement is worth what its signer is", VC_PLATFORM_PSA, false},
    {"pcr4", "the digest alone does not say which registers it is of", VC_PLATFORM_TPM, false},
    {"pcr9", "the digest alone does not say which registers it is of", VC_PLATFORM_TPM, false},
};

static bool is_named(const struct vc_policy_platform *platform, const struct need *need)
{
    if (need->part) {
        for (size_t i = 0; i < platform->minimum_count; i++) {
            if (strcmp(platform->minimums[i].part, need->name) == 0)
                return true;
        }
        return false;
    }
    for (size_t i = 0; i < platform->register_count; i++) {
        if (strcmp(platform->registers[i].name, need->name) == 0)
            return true;
    }
    return false;
}

static enum vc_code check_needs(const struct vc_policy_platform *platform, struct vc_err *err)
{
    for (size_t i = 0; i < VC_COUNT(needs); i++) {
        if (needs[i].platform != platform->kind || is_named(platform, &needs[i]))
            continue;
        return vc_fail(err, VC_REFUSED, "attestation.platforms.%s.%s: no \"%s\"; %s",
                       vc_platform_name(platform->kind),
                       needs[i].part ? "minimum_tcb" : "registers", needs[i].name, needs[i].why);
    }
    return VC_OK;
}

static enum vc_code check_distinct(const struct vc_octets *values, size_t count, struct vc_err *err)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (vc_octets_equal(&values[i], &values[k]))
                return vc_fail(err, VC_REFUSED, "[%zu]: the same as [%zu]", i, k);
        }
    }
    return VC_OK;
}

/* Puts the place before an error that begins with an index. */
static enum vc_code fail_at(const struct vc_policy_platform *platform, const char *place,
                            const char *name, struct vc_err *err)
{
    struct vc_err inner = {};

    if (err == nullptr)
        return VC_REFUSED;
    inner = *err;
    return vc_fail(err, inner.code, "attestation.platforms.%s.%s%s%s",
                   vc_platform_name(platform->kind), place, name, inner.text);
}

enum vc_code vc_policy_check_platform(const struct vc_policy_platform *platform, struct vc_err *err)
{
    if (check_distinct(platform->measurements, platform->measurement_count, err) != VC_OK)
        return fail_at(platform, "measurements", "", err);
    for (size_t i = 0; i < platform->register_count; i++) {
        const struct vc_policy_register *row = &platform->registers[i];

        if (check_distinct(row->values, row->value_count, err) != VC_OK)
            return fail_at(platform, "registers.", row->name, err);
    }
    if (check_distinct(platform->machines, platform->machine_count, err) != VC_OK)
        return fail_at(platform, "machines", "", err);
    return check_needs(platform, err);
}
