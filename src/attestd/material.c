/* SPDX-License-Identifier: MIT */

#include "attestd/material.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "attestd/endorsements.h"
#include "base/file.h"

static constexpr size_t ANCHOR_FILE_SIZE_MAX = 1 << 20;
static constexpr unsigned DEPTH_MAX = 3; /* of folders that are watched */

/* The operator's certificates, which anchors point to. */
struct own {
    struct vc_cert *certs[VC_ANCHORS_MAX];
    size_t count;
};

struct vc_material {
    char collateral_path[PATH_MAX], anchors_path[PATH_MAX], endorsements_path[PATH_MAX];
    struct vc_notices notices;
    struct vc_endorsements *endorsements;
    struct vc_collateral *collateral;
    struct own own;
    struct vc_anchors anchors;
    uint64_t seen;      /* fingerprint of the folders that were read */
    uint64_t looked_ms; /* when they were looked at; 0: not yet */
};

static void close_folder(DIR **folder)
{
    if (*folder != nullptr)
        (void)closedir(*folder);
}

static enum vc_code join(const char *folder, const char *name, char path[PATH_MAX],
                         struct vc_err *err)
{
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);

    if (length < 0 || length >= PATH_MAX)
        return vc_fail(err, VC_LIMIT, "%.80s…: path too long", folder);
    return VC_OK;
}

/* ---- anchors ---- */

static void own_done(struct own *own)
{
    while (own->count > 0)
        vc_cert_free(own->certs[--own->count]);
}

static enum vc_code take_anchor(void *user, struct vc_cert *cert, struct vc_err *err)
{
    struct own *own = user;

    if (own->count == VC_ANCHORS_MAX - vc_vendor_anchors()->root_count) {
        vc_cert_free(cert);
        return vc_fail(err, VC_LIMIT, "more anchors than there is room for");
    }
    own->certs[own->count++] = cert;
    return VC_OK;
}

static enum vc_code load_anchor(const char *path, struct own *own, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    enum vc_code code = vc_file_load(path, ANCHOR_FILE_SIZE_MAX, &pem, err);

    if (code != VC_OK)
        return code;
    code = vc_cert_parse_bundle(vc_buffer_bytes(&pem), VC_ANCHORS_MAX, take_anchor, own, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", path);
}

static enum vc_code load_tpm_anchors(const char *anchors, struct own *own, struct vc_err *err)
{
    vc_cleanup(close_folder) DIR *folder = nullptr;
    const struct dirent *entry;
    char path[PATH_MAX];
    char file[PATH_MAX];
    enum vc_code code = join(anchors, "tpm", path, err);

    if (code == VC_OK)
        folder = opendir(path);
    if (folder == nullptr)
        return code == VC_OK && errno != ENOENT ? vc_fail_host(err, "%s", path) : code;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while (code == VC_OK && (entry = readdir(folder)) != nullptr) {
        if (entry->d_name[0] == '.')
            continue;
        code = join(path, entry->d_name, file, err);
        if (code == VC_OK)
            code = load_anchor(file, own, err);
    }
    return code;
}

static enum vc_code check_folder_name(const char *anchors, const char *name, struct vc_err *err)
{
    enum vc_platform_kind platform;

    if (name[0] == '.' || strcmp(name, "tpm") == 0)
        return VC_OK;
    if (vc_platform_find(name, &platform)) {
        return vc_fail(
            err, VC_REFUSED,
            "%s/%s: whom to believe for this platform is built in, and no file changes it", anchors,
            name);
    }
    return vc_fail(err, VC_MALFORMED, "%s/%s: there is anchors/tpm/, and nothing else", anchors,
                   name);
}

static enum vc_code check_anchor_folders(const char *anchors, struct vc_err *err)
{
    vc_cleanup(close_folder) DIR *folder = opendir(anchors);
    const struct dirent *entry;
    enum vc_code code = VC_OK;

    if (folder == nullptr)
        return errno == ENOENT ? VC_OK : vc_fail_host(err, "%s", anchors);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while (code == VC_OK && (entry = readdir(folder)) != nullptr)
        code = check_folder_name(anchors, entry->d_name, err);
    return code;
}

/* The vendors' anchors, with the operator's behind them for platforms that have none. */
static void set_anchors(struct vc_material *material, struct own *own)
{
    struct vc_anchors anchors = *vc_vendor_anchors();

    for (size_t i = 0; i < own->count; i++) {
        anchors.roots[anchors.root_count++] =
            (struct vc_anchor){.platform = VC_PLATFORM_TPM, .product = "", .cert = own->certs[i]};
    }
    anchors.endorsed = vc_endorsements_find;
    anchors.user = material->endorsements;
    own_done(&material->own);
    material->own = *own;
    *own = (struct own){};
    material->anchors = anchors;
}

static enum vc_code load_anchors(struct vc_material *material, struct vc_err *err)
{
    struct own own = {};
    enum vc_code code = check_anchor_folders(material->anchors_path, err);

    if (code == VC_OK)
        code = load_tpm_anchors(material->anchors_path, &own, err);
    if (code == VC_OK)
        set_anchors(material, &own);
    own_done(&own);
    return code;
}

/* ---- collateral ---- */

static void tell(const struct vc_material *material, const char *what, const char *detail)
{
    char line[VC_ERR_TEXT_MAX + 64];

    if (material->notices.tell == nullptr)
        return;
    (void)snprintf(line, sizeof(line), "%s: %s", what, detail);
    material->notices.tell(material->notices.user, line);
}

static enum vc_code read_collateral(const struct vc_material *material,
                                    struct vc_collateral **collateral, char skipped[256],
                                    struct vc_err *err)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *made = nullptr;
    enum vc_code code = vc_collateral_new(&made, err);

    skipped[0] = '\0';
    if (code == VC_OK)
        code = vc_collateral_load(made, material->collateral_path, skipped, err);
    if (code == VC_OK || code == VC_NOT_FOUND) {
        *collateral = vc_take(made);
        return VC_OK;
    }
    return code;
}

static enum vc_code load_collateral(struct vc_material *material, struct vc_err *err)
{
    struct vc_collateral *fresh = nullptr;
    char skipped[256];
    enum vc_code code = read_collateral(material, &fresh, skipped, err);

    if (code != VC_OK)
        return code;
    if (skipped[0] != '\0')
        tell(material, "collateral: not of a kind that is known, left out", skipped);
    vc_collateral_free(material->collateral);
    material->collateral = fresh;
    return VC_OK;
}

enum vc_code vc_material_gather(void *user, struct vc_bytes certificates,
                                struct vc_collateral **collateral, struct vc_err *err)
{
    const struct vc_material *material = user;

    return vc_collateral_extend(material->collateral, certificates, VC_MATERIAL_CERTIFICATES_MAX,
                                collateral, err);
}

/* ---- changes ---- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t mixed = (a ^ b) * UINT64_C(0x9e3779b97f4a7c15);

    return mixed ^ mixed >> 29;
}

static uint64_t fingerprint_of(const char *path, const struct stat *info)
{
    uint64_t print = mix((uint64_t)info->st_ino, (uint64_t)info->st_size);

    print = mix(print, (uint64_t)info->st_mtim.tv_sec);
    print = mix(print, (uint64_t)info->st_mtim.tv_nsec);
    for (size_t i = 0; path[i] != '\0'; i++)
        print = mix(print, (uint8_t)path[i]);
    return print;
}

/* The sum over all files, so that the order of reading does not matter. */
static uint64_t look(const char *path, unsigned depth)
{
    vc_cleanup(close_folder) DIR *folder = opendir(path);
    const struct dirent *entry;
    uint64_t sum = 0;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while (folder != nullptr && (entry = readdir(folder)) != nullptr) {
        char file[PATH_MAX];
        struct stat info;

        if (entry->d_name[0] == '.' || join(path, entry->d_name, file, nullptr) != VC_OK ||
            stat(file, &info) != 0)
            continue;
        sum += fingerprint_of(file, &info);
        if (S_ISDIR(info.st_mode) && depth < DEPTH_MAX)
            sum += look(file, depth + 1);
    }
    return sum;
}

static uint64_t look_at_all(const struct vc_material *material)
{
    return mix(look(material->collateral_path, 1), look(material->anchors_path, 1));
}

void vc_material_refresh(struct vc_material *material, uint64_t now_ms)
{
    struct vc_err err = {};
    uint64_t seen;

    if (now_ms >= material->looked_ms && now_ms - material->looked_ms < VC_MATERIAL_LOOK_MS)
        return;
    material->looked_ms = now_ms;
    seen = look_at_all(material);
    if (seen == material->seen)
        return;
    material->seen = seen; /* also if it fails: it is tried again when something changes again */
    if (load_anchors(material, &err) != VC_OK)
        tell(material, "anchors: still those of before", err.text);
    if (load_collateral(material, &err) != VC_OK)
        tell(material, "collateral: still that of before", err.text);
}

/* ---- opening ---- */

enum vc_code vc_material_open(const char *folder, struct vc_notices notices,
                              struct vc_material **material, struct vc_err *err)
{
    vc_cleanup(vc_material_closep) struct vc_material *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->notices = notices;
    code = join(folder, "collateral", made->collateral_path, err);
    if (code == VC_OK)
        code = join(folder, "anchors", made->anchors_path, err);
    if (code == VC_OK)
        code = join(folder, "endorsements", made->endorsements_path, err);
    if (code == VC_OK)
        code = vc_endorsements_new(made->endorsements_path, &made->endorsements, err);
    if (code == VC_OK)
        code = vc_endorsements_check(made->endorsements_path, err);
    made->seen = look_at_all(made); /* before reading: what changes meanwhile is read again */
    if (code == VC_OK)
        code = load_anchors(made, err);
    if (code == VC_OK)
        code = load_collateral(made, err);
    if (code == VC_OK)
        *material = vc_take(made);
    return code;
}

void vc_material_close(struct vc_material *material)
{
    if (material == nullptr)
        return;
    own_done(&material->own);
    vc_collateral_free(material->collateral);
    vc_endorsements_free(material->endorsements);
    free(material);
}

const struct vc_anchors *vc_material_anchors(const struct vc_material *material)
{
    return &material->anchors;
}

const struct vc_collateral *vc_material_collateral(const struct vc_material *material)
{
    return material->collateral;
}
