/* SPDX-License-Identifier: MIT */

#include "evidence/samples_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"

static constexpr size_t PATH_SIZE = 4096;
static constexpr size_t FILE_SIZE_MAX = 8 << 20; /* bytes */

const char *vc_samples_folder(void)
{
    const char *folder = getenv("VERACRUZ_EVIDENCE");
    struct stat status;

    if (folder == nullptr || folder[0] == '\0')
        folder = SAMPLES_DEFAULT;
    if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode))
        return folder;
    (void)printf("# no captured evidence at %s (VERACRUZ_EVIDENCE)\n", folder);
    skip();
    return nullptr;
}

void vc_samples_load(const char *name, struct vc_buffer *bytes)
{
    char path[PATH_SIZE];
    struct vc_err err = {};
    int length = snprintf(path, sizeof(path), "%s/%s", vc_samples_folder(), name);

    assert_in_range(length, 1, sizeof(path) - 1);
    if (vc_file_load(path, FILE_SIZE_MAX, bytes, &err) != VC_OK)
        fail_msg("%s", err.text);
}

/* The manifest is a list, and our parser wants an object. */
void vc_samples_open(struct vc_samples *samples)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_place root;
    struct vc_err err = {};

    assert_int_equal(vc_buffer_append_text(&text, "{\"samples\":", nullptr), VC_OK);
    vc_samples_load("MANIFEST.json", &text);
    assert_int_equal(vc_buffer_append_text(&text, "}", nullptr), VC_OK);
    if (vc_json_parse(vc_buffer_bytes(&text), &samples->json, &err) != VC_OK)
        fail_msg("MANIFEST.json: %s", err.text);
    root = vc_json_root(samples->json);
    assert_int_equal(vc_json_member(&root, "samples", &samples->entries, nullptr), VC_OK);
    samples->count = vc_json_count(&samples->entries);
    assert_in_range(samples->count, 1, 1000);
}

void vc_samples_done(struct vc_samples *samples)
{
    vc_json_free(samples->json);
    *samples = (struct vc_samples){};
}

struct vc_json_place vc_samples_entry(const struct vc_samples *samples, size_t index)
{
    return vc_json_element(&samples->entries, index);
}

static bool find(const struct vc_json_place *entry, const char *path, struct vc_json_place *found)
{
    char name[64];
    struct vc_json_place place = *entry;

    while (path[0] != '\0') {
        size_t size = strcspn(path, ".");

        assert_in_range(size, 1, sizeof(name) - 1);
        memcpy(name, path, size);
        name[size] = '\0';
        if (vc_json_member(&place, name, found, nullptr) != VC_OK)
            return false;
        place = *found;
        path += size + (path[size] == '.');
    }
    return true;
}

const char *vc_samples_text(const struct vc_json_place *entry, const char *path)
{
    struct vc_json_place place;
    const char *text = nullptr;

    if (!find(entry, path, &place) || vc_json_string(&place, &text, nullptr) != VC_OK)
        return nullptr;
    return text;
}

bool vc_samples_number(const struct vc_json_place *entry, const char *path, int64_t *number)
{
    struct vc_json_place place;

    return find(entry, path, &place) &&
           vc_json_integer(&place, INT64_MIN, INT64_MAX, number, nullptr) == VC_OK;
}

void vc_samples_add(struct vc_collateral *collateral, const char *name)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_err err = {};

    vc_samples_load(name, &bytes);
    if (vc_collateral_add(collateral, name, vc_buffer_bytes(&bytes), &err) != VC_OK)
        fail_msg("%s", err.text);
}
