/* SPDX-License-Identifier: MIT */

/* Authenticated encryption: vectors of the standards, in one call and in many, with the program's
 * own keys and with kept ones; and what has to be refused. */

#include "psa_check.h"

static const uint8_t TEXT[64] = "sixty-four bytes that some calls below get for their input, here";
static const psa_key_usage_t CIPHER_USE = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;

/* ---- authenticated encryption ---- */

/* GCM: McGrew and Viega, test cases 3, 4 and 13; RFC 3610 packet vector 1; RFC 8439 2.8.2. */
static const struct aead {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t alg;
    const char *key, *nonce, *more, *plain, *sealed;
} AEADS[] = {
    {"AES-128-GCM", PSA_KEY_TYPE_AES, PSA_ALG_GCM, "feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
     "4d5c2af327cd64a62cf35abd2ba6fab4"},
    {"AES-128-GCM with more", PSA_KEY_TYPE_AES, PSA_ALG_GCM, "feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"AES-256-GCM of nothing", PSA_KEY_TYPE_AES, PSA_ALG_GCM,
     "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"AES-128-GCM, 12 bytes of tag", PSA_KEY_TYPE_AES,
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12), "feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95a"},
    {"AES-128-CCM", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 8),
     "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "00000003020100a0a1a2a3a4a5", "0001020304050607",
     "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
     "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0"},
    {"ChaCha20-Poly1305", PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647",
     "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a2049662049"
     "20636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c20"
     "73756e73637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92"
     "728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b"
     "4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"},
};

struct packet {
    struct bytes nonce, more, plain, sealed;
};

static struct packet packet_of(const struct aead *row)
{
    return (struct packet){hex(row->nonce), hex(row->more), hex(row->plain), hex(row->sealed)};
}

static void aead_at_once(const struct aead *row, psa_key_id_t key, struct packet *packet)
{
    uint8_t output[256];
    size_t size = 0;

    GOOD(psa_aead_encrypt, key, row->alg, packet->nonce.data, packet->nonce.size, packet->more.data,
         packet->more.size, packet->plain.data, packet->plain.size, output, packet->sealed.size,
         &size);
    SAME(size, packet->sealed.size);
    SAME(size, PSA_AEAD_ENCRYPT_OUTPUT_SIZE(row->type, row->alg, packet->plain.size));
    SAME_BYTES(output, packet->sealed.data, size);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_aead_encrypt, key, row->alg, packet->nonce.data,
         packet->nonce.size, packet->more.data, packet->more.size, packet->plain.data,
         packet->plain.size, output, packet->sealed.size - 1, &size);
    GOOD(psa_aead_decrypt, key, row->alg, packet->nonce.data, packet->nonce.size, packet->more.data,
         packet->more.size, packet->sealed.data, packet->sealed.size, output, sizeof(output),
         &size);
    SAME(size, packet->plain.size);
    SAME_BYTES(output, packet->plain.data, size);
    /* in place */
    memcpy(output, packet->plain.data, packet->plain.size);
    GOOD(psa_aead_encrypt, key, row->alg, packet->nonce.data, packet->nonce.size, packet->more.data,
         packet->more.size, output, packet->plain.size, output, sizeof(output), &size);
    SAME_BYTES(output, packet->sealed.data, size);
    for (size_t at = 0; at < packet->sealed.size; at += 7) {
        packet->sealed.data[at] ^= 4;
        WANT(PSA_ERROR_INVALID_SIGNATURE, psa_aead_decrypt, key, row->alg, packet->nonce.data,
             packet->nonce.size, packet->more.data, packet->more.size, packet->sealed.data,
             packet->sealed.size, output, sizeof(output), &size);
        SAME(size, 0);
        packet->sealed.data[at] ^= 4;
    }
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_aead_decrypt, key, row->alg, packet->nonce.data,
         packet->nonce.size, TEXT, 1, packet->sealed.data, packet->sealed.size, output,
         sizeof(output), &size);
}

/* Needs lengths before anything else. */
static bool wants_lengths(const struct aead *row)
{
    return PSA_ALG_AEAD_WITH_DEFAULT_LENGTH_TAG(row->alg) == PSA_ALG_CCM;
}

static void aead_begin(const struct aead *row, psa_key_id_t key, const struct packet *packet,
                       bool encrypt, psa_aead_operation_t *operation)
{
    if (encrypt) {
        GOOD(psa_aead_encrypt_setup, operation, key, row->alg);
    } else {
        GOOD(psa_aead_decrypt_setup, operation, key, row->alg);
    }
    if (wants_lengths(row))
        GOOD(psa_aead_set_lengths, operation, packet->more.size, packet->plain.size);
    GOOD(psa_aead_set_nonce, operation, packet->nonce.data, packet->nonce.size);
    for (size_t at = 0; at < packet->more.size; at += 8)
        GOOD(psa_aead_update_ad, operation, packet->more.data + at,
             at + 8 < packet->more.size ? 8 : packet->more.size - at);
}

static size_t aead_feed(psa_aead_operation_t *operation, const uint8_t *input, size_t input_size,
                        size_t step, uint8_t *output)
{
    size_t used = 0, size;

    for (size_t at = 0; at < input_size; at += step) {
        GOOD(psa_aead_update, operation, input + at,
             at + step < input_size ? step : input_size - at, output + used, 256 - used, &size);
        used += size;
    }
    return used;
}

static void aead_in_pieces(const struct aead *row, psa_key_id_t key, const struct packet *packet,
                           size_t step)
{
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    size_t tag_at = packet->plain.size, tag_size = packet->sealed.size - tag_at, used, size, found;
    uint8_t output[256], tag[PSA_AEAD_TAG_MAX_SIZE];

    aead_begin(row, key, packet, true, &operation);
    used = aead_feed(&operation, packet->plain.data, packet->plain.size, step, output);
    GOOD(psa_aead_finish, &operation, output + used, sizeof(output) - used, &size, tag, sizeof(tag),
         &found);
    SAME(used + size, packet->plain.size);
    SAME(found, tag_size);
    SAME_BYTES(output, packet->sealed.data, packet->plain.size);
    SAME_BYTES(tag, packet->sealed.data + tag_at, tag_size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update, &operation, TEXT, 1, output, sizeof(output), &size);
    GOOD(psa_aead_abort, &operation);

    aead_begin(row, key, packet, false, &operation);
    used = aead_feed(&operation, packet->sealed.data, packet->plain.size, step, output);
    GOOD(psa_aead_verify, &operation, output + used, sizeof(output) - used, &size, tag, tag_size);
    SAME(used + size, packet->plain.size);
    SAME_BYTES(output, packet->plain.data, packet->plain.size);

    aead_begin(row, key, packet, false, &operation);
    (void)aead_feed(&operation, packet->sealed.data, packet->plain.size, 256, output);
    tag[0] ^= 1;
    WANT(PSA_ERROR_INVALID_SIGNATURE, psa_aead_verify, &operation, output, sizeof(output), &size,
         tag, tag_size);
    GOOD(psa_aead_abort, &operation);
}

static void aeads(enum side side)
{
    for (size_t i = 0; i < COUNT(AEADS); i++) {
        const struct aead *row = &AEADS[i];
        struct bytes material = hex(row->key);
        struct packet packet = packet_of(row);
        psa_key_id_t key;

        book.what = row->name;
        key = import_as(side, row->type, CIPHER_USE, row->alg, material.data, material.size);
        aead_at_once(row, key, &packet);
        for (size_t step = 1; step < 40; step += 15)
            aead_in_pieces(row, key, &packet, step);
        GOOD(psa_destroy_key, key);
    }
    book.what = NULL;
}

static void aead_refusals(enum side side)
{
    psa_key_id_t key =
        import_as(side, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM, TEXT, 16);
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    uint8_t output[64], tag[16];
    size_t size, tag_size;

    WANT(PSA_ERROR_NOT_PERMITTED, psa_aead_decrypt, key, PSA_ALG_GCM, TEXT, 12, TEXT, 0, TEXT, 32,
         output, sizeof(output), &size);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_aead_decrypt_setup, &operation, key, PSA_ALG_GCM);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_aead_encrypt_setup, &operation, key, PSA_ALG_CCM);
    WANT(PSA_ERROR_NOT_PERMITTED, psa_aead_encrypt, key,
         PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12), TEXT, 12, TEXT, 0, TEXT, 3, output,
         sizeof(output), &size);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_aead_encrypt_setup, &operation, 0, PSA_ALG_GCM);
    WANT(PSA_ERROR_INVALID_HANDLE, psa_aead_decrypt, 0xdead, PSA_ALG_GCM, TEXT, 12, TEXT, 0, TEXT,
         32, output, sizeof(output), &size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_generate_nonce, &operation, output, 12, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_set_lengths, &operation, 1, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update_ad, &operation, TEXT, 1);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update, &operation, TEXT, 1, output, 64, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_finish, &operation, output, 64, &size, tag, 16, &tag_size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_verify, &operation, output, 64, &size, tag, 16);

#define BEGUN()                                                     \
    do {                                                            \
        GOOD(psa_aead_abort, &operation);                           \
        GOOD(psa_aead_encrypt_setup, &operation, key, PSA_ALG_GCM); \
    } while (0)
    BEGUN();
    WANT(PSA_ERROR_BAD_STATE, psa_aead_encrypt_setup, &operation, key, PSA_ALG_GCM);
    BEGUN(); /* no nonce */
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update, &operation, TEXT, 1, output, 64, &size);
    BEGUN();
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update_ad, &operation, TEXT, 1);
    BEGUN();
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_aead_set_nonce, &operation, TEXT, 0);
    BEGUN();
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_aead_generate_nonce, &operation, output, 11, &size);
    BEGUN();
    GOOD(psa_aead_generate_nonce, &operation, output, sizeof(output), &size);
    SAME(size, PSA_AEAD_NONCE_LENGTH(PSA_KEY_TYPE_AES, PSA_ALG_GCM));
    WANT(PSA_ERROR_BAD_STATE, psa_aead_set_nonce, &operation, output, 12); /* once */
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_generate_nonce, &operation, output, 12, &size);
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    GOOD(psa_aead_update, &operation, TEXT, 1, output, 64, &size);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_update_ad, &operation, TEXT, 1);
    BEGUN();
    GOOD(psa_aead_set_lengths, &operation, 3, 5);
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_aead_update_ad, &operation, TEXT, 4);
    BEGUN();
    GOOD(psa_aead_set_lengths, &operation, 3, 5);
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    GOOD(psa_aead_update_ad, &operation, TEXT, 3);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_aead_update, &operation, TEXT, 6, output, 64, &size);
    BEGUN();
    GOOD(psa_aead_set_lengths, &operation, 3, 5);
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    GOOD(psa_aead_update_ad, &operation, TEXT, 3);
    GOOD(psa_aead_update, &operation, TEXT, 4, output, 64, &size);
    WANT(PSA_ERROR_INVALID_ARGUMENT, psa_aead_finish, &operation, output, 64, &size, tag, 16,
         &tag_size);
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    GOOD(psa_aead_set_lengths, &operation, 3, 5); /* GCM takes them in either order */
    WANT(PSA_ERROR_BAD_STATE, psa_aead_set_lengths, &operation, 3, 5);
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_BUFFER_TOO_SMALL, psa_aead_finish, &operation, output, 64, &size, tag, 15,
         &tag_size);
    BEGUN();
    GOOD(psa_aead_set_nonce, &operation, TEXT, 12);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_verify, &operation, output, 64, &size, tag, 16);
    GOOD(psa_aead_abort, &operation);
#undef BEGUN
    GOOD(psa_destroy_key, key);
    key = import_as(side, PSA_KEY_TYPE_AES, CIPHER_USE, PSA_ALG_CCM, TEXT, 16);
    GOOD(psa_aead_decrypt_setup, &operation, key, PSA_ALG_CCM);
    GOOD(psa_aead_set_lengths, &operation, 0, 0);
    GOOD(psa_aead_set_nonce, &operation, TEXT, 13);
    WANT(PSA_ERROR_BAD_STATE, psa_aead_finish, &operation, output, 64, &size, tag, 16, &tag_size);
    GOOD(psa_aead_abort, &operation);
    GOOD(psa_destroy_key, key);
}

int main(void)
{
    GOOD(psa_crypto_init);
    for (enum side side = MINE; side <= KEPT; side++) {
        printf("side %s\n", SIDES[side]);
        aeads(side);
        aead_refusals(side);
    }
    return end_of_book();
}
