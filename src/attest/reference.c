/* SPDX-License-Identifier: MIT */

#include "attest/reference.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static constexpr size_t PREFIX_SIZE = 16; /* characters of a value that a message shows */

struct prefix {
    char text[PREFIX_SIZE + 1];
};

static struct prefix prefix_of(const struct vc_octets *octets)
{
    char hex[VC_OCTETS_HEX_MAX];
    struct prefix prefix;

    vc_octets_hex(octets, hex);
    (void)snprintf(prefix.text, sizeof(prefix.text), "%.*s", (int)PREFIX_SIZE, hex);
    return prefix;
}

static bool is_among(const struct vc_octets *values, size_t count, const struct vc_octets *value)
{
    for (size_t i = 0; i < count; i++) {
        if (vc_octets_equal(&values[i], value))
            return true;
    }
    return false;
}

const struct vc_policy_platform *vc_reference_find(const struct vc_policy *policy,
                                                   enum vc_platform_kind kind)
{
    for (size_t i = 0; i < policy->attestation.platform_count; i++) {
        if (policy->attestation.platforms[i].kind == kind)
            return &policy->attestation.platforms[i];
    }
    return nullptr;
}

const char *vc_reference_measurement_hint(enum vc_platform_kind platform)
{
    return platform == VC_PLATFORM_PROCESS ? "; compare with `veracruz measure`" : "";
}

static enum vc_code check_measurement(const struct vc_policy_platform *accepted,
                                      const struct vc_claims *claims, struct vc_err *err)
{
    size_t count = accepted->measurement_count;

    if (count == 0)
        return vc_fail(err, VC_UNTRUSTED, "measurement: the policy accepts none");
    if (claims->measurement.size > 0 &&
        is_among(accepted->measurements, count, &claims->measurement))
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED,
                   "measurement differs: the policy accepts %s… (%zu value%s), this container is "
                   "%s…%s",
                   prefix_of(&accepted->measurements[0]).text, count, count == 1 ? "" : "s",
                   prefix_of(&claims->measurement).text,
                   vc_reference_measurement_hint(claims->platform));
}

static enum vc_code check_registers(const struct vc_policy_platform *accepted,
                                    const struct vc_claims *claims, struct vc_err *err)
{
    for (size_t i = 0; i < accepted->register_count; i++) {
        const struct vc_policy_register *wanted = &accepted->registers[i];
        const struct vc_octets *value = vc_claims_register(claims, wanted->name);

        if (value == nullptr) {
            return vc_fail(err, VC_UNTRUSTED, "register %s: the evidence does not state it",
                           wanted->name);
        }
        if (!is_among(wanted->values, wanted->value_count, value)) {
            return vc_fail(err, VC_UNTRUSTED,
                           "register %s differs: the policy accepts %s… (%zu value%s), the "
                           "evidence says %s…",
                           wanted->name, prefix_of(&wanted->values[0]).text, wanted->value_count,
                           wanted->value_count == 1 ? "" : "s", prefix_of(value).text);
        }
    }
    return VC_OK;
}

/* A part that only the vendor's collateral states is absent until the evidence was judged. */
static enum vc_code check_minimum(const struct vc_policy_minimum *minimum,
                                  const struct vc_claims *claims, bool judged, struct vc_err *err)
{
    bool found = false;

    for (size_t i = 0; i < claims->svn_count; i++) {
        const struct vc_svn *svn = &claims->svns[i];

        if (strcmp(svn->part, minimum->part) != 0)
            continue;
        found = true;
        if (svn->value < minimum->least) {
            return vc_fail(err, VC_UNTRUSTED,
                           "%s TCB %s 0x%02" PRIx64 ", at least 0x%02" PRIx64 " wanted",
                           svn->which[0] == '\0' ? "reported" : svn->which, svn->part, svn->value,
                           minimum->least);
        }
    }
    if (!found && judged) {
        return vc_fail(err, VC_UNTRUSTED,
                       "TCB %s: the evidence does not state it, at least %" PRIu64 " wanted",
                       minimum->part, minimum->least);
    }
    return VC_OK;
}

static enum vc_code check_status(const struct vc_policy_platform *accepted,
                                 const struct vc_claims *claims, struct vc_err *err)
{
    enum vc_tcb_status status = claims->tcb_status;
    bool told = claims->tcb_detail[0] != '\0';

    if (status == VC_TCB_NOT_APPLICABLE || (accepted->tcb_accepted & 1u << status) != 0)
        return VC_OK;
    return vc_fail(
        err, VC_UNTRUSTED, "TCB status %s: the policy does not accept it (accepted_tcb); %s",
        vc_tcb_status_name(status),
        told ? claims->tcb_detail : "the platform's firmware or microcode wants an update");
}

static enum vc_code check_machine(const struct vc_policy_platform *accepted,
                                  const struct vc_claims *claims, struct vc_err *err)
{
    if (accepted->machine_count == 0)
        return VC_OK;
    if (claims->machine.size == 0)
        return vc_fail(err, VC_UNTRUSTED, "machine: the evidence does not say which it is");
    if (is_among(accepted->machines, accepted->machine_count, &claims->machine))
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED, "machine %s… is none of the policy's %zu",
                   prefix_of(&claims->machine).text, accepted->machine_count);
}

enum vc_code vc_reference_check(const struct vc_policy_platform *accepted,
                                const struct vc_claims *claims, bool judged,
                                enum vc_tcb_status *status, struct vc_err *err)
{
    enum vc_code code = check_measurement(accepted, claims, err);

    if (code == VC_OK)
        code = check_registers(accepted, claims, err);
    if (code == VC_OK && claims->vmpl != accepted->vmpl) {
        code = vc_fail(err, VC_UNTRUSTED, "privilege level (VMPL) %" PRIu32 ", %" PRIu32 " wanted",
                       claims->vmpl, accepted->vmpl);
    }
    if (code == VC_OK && judged)
        code = check_status(accepted, claims, err);
    for (size_t i = 0; code == VC_OK && i < accepted->minimum_count; i++)
        code = check_minimum(&accepted->minimums[i], claims, judged, err);
    if (code == VC_OK)
        code = check_machine(accepted, claims, err);
    if (code != VC_OK)
        return code;
    *status = claims->tcb_status;
    if (*status == VC_TCB_NOT_APPLICABLE && accepted->minimum_count > 0)
        *status = VC_TCB_AT_LEAST;
    return VC_OK;
}
