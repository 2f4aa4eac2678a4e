/* SPDX-License-Identifier: MIT */

/* Fills the public error record. */

#include "client/report.h"

#include "client/line.h"

static_assert(VCC_TEXT_MAX >= VC_ERR_TEXT_MAX);

enum vcc_status vc_report_status(enum vc_code code)
{
    switch (code) {
    case VC_OK:
        return VCC_OK;
    case VC_MALFORMED:
        return VCC_MALFORMED;
    case VC_REFUSED:
        return VCC_REFUSED;
    case VC_UNTRUSTED:
        return VCC_UNTRUSTED;
    case VC_LIMIT:
        return VCC_LIMIT;
    case VC_NOT_FOUND: /* a file on this machine; the container says it with a problem document */
    case VC_STATE:
    case VC_CLOSED:
    case VC_MEMORY:
    case VC_HOST:
        break;
    }
    return VCC_FAILED;
}

enum vcc_status vc_report(struct vcc_error *error, enum vcc_status status, const struct vc_err *err)
{
    if (error != nullptr) {
        error->status = status;
        error->http_status = 0;
        vc_line_clean(err->text, error->text, sizeof(error->text));
    }
    return status;
}

enum vcc_status vc_report_code(struct vcc_error *error, enum vc_code code, const struct vc_err *err)
{
    return vc_report(error, vc_report_status(code), err);
}
