/* SPDX-License-Identifier: MIT */

/* A narrowing: something that the policy allows and that shall be allowed no longer. It can only
 * take away; in which order narrowings come, and how often, makes no difference (policy/force.h).
 *
 * One JSON object with one member, the kind:
 *
 *   {"take": {"may": ["read"], "path": "/output/2", "from_all_but": [{"principal": "bob"}]}}
 *   {"take": {"may": ["read", "list"], "path": "/output/", "from": [{"principal": "alice"}]}}
 *   {"take_stream": {"stream": "prices", "from": [{"principal": "alice"}]}}
 *   {"take_key": {"key": "ledger", "from": [{"program": "audit"}]}}
 *   {"read_once": {"path": "/output/2"}}
 *   {"expires": "2027-01-01T00:00:00Z"}
 *   {"runs": {"program": "audit", "at_most": 3}}
 *   {"limits": {"program": "audit", "cpu_seconds": 5}}
 *   {"freeze_inputs": true}
 *   {"withdraw": {"program": "audit"}}
 *
 * A path with a slash at its end is the directory and all below it. `from` names at least one
 * subject, `from_all_but` may be empty. */

#ifndef VC_POLICY_NARROWING_H
#define VC_POLICY_NARROWING_H

#include "codec/json.h"
#include "policy/kind_names.h"
#include "policy/subjects.h"

/* Bytes of its JSON: of one that names every subject with the longest name. */
constexpr size_t VC_NARROWING_SIZE_MAX = 131072;
/* Fields of other kinds are zero. */
struct vc_narrowing {
    enum vc_narrowing_kind kind;
    struct vc_subjects from; /* TAKE, TAKE_STREAM, TAKE_KEY: `from_all_but` resolved */
    unsigned may;            /* TAKE: set of enum vc_right */
    char path[VC_PATH_MAX];  /* TAKE, READ_ONCE: canonical */
    bool tree;               /* the directory and all below it */
    size_t stream, key;      /* TAKE_STREAM, TAKE_KEY */
    size_t program;          /* RUNS, LIMITS, WITHDRAW */
    uint32_t runs_max;       /* RUNS: starts in the container's life, 0 to 1000000 */
    int64_t expires;         /* EXPIRES: seconds since 1970 */
    struct vc_limits limits; /* LIMITS: what is not named is as large as it can be */
};

/* VC_MALFORMED, VC_LIMIT, VC_NOT_FOUND (no such name), with the place: "take.from[1].principal: no
 * such principal". TAKE_STREAM takes what has no end of the stream from whom it names, too: then it
 * changes nothing. */
enum vc_code vc_narrowing_parse(const struct vc_policy *policy, struct vc_bytes text,
                                struct vc_narrowing *narrowing, struct vc_err *err);
enum vc_code vc_narrowing_parse_json(const struct vc_policy *policy,
                                     const struct vc_json_place *place,
                                     struct vc_narrowing *narrowing, struct vc_err *err);

/* Its one spelling: parsing that gives the same narrowing, whatever the spelling was. Appends an
 * object under `key` (null: no member of another). */
void vc_narrowing_write(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                        struct vc_json_writer *writer, const char *key);

/* One sentence for people, appended: "alice and bob may not read /output/2". VC_MEMORY. */
enum vc_code vc_narrowing_say(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                              struct vc_buffer *prose, struct vc_err *err);

/* May `who` narrow so? Besides what the block `narrowing` of the policy says: every principal may
 * take from itself alone (TAKE, TAKE_STREAM, TAKE_KEY), an owner its own key, and who must consent
 * to programs may WITHDRAW any. VC_REFUSED: "narrowing: the program split may not take what is at
 * /input/a". */
enum vc_code vc_policy_decide_narrow(const struct vc_policy *policy, struct vc_subject who,
                                     const struct vc_narrowing *narrowing, struct vc_err *err);

#endif
