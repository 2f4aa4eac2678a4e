/* SPDX-License-Identifier: MIT */

#include "crypto/random.h"

#include <limits.h>
#include <openssl/rand.h>

#include "crypto/library_internal.h"

enum vc_code vc_random(uint8_t *bytes, size_t size, struct vc_err *err)
{
    vc_crypto_start();
    if (size > INT_MAX)
        return vc_fail(err, VC_LIMIT, "%zu random bytes at once", size);
    if (RAND_bytes(bytes, (int)size) != 1)
        return vc_crypto_fail(err, VC_HOST, "no random bytes");
    return VC_OK;
}
