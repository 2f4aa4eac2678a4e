/* SPDX-License-Identifier: MIT */

#include "journal/entry.h"

#include <assert.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "policy/decide.h"

static const char *const common[] = {"index", "kind", "time", "by", "details", "salt"};

static const char *const subject_keys[] = {
    [VC_SUBJECT_PRINCIPAL] = "principal", [VC_SUBJECT_PROGRAM] = "program", nullptr};

/* ---- written ---- */

static void put_hex(struct vc_json_writer *writer, const char *key, struct vc_bytes bytes)
{
    char hex[2 * VC_SHA256_SIZE + 1];

    assert(bytes.size <= VC_SHA256_SIZE);
    vc_hex_encode(bytes, hex);
    vc_json_put_string(writer, key, hex);
}

static void put_digest(struct vc_json_writer *writer, const char *key, const uint8_t *digest)
{
    put_hex(writer, key, (struct vc_bytes){digest, VC_SHA256_SIZE});
}

static void put_salt(struct vc_json_writer *writer, const uint8_t *salt)
{
    put_hex(writer, "salt", (struct vc_bytes){salt, VC_ENTRY_SALT_SIZE});
}

static void put_field(struct vc_json_writer *writer, const struct vc_entry_field *field)
{
    switch (field->form) {
    case VC_FIELD_TEXT:
        vc_json_put_string(writer, field->name, field->text);
        break;
    case VC_FIELD_NUMBER:
        vc_json_put_integer(writer, field->name, field->number);
        break;
    case VC_FIELD_DIGEST:
        put_digest(writer, field->name, field->digest);
        break;
    case VC_FIELD_JSON:
        vc_json_put_value(writer, field->name,
                          (struct vc_bytes){(const uint8_t *)field->text, strlen(field->text)});
        break;
    case VC_FIELD_FLAG:
        vc_json_put_boolean(writer, field->name, field->number != 0);
        break;
    }
}

static bool is_common(const char *name)
{
    for (size_t i = 0; i < VC_COUNT(common); i++) {
        if (strcmp(common[i], name) == 0)
            return true;
    }
    return false;
}

static void put_fields(struct vc_json_writer *writer, const struct vc_entry_field *fields,
                       size_t count)
{
    assert(count <= VC_ENTRY_FIELDS_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(!is_common(fields[i].name));
        for (size_t other = 0; other < i; other++)
            assert(strcmp(fields[i].name, fields[other].name) != 0);
        put_field(writer, &fields[i]);
    }
}

static enum vc_code end_text(struct vc_json_writer *writer, size_t size_max, struct vc_err *err)
{
    enum vc_code code = vc_json_write_end(writer, err);
    size_t size = writer->out->size - writer->start;

    if (code == VC_OK && size > size_max) {
        writer->out->size = writer->start;
        return vc_fail(err, VC_LIMIT, "journal: an entry's text of %zu bytes, at most %zu", size,
                       size_max);
    }
    return code;
}

static enum vc_code write_details(const struct vc_entry *entry, const uint8_t *salt,
                                  struct vc_buffer *details, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(details);
    size_t size_max =
        entry->kind == VC_ENTRY_NARROWING ? VC_ENTRY_DETAILS_MAX : VC_ENTRY_DETAILS_USUAL;

    vc_json_open_object(&writer, nullptr);
    put_fields(&writer, entry->details, entry->detail_count);
    put_salt(&writer, salt);
    vc_json_close_object(&writer);
    return end_text(&writer, size_max, err);
}

static void put_head(struct vc_json_writer *writer, const struct vc_policy *policy,
                     const struct vc_entry *entry, uint64_t index)
{
    char time[VC_INSTANT_TEXT_MAX];

    vc_instant_format(entry->time, time);
    vc_json_put_integer(writer, "index", (int64_t)index);
    vc_json_put_string(writer, "kind", vc_entry_kind_name(entry->kind));
    vc_json_put_string(writer, "time", time);
    if (entry->by_container)
        return;
    vc_json_open_object(writer, "by");
    vc_json_put_string(writer, subject_keys[entry->by.kind],
                       vc_policy_subject_name(policy, entry->by));
    vc_json_close_object(writer);
}

enum vc_code vc_entry_write(const struct vc_policy *policy, const struct vc_entry *entry,
                            uint64_t index, const uint8_t *salts, struct vc_buffer *text,
                            struct vc_buffer *details, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);
    size_t details_start = details->size;
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_code code = VC_OK;

    if (entry->detail_count > 0)
        code = write_details(entry, salts + VC_ENTRY_SALT_SIZE, details, err);
    if (code != VC_OK)
        return code;
    vc_json_open_object(&writer, nullptr);
    put_head(&writer, policy, entry, index);
    put_fields(&writer, entry->fields, entry->field_count);
    if (entry->detail_count > 0) {
        vc_sha256((struct vc_bytes){details->data + details_start, details->size - details_start},
                  digest);
        put_digest(&writer, "details", digest);
    }
    put_salt(&writer, salts);
    vc_json_close_object(&writer);
    code = end_text(&writer, VC_ENTRY_SIZE_MAX, err);
    if (code != VC_OK)
        details->size = details_start;
    return code;
}

/* ---- read back ---- */

/* A member that every entry has: without it the entry is out of form. */
static enum vc_code read_text(const struct vc_json_place *place, const char *name,
                              struct vc_json_place *member, const char **text, struct vc_err *err)
{
    enum vc_code code = vc_json_member(place, name, member, err);

    if (code == VC_NOT_FOUND)
        return vc_fail_in(err, VC_MALFORMED, "entry");
    return code == VC_OK ? vc_json_string(member, text, err) : code;
}

static enum vc_code read_hex(const struct vc_json_place *place, const char *name, uint8_t *bytes,
                             size_t size, struct vc_err *err)
{
    struct vc_json_place member;
    const char *text = "";
    enum vc_code code = read_text(place, name, &member, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_hex_parse(text, bytes, size, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", member.text);
}

static enum vc_code read_index(const struct vc_json_place *place, struct vc_entry_seen *entry,
                               struct vc_err *err)
{
    struct vc_json_place member;
    int64_t number = 0;
    enum vc_code code = vc_json_member(place, "index", &member, err);

    if (code == VC_NOT_FOUND)
        return vc_fail_in(err, VC_MALFORMED, "entry");
    if (code == VC_OK)
        code = vc_json_integer(&member, 0, INT64_MAX, &number, err);
    entry->index = (uint64_t)number;
    return code;
}

static enum vc_code read_kind(const struct vc_json_place *place, struct vc_entry_seen *entry,
                              struct vc_err *err)
{
    struct vc_json_place member;
    const char *text = "";
    enum vc_code code = read_text(place, "kind", &member, &text, err);

    if (code == VC_OK && !vc_entry_kind_find(text, &entry->kind))
        return vc_fail(err, VC_MALFORMED, "%s: no such kind of entry", member.text);
    return code;
}

static enum vc_code read_time(const struct vc_json_place *place, struct vc_entry_seen *entry,
                              struct vc_err *err)
{
    struct vc_json_place member;
    const char *text = "";
    enum vc_code code = read_text(place, "time", &member, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_instant_parse(text, &entry->time, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", member.text);
}

static enum vc_code find_subject(const struct vc_policy *policy, const struct vc_json_place *by,
                                 struct vc_subject *who, struct vc_err *err)
{
    bool program = vc_json_has(by, subject_keys[VC_SUBJECT_PROGRAM]);
    struct vc_json_place member;
    const char *name = "";
    bool found;
    enum vc_code code;

    who->kind = program ? VC_SUBJECT_PROGRAM : VC_SUBJECT_PRINCIPAL;
    code = read_text(by, subject_keys[who->kind], &member, &name, err);
    if (code != VC_OK)
        return code;
    found = program ? vc_policy_find_program(policy, name, &who->index)
                    : vc_policy_find_principal(policy, name, &who->index);
    if (!found)
        return vc_fail(err, VC_NOT_FOUND, "%s: the policy names none such", member.text);
    return VC_OK;
}

static enum vc_code read_by(const struct vc_policy *policy, const struct vc_json_place *place,
                            struct vc_entry_seen *entry, struct vc_err *err)
{
    struct vc_json_place by;
    enum vc_code code;

    entry->by_container = !vc_json_has(place, "by");
    if (entry->by_container)
        return VC_OK;
    code = vc_json_member(place, "by", &by, err);
    if (code == VC_OK)
        code = vc_json_check_object(&by, subject_keys, err);
    if (code == VC_OK && vc_json_count(&by) != 1)
        return vc_fail(err, VC_MALFORMED, "%s: one principal or one program", by.text);
    return code == VC_OK ? find_subject(policy, &by, &entry->by, err) : code;
}

enum vc_code vc_entry_parse(const struct vc_policy *policy, const struct vc_json_place *place,
                            struct vc_entry_seen *entry, struct vc_err *err)
{
    struct vc_entry_seen seen = {};
    uint8_t salt[VC_ENTRY_SALT_SIZE];
    enum vc_code code = vc_json_check_object(place, nullptr, err);

    if (code == VC_OK)
        code = read_index(place, &seen, err);
    if (code == VC_OK)
        code = read_kind(place, &seen, err);
    if (code == VC_OK)
        code = read_time(place, &seen, err);
    if (code == VC_OK)
        code = read_by(policy, place, &seen, err);
    if (code == VC_OK)
        code = read_hex(place, "salt", salt, sizeof(salt), err);
    seen.has_details = code == VC_OK && vc_json_has(place, "details");
    if (seen.has_details)
        code = read_hex(place, "details", seen.details, sizeof(seen.details), err);
    if (code == VC_OK)
        *entry = seen;
    return code;
}
