/* SPDX-License-Identifier: MIT */

#include "attest/claims.h"

#include <string.h>

static const struct platform {
    enum vc_platform_kind kind;
    const char *name;
    const char *label;
} platforms[] = {
    {VC_PLATFORM_PROCESS, "process",
     "process (emulated: no protection from the machine's operator)"},
};

static const struct platform *find(enum vc_platform_kind kind)
{
    for (size_t i = 0; i < VC_COUNT(platforms); i++) {
        if (platforms[i].kind == kind)
            return &platforms[i];
    }
    return nullptr;
}

const char *vc_platform_name(enum vc_platform_kind kind)
{
    const struct platform *platform = find(kind);

    return platform == nullptr ? "unknown" : platform->name;
}

const char *vc_platform_label(enum vc_platform_kind kind)
{
    const struct platform *platform = find(kind);

    return platform == nullptr ? "unknown (no protection)" : platform->label;
}

bool vc_platform_find(const char *name, enum vc_platform_kind *kind)
{
    for (size_t i = 0; i < VC_COUNT(platforms); i++) {
        if (strcmp(platforms[i].name, name) == 0) {
            *kind = platforms[i].kind;
            return true;
        }
    }
    return false;
}
