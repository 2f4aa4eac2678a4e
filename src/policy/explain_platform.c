/* SPDX-License-Identifier: MIT */

#include "policy/explain_platform.h"

#include <inttypes.h>

#include "evidence/vocabulary.h"

/* Whom must one trust besides the runtime itself, and who says that a machine is genuine? */
static const struct words {
    enum vc_platform_kind platform;
    const char *trust;
    const char *anywhere; /* said where the policy names no machines */
} words[] = {
    {VC_PLATFORM_PROCESS,
     "On the platform process, isolation is emulated: the container is an ordinary process. That "
     "protects from other users and from bugs. It does not protect from the operator of the "
     "machine, who can read and change everything in it.",
     "any machine that the attestation service endorses"},
    {VC_PLATFORM_NITRO,
     "On the platform nitro the hypervisor of AWS isolates: AWS must be trusted. Who rents the "
     "machine need not be.",
     "any genuine machine with this measurement, in anybody's account"},
    {VC_PLATFORM_SNP,
     "On the platform snp the processor isolates: AMD must be trusted, and that nobody opens the "
     "machine. Its operator, its host system and its hypervisor need not be.",
     "any genuine machine with this measurement, whoever operates it"},
    {VC_PLATFORM_TDX,
     "On the platform tdx the processor isolates: Intel must be trusted, and that nobody opens "
     "the machine. Its operator, its host system and its hypervisor need not be.",
     "any genuine machine with this measurement, whoever operates it"},
    {VC_PLATFORM_SGX,
     "On the platform sgx the processor isolates: Intel must be trusted, and that nobody opens "
     "the machine. Its operator and its operating system need not be.",
     "any genuine machine with this measurement, whoever operates it"},
    {VC_PLATFORM_PSA,
     "On the platform psa a device's root of trust speaks: its maker must be trusted, and whoever "
     "endorsed it.",
     "any device that the attestation service endorses"},
    {VC_PLATFORM_TPM,
     "On the platform tpm one knows what was started, and nothing isolates it. That does not "
     "protect from the operator of the machine, who can read its memory.",
     "any machine that the attestation service endorses"},
};
static_assert(VC_COUNT(words) == VC_PLATFORM_COUNT);

static const struct words *words_for(enum vc_platform_kind platform)
{
    for (size_t i = 0; i < VC_COUNT(words); i++) {
        if (words[i].platform == platform)
            return &words[i];
    }
    return &words[0]; /* the one that promises least */
}

static void say_octets(struct vc_prose *prose, const struct vc_octets *octets)
{
    char hex[VC_OCTETS_HEX_MAX];

    vc_octets_hex(octets, hex);
    vc_prose_say(prose, "%s", hex);
}

static void say_values(struct vc_prose *prose, const struct vc_octets *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vc_prose_say(prose, "    ");
        say_octets(prose, &values[i]);
        vc_prose_say(prose, "\n");
    }
}

static void say_measurements(struct vc_prose *prose, const struct vc_policy_platform *platform,
                             const struct vc_release_names *names)
{
    size_t count = platform->measurement_count;

    vc_prose_say(prose, "Accepted: the platform %s, with %zu measurement%s:\n",
                 vc_platform_name(platform->kind), count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++) {
        const char *name =
            names == nullptr ? nullptr
                             : names->find(names->user, platform->kind, &platform->measurements[i]);

        vc_prose_say(prose, "  ");
        say_octets(prose, &platform->measurements[i]);
        if (name != nullptr) {
            vc_prose_say(prose, ", which is ");
            vc_prose_text(prose, name);
        } else if (names != nullptr) {
            vc_prose_say(prose, ", of no release known here");
        }
        vc_prose_say(prose, "\n");
    }
}

static void say_registers(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    for (size_t i = 0; i < platform->register_count; i++) {
        const struct vc_policy_register *row = &platform->registers[i];

        vc_prose_say(prose, "  The register %s must be%s:\n", row->name,
                     row->value_count == 1 ? "" : " one of");
        say_values(prose, row->values, row->value_count);
    }
}

static void say_minimums(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    if (platform->minimum_count == 0)
        return;
    vc_prose_say(prose, "  The platform's parts must have at least these versions: ");
    for (size_t i = 0; i < platform->minimum_count; i++) {
        vc_prose_say(prose, "%s%s %" PRIu64, i > 0 ? ", " : "", platform->minimums[i].part,
                     platform->minimums[i].least);
    }
    vc_prose_say(prose, ".\n");
}

static void say_statuses(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    size_t said = 0;

    if (!vc_vocabulary_of(platform->kind)->judged)
        return;
    vc_prose_say(prose, "  Of its firmware and microcode the vendor must say ");
    for (size_t i = 0; i < VC_TCB_STATUS_COUNT; i++) {
        if ((platform->tcb_accepted & 1u << i) != 0)
            vc_prose_say(prose, "%s%s", said++ > 0 ? " or " : "",
                         vc_tcb_status_name((enum vc_tcb_status)i));
    }
    vc_prose_say(prose, ".\n");
}

static void say_machines(struct vc_prose *prose, const struct vc_policy_platform *platform)
{
    size_t count = platform->machine_count;

    if (count == 0) {
        vc_prose_say(prose, "  It may run on %s.\n", words_for(platform->kind)->anywhere);
        return;
    }
    vc_prose_say(prose, "  It may run only on %s:\n",
                 count == 1 ? "this machine" : "one of these machines");
    say_values(prose, platform->machines, count);
}

void vc_explain_platform(struct vc_prose *prose, const struct vc_policy_platform *platform,
                         const struct vc_release_names *names)
{
    say_measurements(prose, platform, names);
    say_registers(prose, platform);
    say_minimums(prose, platform);
    say_statuses(prose, platform);
    if (vc_vocabulary_of(platform->kind)->privileged)
        vc_prose_say(prose, "  The evidence must come from privilege level (VMPL) %" PRIu32 ".\n",
                     platform->vmpl);
    say_machines(prose, platform);
    vc_prose_say(prose, "%s\n", words_for(platform->kind)->trust);
}
