/* SPDX-License-Identifier: MIT */

#include "policy/notice_platform.h"

#include <inttypes.h>
#include <string.h>

static enum vc_isolation strongest(const struct vc_policy_attestation *attestation)
{
    enum vc_isolation most = VC_ISOLATION_NONE;

    for (size_t i = 0; i < attestation->platform_count; i++) {
        enum vc_isolation isolation = vc_platform_isolation(attestation->platforms[i].kind);

        if (isolation > most)
            most = isolation;
    }
    return most;
}

static size_t say_isolation(struct vc_prose *prose, const struct vc_policy_attestation *attestation,
                            const struct vc_policy_platform *platform)
{
    enum vc_isolation isolation = vc_platform_isolation(platform->kind);
    const char *name = vc_platform_name(platform->kind);
    size_t said = 0;

    if (isolation <= VC_ISOLATION_MEASURED) {
        vc_prose_say(prose,
                     "- On the platform %s whoever operates the machine can read and change "
                     "everything in the container (isolation: %s).\n",
                     name, vc_isolation_name(isolation));
        said++;
    }
    if (isolation < strongest(attestation)) {
        vc_prose_say(prose,
                     "- The platform %s (isolation: %s) is accepted beside a stronger one: a "
                     "container on it will do as well.\n",
                     name, vc_isolation_name(isolation));
        said++;
    }
    return said;
}

/* Statuses with which the vendor says that something known is wrong. */
static size_t say_statuses(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    size_t said = 0;

    for (size_t i = VC_TCB_UP_TO_DATE + 1; i < VC_TCB_STATUS_COUNT; i++) {
        if ((platform->tcb_accepted & 1u << i) == 0)
            continue;
        vc_prose_say(prose,
                     "- On the platform %s machines are accepted of which the vendor says %s: "
                     "known weaknesses may be open on them.\n",
                     vc_platform_name(platform->kind), vc_tcb_status_name((enum vc_tcb_status)i));
        said++;
    }
    return said;
}

static size_t say_vmpl(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    if (platform->vmpl == 0)
        return 0;
    vc_prose_say(prose,
                 "- On the platform snp, evidence comes from privilege level %" PRIu32
                 ": what runs at a lower number sees everything in the container, and must be part "
                 "of the measurement.\n",
                 platform->vmpl);
    return 1;
}

/* A minimum of nothing but zeros is none. */
static size_t say_minimums(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    for (size_t i = 0; i < platform->minimum_count; i++) {
        if (platform->minimums[i].least > 0)
            return 0;
    }
    if (platform->minimum_count == 0)
        return 0;
    vc_prose_say(prose,
                 "- On the platform %s every minimum version is 0: firmware of any age is "
                 "accepted.\n",
                 vc_platform_name(platform->kind));
    return 1;
}

/* Evidence of a genuine machine can be relayed from any other: only where a maker vouches for all
 * of its machines. Endorsed ones are named by the service. */
static size_t say_anywhere(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    enum vc_isolation isolation = vc_platform_isolation(platform->kind);

    if (platform->machine_count > 0 || isolation < VC_ISOLATION_HYPERVISOR)
        return 0;
    vc_prose_say(prose,
                 "- On the platform %s any genuine machine with this measurement will do: one "
                 "broken machine anywhere can pass for the container. `machines` names those that "
                 "may.\n",
                 vc_platform_name(platform->kind));
    return 1;
}

/* The measurement of a device is its first component's. */
static size_t say_components(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    if (platform->kind != VC_PLATFORM_PSA)
        return 0;
    for (size_t i = 0; i < platform->register_count; i++) {
        if (strncmp(platform->registers[i].name, "component", strlen("component")) == 0 &&
            strcmp(platform->registers[i].name, "component0") != 0)
            return 0;
    }
    vc_prose_say(prose, "- On the platform psa only the device's first software component is "
                        "compared: what else runs on it may be anything.\n");
    return 1;
}

static bool has_register(const struct vc_policy_platform *platform, const char *name)
{
    for (size_t i = 0; i < platform->register_count; i++) {
        if (strcmp(platform->registers[i].name, name) == 0)
            return true;
    }
    return false;
}

/* MRTD and RTMRs are of what was loaded, and not of how the guest was made. */
static size_t say_attributes(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    if (platform->kind != VC_PLATFORM_TDX || has_register(platform, "tdattributes"))
        return 0;
    vc_prose_say(prose,
                 "- On the platform tdx any attributes of the guest will do: whoever starts it may "
                 "have its performance events counted (PERFMON), or take pages away that it then "
                 "handles itself (no SEPT_VE_DISABLE), and no measurement differs. The register "
                 "`tdattributes` names what they must be: 0000001000000000, if neither.\n");
    return 1;
}

size_t vc_notice_platforms(const struct vc_policy *policy, struct vc_prose *prose)
{
    const struct vc_policy_attestation *attestation = &policy->attestation;
    size_t said = 0;

    for (size_t i = 0; i < attestation->platform_count; i++) {
        const struct vc_policy_platform *platform = &attestation->platforms[i];

        said += say_isolation(prose, attestation, platform);
        said += say_statuses(prose, platform);
        said += say_vmpl(prose, platform);
        said += say_minimums(prose, platform);
        said += say_components(prose, platform);
        said += say_attributes(prose, platform);
        said += say_anywhere(prose, platform);
    }
    return said;
}
