/* SPDX-License-Identifier: MIT */

#include "codec/json.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct vc_json {
    json_t *root;
};

/* Appends what a person may safely see of untrusted text: one '?' for each character that is not
 * printable ASCII, cut where `out` ends. */
static void show(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);

    for (; *text != '\0' && used + 1 < size; text++) {
        uint8_t byte = (uint8_t)*text;

        if ((byte & 0xc0) == 0x80) /* inside a character that was already shown */
            continue;
        out[used++] = (char)(byte >= 0x20 && byte < 0x7f ? byte : '?');
    }
    out[used] = '\0';
}

vc_printf(4, 5) static enum vc_code
    fail_at(struct vc_err *err, enum vc_code code, const struct vc_json_place *place,
            const char *format, ...)
{
    char text[VC_ERR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (place->text[0] == '\0')
        return vc_fail(err, code, "%s", text);
    return vc_fail(err, code, "%s: %s", place->text, text);
}

/* ------------------------------------------------------------------------------------ parse */

/* What jansson does not look at, found before it allocates anything. */
struct scan {
    struct vc_bytes text;
    size_t offset;
    size_t depth;
    size_t values;
    bool in_string;
};

static enum vc_code fail_offset(struct vc_err *err, enum vc_code code, const struct scan *scan,
                                const char *what)
{
    size_t line = 1;
    size_t column = 1;

    for (size_t i = 0; i < scan->offset; i++) {
        uint8_t byte = scan->text.data[i];

        column += (byte & 0xc0) != 0x80;
        if (byte == '\n') {
            line++;
            column = 1;
        }
    }
    return vc_fail(err, code, "line %zu, column %zu: %s", line, column, what);
}

static uint8_t byte_at(const struct scan *scan, size_t offset)
{
    return offset < scan->text.size ? scan->text.data[offset] : 0;
}

/* jansson reads -0 as the integer 0: two spellings of one number. */
static bool is_minus_zero(const struct scan *scan)
{
    uint8_t after = byte_at(scan, scan->offset + 2);

    return byte_at(scan, scan->offset) == '-' && byte_at(scan, scan->offset + 1) == '0' &&
           after != '.' && after != 'e' && after != 'E';
}

static enum vc_code scan_outside(struct scan *scan, struct vc_err *err)
{
    uint8_t byte = scan->text.data[scan->offset];

    if (byte == '{' || byte == '[') {
        if (scan->depth++ == VC_JSON_DEPTH_MAX)
            return fail_offset(err, VC_MALFORMED, scan, "nested too deep");
    } else if ((byte == '}' || byte == ']') && scan->depth > 0) {
        scan->depth--;
    } else if (is_minus_zero(scan)) {
        return fail_offset(err, VC_MALFORMED, scan, "-0 is not an integer");
    }
    if ((byte == '{' || byte == '[' || byte == ',') && scan->values++ == VC_JSON_VALUES_MAX)
        return fail_offset(err, VC_LIMIT, scan, "too many values");
    scan->in_string = byte == '"';
    return VC_OK;
}

static enum vc_code scan_text(struct vc_bytes text, struct vc_err *err)
{
    struct scan scan = {.text = text};

    for (; scan.offset < text.size; scan.offset++) {
        uint8_t byte = text.data[scan.offset];
        enum vc_code code = VC_OK;

        if (byte == 0) /* jansson loses one that follows a number */
            return fail_offset(err, VC_MALFORMED, &scan, "NUL");
        if (!scan.in_string) {
            code = scan_outside(&scan, err);
        } else if (byte == '\\') {
            scan.offset += byte_at(&scan, scan.offset + 1) != 0;
        } else if (byte == '"') {
            scan.in_string = false;
        }
        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

static enum vc_code check_text(struct vc_bytes text, struct vc_err *err)
{
    static const uint8_t bom[] = {0xef, 0xbb, 0xbf};

    if (!vc_utf8_valid(text))
        return vc_fail(err, VC_MALFORMED, "not UTF-8");
    if (text.size >= sizeof(bom) && memcmp(text.data, bom, sizeof(bom)) == 0)
        return vc_fail(err, VC_MALFORMED, "line 1, column 1: byte order mark");
    return scan_text(text, err);
}

enum vc_code vc_json_parse(struct vc_bytes text, struct vc_json **json, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *made = nullptr;
    json_error_t error;
    enum vc_code code = check_text(text, err);

    if (code != VC_OK)
        return code;
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    made->root = json_loadb(text.size > 0 ? (const char *)text.data : "", text.size,
                            JSON_REJECT_DUPLICATES, &error);
    if (made->root == nullptr) {
        char reason[VC_ERR_TEXT_MAX] = "";

        if (json_error_code(&error) == json_error_out_of_memory)
            return vc_fail_memory(err);
        show(reason, sizeof(reason), error.text);
        return vc_fail(err, VC_MALFORMED, "line %d, column %d: %s", error.line, error.column,
                       reason);
    }
    if (!json_is_object(made->root))
        return vc_fail(err, VC_MALFORMED, "line 1, column 1: not an object");
    *json = vc_take(made);
    return VC_OK;
}

void vc_json_free(struct vc_json *json)
{
    if (json == nullptr)
        return;
    json_decref(json->root);
    free(json);
}

/* ------------------------------------------------------------------------------------- read */

/* jansson wants a mutable object to iterate over, and does not change it. */
static json_t *value_of(const struct vc_json_place *place)
{
    union {
        const void *borrowed;
        json_t *value;
    } same = {.borrowed = place->value};

    return same.value;
}

static const char *type_name(const struct vc_json_place *place)
{
    switch (json_typeof(value_of(place))) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number with fraction or exponent";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    }
    return "nothing";
}

static enum vc_code fail_type(struct vc_err *err, const struct vc_json_place *place,
                              const char *wanted)
{
    return fail_at(err, VC_MALFORMED, place, "%s, %s wanted", type_name(place), wanted);
}

struct vc_json_place vc_json_root(const struct vc_json *json)
{
    return (struct vc_json_place){.value = json->root};
}

static struct vc_json_place member_place(const struct vc_json_place *place, const char *name,
                                         const json_t *value)
{
    struct vc_json_place made = {.value = value};

    memcpy(made.text, place->text, sizeof(made.text));
    if (made.text[0] != '\0')
        show(made.text, sizeof(made.text), ".");
    show(made.text, sizeof(made.text), name);
    return made;
}

static bool is_among(const char *const *known, const char *key)
{
    for (; *known != nullptr; known++) {
        if (strcmp(*known, key) == 0)
            return true;
    }
    return false;
}

enum vc_code vc_json_check_object(const struct vc_json_place *place, const char *const *known,
                                  struct vc_err *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(value_of(place)))
        return fail_type(err, place, "an object");
    if (known == nullptr)
        return VC_OK;
    json_object_foreach(value_of(place), key, value)
    {
        char shown[VC_JSON_PLACE_MAX] = "";

        if (is_among(known, key))
            continue;
        show(shown, sizeof(shown), key);
        return fail_at(err, VC_MALFORMED, place, "unknown key \"%s\"", shown);
    }
    return VC_OK;
}

enum vc_code vc_json_member(const struct vc_json_place *place, const char *name,
                            struct vc_json_place *member, struct vc_err *err)
{
    const json_t *value;

    if (!json_is_object(value_of(place)))
        return fail_type(err, place, "an object");
    value = json_object_get(value_of(place), name);
    if (value == nullptr)
        return fail_at(err, VC_NOT_FOUND, place, "no \"%s\"", name);
    *member = member_place(place, name, value);
    return VC_OK;
}

bool vc_json_has(const struct vc_json_place *place, const char *name)
{
    return json_object_get(value_of(place), name) != nullptr;
}

enum vc_code vc_json_check_array(const struct vc_json_place *place, size_t count_max,
                                 struct vc_err *err)
{
    size_t count = vc_json_count(place);

    if (!json_is_array(value_of(place)))
        return fail_type(err, place, "an array");
    if (count > count_max)
        return fail_at(err, VC_LIMIT, place, "%zu elements, at most %zu", count, count_max);
    return VC_OK;
}

size_t vc_json_count(const struct vc_json_place *place)
{
    if (json_is_object(value_of(place)))
        return json_object_size(value_of(place));
    return json_array_size(value_of(place)); /* 0 for anything else */
}

struct vc_json_place vc_json_element(const struct vc_json_place *place, size_t index)
{
    struct vc_json_place made = {.value = json_array_get(value_of(place), index)};
    char name[32];

    if (made.value == nullptr) /* our own bug: the index is not below the count */
        abort();
    memcpy(made.text, place->text, sizeof(made.text));
    (void)snprintf(name, sizeof(name), "[%zu]", index);
    show(made.text, sizeof(made.text), name);
    return made;
}

struct vc_json_place vc_json_entry(const struct vc_json_place *place, size_t index,
                                   const char **key)
{
    /* Iteration follows the order of insertion, which is that of the text. */
    void *at = json_object_iter(value_of(place));

    for (; at != nullptr && index > 0; index--)
        at = json_object_iter_next(value_of(place), at);
    if (at == nullptr) /* our own bug, as above */
        abort();
    *key = json_object_iter_key(at);
    return member_place(place, *key, json_object_iter_value(at));
}

enum vc_code vc_json_string(const struct vc_json_place *place, const char **text,
                            struct vc_err *err)
{
    if (!json_is_string(value_of(place)))
        return fail_type(err, place, "a string");
    *text = json_string_value(value_of(place));
    return VC_OK;
}

enum vc_code vc_json_integer(const struct vc_json_place *place, int64_t least, int64_t most,
                             int64_t *value, struct vc_err *err)
{
    int64_t number;

    if (!json_is_integer(value_of(place)))
        return fail_type(err, place, "a whole number");
    number = json_integer_value(value_of(place));
    if (number < least) {
        return fail_at(err, VC_LIMIT, place, "%lld, at least %lld", (long long)number,
                       (long long)least);
    }
    if (number > most) {
        return fail_at(err, VC_LIMIT, place, "%lld, at most %lld", (long long)number,
                       (long long)most);
    }
    *value = number;
    return VC_OK;
}

enum vc_code vc_json_boolean(const struct vc_json_place *place, bool *value, struct vc_err *err)
{
    if (!json_is_boolean(value_of(place)))
        return fail_type(err, place, "true or false");
    *value = json_is_true(value_of(place));
    return VC_OK;
}
