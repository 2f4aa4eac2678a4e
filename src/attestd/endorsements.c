/* SPDX-License-Identifier: MIT */

#include "attestd/endorsements.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/hex.h"

static constexpr size_t FILE_SIZE_MAX = 4096;
static const char SUFFIX[] = ".pem";

static void close_folder(DIR **folder)
{
    if (*folder != nullptr)
        (void)closedir(*folder);
}

static bool has_suffix(const char *name)
{
    size_t size = strlen(name);

    return size >= sizeof(SUFFIX) && strcmp(name + size - (sizeof(SUFFIX) - 1), SUFFIX) == 0;
}

static enum vc_code load_key(const char *folder, const char *name, struct vc_key **key,
                             struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s", folder, name);
    enum vc_code code;

    if (length < 0 || (size_t)length >= sizeof(path))
        return vc_fail(err, VC_LIMIT, "%.80s…: path too long", folder);
    code = vc_file_load(path, FILE_SIZE_MAX, &pem, err);
    if (code != VC_OK)
        return code;
    code = vc_key_parse_public_pem(vc_buffer_bytes(&pem), key, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", path);
}

/* The next file name with the suffix, or null. */
static const char *next_name(DIR *folder, size_t *seen)
{
    while (*seen < VC_ENDORSEMENTS_MAX) {
        const struct dirent *entry =
            readdir(folder); /* NOLINT(concurrency-mt-unsafe): one thread */

        if (entry == nullptr)
            return nullptr;
        if (!has_suffix(entry->d_name))
            continue;
        (*seen)++;
        return entry->d_name;
    }
    return nullptr;
}

static bool is_instance(const struct vc_key *key, const uint8_t instance_id[VC_INSTANCE_ID_SIZE])
{
    uint8_t own[VC_INSTANCE_ID_SIZE];

    return vc_process_instance_id(key, own, nullptr) == VC_OK &&
           memcmp(own, instance_id, sizeof(own)) == 0;
}

/* True if this file endorses the machine; then search->found is its key. */
static bool try_file(struct vc_endorsement_search *search, const char *name,
                     const uint8_t instance_id[VC_INSTANCE_ID_SIZE])
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;

    return load_key(search->folder, name, &key, nullptr) == VC_OK &&
           is_instance(key, instance_id) &&
           vc_public_key_of_key(key, &search->found, nullptr) == VC_OK;
}

const struct vc_public_key *vc_endorsement_find(void *user, enum vc_platform_kind platform,
                                                struct vc_bytes id)
{
    struct vc_endorsement_search *search = user;
    vc_cleanup(close_folder) DIR *folder = opendir(search->folder);
    const char *name;
    size_t seen = 0;

    vc_endorsement_search_done(search);
    if (folder == nullptr || platform != VC_PLATFORM_PROCESS || id.size != VC_INSTANCE_ID_SIZE)
        return nullptr;
    while ((name = next_name(folder, &seen)) != nullptr) {
        if (try_file(search, name, id.data))
            break;
    }
    return search->found;
}

void vc_endorsement_search_done(struct vc_endorsement_search *search)
{
    vc_public_key_free(search->found);
    search->found = nullptr;
}

enum vc_code vc_endorsement_add(const char *folder, const struct vc_key *key,
                                uint8_t instance_id[VC_INSTANCE_ID_SIZE], struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    uint8_t id[VC_INSTANCE_ID_SIZE];
    char hex[2 * VC_INSTANCE_ID_SIZE + 1];
    char path[PATH_MAX];
    int length;
    enum vc_code code = vc_process_instance_id(key, id, err);

    if (code == VC_OK)
        code = vc_key_encode_public_pem(key, &pem, err);
    if (code != VC_OK)
        return code;
    vc_hex_encode(VC_BYTES(id), hex);
    length = snprintf(path, sizeof(path), "%s/%s%s", folder, hex, SUFFIX);
    if (length < 0 || (size_t)length >= sizeof(path))
        return vc_fail(err, VC_LIMIT, "%.80s…: path too long", folder);
    code = vc_file_store(path, vc_buffer_bytes(&pem), 0644, err);
    if (code == VC_OK)
        memcpy(instance_id, id, sizeof(id));
    return code;
}

enum vc_code vc_endorsement_check(const char *path, struct vc_err *err)
{
    vc_cleanup(close_folder) DIR *folder = opendir(path);
    const char *name;
    size_t seen = 0;

    if (folder == nullptr)
        return vc_fail_host(err, "%s", path);
    while ((name = next_name(folder, &seen)) != nullptr) {
        vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
        enum vc_code code = load_key(path, name, &key, err);

        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}
