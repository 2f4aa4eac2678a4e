/* SPDX-License-Identifier: MIT */

#include "evidence/nitro.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "codec/cbor.h"
#include "evidence/nitro_fixture.h"

static constexpr int64_t NOW = 1763800000;
static constexpr int64_t HOUR = 3600;
static constexpr size_t LEAF = VC_NITRO_FIXTURE_LEVELS - 1;

struct set {
    struct vc_nitro_fixture fixture;
    uint8_t report_data[64];
    struct vc_buffer payload, document;
};

static enum vc_code verify_at(struct vc_bytes document, const struct vc_anchors *anchors,
                              int64_t now, struct vc_claims *claims, struct vc_err *err)
{
    struct vc_evidence evidence = {.platform = VC_PLATFORM_NITRO, .bytes = document};
    struct vc_verification verification = {
        .anchors = anchors, .now = now, .depth = VC_DEPTH_JUDGED};

    return vc_evidence_verify(&evidence, &verification, claims, err);
}

static enum vc_code verify(const struct set *set, struct vc_bytes document, struct vc_err *err)
{
    struct vc_claims claims;

    return verify_at(document, &set->fixture.anchors, NOW, &claims, err);
}

static int make_set(void **state)
{
    static struct set set;
    struct vc_nitro_fixture_order order;

    set = (struct set){};
    memset(set.report_data, 0xb1, sizeof(set.report_data));
    vc_nitro_fixture_init(&set.fixture, NOW, nullptr, nullptr);
    order = vc_nitro_fixture_order_of(NOW, VC_BYTES(set.report_data));
    vc_nitro_fixture_payload(&set.fixture, &order, &set.payload);
    vc_nitro_fixture_sign(&set.fixture, vc_buffer_bytes(&set.payload), &set.document);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;

    vc_nitro_fixture_done(&set->fixture);
    vc_buffer_done(&set->payload);
    vc_buffer_done(&set->document);
    return 0;
}

static void expect_register(const struct vc_claims *claims, const char *name, struct vc_bytes value)
{
    const struct vc_octets *found = vc_claims_register(claims, name);

    if (found == nullptr || found->size != value.size ||
        memcmp(found->bytes, value.data, value.size) != 0)
        fail_msg("register %s", name);
}

static void test_good(void **state)
{
    static const char INSTANCE[] = "i-0123456789abcdef0";
    const struct set *set = *state;
    struct vc_nitro_fixture_order order =
        vc_nitro_fixture_order_of(NOW, VC_BYTES(set->report_data));
    vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
    struct vc_claims claims;
    struct vc_err err = {};
    uint8_t digest[VC_SHA256_SIZE];

    order.nonce = (struct vc_bytes){(const uint8_t *)"nonce", 5};
    order.public_key = (struct vc_bytes){(const uint8_t *)"key", 3};
    vc_nitro_fixture_document(&set->fixture, &order, &document);
    if (verify_at(vc_buffer_bytes(&document), &set->fixture.anchors, NOW, &claims, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(claims.platform, VC_PLATFORM_NITRO);
    assert_int_equal(claims.passed, VC_STAGE_JUDGED);
    assert_int_equal(claims.tcb_status, VC_TCB_NOT_APPLICABLE);
    assert_false(claims.debug);
    assert_true(claims.made_at == NOW);
    assert_true(vc_octets_equal(&claims.measurement, &order.pcrs[0]));
    assert_int_equal(claims.report_data.size, 64);
    assert_memory_equal(claims.report_data.bytes, set->report_data, 64);
    vc_sha256((struct vc_bytes){(const uint8_t *)INSTANCE, strlen(INSTANCE)}, digest);
    assert_int_equal(claims.machine.size, sizeof(digest));
    assert_memory_equal(claims.machine.bytes, digest, sizeof(digest));
    expect_register(&claims, "pcr2", vc_octets_bytes(&order.pcrs[2]));
    expect_register(&claims, "pcr4", vc_octets_bytes(&order.pcrs[4]));
    expect_register(&claims, "nonce", order.nonce);
    expect_register(&claims, "user_data", VC_BYTES(set->report_data));
    vc_sha256(order.public_key, digest);
    expect_register(&claims, "public_key_sha256", VC_BYTES(digest));
    assert_int_equal(claims.register_count, 16 + 3);
    assert_null(vc_claims_register(&claims, "pcr16"));
}

static void test_depth(void **state)
{
    const struct set *set = *state;
    struct vc_evidence evidence = {.platform = VC_PLATFORM_NITRO,
                                   .bytes = vc_buffer_bytes(&set->document)};
    struct vc_verification verification = {
        .anchors = &set->fixture.anchors, .now = NOW, .depth = VC_DEPTH_AUTHENTIC};
    struct vc_claims claims;

    assert_int_equal(vc_evidence_verify(&evidence, &verification, &claims, nullptr), VC_OK);
    assert_int_equal(claims.passed, VC_STAGE_AUTHENTIC);
}

/* One field's value replaced, left out, or there twice; or something after the last. */
static const struct row {
    const char *name;
    const char *field; /* null: append `hex` to the entries */
    const char *hex;   /* of the value; null: leave the field out */
    size_t fill;       /* bytes after it */
    enum vc_code code;
    const char *words;
} rows[] = {
    {"module_id empty", "module_id", "60", 0, VC_MALFORMED, "module_id"},
    {"module_id as bytes", "module_id", "4161", 0, VC_MALFORMED, "module_id"},
    {"module_id not UTF-8", "module_id", "61ff", 0, VC_MALFORMED, "module_id"},
    {"module_id of indefinite length", "module_id", "7f6161ff", 0, VC_MALFORMED, "module_id"},
    {"module_id without an enclave", "module_id", "6161", 0, VC_OK, ""},
    {"no module_id", "module_id", nullptr, 0, VC_MALFORMED, "no field module_id"},
    {"digest SHA256", "digest", "66534841323536", 0, VC_MALFORMED, "digest"},
    {"digest in small letters", "digest", "66736861333834", 0, VC_MALFORMED, "digest"},
    {"digest null", "digest", "f6", 0, VC_MALFORMED, "digest"},
    {"no digest", "digest", nullptr, 0, VC_MALFORMED, "no field digest"},
    {"timestamp 0", "timestamp", "00", 0, VC_MALFORMED, "timestamp"},
    {"timestamp 1", "timestamp", "01", 0, VC_OK, ""},
    {"timestamp -1", "timestamp", "20", 0, VC_MALFORMED, "timestamp"},
    {"timestamp 2^64-1", "timestamp", "1bffffffffffffffff", 0, VC_MALFORMED, "timestamp"},
    {"timestamp not minimal", "timestamp", "1b0000000000000001", 0, VC_MALFORMED, "timestamp"},
    {"timestamp a float", "timestamp", "fb4277a5f6f1f00000", 0, VC_MALFORMED, "timestamp"},
    {"no timestamp", "timestamp", nullptr, 0, VC_MALFORMED, "no field timestamp"},
    {"pcrs empty", "pcrs", "a0", 0, VC_MALFORMED, "pcrs"},
    {"pcrs an array", "pcrs", "80", 0, VC_MALFORMED, "pcrs"},
    {"pcrs null", "pcrs", "f6", 0, VC_MALFORMED, "pcrs"},
    {"pcrs indefinite", "pcrs", "bfff", 0, VC_MALFORMED, "pcrs"},
    {"pcrs of 2^63", "pcrs", "bb8000000000000000", 0, VC_MALFORMED, "pcrs"},
    {"pcrs of 33", "pcrs", "b821", 0, VC_MALFORMED, "pcrs"},
    {"pcr 32", "pcrs", "a118205830", 48, VC_MALFORMED, "beyond 31"},
    {"pcr -1", "pcrs", "a1205830", 48, VC_MALFORMED, "pcrs"},
    {"pcr \"0\"", "pcrs", "a161305830", 48, VC_MALFORMED, "pcrs"},
    {"pcr 0 not minimal", "pcrs", "a118005830", 48, VC_MALFORMED, "pcrs"},
    {"pcr of 47 bytes", "pcrs", "a100582f", 47, VC_MALFORMED, "32, 48 or 64"},
    {"pcr of 49 bytes", "pcrs", "a1005831", 49, VC_MALFORMED, "32, 48 or 64"},
    {"pcr of 0 bytes", "pcrs", "a10040", 0, VC_MALFORMED, "32, 48 or 64"},
    {"pcr of 2^32 bytes", "pcrs", "a1005b0000000100000000", 0, VC_MALFORMED, "pcrs"},
    {"pcr a text", "pcrs", "a1007830", 48, VC_MALFORMED, "pcrs"},
    {"pcr 0 alone", "pcrs", "a1005830", 48, VC_MALFORMED, "no PCR1"},
    {"pcr 1 alone", "pcrs", "a1015840", 64, VC_MALFORMED, "no PCR0"},
    {"no pcrs", "pcrs", nullptr, 0, VC_MALFORMED, "no field pcrs"},
    {"certificate empty", "certificate", "40", 0, VC_MALFORMED, "certificate"},
    {"certificate null", "certificate", "f6", 0, VC_MALFORMED, "certificate"},
    {"certificate of 1025 bytes", "certificate", "590401", 1025, VC_MALFORMED, "1 to 1024"},
    {"certificate that is none", "certificate", "590400", 1024, VC_MALFORMED, "certificate"},
    {"no certificate", "certificate", nullptr, 0, VC_MALFORMED, "no field certificate"},
    {"cabundle empty", "cabundle", "80", 0, VC_MALFORMED, "cabundle"},
    {"cabundle null", "cabundle", "f6", 0, VC_MALFORMED, "cabundle"},
    {"cabundle bytes", "cabundle", "4100", 0, VC_MALFORMED, "cabundle"},
    {"cabundle indefinite", "cabundle", "9f4100ff", 0, VC_MALFORMED, "cabundle"},
    {"cabundle of 2^64-1", "cabundle", "9bffffffffffffffff", 0, VC_MALFORMED, "cabundle"},
    {"cabundle of 8", "cabundle", "8841004100410041004100410041004100", 0, VC_MALFORMED, "1 to 7"},
    {"cabundle with an empty one", "cabundle", "8140", 0, VC_MALFORMED, "1 to 1024"},
    {"cabundle with a large one", "cabundle", "81590401", 1025, VC_MALFORMED, "1 to 1024"},
    {"cabundle with null", "cabundle", "81f6", 0, VC_MALFORMED, "cabundle"},
    {"cabundle of nothing known", "cabundle", "81590400", 1024, VC_UNTRUSTED, "not a root"},
    {"no cabundle", "cabundle", nullptr, 0, VC_MALFORMED, "no field cabundle"},
    {"public_key empty", "public_key", "40", 0, VC_MALFORMED, "public_key"},
    {"public_key of 1 byte", "public_key", "4100", 0, VC_OK, ""},
    {"public_key of 1024 bytes", "public_key", "590400", 1024, VC_OK, ""},
    {"public_key of 1025 bytes", "public_key", "590401", 1025, VC_MALFORMED, "public_key"},
    {"public_key a text", "public_key", "6100", 0, VC_MALFORMED, "public_key"},
    {"public_key false", "public_key", "f4", 0, VC_MALFORMED, "public_key"},
    {"public_key undefined", "public_key", "f7", 0, VC_MALFORMED, "public_key"},
    {"no public_key", "public_key", nullptr, 0, VC_MALFORMED, "no field public_key"},
    {"user_data null", "user_data", "f6", 0, VC_OK, ""},
    {"user_data empty", "user_data", "40", 0, VC_OK, ""},
    {"user_data of 65 bytes", "user_data", "5841", 65, VC_OK, ""},
    {"user_data of 512 bytes", "user_data", "590200", 512, VC_OK, ""},
    {"user_data of 513 bytes", "user_data", "590201", 513, VC_MALFORMED, "user_data"},
    {"user_data indefinite", "user_data", "5f4100ff", 0, VC_MALFORMED, "user_data"},
    {"user_data in two bytes", "user_data", "580100", 0, VC_MALFORMED, "user_data"},
    {"no user_data", "user_data", nullptr, 0, VC_MALFORMED, "no field user_data"},
    {"nonce empty", "nonce", "40", 0, VC_OK, ""},
    {"nonce of 256 bytes", "nonce", "590100", 256, VC_OK, ""},
    {"nonce of 513 bytes", "nonce", "590201", 513, VC_MALFORMED, "nonce"},
    {"nonce a number", "nonce", "00", 0, VC_MALFORMED, "nonce"},
    {"no nonce", "nonce", nullptr, 0, VC_MALFORMED, "no field nonce"},
    {"unknown field", nullptr, "6178f6", 0, VC_MALFORMED, "no document has"},
    {"unknown field, 17 deep", nullptr, "61788181818181818181818181818181818100", 0, VC_MALFORMED,
     "no document has"},
    {"a number for a name", nullptr, "00f6", 0, VC_MALFORMED, "not a text"},
    {"an array for a name", nullptr, "80f6", 0, VC_MALFORMED, "out of form"},
    {"module_id twice", nullptr, "696d6f64756c655f69646161", 0, VC_MALFORMED, "out of form"},
    {"nonce twice", nullptr, "656e6f6e6365f6", 0, VC_MALFORMED, "out of form"},
};

static void append_hex(struct vc_buffer *out, const char *hex, size_t fill)
{
    uint8_t room[64];
    size_t size = strlen(hex) / 2;
    uint8_t byte = 0x5a;

    assert_true(size <= sizeof(room));
    assert_int_equal(vc_hex_parse(hex, room, size, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(out, (struct vc_bytes){room, size}, nullptr), VC_OK);
    for (size_t i = 0; i < fill; i++)
        assert_int_equal(vc_buffer_append(out, (struct vc_bytes){&byte, 1}, nullptr), VC_OK);
}

static void rewrite(struct vc_bytes payload, const struct row *row, struct vc_buffer *out)
{
    struct vc_reader reader = vc_reader_over(payload);
    struct vc_cbor_map map = vc_cbor_read_any_map(&reader);
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);

    vc_cbor_open_map(&writer, map.left + (row->field == nullptr) - (row->hex == nullptr));
    while (vc_cbor_next_key(&reader, &map)) {
        struct vc_bytes name = vc_cbor_read_text(&reader);
        size_t begin = reader.offset;
        bool meant = row->field != nullptr && name.size == strlen(row->field) &&
                     memcmp(name.data, row->field, name.size) == 0;

        vc_cbor_skip_any(&reader);
        if (meant && row->hex == nullptr)
            continue;
        vc_cbor_put_text_run(&writer, name);
        if (meant) {
            append_hex(out, row->hex, row->fill);
        } else {
            struct vc_bytes value = {payload.data + begin, reader.offset - begin};

            assert_int_equal(vc_buffer_append(out, value, nullptr), VC_OK);
        }
    }
    if (row->field == nullptr)
        append_hex(out, row->hex, row->fill);
}

/* Whatever the field says, the leaf has signed it. */
static void test_a9_signed_but_out_of_form(void **state)
{
    const struct set *set = *state;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
        struct vc_err err = {};

        rewrite(vc_buffer_bytes(&set->payload), &rows[i], &payload);
        vc_nitro_fixture_sign(&set->fixture, vc_buffer_bytes(&payload), &document);
        if (verify(set, vc_buffer_bytes(&document), &err) != rows[i].code ||
            strstr(err.text, rows[i].words) == nullptr)
            fail_msg("%s: %s", rows[i].name, err.text);
    }
    print_message("# %zu rows\n", VC_COUNT(rows));
}

static void test_registers(void **state)
{
    static const struct {
        const char *name;
        size_t first_zero, zeros, absent, size;
        enum vc_code code;
        const char *words;
    } cases[] = {
        {"17 registers", 8, 9, 17, 48, VC_OK, ""},
        {"all 32 registers", 8, 24, 32, 48, VC_OK, ""},
        {"registers of 64 bytes", 8, 8, 16, 64, VC_OK, ""},
        {"debug", 0, 3, 16, 48, VC_UNTRUSTED, "debug mode: PCR0 is zero"},
        {"PCR0 zero alone", 0, 1, 16, 48, VC_UNTRUSTED, "debug mode: PCR0"},
        {"PCR1 zero alone", 1, 1, 16, 48, VC_UNTRUSTED, "debug mode: PCR1"},
        {"PCR2 zero alone", 2, 1, 16, 48, VC_UNTRUSTED, "debug mode: PCR2"},
        {"PCR3 zero alone", 3, 1, 16, 48, VC_OK, ""},
    };
    const struct set *set = *state;

    for (size_t i = 0; i < VC_COUNT(cases); i++) {
        struct vc_nitro_fixture_order order = vc_nitro_fixture_order_of(NOW, (struct vc_bytes){});
        vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
        struct vc_claims claims;
        struct vc_err err = {};

        for (size_t r = 0; r < VC_NITRO_PCRS_MAX; r++) {
            bool zero = r >= cases[i].first_zero && r < cases[i].first_zero + cases[i].zeros;

            order.pcrs[r] = (struct vc_octets){.size = r < cases[i].absent ? cases[i].size : 0};
            if (!zero)
                memset(order.pcrs[r].bytes, 0x31, order.pcrs[r].size);
        }
        vc_nitro_fixture_document(&set->fixture, &order, &document);
        if (verify_at(vc_buffer_bytes(&document), &set->fixture.anchors, NOW, &claims, &err) !=
                cases[i].code ||
            strstr(err.text, cases[i].words) == nullptr)
            fail_msg("%s: %s", cases[i].name, err.text);
        assert_true(claims.debug == (cases[i].code != VC_OK));
        assert_int_equal(claims.passed,
                         cases[i].code == VC_OK ? VC_STAGE_JUDGED : VC_STAGE_AUTHENTIC);
        assert_int_equal(claims.report_data.size, 0);
    }
}

enum fault {
    EXPIRED,
    NOT_YET,
    NOT_A_CA,
    NO_CONSTRAINTS,
    NO_CERT_SIGN,
    PATH_LENGTH_0,
    SIGNED_BY_ANOTHER,
    SHA_1,
    CRITICAL_UNKNOWN,
    A_CA,
    NO_KEY_USAGE,
    NO_SIGNATURES,
    ON_P256,
};

static const struct fault_row {
    const char *name;
    size_t level;
    enum fault fault;
    const char *words;
} faults[] = {
    {"root expired", 0, EXPIRED, "expired"},
    {"region expired", 1, EXPIRED, "expired"},
    {"zone expired", 2, EXPIRED, "expired"},
    {"instance expired", 3, EXPIRED, "expired"},
    {"leaf expired", 4, EXPIRED, "expired"},
    {"root not yet valid", 0, NOT_YET, "not valid before"},
    {"region not yet valid", 1, NOT_YET, "not valid before"},
    {"zone not yet valid", 2, NOT_YET, "not valid before"},
    {"instance not yet valid", 3, NOT_YET, "not valid before"},
    {"leaf not yet valid", 4, NOT_YET, "not valid before"},
    {"region is no CA", 1, NOT_A_CA, "CA:TRUE"},
    {"instance is no CA", 3, NOT_A_CA, "CA:TRUE"},
    {"zone without basicConstraints", 2, NO_CONSTRAINTS, "CA:TRUE"},
    {"zone without keyCertSign", 2, NO_CERT_SIGN, "keyCertSign"},
    {"region allows no CA below it", 1, PATH_LENGTH_0, "pathLen"},
    {"zone allows no CA below it", 2, PATH_LENGTH_0, "pathLen"},
    {"region signed by another key", 1, SIGNED_BY_ANOTHER, "signature"},
    {"instance signed by another key", 3, SIGNED_BY_ANOTHER, "signature"},
    {"leaf signed by another key", 4, SIGNED_BY_ANOTHER, "signature"},
    {"leaf signed with SHA-1", 4, SHA_1, "SHA1"},
    {"leaf with an unknown critical extension", 4, CRITICAL_UNKNOWN, "critical"},
    {"zone with an unknown critical extension", 2, CRITICAL_UNKNOWN, "critical"},
    {"leaf is a CA", 4, A_CA, "CA"},
    {"leaf without keyUsage", 4, NO_KEY_USAGE, "digitalSignature"},
    {"leaf not for signatures", 4, NO_SIGNATURES, "digitalSignature"},
    {"leaf on P-256", 4, ON_P256, "P-384"},
};

struct spoil {
    const struct fault_row *row;
    const struct vc_pki_key *other, *p256;
};

static void spoil(const void *user, size_t level, struct vc_pki_order *order)
{
    static const uint8_t null_der[] = {0x05, 0x00};
    static const struct vc_pki_extension unknown = {"1.3.6.1.4.1.99999.1", true,
                                                    VC_BYTES(null_der)};
    const struct spoil *spoil = user;

    if (level != spoil->row->level)
        return;
    switch (spoil->row->fault) {
    case EXPIRED:
        order->not_after = NOW - 1;
        break;
    case NOT_YET:
        order->not_before = NOW + 1;
        break;
    case NOT_A_CA:
        order->ca = false;
        break;
    case NO_CONSTRAINTS:
        order->has_constraints = false;
        order->ca = false;
        break;
    case NO_CERT_SIGN:
        order->key_usage = VC_PKI_CRL_SIGN;
        break;
    case PATH_LENGTH_0:
        order->path_length = 0;
        break;
    case SIGNED_BY_ANOTHER:
        order->signer = spoil->other;
        break;
    case SHA_1:
        order->sha1 = true;
        break;
    case CRITICAL_UNKNOWN:
        order->extensions = &unknown;
        order->extension_count = 1;
        break;
    case A_CA:
        order->ca = true;
        order->key_usage = VC_PKI_DIGITAL_SIGNATURE | VC_PKI_KEY_CERT_SIGN;
        break;
    case NO_KEY_USAGE:
        order->key_usage = 0;
        break;
    case NO_SIGNATURES:
        order->key_usage = VC_PKI_CRL_SIGN;
        break;
    case ON_P256:
        order->key = spoil->p256;
        break;
    }
}

static void test_chains(void **)
{
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *other = vc_pki_key_new(VC_KEY_P384, 0);
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *p256 = vc_pki_key_new(VC_KEY_P256, 0);

    for (size_t i = 0; i < VC_COUNT(faults); i++) {
        struct spoil user = {&faults[i], other, p256};
        struct vc_nitro_fixture_order order = vc_nitro_fixture_order_of(NOW, (struct vc_bytes){});
        vc_cleanup(vc_nitro_fixture_done) struct vc_nitro_fixture fixture;
        vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
        struct vc_claims claims;
        struct vc_err err = {};

        vc_nitro_fixture_init(&fixture, NOW, spoil, &user);
        vc_nitro_fixture_document(&fixture, &order, &document);
        if (verify_at(vc_buffer_bytes(&document), &fixture.anchors, NOW, &claims, &err) !=
                VC_UNTRUSTED ||
            strstr(err.text, faults[i].words) == nullptr)
            fail_msg("%s: %s", faults[i].name, err.text);
        assert_int_equal(claims.passed, VC_STAGE_FORM);
    }
    print_message("# %zu faults of chains\n", VC_COUNT(faults));
}

/* A bundle of these levels, signed by the leaf. */
static enum vc_code verify_bundle(const struct set *set, const size_t *levels, size_t count,
                                  struct vc_err *err)
{
    static const struct row without = {.field = "cabundle"};
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
    struct vc_cbor_writer writer = vc_cbor_writer_over(&payload);

    rewrite(vc_buffer_bytes(&set->payload), &without, &payload);
    payload.data[0]++; /* one entry more */
    vc_cbor_put_text(&writer, "cabundle");
    vc_cbor_open_array(&writer, count);
    for (size_t i = 0; i < count; i++)
        vc_cbor_put_bytes(&writer, vc_cert_der(set->fixture.certs[levels[i]]));
    vc_nitro_fixture_sign(&set->fixture, vc_buffer_bytes(&payload), &document);
    return verify(set, vc_buffer_bytes(&document), err);
}

static void test_bundles(void **state)
{
    static const struct {
        const char *name;
        size_t levels[VC_NITRO_BUNDLE_MAX];
        size_t count;
        enum vc_code code;
        const char *words;
    } cases[] = {
        {"in order, at the end of the map", {0, 1, 2, 3}, 4, VC_OK, ""},
        {"the root last", {1, 2, 3, 0}, 4, VC_UNTRUSTED, "cabundle[0] is not a root"},
        {"without the root", {1, 2, 3}, 3, VC_UNTRUSTED, "cabundle[0] is not a root"},
        {"without the region", {0, 2, 3}, 3, VC_UNTRUSTED, "leads to"},
        {"without the instance", {0, 1, 2}, 3, VC_UNTRUSTED, "leads to"},
        {"the root alone", {0}, 1, VC_UNTRUSTED, "leads to"},
        {"the leaf in place of the instance", {0, 1, 2, 4}, 4, VC_UNTRUSTED, "leads to"},
    };

    for (size_t i = 0; i < VC_COUNT(cases); i++) {
        struct vc_err err = {};

        if (verify_bundle(*state, cases[i].levels, cases[i].count, &err) != cases[i].code ||
            strstr(err.text, cases[i].words) == nullptr)
            fail_msg("%s: %s", cases[i].name, err.text);
    }
}

static void test_anchors(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_nitro_fixture_done) struct vc_nitro_fixture other;
    struct vc_anchors nobody = {};
    struct vc_anchors both = set->fixture.anchors;
    struct vc_anchors wrong = set->fixture.anchors;
    struct vc_claims claims;
    struct vc_err err = {};
    struct vc_bytes document = vc_buffer_bytes(&set->document);

    vc_nitro_fixture_init(&other, NOW, nullptr, nullptr); /* the same names, other keys */
    assert_int_equal(verify_at(document, &other.anchors, NOW, &claims, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "not a root"));
    assert_int_equal(verify_at(document, &nobody, NOW, &claims, nullptr), VC_UNTRUSTED);
    assert_int_equal(verify_at(document, vc_vendor_anchors(), NOW, &claims, nullptr), VC_UNTRUSTED);
    wrong.roots[0].platform = VC_PLATFORM_SNP;
    assert_int_equal(verify_at(document, &wrong, NOW, &claims, nullptr), VC_UNTRUSTED);
    both.roots[1] = both.roots[0];
    both.roots[0] = other.anchors.roots[0];
    both.root_count = 2;
    assert_int_equal(verify_at(document, &both, NOW, &claims, nullptr), VC_OK);
}

static void test_times(void **state)
{
    const struct set *set = *state;
    static const struct {
        int64_t now;
        enum vc_code code;
    } cases[] = {
        {NOW - HOUR - 1, VC_UNTRUSTED}, {NOW - HOUR, VC_OK}, {NOW + HOUR, VC_OK},
        {NOW + HOUR + 1, VC_UNTRUSTED}, {0, VC_UNTRUSTED},
    };
    struct vc_claims claims;

    for (size_t i = 0; i < VC_COUNT(cases); i++) {
        assert_int_equal(verify_at(vc_buffer_bytes(&set->document), &set->fixture.anchors,
                                   cases[i].now, &claims, nullptr),
                         cases[i].code);
    }
}

/* Envelopes around the same payload and signature. */
static void put_envelope(struct vc_buffer *out, const char *begin_hex,
                         const struct vc_cose_sign1 *envelope, struct vc_bytes signature)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);

    append_hex(out, begin_hex, 0);
    vc_cbor_put_bytes(&writer, envelope->payload);
    vc_cbor_put_bytes(&writer, signature);
    assert_int_equal(vc_cbor_write_end(&writer, nullptr), VC_OK);
}

static void test_envelopes(void **state)
{
    static const struct {
        const char *name, *hex;
        enum vc_code code;
        const char *words;
    } cases[] = {
        {"as it is", "8444a1013822a0", VC_OK, ""},
        {"tagged", "d28444a1013822a0", VC_OK, ""},
        {"tagged twice", "d2d28444a1013822a0", VC_MALFORMED, ""},
        {"COSE_Mac0", "d18444a1013822a0", VC_UNTRUSTED, "COSE_Mac0"},
        {"ES256", "8443a10126a0", VC_MALFORMED, "ES384"},
        {"an emulator's algorithm", "8443a10120a0", VC_UNTRUSTED, "unsigned"},
        {"a key id beside", "8446a2013822040000", VC_MALFORMED, ""},
        {"a signed key id", "8447a20138220441 00a0", VC_MALFORMED, "more than the algorithm"},
        {"an unsigned key id", "8444a1013822a1044100", VC_MALFORMED, "more than the algorithm"},
        {"no algorithm", "8440a0", VC_MALFORMED, "no algorithm"},
        {"an unsigned algorithm", "8440a1013822", VC_MALFORMED, "no algorithm"},
        {"an indefinite array", "9f44a1013822a0", VC_MALFORMED, ""},
    };
    const struct set *set = *state;
    struct vc_nitro_document parsed;

    assert_int_equal(vc_nitro_document_parse(vc_buffer_bytes(&set->document), &parsed, nullptr),
                     VC_OK);
    for (size_t i = 0; i < VC_COUNT(cases); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
        struct vc_err err = {};
        char hex[64] = "";

        for (const char *c = cases[i].hex; *c != '\0'; c++) {
            if (*c != ' ')
                hex[strlen(hex)] = *c;
        }
        put_envelope(&document, hex, &parsed.envelope, parsed.envelope.signature);
        if (verify(set, vc_buffer_bytes(&document), &err) != cases[i].code ||
            strstr(err.text, cases[i].words) == nullptr)
            fail_msg("%s: %s", cases[i].name, err.text);
    }
}

static void test_signatures(void **state)
{
    const struct set *set = *state;
    struct vc_nitro_document parsed;
    uint8_t changed[97];
    static const uint8_t zero[96];
    struct {
        const char *name;
        struct vc_bytes signature;
        enum vc_code code;
    } cases[] = {
        {"none", {changed, 0}, VC_MALFORMED},      {"95 bytes", {changed, 95}, VC_MALFORMED},
        {"97 bytes", {changed, 97}, VC_MALFORMED}, {"r = 0", {changed, 96}, VC_UNTRUSTED},
        {"r and s = 0", {zero, 96}, VC_UNTRUSTED}, {"64 zero bytes", {zero, 64}, VC_UNTRUSTED},
    };

    assert_int_equal(vc_nitro_document_parse(vc_buffer_bytes(&set->document), &parsed, nullptr),
                     VC_OK);
    memcpy(changed, parsed.envelope.signature.data, 96);
    memset(changed, 0, 48);
    for (size_t i = 0; i < VC_COUNT(cases); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer document = {};

        put_envelope(&document, "8444a1013822a0", &parsed.envelope, cases[i].signature);
        if (verify(set, vc_buffer_bytes(&document), nullptr) != cases[i].code)
            fail_msg("%s", cases[i].name);
    }
    memcpy(changed, parsed.envelope.signature.data, 96);
    memset(changed + 48, 0xff, 48); /* s beyond the order */
    {
        vc_cleanup(vc_buffer_done) struct vc_buffer document = {};

        put_envelope(&document, "8444a1013822a0", &parsed.envelope, (struct vc_bytes){changed, 96});
        assert_int_equal(verify(set, vc_buffer_bytes(&document), nullptr), VC_UNTRUSTED);
    }
}

/* Another enclave of the same machine cannot sign for this one. */
static void test_another_leaf(void **state)
{
    const struct set *set = *state;
    struct vc_nitro_fixture other = set->fixture;
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *key = vc_pki_key_new(VC_KEY_P384, 0);
    vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
    struct vc_err err = {};

    other.keys[LEAF] = key;
    vc_nitro_fixture_sign(&other, vc_buffer_bytes(&set->payload), &document);
    assert_int_equal(verify(set, vc_buffer_bytes(&document), &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "signature"));
}

/* What QEMU's nitro-enclave machine writes. */
static void test_emulator(void **)
{
    static const char *const registers = "a300583000";
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
    static const uint8_t zero[64];
    struct vc_cose_sign1 envelope = {};
    struct vc_claims claims;
    struct vc_err err = {};

    append_hex(&payload, registers, 0);
    envelope.payload = vc_buffer_bytes(&payload);
    put_envelope(&document, "8443a10120a0", &envelope, VC_BYTES(zero));
    assert_int_equal(verify_at(vc_buffer_bytes(&document), vc_vendor_anchors(), NOW, &claims, &err),
                     VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "unsigned: made by an emulator"));
}

static void test_every_bit_flip(void **state)
{
    const struct set *set = *state;
    uint8_t copy[4096];
    size_t bits = 8 * set->document.size;
    struct vc_claims claims;

    assert_true(set->document.size <= sizeof(copy));
    for (size_t bit = 0; bit < bits; bit++) {
        memcpy(copy, set->document.data, set->document.size);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (verify_at((struct vc_bytes){copy, set->document.size}, &set->fixture.anchors, NOW,
                      &claims, nullptr) == VC_OK ||
            claims.passed >= VC_STAGE_AUTHENTIC)
            fail_msg("bit %zu", bit);
    }
    print_message("# %zu bit flips\n", bits);
}

static void test_cut_and_extended(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer longer = {};

    for (size_t size = 0; size < set->document.size; size++) {
        if (verify(set, (struct vc_bytes){set->document.data, size}, nullptr) != VC_MALFORMED)
            fail_msg("%zu bytes", size);
    }
    assert_int_equal(vc_buffer_append(&longer, vc_buffer_bytes(&set->document), nullptr), VC_OK);
    append_hex(&longer, "00", 0);
    assert_int_equal(verify(set, vc_buffer_bytes(&longer), nullptr), VC_MALFORMED);
    print_message("# %zu truncations\n", set->document.size);
}

struct shown {
    size_t rows;
    bool module_id, pcr0;
};

static enum vc_code see(void *user, const struct vc_field *field, struct vc_err *)
{
    struct shown *shown = user;

    shown->rows++;
    assert_true(field->section[0] != '\0' && field->name[0] != '\0');
    assert_true(field->value[0] != '\0' && field->meaning[0] != '\0');
    for (const char *c = field->value; *c != '\0'; c++)
        assert_true(*c >= ' ' && *c <= '~');
    shown->module_id |= strcmp(field->name, "module_id") == 0 &&
                        strcmp(field->value, "\\x1b[2J\\x5c\\xc3\\xa9") == 0;
    shown->pcr0 |= strcmp(field->name, "PCR0") == 0;
    return VC_OK;
}

static void test_show(void **state)
{
    const struct set *set = *state;
    struct vc_nitro_fixture_order order =
        vc_nitro_fixture_order_of(NOW, VC_BYTES(set->report_data));
    vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
    struct shown shown = {};
    struct vc_field_sink sink = {see, &shown};
    struct vc_evidence evidence = {.platform = VC_PLATFORM_NITRO};

    order.module_id = "\x1b[2J\\\xc3\xa9"; /* nothing of it reaches a terminal */
    vc_nitro_fixture_document(&set->fixture, &order, &document);
    evidence.bytes = vc_buffer_bytes(&document);
    assert_int_equal(vc_evidence_show(&evidence, &sink, nullptr), VC_OK);
    assert_true(shown.module_id && shown.pcr0);
    assert_int_equal(shown.rows, 2 + 3 + 16 + 3 + 5 * 3);
    evidence.bytes.size--;
    assert_int_equal(vc_evidence_show(&evidence, &sink, nullptr), VC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_a9_signed_but_out_of_form),
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_bundles),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_envelopes),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_another_leaf),
        cmocka_unit_test(test_emulator),
        cmocka_unit_test(test_every_bit_flip),
        cmocka_unit_test(test_cut_and_extended),
        cmocka_unit_test(test_show),
    };

    return cmocka_run_group_tests_name("nitro", tests, make_set, free_set);
}
