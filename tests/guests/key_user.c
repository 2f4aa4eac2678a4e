/* SPDX-License-Identifier: MIT */

/* Uses each key that its policy may give it, by id, once; and writes what came of it: the status of
 * the crypto interface, and the bytes in hex. Key 2 it also wraps for bob, to /output/wrapped.cms.
 */

#include <psa/crypto.h>
#include <stdio.h>
#include <veracruz.h>

enum { MAC_KEY = 1, CIPHER_KEY, CURVE_KEY, RSA_KEY };

static const uint8_t message[] = {'m', 'e', 's', 's', 'a', 'g', 'e'};

static void print(const char *what, psa_status_t status, const uint8_t *bytes, size_t size)
{
    printf("%s %d ", what, (int)status);
    for (size_t i = 0; status == PSA_SUCCESS && i < size; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

static void use_mac(uint8_t *out, size_t room)
{
    size_t size = 0;
    psa_status_t status = psa_mac_compute(MAC_KEY, PSA_ALG_HMAC(PSA_ALG_SHA_256), message,
                                          sizeof message, out, room, &size);

    print("mac", status, out, size);
}

static void use_cipher(uint8_t *out, size_t room)
{
    uint8_t sealed[4096];
    size_t size = 0;
    FILE *file = fopen("/input/sealed", "rb");
    size_t sealed_size = file == NULL ? 0 : fread(sealed, 1, sizeof sealed, file);

    if (file != NULL)
        fclose(file);
    print("decrypt",
          psa_cipher_decrypt(CIPHER_KEY, PSA_ALG_CBC_PKCS7, sealed, sealed_size, out, room, &size),
          out, size);
    print("export", psa_export_key(CIPHER_KEY, out, room, &size), out, size);
}

static void use_curve(uint8_t *out, size_t room)
{
    size_t size = 0;
    psa_status_t status = psa_sign_message(CURVE_KEY, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256),
                                           message, sizeof message, out, room, &size);

    print("curve", status, out, size);
}

static void use_rsa(uint8_t *out, size_t room)
{
    size_t size = 0;
    psa_status_t status = psa_sign_message(RSA_KEY, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256),
                                           message, sizeof message, out, room, &size);

    print("rsa", status, out, size);
}

static void wrap(uint8_t *out, size_t room)
{
    size_t size = 0;
    psa_status_t status = vz_key_wrap(CIPHER_KEY, "bob", out, room, &size);
    FILE *file = status == PSA_SUCCESS ? fopen("/output/wrapped.cms", "wb") : NULL;

    if (file != NULL) {
        if (fwrite(out, 1, size, file) != size)
            status = PSA_ERROR_STORAGE_FAILURE;
        fclose(file);
    }
    print("wrap", status, out, 0);
    print("wrap for the owner", vz_key_wrap(CIPHER_KEY, "alice", out, room, &size), out, 0);
}

int main(void)
{
    static uint8_t out[4096];

    if (psa_crypto_init() != PSA_SUCCESS)
        return 10;
    use_mac(out, sizeof out);
    use_cipher(out, sizeof out);
    use_curve(out, sizeof out);
    use_rsa(out, sizeof out);
    wrap(out, sizeof out);
    return 0;
}
