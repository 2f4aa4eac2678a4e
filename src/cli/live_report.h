/* SPDX-License-Identifier: MIT */

/* The policy in force, for people and as JSON: what is left of each rule, and which narrowings took
 * the rest. */

#ifndef VC_CLI_LIVE_REPORT_H
#define VC_CLI_LIVE_REPORT_H

#include "client/narrowing_answers.h"
#include "codec/json.h"

struct vc_live {
    const struct vc_policy *policy;
    const struct vc_narrowing_list *list;
    struct vc_json_place life; /* of GET /v1/lifecycle, checked */
};

/* Appends lines. */
enum vc_code vc_live_report(const struct vc_live *live, struct vc_buffer *text, struct vc_err *err);
/* Appends one object. */
enum vc_code vc_live_report_json(const struct vc_live *live, struct vc_buffer *json,
                                 struct vc_err *err);

#endif
