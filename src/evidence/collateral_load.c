/* SPDX-License-Identifier: MIT */

/* Collateral from files and folders. */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "evidence/collateral.h"

static constexpr unsigned FOLDER_DEPTH_MAX = 2; /* the folder and its folders */
static constexpr size_t PATH_ROOM = 4096;       /* bytes, with the NUL */
static constexpr size_t SKIPPED_MAX = 256;      /* likewise */
static constexpr size_t NAMES_MAX = 4 * VC_COLLATERAL_FILES_MAX;

/* What the levels of one folder share. */
struct load {
    struct vc_collateral *collateral;
    size_t base;   /* where in a path the name below the folder begins */
    char *skipped; /* room for 256 bytes, or null */
    struct vc_err *err;
};

/* The names in a folder, sorted, so that what is loaded does not depend on the file system. */
struct names {
    char **items;
    size_t count, room;
};

static void names_done(struct names *names)
{
    while (names->count > 0)
        free(names->items[--names->count]);
    free(names->items);
}

static void close_folder(DIR **folder)
{
    if (*folder != nullptr)
        (void)closedir(*folder);
}

static int compare_names(const void *a, const void *b)
{
    const char *const *first = a;
    const char *const *second = b;

    return strcmp(*first, *second);
}

static enum vc_code add_name(struct names *names, const char *name, struct vc_err *err)
{
    if (names->count == NAMES_MAX)
        return vc_fail(err, VC_LIMIT, "more than %zu entries", NAMES_MAX);
    if (names->count == names->room) {
        size_t room = names->room == 0 ? 64 : 2 * names->room;
        char **grown = reallocarray(names->items, room, sizeof(*grown));

        if (grown == nullptr)
            return vc_fail_memory(err);
        names->items = grown;
        names->room = room;
    }
    names->items[names->count] = strdup(name);
    if (names->items[names->count] == nullptr)
        return vc_fail_memory(err);
    names->count++;
    return VC_OK;
}

static enum vc_code list(const char *path, struct names *names, struct vc_err *err)
{
    vc_cleanup(close_folder) DIR *folder = opendir(path);
    enum vc_code code = VC_OK;
    const struct dirent *entry;

    if (folder == nullptr)
        return vc_fail_host(err, "%s", path);
    while (code == VC_OK && (errno = 0, entry = readdir(folder)) != nullptr) {
        if (entry->d_name[0] != '.')
            code = add_name(names, entry->d_name, err);
    }
    if (code == VC_OK && errno != 0)
        return vc_fail_host(err, "%s", path);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", path);
    if (names->count > 0)
        qsort(names->items, names->count, sizeof(*names->items), compare_names);
    return VC_OK;
}

/* Refusals quote the name, also to strangers: the place of the folder is none of their business. */
static enum vc_code load_file(struct vc_collateral *collateral, const char *path, const char *name,
                              struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code = vc_file_load(path, VC_COLLATERAL_FILE_SIZE_MAX, &bytes, err);

    return code == VC_OK ? vc_collateral_add(collateral, name, vc_buffer_bytes(&bytes), err) : code;
}

/* A file of a folder: one that is not collateral, or too large for it, is left out. */
static enum vc_code load_among(const struct load *load, const char *path, off_t size)
{
    enum vc_code code = VC_MALFORMED;

    if (size <= (off_t)VC_COLLATERAL_FILE_SIZE_MAX)
        code = load_file(load->collateral, path, path + load->base, load->err);
    if (code != VC_MALFORMED && code != VC_NOT_FOUND) /* it may just have been replaced */
        return code;
    if (load->skipped != nullptr && load->skipped[0] == '\0')
        (void)snprintf(load->skipped, SKIPPED_MAX, "%.255s", path);
    return VC_OK;
}

static enum vc_code load_folder(const struct load *load, const char *path, unsigned depth)
{
    vc_cleanup(names_done) struct names names = {};
    enum vc_code code = list(path, &names, load->err);

    for (size_t i = 0; code == VC_OK && i < names.count; i++) {
        char inner[PATH_ROOM];
        struct stat status;
        int length = snprintf(inner, sizeof(inner), "%s/%s", path, names.items[i]);

        if (length < 0 || (size_t)length >= sizeof(inner))
            return vc_fail(load->err, VC_LIMIT, "%s/…: a path beyond %zu bytes", path, PATH_ROOM);
        if (stat(inner, &status) != 0) {
            if (errno != ENOENT)
                code = vc_fail_host(load->err, "%s", inner);
        } else if (S_ISREG(status.st_mode)) {
            code = load_among(load, inner, status.st_size);
        } else if (S_ISDIR(status.st_mode) && depth < FOLDER_DEPTH_MAX) {
            code = load_folder(load, inner, depth + 1);
        }
    }
    return code;
}

enum vc_code vc_collateral_load(struct vc_collateral *collateral, const char *path,
                                char skipped[256], struct vc_err *err)
{
    const struct load load = {collateral, strlen(path) + 1, skipped, err};
    const char *slash = strrchr(path, '/');
    struct stat status;

    if (skipped != nullptr)
        skipped[0] = '\0';
    if (stat(path, &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return vc_fail(err, VC_NOT_FOUND, "%s: no such file or folder", path);
        return vc_fail_host(err, "%s", path);
    }
    if (S_ISDIR(status.st_mode))
        return load_folder(&load, path, 1);
    if (!S_ISREG(status.st_mode))
        return vc_fail(err, VC_MALFORMED, "%s: neither a file nor a folder", path);
    return load_file(collateral, path, slash == nullptr ? path : slash + 1, err);
}
