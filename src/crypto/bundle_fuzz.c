/* SPDX-License-Identifier: MIT */

/* Target: runs of certificates, and the search for a path among them. Property: only a certificate
 * that was given last leads to itself; nothing crashes. */

#include <stdlib.h>

#include "crypto/chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr size_t COUNT_MAX = 6;

struct pile {
    struct vc_cert *certs[COUNT_MAX];
    size_t count;
};

static enum vc_code keep(void *user, struct vc_cert *cert, struct vc_err *err)
{
    struct pile *pile = user;

    (void)err;
    pile->certs[pile->count++] = cert;
    return VC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pile pile = {};
    enum vc_code code =
        vc_cert_parse_bundle((struct vc_bytes){data, size}, COUNT_MAX, keep, &pile, nullptr);

    if (code == VC_OK && pile.count == 0)
        abort();
    if (pile.count > 0) {
        struct vc_chain chain = {.anchor = pile.certs[pile.count - 1],
                                 .others = (const struct vc_cert *const *)pile.certs,
                                 .other_count = pile.count,
                                 .now = vc_cert_not_before(pile.certs[0])};

        (void)!vc_chain_check(&chain, pile.certs[0], nullptr);
    }
    for (size_t i = 0; i < pile.count; i++)
        vc_cert_free(pile.certs[i]);
    return 0;
}
