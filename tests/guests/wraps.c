/* SPDX-License-Identifier: MIT */

/* Wraps keys for principals. Each line of standard input names one of the makers below, a receiver
 * and the bytes of room; each line of standard output has the status, what was written, and a
 * witness of the key: something that only this key computes. Hex, "-" for nothing. */

#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <veracruz.h>

enum { POLICY_KEY = 7, KEPT_KEY = 5, ROOM_MAX = 65536 };

#define HMAC PSA_ALG_HMAC(PSA_ALG_SHA_256)

static const uint8_t SECRET[32] = "known to the program, imported..";
static const uint8_t MESSAGE[] = {'m', 'e', 's', 's', 'a', 'g', 'e'};

/* Nobody may export them. */
static psa_key_attributes_t of_hmac(void)
{
    psa_key_attributes_t attributes = psa_key_attributes_init();

    psa_set_key_type(&attributes, PSA_KEY_TYPE_HMAC);
    psa_set_key_bits(&attributes, 256);
    psa_set_key_algorithm(&attributes, HMAC);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
    return attributes;
}

static psa_status_t imported(psa_key_id_t *key)
{
    psa_key_attributes_t attributes = of_hmac();

    return psa_import_key(&attributes, SECRET, sizeof SECRET, key);
}

static psa_status_t generated(psa_key_id_t *key)
{
    psa_key_attributes_t attributes = of_hmac();

    return psa_generate_key(&attributes, key);
}

/* HKDF without salt. */
static psa_status_t derive(psa_key_id_t secret, psa_key_id_t *key)
{
    psa_key_derivation_operation_t operation = psa_key_derivation_operation_init();
    psa_key_attributes_t attributes = of_hmac();
    psa_status_t status = psa_key_derivation_setup(&operation, PSA_ALG_HKDF(PSA_ALG_SHA_256));

    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, secret);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO, MESSAGE,
                                                sizeof MESSAGE);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_output_key(&attributes, &operation, key);
    (void)psa_key_derivation_abort(&operation);
    return status;
}

static psa_status_t derived(psa_key_id_t *key)
{
    psa_key_attributes_t attributes = psa_key_attributes_init();
    psa_key_id_t secret = 0;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_DERIVE);
    psa_set_key_algorithm(&attributes, PSA_ALG_HKDF(PSA_ALG_SHA_256));
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
    psa_status_t status = psa_import_key(&attributes, SECRET, sizeof SECRET, &secret);

    if (status != PSA_SUCCESS)
        return status;
    status = derive(secret, key);
    (void)psa_destroy_key(secret);
    return status;
}

static psa_status_t pair(psa_key_id_t *key)
{
    psa_key_attributes_t attributes = psa_key_attributes_init();

    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH);
    return psa_generate_key(&attributes, key);
}

static psa_status_t rsa_pair(psa_key_id_t *key)
{
    psa_key_attributes_t attributes = psa_key_attributes_init();

    psa_set_key_type(&attributes, PSA_KEY_TYPE_RSA_KEY_PAIR);
    psa_set_key_bits(&attributes, 2048);
    psa_set_key_algorithm(&attributes, PSA_ALG_RSA_PSS(PSA_ALG_SHA_256));
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH);
    return psa_generate_key(&attributes, key);
}

/* For later runs, too. */
static psa_status_t kept(psa_key_id_t *key)
{
    psa_key_attributes_t attributes = of_hmac();

    psa_set_key_id(&attributes, KEPT_KEY);
    return psa_generate_key(&attributes, key);
}

static psa_status_t kept_before(psa_key_id_t *key)
{
    *key = KEPT_KEY;
    return PSA_SUCCESS;
}

static psa_status_t of_policy(psa_key_id_t *key)
{
    *key = POLICY_KEY;
    return PSA_SUCCESS;
}

static psa_status_t copied(psa_key_id_t *key)
{
    psa_key_attributes_t attributes = of_hmac();

    return psa_copy_key(POLICY_KEY, &attributes, key);
}

static psa_status_t destroyed(psa_key_id_t *key)
{
    psa_status_t status = generated(key);

    return status == PSA_SUCCESS ? psa_destroy_key(*key) : status;
}

static const struct {
    const char *name;
    psa_status_t (*make)(psa_key_id_t *key);
} MAKERS[] = {
    {"imported", imported},   {"generated", generated},     {"derived", derived},
    {"pair", pair},           {"rsa-pair", rsa_pair},       {"kept", kept},
    {"policy", of_policy},    {"kept-before", kept_before}, {"copied", copied},
    {"destroyed", destroyed},
};

static void print_hex(const uint8_t *bytes, size_t size)
{
    fputs(size == 0 ? " -" : " ", stdout);
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
}

/* What is public of a pair, otherwise the MAC of a message. */
static void print_witness(psa_key_id_t key)
{
    uint8_t bytes[1024];
    size_t size = 0;
    psa_status_t status = psa_export_public_key(key, bytes, sizeof bytes, &size);

    if (status != PSA_SUCCESS)
        status = psa_mac_compute(key, HMAC, MESSAGE, sizeof MESSAGE, bytes, sizeof bytes, &size);
    print_hex(bytes, status == PSA_SUCCESS ? size : 0);
}

static void wrap(psa_key_id_t key, const char *receiver, size_t room)
{
    static uint8_t bytes[ROOM_MAX];
    size_t size = 1;
    psa_status_t status = vz_key_wrap(key, receiver, bytes, room, &size);

    printf("%d", (int)status);
    print_hex(bytes, size);
    print_witness(key);
    putchar('\n');
}

static int take(const char *name, const char *receiver, size_t room)
{
    for (size_t i = 0; i < sizeof MAKERS / sizeof *MAKERS; i++) {
        psa_key_id_t key = 0;

        if (strcmp(MAKERS[i].name, name) != 0)
            continue;
        psa_status_t status = MAKERS[i].make(&key);

        if (status != PSA_SUCCESS) {
            fprintf(stderr, "%s: status %d\n", name, (int)status);
            return 2;
        }
        wrap(key, strcmp(receiver, "-") == 0 ? "" : receiver, room);
        if (key > KEPT_KEY && key != POLICY_KEY)
            (void)psa_destroy_key(key);
        return 0;
    }
    return 3;
}

int main(void)
{
    char name[32], receiver[128];
    size_t room;
    int failed = psa_crypto_init() == PSA_SUCCESS ? 0 : 1;

    while (!failed && scanf("%31s %127s %zu", name, receiver, &room) == 3)
        failed = take(name, receiver, room <= ROOM_MAX ? room : ROOM_MAX);
    return failed;
}
