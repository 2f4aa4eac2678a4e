/* SPDX-License-Identifier: MIT */

/* Uses keys in all the ways that keep them in memory, then destroys them. It wipes its own copies
 * at once, and stops where the test looks for the others: at each opening of a file. */

#include <psa/crypto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 32

static uint8_t material[SIZE], output[256];
static unsigned failures;

static void need(const char *what, psa_status_t status)
{
    if (status == PSA_SUCCESS)
        return;
    printf("%s: %d\n", what, (int)status);
    failures++;
}

/* Byte by byte: no word of it is ever in a register. The test makes the same. */
static void make(unsigned index)
{
    volatile uint8_t *bytes = material;

    for (unsigned i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)((index * 1000 + i + 7) * 2654435761U >> 13);
}

static void wipe(void)
{
    volatile uint8_t *bytes = material;

    for (unsigned i = 0; i < SIZE; i++)
        bytes[i] = 0;
}

static void stop(const char *state, const char *name)
{
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "/input/%s-%s", state, name);
    file = fopen(path, "r");
    if (file != NULL)
        fclose(file);
}

static psa_key_id_t import(unsigned index, psa_key_type_t type, psa_key_usage_t usage,
                           psa_algorithm_t algorithm, psa_key_id_t id)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;

    psa_set_key_type(&attributes, type);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    if (id != 0)
        psa_set_key_id(&attributes, id);
    make(index);
    need("import", psa_import_key(&attributes, material, SIZE, &key));
    wipe();
    return key;
}

static void cipher(unsigned index, const char *name, psa_key_id_t id)
{
    psa_key_id_t key = import(index, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR, id);
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    size_t size;

    need("encrypt", psa_cipher_encrypt(key, PSA_ALG_CTR, output, 64, output + 64, 128, &size));
    need("setup", psa_cipher_encrypt_setup(&operation, key, PSA_ALG_CTR));
    need("iv", psa_cipher_generate_iv(&operation, output, 16, &size));
    need("update", psa_cipher_update(&operation, output, 64, output + 64, 64, &size));
    stop("alive", name);
    need("abort", psa_cipher_abort(&operation));
    need("destroy", psa_destroy_key(key));
    stop("gone", name);
}

static void aead(unsigned index, const char *name, psa_key_type_t type, psa_algorithm_t algorithm)
{
    psa_key_id_t key = import(index, type, PSA_KEY_USAGE_ENCRYPT, algorithm, 0);
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    size_t size;

    memset(output, 1, sizeof(output));
    need("encrypt", psa_aead_encrypt(key, algorithm, output, 12, NULL, 0, output, 64, output + 64,
                                     128, &size));
    need("setup", psa_aead_encrypt_setup(&operation, key, algorithm));
    need("lengths", psa_aead_set_lengths(&operation, 0, 64)); /* which CCM has to know */
    need("nonce", psa_aead_set_nonce(&operation, output, 12));
    need("update", psa_aead_update(&operation, output, 64, output + 64, 128, &size));
    stop("alive", name);
    need("abort", psa_aead_abort(&operation));
    need("destroy", psa_destroy_key(key));
    stop("gone", name);
}

static void mac(unsigned index, const char *name, psa_key_type_t type, psa_algorithm_t algorithm)
{
    psa_key_id_t key = import(index, type, PSA_KEY_USAGE_SIGN_MESSAGE, algorithm, 0);
    psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
    size_t size;

    need("compute", psa_mac_compute(key, algorithm, output, 64, output + 64, 64, &size));
    need("setup", psa_mac_sign_setup(&operation, key, algorithm));
    need("update", psa_mac_update(&operation, output, 20));
    stop("alive", name);
    need("abort", psa_mac_abort(&operation));
    need("destroy", psa_destroy_key(key));
    stop("gone", name);
}

static void sign(unsigned index, const char *name, psa_algorithm_t algorithm)
{
    psa_key_id_t key = import(index, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
                              PSA_KEY_USAGE_SIGN_HASH, algorithm, 0);
    size_t size;

    need("sign", psa_sign_hash(key, algorithm, output, 32, output + 64, 64, &size));
    stop("alive", name);
    need("destroy", psa_destroy_key(key));
    stop("gone", name);
}

/* What is hashed may be a secret, too. */
static void hash(unsigned index, const char *name)
{
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;

    make(index);
    need("setup", psa_hash_setup(&operation, PSA_ALG_SHA_256));
    need("update", psa_hash_update(&operation, material, SIZE));
    wipe();
    stop("alive", name);
    need("abort", psa_hash_abort(&operation));
    stop("gone", name);
}

/* The key is the program's; the derivation, and so a copy of the key, is the key store's. */
static void derive(unsigned index, const char *name)
{
    psa_algorithm_t algorithm = PSA_ALG_HKDF(PSA_ALG_SHA_256);
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_key_id_t key = import(index, PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, algorithm, 0);

    need("setup", psa_key_derivation_setup(&operation, algorithm));
    need("secret", psa_key_derivation_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, key));
    need("info",
         psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO, output, 8));
    need("output", psa_key_derivation_output_bytes(&operation, output, 16));
    stop("alive", name);
    need("abort", psa_key_derivation_abort(&operation));
    need("destroy", psa_destroy_key(key));
    stop("gone", name);
}

/* Nobody but the key store has known it before it is exported; the test is told it in disguise. */
static void generate(const char *name)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;
    size_t size;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_bits(&attributes, 8 * SIZE);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_ENCRYPT);
    psa_set_key_algorithm(&attributes, PSA_ALG_CTR);
    need("generate", psa_generate_key(&attributes, &key));
    need("export", psa_export_key(key, material, SIZE, &size));
    for (unsigned i = 0; i < SIZE; i++)
        printf("%02x", (unsigned)(uint8_t)~material[i]);
    printf("\n");
    fflush(stdout);
    wipe();
    need("encrypt", psa_cipher_encrypt(key, PSA_ALG_CTR, output, 64, output + 64, 128, &size));
    stop("alive", name);
    need("destroy", psa_destroy_key(key));
    stop("gone", name);
}

int main(void)
{
    generate("generated");
    cipher(1, "cipher", 0);
    aead(2, "gcm", PSA_KEY_TYPE_AES, PSA_ALG_GCM);
    aead(3, "ccm", PSA_KEY_TYPE_AES, PSA_ALG_CCM);
    aead(4, "chacha20", PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305);
    mac(5, "hmac", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256));
    mac(6, "cmac", PSA_KEY_TYPE_AES, PSA_ALG_CMAC);
    sign(7, "ecdsa", PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    sign(8, "deterministic", PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256));
    hash(9, "hash");
    derive(10, "derive");
    cipher(11, "kept", 5);
    return failures == 0 ? 0 : 1;
}
