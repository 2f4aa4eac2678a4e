/* SPDX-License-Identifier: MIT */

#include "codec/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

static struct vc_bytes from_hex(const char *hex, uint8_t *room)
{
    assert_int_equal(vc_hex_parse(hex, room, strlen(hex) / 2, nullptr), VC_OK);
    return (struct vc_bytes){room, strlen(hex) / 2};
}

static const struct number {
    uint64_t value;
    const char *hex;
} numbers[] = {
    {0, "020100"},
    {127, "02017f"},
    {128, "02020080"},
    {255, "020200ff"},
    {256, "02020100"},
    {32768, "0203008000"},
    {INT64_MAX, "02087fffffffffffffff"},
    {(uint64_t)INT64_MAX + 1, "0209008000000000000000"},
    {UINT64_MAX, "020900ffffffffffffffff"},
};

static void test_integers(void **)
{
    uint8_t room[16];

    for (size_t i = 0; i < VC_COUNT(numbers); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
        struct vc_bytes bytes = from_hex(numbers[i].hex, room);
        struct vc_reader reader = vc_reader_over(bytes);

        assert_true(vc_der_read_uint(&reader) == numbers[i].value);
        assert_true(vc_reader_done(&reader));
        assert_int_equal(vc_der_put_uint(&out, numbers[i].value, nullptr), VC_OK);
        assert_int_equal(out.size, bytes.size);
        assert_memory_equal(out.data, bytes.data, bytes.size);
    }
}

static const struct row {
    const char *name;
    const char *hex;
} rows[] = {
    {"empty number", "0200"},
    {"negative", "0201ff"},
    {"zero in two bytes", "02020000"},
    {"127 in two bytes", "0202007f"},
    {"2^64", "0209010000000000000000"},
    {"ten bytes", "020a0000000000000000ff01"},
    {"number of another type", "0401ff"},
    {"long form for one byte", "02810101"},
    {"indefinite length", "0280010000"},
    {"length of four bytes", "028400000001ff"},
    {"length with a leading zero", "0282000101"},
    {"length beyond the end", "0203ffff"},
    {"nothing", ""},
};

static void test_refused_numbers(void **)
{
    uint8_t room[32];

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_reader reader = vc_reader_over(from_hex(rows[i].hex, room));

        if (vc_der_read_uint(&reader) != 0 || !reader.failed)
            fail_msg("%s was accepted", rows[i].name);
    }
}

static void test_text(void **)
{
    static const struct row texts[] = {
        {"not UTF-8", "0c01ff"}, {"NUL", "0c0100"}, {"octets", "040161"}, {"cut", "0c0361"}};
    uint8_t room[32];
    struct vc_reader reader = vc_reader_over(from_hex("0c03616263", room));

    assert_int_equal(vc_der_read_text(&reader).size, 3);
    assert_true(vc_reader_done(&reader));
    for (size_t i = 0; i < VC_COUNT(texts); i++) {
        reader = vc_reader_over(from_hex(texts[i].hex, room));
        if (vc_der_read_text(&reader).size != 0 || !reader.failed)
            fail_msg("%s was accepted", texts[i].name);
    }
}

/* Lengths around each change of their form. */
static void test_lengths(void **)
{
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 70000};
    static uint8_t content[70000];

    for (size_t i = 0; i < VC_COUNT(sizes); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
        struct vc_reader reader;
        struct vc_reader inner;

        assert_int_equal(vc_der_put_sequence(&out, (struct vc_bytes){content, sizes[i]}, nullptr),
                         VC_OK);
        reader = vc_reader_over(vc_buffer_bytes(&out));
        inner = vc_der_read_sequence(&reader);
        assert_true(vc_reader_done(&reader));
        assert_int_equal(vc_reader_left(&inner), sizes[i]);
        for (size_t cut = 0; cut < 8 && cut < out.size; cut++) {
            reader = vc_reader_over((struct vc_bytes){out.data, cut});
            inner = vc_der_read_sequence(&reader);
            assert_true(reader.failed);
            assert_true(inner.failed);
        }
    }
}

static void test_too_long(void **)
{
    static const uint8_t byte;
    struct vc_buffer out = {};
    struct vc_bytes huge = {&byte, VC_DER_SIZE_MAX + 1}; /* refused before it is looked at */

    assert_int_equal(vc_der_put_octets(&out, huge, nullptr), VC_LIMIT);
    assert_int_equal(out.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers), cmocka_unit_test(test_refused_numbers),
        cmocka_unit_test(test_text),     cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests_name("der", tests, nullptr, nullptr);
}
