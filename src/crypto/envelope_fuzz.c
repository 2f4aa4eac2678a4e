/* SPDX-License-Identifier: MIT */

/* Target: envelopes from anybody, and altered ones, opened by the one to whom they may be
 * addressed. Property: what opens is shorter than the bytes that it came in; an altered one never
 * opens to anything else than was in it. The key is made anew by each process. */

#include <stdlib.h>
#include <string.h>

#include "crypto/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr int64_t NOW = 1800000000;

struct receiver {
    struct vc_cert *cert;
    struct vc_buffer pem;
};

static struct receiver *the_receiver(void)
{
    static struct receiver receiver; /* one for all inputs: they come by the thousand */
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;

    if (receiver.cert == nullptr &&
        (vc_key_new(&key, nullptr) != VC_OK ||
         vc_cert_new_identity(key, "receiver", NOW - 1, NOW + 1, &receiver.cert, nullptr) !=
             VC_OK ||
         vc_key_encode_private_pem(key, &receiver.pem, nullptr) != VC_OK))
        abort();
    return &receiver;
}

/* The first two bytes say where the others go over it. */
static void spoil(struct vc_buffer *envelope, const uint8_t *data, size_t size)
{
    size_t at = size < 2 ? 0 : (size_t)(data[0] << 8 | data[1]) % envelope->size;

    for (size_t i = 2; i < size && at + i - 2 < envelope->size; i++)
        envelope->data[at + i - 2] ^= data[i];
}

/* `wanted`: null, if it may be anything. */
static void open_it(struct vc_bytes envelope, const struct vc_bytes *wanted)
{
    const struct receiver *receiver = the_receiver();
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    enum vc_code code = vc_envelope_open(receiver->cert, vc_buffer_bytes(&receiver->pem), envelope,
                                         &content, nullptr);

    if (code == VC_OK ? content.size >= envelope.size : content.size != 0)
        abort();
    if (code == VC_OK && wanted != nullptr &&
        (content.size != wanted->size || memcmp(content.data, wanted->data, content.size) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vc_bytes content = VC_BYTES("content");
    vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};

    open_it((struct vc_bytes){data, size}, nullptr);
    if (vc_envelope_seal(the_receiver()->cert, content, &envelope, nullptr) != VC_OK)
        abort();
    spoil(&envelope, data, size);
    open_it(vc_buffer_bytes(&envelope), &content);
    return 0;
}
