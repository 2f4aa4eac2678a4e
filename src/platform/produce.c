/* SPDX-License-Identifier: MIT */

#include "platform/produce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/random.h"
#include "evidence/evidence.h"
#include "evidence/process.h"
#include "platform/nsm.h"
#include "platform/sev_guest.h"
#include "platform/tdx_guest.h"
#include "platform/tpm.h"
#include "platform/tsm.h"

static constexpr size_t BOOT_SEED_SIZE = 32;
static constexpr size_t KINDS_TEXT_MAX =
    128; /* bytes of the names of all platforms, with the NUL */

/* One way to evidence of a platform. */
struct way {
    enum vc_platform_kind kind;
    const char *name;
    /* Whether this machine has it; the text of the error is why not. */
    enum vc_code (*find)(const struct vc_device *device, enum vc_platform_kind kind,
                         struct vc_err *err);
    enum vc_code (*produce)(const struct vc_producer *producer, const uint8_t data[VC_SHA512_SIZE],
                            struct vc_buffer *evidence, struct vc_err *err);
};

struct vc_producer {
    const struct way *way;
    struct vc_producer_setup setup;
    uint8_t boot_seed[BOOT_SEED_SIZE]; /* of process tokens: fresh per producer */
};

static enum vc_code find_tsm(const struct vc_device *device, enum vc_platform_kind kind,
                             struct vc_err *err)
{
    char provider[VC_TSM_PROVIDER_MAX];
    enum vc_platform_kind found;
    enum vc_code code = vc_tsm_provider(device, provider, err);

    if (code == VC_OK && (!vc_tsm_platform(provider, &found) || found != kind))
        code = vc_fail(err, VC_NOT_FOUND, "configfs-tsm: provider `%s` is another platform's",
                       provider);
    return code;
}

static enum vc_code find_sev_guest(const struct vc_device *device, enum vc_platform_kind,
                                   struct vc_err *err)
{
    return vc_device_probe(device, VC_SEV_GUEST_PATH, err);
}

static enum vc_code find_tdx_guest(const struct vc_device *device, enum vc_platform_kind,
                                   struct vc_err *err)
{
    return vc_tdx_guest_explain(device, err);
}

static enum vc_code find_nsm(const struct vc_device *device, enum vc_platform_kind,
                             struct vc_err *err)
{
    return vc_device_probe(device, VC_NSM_PATH, err);
}

static enum vc_code find_tpm(const struct vc_device *device, enum vc_platform_kind,
                             struct vc_err *err)
{
    return vc_device_probe(device, VC_TPM_PATH, err);
}

static enum vc_code find_process(const struct vc_device *, enum vc_platform_kind, struct vc_err *)
{
    return VC_OK;
}

static enum vc_code produce_tsm(const struct vc_producer *producer,
                                const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *evidence,
                                struct vc_err *err)
{
    return vc_tsm_produce(producer->setup.device, producer->way->kind, data, evidence, err);
}

static enum vc_code produce_sev_guest(const struct vc_producer *producer,
                                      const uint8_t data[VC_SHA512_SIZE],
                                      struct vc_buffer *evidence, struct vc_err *err)
{
    return vc_sev_guest_produce(producer->setup.device, data, evidence, err);
}

/* Never reached: find_tdx_guest says no. */
static enum vc_code produce_tdx_guest(const struct vc_producer *producer,
                                      const uint8_t[VC_SHA512_SIZE], struct vc_buffer *,
                                      struct vc_err *err)
{
    return vc_tdx_guest_explain(producer->setup.device, err);
}

static enum vc_code produce_nsm(const struct vc_producer *producer,
                                const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *evidence,
                                struct vc_err *err)
{
    return vc_nsm_produce(producer->setup.device, data, evidence, err);
}

static enum vc_code produce_tpm(const struct vc_producer *producer,
                                const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *evidence,
                                struct vc_err *err)
{
    return vc_tpm_produce(producer->setup.device, data, evidence, err);
}

static enum vc_code produce_process(const struct vc_producer *producer,
                                    const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *evidence,
                                    struct vc_err *err)
{
    const struct vc_process_statement statement = {.measurement = producer->setup.measurement,
                                                   .report_data = data,
                                                   .boot_seed = producer->boot_seed};

    return vc_process_produce(producer->setup.machine_key, &statement, evidence, err);
}

/* The strongest isolation first; of one platform the better way first. */
static const struct way ways[] = {
    {VC_PLATFORM_SNP, "configfs-tsm", find_tsm, produce_tsm},
    {VC_PLATFORM_SNP, "/dev/sev-guest", find_sev_guest, produce_sev_guest},
    {VC_PLATFORM_TDX, "configfs-tsm", find_tsm, produce_tsm},
    {VC_PLATFORM_TDX, "/dev/tdx_guest", find_tdx_guest, produce_tdx_guest},
    {VC_PLATFORM_NITRO, "/dev/nsm", find_nsm, produce_nsm},
    {VC_PLATFORM_TPM, "/dev/tpmrm0", find_tpm, produce_tpm},
    {VC_PLATFORM_PROCESS, "a key of this machine", find_process, produce_process},
};

/* The first way to this platform that the machine has. VC_NOT_FOUND: none; the text is of the way
 * that failed by more than by not being there, or of the last one. */
static enum vc_code find_way(const struct vc_device *device, enum vc_platform_kind kind,
                             const struct way **way, struct vc_err *err)
{
    enum vc_code code = VC_NOT_FOUND;

    (void)!vc_fail(err, code, "containers have no platform `%s`", vc_platform_name(kind));
    for (size_t i = 0; i < VC_COUNT(ways); i++) {
        struct vc_err reason = {};
        enum vc_code found;

        if (ways[i].kind != kind)
            continue;
        found = ways[i].find(device, kind, &reason);
        if (found == VC_OK) {
            *way = &ways[i];
            return VC_OK;
        }
        if (code == VC_NOT_FOUND)
            code = vc_fail(err, found, "%s", reason.text);
    }
    return code;
}

void vc_producer_find(const struct vc_device *device, struct vc_offers *offers)
{
    *offers = (struct vc_offers){};
    for (size_t i = 0; i < VC_COUNT(ways); i++) {
        struct vc_offer *offer = &offers->items[offers->count];
        const struct way *way = nullptr;
        struct vc_err err = {};

        if (i > 0 && ways[i].kind == ways[i - 1].kind)
            continue;
        offer->kind = ways[i].kind;
        offer->usable = find_way(device, ways[i].kind, &way, &err) == VC_OK;
        (void)snprintf(offer->detail, sizeof(offer->detail), "%s",
                       offer->usable ? way->name : err.text);
        offers->count++;
    }
}

static bool is_wanted(enum vc_platform_kind kind, const enum vc_platform_kind *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (wanted[i] == kind)
            return true;
    }
    return false;
}

/* "snp, tdx". */
static void join(const enum vc_platform_kind *kinds, size_t count, char text[KINDS_TEXT_MAX])
{
    size_t used = 0;

    (void)snprintf(text, KINDS_TEXT_MAX, "nothing");
    for (size_t i = 0; i < count && used < KINDS_TEXT_MAX; i++)
        used += (size_t)snprintf(text + used, KINDS_TEXT_MAX - used, "%s%s", i > 0 ? ", " : "",
                                 vc_platform_name(kinds[i]));
}

enum vc_code vc_producer_choose(const struct vc_offers *offers, const enum vc_platform_kind *wanted,
                                size_t wanted_count, enum vc_platform_kind *kind,
                                struct vc_err *err)
{
    enum vc_platform_kind usable[VC_PLATFORM_COUNT];
    char wish[KINDS_TEXT_MAX], offer[KINDS_TEXT_MAX];
    size_t usable_count = 0;

    for (size_t i = 0; i < offers->count; i++) {
        if (!offers->items[i].usable)
            continue;
        if (is_wanted(offers->items[i].kind, wanted, wanted_count)) {
            *kind = offers->items[i].kind;
            return VC_OK;
        }
        usable[usable_count++] = offers->items[i].kind;
    }
    join(wanted, wanted_count, wish);
    join(usable, usable_count, offer);
    return vc_fail(
        err, VC_REFUSED,
        "platform: the policy accepts %s; this machine offers %s; `veracruz doctor` says why", wish,
        offer);
}

enum vc_code vc_producer_open(enum vc_platform_kind kind, const struct vc_producer_setup *setup,
                              struct vc_producer **producer, struct vc_err *err)
{
    vc_cleanup(vc_producer_freep) struct vc_producer *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->setup = *setup;
    code = find_way(setup->device, kind, &made->way, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "platform %s", vc_platform_name(kind));
    code = vc_random(made->boot_seed, sizeof(made->boot_seed), err);
    if (code == VC_OK)
        *producer = vc_take(made);
    return code;
}

void vc_producer_free(struct vc_producer *producer)
{
    free(producer);
}

enum vc_platform_kind vc_producer_kind(const struct vc_producer *producer)
{
    return producer->way->kind;
}

const char *vc_producer_way(const struct vc_producer *producer)
{
    return producer->way->name;
}

enum vc_code vc_producer_endorsement(const struct vc_producer *producer, struct vc_buffer *spki,
                                     struct vc_err *err)
{
    if (producer->way->kind != VC_PLATFORM_PROCESS)
        return VC_OK;
    return vc_key_encode_public_der(producer->setup.machine_key, spki, err);
}

enum vc_code vc_produce(const struct vc_producer *producer, const uint8_t data[VC_SHA512_SIZE],
                        struct vc_buffer *evidence, struct vc_err *err)
{
    size_t before = evidence->size;
    enum vc_code code = producer->way->produce(producer, data, evidence, err);

    if (code == VC_OK && evidence->size - before > VC_EVIDENCE_SIZE_MAX)
        code = vc_fail(err, VC_LIMIT, "evidence of %zu bytes, at most %zu", evidence->size - before,
                       VC_EVIDENCE_SIZE_MAX);
    if (code != VC_OK)
        evidence->size = before;
    return code;
}
