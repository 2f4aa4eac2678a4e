/* SPDX-License-Identifier: MIT */

/* Takes expectations from a policy. */

#include "client/expect.h"

#include <string.h>

static const enum vc_platform_kind known[] = {VC_PLATFORM_PROCESS};

static bool find_platform(const char *name, enum vc_platform_kind *kind)
{
    for (size_t i = 0; i < VC_COUNT(known); i++) {
        if (strcmp(vc_platform_name(known[i]), name) == 0) {
            *kind = known[i];
            return true;
        }
    }
    return false;
}

enum vc_code vc_expect(const struct vc_policy *policy, struct vc_expectations *expectations,
                       struct vc_err *err)
{
    const struct vc_policy_attestation *attestation = &policy->attestation;
    struct vc_expectations made = {
        .ca = attestation->ca,
        .policy_hash = policy->hash,
        .max_age_s = attestation->max_age_s,
    };

    for (size_t i = 0; i < attestation->platform_count; i++) {
        const struct vc_policy_platform *platform = &attestation->platforms[i];
        enum vc_platform_kind kind;

        if (!find_platform(platform->name, &kind) || made.accepted_count == VC_COUNT(made.accepted))
            continue;
        made.accepted[made.accepted_count].platform = kind;
        made.accepted[made.accepted_count].measurements = platform->measurements;
        made.accepted[made.accepted_count].count = platform->measurement_count;
        made.accepted_count++;
    }
    if (made.accepted_count == 0) {
        return vc_fail(err, VC_REFUSED,
                       "attestation.platforms: none that this version of the client can verify");
    }
    *expectations = made;
    return VC_OK;
}
