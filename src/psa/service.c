/* SPDX-License-Identifier: MIT */

#include "psa/service.h"

#include <stdlib.h>
#include <string.h>

#include "psa/service_internal.h"

static enum vc_code start_core(struct vc_err *err)
{
    psa_status_t status = psa_crypto_init();

    if (status == PSA_ERROR_INSUFFICIENT_ENTROPY)
        return vc_fail(err, VC_HOST, "no entropy");
    if (status != PSA_SUCCESS)
        return vc_fail(err, VC_HOST, "psa_crypto_init: status %d", status);
    return VC_OK;
}

enum vc_code vc_psa_new(const struct vc_psa_options *options, struct vc_psa **psa,
                        struct vc_err *err)
{
    enum vc_code code = start_core(err);
    struct vc_psa *made;

    if (code != VC_OK)
        return code;
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    made->options = *options;
    made->next_key = options->first_key;
    made->next_handle = 1;
    *psa = made;
    return VC_OK;
}

static enum vc_code copy(struct vc_bytes bytes, struct vc_bytes *made, struct vc_err *err)
{
    uint8_t *memory = malloc(bytes.size + 1);

    if (memory == nullptr)
        return vc_fail_memory(err);
    if (bytes.size > 0)
        memcpy(memory, bytes.data, bytes.size);
    *made = (struct vc_bytes){memory, bytes.size};
    return VC_OK;
}

enum vc_code vc_psa_add_receiver(struct vc_psa *psa, struct vc_bytes name,
                                 struct vc_bytes certificate, struct vc_err *err)
{
    size_t count = psa->receiver_count + 1;
    struct vc_psa_receiver *more = reallocarray(psa->receivers, count, sizeof(*more));
    struct vc_psa_receiver *last;
    enum vc_code code;

    if (more == nullptr)
        return vc_fail_memory(err);
    psa->receivers = more;
    last = &more[count - 1];
    *last = (struct vc_psa_receiver){};
    psa->receiver_count = count;
    code = copy(name, &last->name, err);
    return code == VC_OK ? copy(certificate, &last->certificate, err) : code;
}

void vc_psa_free(struct vc_psa *psa)
{
    if (psa == nullptr)
        return;
    while (psa->operations != nullptr) {
        uint32_t handle = psa->operations->handle;

        vc_psa_operation_end(psa, psa->operations->family, &handle);
    }
    while (psa->keys != nullptr)
        vc_psa_key_free(psa, psa->keys);
    for (size_t i = 0; i < psa->receiver_count; i++) {
        free((void *)(uintptr_t)psa->receivers[i].name.data);
        free((void *)(uintptr_t)psa->receivers[i].certificate.data);
    }
    free(psa->receivers);
    for (size_t i = 0; i < VC_HASH_ALG_COUNT; i++)
        vc_hasher_free(psa->hashers[i]);
    free(psa);
}
