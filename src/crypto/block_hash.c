/* SPDX-License-Identifier: MIT */

/* The functions below are deprecated in favour of EVP, which computes with the very same ones, but
 * does not show what a digest is made of half-way. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/block_hash_internal.h"

#include <stdckdint.h>
#include <string.h>

#include "base/reader.h"

enum { BLOCK_WORDS = 16, LENGTH_WORDS = 2 };

/* An algorithm counts bits in two words: bytes have three bits less. */
static constexpr unsigned LENGTH_BITS = 61;

/* Algorithms that differ only in where they begin and how much of the words they give. */
enum family { NONE, MD5_FAMILY, RIPEMD160_FAMILY, SHA1_FAMILY, SHA256_FAMILY, SHA512_FAMILY };

static const struct form {
    enum family family;
    size_t words, word; /* carried from block to block; bytes of one */
    bool little;        /* endian */
} FORMS[VC_HASH_ALG_COUNT] = {
    [VC_HASH_ALG_MD5] = {MD5_FAMILY, 4, 4, true},
    [VC_HASH_ALG_RIPEMD160] = {RIPEMD160_FAMILY, 5, 4, true},
    [VC_HASH_ALG_SHA1] = {SHA1_FAMILY, 5, 4, false},
    [VC_HASH_ALG_SHA224] = {SHA256_FAMILY, 8, 4, false},
    [VC_HASH_ALG_SHA256] = {SHA256_FAMILY, 8, 4, false},
    [VC_HASH_ALG_SHA384] = {SHA512_FAMILY, 8, 8, false},
    [VC_HASH_ALG_SHA512] = {SHA512_FAMILY, 8, 8, false},
    [VC_HASH_ALG_SHA512_224] = {SHA512_FAMILY, 8, 8, false},
    [VC_HASH_ALG_SHA512_256] = {SHA512_FAMILY, 8, 8, false},
};

/* The library lays all of them out alike: the words, how many bits were hashed (lower word first),
 * and the block that is not full. */
#define LAID_OUT(type, words, word, block)                        \
    static_assert(offsetof(type, Nl) == (words) * (word) &&       \
                  offsetof(type, Nh) == ((words) + 1) * (word) && \
                  offsetof(type, block) == ((words) + 2) * (word))
LAID_OUT(MD5_CTX, 4, 4, data);
LAID_OUT(RIPEMD160_CTX, 5, 4, data);
LAID_OUT(SHA_CTX, 5, 4, data);
LAID_OUT(SHA256_CTX, 8, 4, data);
LAID_OUT(SHA512_CTX, 8, 8, u);
static_assert(offsetof(MD5_CTX, A) == 0 && offsetof(MD5_CTX, D) == 3 * sizeof(MD5_LONG));
static_assert(offsetof(RIPEMD160_CTX, A) == 0 && offsetof(RIPEMD160_CTX, E) == 4 * 4);
static_assert(offsetof(SHA_CTX, h0) == 0 && offsetof(SHA_CTX, h4) == 4 * sizeof(SHA_LONG));
static_assert(offsetof(SHA256_CTX, h) == 0 && offsetof(SHA512_CTX, h) == 0);

bool vc_block_hash_is(enum vc_hash_algorithm algorithm)
{
    return FORMS[algorithm].family != NONE;
}

/* ---- computing ---- */

/* FIPS 180-4, 5.3.6: the library has names for these beginnings in its general interface alone. */
static const uint64_t SHA512_224_WORDS[] = {
    0x8c3d37c819544da2, 0x73e1996689dcd4d6, 0x1dfab7ae32ff9c82, 0x679dd514582f9fcf,
    0x0f6d2b697bd44da8, 0x77e36f7304c48942, 0x3f9d85a86a1d36c8, 0x1112e6ad91d692a1};
static const uint64_t SHA512_256_WORDS[] = {
    0x22312194fc2bf72c, 0x9f555fa3c84c64c2, 0x2393b86b6f53b151, 0x963877195940eabd,
    0x96283ee2a88effe3, 0xbe5e1e2553863992, 0x2b0199fc2c85b8aa, 0x0eb72ddc81c52ca2};

static bool begin_sha512(SHA512_CTX *native, enum vc_hash_algorithm algorithm)
{
    static_assert(sizeof(SHA512_224_WORDS) == sizeof(native->h) &&
                  sizeof(SHA512_256_WORDS) == sizeof(native->h));

    if (algorithm == VC_HASH_ALG_SHA384)
        return SHA384_Init(native) == 1;
    if (SHA512_Init(native) != 1)
        return false;
    if (algorithm == VC_HASH_ALG_SHA512_224)
        memcpy(native->h, SHA512_224_WORDS, sizeof(native->h));
    if (algorithm == VC_HASH_ALG_SHA512_256)
        memcpy(native->h, SHA512_256_WORDS, sizeof(native->h));
    native->md_len = (unsigned)vc_hash_algorithm_size(algorithm);
    return true;
}

bool vc_block_hash_begin(struct vc_block_hash *hash, enum vc_hash_algorithm algorithm)
{
    hash->algorithm = algorithm;
    hash->high = hash->low = 0;
    switch (FORMS[algorithm].family) {
    case MD5_FAMILY:
        return MD5_Init(&hash->native.md5) == 1;
    case RIPEMD160_FAMILY:
        return RIPEMD160_Init(&hash->native.ripemd160) == 1;
    case SHA1_FAMILY:
        return SHA1_Init(&hash->native.sha1) == 1;
    case SHA256_FAMILY:
        return algorithm == VC_HASH_ALG_SHA224 ? SHA224_Init(&hash->native.sha256) == 1
                                               : SHA256_Init(&hash->native.sha256) == 1;
    case SHA512_FAMILY:
        return begin_sha512(&hash->native.sha512, algorithm);
    case NONE:
        break;
    }
    return false;
}

static bool update(struct vc_block_hash *hash, struct vc_bytes bytes)
{
    switch (FORMS[hash->algorithm].family) {
    case MD5_FAMILY:
        return MD5_Update(&hash->native.md5, bytes.data, bytes.size) == 1;
    case RIPEMD160_FAMILY:
        return RIPEMD160_Update(&hash->native.ripemd160, bytes.data, bytes.size) == 1;
    case SHA1_FAMILY:
        return SHA1_Update(&hash->native.sha1, bytes.data, bytes.size) == 1;
    case SHA256_FAMILY:
        return SHA256_Update(&hash->native.sha256, bytes.data, bytes.size) == 1;
    case SHA512_FAMILY:
        return SHA512_Update(&hash->native.sha512, bytes.data, bytes.size) == 1;
    case NONE:
        break;
    }
    return false;
}

bool vc_block_hash_end(struct vc_block_hash *hash, uint8_t *digest)
{
    switch (FORMS[hash->algorithm].family) {
    case MD5_FAMILY:
        return MD5_Final(digest, &hash->native.md5) == 1;
    case RIPEMD160_FAMILY:
        return RIPEMD160_Final(digest, &hash->native.ripemd160) == 1;
    case SHA1_FAMILY:
        return SHA1_Final(digest, &hash->native.sha1) == 1;
    case SHA256_FAMILY:
        return SHA256_Final(digest, &hash->native.sha256) == 1;
    case SHA512_FAMILY:
        return SHA512_Final(digest, &hash->native.sha512) == 1;
    case NONE:
        break;
    }
    return false;
}

/* MD5 and RIPEMD-160 would count on from 0. Nobody gets there but by a state that was made up, and
 * for those the end is the same. */
static bool can_count(const struct vc_block_hash *hash)
{
    if (FORMS[hash->algorithm].word == sizeof(uint64_t))
        return hash->high >> LENGTH_BITS == 0;
    return hash->high == 0 && hash->low >> LENGTH_BITS == 0;
}

enum vc_code vc_block_hash_add(struct vc_block_hash *hash, struct vc_bytes bytes,
                               struct vc_err *err)
{
    hash->high += ckd_add(&hash->low, hash->low, bytes.size);
    if (!can_count(hash))
        return vc_fail(err, VC_LIMIT, "more input than the hash can count");
    return update(hash, bytes) ? VC_OK : vc_fail(err, VC_HOST, "a digest cannot go on");
}

/* ---- what is carried ---- */

static uint64_t word_at(const struct vc_block_hash *hash, size_t index)
{
    const size_t size = FORMS[hash->algorithm].word;
    const uint8_t *place = (const uint8_t *)&hash->native + index * size;
    uint64_t wide;
    uint32_t narrow;

    if (size == sizeof(wide)) {
        memcpy(&wide, place, sizeof(wide));
        return wide;
    }
    memcpy(&narrow, place, sizeof(narrow));
    return narrow;
}

static void set_word(struct vc_block_hash *hash, size_t index, uint64_t word)
{
    const size_t size = FORMS[hash->algorithm].word;
    uint8_t *place = (uint8_t *)&hash->native + index * size;
    uint32_t narrow = (uint32_t)word;

    if (size == sizeof(word))
        memcpy(place, &word, sizeof(word));
    else
        memcpy(place, &narrow, sizeof(narrow));
}

static uint8_t *put(uint8_t *place, uint64_t number, size_t size, bool little)
{
    for (size_t i = 0; i < size; i++)
        place[little ? i : size - 1 - i] = (uint8_t)(number >> (8 * i));
    return place + size;
}

/* Bytes that fill no block. */
static size_t rest_of(const struct vc_block_hash *hash)
{
    return hash->low % (BLOCK_WORDS * FORMS[hash->algorithm].word);
}

size_t vc_block_hash_save(const struct vc_block_hash *hash, uint8_t state[VC_HASH_STATE_MAX])
{
    const struct form *form = &FORMS[hash->algorithm];
    const uint8_t *block =
        (const uint8_t *)&hash->native + (form->words + LENGTH_WORDS) * form->word;
    size_t rest = rest_of(hash);
    uint8_t *place = state;

    if (form->word == sizeof(hash->high))
        place = put(place, hash->high, sizeof(hash->high), false);
    place = put(place, hash->low, sizeof(hash->low), false);
    for (size_t i = 0; i < form->words; i++)
        place = put(place, word_at(hash, i), form->word, form->little);
    memcpy(place, block, rest);
    return (size_t)(place - state) + rest;
}

static uint64_t read_word(struct vc_reader *reader, const struct form *form)
{
    if (form->word == sizeof(uint64_t))
        return vc_read_u64(reader);
    return form->little ? vc_read_u32_le(reader) : vc_read_u32(reader);
}

/* The library's own count: of bits, in whole blocks; the rest is yet to be added. */
static void set_count(struct vc_block_hash *hash)
{
    const struct form *form = &FORMS[hash->algorithm];
    uint64_t bits = (hash->low - rest_of(hash)) << 3;
    uint64_t high = hash->high << 3 | hash->low >> LENGTH_BITS;

    set_word(hash, form->words, bits);
    set_word(hash, form->words + 1, form->word == sizeof(bits) ? high : bits >> 32);
}

enum vc_code vc_block_hash_load(struct vc_block_hash *hash, enum vc_hash_algorithm algorithm,
                                struct vc_bytes state, struct vc_err *err)
{
    const struct form *form = &FORMS[algorithm];
    struct vc_reader reader = vc_reader_over(state);
    struct vc_bytes rest;

    if (!vc_block_hash_begin(hash, algorithm))
        return vc_fail(err, VC_HOST, "a digest cannot be started");
    if (form->word == sizeof(hash->high))
        hash->high = vc_read_u64(&reader);
    hash->low = vc_read_u64(&reader);
    for (size_t i = 0; i < form->words; i++)
        set_word(hash, i, read_word(&reader, form));
    rest = vc_read_run(&reader, rest_of(hash));
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "not the state of this hash");
    if (!can_count(hash))
        return vc_fail(err, VC_LIMIT, "more input than the hash can count");
    set_count(hash);
    return update(hash, rest) ? VC_OK : vc_fail(err, VC_HOST, "a digest cannot go on");
}
