/* SPDX-License-Identifier: MIT */

#include "attest/binder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

static struct vc_binder_parts sample(void)
{
    struct vc_binder_parts parts = {.role = "enrol", .node = "mapper", .incarnation = 258};

    memset(parts.nonce, 1, sizeof(parts.nonce));
    memset(parts.spki_hash, 2, sizeof(parts.spki_hash));
    memset(parts.policy_hash, 3, sizeof(parts.policy_hash));
    memset(parts.exporter, 4, sizeof(parts.exporter));
    return parts;
}

/* The same message, laid out by hand. */
static void test_layout(void **)
{
    static const char hex[] =
        "00000011766572616372757a2d62696e6465722d31" /* "veracruz-binder-1" */
        "00000005656e726f6c"                         /* "enrol" */
        "000000200101010101010101010101010101010101010101010101010101010101010101"
        "000000200202020202020202020202020202020202020202020202020202020202020202"
        "000000200303030303030303030303030303030303030303030303030303030303030303"
        "000000200404040404040404040404040404040404040404040404040404040404040404"
        "000000066d6170706572"      /* "mapper" */
        "000000080000000000000102"; /* 258 */
    uint8_t message[(sizeof(hex) - 1) / 2];
    uint8_t expect[VC_BINDER_SIZE];
    uint8_t binder[VC_BINDER_SIZE];
    struct vc_binder_parts parts = sample();

    assert_int_equal(vc_hex_parse(hex, message, sizeof(message), nullptr), VC_OK);
    vc_sha512(VC_BYTES(message), expect);
    vc_binder(&parts, binder);
    assert_memory_equal(binder, expect, sizeof(binder));
}

static void test_every_part_counts(void **)
{
    uint8_t all[8][VC_BINDER_SIZE];
    struct vc_binder_parts changed[8];

    for (size_t i = 0; i < VC_COUNT(changed); i++)
        changed[i] = sample();
    changed[1].role = "peer";
    changed[2].nonce[31] ^= 1;
    changed[3].spki_hash[0] ^= 1;
    changed[4].policy_hash[0] ^= 1;
    changed[5].exporter[0] ^= 1;
    changed[6].node = "";
    changed[7].incarnation++;
    for (size_t i = 0; i < VC_COUNT(changed); i++) {
        vc_binder(&changed[i], all[i]);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(all[i], all[k], VC_BINDER_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_every_part_counts),
    };

    return cmocka_run_group_tests_name("binder", tests, nullptr, nullptr);
}
