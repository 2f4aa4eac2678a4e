/* SPDX-License-Identifier: MIT */

#include "crypto/certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/library_internal.h"

static constexpr int64_t NOW = 1800000000; /* 2027-01-15 */
static constexpr int64_t DAY = 86400;

static const char OID[] = "2.25.1234567890";
static const uint8_t VALUE[] = {0x30, 0x03, 0x02, 0x01, 0x05};

struct set {
    struct vc_key *ca_key, *key;
    struct vc_cert *ca, *leaf, *identity;
};

static struct vc_key *new_key(void)
{
    struct vc_key *key = nullptr;

    assert_int_equal(vc_key_new(&key, nullptr), VC_OK);
    return key;
}

static struct vc_cert *new_leaf(const struct vc_cert *ca, const struct vc_key *ca_key,
                                const struct vc_key *key)
{
    static const char *const names[] = {"abc.veracruz", "localhost"};
    static const uint8_t v4[4] = {127, 0, 0, 1};
    static const uint8_t v6[16] = {[15] = 1};
    static const struct vc_bytes addresses[] = {VC_BYTES(v4), VC_BYTES(v6)};
    struct vc_cert_order order = {
        .subject_key = key,
        .common_name = "leaf",
        .dns_names = names,
        .dns_name_count = VC_COUNT(names),
        .ip_addresses = addresses,
        .ip_address_count = VC_COUNT(addresses),
        .not_before = NOW - DAY,
        .not_after = NOW + DAY,
        .extension_oid = OID,
        .extension_value = VC_BYTES(VALUE),
    };
    struct vc_cert *leaf = nullptr;
    struct vc_err err = {};

    if (vc_cert_issue(ca, ca_key, &order, &leaf, &err) != VC_OK)
        fail_msg("%s", err.text);
    return leaf;
}

static int make_set(void **state)
{
    static struct set set;

    set.ca_key = new_key();
    set.key = new_key();
    assert_int_equal(
        vc_cert_new_ca(set.ca_key, "test CA", NOW - 10 * DAY, NOW + 10 * DAY, &set.ca, nullptr),
        VC_OK);
    set.leaf = new_leaf(set.ca, set.ca_key, set.key);
    assert_int_equal(
        vc_cert_new_identity(set.key, "bank", NOW - DAY, NOW + DAY, &set.identity, nullptr), VC_OK);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;

    vc_key_free(set->ca_key);
    vc_key_free(set->key);
    vc_cert_free(set->ca);
    vc_cert_free(set->leaf);
    vc_cert_free(set->identity);
    return 0;
}

static void test_good_ones(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    struct vc_bytes value = {};
    struct vc_err err = {};
    uint8_t spki[2][VC_SHA256_SIZE];
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};

    if (vc_cert_check_issued(set->leaf, set->ca, NOW, &err) != VC_OK)
        fail_msg("%s", err.text);
    if (vc_cert_check_identity(set->identity, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(vc_cert_check_time(set->identity, NOW, nullptr), VC_OK);
    assert_string_equal(vc_cert_common_name(set->identity), "bank");
    assert_int_equal(vc_cert_not_before(set->leaf), NOW - DAY);
    assert_int_equal(vc_cert_not_after(set->leaf), NOW + DAY);
    assert_true(vc_cert_has_dns_name(set->leaf, "abc.veracruz"));
    assert_true(vc_cert_has_dns_name(set->leaf, "localhost"));
    assert_false(vc_cert_has_dns_name(set->leaf, "abc.veracru"));
    assert_false(vc_cert_has_dns_name(set->leaf, "127.0.0.1"));
    assert_false(vc_cert_has_dns_name(set->identity, "bank"));
    assert_int_equal(vc_cert_extension(set->leaf, OID, &value, nullptr), VC_OK);
    assert_int_equal(value.size, sizeof(VALUE));
    assert_memory_equal(value.data, VALUE, sizeof(VALUE));
    assert_int_equal(vc_cert_extension(set->ca, OID, &value, nullptr), VC_NOT_FOUND);
    assert_int_equal(vc_cert_extension(set->ca, "x.y", &value, nullptr), VC_MALFORMED);
    assert_int_equal(vc_cert_key(set->leaf, &key, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_public_der(key, &der, nullptr), VC_OK);
    vc_sha256(vc_buffer_bytes(&der), spki[0]);
    vc_cert_spki_hash(set->leaf, spki[1]);
    assert_memory_equal(spki[0], spki[1], VC_SHA256_SIZE);
}

static void test_validity_to_the_second(void **state)
{
    const struct set *set = *state;
    static const struct {
        int64_t now;
        bool in_time;
    } rows[] = {{NOW - DAY - 1, false}, {NOW - DAY, true},  {NOW + DAY, true},
                {NOW + DAY + 1, false}, {INT64_MIN, false}, {INT64_MAX, false}};

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        assert_int_equal(vc_cert_check_time(set->leaf, rows[i].now, nullptr),
                         rows[i].in_time ? VC_OK : VC_REFUSED);
        assert_int_equal(vc_cert_check_issued(set->leaf, set->ca, rows[i].now, nullptr),
                         rows[i].in_time ? VC_OK : VC_UNTRUSTED);
    }
}

static void test_ca_out_of_time(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_cert_freep) struct vc_cert *old = nullptr;
    struct vc_err err = {};

    assert_int_equal(vc_cert_new_ca(set->ca_key, "test CA", NOW - 10 * DAY, NOW - 1, &old, nullptr),
                     VC_OK);
    assert_int_equal(vc_cert_check_issued(set->leaf, old, NOW, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "expired"));
}

static void test_wrong_issuers(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_key_freep) struct vc_key *other_key = new_key();
    vc_cleanup(vc_cert_freep) struct vc_cert *look_alike = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *renamed = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *impostor = nullptr;

    assert_int_equal(
        vc_cert_new_ca(other_key, "test CA", NOW - 10 * DAY, NOW + 10 * DAY, &look_alike, nullptr),
        VC_OK);
    assert_int_equal(
        vc_cert_new_ca(set->ca_key, "other CA", NOW - 10 * DAY, NOW + 10 * DAY, &renamed, nullptr),
        VC_OK);
    impostor = new_leaf(look_alike, other_key, set->key);
    assert_int_equal(vc_cert_check_issued(set->leaf, look_alike, NOW, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_cert_check_issued(set->leaf, renamed, NOW, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_cert_check_issued(impostor, set->ca, NOW, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_cert_check_issued(impostor, look_alike, NOW, nullptr), VC_OK);
    assert_int_equal(vc_cert_check_issued(set->leaf, set->leaf, NOW, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_cert_check_issued(set->ca, set->ca, NOW, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_cert_check_issued(set->identity, set->ca, NOW, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_cert_check_issued(set->identity, set->identity, NOW, nullptr),
                     VC_UNTRUSTED);
}

/* A certificate made by hand: changed, then signed again by `signer`. */
struct change {
    X509 *native;
    EVP_PKEY *key; /* set it to sign with another key */
};

static void drop(X509 *native, int nid)
{
    X509_EXTENSION_free(X509_delete_ext(native, X509_get_ext_by_NID(native, nid, -1)));
}

static void put(X509 *native, int nid, const char *text)
{
    vc_cleanup(X509_EXTENSION_freep) X509_EXTENSION *made =
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, text);

    assert_non_null(made);
    assert_int_equal(X509_add_ext(native, made, -1), 1);
}

static void replace(X509 *native, int nid, const char *text)
{
    drop(native, nid);
    put(native, nid, text);
}

static void nothing(struct change *)
{
}

static void ca_flag(struct change *change)
{
    replace(change->native, NID_basic_constraints, "critical,CA:TRUE");
}

static void no_constraints(struct change *change)
{
    drop(change->native, NID_basic_constraints);
}

static void cert_sign(struct change *change)
{
    replace(change->native, NID_key_usage, "digitalSignature,keyCertSign");
}

static void only_encipherment(struct change *change)
{
    replace(change->native, NID_key_usage, "keyEncipherment");
}

static void no_key_usage(struct change *change)
{
    drop(change->native, NID_key_usage);
}

static void server_only(struct change *change)
{
    replace(change->native, NID_ext_key_usage, "serverAuth");
}

static void client_only(struct change *change)
{
    replace(change->native, NID_ext_key_usage, "clientAuth");
}

static void code_signing(struct change *change)
{
    replace(change->native, NID_ext_key_usage, "codeSigning,anyExtendedKeyUsage");
}

static void no_extended(struct change *change)
{
    drop(change->native, NID_ext_key_usage);
}

static void extended_twice(struct change *change)
{
    put(change->native, NID_ext_key_usage, "serverAuth,clientAuth");
}

static void add_unknown(X509 *native, bool critical)
{
    vc_cleanup(ASN1_OBJECT_freep) ASN1_OBJECT *object = OBJ_txt2obj("1.2.3.4.5", 1);
    vc_cleanup(ASN1_OCTET_STRING_freep) ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();
    vc_cleanup(X509_EXTENSION_freep) X509_EXTENSION *made = nullptr;

    assert_int_equal(ASN1_OCTET_STRING_set(content, VALUE, sizeof(VALUE)), 1);
    made = X509_EXTENSION_create_by_OBJ(nullptr, object, critical, content);
    assert_int_equal(X509_add_ext(native, made, -1), 1);
}

static void unknown(struct change *change)
{
    add_unknown(change->native, false);
}

static void unknown_twice(struct change *change)
{
    add_unknown(change->native, false);
    add_unknown(change->native, false);
}

static void unknown_critical(struct change *change)
{
    add_unknown(change->native, true);
}

static void name_constraints(struct change *change)
{
    put(change->native, NID_name_constraints, "critical,permitted;DNS:example.org");
}

static void version_1(struct change *change)
{
    while (X509_get_ext_count(change->native) > 0)
        X509_EXTENSION_free(X509_delete_ext(change->native, 0));
    assert_int_equal(X509_set_version(change->native, X509_VERSION_1), 1);
}

static void set_key(struct change *change, EVP_PKEY *key)
{
    assert_non_null(key);
    assert_int_equal(X509_set_pubkey(change->native, key), 1);
    EVP_PKEY_free(key);
}

static void rsa_1024(struct change *change)
{
    set_key(change, EVP_RSA_gen(1024));
}

static void rsa_2048(struct change *change)
{
    set_key(change, EVP_RSA_gen(2048));
}

static void p_384(struct change *change)
{
    set_key(change, EVP_EC_gen("P-384"));
}

static void p_521(struct change *change)
{
    set_key(change, EVP_EC_gen("P-521"));
}

static void ed25519(struct change *change)
{
    set_key(change, EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

static void x25519(struct change *change)
{
    set_key(change, EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
}

static const struct row {
    const char *name;
    void (*make)(struct change *change);
    enum vc_code identity; /* as a principal */
    enum vc_code issued;   /* as a leaf of the CA */
} rows[] = {
    {"nothing", nothing, VC_OK, VC_OK},
    {"CA:TRUE", ca_flag, VC_REFUSED, VC_UNTRUSTED},
    {"no basic constraints", no_constraints, VC_OK, VC_OK},
    {"keyCertSign", cert_sign, VC_REFUSED, VC_UNTRUSTED},
    {"keyEncipherment alone", only_encipherment, VC_REFUSED, VC_UNTRUSTED},
    {"no key usage", no_key_usage, VC_OK, VC_OK},
    {"serverAuth alone", server_only, VC_REFUSED, VC_OK},
    {"clientAuth alone", client_only, VC_OK, VC_UNTRUSTED},
    {"any and codeSigning", code_signing, VC_REFUSED, VC_UNTRUSTED},
    {"no extended key usage", no_extended, VC_OK, VC_UNTRUSTED},
    {"extended key usage twice", extended_twice, VC_REFUSED, VC_UNTRUSTED},
    {"unknown extension", unknown, VC_OK, VC_OK},
    {"unknown extension twice", unknown_twice, VC_REFUSED, VC_UNTRUSTED},
    {"unknown critical extension", unknown_critical, VC_REFUSED, VC_UNTRUSTED},
    {"critical name constraints", name_constraints, VC_REFUSED, VC_UNTRUSTED},
    {"version 1", version_1, VC_REFUSED, VC_UNTRUSTED},
    {"RSA 1024", rsa_1024, VC_REFUSED, VC_UNTRUSTED},
    {"RSA 2048", rsa_2048, VC_OK, VC_OK},
    {"P-384", p_384, VC_OK, VC_OK},
    {"P-521", p_521, VC_REFUSED, VC_UNTRUSTED},
    {"Ed25519", ed25519, VC_OK, VC_OK},
    {"X25519", x25519, VC_REFUSED, VC_UNTRUSTED},
};

static struct vc_cert *forge(const struct vc_cert *model, const struct vc_key *signer,
                             void (*make)(struct change *change), const EVP_MD *digest)
{
    struct vc_bytes model_der = vc_cert_der(model);
    const unsigned char *at = model_der.data;
    vc_cleanup(X509_freep) X509 *native = d2i_X509(nullptr, &at, (long)model_der.size);
    struct change change = {.native = native};
    struct vc_cert *made = nullptr;
    unsigned char *der = nullptr;
    struct vc_err err = {};
    int size;

    make(&change);
    assert_true(X509_sign(native, signer->native, digest) > 0);
    size = i2d_X509(native, &der);
    if (vc_cert_parse_der((struct vc_bytes){der, (size_t)size}, &made, &err) != VC_OK)
        fail_msg("%s", err.text);
    OPENSSL_free(der);
    return made;
}

static void test_changed_leaves(void **state)
{
    const struct set *set = *state;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_cert_freep) struct vc_cert *made =
            forge(set->leaf, set->ca_key, rows[i].make, EVP_sha256());
        struct vc_err err = {};
        enum vc_code code = vc_cert_check_identity(made, &err);

        if (code != rows[i].identity || err.code != code) {
            fail_msg("%s: identity %d, wanted %d: %s", rows[i].name, code, rows[i].identity,
                     err.text);
        }
        code = vc_cert_check_issued(made, set->ca, NOW, &err);
        if (code != rows[i].issued || (code != VC_OK && err.code != code))
            fail_msg("%s: issued %d, wanted %d: %s", rows[i].name, code, rows[i].issued, err.text);
    }
}

static void test_extension_twice(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_cert_freep) struct vc_cert *made =
        forge(set->leaf, set->ca_key, unknown_twice, EVP_sha256());
    struct vc_bytes value = {};

    assert_int_equal(vc_cert_extension(made, "1.2.3.4.5", &value, nullptr), VC_MALFORMED);
    assert_null(value.data);
}

static void test_sha1_signature(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_cert_freep) struct vc_cert *made =
        forge(set->leaf, set->ca_key, nothing, EVP_sha1());
    struct vc_err err = {};

    assert_int_equal(vc_cert_check_issued(made, set->ca, NOW, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "weak"));
}

static void test_anchors_without_the_flag(void **state)
{
    const struct set *set = *state;
    static void (*const makes[])(struct change *) = {no_constraints, version_1, unknown_critical,
                                                     only_encipherment};

    for (size_t i = 0; i < VC_COUNT(makes); i++) {
        vc_cleanup(vc_cert_freep) struct vc_cert *ca =
            forge(set->ca, set->ca_key, makes[i], EVP_sha256());

        assert_int_equal(vc_cert_check_issued(set->leaf, ca, NOW, nullptr), VC_UNTRUSTED);
    }
}

/* No flip of any bit leaves a certificate that the CA has issued. */
static void test_every_bit_flip(void **state)
{
    const struct set *set = *state;
    struct vc_bytes der = vc_cert_der(set->leaf);
    uint8_t copy[VC_CERT_SIZE_MAX];

    for (size_t bit = 0; bit < 8 * der.size; bit++) {
        vc_cleanup(vc_cert_freep) struct vc_cert *made = nullptr;

        memcpy(copy, der.data, der.size);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (vc_cert_parse_der((struct vc_bytes){copy, der.size}, &made, nullptr) == VC_OK &&
            vc_cert_check_issued(made, set->ca, NOW, nullptr) != VC_UNTRUSTED)
            fail_msg("bit %zu", bit);
    }
}

static void test_cut_and_extended(void **state)
{
    const struct set *set = *state;
    struct vc_bytes der = vc_cert_der(set->leaf);
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer more = {};
    struct vc_cert *made = nullptr;

    for (size_t size = 0; size < der.size; size++) {
        assert_int_equal(vc_cert_parse_der((struct vc_bytes){der.data, size}, &made, nullptr),
                         VC_MALFORMED);
    }
    assert_int_equal(vc_cert_encode_pem(set->leaf, &pem, nullptr), VC_OK);
    for (size_t size = 0; size < pem.size - 1; size++) {
        assert_int_equal(vc_cert_parse_pem((struct vc_bytes){pem.data, size}, &made, nullptr),
                         VC_MALFORMED);
    }
    assert_int_equal(vc_buffer_append(&more, der, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append_text(&more, "\n", nullptr), VC_OK);
    assert_int_equal(vc_cert_parse_der(vc_buffer_bytes(&more), &made, nullptr), VC_MALFORMED);
    assert_null(made);
}

/* What may surround a PEM block, and what may not. */
static void test_pem_forms(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    static const struct {
        const char *before, *after;
        enum vc_code expect;
    } around[] = {
        {"", "", VC_OK},
        {"\n \t", "\r\n\n", VC_OK},
        {"x", "", VC_MALFORMED},
        {"", "x", VC_MALFORMED},
        {"subject=bank\n", "", VC_MALFORMED},
        {"", "-----BEGIN CERTIFICATE-----\n", VC_MALFORMED},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "", VC_MALFORMED},
        {"-----BEGIN CERTIFICATE-----\n", "", VC_MALFORMED},
    };

    assert_int_equal(vc_cert_encode_pem(set->leaf, &pem, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(around); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        vc_cleanup(vc_cert_freep) struct vc_cert *made = nullptr;

        assert_int_equal(vc_buffer_append_text(&text, around[i].before, nullptr), VC_OK);
        assert_int_equal(vc_buffer_append(&text, vc_buffer_bytes(&pem), nullptr), VC_OK);
        assert_int_equal(vc_buffer_append_text(&text, around[i].after, nullptr), VC_OK);
        if (vc_cert_parse_pem(vc_buffer_bytes(&text), &made, nullptr) != around[i].expect)
            fail_msg("form %zu", i);
    }
}

static void test_size_limit(void **)
{
    static uint8_t big[VC_CERT_SIZE_MAX + 1];
    struct vc_cert *made = nullptr;

    assert_int_equal(vc_cert_parse_der(VC_BYTES(big), &made, nullptr), VC_LIMIT);
    assert_int_equal(vc_cert_parse_der((struct vc_bytes){big, sizeof(big) - 1}, &made, nullptr),
                     VC_MALFORMED);
}

static void test_orders_out_of_form(void **state)
{
    const struct set *set = *state;
    static const char *const bad_names[] = {"", "a b", "a\nb", "\xc3\xa9", "a,DNS:b"};
    static const uint8_t address[5] = {};
    static const struct vc_bytes addresses[] = {VC_BYTES(address)};
    struct vc_cert_order order = {.subject_key = set->key, .common_name = "x", .not_after = NOW};
    struct vc_cert *made = nullptr;
    char long_name[66] = {};

    for (size_t i = 0; i < VC_COUNT(bad_names); i++) {
        order.dns_names = &bad_names[i];
        order.dns_name_count = 1;
        assert_int_equal(vc_cert_issue(set->ca, set->ca_key, &order, &made, nullptr), VC_MALFORMED);
    }
    order.dns_name_count = 0;
    order.ip_addresses = addresses;
    order.ip_address_count = 1;
    assert_int_equal(vc_cert_issue(set->ca, set->ca_key, &order, &made, nullptr), VC_MALFORMED);
    order.ip_address_count = 0;
    order.common_name = memset(long_name, 'x', 65);
    assert_int_equal(vc_cert_issue(set->ca, set->ca_key, &order, &made, nullptr), VC_MALFORMED);
    order.common_name = "x";
    order.not_before = NOW + 1;
    assert_int_equal(vc_cert_issue(set->ca, set->ca_key, &order, &made, nullptr), VC_MALFORMED);
    assert_null(made);
}

static void test_requests(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    uint8_t points[2][65];

    assert_int_equal(vc_csr_new(set->key, "container", &der, nullptr), VC_OK);
    assert_int_equal(vc_csr_open(vc_buffer_bytes(&der), &key, nullptr), VC_OK);
    assert_int_equal(vc_key_point(set->key, points[0], nullptr), VC_OK);
    assert_int_equal(vc_key_point(key, points[1], nullptr), VC_OK);
    assert_memory_equal(points[0], points[1], 65);
    for (size_t size = 0; size < der.size; size++) {
        struct vc_key *none = nullptr;

        assert_int_equal(vc_csr_open((struct vc_bytes){der.data, size}, &none, nullptr),
                         VC_MALFORMED);
    }
    for (size_t bit = 0; bit < 8 * der.size; bit++) {
        struct vc_key *none = nullptr;
        enum vc_code code;

        der.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        code = vc_csr_open(vc_buffer_bytes(&der), &none, nullptr);
        if (code != VC_MALFORMED && code != VC_UNTRUSTED)
            fail_msg("bit %zu: %d", bit, code);
        der.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(vc_buffer_append_text(&der, "x", nullptr), VC_OK);
    vc_key_free(vc_take(key));
    assert_int_equal(vc_csr_open(vc_buffer_bytes(&der), &key, nullptr), VC_MALFORMED);
}

/* Each time that a certificate can have is what the C library takes it for. */
static void test_times(void **)
{
    static const int64_t first = -62167219200; /* 0000-01-01, */
    static const int64_t last = 253402300799;  /* 9999-12-31T23:59:59Z */
    int64_t found = 1;
    unsigned count = 0;

    for (int64_t wanted = first; wanted < last; wanted += 9 * DAY + 3661, count++) {
        vc_cleanup(ASN1_TIME_freep) ASN1_TIME *time = ASN1_TIME_set(nullptr, (time_t)wanted);

        assert_true(vc_asn1_seconds(time, &found));
        assert_int_equal(found, wanted);
    }
    assert_true(count > 400000);
    for (size_t i = 0; i < 2; i++) {
        const char *const ends[] = {"00000101000000Z", "99991231235959Z"};
        vc_cleanup(ASN1_TIME_freep) ASN1_TIME *time = ASN1_TIME_new();

        assert_int_equal(ASN1_TIME_set_string(time, ends[i]), 1);
        assert_true(vc_asn1_seconds(time, &found));
        assert_int_equal(found, i == 0 ? first : last);
    }
    assert_false(vc_asn1_seconds(nullptr, &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_ones),
        cmocka_unit_test(test_validity_to_the_second),
        cmocka_unit_test(test_ca_out_of_time),
        cmocka_unit_test(test_wrong_issuers),
        cmocka_unit_test(test_changed_leaves),
        cmocka_unit_test(test_extension_twice),
        cmocka_unit_test(test_sha1_signature),
        cmocka_unit_test(test_anchors_without_the_flag),
        cmocka_unit_test(test_every_bit_flip),
        cmocka_unit_test(test_cut_and_extended),
        cmocka_unit_test(test_pem_forms),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_orders_out_of_form),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests_name("certificate", tests, make_set, free_set);
}
