/* SPDX-License-Identifier: MIT */

#include "attest/binder.h"

#include <assert.h>
#include <string.h>

static constexpr size_t TEXT_MAX =
    64; /* bytes of a role or a node's name: both are our own words */
static constexpr size_t LENGTH_SIZE = 4;

/* The domain separator: no other protocol, and no other version of this one, hashes what begins
 * like this. */
static const uint8_t DOMAIN[] = {'v', 'e', 'r', 'a', 'c', 'r', 'u', 'z', '-',
                                 'b', 'i', 'n', 'd', 'e', 'r', '-', '1'};

struct message {
    uint8_t bytes[512];
    size_t size;
};

/* Length, then content: no two lists of parts give the same message. */
static void put(struct message *message, struct vc_bytes part)
{
    assert(part.size <= sizeof(message->bytes) - message->size - LENGTH_SIZE);
    for (size_t i = 0; i < LENGTH_SIZE; i++)
        message->bytes[message->size++] = (uint8_t)(part.size >> 8 * (LENGTH_SIZE - 1 - i));
    if (part.size > 0)
        memcpy(message->bytes + message->size, part.data, part.size);
    message->size += part.size;
}

static void put_text(struct message *message, const char *text)
{
    size_t size = strlen(text);

    assert(size <= TEXT_MAX);
    put(message, (struct vc_bytes){(const uint8_t *)text, size});
}

void vc_binder(const struct vc_binder_parts *parts, uint8_t binder[VC_BINDER_SIZE])
{
    struct message message = {};
    uint8_t incarnation[8];

    for (size_t i = 0; i < sizeof(incarnation); i++)
        incarnation[i] = (uint8_t)(parts->incarnation >> 8 * (sizeof(incarnation) - 1 - i));
    put(&message, VC_BYTES(DOMAIN));
    put_text(&message, parts->role);
    put(&message, VC_BYTES(parts->nonce));
    put(&message, VC_BYTES(parts->spki_hash));
    put(&message, VC_BYTES(parts->policy_hash));
    put(&message, VC_BYTES(parts->exporter));
    put_text(&message, parts->node);
    put(&message, VC_BYTES(incarnation));
    vc_sha512((struct vc_bytes){message.bytes, message.size}, binder);
}
