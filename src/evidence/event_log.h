/* SPDX-License-Identifier: MIT */

/* Event logs of measured boot: what firmware and loaders say they extended into registers (TCG PC
 * Client Platform Firmware Profile 1.06 §10; TCG EFI Protocol 1.0; for TDX the CC event log of UEFI
 * 2.10 §38, in the same format). A log is not signed: it explains registers that are, and counts
 * for as much as its replay gives exactly their values. The text of an event is worth nothing where
 * its digest is not of that text. */

#ifndef VC_EVIDENCE_EVENT_LOG_H
#define VC_EVIDENCE_EVENT_LOG_H

#include "crypto/digest.h"
#include "evidence/evidence.h"

constexpr size_t VC_EVENT_LOG_EVENTS_MAX = 1 << 15;
constexpr size_t VC_EVENT_DATA_SIZE_MAX = 1 << 20; /* bytes of one event */
constexpr size_t VC_EVENT_DIGESTS_MAX = 8;         /* algorithms of one log */
constexpr size_t VC_EVENT_REGISTERS = 24;          /* PCR 0 to 23 */

/* How the log numbers registers. */
enum vc_event_numbering {
    VC_EVENT_TPM, /* pcrIndex n is PCR n */
    VC_EVENT_TDX, /* pcrIndex 0 is MRTD, which software cannot extend; 1 to 4 are RTMR0 to RTMR3 */
};

constexpr size_t VC_EVENT_RTMR0 = 1; /* index of RTMR0 in a replay of VC_EVENT_TDX */

struct vc_event_digest {
    uint16_t algorithm; /* TPM_ALG_ID: 4 SHA-1, 0x0b SHA-256, 0x0c SHA-384, 0x0d SHA-512 */
    struct vc_bytes value;
};

/* One entry; borrows the log. */
struct vc_event {
    size_t number;  /* from 0, which is the header of a crypto-agile log */
    uint32_t index; /* pcrIndex: at most 23, or 0xffffffff for EV_NO_ACTION */
    uint32_t type;
    struct vc_event_digest digests[VC_EVENT_DIGESTS_MAX];
    size_t digest_count;
    struct vc_bytes data;
};

constexpr uint32_t VC_EVENT_NO_ACTION = 3; /* the type that extends nothing */

/* Calls `visit`, which may be null, for each event, in order, and stops with what it returns unless
 * VC_OK. Accepts a crypto-agile log (its first event is a TCG_EfiSpecIDEvent) and the older form
 * with SHA-1 alone; 0x00 or 0xff up to the end, as in buffers of firmware, are padding.
 * VC_MALFORMED names event and offset; what came before was visited. VC_LIMIT. */
enum vc_code vc_event_log_walk(struct vc_bytes log,
                               enum vc_code (*visit)(void *user, const struct vc_event *event,
                                                     struct vc_err *err),
                               void *user, struct vc_err *err);

/* What the registers hold if the log is true. */
struct vc_replay {
    struct vc_octets values[VC_EVENT_REGISTERS]; /* by pcrIndex; TDX uses 0 to 4 */
    size_t counts[VC_EVENT_REGISTERS];           /* events that extended each */
};

/* Registers begin at zero; of a TPM, PCR 17 to 22 at ones if no event is theirs, and PCR 0 as an
 * event "StartupLocality" says. VC_MALFORMED also for an event that extends a register that does
 * not exist or cannot be extended, or that has no digest of this hash. VC_NOT_FOUND: the log as a
 * whole has none (SHA-1 only). */
enum vc_code vc_event_log_replay(struct vc_bytes log, enum vc_event_numbering numbering,
                                 enum vc_hash hash, struct vc_replay *replay, struct vc_err *err);

/* One row per event: section "event log", name "PCR 4 EV_EFI_BOOT_SERVICES_APPLICATION" or "RTMR1
 * …", value its strongest digest, meaning what its type and data say. Text that the digest does not
 * cover is marked as the log's word. VC_MALFORMED: what came before was shown. */
enum vc_code vc_event_log_show(struct vc_bytes log, enum vc_event_numbering numbering,
                               const struct vc_field_sink *sink, struct vc_err *err);

#endif
