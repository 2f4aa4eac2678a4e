/* SPDX-License-Identifier: MIT */

/* What the service answers about its log and its keys: read only. */

#ifndef VC_ATTESTD_ANSWER_LOG_H
#define VC_ATTESTD_ANSWER_LOG_H

#include "attestd/answer.h"

/* The query is what follows the '?', "" if nothing does. *answer was zero-initialised. */

/* GET /v1/log/head: {"head": {…}} */
void vc_answer_log_head(const struct vc_occasion *occasion, const char *query,
                        struct vc_answer *answer);
/* GET /v1/log/entries?first=N&count=M: lines, as they are in the log. */
void vc_answer_log_entries(const struct vc_occasion *occasion, const char *query,
                           struct vc_answer *answer);
/* GET /v1/log/growth?from=A&to=B: {"from": A, "to": B, "growth": […]} */
void vc_answer_log_growth(const struct vc_occasion *occasion, const char *query,
                          struct vc_answer *answer);
/* GET /v1/log/inclusion?index=I&size=S: {"index": I, "size": S, "inclusion": […]} */
void vc_answer_log_inclusion(const struct vc_occasion *occasion, const char *query,
                             struct vc_answer *answer);
/* GET /v1/keys: the JSON Web Key Set (RFC 7517) that attestation results are verified with. */
void vc_answer_keys(const struct vc_occasion *occasion, const char *query,
                    struct vc_answer *answer);

#endif
