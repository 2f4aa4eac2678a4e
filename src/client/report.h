/* SPDX-License-Identifier: MIT */

/* From this project's inner errors to those of the public header. */

#ifndef VC_CLIENT_REPORT_H
#define VC_CLIENT_REPORT_H

#include "base/err.h"
#include "veracruz/client.h"

/* The class that a failure on this side of the connection belongs to. */
enum vcc_status vc_report_status(enum vc_code code);

/* Fills *error, which may be null, with `status` and the text of `err`; returns status. */
enum vcc_status vc_report(struct vcc_error *error, enum vcc_status status,
                          const struct vc_err *err);

/* As vc_report, with vc_report_status(code). */
enum vcc_status vc_report_code(struct vcc_error *error, enum vc_code code,
                               const struct vc_err *err);

#endif
