/* SPDX-License-Identifier: MIT */

#include "policy/piece.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "policy/policy.h"

bool vc_piece_find(const struct vc_json_place *place, const char *name,
                   struct vc_json_place *member)
{
    return vc_json_has(place, name) && vc_json_member(place, name, member, nullptr) == VC_OK;
}

/* A member that must be there and a string; `member` is for errors about it. */
enum vc_code vc_piece_string(const struct vc_json_place *place, const char *name,
                             struct vc_json_place *member, const char **text, struct vc_err *err)
{
    enum vc_code code = vc_json_member(place, name, member, err);

    return code == VC_OK ? vc_json_string(member, text, err) : code;
}

/* Fills values[i] for each row; a null place has no member. */
enum vc_code vc_piece_numbers(const struct vc_json_place *place, const struct vc_piece_number *rows,
                              size_t count, int64_t *values, struct vc_err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct vc_json_place member;
        enum vc_code code;

        values[i] = rows[i].usual;
        if (place == nullptr || !vc_piece_find(place, rows[i].name, &member))
            continue;
        code = vc_json_integer(&member, rows[i].least, rows[i].most, &values[i], err);
        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

enum vc_code vc_piece_flag(const struct vc_json_place *place, const char *name, bool *value,
                           struct vc_err *err)
{
    struct vc_json_place member;

    return vc_piece_find(place, name, &member) ? vc_json_boolean(&member, value, err) : VC_OK;
}

enum vc_code vc_piece_copy(const char *text, char **copy, struct vc_err *err)
{
    *copy = strdup(text);
    return *copy == nullptr ? vc_fail_memory(err) : VC_OK;
}

static bool is_name(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char later[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t length = strlen(text);

    return strspn(text, first) > 0 && strspn(text, later) == length && length <= VC_POLICY_NAME_MAX;
}

static enum vc_code check_name(const struct vc_json_place *place, const char *text,
                               struct vc_err *err)
{
    if (is_name(text))
        return VC_OK;
    return vc_fail(err, VC_MALFORMED,
                   "%s: a name is 1 to %zu of a-z 0-9 _ . -, beginning with a letter or digit",
                   place->text, VC_POLICY_NAME_MAX);
}

enum vc_code vc_piece_read_name(const struct vc_json_place *place, const char **name,
                                struct vc_err *err)
{
    enum vc_code code = vc_json_string(place, name, err);

    return code == VC_OK ? check_name(place, *name, err) : code;
}

enum vc_code vc_piece_name(const struct vc_json_place *place, const char *text, char **copy,
                           struct vc_err *err)
{
    enum vc_code code = check_name(place, text, err);

    return code == VC_OK ? vc_piece_copy(text, copy, err) : code;
}

/* Of the last component as it is written: "a/", "a/." and "a/.." name directories. */
static bool names_directory(const char *text)
{
    const char *name = vc_path_name(text);

    return name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static enum vc_code copy_path(const struct vc_json_place *place, const char *text, char **path,
                              bool *tree, struct vc_err *err)
{
    char canonical[VC_PATH_MAX];
    enum vc_code code = vc_path_canonical(text, canonical, err);

    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", place->text);
    if (tree != nullptr)
        *tree = text[strlen(text) - 1] == '/';
    if (names_directory(text) && (tree == nullptr || !*tree))
        return vc_fail(err, VC_MALFORMED, "%s: names a directory, a file wanted", place->text);
    return vc_piece_copy(canonical, path, err);
}

/* A path whose canonical form names a file, or with a slash at its end a directory if `tree` is not
 * null; then *tree says which. */
enum vc_code vc_piece_path(const struct vc_json_place *place, char **path, bool *tree,
                           struct vc_err *err)
{
    const char *text;
    enum vc_code code = vc_json_string(place, &text, err);

    return code == VC_OK ? copy_path(place, text, path, tree, err) : code;
}

enum vc_code vc_piece_file(const struct vc_json_place *place, const char *text, char **path,
                           struct vc_err *err)
{
    return copy_path(place, text, path, nullptr, err);
}

enum vc_code vc_piece_digest(const struct vc_json_place *place, uint8_t digest[VC_SHA256_SIZE],
                             struct vc_err *err)
{
    const char *text;
    enum vc_code code = vc_json_string(place, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_hex_parse(text, digest, VC_SHA256_SIZE, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", place->text);
}

enum vc_code vc_piece_octets(const struct vc_json_place *place, const struct vc_sizes *sizes,
                             struct vc_octets *octets, struct vc_err *err)
{
    const char *text;
    enum vc_code code = vc_json_string(place, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_sizes_parse(sizes, text, octets, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", place->text);
}

enum vc_code vc_piece_certificate(const struct vc_json_place *place, const char *name,
                                  struct vc_cert **cert, struct vc_err *err)
{
    struct vc_json_place member;
    const char *pem;
    enum vc_code code = vc_piece_string(place, name, &member, &pem, err);

    if (code != VC_OK)
        return code;
    code = vc_cert_parse_pem((struct vc_bytes){(const uint8_t *)pem, strlen(pem)}, cert, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", member.text);
}

/* An object that has between least and most members. */
enum vc_code vc_piece_check_map(const struct vc_json_place *place, size_t least, size_t most,
                                struct vc_err *err)
{
    size_t count = vc_json_count(place);
    enum vc_code code = vc_json_check_object(place, nullptr, err);

    if (code != VC_OK)
        return code;
    if (count < least)
        return vc_fail(err, VC_LIMIT, "%s: %zu members, at least %zu", place->text, count, least);
    if (count > most)
        return vc_fail(err, VC_LIMIT, "%s: %zu members, at most %zu", place->text, count, most);
    return VC_OK;
}

/* An array that has between 1 and most elements. */
enum vc_code vc_piece_check_list(const struct vc_json_place *place, size_t most, struct vc_err *err)
{
    enum vc_code code = vc_json_check_array(place, most, err);

    if (code == VC_OK && vc_json_count(place) == 0)
        return vc_fail(err, VC_LIMIT, "%s: no elements, at least 1", place->text);
    return code;
}
