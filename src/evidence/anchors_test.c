/* SPDX-License-Identifier: MIT */

/* What is compiled in is what vendors published, and nothing else. */

#include "evidence/anchors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/chain.h"
#include "crypto/digest.h"

static constexpr int64_t NOW = 1800000000; /* 2027-01-15 */

/* SHA-256 over the DER, as docs and vendors write it. */
static const struct pin {
    enum vc_platform_kind platform;
    const char *product;
    const char *name;
    const char *sha256;
} ROOTS[] = {
    {VC_PLATFORM_SNP, "Milan", "ARK-Milan",
     "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd"},
    {VC_PLATFORM_SNP, "Genoa", "ARK-Genoa",
     "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1"},
    {VC_PLATFORM_SNP, "Turin", "ARK-Turin",
     "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a"},
    {VC_PLATFORM_TDX, "", "Intel SGX Root CA",
     "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3"},
    {VC_PLATFORM_SGX, "", "Intel SGX Root CA",
     "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3"},
    {VC_PLATFORM_NITRO, "", "aws.nitro-enclaves",
     "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"},
};

static const struct pin BETWEEN[] = {
    {VC_PLATFORM_SNP, "Milan", "SEV-Milan",
     "67d303bd3905fd38db8b20e0793699870e7fa612eaad5dec358293fd8c0bac1b"},
    {VC_PLATFORM_SNP, "Milan", "SEV-VLEK-Milan",
     "c5e081f59b7efab1fe2f8b505e159704e72f29cab7ef7cf628a05a42439082f5"},
    {VC_PLATFORM_SNP, "Genoa", "SEV-Genoa",
     "5464738c1546aed5f2cecf1dc98c5c960a92e8913238a61711bc90ec6e828521"},
    {VC_PLATFORM_SNP, "Genoa", "SEV-VLEK-Genoa",
     "197e610743a917d6b9bb982a5a9226ccc0a15b611be0619e626aca9151457372"},
    {VC_PLATFORM_SNP, "Turin", "SEV-Turin",
     "5b77ef5fe7a7a004fd9032668fba9d0fda22f88c4442069a479636a6ae3b3185"},
    {VC_PLATFORM_SNP, "Turin", "SEV-VLEK-Turin",
     "104e10a8bd060a3c20a434261a57d0588fd65a88915b4f65b08bdecaf8df1a3c"},
};

static void check_pin(const struct pin *pin, const struct vc_cert *cert)
{
    uint8_t digest[VC_SHA256_SIZE];
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_sha256(vc_cert_der(cert), digest);
    vc_hex_encode(VC_BYTES(digest), hex);
    assert_string_equal(hex, pin->sha256);
    assert_string_equal(vc_cert_common_name(cert), pin->name);
}

static void test_pins(void **state)
{
    const struct vc_anchors *anchors = vc_vendor_anchors();
    struct vc_certs between = vc_vendor_certificates();

    assert_int_equal(anchors->root_count, VC_COUNT(ROOTS));
    assert_null(anchors->endorsed);
    for (size_t i = 0; i < VC_COUNT(ROOTS); i++) {
        assert_int_equal(anchors->roots[i].platform, ROOTS[i].platform);
        assert_string_equal(anchors->roots[i].product, ROOTS[i].product);
        check_pin(&ROOTS[i], anchors->roots[i].cert);
    }
    assert_int_equal(between.count, VC_COUNT(BETWEEN));
    for (size_t i = 0; i < VC_COUNT(BETWEEN); i++)
        check_pin(&BETWEEN[i], between.items[i]);
    (void)state;
}

static const struct vc_cert *root_of(const char *product)
{
    const struct vc_anchors *anchors = vc_vendor_anchors();

    for (size_t i = 0; i < anchors->root_count; i++) {
        if (strcmp(anchors->roots[i].product, product) == 0)
            return anchors->roots[i].cert;
    }
    return nullptr;
}

/* Each leads to the root of its product, and to no other one's. */
static void test_what_lies_between(void **state)
{
    struct vc_certs between = vc_vendor_certificates();

    for (size_t i = 0; i < VC_COUNT(BETWEEN); i++) {
        for (size_t k = 0; k < 3; k++) {
            struct vc_chain chain = {.anchor = root_of(ROOTS[k].product), .now = NOW};
            bool own = strcmp(BETWEEN[i].product, ROOTS[k].product) == 0;

            assert_int_equal(vc_chain_check(&chain, between.items[i], nullptr),
                             own ? VC_OK : VC_NOT_FOUND);
        }
    }
    (void)state;
}

static void test_parsed_once(void **state)
{
    assert_ptr_equal(vc_vendor_anchors(), vc_vendor_anchors());
    assert_ptr_equal(vc_vendor_anchors()->roots[0].cert, vc_vendor_anchors()->roots[0].cert);
    assert_ptr_equal(vc_vendor_certificates().items, vc_vendor_certificates().items);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pins),
        cmocka_unit_test(test_what_lies_between),
        cmocka_unit_test(test_parsed_once),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
