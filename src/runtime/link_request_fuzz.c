/* SPDX-License-Identifier: MIT */

/* Target: what clients send to name another container's receipt, and numbers of entries. Property:
 * what was read says in its one spelling what was read. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "runtime/link_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_link(const struct vc_record_link *link)
{
    char container[2 * VC_SHA256_SIZE + 1], policy[2 * VC_SHA256_SIZE + 1];
    char root[2 * VC_SHA256_SIZE + 1], text[512];
    struct vc_record_link back = {};
    int size;

    vc_hex_encode(VC_BYTES(link->container), container);
    vc_hex_encode(VC_BYTES(link->policy), policy);
    vc_hex_encode(VC_BYTES(link->root), root);
    size = snprintf(text, sizeof(text),
                    "{\"container\":\"%s\",\"policy\":\"%s\",\"root\":\"%s\",\"size\":%" PRIu64 "}",
                    container, policy, root, link->size);
    if (vc_link_request_parse((struct vc_bytes){(const uint8_t *)text, (size_t)size}, &back,
                              nullptr) != VC_OK ||
        memcmp(&back, link, sizeof(back)) != 0)
        abort();
}

static void check_since(const uint8_t *data, size_t size)
{
    char text[64] = "", again[64];
    uint64_t since = 0;

    if (size == 0 || size >= sizeof(text))
        return;
    memcpy(text, data, size);
    if (vc_since_parse(text, &since, nullptr) != VC_OK)
        return;
    (void)snprintf(again, sizeof(again), "%" PRIu64, since);
    if (strcmp(text, again) != 0 || since > VC_LOG_SIZE_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_record_link link = {};

    check_since(data, size);
    if (vc_link_request_parse((struct vc_bytes){data, size}, &link, nullptr) == VC_OK)
        check_link(&link);
    return 0;
}
