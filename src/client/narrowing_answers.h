/* SPDX-License-Identifier: MIT */

/* What a container says of narrowings (docs/http-api.md): the answer to one, and the list of all,
 * which is replayed on this side's own copy of the policy. */

#ifndef VC_CLIENT_NARROWING_ANSWERS_H
#define VC_CLIENT_NARROWING_ANSWERS_H

#include "policy/force.h"
#include "veracruz/client.h"

constexpr size_t VC_NARROWING_LIST_SIZE_MAX = 64 << 20; /* bytes of JSON: as a journal at most */
constexpr size_t VC_NARROWING_LIST_MAX = 32768;         /* narrowings in it */

/* {"changed": true, "index": 7, "in_force": "<hex>"}; no index if nothing changed. Other members
 * are ignored: a newer container is not a wrong one. VC_MALFORMED. */
enum vc_code vc_narrowed_read(struct vc_bytes text, struct vcc_narrowed *narrowed,
                              struct vc_err *err);

/* One that was put in force. */
struct vc_narrowing_told {
    uint64_t index; /* in the journal */
    int64_t time;
    bool by_container; /* nobody asked for it; otherwise: */
    struct vc_subject by;
    uint64_t run; /* of a program; otherwise 0 */
    struct vc_narrowing narrowing;
};

struct vc_narrowing_list {
    struct vc_force *force; /* all of them on the policy */
    uint8_t in_force[VC_SHA256_SIZE];
    struct vc_narrowing_told *items;
    size_t count;
};

/* VC_MALFORMED, VC_LIMIT, VC_MEMORY; VC_UNTRUSTED: what the container says is in force is not what
 * its narrowings make of the policy. `policy` is borrowed for the list's life. */
enum vc_code vc_narrowing_list_read(const struct vc_policy *policy, struct vc_bytes text,
                                    struct vc_narrowing_list *list, struct vc_err *err);
void vc_narrowing_list_done(struct vc_narrowing_list *list);

#endif
