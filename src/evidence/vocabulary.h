/* SPDX-License-Identifier: MIT */

/* What evidence of each platform can be asked for by name: the registers beside the measurement,
 * the parts whose versions it states, and how large values are. Policies and the command check
 * names against this one table, so that a misspelt one is refused and not merely never met. */

#ifndef VC_EVIDENCE_VOCABULARY_H
#define VC_EVIDENCE_VOCABULARY_H

#include "evidence/claims.h"

constexpr size_t VC_SIZES_MAX = 3;
constexpr size_t VC_SIZES_TEXT_MAX = 32; /* bytes, with the NUL */

/* In bytes; any of them will do. After the last one 0; without one, of any size up to
 * VC_OCTETS_MAX. */
struct vc_sizes {
    uint8_t of[VC_SIZES_MAX];
};

struct vc_vocabulary_register {
    const char *name;  /* of a numbered one the beginning: "pcr" */
    unsigned numbered; /* how many: pcr0 to pcr23 are 24; 0: it is one */
    struct vc_sizes sizes;
};

struct vc_vocabulary {
    enum vc_platform_kind platform;
    struct vc_sizes measurement, machine;
    const struct vc_vocabulary_register *registers;
    size_t register_count;
    const char *const *parts; /* null-terminated */
    /* Registers whose value is another at each launch, or in each piece of evidence;
     * null-terminated. */
    const char *const *passing;
    bool judged;     /* its vendor publishes statuses: accepted_tcb means something */
    bool privileged; /* evidence states a privilege level */
};

const struct vc_vocabulary *vc_vocabulary_of(enum vc_platform_kind platform);
/* False: evidence of the platform never states a register of this name. */
[[nodiscard]] bool vc_vocabulary_register(const struct vc_vocabulary *vocabulary, const char *name,
                                          struct vc_sizes *sizes);
/* True: its value is of one launch or one piece of evidence, and a policy that waits for it waits
 * for ever. False: not so, or there is no such register. */
[[nodiscard]] bool vc_vocabulary_is_passing(const struct vc_vocabulary *vocabulary,
                                            const char *name);
[[nodiscard]] bool vc_vocabulary_part(const struct vc_vocabulary *vocabulary, const char *name);
/* What there is, for messages: "host_data, family_id", "pcr0 to pcr23"; cut to the size. */
void vc_vocabulary_list_registers(const struct vc_vocabulary *vocabulary, char *text, size_t size);
void vc_vocabulary_list_parts(const struct vc_vocabulary *vocabulary, char *text, size_t size);

/* Plain lower-case hex of one of the sizes. VC_MALFORMED: "62 hex digits, 64 or 96 wanted". */
enum vc_code vc_sizes_parse(const struct vc_sizes *sizes, const char *hex, struct vc_octets *octets,
                            struct vc_err *err);

/* A status that a policy can accept: any that a vendor gives but "Revoked". VC_REFUSED: Revoked;
 * VC_MALFORMED. */
enum vc_code vc_vocabulary_status(const char *name, enum vc_tcb_status *status, struct vc_err *err);

#endif
