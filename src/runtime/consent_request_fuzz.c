/* SPDX-License-Identifier: MIT */

/* Target: what clients send to consent. Property: a program that is found exists, and a digest that
 * was read stands in the text as it is written. */

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "runtime/consent_request.h"
#include "runtime/view_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_consent_request request = {.program = 99};
    char digits[2 * VC_SHA256_SIZE + 1];

    if (vc_consent_request_parse((struct vc_bytes){data, size}, vc_view_fixture(), &request,
                                 nullptr) != VC_OK)
        return 0;
    vc_hex_encode(VC_BYTES(request.sha256), digits);
    if (request.program != 0 ||
        (memmem(data, size, digits, strlen(digits)) == nullptr &&
         memchr(data, '\\', size) == nullptr)) /* digits can be spelled as escapes */
        abort();
    return 0;
}
