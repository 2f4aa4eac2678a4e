/* SPDX-License-Identifier: MIT */

/* Password-authenticated key exchange: J-PAKE on P-256 with SHA-256 by the core, in the final form
 * of the PAKE extension to PSA Crypto 1.2.
 *
 * The core has its beta: there the password comes later, and the secret goes into a key derivation
 * at once. The final form has the secret as a key, so it is taken from where the core has it. */

#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* the core's state when all rounds are over */

#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ecjpake.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/psa_util.h>

#include "psa/service_internal.h"

/* What the specification has and the beta has not. */
static constexpr psa_algorithm_t JPAKE_MASK = 0xffffff00;
static constexpr uint32_t UNCONFIRMED_KEY = 1;
static constexpr psa_pake_primitive_t P256 =
    PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256);
static constexpr size_t SECRET_SIZE = 65; /* bytes: an uncompressed point */

static void free_pake(void *state)
{
    psa_pake_operation_t *core = state;

    (void)psa_pake_abort(core);
    free(core);
}

static psa_pake_operation_t *find(const struct vc_psa *psa, const struct vc_psa_call *call)
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

/* A copy of the password that the beta takes: there J-PAKE is named without its hash. The operation
 * has its own copy then. */
static vc_psa_status give_password(psa_pake_operation_t *core, const struct vc_psa_key *key)
{
    psa_key_attributes_t attributes = psa_key_attributes_init();
    mbedtls_svc_key_id_t copy = MBEDTLS_SVC_KEY_ID_INIT;
    uint8_t *material = nullptr;
    size_t size = 0;
    vc_psa_status status = vc_psa_key_material(key, &material, &size);

    if (status != PSA_SUCCESS)
        return status;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_PASSWORD);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
    psa_set_key_algorithm(&attributes, PSA_ALG_JPAKE);
    status = psa_import_key(&attributes, material, size, &copy);
    mbedtls_platform_zeroize(material, size);
    free(material);
    if (status == PSA_SUCCESS)
        status = psa_pake_set_password_key(core, copy);
    (void)psa_destroy_key(copy);
    return status;
}

static vc_psa_status start(psa_pake_operation_t *core, const struct suite *suite,
                           const struct vc_psa_key *key)
{
    psa_pake_cipher_suite_t beta = psa_pake_cipher_suite_init();
    vc_psa_status status;

    psa_pake_cs_set_algorithm(&beta, PSA_ALG_JPAKE);
    psa_pake_cs_set_primitive(&beta, suite->primitive);
    psa_pake_cs_set_hash(&beta, PSA_ALG_SHA_256);
    status = psa_pake_setup(core, &beta);
    return status == PSA_SUCCESS ? give_password(core, key) : status;
}

vc_psa_status vc_psa_do_pake_setup(struct vc_psa *psa, struct vc_psa_call *call)
{
    const struct suite suite = {call->values[1], call->values[2], call->values[3]};
    const struct vc_psa_key *key = vc_psa_key_find(psa, call->values[0]);
    vc_psa_status status = call->operation == 0 ? check_suite(&suite) : PSA_ERROR_BAD_STATE;
    psa_pake_operation_t *made;

    if (status == PSA_SUCCESS)
        status = check_password(key, suite.algorithm);
    if (status == PSA_SUCCESS) /* J-PAKE does not confirm */
        status = check_confirmation(&suite);
    if (status == PSA_SUCCESS && !psa->options.randomness)
        status = PSA_ERROR_NOT_PERMITTED;
    if (status != PSA_SUCCESS)
        return status;
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    *made = psa_pake_operation_init();
    status = start(made, &suite, key);
    if (status != PSA_SUCCESS) {
        free_pake(made);
        return status;
    }
    return vc_psa_operation_begin(psa, VC_PSA_PAKE, free_pake, made, &call->operation);
}

/* ---- who is who ---- */

vc_psa_status vc_psa_do_pake_set_role(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_pake_operation_t *core = find(psa, call);
    uint32_t role = call->values[0];

    if (core == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call,
                 role <= UINT8_MAX ? psa_pake_set_role(core, (psa_pake_role_t)role)
                                   : PSA_ERROR_INVALID_ARGUMENT);
}

/* The core knows these names, those of TLS, and no others; it would say so only at the first step.
 */
static vc_psa_status check_name(struct vc_bytes name)
{
    static const uint8_t client[] = {'c', 'l', 'i', 'e', 'n', 't'};
    static const uint8_t server[] = {'s', 'e', 'r', 'v', 'e', 'r'};

    if (name.size == 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    return name.size == sizeof(client) && (memcmp(name.data, client, name.size) == 0 ||
                                           memcmp(name.data, server, name.size) == 0)
               ? PSA_SUCCESS
               : PSA_ERROR_NOT_SUPPORTED;
}

vc_psa_status vc_psa_do_pake_set_user(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_pake_operation_t *core = find(psa, call);
    const struct vc_bytes name = call->inputs[0];
    vc_psa_status status = check_name(name);

    if (core == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call,
                 status == PSA_SUCCESS ? psa_pake_set_user(core, name.data, name.size) : status);
}

vc_psa_status vc_psa_do_pake_set_peer(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_pake_operation_t *core = find(psa, call);
    const struct vc_bytes name = call->inputs[0];
    vc_psa_status status = check_name(name);

    if (core == nullptr)
        return PSA_ERROR_BAD_STATE;
    return leave(psa, call,
                 status == PSA_SUCCESS ? psa_pake_set_peer(core, name.data, name.size) : status);
}

/* J-PAKE has no context. */
vc_psa_status vc_psa_do_pake_set_context(struct vc_psa *psa, struct vc_psa_call *call)
{
    return leave(psa, call, PSA_ERROR_BAD_STATE);
}

/* ---- the rounds ---- */

vc_psa_status vc_psa_do_pake_output(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_pake_operation_t *core = find(psa, call);
    struct vc_psa_output *output = &call->outputs[0];
    vc_psa_status status = PSA_ERROR_INVALID_ARGUMENT;

    if (core == nullptr)
        return PSA_ERROR_BAD_STATE;
    if (call->values[0] <= UINT8_MAX) {
        status = psa_pake_output(core, (psa_pake_step_t)call->values[0], output->data, output->room,
                                 &output->size);
    }
    return leave(psa, call, status);
}

vc_psa_status vc_psa_do_pake_input(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_pake_operation_t *core = find(psa, call);
    vc_psa_status status = PSA_ERROR_INVALID_ARGUMENT;

    if (core == nullptr)
        return PSA_ERROR_BAD_STATE;
    if (call->values[0] <= UINT8_MAX) {
        status = psa_pake_input(core, (psa_pake_step_t)call->values[0], call->inputs[0].data,
                                call->inputs[0].size);
    }
    return leave(psa, call, status);
}

/* ---- the secret ---- */

static bool is_over(const psa_pake_operation_t *core)
{
    return core->stage == PSA_PAKE_OPERATION_STAGE_COMPUTATION &&
           core->computation_stage.jpake.round == PSA_JPAKE_FINISHED;
}

static vc_psa_status import_secret(psa_pake_operation_t *core,
                                   const psa_key_attributes_t *attributes,
                                   mbedtls_svc_key_id_t *key)
{
    uint8_t secret[SECRET_SIZE];
    size_t size = 0;
    int code = mbedtls_ecjpake_write_shared_key(&core->data.ctx.mbedtls_ctx.ctx.jpake, secret,
                                                sizeof(secret), &size, mbedtls_psa_get_random,
                                                MBEDTLS_PSA_RANDOM_STATE);
    vc_psa_status status = code == 0 && size == SECRET_SIZE ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;

    if (status == PSA_SUCCESS)
        status = psa_import_key(attributes, secret, size, key);
    mbedtls_platform_zeroize(secret, sizeof(secret));
    return status;
}

static vc_psa_status take_secret(struct vc_psa *psa, psa_pake_operation_t *core,
                                 struct vc_psa_call *call)
{
    const struct vc_psa_attributes *wanted = &call->attributes;
    mbedtls_svc_key_id_t key = MBEDTLS_SVC_KEY_ID_INIT;
    psa_key_attributes_t attributes;
    vc_psa_status status = is_over(core) ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;

    if (status == PSA_SUCCESS)
        status = vc_psa_key_prepare(psa, wanted, &attributes);
    if (status != PSA_SUCCESS)
        return status;
    /* a point has structure: it is to be derived from, and nothing else */
    if (wanted->bits != 0 ||
        (wanted->type != PSA_KEY_TYPE_DERIVE && wanted->type != PSA_KEY_TYPE_HMAC))
        return PSA_ERROR_INVALID_ARGUMENT;
    status = import_secret(core, &attributes, &key);
    return status == PSA_SUCCESS ? vc_psa_key_adopt(psa, wanted, key, &call->key) : status;
}

vc_psa_status vc_psa_do_pake_get_shared_key(struct vc_psa *psa, struct vc_psa_call *call)
{
    psa_pake_operation_t *core = find(psa, call);
    vc_psa_status status;

    if (core == nullptr)
        return PSA_ERROR_BAD_STATE;
    status = take_secret(psa, core, call);
    vc_psa_operation_end(psa, VC_PSA_PAKE, &call->operation);
    return status;
}

vc_psa_status vc_psa_do_pake_abort(struct vc_psa *psa, struct vc_psa_call *call)
{
    vc_psa_operation_end(psa, VC_PSA_PAKE, &call->operation);
    return PSA_SUCCESS;
}
