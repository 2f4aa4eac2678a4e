/* SPDX-License-Identifier: MIT */

/* Tries to have a key, or to use it for what it is not meant for, and writes down what each attempt
 * gave: a line of call and status.
 *
 *   thief KEY RECEIVER */

#include "veracruz.h"

#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>

enum exit_code : int { DONE = 0, USAGE = 1, HAD_IT = 2, OUTPUT_LOST = 3 };

static uint8_t bytes[4096];
static size_t size;
static int stolen;

static void tell(const char *call, psa_status_t status)
{
    printf("%s,%ld\n", call, (long)status);
    stolen += status == PSA_SUCCESS ? 1 : 0;
}

/* As AES for everything that keys can be used for, with the key's own algorithm or another. */
static psa_key_attributes_t greedy(psa_algorithm_t algorithm)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_COPY |
                                             PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT);
    psa_set_key_algorithm(&attributes, algorithm);
    return attributes;
}

static void try_to_have(psa_key_id_t key, const char *receiver)
{
    psa_key_attributes_t attributes = greedy(PSA_ALG_GCM);
    psa_key_id_t copy = 0;

    tell("export_key", psa_export_key(key, bytes, sizeof bytes, &size));
    tell("export_public_key", psa_export_public_key(key, bytes, sizeof bytes, &size));
    tell("copy_key", psa_copy_key(key, &attributes, &copy));
    tell("key_wrap", vz_key_wrap(key, receiver, bytes, sizeof bytes, &size));
}

static void try_to_misuse(psa_key_id_t key)
{
    static const uint8_t zeros[64];
    psa_key_derivation_operation_t derivation = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_cipher_operation_t cipher = PSA_CIPHER_OPERATION_INIT;

    tell("aead_encrypt", psa_aead_encrypt(key, PSA_ALG_GCM, zeros, 12, nullptr, 0, zeros, 16, bytes,
                                          sizeof bytes, &size));
    tell("aead_decrypt with ccm", psa_aead_decrypt(key, PSA_ALG_CCM, zeros, 12, nullptr, 0, zeros,
                                                   32, bytes, sizeof bytes, &size));
    tell("aead_decrypt with a short tag",
         psa_aead_decrypt(key, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 4), zeros, 12, nullptr,
                          0, zeros, 20, bytes, sizeof bytes, &size));
    tell("cipher_decrypt_setup", psa_cipher_decrypt_setup(&cipher, key, PSA_ALG_CTR));
    tell("cipher_decrypt with ecb",
         psa_cipher_decrypt(key, PSA_ALG_ECB_NO_PADDING, zeros, 16, bytes, sizeof bytes, &size));
    tell("mac_compute", psa_mac_compute(key, PSA_ALG_CMAC, zeros, 16, bytes, sizeof bytes, &size));
    tell("sign_message", psa_sign_message(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), zeros, 16, bytes,
                                          sizeof bytes, &size));
    psa_status_t status = psa_key_derivation_setup(&derivation, PSA_ALG_HKDF(PSA_ALG_SHA_256));

    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_key(&derivation, PSA_KEY_DERIVATION_INPUT_SECRET, key);
    tell("key_derivation_input_key", status);
    tell("destroy_key", psa_destroy_key(key));
}

/* Not by guessing names of others' keys either: this many ids, most of which nobody has. */
static void try_others(psa_key_id_t key)
{
    constexpr psa_key_id_t LAST = 10000;
    int found = 0;

    for (psa_key_id_t id = 1; id <= LAST; id++)
        found += id != key && psa_export_key(id, bytes, sizeof bytes, &size) == PSA_SUCCESS;
    printf("exported others,%d\n", found);
    stolen += found;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return USAGE;
    psa_key_id_t key = (psa_key_id_t)strtoul(argv[1], nullptr, 10);

    tell("crypto_init", psa_crypto_init());
    stolen = 0;
    try_to_have(key, argv[2]);
    try_to_misuse(key);
    try_others(key);
    if (ferror(stdout) || fflush(stdout) != 0)
        return OUTPUT_LOST;
    return stolen > 0 ? HAD_IT : DONE;
}
