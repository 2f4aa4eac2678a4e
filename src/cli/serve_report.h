/* SPDX-License-Identifier: MIT */

/* What `serve` says once a container serves: on which platform, which stronger ones it missed, and
 * the measurements. */

#ifndef VC_CLI_SERVE_REPORT_H
#define VC_CLI_SERVE_REPORT_H

#include "platform/process.h"
#include "policy/policy.h"

/* All borrowed. */
struct vc_serve_report {
    const char *address;
    enum vc_platform_kind kind;
    const char *way; /* to evidence */
    const struct vc_offers *offers;
    const struct vc_policy *policy;
    const uint8_t *runtime; /* VC_SHA256_SIZE bytes: digest of the manifest */
    struct vc_launcher_ready ready;
    uint64_t started_us;
};

/* Append. VC_MEMORY. */
enum vc_code vc_serve_report_text(const struct vc_serve_report *report, struct vc_buffer *text,
                                  struct vc_err *err);
/* One line. */
enum vc_code vc_serve_report_json(const struct vc_serve_report *report, struct vc_buffer *text,
                                  struct vc_err *err);

#endif
