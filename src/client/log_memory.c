/* SPDX-License-Identifier: MIT */

#include "client/log_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"

static constexpr size_t FILE_SIZE_MAX = 8192; /* bytes of JSON */

/* ---- where ---- */

static enum vc_code usual_folder(struct vc_buffer *folder, struct vc_err *err)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (state != nullptr && state[0] == '/')
        return vc_buffer_printf(folder, err, "%s/veracruz/log", state);
    if (home != nullptr && home[0] == '/')
        return vc_buffer_printf(folder, err, "%s/.local/state/veracruz/log", home);
    return vc_fail(err, VC_NOT_FOUND,
                   "no place to remember the attestation service's log: set HOME or "
                   "XDG_STATE_HOME");
}

/* Makes the folder and those above it. */
static enum vc_code make_folder(char *path, struct vc_err *err)
{
    for (char *slash = path + 1;; slash++) {
        char kept = *slash;

        if (kept != '/' && kept != '\0')
            continue;
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            enum vc_code code = vc_fail_host(err, "%s", path);

            *slash = kept;
            return code;
        }
        *slash = kept;
        if (kept == '\0')
            return VC_OK;
    }
}

enum vc_code vc_log_store_open(const char *folder, const struct vc_cert *ca,
                               struct vc_log_store *store, struct vc_err *err)
{
    struct vc_log_store made = {};
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_code code = folder != nullptr ? vc_buffer_append_text(&made.folder, folder, err)
                                          : usual_folder(&made.folder, err);

    if (code == VC_OK)
        code = vc_buffer_append(&made.folder, VC_BYTES(""), err);
    if (code == VC_OK && made.folder.data[0] == '\0')
        code = vc_fail(err, VC_MALFORMED, "the folder of the attestation service's log: empty");
    if (code == VC_OK)
        code = make_folder((char *)made.folder.data, err);
    vc_sha256(vc_cert_der(ca), digest);
    vc_hex_encode(VC_BYTES(digest), made.name);
    if (code == VC_OK)
        *store = made;
    else
        vc_log_store_done(&made);
    return code;
}

void vc_log_store_done(struct vc_log_store *store)
{
    vc_buffer_done(&store->folder);
}

/* "<folder>/<name>.<kind>", with a NUL. */
static enum vc_code path_of(const struct vc_log_store *store, const char *kind,
                            struct vc_buffer *path, struct vc_err *err)
{
    enum vc_code code = vc_buffer_printf(path, err, "%s/%s.%s", (const char *)store->folder.data,
                                         store->name, kind);

    return code == VC_OK ? vc_buffer_append(path, VC_BYTES(""), err) : code;
}

/* ---- one file ---- */

static enum vc_code parse(struct vc_bytes text, struct vc_log_head *head, struct vc_err *err)
{
    static const char *const keys[] = {"head", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place member;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_json_check_object(&root, keys, err);
    if (code == VC_OK)
        code = vc_json_member(&root, "head", &member, err);
    return code == VC_OK ? vc_log_head_parse(&member, head, err) : code;
}

enum vc_code vc_log_store_load(const struct vc_log_store *store, struct vc_log_seen *seen,
                               struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer path = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    enum vc_code code = path_of(store, "json", &path, err);

    *seen = (struct vc_log_seen){};
    if (code == VC_OK)
        code = vc_file_load((const char *)path.data, FILE_SIZE_MAX, &text, err);
    if (code == VC_NOT_FOUND)
        return VC_OK;
    if (code != VC_OK)
        return code;
    code = parse(vc_buffer_bytes(&text), &seen->memory.head, err);
    if (code == VC_MEMORY)
        return code;
    if (code != VC_OK)
        return vc_fail_in(err, VC_MALFORMED, "%s", (const char *)path.data);
    seen->known = true;
    return VC_OK;
}

static enum vc_code store_head(const struct vc_log_store *store, const struct vc_log_head *head,
                               struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer path = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    enum vc_code code = path_of(store, "json", &path, err);

    writer.indent = true;
    vc_json_open_object(&writer, nullptr);
    vc_log_head_write(&writer, "head", head);
    vc_json_close_object(&writer);
    if (code == VC_OK)
        code = vc_json_write_end(&writer, err);
    if (code == VC_OK)
        code = vc_file_store((const char *)path.data, vc_buffer_bytes(&text), 0600, err);
    return code;
}

/* Held until it is closed. */
static enum vc_code lock(const struct vc_log_store *store, int *fd, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer path = {};
    vc_cleanup(vc_fd_closep) int made = -1;
    enum vc_code code = path_of(store, "lock", &path, err);

    if (code != VC_OK)
        return code;
    made = open((const char *)path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (made < 0)
        return vc_fail_host(err, "%s", (const char *)path.data);
    while (flock(made, LOCK_EX) != 0) {
        if (errno != EINTR)
            return vc_fail_host(err, "%s", (const char *)path.data);
    }
    *fd = vc_take_fd(made);
    return VC_OK;
}

static bool same(const struct vc_log_head *a, const struct vc_log_head *b)
{
    return a->size == b->size && memcmp(a->root, b->root, sizeof(a->root)) == 0;
}

enum vc_code vc_log_store_replace(const struct vc_log_store *store,
                                  const struct vc_log_seen *before, const struct vc_log_head *head,
                                  bool *changed, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int locked = -1;
    struct vc_log_seen present = {};
    enum vc_code code;

    *changed = false;
    /* Mostly the log is as it was, and then nobody need wait for anybody. */
    if (before->known && same(&before->memory.head, head))
        return VC_OK;
    code = lock(store, &locked, err);
    if (code == VC_OK)
        code = vc_log_store_load(store, &present, err);
    if (code != VC_OK)
        return code;
    if (present.known && same(&present.memory.head, head))
        return VC_OK;
    *changed = present.known != before->known ||
               (present.known && !same(&present.memory.head, &before->memory.head));
    return *changed ? VC_OK : store_head(store, head, err);
}

void vc_log_store_accuse(const struct vc_log_store *store, const struct vc_log_head *remembered,
                         const struct vc_log_head *shown, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer path = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    vc_cleanup(vc_fd_closep) int locked = -1;
    char was[VC_ERR_TEXT_MAX];
    struct stat status;

    writer.indent = true;
    vc_json_open_object(&writer, nullptr);
    vc_log_head_write(&writer, "remembered", remembered);
    vc_log_head_write(&writer, "shown", shown);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, nullptr) != VC_OK ||
        path_of(store, "two-worlds.json", &path, nullptr) != VC_OK ||
        lock(store, &locked, nullptr) != VC_OK)
        return;
    if (stat((const char *)path.data, &status) != 0 &&
        vc_file_store((const char *)path.data, vc_buffer_bytes(&text), 0600, nullptr) != VC_OK)
        return;
    memcpy(was, err->text, sizeof(was));
    (void)!vc_fail(err, err->code, "%s (%s)", was, (const char *)path.data);
}
