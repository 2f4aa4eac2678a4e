/* SPDX-License-Identifier: MIT */

#include "worker/key_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/key_fixture.h"

/* What was taken, in words. */
struct taken {
    struct vc_buffer text;
    enum vc_code answer; /* of every op */
};

static enum vc_code take_receiver(void *user, struct vc_bytes name, struct vc_bytes certificate,
                                  struct vc_err *err)
{
    struct taken *taken = user;

    if (taken->answer != VC_OK)
        return vc_fail(err, taken->answer, "no");
    return vc_buffer_printf(&taken->text, err, "receiver %.*s %.*s\n", (int)name.size,
                            (const char *)name.data, (int)certificate.size,
                            (const char *)certificate.data);
}

static enum vc_code take_key(void *user, struct vc_bytes name, const struct vc_psa_given *given,
                             struct vc_err *err)
{
    struct taken *taken = user;
    enum vc_code code;

    if (taken->answer != VC_OK)
        return vc_fail(err, taken->answer, "no");
    code = vc_buffer_printf(
        &taken->text, err, "key %.*s id %x type %x bits %u lifetime %x %.*s%s", (int)name.size,
        (const char *)name.data, given->attributes.id, given->attributes.type,
        given->attributes.bits, given->attributes.lifetime, (int)given->material.size,
        (const char *)given->material.data, given->wraps_freely ? " freely" : "");
    for (size_t i = 0; i < given->receiver_count && code == VC_OK; i++)
        code = vc_buffer_printf(&taken->text, err, " %u", given->receivers[i]);
    return code == VC_OK ? vc_buffer_append_text(&taken->text, "\n", err) : code;
}

static enum vc_code take(struct vc_bytes file, struct taken *taken)
{
    static const struct vc_key_records_ops ops = {.receiver = take_receiver, .key = take_key};
    /* an exact copy on the heap, where a sanitizer sees a read past the end */
    uint8_t *copy = malloc(file.size + 1);
    enum vc_code code;

    assert_non_null(copy);
    if (file.size > 0)
        memcpy(copy + 1, file.data, file.size); /* and of no alignment */
    code = vc_key_records_take((struct vc_bytes){copy + 1, file.size}, &ops, taken, nullptr);
    free(copy);
    return code;
}

static enum vc_code code_of(const struct vc_buffer *file)
{
    struct taken taken = {};
    enum vc_code code = take(vc_buffer_bytes(file), &taken);

    vc_buffer_done(&taken.text);
    return code;
}

/* Two receivers, a key that goes to one of them, a kept key that goes to all. */
static void make_file(struct vc_buffer *file)
{
    static const uint32_t receivers[] = {1};
    struct key_fixture wrapped = {.name = "wrapped",
                                  .material = {(const uint8_t *)"secret", 6},
                                  .receivers = receivers,
                                  .receiver_count = 1,
                                  .attributes = {.lifetime = 0xff, .id = 7, .type = 0x1234}};
    struct key_fixture kept = {.name = "kept",
                               .material = {(const uint8_t *)"other", 5},
                               .wraps_freely = 1,
                               .attributes = {.lifetime = 1, .id = 8, .bits = 40}};

    key_fixture_receiver(file, "alice", (struct vc_bytes){(const uint8_t *)"DER", 3});
    key_fixture_receiver(file, "b\xc3\xb6", (struct vc_bytes){(const uint8_t *)"X", 1});
    key_fixture_key(file, &wrapped);
    key_fixture_key(file, &kept);
}

static void test_file(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer file = {};
    struct taken taken = {};

    (void)state;
    assert_int_equal(take((struct vc_bytes){}, &taken), VC_OK);
    assert_int_equal(taken.text.size, 0);
    make_file(&file);
    assert_int_equal(take(vc_buffer_bytes(&file), &taken), VC_OK);
    assert_int_equal(vc_buffer_append(&taken.text, VC_BYTES(""), nullptr), VC_OK);
    assert_string_equal((const char *)taken.text.data,
                        "receiver alice DER\n"
                        "receiver b\xc3\xb6 X\n"
                        "key wrapped id 7 type 1234 bits 0 lifetime ff secret 1\n"
                        "key kept id 8 type 0 bits 40 lifetime 1 other freely\n");
    vc_buffer_done(&taken.text);
}

/* A file that ends between two records is one. */
static void test_cut_at_every_byte(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer file = {};
    unsigned good = 0;

    (void)state;
    make_file(&file);
    for (size_t size = 0; size < file.size; size++) {
        struct taken taken = {};
        enum vc_code code = take((struct vc_bytes){file.data, size}, &taken);

        good += code == VC_OK;
        if (code != VC_OK)
            assert_int_equal(code, VC_MALFORMED);
        vc_buffer_done(&taken.text);
    }
    assert_int_equal(good, 4); /* none, one, two, three records */
    for (size_t size = 1; size < 8; size++) {
        assert_int_equal(vc_buffer_append(&file, VC_BYTES("\0"), nullptr), VC_OK);
        assert_int_equal(code_of(&file), VC_MALFORMED);
    }
}

static void test_what_takes_them_decides(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer file = {};
    struct taken taken = {.answer = VC_REFUSED};

    (void)state;
    make_file(&file);
    assert_int_equal(take(vc_buffer_bytes(&file), &taken), VC_REFUSED);
}

struct field {
    const char *name;
    size_t offset; /* in the file */
    uint32_t value;
};

enum {
    FIRST = 0,                                                     /* receiver "alice" */
    SECOND = FIRST + sizeof(struct vc_keystore_receiver) + 5 + 3,  /* and the other */
    WRAPPED = SECOND + sizeof(struct vc_keystore_receiver) + 3 + 1 /* the first key */
};
#define RECEIVER(field) (FIRST + offsetof(struct vc_keystore_receiver, field))
#define OTHER(field)    (SECOND + offsetof(struct vc_keystore_receiver, field))
#define KEY(field)      (WRAPPED + offsetof(struct vc_keystore_key, field))

static const struct field FIELDS[] = {
    {"no kind", RECEIVER(kind), 0},
    {"an unknown kind", RECEIVER(kind), 3},
    {"a kind beyond all", RECEIVER(kind), UINT32_MAX},
    {"a receiver as a key", RECEIVER(kind), VC_KEYSTORE_KEY},
    {"a key as a receiver", KEY(kind), VC_KEYSTORE_RECEIVER},
    {"a receiver without a name", RECEIVER(name_size), 0},
    {"a name too long", RECEIVER(name_size), VC_KEY_RECORDS_NAME_MAX + 1},
    {"a name beyond the file", RECEIVER(name_size), UINT32_MAX},
    {"a name that ends in a character", OTHER(name_size), 2},
    {"no certificate", RECEIVER(certificate_size), 0},
    {"a certificate beyond the file", RECEIVER(certificate_size), UINT32_MAX},
    {"something reserved", RECEIVER(reserved), 1},
    {"no material", KEY(material_size), 0},
    {"material too long", KEY(material_size), VC_PSA_KEY_BYTES_MAX + 1},
    {"material beyond the file", KEY(material_size), UINT32_MAX},
    {"more receivers than there are", KEY(receiver_count), 3},
    {"receivers beyond all", KEY(receiver_count), UINT32_MAX},
    {"a receiver that is none", KEY(attributes) + sizeof(struct vc_psa_attributes), 2},
    {"a receiver beyond all", KEY(attributes) + sizeof(struct vc_psa_attributes), UINT32_MAX},
    {"wraps more than freely", KEY(wraps_freely), 2},
    {"a key without a name", KEY(name_size), 0},
    {"a key's name beyond the file", KEY(name_size), UINT32_MAX},
    {"a type of 32 bits", KEY(attributes.type), 1U << 16},
};

static void test_other_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < VC_COUNT(FIELDS); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer file = {};

        make_file(&file);
        memcpy(file.data + FIELDS[i].offset, &FIELDS[i].value, sizeof(FIELDS[i].value));
        if (code_of(&file) != VC_MALFORMED)
            fail_msg("%s was accepted", FIELDS[i].name);
    }
}

static void test_names(void **state)
{
    char longest[VC_KEY_RECORDS_NAME_MAX + 2] = "";
    const struct {
        const char *name;
        enum vc_code code;
    } rows[] = {{"\xff", VC_MALFORMED},
                {"a\xc3", VC_MALFORMED},
                {longest, VC_MALFORMED},
                {longest + 1, VC_OK},
                {"a", VC_OK}};

    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer of_receiver = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer of_key = {};

        key_fixture_receiver(&of_receiver, rows[i].name, VC_BYTES("x"));
        key_fixture_aes(&of_key, 1, rows[i].name);
        assert_int_equal(code_of(&of_receiver), rows[i].code);
        assert_int_equal(code_of(&of_key), rows[i].code);
    }
}

/* At each bound, and one past it. */
static void test_bounds(void **state)
{
    static uint8_t bytes[VC_KEY_RECORDS_CERTIFICATE_MAX + 1];
    vc_cleanup(vc_buffer_done) struct vc_buffer receivers = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer keys = {};

    (void)state;
    for (size_t over = 0; over < 2; over++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer certificate = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer material = {};
        struct key_fixture key = {.name = "k", .material = {bytes, VC_PSA_KEY_BYTES_MAX + over}};

        key_fixture_receiver(&certificate, "a",
                             (struct vc_bytes){bytes, VC_KEY_RECORDS_CERTIFICATE_MAX + over});
        key_fixture_key(&material, &key);
        assert_int_equal(code_of(&certificate), over == 0 ? VC_OK : VC_MALFORMED);
        assert_int_equal(code_of(&material), over == 0 ? VC_OK : VC_MALFORMED);
    }
    for (size_t i = 0; i < VC_KEY_RECORDS_RECEIVERS_MAX; i++)
        key_fixture_receiver(&receivers, "a", VC_BYTES("x"));
    assert_int_equal(code_of(&receivers), VC_OK);
    key_fixture_receiver(&receivers, "a", VC_BYTES("x"));
    assert_int_equal(code_of(&receivers), VC_MALFORMED);
    for (size_t i = 0; i < VC_PSA_KEYS_MAX; i++)
        key_fixture_aes(&keys, (uint32_t)i + 1, "k");
    assert_int_equal(code_of(&keys), VC_OK);
    key_fixture_receiver(&keys, "late", VC_BYTES("x"));
    assert_int_equal(code_of(&keys), VC_MALFORMED);
    keys.size -= sizeof(struct vc_keystore_receiver) + 4 + 2;
    assert_int_equal(code_of(&keys), VC_OK);
    key_fixture_aes(&keys, 1, "k");
    assert_int_equal(code_of(&keys), VC_MALFORMED);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),          cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_other_numbers), cmocka_unit_test(test_what_takes_them_decides),
        cmocka_unit_test(test_names),         cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
