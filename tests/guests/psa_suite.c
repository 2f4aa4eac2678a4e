/* SPDX-License-Identifier: MIT */

/* What the newest tests of Arm's public conformance suite ask (psa-arch-tests, test_c061 to
 * test_c081), in the order in which they ask it: calls on operations that are over, keys that a
 * failure has left, null pointers on the way. Of PSA Crypto 1.2: this one does not run natively. */

#include "psa_check.h"

static const uint8_t TEXT[64] = "sixty-four bytes that some calls below get for their input, here";

/* ---- psa_aead_finish, psa_aead_verify, psa_aead_abort: c061 to c063 ---- */

enum { NONCE_SIZE = 12, DATA_SIZE = 32, MESSAGE_SIZE = 24 };

static const struct aead {
    const char *name;
    psa_key_type_t type;
    size_t key_size;
    psa_algorithm_t alg;
} AEADS[] = {
    {"CCM", PSA_KEY_TYPE_AES, 16, PSA_ALG_CCM},
    {"CCM, a short tag", PSA_KEY_TYPE_AES, 16, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 4)},
    {"GCM", PSA_KEY_TYPE_AES, 16, PSA_ALG_GCM},
    {"ChaCha20-Poly1305", PSA_KEY_TYPE_CHACHA20, 32, PSA_ALG_CHACHA20_POLY1305},
};

struct sealed {
    uint8_t bytes[MESSAGE_SIZE + 16];
    size_t size, tag_size;
};

static struct sealed seal(const struct aead *row)
{
    psa_key_id_t key =
        import_as(MINE, row->type, PSA_KEY_USAGE_ENCRYPT, row->alg, TEXT, row->key_size);
    struct sealed sealed;

    GOOD(psa_aead_encrypt, key, row->alg, TEXT, NONCE_SIZE, TEXT + 8, DATA_SIZE, TEXT, MESSAGE_SIZE,
         sealed.bytes, sizeof(sealed.bytes), &sealed.size);
    sealed.tag_size = sealed.size - MESSAGE_SIZE;
    GOOD(psa_destroy_key, key);
    return sealed;
}

/* All of the message goes in; so much was promised. */
static size_t begin(psa_aead_operation_t *operation, size_t promised, const uint8_t *message,
                    uint8_t *output)
{
    size_t size = 0;

    GOOD(psa_aead_set_lengths, operation, DATA_SIZE, promised);
    GOOD(psa_aead_set_nonce, operation, TEXT, NONCE_SIZE);
    GOOD(psa_aead_update_ad, operation, TEXT + 8, DATA_SIZE);
    GOOD(psa_aead_update, operation, message, MESSAGE_SIZE, output, 64, &size);
    return size;
}

static void finish(const struct aead *row, size_t promised, size_t tag_room, psa_status_t wanted)
{
    psa_key_id_t key =
        import_as(MINE, row->type, PSA_KEY_USAGE_ENCRYPT, row->alg, TEXT, row->key_size);
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    struct sealed sealed = seal(row);
    size_t size, rest, tag_size;
    uint8_t output[96], tag[32];

    GOOD(psa_aead_encrypt_setup, &operation, key, row->alg);
    size = begin(&operation, promised, TEXT, output);
    WANT(wanted, psa_aead_finish, &operation, output + size, PSA_AEAD_FINISH_OUTPUT_MAX_SIZE, &rest,
         tag, tag_room, &tag_size);
    if (wanted == PSA_SUCCESS) {
        SAME(size + rest, MESSAGE_SIZE);
        SAME_BYTES(output, sealed.bytes, MESSAGE_SIZE);
        SAME(tag_size, sealed.tag_size);
        SAME_BYTES(tag, sealed.bytes + MESSAGE_SIZE, tag_size);
    }
    WANT(PSA_ERROR_BAD_STATE, psa_aead_finish, &operation, output, 64, &rest, tag, sizeof(tag),
         &tag_size);
    GOOD(psa_aead_abort, &operation);
    GOOD(psa_destroy_key, key);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_finish, &operation, output, 64, &rest, tag, sizeof(tag),
         &tag_size);
}

static void verify(const struct aead *row, size_t promised, size_t room, psa_status_t wanted)
{
    psa_key_id_t key =
        import_as(MINE, row->type, PSA_KEY_USAGE_DECRYPT, row->alg, TEXT, row->key_size);
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    struct sealed sealed = seal(row);
    uint8_t *tag = sealed.bytes + MESSAGE_SIZE;
    uint8_t output[96];
    size_t size, rest;

    GOOD(psa_aead_decrypt_setup, &operation, key, row->alg);
    size = begin(&operation, promised, sealed.bytes, output);
    WANT(wanted, psa_aead_verify, &operation, output + size, room, &rest, tag, sealed.tag_size);
    if (wanted == PSA_SUCCESS) {
        SAME(size + rest, MESSAGE_SIZE);
        SAME_BYTES(output, TEXT, MESSAGE_SIZE);
    }
    WANT(PSA_ERROR_BAD_STATE, psa_aead_verify, &operation, output, room, &rest, tag,
         sealed.tag_size);
    GOOD(psa_aead_abort, &operation);
    GOOD(psa_destroy_key, key);
}

static void aeads(void)
{
    psa_aead_operation_t fresh[] = {PSA_AEAD_OPERATION_INIT, psa_aead_operation_init(), {0}};

    for (size_t i = 0; i < COUNT(AEADS); i++) {
        const struct aead *row = &AEADS[i];

        book.what = row->name;
        finish(row, MESSAGE_SIZE, 32, PSA_SUCCESS);
        finish(row, MESSAGE_SIZE, 3, PSA_ERROR_BUFFER_TOO_SMALL);
        finish(row, MESSAGE_SIZE + 6, 32, PSA_ERROR_INVALID_ARGUMENT);
        verify(row, MESSAGE_SIZE, PSA_AEAD_VERIFY_OUTPUT_MAX_SIZE, PSA_SUCCESS);
        verify(row, MESSAGE_SIZE, 0, PSA_SUCCESS); /* all has been given */
        verify(row, MESSAGE_SIZE + 6, PSA_AEAD_VERIFY_OUTPUT_MAX_SIZE, PSA_ERROR_INVALID_ARGUMENT);
    }
    book.what = NULL;
    for (size_t i = 0; i < COUNT(fresh); i++)
        GOOD(psa_aead_abort, &fresh[i]);
}

/* ---- psa_key_derivation_input_integer, _verify_bytes, _verify_key: c066 to c068 ---- */

static void costs(void)
{
    static const struct row {
        psa_key_derivation_step_t step;
        uint64_t number;
        psa_status_t wanted;
    } rows[] = {
        {PSA_KEY_DERIVATION_INPUT_COST, 4, PSA_SUCCESS},
        {PSA_KEY_DERIVATION_INPUT_SALT, 4, PSA_ERROR_INVALID_ARGUMENT},
        {PSA_KEY_DERIVATION_INPUT_PASSWORD, 4, PSA_ERROR_INVALID_ARGUMENT},
        {PSA_KEY_DERIVATION_INPUT_COST, (uint64_t)-1, PSA_ERROR_NOT_SUPPORTED},
    };
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;

    for (size_t i = 0; i < COUNT(rows); i++) {
        GOOD(psa_key_derivation_setup, &operation, PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256));
        WANT(rows[i].wanted, psa_key_derivation_input_integer, &operation, rows[i].step,
             rows[i].number);
        GOOD(psa_key_derivation_abort, &operation);
        WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_input_integer, &operation, rows[i].step,
             rows[i].number);
    }
}

enum { HASH_SIZE = 32 };

static void feed_password(psa_key_derivation_operation_t *operation, psa_algorithm_t alg,
                          size_t capacity, bool all)
{
    GOOD(psa_key_derivation_setup, operation, alg);
    GOOD(psa_key_derivation_set_capacity, operation, capacity);
    GOOD(psa_key_derivation_input_integer, operation, PSA_KEY_DERIVATION_INPUT_COST, 3);
    GOOD(psa_key_derivation_input_bytes, operation, PSA_KEY_DERIVATION_INPUT_SALT, TEXT, 4);
    if (all)
        GOOD(psa_key_derivation_input_bytes, operation, PSA_KEY_DERIVATION_INPUT_PASSWORD, TEXT, 8);
}

static void password_hash(psa_algorithm_t alg, uint8_t hash[HASH_SIZE])
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;

    feed_password(&operation, alg, HASH_SIZE, true);
    GOOD(psa_key_derivation_output_bytes, &operation, hash, HASH_SIZE);
    GOOD(psa_key_derivation_abort, &operation);
}

struct check {
    psa_key_type_t type;
    psa_key_usage_t usage;
    size_t capacity;
    bool all, wrong;
    psa_status_t wanted;
};

static void verify_key(psa_algorithm_t alg, const struct check *check)
{
    psa_key_attributes_t attributes =
        attributes_of(check->type, 8 * HASH_SIZE, check->usage, alg); /* with its size */
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_key_id_t expected = 0;
    uint8_t hash[HASH_SIZE];
    size_t capacity = 77;

    password_hash(alg, hash);
    hash[31] ^= check->wrong;
    feed_password(&operation, alg, check->capacity, check->all);
    GOOD(psa_import_key, &attributes, hash, HASH_SIZE, &expected);
    WANT(check->wanted, psa_key_derivation_verify_key, &operation, expected);
    if (check->wanted == PSA_ERROR_INSUFFICIENT_DATA) {
        GOOD(psa_key_derivation_get_capacity, &operation, &capacity);
        SAME(capacity, 0);
    }
    GOOD(psa_destroy_key, expected);
    GOOD(psa_key_derivation_abort, &operation);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_verify_key, &operation, expected); /* no key */
}

static void verify_bytes(psa_algorithm_t alg)
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    uint8_t hash[HASH_SIZE];
    size_t capacity = 77;

    password_hash(alg, hash);
    feed_password(&operation, alg, HASH_SIZE, true);
    GOOD(psa_key_derivation_verify_bytes, &operation, hash, HASH_SIZE);
    GOOD(psa_key_derivation_abort, &operation);
    feed_password(&operation, alg, 16, true);
    WANT(PSA_ERROR_INSUFFICIENT_DATA, psa_key_derivation_verify_bytes, &operation, hash, HASH_SIZE);
    GOOD(psa_key_derivation_get_capacity, &operation, &capacity);
    SAME(capacity, 0);
    GOOD(psa_key_derivation_abort, &operation);
    hash[0] ^= 1;
    feed_password(&operation, alg, HASH_SIZE, true);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_key_derivation_verify_bytes, &operation, hash, HASH_SIZE);
    GOOD(psa_key_derivation_abort, &operation);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_verify_bytes, &operation, hash, HASH_SIZE);
}

/* A secret that came from nowhere goes where an agreement could. */
static void combined(bool salted)
{
    const psa_algorithm_t hkdf = PSA_ALG_HKDF(PSA_ALG_SHA_256),
                          alg = PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, hkdf);
    const psa_algorithm_t algs[] = {hkdf, alg};
    const psa_key_usage_t usages[] = {PSA_KEY_USAGE_DERIVE, PSA_KEY_USAGE_VERIFY_DERIVATION};
    psa_key_derivation_operation_t operation;
    uint8_t bytes[HASH_SIZE];

    for (size_t i = 0; i < 2; i++) {
        psa_key_id_t key = import_as(MINE, PSA_KEY_TYPE_DERIVE, usages[i], algs[i], TEXT, 16);

        memset(&operation, 0, sizeof(operation));
        GOOD(psa_key_derivation_setup, &operation, algs[i]);
        GOOD(psa_key_derivation_set_capacity, &operation, HASH_SIZE);
        if (salted)
            GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_SALT, TEXT,
                 4);
        GOOD(psa_key_derivation_input_key, &operation, PSA_KEY_DERIVATION_INPUT_SECRET, key);
        GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 4);
        if (i == 0) {
            GOOD(psa_key_derivation_output_bytes, &operation, bytes, HASH_SIZE);
        } else {
            GOOD(psa_key_derivation_verify_bytes, &operation, bytes, HASH_SIZE);
        }
        GOOD(psa_destroy_key, key);
        GOOD(psa_key_derivation_abort, &operation);
        WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_verify_bytes, &operation, bytes, HASH_SIZE);
    }
    GOOD(psa_key_derivation_setup, &operation, alg); /* nothing goes in */
    GOOD(psa_key_derivation_set_capacity, &operation, HASH_SIZE);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_verify_bytes, &operation, bytes, HASH_SIZE);
    GOOD(psa_key_derivation_abort, &operation);
}

static void derivations(void)
{
    static const psa_algorithm_t algs[] = {PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256),
                                           PSA_ALG_PBKDF2_AES_CMAC_PRF_128};
    static const psa_key_usage_t verifies = PSA_KEY_USAGE_VERIFY_DERIVATION;
    static const struct check checks[] = {
        {PSA_KEY_TYPE_PASSWORD_HASH, verifies, 32, true, false, PSA_SUCCESS},
        {PSA_KEY_TYPE_PASSWORD_HASH, verifies, 32, true, true, PSA_ERROR_INVALID_SIGNATURE},
        {PSA_KEY_TYPE_PASSWORD_HASH, verifies, 16, true, false, PSA_ERROR_INSUFFICIENT_DATA},
        {PSA_KEY_TYPE_PASSWORD_HASH, PSA_KEY_USAGE_EXPORT, 32, false, true,
         PSA_ERROR_NOT_PERMITTED},
        {PSA_KEY_TYPE_PASSWORD, verifies, 32, true, false, PSA_ERROR_INVALID_ARGUMENT},
    };

    costs();
    for (size_t i = 0; i < COUNT(algs); i++) {
        verify_bytes(algs[i]);
        for (size_t j = 0; j < COUNT(checks); j++)
            verify_key(algs[i], &checks[j]);
    }
    combined(false);
    combined(true);
}

/* ---- J-PAKE: c069 to c078 ---- */

static const psa_algorithm_t JPAKE = PSA_ALG_JPAKE(PSA_ALG_SHA_256);
static const psa_pake_primitive_t P256 =
    PSA_PAKE_PRIMITIVE(PSA_PAKE_PRIMITIVE_TYPE_ECC, PSA_ECC_FAMILY_SECP_R1, 256);

static psa_pake_cipher_suite_t suite_of(psa_algorithm_t alg, psa_pake_primitive_t primitive,
                                        uint32_t confirmation)
{
    psa_pake_cipher_suite_t suite = PSA_PAKE_CIPHER_SUITE_INIT;

    psa_pake_cs_set_algorithm(&suite, alg);
    psa_pake_cs_set_primitive(&suite, primitive);
    psa_pake_cs_set_key_confirmation(&suite, confirmation);
    return suite;
}

static psa_key_id_t password(psa_key_usage_t usage, psa_algorithm_t alg)
{
    return import_as(MINE, PSA_KEY_TYPE_PASSWORD, usage, alg, TEXT, 8);
}

/* The size of a pointer for that of a name: 4 bytes of it. */
static psa_pake_operation_t open_end(psa_key_id_t key, const char *user, const char *peer)
{
    psa_pake_cipher_suite_t suite = suite_of(JPAKE, P256, PSA_PAKE_UNCONFIRMED_KEY);
    psa_pake_operation_t operation = psa_pake_operation_init();

    GOOD(psa_pake_setup, &operation, key, &suite);
    GOOD(psa_pake_set_role, &operation, PSA_PAKE_ROLE_NONE);
    GOOD(psa_pake_set_user, &operation, (const uint8_t *)user, sizeof(user));
    GOOD(psa_pake_set_peer, &operation, (const uint8_t *)peer, sizeof(peer));
    return operation;
}

static void setups(void)
{
    static const struct row {
        psa_key_usage_t usage;
        psa_algorithm_t alg;
        uint32_t type, confirmation;
        psa_status_t wanted;
    } rows[] = {
        {PSA_KEY_USAGE_DERIVE, JPAKE, PSA_PAKE_PRIMITIVE_TYPE_ECC, 1, PSA_SUCCESS},
        {PSA_KEY_USAGE_DERIVE, PSA_ALG_CMAC, PSA_PAKE_PRIMITIVE_TYPE_ECC, 0,
         PSA_ERROR_INVALID_ARGUMENT},
        {PSA_KEY_USAGE_DERIVE, JPAKE, PSA_PAKE_PRIMITIVE_TYPE_DH, 1, PSA_ERROR_NOT_SUPPORTED},
        {PSA_KEY_USAGE_DERIVE, JPAKE, PSA_PAKE_PRIMITIVE_TYPE_ECC, 0, PSA_ERROR_INVALID_ARGUMENT},
        {PSA_KEY_USAGE_ENCRYPT, JPAKE, PSA_PAKE_PRIMITIVE_TYPE_ECC, 0, PSA_ERROR_NOT_PERMITTED},
    };
    psa_pake_operation_t operation = PSA_PAKE_OPERATION_INIT;
    psa_pake_cipher_suite_t suite;

    for (size_t i = 0; i < COUNT(rows); i++) {
        psa_key_id_t key = password(rows[i].usage, rows[i].alg);

        suite = suite_of(rows[i].alg, PSA_PAKE_PRIMITIVE(rows[i].type, PSA_ECC_FAMILY_SECP_R1, 256),
                         rows[i].confirmation);
        WANT(rows[i].wanted, psa_pake_setup, &operation, key, &suite);
        GOOD(psa_pake_abort, &operation);
        if (rows[i].wanted != PSA_SUCCESS)
            WANT(rows[i].wanted, psa_pake_setup, &operation, key, &suite);
        GOOD(psa_destroy_key, key);
    }
    suite = suite_of(JPAKE, P256, PSA_PAKE_UNCONFIRMED_KEY);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_pake_setup, &operation, 0, &suite);
}

/* A name, or a role, that may be refused; the key goes while the operation is there. */
static void names(void)
{
    static const uint8_t *const LONG = TEXT;
    static const struct row {
        const uint8_t *name;
        size_t size;
        psa_status_t wanted;
    } rows[] = {
        {LONG, 4, PSA_SUCCESS},
        {NULL, 4, PSA_ERROR_INVALID_ARGUMENT},
        {LONG, 0, PSA_ERROR_INVALID_ARGUMENT},
        {LONG, 18, PSA_ERROR_NOT_SUPPORTED},
    };
    static const psa_pake_role_t roles[] = {PSA_PAKE_ROLE_FIRST, PSA_PAKE_ROLE_SERVER, 5};
    psa_pake_cipher_suite_t suite = suite_of(JPAKE, P256, PSA_PAKE_UNCONFIRMED_KEY);
    psa_pake_operation_t operation = PSA_PAKE_OPERATION_INIT;
    psa_key_id_t key;

    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        const struct row *row = &rows[i / 2];
        bool peer = i % 2 == 1;

        key = password(PSA_KEY_USAGE_DERIVE, JPAKE);
        GOOD(psa_pake_setup, &operation, key, &suite);
        if (peer) {
            GOOD(psa_pake_set_user, &operation, TEXT + 1, 4);
            WANT(row->wanted, psa_pake_set_peer, &operation, row->name, row->size);
        } else {
            WANT(row->wanted, psa_pake_set_user, &operation, row->name, row->size);
        }
        GOOD(psa_destroy_key, key);
        GOOD(psa_pake_abort, &operation);
        WANT(PSA_ERROR_BAD_STATE, psa_pake_set_peer, &operation, TEXT, 4);
    }
    for (size_t i = 0; i < COUNT(roles); i++) {
        key = password(PSA_KEY_USAGE_DERIVE, JPAKE);
        GOOD(psa_pake_setup, &operation, key, &suite);
        WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_set_role, &operation, roles[i]);
        GOOD(psa_pake_abort, &operation);
        GOOD(psa_destroy_key, key);
        WANT(PSA_ERROR_BAD_STATE, psa_pake_set_role, &operation, roles[i]);
    }
    key = password(PSA_KEY_USAGE_DERIVE, JPAKE);
    operation = open_end(key, "user", "peer");
    WANT(PSA_ERROR_BAD_STATE, psa_pake_set_context, &operation, TEXT, 7);
    GOOD(psa_destroy_key, key);
    GOOD(psa_pake_abort, &operation);
    GOOD(psa_pake_abort, &operation);
}

/* One share, and a step of another protocol; after each of them a null pointer, which does no harm.
 */
static void steps(bool spoil)
{
    psa_key_id_t key = password(PSA_KEY_USAGE_DERIVE, JPAKE);
    psa_pake_operation_t user = open_end(key, "user", "peer"), peer = open_end(key, "peer", "user");
    uint8_t output[PSA_PAKE_OUTPUT_MAX_SIZE];
    size_t size = 0;

    for (psa_pake_step_t step = PSA_PAKE_STEP_KEY_SHARE; step < PSA_PAKE_STEP_CONFIRM; step++) {
        bool last = spoil && step == PSA_PAKE_STEP_ZK_PROOF;

        GOOD(psa_pake_output, &user, step, output, PSA_PAKE_OUTPUT_SIZE(JPAKE, P256, step), &size);
        WANT(last ? PSA_ERROR_INVALID_SIGNATURE : PSA_SUCCESS, psa_pake_input, &peer, step,
             last ? TEXT : output, size);
        if (!last)
            WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_input, &peer, step, NULL, size);
    }
    WANT(spoil ? PSA_ERROR_BAD_STATE : PSA_ERROR_INVALID_ARGUMENT, psa_pake_input, &peer,
         PSA_PAKE_STEP_CONFIRM, output, size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_pake_output, &user, PSA_PAKE_STEP_CONFIRM, output,
         sizeof(output), &size);
    GOOD(psa_pake_abort, &user);
    GOOD(psa_pake_abort, &peer);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_input, &peer, PSA_PAKE_STEP_CONFIRM, output, 32);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_output, &user, PSA_PAKE_STEP_CONFIRM, output, sizeof(output),
         &size);
    user = open_end(key, "user", "peer");
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_pake_output, &user, PSA_PAKE_STEP_KEY_SHARE, output,
         PSA_PAKE_OUTPUT_SIZE(JPAKE, P256, PSA_PAKE_STEP_KEY_SHARE) - 10, &size);
    GOOD(psa_pake_abort, &user);
    GOOD(psa_destroy_key, key);
}

static void say(psa_pake_operation_t *from, psa_pake_operation_t *to, size_t shares)
{
    uint8_t data[1024];
    size_t size;

    for (size_t i = 0; i < 3 * shares; i++) {
        psa_pake_step_t step = (psa_pake_step_t)(PSA_PAKE_STEP_KEY_SHARE + i % 3);

        GOOD(psa_pake_output, from, step, data, sizeof(data), &size);
        GOOD(psa_pake_input, to, step, data, size);
    }
}

static void premaster_secret(psa_pake_operation_t *end, psa_key_attributes_t *attributes,
                             uint8_t secret[HASH_SIZE])
{
    psa_key_derivation_operation_t kdf = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_key_id_t key = 0;

    GOOD(psa_pake_get_shared_key, end, attributes, &key);
    GOOD(psa_pake_abort, end);
    GOOD(psa_key_derivation_setup, &kdf, PSA_ALG_TLS12_ECJPAKE_TO_PMS);
    GOOD(psa_key_derivation_input_key, &kdf, PSA_KEY_DERIVATION_INPUT_SECRET, key);
    GOOD(psa_key_derivation_output_bytes, &kdf, secret, HASH_SIZE);
    GOOD(psa_key_derivation_abort, &kdf);
    GOOD(psa_destroy_key, key);
}

static void exchange(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t alg,
                     psa_status_t wanted)
{
    psa_key_id_t key = password(PSA_KEY_USAGE_DERIVE, JPAKE), shared = 77;
    psa_pake_operation_t user = open_end(key, "client", "server"),
                         peer = open_end(key, "server", "client");
    psa_key_attributes_t attributes = attributes_of(type, 0, usage, alg);
    uint8_t secrets[2][HASH_SIZE];

    say(&user, &peer, 2);
    say(&peer, &user, 2);
    say(&user, &peer, 1);
    say(&peer, &user, 1);
    if (alg == PSA_ALG_TLS12_ECJPAKE_TO_PMS) {
        premaster_secret(&user, &attributes, secrets[0]);
        premaster_secret(&peer, &attributes, secrets[1]);
        SAME_BYTES(secrets[0], secrets[1], HASH_SIZE);
    } else {
        WANT(wanted, psa_pake_get_shared_key, &user, &attributes, &shared);
        GOOD(psa_destroy_key, shared);
    }
    GOOD(psa_pake_abort, &user);
    GOOD(psa_pake_abort, &peer);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_get_shared_key, &user, &attributes, &shared);
    SAME(shared, 0);
    GOOD(psa_destroy_key, key);
}

static void exchanges(void)
{
    const psa_algorithm_t hkdf = PSA_ALG_HKDF(PSA_ALG_SHA_256);
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_DERIVE, 0, PSA_KEY_USAGE_DERIVE, hkdf);
    psa_key_id_t key = password(PSA_KEY_USAGE_DERIVE, JPAKE), early = 77;
    psa_pake_operation_t user = open_end(key, "client", "server");

    setups();
    names();
    steps(false);
    steps(true);
    WANT(PSA_ERROR_BAD_STATE, psa_pake_get_shared_key, &user, &attributes, &early);
    SAME(early, 0);
    GOOD(psa_pake_abort, &user);
    GOOD(psa_destroy_key, key);
    exchange(PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, hkdf, PSA_SUCCESS);
    exchange(PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, PSA_ALG_TLS12_ECJPAKE_TO_PMS, PSA_SUCCESS);
    exchange(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DERIVE, hkdf, PSA_ERROR_INVALID_ARGUMENT);
    exchange(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_EXPORT, hkdf, PSA_ERROR_INVALID_ARGUMENT);
}

/* ---- psa_key_agreement: c080 ---- */

static void agree(psa_key_id_t key, const struct bytes *peer, psa_algorithm_t alg,
                  const psa_key_attributes_t *attributes, psa_status_t wanted)
{
    psa_key_derivation_operation_t kdf = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_key_id_t made = 0xdead;
    uint8_t secret[32];

    WANT(wanted, psa_key_agreement, key, peer->data, peer->size, alg, attributes, &made);
    if (wanted == PSA_SUCCESS && psa_get_key_type(attributes) == PSA_KEY_TYPE_DERIVE) {
        GOOD(psa_key_derivation_setup, &kdf, psa_get_key_algorithm(attributes));
        GOOD(psa_key_derivation_input_key, &kdf, PSA_KEY_DERIVATION_INPUT_SECRET, made);
        GOOD(psa_key_derivation_input_bytes, &kdf, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 16);
        GOOD(psa_key_derivation_output_bytes, &kdf, secret, sizeof(secret));
        GOOD(psa_key_derivation_abort, &kdf);
    }
    GOOD(psa_destroy_key, made); /* none after a failure, which is as good */
}

static struct bytes public_of(psa_key_id_t key)
{
    struct bytes bytes = {0};

    GOOD(psa_export_public_key, key, bytes.data, BYTES_MAX, &bytes.size);
    return bytes;
}

static void agreements(void)
{
    const psa_key_type_t pair = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
                         public = PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1);
    const psa_algorithm_t hkdf = PSA_ALG_HKDF(PSA_ALG_SHA_256),
                          both = PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, hkdf);
    const psa_key_usage_t derives = PSA_KEY_USAGE_DERIVE;
    psa_key_attributes_t form = attributes_of(PSA_KEY_TYPE_DERIVE, 0, derives, hkdf);
    psa_key_id_t p256 = import_as(MINE, pair, derives, PSA_ALG_ECDH, TEXT, 32),
                 p384 = import_as(MINE, pair, derives, PSA_ALG_ECDH, TEXT, 48),
                 no_use = import_as(MINE, pair, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_ECDH, TEXT, 32),
                 signs = import_as(MINE, pair, derives, PSA_ALG_ECDSA_ANY, TEXT, 32),
                 combines = import_as(MINE, pair, derives, both, TEXT, 32);
    static struct bytes point, longer;
    psa_key_id_t point_key;

    point = public_of(p256);
    longer = public_of(p384);
    point_key = import_as(MINE, public, derives, PSA_ALG_ECDH, point.data, point.size);
    agree(p256, &point, PSA_ALG_ECDH, &form, PSA_SUCCESS);
    agree(p384, &longer, PSA_ALG_ECDH, &form, PSA_SUCCESS);
    agree(no_use, &point, PSA_ALG_ECDH, &form, PSA_ERROR_NOT_PERMITTED);
    agree(signs, &point, PSA_ALG_ECDSA_ANY, &form, PSA_ERROR_INVALID_ARGUMENT);
    agree(combines, &point, both, &form, PSA_ERROR_NOT_SUPPORTED);
    agree(p256, &longer, PSA_ALG_ECDH, &form, PSA_ERROR_INVALID_ARGUMENT);
    agree(point_key, &point, PSA_ALG_ECDH, &form, PSA_ERROR_INVALID_ARGUMENT);
    agree(8, &point, PSA_ALG_ECDH, &form, PSA_ERROR_INVALID_HANDLE);
    agree(0, &point, PSA_ALG_ECDH, &form, PSA_ERROR_INVALID_HANDLE);
    psa_set_key_type(&form, PSA_KEY_TYPE_AES);
    agree(p256, &point, PSA_ALG_ECDH, &form, PSA_ERROR_INVALID_ARGUMENT);
    psa_set_key_type(&form, PSA_KEY_TYPE_RAW_DATA);
    agree(p256, &point, PSA_ALG_ECDH, &form, PSA_SUCCESS);
    psa_set_key_type(&form, PSA_KEY_TYPE_PASSWORD_HASH);
    psa_set_key_usage_flags(&form, PSA_KEY_USAGE_DECRYPT);
    agree(p256, &point, PSA_ALG_ECDH, &form, PSA_ERROR_INVALID_ARGUMENT);
    for (size_t i = 0; i < 6; i++)
        GOOD(psa_destroy_key,
             ((const psa_key_id_t[]){p256, p384, no_use, signs, combines, point_key})[i]);
}

/* ---- as many operations as there may be: c081 ---- */

enum { OPERATIONS_MAX = 128 };

static void many(void)
{
    psa_hash_operation_t operations[OPERATIONS_MAX], more = PSA_HASH_OPERATION_INIT;

    for (size_t i = 0; i < OPERATIONS_MAX; i++) {
        operations[i] = psa_hash_operation_init();
        GOOD(psa_hash_setup, &operations[i], PSA_ALG_SHA_256);
    }
    WANT(PSA_ERROR_INSUFFICIENT_MEMORY, psa_hash_setup, &more, PSA_ALG_SHA_256);
    GOOD(psa_hash_abort, &more);
    for (size_t i = 0; i < OPERATIONS_MAX; i++)
        GOOD(psa_hash_abort, &operations[i]);
    GOOD(psa_hash_setup, &more, PSA_ALG_SHA_256);
    GOOD(psa_hash_abort, &more);
}

int main(void)
{
    GOOD(psa_crypto_init);
    aeads();
    derivations();
    exchanges();
    agreements();
    many();
    return end_of_book();
}
