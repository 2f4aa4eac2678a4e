/* SPDX-License-Identifier: MIT */

/* The block "keys" of a policy, what it says to people, and the form of the keys it asks for. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/certificate.h"
#include "policy/explain.h"
#include "policy/fixture.h"
#include "policy/key_form.h"
#include "policy/key_names.h"

/* The advertiser's, for both programs; and the shop's, for sum alone. */
#define LEDGER                                                                              \
    "\"ledger\": {\"owner\": \"advertiser\", \"id\": 7, \"type\": \"aes\", \"bits\": 256, " \
    "\"usage\": [\"decrypt\", \"encrypt\"], \"algorithm\": \"gcm\", "                       \
    "\"programs\": [\"sum\", \"intersect\"], \"export\": true, \"wrap\": [\"shop\", "       \
    "\"advertiser\"]}"
#define RECEIPT                                                                              \
    "\"receipt\": {\"owner\": \"shop\", \"id\": 1073741823, \"type\": \"p256-pair\", "       \
    "\"usage\": [\"sign-hash\", \"copy\"], \"algorithm\": \"deterministic-ecdsa-sha-256\", " \
    "\"programs\": [\"sum\"]}"

/* The fixture's policy with these keys, and with changes: what is found, what replaces it. */
#define KEYS(keys, ...)         \
    {                           \
        "\"keys\": {" keys "}", \
        {                       \
            __VA_ARGS__         \
        }                       \
    }

static const struct vc_fixture_edit both = KEYS(LEDGER ", " RECEIPT);

static void test_keys_are_read(void **state)
{
    static const struct vc_fixture_edit edit =
        KEYS(LEDGER ", " RECEIPT, "\"clock\": true", "\"kept_keys\": 256");
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_edited_policy(*state, &edit);
    const struct vc_policy_key *ledger;
    const struct vc_policy_key *receipt;
    size_t index = 99;

    assert_int_equal(policy->key_count, 2);
    assert_true(vc_policy_find_key(policy, "ledger", &index));
    ledger = &policy->keys[index];
    assert_int_equal(ledger->owner, 0);
    assert_int_equal(ledger->id, 7);
    assert_int_equal(ledger->type, 0x2400);
    assert_int_equal(ledger->bits, 256);
    assert_int_equal(ledger->usage, 0x301);
    assert_int_equal(ledger->algorithm, 0x05500200);
    assert_int_equal(ledger->program_count, 2);
    assert_true(vc_policy_key_is_for(ledger, 0));
    assert_true(vc_policy_key_is_for(ledger, 1));
    assert_int_equal(ledger->receiver_count, 2);
    assert_int_equal(ledger->receivers[0], 1);
    assert_int_equal(ledger->receivers[1], 0);
    assert_true(vc_policy_find_key(policy, "receipt", &index));
    receipt = &policy->keys[index];
    assert_int_equal(receipt->owner, 1);
    assert_int_equal(receipt->id, 0x3fffffff);
    assert_int_equal(receipt->type, 0x7112);
    assert_int_equal(receipt->bits, 256);
    assert_int_equal(receipt->usage, 0x1002);
    assert_int_equal(receipt->algorithm, 0x06000709);
    assert_false(vc_policy_key_is_for(receipt, 0));
    assert_true(vc_policy_key_is_for(receipt, 1));
    assert_false(vc_policy_key_is_for(receipt, SIZE_MAX));
    assert_int_equal(receipt->receiver_count, 0);
    assert_int_equal(policy->programs[0].kept_keys, 256);
    assert_int_equal(policy->programs[1].kept_keys, 0);
    index = 99;
    assert_false(vc_policy_find_key(policy, "Ledger", &index));
    assert_false(vc_policy_find_key(policy, "", &index));
    assert_int_equal(index, 99);
}

/* ---------------------------------------------------------------------------------- refusals */

/* A key in which one thing is what the row says. */
#define OWNER       "\"owner\": \"shop\", "
#define ID          "\"id\": 1, "
#define AES         "\"type\": \"aes\", \"bits\": 128, "
#define GCM         "\"usage\": [\"encrypt\"], \"algorithm\": \"gcm\", "
#define PROGRAMS    "\"programs\": [\"sum\"]"
#define K(inner)    "\"k\": {" inner "}"
#define BY(owner)   K(owner ID AES GCM PROGRAMS)
#define WITH_ID(id) K(OWNER "\"id\": " id ", " AES GCM PROGRAMS)
#define OF(type, bits, usage, algorithm) \
    K(OWNER ID "\"type\": \"" type "\", " bits "\"usage\": [" usage "], " algorithm PROGRAMS)
#define BITS(bits)      "\"bits\": " bits ", "
#define ALGORITHM(name) "\"algorithm\": \"" name "\", "
#define FOR(programs)   K(OWNER ID AES GCM programs)
#define ALSO(more)      K(OWNER ID AES GCM PROGRAMS ", " more)
#define ENCRYPT         "\"encrypt\""
#define DERIVE          "\"derive\""
#define SIGN            "\"sign-hash\""

static const struct vc_fixture_row rows[] = {
    {KEYS(""), VC_OK, nullptr},
    {KEYS(LEDGER ", " RECEIPT), VC_OK, nullptr},
    /* the block and its names */
    {KEYS("\"k\": 7"), VC_MALFORMED, "keys.k: a whole number, an object wanted"},
    {KEYS("\"K\": {}"), VC_MALFORMED, "keys.K: a name is"},
    {KEYS("\"a/b\": {}"), VC_MALFORMED, "keys.a/b: a name is"},
    {KEYS(ALSO("\"lifetime\": 1")), VC_MALFORMED, "keys.k: unknown key \"lifetime\""},
    /* who gives it */
    {KEYS(BY("")), VC_MALFORMED, "keys.k: no \"owner\""},
    {KEYS(BY("\"owner\": \"bank\", ")), VC_REFUSED, "keys.k.owner: no principal \"bank\""},
    {KEYS(BY("\"owner\": \"sum\", ")), VC_REFUSED, "keys.k.owner: no principal \"sum\""},
    {KEYS(BY("\"owner\": [\"shop\"], ")), VC_MALFORMED, "keys.k.owner: an array, a string wanted"},
    {KEYS(BY("\"owner\": \"Shop\", ")), VC_MALFORMED, "keys.k.owner: a name is"},
    /* its number */
    {KEYS(K(OWNER AES GCM PROGRAMS)), VC_MALFORMED, "keys.k: no \"id\""},
    {KEYS(WITH_ID("1")), VC_OK, nullptr},
    {KEYS(WITH_ID("1073741823")), VC_OK, nullptr},
    {KEYS(WITH_ID("0")), VC_LIMIT, "keys.k.id: 0, at least 1"},
    {KEYS(WITH_ID("1073741824")), VC_LIMIT, "keys.k.id: 1073741824, at most 1073741823"},
    {KEYS(WITH_ID("4294967297")), VC_LIMIT, "keys.k.id: 4294967297, at most"},
    {KEYS(WITH_ID("\"1\"")), VC_MALFORMED, "keys.k.id: a string, a whole number wanted"},
    {KEYS(LEDGER ", \"b\": {" OWNER "\"id\": 7, " AES GCM PROGRAMS "}"), VC_REFUSED,
     "keys.b.id: 7 is that of ledger"},
    /* its type and bits */
    {KEYS(K(OWNER ID GCM PROGRAMS)), VC_MALFORMED, "keys.k: no \"type\""},
    {KEYS(OF("des", BITS("64"), ENCRYPT, ALGORITHM("gcm"))), VC_MALFORMED,
     "keys.k.type: a type of keys wanted"},
    {KEYS(OF("AES", BITS("128"), ENCRYPT, ALGORITHM("gcm"))), VC_MALFORMED, "keys.k.type: a type"},
    {KEYS(OF("aes", "", ENCRYPT, ALGORITHM("gcm"))), VC_MALFORMED, "keys.k: no \"bits\""},
    {KEYS(OF("aes", BITS("192"), ENCRYPT, ALGORITHM("gcm"))), VC_OK, nullptr},
    {KEYS(OF("aes", BITS("127"), ENCRYPT, ALGORITHM("gcm"))), VC_LIMIT,
     "keys.k.bits: 127, at least 128"},
    {KEYS(OF("aes", BITS("129"), ENCRYPT, ALGORITHM("gcm"))), VC_MALFORMED,
     "keys.k.bits: 129, but of the type aes: 128, or any multiple of 64 more"},
    {KEYS(OF("aes", BITS("257"), ENCRYPT, ALGORITHM("gcm"))), VC_LIMIT,
     "keys.k.bits: 257, at most 256"},
    {KEYS(OF("chacha20", "", ENCRYPT, ALGORITHM("chacha20-poly1305"))), VC_OK, nullptr},
    {KEYS(OF("chacha20", BITS("256"), ENCRYPT, ALGORITHM("stream-cipher"))), VC_OK, nullptr},
    {KEYS(OF("chacha20", BITS("128"), ENCRYPT, ALGORITHM("stream-cipher"))), VC_LIMIT,
     "keys.k.bits: 128"},
    {KEYS(OF("hmac", BITS("65528"), "\"sign-message\"", ALGORITHM("hmac-sha-512"))), VC_OK,
     nullptr},
    {KEYS(OF("hmac", BITS("65536"), "\"sign-message\"", ALGORITHM("hmac-sha-512"))), VC_LIMIT,
     "keys.k.bits: 65536, at most 65528"},
    {KEYS(OF("derive", BITS("100"), DERIVE, ALGORITHM("hkdf-sha-256"))), VC_MALFORMED,
     "keys.k.bits: 100, but of the type derive: 8, or any multiple of 8 more"},
    {KEYS(OF("rsa-pair", BITS("1016"), SIGN, ALGORITHM("rsa-pss-sha-256"))), VC_LIMIT,
     "keys.k.bits: 1016, at least 1024"},
    {KEYS(OF("rsa-pair", BITS("4096"), SIGN, ALGORITHM("rsa-pss-sha-256"))), VC_OK, nullptr},
    {KEYS(OF("rsa-pair", BITS("4104"), SIGN, ALGORITHM("rsa-pss-sha-256"))), VC_LIMIT,
     "keys.k.bits: 4104"},
    {KEYS(OF("p521-pair", "", SIGN, ALGORITHM("ecdsa-any"))), VC_OK, nullptr},
    {KEYS(OF("p521-pair", BITS("528"), SIGN, ALGORITHM("ecdsa-any"))), VC_LIMIT,
     "keys.k.bits: 528"},
    {KEYS(OF("x25519-pair", BITS("255"), DERIVE, ALGORITHM("ecdh"))), VC_OK, nullptr},
    {KEYS(OF("x25519-pair", BITS("256"), DERIVE, ALGORITHM("ecdh"))), VC_LIMIT, "keys.k.bits: 256"},
    /* its usage */
    {KEYS(K(OWNER ID AES ALGORITHM("gcm") PROGRAMS)), VC_MALFORMED, "keys.k: no \"usage\""},
    {KEYS(OF("aes", BITS("128"), "\"export\"", ALGORITHM("gcm"))), VC_MALFORMED,
     "keys.k.usage[0]: one of encrypt decrypt"},
    {KEYS(OF("aes", BITS("128"), "\"encrypt\", \"encrypt\"", ALGORITHM("gcm"))), VC_MALFORMED,
     "keys.k.usage[1]: encrypt a second time"},
    {KEYS(OF("aes", BITS("128"), "1", ALGORITHM("gcm"))), VC_MALFORMED,
     "keys.k.usage[0]: a whole number"},
    {KEYS(OF("aes", BITS("128"), "", ALGORITHM("gcm"))), VC_REFUSED,
     "keys.k.usage: nobody could do anything with it"},
    {KEYS(OF("aes", BITS("128"), "\"copy\", \"cache\"", ALGORITHM("gcm"))), VC_REFUSED,
     "keys.k.usage: nobody could do anything with it"},
    {KEYS(OF("raw", BITS("8"), "", "\"export\": true, ")), VC_OK, nullptr},
    {KEYS(OF("raw", BITS("8"), "", "\"wrap\": [\"shop\"], ")), VC_OK, nullptr},
    {KEYS(OF("raw", BITS("8"), "", "\"wrap\": [], ")), VC_REFUSED, "keys.k.usage: nobody could"},
    {KEYS(OF("raw", BITS("8"), DERIVE, ALGORITHM("hkdf-sha-512"))), VC_OK, nullptr},
    {KEYS(OF("aes", BITS("128"), ENCRYPT, "")), VC_REFUSED,
     "keys.k: to encrypt needs an \"algorithm\""},
    {KEYS(OF("aes", BITS("128"), "\"sign-message\"", ALGORITHM("gcm"))), VC_REFUSED,
     "keys.k.usage: sign-message is not what gcm does with keys of the type aes"},
    {KEYS(OF("aes", BITS("128"), "\"encrypt\", \"derive\"", ALGORITHM("ctr"))), VC_REFUSED,
     "keys.k.usage: derive is not what ctr does"},
    {KEYS(OF("p256-public", "", SIGN, ALGORITHM("ecdsa-sha-256"))), VC_REFUSED,
     "keys.k.usage: sign-hash is not what ecdsa-sha-256 does with keys of the type p256-public"},
    {KEYS(OF("p256-public", "", "\"verify-hash\"", ALGORITHM("ecdsa-sha-256"))), VC_OK, nullptr},
    {KEYS(OF("rsa-public", BITS("2048"), "\"decrypt\"", ALGORITHM("rsa-oaep-sha-256"))), VC_REFUSED,
     "keys.k.usage: decrypt is not what rsa-oaep-sha-256 does"},
    {KEYS(OF("rsa-public", BITS("2048"), ENCRYPT, ALGORITHM("rsa-oaep-sha-256"))), VC_OK, nullptr},
    {KEYS(OF("p256-pair", "", "\"sign-message\"", ALGORITHM("ecdsa-any"))), VC_REFUSED,
     "keys.k.usage: sign-message is not what ecdsa-any does"},
    /* its algorithm */
    {KEYS(OF("aes", BITS("128"), ENCRYPT, ALGORITHM("GCM"))), VC_MALFORMED,
     "keys.k.algorithm: an algorithm wanted, such as gcm"},
    {KEYS(OF("aes", BITS("128"), ENCRYPT, ALGORITHM("hmac-sha-1"))), VC_MALFORMED,
     "keys.k.algorithm: an"},
    {KEYS(OF("aes", BITS("128"), ENCRYPT, ALGORITHM("chacha20-poly1305"))), VC_REFUSED,
     "keys.k.algorithm: chacha20-poly1305 is not for keys of the type aes"},
    {KEYS(OF("x25519-pair", "", SIGN, ALGORITHM("ecdsa-sha-256"))), VC_REFUSED,
     "keys.k.algorithm: ecdsa-sha-256 is not for keys of the type x25519-pair"},
    {KEYS(OF("x25519-public", "", DERIVE, ALGORITHM("ecdh"))), VC_REFUSED,
     "keys.k.algorithm: ecdh is not for keys of the type x25519-public"},
    {KEYS(OF("password", BITS("64"), DERIVE, ALGORITHM("hkdf-sha-256"))), VC_REFUSED,
     "keys.k.algorithm: hkdf-sha-256 is not for keys of the type password"},
    {KEYS(OF("password", BITS("64"), DERIVE, ALGORITHM("pbkdf2-hmac-sha-256"))), VC_OK, nullptr},
    {KEYS(OF("password", BITS("64"), DERIVE, ALGORITHM("jpake-sha-256"))), VC_OK, nullptr},
    /* who may use it */
    {KEYS(K(OWNER ID AES "\"usage\": [\"encrypt\"], \"algorithm\": \"gcm\"")), VC_MALFORMED,
     "keys.k: no \"programs\""},
    {KEYS(FOR("\"programs\": []")), VC_LIMIT, "keys.k.programs: no elements, at least 1"},
    {KEYS(FOR("\"programs\": \"sum\"")), VC_MALFORMED,
     "keys.k.programs: a string, an array wanted"},
    {KEYS(FOR("\"programs\": [\"psi\"]")), VC_REFUSED, "keys.k.programs[0]: no program \"psi\""},
    {KEYS(FOR("\"programs\": [\"sum\", \"shop\"]")), VC_REFUSED,
     "keys.k.programs[1]: no program \"shop\""},
    {KEYS(FOR("\"programs\": [\"sum\", \"intersect\", \"sum\"]")), VC_REFUSED,
     "keys.k.programs[2]: the same as [0]"},
    /* how it gets out */
    {KEYS(ALSO("\"export\": 1")), VC_MALFORMED,
     "keys.k.export: a whole number, true or false wanted"},
    {KEYS(ALSO("\"wrap\": \"shop\"")), VC_MALFORMED, "keys.k.wrap: a string, an array wanted"},
    {KEYS(ALSO("\"wrap\": [\"bank\"]")), VC_REFUSED, "keys.k.wrap[0]: no principal \"bank\""},
    {KEYS(ALSO("\"wrap\": [\"sum\"]")), VC_REFUSED, "keys.k.wrap[0]: no principal \"sum\""},
    {KEYS(ALSO("\"wrap\": [\"advertiser\", \"shop\", \"advertiser\"]")), VC_REFUSED,
     "keys.k.wrap[2]: the same as [0]"},
};

static void test_rows(void **state)
{
    vc_fixture_check_rows(*state, rows, VC_COUNT(rows));
}

static void test_kept_keys(void **state)
{
    static const struct vc_fixture_row counts[] = {
        {KEYS("", "\"clock\": true", "\"kept_keys\": 0"), VC_OK, nullptr},
        {KEYS("", "\"clock\": true", "\"kept_keys\": 256"), VC_OK, nullptr},
        {KEYS("", "\"clock\": true", "\"kept_keys\": 257"), VC_LIMIT,
         "programs.intersect.kept_keys: 257, at most 256"},
        {KEYS("", "\"clock\": true", "\"kept_keys\": -1"), VC_LIMIT,
         "programs.intersect.kept_keys: -1, at least 0"},
        {KEYS("", "\"clock\": true", "\"kept_keys\": true"), VC_MALFORMED,
         "programs.intersect.kept_keys: true, a whole number"},
    };

    vc_fixture_check_rows(*state, counts, VC_COUNT(counts));
}

static void test_how_many(void **state)
{
    for (size_t count = 256; count <= 257; count++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
        struct vc_fixture_edit edit = {};
        struct vc_err err = {};
        enum vc_code code;

        assert_int_equal(vc_buffer_append_text(&list, "\"keys\": {", nullptr), VC_OK);
        for (size_t i = 1; i <= count; i++) {
            assert_int_equal(vc_buffer_printf(&list, nullptr,
                                              "%s\"k%zu\": {" OWNER "\"id\": %zu, " AES GCM PROGRAMS
                                              "}",
                                              i > 1 ? ", " : "", i, i),
                             VC_OK);
        }
        assert_int_equal(vc_buffer_printf(&list, nullptr, "}%c", '\0'), VC_OK);
        edit.members = (const char *)list.data;
        code = vc_fixture_parse(*state, &edit, &policy, &err);
        assert_int_equal(code, count == 256 ? VC_OK : VC_LIMIT);
        if (code != VC_OK)
            assert_string_equal(err.text, "keys: 257 members, at most 256");
    }
}

/* They are counted before they are looked up. */
static void test_too_many_receivers(void **state)
{
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    for (size_t count = 16; count <= 17; count++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
        struct vc_fixture_edit edit = {};

        assert_int_equal(
            vc_buffer_append_text(
                &list, "\"keys\": {\"k\": {" OWNER ID AES GCM PROGRAMS ", \"wrap\": [", nullptr),
            VC_OK);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(vc_buffer_printf(&list, nullptr, "%s\"p%zu\"", i > 0 ? ", " : "", i),
                             VC_OK);
        assert_int_equal(vc_buffer_printf(&list, nullptr, "]}}%c", '\0'), VC_OK);
        edit.members = (const char *)list.data;
        assert_int_equal(vc_fixture_parse(*state, &edit, &policy, &err),
                         count == 16 ? VC_REFUSED : VC_LIMIT);
        assert_null(policy);
    }
    assert_string_equal(err.text, "keys.k.wrap: 17 elements, at most 16");
}

static void test_cut_at_every_byte(void **state)
{
    vc_fixture_check_cut(*state, &both);
}

/* --------------------------------------------------------------------------------- Ed25519 */

/* A self-signed identity with an Ed25519 key, made for this test with `openssl req -x509`; its
 * private key was thrown away. */
static const char signs_only[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBWzCCAQ2gAwIBAgIUMpaRvf4R7blND1MbwPXaerBBJ38wBQYDK2VwMBExDzAN\n"
    "BgNVBAMMBnNpZ25lcjAgFw0yNjExMjMwNTA4MzRaGA8yMTI2MTAzMDA1MDgzNFow\n"
    "ETEPMA0GA1UEAwwGc2lnbmVyMCowBQYDK2VwAyEAm9wMfY6LbtYoXoTaeIJHyi8F\n"
    "/scSG/C5rxdS/zMSvGujdTBzMB0GA1UdDgQWBBQ0vPXrYtcbcRqHEpM/omBhTfIj\n"
    "PjAfBgNVHSMEGDAWgBQ0vPXrYtcbcRqHEpM/omBhTfIjPjAMBgNVHRMBAf8EAjAA\n"
    "MA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDAjAFBgMrZXADQQCD\n"
    "TEUpw2USA/jKav/sUOhxmgdt2aLROB9AOUqph2/lipo3yfTxR2r45feSRABzpLvJ\n"
    "7DlLM8aagY/2d+1W3lcB\n"
    "-----END CERTIFICATE-----\n";

static void test_who_only_signs_receives_nothing(void **state)
{
    static const struct vc_fixture_edit for_both =
        KEYS(ALSO("\"wrap\": [\"shop\", \"advertiser\"]"));
    static const struct vc_fixture_edit for_shop = KEYS(ALSO("\"wrap\": [\"shop\"]"));
    const struct vc_fixture *fixture = *state;
    struct vc_fixture with = *fixture;
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};
    with.advertiser = nullptr;
    assert_int_equal(
        vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)signs_only, strlen(signs_only)},
                          &with.advertiser, &err),
        VC_OK);
    assert_int_equal(vc_fixture_parse(&with, &for_both, &policy, &err), VC_REFUSED);
    assert_null(policy);
    assert_string_equal(err.text,
                        "keys.k.wrap[1]: nothing can be encrypted for advertiser: the key "
                        "of that certificate only signs");
    assert_int_equal(vc_fixture_parse(&with, &for_shop, &policy, &err), VC_OK);
    vc_policy_free(policy);
    vc_cert_free(with.advertiser);
}

/* ---------------------------------------------------------------------------------- the tables */

/* Every name leads to its row and every number back, and each algorithm is good for something. */
static void test_tables(void **)
{
    const struct vc_key_type *type;
    const struct vc_key_algorithm *algorithm;
    const struct vc_key_usage_name *usage;

    for (size_t i = 0; (type = vc_key_type_at(i)) != nullptr; i++) {
        assert_ptr_equal(vc_key_type_named(type->name), type);
        assert_ptr_equal(vc_key_type_of(type->number, type->bits_least), type);
        assert_ptr_equal(vc_key_type_of(type->number, type->bits_most), type);
        assert_false(vc_key_type_has_bits(type, type->bits_least - 1));
        assert_false(vc_key_type_has_bits(type, type->bits_most + 1));
    }
    for (size_t i = 0; (algorithm = vc_key_algorithm_at(i)) != nullptr; i++) {
        uint32_t possible = 0;

        assert_ptr_equal(vc_key_algorithm_named(algorithm->name), algorithm);
        assert_ptr_equal(vc_key_algorithm_of(algorithm->number), algorithm);
        assert_int_equal(algorithm->random & ~algorithm->usages, 0);
        for (size_t k = 0; (type = vc_key_type_at(k)) != nullptr; k++)
            possible |= vc_key_usages_of(type, algorithm);
        assert_int_equal(possible, algorithm->usages);
    }
    for (size_t i = 0; (usage = vc_key_usage_at(i)) != nullptr; i++) {
        assert_ptr_equal(vc_key_usage_named(usage->name), usage);
        assert_int_equal(__builtin_popcount(usage->usage), 1);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(vc_key_usage_at(k)->usage, usage->usage);
    }
    assert_null(vc_key_type_named(""));
    assert_null(vc_key_algorithm_named("sha-256"));
    assert_null(vc_key_usage_named("export"));
    assert_null(vc_key_type_of(0x7112, 255));
    assert_null(vc_key_algorithm_of(0));
}

/* ------------------------------------------------------------------------------------ the form */

/* A tag and a length in its shortest form. */
static void put_head(struct vc_buffer *out, uint8_t tag, size_t size)
{
    uint8_t bytes[] = {tag, 0x82, (uint8_t)(size >> 8), (uint8_t)size};
    uint8_t shorter[] = {tag, 0x81, (uint8_t)size};

    assert_true(size >= 0x80);
    assert_int_equal(vc_buffer_append(out,
                                      size > 0xff ? (struct vc_bytes){bytes, sizeof(bytes)}
                                                  : (struct vc_bytes){shorter, sizeof(shorter)},
                                      nullptr),
                     VC_OK);
}

/* An INTEGER whose highest bit is set, and so a zero before it. */
static void put_integer(struct vc_buffer *out, size_t bits)
{
    uint8_t bytes[600] = {0, 0x80};
    size_t size = bits / 8 + 1;

    put_head(out, 0x02, size);
    assert_int_equal(vc_buffer_append(out, (struct vc_bytes){bytes, size}, nullptr), VC_OK);
}

static void make_rsa(bool pair, size_t bits, size_t numbers, struct vc_buffer *der)
{
    static const uint8_t version[] = {0x02, 0x01, 0x00};
    vc_cleanup(vc_buffer_done) struct vc_buffer inner = {};

    if (pair)
        assert_int_equal(vc_buffer_append(&inner, (struct vc_bytes){version, 3}, nullptr), VC_OK);
    for (size_t i = 0; i < numbers; i++)
        put_integer(&inner, i == 0 ? bits : 1024);
    put_head(der, 0x30, inner.size);
    assert_int_equal(vc_buffer_append(der, vc_buffer_bytes(&inner), nullptr), VC_OK);
}

static enum vc_code check_form(const char *type, uint32_t bits, struct vc_bytes material,
                               struct vc_err *err)
{
    static char name[] = "k";
    struct vc_policy_key key = {
        .name = name, .type = vc_key_type_named(type)->number, .bits = bits};

    return vc_policy_key_check_form(&key, material, err);
}

static void test_form_of_sizes(void **)
{
    static const struct {
        const char *type;
        uint32_t bits;
        size_t size;
        uint8_t first;
    } forms[] = {
        {"aes", 128, 16, 0},
        {"aes", 256, 32, 0},
        {"chacha20", 256, 32, 0},
        {"hmac", 8, 1, 0},
        {"derive", 65528, 8191, 0},
        {"password", 64, 8, 0},
        {"raw", 24, 3, 0},
        {"p256-pair", 256, 32, 0},
        {"p384-pair", 384, 48, 0},
        {"p521-pair", 521, 66, 0},
        {"p256-public", 256, 65, 4},
        {"p384-public", 384, 97, 4},
        {"p521-public", 521, 133, 4},
        {"x25519-pair", 255, 32, 0},
        {"x25519-public", 255, 32, 0},
    };
    static uint8_t bytes[8200];
    static char name[] = "k";
    struct vc_err err = {};

    for (size_t i = 0; i < VC_COUNT(forms); i++) {
        for (size_t size = forms[i].size - 1; size <= forms[i].size + 1; size++) {
            bytes[0] = forms[i].first;
            assert_int_equal(
                check_form(forms[i].type, forms[i].bits, (struct vc_bytes){bytes, size}, &err),
                size == forms[i].size ? VC_OK : VC_MALFORMED);
        }
    }
    bytes[0] = 2; /* a compressed point */
    assert_int_equal(check_form("p256-public", 256, (struct vc_bytes){bytes, 65}, &err),
                     VC_MALFORMED);
    assert_string_equal(err.text,
                        "keys.k: an uncompressed point wanted, 65 bytes that begin with 04");
    assert_int_equal(check_form("aes", 256, (struct vc_bytes){bytes, 16}, &err), VC_MALFORMED);
    assert_string_equal(err.text, "keys.k: 16 bytes, 32 wanted of an AES key of 256 bits");
    assert_int_equal(check_form("hmac", 65528, (struct vc_bytes){bytes, sizeof(bytes)}, &err),
                     VC_MALFORMED);
    assert_string_equal(err.text, "keys.k: 8200 bytes, at most 8192");
    /* a type that no policy has */
    assert_int_equal(vc_policy_key_check_form(&(struct vc_policy_key){.name = name, .type = 0x2301},
                                              (struct vc_bytes){bytes, 8}, &err),
                     VC_MALFORMED);
}

static void test_form_of_rsa(void **)
{
    static const struct {
        bool pair;
        size_t bits, numbers;
        const char *err;
    } forms[] = {
        {true, 1024, 8, nullptr},
        {false, 1024, 2, nullptr},
        {true, 1024, 7, "keys.k: DER of PKCS#1's RSAPrivateKey wanted"},
        {true, 1024, 9, "keys.k: DER of PKCS#1's RSAPrivateKey wanted"},
        {false, 1024, 1, "keys.k: DER of PKCS#1's RSAPublicKey wanted"},
        {false, 1024, 3, "keys.k: DER of PKCS#1's RSAPublicKey wanted"},
        {true, 2048, 8, "keys.k: a modulus of 2048 bits, 1024 wanted"},
        {false, 1032, 2, "keys.k: a modulus of 1032 bits, 1024 wanted"},
    };

    for (size_t i = 0; i < VC_COUNT(forms); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
        const char *type = forms[i].pair ? "rsa-pair" : "rsa-public";
        struct vc_err err = {};

        make_rsa(forms[i].pair, forms[i].bits, forms[i].numbers, &der);
        assert_int_equal(check_form(type, 1024, vc_buffer_bytes(&der), &err),
                         forms[i].err == nullptr ? VC_OK : VC_MALFORMED);
        if (forms[i].err != nullptr)
            assert_string_equal(err.text, forms[i].err);
        for (size_t size = 0; size < der.size; size++) /* cut at every byte */
            assert_int_equal(check_form(type, 1024, (struct vc_bytes){der.data, size}, &err),
                             VC_MALFORMED);
        assert_int_equal(vc_buffer_append_text(&der, "x", nullptr), VC_OK);
        assert_int_equal(check_form(type, 1024, vc_buffer_bytes(&der), &err), VC_MALFORMED);
    }
}

/* -------------------------------------------------------------------------------------- prose */

#define WEAK(type, bits, usage, algorithm) OF(type, BITS(bits), usage, ALGORITHM(algorithm))

static const struct vc_fixture_said said[] = {
    {KEYS(LEDGER),
     "The advertiser may write /input/viewers.csv, and write /program/intersect.wasm, and "
     "start the program intersect, and give the key ledger, and nothing else.\n"},
    {KEYS(RECEIPT), "The program sum may write and delete every file, and use the key receipt, and "
                    "nothing else.\n"},
    {KEYS(LEDGER),
     "Only the advertiser may give the key ledger, an AES key of 256 bits, give it anew, "
     "and take it back.\n"},
    {KEYS(RECEIPT), "Only the shop may give the key receipt, a P-256 key pair, give it anew, and"},
    {KEYS(LEDGER),
     "  Only the program sum and the program intersect may use it, as the key with the id "
     "7, to encrypt and decrypt, with gcm.\n"},
    {KEYS(LEDGER), "  What is decrypted with it, a program that decrypts sees in the clear.\n"},
    {KEYS(RECEIPT), "!decrypts sees in the clear"},
    {KEYS(LEDGER),
     "  It may be exported: the program sum and the program intersect can read the key "
     "itself, and write it wherever they may write.\n"},
    {KEYS(LEDGER),
     "  It may be wrapped for the shop and the advertiser, who then have the key itself "
     "and can use it for anything;"},
    {KEYS(LEDGER), "!No program ever sees the key itself"},
    {KEYS(RECEIPT), "  No program ever sees the key itself, and it never leaves the container.\n"},
    {KEYS(ALSO("\"wrap\": [\"shop\"]")), "  No program ever sees the key itself.\n"},
    {KEYS(ALSO("\"wrap\": [\"shop\"]")), "for the shop, who then has the key itself"},
    {KEYS(OF("p256-public", "", "\"verify-hash\"", ALGORITHM("ecdsa-sha-256"))),
     "  It is no secret: programs can read it.\n"},
    {KEYS(OF("raw", BITS("256"), "", "\"export\": true, ")),
     "as the key with the id 1, but for no algorithm.\n"},
    {KEYS(WEAK("derive", "256", "\"derive\"", "hkdf-sha-256")),
     "  What is derived from it, a program that derives can see in the clear.\n"},
    /* to be noticed */
    {KEYS(LEDGER),
     "- The program sum can see the key ledger of the advertiser: whoever may read what it "
     "writes may get it.\n"},
    {KEYS(LEDGER), "- The shop can get the key ledger of the advertiser, wrapped.\n"},
    {KEYS(LEDGER), "!- The advertiser can get the key ledger"},
    {KEYS(RECEIPT), "!- The key receipt"},
    {KEYS(RECEIPT), "!can see the key receipt"},
    {KEYS(WEAK("aes", "128", ENCRYPT, "ecb-no-padding")),
     "- The key k is for ecb-no-padding: what is "
     "the same looks the same in what it encrypts"},
    {KEYS(WEAK("aes", "128", ENCRYPT, "cbc-pkcs7")),
     "- The key k is for cbc-pkcs7: nobody notices if what it encrypted is altered.\n"},
    {KEYS(WEAK("hmac", "120", "\"sign-message\"", "hmac-sha-256")),
     "- The key k has 120 bits: that can be found out by trying.\n"},
    {KEYS(WEAK("hmac", "128", "\"sign-message\"", "hmac-sha-256")), "!found out by trying"},
    {KEYS(WEAK("rsa-pair", "2040", SIGN, "rsa-pss-sha-256")),
     "- The key k has 2040 bits: that can be found out by trying.\n"},
    {KEYS(WEAK("rsa-pair", "2048", SIGN, "rsa-pss-sha-256")), "!found out by trying"},
    {KEYS(OF("p256-pair", "", SIGN, ALGORITHM("ecdsa-sha-256"))),
     "- The program sum may not ask for random bytes, which ecdsa-sha-256 takes: it can use the "
     "key k only in part.\n"},
    {KEYS(OF("p256-pair", "", "\"verify-hash\"", ALGORITHM("ecdsa-sha-256"))),
     "!which ecdsa-sha-256"},
    {KEYS(RECEIPT), "!may not ask for random bytes"},
    {KEYS(LEDGER),
     "- The program intersect may not ask for random bytes, and so cannot wrap the key "
     "ledger.\n"},
};

static void test_sentences(void **state)
{
    vc_fixture_check_said(*state, said, VC_COUNT(said));
}

static void test_kept_keys_are_said(void **state)
{
    static const struct {
        const char *edit;
        const char *sentence;
    } kept[] = {
        {"\"kept_keys\": 1", "  Its runs may leave at most 1 key to its later runs in the same"},
        {"\"kept_keys\": 9", "  Its runs may leave at most 9 keys to its later runs in the same"},
    };
    vc_cleanup(vc_policy_freep) struct vc_policy *none = vc_fixture_policy(*state, nullptr, "");
    vc_cleanup(vc_buffer_done) struct vc_buffer nothing = {};

    for (size_t i = 0; i < VC_COUNT(kept); i++) {
        vc_cleanup(vc_policy_freep) struct vc_policy *policy =
            vc_fixture_policy(*state, "\"clock\": true", kept[i].edit);
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

        assert_int_equal(vc_policy_explain(policy, nullptr, &text, nullptr), VC_OK);
        assert_non_null(memmem(text.data, text.size, kept[i].sentence, strlen(kept[i].sentence)));
    }
    assert_int_equal(vc_policy_explain(none, nullptr, &nothing, nullptr), VC_OK);
    assert_null(memmem(nothing.data, nothing.size, "Its runs may leave", 18));
    assert_null(memmem(nothing.data, nothing.size, "\nKeys\n", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_read),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_kept_keys),
        cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_too_many_receivers),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_who_only_signs_receives_nothing),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_form_of_sizes),
        cmocka_unit_test(test_form_of_rsa),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_kept_keys_are_said),
    };

    return cmocka_run_group_tests_name("key-policy", tests, vc_fixture_setup, vc_fixture_teardown);
}
