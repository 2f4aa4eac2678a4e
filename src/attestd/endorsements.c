/* SPDX-License-Identifier: MIT */

#include "attestd/endorsements.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base64.h"
#include "base/file.h"

static constexpr size_t FILE_SIZE_MAX = 8192;
static const char SUFFIX[] = ".pem";

static const struct place {
    enum vc_platform_kind platform;
    const char *folder; /* below that of endorsements; "" for itself */
    bool rsa;           /* such keys are meant too */
} places[] = {
    {VC_PLATFORM_PROCESS, "", false},
    {VC_PLATFORM_PSA, "psa", false},
    {VC_PLATFORM_TPM, "tpm", true},
};

static const struct place *place_of(enum vc_platform_kind platform)
{
    for (size_t i = 0; i < VC_COUNT(places); i++) {
        if (places[i].platform == platform)
            return &places[i];
    }
    return nullptr;
}

/* A key that was read, and the file as it was then. */
struct kept {
    enum vc_platform_kind platform;
    struct vc_octets id;
    struct timespec changed;
    ino_t inode;
    off_t size;
    struct vc_public_key *key; /* owned; null: free */
};

struct vc_endorsements {
    char folder[PATH_MAX];
    struct kept kept[VC_ENDORSEMENTS_KEPT];
    size_t next; /* whose place the next key takes */
};

enum vc_code vc_endorsements_new(const char *folder, struct vc_endorsements **endorsements,
                                 struct vc_err *err)
{
    vc_cleanup(vc_endorsements_freep) struct vc_endorsements *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    if (strlen(folder) >= sizeof(made->folder))
        return vc_fail(err, VC_LIMIT, "%.80s…: path too long", folder);
    memcpy(made->folder, folder, strlen(folder) + 1);
    *endorsements = vc_take(made);
    return VC_OK;
}

void vc_endorsements_free(struct vc_endorsements *endorsements)
{
    if (endorsements == nullptr)
        return;
    for (size_t i = 0; i < VC_COUNT(endorsements->kept); i++)
        vc_public_key_free(endorsements->kept[i].key);
    free(endorsements);
}

static bool name_file(const char *folder, const struct place *place, const struct vc_octets *id,
                      char path[PATH_MAX])
{
    char hex[VC_OCTETS_HEX_MAX];
    int length;

    vc_octets_hex(id, hex);
    length = snprintf(path, PATH_MAX, "%s/%s%s%s%s", folder, place->folder,
                      place->folder[0] == '\0' ? "" : "/", hex, SUFFIX);
    return length > 0 && length < PATH_MAX;
}

enum vc_code vc_endorsements_id_of(const struct vc_public_key *key, struct vc_octets *id,
                                   struct vc_err *err)
{
    static const uint8_t uncompressed = 0x04;
    vc_cleanup(vc_buffer_done) struct vc_buffer point = {};
    struct vc_octets made = {.bytes = {0x01}, .size = VC_INSTANCE_ID_SIZE};
    enum vc_code code = vc_buffer_append(&point, VC_BYTES_OF(uncompressed), err);

    if (code == VC_OK)
        code = vc_public_key_point(key, &point, err);
    if (code != VC_OK)
        return code;
    vc_sha256(vc_buffer_bytes(&point), made.bytes + 1);
    *id = made;
    return VC_OK;
}

static bool is_id_of(const struct vc_public_key *key, const struct vc_octets *id)
{
    struct vc_octets own;

    return vc_endorsements_id_of(key, &own, nullptr) == VC_OK && vc_octets_equal(&own, id);
}

static enum vc_code load_key(const char *path, struct vc_public_key **key, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    enum vc_code code = vc_file_load(path, FILE_SIZE_MAX, &pem, err);

    if (code != VC_OK)
        return code;
    code = vc_public_key_parse_pem(vc_buffer_bytes(&pem), key, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", path);
}

/* What was kept of this file, if it has not changed since. */
static const struct vc_public_key *recall(const struct vc_endorsements *endorsements,
                                          enum vc_platform_kind platform,
                                          const struct vc_octets *id, const struct stat *info)
{
    for (size_t i = 0; i < VC_COUNT(endorsements->kept); i++) {
        const struct kept *kept = &endorsements->kept[i];

        if (kept->key != nullptr && kept->platform == platform && vc_octets_equal(&kept->id, id) &&
            kept->inode == info->st_ino && kept->size == info->st_size &&
            kept->changed.tv_sec == info->st_mtim.tv_sec &&
            kept->changed.tv_nsec == info->st_mtim.tv_nsec)
            return kept->key;
    }
    return nullptr;
}

static const struct vc_public_key *keep(struct vc_endorsements *endorsements,
                                        const struct kept *kept)
{
    struct kept *slot = &endorsements->kept[endorsements->next];

    endorsements->next = (endorsements->next + 1) % VC_COUNT(endorsements->kept);
    vc_public_key_free(slot->key);
    *slot = *kept;
    return slot->key;
}

const struct vc_public_key *vc_endorsements_find(void *user, enum vc_platform_kind platform,
                                                 struct vc_bytes id)
{
    struct vc_endorsements *endorsements = user;
    const struct place *place = place_of(platform);
    const struct vc_public_key *found;
    char path[PATH_MAX];
    struct stat info;
    struct kept fresh = {.platform = platform};

    if (place == nullptr || id.size == 0 || id.size > VC_OCTETS_MAX)
        return nullptr;
    fresh.id = vc_octets_of(id);
    if (!name_file(endorsements->folder, place, &fresh.id, path) || stat(path, &info) != 0)
        return nullptr;
    found = recall(endorsements, platform, &fresh.id, &info);
    if (found != nullptr)
        return found;
    fresh.changed = info.st_mtim;
    fresh.inode = info.st_ino;
    fresh.size = info.st_size;
    if (load_key(path, &fresh.key, nullptr) != VC_OK)
        return nullptr;
    if (platform == VC_PLATFORM_PROCESS && !is_id_of(fresh.key, &fresh.id)) {
        vc_public_key_free(fresh.key);
        return nullptr;
    }
    return keep(endorsements, &fresh);
}

/* ---- adding ---- */

static enum vc_code choose_id(struct vc_endorsement *endorsement, struct vc_err *err)
{
    struct vc_octets own = {};

    if (endorsement->platform == VC_PLATFORM_TPM) {
        return endorsement->id.size > 0
                   ? VC_OK
                   : vc_fail(err, VC_REFUSED, "the id of a TPM's key is not in the key: give it");
    }
    if (vc_endorsements_id_of(endorsement->key, &own, nullptr) != VC_OK)
        return vc_fail(err, VC_REFUSED, "a key on an elliptic curve is wanted");
    if (endorsement->id.size == 0)
        endorsement->id = own;
    if (endorsement->platform == VC_PLATFORM_PROCESS && !vc_octets_equal(&endorsement->id, &own))
        return vc_fail(err, VC_REFUSED, "the id is not this key's");
    return VC_OK;
}

static enum vc_code check_kind(const struct vc_endorsement *endorsement, const struct place *place,
                               struct vc_err *err)
{
    enum vc_key_kind kind = vc_public_key_kind(endorsement->key);

    if (kind == VC_KEY_P256 || (kind == VC_KEY_RSA && place->rsa) ||
        (kind == VC_KEY_P384 && endorsement->platform != VC_PLATFORM_PROCESS))
        return VC_OK;
    return vc_fail(err, VC_REFUSED, "platform `%s` has no keys of this kind",
                   vc_platform_name(endorsement->platform));
}

static enum vc_code encode_pem(const struct vc_public_key *key, struct vc_buffer *pem,
                               struct vc_err *err)
{
    static constexpr size_t line = 64;
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    enum vc_code code = vc_public_key_encode_der(key, &der, err);

    if (code == VC_OK)
        code = vc_base64_encode(vc_buffer_bytes(&der), &text, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(pem, "-----BEGIN PUBLIC KEY-----\n", err);
    for (size_t i = 0; code == VC_OK && i < text.size; i += line) {
        size_t size = text.size - i < line ? text.size - i : line;

        code = vc_buffer_append(pem, (struct vc_bytes){text.data + i, size}, err);
        if (code == VC_OK)
            code = vc_buffer_append_text(pem, "\n", err);
    }
    return code == VC_OK ? vc_buffer_append_text(pem, "-----END PUBLIC KEY-----\n", err) : code;
}

static enum vc_code make_folder(const char *folder, const struct place *place, struct vc_err *err)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s", folder, place->folder);

    if (length < 0 || length >= PATH_MAX)
        return vc_fail(err, VC_LIMIT, "%.80s…: path too long", folder);
    if (place->folder[0] != '\0' && mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
        return vc_fail_host(err, "%s", path);
    return VC_OK;
}

enum vc_code vc_endorsements_add(const char *folder, struct vc_endorsement *endorsement,
                                 struct vc_err *err)
{
    const struct place *place = place_of(endorsement->platform);
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    struct vc_endorsement chosen = *endorsement;
    char path[PATH_MAX];
    enum vc_code code;

    if (place == nullptr) {
        return vc_fail(err, VC_REFUSED, "platform `%s`: its vendor vouches for its machines",
                       vc_platform_name(endorsement->platform));
    }
    code = check_kind(endorsement, place, err);
    if (code == VC_OK)
        code = choose_id(&chosen, err);
    if (code == VC_OK)
        code = encode_pem(chosen.key, &pem, err);
    if (code == VC_OK)
        code = make_folder(folder, place, err);
    if (code == VC_OK && !name_file(folder, place, &chosen.id, path))
        code = vc_fail(err, VC_LIMIT, "%.80s…: path too long", folder);
    if (code == VC_OK)
        code = vc_file_store(path, vc_buffer_bytes(&pem), 0644, err);
    if (code == VC_OK)
        endorsement->id = chosen.id;
    return code;
}

/* ---- checking ---- */

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

static enum vc_code check_file(const char *folder, const struct place *place, const char *name,
                               struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    char path[PATH_MAX];
    char hex[VC_OCTETS_HEX_MAX];
    struct vc_octets id;
    int length = snprintf(path, sizeof(path), "%s/%s", folder, name);
    enum vc_code code;

    if (length < 0 || length >= PATH_MAX)
        return vc_fail(err, VC_LIMIT, "%.80s…: path too long", folder);
    code = load_key(path, &key, err);
    if (code != VC_OK)
        return code;
    (void)snprintf(hex, sizeof(hex), "%.*s", (int)(strlen(name) - (sizeof(SUFFIX) - 1)), name);
    if (strlen(name) - (sizeof(SUFFIX) - 1) >= sizeof(hex) ||
        vc_octets_parse(hex, &id, nullptr) != VC_OK ||
        (place->platform == VC_PLATFORM_PROCESS && !is_id_of(key, &id))) {
        return vc_fail(err, VC_MALFORMED,
                       "%s: endorses nobody, for its name is not its key's id; use `veracruz "
                       "attestation endorse`",
                       path);
    }
    return VC_OK;
}

static enum vc_code check_place(const char *endorsements, const struct place *place,
                                struct vc_err *err)
{
    vc_cleanup(close_folder) DIR *folder = nullptr;
    const struct dirent *entry;
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s", endorsements, place->folder);

    if (length < 0 || length >= PATH_MAX)
        return vc_fail(err, VC_LIMIT, "%.80s…: path too long", endorsements);
    folder = opendir(path);
    if (folder == nullptr)
        return errno == ENOENT && place->folder[0] != '\0' ? VC_OK : vc_fail_host(err, "%s", path);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    while ((entry = readdir(folder)) != nullptr) {
        enum vc_code code =
            has_suffix(entry->d_name) ? check_file(path, place, entry->d_name, err) : VC_OK;

        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

enum vc_code vc_endorsements_check(const char *folder, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(places); i++)
        code = check_place(folder, &places[i], err);
    return code;
}
