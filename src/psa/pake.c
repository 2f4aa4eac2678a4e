/* SPDX-License-Identifier: MIT */

/* Password-authenticated key exchange: J-PAKE on P-256 with SHA-256, in the final form of the PAKE
 * extension to PSA Crypto 1.2. The core has the beta of it, and no names but "client" and "server":
 * only arithmetic is left to it (jpake.c). */

#include <psa/crypto.h>

#include <mbedtls/platform_util.h>

#include "psa/jpake.h"
#include "psa/service_internal.h"

/* What the specification has and the beta has not. */
static constexpr psa_algorithm_t JPAKE_MASK = 0xffffff00;
static constexpr uint32_t UNCONFIRMED_KEY = 1;
static constexpr psa_pake_primitive_t P256 =
    PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256);

static void free_pake(void *state)
{
    vc_jpake_free(state);
}

static struct vc_jpake *find(const struct vc_psa *psa, const struct vc_psa_call *call)
{
    return vc_psa_operation_state(psa, call->operation, VC_PSA_PAKE);
}

/* Whatever fails is over. */
static vc_psa_status leave(struct vc_psa *psa, struct vc_psa_call *call, vc_psa_status status)
{
    if (status != PSA_SUCCESS)
        vc_psa_operation_end(psa, VC_PSA_PAKE, &call->operation);
    return status;
}

/* ---- setting up ---- */

struct suite {
    uint32_t algorithm, primitive, confirmation;
};

static vc_psa_status check_suite(const struct suite *suite)
{
    psa_algorithm_t hash = (suite->algorithm & PSA_ALG_HASH_MASK) | PSA_ALG_CATEGORY_HASH;

    if (!PSA_ALG_IS_PAKE(suite->algorithm) || suite->primitive == 0 ||
        suite->confirmation > UNCONFIRMED_KEY)
        return PSA_ERROR_INVALID_ARGUMENT;
    if ((suite->algorithm & JPAKE_MASK) != PSA_ALG_JPAKE)
        return PSA_ERROR_NOT_SUPPORTED;
    if (hash != PSA_ALG_SHA_256 || suite->primitive != P256)
        return PSA_ERROR_NOT_SUPPORTED;
    return PSA_SUCCESS;
}

/* Asked after the key, which may not be for this at all. */
static vc_psa_status check_confirmation(const struct suite *suite)
{
    return suite->confirmation == UNCONFIRMED_KEY ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

static vc_psa_status check_password(const struct vc_psa_key *key, psa_algorithm_t algorithm)
{
    if (key == nullptr)
        return PSA_ERROR_INVALID_HANDLE;
    if ((key->attributes.usage & PSA_KEY_USAGE_DERIVE) == 0 ||
        key->attributes.algorithm != algorithm)
        return PSA_ERROR_NOT_PERMITTED;
    if (key->attributes.type != PSA_KEY_TYPE_PASSWORD &&
        key->attributes.type != PSA_KEY_TYPE_PASSWORD_HASH)
        return PSA_ERROR_INVALID_ARGUMENT;
    return PSA_SUCCESS;
}

static vc_psa_status start(const struct vc_psa_key *key, struct vc_jpake **made)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {}; /* wipes */
    vc_psa_status status = vc_psa_key_material(key, &material);

    return status == PSA_SUCCESS ? vc_jpake_new(vc_buffer_bytes(&material), made) : status;
}

vc_psa_status vc_psa_do_pake_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct suite suite = {call->values[1], call->values[2], call->values[3]};
    const struct vc_psa_key *key = vc_psa_key_find(psa, call->values[0]);
    vc_psa_status status = call->operation == 0 ? check_suite(&suite) : PSA_ERROR_BAD_STATE;
    struct vc_jpake *made = nullptr;

    if (status == PSA_SUCCESS)
        status = check_password(key, suite.algorithm);
    if (status == PSA_SUCCESS) /* J-PAKE does not confirm */
        status = check_confirmation(&suite);
    if (status == PSA_SUCCESS && !psa->options.randomness)
        status = PSA_ERROR_NOT_PERMITTED;
    if (status == PSA_SUCCESS)
        status = start(key, &made);
    if (status != PSA_SUCCESS)
        return status;
    return vc_psa_operation_begin(psa, VC_PSA_PAKE, free_pake, made, &call->operation);
}

/* ---- who is who ---- */

/* Both parties of J-PAKE do the same. */
vc_psa_status vc_psa_do_pake_set_role(struct vc_psa *psa, struct vc_psa_call *call)
{
    if (find(psa, call) == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call,
                 call->values[0] == PSA_PAKE_ROLE_NONE ? vc_jpake_check_open(find(psa, call))
                                                       : PSA_ERROR_INVALID_ARGUMENT);
}

vc_psa_status vc_psa_do_pake_set_user(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_jpake *jpake = find(psa, call);

    if (jpake == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call, vc_jpake_set_user(jpake, call->inputs[0]));
}

vc_psa_status vc_psa_do_pake_set_peer(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_jpake *jpake = find(psa, call);

    if (jpake == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call, vc_jpake_set_peer(jpake, call->inputs[0]));
}

/* J-PAKE has no context. */
vc_psa_status vc_psa_do_pake_set_context(struct vc_psa *psa, struct vc_psa_call *call)
{
    return leave(psa, call, PSA_ERROR_BAD_STATE);
}

/* ---- the rounds ---- */

vc_psa_status vc_psa_do_pake_output(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_jpake *jpake = find(psa, call);

    if (jpake == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call, vc_jpake_output(jpake, call->values[0], &call->outputs[0]));
}

vc_psa_status vc_psa_do_pake_input(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_jpake *jpake = find(psa, call);

    if (jpake == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call, vc_jpake_input(jpake, call->values[0], call->inputs[0]));
}

/* ---- the secret ---- */

static vc_psa_status import_secret(struct vc_jpake *jpake, const psa_key_attributes_t *attributes,
                                   mbedtls_svc_key_id_t *key)
{
    uint8_t secret[VC_JPAKE_POINT_SIZE];
    vc_psa_status status = vc_jpake_secret(jpake, secret);

    if (status == PSA_SUCCESS)
        status = psa_import_key(attributes, secret, sizeof(secret), key);
    mbedtls_platform_zeroize(secret, sizeof(secret));
    return status;
}

static vc_psa_status take_secret(struct vc_psa *psa, struct vc_jpake *jpake,
                                 struct vc_psa_call *call)
{
    const struct vc_psa_attributes *wanted = &call->attributes;
    mbedtls_svc_key_id_t key = MBEDTLS_SVC_KEY_ID_INIT;
    psa_key_attributes_t attributes;
    vc_psa_status status = vc_jpake_is_over(jpake) ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;

    if (status == PSA_SUCCESS)
        status = vc_psa_key_prepare(psa, wanted, &attributes);
    if (status != PSA_SUCCESS)
        return status;
    /* a point has structure: it is to be derived from, and nothing else */
    if (wanted->bits != 0 ||
        (wanted->type != PSA_KEY_TYPE_DERIVE && wanted->type != PSA_KEY_TYPE_HMAC))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = import_secret(jpake, &attributes, &key);
    return status == PSA_SUCCESS ? vc_psa_key_adopt(psa, wanted, key, &call->key) : status;
}

vc_psa_status vc_psa_do_pake_get_shared_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    struct vc_jpake *jpake = find(psa, call);
    vc_psa_status status;

    if (jpake == nullptr)
        return PSA_ERROR_BAD_STATE;
    status = take_secret(psa, jpake, call);
    vc_psa_operation_end(psa, VC_PSA_PAKE, &call->operation);
    return status;
}

vc_psa_status vc_psa_do_pake_abort(struct vc_psa *psa, struct vc_psa_call *call)
{
    vc_psa_operation_end(psa, VC_PSA_PAKE, &call->operation);
    return PSA_SUCCESS;
}
