/* SPDX-License-Identifier: MIT */

#include "codec/cbor.h"

#include <string.h>

#include "base/utf8.h"

/* Additional information of an initial byte, RFC 8949 §3. */
static constexpr unsigned DIRECT_MAX = 23; /* the argument itself */
static constexpr unsigned FOLLOWS_8 = 24;
static constexpr unsigned FOLLOWS_16 = 25;
static constexpr unsigned FOLLOWS_32 = 26;
static constexpr unsigned FOLLOWS_64 = 27;

static constexpr uint64_t SIMPLE_FALSE = 20;
static constexpr uint64_t SIMPLE_TRUE = 21;
static constexpr uint64_t SIMPLE_NULL = 22;

struct head {
    enum vc_cbor_kind kind;
    uint64_t argument;
};

static uint64_t read_argument(struct vc_reader *reader, unsigned info)
{
    uint64_t argument = info;
    uint64_t least = 0; /* what a shorter form could not say */

    switch (info) {
    case FOLLOWS_8:
        argument = vc_read_u8(reader);
        least = DIRECT_MAX + 1;
        break;
    case FOLLOWS_16:
        argument = vc_read_u16(reader);
        least = (uint64_t)UINT8_MAX + 1;
        break;
    case FOLLOWS_32:
        argument = vc_read_u32(reader);
        least = (uint64_t)UINT16_MAX + 1;
        break;
    case FOLLOWS_64:
        argument = vc_read_u64(reader);
        least = (uint64_t)UINT32_MAX + 1;
        break;
    default: /* 28 to 31 are reserved or an indefinite length */
        if (info > DIRECT_MAX)
            vc_reader_fail(reader);
    }
    if (argument < least)
        vc_reader_fail(reader);
    return argument;
}

static struct head read_head(struct vc_reader *reader)
{
    uint8_t initial = vc_read_u8(reader);
    struct head head = {(enum vc_cbor_kind)(initial >> 5), read_argument(reader, initial & 31)};

    if (head.kind == VC_CBOR_SIMPLE && (initial & 31) > DIRECT_MAX)
        vc_reader_fail(reader); /* floating point, or a simple value nobody has assigned */
    if (head.kind == VC_CBOR_SIMPLE &&
        (head.argument < SIMPLE_FALSE || head.argument > SIMPLE_NULL))
        vc_reader_fail(reader);
    return reader->failed ? (struct head){} : head;
}

static uint64_t read_kind(struct vc_reader *reader, enum vc_cbor_kind kind)
{
    struct head head = read_head(reader);

    if (reader->failed)
        return 0;
    if (head.kind != kind) {
        vc_reader_fail(reader);
        return 0;
    }
    return head.argument;
}

uint64_t vc_cbor_read_uint(struct vc_reader *reader)
{
    return read_kind(reader, VC_CBOR_UINT);
}

int64_t vc_cbor_read_int(struct vc_reader *reader)
{
    struct head head = read_head(reader);

    if ((head.kind != VC_CBOR_UINT && head.kind != VC_CBOR_NEGATIVE) || head.argument > INT64_MAX) {
        vc_reader_fail(reader);
        return 0;
    }
    return head.kind == VC_CBOR_UINT ? (int64_t)head.argument : -1 - (int64_t)head.argument;
}

static struct vc_bytes read_string(struct vc_reader *reader, enum vc_cbor_kind kind)
{
    uint64_t size = read_kind(reader, kind);

    if (size > vc_reader_left(reader)) {
        vc_reader_fail(reader);
        return (struct vc_bytes){};
    }
    return vc_read_run(reader, (size_t)size);
}

struct vc_bytes vc_cbor_read_bytes(struct vc_reader *reader)
{
    return read_string(reader, VC_CBOR_BYTES);
}

struct vc_bytes vc_cbor_read_text(struct vc_reader *reader)
{
    struct vc_bytes text = read_string(reader, VC_CBOR_TEXT);

    if (!vc_utf8_valid(text)) {
        vc_reader_fail(reader);
        return (struct vc_bytes){};
    }
    return text;
}

bool vc_cbor_read_boolean(struct vc_reader *reader)
{
    uint64_t value = read_kind(reader, VC_CBOR_SIMPLE);

    if (value != SIMPLE_FALSE && value != SIMPLE_TRUE)
        vc_reader_fail(reader);
    return value == SIMPLE_TRUE;
}

void vc_cbor_read_null(struct vc_reader *reader)
{
    if (read_kind(reader, VC_CBOR_SIMPLE) != SIMPLE_NULL)
        vc_reader_fail(reader);
}

uint64_t vc_cbor_read_tag(struct vc_reader *reader)
{
    return read_kind(reader, VC_CBOR_TAG);
}

/* An item takes at least a byte: a count beyond what is left is a lie that costs nothing to say. */
static size_t read_count(struct vc_reader *reader, enum vc_cbor_kind kind, size_t items_each)
{
    uint64_t count = read_kind(reader, kind);

    if (count > vc_reader_left(reader) / items_each) {
        vc_reader_fail(reader);
        return 0;
    }
    return (size_t)count;
}

size_t vc_cbor_read_array(struct vc_reader *reader)
{
    return read_count(reader, VC_CBOR_ARRAY, 1);
}

bool vc_cbor_next_is(const struct vc_reader *reader, enum vc_cbor_kind kind)
{
    return vc_reader_left(reader) > 0 && reader->input.data[reader->offset] >> 5 == (int)kind;
}

struct vc_cbor_map vc_cbor_read_map(struct vc_reader *reader)
{
    return (struct vc_cbor_map){.left = read_count(reader, VC_CBOR_MAP, 2)};
}

struct vc_cbor_map vc_cbor_read_any_map(struct vc_reader *reader)
{
    size_t count = read_count(reader, VC_CBOR_MAP, 2);

    if (count > VC_CBOR_ANY_KEYS_MAX) {
        vc_reader_fail(reader);
        count = 0;
    }
    return (struct vc_cbor_map){.left = count, .any_order = true};
}

/* The encoding of the key that is next, without taking it. */
static struct vc_bytes peek_key(const struct vc_reader *reader)
{
    struct vc_reader ahead = *reader;
    struct head head = read_head(&ahead);

    if (head.kind == VC_CBOR_BYTES || head.kind == VC_CBOR_TEXT) {
        if (head.argument > vc_reader_left(&ahead))
            vc_reader_fail(&ahead);
        (void)vc_read_run(&ahead, (size_t)head.argument);
    } else if (head.kind != VC_CBOR_UINT && head.kind != VC_CBOR_NEGATIVE) {
        vc_reader_fail(&ahead);
    }
    if (ahead.failed)
        return (struct vc_bytes){};
    return (struct vc_bytes){reader->input.data + reader->offset, ahead.offset - reader->offset};
}

static bool is_after(struct vc_bytes key, struct vc_bytes last)
{
    size_t common = key.size < last.size ? key.size : last.size;
    int order = common == 0 ? 0 : memcmp(key.data, last.data, common);

    return order > 0 || (order == 0 && key.size > last.size);
}

/* Heads are the shortest: equal keys have equal encodings. */
static bool is_new(struct vc_bytes key, const struct vc_cbor_map *map)
{
    for (size_t i = 0; i < map->key_count; i++) {
        if (map->keys[i].size == key.size && memcmp(map->keys[i].data, key.data, key.size) == 0)
            return false;
    }
    return true;
}

static bool may_follow(struct vc_bytes key, const struct vc_cbor_map *map)
{
    if (map->any_order)
        return map->key_count < VC_CBOR_ANY_KEYS_MAX && is_new(key, map);
    return map->key_count == 0 || is_after(key, map->keys[0]);
}

bool vc_cbor_next_key(struct vc_reader *reader, struct vc_cbor_map *map)
{
    struct vc_bytes key;

    if (reader->failed || map->left == 0)
        return false;
    key = peek_key(reader);
    if (key.size == 0 || !may_follow(key, map)) {
        vc_reader_fail(reader);
        return false;
    }
    if (!map->any_order)
        map->key_count = 0;
    map->keys[map->key_count++] = key;
    map->left--;
    return true;
}

/* A binary floating-point format, IEEE 754. */
struct float_form {
    unsigned fraction_bits;
    int bias;
};

static constexpr struct float_form HALF = {10, 15};
static constexpr struct float_form SINGLE = {23, 127};
static constexpr struct float_form DOUBLE = {52, 1023};

/* Can `narrow` say what these bits say in `wide`? Then the wide form is not the preferred one
 * (RFC 8949 §4.1). */
static bool is_sayable(uint64_t bits, struct float_form wide, struct float_form narrow)
{
    uint64_t fraction = bits & (((uint64_t)1 << wide.fraction_bits) - 1);
    int biased = (int)(bits >> wide.fraction_bits & (2 * (unsigned)wide.bias + 1));
    int exponent = biased - wide.bias;
    unsigned spare = wide.fraction_bits - narrow.fraction_bits; /* fraction bits that would go */

    if (biased == 0) /* zero; what is not is too small: narrow's least is a normal number here */
        return fraction == 0;
    if (exponent > narrow.bias && biased != 2 * wide.bias + 1) /* infinity and NaN are everywhere */
        return false;
    if (exponent < 1 - narrow.bias) { /* narrow says it with leading zeros, if at all */
        spare += (unsigned)(1 - narrow.bias - exponent);
        if (spare > wide.fraction_bits)
            return false;
    }
    return (fraction & (((uint64_t)1 << spare) - 1)) == 0;
}

/* Floating point and simple values: well formed, and nobody here asks what they are. */
static void skip_simple(struct vc_reader *reader)
{
    unsigned info = vc_read_u8(reader) & 31;
    bool longer = false; /* than need be, or reserved */

    switch (info) {
    case FOLLOWS_8:
        longer = vc_read_u8(reader) < 32; /* RFC 8949 §3.3 */
        break;
    case FOLLOWS_16:
        (void)vc_read_u16(reader);
        break;
    case FOLLOWS_32:
        longer = is_sayable(vc_read_u32(reader), SINGLE, HALF);
        break;
    case FOLLOWS_64:
        longer = is_sayable(vc_read_u64(reader), DOUBLE, SINGLE);
        break;
    default:
        longer = info > DIRECT_MAX;
    }
    if (longer)
        vc_reader_fail(reader);
}

/* What is still to come of an array, map or tag that is being skipped. */
struct level {
    bool is_map;
    bool value_next; /* maps: the key was read, its value was not */
    size_t left;     /* items; maps: entries are in `map` */
    struct vc_cbor_map map;
};

/* True if the level has another item; map keys are checked on the way. */
static bool advance(struct vc_reader *reader, struct level *level)
{
    if (!level->is_map) {
        bool another = level->left > 0;

        level->left -= another;
        return another;
    }
    if (level->value_next) {
        level->value_next = false;
        return true;
    }
    level->value_next = vc_cbor_next_key(reader, &level->map);
    return level->value_next;
}

/* Reads one item's head and, for strings, content. True if it opens a level. */
static bool skip_one(struct vc_reader *reader, bool any, struct level *opened)
{
    if (vc_reader_left(reader) == 0) {
        vc_reader_fail(reader);
        return false;
    }
    switch ((enum vc_cbor_kind)(reader->input.data[reader->offset] >> 5)) {
    case VC_CBOR_BYTES:
        (void)vc_cbor_read_bytes(reader);
        return false;
    case VC_CBOR_TEXT:
        (void)vc_cbor_read_text(reader);
        return false;
    case VC_CBOR_ARRAY:
        *opened = (struct level){.left = vc_cbor_read_array(reader)};
        return true;
    case VC_CBOR_MAP:
        *opened = (struct level){.is_map = true};
        opened->map = any ? vc_cbor_read_any_map(reader) : vc_cbor_read_map(reader);
        return true;
    case VC_CBOR_TAG:
        (void)vc_cbor_read_tag(reader);
        *opened = (struct level){.left = 1};
        return true;
    case VC_CBOR_SIMPLE:
        if (any) {
            skip_simple(reader);
            return false;
        }
        [[fallthrough]];
    case VC_CBOR_UINT:
    case VC_CBOR_NEGATIVE:
        (void)read_head(reader);
        return false;
    }
    return false;
}

/* Levels that were entered and not left, and one to try the next in. */
struct path {
    struct level levels[VC_CBOR_DEPTH_MAX + 2];
    size_t depth;
    bool any;
};

/* Reads the next item's head, or leaves a level that has no more; false when nothing is left. */
static bool step(struct vc_reader *reader, struct path *path)
{
    if (!advance(reader, &path->levels[path->depth])) {
        if (path->depth == 0)
            return false;
        path->depth--;
        return true;
    }
    if (!skip_one(reader, path->any, &path->levels[path->depth + 1]))
        return true;
    if (path->depth == VC_CBOR_DEPTH_MAX)
        vc_reader_fail(reader);
    else
        path->depth++;
    return true;
}

static void skip(struct vc_reader *reader, bool any)
{
    struct path path = {.levels = {{.left = 1}}, .any = any};
    bool more = true;

    while (more && !reader->failed)
        more = step(reader, &path);
}

void vc_cbor_skip(struct vc_reader *reader)
{
    skip(reader, false);
}

void vc_cbor_skip_any(struct vc_reader *reader)
{
    skip(reader, true);
}

struct vc_cbor_writer vc_cbor_writer_over(struct vc_buffer *out)
{
    return (struct vc_cbor_writer){.out = out};
}

static void put_run(struct vc_cbor_writer *writer, struct vc_bytes bytes)
{
    if (!writer->failed && vc_buffer_append(writer->out, bytes, nullptr) != VC_OK)
        writer->failed = true;
}

static void put_head(struct vc_cbor_writer *writer, enum vc_cbor_kind kind, uint64_t argument)
{
    uint8_t head[9] = {(uint8_t)(kind << 5)};
    size_t follow = 0; /* bytes */

    if (argument <= DIRECT_MAX) {
        head[0] |= (uint8_t)argument;
    } else if (argument <= UINT8_MAX) {
        head[0] |= FOLLOWS_8;
        follow = 1;
    } else if (argument <= UINT16_MAX) {
        head[0] |= FOLLOWS_16;
        follow = 2;
    } else if (argument <= UINT32_MAX) {
        head[0] |= FOLLOWS_32;
        follow = 4;
    } else {
        head[0] |= FOLLOWS_64;
        follow = 8;
    }
    for (size_t i = 0; i < follow; i++)
        head[1 + i] = (uint8_t)(argument >> 8 * (follow - 1 - i));
    put_run(writer, (struct vc_bytes){head, 1 + follow});
}

void vc_cbor_put_uint(struct vc_cbor_writer *writer, uint64_t value)
{
    put_head(writer, VC_CBOR_UINT, value);
}

void vc_cbor_put_int(struct vc_cbor_writer *writer, int64_t value)
{
    if (value >= 0) {
        put_head(writer, VC_CBOR_UINT, (uint64_t)value);
    } else {
        put_head(writer, VC_CBOR_NEGATIVE, (uint64_t)(-1 - value));
    }
}

void vc_cbor_put_bytes(struct vc_cbor_writer *writer, struct vc_bytes bytes)
{
    put_head(writer, VC_CBOR_BYTES, bytes.size);
    put_run(writer, bytes);
}

void vc_cbor_put_text_run(struct vc_cbor_writer *writer, struct vc_bytes text)
{
    put_head(writer, VC_CBOR_TEXT, text.size);
    put_run(writer, text);
}

void vc_cbor_put_text(struct vc_cbor_writer *writer, const char *text)
{
    vc_cbor_put_text_run(writer, (struct vc_bytes){(const uint8_t *)text, strlen(text)});
}

void vc_cbor_put_boolean(struct vc_cbor_writer *writer, bool value)
{
    put_head(writer, VC_CBOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void vc_cbor_put_null(struct vc_cbor_writer *writer)
{
    put_head(writer, VC_CBOR_SIMPLE, SIMPLE_NULL);
}

void vc_cbor_put_tag(struct vc_cbor_writer *writer, uint64_t number)
{
    put_head(writer, VC_CBOR_TAG, number);
}

void vc_cbor_open_array(struct vc_cbor_writer *writer, size_t count)
{
    put_head(writer, VC_CBOR_ARRAY, count);
}

void vc_cbor_open_map(struct vc_cbor_writer *writer, size_t count)
{
    put_head(writer, VC_CBOR_MAP, count);
}

enum vc_code vc_cbor_write_end(const struct vc_cbor_writer *writer, struct vc_err *err)
{
    return writer->failed ? vc_fail_memory(err) : VC_OK;
}
