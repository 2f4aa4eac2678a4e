/* SPDX-License-Identifier: MIT */

#include "cli/release_names.h"

#include <stdlib.h>

#include "platform/process.h"

static constexpr size_t PATH_SIZE = 4096;

/* Most are not there; one that will not do is told. */
static void try_load(struct vc_releases *releases, const char *path, FILE *complaints)
{
    struct vc_err err = {};
    enum vc_code code = vc_releases_load(releases, path, &err);

    if (code != VC_OK && code != VC_NOT_FOUND)
        (void)fprintf(complaints, "veracruz: releases: %s\n", err.text);
}

static void load_installed(struct vc_releases *releases, FILE *complaints)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer path = {};
    char folder[PATH_SIZE];

    if (vc_installation_releases(&path, nullptr) != VC_OK)
        return;
    try_load(releases, (const char *)path.data, complaints);
    (void)snprintf(folder, sizeof(folder), "%s.d", (const char *)path.data);
    try_load(releases, folder, complaints);
}

static void load_own(struct vc_releases *releases, FILE *complaints)
{
    const char *data = getenv("XDG_DATA_HOME"); /* NOLINT(concurrency-mt-unsafe): one thread */
    const char *home = getenv("HOME");          /* NOLINT(concurrency-mt-unsafe): one thread */
    char folder[PATH_SIZE];

    if (data != nullptr && data[0] == '/')
        (void)snprintf(folder, sizeof(folder), "%s/veracruz/releases.d", data);
    else if (home != nullptr && home[0] == '/')
        (void)snprintf(folder, sizeof(folder), "%s/.local/share/veracruz/releases.d", home);
    else
        return;
    try_load(releases, folder, complaints);
}

struct vc_releases *vc_release_names_load(FILE *complaints)
{
    vc_cleanup(vc_releases_freep) struct vc_releases *releases = nullptr;

    if (vc_releases_new(&releases, nullptr) != VC_OK)
        return nullptr;
    load_installed(releases, complaints);
    load_own(releases, complaints);
    return vc_releases_count(releases) > 0 ? vc_take(releases) : nullptr;
}
