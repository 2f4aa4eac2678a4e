/* SPDX-License-Identifier: MIT */

#include "crypto/cipher.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

enum { TEXT_MAX = 128, TAG_SIZE = 16 };

#define GCM_TEXT                                                       \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define GCM_DATA "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define GCM_KEY  "feffe9928665731c6d6a8f9467308308"
#define CTR_TEXT                                                       \
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" \
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
#define CTR_START "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"

/* The test cases of McGrew and Viega's paper on GCM by their numbers; RFC 8439 §2.8.2; NIST SP
 * 800-38A F.5. */
static const struct row {
    const char *name;
    enum vc_cipher_algorithm algorithm;
    const char *key, *nonce, *data, *text, *cipher, *tag;
} rows[] = {
    {"GCM 1", VC_CIPHER_AES_GCM, "00000000000000000000000000000000", "000000000000000000000000", "",
     "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
    {"GCM 4", VC_CIPHER_AES_GCM, GCM_KEY, "cafebabefacedbaddecaf888", GCM_DATA, GCM_TEXT,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"GCM 5, nonce of 8 bytes", VC_CIPHER_AES_GCM, GCM_KEY, "cafebabefacedbad", GCM_DATA, GCM_TEXT,
     "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
     "73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598",
     "3612d2e79e3b0785561be14aaca2fccb"},
    {"GCM 6, nonce of 60 bytes", VC_CIPHER_AES_GCM, GCM_KEY,
     "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728"
     "c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b",
     GCM_DATA, GCM_TEXT,
     "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca7"
     "01e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5",
     "619cc5aefffe0bfa462af43c1699d050"},
    {"GCM 10, 192 bits", VC_CIPHER_AES_GCM, GCM_KEY "feffe9928665731c", "cafebabefacedbaddecaf888",
     GCM_DATA, GCM_TEXT,
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
     "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
     "2519498e80f1478f37ba55bd6d27618c"},
    {"GCM 16, 256 bits", VC_CIPHER_AES_GCM, GCM_KEY GCM_KEY, "cafebabefacedbaddecaf888", GCM_DATA,
     GCM_TEXT,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {"ChaCha20-Poly1305", VC_CIPHER_CHACHA20_POLY1305,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647",
     "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b6116",
     "1ae10b594f09e26a7e902ecbd0600691"},
    {"CTR F.5.1", VC_CIPHER_AES_CTR, "2b7e151628aed2a6abf7158809cf4f3c", CTR_START, "", CTR_TEXT,
     "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
     "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
     nullptr},
    {"CTR F.5.3", VC_CIPHER_AES_CTR, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", CTR_START,
     "", CTR_TEXT,
     "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94"
     "1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050",
     nullptr},
    {"CTR F.5.5", VC_CIPHER_AES_CTR,
     "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", CTR_START, "", CTR_TEXT,
     "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
     "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
     nullptr},
};

struct message {
    uint8_t key_[TEXT_MAX], nonce_[TEXT_MAX], data_[TEXT_MAX], text_[TEXT_MAX], cipher_[TEXT_MAX],
        tag_[TAG_SIZE];
    struct vc_bytes key, nonce, data, text, cipher, tag;
};

static struct vc_bytes bytes_of(const char *hex, uint8_t *room)
{
    size_t size = hex == nullptr ? 0 : strlen(hex) / 2;

    if (size > 0)
        assert_int_equal(vc_hex_parse(hex, room, size, nullptr), VC_OK);
    return (struct vc_bytes){room, size};
}

static void read_row(const struct row *row, struct message *message)
{
    message->key = bytes_of(row->key, message->key_);
    message->nonce = bytes_of(row->nonce, message->nonce_);
    message->data = bytes_of(row->data, message->data_);
    message->text = bytes_of(row->text, message->text_);
    message->cipher = bytes_of(row->cipher, message->cipher_);
    message->tag = bytes_of(row->tag, message->tag_);
}

/* data and `in` cut into two, the second at `cut`. */
static void feed(struct vc_cipher *cipher, const struct message *message, struct vc_bytes in,
                 uint8_t *out, size_t cut)
{
    size_t data_cut = cut < message->data.size ? cut : message->data.size;

    assert_int_equal(vc_cipher_begin(cipher, message->nonce, nullptr), VC_OK);
    if (message->data.size > 0) {
        struct vc_bytes head = {message->data.data, data_cut};
        struct vc_bytes tail = {message->data.data + data_cut, message->data.size - data_cut};

        assert_int_equal(vc_cipher_add_data(cipher, head, nullptr), VC_OK);
        assert_int_equal(vc_cipher_add_data(cipher, tail, nullptr), VC_OK);
    }
    assert_int_equal(vc_cipher_update(cipher, (struct vc_bytes){in.data, cut}, out, nullptr),
                     VC_OK);
    assert_int_equal(vc_cipher_update(cipher, (struct vc_bytes){in.data + cut, in.size - cut},
                                      out + cut, nullptr),
                     VC_OK);
}

static void assert_seals(struct vc_cipher *cipher, const struct message *message, size_t cut,
                         bool in_place)
{
    uint8_t out[TEXT_MAX], tag[TAG_SIZE];

    memcpy(out, message->text_, sizeof(out));
    feed(cipher, message, in_place ? (struct vc_bytes){out, message->text.size} : message->text,
         out, cut);
    assert_memory_equal(out, message->cipher.data, message->cipher.size);
    if (message->tag.size > 0) {
        assert_int_equal(vc_cipher_tag(cipher, tag, nullptr), VC_OK);
        assert_memory_equal(tag, message->tag.data, TAG_SIZE);
    } else {
        assert_int_equal(vc_cipher_tag(cipher, tag, nullptr), VC_STATE);
    }
}

static void assert_opens(struct vc_cipher *cipher, const struct message *message, size_t cut,
                         bool in_place)
{
    uint8_t out[TEXT_MAX];

    memcpy(out, message->cipher_, sizeof(out));
    feed(cipher, message, in_place ? (struct vc_bytes){out, message->text.size} : message->cipher,
         out, cut);
    assert_memory_equal(out, message->text.data, message->text.size);
    if (message->tag.size > 0)
        assert_int_equal(vc_cipher_verify(cipher, message->tag, nullptr), VC_OK);
    else
        assert_int_equal(vc_cipher_verify(cipher, message->nonce, nullptr), VC_STATE);
}

/* One object for each direction, whatever comes one after another, cut everywhere. */
static void test_known_answers(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_cipher_freep) struct vc_cipher *sealer = nullptr, *opener = nullptr;
        struct message message = {};

        read_row(&rows[i], &message);
        assert_int_equal(vc_cipher_new(rows[i].algorithm, message.key, true, &sealer, nullptr),
                         VC_OK);
        assert_int_equal(vc_cipher_new(rows[i].algorithm, message.key, false, &opener, nullptr),
                         VC_OK);
        for (size_t cut = 0; cut <= message.text.size; cut++) {
            assert_seals(sealer, &message, cut, cut % 2 == 1);
            assert_opens(opener, &message, cut, cut % 2 == 1);
        }
    }
}

/* A copy made anywhere has the key and nothing of the message; it outlives the first. */
static void test_copies(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_cipher *sealer = nullptr;
        struct message message = {};

        read_row(&rows[i], &message);
        assert_int_equal(vc_cipher_new(rows[i].algorithm, message.key, true, &sealer, nullptr),
                         VC_OK);
        for (unsigned stage = 0; stage < 4; stage++) {
            vc_cleanup(vc_cipher_freep) struct vc_cipher *copy = nullptr;
            uint8_t out[TEXT_MAX];

            if (stage > 0)
                assert_int_equal(vc_cipher_begin(sealer, message.nonce, nullptr), VC_OK);
            if (stage > 1)
                assert_int_equal(vc_cipher_update(sealer, message.text, out, nullptr), VC_OK);
            assert_int_equal(vc_cipher_copy(sealer, &copy, nullptr), VC_OK);
            assert_int_equal(vc_cipher_update(copy, message.text, out, nullptr), VC_STATE);
            if (stage > 2)
                vc_cipher_freep(&sealer);
            assert_seals(copy, &message, message.text.size / 2, false);
            assert_seals(copy, &message, message.text.size / 3, true);
            if (sealer != nullptr)
                assert_seals(sealer, &message, message.text.size / 2, false);
        }
    }
}

/* One key, nonces of several sizes by turns. */
static void test_nonce_sizes_by_turns(void **)
{
    vc_cleanup(vc_cipher_freep) struct vc_cipher *sealer = nullptr, *opener = nullptr;
    struct message messages[3] = {};

    for (size_t i = 0; i < VC_COUNT(messages); i++)
        read_row(&rows[1 + i], &messages[i]);
    assert_int_equal(vc_cipher_new(VC_CIPHER_AES_GCM, messages[0].key, true, &sealer, nullptr),
                     VC_OK);
    assert_int_equal(vc_cipher_new(VC_CIPHER_AES_GCM, messages[0].key, false, &opener, nullptr),
                     VC_OK);
    for (size_t i = 0; i < 9; i++) {
        assert_seals(sealer, &messages[i % 3], i, true);
        assert_opens(opener, &messages[i * 2 % 3], i, true);
    }
}

static enum vc_code open_row(struct vc_cipher *opener, const struct message *message)
{
    uint8_t out[TEXT_MAX];

    feed(opener, message, message->cipher, out, 0);
    return vc_cipher_verify(opener, message->tag, nullptr);
}

/* Every bit of nonce, data, text and tag. */
static size_t flip_all(struct vc_cipher *opener, struct message *message, uint8_t *bytes,
                       size_t size)
{
    for (size_t bit = 0; bit < size * CHAR_BIT; bit++) {
        bytes[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
        assert_int_equal(open_row(opener, message), VC_UNTRUSTED);
        bytes[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
    }
    assert_int_equal(open_row(opener, message), VC_OK);
    return size * CHAR_BIT;
}

static void test_every_bit_counts(void **)
{
    size_t flips = 0;

    for (size_t i = 0; i < VC_COUNT(rows) && rows[i].tag != nullptr; i++) {
        vc_cleanup(vc_cipher_freep) struct vc_cipher *opener = nullptr;
        struct message message = {};

        read_row(&rows[i], &message);
        assert_int_equal(vc_cipher_new(rows[i].algorithm, message.key, false, &opener, nullptr),
                         VC_OK);
        flips += flip_all(opener, &message, message.nonce_, message.nonce.size);
        flips += flip_all(opener, &message, message.data_, message.data.size);
        flips += flip_all(opener, &message, message.cipher_, message.cipher.size);
        flips += flip_all(opener, &message, message.tag_, message.tag.size);
    }
    print_message("# %zu flips\n", flips);
}

static void test_tag_sizes(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows) && rows[i].tag != nullptr; i++) {
        vc_cleanup(vc_cipher_freep) struct vc_cipher *opener = nullptr;
        uint8_t longer[TAG_SIZE + 1] = {};
        struct message message = {};

        read_row(&rows[i], &message);
        memcpy(longer, message.tag_, TAG_SIZE);
        assert_int_equal(vc_cipher_new(rows[i].algorithm, message.key, false, &opener, nullptr),
                         VC_OK);
        for (size_t size = 0; size <= sizeof(longer); size++) {
            message.tag = (struct vc_bytes){longer, size};
            assert_int_equal(open_row(opener, &message),
                             size >= 4 && size <= TAG_SIZE ? VC_OK : VC_UNTRUSTED);
            if (size < 4 || size > TAG_SIZE)
                continue;
            longer[size - 1] ^= 0x80;
            assert_int_equal(open_row(opener, &message), VC_UNTRUSTED);
            longer[size - 1] ^= 0x80;
        }
    }
}

static void test_key_sizes(void **)
{
    static const uint8_t key[65] = {};

    for (size_t size = 0; size <= sizeof(key); size++) {
        bool aes = size == 16 || size == 24 || size == 32;

        for (int algorithm = VC_CIPHER_AES_GCM; algorithm <= VC_CIPHER_AES_CTR; algorithm++) {
            bool fits = algorithm == VC_CIPHER_CHACHA20_POLY1305 ? size == 32 : aes;
            vc_cleanup(vc_cipher_freep) struct vc_cipher *cipher = nullptr;

            assert_int_equal(vc_cipher_new((enum vc_cipher_algorithm)algorithm,
                                           (struct vc_bytes){key, size}, true, &cipher, nullptr),
                             fits ? VC_OK : VC_MALFORMED);
            assert_int_equal(cipher != nullptr, fits);
        }
    }
    vc_cipher_free(nullptr);
}

static void test_nonce_sizes(void **)
{
    static const uint8_t key[32] = {}, nonce[1024] = {};
    static const struct {
        enum vc_cipher_algorithm algorithm;
        size_t min, max;
    } table[] = {
        {VC_CIPHER_AES_GCM, 1, 128},
        {VC_CIPHER_CHACHA20_POLY1305, 12, 12},
        {VC_CIPHER_AES_CTR, 16, 16},
    };

    for (size_t i = 0; i < VC_COUNT(table); i++) {
        vc_cleanup(vc_cipher_freep) struct vc_cipher *cipher = nullptr;

        assert_int_equal(vc_cipher_new(table[i].algorithm, VC_BYTES(key), true, &cipher, nullptr),
                         VC_OK);
        for (size_t size = 0; size <= sizeof(nonce); size++) {
            bool fits = size >= table[i].min && size <= table[i].max;
            uint8_t out[1];

            assert_int_equal(vc_cipher_begin(cipher, (struct vc_bytes){nonce, size}, nullptr),
                             fits ? VC_OK : VC_MALFORMED);
            assert_int_equal(vc_cipher_update(cipher, (struct vc_bytes){key, 1}, out, nullptr),
                             fits ? VC_OK : VC_STATE);
        }
    }
}

static void test_order(void **)
{
    vc_cleanup(vc_cipher_freep) struct vc_cipher *sealer = nullptr, *opener = nullptr,
                                                 *counter = nullptr;
    struct message message = {};
    uint8_t out[TAG_SIZE];

    read_row(&rows[1], &message);
    assert_int_equal(vc_cipher_new(VC_CIPHER_AES_GCM, message.key, true, &sealer, nullptr), VC_OK);
    assert_int_equal(vc_cipher_new(VC_CIPHER_AES_GCM, message.key, false, &opener, nullptr), VC_OK);
    assert_int_equal(vc_cipher_new(VC_CIPHER_AES_CTR, message.key, true, &counter, nullptr), VC_OK);

    assert_int_equal(vc_cipher_add_data(sealer, message.data, nullptr), VC_STATE);
    assert_int_equal(vc_cipher_update(sealer, message.tag, out, nullptr), VC_STATE);
    assert_int_equal(vc_cipher_tag(sealer, out, nullptr), VC_STATE);
    assert_int_equal(vc_cipher_verify(opener, message.tag, nullptr), VC_STATE);

    assert_int_equal(vc_cipher_begin(sealer, message.nonce, nullptr), VC_OK);
    assert_int_equal(vc_cipher_verify(sealer, message.tag, nullptr), VC_STATE);
    assert_int_equal(vc_cipher_update(sealer, message.tag, out, nullptr), VC_OK);
    assert_int_equal(vc_cipher_add_data(sealer, message.data, nullptr), VC_STATE);
    assert_int_equal(vc_cipher_tag(sealer, out, nullptr), VC_OK);
    assert_int_equal(vc_cipher_tag(sealer, out, nullptr), VC_STATE);
    assert_int_equal(vc_cipher_update(sealer, message.tag, out, nullptr), VC_STATE);

    assert_int_equal(vc_cipher_begin(opener, message.nonce, nullptr), VC_OK);
    assert_int_equal(vc_cipher_tag(opener, out, nullptr), VC_STATE);
    assert_int_equal(vc_cipher_verify(opener, message.tag, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_cipher_verify(opener, message.tag, nullptr), VC_STATE);

    assert_int_equal(vc_cipher_begin(counter, message.tag, nullptr), VC_OK);
    assert_int_equal(vc_cipher_add_data(counter, message.data, nullptr), VC_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_nonce_sizes_by_turns),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_tag_sizes),
        cmocka_unit_test(test_key_sizes),
        cmocka_unit_test(test_nonce_sizes),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests_name("cipher", tests, nullptr, nullptr);
}
