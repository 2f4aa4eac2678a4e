/* SPDX-License-Identifier: MIT */

/* Target: vc_releases_add and vc_releases_explain. Property: whatever is refused leaves the table
 * as it was; any text, refusal or not, stays a text within its size. */

#include <stdlib.h>
#include <string.h>

#include "attest/releases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char first[] =
        "process 1111111111111111111111111111111111111111111111111111111111111111 first\n";
    vc_cleanup(vc_releases_freep) struct vc_releases *releases = nullptr;
    char text[VC_ERR_TEXT_MAX] = {};
    struct vc_err err = {};

    need(vc_releases_new(&releases, nullptr) == VC_OK);
    need(vc_releases_add(releases, "first",
                         (struct vc_bytes){(const uint8_t *)first, sizeof(first) - 1},
                         nullptr) == VC_OK);
    if (vc_releases_add(releases, "input", (struct vc_bytes){data, size}, &err) != VC_OK)
        need(vc_releases_count(releases) == 1 && err.text[0] != '\0');
    memcpy(text, data, size < sizeof(text) ? size : sizeof(text) - 1);
    vc_releases_explain(releases, text, sizeof(text));
    need(memchr(text, '\0', sizeof(text)) != nullptr);
    return 0;
}
