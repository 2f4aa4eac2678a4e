/* SPDX-License-Identifier: MIT */

#include "policy/narrowing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "policy/limit_names.h"
#include "policy/parse_internal.h"
#include "policy/piece.h"

static constexpr int64_t RUNS_MAX = 1000000;
/* A limit that is narrowed has a number that fits 53 bits, as every JSON library reads it. */
static constexpr int64_t WIDE_LIMIT_MAX = INT64_C(1) << 53;

/* A member that must be there: without it the text is malformed, while a name that nothing has is
 * what is not found. */
static enum vc_code need(const struct vc_json_place *place, const char *name,
                         struct vc_json_place *member, struct vc_err *err)
{
    enum vc_code code = vc_json_member(place, name, member, err);

    if (code != VC_NOT_FOUND)
        return code;
    return vc_fail(err, VC_MALFORMED, "%s: no \"%s\"", place->text, name);
}

/* -------------------------------------------------------------------------------------- whom */

/* Keys are taken from programs alone: nobody else uses any. */
static size_t first_of(const struct vc_policy *policy, enum vc_narrowing_kind kind)
{
    return kind == VC_NARROW_TAKE_KEY ? policy->principal_count : 0;
}

static size_t count_of(const struct vc_policy *policy, const struct vc_subjects *subjects)
{
    size_t count = 0;

    for (size_t i = 0; i < vc_subject_count(policy); i++)
        count += vc_subjects_have(policy, subjects, vc_subject_at(policy, i));
    return count;
}

/* All that could be named and are not. */
static struct vc_subjects others(const struct vc_policy *policy, enum vc_narrowing_kind kind,
                                 const struct vc_subjects *named)
{
    struct vc_subjects rest = {};

    for (size_t i = first_of(policy, kind); i < vc_subject_count(policy); i++) {
        struct vc_subject who = vc_subject_at(policy, i);

        if (!vc_subjects_have(policy, named, who))
            vc_subjects_add(policy, &rest, who);
    }
    return rest;
}

static enum vc_code parse_name(const struct vc_json_place *place, const char *what,
                               bool (*find)(const struct vc_policy *policy, const char *name,
                                            size_t *index),
                               const struct vc_policy *policy, size_t *index, struct vc_err *err)
{
    const char *name;
    enum vc_code code = vc_piece_read_name(place, &name, err);

    if (code == VC_OK && !find(policy, name, index))
        return vc_fail(err, VC_NOT_FOUND, "%s: no such %s", place->text, what);
    return code;
}

static enum vc_code parse_subject(const struct vc_json_place *place, const struct vc_policy *policy,
                                  struct vc_subject *who, struct vc_err *err)
{
    static const char *const known[] = {"principal", "program", nullptr};
    struct vc_json_place member;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code != VC_OK)
        return code;
    if (vc_json_count(place) != 1) {
        return vc_fail(err, VC_MALFORMED, "%s: exactly one of \"principal\" and \"program\" wanted",
                       place->text);
    }
    if (vc_piece_find(place, "principal", &member)) {
        who->kind = VC_SUBJECT_PRINCIPAL;
        return parse_name(&member, "principal", vc_policy_find_principal, policy, &who->index, err);
    }
    who->kind = VC_SUBJECT_PROGRAM;
    code = need(place, "program", &member, err);
    return code == VC_OK
               ? parse_name(&member, "program", vc_policy_find_program, policy, &who->index, err)
               : code;
}

static enum vc_code parse_subjects(const struct vc_json_place *list, const struct vc_policy *policy,
                                   enum vc_narrowing_kind kind, struct vc_subjects *subjects,
                                   struct vc_err *err)
{
    enum vc_code code = vc_json_check_array(list, VC_SUBJECTS_MAX, err);

    for (size_t i = 0; code == VC_OK && i < vc_json_count(list); i++) {
        struct vc_json_place place = vc_json_element(list, i);
        struct vc_subject who = {};

        code = parse_subject(&place, policy, &who, err);
        if (code != VC_OK)
            return code;
        if (kind == VC_NARROW_TAKE_KEY && who.kind != VC_SUBJECT_PROGRAM)
            return vc_fail(err, VC_MALFORMED, "%s: a program wanted, which may use keys",
                           place.text);
        if (vc_subjects_have(policy, subjects, who))
            return vc_fail(err, VC_MALFORMED, "%s: named a second time", place.text);
        vc_subjects_add(policy, subjects, who);
    }
    return code;
}

static enum vc_code parse_from(const struct vc_json_place *place, const struct vc_policy *policy,
                               struct vc_narrowing *narrowing, struct vc_err *err)
{
    struct vc_json_place list;
    struct vc_subjects named = {};
    bool but = vc_json_has(place, "from_all_but");
    enum vc_code code;

    if (but == vc_json_has(place, "from")) {
        return vc_fail(err, VC_MALFORMED, "%s: exactly one of \"from\" and \"from_all_but\" wanted",
                       place->text);
    }
    code = need(place, but ? "from_all_but" : "from", &list, err);
    if (code == VC_OK)
        code = parse_subjects(&list, policy, narrowing->kind, &named, err);
    if (code == VC_OK && !but && vc_json_count(&list) == 0)
        return vc_fail(err, VC_LIMIT, "%s: no elements, at least 1", list.text);
    narrowing->from = but ? others(policy, narrowing->kind, &named) : named;
    return code;
}

/* ------------------------------------------------------------------------------- kind by kind */

static enum vc_code parse_path(const struct vc_json_place *place, struct vc_narrowing *narrowing,
                               struct vc_err *err)
{
    struct vc_json_place member;
    char *path = nullptr;
    enum vc_code code = need(place, "path", &member, err);

    if (code == VC_OK)
        code = vc_piece_path(&member, &path, &narrowing->tree, err);
    if (code != VC_OK)
        return code;
    memcpy(narrowing->path, path, strlen(path) + 1);
    free(path);
    /* Whoever means a stream shall not believe that it has been taken. */
    if (vc_policy_is_of_streams(narrowing->path)) {
        return vc_fail(err, VC_MALFORMED, "%s: streams are taken with \"take_stream\"",
                       member.text);
    }
    return VC_OK;
}

static enum vc_code parse_take(const struct vc_json_place *place, const struct vc_policy *policy,
                               struct vc_narrowing *narrowing, struct vc_err *err)
{
    static const char *const known[] = {"may", "path", "from", "from_all_but", nullptr};
    struct vc_json_place member;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = need(place, "may", &member, err);
    if (code == VC_OK)
        code = vc_policy_parse_may(place, &narrowing->may, err);
    if (code == VC_OK)
        code = parse_path(place, narrowing, err);
    return code == VC_OK ? parse_from(place, policy, narrowing, err) : code;
}

static enum vc_code parse_take_stream(const struct vc_json_place *place,
                                      const struct vc_policy *policy,
                                      struct vc_narrowing *narrowing, struct vc_err *err)
{
    static const char *const known[] = {"stream", "from", "from_all_but", nullptr};
    struct vc_json_place member;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = need(place, "stream", &member, err);
    if (code == VC_OK)
        code =
            parse_name(&member, "stream", vc_policy_find_stream, policy, &narrowing->stream, err);
    return code == VC_OK ? parse_from(place, policy, narrowing, err) : code;
}

static enum vc_code parse_take_key(const struct vc_json_place *place,
                                   const struct vc_policy *policy, struct vc_narrowing *narrowing,
                                   struct vc_err *err)
{
    static const char *const known[] = {"key", "from", "from_all_but", nullptr};
    struct vc_json_place member;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = need(place, "key", &member, err);
    if (code == VC_OK)
        code = parse_name(&member, "key", vc_policy_find_key, policy, &narrowing->key, err);
    return code == VC_OK ? parse_from(place, policy, narrowing, err) : code;
}

static enum vc_code parse_read_once(const struct vc_json_place *place, const struct vc_policy *,
                                    struct vc_narrowing *narrowing, struct vc_err *err)
{
    static const char *const known[] = {"path", nullptr};
    enum vc_code code = vc_json_check_object(place, known, err);

    return code == VC_OK ? parse_path(place, narrowing, err) : code;
}

static enum vc_code parse_expires(const struct vc_json_place *place, const struct vc_policy *,
                                  struct vc_narrowing *narrowing, struct vc_err *err)
{
    const char *text;
    enum vc_code code = vc_json_string(place, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_instant_parse(text, &narrowing->expires, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", place->text);
}

/* The member "program". */
static enum vc_code parse_program(const struct vc_json_place *place, const struct vc_policy *policy,
                                  struct vc_narrowing *narrowing, struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = need(place, "program", &member, err);

    return code == VC_OK ? parse_name(&member, "program", vc_policy_find_program, policy,
                                      &narrowing->program, err)
                         : code;
}

static enum vc_code parse_runs(const struct vc_json_place *place, const struct vc_policy *policy,
                               struct vc_narrowing *narrowing, struct vc_err *err)
{
    static const char *const known[] = {"program", "at_most", nullptr};
    struct vc_json_place member;
    int64_t most = 0;
    enum vc_code code = vc_json_check_object(place, known, err);

    if (code == VC_OK)
        code = parse_program(place, policy, narrowing, err);
    if (code == VC_OK)
        code = need(place, "at_most", &member, err);
    if (code == VC_OK)
        code = vc_json_integer(&member, 0, RUNS_MAX, &most, err);
    narrowing->runs_max = (uint32_t)most;
    return code;
}

static int64_t limit_most(size_t index)
{
    uint64_t none = vc_limit_none(index);

    return none > (uint64_t)WIDE_LIMIT_MAX ? WIDE_LIMIT_MAX : (int64_t)none - 1;
}

static enum vc_code parse_limits(const struct vc_json_place *place, const struct vc_policy *policy,
                                 struct vc_narrowing *narrowing, struct vc_err *err)
{
    const char *known[VC_LIMIT_COUNT + 2] = {"program"};
    enum vc_code code;

    for (size_t i = 0; i < VC_LIMIT_COUNT; i++)
        known[i + 1] = vc_limit_name(i);
    narrowing->limits = vc_limits_none();
    code = vc_json_check_object(place, known, err);
    if (code == VC_OK)
        code = parse_program(place, policy, narrowing, err);
    for (size_t i = 0; code == VC_OK && i < VC_LIMIT_COUNT; i++) {
        struct vc_json_place member;
        int64_t value = 0;

        if (!vc_piece_find(place, vc_limit_name(i), &member))
            continue;
        code = vc_json_integer(&member, (int64_t)vc_limit_least(i), limit_most(i), &value, err);
        if (code == VC_OK)
            vc_limit_set(&narrowing->limits, i, (uint64_t)value);
    }
    if (code == VC_OK && vc_json_count(place) == 1)
        return vc_fail(err, VC_MALFORMED, "%s: at least one limit wanted", place->text);
    return code;
}

static enum vc_code parse_freeze(const struct vc_json_place *place, const struct vc_policy *,
                                 struct vc_narrowing *, struct vc_err *err)
{
    bool value = false;
    enum vc_code code = vc_json_boolean(place, &value, err);

    if (code == VC_OK && !value)
        return vc_fail(err, VC_MALFORMED, "%s: true wanted, what was frozen stays so", place->text);
    return code;
}

static enum vc_code parse_withdraw(const struct vc_json_place *place,
                                   const struct vc_policy *policy, struct vc_narrowing *narrowing,
                                   struct vc_err *err)
{
    static const char *const known[] = {"program", nullptr};
    enum vc_code code = vc_json_check_object(place, known, err);

    return code == VC_OK ? parse_program(place, policy, narrowing, err) : code;
}

/* -------------------------------------------------------------------------------------- whole */

typedef enum vc_code parse_kind(const struct vc_json_place *place, const struct vc_policy *policy,
                                struct vc_narrowing *narrowing, struct vc_err *err);

static parse_kind *const parsers[VC_NARROWING_KINDS] = {
    [VC_NARROW_TAKE] = parse_take,         [VC_NARROW_TAKE_STREAM] = parse_take_stream,
    [VC_NARROW_TAKE_KEY] = parse_take_key, [VC_NARROW_READ_ONCE] = parse_read_once,
    [VC_NARROW_EXPIRES] = parse_expires,   [VC_NARROW_RUNS] = parse_runs,
    [VC_NARROW_LIMITS] = parse_limits,     [VC_NARROW_FREEZE] = parse_freeze,
    [VC_NARROW_WITHDRAW] = parse_withdraw,
};

enum vc_code vc_narrowing_parse_json(const struct vc_policy *policy,
                                     const struct vc_json_place *place,
                                     struct vc_narrowing *narrowing, struct vc_err *err)
{
    struct vc_narrowing made = {};
    struct vc_json_place member;
    const char *name = nullptr;
    enum vc_code code = vc_json_check_object(place, nullptr, err);

    if (code != VC_OK)
        return code;
    if (vc_json_count(place) == 1)
        member = vc_json_entry(place, 0, &name);
    if (name == nullptr || !vc_narrowing_kind_find(name, &made.kind)) {
        return vc_fail(err, VC_MALFORMED,
                       "%s%sone member wanted: take, take_stream, take_key, read_once, expires, "
                       "runs, limits, freeze_inputs or withdraw",
                       place->text, place->text[0] == '\0' ? "" : ": ");
    }
    code = parsers[made.kind](&member, policy, &made, err);
    if (code == VC_OK)
        *narrowing = made;
    return code;
}

enum vc_code vc_narrowing_parse(const struct vc_policy *policy, struct vc_bytes text,
                                struct vc_narrowing *narrowing, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    enum vc_code code;

    if (text.size > VC_NARROWING_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "a narrowing of %zu bytes, at most %zu", text.size,
                       VC_NARROWING_SIZE_MAX);
    }
    code = vc_json_parse(text, &json, err);
    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    return vc_narrowing_parse_json(policy, &root, narrowing, err);
}

/* ------------------------------------------------------------------------------------ writing */

/* Whichever list is shorter; nobody at all is everybody but everybody, since `from` is not empty.
 */
static void write_from(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                       struct vc_json_writer *writer)
{
    size_t all = vc_subject_count(policy) - first_of(policy, narrowing->kind);
    size_t count = count_of(policy, &narrowing->from);
    bool but = count == 0 || count > all / 2;
    struct vc_subjects rest = others(policy, narrowing->kind, &narrowing->from);

    vc_json_open_array(writer, but ? "from_all_but" : "from");
    for (size_t i = 0; i < vc_subject_count(policy); i++) {
        struct vc_subject who = vc_subject_at(policy, i);

        if (!vc_subjects_have(policy, but ? &rest : &narrowing->from, who))
            continue;
        vc_json_open_object(writer, nullptr);
        if (who.kind == VC_SUBJECT_PROGRAM) {
            vc_json_put_string(writer, "program", policy->programs[who.index].name);
        } else {
            vc_json_put_string(writer, "principal", policy->principals[who.index].name);
        }
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

static void write_may(const struct vc_narrowing *narrowing, struct vc_json_writer *writer)
{
    vc_json_open_array(writer, "may");
    for (unsigned right = VC_RIGHT_READ; right <= VC_RIGHT_DELETE; right <<= 1) {
        if ((narrowing->may & right) != 0)
            vc_json_put_string(writer, nullptr, vc_policy_right_name((enum vc_right)right));
    }
    vc_json_close_array(writer);
}

static void write_path(const struct vc_narrowing *narrowing, struct vc_json_writer *writer)
{
    char path[VC_PATH_MAX + 1];
    size_t size = strlen(narrowing->path);

    memcpy(path, narrowing->path, size + 1);
    if (narrowing->tree && size > 1)
        memcpy(path + size, "/", 2);
    vc_json_put_string(writer, "path", path);
}

static void write_limits(const struct vc_narrowing *narrowing, struct vc_json_writer *writer)
{
    for (size_t i = 0; i < VC_LIMIT_COUNT; i++) {
        uint64_t value = vc_limit_get(&narrowing->limits, i);

        if (value < vc_limit_none(i))
            vc_json_put_integer(writer, vc_limit_name(i), (int64_t)value);
    }
}

/* The members of the kinds that are objects. */
static void write_members(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                          struct vc_json_writer *writer)
{
    switch (narrowing->kind) {
    case VC_NARROW_TAKE:
        write_may(narrowing, writer);
        write_path(narrowing, writer);
        write_from(policy, narrowing, writer);
        break;
    case VC_NARROW_TAKE_STREAM:
        vc_json_put_string(writer, "stream", policy->streams[narrowing->stream].name);
        write_from(policy, narrowing, writer);
        break;
    case VC_NARROW_TAKE_KEY:
        vc_json_put_string(writer, "key", policy->keys[narrowing->key].name);
        write_from(policy, narrowing, writer);
        break;
    case VC_NARROW_READ_ONCE:
        write_path(narrowing, writer);
        break;
    case VC_NARROW_RUNS:
    case VC_NARROW_LIMITS:
    case VC_NARROW_WITHDRAW:
        vc_json_put_string(writer, "program", policy->programs[narrowing->program].name);
        if (narrowing->kind == VC_NARROW_RUNS)
            vc_json_put_integer(writer, "at_most", narrowing->runs_max);
        if (narrowing->kind == VC_NARROW_LIMITS)
            write_limits(narrowing, writer);
        break;
    case VC_NARROW_EXPIRES:
    case VC_NARROW_FREEZE:
        break;
    }
}

void vc_narrowing_write(const struct vc_policy *policy, const struct vc_narrowing *narrowing,
                        struct vc_json_writer *writer, const char *key)
{
    const char *name = vc_narrowing_kind_name(narrowing->kind);
    char text[VC_INSTANT_TEXT_MAX];

    assert(name != nullptr);
    vc_json_open_object(writer, key);
    if (narrowing->kind == VC_NARROW_EXPIRES) {
        vc_instant_format(narrowing->expires, text);
        vc_json_put_string(writer, name, text);
    } else if (narrowing->kind == VC_NARROW_FREEZE) {
        vc_json_put_boolean(writer, name, true);
    } else {
        vc_json_open_object(writer, name);
        write_members(policy, narrowing, writer);
        vc_json_close_object(writer);
    }
    vc_json_close_object(writer);
}
