/* SPDX-License-Identifier: MIT */

#include "cli/evidence_parts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "evidence/tpm_import.h"

static constexpr size_t PATH_SIZE = 4096;

struct parts {
    struct dirent **entries;
    int entry_count;
    struct vc_buffer contents[VC_TPM_IMPORT_BLOBS_MAX];
    struct vc_tpm_blob blobs[VC_TPM_IMPORT_BLOBS_MAX];
    size_t count;
};

static void parts_done(struct parts *parts)
{
    for (int i = 0; i < parts->entry_count; i++)
        free(parts->entries[i]);
    free((void *)parts->entries);
    for (size_t i = 0; i < VC_TPM_IMPORT_BLOBS_MAX; i++)
        vc_buffer_done(&parts->contents[i]);
}

static int is_seen(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static enum vc_code take_part(struct parts *parts, const char *folder, const char *name,
                              struct vc_err *err)
{
    struct vc_buffer *content;
    struct stat status;
    char path[PATH_SIZE];
    enum vc_code code;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (stat(path, &status) != 0)
        return vc_fail_host(err, "%s", path);
    if (!S_ISREG(status.st_mode))
        return VC_OK;
    if (parts->count == VC_TPM_IMPORT_BLOBS_MAX)
        return vc_fail(err, VC_LIMIT, "%s: more than %zu files", folder, VC_TPM_IMPORT_BLOBS_MAX);
    content = &parts->contents[parts->count];
    code = vc_file_load(path, VC_EVENT_LOG_SIZE_MAX, content, err);
    if (code == VC_OK)
        parts->blobs[parts->count++] = (struct vc_tpm_blob){name, vc_buffer_bytes(content)};
    return code;
}

/* That a part is not there is a fault of the input. */
static enum vc_code import(const struct vc_tpm_blob *blobs, size_t count, struct vc_buffer *bundle,
                           struct vc_err *err)
{
    enum vc_code code = vc_tpm_import(blobs, count, bundle, err);

    if (code != VC_NOT_FOUND)
        return code;
    if (err != nullptr)
        err->code = VC_MALFORMED;
    return VC_MALFORMED;
}

enum vc_code vc_evidence_parts_of_folder(const char *path, struct vc_buffer *bundle,
                                         struct vc_err *err)
{
    vc_cleanup(parts_done) struct parts parts = {};
    enum vc_code code = VC_OK;

    parts.entry_count = scandir(path, &parts.entries, is_seen, alphasort);
    if (parts.entry_count < 0) {
        parts.entry_count = 0;
        return vc_fail_host(err, "%s", path);
    }
    for (int i = 0; code == VC_OK && i < parts.entry_count; i++)
        code = take_part(&parts, path, parts.entries[i]->d_name, err);
    if (code != VC_OK)
        return code;
    code = import(parts.blobs, parts.count, bundle, err);
    return code == VC_OK ? VC_OK
                         : vc_fail_in(err, code, "%s: as the loose files of a TPM's quote", path);
}

enum vc_code vc_evidence_parts_of_json(const char *name, struct vc_bytes json,
                                       struct vc_buffer *bundle, struct vc_err *err)
{
    const struct vc_tpm_blob blob = {name, json};

    return import(&blob, 1, bundle, err);
}
