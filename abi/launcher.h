/* SPDX-License-Identifier: MIT */

/* What the launcher of a process container and the runtime inside it say to each other.
 *
 * One SOCK_SEQPACKET socket, descriptor VC_LAUNCHER_CONTROL_FD in the runtime; one message per
 * packet, native byte order. The runtime trusts nothing of what it is told but checks it: the
 * policy by its parser and hash, objects by their digests in the manifest, evidence by the service.
 *
 *   launcher                                  runtime
 *   start + [policy, manifest, listener] →
 *   objects + [descriptor ...] →              (as many packets as it takes)
 *                                             ← evidence request {binder}
 *   evidence {token} →
 *                                             ← ready {times}        (then it serves)
 *                                             … ← evidence request   (renewal)
 *                                             ← end {reason}         (then it exits)
 */

#ifndef VC_ABI_LAUNCHER_H
#define VC_ABI_LAUNCHER_H

#include <stdint.h>

enum { VC_LAUNCHER_CONTROL_FD = 3 };
enum { VC_LAUNCHER_MESSAGE_MAX = 131072 };   /* bytes of any packet */
enum { VC_LAUNCHER_OBJECTS_MAX = 128 };      /* files of all images together */
enum { VC_LAUNCHER_FDS_MAX = 64 };           /* descriptors of one packet */
enum { VC_LAUNCHER_ENDORSEMENT_MAX = 1024 }; /* bytes of a public key */
enum { VC_LAUNCHER_MEASUREMENT_MAX = 64 };

enum vc_launcher_message_kind {
    VC_LAUNCHER_START = 1,
    VC_LAUNCHER_OBJECTS,
    VC_LAUNCHER_EVIDENCE_REQUEST,
    VC_LAUNCHER_EVIDENCE,
    VC_LAUNCHER_READY,
    VC_LAUNCHER_END,
};

struct vc_launcher_start {
    uint32_t kind;
    uint32_t object_count; /* descriptors that follow, in the order of the manifest's lines */
    char host[256];        /* name that clients use for this machine, for the certificate; or "" */
    uint32_t platform;     /* number of an enum vc_platform_kind: whose evidence will be given */
    uint32_t endorsement_size;
    uint8_t endorsement[VC_LAUNCHER_ENDORSEMENT_MAX]; /* SubjectPublicKeyInfo of the key that signs
                                                         the evidence, where it is the machine's own
                                                         (process, tpm); else empty */
};

struct vc_launcher_objects {
    uint32_t kind;
    uint32_t count; /* descriptors with this packet */
};

struct vc_launcher_evidence_request {
    uint32_t kind;
    uint8_t binder[64];
};

/* Evidence bytes follow. Size 0: the launcher could not make any, and a line of text follows that
 * says why. */
struct vc_launcher_evidence {
    uint32_t kind;
    uint32_t size;
};

/* Microseconds on CLOCK_MONOTONIC at which each step was over. */
struct vc_launcher_ready {
    uint32_t kind;
    uint32_t reserved;
    uint64_t entered_us;   /* main() of the runtime began */
    uint64_t parsed_us;    /* policy parsed, key made */
    uint64_t nonce_us;     /* the service's nonce is here */
    uint64_t evidence_us;  /* the evidence is here */
    uint64_t certified_us; /* the certificate is here and checked */
    uint64_t serving_us;   /* the listener answers */
    int64_t expires;       /* of the certificate, seconds since 1970 */
    uint32_t measurement_size;
    uint32_t reserved_too;
    uint8_t measurement[VC_LAUNCHER_MEASUREMENT_MAX]; /* that the certificate says */
};

struct vc_launcher_end {
    uint32_t kind;
    uint32_t code; /* enum vc_code of what ended it; 0: an ordinary end */
    char reason[320];
};

#endif
