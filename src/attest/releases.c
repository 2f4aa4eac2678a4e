/* SPDX-License-Identifier: MIT */

#include "attest/releases.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "evidence/vocabulary.h"

static constexpr size_t PREFIX_SIZE = 16; /* digits of a measurement that messages show */
static constexpr size_t LINE_MAX_SIZE = 256;
static constexpr size_t PATH_SIZE = 4096;

struct release {
    enum vc_platform_kind platform;
    struct vc_octets measurement;
    char name[VC_RELEASE_NAME_MAX];
};

struct vc_releases {
    struct release *list; /* room for VC_RELEASES_MAX */
    size_t count;
};

enum vc_code vc_releases_new(struct vc_releases **releases, struct vc_err *err)
{
    vc_cleanup(vc_releases_freep) struct vc_releases *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->list = calloc(VC_RELEASES_MAX, sizeof(*made->list));
    if (made->list == nullptr)
        return vc_fail_memory(err);
    *releases = vc_take(made);
    return VC_OK;
}

void vc_releases_free(struct vc_releases *releases)
{
    if (releases == nullptr)
        return;
    free(releases->list);
    free(releases);
}

size_t vc_releases_count(const struct vc_releases *releases)
{
    return releases->count;
}

const char *vc_releases_find(const struct vc_releases *releases, enum vc_platform_kind platform,
                             const struct vc_octets *measurement)
{
    for (size_t i = 0; i < releases->count; i++) {
        const struct release *release = &releases->list[i];

        if (release->platform == platform && vc_octets_equal(&release->measurement, measurement))
            return release->name;
    }
    return nullptr;
}

/* ------------------------------------------------------------------------------------- tables */

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

static enum vc_code parse_line(char *line, struct release *release, struct vc_err *err)
{
    char *hex = strchr(line, ' ');
    char *name = hex == nullptr ? nullptr : strchr(hex + 1, ' ');
    enum vc_code code;

    if (name == nullptr || name[1] == '\0')
        return vc_fail(err, VC_MALFORMED, "\"platform measurement name\" wanted");
    *hex++ = '\0';
    *name++ = '\0';
    if (!vc_platform_find(line, &release->platform))
        return vc_fail(err, VC_MALFORMED, "no such platform");
    if (strlen(name) >= VC_RELEASE_NAME_MAX || !is_printable(name)) {
        return vc_fail(err, VC_MALFORMED, "a name is 1 to %zu printable ASCII characters",
                       VC_RELEASE_NAME_MAX - 1);
    }
    code = vc_sizes_parse(&vc_vocabulary_of(release->platform)->measurement, hex,
                          &release->measurement, err);
    (void)snprintf(release->name, sizeof(release->name), "%s", name);
    return code;
}

/* Takes the line that begins at *rest, with a NUL for its line feed. */
static enum vc_code next_line(struct vc_bytes *rest, char line[LINE_MAX_SIZE], struct vc_err *err)
{
    const uint8_t *feed = memchr(rest->data, '\n', rest->size);
    size_t size = feed == nullptr ? rest->size : (size_t)(feed - rest->data);

    if (size >= LINE_MAX_SIZE)
        return vc_fail(err, VC_MALFORMED, "more than %zu bytes", LINE_MAX_SIZE - 1);
    memcpy(line, rest->data, size);
    line[size] = '\0';
    if (strlen(line) != size)
        return vc_fail(err, VC_MALFORMED, "a NUL");
    size += feed != nullptr;
    *rest = (struct vc_bytes){rest->data + size, rest->size - size};
    return VC_OK;
}

static enum vc_code add_line(struct vc_releases *releases, char *line, struct vc_err *err)
{
    struct release release = {};
    enum vc_code code;

    if (line[0] == '\0' || line[0] == '#')
        return VC_OK;
    code = parse_line(line, &release, err);
    if (code != VC_OK)
        return code;
    if (vc_releases_find(releases, release.platform, &release.measurement) != nullptr)
        return VC_OK;
    if (releases->count == VC_RELEASES_MAX)
        return vc_fail(err, VC_LIMIT, "more than %zu releases", VC_RELEASES_MAX);
    releases->list[releases->count++] = release;
    return VC_OK;
}

enum vc_code vc_releases_add(struct vc_releases *releases, const char *file, struct vc_bytes text,
                             struct vc_err *err)
{
    size_t before = releases->count;
    struct vc_bytes rest = text;
    enum vc_code code = VC_OK;

    if (text.size > VC_RELEASES_FILE_MAX)
        return vc_fail(err, VC_LIMIT, "%s: more than %zu bytes", file, VC_RELEASES_FILE_MAX);
    for (size_t number = 1; rest.size > 0; number++) {
        char line[LINE_MAX_SIZE] = "";

        code = next_line(&rest, line, err);
        if (code == VC_OK)
            code = add_line(releases, line, err);
        if (code == VC_OK)
            continue;
        releases->count = before;
        return vc_fail_in(err, code, "%s: line %zu", file, number);
    }
    return VC_OK;
}

static enum vc_code load_file(struct vc_releases *releases, const char *path, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    enum vc_code code = vc_file_load(path, VC_RELEASES_FILE_MAX, &text, err);

    return code == VC_OK ? vc_releases_add(releases, path, vc_buffer_bytes(&text), err) : code;
}

static int is_seen(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

enum vc_code vc_releases_load(struct vc_releases *releases, const char *path, struct vc_err *err)
{
    struct dirent **entries = nullptr;
    enum vc_code code = VC_OK;
    int count = scandir(path, &entries, is_seen, alphasort);

    if (count < 0)
        return errno == ENOMEM ? vc_fail_memory(err) : load_file(releases, path, err);
    for (int i = 0; i < count; i++) {
        char file[PATH_SIZE];

        (void)snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        if (code == VC_OK)
            code = load_file(releases, file, err);
        free(entries[i]);
    }
    free((void *)entries);
    return code;
}

/* ----------------------------------------------------------------------------------- messages */

/* The name of the one whose measurement begins so. */
static const char *find_prefix(const struct vc_releases *releases, const char *prefix)
{
    for (size_t i = 0; i < releases->count; i++) {
        char hex[VC_OCTETS_HEX_MAX];

        vc_octets_hex(&releases->list[i].measurement, hex);
        if (strncmp(hex, prefix, PREFIX_SIZE) == 0)
            return releases->list[i].name;
    }
    return "not in any release";
}

/* The digits behind `words` in the text, and where they and their ellipsis end. Null: none. */
static const char *find_shown(const char *text, const char *words, const char **end)
{
    static const char ellipsis[] = "\u2026";
    const char *found = strstr(text, words);

    if (found == nullptr)
        return nullptr;
    found += strlen(words);
    if (strspn(found, "0123456789abcdef") != PREFIX_SIZE ||
        strncmp(found + PREFIX_SIZE, ellipsis, strlen(ellipsis)) != 0)
        return nullptr;
    *end = found + PREFIX_SIZE + strlen(ellipsis);
    return found;
}

/* Skips " (N value)" or " (N values)", the number of measurements that a policy accepts. Null:
 * another text. */
static const char *skip_count(const char *text, bool *several)
{
    size_t digits;

    if (strncmp(text, " (", 2) != 0)
        return nullptr;
    digits = strspn(text + 2, "0123456789");
    *several = digits != 1 || text[2] != '1';
    text += 2 + digits;
    if (digits == 0 || strncmp(text, " value", 6) != 0)
        return nullptr;
    text += text[6] == 's' ? 7 : 6;
    return text[0] == ')' ? text + 1 : nullptr;
}

void vc_releases_explain(const struct vc_releases *releases, char *text, size_t size)
{
    static const char between[] = ", this container is ";
    char made[1024];
    bool several = false;
    const char *wanted_end;
    const char *claimed_end;
    const char *rest;
    const char *claimed;
    const char *wanted = find_shown(text, "measurement differs: the policy accepts ", &wanted_end);

    if (releases == nullptr || releases->count == 0 || wanted == nullptr)
        return;
    rest = skip_count(wanted_end, &several);
    if (rest == nullptr || strncmp(rest, between, strlen(between)) != 0)
        return;
    claimed = find_shown(rest, between, &claimed_end);
    if (claimed == nullptr || strncmp(wanted, claimed, PREFIX_SIZE) == 0)
        return; /* what is shown of both is the same, and would have one name */
    (void)snprintf(made, sizeof(made), "%.*s (%s%s)%s%.*s (%s)%s", (int)(wanted_end - text), text,
                   find_prefix(releases, wanted), several ? "; the first of several" : "", between,
                   (int)(claimed_end - claimed), claimed, find_prefix(releases, claimed),
                   claimed_end);
    (void)snprintf(text, size, "%s", made);
}
