/* SPDX-License-Identifier: MIT */

/* What is to be judged: evidence, and the policy that it is judged by. Form only. */

#ifndef VC_ATTESTD_EXHIBIT_H
#define VC_ATTESTD_EXHIBIT_H

#include "base/buffer.h"
#include "codec/json.h"
#include "evidence/evidence.h"
#include "policy/policy.h"

constexpr size_t VC_EXHIBIT_PLATFORM_MAX = 32; /* bytes of a platform's name, with the NUL */
constexpr size_t VC_EXHIBIT_EVENT_LOG_MAX = 1
                                            << 20; /* bytes: boots of real machines leave 64 KiB */
/* Bytes of certificates that came with the evidence, DER one after the other. */
constexpr size_t VC_EXHIBIT_CERTIFICATES_MAX = 65536;
/* Bytes of JSON: all parts in base 64. */
constexpr size_t VC_EXHIBIT_SIZE_MAX = (VC_POLICY_SIZE_MAX + VC_EVIDENCE_SIZE_MAX +
                                        VC_EXHIBIT_EVENT_LOG_MAX + VC_EXHIBIT_CERTIFICATES_MAX) /
                                           3 * 4 +
                                       1024;

struct vc_exhibit {
    char platform[VC_EXHIBIT_PLATFORM_MAX];
    struct vc_buffer evidence;
    struct vc_buffer event_log;    /* may be empty */
    struct vc_buffer certificates; /* may be empty */
    struct vc_buffer policy;       /* the exact bytes */
};

/* The keys of an exhibit, for the list of those that an object may have. */
#define VC_EXHIBIT_KEYS "platform", "evidence", "event_log", "certificates", "policy"

/* Fills *exhibit, which was zero-initialised; on failure it can only be done away with.
 * VC_MALFORMED, VC_LIMIT name the key. */
enum vc_code vc_exhibit_read(const struct vc_json_place *object, struct vc_exhibit *exhibit,
                             struct vc_err *err);
void vc_exhibit_done(struct vc_exhibit *exhibit);

/* A member that is a string; VC_MALFORMED: it is missing. Borrowed. */
enum vc_code vc_exhibit_text(const struct vc_json_place *object, const char *key, const char **text,
                             struct vc_err *err);
/* A member in base 64 of at most `size_max` bytes. */
enum vc_code vc_exhibit_bytes(const struct vc_json_place *object, const char *key, size_t size_max,
                              struct vc_buffer *out, struct vc_err *err);

#endif
