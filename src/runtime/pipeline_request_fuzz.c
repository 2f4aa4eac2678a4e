/* SPDX-License-Identifier: MIT */

/* Target: the body that starts a pipeline. Property: what is found exists, and only if the text has
 * its name. */

#include <stdlib.h>
#include <string.h>

#include "runtime/pipeline_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "p-1";
    static struct vc_policy_pipeline pipeline = {.name = name};
    static const struct vc_policy policy = {.pipelines = &pipeline, .pipeline_count = 1};
    size_t found = 99;

    if (vc_pipeline_request_parse((struct vc_bytes){data, size}, &policy, &found, nullptr) !=
        VC_OK) {
        if (found != 99)
            abort();
        return 0;
    }
    /* spelled with escapes, it still has the digits of one */
    if (found != 0 || memchr(data, '1', size) == nullptr)
        abort();
    return 0;
}
