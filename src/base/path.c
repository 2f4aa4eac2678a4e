/* SPDX-License-Identifier: MIT */

#include "base/path.h"

#include <string.h>

#include "base/utf8.h"

static enum vc_code check_text(const char *text, struct vc_err *err)
{
    size_t length = strlen(text);

    if (length == 0)
        return vc_fail(err, VC_MALFORMED, "empty path");
    if (length >= VC_PATH_MAX)
        return vc_fail(err, VC_LIMIT, "path of %zu bytes, at most %zu", length, VC_PATH_MAX - 1);
    if (!vc_utf8_valid((struct vc_bytes){(const uint8_t *)text, length}))
        return vc_fail(err, VC_MALFORMED, "path is not UTF-8");
    for (size_t i = 0; i < length; i++) {
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
            return vc_fail(err, VC_MALFORMED, "control character at byte %zu of the path", i);
    }
    return VC_OK;
}

/* The path under construction: "" stands for the root until the end. */
struct build {
    char *out;
    size_t length;
    size_t depth;
};

static void drop_last(struct build *build)
{
    while (build->length > 0) {
        build->length--;
        if (build->out[build->length] == '/')
            break;
    }
    if (build->depth > 0)
        build->depth--;
}

static enum vc_code add(struct build *build, const char *name, size_t length, struct vc_err *err)
{
    if (length == 0 || (length == 1 && name[0] == '.'))
        return VC_OK;
    if (length == 2 && name[0] == '.' && name[1] == '.') {
        drop_last(build);
        return VC_OK;
    }
    if (length > VC_PATH_NAME_MAX) {
        return vc_fail(err, VC_LIMIT, "path component of %zu bytes, at most %zu", length,
                       VC_PATH_NAME_MAX);
    }
    if (build->depth == VC_PATH_DEPTH_MAX)
        return vc_fail(err, VC_LIMIT, "path deeper than %zu components", VC_PATH_DEPTH_MAX);
    if (build->length + 1 + length >= VC_PATH_MAX)
        return vc_fail(err, VC_LIMIT, "path longer than %zu bytes", VC_PATH_MAX - 1);
    build->out[build->length++] = '/';
    memcpy(build->out + build->length, name, length);
    build->length += length;
    build->depth++;
    return VC_OK;
}

enum vc_code vc_path_canonical(const char *text, char out[VC_PATH_MAX], struct vc_err *err)
{
    char made[VC_PATH_MAX];
    struct build build = {.out = made};
    enum vc_code code = check_text(text, err);

    while (code == VC_OK && *text != '\0') {
        size_t length = strcspn(text, "/");

        code = add(&build, text, length, err);
        text += length;
        text += *text == '/';
    }
    if (code != VC_OK)
        return code;
    if (build.length == 0)
        made[build.length++] = '/';
    made[build.length] = '\0';
    memcpy(out, made, build.length + 1);
    return VC_OK;
}

static bool is_plain_name(const char *name, size_t size)
{
    bool dots = name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.'));

    return size > 0 && size <= VC_PATH_NAME_MAX && !dots;
}

/* No control characters, and UTF-8. */
static bool is_clean(const char *text, size_t size)
{
    bool ascii = true;

    for (size_t i = 0; i < size; i++) {
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
            return false;
        ascii = ascii && (uint8_t)text[i] < 0x80;
    }
    return ascii || vc_utf8_valid((struct vc_bytes){(const uint8_t *)text, size});
}

bool vc_path_is_canonical(const char *text)
{
    size_t size = strnlen(text, VC_PATH_MAX);
    const char *name = text;

    if (size == VC_PATH_MAX || text[0] != '/' || !is_clean(text, size))
        return false;
    for (size_t depth = 0; size > 1 && *name == '/'; depth++) {
        size_t length = strcspn(name + 1, "/");

        if (depth == VC_PATH_DEPTH_MAX || !is_plain_name(name + 1, length))
            return false;
        name += 1 + length;
    }
    return true;
}

bool vc_path_within(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    if (strcmp(directory, "/") == 0)
        return true;
    return strncmp(path, directory, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

void vc_path_parent(const char *path, char out[VC_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == nullptr || slash == path ? 1 : (size_t)(slash - path);

    memmove(out, length == 1 ? "/" : path, length);
    out[length] = '\0';
}

const char *vc_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == nullptr ? path : slash + 1;
}
