/* SPDX-License-Identifier: MIT */

/* Hashes: by `crypto` alone, since no key and so no policy is in them. */

#include "crypto/hash.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform_util.h>

#include "base/reader.h"
#include "base/secret.h"
#include "psa/bulk.h"
#include "psa/service_internal.h"

enum { DIGEST_MAX = 64, NAME_SIZE = 4 };

struct operation {
    struct vc_psa *psa; /* whose spare hasher it was, and will be */
    enum vc_hash_algorithm algorithm;
    struct vc_hasher *hasher;
};

static const psa_algorithm_t NAMES[VC_HASH_ALG_COUNT] = {
    [VC_HASH_ALG_MD5] = PSA_ALG_MD5,
    [VC_HASH_ALG_RIPEMD160] = PSA_ALG_RIPEMD160,
    [VC_HASH_ALG_SHA1] = PSA_ALG_SHA_1,
    [VC_HASH_ALG_SHA224] = PSA_ALG_SHA_224,
    [VC_HASH_ALG_SHA256] = PSA_ALG_SHA_256,
    [VC_HASH_ALG_SHA384] = PSA_ALG_SHA_384,
    [VC_HASH_ALG_SHA512] = PSA_ALG_SHA_512,
    [VC_HASH_ALG_SHA512_224] = PSA_ALG_SHA_512_224,
    [VC_HASH_ALG_SHA512_256] = PSA_ALG_SHA_512_256,
    [VC_HASH_ALG_SHA3_224] = PSA_ALG_SHA3_224,
    [VC_HASH_ALG_SHA3_256] = PSA_ALG_SHA3_256,
    [VC_HASH_ALG_SHA3_384] = PSA_ALG_SHA3_384,
    [VC_HASH_ALG_SHA3_512] = PSA_ALG_SHA3_512,
    [VC_HASH_ALG_SHAKE256_512] = PSA_ALG_SHAKE256_512,
};

vc_psa_status vc_psa_hash_find(psa_algorithm_t name, enum vc_hash_algorithm *algorithm)
{
    for (size_t i = 0; i < VC_HASH_ALG_COUNT; i++) {
        if (NAMES[i] == name) {
            *algorithm = (enum vc_hash_algorithm)i;
            return PSA_SUCCESS;
        }
    }
    return PSA_ALG_IS_HASH(name) ? PSA_ERROR_NOT_SUPPORTED : PSA_ERROR_INVALID_ARGUMENT;
}

bool vc_psa_core_has_hash(psa_algorithm_t name)
{
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
    psa_status_t status = psa_hash_setup(&operation, name);

    (void)psa_hash_abort(&operation);
    return status == PSA_SUCCESS;
}

static enum vc_code begin(struct vc_psa *psa, enum vc_hash_algorithm algorithm)
{
    enum vc_code code = VC_OK;

    if (psa->hashers[algorithm] == nullptr)
        code = vc_hasher_new(algorithm, &psa->hashers[algorithm], nullptr);
    return code == VC_OK ? vc_hasher_begin(psa->hashers[algorithm], nullptr) : code;
}

/* ---- in one call ---- */

static vc_psa_status compute(struct vc_psa *psa, enum vc_hash_algorithm algorithm,
                             struct vc_bytes input, uint8_t *digest)
{
    enum vc_code code = begin(psa, algorithm);

    if (code == VC_OK)
        code = vc_hasher_add(psa->hashers[algorithm], input, nullptr);
    if (code == VC_OK)
        code = vc_hasher_end(psa->hashers[algorithm], digest, nullptr);
    return vc_psa_status_of(code);
}

vc_psa_status vc_psa_do_hash_compute(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_psa_output *output = &call->outputs[0];
    enum vc_hash_algorithm algorithm;
    vc_psa_status status = vc_psa_hash_find(call->values[0], &algorithm);

    if (status == PSA_SUCCESS && output->room < vc_hash_algorithm_size(algorithm))
        status = PSA_ERROR_BUFFER_TOO_SMALL;
    if (status == PSA_SUCCESS)
        status = compute(psa, algorithm, call->inputs[0], output->data);
    if (status == PSA_SUCCESS)
        output->size = vc_hash_algorithm_size(algorithm);
    return status;
}

static vc_psa_status compare(enum vc_hash_algorithm algorithm, const uint8_t *digest,
                             struct vc_bytes expected)
{
    struct vc_bytes made = {digest, vc_hash_algorithm_size(algorithm)};

    return vc_secret_equal(made, expected) ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE;
}

vc_psa_status vc_psa_do_hash_compare(struct vc_psa *psa, struct vc_psa_call *call)
{
    uint8_t digest[DIGEST_MAX];
    enum vc_hash_algorithm algorithm;
    vc_psa_status status = vc_psa_hash_find(call->values[0], &algorithm);

    if (status == PSA_SUCCESS)
        status = compute(psa, algorithm, call->inputs[0], digest);
    return status == PSA_SUCCESS ? compare(algorithm, digest, call->inputs[1]) : status;
}

/* ---- in several ---- */

static void free_operation(void *state)
{
    struct operation *operation = state;
    struct vc_hasher **spare = &operation->psa->hashers[operation->algorithm];

    /* begun anew, it has forgotten what it was given */
    if (*spare == nullptr && vc_hasher_begin(operation->hasher, nullptr) == VC_OK)
        *spare = vc_take(operation->hasher);
    vc_hasher_free(operation->hasher);
    free(operation);
}

static vc_psa_status activate(struct vc_psa *psa, enum vc_hash_algorithm algorithm,
                              struct vc_hasher *hasher, uint32_t *handle)
{
    struct operation *operation = malloc(sizeof(*operation));

    if (operation == nullptr) {
        vc_hasher_free(hasher);
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    *operation = (struct operation){psa, algorithm, hasher};
    return vc_psa_operation_begin(psa, VC_PSA_HASH, free_operation, operation, handle);
}

static vc_psa_status end(struct vc_psa *psa, struct vc_psa_call *call, vc_psa_status status)
{
    vc_psa_operation_end(psa, VC_PSA_HASH, &call->operation);
    return status;
}

vc_psa_status vc_psa_do_hash_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    enum vc_hash_algorithm algorithm;
    vc_psa_status status;

    if (call->operation != 0)
        return end(psa, call, PSA_ERROR_BAD_STATE);
    status = vc_psa_hash_find(call->values[0], &algorithm);
    if (status == PSA_SUCCESS)
        status = vc_psa_status_of(begin(psa, algorithm));
    if (status != PSA_SUCCESS)
        return status;
    return activate(psa, algorithm, vc_take(psa->hashers[algorithm]), &call->operation);
}

vc_psa_status vc_psa_do_hash_update(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_HASH);
    enum vc_code code;

    if (operation == nullptr)
        return end(psa, call, PSA_ERROR_BAD_STATE);
    code = vc_hasher_add(operation->hasher, call->inputs[0], nullptr);
    return code == VC_OK ? PSA_SUCCESS : end(psa, call, vc_psa_status_of(code));
}

vc_psa_status vc_psa_do_hash_finish(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_HASH);
    struct vc_psa_output *output = &call->outputs[0];
    enum vc_code code;
    size_t size;

    if (operation == nullptr)
        return end(psa, call, PSA_ERROR_BAD_STATE);
    size = vc_hash_algorithm_size(operation->algorithm);
    if (output->room < size)
        return end(psa, call, PSA_ERROR_BUFFER_TOO_SMALL);
    code = vc_hasher_end(operation->hasher, output->data, nullptr);
    output->size = code == VC_OK ? size : 0;
    return end(psa, call, vc_psa_status_of(code));
}

vc_psa_status vc_psa_do_hash_verify(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct operation *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_HASH);
    uint8_t digest[DIGEST_MAX];
    vc_psa_status status = PSA_ERROR_BAD_STATE;

    if (operation != nullptr)
        status = vc_psa_status_of(vc_hasher_end(operation->hasher, digest, nullptr));
    if (status == PSA_SUCCESS)
        status = compare(operation->algorithm, digest, call->inputs[0]);
    return end(psa, call, status);
}

vc_psa_status vc_psa_do_hash_abort(struct vc_psa *psa, struct vc_psa_call *call)
{
    return end(psa, call, PSA_SUCCESS);
}

/* A copy may not replace an operation: the second has to be inactive, and keeps what it is. */
vc_psa_status vc_psa_do_hash_clone(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct operation *source = vc_psa_operation_state(psa, call->operation, VC_PSA_HASH);
    struct vc_hasher *copy = nullptr;
    vc_psa_status status;

    if (source == nullptr || call->operation2 != 0)
        return PSA_ERROR_BAD_STATE;
    status = vc_psa_status_of(vc_hasher_copy(source->hasher, &copy, nullptr));
    if (status != PSA_SUCCESS)
        return status;
    return activate(psa, source->algorithm, copy, &call->operation2);
}

/* ---- suspended ---- */

/* The name of the algorithm comes first, big endian; the rest is what crypto says of it. */
static size_t write_state(psa_algorithm_t name, struct vc_bytes rest, uint8_t *state)
{
    for (size_t i = 0; i < NAME_SIZE; i++)
        state[i] = (uint8_t)(name >> (8 * (NAME_SIZE - 1 - i)));
    memcpy(state + NAME_SIZE, rest.data, rest.size);
    return NAME_SIZE + rest.size;
}

vc_psa_status vc_psa_do_hash_suspend(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct operation *operation = vc_psa_operation_state(psa, call->operation, VC_PSA_HASH);
    struct vc_psa_output *output = &call->outputs[0];
    uint8_t state[VC_HASH_STATE_MAX];
    size_t size = 0;
    vc_psa_status status = PSA_ERROR_BAD_STATE;

    if (operation != nullptr)
        status = vc_psa_status_of(vc_hasher_save(operation->hasher, state, &size, nullptr));
    if (status == PSA_SUCCESS && output->room < NAME_SIZE + size)
        status = PSA_ERROR_BUFFER_TOO_SMALL;
    if (status == PSA_SUCCESS)
        output->size =
            write_state(NAMES[operation->algorithm], (struct vc_bytes){state, size}, output->data);
    mbedtls_platform_zeroize(state, size); /* may end in a piece of a secret */
    return end(psa, call, status);
}

/* Whoever made it up, a state is one: the digest may be of nothing that exists. */
vc_psa_status vc_psa_do_hash_resume(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_reader reader = vc_reader_over(call->inputs[0]);
    psa_algorithm_t name = vc_read_u32(&reader);
    struct vc_bytes rest = vc_read_run(&reader, vc_reader_left(&reader));
    enum vc_hash_algorithm algorithm;
    vc_psa_status status;

    if (call->operation != 0)
        return end(psa, call, PSA_ERROR_BAD_STATE);
    if (!vc_reader_done(&reader))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = vc_psa_hash_find(name, &algorithm);
    if (status == PSA_SUCCESS)
        status = vc_psa_status_of(begin(psa, algorithm));
    if (status == PSA_SUCCESS)
        status = vc_psa_status_of(vc_hasher_load(psa->hashers[algorithm], rest, nullptr));
    if (status != PSA_SUCCESS)
        return status;
    return activate(psa, algorithm, vc_take(psa->hashers[algorithm]), &call->operation);
}
