/* SPDX-License-Identifier: MIT */

/* The record of verdicts: one JSON line each, only ever appended. */

#ifndef VC_ATTESTD_RECORD_H
#define VC_ATTESTD_RECORD_H

#include "attestd/appraise.h"

/* The file is moved to PATH.1, over an older one, when it has grown to this. */
constexpr int64_t VC_RECORD_SIZE_MAX = 64 << 20;

struct vc_verdict {
    int64_t time; /* seconds since 1970 */
    enum vc_code code;
    const char *reason; /* "" if the certificate was issued */
    const struct vc_application *application;
    const struct vc_appraisal *appraisal;
};

/* VC_HOST: the verdict was not recorded; then it must not take effect either. */
enum vc_code vc_record_append(const char *path, const struct vc_verdict *verdict,
                              struct vc_err *err);

#endif
