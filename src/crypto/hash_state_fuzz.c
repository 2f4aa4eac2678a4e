/* SPDX-License-Identifier: MIT */

/* Target: vc_hasher_load; the first byte chooses the algorithm. Property: what is taken is given
 * out again as it was, and a digest comes of it; what is not, leaves nothing that goes on. */

#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_cleanup(vc_hasher_freep) struct vc_hasher *hasher = nullptr;
    uint8_t state[VC_HASH_STATE_MAX], digest[64];
    size_t saved = 0;

    if (size == 0)
        return 0;
    need(vc_hasher_new((enum vc_hash_algorithm)(data[0] % VC_HASH_ALG_COUNT), &hasher, nullptr) ==
         VC_OK);
    if (vc_hasher_load(hasher, (struct vc_bytes){data + 1, size - 1}, nullptr) != VC_OK) {
        need(vc_hasher_add(hasher, (struct vc_bytes){data, size}, nullptr) == VC_STATE);
        return 0;
    }
    need(vc_hasher_save(hasher, state, &saved, nullptr) == VC_OK);
    need(saved == size - 1 && memcmp(state, data + 1, saved) == 0);
    if (vc_hasher_add(hasher, (struct vc_bytes){data, size}, nullptr) == VC_OK)
        need(vc_hasher_end(hasher, digest, nullptr) == VC_OK);
    else
        need(vc_hasher_end(hasher, digest, nullptr) == VC_STATE);
    return 0;
}
