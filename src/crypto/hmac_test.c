/* SPDX-License-Identifier: MIT */

#include "crypto/hmac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

enum { BYTES_MAX = 160, CODE_MAX = 64 };

/* RFC 2202 for the first two, RFC 4231 for the rest, by the numbers of their test cases. */
static const struct row {
    const char *name;
    enum vc_hash_algorithm algorithm;
    uint8_t key_byte;
    size_t key_size;
    const char *text, *code;
} rows[] = {
    {"MD5 1", VC_HASH_ALG_MD5, 0x0b, 16, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"},
    {"SHA-1 1", VC_HASH_ALG_SHA1, 0x0b, 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
    {"SHA-224 1", VC_HASH_ALG_SHA224, 0x0b, 20, "Hi There",
     "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22"},
    {"SHA-256 1", VC_HASH_ALG_SHA256, 0x0b, 20, "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"SHA-384 1", VC_HASH_ALG_SHA384, 0x0b, 20, "Hi There",
     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
     "faea9ea9076ede7f4af152e8b2fa9cb6"},
    {"SHA-512 1", VC_HASH_ALG_SHA512, 0x0b, 20, "Hi There",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"SHA-256 6, a key longer than a block", VC_HASH_ALG_SHA256, 0xaa, 131,
     "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};

static void assert_code(struct vc_hmac *hmac, const struct row *row, size_t cut)
{
    size_t size = vc_hash_algorithm_size(row->algorithm);
    const uint8_t *text = (const uint8_t *)row->text;
    uint8_t code[CODE_MAX + 1];
    char hex[2 * CODE_MAX + 1];

    memset(code, 0x5a, sizeof(code));
    assert_int_equal(vc_hmac_begin(hmac, nullptr), VC_OK);
    assert_int_equal(vc_hmac_add(hmac, (struct vc_bytes){text, cut}, nullptr), VC_OK);
    assert_int_equal(
        vc_hmac_add(hmac, (struct vc_bytes){text + cut, strlen(row->text) - cut}, nullptr), VC_OK);
    assert_int_equal(vc_hmac_end(hmac, code, nullptr), VC_OK);
    vc_hex_encode((struct vc_bytes){code, size}, hex);
    assert_string_equal(hex, row->code);
    assert_int_equal(code[size], 0x5a);
}

static struct vc_hmac *make(const struct row *row)
{
    uint8_t key[BYTES_MAX];
    struct vc_hmac *hmac = nullptr;

    memset(key, row->key_byte, sizeof(key));
    assert_int_equal(
        vc_hmac_new(row->algorithm, (struct vc_bytes){key, row->key_size}, &hmac, nullptr), VC_OK);
    return hmac;
}

static void test_known_answers(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_hmac_freep) struct vc_hmac *hmac = make(&rows[i]);

        for (size_t cut = 0; cut <= strlen(rows[i].text); cut++)
            assert_code(hmac, &rows[i], cut);
    }
}

/* A copy has the key and nothing of the message; it outlives the first. */
static void test_copies(void **)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_hmac_freep) struct vc_hmac *hmac = make(&rows[i]), *copy = nullptr;
        uint8_t code[CODE_MAX];

        assert_int_equal(vc_hmac_begin(hmac, nullptr), VC_OK);
        assert_int_equal(vc_hmac_add(hmac, VC_BYTES(code), nullptr), VC_OK);
        assert_int_equal(vc_hmac_copy(hmac, &copy, nullptr), VC_OK);
        assert_int_equal(vc_hmac_end(copy, code, nullptr), VC_STATE);
        assert_code(copy, &rows[i], 3);
        assert_code(hmac, &rows[i], 4);
        vc_hmac_freep(&hmac);
        assert_code(copy, &rows[i], 5);
    }
}

static void test_order(void **)
{
    vc_cleanup(vc_hmac_freep) struct vc_hmac *hmac = nullptr;
    uint8_t code[CODE_MAX] = {};

    assert_int_equal(vc_hmac_new(VC_HASH_ALG_SHA256, (struct vc_bytes){code, 0}, &hmac, nullptr),
                     VC_MALFORMED);
    hmac = make(&rows[3]);
    assert_int_equal(vc_hmac_add(hmac, VC_BYTES(code), nullptr), VC_STATE);
    assert_int_equal(vc_hmac_end(hmac, code, nullptr), VC_STATE);
    assert_int_equal(vc_hmac_begin(hmac, nullptr), VC_OK);
    assert_int_equal(vc_hmac_end(hmac, code, nullptr), VC_OK);
    assert_int_equal(vc_hmac_end(hmac, code, nullptr), VC_STATE);
    assert_int_equal(vc_hmac_add(hmac, VC_BYTES(code), nullptr), VC_STATE);
    vc_hmac_free(nullptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests_name("hmac", tests, nullptr, nullptr);
}
