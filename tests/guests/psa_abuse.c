/* SPDX-License-Identifier: MIT */

/* What no honest program does: pointers out of memory, in every place of every function; forged
 * handles, and those of other families; everything at once, too much, and in one another's way.
 * Each gets its status, and the run goes on. */

#include "psa_check.h"

#include "abi/psa.h"
#include "veracruz.h"

static const uint8_t TEXT[64] = "sixty-four bytes that some calls below get for their input, here";
static const psa_key_usage_t SEALS = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;

/* ---- pointers: attack E6 ---- */

typedef void any_function(void);

static const struct function {
    const char *name, *shape;
    any_function *function;
} FUNCTIONS[] = {
#define STANDARD(name, shape) {"psa_" #name, shape, (any_function *)psa_##name},
    VC_PSA_FUNCTIONS(STANDARD)
#undef STANDARD
        {"key_wrap", "visosl", (any_function *)vz_key_wrap_for},
};

typedef uint32_t u;

/* All arguments are 32 bits, but for the one of psa_key_derivation_input_integer. */
static psa_status_t call(const struct function *function, const u a[VC_PSA_ARGUMENTS_MAX])
{
    any_function *f = function->function;

    if (strchr(function->shape, 'I') != NULL)
        return ((psa_status_t(*)(u, u, uint64_t))f)(a[0], a[1], a[2]);
    switch (strlen(function->shape)) {
    case 0:
        return ((psa_status_t(*)(void))f)();
    case 1:
        return ((psa_status_t(*)(u))f)(a[0]);
    case 2:
        return ((psa_status_t(*)(u, u))f)(a[0], a[1]);
    case 3:
        return ((psa_status_t(*)(u, u, u))f)(a[0], a[1], a[2]);
    case 4:
        return ((psa_status_t(*)(u, u, u, u))f)(a[0], a[1], a[2], a[3]);
    case 5:
        return ((psa_status_t(*)(u, u, u, u, u))f)(a[0], a[1], a[2], a[3], a[4]);
    case 6:
        return ((psa_status_t(*)(u, u, u, u, u, u))f)(a[0], a[1], a[2], a[3], a[4], a[5]);
    case 7:
        return ((psa_status_t(*)(u, u, u, u, u, u, u))f)(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    case 9:
        return ((psa_status_t(*)(u, u, u, u, u, u, u, u, u))f)(a[0], a[1], a[2], a[3], a[4], a[5],
                                                               a[6], a[7], a[8]);
    case 11:
        return ((psa_status_t(*)(u, u, u, u, u, u, u, u, u, u, u))f)(
            a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10]);
    default:
        abort();
    }
}

enum { PLACE = 64 };
static uint8_t arena[VC_PSA_ARGUMENTS_MAX][PLACE];

static bool points(char letter)
{
    return strchr("pqiolnaAkc", letter) != NULL;
}

/* Arguments that are all memory. */
static void fill(const struct function *function, u arguments[VC_PSA_ARGUMENTS_MAX])
{
    for (size_t i = 0; function->shape[i] != '\0'; i++) {
        char letter = function->shape[i];

        arguments[i] = points(letter) ? (u)(uintptr_t)arena[i] : letter == 's' ? 16 : 0;
    }
}

static void refused(const struct function *function, const u arguments[VC_PSA_ARGUMENTS_MAX])
{
    static uint8_t before[sizeof(arena)];

    memset(arena, 0x5a, sizeof(arena));
    memcpy(before, arena, sizeof(arena));
    want(__FILE__, __LINE__, function->name, call(function, arguments), PSA_ERROR_INVALID_ARGUMENT);
    SAME_BYTES(arena, before, sizeof(arena));
}

static void pointers(void)
{
    const u end = (u)__builtin_wasm_memory_size(0) * 65536;
    const u places[] = {0, end, end - 3, end + 1, 0x80000000, 0xfffffff0, 0xfffffffd, 0xffffffff};
    unsigned tried = 0;

    for (size_t i = 0; i < COUNT(FUNCTIONS); i++) {
        const struct function *function = &FUNCTIONS[i];
        u arguments[VC_PSA_ARGUMENTS_MAX] = {0};

        for (size_t at = 0; function->shape[at] != '\0'; at++) {
            const u sizes[] = {end, end - (u)(uintptr_t)arena[at - (at > 0)] + 1, 0x7fffffff,
                               0x80000000, 0xffffffff};

            for (size_t j = 0; j < COUNT(places) && points(function->shape[at]); j++, tried++) {
                fill(function, arguments);
                arguments[at] = places[j];
                refused(function, arguments);
            }
            for (size_t j = 0; j < COUNT(sizes) && function->shape[at] == 's'; j++, tried++) {
                fill(function, arguments);
                arguments[at] = sizes[j];
                refused(function, arguments);
            }
        }
    }
    printf("pointers %u\n", tried);
}

/* No bytes may stand anywhere. */
static void no_bytes(void)
{
    uint8_t digest[32];
    size_t size;

    GOOD(psa_hash_compute, PSA_ALG_SHA_256, (const uint8_t *)0xffffffff, 0, digest, 32, &size);
    GOOD(psa_hash_compute, PSA_ALG_SHA_256, NULL, 0, digest, 32, &size);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_hash_compute, PSA_ALG_SHA_256, TEXT, 1,
         (uint8_t *)0xffffffff, 0, &size);
}

/* ---- buffers in one another's way ---- */

static void in_the_way(void)
{
    psa_key_id_t key = import_as(MINE, PSA_KEY_TYPE_AES, SEALS, PSA_ALG_CTR, TEXT, 16);
    psa_key_id_t seal = import_as(MINE, PSA_KEY_TYPE_AES, SEALS, PSA_ALG_GCM, TEXT, 16);
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    psa_aead_operation_t aead = PSA_AEAD_OPERATION_INIT;
    uint8_t apart[64], together[96];
    size_t size, tag_size;

    for (int shift = -20; shift <= 20; shift++) {
        for (int i = 0; i < 2; i++) {
            uint8_t *output = i == 0 ? apart : together + 20 + shift;

            memcpy(together + 20, TEXT, 48);
            GOOD(psa_cipher_encrypt_setup, &operation, key, PSA_ALG_CTR);
            GOOD(psa_cipher_set_iv, &operation, TEXT, 16);
            GOOD(psa_cipher_update, &operation, together + 20, 48, output, 48, &size);
            GOOD(psa_cipher_abort, &operation);
        }
        SAME_BYTES(together + 20 + shift, apart, 48);
    }
    GOOD(psa_aead_encrypt_setup, &aead, seal, PSA_ALG_GCM);
    GOOD(psa_aead_set_nonce, &aead, TEXT, 12);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_aead_finish, &aead, apart, 16, &size, apart + 15, 16,
         &tag_size);
    GOOD(psa_aead_finish, &aead, apart, 16, &size, apart + 16, 16, &tag_size);
    GOOD(psa_destroy_key, key);
    GOOD(psa_destroy_key, seal);
}

/* ---- handles ---- */

static uint32_t handle_of(const void *operation)
{
    uint32_t handle;

    memcpy(&handle, operation, sizeof(handle));
    return handle;
}

static void forged_handles(void)
{
    static const uint32_t HANDLES[] = {1,          2,          127,        0x7fffffff, 0x80000000,
                                       0x80000001, 0x8000007f, 0xdeadbeef, 0xffffffff};
    uint8_t output[64];
    size_t size;

    for (size_t i = 0; i < COUNT(HANDLES); i++) {
        psa_hash_operation_t hash;
        psa_mac_operation_t mac;
        psa_cipher_operation_t cipher;
        psa_aead_operation_t aead;
        psa_key_derivation_operation_t derivation;
        psa_pake_operation_t pake;

#define FORGED(operation) (memcpy(&operation, &HANDLES[i], 4), &operation)
        WANT(PSA_ERROR_BAD_STATE, psa_hash_update, FORGED(hash), TEXT, 1);
        WANT(PSA_ERROR_BAD_STATE, psa_hash_setup, FORGED(hash), PSA_ALG_SHA_256);
        WANT(PSA_ERROR_BAD_STATE, psa_hash_finish, FORGED(hash), output, 64, &size);
        WANT(PSA_ERROR_BAD_STATE, psa_hash_suspend, FORGED(hash), output, 64, &size);
        WANT(PSA_ERROR_BAD_STATE, psa_hash_resume, FORGED(hash), TEXT, 64);
        WANT(PSA_ERROR_BAD_STATE, psa_mac_update, FORGED(mac), TEXT, 1);
        WANT(PSA_ERROR_BAD_STATE, psa_mac_sign_finish, FORGED(mac), output, 64, &size);
        WANT(PSA_ERROR_BAD_STATE, psa_cipher_update, FORGED(cipher), TEXT, 1, output, 64, &size);
        WANT(PSA_ERROR_BAD_STATE, psa_cipher_set_iv, FORGED(cipher), TEXT, 16);
        WANT(PSA_ERROR_BAD_STATE, psa_aead_update_ad, FORGED(aead), TEXT, 1);
        WANT(PSA_ERROR_BAD_STATE, psa_aead_update, FORGED(aead), TEXT, 1, output, 64, &size);
        WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_setup, FORGED(derivation),
             PSA_ALG_HKDF(PSA_ALG_SHA_256));
        WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_output_bytes, FORGED(derivation), output, 1);
        WANT(PSA_ERROR_BAD_STATE, psa_key_derivation_get_capacity, FORGED(derivation), &size);
        WANT(PSA_ERROR_BAD_STATE, psa_pake_input, FORGED(pake), PSA_PAKE_STEP_KEY_SHARE, TEXT, 64);
        GOOD(psa_hash_abort, FORGED(hash));
        GOOD(psa_mac_abort, FORGED(mac));
        GOOD(psa_cipher_abort, FORGED(cipher));
        GOOD(psa_aead_abort, FORGED(aead));
        GOOD(psa_key_derivation_abort, FORGED(derivation));
        GOOD(psa_pake_abort, FORGED(pake));
        SAME(handle_of(&hash), 0);
        SAME(handle_of(&pake), 0);
#undef FORGED
    }
}

/* A handle is good in its own family, and until its operation is over. */
static void other_families(enum side side)
{
    psa_key_id_t key = import_as(side, PSA_KEY_TYPE_AES, SEALS, PSA_ALG_CTR, TEXT, 16);
    psa_cipher_operation_t cipher = PSA_CIPHER_OPERATION_INIT, kept;
    psa_hash_operation_t hash;
    psa_aead_operation_t aead;
    psa_mac_operation_t mac;
    uint8_t output[64];
    size_t size;

    GOOD(psa_cipher_encrypt_setup, &cipher, key, PSA_ALG_CTR);
    SAME((handle_of(&cipher) & VC_PSA_HANDLE_STORED) != 0, side == KEPT);
    GOOD(psa_cipher_set_iv, &cipher, TEXT, 16);
    memcpy(&hash, &cipher, 4);
    memcpy(&aead, &cipher, 4);
    memcpy(&mac, &cipher, 4);
    memcpy(&kept, &cipher, 4);
    WANT(PSA_ERROR_BAD_STATE, psa_hash_update, &hash, TEXT, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update, &aead, TEXT, 1, output, 64, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_mac_update, &mac, TEXT, 1);
    memcpy(&mac, &cipher, 4);
    GOOD(psa_mac_abort, &mac);
    GOOD(psa_cipher_update, &cipher, TEXT, 16, output, 64, &size); /* none of them ended it */
    GOOD(psa_cipher_finish, &cipher, output, 64, &size);
    SAME(handle_of(&cipher), 0);
    WANT(PSA_ERROR_BAD_STATE, psa_cipher_update, &kept, TEXT, 16, output, 64, &size);
    GOOD(psa_destroy_key, key);
}

/* ---- everything at once ---- */

static void keys_are_used_up(bool generated)
{
    static psa_key_id_t keys[VC_PSA_KEYS_MAX + 1];
    psa_key_attributes_t attributes =
        attributes_of(PSA_KEY_TYPE_AES, 128, PSA_KEY_USAGE_EXPORT, PSA_ALG_CTR);
    psa_status_t status = PSA_SUCCESS;
    uint8_t bytes[16];
    size_t count = 0, size;

    while (count <= VC_PSA_KEYS_MAX && status == PSA_SUCCESS) {
        status = generated ? psa_generate_key(&attributes, &keys[count])
                           : psa_import_key(&attributes, TEXT, 16, &keys[count]);
        count += status == PSA_SUCCESS;
    }
    SAME(status, PSA_ERROR_INSUFFICIENT_MEMORY);
    SAME(count, VC_PSA_KEYS_MAX);
    GOOD(psa_export_key, keys[0], bytes, 16, &size);
    GOOD(psa_destroy_key, keys[77]);
    if (generated) {
        GOOD(psa_generate_key, &attributes, &keys[77]);
    } else {
        GOOD(psa_import_key, &attributes, TEXT, 16, &keys[77]);
    }
    for (size_t i = 0; i < count; i++)
        SAME(psa_destroy_key(keys[i]), PSA_SUCCESS);
}

static void operations_are_used_up(void)
{
    static psa_hash_operation_t operations[VC_PSA_OPERATIONS_MAX + 1];
    uint8_t digest[32], wanted[32];
    size_t size;

    for (size_t i = 0; i < VC_PSA_OPERATIONS_MAX; i++)
        GOOD(psa_hash_setup, &operations[i], PSA_ALG_SHA_256);
    WANT(PSA_ERROR_INSUFFICIENT_MEMORY, psa_hash_setup, &operations[VC_PSA_OPERATIONS_MAX],
         PSA_ALG_SHA_256);
    WANT(PSA_ERROR_INSUFFICIENT_MEMORY, psa_hash_clone, &operations[0],
         &operations[VC_PSA_OPERATIONS_MAX]);
    GOOD(psa_hash_abort, &operations[5]);
    GOOD(psa_hash_setup, &operations[VC_PSA_OPERATIONS_MAX], PSA_ALG_SHA_256);
    GOOD(psa_hash_compute, PSA_ALG_SHA_256, TEXT, 64, wanted, 32, &size);
    for (size_t i = 0; i <= VC_PSA_OPERATIONS_MAX; i++) {
        if (i == 5)
            continue;
        GOOD(psa_hash_update, &operations[i], TEXT, 64);
        GOOD(psa_hash_finish, &operations[i], digest, 32, &size);
        SAME_BYTES(digest, wanted, 32);
    }
}

static void stored_operations_are_used_up(void)
{
    static psa_cipher_operation_t operations[VC_PSA_OPERATIONS_MAX + 1];
    psa_key_id_t key = import_as(KEPT, PSA_KEY_TYPE_AES, SEALS, PSA_ALG_CTR, TEXT, 16);

    for (size_t i = 0; i < VC_PSA_OPERATIONS_MAX; i++)
        GOOD(psa_cipher_encrypt_setup, &operations[i], key, PSA_ALG_CTR);
    WANT(PSA_ERROR_INSUFFICIENT_MEMORY, psa_cipher_encrypt_setup,
         &operations[VC_PSA_OPERATIONS_MAX], key, PSA_ALG_CTR);
    for (size_t i = 0; i < VC_PSA_OPERATIONS_MAX; i++)
        GOOD(psa_cipher_abort, &operations[i]);
    GOOD(psa_cipher_encrypt_setup, &operations[0], key, PSA_ALG_CTR);
    GOOD(psa_cipher_abort, &operations[0]);
    GOOD(psa_destroy_key, key);
}

/* ---- bulk: what goes to the key store in one call has a limit; what stays here has none ---- */

static void bulk(void)
{
    const psa_algorithm_t alg = PSA_ALG_HMAC(PSA_ALG_SHA_256);
    const psa_key_usage_t signs = PSA_KEY_USAGE_SIGN_MESSAGE;
    const size_t size = VC_PSA_CALL_BYTES_MAX + 1;
    psa_key_id_t mine = import_as(MINE, PSA_KEY_TYPE_HMAC, signs, alg, TEXT, 32);
    psa_key_id_t kept = import_as(KEPT, PSA_KEY_TYPE_HMAC, signs, alg, TEXT, 32);
    uint8_t mac[2][32], *bytes = calloc(size, 1);
    size_t mac_size;

    SAME(bytes != NULL, 1);
    if (bytes == NULL)
        return;
    GOOD(psa_mac_compute, mine, alg, bytes, size, mac[0], 32, &mac_size);
    WANT(PSA_ERROR_INSUFFICIENT_MEMORY, psa_mac_compute, kept, alg, bytes, size, mac[1], 32,
         &mac_size);
    GOOD(psa_mac_compute, mine, alg, bytes, size - 1, mac[0], 32, &mac_size);
    GOOD(psa_mac_compute, kept, alg, bytes, size - 1, mac[1], 32, &mac_size);
    SAME_BYTES(mac[0], mac[1], 32);
    free(bytes);
    GOOD(psa_destroy_key, mine);
    GOOD(psa_destroy_key, kept);
}

/* ---- what the specification has and a container has not ---- */

static const struct {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t alg;
} NO_MACS[] = {
    {"CMAC of Camellia", PSA_KEY_TYPE_CAMELLIA, PSA_ALG_CMAC},
    {"CMAC of ARIA", PSA_KEY_TYPE_ARIA, PSA_ALG_CMAC},
    {"CBC-MAC", PSA_KEY_TYPE_AES, PSA_ALG_CBC_MAC},
    {"HMAC of SM3", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SM3)},
    {"HMAC of SHA-512/256", PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_512_256)},
};

static const struct {
    const char *name;
    psa_key_type_t type;
    size_t size;
} NO_KEYS[] = {
    {"Ed25519", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_TWISTED_EDWARDS), 32},
    {"Ed448", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_TWISTED_EDWARDS), 57},
    {"secp224k1", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_K1), 29},
    {"sect283r1", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECT_R1), 36},
};

static void not_supported(enum side side)
{
    psa_mac_operation_t mac = PSA_MAC_OPERATION_INIT;
    psa_aead_operation_t aead = PSA_AEAD_OPERATION_INIT;
    uint8_t output[64];
    psa_key_id_t key;
    size_t size;

    for (size_t i = 0; i < COUNT(NO_MACS); i++) {
        psa_algorithm_t alg = NO_MACS[i].alg;

        book.what = NO_MACS[i].name;
        key = import_as(side, NO_MACS[i].type, PSA_KEY_USAGE_SIGN_MESSAGE, alg, TEXT, 16);
        WANT(PSA_ERROR_NOT_SUPPORTED, psa_mac_compute, key, alg, TEXT, 16, output, 64, &size);
        WANT(PSA_ERROR_NOT_SUPPORTED, psa_mac_sign_setup, &mac, key, alg);
        GOOD(psa_destroy_key, key);
    }
    for (size_t i = 0; i < COUNT(NO_KEYS); i++) {
        psa_key_attributes_t attributes = attributes_of(NO_KEYS[i].type, 0, 0, 0);

        book.what = NO_KEYS[i].name;
        WANT(PSA_ERROR_NOT_SUPPORTED, psa_import_key, &attributes, TEXT, NO_KEYS[i].size, &key);
    }
    book.what = NULL;
    key = import_as(side, PSA_KEY_TYPE_AES, SEALS, PSA_ALG_CFB, TEXT, 16);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_aead_encrypt, key, PSA_ALG_CFB, TEXT, 12, TEXT, 0, TEXT, 3,
         output, 64, &size);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_aead_decrypt, key, PSA_ALG_CFB, TEXT, 12, TEXT, 0, TEXT, 32,
         output, 64, &size);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_aead_encrypt_setup, &aead, key, PSA_ALG_CFB);
    WANT(PSA_ERROR_NOT_SUPPORTED, psa_aead_decrypt_setup, &aead, key, PSA_ALG_CFB);
    GOOD(psa_destroy_key, key);
}

/* Operations that take all the memory of the key store: then there is none for a call that is
 * large, and there is again when they are over. */
static void memory_is_used_up(void)
{
    static psa_key_derivation_operation_t operations[VC_PSA_OPERATIONS_MAX];
    const psa_algorithm_t alg = PSA_ALG_HMAC(PSA_ALG_SHA_256);
    psa_key_id_t key =
        import_as(KEPT, PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE, alg, TEXT, 32);
    uint8_t mac[32], *bytes = calloc(VC_PSA_CALL_BYTES_MAX, 1);
    size_t count = 0, mac_size;

    SAME(bytes != NULL, 1);
    if (bytes == NULL)
        return;
    for (size_t size = VC_PSA_CALL_BYTES_MAX; size >= 1 << 20; size /= 2) {
        psa_status_t status = PSA_SUCCESS;

        while (status == PSA_SUCCESS && count < VC_PSA_OPERATIONS_MAX) {
            GOOD(psa_key_derivation_setup, &operations[count], PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256));
            status = psa_key_derivation_input_bytes(&operations[count],
                                                    PSA_KEY_DERIVATION_INPUT_SEED, bytes, size);
            count += status == PSA_SUCCESS;
        }
        SAME(status, PSA_ERROR_INSUFFICIENT_MEMORY);
        GOOD(psa_key_derivation_abort, &operations[count]);
    }
    WANT(PSA_ERROR_INSUFFICIENT_MEMORY, psa_mac_compute, key, alg, bytes, VC_PSA_CALL_BYTES_MAX,
         mac, 32, &mac_size);
    GOOD(psa_mac_compute, key, alg, bytes, 1, mac, 32, &mac_size);
    for (size_t i = 0; i < count; i++)
        GOOD(psa_key_derivation_abort, &operations[i]);
    GOOD(psa_mac_compute, key, alg, bytes, VC_PSA_CALL_BYTES_MAX, mac, 32, &mac_size);
    free(bytes);
    GOOD(psa_destroy_key, key);
}

/* ---- keys for others ---- */

static void wraps(void)
{
    psa_key_id_t key = import_as(MINE, PSA_KEY_TYPE_AES, SEALS, PSA_ALG_CTR, TEXT, 16);
    static uint8_t wrapped[VZ_KEY_WRAP_BYTES + 16];
    size_t size = 0;

    GOOD(vz_key_wrap, key, "owner", wrapped, sizeof(wrapped), &size);
    SAME(size > 16 && wrapped[0] == 0x30, 1);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, vz_key_wrap, key, "owner", wrapped, size - 1, &size);
    SAME(size, 0);
    WANT(PSA_ERROR_DOES_NOT_EXIST, vz_key_wrap, key, "nobody", wrapped, sizeof(wrapped), &size);
    WANT(PSA_ERROR_DOES_NOT_EXIST, vz_key_wrap, key, "", wrapped, sizeof(wrapped), &size);
    WANT(PSA_ERROR_INVALID_HANDLE, vz_key_wrap, 0xdead, "owner", wrapped, sizeof(wrapped), &size);
    GOOD(psa_destroy_key, key);
    WANT(PSA_ERROR_INVALID_HANDLE, vz_key_wrap, key, "owner", wrapped, sizeof(wrapped), &size);
}

/* ---- anything, in any order ---- */

static uint64_t dice;

static u roll(u sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (u)(dice >> 32) % sides;
}

static u a_value(void)
{
    static const u VALUES[] = {0,
                               1,
                               2,
                               0x1234,
                               0x40000000,
                               0x40000001,
                               0x60000000,
                               0x60000001,
                               0xffffffff,
                               PSA_ALG_SHA_256,
                               PSA_ALG_CTR,
                               PSA_ALG_GCM,
                               PSA_ALG_HMAC(PSA_ALG_SHA_256),
                               PSA_ALG_HKDF(PSA_ALG_SHA_256),
                               PSA_ALG_ECDSA(PSA_ALG_SHA_256),
                               PSA_ALG_ECDH,
                               PSA_KEY_DERIVATION_INPUT_SECRET,
                               PSA_KEY_DERIVATION_INPUT_INFO,
                               0x01120100,
                               0x10000,
                               16};

    return VALUES[roll(COUNT(VALUES))];
}

/* Calls without sense, on operations and keys that others of them have made: each has a status of
 * the specification, and an operation that is over has no handle. */
static void anything(unsigned rounds)
{
    static const size_t NO_RSA = 256;
    unsigned odd = 0;

    for (unsigned i = 0; i < rounds; i++) {
        const struct function *function = &FUNCTIONS[roll(COUNT(FUNCTIONS))];
        psa_key_attributes_t attributes = attributes_of(
            roll(2) ? PSA_KEY_TYPE_AES : PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
            roll(3) ? 128 : NO_RSA, a_value() & 0xff07, a_value());
        u arguments[VC_PSA_ARGUMENTS_MAX] = {0};

        fill(function, arguments);
        for (size_t at = 0; function->shape[at] != '\0'; at++) {
            if (strchr("vI", function->shape[at]) != NULL)
                arguments[at] = function->shape[at] == 'I' ? roll(9) : a_value();
            if (function->shape[at] == 's')
                arguments[at] = roll(PLACE + 1);
            if (function->shape[at] == 'a')
                memcpy(arena[at], &attributes, sizeof(attributes));
            if (function->shape[at] == 'p' && roll(4) != 0)
                arguments[at] = (u)(uintptr_t)arena[0];
        }
        psa_status_t status = call(function, arguments);
        odd += status > 0 || status < PSA_ERROR_DATA_INVALID ||
               status == PSA_ERROR_COMMUNICATION_FAILURE ||
               status == PSA_ERROR_CORRUPTION_DETECTED || status == PSA_ERROR_HARDWARE_FAILURE;
    }
    SAME(odd, 0);
}

int main(int count, char **words)
{
    dice = count > 1 ? strtoull(words[1], NULL, 0) : 0;
    dice = dice * 2 + 1;
    GOOD(psa_crypto_init);
    pointers();
    no_bytes();
    in_the_way();
    forged_handles();
    other_families(MINE);
    other_families(KEPT);
    keys_are_used_up(false);
    keys_are_used_up(true);
    operations_are_used_up();
    stored_operations_are_used_up();
    bulk();
    if (count < 3) /* a sanitizer's key store has no limit of memory */
        memory_is_used_up();
    not_supported(MINE);
    not_supported(KEPT);
    wraps();
    memset(arena, 0, sizeof(arena));
    anything(20000);
    return end_of_book();
}
