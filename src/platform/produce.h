/* SPDX-License-Identifier: MIT */

/* The one door to evidence about where this process runs: what the machine offers, and evidence of
 * it over 64 bytes. */

#ifndef VC_PLATFORM_PRODUCE_H
#define VC_PLATFORM_PRODUCE_H

#include "crypto/key.h"
#include "evidence/claims.h"
#include "platform/device.h"

/* A platform that containers can have, and whether this machine gives it. */
struct vc_offer {
    enum vc_platform_kind kind;
    bool usable;
    char detail[VC_ERR_TEXT_MAX]; /* by what: "configfs-tsm"; or why not */
};

struct vc_offers {
    struct vc_offer items[VC_PLATFORM_COUNT]; /* the strongest isolation first */
    size_t count;
};

/* Looks at what is there. Nothing stays changed: configfs-tsm is asked by an entry that is removed
 * again. */
void vc_producer_find(const struct vc_device *device, struct vc_offers *offers);

/* The strongest usable platform among those wanted. VC_REFUSED: there is none; the text says what
 * is wanted and what there is. */
enum vc_code vc_producer_choose(const struct vc_offers *offers, const enum vc_platform_kind *wanted,
                                size_t wanted_count, enum vc_platform_kind *kind,
                                struct vc_err *err);

/* All borrowed for the producer's life. */
struct vc_producer_setup {
    const struct vc_device *device;   /* vc_device_kernel */
    const struct vc_key *machine_key; /* for process only: signs */
    const uint8_t *measurement;       /* for process only: VC_SHA256_SIZE bytes, the manifest's */
};

struct vc_producer;

/* VC_NOT_FOUND: this machine does not give this platform, and why. VC_HOST, VC_MEMORY. */
enum vc_code vc_producer_open(enum vc_platform_kind kind, const struct vc_producer_setup *setup,
                              struct vc_producer **producer, struct vc_err *err);
void vc_producer_free(struct vc_producer *producer);
VC_DEFINE_CLEANUP(struct vc_producer, vc_producer_free);

enum vc_platform_kind vc_producer_kind(const struct vc_producer *producer);
/* By what: "configfs-tsm", "/dev/nsm". */
const char *vc_producer_way(const struct vc_producer *producer);

/* Appends the public key (SubjectPublicKeyInfo) that verifies the evidence, where it is the
 * machine's own; nothing on platforms whose vendor vouches for it. */
enum vc_code vc_producer_endorsement(const struct vc_producer *producer, struct vc_buffer *spki,
                                     struct vc_err *err);

/* Appends evidence over these bytes, as vc_report_data_of says; at most VC_EVIDENCE_SIZE_MAX bytes.
 * May take as long as the device does: a quote of TDX up to seconds. Errors are the device's own;
 * nothing was appended. */
enum vc_code vc_produce(const struct vc_producer *producer, const uint8_t data[VC_SHA512_SIZE],
                        struct vc_buffer *evidence, struct vc_err *err);

#endif
