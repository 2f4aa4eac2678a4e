/* SPDX-License-Identifier: MIT */

/* Target: vc_manifest_parse. Property: what parses has at least one object per image, and every
 * image's objects lie within the count. */

#include <stdlib.h>

#include "platform/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_manifest manifest;

    if (vc_manifest_parse((struct vc_bytes){data, size}, &manifest, nullptr) != VC_OK)
        return 0;
    for (size_t i = 0; i < VC_IMAGE_COUNT; i++) {
        size_t first;
        size_t count = vc_manifest_image(&manifest, (enum vc_image_kind)i, &first);

        if (count == 0 || first + count > manifest.count)
            abort();
    }
    return 0;
}
