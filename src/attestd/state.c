/* SPDX-License-Identifier: MIT */

#include "attestd/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attestd/logbook.h"
#include "base/file.h"

static constexpr int64_t CA_LIFE_S = INT64_C(3653) * 86400; /* ten years */
static constexpr int64_t BACKDATE_S = 60;
static constexpr size_t FILE_SIZE_MAX = 65536;
static constexpr mode_t OTHERS = S_IRWXG | S_IRWXO;

struct vc_attestd_state {
    char *folder, *ca_key_path, *ca_path, *endorsements, *log_folder, *record_path;
    struct vc_cert *ca;
    struct vc_key *ca_key;
};

static enum vc_code join(const char *folder, const char *name, char **path, struct vc_err *err)
{
    if (asprintf(path, "%s/%s", folder, name) >= 0)
        return VC_OK;
    *path = nullptr;
    return vc_fail_memory(err);
}

static enum vc_code make_folder(const char *path, struct vc_err *err)
{
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
        return vc_fail_host(err, "%s", path);
    return VC_OK;
}

/* With all its parents. */
static enum vc_code make_folders(const char *path, struct vc_err *err)
{
    char partial[PATH_MAX];
    size_t size = strlen(path);

    if (size == 0 || size >= sizeof(partial))
        return vc_fail(err, VC_LIMIT, "%.80s…: path empty or too long", path);
    for (size_t i = 1; i < size; i++) {
        enum vc_code code;

        if (path[i] != '/')
            continue;
        memcpy(partial, path, i);
        partial[i] = '\0';
        code = make_folder(partial, err);
        if (code != VC_OK)
            return code;
    }
    return make_folder(path, err);
}

static enum vc_code name_files(const char *folder, struct vc_attestd_state *state,
                               struct vc_err *err)
{
    enum vc_code code = join(folder, "ca.key", &state->ca_key_path, err);

    if (code == VC_OK)
        code = join(folder, "ca.crt", &state->ca_path, err);
    if (code == VC_OK)
        code = join(folder, "endorsements", &state->endorsements, err);
    if (code == VC_OK)
        code = join(folder, "log", &state->log_folder, err);
    if (code == VC_OK)
        code = join(folder, "refused.jsonl", &state->record_path, err);
    if (code == VC_OK)
        code = join(folder, "", &state->folder, err);
    if (code == VC_OK)
        code = make_folders(state->endorsements, err);
    return code;
}

/* The certificate last: a CA that is whole has a log. */
static enum vc_code store_ca(const struct vc_attestd_state *state, int64_t now, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer key = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer cert = {};
    enum vc_code code = vc_key_encode_private_pem(state->ca_key, &key, err);

    if (code == VC_OK)
        code = vc_cert_encode_pem(state->ca, &cert, err);
    if (code == VC_OK)
        code = vc_file_store(state->ca_key_path, vc_buffer_bytes(&key), 0600, err);
    if (code == VC_OK)
        code = vc_logbook_create(state->log_folder, state->ca_key, now, err);
    if (code == VC_OK)
        code = vc_file_store(state->ca_path, vc_buffer_bytes(&cert), 0644, err);
    if (code != VC_OK) /* a key alone would be refused at the next start */
        (void)unlink(state->ca_key_path);
    return code;
}

static enum vc_code make_ca(struct vc_attestd_state *state, int64_t now, struct vc_err *err)
{
    enum vc_code code = vc_key_new(&state->ca_key, err);

    if (code == VC_OK) {
        code = vc_cert_new_ca(state->ca_key, "veracruz attestation CA", now - BACKDATE_S,
                              now + CA_LIFE_S, &state->ca, err);
    }
    return code == VC_OK ? store_ca(state, now, err) : code;
}

static enum vc_code check_mode(const char *path, struct vc_err *err)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return vc_fail_host(err, "%s", path);
    if (info.st_mode & OTHERS) {
        return vc_fail(err, VC_REFUSED, "%s: others may read it (mode %03o); chmod 600", path,
                       (unsigned)(info.st_mode & (S_IRWXU | OTHERS)));
    }
    return VC_OK;
}

static enum vc_code load_pair(struct vc_attestd_state *state, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer key = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer cert = {};
    enum vc_code code = check_mode(state->ca_key_path, err);

    if (code == VC_OK)
        code = vc_file_load(state->ca_key_path, FILE_SIZE_MAX, &key, err);
    if (code == VC_OK)
        code = vc_file_load(state->ca_path, FILE_SIZE_MAX, &cert, err);
    if (code != VC_OK)
        return code;
    code = vc_key_parse_private_pem(vc_buffer_bytes(&key), &state->ca_key, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", state->ca_key_path);
    code = vc_cert_parse_pem(vc_buffer_bytes(&cert), &state->ca, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", state->ca_path);
}

static enum vc_code check_pair(const struct vc_attestd_state *state, int64_t now,
                               struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};
    uint8_t of_key[VC_SHA256_SIZE];
    uint8_t of_cert[VC_SHA256_SIZE];
    enum vc_code code = vc_key_encode_public_der(state->ca_key, &spki, err);

    if (code != VC_OK)
        return code;
    vc_sha256(vc_buffer_bytes(&spki), of_key);
    vc_cert_spki_hash(state->ca, of_cert);
    if (memcmp(of_key, of_cert, sizeof(of_key)) != 0) {
        return vc_fail(err, VC_STATE, "%s: not the certificate of ca.key beside it",
                       state->ca_path);
    }
    code = vc_cert_check_time(state->ca, now, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", state->ca_path);
}

static enum vc_code load_or_make_ca(struct vc_attestd_state *state, int64_t now, struct vc_err *err)
{
    bool has_key = access(state->ca_key_path, F_OK) == 0;
    bool has_cert = access(state->ca_path, F_OK) == 0;
    enum vc_code code;

    if (!has_key && !has_cert)
        return make_ca(state, now, err);
    if (!has_key || !has_cert) {
        return vc_fail(err, VC_STATE, "%s: missing, and the other half of the CA is there",
                       has_key ? state->ca_path : state->ca_key_path);
    }
    code = load_pair(state, err);
    return code == VC_OK ? check_pair(state, now, err) : code;
}

/* Held while the CA is loaded or made, so that two services starting together agree on one. */
static enum vc_code lock_folder(const char *folder, int *fd, struct vc_err *err)
{
    int opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (opened < 0)
        return vc_fail_host(err, "%s", folder);
    *fd = opened;
    if (flock(opened, LOCK_EX) != 0)
        return vc_fail_host(err, "%s: lock", folder);
    return VC_OK;
}

enum vc_code vc_attestd_open(const char *folder, int64_t now, struct vc_attestd_state **state,
                             struct vc_err *err)
{
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *made = calloc(1, sizeof(*made));
    vc_cleanup(vc_fd_closep) int lock = -1;
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    code = name_files(folder, made, err);
    if (code == VC_OK)
        code = lock_folder(folder, &lock, err);
    if (code == VC_OK)
        code = load_or_make_ca(made, now, err);
    if (code == VC_OK)
        *state = vc_take(made);
    return code;
}

void vc_attestd_close(struct vc_attestd_state *state)
{
    if (state == nullptr)
        return;
    free(state->folder);
    free(state->ca_key_path);
    free(state->ca_path);
    free(state->endorsements);
    free(state->log_folder);
    free(state->record_path);
    vc_cert_free(state->ca);
    vc_key_free(state->ca_key);
    free(state);
}

const struct vc_cert *vc_attestd_ca(const struct vc_attestd_state *state)
{
    return state->ca;
}

const struct vc_key *vc_attestd_ca_key(const struct vc_attestd_state *state)
{
    return state->ca_key;
}

const char *vc_attestd_ca_path(const struct vc_attestd_state *state)
{
    return state->ca_path;
}

const char *vc_attestd_folder(const struct vc_attestd_state *state)
{
    return state->folder;
}

const char *vc_attestd_log_folder(const struct vc_attestd_state *state)
{
    return state->log_folder;
}

const char *vc_attestd_record_path(const struct vc_attestd_state *state)
{
    return state->record_path;
}

enum vc_code vc_attestd_endorse(const char *folder, struct vc_endorsement *endorsement,
                                struct vc_err *err)
{
    char *endorsements = nullptr;
    enum vc_code code = join(folder, "endorsements", &endorsements, err);

    if (code == VC_OK)
        code = make_folders(endorsements, err);
    if (code == VC_OK)
        code = vc_endorsements_add(endorsements, endorsement, err);
    free(endorsements);
    return code;
}
