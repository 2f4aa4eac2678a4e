/* SPDX-License-Identifier: MIT */

#include "crypto/wrap.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "crypto/library_internal.h"

VC_DEFINE_CLEANUP(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free);

static const EVP_MD *native_hash(enum vc_hash hash)
{
    switch (hash) {
    case VC_HASH_SHA256:
        return EVP_sha256();
    case VC_HASH_SHA384:
        return EVP_sha384();
    case VC_HASH_SHA512:
        return EVP_sha512();
    }
    return nullptr;
}

/* Null: never of a key that was parsed, but for memory. */
static EVP_PKEY *native_key(const struct vc_public_key *key)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    const unsigned char *at;

    if (vc_public_key_encode_der(key, &der, nullptr) != VC_OK)
        return nullptr;
    at = der.data;
    return d2i_PUBKEY(nullptr, &at, (long)der.size);
}

/* The library owns the label that it is given. */
static bool set_label(EVP_PKEY_CTX *context, struct vc_bytes label)
{
    unsigned char *copy = OPENSSL_memdup(label.data, label.size);

    if (copy == nullptr)
        return false;
    if (EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, (int)label.size) == 1)
        return true;
    OPENSSL_free(copy);
    return false;
}

enum vc_code vc_wrap_oaep(const struct vc_public_key *key, const struct vc_wrap_padding *padding,
                          struct vc_bytes seed, struct vc_buffer *out, struct vc_err *err)
{
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *native = nullptr;
    vc_cleanup(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = nullptr;
    size_t size = 0;
    enum vc_code code;

    if (vc_public_key_kind(key) != VC_KEY_RSA)
        return vc_fail(err, VC_REFUSED, "OAEP wants an RSA key");
    vc_crypto_start();
    native = native_key(key);
    context = native == nullptr ? nullptr : EVP_PKEY_CTX_new_from_pkey(nullptr, native, nullptr);
    if (context == nullptr || EVP_PKEY_encrypt_init(context) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_oaep_md(context, native_hash(padding->hash)) != 1 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md(context, native_hash(padding->hash)) != 1 ||
        !set_label(context, padding->label) ||
        EVP_PKEY_encrypt(context, nullptr, &size, seed.data, seed.size) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "OAEP");
    code = vc_buffer_reserve(out, size, err);
    if (code != VC_OK)
        return code;
    if (EVP_PKEY_encrypt(context, out->data + out->size, &size, seed.data, seed.size) != 1)
        return vc_crypto_fail(err, VC_LIMIT, "OAEP: the seed does not fit");
    out->size += size;
    return VC_OK;
}

/* A pair on the same curve. */
static EVP_PKEY *make_pair(EVP_PKEY *like)
{
    vc_cleanup(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_pkey(nullptr, like, nullptr);
    EVP_PKEY *pair = nullptr;

    if (context == nullptr || EVP_PKEY_keygen_init(context) != 1 ||
        EVP_PKEY_generate(context, &pair) != 1)
        return nullptr;
    return pair;
}

static enum vc_code agree(EVP_PKEY *pair, EVP_PKEY *peer, struct vc_buffer *shared,
                          struct vc_err *err)
{
    vc_cleanup(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_pkey(nullptr, pair, nullptr);
    size_t size = 0;
    enum vc_code code;

    if (context == nullptr || EVP_PKEY_derive_init(context) != 1 ||
        EVP_PKEY_derive_set_peer(context, peer) != 1 ||
        EVP_PKEY_derive(context, nullptr, &size) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "ECDH");
    code = vc_buffer_reserve(shared, size, err);
    if (code != VC_OK)
        return code;
    if (EVP_PKEY_derive(context, shared->data + shared->size, &size) != 1)
        return vc_crypto_fail(err, VC_MEMORY, "ECDH");
    shared->size += size;
    return VC_OK;
}

enum vc_code vc_wrap_ecdh(const struct vc_public_key *key, struct vc_buffer *point,
                          struct vc_buffer *shared, struct vc_err *err)
{
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *peer = nullptr;
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *pair = nullptr;
    unsigned char *encoded = nullptr;
    size_t size;
    enum vc_code code;

    if (vc_public_key_kind(key) == VC_KEY_RSA)
        return vc_fail(err, VC_REFUSED, "ECDH wants a key on a curve");
    vc_crypto_start();
    peer = native_key(key);
    pair = peer == nullptr ? nullptr : make_pair(peer);
    if (pair == nullptr)
        return vc_crypto_fail(err, VC_MEMORY, "ECDH");
    size = EVP_PKEY_get1_encoded_public_key(pair, &encoded);
    if (size < 2)
        return vc_crypto_fail(err, VC_MEMORY, "ECDH");
    code = vc_buffer_append(point, (struct vc_bytes){encoded + 1, size - 1}, err); /* without 04 */
    OPENSSL_free(encoded);
    return code == VC_OK ? agree(pair, peer, shared, err) : code;
}

enum vc_code vc_wrap_hmac(enum vc_hash hash, struct vc_bytes key, struct vc_bytes message,
                          struct vc_octets *mac, struct vc_err *err)
{
    struct vc_octets made = {.size = vc_hash_size(hash)};

    vc_crypto_start();
    if (HMAC(native_hash(hash), key.data, (int)key.size, message.data, message.size, made.bytes,
             nullptr) == nullptr)
        return vc_crypto_fail(err, VC_MEMORY, "HMAC");
    *mac = made;
    return VC_OK;
}

/* Numbers of four bytes, big endian. */
static enum vc_code put_number(struct vc_buffer *out, size_t value, struct vc_err *err)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                             (uint8_t)value};

    return vc_buffer_append(out, VC_BYTES(bytes), err);
}

static enum vc_code put_context(struct vc_buffer *out, const struct vc_wrap_context *context,
                                struct vc_err *err)
{
    enum vc_code code = vc_buffer_append(
        out, (struct vc_bytes){(const uint8_t *)context->label, strlen(context->label) + 1}, err);

    if (code == VC_OK)
        code = vc_buffer_append(out, context->u, err);
    return code == VC_OK ? vc_buffer_append(out, context->v, err) : code;
}

static enum vc_code check_size(enum vc_hash hash, size_t size, struct vc_err *err)
{
    if (size == 0 || size > VC_WRAP_KEY_MAX)
        return vc_fail(err, VC_LIMIT, "key derivation with %s: %zu bytes, 1 to %zu can be",
                       vc_hash_name(hash), size, VC_WRAP_KEY_MAX);
    return VC_OK;
}

/* Takes one block of a derivation. */
static void take_block(struct vc_octets *derived, const struct vc_octets *block, size_t size)
{
    size_t part = size - derived->size < block->size ? size - derived->size : block->size;

    memcpy(derived->bytes + derived->size, block->bytes, part);
    derived->size += part;
}

enum vc_code vc_wrap_kdfa(enum vc_hash hash, struct vc_bytes key,
                          const struct vc_wrap_context *context, struct vc_octets *derived,
                          struct vc_err *err)
{
    const size_t size = context->size;
    struct vc_octets made = {};
    enum vc_code code = check_size(hash, size, err);

    for (size_t counter = 1; code == VC_OK && made.size < size; counter++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
        struct vc_octets block = {};

        code = put_number(&message, counter, err);
        if (code == VC_OK)
            code = put_context(&message, context, err);
        if (code == VC_OK)
            code = put_number(&message, 8 * size, err); /* in bits */
        if (code == VC_OK)
            code = vc_wrap_hmac(hash, key, vc_buffer_bytes(&message), &block, err);
        if (code == VC_OK)
            take_block(&made, &block, size);
        OPENSSL_cleanse(block.bytes, sizeof(block.bytes));
    }
    if (code == VC_OK)
        *derived = made;
    OPENSSL_cleanse(made.bytes, sizeof(made.bytes));
    return code;
}

enum vc_code vc_wrap_kdfe(enum vc_hash hash, struct vc_bytes shared,
                          const struct vc_wrap_context *context, struct vc_octets *derived,
                          struct vc_err *err)
{
    const size_t size = context->size;
    struct vc_octets made = {};
    enum vc_code code = check_size(hash, size, err);

    for (size_t counter = 1; code == VC_OK && made.size < size; counter++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
        struct vc_octets block;

        code = put_number(&message, counter, err);
        if (code == VC_OK)
            code = vc_buffer_append(&message, shared, err);
        if (code == VC_OK)
            code = put_context(&message, context, err);
        if (code != VC_OK)
            break;
        block = vc_hash_of(hash, vc_buffer_bytes(&message));
        take_block(&made, &block, size);
        OPENSSL_cleanse(block.bytes, sizeof(block.bytes));
    }
    if (code == VC_OK)
        *derived = made;
    OPENSSL_cleanse(made.bytes, sizeof(made.bytes));
    return code;
}

enum vc_code vc_wrap_cfb(struct vc_bytes key, uint8_t *data, size_t size, struct vc_err *err)
{
    static const uint8_t zeros[16] = {};
    vc_cleanup(EVP_CIPHER_CTX_freep) EVP_CIPHER_CTX *context = nullptr;
    const EVP_CIPHER *cipher = key.size == 16   ? EVP_aes_128_cfb128()
                               : key.size == 24 ? EVP_aes_192_cfb128()
                               : key.size == 32 ? EVP_aes_256_cfb128()
                                                : nullptr;
    int written = 0;

    if (cipher == nullptr || size > VC_WRAP_KEY_MAX + 2)
        return vc_fail(err, VC_LIMIT, "AES-CFB: a key of %zu bytes, data of %zu", key.size, size);
    vc_crypto_start();
    context = EVP_CIPHER_CTX_new();
    if (context == nullptr || EVP_EncryptInit_ex2(context, cipher, key.data, zeros, nullptr) != 1 ||
        EVP_EncryptUpdate(context, data, &written, data, (int)size) != 1 || (size_t)written != size)
        return vc_crypto_fail(err, VC_MEMORY, "AES-CFB");
    return VC_OK;
}
