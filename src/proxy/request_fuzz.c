/* SPDX-License-Identifier: MIT */

/* Target: vc_proxy_request_parse. Property: what goes on to a container carries no line break, no
 * upper case in a name, no field of one connection, and no body of another coding that the check
 * lets pass. */

#include <stdlib.h>
#include <string.h>

#include "proxy/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_field(const struct vc_http_field *field)
{
    if (field->name[0] == '\0' || strpbrk(field->name, "\r\n :") != nullptr ||
        strpbrk(field->value, "\r\n") != nullptr || vc_proxy_is_hop(field->name) ||
        strcmp(field->name, "host") == 0 || strcmp(field->name, "content-length") == 0)
        abort();
    for (const char *at = field->name; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vc_proxy_guard guard = {.port = "3080", .name = "a.veracruz"};
    struct vc_proxy_request request;
    unsigned status;

    if (vc_proxy_request_parse((struct vc_bytes){data, size}, &request, nullptr) != VC_OK)
        return 0;
    for (size_t i = 0; i < request.field_count; i++)
        check_field(&request.fields[i]);
    if (vc_proxy_request_check(&request, &guard, &status, nullptr) == VC_OK &&
        (request.coded || (request.chunked && request.has_length) || request.from_browser ||
         strchr(request.target, ' ') != nullptr || (!request.has_length && request.length > 0)))
        abort();
    vc_proxy_request_done(&request);
    return 0;
}
