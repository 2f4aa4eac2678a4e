/* SPDX-License-Identifier: MIT */

/* Key derivation and key agreement: vectors of the standards, with the program's own keys and with
 * keys that it never sees; and what has to be refused. */

#include "psa_check.h"

static const uint8_t TEXT[64] = "sixty-four bytes that some calls below get for their input, here";
static const psa_key_usage_t EXPORT = PSA_KEY_USAGE_EXPORT;

/* ---- key derivation ---- */

/* RFC 5869 A.1 and A.3, the TLS 1.2 PRF as it was told on the IETF's list, RFC 7914 11. */
static const struct derivation {
    const char *name;
    psa_algorithm_t alg;
    psa_key_type_t type;
    psa_key_derivation_step_t steps[3]; /* in the order in which they come; 0: none */
    const char *inputs[3];              /* of the secret: the key; of the cost: nothing */
    uint64_t cost;
    const char *output;
} DERIVATIONS[] = {
    {"HKDF",
     PSA_ALG_HKDF(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SALT, PSA_KEY_DERIVATION_INPUT_SECRET,
      PSA_KEY_DERIVATION_INPUT_INFO},
     {"000102030405060708090a0b0c", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
      "f0f1f2f3f4f5f6f7f8f9"},
     0,
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"HKDF without salt",
     PSA_ALG_HKDF(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SECRET, PSA_KEY_DERIVATION_INPUT_INFO, 0},
     {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", NULL},
     0,
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    {"HKDF, the first half",
     PSA_ALG_HKDF_EXTRACT(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SALT, PSA_KEY_DERIVATION_INPUT_SECRET, 0},
     {"000102030405060708090a0b0c", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", NULL},
     0,
     "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"},
    {"HKDF, the second half",
     PSA_ALG_HKDF_EXPAND(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SECRET, PSA_KEY_DERIVATION_INPUT_INFO, 0},
     {"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", "f0f1f2f3f4f5f6f7f8f9",
      NULL},
     0,
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"TLS 1.2 PRF",
     PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_DERIVE,
     {PSA_KEY_DERIVATION_INPUT_SEED, PSA_KEY_DERIVATION_INPUT_SECRET,
      PSA_KEY_DERIVATION_INPUT_LABEL},
     {"a0ba9f936cda311827a6f796ffd5198c", "9bbe436ba940f017b17652849a71db35",
      "74657374206c6162656c"},
     0,
     "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"},
    {"PBKDF2",
     PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256),
     PSA_KEY_TYPE_PASSWORD,
     {PSA_KEY_DERIVATION_INPUT_COST, PSA_KEY_DERIVATION_INPUT_SALT,
      PSA_KEY_DERIVATION_INPUT_PASSWORD},
     {"", "73616c74", "706173737764"},
     1,
     "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
     "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
};

static const struct bytes *secret_of(const struct derivation *row)
{
    static struct bytes secret;

    for (size_t i = 0; i < 3; i++) {
        if ((row->steps[i] & 0xff00) == 0x0100)
            secret = hex(row->inputs[i]);
    }
    return &secret;
}

static void feed(const struct derivation *row, psa_key_id_t key,
                 psa_key_derivation_operation_t *operation)
{
    GOOD(psa_key_derivation_setup, operation, row->alg);
    for (size_t i = 0; i < 3 && row->steps[i] != 0; i++) {
        struct bytes input = hex(row->inputs[i]);

        if (row->steps[i] == PSA_KEY_DERIVATION_INPUT_COST) {
            GOOD(psa_key_derivation_input_integer, operation, row->steps[i], row->cost);
        } else if ((row->steps[i] & 0xff00) == 0x0100) {
            GOOD(psa_key_derivation_input_key, operation, row->steps[i], key);
        } else {
            GOOD(psa_key_derivation_input_bytes, operation, row->steps[i], input.data, input.size);
        }
    }
}

static void derive_bytes(const struct derivation *row, psa_key_id_t key)
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    struct bytes wanted = hex(row->output);
    uint8_t found[64];
    size_t capacity = 0;

    feed(row, key, &operation);
    GOOD(psa_key_derivation_get_capacity, &operation, &capacity);
    SAME(capacity >= wanted.size, 1);
    GOOD(psa_key_derivation_set_capacity, &operation, wanted.size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_set_capacity, &operation, wanted.size + 1);
    GOOD(psa_key_derivation_output_bytes, &operation, found, 5);
    GOOD(psa_key_derivation_output_bytes, &operation, found + 5, 0);
    GOOD(psa_key_derivation_output_bytes, &operation, found + 5, wanted.size - 5);
    SAME_BYTES(found, wanted.data, wanted.size);
    GOOD(psa_key_derivation_get_capacity, &operation, &capacity);
    SAME(capacity, 0);
    WANT(PSA_ERROR_INSUFFICIENT_DATA, psa_key_derivation_output_bytes, &operation, found, 1);
    GOOD(psa_key_derivation_abort, &operation);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_output_bytes, &operation, found, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_get_capacity, &operation, &capacity);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_set_capacity, &operation, 3);
    WANT(PSA_ERROR_INSUFFICIENT_DATA, psa_key_derivation_output_bytes, &operation, found, 4);
    GOOD(psa_key_derivation_get_capacity, &operation, &capacity);
    SAME(capacity, 0); /* and not 3 */
    GOOD(psa_key_derivation_abort, &operation);
}

static void derive_keys(const struct derivation *row, psa_key_id_t key)
{
    psa_key_attributes_t attributes = attributes_of(PSA_KEY_TYPE_AES, 128, EXPORT, PSA_ALG_CTR);
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    struct bytes wanted = hex(row->output);
    psa_key_id_t made = 77;
    uint8_t found[16];
    size_t size = 0;

    feed(row, key, &operation);
    GOOD(psa_key_derivation_output_key, &attributes, &operation, &made);
    GOOD(psa_export_key, made, found, sizeof(found), &size);
    SAME(size, 16);
    SAME_BYTES(found, wanted.data, 16);
    GOOD(psa_destroy_key, made);
    psa_set_key_bits(&attributes, 0);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_output_key, &attributes, &operation, &made);
    SAME(made, 0);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_set_capacity, &operation, 15);
    psa_set_key_bits(&attributes, 128);
    WANT(PSA_ERROR_INSUFFICIENT_DATA, psa_key_derivation_output_key, &attributes, &operation,
         &made);
    GOOD(psa_key_derivation_abort, &operation);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_output_key, &attributes, &operation, &made);
}

#ifdef __wasm__ /* 1.1 and 1.2 of the specification, which Mbed TLS 3.6 has not */

static void verify_derived(const struct derivation *row, psa_key_id_t key)
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    struct bytes wanted = hex(row->output);
    const psa_key_usage_t usage = PSA_KEY_USAGE_VERIFY_DERIVATION;
    psa_key_id_t expected =
        import_as(MINE, PSA_KEY_TYPE_PASSWORD_HASH, usage, row->alg, wanted.data, 20);
    psa_key_id_t no_hash = import_as(MINE, PSA_KEY_TYPE_RAW_DATA, usage, row->alg, wanted.data, 20);

    feed(row, key, &operation);
    GOOD(psa_key_derivation_verify_bytes, &operation, wanted.data, 7);
    GOOD(psa_key_derivation_verify_bytes, &operation, wanted.data + 7, 9);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_key_derivation_verify_bytes, &operation, wanted.data, 9);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_verify_bytes, &operation, wanted.data, 9);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_verify_key, &operation, expected);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_verify_bytes, &operation, wanted.data, 1);
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_key_derivation_verify_key, &operation, expected);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_verify_key, &operation, no_hash);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_key_derivation_verify_key, &operation, 0xdead);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    GOOD(psa_key_derivation_set_capacity, &operation, 4);
    WANT(PSA_ERROR_INSUFFICIENT_DATA, psa_key_derivation_verify_bytes, &operation, wanted.data, 5);
    GOOD(psa_key_derivation_abort, &operation);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_verify_key, &operation, expected);
    GOOD(psa_destroy_key, expected);
    GOOD(psa_destroy_key, no_hash);
}

/* What may only be verified gives no bytes and no keys. */
static void only_verified(const struct derivation *row)
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    const struct bytes *secret = secret_of(row);
    psa_key_id_t key = import_as(MINE, row->type, PSA_KEY_USAGE_VERIFY_DERIVATION, row->alg,
                                 secret->data, secret->size);
    psa_key_attributes_t attributes = attributes_of(PSA_KEY_TYPE_AES, 128, EXPORT, PSA_ALG_CTR);
    struct bytes wanted = hex(row->output);
    uint8_t found[16];
    psa_key_id_t made;

    feed(row, key, &operation);
    GOOD(psa_key_derivation_verify_bytes, &operation, wanted.data, wanted.size);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_derivation_output_bytes, &operation, found, 16);
    GOOD(psa_key_derivation_abort, &operation);
    feed(row, key, &operation);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_derivation_output_key, &attributes, &operation, &made);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_destroy_key, key);
}

#endif

static void derivations(enum side side)
{
    for (size_t i = 0; i < COUNT(DERIVATIONS); i++) {
        const struct derivation *row = &DERIVATIONS[i];
        const struct bytes *secret = secret_of(row);
        psa_key_id_t key;

        book.what = row->name;
        key =
            import_as(side, row->type, PSA_KEY_USAGE_DERIVE, row->alg, secret->data, secret->size);
        derive_bytes(row, key);
        derive_keys(row, key);
#ifdef __wasm__
        verify_derived(row, key);
        only_verified(row);
#endif
        GOOD(psa_destroy_key, key);
    }
    book.what = NULL;
}

static void derivation_refusals(enum side side)
{
    const psa_algorithm_t alg = PSA_ALG_HKDF(PSA_ALG_SHA_256);
    psa_key_id_t key = import_as(side, PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, alg, TEXT, 32);
    psa_key_id_t no_use = import_as(MINE, PSA_KEY_TYPE_DERIVE, EXPORT, alg, TEXT, 32);
    psa_key_id_t no_secret =
        import_as(MINE, PSA_KEY_TYPE_RAW_DATA, PSA_KEY_USAGE_DERIVE, alg, TEXT, 32);
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    const psa_key_derivation_step_t secret = PSA_KEY_DERIVATION_INPUT_SECRET;
    psa_key_attributes_t attributes = attributes_of(PSA_KEY_TYPE_AES, 128, EXPORT, PSA_ALG_CTR);
    uint8_t bytes[16];
    psa_key_id_t made;

    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_set_capacity, &operation, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_input_bytes, &operation,
         PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_input_integer, &operation,
         PSA_KEY_DERIVATION_INPUT_COST, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_input_key, &operation, secret, key);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_key_agreement, &operation, secret, key, TEXT, 32);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_setup, &operation, PSA_ALG_SHA_256);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_key_derivation_setup, &operation,
         PSA_ALG_HKDF(PSA_ALG_SHA3_224 + 9));

#define BEGUN()                                          \
    do {                                                 \
        GOOD(psa_key_derivation_abort, &operation);      \
        GOOD(psa_key_derivation_setup, &operation, alg); \
    } while (0)
    BEGUN();
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_setup, &operation, alg);
    BEGUN();
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_output_bytes, &operation, bytes, 1);
    BEGUN();
    WANT(PSA_ERROR_INVALID_HANDLE, psa_key_derivation_input_key, &operation, secret, 0xdead);
    BEGUN();
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_derivation_input_key, &operation, secret, no_use);
    BEGUN();
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_input_key, &operation, secret, no_secret);
    BEGUN();
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_input_bytes, &operation,
         PSA_KEY_DERIVATION_INPUT_SEED, TEXT, 1);
    BEGUN();
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_input_integer, &operation,
         PSA_KEY_DERIVATION_INPUT_COST, 1);
    BEGUN(); /* bytes are good for bytes, not for keys */
    GOOD(psa_key_derivation_input_bytes, &operation, secret, TEXT, 32);
    GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 0);
    GOOD(psa_key_derivation_output_bytes, &operation, bytes, 16);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_derivation_output_key, &attributes, &operation, &made);
    BEGUN();
    GOOD(psa_key_derivation_input_key, &operation, secret, key);
    WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_input_bytes, &operation,
         PSA_KEY_DERIVATION_INPUT_SALT, TEXT, 1); /* too late */
    GOOD(psa_key_derivation_abort, &operation);
#undef BEGUN
    GOOD(psa_destroy_key, key);
    GOOD(psa_destroy_key, no_use);
    GOOD(psa_destroy_key, no_secret);
}

/* ---- key agreement ---- */

/* RFC 7748 6.1. */
static const char ALICE[] = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
static const char ALICE_PUBLIC[] =
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
static const char BOB[] = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
static const char BOB_PUBLIC[] = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
static const char SHARED[] = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

static const psa_key_type_t X25519 = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY);

static void x25519(enum side side)
{
    struct bytes mine = hex(ALICE), point = hex(ALICE_PUBLIC), peer = hex(BOB_PUBLIC),
                 shared = hex(SHARED);
    psa_key_id_t key = import_as(side, X25519, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, mine.data, 32);
    psa_key_id_t other = import(X25519, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, BOB);
    uint8_t found[32];
    size_t size = 0;

    GOOD(psa_export_public_key, key, found, sizeof(found), &size);
    SAME_BYTES(found, point.data, 32);
    GOOD(psa_raw_key_agreement, PSA_ALG_ECDH, key, peer.data, peer.size, found, 32, &size);
    SAME(size, 32);
    SAME_BYTES(found, shared.data, 32);
    GOOD(psa_raw_key_agreement, PSA_ALG_ECDH, other, point.data, point.size, found, 32, &size);
    SAME_BYTES(found, shared.data, 32);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_raw_key_agreement, PSA_ALG_ECDH, key, peer.data, 32, found,
         31, &size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_raw_key_agreement, PSA_ALG_ECDH, key, peer.data, 31, found,
         32, &size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_raw_key_agreement, PSA_ALG_ECDSA_ANY, key, peer.data, 32,
         found, 32, &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_raw_key_agreement, PSA_ALG_FFDH, key, peer.data, 32, found,
         32, &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_raw_key_agreement, PSA_ALG_ECDH, 0xdead, peer.data, 32,
         found, 32, &size);
    GOOD(psa_destroy_key, other);
    other = import(X25519, EXPORT, PSA_ALG_ECDH, BOB);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_raw_key_agreement, PSA_ALG_ECDH, other, point.data, 32, found,
         32, &size);
    GOOD(psa_destroy_key, other);
    GOOD(psa_destroy_key, key);
}

#ifdef __wasm__
static void agreed_key(enum side side)
{
    struct bytes mine = hex(ALICE), peer = hex(BOB_PUBLIC), shared = hex(SHARED);
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_DERIVE, 0, EXPORT | PSA_KEY_USAGE_DERIVE, PSA_ALG_NONE);
    psa_key_id_t key = import_as(side, X25519, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, mine.data, 32);
    psa_key_id_t made = 77;
    uint8_t found[32];
    size_t size;

    GOOD(psa_key_agreement, key, peer.data, peer.size, PSA_ALG_ECDH, &attributes, &made);
    GOOD(psa_export_key, made, found, sizeof(found), &size);
    SAME(size, 32);
    SAME_BYTES(found, shared.data, 32);
    GOOD(psa_destroy_key, made);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_agreement, key, peer.data, 31, PSA_ALG_ECDH,
         &attributes, &made);
    SAME(made, 0);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_key_agreement, key, peer.data, 32, PSA_ALG_FFDH, &attributes,
         &made);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_RSA_KEY_PAIR);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_agreement, key, peer.data, 32, PSA_ALG_ECDH,
         &attributes, &made);
    GOOD(psa_destroy_key, key);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_DERIVE);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_key_agreement, key, peer.data, 32, PSA_ALG_ECDH, &attributes,
         &made);
}
#endif

/* Agreement, and HKDF behind it. */
static void agreement_and_derivation(enum side side)
{
    const psa_algorithm_t hkdf = PSA_ALG_HKDF(PSA_ALG_SHA_256),
                          alg = PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, hkdf);
    const psa_key_derivation_step_t secret = PSA_KEY_DERIVATION_INPUT_SECRET;
    struct bytes mine = hex(ALICE), peer = hex(BOB_PUBLIC), shared = hex(SHARED);
    psa_key_id_t key = import_as(side, X25519, PSA_KEY_USAGE_DERIVE, alg, mine.data, 32);
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    uint8_t found[2][16];

    GOOD(psa_key_derivation_setup, &operation, alg);
    GOOD(psa_key_derivation_key_agreement, &operation, secret, key, peer.data, peer.size);
    GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 9);
    GOOD(psa_key_derivation_output_bytes, &operation, found[0], 16);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_key_derivation_setup, &operation, hkdf);
    GOOD(psa_key_derivation_input_bytes, &operation, secret, shared.data, shared.size);
    GOOD(psa_key_derivation_input_bytes, &operation, PSA_KEY_DERIVATION_INPUT_INFO, TEXT, 9);
    GOOD(psa_key_derivation_output_bytes, &operation, found[1], 16);
    GOOD(psa_key_derivation_abort, &operation);
    SAME_BYTES(found[0], found[1], 16);
    GOOD(psa_key_derivation_setup, &operation, alg);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_key_agreement, &operation, secret, key,
         peer.data, 31);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_key_derivation_setup, &operation, hkdf); /* no agreement in it */
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_key_derivation_key_agreement, &operation, secret, key,
         peer.data, 32);
    GOOD(psa_key_derivation_abort, &operation);
    GOOD(psa_destroy_key, key);
}

/* Both ends, of a curve and of a group. */
static void both_ends(psa_key_type_t type, size_t bits, psa_algorithm_t alg)
{
    psa_key_attributes_t attributes = attributes_of(type, bits, PSA_KEY_USAGE_DERIVE, alg);
    static struct bytes public[2], shared[2];
    psa_key_id_t keys[2] = {0};

    for (size_t i = 0; i < 2; i++) {
        GOOD(psa_generate_key, &attributes, &keys[i]);
        GOOD(psa_export_public_key, keys[i], public[i].data, BYTES_MAX, &public[i].size);
    }
    for (size_t i = 0; i < 2; i++) {
        GOOD(psa_raw_key_agreement, alg, keys[i], public[1 - i].data, public[1 - i].size,
             shared[i].data, BYTES_MAX, &shared[i].size);
        SAME(shared[i].size, PSA_RAW_KEY_AGREEMENT_OUTPUT_SIZE(type, bits));
    }
    SAME_BYTES(shared[0].data, shared[1].data, shared[0].size);
    for (size_t i = 0; i < 2; i++)
        GOOD(psa_destroy_key, keys[i]);
}

int main(void)
{
    const psa_key_type_t curve = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);

    GOOD(psa_crypto_init);
    for (enum side side = MINE; side <= KEPT; side++) {
        printf("side %s\n", SIDES[side]);
        derivations(side);
        derivation_refusals(side);
        x25519(side);
        agreement_and_derivation(side);
#ifdef __wasm__
        agreed_key(side);
#endif
    }
    both_ends(curve, 256, PSA_ALG_ECDH);
    both_ends(curve, 521, PSA_ALG_ECDH);
    both_ends(PSA_KEY_TYPE_DH_KEY_PAIR(PSA_DH_FAMILY_RFC7919), 2048, PSA_ALG_FFDH);
    return end_of_book();
}
