/* SPDX-License-Identifier: MIT */

#include "codec/cbor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

static struct vc_bytes from_hex(const char *hex, uint8_t *room)
{
    size_t size = strlen(hex) / 2;

    assert_int_equal(vc_hex_parse(hex, room, size, nullptr), VC_OK);
    return (struct vc_bytes){room, size};
}

/* RFC 8949 appendix A, all that has neither floating point nor an indefinite length. */
static const char *const accepted[] = {
    "00",
    "01",
    "0a",
    "17",
    "1818",
    "1819",
    "1864",
    "1903e8",
    "1a000f4240",
    "1b000000e8d4a51000",
    "1bffffffffffffffff",
    "c249010000000000000000",
    "3bffffffffffffffff",
    "c349010000000000000000",
    "20",
    "29",
    "3863",
    "3903e7",
    "f4",
    "f5",
    "f6",
    "c074323031332d30332d32315432303a30343a30305a",
    "c11a514b67b0",
    "d74401020304",
    "d818456449455446",
    "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
    "40",
    "4401020304",
    "60",
    "6161",
    "6449455446",
    "62225c",
    "62c3bc",
    "63e6b0b4",
    "64f0908591",
    "80",
    "83010203",
    "8301820203820405",
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    "a0",
    "a201020304",
    "a26161016162820203",
    "826161a161626163",
    "a56161614161626142616361436164614461656145",
};

/* The rest of appendix A, and what RFC 8949 §3 and §4.2.1 forbid. */
static const struct row {
    const char *name;
    const char *hex;
} refused[] = {
    {"0.0 as half", "f90000"},
    {"1.1 as double", "fb3ff199999999999a"},
    {"100000.0 as single", "fa47c35000"},
    {"infinity", "f97c00"},
    {"not a number", "f97e00"},
    {"undefined", "f7"},
    {"simple(16)", "f0"},
    {"simple(19)", "f3"},
    {"simple(24)", "f818"},
    {"simple(255)", "f8ff"},
    {"false in two bytes", "f814"},
    {"tag with a float", "c1fb41d452d9ec200000"},
    {"indefinite bytes", "5f42010243030405ff"},
    {"indefinite text", "7f657374726561646d696e67ff"},
    {"indefinite array", "9fff"},
    {"indefinite array with items", "9f018202039f0405ffff"},
    {"indefinite inside definite", "83018202039f0405ff"},
    {"indefinite map", "bf61610161629f0203ffff"},
    {"lone break", "ff"},
    {"reserved 28", "1c"},
    {"reserved 29", "1d"},
    {"reserved 30", "1e"},
    {"0 in two bytes", "1800"},
    {"23 in two bytes", "1817"},
    {"24 in three bytes", "190018"},
    {"255 in three bytes", "1900ff"},
    {"256 in five bytes", "1a00000100"},
    {"65535 in five bytes", "1a0000ffff"},
    {"65536 in nine bytes", "1b0000000000010000"},
    {"2^32-1 in nine bytes", "1b00000000ffffffff"},
    {"-1 in two bytes", "3800"},
    {"length 1 in two bytes", "580100"},
    {"array length 1 in two bytes", "980100"},
    {"tag 1 in two bytes", "d80100"},
    {"duplicate key", "a201000101"},
    {"duplicate text key", "a2616101616102"},
    {"keys descending", "a202000100"},
    {"keys by length first", "a26161006000"},
    {"key is an array", "a18000"},
    {"key is a map", "a1a000"},
    {"key is null", "a1f600"},
    {"key is a tag", "a1c00000"},
    {"key is a huge string", "a15bffffffffffffffff00"},
    {"text is not UTF-8", "61ff"},
    {"text is a surrogate", "63eda080"},
    {"array of 2^64-1", "9bffffffffffffffff00"},
    {"map of 2^63", "bb800000000000000000"},
    {"bytes of 2^64-1", "5bffffffffffffffff00"},
    {"map without value", "a101"},
    {"empty input", ""},
};

/* What the rule for formats of others takes beside all of the above: RFC 8949 appendix A's floating
 * point and simple values in their shortest form, and keys in any order. */
static const struct row any_accepted[] = {
    {"0.0", "f90000"},
    {"-0.0", "f98000"},
    {"1.0", "f93c00"},
    {"65504.0", "f97bff"},
    {"1.1", "fb3ff199999999999a"},
    {"100000.0", "fa47c35000"},
    {"3.4028234663852886e+38", "fa7f7fffff"},
    {"1.0e+300", "fb7e37e43c8800759c"},
    {"the least of half", "f90001"},
    {"half the least of half", "fa33000000"},
    {"half the least of single", "fb3680000000000000"},
    {"infinity", "f97c00"},
    {"not a number", "f97e00"},
    {"a NaN that half cannot say", "fa7fc00001"},
    {"undefined", "f7"},
    {"simple(16)", "f0"},
    {"simple(32)", "f820"},
    {"simple(255)", "f8ff"},
    {"tag with a float", "c1fb41d452d9ec200000"},
    {"keys descending", "a202000100"},
    {"keys by length first", "a26161006000"},
    {"keys descending inside", "81a2020001a10000"},
    {"integer keys that differ in sign", "a220000000"},
};

static const struct row any_refused[] = {
    {"infinity as single", "fa7f800000"},
    {"infinity as double", "fb7ff0000000000000"},
    {"not a number as single", "fa7fc00000"},
    {"not a number as double", "fb7ff8000000000000"},
    {"1.0 as single", "fa3f800000"},
    {"1.0 as double", "fb3ff0000000000000"},
    {"0.0 as single", "fa00000000"},
    {"65504.0 as single", "fa477fe000"},
    {"the least of half as single", "fa33800000"},
    {"the least of single as double", "fb36a0000000000000"},
    {"simple(24)", "f818"},
    {"false in two bytes", "f814"},
    {"reserved simple", "fc"},
    {"a float cut", "fa7f"},
    {"indefinite bytes", "5f42010243030405ff"},
    {"indefinite text", "7f657374726561646d696e67ff"},
    {"indefinite array", "9fff"},
    {"indefinite map", "bfff"},
    {"indefinite inside definite", "83018202039f0405ff"},
    {"lone break", "ff"},
    {"0 in two bytes", "1800"},
    {"key 0 in two bytes", "a1180000"},
    {"length 1 in two bytes", "580100"},
    {"map length 1 in two bytes", "b8010000"},
    {"duplicate key", "a201000101"},
    {"duplicate key, others between", "a3010002000100"},
    {"duplicate text key", "a2616101616102"},
    {"duplicate key inside", "81a201000101"},
    {"duplicate key in a value", "a101a201000101"},
    {"key is an array", "a18000"},
    {"key is a float", "a1f9000000"},
    {"text is not UTF-8", "61ff"},
    {"array of 2^64-1", "9bffffffffffffffff00"},
    {"map of 2^63", "bb800000000000000000"},
    {"map without value", "a101"},
    {"empty input", ""},
};

static bool is_whole_any(struct vc_bytes bytes)
{
    struct vc_reader reader = vc_reader_over(bytes);

    vc_cbor_skip_any(&reader);
    return vc_reader_done(&reader);
}

static bool is_whole(struct vc_bytes bytes)
{
    struct vc_reader reader = vc_reader_over(bytes);

    vc_cbor_skip(&reader);
    return vc_reader_done(&reader);
}

static void test_appendix_a(void **)
{
    uint8_t room[128];

    for (size_t i = 0; i < VC_COUNT(accepted); i++) {
        struct vc_bytes bytes = from_hex(accepted[i], room);

        if (!is_whole(bytes) || !is_whole_any(bytes))
            fail_msg("%s was refused", accepted[i]);
        for (size_t cut = 0; cut < bytes.size; cut++) {
            if (is_whole((struct vc_bytes){room, cut}) ||
                is_whole_any((struct vc_bytes){room, cut}))
                fail_msg("%s, cut to %zu bytes, was accepted", accepted[i], cut);
        }
        room[bytes.size] = 0;
        if (is_whole((struct vc_bytes){room, bytes.size + 1}) ||
            is_whole_any((struct vc_bytes){room, bytes.size + 1}))
            fail_msg("%s and a byte was accepted", accepted[i]);
    }
}

static void test_refused(void **)
{
    uint8_t room[128];

    for (size_t i = 0; i < VC_COUNT(refused); i++) {
        if (is_whole(from_hex(refused[i].hex, room)))
            fail_msg("%s was accepted", refused[i].name);
    }
}

static void test_any(void **)
{
    uint8_t room[128];

    for (size_t i = 0; i < VC_COUNT(any_accepted); i++) {
        struct vc_bytes bytes = from_hex(any_accepted[i].hex, room);

        if (!is_whole_any(bytes))
            fail_msg("%s was refused", any_accepted[i].name);
        if (is_whole(bytes))
            fail_msg("%s is accepted by the other rule too", any_accepted[i].name);
        for (size_t cut = 0; cut < bytes.size; cut++) {
            if (is_whole_any((struct vc_bytes){room, cut}))
                fail_msg("%s, cut to %zu bytes, was accepted", any_accepted[i].name, cut);
        }
    }
    for (size_t i = 0; i < VC_COUNT(any_refused); i++) {
        if (is_whole_any(from_hex(any_refused[i].hex, room)))
            fail_msg("%s was accepted", any_refused[i].name);
    }
}

/* A map of so many entries, keys descending. */
static void write_descending(struct vc_buffer *out, size_t count)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(out);

    vc_cbor_open_map(&writer, count);
    for (size_t i = 0; i < count; i++) {
        vc_cbor_put_uint(&writer, count - i);
        vc_cbor_put_null(&writer);
    }
    assert_int_equal(vc_cbor_write_end(&writer, nullptr), VC_OK);
}

static void test_keys_in_any_order(void **)
{
    for (size_t count = VC_CBOR_ANY_KEYS_MAX - 1; count <= VC_CBOR_ANY_KEYS_MAX + 1; count++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
        struct vc_reader reader;
        struct vc_cbor_map map;
        size_t keys = 0;

        write_descending(&out, count);
        assert_true(is_whole_any(vc_buffer_bytes(&out)) == (count <= VC_CBOR_ANY_KEYS_MAX));
        reader = vc_reader_over(vc_buffer_bytes(&out));
        map = vc_cbor_read_any_map(&reader);
        while (vc_cbor_next_key(&reader, &map)) {
            assert_int_equal(vc_cbor_read_uint(&reader), count - keys++);
            vc_cbor_read_null(&reader);
        }
        assert_true(vc_reader_done(&reader) == (count <= VC_CBOR_ANY_KEYS_MAX));
        if (vc_reader_done(&reader))
            assert_int_equal(keys, count);
        reader = vc_reader_over(vc_buffer_bytes(&out)); /* the default rule wants them ascending */
        vc_cbor_skip(&reader);
        assert_true(reader.failed);
    }
}

static void test_what_is_next(void **)
{
    static const uint8_t bytes[] = {0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc1, 0xf6};
    struct vc_reader reader = vc_reader_over(VC_BYTES(bytes));

    for (int kind = VC_CBOR_UINT; kind <= VC_CBOR_SIMPLE; kind++) {
        for (int other = VC_CBOR_UINT; other <= VC_CBOR_SIMPLE; other++)
            assert_true(vc_cbor_next_is(&reader, (enum vc_cbor_kind)other) == (kind == other));
        assert_int_equal(vc_read_u8(&reader), bytes[kind]);
    }
    assert_false(vc_cbor_next_is(&reader, VC_CBOR_UINT));
    reader = vc_reader_over(VC_BYTES(bytes));
    vc_reader_fail(&reader);
    assert_false(vc_cbor_next_is(&reader, VC_CBOR_UINT));
}

static const struct number {
    int64_t value;
    const char *hex;
} numbers[] = {
    {0, "00"},
    {23, "17"},
    {24, "1818"},
    {255, "18ff"},
    {256, "190100"},
    {65535, "19ffff"},
    {65536, "1a00010000"},
    {UINT32_MAX, "1affffffff"},
    {(int64_t)UINT32_MAX + 1, "1b0000000100000000"},
    {INT64_MAX, "1b7fffffffffffffff"},
    {-1, "20"},
    {-24, "37"},
    {-25, "3818"},
    {-1000, "3903e7"},
    {INT64_MIN, "3b7fffffffffffffff"},
};

static void test_integers_both_ways(void **)
{
    uint8_t room[16];

    for (size_t i = 0; i < VC_COUNT(numbers); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
        struct vc_cbor_writer writer = vc_cbor_writer_over(&out);
        struct vc_bytes bytes = from_hex(numbers[i].hex, room);
        struct vc_reader reader = vc_reader_over(bytes);

        assert_true(vc_cbor_read_int(&reader) == numbers[i].value);
        assert_true(vc_reader_done(&reader));
        vc_cbor_put_int(&writer, numbers[i].value);
        assert_int_equal(vc_cbor_write_end(&writer, nullptr), VC_OK);
        assert_int_equal(out.size, bytes.size);
        assert_memory_equal(out.data, bytes.data, bytes.size);
    }
}

static void test_integers_out_of_range(void **)
{
    static const char *const rows[] = {"1b8000000000000000", "3b8000000000000000",
                                       "1bffffffffffffffff", "40", "f4"};
    uint8_t room[16];

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_reader reader = vc_reader_over(from_hex(rows[i], room));

        assert_true(vc_cbor_read_int(&reader) == 0);
        assert_true(reader.failed);
    }
}

static void write_sample(struct vc_cbor_writer *writer)
{
    vc_cbor_put_tag(writer, 18);
    vc_cbor_open_map(writer, 3);
    vc_cbor_put_uint(writer, 1);
    vc_cbor_open_array(writer, 3);
    vc_cbor_put_boolean(writer, true);
    vc_cbor_put_boolean(writer, false);
    vc_cbor_put_null(writer);
    vc_cbor_put_int(writer, -1);
    vc_cbor_put_bytes(writer, (struct vc_bytes){(const uint8_t *)"ab", 2});
    vc_cbor_put_text(writer, "k");
    vc_cbor_put_text(writer, "\xc3\xbc");
}

static void read_sample(struct vc_reader *reader)
{
    struct vc_cbor_map map;

    assert_int_equal(vc_cbor_read_tag(reader), 18);
    map = vc_cbor_read_map(reader);
    assert_true(vc_cbor_next_key(reader, &map));
    assert_int_equal(vc_cbor_read_uint(reader), 1);
    assert_int_equal(vc_cbor_read_array(reader), 3);
    assert_true(vc_cbor_read_boolean(reader));
    assert_false(vc_cbor_read_boolean(reader));
    vc_cbor_read_null(reader);
    assert_true(vc_cbor_next_key(reader, &map));
    assert_int_equal(vc_cbor_read_int(reader), -1);
    assert_int_equal(vc_cbor_read_bytes(reader).size, 2);
    assert_true(vc_cbor_next_key(reader, &map));
    assert_int_equal(vc_cbor_read_text(reader).size, 1);
    assert_int_equal(vc_cbor_read_text(reader).size, 2);
    assert_false(vc_cbor_next_key(reader, &map));
    assert_true(vc_reader_done(reader));
}

static void test_every_kind_both_ways(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer out = {};
    struct vc_cbor_writer writer = vc_cbor_writer_over(&out);
    struct vc_reader reader;

    write_sample(&writer);
    assert_int_equal(vc_cbor_write_end(&writer, nullptr), VC_OK);
    reader = vc_reader_over(vc_buffer_bytes(&out));
    read_sample(&reader);
    assert_true(is_whole(vc_buffer_bytes(&out)));
}

static void test_wrong_kinds_fail(void **)
{
    static const uint8_t text[] = {0x61, 'a'};
    struct vc_reader reader = vc_reader_over(VC_BYTES(text));

    assert_int_equal(vc_cbor_read_bytes(&reader).size, 0);
    assert_true(reader.failed);
    reader = vc_reader_over(VC_BYTES(text));
    assert_false(vc_cbor_read_boolean(&reader));
    assert_true(reader.failed);
    reader = vc_reader_over(VC_BYTES(text));
    assert_int_equal(vc_cbor_read_map(&reader).left, 0);
    assert_true(reader.failed);
}

static void test_depth(void **)
{
    static const uint8_t openers[] = {0x81, 0xc1}; /* array of one, tag */

    for (size_t i = 0; i < VC_COUNT(openers); i++) {
        uint8_t nested[VC_CBOR_DEPTH_MAX + 2];

        memset(nested, openers[i], sizeof(nested));
        nested[VC_CBOR_DEPTH_MAX] = 0;
        assert_true(is_whole((struct vc_bytes){nested, VC_CBOR_DEPTH_MAX + 1}));
        assert_true(is_whole_any((struct vc_bytes){nested, VC_CBOR_DEPTH_MAX + 1}));
        nested[VC_CBOR_DEPTH_MAX] = openers[i];
        nested[VC_CBOR_DEPTH_MAX + 1] = 0;
        assert_false(is_whole(VC_BYTES(nested)));
        assert_false(is_whole_any(VC_BYTES(nested)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appendix_a),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_any),
        cmocka_unit_test(test_keys_in_any_order),
        cmocka_unit_test(test_what_is_next),
        cmocka_unit_test(test_integers_both_ways),
        cmocka_unit_test(test_integers_out_of_range),
        cmocka_unit_test(test_every_kind_both_ways),
        cmocka_unit_test(test_wrong_kinds_fail),
        cmocka_unit_test(test_depth),
    };

    return cmocka_run_group_tests_name("cbor", tests, nullptr, nullptr);
}
