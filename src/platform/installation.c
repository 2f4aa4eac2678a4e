/* SPDX-License-Identifier: MIT */

/* What is installed with this command: where its files are and what they should be. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "platform/image.h"
#include "platform/process.h"

static constexpr size_t FOLDER_MAX = 4096; /* bytes of a path */

/* Where the files stand as seen from the folder of the executable: installed, for the command and
 * for what stands beside the files themselves; then in a build tree. */
static const char *const places[] = {"../libexec/veracruz", ".", "../.."};

static enum vc_code own_folder(char *folder, size_t size, struct vc_err *err)
{
    ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    char *slash;

    if (length < 0)
        return vc_fail_host(err, "/proc/self/exe");
    folder[length] = '\0';
    slash = strrchr(folder, '/');
    if (slash == nullptr)
        return vc_fail(err, VC_NOT_FOUND, "/proc/self/exe: no path");
    *slash = '\0';
    return VC_OK;
}

/* The folder that holds the manifest. */
static enum vc_code find_folder(char *found, size_t size, struct vc_err *err)
{
    char own[2048];
    enum vc_code code = own_folder(own, sizeof(own), err);

    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < VC_COUNT(places); i++) {
        char manifest[FOLDER_MAX + 32];

        (void)snprintf(found, size, "%s/%s", own, places[i]);
        (void)snprintf(manifest, sizeof(manifest), "%s/veracruz.manifest", found);
        if (access(manifest, R_OK) == 0)
            return VC_OK;
    }
    return vc_fail(err, VC_NOT_FOUND,
                   "veracruz.manifest: neither in %s/%s nor in %s; build or install again", own,
                   places[0], own);
}

/* Own files are named without a folder and stand beside the manifest, wherever that was brought. */
static char *place_of(const char *line, const char *folder)
{
    char *path = nullptr;

    if (line[0] == '/')
        return strdup(line);
    return asprintf(&path, "%s/%s", folder, line) < 0 ? nullptr : path;
}

/* One path per line, in the manifest's order. */
static enum vc_code take_paths(struct vc_installation *installation, const char *folder, char *text,
                               struct vc_err *err)
{
    size_t count = 0;
    char *rest = nullptr;

    for (char *line = strtok_r(text, "\n", &rest); line != nullptr;
         line = strtok_r(nullptr, "\n", &rest)) {
        if (count == installation->manifest.count)
            return vc_fail(err, VC_MALFORMED, "veracruz.files: more lines than the manifest");
        installation->paths[count] = place_of(line, folder);
        if (installation->paths[count++] == nullptr)
            return vc_fail_memory(err);
    }
    if (count != installation->manifest.count)
        return vc_fail(err, VC_MALFORMED, "veracruz.files: fewer lines than the manifest");
    return VC_OK;
}

static enum vc_code load_from(const char *folder, struct vc_installation *installation,
                              struct vc_err *err)
{
    char path[FOLDER_MAX + 32];
    struct vc_buffer files = {};
    enum vc_code code;

    (void)snprintf(path, sizeof(path), "%s/veracruz.manifest", folder);
    code = vc_file_load(path, VC_MANIFEST_SIZE_MAX, &installation->manifest_text, err);
    if (code == VC_OK) {
        code = vc_manifest_parse(vc_buffer_bytes(&installation->manifest_text),
                                 &installation->manifest, err);
    }
    (void)snprintf(path, sizeof(path), "%s/veracruz.files", folder);
    if (code == VC_OK)
        code = vc_file_load(path, VC_MANIFEST_SIZE_MAX, &files, err);
    if (code == VC_OK)
        code = vc_buffer_append(&files, VC_BYTES(""), err);
    if (code == VC_OK)
        code = take_paths(installation, folder, (char *)files.data, err);
    vc_buffer_done(&files);
    return code;
}

enum vc_code vc_installation_load(struct vc_installation *installation, struct vc_err *err)
{
    char folder[FOLDER_MAX];
    enum vc_code code = find_folder(folder, sizeof(folder), err);

    *installation = (struct vc_installation){};
    if (code == VC_OK)
        code = load_from(folder, installation, err);
    if (code != VC_OK)
        vc_installation_done(installation);
    return code;
}

enum vc_code vc_installation_helper(const char *name, const char *room, struct vc_buffer *path,
                                    struct vc_err *err)
{
    char folder[FOLDER_MAX];
    char found[2][FOLDER_MAX + 128];
    enum vc_code code = find_folder(folder, sizeof(folder), err);

    if (code != VC_OK)
        return code;
    (void)snprintf(found[0], sizeof(found[0]), "%s/%s", folder, name);
    (void)snprintf(found[1], sizeof(found[1]), "%s/src/%s/%s", folder, room, name);
    for (size_t i = 0; i < VC_COUNT(found); i++) {
        if (access(found[i], X_OK) == 0)
            return vc_buffer_printf(path, err, "%s%c", found[i], '\0');
    }
    return vc_fail(err, VC_NOT_FOUND, "%s: not in %s; build or install again", name, folder);
}

enum vc_code vc_installation_releases(struct vc_buffer *path, struct vc_err *err)
{
    char own[2048];
    char folder[FOLDER_MAX];
    char found[2][FOLDER_MAX + 32];
    enum vc_code code = own_folder(own, sizeof(own), err);

    if (code == VC_OK)
        code = find_folder(folder, sizeof(folder), err);
    if (code != VC_OK)
        return code;
    (void)snprintf(found[0], sizeof(found[0]), "%s/../share/veracruz/releases", own);
    (void)snprintf(found[1], sizeof(found[1]), "%s/veracruz.releases", folder);
    for (size_t i = 0; i < VC_COUNT(found); i++) {
        if (access(found[i], R_OK) == 0)
            return vc_buffer_printf(path, err, "%s%c", found[i], '\0');
    }
    return vc_fail(err, VC_NOT_FOUND, "%s: no table of releases; build or install again", found[0]);
}

enum vc_code vc_installation_check(const struct vc_installation *installation, struct vc_err *err)
{
    for (size_t i = 0; i < installation->manifest.count; i++) {
        vc_cleanup(vc_fd_closep) int file = open(installation->paths[i], O_RDONLY | O_CLOEXEC);
        enum vc_code code;

        if (file < 0)
            return vc_fail_host(err, "%s", installation->paths[i]);
        code = vc_object_check(&installation->manifest.objects[i], file, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "%s", installation->paths[i]);
    }
    return VC_OK;
}

void vc_installation_done(struct vc_installation *installation)
{
    vc_buffer_done(&installation->manifest_text);
    for (size_t i = 0; i < VC_COUNT(installation->paths); i++) {
        free(installation->paths[i]);
        installation->paths[i] = nullptr;
    }
}
