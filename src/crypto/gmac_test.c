/* SPDX-License-Identifier: MIT */

#include "crypto/gmac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* NIST CAVP, gcmEncryptExtIV128: no plaintext, 16 bytes of further data. */
static const uint8_t KEY[] = {0x77, 0xbe, 0x63, 0x70, 0x89, 0x71, 0xc4, 0xe2,
                              0x40, 0xd1, 0xcb, 0x79, 0xe8, 0xd7, 0x7f, 0xeb};
static const uint8_t NONCE[] = {0xe0, 0xe0, 0x0f, 0x19, 0xfe, 0xd7,
                                0xba, 0x01, 0x36, 0xa7, 0x97, 0xf3};
static const uint8_t DATA[] = {0x7a, 0x43, 0xec, 0x1d, 0x9c, 0x0a, 0x5a, 0x78,
                               0xa0, 0xb1, 0x65, 0x33, 0xa6, 0x21, 0x3c, 0xab};
static const uint8_t TAG[] = {0x20, 0x9f, 0xcc, 0x8d, 0x36, 0x75, 0xed, 0x93,
                              0x8e, 0x9c, 0x71, 0x66, 0x70, 0x9d, 0xd9, 0x46};

static void test_known_answer_in_pieces(void **)
{
    for (size_t cut = 0; cut <= sizeof(DATA); cut++) {
        vc_cleanup(vc_gmac_freep) struct vc_gmac *gmac = nullptr;
        uint8_t tag[VC_GMAC_SIZE];

        assert_int_equal(vc_gmac_new(KEY, NONCE, &gmac, nullptr), VC_OK);
        vc_gmac_add(gmac, (struct vc_bytes){DATA, cut});
        assert_int_equal(vc_gmac_so_far(gmac, tag, nullptr), VC_OK);
        assert_int_equal(memcmp(tag, TAG, sizeof(tag)) == 0, cut == sizeof(DATA));
        vc_gmac_add(gmac, (struct vc_bytes){DATA + cut, sizeof(DATA) - cut});
        assert_int_equal(vc_gmac_so_far(gmac, tag, nullptr), VC_OK);
        assert_memory_equal(tag, TAG, sizeof(tag));
        assert_int_equal(vc_gmac_so_far(gmac, tag, nullptr), VC_OK); /* asking changes nothing */
        assert_memory_equal(tag, TAG, sizeof(tag));
    }
    vc_gmac_free(nullptr);
}

static void test_key_and_nonce_count(void **)
{
    uint8_t other[VC_GMAC_KEY_SIZE] = {};
    uint8_t tag[VC_GMAC_SIZE];

    for (unsigned changed = 0; changed < 2; changed++) {
        vc_cleanup(vc_gmac_freep) struct vc_gmac *gmac = nullptr;

        assert_int_equal(
            vc_gmac_new(changed == 0 ? other : KEY, changed == 1 ? other : NONCE, &gmac, nullptr),
            VC_OK);
        vc_gmac_add(gmac, VC_BYTES(DATA));
        assert_int_equal(vc_gmac_so_far(gmac, tag, nullptr), VC_OK);
        assert_memory_not_equal(tag, TAG, sizeof(tag));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answer_in_pieces),
        cmocka_unit_test(test_key_and_nonce_count),
    };

    return cmocka_run_group_tests_name("gmac", tests, nullptr, nullptr);
}
