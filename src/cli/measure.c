/* SPDX-License-Identifier: MIT */

/* The verb `measure`: what would run inside a container started here, and its measurement. */

#include "base/hex.h"
#include "cli/release_names.h"
#include "cli/verbs.h"
#include "codec/json.h"
#include "platform/process.h"

static void hex_of(const uint8_t digest[VC_SHA256_SIZE], char hex[2 * VC_SHA256_SIZE + 1])
{
    vc_hex_encode((struct vc_bytes){digest, VC_SHA256_SIZE}, hex);
}

/* Null: no table knows it. */
static const char *release_of(const struct vc_releases *releases,
                              const struct vc_installation *installation)
{
    struct vc_octets measurement = vc_octets_of(VC_BYTES(installation->manifest.measurement));

    return releases == nullptr ? nullptr
                               : vc_releases_find(releases, VC_PLATFORM_PROCESS, &measurement);
}

static enum vc_code write_text(const struct vc_installation *installation, const char *release,
                               struct vc_buffer *text, struct vc_err *err)
{
    const struct vc_manifest *manifest = &installation->manifest;
    char hex[2 * VC_SHA256_SIZE + 1];

    hex_of(manifest->measurement, hex);
    enum vc_code code = vc_buffer_printf(text, err, "%s\n  %-8s %s\n", hex, "release",
                                         release == nullptr ? "not in any release" : release);

    for (size_t i = 0; code == VC_OK && i < manifest->count; i++) {
        const struct vc_manifest_object *object = &manifest->objects[i];

        hex_of(object->sha256, hex);
        code = vc_buffer_printf(text, err, "  %-8s %-24s %s\n", vc_image_name(object->image),
                                object->name, hex);
    }
    return code;
}

static enum vc_code write_json(const struct vc_installation *installation, const char *release,
                               struct vc_buffer *text, struct vc_err *err)
{
    const struct vc_manifest *manifest = &installation->manifest;
    struct vc_json_writer writer = vc_json_writer_over(text);
    char hex[2 * VC_SHA256_SIZE + 1];

    hex_of(manifest->measurement, hex);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "measurement", hex);
    vc_json_put_string(&writer, "release", release == nullptr ? "" : release);
    vc_json_open_array(&writer, "objects");
    for (size_t i = 0; i < manifest->count; i++) {
        const struct vc_manifest_object *object = &manifest->objects[i];

        hex_of(object->sha256, hex);
        vc_json_open_object(&writer, nullptr);
        vc_json_put_string(&writer, "image", vc_image_name(object->image));
        vc_json_put_string(&writer, "name", object->name);
        vc_json_put_string(&writer, "sha256", hex);
        vc_json_put_string(&writer, "path", installation->paths[i]);
        vc_json_close_object(&writer);
    }
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

static int print_measure(struct vc_command *command, const struct vc_installation *installation)
{
    vc_cleanup(vc_releases_freep) struct vc_releases *releases =
        vc_release_names_load(command->err);
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    const char *release = release_of(releases, installation);
    struct vc_err err = {};
    /* A measurement of files that are not there any more would mislead. */
    enum vc_code code = vc_installation_check(installation, &err);

    if (code != VC_OK)
        return vc_command_fail_in(command, &err);
    if (command->json) {
        code = write_json(installation, release, &text, &err);
        return vc_command_print_json(command, code, &text, &err);
    }
    code = write_text(installation, release, &text, &err);
    return code == VC_OK ? vc_command_print(command, vc_buffer_bytes(&text))
                         : vc_command_fail_in(command, &err);
}

static int run_measure(struct vc_command *command)
{
    vc_cleanup(vc_installation_done) struct vc_installation installation = {};
    struct vc_err err = {};

    if (vc_installation_load(&installation, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return print_measure(command, &installation);
}

const struct vc_verb vc_verb_measure = {
    .name = "measure",
    .operands = "",
    .operand_count = {0, 0},
    .summary = "the measurement of the runtime installed here, and what is in it",
    .examples = "  veracruz measure                            first line: the measurement\n"
                "  veracruz measure --json\n",
    .run = run_measure,
};
