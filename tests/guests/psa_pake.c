/* SPDX-License-Identifier: MIT */

/* J-PAKE, between two ends in one program, and what has to be refused. In the final form of the
 * PAKE extension, which Mbed TLS 3.6 has not: this one does not run natively. */

#include "psa_check.h"

static const uint8_t TEXT[64] = "sixty-four bytes that some calls below get for their input, here";
static const psa_key_usage_t EXPORT = PSA_KEY_USAGE_EXPORT;

static const psa_algorithm_t JPAKE = PSA_ALG_JPAKE(PSA_ALG_SHA_256);

static psa_pake_cipher_suite_t suite_of(psa_algorithm_t alg, size_t bits, uint32_t confirmation)
{
    psa_pake_cipher_suite_t suite = PSA_PAKE_CIPHER_SUITE_INIT;

    psa_pake_cs_set_algorithm(&suite, alg);
    psa_pake_cs_set_primitive(
        &suite, PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, bits));
    psa_pake_cs_set_key_confirmation(&suite, confirmation);
    return suite;
}

struct end {
    psa_pake_operation_t operation;
    psa_key_id_t password, shared;
};

static void open_end(struct end *end, enum side side, const char *password, const char *user,
                     const char *peer)
{
    psa_pake_cipher_suite_t suite = suite_of(JPAKE, 256, PSA_PAKE_UNCONFIRMED_KEY);

    end->operation = psa_pake_operation_init();
    end->password = import_as(side, PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_DERIVE, JPAKE,
                              (const uint8_t *)password, strlen(password));
    GOOD(psa_pake_setup, &end->operation, end->password, &suite);
    GOOD(psa_pake_set_role, &end->operation, PSA_PAKE_ROLE_NONE);
    GOOD(psa_pake_set_user, &end->operation, (const uint8_t *)user, strlen(user));
    GOOD(psa_pake_set_peer, &end->operation, (const uint8_t *)peer, strlen(peer));
}

static const psa_pake_step_t STEPS[] = {PSA_PAKE_STEP_KEY_SHARE, PSA_PAKE_STEP_ZK_PUBLIC,
                                        PSA_PAKE_STEP_ZK_PROOF};

/* One end's shares and their proofs, to the other. A bit of a proof is changed: then one of the
 * inputs is refused, and whatever comes later. */
static void exchange(struct end *from, struct end *to, size_t shares, bool spoil)
{
    uint8_t part[6][PSA_PAKE_OUTPUT_MAX_SIZE];
    psa_status_t status = PSA_SUCCESS;
    size_t size[6];

    for (size_t i = 0; i < 3 * shares; i++) {
        GOOD(psa_pake_output, &from->operation, STEPS[i % 3], part[i], sizeof(part[i]), &size[i]);
        SAME(size[i], PSA_PAKE_OUTPUT_SIZE(JPAKE, UINT32_C(0x01120100), STEPS[i % 3]));
    }
    part[2][9] ^= spoil;
    for (size_t i = 0; i < 3 * shares && status == PSA_SUCCESS; i++) {
        status = psa_pake_input(&to->operation, STEPS[i % 3], part[i], size[i]);
        if (status == PSA_SUCCESS) /* nothing has happened then */
            WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_input, &to->operation, STEPS[i % 3], NULL,
                 size[i]);
    }
    SAME(status == PSA_SUCCESS, !spoil);
    remember("psa_pake_input", status == PSA_SUCCESS);
    if (spoil)
        WANT(PSA_ERROR_BAD_STATE, psa_pake_input, &to->operation, STEPS[0], part[0], size[0]);
}

static void close_end(struct end *end)
{
    GOOD(psa_pake_abort, &end->operation);
    GOOD(psa_destroy_key, end->password);
}

/* HKDF of what an end has, for comparison: the key itself is nobody's to see. */
static void fingerprint(psa_key_id_t key, uint8_t found[32])
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;

    GOOD(psa_key_derivation_setup, &operation, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    GOOD(psa_key_derivation_input_key, &operation, PSA_KEY_DERIVATION_INPUT_SECRET, key);
    GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 5);
    GOOD(psa_key_derivation_output_bytes, &operation, found, 32);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_destroy_key, key);
}

static void jpake(enum side side, const char *password, bool alike)
{
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_DERIVE, 0, PSA_KEY_USAGE_DERIVE, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    struct end client, server;
    uint8_t found[2][32];
    psa_key_id_t early = 77;

    open_end(&client, side, "sesame", "alice", "bob");
    open_end(&server, MINE, password, "bob", "alice");
    exchange(&client, &server, 2, false);
    exchange(&server, &client, 2, false);
    exchange(&server, &client, 1, false);
    exchange(&client, &server, 1, false);
    GOOD(psa_pake_get_shared_key, &client.operation, &attributes, &client.shared);
    GOOD(psa_pake_get_shared_key, &server.operation, &attributes, &server.shared);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_get_shared_key, &server.operation, &attributes, &early);
    SAME(early, 0);
    fingerprint(client.shared, found[0]);
    fingerprint(server.shared, found[1]);
    SAME(memcmp(found[0], found[1], 32) == 0, alike);
    close_end(&client);
    close_end(&server);
}

static void jpake_refusals(void)
{
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_DERIVE, 0, PSA_KEY_USAGE_DERIVE, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    psa_pake_cipher_suite_t suite = suite_of(JPAKE, 256, PSA_PAKE_UNCONFIRMED_KEY), wrong;
    psa_key_id_t word =
        import_as(MINE, PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_DERIVE, JPAKE, TEXT, 8);
    psa_key_id_t no_use = import_as(MINE, PSA_KEY_TYPE_PASSWORD, EXPORT, JPAKE, TEXT, 8);
    psa_key_id_t no_word = import_as(MINE, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DERIVE, JPAKE, TEXT, 16);
    psa_pake_operation_t operation = PSA_PAKE_OPERATION_INIT;
    uint8_t output[PSA_PAKE_OUTPUT_MAX_SIZE];
    psa_key_id_t made;
    size_t size;

    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_role, &operation, PSA_PAKE_ROLE_NONE);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_user, &operation, TEXT, 4);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_peer, &operation, TEXT, 4);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_context, &operation, TEXT, 4);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_output, &operation, STEPS[0], output, sizeof(output), &size);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_input, &operation, STEPS[0], output, 65);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_get_shared_key, &operation, &attributes, &made);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_pake_setup, &operation, 0xdead, &suite);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_pake_setup, &operation, no_use, &suite);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_setup, &operation, no_word, &suite);
    wrong = suite_of(PSA_ALG_SHA_256, 256, PSA_PAKE_UNCONFIRMED_KEY);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_setup, &operation, word, &wrong);
    wrong = suite_of(PSA_ALG_SPAKE2P_HMAC(PSA_ALG_SHA_256), 256, PSA_PAKE_CONFIRMED_KEY);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_pake_setup, &operation, word, &wrong);
    wrong = suite_of(JPAKE, 384, PSA_PAKE_UNCONFIRMED_KEY);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_pake_setup, &operation, word, &wrong);
    wrong = suite_of(JPAKE, 256, PSA_PAKE_CONFIRMED_KEY);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_setup, &operation, word, &wrong);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_pake_setup, &operation, no_use, &wrong);
    GOOD(psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_setup, &operation, word, &suite);
    GOOD(psa_pake_abort, &operation);
    GOOD(psa_pake_setup, &operation, word, &suite); /* nobody has said who is who */
    WANT(PSA_ERROR_BAD_STATE, psa_pake_output, &operation, STEPS[0], output, sizeof(output), &size);
    GOOD(psa_pake_abort, &operation);
    GOOD(psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_get_shared_key, &operation, &attributes, &made);
    GOOD(psa_pake_abort, &operation);
    GOOD(psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_context, &operation, TEXT, 4);
    GOOD(psa_pake_abort, &operation);
    GOOD(psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_set_role, &operation, PSA_PAKE_ROLE_CLIENT);
    GOOD(psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_set_user, &operation, TEXT, 0);
    GOOD(psa_pake_setup, &operation, word, &suite);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_pake_set_user, &operation, TEXT, 17);
    GOOD(psa_pake_setup, &operation, word, &suite);
    GOOD(psa_pake_set_user, &operation, TEXT, 16);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_set_peer, &operation, TEXT, 16); /* oneself */
    GOOD(psa_destroy_key, word);
    GOOD(psa_destroy_key, no_use);
    GOOD(psa_destroy_key, no_word);
}

static void jpake_spoilt(void)
{
    struct end client, server;

    open_end(&client, MINE, "sesame", "alice", "bob");
    open_end(&server, MINE, "sesame", "bob", "alice");
    exchange(&client, &server, 2, true);
    close_end(&client);
    close_end(&server);
}

int main(void)
{
    GOOD(psa_crypto_init);
    for (enum side side = MINE; side <= KEPT; side++) {
        jpake(side, "sesame", true);
        jpake(side, "open it", false);
    }
    jpake_refusals();
    jpake_spoilt();
    return end_of_book();
}
