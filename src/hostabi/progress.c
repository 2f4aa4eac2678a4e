/* SPDX-License-Identifier: MIT */

/* veracruz.progress: how much of its work the program says is done. Every report is news to whoever
 * watches the run, so that there are never more than a hundred. */

#include "hostabi/host_internal.h"

/* Argument: percent. Less than was reported before is no error, and no report. */
uint32_t vc_veracruz_progress(struct vc_host *host, struct vc_engine_frame *frame)
{
    uint64_t percent = frame->arguments[0];

    if (percent > VC_WORKER_PERCENT_MAX)
        return VC_WASI_INVAL;
    if (!host->progress)
        return VC_WASI_ACCES;
    if (percent <= host->percent)
        return VC_WASI_SUCCESS;
    host->percent = (uint32_t)percent;
    if (host->ops->progress != nullptr)
        host->ops->progress(host->tree, host->percent);
    return VC_WASI_SUCCESS;
}
