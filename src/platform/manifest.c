/* SPDX-License-Identifier: MIT */

#include "platform/manifest.h"

#include <string.h>

#include "base/hex.h"

static const char *const image_names[VC_IMAGE_COUNT] = {
    [VC_IMAGE_RUNTIME] = "runtime",
    [VC_IMAGE_WORKER] = "worker",
    [VC_IMAGE_COMPILER] = "compiler",
};

static const char first_line[] = "veracruz manifest 1";

const char *vc_image_name(enum vc_image_kind image)
{
    return image_names[image];
}

/* Takes the line that begins at *rest, without its newline. False: no newline is left. */
static bool next_line(struct vc_bytes *rest, struct vc_bytes *line)
{
    const uint8_t *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : nullptr;

    if (end == nullptr)
        return false;
    *line = (struct vc_bytes){rest->data, (size_t)(end - rest->data)};
    *rest = (struct vc_bytes){end + 1, rest->size - line->size - 1};
    return true;
}

static bool next_word(struct vc_bytes *line, char *word, size_t size)
{
    const uint8_t *space = line->size > 0 ? memchr(line->data, ' ', line->size) : nullptr;
    size_t length = space != nullptr ? (size_t)(space - line->data) : line->size;

    if (length == 0 || length >= size)
        return false;
    memcpy(word, line->data, length);
    word[length] = '\0';
    if (strlen(word) != length)
        return false;
    line->data += length + (space != nullptr);
    line->size -= length + (space != nullptr);
    return true;
}

static bool parse_image(const char *word, enum vc_image_kind *image)
{
    for (size_t i = 0; i < VC_IMAGE_COUNT; i++) {
        if (strcmp(word, image_names[i]) == 0) {
            *image = (enum vc_image_kind)i;
            return true;
        }
    }
    return false;
}

static bool parse_object(struct vc_bytes line, struct vc_manifest_object *object)
{
    char image[16];
    char digest[2 * VC_SHA256_SIZE + 1];

    return next_word(&line, image, sizeof(image)) && parse_image(image, &object->image) &&
           next_word(&line, object->name, sizeof(object->name)) &&
           next_word(&line, digest, sizeof(digest)) && line.size == 0 &&
           strchr(object->name, '/') == nullptr &&
           vc_hex_parse(digest, object->sha256, VC_SHA256_SIZE, nullptr) == VC_OK;
}

/* Images stand in order and each has at least one object. */
static enum vc_code check_images(const struct vc_manifest *manifest, struct vc_err *err)
{
    for (size_t i = 1; i < manifest->count; i++) {
        if (manifest->objects[i].image < manifest->objects[i - 1].image)
            return vc_fail(err, VC_MALFORMED, "manifest: line %zu: image out of order", i + 2);
    }
    for (size_t i = 0; i < VC_IMAGE_COUNT; i++) {
        size_t first;

        if (vc_manifest_image(manifest, (enum vc_image_kind)i, &first) == 0)
            return vc_fail(err, VC_MALFORMED, "manifest: no file of the %s", image_names[i]);
    }
    return VC_OK;
}

enum vc_code vc_manifest_parse(struct vc_bytes text, struct vc_manifest *manifest,
                               struct vc_err *err)
{
    struct vc_manifest made = {};
    struct vc_bytes rest = text;
    struct vc_bytes line;
    enum vc_code code;

    if (text.size > VC_MANIFEST_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "manifest: more than %zu bytes", VC_MANIFEST_SIZE_MAX);
    if (!next_line(&rest, &line) || line.size != sizeof(first_line) - 1 ||
        memcmp(line.data, first_line, line.size) != 0)
        return vc_fail(err, VC_MALFORMED, "manifest: line 1 is not \"%s\"", first_line);
    while (rest.size > 0) {
        if (made.count == VC_LAUNCHER_OBJECTS_MAX) {
            return vc_fail(err, VC_LIMIT, "manifest: more than %d files", VC_LAUNCHER_OBJECTS_MAX);
        }
        if (!next_line(&rest, &line) || !parse_object(line, &made.objects[made.count])) {
            return vc_fail(err, VC_MALFORMED, "manifest: line %zu is not \"image name sha256\"",
                           made.count + 2);
        }
        made.count++;
    }
    code = check_images(&made, err);
    if (code != VC_OK)
        return code;
    vc_sha256(text, made.measurement);
    *manifest = made;
    return VC_OK;
}

size_t vc_manifest_image(const struct vc_manifest *manifest, enum vc_image_kind image,
                         size_t *first)
{
    size_t count = 0;

    *first = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        if (manifest->objects[i].image != image)
            continue;
        if (count++ == 0)
            *first = i;
    }
    return count;
}
