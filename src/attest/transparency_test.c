/* SPDX-License-Identifier: MIT */

#include "attest/transparency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attest/attested.h"
#include "attest/log_fixture.h"
#include "base/hex.h"

static constexpr size_t SIZE_MAX_TESTED = 131;
static constexpr int64_t NOW = 1800000000;

static uint8_t leaves[SIZE_MAX_TESTED][VC_SHA256_SIZE];

static int make_leaves(void **)
{
    for (size_t i = 0; i < SIZE_MAX_TESTED; i++)
        vc_log_model_leaf(i, leaves[i]);
    return 0;
}

static struct vc_log_model model_of(size_t count)
{
    return (struct vc_log_model){leaves, count};
}

static struct vc_log_head head_of(size_t count)
{
    struct vc_log_head head = {.size = count};

    vc_log_model_root(model_of(count), head.root);
    return head;
}

/* RFC 6962's published vectors for leaves "", "00", "10", … are the same tree. */
static void test_known_roots(void **)
{
    static const uint8_t entries[][4] = {{}, {0x00}, {0x10}, {0x20, 0x21}, {0x30, 0x31}};
    static const size_t sizes[] = {0, 1, 1, 2, 2};
    static const char *const roots[] = {
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    };
    uint8_t hashes[5][VC_SHA256_SIZE];

    for (size_t i = 0; i < VC_COUNT(entries); i++) {
        uint8_t root[VC_SHA256_SIZE];
        char hex[2 * VC_SHA256_SIZE + 1];

        vc_log_leaf((struct vc_bytes){entries[i], sizes[i]}, hashes[i]);
        vc_log_model_root((struct vc_log_model){hashes, i + 1}, root);
        vc_hex_encode(VC_BYTES(root), hex);
        assert_string_equal(hex, roots[i]);
    }
}

/* Every proof that differs in a bit, is longer or shorter, or is for another place, is refused. */
static size_t refuse_inclusion_variants(size_t index, const struct vc_log_proof *proof,
                                        const struct vc_log_head *head)
{
    struct vc_log_proof other = *proof;
    size_t refused = 0;

    for (size_t bit = 0; bit < proof->count * VC_SHA256_SIZE * 8; bit++) {
        uint8_t *byte = &other.hashes[bit / 256][bit / 8 % VC_SHA256_SIZE];

        *byte ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(vc_log_check_inclusion(leaves[index], index, &other, head, nullptr),
                         VC_UNTRUSTED);
        *byte ^= (uint8_t)(1u << bit % 8);
        refused++;
    }
    other.count = proof->count + 1;
    assert_int_equal(vc_log_check_inclusion(leaves[index], index, &other, head, nullptr),
                     VC_UNTRUSTED);
    if (proof->count > 0) {
        other.count = proof->count - 1;
        assert_int_equal(vc_log_check_inclusion(leaves[index], index, &other, head, nullptr),
                         VC_UNTRUSTED);
    }
    for (uint64_t elsewhere = 0; elsewhere < head->size + 2; elsewhere++) {
        enum vc_code code = vc_log_check_inclusion(leaves[index], elsewhere, proof, head, nullptr);

        assert_int_equal(code, elsewhere == index ? VC_OK : VC_UNTRUSTED);
    }
    return refused;
}

static void test_every_inclusion(void **)
{
    size_t accepted = 0, refused = 0;

    for (size_t size = 1; size < SIZE_MAX_TESTED; size++) {
        struct vc_log_head head = head_of(size);

        for (size_t index = 0; index < size; index++) {
            struct vc_log_proof proof;

            vc_log_model_path(index, model_of(size), &proof);
            assert_int_equal(vc_log_check_inclusion(leaves[index], index, &proof, &head, nullptr),
                             VC_OK);
            accepted++;
            /* all bits of all proofs would take minutes: of all sizes up to 17, then of some */
            if (size <= 17 || (size + index) % 61 == 0)
                refused += refuse_inclusion_variants(index, &proof, &head);
        }
    }
    print_message("# %zu proofs accepted, %zu flipped bits refused\n", accepted, refused);
}

static size_t refuse_growth_variants(const struct vc_log_head *first,
                                     const struct vc_log_head *second,
                                     const struct vc_log_proof *proof)
{
    struct vc_log_proof other = *proof;
    struct vc_log_head changed = *first;
    size_t refused = 0;

    for (size_t bit = 0; bit < proof->count * VC_SHA256_SIZE * 8; bit++) {
        uint8_t *byte = &other.hashes[bit / 256][bit / 8 % VC_SHA256_SIZE];

        *byte ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(vc_log_check_growth(first, second, &other, nullptr), VC_UNTRUSTED);
        *byte ^= (uint8_t)(1u << bit % 8);
        refused++;
    }
    other.count = proof->count + 1;
    assert_int_equal(vc_log_check_growth(first, second, &other, nullptr), VC_UNTRUSTED);
    other.count = proof->count - 1;
    assert_int_equal(vc_log_check_growth(first, second, &other, nullptr), VC_UNTRUSTED);
    changed.root[0] ^= 1;
    assert_int_equal(vc_log_check_growth(&changed, second, proof, nullptr), VC_UNTRUSTED);
    changed = *second;
    changed.root[31] ^= 0x80;
    assert_int_equal(vc_log_check_growth(first, &changed, proof, nullptr), VC_UNTRUSTED);
    return refused;
}

static void test_every_growth(void **)
{
    size_t accepted = 0, refused = 0;

    for (size_t size = 2; size < SIZE_MAX_TESTED; size++) {
        struct vc_log_head second = head_of(size);

        for (size_t older = 1; older < size; older++) {
            struct vc_log_head first = head_of(older);
            struct vc_log_proof proof;

            vc_log_model_growth(older, model_of(size), &proof);
            assert_int_equal(vc_log_check_growth(&first, &second, &proof, nullptr), VC_OK);
            assert_int_equal(vc_log_check_growth(&second, &first, &proof, nullptr), VC_OK);
            accepted++;
            if (size <= 17 || (size + older) % 61 == 0)
                refused += refuse_growth_variants(&first, &second, &proof);
        }
    }
    print_message("# %zu proofs accepted, %zu flipped bits refused\n", accepted, refused);
}

static void test_growth_without_proof(void **)
{
    struct vc_log_head empty = head_of(0), five = head_of(5), other = head_of(5);
    struct vc_log_proof nothing = {}, something = {.count = 1};

    assert_int_equal(vc_log_check_growth(&five, &five, &nothing, nullptr), VC_OK);
    assert_int_equal(vc_log_check_growth(&five, &five, &something, nullptr), VC_UNTRUSTED);
    assert_int_equal(vc_log_check_growth(&empty, &five, &nothing, nullptr), VC_OK);
    assert_int_equal(vc_log_check_growth(&five, &empty, &nothing, nullptr), VC_OK);
    assert_int_equal(vc_log_check_growth(&empty, &empty, &nothing, nullptr), VC_OK);
    assert_int_equal(vc_log_check_growth(&empty, &five, &something, nullptr), VC_UNTRUSTED);
    other.root[3] ^= 4;
    assert_int_equal(vc_log_check_growth(&five, &other, &nothing, nullptr), VC_UNTRUSTED);
    empty.root[0] ^= 1; /* of an empty tree there is but one */
    assert_int_equal(vc_log_check_growth(&empty, &five, &nothing, nullptr), VC_UNTRUSTED);
}

/* ---- heads, entries, receipts ---- */

struct set {
    struct vc_key *key, *other_key, *container;
    struct vc_cert *ca, *other_ca, *leaf, *plain;
    struct vc_log_receipt receipt; /* of `leaf`, number 20 of 40, since 13 */
    struct vc_log_memory memory;   /* of 13 */
};

static struct vc_cert *issue(const struct set *set, bool attested)
{
    struct vc_attested content = {.platform = VC_PLATFORM_SNP,
                                  .tcb_status = VC_TCB_AT_LEAST,
                                  .verified_at = NOW,
                                  .measurement = {.bytes = {1, 2, 3}, .size = 48},
                                  .machine = {.bytes = {9}, .size = 64},
                                  .policy_hash = {7}};
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    struct vc_cert_order order = {.subject_key = set->container,
                                  .common_name = "x",
                                  .not_before = NOW - 60,
                                  .not_after = NOW + 600};
    struct vc_cert *cert = nullptr;

    assert_int_equal(vc_attested_encode(&content, &der, nullptr), VC_OK);
    if (attested) {
        order.extension_oid = VC_ATTESTED_OID;
        order.extension_value = vc_buffer_bytes(&der);
    }
    assert_int_equal(vc_cert_issue(set->ca, set->key, &order, &cert, nullptr), VC_OK);
    return cert;
}

/* Puts the certificate in the place of entry 20. */
static void put_in_log(struct set *set)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer entry = {};

    assert_int_equal(vc_log_entry_of(set->leaf, &entry, nullptr), VC_OK);
    vc_log_leaf(vc_buffer_bytes(&entry), leaves[20]);
    set->receipt = (struct vc_log_receipt){.index = 20, .head = head_of(40), .since = 13};
    set->memory.head = head_of(13);
    vc_log_model_path(20, model_of(40), &set->receipt.inclusion);
    vc_log_model_growth(13, model_of(40), &set->receipt.growth);
    set->receipt.head.time = NOW;
    set->memory.head.time = NOW - 100;
    assert_int_equal(vc_log_head_sign(&set->receipt.head, set->key, nullptr), VC_OK);
    assert_int_equal(vc_log_head_sign(&set->memory.head, set->key, nullptr), VC_OK);
}

static int make_set(void **state)
{
    static struct set set;

    set = (struct set){};
    assert_int_equal(vc_key_new(&set.key, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&set.other_key, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&set.container, nullptr), VC_OK);
    assert_int_equal(vc_cert_new_ca(set.key, "CA", NOW - 60, NOW + 600, &set.ca, nullptr), VC_OK);
    assert_int_equal(
        vc_cert_new_ca(set.other_key, "CA", NOW - 60, NOW + 600, &set.other_ca, nullptr), VC_OK);
    set.leaf = issue(&set, true);
    set.plain = issue(&set, false);
    put_in_log(&set);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;

    vc_key_free(set->key);
    vc_key_free(set->other_key);
    vc_key_free(set->container);
    vc_cert_free(set->ca);
    vc_cert_free(set->other_ca);
    vc_cert_free(set->leaf);
    vc_cert_free(set->plain);
    return make_leaves(nullptr);
}

static void test_head(void **state)
{
    const struct set *set = *state;
    struct vc_log_head head = set->receipt.head;
    uint8_t *bytes = (uint8_t *)&head;
    size_t refused = 0;

    assert_int_equal(vc_log_head_check(&head, set->ca, nullptr), VC_OK);
    assert_int_equal(vc_log_head_check(&head, set->other_ca, nullptr), VC_UNTRUSTED);
    for (size_t bit = 0; bit < sizeof(head) * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(vc_log_head_check(&head, set->ca, nullptr), VC_UNTRUSTED);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused++;
    }
    static_assert(sizeof(head) == 8 + VC_SHA256_SIZE + 8 + VC_ES256_SIZE); /* no padding */
    print_message("# %zu flipped bits refused\n", refused);
}

static void test_entry(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer entry = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer none = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_cert_freep) struct vc_cert *copy = nullptr;
    uint8_t digest[VC_SHA256_SIZE];
    char hex[2 * VC_SHA256_SIZE + 1];

    assert_int_equal(vc_log_entry_of(set->leaf, &entry, nullptr), VC_OK);
    assert_int_equal(vc_cert_encode_pem(set->leaf, &pem, nullptr), VC_OK);
    assert_int_equal(vc_cert_parse_pem(vc_buffer_bytes(&pem), &copy, nullptr), VC_OK);
    assert_int_equal(vc_log_entry_of(copy, &again, nullptr), VC_OK);
    assert_int_equal(entry.size, again.size);
    assert_memory_equal(entry.data, again.data, entry.size);
    vc_sha256(vc_cert_der(set->leaf), digest);
    vc_hex_encode(VC_BYTES(digest), hex);
    assert_non_null(memmem(entry.data, entry.size, hex, sizeof(hex) - 1));
    assert_non_null(memmem(entry.data, entry.size, "\"snp\"", 5));
    assert_null(memchr(entry.data, '\n', entry.size));
    assert_true(entry.size <= VC_LOG_ENTRY_SIZE_MAX);
    assert_int_equal(vc_log_entry_of(set->plain, &none, nullptr), VC_NOT_FOUND);
}

static void nothing(struct set *)
{
}

static void wrong_index(struct set *set)
{
    set->receipt.index++;
}

static void wrong_index_beyond(struct set *set)
{
    set->receipt.index = UINT64_MAX;
}

static void wrong_head(struct set *set)
{
    set->receipt.head.root[0] ^= 1;
}

static void signed_by_other(struct set *set)
{
    assert_int_equal(vc_log_head_sign(&set->receipt.head, set->other_key, nullptr), VC_OK);
}

static void not_in_log(struct set *set)
{
    set->receipt.inclusion.hashes[2][2] ^= 1;
}

static void other_certificate(struct set *set)
{
    vc_cert_free(set->leaf);
    set->leaf = issue(set, true);
}

static void plain_certificate(struct set *set)
{
    vc_cert_free(set->leaf);
    set->leaf = issue(set, false);
}

static void no_growth(struct set *set)
{
    set->receipt.growth.count = 0;
}

static void growth_since_another(struct set *set)
{
    set->receipt.since = 12;
}

static void other_world(struct set *set)
{
    set->memory.head.root[5] ^= 1;
}

static void same_size(struct set *set)
{
    set->memory.head = set->receipt.head;
}

static void same_size_other_world(struct set *set)
{
    set->memory.head = set->receipt.head;
    set->memory.head.root[0] ^= 1;
}

static void nothing_seen(struct set *set)
{
    set->memory.head = head_of(0);
}

/* The container's receipt is older than what the client saw of the service since. */
static void older_receipt(struct set *set)
{
    set->memory.head = head_of(100);
    set->receipt.since = 100;
    vc_log_model_growth(40, model_of(100), &set->receipt.growth);
}

static void shortened(struct set *set)
{
    older_receipt(set);
    set->memory.head.root[9] ^= 1;
}

static const struct row {
    const char *name;
    void (*change)(struct set *set);
    const char *words; /* null: accepted */
} rows[] = {
    {"all is well", nothing, nullptr},
    {"same head again", same_size, nullptr},
    {"nothing seen before", nothing_seen, nullptr},
    {"older than what was seen", older_receipt, nullptr},
    {"wrong index", wrong_index, "in no log"},
    {"index beyond", wrong_index_beyond, "in no log"},
    {"head changed", wrong_head, "not signed"},
    {"head of another service", signed_by_other, "not signed"},
    {"proof changed", not_in_log, "in no log"},
    {"another certificate", other_certificate, "in no log"},
    {"a certificate of no container", plain_certificate, "no container's"},
    {"no proof of growth", no_growth, "another log than it did at 2027-01-15"},
    {"growth since another head", growth_since_another, "since 13 entries is wanted"},
    {"two worlds", other_world, "another log"},
    {"two worlds of one size", same_size_other_world, "another log"},
    {"a log that was shortened", shortened, "another log"},
};

static void test_receipts(void **state)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct set *set = *state;
        struct vc_err err = {};
        enum vc_code code;

        rows[i].change(set);
        code = vc_log_receipt_check(&set->receipt, set->leaf, set->ca, &set->memory, &err);
        if (code != (rows[i].words == nullptr ? VC_OK : VC_UNTRUSTED) ||
            (rows[i].words != nullptr && strstr(err.text, rows[i].words) == nullptr))
            fail_msg("%s: %d %s", rows[i].name, (int)code, err.text);
        if (rows[i].change != other_world && rows[i].words == nullptr)
            assert_int_equal(
                vc_log_receipt_check(&set->receipt, set->leaf, set->ca, nullptr, nullptr), VC_OK);
        (void)free_set(state);
        (void)make_set(state);
    }
}

static void write_receipt(const struct vc_log_receipt *receipt, struct vc_buffer *text)
{
    struct vc_json_writer writer = vc_json_writer_over(text);

    vc_json_open_object(&writer, nullptr);
    vc_log_receipt_write(&writer, "receipt", receipt);
    vc_json_close_object(&writer);
    assert_int_equal(vc_json_write_end(&writer, nullptr), VC_OK);
}

static enum vc_code parse_receipt(struct vc_bytes text, struct vc_log_receipt *receipt,
                                  struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    struct vc_json_place place;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_member(&root, "receipt", &place, err);
    return code == VC_OK ? vc_log_receipt_parse(&place, receipt, err) : code;
}

static void test_receipt_as_json(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_log_receipt back = {};

    write_receipt(&set->receipt, &text);
    assert_int_equal(parse_receipt(vc_buffer_bytes(&text), &back, nullptr), VC_OK);
    assert_memory_equal(&back, &set->receipt, sizeof(back));
    for (size_t size = 0; size < text.size; size++) {
        struct vc_log_receipt none;

        assert_int_not_equal(parse_receipt((struct vc_bytes){text.data, size}, &none, nullptr),
                             VC_OK);
    }
}

static void test_receipts_out_of_form(void **)
{
#define HEAD                                                                                     \
    "{\"size\":1,\"root\":\"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d\"," \
    "\"time\":\"2027-01-15T08:00:00Z\",\"signature\":\"" SIGNATURE "\"}"
#define SIGNATURE \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
    static const struct {
        const char *text;
        enum vc_code code;
    } texts[] = {
        {"{\"index\":0,\"head\":" HEAD ",\"inclusion\":[],\"since\":0,\"growth\":[]}", VC_OK},
        {"{\"index\":-1,\"head\":" HEAD ",\"inclusion\":[],\"since\":0,\"growth\":[]}", VC_LIMIT},
        {"{\"index\":9007199254740993,\"head\":" HEAD
         ",\"inclusion\":[],\"since\":0,\"growth\":[]}",
         VC_LIMIT},
        {"{\"index\":0,\"head\":" HEAD ",\"inclusion\":[\"00\"],\"since\":0,\"growth\":[]}",
         VC_MALFORMED},
        {"{\"index\":0,\"head\":" HEAD ",\"inclusion\":[1],\"since\":0,\"growth\":[]}",
         VC_MALFORMED},
        {"{\"index\":0,\"head\":" HEAD ",\"inclusion\":{},\"since\":0,\"growth\":[]}",
         VC_MALFORMED},
        {"{\"index\":0,\"head\":" HEAD ",\"inclusion\":[],\"since\":0}", VC_MALFORMED},
        {"{\"index\":0,\"head\":{},\"inclusion\":[],\"since\":0,\"growth\":[]}", VC_MALFORMED},
        {"{\"index\":0,\"head\":" HEAD ",\"inclusion\":[],\"since\":0,\"growth\":[],\"more\":1}",
         VC_MALFORMED},
        {"{\"index\":\"0\",\"head\":" HEAD ",\"inclusion\":[],\"since\":0,\"growth\":[]}",
         VC_MALFORMED},
    };

    for (size_t i = 0; i < VC_COUNT(texts); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vc_log_receipt receipt;
        struct vc_err err = {};
        enum vc_code code;

        assert_int_equal(vc_buffer_printf(&text, nullptr, "{\"receipt\":%s}", texts[i].text),
                         VC_OK);
        code = parse_receipt(vc_buffer_bytes(&text), &receipt, &err);
        if (code != texts[i].code)
            fail_msg("%s: %d %s", texts[i].text, (int)code, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_roots),
        cmocka_unit_test(test_every_inclusion),
        cmocka_unit_test(test_every_growth),
        cmocka_unit_test(test_growth_without_proof),
        cmocka_unit_test_setup_teardown(test_head, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_entry, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_receipts, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_receipt_as_json, make_set, free_set),
        cmocka_unit_test(test_receipts_out_of_form),
    };

    return cmocka_run_group_tests_name("transparency", tests, make_leaves, nullptr);
}
