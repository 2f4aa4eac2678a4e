/* SPDX-License-Identifier: MIT */

/* Target: revocation lists and public keys. Property: what is accepted is told the same way twice,
 * and no question about it crashes; a key that is accepted is written as it was read. */

#include <stdlib.h>
#include <string.h>

#include "crypto/chain.h"
#include "crypto/public_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(struct vc_bytes input)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    static const uint8_t signature[1024];
    size_t half = 0;

    if (vc_public_key_parse_der(input, &key, nullptr) != VC_OK)
        return;
    if (vc_public_key_encode_der(key, &der, nullptr) != VC_OK || der.size != input.size ||
        memcmp(der.data, input.data, der.size) != 0)
        abort();
    half = (vc_public_key_bits(key) + 7) / 8;
    if (vc_public_key_verify(key, VC_SCHEME_ES384, input, (struct vc_bytes){signature, 2 * half},
                             nullptr) == VC_OK)
        abort(); /* r and s of zero */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_bytes input = {data, size};
    vc_cleanup(vc_crl_freep) struct vc_crl *crl = nullptr;
    vc_cleanup(vc_crl_freep) struct vc_crl *from_pem = nullptr;

    check_key(input);
    (void)!vc_crl_parse_pem(input, &from_pem, nullptr);
    if (vc_crl_parse_der(input, &crl, nullptr) != VC_OK)
        return 0;
    if (vc_crl_issuer(crl) == nullptr || vc_crl_this_update(crl) == INT64_MAX)
        abort();
    return 0;
}
