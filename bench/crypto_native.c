/* SPDX-License-Identifier: MIT */

/* The baseline of bench/crypto: the same by OpenSSL's EVP in a process of its own, each key and
 * digest prepared once, as one who cares for speed does it.
 *
 *   bench-crypto WHAT COUNT             gcm, hash-block, hash-small, sign
 *   bench-crypto verify COUNT SIGNATURE of the last turn of `sign` by the other side */

#include "crypto_case.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

static uint8_t input[CRYPTO_BLOCK], output[CRYPTO_BLOCK + CRYPTO_TAG];
static EVP_CIPHER_CTX *cipher;
static EVP_MD *digest;
static EVP_MD_CTX *hasher;
static EVP_PKEY_CTX *signer;

[[noreturn]] static void fail(const char *what)
{
    (void)fprintf(stderr, "bench-crypto: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(EXIT_FAILURE);
}

static void must(int result, const char *what)
{
    if (result <= 0)
        fail(what);
}

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1'000'000'000 + (uint64_t)now.tv_nsec;
}

/* ---- preparations ---- */

static void prepare_gcm(void)
{
    EVP_CIPHER *gcm = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);

    cipher = EVP_CIPHER_CTX_new();
    must(EVP_EncryptInit_ex2(cipher, gcm, crypto_aes_key, nullptr, nullptr), "AES-128-GCM");
}

static void prepare_hash(void)
{
    digest = EVP_MD_fetch(nullptr, "SHA-256", nullptr);
    hasher = EVP_MD_CTX_new();
    if (digest == nullptr || hasher == nullptr)
        fail("SHA-256");
}

/* With its point, which is computed: OpenSSL takes no private value alone. */
static EVP_PKEY *make_key(void)
{
    BIGNUM *value = BN_bin2bn(crypto_p256_key, sizeof crypto_p256_key, nullptr);
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *point = EC_POINT_new(group);
    uint8_t encoded[1 + 2 * CRYPTO_DIGEST];
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    EVP_PKEY *key = nullptr;

    must(EC_POINT_mul(group, point, value, nullptr, nullptr, nullptr), "point");
    must((int)EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, encoded,
                                 sizeof encoded, nullptr),
         "point");
    must(OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0), "group");
    must(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, value), "value");
    must(
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof encoded),
        "point");
    must(EVP_PKEY_fromdata_init(context), "key");
    must(EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, OSSL_PARAM_BLD_to_param(builder)),
         "key");
    return key; /* what else was made lives as long as the process */
}

static void prepare_sign(void)
{
    signer = EVP_PKEY_CTX_new_from_pkey(nullptr, make_key(), nullptr);
    must(EVP_PKEY_sign_init(signer), "sign");
}

/* ---- one turn each ---- */

static void gcm(uint64_t turn, struct crypto_case *done)
{
    uint8_t nonce[CRYPTO_NONCE] = {};
    int size;

    crypto_mark(nonce, turn);
    must(EVP_EncryptInit_ex2(cipher, nullptr, nullptr, nonce, nullptr), "nonce");
    must(EVP_EncryptUpdate(cipher, output, &size, input, (int)CRYPTO_BLOCK), "encrypt");
    must(EVP_EncryptFinal_ex(cipher, output + CRYPTO_BLOCK, &size), "encrypt");
    must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, (int)CRYPTO_TAG, output + CRYPTO_BLOCK),
         "tag");
    crypto_note(done, output + CRYPTO_BLOCK);
}

static void hash(uint64_t turn, size_t size, struct crypto_case *done)
{
    crypto_mark(input, turn);
    must(EVP_DigestInit_ex2(hasher, digest, nullptr), "hash");
    must(EVP_DigestUpdate(hasher, input, size), "hash");
    must(EVP_DigestFinal_ex(hasher, output, nullptr), "hash");
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

/* The signature stays as OpenSSL makes it, in DER. */
static void sign(uint64_t turn, struct crypto_case *done)
{
    size_t size = sizeof output;

    crypto_mark(input, turn);
    must(EVP_PKEY_sign(signer, output, &size, input, CRYPTO_DIGEST), "sign");
    (void)done;
}

static const struct deed {
    const char *name;
    void (*prepare)(void);
    void (*turn)(uint64_t turn, struct crypto_case *done);
} deeds[] = {
    {"gcm", prepare_gcm, gcm},
    {"hash-block", prepare_hash, hash_block},
    {"hash-small", prepare_hash, hash_small},
    {"sign", prepare_sign, sign},
};

static int perform(const struct deed *deed, uint64_t count)
{
    struct crypto_case done = {};

    deed->prepare();
    for (uint64_t i = 0; i < count / CRYPTO_WARM_UP; i++)
        deed->turn(i, &done);
    done = (struct crypto_case){};
    uint64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), wall = now_ns(CLOCK_MONOTONIC);

    for (uint64_t i = 0; i < count; i++)
        deed->turn(i, &done);
    cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    return crypto_print(&done, cpu, now_ns(CLOCK_MONOTONIC) - wall);
}

static int verify(uint64_t count, const char *text)
{
    uint8_t signature[CRYPTO_SIGNATURE], der[128], *end = der;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    EVP_PKEY_CTX *verifier = EVP_PKEY_CTX_new_from_pkey(nullptr, make_key(), nullptr);
    size_t size = 0;

    must(OPENSSL_hexstr2buf_ex(signature, sizeof signature, &size, text, '\0'), "hexadecimal");
    if (size != sizeof signature)
        fail("not a signature");
    must(ECDSA_SIG_set0(pair, BN_bin2bn(signature, 32, nullptr),
                        BN_bin2bn(signature + 32, 32, nullptr)),
         "signature");
    int der_size = i2d_ECDSA_SIG(pair, &end);

    crypto_mark(input, count - 1);
    must(EVP_PKEY_verify_init(verifier), "verify");
    must(EVP_PKEY_verify(verifier, der, (size_t)der_size, input, CRYPTO_DIGEST), "verify");
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 2 ? strtoull(argv[2], nullptr, 10) : 0;

    if (argc == 4 && strcmp(argv[1], "verify") == 0)
        return verify(count, argv[3]);
    for (size_t i = 0; argc == 3 && i < sizeof deeds / sizeof deeds[0]; i++) {
        if (strcmp(deeds[i].name, argv[1]) == 0)
            return perform(&deeds[i], count);
    }
    return EXIT_FAILURE;
}
