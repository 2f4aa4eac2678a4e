/* SPDX-License-Identifier: MIT */

/* Targets: vc_http_parse_target, vc_http_encode_path, vc_http_parse_range. Properties: a decoded
 * path encodes to a target that decodes to itself; a range lies within its size. */

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "net/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_target(const char *text)
{
    char once[VC_HTTP_TARGET_MAX];
    char twice[VC_HTTP_TARGET_MAX];
    const char *query;
    struct vc_buffer target = {};

    if (vc_http_parse_target(text, once, sizeof(once), &query, nullptr) != VC_OK)
        return;
    if (once[0] != '/' || query < text || query > text + strlen(text))
        abort();
    if (vc_http_encode_path(once, &target, nullptr) != VC_OK ||
        vc_buffer_append(&target, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr) != VC_OK)
        abort();
    if (target.size <= VC_HTTP_TARGET_MAX &&
        (vc_http_parse_target((const char *)target.data, twice, sizeof(twice), &query, nullptr) !=
             VC_OK ||
         strcmp(once, twice) != 0 || *query != '\0'))
        abort();
    vc_buffer_done(&target);
}

static void check_range(const char *text, uint64_t size)
{
    uint64_t first;
    uint64_t count;

    if (vc_http_parse_range(text, size, &first, &count, nullptr) != VC_OK)
        return;
    if (count == 0 || first >= size || count > size - first)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t sizes[] = {0, 1, 10, UINT64_C(1) << 40, UINT64_MAX};
    char text[8192];

    if (size >= sizeof(text))
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_target(text);
    for (size_t i = 0; i < VC_COUNT(sizes); i++)
        check_range(text, sizes[i]);
    return 0;
}
