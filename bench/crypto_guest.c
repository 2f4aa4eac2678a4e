/* SPDX-License-Identifier: MIT */

/* The program of bench/crypto: does something so and so often by the crypto ABI, and says how long
 * it took by its own clocks.
 *
 *   crypto WHAT COUNT          WHAT: a row of the table below */

#include "crypto_case.h"

#include <psa/crypto.h>
#include <stdlib.h>
#include <time.h>
#include <wasi/api.h>

constexpr __wasi_clockid_t CPU_CLOCK = 2; /* the process's; wasi-libc has no name for it any more */

static uint8_t input[CRYPTO_BLOCK], output[CRYPTO_BLOCK + CRYPTO_TAG];
static psa_key_id_t key;

static void must(psa_status_t status)
{
    if (status != PSA_SUCCESS) {
        fprintf(stderr, "crypto: status %ld\n", (long)status);
        exit(EXIT_FAILURE);
    }
}

static uint64_t now_ns(__wasi_clockid_t clock)
{
    __wasi_timestamp_t now = 0;

    if (__wasi_clock_time_get(clock, 1, &now) != 0)
        exit(EXIT_FAILURE);
    return now;
}

/* ---- keys ---- */

static psa_key_attributes_t describe_aes(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_bits(&attributes, 128);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT);
    psa_set_key_algorithm(&attributes, PSA_ALG_GCM);
    return attributes;
}

static psa_key_attributes_t describe_p256(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    return attributes;
}

static void no_key(void)
{
}

static void import_aes(void)
{
    psa_key_attributes_t attributes = describe_aes();

    must(psa_import_key(&attributes, crypto_aes_key, sizeof crypto_aes_key, &key));
}

static void generate_aes(void)
{
    psa_key_attributes_t attributes = describe_aes();

    must(psa_generate_key(&attributes, &key));
}

static void import_p256(void)
{
    psa_key_attributes_t attributes = describe_p256();

    must(psa_import_key(&attributes, crypto_p256_key, sizeof crypto_p256_key, &key));
}

static void generate_p256(void)
{
    psa_key_attributes_t attributes = describe_p256();

    must(psa_generate_key(&attributes, &key));
}

/* ---- one turn each ---- */

static void gcm(uint64_t turn, struct crypto_case *done)
{
    uint8_t nonce[CRYPTO_NONCE] = {};
    size_t size;

    crypto_mark(nonce, turn);
    must(psa_aead_encrypt(key, PSA_ALG_GCM, nonce, sizeof nonce, nullptr, 0, input, sizeof input,
                          output, sizeof output, &size));
    crypto_note(done, output + CRYPTO_BLOCK);
}

static void hash(uint64_t turn, size_t input_size, struct crypto_case *done)
{
    size_t size;

    crypto_mark(input, turn);
    must(psa_hash_compute(PSA_ALG_SHA_256, input, input_size, output, CRYPTO_DIGEST, &size));
    crypto_note(done, output);
}

static void hash_block(uint64_t turn, struct crypto_case *done)
{
    hash(turn, CRYPTO_BLOCK, done);
}

static void hash_small(uint64_t turn, struct crypto_case *done)
{
    hash(turn, CRYPTO_SMALL, done);
}

static void sign(uint64_t turn, struct crypto_case *done)
{
    size_t size;

    crypto_mark(input, turn);
    must(psa_sign_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), input, CRYPTO_DIGEST, done->signature,
                       sizeof done->signature, &size));
}

/* A call that does next to nothing. */
static void ask(uint64_t turn, struct crypto_case *done)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    must(psa_get_key_attributes(key, &attributes));
    done->sum += turn + psa_get_key_bits(&attributes);
}

static const struct deed {
    const char *name;
    void (*prepare)(void);
    void (*turn)(uint64_t turn, struct crypto_case *done);
} deeds[] = {
    {"gcm", import_aes, gcm},
    {"hash-block", no_key, hash_block},
    {"hash-small", no_key, hash_small},
    {"sign", import_p256, sign},
    {"ask", import_aes, ask},
    {"stored-gcm", generate_aes, gcm},
    {"stored-sign", generate_p256, sign},
    {"stored-ask", generate_aes, ask},
};

static int perform(const struct deed *deed, uint64_t count)
{
    struct crypto_case done = {};

    deed->prepare();
    for (uint64_t i = 0; i < count / CRYPTO_WARM_UP; i++)
        deed->turn(i, &done);
    done = (struct crypto_case){};
    uint64_t cpu = now_ns(CPU_CLOCK), wall = now_ns(__WASI_CLOCKID_MONOTONIC);

    for (uint64_t i = 0; i < count; i++)
        deed->turn(i, &done);
    cpu = now_ns(CPU_CLOCK) - cpu;
    return crypto_print(&done, cpu, now_ns(__WASI_CLOCKID_MONOTONIC) - wall);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return EXIT_FAILURE;
    must(psa_crypto_init());
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        if (strcmp(deeds[i].name, argv[1]) == 0)
            return perform(&deeds[i], strtoull(argv[2], nullptr, 10));
    }
    return EXIT_FAILURE;
}
