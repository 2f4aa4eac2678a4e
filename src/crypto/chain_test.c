/* SPDX-License-Identifier: MIT */

#include "crypto/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/pki_fixture.h"

static constexpr int64_t NOW = 1800000000; /* 2027-01-15 */
static constexpr int64_t DAY = 86400;
static constexpr size_t KIND_COUNT = 4;
static constexpr unsigned CA_USAGE = VC_PKI_KEY_CERT_SIGN | VC_PKI_CRL_SIGN;

/* Root <- middle <- leaf of one kind of key, all in order. */
struct family {
    const char *name;
    enum vc_key_kind kind;
    unsigned bits;
    enum vc_scheme scheme;
    struct vc_pki_key *root_key, *middle_key, *leaf_key;
    struct vc_cert *root, *middle, *leaf;
};

static struct family families[KIND_COUNT] = {
    {.name = "RSA-PSS 4096, SHA-384", .kind = VC_KEY_RSA, .bits = 4096, .scheme = VC_SCHEME_PS384},
    {.name = "P-384", .kind = VC_KEY_P384, .scheme = VC_SCHEME_ES384},
    {.name = "P-256", .kind = VC_KEY_P256, .scheme = VC_SCHEME_ES256},
    {.name = "P-521", .kind = VC_KEY_P521, .scheme = VC_SCHEME_ES512},
};

static struct vc_pki_order root_order(const struct family *family)
{
    return (struct vc_pki_order){
        .subject = "Root",
        .key = family->root_key,
        .scheme = family->scheme,
        .not_before = NOW - 30 * DAY,
        .not_after = NOW + 30 * DAY,
        .ca = true,
        .path_length = -1,
        .key_usage = CA_USAGE,
        .serial = 1,
    };
}

static struct vc_pki_order middle_order(const struct family *family)
{
    return (struct vc_pki_order){
        .subject = "Middle",
        .key = family->middle_key,
        .issuer = family->root,
        .signer = family->root_key,
        .scheme = family->scheme,
        .not_before = NOW - 20 * DAY,
        .not_after = NOW + 20 * DAY,
        .ca = true,
        .path_length = 0,
        .key_usage = CA_USAGE,
        .serial = 2,
    };
}

static struct vc_pki_order leaf_order(const struct family *family)
{
    return (struct vc_pki_order){
        .subject = "Leaf",
        .key = family->leaf_key,
        .issuer = family->middle,
        .signer = family->middle_key,
        .scheme = family->scheme,
        .not_before = NOW - 10 * DAY,
        .not_after = NOW + 10 * DAY,
        .serial = 3,
    };
}

static int make_families(void **state)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        struct family *family = &families[i];

        family->root_key = vc_pki_key_new(family->kind, family->bits);
        family->middle_key = vc_pki_key_new(family->kind, family->bits);
        family->leaf_key = vc_pki_key_new(VC_KEY_P384, 0);
        family->root = vc_pki_issue(&(struct vc_pki_order[]){root_order(family)}[0]);
        family->middle = vc_pki_issue(&(struct vc_pki_order[]){middle_order(family)}[0]);
        family->leaf = vc_pki_issue(&(struct vc_pki_order[]){leaf_order(family)}[0]);
    }
    (void)state;
    return 0;
}

static int free_families(void **state)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        vc_pki_key_free(families[i].root_key);
        vc_pki_key_free(families[i].middle_key);
        vc_pki_key_free(families[i].leaf_key);
        vc_cert_free(families[i].root);
        vc_cert_free(families[i].middle);
        vc_cert_free(families[i].leaf);
    }
    (void)state;
    return 0;
}

struct wish {
    const char *name;
    enum vc_code code;
    const char *words; /* part of the reason */
};

static void check(const char *name, const struct vc_chain *chain, const struct vc_cert *leaf,
                  const struct wish *wish)
{
    struct vc_err err = {};
    enum vc_code code = vc_chain_check(chain, leaf, &err);

    if (code != wish->code || (code != VC_OK && strstr(err.text, wish->words) == nullptr))
        fail_msg("%s, %s: %s, \"%s\"", name, wish->name, vc_code_name(code), err.text);
    assert_int_equal(vc_chain_check(chain, leaf, nullptr), code);
}

static void check_one(const struct family *family, const struct vc_cert *middle,
                      const struct vc_cert *leaf, const struct wish *wish)
{
    struct vc_chain chain = {
        .anchor = family->root, .others = &middle, .other_count = 1, .now = NOW};

    check(family->name, &chain, leaf, wish);
}

static void test_good_paths(void **state)
{
    static const struct wish good = {"good", VC_OK, ""};

    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct family *family = &families[i];
        const struct vc_cert *others[] = {families[(i + 1) % KIND_COUNT].middle, family->leaf,
                                          family->root, family->middle,
                                          families[(i + 2) % KIND_COUNT].root};
        struct vc_chain chain = {
            .anchor = family->root, .others = others, .other_count = VC_COUNT(others), .now = NOW};

        check_one(family, family->middle, family->leaf, &good);
        check(family->name, &chain, family->leaf, &good); /* among others with the same names */
        check(family->name, &chain, family->middle, &good);
        check(family->name, &chain, family->root, &good);
    }
    (void)state;
}

static void test_each_validity_to_the_second(void **state)
{
    static const struct wish good = {"in time", VC_OK, ""};
    static const struct {
        int64_t at;
        struct wish wish;
    } rows[] = {
        {NOW - 10 * DAY, good},
        {NOW + 10 * DAY, good},
        {NOW - 10 * DAY - 1,
         {"leaf early", VC_UNTRUSTED, "certificate Leaf: not valid before 2027-01-05T08:00:00Z"}},
        {NOW + 10 * DAY + 1,
         {"leaf late", VC_UNTRUSTED, "certificate Leaf: expired at 2027-01-25T08:00:00Z"}},
        {NOW - 20 * DAY - 1,
         {"middle early", VC_UNTRUSTED, "certificate Middle: not valid before"}},
        {NOW + 20 * DAY + 1, {"middle late", VC_UNTRUSTED, "certificate Middle: expired"}},
        {NOW - 30 * DAY - 1, {"root early", VC_UNTRUSTED, "certificate Root: not valid before"}},
        {NOW + 30 * DAY + 1, {"root late", VC_UNTRUSTED, "certificate Root: expired"}},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct family *family = &families[0];
        struct vc_chain chain = {.anchor = family->root,
                                 .others = (const struct vc_cert *[]){family->middle},
                                 .other_count = 1,
                                 .now = rows[i].at};

        check(family->name, &chain, family->leaf, &rows[i].wish);
    }
    (void)state;
}

static const uint8_t NULL_DER[] = {0x05, 0x00};
static const struct vc_pki_extension UNKNOWN_CRITICAL = {"2.25.77", true, VC_BYTES(NULL_DER)};
static const struct vc_pki_extension UNKNOWN = {"2.25.77", false, VC_BYTES(NULL_DER)};

/* B7: what a path must not get away with, of whichever kind its keys are. */
enum change {
    NO_CHANGE,
    NO_CONSTRAINTS,
    NOT_CA,
    NO_CERT_SIGN,
    NO_KEY_USAGE,
    CRITICAL_IN_MIDDLE,
    MIDDLE_SHA1,
    FORGED_MIDDLE,
};

static void change_middle(struct vc_pki_order *order, enum change change,
                          const struct family *family)
{
    switch (change) {
    case NO_CHANGE:
        break;
    case NO_CONSTRAINTS:
        order->ca = false;
        break;
    case NOT_CA:
        order->has_constraints = true;
        order->ca = false;
        break;
    case NO_CERT_SIGN:
        order->key_usage = VC_PKI_CRL_SIGN;
        break;
    case NO_KEY_USAGE:
        order->key_usage = 0;
        break;
    case CRITICAL_IN_MIDDLE:
        order->extensions = &UNKNOWN_CRITICAL;
        order->extension_count = 1;
        break;
    case MIDDLE_SHA1:
        order->sha1 = true;
        break;
    case FORGED_MIDDLE:
        order->signer = family->middle_key;
        break;
    }
}

static void test_b7_middle(void **state)
{
    static const struct {
        enum change change;
        struct wish wish;
    } rows[] = {
        {NO_CHANGE, {"as it should be", VC_OK, ""}},
        {NO_CONSTRAINTS, {"no basicConstraints", VC_UNTRUSTED, "Middle: it issues, and its basic"}},
        {NOT_CA, {"CA:FALSE", VC_UNTRUSTED, "Middle: it issues, and its basicConstraints"}},
        {NO_CERT_SIGN, {"no keyCertSign", VC_UNTRUSTED, "Middle: it issues, and its keyUsage"}},
        {NO_KEY_USAGE, {"no keyUsage", VC_UNTRUSTED, "Middle: it issues, and its keyUsage"}},
        {CRITICAL_IN_MIDDLE, {"critical", VC_UNTRUSTED, "Middle: an unknown critical extension"}},
        {MIDDLE_SHA1, {"SHA-1", VC_UNTRUSTED, "Middle: signed with SHA1"}},
        {FORGED_MIDDLE, {"forged", VC_UNTRUSTED, "Middle: its issuer's signature"}},
    };

    for (size_t k = 0; k < KIND_COUNT; k++) {
        for (size_t i = 0; i < VC_COUNT(rows); i++) {
            struct vc_pki_order order = middle_order(&families[k]);
            vc_cleanup(vc_cert_freep) struct vc_cert *middle = nullptr;

            if (rows[i].change == MIDDLE_SHA1 && order.scheme == VC_SCHEME_PS384)
                order.scheme = VC_SCHEME_RS256; /* OpenSSL itself refuses PSS with SHA-1 there */
            change_middle(&order, rows[i].change, &families[k]);
            middle = vc_pki_issue(&order);
            check_one(&families[k], middle, families[k].leaf, &rows[i].wish);
        }
    }
    (void)state;
}

static void test_b7_leaf(void **state)
{
    static const struct wish wishes[] = {
        {"unknown", VC_OK, ""},
        {"unknown critical", VC_UNTRUSTED, "Leaf: an unknown critical extension"},
        {"forged", VC_UNTRUSTED, "Leaf: its issuer's signature"},
        {"SHA-1", VC_UNTRUSTED, "Leaf: signed with SHA1"},
        {"issued by nobody", VC_NOT_FOUND, "no certificate of its issuer \"Leaf\""},
    };

    for (size_t k = 1; k < KIND_COUNT; k++) {
        const struct family *family = &families[k];
        struct vc_pki_order orders[VC_COUNT(wishes)];

        for (size_t i = 0; i < VC_COUNT(orders); i++)
            orders[i] = leaf_order(family);
        orders[0].extensions = &UNKNOWN;
        orders[0].extension_count = 1;
        orders[1].extensions = &UNKNOWN_CRITICAL;
        orders[1].extension_count = 1;
        orders[2].signer = family->root_key;
        orders[3].sha1 = true;
        orders[4].issuer = nullptr;
        orders[4].signer = nullptr;
        for (size_t i = 0; i < VC_COUNT(orders); i++) {
            vc_cleanup(vc_cert_freep) struct vc_cert *leaf = vc_pki_issue(&orders[i]);

            check_one(family, family->middle, leaf, &wishes[i]);
        }
    }
    (void)state;
}

static void test_critical_that_the_caller_looked_at(void **state)
{
    const struct family *family = &families[1];
    struct vc_pki_order orders[] = {leaf_order(family), middle_order(family)};
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *middle = nullptr;
    struct vc_chain chain = {.anchor = family->root,
                             .others = (const struct vc_cert *[]){family->middle},
                             .other_count = 1,
                             .any_critical = true,
                             .now = NOW};

    for (size_t i = 0; i < VC_COUNT(orders); i++) {
        orders[i].extensions = &UNKNOWN_CRITICAL;
        orders[i].extension_count = 1;
    }
    leaf = vc_pki_issue(&orders[0]);
    middle = vc_pki_issue(&orders[1]);
    check("leaf", &chain, leaf, &(struct wish){"looked at", VC_OK, ""});
    chain.others = (const struct vc_cert *[]){middle};
    check("middle", &chain, family->leaf,
          &(struct wish){"not looked at", VC_UNTRUSTED, "Middle: an unknown critical extension"});
    (void)state;
}

static void test_b7_path_length(void **state)
{
    const struct family *family = &families[2];
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *key = vc_pki_key_new(VC_KEY_P256, 0);
    struct vc_pki_order order = middle_order(family);
    vc_cleanup(vc_cert_freep) struct vc_cert *below = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = nullptr;
    struct vc_chain chain = {.anchor = family->root, .other_count = 2, .now = NOW};

    order.subject = "Below";
    order.key = key;
    order.issuer = family->middle; /* whose pathLen is 0 */
    order.signer = family->middle_key;
    below = vc_pki_issue(&order);
    order = leaf_order(family);
    order.issuer = below;
    order.signer = key;
    leaf = vc_pki_issue(&order);
    chain.others = (const struct vc_cert *[]){below, family->middle};
    check("a CA below pathLen 0", &chain, leaf,
          &(struct wish){"pathLen", VC_UNTRUSTED, "Middle: more certificates below it"});
    (void)state;
}

static void test_b7_self_made_root_of_the_same_name(void **state)
{
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const struct family *family = &families[k];
        const struct family *forger = &families[(k + 1) % KIND_COUNT];
        const struct vc_cert *others[] = {forger->root, forger->middle};
        struct vc_chain chain = {
            .anchor = family->root, .others = others, .other_count = VC_COUNT(others), .now = NOW};

        check(family->name, &chain, forger->leaf,
              &(struct wish){"a whole family of the same names", VC_UNTRUSTED,
                             family->kind == VC_KEY_RSA || forger->kind == VC_KEY_RSA
                                 ? "certificate Root: self-signed, and not the trust anchor"
                                 : "certificate Middle: its issuer's signature does not verify"});
        chain.other_count = 0;
        check(family->name, &chain, forger->root,
              &(struct wish){"the root alone", VC_UNTRUSTED,
                             "Root: self-signed, and not the trust anchor"});
        check(family->name, &chain, family->leaf,
              &(struct wish){"nothing in between", VC_NOT_FOUND, "issuer \"Middle\""});
    }
    (void)state;
}

static void test_too_long_a_path(void **state)
{
    const struct family *family = &families[2];
    struct vc_cert *made[VC_CHAIN_LENGTH_MAX] = {};
    struct vc_chain chain = {.anchor = family->root,
                             .others = (const struct vc_cert *const *)made,
                             .other_count = VC_COUNT(made),
                             .now = NOW};
    char name[16];

    for (size_t i = 0; i < VC_COUNT(made); i++) {
        struct vc_pki_order order = middle_order(family);

        name[0] = (char)('A' + i);
        name[1] = '\0';
        order.subject = name;
        order.path_length = -1;
        order.issuer = i == 0 ? family->root : made[i - 1];
        order.signer = i == 0 ? family->root_key : family->middle_key;
        made[i] = vc_pki_issue(&order);
    }
    check("longest", &chain, made[VC_COUNT(made) - 2], &(struct wish){"8", VC_OK, ""});
    check("one longer", &chain, made[VC_COUNT(made) - 1],
          &(struct wish){"9", VC_UNTRUSTED, "a path of more than 8"});
    for (size_t i = 0; i < VC_COUNT(made); i++)
        vc_cert_free(made[i]);
    (void)state;
}

/* Strangers bring certificates whose names we look for: to find out that none of them signed costs
 * time, of which they get so much and no more. */
static void test_many_of_one_name(void **state)
{
    static constexpr size_t count_max = 33;
    const struct family *family = &families[2];
    struct vc_pki_order order = middle_order(family);
    const struct vc_cert *others[count_max + 1] = {};
    struct vc_cert *decoys[count_max] = {};
    struct vc_chain chain = {.anchor = family->root, .others = others, .now = NOW};

    (void)state;
    order.key = family->leaf_key; /* any but the one that signed the leaf */
    for (size_t i = 0; i < count_max; i++) {
        order.serial = 100 + (unsigned)i;
        decoys[i] = vc_pki_issue(&order);
        others[i] = decoys[i];
    }
    others[count_max] = family->middle;
    chain.other_count = count_max + 1;
    check(family->name, &chain, family->leaf,
          &(struct wish){"too many before the right one", VC_UNTRUSTED, "certificate Leaf"});
    chain.others = others + 2; /* the right one is the last that is tried */
    chain.other_count = count_max - 1;
    check(family->name, &chain, family->leaf, &(struct wish){"as many as may be", VC_OK, ""});
    for (size_t i = 0; i < count_max; i++)
        vc_cert_free(decoys[i]);
}

static void test_weak_keys(void **state)
{
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *key = vc_pki_key_new(VC_KEY_RSA, 1024);
    const struct family *family = &families[2];
    struct vc_pki_order order = leaf_order(family);
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = nullptr;

    order.key = key;
    leaf = vc_pki_issue(&order);
    check_one(family, family->middle, leaf,
              &(struct wish){"RSA of 1024 bits", VC_UNTRUSTED, "an RSA key of 1024 bits"});
    (void)state;
}

static struct vc_crl *list_of(const struct vc_pki_list *list)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    struct vc_crl *crl = nullptr;
    struct vc_err err = {};

    vc_pki_list(list, &der);
    if (vc_crl_parse_der(vc_buffer_bytes(&der), &crl, &err) != VC_OK)
        fail_msg("%s", err.text);
    return crl;
}

struct list_row {
    struct wish wish;           /* where lists are wanted */
    enum vc_code otherwise;     /* and where they are not */
    int64_t this_day, next_day; /* from NOW; next 0: absent */
    bool revokes, forged, sha1, partial, critical, misnamed;
};

static const struct list_row LIST_ROWS[] = {
    {{"clean", VC_OK, ""}, VC_OK, -1, 1, .revokes = false},
    {{"clean, without an end", VC_OK, ""}, VC_OK, -1, 0, .revokes = false},
    {{"revoked", VC_UNTRUSTED, "certificate Leaf: revoked by its issuer Middle"},
     VC_UNTRUSTED,
     -1,
     1,
     .revokes = true},
    {{"revoked by a list that has expired", VC_UNTRUSTED, "certificate Leaf: revoked"},
     VC_UNTRUSTED,
     -2,
     -1,
     .revokes = true},
    {{"expired", VC_UNTRUSTED, "revocation list of Middle: expired at 2027-01-14T08:00:00Z"},
     VC_OK,
     -2,
     -1,
     .revokes = false},
    {{"begins later", VC_NOT_FOUND,
      "list of Middle: the one there begins at 2027-01-16T08:00:00Z, and the time is "
      "2027-01-15T08:00:00Z"},
     VC_OK,
     1,
     2,
     .revokes = true},
    {{"forged", VC_NOT_FOUND, "list of Middle: the one there does not bear its signature"},
     VC_OK,
     -1,
     1,
     .revokes = true,
     .forged = true},
    {{"SHA-1", VC_NOT_FOUND, "list of Middle: the one there is signed with a hash"},
     VC_OK,
     -1,
     1,
     .sha1 = true},
    {{"of a part", VC_NOT_FOUND, "list of Middle: the one there covers a part only"},
     VC_OK,
     -1,
     1,
     .partial = true},
    {{"critical", VC_NOT_FOUND, "a critical extension that is not known"},
     VC_OK,
     -1,
     1,
     .critical = true},
    {{"of another issuer", VC_NOT_FOUND, "list of Middle: there is none"},
     VC_OK,
     -1,
     1,
     .misnamed = true},
};

/* IssuingDistributionPoint { onlyContainsUserCerts TRUE } */
static const uint8_t ONLY_USERS[] = {0x30, 0x03, 0x81, 0x01, 0xff};

static struct vc_crl *make_list(const struct family *family, const struct list_row *row)
{
    struct vc_pki_extension partial = {"2.5.29.28", true, VC_BYTES(ONLY_USERS)};
    struct vc_pki_list list = {
        .issuer = row->misnamed ? family->leaf : family->middle,
        .signer = row->forged ? family->root_key : family->middle_key,
        .scheme = row->sha1 && family->kind == VC_KEY_RSA ? VC_SCHEME_RS256 : family->scheme,
        .sha1 = row->sha1,
        .this_update = NOW + row->this_day * DAY,
        .next_update = row->next_day == 0 ? 0 : NOW + row->next_day * DAY,
        .revoked = (const struct vc_cert *[]){family->leaf},
        .revoked_count = row->revokes,
        .extensions = row->partial ? &partial : &UNKNOWN_CRITICAL,
        .extension_count = row->partial || row->critical,
    };

    return list_of(&list);
}

static struct vc_crl *root_list(const struct family *family, bool revokes)
{
    struct vc_pki_list list = {.issuer = family->root,
                               .signer = family->root_key,
                               .scheme = family->scheme,
                               .this_update = NOW - DAY,
                               .next_update = NOW + DAY,
                               .revoked = (const struct vc_cert *[]){family->middle},
                               .revoked_count = revokes};

    return list_of(&list);
}

static void check_lists(const struct family *family, const struct list_row *row)
{
    vc_cleanup(vc_crl_freep) struct vc_crl *above = root_list(family, false);
    vc_cleanup(vc_crl_freep) struct vc_crl *crl = make_list(family, row);
    struct vc_chain chain = {.anchor = family->root,
                             .others = (const struct vc_cert *[]){family->middle},
                             .other_count = 1,
                             .crls = (const struct vc_crl *[]){above, crl},
                             .crl_count = 2,
                             .wants_crls = true,
                             .now = NOW};
    struct wish wish = row->wish;

    check(family->name, &chain, family->leaf, &row->wish);
    chain.wants_crls = false;
    wish.code = row->otherwise;
    check(family->name, &chain, family->leaf, &wish);
    assert_int_equal(vc_crl_names(crl, family->leaf), row->revokes && !row->misnamed);
    assert_false(vc_crl_names(above, family->leaf));
}

static void test_revocation(void **state)
{
    for (size_t k = 0; k < KIND_COUNT; k++) {
        for (size_t i = 0; i < VC_COUNT(LIST_ROWS); i++)
            check_lists(&families[k], &LIST_ROWS[i]);
    }
    (void)state;
}

static void test_revoked_in_between(void **state)
{
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const struct family *family = &families[k];
        vc_cleanup(vc_crl_freep) struct vc_crl *above = root_list(family, true);
        struct vc_chain chain = {.anchor = family->root,
                                 .others = (const struct vc_cert *[]){family->middle},
                                 .other_count = 1,
                                 .crls = (const struct vc_crl *[]){above},
                                 .crl_count = 1,
                                 .now = NOW};

        check(family->name, &chain, family->leaf,
              &(struct wish){"CA revoked", VC_UNTRUSTED,
                             "certificate Middle: revoked by its issuer Root"});
        chain.crl_count = 0;
        chain.wants_crls = true;
        check(family->name, &chain, family->leaf,
              &(struct wish){"no list", VC_NOT_FOUND, "no revocation list of Middle: there is"});
    }
    (void)state;
}

static void test_latest_list_decides(void **state)
{
    static const struct list_row old_one = {.this_day = -3, .next_day = 2, .revokes = true};
    static const struct list_row new_one = {.this_day = -1, .next_day = 2};
    const struct family *family = &families[2];
    vc_cleanup(vc_crl_freep) struct vc_crl *old_list = make_list(family, &old_one);
    vc_cleanup(vc_crl_freep) struct vc_crl *new_list = make_list(family, &new_one);
    struct vc_chain chain = {.anchor = family->root,
                             .others = (const struct vc_cert *[]){family->middle},
                             .other_count = 1,
                             .crl_count = 2,
                             .now = NOW};

    chain.crls = (const struct vc_crl *[]){old_list, new_list};
    check("old, new", &chain, family->leaf, &(struct wish){"a hold that was lifted", VC_OK, ""});
    chain.crls = (const struct vc_crl *[]){new_list, old_list};
    check("new, old", &chain, family->leaf, &(struct wish){"a hold that was lifted", VC_OK, ""});
    chain.now = NOW - 2 * DAY;
    check("then", &chain, family->leaf, &(struct wish){"the hold", VC_UNTRUSTED, "revoked"});
    assert_int_equal(vc_crl_this_update(new_list), NOW - DAY);
    assert_int_equal(vc_crl_next_update(new_list), NOW + 2 * DAY);
    assert_string_equal(vc_crl_issuer(new_list), "Middle");
    (void)state;
}

static void test_list_forms(void **state)
{
    const struct family *family = &families[2];
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    vc_cleanup(vc_crl_freep) struct vc_crl *crl = nullptr;
    struct vc_pki_list list = {.issuer = family->root,
                               .signer = family->root_key,
                               .scheme = family->scheme,
                               .this_update = NOW};

    vc_pki_list(&list, &der);
    for (size_t size = 0; size < der.size; size++) {
        assert_int_equal(vc_crl_parse_der((struct vc_bytes){der.data, size}, &crl, nullptr),
                         VC_MALFORMED);
    }
    assert_int_equal(vc_crl_parse_der(vc_buffer_bytes(&der), &crl, nullptr), VC_OK);
    assert_int_equal(vc_crl_next_update(crl), INT64_MAX);
    assert_int_equal(vc_buffer_append_text(&der, "x", nullptr), VC_OK);
    assert_int_equal(vc_crl_parse_der(vc_buffer_bytes(&der), &crl, nullptr), VC_MALFORMED);
    assert_int_equal(vc_buffer_reserve(&der, VC_CRL_SIZE_MAX, nullptr), VC_OK);
    assert_int_equal(
        vc_crl_parse_der((struct vc_bytes){der.data, VC_CRL_SIZE_MAX + 1}, &crl, nullptr),
        VC_LIMIT);
    (void)state;
}

static void test_certificate_values(void **state)
{
    const struct family *family = &families[2];
    struct vc_pki_order order = leaf_order(family);
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *nameless = nullptr;
    struct vc_bytes serial;

    order.serial = 0x80ff;
    leaf = vc_pki_issue(&order);
    serial = vc_cert_serial(leaf);
    assert_int_equal(serial.size, 2);
    assert_memory_equal(serial.data, "\x80\xff", 2);
    assert_string_equal(vc_cert_issuer_name(leaf), "Middle");
    assert_string_equal(vc_cert_issuer_name(family->root), "Root");
    assert_true(vc_cert_is_named_by(family->middle, leaf));
    assert_false(vc_cert_is_named_by(family->root, leaf));
    order.serial = 0; /* as AMD's VCEKs have it */
    order.subject = nullptr;
    order.issuer = nullptr;
    nameless = vc_pki_issue(&order);
    assert_int_equal(vc_cert_serial(nameless).size, 0);
    assert_string_equal(vc_cert_issuer_name(nameless), "");
    assert_string_equal(vc_cert_common_name(nameless), "");
    (void)state;
}

struct seen {
    size_t count;
    char names[4][16];
};

static enum vc_code note(void *user, struct vc_cert *cert, struct vc_err *err)
{
    struct seen *seen = user;

    (void)snprintf(seen->names[seen->count++ % 4], 16, "%s", vc_cert_common_name(cert));
    vc_cert_free(cert);
    return seen->count == 3 ? vc_fail(err, VC_STATE, "enough") : VC_OK;
}

static void put_pem(struct vc_buffer *text, const char *before, const struct vc_cert *cert)
{
    assert_int_equal(vc_buffer_append_text(text, before, nullptr), VC_OK);
    assert_int_equal(vc_cert_encode_pem(cert, text, nullptr), VC_OK);
}

static enum vc_code read_bundle(struct vc_bytes text, size_t count_max, struct seen *seen)
{
    *seen = (struct seen){};
    return vc_cert_parse_bundle(text, count_max, note, seen, nullptr);
}

static void test_bundles(void **state)
{
    const struct family *family = &families[2];
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer three = {};
    struct seen seen;

    put_pem(&text, "\n subject=CN=Leaf\r\n", family->leaf);
    put_pem(&text, "", family->middle);
    assert_int_equal(read_bundle(vc_buffer_bytes(&text), 2, &seen), VC_OK);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.names[0], "Leaf");
    assert_string_equal(seen.names[1], "Middle");
    assert_int_equal(read_bundle(vc_buffer_bytes(&text), 1, &seen), VC_LIMIT);
    assert_int_equal(vc_buffer_append(&text, (struct vc_bytes){(uint8_t[3]){}, 3}, nullptr), VC_OK);
    assert_int_equal(read_bundle(vc_buffer_bytes(&text), 2, &seen), VC_OK);
    for (size_t size = 0; size < text.size; size++) {
        enum vc_code code = read_bundle((struct vc_bytes){text.data, size}, 2, &seen);

        assert_true(code == VC_MALFORMED || seen.count == 1 || seen.count == 2);
    }
    put_pem(&text, "", family->root);
    assert_int_equal(read_bundle(vc_buffer_bytes(&text), 9, &seen), VC_MALFORMED); /* NUL inside */
    put_pem(&three, "", family->root);
    put_pem(&three, "", family->root);
    put_pem(&three, "", family->root);
    put_pem(&three, "", family->root);
    assert_int_equal(read_bundle(vc_buffer_bytes(&three), 9, &seen), VC_STATE);
    assert_int_equal(seen.count, 3);
    (void)state;
}

static void test_bundles_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "\n\n",
        "text alone",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        "-----END CERTIFICATE-----\n",
    };
    struct seen seen;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_bytes text = {(const uint8_t *)rows[i], strlen(rows[i])};

        if (read_bundle(text, 9, &seen) != VC_MALFORMED)
            fail_msg("\"%s\"", rows[i]);
        assert_int_equal(seen.count, 0);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_paths),
        cmocka_unit_test(test_each_validity_to_the_second),
        cmocka_unit_test(test_b7_middle),
        cmocka_unit_test(test_b7_leaf),
        cmocka_unit_test(test_critical_that_the_caller_looked_at),
        cmocka_unit_test(test_b7_path_length),
        cmocka_unit_test(test_b7_self_made_root_of_the_same_name),
        cmocka_unit_test(test_too_long_a_path),
        cmocka_unit_test(test_many_of_one_name),
        cmocka_unit_test(test_weak_keys),
        cmocka_unit_test(test_revocation),
        cmocka_unit_test(test_revoked_in_between),
        cmocka_unit_test(test_latest_list_decides),
        cmocka_unit_test(test_list_forms),
        cmocka_unit_test(test_certificate_values),
        cmocka_unit_test(test_bundles),
        cmocka_unit_test(test_bundles_refused),
    };

    return cmocka_run_group_tests(tests, make_families, free_families);
}
