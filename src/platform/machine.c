/* SPDX-License-Identifier: MIT */

#include "platform/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

static constexpr size_t KEY_SIZE_MAX = 16384; /* bytes of PEM */

enum vc_code vc_machine_key_path(struct vc_buffer *path, struct vc_err *err)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");

    if (data != nullptr && data[0] == '/')
        return vc_buffer_printf(path, err, "%s/veracruz/machine.key%c", data, 0);
    if (home != nullptr && home[0] == '/')
        return vc_buffer_printf(path, err, "%s/.local/share/veracruz/machine.key%c", home, 0);
    return vc_fail(err, VC_NOT_FOUND, "machine key: neither XDG_DATA_HOME nor HOME says where");
}

/* Makes every folder above `path` that is missing. */
static enum vc_code make_folders(const char *path, struct vc_err *err)
{
    char folder[4096];

    for (const char *slash = strchr(path + 1, '/'); slash != nullptr;
         slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);

        if (length >= sizeof(folder))
            return vc_fail(err, VC_LIMIT, "machine key: path too long");
        memcpy(folder, path, length);
        folder[length] = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return vc_fail_host(err, "%s", folder);
    }
    return VC_OK;
}

static enum vc_code make_key(const char *path, struct vc_key **key, struct vc_err *err)
{
    vc_cleanup(vc_key_freep) struct vc_key *made = nullptr;
    struct vc_buffer pem = {};
    enum vc_code code = make_folders(path, err);

    if (code == VC_OK)
        code = vc_key_new(&made, err);
    if (code == VC_OK)
        code = vc_key_encode_private_pem(made, &pem, err);
    if (code == VC_OK)
        code = vc_file_store(path, vc_buffer_bytes(&pem), 0600, err);
    vc_buffer_done(&pem);
    if (code == VC_OK)
        *key = vc_take(made);
    return code;
}

static enum vc_code load_key(const char *path, struct vc_key **key, struct vc_err *err)
{
    struct vc_buffer pem = {};
    struct stat status;
    enum vc_code code = vc_file_load(path, KEY_SIZE_MAX, &pem, err);

    if (code == VC_OK && stat(path, &status) != 0)
        code = vc_fail_host(err, "%s", path);
    if (code == VC_OK && (status.st_mode & 077) != 0)
        code = vc_fail(err, VC_REFUSED, "%s: others may read it; make it mode 0600", path);
    if (code == VC_OK) {
        code = vc_key_parse_private_pem(vc_buffer_bytes(&pem), key, err);
        if (code != VC_OK)
            code = vc_fail_in(err, code, "%s", path);
    }
    vc_buffer_done(&pem);
    return code;
}

static enum vc_code load_or_make(const char *path, struct vc_key **key, struct vc_err *err)
{
    struct stat status;

    if (stat(path, &status) != 0 && errno == ENOENT)
        return make_key(path, key, err);
    return load_key(path, key, err);
}

enum vc_code vc_machine_key_load(const char *path, struct vc_key **key, struct vc_err *err)
{
    struct vc_buffer usual = {};
    enum vc_code code = VC_OK;

    if (path == nullptr) {
        code = vc_machine_key_path(&usual, err);
        path = (const char *)usual.data;
    }
    if (code == VC_OK)
        code = load_or_make(path, key, err);
    vc_buffer_done(&usual);
    return code;
}
