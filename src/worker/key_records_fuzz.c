/* SPDX-License-Identifier: MIT */

/* Target: vc_key_records_take. Property: what it takes of a file, written down again, is that file;
 * and nothing that it takes is out of the bounds that its header names. */

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "worker/key_records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct again {
    struct vc_buffer file;
    size_t receiver_count;
};

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void append(struct again *again, struct vc_bytes bytes)
{
    need(vc_buffer_append(&again->file, bytes, nullptr) == VC_OK);
}

static enum vc_code take_receiver(void *user, struct vc_bytes name, struct vc_bytes certificate,
                                  struct vc_err *)
{
    struct again *again = user;
    struct vc_keystore_receiver head = {.kind = VC_KEYSTORE_RECEIVER,
                                        .name_size = (uint32_t)name.size,
                                        .certificate_size = (uint32_t)certificate.size};

    need(name.size > 0 && name.size <= VC_KEY_RECORDS_NAME_MAX && certificate.size > 0 &&
         certificate.size <= VC_KEY_RECORDS_CERTIFICATE_MAX);
    again->receiver_count++;
    append(again, VC_BYTES_OF(head));
    append(again, name);
    append(again, certificate);
    return VC_OK;
}

static enum vc_code take_key(void *user, struct vc_bytes name, const struct vc_psa_given *given,
                             struct vc_err *)
{
    struct again *again = user;
    struct vc_keystore_key head = {.kind = VC_KEYSTORE_KEY,
                                   .material_size = (uint32_t)given->material.size,
                                   .receiver_count = (uint32_t)given->receiver_count,
                                   .wraps_freely = given->wraps_freely,
                                   .name_size = (uint32_t)name.size,
                                   .attributes = given->attributes};

    need(name.size > 0 && name.size <= VC_KEY_RECORDS_NAME_MAX && given->material.size > 0 &&
         given->material.size <= VC_PSA_KEY_BYTES_MAX &&
         given->receiver_count <= again->receiver_count);
    for (size_t i = 0; i < given->receiver_count; i++)
        need(given->receivers[i] < again->receiver_count);
    append(again, VC_BYTES_OF(head));
    append(again, (struct vc_bytes){(const uint8_t *)given->receivers,
                                    given->receiver_count * sizeof(*given->receivers)});
    append(again, given->material);
    append(again, name);
    return VC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vc_key_records_ops ops = {.receiver = take_receiver, .key = take_key};
    struct again again = {};
    enum vc_code code = vc_key_records_take((struct vc_bytes){data, size}, &ops, &again, nullptr);

    need(code == VC_OK || code == VC_MALFORMED);
    need(again.file.size <= size &&
         (again.file.size == 0 || memcmp(again.file.data, data, again.file.size) == 0));
    need(code != VC_OK || again.file.size == size);
    vc_buffer_done(&again.file);
    return 0;
}
