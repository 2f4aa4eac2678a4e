/* SPDX-License-Identifier: MIT */

#include "crypto/cipher.h"

#include <openssl/core_names.h>
#include <stdlib.h>

#include "crypto/library_internal.h"

static constexpr size_t PIECE_MAX = 1 << 30; /* bytes; the library counts in int */
static constexpr size_t TAG_SIZE = 16;
static constexpr size_t TAG_MIN = 4;

/* What a message has had so far. */
enum stage { IDLE, DATA, CONTENT };

struct vc_cipher {
    enum vc_cipher_algorithm algorithm;
    bool encrypts;
    EVP_CIPHER_CTX *context;
    size_t nonce_size; /* that the context expects */
    enum stage stage;
};

struct key_size {
    size_t key; /* bytes */
    const char *name;
};

enum { KEY_SIZES_MAX = 3 };

static const struct {
    struct key_size keys[KEY_SIZES_MAX];
    size_t nonce_min, nonce_max, nonce_usual; /* bytes */
    bool authenticates;
} algorithms[] = {
    [VC_CIPHER_AES_GCM] = {.keys = {{16, "AES-128-GCM"}, {24, "AES-192-GCM"}, {32, "AES-256-GCM"}},
                           .nonce_min = 1,
                           .nonce_max = 128,
                           .nonce_usual = 12,
                           .authenticates = true},
    [VC_CIPHER_CHACHA20_POLY1305] = {.keys = {{32, "ChaCha20-Poly1305"}},
                                     .nonce_min = 12,
                                     .nonce_max = 12,
                                     .nonce_usual = 12,
                                     .authenticates = true},
    [VC_CIPHER_AES_CTR] = {.keys = {{16, "AES-128-CTR"}, {24, "AES-192-CTR"}, {32, "AES-256-CTR"}},
                           .nonce_min = 16,
                           .nonce_max = 16,
                           .nonce_usual = 16},
};

static const char *name_for(enum vc_cipher_algorithm algorithm, size_t key_size)
{
    for (size_t i = 0; i < KEY_SIZES_MAX; i++) {
        if (key_size > 0 && algorithms[algorithm].keys[i].key == key_size)
            return algorithms[algorithm].keys[i].name;
    }
    return nullptr;
}

static EVP_CIPHER_CTX *make_context(const char *name, struct vc_bytes key, bool encrypts)
{
    EVP_CIPHER *native = EVP_CIPHER_fetch(nullptr, name, nullptr);
    EVP_CIPHER_CTX *context = native == nullptr ? nullptr : EVP_CIPHER_CTX_new();

    if (context != nullptr &&
        EVP_CipherInit_ex2(context, native, key.data, nullptr, encrypts, nullptr) != 1) {
        EVP_CIPHER_CTX_free(context);
        context = nullptr;
    }
    EVP_CIPHER_free(native); /* the context has its own reference */
    return context;
}

enum vc_code vc_cipher_new(enum vc_cipher_algorithm algorithm, struct vc_bytes key, bool encrypts,
                           struct vc_cipher **cipher, struct vc_err *err)
{
    const char *name = name_for(algorithm, key.size);
    vc_cleanup(vc_cipher_freep) struct vc_cipher *made = nullptr;

    vc_crypto_start();
    if (name == nullptr)
        return vc_fail(err, VC_MALFORMED, "a cipher's key of %zu bytes", key.size);
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_cipher){.algorithm = algorithm,
                               .encrypts = encrypts,
                               .nonce_size = algorithms[algorithm].nonce_usual};
    made->context = make_context(name, key, encrypts);
    if (made->context == nullptr)
        return vc_crypto_fail(err, VC_MEMORY, name);
    *cipher = vc_take(made);
    return VC_OK;
}

enum vc_code vc_cipher_copy(const struct vc_cipher *cipher, struct vc_cipher **copy,
                            struct vc_err *err)
{
    vc_cleanup(vc_cipher_freep) struct vc_cipher *made = malloc(sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = *cipher;
    made->stage = IDLE;
    made->context = EVP_CIPHER_CTX_new();
    if (made->context == nullptr)
        return vc_fail_memory(err);
    if (EVP_CIPHER_CTX_copy(made->context, cipher->context) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "a cipher cannot be copied");
    *copy = vc_take(made);
    return VC_OK;
}

void vc_cipher_free(struct vc_cipher *cipher)
{
    if (cipher == nullptr)
        return;
    EVP_CIPHER_CTX_free(cipher->context);
    free(cipher);
}

/* Asked only when it changes: setting it costs as much as a short message. */
static bool expect_nonce(struct vc_cipher *cipher, size_t size)
{
    if (cipher->nonce_size != size) {
        if (EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_SET_IVLEN, (int)size, nullptr) != 1)
            return false;
        cipher->nonce_size = size;
    }
    return true;
}

enum vc_code vc_cipher_begin(struct vc_cipher *cipher, struct vc_bytes nonce, struct vc_err *err)
{
    cipher->stage = IDLE;
    if (nonce.size < algorithms[cipher->algorithm].nonce_min ||
        nonce.size > algorithms[cipher->algorithm].nonce_max)
        return vc_fail(err, VC_MALFORMED, "a nonce of %zu bytes", nonce.size);
    if (!expect_nonce(cipher, nonce.size) ||
        EVP_CipherInit_ex2(cipher->context, nullptr, nullptr, nonce.data, cipher->encrypts,
                           nullptr) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "a cipher cannot be started");
    cipher->stage = algorithms[cipher->algorithm].authenticates ? DATA : CONTENT;
    return VC_OK;
}

/* `out` null: additional data. */
static enum vc_code feed(struct vc_cipher *cipher, struct vc_bytes in, uint8_t *out,
                         struct vc_err *err)
{
    for (size_t done = 0; done < in.size;) {
        size_t piece = in.size - done < PIECE_MAX ? in.size - done : PIECE_MAX;
        int size = 0;

        if (EVP_CipherUpdate(cipher->context, out == nullptr ? nullptr : out + done, &size,
                             in.data + done, (int)piece) != 1 ||
            (size_t)size != piece) {
            cipher->stage = IDLE;
            return vc_crypto_fail(err, VC_LIMIT, "a cipher cannot go on");
        }
        done += piece;
    }
    return VC_OK;
}

enum vc_code vc_cipher_add_data(struct vc_cipher *cipher, struct vc_bytes data, struct vc_err *err)
{
    if (cipher->stage != DATA)
        return vc_fail(err, VC_STATE, "additional data, but not before the content");
    return feed(cipher, data, nullptr, err);
}

enum vc_code vc_cipher_update(struct vc_cipher *cipher, struct vc_bytes in, uint8_t *out,
                              struct vc_err *err)
{
    if (cipher->stage == IDLE)
        return vc_fail(err, VC_STATE, "no message was begun");
    cipher->stage = CONTENT;
    return feed(cipher, in, out, err);
}

/* The modes here are of streams: nothing is left over for the end. */
static bool finish(struct vc_cipher *cipher)
{
    uint8_t rest[EVP_MAX_BLOCK_LENGTH];
    int size = 0;

    cipher->stage = IDLE;
    return EVP_CipherFinal_ex(cipher->context, rest, &size) == 1 && size == 0;
}

enum vc_code vc_cipher_tag(struct vc_cipher *cipher, uint8_t tag[16], struct vc_err *err)
{
    if (cipher->stage == IDLE || !cipher->encrypts || !algorithms[cipher->algorithm].authenticates)
        return vc_fail(err, VC_STATE, "no authenticated encryption was begun");
    if (!finish(cipher) ||
        EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag) != 1)
        return vc_crypto_fail(err, VC_HOST, "a cipher gives no tag");
    return VC_OK;
}

enum vc_code vc_cipher_verify(struct vc_cipher *cipher, struct vc_bytes tag, struct vc_err *err)
{
    uint8_t expected[TAG_SIZE];

    if (cipher->stage == IDLE || cipher->encrypts || !algorithms[cipher->algorithm].authenticates)
        return vc_fail(err, VC_STATE, "no authenticated decryption was begun");
    if (tag.size < TAG_MIN || tag.size > TAG_SIZE)
        return vc_fail(err, VC_UNTRUSTED, "a tag of %zu bytes", tag.size);
    for (size_t i = 0; i < tag.size; i++)
        expected[i] = tag.data[i]; /* the library wants one that it may write */
    if (EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_SET_TAG, (int)tag.size, expected) != 1 ||
        !finish(cipher)) {
        cipher->stage = IDLE;
        return vc_crypto_fail(err, VC_UNTRUSTED, "a tag does not fit its message");
    }
    return VC_OK;
}
