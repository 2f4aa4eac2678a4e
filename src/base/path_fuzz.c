/* SPDX-License-Identifier: MIT */

/* Target: vc_path_canonical. Property: the canonical form is its own canonical form, absolute, and
 * has no "." or ".." component; a text is canonical if and only if it is its own canonical form. */

#include <stdlib.h>
#include <string.h>

#include "base/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[4096];
    char once[VC_PATH_MAX];
    char twice[VC_PATH_MAX];

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (vc_path_canonical(text, once, nullptr) != VC_OK) {
        if (vc_path_is_canonical(text))
            abort();
        return 0;
    }
    if (vc_path_is_canonical(text) != (strcmp(text, once) == 0))
        abort();
    if (vc_path_canonical(once, twice, nullptr) != VC_OK || strcmp(once, twice) != 0)
        abort();
    if (once[0] != '/' || strstr(once, "//") != nullptr || strstr(once, "/./") != nullptr ||
        strstr(once, "/../") != nullptr)
        abort();
    return 0;
}
