/* SPDX-License-Identifier: MIT */

/* The limits of a program's runs one by one, with the names that texts give them. */

#ifndef VC_POLICY_LIMIT_NAMES_H
#define VC_POLICY_LIMIT_NAMES_H

#include "policy/policy.h"

constexpr size_t VC_LIMIT_COUNT = 9;

/* Of the index-th limit, index < VC_LIMIT_COUNT. */
const char *vc_limit_name(size_t index); /* "memory_mib", ... */
uint64_t vc_limit_least(size_t index);   /* with less no policy lets a run begin */
/* As large as it can be: no limit at all. */
uint64_t vc_limit_none(size_t index);
uint64_t vc_limit_get(const struct vc_limits *limits, size_t index);
void vc_limit_set(struct vc_limits *limits, size_t index, uint64_t value);

struct vc_limits vc_limits_none(void);
/* Each the lesser of both. */
struct vc_limits vc_limits_meet(const struct vc_limits *a, const struct vc_limits *b);

#endif
