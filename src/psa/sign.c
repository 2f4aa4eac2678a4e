/* SPDX-License-Identifier: MIT */

/* Signatures: RSA and deterministic ECDSA by the core, ECDSA with a random nonce on the curves of
 * NIST by `crypto`, which is several times faster there. */

#include <mbedtls/platform_util.h>

#include "crypto/ecdsa.h"
#include "psa/bulk.h"
#include "psa/service_internal.h"

/* ---- what is whose ---- */

static bool find_curve(const struct vc_psa_key *key, enum vc_curve *curve)
{
    psa_key_type_t type = (psa_key_type_t)key->attributes.type;

    if (!PSA_KEY_TYPE_IS_ECC(type) || PSA_KEY_TYPE_ECC_GET_FAMILY(type) != PSA_ECC_FAMILY_SECP_R1)
        return false;
    switch (key->attributes.bits) {
    case 256:
        *curve = VC_CURVE_P256;
        return true;
    case 384:
        *curve = VC_CURVE_P384;
        return true;
    case 521:
        *curve = VC_CURVE_P521;
        return true;
    default:
        return false;
    }
}

/* Whoever verifies needs not know how the nonce was made. */
static bool is_native(const struct vc_psa_key *key, psa_algorithm_t algorithm, bool verifies)
{
    enum vc_curve curve;

    if (!PSA_ALG_IS_ECDSA(algorithm) || (!verifies && PSA_ALG_ECDSA_IS_DETERMINISTIC(algorithm)))
        return false;
    return find_curve(key, &curve);
}

static bool is_random(psa_algorithm_t algorithm)
{
    return PSA_ALG_IS_RSA_PSS(algorithm) || PSA_ALG_IS_RANDOMIZED_ECDSA(algorithm);
}

/* What the core has a name for, and no more: it would find other faults with it. */
static bool is_unknown(psa_algorithm_t algorithm)
{
    return algorithm == PSA_ALG_PURE_EDDSA || PSA_ALG_IS_HASH_EDDSA(algorithm);
}

/* The key that a call names, unless nothing is done by the call's algorithm, whatever the key. */
static vc_psa_status find_key(const struct vc_psa *psa, const struct vc_psa_call *call, bool signs,
                              struct vc_psa_key **key)
{
    *key = vc_psa_key_find(psa, call->values[0]);
    if (*key == nullptr)
        return PSA_ERROR_INVALID_HANDLE;
    if (is_unknown(call->values[1]))
        return PSA_ERROR_NOT_SUPPORTED;
    return signs && is_random(call->values[1]) && !psa->options.randomness ? PSA_ERROR_NOT_PERMITTED
                                                                           : PSA_SUCCESS;
}

/* The core looks at this for RSA only. */
static bool has_size_of_digest(psa_algorithm_t algorithm, size_t size)
{
    psa_algorithm_t hash = PSA_ALG_SIGN_GET_HASH(algorithm);

    return hash == PSA_ALG_NONE || size == PSA_HASH_LENGTH(hash);
}

/* The core calls an RSA signature that is not below the modulus an invalid argument. What else may
 * be so called is known beforehand: uses of the key, and sizes of digests. */
static vc_psa_status after_core(struct vc_psa *psa, const struct vc_psa_call *call,
                                psa_key_usage_t usage, vc_psa_status status)
{
    struct vc_psa_key *key;

    if (status != PSA_ERROR_INVALID_ARGUMENT ||
        PSA_ALG_SIGN_GET_HASH(call->values[1]) == PSA_ALG_NONE)
        return status;
    return vc_psa_key_for(psa, call->values[0], usage, call->values[1], &key) == PSA_SUCCESS
               ? PSA_ERROR_INVALID_SIGNATURE
               : status;
}

/* ---- ECDSA by crypto ---- */

static void free_native(void *object)
{
    vc_ecdsa_free(object);
}

static vc_psa_status prepare(struct vc_psa_key *key, enum vc_curve curve)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {}; /* wipes */
    struct vc_ecdsa *made = nullptr;
    vc_psa_status status = vc_psa_key_material(key, &material);
    enum vc_code code;

    if (status != PSA_SUCCESS)
        return status;
    code = PSA_KEY_TYPE_IS_PUBLIC_KEY(key->attributes.type)
               ? vc_ecdsa_new_public(curve, vc_buffer_bytes(&material), &made, nullptr)
               : vc_ecdsa_new_private(curve, vc_buffer_bytes(&material), &made, nullptr);
    if (code != VC_OK)
        return vc_psa_status_of(code);
    vc_psa_key_set_native(key, (struct vc_psa_native){free_native, made});
    return PSA_SUCCESS;
}

static vc_psa_status borrow(struct vc_psa_key *key, struct vc_ecdsa **native)
{
    enum vc_curve curve = VC_CURVE_P256;
    vc_psa_status status = PSA_SUCCESS;

    if (!find_curve(key, &curve))
        return PSA_ERROR_CORRUPTION_DETECTED;
    if (key->native.object == nullptr || key->native.free != free_native)
        status = prepare(key, curve);
    if (status == PSA_SUCCESS)
        *native = key->native.object;
    return status;
}

static vc_psa_status sign(struct vc_psa_key *key, struct vc_bytes digest,
                          struct vc_psa_output *output)
{
    size_t size = PSA_ECDSA_SIGNATURE_SIZE(key->attributes.bits);
    struct vc_ecdsa *native = nullptr;
    vc_psa_status status = output->room < size ? PSA_ERROR_BUFFER_TOO_SMALL : borrow(key, &native);
    enum vc_code code;

    if (status != PSA_SUCCESS)
        return status;
    code = vc_ecdsa_sign(native, digest, output->data, nullptr);
    if (code == VC_OK)
        output->size = size;
    return code == VC_HOST ? PSA_ERROR_INSUFFICIENT_ENTROPY : vc_psa_status_of(code);
}

static vc_psa_status verify(struct vc_psa_key *key, struct vc_bytes digest,
                            struct vc_bytes signature)
{
    struct vc_ecdsa *native = nullptr;
    vc_psa_status status = borrow(key, &native);

    return status == PSA_SUCCESS
               ? vc_psa_status_of(vc_ecdsa_verify(native, digest, signature, nullptr))
               : status;
}

/* ---- by the core ---- */

static constexpr size_t STACK_MAX = 32768; /* bytes below a caller that the core may have used */

/* For the nonce of deterministic ECDSA Mbed TLS writes the private value to its stack, and leaves
 * it there. */
[[gnu::noinline]] static void wipe_stack(void)
{
    uint8_t stack[STACK_MAX];

    mbedtls_platform_zeroize(stack, sizeof(stack));
}

static vc_psa_status core_signs(const struct vc_psa_key *key, struct vc_psa_call *call)
{
    const struct vc_bytes input = call->inputs[0];
    struct vc_psa_output *output = &call->outputs[0];
    vc_psa_status status =
        call->function == VC_PSA_sign_hash
            ? psa_sign_hash(key->core, call->values[1], input.data, input.size, output->data,
                            output->room, &output->size)
            : psa_sign_message(key->core, call->values[1], input.data, input.size, output->data,
                               output->room, &output->size);

    if (PSA_ALG_IS_ECDSA(call->values[1]))
        wipe_stack();
    return status;
}

/* ---- of digests ---- */

vc_psa_status vc_psa_do_sign_hash(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes digest = call->inputs[0];
    psa_algorithm_t algorithm = call->values[1];
    struct vc_psa_output *output = &call->outputs[0];
    struct vc_psa_key *key;
    vc_psa_status status = find_key(psa, call, true, &key);

    if (status != PSA_SUCCESS)
        return status;
    if (!is_native(key, algorithm, false)) {
        return has_size_of_digest(algorithm, digest.size) ? core_signs(key, call)
                                                          : PSA_ERROR_INVALID_ARGUMENT;
    }
    status = vc_psa_key_for(psa, key->id, PSA_KEY_USAGE_SIGN_HASH, algorithm, &key);
    if (status == PSA_SUCCESS && !has_size_of_digest(algorithm, digest.size))
        status = PSA_ERROR_INVALID_ARGUMENT;
    return status == PSA_SUCCESS ? sign(key, digest, output) : status;
}

vc_psa_status vc_psa_do_verify_hash(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes digest = call->inputs[0], signature = call->inputs[1];
    psa_algorithm_t algorithm = call->values[1];
    struct vc_psa_key *key;
    vc_psa_status status = find_key(psa, call, false, &key);

    if (status != PSA_SUCCESS)
        return status;
    if (!is_native(key, algorithm, true)) {
        if (!has_size_of_digest(algorithm, digest.size))
            return PSA_ERROR_INVALID_ARGUMENT;
        status = psa_verify_hash(key->core, algorithm, digest.data, digest.size, signature.data,
                                 signature.size);
        return after_core(psa, call, PSA_KEY_USAGE_VERIFY_HASH, status);
    }
    status = vc_psa_key_for(psa, key->id, PSA_KEY_USAGE_VERIFY_HASH, algorithm, &key);
    if (status == PSA_SUCCESS && !has_size_of_digest(algorithm, digest.size))
        status = PSA_ERROR_INVALID_ARGUMENT;
    return status == PSA_SUCCESS ? verify(key, digest, signature) : status;
}

/* ---- of messages ---- */

struct digest {
    uint8_t bytes[PSA_HASH_MAX_SIZE];
    size_t size;
};

static vc_psa_status hash(struct vc_psa *psa, psa_algorithm_t algorithm, struct vc_bytes message,
                          struct digest *digest)
{
    struct vc_psa_call call = {
        .function = VC_PSA_hash_compute,
        .values = {PSA_ALG_SIGN_GET_HASH(algorithm)},
        .inputs = {message},
        .outputs = {{.data = digest->bytes, .room = sizeof(digest->bytes)}},
    };
    vc_psa_status status = vc_psa_do_hash_compute(psa, &call);

    digest->size = call.outputs[0].size;
    return status;
}

vc_psa_status vc_psa_do_sign_message(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes message = call->inputs[0];
    psa_algorithm_t algorithm = call->values[1];
    struct vc_psa_output *output = &call->outputs[0];
    struct vc_psa_key *key;
    struct digest digest;
    vc_psa_status status = find_key(psa, call, true, &key);

    if (status != PSA_SUCCESS)
        return status;
    if (!is_native(key, algorithm, false))
        return core_signs(key, call);
    status = vc_psa_key_for(psa, key->id, PSA_KEY_USAGE_SIGN_MESSAGE, algorithm, &key);
    if (status == PSA_SUCCESS)
        status = hash(psa, algorithm, message, &digest);
    return status == PSA_SUCCESS ? sign(key, (struct vc_bytes){digest.bytes, digest.size}, output)
                                 : status;
}

vc_psa_status vc_psa_do_verify_message(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct vc_bytes message = call->inputs[0], signature = call->inputs[1];
    psa_algorithm_t algorithm = call->values[1];
    struct vc_psa_key *key;
    struct digest digest;
    vc_psa_status status = find_key(psa, call, false, &key);

    if (status != PSA_SUCCESS)
        return status;
    if (!is_native(key, algorithm, true)) {
        status = psa_verify_message(key->core, algorithm, message.data, message.size,
                                    signature.data, signature.size);
        return after_core(psa, call, PSA_KEY_USAGE_VERIFY_MESSAGE, status);
    }
    status = vc_psa_key_for(psa, key->id, PSA_KEY_USAGE_VERIFY_MESSAGE, algorithm, &key);
    if (status == PSA_SUCCESS)
        status = hash(psa, algorithm, message, &digest);
    return status == PSA_SUCCESS
               ? verify(key, (struct vc_bytes){digest.bytes, digest.size}, signature)
               : status;
}
