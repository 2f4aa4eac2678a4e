/* SPDX-License-Identifier: MIT */

#include "attestd/nonces.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/random.h"

struct given {
    uint8_t nonce[VC_NONCE_SIZE];
    uint8_t exporter[VC_SHA256_SIZE];
    uint64_t at_ms;
};

struct vc_nonces {
    size_t count;
    struct given given[VC_NONCES_MAX]; /* the first `count`, in no order */
};

enum vc_code vc_nonces_new(struct vc_nonces **nonces, struct vc_err *err)
{
    struct vc_nonces *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *nonces = made;
    return VC_OK;
}

void vc_nonces_free(struct vc_nonces *nonces)
{
    free(nonces);
}

static void forget(struct vc_nonces *nonces, size_t index)
{
    nonces->given[index] = nonces->given[--nonces->count];
}

static bool is_old(const struct given *given, uint64_t now_ms)
{
    return now_ms < given->at_ms || now_ms - given->at_ms > VC_NONCE_LIFE_MS;
}

static void drop_old(struct vc_nonces *nonces, uint64_t now_ms)
{
    for (size_t i = nonces->count; i-- > 0;) {
        if (is_old(&nonces->given[i], now_ms))
            forget(nonces, i);
    }
}

/* When all places are taken, the one that was given first gives way: who floods the service with
 * requests would otherwise keep every container from a nonce for a minute; so it has to give 4096
 * in the few milliseconds that a container takes to use its own. */
static void drop_first(struct vc_nonces *nonces)
{
    size_t first = 0;

    for (size_t i = 1; i < nonces->count; i++) {
        if (nonces->given[i].at_ms < nonces->given[first].at_ms)
            first = i;
    }
    forget(nonces, first);
}

static size_t count_of(const struct vc_nonces *nonces, const uint8_t exporter[VC_SHA256_SIZE])
{
    size_t count = 0;

    for (size_t i = 0; i < nonces->count; i++)
        count += memcmp(nonces->given[i].exporter, exporter, VC_SHA256_SIZE) == 0;
    return count;
}

enum vc_code vc_nonces_give(struct vc_nonces *nonces, const uint8_t exporter[VC_SHA256_SIZE],
                            uint64_t now_ms, uint8_t nonce[VC_NONCE_SIZE], struct vc_err *err)
{
    struct given fresh = {.at_ms = now_ms};
    enum vc_code code;

    drop_old(nonces, now_ms);
    if (count_of(nonces, exporter) >= VC_NONCES_PER_SESSION_MAX) {
        return vc_fail(err, VC_LIMIT, "%zu nonces are outstanding on this connection",
                       VC_NONCES_PER_SESSION_MAX);
    }
    code = vc_random(fresh.nonce, sizeof(fresh.nonce), err);
    if (code != VC_OK)
        return code;
    memcpy(fresh.exporter, exporter, sizeof(fresh.exporter));
    if (nonces->count == VC_NONCES_MAX)
        drop_first(nonces);
    nonces->given[nonces->count++] = fresh;
    memcpy(nonce, fresh.nonce, VC_NONCE_SIZE);
    return VC_OK;
}

enum vc_code vc_nonces_take(struct vc_nonces *nonces, const uint8_t exporter[VC_SHA256_SIZE],
                            uint64_t now_ms, const uint8_t nonce[VC_NONCE_SIZE], struct vc_err *err)
{
    for (size_t i = 0; i < nonces->count; i++) {
        struct given found = nonces->given[i];

        if (!vc_secret_equal(VC_BYTES(found.nonce), (struct vc_bytes){nonce, VC_NONCE_SIZE}))
            continue;
        forget(nonces, i);
        if (is_old(&found, now_ms)) {
            return vc_fail(err, VC_UNTRUSTED, "nonce: older than %u seconds",
                           (unsigned)(VC_NONCE_LIFE_MS / 1000));
        }
        if (memcmp(found.exporter, exporter, VC_SHA256_SIZE) != 0)
            return vc_fail(err, VC_UNTRUSTED, "nonce: given to another connection");
        return VC_OK;
    }
    return vc_fail(err, VC_UNTRUSTED, "nonce: not given by this service, or used before");
}
