/* SPDX-License-Identifier: MIT */

#include "evidence/event_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/event_text.h"

/* A log being made. */
struct making {
    struct vc_buffer out;
    uint16_t algorithms[4];
    size_t algorithm_count; /* 0: the older form */
};

static void put(struct making *log, const void *data, size_t size)
{
    assert_int_equal(vc_buffer_append(&log->out, (struct vc_bytes){data, size}, nullptr), VC_OK);
}

static void put_number(struct making *log, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put(log, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static size_t size_of(uint16_t algorithm)
{
    static const size_t sizes[] = {[4] = 20, [0x0b] = 32, [0x0c] = 48, [0x0d] = 64};

    return sizes[algorithm];
}

static void put_header(struct making *log)
{
    size_t size = 16 + 8 + 4 + 4 * log->algorithm_count + 1;

    put_number(log, 0, 4);
    put_number(log, VC_EVENT_NO_ACTION, 4);
    put(log, (uint8_t[20]){}, 20);
    put_number(log, size, 4);
    put(log, "Spec ID Event03", 16);
    put(log, (uint8_t[]){0, 0, 0, 0, 0, 2, 0, 2}, 8);
    put_number(log, log->algorithm_count, 4);
    for (size_t i = 0; i < log->algorithm_count; i++) {
        put_number(log, log->algorithms[i], 2);
        put_number(log, size_of(log->algorithms[i]), 2);
    }
    put_number(log, 0, 1);
}

static struct making begin(uint16_t first, uint16_t second)
{
    struct making log = {.algorithms = {first, second},
                         .algorithm_count = (size_t)(first != 0) + (size_t)(second != 0)};

    if (first != 0)
        put_header(&log);
    return log;
}

/* The digest of an event in this test: its first bytes are the index and a salt, the rest 0x5a. */
static void put_digest(struct making *log, uint32_t index, uint8_t salt, size_t size)
{
    uint8_t digest[64];

    memset(digest, 0x5a, sizeof(digest));
    digest[0] = (uint8_t)index;
    digest[1] = salt;
    put(log, digest, size);
}

static void put_event(struct making *log, uint32_t index, uint32_t type, const void *data,
                      size_t size)
{
    put_number(log, index, 4);
    put_number(log, type, 4);
    if (log->algorithm_count == 0) {
        put_digest(log, index, (uint8_t)type, 20);
    } else {
        put_number(log, log->algorithm_count, 4);
        for (size_t i = 0; i < log->algorithm_count; i++) {
            put_number(log, log->algorithms[i], 2);
            put_digest(log, index, (uint8_t)type, size_of(log->algorithms[i]));
        }
    }
    put_number(log, size, 4);
    put(log, data, size);
}

static struct vc_octets expected(enum vc_hash hash, uint32_t index, const uint8_t *salts,
                                 size_t count)
{
    size_t size = vc_hash_size(hash);
    struct vc_octets value = {.size = size};

    for (size_t i = 0; i < count; i++) {
        uint8_t both[128];

        memset(both, 0x5a, sizeof(both));
        memcpy(both, value.bytes, size);
        both[size] = (uint8_t)index;
        both[size + 1] = salts[i];
        value = vc_hash_of(hash, (struct vc_bytes){both, 2 * size});
    }
    return value;
}

static enum vc_code count_event(void *user, const struct vc_event *, struct vc_err *)
{
    (*(size_t *)user)++;
    return VC_OK;
}

static const struct replay_row {
    const char *name;
    uint16_t first, second;
    enum vc_hash hash;
    uint8_t padding;
    size_t padding_size;
} replays[] = {
    {"SHA-256 alone", 0x0b, 0, VC_HASH_SHA256, 0, 0},
    {"SHA-1 and SHA-256", 4, 0x0b, VC_HASH_SHA256, 0, 0},
    {"SHA-256 and SHA-384, the second", 0x0b, 0x0c, VC_HASH_SHA384, 0, 0},
    {"SHA-384 and SHA-512, the second", 0x0c, 0x0d, VC_HASH_SHA512, 0, 0},
    {"zeros behind", 0x0b, 0, VC_HASH_SHA256, 0, 4096},
    {"ones behind", 0x0b, 0, VC_HASH_SHA256, 0xff, 262144},
    {"one byte behind", 0x0b, 0, VC_HASH_SHA256, 0xff, 1},
};

static void test_replays(void **)
{
    for (size_t i = 0; i < VC_COUNT(replays); i++) {
        const struct replay_row *row = &replays[i];
        struct making log = begin(row->first, row->second);
        struct vc_replay replay;
        struct vc_octets wanted;
        size_t events = 0;

        put_event(&log, 4, 0x0d, "one", 4);
        put_event(&log, 4, 0x80000007, "two", 4);
        put_event(&log, 7, 0x04, (uint8_t[4]){}, 4);
        put_event(&log, UINT32_MAX, VC_EVENT_NO_ACTION, "note", 4);
        put_event(&log, 18, 0x05, "dynamic", 7);
        for (size_t j = 0; j < row->padding_size; j++)
            put(&log, &row->padding, 1);
        assert_int_equal(
            vc_event_log_walk(vc_buffer_bytes(&log.out), count_event, &events, nullptr), VC_OK);
        assert_int_equal(events, 6);
        assert_int_equal(vc_event_log_replay(vc_buffer_bytes(&log.out), VC_EVENT_TPM, row->hash,
                                             &replay, nullptr),
                         VC_OK);
        wanted = expected(row->hash, 4, (const uint8_t[]){0x0d, 0x07}, 2);
        assert_true(vc_octets_equal(&replay.values[4], &wanted));
        wanted = expected(row->hash, 7, (const uint8_t[]){0x04}, 1);
        assert_true(vc_octets_equal(&replay.values[7], &wanted));
        wanted = expected(row->hash, 18, (const uint8_t[]){0x05}, 1);
        assert_true(vc_octets_equal(&replay.values[18], &wanted));
        assert_true(vc_octets_is_zero(&replay.values[0]));
        assert_int_equal(replay.values[17].bytes[0], 0xff);
        assert_int_equal(replay.values[23].bytes[0], 0);
        assert_int_equal(replay.counts[4], 2);
        assert_int_equal(replay.counts[17], 0);
        vc_buffer_done(&log.out);
    }
}

static void test_tdx_numbering(void **)
{
    struct making log = begin(0x0c, 0);
    struct vc_replay replay;
    struct vc_octets wanted = expected(VC_HASH_SHA384, 1, (const uint8_t[]){0x0a}, 1);
    struct vc_err err;

    put_event(&log, 1, 0x0a, "td_hob", 6);
    assert_int_equal(vc_event_log_replay(vc_buffer_bytes(&log.out), VC_EVENT_TDX, VC_HASH_SHA384,
                                         &replay, nullptr),
                     VC_OK);
    assert_true(vc_octets_equal(&replay.values[VC_EVENT_RTMR0], &wanted));
    assert_true(vc_octets_is_zero(&replay.values[VC_EVENT_RTMR0 + 3]));
    assert_int_equal(
        vc_event_log_replay(vc_buffer_bytes(&log.out), VC_EVENT_TDX, VC_HASH_SHA256, &replay, &err),
        VC_NOT_FOUND);
    put_event(&log, 5, 0x0a, "td_hob", 6);
    assert_int_equal(
        vc_event_log_replay(vc_buffer_bytes(&log.out), VC_EVENT_TDX, VC_HASH_SHA384, &replay, &err),
        VC_MALFORMED);
    assert_string_equal(
        err.text, "event log: event 2 extends register 5, and TDX has 1 to 4 (RTMR0 to RTMR3)");
    vc_buffer_done(&log.out);
}

static void test_startup_locality(void **)
{
    struct making log = begin(0x0b, 0);
    struct vc_replay replay;
    struct vc_err err;

    put_event(&log, 0, VC_EVENT_NO_ACTION, "StartupLocality\0\3", 17);
    assert_int_equal(vc_event_log_replay(vc_buffer_bytes(&log.out), VC_EVENT_TPM, VC_HASH_SHA256,
                                         &replay, nullptr),
                     VC_OK);
    assert_int_equal(replay.values[0].bytes[31], 3);
    put_event(&log, 0, 0x08, "x", 1);
    put_event(&log, 0, VC_EVENT_NO_ACTION, "StartupLocality\0\4", 17);
    assert_int_equal(
        vc_event_log_replay(vc_buffer_bytes(&log.out), VC_EVENT_TPM, VC_HASH_SHA256, &replay, &err),
        VC_MALFORMED);
    assert_string_equal(err.text,
                        "event log: event 3 sets the startup locality after PCR 0 was begun");
    vc_buffer_done(&log.out);
}

static void test_old_form(void **)
{
    struct making log = begin(0, 0);
    struct vc_replay replay;
    size_t events = 0;

    put_event(&log, 0, 0x08, "version", 7);
    put_event(&log, 4, 0x04, (uint8_t[4]){}, 4);
    assert_int_equal(vc_event_log_walk(vc_buffer_bytes(&log.out), count_event, &events, nullptr),
                     VC_OK);
    assert_int_equal(events, 2);
    assert_int_equal(vc_event_log_replay(vc_buffer_bytes(&log.out), VC_EVENT_TPM, VC_HASH_SHA256,
                                         &replay, nullptr),
                     VC_NOT_FOUND);
    vc_buffer_done(&log.out);
}

/* Each breaks a good log of SHA-256, which ends at `end`. */
static void break_register(struct making *log)
{
    put_event(log, 24, 0x0d, "x", 1);
}

static void break_no_register(struct making *log)
{
    put_event(log, UINT32_MAX, 0x0d, "x", 1);
}

static void break_count_zero(struct making *log)
{
    put_number(log, 4, 4);
    put_number(log, 0x0d, 4);
    put_number(log, 0, 4);
    put_number(log, 1, 4);
    put(log, "x", 1);
}

static void break_count_large(struct making *log)
{
    put_number(log, 4, 4);
    put_number(log, 0x0d, 4);
    put_number(log, UINT32_MAX, 4);
    put(log, (uint8_t[64]){1}, 64);
    put(log, "x", 1);
}

static void break_algorithm(struct making *log)
{
    log->algorithms[0] = 0x0c;
    put_event(log, 4, 0x0d, "x", 1);
}

static void break_size(struct making *log)
{
    put_event(log, 4, 0x0d, "x", 1);
    log->out.data[log->out.size - 2] = 0xff;
}

static void break_mixed_padding(struct making *log)
{
    put(log, (uint8_t[]){0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, 8);
}

static void break_trailing_byte(struct making *log)
{
    put(log, "x", 1);
}

static void break_header_size(struct making *log)
{
    log->out.data[32 + 16 + 8 + 4 + 2] = 31; /* bytes of a SHA-256 */
}

static void break_header_count(struct making *log)
{
    log->out.data[32 + 16 + 8] = 9;
}

static void break_header_vendor(struct making *log)
{
    log->out.data[32 + 16 + 8 + 4 + 4] = 1;
}

static void break_empty(struct making *log)
{
    memset(log->out.data, 0, log->out.size);
}

static const struct refusal_row {
    const char *name;
    void (*change)(struct making *log);
    const char *text;
} refusals[] = {
    {"register 24", break_register, "event log: event 2 at offset 124 is of register 24"},
    {"no register, and it extends", break_no_register,
     "event log: event 2 at offset 124 is of register 4294967295"},
    {"no digests", break_count_zero, "event log: event 2 has 0 digests, 1 to 1 wanted"},
    {"2^32-1 digests", break_count_large,
     "event log: event 2 has 4294967295 digests, 1 to 1 wanted"},
    {"digest of another algorithm", break_algorithm,
     "event log: event 2 has a digest of algorithm 0xc, which the header does not list, or has it "
     "twice"},
    {"data beyond the end", break_size, "event log: event 2 at offset 124 is cut"},
    {"padding of two kinds", break_mixed_padding, "event log: event 2 at offset 124 is cut"},
    {"a byte behind", break_trailing_byte, "event log: event 2 at offset 124 is cut"},
    {"header with a SHA-256 of 31 bytes", break_header_size,
     "event log: header lists algorithm 0xb with 31 bytes, or lists it twice"},
    {"header with nine algorithms", break_header_count,
     "event log: header has 9 algorithms, 1 to 8 wanted"},
    {"header that goes on", break_header_vendor,
     "event log: header is cut or goes on after its end"},
    {"all zero", break_empty, "event log: empty"},
};

static void test_refusals(void **)
{
    for (size_t i = 0; i < VC_COUNT(refusals); i++) {
        struct making log = begin(0x0b, 0);
        struct vc_err err = {};
        struct vc_replay replay;

        put_event(&log, 4, 0x0d, "one line", 9);
        refusals[i].change(&log);
        if (vc_event_log_replay(vc_buffer_bytes(&log.out), VC_EVENT_TPM, VC_HASH_SHA256, &replay,
                                &err) != VC_MALFORMED)
            fail_msg("%s: not refused", refusals[i].name);
        assert_string_equal(err.text, refusals[i].text);
        vc_buffer_done(&log.out);
    }
}

static void test_limits(void **)
{
    struct making log = begin(0x0b, 0);
    uint8_t *large = calloc(1, VC_EVENT_LOG_SIZE_MAX + 1);
    struct vc_err err;

    assert_non_null(large);
    large[0] = 1;
    assert_int_equal(vc_event_log_walk((struct vc_bytes){large, VC_EVENT_LOG_SIZE_MAX + 1}, nullptr,
                                       nullptr, &err),
                     VC_LIMIT);
    for (size_t i = 1; i < VC_EVENT_LOG_EVENTS_MAX; i++)
        put_event(&log, 9, 0x0d, "", 1);
    assert_int_equal(vc_event_log_walk(vc_buffer_bytes(&log.out), nullptr, nullptr, &err), VC_OK);
    put_event(&log, 9, 0x0d, "", 1);
    assert_int_equal(vc_event_log_walk(vc_buffer_bytes(&log.out), nullptr, nullptr, &err),
                     VC_LIMIT);
    log.out.size = 32 + 16 + 8 + 4 + 4 + 1;
    put_event(&log, 9, 0x0d, large, VC_EVENT_DATA_SIZE_MAX + 1);
    put(&log, "x", 1);
    assert_int_equal(vc_event_log_walk(vc_buffer_bytes(&log.out), nullptr, nullptr, &err),
                     VC_LIMIT);
    free(large);
    vc_buffer_done(&log.out);
}

/* No part of a log replays to what the whole does; most cuts are refused, those between events are
 * shorter logs. */
static void test_every_cut(void **)
{
    struct making log = begin(4, 0x0b);
    struct vc_replay whole;
    size_t refused = 0;

    put_event(&log, 1, 0x0d, "one", 4);
    put_event(&log, 4, 0x80000007, "two", 4);
    put_event(&log, 7, 0x04, "\1\2\3\4", 4);
    assert_int_equal(vc_event_log_replay(vc_buffer_bytes(&log.out), VC_EVENT_TPM, VC_HASH_SHA256,
                                         &whole, nullptr),
                     VC_OK);
    for (size_t cut = 0; cut < log.out.size; cut++) {
        struct vc_replay part;
        uint8_t *copy = malloc(cut == 0 ? 1 : cut); /* so that a sanitizer sees its end */

        assert_non_null(copy);
        memcpy(copy, log.out.data, cut);
        if (vc_event_log_replay((struct vc_bytes){copy, cut}, VC_EVENT_TPM, VC_HASH_SHA256, &part,
                                nullptr) != VC_OK)
            refused++;
        else
            assert_memory_not_equal(&whole, &part, sizeof(whole));
        free(copy);
    }
    assert_in_range(refused, log.out.size - 4, log.out.size);
    print_message("# event log: %zu cuts, %zu refused, the others replay to other values\n",
                  log.out.size, refused);
    vc_buffer_done(&log.out);
}

static const struct text_row {
    uint32_t type;
    const char *data;
    size_t size;
    const char *text;
} texts[] = {
    {0x04, "\0\0\0\0", 4,
     "separator: the firmware ends here, the loader begins; the digest is not of this text"},
    {0x04, "\1\0\0\0", 4, "separator: an ERROR while measuring; the digest is not of this text"},
    {0x0d, "grub_cmd: linux\x1b[2J", 20,
     "from the boot loader: \"grub_cmd: linux?[2J\"; the digest is not of this text"},
    {0x08, "1\0.\0002\0\0\0", 8,
     "version of the firmware: \"1.2\"; the digest is not of this text"},
    {0x80000001,
     "0123456789abcdef"
     "\2\0\0\0\0\0\0\0"
     "\1\0\0\0\0\0\0\0"
     "d\0b\0"
     "\1",
     37, "firmware variable: \"db\" = 01; the digest is not of this text"},
    {0x80000001, "short", 5, "firmware variable: 73686f7274; the digest is not of this text"},
    {0x80000003,
     "\0\0\0\0\0\0\0\0"
     "\0\1\0\0\0\0\0\0"
     "\0\0\0\0\0\0\0\0"
     "\x0a\0\0\0\0\0\0\0"
     "\4\4\x0a\0a\0b\0\0\0",
     42, "program started by the firmware: 256 bytes, file \"ab\"; the digest is not of this text"},
    {0x80000008, "\0\0\x10\0\0\0\0\0\0\2\0\0\0\0\0\0", 16,
     "firmware, 512 bytes at 0x100000; the digest is not of this text"},
    {0x06, "\x01\0\0\0\3\0\0\0abc", 11,
     "tagged event of an operating system or its loader 0x00000001: \"abc\"; the digest is not of "
     "this text"},
    {0x03, "note", 4, "a note, which extends nothing: \"note\""},
    {0x12345678, "\1\2", 2, "of a type that the specification does not have: 0102"},
};

static void test_texts(void **)
{
    for (size_t i = 0; i < VC_COUNT(texts); i++) {
        uint8_t digest[32] = {};
        struct vc_event event = {.type = texts[i].type,
                                 .digests = {{0x0b, VC_BYTES(digest)}},
                                 .digest_count = 1,
                                 .data = {(const uint8_t *)texts[i].data, texts[i].size}};
        struct vc_buffer text = {};

        assert_int_equal(vc_event_describe(&event, &text, nullptr), VC_OK);
        assert_int_equal(
            vc_buffer_append(&text, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr), VC_OK);
        assert_string_equal((const char *)text.data, texts[i].text);
        vc_buffer_done(&text);
    }
}

static void test_measured_text(void **)
{
    static const char *const forms[] = {"grub_cmd: set a=1", "set a=1"};
    const char data[] = "grub_cmd: set a=1";

    for (size_t i = 0; i < VC_COUNT(forms); i++) {
        uint8_t digest[32];
        struct vc_event event = {.type = 0x0d,
                                 .digests = {{0x0b, VC_BYTES(digest)}},
                                 .digest_count = 1,
                                 .data = VC_BYTES(data)};
        struct vc_buffer text = {};

        vc_sha256((struct vc_bytes){(const uint8_t *)forms[i], strlen(forms[i])}, digest);
        assert_int_equal(vc_event_describe(&event, &text, nullptr), VC_OK);
        assert_non_null(memmem(text.data, text.size, "; measured", 10));
        vc_buffer_done(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replays),          cmocka_unit_test(test_tdx_numbering),
        cmocka_unit_test(test_startup_locality), cmocka_unit_test(test_old_form),
        cmocka_unit_test(test_refusals),         cmocka_unit_test(test_limits),
        cmocka_unit_test(test_every_cut),        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_measured_text),
    };

    return cmocka_run_group_tests_name("event_log", tests, nullptr, nullptr);
}
