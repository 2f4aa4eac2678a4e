/* SPDX-License-Identifier: MIT */

/* Fields that the documents of Intel's Provisioning Certification Service have in common (PCS API
 * v4): bytes in hex, dates, and levels with what Intel says of each. A document is read only after
 * its signature was checked, or to find out whether it is the wanted one. */

#ifndef VC_EVIDENCE_PCS_H
#define VC_EVIDENCE_PCS_H

#include "base/instant.h"
#include "codec/json.h"
#include "evidence/claims.h"

constexpr size_t VC_PCS_WORDS_MAX = 128;     /* bytes of what is said of a level, with the NUL */
constexpr size_t VC_PCS_ADVISORIES_MAX = 64; /* of one level */

/* What Intel says of a level. */
struct vc_pcs_statement {
    enum vc_tcb_status status;
    char words[VC_PCS_WORDS_MAX]; /* "OutOfDate since 2023-08-09 (INTEL-SA-00837)" */
};

/* A level of the quoting enclave or of a TDX module: for this ISVSVN or a higher one. */
struct vc_pcs_level {
    uint16_t isvsvn;
    struct vc_pcs_statement statement;
};

/* What every document begins with. */
struct vc_pcs_head {
    int64_t version;
    int64_t issue_date, next_update; /* seconds since 1970 */
    int64_t evaluation;              /* tcbEvaluationDataNumber */
};

/* Each reads a member; errors name its place. */
enum vc_code vc_pcs_head_read(const struct vc_json_place *document, struct vc_pcs_head *head,
                              struct vc_err *err);
/* Exactly `size` bytes in hex of either case. */
enum vc_code vc_pcs_read_hex(const struct vc_json_place *object, const char *name, uint8_t *bytes,
                             size_t size, struct vc_err *err);
enum vc_code vc_pcs_read_integer(const struct vc_json_place *object, const char *name, int64_t most,
                                 int64_t *value, struct vc_err *err);
/* Borrowed from the document. */
enum vc_code vc_pcs_read_string(const struct vc_json_place *object, const char *name,
                                const char **text, struct vc_err *err);
/* tcbStatus, tcbDate and advisoryIDs of a level. */
enum vc_code vc_pcs_read_statement(const struct vc_json_place *level,
                                   struct vc_pcs_statement *statement, struct vc_err *err);
/* The member `tcbLevels` of an enclave or module: {"tcb": {"isvsvn": …}, …} each, in their order.
 */
enum vc_code vc_pcs_read_levels(const struct vc_json_place *object, struct vc_pcs_level *levels,
                                size_t count_max, size_t *count, struct vc_err *err);

/* The first level that this ISVSVN reaches; null: none. */
const struct vc_pcs_level *vc_pcs_find_level(const struct vc_pcs_level *levels, size_t count,
                                             uint16_t isvsvn);
/* What holds for two parts together: what is wrong with either is wrong with both. */
enum vc_tcb_status vc_pcs_merge(enum vc_tcb_status a, enum vc_tcb_status b);

#endif
