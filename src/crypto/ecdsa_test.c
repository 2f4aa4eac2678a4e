/* SPDX-License-Identifier: MIT */

#include "crypto/ecdsa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/digest.h"

static constexpr size_t SIZE_MAX_HERE = 133; /* bytes of the longest value below */

/* Keys and signatures of "sample" of RFC 6979, A.2.5 to A.2.7, and orders of FIPS 186-5 curves. */
static const struct vector {
    const char *name;
    enum vc_curve curve;
    const char *value, *point, *digest, *signature, *order;
} VECTORS[] = {
    {"P-256", VC_CURVE_P256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
     "04"
     "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
     "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
     "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf",
     "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
     "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
     "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
    {"P-384", VC_CURVE_P384,
     "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8"
     "96d5724e4c70a825f872c9ea60d2edf5",
     "04"
     "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
     "def8f0ea9055866064a254515480bc13"
     "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
     "288b231c3ae0d4fe7344fd2533264720",
     "9a9083505bc92276aec4be312696ef7bf3bf603f4bbd381196a029f340585312"
     "313bca4a9b5b890efee42c77b1ee25fe",
     "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
     "81a648152e44acf96e36dd1e80fabe46"
     "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
     "a329c145786e679e7b82c71a38628ac8",
     "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
     "581a0db248b0a77aecec196accc52973"},
    {"P-521", VC_CURVE_P521,
     "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75"
     "caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b8"
     "3538",
     "04"
     "01894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd"
     "371123d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f50"
     "23a4"
     "00493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a"
     "28a0db25741b5b34a828008b22acc23f924faafbd4d33f81ea66956dfeaa2bfd"
     "fcf5",
     "39a5e04aaff7455d9850c605364f514c11324ce64016960d23d5dc57d3ffd8f4"
     "9a739468ab8049bf18eef820cdb1ad6c9015f838556bc7fad4138b23fdf986c7",
     "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f"
     "174e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e3"
     "77fa"
     "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af"
     "282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4"
     "a67a",
     "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "fffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e9138"
     "6409"},
};

struct room {
    uint8_t bytes[2 * SIZE_MAX_HERE];
    size_t size;
};

static struct room of(const char *hex)
{
    struct room room = {.size = strlen(hex) / 2};

    assert_int_equal(vc_hex_parse(hex, room.bytes, room.size, nullptr), VC_OK);
    return room;
}

static struct vc_bytes bytes_of(const struct room *room)
{
    return (struct vc_bytes){room->bytes, room->size};
}

static struct vc_ecdsa *private_key(const struct vector *vector)
{
    const struct room value = of(vector->value);
    struct vc_ecdsa *key = nullptr;

    assert_int_equal(vc_ecdsa_new_private(vector->curve, bytes_of(&value), &key, nullptr), VC_OK);
    return key;
}

static struct vc_ecdsa *public_key(const struct vector *vector)
{
    const struct room point = of(vector->point);
    struct vc_ecdsa *key = nullptr;

    assert_int_equal(vc_ecdsa_new_public(vector->curve, bytes_of(&point), &key, nullptr), VC_OK);
    return key;
}

/* By the public key, and by the point that belongs to the private value. */
static void test_published_signatures(void **)
{
    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const struct vector *vector = &VECTORS[i];
        vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *private = private_key(vector);
        vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *public = public_key(vector);
        const struct room digest = of(vector->digest);
        const struct room signature = of(vector->signature);

        print_message("# %s\n", vector->name);
        assert_int_equal(signature.size, vc_ecdsa_size(vector->curve));
        assert_int_equal(vc_ecdsa_verify(public, bytes_of(&digest), bytes_of(&signature), nullptr),
                         VC_OK);
        assert_int_equal(vc_ecdsa_verify(private, bytes_of(&digest), bytes_of(&signature), nullptr),
                         VC_OK);
    }
}

static void test_each_flipped_bit_is_refused(void **)
{
    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const struct vector *vector = &VECTORS[i];
        vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *key = public_key(vector);
        struct room digest = of(vector->digest);
        struct room signature = of(vector->signature);

        for (size_t bit = 0; bit < 8 * signature.size; bit++) {
            signature.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(vc_ecdsa_verify(key, bytes_of(&digest), bytes_of(&signature), nullptr),
                             VC_UNTRUSTED);
            signature.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * digest.size; bit++) {
            digest.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(vc_ecdsa_verify(key, bytes_of(&digest), bytes_of(&signature), nullptr),
                             VC_UNTRUSTED);
            digest.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t size = 0; size <= signature.size + 1; size++) {
            assert_int_equal(vc_ecdsa_verify(key, bytes_of(&digest),
                                             (struct vc_bytes){signature.bytes, size}, nullptr),
                             size == signature.size ? VC_OK : VC_UNTRUSTED);
        }
    }
}

/* r or s that is 0 or the order, with the other half as published. */
static void test_halves_beyond_the_order(void **)
{
    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const struct vector *vector = &VECTORS[i];
        vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *key = public_key(vector);
        const struct room digest = of(vector->digest);
        const struct room order = of(vector->order);

        for (size_t row = 0; row < 4; row++) {
            struct room signature = of(vector->signature);
            uint8_t *half = signature.bytes + (row % 2) * order.size;

            if (row < 2)
                memset(half, 0, order.size);
            else
                memcpy(half, order.bytes, order.size);
            assert_int_equal(vc_ecdsa_verify(key, bytes_of(&digest), bytes_of(&signature), nullptr),
                             VC_UNTRUSTED);
        }
    }
}

static void test_round_trips(void **)
{
    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *private = private_key(&VECTORS[i]);
        vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *public = public_key(&VECTORS[i]);
        uint8_t signatures[2][2 * SIZE_MAX_HERE] = {};
        size_t size = vc_ecdsa_size(VECTORS[i].curve);
        uint8_t digest[VC_SHA512_SIZE];

        memset(digest, 0xa5, sizeof(digest));
        for (size_t digest_size = 1; digest_size <= sizeof(digest); digest_size++) {
            const struct vc_bytes given = {digest, digest_size};
            uint8_t *made = signatures[digest_size % 2];

            assert_int_equal(vc_ecdsa_sign(private, given, made, nullptr), VC_OK);
            assert_memory_not_equal(signatures[0], signatures[1], size);
            assert_int_equal(made[size], 0);
            assert_int_equal(vc_ecdsa_verify(public, given, (struct vc_bytes){made, size}, nullptr),
                             VC_OK);
        }
        assert_int_equal(vc_ecdsa_sign(public, VC_BYTES(digest), signatures[0], nullptr), VC_STATE);
    }
}

static void test_private_values(void **)
{
    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const struct vector *vector = &VECTORS[i];
        struct room value = of(vector->order);
        const struct row {
            const char *name;
            int last; /* what is added to the last byte of the order; 0x100: zero but for 1 or 0 */
            size_t size;
            enum vc_code code;
        } rows[] = {
            {"the order less one", -1, value.size, VC_OK},
            {"the order", 0, value.size, VC_MALFORMED},
            {"the order and one", 1, value.size, VC_MALFORMED},
            {"one", 0x101, value.size, VC_OK},
            {"zero", 0x100, value.size, VC_MALFORMED},
            {"a byte short", 0x101, value.size - 1, VC_MALFORMED},
            {"a byte too long", 0x101, value.size + 1, VC_MALFORMED},
            {"none", 0x101, 0, VC_MALFORMED},
        };

        for (size_t j = 0; j < VC_COUNT(rows); j++) {
            vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *key = nullptr;
            struct room changed = rows[j].last >= 0x100 ? (struct room){} : value;
            uint8_t *last = &changed.bytes[value.size - 1];

            *last = (uint8_t)(*last + rows[j].last);
            changed.size = rows[j].size;
            print_message("# %s: %s\n", vector->name, rows[j].name);
            assert_int_equal(vc_ecdsa_new_private(vector->curve, bytes_of(&changed), &key, nullptr),
                             rows[j].code);
            assert_int_equal(key != nullptr, rows[j].code == VC_OK);
        }
    }
}

static void test_points(void **)
{
    for (size_t i = 0; i < VC_COUNT(VECTORS); i++) {
        const struct vector *vector = &VECTORS[i];
        const struct room good = of(vector->point);
        vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *key = nullptr;
        struct room bad;

        for (size_t size = 0; size <= good.size + 1; size++) {
            if (size != good.size) {
                assert_int_equal(vc_ecdsa_new_public(vector->curve,
                                                     (struct vc_bytes){good.bytes, size}, &key,
                                                     nullptr),
                                 VC_MALFORMED);
            }
        }
        for (unsigned form = 0; form < 256; form++) {
            bad = good;
            bad.bytes[0] = (uint8_t)form;
            if (form != 4) {
                assert_int_equal(vc_ecdsa_new_public(vector->curve, bytes_of(&bad), &key, nullptr),
                                 VC_MALFORMED);
            }
        }
        for (size_t bit = 8; bit < 8 * good.size; bit++) {
            bad = good;
            bad.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(vc_ecdsa_new_public(vector->curve, bytes_of(&bad), &key, nullptr),
                             VC_MALFORMED);
        }
        memset(bad.bytes + 1, 0, good.size - 1);
        assert_int_equal(vc_ecdsa_new_public(vector->curve, bytes_of(&bad), &key, nullptr),
                         VC_MALFORMED);
        assert_null(key);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_signatures),
        cmocka_unit_test(test_each_flipped_bit_is_refused),
        cmocka_unit_test(test_halves_beyond_the_order),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_private_values),
        cmocka_unit_test(test_points),
    };

    return cmocka_run_group_tests_name("ecdsa", tests, nullptr, nullptr);
}
