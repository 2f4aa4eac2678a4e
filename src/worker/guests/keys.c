/* SPDX-License-Identifier: MIT */

/* Uses the crypto ABI as its arguments say, and writes down the status of each call. */

#include <psa/crypto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const char *what, psa_status_t status)
{
    printf("%s: %d\n", what, (int)status);
    fflush(stdout);
}

static void compare(const char *what, const uint8_t *bytes, const char *hex)
{
    char text[129] = "";

    for (size_t i = 0; i < strlen(hex) / 2; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
    printf("%s: %s\n", what, strcmp(text, hex) == 0 ? "right" : text);
    fflush(stdout);
}

static psa_key_attributes_t attributes_of(psa_key_type_t type, size_t bits, psa_key_usage_t usage,
                                          psa_algorithm_t algorithm)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, type);
    psa_set_key_bits(&attributes, bits);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    return attributes;
}

/* FIPS 180-4's example. */
static void hash(void)
{
    uint8_t digest[32];
    size_t size;

    say("hash", psa_hash_compute(PSA_ALG_SHA_256, (const uint8_t *)"abc", 3, digest, sizeof(digest),
                                 &size));
    compare("digest", digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static psa_key_id_t generate(void)
{
    psa_key_attributes_t attributes = attributes_of(
        PSA_KEY_TYPE_AES, 256, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_EXPORT,
        PSA_ALG_CBC_NO_PADDING);
    psa_key_id_t key = 0;

    say("generate", psa_generate_key(&attributes, &key));
    return key;
}

/* One in the key store, and the same imported: what one encrypts the other decrypts. */
static void exchange(void)
{
    static uint8_t plain[100000], secret[100016], back[100000];
    uint8_t material[32];
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_AES, 256, PSA_KEY_USAGE_DECRYPT, PSA_ALG_CBC_NO_PADDING);
    psa_key_id_t key = generate(), other;
    size_t size = 0;

    memset(plain, 7, sizeof(plain));
    say("export", psa_export_key(key, material, sizeof(material), &size));
    say("import", psa_import_key(&attributes, material, size, &other));
    say("encrypt", psa_cipher_encrypt(key, PSA_ALG_CBC_NO_PADDING, plain, sizeof(plain), secret,
                                      sizeof(secret), &size));
    say("decrypt",
        psa_cipher_decrypt(other, PSA_ALG_CBC_NO_PADDING, secret, size, back, sizeof(back), &size));
    printf("%s\n", size == sizeof(plain) && memcmp(plain, back, size) == 0 ? "same" : "different");
    say("destroy", psa_destroy_key(key));
    say("destroyed", psa_export_key(key, material, sizeof(material), &size));
}

/* RFC 5869, test case 1: from a key that is imported, and so in the worker. */
static void derive(void)
{
    static const uint8_t input[22] = {
        [0 ... 21] = 0x0b,
    };
    static const uint8_t salt[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const uint8_t info[] = {0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9};
    psa_algorithm_t algorithm = PSA_ALG_HKDF(PSA_ALG_SHA_256);
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_DERIVE, 0, PSA_KEY_USAGE_DERIVE, algorithm);
    psa_key_id_t key = 0;
    uint8_t output[42] = {0};

    say("import", psa_import_key(&attributes, input, sizeof(input), &key));
    say("setup", psa_key_derivation_setup(&operation, algorithm));
    say("salt", psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_SALT, salt,
                                               sizeof(salt)));
    say("secret", psa_key_derivation_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, key));
    say("info", psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO, info,
                                               sizeof(info)));
    say("output", psa_key_derivation_output_bytes(&operation, output, sizeof(output)));
    say("abort", psa_key_derivation_abort(&operation));
    compare("okm", output,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

/* More than a window holds; what the key store does not get, it does not answer. */
static void too_much(void)
{
    size_t size = (16 << 20) + 16;
    uint8_t *bytes = calloc(1, size);
    psa_key_id_t key = generate();

    if (bytes == NULL)
        exit(2);
    say("too much",
        psa_cipher_encrypt(key, PSA_ALG_CBC_NO_PADDING, bytes, size, bytes, size, &size));
    generate();
}

/* What the key store works on for longer than anybody waits. */
static void endless(void)
{
    psa_algorithm_t algorithm = PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_512);
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    uint8_t output[64];
    FILE *file;

    say("setup", psa_key_derivation_setup(&operation, algorithm));
    say("cost",
        psa_key_derivation_input_integer(&operation, PSA_KEY_DERIVATION_INPUT_COST, UINT32_MAX));
    say("salt", psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_SALT, output,
                                               sizeof(output)));
    say("password", psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_PASSWORD,
                                                   output, sizeof(output)));
    file = fopen("/input/endless", "r"); /* says that now it comes */
    if (file != NULL)
        fclose(file);
    say("output", psa_key_derivation_output_bytes(&operation, output, sizeof(output)));
}

static const struct {
    const char *name;
    void (*play)(void);
} PLAYS[] = {{"hash", hash},
             {"exchange", exchange},
             {"derive", derive},
             {"too-much", too_much},
             {"endless", endless}};

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "generate") == 0)
            (void)generate();
        for (size_t at = 0; at < sizeof(PLAYS) / sizeof(*PLAYS); at++) {
            if (strcmp(argv[i], PLAYS[at].name) == 0)
                PLAYS[at].play();
        }
    }
    return 0;
}
