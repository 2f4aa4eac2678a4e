/* SPDX-License-Identifier: MIT */

/* Does with keys what /input/script says, line by line, and writes each status to standard output;
 * `mac` and `export` also what came out, in hex. With "exit N" it ends so, in any case. */

#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(const char *what, unsigned key, psa_status_t status, const uint8_t *bytes,
                  size_t size)
{
    printf("%s %u %d", what, key, (int)status);
    if (size > 0) {
        putchar(' ');
    }
    for (size_t i = 0; i < size; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('\n');
}

static void mac(unsigned key)
{
    static const uint8_t message[] = {'m', 'e', 's', 's', 'a', 'g', 'e'};
    uint8_t out[PSA_HASH_LENGTH(PSA_ALG_SHA_256)];
    size_t size = 0;
    psa_status_t status = psa_mac_compute(key, PSA_ALG_HMAC(PSA_ALG_SHA_256), message,
                                          sizeof message, out, sizeof out, &size);

    print("mac", key, status, out, status == PSA_SUCCESS ? size : 0);
}

static void sign(unsigned key)
{
    static const uint8_t message[] = {'m', 'e', 's', 's', 'a', 'g', 'e'};
    uint8_t out[64];
    size_t size = 0;
    psa_status_t status = psa_sign_message(key, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256),
                                           message, sizeof message, out, sizeof out, &size);

    print("sign", key, status, out, status == PSA_SUCCESS ? size : 0);
}

static void export_key(unsigned key)
{
    uint8_t out[1024];
    size_t size = 0;
    psa_status_t status = psa_export_key(key, out, sizeof out, &size);

    print("export", key, status, out, status == PSA_SUCCESS ? size : 0);
}

static void generate(const char *deed, unsigned key, size_t bits, psa_key_usage_t usage)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t made = 0;

    psa_set_key_id(&attributes, key);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_HMAC);
    psa_set_key_bits(&attributes, bits);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE | usage);
    psa_set_key_algorithm(&attributes, PSA_ALG_HMAC(PSA_ALG_SHA_256));
    print(deed, key, psa_generate_key(&attributes, &made), nullptr, 0);
}

static void make(unsigned key)
{
    generate("make", key, 256, 0);
}

static void make_exportable(unsigned key)
{
    generate("exportable", key, 8192, PSA_KEY_USAGE_EXPORT);
}

static void destroy(unsigned key)
{
    print("destroy", key, psa_destroy_key(key), nullptr, 0);
}

static void spin(unsigned)
{
    for (volatile int i = 0;; i++) {
    }
}

/* Works in its key store, for ever. */
static void burn(unsigned key)
{
    static const uint8_t message[65536];
    uint8_t out[PSA_HASH_LENGTH(PSA_ALG_SHA_256)];
    size_t size;

    while (psa_mac_compute(key, PSA_ALG_HMAC(PSA_ALG_SHA_256), message, sizeof message, out,
                           sizeof out, &size) == PSA_SUCCESS) {
    }
}

static const struct {
    const char *name;
    void (*act)(unsigned key);
} deeds[] = {
    {"mac", mac},
    {"sign", sign},
    {"export", export_key},
    {"make", make},
    {"exportable", make_exportable},
    {"destroy", destroy},
    {"spin", spin},
    {"burn", burn},
};

int main(void)
{
    FILE *script = fopen("/input/script", "r");
    char name[16];
    unsigned number;

    if (script == nullptr || psa_crypto_init() != PSA_SUCCESS) {
        return 10;
    }
    while (fscanf(script, "%15s %u", name, &number) == 2) {
        if (strcmp(name, "exit") == 0) {
            return (int)number;
        }
        for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
            if (strcmp(name, deeds[i].name) == 0) {
                deeds[i].act(number);
            }
        }
        fflush(stdout);
    }
    return 0;
}
